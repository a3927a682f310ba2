"""What the surveys decide about their messages, when the outbox asks."""

from sqlalchemy import ColumnElement, select, update

from portal import clock
from portal.db import db
from portal.outbox.delivery import Handlers
from portal.outbox.models import Message
from portal.outbox.rules import Channel, State
from portal.surveys.inviting.asking import TOPIC, is_over, keep_not_asked, reachable_by, stops_of
from portal.surveys.inviting.models import Contact
from portal.surveys.inviting.operations import plan
from portal.surveys.inviting.rules import Facts, day_of_next, decide, next_step
from portal.surveys.models import Invitation

_LOST = {
    Channel.EMAIL: (Contact.email_index, Contact.email_lost),
    Channel.SMS: (Contact.phone_index, Contact.phone_lost),
    Channel.LETTER: (Contact.post_index, Contact.post_lost),
}


class SurveyMessages:
    """Invitations and reminders."""

    def wanted(self, message: Message) -> bool:
        """Not after an answer, an opt-out, a call request, closing, a stop, or a lost channel.

        Nor when a later message reached this person first, while this one was held up.
        """
        contact = _contact(message)
        if contact is None or is_over(contact.invitation, clock.today()):
            return False
        if message.channel not in reachable_by(contact):
            contact.next_on = clock.today()
            return False
        facts = Facts(
            happened_on=contact.happened_on,
            reachable=reachable_by(contact),
            stops=set(stops_of([contact]).values()),
            first=False,
        )
        reason = decide(plan(), facts, clock.today())
        if reason is not None:
            keep_not_asked(contact, reason)
            return False
        return not _exists(message, Message.state == State.SENT, Message.id > message.id)

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


def _exists(message: Message, *conditions: ColumnElement[bool]) -> bool:
    """Whether there is another message to this person like that."""
    same = Message.about == message.about, Message.topic == message.topic
    return db.session.scalar(select(Message.id).where(*same, *conditions).limit(1)) is not None


def _contact(message: Message) -> Contact | None:
    return db.session.scalar(
        select(Contact).join(Contact.invitation).where(Invitation.public_id == message.about)
    )


HANDLERS: Handlers = {TOPIC: SurveyMessages()}
