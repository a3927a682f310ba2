"""The yearly figures about complaints: what counts as what, and what may be shown."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.complaints.rules import Domain, Stage
from portal.insight.complaint_rules import (
    Ending,
    Group,
    Timing,
    days,
    figures,
    judged,
    series,
    split,
    top_of,
)

RECEIVED = date(2026, 1, 5)
FOUR_WEEKS, SIX_WEEKS = date(2026, 2, 2), date(2026, 2, 16)
TODAY = date(2026, 11, 23)


def group(stage: Stage, ended_on: date | None = None, number: int = 1, **traits: str) -> Group:
    """Complaints of 5 January 2026, due on 16 February."""
    return Group(
        stage=stage,
        theme=traits.get("theme", "recording"),
        reason=traits.get("reason"),
        on_behalf=traits.get("on_behalf", "self"),
        received_on=RECEIVED,
        not_taken_up_by=FOUR_WEEKS,
        decide_by=SIX_WEEKS,
        ended_on=ended_on,
        number=number,
    )


class TestTiming:
    @pytest.mark.parametrize(
        ("stage", "ended_on", "expected"),
        [
            (Stage.CLOSED, SIX_WEEKS, Timing.IN_TIME),
            (Stage.CLOSED, SIX_WEEKS + timedelta(days=1), Timing.LATE),
            (Stage.TOLD, SIX_WEEKS, Timing.IN_TIME),
            (Stage.TOLD, SIX_WEEKS + timedelta(days=1), Timing.LATE),
            (Stage.SOLVED, SIX_WEEKS, Timing.IN_TIME),
            (Stage.SOLVED, SIX_WEEKS + timedelta(days=1), Timing.LATE),
            # Four weeks, not six (Awb 9:8 lid 3).
            (Stage.NOT_TAKEN_UP, FOUR_WEEKS, Timing.IN_TIME),
            (Stage.NOT_TAKEN_UP, FOUR_WEEKS + timedelta(days=1), Timing.LATE),
            (Stage.WITHDRAWN, SIX_WEEKS + timedelta(days=99), Timing.WITHOUT_TERM),
            (Stage.PASSED_ON, SIX_WEEKS + timedelta(days=99), Timing.WITHOUT_TERM),
        ],
    )
    def test_what_ended(self, stage: Stage, ended_on: date, expected: Timing) -> None:
        assert group(stage, ended_on).timing(TODAY) == expected

    @pytest.mark.parametrize(
        ("today", "expected"),
        [(SIX_WEEKS, Timing.RUNNING), (SIX_WEEKS + timedelta(days=1), Timing.LATE_RUNNING)],
    )
    def test_what_still_runs_is_late_from_the_day_after(self, today: date, expected: Timing) -> None:
        assert group(Stage.HEARD).timing(today) == expected

    @pytest.mark.parametrize("stage", list(Stage))
    def test_every_stage_has_an_ending(self, stage: Stage) -> None:
        expected = {
            Stage.TOLD: Ending.FORMAL,
            Stage.CLOSED: Ending.FORMAL,
            Stage.SOLVED: Ending.SOLVED,
            Stage.NOT_TAKEN_UP: Ending.NOT_TAKEN_UP,
            Stage.WITHDRAWN: Ending.WITHDRAWN,
            Stage.PASSED_ON: Ending.PASSED_ON,
        }
        assert group(stage).ending == expected.get(stage, Ending.RUNNING)


class TestAYear:
    def test_the_year_2025_as_it_was_published(self) -> None:
        """Eleven, of which one not admissible: a third party without the client's knowledge."""
        made = figures(
            [
                group(Stage.SOLVED, SIX_WEEKS, 6),
                group(Stage.CLOSED, SIX_WEEKS, 3, theme="treatment"),
                group(Stage.WITHDRAWN, FOUR_WEEKS, theme="waiting"),
                group(Stage.NOT_TAKEN_UP, FOUR_WEEKS, reason="third_party", on_behalf="does_not_know"),
            ],
            TODAY,
            5,
        )
        assert made.total == 11
        # Three, one and one are too few to show, and one hidden side hides the split.
        assert (made.endings, made.timings, made.third_party) == (None, None, None)
        assert made.reasons.is_hidden
        # Seven of one theme may be told; the four others only together with it, so neither is.
        assert made.themes.is_hidden

    def test_a_year_with_enough_of_each(self) -> None:
        made = figures(
            [
                group(Stage.SOLVED, SIX_WEEKS, 6),
                group(Stage.WITHDRAWN, FOUR_WEEKS, 5),
                group(Stage.NOT_TAKEN_UP, FOUR_WEEKS, 7, reason="third_party"),
            ],
            TODAY,
            5,
        )
        assert made.endings == {Ending.SOLVED: 6, Ending.WITHDRAWN: 5, Ending.NOT_TAKEN_UP: 7}
        assert made.timings == {Timing.IN_TIME: 13, Timing.WITHOUT_TERM: 5}
        assert made.third_party == 7
        assert made.reasons.shown == [("third_party", 7)]

    def test_how_many_run_late_now_is_told_however_few(self) -> None:
        made = figures([group(Stage.HEARD, number=1), group(Stage.SOLVED, SIX_WEEKS, 3)], TODAY, 5)
        assert (made.late_now, made.timings) == (1, None)
        made = figures([group(Stage.HEARD, number=1), group(Stage.SOLVED, SIX_WEEKS, 5)], TODAY, 5)
        assert (made.late_now, made.timings) == (1, {Timing.IN_TIME: 5})

    @pytest.mark.parametrize(
        ("number", "others", "shown"), [(4, 9, None), (9, 4, None), (5, 5, 5), (7, 0, 7)]
    )
    def test_a_third_party_shows_neither_small_side(
        self, number: int, others: int, shown: int | None
    ) -> None:
        groups = [group(Stage.CALLED, number=number, on_behalf="does_not_know")]
        made = figures([*groups, group(Stage.CALLED, number=others)], TODAY, 5)
        assert made.third_party == shown

    def test_reasons_do_not_tell_a_hidden_ending(self) -> None:
        """Six of eight not taken up, all for one reason: that reason would tell of the two others."""
        groups = [group(Stage.NOT_TAKEN_UP, FOUR_WEEKS, 6, reason="slight"), group(Stage.CALLED, number=2)]
        made = figures(groups, TODAY, 5)
        assert made.endings is None and made.reasons.is_hidden

    @given(
        st.lists(st.tuples(st.sampled_from(list(Stage)), st.integers(1, 8), st.booleans()), max_size=8),
        st.integers(2, 6),
    )
    def test_no_split_shows_a_few(self, drawn: list[tuple[Stage, int, bool]], smallest: int) -> None:
        groups = [
            group(
                stage,
                None if group(stage).ending == Ending.RUNNING else SIX_WEEKS,
                number,
                on_behalf="does_not_know" if other else "self",
            )
            for stage, number, other in drawn
        ]
        made = figures(groups, TODAY, smallest)
        for part in (made.endings, made.timings):
            assert part is None or all(number >= smallest for number in part.values())
        assert made.third_party is None or made.third_party >= smallest

    def test_a_third_party_is_known_by_either_trait(self) -> None:
        assert group(Stage.CALLED, on_behalf="does_not_know").is_third_party
        assert group(Stage.NOT_TAKEN_UP, reason="third_party").is_third_party
        assert not group(Stage.NOT_TAKEN_UP, reason="slight", on_behalf="knows").is_third_party

    def test_a_reason_counts_only_where_it_was_not_taken_up(self) -> None:
        made = figures([group(Stage.CALLED, number=9, reason="slight")], TODAY, 5)
        assert made.reasons.rows == []

    def test_nothing(self) -> None:
        made = figures([], TODAY, 5)
        assert (made.total, made.themes.rows, made.days.n, made.days.median) == (0, [], 0, None)


class TestDays:
    def test_the_median_of_those_handled(self) -> None:
        groups = [
            group(Stage.SOLVED, RECEIVED + timedelta(days=3), 2),
            group(Stage.CLOSED, RECEIVED + timedelta(days=40), 2),
            group(Stage.TOLD, RECEIVED + timedelta(days=10)),
            group(Stage.WITHDRAWN, RECEIVED),
            group(Stage.NOT_TAKEN_UP, RECEIVED),
            group(Stage.HEARD),
        ]
        assert days(groups, 5).median == 10
        assert days(groups, 5).n == 5

    def test_of_four_nothing_is_said(self) -> None:
        found = days([group(Stage.SOLVED, SIX_WEEKS, 4)], 5)
        assert (found.median, found.n) == (None, 4)


class TestWhatMayBeShown:
    def test_the_largest_first_and_the_small_ones_together(self) -> None:
        made = split({"a": 5, "b": 2, "c": 9, "d": 3, "e": 0}, 5)
        assert made.shown == [("c", 9), ("a", 5)]
        assert made.has_hidden and not made.is_hidden
        assert [key for key, _number in made.rows] == ["c", "a", "b", "d"]

    def test_what_is_hidden_comes_in_no_order_of_size(self) -> None:
        """The order of hidden rows says nothing: they stand as they came."""
        assert [key for key, _n in split({"b": 1, "a": 4}, 5).rows] == ["b", "a"]
        assert [key for key, _n in split({"b": 4, "a": 1}, 5).rows] == ["b", "a"]

    @given(st.dictionaries(st.sampled_from("abcdefg"), st.integers(0, 12)), st.integers(2, 6))
    def test_nothing_small_is_shown_nor_found_by_subtraction(
        self, sizes: dict[str, int], smallest: int
    ) -> None:
        made = split(sizes, smallest)
        assert all(number >= smallest for _key, number in made.shown)
        left = sum(sizes.values()) - sum(number for _key, number in made.shown)
        assert left == 0 or left >= smallest or not made.shown

    def test_one_small_judgment_hides_all(self) -> None:
        """Two parts of one complaint: hiding only a row would leave the rest to be reckoned."""
        assert judged([("upheld", 9, 6), ("not_upheld", 7, 4)], 7, 5).parts is None
        assert judged([("upheld", 9, 6), ("not_upheld", 7, 5)], 7, 5).parts == {"upheld": 9, "not_upheld": 7}

    def test_many_parts_of_few_complaints_are_few(self) -> None:
        assert judged([("upheld", 20, 4)], 4, 5).parts is None

    def test_no_judgment_yet_is_not_hidden(self) -> None:
        assert judged([], 0, 5).parts == {}


class TestSeries:
    def test_published_years_and_counted_ones_with_a_gap_between(self) -> None:
        made = series({2026: {Domain.YOUTH: 2, Domain.ADULTS: 1}}, {2021: 3, 2025: 11}, 2026, 2027)
        assert [(one.year, one.number) for one in made] == [
            (2021, 3),
            (2022, None),
            (2023, None),
            (2024, None),
            (2025, 11),
            (2026, 3),
            (2027, 0),
        ]
        assert [one.is_running for one in made][-2:] == [False, True]

    def test_without_this_portal_only_what_was_published(self) -> None:
        made = series({}, {2021: 3, 2025: 11}, None, 2026)
        assert [one.year for one in made] == [2021, 2022, 2023, 2024, 2025]

    def test_nothing_known_is_no_series(self) -> None:
        assert series({}, {}, None, 2026) == []

    def test_what_was_published_wins_and_what_was_counted_stands_beside_it(self) -> None:
        one = series({2025: {Domain.YOUTH: 2}}, {2025: 11}, 2025, 2025)[0]
        assert (one.number, one.counted, one.is_counted) == (11, 2, False)

    def test_an_old_complaint_written_down_later_makes_no_year_known(self) -> None:
        """Nor does it make the years after it noughts."""
        made = series({2023: {Domain.YOUTH: 1}, 2026: {Domain.YOUTH: 4}}, {}, 2026, 2026)
        assert [(one.year, one.number, one.counted) for one in made] == [
            (2023, None, 1),
            (2024, None, 0),
            (2025, None, 0),
            (2026, 4, 4),
        ]

    def test_a_complaint_of_next_year_is_no_year_of_nought_between(self) -> None:
        made = series({}, {}, 2026, 2026)
        assert [(one.year, one.number) for one in made] == [(2026, 0)]


def test_the_scale_leaves_room_above_the_highest() -> None:
    assert top_of([]) == 5
    assert top_of([3]) == 5
    assert top_of([11]) == pytest.approx(13.2)
