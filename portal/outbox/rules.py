"""When a message leaves, when it is tried again, and when it is given up. Pure."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum


class Channel(StrEnum):
    """Over what a message goes."""

    EMAIL = "email"
    SMS = "sms"
    LETTER = "letter"


class State(StrEnum):
    """What became of a message."""

    WAITING = "waiting"
    SENT = "sent"
    BOUNCED = "bounced"
    DEAD = "dead"
    CANCELLED = "cancelled"


# Which change of state is possible at all; everything else is an IllegalChange.
CHANGES: dict[State, frozenset[State]] = {
    State.WAITING: frozenset({State.SENT, State.BOUNCED, State.DEAD, State.CANCELLED}),
    State.SENT: frozenset({State.BOUNCED}),
    State.DEAD: frozenset({State.WAITING, State.CANCELLED}),
    State.BOUNCED: frozenset(),
    State.CANCELLED: frozenset(),
}


class IllegalChange(Exception):
    """A message cannot go from the one state to the other."""


def change(old: State, new: State) -> State:
    """The new state. Raises IllegalChange where the table says no."""
    if new not in CHANGES[old]:
        raise IllegalChange(f"{old} → {new}")
    return new


_GONE = frozenset({"5.0.0", "5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})


def is_gone(status: str) -> bool:
    """Whether an enhanced status code says that nobody is at the address (RFC 3463).

    Every other permanent code speaks of a full mailbox, of policy, of a block or of ourselves:
    nobody's address is lost by that.
    """
    return status in _GONE


MOST_ATTEMPTS = 12
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)
MOST_UNSURE = 1
"""How often a message may be sent again after a worker died over it, where the other side
takes no idempotency key: once, so that there is at most one duplicate."""


def may_try_again(channel: Channel, unsure: int) -> bool:
    """Whether a message that may have arrived so many times may be sent once more.

    A text message carries a key by which the other side knows it again, so only a message that
    ends every worker is stopped; for e-mail there is no such key.
    """
    return unsure <= (MOST_ATTEMPTS if channel is Channel.SMS else MOST_UNSURE)


def wait_after(attempts: int) -> timedelta | None:
    """How long to wait after so many failed attempts, doubling; None when it is given up."""
    if attempts >= MOST_ATTEMPTS:
        return None
    return min(FIRST_WAIT * 2 ** min(attempts - 1, 20), LONGEST_WAIT)


@dataclass(frozen=True)
class Hours:
    """The days (0 is Monday) and hours in which messages leave."""

    days: Collection[int]
    opens: time
    closes: time
    is_holiday: Callable[[date], bool]

    def open_on(self, day: date) -> bool:
        """Whether messages leave on this day at all."""
        return day.weekday() in self.days and not self.is_holiday(day)

    def open_at(self, local: datetime) -> bool:
        """Whether messages leave at this moment, as the clock on the wall shows it."""
        return self.open_on(local.date()) and self.opens <= local.time() < self.closes
