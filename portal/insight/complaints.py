"""The yearly figures about complaints: read from the feature, put together by the rules."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from portal import clock
from portal.complaints.counting import queries
from portal.complaints.rules import Domain, Route, Stage
from portal.insight.charts import Point, Trend, trend
from portal.insight.complaint_rules import (
    WITH_OUTCOME,
    Group,
    Judged,
    SeriesYear,
    Split,
    YearFigures,
    figures,
    judged,
    series,
    split,
    top_of,
)
from portal.insight.queries import NotOnTheList
from portal.profile import profile


@dataclass(frozen=True)
class Objections:
    """The objections and appeals of one year: how many of each kind, about what, and how they ended."""

    kinds: Mapping[str, int]
    subjects: Mapping[str, int]
    outcomes: Mapping[str, int]
    """By outcome; "" for those that still run."""

    @property
    def total(self) -> int:
        return sum(self.kinds.values())


@dataclass(frozen=True)
class YearReport:
    """Everything the team's yearly page shows."""

    year: SeriesYear
    years: Sequence[int]
    """The years one can choose, the newest first: those of which something is known, and this one."""
    series: Sequence[SeriesYear]
    others: Mapping[Route, int]
    """What came in that is no complaint (Awb 9:12a counts complaints)."""
    figures: YearFigures
    judged: Judged
    objections: Objections
    is_first: bool
    """Whether this portal began in this year: what came before counts only when somebody enters it."""
    measures_made: int
    measures_done: int


@dataclass(frozen=True)
class Account:
    """The public account of Awb 9:12a: the series, and what the complaints of the newest closed year were about."""

    series: Sequence[SeriesYear]
    newest: SeriesYear | None
    themes: Split[str]
    is_running: bool
    """Whether complaints of this year will be told next year."""


def year_report(year: int | None = None) -> YearReport:
    """The figures of a year, this year unless another is asked. Raises NotOnTheList."""
    today, smallest = clock.today(), profile().smallest_group
    counts, others = _counted()
    listed = _series(counts)
    objections = queries.objection_counts()
    known = {one.year for one in listed if one.number is not None or one.counted}
    known |= set(others) | {int(row[0]) for row in objections} | {today.year}
    year = today.year if year is None else year
    if year not in known:
        raise NotOnTheList(year)
    groups = [Group(Stage(row[0]), *row[1:]) for row in queries.complaint_groups(year)]
    with_outcome = sum(group.number for group in groups if group.stage in WITH_OUTCOME)
    judgments = [(name, parts, behind) for name, parts, behind in queries.judgment_counts(year) if name]
    made, done = queries.measure_counts(year)
    return YearReport(
        year=next(
            (one for one in listed if one.year == year), SeriesYear(year, is_running=year == today.year)
        ),
        years=sorted(known, reverse=True),
        series=listed,
        others=others.get(year, Counter()),
        figures=figures(groups, today, smallest),
        judged=judged(judgments, with_outcome, smallest),
        is_first=year == next((one.year for one in listed if one.is_complete), None),
        objections=_objections([row[1:] for row in objections if int(row[0]) == year]),
        measures_made=made,
        measures_done=done,
    )


def account() -> Account:
    """What everyone may read. Only of years that are over: a running count would tell when one comes in."""
    listed = _series(_counted()[0])
    over = [one for one in listed if not one.is_running]
    newest = next((one for one in reversed(over) if one.is_counted), None)
    themes = {
        theme: number for year, theme, number in queries.theme_counts() if newest and year == newest.year
    }
    return Account(
        series=over,
        newest=newest,
        themes=split(themes, profile().smallest_group),
        is_running=len(over) < len(listed),
    )


def series_chart(years: Sequence[SeriesYear], unknown: str) -> Trend:
    """The series as a line, broken where nothing is known."""
    points = [
        Point(
            label=str(one.year),
            short=f"’{one.year % 100:02}",
            value=one.number,
            kind="published" if one.published is not None else "running" if one.is_running else "own",
            reason="" if one.number is not None else unknown,
        )
        for one in years
    ]
    return trend(points, top=top_of(one.number for one in years if one.number is not None))


def _counted() -> tuple[dict[int, Counter[Domain]], dict[int, Counter[Route]]]:
    """Complaints by year and domain; and by year and route what came in that is no complaint."""
    complaints: dict[int, Counter[Domain]] = {}
    others: dict[int, Counter[Route]] = {}
    for year, domain, route, number in queries.year_counts():
        if route == Route.COMPLAINT:
            complaints.setdefault(year, Counter())[Domain(domain)] += number
        else:
            others.setdefault(year, Counter())[Route(route)] += number
    return complaints, others


def _series(counts: Mapping[int, Mapping[Domain, int]]) -> list[SeriesYear]:
    began = queries.first_written_at()
    first_year = clock.local(began).year if began else None
    return series(counts, profile().complaints.published, first_year, clock.today().year)


def _objections(rows: Sequence[tuple[str, str, str | None, int]]) -> Objections:
    kinds: Counter[str] = Counter()
    subjects: Counter[str] = Counter()
    outcomes: Counter[str] = Counter()
    for kind, subject, outcome, number in rows:
        kinds[kind] += number
        subjects[subject] += number
        outcomes[outcome or ""] += number
    return Objections(kinds, subjects, outcomes)
