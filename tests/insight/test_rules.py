"""The arithmetic and the hiding, by known values and by property."""

from datetime import date
from itertools import chain, combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.insight import rules

counts = st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
sizes = st.dictionaries(st.integers(0, 11), st.integers(0, 30), max_size=8)
smallest = st.integers(2, 12)
grades = st.dictionaries(st.integers(1, 10), st.integers(0, 40), min_size=1)


class TestWilson:
    @pytest.mark.parametrize(
        ("successes", "n", "low", "high"),
        [
            # Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
            (29, 29, 0.8830, 1.0),
        ],
    )
    def test_known_values(self, successes: int, n: int, low: float, high: float) -> None:
        assert rules.wilson(successes, n) == pytest.approx((low, high), abs=0.00005)

    @given(counts)
    def test_holds_the_share_within_0_and_1(self, count: tuple[int, int]) -> None:
        successes, n = count
        low, high = rules.wilson(successes, n)
        assert 0 <= low <= successes / n <= high <= 1
        assert low < high

    @given(counts)
    def test_is_symmetric(self, count: tuple[int, int]) -> None:
        successes, n = count
        low, high = rules.wilson(successes, n)
        assert rules.wilson(n - successes, n) == pytest.approx((1 - high, 1 - low))

    @given(counts)
    def test_narrows_with_more_people(self, count: tuple[int, int]) -> None:
        successes, n = count
        low, high = rules.wilson(successes, n)
        narrow_low, narrow_high = rules.wilson(successes * 4, n * 4)
        assert narrow_high - narrow_low < high - low

    @pytest.mark.parametrize(("successes", "n"), [(0, 0), (3, 2), (-1, 5)])
    def test_refuses_what_is_no_share(self, successes: int, n: int) -> None:
        with pytest.raises(ValueError, match="not a share"):
            rules.wilson(successes, n)

    def test_share_of_nobody_is_unknown(self) -> None:
        assert rules.share(0, 0) is None


class TestGrades:
    @pytest.mark.parametrize(
        ("degrees", "t", "within"),
        [(4, 2.7764, 0.002), (9, 2.2622, 0.0001), (29, 2.0452, 0.0001), (1000, 1.9623, 0.0001)],
    )
    def test_t_as_in_the_tables(self, degrees: int, t: float, within: float) -> None:
        assert rules.t975(degrees) == pytest.approx(t, abs=within)

    def test_mean_by_hand(self) -> None:
        estimate = rules.mean_grade({6: 1, 7: 1, 8: 2, 9: 1})
        assert estimate is not None
        # Mean 7.6, standard deviation 1.140, t(4) 2.776: 7.6 plus or minus 1.416.
        assert estimate.n == 5
        assert estimate.value == pytest.approx(7.6)
        assert (estimate.low, estimate.high) == pytest.approx((6.184, 9.016), abs=0.002)

    @given(grades)
    def test_mean_lies_in_its_interval_on_the_scale(self, given: dict[int, int]) -> None:
        estimate = rules.mean_grade(given)
        if sum(given.values()) < 2:
            assert estimate is None
        else:
            assert estimate is not None
            assert 1 <= estimate.low <= estimate.value + 1e-9
            assert estimate.value - 1e-9 <= estimate.high <= 10

    def test_share_of_sevens_and_up(self) -> None:
        estimate = rules.share_of_good_grades({6: 3, 7: 4, 10: 1})
        assert estimate is not None
        assert (estimate.value, estimate.n) == (0.625, 8)
        assert (estimate.low, estimate.high) == rules.wilson(5, 8)

    def test_no_grades_no_share(self) -> None:
        assert rules.share_of_good_grades({}) is None


class TestSuppress:
    @given(sizes, smallest)
    def test_no_shown_figure_is_small(self, sizes: dict[int, int], smallest: int) -> None:
        hidden = rules.suppress(sizes, smallest)
        assert all(n == 0 or n >= smallest for key, n in sizes.items() if key not in hidden)

    @given(sizes, smallest)
    def test_no_derived_figure_is_small(self, sizes: dict[int, int], smallest: int) -> None:
        """The total minus any of the shown groups never leaves a small one."""
        hidden = rules.suppress(sizes, smallest)
        total = sum(sizes.values())
        if rules.is_small(total, smallest):
            assert hidden == {key for key, n in sizes.items() if n}
            return  # the total is a small group itself, and hidden too
        shown = [key for key in sizes if key not in hidden]
        for some in chain.from_iterable(combinations(shown, size) for size in range(len(shown) + 1)):
            left = total - sum(sizes[key] for key in some)
            assert left == 0 or left >= smallest

    @given(sizes, smallest)
    def test_hides_no_empty_group_and_nothing_without_need(
        self, sizes: dict[int, int], smallest: int
    ) -> None:
        hidden = rules.suppress(sizes, smallest)
        assert all(sizes[key] for key in hidden)
        if not any(rules.is_small(n, smallest) for n in sizes.values()):
            assert not hidden

    def test_small_ones_that_are_enough_together_take_nobody_along(self) -> None:
        assert rules.suppress({"a": 3, "b": 2, "c": 9}, 5) == {"a", "b"}

    def test_a_small_one_alone_takes_the_next_smallest_along(self) -> None:
        assert rules.suppress({"a": 3, "b": 40, "c": 9}, 5) == {"a", "c"}

    def test_of_two_sides_both_go(self) -> None:
        assert rules.suppress({"youth": 60, "adults": 4}, 5) == {"youth", "adults"}

    def test_one_hidden_side_hides_the_split(self) -> None:
        assert rules.may_split([60, 20, 0], 5)
        assert not rules.may_split([60, 20, 4], 5)


class TestPool:
    @given(sizes, smallest)
    def test_only_what_may_be_shown_alone_counts(self, sizes: dict[int, int], smallest: int) -> None:
        kept = rules.pool(sizes, smallest)
        assert kept == {key for key, n in sizes.items() if n >= smallest}

    @given(st.lists(st.integers(0, 12), min_size=5, max_size=5), smallest)
    def test_two_rolling_years_differ_by_no_small_group(self, given: list[int], smallest: int) -> None:
        quarters = dict(enumerate(given))
        first = rules.pool({key: quarters[key] for key in range(4)}, smallest)
        second = rules.pool({key: quarters[key] for key in range(1, 5)}, smallest)
        for one, other in ((first, second), (second, first)):
            left = sum(quarters[key] for key in one - other)
            assert left == 0 or left >= smallest


class TestPeriods:
    def test_rolling_year(self) -> None:
        assert rules.rolling_year("2026-Q1") == ("2025-Q2", "2025-Q3", "2025-Q4", "2026-Q1")
        assert rules.rolling_year("2026-Q4") == ("2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4")

    def test_a_cohort_runs_until_its_last_link_closes(self) -> None:
        assert rules.is_running(date(2026, 10, 12), 42, date(2026, 11, 23))
        assert not rules.is_running(date(2026, 10, 11), 42, date(2026, 11, 23))
