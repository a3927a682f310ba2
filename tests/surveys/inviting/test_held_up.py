"""What happens between deciding and leaving: pauses, stops, letters that wait, messages given up, lost keys."""

import json
from datetime import date, timedelta

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from structlog.testing import capture_logs

from portal import clock
from portal.db import db, transaction
from portal.outbox import letters
from portal.outbox import operations as outbox
from portal.outbox.delivery import deliver
from portal.outbox.models import Message
from portal.outbox.rules import Channel, State
from portal.surveys.answering.queries import code_of, token_of
from portal.surveys.inviting import asking
from portal.surveys.inviting.asking import invite
from portal.surveys.inviting.messages import HANDLERS
from portal.surveys.inviting.models import NoContact
from portal.surveys.inviting.operations import stop_case
from portal.surveys.inviting.overview import overview
from portal.surveys.inviting.rules import StopReason
from portal.surveys.rules import Moment
from tests.surveys.inviting.people import TODAY, Clock, again, messages, person
from tests.surveys.inviting.team import post

PHONE = "+31612345678"
MAIL = "proefpersoon@voorbeeld.example"
STREET = "Proefstraat 1"


@pytest.fixture(autouse=True)
def _noon(app: Flask, time: Clock) -> None:
    """A Monday in November, twelve o'clock."""


def test_after_a_pause_one_message_leaves_and_the_next_keeps_its_distance(time: Clock) -> None:
    asked = person(phone=PHONE, email=MAIL)
    invite()
    with transaction():
        outbox.pause("survey", "1")
    time.forward(5)
    invite()
    with transaction():
        outbox.resume("survey", "1")
    invite()
    assert deliver(HANDLERS)["sent"] == 1
    left_on = []
    for day in range(1, 10):
        time.forward(1)
        invite()
        if deliver(HANDLERS)["sent"]:
            left_on.append((day, messages(asked)[-1].template))
    assert left_on == [(4, "survey_reminder")]


def test_a_letter_that_is_printed_late_has_no_second_one_beside_it(time: Clock) -> None:
    asked = person(street=STREET)
    for _day in range(14):
        invite()
        time.forward(1)
    with transaction():
        batch = letters.make_batch(HANDLERS, "1")
    assert batch is not None
    assert len(letters.of_batch(batch)) == len(messages(asked)) == 1
    with transaction():
        letters.posted(batch, HANDLERS, "1")
    posted = clock.today()
    time.forward(1)
    invite()
    assert len(messages(asked)) == 1
    assert (again(asked).next_on or TODAY) > posted


def test_a_message_given_up_is_not_sent_after_a_later_one(time: Clock) -> None:
    asked = person(phone=PHONE, email=MAIL)
    invite()
    with transaction():
        db.session.get_one(Message, messages(asked)[0].id).state = State.DEAD
    time.forward(4)
    invite()
    assert deliver(HANDLERS)["sent"] == 1
    with transaction():
        assert outbox.resend(messages(asked)[0].id, "1")
    assert deliver(HANDLERS) == {"sent": 0, "failed": 0, "bounced": 0, "cancelled": 1, "given_up": 0}


def test_a_stop_before_the_first_message_left_is_kept_and_counted(time: Clock) -> None:
    asked = person(email=MAIL)
    invite()
    with transaction():
        stop_case("Z-1", StopReason.DEATH, "1")
    assert deliver(HANDLERS)["cancelled"] == 1
    contact = again(asked)
    assert (contact.not_asked, contact.not_asked_on, contact.next_on) == ("death", TODAY, None)
    assert contact.invitation.invited_on is None, "who was not written to was not invited"


def test_a_stop_after_the_first_message_ends_the_reminders_and_keeps_who_was_invited(time: Clock) -> None:
    asked = person(email=MAIL)
    invite()
    deliver(HANDLERS)
    with transaction():
        stop_case("Z-1", StopReason.STOPPED, "1")
    time.forward(4)
    assert invite() == 0
    contact = again(asked)
    assert contact.not_asked is None
    assert contact.invitation.invited_on == TODAY


def test_a_lighter_reason_does_not_hide_a_graver_one() -> None:
    for reason in (StopReason.COMPLAINT, StopReason.DEATH, StopReason.COMPLAINT):
        with transaction():
            stop_case("Z-1", reason, "1")
    assert db.session.query(NoContact).one().reason == "death"


def test_after_a_bounce_a_letter_is_made_at_once_too(time: Clock) -> None:
    asked = person(phone=PHONE, street=STREET)
    invite()
    deliver(HANDLERS)
    with transaction():
        assert outbox.bounced(messages(asked)[0].reference, HANDLERS)
    assert invite() == 1
    assert messages(asked)[-1].channel == "letter"


def test_an_address_lost_by_somebody_else_lets_the_next_channel_take_over_at_once(time: Clock) -> None:
    first = person("Een", case="Z-1", phone=PHONE)
    invite()
    deliver(HANDLERS)
    time.forward(31)
    day = clock.today()
    second = person("Twee", case="Z-2", phone=PHONE, street=STREET, happened_on=day, next_on=day)
    invite()
    with transaction():
        assert outbox.bounced(messages(first)[0].reference, HANDLERS)
    assert deliver(HANDLERS)["sent"] == 0
    assert invite() == 1
    assert [(message.channel, message.state) for message in messages(second)] == [
        ("sms", "cancelled"),
        ("letter", "waiting"),
    ]


def test_the_same_name_in_a_case_is_the_same_person_at_another_address(time: Clock) -> None:
    person("Proef Een", email=MAIL)
    invite()
    time.forward(18)
    day = clock.today()
    plan = person("proef een", moment=Moment.PLAN, phone=PHONE, happened_on=day, next_on=day)
    invite()
    assert again(plan).not_asked == "person_recently"


def test_a_channel_that_is_not_set_up_is_waited_for(time: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = person(email=MAIL)
    monkeypatch.setattr(asking, "channels", lambda: {Channel.LETTER})
    assert invite() == 0
    assert again(asked).not_asked is None
    monkeypatch.setattr(asking, "channels", lambda: set(Channel))
    time.forward(1)
    assert invite() == 1


@pytest.mark.parametrize("lost", ["link key", "data key"])
def test_somebody_whose_data_cannot_be_read_holds_up_nobody(lost: str) -> None:
    unreadable = person("Proef Een", case="Z-1", email="een@voorbeeld.example")
    person("Proef Twee", case="Z-2", email="twee@voorbeeld.example")
    with transaction() as session:
        if lost == "link key":
            again(unreadable)
            session.execute(
                text("UPDATE invitation SET link_key_id = 'deadbeef' WHERE id = :id"),
                {"id": unreadable.invitation_id},
            )
        else:
            session.execute(
                text("UPDATE contact SET email = :sealed WHERE invitation_id = :id"),
                {"sealed": Fernet(Fernet.generate_key()).encrypt(b"x"), "id": unreadable.invitation_id},
            )
    with capture_logs() as logged:
        assert invite() == 1
        assert invite() == 0, "it comes again tomorrow"
    assert [line["event"] for line in logged] == ["batch taken one by one", "contact cannot be read"]


def test_a_bounce_may_come_before_the_worker_marked_the_message(time: Clock) -> None:
    asked = person(email=MAIL)
    invite()
    with transaction():
        message = db.session.get_one(Message, messages(asked)[0].id)
        assert not outbox.bounced(message.reference, HANDLERS), "nobody began to send it"
        message.started = True
    with transaction():
        assert outbox.bounced(messages(asked)[0].reference, HANDLERS)
    assert again(asked).email_lost
    (message,) = messages(asked)
    assert (message.state, message.to, message.params) == ("bounced", None, None)


def test_head_neither_opts_out_nor_breaks_the_link(client: FlaskClient) -> None:
    asked = person(email=MAIL)
    address = f"/v/{token_of(again(asked).invitation)}/afmelden"
    assert client.head(address).status_code == 200
    assert client.head(address, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert not again(asked).invitation.opted_out


def test_the_team_sees_today_what_waits_for_it(quality: FlaskClient) -> None:
    person("Een", case="Z-1", street=STREET)
    person("Twee", case="Z-2", email=MAIL)
    assert "wacht op printen" not in quality.get("/team").get_data(as_text=True)
    invite()
    with transaction():
        db.session.get_one(Message, messages()[1].id).state = State.DEAD
    page = quality.get("/team").get_data(as_text=True)
    assert "1 brief wacht op printen" in page
    assert "1 bericht kon niet weg" in page


def test_of_two_first_messages_that_wait_only_the_later_one_leaves(time: Clock) -> None:
    asked = person(phone=PHONE, email=MAIL)
    invite()
    with transaction():
        db.session.get_one(Message, messages(asked)[0].id).state = State.DEAD
    time.forward(4)
    invite()
    with transaction():
        assert outbox.resend_all("survey", "1") == 1
    done = deliver(HANDLERS)
    assert (done["sent"], done["cancelled"]) == (1, 1)


def test_a_first_message_that_waited_long_promises_anew(time: Clock) -> None:
    asked = person(street=STREET)
    invite()
    time.forward(43)
    with transaction():
        batch = letters.make_batch(HANDLERS, "1")
    assert batch is not None
    (letter,) = letters.of_batch(batch)
    closes_on = again(asked).invitation.closes_on
    assert closes_on == clock.today() + timedelta(days=42)
    assert json.loads(letter.params or "")["closes_on"] == closes_on.isoformat()


def test_a_first_message_that_waited_too_long_is_not_sent_and_counted(time: Clock) -> None:
    asked = person(street=STREET)
    invite()
    time.forward(60)
    with transaction():
        assert letters.make_batch(HANDLERS, "1") is None
    assert (again(asked).not_asked, again(asked).invitation.invited_on) == ("too_old", None)


def test_a_letter_in_a_batch_is_neither_printed_nor_counted_after_a_stop(
    time: Clock, quality: FlaskClient
) -> None:
    stopped = person("Proef Gestopt", case="Z-1", street=STREET)
    stays = person("Proef Blijft", case="Z-2", street="Proefstraat 2")
    invite()
    with transaction():
        batch = letters.make_batch(HANDLERS, "1")
    with transaction():
        stop_case("Z-1", StopReason.DEATH, "1")
    page = quality.get(f"/team/uitnodigingen/brieven/{batch}").get_data(as_text=True)
    assert "Proef Blijft" in page
    assert "Proef Gestopt" not in page
    code = code_of(again(stopped).invitation)
    assert "1 brief hoeft niet meer weg." in page
    assert f"{code[:4]} {code[4:8]} {code[8:]}" in page
    with transaction():
        assert letters.posted(batch or "", HANDLERS, "1") == 1
    assert again(stays).invitation.delivered
    assert not again(stopped).invitation.delivered
    assert again(stopped).not_asked == "death"


def test_posting_what_somebody_took_back_warns_of_doubles(quality: FlaskClient) -> None:
    person(street=STREET)
    invite()
    with transaction():
        batch = letters.make_batch(HANDLERS, "1")
    post(quality, f"/brieven/{batch}/toch-niet")
    post(quality, f"/brieven/{batch}/gepost")
    assert "anders gaan ze dubbel" in quality.get("/team/uitnodigingen/brieven").get_data(as_text=True)


@pytest.mark.parametrize("origin", ["null", "https://mail.example"])
def test_a_mailbox_may_opt_its_owner_out_from_its_own_pages(client: FlaskClient, origin: str) -> None:
    asked = person(email=MAIL)
    address = f"/v/{token_of(again(asked).invitation)}/afmelden"
    answer = client.post(address, data={"List-Unsubscribe": "One-Click"}, headers={"Origin": origin})
    assert answer.status_code == 200
    assert again(asked).invitation.opted_out


def test_the_overview_counts_what_waits_left_and_came_back(time: Clock) -> None:
    texted = person("Een", case="Z-1", phone=PHONE)
    person("Twee", case="Z-2", email=MAIL)
    person("Drie", case="Z-3", street=STREET)
    invite()
    before = overview().outgoing
    assert [before[channel].waiting for channel in Channel] == [1, 1, 1]
    deliver(HANDLERS)
    with transaction():
        assert outbox.bounced(messages(texted)[0].reference, HANDLERS)
    after = overview().outgoing
    assert [after[channel].waiting for channel in Channel] == [0, 0, 1]
    assert [after[channel].came_back for channel in Channel] == [0, 1, 0]
    assert after[Channel.EMAIL].sent_today == 1


@pytest.mark.parametrize(("minutes", "counted"), [(-1, 0), (1, 1)])
def test_today_begins_at_midnight_in_the_netherlands(time: Clock, minutes: int, counted: int) -> None:
    person(email=MAIL)
    invite()
    deliver(HANDLERS)
    # In summer this midnight is 22 hours in UTC, the day before.
    time.at(0, day=date(2026, 7, 2))
    with transaction():
        db.session.query(Message).one().sent_at = clock.now() + timedelta(minutes=minutes)
    time.at(0, 30)
    assert overview().outgoing[Channel.EMAIL].sent_today == counted
