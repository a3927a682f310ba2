"""Finding everything about one person, as far as who asks may see it. Changes nothing.

What is sealed and has no look-up hash is opened row by row, once: tasks, messages that wait, complaints and drafts
of them. Each of those has a bound (`MOST` beside it), and a row that no key opens is counted and left: `Search`
says both. What else people sent in is found by its hash alone.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta

from sqlalchemy import select

from portal import clock
from portal.complaints import persons as complaints
from portal.complaints.models import Complaint
from portal.complaints.persons import Told
from portal.crypto import LostKey, Search, keyring
from portal.db import db
from portal.identity.models import User
from portal.outbox import persons as outbox
from portal.outbox.persons import Sent
from portal.privacy.models import Hold
from portal.privacy.persons import complaint_records, records
from portal.privacy.persons.found import NOBODY, Ask, Candidate, Found
from portal.privacy.persons.records import Record
from portal.privacy.persons.rules import (
    KINDS,
    Goes,
    How,
    Part,
    Sought,
    What,
    goes,
    number_of,
    spellings,
    spellings_of_case,
    taken_at_first,
)
from portal.privacy.retention.rules import Kind as RetentionKind
from portal.privacy.retention.rules import Length
from portal.profile import profile
from portal.surveys import persons as surveys
from portal.surveys.inviting.asking import TOPIC as SURVEY
from portal.surveys.inviting.models import Contact, NoContact
from portal.talks import persons as talks
from portal.talks.notices import TOPIC as TALK
from portal.tasks import persons as tasks
from portal.tasks.persons import Asked

ROUNDS = 3
"""How often the other addresses of a person are sought anew: of those found by those found."""
LASTS = timedelta(hours=12)
"""How long a page with what was found may lie open."""


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
        typed = kept["sought"]
        sought = Sought(How(typed["how"]), str(typed["value"]), str(typed["also"]))
        ask = Ask(str(kept["number"]), sought, by, tuple(map(str, kept["who"])))
    except (LostKey, ValueError, KeyError, TypeError) as error:
        raise Stale from error
    if by != user.id or clock.now().timestamp() - at > LASTS.total_seconds():
        raise Stale
    return ask


@dataclass(frozen=True)
class _At:
    """Where one person can be known."""

    emails: frozenset[str]
    phones: frozenset[str]

    def fits(self, email: str, phone: str) -> bool:
        """Whether one of two ways to reach somebody, however they were typed, is one of these."""
        by_email = bool(email) and not self.emails.isdisjoint(spellings(email))
        return by_email or (bool(phone) and number_of(phone) in self.phones)

    def widened(self, ways: Iterable[tuple[str | None, str | None]]) -> "_At":
        """With these (e-mail address, telephone number) as well, however they were typed."""
        emails, phones = set(self.emails), set(self.phones)
        for email, phone in ways:
            emails |= spellings(email) if email else frozenset()
            phones |= {number} if phone and (number := number_of(phone)) else set()
        return _At(frozenset(emails), frozenset(phones))


@dataclass(frozen=True)
class _Opened:
    """Everything that had to be opened row by row."""

    filed: Sequence[Told]
    drafts: Sequence[Told]
    tasks: Sequence[Asked]
    waiting: Sequence[tuple[str, Sent]]

    @classmethod
    def all(cls, search: Search) -> "_Opened":
        return cls(
            complaints.all_filed(search),
            complaints.all_drafts(search),
            tasks.all_opened(search),
            outbox.waiting([SURVEY, TALK], search),
        )


def find(ask: Ask, user: User) -> Found:
    """Everything about the person that this member of staff may see."""
    found = Found(ask, user.role_names)
    opened = _Opened.all(found.search)
    found.uploads = surveys.uploads_waiting()
    at = _at(ask.sought)
    filed: Sequence[Complaint] = ()
    for _round in range(ROUNDS):
        if found.may_see(Part.SURVEYS):
            _find_people(found, at)
            if found.must_choose:
                found.has_address = found.has_email = True
                return found
        at = at.widened((contact.email, contact.phone) for contact in found.contacts)
        filed = _filed(ask, at, opened, user)
        wider = at.widened(_ways_of(filed, found))
        if wider == at:
            break
        at = wider
    found.has_address, found.has_email = bool(at.emails or at.phones), bool(at.emails)
    held = all_held()
    if found.may_see(Part.SURVEYS):
        found.records[Part.SURVEYS] = _of_surveys(found, at, opened, held)
    if found.may_see(Part.TALKS):
        found.records[Part.TALKS] = _of_talks(at, opened)
    found.records[Part.COMPLAINTS] = _of_complaints(filed, at, user)
    if found.may_see(Part.COMPLAINTS):
        found.records[Part.COMPLAINTS] += _drafts(at, opened)
    found.records[Part.STAFF] = [records.account(account) for account in _accounts(at)]
    _tell_apart(found)
    return found


def _tell_apart(found: Found) -> None:
    """No two of them have one title: staff must know which is which, also by ear."""
    apart = iter(records.told_apart(found.all()))
    found.records = {
        part: [next(apart) for _one in found.records[part]] for part in Part if part in found.records
    }


def _at(sought: Sought) -> _At:
    emails = spellings(sought.value) if sought.how is How.EMAIL else frozenset[str]()
    return _At(emails, frozenset({sought.phone} - {""}))


def _ways_of(filed: Sequence[Complaint], found: Found) -> list[tuple[str, str]]:
    """The other addresses of the person that complaints know: of those alone that bear the person's name."""
    told = {str(one.id): one.content for one in filed}
    theirs = taken_at_first({key: one.name for key, one in told.items()}, found.known_as, found.beside)
    return [(one.email, one.phone) for key, one in told.items() if key in theirs and one.name.strip()]


# ---- Surveys ------------------------------------------------------------------------------


def _find_people(found: Found, at: _At) -> None:
    """Who it can be, who of them it is, and their invitations: also those under another address of the same name."""
    ask = found.ask
    cases = spellings_of_case(ask.sought.case)
    known = {
        contact.invitation_id: contact
        for contact in surveys.people_at(emails=at.emails, phones=at.phones, cases=cases)
    }
    for _round in range(ROUNDS):
        mine = _of(surveys.apart(_newest(known.values())), ask.who)
        wide = at.widened((contact.email, contact.phone) for contact in mine)
        names = {surveys.name_of(contact) for contact in mine} - {""}
        numbers = {contact.case_number for contact in mine}
        more = {
            contact.invitation_id: contact
            for contact in surveys.people_at(emails=wide.emails, phones=wide.phones, cases=numbers)
            # Of the rest of the case only who bears the same name.
            if wide.fits(contact.email or "", contact.phone or "") or surveys.name_of(contact) in names
        }
        if more.keys() <= known.keys():
            break
        known |= more
    people = surveys.apart(_newest(known.values()))
    found.candidates = sorted(
        map(_candidate, people), key=lambda one: (one.name.casefold(), one.cases, one.key)
    )
    found.contacts = _newest(_of(people, ask.who))
    mine_ids = {contact.invitation_id for contact in found.contacts}
    found.neighbours = [one for one in _newest(known.values()) if one.invitation_id not in mine_ids]
    found.who = frozenset(
        {_key(person) for person in people if mine_ids & {one.invitation_id for one in person}}
        | ({NOBODY} if NOBODY in ask.who or not people else set())
    )


def _of(people: Iterable[Sequence[Contact]], who: Collection[str]) -> list[Contact]:
    """The rows of who was chosen, by any of their rows; of the only one there is where nobody had to be."""
    listed = list(people)
    if not who:
        return list(listed[0]) if len(listed) == 1 else []
    return [row for person in listed if any(surveys.key_of(one) in who for one in person) for row in person]


def _newest(contacts: Iterable[Contact]) -> list[Contact]:
    return sorted(contacts, key=lambda one: (one.happened_on, one.invitation_id), reverse=True)


def _key(person: Sequence[Contact]) -> str:
    """Of somebody's first row: what comes in later does not change it."""
    return surveys.key_of(min(person, key=lambda one: one.invitation_id))


def _candidate(person: Sequence[Contact]) -> Candidate:
    ways = [way for contact in person for way in (contact.email, contact.phone, _home(contact)) if way]
    roles = [contact.invitation.perspective or "" for contact in person]
    return Candidate(
        _key(person),
        person[0].invitation.name or "",
        tuple(dict.fromkeys(records.perspective_of(role) for role in roles if role)),
        tuple(dict.fromkeys(contact.case_number for contact in person)),
        tuple(dict.fromkeys(ways)),
        len(person),
    )


def _home(contact: Contact) -> str:
    return ", ".join(records.lines(contact.street, contact.place))


def _of_surveys(found: Found, at: _At, opened: _Opened, held: Collection[str]) -> list[Record]:
    drafts = surveys.with_draft(found.contacts)
    subjects = {contact.invitation.public_id for contact in found.contacts}
    about = outbox.about(SURVEY, subjects)
    is_held = not set(KINDS[What.INVITATION].held_as).isdisjoint(held)
    listed = [
        records.invitation(
            contact,
            has_draft=contact.invitation_id in drafts,
            is_held=is_held,
            messages=[one for one in about if one.about == contact.invitation.public_id],
        )
        for contact in found.contacts
    ]
    listed += [
        records.call(asked.task)
        for asked in opened.tasks
        if asked.subject in subjects or at.fits("", asked.task.details.get("phone", ""))
    ]
    beside = {one.invitation.public_id for one in found.neighbours}
    listed += _waiting(What.SURVEY_MESSAGE, SURVEY, at, opened, subjects | beside)
    shared = surveys.addresses_of(found.neighbours)
    return listed + [
        records.left_alone(row, is_shared=row.value_index in shared) for row in _left_alone(found, at)
    ]


def _left_alone(found: Found, at: _At) -> list[NoContact]:
    """Where we write no more, by every address and every spelling of the case, each once."""
    rows = {
        row.id: row
        for case in sorted(spellings_of_case(found.ask.sought.case)) or [""]
        for row in surveys.left_alone(found.contacts, emails=at.emails, phones=at.phones, case=case)
    }
    return [rows[number] for number in sorted(rows)]


def _waiting(what: What, topic: str, at: _At, opened: _Opened, without: Collection[str]) -> list[Record]:
    """The messages to one of these addresses that belong to nothing else that was found."""
    wanted = {address.casefold() for address in at.emails | at.phones}
    return [
        records.waiting_message(what, sent)
        for address, sent in opened.waiting
        if sent.topic == topic and sent.about not in without and address.strip().casefold() in wanted
    ]


# ---- Talks, complaints, staff -------------------------------------------------------------


def _of_talks(at: _At, opened: _Opened) -> list[Record]:
    signups, members = talks.sign_ups(at.emails | at.phones), talks.members(at.emails)
    subjects = {one.public_id for one in signups} | {one.public_id for one in members}
    about = outbox.about(TALK, subjects)
    listed = [
        records.sign_up(signup, [one for one in about if one.about == signup.public_id]) for signup in signups
    ]
    listed += [records.member(one) for one in members]
    return listed + _waiting(What.TALK_MESSAGE, TALK, at, opened, subjects)


def _filed(ask: Ask, at: _At, opened: _Opened, user: User) -> list[Complaint]:
    """The complaints from these addresses, or of the number that was sought, that this account reads.

    Of others not even that they are there (Awb 9:7).
    """
    ids = {one.id for one in opened.filed if at.fits(one.email, one.phone)}
    if ask.sought.how is How.COMPLAINT and (meant := complaints.numbered(ask.sought.value)):
        ids.add(meant.id)
    return [one for one in complaints.these(ids) if complaints.may_read(one, user)]


def _of_complaints(filed: Sequence[Complaint], at: _At, user: User) -> list[Record]:
    named = [
        one
        for one in complaints.concerning(at.emails)
        if one.complaint.erased_on is None and complaints.may_read(one.complaint, user)
    ]
    holds = _held_complaints() if filed else frozenset()
    running = complaints.running([one.id for one in filed])
    listed = [
        complaint_records.complaint(
            one,
            _leaves(one, is_held=not holds.isdisjoint({"", one.reference}), is_running=one.id in running),
        )
        for one in filed
    ]
    return listed + [complaint_records.concerned(one) for one in named]


def _leaves(one: Complaint, *, is_held: bool, is_running: bool) -> date | Goes:
    """When only counts are left of a complaint."""
    ends = None
    if one.ended_on is not None and not is_running:
        ends = Length(years=profile().retention.complaints_years).ends(one.ended_on) + timedelta(days=1)
    return goes(ends, clock.today(), is_held=is_held)


def _drafts(at: _At, opened: _Opened) -> list[Record]:
    names = {one.id: one.name for one in opened.drafts if at.fits(one.email, one.phone)}
    return [complaint_records.complaint_draft(draft, names[draft.id]) for draft in complaints.drafts(names)]


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


def all_held() -> frozenset[str]:
    """The kinds of which something is held now."""
    return frozenset(db.session.scalars(select(Hold.kind).where(Hold.ended_on.is_(None)).distinct()))
