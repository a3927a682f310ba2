"""What is due next, and when it is reminded of."""

from dataclasses import replace
from datetime import date

import pytest

from portal.complaints import dues
from portal.complaints.dues import Colour
from portal.complaints.rules import (
    ENDED,
    Route,
    Stage,
    Term,
)
from tests.complaints.cases import CHRISTMAS_OVER, MONDAY, at, opened
from tests.complaints.dutch_days import DAY, is_holiday


class TestDue:
    def test_first_the_acknowledgement(self) -> None:
        due = dues.next_due(opened(), is_holiday)
        assert due == dues.Due(Term.ACKNOWLEDGE, MONDAY, by_law=False)

    @pytest.mark.parametrize("stage", [Stage.ACKNOWLEDGED, Stage.CALLED])
    def test_then_the_choice(self, stage: Stage) -> None:
        due = dues.next_due(at(stage), is_holiday)
        assert due == dues.Due(Term.CHOOSE, date(2026, 12, 11), by_law=True)

    def test_a_shorter_term_to_decide_comes_first(self) -> None:
        case = at(Stage.CALLED, decide_by=date(2026, 12, 11))
        assert dues.next_due(case, is_holiday) == dues.Due(Term.DECIDE, date(2026, 12, 11), by_law=True)

    @pytest.mark.parametrize(
        "stage", [Stage.TAKEN_UP, Stage.COPIED, Stage.HEARD, Stage.REPORTED, Stage.JUDGED]
    )
    def test_then_the_decision(self, stage: Stage) -> None:
        assert dues.next_due(at(stage), is_holiday) == dues.Due(Term.DECIDE, CHRISTMAS_OVER, by_law=True)

    def test_other_routes_are_passed_on_within_a_week(self) -> None:
        case = at(Stage.ACKNOWLEDGED, route=Route.OBJECTION, received_on=date(2026, 12, 18))
        # A week later it is Christmas: the working day before.
        assert dues.next_due(case, is_holiday) == dues.Due(Term.FORWARD, date(2026, 12, 24), by_law=False)

    @pytest.mark.parametrize("stage", [Stage.RECEIVED, Stage.ACKNOWLEDGED, Stage.CALLED])
    def test_danger_waits_for_the_next_working_day_and_for_no_stage(self, stage: Stage) -> None:
        # Received on a Friday.
        case = at(stage, route=Route.DANGER, received_on=date(2026, 12, 18))
        assert dues.next_due(case, is_holiday) == dues.Due(Term.SAFETY, date(2026, 12, 21), by_law=False)

    def test_nothing_is_waited_for_at_the_end(self) -> None:
        assert dues.next_due(at(Stage.TOLD), is_holiday) is None
        for stage in ENDED:
            assert dues.next_due(at(stage), is_holiday) is None

    def test_what_was_told_is_closed_by_our_own_norm(self) -> None:
        friday = replace(at(Stage.TOLD), told_on=date(2026, 11, 27))
        # Four weeks later it is Christmas.
        assert dues.next_due(friday, is_holiday) == dues.Due(Term.CLOSE, date(2026, 12, 28), by_law=False)
        youth = replace(friday, answer_by=date(2026, 12, 30))
        assert dues.next_due(youth, is_holiday) == dues.Due(Term.ANSWER, date(2026, 12, 30), by_law=True)

    def test_colours(self) -> None:
        on = CHRISTMAS_OVER
        assert dues.colour(on, on + DAY) is Colour.RED
        assert dues.colour(on, on) is Colour.ORANGE
        assert dues.colour(on, on - 7 * DAY) is Colour.ORANGE
        assert dues.colour(on, on - 8 * DAY) is Colour.GREEN

    def test_reminders(self) -> None:
        on = CHRISTMAS_OVER
        days = [on + n * DAY for n in range(-12, 4)]
        reminded = [day for day in days if dues.is_reminded(on, day, is_holiday)]
        # A week before, the working day before Christmas, the day itself, and each day after.
        assert reminded == [on - 7 * DAY, on - 4 * DAY, *(on + n * DAY for n in range(4))]
