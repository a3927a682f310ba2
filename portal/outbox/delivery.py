"""Sending what is due. Any number of workers may run this at once.

Nothing is sent inside a transaction, and one commit a message is enough: the transaction that says
what became of a message also begins the next one.
"""

import secrets
import time
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlsplit

import structlog
from flask import current_app
from sqlalchemy.exc import InterfaceError, OperationalError

from portal import clock
from portal.crypto import LostKey
from portal.db import db, transaction
from portal.outbox import claims
from portal.outbox.development import Copying, Folder
from portal.outbox.handlers import Handler, Handlers
from portal.outbox.models import Message
from portal.outbox.post import (
    AddressRefused,
    NotSent,
    OutcomeUnknown,
    Post,
    ServerAway,
    Transport,
    TryLater,
    compose,
)
from portal.outbox.rules import Channel, State
from portal.outbox.sms import SmsTransport
from portal.outbox.smtp import SmtpTransport
from portal.profile import profile
from portal.web import where

__all__ = ["Handler", "Handlers", "deliver"]

log = structlog.get_logger("portal.outbox")
Result = TypeVar("Result")

UNCOMPOSED = "kon niet worden opgemaakt"
LOST_KEY = "de sleutel van dit bericht is er niet meer"
UNHANDLED = "wat hierbij hoort kon niet worden bijgewerkt"
# What was sent must be marked, or it is sent again: a database that is away shortly is waited for.
AWAY = (OperationalError, InterfaceError)
PATIENCE_SECONDS = (0.2, 1.0, 3.0, 10.0)


class Count(StrEnum):
    """What `deliver` counts."""

    SENT = "sent"
    FAILED = "failed"
    BOUNCED = "bounced"
    CANCELLED = "cancelled"
    GIVEN_UP = "given_up"


def deliver(
    handlers: Handlers, *, stop: Callable[[], bool] = lambda: False, most_seconds: float = 60
) -> dict[str, int]:
    """Send e-mail and text messages that are due, until there are none, time is up or `stop` says so.

    Returns how many were sent, failed, bounced, cancelled and given up. Takes at most a minute longer
    than `most_seconds`, when the other side hangs.
    """
    until = time.monotonic() + most_seconds
    with _transports() as transports:
        run = _Run(handlers, transports, lambda: stop() or time.monotonic() >= until)
        run.work()
    return {str(count): run.counted[count] for count in Count}


@contextmanager
def _transports() -> Iterator[dict[Channel, Transport]]:
    """The ways out that this portal has, hung up afterwards."""
    settings = current_app.extensions["settings"]
    folder = None if settings.is_production else Folder(settings.instance)
    found: dict[Channel, Transport] = {}
    if settings.mail_server:
        helo = urlsplit(settings.base_url).hostname or "localhost"
        found[Channel.EMAIL] = SmtpTransport(settings.mail_server, settings.mail_address, helo)
    if settings.sms_provider:
        found[Channel.SMS] = SmsTransport(settings.sms_provider, profile().messages.sms_name)
    if folder:
        found = {
            channel: Copying(found[channel], folder) if channel in found else folder
            for channel in (Channel.EMAIL, Channel.SMS)
        }
    try:
        yield found
    finally:
        for transport in found.values():
            transport.close()


@dataclass(frozen=True)
class _Tried:
    """A message that was tried, and what came of it; None is that it left."""

    message_id: int
    channel: Channel
    segments: int = 0
    failure: NotSent | None = None


class _Run:
    """One call of `deliver`: which messages are ours, and which channels are left alone."""

    def __init__(
        self, handlers: Handlers, transports: dict[Channel, Transport], is_over: Callable[[], bool]
    ) -> None:
        self._handlers = handlers
        self._transports = dict(transports)
        self._is_over = is_over
        self._me = secrets.token_hex(16)
        self._ids: deque[int] = deque()
        self.counted: Counter[Count] = Counter()

    def work(self) -> None:
        """Send batch after batch."""
        while not self._is_over() and self._transports and self._claim():
            message = self._turn(None)
            while message is not None:
                message = self._turn(self._try(message))

    def _claim(self) -> bool:
        with transaction():
            ids, given_up = claims.claim(self._me, self._handlers.keys(), self._transports.keys())
        self._ids = deque(ids)
        self.counted[Count.GIVEN_UP] += given_up
        return bool(ids or given_up)

    def _turn(self, tried: _Tried | None) -> Message | None:
        """One commit: what became of the last message, and the start of the next, if there is one."""
        for patience in (*PATIENCE_SECONDS, None):
            turn = _Turn(self._me, self._handlers, self._transports.keys(), deque(self._ids))
            turn.is_last_try = patience is None
            try:
                with transaction():
                    message = turn.take(tried, stop=self._is_over())
            except AWAY as error:
                if patience is None:
                    raise
                log.warning("the database is away", kind=type(error).__name__, where=where(error))
                time.sleep(patience)
                continue
            self._ids = turn.ids
            self.counted += turn.counted
            return message
        raise AssertionError

    def _try(self, message: Message) -> _Tried:
        """Hand one message over, outside any transaction."""
        message_id, channel = message.id, Channel(message.channel)
        try:
            post = compose(message)
        except Exception as error:  # noqa: BLE001 - a template that breaks must not stop the others
            log.error("message not composed", kind=type(error).__name__, where=where(error))
            return _Tried(message_id, channel, failure=TryLater(UNCOMPOSED))
        finally:
            # Whatever a template read, nothing stays open while the other side thinks.
            db.session.rollback()
        failure = self._hand_over(post)
        if isinstance(failure, ServerAway):
            self._transports.pop(channel).close()
        return _Tried(message_id, channel, post.segments, failure)

    def _hand_over(self, post: Post) -> NotSent | None:
        try:
            self._transports[post.channel].hand_over(post)
        except NotSent as failure:
            log.info("message not sent", channel=post.channel, problem=failure.problem)
            return failure
        except Exception as error:  # noqa: BLE001 - whatever it is, the others must leave
            log.error("sending broke", channel=post.channel, kind=type(error).__name__, where=where(error))
            return OutcomeUnknown(claims.UNSURE)
        return None


class _Turn:
    """What happens to our messages in one transaction. Thrown away when that has to be done again."""

    def __init__(self, me: str, handlers: Handlers, channels: Collection[Channel], ids: deque[int]) -> None:
        self._me = me
        self._handlers = handlers
        self._channels = channels
        self.ids = ids
        self.counted: Counter[Count] = Counter()
        self.is_last_try = False

    def take(self, tried: _Tried | None, *, stop: bool) -> Message | None:
        """Settle the last message and begin the next; what is not begun is released."""
        if tried is not None:
            self._settle(tried)
        message: Message | None = None
        passed: list[int] = []
        while self.ids and not stop and message is None:
            message_id = self.ids.popleft()
            message = self._begin(message_id)
            if message is None:
                passed.append(message_id)
        if message is None:
            passed.extend(self.ids)
            self.ids.clear()
        claims.release(self._me, passed)
        return message

    def _begin(self, message_id: int) -> Message | None:
        try:
            message = claims.start(self._me, message_id, self._channels)
        except LostKey:
            message = claims.ours(self._me, message_id)
            if message is not None:
                self._fail(message, TryLater(LOST_KEY))
            return None
        if message is None:
            return None
        try:
            if self._ask(self._handlers[message.topic].wanted, message):
                return message
        except _HandlerBroke:
            self._fail(message, TryLater(UNHANDLED))
            return None
        claims.mark_over(message, State.CANCELLED)
        self.counted[Count.CANCELLED] += 1
        return None

    def _settle(self, tried: _Tried) -> None:
        message = claims.ours(self._me, tried.message_id)
        if message is None:
            log.warning("a message was no longer ours", channel=tried.channel)
            return
        handler = self._handlers[message.topic]
        if tried.failure is None:
            message.sent_at, message.segments = clock.now(), tried.segments
            claims.mark_over(message, State.SENT)
            self.counted[Count.SENT] += 1
            self._tell(handler.sent, message)
        elif isinstance(tried.failure, AddressRefused):
            claims.mark_over(message, State.BOUNCED, tried.failure.problem)
            self.counted[Count.BOUNCED] += 1
            self._tell(handler.lost, message)
        elif isinstance(tried.failure, TryLater):
            self._fail(message, tried.failure)

    def _fail(self, message: Message, failure: TryLater) -> None:
        unsure = isinstance(failure, OutcomeUnknown)
        tried_again = claims.mark_failed(message, failure.problem, after=failure.after, unsure=unsure)
        self.counted[Count.FAILED if tried_again else Count.GIVEN_UP] += 1

    def _tell(self, hook: Callable[[Message], None], message: Message) -> None:
        """What the handler cannot do does not undo what happened to the message."""
        try:
            self._ask(hook, message)
        except _HandlerBroke:
            message.problem = UNHANDLED

    def _ask(self, hook: Callable[[Message], Result], message: Message) -> Result:
        """Call the handler so that a mistake in it undoes its own work alone. Raises _HandlerBroke."""
        try:
            with db.session.begin_nested():
                return hook(message)
        except Exception as error:
            if isinstance(error, AWAY) and not self.is_last_try:
                raise
            log.error("handler broke", topic=message.topic, kind=type(error).__name__, where=where(error))
            raise _HandlerBroke from error


class _HandlerBroke(Exception):
    """The feature that asked for a message made a mistake; it is logged."""
