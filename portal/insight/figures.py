"""The charts of a page: the figures of a report with their words, ready to draw."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from portal import i18n
from portal.insight import charts, response, results, words
from portal.insight.charts import Bar, Part, Point, Trend, bars, stack, trend
from portal.insight.queries import ResultsReport
from portal.insight.rules import HIGHEST_GRADE, LOWEST_GRADE, Estimate
from portal.surveys.questionnaire import Question, QuestionType


@dataclass(frozen=True)
class ResponseCharts:
    """The charts of the response page."""

    moments: Sequence[Bar]
    domains: Sequence[Bar]
    months: Mapping[str, Trend]
    years: Trend


def response_charts(report: response.ResponseReport) -> ResponseCharts:
    """Draw the response of a year."""
    return ResponseCharts(
        moments=_line_bars(report.moments, words.MOMENTS),
        domains=_line_bars(report.domains or (), words.DOMAINS),
        months=_month_trends(report),
        years=trend([_year_point(year) for year in report.trend]),
    )


def _line_bars(lines: Sequence[response.Line], names: Mapping[str, object]) -> list[Bar]:
    return bars(
        (
            str(names[str(line.key)]),
            line.rate,
            _why_no_rate(line),
            str(_("loopt nog")) if line.running and line.rate else "",
        )
        for line in lines
    )


def _why_no_rate(line: response.Line) -> str:
    if line.counts is None:
        return str(words.HIDDEN)
    return str(words.NOBODY_INVITED) if line.is_empty else str(_("nog niets bezorgd"))


def _month_trends(report: response.ResponseReport) -> dict[str, Trend]:
    """One line for each moment, all on the same scale, so that they can be laid side by side."""
    shown = [line.rate for lines in report.months.values() for line in lines if line.rate]
    top = charts.top_of(rate.high for rate in shown)
    return {
        moment: trend([_month_point(report.year, line) for line in lines], top=top)
        for moment, lines in report.months.items()
    }


def _month_point(year: int, line: response.Line) -> Point:
    return _point(
        words.month(year, int(line.key), "MMM").rstrip("."),
        words.month(year, int(line.key), "MMMMM").lower(),
        line.rate,
        kind="running" if line.running else "own",
        reason=str(words.HIDDEN_SHORT) if line.counts is None else "–",
    )


def _year_point(year: response.TrendYear) -> Point:
    label, short = str(year.year), f"’{year.year % 100:02}"
    if year.published is not None:
        return Point(label, short, year.published, kind="published")
    if year.own is None:
        return Point(label, short, None, reason=str(words.UNKNOWN))
    reason = words.HIDDEN_SHORT if year.own.counts is None else words.UNKNOWN
    return _point(label, short, year.own.rate, "running" if year.own.running else "own", str(reason))


def _point(label: str, short: str, estimate: Estimate | None, kind: str = "own", reason: str = "") -> Point:
    if estimate is None:
        return Point(label, short, None, reason=reason)
    return Point(label, short, estimate.value, estimate.low, estimate.high, kind)


@dataclass(frozen=True)
class QuestionFigure:
    """One closed question with its chart: parts of a stacked bar, or bars of their own."""

    key: str
    text: str
    kind: str
    answers: results.Answers
    parts: Sequence[Part]
    rows: Sequence[tuple[str, int, Estimate]]
    """Per answer that could be given: its words, how many gave it, and their share."""

    @property
    def bars(self) -> list[Bar]:
        return bars(((label, part, "", "") for label, _count, part in self.rows), whiskers=False)


@dataclass(frozen=True)
class ResultsCharts:
    """The charts of the results page."""

    questions: Sequence[QuestionFigure]
    quarters: Trend | None
    years_good: Trend
    years_mean: Trend
    open_texts: Mapping[str, str]
    """The wording of the open questions by key."""

    def of_kind(self, *kinds: str) -> list[QuestionFigure]:
        return [question for question in self.questions if question.kind in kinds]


def results_charts(report: ResultsReport) -> ResultsCharts:
    """Draw the results of a pile in a period."""
    found = report.found
    closed = [question for question in report.questions if question.is_closed]
    quarters = [_quarter_point(quarter) for quarter in report.quarters]
    return ResultsCharts(
        questions=[_figure(question, found.of(question.key)) for question in closed] if found else [],
        quarters=trend(quarters, top=1) if quarters else None,
        years_good=trend([_good_point(year) for year in report.years], top=1),
        years_mean=trend(
            [_mean_point(year) for year in report.years], bottom=LOWEST_GRADE, top=HIGHEST_GRADE
        ),
        open_texts={
            question.key: question.text.say(i18n.language(), None)
            for question in report.questions
            if not question.is_closed
        },
    )


def _figure(question: Question, answers: results.Answers) -> QuestionFigure:
    is_agreement = question.type is QuestionType.AGREEMENT
    return QuestionFigure(
        key=question.key,
        text=question.text.say(i18n.language(), None),
        kind=question.type.value,
        answers=answers,
        parts=stack([(kind, part.value) for kind, part in _three(answers) if part]) if is_agreement else (),
        rows=() if is_agreement else _rows(question, answers),
    )


def _rows(question: Question, answers: results.Answers) -> list[tuple[str, int, Estimate]]:
    """The answers of a question as the questionnaire words them; of grades the highest first."""
    labels = {option.value: option.label.say(i18n.language(), None) for option in question.options}
    values = reversed(question.values) if question.type is QuestionType.GRADE else question.values
    shares = ((value, answers.share_of(value)) for value in values)
    return [(labels.get(value, value), answers.values.get(value, 0), part) for value, part in shares if part]


def _three(answers: results.Answers) -> list[tuple[str, Estimate | None]]:
    return [
        ("agree", answers.share_of(*results.AGREE)),
        ("neutral", answers.share_of(results.NEUTRAL)),
        ("disagree", answers.share_of(*results.DISAGREE)),
    ]


def _quarter_point(quarter: results.QuarterGrade) -> Point:
    reason = words.HIDDEN_SHORT if quarter.hidden else words.NO_ANSWERS
    label = words.quarter_short(quarter.quarter)
    return _point(label, label, quarter.good, reason=str(reason))


def _good_point(year: results.GradeYear) -> Point:
    return _grade_point(year, year.published_good, year.good)


def _mean_point(year: results.GradeYear) -> Point:
    return _grade_point(year, year.published_mean, year.mean)


def _grade_point(year: results.GradeYear, published: float | None, own: Estimate | None) -> Point:
    label, short = str(year.year), f"’{year.year % 100:02}"
    if published is not None:
        return Point(label, short, published, kind="published")
    return _point(label, short, own, reason=str(words.HIDDEN_SHORT if year.hidden else words.UNKNOWN))
