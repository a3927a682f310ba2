"""The pure rules of the surveys, by table and by property."""

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal.crypto import CROCKFORD
from portal.surveys.answering.rules import (
    OTHER,
    TRAITS,
    PostedPage,
    Problem,
    Traited,
    Traits,
    generalise,
    has_answer,
    take,
)
from portal.surveys.questionnaire import TEXT_LIMIT
from portal.surveys.questionnaire_file import parse
from portal.surveys.rules import LinkState, Written, closing_date, link_state, merge, quarter_of, read_code
from tests.surveys.test_questionnaire import SOURCES

DAY = date(2026, 11, 23)
QUESTIONS = parse(SOURCES["intake"]).questions_for(parenting_help=False)


@pytest.mark.parametrize(
    ("completed", "days_left", "state"),
    [
        (False, 1, LinkState.OPEN),
        (False, 0, LinkState.OPEN),
        (False, -1, LinkState.CLOSED),
        (True, 1, LinkState.SENT),
        (True, -1, LinkState.SENT),
    ],
)
def test_what_a_link_opens(completed: bool, days_left: int, state: LinkState) -> None:
    closes_on = DAY + timedelta(days=days_left)
    assert link_state(completed=completed, closes_on=closes_on, today=DAY) is state


@pytest.mark.parametrize(
    ("day", "quarter"),
    [
        (date(2026, 1, 1), "2026-Q1"),
        (date(2026, 3, 31), "2026-Q1"),
        (date(2026, 4, 1), "2026-Q2"),
        (date(2026, 12, 31), "2026-Q4"),
    ],
)
def test_quarters(day: date, quarter: str) -> None:
    assert quarter_of(day) == quarter


def test_a_link_stays_open_for_the_profiles_days() -> None:
    assert closing_date(date(2026, 11, 1), 42) == date(2026, 12, 13)


@given(st.text(CROCKFORD, min_size=10, max_size=10), st.randoms())
def test_every_code_is_read_back_however_it_is_typed(code: str, chance) -> None:  # type: ignore[no-untyped-def]
    looks_like = {"0": "0oO", "1": "1iIlL"}
    typed = "".join(
        chance.choice(looks_like.get(sign, sign + sign.lower()))
        + chance.choice(["", "", " ", "-", ".", "\t"])
        for sign in code
    )
    assert read_code(typed) == code


@pytest.mark.parametrize("typed", ["", "123456789", "12345678901", "ABCDEFGHJU", "€€€€€€€€€€", "é123456789"])
def test_what_is_no_code(typed: str) -> None:
    assert read_code(typed) is None


WORDS = st.text(min_size=0, max_size=5)


@given(stored=WORDS, shown=WORDS, posted=WORDS, is_text=st.booleans(), same_tab=st.booleans())
@example(stored="a", shown="", posted="b", is_text=True, same_tab=False)
def test_merging_never_loses_a_word(
    stored: str, shown: str, posted: str, is_text: bool, same_tab: bool
) -> None:
    before = Written(stored, "one" if same_tab else "other") if stored else None
    after = merge(stored=before, shown=shown, posted=posted, tab="one", is_text=is_text)
    value = str(after.value) if after else ""
    if same_tab or not stored:
        assert value == posted
    elif posted in (shown, stored):
        assert value == stored
    elif is_text:
        assert stored in value and posted in value
    else:
        assert value == posted


@given(first=WORDS, typed=st.lists(WORDS, min_size=1, max_size=5))
def test_saving_again_and_again_keeps_the_other_tabs_words(first: str, typed: list[str]) -> None:
    state = merge(stored=None, shown="", posted=first, tab="one", is_text=True)
    for words in typed:
        state = merge(stored=state, shown="", posted=words, tab="two", is_text=True)
    value = str(state.value) if state else ""
    assert first in value
    assert typed[-1] in value or typed[-1] == ""


def posted(**values: str) -> PostedPage:
    return PostedPage("tab", dict.fromkeys(values, ""), values)


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("grade", "10", None),
        ("grade", "11", Problem.OFF_SCALE),
        ("grade", "0", Problem.OFF_SCALE),
        ("grade", "8.5", Problem.OFF_SCALE),
        ("speed", "agree", None),
        ("speed", "Mee eens", Problem.OFF_SCALE),
        ("went_well", "a" * TEXT_LIMIT, None),
        ("went_well", "a" * (TEXT_LIMIT + 1), Problem.TOO_LONG),
    ],
)
def test_what_is_taken_of_a_page(key: str, value: str, problem: Problem | None) -> None:
    saved = take(QUESTIONS, {}, posted(**{key: value, "respect": "agree"}))
    assert saved.problems == ({key: problem} if problem else {})
    assert (key in saved.answers) is (problem is None)
    assert "respect" in saved.answers, "a good answer beside a wrong one is kept"


def test_a_tick_alone_is_no_answer() -> None:
    assert not has_answer({"went_well.quote": Written("yes")})
    assert has_answer({"went_well": Written("a")})


PEOPLE = st.lists(
    st.builds(
        Traits,
        perspective=st.sampled_from(["parent", "adult", "young_person"]),
        channel=st.sampled_from(["email", "sms", "letter", "paper"]),
        language=st.sampled_from(["nl", "nl", "nl", "en", "pl"]),
        team=st.sampled_from(["A", "B", "C", ""]),
    ),
    max_size=60,
)


@given(PEOPLE, st.integers(2, 8))
def test_every_kept_combination_is_shared_by_enough(people: list[Traits], smallest: int) -> None:
    told = generalise([Traited(number, traits) for number, traits in enumerate(people)], smallest)
    assert sorted(row.answer for row in told) == list(range(len(people))), "no answer comes or goes"
    sizes = Counter(row.traits for row in told)
    assert all(size >= min(smallest, len(people)) for size in sizes.values())
    for row in told:
        for name in TRAITS:
            assert getattr(row.traits, name) in (getattr(people[row.answer], name), OTHER)


@given(PEOPLE, PEOPLE, st.integers(2, 8))
def test_a_second_emptying_never_tells_more_of_the_first(
    first: list[Traits], second: list[Traits], smallest: int
) -> None:
    told = generalise([Traited(("first", n), traits) for n, traits in enumerate(first)], smallest)
    earlier = {row.answer: row.traits for row in told}
    both = generalise([*told, *(Traited(("second", n), t) for n, t in enumerate(second))], smallest)
    sizes = Counter(row.traits for row in both)
    assert all(size >= min(smallest, len(both)) for size in sizes.values())
    for row in both:
        if row.answer in earlier:
            for name in TRAITS:
                assert getattr(row.traits, name) in (getattr(earlier[row.answer], name), OTHER)


def test_a_single_leftover_is_no_group() -> None:
    people = [Traits("parent", "email", "nl", "A")] * 6 + [Traits("adult", "email", "nl", "A")]
    told = generalise([Traited(n, traits) for n, traits in enumerate(people)], 5)
    assert {row.traits.perspective for row in told} == {OTHER}, "the one adult would stand alone"
