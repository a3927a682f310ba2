"""The chain of the audit: whatever is touched, it shows."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.audit.chain import BEGIN, Entry, link

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
    assert link(mac, BEGIN, changed) != link(mac, BEGIN, sealed)


@given(sealed=lists, data=st.data())
def test_a_removed_or_an_inserted_event_shows(sealed: list[Entry], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(sealed) - 1))
    assert link(mac, BEGIN, sealed[:at] + sealed[at + 1 :]) != link(mac, BEGIN, sealed)
    assert link(mac, BEGIN, [*sealed[:at], data.draw(entries), *sealed[at:]]) != link(mac, BEGIN, sealed)


@given(sealed=lists)
def test_what_came_before_is_part_of_it(sealed: list[Entry]) -> None:
    assert link(mac, mac("a"), sealed) != link(mac, mac("b"), sealed)


def test_the_same_moment_and_the_same_details_are_the_same() -> None:
    amsterdam = replace(ENTRY, at=ENTRY.at.astimezone(timezone(timedelta(hours=1))))
    assert link(mac, BEGIN, [amsterdam]) == link(mac, BEGIN, [ENTRY])
    two = replace(ENTRY, details={"a": "1", "b": "2"})
    assert link(mac, BEGIN, [two]) == link(mac, BEGIN, [replace(two, details={"b": "2", "a": "1"})])
