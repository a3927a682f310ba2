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
    # What is said at a door.
    {"welkom", "wachtwoord", "geheim", "inloggen", "inlog", "toegang", "hallo", "goedemorgen", "beheer"}
    | {"beheerder", "medewerker", "collega", "gemeente", "nederland", "holland"}
    # The calendar.
    | {"lente", "voorjaar", "zomer", "herfst", "najaar", "winter", "kerst", "pasen", "maandag", "dinsdag"}
    | {"woensdag", "donderdag", "vrijdag", "zaterdag", "zondag", "januari", "februari", "maart", "april"}
    | {"mei", "juni", "juli", "augustus", "september", "oktober", "november", "december"}
    # The work.
    | {"jeugdhulp", "jeugdzorg", "jeugd", "kwaliteit", "kwaliteitsteam", "welzijn", "zorg", "hulp", "sociaal"}
    | {"hulpverlening", "hulpverlener", "kernteam", "wijkteam", "team", "gezin", "kind", "kinderen", "ouders"}
    | {"client", "clienten", "cliënt", "cliënten", "regisseur", "zorgregisseur", "opvoedhulp", "pleegzorg"}
    | {"vragenlijst", "onderzoek", "klacht", "klachten"}
    # Places, near and large.
    | {"westland", "naaldwijk", "wateringen", "monster", "poeldijk", "maasdijk", "honselersdijk", "delier"}
    | {"kwintsheul", "gravenzande", "heenweg", "terheijde", "maassluis", "vlaardingen", "schiedam", "delft"}
    | {"rijswijk", "denhaag", "zoetermeer", "rotterdam", "amsterdam", "utrecht", "houten", "nieuwegein"}
    | {"zeist", "bunnik", "amersfoort", "hilversum", "almere", "lelystad", "haarlem", "leiden", "gouda"}
    | {"dordrecht", "breda", "tilburg", "eindhoven", "nijmegen", "arnhem", "apeldoorn", "zwolle", "enschede"}
    | {"groningen", "leeuwarden", "assen", "middelburg", "maastricht"}
    # Clubs.
    | {"feyenoord", "feijenoord", "ajax", "sparta", "excelsior", "vitesse", "heerenveen", "adodenhaag"}
    | {"fcutrecht", "twente", "fctwente", "psveindhoven", "azalkmaar"}
)
"""What is common here, and not on an international list."""
HERE = frozenset({"portaal", "portal", "klacht", "klachten", "talks"})
"""What somebody thinks of who looks at this website."""

_FEWEST_SIGNS = 5
_MOST_TO_GUESS = 2
"""Two common words are soon tried with one another; three are too many pairs for who is slowed."""
_LEAST_OF_ONES_OWN = 6
_SHORTEST_WORD = 3
_A_WORD = 4
"""A shorter one may stand in what somebody let a machine choose."""
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
    words = {word for text in (*HERE, *about) for word in re.findall(r"[^\W\d_]+", text.casefold())}
    if _is_made_of(small, words):
        return Weak.NEAR
    if _is_common(small) or _is_of_common_words(small):
        return Weak.COMMON
    return None


@cache
def common() -> frozenset[str]:
    """The most used passwords, in small letters."""
    return frozenset(gzip.decompress(LIST.read_bytes()).decode().split("\n")) - {""}


def _is_common(small: str) -> bool:
    return any(core in common() or core in DUTCH for core in _cores(small))


def _is_of_common_words(small: str) -> bool:
    """Whether it is one or two common words with little of one's own: beside one another, with a year, or stuck
    together."""
    for words in (re.findall(r"[^\W\d_]+", small), re.split(r"[\s\-_.,;:/+&]+", small)):
        known = {word for word in words if word in DUTCH or (len(word) >= _A_WORD and _is_common(word))}
        others = _letters(word for word in words if word in known)
        own = _letters(words) - others
        if len(known) <= _MOST_TO_GUESS and own < _LEAST_OF_ONES_OWN <= others:
            return True
    bare = re.sub(r"[\W\d_]+", "", small)
    return any(bare[:end] in DUTCH and bare[end:] in DUTCH for end in range(1, len(bare)))


def _letters(words: Iterable[str]) -> int:
    return sum(character.isalpha() for word in words for character in word)


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
