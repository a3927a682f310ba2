"""What a person takes along: the own, all of it that may be seen, and nobody else's."""

import json
from typing import Any

import pytest
from babel.dates import format_date
from flask.testing import FlaskClient
from markupsafe import escape
from sqlalchemy import select

from portal import clock
from portal.audit.models import AuditEvent
from portal.complaints.models import Complaint
from portal.db import db, transaction
from portal.identity.rules import Role
from portal.privacy.persons.rules import NeverFound, Part
from portal.profile import profile
from portal.surveys.inviting.models import Contact
from tests.complaints.people import filed
from tests.conftest import SignIn
from tests.pages import check
from tests.privacy.persons.household import (
    CASE,
    COPY,
    EMAIL,
    FILE,
    FOUND,
    NAME,
    PARTNER,
    PARTNER_EMAIL,
    WORDS,
    all_of,
    chosen,
    everything,
    offered,
    own,
    sealed,
    seek,
    send,
)

ALL = (Role.QUALITY, Role.COMPLAINTS, Role.TALKS)


@pytest.fixture
def handler(sign_in: SignIn) -> FlaskClient:
    return sign_in(*ALL)


def _taken(client: FlaskClient, typed: str = EMAIL) -> dict[str, Any]:
    """What the person takes along as a file."""
    found = send(client, FILE, **own(chosen(client, typed, NAME)))
    assert found.status_code == 200
    given: dict[str, Any] = json.loads(found.data)
    return given


def _part(given: dict[str, Any], part: Part) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in given["parts"] if one["part"] == part)
    return found


def test_the_file_has_stable_names(handler: FlaskClient) -> None:
    household = everything()
    given = _taken(handler)
    assert (given["format"], given["version"], given["all_parts_seen"]) == ("portal-person", 1, True)
    assert given["sought"] == {"how": "email", "value": EMAIL}
    assert [one["part"] for one in given["parts"]] == [str(part) for part in Part]
    invitation = _part(given, Part.SURVEYS)["records"][0]
    assert invitation["kind"] == "invitation"
    facts = invitation["facts"]
    assert facts["name"] == NAME and facts["email"] == EMAIL and facts["case_number"] == CASE
    assert facts["sent"] is False and facts["started"] is True
    assert [piece["kind"] for piece in invitation["pieces"]] == ["message"]
    complaint = _part(given, Part.COMPLAINTS)["records"][0]
    assert complaint["facts"]["reference"] == household.complaint and complaint["facts"]["what"] == WORDS
    signup = _part(given, Part.TALKS)["records"][0]
    assert signup["facts"]["first_name"] == "Zoë" and signup["facts"]["question"] == WORDS


def test_the_file_has_all_that_the_page_has(handler: FlaskClient) -> None:
    """AVG art. 15 and 20: what stands in a heading on the page stands in the file too."""
    household = everything()
    with transaction():
        complaint = db.session.get_one(Complaint, 1)
        complaint.theme, complaint.solved = next(iter(profile().complaints.themes)), "partly"
        complaint.hearing_at, complaint.hearing_place = clock.now(), "Kamer 3"
        complaint.not_taken_up_reason = "slight"
    page = own(chosen(handler, EMAIL, NAME))
    given = json.loads(send(handler, FILE, **page).data)
    headings = [
        piece["heading"]
        for part in given["parts"]
        for record in part["records"]
        for piece in (record, *record["pieces"])
    ]
    copy = send(handler, COPY, **page).get_data(as_text=True)
    assert len(headings) > 8 and all(headings)
    assert not [heading for heading in headings if escape(heading) not in copy]
    facts = {record["kind"]: record["facts"] for part in given["parts"] for record in part["records"]}
    assert facts["invitation"]["moment"] == "Na het eerste gesprek"
    assert facts["invitation"]["domain"] == "Onbekend"
    assert facts["sign_up"]["theme"] == "Samen met school"
    assert facts["left_alone"]["kind"] == "E-mail"
    message = _part(given, Part.SURVEYS)["records"][0]["pieces"][0]
    assert message["facts"]["channel"] == "e-mail"
    told = facts["complaint"]
    assert told["reference"] == household.complaint
    assert (told["domain"], told["solved"], told["hearing_place"]) == (
        "Volwassenen",
        "voor een deel",
        "Kamer 3",
    )
    assert told["theme"] and told["formal_by_email"] is True
    assert told["not_taken_up"] == "Het belang of het gewicht is te klein"
    assert told["hearing_on"].startswith(format_date(clock.today(), "d MMMM yyyy", locale="nl"))
    for fact in ("Kamer 3", "voor een deel", told["theme"], told["not_taken_up"], told["hearing_on"]):
        assert fact in copy
    for notes in (" ".join(_part(given, Part.COMPLAINTS)["notes"]), copy):
        assert "Wilt u de bestanden zelf? Vraag erom." in notes


def test_the_person_is_spoken_to(handler: FlaskClient) -> None:
    household = everything()
    with transaction():
        db.session.get_one(Contact, household.invitation).not_asked = "person_recently"
    page = chosen(handler, EMAIL, NAME)
    assert "De persoon leest ze zelf" in page.get_data(as_text=True), "staff are told of the person"
    for address in (COPY, FILE):
        text = send(handler, address, **own(page)).get_data(as_text=True)
        for words in (
            "U leest ze zelf met uw eigen link",
            "U leest het zelf met uw eigen link of code",
            "Van uzelf.",
            "u meldde zich zelf aan",
            "niets leidt terug naar u.",
            "wij u kort daarvoor al iets vroegen",
        ):
            assert words in text, (address, words)
        assert "de persoon" not in text.casefold()
        assert "Wat gewist is, kan er nog ten hoogste 30 dagen in staan." in text


def test_each_part_says_why_how_long_from_whom_and_who_sees_it(handler: FlaskClient) -> None:
    """AVG art. 15 lid 1 onder a, c, d and g."""
    everything()
    for part in _taken(handler)["parts"]:
        assert set(part["about"]) == {"purpose", "basis", "kept", "source", "readers"}
        assert all(part["about"].values())


def test_no_heading_tells_of_what_was_left_out(handler: FlaskClient) -> None:
    """AVG art. 15 lid 4: the partner signed up for the same evening."""
    everything(complaint=False)
    page = chosen(handler, EMAIL, NAME)
    assert "Aanmelding: Samen met school, Zoë" in page.get_data(as_text=True)
    for address in (COPY, FILE):
        text = send(handler, address, **own(page)).get_data(as_text=True)
        assert "Aanmelding: Samen met school" in text and "Samen met school, Zoë" not in text


def test_what_nobody_can_find_is_named(handler: FlaskClient) -> None:
    everything()
    assert {one["kind"] for one in _taken(handler)["not_found"]} == {str(one) for one in NeverFound}


def test_a_draft_is_named_and_not_given(handler: FlaskClient) -> None:
    """Nobody reads what was not sent; its owner reads it under the own link."""
    everything(complaint=False)
    given = _taken(handler)
    draft = _part(given, Part.SURVEYS)["records"][0]["facts"]["draft"]
    assert draft.startswith("Ja. Niemand bij ons leest ze.")
    mine = [one for one in _part(given, Part.COMPLAINTS)["records"] if one["kind"] == "complaint_draft"]
    assert mine and WORDS not in json.dumps(mine, ensure_ascii=False)


@pytest.mark.parametrize("address", [COPY, FILE])
@pytest.mark.parametrize("typed", [EMAIL, CASE, "0612345678"])
def test_nobody_elses_data_comes_along(handler: FlaskClient, address: str, typed: str) -> None:
    """AVG art. 15 lid 4: another of the same case, who has the same telephone."""
    everything()
    filed(
        content={
            "name": PARTNER,
            "email": PARTNER_EMAIL,
            "phone": "06-12345678",
            "what": "Dit is van Pieter.",
        }
    )
    for form_of in (all_of, own):
        text = send(handler, address, **form_of(chosen(handler, typed, NAME))).get_data(as_text=True)
        assert NAME in text and EMAIL in text
        for word in ("Pieter", PARTNER_EMAIL, "Dit is van Pieter.", "wacht@voorbeeld.example"):
            assert word not in text


def test_the_page_stands_on_its_own(handler: FlaskClient) -> None:
    everything()
    page = send(handler, COPY, **all_of(chosen(handler, EMAIL, NAME)))
    text = page.get_data(as_text=True)
    tree = check(text)
    assert tree.get("lang") == "nl"
    assert not [found for found in tree.iter() if found.tag in {"script", "link", "img", "form", "a"}]
    assert WORDS in text and "Waarom wij dit hebben" in text and "Dit is niet alles." not in text


@pytest.mark.parametrize("address", [COPY, FILE])
def test_it_is_a_file_without_a_name_in_it_and_kept_nowhere(handler: FlaskClient, address: str) -> None:
    everything()
    page = send(handler, address, **all_of(chosen(handler, EMAIL, NAME)))
    disposition = page.headers["Content-Disposition"]
    assert disposition.startswith('attachment; filename="verzoek-')
    assert not [
        word
        for word in ("zo", "proef", "612345678")
        if word in disposition.removeprefix('attachment; filename="verz')
    ]
    assert page.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("role", [Role.QUALITY, Role.TALKS, Role.COMPLAINTS])
def test_it_never_claims_to_be_whole_when_it_is_not(sign_in: SignIn, role: Role) -> None:
    everything()
    client = sign_in(role)
    found = chosen(client, EMAIL, NAME) if role is Role.QUALITY else seek(client, EMAIL)
    form = all_of(found)
    given = json.loads(send(client, FILE, **form).data)
    assert given["all_parts_seen"] is False
    unseen = [one for one in given["parts"] if not one["seen"]]
    assert len(unseen) == 2 and all(one["ask"] and not one["records"] for one in unseen)
    assert "Dit is niet alles." in send(client, COPY, **form).get_data(as_text=True)


def test_what_was_not_ticked_stays_behind_and_what_was_not_found_cannot_be_ticked(
    handler: FlaskClient,
) -> None:
    household = everything()
    page = chosen(handler, EMAIL, NAME)
    mine = f"invitation:{household.invitation}"
    form = {"ask": sealed(page), "take": [mine, f"invitation:{household.partner}", "complaint:99", "x" * 50]}
    given = json.loads(send(handler, FILE, **form).data)
    kinds = [one["kind"] for part in given["parts"] for one in part["records"]]
    assert kinds == ["invitation"] and _part(given, Part.SURVEYS)["records"][0]["facts"]["name"] == NAME


def test_nothing_ticked_is_asked_again(handler: FlaskClient) -> None:
    everything()
    page = send(handler, COPY, ask=sealed(chosen(handler, EMAIL, NAME)))
    assert page.status_code == 422 and "Kruis eerst aan wat van deze persoon is." in page.get_data(
        as_text=True
    )
    assert offered(page)


def test_of_nobody_there_is_a_letter_that_says_so(handler: FlaskClient) -> None:
    page = send(handler, COPY, ask=sealed(seek(handler, "niemand@voorbeeld.example")))
    assert page.status_code == 200
    text = page.get_data(as_text=True)
    check(text)
    assert "Wij zochten op niemand@voorbeeld.example en vonden niets van u." in text
    assert "Waarom wij dit hebben" not in text, "of what is not there nothing need be explained"
    assert "Klachten zonder e-mailadres of telefoonnummer" in text, "and yet not everything could be sought"
    assert len(text) < 5_000


def test_what_people_write_stays_text(handler: FlaskClient) -> None:
    words = "<script>alert(1)</script> =cmd|'/c calc'!A0"
    filed(content={"what": words, "email": EMAIL, "name": NAME})
    form = all_of(seek(handler, EMAIL))
    assert "<script>alert" not in send(handler, COPY, **form).get_data(as_text=True)
    given = json.loads(send(handler, FILE, **form).data)
    assert _part(given, Part.COMPLAINTS)["records"][0]["facts"]["what"] == words


def test_giving_out_is_recorded(handler: FlaskClient) -> None:
    household = everything()
    page = chosen(handler, EMAIL, NAME)
    for address in (COPY, FILE):
        send(handler, address, **all_of(page))
    found = select(AuditEvent).where(AuditEvent.event == "person.exported").order_by(AuditEvent.id)
    events = list(db.session.scalars(found))
    assert [event.details["kind"] for event in events] == ["html", "json"]
    assert len({event.details["request"] for event in events}) == 1
    seen = select(AuditEvent).where(AuditEvent.event == "complaint.seen")
    assert {event.details["complaint"] for event in db.session.scalars(seen)} == {household.complaint}


@pytest.mark.parametrize("address", [COPY, FILE])
def test_the_password_is_asked_once_more(handler: FlaskClient, address: str) -> None:
    everything()
    form = all_of(chosen(handler, EMAIL, NAME))
    with handler.session_transaction() as cookie:
        cookie.pop("fs_paa")
    page = send(handler, address, **form)
    text = page.get_data(as_text=True)
    assert page.status_code == 409 and WORDS not in text
    assert form["ask"] in text, "what was asked is kept meanwhile"
    assert FOUND not in (page.location or "")
