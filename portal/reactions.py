"""What one part of the portal does when something happens in another. Parts do not know one another."""

from typing import Any

from sqlalchemy import ColumnElement, exists, select

from portal.complaints import events, notices
from portal.complaints.handlers import COMPLAINT_HANDLERS
from portal.complaints.models import Complaint
from portal.complaints.rules import OPEN, Stage
from portal.db import db, exclusive
from portal.identity.links import ACCOUNT_HANDLERS
from portal.outbox.handlers import Handlers
from portal.surveys.inviting.messages import HANDLERS as SURVEY_HANDLERS
from portal.surveys.inviting.operations import ask_again, wait_for_complaint
from portal.talks.messages import TALK_HANDLERS

HANDLERS: Handlers = {**SURVEY_HANDLERS, **COMPLAINT_HANDLERS, **TALK_HANDLERS, **ACCOUNT_HANDLERS}
"""Who decides about the messages of each topic."""
UNTOLD = tuple(stage for stage in OPEN if stage is not Stage.TOLD)
"""While the outcome was not told, the complainant is not asked how the help was."""


def connect() -> None:
    """Connect them once, however many applications there are in the process."""
    events.began.connect(_ask_nothing)
    events.ended.connect(_ask_again)
    events.told.connect(_tell_concerned)


def _ask_nothing(complaint: Complaint, **_given: Any) -> None:
    """Nobody is asked how the help was while a complaint of theirs is handled; the profile may say otherwise."""
    content = complaint.content
    wait_for_complaint(content.email, content.phone)


def _ask_again(complaint: Complaint, **_given: Any) -> None:
    """From now on they are, at those addresses from which no other complaint is handled."""
    # One that begins meanwhile waits for this, or is seen by it.
    exclusive("no_contact")
    content = complaint.content
    ask_again(
        "" if _runs(complaint, Complaint.email_index == complaint.email_index) else content.email,
        "" if _runs(complaint, Complaint.phone_index == complaint.phone_index) else content.phone,
    )


def _tell_concerned(complaint: Complaint, **_given: Any) -> None:
    """Whom the complaint is about hears that the outcome can be read (Jeugdwet 4.2.1 lid 2)."""
    for person in complaint.concerned:
        notices.tell_concerned(person, "outcome", key="told")


def _runs(but: Complaint, same: ColumnElement[bool]) -> bool:
    """Whether another complaint from the same address is handled."""
    return bool(
        db.session.scalar(select(exists().where(Complaint.stage.in_(UNTOLD), Complaint.id != but.id, same)))
    )
