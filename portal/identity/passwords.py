"""Which passwords are refused because others would guess them first (NIST SP 800-63B 3.1.1.2; ASVS 6.2). Pure.

No rules about capitals or signs: those make passwords that are hard to remember and not hard to guess.
"""

import gzip
import re
from collections.abc import Iterable
from enum import StrEnum
from functools import cache
from itertools import pairwise
from pathlib import Path

LIST = Path(__file__).parent / "common-passwords.txt.gz"
"""Some twenty thousand of the most used, with Django's licence beside it."""
DUTCH = frozenset(
    {"welkom", "wachtwoord", "geheim", "inloggen", "toegang", "nederland", "gemeente", "medewerker"}
    | {"beheerder", "lente", "zomer", "herfst", "winter", "maandag", "dinsdag", "woensdag", "donderdag"}
    | {"vrijdag", "zaterdag", "zondag", "januari", "februari", "maart", "april", "augustus", "september"}
    | {"oktober", "november", "december"}
)
"""What is common here, and not on an international list."""
HERE = frozenset({"portaal", "portal", "klacht", "klachten", "talks"})
"""What somebody thinks of who looks at this website."""

_FEWEST_SIGNS = 5
_LEAST_OF_ONES_OWN = 6
_SHORTEST_WORD = 3
_LOOKS_LIKE = str.maketrans("@4301!5$7", "aaeoiisst")


class Weak(StrEnum):
    """Why a password is refused."""

    COMMON = "common"
    SIMPLE = "simple"
    NEAR = "near"


def weakness(password: str, about: Iterable[str] = ()) -> Weak | None:
    """Why others would guess this password first; None for one that may be used.

    `about` are texts that a stranger knows: the e-mail address, the names of the organisation.
    """
    small = password.casefold()
    if _is_simple(small):
        return Weak.SIMPLE
    if any(core in common() or core in DUTCH for core in _cores(small)):
        return Weak.COMMON
    words = {word for text in (*HERE, *about) for word in re.findall(r"[^\W\d_]+", text.casefold())}
    if _is_made_of(small, words):
        return Weak.NEAR
    return None


@cache
def common() -> frozenset[str]:
    """The most used passwords, in small letters."""
    return frozenset(gzip.decompress(LIST.read_bytes()).decode().split("\n")) - {""}


def _cores(small: str) -> set[str]:
    """The password itself, without what people hang on it (2026!), and as it reads: w@chtw00rd."""
    bare = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", small)
    read = re.sub(r"[\W_]+$", "", small).translate(_LOOKS_LIKE)
    once = re.fullmatch(r"(.{3,}?)\1+", bare) or re.fullmatch(r"(.{3,}?)\1+", small)
    cores = {small, re.sub(r"[\W_]+", "", small), bare, bare.translate(_LOOKS_LIKE), read}
    return (cores | (_cores(once[1]) if once else set())) - {""}


def _is_simple(small: str) -> bool:
    """A few signs again and again, or a row of the alphabet, the numbers or one short piece."""
    if len(set(small)) < _FEWEST_SIGNS:
        return True
    steps = [ord(after) - ord(before) for before, after in pairwise(small)]
    if sum(abs(step) <= 1 for step in steps) >= len(steps) - 2:
        return True
    return re.fullmatch(r"(.{1,4})\1+.{0,3}", small, re.DOTALL) is not None


def _is_made_of(small: str, words: Iterable[str]) -> bool:
    """Whether little of one's own is left when the words that everybody knows are taken out."""
    left = re.sub(r"[\W\d_]+", " ", small.translate(_LOOKS_LIKE) if not small.isalpha() else small)
    had = left
    for word in sorted(words, key=len, reverse=True):
        if len(word) >= _SHORTEST_WORD:
            left = left.replace(word, " ")
    return left != had and len(left.replace(" ", "")) < _LEAST_OF_ONES_OWN
