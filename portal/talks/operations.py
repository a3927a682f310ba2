"""Signing up, leaving and changing: the only writer of places and of the line. One transaction each.

Everything about one evening happens one after another, because each begins by holding the evening.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from portal import clock
from portal.crypto import keyring, new_public_id
from portal.db import db
from portal.outbox import retention
from portal.talks import notices, rules
from portal.talks.content import Person, to_json
from portal.talks.models import Evening, SignUp
from portal.talks.notices import What
from portal.talks.rules import Entry, Phase, Reason, Refused, State, Who

NOBODY = to_json(Person("", ""))


@dataclass(frozen=True)
class Wanted:
    """What somebody asks for who signs up."""

    person: Person
    who: Who
    places: int = 1
    language: str = "nl"
    by_hand: bool = False
    """Whether staff did it, for somebody who called or came by."""


@dataclass(frozen=True)
class Standing:
    """What is said on the screen. Who was on the list already is told what a newcomer would be told: the
    screen may be a stranger's (the message goes to the person alone)."""

    state: State
    number: int
    """The number in line; 0 with a place."""
    signup: SignUp | None = None
    """None for somebody who was on the list already."""


def hold(evening_id: int) -> Evening:
    """The evening, held until the transaction ends, so that no two people get the last place."""
    return db.session.scalars(
        select(Evening)
        .where(Evening.id == evening_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def line_of(evening: Evening) -> list[Entry]:
    """Everybody who has a place or waits, in the order they came in."""
    rows = db.session.execute(
        select(SignUp.id, SignUp.places, SignUp.state)
        .where(SignUp.evening_id == evening.id, SignUp.state != State.GONE)
        .order_by(SignUp.id)
    )
    return [Entry(number, places, State(state)) for number, places, state in rows]


def phase_of(evening: Evening, line: rules.Line) -> Phase:
    """How far the evening is now."""
    return rules.phase(
        evening.starts_at, evening.cancelled_at, evening.capacity, rules.taken(line), clock.now()
    )


def sign_up(evening_id: int, wanted: Wanted, *, request_key: str) -> Standing:
    """Give a place, or a place in line. The same request key again changes nothing. Raises Refused."""
    evening = hold(evening_id)
    line = line_of(evening)
    sent = db.session.scalar(select(SignUp).where(SignUp.request_key == request_key))
    if sent is not None:
        return Standing(State(sent.state), rules.place_in_line(line, sent.id), sent)
    phase = phase_of(evening, line)
    # Who comes in unannounced is added at the door, or afterwards.
    if evening.purged_on is not None or not (wanted.by_hand and phase is Phase.OVER):
        rules.check_open(phase)
    state = rules.arrives(evening.capacity, line, wanted.places)
    number = rules.next_number(line) if state is State.WAITING else 0
    index = person_index(wanted.person.contact)
    known = db.session.scalar(
        select(SignUp).where(SignUp.evening_id == evening.id, SignUp.person_index == index)
    )
    if known is not None:
        tell(evening, [known], What.KNOWN, key=clock.today().isoformat())
        return Standing(state, number)
    signup = SignUp(
        public_id=new_public_id(),
        link_key_id=keyring().link_key_id,
        evening=evening,
        request_key=request_key,
        person_index=index,
        state=state,
        places=wanted.places,
        who=wanted.who,
        language=wanted.language,
        sealed_person=to_json(wanted.person),
        signed_up_on=clock.today(),
        by_hand=wanted.by_hand,
    )
    db.session.add(signup)
    db.session.flush()
    tell(evening, [signup], What.PLACE if state is State.IN else What.LINE)
    return Standing(state, number, signup)


def person_index(contact: str) -> str:
    """The look-up hash of an e-mail address or a number in international form; capitals do not matter."""
    return keyring().index("talk-person", contact.strip().casefold())


def leave(signup: SignUp) -> list[SignUp]:
    """Give the place back, or leave the line; who has a place by that. Again changes nothing.

    Nothing is kept of who left but that somebody did. Raises Refused once the evening began.
    """
    evening = hold(signup.evening_id)
    db.session.refresh(signup)
    if signup.state == State.GONE:
        return []
    line = line_of(evening)
    found = phase_of(evening, line)
    if found is Phase.OVER:
        raise Refused(Reason.OVER)
    # What could not be told holds the name and the address as well; what waits is dropped by who would send it.
    retention.call_off_given_up(notices.TOPIC, [signup.public_id])
    if found is not Phase.CANCELLED:
        tell(evening, [signup], What.LEFT)
    signup.state, signup.person_index, signup.sealed_person = State.GONE, None, NOBODY
    db.session.flush()
    return promote(evening)


def change(signup: SignUp, wanted: Wanted) -> list[SignUp]:
    """Come with more or fewer, or need something else; who has a place by that. Raises Refused.

    The address stays: another one is another sign-up.
    """
    evening = hold(signup.evening_id)
    db.session.refresh(signup)
    line = line_of(evening)
    rules.check_open(phase_of(evening, line))
    if signup.state == State.GONE:
        raise Refused(Reason.GONE)
    rules.resized(evening.capacity, line, signup.id, wanted.places)
    signup.places, signup.who = wanted.places, wanted.who
    signup.sealed_person = to_json(wanted.person)
    db.session.flush()
    return promote(evening)


def promote(evening: Evening) -> list[SignUp]:
    """Give every free place to who is first in line and fits, and tell them."""
    line = line_of(evening)
    if phase_of(evening, line) in (Phase.CANCELLED, Phase.OVER):
        return []
    ids = rules.promoted(evening.capacity, line)
    if not ids:
        return []
    moved = db.session.scalars(select(SignUp).where(SignUp.id.in_(ids)).order_by(SignUp.id)).all()
    for signup in moved:
        signup.state = State.IN
    db.session.flush()
    tell(evening, moved, What.PROMOTED)
    return list(moved)


def tell(
    evening: Evening,
    signups: Sequence[SignUp],
    what: What,
    *,
    key: str = "",
    in_hours: bool = False,
    **more: str,
) -> int:
    """Queue the same message to each; how many were new. What an evening said before it moved is another."""
    return sum(
        notices.tell(signup, what, key=f"{evening.sequence}:{signup.places}:{key}", in_hours=in_hours, **more)
        for signup in signups
    )
