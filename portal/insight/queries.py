"""The figures of a page: read from the features, put together by the rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from portal import clock
from portal.insight import response, results
from portal.profile import profile
from portal.surveys.inviting.queries import ledger
from portal.surveys.questionnaire import Question, QuestionType
from portal.surveys.results.queries import OpenAnswer, answer_counts, open_answers, pile_counts, questions
from portal.surveys.rules import Pile, quarter_of

MOST_OPEN_ANSWERS = 100
"""Open answers shown of one question; more are drawn at random. A quarter has some thirty."""

QUARTERS_SHOWN = 8


class NotOnTheList(Exception):
    """A filter was given a value that is not one of the fixed list."""


def published(key: str) -> Mapping[int, float]:
    """The figures published before the portal, by year; empty when there are none."""
    return next((found.values for found in profile().published if found.key == key), {})


def first_published_year() -> int:
    """The first year of which any figure was published; this year when there is none."""
    years = [year for found in profile().published for year in found.values]
    return min(years, default=clock.today().year)


def response_report(year: int | None = None) -> response.ResponseReport:
    """The response of a year, this year unless another is asked. Raises NotOnTheList."""
    counted = ledger()
    today = clock.today()
    if year is not None and year not in response.known_years(counted.cohorts, today):
        raise NotOnTheList(year)
    setting = response.Setting(
        smallest=profile().smallest_group,
        open_days=profile().surveys.open_days,
        today=today,
        published=published("response_rate"),
        first_published=first_published_year(),
    )
    return response.report(counted.cohorts, year or today.year, setting, counted.family)


@dataclass(frozen=True)
class ResultsReport:
    """Everything the results page shows of one pile and period."""

    pile: str
    period: results.Period | None
    """None as long as there are no responses at all."""
    running: bool
    """Whether answers still come in for this period."""
    periods: Sequence[results.Period]
    found: results.PileResults | None
    questions: Sequence[Question]
    open_answers: Mapping[str, Sequence[OpenAnswer]]
    quarters: Sequence[results.QuarterGrade]
    years: Sequence[results.GradeYear]


def results_report(pile: Pile, period_key: str | None = None) -> ResultsReport:
    """The results of a pile in a period of the fixed list. Raises NotOnTheList."""
    smallest = profile().smallest_group
    whole = results.overview(pile_counts())
    periods = whole.periods()
    period = whole.first_period(pile, smallest)
    if period_key is not None:
        period = next((known for known in periods if known.key == period_key), None)
        if period is None:
            raise NotOnTheList(period_key)
    years = results.grades_by_year(
        whole,
        published("share_grade_7_or_higher"),
        published("average_grade"),
        first_published_year(),
        smallest,
    )
    if period is None:
        return ResultsReport(pile, None, False, periods, None, [], {}, [], years)
    asked = questions(pile)
    texts = [question.key for question in asked if question.type is QuestionType.TEXT]
    counts = answer_counts(pile, period.quarters)
    found = results.pile_results(whole, pile, period, counts, texts, smallest)
    drawn = open_answers(pile, found.open_places, MOST_OPEN_ANSWERS)
    return ResultsReport(
        pile=pile,
        period=period,
        running=period.quarter == quarter_of(clock.today()),
        periods=periods,
        found=found,
        questions=asked,
        open_answers={key: [answer for answer in drawn if answer.key == key] for key in texts},
        quarters=results.grades_by_quarter(whole, pile, period.quarter, smallest, QUARTERS_SHOWN),
        years=years,
    )
