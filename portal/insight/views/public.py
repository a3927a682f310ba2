"""Pages for everyone, and the three addresses that machines ask for."""

from datetime import datetime, time, timedelta
from functools import cache

import structlog
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Blueprint, Response, current_app, url_for
from sqlalchemy.exc import SQLAlchemyError

from portal import clock
from portal.config import ROOT
from portal.db import db
from portal.profile import profile
from portal.web import entry, page

public = Blueprint("pages", __name__)
log = structlog.get_logger("portal")

SECURITY_HOLDS = timedelta(days=180)
# Search engines are told by each page itself that it is not to be found (X-Robots-Tag in web.py). What is forbidden
# here they would not open, and so never read that: a personal link that stood somewhere would be found all the same.
ROBOTS = """User-agent: *
Disallow: /static/
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
    """Search engines may come by; what is personal they do not keep."""
    return _plain(ROBOTS.strip())


@public.get("/.well-known/security.txt")
@entry("machine")
def security() -> Response:
    """Whom to tell of a weakness (RFC 9116). It is made anew at each request, and so never runs out."""
    base_url = current_app.extensions["settings"].base_url
    page_about_it = f"{base_url}{url_for('pages.privacy')}#weakness"
    expires = datetime.combine(clock.today() + SECURITY_HOLDS, time(), clock.now().tzinfo)
    lines = {
        "Contact": profile().security_contact or page_about_it,
        "Expires": expires.isoformat(),
        "Preferred-Languages": "nl, en",
        "Canonical": f"{base_url}{url_for('pages.security')}",
        "Policy": page_about_it,
    }
    return _plain("\n".join(f"{name}: {value}" for name, value in lines.items()))


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
