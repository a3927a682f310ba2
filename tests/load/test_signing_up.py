"""More people than places, all at the same moment: nobody too many, everybody told where they stand."""

import time
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.db import db
from portal.outbox.models import Message
from portal.talks.models import Evening, SignUp
from portal.talks.rules import State
from tests.load.signing_up import Rush, rush
from tests.load.test_killed_filing import Server
from tests.ports import wait_for
from tests.talks.evenings import evening

WORKERS, PLACES = 4, 20


def all_at_once(app: Flask, people: int) -> Rush:
    """Let them sign up at a real server, and see what is in the database then."""
    mine = db.session.get_one(Evening, evening(capacity=PLACES))
    slug = mine.slug
    db.session.rollback()
    server = Server(app)
    server.environment |= {"PORTAL_WORKERS": str(WORKERS), "PORTAL_TRUSTED_PROXIES": "1"}
    server.start()
    try:
        wait_for(f"{server.address}/talks/{slug}")
        assert server.process is not None
        children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
        # The first worker answers before the last is there.
        until = time.monotonic() + 30
        while (workers := len(children.read_text().split())) < WORKERS and time.monotonic() < until:
            time.sleep(0.1)
        assert workers == WORKERS
        told = rush(server.address, slug, people)
    finally:
        server.kill()
    db.session.rollback()
    in_order = list(db.session.scalars(select(SignUp.state).order_by(SignUp.id)))
    assert in_order == [State.IN] * PLACES + [State.WAITING] * (people - PLACES)
    assert sorted(told.numbers) == [0] * PLACES + list(range(1, people - PLACES + 1))
    assert db.session.scalar(select(func.count()).select_from(Message)) == people
    print(
        f"{db.engine.dialect.name}: {people} people for {PLACES} places, {WORKERS} workers: "
        f"{told.seconds:.1f} s, {told.a_minute:.0f} sign-ups a minute"
    )
    return told


def test_sixty_people_for_twenty_places(app: Flask) -> None:
    all_at_once(app, 60)


@pytest.mark.soak
def test_five_hundred_people_for_twenty_places(app: Flask) -> None:
    all_at_once(app, 500)
