"""The receipt code: shown once, kept as a slow hash only."""

import re
import secrets
import threading
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from portal.crypto import CROCKFORD

LENGTH = 12
"""Sixty bits: nobody guesses it, also not with the database in hand."""
AT_ONCE = 2
"""How many codes are hashed at the same moment in one process: each takes 64 MB meanwhile."""
_hasher = PasswordHasher()
_hashing = threading.BoundedSemaphore(AT_ONCE)
_READ_AS = str.maketrans("OIL", "011")
_BETWEEN = re.compile(r"[\s\-\u2010-\u2015\u2212]+")
"""What may stand between the groups: every blank and dash that a text editor or a mail makes of them."""


def new_code() -> str:
    """Twelve characters that cannot be mistaken for one another."""
    return "".join(secrets.choice(CROCKFORD) for _n in range(LENGTH))


def grouped(code: str) -> str:
    """As it is shown: in three groups of four."""
    return " ".join(code[at : at + 4] for at in range(0, len(code), 4))


def read(typed: str) -> str:
    """The code as it was meant, however it was typed; "" when it cannot be one."""
    code = _BETWEEN.sub("", typed).upper().translate(_READ_AS)
    return code if len(code) == LENGTH and set(code) <= set(CROCKFORD) else ""


def hashed(code: str) -> str:
    """What to keep of a code. Slow on purpose: never inside a transaction."""
    with _hashing:
        return _hasher.hash(code)


def fits(code_hash: str | None, code: str) -> bool:
    """Whether this is the code. Takes as long when there is nothing to compare with."""
    nobodys = _nobodys()
    try:
        with _hashing:
            return _hasher.verify(code_hash or nobodys, code) and code_hash is not None
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys() -> str:
    return hashed(new_code())
