"""What the role that runs the portal may do to the audit, with the rights that README.md gives it."""

import re
import secrets
from collections.abc import Iterator, Sequence
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

YEARS = timedelta(days=8 * 366)


def statements(database: str) -> list[list[str]]:
    """The two pieces of SQL as an administrator would copy them, for a database of this name."""
    readme = (ROOT / "README.md").read_text("utf-8")
    part = readme.split("### Rights in PostgreSQL")[1].split("\n## ")[0]
    part = part.replace("ON DATABASE portaal ", f"ON DATABASE {database} ")
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
    before, after = statements(name)
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
        apps[-1].extensions["administrator"] = inside
        with apps[-1].app_context():
            yield apps[-1]
            db.session.remove()
    finally:
        inside.dispose()
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


@pytest.fixture
def years_old(running: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """One event of years ago, under a seal of then, of which the term is over."""
    administrator = running.extensions["administrator"]
    run(administrator, ["SET session_replication_role = replica", "DELETE FROM audit_event"])
    start = clock.now()
    with monkeypatch.context() as patch:
        patch.setattr(clock, "now", lambda: start - YEARS)
        with transaction():
            record("task.done", "1", task="1")
        patch.setattr(clock, "now", lambda: start - YEARS + timedelta(days=1))
        with pytest.raises(ProgrammingError, match="only added to"):
            sealing.seal()
        # Nobody can make a seal of which the term is over already; let it be so this once.
        run(administrator, ["ALTER TABLE audit_digest DISABLE TRIGGER audit_digest_stays"])
        assert sealing.seal() == 1
        run(administrator, ["ALTER TABLE audit_digest ENABLE TRIGGER audit_digest_stays"])
    return running


def test_the_portal_works(years_old: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Recording, sealing, purging at the term, and a whole round of the worker."""
    assert sealing.purge(clock.today() - timedelta(days=3)) == 1
    with transaction():
        record("task.done", "1", task="2")
    start = clock.now()
    monkeypatch.setattr(clock, "now", lambda: start + timedelta(days=1))
    assert sealing.seal() == 1
    found = sealing.verify()
    assert (found.purged, found.broken, found.problem) == (1, None, None)
    db.session.rollback()
    with capture_logs() as lines:
        Worker().round()
    assert [line for line in lines if line["log_level"] == "error"] == []
    assert forget_deleted("letterbox_entry", "draft")


def count() -> int:
    found = db.session.execute(text("SELECT count(*) FROM audit_event")).scalar()
    db.session.rollback()
    return int(found or 0)


def together(statements: Sequence[str]) -> None:
    with transaction():
        for statement in statements:
            db.session.execute(text(statement))


SHADOWED = (
    "CREATE TEMP TABLE audit_digest (first_id int, last_id int, kept_until date, purged_on date)",
    "INSERT INTO pg_temp.audit_digest VALUES (0, 2000000000, current_date, current_date)",
    "DELETE FROM audit_event",
)


def test_a_table_of_its_own_by_the_same_name_lets_nothing_go(years_old: Flask) -> None:
    """Not even where somebody gave the right to make temporary tables back."""
    with pytest.raises(ProgrammingError, match="permission denied to create temporary tables"), transaction():
        db.session.execute(text(SHADOWED[0]))
    run(
        years_old.extensions["administrator"],
        [f"GRANT TEMPORARY ON DATABASE {db.engine.url.database} TO portaal"],
    )
    before = count()
    with pytest.raises(ProgrammingError, match="only added to"):
        together(SHADOWED)
    assert count() == before > 0


def test_only_what_had_its_term_can_be_marked_and_go(years_old: Flask) -> None:
    with transaction():
        record("task.done", "1", task="2")
    seal = (
        "INSERT INTO audit_digest (id, sealed_on, kept_until, first_id, last_id, events, content, link, purged_on)"
        " VALUES (-5, '2020-01-01', {}, 0, 2000000000, 0, 'x', 'x', {})"
    )
    refused = (
        "UPDATE audit_digest SET purged_on = current_date + 1",
        "UPDATE audit_digest SET purged_on = kept_until - 1",
        seal.format("'2020-01-02'", "'2020-01-03'"),
        seal.format("'2020-01-02'", "NULL"),
        seal.format("current_date", "NULL"),
        "INSERT INTO audit_event (at, actor, event, details) VALUES (now(), '3', 'complaint.seen', '{}')",
    )
    for statement in refused:
        with pytest.raises(ProgrammingError, match="only added to"), transaction():
            db.session.execute(text(statement))
    with transaction():
        # A seal over everything, of which the term may be over tomorrow: what is newer than a year stays.
        db.session.execute(text(seal.format("current_date + 1", "NULL")))
    administrator = years_old.extensions["administrator"]
    run(
        administrator,
        [
            "SET session_replication_role = replica",
            "UPDATE audit_digest SET kept_until = current_date, purged_on = current_date WHERE id = -5",
        ],
    )
    with pytest.raises(ProgrammingError, match="only added to"), transaction():
        db.session.execute(text("DELETE FROM audit_event"))
    with transaction():
        db.session.execute(text("UPDATE audit_digest SET purged_on = current_date WHERE id <> -5"))
        db.session.execute(text("DELETE FROM audit_event WHERE at < now() - interval '2 years'"))
    assert count() == 1


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
