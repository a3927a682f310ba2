"""The last word before a message about a complaint leaves, and which of them reached nobody."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from portal import clock
from portal.complaints import dues
from portal.complaints.concerned.operations import shows_outcome
from portal.complaints.independence import Access
from portal.complaints.models import Complaint
from portal.complaints.notices import TOPIC
from portal.complaints.operations import case_of
from portal.complaints.people import access_for, must_declare
from portal.complaints.settings import is_holiday
from portal.crypto import public_id_of
from portal.db import db
from portal.identity.models import User
from portal.outbox.handlers import Handlers
from portal.outbox.models import Message
from portal.outbox.rules import State

REMINDERS = ("soon", "late")


class ComplaintMessages:
    """Notices to the complainant, links to persons concerned, and mail to staff."""

    def wanted(self, message: Message) -> bool:
        """Not when who would get it has nothing to do with it any more, or a term was met meanwhile."""
        complaint = db.session.scalar(select(Complaint).where(Complaint.public_id == message.about))
        if complaint is None:
            return False
        match message.template:
            case "complaint_notice":
                return _is_still_safe(message, complaint)
            case "complaint_concerned":
                return _is_still_concerned(message, complaint)
            case "complaint_staff":
                return _is_for_staff(message, complaint)
        return True

    def sent(self, message: Message) -> None:
        """Nothing: what happened to the complaint does not depend on a notice."""

    def lost(self, message: Message) -> None:
        """Nothing to change: `undelivered` shows it to who handles the complaint."""


def _is_still_safe(message: Message, complaint: Complaint) -> bool:
    """Whether this is still the way that the complainant said to be safe."""
    content = complaint.content
    address = content.email if message.channel == "email" else content.phone
    return message.channel == content.notice_channel and message.to == address


def _is_still_concerned(message: Message, complaint: Complaint) -> bool:
    """Whether the link still opens something for this person."""
    params = _params(message)
    public_id = public_id_of(params["token"])
    is_named = any(
        person.public_id == public_id and person.email == message.to for person in complaint.concerned
    )
    if params["what"] == "outcome":
        return is_named and shows_outcome(complaint)
    return is_named and complaint.ended_on is None


def _is_for_staff(message: Message, complaint: Complaint) -> bool:
    """Whether this account may still read the complaint, and a reminder is still true."""
    user = db.session.scalar(select(User).where(User.email == message.to, User.active.is_(True)))
    if user is None:
        return False
    if access_for(complaint, user) in (Access.NOTHING, Access.SUMMARY):
        return False
    params = _params(message)
    if params["what"] == "asked":
        return must_declare(complaint, user)
    return params["what"] not in REMINDERS or _is_still_due(message, complaint, params["on"])


def _is_still_due(message: Message, complaint: Complaint, on: str) -> bool:
    """Whether the term still ends on that day; one held up until there is a newer one need not leave."""
    due = dues.next_due(case_of(complaint), is_holiday)
    if due is None or due.on.isoformat() != on:
        return False
    today = clock.today()
    is_of_today = clock.local(message.queued_at).date() == today
    return is_of_today or not dues.is_reminded(due.on, today, is_holiday)


def _params(message: Message) -> Mapping[str, str]:
    params: Mapping[str, str] = json.loads(message.params or "{}")
    return params


@dataclass(frozen=True)
class Undelivered:
    """A message about a complaint that reached nobody. Says nothing of whom it was for."""

    message_id: int
    template: str
    channel: str
    queued_at: datetime
    came_back: bool
    """Whether the address is wrong; otherwise it was given up and can be sent again."""
    problem: str


def undelivered(complaint: Complaint) -> Sequence[Undelivered]:
    """What about this complaint came back or was given up, the newest first."""
    columns = (
        Message.id,
        Message.template,
        Message.channel,
        Message.queued_at,
        Message.state == State.BOUNCED,
        Message.problem,
    )
    found = (
        select(*columns)
        .where(
            Message.topic == TOPIC,
            Message.about == complaint.public_id,
            Message.state.in_([State.DEAD, State.BOUNCED]),
        )
        .order_by(Message.id.desc())
    )
    return [Undelivered(*row) for row in db.session.execute(found)]


COMPLAINT_HANDLERS: Handlers = {TOPIC: ComplaintMessages()}
