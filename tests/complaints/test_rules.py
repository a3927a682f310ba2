"""The procedure: its table, and each rule that forbids a step."""

from dataclasses import replace
from datetime import date

import pytest

from portal.complaints import dues, rules
from portal.complaints.rules import (
    ENDED,
    OPEN,
    PROCEDURE,
    Case,
    IllegalStep,
    Procedure,
    Route,
    Stage,
    Step,
    Term,
    Weeks,
)
from tests.complaints.cases import (
    AWB,
    CHRISTMAS_OVER,
    EARLY,
    JEUGDWET,
    MONDAY,
    RECEIVED,
    after,
    at,
    opened,
    refusal,
)
from tests.complaints.dutch_days import DAY, is_holiday


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
        assert dues.next_due(case, is_holiday) == dues.Due(Term.ANSWER, date(2027, 2, 4), by_law=True)
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
        resumed = after(replace(withdrawn, acknowledged=True), Step.RESUME)
        # Who withdrew before the receipt was confirmed is still owed that (Awb 9:6).
        unconfirmed = after(replace(withdrawn, acknowledged=False), Step.RESUME)
        assert unconfirmed == replace(resumed, stage=Stage.RECEIVED, acknowledged=False)
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
