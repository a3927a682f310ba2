"""Reading the list of tasks."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from portal import clock
from portal.db import db
from portal.tasks.models import Task

RECENTLY = timedelta(days=7)


@dataclass(frozen=True)
class TaskView:
    """A task as the page shows it."""

    id: int
    kind: str
    details: dict[str, str]
    created_at: datetime
    done_at: datetime | None


def open_tasks() -> Sequence[TaskView]:
    """What is still to do, the longest waiting first."""
    return [
        _view(task)
        for task in db.session.scalars(
            select(Task).where(Task.done_at.is_(None)).order_by(Task.created_at, Task.id)
        )
    ]


def recently_done() -> Sequence[TaskView]:
    """What was finished in the last week, the latest first."""
    finished = select(Task).where(Task.done_at >= clock.now() - RECENTLY).order_by(Task.done_at.desc())
    return [_view(task) for task in db.session.scalars(finished)]


def _view(task: Task) -> TaskView:
    return TaskView(task.id, task.kind, json.loads(task.details), task.created_at, task.done_at)
