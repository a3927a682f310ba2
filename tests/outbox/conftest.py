"""What the outbox's tests share: a portal with real other sides, and a feature that remembers."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal import clock
from portal.db import db, transaction
from portal.outbox.delivery import deliver
from portal.outbox.models import Message
from portal.outbox.operations import queue
from portal.outbox.rules import Channel, State
from tests.outbox.messages import ADDRESSES, PARAMS, TOPIC
from tests.outbox.other_side import Mailbox, Provider, mail_server, sms_provider


@dataclass
class Feature:
    """Whoever queued the messages: what it wants, and what it was told."""

    unwanted: set[str] = field(default_factory=set)
    told: list[tuple[str, str]] = field(default_factory=list)
    breaks_on: dict[str, Exception] = field(default_factory=dict)

    def wanted(self, message: Message) -> bool:
        self._break("wanted")
        return message.about not in self.unwanted

    def sent(self, message: Message) -> None:
        assert message.state == State.SENT
        self._tell("sent", message)

    def lost(self, message: Message) -> None:
        assert message.state == State.BOUNCED
        self._tell("lost", message)

    def _tell(self, what: str, message: Message) -> None:
        self._break(what)
        self.told.append((what, message.about))

    def _break(self, what: str) -> None:
        if what in self.breaks_on:
            raise self.breaks_on[what]


@dataclass
class Outbox:
    """A portal whose messages leave to real other sides."""

    mailbox: Mailbox
    provider: Provider
    feature: Feature = field(default_factory=Feature)

    def add(self, channel: Channel, *numbers: int, **other: Any) -> None:
        """Queue messages, each about its number."""
        with transaction():
            for number in numbers:
                queue(
                    channel,
                    "survey_invitation",
                    to=other.get("to", ADDRESSES[channel].format(number)),
                    topic=other.get("topic", TOPIC),
                    about=str(number),
                    request_key=f"{channel}:{number}",
                    language="nl",
                    params=PARAMS | other.get("params", {}),
                    in_hours=other.get("in_hours", False),
                )

    def deliver(self, **how: Any) -> dict[str, int]:
        """What happened, without what happened to nobody."""
        done = deliver({TOPIC: self.feature}, **how)
        return {name: number for name, number in done.items() if number}

    def message(self, about: int) -> Message:
        """How the message stands in the database."""
        db.session.rollback()
        found = db.session.scalar(
            select(Message).where(Message.about == str(about)).execution_options(populate_existing=True)
        )
        assert found is not None
        return found

    def states(self) -> list[str]:
        """The state of each message, in the order they were queued."""
        db.session.rollback()
        return list(db.session.scalars(select(Message.state).order_by(Message.id)))


Later = Callable[[timedelta], None]


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server() as running:
        yield running


@pytest.fixture
def provider() -> Iterator[Provider]:
    with sms_provider() as running:
        yield running


@pytest.fixture
def outbox(app: Flask, mailbox: Mailbox, provider: Provider, set_up: Callable[..., None]) -> Outbox:
    """A portal that has somewhere to send."""
    set_up(smtp_url=mailbox.url, sms_url=provider.url, mail_from="portaal@voorbeeld.example")
    return Outbox(mailbox, provider)


@pytest.fixture
def set_up(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Set other settings for one test."""

    def change(**settings: object) -> None:
        changed = app.extensions["settings"].model_copy(update=settings)
        monkeypatch.setitem(app.extensions, "settings", changed)

    return change


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Later:
    """Let time pass: `later(timedelta(minutes=5))`."""
    real, passed = clock.now, timedelta()

    def change(by: timedelta) -> None:
        nonlocal passed
        passed += by
        monkeypatch.setattr(clock, "now", lambda: real() + passed)

    return change


def params_of(message: Message) -> dict[str, Any]:
    """What the message would show; fails when it was forgotten."""
    assert message.params is not None
    read: dict[str, Any] = json.loads(message.params)
    return read
