"""The chain by which it shows that the audit was touched. Pure.

Each link is made of the one before it and of a seal: which events, and the keyed hash of what they say. Whoever changes,
removes or inserts an event must make its seal and all links after it anew, and that takes a key that is not in the
database. The seal outlives its events: what was thrown away at its term leaves a chain that still fits.
"""

import hmac
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

Mac = Callable[[str], str]

BEGIN = ""
"""What the first link follows."""
NONCE_LENGTH = 16
UNNUMBERED = 0
"""The number of an event before the database gave it one."""


@dataclass(frozen=True)
class Entry:
    """One event as it is sealed."""

    id: int
    at: datetime
    actor: str
    event: str
    details: Mapping[str, str]


@dataclass(frozen=True)
class Seal:
    """What a link says of the events under it."""

    sealed_on: date
    kept_until: date
    """Before this day no event under the seal may go: the term as it was when they were sealed."""
    first_id: int
    last_id: int
    events: int
    content: str


def marked(mac: Mac, nonce: str, entry: Entry) -> str:
    """What an event carries from the moment it is recorded: who has no key can add none, and none twice.

    Its number is not in it: that is only known when it is there. The nonce makes two of the same differ.
    """
    return nonce + mac("\n".join(["event", nonce, json.dumps(_told(entry), sort_keys=True)]))


def is_marked(mac: Mac, mark: str | None, entry: Entry) -> bool:
    """Whether the event is as it was recorded, by who has the key."""
    return mark is not None and hmac.compare_digest(
        mark.encode(), marked(mac, mark[:NONCE_LENGTH], entry).encode()
    )


def content(mac: Mac, entries: Iterable[Entry]) -> str:
    """The keyed hash of these events, in this order. Keyed, so that nobody guesses afterwards what they said."""
    return mac("\n".join(["content", *map(_line, entries)]))


def link(mac: Mac, before: str, seal: Seal) -> str:
    """The link that follows `before`."""
    told = [
        "link",
        before,
        seal.sealed_on.isoformat(),
        seal.kept_until.isoformat(),
        seal.first_id,
        seal.last_id,
        seal.events,
        seal.content,
    ]
    return mac(json.dumps(told))


def kept_until(sealed_on: date, years: int) -> date:
    """The first day on which what was sealed may go. From 29 February it is 1 March."""
    try:
        return sealed_on.replace(year=sealed_on.year + years)
    except ValueError:
        return date(sealed_on.year + years, 3, 1)


def _line(entry: Entry) -> str:
    """The event on one line, the same on every database."""
    return json.dumps([entry.id, *_told(entry)], sort_keys=True)


def _told(entry: Entry) -> list[object]:
    return [entry.at.astimezone(UTC).isoformat(), entry.actor, entry.event, dict(entry.details)]
