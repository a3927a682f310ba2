"""The rules of the surveys. Pure: no Flask, no database; the day comes in as an argument."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Moment(StrEnum):
    """When a client is asked (meetmoment)."""

    INTAKE = "intake"
    PLAN = "plan"
    CLOSURE = "closure"


class Domain(StrEnum):
    """Youth help or help for adults."""

    YOUTH = "youth"
    ADULTS = "adults"
    UNKNOWN = "unknown"


class Perspective(StrEnum):
    """Through whose eyes somebody answers."""

    PARENT = "parent"
    YOUNG_PERSON = "young_person"
    ADULT = "adult"
    FAMILY_MEMBER = "family_member"


class Pile(StrEnum):
    """Which answers are shuffled together: a moment's, or those of the parenting-help module.

    The module is a pile of its own because few people get it: hung on the closing answer it
    would point at them. Family members have piles of their own because their answers are never
    mixed with those of the person who was helped.
    """

    INTAKE = "intake"
    PLAN = "plan"
    CLOSURE = "closure"
    PARENTING_HELP = "parenting_help"
    FAMILY_INTAKE = "family_intake"
    FAMILY_PLAN = "family_plan"
    FAMILY_CLOSURE = "family_closure"

    @classmethod
    def of(cls, moment: str, *, first_person: bool) -> "Pile":
        """Where an answer about this moment belongs."""
        return cls(moment if first_person else f"family_{moment}")

    @property
    def waits(self) -> bool:
        """Whether fewer answers than the smallest group wait for the next quarter: few people have these."""
        return self not in {Pile.INTAKE, Pile.PLAN, Pile.CLOSURE}


class Channel(StrEnum):
    """Over what an answer came in."""

    EMAIL = "email"
    SMS = "sms"
    LETTER = "letter"
    PAPER = "paper"


class LinkState(StrEnum):
    """What a personal link opens. Derived, never stored (design 4.4)."""

    OPEN = "open"
    SENT = "sent"
    CLOSED = "closed"


def link_state(*, completed: bool, closes_on: date, today: date) -> LinkState:
    """A sent answer stays sent, also after closing; the closing day itself still counts."""
    if completed:
        return LinkState.SENT
    return LinkState.OPEN if today <= closes_on else LinkState.CLOSED


def closing_date(invited_on: date, open_days: int) -> date:
    """The last day on which a link can be used."""
    return invited_on + timedelta(days=open_days)


def quarter_of(day: date) -> str:
    """The quarter as responses carry it, for example 2026-Q4."""
    return f"{day.year}-Q{(day.month - 1) // 3 + 1}"


_LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})
_CODE = re.compile(r"[0-9A-HJKMNP-TV-Z]{10}")


def read_code(typed: str) -> str | None:
    """A letter code as somebody typed it, or None when it cannot be one.

    Forgives case, spaces, dashes and dots, and the letters that look like digits (Crockford).
    """
    code = re.sub(r"[\s.\-–—_]", "", typed).upper().translate(_LOOKALIKES)
    return code if _CODE.fullmatch(code) else None


Value = str | list[str]


@dataclass(frozen=True)
class Written:
    """One answer as it stands in the draft, and which open page wrote it last.

    `before` is what other pages wrote earlier: it stays above the words of this one.
    """

    own: Value
    tab: str = ""
    before: str = ""

    @property
    def value(self) -> Value:
        """The whole answer."""
        if not self.before or isinstance(self.own, list):
            return self.own
        return f"{self.before}\n\n{self.own}" if self.own else self.before


def merge(*, stored: Written | None, shown: Value, posted: Value, tab: str, is_text: bool) -> Written | None:
    """One answer after a post, with two pages possibly open at once.

    The page that wrote last may change its own words freely. Another page changes nothing
    where it only sends back what it was shown; its closed answer replaces the stored one;
    its text is put below the stored text, because nothing typed is ever lost.
    """
    if stored is None:
        return Written(posted, tab) if posted else None
    if stored.tab == tab:
        return Written(posted, tab, stored.before) if posted or stored.before else None
    if posted == shown or posted == stored.value:
        return stored
    if not is_text:
        return Written(posted, tab) if posted else None
    if not posted:
        return stored
    return Written(posted, tab, str(stored.value))
