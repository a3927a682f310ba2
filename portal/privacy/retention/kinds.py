"""Where each kind lives: who counts it, and who throws it away. The features do both; this is the list of them."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import NamedTuple

from sqlalchemy import delete, func, select

from portal import clock
from portal.audit import sealing
from portal.audit.models import AuditEvent
from portal.complaints import retention as complaints
from portal.complaints.notices import TOPIC as COMPLAINT
from portal.db import db
from portal.identity import retention as identity
from portal.outbox import retention as messages
from portal.privacy.models import Hold
from portal.privacy.retention.rules import Holds, Kind, Terms, last_kept
from portal.profile import profile
from portal.surveys import retention as surveys
from portal.talks import retention as talks
from portal.talks.notices import TOPIC as TALK
from portal.tasks import retention as tasks

BATCH = 500
Counts = tuple[int, int, date | None, int]
"""A `Standing` as the features give it."""
Gone = Counter[Kind]
"""How many went, also of other kinds that went along; false when nothing did."""


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
    """How one kind is counted and thrown away, with what is held."""

    standing: Callable[[date, Holds], Standing]
    purge: Callable[[date, Holds], Gone] | None = None
    """One batch, in the running transaction."""


def terms() -> Terms:
    """What the profile of this portal says."""
    kept, of_talks = profile().retention, profile().talks
    return Terms(
        contacts_weeks=kept.contacts_weeks,
        calls_weeks=kept.calls_weeks,
        messages_weeks=kept.messages_weeks,
        texts_years=kept.texts_years,
        complaints_years=kept.complaints_years,
        audit_years=kept.audit_years,
        backups_days=kept.backups_days,
        evening_weeks=of_talks.keep_weeks,
        circle_days=of_talks.confirm_days,
        complaint_drafts_days=kept.complaint_drafts_days,
        uploads_days=kept.uploads_days,
        tries_hours=kept.tries_hours,
        accounts_weeks=kept.accounts_weeks,
    )


def _kept_from(kind: Kind) -> date:
    return last_kept(kind, clock.today(), terms())


# ---- Kinds that stand alone ---------------------------------------------------------------


def _alone(kind: Kind, counts: Callable[[date], Counts], purge: Callable[[date], int]) -> Source:
    """Of this kind nothing is held by itself, and nothing else goes along with it."""
    return Source(
        lambda before, _holds: Standing(*counts(before)),
        lambda before, _holds: +Counter({kind: purge(before)}),
    )


def _holds_standing(before: date) -> Counts:
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


# ---- Kinds with which messages go along ---------------------------------------------------


def _with_messages(kind: Kind, rows: int, told: int) -> Gone:
    return +Counter({kind: rows, Kind.MESSAGES: told})


def _complaints(before: date, holds: Holds) -> Standing:
    return Standing(*complaints.standing(before, holds.single(Kind.COMPLAINTS)))


def _purge_complaints(before: date, holds: Holds) -> Gone:
    held = holds.single(Kind.COMPLAINTS)
    gone = complaints.purge(before, held, messages_held=holds.whole(Kind.MESSAGES))
    return _with_messages(Kind.COMPLAINTS, *gone)


def _purge_signups(before: date, holds: Holds) -> Gone:
    gone = talks.purge_signups(before, messages_held=holds.whole(Kind.MESSAGES))
    return _with_messages(Kind.SIGNUPS, *gone)


def _purge_circle(before: date, holds: Holds) -> Gone:
    return _with_messages(Kind.CIRCLE, *talks.purge_circle(before, messages_held=holds.whole(Kind.MESSAGES)))


def _messages(before: date, holds: Holds) -> Standing:
    """By their own term, and with what goes today."""
    along = [
        (TALK, talks.signups_going(_kept_from(Kind.SIGNUPS))),
        (TALK, talks.circle_going(_kept_from(Kind.CIRCLE))),
    ]
    if not holds.whole(Kind.COMPLAINTS):
        held = holds.single(Kind.COMPLAINTS)
        along.append((COMPLAINT, complaints.going(_kept_from(Kind.COMPLAINTS), held)))
    return Standing(*messages.standing(before, along))


# ---- The audit, which goes by its seals ---------------------------------------------------


def audit_before(before: date, holds: Holds) -> date:
    """Until when the audit may go: not as long as something is kept of a complaint of that time, for then it must
    still be seen who read it."""
    oldest = complaints.oldest_that_stays(
        _kept_from(Kind.COMPLAINTS),
        holds.single(Kind.COMPLAINTS),
        all_held=holds.whole(Kind.COMPLAINTS),
    )
    return min(before, oldest or before)


def _audit(before: date, holds: Holds) -> Standing:
    """Unfinished is what is past the term of today, and stays: sealed with a longer one, or for a complaint."""
    since = datetime.combine(before, time(), clock.AMSTERDAM)
    there, past, oldest = db.session.execute(
        select(
            func.count(),
            func.count().filter(AuditEvent.at < since),
            func.min(AuditEvent.at, type_=AuditEvent.at.type).filter(AuditEvent.at >= since),
        ).select_from(AuditEvent)
    ).one()
    due = sealing.due(audit_before(before, holds))
    return Standing(there, due, clock.local(oldest).date() if oldest else None, max(0, past - due))


SOURCES: dict[Kind, Source] = {
    Kind.DRAFTS: _alone(Kind.DRAFTS, surveys.drafts_standing, surveys.purge_drafts),
    Kind.CONTACTS: _alone(Kind.CONTACTS, surveys.contacts_standing, surveys.purge_contacts),
    Kind.TEXTS: _alone(Kind.TEXTS, surveys.texts_standing, surveys.purge_texts),
    Kind.UPLOADS: _alone(Kind.UPLOADS, surveys.uploads_standing, surveys.purge_uploads),
    Kind.CALLS: _alone(Kind.CALLS, tasks.standing, tasks.purge),
    Kind.COMPLAINT_DRAFTS: _alone(Kind.COMPLAINT_DRAFTS, complaints.drafts_standing, complaints.purge_drafts),
    Kind.COMPLAINTS: Source(_complaints, _purge_complaints),
    Kind.SIGNUPS: Source(lambda before, _holds: Standing(*talks.signups_standing(before)), _purge_signups),
    Kind.CIRCLE: Source(lambda before, _holds: Standing(*talks.circle_standing(before)), _purge_circle),
    Kind.MESSAGES: Source(
        _messages, lambda before, _holds: +Counter({Kind.MESSAGES: messages.purge(before)})
    ),
    Kind.ACCOUNTS: _alone(Kind.ACCOUNTS, identity.accounts_standing, identity.purge_accounts),
    Kind.ATTEMPTS: _alone(Kind.ATTEMPTS, identity.tries_standing, identity.purge_tries),
    # It is purged by its seals, in transactions of its own.
    Kind.AUDIT: Source(_audit),
    Kind.HOLDS: _alone(Kind.HOLDS, _holds_standing, _purge_holds),
}
"""Every kind but the backups, which lie outside the portal."""
FORGOTTEN = (
    *(
        "contact",
        "invitation",
        "no_contact",
        "import_file",
        "draft",
        "message",
        "task",
        "response_text",
        "hold",
    ),
    *("complaint", "complaint_step", "complaint_part", "complaint_message", "complaint_letter"),
    *("complaint_attachment", "complaint_draft", "person_concerned", "measure"),
    *("sign_up", "circle_member", "attempt", "staff_user", "staff_link"),
)
"""The tables in which a purge, or forgetting one person, leaves dead rows."""
