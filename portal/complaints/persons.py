"""What the complaints keep of one person: found by address. A complaint is never forgotten on request (Awb 9:12a).

Complaints are few, and a telephone number is kept as it was typed: they are opened one by one.
"""

from collections.abc import Callable, Collection, Sequence

from sqlalchemy import delete, select

from portal.complaints.content import Content, from_json
from portal.complaints.filing import rules as filing
from portal.complaints.handling.access import READERS
from portal.complaints.models import Complaint, ComplaintDraft, PersonConcerned, index_of_email
from portal.complaints.people import access_for
from portal.db import db
from portal.identity.models import User

MOST = 5_000
"""How many complaints or drafts are opened at most, the newest first."""
Fits = Callable[[Content], bool]


def filed_by(fits: Fits) -> Sequence[Complaint]:
    """The complaints whose content fits, the newest first, whoever may read them."""
    rows = db.session.execute(
        select(Complaint.id, Complaint.sealed_content)
        .where(Complaint.erased_on.is_(None))
        .order_by(Complaint.id.desc())
        .limit(MOST)
    )
    ids = [number for number, content in rows if fits(from_json(content))]
    if not ids:
        return []
    return db.session.scalars(
        select(Complaint).where(Complaint.id.in_(ids)).order_by(Complaint.id.desc())
    ).all()


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


def drafts_by(fits: Fits) -> Sequence[ComplaintDraft]:
    """What somebody is filling in whose content fits. That it is there; what it says is shown to nobody."""
    drafts = db.session.scalars(
        select(ComplaintDraft)
        .order_by(ComplaintDraft.id.desc())
        .limit(MOST)
        .execution_options(populate_existing=True)
    )
    return [draft for draft in drafts if fits(filing.from_json(draft.body).content)]


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
