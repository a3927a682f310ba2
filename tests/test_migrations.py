"""Migrations: up, down, with data, and equal to the models, on both databases."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import DBAPIError

from portal import config
from portal.app import create_app
from portal.audit.operations import record
from portal.cli import prepare
from portal.db import db, transaction
from portal.surveys.inviting.operations import new_invitation
from portal.surveys.models import Invitation
from portal.surveys.rules import Moment


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


@pytest.mark.parametrize("table", ["audit_event", "audit_digest"])
@pytest.mark.parametrize("deed", ["UPDATE {table} SET id = id + 100", "DELETE FROM {table}"])
def test_the_audit_is_only_added_to(fresh: Flask, table: str, deed: str) -> None:
    with fresh.app_context():
        prepare()
        with transaction():
            record("sending.paused", "test", topic="proef")
            db.session.execute(
                text(
                    "INSERT INTO audit_digest (sealed_on, first_id, last_id, events, link) "
                    "VALUES ('2026-01-01', 1, 1, 1, 'x')"
                )
            )
        counted = text(f"SELECT count(*), max(id) FROM {table}")
        before = db.session.execute(counted).one()
        assert before[0] > 0
        with pytest.raises(DBAPIError, match=f"{table} is only added to"), transaction():
            db.session.execute(text(deed.format(table=table)))
        assert db.session.execute(counted).one() == before
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
