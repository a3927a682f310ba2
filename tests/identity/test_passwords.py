"""Which passwords are refused."""

import re

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from portal.identity import accounts
from portal.identity.passwords import DUTCH, LIST, Weak, common, weakness

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
        ("password password", Weak.COMMON),
        ("password123!abc", Weak.COMMON),
        ("abc!123password", Weak.COMMON),
        ("P@ssw0rd-Welkom1", Weak.COMMON),
        ("welkom 2026 utrecht", Weak.COMMON),
        ("Zomer2026Herfst", Weak.COMMON),
        ("zomer 123456 herfst", Weak.COMMON),
        ("WelkomUtrecht1!", Weak.COMMON),
        ("Utrecht123456", Weak.COMMON),
        ("Naaldwijk2026", Weak.COMMON),
        ("Houten-2026-!!", Weak.COMMON),
        ("Westland 2026", Weak.NEAR),
        ("Jeugdhulp2026", Weak.COMMON),
        ("Kwaliteit-2026", Weak.COMMON),
        ("Feyenoord1908!", Weak.COMMON),
        ("Augustus 2026", Weak.COMMON),
        ("Juni-2026-juni", Weak.COMMON),
        ("mei-2026-mei", Weak.COMMON),
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
        ("7f3-2god-91x4", None),
        ("2love-91x4-7f", None),
        ("in de zomer naar Utrecht", None),
        ("ik ga zo op en af", None),
        ("Zomerjurk met stippen", None),
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


SELDOM = re.findall(
    r"\w+",
    "aardbei beukennoot cavia dauwworm eekhoorn fluitketel garnaal haringkar iglo jutezak kachelpijp lorrie "
    "mosterdpot nachtuil ooievaar paardenbloem ragebol slakkenhuis theemuts uilebal vuurpijl waslijn zeewier "
    "brandnetel dobber egelantier fietsbel griesmeel hooivork kruiwagen knikker lantaarn molshoop notenkraker "
    "pannenlap regenton stoofpeer tuimelaar veldmuis wortelkist zolderluik boterbloem drempel emmertje",
)


@given(st.lists(st.sampled_from(SELDOM), min_size=4, max_size=4, unique=True), st.sampled_from(" -.,_"))
def test_four_words_that_are_seldom_chosen_are_good(words: list[str], between: str) -> None:
    assert weakness(between.join(words), ABOUT) is None
    assert weakness("".join(word.title() for word in words), ABOUT) is None


@given(st.sampled_from(sorted(DUTCH)), st.sampled_from(sorted(DUTCH)), st.integers(0, 2100))
def test_two_common_words_of_here_are_not(one: str, other: str, year: int) -> None:
    for password in (
        f"{one.title()} {other} {year}",
        f"{one}{other.title()}{year}!",
        f"{year}-{one}-{other}",
    ):
        assert weakness(password) is not None, password


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
