"""Telephone numbers as people type them."""

import phonenumbers

HOME = "NL"


class UnknownNumber(ValueError):
    """The text is no telephone number that can be called."""


def read_number(typed: str) -> str:
    """The number in international form (E.164), Dutch unless it says otherwise. Raises UnknownNumber."""
    try:
        number = phonenumbers.parse(typed, HOME)
    except phonenumbers.NumberParseException as error:
        raise UnknownNumber(typed) from error
    if not phonenumbers.is_valid_number(number):
        raise UnknownNumber(typed)
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
