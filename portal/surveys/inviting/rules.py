"""Whom to ask, when, and over what. Pure: days and facts come in as arguments."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from portal.outbox.rules import Channel


class NotAsked(StrEnum):
    """Why somebody is not asked. Kept and counted: leaving people out must be seen."""

    TOO_OLD = "too_old"
    OPTED_OUT = "opted_out"
    CASE_STOPPED = "case_stopped"
    DEATH = "death"
    COMPLAINT = "complaint"
    PERSON_RECENTLY = "person_recently"
    CASE_RECENTLY = "case_recently"
    UNREACHABLE = "unreachable"


class Protected(StrEnum):
    """What can be left alone: an address of somebody, a person within a case, or a whole case."""

    PERSON = "person"
    EMAIL = "email"
    PHONE = "phone"
    POST = "post"
    CASE = "case"


class StopReason(StrEnum):
    """Why it is left alone."""

    OPTED_OUT = "opted_out"
    STOPPED = "stopped"
    DEATH = "death"
    COMPLAINT = "complaint"


@dataclass(frozen=True)
class Step:
    """One message of the plan: on which day after the first, and which channel is tried first."""

    day: int
    channels: Sequence[Channel]


@dataclass(frozen=True)
class Plan:
    """What the profile says about asking. Days are whole days."""

    delay_days: Mapping[str, int]
    too_old_days: int
    between_person_days: int
    between_case_days: int
    ask_during_complaint: bool
    steps: Sequence[Step]


@dataclass(frozen=True)
class Facts:
    """What is known of one person on the day of deciding."""

    happened_on: date
    reachable: Collection[Channel]
    stops: Collection[StopReason] = ()
    """Why this case, or an address of this person, is left alone."""
    person_asked_on: date | None = None
    """When this person was last asked about another moment or case."""
    case_asked_on: date | None = None
    """When anybody of this case was last asked about another moment."""
    first: bool = field(default=True)
    """Whether this is about the first message; the intervals hold for that one alone."""


_STOPS = {
    StopReason.DEATH: NotAsked.DEATH,
    StopReason.STOPPED: NotAsked.CASE_STOPPED,
    StopReason.OPTED_OUT: NotAsked.OPTED_OUT,
    StopReason.COMPLAINT: NotAsked.COMPLAINT,
}
GRAVITY = tuple(_STOPS)
"""The reasons to leave somebody alone, the gravest first."""


def decide(plan: Plan, facts: Facts, today: date) -> NotAsked | None:
    """Why this person is not asked now, or None when the message may leave."""
    for stop, reason in _STOPS.items():
        if stop in facts.stops and not (stop is StopReason.COMPLAINT and plan.ask_during_complaint):
            return reason
    if not facts.reachable:
        return NotAsked.UNREACHABLE
    if not facts.first:
        return None
    if is_too_old(plan, facts.happened_on, today):
        return NotAsked.TOO_OLD
    if _within(facts.person_asked_on, plan.between_person_days, today):
        return NotAsked.PERSON_RECENTLY
    if _within(facts.case_asked_on, plan.between_case_days, today):
        return NotAsked.CASE_RECENTLY
    return None


def is_too_old(plan: Plan, happened_on: date, today: date) -> bool:
    """Whether the moment is so long ago that nobody could tell how it went."""
    return (today - happened_on).days > plan.too_old_days


def _within(asked_on: date | None, days: int, today: date) -> bool:
    return asked_on is not None and (today - asked_on).days < days


def first_day(plan: Plan, moment: str, happened_on: date, is_open: Callable[[date], bool]) -> date:
    """The first day on which the first message may leave: the delay, then a day when messages leave."""
    return next_open(happened_on + timedelta(days=plan.delay_days[moment]), is_open)


def next_open(day: date, is_open: Callable[[date], bool]) -> date:
    """This day, or the first one after it on which messages leave. Raises ValueError when none is near."""
    for ahead in range(60):
        if is_open(day + timedelta(days=ahead)):
            return day + timedelta(days=ahead)
    raise ValueError("no day in the next sixty on which messages leave")


def channel_of(step: Step, reachable: Collection[Channel]) -> Channel | None:
    """Over what this step reaches the person, or None when it is skipped."""
    return next((channel for channel in step.channels if channel in reachable), None)


def next_step(plan: Plan, taken: int, reachable: Collection[Channel]) -> tuple[int, Channel] | None:
    """The next step that reaches the person and over what, or None when there is none left."""
    for number in range(taken, len(plan.steps)):
        channel = channel_of(plan.steps[number], reachable)
        if channel is not None:
            return number, channel
    return None


def day_of_next(plan: Plan, number: int, today: date) -> date | None:
    """When the step after this one may be taken, counted from today so that a pause makes no pile-up."""
    if number + 1 >= len(plan.steps):
        return None
    return today + timedelta(days=plan.steps[number + 1].day - plan.steps[number].day)
