"""A message as it goes to the other side, and the ways in which that can fail."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from email.headerregistry import Address
from email.utils import format_datetime
from typing import Protocol

from flask import current_app

from portal import clock
from portal.outbox import rendering
from portal.outbox.models import Message
from portal.outbox.rules import Channel
from portal.profile import profile

_VISIBLE = re.compile(r"[!-;=?-~]{1,900}")


class NotSent(Exception):
    """A message did not leave. `problem` says why to staff, in a few words without personal data."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class AddressRefused(NotSent):
    """The other side says for good that there is nobody at this address."""


class TryLater(NotSent):
    """It may go well another time; where the other side said when, not before."""

    def __init__(self, problem: str, after: timedelta | None = None) -> None:
        super().__init__(problem)
        self.after = after


class ServerAway(TryLater):
    """Nothing can be handed over now: the other messages of the channel would fail alike."""


class OutcomeUnknown(ServerAway):
    """It may have arrived, or not: the line broke after all was said."""


@dataclass(frozen=True)
class Post:
    """One message, ready to hand over. Text messages have neither a subject nor html."""

    reference: str
    channel: Channel
    to: str
    subject: str = ""
    text: str = ""
    html: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    segments: int = 0
    calendar: str = ""


class Transport(Protocol):
    """One way out. May keep a line open from one message to the next."""

    def hand_over(self, post: Post) -> None:
        """Return when the other side took it. Raises NotSent, never later than after a minute."""

    def close(self) -> None:
        """Hang up."""


def compose(message: Message) -> Post:
    """What is sent for this message. Raises whatever a template or its data can raise."""
    channel = Channel(message.channel)
    to = (message.to or "").strip()
    if channel is Channel.SMS:
        words = rendering.text_message(message)
        return Post(message.reference, channel, to, text=words.text, segments=words.segments)
    mail = rendering.mail(message)
    return Post(
        message.reference,
        channel,
        to,
        # A name may hold a line break; a subject may not.
        subject=" ".join("".join(c if c.isprintable() else " " for c in mail.subject).split()),
        text=mail.text,
        html=mail.html,
        headers=_headers(message),
        calendar=mail.calendar,
    )


def _headers(message: Message) -> dict[str, str]:
    sender = current_app.extensions["settings"].mail_address
    local, _at, domain = sender.rpartition("@")
    headers = {
        "From": str(Address(profile().name, local, domain)),
        # The same at every attempt, so that a mailbox can know a duplicate.
        "Message-ID": f"<{message.reference}@{domain}>",
        "Date": format_datetime(clock.now()),
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "Content-Language": message.language,
    }
    if profile().contact.email:
        headers["Reply-To"] = profile().contact.email
    unsubscribe = json.loads(message.params or "{}").get("unsubscribe")
    if unsubscribe:
        if not _VISIBLE.fullmatch(unsubscribe):
            raise ValueError("the link to unsubscribe is not one visible word")
        headers["List-Unsubscribe"] = f"<{unsubscribe}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers
