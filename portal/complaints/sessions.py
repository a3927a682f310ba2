"""In which browsers a complaint is followed. The cookie holds a secret; without its row here it opens nothing.

A session begins with the receipt code, and ends by closing the page, after half an hour without a request, after four
hours in all, and with the code that opened it.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update

from portal import clock
from portal.complaints.models import Complaint, ComplaintSession
from portal.crypto import keyring
from portal.db import db, transaction

IDLE_FOR = timedelta(minutes=30)
"""Without a request it is over: somebody walked away from a screen at home or in a library."""
LASTS = timedelta(hours=4)
"""And after this in any case: longer than anybody writes, shorter than a copy of the cookie is worth having."""
SEEN_EVERY = timedelta(minutes=1)
_PURPOSE = "complaint session"
_SECRET_BYTES = 32


@dataclass(frozen=True)
class Seen:
    """A session that lives, by its number, and when that was last written down."""

    id: int
    at: datetime


def begin(complaint_id: int) -> str:
    """A new session in the running transaction. Returns the secret for the cookie, which is kept nowhere else."""
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    now = clock.now()
    db.session.add(
        ComplaintSession(key_index=_index(secret), complaint_id=complaint_id, began_at=now, seen_at=now)
    )
    return secret


def find(secret: str) -> tuple[Complaint, Seen] | None:
    """The complaint that a living session follows, in one statement; None when there is no such session."""
    now = clock.now()
    found = db.session.execute(
        select(Complaint, ComplaintSession.id, ComplaintSession.seen_at)
        .join(ComplaintSession, ComplaintSession.complaint_id == Complaint.id)
        .where(
            ComplaintSession.key_index == _index(secret),
            ComplaintSession.seen_at > now - IDLE_FOR,
            ComplaintSession.began_at > now - LASTS,
            Complaint.code_hash.is_not(None),
        )
    ).one_or_none()
    return (found[0], Seen(found[1], found[2])) if found else None


def note_seen(seen: Seen) -> None:
    """Write down that the session is used, at most once a minute, in a transaction of its own."""
    now = clock.now()
    if now - seen.at < SEEN_EVERY:
        return
    with transaction() as writing:
        writing.execute(
            update(ComplaintSession)
            .where(ComplaintSession.id == seen.id, ComplaintSession.seen_at < now)
            .values(seen_at=now)
            .execution_options(synchronize_session=False)
        )


def end(secret: str) -> None:
    """End this one in the running transaction; every copy of its cookie is worth nothing from then on."""
    db.session.execute(
        delete(ComplaintSession)
        .where(ComplaintSession.key_index == _index(secret))
        .execution_options(synchronize_session=False)
    )


def end_all(complaint_id: int) -> None:
    """End all that follow this complaint, in the running transaction: the code that opened them is over."""
    db.session.execute(
        delete(ComplaintSession)
        .where(ComplaintSession.complaint_id == complaint_id)
        .execution_options(synchronize_session=False)
    )


def forget_old() -> int:
    """Delete the sessions that are over; gives how many."""
    now = clock.now()
    over = or_(ComplaintSession.seen_at <= now - IDLE_FOR, ComplaintSession.began_at <= now - LASTS)
    with transaction() as writing:
        return len(writing.scalars(delete(ComplaintSession).where(over).returning(ComplaintSession.id)).all())


def _index(secret: str) -> str:
    return keyring().index(_PURPOSE, secret)
