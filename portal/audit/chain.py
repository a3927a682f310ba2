"""The chain by which it shows that the audit was touched. Pure.

Each link is made of the one before it and of the events since. Whoever changes, removes or inserts an event must make all
links after it anew, and that takes a key that is not in the database.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

BEGIN = ""
"""What the first link follows."""


@dataclass(frozen=True)
class Entry:
    """One event as it is sealed."""

    id: int
    at: datetime
    actor: str
    event: str
    details: Mapping[str, str]


def link(mac: Callable[[str], str], before: str, entries: Iterable[Entry]) -> str:
    """The link that follows `before`: the keyed hash of it and of these events, in this order."""
    return mac("\n".join([before, *map(_line, entries)]))


def _line(entry: Entry) -> str:
    """The event on one line, the same on every database."""
    told = [entry.id, entry.at.astimezone(UTC).isoformat(), entry.actor, entry.event, dict(entry.details)]
    return json.dumps(told, sort_keys=True)
