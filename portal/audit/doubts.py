"""What else can be wrong with an audit of which the seals fit, as far as the database can show it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as day_time
from enum import StrEnum
from itertools import pairwise

from sqlalchemy import ColumnElement, Select, func, select, text

from portal import clock
from portal.audit import chain
from portal.audit.models import AuditDigest, AuditEvent
from portal.audit.operations import mac
from portal.db import db

MOST_DAYS = timedelta(days=2)
"""How long an event waits for its seal where a worker runs; and how far a clock may have been set back."""


class Wrong(StrEnum):
    """What is wrong."""

    FORGED = "forged"
    """An event was added, or changed before it was sealed, by who has no key."""
    AHEAD = "ahead"
    """A seal says a day that is still to come."""
    BACKDATED = "backdated"
    """An event says that it was long before the seal that was there already."""
    WAITING = "waiting"
    """An event should have been under a seal by now."""
    CUT = "cut"
    """Seals or events were given a number and are no longer there."""


@dataclass(frozen=True)
class Problem:
    """What is wrong, with which event, or else with the seal of which day."""

    wrong: Wrong
    number: int = 0
    on: date | None = None


def first(seals: Sequence[AuditDigest]) -> Problem | None:
    """The first thing that is wrong; `seals` are all there are, the oldest first."""
    after = seals[-1].last_id if seals else 0
    unmarked = forged(after + 1)
    if unmarked is not None:
        return Problem(Wrong.FORGED, unmarked.id, _day(unmarked.at))
    ahead = next((one for one in seals if one.sealed_on > clock.today()), None)
    if ahead is not None:
        return Problem(Wrong.AHEAD, on=ahead.sealed_on)
    return _backdated(seals) or _waiting(after) or _cut(seals, after)


def forged(first_id: int, last_id: int | None = None) -> AuditEvent | None:
    """The first of these events that the portal did not record, or not so."""
    query = select(AuditEvent).where(AuditEvent.id >= first_id).order_by(AuditEvent.id)
    if last_id is not None:
        query = query.where(AuditEvent.id <= last_id)
    return next(
        (one for one in db.session.scalars(query) if not chain.is_marked(mac, one.mac, one.entry)), None
    )


def gap(after: int) -> int:
    """How many numbers were given to events after the last that is there, or that a seal knew."""
    known = max(db.session.scalar(select(func.max(AuditEvent.id))) or 0, after)
    return max(0, _given(AuditEvent.__tablename__) - known)


def _backdated(seals: Sequence[AuditDigest]) -> Problem | None:
    """An event that says it was days before the seal that is before it."""
    for before, one in pairwise(seals):
        # Of a seal that was made while the clock was ahead the day says nothing.
        if before.sealed_on <= one.sealed_on and (
            found := _older(before.sealed_on, AuditEvent.id.between(one.first_id, one.last_id))
        ):
            return found
    return _older(seals[-1].sealed_on, AuditEvent.id > seals[-1].last_id) if seals else None


def _older(sealed_on: date, among: ColumnElement[bool]) -> Problem | None:
    moment = datetime.combine(sealed_on - MOST_DAYS, day_time.min, clock.AMSTERDAM)
    return _problem(
        Wrong.BACKDATED, select(AuditEvent.id, AuditEvent.at).where(among, AuditEvent.at < moment)
    )


def _waiting(after: int) -> Problem | None:
    return _problem(
        Wrong.WAITING,
        select(AuditEvent.id, AuditEvent.at).where(
            AuditEvent.id > after, AuditEvent.at < clock.now() - MOST_DAYS
        ),
    )


def _problem(wrong: Wrong, query: Select[int, datetime]) -> Problem | None:
    found = db.session.execute(query.order_by(AuditEvent.id).limit(1)).one_or_none()
    return Problem(wrong, found.id, _day(found.at)) if found else None


def _cut(seals: Sequence[AuditDigest], after: int) -> Problem | None:
    newest = seals[-1].id if seals else 0
    if _given(AuditDigest.__tablename__) > newest:
        return Problem(Wrong.CUT, on=seals[-1].sealed_on if seals else None)
    # SQLite takes a number back when a deed does not go through; PostgreSQL does not, and there it is no proof.
    if db.engine.dialect.name == "sqlite" and gap(after):
        return Problem(Wrong.CUT, max(db.session.scalar(select(func.max(AuditEvent.id))) or 0, after))
    return None


def _given(table: str) -> int:
    """The last number that the database gave to a row of the table."""
    if db.engine.dialect.name == "sqlite":
        row = db.session.execute(text("SELECT seq FROM sqlite_sequence WHERE name = :name"), {"name": table})
        return row.scalar() or 0
    row = db.session.execute(text(f"SELECT last_value, is_called FROM {table}_id_seq"))  # noqa: S608 - our own names
    last_value, is_called = row.one()
    return int(last_value) if is_called else 0


def _day(moment: datetime) -> date:
    return clock.local(moment).date()
