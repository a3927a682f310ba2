"""The legal dates of complaints and objections (Awb, Jeugdwet, Algemene termijnenwet). Pure."""

import calendar
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

IsHoliday = Callable[[date], bool]

NOT_TAKEN_UP_WEEKS = 4
"""Within which the complainant hears that a complaint is not taken up (Awb 9:8 lid 3)."""
DECIDE_WEEKS = 6
"""Within which a complaint is decided (Awb 9:11 lid 1)."""
COMMITTEE_WEEKS = 10
"""The same, where a committee advises (Awb 9:11 lid 1)."""
EXTENSION_WEEKS = 4
"""By how much it may be put off, once (Awb 9:11 lid 2)."""
OBJECTION_WEEKS = 6
"""Within which one objects to a decision (Awb 6:7)."""
SATURDAY = 5


@dataclass(frozen=True)
class Terms:
    """The legal dates of one complaint, all inclusive: on that day it is still in time."""

    not_taken_up_by: date
    decide_by: date
    decide_by_extended: date


def terms(
    received_on: date,
    is_holiday: IsHoliday,
    *,
    weeks: int = DECIDE_WEEKS,
    extension_weeks: int = EXTENSION_WEEKS,
) -> Terms:
    """The dates for a complaint received on this day.

    The day of receipt is not counted. An extension counts from the end of the term before that was
    moved for a weekend or a holiday: two terms, each shorter than the twelve weeks of Atw art. 4.
    """
    return Terms(
        not_taken_up_by=term_end(received_on, NOT_TAKEN_UP_WEEKS, is_holiday),
        decide_by=term_end(received_on, weeks, is_holiday),
        decide_by_extended=term_end(received_on, weeks + extension_weeks, is_holiday),
    )


def term_end(begins_after: date, weeks: int, is_holiday: IsHoliday) -> date:
    """The last day of a term of weeks that begins the day after, moved as Atw art. 1 lid 1 says."""
    return working_day_from(begins_after + timedelta(weeks=weeks), is_holiday)


def working_day_from(day: date, is_holiday: IsHoliday) -> date:
    """This day, or the first after it that is no Saturday, Sunday or holiday (Atw art. 1 lid 1)."""
    while not is_working_day(day, is_holiday):
        day += timedelta(days=1)
    return day


def working_day_until(day: date, is_holiday: IsHoliday) -> date:
    """This day, or the last before it that is no Saturday, Sunday or holiday: for terms that nothing moves."""
    while not is_working_day(day, is_holiday):
        day -= timedelta(days=1)
    return day


def is_working_day(day: date, is_holiday: IsHoliday) -> bool:
    """Whether the day is none of Saturday, Sunday and the holidays of Atw art. 3."""
    return day.weekday() < SATURDAY and not is_holiday(day)


def answer_by(judged_on: date, is_holiday: IsHoliday) -> date:
    """Until when the organisation says what it does with a committee's judgment (Jeugdwet 4.2.1): a month."""
    return working_day_from(_months_later(judged_on, 1), is_holiday)


def objection_by(sent_on: date, is_holiday: IsHoliday) -> date:
    """The last day to object to a decision sent on this day (Awb 6:7, 6:8). Late can be excused (6:11)."""
    return term_end(sent_on, OBJECTION_WEEKS, is_holiday)


def ombudsman_until(told_on: date, is_holiday: IsHoliday) -> date:
    """Until when one can go to the ombudsman: a year after the outcome (Awb 9:24).

    Nothing moves a term of a year (Atw art. 4), so this is the last working day within it.
    """
    return working_day_until(_months_later(told_on, 12), is_holiday)


def _months_later(day: date, months: int) -> date:
    """The same day of a later month, or its last day where it is shorter."""
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
