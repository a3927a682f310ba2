"""Formal letters: written from a template, changed by who sends them, kept as they were sent.

A letter goes digitally only to who expressly agreed (Awb 2:8): it then stands on the follow page and a
notice says so. Otherwise it is printed and posted, or handed over where no letter may come to the house;
of what is to be handed over a copy can be read at once, or it would reach nobody.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from enum import StrEnum
from typing import Any

from flask import current_app
from flask_babel import force_locale
from sqlalchemy import select

from portal import clock
from portal.audit.operations import record
from portal.complaints import dues, events, notices, terms
from portal.complaints.dues import TOLD_BY_LETTER
from portal.complaints.models import Complaint, ComplaintLetter
from portal.complaints.operations import case_of, is_told
from portal.complaints.rules import Route, Stage
from portal.complaints.settings import is_holiday
from portal.db import db
from portal.profile import profile


class Kind(StrEnum):
    """What a letter is for."""

    ACKNOWLEDGEMENT = "acknowledgement"
    NOT_TAKEN_UP = "not_taken_up"
    HEARING = "hearing"
    EXTENSION = "extension"
    OUTCOME = "outcome"
    ANSWER = "answer"
    CODE = "code"
    COMMITTEE = "committee"
    PASSED_ON = "passed_on"


_CARRY = (Kind.CODE, Kind.ACKNOWLEDGEMENT)
"""The letters that can bring the receipt code."""


class By(StrEnum):
    """How a letter goes."""

    DIGITAL = "digital"
    POST = "post"
    HAND = "hand"


def way(complaint: Complaint) -> By:
    """How formal letters reach this complainant."""
    content = complaint.content
    # Without a notice by e-mail nobody would know that it is there.
    may_mail = content.formal_by_email and content.notice_channel == "email"
    if may_mail and complaint.code_hash and not complaint.code_sealed:
        return By.DIGITAL
    return By.POST if content.may_write_home else By.HAND


def words(complaint: Complaint, kind: Kind, **given: Any) -> str:
    """What the letter says before anybody changes it: plain text in the complainant's language.

    The profile's own template wins over the house's.
    """
    folder = "complaints/letters"
    names = [f"{folder}/{profile().key}/{kind}.txt", f"{folder}/{kind}.txt"]
    context: Mapping[str, Any] = {
        "complaint": complaint,
        "content": complaint.content,
        "today": clock.today(),
        "ombudsman_until": terms.ombudsman_until(clock.today(), is_holiday),
        "promised_by": promised_by(complaint),
        "advice": "",
        "is_objection": complaint.route == Route.OBJECTION,
        **given,
    }
    with force_locale(complaint.language):
        text = current_app.jinja_env.select_template(names).render(context)
    return text.strip() + "\n"


def promised_by(complaint: Complaint) -> date | None:
    """Until when what is no complaint is passed on, read or answered, as the page with the receipt promised it.

    None for a complaint: its terms are on it.
    """
    case = case_of(complaint)
    if case.route is Route.COMPLAINT:
        return None
    due = dues.next_due(replace(case, stage=Stage.ACKNOWLEDGED, to_post=None), is_holiday)
    return due.on if due else None


def send(
    complaint: Complaint, kind: Kind, text: str, *, request_key: str, actor: str, by: By | None = None
) -> ComplaintLetter:
    """Keep the letter as it is sent, once.

    Digitally it is there at once, and of a letter to hand over a copy is: then a notice goes out.
    """
    known = db.session.scalar(select(ComplaintLetter).where(ComplaintLetter.request_key == request_key))
    if known is not None:
        return known
    by = by or way(complaint)
    letter = ComplaintLetter(
        request_key=request_key,
        kind=kind,
        channel=by,
        language=complaint.language,
        words=text,
        made_at=clock.now(),
        made_by=actor,
        sent_on=clock.today() if by is By.DIGITAL else None,
    )
    complaint.letters.append(letter)
    db.session.flush()
    record("complaint.letter", actor, complaint=complaint.reference, kind=kind, by=by)
    if by is not By.POST and not _brings_code(complaint, letter):
        _tell(complaint, letter)
    return letter


def keep_from_home(complaint: Complaint) -> int:
    """What waits for the post is handed over where no letter may come to the house any more; how many did so."""
    kept = [letter for letter in waiting(complaint) if letter.channel == By.POST]
    if complaint.content.may_write_home:
        return 0
    for letter in kept:
        letter.channel = By.HAND
        if not _brings_code(complaint, letter):
            _tell(complaint, letter)
    return len(kept)


def _brings_code(complaint: Complaint, letter: ComplaintLetter) -> bool:
    """Whether the receipt code comes with it: until then nothing can be opened."""
    return letter.kind in _CARRY and complaint.code_sealed is not None


def _tell(complaint: Complaint, letter: ComplaintLetter) -> None:
    """Say that there is something to read; not of a letter with a code, which cannot be read there."""
    if letter.kind != Kind.CODE:
        notices.tell_complainant(complaint, f"letter:{letter.id}")


def posted(complaint: Complaint, letter: ComplaintLetter, actor: str) -> bool:
    """The letter was posted or handed over; the receipt code it carried is forgotten. False when said before."""
    if letter.sent_on is not None:
        return False
    letter.sent_on = clock.today()
    brings_code = _brings_code(complaint, letter)
    # Another letter may still have to be printed with it.
    if letter.kind in _CARRY and not any(other.kind in _CARRY for other in waiting(complaint)):
        complaint.code_sealed = None
    if letter.kind in TOLD_BY_LETTER:
        # On paper the complainant hears it from now on, and not when it was written.
        complaint.ended_on = letter.sent_on
        if complaint.answer_by is not None:
            complaint.answer_by = terms.answer_by(letter.sent_on, is_holiday)
        if is_told(complaint):
            events.told.send(complaint)
    if letter.channel == By.POST and not brings_code:
        # Who still waits for the code in this letter could open nothing.
        _tell(complaint, letter)
    record("complaint.letter_posted", actor, complaint=complaint.reference, kind=letter.kind)
    return True


def waiting(complaint: Complaint) -> list[ComplaintLetter]:
    """The letters that still have to be printed and posted or handed over."""
    return [letter for letter in complaint.letters if letter.sent_on is None]
