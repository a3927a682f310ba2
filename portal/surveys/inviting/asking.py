"""The worker's job: decide who is asked today, and queue their message."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import contains_eager

from portal import clock, i18n
from portal.db import db, exclusive, transaction
from portal.outbox.hours import hours
from portal.outbox.operations import channels, is_paused, queue
from portal.outbox.rules import Channel
from portal.profile import profile
from portal.surveys.answering.queries import code_of, link_of, newest_version, read
from portal.surveys.inviting.models import Contact, NoContact
from portal.surveys.inviting.operations import plan, protected_of
from portal.surveys.inviting.rules import (
    Facts,
    NotAsked,
    Plan,
    StopReason,
    day_of_next,
    decide,
    next_step,
)
from portal.surveys.models import Invitation
from portal.surveys.questionnaire import Questionnaire, QuestionType
from portal.surveys.rules import Moment, Perspective, closing_date

TOPIC = "survey"
BATCH = 200


def invite() -> int:
    """Take every step that is due, in batches of their own. Returns how many messages were queued.

    Nothing is decided outside the profile's hours or while the team paused the surveys.
    """
    if is_paused(TOPIC) or not hours().open_at(clock.local(clock.now())):
        return 0
    queued = 0
    while (done := _batch()) is not None:
        queued += done
    return queued


def _batch() -> int | None:
    """One batch in one transaction, or None when nothing is due."""
    today = clock.today()
    with transaction():
        # Two workers deciding at once could each ask the same person about another moment.
        exclusive("inviting")
        due = db.session.scalars(
            select(Contact)
            .join(Contact.invitation)
            .options(contains_eager(Contact.invitation))
            .where(Contact.next_on <= today)
            .order_by(Contact.next_on, Contact.invitation_id)
            .limit(BATCH)
        ).all()
        if not due:
            return None
        known = Known.of(due, today)
        return sum(_step(contact, known, today) for contact in due)


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
    asked: list[Asked]

    @classmethod
    def of(cls, due: Sequence[Contact], today: date) -> "Known":
        """Read it."""
        the_plan = plan()
        moments = {Moment(contact.invitation.moment) for contact in due}
        questionnaires: dict[str, Questionnaire] = {
            moment: read(newest_version(moment).source) for moment in moments
        }
        return cls(the_plan, questionnaires, stops_of(due), _asked_lately(due, the_plan, today))

    def facts(self, contact: Contact, reachable: Collection[Channel]) -> Facts:
        """What the rules want to know of one of them."""
        mine = [
            asked
            for asked in self.asked
            if asked.addresses & _addresses(contact) and asked.invitation_id != contact.invitation_id
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
    """What of these people or their cases is left alone, by kind and index."""
    values = {protected.value_index for contact in contacts for protected in protected_of(contact)}
    rows = db.session.execute(
        select(NoContact.kind, NoContact.value_index, NoContact.reason).where(
            NoContact.value_index.in_(values)
        )
    )
    return {(kind, value_index): StopReason(reason) for kind, value_index, reason in rows}


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
        _addresses(contact),
        on,
    )


def _addresses(contact: Contact) -> frozenset[str]:
    found = (contact.email_index, contact.phone_index, contact.post_index)
    return frozenset(index for index in found if index)


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
    invitation = contact.invitation
    step_due, contact.next_on = contact.next_on, None
    if is_over(invitation, today) or step_due is None:
        return 0
    reachable = reachable_by(contact) & channels()
    reason = decide(known.plan, known.facts(contact, reachable), today)
    found = next_step(known.plan, contact.steps, reachable)
    if reason is None and found is None and invitation.invited_on is None:
        reason = NotAsked.UNREACHABLE
    if reason is not None:
        if invitation.invited_on is None:
            contact.not_asked, contact.not_asked_on = reason, today
        return 0
    if found is None:
        return 0
    number, channel = found
    if 0 < contact.steps < number:
        # A step that reaches nobody was skipped: the one after it keeps its own day.
        steps = known.plan.steps
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


def is_over(invitation: Invitation, today: date) -> bool:
    """Whether nobody should write to this person any more about this moment."""
    return (
        invitation.completed
        or invitation.call_requested
        or invitation.opted_out
        or (invitation.invited_on is not None and invitation.closes_on < today)
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
        request_key=f"{TOPIC}:{invitation.public_id}:{number}",
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
