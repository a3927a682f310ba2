"""The public pages: the evenings, signing up, and one's own sign-up, over HTTP on both databases."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal import clock
from portal.db import db, transaction
from portal.identity import attempts
from portal.outbox.models import Message
from portal.profile import profile
from portal.talks import notices, operations, queries
from portal.talks.joining import views
from portal.talks.models import Evening, SignUp
from portal.talks.rules import Reason, Refused, State, Who
from tests.talks.evenings import evening, fresh, left, signed_up, somebody

pytestmark = pytest.mark.usefixtures("app")
ADDRESS = "proef@voorbeeld.example"
GIVEN = {"first_name": "Proefpersoon", "contact": ADDRESS, "who": "parent"}
WORDS = "Wie helpt ons als <script>alert(1)</script> & school dicht is?"


def slug_of(number: int) -> str:
    return db.session.get_one(Evening, number).slug


def page_of(number: int) -> str:
    return f"/talks/{slug_of(number)}"


def hidden(response: TestResponse) -> dict[str, str]:
    """The hidden fields of a page's form."""
    tags = re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", response.text)
    found = {}
    for tag in tags:
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and value:
            found[name[1]] = unescape(value[1])
    return found


def send(client: FlaskClient, number: int, **given: str) -> TestResponse:
    """Open the evening, fill in the form, press the button."""
    path = page_of(number)
    return client.post(path, data=hidden(client.get(path)) | GIVEN | given)


def after(client: FlaskClient, response: TestResponse) -> str:
    """The page that a post leads to."""
    assert response.status_code == 303, response.text
    return client.get(response.location).text


def signups() -> list[SignUp]:
    db.session.rollback()
    return list(db.session.scalars(select(SignUp).order_by(SignUp.id)))


def own(signup: SignUp, more: str = "") -> str:
    return f"/talks/aanmelding/{notices.token_of(signup)}{more}"


def change(client: FlaskClient, signup: SignUp, **given: str) -> TestResponse:
    path = own(signup)
    return client.post(path, data={"mark": hidden(client.get(path))["mark"]} | given)


class TestTheEvenings:
    def test_nothing_planned(self, client: FlaskClient) -> None:
        shown = client.get("/talks").text
        assert "Er staat nu geen avond gepland." in shown and "Er was nog geen avond." in shown

    def test_places_in_words_and_what_was_said(self, client: FlaskClient) -> None:
        evening(capacity=6, theme="Zes")
        one, full = evening(capacity=1, theme="Een"), evening(capacity=1, theme="Vol")
        signed_up(full)
        evening(theme="Afgelast", cancelled_at=clock.now())
        evening(theme="Toen", days=-9, said="Bel <b>eerst</b>.")
        shown = client.get("/talks").text
        for words in ("nog 6 plekken", "nog 1 plek<", "vol: u kunt op de wachtlijst", "gaat niet door"):
            assert shown.count(words) == 1, words
        assert "Bel &lt;b&gt;eerst&lt;/b&gt;." in shown
        assert f'href="{page_of(one)}"' in shown

    def test_many_evenings_cost_no_more_statements(self, client: FlaskClient, statements: list[str]) -> None:
        counted = []
        for more in (1, 11):
            for _n in range(more):
                signed_up(evening(days=3))
                evening(days=-3)
            statements.clear()
            client.get("/talks")
            counted.append(len(statements))
        # The evenings to come, those that were, and the advices.
        assert counted == [3, 3]

    def test_where_and_how_for_each(self, client: FlaskClient) -> None:
        evening(route="Bus 34 stopt voor de deur.", access="Er is een lift.", theme="Thuis & school")
        shown = client.get("/talks").text
        assert "Bus 34 stopt voor de deur." in shown and "Er is een lift." in shown
        assert '<h3 lang="nl">' in client.get("/talks?taal=en").text and '<h3 lang="nl">' not in shown

    @pytest.mark.parametrize("more", ["", "/agenda.ics", "/aangemeld"])
    def test_an_address_that_no_database_holds(self, client: FlaskClient, more: str) -> None:
        assert client.get(f"/talks/a%00b{more}").status_code == 404

    def test_the_calendar_file(self, client: FlaskClient) -> None:
        mine = evening(theme="Samen, met school; en thuis", sequence=3)
        response = client.get(page_of(mine) + "/agenda.ics")
        assert response.mimetype == "text/calendar"
        found = Calendar.from_ical(response.data).walk("VEVENT")[0]
        assert "Samen, met school; en thuis" in str(found["SUMMARY"]) and found["SEQUENCE"] == 3
        assert str(found["URL"]).endswith(page_of(mine))

    @pytest.mark.parametrize("path", ["aanmelding", "bestaat-niet", "bestaat-niet/agenda.ics"])
    def test_no_such_evening(self, client: FlaskClient, path: str) -> None:
        evening(slug="aanmelding")
        assert client.get(f"/talks/{path}").status_code == 404

    def test_home_leads_there(self, client: FlaskClient) -> None:
        assert 'href="/talks"' in client.get("/").text


class TestSigningUp:
    def test_five_things_and_a_place(self, client: FlaskClient) -> None:
        mine = evening()
        shown = after(client, send(client, mine))
        assert "U hebt een plek" in shown and "uw eerste aanmelding telt" in shown
        (made,) = signups()
        assert (made.state, made.places, made.who, made.person.contact) == ("in", 1, "parent", ADDRESS)
        assert notices.token_of(made) not in shown and "Proefpersoon" not in shown

    def test_all_that_can_be_told(self, client: FlaskClient) -> None:
        needs = {
            "interpreter": "Pools",
            "wheelchair": "yes",
            "child_care": "twee, van 3 en 5",
            "diet": "geen noten",
            "brings": "yes",
            "companion": "Buur",
            "question": "Waarom?",
        }
        send(client, evening(), who="young_person", **needs)
        (made,) = signups()
        told = vars(made.person)
        assert made.places == 2 and {name: told[name] for name in needs if name != "brings"} == (
            {name: words for name, words in needs.items() if name != "brings"} | {"wheelchair": True}
        )

    @pytest.mark.parametrize(
        ("typed", "kept"),
        [
            ("06 1234 5678", "+31612345678"),
            ("+32 470 12 34 56", "+32470123456"),
            (" Naam@VOORBEELD.nl ", "Naam@voorbeeld.nl"),
        ],
    )
    def test_an_address_or_a_number(self, client: FlaskClient, typed: str, kept: str) -> None:
        send(client, evening(), contact=typed)
        assert [one.person.contact for one in signups()] == [kept]

    @pytest.mark.parametrize(
        ("typed", "said"),
        [
            ("", "Vul een e-mailadres of een mobiel nummer in."),
            ("naam@voorbeeld", "Dit e-mailadres klopt niet."),
            ("naam(at)voorbeeld.nl", "Dit is geen e-mailadres en geen mobiel nummer"),
            ("06 1234", "Dit is geen e-mailadres en geen mobiel nummer"),
            ("0174 123456", "Dit is een vast nummer."),
        ],
    )
    def test_what_cannot_be_reached(self, client: FlaskClient, typed: str, said: str) -> None:
        response = send(client, evening(), contact=typed, question=WORDS)
        assert response.status_code == 422 and said in response.text
        assert 'href="#contact"' in response.text and f'value="{typed}"' in response.text
        assert "&lt;script&gt;" in response.text and "<script>alert" not in response.text
        assert "<details" in response.text and " open>" in response.text, "what was typed is in sight"
        assert signups() == []

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"first_name": " "}, "Vul een voornaam in."),
            ({"first_name": "n" * 61}, "er passen 60 tekens"),
            ({"first_name": "Uw DigiD: https://elders.example"}, "Vul alleen een voornaam in."),
            ({"first_name": "Kijk op elders.example"}, "Vul alleen een voornaam in."),
            ({"who": ""}, "Kies wat het best bij u past."),
            ({"who": "mayor"}, "Kies wat het best bij u past."),
            ({"question": "w" * 1001}, "er passen 1000 tekens"),
            ({"contact": "n" * 300 + "@voorbeeld.nl"}, "er passen 254 tekens"),
            ({"companion": "Buur"}, "Zet hier een vinkje, of haal de naam weg."),
            ({"mark": "old"}, "Deze pagina stond lang open"),
        ],
    )
    def test_bad_input_keeps_what_was_typed(
        self, client: FlaskClient, given: dict[str, str], said: str
    ) -> None:
        response = send(client, evening(), diet="geen noten", **given)
        assert response.status_code == 422 and said in response.text and "geen noten" in response.text
        for typed in given.values():
            assert typed in ("mayor", "old") or typed.strip() in response.text
        assert signups() == []

    def test_what_is_wrong_comes_in_the_order_of_the_page(self, client: FlaskClient) -> None:
        given = {"first_name": "", "contact": "x", "who": "", "diet": "d" * 201, "companion": "Buur"}
        shown = send(client, evening(), question="w" * 1001, **given).text
        summary = shown[: shown.index("<h1")]
        wrong = ["first_name", "contact", "who", "diet", "brings", "question"]
        assert re.findall(r'href="#(\w+)"', summary)[1:] == wrong

    def test_far_too_much(self, client: FlaskClient) -> None:
        assert send(client, evening(), question="w" * 300_000).status_code == 413
        assert signups() == []

    def test_another_website_cannot(self, client: FlaskClient) -> None:
        path = page_of(evening())
        data = hidden(client.get(path)) | GIVEN
        refused = client.post(path, data=data, headers={"Origin": "https://elders.example"})
        assert refused.status_code == 403 and signups() == []

    def test_the_language_button_keeps_what_was_typed(self, client: FlaskClient) -> None:
        response = send(client, evening(), action="language:en", first_name="Getypt")
        assert 'lang="en"' in response.text and 'value="Getypt"' in response.text
        assert hidden(response)["request_key"] and signups() == []

    def test_too_many_from_one_place(self, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
        mine = evening()
        monkeypatch.setattr(attempts, "wait_to_use", lambda kind: 7 if kind == views.ATTEMPT else 0)
        response = send(client, mine, question=WORDS)
        assert response.status_code == 429 and response.headers["Retry-After"] == "7" and signups() == []
        assert "alles wat er staat is er nog" in response.text and "&lt;script&gt;" in response.text

    @pytest.mark.parametrize("name", ["J.P.", "Anne-Marie", "Özge", "'t", "Maria de 2e"])
    def test_names_that_people_have(self, client: FlaskClient, name: str) -> None:
        assert send(client, evening(), first_name=name).status_code == 303

    def test_no_number_where_no_text_message_can_leave(
        self, client: FlaskClient, set_up: Callable[..., None]
    ) -> None:
        set_up(env="production")
        mine = evening()
        response = send(client, mine, contact="06 12345678")
        assert response.status_code == 422 and "Wij kunnen nu geen sms sturen." in response.text
        assert "E-mailadres of mobiel nummer" not in response.text
        assert send(client, mine).status_code == 303


class TestOnce:
    def test_a_double_post_is_one_sign_up(self, client: FlaskClient) -> None:
        path = page_of(evening(capacity=1))
        data = hidden(client.get(path)) | GIVEN
        told = [after(client, client.post(path, data=data)) for _n in range(2)]
        assert "U hebt een plek" in told[0] and told[0] == told[1]
        assert len(signups()) == 1

    def test_gone_back_to_and_filled_in_anew_is_told_about(self, client: FlaskClient) -> None:
        path = page_of(evening())
        data = hidden(client.get(path)) | GIVEN
        for more in ({}, {"brings": "yes"}):
            client.post(path, data=data | more)
        assert [one.places for one in signups()] == [1]
        queued = db.session.scalars(select(Message.params).order_by(Message.id))
        assert [json.loads(one or "")["what"] for one in queued] == ["place", "known"]

    def test_somebody_else_on_the_same_page_is_somebody_else(self, client: FlaskClient) -> None:
        path = page_of(evening())
        data = hidden(client.get(path)) | GIVEN
        for contact in (ADDRESS, "buur@voorbeeld.example"):
            client.post(path, data=data | {"contact": contact})
        assert [one.person.contact for one in signups()] == [ADDRESS, "buur@voorbeeld.example"]

    @pytest.mark.parametrize(
        ("capacity", "others", "places", "heading"),
        [
            (9, 0, 1, "U hebt een plek"),
            (9, 3, 2, "U hebt twee plekken"),
            (4, 3, 2, "U staat op de wachtlijst, nummer 1"),
            (4, 3, 1, "U staat op de wachtlijst, nummer 1"),
            (2, 4, 1, "U staat op de wachtlijst, nummer 4"),
        ],
    )
    def test_who_is_on_the_list_reads_what_a_newcomer_reads(
        self, client: FlaskClient, capacity: int, others: int, places: int, heading: str
    ) -> None:
        """Nobody who types somebody's address learns whether that person comes."""
        mine = evening(capacity=capacity)
        signed_up(mine, somebody(ADDRESS))
        for _n in range(others):
            signed_up(mine)
        given = {"brings": "yes"} if places == 2 else {}
        known = send(client, mine, **given)
        assert len(signups()) == others + 1
        new = send(client, mine, contact="nieuw@voorbeeld.example", **given)
        assert len(signups()) == others + 2
        assert (known.status_code, known.location) == (new.status_code, new.location)
        assert heading in after(client, known)
        # On the very same day of the same evening, also what the page says is the same.
        assert after(client, known) == after(client, new)

    @pytest.mark.parametrize("typed", [ADDRESS.upper(), f" {ADDRESS}"])
    def test_however_it_is_typed(self, client: FlaskClient, typed: str) -> None:
        mine = evening()
        send(client, mine)
        send(client, mine, contact=typed)
        assert len(signups()) == 1

    def test_a_page_used_again_after_leaving_says_so(self, client: FlaskClient) -> None:
        path = page_of(evening())
        data = hidden(client.get(path)) | GIVEN
        client.post(path, data=data)
        left(signups()[0])
        assert "Met deze pagina hebt u zich al afgemeld" in after(client, client.post(path, data=data))


class TestFull:
    def test_the_button_says_the_line(self, client: FlaskClient) -> None:
        mine = evening(capacity=1)
        shown = client.get(page_of(mine)).text
        assert "Meld mij aan" in shown
        assert f"{profile().talks.keep_weeks} weken na de avond halen wij het weg" in shown
        signed_up(mine)
        assert "Zet mij op de wachtlijst" in client.get(page_of(mine)).text

    def test_it_fills_while_one_types(self, client: FlaskClient) -> None:
        mine = evening(capacity=1)
        data = hidden(client.get(page_of(mine))) | GIVEN
        signed_up(mine)
        signed_up(mine)
        shown = after(client, client.post(page_of(mine), data=data))
        assert "U staat op de wachtlijst, nummer 2" in shown

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"days": -1}, "Deze avond is begonnen of al geweest"),
            ({"cancelled_at": clock.now(), "cancelled_why": "De zaal lekt."}, "De zaal lekt."),
        ],
    )
    def test_it_closes_while_one_types(
        self, client: FlaskClient, given: dict[str, object], said: str
    ) -> None:
        mine = evening()
        data = hidden(client.get(page_of(mine))) | GIVEN | {"question": WORDS}
        closed = evening(**given)  # type: ignore[arg-type]
        response = client.post(page_of(closed), data=data)
        assert response.status_code == 409 and said in response.text
        assert "Wie helpt ons als &lt;script&gt;" in response.text and ADDRESS in response.text
        assert "<form" not in response.text and signups() == []
        assert "<form" not in client.get(page_of(closed)).text

    def test_it_closes_at_the_very_moment(self, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_given: object, **_named: object) -> None:
            raise Refused(Reason.CANCELLED)

        mine = evening()
        monkeypatch.setattr(operations, "sign_up", refuse)
        assert send(client, mine).status_code == 409


class TestWhatTheNextPageSays:
    def test_it_cannot_be_made_up(self, client: FlaskClient) -> None:
        mine, other = evening(), evening()
        stand = send(client, mine).location.rsplit("=", 1)[-1]
        for path in (f"{page_of(mine)}/aangemeld", f"{page_of(mine)}/aangemeld?stand=WyJpbiIsMF0.x"):
            assert client.get(path).status_code == 302
        assert client.get(f"{page_of(mine)}/aangemeld?stand={stand}").status_code == 200
        assert client.get(f"{page_of(other)}/aangemeld?stand={stand}").status_code == 302

    def test_when_it_was_cancelled_meanwhile(self, client: FlaskClient) -> None:
        mine = evening()
        location = send(client, mine).location
        with transaction():
            db.session.get_one(Evening, mine).cancelled_at = clock.now()
        assert "Deze avond gaat niet door" in client.get(location, follow_redirects=True).text

    def test_to_a_young_person(self, client: FlaskClient) -> None:
        mine = evening(capacity=1)
        assert "Je hebt een plek" in after(client, send(client, mine, who="young_person"))
        assert "Je staat op de wachtlijst" in after(
            client, send(client, mine, contact="b@c.example", who="young_person")
        )

    def test_two_where_one_still_has_room(self, client: FlaskClient) -> None:
        mine = evening(capacity=1)
        shown = after(client, send(client, mine, brings="yes"))
        assert "nummer 1" in shown and "Er is nog wel een plek voor één." in shown
        assert "agenda.ics" not in shown, "who waits does not come yet"
        signed_up(mine)
        shown = after(client, send(client, mine, brings="yes", contact="b@c.example"))
        assert "nummer 2" in shown and "plek voor één" not in shown and "Wie alleen komt" in shown

    def test_the_address_names_nobody(self, client: FlaskClient) -> None:
        location = send(client, evening()).location
        assert "proef" not in location.casefold() and "@" not in location


class TestOnesOwn:
    def test_what_one_told_comes_back_as_text(self, client: FlaskClient) -> None:
        send(client, evening(), question=WORDS, interpreter='"><img src=x>')
        shown = client.get(own(signups()[0]))
        assert shown.headers["Cache-Control"] == "no-store"
        assert "U hebt een plek" in shown.text and "&lt;script&gt;alert(1)" in shown.text
        assert "<script>alert" not in shown.text and "<img" not in shown.text

    def test_young_people_are_spoken_to_as_such(self, client: FlaskClient) -> None:
        mine = evening(capacity=1)
        young = [signed_up(mine, somebody(who=Who.YOUNG_PERSON)).signup for _n in range(2)]
        assert young[0] and young[1]
        assert "Je hebt een plek" in client.get(own(young[0])).text
        assert "Je staat op de wachtlijst, nummer 1" in client.get(own(young[1])).text

    def test_changing_and_reading_that_it_was_kept(self, client: FlaskClient) -> None:
        made = signed_up(evening(), somebody(ADDRESS)).signup
        assert made
        shown = after(client, change(client, made, brings="yes", companion="Buur", diet="geen noten"))
        assert "Bewaard." in shown and "U hebt twee plekken" in shown
        now = fresh(made)
        assert (now.places, now.person.companion, now.person.diet) == (2, "Buur", "geen noten")
        assert (now.person.contact, now.who) == (ADDRESS, "parent"), "who it is stays"
        # Taking the tick away is enough.
        change(client, made, companion="Buur", diet="geen noten")
        assert (fresh(made).places, fresh(made).person.companion) == (1, "")

    def test_no_room_for_two_is_said_at_the_tick(self, client: FlaskClient) -> None:
        made = signed_up(evening(capacity=1)).signup
        assert made
        response = change(client, made, brings="yes", companion="Buur", question=WORDS)
        assert response.status_code == 409 and "Er is nu geen plek voor twee." in response.text
        assert 'href="#brings"' in response.text and 'value="Buur"' in response.text
        assert "Wie helpt ons als &lt;script&gt;" in response.text
        assert fresh(made).places == 1 and fresh(made).person.question == ""

    @pytest.mark.parametrize("given", [{"mark": "of another"}, {"question": "w" * 1001}])
    def test_bad_input(self, client: FlaskClient, given: dict[str, str]) -> None:
        made = signed_up(evening()).signup
        assert made
        response = change(client, made, **{"diet": "geen noten", **given})
        assert response.status_code == 422 and "geen noten" in response.text
        assert fresh(made).person.diet == ""

    def test_the_mark_of_somebody_else(self, client: FlaskClient) -> None:
        mine = evening()
        one, other = (signed_up(mine).signup for _n in range(2))
        assert one and other
        mark = hidden(client.get(own(other)))["mark"]
        assert change(client, one, mark=mark, diet="niets").status_code == 422

    def test_leaving_passes_the_place_on(self, client: FlaskClient) -> None:
        mine = evening(capacity=1)
        first, second = (signed_up(mine).signup for _n in range(2))
        assert first and second
        asked = client.get(own(first, "/afmelden"))
        assert "Geef mijn plek door" in asked.text
        assert "Haal mij van de wachtlijst" in client.get(own(second, "/afmelden")).text
        assert fresh(first).state == State.IN, "reading changes nothing"
        gone = after(client, client.post(own(first, "/afmelden"), data=hidden(asked)))
        assert "U bent afgemeld" in gone and f'href="{page_of(mine)}"' in gone
        assert fresh(first).state == State.GONE and fresh(second).state == State.IN
        assert "Meld mij af" in client.get(own(second, "/afmelden")).text

    def test_out_of_the_line_with_one_press(self, client: FlaskClient) -> None:
        mine = evening(capacity=1)
        signed_up(mine)
        waits = signed_up(mine).signup
        assert waits
        page = client.get(own(waits))
        assert "agenda.ics" not in page.text
        found = re.search(
            rf'action="{own(waits, "/afmelden")}".*?name="mark"[^>]*value="([^"]+)"', page.text, re.DOTALL
        )
        assert found
        assert "U bent afgemeld" in after(
            client, client.post(own(waits, "/afmelden"), data={"mark": found[1]})
        )

    def test_nobody_is_promised_a_place_that_does_not_fit(self, client: FlaskClient) -> None:
        mine = evening(capacity=1)
        first = signed_up(mine).signup
        signed_up(mine, somebody(places=2))
        assert first
        asked = client.get(own(first, "/afmelden")).text
        assert "Geef mijn plek door" not in asked and "Meld mij af" in asked

    def test_leaving_needs_our_own_button(self, client: FlaskClient) -> None:
        made = signed_up(evening()).signup
        assert made
        assert client.post(own(made, "/afmelden"), data={"mark": "x"}).status_code == 422
        changing = hidden(client.get(own(made)))["mark"]
        assert client.post(own(made, "/afmelden"), data={"mark": changing}).status_code == 422
        assert fresh(made).state == State.IN

    def test_a_used_link_again(self, client: FlaskClient) -> None:
        made = signed_up(evening()).signup
        assert made
        asked, mark = hidden(client.get(own(made, "/afmelden"))), hidden(client.get(own(made)))["mark"]
        left(made)
        assert "U bent afgemeld" in client.get(own(made)).text
        assert "U bent afgemeld" in after(client, client.post(own(made, "/afmelden"), data=asked))
        typed = client.post(own(made), data={"mark": mark, "question": WORDS})
        assert typed.status_code == 409 and "Wie helpt ons als &lt;script&gt;" in typed.text

    @pytest.mark.parametrize(
        ("fact", "said"),
        [("over", "Deze avond is begonnen of al geweest"), ("cancelled", "Deze avond gaat niet door")],
    )
    def test_when_it_is_over_or_cancelled(self, client: FlaskClient, fact: str, said: str) -> None:
        made = signed_up(evening()).signup
        assert made
        asked, mark = hidden(client.get(own(made, "/afmelden"))), hidden(client.get(own(made)))["mark"]
        with transaction():
            held = db.session.get_one(Evening, made.evening_id)
            if fact == "over":
                held.starts_at = clock.now() - timedelta(hours=1)
            else:
                held.cancelled_at = clock.now()
        shown = client.get(own(made)).text
        assert said in shown and "<form" not in shown
        typed = client.post(own(made), data={"mark": mark, "question": WORDS})
        assert typed.status_code == 409 and "Wie helpt ons als &lt;script&gt;" in typed.text
        assert said in after(client, client.post(own(made, "/afmelden"), data=asked))
        assert fresh(made).state == State.IN

    @pytest.mark.parametrize("more", ["", "/afmelden"])
    def test_a_link_that_we_did_not_make(self, client: FlaskClient, more: str) -> None:
        made = signed_up(evening()).signup
        assert made
        token = notices.token_of(made)
        for wrong in (token[:-2], token[:-1] + ("A" if token[-1] != "A" else "B"), "kort"):
            for method in ("GET", "POST"):
                response = client.open(f"/talks/aanmelding/{wrong}{more}", method=method)
                assert response.status_code == 404
                assert "Deze aanmelding kennen we niet" in response.text

    def test_reading_writes_nothing(self, app: Flask, client: FlaskClient, statements: list[str]) -> None:
        mine = evening()
        made = signed_up(mine).signup
        assert made
        paths = ["/talks", page_of(mine), own(made), own(made, "/afmelden"), page_of(mine) + "/agenda.ics"]
        statements.clear()
        for path in paths:
            assert client.get(path).status_code == 200
        assert statements and {one.split(maxsplit=1)[0] for one in statements} == {"SELECT"}
        assert queries.number_in_line(fresh(made)) == 0
