"""The yearly figures about complaints, and which of them may be shown. Pure.

The numbers of a year, for youth and adults apart, are published as they are. Every finer split is shown of
no fewer than the profile's smallest group: how it went and whether in time, themes, judgments, reasons, days.
Only how many run late now is always told: the register says that too.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from statistics import median
from typing import Generic, TypeVar

from portal.complaints.rules import OPEN, Domain, NotTakenUp, OnBehalf, Stage
from portal.insight.rules import is_small, may_split, suppress

Key = TypeVar("Key", bound=Hashable)

WITH_OUTCOME = (Stage.TOLD, Stage.CLOSED)
WITHOUT_TERM = (Stage.WITHDRAWN, Stage.PASSED_ON)
"""Who withdraws, or is helped elsewhere, waits for no decision."""
ROOM_ABOVE = 1.2
LOWEST_TOP = 5


class Ending(StrEnum):
    """How a complaint was handled."""

    SOLVED = "solved"
    FORMAL = "formal"
    NOT_TAKEN_UP = "not_taken_up"
    WITHDRAWN = "withdrawn"
    PASSED_ON = "passed_on"
    RUNNING = "running"


class Timing(StrEnum):
    """Whether a complaint was answered by the date that was promised, as that date stood."""

    IN_TIME = "in_time"
    LATE = "late"
    LATE_RUNNING = "late_running"
    RUNNING = "running"
    WITHOUT_TERM = "without_term"


@dataclass(frozen=True)
class Group:
    """So many complaints that are the same in all that is figured with."""

    stage: Stage
    theme: str
    reason: str | None
    on_behalf: str
    received_on: date
    not_taken_up_by: date
    decide_by: date
    ended_on: date | None
    number: int = 1

    @property
    def ending(self) -> Ending:
        if self.stage in WITH_OUTCOME:
            return Ending.FORMAL
        return Ending.RUNNING if self.stage in OPEN else Ending(self.stage.value)

    @property
    def is_third_party(self) -> bool:
        """Filed by somebody else without the client's knowledge (Awb 9:1, 9:4)."""
        return self.on_behalf == OnBehalf.DOES_NOT_KNOW or self.reason == NotTakenUp.THIRD_PARTY

    def timing(self, today: date) -> Timing:
        """In time on the day itself. What is not taken up must be told within four weeks (Awb 9:8 lid 3)."""
        if self.stage in WITHOUT_TERM:
            return Timing.WITHOUT_TERM
        promised = self.not_taken_up_by if self.stage is Stage.NOT_TAKEN_UP else self.decide_by
        if self.ended_on is None:
            return Timing.LATE_RUNNING if today > promised else Timing.RUNNING
        return Timing.LATE if self.ended_on > promised else Timing.IN_TIME


@dataclass(frozen=True)
class Split(Generic[Key]):
    """A shown total in its parts, the largest first. None: too few to show."""

    rows: Sequence[tuple[Key, int | None]]

    @property
    def is_hidden(self) -> bool:
        """Whether there is something, and none of it may be shown."""
        return bool(self.rows) and all(number is None for _key, number in self.rows)

    @property
    def shown(self) -> list[tuple[Key, int]]:
        return [(key, number) for key, number in self.rows if number is not None]

    @property
    def has_hidden(self) -> bool:
        return any(number is None for _key, number in self.rows)


def split(sizes: Mapping[Key, int], smallest: int) -> Split[Key]:
    """The parts there are, without those that are too small or would give those away."""
    filled = {key: number for key, number in sizes.items() if number}
    hidden = suppress(filled, smallest)
    ordered = sorted(filled, key=lambda key: (key in hidden, -filled[key] if key not in hidden else 0))
    return Split([(key, None if key in hidden else filled[key]) for key in ordered])


@dataclass(frozen=True)
class Judged:
    """What was found of the parts of complaints. `parts` is None where it may not be shown."""

    parts: Mapping[str, int] | None
    complaints: int

    @property
    def total(self) -> int:
        return sum((self.parts or {}).values())


def judged(counts: Iterable[tuple[str, int, int]], complaints: int, smallest: int) -> Judged:
    """Judgments from (judgment, parts, complaints they belong to); one complaint can have several.

    Complaints overlap here, so that hiding a part would not hide it: one small group hides all.
    """
    listed = list(counts)
    sizes = [behind for _judgment, _parts, behind in listed]
    if is_small(complaints, smallest) or not may_split(sizes, smallest):
        return Judged(None, complaints)
    return Judged({judgment: parts for judgment, parts, _behind in listed}, complaints)


@dataclass(frozen=True)
class Days:
    """How long it took from receipt to an outcome or a solution, in days."""

    median: float | None
    """None with too few to show, or none at all."""
    n: int


def days(groups: Iterable[Group], smallest: int) -> Days:
    """The median of those solved together or told an outcome; what was withdrawn or not taken up took no handling."""
    took = [
        (group.ended_on - group.received_on).days
        for group in groups
        if group.ended_on is not None and group.ending in (Ending.SOLVED, Ending.FORMAL)
        for _one in range(group.number)
    ]
    return Days(median(took) if len(took) >= smallest else None, len(took))


def undivided(sizes: Mapping[Key, int], smallest: int) -> Mapping[Key, int] | None:
    """The parts there are; None when one of them is too small: one hidden side hides the split."""
    return sizes if may_split(sizes.values(), smallest) else None


@dataclass(frozen=True)
class YearFigures:
    """What is counted of the complaints of one year. None: too few to show."""

    total: int
    endings: Mapping[Ending, int] | None
    timings: Mapping[Timing, int] | None
    """Without what runs late now."""
    late_now: int
    third_party: int | None
    reasons: Split[str]
    themes: Split[str]
    days: Days


def figures(groups: Sequence[Group], today: date, smallest: int) -> YearFigures:
    """Count a year."""
    endings: Counter[Ending] = Counter()
    timings: Counter[Timing] = Counter()
    reasons: Counter[str] = Counter()
    themes: Counter[str] = Counter()
    third_party = 0
    for group in groups:
        endings[group.ending] += group.number
        timings[group.timing(today)] += group.number
        themes[group.theme] += group.number
        if group.reason is not None and group.ending is Ending.NOT_TAKEN_UP:
            reasons[group.reason] += group.number
        third_party += group.number if group.is_third_party else 0
    total = sum(endings.values())
    late_now = timings.pop(Timing.LATE_RUNNING, 0)
    shown = undivided(endings, smallest)
    is_enough = third_party >= smallest and may_split([total - third_party], smallest)
    return YearFigures(
        total=total,
        endings=shown,
        timings=undivided(timings, smallest),
        late_now=late_now,
        third_party=third_party if is_enough else None,
        # The reasons together are one of the endings.
        reasons=split(reasons, smallest) if shown is not None else Split([(key, None) for key in reasons]),
        themes=split(themes, smallest),
        days=days(groups, smallest),
    )


@dataclass(frozen=True)
class SeriesYear:
    """One year in the series. Without a figure it is not known: never nought."""

    year: int
    published: int | None = None
    by_domain: Mapping[Domain, int] = field(default_factory=dict)
    """What this portal counted; of a year before it began only what was written down later."""
    is_complete: bool = False
    """Whether the portal was there that year: then what it counted is the number."""
    is_running: bool = False

    @property
    def counted(self) -> int:
        return sum(self.by_domain.values())

    @property
    def number(self) -> int | None:
        """The year's number: as it was published, else as it was counted; None when it is not known."""
        if self.published is not None:
            return self.published
        return self.counted if self.is_complete else None

    @property
    def is_counted(self) -> bool:
        """Whether the number is this portal's, so that it can be told apart for youth and adults."""
        return self.published is None and self.is_complete


def series(
    counts: Mapping[int, Mapping[Domain, int]],
    published: Mapping[int, int],
    first_year: int | None,
    this_year: int,
) -> list[SeriesYear]:
    """All years from the first known to the last, the oldest first.

    `first_year` is when this portal wrote down its first complaint, None before there is one.
    """
    ends = [*published, *counts, *([first_year, this_year] if first_year is not None else [])]
    if not ends:
        return []
    return [
        SeriesYear(
            year=year,
            published=published.get(year),
            by_domain=counts.get(year, {}),
            is_complete=first_year is not None and first_year <= year <= this_year,
            is_running=year == this_year,
        )
        for year in range(min(ends), max(ends) + 1)
    ]


def top_of(numbers: Iterable[int]) -> float:
    """The end of a scale for small numbers: room for a label above the highest."""
    return max(LOWEST_TOP, ROOM_ABOVE * max(numbers, default=0))
