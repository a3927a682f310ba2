"""Who is following which complaint: a secret in the cookie of this browser, and its row in the database."""

from contextlib import suppress
from typing import Any

from flask import Response, g, session
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from portal import i18n
from portal.complaints import sessions
from portal.complaints.models import Complaint
from portal.db import db, transaction

KEY = "complaint"
_FRESH = "_fresh"
"""What the library that lets staff in leaves behind in any cookie that it did not make itself."""


def let_in(complaint: Complaint, code_hash: str | None) -> bool:
    """From here on this browser follows the complaint, and no other.

    `code_hash` is of the receipt code that was given. False when there is a new one since: the old one lets nobody
    in any more.
    """
    complaint_id = complaint.id
    with transaction():
        sessions.end(_secret())
        still = select(Complaint.id).where(Complaint.id == complaint_id, Complaint.code_hash == code_hash)
        if db.session.scalar(still.with_for_update()) is None:
            return False
        secret = sessions.begin(complaint_id)
    session[KEY] = secret
    return True


def leave() -> None:
    """This browser follows nothing any more, and no copy of its cookie does."""
    if KEY in session:
        with transaction():
            sessions.end(_secret())
    _forget()


def current() -> Complaint | None:
    """The complaint that this browser follows, in its own language; None when it has to type the code (again)."""
    found = sessions.find(_secret()) if KEY in session else None
    if found is None:
        _forget()
        return None
    complaint, g.complaint_session = found
    i18n.use_own(complaint.language)
    return complaint


def note_seen(response: Response) -> Response:
    """Write down that the session is used: after the page, in no one's transaction."""
    seen: sessions.Seen | None = g.pop("complaint_session", None)
    if seen is not None:
        # Where the database is busy: the page was made, and the next one notes it.
        with suppress(OperationalError):
            sessions.note_seen(seen)
    return response


def _secret() -> str:
    held: Any = session.get(KEY)
    return held if isinstance(held, str) else ""


def _forget() -> None:
    """Where nothing else is left, the browser keeps no cookie at all."""
    session.pop(KEY, None)
    if set(session) == {_FRESH}:
        session.pop(_FRESH)
