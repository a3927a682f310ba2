"""The client registration's export becomes invitations: looked at first, then taken in, as often as one likes."""

import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import islice
from typing import TypeVar

from sqlalchemy import delete

from portal import clock
from portal.audit.operations import record
from portal.crypto import keyring
from portal.db import db, exclusive, transaction
from portal.outbox.hours import hours
from portal.outbox.operations import channels
from portal.outbox.rules import Channel
from portal.profile import profile
from portal.surveys.inviting import indexes
from portal.surveys.inviting.asking import Known, addresses_of, is_over, reachable_by
from portal.surveys.inviting.models import Contact, ImportFile
from portal.surveys.inviting.operations import new_invitation, plan
from portal.surveys.inviting.recognising import (
    Marked,
    Outcome,
    Standing,
    Status,
    classified,
    contacts_of,
    last_words,
    mark_lost,
    take_back,
)
from portal.surveys.inviting.registration import Reading, Row, Unreadable, read
from portal.surveys.inviting.rules import (
    Facts,
    NotAsked,
    Plan,
    day_of_next,
    decide,
    first_day,
    is_too_old,
    next_open,
    next_step,
)
from portal.surveys.models import Invitation
from portal.surveys.rules import Moment, Perspective, closing_date

Copied = TypeVar("Copied", Contact, Invitation)

BATCH = 500
UPLOAD_LIMIT = 2 * 1024 * 1024
"""How many bytes an uploaded export may have; the command takes any size."""


@dataclass(frozen=True)
class Days:
    """When people are asked, by the profile and from today on."""

    plan: Plan
    today: date
    is_open: Callable[[date], bool]

    @classmethod
    def now(cls) -> "Days":
        """As it is today."""
        return cls(plan(), clock.today(), hours().open_on)

    def first(self, row: Row) -> date | None:
        """On which day the first message may leave, or None when the moment is too long ago."""
        if is_too_old(self.plan, row.happened_on, self.today):
            return None
        wished = first_day(self.plan, row.moment, row.happened_on, self.is_open)
        return wished if wished >= self.today else next_open(self.today, self.is_open)


def take_in(data: bytes, actor: str, *, dry_run: bool = False) -> Outcome:
    """Take the export in, in transactions of its own of so many rows, so that people can go on meanwhile.

    Broken off half-way, the rows so far are kept and the same file can simply be given again.
    With `dry_run` nothing is written and the outcome is the same. Raises Unreadable.
    """
    days = Days.now()
    outcome = Outcome()
    seen: dict[str, Standing] = {}
    last = last_words(read(data, days.today))
    for readings in _batches(read(data, days.today)):
        marked = _marked(readings, outcome)
        if dry_run:
            classified(marked, seen, last, outcome)
            continue
        with transaction():
            # The worker that decides whom to ask holds the same lock: what it read, it may send to.
            exclusive("inviting")
            _write(classified(marked, {}, last, outcome, lock=True), days)
    outcome.sort()
    if not dry_run:
        with transaction():
            counts = {str(status): str(number) for status, number in outcome.counts.items()}
            record("moments.imported", actor, refused=str(len(outcome.refused)), **counts)
    return outcome


def _batches(readings: Iterable[Reading]) -> Iterator[list[Reading]]:
    rest = iter(readings)
    while batch := list(islice(rest, BATCH)):
        yield batch


def _marked(readings: Sequence[Reading], outcome: Outcome) -> list[Marked]:
    for reading in readings:
        outcome.note(reading)
    return [Marked.of(reading.row) for reading in readings if reading.row]


def _write(rows: Sequence[tuple[Marked, Status]], days: Days) -> None:
    contacts = contacts_of({one.identity for one, status in rows if status is Status.CHANGED})
    queued = {found.invitation.public_id for found in contacts.values() if found.invitation.invited_on}
    if queued:
        take_back(queued)
    for one, status in rows:
        if status is Status.NEW:
            contacts[one.identity] = _add(one, days)
        elif status is Status.CHANGED:
            _change(contacts[one.identity], one, days)
    mark_lost(list(contacts.values()))


def _add(one: Marked, days: Days) -> Contact:
    row = one.row
    first = days.first(row)
    invitation = new_invitation(
        row.moment,
        domain=row.domain,
        perspective=row.perspective,
        language=row.language,
        team=row.team,
        parenting_help=row.parenting_help,
        first_person=row.perspective is not Perspective.FAMILY_MEMBER,
        name=row.name,
        closes_on=_closes_on(first, row, days),
    )
    contact = _new_contact(one, invitation, days)
    db.session.add(contact)
    return contact


def _closes_on(first: date | None, row: Row, days: Days) -> date:
    """Until the first message leaves, which sets it again.

    Who is not asked because it is too long ago, is kept from when it was: not from today, or the same old export
    would keep the name for as long as it is given.
    """
    if first is None:
        return row.happened_on + timedelta(days=days.plan.too_old_days)
    return closing_date(first, profile().surveys.open_days)


def _new_contact(one: Marked, invitation: Invitation, days: Days) -> Contact:
    contact = Contact(
        invitation=invitation,
        identity_index=one.identity,
        case_number=one.row.case_number,
        case_index=indexes.case_index(one.row.case_number),
        happened_on=one.row.happened_on,
        steps=0,
    )
    _fill(contact, one)
    _schedule(contact, days.first(one.row), days.today)
    return contact


def _fill(contact: Contact, one: Marked) -> None:
    """Take over how this person is reached; a way that is another now is no longer lost."""
    row = one.row
    before = (contact.email_index, contact.phone_index, contact.post_index)
    contact.details_index = one.details
    contact.email, contact.phone = row.email, row.phone
    contact.street, contact.postcode, contact.place = row.street, row.postcode, row.place
    contact.email_index = indexes.email_index(row.email) if row.email else None
    contact.phone_index = indexes.phone_index(row.phone) if row.phone else None
    contact.post_index = (
        indexes.post_index(row.name, row.postcode, row.street) if row.postcode and row.street else None
    )
    contact.email_lost = bool(contact.email_lost and contact.email_index == before[0])
    contact.phone_lost = bool(contact.phone_lost and contact.phone_index == before[1])
    contact.post_lost = bool(contact.post_lost and contact.post_index == before[2])


def _schedule(contact: Contact, first: date | None, today: date) -> None:
    contact.next_on = first
    contact.not_asked = None if first else NotAsked.TOO_OLD
    contact.not_asked_on = None if first else today


def _change(contact: Contact, one: Marked, days: Days) -> None:
    row, invitation = one.row, contact.invitation
    invitation.language, invitation.team = row.language, row.team
    invitation.domain, invitation.parenting_help = row.domain, row.parenting_help
    _renew(contact, one, days)


def _renew(contact: Contact, one: Marked, days: Days) -> None:
    _fill(contact, one)
    first, invitation = days.first(one.row), contact.invitation
    if invitation.invited_on is not None:
        # Nothing that was queued arrived: this person starts afresh.
        invitation.invited_on, invitation.delivered, invitation.channel = None, False, ""
        invitation.closes_on = _closes_on(first, one.row, days)
        contact.steps = 0
        _schedule(contact, first, days.today)
        if invitation.opted_out:
            contact.next_on = None
    # Any other reason not to ask somebody holds for the person, and not for one address.
    elif contact.not_asked == NotAsked.UNREACHABLE:
        _schedule(contact, first, days.today)


@dataclass(frozen=True)
class Planned:
    """What one good row will come to, as it looks now."""

    line: int
    status: Status
    case_number: str
    name: str
    moment: Moment
    day: date | None
    """When the next message may leave; None where nothing will be sent."""
    steps: Sequence[tuple[date, Channel]]
    """Each message to come, and over what."""
    not_asked: NotAsked | None


@dataclass(frozen=True)
class Preview:
    """What an export would do."""

    outcome: Outcome
    rows: Sequence[Planned]


@dataclass
class _Asked:
    """Whom the rows before would ask, and when, so that nobody is planned twice within the least time."""

    persons: dict[str, dict[str, date]] = field(default_factory=lambda: defaultdict(dict))
    cases: dict[str, dict[tuple[str, date], date]] = field(default_factory=lambda: defaultdict(dict))

    def facts(self, contact: Contact, facts: Facts) -> Facts:
        """These facts, with what the rows before add to them."""
        mine = [
            day
            for address in addresses_of(contact)
            for identity, day in self.persons[address].items()
            if identity != contact.identity_index
        ]
        of_case = [day for what, day in self.cases[contact.case_index].items() if what != _what(contact)]
        return replace(
            facts,
            person_asked_on=max((*mine, facts.person_asked_on or date.min)),
            case_asked_on=max((*of_case, facts.case_asked_on or date.min)),
        )

    def note(self, contact: Contact, day: date) -> None:
        """This person would be asked on that day."""
        for address in addresses_of(contact):
            self.persons[address][contact.identity_index] = day
        self.cases[contact.case_index][_what(contact)] = day


def _what(contact: Contact) -> tuple[str, date]:
    return contact.invitation.moment, contact.happened_on


def preview(data: bytes) -> Preview:
    """Look at an export without taking it in: it changes nothing. Raises Unreadable."""
    days = Days.now()
    outcome = Outcome()
    seen: dict[str, Standing] = {}
    contacts: dict[str, Contact] = {}
    last = last_words(read(data, days.today))
    found: list[tuple[Marked, Status, Contact, Known]] = []
    for readings in _batches(read(data, days.today)):
        rows = classified(_marked(readings, outcome), seen, last, outcome)
        contacts = contacts_of({one.identity for one, _status in rows}) | contacts
        for one, status in rows:
            contacts[one.identity] = _as_it_would_be(one, status, contacts.get(one.identity), days)
        mark_lost([contacts[one.identity] for one, status in rows if status is not Status.KNOWN])
        known = Known.of([contacts[one.identity] for one, _status in rows], days.today)
        found += [(one, status, contacts[one.identity], known) for one, status in rows]
    outcome.sort()
    afresh = {contact.invitation_id for _one, status, contact, _known in found if status is Status.CHANGED}
    for known in {id(known): known for *_row, known in found}.values():
        known.asked = [asked for asked in known.asked if asked.invitation_id not in afresh]
    # The worker takes people in this order.
    found.sort(key=lambda row: (row[2].next_on or date.max, row[0].row.line))
    asked = _Asked()
    planned = [_planned(*row, asked, days) for row in found]
    return Preview(outcome, sorted(planned, key=lambda row: row.line))


def _as_it_would_be(one: Marked, status: Status, before: Contact | None, days: Days) -> Contact:
    """The contact after taking in the row. Never one of the session where anything would change in it."""
    if before is None:
        invitation = Invitation(moment=one.row.moment, perspective=one.row.perspective, name=one.row.name)
        return _new_contact(one, invitation, days)
    if status is Status.KNOWN:
        return before
    copy = _copy(before)
    copy.invitation = _copy(before.invitation)
    _renew(copy, one, days)
    return copy


def _copy(original: Copied) -> Copied:
    columns = type(original).__table__.columns
    return type(original)(**{column.key: getattr(original, column.key) for column in columns})


def _planned(
    one: Marked, status: Status, contact: Contact, known: Known, asked: _Asked, days: Days
) -> Planned:
    reachable = reachable_by(contact) & channels()
    reason = NotAsked(contact.not_asked) if contact.not_asked else None
    steps: list[tuple[date, Channel]] = []
    if contact.next_on and not is_over(contact.invitation, days.today):
        day = next_open(max(contact.next_on, days.today), days.is_open)
        first = contact.invitation.invited_on is None
        reason = decide(known.plan, asked.facts(contact, known.facts(contact, reachable)), day)
        steps = [] if reason else _steps(contact, reachable, day, days)
        if first and not steps:
            reason = reason or NotAsked.UNREACHABLE
        elif first:
            asked.note(contact, day)
    return Planned(
        line=one.row.line,
        status=status,
        case_number=one.row.case_number,
        name=one.row.name or "",
        moment=one.row.moment,
        day=steps[0][0] if steps else None,
        steps=steps,
        not_asked=reason,
    )


def _steps(contact: Contact, reachable: set[Channel], day: date, days: Days) -> list[tuple[date, Channel]]:
    """The messages to come when nobody answers, as the worker would send them."""
    found = []
    taken, due = contact.steps, day
    while (step := next_step(days.plan, taken, reachable)) is not None:
        number, channel = step
        if 0 < taken < number:
            due += timedelta(days=days.plan.steps[number].day - days.plan.steps[taken].day)
        due = next_open(due, days.is_open)
        found.append((due, channel))
        following = day_of_next(days.plan, number, due)
        if following is None:
            break
        taken, due = number + 1, following
    return found


def keep_upload(data: bytes, actor: str) -> str:
    """Keep an uploaded export, encrypted, until it is taken in or thrown away; returns its id.

    In the running transaction. Raises Unreadable when it is larger than UPLOAD_LIMIT.
    """
    if len(data) > UPLOAD_LIMIT:
        raise Unreadable(
            f"Dit bestand is groter dan {UPLOAD_LIMIT // 1024 // 1024} MB. "
            "Deel de export in kleinere stukken, of vraag de beheerder hem in te lezen."
        )
    kept = ImportFile(
        id=secrets.token_hex(16),
        # Any byte is a letter of Latin-1, so that what is sealed as a text comes back as it was.
        sealed=keyring().encrypt(data.decode("latin-1")),
        uploaded_by=actor,
        uploaded_at=clock.now(),
    )
    db.session.add(kept)
    return kept.id


def upload(upload_id: str) -> bytes | None:
    """The uploaded export, or None when it was taken in, thrown away or was kept long enough."""
    kept = db.session.get(ImportFile, upload_id)
    if kept is None or kept.uploaded_at < kept_since():
        return None
    return keyring().decrypt(kept.sealed).encode("latin-1")


def forget_upload(upload_id: str) -> None:
    """Throw the uploaded export away, in the running transaction; gone already, nothing changes."""
    db.session.execute(delete(ImportFile).where(ImportFile.id == upload_id))


def kept_since() -> datetime:
    """What was uploaded before this is kept no longer."""
    return clock.now() - timedelta(days=profile().retention.uploads_days)
