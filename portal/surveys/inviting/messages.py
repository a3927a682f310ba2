"""What the surveys decide about their messages, when the outbox asks."""

from sqlalchemy import select, update

from portal import clock
from portal.db import db
from portal.outbox.delivery import Handlers
from portal.outbox.models import Message
from portal.outbox.rules import Channel, State
from portal.surveys.inviting.asking import TOPIC, is_over, reachable_by, stops_of
from portal.surveys.inviting.models import Contact
from portal.surveys.inviting.operations import plan
from portal.surveys.inviting.rules import Facts, decide, next_step
from portal.surveys.models import Invitation

_LOST = {
    Channel.EMAIL: (Contact.email_index, Contact.email_lost),
    Channel.SMS: (Contact.phone_index, Contact.phone_lost),
    Channel.LETTER: (Contact.post_index, Contact.post_lost),
}


class SurveyMessages:
    """Invitations and reminders."""

    def wanted(self, message: Message) -> bool:
        """Not after an answer, an opt-out, a call request, closing, a stop, or a lost channel."""
        contact = _contact(message)
        if contact is None or is_over(contact.invitation, clock.today()):
            return False
        if message.channel not in reachable_by(contact):
            return False
        facts = Facts(
            happened_on=contact.happened_on,
            reachable=reachable_by(contact),
            stops=set(stops_of([contact]).values()),
            first=False,
        )
        return decide(plan(), facts, clock.today()) is None

    def sent(self, message: Message) -> None:
        """From now on it counts as invited: the message was handed over."""
        invitation = _invitation(message)
        if invitation is not None and not invitation.delivered:
            invitation.delivered, invitation.channel = True, message.channel

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
        others = select(Message.id).where(
            Message.about == message.about, Message.state == State.SENT, Message.id != message.id
        )
        if db.session.scalar(others.limit(1)) is None:
            invitation.delivered = False
        step = next_step(plan(), contact.steps, reachable_by(contact))
        if step is not None and not is_over(invitation, clock.today()):
            contact.next_on = clock.today()


def _invitation(message: Message) -> Invitation | None:
    return db.session.scalar(select(Invitation).where(Invitation.public_id == message.about))


def _contact(message: Message) -> Contact | None:
    return db.session.scalar(
        select(Contact).join(Contact.invitation).where(Invitation.public_id == message.about)
    )


HANDLERS: Handlers = {TOPIC: SurveyMessages()}
