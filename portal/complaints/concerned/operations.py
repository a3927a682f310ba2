"""Keeping that a person concerned opened the copy, and what he or she answers to it."""

from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from portal import clock
from portal.audit.operations import record
from portal.complaints import notices, people
from portal.complaints.models import Complaint, ComplaintStep, PersonConcerned
from portal.complaints.operations import is_told, locked
from portal.complaints.rules import ENDED, OPEN, Stage, Step
from portal.crypto import keyring, public_id_of
from portal.db import db, transaction

ACTOR = "concerned"
OUTCOME_SHOWN = timedelta(weeks=8)
_UNJUDGED = OPEN[: OPEN.index(Stage.JUDGED)]


class Opens(StrEnum):
    """What the personal link opens."""

    NOTHING_YET = "nothing_yet"
    COPY = "copy"
    OUTCOME = "outcome"
    NOTHING_MORE = "nothing_more"


class Refused(Exception):
    """A reply that cannot be kept: there is a judgment, or it was changed in another window meanwhile."""


def find(token: str) -> PersonConcerned | None:
    """The person whose personal link this is, with the complaint; None for a link that we did not make."""
    public_id = public_id_of(token)
    if public_id is None:
        return None
    person = db.session.scalar(
        select(PersonConcerned)
        .where(PersonConcerned.public_id == public_id)
        .options(joinedload(PersonConcerned.complaint))
    )
    if person is None or not keyring().knows(token, public_id, person.link_key_id):
        return None
    return person


def opens(person: PersonConcerned) -> Opens:
    """What there is to read: the complaint from the day the copy was sent (Awb 9:9) until it ended, then the outcome."""
    complaint = person.complaint
    if shows_outcome(complaint):
        return Opens.OUTCOME
    # While an outcome on paper lies in the tray, nobody heard it.
    if is_told(complaint) or complaint.stage in ENDED:
        return Opens.NOTHING_MORE
    was_copied = db.session.scalar(
        select(ComplaintStep.id)
        .where(ComplaintStep.complaint_id == complaint.id, ComplaintStep.step == Step.COPY)
        .limit(1)
    )
    return Opens.COPY if was_copied else Opens.NOTHING_YET


def outcome_until(complaint: Complaint) -> date | None:
    """The last day that the outcome can be read; None where nobody was told one."""
    return complaint.ended_on + OUTCOME_SHOWN if complaint.ended_on and is_told(complaint) else None


def shows_outcome(complaint: Complaint) -> bool:
    """Whether whom it is about can read what was found of it (Jeugdwet 4.2.1 lid 2; under the Awb good practice)."""
    until = outcome_until(complaint)
    return until is not None and clock.today() <= until


def may_reply(complaint: Complaint) -> bool:
    """Whether a reply is still heard: until there is a judgment (Awb 9:10)."""
    return complaint.stage in _UNJUDGED


def version(person: PersonConcerned) -> str:
    """Which reply is kept now, so that an old window does not write over a newer one."""
    return person.replied_at.isoformat() if person.replied_at else ""


def is_new(person: PersonConcerned, found: Opens) -> bool:
    """Whether what the link opens was never opened before: the copy, or afterwards the outcome."""
    complaint = person.complaint
    match found:
        case Opens.COPY:
            return person.opened_at is None
        case Opens.OUTCOME:
            told_on = complaint.ended_on
            return person.opened_at is None or (
                told_on is not None and clock.local(person.opened_at).date() < told_on
            )
    return False


def mark_opened(token: str) -> None:
    """What there is to read was opened for the first time."""
    with transaction():
        person = find(token)
        found = opens(person) if person is not None else None
        if person is not None and found is not None and is_new(person, found):
            what = "outcome" if found is Opens.OUTCOME else "copy"
            person.opened_at = clock.now()
            record("complaint.seen", ACTOR, complaint=person.complaint.reference, what=what)


def to_be_brought(complaint: Complaint) -> list[str]:
    """Whom nobody can mail that the outcome can be read, and who did not open it: by name."""
    if not shows_outcome(complaint):
        return []
    return [
        person.name for person in complaint.concerned if not person.email and is_new(person, Opens.OUTCOME)
    ]


def mark_downloaded(reference: str) -> None:
    """A file of the complaint was downloaded over a personal link."""
    with transaction():
        record("complaint.seen", ACTOR, complaint=reference, what="attachment")


def reply(person: PersonConcerned, words: str, seen: str) -> None:
    """Keep the reply in place of the one before; the same words again change nothing.

    `seen` is the `version` that the page showed. Raises Refused. Inside a transaction.
    """
    complaint = locked(person.complaint.public_id)
    db.session.refresh(person)
    if complaint is None or opens(person) is not Opens.COPY or not may_reply(complaint):
        raise Refused
    if words == person.reply:
        return
    if seen != version(person):
        raise Refused
    person.reply, person.replied_at = words, clock.now()
    record("complaint.replied", ACTOR, complaint=complaint.reference)
    # Somebody who polishes a reply makes one mail a day, not one each time.
    notices.tell_staff(
        complaint, "reply", people.those_who_handle(complaint), key=f"{person.public_id}:{clock.today()}"
    )
