"""How long a session lives, how long a password counts, and who must stay able to let others in."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.identity.devices import device
from portal.identity.rules import (
    FREE_TRIES,
    FREE_UNDER_ATTACK,
    LINK_FOR,
    MANY_AT_ONE,
    MANY_AT_SOURCE,
    PERMISSIONS,
    Refusal,
    Role,
    Standing,
    free_tries,
    is_fresh,
    is_half_way,
    lives,
    opens,
    refusal,
    wants_noting,
)
from portal.identity.words import ACTIONS, REFUSALS, ROLES

NOW = datetime(2026, 11, 23, 23, 50, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
SPANS = st.timedeltas(min_value=timedelta(0), max_value=timedelta(hours=24))


@pytest.mark.parametrize(
    ("began", "seen", "alive"),
    [
        (timedelta(0), timedelta(0), True),
        (HOUR, 30 * MINUTE - SECOND, True),
        (HOUR, 30 * MINUTE, False),
        (10 * HOUR - SECOND, timedelta(0), True),
        (10 * HOUR, timedelta(0), False),
        (10 * HOUR, 30 * MINUTE, False),
        (-MINUTE, -MINUTE, True),
    ],
    ids=["new", "almost idle", "idle", "a long day", "ten hours", "both", "the clock was set back"],
)
def test_a_session_ends_after_half_an_hour_idle_and_ten_hours_in_all(
    began: timedelta, seen: timedelta, alive: bool
) -> None:
    assert lives(NOW - began, NOW - seen, NOW) is alive


@given(SPANS, SPANS, SPANS)
def test_what_is_over_stays_over(began: timedelta, seen: timedelta, later: timedelta) -> None:
    began_at, seen_at = NOW - max(began, seen), NOW - seen
    if not lives(began_at, seen_at, NOW):
        assert not lives(began_at, seen_at, NOW + later)


@given(st.lists(st.timedeltas(min_value=SECOND, max_value=29 * MINUTE), max_size=60))
def test_who_goes_on_working_is_out_after_ten_hours_and_not_before(pauses: Sequence[timedelta]) -> None:
    seen_at = now = NOW
    for pause in pauses:
        now += pause
        assert lives(NOW, seen_at, now) is (now - NOW < 10 * HOUR)
        seen_at = now if wants_noting(seen_at, now) else seen_at


@given(SPANS)
def test_that_it_is_used_is_written_down_once_a_minute(since: timedelta) -> None:
    assert wants_noting(NOW - since, NOW) is (since >= MINUTE)


@pytest.mark.parametrize(
    ("ago", "page", "form"),
    [
        (timedelta(0), True, True),
        (15 * MINUTE - SECOND, True, True),
        (15 * MINUTE, False, True),
        (30 * MINUTE - SECOND, False, True),
        (30 * MINUTE, False, False),
        (-SECOND, False, False),
    ],
)
def test_a_password_counts_for_a_quarter_and_for_a_form_half_an_hour(
    ago: timedelta, page: bool, form: bool
) -> None:
    assert is_fresh(NOW - ago, NOW, is_sent=False) is page
    assert is_fresh(NOW - ago, NOW, is_sent=True) is form


@given(SPANS)
def test_a_form_that_was_opened_can_be_sent_for_a_quarter_more(ago: timedelta) -> None:
    if is_fresh(NOW - ago, NOW, is_sent=False):
        assert is_fresh(NOW - ago, NOW + 15 * MINUTE - SECOND, is_sent=True)


@pytest.mark.parametrize(("left", "does"), [(LINK_FOR, True), (SECOND, True), (timedelta(0), False)])
def test_a_link_opens_for_three_days(left: timedelta, does: bool) -> None:
    assert timedelta(days=3) == LINK_FOR
    assert opens(NOW + left, NOW) is does


@pytest.mark.parametrize(
    ("tries", "free"), [(0, FREE_TRIES), (MANY_AT_ONE - 1, FREE_TRIES), (MANY_AT_ONE, FREE_UNDER_ATTACK)]
)
def test_many_who_try_one_account_get_fewer_tries_each(tries: int, free: int) -> None:
    assert free_tries(tries) == free


@pytest.mark.parametrize("at_account", [0, MANY_AT_ONE])
def test_who_tries_many_accounts_gets_one_try_at_each(at_account: int) -> None:
    assert free_tries(at_account, MANY_AT_SOURCE - 1) == free_tries(at_account)
    assert free_tries(at_account, MANY_AT_SOURCE) == 1


@pytest.mark.parametrize(
    ("ago", "does"),
    [(timedelta(0), True), (10 * MINUTE - SECOND, True), (10 * MINUTE, False), (-SECOND, False)],
)
def test_a_password_leads_to_the_second_step_for_ten_minutes(ago: timedelta, does: bool) -> None:
    assert is_half_way(NOW - ago, NOW) is does


ADMIN, OTHER = frozenset({"admin"}), frozenset({"quality"})
STANDINGS = st.builds(
    Standing, st.frozensets(st.sampled_from([str(role) for role in Role])), st.booleans(), st.booleans()
)


@pytest.mark.parametrize(
    ("before", "after", "others", "expected"),
    [
        (Standing(ADMIN), Standing(OTHER), [], Refusal.LAST_ADMINISTRATOR),
        (Standing(ADMIN), Standing(ADMIN, active=False), [Standing(OTHER)], Refusal.LAST_ADMINISTRATOR),
        (Standing(ADMIN), Standing(OTHER), [Standing(ADMIN, active=False)], Refusal.LAST_ADMINISTRATOR),
        (Standing(ADMIN), Standing(OTHER), [Standing(ADMIN, joined=False)], Refusal.LAST_ADMINISTRATOR),
        (Standing(ADMIN), Standing(OTHER), [Standing(ADMIN)], None),
        (Standing(ADMIN), Standing(ADMIN | OTHER), [], None),
        (Standing(OTHER), Standing(OTHER, active=False), [], None),
        (Standing(ADMIN, joined=False), Standing(ADMIN, active=False, joined=False), [], None),
        (Standing(OTHER), Standing(frozenset()), [Standing(ADMIN)], Refusal.NO_ROLE),
    ],
)
def test_who_may_lose_what(
    before: Standing, after: Standing, others: list[Standing], expected: Refusal | None
) -> None:
    assert refusal(before, after, others) is expected


@given(
    st.lists(STANDINGS, min_size=1, max_size=5),
    st.lists(st.tuples(st.integers(0, 4), STANDINGS), max_size=20),
)
def test_whatever_is_tried_somebody_can_still_let_others_in(
    people: list[Standing], changes: list[tuple[int, Standing]]
) -> None:
    people = [Standing(ADMIN), *people]
    for place, wanted in changes:
        number = place % len(people)
        others = [one for at, one in enumerate(people) if at != number]
        if refusal(people[number], wanted, others) is None:
            people[number] = wanted
        assert any(one.can_administer for one in people)


def test_every_right_role_and_refusal_has_words() -> None:
    assert ACTIONS.keys() == PERMISSIONS.keys()
    assert set(ROLES) == set(Role)
    assert set(REFUSALS) == set(Refusal)


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox, Windows",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
            "Edge, Windows",
        ),
        (
            "Mozilla/5.0 (Linux; Android 15; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36",
            "Samsung Internet, Android",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
            "Safari, iPhone",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
            "Chrome, Mac",
        ),
        ("curl/8.5.0", ""),
        ("", ""),
    ],
)
def test_a_device_is_called_as_its_owner_knows_it(user_agent: str, words: str) -> None:
    assert device(user_agent) == words


@given(st.text(max_size=300))
def test_whatever_a_browser_says_it_fits(user_agent: str) -> None:
    assert len(device(user_agent)) <= 40
