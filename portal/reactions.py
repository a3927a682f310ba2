"""What one part of the portal does when something happens in another. Parts do not know one another."""

from typing import Any

from sqlalchemy import select

from portal.complaints import events
from portal.complaints.handlers import COMPLAINT_HANDLERS
from portal.complaints.models import Complaint
from portal.complaints.rules import OPEN
from portal.db import db
from portal.outbox.handlers import Handlers
from portal.surveys.inviting.messages import HANDLERS as SURVEY_HANDLERS
from portal.surveys.inviting.operations import (
    ProtectedValue,
    addresses_of,
    ask_again_after_complaint,
    leave_alone_during_complaint,
)

HANDLERS: Handlers = {**SURVEY_HANDLERS, **COMPLAINT_HANDLERS}
"""Who decides about the messages of each topic."""


def connect() -> None:
    """Connect them once, however many applications there are in the process."""
    events.began.connect(_ask_nothing)
    events.ended.connect(_ask_again)


def _ask_nothing(complaint: Complaint, **_given: Any) -> None:
    """Nobody is asked how the help was while a complaint of theirs is handled; the profile may say otherwise."""
    leave_alone_during_complaint(_addresses(complaint))


def _ask_again(complaint: Complaint, **_given: Any) -> None:
    others = db.session.scalars(
        select(Complaint).where(Complaint.stage.in_(OPEN), Complaint.id != complaint.id)
    )
    still = {protected for other in others for protected in _addresses(other)}
    ask_again_after_complaint(found for found in _addresses(complaint) if found not in still)


def _addresses(complaint: Complaint) -> list[ProtectedValue]:
    content = complaint.content
    return addresses_of(content.email, content.phone)
