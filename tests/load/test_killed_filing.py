"""A server that is killed while people file: what was acknowledged is there once, with its file."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.complaints import receipts
from portal.complaints.filing import queries
from portal.complaints.models import Attachment, Complaint, ComplaintDraft
from portal.db import db
from tests.load.filing import at_once
from tests.ports import free_port

PEOPLE = 16


class Server:
    """`portal serve` on the test's own database, in a process group of its own."""

    def __init__(self, app: Flask) -> None:
        settings = app.extensions["settings"]
        port = free_port()
        self.address = f"http://127.0.0.1:{port}"
        self.environment = os.environ | {
            "PORTAL_INSTANCE": str(settings.instance),
            "PORTAL_DATABASE_URL": settings.database_url,
            "PORTAL_BIND": f"127.0.0.1:{port}",
            "PORTAL_BASE_URL": self.address,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [str(Path(sys.executable).with_name("portal")), "serve"]
        self.process = subprocess.Popen(
            command,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def kill(self) -> None:
        """The master and its workers, all at once and without a word."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def filing_survives(app: Flask, *, kills: int, complaints: int) -> str:
    """File while the server is killed again and again; say what was seen."""
    chance = random.Random(7)
    server = Server(app)
    server.start()
    over = threading.Event()
    killed = 0

    def keep_killing() -> None:
        nonlocal killed
        while killed < kills and not over.wait(chance.uniform(3.0, 6.0)):
            server.kill()
            killed += 1
            server.start()

    hand = threading.Thread(target=keep_killing)
    began = time.monotonic()
    hand.start()
    try:
        seen = at_once(server.address, PEOPLE, complaints, "Bij het doden:")
    finally:
        over.set()
        hand.join()
        server.kill()
    db.session.rollback()
    kept = db.session.scalars(select(Complaint)).all()
    by_reference = {complaint.reference: complaint for complaint in kept}
    assert len(by_reference) == len(kept) == PEOPLE * complaints, "each once, and no other"
    assert sorted(complaint.content.what for complaint in kept) == sorted(one.words for one in seen)
    for one in seen:
        complaint = by_reference[one.reference]
        assert complaint.content.what == one.words
        assert receipts.fits(complaint.code_hash, receipts.read(one.code))
        assert len(complaint.attachments) == 1
    assert db.session.scalar(select(func.count()).select_from(Attachment)) == len(kept)
    # Of who began twice, because the first answer was lost, an empty sheet stays until it has lain too long.
    for draft in db.session.scalars(select(ComplaintDraft)):
        assert not queries.filled(draft).content.what and not draft.attachments
    numbers = sorted(complaint.number for complaint in kept)
    assert numbers == list(range(1, len(kept) + 1)), "no number was skipped"
    return f"{len(kept)} complaints, {killed} kills, {time.monotonic() - began:.0f} s"


def test_killed_while_filing(app: Flask) -> None:
    said = filing_survives(app, kills=2, complaints=1)
    assert " 0 kills" not in said


@pytest.mark.soak
def test_killed_while_filing_for_long(app: Flask) -> None:
    said = filing_survives(app, kills=10, complaints=8)
    print(app.extensions["settings"].database_url or "sqlite", said)
    assert " 10 kills" in said
