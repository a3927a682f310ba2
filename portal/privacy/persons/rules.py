"""What is found and shown of one person, what goes when he or she asks, and what may not. Pure.

AVG art. 15 (access), 17 (erasure), 20 (portability); art. 15 lid 4: never at the cost of somebody else.
"""

import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from email_validator import EmailNotValidError, validate_email

from portal.identity.rules import may
from portal.phones import UnknownNumber, read_number

_LEAST_DIGITS = 9
_IN_A_NUMBER = frozenset("0123456789+-()/. \u00a0")


class How(StrEnum):
    """By what somebody is sought."""

    EMAIL = "email"
    PHONE = "phone"
    CASE = "case"


@dataclass(frozen=True)
class Sought:
    """What somebody is sought by, in the spelling in which it is kept."""

    how: How
    value: str


class NoAddress(ValueError):
    """With an at sign, and yet no e-mail address."""


def read(typed: str, *, as_case: bool = False) -> Sought:
    """What was typed: an e-mail address, a telephone number, or else the number of a case. Raises NoAddress."""
    text = typed.strip()
    if as_case:
        return Sought(How.CASE, text)
    if "@" in text:
        return Sought(How.EMAIL, _read_email(text))
    number = _number_in(text)
    return Sought(How.PHONE, number) if number else Sought(How.CASE, text)


def _read_email(text: str) -> str:
    try:
        validate_email(text, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        raise NoAddress(text) from error
    return text.lower()


def _number_in(text: str) -> str | None:
    """The telephone number, where it can be nothing else: a case is rarely numbered like one."""
    looks_like_one = set(text) <= _IN_A_NUMBER and text[:1] in ("0", "+", "(")
    if not looks_like_one or sum(sign.isdigit() for sign in text) < _LEAST_DIGITS:
        return None
    return number_of(text)


def number_of(text: str) -> str | None:
    """The number in international form; None where it is none."""
    try:
        return read_number(text)
    except UnknownNumber:
        return None


def spellings(address: str) -> frozenset[str]:
    """An e-mail address in every spelling in which one of the features may keep it."""
    plain = address.strip().lower()
    try:
        found = validate_email(plain, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        return frozenset({plain})
    return frozenset({plain, found.normalized.lower(), (found.ascii_email or plain).lower()})


# ---- Whose it is --------------------------------------------------------------------------


def folded(name: str) -> str:
    """A name without what typing changes in it."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def may_be_same(one: str, other: str) -> bool:
    """Whether two names can be of one person: the first names are the same, or the initial of one another.

    A surname alone says nothing: a household shares it. No name can be anybody's.
    """
    first, second = _first_name(one), _first_name(other)
    if not first or not second:
        return True
    if 1 in (len(first), len(second)):
        return first[0] == second[0]
    return first == second


def _first_name(name: str) -> str:
    plain = unicodedata.normalize("NFKD", folded(name))
    letters = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return next(iter(letters.replace(".", " ").split()), "")


def taken_at_first(names: Mapping[str, str], known_as: Iterable[str]) -> frozenset[str]:
    """Which of these belong to the person unless staff say otherwise, by key, each with the name it bears.

    Where the person's names are known, what bears another name does not; where they are not, nothing does
    as soon as two names differ: an address can be of a whole household (AVG art. 15 lid 4).
    """
    known = [name for name in known_as if name.strip()]
    if not known:
        borne = [name for name in names.values() if name.strip()]
        if any(not may_be_same(borne[0], name) for name in borne):
            return frozenset()
        return frozenset(names)
    return frozenset(
        key for key, name in names.items() if any(may_be_same(name, one_name) for one_name in known)
    )


# ---- Who sees what ------------------------------------------------------------------------


class Part(StrEnum):
    """A part of the portal, with people of its own who may read it."""

    SURVEYS = "surveys"
    TALKS = "talks"
    COMPLAINTS = "complaints"
    STAFF = "staff"


ACTIONS: Mapping[Part, str] = {
    Part.SURVEYS: "invitations.manage",
    Part.TALKS: "talks.manage",
    # Who coordinates is told of complaints at all; which, complaints.independence decides for each (Awb 9:7).
    Part.COMPLAINTS: "complaints.coordinate",
    # That there is an account with this address, and nothing more.
    Part.STAFF: "persons.handle",
}


def may_see(part: Part, roles: Iterable[str]) -> bool:
    """Whether somebody with these roles may see what this part knows of a person."""
    return may(roles, ACTIONS[part])


def sees_all_parts(roles: Iterable[str]) -> bool:
    """Whether somebody with these roles looks into every part. Still not all there is: see complaints.independence."""
    held = frozenset(roles)
    return all(may_see(part, held) for part in Part)


# ---- What goes, what stays ----------------------------------------------------------------


class What(StrEnum):
    """What is kept of somebody."""

    INVITATION = "invitation"
    CALL = "call"
    SURVEY_MESSAGE = "survey_message"
    LEFT_ALONE = "left_alone"
    SHARED_LEFT_ALONE = "shared_left_alone"
    SIGN_UP = "sign_up"
    MEMBER = "member"
    TALK_MESSAGE = "talk_message"
    COMPLAINT = "complaint"
    CONCERNED = "concerned"
    COMPLAINT_DRAFT = "complaint_draft"
    ACCOUNT = "account"


class Why(StrEnum):
    """Why something stays."""

    LAW = "law"
    """A complaint is registered and accounted for (Awb 9:12a), under the archive law: AVG 17 lid 3 onder b."""
    LEFT_ALONE = "left_alone"
    """Kept alone to write no more: AVG art. 21 lid 3, 17 lid 1 onder c turned round."""
    SHARED = "shared"
    """It is about others as well: AVG art. 15 lid 4 and 17 lid 1 speak of one's own data."""
    ACCOUNT = "account"
    """The administrator ends an account; the record of who did what needs its number: AVG 17 lid 3 onder e."""
    HELD = "held"
    """Somebody holds it, for a court or the supervisor: AVG 17 lid 3 onder e, 18."""


@dataclass(frozen=True)
class Kind:
    """What becomes of one kind when a person asks to be forgotten."""

    part: Part
    held_as: tuple[str, ...] = ()
    """The kinds of retention by whose hold it stays, as it takes those along."""
    stays: Why | None = None


KINDS: Mapping[What, Kind] = {
    What.INVITATION: Kind(Part.SURVEYS, ("contacts", "drafts", "messages")),
    What.CALL: Kind(Part.SURVEYS, ("calls",)),
    What.SURVEY_MESSAGE: Kind(Part.SURVEYS, ("messages",)),
    What.LEFT_ALONE: Kind(Part.SURVEYS, stays=Why.LEFT_ALONE),
    What.SHARED_LEFT_ALONE: Kind(Part.SURVEYS, stays=Why.SHARED),
    What.SIGN_UP: Kind(Part.TALKS, ("signups", "messages")),
    What.MEMBER: Kind(Part.TALKS, ("circle", "messages")),
    What.TALK_MESSAGE: Kind(Part.TALKS, ("messages",)),
    What.COMPLAINT: Kind(Part.COMPLAINTS, stays=Why.LAW),
    What.CONCERNED: Kind(Part.COMPLAINTS, stays=Why.LAW),
    What.COMPLAINT_DRAFT: Kind(Part.COMPLAINTS, ("complaint_drafts",)),
    What.ACCOUNT: Kind(Part.STAFF, stays=Why.ACCOUNT),
}


def why_stays(what: What, held: Collection[str] = (), *, forget_left_alone: bool = False) -> Why | None:
    """Why this stays when a person asks to be forgotten; None when it goes.

    `held` are the kinds of retention that somebody holds. `forget_left_alone` is the person's own wish that
    we also forget to write no more.
    """
    kind = KINDS[what]
    if what is What.LEFT_ALONE and forget_left_alone:
        return None
    if kind.stays is not None:
        return kind.stays
    return Why.HELD if set(kind.held_as) & set(held) else None


class NeverFound(StrEnum):
    """What can be kept of somebody and is not found by an address, however one seeks. Said on every page."""

    SENT_ANSWERS = "sent_answers"
    """Nothing leads from a sent answer to a person: AVG art. 11."""
    FAMILY_LINKS = "family_links"
    OTHERS_WORDS = "others_words"
    PAST_TERM = "past_term"
    AUDIT = "audit"
    BACKUPS = "backups"
