"""The tasks about one person. What they say is sealed, so they are opened one by one; there are few."""

import json
from collections.abc import Callable, Collection, Sequence

from sqlalchemy import delete, select

from portal.db import db
from portal.tasks.models import Task
from portal.tasks.queries import TaskView

MOST = 5_000
"""How many tasks are opened at most, the newest first: done ones go after some weeks."""


def about(subjects: Collection[str], fits: Callable[[dict[str, str]], bool]) -> Sequence[TaskView]:
    """The tasks about one of these subjects, or whose details fit; the newest first."""
    found = []
    newest = select(Task).order_by(Task.id.desc()).limit(MOST).execution_options(populate_existing=True)
    for task in db.session.scalars(newest):
        details: dict[str, str] = json.loads(task.details)
        if task.request_key.split(":")[0] in subjects or fits(details):
            found.append(TaskView(task.id, task.kind, details, task.created_at, task.done_at))
    return found


def forget(task_ids: Collection[int]) -> int:
    """Delete these tasks; how many were still there."""
    gone = delete(Task).where(Task.id.in_(task_ids)).returning(Task.id)
    return len(db.session.execute(gone.execution_options(synchronize_session=False)).all())
