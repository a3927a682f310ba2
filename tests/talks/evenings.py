"""Invented evenings and people who sign up for them."""

import secrets
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from portal import clock
from portal.db import db, transaction
from portal.privacy.retention import operations as retention
from portal.privacy.retention.rules import Kind
from portal.talks import operations
from portal.talks.content import Person
from portal.talks.models import Evening, SignUp
from portal.talks.operations import Standing, Wanted
from portal.talks.rules import Who


def evening(capacity: int = 20, days: int = 14, **given: Any) -> int:
    """An evening in so many days; its number."""
    starts_at = clock.now() + timedelta(days=days)
    made = Evening(
        **{
            "slug": f"avond-{secrets.token_hex(4)}",
            "request_key": secrets.token_hex(8),
            "theme": "Samen met school",
            "about": "Wat helpt een kind op school?",
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(hours=2),
            "place": "De Proef, Proefstraat 1, Naaldwijk",
            "route": "Vijf minuten lopen van de bushalte.",
            "access": "Zonder drempels.",
            "capacity": capacity,
        }
        | given
    )
    with transaction():
        db.session.add(made)
        db.session.flush()
        return made.id


def somebody(contact: str = "", places: int = 1, who: Who = Who.PARENT, **given: Any) -> Wanted:
    """Somebody whom nobody knows yet."""
    contact = contact or f"{secrets.token_hex(5)}@voorbeeld.example"
    return Wanted(Person("Proefpersoon", contact, **given), who, places)


def signed_up(evening_id: int, wanted: Wanted | None = None, key: str = "") -> Standing:
    """Sign somebody up, as the page does."""
    with transaction():
        return operations.sign_up(evening_id, wanted or somebody(), request_key=key or secrets.token_hex(8))


def purged() -> int:
    """Forget what of the talks is past its term, as the worker does; of how many evenings."""
    before = _forgotten()
    retention.purge([Kind.SIGNUPS, Kind.CIRCLE])
    return _forgotten() - before


def _forgotten() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count(Evening.purged_on))) or 0


def fresh(signup: SignUp) -> SignUp:
    """As it stands in the database."""
    db.session.rollback()
    return db.session.get_one(SignUp, signup.id, populate_existing=True)


def left(signup: SignUp) -> list[SignUp]:
    """Give the place back."""
    with transaction():
        return operations.leave(db.session.get_one(SignUp, signup.id))
