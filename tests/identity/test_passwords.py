"""Which passwords are refused."""

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from portal.identity import accounts
from portal.identity.passwords import LIST, Weak, common, weakness

ABOUT = ("els.jansen@kernteam.example", "Sociaal Kernteam Westland", "SKT Westland")


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("qwertyuiop123", Weak.COMMON),
        ("password1234", Weak.COMMON),
        ("PassWord!!!!2026", Weak.COMMON),
        ("Welkom2026!!", Weak.COMMON),
        ("w@chtw00rd123", Weak.COMMON),
        ("2026-zomer-2026", Weak.COMMON),
        ("zomer2026zomer2026", Weak.COMMON),
        ("wachtwoordwachtwoord", Weak.COMMON),
        ("aaaaaaaaaaaa", Weak.SIMPLE),
        ("            ", Weak.SIMPLE),
        ("123456789012", Weak.SIMPLE),
        ("abcdefghijklmn", Weak.SIMPLE),
        ("xyz1xyz1xyz1", Weak.SIMPLE),
        ("portaal-portaal", Weak.NEAR),
        ("SKT-Westland-2026", Weak.NEAR),
        ("els.jansen.2026!", Weak.NEAR),
        ("J4nsen.kernteam", Weak.NEAR),
        ("een paar losse woorden", None),
        ("nog een paar woorden", None),
        ("één café aan zee", None),
        ("Westland is mooi in het voorjaar", None),
        ("xK9-33-Qa7-pl0", None),
        ("correct horse battery", None),
    ],
)
def test_what_others_would_guess_first(password: str, why: Weak | None) -> None:
    assert weakness(password, ABOUT) is why


def test_the_list_is_whole_and_its_licence_lies_beside_it() -> None:
    assert len(common()) > 19_000
    assert {"123456", "qwerty", "welkom"} <= common()
    assert "Django" in LIST.with_name("common-passwords.LICENSE").read_text()


@given(st.sampled_from(sorted(word for word in common() if word.isalpha())), st.integers(0, 9999))
def test_a_common_word_with_a_number_stays_common(word: str, number: int) -> None:
    assert weakness(f"{word.title()}{number:04}!") is not None


@given(st.text(max_size=200), st.lists(st.text(max_size=40), max_size=3))
def test_whatever_is_typed_gets_an_answer(password: str, about: list[str]) -> None:
    assert weakness(password, about) in {None, *Weak}


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("Welkom2026!!", "gebruiken veel mensen"),
        ("abcabcabcabc", "rijtje"),
        ("westland-westland", "lijkt te veel"),
    ],
)
def test_the_operator_hears_it_too(app: Flask, password: str, words: str) -> None:
    with app.app_context(), pytest.raises(accounts.WeakPassword, match=words):
        accounts.hash_password(password, "els@voorbeeld.example")


def test_nor_ones_own_address(app: Flask) -> None:
    with app.app_context(), pytest.raises(accounts.WeakPassword, match="lijkt te veel"):
        accounts.hash_password("hannelore.vanpoorten", "hannelore.vanpoorten@voorbeeld.example")
