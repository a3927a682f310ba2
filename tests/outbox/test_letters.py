"""Letters: one batch of those that wait, posted once, undone, taken out, come back."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal import clock
from portal.audit.models import AuditEvent
from portal.db import db, transaction
from portal.outbox import letters
from portal.outbox.letters import CameBack
from portal.outbox.models import Message, Pause
from portal.outbox.operations import queue
from portal.outbox.rules import Channel, State

TOPIC, ACTOR = "proef", "7"
ADDRESS = "Proefpersoon\nDorpsstraat 1\n2691 ZM  's-Gravenzande"


class Desk:
    """What a feature decides about its letters; remembers what it was told."""

    def __init__(self, *unwanted: str) -> None:
        self.unwanted = set(unwanted)
        self.told: list[tuple[str, str]] = []

    def wanted(self, message: Message) -> bool:
        return message.about not in self.unwanted

    def sent(self, message: Message) -> None:
        assert message.state == State.SENT
        self.told.append(("sent", message.about))

    def lost(self, message: Message) -> None:
        assert message.state == State.BOUNCED
        self.told.append(("lost", message.about))


def letter(about: str, *, step: int = 0, channel: Channel = Channel.LETTER, topic: str = TOPIC) -> None:
    """A letter waits."""
    with transaction():
        queue(
            channel,
            "proef",
            to=ADDRESS,
            topic=topic,
            about=about,
            request_key=f"{topic}:{about}:{step}:{channel}",
            language="nl",
            params={"code": "7KQ2M4XP9T"},
        )


def made(desk: Desk) -> str | None:
    with transaction():
        return letters.make_batch({TOPIC: desk}, ACTOR)


def posted(batch: str, desk: Desk) -> int:
    with transaction():
        return letters.posted(batch, {TOPIC: desk}, ACTOR)


def returned(about: str, desk: Desk) -> CameBack:
    with transaction():
        return letters.came_back(about, {TOPIC: desk}, ACTOR)


def states() -> dict[str, str]:
    """The state of each message, by what it is about."""
    db.session.rollback()
    return {message.about: message.state for message in db.session.scalars(select(Message))}


def words() -> dict[str, tuple[bool, bool]]:
    """Of each message whether the address and the words are still there."""
    db.session.rollback()
    return {
        message.about: (message.to is not None, message.params is not None)
        for message in db.session.scalars(select(Message))
    }


def events() -> list[tuple[str, str, dict[str, str]]]:
    db.session.rollback()
    found = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id))
    return [(event.event, event.actor, event.details) for event in found]


def test_letters_that_wait_become_one_batch(app: Flask) -> None:
    for about in "abc":
        letter(about)
    letter("mail", channel=Channel.EMAIL)
    assert letters.waiting({TOPIC}).ready == 3
    batch = made(Desk())
    assert batch is not None
    (found,) = letters.batches()
    assert (found.id, found.letters) == (batch, 3)
    assert abs(found.made_at - clock.now()) < timedelta(minutes=1)
    assert [message.about for message in letters.of_batch(batch)] == ["a", "b", "c"]
    assert letters.waiting({TOPIC}).ready == 0
    assert events() == [("letters.batched", ACTOR, {"batch": batch, "letters": "3"})]


def test_a_second_click_makes_no_second_batch(app: Flask) -> None:
    letter("a")
    assert made(Desk()) is not None
    assert made(Desk()) is None
    assert len(letters.batches()) == 1


def test_two_clicks_at_once_put_no_letter_in_two_batches(app: Flask) -> None:
    for number in range(20):
        letter(str(number))
    found: list[str | None] = []
    ready = threading.Barrier(4)

    def click() -> None:
        with app.app_context():
            ready.wait()
            found.append(made(Desk()))

    clicks = [threading.Thread(target=click) for _n in range(4)]
    for one in clicks:
        one.start()
    for one in clicks:
        one.join()
    (batch,) = [one for one in found if one]
    assert [(one.id, one.letters) for one in letters.batches()] == [(batch, 20)]


def test_nothing_waits(app: Flask) -> None:
    assert made(Desk()) is None
    waiting = letters.waiting({TOPIC})
    assert (waiting.ready, waiting.held, waiting.since) == (0, 0, None)
    assert letters.batches() == []
    assert events() == []


def test_a_letter_that_nobody_wants_any_more_is_not_printed(app: Flask) -> None:
    letter("a")
    letter("b")
    batch = made(Desk("a"))
    assert batch is not None
    assert [message.about for message in letters.of_batch(batch)] == ["b"]
    assert states() == {"a": State.CANCELLED, "b": State.WAITING}
    assert words() == {"a": (False, False), "b": (True, True)}


def test_unwanted_letters_do_not_stand_in_the_way(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as fit in a batch are unwanted; the letters after them still go."""
    monkeypatch.setattr(letters, "MOST_LETTERS", 2)
    for about in "abcde":
        letter(about)
    batch = made(Desk("a", "b", "d"))
    assert batch is not None
    assert [message.about for message in letters.of_batch(batch)] == ["c", "e"]


def test_only_unwanted_letters_make_no_batch(app: Flask) -> None:
    letter("a")
    assert made(Desk("a")) is None
    assert states() == {"a": State.CANCELLED}
    assert letters.batches() == []


def test_a_batch_is_no_larger_than_somebody_can_fold(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(letters, "MOST_LETTERS", 3)
    for about in "abcde":
        letter(about)
    first, second = made(Desk()), made(Desk())
    assert first and second
    assert [message.about for message in letters.of_batch(first)] == ["a", "b", "c"]
    assert [message.about for message in letters.of_batch(second)] == ["d", "e"]
    assert {one.name for one in letters.batches()} == {first[-4:].upper(), second[-4:].upper()}


def test_paused_letters_wait(app: Flask) -> None:
    letter("a")
    with transaction():
        db.session.add(Pause(topic=TOPIC, paused_at=clock.now(), paused_by=ACTOR))
    assert made(Desk()) is None
    waiting = letters.waiting({TOPIC})
    assert (waiting.ready, waiting.held, waiting.since) == (0, 1, None)


def test_letters_of_another_topic_and_of_later_are_left(app: Flask) -> None:
    letter("other", topic="elders")
    letter("later")
    with transaction() as session:
        session.scalars(select(Message).where(Message.about == "later")).one().due_at += timedelta(hours=1)
    assert made(Desk()) is None
    assert letters.waiting({TOPIC}).ready == 0


def test_since_when_the_oldest_waits(app: Flask) -> None:
    letter("a")
    letter("b")
    days_ago = clock.now().replace(microsecond=0) - timedelta(days=4)
    with transaction() as session:
        session.scalars(select(Message).where(Message.about == "a")).one().queued_at = days_ago
    assert letters.waiting({TOPIC}).since == days_ago


def test_a_posted_batch_is_sent_and_forgotten(app: Flask) -> None:
    letter("a")
    letter("b")
    desk = Desk()
    batch = made(desk)
    assert batch is not None
    assert posted(batch, desk) == 2
    assert desk.told == [("sent", "a"), ("sent", "b")]
    assert states() == {"a": State.SENT, "b": State.SENT}
    assert words() == {"a": (False, False), "b": (False, False)}
    sent = db.session.scalars(select(Message)).all()
    assert all(message.sent_at and message.batch == batch for message in sent)
    assert letters.batches() == [] and letters.of_batch(batch) == []
    assert events()[-1] == ("letters.posted", ACTOR, {"batch": batch, "letters": "2"})


def test_a_letter_that_nobody_wants_any_more_was_left_out_of_the_post(app: Flask) -> None:
    letter("a")
    letter("b")
    desk = Desk()
    batch = made(desk)
    assert batch is not None
    desk.unwanted.add("a")
    assert posted(batch, desk) == 1
    assert desk.told == [("sent", "b")]
    assert states() == {"a": State.CANCELLED, "b": State.SENT}
    assert words() == {"a": (False, False), "b": (False, False)}


def test_posting_twice_changes_nothing(app: Flask) -> None:
    letter("a")
    desk = Desk()
    batch = made(desk)
    assert batch is not None
    posted(batch, desk)
    before = events()
    assert posted(batch, desk) == 0
    assert desk.told == [("sent", "a")]
    assert events() == before


def test_what_the_feature_does_and_the_posting_are_one(app: Flask) -> None:
    """The feature breaks over the second letter: then none is sent."""
    letter("a")
    letter("b")
    desk = Desk()
    batch = made(desk)
    assert batch is not None

    def breaks(message: Message) -> None:
        if message.about == "b":
            raise RuntimeError("no")

    desk.sent = breaks  # type: ignore[method-assign]
    with pytest.raises(RuntimeError):
        posted(batch, desk)
    assert states() == {"a": State.WAITING, "b": State.WAITING}
    assert words() == {"a": (True, True), "b": (True, True)}


def test_a_batch_that_was_not_posted_waits_again(app: Flask) -> None:
    letter("a")
    desk = Desk()
    batch = made(desk)
    assert batch is not None
    with transaction():
        assert letters.undo(batch, ACTOR) == 1
    assert letters.batches() == [] and letters.waiting({TOPIC}).ready == 1
    assert posted(batch, desk) == 0
    with transaction():
        assert letters.undo(batch, ACTOR) == 0
    again = made(desk)
    assert again is not None and again != batch
    assert [event for event, *_rest in events()] == ["letters.batched", "letters.undone", "letters.batched"]


def test_one_letter_cannot_go(app: Flask) -> None:
    letter("a")
    letter("b")
    desk = Desk()
    batch = made(desk)
    assert batch is not None
    out = letters.of_batch(batch)[0].id
    with transaction():
        assert letters.take_out(out, {TOPIC: desk}, ACTOR)
    with transaction():
        assert not letters.take_out(out, {TOPIC: desk}, ACTOR)
    assert desk.told == [("lost", "a")]
    assert states() == {"a": State.BOUNCED, "b": State.WAITING}
    assert words() == {"a": (False, False), "b": (True, True)}
    assert events()[-1] == ("letter.returned", ACTOR, {"message": str(out)})
    assert posted(batch, desk) == 1


def test_only_a_letter_of_an_open_batch_is_taken_out(app: Flask) -> None:
    letter("a")
    desk = Desk()
    waits = db.session.scalars(select(Message.id)).one()
    for which in (waits, waits + 1):
        with transaction():
            assert not letters.take_out(which, {TOPIC: desk}, ACTOR)
    batch = made(desk)
    assert batch is not None
    posted(batch, desk)
    with transaction():
        assert not letters.take_out(waits, {TOPIC: desk}, ACTOR)
    assert desk.told == [("sent", "a")]


def test_a_letter_comes_back(app: Flask) -> None:
    letter("a")
    letter("b")
    desk = Desk()
    batch = made(desk)
    assert batch is not None
    assert returned("a", desk) is CameBack.NO_LETTER, "it is still on the table"
    posted(batch, desk)
    assert returned("a", desk) is CameBack.NOTED
    assert desk.told[-1] == ("lost", "a")
    assert states() == {"a": State.BOUNCED, "b": State.SENT}
    before = events()
    assert before[-1][:2] == ("letter.returned", ACTOR)
    assert returned("a", desk) is CameBack.KNOWN
    assert desk.told.count(("lost", "a")) == 1 and events() == before
    assert returned("unknown", desk) is CameBack.NO_LETTER


def test_with_one_letter_the_earlier_ones_did_not_arrive(app: Flask) -> None:
    """Both went to the same address; a double click takes nothing more away."""
    desk = Desk()
    for step in (0, 1):
        letter("a", step=step)
        batch = made(desk)
        assert batch is not None
        posted(batch, desk)
    letter("a", channel=Channel.EMAIL)
    with transaction() as session:
        mail = session.scalars(select(Message).where(Message.channel == Channel.EMAIL)).one()
        mail.state = State.SENT
    assert returned("a", desk) is CameBack.NOTED
    assert desk.told.count(("lost", "a")) == 1
    db.session.rollback()
    found = db.session.execute(select(Message.channel, Message.state).order_by(Message.id))
    assert [tuple(row) for row in found] == [
        (Channel.LETTER, State.BOUNCED),
        (Channel.LETTER, State.BOUNCED),
        (Channel.EMAIL, State.SENT),
    ]
    assert returned("a", desk) is CameBack.KNOWN


@pytest.mark.parametrize("which", ["make", "post", "undo", "read", "count"])
def test_more_letters_are_no_more_statements(app: Flask, statements: list[str], which: str) -> None:
    counted = [_statements_of(which, letters_in_it, statements) for letters_in_it in (2, 20)]
    assert counted[0] == counted[1] > 0


def _statements_of(which: str, many: int, statements: list[str]) -> int:
    """How many statements one deed takes with so many letters."""
    desk = Desk()
    for number in range(many):
        letter(f"{which}-{many}-{number}")
    batch = None if which == "make" else made(desk)
    deeds: dict[str, Callable[[], object]] = {
        "make": lambda: made(desk),
        "post": lambda: posted(batch or "", desk),
        "undo": lambda: letters.undo(batch or "", ACTOR),
        "read": lambda: [message.to for message in letters.of_batch(batch or "")],
        "count": lambda: (letters.batches(), letters.waiting({TOPIC})),
    }
    db.session.rollback()
    statements.clear()
    if which == "undo":
        with transaction():
            deeds[which]()
    else:
        deeds[which]()
    taken = len(statements)
    if batch:
        posted(batch, desk)
    else:
        for one in letters.batches():
            posted(one.id, desk)
    return taken
