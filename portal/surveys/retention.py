"""Forgetting who was asked, and what people wrote. What was counted of them stays as it was."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import and_, delete, func, or_, select, tuple_, update
from sqlalchemy.orm import contains_eager

from portal import clock
from portal.crypto import keyring, new_public_id
from portal.db import db, exclusive
from portal.outbox import retention as outbox
from portal.surveys.inviting.asking import TOPIC
from portal.surveys.inviting.importing import kept_since
from portal.surveys.inviting.models import Contact, ImportFile, NoContact
from portal.surveys.inviting.operations import gather
from portal.surveys.inviting.rules import NotAsked, Protected, StopReason
from portal.surveys.models import Draft, Invitation, Response, ResponseText
from portal.surveys.rules import quarter_of

BATCH = 500
EMPTIED = ""
"""The details of a contact of which only is left why nobody was asked: that is counted until the year is over."""
_QUIETLY: dict[str, Any] = {"synchronize_session": False}


# ---- Who was asked, and how they were reached ----------------------------------------------


def contacts_standing(before: date) -> tuple[int, int, date | None, int]:
    """(invitations of which is known whose they are; closed before this day; the first day on which one closed that
    stays; 0)."""
    there, due, oldest = db.session.execute(
        select(
            func.count(),
            func.count().filter(Invitation.closes_on < before),
            func.min(Invitation.closes_on).filter(Invitation.closes_on >= before),
        ).where(~Invitation.forgotten)
    ).one()
    return there, due, oldest, 0


def purge_contacts(before: date) -> int:
    """Forget whom a batch of invitations was for that closed before this day, in the running transaction.

    The invitation itself stays, because the response counts it; where nobody was asked, why stays until the year
    is over. Somebody who is sent a message right now waits for the next time. Returns how many were forgotten.
    """
    people = _held(before)
    busy = outbox.being_sent(TOPIC, [one.public_id for one in people])
    mine = [one for one in people if one.public_id not in busy]
    outbox.call_off(TOPIC, [one.public_id for one in mine])
    ids = [one.id for one in mine]
    _gather(ids)
    unasked = _taken_in_too_late(ids, clock.today() - before)
    _forget_contacts(ids)
    db.session.execute(delete(Invitation).where(Invitation.id.in_(unasked)).execution_options(**_QUIETLY))
    for one in mine:
        db.session.execute(
            update(Invitation)
            .where(Invitation.id == one.id)
            .values(_counted(one.invited_on, one.closes_on))
            .execution_options(**_QUIETLY)
        )
    return len(ids)


def _taken_in_too_late(ids: Sequence[int], term: timedelta) -> list[int]:
    """Who was past the term already when an export named them once more, and so was never asked: of them not even
    that stays, or each old export would be counted anew."""
    rows = db.session.execute(
        select(Contact.invitation_id, Contact.not_asked_on, Invitation.closes_on)
        .join(Contact.invitation)
        .where(
            Contact.invitation_id.in_(ids),
            Contact.not_asked == NotAsked.TOO_OLD,
            Invitation.invited_on.is_(None),
            ~or_(Invitation.delivered, Invitation.started, Invitation.completed, Invitation.opted_out),
        )
    )
    return [number for number, on, closed_on in rows if on is not None and closed_on < on - term]


def _counted(invited_on: date | None, closes_on: date) -> dict[str, object]:
    """What takes the place of everything by which somebody could be known: at so few people a day and a team are a
    name (design 4.1). The response counts by the month. Another link and code, so that no mail or letter leads here."""
    keys, public_id = keyring(), new_public_id()
    return {
        "public_id": public_id,
        "link_key_id": keys.link_key_id,
        "code_index": keys.index("code", keys.code(public_id, keys.link_key_id)),
        "invited_on": invited_on.replace(day=1) if invited_on else None,
        "closes_on": closes_on.replace(day=1),
        "team": "",
        "language": "nl",
        "parenting_help": False,
        "call_requested": False,
        "family_links": 0,
        **dict.fromkeys(("name", "perspective", "sent_from")),
        "forgotten": True,
    }


def _gather(ids: Sequence[int]) -> None:
    """Of who asked to be left alone before that was kept as one: now is the last time that it is known whose it is."""
    by_itself = select(NoContact.id).where(
        NoContact.group_index == "",
        NoContact.reason == StopReason.OPTED_OUT,
        NoContact.kind != Protected.CASE,
    )
    if db.session.scalar(by_itself.limit(1)) is None:
        return
    opted_out = (
        select(Contact)
        .join(Contact.invitation)
        .where(
            Contact.invitation_id.in_(ids), Contact.details_index != EMPTIED, Invitation.opted_out.is_(True)
        )
        .options(contains_eager(Contact.invitation))
    )
    for contact in db.session.scalars(opted_out):
        gather(contact)


def _forget_contacts(ids: Sequence[int]) -> None:
    theirs = Contact.invitation_id.in_(ids)
    new_year = date(clock.today().year, 1, 1)
    # Of earlier years nobody counts why they were not asked, whoever is forgotten today.
    is_counted = and_(Contact.not_asked_on.is_not(None), Contact.not_asked_on >= new_year)
    db.session.execute(
        delete(Contact)
        .where(or_(and_(theirs, ~is_counted), and_(Contact.details_index == EMPTIED, ~is_counted)))
        .execution_options(**_QUIETLY)
    )
    for number, on in db.session.execute(
        select(Contact.invitation_id, Contact.happened_on).where(theirs)
    ).all():
        mark = keyring().index("forgotten", new_public_id())
        db.session.execute(
            update(Contact)
            .where(Contact.invitation_id == number)
            .values(
                identity_index=mark,
                case_index=mark,
                details_index=EMPTIED,
                case_number="",
                happened_on=on.replace(day=1),
                **dict.fromkeys(
                    (
                        *("next_on", "email", "email_index", "phone", "phone_index"),
                        *("street", "postcode", "place", "post_index"),
                    )
                ),
            )
            .execution_options(**_QUIETLY)
        )


class _Person(NamedTuple):
    id: int
    public_id: str
    invited_on: date | None
    closes_on: date


def _held(before: date) -> list[_Person]:
    """A batch of those invitations, held until the transaction ends; without those that somebody else holds."""
    found = db.session.execute(
        select(Invitation.id, Invitation.public_id, Invitation.invited_on, Invitation.closes_on)
        .where(Invitation.closes_on < before, ~Invitation.forgotten)
        .order_by(Invitation.id)
        .limit(BATCH)
        .with_for_update(of=Invitation, skip_locked=True)
    ).all()
    people = [_Person(*row) for row in found]
    ids = [one.id for one in people]
    theirs = select(Contact.invitation_id).where(Contact.invitation_id.in_(ids))
    held = set(db.session.scalars(theirs.with_for_update(skip_locked=True)))
    busy = set(db.session.scalars(theirs)) - held
    return [one for one in people if one.id not in busy]


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


# ---- What was not sent, and what was not taken in ------------------------------------------


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


def purge_drafts(before: date) -> int:
    """Throw away a batch of drafts of links that closed before this day, unread, in the running transaction; how
    many."""
    closed = db.session.scalars(
        select(Draft.invitation_id)
        .join(Invitation, Invitation.id == Draft.invitation_id)
        .where(Invitation.closes_on < before)
        .order_by(Draft.invitation_id)
        .limit(BATCH)
        .with_for_update(of=Draft, skip_locked=True)
    ).all()
    db.session.execute(delete(Draft).where(Draft.invitation_id.in_(closed)).execution_options(**_QUIETLY))
    return len(closed)


def uploads_standing(_before: date) -> tuple[int, int, date | None, int]:
    """(uploaded exports there are; kept long enough; the day on which the oldest came that stays; 0)."""
    is_old = ImportFile.uploaded_at < kept_since()
    there, due, oldest = db.session.execute(
        select(
            func.count(),
            func.count().filter(is_old),
            func.min(ImportFile.uploaded_at).filter(~is_old),
        ).select_from(ImportFile)
    ).one()
    return there, due, clock.local(oldest).date() if oldest else None, 0


def purge_uploads(_before: date) -> int:
    """Throw away the exports that nobody took in in time, in the running transaction; how many."""
    old = delete(ImportFile).where(ImportFile.uploaded_at < kept_since()).returning(ImportFile.id)
    return len(db.session.scalars(old.execution_options(**_QUIETLY)).all())
