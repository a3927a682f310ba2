"""While a complaint is handled, nobody at its addresses is asked how the help was."""

from collections.abc import Sequence

import pytest
from sqlalchemy import select

from portal.complaints.models import Complaint
from portal.complaints.rules import Step
from portal.db import db, transaction
from portal.surveys.inviting import indexes
from portal.surveys.inviting.models import NoContact
from portal.surveys.inviting.operations import addresses_of, leave_alone
from portal.surveys.inviting.rules import StopReason
from tests.complaints.people import CONTENT, filed, taken

pytestmark = pytest.mark.usefixtures("app")


def left_alone() -> Sequence[tuple[str, str, str]]:
    db.session.rollback()
    rows = select(NoContact.kind, NoContact.value_index, NoContact.reason).order_by(NoContact.kind)
    return [tuple(row) for row in db.session.execute(rows)]


def the_addresses(reason: str = "complaint") -> list[tuple[str, str, str]]:
    return [
        ("email", indexes.email_index(CONTENT.email), reason),
        ("phone", indexes.phone_index("+31612345678"), reason),
    ]


def withdrawn(complaint: Complaint) -> None:
    taken(complaint, Step.WITHDRAW)


def test_from_filing_until_the_end() -> None:
    complaint = filed()
    assert left_alone() == the_addresses()
    withdrawn(complaint)
    assert left_alone() == []


def test_another_complaint_from_the_same_address_still_counts() -> None:
    one, _other = filed(), filed(content={"phone": ""})
    withdrawn(one)
    assert left_alone() == the_addresses()[:1]


def test_one_that_goes_on_after_all_counts_again() -> None:
    complaint = taken(filed(), Step.ACKNOWLEDGE, Step.CALL, Step.SOLVE)
    assert left_alone() == []
    taken(complaint, Step.RESUME)
    assert left_alone() == the_addresses()


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
