"""Where each kind lives: who counts it, and who throws it away. The features do both; this is the list of them."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import NamedTuple

from sqlalchemy import delete, func, select

from portal import clock
from portal.audit import sealing
from portal.audit.models import AuditEvent
from portal.complaints import retention as complaints
from portal.db import db
from portal.identity.attempts import KEPT_FOR
from portal.identity.models import Attempt
from portal.outbox import retention as messages
from portal.privacy.models import Hold
from portal.privacy.retention.rules import Kind
from portal.surveys import retention as surveys
from portal.talks.models import Evening, Member, SignUp
from portal.tasks import retention as tasks

BATCH = 500
Counts = tuple[int, int, date | None, int]
"""A `Standing` as the features give it."""


class Standing(NamedTuple):
    """How many there are of a kind, and what is to happen with them."""

    there: int
    due: int
    """How many go now."""
    first: date | None
    """The earliest day from which one counts that stays."""
    unfinished: int
    """How many are past their term and stay, because something of them still has to be done."""


@dataclass(frozen=True)
class Source:
    """How one kind is counted and thrown away. `held` are the references that stay."""

    standing: Callable[[date, Collection[str]], Standing]
    purge: Callable[[date, Collection[str]], int] | None = None
    """One batch, in the running transaction; how many."""


def _whole(counts: Callable[[date], Counts]) -> Callable[[date, Collection[str]], Standing]:
    """Of this kind nothing is held by itself."""
    return lambda before, _held: Standing(*counts(before))


def _batch(purge: Callable[[date], int]) -> Callable[[date, Collection[str]], int]:
    return lambda before, _held: purge(before)


# ---- Kinds without a feature of their own -------------------------------------------------


def _signups(before: date) -> Counts:
    """People of evenings; the evening counts from its own day, or from when it was cancelled."""
    rows = db.session.execute(
        select(func.count(SignUp.id), Evening.ends_at, Evening.cancelled_at)
        .join(SignUp.evening)
        .where(Evening.purged_on.is_(None))
        .group_by(Evening.id, Evening.ends_at, Evening.cancelled_at)
    ).all()
    days = [(number, min(_day(ends_at), _day(off or ends_at))) for number, ends_at, off in rows]
    stays = [day for _number, day in days if day >= before]
    due = sum(number for number, day in days if day < before)
    return sum(number for number, _ended in days), due, min(stays, default=None), 0


def _circle(before: date) -> Counts:
    """Addresses that nobody confirmed yet."""
    there, due, oldest = db.session.execute(
        select(
            func.count(),
            func.count().filter(Member.asked_on < before),
            func.min(Member.asked_on).filter(Member.asked_on >= before),
        ).where(Member.confirmed_on.is_(None))
    ).one()
    return there, due, oldest, 0


def _attempts(_before: date) -> Counts:
    is_old = Attempt.at < clock.now() - KEPT_FOR
    there, due = db.session.execute(
        select(func.count(), func.count().filter(is_old)).select_from(Attempt)
    ).one()
    return there, due, None, 0


def _audit(before: date) -> Counts:
    since = datetime.combine(before, time(), clock.AMSTERDAM)
    there, oldest = db.session.execute(
        select(
            func.count(), func.min(AuditEvent.at, type_=AuditEvent.at.type).filter(AuditEvent.at >= since)
        ).select_from(AuditEvent)
    ).one()
    return there, sealing.due(before), _day(oldest) if oldest else None, 0


def _holds(before: date) -> Counts:
    there, due, oldest = db.session.execute(
        select(
            func.count(),
            func.count().filter(Hold.ended_on < before),
            func.min(Hold.ended_on).filter(Hold.ended_on >= before),
        ).select_from(Hold)
    ).one()
    return there, due, oldest, 0


def _purge_holds(before: date) -> int:
    ended = db.session.scalars(select(Hold.id).where(Hold.ended_on < before).limit(BATCH)).all()
    db.session.execute(delete(Hold).where(Hold.id.in_(ended)).execution_options(synchronize_session=False))
    return len(ended)


def _day(moment: datetime) -> date:
    return clock.local(moment).date()


SOURCES: dict[Kind, Source] = {
    Kind.DRAFTS: Source(_whole(surveys.drafts_standing)),
    Kind.CONTACTS: Source(_whole(surveys.contacts_standing), _batch(surveys.purge_contacts)),
    Kind.TEXTS: Source(_whole(surveys.texts_standing), _batch(surveys.purge_texts)),
    Kind.UPLOADS: Source(_whole(surveys.uploads_standing)),
    Kind.CALLS: Source(_whole(tasks.standing), _batch(tasks.purge)),
    Kind.COMPLAINT_DRAFTS: Source(_whole(complaints.drafts_standing)),
    Kind.COMPLAINTS: Source(
        lambda before, held: Standing(*complaints.standing(before, held)), complaints.purge
    ),
    Kind.SIGNUPS: Source(_whole(_signups)),
    Kind.CIRCLE: Source(_whole(_circle)),
    Kind.MESSAGES: Source(_whole(messages.standing), _batch(messages.purge)),
    Kind.ATTEMPTS: Source(_whole(_attempts)),
    # It is purged by its seals, in transactions of its own.
    Kind.AUDIT: Source(_whole(_audit)),
    Kind.HOLDS: Source(_whole(_holds), _batch(_purge_holds)),
}
"""Every kind but the backups, which lie outside the portal."""
FORGOTTEN = (
    *("contact", "invitation", "message", "task", "response_text", "hold"),
    *("complaint", "complaint_step", "complaint_part", "complaint_message", "complaint_letter"),
    *("complaint_attachment", "person_concerned", "measure"),
)
"""The tables in which a purge leaves dead rows."""
