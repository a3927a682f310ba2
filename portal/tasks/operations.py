"""Adding tasks and finishing them."""

import json
from collections.abc import Mapping
from enum import StrEnum

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


class Change(StrEnum):
    """What became of a task that somebody finished or put back."""

    MADE = "made"
    ALREADY = "already"
    GONE = "gone"


def finish(task_id: int, actor: str) -> Change:
    """Mark a task done; a second time changes nothing."""
    task = _locked(task_id)
    if task is None:
        return Change.GONE
    if task.done_at is not None:
        return Change.ALREADY
    task.done_at, task.done_by = clock.now(), actor
    record("task.done", actor, task=str(task.id))
    return Change.MADE


def reopen(task_id: int, actor: str) -> Change:
    """Put a task back on the list; one that stands there stays as it is."""
    task = _locked(task_id)
    if task is None:
        return Change.GONE
    if task.done_at is None:
        return Change.ALREADY
    task.done_at = task.done_by = None
    record("task.reopened", actor, task=str(task.id))
    return Change.MADE


def _locked(task_id: int) -> Task | None:
    return db.session.get(Task, task_id, with_for_update=True, populate_existing=True)
