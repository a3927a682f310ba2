"""Who is following which complaint: a cookie for this browser only, for half an hour after the last page."""

import hashlib
from datetime import timedelta
from typing import Any

from flask import session
from sqlalchemy import select

from portal import clock, i18n
from portal.complaints.models import Complaint
from portal.db import db

KEY = "complaint"
LASTS = timedelta(minutes=30)


def let_in(complaint: Complaint) -> None:
    """From here on this browser follows the complaint."""
    session[KEY] = [complaint.public_id, _mark(complaint), int(clock.now().timestamp())]


def leave() -> None:
    """This browser follows nothing any more."""
    session.pop(KEY, None)


def current() -> Complaint | None:
    """The complaint that this browser follows, in its own language; None when it has to type the code (again).

    A new receipt code ends what was opened with the old one.
    """
    held: Any = session.get(KEY)
    now = int(clock.now().timestamp())
    if not isinstance(held, list) or now - held[2] > LASTS.total_seconds():
        leave()
        return None
    complaint = db.session.scalar(select(Complaint).where(Complaint.public_id == held[0]))
    if complaint is None or _mark(complaint) != held[1]:
        leave()
        return None
    session[KEY] = [held[0], held[1], now]
    i18n.use_own(complaint.language)
    return complaint


def _mark(complaint: Complaint) -> str:
    return hashlib.sha256((complaint.code_hash or "").encode()).hexdigest()[:16]
