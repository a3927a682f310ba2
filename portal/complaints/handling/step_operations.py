"""Taking a step with everything that belongs to it: the letter, the parts, who is told. One transaction.

What is written down with a step is text for people: the register shows it as it stands.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from flask import current_app
from flask_babel import force_locale
from sqlalchemy import select

from portal import clock
from portal.audit.operations import record
from portal.complaints import letters, messages, notices, operations, rules, terms
from portal.complaints.letters import By, Kind
from portal.complaints.models import Complaint, ComplaintLetter, ComplaintPart, Objection
from portal.complaints.operations import case_of
from portal.complaints.rules import Case, IllegalStep, Judgment, NotTakenUp, Procedure, Stage, Step
from portal.complaints.settings import is_holiday, weeks_of
from portal.db import db
from portal.identity.models import User

KINDS: dict[Step, Kind] = {
    Step.ACKNOWLEDGE: Kind.ACKNOWLEDGEMENT,
    Step.NOT_TAKE_UP: Kind.NOT_TAKEN_UP,
    Step.PLAN_HEARING: Kind.HEARING,
    Step.TELL: Kind.OUTCOME,
    Step.ANSWER: Kind.ANSWER,
    Step.FORWARD: Kind.PASSED_ON,
    Step.COMMITTEE: Kind.COMMITTEE,
    Step.EXTEND: Kind.EXTENSION,
}
"""The letter that goes with a step."""
NOBODY_NAMED = "Noem eerst over wie de klacht gaat: die krijgt de klacht te lezen (Awb 9:9)"


@dataclass(frozen=True)
class Part:
    """One part of a complaint, with what was found of it once that is known."""

    words: str
    judgment: Judgment | None = None
    reasons: str = ""


@dataclass(frozen=True)
class Given:
    """What staff filled in for a step. `details` are kept with the step, as texts to read."""

    details: Mapping[str, str] = field(default_factory=dict)
    on: date | None = None
    until: date | None = None
    hearing_at: datetime | None = None
    place: str = ""
    reason: NotTakenUp | None = None
    parts: tuple[Part, ...] = ()
    objection: tuple[str, str] | None = None
    """Kind and subject for the register of objections."""
    letter: Mapping[str, Any] = field(default_factory=dict)
    """What the words of the letter are made of, beside the complaint."""


@dataclass(frozen=True)
class Done:
    """What came of it: the letter, and who could not be sent the copy by e-mail."""

    letter: ComplaintLetter | None = None
    not_mailed: tuple[str, ...] = ()


def check(complaint: Complaint, step: Step) -> None:
    """Raise IllegalStep with the rule that forbids the step now, before anything is filled in."""
    rules.check(case_of(complaint), step, clock.today())
    if step is Step.COPY and not complaint.concerned:
        raise IllegalStep(step, NOBODY_NAMED)


def after(complaint: Complaint, step: Step, until: date | None) -> Case:
    """What the rules would make of the complaint. Raises IllegalStep; changes nothing."""
    case = case_of(complaint)
    return rules.after(case, step, clock.today(), weeks_of(case.procedure), is_holiday, until=until)


def kind_of(complaint: Complaint, step: Step) -> Kind | None:
    """The letter of the step; None where there is none, or nobody to send it to."""
    if step is Step.FORWARD and not can_be_written_to(complaint):
        return None
    return KINDS.get(step)


def can_be_written_to(complaint: Complaint) -> bool:
    """Whether somebody who filed could get a letter, in whatever way."""
    content = complaint.content
    return bool(content.name or content.email or content.phone or content.street)


def words_of(complaint: Complaint, step: Step, given: Given) -> str:
    """The letter of the step as the template makes it, before anybody changes it."""
    facts: dict[str, Any] = dict(given.letter)
    if step is Step.COMMITTEE:
        facts["decide_by"] = after(complaint, step, None).decide_by
    if step is Step.TELL:
        is_youth = complaint.procedure == Procedure.JEUGDWET
        facts["complaint_parts"] = complaint.parts
        facts["answer_by"] = terms.answer_by(clock.today(), is_holiday) if is_youth else None
    if step is Step.ANSWER and complaint.ended_on:
        # The year counts from the outcome (Awb 9:24), not from this answer.
        facts["ombudsman_until"] = terms.ombudsman_until(complaint.ended_on, is_holiday)
    return letters.words(complaint, KINDS[step], **facts)


def letter_of(complaint: Complaint, request_key: str) -> ComplaintLetter | None:
    """The letter that this page sent already."""
    key = key_of(complaint, request_key)
    return next((letter for letter in complaint.letters if letter.request_key == key), None)


def was_taken(complaint: Complaint, step: Step, given: Given, *, seen: int, actor: str) -> bool:
    """Whether this very form was sent before: the next step since it was shown says the same.

    `seen` is how many steps there were when the page was opened.
    """
    details = json.dumps(dict(given.details), ensure_ascii=False)
    return any(
        (taken.step, taken.actor, taken.details) == (step, actor, details)
        and taken.on == (given.on or taken.on)
        for taken in complaint.steps[seen : seen + 1]
    )


def key_of(complaint: Complaint, request_key: str) -> str:
    """The key of a page, for this complaint alone."""
    return f"{complaint.public_id}:{request_key}"


def take(
    complaint: Complaint, step: Step, given: Given, *, text: str, request_key: str, author: User
) -> Done:
    """Take the step on a complaint that is held, with its letter. Raises IllegalStep; then nothing is kept."""
    check(complaint, step)
    actor, key = str(author.id), key_of(complaint, request_key)
    letter = None
    if step in (Step.TAKE_UP, Step.JUDGE):
        _set_parts(complaint, given.parts)
    if kind_of(complaint, step) is not None:
        letter = letters.send(complaint, KINDS[step], text, request_key=key, actor=actor)
    # A receipt that still has to be printed is confirmed on the day it is posted.
    waits = step is Step.ACKNOWLEDGE and letter is not None and letter.sent_on is None
    if not waits:
        operations.take(
            complaint,
            step,
            actor=actor,
            on=given.on,
            until=given.until,
            hearing_at=given.hearing_at,
            details=given.details,
        )
    return Done(letter, _rest(complaint, step, given, key, author))


def _rest(complaint: Complaint, step: Step, given: Given, key: str, author: User) -> tuple[str, ...]:
    """What else belongs to a step; the names of persons concerned who have no e-mail address."""
    match step:
        case Step.NOT_TAKE_UP:
            complaint.not_taken_up_reason = given.reason
        case Step.PLAN_HEARING:
            complaint.hearing_place = given.place
            _tell_of_hearing(complaint)
        case Step.COPY:
            for person in complaint.concerned:
                notices.tell_concerned(person)
            return without_mail(complaint)
        case Step.TELL if operations.is_told(complaint):
            return without_mail(complaint)
        case Step.FORWARD if given.objection:
            _count_objection(complaint, given.objection, key)
        case Step.ASK_LONGER if given.until:
            asking = asked_longer(complaint, given.until, given.letter["why"])
            messages.say(complaint, asking, request_key=key, author=author)
    return ()


def without_mail(complaint: Complaint) -> tuple[str, ...]:
    """The names of persons concerned who get no mail: somebody must bring them what there is to read."""
    return tuple(person.name for person in complaint.concerned if not person.email)


def _tell_of_hearing(complaint: Complaint) -> None:
    """Whom it is about is heard too (Awb 9:10): the personal link shows when and where."""
    key = complaint.hearing_at.isoformat() if complaint.hearing_at else ""
    for person in complaint.concerned:
        notices.tell_concerned(person, "hearing", key=key)


def asked_longer(complaint: Complaint, until: date, why: str) -> str:
    """The message that asks for more time, in the complainant's language."""
    with force_locale(complaint.language):
        template = current_app.jinja_env.get_template("complaints/letters/ask_longer.txt")
        return template.render(complaint=complaint, until=until, why=why, today=clock.today()).strip()


def _set_parts(complaint: Complaint, parts: tuple[Part, ...]) -> None:
    """The complaint consists of these parts, in this order."""
    kept = complaint.parts[: len(parts)]
    for row in complaint.parts[len(parts) :]:
        db.session.delete(row)
    db.session.flush()
    for number, part in enumerate(parts, start=1):
        row = kept[number - 1] if number <= len(kept) else ComplaintPart(complaint_id=complaint.id)
        row.number, row.words = number, part.words
        row.judgment, row.reasons = part.judgment, part.reasons
        db.session.add(row)
    db.session.flush()
    db.session.expire(complaint, ["parts"])


def _count_objection(complaint: Complaint, objection: tuple[str, str], key: str) -> None:
    known = db.session.scalar(select(Objection).where(Objection.complaint_id == complaint.id))
    if known is None:
        kind, subject = objection
        db.session.add(
            Objection(
                request_key=key,
                kind=kind,
                subject=subject,
                received_on=complaint.received_on,
                complaint_id=complaint.id,
            )
        )


def posted(complaint: Complaint, letter: ComplaintLetter, actor: str) -> bool:
    """The letter was posted or handed over; that also confirms the receipt (Awb 9:6). False when said before."""
    if not letters.posted(complaint, letter, actor):
        return False
    is_first = letter.kind == Kind.ACKNOWLEDGEMENT and complaint.stage == Stage.RECEIVED
    if is_first:
        operations.take(complaint, Step.ACKNOWLEDGE, actor=actor, details={"how": HOW[By(letter.channel)]})
    return True


HOW: dict[By, str] = {By.DIGITAL: "digitaal", By.POST: "per post", By.HAND: "meegegeven"}


def replace_code(
    complaint: Complaint, code: str, code_hash: str, *, checked: str, by_letter: bool, key: str, actor: str
) -> ComplaintLetter | None:
    """A new receipt code after a check, which is recorded. The letter that brings it, when a letter does.

    A letter that still waits and carries the code brings the new one: one code fits one letter.
    """
    operations.new_code(complaint, code, code_hash, by_letter=by_letter, actor=actor)
    complaint.code_known_to = int(actor)
    record("complaint.seen", actor, complaint=complaint.reference, what=f"new code, checked by {checked}")
    if not by_letter:
        return None
    carrying = [letter for letter in letters.waiting(complaint) if carries_code(complaint, letter)]
    if carrying:
        return carrying[-1]
    text = letters.words(complaint, Kind.CODE)
    return letters.send(
        complaint, Kind.CODE, text, request_key=key_of(complaint, key), actor=actor, by=By.POST
    )


def carries_code(complaint: Complaint, letter: ComplaintLetter) -> bool:
    """Whether the receipt code is printed with the letter: only while it waits to be printed."""
    is_kind = letter.kind in (Kind.ACKNOWLEDGEMENT, Kind.CODE)
    return is_kind and letter.sent_on is None and complaint.code_sealed is not None
