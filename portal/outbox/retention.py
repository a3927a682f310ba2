"""Forgetting messages that left or came to nothing, and those about somebody who is forgotten."""

from collections.abc import Collection
from datetime import date, datetime, time

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update

from portal import clock
from portal.db import UtcDateTime, db
from portal.outbox.models import Message
from portal.outbox.rules import State

BATCH = 500


def standing(before: date) -> tuple[int, int, date | None, int]:
    """(how many there are; ended before this day and due; the first day on which one ended that stays; 0)."""
    is_due = _due(before)
    there, due, oldest = db.session.execute(
        select(
            func.count(),
            func.count().filter(is_due),
            func.min(_ended_at(), type_=UtcDateTime()).filter(Message.state != State.WAITING, ~is_due),
        ).select_from(Message)
    ).one()
    return there, due, max(clock.local(oldest).date(), before) if oldest else None, 0


def purge(before: date) -> int:
    """Throw away a batch of messages that ended before this day, in the running transaction; how many."""
    ended = db.session.scalars(
        select(Message.id)
        .where(_due(before))
        .order_by(Message.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    db.session.execute(
        delete(Message).where(Message.id.in_(ended)).execution_options(synchronize_session=False)
    )
    return len(ended)


def _ended_at() -> ColumnElement[datetime]:
    """When it left; of what came to nothing when it was last due."""
    return func.coalesce(Message.sent_at, Message.due_at, type_=UtcDateTime())


def _due(before: date) -> ColumnElement[bool]:
    """What waits is not over. What came back this year is still counted on the page about invitations."""
    this_year = date(clock.today().year, 1, 1)
    return and_(
        Message.state != State.WAITING,
        _ended_at() < _midnight(before),
        or_(Message.state != State.BOUNCED, Message.queued_at < _midnight(this_year)),
    )


def being_sent(topic: str, about: Collection[str]) -> set[str]:
    """About which of these a message is being sent, or is held by somebody; all others are held by this
    transaction until it ends.

    What another transaction holds is not waited for: a worker holds one message while it takes the next.
    """
    theirs = (Message.topic == topic, Message.about.in_(about))
    at_rest = or_(
        Message.started.is_(False), Message.claimed_until.is_(None), Message.claimed_until <= clock.now()
    )
    ours = set(
        db.session.scalars(select(Message.id).where(*theirs, at_rest).with_for_update(skip_locked=True))
    )
    found = db.session.execute(select(Message.id, Message.about).where(*theirs))
    return {subject for number, subject in found if number not in ours}


def call_off(topic: str, about: Collection[str]) -> None:
    """Nothing about these leaves any more, and what it would have said is forgotten. See `being_sent` first."""
    theirs = (Message.topic == topic, Message.about.in_(about))
    db.session.execute(
        update(Message)
        .where(*theirs, Message.state.in_([State.WAITING, State.DEAD]))
        .values(
            state=State.CANCELLED, to=None, params=None, started=False, claimed_by=None, claimed_until=None
        )
        .execution_options(synchronize_session=False)
    )


def forget(topic: str, about: Collection[str]) -> None:
    """Throw away every message about these, whatever became of it. See `being_sent` first."""
    db.session.execute(
        delete(Message)
        .where(Message.topic == topic, Message.about.in_(about))
        .execution_options(synchronize_session=False)
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), clock.AMSTERDAM)
