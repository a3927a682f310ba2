"""Whether the portal may start on what is in its database. Nothing is changed by looking."""

import sys

import structlog
from flask import Response, current_app, request
from sqlalchemy import Table, inspect, select
from sqlalchemy.exc import DatabaseError, InterfaceError
from werkzeug.exceptions import ServiceUnavailable

from portal import key_check, links
from portal.config import ConfigError, Settings
from portal.db import db
from portal.rotation import unopened
from portal.web import entry_of, error_page

log = structlog.get_logger("portal")
_PASSED, _SAID = "starting passed", "starting said"
ALIVE = "pages.alive"
"""Whether the process answers, whatever is in the database."""


def check(*, in_any_case: bool = False) -> None:
    """Say what is wrong, in one sentence. In production that is a ConfigError, and nothing starts.

    `in_any_case` is for who is about to write: then it is one in development too. Another index key always is.
    """
    settings: Settings = current_app.extensions["settings"]
    is_whole = True
    try:
        if settings.is_production:
            is_whole = _refuse_demo()
        key_check.refuse_another()
        locked = unopened()
        lost = links.lost()
    except (DatabaseError, InterfaceError):
        # Away, or not migrated yet: the pages and the worker say so, and go on when it is there.
        return
    finally:
        db.session.remove()
    if lost:
        counted = ", ".join(f"{table} {number}" for table, number in sorted(lost.items()))
        sys.stderr.write(
            f"{lost.total()} open links ({counted}) zijn gemaakt met een sleutel die niet meer in PORTAL_LINK_KEYS staat: "
            "ze werken niet, en berichten met zo'n link gaan niet weg.\n"
        )
    if not locked:
        current_app.extensions[_PASSED] = is_whole
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


def check_again() -> None:
    """The same in production, until everything that must be looked at was there: a database can be put in place, or
    migrated, after the start. Raises ConfigError."""
    if current_app.extensions["settings"].is_production and not current_app.extensions.get(_PASSED):
        check()


def hold_up() -> Response | None:
    """What stands before every page: nothing, or a page that says nothing where production must not run.

    For who starts the application by itself, without our command.
    """
    if request.endpoint == ALIVE:
        return None
    try:
        check_again()
    except ConfigError as error:
        if not current_app.extensions.get(_SAID):
            current_app.extensions[_SAID] = True
            log.error("refused to serve", why=str(error))
        found = entry_of(request.endpoint)
        if found is not None and found.kind == "machine":
            return Response("niet gestart, zie het log\n", ServiceUnavailable.code, mimetype="text/plain")
        return error_page(ServiceUnavailable.code)
    return None


def _refuse_demo() -> bool:
    """Look in every table that can hold demo data and is there, one by one: one that is not hides no other.

    Returns whether all of them are there.
    """
    seen = inspect(db.engine)
    there = set(seen.get_table_names())
    marked = {table.name: table for table in db.metadata.sorted_tables if "is_demo" in table.columns}
    # A table from before demo data was marked in it cannot hold any.
    can_hold = [
        table
        for name, table in marked.items()
        if name in there and any(column["name"] == "is_demo" for column in seen.get_columns(name))
    ]
    found = [table.name for table in can_hold if _has_demo(table)]
    if found:
        raise ConfigError(
            f"In de database staan proefgegevens ({', '.join(found)}), en die horen niet in productie. "
            "Begin met een lege database."
        )
    return there.issuperset(marked)


def _has_demo(table: Table) -> bool:
    wanted = select(table.c.is_demo).where(table.c.is_demo).limit(1)
    return db.session.execute(wanted).first() is not None
