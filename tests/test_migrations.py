"""Migrations: up, down, with data, and equal to the models, on both databases."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from cryptography.fernet import Fernet
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import create_engine, func, inspect, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from portal import clock, config
from portal.app import create_app
from portal.audit import chain, sealing
from portal.audit.models import AuditEvent
from portal.audit.operations import mac, record
from portal.cli import prepare
from portal.config import ConfigError
from portal.crypto import Keyring, LostKey, keyring
from portal.db import db, transaction
from portal.identity.models import User
from portal.surveys.inviting import indexes
from portal.surveys.inviting.models import NoContact
from portal.surveys.inviting.operations import ask_again, new_invitation, wait_for_complaint
from portal.surveys.models import Invitation
from portal.surveys.rules import Moment
from portal.talks.models import Advice
from tests.conftest import remove_triggers


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


EVENT = "INSERT INTO audit_event (id, at, actor, event, details, mac) VALUES (5, '2026-01-01', '2', 'x', '{}', 'y')"
SEAL = (
    "INSERT INTO audit_digest (id, sealed_on, kept_until, first_id, last_id, events, content, link, purged_on)"
    " VALUES ({}, '2018-01-0{}', '{}', {}, {}, {}, '{}', '{}', {})"
)
REFUSED = {
    "change an event": "UPDATE audit_event SET actor = '2'",
    "remove an event": "DELETE FROM audit_event",
    "remove what no seal let go": "DELETE FROM audit_event WHERE id > 2",
    "change a seal": "UPDATE audit_digest SET events = 9",
    "change a seal with the mark": "UPDATE audit_digest SET purged_on = '2024-01-03', events = 9 WHERE id = 2",
    "move the term": "UPDATE audit_digest SET kept_until = '2020-01-02', purged_on = '2020-01-03' WHERE id = 3",
    "mark before the term": "UPDATE audit_digest SET purged_on = '2024-01-01' WHERE id = 2",
    "mark on a day to come": "UPDATE audit_digest SET purged_on = '2099-01-01' WHERE id = 3",
    "mark before a term to come": "UPDATE audit_digest SET purged_on = '2026-01-01' WHERE id = 3",
    "a seal that is marked": SEAL.format(9, 9, "2020-01-01", 0, 99, 0, "x", "x", "'2020-01-02'"),
    "a seal of which the term is over": SEAL.format(9, 9, "2020-01-01", 0, 99, 0, "x", "x", "NULL"),
    "an event without a mark": EVENT.replace(", mac)", ")")
    .replace(", 'y')", ")")
    .replace("(5, '2026", "(99, '2026"),
    "take the mark back": "UPDATE audit_digest SET purged_on = NULL WHERE id = 1",
    "move the mark": "UPDATE audit_digest SET purged_on = '2024-01-05' WHERE id = 1",
    "remove a seal": "DELETE FROM audit_digest WHERE id = 2",
    "remove a purged seal": "DELETE FROM audit_digest WHERE id = 1",
    "all at once": "TRUNCATE audit_event",
    "all seals at once": "TRUNCATE audit_digest",
    "in the place of another": f"INSERT OR REPLACE {EVENT.removeprefix('INSERT')}",
    "in the place of one with the same mark": (
        "INSERT OR REPLACE INTO audit_event (id, at, actor, event, details, mac)"
        " SELECT 99, at, '2', event, details, mac FROM audit_event WHERE id = 5"
    ),
    "in the place of another, quietly": EVENT.replace("INSERT", "REPLACE"),
}


@pytest.fixture
def audited(fresh: Flask) -> Iterator[Flask]:
    """Events under three seals of an earlier version: one purged, one of which the term is over, one that must stay;
    and what came since."""
    with fresh.app_context():
        before, first, last = chain.BEGIN, 1, 0
        upgrade(revision="0007")
        with transaction():
            for number, until, purged_on in (
                (1, "2024-01-01", "'2024-01-02'"),
                (2, "2024-01-02", "NULL"),
                (3, "2099-01-03", "NULL"),
            ):
                for one in (first, first + 1):
                    db.session.execute(OLD_EVENT, {"id": one, "at": f"2018-01-0{number} 12:00:00+00:00"})
                last = first + 1
                entries = [
                    chain.Entry(
                        one, datetime(2018, 1, number, 12, tzinfo=UTC), "1", "task.done", {"task": "1"}
                    )
                    for one in (first, last)
                ]
                seal = chain.Seal(
                    date(2018, 1, number),
                    date.fromisoformat(until),
                    first,
                    last,
                    2,
                    chain.content(mac, entries),
                )
                before = chain.link(mac, before, seal)
                made = SEAL.format(number, number, until, first, last, 2, seal.content, before, purged_on)
                db.session.execute(text(made))
                first = last + 1
            db.session.execute(text("DELETE FROM audit_event WHERE id <= 2"))
            db.session.execute(OLD_EVENT, {"id": first, "at": f"{clock.now():%Y-%m-%d %H:%M:%S}+00:00"})
            if db.engine.dialect.name == "postgresql":
                db.session.execute(
                    text("SELECT setval('audit_event_id_seq', 7), setval('audit_digest_id_seq', 3)")
                )
        prepare()
        with transaction():
            record("sending.paused", "test", topic="proef")
        yield fresh
        db.session.remove()
        db.engine.dispose()


OLD_EVENT = text(
    "INSERT INTO audit_event (id, at, actor, event, details) VALUES (:id, :at, '1', 'task.done', '{\"task\": \"1\"}')"
)


def test_what_was_there_is_whole_after_it(audited: Flask) -> None:
    """Sealed or not: every event has its mark, and the chain fits."""
    found = sealing.verify()
    assert (found.seals, found.purged, found.broken, found.problem) == (3, 1, None, None)
    assert found.unsealed > 1
    events = db.session.scalars(select(AuditEvent)).all()
    assert all(chain.is_marked(mac, one.mac, one.entry) for one in events)


def test_with_another_index_key_nothing_is_migrated(fresh: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The marks would be wrong for ever."""
    with fresh.app_context():
        upgrade(revision="0007")
        with transaction():
            db.session.execute(text(SEAL.format(1, 1, "2099-01-01", 1, 1, 0, "x", "of another key", "NULL")))
        with pytest.raises(ConfigError, match="PORTAL_INDEX_KEY"):
            prepare()
        assert "key_check" not in inspect(db.engine).get_table_names()
        db.session.remove()
        db.engine.dispose()


STAFF = text(
    "INSERT INTO staff_user (id, email, password, active, is_demo, fs_uniquifier, joined, tf_totp_secret)"
    " VALUES (:id, :email, 'x', true, false, :mark, true, :secret)"
)


@pytest.fixture
def staffed(fresh: Flask) -> Iterator[Flask]:
    """Two colleagues of an earlier version, one with an app, and a role of one of them."""
    with fresh.app_context():
        upgrade(revision="0007")
        secret = f'{{"enckey": {{"sealed": "{keyring().encrypt("GEHEIM").decode()}"}}}}'
        with transaction() as session:
            for number, name in ((1, "els"), (2, "tom")):
                told = {"id": number, "email": f"{name}@voorbeeld.example", "mark": name}
                session.execute(STAFF, told | {"secret": secret if number == 1 else None})
            session.execute(text("INSERT INTO staff_role (id, name) VALUES (1, 'quality')"))
            session.execute(text("INSERT INTO staff_user_role (user_id, role_id) VALUES (2, 1)"))
        yield fresh
        db.session.remove()
        db.engine.dispose()


def test_the_addresses_of_staff_are_sealed_and_found(staffed: Flask) -> None:
    prepare()
    found = db.session.scalars(select(User).where(User.email == "tom@voorbeeld.example")).one()
    assert (found.id, found.email, found.role_names) == (2, "tom@voorbeeld.example", frozenset({"quality"}))
    with db.engine.connect() as connection:
        raw = connection.execute(text("SELECT email FROM staff_user")).scalars().all()
    assert not any(b"voorbeeld" in bytes(one) for one in raw)
    db.session.rollback()
    with pytest.raises(IntegrityError), transaction():
        db.session.add(User(email="tom@voorbeeld.example", password="x", fs_uniquifier="x"))
    db.session.remove()
    downgrade(revision="0007")
    with db.engine.connect() as connection:
        kept = connection.execute(text("SELECT email FROM staff_user ORDER BY id")).scalars().all()
        assert kept == ["els@voorbeeld.example", "tom@voorbeeld.example"]
        assert connection.execute(text("SELECT user_id FROM staff_user_role")).scalars().all() == [2]
    with pytest.raises(DBAPIError), transaction() as session:
        session.execute(STAFF, {"id": 3, "email": "Jan@voorbeeld.example", "mark": "jan", "secret": None})
    upgrade()
    assert db.session.scalar(select(User.id).where(User.email == "els@voorbeeld.example")) == 1


WAITS = text(
    "INSERT INTO no_contact (id, kind, value_index, value, reason, since, actor)"
    " VALUES (:id, 'email', :index, :value, :reason, '2026-01-01', :actor)"
)


def test_whose_complaint_is_handled_waits_by_a_hash_of_its_own(fresh: Flask) -> None:
    with fresh.app_context():
        upgrade(revision="0007")
        address = {name: f"{name}@voorbeeld.example" for name in ("one", "two")}
        before = {name: indexes.email_index(found) for name, found in address.items()}
        with transaction() as session:
            for number, name, reason, actor in (
                (91, "one", "complaint", "complaint"),
                (92, "two", "opted_out", "self"),
            ):
                told = {"index": before[name], "value": keyring().encrypt(address[name])}
                session.execute(WAITS, told | {"id": number, "reason": reason, "actor": actor})
        prepare()
        waits = dict(db.session.execute(select(NoContact.id, NoContact.value_index)).all())
        assert waits == {91: indexes.waiting_index(before["one"]), 92: before["two"]}
        with transaction():
            # A complaint from there as well: it is kept beside what somebody asked for.
            wait_for_complaint(address["two"], "")
        assert db.session.scalar(select(func.count(NoContact.id))) == 3
        ask_again(address["one"], "")
        assert 91 not in set(db.session.scalars(select(NoContact.id))), "it is found when the complaint ends"
        db.session.rollback()
        db.session.remove()
        downgrade(revision="0007")
        with db.engine.connect() as connection:
            left = connection.execute(text("SELECT id, value_index FROM no_contact ORDER BY id")).all()
        assert [tuple(row) for row in left] == [(91, before["one"]), (92, before["two"])]
        db.engine.dispose()


def test_under_a_stray_data_key_no_address_is_sealed(staffed: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = staffed.extensions["settings"]
    stray = Keyring(
        data_keys=[Fernet.generate_key().decode()], link_keys=settings.link_keys, index_key=settings.index_key
    )
    monkeypatch.setitem(staffed.extensions, "keyring", stray)
    with pytest.raises(LostKey):
        prepare()
    with db.engine.connect() as connection:
        kept = connection.execute(text("SELECT email FROM staff_user ORDER BY id")).scalars().all()
    assert kept == ["els@voorbeeld.example", "tom@voorbeeld.example"]


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
    with transaction():
        db.session.execute(text("UPDATE audit_digest SET purged_on = '2024-01-03' WHERE id = 2"))
        db.session.execute(text("DELETE FROM audit_event WHERE id <= 4"))
    with pytest.raises(DBAPIError, match="only added to"), transaction():
        db.session.execute(text("DELETE FROM audit_event"))
    assert db.session.scalar(select(func.min(AuditEvent.id))) == 5
    db.session.rollback()


def test_a_number_is_never_given_twice(audited: Flask) -> None:
    """Also when all events before it are gone."""
    last = db.session.scalar(select(func.max(AuditEvent.id)))
    db.session.rollback()
    remove_triggers()
    with transaction():
        db.session.execute(text("DELETE FROM audit_event"))
    with transaction():
        record("sending.paused", "test", topic="proef")
    assert db.session.scalars(select(AuditEvent.id)).all() == [last + 1]


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
        users = db.session.execute(text("SELECT closed_on, emptied_on FROM staff_user ORDER BY id")).all()
        assert [(str(closed), emptied) for closed, emptied in users] == [
            (str(clock.today()), None),
            ("None", None),
        ]
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
