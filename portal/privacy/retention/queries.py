"""What the page about keeping shows: each kind with what goes when, what is held, and what went."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from itertools import islice

from sqlalchemy import select

from portal import clock
from portal.audit.models import AuditEvent
from portal.complaints import retention as complaints
from portal.complaints.people import is_concerned
from portal.db import db
from portal.identity.models import User
from portal.privacy.models import Hold
from portal.privacy.retention.kinds import SOURCES, Standing
from portal.privacy.retention.operations import ALL, terms
from portal.privacy.retention.rules import (
    RULES,
    Kind,
    Length,
    Rule,
    goes_on,
    last_kept,
    may_hold,
    may_read_reason,
)

MOST_PROOFS = 20
_READ_PROOFS = 400
"""Large purges leave a line for each batch: enough to put twenty together."""
_NOTHING = Standing(0, 0, None, 0)


@dataclass(frozen=True)
class Kept:
    """One kind as it stands now."""

    kind: Kind
    rule: Rule
    length: Length
    standing: Standing
    is_held: bool
    """Whether the whole kind is."""
    held: int
    """How many single ones are."""
    until: date
    """What counts from before this day is past its term."""

    @property
    def goes(self) -> int:
        """How many the next round throws away."""
        return 0 if self.is_held else self.standing.due

    @property
    def next_on(self) -> date | None:
        """When the first of the others goes at the earliest."""
        first = self.standing.first
        return goes_on(self.kind, first, terms()) if first is not None and not self.is_held else None


@dataclass(frozen=True)
class Held:
    """A hold as this viewer may see it."""

    hold: Hold
    kind: Kind
    reason: str | None
    """None for who may not read it."""
    by: str
    may_end: bool


@dataclass(frozen=True)
class Proof:
    """What one purge threw away of a kind."""

    kind: Kind
    on: date
    rows: int
    until: date | None


def kept() -> list[Kept]:
    """Every kind, in the order of the rules."""
    held: dict[str, set[str]] = {}
    for kind, about in db.session.execute(select(Hold.kind, Hold.about).where(Hold.ended_on.is_(None))):
        held.setdefault(kind, set()).add(about)
    return [_kept(kind, held.get(kind, set())) for kind in Kind]


def _kept(kind: Kind, held: Collection[str]) -> Kept:
    before = last_kept(kind, clock.today(), terms())
    source = SOURCES.get(kind)
    single = [about for about in held if about != ALL]
    return Kept(
        kind=kind,
        rule=RULES[kind],
        length=RULES[kind].length(terms()),
        standing=source.standing(before, single) if source else _NOTHING,
        is_held=ALL in held,
        held=len(single),
        until=before,
    )


def holds(viewer: User) -> list[Held]:
    """What is held now, the newest first; nothing about a complaint that the viewer is concerned in."""
    found = db.session.scalars(
        select(Hold).where(Hold.ended_on.is_(None)).order_by(Hold.since.desc(), Hold.id.desc())
    ).all()
    hidden = {
        complaint.reference
        for complaint in complaints.found([one.about for one in found if one.about])
        if is_concerned(complaint, viewer)
    }
    names = _names(one.placed_by for one in found)
    roles = viewer.role_names
    return [
        Held(
            hold=one,
            kind=(kind := Kind(one.kind)),
            reason=one.reason if may_read_reason(roles, kind) else None,
            by=names.get(one.placed_by, ""),
            may_end=may_hold(roles, kind),
        )
        for one in found
        if one.about not in hidden
    ]


def _names(actors: Iterable[str]) -> dict[str, str]:
    numbers = {int(actor) for actor in actors if actor.isascii() and actor.isdigit()}
    rows = db.session.execute(select(User.id, User.email).where(User.id.in_(numbers)))
    return {str(number): email for number, email in rows}


def proofs() -> list[Proof]:
    """What was thrown away, the newest first: of each day and kind together."""
    found = db.session.execute(
        select(AuditEvent.at, AuditEvent.event, AuditEvent.details)
        .where(AuditEvent.event.in_(("retention.purged", "evening.purged")))
        .order_by(AuditEvent.id.desc())
        .limit(_READ_PROOFS)
    )
    rows: Counter[tuple[date, Kind, date | None]] = Counter()
    for at, event, details in found:
        day = clock.local(at).date()
        if event == "evening.purged":
            rows[day, Kind.SIGNUPS, None] += 1
        else:
            rows[day, Kind(details["kind"]), date.fromisoformat(details["until"])] += int(details["rows"])
    return [Proof(kind, on, number, until) for (on, kind, until), number in islice(rows.items(), MOST_PROOFS)]
