"""The circle: confirmed before anything is sent, left with one click, and the same answer to everybody."""

import json
import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal import clock
from portal.db import db, transaction
from portal.outbox import operations as outbox
from portal.outbox import post
from portal.outbox.models import Message
from portal.outbox.rules import State as Lost
from portal.reactions import HANDLERS
from portal.talks import circle_operations
from portal.talks.arranging import operations as arranging
from portal.talks.models import Evening, Member
from portal.talks.notices import TOPIC
from tests.talks.evenings import evening, purged

EMAIL = "proef@voorbeeld.example"


def fields(html: str) -> dict[str, str]:
    """The mark of the page's form."""
    found = re.search(r'name="mark"[^>]*value="([^"]+)"', html)
    assert found
    return {"mark": found[1]}


def asks(client: FlaskClient, email: str = EMAIL) -> str:
    """Fill in the form; what one is shown."""
    shown = client.get("/talks/kring")
    answer = client.post("/talks/kring", data=fields(shown.text) | {"email": email})
    assert answer.status_code == 303, answer.text
    return client.get(answer.location).text


def link() -> str:
    """The address in the last mail."""
    db.session.rollback()
    message = db.session.scalars(select(Message).order_by(Message.id.desc())).first()
    assert message is not None
    address: str = json.loads(message.params or "")["link"]
    return "/talks/kring/" + address.rpartition("/")[2]


def members() -> list[Member]:
    db.session.rollback()
    return list(db.session.scalars(select(Member).order_by(Member.id)))


def confirmed(client: FlaskClient, email: str = EMAIL) -> str:
    """Somebody in the circle; the personal link."""
    asks(client, email)
    address = link()
    data = fields(client.get(address).text) | {"action": "confirm"}
    assert client.post(address, data=data).status_code == 303
    return address


def whats() -> list[str]:
    db.session.rollback()
    return [
        json.loads(one.params or "{}")["what"]
        for one in db.session.scalars(select(Message).order_by(Message.id))
    ]


def announced(number: int) -> int:
    with transaction():
        return circle_operations.announce(db.session.get_one(Evening, number))


def test_nothing_before_it_is_confirmed(client: FlaskClient) -> None:
    assert "Kijk in uw e-mail" in asks(client)
    assert announced(evening()) == 0
    address = link()
    shown = client.get(address)
    assert "Ja, mail mij" in shown.text and members()[0].confirmed_on is None, "to look is not to confirm"
    answer = client.post(address, data=fields(shown.text) | {"action": "confirm"}, follow_redirects=True)
    assert "U hoort van nieuwe avonden" in answer.text
    assert members()[0].confirmed_on == clock.today()
    assert announced(evening()) == 1
    assert whats() == ["confirm", "new"]


def test_the_answer_does_not_tell_who_is_in_it(client: FlaskClient) -> None:
    confirmed(client)
    assert asks(client) == asks(client, "nieuw@voorbeeld.example") == asks(client, EMAIL.upper())
    assert [one.email for one in members()] == [EMAIL, "nieuw@voorbeeld.example"]
    assert whats() == ["confirm", "confirm"], "and who is in it gets no mail"


def test_a_thousand_times_is_two_mails(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    for _n in range(5):
        asks(client)
    assert whats() == ["confirm"]
    tomorrow = clock.now() + timedelta(days=1)
    monkeypatch.setattr(clock, "now", lambda: tomorrow)
    asks(client)
    assert whats() == ["confirm", "confirm"] and len(members()) == 1
    day_after = clock.now() + timedelta(days=1)
    monkeypatch.setattr(clock, "now", lambda: day_after)
    asks(client)
    assert whats() == ["confirm", "confirm"]
    assert members()[0].asked_on < clock.today(), (
        "and what nobody confirms goes after the days that it may stay"
    )


@pytest.mark.parametrize("typed", ["", "proef", "proef@", "a b@voorbeeld.example", "<script>@x"])
def test_what_is_no_address_stays_on_the_page(client: FlaskClient, typed: str) -> None:
    mark = fields(client.get("/talks/kring").text)
    answer = client.post("/talks/kring", data=mark | {"email": typed})
    assert answer.status_code == 422 and 'href="#email"' in answer.text
    assert f'value="{typed}"'.replace("<", "&lt;").replace(">", "&gt;") in answer.text
    assert members() == []


def test_without_the_mark_of_our_page_nothing_happens(client: FlaskClient) -> None:
    assert client.post("/talks/kring", data={"email": EMAIL}).status_code == 422
    assert members() == []
    address = confirmed(client)
    assert client.post(address, data={"action": "leave"}).status_code == 422
    assert len(members()) == 1


def test_one_button_to_leave(client: FlaskClient) -> None:
    address = confirmed(client)
    shown = client.get(address)
    assert shown.text.count("<button") == 1 and "Stuur mij niets meer" in shown.text
    answer = client.post(address, data=fields(shown.text) | {"action": "leave"}, follow_redirects=True)
    assert "U krijgt geen berichten meer" in answer.text and members() == []
    assert client.get(address).status_code == 404
    again = client.post(address, data=fields(shown.text) | {"action": "leave"})
    assert again.status_code == 404 and "stopte u al" in again.text


def test_a_mailbox_leaves_for_its_owner_with_one_click(client: FlaskClient) -> None:
    address = confirmed(client)
    announced(evening())
    message = db.session.scalars(select(Message).order_by(Message.id.desc())).first()
    assert message is not None
    headers = post.compose(message).headers
    assert headers["List-Unsubscribe"].endswith(f"{address}>")
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    elsewhere = {"Origin": "https://mail.example"}
    assert client.post(address, data={"action": "leave"}, headers=elsewhere).status_code == 403
    answer = client.post(address, data={"List-Unsubscribe": "One-Click"}, headers=elsewhere)
    # Not a redirect, which a provider does not follow (RFC 8058 §3.1).
    assert (answer.status_code, answer.mimetype) == (200, "text/plain") and members() == []
    assert not HANDLERS[TOPIC].wanted(db.session.merge(message)), "and what waited does not leave"


def test_only_a_mail_that_is_still_true_leaves(client: FlaskClient) -> None:
    asks(client)
    address = link()
    message = db.session.scalars(select(Message)).one()
    assert HANDLERS[TOPIC].wanted(message)
    client.post(address, data=fields(client.get(address).text) | {"action": "confirm"})
    assert not HANDLERS[TOPIC].wanted(db.session.get_one(Message, message.id))
    mine = evening()
    announced(mine)
    new = db.session.scalars(select(Message).order_by(Message.id.desc())).first()
    with transaction():
        db.session.get_one(Evening, mine).place = "Elders"
    assert new is not None
    new = db.session.get_one(Message, new.id)
    assert HANDLERS[TOPIC].wanted(new) and "Elders" in post.compose(new).text, "as the evening is now"
    with transaction():
        db.session.get_one(Evening, mine).cancelled_at = clock.now()
    assert not HANDLERS[TOPIC].wanted(db.session.get_one(Message, new.id))


def test_a_new_evening_is_told_once(client: FlaskClient) -> None:
    confirmed(client)
    mine = evening()
    assert [announced(mine) for _n in range(2)] == [1, 0]


def test_the_circle_hears_of_an_evening_that_is_made(client: FlaskClient) -> None:
    confirmed(client)
    with transaction():
        like = db.session.get_one(Evening, evening())
        given = arranging.Given(**{name: getattr(like, name) for name in arranging.FIELDS})
        arranging.make(given, request_key="once", actor="test")
    assert whats() == ["confirm", "new"]


def test_what_nobody_confirms_is_forgotten(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    confirmed(client)
    asks(client, "nooit@voorbeeld.example")
    purged()
    assert len(members()) == 2
    late = clock.now() + timedelta(days=15)
    monkeypatch.setattr(clock, "now", lambda: late)
    purged()
    assert [one.email for one in members()] == [EMAIL]


@pytest.mark.parametrize("token", ["x", "A" * 24, "é" * 24])
def test_a_link_that_we_did_not_make(client: FlaskClient, token: str) -> None:
    assert client.get(f"/talks/kring/{token}").status_code == 404


def test_in_english(client: FlaskClient) -> None:
    mark = fields(client.get("/talks/kring?taal=en").text)
    client.post("/talks/kring?taal=en", data=mark | {"email": EMAIL})
    assert members()[0].language == "en"
    assert 'lang="en"' in client.get(link()).text


def test_an_address_that_nobody_reads_is_out_of_the_circle(client: FlaskClient) -> None:
    confirmed(client)
    confirmed(client, "ander@voorbeeld.example")
    assert announced(evening()) == 2
    with transaction():
        mine = db.session.scalars(select(Message).order_by(Message.id.desc())).first()
        assert mine is not None
        mine.state = Lost.SENT
        db.session.flush()
        assert outbox.bounced(mine.reference, HANDLERS)
    assert [one.email for one in members()] == [EMAIL]
