"""Every order of events, on every day of nine years: nothing outside the table, no date the law forbids."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.complaints import dues, rules
from portal.complaints.rules import (
    PROCEDURE,
    Case,
    IllegalStep,
    Procedure,
    Route,
    Stage,
    Step,
    Weeks,
)
from tests.complaints.cases import (
    AWB,
    EARLY,
    JEUGDWET,
    WEEK,
    after,
    opened,
)
from tests.complaints.dutch_days import DAY, first_working_day, is_holiday, is_off


def law(case: Case, weeks: Weeks, *, extended: bool) -> date:
    """The last day the law (or the own regulation) allows without anybody's consent."""
    most = weeks.committee if case.committee or case.procedure is JEUGDWET else weeks.decide
    return first_working_day(case.received_on + (most + (weeks.extension if extended else 0)) * WEEK)


ROUTES = st.sampled_from([Route.COMPLAINT] * 10 + list(Route))
ENDS = (Step.WITHDRAW, Step.FORWARD, Step.NOTE, Step.SOLVE, Step.NOT_TAKE_UP)
RECEIPTS = st.dates(date(2024, 1, 1), date(2032, 12, 31))
REGULATION = st.builds(Weeks, committee=st.integers(1, 12), extension=st.integers(0, 12))


def tried(
    case: Case, step: Step, today: date, weeks: Weeks, **given: Any
) -> tuple[Case | None, IllegalStep | None]:
    """The case after the step, or the rule that forbids it."""
    try:
        return rules.after(case, step, today, weeks, is_holiday, **given), None
    except IllegalStep as refused:
        return None, refused


class Journey:
    """Any events in any order, on any days; what must hold is looked at after each."""

    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
        self.draw = draw
        self.regulation = draw(REGULATION)
        procedure, route = draw(st.sampled_from(Procedure)), draw(ROUTES)
        self.today = draw(RECEIPTS)
        case = rules.opened(route, procedure, self.today, self.weeks(procedure), is_holiday)
        self.case = replace(case, has_handler=True, parts_judged=True)
        self.taken: list[Step] = []
        self.check_dates()

    def weeks(self, procedure: Procedure) -> Weeks:
        return Weeks() if procedure is AWB else self.regulation

    def event(self) -> None:
        self.today += self.draw(st.sampled_from([0, 0, 0, 1, 3, 10, 40])) * DAY
        kind = self.draw(st.sampled_from(["step"] * 8 + ["sort", "facts"]))
        if kind == "facts":
            self.case = replace(
                self.case, has_handler=self.draw(st.booleans()), parts_judged=self.draw(st.booleans())
            )
        elif kind == "sort":
            self.sort()
        else:
            self.step()
        self.check_dates()

    def sort(self) -> None:
        before = self.case
        route, procedure = self.draw(ROUTES), self.draw(st.sampled_from(Procedure))
        try:
            self.case = rules.reclassified(before, route, procedure, self.weeks(procedure), is_holiday)
        except IllegalStep:
            assert before.stage not in EARLY
            return
        assert self.case.decide_by <= before.decide_by
        assert self.case.stage is before.stage

    def step(self) -> None:
        before = self.case
        # Mostly something that may be done and goes on, else most journeys would end at their first steps.
        dull = (*ENDS, Step.CALL) if before.stage is not Stage.ACKNOWLEDGED else ENDS
        onward = [step for step in Step if step not in dull and rules.may(before, step, self.today)]
        any_step = self.draw(st.integers(0, 6)) == 0 or not onward
        step = self.draw(st.sampled_from(list(Step) if any_step else onward))
        until = self.draw(
            st.none()
            | st.integers(-3, 20).map(lambda n: self.today + n * DAY)
            | st.integers(-5, 40).map(lambda n: before.decide_by + n * DAY)
        )
        on = self.draw(st.none() | st.none() | st.integers(-20, 2).map(lambda n: self.today + n * DAY))
        weeks = self.weeks(before.procedure)
        made, refused = tried(before, step, self.today, weeks, until=until, on=on)
        if refused is not None:
            assert refused.step is step
            assert any(name in refused.rule for name in ("Awb", "Jeugdwet", "termijnenwet")), refused.rule
            return
        assert made is not None
        self.look_at(before, step, made, on)
        self.case = made
        self.taken.append(step)

    def look_at(self, before: Case, step: Step, made: Case, on: date | None) -> None:
        line = PROCEDURE[step]
        assert before.stage in line.sources
        stays = step is Step.CALL and made.stage is before.stage
        unconfirmed = step is Step.RESUME and made.stage is Stage.RECEIVED and not before.acknowledged
        assert made.stage is (line.to or before.stage) or stays or unconfirmed
        assert before.is_open or (step is Step.RESUME and before.stage in (Stage.SOLVED, Stage.WITHDRAWN))
        assert made.decide_by >= before.decide_by
        if made.decide_by > before.decide_by:
            assert step in (Step.COMMITTEE, Step.EXTEND, Step.AGREE_LONGER)
            if step is not Step.AGREE_LONGER:
                assert self.today <= before.decide_by, "lateness is not repaired without the complainant"
        if step in (Step.TAKE_UP, Step.HOLD_HEARING, Step.SKIP_HEARING, Step.JUDGE):
            assert before.has_handler
        if before.procedure is JEUGDWET and step in (
            Step.HOLD_HEARING,
            Step.SKIP_HEARING,
            Step.JUDGE,
            Step.EXTEND,
        ):
            assert before.committee
        if step is Step.TELL:
            assert before.parts_judged
            assert (made.answer_by is not None) is (before.procedure is JEUGDWET)
            if made.answer_by:
                told = on or self.today
                assert made.answer_by <= first_working_day(told + 31 * DAY)
        assert (made.route, made.procedure, made.received_on) == (
            before.route,
            before.procedure,
            before.received_on,
        )

    def check_dates(self) -> None:
        case, weeks = self.case, self.weeks(self.case.procedure)
        assert case.stage in Stage
        assert case.not_taken_up_by == first_working_day(case.received_on + 4 * WEEK)
        for day in (case.decide_by, case.answer_by, case.later_asked, case.hearing_on):
            assert day is None or not is_off(day)
        due = dues.next_due(case, is_holiday)
        assert due is None or not is_off(due.on)
        if Step.AGREE_LONGER not in self.taken:
            # Another regulation may hold after it was sorted anew; a promise is never later than both.
            assert case.decide_by <= law(case, weeks, extended=case.extended)
        assert self.taken.count(Step.EXTEND) == case.extended
        assert self.taken.count(Step.COMMITTEE) == case.committee
        assert self.taken.count(Step.ACKNOWLEDGE) <= 1


@given(st.data())
@settings(max_examples=120)
def test_every_order_of_events(data: st.DataObject) -> None:
    journey = Journey(data.draw)
    for _n in range(data.draw(st.integers(10, 40))):
        journey.event()


@pytest.mark.parametrize("procedure", Procedure)
def test_every_receipt_date_of_nine_years_as_late_as_it_may_get(procedure: Procedure) -> None:
    """Without the complainant's consent nothing gets later than the law allows, on whichever day it came."""
    received = date(2024, 1, 1)
    while received <= date(2032, 12, 31):
        case = opened(procedure, received=received, stage=Stage.CALLED)
        for committee in (False, True):
            if committee or procedure is AWB:
                late = after(case, *([Step.COMMITTEE] if committee else []), Step.EXTEND, today=received)
                plain = received + (14 if committee else 10) * WEEK
                assert late.decide_by == first_working_day(plain)
        assert first_working_day(received + 4 * WEEK) == case.not_taken_up_by
        received += DAY
