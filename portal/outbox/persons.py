"""The messages about one person: that they were, those that still wait, and throwing them away."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, or_, select

from portal import clock
from portal.crypto import Search, as_it_lies
from portal.db import db
from portal.outbox.models import Message
from portal.outbox.rules import State

MOST = 10_000
"""How many messages that wait are opened at most, the newest first: their addresses are sealed."""


@dataclass(frozen=True)
class Sent:
    """That there was a message, and what became of it. Never its words."""

    id: int
    topic: str
    about: str
    channel: str
    state: str
    queued_at: datetime
    sent_at: datetime | None


_COLUMNS = (
    Message.id,
    Message.topic,
    Message.about,
    Message.channel,
    Message.state,
    Message.queued_at,
    Message.sent_at,
)


def about(topic: str, subjects: Collection[str]) -> Sequence[Sent]:
    """The messages about these, the oldest first."""
    rows = db.session.execute(
        select(*_COLUMNS).where(Message.topic == topic, Message.about.in_(subjects)).order_by(Message.id)
    )
    return [Sent(*row) for row in rows]


def waiting(topics: Collection[str], search: Search) -> Sequence[tuple[str, Sent]]:
    """(address, message) of the messages of these topics of which the words are still there, the oldest first."""
    rows = db.session.execute(
        select(as_it_lies(Message.to), *_COLUMNS)
        .where(
            Message.topic.in_(topics),
            Message.state.in_([State.WAITING, State.DEAD]),
            Message.to.is_not(None),
        )
        .order_by(Message.id.desc())
        .limit(MOST + 1)
    ).all()
    search.is_cut |= len(rows) > MOST
    opened = [(search.text(row[0]), Sent(*row[1:])) for row in reversed(rows[:MOST])]
    return [(address, sent) for address, sent in opened if address is not None]


def forget(topic: str, *, subjects: Collection[str] = (), ids: Collection[int] = ()) -> bool:
    """Throw away every message about these, sent or not; False, and nothing done, while one is being sent.

    What another transaction holds is not waited for: a worker holds one message while it takes the next.
    """
    theirs = (Message.topic == topic, or_(Message.about.in_(subjects), Message.id.in_(ids)))
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
