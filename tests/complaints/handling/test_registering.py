"""Registering what came by telephone, at the desk, by letter or by e-mail."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from portal import clock
from portal.complaints import letters, receipts
from portal.complaints.content import Reach
from portal.complaints.models import Complaint
from portal.complaints.rules import Stage
from portal.db import db
from portal.identity.rules import Role
from portal.outbox.models import Message
from tests.complaints.handling import team
from tests.complaints.people import filed, staff
from tests.conftest import SignIn

LEAST = {"what": "Niemand belde terug."}
AT_HOME = {
    "name": "Proefpersoon Een",
    "street": "Proefstraat 1",
    "postcode": "2691 ZM",
    "place": "'s-Gravenzande",
    "reach": ["letter"],
}


def send(client: FlaskClient, **given: Any) -> TestResponse:
    key = team.hidden(client.get(f"{team.HOME}/nieuw"), "request_key")
    choices = {
        "via": "phone",
        "route": "complaint",
        "domain": "adults",
        "theme": "",
        "on_behalf": "self",
        "language": "nl",
    }
    return team.post(client, "/nieuw", **{"request_key": key, **choices, **LEAST, **given})


def only() -> Complaint:
    db.session.rollback()
    return db.session.scalars(select(Complaint)).one()


def code_in(response: TestResponse) -> str:
    found = re.search(r"<dd>((?:[0-9A-Z]{4} ){2}[0-9A-Z]{4})</dd>", response.text)
    return receipts.read(found[1]) if found else ""


def test_only_what_happened_is_needed(sign_in: SignIn) -> None:
    response = send(sign_in(Role.TALKS))
    assert response.status_code == 200
    complaint = only()
    assert (complaint.content.what, complaint.via, complaint.received_on) == (
        LEAST["what"],
        "phone",
        clock.today(),
    )
    assert complaint.stage == Stage.ACKNOWLEDGED, "the receipt is confirmed by telling it"
    assert complaint.reference in team.said(response)
    assert f'href="{team.HOME}/{complaint.reference}"' in response.text


def test_the_code_is_shown_once_and_fits(sign_in: SignIn) -> None:
    response = send(sign_in(Role.QUALITY))
    complaint = only()
    code = code_in(response)
    assert receipts.fits(complaint.code_hash, code)
    assert complaint.code_sealed is None, "nobody has to print it, so nobody keeps it"
    assert response.headers["Cache-Control"] == "no-store"
    letter = complaint.letters[0]
    assert letter.channel == letters.By.HAND and receipts.grouped(code) not in letter.words


def test_a_letter_brings_the_code(sign_in: SignIn) -> None:
    response = send(sign_in(Role.QUALITY), **AT_HOME)
    complaint = only()
    assert code_in(response) == "" and "per post" in team.said(response)
    assert receipts.fits(complaint.code_hash, complaint.code_sealed or "")
    assert (complaint.code_sealed or "-") not in response.text
    assert [letter.channel for letter in letters.waiting(complaint)] == [letters.By.POST]
    assert complaint.stage == Stage.RECEIVED, "confirmed on the day it is posted"
    assert (complaint.code_sealed or "-") not in complaint.letters[0].words


def test_who_is_on_the_line_and_agreed_to_digital_gets_both_now(sign_in: SignIn) -> None:
    given = AT_HOME | {
        "email": "een@voorbeeld.example",
        "formal_by_email": "yes",
        "reach": ["letter", "email"],
    }
    response = send(sign_in(Role.QUALITY), **given)
    assert receipts.fits(only().code_hash, code_in(response))
    assert (only().letters[0].channel, only().stage) == (letters.By.DIGITAL, Stage.ACKNOWLEDGED)


def test_who_wrote_a_letter_gets_the_code_by_letter(sign_in: SignIn) -> None:
    """Nobody is there to be told it, also where letters may come digitally."""
    given = AT_HOME | {"email": "een@voorbeeld.example", "formal_by_email": "yes", "via": "letter"}
    assert code_in(send(sign_in(Role.QUALITY), **given)) == ""
    assert only().code_sealed and only().letters[0].channel == letters.By.POST


def test_the_same_page_twice(sign_in: SignIn) -> None:
    client = sign_in(Role.QUALITY)
    first = send(client, request_key="een sleutel")
    again = send(client, request_key="een sleutel", what="Iets anders.")
    assert "Deze klacht stond er al." in team.said(again) and code_in(again) == ""
    assert only().content.what == LEAST["what"] and len(only().letters) == 1
    assert receipts.fits(only().code_hash, code_in(first)), "the code of the first stays good"


def test_coordinators_hear_of_it_and_who_registers_does_not(app: Flask) -> None:
    one, other = staff(Role.COMPLAINTS), staff(Role.COMPLAINTS)
    send(team.enter(app, one))
    db.session.rollback()
    told = [message.to for message in db.session.scalars(select(Message))]
    assert told == [other.email]


def test_everything_is_kept(sign_in: SignIn) -> None:
    received = clock.today() - timedelta(days=5)
    send(
        sign_in(Role.QUALITY),
        via="desk",
        received_on=received.strftime("%d-%m-%Y"),
        route="objection",
        domain="youth",
        theme="waiting",
        when="vorige week",
        about="de zorgregisseur",
        organisation="gemeente Proef",
        decision_sent_on="2026-01-31",
        on_behalf="mandate",
        for_whom="mijn zoon",
        name="Proefpersoon Een",
        phone="06 12345678",
        email="een@voorbeeld.example",
        reach=["phone", "email"],
        voicemail="yes",
        language="en",
        young="yes",
    )
    complaint, content = only(), only().content
    kept = (complaint.via, complaint.route, complaint.domain, complaint.theme, complaint.on_behalf)
    assert kept == ("desk", "objection", "youth", "waiting", "mandate")
    assert (complaint.received_on, complaint.language, complaint.young) == (received, "en", True)
    assert content.decision_sent_on == "2026-01-31" and content.organisation == "gemeente Proef"
    assert (content.for_whom, content.when, content.about) == ("mijn zoon", "vorige week", "de zorgregisseur")
    assert set(content.reach) == {"phone", "email"} and content.voicemail
    assert not content.formal_by_email


def day(days: int) -> str:
    found: date = clock.today() + timedelta(days=days)
    return found.isoformat()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"what": " \n "}, "Schrijf op wat er is gebeurd."),
        ({"what": "x" * 20_001}, "Deze tekst is te lang. Er passen 20000 letters."),
        ({"received_on": day(7)}, "Deze dag is nog niet geweest."),
        ({"received_on": day(-800)}, "Dit is meer dan twee jaar geleden."),
        ({"received_on": "gisteren"}, "Dit is geen datum. Schrijf hem zo: 01-03-2026."),
        ({"received_on": "2026-02-30"}, "Dit is geen datum."),
        ({"decision_sent_on": "ooit"}, "Dit is geen datum."),
        ({"email": "geen adres"}, "Dit is geen e-mailadres."),
        ({"reach": ["email"]}, "Vul het e-mailadres in"),
        ({"formal_by_email": "yes"}, "Vul het e-mailadres in"),
        ({"phone": "123"}, "Dit nummer kennen we niet."),
        ({"reach": ["sms"], "phone": ""}, "Vul het nummer in"),
        ({"reach": ["letter"], "place": "Proefdam"}, "Vul het adres in"),
        ({"reach": ["duif"]}, "Kies iets uit de lijst."),
        ({"route": "anders"}, "Kies iets uit de lijst."),
        ({"theme": "anders"}, "Kies iets uit de lijst."),
        ({"via": "web"}, "Kies iets uit de lijst."),
        ({"name": "x" * 101}, "Dit is te lang."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    sign_in: SignIn, given: dict[str, Any], message: str
) -> None:
    response = send(
        sign_in(Role.QUALITY),
        **{"about": "iemand van het team", "reach": ["phone"], "phone": "0612345678"} | given,
    )
    assert response.status_code == 422
    assert message in team.said(response)
    assert "<title>Fout: " in response.text
    assert 'value="iemand van het team"' in response.text
    db.session.rollback()
    assert db.session.scalar(select(func.count(Complaint.id))) == 0


def test_the_list_of_mistakes_leads_to_the_fields(sign_in: SignIn) -> None:
    response = send(
        sign_in(Role.QUALITY), what="", received_on="ooit", decision_sent_on="ooit", reach=["letter"]
    )
    for target in re.findall(r'href="#([\w-]+)"', team.main_of(response)):
        assert f'id="{target}"' in response.text, target
    assert "<details" in response.text and " open>" in response.text, "a mistake is never folded away"


def test_a_two_year_old_letter_is_still_taken(sign_in: SignIn) -> None:
    assert send(sign_in(Role.QUALITY), received_on=day(-725)).status_code == 200


def test_a_key_that_nobody_made(sign_in: SignIn) -> None:
    for key in ("x" * 5_000, ""):
        assert send(sign_in(Role.QUALITY), request_key=key).status_code == 200


def test_letters_come_digitally_only_with_a_notice_of_them(sign_in: SignIn) -> None:
    send(sign_in(Role.COMPLAINTS), email="a@voorbeeld.example", formal_by_email="y")
    complaint = only()
    assert complaint.letters[0].channel == letters.By.DIGITAL
    sent = db.session.scalars(select(Message).where(Message.template == "complaint_notice")).one()
    assert sent.to == "a@voorbeeld.example"


def test_without_a_safe_address_no_letter_is_digital(app: Flask) -> None:
    complaint = filed(content={"reach": (Reach.PHONE,), "formal_by_email": True})
    assert letters.way(complaint) is letters.By.HAND


def test_the_number_is_kept_as_a_message_is_sent_to_it(sign_in: SignIn) -> None:
    send(sign_in(Role.COMPLAINTS), phone="06 - 1234 5678", reach="sms")
    assert only().content.phone == "+31612345678"


def test_the_code_ends_when_who_registered_it_turns_out_to_be_concerned(app: Flask) -> None:
    user, boss = staff(Role.QUALITY), staff(Role.COMPLAINTS)
    assert send(team.enter(app, user)).status_code == 200
    complaint = only()
    coordinator = team.enter(app, boss)
    warning = "De klager kan de klacht nu niet volgen."
    assert warning not in team.words(coordinator, f"/{complaint.reference}")
    team.concerned(complaint, user)
    assert team.fresh(complaint).code_hash is None
    assert warning in team.words(coordinator, f"/{complaint.reference}")
    assert complaint.reference in team.words(coordinator)
