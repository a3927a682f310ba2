"""What somebody whom a complaint is about hears of how it ended, and of more time."""

import json
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal import clock
from portal.complaints import letters, notices, operations
from portal.complaints.concerned.operations import OUTCOME_SHOWN
from portal.complaints.handlers import ComplaintMessages
from portal.complaints.letters import By, Kind
from portal.complaints.models import Complaint, ComplaintLetter, ComplaintPart
from portal.complaints.rules import Procedure, Step
from portal.complaints.settings import is_holiday
from portal.complaints.terms import working_day_from
from portal.db import db, transaction
from portal.outbox.models import Message
from tests.complaints.concerned.scene import (
    POSTCODE,
    Scene,
    annex,
    hidden,
    named,
    reply,
    said,
    scene,
)
from tests.complaints.people import CODE, CONTENT, WORDS, kept_letter

OUTCOME = "De uitkomst van een klacht waarin u wordt genoemd"
NO_MORE = "Hier is niets meer te lezen"
REPLY = "Zo heb ik het niet gezegd."
PARTS = (
    ("Er is niet teruggebeld.", "upheld", "Dat was afgesproken.\n\nHet gebeurde niet."),
    ("Het verslag klopt niet.", "not_upheld", "Wij lazen <b>beide</b> verslagen."),
    ("De toon was niet goed.", "no_judgment", ""),
)


def judged(*steps: Step, **given: object) -> Scene:
    """Two parts with reasons and one without, and these steps after."""
    found = scene(**given)  # type: ignore[arg-type]
    found.take(Step.SKIP_HEARING)
    with transaction():
        held = operations.locked(found.complaint.public_id)
        assert held is not None
        held.parts.extend(
            ComplaintPart(number=number, words=words, judgment=judgment, reasons=reasons)
            for number, (words, judgment, reasons) in enumerate(PARTS, start=1)
        )
    found.take(Step.JUDGE, *steps)
    return found


def told(found: Scene) -> list[Message]:
    """The mails about the outcome, of this complaint."""
    db.session.rollback()
    mine = select(Message).where(
        Message.about == found.complaint.public_id, Message.template == "complaint_concerned"
    )
    return [
        message
        for message in db.session.scalars(mine.order_by(Message.id))
        if json.loads(message.params or "{}")["what"] == "outcome"
    ]


class TestPage:
    def test_shows_each_part_with_its_judgment_and_why(self, client: FlaskClient) -> None:
        found = judged(Step.TELL)
        response = client.get(found.address)
        text = said(response)
        assert f"<h1>{OUTCOME}</h1>" in response.text
        for words, judgment in (
            (PARTS[0][0], "Gegrond"),
            (PARTS[1][0], "Ongegrond"),
            (PARTS[2][0], "Geen oordeel"),
        ):
            assert f"{words} Oordeel {judgment}" in text
        assert "Dat was afgesproken. Het gebeurde niet." in text
        assert "beide" in text and "<b>" not in response.text
        assert text.count("Waarom ") == 2

    def test_shows_nothing_else_of_anybody(self, client: FlaskClient) -> None:
        found = scene()
        other, _token = named(found.complaint, "Zus van Zo")
        file = annex(found.complaint)
        reply(client, found.address, REPLY)
        found.judge()
        found.take(Step.TELL)
        page = client.get(found.address)
        assert OUTCOME in page.text
        for word in (
            *(WORDS, CONTENT.name, CONTENT.email, CONTENT.phone, CONTENT.street, POSTCODE, CODE),
            *(found.complaint.reference, "brief.pdf", REPLY, "Zus van Zo", "Bo van der", "<form"),
        ):
            assert word not in page.text, word
        for path in ("/gesprek.ics", f"/bijlage/{file}"):
            assert client.get(found.address + path).status_code == 404
        assert other != found.person_id

    def test_for_eight_weeks_and_also_once_it_was_closed(
        self, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found = judged(Step.TELL)
        ended_on, now = clock.today(), clock.now()
        found.take(Step.CLOSE)
        for days, title in ((OUTCOME_SHOWN.days, OUTCOME), (OUTCOME_SHOWN.days + 1, NO_MORE)):
            monkeypatch.setattr(clock, "now", lambda days=days: now + timedelta(days=days))
            page = client.get(found.address)
            assert f"<h1>{title}</h1>" in page.text
            assert (PARTS[0][0] in page.text) is (title == OUTCOME)
        assert OUTCOME_SHOWN.days == 56 and ended_on == clock.local(now).date()

    def test_not_before_it_was_told(self, client: FlaskClient) -> None:
        page = client.get(judged().address)
        assert OUTCOME not in page.text and PARTS[0][2][:10] not in page.text

    def test_the_judgment_of_a_committee_is_called_that(self, client: FlaskClient) -> None:
        found = judged(Step.TELL)
        assert "klachtencommissie" not in said(client.get(found.address))
        with transaction():
            db.session.get_one(Complaint, found.complaint.id).procedure = Procedure.JEUGDWET
        assert "Het oordeel is van een klachtencommissie." in said(client.get(found.address))

    def test_what_was_typed_meanwhile_is_shown_once_more(self, client: FlaskClient) -> None:
        found = scene()
        fields = hidden(client.get(found.address)) | {"words": REPLY}
        found.judge()
        found.take(Step.TELL)
        response = client.post(found.address, data=fields)
        assert response.status_code == 409 and OUTCOME in response.text
        assert REPLY in response.text and found.person.reply is None

    def test_in_english(self, client: FlaskClient) -> None:
        response = client.get(f"{judged(Step.TELL).address}?taal=en")
        assert response.status_code == 200 and '<html lang="en"' in response.text


class TestMail:
    def test_each_person_with_an_address_gets_one(self, app: Flask) -> None:
        found = judged()
        named(found.complaint, "Zus van Zo")
        assert told(found) == []
        found.take(Step.TELL)
        assert sorted(message.to or "" for message in told(found)) == sorted(
            person.email for person in found.person.complaint.concerned
        )
        found.take(Step.CLOSE)
        assert len(told(found)) == 2
        with transaction():
            assert not notices.tell_concerned(found.person, "outcome", key="told")

    def test_on_paper_only_after_the_complainant_was_told(self, client: FlaskClient) -> None:
        found = judged(content={"formal_by_email": False})
        letter = kept_letter(found.complaint, Kind.OUTCOME, "De uitkomst.", by=By.POST)
        found.take(Step.TELL)
        assert told(found) == []
        assert OUTCOME not in client.get(found.address).text
        assert "Er is een oordeel." in said(client.get(found.address))
        with transaction():
            held = operations.locked(found.complaint.public_id)
            assert held is not None
            letters.posted(held, db.session.get_one(ComplaintLetter, letter), "test")
        assert len(told(found)) == 1
        assert OUTCOME in client.get(found.address).text

    @pytest.mark.parametrize("step", [Step.WITHDRAW, Step.SOLVE])
    def test_not_where_nothing_was_judged(self, app: Flask, step: Step) -> None:
        found = scene()
        found.take(step)
        assert told(found) == []

    def test_still_leaves_after_the_end_and_the_copy_no_more(
        self, app: Flask, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found = judged()
        with transaction():
            notices.tell_concerned(found.person)
        found.take(Step.TELL)
        (outcome,), now = told(found), clock.now()
        copy = db.session.scalars(
            select(Message).where(Message.template == "complaint_concerned", Message.id != outcome.id)
        ).one()
        handler = ComplaintMessages()
        assert handler.wanted(outcome) and not handler.wanted(copy)
        # Nobody is called to a page that shows nothing any more.
        monkeypatch.setattr(clock, "now", lambda: now + OUTCOME_SHOWN + timedelta(days=1))
        assert not handler.wanted(outcome)

    def test_not_to_who_is_no_longer_concerned(self, app: Flask) -> None:
        found = judged(Step.TELL)
        (outcome,) = told(found)
        with transaction():
            db.session.delete(db.session.get_one(type(found.person), found.person_id))
        db.session.expire_all()
        assert not ComplaintMessages().wanted(outcome)


class TestMoreTime:
    LATER = "De uitkomst komt later: uiterlijk"

    def test_the_new_date_is_on_the_page(self, client: FlaskClient) -> None:
        found = scene()
        assert self.LATER not in client.get(found.address).text
        found.take(Step.EXTEND)
        db.session.rollback()
        day = db.session.get_one(Complaint, found.complaint.id).decide_by
        assert f"{self.LATER} " in said(client.get(found.address))
        assert f" {day.day} " in said(client.get(found.address)).split(self.LATER)[1][:30]

    def test_so_is_the_one_that_the_complainant_agreed_to(self, client: FlaskClient) -> None:
        found = scene()
        found.take(Step.ASK_LONGER, until=working_day_from(clock.today() + timedelta(days=80), is_holiday))
        assert self.LATER not in client.get(found.address).text
        found.take(Step.AGREE_LONGER)
        assert self.LATER in client.get(found.address).text
