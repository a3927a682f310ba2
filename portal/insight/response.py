"""The response of one year, from the cohorts as the database counted them. Pure."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol, TypeVar

from portal.insight.rules import Estimate, is_running, is_small, may_split, share, suppress

MOMENTS = ("intake", "plan", "closure")
DOMAINS = ("youth", "adults", "unknown")
MONTHS = range(1, 13)


class Cohort(Protocol):
    """What is counted of those invited in one month about one moment, of one domain."""

    @property
    def year(self) -> int: ...
    @property
    def month(self) -> int: ...
    @property
    def moment(self) -> str: ...
    @property
    def domain(self) -> str: ...
    @property
    def invited(self) -> int: ...
    @property
    def delivered(self) -> int: ...
    @property
    def started(self) -> int: ...
    @property
    def sent(self) -> int: ...
    @property
    def last_invited_on(self) -> date: ...


@dataclass(frozen=True)
class Counts:
    """How far those invited came."""

    invited: int = 0
    delivered: int = 0
    started: int = 0
    sent: int = 0

    @property
    def rate(self) -> Estimate | None:
        """Sent out of delivered, with its 95% interval (design 4.2)."""
        return share(self.sent, self.delivered)

    def is_small(self, smallest: int) -> bool:
        return is_small(self.invited, smallest) or is_small(self.delivered, smallest)


Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Line:
    """One row of the page. Without counts it is hidden; running while somebody can still answer."""

    key: str | int
    counts: Counts | None
    running: bool = False

    @property
    def is_empty(self) -> bool:
        return self.counts is not None and self.counts.invited == 0

    @property
    def rate(self) -> Estimate | None:
        return self.counts.rate if self.counts else None


@dataclass(frozen=True)
class TrendYear:
    """One year: the published figure, our own line, both, or neither. Rates as shares of 1."""

    year: int
    published: float | None
    own: Line | None


@dataclass(frozen=True)
class ResponseReport:
    """Everything the response page shows of one year."""

    year: int
    years: Sequence[int]
    total: Line
    closed: Estimate | None
    """The rate over the shown months that are over, while the year still runs."""
    finished: Estimate | None
    """Sent out of started: who began and went on to the end."""
    moments: Sequence[Line]
    domains: Sequence[Line] | None
    months: Mapping[str, Sequence[Line]]
    trend: Sequence[TrendYear]
    family: Line
    """Others around the same cases, who count here and nowhere else on the page."""
    family_moments: Sequence[Line]

    @property
    def previous(self) -> tuple[int, float] | None:
        """The last year before this one with a known rate."""
        for point in reversed(self.trend):
            if point.year < self.year:
                own = point.own.rate if point.own else None
                rate = point.published if point.published is not None else own.value if own else None
                if rate is not None:
                    return point.year, rate
        return None


@dataclass(frozen=True)
class Setting:
    """What the profile and the day say."""

    smallest: int
    open_days: int
    today: date
    published: Mapping[int, float]
    """The response rates published before the portal, in percent by year."""
    first_published: int


def known_years(cohorts: Iterable[Cohort], today: date) -> list[int]:
    """The years one can choose, the newest first: every year with invitations, and this year."""
    return sorted({cohort.year for cohort in cohorts} | {today.year}, reverse=True)


def report(
    cohorts: Sequence[Cohort], year: int, setting: Setting, family: Sequence[Cohort] = ()
) -> ResponseReport:
    """Build the page of one year. What is hidden stays hidden in every sum one could make of it.

    `family` are the cohorts of family members: apart from all others, with a total of their own.
    """
    ours = [cohort for cohort in cohorts if cohort.year == year]
    theirs = [cohort for cohort in family if cohort.year == year]
    families = _whole(year, theirs, setting)
    total = _whole(year, ours, setting)
    moments = _lines(ours, lambda cohort: cohort.moment, MOMENTS, setting, total)
    months = {
        str(line.key): _lines(
            [cohort for cohort in ours if cohort.moment == line.key],
            lambda cohort: cohort.month,
            _months(ours),
            setting,
            line,
        )
        for line in moments
    }
    domains = _lines(ours, lambda cohort: cohort.domain, DOMAINS, setting, total, split=True)
    return ResponseReport(
        year=year,
        years=known_years(cohorts, setting.today),
        total=total,
        closed=_closed(months.values()) if total.running else None,
        finished=_finished(total.counts, setting.smallest),
        moments=moments,
        domains=None if any(line.counts is None for line in domains) else domains,
        months=months,
        trend=_trend(cohorts, setting),
        family=families,
        family_moments=_lines(theirs, lambda cohort: cohort.moment, MOMENTS, setting, families),
    )


def _whole(key: str | int, cohorts: Sequence[Cohort], setting: Setting) -> Line:
    counts = _sum(cohorts)
    return Line(key, None if counts.is_small(setting.smallest) else counts, _any_running(cohorts, setting))


def _lines(
    cohorts: Sequence[Cohort],
    key: Callable[[Cohort], Key],
    keys: Iterable[Key],
    setting: Setting,
    whole: Line,
    *,
    split: bool = False,
) -> list[Line]:
    """A shown whole in its parts; where the whole is hidden so are all its parts."""
    parts = {wanted: [cohort for cohort in cohorts if key(cohort) == wanted] for wanted in keys}
    counts = {wanted: _sum(members) for wanted, members in parts.items()}
    hidden = _hidden(counts, setting.smallest)
    if whole.counts is None or (split and not _may_split(counts.values(), setting.smallest)):
        hidden = frozenset(parts)
    return [
        Line(
            str(wanted) if not isinstance(wanted, int) else wanted,
            None if wanted in hidden else counts[wanted],
            _any_running(members, setting),
        )
        for wanted, members in parts.items()
    ]


def _hidden(counts: Mapping[Key, Counts], smallest: int) -> frozenset[Key]:
    """Hidden by those invited, and by those reached: neither may be about too few."""
    by_invited = suppress({key: count.invited for key, count in counts.items()}, smallest)
    return by_invited | suppress({key: count.delivered for key, count in counts.items()}, smallest)


def _may_split(counts: Iterable[Counts], smallest: int) -> bool:
    listed = list(counts)
    return may_split([count.invited for count in listed], smallest) and may_split(
        [count.delivered for count in listed], smallest
    )


def _closed(months: Iterable[Sequence[Line]]) -> Estimate | None:
    """The rate over the months in which nobody can answer any more, of the shown ones alone.

    Counting the hidden ones too would give them away by subtraction.
    """
    closed = [
        line.counts for lines in months for line in lines if line.counts is not None and not line.running
    ]
    return share(sum(count.sent for count in closed), sum(count.delivered for count in closed))


def _finished(counts: Counts | None, smallest: int) -> Estimate | None:
    if counts is None or is_small(counts.started, smallest):
        return None
    return share(counts.sent, counts.started)


def _months(cohorts: Sequence[Cohort]) -> range:
    """From the first month of the year with invitations to the last."""
    found = [cohort.month for cohort in cohorts]
    return range(min(found), max(found) + 1) if found else range(0)


def _trend(cohorts: Sequence[Cohort], setting: Setting) -> list[TrendYear]:
    by_year: dict[int, list[Cohort]] = {}
    for cohort in cohorts:
        by_year.setdefault(cohort.year, []).append(cohort)
    years = [setting.first_published, *setting.published, *by_year, setting.today.year]
    return [
        TrendYear(
            year,
            setting.published[year] / 100 if year in setting.published else None,
            _whole(year, by_year[year], setting) if year in by_year else None,
        )
        for year in range(min(years), max(years) + 1)
    ]


def _sum(cohorts: Iterable[Cohort]) -> Counts:
    counts = Counts()
    for cohort in cohorts:
        counts = Counts(
            counts.invited + cohort.invited,
            counts.delivered + cohort.delivered,
            counts.started + cohort.started,
            counts.sent + cohort.sent,
        )
    return counts


def _any_running(cohorts: Iterable[Cohort], setting: Setting) -> bool:
    return any(is_running(cohort.last_invited_on, setting.open_days, setting.today) for cohort in cohorts)
