"""Reading the ledger of response, counted by the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Date, Integer, Select, cast, extract, func, or_, select, type_coerce

from portal.db import db
from portal.surveys.models import Invitation


@dataclass(frozen=True)
class Cohort:
    """Those invited in one month about one moment, of one domain."""

    first_person: bool
    """False for family members, who count in their own row alone."""
    year: int
    month: int
    moment: str
    domain: str
    invited: int
    delivered: int
    started: int
    sent: int
    last_invited_on: date


@dataclass(frozen=True)
class Ledger:
    """Who was asked, by month of the first message (design 4.2), and apart from them their families."""

    cohorts: Sequence[Cohort]
    family: Sequence[Cohort]


def ledger() -> Ledger:
    """Every cohort there is, in one statement."""
    found = [
        Cohort(bool(row.first_person), int(row.year), int(row.month), *row[3:])
        for row in db.session.execute(_cohorts())
    ]
    return Ledger(
        cohorts=[cohort for cohort in found if cohort.first_person],
        family=[cohort for cohort in found if not cohort.first_person],
    )


def cohorts() -> Sequence[Cohort]:
    """The cohorts that make the response rate: family members never count."""
    return ledger().cohorts


def _cohorts() -> Select[Any]:
    """Count by day first, in the order of ix_invitation_response, then bring the days together.

    The inner part reads that index alone (both values of first_person are named, so that it is
    searched and not walked through); the outer one works out the month of a few thousand days and
    not of every invitation. An answer that was sent proves that its invitation arrived, also
    where no message is known to have been handed over (a paper that somebody was given).
    """
    asked = Invitation
    days = (
        select(
            asked.first_person,
            asked.invited_on,
            asked.moment,
            asked.domain,
            func.count().label("invited"),
            func.count().filter(or_(asked.delivered, asked.completed)).label("delivered"),
            func.count().filter(asked.started).label("started"),
            func.count().filter(asked.completed).label("sent"),
        )
        .where(asked.first_person.in_((True, False)), asked.invited_on.is_not(None))
        .group_by(asked.first_person, asked.invited_on, asked.moment, asked.domain)
        .subquery("days")
    )
    year = extract("year", days.c.invited_on).label("year")
    month = extract("month", days.c.invited_on).label("month")
    # PostgreSQL sums whole numbers into decimals.
    counts = [
        cast(func.sum(days.c[name]), Integer).label(name)
        for name in ("invited", "delivered", "started", "sent")
    ]
    last = type_coerce(func.max(days.c.invited_on), Date).label("last_invited_on")
    return (
        select(days.c.first_person, year, month, days.c.moment, days.c.domain, *counts, last)
        .group_by(days.c.first_person, year, month, days.c.moment, days.c.domain)
        .order_by(year, month)
    )
