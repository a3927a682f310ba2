"""The tasks about one person. What they say is sealed, so they are opened one by one; there are few."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select

from portal.crypto import Search, as_it_lies
from portal.db import db
from portal.tasks.models import Task
from portal.tasks.queries import TaskView

MOST = 5_000
"""How many tasks are opened at most, the newest first: done ones go after some weeks."""


@dataclass(frozen=True)
class Asked:
    """A task, and what it is about there where it was asked for."""

    subject: str
    task: TaskView


def all_opened(search: Search) -> Sequence[Asked]:
    """Every task, the newest first."""
    rows = db.session.execute(
        select(Task.id, Task.kind, Task.request_key, as_it_lies(Task.details), Task.created_at, Task.done_at)
        .order_by(Task.id.desc())
        .limit(MOST + 1)
    ).all()
    search.is_cut |= len(rows) > MOST
    found = []
    for number, kind, key, sealed, created_at, done_at in rows[:MOST]:
        details = search.text(sealed)
        if details is not None:
            task = TaskView(number, kind, json.loads(details), created_at, done_at)
            found.append(Asked(key.split(":")[0], task))
    return found


def forget(task_ids: Collection[int]) -> int:
    """Delete these tasks; how many were still there."""
    gone = delete(Task).where(Task.id.in_(task_ids)).returning(Task.id)
    return len(db.session.execute(gone.execution_options(synchronize_session=False)).all())
