"""Reminders before an evening, once each; and after it everything about who was there is forgotten."""

import json
import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from portal import clock
from portal.audit.models import AuditEvent
from portal.db import db, transaction
from portal.identity.rules import Role
from portal.outbox.delivery import deliver
from portal.outbox.models import Message, Pause
from portal.outbox.rules import State as Sending
from portal.reactions import HANDLERS
from portal.talks import circle_operations, operations, queries, reminding
from portal.talks.arranging import operations as arranging
from portal.talks.models import Evening, Member, SignUp
from portal.talks.notices import TOPIC, token_of
from portal.talks.rules import State
from portal.worker import Worker
from tests.conftest import SignIn
from tests.talks.evenings import evening, left, purged, signed_up, somebody

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


def messages() -> list[Message]:
    db.session.rollback()
    return list(db.session.scalars(select(Message).order_by(Message.id)))


def changed(mine: int, **other: Any) -> None:
    """As the coordinator changes it: whoever has a place is told."""
    with transaction():
        held = operations.hold(mine)
        now = {name: getattr(held, name) for name in arranging.FIELDS}
        arranging.change(mine, arranging.Given(**now | other), seen=held.sequence, actor="test")


def last_word() -> list[Message]:
    """The reminders that would leave now; the others are thrown away, as a worker does."""
    with transaction():
        waiting = db.session.scalars(select(Message).where(Message.state == Sending.WAITING)).all()
        for one in waiting:
            if not HANDLERS[TOPIC].wanted(one):
                one.state, one.to, one.params = Sending.CANCELLED, None, None
    return [one for one in reminders() if one.state == Sending.WAITING]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (23, [(7, 2), (1, 2)]),
        # A Monday and a Sunday: on Sundays no message leaves.
        (21, [(7, 2), (2, 2)]),
        (20, [(8, 2), (1, 2)]),
        # A Wednesday after Easter Monday, and the day after Easter Monday, 29 March.
        (30, [(7, 2), (1, 2)]),
        (29, [(7, 2), (3, 2)]),
    ],
)
def test_a_week_and_a_day_before_once_each(
    days: int, expected: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = evening(capacity=2, days=days)
    placed = [signed_up(mine).signup for _n in range(3)][:2]
    seen = []
    for day in range(days + 2):
        go(monkeypatch, days=day)
        told = reminding.remind()
        assert reminding.remind() == 0, "once, however often it is called"
        if told:
            seen.append((days - day, told))
    assert seen == expected
    found = reminders()
    assert {one.about for one in found} == {one.public_id for one in placed if one}, "not who waits"
    assert all(one.in_hours for one in found)


def test_a_reminder_of_a_monday_morning_leaves_on_the_saturday(monkeypatch: pytest.MonkeyPatch) -> None:
    signed_up(evening(starts_at=BEGAN.replace(day=8, hour=9), ends_at=BEGAN.replace(day=8, hour=11)))
    go(monkeypatch, days=5, hours=-11)
    assert reminding.remind() == 1
    go(monkeypatch, days=5)
    deliver(HANDLERS)
    assert [one.sent_at for one in messages()][1:] == [clock.now()]


@pytest.mark.parametrize(("from_day", "expected"), [(9, [9, 12]), (12, [12]), (13, [14]), (14, [14])])
def test_what_no_worker_did_on_its_day_comes_later(
    from_day: int, expected: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The evening is on a Monday: of the Sunday, day 13, the reminder is due on the Saturday."""
    signed_up(
        evening(starts_at=BEGAN + timedelta(days=14, hours=7), ends_at=BEGAN + timedelta(days=14, hours=9))
    )
    seen = []
    for day in range(from_day, 16):
        go(monkeypatch, days=day)
        seen += [day] * reminding.remind()
    assert seen == expected


def test_nothing_is_queued_on_a_day_on_which_it_can_leave_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    signed_up(evening(days=9))
    go(monkeypatch, days=5, hours=8)
    assert reminding.remind() == 0
    go(monkeypatch, days=7)
    assert reminding.remind() == 1


def test_who_gets_a_place_on_that_day_is_not_reminded_that_day(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = evening(capacity=1, days=9)
    first, second, third = (signed_up(mine).signup for _n in range(3))
    assert first and second and third
    go(monkeypatch, days=2)
    left(first)
    assert reminding.remind() == 0
    go(monkeypatch, days=3)
    assert reminding.remind() == 1, "of the week a day later"
    go(monkeypatch, days=8)
    left(second)
    assert reminding.remind() == 0
    go(monkeypatch, days=9, hours=-3)
    assert reminding.remind() == 0, "no more of the day"
    assert [one.about for one in reminders()] == [second.public_id]


def test_who_hears_of_a_move_is_reminded_of_how_it_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = evening(days=9)
    signed_up(mine)
    go(monkeypatch, days=2, hours=-3)
    assert reminding.remind() == 1
    changed(mine, ends_at=db.session.get_one(Evening, mine).ends_at + timedelta(hours=1))
    assert last_word() == [], "the old one is not true any more"
    go(monkeypatch, days=2)
    assert reminding.remind() == 0, "there goes a message of the move"
    go(monkeypatch, days=3)
    assert reminding.remind() == 1
    assert len(last_word()) == 1
    # Who heard of another move since is not reminded of the same week again.
    changed(mine, place="De Proef 2")
    go(monkeypatch, days=4)
    assert reminding.remind() == 0
    go(monkeypatch, days=8)
    assert reminding.remind() == 1


@pytest.mark.parametrize("name", ["starts_at", "ends_at", "place"])
def test_a_reminder_that_was_never_sent_stands_in_the_way_of_none(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = evening(days=9)
    signed_up(mine)
    go(monkeypatch, days=8)
    assert reminding.remind() == 1
    with transaction():
        held = operations.hold(mine)
        new = "Elders" if name == "place" else getattr(held, name) + timedelta(minutes=30)
        setattr(held, name, new)
    assert last_word() == []
    assert reminding.remind() == 1
    assert len(last_word()) == 1


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


def test_only_counts_are_kept_after_the_term(monkeypatch: pytest.MonkeyPatch) -> None:
    mine, other = evening(capacity=3), evening(days=100)
    two = signed_up(mine, somebody(places=2, question="Mijn vraag")).signup
    signed_up(mine)
    signed_up(mine)
    gone = signed_up(mine).signup
    stays = signed_up(other).signup
    assert two and gone and stays
    left(gone)
    with transaction():
        db.session.get_one(SignUp, two.id).came = True
    go(monkeypatch, days=14, weeks=8, hours=-13)
    assert purged() == 0, "the day before"
    go(monkeypatch, days=14, weeks=8)
    assert purged() == 1
    assert purged() == 0
    db.session.rollback()
    kept = db.session.get_one(Evening, mine, populate_existing=True)
    assert (kept.counted_in, kept.counted_came, kept.counted_waiting) == (3, 2, 1)
    assert kept.purged_on == clock.today()
    assert db.session.scalars(select(SignUp.id)).all() == [stays.id]
    assert [one.about for one in messages()] == [stays.public_id]
    (event,) = db.session.scalars(select(AuditEvent).where(AuditEvent.event == "evening.purged"))
    assert event.details == {"evening": str(mine)}


def test_the_personal_link_then_says_kindly_that_it_is_not_known(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    signup = signed_up(evening()).signup
    assert signup
    address = f"/talks/aanmelding/{token_of(signup)}"
    assert app.test_client().get(address).status_code == 200
    go(monkeypatch, days=14, weeks=8)
    assert purged() == 1
    page = app.test_client().get(address)
    assert page.status_code == 404 and "Of de avond is al een tijd geweest" in page.text


IN_FLIGHT = {"claimed_by": "a worker", "started": True}
UNSENT: dict[str, dict[str, Any]] = {
    "waits": {},
    "is given up": {"state": Sending.DEAD},
    "is claimed": {"claimed_by": "a worker", "claimed_until": timedelta(minutes=5)},
    "was being sent by a worker that died": IN_FLIGHT | {"claimed_until": timedelta(minutes=-1)},
    "has no way out": {"channel": "letter"},
    "came back": {"state": Sending.BOUNCED},
}


def put(message: Message, **how: Any) -> None:
    with transaction():
        message = db.session.get_one(Message, message.id)
        for name, value in how.items():
            setattr(message, name, clock.now() + value if isinstance(value, timedelta) else value)


@pytest.mark.parametrize("how", UNSENT.values(), ids=UNSENT)
def test_no_message_is_kept_whatever_became_of_it(
    how: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_up(evening())
    circle_operations.ask("nooit@voorbeeld.example", "nl")
    db.session.commit()
    go(monkeypatch, days=14, weeks=8)
    with transaction():
        db.session.add(Pause(topic=TOPIC, paused_at=clock.now(), paused_by="test"))
    found = messages()
    assert len(found) == 2
    for message in found:
        put(message, **how)
    assert purged() == 1
    assert messages() == []
    assert db.session.scalars(select(Member)).all() == []


def test_an_evening_of_which_a_message_is_just_being_sent_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    mine, other = evening(), evening()
    signed_up(mine)
    signed_up(mine)
    signed_up(other)
    circle_operations.ask("nooit@voorbeeld.example", "nl")
    db.session.commit()
    go(monkeypatch, days=14, weeks=8)
    first, _second, _other, member = messages()
    for message in (first, member):
        put(message, **IN_FLIGHT, claimed_until=timedelta(minutes=5))
    assert purged() == 1, "the other one"
    assert len(messages()) == 3 and len(db.session.scalars(select(Member)).all()) == 1
    assert db.session.get_one(Evening, mine, populate_existing=True).purged_on is None
    assert len(db.session.scalars(select(SignUp)).all()) == 2, "half forgotten is nothing"
    for message in (first, member):
        put(message, state=Sending.SENT, to=None, params=None, started=False, claimed_until=None)
    assert purged() == 1
    assert messages() == [] and db.session.scalars(select(Member)).all() == []


def test_a_message_that_another_holds_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    signed_up(evening())
    go(monkeypatch, days=14, weeks=8)
    # On SQLite there is one writer at a time, and nobody holds a single row.
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect() as another:
            another.execute(text("SELECT id FROM message FOR UPDATE"))
            assert purged() == 0
            assert len(messages()) == 1
    assert purged() == 1


def test_a_worker_that_claimed_a_message_just_before_sends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message is gone between the claim and the start."""
    signed_up(evening())
    go(monkeypatch, days=14, weeks=8)
    done = []

    def stop() -> bool:
        if any(one.claimed_by for one in messages()):
            done.append(purged())
        return False

    assert set(deliver(HANDLERS, stop=stop).values()) == {0}
    assert done == [1] and messages() == []


def test_who_confirmed_stays_in_the_circle(monkeypatch: pytest.MonkeyPatch) -> None:
    with transaction():
        circle_operations.ask("ja@voorbeeld.example", "nl")
        circle_operations.confirm(db.session.scalars(select(Member)).one())
    go(monkeypatch, weeks=8)
    purged()
    assert len(db.session.scalars(select(Member)).all()) == 1 and len(messages()) == 1


def test_of_a_cancelled_evening_the_term_begins_when_it_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = evening(days=70)
    signup = signed_up(mine).signup
    assert signup
    token = token_of(signup)
    go(monkeypatch, days=10)
    with transaction():
        arranging.cancel(mine, "Ziek.", actor="test")
    go(monkeypatch, days=9, weeks=8)
    assert purged() == 0
    go(monkeypatch, days=10, weeks=8)
    assert purged() == 1
    assert db.session.get_one(Evening, mine, populate_existing=True).counted_in == 1
    assert messages() == [] and queries.of_token(token) is None


def test_what_the_coordinator_still_sees(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    team = sign_in(Role.TALKS)
    evening(slug="was"), evening(slug="niet", cancelled_at=BEGAN)
    go(monkeypatch, days=14, weeks=8)
    assert purged() == 2
    was, cancelled = (team.get(f"/team/talks/{slug}").text for slug in ("was", "niet"))
    assert "Een avond van eerder" in was and "Waren er" in was
    assert "Een avond die niet doorging" in cancelled and "Waren er" not in cancelled


def test_also_of_an_evening_that_was_cancelled_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = evening(cancelled_at=BEGAN + timedelta(days=15))
    go(monkeypatch, days=13, weeks=8)
    assert purged() == 0
    go(monkeypatch, days=14, weeks=8)
    assert purged() == 1
    assert db.session.get_one(Evening, mine, populate_existing=True).counted_in == 0


def test_the_worker_does_both(monkeypatch: pytest.MonkeyPatch) -> None:
    signup = signed_up(evening()).signup
    assert signup and signup.state == State.IN
    go(monkeypatch, days=7)
    assert Worker().round()["talks reminded"] == 1
    go(monkeypatch, days=14, weeks=8)
    Worker().round()
    db.session.rollback()
    assert db.session.get(SignUp, signup.id, populate_existing=True) is None
