"""Forgetting complaints that ended long ago. What is counted of them stays, as a shell under the same number.

Kept are the facts behind the yearly figures (Awb 9:12a): when it came, what kind it was, its theme, its dates, how it
ended and how its parts were judged. Gone are who complained, about whom, every word, every file and letter, each step
and who handled it; and the receipt code and the links, which open nothing any more.
"""

import re
import secrets
from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, delete, exists, false, func, or_, select, update
from sqlalchemy.orm import defer, selectinload

from portal import clock
from portal.complaints import content
from portal.complaints.models import (
    Attachment,
    Complaint,
    ComplaintDraft,
    ComplaintLetter,
    ComplaintMessage,
    ComplaintPart,
    ComplaintSession,
    ComplaintStep,
    Measure,
    Objection,
    PersonConcerned,
)
from portal.complaints.notices import TOPIC
from portal.complaints.rules import ENDED
from portal.crypto import new_public_id
from portal.db import db
from portal.outbox import retention as outbox

BATCH = 50
_REFERENCE = re.compile(r"KL-(\d{4})-(\d{4,7})", re.ASCII)
_THEIRS = (ComplaintSession, ComplaintStep, ComplaintMessage, ComplaintLetter, Attachment, PersonConcerned)
_QUIETLY = {"synchronize_session": False}


def standing(before: date, held: Collection[str]) -> tuple[int, int, date | None, int]:
    """(complaints with something to forget; ended before this day, over and not held; the first day on which one
    ended that stays for its term; ended before this day, but something of it still runs)."""
    is_past = Complaint.ended_on < before
    there, due, oldest, running = db.session.execute(
        select(
            func.count(),
            func.count().filter(is_past, is_over(), _is_free(held)),
            func.min(Complaint.ended_on).filter(~is_past, Complaint.stage.in_(ENDED)),
            func.count().filter(is_past, ~is_over(), _is_free(held)),
        ).where(Complaint.erased_on.is_(None))
    ).one()
    return there, due, oldest, running


def purge(before: date, held: Collection[str], *, messages_held: bool = False) -> tuple[int, int]:
    """Erase a batch of complaints that ended before this day and are over, in the running transaction; how many, and
    how many messages went with them.

    `held` are the references that stay. One that somebody works on now waits for the next time.
    """
    found = db.session.execute(
        select(Complaint.id)
        .where(*_goes(before, held))
        .order_by(Complaint.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    return erase([number for (number,) in found], messages_held=messages_held)


def _goes(before: date, held: Collection[str]) -> tuple[ColumnElement[bool], ...]:
    return Complaint.erased_on.is_(None), Complaint.ended_on < before, is_over(), _is_free(held)


def going(before: date, held: Collection[str]) -> Select[str]:
    """About what the messages are that go along with those complaints."""
    return select(Complaint.public_id).where(*_goes(before, held))


def oldest_that_stays(before: date, held: Collection[str], *, all_held: bool) -> date | None:
    """When the oldest complaint came of which something is kept after the purge: one that is held, or unfinished, or
    still within its term. None when there is none."""
    stays = [] if all_held else [~and_(*_goes(before, held)[1:])]
    # Of what has no end yet it is not known whether it comes before the day.
    ends = [or_(Complaint.ended_on.is_(None), *stays)] if stays else []
    return db.session.scalar(
        select(func.min(Complaint.received_on)).where(Complaint.erased_on.is_(None), *ends)
    )


def unfinished(before: date, held: Collection[str]) -> Sequence[Complaint]:
    """The complaints that are past their term and stay, because something of them still runs; without their words."""
    return db.session.scalars(
        select(Complaint)
        .where(Complaint.erased_on.is_(None), Complaint.ended_on < before, ~is_over(), _is_free(held))
        .options(defer(Complaint.sealed_content), selectinload(Complaint.concerned))
        .order_by(Complaint.id)
    ).all()


def due_among(before: date, references: Collection[str]) -> set[str]:
    """Which of these would go now if nobody held them."""
    if not references:
        return set()
    return {
        one.reference
        for one in db.session.scalars(
            select(Complaint)
            .where(*_goes(before, ()), ~_is_free(references))
            .options(defer(Complaint.sealed_content))
        )
    }


def erase(ids: Collection[int], *, messages_held: bool = False) -> tuple[int, int]:
    """Leave of these complaints only what is counted, in the running transaction that holds them; how many, and how
    many messages about them went.

    One about which a message is being sent right now stays whole.
    """
    held = db.session.execute(
        select(Complaint.id, Complaint.public_id).where(Complaint.id.in_(ids)).order_by(Complaint.id)
    ).all()
    busy = outbox.being_sent(TOPIC, [public_id for _number, public_id in held])
    gone = [number for number, public_id in held if public_id not in busy]
    subjects = [public_id for _number, public_id in held if public_id not in busy]
    messages = outbox.let_go(TOPIC, subjects, are_held=messages_held)
    for model in _THEIRS:
        db.session.execute(delete(model).where(model.complaint_id.in_(gone)).execution_options(**_QUIETLY))
    # What was found of each part is counted; of what it was about nothing is left.
    parts = update(ComplaintPart).where(ComplaintPart.complaint_id.in_(gone)).values(words="", reasons="")
    db.session.execute(parts.execution_options(**_QUIETLY))
    # An improvement is our own and names nobody; beside the number it would say what was complained of.
    learned = update(Measure).where(Measure.complaint_id.in_(gone)).values(complaint_id=None)
    db.session.execute(learned.execution_options(**_QUIETLY))
    for number in gone:
        db.session.execute(
            update(Complaint)
            .where(Complaint.id == number)
            .values(erased_on=clock.today(), **_shell())
            .execution_options(**_QUIETLY)
        )
    return len(gone), messages


def _shell() -> dict[str, object]:
    """What takes the place of everything that is not counted. New marks, so that no link or draft leads to it."""
    empty: tuple[str, ...] = (
        *("code_hash", "code_sealed", "code_known_to", "email_index", "phone_index"),
        *("hearing_at", "hearing_place", "later_asked"),
        *("handler_id", "handler_declared_at", "deputy_id", "deputy_until", "deputy_declared_at"),
    )
    return {
        "public_id": new_public_id(),
        "request_key": secrets.token_hex(16),
        "sealed_content": content.to_json(content.Content()),
        "language": "nl",
        "young": False,
        **dict.fromkeys(empty),
    }


def is_over() -> ColumnElement[bool]:
    """Whether nothing of it asks for anything: no letter to post, nothing unread, no promise that runs."""
    waits = (
        exists().where(ComplaintLetter.complaint_id == Complaint.id, ComplaintLetter.sent_on.is_(None)),
        exists().where(
            ComplaintMessage.complaint_id == Complaint.id,
            ComplaintMessage.from_complainant.is_(True),
            ComplaintMessage.read_at.is_(None),
        ),
        exists().where(Measure.complaint_id == Complaint.id, Measure.done_on.is_(None)),
        exists().where(Objection.complaint_id == Complaint.id, Objection.outcome.is_(None)),
    )
    return and_(Complaint.stage.in_(ENDED), ~or_(*waits))


def _is_free(held: Collection[str]) -> ColumnElement[bool]:
    """Whether it is none of these references."""
    read = [found for reference in held if (found := _REFERENCE.fullmatch(reference))]
    return ~or_(
        false(),
        *(and_(Complaint.year == int(one[1]), Complaint.number == int(one[2])) for one in read),
    )


# ---- What was not sent --------------------------------------------------------------------


def drafts_standing(before: date) -> tuple[int, int, date | None, int]:
    """(drafts there are; kept until before this day; the first day until which one is kept; 0)."""
    there, due, oldest = db.session.execute(
        select(
            func.count(),
            func.count().filter(ComplaintDraft.kept_until < before),
            func.min(ComplaintDraft.kept_until).filter(ComplaintDraft.kept_until >= before),
        ).select_from(ComplaintDraft)
    ).one()
    return there, due, oldest, 0


def purge_drafts(before: date) -> int:
    """Throw away the drafts that were kept until before this day, with their files, in the running transaction; how
    many."""
    # By statement: the database takes the files along, which the ORM would try to keep.
    old = delete(ComplaintDraft).where(ComplaintDraft.kept_until < before).returning(ComplaintDraft.id)
    return len(db.session.scalars(old.execution_options(**_QUIETLY)).all())


# ---- The door of a hold -------------------------------------------------------------------


def found(references: Collection[str]) -> Sequence[Complaint]:
    """The complaints with these references, without their words, with whom they are about."""
    return db.session.scalars(
        select(Complaint)
        .where(~_is_free(references))
        .options(defer(Complaint.sealed_content), selectinload(Complaint.concerned))
    ).all()
