"""What stopped and goes on after all, and what waits while something changes: nothing old counts as new."""

from flask.testing import FlaskClient
from sqlalchemy import select

from portal.complaints import operations, people
from portal.complaints.content import Reach
from portal.complaints.handling import step_operations
from portal.complaints.handling.step_operations import Given
from portal.complaints.letters import By, Kind
from portal.complaints.models import ComplaintLetter
from portal.complaints.operations import Filed
from portal.complaints.rules import Domain, Route, Step, Via
from portal.db import db, transaction
from portal.identity.models import User
from portal.identity.rules import Role
from portal.outbox.models import Message
from tests.complaints.concerned.scene import TO_COPY, Scene, said, scene
from tests.complaints.handling import team
from tests.complaints.people import CONTENT, filed, kept_letter, staff
from tests.complaints.steps.desk import Desk
from tests.complaints.steps.test_steps import NewDesk
from tests.conftest import SignIn

AGAIN = (Step.WITHDRAW, Step.RESUME)


def copied(found: Scene, author: User, key: str) -> tuple[str, ...]:
    """Send the copy as the page does; who gets no mail."""
    with team.held(found.complaint) as complaint:
        mine = db.session.get_one(User, author.id)
        done = step_operations.take(complaint, Step.COPY, Given(), text="", request_key=key, author=mine)
        return done.not_mailed


def mails(template: str) -> list[str | None]:
    db.session.rollback()
    return list(
        db.session.scalars(select(Message.to).where(Message.template == template).order_by(Message.id))
    )


def without_mail(found: Scene) -> None:
    """Somebody more whom it is about, without an e-mail address."""
    with team.held(found.complaint) as complaint:
        people.add_concerned(complaint, "test", name="Papier Persoon", email="")


def test_the_copy_of_what_goes_on_is_sent_again(client: FlaskClient) -> None:
    found, author = scene(*TO_COPY[:-1]), staff(Role.COMPLAINTS)
    assert copied(found, author, "one") == ()
    found.take(*AGAIN, Step.TAKE_UP)
    assert copied(found, author, "two") == (), "there is an e-mail address"
    assert len(mails("complaint_concerned")) == 2


def test_who_has_no_address_is_named_once_the_outcome_can_be_read(sign_in: SignIn) -> None:
    found, coordinator = scene(), sign_in(Role.COMPLAINTS)
    without_mail(found)
    found.judge()
    case = f"/{found.complaint.reference}"
    assert "las de uitkomst nog niet" not in team.words(coordinator, case)
    found.take(Step.TELL)
    assert "Papier Persoon heeft geen e-mailadres en las de uitkomst nog niet." in team.words(
        coordinator, case
    )
    token = next(
        step_operations.notices.keyring().token(one.public_id, one.link_key_id)
        for one in found.person.complaint.concerned
        if not one.email
    )
    assert "De uitkomst van een klacht" in said(sign_in().get(f"/klacht/betrokkene/{token}"))
    assert "las de uitkomst nog niet" not in team.words(coordinator, case)


def test_the_desk_is_told_who_gets_no_mail_of_the_outcome(sign_in: SignIn) -> None:
    found, coordinator = scene(content={"formal_by_email": False}), sign_in(Role.COMPLAINTS)
    without_mail(found)
    found.judge()
    desk = Desk(coordinator, found.complaint.reference)
    desk.take(Step.TELL, findings="Wij lazen het.", conclusions="Wij passen het aan.")
    named = "Papier Persoon heeft geen e-mailadres: geef de link zelf."
    letter = desk.complaint().letters[-1]
    assert named not in team.words(coordinator, f"/{desk.reference}"), "the complainant comes first"
    desk.post_letter(letter.id)
    assert named in team.words(coordinator, f"/{desk.reference}")


def test_an_old_judgment_that_nobody_was_told_stays_with_us(client: FlaskClient) -> None:
    found = scene()
    found.judge()
    found.take(*AGAIN)
    with team.held(found.complaint) as complaint:
        operations.reclassify(complaint, route=Route.TALK, domain=Domain.ADULTS, theme="", actor="test")
    found.take(Step.NOTE)
    assert "Gegrond" not in said(client.get(found.address))


def test_a_hearing_from_before_it_stopped_is_off(client: FlaskClient) -> None:
    found = scene()
    found.plan_hearing()
    found.take(*AGAIN, Step.TAKE_UP, Step.COPY)
    assert operations.case_of(found.person.complaint).hearing_on is None
    assert "Er is nog geen dag gekozen." in said(client.get(found.address))


def test_what_waits_for_the_post_is_kept_from_a_home_that_is_not_safe(sign_in: SignIn) -> None:
    coordinator = sign_in(Role.COMPLAINTS)
    complaint = filed(content={"formal_by_email": False, "reach": (Reach.EMAIL, Reach.LETTER)})
    letter = kept_letter(complaint, Kind.HEARING, "Wij nodigen u uit.")
    brief = f"/{complaint.reference}/brief/{letter}"
    assert CONTENT.street in team.words(coordinator, brief)
    address = f"/{complaint.reference}/gegevens"
    page = coordinator.get(team.HOME + address)
    kept = {
        name: getattr(CONTENT, name) for name in ("name", "email", "phone", "street", "postcode", "place")
    }
    shown = team.press(coordinator, address, **kept, reach=["email"], language="nl", steps=_steps(page.text))
    assert "Wat nog te posten was, geeft u nu zelf" in shown
    assert db.session.get_one(ComplaintLetter, letter, populate_existing=True).channel == By.HAND
    words = team.words(coordinator, brief)
    assert CONTENT.street not in words and "De brief is overhandigd" in words
    assert mails("complaint_notice") == [CONTENT.email], "a copy can be read at once"


def _steps(page: str) -> str:
    return page.split('name="steps"')[1].split('value="')[1].split('"', maxsplit=1)[0]


def test_an_address_that_is_not_safe_any_more_does_not_come_back(sign_in: SignIn) -> None:
    coordinator = sign_in(Role.COMPLAINTS)
    complaint = filed()
    address = f"/{complaint.reference}/gegevens"
    page = coordinator.get(team.HOME + address).text
    refused = team.post(
        coordinator,
        address,
        steps=_steps(page),
        name=CONTENT.name,
        email=CONTENT.email,
        phone=CONTENT.phone,
        reach=["phone"],
        formal_by_email="y",
        language="nl",
    )
    assert refused.status_code == 422
    assert "Digitale brieven komen met een e-mail." in team.said(refused)
    assert Reach.EMAIL in team.fresh(complaint).content.reach, "nothing was kept"


def test_the_day_counts_for_an_objection_that_shows_late(desk: NewDesk) -> None:
    at_desk = desk()
    at_desk.take(Step.ACKNOWLEDGE)
    sheet = f"/{at_desk.reference}/doorsturen"
    assert "6:15" not in team.words(at_desk.client, sheet)
    at_desk.take(Step.FORWARD, to_whom="Gemeente Westland", kind="objection", subject="pgb")
    assert "Deze dag telt voor de termijn" in team.words(at_desk.client, sheet)
    assert "Die dag telt voor de termijn." in at_desk.complaint().letters[-1].words


def test_nobody_is_called_to_a_page_before_the_code_is_there(app: object) -> None:
    content = filed(content={"formal_by_email": False, "reach": (Reach.EMAIL,)}).content
    with transaction():
        complaint = operations.receive(
            Filed(content=content, via=Via.DESK, domain=Domain.ADULTS),
            request_key="desk",
            code_hash="hash",
            code="0123456789AB",
            actor="1",
        )
    letter = kept_letter(complaint, Kind.ACKNOWLEDGEMENT, "Hierbij uw code.")
    assert db.session.get_one(ComplaintLetter, letter).channel == By.HAND
    assert mails("complaint_notice") == []
