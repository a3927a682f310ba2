"""What the surveys decide about their messages, when the outbox asks."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import contains_eager

from portal import clock
from portal.db import db
from portal.outbox.delivery import Handlers
from portal.outbox.models import Message
from portal.outbox.rules import Channel, State
from portal.profile import profile
from portal.surveys.inviting.asking import (
    TOPIC,
    is_over,
    keep_not_asked,
    reachable_by,
    stops_of,
    waiting_of,
)
from portal.surveys.inviting.models import Contact
from portal.surveys.inviting.operations import plan, protected_of
from portal.surveys.inviting.rules import (
    Facts,
    NotAsked,
    StopReason,
    day_of_next,
    decide,
    is_too_old,
    next_step,
)
from portal.surveys.models import Invitation
from portal.surveys.rules import closing_date

_LOST = {
    Channel.EMAIL: (Contact.email_index, Contact.email_lost),
    Channel.SMS: (Contact.phone_index, Contact.phone_lost),
    Channel.LETTER: (Contact.post_index, Contact.post_lost),
}


class SurveyMessages:
    """Invitations and reminders."""

    def wanted(self, message: Message) -> bool:
        """Not after an answer, an opt-out, a call request, closing, a stop, or a lost channel.

        Nor when a later message reached this person first or is on its way, while this one was held up.
        """
        contact = _contact(message)
        if contact is None or is_over(contact.invitation, clock.today()):
            return False
        if message.channel not in reachable_by(contact):
            contact.next_on = clock.today()
            return False
        if waiting_of([contact]):
            # The next step is taken when they need not wait any more.
            contact.next_on = clock.today() + timedelta(days=1)
            if not contact.invitation.delivered:
                contact.invitation.invited_on = None
            return False
        reason = _why_not(contact, stops_of([contact]))
        if reason is not None:
            keep_not_asked(contact, reason)
            return False
        if _exists(message, Message.state.in_([State.SENT, State.WAITING]), Message.id > message.id):
            return False
        if not contact.invitation.delivered:
            _promise_anew(message, contact.invitation)
        return True

    def sent(self, message: Message) -> None:
        """From now on it counts as invited, and the days until the next message count from here."""
        contact = _contact(message)
        if contact is None:
            return
        invitation = contact.invitation
        if not invitation.delivered:
            invitation.delivered, invitation.channel = True, message.channel
        after = day_of_next(plan(), contact.steps - 1, clock.today())
        if contact.next_on is not None and after is not None:
            contact.next_on = max(contact.next_on, after)

    def lost(self, message: Message) -> None:
        """This address is over, for everybody who has it; the next step may try another at once."""
        contact = _contact(message)
        if contact is None:
            return
        index, lost = _LOST[Channel(message.channel)]
        db.session.execute(
            update(Contact).where(index == getattr(contact, index.key)).values({lost.key: True})
        )
        db.session.refresh(contact)
        invitation = contact.invitation
        if not _exists(message, Message.state == State.SENT, Message.id != message.id):
            invitation.delivered = False
        step = next_step(plan(), contact.steps, reachable_by(contact))
        if step is not None and not is_over(invitation, clock.today()):
            contact.next_on = clock.today()


def unwanted(messages: Sequence[Message]) -> set[int]:
    """Which of these nobody wants any more, by id; changes nothing."""
    contacts = {
        contact.invitation.public_id: contact
        for contact in db.session.scalars(
            select(Contact)
            .join(Contact.invitation)
            .options(contains_eager(Contact.invitation))
            .where(Invitation.public_id.in_([message.about for message in messages]))
        )
    }
    stops = stops_of(contacts.values())
    waiting = {contact.invitation_id for contact in waiting_of(list(contacts.values()))}
    found = set()
    for message in messages:
        contact = contacts.get(message.about)
        if (
            contact is None
            or is_over(contact.invitation, clock.today())
            or message.channel not in reachable_by(contact)
            or contact.invitation_id in waiting
            or _why_not(contact, stops) is not None
        ):
            found.add(message.id)
    return found


def _why_not(contact: Contact, stops: Mapping[tuple[str, str], StopReason]) -> NotAsked | None:
    """Why a message that was queued should not leave any more."""
    the_plan, today = plan(), clock.today()
    if not contact.invitation.delivered and is_too_old(the_plan, contact.happened_on, today):
        return NotAsked.TOO_OLD
    mine = [(str(protected.kind), protected.value_index) for protected in protected_of(contact)]
    facts = Facts(
        happened_on=contact.happened_on,
        reachable=reachable_by(contact),
        stops={stops[key] for key in mine if key in stops},
        first=False,
    )
    return decide(the_plan, facts, today)


def _promise_anew(message: Message, invitation: Invitation) -> None:
    """A first message that had to wait gives as many days as one that leaves at once."""
    closes_on = closing_date(clock.today(), profile().surveys.open_days)
    if closes_on != invitation.closes_on:
        invitation.closes_on = closes_on
        params = json.loads(message.params or "{}")
        message.params = json.dumps(params | {"closes_on": closes_on.isoformat()})


def _exists(message: Message, *conditions: ColumnElement[bool]) -> bool:
    """Whether there is another message to this person like that."""
    same = Message.about == message.about, Message.topic == message.topic
    return db.session.scalar(select(Message.id).where(*same, *conditions).limit(1)) is not None


def _contact(message: Message) -> Contact | None:
    return db.session.scalar(
        select(Contact).join(Contact.invitation).where(Invitation.public_id == message.about)
    )


HANDLERS: Handlers = {TOPIC: SurveyMessages()}
