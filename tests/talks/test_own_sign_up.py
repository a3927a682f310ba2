"""The page of one's own sign-up, over HTTP on both databases."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal import clock
from portal.db import db, transaction
from portal.talks import notices, queries
from portal.talks.models import Evening
from portal.talks.rules import State, Who
from tests.talks.evenings import evening, fresh, left, signed_up, somebody
from tests.talks.joining import ADDRESS, WORDS, after, change, hidden, own, page_of, send, signups

pytestmark = pytest.mark.usefixtures("app")


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
