"""Forgetting messages that left or came to nothing, and those about somebody who is forgotten."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, time

from sqlalchemy import ColumnElement, Select, and_, delete, func, or_, select, update

from portal import clock
from portal.db import UtcDateTime, db
from portal.outbox.models import Message
from portal.outbox.rules import State

BATCH = 500


Along = Sequence[tuple[str, Select[str]]]
"""Of which topic and about what messages are thrown away together with something else."""


def standing(before: date, along: Along = ()) -> tuple[int, int, date | None, int]:
    """(how many there are; ended before this day, or gone along with something else; the first day on which one
    ended that stays; 0)."""
    goes = or_(
        _due(before), *(and_(Message.topic == topic, Message.about.in_(about)) for topic, about in along)
    )
    there, due, oldest = db.session.execute(
        select(
            func.count(),
            func.count().filter(goes),
            func.min(_ended_at(), type_=UtcDateTime()).filter(Message.state != State.WAITING, ~goes),
        ).select_from(Message)
    ).one()
    return there, due, clock.local(oldest).date() if oldest else None, 0


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
    """What waits is not over."""
    return and_(Message.state != State.WAITING, _ended_at() < _midnight(before))


def being_sent(topic: str, about: Collection[str]) -> set[str]:
    """About which of these a message is being sent, or is held by somebody; all others are held by this
    transaction until it ends.

    What another transaction holds is not waited for: a worker holds one message while it takes the next.
    """
    theirs = (Message.topic == topic, Message.about.in_(about))
    ours = set(
        db.session.scalars(select(Message.id).where(*theirs, _at_rest()).with_for_update(skip_locked=True))
    )
    found = db.session.execute(select(Message.id, Message.about).where(*theirs))
    return {subject for number, subject in found if number not in ours}


def call_off(topic: str, about: Collection[str]) -> None:
    """Nothing about these leaves any more, and what it would have said is forgotten. See `being_sent` first."""
    _empty(Message.topic == topic, Message.about.in_(about), Message.state.in_([State.WAITING, State.DEAD]))


def call_off_given_up(topic: str, about: Collection[str] | Select[str]) -> None:
    """What could not be sent about these is left for what it is, and what it would have said is forgotten."""
    _empty(Message.topic == topic, Message.about.in_(about), Message.state == State.DEAD)


def _empty(*where: ColumnElement[bool]) -> None:
    db.session.execute(
        update(Message)
        .where(*where)
        .values(
            state=State.CANCELLED, to=None, params=None, started=False, claimed_by=None, claimed_until=None
        )
        .execution_options(synchronize_session="fetch")
    )


def _at_rest() -> ColumnElement[bool]:
    return or_(
        Message.started.is_(False), Message.claimed_until.is_(None), Message.claimed_until <= clock.now()
    )


def forget(topic: str, about: Collection[str]) -> int:
    """Throw away every message about these, whatever became of it; how many. See `being_sent` first."""
    gone = delete(Message).where(Message.topic == topic, Message.about.in_(about)).returning(Message.id)
    return len(db.session.scalars(gone.execution_options(synchronize_session=False)).all())


def let_go(topic: str, about: Collection[str], *, are_held: bool) -> int:
    """What these were told goes with them; how many went. Where messages are held it stays known that they were, and
    only what was not sent loses its words. See `being_sent` first."""
    if are_held:
        call_off(topic, about)
        return 0
    return forget(topic, about)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), clock.AMSTERDAM)
