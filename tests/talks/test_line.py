"""Signing up, leaving, changing and the line, on both databases, one by one and in any order."""

import json
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from portal import clock
from portal.db import db, transaction
from portal.outbox.models import Message
from portal.talks import operations, queries, rules
from portal.talks.models import Evening, SignUp
from portal.talks.rules import Reason, Refused, State, Who
from tests.talks.evenings import evening, fresh, left, signed_up, somebody

pytestmark = pytest.mark.usefixtures("app")


def whats() -> list[str]:
    """What was queued, in order."""
    db.session.rollback()
    return [
        json.loads(one.params or "{}")["what"]
        for one in db.session.scalars(select(Message).order_by(Message.id))
    ]


def refused_by(do: object) -> Reason:
    with pytest.raises(Refused) as found:
        do()  # type: ignore[operator]
    return found.value.reason


def test_the_last_place_and_then_the_line() -> None:
    mine = evening(capacity=2)
    told = [signed_up(mine) for _n in range(4)]
    assert [(one.state, one.number) for one in told] == [
        (State.IN, 0),
        (State.IN, 0),
        (State.WAITING, 1),
        (State.WAITING, 2),
    ]
    assert whats() == ["place", "place", "line", "line"]
    assert told[3].signup is not None and queries.number_in_line(told[3].signup) == 2


def test_who_leaves_makes_room_for_the_first_in_line_at_once() -> None:
    mine = evening(capacity=1)
    first, second, third = (signed_up(mine).signup for _n in range(3))
    assert first and second and third
    assert [one.id for one in left(first)] == [second.id]
    assert fresh(second).state == State.IN and queries.number_in_line(fresh(third)) == 1
    assert whats() == ["place", "line", "line", "left", "promoted"]
    assert left(first) == [], "leaving twice is leaving once"
    gone = fresh(first)
    assert (gone.person.first_name, gone.person.contact, gone.person_index) == ("", "", None)


def test_who_has_a_place_by_the_line_may_pass_it_on() -> None:
    mine = evening(capacity=1)
    first, second, third = (signed_up(mine).signup for _n in range(3))
    assert first and second and third
    left(first)
    assert [one.id for one in left(second)] == [third.id]
    assert whats()[-2:] == ["left", "promoted"]


def test_leaving_the_line_moves_up_who_came_after() -> None:
    mine = evening(capacity=1)
    _first, second, third = (signed_up(mine).signup for _n in range(3))
    assert second and third
    assert left(second) == []
    assert queries.number_in_line(fresh(third)) == 1


def test_the_same_page_twice_is_one_sign_up() -> None:
    mine, wanted = evening(), somebody()
    one, other = (signed_up(mine, wanted, key="once") for _n in range(2))
    assert one.signup and other.signup and one.signup.id == other.signup.id
    assert len(whats()) == 1


def test_the_same_person_twice_is_one_sign_up_and_the_screen_tells_nobody() -> None:
    mine = evening(capacity=1)
    signed_up(mine, somebody("Proef@voorbeeld.example"))
    again = [signed_up(mine, somebody("proef@VOORBEELD.example")) for _n in range(3)]
    # Like a newcomer's: nobody who types somebody's address learns whether that person comes.
    assert {(one.state, one.number, one.signup) for one in again} == {(State.WAITING, 1, None)}
    assert db.session.scalars(select(SignUp)).all()[0].person.contact == "Proef@voorbeeld.example"
    assert whats() == ["place", "known"], "and the person hears it once a day"


def test_a_thousand_times_the_same_address_is_one_sign_up() -> None:
    mine, wanted = evening(), somebody()
    with transaction():
        for number in range(1_000):
            operations.sign_up(mine, wanted, request_key=f"key {number}")
    assert len(db.session.scalars(select(SignUp)).all()) == 1
    assert whats() == ["place", "known"]


def test_who_left_may_come_again_at_the_end_of_the_line() -> None:
    mine, wanted = evening(capacity=1), somebody()
    first = signed_up(mine, wanted).signup
    second = signed_up(mine).signup
    assert first and second
    left(first)
    again = signed_up(mine, wanted)
    assert (again.state, again.number) == (State.WAITING, 1) and again.signup


def test_changing() -> None:
    mine = evening(capacity=3)
    two = signed_up(mine, somebody("twee@voorbeeld.example", places=2)).signup
    one = signed_up(mine, somebody("een@voorbeeld.example")).signup
    waits = signed_up(mine).signup
    assert two and one and waits

    def change(signup: SignUp, places: int, contact: str) -> list[SignUp]:
        with transaction():
            wanted = somebody(contact, places, Who.GRANDPARENT, diet="zonder noten")
            return operations.change(db.session.get_one(SignUp, signup.id), wanted)

    assert refused_by(lambda: change(one, 2, "een@voorbeeld.example")) is Reason.NO_ROOM_FOR_TWO
    assert fresh(one).places == 1
    assert [got.id for got in change(two, 1, "twee@voorbeeld.example")] == [waits.id]
    assert (fresh(two).places, fresh(two).who, fresh(two).person.diet) == (1, "grandparent", "zonder noten")
    left(two)
    assert refused_by(lambda: change(two, 1, "twee@voorbeeld.example")) is Reason.GONE


@pytest.mark.parametrize(
    ("given", "reason"),
    [({"days": -1}, Reason.OVER), ({"cancelled_at": clock.now()}, Reason.CANCELLED)],
)
def test_an_evening_that_was_or_does_not_come(given: dict[str, object], reason: Reason) -> None:
    mine = evening(**given)  # type: ignore[arg-type]
    assert refused_by(lambda: signed_up(mine)) is reason
    assert whats() == []


def test_once_it_began_nobody_leaves_or_is_promoted(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = evening(capacity=1)
    first, second = (signed_up(mine).signup for _n in range(2))
    assert first and second
    later = clock.now() + timedelta(days=20)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert refused_by(lambda: left(first)) is Reason.OVER
    assert fresh(second).state == State.WAITING


def test_many_at_once_get_the_places_there_are(app: Flask) -> None:
    mine = evening(capacity=5)
    told: list[operations.Standing] = []

    def one() -> None:
        with app.app_context():
            told.append(signed_up(mine))
            db.session.remove()

    threads = [threading.Thread(target=one) for _n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(standing.number for standing in told) == [0] * 5 + list(range(1, 12))


def test_nobody_is_added_to_what_was_erased() -> None:
    mine = evening(days=-99, purged_on=clock.today())
    with pytest.raises(Refused):
        signed_up(mine, replace(somebody(), by_hand=True))


class Histories(RuleBasedStateMachine):
    """People who sign up, leave, change their minds, and places that come."""

    people = Bundle("people")

    @initialize(capacity=st.integers(1, 5))
    def begin(self, capacity: int) -> None:
        self.evening = evening(capacity)

    @rule(target=people, places=st.integers(1, 2))
    def comes(self, places: int) -> int:
        standing = signed_up(self.evening, somebody(places=places))
        assert standing.signup is not None
        return standing.signup.id

    @rule(person=consumes(people))
    def leaves(self, person: int) -> None:
        left(db.session.get_one(SignUp, person))

    @rule(person=people, places=st.integers(1, 2))
    def changes(self, person: int, places: int) -> None:
        reason = None
        with transaction():
            signup = db.session.get_one(SignUp, person)
            try:
                operations.change(signup, somebody(signup.person.contact, places))
            except Refused as refused:
                reason = refused.reason
        assert reason is None or (reason is Reason.NO_ROOM_FOR_TWO and places == 2)

    @rule(more=st.integers(1, 2))
    def places_come(self, more: int) -> None:
        with transaction():
            held = operations.hold(self.evening)
            held.capacity += more
            operations.promote(held)

    @invariant()
    def never_oversold_and_never_idle(self) -> None:
        if not hasattr(self, "evening"):
            return
        db.session.rollback()
        mine = db.session.get_one(Evening, self.evening)
        line = operations.line_of(mine)
        assert rules.taken(line) <= mine.capacity
        left_over = rules.free(mine.capacity, line)
        assert all(one.places > left_over for one in line if one.state is State.WAITING)
        numbers = [rules.place_in_line(line, one.id) for one in line if one.state is State.WAITING]
        assert numbers == list(range(1, len(numbers) + 1))


def histories(examples: int) -> None:
    run_state_machine_as_test(
        Histories,
        settings=settings(
            max_examples=examples,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_any_history() -> None:
    histories(25)


@pytest.mark.soak
def test_ten_thousand_histories() -> None:
    histories(10_000)
