"""Forgetting who was asked, and what people wrote. What was counted of them stays as it was."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, delete, func, or_, select, tuple_, update

from portal import clock
from portal.db import db, exclusive
from portal.outbox import retention as outbox
from portal.surveys.inviting.asking import TOPIC
from portal.surveys.inviting.importing import UPLOAD_KEPT
from portal.surveys.inviting.models import Contact, ImportFile
from portal.surveys.models import Draft, Invitation, Response, ResponseText
from portal.surveys.rules import quarter_of

BATCH = 500
EMPTIED = ""
"""The details of a contact of which only is left why nobody was asked: that is counted until the year is over."""


# ---- Who was asked, and how they were reached ----------------------------------------------


def contacts_standing(before: date) -> tuple[int, int, date | None, int]:
    """(invitations that name somebody; closed before this day; the first day on which one closed that stays; 0)."""
    there, due, oldest = db.session.execute(
        select(
            func.count(),
            func.count().filter(Invitation.closes_on < before),
            func.min(Invitation.closes_on).filter(Invitation.closes_on >= before),
        )
        .select_from(Invitation)
        .outerjoin(Contact, Contact.invitation_id == Invitation.id)
        .where(_names_somebody())
    ).one()
    return there, due, oldest, 0


def purge_contacts(before: date) -> int:
    """Forget whom a batch of invitations was for that closed before this day, in the running transaction.

    The invitation itself stays, because the response counts it; where nobody was asked, why stays until the year
    is over. Somebody who is sent a message right now waits for the next time. Returns how many were forgotten.
    """
    people = _held(before)
    busy = outbox.being_sent(TOPIC, [public_id for _id, public_id in people])
    ids = [number for number, public_id in people if public_id not in busy]
    outbox.call_off(TOPIC, [public_id for _id, public_id in people if public_id not in busy])
    quietly = {"synchronize_session": False}
    theirs = Contact.invitation_id.in_(ids)
    new_year = date(clock.today().year, 1, 1)
    db.session.execute(
        delete(Contact)
        .where(theirs, or_(Contact.not_asked_on.is_(None), Contact.not_asked_on < new_year))
        .execution_options(**quietly)
    )
    mark = select(Invitation.public_id).where(Invitation.id == Contact.invitation_id).scalar_subquery()
    db.session.execute(
        update(Contact)
        .where(theirs)
        .values(
            identity_index=mark,
            case_index=mark,
            details_index=EMPTIED,
            case_number="",
            next_on=None,
            **dict.fromkeys(
                ("email", "email_index", "phone", "phone_index", "street", "postcode", "place", "post_index")
            ),
        )
        .execution_options(**quietly)
    )
    # Of earlier years nobody counts why they were not asked.
    db.session.execute(
        delete(Contact)
        .where(Contact.details_index == EMPTIED, Contact.not_asked_on < new_year)
        .execution_options(**quietly)
    )
    db.session.execute(
        update(Invitation).where(Invitation.id.in_(ids)).values(name=None).execution_options(**quietly)
    )
    return len(ids)


def _names_somebody() -> ColumnElement[bool]:
    return or_(Contact.details_index != EMPTIED, Invitation.name.is_not(None))


def _held(before: date) -> Sequence[tuple[int, str]]:
    """A batch of those invitations, held until the transaction ends; without those that somebody else holds."""
    found = db.session.execute(
        select(Invitation.id, Invitation.public_id)
        .outerjoin(Contact, Contact.invitation_id == Invitation.id)
        .where(Invitation.closes_on < before, _names_somebody())
        .order_by(Invitation.id)
        .limit(BATCH)
        .with_for_update(of=Invitation, skip_locked=True)
    ).all()
    ids = [number for number, _public_id in found]
    theirs = select(Contact.invitation_id).where(Contact.invitation_id.in_(ids))
    held = set(db.session.scalars(theirs.with_for_update(skip_locked=True)))
    busy = set(db.session.scalars(theirs)) - held
    return [(number, public_id) for number, public_id in found if number not in busy]


# ---- What people wrote --------------------------------------------------------------------


def texts_standing(before: date) -> tuple[int, int, date | None, int]:
    """(texts there are; of quarters that ended before this day; the last day of the first quarter of which they
    stay; 0)."""
    first_kept = quarter_of(before)
    there, due, oldest = db.session.execute(
        select(
            func.count(),
            func.count().filter(Response.quarter < first_kept),
            func.min(Response.quarter).filter(Response.quarter >= first_kept),
        )
        .select_from(ResponseText)
        .join(Response, Response.id == ResponseText.response_id)
    ).one()
    return there, due, last_day(oldest) if oldest else None, 0


def purge_texts(before: date) -> int:
    """Throw away a batch of texts of quarters that ended before this day, in the running transaction; how many."""
    # Nobody writes the responses of a pile anew meanwhile.
    exclusive("letterbox")
    found = db.session.execute(
        select(ResponseText.response_id, ResponseText.key)
        .join(Response, Response.id == ResponseText.response_id)
        .where(Response.quarter < quarter_of(before))
        .order_by(ResponseText.response_id, ResponseText.key)
        .limit(BATCH)
    ).all()
    theirs = tuple_(ResponseText.response_id, ResponseText.key).in_([tuple(row) for row in found])
    db.session.execute(delete(ResponseText).where(theirs).execution_options(synchronize_session=False))
    return len(found)


def last_day(quarter: str) -> date:
    """The last day of a quarter, such as 2026-Q4."""
    year, number = int(quarter[:4]), int(quarter[-1])
    following = date(year + number // 4, number % 4 * 3 + 1, 1)
    return date.fromordinal(following.toordinal() - 1)


# ---- What goes by other work, shown only --------------------------------------------------


def drafts_standing(before: date) -> tuple[int, int, date | None, int]:
    """(drafts there are; of links that closed before this day; the first day on which one closes that stays; 0)."""
    there, due, oldest = db.session.execute(
        select(
            func.count(),
            func.count().filter(Invitation.closes_on < before),
            func.min(Invitation.closes_on).filter(Invitation.closes_on >= before),
        )
        .select_from(Draft)
        .join(Invitation, Invitation.id == Draft.invitation_id)
    ).one()
    return there, due, oldest, 0


def uploads_standing(_before: date) -> tuple[int, int, date | None, int]:
    """(uploaded exports there are; of more than a day ago; the day on which the oldest came that stays; 0)."""
    is_old = ImportFile.uploaded_at < clock.now() - UPLOAD_KEPT
    there, due, oldest = db.session.execute(
        select(
            func.count(),
            func.count().filter(is_old),
            func.min(ImportFile.uploaded_at).filter(~is_old),
        ).select_from(ImportFile)
    ).one()
    return there, due, clock.local(oldest).date() if oldest else None, 0
