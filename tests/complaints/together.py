"""Several people at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from flask import Flask

from portal.complaints import operations
from portal.complaints.models import Complaint
from portal.db import db

T = TypeVar("T")


def at_once(app: Flask, *work: Callable[[], T]) -> list[T]:
    """Do each in a thread of its own, begun at the same moment; what they gave, in order.

    A row that this thread read must not be read on there: it would lend the other this thread's session.
    """
    gate = Barrier(len(work))

    def one(task: Callable[[], T]) -> T:
        with app.app_context():
            gate.wait()
            return task()

    # This test's own connection holds nothing up meanwhile.
    db.session.rollback()
    with ThreadPoolExecutor(len(work)) as pool:
        done = list(pool.map(one, work))
    db.session.rollback()
    return done


def held(complaint: Complaint) -> Complaint:
    """The complaint, locked in the running transaction."""
    found = operations.locked(complaint.public_id)
    assert found is not None
    return found
