"""Forgetting wrong tries, and who worked here: an account that was closed long ago is emptied, and keeps its number."""

from datetime import date, datetime, timedelta

from sqlalchemy import delete, func, select

from portal import clock
from portal.db import db, exclusive
from portal.identity.models import Attempt, StaffLink, User
from portal.identity.people_operations import LOCK, empty
from portal.profile import profile

BATCH = 500


def tries_standing(_before: date) -> tuple[int, int, date | None, int]:
    """(wrong tries there are; kept long enough; none, because they go by the hour; 0)."""
    there, due = db.session.execute(
        select(func.count(), func.count().filter(Attempt.at < _since())).select_from(Attempt)
    ).one()
    return there, due, None, 0


def purge_tries(_before: date) -> int:
    """Throw away the wrong tries that were kept long enough, in the running transaction; how many."""
    old = delete(Attempt).where(Attempt.at < _since()).returning(Attempt.id)
    return len(db.session.scalars(old.execution_options(synchronize_session=False)).all())


def _since() -> datetime:
    return clock.now() - timedelta(hours=profile().retention.tries_hours)


def accounts_standing(before: date) -> tuple[int, int, date | None, int]:
    """(accounts that name somebody; closed before this day; the first day on which one closed that stays; 0)."""
    there, due, oldest = db.session.execute(
        select(
            func.count(),
            func.count().filter(User.closed_on < before),
            func.min(User.closed_on).filter(User.closed_on >= before),
        ).where(User.emptied_on.is_(None))
    ).one()
    return there, due, oldest, 0


def purge_accounts(before: date) -> int:
    """Empty a batch of accounts that were closed before this day, in the running transaction; how many."""
    # Nobody opens one again meanwhile.
    exclusive(LOCK)
    found = db.session.scalars(
        select(User)
        .where(User.closed_on < before, User.emptied_on.is_(None), User.active.is_(False))
        .order_by(User.id)
        .limit(BATCH)
        .execution_options(populate_existing=True)
    ).all()
    for user in found:
        empty(user)
    db.session.execute(
        delete(StaffLink)
        .where(StaffLink.user_id.in_([user.id for user in found]))
        .execution_options(synchronize_session=False)
    )
    db.session.flush()
    return len(found)
