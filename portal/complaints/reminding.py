"""Who handles complaints is mailed before a term ends, and each day after it passed."""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache

import structlog
from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import defer, load_only, selectinload

from portal import clock
from portal.complaints import dues, notices, people
from portal.complaints.dues import CLOSE_AFTER, SOON, TOLD_BY_LETTER, Due
from portal.complaints.models import Complaint, ComplaintLetter, ComplaintPart
from portal.complaints.operations import case_of
from portal.complaints.rules import OPEN, Route, Stage
from portal.complaints.settings import is_holiday
from portal.db import db, exclusive, transaction
from portal.identity.models import User

log = structlog.get_logger("portal.complaints")


def remind() -> int:
    """Queue a reminder for every complaint whose next date asks for one today, and return how many mails.

    Once a day, however often and by however many workers this is called.
    """
    today = clock.today()
    if not _due(today):
        return 0
    with transaction():
        # One worker at a time: the other then sees what this one queued.
        exclusive("reminding")
        return sum(_remind(complaint, due, today) for complaint, due in _due(today))


def _due(today: date) -> Sequence[tuple[Complaint, Due]]:
    """The complaints that ask for a reminder today, each with its date. One statement when there are none."""
    last_week = today + SOON
    near = or_(
        Complaint.stage == Stage.RECEIVED,
        Complaint.route != Route.COMPLAINT,
        and_(Complaint.stage == Stage.TOLD, Complaint.answer_by <= last_week),
        and_(Complaint.stage == Stage.TOLD, Complaint.ended_on <= last_week - CLOSE_AFTER),
        and_(Complaint.stage != Stage.TOLD, Complaint.not_taken_up_by <= last_week),
        and_(Complaint.stage != Stage.TOLD, Complaint.decide_by <= last_week),
    )
    found = db.session.scalars(
        select(Complaint)
        .where(or_(and_(Complaint.stage.in_(OPEN), near), _to_post()))
        # What people wrote is not needed to know a date, so it stays sealed.
        .options(
            defer(Complaint.sealed_content),
            defer(Complaint.hearing_place),
            selectinload(Complaint.parts).options(load_only(ComplaintPart.judgment)),
            selectinload(Complaint.letters).options(load_only(ComplaintLetter.kind, ComplaintLetter.sent_on)),
        )
        .order_by(Complaint.id)
    )
    dated = [(complaint, dues.next_due(case_of(complaint), is_holiday)) for complaint in found]
    return [
        (complaint, due)
        for complaint, due in dated
        # Of what came in today, the mail that says so is enough.
        if due is not None and complaint.received_on != today and dues.is_reminded(due.on, today, is_holiday)
    ]


def _to_post() -> ColumnElement[bool]:
    """An outcome on paper that was not posted yet."""
    return Complaint.letters.any(
        and_(ComplaintLetter.sent_on.is_(None), ComplaintLetter.kind.in_(TOLD_BY_LETTER))
    )


def _remind(complaint: Complaint, due: Due, today: date) -> int:
    users = _reminded(complaint)
    if not users:
        _warn_nobody(complaint.reference, today)
    return notices.tell_staff(
        complaint,
        "soon" if today <= due.on else "late",
        users,
        key=f"{due.term}:{due.on}:{today}",
        on=due.on,
    )


def _reminded(complaint: Complaint) -> Sequence[User]:
    """The coordinators, and who handles it; each once."""
    users = [*people.coordinators(complaint), *people.those_who_handle(complaint)]
    return list({user.id: user for user in users}.values())


@lru_cache(maxsize=256)
def _warn_nobody(reference: str, _day: date) -> None:
    """Once a day for each complaint, not each round."""
    log.warning("a complaint has nobody to remind", complaint=reference)
