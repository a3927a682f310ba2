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
    """Those invited in one month about one moment, of one domain; family members never count."""

    year: int
    month: int
    moment: str
    domain: str
    invited: int
    delivered: int
    started: int
    sent: int
    last_invited_on: date


def cohorts() -> Sequence[Cohort]:
    """Every cohort there is, by month of the first message (design 4.2), in one statement."""
    return [Cohort(int(row.year), int(row.month), *row[2:]) for row in db.session.execute(_cohorts())]


def _cohorts() -> Select[Any]:
    """Count by day first, in the order of ix_invitation_response, then bring the days together.

    The inner part reads that index alone; the outer one works out the month of a few thousand days
    and not of every invitation. An answer that was sent proves that its invitation arrived, also
    where no message is known to have been handed over (a paper that somebody was given).
    """
    asked = Invitation
    days = (
        select(
            asked.invited_on,
            asked.moment,
            asked.domain,
            func.count().label("invited"),
            func.count().filter(or_(asked.delivered, asked.completed)).label("delivered"),
            func.count().filter(asked.started).label("started"),
            func.count().filter(asked.completed).label("sent"),
        )
        .where(asked.first_person, asked.invited_on.is_not(None))
        .group_by(asked.invited_on, asked.moment, asked.domain)
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
        select(year, month, days.c.moment, days.c.domain, *counts, last)
        .group_by(year, month, days.c.moment, days.c.domain)
        .order_by(year, month)
    )
