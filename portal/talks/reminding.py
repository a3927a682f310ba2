"""What happens by itself: reminders before an evening, and forgetting who was there after it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Select, delete, func, or_, select
from sqlalchemy.orm import contains_eager, defer

from portal import clock
from portal.audit.operations import record
from portal.db import db, exclusive, transaction
from portal.outbox import rules as outbox_rules
from portal.outbox.hours import hours
from portal.outbox.models import Message
from portal.profile import profile
from portal.talks import notices, operations, rules
from portal.talks.messages import WHEN_AND_WHERE
from portal.talks.models import Evening, Member, SignUp
from portal.talks.notices import TOPIC, What
from portal.talks.rules import MOST_CLOSED_DAYS, REMINDED_DAYS_BEFORE, State

ACTOR = "portal"


def remind() -> int:
    """Queue the reminders that are due today, each once; how many."""
    if not _due():
        return 0
    with transaction():
        # One worker at a time: the other then sees what this one queued.
        exclusive("talk reminders")
        return sum(notices.tell(signup, What.REMINDER, key=key, in_hours=True) for signup, key in _due())


def _due() -> Sequence[tuple[SignUp, str]]:
    """Who is to be reminded today and was not yet, with what tells this reminder from another."""
    now, today, open_hours = clock.now(), clock.today(), hours()
    if not open_hours.open_on(today) or clock.local(now).time() >= open_hours.closes:
        # It would leave on another day, on which the next may be due.
        return []
    found = db.session.scalars(
        select(SignUp)
        .join(SignUp.evening)
        .where(
            SignUp.state == State.IN,
            Evening.cancelled_at.is_(None),
            Evening.starts_at > now,
            Evening.starts_at < now + timedelta(days=max(REMINDED_DAYS_BEFORE) + MOST_CLOSED_DAYS + 1),
        )
        # Who they are stays sealed until there is something to say.
        .options(contains_eager(SignUp.evening), defer(SignUp.sealed_person))
        .order_by(SignUp.id)
    ).all()
    heard, due = _heard_on(found), []
    for signup in found:
        day = _day(signup.evening.starts_at)
        heard_on = heard.get(signup.public_id, signup.signed_up_on)
        before = rules.reminder_due(day, heard_on, today, open_hours.open_on)
        if before is not None:
            due.append((signup, _key(signup.evening, before)))
    keys = {notices.request_key(signup.public_id, What.REMINDER, key) for signup, key in due}
    told = set(db.session.scalars(select(Message.request_key).where(Message.request_key.in_(keys))))
    return [
        (signup, key)
        for signup, key in due
        if notices.request_key(signup.public_id, What.REMINDER, key) not in told
    ]


def _heard_on(signups: Sequence[SignUp]) -> dict[str, date]:
    """When each last heard of the evening, whatever it was; what was never sent nobody heard."""
    rows = db.session.execute(
        select(Message.about, func.max(Message.queued_at))
        .where(
            Message.topic == TOPIC,
            Message.about.in_([signup.public_id for signup in signups]),
            Message.state != outbox_rules.State.CANCELLED,
        )
        .group_by(Message.about)
    )
    return {public_id: _day(at) for public_id, at in rows}


def _key(evening: Evening, before: int) -> str:
    """The same for as long as the reminder is true: of another time or place it is another one."""
    facts = notices.facts(evening)
    return ":".join([str(before), *(facts[name] for name in WHEN_AND_WHERE)])


def purge() -> int:
    """Forget who signed up for evenings that are long over, and addresses nobody confirmed; how many evenings.

    How many there were is kept. What a worker is just sending waits for the next time.
    """
    if not (_over() or _unconfirmed()):
        return 0
    with transaction():
        exclusive("talk purge")
        # Nobody asks for the circle anew meanwhile.
        exclusive("circle")
        for number in _unconfirmed():
            _forget_member(number)
        return sum(_forget(operations.hold(number)) for number in _over())


def _over() -> Sequence[int]:
    """The evenings of which nothing personal may be kept any more."""
    weeks, today = profile().talks.keep_weeks, clock.today()
    since = clock.now() - timedelta(weeks=weeks, days=-1)
    ended = db.session.execute(
        select(Evening.id, Evening.ends_at, Evening.cancelled_at)
        .where(Evening.purged_on.is_(None), or_(Evening.ends_at < since, Evening.cancelled_at < since))
        .order_by(Evening.id)
    )
    return [
        number
        for number, at, cancelled_at in ended
        if rules.purge_on(_day(at), _day(cancelled_at) if cancelled_at else None, weeks) <= today
    ]


def _day(moment: datetime) -> date:
    return clock.local(moment).date()


def _unconfirmed() -> Sequence[int]:
    """Who asked for the circle and never said that it was really they."""
    before = clock.today() - timedelta(days=profile().talks.confirm_days)
    return db.session.scalars(
        select(Member.id).where(Member.confirmed_on.is_(None), Member.asked_on < before)
    ).all()


def _forget_member(number: int) -> None:
    if _forget_messages(select(Member.public_id).where(Member.id == number)):
        # Unless it was confirmed in this very moment.
        db.session.execute(delete(Member).where(Member.id == number, Member.confirmed_on.is_(None)))


def _forget(evening: Evening) -> bool:
    """Keep how many there were, and nothing else; False, and nothing done, while they are sent a message."""
    if not _forget_messages(select(SignUp.public_id).where(SignUp.evening_id == evening.id)):
        return False
    signups = db.session.execute(
        select(SignUp.state, SignUp.places, SignUp.came).where(SignUp.evening_id == evening.id)
    ).all()
    placed = [signup for signup in signups if signup.state == State.IN]
    evening.counted_in = sum(signup.places for signup in placed)
    evening.counted_came = sum(signup.places for signup in placed if signup.came)
    evening.counted_waiting = sum(signup.state == State.WAITING for signup in signups)
    db.session.execute(delete(SignUp).where(SignUp.evening_id == evening.id))
    evening.purged_on = clock.today()
    record("evening.purged", ACTOR, evening=str(evening.id))
    return True


def _forget_messages(about: Select[str]) -> bool:
    """Throw away every message about these, sent or not; False, and nothing done, while one is being sent.

    What another transaction holds is not waited for: a worker holds one message while it takes the next.
    """
    theirs = (Message.topic == TOPIC, Message.about.in_(about))
    at_rest = or_(
        Message.started.is_(False), Message.claimed_until.is_(None), Message.claimed_until <= clock.now()
    )
    held = db.session.scalars(
        select(Message.id).where(*theirs, at_rest).with_for_update(skip_locked=True)
    ).all()
    if len(held) < (db.session.scalar(select(func.count()).select_from(Message).where(*theirs)) or 0):
        return False
    db.session.execute(delete(Message).where(*theirs).execution_options(synchronize_session=False))
    return True
