"""Text messages are counted as they are paid for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.outbox.sms_text import BASIC, EXTENSION, Encoding, Size, size

GSM, UCS2 = Encoding.GSM, Encoding.UCS2
basic = st.sampled_from(sorted(BASIC))
in_gsm = st.text(st.sampled_from(sorted(BASIC | EXTENSION)))
outside = st.characters(exclude_characters=sorted(BASIC | EXTENSION))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Size(GSM, 0, 1)),
        ("a", Size(GSM, 1, 1)),
        ("a" * 160, Size(GSM, 160, 1)),
        ("a" * 161, Size(GSM, 161, 2)),
        ("a" * 306, Size(GSM, 306, 2)),
        ("a" * 307, Size(GSM, 307, 3)),
        ("a" * 459, Size(GSM, 459, 3)),
        # An extension letter takes two units ...
        ("€", Size(GSM, 2, 1)),
        ("€" * 80, Size(GSM, 160, 1)),
        ("€" * 80 + "a", Size(GSM, 161, 2)),
        # ... which stay together: 76 of them fill 152 of the 153 units of a segment.
        ("€" * 153, Size(GSM, 306, 3)),
        ("a" * 152 + "€" + "a" * 151, Size(GSM, 305, 2)),
        ("a" * 152 + "€" + "a" * 152, Size(GSM, 306, 3)),
        ("ë", Size(UCS2, 1, 1)),
        ("ë" * 70, Size(UCS2, 70, 1)),
        ("ë" * 71, Size(UCS2, 71, 2)),
        ("ë" * 134, Size(UCS2, 134, 2)),
        ("ë" * 135, Size(UCS2, 135, 3)),
        # An emoji is a pair of units, which stay together too.
        ("🌷", Size(UCS2, 2, 1)),
        ("🌷" * 35, Size(UCS2, 70, 1)),
        ("🌷" * 67, Size(UCS2, 134, 3)),
        ("a" * 66 + "🌷" + "a" * 66, Size(UCS2, 134, 3)),
        ("a" * 65 + "🌷" + "a" * 67, Size(UCS2, 134, 2)),
    ],
)
def test_size(text: str, expected: Size) -> None:
    assert size(text) == expected


@pytest.mark.parametrize("letter", "éèùìòàäöüñÄÖÜÑÇØøÅåÆæßÉ@£$¥§¿¡_\n\r ΔΦΓΛΩΠΨΣΘΞ")
def test_letters_of_the_default_alphabet(letter: str) -> None:
    assert size(letter) == Size(GSM, 1, 1)


@pytest.mark.parametrize("letter", "^{}\\[~]|€\f")
def test_letters_of_the_extension(letter: str) -> None:
    assert size(letter) == Size(GSM, 2, 1)


@pytest.mark.parametrize("letter", "ëïáíóúçâêôŁşğ’“”–…`\t\x1b\u0308")
def test_letters_that_make_every_text_short(letter: str) -> None:
    assert size("a" * 100 + letter) == Size(UCS2, 101, 2)


def test_the_alphabet_has_128_places_of_which_one_is_the_escape() -> None:
    assert len(BASIC) == 127
    assert not BASIC & EXTENSION


@given(in_gsm)
def test_one_segment_up_to_160(text: str) -> None:
    counted = size(text)
    assert counted.encoding is GSM
    assert counted.units == len(text) + sum(letter in EXTENSION for letter in text)
    assert (counted.segments == 1) is (counted.units <= 160)


@given(st.text(), outside)
def test_one_letter_from_outside_decides(text: str, letter: str) -> None:
    counted = size(text + letter)
    assert counted.encoding is UCS2
    assert counted.units == len((text + letter).encode("utf-16-le", "surrogatepass")) // 2
    assert (counted.segments == 1) is (counted.units <= 70)


@given(st.text(max_size=1000), st.text(max_size=20))
def test_more_words_never_cost_less(text: str, more: str) -> None:
    assert size(text).segments <= size(text + more).segments


@given(st.text(alphabet=basic, min_size=161, max_size=2000))
def test_without_pairs_every_segment_is_full(text: str) -> None:
    assert size(text).segments == -(-len(text) // 153)


@given(st.text(max_size=1500))
def test_pairs_waste_at_most_one_unit_a_segment(text: str) -> None:
    counted = size(text)
    alone, together = (160, 153) if counted.encoding is GSM else (70, 67)
    if counted.units > alone:
        assert -(-counted.units // together) <= counted.segments <= -(-counted.units // (together - 1))
