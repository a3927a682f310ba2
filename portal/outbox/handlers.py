"""What the feature that queued a message decides about it."""

from collections.abc import Mapping
from typing import Protocol

from portal.outbox.models import Message


class Handler(Protocol):
    """Asked and told inside the transaction that marks the message. Must be quick and send nothing."""

    def wanted(self, message: Message) -> bool:
        """Whether it should still leave: asked right before it does."""

    def sent(self, message: Message) -> None:
        """It was handed over to its channel."""

    def lost(self, message: Message) -> None:
        """It came back, or the other side refused the address for good: that channel is over."""


Handlers = Mapping[str, Handler]
"""The handler of each topic."""
