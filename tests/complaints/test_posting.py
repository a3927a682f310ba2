"""On paper an outcome is told when it was posted: until then the term runs on, and everybody sees it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal import clock
from portal.complaints import dues, letters, operations, reminding
from portal.complaints.dues import Due
from portal.complaints.letters import By, Kind
from portal.complaints.models import Complaint, ComplaintLetter
from portal.complaints.rules import Step, Term
from portal.complaints.settings import is_holiday
from portal.db import db, transaction
from portal.identity.rules import Role
from portal.outbox.models import Message
from tests.complaints.people import filed, kept_letter, staff, taken
from tests.conftest import SignIn

pytestmark = pytest.mark.usefixtures("app")


def not_taken_up_on_paper(days_ago: int = 30) -> tuple[Complaint, int]:
    """A complaint that ended with a letter which lies in the tray; and the number of the letter."""
    complaint = filed(clock.today() - timedelta(days=days_ago))
    taken(complaint, Step.ACKNOWLEDGE, Step.NOT_TAKE_UP)
    return complaint, kept_letter(complaint, Kind.NOT_TAKEN_UP, "Wij behandelen uw klacht niet.", by=By.POST)


def due_of(complaint: Complaint) -> Due | None:
    db.session.rollback()
    db.session.expire_all()
    found = db.session.get_one(Complaint, complaint.id)
    return dues.next_due(operations.case_of(found), is_holiday)


def post(complaint: Complaint, letter: int) -> None:
    with transaction():
        held = operations.locked(complaint.public_id)
        assert held is not None
        letters.posted(held, db.session.get_one(ComplaintLetter, letter), "test")


def test_the_term_runs_on_until_it_is_posted() -> None:
    complaint, letter = not_taken_up_on_paper()
    assert due_of(complaint) == Due(Term.CHOOSE, complaint.not_taken_up_by, by_law=True)
    post(complaint, letter)
    assert due_of(complaint) is None
    assert db.session.get_one(Complaint, complaint.id).ended_on == clock.today()


def test_it_stays_in_the_register_and_on_vandaag(sign_in: SignIn) -> None:
    complaint, letter = not_taken_up_on_paper()
    coordinator = sign_in(Role.COMPLAINTS)
    for address in ("/team/klachten", "/team"):
        page = coordinator.get(address).text
        assert complaint.reference in page and "1 brief te printen" in page, address
    post(complaint, letter)
    assert complaint.reference not in coordinator.get("/team").text


def test_the_coordinator_is_mailed_while_it_is_late() -> None:
    staff(Role.COMPLAINTS)
    complaint, letter = not_taken_up_on_paper(days_ago=60)
    db.session.rollback()
    assert reminding.remind() == 1
    post(complaint, letter)
    db.session.rollback()
    assert reminding.remind() == 0


def notices() -> int:
    db.session.rollback()
    found = db.session.scalars(select(Message).where(Message.template == "complaint_notice"))
    return len(found.all())


def test_what_is_to_be_handed_over_is_announced_at_once_and_told_when_it_was() -> None:
    complaint = filed(clock.today() - timedelta(days=30), content={"formal_by_email": False, "street": ""})
    taken(complaint, Step.ACKNOWLEDGE, Step.NOT_TAKE_UP)
    letter = kept_letter(complaint, Kind.NOT_TAKEN_UP, "Wij behandelen uw klacht niet.")
    assert db.session.get_one(ComplaintLetter, letter).channel == By.HAND
    assert notices() == 1
    assert due_of(complaint) == Due(Term.CHOOSE, complaint.not_taken_up_by, by_law=True), "not told yet"
    post(complaint, letter)
    assert due_of(complaint) is None and notices() == 1


def test_what_goes_by_post_is_announced_when_it_was_posted() -> None:
    complaint, letter = not_taken_up_on_paper()
    assert notices() == 0
    post(complaint, letter)
    post(complaint, letter)
    assert notices() == 1


def test_a_letter_that_brings_the_code_is_not_announced() -> None:
    complaint = filed()
    with transaction():
        held = operations.locked(complaint.public_id)
        assert held is not None
        operations.new_code(held, "0123456789AB", "hash", by_letter=True, actor="test")
    for kind in (Kind.ACKNOWLEDGEMENT, Kind.CODE):
        post(complaint, kept_letter(complaint, kind, "Uw code staat hierbij.", by=By.POST))
    assert notices() == 0


def test_a_letter_that_ends_nothing_holds_nothing_up() -> None:
    complaint = taken(filed(), Step.ACKNOWLEDGE, Step.CALL, Step.SOLVE)
    kept_letter(complaint, Kind.CODE, "Uw nieuwe code.", by=By.POST)
    assert due_of(complaint) is None


def test_a_code_stays_until_its_letter_is_posted_also_when_it_ended() -> None:
    complaint = filed()
    with transaction():
        held = operations.locked(complaint.public_id)
        assert held is not None
        operations.new_code(held, "0123456789AB", "hash", by_letter=True, actor="test")
    letter = kept_letter(complaint, Kind.CODE, "Uw nieuwe code.", by=By.POST)
    taken(complaint, Step.WITHDRAW)
    db.session.expire_all()
    assert db.session.get_one(Complaint, complaint.id).code_sealed == "0123456789AB"
    post(complaint, letter)
    assert db.session.get_one(Complaint, complaint.id).code_sealed is None
