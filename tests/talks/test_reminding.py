"""Reminders before an evening, once each; and after it everything about who was there is forgotten."""

import json
import threading
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal import clock
from portal.audit.models import AuditEvent
from portal.db import db, transaction
from portal.outbox.models import Message
from portal.outbox.rules import State as Sending
from portal.talks import operations, reminding
from portal.talks.models import Evening, SignUp
from portal.talks.rules import State
from portal.worker import Worker
from tests.talks.evenings import evening, left, signed_up, somebody

pytestmark = pytest.mark.usefixtures("app")
BEGAN = datetime(2027, 3, 1, 12, tzinfo=clock.AMSTERDAM)


@pytest.fixture(autouse=True)
def _begin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: BEGAN)


def go(monkeypatch: pytest.MonkeyPatch, **later: int) -> None:
    """So much later than the beginning."""
    monkeypatch.setattr(clock, "now", lambda: BEGAN + timedelta(**later))


def reminders() -> list[Message]:
    db.session.rollback()
    return [
        one
        for one in db.session.scalars(select(Message).order_by(Message.id))
        if json.loads(one.params or "{}").get("what") == "reminder"
    ]


def test_a_week_and_a_day_before_once_each(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = evening(capacity=2, days=20)
    placed = [signed_up(mine).signup for _n in range(3)][:2]
    seen = []
    for day in range(22):
        go(monkeypatch, days=day)
        told = reminding.remind()
        assert reminding.remind() == 0, "once, however often it is called"
        if told:
            seen.append((20 - day, told))
    assert seen == [(7, 2), (1, 2)]
    found = reminders()
    assert {one.about for one in found} == {one.public_id for one in placed if one}, "not who waits"
    assert all(one.in_hours for one in found)


def test_a_day_is_a_day_on_the_wall_also_over_the_summer_time(monkeypatch: pytest.MonkeyPatch) -> None:
    # On 28 March the clock goes an hour ahead: a week before is an hour less.
    starts_at = datetime(2027, 4, 1, 23, 30, tzinfo=clock.AMSTERDAM)
    signed_up(evening(starts_at=starts_at, ends_at=starts_at + timedelta(minutes=20)))
    for at, due in (((3, 24, 23, 59), 0), ((3, 25, 0, 1), 1), ((3, 31, 0, 1), 1), ((4, 1, 0, 1), 0)):
        monkeypatch.setattr(clock, "now", lambda at=at: datetime(2027, *at, tzinfo=clock.AMSTERDAM))
        assert reminding.remind() == due, at


def test_not_who_left_nor_of_a_cancelled_evening(monkeypatch: pytest.MonkeyPatch) -> None:
    mine, other = evening(), evening(days=14)
    signup = signed_up(mine).signup
    signed_up(other)
    assert signup
    left(signup)
    with transaction():
        operations.hold(other).cancelled_at = clock.now()
    go(monkeypatch, days=7)
    assert reminding.remind() == 0


def test_an_evening_that_moved_is_reminded_of_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = evening()
    signed_up(mine)
    go(monkeypatch, days=7)
    assert reminding.remind() == 1
    with transaction():
        held = operations.hold(mine)
        held.starts_at, held.ends_at = (at + timedelta(days=3) for at in (held.starts_at, held.ends_at))
        held.sequence += 1
    assert reminding.remind() == 0
    go(monkeypatch, days=10)
    assert reminding.remind() == 1
    with transaction():
        held = operations.hold(mine)
        held.capacity, held.sequence = held.capacity + 1, held.sequence + 1
    assert reminding.remind() == 0, "more places is no other evening"


def test_workers_at_once_remind_once(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = evening()
    for _n in range(3):
        signed_up(mine)
    go(monkeypatch, days=7)

    def one() -> None:
        with app.app_context():
            reminding.remind()
            db.session.remove()

    threads = [threading.Thread(target=one) for _n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(reminders()) == 3


def test_nothing_personal_is_kept_after_the_term(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = evening(capacity=3)
    two = signed_up(mine, somebody(places=2, question="Mijn vraag")).signup
    signed_up(mine)
    waits = signed_up(mine).signup
    assert two and waits
    with transaction():
        db.session.get_one(SignUp, two.id).came = True
        given_up = db.session.scalars(select(Message).where(Message.about == waits.public_id)).one()
        given_up.state = Sending.DEAD
    go(monkeypatch, days=14, weeks=8, hours=-13)
    assert reminding.purge() == 0, "the day before"
    go(monkeypatch, days=14, weeks=8)
    assert reminding.purge() == 1
    assert reminding.purge() == 0
    db.session.rollback()
    kept = db.session.get_one(Evening, mine, populate_existing=True)
    assert (kept.counted_in, kept.counted_came, kept.counted_waiting) == (3, 2, 1)
    assert kept.purged_on == clock.today()
    for signup in db.session.scalars(select(SignUp).execution_options(populate_existing=True)):
        assert signup.sealed_person == operations.NOBODY and signup.person_index is None
    assert db.session.get_one(Message, given_up.id, populate_existing=True).to is None
    (event,) = db.session.scalars(select(AuditEvent).where(AuditEvent.event == "evening.purged"))
    assert event.details == {"evening": str(mine)}


def test_also_of_an_evening_that_did_not_come(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = evening(cancelled_at=BEGAN)
    go(monkeypatch, days=14, weeks=8)
    assert reminding.purge() == 1
    assert db.session.get_one(Evening, mine, populate_existing=True).counted_in == 0


def test_the_worker_does_both(monkeypatch: pytest.MonkeyPatch) -> None:
    signup = signed_up(evening()).signup
    assert signup and signup.state == State.IN
    go(monkeypatch, days=7)
    assert Worker().round()["talks reminded"] == 1
    go(monkeypatch, days=14, weeks=8)
    Worker().round()
    db.session.rollback()
    assert db.session.get_one(SignUp, signup.id, populate_existing=True).person.contact == ""
