"""The legal dates: worked out by hand with the article beside each, and for every day of nine years."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from portal import calendar
from portal.complaints import terms
from tests.complaints.dutch_days import DAY, first_working_day, is_holiday, is_off

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
FIRST, LAST = date(2024, 1, 1), date(2032, 12, 31)


def day(text: str) -> date:
    """`Fri 13 Nov 2026`, with a weekday that is right: a slip in a hand-made table shows."""
    name, number, month, year = text.split()
    found = date(int(year), MONTHS.index(month) + 1, int(number))
    assert WEEKDAYS[found.weekday()] == name, text
    return found


# Awb 9:11 lid 1: six weeks from receipt. The day of receipt is not counted. Atw 1 moves the end, Atw 3 says
# which days are holidays.
SIX_WEEKS = [
    ("Mon 2 Feb 2026", "Mon 16 Mar 2026", "9:11 lid 1: the same day of the week, six weeks on"),
    ("Fri 13 Nov 2026", "Mon 28 Dec 2026", "Atw 1, 3: Christmas on Friday, Boxing Day on Saturday, Sunday"),
    ("Thu 13 Nov 2025", "Mon 29 Dec 2025", "Atw 1, 3: Christmas on Thursday and Friday, weekend"),
    ("Wed 13 Nov 2024", "Fri 27 Dec 2024", "Atw 1, 3: Christmas on Wednesday and Thursday"),
    ("Thu 14 Nov 2024", "Fri 27 Dec 2024", "Atw 1, 3: Boxing Day"),
    ("Sat 13 Nov 2027", "Mon 27 Dec 2027", "Atw 1: Christmas in the weekend is not made up for on Monday"),
    ("Sat 13 Nov 2032", "Mon 27 Dec 2032", "Atw 1: the same, five years on"),
    ("Fri 20 Nov 2026", "Mon 4 Jan 2027", "Atw 1, 3: New Year on Friday, weekend"),
    ("Thu 20 Nov 2025", "Fri 2 Jan 2026", "Atw 1, 3: New Year on Thursday"),
    ("Sat 14 Feb 2026", "Mon 30 Mar 2026", "Atw 1: received and ending on a Saturday"),
    ("Sun 15 Feb 2026", "Mon 30 Mar 2026", "Atw 1: received and ending on a Sunday"),
    ("Fri 20 Feb 2026", "Tue 7 Apr 2026", "Atw 3 lid 2: Good Friday, weekend, Easter Monday"),
    ("Mon 23 Feb 2026", "Tue 7 Apr 2026", "Atw 3 lid 1: Easter Monday"),
    ("Fri 16 Feb 2024", "Tue 2 Apr 2024", "Atw 3: Good Friday in March of a leap year"),
    ("Fri 7 Mar 2025", "Tue 22 Apr 2025", "Atw 3: Good Friday"),
    ("Fri 3 Mar 2028", "Tue 18 Apr 2028", "Atw 3: Good Friday"),
    ("Fri 16 Feb 2029", "Tue 3 Apr 2029", "Atw 3: Good Friday in March, Easter Monday in April"),
    ("Mon 11 Mar 2030", "Tue 23 Apr 2030", "Atw 3: Easter Monday"),
    ("Tue 29 Feb 2028", "Tue 11 Apr 2028", "9:11 lid 1: received on a leap day"),
    ("Mon 16 Mar 2026", "Tue 28 Apr 2026", "Atw 3: the King's birthday on a Monday"),
    ("Tue 16 Mar 2032", "Wed 28 Apr 2032", "Atw 3: the King's birthday on a Tuesday"),
    ("Sat 15 Mar 2025", "Mon 28 Apr 2025", "Atw 3: the 27th is a Sunday, celebrated on the 26th"),
    ("Sun 16 Mar 2025", "Mon 28 Apr 2025", "Atw 1: the Sunday itself"),
    (
        "Mon 17 Mar 2031",
        "Mon 28 Apr 2031",
        "Atw 3: celebrated on the 26th, so the Monday after is no holiday",
    ),
    ("Sat 16 Mar 2024", "Mon 29 Apr 2024", "Atw 1: the King's birthday on a Saturday"),
    ("Mon 24 Mar 2025", "Tue 6 May 2025", "Atw 3: 5 May in a fifth year"),
    ("Tue 24 Mar 2026", "Wed 6 May 2026", "Atw 3: 5 May, every year and not only each fifth"),
    ("Wed 24 Mar 2027", "Fri 7 May 2027", "Atw 3: 5 May on Wednesday, Ascension Day on Thursday"),
    ("Wed 24 Mar 2032", "Fri 7 May 2032", "Atw 3: the same chain"),
    ("Thu 28 Mar 2024", "Fri 10 May 2024", "Atw 3: Ascension Day; the Friday only by royal decree"),
    ("Thu 2 Apr 2026", "Fri 15 May 2026", "Atw 3: Ascension Day"),
    ("Mon 8 Apr 2024", "Tue 21 May 2024", "Atw 3: Whit Monday"),
    ("Mon 13 Apr 2026", "Tue 26 May 2026", "Atw 3: Whit Monday"),
    ("Mon 24 Apr 2028", "Tue 6 Jun 2028", "Atw 3: Whit Monday in June"),
]
# Awb 9:11 lid 1: ten weeks where a committee advises (9:14).
TEN_WEEKS = [
    ("Mon 2 Feb 2026", "Mon 13 Apr 2026", "9:11 lid 1: ten weeks on"),
    ("Fri 13 Nov 2026", "Fri 22 Jan 2027", "9:11 lid 1: over the year's end"),
    ("Fri 23 Jan 2026", "Tue 7 Apr 2026", "Atw 3: Good Friday to Easter Monday"),
    ("Mon 16 Feb 2026", "Tue 28 Apr 2026", "Atw 3: the King's birthday"),
    ("Thu 5 Mar 2026", "Fri 15 May 2026", "Atw 3: Ascension Day"),
    ("Fri 16 Oct 2026", "Mon 28 Dec 2026", "Atw 1, 3: Christmas and the weekend"),
]
# Awb 9:11 lid 2: four weeks more, counted from the end before Atw 1 moved it.
EXTENDED = [
    ("Fri 13 Nov 2026", 6, "Fri 22 Jan 2027", "from 25 December, not from Monday the 28th"),
    ("Fri 20 Feb 2026", 6, "Fri 1 May 2026", "from Good Friday, not from Tuesday 7 April"),
    ("Mon 23 Feb 2026", 6, "Mon 4 May 2026", "from Easter Monday, not from Tuesday 7 April"),
    ("Tue 24 Feb 2026", 6, "Wed 6 May 2026", "Atw 3: itself ends on 5 May"),
    ("Sat 14 Feb 2026", 6, "Tue 28 Apr 2026", "Atw 1, 3: Saturday 25, Sunday, the King's birthday on Monday"),
    ("Fri 13 Nov 2026", 10, "Fri 19 Feb 2027", "ten and four: two terms of less than twelve weeks (Atw 4)"),
    ("Tue 19 Jan 2027", 10, "Wed 28 Apr 2027", "Atw 3: the King's birthday; Atw 4 does not stand in the way"),
    ("Mon 16 Feb 2026", 10, "Tue 26 May 2026", "Atw 3: Whit Monday; counted from 27 April and not the 28th"),
]
# Awb 9:8 lid 3: four weeks.
FOUR_WEEKS = [
    ("Mon 2 Feb 2026", "Mon 2 Mar 2026", "9:8 lid 3: four weeks on"),
    ("Fri 6 Mar 2026", "Tue 7 Apr 2026", "Atw 3: Good Friday to Easter Monday"),
    ("Sat 28 Mar 2026", "Tue 28 Apr 2026", "Atw 1, 3: weekend, then the King's birthday"),
    ("Thu 27 Nov 2025", "Mon 29 Dec 2025", "Atw 1, 3: Christmas and the weekend"),
    ("Fri 4 Dec 2026", "Mon 4 Jan 2027", "Atw 1, 3: New Year and the weekend"),
    ("Tue 7 Apr 2026", "Wed 6 May 2026", "Atw 3: 5 May"),
    ("Mon 27 Apr 2026", "Tue 26 May 2026", "received on a holiday; Atw 3: Whit Monday"),
]
# Awb 6:7 and 6:8: six weeks, from the day after the decision was sent.
OBJECTION = [
    ("Wed 18 Feb 2026", "Wed 1 Apr 2026", "6:7, 6:8"),
    ("Thu 2 Apr 2026", "Fri 15 May 2026", "Atw 3: Ascension Day"),
    ("Sat 21 Nov 2026", "Mon 4 Jan 2027", "Atw 1: Saturday 2 January"),
    ("Wed 13 Nov 2024", "Fri 27 Dec 2024", "Atw 3: both days of Christmas"),
]
# Awb 9:24: within a year. Atw 4: nothing moves that term, so the last working day within it.
OMBUDSMAN = [
    ("Mon 28 Dec 2026", "Tue 28 Dec 2027", "9:24: a year on"),
    ("Thu 26 Mar 2026", "Thu 25 Mar 2027", "Atw 4: Good Friday, so the day before"),
    ("Fri 27 Mar 2026", "Thu 25 Mar 2027", "Atw 4: Saturday, before it Good Friday"),
    ("Sun 29 Mar 2026", "Thu 25 Mar 2027", "Atw 4: Easter Monday, back over the whole of Easter"),
    ("Thu 29 Feb 2024", "Fri 28 Feb 2025", "a leap day: the last day of the month"),
    ("Tue 29 Feb 2028", "Wed 28 Feb 2029", "a leap day"),
    ("Wed 28 Feb 2029", "Thu 28 Feb 2030", "and not the other way about"),
    ("Tue 5 May 2026", "Tue 4 May 2027", "Atw 4: 5 May, so the day before"),
    ("Fri 26 Dec 2025", "Thu 24 Dec 2026", "Atw 4: Saturday, before it Christmas"),
]
# Jeugdwet 4.2.1: within a month of the judgment; shorter than three months, so Atw 1 holds (Atw 4).
MONTH = [
    ("Thu 31 Jan 2030", "Thu 28 Feb 2030", "the last day of a shorter month"),
    ("Mon 31 Jan 2028", "Tue 29 Feb 2028", "the same in a leap year"),
    ("Sat 31 Jan 2026", "Mon 2 Mar 2026", "Atw 1: Saturday 28 February"),
    ("Tue 31 Mar 2026", "Thu 30 Apr 2026", "thirty days hath April"),
    ("Thu 26 Mar 2026", "Tue 28 Apr 2026", "Atw 1, 3: Sunday, then the King's birthday"),
    ("Tue 14 Apr 2026", "Fri 15 May 2026", "Atw 3: Ascension Day"),
    ("Sun 5 Apr 2026", "Wed 6 May 2026", "Atw 3: 5 May"),
    ("Tue 25 Nov 2025", "Mon 29 Dec 2025", "Atw 1, 3: Christmas and the weekend"),
    ("Tue 1 Dec 2026", "Mon 4 Jan 2027", "Atw 1, 3: New Year and the weekend"),
    ("Mon 15 Dec 2025", "Thu 15 Jan 2026", "over the year's end"),
]


@pytest.mark.parametrize(("received", "by", "article"), SIX_WEEKS)
def test_six_weeks(received: str, by: str, article: str) -> None:
    assert terms.terms(day(received), calendar.is_holiday).decide_by == day(by), article


@pytest.mark.parametrize(("received", "by", "article"), TEN_WEEKS)
def test_ten_weeks_with_a_committee(received: str, by: str, article: str) -> None:
    found = terms.terms(day(received), calendar.is_holiday, weeks=terms.COMMITTEE_WEEKS)
    assert found.decide_by == day(by), article


@pytest.mark.parametrize(("received", "weeks", "by", "article"), EXTENDED)
def test_an_extension_counts_from_the_end_before_it_was_moved(
    received: str, weeks: int, by: str, article: str
) -> None:
    found = terms.terms(day(received), calendar.is_holiday, weeks=weeks)
    assert found.decide_by_extended == day(by), article


@pytest.mark.parametrize(("received", "by", "article"), FOUR_WEEKS)
def test_four_weeks_to_say_that_it_is_not_taken_up(received: str, by: str, article: str) -> None:
    assert terms.terms(day(received), calendar.is_holiday).not_taken_up_by == day(by), article


@pytest.mark.parametrize(("sent", "by", "article"), OBJECTION)
def test_six_weeks_to_object(sent: str, by: str, article: str) -> None:
    assert terms.objection_by(day(sent), calendar.is_holiday) == day(by), article


@pytest.mark.parametrize(("told", "until", "article"), OMBUDSMAN)
def test_a_year_to_go_to_the_ombudsman(told: str, until: str, article: str) -> None:
    assert terms.ombudsman_until(day(told), calendar.is_holiday) == day(until), article


@pytest.mark.parametrize(("judged", "by", "article"), MONTH)
def test_a_month_for_the_organisation_to_answer(judged: str, by: str, article: str) -> None:
    assert terms.answer_by(day(judged), calendar.is_holiday) == day(by), article


# Atw 3 lid 3: days put on a par by royal decree, here the Friday after Ascension Day.
@pytest.mark.parametrize(
    ("received", "decree", "by"),
    [
        ("Thu 2 Apr 2026", "Fri 15 May 2026", "Mon 18 May 2026"),
        ("Fri 3 Apr 2026", "Fri 15 May 2026", "Mon 18 May 2026"),
        ("Wed 24 Mar 2027", "Fri 7 May 2027", "Mon 10 May 2027"),
        # A bridge day between Sunday and the King's birthday.
        ("Sat 13 Mar 2027", "Mon 26 Apr 2027", "Wed 28 Apr 2027"),
    ],
)
def test_days_by_royal_decree(received: str, decree: str, by: str) -> None:
    days = (day(decree),)
    found = terms.terms(day(received), lambda on: calendar.is_holiday(on, days))
    assert found.decide_by == day(by)
    without = terms.terms(day(received), calendar.is_holiday)
    assert without.decide_by <= found.decide_by, "without the list a date is at most too early"


def test_enough_cases_were_worked_out_by_hand() -> None:
    by_hand = [SIX_WEEKS, TEN_WEEKS, EXTENDED, FOUR_WEEKS, OBJECTION, OMBUDSMAN, MONTH]
    assert sum(map(len, by_hand)) >= 45


def every_day(first: date = FIRST, last: date = LAST) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + number * DAY


def test_our_calendar_is_that_of_the_law() -> None:
    for on in every_day(date(2023, 1, 1), date(2034, 12, 31)):
        off = on.weekday() >= terms.SATURDAY or calendar.is_holiday(on)
        assert off is is_off(on), on
        assert terms.is_working_day(on, calendar.is_holiday) is not off


@pytest.mark.parametrize("weeks", [terms.DECIDE_WEEKS, terms.COMMITTEE_WEEKS])
def test_every_receipt_date_of_nine_years(weeks: int) -> None:
    """No legal date on a day off; never before the plain end, never after the first working day from it."""
    days = 0
    for received in every_day():
        found = terms.terms(received, calendar.is_holiday, weeks=weeks)
        for by, plain in (
            (found.not_taken_up_by, received + timedelta(days=28)),
            (found.decide_by, received + timedelta(days=7 * weeks)),
            (found.decide_by_extended, received + timedelta(days=7 * weeks + 28)),
        ):
            assert not is_off(by), (received, by)
            assert by == first_working_day(plain), received
            assert plain <= by <= plain + 5 * DAY, (received, "never more than Easter and a day moves it")
        days += 1
    assert days == 3288


def test_every_day_of_nine_years_for_the_other_terms() -> None:
    for on in every_day():
        objection = terms.objection_by(on, calendar.is_holiday)
        assert objection == first_working_day(on + timedelta(days=42))
        answer = terms.answer_by(on, calendar.is_holiday)
        assert not is_off(answer)
        assert timedelta(days=28) <= answer - on <= timedelta(days=31 + 5)
        until = terms.ombudsman_until(on, calendar.is_holiday)
        assert not is_off(until)
        # Within the year, and only days off between it and the year's end.
        end = date(on.year + 1, 3, 1) - DAY if (on.month, on.day) == (2, 29) else on.replace(year=on.year + 1)
        assert until <= end
        assert all(is_off(until + n * DAY) for n in range(1, (end - until).days + 1)), on


def test_the_same_with_the_holidays_of_the_test_itself() -> None:
    for received in every_day(date(2025, 10, 1), date(2027, 6, 30)):
        assert terms.terms(received, is_holiday) == terms.terms(received, calendar.is_holiday)
