"""How long each kind is kept (AVG art. 5 lid 1 onder e), counted as Verordening 1182/71 art. 3 counts."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.identity.rules import PERMISSIONS, Role
from portal.privacy.retention import rules
from portal.privacy.retention.kinds import SOURCES
from portal.privacy.retention.rules import (
    HOLDABLE,
    PURGED,
    RULES,
    SHORT,
    Kind,
    Length,
    Terms,
    goes_on,
    last_kept,
)
from portal.privacy.retention.words import FROM, NAMES, NOT_HELD, WHAT, WHY

TERMS = Terms(
    contacts_weeks=13,
    calls_weeks=4,
    messages_weeks=13,
    texts_years=5,
    complaints_years=5,
    audit_years=6,
    backups_days=30,
    evening_weeks=8,
    circle_days=14,
    complaint_drafts_days=14,
    uploads_days=1,
    tries_hours=1,
    accounts_weeks=26,
)
DAYS = st.dates(date(2026, 1, 1), date(2060, 12, 31))
LENGTHS = st.one_of(st.builds(Length, days=st.integers(0, 800)), st.builds(Length, years=st.integers(1, 20)))
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("kind", "began", "last_day"),
    [
        # The closing day itself still counts: the link works on it.
        (Kind.DRAFTS, date(2026, 3, 2), date(2026, 3, 2)),
        (Kind.CONTACTS, date(2026, 3, 2), date(2026, 6, 1)),
        (Kind.CALLS, date(2026, 3, 2), date(2026, 3, 30)),
        (Kind.MESSAGES, date(2026, 3, 2), date(2026, 6, 1)),
        (Kind.TEXTS, date(2026, 3, 31), date(2031, 3, 31)),
        (Kind.COMPLAINTS, date(2026, 3, 2), date(2031, 3, 2)),
        # The years end in one that lacks the day: with the last day of that month.
        (Kind.COMPLAINTS, date(2028, 2, 29), date(2033, 2, 28)),
        (Kind.COMPLAINTS, date(2027, 2, 28), date(2032, 2, 28)),
        (Kind.AUDIT, date(2026, 12, 31), date(2032, 12, 31)),
        (Kind.UPLOADS, date(2026, 3, 2), date(2026, 3, 3)),
        # An evening is purged on the day its weeks are over (talks.rules.purge_on).
        (Kind.SIGNUPS, date(2026, 3, 2), date(2026, 4, 26)),
        (Kind.CIRCLE, date(2026, 3, 2), date(2026, 3, 16)),
        (Kind.ACCOUNTS, date(2026, 3, 2), date(2026, 8, 31)),
        (Kind.BACKUPS, date(2026, 3, 2), date(2026, 4, 1)),
    ],
)
def test_the_last_day_of_each_kind(kind: Kind, began: date, last_day: date) -> None:
    assert goes_on(kind, began, TERMS) == last_day + DAY
    for today, goes in ((last_day - DAY, False), (last_day, False), (last_day + DAY, True)):
        assert (began < last_kept(kind, today, TERMS)) is goes, today


@pytest.mark.parametrize(
    ("today", "first_kept"),
    [
        (date(2032, 2, 28), date(2027, 2, 28)),
        (date(2032, 2, 29), date(2027, 3, 1)),
        (date(2032, 3, 1), date(2027, 3, 1)),
        # A year back from a leap day is no leap day, but four years are.
        (date(2033, 2, 28), date(2028, 2, 28)),
        (date(2033, 3, 1), date(2028, 3, 1)),
    ],
)
def test_a_leap_day(today: date, first_kept: date) -> None:
    assert last_kept(Kind.COMPLAINTS, today, TERMS) == first_kept


@given(LENGTHS, DAYS, DAYS)
def test_nothing_goes_before_its_term_and_everything_after_it(length: Length, day: date, today: date) -> None:
    # AVG art. 5 lid 1 onder e: not shorter than promised, and no longer than needed.
    assert (day < length.reaches_back(today)) is (length.ends(day) < today)


@given(LENGTHS, DAYS, DAYS)
def test_what_went_does_not_come_back(length: Length, one: date, other: date) -> None:
    earlier, later = sorted((one, other))
    assert length.reaches_back(earlier) <= length.reaches_back(later)


@given(st.sampled_from(list(Kind)), DAYS, st.integers(1, 10))
def test_a_longer_term_never_throws_away_more(kind: Kind, today: date, more: int) -> None:
    longer = replace(TERMS, **{name: value + more for name, value in vars(TERMS).items()})
    assert last_kept(kind, today, longer) <= last_kept(kind, today, TERMS)


@given(st.sampled_from(list(Kind)), DAYS)
def test_the_day_it_goes_is_the_first_on_which_it_is_past_its_term(kind: Kind, began: date) -> None:
    on = goes_on(kind, began, TERMS)
    assert began < last_kept(kind, on, TERMS)
    assert began >= last_kept(kind, on - DAY, TERMS)


def test_every_kind_is_told_counted_and_thrown_away_by_somebody() -> None:
    assert set(RULES) == set(NAMES) == set(WHAT) == set(FROM) == set(WHY) == set(Kind)
    assert set(NOT_HELD) == set(Kind) - set(HOLDABLE)
    # Backups lie outside the portal; the audit goes by its seals.
    assert set(SOURCES) == set(Kind) - {Kind.BACKUPS}
    assert {kind for kind, source in SOURCES.items() if source.purge} == set(PURGED) - {Kind.AUDIT}
    # The portal throws away everything itself, once, and what lies outside it not.
    assert set(PURGED) == set(Kind) - {Kind.BACKUPS} and len(PURGED) == len(set(PURGED))
    assert set(SHORT) == {Kind.UPLOADS, Kind.ATTEMPTS}
    # What lives for days, and what is only about ourselves, is not held.
    assert set(PURGED) - set(HOLDABLE) == {
        *(Kind.DRAFTS, Kind.UPLOADS, Kind.COMPLAINT_DRAFTS, Kind.SIGNUPS, Kind.CIRCLE),
        *(Kind.ACCOUNTS, Kind.ATTEMPTS, Kind.HOLDS),
    }


@pytest.mark.parametrize(
    ("roles", "kinds", "reads"),
    [
        ((Role.QUALITY,), set(), set()),
        ((Role.TALKS,), set(), set()),
        ((Role.COMPLAINTS,), {Kind.COMPLAINTS}, {Kind.COMPLAINTS}),
        ((Role.ADMIN,), set(HOLDABLE), set(HOLDABLE) - {Kind.COMPLAINTS}),
        ((Role.ADMIN, Role.COMPLAINTS), set(HOLDABLE), set(HOLDABLE)),
    ],
)
def test_who_holds_what_and_reads_why(roles: tuple[Role, ...], kinds: set[Kind], reads: set[Kind]) -> None:
    """Others see only that a complaint is there (Awb 9:7)."""
    assert {kind for kind in Kind if rules.may_hold(roles, kind)} == kinds
    assert {kind for kind in HOLDABLE if rules.may_read_reason(roles, kind)} == reads
    assert bool(kinds) is (not PERMISSIONS["retention.hold"].isdisjoint(roles))


@pytest.mark.parametrize(
    ("reason", "enough"),
    [("", False), ("rechtszaak", False), ("een rechtszaak", False), ("er loopt een rechtszaak", True)],
)
def test_a_reason_says_something(reason: str, *, enough: bool) -> None:
    assert rules.is_enough(reason) is enough
