"""What staff may do with messages, and what they see of them."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from portal.audit.models import AuditEvent
from portal.db import db, transaction
from portal.outbox import operations, queries
from portal.outbox.models import Message
from portal.outbox.rules import (
    CHANGES,
    MOST_ATTEMPTS,
    Channel,
    IllegalChange,
    State,
    change,
    may_try_again,
    wait_after,
)
from tests.outbox.conftest import Outbox, params_of
from tests.outbox.messages import TOPIC
from tests.outbox.other_side import Answer

ACTOR = "7"


def given_up(outbox: Outbox, *numbers: int) -> list[int]:
    """Messages that were given up; their ids."""
    outbox.add(Channel.SMS, *numbers)
    abouts = [str(number) for number in numbers]
    with transaction():
        db.session.execute(
            update(Message)
            .where(Message.about.in_(abouts))
            .values(state=State.DEAD, attempts=MOST_ATTEMPTS, problem="weg")
        )
    return [outbox.message(number).id for number in numbers]


def recorded() -> list[tuple[str, dict[str, str]]]:
    return [
        (row.event, row.details)
        for row in db.session.scalars(select(AuditEvent).order_by(AuditEvent.id))
        if row.actor == ACTOR
    ]


def test_resending_one(outbox: Outbox) -> None:
    (message_id,) = given_up(outbox, 1)
    for done in (True, False):
        with transaction():
            assert operations.resend(message_id, ACTOR) is done
    message = outbox.message(1)
    assert (message.state, message.attempts, message.problem) == (State.WAITING, 0, "")
    assert outbox.deliver() == {"sent": 1}
    assert recorded() == [("message.resent", {"message": str(message_id)})]


def test_resending_all_of_a_topic(outbox: Outbox) -> None:
    given_up(outbox, 1, 2)
    outbox.add(Channel.SMS, 3)
    with transaction():
        assert operations.resend_all("ander", ACTOR) == 0
        assert operations.resend_all(TOPIC, ACTOR) == 2
    assert outbox.deliver() == {"sent": 3}


def test_leaving_one_for_what_it_is(outbox: Outbox) -> None:
    (message_id,) = given_up(outbox, 1)
    assert params_of(outbox.message(1))
    for done in (True, False):
        with transaction():
            assert operations.discard(message_id, ACTOR) is done
    message = outbox.message(1)
    assert message.state == State.CANCELLED
    assert message.to is message.params is None
    assert recorded() == [("message.discarded", {"message": str(message_id)})]


def test_only_what_was_given_up_can_be_resent(outbox: Outbox) -> None:
    outbox.add(Channel.SMS, 1)
    outbox.deliver()
    with transaction():
        assert not operations.resend(outbox.message(1).id, ACTOR)
        assert not operations.discard(outbox.message(1).id, ACTOR)
        assert not operations.resend(10**6, ACTOR)
    assert recorded() == []


def test_pausing_and_going_on(app: Flask) -> None:
    assert not operations.is_paused(TOPIC)
    for done in (True, False):
        with transaction():
            assert operations.pause(TOPIC, ACTOR) is done
    assert operations.is_paused(TOPIC)
    assert not operations.is_paused("ander")
    found = queries.pause_of(TOPIC)
    assert found is not None
    assert found.paused_by == ACTOR
    for done in (True, False):
        with transaction():
            assert operations.resume(TOPIC, ACTOR) is done
    assert queries.pause_of(TOPIC) is None
    assert recorded() == [("sending.paused", {"topic": TOPIC}), ("sending.resumed", {"topic": TOPIC})]


def test_what_the_team_sees(outbox: Outbox) -> None:
    given_up(outbox, 1, 2)
    outbox.provider.answer = lambda asked: Answer(422) if asked.body["to"].endswith("4") else None
    outbox.add(Channel.SMS, 3, 4)
    outbox.deliver()
    outbox.add(Channel.EMAIL, 5)
    outbox.add(Channel.LETTER, 6)
    outbox.add(Channel.EMAIL, 7, topic="ander")
    assert [(row.about, row.problem) for row in queries.dead()] == [("1", "weg"), ("2", "weg")]
    assert [row.about for row in queries.dead(limit=1, topic=TOPIC)] == ["1"]
    assert queries.dead(topic="ander") == []
    assert queries.dead_count(TOPIC) == 2


def test_the_words_are_not_needed_to_handle_a_message(outbox: Outbox, statements: list[str]) -> None:
    given_up(outbox, 1)
    statements.clear()
    queries.dead()
    assert not any("params" in statement for statement in statements)


@pytest.mark.parametrize(
    ("settings", "channels"),
    [
        ({}, {"email", "sms", "letter"}),
        ({"env": "production"}, {"letter"}),
        ({"env": "production", "smtp_url": "smtp://127.0.0.1"}, {"email", "letter"}),
        ({"env": "production", "sms_url": "http://127.0.0.1/"}, {"sms", "letter"}),
    ],
)
def test_which_channels_there_are(
    app: Flask, set_up: Callable[..., None], settings: dict[str, str], channels: set[str]
) -> None:
    set_up(**settings)
    assert {str(channel) for channel in operations.channels()} == channels


def test_the_table_of_states() -> None:
    for old in State:
        for new in State:
            if new in CHANGES[old]:
                assert change(old, new) is new
            else:
                with pytest.raises(IllegalChange):
                    change(old, new)


def test_how_long_to_wait() -> None:
    waits = [wait_after(attempts) for attempts in range(1, MOST_ATTEMPTS + 1)]
    assert waits[0] == timedelta(minutes=1)
    assert waits[-1] is None
    known = [wait for wait in waits if wait is not None]
    assert known == sorted(known)
    assert sum(known, timedelta()) > timedelta(hours=20), "a server that is away for a night loses nothing"


def test_at_most_one_duplicate() -> None:
    assert [may_try_again(Channel.EMAIL, unsure) for unsure in (0, 1, 2)] == [True, True, False]
    assert may_try_again(Channel.SMS, MOST_ATTEMPTS)
    assert not may_try_again(Channel.SMS, MOST_ATTEMPTS + 1), "one that ends every worker"
