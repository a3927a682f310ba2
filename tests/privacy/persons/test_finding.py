"""Everything about one person is found by each of three ways, and by nobody who may not see it."""

import re
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from structlog.testing import capture_logs

from portal.audit.models import AuditEvent
from portal.complaints import people as complaint_people
from portal.db import db, transaction
from portal.identity.models import User
from portal.identity.rules import Role
from portal.tasks import operations as tasks
from tests.complaints.people import filed, handled_by, staff
from tests.complaints.together import held
from tests.conftest import SignIn
from tests.privacy.persons.household import (
    CASE,
    CONFIRM,
    COPY,
    EMAIL,
    ERASE,
    FILE,
    FOUND,
    HOME,
    NAME,
    PARTNER,
    PARTNER_EMAIL,
    PHONE,
    WORDS,
    all_of,
    candidates,
    chosen,
    doubts,
    everything,
    offered,
    sealed,
    seek,
    send,
)
from tests.signed_in import let_in
from tests.surveys.inviting.people import person
from tests.talks.evenings import evening, signed_up, somebody

ALL = (Role.QUALITY, Role.COMPLAINTS, Role.TALKS)
ONE_OF_EVERYTHING = {"invitation", "call", "left_alone", "sign_up", "member", "complaint", "complaint_draft"}


@pytest.fixture
def handler(sign_in: SignIn) -> FlaskClient:
    """Somebody who may see every part."""
    return sign_in(*ALL)


def _kinds(page: object) -> set[str]:
    return {key.split(":")[0] for key, ticked in offered(page).items() if ticked}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "typed",
    [
        EMAIL,
        EMAIL.upper(),
        f"  {EMAIL} ",
        "06 1234 5678",
        "0612345678",
        "+31 6-12345678",
        CASE,
        CASE.upper(),
        f" {CASE} ",
    ],
)
def test_one_of_everything_is_found_by_each_way(handler: FlaskClient, typed: str) -> None:
    everything()
    # By address or by case both of the household come up, who share a telephone.
    page = chosen(handler, typed, NAME)
    assert {key.split(":")[0] for key in offered(page)} == ONE_OF_EVERYTHING
    # What bears no name can be the partner's: staff say whose it is.
    assert _kinds(page) == ONE_OF_EVERYTHING - {"left_alone", "member"}
    text = page.get_data(as_text=True)
    assert text.count(NAME) >= 3 and WORDS in text
    assert PARTNER_EMAIL not in text
    assert "Onder hetzelfde adres of dezelfde zaak staan ook: Pieter de Proef." in text


def test_the_partners_sign_up_under_the_shared_telephone_is_not_ticked(handler: FlaskClient) -> None:
    everything()
    ticks = [
        ticked for key, ticked in offered(chosen(handler, EMAIL, NAME)).items() if key.startswith("sign_up")
    ]
    assert sorted(ticks) == [False, True]


def test_somebody_alone_need_not_be_chosen(handler: FlaskClient) -> None:
    person(NAME, case="Z-1", email=EMAIL, phone=PHONE)
    person(NAME, case="Z-2", email="oud@voorbeeld.example", phone=PHONE)
    page = seek(handler, EMAIL)
    assert sorted(offered(page).values()) == [True, True], "also under another address, by the telephone"
    assert "oud@voorbeeld.example" in page.get_data(as_text=True)


def test_two_names_of_one_person_can_both_be_chosen(handler: FlaskClient) -> None:
    person(NAME, case=CASE, email=EMAIL)
    person("Z. de Proef", case=CASE, email=EMAIL)
    assert len(offered(chosen(handler, EMAIL, NAME, "Z. de Proef"))) == 2


def test_nobody_of_them_it_can_be_too(handler: FlaskClient) -> None:
    everything()
    page = seek(handler, PHONE)
    page = send(handler, FOUND, ask=sealed(page), who="nobody")
    assert {key.split(":")[0] for key in offered(page)} >= {"sign_up", "complaint"}
    assert not any(key.startswith("invitation") for key in offered(page))


def test_nobody_chosen_is_asked_again(handler: FlaskClient) -> None:
    everything()
    page = send(handler, FOUND, ask=sealed(seek(handler, CASE)))
    assert page.status_code == 422 and "Kruis aan wie het vraagt" in page.get_data(as_text=True)
    again = send(handler, FOUND, ask=sealed(chosen(handler, CASE, NAME)), anew="yes")
    assert again.status_code == 200 and set(candidates(again)) == {NAME, PARTNER}


def test_an_unknown_person_gets_an_honest_page(handler: FlaskClient) -> None:
    page = seek(handler, "niemand@voorbeeld.example").get_data(as_text=True)
    assert "Wij vonden niets." in page
    assert "niemand@voorbeeld.example" in page, "what was sought stays visible"
    assert "Antwoorden die verstuurd zijn." in page, "what nobody can find is named"


def test_no_two_things_have_one_name_on_the_page(handler: FlaskClient) -> None:
    """Who hears the page must know which tick is for what."""
    person(NAME, case=CASE, email=EMAIL)
    person(NAME, case=CASE, email=EMAIL)
    number = evening()
    for contact, name in ((EMAIL, "Zoë"), (PHONE, "Pieter")):
        wanted = somebody(contact)
        signed_up(number, replace(wanted, person=replace(wanted.person, first_name=name)))
    for times in range(2):
        filed(content={"name": NAME, "email": EMAIL, "phone": "06 12345678"})
        with transaction():
            tasks.add("call_back", f"{times}", {"name": NAME, "phone": PHONE})
    text = seek(handler, EMAIL).get_data(as_text=True)
    labels = re.findall(r'<span class="visually-hidden">: ([^<]+)</span>\s*</span>\s*</label>', text)
    assert len(labels) == len(set(labels)) == 8
    assert {"Aanmelding: Samen met school, Zoë", "Aanmelding: Samen met school, Pieter"} <= set(labels)
    assert "Vraag om gebeld te worden, 2" in labels


def test_what_was_left_out_says_why_beside_it(handler: FlaskClient) -> None:
    everything()
    page = chosen(handler, EMAIL, NAME)
    ticks = offered(page)
    assert set(doubts(page)) == {key for key, ticked in ticks.items() if not ticked}
    assert sorted(doubts(page).values()) == ["andere naam", "geen naam", "geen naam"]
    text = page.get_data(as_text=True)
    assert "Bij sommige gegevens past de naam niet, of er staat geen naam bij." in text
    assert "Alleen wat u aankruist, komt in de download of wordt gewist." in text


def test_the_link_and_the_page_have_one_name_and_there_is_a_way_back(handler: FlaskClient) -> None:
    link = re.search(
        rf'<a[^>]*href="{HOME}"[^>]*>([^<]+)</a>', handler.get("/team/account").get_data(as_text=True)
    )
    page = handler.get(HOME).get_data(as_text=True)
    assert link and f"<h1>{link[1].strip()}</h1>" in page
    assert re.search(r'href="/team/account">Terug naar mijn account', page)


def test_errors_get_the_focus(handler: FlaskClient) -> None:
    person(NAME, case=CASE, email=EMAIL)
    person(PARTNER, case=CASE)
    asked = sealed(seek(handler, CASE))
    found = sealed(chosen(handler, CASE, NAME))
    pages = (
        seek(handler, ""),
        send(handler, FOUND, ask=asked),
        send(handler, CONFIRM, ask=found),
        send(handler, ERASE, **all_of(chosen(handler, CASE, NAME)), left_alone="x"),
    )
    for page in pages:
        text = page.get_data(as_text=True)
        assert page.status_code == 422 and "data-focus" in text
        assert re.search(r'<script src="/static/portal\.[^"]+" defer>', text)


# ---- Who may see what ---------------------------------------------------------------------

ASK_COORDINATOR = "Vraag de klachtencoördinator."


def _without_what_differs(page: str) -> str:
    return re.sub(
        r'value="[^"]{40,}"|<strong>\d{4} \d{4}</strong>|[0-9a-f]{8}@voorbeeld\.example|nonce-\S+', "", page
    )


@pytest.mark.parametrize("role", [Role.QUALITY, Role.TALKS])
def test_without_the_role_nobody_learns_that_there_is_a_complaint(sign_in: SignIn, role: Role) -> None:
    client = sign_in(role)
    before = seek(client, "klager@voorbeeld.example").get_data(as_text=True)
    filed(content={"email": "klager@voorbeeld.example", "phone": ""})
    after = seek(client, "klager@voorbeeld.example").get_data(as_text=True)
    assert ASK_COORDINATOR in before
    assert _without_what_differs(before) == _without_what_differs(after)


def test_a_coordinator_whom_it_is_about_learns_nothing_of_it(app: object, sign_in: SignIn) -> None:
    coordinator = staff(Role.COMPLAINTS)
    client = sign_in(Role.COMPLAINTS)
    let_in(client, coordinator)
    before = seek(client, "klager@voorbeeld.example").get_data(as_text=True)
    complaint = filed(content={"email": "klager@voorbeeld.example", "phone": ""})
    with transaction():
        user = db.session.get_one(User, coordinator.id)
        complaint_people.add_concerned(held(complaint), "test", user=user)
    after = seek(client, "klager@voorbeeld.example").get_data(as_text=True)
    assert _without_what_differs(before) == _without_what_differs(after)
    assert "Gaat een klacht over uzelf, dan ziet u die niet." in before


def test_who_handles_a_complaint_sees_that_one_alone(app: object, sign_in: SignIn) -> None:
    mine = filed(content={"email": EMAIL, "phone": ""})
    other = filed(content={"email": EMAIL, "phone": ""})
    user = handled_by(mine, staff(Role.QUALITY))
    client = sign_in(Role.QUALITY)
    let_in(client, user)
    page = seek(client, EMAIL).get_data(as_text=True)
    assert mine.reference in page and other.reference not in page
    assert ASK_COORDINATOR in page, "there can be more"


@pytest.mark.parametrize(
    ("role", "kinds"),
    [
        (Role.QUALITY, {"invitation", "call", "left_alone"}),
        (Role.TALKS, {"sign_up", "member"}),
        (Role.COMPLAINTS, {"complaint", "complaint_draft"}),
    ],
)
def test_each_sees_the_part_of_the_own_work(sign_in: SignIn, role: Role, kinds: set[str]) -> None:
    everything()
    client = sign_in(role)
    page = seek(client, EMAIL)
    if role is Role.QUALITY:
        page = chosen(client, EMAIL, NAME)
    assert {key.split(":")[0] for key in offered(page)} == kinds


@pytest.mark.parametrize("address", [HOME, FOUND, COPY, FILE, CONFIRM, ERASE])
def test_the_administrator_has_no_business_here(sign_in: SignIn, address: str) -> None:
    client = sign_in(Role.ADMIN)
    assert client.get(address).status_code == 403
    assert send(client, address, typed=EMAIL).status_code in (403, 405)


def test_that_we_wait_because_of_a_complaint_is_not_shown(sign_in: SignIn) -> None:
    """Who complained is not for who sends surveys."""
    person(NAME, case=CASE, email=EMAIL)
    filed(content={"email": EMAIL, "phone": ""})
    page = seek(sign_in(Role.QUALITY), EMAIL)
    assert {key.split(":")[0] for key in offered(page)} == {"invitation"}


def test_a_person_concerned_gets_the_own_words_and_not_the_complainants(handler: FlaskClient) -> None:
    complaint = filed()
    with transaction():
        complaint_people.add_concerned(held(complaint), "test", name="Karel", email="karel@elders.example")
    text = seek(handler, "Karel@elders.example").get_data(as_text=True)
    assert complaint.reference in text and "Karel" in text
    assert complaint.content.what not in text and complaint.content.name not in text


def test_an_account_is_named(handler: FlaskClient) -> None:
    user = staff(Role.TALKS)
    assert {key.split(":")[0] for key in offered(seek(handler, user.email))} == {"account"}


# ---- What is recorded, and what is not ----------------------------------------------------


def test_seeking_is_recorded_with_a_number_and_without_the_person(handler: FlaskClient) -> None:
    household = everything()
    page = chosen(handler, CASE, NAME)
    number = re.search(r"<strong>(\d{4} \d{4})</strong>", page.get_data(as_text=True))
    assert number
    events = list(db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)))
    sought = [event for event in events if event.event == "person.sought"]
    assert [event.details["how"] for event in sought] == ["case", "case"]
    assert {event.details["request"] for event in sought} == {number[1]}
    seen = [event.details for event in events if event.event == "complaint.seen"]
    assert seen == [{"complaint": household.complaint, "what": "person"}]
    said = "".join(str(event.details) for event in events)
    assert not [word for word in (EMAIL, PHONE, CASE, NAME, "12345678") if word.casefold() in said.casefold()]


def test_what_was_sought_is_in_no_log(handler: FlaskClient) -> None:
    everything()
    with capture_logs() as logged:
        chosen(handler, EMAIL, NAME)
        chosen(handler, CASE, NAME)
    assert [line for line in logged if line.get("rule") == FOUND]
    said = str(logged).casefold()
    assert not [word for word in (EMAIL, NAME, PHONE, CASE) if word.casefold() in said]


def test_it_costs_a_bounded_number_of_statements(handler: FlaskClient, statements: list[str]) -> None:
    everything()
    for number in range(4):
        person(NAME, case=f"Z-{number}", email=EMAIL, phone=PHONE)
    asked = seek(handler, EMAIL)
    form = {"ask": sealed(asked), "who": candidates(asked)[NAME]}
    statements.clear()
    send(handler, FOUND, **form)
    few = len(statements)
    for number in range(20):
        person(NAME, case=f"Y-{number}", email=EMAIL, phone=PHONE)
    statements.clear()
    page = send(handler, FOUND, **form)
    assert sum(key.startswith("invitation") for key in offered(page)) == 25
    assert len(statements) == few <= 45, statements


# ---- Bad input ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "status"),
    [
        ("", 422),
        ("   ", 422),
        ("\0", 422),
        ("zoe@", 422),
        ("x" * 10_000, 422),
        ("<script>alert(1)</script>", 200),
        ("\ud83d\ude00 zaak", 422),
        ("\ud83d\ude00 zaak 7", 200),
        ("zoe\0@voorbeeld.example", 200),
        ("%' OR 1=1 --", 200),
    ],
)
def test_whatever_is_typed_gets_a_page(handler: FlaskClient, typed: str, status: int) -> None:
    typed = typed.encode("utf-16", "surrogatepass").decode("utf-16")
    page = seek(handler, typed)
    assert page.status_code == status
    assert "<script>alert" not in page.get_data(as_text=True)


@pytest.mark.parametrize("address", [FOUND, COPY, FILE, CONFIRM, ERASE])
def test_a_page_that_is_not_ours_does_nothing(handler: FlaskClient, address: str) -> None:
    for ask in ("x", "x" * 10_000, "\0", "gAAAAAA", "é"):
        page = send(handler, address, ask=ask, take="invitation:1", left_alone="keep")
        assert page.status_code == 409, address
        assert "Er is niets veranderd. Zoek nog een keer." in page.get_data(as_text=True)


def test_a_colleagues_page_is_not_ones_own(handler: FlaskClient, sign_in: SignIn) -> None:
    everything()
    ask = sealed(chosen(handler, EMAIL, NAME))
    page = send(sign_in(Role.TALKS), FILE, ask=ask, take="sign_up:1")
    assert page.status_code == 409


@pytest.mark.parametrize("address", [FOUND, COPY, FILE, CONFIRM, ERASE])
def test_opened_again_it_leads_to_the_one_field(handler: FlaskClient, address: str) -> None:
    page = handler.get(address)
    assert page.status_code == 303 and page.location.endswith(HOME)
