"""What people answered in one pile and period, from the counts of the database. Pure."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from portal.insight.rules import (
    Estimate,
    is_small,
    mean_grade,
    pool,
    rolling_year,
    share,
    share_of_good_grades,
)

GRADED = ("intake", "plan", "closure")
"""The piles that together make the yearly figure, as it was always published.

Family members give grades too; theirs stay in their own piles.
"""

GRADE = "grade"
AGREE = ("strongly_agree", "agree")
DISAGREE = ("disagree", "strongly_disagree")
NEUTRAL = "neutral"
OPINIONS = ("strongly_agree", "agree", "neutral", "disagree", "strongly_disagree")
NOT_APPLICABLE = "not_applicable"


class PileCount(Protocol):
    """Responses of a pile in a quarter; with a grade, those that gave it."""

    @property
    def pile(self) -> str: ...
    @property
    def quarter(self) -> str: ...
    @property
    def grade(self) -> int | None: ...
    @property
    def n(self) -> int: ...


class AnswerCount(Protocol):
    """How often a question got a value in a quarter; without a value, how many answered it."""

    @property
    def quarter(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def value(self) -> str | None: ...
    @property
    def n(self) -> int: ...


@dataclass(frozen=True)
class Period:
    """A quarter, or the rolling year that ends with it."""

    quarter: str
    is_year: bool = False

    @property
    def quarters(self) -> tuple[str, ...]:
        return rolling_year(self.quarter) if self.is_year else (self.quarter,)

    @property
    def key(self) -> str:
        """As it stands in the address."""
        return f"{self.quarter}-jaar" if self.is_year else self.quarter


@dataclass(frozen=True)
class Answers:
    """The answers to one question: of how many people, and how often each was chosen."""

    n: int
    values: Mapping[str, int]
    hidden: bool

    def share_of(self, *values: str) -> Estimate | None:
        """The share that chose one of these."""
        return share(sum(self.values.get(value, 0) for value in values), self.n)

    @property
    def agreed(self) -> Estimate | None:
        return self.share_of(*AGREE)

    @property
    def opinions(self) -> list[Estimate | None]:
        """The five opinions in their order, of those who have one."""
        return [self.share_of(opinion) for opinion in OPINIONS]

    @property
    def without_opinion(self) -> int:
        return self.values.get(NOT_APPLICABLE, 0)

    @property
    def good_grades(self) -> Estimate | None:
        return share_of_good_grades(self._grades)

    @property
    def mean_grade(self) -> Estimate | None:
        return mean_grade(self._grades)

    @property
    def _grades(self) -> dict[int, int]:
        return {int(value): count for value, count in self.values.items()}


NOBODY = Answers(0, {}, hidden=False)


@dataclass(frozen=True)
class QuarterGrade:
    """The grades of one quarter of a pile; None where nobody gave one or too few did."""

    quarter: str
    good: Estimate | None
    mean: Estimate | None
    hidden: bool


@dataclass(frozen=True)
class GradeYear:
    """One year of grades at all moments together: published, our own, both or neither."""

    year: int
    published_good: float | None
    published_mean: float | None
    good: Estimate | None
    mean: Estimate | None
    hidden: bool

    @property
    def is_published(self) -> bool:
        return self.published_good is not None or self.published_mean is not None


@dataclass(frozen=True)
class Overview:
    """All piles and quarters: what there is to choose from, and the grades through time."""

    sizes: Mapping[str, Mapping[str, int]]
    """By pile, by quarter."""
    grades: Mapping[str, Mapping[str, Mapping[int, int]]]

    @property
    def quarters(self) -> list[str]:
        """Every quarter with responses, the newest first."""
        return sorted({quarter for of_pile in self.sizes.values() for quarter in of_pile}, reverse=True)

    def periods(self) -> list[Period]:
        """The fixed list to choose from."""
        return [Period(quarter, is_year) for is_year in (False, True) for quarter in self.quarters]

    def first_period(self, pile: str, smallest: int) -> Period | None:
        """What to show unasked: the newest quarter of the pile that may be shown, else the newest."""
        shown = pool(self.sizes.get(pile, {}), smallest)
        newest = max(shown) if shown else next(iter(self.quarters), None)
        return Period(newest) if newest else None


def overview(counts: Sequence[PileCount]) -> Overview:
    """Sort the counts by pile and quarter."""
    sizes: dict[str, dict[str, int]] = {}
    grades: dict[str, dict[str, dict[int, int]]] = {}
    for count in counts:
        if count.grade is None:
            sizes.setdefault(count.pile, {})[count.quarter] = count.n
        else:
            grades.setdefault(count.pile, {}).setdefault(count.quarter, {})[count.grade] = count.n
    return Overview(sizes, grades)


@dataclass(frozen=True)
class PileResults:
    """One pile in one period. `n` counts only the quarters that may be shown."""

    n: int
    hidden: bool
    left_out: Sequence[str]
    """Quarters of a rolling year with too few responses to count in it."""
    answers: Mapping[str, Answers]
    """By question key."""
    open_places: frozenset[tuple[str, str]]
    """The quarters and questions whose open answers may be read."""

    def of(self, key: str) -> Answers:
        return self.answers.get(key, NOBODY)


def pile_results(
    whole: Overview,
    pile: str,
    period: Period,
    counts: Sequence[AnswerCount],
    texts: Collection[str],
    smallest: int,
) -> PileResults:
    """What may be shown of a pile in a period. `texts` are the keys of the open questions."""
    sizes = {quarter: whole.sizes.get(pile, {}).get(quarter, 0) for quarter in period.quarters}
    shown = pool(sizes, smallest)
    by_question: dict[str, dict[str, Counter[str]]] = {}
    people: dict[str, dict[str, int]] = {}
    for count in counts:
        if count.quarter not in shown:
            continue
        if count.value is None:
            people.setdefault(count.key, {})[count.quarter] = count.n
        else:
            by_quarter = by_question.setdefault(count.key, {})
            by_quarter.setdefault(count.quarter, Counter())[count.value] = count.n
    return PileResults(
        n=sum(sizes[quarter] for quarter in shown),
        hidden=not shown and any(sizes.values()),
        left_out=sorted(quarter for quarter, n in sizes.items() if is_small(n, smallest)) if shown else (),
        answers={key: _answers(people[key], by_question.get(key, {}), smallest) for key in people},
        open_places=frozenset(
            (quarter, key) for key in texts for quarter in pool(people.get(key, {}), smallest)
        ),
    )


def _answers(people: Mapping[str, int], chosen: Mapping[str, Counter[str]], smallest: int) -> Answers:
    """One question over the quarters in which enough people gave an opinion on it.

    "Weet ik niet of past niet" is no opinion: it is counted beside the others, not among them.
    """
    opinions = {quarter: n - chosen.get(quarter, Counter())[NOT_APPLICABLE] for quarter, n in people.items()}
    shown = pool(opinions, smallest)
    values: Counter[str] = Counter()
    for quarter in shown:
        values.update(chosen.get(quarter, Counter()))
    return Answers(
        n=sum(opinions[quarter] for quarter in shown),
        values=values,
        hidden=not shown and any(people.values()),
    )


def grades_by_quarter(
    whole: Overview, pile: str, last: str, smallest: int, number: int
) -> list[QuarterGrade]:
    """The grades of a pile in so many quarters, the last one given."""
    quarters: list[str] = []
    while len(quarters) < number:
        quarters = [*rolling_year(last), *quarters]
        last = _before(quarters[0])
    found = []
    for quarter in quarters[-number:]:
        grades = whole.grades.get(pile, {}).get(quarter, {})
        n = sum(grades.values())
        hidden = is_small(n, smallest)
        given = {} if hidden else grades
        found.append(QuarterGrade(quarter, share_of_good_grades(given), mean_grade(given), hidden))
    first = next((place for place, quarter in enumerate(found) if quarter.good or quarter.hidden), number)
    return found[first:]


def grades_by_year(
    whole: Overview,
    published_good: Mapping[int, float],
    published_mean: Mapping[int, float],
    first_year: int,
    smallest: int,
) -> list[GradeYear]:
    """The yearly figure at all moments together, and what was published before.

    Our own is made of the quarters of each pile that may be shown on their own, so that no shown
    figure can be subtracted from it to leave a few people.
    """
    own: dict[int, Counter[int]] = {}
    given: set[int] = set()
    for pile in GRADED:
        for quarter, grades in whole.grades.get(pile, {}).items():
            year = int(quarter[:4])
            given.add(year)
            if sum(grades.values()) >= smallest:
                own.setdefault(year, Counter()).update(grades)
    years = [first_year, *published_good, *published_mean, *given]
    return [
        GradeYear(
            year=year,
            published_good=published_good[year] / 100 if year in published_good else None,
            published_mean=published_mean.get(year),
            good=share_of_good_grades(own.get(year, {})),
            mean=mean_grade(own.get(year, {})),
            hidden=year in given and year not in own,
        )
        for year in range(min(years), max(years) + 1)
    ]


def _before(quarter: str) -> str:
    return rolling_year(quarter)[-2]
