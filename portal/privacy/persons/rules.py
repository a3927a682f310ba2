"""What is found and shown of one person, what goes when he or she asks, and what may not. Pure.

AVG art. 15 (access), 17 (erasure), 20 (portability); art. 15 lid 4: never at the cost of somebody else.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from email_validator import EmailNotValidError, validate_email

from portal.identity.rules import may
from portal.phones import UnknownNumber, read_number

_IN_A_NUMBER = frozenset("0123456789+-()/. ")
_BESIDE_A_NUMBER = re.compile(r"\b(?:tel|telefoon|telefoonnummer|mobiel|mob|gsm)\b[.:]*", re.IGNORECASE)
_REFERENCE = re.compile(r"KL ?-? ?(\d{4}) ?-? ?(\d{4,7})", re.ASCII | re.IGNORECASE)
_AROUND_A_SIGN = re.compile(r" *([-/.]) *")


class How(StrEnum):
    """By what somebody is sought."""

    EMAIL = "email"
    PHONE = "phone"
    CASE = "case"
    COMPLAINT = "complaint"


@dataclass(frozen=True)
class Sought:
    """What somebody is sought by, in the spelling in which it is kept."""

    how: How
    value: str
    also: str = ""
    """What the same text can be besides: of a telephone number the number of a case, and the other way round."""

    @property
    def phone(self) -> str:
        """The telephone number it is or can be, in international form."""
        return {How.PHONE: self.value, How.CASE: self.also}.get(self.how, "")

    @property
    def case(self) -> str:
        """The number of a case that it is or can be."""
        return {How.CASE: self.value, How.EMAIL: ""}.get(self.how, self.also)


class Unreadable(ValueError):
    """What was typed is nothing by which somebody can be sought."""


class NoAddress(Unreadable):
    """With an at sign, and yet no e-mail address."""


class OnlyAName(Unreadable):
    """Nothing in it is a number: a name finds nobody, and that would be no answer to who asks (AVG art. 15)."""


class NoNumber(Unreadable):
    """Typed like a telephone number, and yet none: a digit is missing, or there is one too many."""


def read(typed: str, *, as_case: bool = False) -> Sought:
    """What was typed: an e-mail address, a telephone number, the number of a complaint, or of a case.

    Raises NoAddress, OnlyAName or NoNumber.
    """
    text = plain(typed)
    if as_case:
        return Sought(How.CASE, text)
    if "@" in text:
        return Sought(How.EMAIL, _read_email(text))
    if not any(sign.isdigit() for sign in text):
        raise OnlyAName(text)
    if found := _REFERENCE.fullmatch(_dashed(text)):
        return Sought(How.COMPLAINT, f"KL-{found[1]}-{found[2]}", text)
    return _number_or_case(text)


def _number_or_case(text: str) -> Sought:
    """The telephone number, the number of a case, or what can be both. Raises NoNumber."""
    bare = _BESIDE_A_NUMBER.sub("", _dashed(text)).strip()
    number = number_of(bare) if set(bare) <= _IN_A_NUMBER else None
    if bare[:1] in ("0", "+", "(") and set(bare) <= _IN_A_NUMBER:
        if number is None:
            raise NoNumber(text)
        return Sought(How.PHONE, number, text)
    return Sought(How.CASE, text, number or "")


def _read_email(text: str) -> str:
    try:
        validate_email(text, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        raise NoAddress(text) from error
    return text.lower()


def plain(typed: str) -> str:
    """A text as the import keeps it: single blanks, one spelling of accents, nothing that cannot be seen."""
    seen = "".join(sign for sign in typed if unicodedata.category(sign) != "Cf")
    return " ".join(unicodedata.normalize("NFC", seen).split())


def _dashed(text: str) -> str:
    """With one kind of dash: telephones and word processors make several."""
    return "".join("-" if unicodedata.category(sign) == "Pd" or sign == "\u2212" else sign for sign in text)


def number_of(text: str) -> str | None:
    """The number in international form; None where it is none."""
    try:
        return read_number(_dashed(plain(text)))
    except UnknownNumber:
        return None


def spellings(address: str) -> frozenset[str]:
    """An e-mail address in every spelling in which one of the features may keep it."""
    typed = address.strip().lower()
    found = {typed}
    try:
        read_as = validate_email(plain(typed), check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        pass
    else:
        found |= {read_as.normalized.lower(), (read_as.ascii_email or typed).lower()}
    composed = {unicodedata.normalize("NFC", one) for one in found}
    return frozenset(found | composed | {unicodedata.normalize("NFD", one) for one in found})


def spellings_of_case(number: str) -> frozenset[str]:
    """The number of a case as it was typed, and as a registration would write it: its dash, no blanks around it."""
    text = plain(number)
    dashed = _dashed(text)
    return frozenset({text, dashed, _AROUND_A_SIGN.sub(r"\1", dashed)}) - {""}


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


def is_same(one: str, other: str) -> bool:
    """Whether two names are of one person as far as a name can say: both have the same whole first name."""
    first = _first_name(one)
    return len(first) > 1 and first == _first_name(other)


def _first_name(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", folded(name))
    letters = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    return next(iter(letters.replace(".", " ").split()), "")


def taken_at_first(
    names: Mapping[str, str], known_as: Iterable[str], others: Iterable[str] | None = None
) -> frozenset[str]:
    """Which of these belong to the person unless staff say otherwise, by key, each with the name it bears.

    An address can be of a whole household (AVG art. 15 lid 4). `others` are the names of who has an address or the
    case in common; None where there is nobody. As soon as there is somebody else, or one of these bears another
    name, no name and an initial say nothing any more: what is taken bears the whole first name of the person, and
    of nobody else.
    """
    known = [name for name in known_as if _first_name(name)]
    borne = [name for name in names.values() if _first_name(name)]
    if not known:
        alone = others is None and all(may_be_same(one, other) for one in borne for other in borne)
        return frozenset(names) if alone else frozenset()
    beside = list(others or ())
    fits_all = all(any(may_be_same(name, mine) for mine in known) for name in borne)
    if others is None and fits_all:
        return frozenset(names)
    return frozenset(
        key
        for key, name in names.items()
        if any(is_same(name, mine) for mine in known) and not any(is_same(name, other) for other in beside)
    )


class Doubt(StrEnum):
    """Why something found was not taken as the person's own. Said beside it."""

    OTHER_NAME = "other_name"
    NO_NAME = "no_name"
    UNSURE = "unsure"
    """An initial, or a first name that somebody else beside it has too."""


def doubt(name: str, known_as: Iterable[str]) -> Doubt:
    """What is said beside something that was left out."""
    if not _first_name(name):
        return Doubt.NO_NAME
    known = [one for one in known_as if _first_name(one)]
    return Doubt.UNSURE if not known or any(may_be_same(name, one) for one in known) else Doubt.OTHER_NAME


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


NEEDS_A_NAME = frozenset({What.COMPLAINT, What.CONCERNED, What.COMPLAINT_DRAFT})
"""What without a name is never taken for somebody's own: it can be about the very person who asks."""


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


class Goes(StrEnum):
    """When something goes by itself, where that is no day."""

    SOON = "soon"
    """Its term is over: it goes in one of the next rounds."""
    RUNS = "runs"
    """The complaint goes on: its term has not begun."""
    HELD = "held"


def goes(day: date | None, today: date, *, is_held: bool = False) -> date | Goes:
    """When something goes by itself of which the term ends on this day; None where its term has not begun."""
    if is_held:
        return Goes.HELD
    if day is None:
        return Goes.RUNS
    return day if day > today else Goes.SOON


class NeverFound(StrEnum):
    """What can be kept of somebody and is not found by an address, however one seeks. Said on every page."""

    SENT_ANSWERS = "sent_answers"
    """Nothing leads from a sent answer to a person: AVG art. 11."""
    FAMILY_LINKS = "family_links"
    OTHERS_WORDS = "others_words"
    PAST_TERM = "past_term"
    AUDIT = "audit"
    BACKUPS = "backups"


class NotSearched(StrEnum):
    """Where this time nobody could look, or not everywhere. "Nothing found" is no answer about that (AVG art. 15)."""

    LOST_KEY = "lost_key"
    TOO_MANY = "too_many"
    """There was more than is opened at once."""
    CASE_ONLY = "case_only"
    """No address is known of the case: what is found by address alone was not sought."""
    CASE_ADDRESSES = "case_addresses"
    """A case was sought: what is found by address alone was sought by those of the case."""
    NO_EMAIL = "no_email"
    """No e-mail address is known: what is found by that alone was not sought."""
    NO_ADDRESS = "no_address"
    """Complaints without an e-mail address or telephone number."""
    UPLOADS = "uploads"
