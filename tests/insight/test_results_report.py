"""The results of a pile: pooling, hiding by quarter and by question, and the yearly grade."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from portal.insight import results
from portal.insight.results import Period, grades_by_quarter, grades_by_year, overview, pile_results


@dataclass(frozen=True)
class Row:
    pile: str
    quarter: str
    grade: int | None
    n: int


@dataclass(frozen=True)
class Answer:
    quarter: str
    key: str
    value: str | None
    n: int


Q1, Q2, Q3, Q4 = (f"2026-Q{number}" for number in range(1, 5))
YEAR = Period(Q4, is_year=True)


def sizes(pile: str = "intake", **quarters: int) -> list[Row]:
    return [Row(pile, f"2026-{quarter}", None, n) for quarter, n in quarters.items()]


def said(quarter: str, key: str = "speed", **values: int) -> list[Answer]:
    rows = [Answer(quarter, key, value, n) for value, n in values.items()]
    return [*rows, Answer(quarter, key, None, sum(values.values()))]


class TestPeriods:
    def test_the_list_is_fixed(self) -> None:
        whole = overview([*sizes(Q1=9, Q2=9), *sizes("plan", Q3=2)])
        assert [period.key for period in whole.periods()] == [
            *(Q3, Q2, Q1),
            *(f"{Q3}-jaar", f"{Q2}-jaar", f"{Q1}-jaar"),
        ]

    def test_unasked_comes_the_newest_that_may_be_shown(self) -> None:
        whole = overview([*sizes(Q1=9, Q2=9, Q3=4), *sizes("plan", Q3=2)])
        assert whole.first_period("intake", 5) == Period(Q2)
        assert whole.first_period("plan", 5) == Period(Q3)
        assert overview([]).first_period("plan", 5) is None


class TestHiding:
    def test_a_small_quarter_is_hidden(self) -> None:
        found = pile_results(overview(sizes(Q4=4)), "intake", Period(Q4), said(Q4, agree=4), ["went_well"], 5)
        assert (found.n, found.hidden, found.answers, found.open_places) == (0, True, {}, frozenset())

    def test_an_empty_quarter_is_empty(self) -> None:
        found = pile_results(overview(sizes(Q4=9)), "intake", Period(Q3), [], [], 5)
        assert (found.n, found.hidden) == (0, False)

    def test_a_rolling_year_counts_only_quarters_that_may_be_shown(self) -> None:
        whole = overview(sizes(Q1=10, Q2=4, Q3=8))
        counts = [*said(Q1, agree=10), *said(Q2, disagree=4), *said(Q3, agree=8)]
        found = pile_results(whole, "intake", YEAR, counts, [], 5)
        assert (found.n, found.left_out) == (18, [Q2])
        assert found.of("speed").values == {"agree": 18}

    def test_so_does_each_question(self) -> None:
        whole = overview(sizes(Q1=10, Q2=10))
        counts = [*said(Q1, agree=4, disagree=4), *said(Q2, agree=4)]
        found = pile_results(whole, "intake", YEAR, counts, [], 5)
        assert (found.of("speed").n, found.of("speed").values) == (8, {"agree": 4, "disagree": 4})

    def test_a_question_that_few_answered_is_hidden(self) -> None:
        found = pile_results(overview(sizes(Q4=9)), "intake", Period(Q4), said(Q4, agree=4), [], 5)
        assert found.of("speed").hidden
        assert found.of("speed").n == 0
        assert not found.of("speed").values

    def test_who_does_not_know_has_no_opinion(self) -> None:
        counts = said(Q4, agree=3, neutral=2, not_applicable=4)
        found = pile_results(overview(sizes(Q4=9)), "intake", Period(Q4), counts, [], 5).of("speed")
        assert (found.n, found.without_opinion) == (5, 4)
        assert found.agreed is not None
        assert found.agreed.value == 0.6
        few = said(Q4, agree=4, not_applicable=5)
        assert pile_results(overview(sizes(Q4=9)), "intake", Period(Q4), few, [], 5).of("speed").hidden

    def test_open_answers_only_where_enough_people_wrote(self) -> None:
        whole = overview(sizes(Q3=9, Q4=9))
        counts = [Answer(Q3, "went_well", None, 5), Answer(Q4, "went_well", None, 4)]
        found = pile_results(whole, "intake", YEAR, counts, ["went_well", "could_be_better"], 5)
        assert found.open_places == {(Q3, "went_well")}

    def test_of_a_question_with_more_answers_people_are_counted(self) -> None:
        counts = [Answer(Q4, "why", "a", 5), Answer(Q4, "why", "b", 4), Answer(Q4, "why", None, 6)]
        found = pile_results(overview(sizes(Q4=9)), "intake", Period(Q4), counts, [], 5).of("why")
        share = found.share_of("a")
        assert share is not None
        assert (share.n, share.value) == (6, 5 / 6)

    @given(
        st.lists(st.integers(0, 9), min_size=5, max_size=5),
        st.lists(st.integers(0, 9), min_size=5, max_size=5),
    )
    def test_no_difference_between_two_periods_is_small(
        self, in_pile: list[int], on_question: list[int]
    ) -> None:
        quarters = ["2025-Q4", Q1, Q2, Q3, Q4]
        answered = [min(pair) for pair in zip(in_pile, on_question, strict=True)]
        whole = overview(
            [Row("intake", quarter, None, n) for quarter, n in zip(quarters, in_pile, strict=True)]
        )
        counts = [
            row for quarter, n in zip(quarters, answered, strict=True) if n for row in said(quarter, agree=n)
        ]
        periods = [*map(Period, quarters), Period(Q3, is_year=True), YEAR]
        shown = [pile_results(whole, "intake", period, counts, [], 5) for period in periods]
        for numbers in ([found.n for found in shown], [found.of("speed").n for found in shown]):
            single, (first, second) = numbers[:5], numbers[5:]
            for left in (*single, first - sum(single[:4]), second - sum(single[1:]), first - second):
                assert left == 0 or abs(left) >= 5 or left == single[0] - single[4]


class TestGrades:
    rows = (*sizes(Q1=9), Row("intake", Q1, 8, 6), Row("intake", Q1, 6, 3), Row("intake", Q2, 9, 4))

    def test_by_quarter_from_the_first_with_grades(self) -> None:
        found = grades_by_quarter(overview(self.rows), "intake", Q3, 5, 8)
        assert [(quarter.quarter, quarter.hidden) for quarter in found] == [
            (Q1, False),
            (Q2, True),
            (Q3, False),
        ]
        assert found[0].good is not None
        assert (found[0].good.value, found[0].good.n) == (6 / 9, 9)
        assert found[1].good is None

    def test_by_year_all_moments_and_only_quarters_that_may_be_shown(self) -> None:
        rows = [*self.rows, Row("plan", Q3, 7, 6), Row("plan", Q4, 1, 4), Row("parenting_help", Q1, 1, 9)]
        rows += [Row(f"family_{moment}", Q1, 1, 90) for moment in ("intake", "plan", "closure")]
        found = grades_by_year(overview(rows), {2025: 72}, {2021: 7.9}, 2019, 5)
        assert [year.year for year in found] == list(range(2019, 2027))
        assert (found[2].published_mean, found[6].published_good) == (7.9, 0.72)
        assert found[7].good is not None
        assert (found[7].good.value, found[7].good.n) == (12 / 15, 15)

    def test_a_year_with_only_small_quarters_is_hidden(self) -> None:
        found = grades_by_year(overview([Row("plan", Q4, 1, 4)]), {}, {}, 2026, 5)
        assert [(year.year, year.good, year.hidden) for year in found] == [(2026, None, True)]


def test_a_question_nobody_answered_is_empty() -> None:
    assert results.NOBODY.share_of("agree") is None
    assert not results.NOBODY.hidden
