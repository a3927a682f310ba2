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


@pytest.mark.parametrize(
    ("days_left", "signed_up_days_ago", "expected"),
    [
        (7, 3, 7),
        (1, 3, 1),
        (8, 3, None),
        (6, 3, None),
        (0, 3, None),
        (7, 0, None),
        (1, 0, None),
        (-1, 3, None),
    ],
)
def test_reminders(days_left: int, signed_up_days_ago: int, expected: int | None) -> None:
    today = date(2026, 11, 23)
    day, signed_up_on = today + timedelta(days=days_left), today - timedelta(days=signed_up_days_ago)
    assert rules.reminder_due(day, signed_up_on, today) == expected


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
