"""The arithmetic behind the figures, and which figures may be shown. Pure: standard library only.

Two things are decided here. How sure a figure is: every share and average comes with its 95%
interval. And whether a group is large enough to be shown: nothing about fewer people than the
profile's smallest group, not even by subtracting one shown figure from another (design 4.10).
"""

import math
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)

Z95 = 1.959964
"""The normal distribution's 97.5% point: 95% lies between minus and plus this."""

GOOD_GRADE = 7
"""From this grade on a client counts as satisfied; published like this since 2021."""

LOWEST_GRADE, HIGHEST_GRADE = 1, 10
QUARTERS_A_YEAR = 4
SATURDAY = 5


# ---- How sure a figure is -----------------------------------------------------------------


@dataclass(frozen=True)
class Estimate:
    """A figure about `n` people and the 95% interval it lies in."""

    value: float
    low: float
    high: float
    n: int

    def holds(self, other: float) -> bool:
        """Whether another figure lies within the interval: the difference may then be chance."""
        return self.low <= other <= self.high


def wilson(successes: int, n: int, z: float = Z95) -> tuple[float, float]:
    """The interval in which a share lies, given `successes` out of `n`.

    The score interval of E.B. Wilson, "Probable inference, the law of succession, and statistical
    inference", Journal of the American Statistical Association 22 (1927), 209-212. It stays within
    0 and 1 and is sound for small groups and for shares near 0 and 1, where the usual one is not.
    Raises ValueError unless 0 <= successes <= n and n > 0.
    """
    if n <= 0 or not 0 <= successes <= n:
        raise ValueError(f"{successes} out of {n} is not a share")
    share = successes / n
    square = z * z
    centre = (share + square / (2 * n)) / (1 + square / n)
    half = z * math.sqrt(share * (1 - share) / n + square / (4 * n * n)) / (1 + square / n)
    # At 0 and n the bound is exact; rounding would put it a hair on the wrong side.
    low = 0.0 if successes == 0 else min(share, centre - half)
    high = 1.0 if successes == n else max(share, centre + half)
    return low, high


def share(successes: int, n: int) -> Estimate | None:
    """A share with its Wilson interval; None about nobody."""
    if n == 0:
        return None
    low, high = wilson(successes, n)
    return Estimate(successes / n, low, high, n)


def t975(degrees: int) -> float:
    """Student's t at 97.5%, which for few answers is wider than the normal 1.96.

    The expansion of Abramowitz and Stegun, Handbook of Mathematical Functions (1964), 26.7.5;
    within 0.002 of the table from four degrees of freedom on, less below.
    """
    x = Z95
    terms: tuple[float, ...] = (
        (x**3 + x) / 4,
        (5 * x**5 + 16 * x**3 + 3 * x) / 96,
        (3 * x**7 + 19 * x**5 + 17 * x**3 - 15 * x) / 384,
        (79 * x**9 + 776 * x**7 + 1482 * x**5 - 1920 * x**3 - 945 * x) / 92160,
    )
    return x + math.fsum(term / degrees**power for power, term in enumerate(terms, 1))


def mean_grade(grades: Mapping[int, int]) -> Estimate | None:
    """The average of grades, given how often each was chosen, with the 95% t-interval.

    None with fewer than two grades: one grade has no spread to reckon with.
    """
    n = sum(grades.values())
    if n < 2:
        return None
    mean = sum(grade * count for grade, count in grades.items()) / n
    variance = sum(count * (grade - mean) ** 2 for grade, count in grades.items()) / (n - 1)
    half = t975(n - 1) * math.sqrt(variance / n)
    return Estimate(mean, max(LOWEST_GRADE, mean - half), min(HIGHEST_GRADE, mean + half), n)


def share_of_good_grades(grades: Mapping[int, int]) -> Estimate | None:
    """The share of grades 7 and higher, given how often each was chosen."""
    good = sum(count for grade, count in grades.items() if grade >= GOOD_GRADE)
    return share(good, sum(grades.values()))


# ---- Which figures may be shown -----------------------------------------------------------


def is_small(n: int, smallest: int) -> bool:
    """Whether a group has people in it, but too few to say anything about."""
    return 0 < n < smallest


def suppress(sizes: Mapping[Key, int], smallest: int) -> frozenset[Key]:
    """Which groups must be hidden beside a shown total.

    Every small group is; and where those together are still fewer than `smallest`, so that the
    total minus the shown groups would give them away, also the next smallest ones, until they are
    enough or everything is hidden. An empty group says nothing about anybody and stays.
    """
    hidden = {key for key, n in sizes.items() if is_small(n, smallest)}
    together = sum(sizes[key] for key in hidden)
    for key in sorted((key for key, n in sizes.items() if n >= smallest), key=lambda key: sizes[key]):
        if not 0 < together < smallest:
            break
        hidden.add(key)
        together += sizes[key]
    return frozenset(hidden)


def may_split(sizes: Iterable[int], smallest: int) -> bool:
    """Whether a group may be shown by one of its traits: one hidden side hides the split."""
    return not any(is_small(n, smallest) for n in sizes)


def pool(sizes: Mapping[Key, int], smallest: int) -> frozenset[Key]:
    """The periods that count in a longer one: only those that may be shown on their own.

    So that a year minus its shown quarters, or one rolling year minus the next, never leaves a
    small group. It holds for a whole questionnaire and for each of its questions apart.
    """
    return frozenset(key for key, n in sizes.items() if n >= smallest and n > 0)


# ---- Periods ------------------------------------------------------------------------------


def rolling_year(last: str) -> tuple[str, ...]:
    """The four quarters that end with this one, the oldest first: 2026-Q1 gives 2025-Q2 to 2026-Q1."""
    year, number = int(last[:4]), int(last[-1])
    count = year * QUARTERS_A_YEAR + number - 1
    return tuple(
        f"{index // QUARTERS_A_YEAR}-Q{index % QUARTERS_A_YEAR + 1}"
        for index in range(count - QUARTERS_A_YEAR + 1, count + 1)
    )


def is_running(last_invited_on: date, open_days: int, today: date) -> bool:
    """Whether somebody invited on that day can still answer; the closing day itself counts."""
    return last_invited_on + timedelta(days=open_days) >= today


def waiting_days(asked_on: date, today: date) -> int:
    """For how many days somebody has been waiting, weekends not counted: a call comes on workdays."""
    days = (asked_on + timedelta(days=number) for number in range(1, (today - asked_on).days + 1))
    return sum(day.weekday() < SATURDAY for day in days)
