"""What the role that runs the portal may do to the audit, with the rights that README.md gives it."""

import re
import secrets
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import ProgrammingError
from structlog.testing import capture_logs

from portal import clock, config
from portal.app import create_app
from portal.audit import sealing
from portal.audit.operations import record
from portal.cli import prepare
from portal.config import ROOT
from portal.db import db, forget_deleted, transaction
from portal.worker import Worker

YEARS = timedelta(days=7 * 366)


def statements() -> list[list[str]]:
    """The two pieces of SQL as an administrator would copy them."""
    readme = (ROOT / "README.md").read_text("utf-8")
    part = readme.split("### Rights in PostgreSQL")[1].split("\n## ")[0]
    return [
        [one.strip() for one in block.split(";") if one.strip()]
        for block in re.findall(r"```sql\n(.*?)```", part, re.DOTALL)
    ]


def engine_of(url: str) -> Engine:
    return create_engine(config.Settings(database_url=url).sqlalchemy_url, isolation_level="AUTOCOMMIT")


@pytest.fixture
def running(postgres: str, tmp_path: Path) -> Iterator[Flask]:
    """The portal as the role that runs it, migrated by the other role."""
    name = f"rights_{secrets.token_hex(4)}"
    admin = engine_of(postgres)
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    url = postgres.replace("/postgres?", f"/{name}?")
    before, after = statements()
    apps = []
    try:
        inside = engine_of(url)
        run(inside, before)
        for role, finish in (("portaal_beheer", after), ("portaal", [])):
            address = re.sub(r"//[^/@]*@?/", f"//{role}@/", url, count=1)
            app = create_app(config.load(instance=tmp_path, database_url=address))
            apps.append(app)
            with app.app_context():
                assert db.session.execute(text("SELECT current_user")).scalar() == role
                db.session.rollback()
                if finish:
                    prepare()
            run(inside, finish)
        inside.dispose()
        with apps[-1].app_context():
            yield apps[-1]
            db.session.remove()
    finally:
        for app in apps:
            with app.app_context():
                db.engine.dispose()
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
            connection.execute(text("DROP ROLE IF EXISTS portaal, portaal_beheer"))
        admin.dispose()


def run(engine: Engine, wanted: list[str]) -> None:
    with engine.connect() as connection:
        for statement in wanted:
            connection.execute(text(statement))


def test_the_portal_works(running: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Recording, sealing, purging at the term, and a whole round of the worker."""
    with transaction():
        record("task.done", "1", task="1")
    start = clock.now()
    monkeypatch.setattr(clock, "now", lambda: start + timedelta(days=1))
    assert sealing.seal() > 0
    monkeypatch.setattr(clock, "now", lambda: start + YEARS)
    assert sealing.purge(clock.today() - timedelta(days=3)) > 0
    found = sealing.verify()
    assert (found.purged, found.broken) == (1, None)
    db.session.rollback()
    with capture_logs() as lines:
        Worker().round()
    assert [line for line in lines if line["log_level"] == "error"] == []
    assert forget_deleted("letterbox_entry", "draft")


REFUSED = (
    "ALTER TABLE audit_event DISABLE TRIGGER ALL",
    "ALTER TABLE audit_event DISABLE TRIGGER audit_event_stays",
    "DROP TRIGGER audit_event_stays ON audit_event",
    "DROP TRIGGER audit_digest_whole ON audit_digest",
    "DROP FUNCTION only_added_to() CASCADE",
    "CREATE OR REPLACE FUNCTION only_added_to() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'",
    "TRUNCATE audit_event",
    "TRUNCATE audit_digest",
    "DROP TABLE audit_event CASCADE",
    "ALTER TABLE audit_event RENAME TO gone",
    "ALTER TABLE audit_event OWNER TO portaal",
    "SET session_replication_role = replica",
    "SET ROLE portaal_beheer",
    "UPDATE audit_event SET actor = '2'",
    "UPDATE audit_digest SET link = 'x'",
    "UPDATE audit_digest SET purged_on = NULL, kept_until = '2020-01-01'",
    "DELETE FROM audit_digest",
    "CREATE TABLE mine (id integer)",
    "UPDATE alembic_version SET version_num = '0001'",
)


def test_what_runs_the_portal_has_no_way_round(running: Flask) -> None:
    with transaction():
        record("task.done", "1", task="1")
    told = text("SELECT id, actor, event FROM audit_event ORDER BY id")
    before = db.session.execute(told).all()
    db.session.rollback()
    with transaction():
        # PostgreSQL warns that nothing was granted; what follows shows that nothing was.
        db.session.execute(text("GRANT ALL ON audit_event, audit_digest TO portaal"))
    for statement in REFUSED:
        with pytest.raises(ProgrammingError) as refused, transaction():
            db.session.execute(text(statement))
        assert re.search("InsufficientPrivilege", str(refused.value)), statement
    with pytest.raises(ProgrammingError, match="only added to"), transaction():
        db.session.execute(text("DELETE FROM audit_event"))
    assert db.session.execute(told).all() == before and before
