"""What is known of who complained can change, and everything that depends on it changes with it."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.audit.models import AuditEvent
from portal.complaints import people
from portal.complaints.content import Reach
from portal.complaints.models import Complaint, index_of_email
from portal.complaints.rules import Domain, Route, Step
from portal.db import db
from portal.identity.rules import Role
from portal.surveys.inviting.indexes import email_index, phone_index, waiting_index
from portal.surveys.inviting.models import NoContact
from tests.complaints.handling import team
from tests.complaints.people import CONTENT, filed, handled_by, staff, taken
from tests.conftest import SignIn

NEW = {
    "name": "Proefpersoon Verhuisd",
    "email": "anders@voorbeeld.example",
    "phone": "06 8765 4321",
    "street": "Nieuweweg 2",
    "postcode": "2671 AA",
    "place": "Naaldwijk",
    "reach": ["sms"],
    "language": "en",
    "young": "y",
}


@pytest.fixture
def coordinator(sign_in: SignIn) -> FlaskClient:
    return sign_in(Role.COMPLAINTS)


def address(complaint: Complaint) -> str:
    return f"/{complaint.reference}/gegevens"


def opened(client: FlaskClient, complaint: Complaint) -> str:
    """What the page saw of the complaint."""
    return team.hidden(client.get(team.HOME + address(complaint)), "steps")


def left_alone() -> set[str]:
    db.session.rollback()
    return set(db.session.scalars(select(NoContact.value_index)))


def waiting(*found: str) -> set[str]:
    return {waiting_index(index) for index in found}


def test_everything_changes_at_once(coordinator: FlaskClient) -> None:
    complaint = filed()
    page = coordinator.get(team.HOME + address(complaint)).text
    for known in (CONTENT.name, CONTENT.email, CONTENT.street, CONTENT.place.split("-")[-1]):
        assert known in page
    said = team.press(coordinator, address(complaint), steps=opened(coordinator, complaint), **NEW)
    assert "Bewaard." in said and "Proefpersoon Verhuisd" in said
    changed = team.fresh(complaint)
    content = changed.content
    assert (content.email, content.street, content.reach) == (NEW["email"], NEW["street"], (Reach.SMS,))
    assert (content.what, content.about) == (CONTENT.what, CONTENT.about), "what was told stays"
    assert (content.formal_by_email, content.voicemail) == (False, False)
    assert (changed.language, changed.young) == ("en", True)


def test_what_finds_it_follows_and_who_is_left_alone_too(coordinator: FlaskClient) -> None:
    complaint = filed()
    before = complaint.email_index, complaint.phone_index
    assert left_alone() == waiting(email_index(CONTENT.email), phone_index("+31612345678"))
    team.press(coordinator, address(complaint), steps=opened(coordinator, complaint), **NEW)
    changed = team.fresh(complaint)
    assert changed.email_index not in (None, before[0]) and changed.phone_index not in (None, before[1])
    assert changed.email_index == filed(content={"email": str(NEW["email"])}).email_index
    assert waiting(email_index(str(NEW["email"])), phone_index("+31687654321")) <= left_alone()


def test_what_ended_asks_nobody_to_be_left_alone(coordinator: FlaskClient) -> None:
    complaint = taken(filed(), Step.WITHDRAW)
    team.press(coordinator, address(complaint), steps=opened(coordinator, complaint), **NEW)
    assert left_alone() == set()


def test_which_fields_changed_is_recorded_and_never_what_they_say(coordinator: FlaskClient) -> None:
    complaint = filed()
    same = {
        "name": CONTENT.name,
        "email": CONTENT.email,
        "phone": CONTENT.phone,
        "street": CONTENT.street,
        "postcode": CONTENT.postcode,
        "place": "Elders",
        "reach": list(CONTENT.reach),
        "formal_by_email": "y",
        "language": "nl",
    }
    team.press(coordinator, address(complaint), steps=opened(coordinator, complaint), **same)
    again = team.press(coordinator, address(complaint), steps=opened(coordinator, complaint), **same)
    assert "Er is niets veranderd." in again
    db.session.rollback()
    (event,) = db.session.scalars(select(AuditEvent).where(AuditEvent.event == "complaint.details")).all()
    named = set(event.details["fields"].split(", "))
    assert "place" in named and named <= {"place", "phone"}, "a number is written in one way"
    assert event.details["complaint"] == complaint.reference


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"email": "geen adres"}, "Dit is geen e-mailadres."),
        ({"phone": "12"}, "Dit nummer kennen we niet."),
        ({"reach": ["email"], "email": ""}, "Vul het e-mailadres in"),
        ({"reach": ["letter"], "street": ""}, "Vul het adres in"),
        ({"reach": ["pigeon"]}, "Kies iets uit de lijst."),
        ({"language": "xx"}, "Kies iets uit de lijst."),
        ({"formal_by_email": "y"}, "Kies hoe de klager dat zei"),
    ],
)
def test_what_is_wrong_changes_nothing(
    coordinator: FlaskClient, wrong: dict[str, object], message: str
) -> None:
    complaint = filed(content={"formal_by_email": False})
    response = team.post(
        coordinator, address(complaint), steps=opened(coordinator, complaint), **(NEW | wrong)
    )
    assert response.status_code == 422 and message in team.said(response)
    assert "<title>Fout: " in response.text and "Proefpersoon Verhuisd" in response.text
    assert team.fresh(complaint).content.name == CONTENT.name


def test_letters_go_digitally_once_somebody_said_so(coordinator: FlaskClient) -> None:
    complaint = filed(content={"formal_by_email": False})
    given = NEW | {"formal_by_email": "y", "said": "call", "reach": ["sms", "email"]}
    said = team.press(coordinator, address(complaint), steps=opened(coordinator, complaint), **given)
    assert "digitaal, uitdrukkelijk goedgevonden (aan de telefoon gezegd)" in said
    content = team.fresh(complaint).content
    assert content.formal_by_email and Reach.EMAIL in content.reach
    # It stays said until it is taken back.
    team.press(
        coordinator,
        address(complaint),
        steps=opened(coordinator, complaint),
        **(NEW | {"formal_by_email": "y", "reach": ["sms", "email"]}),
    )
    assert team.fresh(complaint).content.formal_said == "Aan de telefoon gezegd"
    team.press(coordinator, address(complaint), steps=opened(coordinator, complaint), **NEW)
    assert team.fresh(complaint).content.formal_said == ""


def test_what_another_changed_meanwhile_is_not_lost(coordinator: FlaskClient) -> None:
    complaint = filed()
    behind = opened(coordinator, complaint)
    other = NEW | {"name": "Door een ander"}
    team.press(coordinator, address(complaint), steps=behind, **other)
    refused = team.post(coordinator, address(complaint), steps=behind, **NEW)
    assert refused.status_code == 422 and "Er is intussen iets veranderd" in team.said(refused)
    assert team.fresh(complaint).content.name == "Door een ander"
    team.press(coordinator, address(complaint), steps=team.hidden(refused, "steps"), **NEW)
    assert team.fresh(complaint).content.name == NEW["name"]


def test_for_who_handles_it_and_nobody_else(sign_in: SignIn, client: FlaskClient) -> None:
    complaint = filed()
    for page in ("gegevens", "doorsturen"):
        assert sign_in(Role.QUALITY).get(f"{team.HOME}/{complaint.reference}/{page}").status_code == 403
    handler = handled_by(complaint, staff(Role.QUALITY))
    mine = team.enter(client.application, handler)
    for page in ("gegevens", "doorsturen"):
        assert mine.get(f"{team.HOME}/{complaint.reference}/{page}").status_code == 200
    with team.held(complaint) as held:
        people.add_concerned(held, "test", name="Behandelaar", email="iemand@voorbeeld.example")
        held.concerned[0].email = handler.email
    assert index_of_email(handler.email) == team.fresh(complaint).concerned[0].email_index
    assert mine.get(f"{team.HOME}/{complaint.reference}/gegevens").status_code == 404


def test_the_case_leads_there(coordinator: FlaskClient) -> None:
    complaint = filed()
    page = coordinator.get(f"{team.HOME}/{complaint.reference}").text
    assert f'href="{team.HOME}/{complaint.reference}/gegevens"' in page


def test_the_sheet_that_goes_along_says_everything(coordinator: FlaskClient) -> None:
    complaint = filed(
        route=Route.OBJECTION, content={"decision_sent_on": "2026-01-31", "wish_other": "een besluit"}
    )
    sheet = f"/{complaint.reference}/doorsturen"
    assert sheet in coordinator.get(f"{team.HOME}/{complaint.reference}").text
    said = team.words(coordinator, sheet)
    for told in (
        CONTENT.what,
        CONTENT.when,
        CONTENT.about,
        CONTENT.name,
        CONTENT.street,
        CONTENT.email,
        "een besluit",
        "zaterdag 31 januari 2026",
        "Ontvangen op",
        "Awb 6:15",
        "Geen voicemail inspreken",
    ):
        assert told in said, told
    ours = filed()
    assert f"/{ours.reference}/doorsturen" not in coordinator.get(f"{team.HOME}/{ours.reference}").text


def test_danger_stands_on_top_and_names_who_to_call(coordinator: FlaskClient) -> None:
    late, danger = filed(), filed(route=Route.DANGER)
    with team.held(late) as held:
        held.received_on = held.received_on.replace(year=held.received_on.year - 1)
    page = team.words(coordinator)
    assert page.index(danger.reference) < page.index(late.reference)
    assert f"{danger.reference} gevaar" in page and f"{late.reference} gevaar" not in page
    case = team.words(coordinator, f"/{danger.reference}")
    assert "overleg eerst met Veilig Thuis (meldcode)" in case and "0800-2000" in case and "112" in case
    assert "Veilig Thuis" not in team.words(coordinator, f"/{late.reference}")


def test_who_may_not_be_called_is_written_to(coordinator: FlaskClient) -> None:
    callable_ = taken(filed(), Step.ACKNOWLEDGE)
    assert "Nu: bellen" in team.words(coordinator, f"/{callable_.reference}")
    for content in ({"phone": ""}, {"reach": (Reach.EMAIL,)}):
        complaint = taken(filed(content=content), Step.ACKNOWLEDGE)
        said = team.words(coordinator, f"/{complaint.reference}")
        assert "Nu: de klager schrijven" in said and "Schrijf een bericht" in said


def test_a_committee_is_named_once(coordinator: FlaskClient) -> None:
    complaint = taken(filed(domain=Domain.YOUTH), Step.ACKNOWLEDGE, Step.COMMITTEE)
    said = team.words(coordinator, f"/{complaint.reference}")
    assert "Jeugdwet, met klachtencommissie" in said and "met commissie" not in said
