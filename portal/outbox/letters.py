"""Letters: staff print those that wait as one batch, post them, and say which came back.

A batch has no row of its own: its letters carry its id. The id begins with when it was made.
"""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, func, select

from portal import clock
from portal.audit.operations import record
from portal.db import db, exclusive
from portal.outbox.handlers import Handlers
from portal.outbox.models import Message, Pause
from portal.outbox.operations import WITHOUT_WORDS
from portal.outbox.rules import Channel, State, change

MOST_LETTERS = 200
"""How many letters one batch holds: what somebody folds in an hour or two."""


class CameBack(StrEnum):
    """What became of saying that a letter came back."""

    NOTED = "noted"
    KNOWN = "known"
    NO_LETTER = "no_letter"


@dataclass(frozen=True)
class Batch:
    """Letters that are printed together and wait until somebody posts them."""

    id: str
    letters: int

    @property
    def name(self) -> str:
        """A short name to tell two piles on a table apart."""
        return self.id[-4:].upper()

    @property
    def made_at(self) -> datetime:
        """When it was made, to the second."""
        return datetime.fromtimestamp(int(self.id[:8], 16), UTC)


@dataclass(frozen=True)
class Waiting:
    """Letters that are in no batch yet."""

    ready: int
    held: int
    """How many wait because their topic is paused."""
    since: datetime | None
    """Since when the oldest waits that may go."""


def make_batch(handlers: Handlers, actor: str) -> str | None:
    """Put the letters that wait into a batch, at most `MOST_LETTERS`. Returns its id, or None without any.

    A letter that nobody wants any more is cancelled instead, and what it says is forgotten.
    """
    exclusive("letters")
    now = clock.now()
    batch = f"{int(now.timestamp()):08x}{secrets.token_hex(4)}"
    taken = 0
    while taken < MOST_LETTERS:
        due = _due(handlers, now).where(Pause.topic.is_(None))
        found = db.session.scalars(
            due.options(*WITHOUT_WORDS)
            .order_by(Message.id)
            .limit(MOST_LETTERS - taken)
            .with_for_update(of=Message)
        ).all()
        if not found:
            break
        for letter in found:
            if handlers[letter.topic].wanted(letter):
                letter.batch = batch
                taken += 1
            else:
                letter.state = change(State(letter.state), State.CANCELLED)
                letter.to = letter.params = None
        db.session.flush()
    if not taken:
        return None
    record("letters.batched", actor, batch=batch, letters=str(taken))
    return batch


def posted(batch: str, handlers: Handlers, actor: str) -> int:
    """The batch was posted: its letters are sent and what they say is forgotten. Returns how many.

    Said again, it changes nothing and returns 0. A letter that nobody wants any more was not
    printed, or taken out when the page said so: it is cancelled.
    """
    letters = _locked(batch)
    if not letters:
        return 0
    now, gone = clock.now(), []
    for letter in letters:
        if handlers[letter.topic].wanted(letter):
            letter.state, letter.sent_at = change(State(letter.state), State.SENT), now
            gone.append(letter)
        else:
            letter.state = change(State(letter.state), State.CANCELLED)
        letter.to = letter.params = None
    db.session.flush()
    for letter in gone:
        handlers[letter.topic].sent(letter)
    record("letters.posted", actor, batch=batch, letters=str(len(gone)))
    return len(gone)


def undo(batch: str, actor: str) -> int:
    """The batch was not posted after all: its letters wait again. Returns how many."""
    letters = _locked(batch)
    if not letters:
        return 0
    for letter in letters:
        letter.batch = None
    record("letters.undone", actor, batch=batch, letters=str(len(letters)))
    return len(letters)


def take_out(message_id: int, handlers: Handlers, actor: str) -> bool:
    """One printed letter cannot go, for its address is no good; False when it is in no open batch."""
    exclusive("letters")
    letter = db.session.get(
        Message, message_id, options=WITHOUT_WORDS, with_for_update=True, populate_existing=True
    )
    if letter is None or letter.batch is None or letter.state != State.WAITING:
        return False
    _bounce([letter], "het adres klopt niet")
    handlers[letter.topic].lost(letter)
    record("letter.returned", actor, message=str(letter.id))
    return True


def came_back(about: str, handlers: Handlers, actor: str) -> CameBack:
    """The post brought back a letter about this.

    Everything sent about one thing goes to one address, so the other letters about it did not
    arrive either. That is also why saying it again changes nothing.
    """
    exclusive("letters")
    letters = db.session.scalars(
        select(Message)
        .where(
            Message.about == about,
            Message.channel == Channel.LETTER,
            Message.topic.in_(handlers),
            Message.state.in_([State.SENT, State.BOUNCED]),
        )
        .options(*WITHOUT_WORDS)
        .order_by(Message.id.desc())
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    on_their_way = [letter for letter in letters if letter.state == State.SENT]
    if not on_their_way:
        return CameBack.KNOWN if letters else CameBack.NO_LETTER
    _bounce(on_their_way, "kwam terug")
    latest = on_their_way[0]
    handlers[latest.topic].lost(latest)
    record("letter.returned", actor, message=str(latest.id))
    return CameBack.NOTED


def waiting(topics: Collection[str]) -> Waiting:
    """How many letters of these topics are in no batch yet."""
    held = Pause.topic.is_not(None)
    due = _due(topics, clock.now()).with_only_columns(
        func.count().filter(~held), func.count().filter(held), func.min(Message.queued_at).filter(~held)
    )
    return Waiting(*db.session.execute(due).one())


def batches() -> Sequence[Batch]:
    """The batches that were not posted yet, the oldest first."""
    open_ones = (
        select(Message.batch, func.count())
        .where(Message.state == State.WAITING, Message.batch.is_not(None))
        .group_by(Message.batch)
        .order_by(Message.batch)
    )
    return [Batch(batch, letters) for batch, letters in db.session.execute(open_ones) if batch]


def of_batch(batch: str) -> Sequence[Message]:
    """The letters of a batch that was not posted yet, with what they say, in the order of printing."""
    return db.session.scalars(_in(batch)).all()


def was_batch(batch: str) -> bool:
    """Whether there was such a batch that was posted."""
    return db.session.scalar(select(Message.id).where(Message.batch == batch).limit(1)) is not None


def _in(batch: str) -> Select[Message]:
    return select(Message).where(Message.batch == batch, Message.state == State.WAITING).order_by(Message.id)


def _locked(batch: str) -> Sequence[Message]:
    exclusive("letters")
    locked = _in(batch).options(*WITHOUT_WORDS).with_for_update()
    return db.session.scalars(locked.execution_options(populate_existing=True)).all()


def _due(topics: Collection[str], now: datetime) -> Select[Any]:
    return (
        select(Message)
        .outerjoin(Pause, Pause.topic == Message.topic)
        .where(
            Message.state == State.WAITING,
            Message.due_at <= now,
            Message.channel == Channel.LETTER,
            Message.batch.is_(None),
            Message.topic.in_(topics),
        )
    )


def _bounce(letters: Sequence[Message], problem: str) -> None:
    for letter in letters:
        letter.state = change(State(letter.state), State.BOUNCED)
        letter.problem = problem
        letter.to = letter.params = None
    db.session.flush()
