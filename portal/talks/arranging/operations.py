"""What the coordinator does with an evening. Call each inside one transaction; each holds the evening."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select

from portal import clock
from portal.audit.operations import record
from portal.db import db, exclusive
from portal.talks import circle_operations, operations, rules
from portal.talks.models import Evening, SignUp
from portal.talks.notices import What
from portal.talks.operations import Standing, Wanted
from portal.talks.rules import Phase, Reason, Refused, State

LONGEST_SLUG = 80
RESERVED = frozenset({"aanmelding", "kring", "adviezen", "nieuw"})
"""Other addresses under /talks and /team/talks."""
TOLD_WHEN_CHANGED = ("starts_at", "ends_at", "place")


class To(StrEnum):
    """Who gets a message of the coordinator."""

    IN = "in"
    WAITING = "waiting"
    ALL = "all"


class Behind(Exception):
    """Somebody else changed the evening since the page was shown."""


@dataclass(frozen=True)
class Given:
    """An evening as the coordinator fills it in."""

    theme: str
    about: str
    starts_at: datetime
    ends_at: datetime
    place: str
    route: str
    access: str
    capacity: int


FIELDS = tuple(field.name for field in fields(Given))


def make(given: Given, *, request_key: str, actor: str) -> Evening:
    """A new evening. The same request key again changes nothing."""
    exclusive("evening made")
    known = db.session.scalar(select(Evening).where(Evening.request_key == request_key))
    if known is not None:
        return known
    values = {name: getattr(given, name) for name in FIELDS}
    made = Evening(slug=_new_slug(given), request_key=request_key, **values)
    db.session.add(made)
    db.session.flush()
    record("evening.made", actor, evening=str(made.id))
    circle_operations.announce(made)
    return made


def change(evening_id: int, given: Given, *, seen: int, actor: str) -> list[str]:
    """Make the evening so; which fields were different. The same again changes nothing.

    Whoever comes or waits is told when the time or the place is another one. Raises Refused, and Behind when
    `seen` is not the version that is there now.
    """
    evening = operations.hold(evening_id)
    changed = differing(evening, given)
    if not changed:
        return []
    if evening.sequence != seen:
        raise Behind
    line = operations.line_of(evening)
    rules.check_open(operations.phase_of(evening, line))
    rules.check_capacity(given.capacity, line)
    for name in changed:
        setattr(evening, name, getattr(given, name))
    evening.sequence += 1
    db.session.flush()
    record("evening.changed", actor, evening=str(evening.id))
    if set(changed) & set(TOLD_WHEN_CHANGED):
        operations.tell(evening, _listed(evening, State.IN, State.WAITING), What.MOVED)
        record("evening.told", actor, evening=str(evening.id), what=What.MOVED)
    operations.promote(evening)
    return changed


def differing(evening: Evening, given: Given) -> list[str]:
    """The fields in which the evening is another one than given."""
    return [name for name in FIELDS if getattr(evening, name) != getattr(given, name)]


def cancel(evening_id: int, why: str, *, actor: str) -> bool:
    """The evening does not come, and everybody is told why; False when it was cancelled before. Raises Refused."""
    evening = operations.hold(evening_id)
    phase = operations.phase_of(evening, operations.line_of(evening))
    if phase is Phase.CANCELLED:
        return False
    rules.check_open(phase)
    evening.cancelled_at, evening.cancelled_why = clock.now(), why
    evening.sequence += 1
    db.session.flush()
    operations.tell(evening, _listed(evening, State.IN, State.WAITING), What.CANCELLED, why=why)
    record("evening.cancelled", actor, evening=str(evening.id))
    return True


def tell_everybody(evening_id: int, to: To, words: str, *, request_key: str, actor: str) -> int:
    """A message of the coordinator's own; how many people get it now. The same request key again tells nobody."""
    evening = operations.hold(evening_id)
    states = (State.IN, State.WAITING) if to is To.ALL else (State(to),)
    # "No place, alas" is not for who has one by the time that it leaves.
    only = {} if to is To.ALL else {"only": to.value}
    listed = _listed(evening, *states)
    told = operations.tell(evening, listed, What.WORD, key=request_key, in_hours=True, text=words, **only)
    if told:
        record("evening.told", actor, evening=str(evening.id), what=What.WORD)
    return told


def add(evening_id: int, wanted: Wanted, *, request_key: str, actor: str) -> Standing:
    """Sign up somebody who called or came by. The same request key again changes nothing. Raises Refused."""
    operations.hold(evening_id)
    is_again = db.session.scalar(select(SignUp.id).where(SignUp.request_key == request_key)) is not None
    standing = operations.sign_up(evening_id, wanted, request_key=request_key)
    if standing.signup is not None and not is_again:
        record("signup.by_hand", actor, evening=str(evening_id))
    return standing


def take_out(evening_id: int, signup_id: int, *, actor: str) -> bool:
    """Somebody does not come after all; False when that was known. Raises Refused once the evening began."""
    operations.hold(evening_id)
    signup = _signup(evening_id, signup_id)
    if signup is None or signup.state == State.GONE:
        return False
    operations.leave(signup)
    record("signup.taken_out", actor, evening=str(evening_id))
    return True


def note_who_came(evening_id: int, came: Iterable[int], *, seen: Iterable[int], actor: str) -> bool:
    """Keep who of those with a place came; False when it was known so. Raises Refused before the evening began.

    `seen` are those who had a tick already when the page was shown: what a colleague ticked since stays.
    """
    evening = operations.hold(evening_id)
    check_began(evening)
    ids, before, wrong = set(came), set(seen), False
    for signup in _listed(evening, State.IN):
        is_there = signup.id in ids
        if signup.came is None or (is_there is not signup.came and is_there is not (signup.id in before)):
            signup.came, wrong = is_there, True
    if wrong:
        record("evening.came", actor, evening=str(evening.id))
    return wrong


def look_back(evening_id: int, said: str, *, thank: bool, actor: str) -> int:
    """What was said on the evening, for everybody to read; how many are thanked now, once for good.

    Raises Refused before the evening began.
    """
    evening = operations.hold(evening_id)
    check_began(evening)
    if evening.said != said:
        evening.said = said
        record("evening.changed", actor, evening=str(evening.id))
    if not thank or evening.thanked_at is not None:
        return 0
    evening.thanked_at = clock.now()
    db.session.flush()
    there = [signup for signup in _listed(evening, State.IN) if signup.came is not False]
    told = operations.tell(evening, there, What.THANKS, in_hours=True, said=said)
    record("evening.told", actor, evening=str(evening.id), what=What.THANKS)
    return told


def has_begun(evening: Evening) -> bool:
    """Whether the evening is there or was there. One that was cancelled never is."""
    return evening.cancelled_at is None and evening.starts_at <= clock.now()


def check_began(evening: Evening) -> None:
    """Raise Refused where nobody can have come yet, or at all."""
    if evening.cancelled_at is not None:
        raise Refused(Reason.CANCELLED)
    if not has_begun(evening):
        raise Refused(Reason.NOT_YET)


def _listed(evening: Evening, *states: State) -> Sequence[SignUp]:
    return db.session.scalars(
        select(SignUp)
        .where(SignUp.evening_id == evening.id, SignUp.state.in_(states))
        .order_by(SignUp.id)
        .execution_options(populate_existing=True)
    ).all()


def _signup(evening_id: int, signup_id: int) -> SignUp | None:
    return db.session.scalar(
        select(SignUp)
        .where(SignUp.id == signup_id, SignUp.evening_id == evening_id)
        .execution_options(populate_existing=True)
    )


def _new_slug(given: Given) -> str:
    """A short address nobody has: the theme and the day, in plain letters."""
    day = clock.local(given.starts_at).date().isoformat()
    plain = unicodedata.normalize("NFKD", given.theme).encode("ascii", "ignore").decode().lower()
    theme = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[: LONGEST_SLUG - len(day) - 6].strip("-")
    wanted = f"{theme or 'avond'}-{day}"
    taken = RESERVED | set(db.session.scalars(select(Evening.slug).where(Evening.slug.startswith(wanted))))
    found, number = wanted, 2
    while found in taken:
        found, number = f"{wanted}-{number}", number + 1
    return found
