"""What the complaints keep of one person: found by address or number. A complaint is never forgotten on request (Awb 9:12a).

Complaints are few, and a telephone number is kept as it was typed: they are opened one by one.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select

from portal.complaints.content import Content, from_json
from portal.complaints.filing import rules as filing
from portal.complaints.handling.access import READERS
from portal.complaints.models import (
    Complaint,
    ComplaintDraft,
    PersonConcerned,
    index_of_email,
)
from portal.complaints.people import access_for
from portal.complaints.retention import is_over
from portal.crypto import Search, as_it_lies
from portal.db import db
from portal.identity.models import User

MOST = 5_000
"""How many complaints or drafts are opened at most, the newest first."""
_REFERENCE = re.compile(r"KL-(\d{4})-(\d{4,7})", re.ASCII)


@dataclass(frozen=True)
class Told:
    """Who a complaint, or a draft of one, says that it is from. Never what it says."""

    id: int
    name: str
    email: str
    phone: str


def _told(number: int, content: Content) -> Told:
    return Told(number, content.name, content.email, content.phone)


def all_filed(search: Search) -> Sequence[Told]:
    """Whom every complaint is from, the newest first, whoever may read it."""
    rows = db.session.execute(
        select(Complaint.id, as_it_lies(Complaint.sealed_content))
        .where(Complaint.erased_on.is_(None))
        .order_by(Complaint.id.desc())
        .limit(MOST + 1)
    ).all()
    search.is_cut |= len(rows) > MOST
    opened = ((number, search.text(sealed)) for number, sealed in rows[:MOST])
    return [_told(number, from_json(text)) for number, text in opened if text is not None]


def all_drafts(search: Search) -> Sequence[Told]:
    """The same of what somebody is still filling in."""
    rows = db.session.execute(
        select(ComplaintDraft.id, as_it_lies(ComplaintDraft.body))
        .order_by(ComplaintDraft.id.desc())
        .limit(MOST + 1)
    ).all()
    search.is_cut |= len(rows) > MOST
    opened = ((number, search.text(sealed)) for number, sealed in rows[:MOST])
    return [_told(number, filing.from_json(text).content) for number, text in opened if text is not None]


def these(ids: Collection[int]) -> Sequence[Complaint]:
    """The complaints with these numbers, the newest first."""
    if not ids:
        return []
    return db.session.scalars(
        select(Complaint).where(Complaint.id.in_(ids)).order_by(Complaint.id.desc())
    ).all()


def numbered(reference: str) -> Complaint | None:
    """The complaint of which this is the number, such as KL-2026-0001; None where there is none, or no more."""
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        return None
    return db.session.scalar(
        select(Complaint).where(
            Complaint.year == int(found[1]),
            Complaint.number == int(found[2]),
            Complaint.erased_on.is_(None),
        )
    )


def running(ids: Collection[int]) -> set[int]:
    """Which of these still ask for something: those do not go by themselves yet."""
    return set(db.session.scalars(select(Complaint.id).where(Complaint.id.in_(ids), ~is_over())))


def concerning(emails: Collection[str]) -> Sequence[PersonConcerned]:
    """Where somebody with one of these addresses is whom a complaint is about, the newest first."""
    indexes = [index_of_email(email) for email in emails]
    return db.session.scalars(
        select(PersonConcerned)
        .where(PersonConcerned.email_index.in_([index for index in indexes if index]))
        .order_by(PersonConcerned.id.desc())
    ).all()


def may_read(complaint: Complaint, user: User) -> bool:
    """Whether this member of staff reads this complaint (Awb 9:7)."""
    return access_for(complaint, user) in READERS


def drafts(ids: Collection[int]) -> Sequence[ComplaintDraft]:
    """These drafts, the newest first. That they are there; what they say is shown to nobody."""
    return db.session.scalars(
        select(ComplaintDraft)
        .where(ComplaintDraft.id.in_(ids))
        .order_by(ComplaintDraft.id.desc())
        .execution_options(populate_existing=True)
    ).all()


def forget_draft(draft_id: int) -> bool:
    """Throw a draft away with its files; False when it was sent or thrown away meanwhile."""
    held = db.session.scalar(select(ComplaintDraft.id).where(ComplaintDraft.id == draft_id).with_for_update())
    if held is not None:
        # By statement: the database takes the files along, which the ORM would try to keep.
        db.session.execute(
            delete(ComplaintDraft)
            .where(ComplaintDraft.id == draft_id)
            .execution_options(synchronize_session=False)
        )
    return held is not None
