"""What goes wrong while sending: nothing is lost, and at most one mail comes twice."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import create_engine, select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool
from structlog.testing import capture_logs

from portal import clock
from portal.db import db, transaction
from portal.outbox import claims, delivery, operations, watchdog
from portal.outbox.models import Message
from portal.outbox.rules import MOST_ATTEMPTS, Channel, State
from tests.outbox.conftest import Feature, Later, Outbox, params_of
from tests.outbox.messages import TOPIC
from tests.outbox.other_side import Answer, Asked

EMAIL, SMS, LETTER = Channel.EMAIL, Channel.SMS, Channel.LETTER
MINUTE = timedelta(minutes=1)


def test_what_fails_is_tried_later_and_then_given_up(outbox: Outbox, later: Later) -> None:
    outbox.add(SMS, 1)
    outbox.provider.answer = lambda _asked: Answer(500)
    waits = []
    for attempt in range(1, MOST_ATTEMPTS):
        assert outbox.deliver() == {"failed": 1}
        message = outbox.message(1)
        assert message.attempts == attempt
        assert "500" in message.problem
        waits.append(message.due_at - clock.now())
        assert outbox.deliver() == {}, "not before its time"
        later(message.due_at - clock.now())
    assert [round(wait / MINUTE) for wait in waits] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360]
    assert outbox.deliver() == {"given_up": 1}
    message = outbox.message(1)
    assert message.state == State.DEAD
    assert message.to == "+31600000001"
    assert params_of(message)["name"] == "Proefpersoon"
    later(timedelta(days=1))
    assert outbox.deliver() == {}
    outbox.provider.answer = lambda _asked: None
    with transaction():
        assert operations.resend(message.id, "7")
    assert outbox.deliver() == {"sent": 1}
    assert outbox.message(1).problem == ""
    assert len(outbox.provider.delivered) == 1


def test_the_provider_says_when(outbox: Outbox) -> None:
    outbox.add(SMS, 1, 2)
    outbox.provider.answer = lambda _asked: Answer(429, headers={"Retry-After": "1800"})
    assert outbox.deliver() == {"failed": 1}
    assert abs(outbox.message(1).due_at - clock.now() - 30 * MINUTE) < MINUTE
    assert outbox.message(2).attempts == 0, "who asks us to wait is not asked again at once"


@pytest.mark.parametrize("status", [410, 422])
def test_a_wrong_number_is_over(outbox: Outbox, status: int) -> None:
    outbox.add(SMS, 1, 2)
    outbox.provider.answer = lambda asked: Answer(status) if asked.body["to"].endswith("1") else None
    assert outbox.deliver() == {"bounced": 1, "sent": 1}
    assert outbox.feature.told == [("lost", "1"), ("sent", "2")]
    message = outbox.message(1)
    assert message.state == State.BOUNCED
    assert message.to is message.params is None


def test_a_refused_recipient_is_over_and_a_full_one_is_not(outbox: Outbox) -> None:
    outbox.add(EMAIL, 1, 2, 3)
    outbox.mailbox.recipients = {
        "p1@voorbeeld.example": "550 5.1.1 unknown",
        "p2@voorbeeld.example": "451 4.7.1 later",
    }
    assert outbox.deliver() == {"bounced": 1, "failed": 1, "sent": 1}
    assert outbox.feature.told == [("lost", "1"), ("sent", "3")]
    assert outbox.mailbox.connections == 1


def test_a_server_that_is_away_burns_one_message(
    outbox: Outbox, set_up: Callable[..., None], later: Later
) -> None:
    outbox.add(EMAIL, 1, 2, 3)
    outbox.add(SMS, 4)
    set_up(smtp_url="smtp://127.0.0.1:9")
    assert outbox.deliver() == {"failed": 1, "sent": 1}
    assert [outbox.message(about).attempts for about in (1, 2, 3)] == [1, 0, 0]
    assert outbox.message(2).claimed_by is None, "free for the next round"
    set_up(smtp_url=outbox.mailbox.url)
    assert outbox.deliver() == {"sent": 2}
    later(MINUTE)
    assert outbox.deliver() == {"sent": 1}
    assert outbox.message(1).problem == ""


def test_a_server_that_dies_after_the_words(outbox: Outbox, later: Later) -> None:
    """It may have arrived: it goes once more, and never a third time by itself."""
    outbox.add(EMAIL, 1)
    outbox.mailbox.after_data = "die"
    assert outbox.deliver() == {"failed": 1}
    assert (outbox.message(1).unsure, outbox.message(1).attempts) == (1, 1)
    later(MINUTE)
    assert outbox.deliver() == {"given_up": 1}
    message = outbox.message(1)
    assert (message.state, message.problem) == (State.DEAD, "onzeker of het aankwam")
    later(timedelta(days=2))
    assert outbox.deliver() == {}
    assert len(outbox.mailbox.arrived) == 2
    assert len({outbox.mailbox.mail(0)["Message-ID"], outbox.mailbox.mail(1)["Message-ID"]}) == 1


def test_a_server_that_hangs_holds_up_one_message(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchdog, "MOST_SECONDS", 0.3)
    outbox.add(EMAIL, 1, 2)
    outbox.add(SMS, 3, 4)
    outbox.mailbox.after_data = "hang"
    outbox.provider.answer = lambda _asked: Answer(how="hang")
    assert outbox.deliver() == {"failed": 2}
    assert [outbox.message(about).attempts for about in (1, 2, 3, 4)] == [1, 0, 1, 0]


def died(outbox: Outbox, about: int) -> None:
    """As a worker leaves a message that was killed while sending it."""
    with transaction():
        db.session.execute(
            update(Message)
            .where(Message.about == str(about))
            .values(claimed_by="x" * 32, claimed_until=clock.now() + claims.LEASE, started=True)
        )


def test_what_another_worker_has_is_left_alone(outbox: Outbox) -> None:
    outbox.add(EMAIL, 1)
    died(outbox, 1)
    assert outbox.deliver() == {}


def test_a_mail_in_flight_goes_once_more_and_not_twice(outbox: Outbox, later: Later) -> None:
    outbox.add(EMAIL, 1, 2)
    for about in (1, 2):
        died(outbox, about)
    later(claims.LEASE)
    assert outbox.deliver() == {"sent": 2}
    assert outbox.message(1).unsure == 1
    outbox.add(EMAIL, 3)
    died(outbox, 3)
    later(claims.LEASE)
    with transaction():
        claims.claim("y" * 32, [TOPIC], [EMAIL])
    died(outbox, 3)
    later(claims.LEASE)
    assert outbox.deliver() == {"given_up": 1}
    assert len(outbox.mailbox.arrived) == 2
    assert (outbox.message(3).state, outbox.message(3).problem) == (State.DEAD, claims.UNSURE)


def test_a_text_message_in_flight_goes_again_with_its_key(outbox: Outbox, later: Later) -> None:
    outbox.add(SMS, 1)
    for _turn in range(3):
        died(outbox, 1)
        later(claims.LEASE)
        with transaction():
            claims.claim("y" * 32, [TOPIC], [SMS])
    later(claims.LEASE)
    assert outbox.deliver() == {"sent": 1}
    assert outbox.message(1).unsure == 3


def test_a_claimed_message_that_was_not_begun_is_not_unsure(outbox: Outbox, later: Later) -> None:
    outbox.add(EMAIL, 1)
    with transaction():
        claims.claim("y" * 32, [TOPIC], [EMAIL])
    assert outbox.deliver() == {}
    later(claims.LEASE)
    assert outbox.deliver() == {"sent": 1}
    assert outbox.message(1).unsure == 0


def test_a_message_that_cannot_be_composed_stops_nobody(outbox: Outbox) -> None:
    outbox.add(EMAIL, 1, params={"closes_on": "Geheime Naam"})
    outbox.add(EMAIL, 2)
    outbox.add(EMAIL, 3, params={"unsubscribe": "https://x.example/\r\nBcc: geheim@voorbeeld.example"})
    with capture_logs() as said:
        assert outbox.deliver() == {"failed": 2, "sent": 1}
    assert outbox.message(1).problem == "kon niet worden opgemaakt"
    assert outbox.message(1).attempts == 1
    assert [line["event"] for line in said] == ["message not composed"] * 2
    assert "eheim" not in str(said)


def test_a_name_with_line_breaks_adds_no_header(outbox: Outbox) -> None:
    outbox.add(EMAIL, 1, params={"name": "Proef\r\nBcc: ander@voorbeeld.example\r\n\r\npersoon"})
    outbox.deliver()
    assert outbox.mailbox.to == ["p1@voorbeeld.example"]
    assert "Bcc" not in outbox.mailbox.mail()


@pytest.mark.parametrize("hook", ["wanted", "sent", "lost"])
def test_a_feature_that_breaks_stops_nobody(outbox: Outbox, hook: str) -> None:
    outbox.add(SMS, 1, 2)
    outbox.feature.breaks_on = {hook: RuntimeError("Geheime Naam")}
    if hook == "lost":
        outbox.provider.answer = lambda _asked: Answer(422)
    expected = {"wanted": {"failed": 2}, "sent": {"sent": 2}, "lost": {"bounced": 2}}
    with capture_logs() as said:
        assert outbox.deliver() == expected[hook]
    assert [line["event"] for line in said if line["log_level"] == "error"] == ["handler broke"] * 2
    assert "eheim" not in str(said)
    assert outbox.deliver() == {}
    assert len(outbox.provider.asked) == (0 if hook == "wanted" else 2)


def test_what_a_feature_did_before_it_broke_is_undone(outbox: Outbox) -> None:
    class Half(Feature):
        def sent(self, message: Message) -> None:
            operations.pause("ander", "7")
            raise RuntimeError

    outbox.feature = Half()
    outbox.add(SMS, 1)
    assert outbox.deliver() == {"sent": 1}
    assert outbox.message(1).problem
    assert not operations.is_paused("ander")


def test_a_message_whose_key_is_lost(outbox: Outbox) -> None:
    outbox.add(EMAIL, 1, 2)
    db.session.rollback()
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE message SET params = :sealed WHERE about = '1'"), {"sealed": b"weg"})
    assert outbox.deliver() == {"failed": 1, "sent": 1}
    problem = select(Message.problem, Message.attempts).where(Message.about == "1")
    assert tuple(db.session.execute(problem).one()) == ("de sleutel van dit bericht is er niet meer", 1)


def away() -> OperationalError:
    return OperationalError("", {}, Exception())


def test_a_database_that_is_away_shortly_makes_no_duplicate(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "PATIENCE_SECONDS", (0.0, 0.0))
    outbox.add(EMAIL, 1, 2)
    real, failures = claims.ours, [away(), away()]

    def sometimes(me: str, message_id: int) -> Message | None:
        if failures:
            raise failures.pop()
        return real(me, message_id)

    monkeypatch.setattr(claims, "ours", sometimes)
    assert outbox.deliver() == {"sent": 2}
    assert len(outbox.mailbox.arrived) == 2
    assert outbox.feature.told == [("sent", "1"), ("sent", "2")]


def test_a_database_that_stays_away_is_an_error(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "PATIENCE_SECONDS", (0.0,))

    def never(me: str, message_id: int) -> Message | None:
        raise away()

    outbox.add(EMAIL, 1)
    monkeypatch.setattr(claims, "ours", never)
    with pytest.raises(OperationalError):
        outbox.deliver()
    assert outbox.message(1).started, "in flight: who finds it knows that it may have left"


def test_a_feature_whose_table_is_gone_makes_no_duplicate(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "PATIENCE_SECONDS", (0.0,))
    outbox.feature.breaks_on = {"sent": away()}
    outbox.add(EMAIL, 1, 2)
    assert outbox.deliver() == {"sent": 2}
    assert len(outbox.mailbox.arrived) == 2


def test_what_another_worker_took_over_is_not_ours_to_mark(outbox: Outbox, app: Flask) -> None:
    outbox.add(SMS, 1, 2)

    def taken_over(asked: Asked) -> None:
        if asked.body["to"].endswith("1"):
            with app.app_context(), transaction():
                db.session.execute(update(Message).values(claimed_by="x" * 32))

    outbox.provider.answer = taken_over
    assert outbox.deliver() == {}
    assert outbox.states() == [State.WAITING] * 2
    assert outbox.message(2).claimed_by == "x" * 32
    assert len(outbox.provider.asked) == 1


def test_a_database_that_is_really_gone_for_a_moment(outbox: Outbox, app: Flask) -> None:
    """Between sending and marking PostgreSQL ends every line; on SQLite somebody else is writing."""

    def disturb() -> None:
        outbox.mailbox.on_mail = lambda: None
        # A line of its own, not the worker's out of the pool.
        apart = create_engine(app.extensions["settings"].sqlalchemy_url, poolclass=NullPool)
        if apart.dialect.name == "postgresql":
            with apart.begin() as line:
                others = "pid <> pg_backend_pid() AND datname = current_database()"
                ended = line.execute(
                    text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")
                )
                assert len(ended.all()) >= 1
        else:
            writer.start()
            assert begun.wait(10)

    def write_slowly() -> None:
        with app.app_context(), transaction():
            begun.set()
            time.sleep(0.3)

    begun, writer = threading.Event(), threading.Thread(target=write_slowly)
    outbox.mailbox.on_mail = disturb
    outbox.add(EMAIL, 1, 2, 3)
    with capture_logs() as said:
        assert outbox.deliver() == {"sent": 3}
    waited = [line["event"] for line in said] == ["the database is away"]
    assert waited == (db.engine.dialect.name == "postgresql")
    if writer.ident is not None:
        writer.join()
    assert len(outbox.mailbox.arrived) == 3
