"""Which personal links still open something, by the key they were made with: so long that key must stay."""

from collections import Counter

from sqlalchemy import ColumnElement, func, not_, or_, select

from portal import clock
from portal.complaints.concerned.operations import OUTCOME_SHOWN
from portal.complaints.models import Complaint, ComplaintDraft, PersonConcerned
from portal.complaints.rules import ENDED
from portal.crypto import keyring
from portal.db import Base, db
from portal.identity.models import StaffLink
from portal.surveys.models import Invitation
from portal.talks.models import Evening, Member, SignUp
from portal.talks.rules import State


def open_by_key() -> dict[str, Counter[str]]:
    """How many links are open, by the id of their link key and by table."""
    found: dict[str, Counter[str]] = {}
    for model, is_open in _kinds():
        key_id = model.__table__.c.link_key_id
        for one, number in db.session.execute(select(key_id, func.count()).where(*is_open).group_by(key_id)):
            found.setdefault(one, Counter())[model.__tablename__] = number
    return found


def lost() -> Counter[str]:
    """How many open links there are, by table, of which the key is not configured any more."""
    known = keyring().link_key_ids
    gone = (tables for key_id, tables in open_by_key().items() if key_id not in known)
    return sum(gone, Counter())


def _kinds() -> list[tuple[type[Base], list[ColumnElement[bool]]]]:
    today, now = clock.today(), clock.now()
    is_handled = or_(not_(Complaint.stage.in_(ENDED)), Complaint.ended_on >= today - OUTCOME_SHOWN)
    return [
        (Invitation, [not_(Invitation.completed), Invitation.closes_on >= today]),
        (ComplaintDraft, [ComplaintDraft.kept_until >= today]),
        (PersonConcerned, [PersonConcerned.complaint_id.in_(select(Complaint.id).where(is_handled))]),
        # Who is in the circle can leave it for as long as that lasts.
        (Member, []),
        (
            SignUp,
            [
                SignUp.state != State.GONE,
                SignUp.evening_id.in_(select(Evening.id).where(Evening.ends_at > now)),
            ],
        ),
        (StaffLink, [StaffLink.expires_at > now]),
    ]
