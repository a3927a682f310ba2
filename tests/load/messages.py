"""Messages a second against a mail server on this machine, by one worker, on both databases.

Run it with `python -m tests.load.messages [number]`. Beside it stands how fast the same mail is handed
over and over without templates and database: the most that this mail server takes.
"""

import logging
import multiprocessing
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from pathlib import Path

import structlog
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from sqlalchemy import select

from portal import config
from portal.app import create_app
from portal.config import MailServer
from portal.db import db
from portal.outbox.delivery import deliver
from portal.outbox.models import Message
from portal.outbox.post import compose
from portal.outbox.rules import Channel
from portal.outbox.smtp import SmtpTransport
from tests.load.databases import databases
from tests.load.outbox_filling import fill
from tests.load.outbox_worker import Bookkeeper
from tests.outbox.messages import TOPIC
from tests.ports import free_port

NUMBER = 2_000
SENDER = "portaal@voorbeeld.example"


@dataclass(frozen=True)
class Measured:
    """One database: messages sent, and how many a second; with and without all around the sending."""

    database: str
    messages: int
    per_second: float
    bare_per_second: float


def serve(port: int, ready: Event, over: Event) -> None:
    """A mail server in a process of its own, that takes everything and keeps nothing."""
    controller = Controller(Sink(), hostname="127.0.0.1", port=port, ready_timeout=60)
    controller.start()
    ready.set()
    over.wait()
    controller.stop()


@contextmanager
def sink() -> Iterator[str]:
    """The address of a running mail server."""
    spawning = multiprocessing.get_context("spawn")
    port, ready, over = free_port(), spawning.Event(), spawning.Event()
    process = spawning.Process(target=serve, args=(port, ready, over))
    process.start()
    try:
        if not ready.wait(60):
            raise TimeoutError("the mail server did not start")
        yield f"smtp://127.0.0.1:{port}"
    finally:
        over.set()
        process.join()


def measure(url: str, instance: Path, smtp_url: str, number: int = NUMBER) -> Measured:
    """Fill an empty database and send it all."""
    app = create_app(config.load(instance=instance, database_url=url, smtp_url=smtp_url, mail_from=SENDER))
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with app.app_context():
        # As in production: no copies beside.
        settings = app.extensions["settings"]
        app.extensions["settings"] = settings.model_copy(update={"env": "production"})
        db.create_all()
        fill(Channel.EMAIL, number)
        bare = _bare(smtp_url, number)
        started = time.perf_counter()
        done = deliver({TOPIC: Bookkeeper()}, most_seconds=3600)
        took = time.perf_counter() - started
        database = db.engine.dialect.name
        db.session.remove()
        db.engine.dispose()
    if done["sent"] != number:
        raise RuntimeError(f"{database}: {done}")
    return Measured(database, number, number / took, number / bare)


def _bare(smtp_url: str, number: int) -> float:
    """Seconds in which one mail is handed over so many times."""
    message = db.session.scalar(select(Message).limit(1))
    if message is None:
        raise RuntimeError("nothing to send")
    post = compose(message)
    db.session.rollback()
    transport = SmtpTransport(MailServer.of(smtp_url), SENDER, "127.0.0.1")
    started = time.perf_counter()
    for _n in range(number):
        transport.hand_over(post)
    took = time.perf_counter() - started
    transport.close()
    return took


def both(number: int = NUMBER) -> Iterator[Measured]:
    """SQLite and PostgreSQL, with the disk waited for."""
    with sink() as smtp_url:
        for url, instance in databases():
            yield measure(url, instance, smtp_url, number)


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else NUMBER
    for found in both(number):
        print(
            f"messages, {found.messages:,} mails by one worker, {found.database}: "
            f"{found.per_second:.0f} a second; the mail server alone {found.bare_per_second:.0f}, "
            f"ratio {found.per_second / found.bare_per_second:.2f}"
        )


if __name__ == "__main__":
    main()
