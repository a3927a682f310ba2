"""What is found, what goes, and what stays: by the law's articles."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from portal.identity.rules import PERMISSIONS, Role
from portal.privacy.persons.rules import (
    KINDS,
    How,
    NoAddress,
    Part,
    Sought,
    What,
    Why,
    may_be_same,
    may_see,
    read,
    sees_all_parts,
    spellings,
    taken_at_first,
    why_stays,
)
from portal.privacy.retention.rules import Kind

PHONE = "+31612345678"


@pytest.mark.parametrize(
    ("typed", "how", "value"),
    [
        ("zoe@voorbeeld.example", How.EMAIL, "zoe@voorbeeld.example"),
        ("  ZOE@Voorbeeld.Example ", How.EMAIL, "zoe@voorbeeld.example"),
        ("0612345678", How.PHONE, PHONE),
        ("06 - 1234 5678", How.PHONE, PHONE),
        ("+31 6 12345678", How.PHONE, PHONE),
        ("0031612345678", How.PHONE, PHONE),
        ("(070) 123 4567", How.PHONE, "+31701234567"),
        ("Z-77-a", How.CASE, "Z-77-a"),
        ("2026001234", How.CASE, "2026001234"),
        ("612345678", How.CASE, "612345678"),
        ("0612", How.CASE, "0612"),
        ("<script>alert(1)</script>", How.CASE, "<script>alert(1)</script>"),
    ],
)
def test_what_is_typed_says_what_it_is(typed: str, how: How, value: str) -> None:
    assert read(typed) == Sought(how, value)


def test_a_case_can_look_like_a_number() -> None:
    assert read("0612345678", as_case=True) == Sought(How.CASE, "0612345678")


@pytest.mark.parametrize(
    "typed", ["zoe@", "@voorbeeld.example", "zoe@voorbeeld", "a@b@c.example", "zoe @x.example"]
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(NoAddress):
        read(typed)


@given(some.text(max_size=300))
def test_whatever_is_typed_is_read_or_refused(typed: str) -> None:
    try:
        found = read(typed)
    except NoAddress:
        assert "@" in typed
    else:
        assert found.how is not How.PHONE or found.value.startswith("+")


def test_an_address_is_found_in_every_spelling_that_a_feature_keeps() -> None:
    assert spellings("Zoe@Bücher.example") >= {"zoe@bücher.example", "zoe@xn--bcher-kva.example"}
    assert spellings("geen adres") == {"geen adres"}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Zoë de Proef", "Zoë", True),
        ("Zoë de Proef", "ZOE  DE PROEF", True),
        ("Z. de Proef", "Zoë de Proef", True),
        ("Zoë de Proef", "Pieter de Proef", False),
        ("Zoë", "Zoëy", False),
        ("", "Zoë", True),
    ],
)
def test_a_household_shares_a_surname(one: str, other: str, same: bool) -> None:
    """AVG art. 15 lid 4: nobody gets what is of somebody else."""
    assert may_be_same(one, other) is may_be_same(other, one) is same


def test_what_bears_another_name_is_not_the_persons_unless_staff_say_so() -> None:
    names = {"mine": "Zoë", "theirs": "Pieter", "nameless": ""}
    assert taken_at_first(names, ["Zoë de Proef"]) == {"mine", "nameless"}
    assert taken_at_first(names, []) == frozenset()
    assert taken_at_first({"mine": "Zoë", "also": "Z."}, []) == {"mine", "also"}
    assert taken_at_first({}, []) == frozenset()


SEEN = {
    Role.QUALITY: {Part.SURVEYS, Part.STAFF},
    Role.COMPLAINTS: {Part.COMPLAINTS, Part.STAFF},
    Role.TALKS: {Part.TALKS, Part.STAFF},
}


@pytest.mark.parametrize("role", sorted(PERMISSIONS["persons.handle"]))
def test_everybody_sees_what_the_work_shows_anyway(role: Role) -> None:
    assert {part for part in Part if may_see(part, [role])} == SEEN[role]
    assert not sees_all_parts([role])


def test_only_all_three_together_see_all_parts() -> None:
    assert sees_all_parts([Role.QUALITY, Role.COMPLAINTS, Role.TALKS])


STAYS = {
    What.COMPLAINT: Why.LAW,  # Awb 9:12a, AVG 17 lid 3 onder b
    What.CONCERNED: Why.LAW,
    What.LEFT_ALONE: Why.LEFT_ALONE,  # AVG 21 lid 3
    What.SHARED_LEFT_ALONE: Why.SHARED,  # AVG 15 lid 4
    What.ACCOUNT: Why.ACCOUNT,
}


@pytest.mark.parametrize("what", What)
def test_what_stays_and_what_goes(what: What) -> None:
    """AVG art. 17: everything goes but what the law or the person's own wish keeps."""
    assert why_stays(what) is STAYS.get(what)


def test_who_wants_that_too_is_also_no_longer_left_alone() -> None:
    assert why_stays(What.LEFT_ALONE, forget_left_alone=True) is None
    for what in set(What) - {What.LEFT_ALONE}:
        assert why_stays(what, forget_left_alone=True) is STAYS.get(what)


@given(some.sets(some.sampled_from(list(Kind))), some.booleans())
def test_a_hold_stops_its_kind_and_nothing_else(held: set[Kind], forget: bool) -> None:
    """AVG art. 17 lid 3 onder e."""
    for what, kind in KINDS.items():
        before, now = (why_stays(what, names, forget_left_alone=forget) for names in ((), held))
        if before is None and set(kind.held_as) & held:
            assert now is Why.HELD
        else:
            assert now is before


def test_every_kind_says_what_becomes_of_it() -> None:
    assert set(KINDS) == set(What)
    assert {name for kind in KINDS.values() for name in kind.held_as} <= set(Kind)
