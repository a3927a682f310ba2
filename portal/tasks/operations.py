"""Adding tasks and finishing them."""

import json
from collections.abc import Mapping

from sqlalchemy import select

from portal import clock
from portal.audit.operations import record
from portal.db import db, exclusive
from portal.tasks.models import Task


def add(kind: str, request_key: str, details: Mapping[str, str]) -> None:
    """Add a task once: the same request key again adds nothing."""
    exclusive("tasks")
    if db.session.scalar(select(Task.id).where(Task.request_key == request_key)) is None:
        db.session.add(
            Task(
                kind=kind, request_key=request_key, details=json.dumps(dict(details)), created_at=clock.now()
            )
        )
        db.session.flush()


def ask(kind: str, subject: str, request_key: str, details: Mapping[str, str]) -> None:
    """Add a task about a subject, or renew the one that is still open about it."""
    exclusive("tasks")
    still_open = db.session.scalar(
        select(Task).where(Task.request_key.startswith(f"{subject}:"), Task.done_at.is_(None))
    )
    if still_open is None:
        add(kind, f"{subject}:{request_key}", details)
    else:
        still_open.details = json.dumps(dict(details))


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
