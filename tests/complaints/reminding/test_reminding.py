"""Mail before a term ends and each day after it, once a day."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from structlog.testing import capture_logs

from portal import clock
from portal.complaints import operations, people, reminding
from portal.complaints.handlers import COMPLAINT_HANDLERS
from portal.complaints.models import Complaint, ComplaintPart
from portal.complaints.reminding import remind
from portal.complaints.rules import Domain, Route, Step
from portal.db import db, transaction
from portal.identity.models import User
from portal.identity.rules import Role
from portal.outbox.delivery import deliver
from portal.outbox.models import Message
from portal.outbox.rules import State
from tests.complaints.people import WORDS, filed, handled_by, staff, taken
from tests.outbox.conftest import Outbox
from tests.outbox.other_side import Mailbox

On = Callable[[date], None]


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch) -> On:
    """Let it be a day: `on(date(2026, 12, 24))`."""

    def change(day: date) -> None:
        moment = datetime(day.year, day.month, day.day, 10, tzinfo=UTC)
        monkeypatch.setattr(clock, "now", lambda: moment)

    return change


@pytest.fixture(autouse=True)
def _warned_about_nothing() -> Iterator[None]:
    reminding._warn_nobody.cache_clear()
    yield
    reminding._warn_nobody.cache_clear()


@pytest.fixture
def coordinator(app: Flask) -> User:
    return staff(Role.COMPLAINTS)


def _queued() -> list[tuple[str, str, str]]:
    """What was queued about terms: to whom, what and until when."""
    db.session.rollback()
    found = []
    for message in db.session.scalars(select(Message).order_by(Message.id)):
        params = json.loads(message.params or "{}")
        if params.get("what") in {"soon", "late"}:
            found.append((message.to or "", params["what"], params["on"]))
    return found


def _walk(on: On, first: date, days: int) -> dict[str, str]:
    """Which days of these had a reminder, and which; each day is looked at twice."""
    had = {}
    for number in range(days):
        day = first + timedelta(days=number)
        on(day)
        before = len(_queued())
        made = remind()
        assert remind() == 0, "once a day"
        new = _queued()[before:]
        assert made == len(new)
        if new:
            assert len({what for _to, what, _on in new}) == 1
            had[f"{day:%a %d-%m}"] = f"{new[0][1]} {date.fromisoformat(new[0][2]):%d-%m}"
    return had


def _in_hand(received_on: date, on: On, **given: object) -> Complaint:
    """A complaint that is handled, so that its decision is what is waited for."""
    on(received_on)
    complaint = filed(received_on, **given)  # type: ignore[arg-type]
    handled_by(complaint, staff(Role.QUALITY))
    return taken(complaint, Step.ACKNOWLEDGE, Step.CALL, Step.TAKE_UP)


class TestDays:
    def test_decision_on_a_working_day(self, coordinator: User, on: On) -> None:
        """Received Thursday 12 November 2026: six weeks later is Thursday 24 December (Awb 9:11)."""
        _in_hand(date(2026, 11, 12), on)
        assert _walk(on, date(2026, 12, 10), 19) == {
            "Thu 17-12": "soon 24-12",
            "Wed 23-12": "soon 24-12",
            "Thu 24-12": "soon 24-12",
            # Christmas, a Saturday and a Sunday: the person waits on those days too.
            "Fri 25-12": "late 24-12",
            "Sat 26-12": "late 24-12",
            "Sun 27-12": "late 24-12",
            "Mon 28-12": "late 24-12",
        }

    def test_decision_moved_for_christmas(self, coordinator: User, on: On) -> None:
        """Received Friday 13 November 2026: Christmas and a Sunday move it to Monday 28 December (Atw 1, 3)."""
        _in_hand(date(2026, 11, 13), on)
        assert _walk(on, date(2026, 12, 18), 12) == {
            "Mon 21-12": "soon 28-12",
            "Thu 24-12": "soon 28-12",
            "Mon 28-12": "soon 28-12",
            "Tue 29-12": "late 28-12",
        }

    def test_four_weeks_to_choose(self, coordinator: User, on: On) -> None:
        """Received Monday 2 March 2026: told by Monday 30 March that it is not taken up (Awb 9:8 lid 3)."""
        on(date(2026, 3, 2))
        taken(filed(date(2026, 3, 2)), Step.ACKNOWLEDGE)
        assert _walk(on, date(2026, 3, 3), 29) == {
            "Mon 23-03": "soon 30-03",
            "Fri 27-03": "soon 30-03",
            "Mon 30-03": "soon 30-03",
            "Tue 31-03": "late 30-03",
        }

    def test_acknowledging_by_the_next_working_day(self, coordinator: User, on: On) -> None:
        """Received on the Friday before Easter Monday: by Tuesday. Today's own mail says that it came in."""
        on(date(2026, 4, 3))
        filed(date(2026, 4, 3))
        # Good Friday counts as a holiday, so the last working day before is Thursday, when nothing was there.
        assert _walk(on, date(2026, 4, 3), 6) == {"Tue 07-04": "soon 07-04", "Wed 08-04": "late 07-04"}

    def test_what_came_in_today_is_not_also_reminded_of(self, coordinator: User, on: On) -> None:
        on(date(2026, 3, 2))
        filed(date(2026, 3, 2))
        assert _walk(on, date(2026, 3, 2), 3) == {"Tue 03-03": "soon 03-03", "Wed 04-03": "late 03-03"}

    def test_passing_on_within_a_week(self, coordinator: User, on: On) -> None:
        """An objection goes on at once (Awb 6:15); our own week from Monday 2 March 2026."""
        on(date(2026, 3, 2))
        taken(filed(date(2026, 3, 2), route=Route.OBJECTION), Step.ACKNOWLEDGE)
        assert _walk(on, date(2026, 3, 3), 8) == {
            "Fri 06-03": "soon 09-03",
            "Mon 09-03": "soon 09-03",
            "Tue 10-03": "late 09-03",
        }

    def test_the_answer_under_the_jeugdwet(self, coordinator: User, on: On) -> None:
        """Told on Monday 2 March 2026: within a month what is done with it (Jeugdwet 4.2.1)."""
        complaint = _in_hand(date(2026, 2, 2), on, domain=Domain.YOUTH)
        on(date(2026, 3, 2))
        taken(complaint, Step.COMMITTEE, Step.COPY, Step.SKIP_HEARING)
        _judge(complaint)
        taken(complaint, Step.JUDGE, Step.TELL)
        assert _walk(on, date(2026, 3, 3), 32) == {
            "Thu 26-03": "soon 02-04",
            "Wed 01-04": "soon 02-04",
            "Thu 02-04": "soon 02-04",
            "Fri 03-04": "late 02-04",
        }

    def test_a_term_that_was_put_off_is_reminded_of_anew(self, coordinator: User, on: On) -> None:
        complaint = _in_hand(date(2026, 11, 12), on)
        on(date(2026, 12, 17))
        assert remind() == 2
        taken(complaint, Step.EXTEND, until=date(2027, 1, 4))
        assert _walk(on, date(2026, 12, 18), 19) == {
            "Mon 28-12": "soon 04-01",
            "Thu 31-12": "soon 04-01",
            "Mon 04-01": "soon 04-01",
            "Tue 05-01": "late 04-01",
        }

    def test_nothing_about_what_ended(self, coordinator: User, on: On) -> None:
        complaint = _in_hand(date(2026, 11, 12), on)
        on(date(2026, 12, 1))
        taken(complaint, Step.WITHDRAW)
        assert _walk(on, date(2026, 12, 10), 25) == {}


def _judge(complaint: Complaint) -> None:
    with transaction():
        held = operations.locked(complaint.public_id)
        assert held is not None
        held.parts.append(ComplaintPart(number=1, words="x", judgment="upheld", reasons="y"))


class TestWhom:
    def test_coordinators_and_handler_each_once(self, coordinator: User, on: On) -> None:
        other = staff(Role.COMPLAINTS)
        on(date(2026, 11, 12))
        complaint = filed(date(2026, 11, 12))
        handled_by(complaint, other)
        taken(complaint, Step.ACKNOWLEDGE, Step.CALL, Step.TAKE_UP)
        on(date(2026, 12, 24))
        assert remind() == 2
        assert sorted(to for to, _what, _on in _queued()) == sorted([coordinator.email, other.email])

    def test_not_a_coordinator_whom_it_is_about(self, coordinator: User, on: On) -> None:
        named = staff(Role.COMPLAINTS)
        complaint = _in_hand(date(2026, 11, 12), on)
        with transaction():
            held = operations.locked(complaint.public_id)
            assert held is not None
            people.add_concerned(held, "test", user=db.session.get_one(User, named.id))
        on(date(2026, 12, 24))
        remind()
        assert named.email not in [to for to, _what, _on in _queued()]
        assert coordinator.email in [to for to, _what, _on in _queued()]

    def test_a_handler_who_did_not_declare_is_not_told(self, coordinator: User, on: On) -> None:
        on(date(2026, 11, 12))
        complaint = taken(filed(date(2026, 11, 12)), Step.ACKNOWLEDGE)
        asked = staff(Role.QUALITY)
        with transaction():
            held = operations.locked(complaint.public_id)
            assert held is not None
            people.name_handler(held, db.session.get_one(User, asked.id), "test")
        on(date(2026, 12, 24))
        assert remind() == 1
        assert [to for to, _what, _on in _queued()] == [coordinator.email]

    def test_nobody_left_is_logged_once_without_words(self, app: Flask, on: On) -> None:
        on(date(2026, 11, 12))
        complaint = filed(date(2026, 11, 12))
        on(date(2026, 11, 20))
        with capture_logs() as logged:
            assert remind() == remind() == 0
        (line,) = [line for line in logged if line["log_level"] == "warning"]
        assert line["complaint"] == complaint.reference
        assert WORDS not in str(logged) and "voorbeeld" not in str(logged)


class TestOften:
    def test_nothing_due_costs_one_statement(self, coordinator: User, on: On, statements: list[str]) -> None:
        complaints = [_in_hand(date(2026, 11, 12), on) for _n in range(3)]
        taken(complaints[0], Step.WITHDRAW)
        on(date(2026, 11, 20))
        statements.clear()
        assert remind() == 0
        assert len(statements) == 1, statements
        assert "complaint.content" not in statements[0], "what people wrote stays sealed"

    def test_two_workers_send_one_mail(self, app: Flask, coordinator: User, on: On) -> None:
        for _n in range(5):
            _in_hand(date(2026, 11, 12), on)
        on(date(2026, 12, 24))
        together = threading.Barrier(4)
        made: list[int] = []

        def work() -> None:
            with app.app_context():
                together.wait()
                made.append(remind())
                db.session.remove()

        workers = [threading.Thread(target=work) for _n in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert sorted(made) == [0, 0, 0, 10]
        assert len(_queued()) == 10


class TestHeldUp:
    def test_still_leaves_when_no_newer_one_comes(
        self, coordinator: User, on: On, outbox: Outbox, mailbox: Mailbox
    ) -> None:
        _in_hand(date(2026, 11, 12), on)
        on(date(2026, 12, 17))
        assert remind() == 2
        on(date(2026, 12, 18))
        assert remind() == 0
        _deliver(sent=2, cancelled=1)
        subjects = sorted(str(mailbox.mail(number)["Subject"]) for number in range(2))
        assert all(subject.startswith("Nog 6 dagen: KL-") for subject in subjects), "counted when it leaves"

    def test_gives_way_to_a_newer_one(
        self, coordinator: User, on: On, outbox: Outbox, mailbox: Mailbox
    ) -> None:
        _in_hand(date(2026, 11, 12), on)
        for day in (23, 24, 25):
            on(date(2026, 12, day))
            assert remind() == 2
        _deliver(sent=2, cancelled=5)
        assert {str(mailbox.mail(number)["Subject"])[:19] for number in range(2)} == {"Termijn 1 dag voorb"}

    def test_does_not_leave_when_the_term_was_met(
        self, coordinator: User, on: On, outbox: Outbox, mailbox: Mailbox
    ) -> None:
        complaint = _in_hand(date(2026, 11, 12), on)
        on(date(2026, 12, 24))
        assert remind() == 2
        taken(complaint, Step.WITHDRAW)
        _deliver(cancelled=3)
        assert mailbox.to == []


def _deliver(**expected: int) -> None:
    """Deliver; the handler's own mail about being asked is among what is cancelled: he or she declared."""
    done = {name: count for name, count in deliver(COMPLAINT_HANDLERS).items() if count}
    assert done == expected
    assert State.WAITING not in set(db.session.scalars(select(Message.state)))
