"""What is kept until when, and who may say that it stays longer. Pure.

Nothing that names somebody is kept longer than its purpose asks (AVG art. 5 lid 1 onder e). Each kind counts from a
day of its own, such as the day an invitation closed. A term of years ends with the last hour of the same day of that
year, or of the last day of the month where it lacks that day (Verordening 1182/71 art. 3 lid 2 onder c).
"""

from calendar import monthrange
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Kind(StrEnum):
    """What is kept for a term."""

    DRAFTS = "drafts"
    CONTACTS = "contacts"
    TEXTS = "texts"
    UPLOADS = "uploads"
    CALLS = "calls"
    COMPLAINT_DRAFTS = "complaint_drafts"
    COMPLAINTS = "complaints"
    SIGNUPS = "signups"
    CIRCLE = "circle"
    MESSAGES = "messages"
    ACCOUNTS = "accounts"
    ATTEMPTS = "attempts"
    AUDIT = "audit"
    HOLDS = "holds"
    BACKUPS = "backups"


@dataclass(frozen=True)
class Terms:
    """What the profile says about keeping."""

    contacts_weeks: int
    calls_weeks: int
    messages_weeks: int
    texts_years: int
    complaints_years: int
    audit_years: int
    backups_days: int
    evening_weeks: int
    circle_days: int
    complaint_drafts_days: int
    uploads_days: int
    tries_hours: int
    accounts_weeks: int


@dataclass(frozen=True)
class Length:
    """How long something is kept after its day."""

    days: int = 0
    years: int = 0
    hours: int = 0
    """Of what is counted from its own moment, and goes within the day."""

    def ends(self, day: date) -> date:
        """The last day on which is kept what began on this one."""
        if self.years:
            return _in_year(day, day.year + self.years)
        return day + timedelta(days=self.days)

    def reaches_back(self, today: date) -> date:
        """The first day of which everything is still kept: of every day before it the term is over."""
        if not self.years:
            return today - timedelta(days=self.days)
        year = today.year - self.years
        if (today.month, today.day) == (2, 29) and monthrange(year, 2)[1] < today.day:
            return date(year, 3, 1)
        return today.replace(year=year)


def _in_year(day: date, year: int) -> date:
    return day.replace(year=year, day=min(day.day, monthrange(year, day.month)[1]))


@dataclass(frozen=True)
class Rule:
    """How one kind is kept."""

    length: Callable[[Terms], Length]
    told: Callable[[Terms], Length] | None = None
    """The term as it is told, where its last day was worked out when the thing was made: then nothing is added."""
    may_hold: bool = False
    """Whether it can be said to stay longer: of what lives for days or hours nobody asks that."""
    one_by_one: bool = False
    """Whether one thing can be held, by its reference."""
    is_purged: bool = True
    """Whether the portal throws it away itself."""
    is_short: bool = False
    """Whether it goes by its own moment, and so more often than once a day."""

    def as_told(self, terms: Terms) -> Length:
        """How long, for who reads it."""
        return (self.told or self.length)(terms)


RULES: dict[Kind, Rule] = {
    Kind.DRAFTS: Rule(lambda _terms: Length()),
    Kind.CONTACTS: Rule(lambda terms: Length(days=7 * terms.contacts_weeks), may_hold=True),
    Kind.TEXTS: Rule(lambda terms: Length(years=terms.texts_years), may_hold=True),
    Kind.UPLOADS: Rule(lambda terms: Length(days=terms.uploads_days), is_short=True),
    Kind.CALLS: Rule(lambda terms: Length(days=7 * terms.calls_weeks), may_hold=True),
    Kind.COMPLAINT_DRAFTS: Rule(
        lambda _terms: Length(), told=lambda terms: Length(days=terms.complaint_drafts_days)
    ),
    Kind.COMPLAINTS: Rule(lambda terms: Length(years=terms.complaints_years), may_hold=True, one_by_one=True),
    # The evening itself is the first day of its weeks.
    Kind.SIGNUPS: Rule(
        lambda terms: Length(days=7 * terms.evening_weeks - 1),
        told=lambda terms: Length(days=7 * terms.evening_weeks),
    ),
    Kind.CIRCLE: Rule(lambda terms: Length(days=terms.circle_days)),
    Kind.MESSAGES: Rule(lambda terms: Length(days=7 * terms.messages_weeks), may_hold=True),
    Kind.ACCOUNTS: Rule(lambda terms: Length(days=7 * terms.accounts_weeks)),
    Kind.ATTEMPTS: Rule(lambda terms: Length(hours=terms.tries_hours), is_short=True),
    Kind.AUDIT: Rule(lambda terms: Length(years=terms.audit_years), may_hold=True),
    Kind.HOLDS: Rule(lambda terms: Length(years=terms.audit_years)),
    Kind.BACKUPS: Rule(lambda terms: Length(days=terms.backups_days), is_purged=False),
}
PURGED = (
    # First what goes by its own term: what then goes with something else, or is called off by it, was counted so.
    Kind.MESSAGES,
    *(kind for kind, rule in RULES.items() if rule.is_purged and kind is not Kind.MESSAGES),
)
"""What the portal throws away, in this order: complaints before the audit of them."""
SHORT = tuple(kind for kind in PURGED if RULES[kind].is_short)
HOLDABLE = tuple(kind for kind, rule in RULES.items() if rule.may_hold)
ALL = ""
"""What a hold is about that holds a whole kind."""


class Holds:
    """What is held now, of each kind: references, and `ALL`."""

    def __init__(self, active: Iterable[tuple[str, str]] = ()) -> None:
        self._about: dict[str, set[str]] = {}
        for kind, about in active:
            self._about.setdefault(kind, set()).add(about)

    def whole(self, kind: Kind) -> bool:
        """Whether nothing of this kind may go."""
        return ALL in self._about.get(kind, ())

    def single(self, kind: Kind) -> frozenset[str]:
        """Which of this kind are held one by one."""
        return frozenset(self._about.get(kind, ())) - {ALL}


def last_kept(kind: Kind, today: date, terms: Terms) -> date:
    """The earliest day of which things of this kind are kept today; what counts from before it goes."""
    return RULES[kind].length(terms).reaches_back(today)


def goes_on(kind: Kind, day: date, terms: Terms) -> date:
    """The first day on which is thrown away what counts from this day."""
    return RULES[kind].length(terms).ends(day) + timedelta(days=1)


# ---- Who may hold what --------------------------------------------------------------------

COORDINATOR, ADMIN = "complaints", "admin"
"""The roles that may hold something, as identity.rules names them."""
SHORTEST_REASON = 3
"""In words: who reads it later must understand it."""


def may_hold(roles: Collection[str], kind: Kind) -> bool:
    """Whether somebody with these roles may place and end a hold on this kind: coordinators on complaints alone."""
    if not RULES[kind].may_hold:
        return False
    return ADMIN in roles or (COORDINATOR in roles and kind is Kind.COMPLAINTS)


def may_read_reason(roles: Collection[str], kind: Kind) -> bool:
    """Whether they may read why: of complaints coordinators alone, for others see only that one is there (Awb 9:7)."""
    return (COORDINATOR if kind is Kind.COMPLAINTS else ADMIN) in roles


def is_enough(reason: str) -> bool:
    """Whether a reason says something."""
    return len(reason.split()) >= SHORTEST_REASON
