"""Reading the outbox, for the pages of the team. Never the words of a message."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time

from sqlalchemy import Select, func, select

from portal import clock
from portal.db import db
from portal.outbox.models import Message, Pause
from portal.outbox.rules import Channel, State


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
    return _number(_of(topic, State.DEAD))


def waiting_count(topic: str, channel: Channel | None = None) -> int:
    """How many messages of the topic are still to leave, letters that wait for printing included."""
    waiting = _of(topic, State.WAITING)
    return _number(waiting if channel is None else waiting.where(Message.channel == channel))


def bounced_count(topic: str) -> int:
    """How many messages of the topic came back or were refused for good."""
    return _number(_of(topic, State.BOUNCED))


def counts_today(topic: str) -> Mapping[Channel, int]:
    """How many messages of the topic left since midnight in the Netherlands, by channel."""
    midnight = datetime.combine(clock.today(), time(), clock.AMSTERDAM)
    counted = (
        select(Message.channel, func.count())
        .where(Message.topic == topic, Message.sent_at >= midnight)
        .group_by(Message.channel)
    )
    found = {Channel(channel): number for channel, number in db.session.execute(counted)}
    return {channel: found.get(channel, 0) for channel in Channel}


def pause_of(topic: str) -> Pause | None:
    """Since when and by whom the topic is held, or None when its messages leave."""
    return db.session.scalar(select(Pause).where(Pause.topic == topic))


def _of(topic: str, state: State) -> Select[int]:
    return select(func.count()).select_from(Message).where(Message.topic == topic, Message.state == state)


def _number(counted: Select[int]) -> int:
    return db.session.scalar(counted) or 0
