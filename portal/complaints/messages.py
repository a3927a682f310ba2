"""Messages both ways between the complainant and who handles the complaint."""

from sqlalchemy import select

from portal import clock
from portal.audit.operations import record
from portal.complaints import notices, people
from portal.complaints.models import Complaint, ComplaintMessage
from portal.complaints.operations import COMPLAINANT
from portal.crypto import keyring
from portal.db import db
from portal.identity.models import User

LONGEST_KEY = 64
"""Signs of a key that the table holds. Others are kept under a key of our own."""


def say(complaint: Complaint, words: str, *, request_key: str, author: User | None) -> ComplaintMessage:
    """Add a message once and tell the other side that it is there. `author` is None for the complainant.

    Only the same words of the same side about the same complaint are a repeat. Other words under a key that
    was used, such as those typed after going back to a page, are a message of their own.
    """
    known = _under(request_key) if _fits(request_key) else None
    is_used = known is not None and not _repeats(known, complaint, words, author)
    if is_used or not _fits(request_key):
        side = "complainant" if author is None else "staff"
        request_key = keyring().index("message", f"{complaint.public_id}:{side}:{request_key}:{words}")
        known = _under(request_key)
    if known is not None:
        return known
    message = ComplaintMessage(
        request_key=request_key,
        at=clock.now(),
        from_complainant=author is None,
        author_id=author.id if author else None,
        words=words,
    )
    complaint.messages.append(message)
    db.session.flush()
    record("complaint.message", str(author.id) if author else COMPLAINANT, complaint=complaint.reference)
    if author is None:
        notices.tell_staff(complaint, "message", people.those_who_handle(complaint), key=str(message.id))
    else:
        notices.tell_complainant(complaint, f"message:{message.id}")
    return message


def _fits(key: str) -> bool:
    return len(key) <= LONGEST_KEY and key.isprintable()


def _under(key: str) -> ComplaintMessage | None:
    return db.session.scalar(select(ComplaintMessage).where(ComplaintMessage.request_key == key))


def _repeats(known: ComplaintMessage, complaint: Complaint, words: str, author: User | None) -> bool:
    same_side = known.from_complainant is (author is None)
    return known.complaint_id == complaint.id and known.words == words and same_side


def mark_read(complaint: Complaint, *, by_complainant: bool) -> None:
    """The other side opened what was written to it."""
    for message in complaint.messages:
        if message.from_complainant is not by_complainant and message.read_at is None:
            message.read_at = clock.now()


def unread(complaint: Complaint, *, by_complainant: bool) -> int:
    """How many messages this side did not open yet."""
    return sum(
        message.from_complainant is not by_complainant and message.read_at is None
        for message in complaint.messages
    )
