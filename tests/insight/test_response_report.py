"""The response of a year: what counts, what runs, and that nothing hidden can be worked out."""

from dataclasses import dataclass
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from portal.insight import response
from portal.insight.response import ResponseReport, Setting, report

TODAY = date(2026, 11, 23)
SETTING = Setting(5, 42, TODAY, {2024: 11.4, 2025: 13.4}, 2019)


@dataclass(frozen=True)
class Row:
    year: int
    month: int
    moment: str
    domain: str
    invited: int
    delivered: int
    started: int
    sent: int

    @property
    def last_invited_on(self) -> date:
        return date(self.year, self.month, 28)


def row(
    month: int = 3,
    invited: int = 40,
    *,
    year: int = 2026,
    moment: str = "intake",
    domain: str = "youth",
    delivered: int | None = None,
    sent: int = 0,
) -> Row:
    reached = invited if delivered is None else delivered
    return Row(year, month, moment, domain, invited, reached, max(sent, reached // 3), sent)


def line(lines: list[response.Line], key: str | int) -> response.Line:
    return next(found for found in lines if found.key == key)


class TestCounting:
    def test_the_rate_is_sent_out_of_delivered(self) -> None:
        found = report([row(invited=50, delivered=40, sent=10)], 2026, SETTING)
        assert found.total.rate is not None
        assert (found.total.rate.value, found.total.rate.n) == (0.25, 40)
        assert found.total.rate.low < 0.25 < found.total.rate.high

    def test_other_years_do_not_count(self) -> None:
        found = report([row(sent=10), row(year=2025, sent=40)], 2026, SETTING)
        assert found.total.counts is not None
        assert found.total.counts.sent == 10

    def test_months_run_from_the_first_to_the_last(self) -> None:
        found = report([row(2), row(5)], 2026, SETTING)
        assert [found.key for found in found.months["intake"]] == [2, 3, 4, 5]
        assert found.months["intake"][1].is_empty

    def test_no_invitations_is_empty_and_not_hidden(self) -> None:
        found = report([], 2026, SETTING)
        assert found.total.is_empty
        assert found.years == [2026]

    def test_nothing_delivered_has_no_rate(self) -> None:
        found = report([row(delivered=0)], 2026, SETTING)
        assert found.total.counts is not None
        assert found.total.rate is None


class TestFamily:
    def test_has_a_line_of_its_own_and_no_part_in_any_other(self) -> None:
        ours = [row(sent=10), row(moment="plan", sent=5)]
        theirs = [row(invited=20, sent=10), row(moment="closure", invited=10, sent=1)]
        without, found = report(ours, 2026, SETTING), report(ours, 2026, SETTING, theirs)
        for name in ("total", "closed", "finished", "moments", "domains", "months", "trend", "years"):
            assert getattr(found, name) == getattr(without, name), name
        assert found.family.counts is not None
        assert (found.family.counts.delivered, found.family.counts.sent) == (30, 11)
        assert [line.counts.sent for line in found.family_moments if line.counts] == [10, 0, 1]
        assert without.family.is_empty

    def test_other_years_do_not_count(self) -> None:
        assert report([row()], 2026, SETTING, [row(year=2025)]).family.is_empty

    def test_few_are_hidden_everywhere(self) -> None:
        few = report([row()], 2026, SETTING, [row(invited=4, sent=1)])
        assert few.family.counts is None
        assert not [line for line in few.family_moments if line.counts and not line.is_empty]
        rows = [row(invited=4), row(moment="plan", invited=9), row(moment="closure", invited=30)]
        some = report([row()], 2026, SETTING, rows)
        assert [line.counts is None for line in some.family_moments] == [True, True, False]

    @given(st.lists(st.tuples(st.sampled_from(response.MOMENTS), st.integers(0, 12)), max_size=8))
    def test_no_shown_figure_and_no_difference_is_small(self, drawn: list[tuple[str, int]]) -> None:
        rows = [row(moment=moment, invited=invited) for moment, invited in drawn]
        found = report([], 2026, SETTING, rows)
        shown = [line.counts.invited for line in found.family_moments if line.counts]
        assert all(count == 0 or count >= 5 for count in shown)
        if found.family.counts is None:
            assert not any(shown)
        else:
            left = found.family.counts.invited - sum(shown)
            assert left == 0 or left >= 5


class TestRunning:
    def test_a_month_whose_links_are_open_runs(self) -> None:
        found = report([row(9, sent=8), row(10, sent=2)], 2026, SETTING)
        assert [month.running for month in found.months["intake"]] == [False, True]
        assert found.total.running
        assert found.closed is not None
        assert (found.closed.value, found.closed.n) == (0.2, 40)

    def test_a_year_that_is_over_has_one_rate(self) -> None:
        found = report([row(3, year=2025, sent=8)], 2025, SETTING)
        assert not found.total.running
        assert found.closed is None


class TestTrend:
    def test_every_year_from_the_first_published_has_its_place(self) -> None:
        found = report([row(sent=8)], 2026, SETTING)
        assert [point.year for point in found.trend] == list(range(2019, 2027))
        assert [point.published for point in found.trend] == [None] * 5 + [0.114, 0.134, None]
        assert found.trend[0].own is None
        assert found.trend[-1].own is not None

    def test_the_previous_year_is_the_last_known(self) -> None:
        assert report([row(sent=8)], 2026, SETTING).previous == (2025, 0.134)
        assert report([row(year=2024, sent=8)], 2024, SETTING).previous is None

    def test_a_small_year_of_our_own_is_hidden(self) -> None:
        found = report([row(), row(year=2025, invited=4)], 2026, SETTING)
        own = next(point.own for point in found.trend if point.year == 2025)
        assert own is not None
        assert own.counts is None


class TestHiding:
    def test_a_small_moment_takes_another_along_with_all_its_months(self) -> None:
        rows = [row(invited=60), row(invited=30, moment="plan"), row(invited=3, moment="closure")]
        found = report(rows, 2026, SETTING)
        assert line(list(found.moments), "intake").counts is not None
        for moment in ("plan", "closure"):
            assert line(list(found.moments), moment).counts is None
            assert all(month.counts is None for month in found.months[moment])

    def test_few_delivered_hide_what_many_invited_would_show(self) -> None:
        rows = [row(2, 60), row(3, 30, delivered=2), row(4, 40)]
        months = report(rows, 2026, SETTING).months["intake"]
        assert [month.counts is None for month in months] == [False, True, True]

    def test_one_hidden_side_hides_the_split(self) -> None:
        rows = [row(), row(domain="adults"), row(invited=2, domain="unknown")]
        assert report(rows, 2026, SETTING).domains is None
        assert report(rows[:2], 2026, SETTING).domains is not None

    def test_a_small_year_hides_everything(self) -> None:
        found = report([row(invited=4, sent=1)], 2026, SETTING)
        assert found.total.counts is None
        assert found.domains is None
        assert all(line.counts is None for line in found.moments if line.key == "intake")

    @given(
        st.lists(
            st.tuples(
                st.integers(1, 12),
                st.sampled_from(response.MOMENTS),
                st.sampled_from(response.DOMAINS),
                st.integers(0, 12),
                st.integers(0, 12),
            ),
            max_size=12,
        )
    )
    def test_no_shown_figure_and_no_difference_is_small(
        self, drawn: list[tuple[int, str, str, int, int]]
    ) -> None:
        rows = [
            row(month, max(invited, reached), moment=moment, domain=domain, delivered=reached)
            for month, moment, domain, invited, reached in drawn
        ]
        found = report(rows, 2026, SETTING)
        for attribute in ("invited", "delivered"):
            _nothing_small(found, attribute)


def _nothing_small(found: ResponseReport, attribute: str) -> None:
    def size(line: response.Line) -> int | None:
        return None if line.counts is None else int(getattr(line.counts, attribute))

    wholes = [(found.total, list(found.moments)), (found.total, list(found.domains or []))]
    wholes += [(whole, list(found.months[str(whole.key)])) for whole in found.moments]
    for whole, parts in wholes:
        shown = [count for part in parts if (count := size(part)) is not None]
        assert all(count == 0 or count >= 5 for count in shown)
        total = size(whole)
        if total is None:
            assert not any(shown)
        elif parts:
            left = total - sum(shown)
            assert left == 0 or left >= 5
    if found.closed:
        months = [line for lines in found.months.values() for line in lines]
        shown_closed = [line for line in months if line.counts is not None and not line.running]
        assert found.closed.n == sum(line.counts.delivered for line in shown_closed if line.counts)
