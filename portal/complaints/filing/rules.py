"""What filing asks on which step, how long a draft is kept, and what is promised. Pure."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from portal.complaints import content, dues, rules
from portal.complaints.content import Content
from portal.complaints.rules import Domain, OnBehalf, Procedure, Route, Stage, Weeks
from portal.complaints.terms import IsHoliday

EMPTY_DAYS = 1
"""How long a draft waits in which nothing was filled in: machines begin many."""
RECEIPT_SHOWN_FOR = timedelta(hours=1)
"""How long a page that was sent may show its receipt again: for a line that broke, not for who comes after."""
LONGEST = 10_000
LONGEST_LINE = 200
CODE_LENGTH = 10


class Place(StrEnum):
    """The steps of filing, in their order; their names are the last part of the address."""

    WHAT = "wat"
    ABOUT = "over"
    FILES = "bijlagen"
    REACH = "bereikbaar"
    REVIEW = "nakijken"

    @property
    def number(self) -> int:
        return PLACES.index(self) + 1

    def beside(self, steps: int) -> "Place":
        """The step so many further on; the first or the last where there is none."""
        return PLACES[max(0, min(PLACES.index(self) + steps, len(PLACES) - 1))]


PLACES = tuple(Place)

_WHO = frozenset({"name", "email", "phone", "reach", "voicemail"})
_HOME = frozenset({"street", "postcode", "place"})
_FORMAL = frozenset({"formal_by_email"})
# What is asked of whom. What is not here makes no sense for that route, and is not asked.
ASKED: Mapping[Route, frozenset[str]] = {
    Route.COMPLAINT: frozenset(
        {"what", "when", "about", "domain", "on_behalf", "for_whom", "wishes", "wish_other"}
    )
    | _WHO
    | _HOME
    | _FORMAL,
    Route.OBJECTION: frozenset({"what", "decision_sent_on", "about", "domain", "wish_other"})
    | _WHO
    | _HOME
    | _FORMAL,
    Route.OTHER_ORGANISATION: frozenset({"what", "when", "organisation", "about", "wish_other"})
    | _WHO
    | _HOME
    | _FORMAL,
    Route.SIGNAL: frozenset({"what", "when", "about", "domain"}) | _WHO,
    Route.TALK: frozenset({"what", "about", "domain"}) | _WHO,
    Route.DANGER: frozenset({"what", "when", "about"}) | _WHO,
}


@dataclass(frozen=True)
class Filling:
    """What somebody is filling in, and where he or she was."""

    content: Content = field(default_factory=Content)
    route: Route = Route.COMPLAINT
    on_behalf: OnBehalf = OnBehalf.SELF
    domain: Domain = Domain.UNKNOWN
    young: bool = False
    at: Place = Place.WHAT

    def asks(self, name: str) -> bool:
        """Whether this is asked on the route."""
        return name in ASKED[self.route]

    @property
    def is_empty(self) -> bool:
        """Whether nothing was filled in; what led here is no answer."""
        return self.content == Content()

    def as_told(self) -> "Filling":
        """The same, wherever one is looking."""
        return replace(self, at=Place.WHAT)

    def with_answers(self, answers: Mapping[str, Any]) -> "Filling":
        """The same with these answers in place of what stood there."""
        own = {key: answers[key] for key in ("domain", "on_behalf") if key in answers}
        told = {key: value for key, value in answers.items() if key not in own}
        return replace(self, content=replace(self.content, **told), **own)


def to_json(filling: Filling) -> str:
    return json.dumps(asdict(filling), ensure_ascii=False)


def from_json(source: str) -> Filling:
    """Raises ValueError or KeyError when it is none."""
    given = json.loads(source)
    return Filling(
        content=content.from_dict(given["content"]),
        route=Route(given["route"]),
        on_behalf=OnBehalf(given["on_behalf"]),
        domain=Domain(given["domain"]),
        young=bool(given["young"]),
        at=Place(given.get("at", Place.WHAT)),
    )


def kept_until(today: date, days: int, *, is_empty: bool = False) -> date:
    """The last day of a draft that is saved today, where one waits so many days."""
    return today + timedelta(days=min(EMPTY_DAYS, days) if is_empty else days)


_CODE = re.compile(rf"[0-9A-HJKMNP-TV-Z]{{{CODE_LENGTH}}}")
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})


def read_code(typed: str) -> str:
    """The code of a draft as it was meant, however it was typed; "" when it cannot be one."""
    code = re.sub(r"[\s.\-–—_]", "", typed).upper().translate(_READ_AS)
    return code if _CODE.fullmatch(code) else ""


MONTHS = (
    ("jan", "feb", "maa", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec"),
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
)
_YEAR_FIRST = re.compile(r"(\d{4})[-/. ](\d{1,2})[-/. ](\d{1,2})", re.ASCII)
_DAY_FIRST = re.compile(r"(\d{1,2})(?:[-/. ]+)(\d{1,2}|[a-z]{3,10})\.?(?:[-/. ]+)(\d{4})", re.ASCII)


def read_day(typed: str) -> date | None:
    """A day as people write it: 3-11-2026, 3 november 2026, 2026-11-03; None when it is none."""
    text = typed.strip().lower()
    if found := _YEAR_FIRST.fullmatch(text):
        year, month, day = found.groups()
    elif found := _DAY_FIRST.fullmatch(text):
        day, month, year = found.groups()
    else:
        return None
    number = int(month) if month.isdigit() else _month(month)
    try:
        return date(int(year), number, int(day))
    except ValueError:
        return None


def _month(word: str) -> int:
    """The number of a month by its first letters; 0 when it is none. "mrt" is how calendars write March."""
    if word.startswith("mrt"):
        return 3
    return next((names.index(word[:3]) + 1 for names in MONTHS if word[:3] in names), 0)


@dataclass(frozen=True)
class Promise:
    """What is promised to who files today; each day is the last on which it is still in time."""

    by: date
    """When we say what we found; for what is not a complaint, when it was passed on or answered."""
    not_taken_up_by: date
    """When one hears that a complaint is not handled (Awb 9:8 lid 3)."""
    extended: date
    """Until when it may be put off, once (Awb 9:11 lid 2); the same as `by` where it cannot."""
    committee: bool
    """Whether a complaints committee judges (Jeugdwet 4.2.1)."""
    is_judged: bool
    """Whether there is a judgment at all."""


def promise(route: Route, procedure: Procedure, today: date, weeks: Weeks, is_holiday: IsHoliday) -> Promise:
    """The dates for what would be received today, as the rules of handling make them."""
    opened = rules.opened(route, procedure, today, weeks, is_holiday)
    due = dues.next_due(replace(opened, stage=Stage.ACKNOWLEDGED), is_holiday)
    is_judged = route is Route.COMPLAINT
    by = opened.decide_by if is_judged or due is None else due.on
    return Promise(
        by=by,
        not_taken_up_by=opened.not_taken_up_by,
        extended=max(by, rules.latest_extension(opened, weeks, is_holiday)) if is_judged else by,
        committee=is_judged and procedure is Procedure.JEUGDWET,
        is_judged=is_judged,
    )
