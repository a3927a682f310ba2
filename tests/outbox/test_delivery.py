"""Sending what is due: once, to those who should get it, when they should."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import event, select, update

from portal import clock
from portal.db import db, transaction
from portal.outbox import claims, delivery, operations
from portal.outbox.development import Folder
from portal.outbox.models import Message
from portal.outbox.post import Post, compose
from portal.outbox.rules import Channel, State
from portal.outbox.sms import SmsTransport
from tests.outbox.conftest import Feature, Outbox
from tests.outbox.messages import PARAMS, TOPIC
from tests.outbox.other_side import Asked

EMAIL, SMS, LETTER = Channel.EMAIL, Channel.SMS, Channel.LETTER
MONDAY = datetime(2026, 3, 2, 11, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_a_mail_leaves_and_is_forgotten(outbox: Outbox) -> None:
    outbox.add(EMAIL, 1)
    reference = outbox.message(1).reference
    assert outbox.deliver() == {"sent": 1}
    message = outbox.message(1)
    assert message.state == State.SENT
    assert message.to is message.params is None
    assert message.sent_at is not None
    assert message.claimed_by is message.claimed_until is None
    assert outbox.feature.told == [("sent", "1")]
    mail = outbox.mailbox.mail()
    assert mail["From"] == "Sociaal Kernteam Westland <portaal@voorbeeld.example>"
    assert mail["To"] == "p1@voorbeeld.example"
    assert mail["Message-ID"] == f"<{reference}@voorbeeld.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["List-Unsubscribe"] == f"<{PARAMS['unsubscribe']}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Content-Language"] == "nl"
    assert abs(mail["Date"].datetime - clock.now()) < 5 * MINUTE
    assert "Reply-To" not in mail, "the profile knows no address"
    assert outbox.mailbox.arrived[0][0] == f"portaal+{reference}@voorbeeld.example"
    assert outbox.deliver() == {}
    assert len(outbox.mailbox.arrived) == 1


def test_a_text_message_leaves_and_is_forgotten(outbox: Outbox) -> None:
    outbox.add(SMS, 1)
    assert outbox.deliver() == {"sent": 1}
    message = outbox.message(1)
    assert message.state == State.SENT
    assert message.segments >= 1
    assert message.to is message.params is None
    (asked,) = outbox.provider.asked
    assert asked.body["to"] == "+31600000001"
    assert asked.key == asked.body["reference"] == message.reference


def test_letters_and_other_topics_wait(outbox: Outbox) -> None:
    outbox.add(LETTER, 1)
    outbox.add(EMAIL, 2, topic="ander")
    assert outbox.deliver() == {}
    assert outbox.states() == [State.WAITING] * 2


def test_the_longest_waiting_goes_first(outbox: Outbox) -> None:
    outbox.add(EMAIL, 1, 2, 3)
    with transaction():
        db.session.execute(
            update(Message).where(Message.about == "3").values(due_at=clock.now() - timedelta(days=1))
        )
        db.session.execute(
            update(Message).where(Message.about == "1").values(due_at=clock.now() + timedelta(days=1))
        )
    outbox.deliver()
    assert outbox.mailbox.to == ["p3@voorbeeld.example", "p2@voorbeeld.example"]


def test_who_should_not_get_it_any_more(outbox: Outbox) -> None:
    outbox.add(EMAIL, 1, 2, 3, 4)
    outbox.feature.unwanted = {"1", "2", "4"}
    assert outbox.deliver() == {"sent": 1, "cancelled": 3}
    assert outbox.states() == [State.CANCELLED, State.CANCELLED, State.SENT, State.CANCELLED]
    assert outbox.message(1).to is outbox.message(1).params is None
    assert outbox.mailbox.to == ["p3@voorbeeld.example"]


def test_who_says_no_while_the_one_before_is_sent(outbox: Outbox) -> None:
    outbox.add(EMAIL, 1, 2)
    outbox.mailbox.on_mail = lambda: outbox.feature.unwanted.add("2")
    assert outbox.deliver() == {"sent": 1, "cancelled": 1}


def test_a_pause_holds_everything(outbox: Outbox) -> None:
    outbox.add(EMAIL, 1)
    with transaction():
        operations.pause(TOPIC, "7")
    assert outbox.deliver() == {}
    with transaction():
        operations.resume(TOPIC, "7")
    assert outbox.deliver() == {"sent": 1}


def test_a_pause_holds_what_a_worker_has_already(outbox: Outbox, app: Flask) -> None:
    outbox.add(EMAIL, *range(5))

    def pause() -> None:
        with app.app_context(), transaction():
            operations.pause(TOPIC, "7")

    outbox.mailbox.on_mail = pause
    assert outbox.deliver() == {"sent": 1}
    assert outbox.message(1).claimed_by is None
    assert outbox.states() == [State.SENT] + [State.WAITING] * 4


@pytest.mark.parametrize(
    ("moment", "leaves"),
    [
        (datetime(2026, 3, 2, 8, 29, tzinfo=UTC), False),
        (datetime(2026, 3, 2, 8, 30, tzinfo=UTC), True),
        (datetime(2026, 3, 2, 18, 59, tzinfo=UTC), True),
        (datetime(2026, 3, 2, 19, 0, tzinfo=UTC), False),
        (datetime(2026, 3, 1, 12, 0, tzinfo=UTC), False),  # a Sunday
        (datetime(2026, 4, 6, 12, 0, tzinfo=UTC), False),  # Easter Monday
        (datetime(2026, 7, 1, 7, 30, tzinfo=UTC), True),  # summer time
    ],
)
def test_not_at_night_not_on_sundays_not_on_holidays(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch, moment: datetime, leaves: bool
) -> None:
    monkeypatch.setattr(clock, "now", lambda: moment)
    outbox.add(EMAIL, 1, in_hours=True)
    outbox.add(EMAIL, 2)
    outbox.deliver()
    assert outbox.states() == [State.SENT if leaves else State.WAITING, State.SENT]


def test_closing_time_comes_while_a_worker_is_busy(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: MONDAY)
    outbox.add(EMAIL, 1, 2, 3, in_hours=True)
    outbox.mailbox.on_mail = lambda: monkeypatch.setattr(clock, "now", lambda: MONDAY + timedelta(hours=9))
    assert outbox.deliver() == {"sent": 1}
    assert outbox.message(2).claimed_by is None


def test_stop_is_asked_between_messages(outbox: Outbox) -> None:
    outbox.add(EMAIL, *range(10))
    assert outbox.deliver(stop=lambda: len(outbox.mailbox.arrived) >= 3) == {"sent": 3}
    db.session.rollback()
    claimed = select(Message.id).where(Message.claimed_by.is_not(None))
    assert not db.session.scalars(claimed).all(), "released at once"
    assert outbox.deliver() == {"sent": 7}


def test_time_is_up(outbox: Outbox) -> None:
    outbox.add(EMAIL, 1)
    assert outbox.deliver(most_seconds=0) == {}


def test_more_than_one_batch(outbox: Outbox) -> None:
    outbox.add(SMS, *range(2 * claims.BATCH + 1))
    assert outbox.deliver() == {"sent": 2 * claims.BATCH + 1}


def test_two_workers_at_once(outbox: Outbox, app: Flask) -> None:
    outbox.add(SMS, *range(60))
    outbox.add(EMAIL, *range(60, 120))
    together = threading.Barrier(3)

    def work() -> None:
        with app.app_context():
            together.wait()
            delivery.deliver({TOPIC: Feature()})

    workers = [threading.Thread(target=work) for _n in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert set(outbox.states()) == {State.SENT}
    assert len(outbox.provider.arrived) == len(outbox.mailbox.references) == 60
    assert set(outbox.provider.arrived.values()) == set(outbox.mailbox.references.values()) == {1}
    assert outbox.mailbox.connections > 1, "more than one worker took part"


def test_sending_waits_outside_any_transaction(outbox: Outbox, app: Flask) -> None:
    """While the other side thinks, others must be able to write, also on SQLite."""
    outbox.add(EMAIL, 1)
    outbox.add(SMS, 2)

    def write(_asked: Asked | None = None) -> None:
        with app.app_context(), transaction():
            operations.pause(f"ander{len(wrote)}", "7")
        wrote.append(True)

    wrote: list[bool] = []
    outbox.mailbox.on_mail = write
    outbox.provider.answer = write
    assert outbox.deliver() == {"sent": 2}
    assert len(wrote) == 2


def test_what_a_template_reads_is_let_go_before_sending(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reading(message: Message) -> Post:
        operations.is_paused(TOPIC)
        return compose(message)

    def waiting(transport: SmsTransport, post: Post) -> None:
        assert not db.session().in_transaction()
        real(transport, post)

    real = SmsTransport.hand_over
    monkeypatch.setattr(delivery, "compose", reading)
    monkeypatch.setattr(SmsTransport, "hand_over", waiting)
    outbox.add(SMS, 1)
    assert outbox.deliver() == {"sent": 1}


def test_two_workers_claim_at_one_moment(outbox: Outbox, app: Flask) -> None:
    """PostgreSQL lets the second pass over what the first has; on SQLite it waits."""
    outbox.add(EMAIL, *range(claims.BATCH + 5))
    claimed: list[set[int]] = []

    def claim() -> None:
        with app.app_context(), transaction():
            claimed.append(set(claims.claim("y" * 32, [TOPIC], [EMAIL])[0]))

    other = threading.Thread(target=claim)
    with transaction():
        mine = set(claims.claim("x" * 32, [TOPIC], [EMAIL])[0])
        other.start()
        other.join(0.5)
    other.join()
    assert len(mine) == claims.BATCH
    assert len(claimed[0]) == 5
    assert not mine & claimed[0]


def test_one_commit_a_message(outbox: Outbox, statements: list[str]) -> None:
    """And one that claims the batch, one that begins the first, one that finds no more."""
    outbox.add(SMS, *range(20))
    commits: list[object] = []
    note = commits.append
    event.listen(db.engine, "commit", note)
    statements.clear()
    outbox.deliver()
    event.remove(db.engine, "commit", note)
    assert len(commits) == 20 + 3
    assert len(statements) <= 4 * 20 + 4


def test_without_a_provider_messages_wait(outbox: Outbox, set_up: Callable[..., None]) -> None:
    outbox.add(EMAIL, 1)
    outbox.add(SMS, 2)
    set_up(env="production", sms_url="")
    assert operations.channels() == {EMAIL, LETTER}
    assert outbox.deliver() == {"sent": 1}
    assert outbox.states() == [State.SENT, State.WAITING]


def test_in_development_messages_are_kept(
    outbox: Outbox, set_up: Callable[..., None], tmp_path_factory: pytest.TempPathFactory
) -> None:
    instance = tmp_path_factory.mktemp("instance")
    set_up(smtp_url="", instance=instance)
    outbox.add(EMAIL, 1)
    outbox.add(SMS, 2)
    assert operations.channels() == {EMAIL, SMS, LETTER}
    assert outbox.deliver() == {"sent": 2}
    sms, mail = Folder(instance).posts()
    assert (mail.channel, mail.to) == ("email", "p1@voorbeeld.example")
    assert mail.subject and mail.text and mail.html and mail.headers["Message-ID"]
    assert (sms.channel, sms.to) == ("sms", "+31600000002")
    assert sms.segments >= 1
    assert len(outbox.provider.delivered) == 1, "with a provider the copy is kept beside"


def test_in_production_nothing_is_kept(
    outbox: Outbox, set_up: Callable[..., None], tmp_path_factory: pytest.TempPathFactory
) -> None:
    instance = tmp_path_factory.mktemp("instance")
    set_up(env="production", instance=instance)
    outbox.add(EMAIL, 1)
    assert outbox.deliver() == {"sent": 1}
    assert list(instance.iterdir()) == []
