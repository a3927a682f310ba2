"""The procedure: its table, each rule that forbids a step, and every order of events."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.complaints import rules
from portal.complaints.rules import (
    ENDED,
    OPEN,
    PROCEDURE,
    Access,
    Case,
    Colour,
    IllegalStep,
    People,
    Procedure,
    Route,
    Stage,
    Step,
    Term,
    Weeks,
)
from tests.complaints.dutch_days import DAY, first_working_day, is_holiday, is_off

WEEK = timedelta(weeks=1)
# Friday; six weeks later it is Christmas.
RECEIVED = date(2026, 11, 13)
CHRISTMAS_OVER = date(2026, 12, 28)
MONDAY = date(2026, 11, 16)
EARLY = (Stage.RECEIVED, Stage.ACKNOWLEDGED, Stage.CALLED)
AWB, JEUGDWET = Procedure.AWB, Procedure.JEUGDWET


def opened(
    procedure: Procedure = AWB, route: Route = Route.COMPLAINT, received: date = RECEIVED, **given: Any
) -> Case:
    case = rules.opened(route, procedure, received, Weeks(), is_holiday)
    return replace(case, **{"has_handler": True, "parts_judged": True} | given)


def after(case: Case, *steps: Step, today: date = MONDAY, **given: Any) -> Case:
    for step in steps:
        case = rules.after(case, step, today, Weeks(), is_holiday, **given)
    return case


def at(stage: Stage, procedure: Procedure = AWB, **given: Any) -> Case:
    return opened(procedure, stage=stage, **given)


def refusal(case: Case, step: Step, **given: Any) -> str:
    with pytest.raises(IllegalStep) as refused:
        after(case, step, **given)
    assert refused.value.step is step
    return refused.value.rule


class TestTable:
    def test_every_step_has_a_line_with_its_article(self) -> None:
        assert set(PROCEDURE) == set(Step)
        for step, line in PROCEDURE.items():
            assert line.sources, step
            assert line.article.startswith(("Awb ", "Jeugdwet ")), step
            assert line.why.endswith("."), step
            assert line.routes, step
            assert line.procedures, step

    def test_what_is_open_and_what_ended(self) -> None:
        assert set(OPEN) | set(ENDED) == set(Stage)
        assert ENDED == (
            Stage.CLOSED,
            Stage.SOLVED,
            Stage.NOT_TAKEN_UP,
            Stage.WITHDRAWN,
            Stage.PASSED_ON,
        )
        assert [step for step, line in PROCEDURE.items() if set(line.sources) & set(ENDED)] == [Step.RESUME]
        assert all(at(stage).is_open is (stage in OPEN) for stage in Stage)

    @pytest.mark.parametrize("procedure", Procedure)
    def test_every_stage_can_be_reached(self, procedure: Procedure) -> None:
        start = opened(procedure, hearing_on=MONDAY)
        found, new = {start.stage: start}, [start]
        while new:
            case = new.pop()
            for step in Step:
                # The committee changes no stage, but opens the way under the Jeugdwet.
                try:
                    made = after(replace(case, committee=True), step)
                except IllegalStep:
                    continue
                if made.stage not in found:
                    found[made.stage] = made
                    new.append(made)
        assert set(found) == set(Stage)

    @pytest.mark.parametrize("procedure", Procedure)
    @pytest.mark.parametrize("step", Step)
    def test_a_step_from_elsewhere_is_refused_with_the_rule(self, step: Step, procedure: Procedure) -> None:
        line = PROCEDURE[step]
        for stage in set(Stage) - set(line.sources):
            route = next(iter(line.routes))
            said = refusal(at(stage, procedure, committee=True, route=route), step)
            assert line.article in said
            if procedure in line.procedures:
                assert line.why in said
            assert not rules.may(at(stage, procedure, route=route), step, MONDAY)

    def test_the_whole_way_under_the_awb(self) -> None:
        case = opened()
        stages = []
        for step in (
            Step.ACKNOWLEDGE,
            Step.CALL,
            Step.TAKE_UP,
            Step.COPY,
            Step.PLAN_HEARING,
            Step.HOLD_HEARING,
            Step.REPORT,
            Step.JUDGE,
            Step.TELL,
            Step.CLOSE,
        ):
            case = after(case, step, until=MONDAY if step is Step.PLAN_HEARING else None)
            stages.append(case.stage)
        assert stages == [
            Stage.ACKNOWLEDGED,
            Stage.CALLED,
            Stage.TAKEN_UP,
            Stage.COPIED,
            Stage.COPIED,
            Stage.HEARD,
            Stage.REPORTED,
            Stage.JUDGED,
            Stage.TOLD,
            Stage.CLOSED,
        ]
        assert case.answer_by is None
        assert case.decide_by == CHRISTMAS_OVER

    def test_the_whole_way_under_the_jeugdwet(self) -> None:
        case = after(opened(JEUGDWET), Step.ACKNOWLEDGE, Step.COMMITTEE, Step.CALL, Step.TAKE_UP, Step.COPY)
        case = after(case, Step.SKIP_HEARING, Step.JUDGE, Step.TELL, today=date(2027, 1, 4))
        assert case.answer_by == date(2027, 2, 4)
        assert rules.next_due(case, is_holiday) == rules.Due(Term.ANSWER, date(2027, 2, 4), by_law=True)
        assert "procedure" in refusal(case, Step.CLOSE)
        assert after(case, Step.ANSWER).stage is Stage.CLOSED
        assert "procedure" in refusal(at(Stage.TOLD), Step.ANSWER)

    def test_calling_again_puts_nothing_back(self) -> None:
        for stage in OPEN[OPEN.index(Stage.CALLED) : OPEN.index(Stage.TOLD)]:
            assert after(at(stage), Step.CALL).stage is stage

    def test_what_was_solved_may_go_on_and_keeps_its_dates(self) -> None:
        solved = after(at(Stage.REPORTED), Step.SOLVE)
        assert solved.stage is Stage.SOLVED
        resumed = after(solved, Step.RESUME)
        assert resumed.stage is Stage.CALLED
        assert resumed.decide_by == CHRISTMAS_OVER

    @pytest.mark.parametrize("route", [route for route in Route if route is not Route.COMPLAINT])
    def test_what_is_no_complaint_is_passed_on_or_talked_about(self, route: Route) -> None:
        case = after(opened(route=route), Step.ACKNOWLEDGE, Step.CALL)
        assert after(case, Step.FORWARD).stage is Stage.PASSED_ON
        assert after(case, Step.WITHDRAW).stage is Stage.WITHDRAWN
        for step in (Step.TAKE_UP, Step.NOT_TAKE_UP, Step.EXTEND, Step.COMMITTEE):
            assert "hier binnenkwam" in refusal(case, step)
        if route in (Route.SIGNAL, Route.TALK, Route.DANGER):
            assert after(opened(route=route), Step.NOTE).stage is Stage.CLOSED
        else:
            assert "hier binnenkwam" in refusal(case, Step.NOTE)
        # Awb 6:15, 6:21: an objection goes on, unless it is withdrawn in writing; a good talk does not end it.
        if route is Route.OBJECTION:
            assert "hier binnenkwam" in refusal(case, Step.SOLVE)
        else:
            assert after(case, Step.SOLVE).stage is Stage.SOLVED

    def test_what_is_for_somebody_else_is_passed_on_until_the_outcome_was_told(self) -> None:
        for stage in OPEN[: OPEN.index(Stage.TOLD)]:
            assert after(at(stage), Step.FORWARD).stage is Stage.PASSED_ON
        for stage in (Stage.TOLD, *ENDED):
            assert "6:15" in refusal(at(stage), Step.FORWARD)

    def test_who_thinks_again_goes_on_where_it_was_solved_or_withdrawn(self) -> None:
        withdrawn = after(at(Stage.COPIED), Step.WITHDRAW)
        resumed = after(withdrawn, Step.RESUME)
        assert (resumed.stage, resumed.decide_by) == (Stage.CALLED, withdrawn.decide_by)
        for stage in (Stage.CLOSED, Stage.NOT_TAKEN_UP, Stage.PASSED_ON, *OPEN):
            assert "ingetrokken" in refusal(at(stage), Step.RESUME)

    def test_withdrawing_can_until_the_outcome_was_told(self) -> None:
        assert after(at(Stage.JUDGED), Step.WITHDRAW).stage is Stage.WITHDRAWN
        assert "uitkomst" in refusal(at(Stage.TOLD), Step.WITHDRAW)


class TestGuards:
    @pytest.mark.parametrize(
        ("stage", "step"),
        [
            (Stage.CALLED, Step.TAKE_UP),
            (Stage.COPIED, Step.HOLD_HEARING),
            (Stage.COPIED, Step.SKIP_HEARING),
            (Stage.REPORTED, Step.JUDGE),
        ],
    )
    def test_nobody_handles_without_a_handler_who_declared(self, stage: Stage, step: Step) -> None:
        case = at(stage, hearing_on=MONDAY)
        assert "9:7" in refusal(replace(case, has_handler=False), step)
        assert after(case, step).stage is PROCEDURE[step].to

    @pytest.mark.parametrize(
        ("stage", "step"),
        [
            (Stage.COPIED, Step.HOLD_HEARING),
            (Stage.COPIED, Step.SKIP_HEARING),
            (Stage.REPORTED, Step.JUDGE),
            (Stage.CALLED, Step.EXTEND),
        ],
    )
    def test_under_the_jeugdwet_a_committee_judges(self, stage: Stage, step: Step) -> None:
        case = at(stage, JEUGDWET, hearing_on=MONDAY)
        assert "4.2.1" in refusal(case, step)
        after(replace(case, committee=True), step)
        after(at(stage, hearing_on=MONDAY), step)

    def test_a_hearing_is_planned_first_and_held_on_that_day(self) -> None:
        assert "Plan eerst" in refusal(at(Stage.COPIED), Step.HOLD_HEARING)
        planned = after(at(Stage.COPIED), Step.PLAN_HEARING, until=MONDAY + DAY)
        assert planned.hearing_on == MONDAY + DAY
        assert "vanaf die dag" in refusal(planned, Step.HOLD_HEARING, today=MONDAY)
        assert after(planned, Step.HOLD_HEARING, today=MONDAY + DAY).stage is Stage.HEARD

    @pytest.mark.parametrize(
        ("until", "says"),
        [
            (None, "Kies voor het gesprek"),
            (date(2026, 11, 21), "Kies voor het gesprek"),
            (date(2026, 11, 22), "Kies voor het gesprek"),
            (date(2026, 12, 25), "Kies voor het gesprek"),
            (date(2026, 11, 13), "verleden"),
        ],
    )
    def test_a_hearing_is_on_a_working_day_from_today(self, until: date | None, says: str) -> None:
        assert says in refusal(at(Stage.COPIED), Step.PLAN_HEARING, until=until)
        assert after(at(Stage.COPIED), Step.PLAN_HEARING, until=MONDAY).hearing_on == MONDAY

    def test_every_part_is_judged_before_the_outcome_goes(self) -> None:
        assert "9:12" in refusal(at(Stage.JUDGED, parts_judged=False), Step.TELL)

    def test_late_is_told_all_the_same(self) -> None:
        late = CHRISTMAS_OVER + 300 * DAY
        assert after(at(Stage.JUDGED), Step.TELL, today=late).stage is Stage.TOLD
        assert after(at(Stage.CALLED), Step.NOT_TAKE_UP, today=late).stage is Stage.NOT_TAKEN_UP
        assert after(at(Stage.CALLED), Step.TAKE_UP, today=late).stage is Stage.TAKEN_UP

    def test_nothing_is_written_down_before_it_happened_or_came_in(self) -> None:
        case = at(Stage.ACKNOWLEDGED)
        for on in (RECEIVED - DAY, MONDAY + DAY):
            assert "vandaag" in refusal(case, Step.CALL, on=on)
        for on in (RECEIVED, MONDAY):
            assert after(case, Step.CALL, on=on).stage is Stage.CALLED

    def test_the_organisations_month_counts_from_the_day_it_was_told(self) -> None:
        told = after(at(Stage.JUDGED, JEUGDWET), Step.TELL, today=date(2026, 12, 4), on=date(2026, 11, 30))
        assert told.answer_by == date(2026, 12, 30), "not a month from the day it was written down"


class TestMoreTime:
    def test_a_committee_gives_ten_weeks_once(self) -> None:
        case = after(at(Stage.CALLED), Step.COMMITTEE)
        assert case.committee
        assert case.decide_by == date(2027, 1, 22)
        assert "is er al" in refusal(case, Step.COMMITTEE)

    def test_a_committee_is_no_way_to_repair_lateness(self) -> None:
        case = at(Stage.CALLED)
        assert after(case, Step.COMMITTEE, today=case.decide_by).committee
        assert "voorbij" in refusal(case, Step.COMMITTEE, today=case.decide_by + DAY)
        assert "uitstel" in refusal(after(case, Step.EXTEND), Step.COMMITTEE)

    @pytest.mark.parametrize("extended", [True, False])
    def test_under_the_jeugdwet_it_must_come_also_late_and_then_gives_no_time(self, extended: bool) -> None:
        # Taken for adults first: promised in six weeks.
        case = rules.reclassified(at(Stage.CALLED), Route.COMPLAINT, JEUGDWET, Weeks(), is_holiday)
        assert case.decide_by == CHRISTMAS_OVER
        assert after(case, Step.COMMITTEE, today=CHRISTMAS_OVER).decide_by == date(2027, 1, 22)
        case = replace(case, extended=extended)
        late = after(case, Step.COMMITTEE, today=CHRISTMAS_OVER + (0 if extended else 1) * DAY)
        assert late.committee
        assert late.decide_by == CHRISTMAS_OVER

    def test_an_extension_is_once_and_four_weeks_from_the_unmoved_end(self) -> None:
        case = after(at(Stage.CALLED), Step.EXTEND)
        assert case.extended
        assert case.decide_by == date(2027, 1, 22)
        assert "één keer" in refusal(case, Step.EXTEND)

    def test_with_a_committee_four_weeks_come_on_top_of_ten(self) -> None:
        assert after(at(Stage.CALLED), Step.COMMITTEE, Step.EXTEND).decide_by == date(2027, 2, 19)
        youth = after(at(Stage.CALLED, JEUGDWET), Step.COMMITTEE, Step.EXTEND)
        assert youth.decide_by == date(2027, 2, 19)

    @pytest.mark.parametrize(
        ("until", "says"),
        [
            (CHRISTMAS_OVER, "Uitstel kan één keer"),
            (date(2026, 12, 24), "Uitstel kan één keer"),
            (date(2027, 1, 25), "tot uiterlijk 22-01-2027"),
            (date(2027, 1, 1), "zaterdag, zondag of feestdag"),
            (date(2027, 1, 16), "zaterdag, zondag of feestdag"),
        ],
    )
    def test_an_extension_ends_within_the_law_on_a_working_day(self, until: date, says: str) -> None:
        assert says in refusal(at(Stage.CALLED), Step.EXTEND, until=until)

    def test_a_shorter_extension_is_kept_as_it_was_told(self) -> None:
        until = date(2027, 1, 8)
        case = after(at(Stage.CALLED), Step.EXTEND, until=until)
        assert case.decide_by == until
        assert "mag één keer" in refusal(case, Step.EXTEND), "also when weeks were left"

    def test_after_the_term_only_the_complainant_gives_more(self) -> None:
        case = at(Stage.CALLED)
        assert after(case, Step.EXTEND, today=CHRISTMAS_OVER).extended
        late = CHRISTMAS_OVER + DAY
        assert "9:11 lid 3" in refusal(case, Step.EXTEND, today=late)
        agreed = after(after(case, Step.ASK_LONGER, today=late, until=date(2027, 3, 1)), Step.AGREE_LONGER)
        assert agreed.decide_by == date(2027, 3, 1)
        assert agreed.later_asked is None

    @pytest.mark.parametrize(
        ("until", "today", "says"),
        [
            (CHRISTMAS_OVER, MONDAY, "later"),
            (date(2027, 1, 4), date(2027, 1, 5), "later"),
            (date(2027, 1, 9), MONDAY, "zaterdag"),
            (None, MONDAY, "zaterdag"),
        ],
    )
    def test_what_may_be_asked(self, until: date | None, today: date, says: str) -> None:
        assert says in refusal(at(Stage.CALLED), Step.ASK_LONGER, until=until, today=today)
        assert after(at(Stage.CALLED), Step.ASK_LONGER, until=date(2027, 1, 4), today=date(2027, 1, 4))

    def test_until_when_it_may_be_put_off(self) -> None:
        def latest(case: Case) -> date:
            return rules.latest_extension(case, Weeks(), is_holiday)

        assert latest(at(Stage.CALLED)) == date(2027, 1, 22)
        assert latest(at(Stage.CALLED, committee=True)) == date(2027, 2, 19)
        assert latest(at(Stage.CALLED, JEUGDWET)) == date(2027, 2, 19), "also before its committee was named"

    def test_nobody_agrees_to_what_was_not_asked(self) -> None:
        assert "9:11 lid 3" in refusal(at(Stage.CALLED), Step.AGREE_LONGER)

    def test_agreeing_never_brings_the_date_forward(self) -> None:
        asked = after(at(Stage.CALLED), Step.ASK_LONGER, until=date(2027, 1, 4))
        committee = after(asked, Step.COMMITTEE, Step.AGREE_LONGER)
        assert committee.decide_by == date(2027, 1, 22)

    def test_a_question_for_more_time_ends_with_the_outcome(self) -> None:
        asked = after(at(Stage.JUDGED), Step.ASK_LONGER, until=date(2027, 1, 4))
        assert after(asked, Step.TELL).later_asked is None

    def test_the_terms_of_the_own_regulation(self) -> None:
        weeks = Weeks(committee=8, extension=2)
        case = rules.opened(Route.COMPLAINT, JEUGDWET, RECEIVED, weeks, is_holiday)
        assert case.decide_by == date(2027, 1, 8)
        case = replace(case, stage=Stage.CALLED)
        case = rules.after(case, Step.COMMITTEE, MONDAY, weeks, is_holiday)
        assert case.decide_by == date(2027, 1, 8)
        assert rules.after(case, Step.EXTEND, MONDAY, weeks, is_holiday).decide_by == date(2027, 1, 22)


class TestReclassified:
    def again(self, case: Case, procedure: Procedure, route: Route = Route.COMPLAINT) -> Case:
        return rules.reclassified(case, route, procedure, Weeks(), is_holiday)

    def test_the_promise_never_gets_later(self) -> None:
        assert self.again(at(Stage.CALLED), JEUGDWET).decide_by == CHRISTMAS_OVER
        assert self.again(at(Stage.CALLED, JEUGDWET), AWB).decide_by == CHRISTMAS_OVER

    def test_a_committee_and_an_extension_stay(self) -> None:
        youth = after(at(Stage.CALLED, JEUGDWET), Step.COMMITTEE)
        assert self.again(youth, AWB).decide_by == date(2027, 1, 22)
        extended = after(youth, Step.EXTEND)
        assert self.again(extended, AWB).decide_by == date(2027, 2, 19)
        short = after(at(Stage.CALLED), Step.EXTEND, until=date(2027, 1, 8))
        assert self.again(short, JEUGDWET).decide_by == date(2027, 1, 8)

    def test_another_route_keeps_what_the_complainant_agreed_to(self) -> None:
        agreed = after(at(Stage.CALLED), Step.ASK_LONGER, until=date(2027, 3, 1))
        agreed = after(agreed, Step.AGREE_LONGER)
        assert self.again(agreed, AWB, Route.SIGNAL).decide_by == date(2027, 3, 1)

    def test_another_route_changes_no_date(self) -> None:
        case = at(Stage.CALLED)
        assert self.again(case, AWB, Route.OBJECTION) == replace(case, route=Route.OBJECTION)

    @pytest.mark.parametrize("stage", [stage for stage in Stage if stage not in EARLY])
    def test_not_once_handling_began(self, stage: Stage) -> None:
        with pytest.raises(IllegalStep, match="begonnen"):
            self.again(at(stage), JEUGDWET)


class TestDue:
    def test_first_the_acknowledgement(self) -> None:
        due = rules.next_due(opened(), is_holiday)
        assert due == rules.Due(Term.ACKNOWLEDGE, MONDAY, by_law=False)

    @pytest.mark.parametrize("stage", [Stage.ACKNOWLEDGED, Stage.CALLED])
    def test_then_the_choice(self, stage: Stage) -> None:
        due = rules.next_due(at(stage), is_holiday)
        assert due == rules.Due(Term.CHOOSE, date(2026, 12, 11), by_law=True)

    def test_a_shorter_term_to_decide_comes_first(self) -> None:
        case = at(Stage.CALLED, decide_by=date(2026, 12, 11))
        assert rules.next_due(case, is_holiday) == rules.Due(Term.DECIDE, date(2026, 12, 11), by_law=True)

    @pytest.mark.parametrize(
        "stage", [Stage.TAKEN_UP, Stage.COPIED, Stage.HEARD, Stage.REPORTED, Stage.JUDGED]
    )
    def test_then_the_decision(self, stage: Stage) -> None:
        assert rules.next_due(at(stage), is_holiday) == rules.Due(Term.DECIDE, CHRISTMAS_OVER, by_law=True)

    def test_other_routes_are_passed_on_within_a_week(self) -> None:
        case = at(Stage.ACKNOWLEDGED, route=Route.OBJECTION, received_on=date(2026, 12, 18))
        # A week later it is Christmas: the working day before.
        assert rules.next_due(case, is_holiday) == rules.Due(Term.FORWARD, date(2026, 12, 24), by_law=False)

    @pytest.mark.parametrize("stage", [Stage.RECEIVED, Stage.ACKNOWLEDGED, Stage.CALLED])
    def test_danger_waits_for_the_next_working_day_and_for_no_stage(self, stage: Stage) -> None:
        # Received on a Friday.
        case = at(stage, route=Route.DANGER, received_on=date(2026, 12, 18))
        assert rules.next_due(case, is_holiday) == rules.Due(Term.SAFETY, date(2026, 12, 21), by_law=False)

    def test_nothing_is_waited_for_at_the_end(self) -> None:
        assert rules.next_due(at(Stage.TOLD), is_holiday) is None
        for stage in ENDED:
            assert rules.next_due(at(stage), is_holiday) is None

    def test_what_was_told_is_closed_by_our_own_norm(self) -> None:
        friday = replace(at(Stage.TOLD), told_on=date(2026, 11, 27))
        # Four weeks later it is Christmas.
        assert rules.next_due(friday, is_holiday) == rules.Due(Term.CLOSE, date(2026, 12, 28), by_law=False)
        youth = replace(friday, answer_by=date(2026, 12, 30))
        assert rules.next_due(youth, is_holiday) == rules.Due(Term.ANSWER, date(2026, 12, 30), by_law=True)

    def test_colours(self) -> None:
        on = CHRISTMAS_OVER
        assert rules.colour(on, on + DAY) is Colour.RED
        assert rules.colour(on, on) is Colour.ORANGE
        assert rules.colour(on, on - 7 * DAY) is Colour.ORANGE
        assert rules.colour(on, on - 8 * DAY) is Colour.GREEN

    def test_reminders(self) -> None:
        on = CHRISTMAS_OVER
        days = [on + n * DAY for n in range(-12, 4)]
        reminded = [day for day in days if rules.is_reminded(on, day, is_holiday)]
        # A week before, the working day before Christmas, the day itself, and each day after.
        assert reminded == [on - 7 * DAY, on - 4 * DAY, *(on + n * DAY for n in range(4))]


class TestAccess:
    PEOPLE = People(
        handler=1,
        declared=True,
        deputy=2,
        deputy_until=date(2026, 11, 20),
        deputy_declared=True,
        concerned=frozenset({3}),
    )

    @pytest.mark.parametrize(
        ("user", "coordinates", "expected"),
        [
            (1, False, Access.HANDLE),
            (1, True, Access.COORDINATE),
            (2, False, Access.HANDLE),
            (3, False, Access.NOTHING),
            (3, True, Access.NOTHING),
            (4, False, Access.SUMMARY),
            (4, True, Access.COORDINATE),
        ],
    )
    def test_who_sees_what(self, user: int, coordinates: bool, expected: Access) -> None:
        assert rules.access(user, self.PEOPLE, MONDAY, is_coordinator=coordinates) is expected

    def test_who_was_asked_reads_nothing_before_declaring(self) -> None:
        people = replace(self.PEOPLE, declared=False)
        assert rules.access(1, people, MONDAY, is_coordinator=False) is Access.ASKED
        stands_in = replace(self.PEOPLE, deputy_declared=False)
        assert rules.access(2, stands_in, MONDAY, is_coordinator=False) is Access.ASKED
        assert rules.access(2, stands_in, date(2026, 11, 21), is_coordinator=False) is Access.SUMMARY

    def test_a_deputy_reads_up_to_the_last_day(self) -> None:
        last = date(2026, 11, 20)
        assert rules.access(2, self.PEOPLE, last, is_coordinator=False) is Access.HANDLE
        assert rules.access(2, self.PEOPLE, last + DAY, is_coordinator=False) is Access.SUMMARY
        without_end = replace(self.PEOPLE, deputy_until=None)
        assert rules.access(2, without_end, MONDAY, is_coordinator=False) is Access.SUMMARY

    def test_a_person_concerned_who_somehow_handles_it_sees_nothing(self) -> None:
        people = replace(self.PEOPLE, concerned=frozenset({1, 2}))
        for user in (1, 2):
            assert rules.access(user, people, MONDAY, is_coordinator=False) is Access.NOTHING


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
        assert made.stage is (line.to or before.stage) or (step is Step.CALL and made.stage is before.stage)
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
        due = rules.next_due(case, is_holiday)
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
