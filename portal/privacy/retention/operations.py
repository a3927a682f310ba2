"""Throwing away what is past its term, and holding what may not go yet: the only writer of both.

One lock is between them. A hold that is placed while a purge runs waits for its batch and then says truly that the
thing is gone, or it comes first and the batch leaves the thing alone.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date

import structlog
from sqlalchemy import Select, select

from portal import clock
from portal.audit import sealing
from portal.audit.operations import record
from portal.complaints import retention as complaints
from portal.complaints.people import is_concerned
from portal.db import db, exclusive, forget_deleted, transaction
from portal.identity.models import User
from portal.privacy.models import Hold
from portal.privacy.retention.kinds import FORGOTTEN, SOURCES, Gone, audit_before, terms
from portal.privacy.retention.rules import PURGED, SHORT, Holds, Kind, last_kept, may_hold
from portal.web import where

ACTOR = "portal"
LOCK = "retention"
log = structlog.get_logger("portal.retention")


class NotPurged(Exception):
    """Some kinds could not be thrown away now: `kinds`. How many went of the others is in `gone`."""

    def __init__(self, kinds: Collection[Kind], gone: Mapping[Kind, int]) -> None:
        super().__init__(", ".join(kinds))
        self.kinds, self.gone = tuple(kinds), gone


class NotHeld(Exception):
    """A hold that cannot be placed."""


class Unknown(NotHeld):
    """There is no complaint with this reference, as far as who asks may know."""


class Erased(NotHeld):
    """It is gone already. `on` is the day."""

    def __init__(self, on: date) -> None:
        super().__init__(on)
        self.on = on


class AlreadyHeld(NotHeld):
    """The same is held already, for another reason or by somebody else."""


# ---- Throwing away ------------------------------------------------------------------------


def purge(kinds: Sequence[Kind] = PURGED) -> dict[Kind, int]:
    """Throw away everything of these kinds that is past its term and not held; how many of each kind.

    In batches, each with its proof in one transaction: what a worker that dies had done, is done and proven. Raises
    NotPurged when a kind failed, after the others were done.
    """
    gone: Gone = Counter(dict.fromkeys(kinds, 0))
    failed: list[Kind] = []
    for kind in kinds:
        try:
            gone.update(_purge_audit() if kind is Kind.AUDIT else _purge(kind))
        except Exception as error:  # noqa: BLE001 - a kind that cannot go must not keep the others here
            log.error("not purged", purge=kind, kind=type(error).__name__, where=where(error))
            failed.append(kind)
        finally:
            db.session.rollback()
    if failed:
        raise NotPurged(failed, gone)
    return dict(gone)


def purge_short() -> dict[Kind, int]:
    """The same for what is kept for hours: more often than once a day."""
    return purge(SHORT)


def _purge(kind: Kind) -> Gone:
    before = last_kept(kind, clock.today(), terms())
    gone: Gone = Counter()
    while rows := _purge_batch(kind, before):
        gone.update(rows)
    return gone


def _purge_batch(kind: Kind, before: date) -> Gone:
    source = SOURCES[kind]
    assert source.purge is not None  # noqa: S101 - as the table of the rules says
    with transaction():
        exclusive(LOCK)
        held = holds()
        if held.whole(kind):
            return Counter()
        rows = source.purge(before, held)
        for one, number in rows.items():
            _prove(one, number)
    return rows


def _prove(kind: Kind, rows: int) -> None:
    """What goes along with another kind is told with the day of its own."""
    until = last_kept(kind, clock.today(), terms())
    record("retention.purged", ACTOR, kind=kind, rows=str(rows), until=until.isoformat())


def _purge_audit() -> Gone:
    """The audit goes by whole seals, each in a transaction of its own; the seal itself says that it went."""
    held = holds()
    before = audit_before(last_kept(Kind.AUDIT, clock.today(), terms()), held)
    if held.whole(Kind.AUDIT) or not sealing.due(before):
        return Counter()
    rows = sealing.purge(before)
    if rows:
        with transaction():
            record("retention.purged", ACTOR, kind=Kind.AUDIT, rows=str(rows), until=before.isoformat())
    return Counter({Kind.AUDIT: rows})


def forget() -> bool:
    """Overwrite what was thrown away; False when it must be tried again."""
    return forget_deleted(*FORGOTTEN)


def holds() -> Holds:
    """What is held now."""
    return Holds((kind, about) for kind, about in db.session.execute(_active()))


def _active() -> Select[str, str]:
    return select(Hold.kind, Hold.about).where(Hold.ended_on.is_(None))


# ---- Holding ------------------------------------------------------------------------------


def place(kind: Kind, about: str, reason: str, user: User) -> Hold:
    """Keep all of a kind, or with a reference that one alone, until somebody ends it.

    In the running transaction. The same again by the same person for the same reason changes nothing. Raises
    PermissionError, Unknown, Erased and AlreadyHeld.
    """
    if not may_hold(user.role_names, kind):
        raise PermissionError
    exclusive(LOCK)
    if about:
        about = _reference(about, user)
    known = db.session.scalar(
        select(Hold).where(Hold.kind == kind, Hold.about == about, Hold.ended_on.is_(None))
    )
    if known is not None:
        if (known.reason, known.placed_by) == (reason, str(user.id)):
            return known
        raise AlreadyHeld
    hold = Hold(kind=kind, about=about, reason=reason, since=clock.today(), placed_by=str(user.id))
    db.session.add(hold)
    db.session.flush()
    record("hold.placed", str(user.id), hold=str(hold.id), kind=kind)
    return hold


def _reference(about: str, user: User) -> str:
    """The reference as it is written. Who a complaint is about is told that there is none (Awb 9:7)."""
    found = next(iter(complaints.found([about.upper()])), None)
    if found is None or is_concerned(found, user):
        raise Unknown
    if found.erased_on is not None:
        raise Erased(found.erased_on)
    return found.reference


def end(hold_id: int, user: User) -> bool:
    """From now on it goes when its term is over; False when the hold was ended before.

    In the running transaction. Raises LookupError where this user knows of no such hold, PermissionError.
    """
    exclusive(LOCK)
    hold = db.session.get(Hold, hold_id, populate_existing=True)
    if hold is None or is_hidden(hold, user):
        raise LookupError(hold_id)
    if not may_hold(user.role_names, Kind(hold.kind)):
        raise PermissionError
    if hold.ended_on is not None:
        return False
    hold.ended_on, hold.ended_by = clock.today(), str(user.id)
    record("hold.ended", str(user.id), hold=str(hold.id), kind=hold.kind)
    return True


def is_hidden(hold: Hold, user: User) -> bool:
    """Whether it is about a complaint that this user is concerned in, and knows nothing of."""
    if not hold.about:
        return False
    return any(is_concerned(complaint, user) for complaint in complaints.found([hold.about]))
