"""Reading the outbox, for the pages of the team. Never the words of a message."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from portal.db import db
from portal.outbox.models import Message, Pause
from portal.outbox.rules import State


@dataclass(frozen=True)
class DeadMessage:
    """A message that was given up, and why."""

    id: int
    topic: str
    about: str
    channel: str
    template: str
    queued_at: datetime
    attempts: int
    problem: str


def dead(limit: int = 50, topic: str | None = None) -> Sequence[DeadMessage]:
    """Messages that were given up, the longest waiting first."""
    columns = (
        Message.id,
        Message.topic,
        Message.about,
        Message.channel,
        Message.template,
        Message.queued_at,
        Message.attempts,
        Message.problem,
    )
    found = select(*columns).where(Message.state == State.DEAD).order_by(Message.queued_at, Message.id)
    if topic is not None:
        found = found.where(Message.topic == topic)
    return [DeadMessage(*row) for row in db.session.execute(found.limit(limit))]


def dead_count(topic: str) -> int:
    """How many messages of the topic were given up and wait for staff."""
    given_up = select(func.count()).where(Message.topic == topic, Message.state == State.DEAD)
    return db.session.scalar(given_up) or 0


def pause_of(topic: str) -> Pause | None:
    """Since when and by whom the topic is held, or None when its messages leave."""
    return db.session.scalar(select(Pause).where(Pause.topic == topic))
