"""Which days are holidays in the Netherlands (Algemene termijnenwet art. 3)."""

from collections.abc import Collection
from datetime import date
from functools import lru_cache

from holidays.constants import OPTIONAL, PUBLIC
from holidays.countries import Netherlands


@lru_cache(maxsize=32)
def _of_year(year: int) -> frozenset[date]:
    return frozenset(Netherlands(years=year, categories=(PUBLIC, OPTIONAL)))


def is_holiday(day: date, also: Collection[date] = ()) -> bool:
    """Whether the day is a recognised holiday, 5 May and Good Friday of every year included.

    `also` are the days put on a par with them by royal decree: a list in the profile.
    """
    return day in _of_year(day.year) or day in also
