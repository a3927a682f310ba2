"""The page of somebody whom a complaint is about: the copy, the hearing, a reply, and nothing else."""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy import select

from portal import clock
from portal.audit.models import AuditEvent
from portal.complaints import messages, operations
from portal.complaints.concerned.forms import MOST_LETTERS
from portal.complaints.rules import Domain, Stage, Step
from portal.crypto import PUBLIC_ID_BYTES, keyring, new_public_id
from portal.db import db, transaction
from portal.identity.models import User
from portal.identity.rules import Role
from portal.outbox.models import Message
from tests.complaints.concerned.scene import (
    POSTCODE,
    TO_COPY,
    annex,
    back_to,
    hidden,
    named,
    reply,
    said,
    scene,
)
from tests.complaints.people import CODE, CONTENT, WORDS, filed, staff
from tests.conftest import SignIn
from tests.signed_in import let_in

SCRIPT = '<script>alert("x")</script>'
REPLY = "Zo heb ik het niet gezegd.\n\nIk lees het graag na."
CONTACT = (CONTENT.email, CONTENT.phone, CONTENT.street, POSTCODE, CODE)
NOT_YET = "Hier staat nog niets"
NO_MORE = "Hier is niets meer te lezen"
UNKNOWN = "Deze persoonlijke pagina kennen we niet"


def _told(what: str = "reply") -> list[str]:
    """Whom staff mail of this kind was queued for."""
    db.session.rollback()
    return [
        message.to or ""
        for message in db.session.scalars(select(Message).order_by(Message.id))
        if json.loads(message.params or "{}").get("what") == what
    ]


def _events(event: str) -> int:
    db.session.rollback()
    return len(db.session.scalars(select(AuditEvent).where(AuditEvent.event == event)).all())


class TestLink:
    @pytest.mark.parametrize("token", ["x", "A" * 24, "A" * 23 + "!", "%00" * 8, "é" * 24, "A" * 500])
    def test_what_we_did_not_make_is_unknown(self, client: FlaskClient, token: str) -> None:
        scene()
        for path in ("", "/gesprek.ics", f"/bijlage/{new_public_id()}"):
            response = client.get(f"/klacht/betrokkene/{token}{path}")
            assert response.status_code == 404 and UNKNOWN in response.text

    def test_an_id_without_its_mac_opens_nothing(self, client: FlaskClient) -> None:
        one, other = scene(), scene()
        # The person's own id with the MAC of another, and the complaint's id with a good MAC.
        raw = [urlsafe_b64decode(found.token) for found in (one, other)]
        mixed = urlsafe_b64encode(raw[0][:PUBLIC_ID_BYTES] + raw[1][PUBLIC_ID_BYTES:]).decode()
        complaints = keyring().token(one.complaint.public_id, keyring().link_key_id)
        for token in (mixed, complaints):
            assert client.get(f"/klacht/betrokkene/{token}").status_code == 404
            assert client.post(f"/klacht/betrokkene/{token}", data={"words": "x"}).status_code == 404

    def test_nobody_keeps_or_finds_the_page(self, client: FlaskClient) -> None:
        response = client.get(scene().address)
        assert response.headers["Cache-Control"] == "no-store"
        assert "noindex" in response.headers["X-Robots-Tag"]
        assert response.headers["Referrer-Policy"] == "same-origin"
        assert "Set-Cookie" not in response.headers

    def test_being_signed_in_changes_nothing(self, sign_in: SignIn, client: FlaskClient) -> None:
        found = scene(Step.ACKNOWLEDGE)
        member = sign_in(Role.COMPLAINTS)
        assert NOT_YET in member.get(found.address).text
        found.take(*TO_COPY[1:])
        with_session, without = member.get(found.address), client.get(found.address)
        assert said(with_session) == said(without)
        assert "/team" not in with_session.text

    def test_the_account_of_the_person_opens_nothing_more(self, client: FlaskClient, app: Flask) -> None:
        user = staff(Role.QUALITY)
        found = scene(user=user)
        member = app.test_client()
        let_in(member, user)
        assert said(member.get(found.address)) == said(client.get(found.address))
        assert user.email not in client.get(found.address).text


class TestBefore:
    @pytest.mark.parametrize(
        "steps", [TO_COPY[:1], TO_COPY[:2], TO_COPY[:3]], ids=["new", "called", "taken up"]
    )
    def test_says_nothing_until_the_copy_is_sent(self, client: FlaskClient, steps: tuple[Step, ...]) -> None:
        found = scene(*steps)
        file = annex(found.complaint)
        response = client.get(found.address)
        assert response.status_code == 200 and NOT_YET in response.text
        for word in (WORDS, CONTENT.name, found.complaint.reference, "brief.pdf", *CONTACT):
            assert word not in response.text
        assert client.get(f"{found.address}/bijlage/{file}").status_code == 404
        assert client.get(f"{found.address}/gesprek.ics").status_code == 404
        assert found.person.opened_at is None, "nothing was opened"

    def test_a_reply_is_not_taken_yet_and_not_lost(self, client: FlaskClient) -> None:
        found = scene(Step.ACKNOWLEDGE)
        response = client.post(found.address, data={"words": REPLY})
        assert response.status_code == 409
        assert REPLY in response.text and found.person.reply is None


class TestCopy:
    def test_shows_the_complaint_and_who_made_it(self, client: FlaskClient) -> None:
        found = scene(
            content={"wishes": ("apology", "other"), "wish_other": "een bloemetje", "for_whom": "mijn kind"}
        )
        text = said(client.get(found.address))
        for shown in (
            WORDS,
            CONTENT.name,
            CONTENT.when,
            CONTENT.about,
            "Excuses een bloemetje",
            "mijn kind",
            found.complaint.reference,
        ):
            assert shown in text
        assert "Iets anders" not in text, "what it was is said instead"

    def test_shows_neither_contact_nor_messages_nor_others(self, client: FlaskClient) -> None:
        found = scene()
        other_id, other_token = named(found.complaint, "Ander Persoon")
        with transaction():
            held = operations.locked(found.complaint.public_id)
            assert held is not None
            messages.say(held, "Een bericht tussen ons", request_key="a", author=None)
        assert reply(client, f"/klacht/betrokkene/{other_token}", "Antwoord van de ander").status_code == 303
        page = client.get(found.address).text
        for hidden_word in (*CONTACT, "Ander Persoon", "Antwoord van de ander", "Een bericht tussen ons"):
            assert hidden_word not in page
        assert other_id != found.person_id and found.person.reply is None

    def test_empty_answers_leave_no_empty_lines(self, client: FlaskClient) -> None:
        found = scene(content={"when": "", "about": "", "name": "", "wishes": ()})
        page = client.get(found.address)
        assert "<dd></dd>" not in page.text
        for term in ("Van", "Wanneer", "Over wie", "Wat zou helpen", "Bijlagen"):
            assert f">{term}<" not in page.text

    def test_what_people_typed_is_text(self, client: FlaskClient) -> None:
        fields = ("what", "when", "about", "wish_other", "for_whom", "name")
        found = scene(content=dict.fromkeys(fields, SCRIPT) | {"wishes": ("other",)})
        annex(found.complaint, f"{SCRIPT}.pdf")
        found.plan_hearing(SCRIPT)
        assert reply(client, found.address, SCRIPT).status_code == 303
        page = client.get(found.address).text
        assert SCRIPT not in page
        assert page.count("&lt;script&gt;") == len(fields) + 3

    def test_the_first_opening_is_kept(self, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
        found = scene()
        client.get(found.address)
        first = found.person.opened_at
        assert first is not None and _events("complaint.seen") == 1
        later = clock.now() + timedelta(hours=1)
        monkeypatch.setattr(clock, "now", lambda: later)
        client.get(found.address)
        assert found.person.opened_at == first and _events("complaint.seen") == 1

    def test_who_checks_the_link_did_not_read_it(self, client: FlaskClient) -> None:
        found = scene()
        file = annex(found.complaint)
        assert client.head(found.address).status_code == 200
        assert client.head(f"{found.address}/bijlage/{file}").status_code == 200
        assert found.person.opened_at is None
        assert _events("complaint.seen") == 0

    def test_an_annex_is_downloaded(self, client: FlaskClient) -> None:
        found = scene()
        file = annex(found.complaint)
        assert f"/bijlage/{file}" in client.get(found.address).text
        response = client.get(f"{found.address}/bijlage/{file}")
        assert response.data == b"%PDF-1.4 %%EOF"
        assert response.headers["Content-Disposition"].startswith("attachment")
        assert _events("complaint.seen") == 2, "the page and the file"
        assert client.get(f"{found.address}/bijlage/%00").status_code == 404

    def test_not_an_annex_of_another_complaint(self, client: FlaskClient) -> None:
        found = scene()
        foreign = annex(filed())
        for file in (foreign, new_public_id(), "..%2F..%2Fkeys"):
            assert client.get(f"{found.address}/bijlage/{file}").status_code == 404

    def test_a_committee_is_named_where_there_is_one(self, client: FlaskClient) -> None:
        sentence = "Een klachtencommissie geeft daarna een oordeel."
        assert sentence not in client.get(scene().address).text
        assert sentence in client.get(scene(domain=Domain.YOUTH).address).text

    def test_english_where_asked(self, client: FlaskClient) -> None:
        page = client.get(f"{scene().address}?taal=en").text
        assert '<html lang="en"' in page and WORDS in page

    def test_takes_few_statements(self, client: FlaskClient, statements: list[str]) -> None:
        found = scene()
        for _n in range(5):
            annex(found.complaint)
        client.get(found.address)
        statements.clear()
        client.get(found.address)
        # The person with the complaint, whether it was copied (twice: for the page and its hearing), steps, annexes.
        assert len(statements) <= 5, statements


class TestHearing:
    def test_day_place_and_a_file_for_the_calendar(self, client: FlaskClient) -> None:
        found = scene()
        assert "Er is nog geen dag gekozen." in client.get(found.address).text
        at = found.plan_hearing()
        text = said(client.get(found.address))
        assert f"{at.year} om 14.30 uur" in text and "Van de Kasteelestraat 75" in text
        response = client.get(f"{found.address}/gesprek.ics")
        assert response.mimetype == "text/calendar"
        (event,) = Calendar.from_ical(response.text).walk("VEVENT")
        assert event.decoded("dtstart") == at
        assert "klacht" not in response.text.lower()
        for word in (CONTENT.name, found.complaint.reference, found.token, found.complaint.public_id):
            assert word not in response.text

    def test_another_day_is_the_same_appointment(self, client: FlaskClient) -> None:
        found = scene()
        events = []
        for _n in range(2):
            found.plan_hearing()
            (event,) = Calendar.from_ical(client.get(f"{found.address}/gesprek.ics").text).walk("VEVENT")
            events.append(event)
        assert events[0]["uid"] == events[1]["uid"]
        assert events[0]["sequence"] < events[1]["sequence"]

    def test_without_a_hearing_there_is_no_file(self, client: FlaskClient) -> None:
        found = scene()
        assert client.get(f"{found.address}/gesprek.ics").status_code == 404
        found.take(Step.SKIP_HEARING)
        assert "Er komt geen gesprek." in client.get(found.address).text


class TestReply:
    def test_is_kept_and_told_to_who_handles_it(self, client: FlaskClient) -> None:
        found = scene()
        response = reply(client, found.address, REPLY)
        assert response.status_code == 303 and response.location.endswith(f"{found.address}#reactie")
        assert found.person.reply == REPLY and found.person.replied_at is not None
        page = client.get(found.address)
        assert "Wij hebben uw reactie" in page.text and "Ik lees het graag na." in page.text
        handler = db.session.get_one(User, found.complaint.handler_id)
        assert _told() == [handler.email]
        assert _events("complaint.replied") == 1

    def test_a_double_click_changes_nothing(self, client: FlaskClient) -> None:
        found = scene()
        fields = hidden(client.get(found.address)) | {"words": REPLY}
        assert [client.post(found.address, data=fields).status_code for _n in range(3)] == [303] * 3
        assert _events("complaint.replied") == 1 and len(_told()) == 1

    def test_may_be_changed_until_there_is_a_judgment(self, client: FlaskClient) -> None:
        found = scene()
        for text in ("Een.", "Twee.", "Drie."):
            assert reply(client, found.address, text).status_code == 303
            assert found.person.reply == text
        assert len(_told()) == 1, "one mail a day"
        found.judge()
        response = client.get(found.address)
        assert "Drie." in response.text and "<form" not in response.text
        assert "Reageren kan niet meer." in said(response)

    def test_a_reply_after_the_judgment_is_shown_and_not_kept(self, client: FlaskClient) -> None:
        found = scene()
        fields = hidden(client.get(found.address)) | {"words": REPLY}
        found.judge()
        response = client.post(found.address, data=fields)
        assert response.status_code == 409
        assert "Ik lees het graag na." in response.text and "niet bewaard" in response.text
        assert found.person.reply is None and _told() == []

    def test_an_old_window_does_not_write_over_a_newer_reply(self, client: FlaskClient) -> None:
        found = scene()
        old = hidden(client.get(found.address))
        assert reply(client, found.address, "De nieuwe.").status_code == 303
        response = client.post(found.address, data=old | {"words": "De oude."})
        assert response.status_code == 409
        assert "De nieuwe." in response.text and "De oude." in response.text
        assert found.person.reply == "De nieuwe."
        # Who sees both may choose.
        again = client.post(found.address, data=hidden(response) | {"words": "De oude."})
        assert again.status_code == 303 and found.person.reply == "De oude."

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("", "Schrijf eerst uw reactie."),
            (" \n\t", "Schrijf eerst uw reactie."),
            ("x" * (MOST_LETTERS + 1), "te lang"),
        ],
        ids=["empty", "blank", "long"],
    )
    def test_mistakes_are_said_and_nothing_is_lost(self, client: FlaskClient, text: str, says: str) -> None:
        found = scene()
        response = reply(client, found.address, text)
        assert response.status_code == 422
        assert "<title>Fout: " in response.text and says in response.text
        assert text.strip() in response.text and found.person.reply is None

    def test_the_longest_reply_fits(self, client: FlaskClient) -> None:
        found = scene()
        longest = "é" * MOST_LETTERS
        assert reply(client, found.address, longest).status_code == 303
        assert found.person.reply == longest

    @pytest.mark.parametrize("mark", ["", "x" * 14])
    def test_a_stale_page_is_shown_again(self, client: FlaskClient, mark: str) -> None:
        found = scene()
        response = reply(client, found.address, REPLY, mark=mark)
        assert response.status_code == 400
        assert "Ik lees het graag na." in response.text and found.person.reply is None

    def test_the_mark_of_another_link_is_refused(self, client: FlaskClient) -> None:
        found, other = scene(), scene()
        mark = hidden(client.get(other.address))["mark"]
        assert reply(client, found.address, REPLY, mark=mark).status_code == 400
        assert found.person.reply is None

    def test_another_website_cannot_post(self, client: FlaskClient) -> None:
        found = scene()
        fields = hidden(client.get(found.address)) | {"words": REPLY}
        response = client.post(found.address, data=fields, headers={"Origin": "https://kwaad.example"})
        assert response.status_code == 403 and found.person.reply is None

    def test_the_language_button_keeps_what_was_typed(self, client: FlaskClient) -> None:
        found = scene()
        response = reply(client, found.address, REPLY, action="language:en")
        assert response.status_code == 200 and '<html lang="en"' in response.text
        assert "Ik lees het graag na." in response.text and found.person.reply is None

    def test_stays_sealed_in_the_database(self, client: FlaskClient, app: Flask) -> None:
        found = scene()
        reply(client, found.address, REPLY)
        with db.engine.connect() as connection:
            (kept,) = connection.exec_driver_sql("SELECT reply FROM person_concerned").one()
        assert b"graag" not in bytes(kept)


class TestAfter:
    @pytest.mark.parametrize("way", ["withdrawn", "solved"])
    def test_shows_only_that_it_is_over(self, client: FlaskClient, way: str) -> None:
        found = scene()
        file = annex(found.complaint)
        reply(client, found.address, REPLY)
        found.take({"withdrawn": Step.WITHDRAW, "solved": Step.SOLVE}[way])
        page = client.get(found.address)
        assert NO_MORE in page.text and f"{clock.today().day} " in said(page)
        for word in (WORDS, CONTENT.name, found.complaint.reference, "brief.pdf", "graag na", "gegrond"):
            assert word not in page.text
        for path in ("/gesprek.ics", f"/bijlage/{file}"):
            assert client.get(found.address + path).status_code == 404

    def test_a_reply_comes_too_late_and_is_shown(self, client: FlaskClient) -> None:
        found = scene()
        fields = hidden(client.get(found.address)) | {"words": REPLY}
        found.take(Step.WITHDRAW)
        response = client.post(found.address, data=fields)
        assert response.status_code == 409 and NO_MORE in response.text
        assert "Ik lees het graag na." in response.text
        assert found.person.reply is None

    def test_what_goes_on_after_all_can_be_read_again(self, client: FlaskClient) -> None:
        found = scene()
        found.take(Step.SOLVE)
        assert NO_MORE in client.get(found.address).text
        found.take(Step.RESUME)
        assert WORDS in client.get(found.address).text
        assert reply(client, found.address, REPLY).status_code == 303

    def test_every_stage_has_a_page(self, client: FlaskClient) -> None:
        found = scene()
        for stage in Stage:
            back_to(found.complaint, stage)
            response = client.get(found.address)
            assert response.status_code == 200
            titles = re.findall("<h1>(.+?)</h1>", response.text)
            assert titles in (["Een klacht waarin u wordt genoemd"], [NO_MORE]), stage
