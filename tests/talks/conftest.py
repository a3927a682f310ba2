"""The other sides of the outbox: a real mail server and a real provider of text messages."""

from tests.outbox.conftest import later, mailbox, outbox, provider, set_up

__all__ = ["later", "mailbox", "outbox", "provider", "set_up"]
