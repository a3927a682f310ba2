"""Sending what is due. Any number of workers may run this at once."""

from collections.abc import Callable, Mapping
from typing import Protocol

from portal.outbox.models import Message


class Handler(Protocol):
    """What the feature that queued a message decides about it, inside the transaction that marks it."""

    def wanted(self, message: Message) -> bool:
        """Whether it should still leave: asked right before it does."""

    def sent(self, message: Message) -> None:
        """It was handed over to its channel."""

    def lost(self, message: Message) -> None:
        """It came back, or the other side refused the address for good: that channel is over."""


Handlers = Mapping[str, Handler]


def deliver(
    handlers: Handlers, *, stop: Callable[[], bool] = lambda: False, most_seconds: float = 60
) -> dict[str, int]:
    """Send e-mail and text messages that are due, until there are none, time is up or `stop` says so.

    Returns how many were sent, failed, bounced, cancelled and given up.
    """
    raise NotImplementedError
