"""Whom to ask, when, and over what: the rules by table and by property."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.outbox.rules import Channel
from portal.surveys.inviting.rules import (
    Facts,
    NotAsked,
    Plan,
    Step,
    StopReason,
    day_of_next,
    decide,
    first_day,
    next_open,
    next_step,
)

EMAIL, SMS, LETTER = Channel.EMAIL, Channel.SMS, Channel.LETTER
PLAN = Plan(
    delay_days={"intake": 1, "plan": 1, "closure": 7},
    too_old_days=60,
    between_person_days=30,
    between_case_days=14,
    ask_during_complaint=False,
    steps=[Step(0, [SMS, EMAIL, LETTER]), Step(4, [EMAIL, SMS]), Step(10, [LETTER])],
)
TODAY = date(2026, 11, 23)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (Facts(ago(1), {SMS}), None),
        (Facts(ago(60), {SMS}), None),
        (Facts(ago(61), {SMS}), NotAsked.TOO_OLD),
        (Facts(ago(1), set()), NotAsked.UNREACHABLE),
        (Facts(ago(1), {SMS}, {StopReason.OPTED_OUT}), NotAsked.OPTED_OUT),
        (Facts(ago(1), {SMS}, {StopReason.STOPPED}), NotAsked.CASE_STOPPED),
        (Facts(ago(1), {SMS}, {StopReason.COMPLAINT}), NotAsked.COMPLAINT),
        # The gravest reason is the one that is kept.
        (Facts(ago(1), {SMS}, {StopReason.OPTED_OUT, StopReason.DEATH}), NotAsked.DEATH),
        (Facts(ago(1), {SMS}, person_asked_on=ago(29)), NotAsked.PERSON_RECENTLY),
        (Facts(ago(1), {SMS}, person_asked_on=ago(30)), None),
        (Facts(ago(1), {SMS}, case_asked_on=ago(13)), NotAsked.CASE_RECENTLY),
        (Facts(ago(1), {SMS}, case_asked_on=ago(14)), None),
        # A reminder is not held up by what holds for the first message, but by every stop.
        (Facts(ago(80), {SMS}, person_asked_on=ago(2), first=False), None),
        (Facts(ago(80), {SMS}, {StopReason.COMPLAINT}, first=False), NotAsked.COMPLAINT),
        (Facts(ago(80), set(), first=False), NotAsked.UNREACHABLE),
    ],
)
def test_who_is_asked(facts: Facts, reason: NotAsked | None) -> None:
    assert decide(PLAN, facts, TODAY) == reason


def test_a_profile_may_ask_during_a_complaint() -> None:
    plan = Plan(**{**vars(PLAN), "ask_during_complaint": True})
    assert decide(plan, Facts(ago(1), {SMS}, {StopReason.COMPLAINT}), TODAY) is None
    assert decide(plan, Facts(ago(1), {SMS}, {StopReason.STOPPED}), TODAY) is NotAsked.CASE_STOPPED


@pytest.mark.parametrize(
    ("taken", "reachable", "step"),
    [
        (0, {SMS, EMAIL, LETTER}, (0, SMS)),
        (0, {EMAIL, LETTER}, (0, EMAIL)),
        (0, {LETTER}, (0, LETTER)),
        (1, {SMS, EMAIL, LETTER}, (1, EMAIL)),
        (1, {LETTER}, (2, LETTER)),
        (2, {SMS, EMAIL, LETTER}, (2, LETTER)),
        (2, {SMS, EMAIL}, None),
        (3, {SMS, EMAIL, LETTER}, None),
        (0, set(), None),
    ],
)
def test_which_step_comes_next(taken: int, reachable: set[Channel], step: tuple[int, Channel] | None) -> None:
    assert next_step(PLAN, taken, reachable) == step


def test_days_between_steps_count_from_the_message_that_really_left() -> None:
    assert day_of_next(PLAN, 0, TODAY) == TODAY + timedelta(days=4)
    assert day_of_next(PLAN, 1, TODAY) == TODAY + timedelta(days=6)
    assert day_of_next(PLAN, 2, TODAY) is None


def test_the_first_day_is_after_the_delay_and_never_on_a_closed_day() -> None:
    sunday_closed = lambda day: day.weekday() != 6  # noqa: E731
    assert first_day(PLAN, "intake", date(2026, 11, 20), sunday_closed) == date(2026, 11, 21)
    assert first_day(PLAN, "intake", date(2026, 11, 21), sunday_closed) == date(2026, 11, 23)
    assert first_day(PLAN, "closure", date(2026, 11, 1), sunday_closed) == date(2026, 11, 9)
    with pytest.raises(ValueError, match="no day"):
        next_open(TODAY, lambda _day: False)


@given(st.sets(st.sampled_from(Channel)), st.integers(0, 4))
def test_nobody_gets_more_messages_than_the_plan_has(reachable: set[Channel], taken: int) -> None:
    sent = 0
    while (found := next_step(PLAN, taken, reachable)) is not None:
        number, channel = found
        assert number >= taken
        assert channel in reachable
        taken, sent = number + 1, sent + 1
    assert sent <= len(PLAN.steps)
