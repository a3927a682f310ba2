"""The worker's job: decide who is asked today, and queue their message."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.orm import contains_eager

from portal import clock, i18n
from portal.crypto import LostKey
from portal.db import db, exclusive, transaction
from portal.outbox.hours import hours
from portal.outbox.models import Message
from portal.outbox.operations import channels, is_paused, queue
from portal.outbox.rules import Channel, State
from portal.profile import profile
from portal.surveys.answering.queries import code_of, link_of, newest_version, read
from portal.surveys.inviting import indexes
from portal.surveys.inviting.models import Contact, NoContact
from portal.surveys.inviting.operations import COMPLAINT, KINDS_OF_COMPLAINT, plan, protected_of
from portal.surveys.inviting.rules import (
    GRAVITY,
    Facts,
    NotAsked,
    Plan,
    Protected,
    StopReason,
    day_of_next,
    decide,
    next_step,
)
from portal.surveys.models import Invitation
from portal.surveys.questionnaire import Questionnaire, QuestionType
from portal.surveys.rules import Moment, Perspective, closing_date
from portal.web import where

log = structlog.get_logger("portal.inviting")
TOPIC = "survey"
# What somebody's data give when the key behind them is no longer configured.
LOST = (LostKey, KeyError)
BATCH = 200


def invite() -> int:
    """Take every step that is due, in batches of their own. Returns how many messages were queued.

    Nothing is decided outside the profile's hours or while the team paused the surveys.
    """
    if is_paused(TOPIC) or not hours().open_at(clock.local(clock.now())):
        return 0
    queued = 0
    while ids := _due():
        try:
            queued += _take(ids)
        except LOST as error:
            log.error("batch taken one by one", kind=type(error).__name__, where=where(error))
            queued += sum(_take_alone(invitation_id) for invitation_id in ids)
    return queued


def _due() -> Sequence[int]:
    """Whose step is due, a batch of them."""
    due = select(Contact.invitation_id).where(Contact.next_on <= clock.today())
    return db.session.scalars(due.order_by(Contact.next_on, Contact.invitation_id).limit(BATCH)).all()


def _take(ids: Sequence[int]) -> int:
    """Take the steps of these people in one transaction. Returns how many messages were queued."""
    today = clock.today()
    with transaction():
        # Two workers deciding at once could each ask the same person about another moment.
        exclusive("inviting")
        due = db.session.scalars(
            select(Contact)
            .join(Contact.invitation)
            .options(contains_eager(Contact.invitation))
            .where(Contact.invitation_id.in_(ids), Contact.next_on <= today)
            .order_by(Contact.next_on, Contact.invitation_id)
        ).all()
        with db.session.no_autoflush:
            known = Known.of(due, today)
            return sum(_step(contact, known, today) for contact in due)


def _take_alone(invitation_id: int) -> int:
    """The same for one person. Whose data cannot be read comes again tomorrow and holds up nobody."""
    try:
        return _take([invitation_id])
    except LOST as error:
        log.error("contact cannot be read", kind=type(error).__name__, where=where(error))
    with transaction() as session:
        tomorrow = clock.today() + timedelta(days=1)
        session.execute(
            update(Contact).where(Contact.invitation_id == invitation_id).values(next_on=tomorrow)
        )
    return 0


@dataclass(frozen=True)
class Asked:
    """When somebody was first asked, about what."""

    invitation_id: int
    case_index: str
    moment: str
    happened_on: date
    addresses: frozenset[str]
    on: date


@dataclass
class Known:
    """What must be known of a batch of people before deciding, read in a handful of statements."""

    plan: Plan
    questionnaires: dict[str, Questionnaire]
    stops: dict[tuple[str, str], StopReason]
    under_way: frozenset[str]
    """Public ids of those whose last message did not leave yet."""
    asked: list[Asked]
    waiting: frozenset[int]
    """Who waits for a while without anybody being told why, by the id of the invitation."""

    @classmethod
    def of(cls, due: Sequence[Contact], today: date) -> "Known":
        """Read it."""
        the_plan = plan()
        moments = {Moment(contact.invitation.moment) for contact in due}
        questionnaires: dict[str, Questionnaire] = {
            moment: read(newest_version(moment).source) for moment in moments
        }
        return cls(
            the_plan,
            questionnaires,
            stops_of(due),
            _under_way(due),
            _asked_lately(due, the_plan, today),
            frozenset(contact.invitation_id for contact in waiting_of(due)),
        )

    def facts(self, contact: Contact, reachable: Collection[Channel]) -> Facts:
        """What the rules want to know of one of them."""
        mine = [
            asked
            for asked in self.asked
            if asked.addresses & addresses_of(contact) and asked.invitation_id != contact.invitation_id
        ]
        of_case = [
            asked
            for asked in self.asked
            if asked.case_index == contact.case_index
            and (asked.moment, asked.happened_on) != (contact.invitation.moment, contact.happened_on)
        ]
        return Facts(
            happened_on=contact.happened_on,
            reachable=reachable,
            stops={
                self.stops[key]
                for protected in protected_of(contact)
                if (key := (str(protected.kind), protected.value_index)) in self.stops
            },
            person_asked_on=max((asked.on for asked in mine), default=None),
            case_asked_on=max((asked.on for asked in of_case), default=None),
            first=contact.invitation.invited_on is None,
        )

    def now_asked(self, contact: Contact, today: date) -> None:
        """Remember it for the others of this batch."""
        self.asked.append(_asked(contact, today))


def stops_of(contacts: Iterable[Contact]) -> dict[tuple[str, str], StopReason]:
    """What of these people or their cases is left alone, by kind and index: what staff or they themselves said."""
    values = {protected.value_index for contact in contacts for protected in protected_of(contact)}
    rows = db.session.execute(
        select(NoContact.kind, NoContact.value_index, NoContact.reason).where(
            NoContact.value_index.in_(values), NoContact.actor != COMPLAINT
        )
    )
    found: dict[tuple[str, str], StopReason] = {}
    # Two people may have asked it of one address: the gravest reason counts.
    for kind, value_index, reason in sorted(rows, key=lambda row: -GRAVITY.index(StopReason(row.reason))):
        found[kind, value_index] = StopReason(reason)
    return found


def waiting_of(contacts: Sequence[Contact]) -> Sequence[Contact]:
    """Whose complaint is being handled: they wait, and come again when it ended.

    No decision is taken and nothing kept beside the name: who complained is not for who sends surveys.
    """
    protected = {
        contact.invitation_id: {
            (str(one.kind), indexes.waiting_index(one.value_index))
            for one in protected_of(contact)
            if one.kind in KINDS_OF_COMPLAINT
        }
        for contact in contacts
    }
    values = {value_index for found in protected.values() for _kind, value_index in found}
    held = {
        (kind, value_index)
        for kind, value_index in db.session.execute(
            select(NoContact.kind, NoContact.value_index).where(
                NoContact.value_index.in_(values), NoContact.actor == COMPLAINT
            )
        )
    }
    return [contact for contact in contacts if protected[contact.invitation_id] & held]


def _asked_lately(due: Sequence[Contact], the_plan: Plan, today: date) -> list[Asked]:
    since = today - timedelta(days=max(the_plan.between_person_days, the_plan.between_case_days))
    first = [contact for contact in due if contact.invitation.invited_on is None]
    columns = (Contact.case_index, Contact.email_index, Contact.phone_index, Contact.post_index)
    rows = db.session.execute(
        select(Contact, Invitation)
        .join(Contact.invitation)
        .where(
            Invitation.invited_on > since,
            or_(
                *(
                    column.in_({value for contact in first if (value := getattr(contact, column.key))})
                    for column in columns
                )
            ),
        )
    )
    return [_asked(contact, invitation.invited_on) for contact, invitation in rows if invitation.invited_on]


def _asked(contact: Contact, on: date) -> Asked:
    invitation = contact.invitation
    return Asked(
        contact.invitation_id,
        contact.case_index,
        invitation.moment,
        contact.happened_on,
        addresses_of(contact),
        on,
    )


def _under_way(due: Iterable[Contact]) -> frozenset[str]:
    ids = [contact.invitation.public_id for contact in due]
    return frozenset(
        db.session.scalars(
            select(Message.about).where(
                Message.about.in_(ids), Message.topic == TOPIC, Message.state == State.WAITING
            )
        )
    )


def addresses_of(contact: Contact) -> frozenset[str]:
    """By what the same person is known in another invitation: addresses, and the name within the case."""
    return frozenset(
        protected.value_index for protected in protected_of(contact) if protected.kind is not Protected.CASE
    )


def reachable_by(contact: Contact) -> set[Channel]:
    """Over which channels this person can be reached, as far as we know."""
    ways = {
        Channel.EMAIL: contact.email_index and not contact.email_lost,
        Channel.SMS: contact.phone_index and not contact.phone_lost,
        Channel.LETTER: contact.post_index and not contact.post_lost,
    }
    return {channel for channel, way in ways.items() if way}


def _step(contact: Contact, known: Known, today: date) -> int:
    """Take the next step with one person, or decide that there is none. Returns messages queued."""
    invitation, tomorrow = contact.invitation, today + timedelta(days=1)
    contact.next_on = None
    if is_over(invitation, today):
        return 0
    ways = reachable_by(contact)
    reachable = ways & channels()
    is_waiting = contact.invitation_id in known.waiting
    if is_waiting or invitation.public_id in known.under_way or (ways and not reachable):
        # The last message must leave first; a channel that is not set up is ours to mend.
        contact.next_on = tomorrow
        return 0
    reason = decide(known.plan, known.facts(contact, reachable), today)
    found = next_step(known.plan, contact.steps, reachable)
    if reason is None and found is None and invitation.invited_on is None:
        reason = NotAsked.UNREACHABLE
    if reason is not None:
        keep_not_asked(contact, reason)
        return 0
    if found is None:
        return 0
    number, channel = found
    steps = known.plan.steps
    if invitation.delivered and contact.steps < number:
        # A step that reaches nobody was skipped: the one after it keeps its own day.
        contact.next_on = today + timedelta(days=steps[number].day - steps[contact.steps].day)
        contact.steps = number
        return 0
    if invitation.invited_on is None:
        invitation.invited_on, invitation.channel = today, channel
        invitation.closes_on = closing_date(today, profile().surveys.open_days)
        known.now_asked(contact, today)
    _queue(contact, number, channel, known.questionnaires[invitation.moment])
    contact.steps = number + 1
    contact.next_on = day_of_next(known.plan, number, today)
    return 1


def keep_not_asked(contact: Contact, reason: NotAsked) -> None:
    """Nothing more to this person; why is kept when nothing ever reached them."""
    contact.next_on = None
    if not contact.invitation.delivered:
        contact.not_asked, contact.not_asked_on = reason, clock.today()
        contact.invitation.invited_on = None


def is_over(invitation: Invitation, today: date) -> bool:
    """Whether nobody should write to this person any more about this moment."""
    return (
        invitation.completed
        or invitation.call_requested
        or invitation.opted_out
        or (invitation.delivered and invitation.closes_on < today)
    )


def _queue(contact: Contact, number: int, channel: Channel, questionnaire: Questionnaire) -> None:
    invitation = contact.invitation
    language = invitation.language if invitation.language in profile().languages else i18n.DEFAULT
    queue(
        channel,
        template_of(invitation, number),
        to=address_of(contact, channel),
        topic=TOPIC,
        about=invitation.public_id,
        # With what is known of the address: a message that is made again for a new one is another.
        request_key=f"{TOPIC}:{invitation.public_id}:{number}:{contact.details_index[:12]}",
        language=language,
        params=params_of(invitation) | {"question": _grade_question(questionnaire, invitation, language)},
        in_hours=True,
    )


def template_of(invitation: Invitation, number: int) -> str:
    """Which message: the first, a reminder, or another for who began already."""
    if number == 0 or not invitation.delivered:
        return "survey_invitation"
    return "survey_reminder_started" if invitation.started else "survey_reminder"


def address_of(contact: Contact, channel: Channel) -> str:
    """Where a message over this channel goes; of a letter the lines of the address."""
    if channel is Channel.EMAIL:
        return contact.email or ""
    if channel is Channel.SMS:
        return contact.phone or ""
    lines = (contact.invitation.name, contact.street, f"{contact.postcode}  {contact.place}")
    return "\n".join(line for line in lines if line)


def _grade_question(questionnaire: Questionnaire, invitation: Invitation, language: str) -> str:
    """The question that can be answered from the mail; empty when this questionnaire asks no grade."""
    for question in questionnaire.questions_for(parenting_help=invitation.parenting_help):
        if question.type is QuestionType.GRADE:
            return question.text.say(language, invitation.perspective)
    return ""


def params_of(invitation: Invitation) -> dict[str, Any]:
    """What every survey message may show."""
    link = link_of(invitation)
    return {
        "name": invitation.name or "",
        "moment": invitation.moment,
        "young": invitation.perspective == Perspective.YOUNG_PERSON,
        "first_person": invitation.first_person,
        "perspective": invitation.perspective or "",
        "parenting_help": invitation.parenting_help,
        "link": link,
        "unsubscribe": f"{link}/afmelden",
        "closes_on": invitation.closes_on.isoformat(),
        "code": code_of(invitation),
        "own_language": invitation.language,
    }
