"""Who may do what, and how long a guesser waits."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.identity.rules import (
    COUNTED_FOR,
    FREE_TRIES,
    FREE_USES,
    PAUSE,
    PERMISSIONS,
    Role,
    may,
    wait_seconds,
)

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
Q, C, T, A = Role.QUALITY, Role.COMPLAINTS, Role.TALKS, Role.ADMIN

WHO_MAY = [
    ("today.see", {Q, C, T, A}),
    ("tasks.finish", {Q}),
    ("response.see", {Q, A}),
    ("results.see", {Q}),
    ("paper.print", {Q, A}),
    ("paper.enter", {Q}),
    ("invitations.see", {Q, A}),
    ("invitations.manage", {Q}),
    ("complaints.see", {Q, C, T, A}),
    ("complaints.register", {Q, C, T, A}),
    ("complaints.coordinate", {C}),
    ("complaints.learn", {C, Q}),
    ("complaints.figures", {C, Q, A}),
    ("talks.manage", {T}),
    ("advices.manage", {T, Q}),
    ("account.own", {Q, C, T, A}),
    ("permissions.see", {Q, C, T, A}),
    ("staff.manage", {A}),
    ("retention.see", {Q, C, A}),
    ("retention.hold", {C, A}),
    ("persons.handle", {Q, C, T}),
]


def test_the_table_names_every_action() -> None:
    assert {action for action, _ in WHO_MAY} == PERMISSIONS.keys()


@pytest.mark.parametrize(("action", "roles"), WHO_MAY)
@pytest.mark.parametrize("role", Role)
def test_each_role_may_do_what_the_table_says(action: str, roles: set[Role], role: Role) -> None:
    assert may([role], action) == (role in roles)
    assert may([str(role)], action) == (role in roles), "also as the name that the database keeps"


def test_nobody_may_do_anything_without_a_role() -> None:
    assert not any(may([], action) or may(["stranger"], action) for action in PERMISSIONS)


@given(st.sets(st.sampled_from(Role)), st.sets(st.sampled_from(Role)), st.sampled_from(sorted(PERMISSIONS)))
def test_two_roles_give_the_rights_of_both(one: set[Role], two: set[Role], action: str) -> None:
    assert may(one | two, action) == (may(one, action) or may(two, action))


def test_an_unknown_action_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        may([Q], "results.sell")


def ago(*seconds: float) -> list[datetime]:
    return [NOW - timedelta(seconds=number) for number in seconds]


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [
        ([], 0),
        (ago(*range(9)), 0),
        (ago(*range(10)), 30),
        (ago(*range(5, 15)), 25),
        (ago(*range(29, 39)), 1),
        (ago(29.5, *range(30, 39)), 1),
        (ago(*range(30, 40)), 0),
        (ago(0, *[601] * 50), 0),
        (ago(*range(1, 10), 600), 0),
        (ago(*range(1, 10), 599), 29),
        (ago(*[-5] * 10), 30),
    ],
)
def test_ten_are_free_then_one_each_half_minute(failures: list[datetime], seconds: int) -> None:
    assert wait_seconds(failures, NOW) == seconds


moments = st.lists(
    st.floats(min_value=-60, max_value=7200, allow_nan=False).map(lambda s: NOW - timedelta(seconds=s)),
    max_size=40,
)


@given(moments)
def test_nobody_waits_more_than_half_a_minute(failures: list[datetime]) -> None:
    assert 0 <= wait_seconds(failures, NOW) <= PAUSE.total_seconds()


@given(moments)
def test_who_waits_as_told_may_try(failures: list[datetime]) -> None:
    past = [moment for moment in failures if moment <= NOW]
    assert wait_seconds(past, NOW + timedelta(seconds=wait_seconds(past, NOW))) == 0


@given(moments, st.randoms())
def test_the_order_and_what_is_old_do_not_count(failures: list[datetime], chance) -> None:  # type: ignore[no-untyped-def]
    shuffled = [*failures, *[NOW - COUNTED_FOR] * FREE_TRIES]
    chance.shuffle(shuffled)
    assert wait_seconds(shuffled, NOW) == wait_seconds(failures, NOW)


@pytest.mark.parametrize(
    ("uses", "seconds"),
    [
        ([], 0),
        (ago(*range(299)), 0),
        (ago(*range(300)), 30),
        (ago(*range(5, 305)), 25),
        (ago(*[601] * 900), 0),
    ],
)
def test_what_is_no_guessing_has_a_limit_of_its_own(uses: list[datetime], seconds: int) -> None:
    assert wait_seconds(uses, NOW, FREE_USES) == seconds
