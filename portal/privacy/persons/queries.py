"""Finding everything about one person, as far as who asks may see it. Changes nothing.

What is sealed and has no look-up hash is opened row by row: tasks, messages that wait, complaints and drafts of
them. Each of those has a bound (`MOST` beside it); what people sent in is found by its hash alone.
"""

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta

from sqlalchemy import select

from portal import clock
from portal.complaints import persons as complaints
from portal.complaints.content import Content
from portal.complaints.models import Complaint
from portal.crypto import LostKey, keyring
from portal.db import db
from portal.identity.models import User
from portal.outbox import persons as outbox
from portal.privacy.models import Hold
from portal.privacy.persons import records
from portal.privacy.persons.records import Record
from portal.privacy.persons.rules import (
    How,
    Part,
    Sought,
    What,
    may_see,
    number_of,
    spellings,
    taken_at_first,
)
from portal.privacy.retention.rules import Kind as RetentionKind
from portal.surveys import persons as surveys
from portal.surveys.inviting.asking import TOPIC as SURVEY
from portal.surveys.inviting.models import Contact
from portal.talks import persons as talks
from portal.talks.notices import TOPIC as TALK
from portal.tasks import persons as tasks

ROUNDS = 3
"""How often the other addresses of a person are sought anew: of those found by those found."""
NOBODY = "nobody"
"""Chosen where it is none of those found by an address that somebody else has as well."""
LASTS = timedelta(hours=12)
"""How long a page with what was found may lie open."""


@dataclass(frozen=True)
class Ask:
    """What somebody of the staff seeks. It travels sealed from page to page: it is in no address and no session."""

    number: str
    """The number of this request, as the record of who did what knows it."""
    sought: Sought
    by: int
    who: tuple[str, ...] = ()
    """Who of those found it is, by the keys of `Candidate`; empty while nobody was chosen."""


class Stale(Exception):
    """The page lay open too long, or is not this account's."""


def seal(ask: Ask) -> str:
    """The question as a field of a page."""
    kept = asdict(ask) | {"at": clock.now().timestamp()}
    return keyring().encrypt(json.dumps(kept)).decode()


def opened(sealed: str, user: User) -> Ask:
    """The question that a page carried. Raises Stale."""
    try:
        kept = json.loads(keyring().decrypt(sealed.encode()))
        at, by = float(kept["at"]), int(kept["by"])
        sought = Sought(How(kept["sought"]["how"]), str(kept["sought"]["value"]))
        ask = Ask(str(kept["number"]), sought, by, tuple(map(str, kept["who"])))
    except (LostKey, ValueError, KeyError, TypeError) as error:
        raise Stale from error
    if by != user.id or clock.now().timestamp() - at > LASTS.total_seconds():
        raise Stale
    return ask


@dataclass(frozen=True)
class Candidate:
    """Somebody it can be: the invitations under one name."""

    key: str
    name: str
    cases: tuple[str, ...]
    moments: int


@dataclass
class Found:
    """What was found, as far as who asked may see it."""

    ask: Ask
    roles: frozenset[str]
    candidates: Sequence[Candidate] = ()
    who: frozenset[str] = frozenset()
    contacts: Sequence[Contact] = ()
    """Those of the person alone."""
    neighbours: Sequence[Contact] = ()
    """Those of others, who have an address or the case in common."""
    records: dict[Part, list[Record]] = field(default_factory=dict)
    uploads: int = 0

    @property
    def must_choose(self) -> bool:
        """Whether several people were found, and nobody said yet which of them it is."""
        return len(self.candidates) > 1 and not self.who

    @property
    def others(self) -> list[Candidate]:
        """Who was found by the same addresses or case, and is somebody else."""
        return [one for one in self.candidates if one.key not in self.who]

    def all(self) -> list[Record]:
        """Every record, in the order of the page."""
        return [record for part in Part for record in self.records.get(part, ())]

    def may_see(self, part: Part) -> bool:
        return may_see(part, self.roles)

    @property
    def taken_at_first(self) -> frozenset[str]:
        """Which records belong to the person unless staff say otherwise.

        The invitations do: their person was chosen. Of the rest the name must fit.
        """
        chosen = {record.key for record in self.all() if record.what is What.INVITATION}
        known_as = [contact.invitation.name or "" for contact in self.contacts]
        rest = {record.key: record.name for record in self.all() if record.key not in chosen}
        return frozenset(chosen) | taken_at_first(rest, known_as)


@dataclass(frozen=True)
class _At:
    """Where one person can be known."""

    emails: frozenset[str]
    phones: frozenset[str]

    def fits(self, email: str, phone: str) -> bool:
        """Whether one of two ways to reach somebody, however they were typed, is one of these."""
        by_email = bool(email) and not self.emails.isdisjoint(spellings(email))
        return by_email or (bool(phone) and number_of(phone) in self.phones)


def find(ask: Ask, user: User) -> Found:
    """Everything about the person that this member of staff may see."""
    found = Found(ask, user.role_names)
    at = _at(ask.sought)
    if found.may_see(Part.SURVEYS):
        _find_people(found, at)
        found.uploads = surveys.uploads_waiting()
        if found.must_choose:
            return found
        at = _widened(at, found.contacts)
        found.records[Part.SURVEYS] = _of_surveys(found, at)
    if found.may_see(Part.TALKS):
        found.records[Part.TALKS] = _of_talks(at)
    found.records[Part.COMPLAINTS] = _of_complaints(at, user, coordinates=found.may_see(Part.COMPLAINTS))
    found.records[Part.STAFF] = [records.account(account) for account in _accounts(at)]
    return found


def _at(sought: Sought) -> _At:
    match sought.how:
        case How.EMAIL:
            return _At(spellings(sought.value), frozenset())
        case How.PHONE:
            return _At(frozenset(), frozenset({sought.value}))
    return _At(frozenset(), frozenset())


def _widened(at: _At, contacts: Iterable[Contact]) -> _At:
    """With the other addresses at which the same person is known."""
    emails, phones = set(at.emails), set(at.phones)
    for contact in contacts:
        emails |= spellings(contact.email) if contact.email else frozenset()
        phones |= {contact.phone} if contact.phone else set()
    return _At(frozenset(emails), frozenset(phones))


# ---- Surveys ------------------------------------------------------------------------------


def _find_people(found: Found, at: _At) -> None:
    """Who it can be, who of them it is, and their invitations: also those under another address of the same name."""
    ask = found.ask
    cases = [ask.sought.value] if ask.sought.how is How.CASE else []
    known = {
        contact.invitation_id: contact
        for contact in surveys.people_at(emails=at.emails, phones=at.phones, cases=cases)
    }
    for _round in range(ROUNDS):
        mine = _of(known.values(), ask.who)
        wide = _widened(at, mine)
        keys = {surveys.key_of(contact) for contact in mine}
        numbers = {contact.case_number for contact in mine}
        more = {
            contact.invitation_id: contact
            for contact in surveys.people_at(emails=wide.emails, phones=wide.phones, cases=numbers)
            # Of the rest of the case only who bears the same name.
            if wide.fits(contact.email or "", contact.phone or "") or surveys.key_of(contact) in keys
        }
        if more.keys() <= known.keys():
            break
        known |= more
    found.candidates = _candidates(known.values())
    there = frozenset({one.key for one in found.candidates} | {NOBODY})
    found.who = there & set(ask.who) if len(found.candidates) > 1 else there
    newest = _newest(known.values())
    found.contacts = [one for one in newest if surveys.key_of(one) in found.who]
    found.neighbours = [one for one in newest if surveys.key_of(one) not in found.who]


def _of(contacts: Iterable[Contact], who: Collection[str]) -> list[Contact]:
    """Those of who was chosen; of the only one there is where nobody had to be."""
    listed = list(contacts)
    keys = {surveys.key_of(contact) for contact in listed}
    wanted = set(who) if who else (keys if len(keys) == 1 else set())
    return [contact for contact in listed if surveys.key_of(contact) in wanted]


def _newest(contacts: Iterable[Contact]) -> list[Contact]:
    return sorted(contacts, key=lambda one: (one.happened_on, one.invitation_id), reverse=True)


def _candidates(contacts: Iterable[Contact]) -> list[Candidate]:
    found: dict[str, Candidate] = {}
    for contact in _newest(contacts):
        key = surveys.key_of(contact)
        known = found.get(key) or Candidate(key, contact.invitation.name or "", (), 0)
        cases = dict.fromkeys((*known.cases, contact.case_number))
        found[key] = replace(known, cases=tuple(cases), moments=known.moments + 1)
    return sorted(found.values(), key=lambda one: (one.name.casefold(), one.cases, one.key))


def _of_surveys(found: Found, at: _At) -> list[Record]:
    drafts = surveys.with_draft(found.contacts)
    subjects = {contact.invitation.public_id for contact in found.contacts}
    about = outbox.about(SURVEY, subjects)
    listed = [
        records.invitation(
            contact,
            has_draft=contact.invitation_id in drafts,
            messages=[one for one in about if one.about == contact.invitation.public_id],
        )
        for contact in found.contacts
    ]
    listed += [
        records.call(task)
        for task in tasks.about(subjects, lambda given: at.fits("", given.get("phone", "")))
    ]
    listed += [
        records.waiting_message(What.SURVEY_MESSAGE, sent)
        for sent in outbox.waiting_for(SURVEY, at.emails | at.phones)
        if sent.about not in subjects | {one.invitation.public_id for one in found.neighbours}
    ]
    sought = found.ask.sought
    case = sought.value if sought.how is How.CASE else ""
    shared = surveys.addresses_of(found.neighbours)
    return listed + [
        records.left_alone(row, is_shared=row.value_index in shared)
        for row in surveys.left_alone(found.contacts, emails=at.emails, phones=at.phones, case=case)
    ]


# ---- Talks, complaints, staff -------------------------------------------------------------


def _of_talks(at: _At) -> list[Record]:
    signups, members = talks.sign_ups(at.emails | at.phones), talks.members(at.emails)
    subjects = {one.public_id for one in signups} | {one.public_id for one in members}
    about = outbox.about(TALK, subjects)
    listed = [
        records.sign_up(signup, [one for one in about if one.about == signup.public_id]) for signup in signups
    ]
    listed += [records.member(one) for one in members]
    return listed + [
        records.waiting_message(What.TALK_MESSAGE, sent)
        for sent in outbox.waiting_for(TALK, at.emails | at.phones)
        if sent.about not in subjects
    ]


def _of_complaints(at: _At, user: User, *, coordinates: bool) -> list[Record]:
    """The complaints that this account reads; of others not even that they are there (Awb 9:7)."""
    fits: Callable[[Content], bool] = lambda content: at.fits(content.email, content.phone)  # noqa: E731
    filed = [one for one in complaints.filed_by(fits) if complaints.may_read(one, user)]
    named = [
        one
        for one in complaints.concerning(at.emails)
        if one.complaint.erased_on is None and complaints.may_read(one.complaint, user)
    ]
    holds = _held_complaints() if filed else frozenset()
    listed = [records.complaint(one, is_held=not holds.isdisjoint({"", one.reference})) for one in filed]
    listed += [records.concerned(one) for one in named]
    if coordinates:
        listed += [records.complaint_draft(draft) for draft in complaints.drafts_by(fits)]
    return listed


def complaints_in(listed: Iterable[Record]) -> list[str]:
    """The references of the complaints that these show something of, each once."""
    ids = [one.number for one in listed if one.what is What.COMPLAINT]
    named = [
        str(fact.value)
        for one in listed
        if one.what is What.CONCERNED
        for fact in one.facts
        if fact.key == "reference"
    ]
    own = db.session.scalars(select(Complaint).where(Complaint.id.in_(ids)).order_by(Complaint.id)).all()
    return list(dict.fromkeys([*(one.reference for one in own), *named]))


def _accounts(at: _At) -> Sequence[User]:
    return db.session.scalars(select(User).where(User.email.in_(at.emails)).order_by(User.id)).all()


def _held_complaints() -> frozenset[str]:
    """Which complaints are held now, by reference; "" stands for all of them."""
    return frozenset(
        db.session.scalars(
            select(Hold.about).where(Hold.kind == RetentionKind.COMPLAINTS, Hold.ended_on.is_(None))
        )
    )


def held() -> frozenset[str]:
    """The kinds of which something is held now."""
    return frozenset(db.session.scalars(select(Hold.kind).where(Hold.ended_on.is_(None)).distinct()))
