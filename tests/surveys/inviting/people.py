"""People to invite, as the import would have made them, and a clock that stands still."""

from datetime import date, datetime, timedelta

import pytest

from portal import clock
from portal.db import db, transaction
from portal.outbox.models import Message
from portal.surveys.inviting import indexes
from portal.surveys.inviting.models import Contact
from portal.surveys.inviting.operations import new_invitation
from portal.surveys.models import Invitation
from portal.surveys.rules import Moment, Perspective

MONDAY_NOON = datetime(2026, 11, 23, 12, 0, tzinfo=clock.AMSTERDAM)
TODAY = MONDAY_NOON.date()


class Clock:
    """The portal's clock, to be set by a test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.moment = MONDAY_NOON
        monkeypatch.setattr(clock, "now", lambda: self.moment)

    def at(self, hour: int, minute: int = 0, *, day: date | None = None) -> None:
        """Set it, Dutch time."""
        on = day or clock.local(self.moment).date()
        self.moment = datetime(on.year, on.month, on.day, hour, minute, tzinfo=clock.AMSTERDAM)

    def forward(self, days: int) -> None:
        """Let so many days pass."""
        self.at(12, day=clock.local(self.moment).date() + timedelta(days=days))


def person(
    name: str | None = "Proefpersoon",
    *,
    case: str = "Z-1",
    moment: Moment = Moment.INTAKE,
    happened_on: date = TODAY - timedelta(days=3),
    email: str | None = None,
    phone: str | None = None,
    street: str | None = None,
    perspective: Perspective | None = Perspective.PARENT,
    language: str = "nl",
    next_on: date | None = TODAY,
) -> Contact:
    """Somebody who may be asked today."""
    with transaction() as session:
        invitation = new_invitation(
            moment,
            name=name,
            perspective=perspective,
            language=language,
            first_person=perspective is not Perspective.FAMILY_MEMBER,
        )
        session.flush()
        postcode, place = ("2691 ZM", "'s-Gravenzande") if street else (None, None)
        contact = Contact(
            invitation_id=invitation.id,
            identity_index=invitation.public_id,
            details_index=invitation.public_id,
            case_number=case,
            case_index=indexes.case_index(case),
            happened_on=happened_on,
            email=email,
            email_index=indexes.email_index(email) if email else None,
            phone=phone,
            phone_index=indexes.phone_index(phone) if phone else None,
            street=street,
            postcode=postcode,
            place=place,
            post_index=indexes.post_index(name, postcode or "", street) if street else None,
            next_on=next_on,
        )
        contact.invitation = invitation
        session.add(contact)
    return contact


def again(contact: Contact) -> Contact:
    """The same person as the database has it now."""
    db.session.rollback()
    db.session.expire_all()
    found = db.session.get(Contact, contact.invitation_id)
    assert found is not None
    return found


def messages(contact: Contact | None = None) -> list[Message]:
    """What was queued, the oldest first."""
    db.session.rollback()
    db.session.expire_all()
    found = db.session.query(Message).order_by(Message.id).all()
    if contact is None:
        return found
    about = db.session.get(Invitation, contact.invitation_id)
    assert about is not None
    return [message for message in found if message.about == about.public_id]
