"""What happens by itself: reminders before an evening, and forgetting who was there after it."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import contains_eager, defer

from portal import clock
from portal.audit.operations import record
from portal.db import db, exclusive, transaction
from portal.outbox import operations as outbox
from portal.outbox import rules as outbox_rules
from portal.outbox.models import Message
from portal.profile import profile
from portal.talks import notices, operations, rules
from portal.talks.models import Evening, Member, SignUp
from portal.talks.notices import TOPIC, What
from portal.talks.operations import NOBODY
from portal.talks.rules import REMINDED_DAYS_BEFORE, State

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
    now, today = clock.now(), clock.today()
    found = db.session.scalars(
        select(SignUp)
        .join(SignUp.evening)
        .where(
            SignUp.state == State.IN,
            Evening.cancelled_at.is_(None),
            Evening.starts_at > now,
            Evening.starts_at < now + timedelta(days=max(REMINDED_DAYS_BEFORE) + 1),
        )
        # Who they are stays sealed until there is something to say.
        .options(contains_eager(SignUp.evening), defer(SignUp.sealed_person))
        .order_by(SignUp.id)
    ).all()
    due = []
    for signup in found:
        day = clock.local(signup.evening.starts_at).date()
        left = rules.reminder_due(day, signup.signed_up_on, today)
        if left is not None:
            due.append((signup, f"{day}:{left}"))
    keys = {notices.request_key(signup.public_id, What.REMINDER, key) for signup, key in due}
    told = set(db.session.scalars(select(Message.request_key).where(Message.request_key.in_(keys))))
    return [
        (signup, key)
        for signup, key in due
        if notices.request_key(signup.public_id, What.REMINDER, key) not in told
    ]


def purge() -> int:
    """Forget who signed up for evenings that are long over, and addresses nobody confirmed; how many evenings.

    How many there were is kept.
    """
    if not (_over() or _unconfirmed()):
        return 0
    with transaction():
        exclusive("talk purge")
        db.session.execute(delete(Member).where(Member.id.in_(_unconfirmed())))
        over = _over()
        for number in over:
            _forget(operations.hold(number))
        return len(over)


def _over() -> Sequence[int]:
    """The evenings of which nothing personal may be kept any more."""
    weeks, today = profile().talks.keep_weeks, clock.today()
    ended = db.session.execute(
        select(Evening.id, Evening.ends_at).where(
            Evening.purged_on.is_(None), Evening.ends_at < clock.now() - timedelta(weeks=weeks, days=-1)
        )
    )
    return [number for number, at in ended if rules.purge_on(clock.local(at).date(), weeks) <= today]


def _unconfirmed() -> Sequence[int]:
    """Who asked for the circle and never said that it was really they."""
    before = clock.today() - timedelta(days=profile().talks.confirm_days)
    return db.session.scalars(
        select(Member.id).where(Member.confirmed_on.is_(None), Member.asked_on < before)
    ).all()


def _forget(evening: Evening) -> None:
    signups = db.session.scalars(
        select(SignUp).where(SignUp.evening_id == evening.id).options(defer(SignUp.sealed_person))
    ).all()
    came = [signup for signup in signups if signup.state == State.IN]
    evening.counted_in = sum(signup.places for signup in came)
    evening.counted_came = sum(signup.places for signup in came if signup.came)
    evening.counted_waiting = sum(signup.state == State.WAITING for signup in signups)
    for signup in signups:
        signup.sealed_person, signup.person_index = NOBODY, None
    _forget_given_up([signup.public_id for signup in signups])
    evening.purged_on = clock.today()
    record("evening.purged", ACTOR, evening=str(evening.id))


def _forget_given_up(public_ids: Sequence[str]) -> None:
    """A message that was given up still knows to whom it should have gone."""
    given_up = db.session.scalars(
        select(Message.id).where(
            Message.topic == TOPIC,
            Message.about.in_(public_ids),
            Message.state == outbox_rules.State.DEAD,
        )
    ).all()
    for message_id in given_up:
        outbox.discard(message_id, ACTOR)
