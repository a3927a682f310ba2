"""Sealing the audit once a day, looking whether it is as it was sealed, and letting go what has had its term."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as day_time
from itertools import takewhile

from flask import current_app
from sqlalchemy import delete, func, select

from portal import clock
from portal.audit import chain, doubts
from portal.audit.models import AuditDigest, AuditEvent
from portal.audit.operations import mac
from portal.db import db, exclusive, transaction

SETTLED = timedelta(hours=1)
"""How old an event is when no transaction can be open any more that has an earlier number."""
MOST_SILENT = timedelta(days=3)
"""How long after the newest event nobody seals: it is more likely that the clock is ahead."""


class ClockAhead(Exception):
    """It is days after the newest event: sealing would promise a term from a day that may not have come."""


class Forged(Exception):
    """An event that waits for a seal was not recorded by the portal, or not so. Its number is the message."""


@dataclass(frozen=True)
class Audited:
    """What `verify` found."""

    seals: int
    sealed: int
    """How many events are under a seal."""
    unsealed: int
    newest: str
    """The newest link of the chain; empty when nothing was sealed yet."""
    newest_on: date | None
    broken: AuditDigest | None
    """The first seal that does not fit what is there."""
    purged: int = 0
    """Of how many seals the events had their term and are gone."""
    problem: doubts.Problem | None = None
    """What else is wrong; looked for where all seals fit."""
    gap: int = 0
    """How many numbers after the last event were given and not used: on PostgreSQL that is no proof that events were
    cut off, because a deed that did not go through uses a number too."""


def seal() -> int:
    """Seal what was recorded since the last seal, once a day; how many events.

    Raises ClockAhead and Forged: then nothing is sealed until somebody looked.
    """
    if _is_sealed_today():
        return 0
    with transaction():
        exclusive("audit")
        last = _newest()
        if _is_sealed_today():
            return 0
        first = last.last_id + 1 if last else 1
        found = _settled(first)
        if found is None:
            return 0
        until, at = found
        if clock.today() - clock.local(at).date() > MOST_SILENT:
            raise ClockAhead
        forged = doubts.forged(first, until)
        if forged is not None:
            raise Forged(str(forged.id))
        entries = _entries(first, until)
        made = AuditDigest(
            sealed_on=clock.today(),
            kept_until=chain.kept_until(clock.today(), _years()),
            first_id=first,
            last_id=until,
            events=len(entries),
            content=chain.content(mac, entries),
        )
        made.link = chain.link(mac, last.link if last else chain.BEGIN, made.seal)
        db.session.add(made)
        return len(entries)


def _settled(first: int) -> tuple[int, datetime] | None:
    """The last event that can be sealed, and the newest moment of those; None where there is none."""
    found = db.session.execute(
        select(func.max(AuditEvent.id), func.max(AuditEvent.at)).where(
            AuditEvent.id >= first, AuditEvent.at < clock.now() - SETTLED
        )
    ).one()
    return None if found[0] is None else (found[0], found[1])


def verify() -> Audited:
    """Make every link again from what is there now. Changes nothing."""
    before, next_id, broken = chain.BEGIN, 1, None
    seals = db.session.scalars(select(AuditDigest).order_by(AuditDigest.id)).all()
    for place, one in enumerate(seals):
        follows = place == 0 or seals[place - 1].purged_on is not None
        is_linked = one.first_id == next_id and one.link == chain.link(mac, before, one.seal)
        if not (is_linked and _fits(one, is_first=place == 0, may_be_purged=follows)):
            broken = one
            break
        before, next_id = one.link, one.last_id + 1
    after = seals[-1].last_id if seals else 0
    unsealed = db.session.scalar(select(func.count()).where(AuditEvent.id > after)) or 0
    return Audited(
        seals=len(seals),
        sealed=sum(one.events for one in seals if one.purged_on is None),
        unsealed=unsealed,
        newest=seals[-1].link if seals else "",
        newest_on=seals[-1].sealed_on if seals else None,
        broken=broken,
        purged=sum(one.purged_on is not None for one in seals),
        problem=None if broken else doubts.first(seals),
        gap=doubts.gap(after),
    )


def has_seal(link: str) -> bool:
    """Whether a link that somebody noted elsewhere is in the chain."""
    return db.session.scalar(select(AuditDigest.id).where(AuditDigest.link == link)) is not None


def due(before: date) -> int:
    """How many events `purge` would throw away."""
    return sum(one.events for one in _due(before))


def purge(before: date) -> int:
    """Throw away what was recorded before the day and has had the term it was sealed with; how many events.

    Whole seals, the oldest first, so that what is left is one piece. The seals themselves stay: the chain still fits.
    """
    gone = 0
    while (events := _purge_oldest(before)) is not None:
        gone += events
    return gone


def _purge_oldest(before: date) -> int | None:
    with transaction():
        exclusive("audit")
        oldest = next(iter(_due(before)), None)
        if oldest is None:
            return None
        # First the mark: the triggers let go only of what is under a seal that has it.
        oldest.purged_on = clock.today()
        db.session.flush()
        db.session.execute(
            delete(AuditEvent).where(AuditEvent.id.between(oldest.first_id, oldest.last_id)),
            execution_options={"synchronize_session": False},
        )
        return oldest.events


def _due(before: date) -> list[AuditDigest]:
    """The seals whose events may all go, from the oldest that still has them up to the first that must stay."""
    midnight = datetime.combine(before, day_time.min, clock.AMSTERDAM)
    candidates = db.session.scalars(
        select(AuditDigest)
        .where(AuditDigest.purged_on.is_(None), AuditDigest.sealed_on <= before)
        .order_by(AuditDigest.id)
    )
    return list(
        takewhile(lambda one: one.kept_until <= clock.today() and not _has_newer(one, midnight), candidates)
    )


def _has_newer(one: AuditDigest, moment: datetime) -> bool:
    found = select(AuditEvent.id).where(
        AuditEvent.id.between(one.first_id, one.last_id), AuditEvent.at >= moment
    )
    return db.session.scalar(found.limit(1)) is not None


def _fits(one: AuditDigest, *, is_first: bool, may_be_purged: bool) -> bool:
    """Whether what is there under the seal is what was sealed, or rightly gone."""
    entries = _entries(None if is_first else one.first_id, one.last_id)
    if one.purged_on is None:
        return one.events == len(entries) and one.content == chain.content(mac, entries)
    had_its_term = one.kept_until <= one.purged_on <= clock.today()
    return may_be_purged and had_its_term and not entries


def _newest() -> AuditDigest | None:
    return db.session.scalar(select(AuditDigest).order_by(AuditDigest.id.desc()).limit(1))


def _is_sealed_today() -> bool:
    """Also where a seal of another day is newer: a clock that was ahead once must not stop this until that day."""
    today = select(AuditDigest.id).where(AuditDigest.sealed_on == clock.today())
    return db.session.scalar(today) is not None


def _entries(first: int | None, last: int) -> Sequence[chain.Entry]:
    """The events of a seal; of the first seal everything before it too, also below number 1."""
    rows = db.session.execute(
        select(AuditEvent.id, AuditEvent.at, AuditEvent.actor, AuditEvent.event, AuditEvent.details)
        .where(AuditEvent.id <= last, *([] if first is None else [AuditEvent.id >= first]))
        .order_by(AuditEvent.id)
    )
    return [chain.Entry(*row) for row in rows]


def _years() -> int:
    return int(current_app.extensions["profile"].retention.audit_years)
