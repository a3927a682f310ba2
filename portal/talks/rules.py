"""Places and the line: who has a place at an evening, who waits, and who is next. Pure.

An evening has so many places. Who signs up has a place while there is one, and stands in line when there is
none. Whoever leaves makes room: the first in line who fits has that place at once. Two who come together need
two places; one who comes alone is not kept waiting for them by a place that they cannot use.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

MOST_TOGETHER = 2
"""Somebody may bring one other person."""
REMINDED_DAYS_BEFORE = (7, 1)
MOST_CLOSED_DAYS = 21
"""Longer than messages ever wait for an open day."""


class State(StrEnum):
    """Where somebody who signed up stands."""

    IN = "in"
    WAITING = "waiting"
    GONE = "gone"


class Who(StrEnum):
    """Who somebody is to the children it is about."""

    PARENT = "parent"
    FOSTER_PARENT = "foster_parent"
    GRANDPARENT = "grandparent"
    YOUNG_PERSON = "young_person"
    OTHER = "other"


class Phase(StrEnum):
    """How far an evening is; worked out from its facts, never stored."""

    OPEN = "open"
    FULL = "full"
    CANCELLED = "cancelled"
    OVER = "over"


class Refused(Exception):
    """Something that cannot be done with this evening or sign-up now; `reason` says why."""

    def __init__(self, reason: "Reason") -> None:
        super().__init__(reason)
        self.reason = reason


class Reason(StrEnum):
    """Why something cannot be done."""

    OVER = "over"
    CANCELLED = "cancelled"
    GONE = "gone"
    NO_ROOM_FOR_TWO = "no_room_for_two"
    MORE_ARE_IN = "more_are_in"
    NOT_YET = "not_yet"


@dataclass(frozen=True)
class Entry:
    """One sign-up in the order of arrival: how many places it takes, and where it stands."""

    id: int
    places: int
    state: State


Line = Sequence[Entry]
"""All sign-ups of one evening, in the order they came in."""


def taken(line: Line) -> int:
    """How many places are given away."""
    return sum(entry.places for entry in line if entry.state is State.IN)


def free(capacity: int, line: Line) -> int:
    """How many places are left; never below zero."""
    return max(0, capacity - taken(line))


def arrives(capacity: int, line: Line, places: int) -> State:
    """Where somebody stands who signs up now."""
    return State.IN if places <= free(capacity, line) else State.WAITING


def place_in_line(line: Line, entry_id: int) -> int:
    """The number in line, counting from 1; 0 for somebody who does not wait."""
    waiting = [entry.id for entry in line if entry.state is State.WAITING]
    return waiting.index(entry_id) + 1 if entry_id in waiting else 0


def next_number(line: Line) -> int:
    """The number in line of whoever comes next."""
    return sum(entry.state is State.WAITING for entry in line) + 1


def promoted(capacity: int, line: Line) -> list[int]:
    """Who has a place now that somebody left or a place came: the first in line who fit, one after another."""
    left, found = free(capacity, line), []
    for entry in line:
        if entry.state is State.WAITING and entry.places <= left:
            found.append(entry.id)
            left -= entry.places
    return found


def resized(capacity: int, line: Line, entry_id: int, places: int) -> list[Entry]:
    """The line when somebody comes with another number of people. Raises Refused where there is no room.

    Who waits keeps the place in line.
    """
    entry = next(one for one in line if one.id == entry_id)
    if entry.state is State.GONE:
        raise Refused(Reason.GONE)
    if entry.state is State.IN and places - entry.places > free(capacity, line):
        raise Refused(Reason.NO_ROOM_FOR_TWO)
    return [replace(one, places=places) if one.id == entry_id else one for one in line]


def check_capacity(capacity: int, line: Line) -> None:
    """Refuse to take away places that people have. Raises Refused."""
    if capacity < taken(line):
        raise Refused(Reason.MORE_ARE_IN)


def phase(
    starts_at: datetime, cancelled_at: datetime | None, capacity: int, taken_places: int, now: datetime
) -> Phase:
    """How far the evening is. One can sign up until it begins."""
    if cancelled_at is not None:
        return Phase.CANCELLED
    if now >= starts_at:
        return Phase.OVER
    return Phase.FULL if taken_places >= capacity else Phase.OPEN


def check_open(found: Phase) -> None:
    """Raise Refused where nothing about signing up can change any more."""
    if found is Phase.CANCELLED:
        raise Refused(Reason.CANCELLED)
    if found is Phase.OVER:
        raise Refused(Reason.OVER)


def reminder_due(day: date, heard_on: date, today: date, is_open: Callable[[date], bool]) -> int | None:
    """Of how many days before the evening somebody is to be reminded today, if not done yet; None for none.

    On the last open day until then, or as soon after it as can be; once the next is due, of that alone.
    `heard_on` is when they last heard of the evening: not twice on one day, and who heard since that day, or
    just before the evening itself, knows.
    """
    due_on = {before: _last_open(day - timedelta(days=before), is_open) for before in REMINDED_DAYS_BEFORE}
    reached = [before for before in REMINDED_DAYS_BEFORE if due_on[before] <= today <= day]
    if not reached or not is_open(today):
        return None
    wanted = reached[-1]
    hears_again = heard_on < due_on[wanted] or heard_on == due_on[wanted] < today < day
    return wanted if hears_again else None


def _last_open(day: date, is_open: Callable[[date], bool]) -> date:
    """The day itself or the last one before it that is open; the day itself when none is for weeks."""
    days = (day - timedelta(days=ago) for ago in range(MOST_CLOSED_DAYS + 1))
    return next((one for one in days if is_open(one)), day)


def purge_on(day: date, cancelled_on: date | None, keep_weeks: int) -> date:
    """The day from which nothing personal of an evening is kept: its term begins when it is known not to come."""
    return min(day, cancelled_on or day) + timedelta(weeks=keep_weeks)
