"""The public pages: the evenings, and signing up, over HTTP on both databases."""

import json
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy import select

from portal import clock
from portal.db import db, transaction
from portal.identity import attempts
from portal.outbox.models import Message
from portal.profile import profile
from portal.talks import notices, operations
from portal.talks.joining import views
from portal.talks.models import Evening
from portal.talks.rules import Reason, Refused
from tests.talks.evenings import evening, left, signed_up, somebody
from tests.talks.joining import (
    ADDRESS,
    GIVEN,
    WORDS,
    after,
    hidden,
    page_of,
    send,
    signups,
)

pytestmark = pytest.mark.usefixtures("app")


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
