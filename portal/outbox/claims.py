"""Which worker has which message, and what became of it. All inside the running transaction.

A claim is a promise with an end: who dies keeps nothing. A message is marked as started before it is
sent, so that one that was in flight when its worker died is told from one that merely waited.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, Select, or_, select, update

from portal import clock
from portal.db import db
from portal.outbox.hours import hours
from portal.outbox.models import Message, Pause
from portal.outbox.operations import WITHOUT_WORDS
from portal.outbox.rules import Channel, State, change, may_try_again, wait_after

BATCH = 50
LEASE = timedelta(minutes=5)
"""How long a claim holds. One message takes a minute at most."""

UNSURE = "onzeker of het aankwam"


def claim(me: str, topics: Collection[str], channels: Collection[Channel]) -> tuple[Sequence[int], int]:
    """Take messages that are due and nobody has. Returns their ids in order, and how many were given up.

    One that another worker was sending when its claim ended may have arrived: it is sent again as
    often as the rules allow.
    """
    now = clock.now()
    rows = db.session.execute(
        select(Message.id, Message.channel, Message.started, Message.unsure)
        .where(
            Message.state == State.WAITING,
            Message.due_at <= now,
            Message.channel.in_(channels),
            Message.topic.in_(topics),
            or_(Message.claimed_until.is_(None), Message.claimed_until <= now),
            *_may_leave(),
        )
        .order_by(Message.due_at, Message.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    for message_id, _channel, started, unsure in rows:
        if started:
            _set([message_id], unsure=unsure + 1, started=False)
    hopeless = [
        message_id
        for message_id, channel, started, unsure in rows
        if started and not may_try_again(Channel(channel), unsure + 1)
    ]
    if hopeless:
        _set(hopeless, state=State.DEAD, problem=UNSURE, claimed_by=None, claimed_until=None)
    mine = [message_id for message_id, *_rest in rows if message_id not in hopeless]
    if mine:
        _set(mine, claimed_by=me, claimed_until=now + LEASE)
    return mine, len(hopeless)


def start(me: str, message_id: int, channels: Collection[Channel]) -> Message | None:
    """Mark a message as being sent, if it is still ours and may leave now; its claim begins anew.

    Raises LostKey when its words cannot be read.
    """
    message = db.session.scalar(_ours(me, message_id).where(Message.channel.in_(channels), *_may_leave()))
    if message is not None:
        message.started, message.claimed_until = True, clock.now() + LEASE
    return message


def ours(me: str, message_id: int) -> Message | None:
    """The message, without its words, when no other worker took it over and nobody cancelled it."""
    return db.session.scalar(_ours(me, message_id).options(*WITHOUT_WORDS))


def release(me: str, message_ids: Sequence[int]) -> None:
    """Let others have what was not begun."""
    if message_ids:
        _set(
            message_ids,
            Message.claimed_by == me,
            Message.started.is_(False),
            claimed_by=None,
            claimed_until=None,
        )


def mark_over(message: Message, state: State, problem: str = "") -> None:
    """The message left, came back or is wanted no more; what it said is forgotten."""
    message.state = change(State(message.state), state)
    message.to = message.params = None
    message.problem = problem
    _let_go(message)


def mark_failed(
    message: Message, problem: str, *, after: timedelta | None = None, unsure: bool = False
) -> bool:
    """It did not leave, or may have: tried again later, at the earliest `after`; False when it is given up."""
    message.attempts += 1
    message.unsure += int(unsure)
    message.problem = problem
    _let_go(message)
    wait = wait_after(message.attempts)
    if wait is None or (unsure and not may_try_again(Channel(message.channel), message.unsure)):
        message.state = change(State(message.state), State.DEAD)
        return False
    message.due_at = clock.now() + max(wait, after or wait)
    return True


def _ours(me: str, message_id: int) -> Select[Message]:
    return (
        select(Message)
        .where(Message.id == message_id, Message.claimed_by == me, Message.state == State.WAITING)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _set(message_ids: Sequence[int], *conditions: ColumnElement[bool], **values: object) -> None:
    db.session.execute(
        update(Message)
        .where(Message.id.in_(message_ids), *conditions)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def _let_go(message: Message) -> None:
    message.started, message.claimed_by, message.claimed_until = False, None, None
    db.session.flush()


def _may_leave() -> list[ColumnElement[bool]]:
    """Not of a topic that is held, and outside the hours only what somebody waits for."""
    conditions: list[ColumnElement[bool]] = [Message.topic.not_in(select(Pause.topic))]
    if not hours().open_at(clock.local(clock.now())):
        conditions.append(Message.in_hours.is_(False))
    return conditions
