"""Whether a key was drawn by lot, as README.md makes them, or thought up by somebody. Pure.

A key that was drawn is refused less than once in a hundred thousand times (tests/test_production.py counts it).
"""

import base64
import binascii
import itertools
import re
from collections import Counter
from collections.abc import Sequence

SHORTEST = 32
# Of 32 hexadecimal digits drawn by lot some 14 differ, of 32 letters and digits some 25: fewer is somebody's idea.
FEWEST_SIGNS = 8
FEWEST_SIGNS_OF_MANY = 15
# Of 32 bytes some 30 differ; that one of them is there six times happens once in a million times.
MOST_OF_ONE_BYTE = 5
# Long enough not to be in a key by chance.
THOUGHT_UP = (
    *(
        "changeme",
        "change-me",
        "change_me",
        "changeit",
        "changethis",
        "secret",
        "geheim",
        "wijzig",
        "vervang",
    ),
    *("replace", "voorbeeld", "example", "password", "wachtwoord", "placeholder", "insecure", "sleutel"),
    *("qwerty", "azerty", "asdfgh", "zxcvbn"),
)
_HEX = re.compile(r"[0-9a-f]+|[0-9A-F]+", re.ASCII)
_NOT_FILLED_IN = re.compile(r"[$`<>(){}]")
_BASE64 = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_FILLED_UP = re.compile(r"=+$")


def has_space(key: str) -> bool:
    """Whether a space, a line break or something else that cannot be seen came along."""
    return not key.isprintable() or any(sign.isspace() for sign in key)


def is_guessable(key: str) -> bool:
    """Whether somebody thought the key up, left an example standing, or left it to a shell that was not there."""
    if _NOT_FILLED_IN.search(key) or any(word in key.lower() for word in THOUGHT_UP) or _has_a_run(key):
        return True
    if _HEX.fullmatch(key):
        is_varied = len(set(key)) >= FEWEST_SIGNS
    else:
        # Not so by chance: small letters only are a phrase. A digit may be missing, once in 1500 keys.
        has_both = any(sign.islower() for sign in key) and any(sign.isupper() for sign in key)
        is_varied = has_both and len(set(key)) >= FEWEST_SIGNS_OF_MANY
        is_varied = is_varied and not any(_follows(key[start::2]) for start in (0, 1))
    raw = meant(key)
    return not is_varied or (isinstance(raw, bytes) and is_predictable(raw))


def is_predictable(raw: bytes) -> bool:
    """The same for the bytes of a key: by lot most of them differ, few follow one another, and most are no letters."""
    steps = Counter((after - before) % 256 for before, after in itertools.pairwise(raw))
    return (
        2 * len(set(raw)) <= len(raw)
        or max(Counter(raw).values()) > MOST_OF_ONE_BYTE
        or 3 * max(steps.values()) > len(raw)
        or all(32 <= byte < 127 for byte in raw)
        or _is_repeated(raw)
    )


def meant(key: str) -> bytes | str:
    """What the key comes down to: two that differ only in how they are written are one secret."""
    bare = _FILLED_UP.sub("", key.strip()).replace("+", "-").replace("/", "_")
    try:
        if _HEX.fullmatch(bare):
            return bytes.fromhex(bare)
        if _BASE64.fullmatch(bare):
            return base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
    except (ValueError, binascii.Error):
        pass
    return bare


def _has_a_run(key: str) -> bool:
    """Whether the key is a few signs over and over, or mostly signs that follow one another: 0123, abcd."""
    return _is_repeated(key) or _follows(key)


def _is_repeated(key: Sequence[object]) -> bool:
    return any(
        all(one == other for one, other in zip(key, key[size:], strict=False))
        for size in range(1, len(key) // 2 + 1)
    )


def _follows(key: str) -> bool:
    steps = [abs(ord(one) - ord(other)) for one, other in itertools.pairwise(key)]
    return 3 * sum(step <= 1 for step in steps) > 2 * len(steps)
