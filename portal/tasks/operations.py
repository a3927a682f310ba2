"""Adding tasks and finishing them."""

import json

from sqlalchemy import select

from portal import clock
from portal.audit.operations import record
from portal.db import db
from portal.tasks.models import Task


def add(kind: str, request_key: str, details: dict[str, str]) -> bool:
    """Add a task once: the same request key again adds nothing and gives False."""
    if db.session.scalar(select(Task.id).where(Task.request_key == request_key)) is not None:
        return False
    db.session.add(
        Task(kind=kind, request_key=request_key, details=json.dumps(details), created_at=clock.now())
    )
    db.session.flush()
    return True


def finish(task: Task, actor: str) -> None:
    """Mark a task done; a second time changes nothing."""
    if task.done_at is None:
        task.done_at, task.done_by = clock.now(), actor
        record("task.done", actor, task=str(task.id))


def reopen(task: Task, actor: str) -> None:
    """Put a task back on the list."""
    if task.done_at is not None:
        task.done_at = task.done_by = None
        record("task.reopened", actor, task=str(task.id))
