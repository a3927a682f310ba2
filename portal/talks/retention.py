"""Forgetting who came to an evening, and addresses for the circle that nobody confirmed. How many came is kept."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import Select, delete, func, select

from portal import clock
from portal.audit.operations import record
from portal.db import db, exclusive
from portal.outbox import retention as outbox
from portal.talks import operations
from portal.talks.models import Evening, Member, SignUp
from portal.talks.notices import TOPIC
from portal.talks.rules import State

ACTOR = "portal"
_QUIETLY = {"synchronize_session": False}


# ---- Evenings -----------------------------------------------------------------------------


def signups_standing(before: date) -> tuple[int, int, date | None, int]:
    """(sign-ups there are; of evenings of before this day; the first day of one that stays; 0). An evening that was
    cancelled counts from when it was known not to come."""
    days = _evenings()
    rows = db.session.execute(
        select(SignUp.evening_id, func.count()).where(SignUp.evening_id.in_(days)).group_by(SignUp.evening_id)
    )
    counted = [(days[number], many) for number, many in rows]
    stays = [day for day, _many in counted if day >= before]
    due = sum(many for day, many in counted if day < before)
    return sum(many for _day, many in counted), due, min(stays, default=None), 0


def signups_going(before: date) -> Select[str]:
    """About what the messages are that go along with those sign-ups."""
    return select(SignUp.public_id).where(SignUp.evening_id.in_(_over(before)))


def purge_signups(before: date, *, messages_held: bool = False) -> tuple[int, int]:
    """Forget who signed up for evenings of before this day, in the running transaction; how many, and how many
    messages went with them. An evening of which a message is being sent right now waits for the next time."""
    exclusive("talk purge")
    # Of who left nothing is kept, also where the message that says so could not be sent.
    left = select(SignUp.public_id).where(SignUp.state == State.GONE)
    outbox.call_off_given_up(TOPIC, left)
    gone = [_forget(operations.hold(number), messages_held=messages_held) for number in _over(before)]
    return sum(people for people, _messages in gone), sum(messages for _people, messages in gone)


def _evenings() -> dict[int, date]:
    """From which day each evening counts of which is still known who came."""
    rows = db.session.execute(
        select(Evening.id, Evening.ends_at, Evening.cancelled_at)
        .where(Evening.purged_on.is_(None))
        .order_by(Evening.id)
    )
    return {number: min(_day(ends_at), _day(off or ends_at)) for number, ends_at, off in rows}


def _over(before: date) -> Sequence[int]:
    return [number for number, day in _evenings().items() if day < before]


def _forget(evening: Evening, *, messages_held: bool) -> tuple[int, int]:
    """Keep how many there were, and nothing else; nothing at all is done while they are sent a message."""
    signups = db.session.execute(
        select(SignUp.public_id, SignUp.state, SignUp.places, SignUp.came).where(
            SignUp.evening_id == evening.id
        )
    ).all()
    subjects = [signup.public_id for signup in signups]
    if evening.purged_on is not None or outbox.being_sent(TOPIC, subjects):
        return 0, 0
    messages = outbox.let_go(TOPIC, subjects, are_held=messages_held)
    placed = [signup for signup in signups if signup.state == State.IN]
    evening.counted_in = sum(signup.places for signup in placed)
    evening.counted_came = sum(signup.places for signup in placed if signup.came)
    evening.counted_waiting = sum(signup.state == State.WAITING for signup in signups)
    db.session.execute(delete(SignUp).where(SignUp.evening_id == evening.id).execution_options(**_QUIETLY))
    evening.purged_on = clock.today()
    record("evening.purged", ACTOR, evening=str(evening.id))
    db.session.flush()
    return len(signups), messages


# ---- The circle ---------------------------------------------------------------------------


def circle_standing(before: date) -> tuple[int, int, date | None, int]:
    """(addresses that nobody confirmed; asked for before this day; the first day on which one was that stays; 0)."""
    there, due, oldest = db.session.execute(
        select(
            func.count(),
            func.count().filter(Member.asked_on < before),
            func.min(Member.asked_on).filter(Member.asked_on >= before),
        ).where(Member.confirmed_on.is_(None))
    ).one()
    return there, due, oldest, 0


def circle_going(before: date) -> Select[str]:
    """About what the messages are that go along with those addresses."""
    return select(Member.public_id).where(Member.confirmed_on.is_(None), Member.asked_on < before)


def purge_circle(before: date, *, messages_held: bool = False) -> tuple[int, int]:
    """Forget the addresses that were asked for before this day and never confirmed, in the running transaction; how
    many, and how many messages went with them. Who is sent one right now waits for the next time."""
    # Nobody asks for the circle anew meanwhile.
    exclusive("circle")
    subjects: Collection[str] = db.session.scalars(circle_going(before)).all()
    free = set(subjects) - outbox.being_sent(TOPIC, subjects)
    # Unless it was confirmed in this very moment.
    gone = db.session.scalars(
        delete(Member)
        .where(Member.public_id.in_(free), Member.confirmed_on.is_(None))
        .returning(Member.public_id)
        .execution_options(**_QUIETLY)
    ).all()
    return len(gone), outbox.let_go(TOPIC, gone, are_held=messages_held)


def _day(moment: datetime) -> date:
    return clock.local(moment).date()
