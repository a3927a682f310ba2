"""The door of one complaint: who reads it is decided each time, and each look is recorded (Awb 9:7)."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from flask import abort
from flask_login import current_user
from sqlalchemy import select

from portal.audit.operations import record
from portal.complaints.independence import Access
from portal.complaints.models import Complaint
from portal.complaints.people import access_of
from portal.db import db, transaction

_REFERENCE = re.compile(r"KL-(\d{4})-(\d{4,7})", re.ASCII)
READERS = (Access.HANDLE, Access.COORDINATE)
COORDINATORS = (Access.COORDINATE,)


def find(reference: str) -> Complaint | None:
    """The complaint with this reference, as KL-2026-0001."""
    read = _REFERENCE.fullmatch(reference.strip().upper())
    if read is None:
        return None
    return db.session.scalar(
        select(Complaint).where(Complaint.year == int(read[1]), Complaint.number == int(read[2]))
    )


def seen(reference: str, what: str, *, by: tuple[Access, ...] = READERS) -> Complaint:
    """The complaint for who may read it, with the look recorded as `what`.

    404 for a person concerned, as if it were not there; 403 for other staff; 410 when it was erased.
    """
    with transaction():
        complaint = _let_in(find(reference), by)
        record("complaint.seen", str(current_user.id), complaint=complaint.reference, what=what)
    return complaint


@contextmanager
def changing(reference: str, *, by: tuple[Access, ...] = READERS) -> Iterator[Complaint]:
    """A transaction in which the complaint is held, for who may change it."""
    with transaction():
        found = find(reference)
        if found is not None:
            db.session.refresh(found, with_for_update=True)
        yield _let_in(found, by)


def _let_in(complaint: Complaint | None, by: tuple[Access, ...]) -> Complaint:
    found = Access.NOTHING if complaint is None else access_of(complaint)
    if complaint is None or found is Access.NOTHING:
        abort(404)
    if complaint.erased_on is not None:
        abort(410)
    if found not in by:
        abort(403)
    return complaint
