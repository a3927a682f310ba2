"""How migrations run: inside the portal's own settings, the same on SQLite and PostgreSQL."""

from alembic import context
from flask import current_app
from sqlalchemy import Connection, text

database = current_app.extensions["migrate"].db
settings = current_app.extensions["migrate"].configure_args


def migrate(connection: Connection) -> None:
    is_sqlite = connection.dialect.name == "sqlite"
    if is_sqlite:
        # A batch migration copies tables; with foreign keys on that would delete what points to them. Asked of the
        # driver itself: what goes through SQLAlchemy begins a transaction, and within one SQLite does not listen.
        connection.connection.execute("PRAGMA foreign_keys=OFF")
    elif connection.dialect.name == "postgresql":
        # Two servers starting together migrate once.
        connection.execute(text("SELECT pg_advisory_lock(hashtext('migrations'))"))
        connection.commit()
    try:
        context.configure(connection=connection, target_metadata=database.metadata, **settings)
        with context.begin_transaction():
            context.run_migrations()
            if is_sqlite and connection.execute(text("PRAGMA foreign_key_check")).first():
                raise RuntimeError("a row points to nothing after this migration; nothing was changed")
    finally:
        if is_sqlite:
            connection.rollback()
            connection.connection.execute("PRAGMA foreign_keys=ON")
        elif connection.dialect.name == "postgresql":
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(hashtext('migrations'))"))


if context.is_offline_mode():
    raise SystemExit("De migraties werken op een database, niet als tekst.")
with database.engine.connect() as opened:
    migrate(opened)
