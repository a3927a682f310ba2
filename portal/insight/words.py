"""The Dutch words of what the code names in English."""

from datetime import date
from typing import Any

import phonenumbers
from flask_babel import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.phones import HOME

MOMENTS: dict[str, Any] = {"intake": _l("Intake"), "plan": _l("Plan"), "closure": _l("Afsluiting")}
PILES: dict[str, Any] = {
    **MOMENTS,
    "parenting_help": _l("Opvoedhulp"),
    "family_intake": _l("Gezinsleden: intake"),
    "family_plan": _l("Gezinsleden: plan"),
    "family_closure": _l("Gezinsleden: afsluiting"),
}
DOMAINS: dict[str, Any] = {"youth": _l("Jeugd"), "adults": _l("Volwassenen"), "unknown": _l("Onbekend")}
OPINIONS: dict[str, Any] = {
    "strongly_agree": _l("Helemaal mee eens"),
    "agree": _l("Mee eens"),
    "neutral": _l("Niet eens, niet oneens"),
    "disagree": _l("Niet mee eens"),
    "strongly_disagree": _l("Helemaal niet mee eens"),
}
# How the parts of a pile stand in the address.
PILE_ADDRESSES = {
    "intake": "intake",
    "plan": "plan",
    "afsluiting": "closure",
    "opvoedhulp": "parenting_help",
    "gezin-intake": "family_intake",
    "gezin-plan": "family_plan",
    "gezin-afsluiting": "family_closure",
}

HIDDEN = _l("te weinig antwoorden om te tonen")
HIDDEN_SHORT = _l("te weinig")
UNKNOWN = _l("niet bekend")
NOBODY_INVITED = _l("niemand uitgenodigd")
NO_LINKS = _l("geen links gegeven")
NO_ANSWERS = _l("geen antwoorden")


def month(year: int, number: int, style: str = "MMMM") -> str:
    """The name of a month, for example november."""
    return str(format_date(date(year, number, 1), style))


def quarter(key: str) -> str:
    """2026-Q4 as people say it."""
    return str(_("%(number)se kwartaal %(year)s", number=key[-1], year=key[:4]))


def quarter_short(key: str) -> str:
    """2026-Q4 in the little room under a chart."""
    return str(_("K%(number)s ’%(year)s", number=key[-1], year=key[2:4]))


def rolling_year(last: str) -> str:
    """The four quarters that end with this one."""
    return str(_("jaar tot en met het %(quarter)s", quarter=quarter(last)))


def opinion_columns() -> list[tuple[Any, str]]:
    """The five opinions as columns of a table."""
    return [(name, "number") for name in OPINIONS.values()]


def phone(number: str) -> str:
    """A telephone number as people here read it aloud: 06 12345678, and +48 for one from abroad."""
    try:
        read = phonenumbers.parse(number, HOME)
    except phonenumbers.NumberParseException:
        return number
    if not phonenumbers.is_valid_number(read):
        return number
    is_ours = phonenumbers.region_code_for_number(read) == HOME
    style = phonenumbers.PhoneNumberFormat
    return str(phonenumbers.format_number(read, style.NATIONAL if is_ours else style.INTERNATIONAL))
