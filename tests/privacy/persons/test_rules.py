"""What is found, what goes, and what stays: by the law's articles."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as some

from portal.identity.rules import PERMISSIONS, Role
from portal.privacy.persons.rules import (
    KINDS,
    Doubt,
    Goes,
    How,
    NoAddress,
    NoNumber,
    OnlyAName,
    Part,
    Sought,
    What,
    Why,
    doubt,
    goes,
    is_same,
    may_be_same,
    may_see,
    read,
    sees_all_parts,
    spellings,
    spellings_of_case,
    taken_at_first,
    why_stays,
)
from portal.privacy.retention.rules import Kind

PHONE = "+31612345678"


@pytest.mark.parametrize(
    ("typed", "how", "value", "also"),
    [
        ("zoe@voorbeeld.example", How.EMAIL, "zoe@voorbeeld.example", ""),
        ("  ZOE@Voorbeeld.Example ", How.EMAIL, "zoe@voorbeeld.example", ""),
        ("0612345678", How.PHONE, PHONE, "0612345678"),
        ("06 - 1234 5678", How.PHONE, PHONE, "06 - 1234 5678"),
        ("+31 6 12345678", How.PHONE, PHONE, "+31 6 12345678"),
        ("0031612345678", How.PHONE, PHONE, "0031612345678"),
        ("(070) 123 4567", How.PHONE, "+31701234567", "(070) 123 4567"),
        ("06\u201112345678", How.PHONE, PHONE, "06\u201112345678"),
        ("06\u201312345678", How.PHONE, PHONE, "06\u201312345678"),
        ("06\u200912345678", How.PHONE, PHONE, "06 12345678"),
        ("\u202a06-12345678\u202c", How.PHONE, PHONE, "06-12345678"),
        ("tel. 06-12345678", How.PHONE, PHONE, "tel. 06-12345678"),
        ("Mobiel: 0612345678", How.PHONE, PHONE, "Mobiel: 0612345678"),
        ("06 12345678 (mobiel)", How.PHONE, PHONE, "06 12345678 (mobiel)"),
        ("mobiel-123", How.CASE, "mobiel-123", ""),
        ("31612345678", How.CASE, "31612345678", PHONE),
        ("31 6 12345678", How.CASE, "31 6 12345678", PHONE),
        ("612345678", How.CASE, "612345678", PHONE),
        ("Z-77-a", How.CASE, "Z-77-a", ""),
        ("Z\u00a077  a", How.CASE, "Z 77 a", ""),
        ("\u200bZ-77", How.CASE, "Z-77", ""),
        ("ZK2026-12345", How.CASE, "ZK2026-12345", ""),
        ("2026001234", How.CASE, "2026001234", ""),
        ("KL-2026-0001", How.COMPLAINT, "KL-2026-0001", "KL-2026-0001"),
        ("kl 2026 0001", How.COMPLAINT, "KL-2026-0001", "kl 2026 0001"),
        ("<script>alert(1)</script>", How.CASE, "<script>alert(1)</script>", ""),
    ],
)
def test_what_is_typed_says_what_it_is(typed: str, how: How, value: str, also: str) -> None:
    """As the public forms read a number, however it was copied; what can be two things is both."""
    assert read(typed) == Sought(how, value, also)


def test_what_can_be_two_things_is_sought_as_both() -> None:
    for typed in ("612345678", "0612345678"):
        assert (read(typed).phone, read(typed).case) == (PHONE, typed)
    assert (read("Z-77").phone, read("Z-77").case) == ("", "Z-77")
    assert (read("zoe@voorbeeld.example").phone, read("zoe@voorbeeld.example").case) == ("", "")


@pytest.mark.parametrize("typed", ["Zoë de Proef", "Jansen", "O'Neill-Ó Brien", "<>", "\U0001f600 zaak"])
def test_a_name_is_nothing_to_seek_by(typed: str) -> None:
    """AVG art. 15: "nothing found" would be no answer."""
    with pytest.raises(OnlyAName):
        read(typed)
    assert read(typed, as_case=True) == Sought(How.CASE, typed)


@pytest.mark.parametrize("typed", ["0612", "06-1234567", "+31 6", "(070) 12", "061234567890123"])
def test_what_lacks_a_digit_is_no_number(typed: str) -> None:
    with pytest.raises(NoNumber):
        read(typed)
    assert read(typed, as_case=True) == Sought(How.CASE, typed)


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
    except OnlyAName:
        assert not any(sign.isdigit() for sign in typed)
    except NoNumber:
        assert "@" not in typed
    else:
        assert found.how is not How.PHONE or found.value.startswith("+")
        assert found.phone == "" or found.phone.startswith("+")


def test_an_address_is_found_in_every_spelling_that_a_feature_keeps() -> None:
    assert spellings("Zoe@Bücher.example") >= {"zoe@bücher.example", "zoe@xn--bcher-kva.example"}
    assert spellings("geen adres") == {"geen adres"}
    composed, decomposed = "zoe@b\u00fccher.example", "zoe@bu\u0308cher.example"
    for typed in (composed, decomposed, "Zoe@xn--bcher-kva.example"):
        assert spellings(typed) >= {composed, decomposed, "zoe@xn--bcher-kva.example"}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Z  77 a", "Z 77 a"),
        ("Z\u00a077", "Z 77"),
        ("Z\u201177", "Z-77"),
        ("Z\u2013 77", "Z-77"),
        ("Z - 77", "Z-77"),
        ("2026 / 00123", "2026/00123"),
        ("\u200bZ-77\u200e", "Z-77"),
        ("Z\u201177", "Z\u201177"),
    ],
)
def test_a_case_is_found_as_the_registration_writes_it(typed: str, kept: str) -> None:
    assert kept in spellings_of_case(typed)
    assert spellings_of_case("") == frozenset()


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


ZOE = ["Zoë de Proef"]


def test_of_somebody_alone_everything_is_taken() -> None:
    names = {"mine": "Zoë", "initial": "Z. de Proef", "nameless": ""}
    assert taken_at_first(names, ZOE) == taken_at_first(names, []) == set(names)
    assert taken_at_first({}, []) == frozenset()


@pytest.mark.parametrize("others", [["Pieter de Proef"], [""], ["Zara de Proef"]])
def test_beside_somebody_else_no_name_and_an_initial_say_nothing(others: list[str]) -> None:
    """AVG art. 15 lid 4: who shares an address may be the very one it is about."""
    names = {"mine": "Zoë", "theirs": "Pieter", "initial": "Z. de Proef", "nameless": "", "dot": "."}
    assert taken_at_first(names, ZOE, others) == {"mine"}
    assert taken_at_first(names, [], others) == frozenset()


def test_another_name_among_what_was_found_is_somebody_else_too() -> None:
    names = {"mine": "Zoë", "theirs": "Pieter", "initial": "Z.", "nameless": ""}
    assert taken_at_first(names, ZOE) == {"mine"}
    assert taken_at_first(names, []) == frozenset()
    assert taken_at_first({"Johanna": "Johanna", "initial": "J. Jansen"}, ["Jan Jansen"]) == frozenset()


def test_a_first_name_that_two_have_says_nothing() -> None:
    """A father and a son."""
    assert taken_at_first({"a": "Jan de Boer", "b": ""}, ["Jan de Boer"], ["Jan de Boer"]) == frozenset()


def test_who_is_known_by_an_initial_has_nothing_taken_beside_others() -> None:
    assert taken_at_first({"a": "Jan", "b": "J."}, ["J. Jansen"], ["Kim Jansen"]) == frozenset()


@given(some.dictionaries(some.text(max_size=2), some.text(max_size=8)), some.lists(some.text(max_size=8)))
def test_beside_others_nothing_nameless_is_ever_taken(names: dict[str, str], known_as: list[str]) -> None:
    for others in ([], ["Pieter"]):
        taken = taken_at_first(names, known_as, others)
        assert all(any(is_same(names[key], one) for one in known_as) for key in taken)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("Pieter", Doubt.OTHER_NAME),
        ("", Doubt.NO_NAME),
        (" . ", Doubt.NO_NAME),
        ("Z. de Proef", Doubt.UNSURE),
        ("Zoë", Doubt.UNSURE),
    ],
)
def test_what_was_left_out_says_why(name: str, says: Doubt) -> None:
    assert doubt(name, ZOE) is says


def test_where_nobody_is_known_a_name_is_not_sure() -> None:
    assert doubt("Pieter", []) is Doubt.UNSURE


TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("day", "is_held", "when"),
    [
        (date(2026, 11, 24), False, date(2026, 11, 24)),
        (TODAY, False, Goes.SOON),
        (date(2020, 1, 1), False, Goes.SOON),
        (None, False, Goes.RUNS),
        (date(2030, 1, 1), True, Goes.HELD),
        (None, True, Goes.HELD),
    ],
)
def test_when_something_goes_is_true_or_not_said(day: date | None, is_held: bool, when: object) -> None:
    """AVG art. 15 lid 1 onder d: no day that is past, none while it is held or runs."""
    assert goes(day, TODAY, is_held=is_held) == when


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
