"""Whether the portal may start on what is in its database. Nothing is changed by looking."""

import sys

from flask import current_app
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError, InterfaceError

from portal import key_check, links
from portal.config import ConfigError, Settings
from portal.db import db
from portal.rotation import unopened


def check(*, in_any_case: bool = False) -> None:
    """Say what is wrong, in one sentence. In production that is a ConfigError, and nothing starts.

    `in_any_case` is for who is about to write: then it is one in development too. Another index key always is.
    """
    settings: Settings = current_app.extensions["settings"]
    try:
        if settings.is_production:
            _refuse_demo()
        key_check.refuse_another()
        locked = unopened()
        lost = links.lost()
    except (DatabaseError, InterfaceError):
        # Away, or not migrated yet: the pages and the worker say so, and go on when it is there.
        return
    finally:
        db.session.remove()
        db.engine.dispose()
    if lost:
        counted = ", ".join(f"{table} {number}" for table, number in sorted(lost.items()))
        sys.stderr.write(
            f"{lost.total()} open links ({counted}) zijn gemaakt met een sleutel die niet meer in PORTAL_LINK_KEYS staat: "
            "ze werken niet, en berichten met zo'n link gaan niet weg.\n"
        )
    if not locked:
        return
    said = (
        f"Van gegevens in {', '.join(locked)} past geen enkele sleutel. "
        "Zet de sleutel waarmee ze versleuteld zijn achteraan in PORTAL_DATA_KEYS en start opnieuw."
    )
    if settings.is_production or in_any_case:
        raise ConfigError(said)
    sys.stderr.write(said + "\n")


def check_index_key() -> None:
    """Refuse another index key alone: for who looks, or mends the other keys. Raises ConfigError."""
    try:
        key_check.refuse_another()
    except (DatabaseError, InterfaceError):
        return
    finally:
        db.session.remove()


def _refuse_demo() -> None:
    marked = [table for table in db.metadata.sorted_tables if "is_demo" in table.columns]
    found = [
        table.name
        for table in marked
        if db.session.execute(select(table.c.is_demo).where(table.c.is_demo).limit(1)).first()
    ]
    if found:
        raise ConfigError(
            f"In de database staan proefgegevens ({', '.join(found)}), en die horen niet in productie. "
            "Begin met een lege database."
        )
