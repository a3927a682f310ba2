"""The blueprint of the register, and what its pages share."""

import json
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from flask import Blueprint
from flask_babel import format_date
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select

from portal import clock
from portal.complaints import dues, words
from portal.complaints.handling.labels import HOW
from portal.complaints.models import ComplaintStep
from portal.complaints.operations import COMPLAINANT, PORTAL
from portal.db import db
from portal.identity.models import User
from portal.identity.rules import may

blueprint = Blueprint("complaints", __name__, url_prefix="/team/klachten")
MOST_ID = 2147483647


@blueprint.app_context_processor
def _shared() -> dict[str, Any]:
    """What the pages about complaints link to one another with, and how they say a date that comes near."""
    return {"complaint_pages": pages, "nearness": nearness, "complaint_words": words}


def pages() -> list[tuple[str, str, str]]:
    """The pages of this part that the current user may see: (name in `subnav`, endpoint, name)."""
    found = [
        ("index", "complaints.index", "complaints.see", _("Register")),
        ("year", "complaint_figures.year", "complaints.figures", _("Jaarcijfers")),
        ("measures", "learning.measures", "complaints.learn", _("Verbeteringen")),
        ("objections", "learning.objections", "complaints.learn", _("Bezwaren")),
    ]
    return [
        (key, endpoint, name) for key, endpoint, action, name in found if may(current_user.role_names, action)
    ]


def nearness(on: date) -> tuple[str, int]:
    """How near a date is: the kind of its badge, and in how many days it is; below zero when it passed."""
    today = clock.today()
    return words.COLOURS[dues.colour(on, today)][0], (on - today).days


def actor() -> str:
    """The current user, as steps and events name who acted."""
    return str(current_user.id)


def names_of(actors: Iterable[str]) -> Callable[[str], str]:
    """Says who acted, with one statement for all of them."""
    numbers = {int(found) for found in actors if found.isascii() and found.isdigit()}
    query = select(User.id, User.email).where(User.id.in_(numbers))
    known = {str(number): email for number, email in db.session.execute(query)} if numbers else {}
    known |= {COMPLAINANT: _("de klager"), PORTAL: _("het portaal")}
    return lambda found: known.get(found, _("onbekend"))


def details_of(step: ComplaintStep) -> list[str]:
    """What was written down with a step, as texts to read; a date in words."""
    written: dict[str, str] = json.loads(step.details)
    return [
        str(HOW.get(text, text)) if key == "how" else in_words(text) for key, text in written.items() if text
    ]


def in_words(text: str) -> str:
    """An ISO date as people say it; any other text as it is."""
    try:
        return format_date(date.fromisoformat(text), "EEEE d MMMM yyyy")
    except ValueError:
        return text


def accounts() -> list[User]:
    """Everybody who can sign in, to choose from."""
    return sorted(db.session.scalars(select(User).where(User.active.is_(True))), key=lambda one: one.email)
