"""Forgetting tasks that were done. What is not done stays, however old: somebody still waits for it."""

from datetime import date, datetime, time

from sqlalchemy import delete, func, select

from portal import clock
from portal.db import db
from portal.tasks.models import Task

BATCH = 500


def standing(before: date) -> tuple[int, int, date | None, int]:
    """(how many there are; done before this day; the first day on which one was done that stays; still open that
    was asked before this day)."""
    since = _midnight(before)
    there, due, oldest, late = db.session.execute(
        select(
            func.count(),
            func.count().filter(Task.done_at < since),
            func.min(Task.done_at).filter(Task.done_at >= since),
            func.count().filter(Task.done_at.is_(None), Task.created_at < since),
        ).select_from(Task)
    ).one()
    return there, due, clock.local(oldest).date() if oldest else None, late


def purge(before: date) -> int:
    """Throw away a batch of tasks that were done before this day, in the running transaction; how many."""
    done = db.session.scalars(
        select(Task.id)
        .where(Task.done_at < _midnight(before))
        .order_by(Task.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    db.session.execute(delete(Task).where(Task.id.in_(done)).execution_options(synchronize_session=False))
    return len(done)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), clock.AMSTERDAM)
