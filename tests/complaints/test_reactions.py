"""While a complaint is handled, nobody at its addresses is asked how the help was."""

from collections.abc import Sequence

import pytest
from flask.testing import FlaskClient
from sqlalchemy import LargeBinary, select, type_coerce, update

from portal import clock
from portal.complaints.models import Complaint
from portal.complaints.rules import Step
from portal.db import db, transaction
from portal.outbox.models import Message
from portal.reactions import HANDLERS
from portal.surveys.inviting import importing, indexes
from portal.surveys.inviting.asking import invite, waiting_of
from portal.surveys.inviting.models import Contact, NoContact
from portal.surveys.inviting.operations import addresses_of, leave_alone, new_invitation
from portal.surveys.inviting.rules import StopReason
from portal.surveys.rules import Moment
from tests.complaints.people import CONTENT, filed, taken
from tests.surveys.inviting.exports import export, row
from tests.surveys.inviting.people import Clock
from tests.surveys.inviting.team import give, said

EXPORT = export(row(naam="Klaagt", email=CONTENT.email, telefoon=""))
pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A day and an hour on which messages leave."""
    return Clock(monkeypatch)


def left_alone() -> Sequence[tuple[str, str, str]]:
    db.session.rollback()
    rows = select(NoContact.kind, NoContact.value_index, NoContact.reason).order_by(NoContact.kind)
    return [tuple(row) for row in db.session.execute(rows)]


def waiting() -> list[tuple[str, str, str]]:
    """The addresses as they wait: not by the hash that stands beside a case and a team."""
    return [(kind, indexes.waiting_index(index), reason) for kind, index, reason in the_addresses()]


def the_addresses(reason: str = "complaint") -> list[tuple[str, str, str]]:
    return [
        ("email", indexes.email_index(CONTENT.email), reason),
        ("phone", indexes.phone_index("+31612345678"), reason),
    ]


def withdrawn(complaint: Complaint) -> None:
    taken(complaint, Step.WITHDRAW)


def test_from_filing_until_the_end() -> None:
    complaint = filed()
    assert left_alone() == waiting()
    withdrawn(complaint)
    assert left_alone() == []


def test_the_database_alone_does_not_tell_which_invitation_complained() -> None:
    """No hash that is kept of the complaint stands anywhere else."""
    with transaction():
        invitation = new_invitation(Moment.INTAKE)
        email_index, phone_index = (index for _kind, index, _reason in the_addresses())
        db.session.add(
            Contact(
                invitation=invitation,
                identity_index="i",
                details_index="d",
                case_index="c",
                case_number="Z-1",
                happened_on=clock.today(),
                email=CONTENT.email,
                email_index=email_index,
                phone_index=phone_index,
            )
        )
    filed()
    told = {index for _kind, index, _reason in left_alone()}
    for column in (Contact.email_index, Contact.phone_index, Complaint.email_index, Complaint.phone_index):
        assert told.isdisjoint(db.session.scalars(select(column)))
    with transaction() as session:
        (contact,) = session.scalars(select(Contact))
        assert waiting_of([contact]) == [contact], "and still nobody asks how the help was"


def test_another_complaint_from_the_same_address_still_counts() -> None:
    one, _other = filed(), filed(content={"phone": ""})
    withdrawn(one)
    assert left_alone() == waiting()[:1]


def test_one_that_goes_on_after_all_counts_again() -> None:
    complaint = taken(filed(), Step.ACKNOWLEDGE, Step.CALL, Step.SOLVE)
    assert left_alone() == []
    taken(complaint, Step.RESUME)
    assert left_alone() == waiting()


def test_one_that_cannot_be_read_holds_up_no_other() -> None:
    one, other = filed(), filed(content={"email": "ander@voorbeeld.example", "phone": ""})
    with transaction():
        db.session.execute(
            update(Complaint)
            .where(Complaint.id == other.id)
            .values(sealed_content=type_coerce(b"?", LargeBinary))
        )
    withdrawn(one)
    assert left_alone() == [
        ("email", indexes.waiting_index(indexes.email_index("ander@voorbeeld.example")), "complaint")
    ]


def test_who_waits_is_asked_when_it_ended_and_nobody_sees_why(time: Clock, quality: FlaskClient) -> None:
    complaint = filed()
    preview = said(quality.get(give(quality, EXPORT).location))
    assert "klacht" not in preview.casefold() and "met rust" not in preview
    importing.take_in(EXPORT, "test")
    assert invite() == 0
    contact = db.session.scalars(select(Contact)).one()
    assert (contact.not_asked, contact.invitation.invited_on) == (None, None)
    withdrawn(complaint)
    time.forward(1)
    assert invite() == 1


def test_a_message_that_waits_in_the_outbox_does_not_leave(time: Clock) -> None:
    importing.take_in(EXPORT, "test")
    assert invite() == 1
    message = db.session.scalars(select(Message)).one()
    with transaction():
        assert HANDLERS["survey"].wanted(message)
    filed()
    with transaction():
        assert not HANDLERS["survey"].wanted(db.session.get_one(Message, message.id))
    db.session.expire_all()
    contact = db.session.scalars(select(Contact)).one()
    assert contact.not_asked is None and contact.next_on is not None


def test_what_people_asked_for_themselves_stays() -> None:
    with transaction():
        for protected in addresses_of(CONTENT.email, CONTENT.phone):
            leave_alone(protected, StopReason.OPTED_OUT, "self")
    withdrawn(filed())
    assert left_alone() == the_addresses("opted_out")


def test_what_staff_said_by_hand_stays() -> None:
    with transaction():
        for protected in addresses_of(CONTENT.email, CONTENT.phone):
            leave_alone(protected, StopReason.COMPLAINT, "7")
    withdrawn(filed())
    assert left_alone() == the_addresses()


def test_who_left_no_address_or_a_strange_one_can_complain_as_well() -> None:
    withdrawn(filed(content={"email": "", "phone": "bel maar niet"}))
    assert left_alone() == []
