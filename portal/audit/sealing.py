"""Sealing the audit once a day, and looking whether it is as it was sealed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select

from portal import clock
from portal.audit import chain
from portal.audit.models import AuditDigest, AuditEvent
from portal.crypto import keyring
from portal.db import db, exclusive, transaction

SETTLED = timedelta(hours=1)
"""How old an event is when no transaction can be open any more that has an earlier number."""


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


def seal() -> int:
    """Seal what was recorded since the last seal, once a day; how many events."""
    if _newest_on() == clock.today():
        return 0
    with transaction():
        exclusive("audit")
        last = _newest()
        if last is not None and last.sealed_on >= clock.today():
            return 0
        first = last.last_id + 1 if last else 1
        until = db.session.scalar(
            select(func.max(AuditEvent.id)).where(
                AuditEvent.id >= first, AuditEvent.at < clock.now() - SETTLED
            )
        )
        if until is None:
            return 0
        entries = _entries(first, until)
        made = AuditDigest(
            sealed_on=clock.today(),
            first_id=first,
            last_id=until,
            events=len(entries),
            link=chain.link(_mac, last.link if last else chain.BEGIN, entries),
        )
        db.session.add(made)
        return len(entries)


def verify() -> Audited:
    """Make every link again from what is there now. Changes nothing."""
    before, next_id, broken = chain.BEGIN, 1, None
    seals = db.session.scalars(select(AuditDigest).order_by(AuditDigest.id)).all()
    for one in seals:
        entries = _entries(one.first_id, one.last_id)
        fits = one.link == chain.link(_mac, before, entries) and one.events == len(entries)
        if one.first_id != next_id or not fits:
            broken = one
            break
        before, next_id = one.link, one.last_id + 1
    after = seals[-1].last_id if seals else 0
    unsealed = db.session.scalar(select(func.count()).where(AuditEvent.id > after)) or 0
    return Audited(
        seals=len(seals),
        sealed=sum(one.events for one in seals),
        unsealed=unsealed,
        newest=seals[-1].link if seals else "",
        newest_on=seals[-1].sealed_on if seals else None,
        broken=broken,
    )


def has_seal(link: str) -> bool:
    """Whether a link that somebody noted elsewhere is in the chain."""
    return db.session.scalar(select(AuditDigest.id).where(AuditDigest.link == link)) is not None


def _newest() -> AuditDigest | None:
    return db.session.scalar(select(AuditDigest).order_by(AuditDigest.id.desc()).limit(1))


def _newest_on() -> date | None:
    return db.session.scalar(select(func.max(AuditDigest.sealed_on)))


def _entries(first: int, last: int) -> Sequence[chain.Entry]:
    rows = db.session.execute(
        select(AuditEvent.id, AuditEvent.at, AuditEvent.actor, AuditEvent.event, AuditEvent.details)
        .where(AuditEvent.id.between(first, last))
        .order_by(AuditEvent.id)
    )
    return [chain.Entry(*row) for row in rows]


def _mac(text: str) -> str:
    return keyring().index("audit", text)
