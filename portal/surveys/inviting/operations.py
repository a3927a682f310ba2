"""Publishing questionnaires, making invitations, and leaving people alone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import delete, func, select, update

from portal import clock
from portal.audit.operations import record
from portal.crypto import PUBLIC_ID_BYTES, keyring, new_public_id
from portal.db import db, exclusive
from portal.outbox.rules import Channel
from portal.phones import UnknownNumber, read_number
from portal.profile import profile
from portal.surveys.inviting import indexes
from portal.surveys.inviting.models import Contact, NoContact
from portal.surveys.inviting.rules import GRAVITY, Plan, Protected, Step, StopReason
from portal.surveys.models import Invitation, QuestionnaireVersion
from portal.surveys.questionnaire_file import parse
from portal.surveys.rules import Domain, Moment, Perspective, closing_date

SELF = "self"
"""Who acts where the person does it, under their own link."""


class VersionPublished(Exception):
    """A questionnaire with this moment and number was published before, with other words."""


def publish(source: str, actor: str) -> QuestionnaireVersion:
    """Publish a questionnaire. The same text again changes nothing.

    Raises QuestionnaireError when the text is broken, VersionPublished when the number is taken.
    """
    questionnaire = parse(source)
    known = db.session.scalar(
        select(QuestionnaireVersion).where(
            QuestionnaireVersion.moment == questionnaire.moment,
            QuestionnaireVersion.version == questionnaire.version,
        )
    )
    if known is not None:
        if known.source != source:
            raise VersionPublished(
                f"Versie {questionnaire.version} van '{questionnaire.moment}' is al gepubliceerd en "
                "verandert niet meer. Geef het bestand een hoger nummer bij 'version'."
            )
        return known
    version = QuestionnaireVersion(
        moment=questionnaire.moment,
        version=questionnaire.version,
        source=source,
        published_at=clock.now(),
    )
    db.session.add(version)
    record("questionnaire.published", actor, moment=questionnaire.moment, version=str(questionnaire.version))
    db.session.flush()
    return version


def new_invitation(
    moment: Moment,
    *,
    domain: Domain = Domain.UNKNOWN,
    perspective: Perspective | None = None,
    language: str = "nl",
    team: str = "",
    channel: str = "",
    parenting_help: bool = False,
    first_person: bool = True,
    name: str | None = None,
    invited_on: date | None = None,
    closes_on: date | None = None,
    delivered: bool = False,
    is_demo: bool = False,
    public_id: str | None = None,
) -> Invitation:
    """One invitation with a link and a letter code of its own, in the running transaction."""
    keys = keyring()
    public_id = public_id or new_public_id()
    code = keys.code(public_id, keys.link_key_id)
    invitation = Invitation(
        public_id=public_id,
        link_key_id=keys.link_key_id,
        code_index=keys.index("code", code),
        moment=moment,
        domain=domain,
        perspective=perspective,
        language=language,
        team=team,
        channel=channel,
        parenting_help=parenting_help,
        first_person=first_person,
        name=name,
        invited_on=invited_on,
        closes_on=closes_on or closing_date(invited_on or clock.today(), profile().surveys.open_days),
        delivered=delivered,
        is_demo=is_demo,
    )
    db.session.add(invitation)
    return invitation


class NoMoreLinks(Exception):
    """All links for family members around this invitation were made."""


def family_link(invitation: Invitation, number: int, perspective: Perspective) -> None:
    """Make the link with this number for somebody else around the case; made before, nothing changes.

    Which link it is, is worked out from the invitation and kept nowhere; nobody can look up
    whether it was used. Raises NoMoreLinks beyond what the profile allows.
    """
    if 1 <= number <= invitation.family_links:
        return
    exclusive("family")
    if number != invitation.family_links + 1 or not links_left(invitation):
        raise NoMoreLinks
    new_invitation(
        Moment(invitation.moment),
        domain=Domain(invitation.domain),
        perspective=perspective,
        language=invitation.language,
        team=invitation.team,
        first_person=False,
        invited_on=clock.today(),
        delivered=True,
        is_demo=invitation.is_demo,
        public_id=_family_id(invitation, number),
    )
    invitation.family_links = number


def links_left(invitation: Invitation) -> int:
    """How many links may still be made around this case about this moment, whoever made the others."""
    mine = select(Contact).where(Contact.invitation_id == invitation.id).subquery()
    others = (
        select(func.coalesce(func.sum(Invitation.family_links), 0))
        .join(Contact, Contact.invitation_id == Invitation.id)
        .join(mine, (Contact.case_index == mine.c.case_index) & (Contact.happened_on == mine.c.happened_on))
        .where(Invitation.moment == invitation.moment, Invitation.id != invitation.id)
    )
    made = invitation.family_links + (db.session.scalar(others) or 0)
    return max(0, profile().inviting.family_links - made)


def family_invitations(invitation: Invitation) -> Sequence[Invitation]:
    """The links made so far for others around the case, in the order they were made."""
    ids = [_family_id(invitation, number) for number in range(1, invitation.family_links + 1)]
    if not ids:
        return []
    made = {
        found.public_id: found
        for found in db.session.scalars(select(Invitation).where(Invitation.public_id.in_(ids)))
    }
    return [made[public_id] for public_id in ids if public_id in made]


def _family_id(invitation: Invitation, number: int) -> str:
    return keyring().index("family", f"{invitation.public_id}|{number}")[: 2 * PUBLIC_ID_BYTES]


def opt_out(invitation: Invitation, actor: str = SELF) -> None:
    """No more messages to this person: under this link, and at every address we know of them."""
    invitation.opted_out = True
    contact = db.session.get(Contact, invitation.id)
    if contact is None:
        return
    contact.next_on = None
    for protected in protected_of(contact):
        if protected.kind is not Protected.CASE:
            leave_alone(protected, StopReason.OPTED_OUT, actor)


def is_opted_out(invitation: Invitation) -> bool:
    """Whether this person asked for no more messages."""
    return invitation.opted_out


@dataclass(frozen=True)
class ProtectedValue:
    """An address, a person or a case that can be left alone."""

    kind: Protected
    value_index: str
    value: str
    group: str = ""
    """Of which person it is (see `group_of`); empty for what is nobody's alone."""
    case: str | None = None
    """The look-up hash of the case in which that person was met."""


def group_of(contact: Contact) -> str:
    """The keyed hash of one person: of the name within the case, or of the first address of who has no name."""
    name = contact.invitation.name
    person = indexes.person_index(contact.case_number, name) if name else None
    known = person or contact.email_index or contact.phone_index or contact.post_index
    return keyring().index("opt-out", known or contact.case_index)


def protected_of(contact: Contact) -> Sequence[ProtectedValue]:
    """Everything by which this person could be left alone."""
    name = contact.invitation.name
    person = indexes.person_index(contact.case_number, name) if name else None
    known = (
        (Protected.CASE, contact.case_index, contact.case_number),
        (Protected.PERSON, person, name),
        (Protected.EMAIL, contact.email_index, contact.email),
        (Protected.PHONE, contact.phone_index, contact.phone),
        (Protected.POST, contact.post_index, f"{name or ''}, {contact.street}, {contact.postcode}"),
    )
    group = group_of(contact)
    return [
        ProtectedValue(kind, index, value or "")
        if kind is Protected.CASE
        else ProtectedValue(kind, index, value or "", group, contact.case_index)
        for kind, index, value in known
        if index
    ]


def stop_case(number: str, reason: StopReason, actor: str) -> None:
    """Leave everybody of a case alone, from now on."""
    protected = ProtectedValue(Protected.CASE, indexes.case_index(number), number.strip())
    leave_alone(protected, reason, actor)
    record("contact.stopped", actor, reason=reason)


def leave_alone(protected: ProtectedValue, reason: StopReason, actor: str) -> None:
    """Keep that this is left alone; said again, the gravest reason stands: it is not lifted with a lighter one."""
    exclusive("no_contact")
    same = (NoContact.kind == protected.kind, NoContact.value_index == protected.value_index)
    rows = {row.group_index: row for row in db.session.scalars(select(NoContact).where(*same))}
    own = rows.get(protected.group)
    if own is None and "" in rows and _is_as_grave(reason, rows[""]):
        # What stood by itself belongs to this person from now on.
        own = rows[""]
        own.group_index, own.case_index = protected.group, protected.case
    if own is not None:
        if _is_graver(reason, own):
            own.reason, own.actor = reason, actor
        return
    if not protected.group and any(not _is_graver(reason, row) for row in rows.values()):
        return
    db.session.add(
        NoContact(
            kind=protected.kind,
            value_index=protected.value_index,
            value=protected.value,
            reason=reason,
            since=clock.today(),
            actor=actor,
            group_index=protected.group,
            case_index=protected.case,
        )
    )
    db.session.flush()


def _is_graver(reason: StopReason, row: NoContact) -> bool:
    return GRAVITY.index(reason) < GRAVITY.index(StopReason(row.reason))


def _is_as_grave(reason: StopReason, row: NoContact) -> bool:
    return GRAVITY.index(reason) <= GRAVITY.index(StopReason(row.reason))


def gather(contact: Contact) -> None:
    """Make what this person asked for before there were groups one group, while it is still known whose it is."""
    for one in protected_of(contact):
        if one.kind is Protected.CASE:
            continue
        by_itself = update(NoContact).where(
            NoContact.kind == one.kind,
            NoContact.value_index == one.value_index,
            NoContact.group_index == "",
            NoContact.reason == StopReason.OPTED_OUT,
        )
        db.session.execute(
            by_itself.values(group_index=one.group, case_index=one.case).execution_options(
                synchronize_session=False
            )
        )


COMPLAINT = "complaint"
"""Who acts where a complaint that runs does it, and not somebody of the staff."""
KINDS_OF_COMPLAINT = (Protected.EMAIL, Protected.PHONE)


def wait_for_complaint(email: str, phone: str) -> None:
    """Ask nothing at these addresses while a complaint from there is handled, unless the profile says otherwise."""
    exclusive("no_contact")
    if not plan().ask_during_complaint:
        for protected in addresses_of(email, phone):
            hidden = replace(protected, value_index=indexes.waiting_index(protected.value_index))
            leave_alone(hidden, StopReason.COMPLAINT, COMPLAINT)


def ask_again(email: str, phone: str) -> None:
    """Lift that again; what somebody asked for stays."""
    for protected in addresses_of(email, phone):
        db.session.execute(
            delete(NoContact).where(
                NoContact.kind == protected.kind,
                NoContact.value_index == indexes.waiting_index(protected.value_index),
                NoContact.actor == COMPLAINT,
            )
        )


def addresses_of(email: str, phone: str) -> list[ProtectedValue]:
    """These addresses as they can be left alone; a number that is none is left out."""
    found = []
    if email:
        found.append(ProtectedValue(Protected.EMAIL, indexes.email_index(email), email))
    if phone:
        try:
            number = read_number(phone)
        except UnknownNumber:
            return found
        found.append(ProtectedValue(Protected.PHONE, indexes.phone_index(number), number))
    return found


def allow_again(no_contact_id: int, actor: str) -> bool:
    """Somebody may be asked again, at everything by which he or she was left alone; False when it was lifted before."""
    found = db.session.get(NoContact, no_contact_id, populate_existing=True)
    if found is None:
        return False
    theirs = NoContact.group_index == found.group_index if found.group_index else NoContact.id == found.id
    db.session.execute(delete(NoContact).where(theirs).execution_options(synchronize_session="fetch"))
    record("contact.allowed", actor, reason=found.reason)
    return True


def plan() -> Plan:
    """What the profile says about asking."""
    inviting = profile().inviting
    return Plan(
        delay_days={str(moment): days for moment, days in inviting.delay_days.items()},
        too_old_days=inviting.too_old_days,
        between_person_days=inviting.between_person_days,
        between_case_days=inviting.between_case_days,
        ask_during_complaint=inviting.ask_during_complaint,
        steps=[Step(step.day, [Channel(channel) for channel in step.channels]) for step in inviting.steps],
    )
