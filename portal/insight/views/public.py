"""Pages for everyone, and the three addresses that machines ask for."""

from functools import cache

import structlog
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Blueprint, Response
from sqlalchemy.exc import SQLAlchemyError

from portal.config import ROOT
from portal.db import db
from portal.web import entry, page

public = Blueprint("pages", __name__)
log = structlog.get_logger("portal")

ROBOTS = """User-agent: *
Disallow: /v/
Disallow: /klacht/invullen/
Disallow: /klacht/volgen
Disallow: /klacht/betrokkene/
Disallow: /team
"""


@public.get("/")
@entry("public")
def home() -> Response:
    """What this is, and the way to the questions."""
    return page("home.html")


@public.get("/privacy")
@entry("public")
def privacy() -> Response:
    """What is asked, who reads it, how long it is kept."""
    return page("privacy.html")


@public.get("/toegankelijkheid")
@entry("public")
def accessibility() -> Response:
    """What was tested and how, and where to find help."""
    return page("accessibility.html")


@public.get("/healthz")
@entry("machine")
def alive() -> Response:
    """The process answers. Says nothing about the database."""
    return _plain("ok")


@public.get("/readyz")
@entry("machine")
def ready() -> Response:
    """Whether people can be sent here: 503 with what is missing when the database is not there or not migrated."""
    missing = _missing()
    return _plain(missing, 503) if missing else _plain("ok")


@public.get("/robots.txt")
@entry("machine")
def robots() -> Response:
    """Search engines stay away from personal links and staff pages."""
    return _plain(ROBOTS.strip())


def _plain(text: str, status: int = 200) -> Response:
    return Response(f"{text}\n", status, mimetype="text/plain")


def _missing() -> str:
    """What keeps the portal from serving, in one line without addresses or passwords; empty when nothing does."""
    try:
        with db.engine.connect() as connection:
            applied = MigrationContext.configure(connection).get_current_heads()
    except SQLAlchemyError as error:
        log.error("not ready", kind=type(error).__name__)
        return "database: geen antwoord"
    if set(applied) != _newest():
        return "database: niet op de versie van dit programma; draai portal init"
    return ""


@cache
def _newest() -> set[str]:
    """The migrations this program was shipped with end here."""
    return set(ScriptDirectory(str(ROOT / "migrations")).get_heads())
