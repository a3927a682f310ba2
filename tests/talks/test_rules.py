"""Places and the line, by table and by property."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.talks import rules
from portal.talks.rules import Entry, Phase, Reason, Refused, State

IN, WAITING, GONE = State.IN, State.WAITING, State.GONE
NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
SOON = NOW + timedelta(days=3)


def line(*entries: tuple[State, int]) -> list[Entry]:
    return [Entry(number, places, state) for number, (state, places) in enumerate(entries, start=1)]


@pytest.mark.parametrize(
    ("capacity", "entries", "places", "expected"),
    [
        (2, [], 1, IN),
        (2, [], 2, IN),
        (2, [(IN, 1)], 1, IN),
        (2, [(IN, 1)], 2, WAITING),
        (2, [(IN, 2)], 1, WAITING),
        (2, [(IN, 2), (GONE, 2)], 1, WAITING),
        (2, [(GONE, 2)], 2, IN),
        # The place that two cannot use is not kept idle for them.
        (2, [(IN, 1), (WAITING, 2)], 1, IN),
    ],
)
def test_who_comes_has_a_place_or_stands_in_line(
    capacity: int, entries: list[tuple[State, int]], places: int, expected: State
) -> None:
    assert rules.arrives(capacity, line(*entries), places) is expected


@pytest.mark.parametrize(
    ("capacity", "entries", "expected"),
    [
        (1, [(IN, 1), (WAITING, 1)], []),
        (1, [(GONE, 1), (WAITING, 1), (WAITING, 1)], [2]),
        (2, [(GONE, 2), (WAITING, 1), (WAITING, 1), (WAITING, 1)], [2, 3]),
        (2, [(IN, 1), (WAITING, 2), (WAITING, 1)], [3]),
        (3, [(IN, 1), (WAITING, 2), (WAITING, 1)], [2]),
        # More are in than there are places: nobody is sent away, and nobody comes.
        (1, [(IN, 2), (WAITING, 1)], []),
    ],
)
def test_who_is_next(capacity: int, entries: list[tuple[State, int]], expected: list[int]) -> None:
    assert rules.promoted(capacity, line(*entries)) == expected


def test_the_number_in_line_counts_who_waits() -> None:
    entries = line((IN, 1), (WAITING, 2), (GONE, 1), (WAITING, 1))
    assert [rules.place_in_line(entries, one.id) for one in entries] == [0, 1, 0, 2]
    assert rules.next_number(entries) == 3
    assert rules.place_in_line(entries, 99) == 0


def test_more_people_only_where_there_is_room() -> None:
    entries = line((IN, 1), (WAITING, 1), (GONE, 1))
    assert [one.places for one in rules.resized(2, entries, 1, 2)] == [2, 1, 1]
    assert [one.places for one in rules.resized(1, entries, 2, 2)] == [1, 2, 1], "who waits may ask for more"
    for capacity, number, reason in ((1, 1, Reason.NO_ROOM_FOR_TWO), (9, 3, Reason.GONE)):
        with pytest.raises(Refused) as refused:
            rules.resized(capacity, entries, number, 2)
        assert refused.value.reason is reason


def test_places_that_people_have_are_not_taken_away() -> None:
    entries = line((IN, 2), (IN, 1), (WAITING, 2))
    rules.check_capacity(3, entries)
    with pytest.raises(Refused):
        rules.check_capacity(2, entries)


@pytest.mark.parametrize(
    ("starts_at", "cancelled_at", "taken", "expected"),
    [
        (SOON, None, 0, Phase.OPEN),
        (SOON, None, 3, Phase.OPEN),
        (SOON, None, 4, Phase.FULL),
        (SOON, None, 5, Phase.FULL),
        (NOW, None, 0, Phase.OVER),
        (NOW + timedelta(seconds=1), None, 0, Phase.OPEN),
        (SOON, NOW, 0, Phase.CANCELLED),
        (NOW - timedelta(days=1), NOW, 0, Phase.CANCELLED),
    ],
)
def test_how_far_an_evening_is(
    starts_at: datetime, cancelled_at: datetime | None, taken: int, expected: Phase
) -> None:
    found = rules.phase(starts_at, cancelled_at, 4, taken, NOW)
    assert found is expected
    if expected in (Phase.OPEN, Phase.FULL):
        rules.check_open(found)
    else:
        with pytest.raises(Refused) as refused:
            rules.check_open(found)
        assert refused.value.reason == expected.value


MONDAY = date(2026, 11, 30)
LONG_AGO = date(2026, 11, 1)
CHRISTMAS = (date(2026, 12, 25), date(2026, 12, 26))


def is_open(day: date) -> bool:
    """Never on a Sunday, nor at Christmas."""
    return day.weekday() != 6 and day not in CHRISTMAS


@pytest.mark.parametrize(
    ("day", "heard_on", "today", "expected"),
    [
        # A week before, and the last day before it on which a message leaves: the Sunday is skipped.
        (MONDAY, LONG_AGO, date(2026, 11, 22), None),
        (MONDAY, LONG_AGO, date(2026, 11, 23), 7),
        (MONDAY, LONG_AGO, date(2026, 11, 28), 1),
        (MONDAY, LONG_AGO, date(2026, 11, 29), None),
        (date(2026, 11, 29), LONG_AGO, date(2026, 11, 20), None),
        (date(2026, 11, 29), LONG_AGO, date(2026, 11, 21), 7),
        (date(2026, 11, 29), LONG_AGO, date(2026, 11, 28), 1),
        (date(2026, 11, 29), LONG_AGO, date(2026, 11, 29), None),
        (date(2026, 12, 2), LONG_AGO, date(2026, 11, 30), 7),
        (date(2026, 12, 2), LONG_AGO, date(2026, 12, 1), 1),
        (date(2026, 12, 28), LONG_AGO, date(2026, 12, 23), 7),
        (date(2026, 12, 28), LONG_AGO, date(2026, 12, 24), 1),
        (date(2026, 12, 28), LONG_AGO, date(2026, 12, 26), None),
        # Later, when nothing was sent on the day itself; not after the evening.
        (MONDAY, LONG_AGO, date(2026, 11, 24), 7),
        (MONDAY, LONG_AGO, date(2026, 11, 27), 7),
        (MONDAY, LONG_AGO, date(2026, 11, 30), 1),
        (MONDAY, LONG_AGO, date(2026, 12, 1), None),
        # Who heard of the evening today hears no more today; of the week then tomorrow.
        (MONDAY, date(2026, 11, 23), date(2026, 11, 23), None),
        (MONDAY, date(2026, 11, 23), date(2026, 11, 24), 7),
        (MONDAY, date(2026, 11, 28), date(2026, 11, 28), None),
        (MONDAY, date(2026, 11, 28), date(2026, 11, 30), None),
        # Who heard since has nothing to be reminded of before the next time.
        (MONDAY, date(2026, 11, 24), date(2026, 11, 25), None),
        (MONDAY, date(2026, 11, 27), date(2026, 11, 28), 1),
        (MONDAY, date(2026, 11, 29), date(2026, 11, 30), None),
    ],
)
def test_reminders(day: date, heard_on: date, today: date, expected: int | None) -> None:
    assert rules.reminder_due(day, heard_on, today, is_open) == expected


def test_a_portal_that_is_never_open_reminds_nobody() -> None:
    for before in range(9):
        today = MONDAY - timedelta(days=before)
        assert rules.reminder_due(MONDAY, LONG_AGO, today, lambda _day: False) is None


DAYS_BEFORE = st.sets(st.integers(0, 30), max_size=12)


@given(closed=DAYS_BEFORE, idle=st.one_of(st.just(set(range(2, 12))), DAYS_BEFORE))
def test_each_reminder_on_its_day_or_as_soon_after_it_as_can_be(closed: set[int], idle: set[int]) -> None:
    """`idle` are the days on which no worker ran; all are counted back from the evening."""

    def open_on(day: date) -> bool:
        return (MONDAY - day).days not in closed

    heard_on, seen = MONDAY - timedelta(days=60), {}
    for before in reversed(range(-2, 31)):
        today = MONDAY - timedelta(days=before)
        due = None if before in idle else rules.reminder_due(MONDAY, heard_on, today, open_on)
        if due is not None and due not in seen:
            seen[due], heard_on = before, today
    week, last = (next(n for n in range(before, 99) if n not in closed) for before in (7, 1))

    def first(*days: int) -> int | None:
        return next((n for n in days if n not in closed | idle), None)

    # When the day before has come nobody is reminded of the week any more.
    expected = {7: first(*range(week, last, -1)), 1: first(*range(last, -1, -1))}
    assert seen == {kind: before for kind, before in expected.items() if before is not None}


@pytest.mark.parametrize(
    ("cancelled_on", "expected"),
    [
        (None, MONDAY + timedelta(weeks=8)),
        (date(2026, 11, 2), date(2026, 12, 28)),
        (MONDAY, MONDAY + timedelta(weeks=8)),
        (MONDAY + timedelta(days=1), MONDAY + timedelta(weeks=8)),
    ],
)
def test_forgotten_weeks_after_the_evening_or_after_it_was_cancelled(
    cancelled_on: date | None, expected: date
) -> None:
    assert rules.purge_on(MONDAY, cancelled_on, 8) == expected


@given(st.dates(date(2026, 1, 1), date(2027, 1, 1)), st.integers(1, 99))
def test_the_term_is_never_longer_because_it_was_cancelled(cancelled_on: date, weeks: int) -> None:
    found = rules.purge_on(MONDAY, cancelled_on, weeks)
    assert found == min(rules.purge_on(MONDAY, None, weeks), cancelled_on + timedelta(weeks=weeks))


LINES = st.lists(st.tuples(st.sampled_from([WAITING, GONE]), st.integers(1, 2)), max_size=12)


@given(st.integers(1, 8), LINES)
def test_after_promotion_nothing_is_oversold_and_nothing_idle(
    capacity: int, entries: list[tuple[State, int]]
) -> None:
    before = line(*entries)
    chosen = set(rules.promoted(capacity, before))
    after = [Entry(one.id, one.places, IN if one.id in chosen else one.state) for one in before]
    assert rules.taken(after) <= capacity
    left = rules.free(capacity, after)
    assert all(one.places > left for one in after if one.state is WAITING)
    assert rules.promoted(capacity, after) == []
    # Nobody of the same size was passed by.
    for size in (1, 2):
        same = [one for one in before if one.state is WAITING and one.places == size]
        got = [one.id in chosen for one in same]
        assert got == sorted(got, reverse=True)
