"""Finding evenings and sign-ups. Changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload

from portal import clock
from portal.crypto import keyring, public_id_of
from portal.db import db
from portal.talks import rules
from portal.talks.models import Evening, SignUp
from portal.talks.rules import Phase, State


@dataclass(frozen=True)
class Shown:
    """An evening with how many places are given away and how many people wait."""

    evening: Evening
    taken: int
    waiting: int

    @property
    def left(self) -> int:
        return max(0, self.evening.capacity - self.taken)

    @property
    def phase(self) -> Phase:
        evening = self.evening
        return rules.phase(evening.starts_at, evening.cancelled_at, evening.capacity, self.taken, clock.now())


def coming() -> Sequence[Shown]:
    """The evenings to come, the first first; a cancelled one is there until its day."""
    return _shown(Evening.starts_at > clock.now(), newest_first=False)


def past(most: int = 10, *, with_cancelled: bool = False) -> Sequence[Shown]:
    """The evenings that were, the newest first; those that were cancelled only if asked for."""
    held = () if with_cancelled else (Evening.cancelled_at.is_(None),)
    return _shown(Evening.starts_at <= clock.now(), *held, most=most)


def by_slug(slug: str) -> Shown | None:
    """The evening at this address."""
    if "\0" in slug:
        return None  # no text in PostgreSQL can hold that sign
    return next(iter(_shown(Evening.slug == slug)), None)


def of_token(token: str) -> SignUp | None:
    """Whose personal link this is, with the evening; None for a link that we did not make."""
    public_id = public_id_of(token)
    if public_id is None:
        return None
    found = db.session.scalar(
        select(SignUp).where(SignUp.public_id == public_id).options(joinedload(SignUp.evening))
    )
    if found is None or not keyring().knows(token, public_id, found.link_key_id):
        return None
    return found


def number_in_line(signup: SignUp) -> int:
    """The number in line; 0 with a place."""
    if signup.state != State.WAITING:
        return 0
    before = select(func.count()).where(
        SignUp.evening_id == signup.evening_id, SignUp.state == State.WAITING, SignUp.id <= signup.id
    )
    return db.session.scalar(before) or 0


def _shown(*which: ColumnElement[bool], newest_first: bool = True, most: int | None = None) -> list[Shown]:
    places = (
        select(
            SignUp.evening_id,
            func.coalesce(func.sum(SignUp.places).filter(SignUp.state == State.IN), 0).label("taken"),
            func.count().filter(SignUp.state == State.WAITING).label("waiting"),
        )
        .group_by(SignUp.evening_id)
        .subquery()
    )
    order = Evening.starts_at.desc() if newest_first else Evening.starts_at
    rows = db.session.execute(
        select(Evening, places.c.taken, places.c.waiting)
        .outerjoin(places, places.c.evening_id == Evening.id)
        .where(*which)
        .order_by(order, Evening.id)
        .limit(most)
    )
    return [Shown(evening, taken or 0, waiting or 0) for evening, taken, waiting in rows]
