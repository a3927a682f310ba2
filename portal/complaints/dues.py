"""What of a complaint is due next, by when, how near that is, and when it is reminded of. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from portal.complaints import terms
from portal.complaints.rules import Case, Route, Stage, Term
from portal.complaints.terms import IsHoliday

TOLD_BY_LETTER = {"outcome": Term.DECIDE, "not_taken_up": Term.CHOOSE}
"""The letters that end a term, by their kind (Awb 9:8 lid 3, 9:12)."""


@dataclass(frozen=True)
class Due:
    """The next date of a complaint, inclusive. `by_law` is False for a norm of our own."""

    term: Term
    on: date
    by_law: bool


FORWARD_DAYS = 7
"""Passing on must be done as soon as possible (Awb 2:3); a week is our own norm."""
CLOSE_AFTER = timedelta(weeks=4)
"""What was told is closed, so that it does not stay open for ever: our own norm."""


def next_due(case: Case, is_holiday: IsHoliday) -> Due | None:
    """What must happen next and by when; None when nothing is waited for.

    A letter that tells the outcome, or that a complaint is not taken up, tells it when it was posted.
    """
    if case.to_post is not None:
        by = case.decide_by if case.to_post is Term.DECIDE else case.not_taken_up_by
        return Due(case.to_post, by, by_law=True)
    if not case.is_open:
        return None
    next_day = terms.working_day_from(case.received_on + timedelta(days=1), is_holiday)
    if case.route is Route.DANGER:
        # Somebody may be hurt meanwhile: confirming the receipt wins no time.
        return Due(Term.SAFETY, next_day, by_law=False)
    if case.stage is Stage.RECEIVED:
        return Due(Term.ACKNOWLEDGE, next_day, by_law=False)
    if case.route is not Route.COMPLAINT:
        week = case.received_on + timedelta(days=FORWARD_DAYS)
        return Due(Term.FORWARD, terms.working_day_until(week, is_holiday), by_law=False)
    if case.stage is Stage.TOLD:
        return _after_outcome(case, is_holiday)
    if case.stage in (Stage.ACKNOWLEDGED, Stage.CALLED) and case.not_taken_up_by < case.decide_by:
        return Due(Term.CHOOSE, case.not_taken_up_by, by_law=True)
    return Due(Term.DECIDE, case.decide_by, by_law=True)


def _after_outcome(case: Case, is_holiday: IsHoliday) -> Due | None:
    if case.answer_by is not None:
        return Due(Term.ANSWER, case.answer_by, by_law=True)
    if case.told_on is None:
        return None
    return Due(Term.CLOSE, terms.working_day_from(case.told_on + CLOSE_AFTER, is_holiday), by_law=False)


class Colour(StrEnum):
    """How near a date is (borrowed from the TOP programme, 2021). Never shown without a word."""

    GREEN = "green"
    ORANGE = "orange"
    RED = "red"


SOON = timedelta(days=7)


def colour(on: date, today: date) -> Colour:
    """Orange from seven days before, red when the day has passed."""
    if today > on:
        return Colour.RED
    return Colour.ORANGE if on - today <= SOON else Colour.GREEN


def is_reminded(on: date, today: date, is_holiday: IsHoliday) -> bool:
    """Whether the coordinator is mailed today: a week and a working day before, on the day, and each day after."""
    day_before = terms.working_day_until(on - timedelta(days=1), is_holiday)
    return today >= on or today in (on - SOON, day_before)
