"""Where everything goes in a chart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.insight.charts import Point, bars, stack, top_of, trend
from portal.insight.rules import share


def point(value: float | None, reason: str = "niet bekend") -> Point:
    return Point("2026", "’26", value, reason="" if value is not None else reason)


class TestBars:
    def test_are_on_one_scale_that_ends_above_the_highest_interval(self) -> None:
        made = bars([("a", share(10, 100), "", ""), ("b", share(40, 100), "", "")])
        assert [bar.width for bar in made] == [pytest.approx(100 * 0.1 / 0.5), pytest.approx(100 * 0.4 / 0.5)]
        assert all(0 <= bar.low <= bar.width <= bar.high <= 100 for bar in made)

    def test_a_value_that_does_not_fit_stands_beside_its_bar(self) -> None:
        made = bars([("small", share(5, 100), "", ""), ("large", share(60, 100), "", "")])
        assert [bar.label_inside for bar in made] == [False, True]

    def test_a_missing_one_keeps_its_place_and_reason(self) -> None:
        made = bars([("a", None, "te weinig", ""), ("b", share(1, 10), "", "")])
        assert (made[0].reason, made[0].estimate) == ("te weinig", None)

    def test_of_nothing_is_nothing(self) -> None:
        assert bars([]) == []

    @given(st.floats(0, 1))
    def test_the_scale_always_reaches(self, value: float) -> None:
        assert value <= top_of([value]) <= 1


def test_a_stack_fills_the_width() -> None:
    parts = stack([("agree", 0.5), ("neutral", 0.0), ("disagree", 0.5)])
    assert [(part.start, part.width) for part in parts] == [(0, 50), (50, 0), (50, 50)]


class TestTrend:
    def test_a_missing_year_breaks_the_line(self) -> None:
        line = trend([point(0.1), point(None), point(0.2), point(0.3)])
        assert len(line.marks) == 3
        assert len(line.lines) == 1
        assert [(gap.start, gap.width, gap.is_wide) for gap in line.gaps] == [(25, 25, False)]

    def test_years_in_a_row_make_one_gap_and_another_reason_another(self) -> None:
        line = trend([point(None), point(None), point(None), point(None, "te weinig"), point(0.2)])
        assert [(gap.width, gap.reason, gap.is_wide) for gap in line.gaps] == [
            (60, "niet bekend", True),
            (20, "te weinig", False),
        ]

    def test_higher_is_higher_on_the_page(self) -> None:
        line = trend([point(0.1), point(0.2)])
        assert line.marks[0].y > line.marks[1].y

    def test_many_points_are_labelled_at_the_ends_on_a_phone(self) -> None:
        line = trend([point(0.1)] * 12)
        assert [mark.always_labelled for mark in line.marks] == [True, *[False] * 10, True]

    def test_nothing_known(self) -> None:
        line = trend([point(None), point(None)])
        assert (line.marks, line.lines, len(line.gaps)) == ([], [], 1)

    def test_nothing_at_all(self) -> None:
        assert trend([]).ticks == []
