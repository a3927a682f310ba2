"""Look-up hashes: by these a case, an address or a person is found again without being kept readable.

Values are brought into one spelling first, so that small differences of typing make no other person.
"""

import unicodedata

from portal.crypto import keyring

_BETWEEN = "\x1f"


def case_index(number: str) -> str:
    """The look-up hash of a case number; capitals and blanks around it do not matter."""
    return keyring().index("case", unicodedata.normalize("NFC", number).strip().upper())


def email_index(address: str) -> str:
    """The look-up hash of an e-mail address; capitals do not matter."""
    return keyring().index("email", _folded(address))


def phone_index(number: str) -> str:
    """The look-up hash of a telephone number in international form (`phones.read_number`)."""
    return keyring().index("phone", number.strip())


def post_index(name: str | None, postcode: str, street: str) -> str:
    """The look-up hash of one person at one address; capitals and blanks do not matter.

    The name belongs to it: who wants no letters says so for himself, not for the whole house.
    """
    parts = ("".join(_folded(part).split()) for part in (name or "", postcode, street))
    return keyring().index("post", _BETWEEN.join(parts))


def person_index(case_number: str, name: str) -> str:
    """The look-up hash of one person within a case, over every change of address."""
    return keyring().index(
        "person", _BETWEEN.join((case_index(case_number), " ".join(_folded(name).split())))
    )


def waiting_index(value_index: str) -> str:
    """By what an address waits while a complaint from there is handled: made of its own hash, and not the same.

    Or the database alone would tell of which case, team and day somebody complained.
    """
    return keyring().index("waits-for-complaint", value_index)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).strip().casefold())
