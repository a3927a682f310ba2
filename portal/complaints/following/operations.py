"""What a complainant does with a complaint: each on one that is `locked`, in a transaction."""

from datetime import date

from flask_babel import gettext as _
from sqlalchemy import select

from portal import clock
from portal.audit.operations import record
from portal.complaints import messages, notices, people, receipts
from portal.complaints.following.rules import read_reference
from portal.complaints.letters import By, Kind
from portal.complaints.models import Complaint, ComplaintLetter, reference_of
from portal.complaints.operations import COMPLAINANT, take
from portal.complaints.rules import Solved, Step
from portal.crypto import keyring
from portal.db import db, transaction
from portal.identity.attempts import NOBODY


class AskedOtherwise(Exception):
    """Meanwhile no more time is asked, or until another day than the page showed."""


def opened_by(reference: str, code: str) -> Complaint | None:
    """The complaint that reference and receipt code open together; None takes as long, whatever was wrong.

    Not in a transaction: comparing is slow on purpose, and holds no connection.
    """
    read = read_reference(reference)
    year, number = read or (0, 0)
    row = db.session.execute(
        select(Complaint.public_id, Complaint.code_hash).where(
            Complaint.year == year, Complaint.number == number
        )
    ).first()
    db.session.rollback()
    public_id, code_hash = row or ("", None)
    if not receipts.fits(code_hash, receipts.read(code)):
        return None
    # A new code may have come meanwhile.
    return db.session.scalar(
        select(Complaint).where(Complaint.public_id == public_id, Complaint.code_hash == code_hash)
    )


def seen(complaint: Complaint, what: str) -> None:
    """Record that who complained looked at it, as every look is (Awb 9:7). In a transaction of its own."""
    reference = complaint.reference
    with transaction():
        record("complaint.seen", COMPLAINANT, complaint=reference, what=what)


def refused(typed: str) -> None:
    """Record that a code did not fit: at which complaint, never what was typed. In a transaction of its own."""
    year, number = read_reference(typed) or (0, 0)
    with transaction() as session:
        found = session.execute(
            select(Complaint.year, Complaint.number).where(Complaint.year == year, Complaint.number == number)
        ).first()
        reference = reference_of(*found) if found else NOBODY
        record("complaint.wrong_code", NOBODY, complaint=reference)


def cannot_come(complaint: Complaint, words: str, *, request_key: str) -> None:
    """Keep that the hearing does not suit as a message, and tell who plans it."""
    said = _("Het gesprek op %(at)s lukt mij niet.", at=_spoken(complaint))
    message = messages.say(complaint, f"{said}\n\n{words}".strip(), request_key=request_key, author=None)
    notices.tell_staff(complaint, "hearing", people.those_who_handle(complaint), key=str(message.id))


def _spoken(complaint: Complaint) -> str:
    return f"{clock.local(complaint.hearing_at):%d-%m-%Y %H.%M}" if complaint.hearing_at else ""


def agree_longer(complaint: Complaint, until: str) -> None:
    """Consent to the date that the page showed (Awb 9:11 lid 3). Raises AskedOtherwise, IllegalStep."""
    asked = _asked(complaint, until)
    take(complaint, Step.AGREE_LONGER, actor=COMPLAINANT, details={"until": asked.isoformat()})
    notices.tell_staff(complaint, "agreed", people.those_who_handle(complaint), key=until)


def refuse_longer(complaint: Complaint, until: str) -> None:
    """Say no in a message, once for each date that is asked. Raises AskedOtherwise."""
    asked = _asked(complaint, until)
    if refused_longer(complaint):
        return
    words = _("Ik ga niet akkoord met meer tijd, tot %(day)s.", day=f"{asked:%d-%m-%Y}")
    messages.say(complaint, words, request_key=_refusal_key(complaint, asked), author=None)


def refused_longer(complaint: Complaint) -> bool:
    """Whether the date that is asked now was refused already."""
    if complaint.later_asked is None:
        return False
    key = _refusal_key(complaint, complaint.later_asked)
    return any(message.request_key == key for message in complaint.messages)


def _asked(complaint: Complaint, until: str) -> date:
    asked = complaint.later_asked
    if asked is None or asked.isoformat() != until:
        raise AskedOtherwise
    return asked


def _refusal_key(complaint: Complaint, asked: date) -> str:
    return keyring().index("longer", f"{complaint.public_id}:{asked.isoformat()}")


def withdraw(complaint: Complaint, why: str) -> None:
    """Stop, without having to say why. Raises IllegalStep once the outcome was told."""
    take(complaint, Step.WITHDRAW, actor=COMPLAINANT, details={"why": why} if why else None)
    notices.tell_staff(complaint, "withdrawn", people.those_who_handle(complaint), key="withdrawn")


def say_solved(complaint: Complaint, solved: Solved) -> None:
    """Keep what the complainant says of it. May be changed; staff hear the first time."""
    if complaint.solved == solved:
        return
    complaint.solved = solved
    record("complaint.solved", COMPLAINANT, complaint=complaint.reference, solved=solved)
    notices.tell_staff(complaint, "solved", people.those_who_handle(complaint), key="solved")


def open_letter(complaint: Complaint, letter_id: int) -> None:
    """Note that the letter of this complaint was read, where it is there."""
    letter = shown_letter(complaint, letter_id)
    if letter is not None and letter.read_at is None:
        letter.read_at = clock.now()


def shown_letter(complaint: Complaint, letter_id: int) -> ComplaintLetter | None:
    """The letter of this complaint; None when it is not there or is still to be posted."""
    return next((found for found in shown_letters(complaint) if found.id == letter_id), None)


def shown_letters(complaint: Complaint) -> list[ComplaintLetter]:
    """The letters that were sent or are to be handed over: nothing else would bring those to who may get no post.

    Not one with a code, which says nothing more once one is inside.
    """
    return [
        letter
        for letter in complaint.letters
        if (letter.sent_on is not None or letter.channel == By.HAND) and letter.kind != Kind.CODE
    ]
