"""Migrations: up, down, with data, and equal to the models, on both databases."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import create_engine, func, inspect, select, text
from sqlalchemy.exc import DBAPIError

from portal import clock, config
from portal.app import create_app
from portal.audit.models import AuditEvent
from portal.audit.operations import record
from portal.cli import prepare
from portal.crypto import keyring
from portal.db import db, transaction
from portal.identity.models import User
from portal.surveys.inviting.models import NoContact
from portal.surveys.inviting.operations import new_invitation
from portal.surveys.models import Invitation
from portal.surveys.rules import Moment
from portal.talks.models import Advice


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Flask:
    """A portal whose database has nothing in it."""
    url = ""
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres")
        url = server.replace("/postgres?", "/migrations?")
        engine = create_engine(
            config.Settings(database_url=server).sqlalchemy_url, isolation_level="AUTOCOMMIT"
        )
        with engine.connect() as connection:
            connection.execute(text("DROP DATABASE IF EXISTS migrations WITH (FORCE)"))
            connection.execute(text("CREATE DATABASE migrations"))
        engine.dispose()
    return create_app(config.load(instance=tmp_path, database_url=url))


def test_up_and_down_and_up_again(fresh: Flask) -> None:
    with fresh.app_context():
        prepare()
        with transaction():
            new_invitation(Moment.INTAKE, name="Proefpersoon")
        assert db.session.query(Invitation).one().name == "Proefpersoon"
        db.session.remove()
        downgrade(revision="base")
        left = set(inspect(db.engine).get_table_names()) - {"alembic_version"}
        assert left == set()
        upgrade()
        assert "invitation" in inspect(db.engine).get_table_names()
        db.engine.dispose()


EVENT = "INSERT INTO audit_event (id, at, actor, event, details) VALUES (1, '2026-01-01', '2', 'x', '{}')"
REFUSED = {
    "change an event": "UPDATE audit_event SET actor = '2'",
    "remove an event": "DELETE FROM audit_event",
    "remove what no seal let go": "DELETE FROM audit_event WHERE id > 2",
    "change a seal": "UPDATE audit_digest SET events = 9",
    "change a seal with the mark": "UPDATE audit_digest SET purged_on = '2033-01-01', events = 9",
    "move the term": "UPDATE audit_digest SET kept_until = '2026-01-02', purged_on = '2026-01-03'",
    "take the mark back": "UPDATE audit_digest SET purged_on = NULL WHERE id = 1",
    "move the mark": "UPDATE audit_digest SET purged_on = '2033-01-01' WHERE id = 1",
    "remove a seal": "DELETE FROM audit_digest WHERE id = 2",
    "remove a purged seal": "DELETE FROM audit_digest WHERE id = 1",
    "all at once": "TRUNCATE audit_event",
    "all seals at once": "TRUNCATE audit_digest",
    "in the place of another": f"INSERT OR REPLACE {EVENT.removeprefix('INSERT')}",
    "in the place of another, quietly": EVENT.replace("INSERT", "REPLACE"),
}


@pytest.fixture
def audited(fresh: Flask) -> Iterator[Flask]:
    """Events under two seals, of which the first had its term."""
    with fresh.app_context():
        prepare()
        with transaction():
            record("sending.paused", "test", topic="proef")
            db.session.flush()
            last = db.session.scalar(select(func.max(AuditEvent.id)))
            for number, first_id, last_id, purged_on in ((1, 1, 2, "'2032-01-01'"), (2, 3, last, "NULL")):
                db.session.execute(
                    text(
                        "INSERT INTO audit_digest (id, sealed_on, kept_until, first_id, last_id, events, content, link,"
                        f" purged_on) VALUES ({number}, '2026-01-0{number}', '2032-01-01', {first_id}, {last_id}, 2,"
                        f" 'c', 'x', {purged_on})"
                    )
                )
        yield fresh
        db.session.remove()
        db.engine.dispose()


def rows_of_audit() -> list[Sequence[object]]:
    told = [
        list(db.session.execute(text(f"SELECT * FROM {table} ORDER BY id")))
        for table in ("audit_event", "audit_digest")
    ]
    db.session.rollback()
    return [row for table in told for row in table]


@pytest.mark.parametrize("deed", REFUSED)
def test_the_audit_is_only_added_to(audited: Flask, deed: str) -> None:
    before = rows_of_audit()
    is_sqlite = db.engine.dialect.name == "sqlite"
    # What the other database has no words for is refused just as well.
    said = "only added to|syntax error"
    with pytest.raises(DBAPIError, match=said) as refused, transaction():
        db.session.execute(text(REFUSED[deed]))
    knows_words = {"TRUNCATE": not is_sqlite, "REPLACE": is_sqlite}.get(REFUSED[deed].split()[0], True)
    assert "INSERT OR" in REFUSED[deed] or ("only added to" in str(refused.value)) is knows_words
    assert rows_of_audit() == before


def test_what_had_its_term_may_go(audited: Flask) -> None:
    last = db.session.scalar(select(func.max(AuditEvent.id)))
    with transaction():
        db.session.execute(text("DELETE FROM audit_event WHERE id <= 2"))
        db.session.execute(text("UPDATE audit_digest SET purged_on = '2032-01-02' WHERE id = 2"))
        db.session.execute(text("DELETE FROM audit_event"))
    with transaction():
        record("sending.paused", "test", topic="proef")
    assert db.session.scalars(select(AuditEvent.id)).all() == [last + 1], "a number is never given twice"


BEFORE = (
    (
        "INSERT INTO no_contact (id, kind, value_index, value, reason, since, actor) VALUES"
        " (1, 'email', 'a', :sealed, 'opted_out', '2026-01-02', 'self'),"
        " (2, 'phone', 'b', :sealed, 'opted_out', '2026-01-02', 'self')"
    ),
    (
        "INSERT INTO staff_user (id, email, password, active, is_demo, fs_uniquifier, joined) VALUES"
        " (1, 'weg@voorbeeld.example', 'x', :no, :no, 'a', :yes), (2, 'hier@voorbeeld.example', 'x', :yes, :no, 'b', :yes)"
    ),
    (
        "INSERT INTO advice (id, request_key, words, owner, published, is_demo) VALUES"
        " (1, 'a', 'Bel eerst', 'Proefcollega', :no, :no), (2, 'b', 'Bel later', '', :no, :no)"
    ),
)


def test_opt_outs_accounts_and_owners_of_before_are_taken_along(fresh: Flask) -> None:
    with fresh.app_context():
        upgrade(revision="0007")
        with transaction():
            new = {"sealed": keyring().encrypt("x"), "yes": True, "no": False}
            for statement in BEFORE:
                wanted = {name: value for name, value in new.items() if f":{name}" in statement}
                db.session.execute(text(statement), wanted)
        upgrade(revision="0008")
        rows = db.session.scalars(select(NoContact).order_by(NoContact.id)).all()
        assert [(row.value, row.group_index, row.case_index) for row in rows] == [("x", "", None)] * 2
        users = db.session.scalars(select(User).order_by(User.id)).all()
        assert [(user.closed_on, user.emptied_on) for user in users] == [(clock.today(), None), (None, None)]
        assert db.session.scalars(select(Advice.owner).order_by(Advice.id)).all() == ["Proefcollega", ""]
        sealed = db.session.execute(text("SELECT owner FROM advice WHERE id = 1")).scalar_one()
        assert b"Proefcollega" not in bytes(sealed)
        # The same address of two people, as only the new columns know it.
        with transaction():
            for group in ("g", "h"):
                twice = NoContact(
                    id=ord(group),
                    kind="email",
                    value_index="c",
                    value="y",
                    reason="opted_out",
                    since=clock.today(),
                    actor="self",
                    group_index=group,
                )
                db.session.add(twice)
        db.session.remove()
        downgrade(revision="0007")
        kept = db.session.execute(text("SELECT kind, value_index FROM no_contact ORDER BY id")).all()
        assert [tuple(row) for row in kept] == [("email", "a"), ("phone", "b"), ("email", "c")]
        owners = db.session.execute(text("SELECT owner FROM advice ORDER BY id")).scalars().all()
        assert owners == ["Proefcollega", ""]
        db.session.remove()
        upgrade()
        assert len(db.session.scalars(select(NoContact.id)).all()) == 3
        db.session.remove()
        db.engine.dispose()


def test_the_migrated_schema_equals_the_models(fresh: Flask) -> None:
    with fresh.app_context():
        upgrade()
        with db.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, db.metadata) == []
            if connection.dialect.name == "sqlite":
                made = connection.execute(
                    text("SELECT sql FROM sqlite_master WHERE name = 'response'")
                ).scalar()
                assert "WITHOUT ROWID" in made
        db.engine.dispose()
