"""Workers that are killed while they empty the letterbox lose nothing and double nothing."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.db import db, transaction
from portal.surveys.answering.operations import empty_letterbox, seal
from portal.surveys.answering.queries import Asked, newest_version, read
from portal.surveys.answering.rules import Traits
from portal.surveys.models import LetterboxEntry, Response, ResponseText
from portal.surveys.rules import Moment, Pile, Written

TRAITS = Traits("parent", "email", "nl", "Monster")


def a_worker(app: Flask) -> subprocess.Popen[bytes]:
    """One real worker process doing one round on the test's own database."""
    settings = app.extensions["settings"]
    environment = os.environ | {
        "PORTAL_INSTANCE": str(settings.instance),
        "PORTAL_DATABASE_URL": settings.database_url,
    }
    command = [str(Path(sys.executable).with_name("portal")), "worker", "--once"]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def send(asked: Asked, first: int, number: int) -> None:
    with transaction():
        for place in range(first, first + number):
            seal(asked, {"went_well": Written(f"Antwoord {place}")}, Pile.INTAKE, TRAITS)


def answers_survive(app: Flask, *, rounds: int, a_round: int) -> int:
    """Send answers while three workers at once are killed at random moments; how many were killed in time."""
    chance = random.Random(11)
    version = newest_version(Moment.INTAKE)
    asked = Asked(version.id, read(version.source).pages_for(parenting_help=False))
    killed = 0
    for turn in range(rounds):
        send(asked, turn * a_round, a_round)
        workers = [a_worker(app) for _n in range(3)]
        time.sleep(chance.uniform(0.6, 1.6))
        for worker in workers[1:]:
            if worker.poll() is None:
                worker.send_signal(signal.SIGKILL)
                killed += 1
        for worker in workers:
            worker.wait(timeout=120)
    empty_letterbox()
    db.session.rollback()
    waiting = db.session.scalar(select(func.count()).select_from(LetterboxEntry))
    words = list(db.session.scalars(select(ResponseText.body)))
    assert waiting == 0
    assert db.session.scalar(select(func.count()).select_from(Response)) == rounds * a_round
    assert sorted(words) == sorted(f"Antwoord {place}" for place in range(rounds * a_round))
    return killed


def test_killed_workers(app: Flask) -> None:
    assert answers_survive(app, rounds=3, a_round=60) > 0


@pytest.mark.soak
def test_killed_workers_for_long(app: Flask) -> None:
    killed = answers_survive(app, rounds=25, a_round=400)
    print(f"{25 * 400} answers, {killed} workers killed")
    assert killed >= 10


@pytest.mark.soak
def test_the_response_page_on_a_hundred_thousand_invitations() -> None:
    from tests.load.response_page import both

    for measured in both(100_000):
        print(measured)
        assert measured.statements <= 4
