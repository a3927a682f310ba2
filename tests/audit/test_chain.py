"""The chain of the audit: whatever is touched, it shows."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.audit.chain import BEGIN, Entry, Seal, content, kept_until, link

words = st.text(max_size=8)
entries = st.builds(
    Entry,
    id=st.integers(1, 99),
    at=st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    actor=words,
    event=words,
    details=st.dictionaries(words, words, max_size=2),
)
lists = st.lists(entries, min_size=1, max_size=6)
ENTRY = Entry(7, datetime(2026, 3, 1, 12, tzinfo=UTC), "3", "task.done", {"task": "5"})


SEAL = Seal(date(2026, 3, 2), date(2032, 3, 2), 7, 9, 3, "c" * 64)


def mac(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


@pytest.mark.parametrize(
    "touch",
    [
        lambda one: replace(one, id=one.id + 1),
        lambda one: replace(one, at=one.at + timedelta(microseconds=1)),
        lambda one: replace(one, actor=one.actor + "0"),
        lambda one: replace(one, event=one.event + "0"),
        lambda one: replace(one, details={**one.details, "more": ""}),
    ],
)
@given(sealed=lists, data=st.data())
def test_a_changed_event_shows(
    touch: Callable[[Entry], Entry], sealed: list[Entry], data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(sealed) - 1))
    changed = [touch(one) if place == at else one for place, one in enumerate(sealed)]
    assert content(mac, changed) != content(mac, sealed)


@given(sealed=lists, data=st.data())
def test_a_removed_or_an_inserted_event_shows(sealed: list[Entry], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(sealed) - 1))
    assert content(mac, sealed[:at] + sealed[at + 1 :]) != content(mac, sealed)
    assert content(mac, [*sealed[:at], data.draw(entries), *sealed[at:]]) != content(mac, sealed)


@pytest.mark.parametrize(
    "touched",
    [
        replace(SEAL, sealed_on=date(2026, 3, 3)),
        replace(SEAL, kept_until=date(2032, 3, 1)),
        replace(SEAL, first_id=8),
        replace(SEAL, last_id=8),
        replace(SEAL, events=2),
        replace(SEAL, content="d" * 64),
    ],
)
def test_a_changed_seal_shows(touched: Seal) -> None:
    assert link(mac, BEGIN, touched) != link(mac, BEGIN, SEAL)


@given(before=words, other=words)
def test_what_came_before_is_part_of_it(before: str, other: str) -> None:
    assert (link(mac, mac(before), SEAL) == link(mac, mac(other), SEAL)) is (before == other)


@given(sealed=lists)
def test_a_link_is_never_what_events_say(sealed: list[Entry]) -> None:
    """Who may write events has no way to have a link made of them."""
    assert content(mac, sealed) != link(mac, BEGIN, SEAL)


def test_the_same_moment_and_the_same_details_are_the_same() -> None:
    amsterdam = replace(ENTRY, at=ENTRY.at.astimezone(timezone(timedelta(hours=1))))
    assert content(mac, [amsterdam]) == content(mac, [ENTRY])
    two = replace(ENTRY, details={"a": "1", "b": "2"})
    assert content(mac, [two]) == content(mac, [replace(two, details={"b": "2", "a": "1"})])


@pytest.mark.parametrize(
    ("sealed_on", "years", "until"),
    [
        (date(2026, 3, 2), 6, date(2032, 3, 2)),
        (date(2028, 2, 29), 6, date(2034, 3, 1)),
        (date(2028, 2, 29), 4, date(2032, 2, 29)),
    ],
)
def test_the_term(sealed_on: date, years: int, until: date) -> None:
    assert kept_until(sealed_on, years) == until
