"""Workers that are killed while they send lose nothing, and send nothing twice where that can be known."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.audit.models import AuditEvent
from portal.config import ROOT
from portal.db import db
from portal.outbox.models import Message
from portal.outbox.rules import Channel, State
from tests.load.outbox_filling import fill
from tests.outbox.other_side import Asked, Mailbox, Provider, mail_server, sms_provider

LEASE_SECONDS = 5
PATIENCE_SECONDS = 1800
WORKERS = 3
# As long as a real other side takes, so that a kill mostly finds a message in flight.
THINKING_SECONDS = 0.004


@dataclass
class Sending:
    """Messages on their way, and the workers that send them."""

    app: Flask
    mailbox: Mailbox
    provider: Provider
    chance: random.Random
    starter: subprocess.Popen[str] | None = None
    workers: list[int] = field(default_factory=list)

    def arrived(self) -> int:
        """How many messages reached the other side, doubles included."""
        return len(self.mailbox.arrived) + len(self.provider.asked)

    def begin(self) -> None:
        """Load the portal, as it is in production."""
        settings = self.app.extensions["settings"]
        environment = os.environ | {
            "PORTAL_ENV": "production",
            "PORTAL_INSTANCE": str(settings.instance),
            "PORTAL_DATABASE_URL": settings.sqlalchemy_url,
            "PORTAL_BASE_URL": "https://portaal.voorbeeld.example",
            "PORTAL_SECRET_KEY": settings.secret_key,
            "PORTAL_INDEX_KEY": settings.index_key,
            "PORTAL_LINK_KEYS": ",".join(settings.link_keys),
            "PORTAL_DATA_KEYS": ",".join(settings.data_keys),
            "PORTAL_SMTP_URL": self.mailbox.url,
            "PORTAL_SMS_URL": self.provider.url,
            "PORTAL_MAIL_FROM": "portaal@voorbeeld.example",
        }
        self.starter = subprocess.Popen(
            [sys.executable, "-m", "tests.load.outbox_worker", str(LEASE_SECONDS)],
            env=environment,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def start(self) -> None:
        """One worker process more; returns when it is at work."""
        assert self.starter is not None and self.starter.stdin is not None and self.starter.stdout is not None
        self.starter.stdin.write("\n")
        self.starter.stdin.flush()
        self.workers.append(int(self.starter.stdout.readline()))

    def kill_one(self) -> None:
        """Kill a worker that is at work, at a moment nobody chose, and start another."""
        worker = self.chance.choice(self.workers)
        time.sleep(self.chance.uniform(0, 0.1))
        os.kill(worker, signal.SIGKILL)
        self.workers.remove(worker)
        self.start()

    def end(self) -> None:
        """Let them end what they do. None may have ended by itself."""
        if self.starter is not None:
            self.starter.communicate(timeout=120)
            assert self.starter.returncode == 0


@contextmanager
def sending(app: Flask, seed: int) -> Iterator[Sending]:
    """Three workers at once, and two other sides that need a moment for each message."""

    def think(_asked: Asked | None = None) -> None:
        time.sleep(THINKING_SECONDS)

    with mail_server() as mailbox, sms_provider() as provider:
        mailbox.on_mail = think
        provider.answer = think
        run = Sending(app, mailbox, provider, random.Random(seed))
        try:
            run.begin()
            for _n in range(WORKERS):
                run.start()
            yield run
        finally:
            run.end()


def messages_survive(app: Flask, *, texts: int, mails: int, kills: int) -> None:
    """Send them all while workers are killed, spread over the run; then look at both sides."""
    fill(Channel.SMS, texts)
    fill(Channel.EMAIL, mails, first=texts)
    until = time.monotonic() + PATIENCE_SECONDS
    with sending(app, seed=17) as run:
        started = time.monotonic()
        total = texts + mails
        for after in sorted(run.chance.sample(range(total // 20, total * 9 // 10), kills)):
            while run.arrived() < after:
                assert time.monotonic() < until
                time.sleep(0.01)
            run.kill_one()
        while waiting() > 0:
            assert time.monotonic() < until
            time.sleep(0.25)
        seconds = time.monotonic() - started
    in_flight = db.session.scalar(select(func.count()).select_from(Message).where(Message.unsure > 0))
    doubled = sum((run.mailbox.references - Counter(run.mailbox.references.keys())).values())
    print(
        f"{db.engine.dialect.name}: {texts} text messages, {mails} mails, {kills} kills "
        f"({in_flight} in flight), {doubled} mails twice, {seconds:.0f} s"
    )
    assert in_flight, "the kills found messages in flight"
    each_text_is_delivered_once(run.provider, texts)
    each_mail_came(run.mailbox, mails, kills)
    the_feature_heard_it_once(texts + mails)


def waiting() -> int:
    db.session.rollback()
    counted = select(func.count()).select_from(Message).where(Message.state == State.WAITING)
    return db.session.scalar(counted) or 0


def standing(channel: Channel) -> dict[str, str]:
    """The state of each message, by the reference that the other side knows it by."""
    db.session.rollback()
    rows = db.session.execute(select(Message.reference, Message.state).where(Message.channel == channel))
    return dict(iter(rows))


def each_text_is_delivered_once(provider: Provider, number: int) -> None:
    states = standing(Channel.SMS)
    assert len(states) == number
    assert set(states.values()) == {State.SENT}
    assert provider.delivered.keys() == states.keys()


def each_mail_came(mailbox: Mailbox, number: int, kills: int) -> None:
    """Without a key at the other side: at most one duplicate a kill, and nobody gets three."""
    states = standing(Channel.EMAIL)
    came = mailbox.references
    given_up = {reference for reference, state in states.items() if state == State.DEAD}
    assert len(states) == number
    assert set(states.values()) <= {State.SENT, State.DEAD}
    # Only a mail that two kills found in flight is left to the team to decide.
    assert len(given_up) <= kills // 2
    assert came.keys() | given_up == states.keys()
    assert max(came.values()) <= 2
    assert sum(came.values()) <= number + kills


def the_feature_heard_it_once(number: int) -> None:
    heard = Counter(
        details["about"]
        for details in db.session.scalars(select(AuditEvent.details).where(AuditEvent.event == "sent"))
    )
    given_up = db.session.scalar(select(func.count()).select_from(Message).where(Message.state == State.DEAD))
    assert set(heard.values()) == {1}
    assert len(heard) == number - (given_up or 0)


def test_killed_outbox(app: Flask) -> None:
    messages_survive(app, texts=300, mails=200, kills=6)


@pytest.mark.soak
def test_killed_outbox_at_full_size(app: Flask) -> None:
    messages_survive(app, texts=100_000, mails=2_000, kills=10)
