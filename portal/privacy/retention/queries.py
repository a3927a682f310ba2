"""What the page about keeping shows: each kind with what goes when, what is held, and what went."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from itertools import islice

from sqlalchemy import Integer, cast, func, select

from portal import clock
from portal.audit.models import AuditEvent
from portal.complaints import retention as complaints
from portal.complaints.people import is_concerned
from portal.db import db
from portal.identity.models import User
from portal.privacy.models import Hold
from portal.privacy.retention import operations
from portal.privacy.retention.kinds import SOURCES, Standing, terms
from portal.privacy.retention.rules import (
    RULES,
    Holds,
    Kind,
    Length,
    Rule,
    goes_on,
    last_kept,
    may_hold,
    may_read_reason,
)

MOST_PROOFS = 20
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
    goes: int
    """How many go with the next round when it is let go."""


@dataclass(frozen=True)
class Proof:
    """What one purge threw away of a kind."""

    kind: Kind
    on: date
    rows: int
    until: date | None


def kept() -> list[Kept]:
    """Every kind, in the order of the rules."""
    held = operations.holds()
    return [_kept(kind, held) for kind in Kind]


def _kept(kind: Kind, held: Holds) -> Kept:
    before = last_kept(kind, clock.today(), terms())
    source = SOURCES.get(kind)
    return Kept(
        kind=kind,
        rule=RULES[kind],
        length=RULES[kind].as_told(terms()),
        standing=source.standing(before, held) if source else _NOTHING,
        is_held=held.whole(kind),
        held=len(held.single(kind)),
        until=before,
    )


def unfinished(viewer: User) -> list[str]:
    """The complaints that are past their term and not ready, by reference: what everybody of the team sees of them,
    but for whom it is about (Awb 9:7)."""
    before = last_kept(Kind.COMPLAINTS, clock.today(), terms())
    found = complaints.unfinished(before, operations.holds().single(Kind.COMPLAINTS))
    return [one.reference for one in found if not is_concerned(one, viewer)]


def holds(viewer: User, standing: Iterable[Kept] | None = None) -> list[Held]:
    """What is held now, the newest first; nothing about a complaint that the viewer is concerned in."""
    found = db.session.scalars(
        select(Hold).where(Hold.ended_on.is_(None)).order_by(Hold.since.desc(), Hold.id.desc())
    ).all()
    single = [one.about for one in found if one.about]
    hidden = {one.reference for one in complaints.found(single) if is_concerned(one, viewer)}
    whole = {one.kind: one for one in (kept() if standing is None else standing)}
    due = complaints.due_among(whole[Kind.COMPLAINTS].until, single)
    names = _names(one.placed_by for one in found)
    roles = viewer.role_names
    return [
        Held(
            hold=one,
            kind=(kind := Kind(one.kind)),
            reason=one.reason if may_read_reason(roles, kind) else None,
            by=names.get(one.placed_by, ""),
            may_end=may_hold(roles, kind),
            goes=_goes(one, whole[kind], due),
        )
        for one in found
        if one.about not in hidden
    ]


def _goes(hold: Hold, kind: Kept, due: Collection[str]) -> int:
    """How many the next round throws away when this hold ends."""
    if hold.about:
        return int(hold.about in due and not kind.is_held)
    return kind.standing.due


def _names(actors: Iterable[str]) -> dict[str, str]:
    numbers = {int(actor) for actor in actors if actor.isascii() and actor.isdigit()}
    rows = db.session.execute(select(User.id, User.email).where(User.id.in_(numbers)))
    return {str(number): email for number, email in rows}


def proofs() -> list[Proof]:
    """What was thrown away, the newest first: of each day and kind together."""
    told = AuditEvent.details
    kind, until = told["kind"].as_string(), told["until"].as_string()
    rows = func.sum(cast(told["rows"].as_string(), Integer))
    newest = func.max(AuditEvent.id)
    # By the day of the database, which begins at another hour: the last purge of each says on which day it was here.
    lines = db.session.execute(
        select(
            AuditEvent.event,
            kind,
            until,
            rows,
            func.count(),
            func.max(AuditEvent.at, type_=AuditEvent.at.type),
        )
        .where(AuditEvent.event.in_(("retention.purged", "evening.purged")))
        .group_by(AuditEvent.event, kind, until, func.date(AuditEvent.at))
        .order_by(newest.desc())
        .limit(2 * MOST_PROOFS)
    )
    found: Counter[tuple[date, Kind, date | None]] = Counter()
    for event, of_kind, before, number, evenings, at in lines:
        day = clock.local(at).date()
        if event == "evening.purged":
            found[day, Kind.SIGNUPS, None] += evenings
        else:
            found[day, Kind(of_kind), date.fromisoformat(before)] += number
    return [
        Proof(kind, on, number, until) for (on, kind, until), number in islice(found.items(), MOST_PROOFS)
    ]
