"""What happens by itself before an evening: the reminders."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager, defer

from portal import clock
from portal.db import db, exclusive, transaction
from portal.outbox import rules as outbox_rules
from portal.outbox.hours import hours
from portal.outbox.models import Message
from portal.talks import notices, rules
from portal.talks.messages import WHEN_AND_WHERE
from portal.talks.models import Evening, SignUp
from portal.talks.notices import TOPIC, What
from portal.talks.rules import MOST_CLOSED_DAYS, REMINDED_DAYS_BEFORE, State


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


def _day(moment: datetime) -> date:
    return clock.local(moment).date()
