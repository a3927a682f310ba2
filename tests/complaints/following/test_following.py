"""The follow pages: what they show, and what a complainant does there."""

import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy import select

from portal import clock
from portal.audit.models import AuditEvent
from portal.complaints import attachments, messages, operations
from portal.complaints.content import Content, Reach
from portal.complaints.letters import By, Kind, posted
from portal.complaints.models import Attachment, Complaint, ComplaintLetter, ComplaintMessage
from portal.complaints.rules import Domain, Route, Stage, Step, Term
from portal.complaints.settings import is_holiday
from portal.complaints.terms import ombudsman_until, working_day_until
from portal.crypto import keyring
from portal.db import db, transaction
from portal.identity.rules import Role
from portal.outbox.models import Message
from tests.complaints.following.follower import (
    HOME,
    PLACE,
    YOUTH,
    answered_by,
    asked_longer,
    called,
    copied,
    inside,
    late,
    marks_of_form,
    not_taken_up,
    now,
    planned,
    post,
    said,
    told,
    words,
)
from tests.complaints.people import CODE, CONTENT, filed, handled_by, kept_letter, staff, taken

A_TUESDAY = datetime(2027, 3, 16, 9, tzinfo=UTC)

SCRIPT = '<script>alert("x")</script>&<b>'
LETTER = "Beste lezer,\n\nDit is ons oordeel."


def to_staff() -> list[tuple[str, str]]:
    """What staff are mailed: whom, and about what."""
    db.session.rollback()
    queued = db.session.scalars(
        select(Message).where(Message.template == "complaint_staff").order_by(Message.id)
    )
    return [(message.to or "", json.loads(message.params or "{}")["what"]) for message in queued]


# The promise and the timeline.


def test_the_promise_is_the_legal_date(client: FlaskClient) -> None:
    page = words(inside(client, filed()))
    complaint = db.session.scalars(select(Complaint)).one()
    days = (complaint.decide_by - clock.today()).days
    assert "U hoort ons oordeel uiterlijk" in page and f"Nog {days} dagen." in page
    assert "Dit is de termijn van de wet." in page
    assert "Nu: Ontvangst bevestigen" in page and "Gedaan: Ontvangen" in page


def test_too_late_is_said_and_what_one_can_do(client: FlaskClient) -> None:
    page = words(inside(client, late()))
    assert "We zijn te laat." in page and "28 dagen geleden" in page
    assert "Nationale ombudsman" in page and "Dit had klaar moeten zijn op" in page


def test_put_off_says_what_was_promised_first_and_why(client: FlaskClient) -> None:
    complaint = called()
    first = complaint.decide_by
    taken(complaint, Step.EXTEND, details={"why": f"Er is iemand ziek. {SCRIPT}"})
    page = client_page(inside(client, complaint))
    assert f"Eerst was het {first.day} " in page and f"Er is iemand ziek. {SCRIPT}" in page
    assert "<script>alert" not in client.get(HOME).text


def client_page(client: FlaskClient) -> str:
    """What the page says, with what people typed read as they typed it."""
    return re.sub(r"\s+", " ", unescape(client.get(HOME).text))


def test_under_the_jeugdwet_the_committee_judges_by_the_own_regulation(client: FlaskClient) -> None:
    page = words(inside(client, filed(**YOUTH)))
    assert "Je hoort het oordeel van de klachtencommissie uiterlijk" in page
    assert "termijn van onze klachtenregeling" in page and "termijn van de wet" not in page
    answered = words(inside(client, told(domain=Domain.YOUTH)))
    assert "U hoort wat wij ermee doen uiterlijk" in answered and "Nu: Wat wij ermee doen" in answered


@pytest.mark.parametrize(
    ("make", "shows"),
    [
        (told, "Niet tevreden? U kunt naar de ombudsman tot en met"),
        (not_taken_up, "Het gebeurde meer dan een jaar voor de klacht."),
        (lambda: taken(called(), Step.SOLVE), "Samen opgelost"),
        (lambda: taken(filed(), Step.WITHDRAW), "U bent gestopt."),
        (
            lambda: taken(filed(route=Route.OBJECTION), Step.FORWARD, details={"to": "de gemeente"}),
            "Naar: de gemeente.",
        ),
        (
            lambda: taken(filed(route=Route.SIGNAL), Step.ACKNOWLEDGE, Step.NOTE),
            "We hebben het gelezen en nemen het mee.",
        ),
        (lambda: filed(route=Route.OBJECTION), "blijft gelden als de dag waarop u het indiende"),
        (lambda: filed(route=Route.TALK), "We nemen contact met u op uiterlijk"),
        (lambda: filed(route=Route.DANGER), "Wacht niet op ons: bel 112"),
        (lambda: taken(called(), Step.SOLVE, Step.RESUME), "Het was toch niet opgelost."),
        (lambda: taken(called(), Step.WITHDRAW, Step.RESUME), "We gaan toch verder met uw klacht."),
    ],
)
def test_every_way_it_can_go_has_its_words(client: FlaskClient, make: Any, shows: str) -> None:
    assert shows in words(inside(client, make()))


def test_after_the_outcome_the_ombudsmans_year_is_named(client: FlaskClient) -> None:
    complaint = told()
    until = ombudsman_until(clock.today(), is_holiday)
    page = words(inside(client, complaint))
    assert f"{until.day} " in page and str(until.year) in page and "Trek mijn klacht in" not in page


def test_the_words_of_staff_are_not_on_the_timeline(client: FlaskClient) -> None:
    complaint = taken(filed(), Step.ACKNOWLEDGE)
    taken(complaint, Step.CALL, details={"note": "Klonk boos.", "result": "Gesproken"})
    assert "Klonk boos" not in words(inside(client, complaint))


def test_the_follow_page_asks_few_statements(client: FlaskClient, statements: list[str]) -> None:
    complaint = planned()
    for number in range(3):
        answered_by(complaint, staff(Role.COMPLAINTS), "Bericht", f"key{number}")
        kept_letter(complaint, Kind.HEARING, LETTER)
    inside(client, complaint)
    statements.clear()
    words(client)
    # Complaint, steps, parts, messages, letters, attachments: one each, however many there are.
    assert len(statements) <= 7, "\n".join(statements)
    statements.clear()
    words(client, "/berichten")
    assert len(statements) <= 10, "\n".join(statements)


# Messages.


def test_messages_both_ways(client: FlaskClient) -> None:
    complaint = filed()
    coordinator, handler = staff(Role.COMPLAINTS), staff(Role.QUALITY)
    handled_by(complaint, handler)
    answered_by(complaint, coordinator, "Van de coördinator", "one")
    answered_by(complaint, handler, "Van de behandelaar", "two")
    page = words(inside(client, complaint))
    assert "Er zijn 2 nieuwe berichten voor u" in page
    page = words(client, "/berichten")
    assert page.index("Van de coördinator") < page.index("Van de behandelaar")
    assert re.search(r"Klachtencoördinator , .{1,40}nieuw Van de coördinator", page), page
    assert re.search(r"Behandelaar , .{1,40}nieuw Van de behandelaar", page), page
    assert coordinator.email not in page and handler.email not in page
    assert messages.unread(now(complaint), by_complainant=True) == 0
    assert "nieuw" not in words(client).replace("nieuwe", "")
    response = post(client, "/berichten", words=f"  Mijn antwoord {SCRIPT}  ")
    assert response.status_code == 303
    page = client.get(response.location.split("#")[0])
    assert "Uw bericht is verstuurd." in said(page) and "&lt;script&gt;" in page.text
    assert now(complaint).messages[-1].words == f"Mijn antwoord {SCRIPT}"
    assert to_staff()[-1] == (handler.email, "message")


def test_looking_at_the_follow_page_marks_nothing_read(client: FlaskClient) -> None:
    complaint = filed()
    answered_by(complaint, staff(Role.COMPLAINTS), "Hallo", "one")
    words(inside(client, complaint))
    assert messages.unread(now(complaint), by_complainant=True) == 1


def test_a_message_is_sent_once_however_often_the_button_is_pressed(client: FlaskClient) -> None:
    complaint = filed()
    staff(Role.COMPLAINTS)
    inside(client, complaint)
    fields = marks_of_form(client.get(f"{HOME}/berichten"), f"{HOME}/berichten") | {"words": "Eén keer"}
    for _time in range(3):
        assert client.post(f"{HOME}/berichten", data=fields).status_code == 303
    assert len(now(complaint).messages) == 1
    assert [what for _to, what in to_staff()] == ["message"]


@pytest.mark.parametrize(
    ("typed", "says"), [("", "Typ eerst een bericht."), ("a" * 5001, "er passen 5000 letters in")]
)
def test_what_is_not_sent_is_shown_again(client: FlaskClient, typed: str, says: str) -> None:
    complaint = filed()
    inside(client, complaint)
    response = post(client, "/berichten", words=typed)
    assert response.status_code == 422 and says in said(response) and typed in response.text
    assert "<title>Fout: " in response.text
    assert now(complaint).messages == []


def test_five_thousand_letters_fit(client: FlaskClient) -> None:
    complaint = filed()
    inside(client, complaint)
    assert post(client, "/berichten", words="a" * 5000).status_code == 303


def test_one_may_write_after_the_end_too(client: FlaskClient) -> None:
    complaint = told()
    inside(client, complaint)
    assert post(client, "/berichten", words="Nog iets").status_code == 303
    assert len(now(complaint).messages) == 1


# The hearing.


def test_the_hearing_and_its_file(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: A_TUESDAY)
    at = datetime(2027, 3, 30, 12, 30, tzinfo=UTC)  # the clock went forward on 28 March
    complaint = planned(at)
    page = words(inside(client, complaint), "/gesprek")
    assert "dinsdag 30 maart 2027" in page and "Om 14.30 uur" in page and PLACE in page
    assert "U mag iemand meenemen" in page
    response = client.get(f"{HOME}/gesprek.ics")
    assert response.mimetype == "text/calendar"
    assert response.headers["Content-Disposition"] == 'attachment; filename="gesprek.ics"'
    calendar = Calendar.from_ical(response.data)
    (event,) = calendar.events
    assert event["SUMMARY"] == "Gesprek" and event["LOCATION"] == PLACE
    assert event.start == at and event["DTSTART"].params["TZID"] == "Europe/Amsterdam"
    assert calendar.timezones and event["SEQUENCE"] == 0
    text = response.text.lower()
    for word in ("klacht", complaint.reference, CONTENT.name, CONTENT.what, "hoorzitting", "skt"):
        assert word.lower() not in text
    first = event["UID"]
    taken(complaint, Step.PLAN_HEARING, hearing_at=at + timedelta(days=1))
    (event,) = Calendar.from_ical(client.get(f"{HOME}/gesprek.ics").data).events
    assert (event["UID"], event["SEQUENCE"]) == (first, 1) and event.start == at + timedelta(days=1)


def test_a_place_with_line_breaks_adds_nothing_to_the_file(client: FlaskClient) -> None:
    complaint = planned()
    with transaction():
        db.session.get_one(Complaint, complaint.id).hearing_place = "Boven\r\nEND:VEVENT\nATTACH:x;y,z"
    inside(client, complaint)
    response = client.get(f"{HOME}/gesprek.ics")
    (event,) = Calendar.from_ical(response.data).events
    assert "ATTACH" not in event and event["LOCATION"].splitlines()[0] == "Boven"


def test_no_hearing_no_file(client: FlaskClient) -> None:
    page = words(inside(client, filed()), "/gesprek")
    assert "Er is nog geen gesprek gepland." in page
    assert client.get(f"{HOME}/gesprek.ics").status_code == 404


def test_it_does_not_suit(client: FlaskClient) -> None:
    complaint = planned()
    handler = now(complaint).handler
    assert handler is not None
    inside(client, complaint)
    fields = marks_of_form(client.get(f"{HOME}/gesprek"), f"{HOME}/gesprek")
    for _time in range(2):
        response = client.post(f"{HOME}/gesprek", data=fields | {"words": "Vrijdag wel."})
        assert response.status_code == 303
    assert "We weten dat het niet lukt." in said(client.get(response.location))
    (message,) = now(complaint).messages
    assert re.fullmatch(
        r"Het gesprek op \d\d-\d\d-\d{4} 14\.30 lukt mij niet\.\n\nVrijdag wel\.", message.words
    )
    assert to_staff() == [(handler.email, what) for what in ("asked", "message", "hearing")]


def test_a_hearing_that_was_changes_no_more(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: A_TUESDAY)
    complaint = planned(clock.now())
    inside(client, complaint)
    fields = marks_of_form(client.get(f"{HOME}/gesprek"), f"{HOME}/gesprek")
    taken(complaint, Step.HOLD_HEARING)
    response = client.post(f"{HOME}/gesprek", data=fields | {"words": "Toch niet."})
    assert response.status_code == 409 and "Toch niet." in said(response)
    assert now(complaint).messages == []


# More time.


def test_consent_to_a_later_date(client: FlaskClient) -> None:
    complaint = asked_longer()
    coordinator = staff(Role.COMPLAINTS)
    asked = complaint.later_asked
    assert asked is not None
    page = words(inside(client, complaint), "/meer-tijd")
    assert f"{asked.day} " in page and "Er is iemand ziek." in page
    fields = marks_of_form(client.get(f"{HOME}/meer-tijd"), f"{HOME}/meer-tijd")
    for _time in range(2):
        response = client.post(f"{HOME}/meer-tijd", data=fields | {"choice": "yes"})
        assert response.status_code == 303
    kept = now(complaint)
    assert (kept.decide_by, kept.later_asked) == (asked, None)
    step = kept.steps[-1]
    assert (step.step, step.actor) == (Step.AGREE_LONGER, operations.COMPLAINANT)
    assert json.loads(step.details) == {"until": asked.isoformat()}
    assert to_staff() == [(coordinator.email, "agreed")]
    assert "U zei ja." in words(client, "/meer-tijd")
    assert "U gaf ons tot deze dag de tijd." in words(client)


def test_no_is_an_answer_too(client: FlaskClient) -> None:
    complaint = asked_longer()
    promised = complaint.decide_by
    inside(client, complaint)
    for _time in range(2):
        assert post(client, "/meer-tijd", choice="no").status_code == 303
    kept = now(complaint)
    assert kept.decide_by == promised and kept.later_asked is not None
    assert [message.words.startswith("Ik ga niet akkoord") for message in kept.messages] == [True]
    assert "U zei nee." in words(client, "/meer-tijd")
    assert "U beslist" not in words(client)
    assert post(client, "/meer-tijd", choice="yes").status_code == 303
    assert now(complaint).later_asked is None


def test_consent_is_only_for_the_date_that_was_shown(client: FlaskClient) -> None:
    complaint = asked_longer()
    asked = complaint.later_asked
    assert asked is not None
    inside(client, complaint)
    fields = marks_of_form(client.get(f"{HOME}/meer-tijd"), f"{HOME}/meer-tijd")
    later = asked + timedelta(weeks=1)
    while is_holiday(later):
        later += timedelta(weeks=1)
    taken(complaint, Step.ASK_LONGER, until=later)
    promised = now(complaint).decide_by
    response = client.post(f"{HOME}/meer-tijd", data=fields | {"choice": "yes"})
    assert response.status_code == 409 and "We vragen intussen om een andere dag." in said(response)
    assert now(complaint).decide_by == promised
    again = marks_of_form(response, f"{HOME}/meer-tijd")
    assert again["until"] == later.isoformat()
    assert client.post(f"{HOME}/meer-tijd", data=again | {"choice": "yes"}).status_code == 303
    assert now(complaint).decide_by == later


def test_without_a_choice_nothing_is_agreed(client: FlaskClient) -> None:
    complaint = asked_longer()
    inside(client, complaint)
    for choice in ({}, {"choice": "misschien"}):
        response = post(client, "/meer-tijd", **choice)
        assert response.status_code == 422 and "Kies ja of nee." in said(response)
    assert now(complaint).later_asked is not None


# Withdrawing.


def test_withdrawing(client: FlaskClient) -> None:
    complaint = called()
    coordinator = staff(Role.COMPLAINTS)
    inside(client, complaint)
    assert "Aan uw hulp verandert niets." in words(client, "/intrekken")
    fields = marks_of_form(client.get(f"{HOME}/intrekken"), f"{HOME}/intrekken")
    for _time in range(2):
        response = client.post(f"{HOME}/intrekken", data=fields | {"words": "Het is goed zo."})
        assert response.status_code == 303
    assert "U bent gestopt." in said(client.get(response.location))
    kept = now(complaint)
    assert kept.stage == Stage.WITHDRAWN
    (step,) = [step for step in kept.steps if step.step == Step.WITHDRAW]
    assert json.loads(step.details) == {"why": "Het is goed zo."}
    assert to_staff() == [(coordinator.email, "withdrawn")]
    assert "U had het al ingetrokken." in words(client, "/intrekken")


def test_why_need_not_be_said(client: FlaskClient) -> None:
    complaint = filed()
    inside(client, complaint)
    assert post(client, "/intrekken").status_code == 303
    assert now(complaint).stage == Stage.WITHDRAWN


def test_after_the_outcome_it_cannot_be_withdrawn_and_nothing_typed_is_lost(client: FlaskClient) -> None:
    complaint = copied()
    inside(client, complaint)
    fields = marks_of_form(client.get(f"{HOME}/intrekken"), f"{HOME}/intrekken")
    with transaction():
        held = operations.locked(complaint.public_id)
        assert held is not None
        held.stage = Stage.TOLD
    response = client.post(f"{HOME}/intrekken", data=fields | {"words": "Ik stop."})
    assert response.status_code == 409
    assert "Intrekken kan niet meer" in said(response) and "Ik stop." in said(response)
    assert now(complaint).stage == Stage.TOLD


# Letters, files, the copy, whether it was solved.


def test_a_letter_is_read_and_that_is_noted(client: FlaskClient) -> None:
    complaint = told()
    letter = kept_letter(complaint, Kind.OUTCOME, f"{LETTER}\n{SCRIPT}")
    inside(client, complaint)
    assert "Nieuwe brief: Het oordeel" in words(client)
    page = client.get(f"{HOME}/brief/{letter}")
    assert "Dit is ons oordeel." in said(page) and "<script>alert" not in page.text
    assert now(complaint).letters[0].read_at is not None
    assert "Nieuwe brief" not in words(client)


def test_a_letter_that_waits_to_be_posted_or_holds_a_code_is_not_shown(client: FlaskClient) -> None:
    complaint = told()
    waiting = kept_letter(complaint, Kind.OUTCOME, LETTER, by=By.POST)
    code = kept_letter(complaint, Kind.CODE, LETTER)
    inside(client, complaint)
    page = words(client)
    assert "Brieven aan u" not in page and "brief hieronder" not in page
    assert "Het oordeel is klaar. De brief is onderweg." in page and "U heeft het oordeel" not in page
    for letter in (waiting, code):
        assert client.get(f"{HOME}/brief/{letter}").status_code == 404
    assert all(kept.read_at is None for kept in db.session.scalars(select(ComplaintLetter)))


BY_HAND: dict[str, Any] = {"formal_by_email": False, "reach": (Reach.EMAIL,)}
NO_WAY: dict[str, Any] = {"formal_by_email": False, "reach": ()}


def test_a_letter_to_hand_over_can_be_read_at_once(client: FlaskClient) -> None:
    complaint = told(content=BY_HAND)
    letter = kept_letter(complaint, Kind.OUTCOME, LETTER)
    page = words(inside(client, complaint))
    assert "Nieuwe brief: Het oordeel" in page and "kopie, de brief zelf geven we u" in page
    assert "Het oordeel is klaar." in page and "U kunt het hieronder al lezen." in page
    read = words(client, f"/brief/{letter}")
    assert "Dit is een kopie om hier te lezen. De brief zelf geven we u." in read and "ons oordeel" in read
    kept = now(complaint)
    assert kept.letters[0].sent_on is None and operations.case_of(kept).to_post is Term.DECIDE, "not told yet"
    with transaction():
        held = operations.locked(complaint.public_id)
        assert held is not None
        assert posted(held, held.letters[0], "test")
    assert "U heeft het oordeel." in words(client)
    assert "U kreeg hem op papier." in words(client, f"/brief/{letter}")


def test_a_young_person_is_told_that_it_is_a_copy(client: FlaskClient) -> None:
    complaint = filed(**YOUTH, content=BY_HAND)
    letter = kept_letter(complaint, Kind.HEARING, LETTER)
    inside(client, complaint)
    assert "De brief zelf geven we je." in words(client, f"/brief/{letter}")


def test_what_is_on_its_way_too_late_is_late(client: FlaskClient) -> None:
    complaint = told(clock.today() - timedelta(weeks=10))
    kept_letter(complaint, Kind.OUTCOME, LETTER, by=By.POST)
    page = words(inside(client, complaint))
    assert "We zijn te laat." in page and "De brief is onderweg." in page


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({}, "Nu: We bellen u"),
        ({"phone": ""}, "Nu: We nemen contact met u op"),
        ({"reach": (Reach.EMAIL,)}, "Nu: We nemen contact met u op"),
        (NO_WAY, "Nu: U leest hier wat wij doen"),
    ],
)
def test_a_call_is_promised_only_to_who_may_be_called(
    client: FlaskClient, content: dict[str, Any], says: str
) -> None:
    page = words(inside(client, taken(filed(content=content), Step.ACKNOWLEDGE)))
    assert says in page
    assert ("graag van u horen" in page) == (content != NO_WAY)


def test_whom_it_is_about_got_the_complaint(client: FlaskClient) -> None:
    page = words(inside(client, copied()))
    assert "De medewerker kreeg de klacht" in page and "heeft de klacht gelezen" not in page


def test_putting_it_off_once_is_still_ours_to_do(client: FlaskClient) -> None:
    once = "Wij mogen die dag dan nog één keer verzetten, met ten hoogste vier weken."
    complaint = asked_longer()
    page = words(inside(client, complaint), "/meer-tijd")
    assert once in page and "De wet zegt" in page
    put_off = taken(called(), Step.EXTEND)
    until = working_day_until(clock.today() + timedelta(weeks=15), is_holiday)
    taken(put_off, Step.ASK_LONGER, until=until)
    assert once not in words(inside(client, put_off), "/meer-tijd")
    youth = words(inside(client, asked_longer(**YOUTH)), "/meer-tijd")
    assert "Onze regeling zegt" in youth and "De wet zegt" not in youth


def test_what_was_passed_on_is_not_asked_about(client: FlaskClient) -> None:
    complaint = taken(filed(route=Route.OBJECTION), Step.FORWARD, details={"to": "de gemeente"})
    assert "Is het voor u opgelost?" not in words(inside(client, complaint))


def test_nothing_of_another_complaint_opens(client: FlaskClient) -> None:
    other = planned()
    letter = kept_letter(other, Kind.HEARING, LETTER)
    file_id = with_file(other)
    mine = filed()
    inside(client, mine)
    for address in (f"/brief/{letter}", f"/bijlage/{file_id}", "/gesprek.ics", "/brief/999999"):
        assert client.get(HOME + address).status_code == 404, address
    assert other.reference not in words(client) and other.reference not in client.get(f"{HOME}/kopie").text
    assert db.session.scalars(select(ComplaintLetter)).one().read_at is None


def with_file(complaint: Complaint, name: str = "brief van school.png") -> str:
    sealed = keyring().encrypt_bytes(b"\x89PNG\r\n\x1a\n")
    with transaction():
        held = operations.locked(complaint.public_id)
        assert held is not None
        file = Attachment(public_id="ab" * 8, name=name, kind="png", size=2048, sealed=sealed)
        held.attachments.append(file)
    return "ab" * 8


def test_who_asks_for_the_head_read_nothing(client: FlaskClient) -> None:
    """Letters and messages are noted as read by who opens them, not by a program that looks whether they are there."""
    complaint = filed()
    letter = kept_letter(complaint, Kind.HEARING, LETTER)
    answered_by(complaint, staff(Role.COMPLAINTS), "Bericht", "key")
    inside(client, complaint)
    addresses = (f"{HOME}/brief/{letter}", f"{HOME}/berichten")
    for read in (False, True):
        for address in addresses:
            response = client.get(address) if read else client.head(address)
            assert response.status_code == 200, address
        kept = now(complaint)
        assert (kept.letters[0].read_at is not None) is read
        assert (kept.messages[0].read_at is not None) is read


def test_a_file_is_downloaded(client: FlaskClient) -> None:
    complaint = filed()
    file_id = with_file(complaint, name=f"{SCRIPT}.png")
    page = words(inside(client, complaint))
    assert "PNG, 2 kB" in page and "<script>alert" not in client.get(HOME).text
    response = client.get(f"{HOME}/bijlage/{file_id}")
    assert response.status_code == 200 and response.data.startswith(b"\x89PNG")
    assert "attachment" in response.headers["Content-Disposition"]
    assert attachments.find(complaint, file_id) is not None


def test_whether_it_is_solved_may_be_changed_and_staff_hear_once(client: FlaskClient) -> None:
    complaint = told()
    handler = now(complaint).handler
    assert handler is not None
    inside(client, complaint)
    for answer in ("partly", "partly", "yes"):
        response = post(client, "/opgelost", page="", solved=answer)
        assert response.status_code == 303
        assert "Dank u wel. Dat is bewaard." in said(client.get(response.location.split("#")[0]))
        assert now(complaint).solved == answer
    assert to_staff() == [(handler.email, "asked"), (handler.email, "solved")]


def test_whether_it_is_solved_is_asked_at_the_end_only(client: FlaskClient) -> None:
    complaint = told()
    inside(client, complaint)
    fields = marks_of_form(client.get(HOME), f"{HOME}/opgelost")
    response = client.post(f"{HOME}/opgelost", data=fields | {"solved": "misschien"})
    assert response.status_code == 422 and "Kies ja, voor een deel of nee." in said(response)
    with transaction():
        held = operations.locked(complaint.public_id)
        assert held is not None
        held.stage = Stage.CALLED
    assert "Is het voor u opgelost?" not in words(client)
    assert client.post(f"{HOME}/opgelost", data=fields | {"solved": "yes"}).location == HOME
    assert now(complaint).solved is None


def test_the_copy_holds_everything_that_was_entered_and_not_the_code(client: FlaskClient) -> None:
    content = {
        "what": f"=HYPERLINK(1)\n{SCRIPT}",
        "wishes": ("talk", "other"),
        "wish_other": "Een boek",
        "organisation": "De school",
        "decision_sent_on": "2026-02-03",
        "for_whom": "mijn broer",
        "reach": ("email", "iets van vroeger"),
    }
    complaint = filed(content=content)
    with_file(complaint)
    inside(client, complaint)
    response = client.get(f"{HOME}/kopie")
    assert response.content_type == "text/plain; charset=utf-8"
    assert (
        response.headers["Content-Disposition"] == f'attachment; filename="kopie-{complaint.reference}.txt"'
    )
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    text = response.text
    kept = complaint.content
    typed = [value for value in vars(kept).values() if isinstance(value, str) and value]
    assert [value for value in typed if value not in text] == []
    for word in (
        complaint.reference,
        "Een gesprek",
        "Iets anders",
        "brief van school.png",
        "iets van vroeger",
    ):
        assert word in text
    assert CODE not in text.replace(" ", "")
    assert set(vars(Content())) == set(vars(kept))


def test_script_in_every_field_is_text_on_every_page(client: FlaskClient) -> None:
    typed = {
        name: SCRIPT for name, value in vars(CONTENT).items() if isinstance(value, str) and name != "email"
    }
    complaint = planned(content=typed)
    with transaction():
        held = operations.locked(complaint.public_id)
        assert held is not None
        held.hearing_place = SCRIPT
    answered_by(complaint, staff(Role.COMPLAINTS), SCRIPT, "one")
    inside(client, complaint)
    for address in ("", "/berichten", "/gesprek", "/meer-tijd", "/intrekken"):
        text = client.get(HOME + address).text
        assert "<script>alert" not in text, address
    assert "&lt;script&gt;" in client.get(f"{HOME}/gesprek").text


@pytest.mark.parametrize("address", ["", "/berichten", "/gesprek", "/meer-tijd", "/intrekken"])
def test_young_people_are_told_je(client: FlaskClient, address: str) -> None:
    complaint = planned(**YOUTH, content={"what": "Niets"})
    taken(
        complaint,
        Step.ASK_LONGER,
        until=datetime(2030, 1, 3, tzinfo=UTC).date(),
        details={"why": "Ziek."},
    )
    page = words(inside(client, complaint), address)
    main = page[: page.index("Hulp bij je klacht?")]
    assert re.search(r"\b(je|jij|jou|jouw)\b", main, re.IGNORECASE)
    assert not re.search(r"\b(u|uw)\b", main, re.IGNORECASE), main


def test_the_audit_trail_says_what_was_done_and_none_of_the_words(app: Flask, client: FlaskClient) -> None:
    complaint = filed()
    inside(client, complaint)
    post(client, "/berichten", words="Heel eigen woorden")
    db.session.rollback()
    rows = db.session.scalars(select(AuditEvent)).all()
    assert "complaint.message" in {row.event for row in rows}
    assert all("eigen" not in str(row.details) for row in rows)
    assert db.session.scalars(select(ComplaintMessage)).one().words == "Heel eigen woorden"
