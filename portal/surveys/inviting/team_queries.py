"""What the team's pages about invitations list: who is left alone, what did not arrive, who was asked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, func, or_, select

from portal.db import db
from portal.identity.models import User
from portal.outbox.queries import DeadMessage, dead, dead_count
from portal.surveys.inviting import indexes
from portal.surveys.inviting.asking import TOPIC
from portal.surveys.inviting.models import Contact, NoContact
from portal.surveys.inviting.operations import links_left, protected_of
from portal.surveys.inviting.rules import Protected, StopReason
from portal.surveys.models import Invitation
from portal.surveys.rules import Moment

A_PAGE = 50
MOST_DEAD = 100


@dataclass(frozen=True)
class LeftAlone:
    """A case that is left alone."""

    id: int
    number: str
    reason: str
    since: date
    by: str


@dataclass(frozen=True)
class Paged:
    """One page of a long list."""

    rows: Sequence[Any]
    total: int
    page: int
    size: int = A_PAGE

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))


def cases_left_alone(number: int) -> Paged:
    """A page of the cases that are left alone, the newest first."""
    of_case = NoContact.kind == Protected.CASE
    total = db.session.scalar(select(func.count()).select_from(NoContact).where(of_case)) or 0
    newest = select(NoContact).where(of_case).order_by(NoContact.since.desc(), NoContact.id.desc())
    found = db.session.scalars(newest.limit(A_PAGE).offset((number - 1) * A_PAGE)).all()
    names = names_of(one.actor for one in found)
    rows = [LeftAlone(one.id, one.value, one.reason, one.since, names[one.actor]) for one in found]
    return Paged(rows, total, number)


def is_known_case(number: str) -> bool:
    """Whether anybody of this case was ever read in."""
    found = select(Contact.invitation_id).where(Contact.case_index == indexes.case_index(number)).limit(1)
    return db.session.scalar(found) is not None


def opted_out_addresses() -> Mapping[str, int]:
    """How many addresses get no more messages because somebody asked for it, by kind."""
    counted = (
        select(NoContact.kind, func.count(NoContact.value_index.distinct()))
        .where(NoContact.reason == StopReason.OPTED_OUT)
        .group_by(NoContact.kind)
    )
    return {str(kind): int(number) for kind, number in db.session.execute(counted)}


def opt_out_at(kind: Protected, value_index: str) -> NoContact | None:
    """The opt-out that holds for this address, or None."""
    return db.session.scalars(_opt_outs(kind, value_index)).first()


def _opt_outs(kind: str, value_index: str) -> Select[NoContact]:
    """Of everybody who asked it at this address, the first to ask first."""
    return (
        select(NoContact)
        .where(
            NoContact.kind == kind,
            NoContact.value_index == value_index,
            NoContact.reason == StopReason.OPTED_OUT,
        )
        .order_by(NoContact.id)
    )


def opt_outs_with(found: NoContact) -> Sequence[NoContact]:
    """This opt-out, and those of the same people at everything else by which they are left alone."""
    if found.kind == Protected.CASE:
        return [found]
    here = db.session.scalars(_opt_outs(found.kind, found.value_index)).all()
    groups = {one.group_index for one in here if one.group_index}
    theirs = _from_before(found) if len(groups) < len(here) else set()
    rows = db.session.scalars(
        select(NoContact)
        .where(
            or_(
                NoContact.id.in_([one.id for one in here]),
                NoContact.group_index.in_(groups),
                NoContact.value_index.in_({index for _kind, index in theirs}),
            ),
            NoContact.reason == StopReason.OPTED_OUT,
            NoContact.id != found.id,
        )
        .order_by(NoContact.id)
    )
    listed = {one.id for one in here}
    return [
        found,
        *(
            row
            for row in rows
            if row.id in listed or row.group_index in groups or (row.kind, row.value_index) in theirs
        ),
    ]


def _from_before(found: NoContact) -> set[tuple[str, str]]:
    """By what else these people are left alone whose opt-out is older than the groups, as far as we still know them."""
    columns = {Protected.EMAIL: Contact.email_index, Protected.PHONE: Contact.phone_index}
    column = columns.get(Protected(found.kind))
    if column is None:
        return set()
    contacts = db.session.scalars(
        select(Contact).join(Contact.invitation).where(column == found.value_index, Invitation.opted_out)
    ).all()
    return {
        (str(protected.kind), protected.value_index)
        for contact in contacts
        for protected in protected_of(contact)
        if protected.kind is not Protected.CASE
    }


@dataclass(frozen=True)
class Undelivered:
    """A message that was given up, and for whom it was."""

    message: DeadMessage
    name: str | None
    moment: str | None


def undelivered() -> Paged:
    """The messages that were given up, the longest waiting first, as far as one page goes."""
    found = dead(MOST_DEAD, TOPIC)
    people = {
        public_id: (name, moment)
        for public_id, name, moment in db.session.execute(
            select(Invitation.public_id, Invitation.name, Invitation.moment).where(
                Invitation.public_id.in_({message.about for message in found})
            )
        )
    }
    rows = [Undelivered(message, *people.get(message.about, (None, None))) for message in found]
    return Paged(rows, dead_count(TOPIC), 1, MOST_DEAD)


@dataclass(frozen=True)
class Asked:
    """An invitation of a first person, by which links for others can be made."""

    invitation: Invitation
    happened_on: date
    left: int


def asked_of_case(number: str, moment: Moment) -> int | None:
    """The newest invitation of a first person in this case about this moment, by its id; or None."""
    return db.session.scalar(
        select(Contact.invitation_id)
        .join(Contact.invitation)
        .where(
            Contact.case_index == indexes.case_index(number),
            Invitation.moment == moment,
            Invitation.first_person,
        )
        .order_by(Contact.happened_on.desc(), Contact.invitation_id.desc())
        .limit(1)
    )


def asked_beside(invitation_id: int) -> Sequence[Asked]:
    """All first persons of the same case and moment, the newest first; none when it is gone."""
    one = db.session.get(Contact, invitation_id)
    if one is None:
        return []
    rows = db.session.execute(
        select(Invitation, Contact.happened_on)
        .join(Contact, Contact.invitation_id == Invitation.id)
        .where(
            Contact.case_index == one.case_index,
            Invitation.moment == one.invitation.moment,
            Invitation.first_person,
        )
        .order_by(Contact.happened_on.desc(), Invitation.id.desc())
    )
    return [Asked(invitation, on, links_left(invitation)) for invitation, on in rows]


def case_of(invitation_id: int) -> tuple[str, bool]:
    """The number of the case, and whether the whole case is left alone."""
    contact = db.session.get_one(Contact, invitation_id)
    stopped = select(NoContact.id).where(
        NoContact.kind == Protected.CASE, NoContact.value_index == contact.case_index
    )
    return contact.case_number, db.session.scalar(stopped) is not None


def names_of(actors: Iterable[str]) -> dict[str, str]:
    """Who they are, by what is kept of who acted: the e-mail address of staff; "" for who is not known."""
    wanted = set(actors)
    ids = {int(actor) for actor in wanted if actor.isascii() and actor.isdigit()}
    emails = {
        str(user_id): email
        for user_id, email in (
            db.session.execute(select(User.id, User.email).where(User.id.in_(ids))) if ids else ()
        )
    }
    return {actor: emails.get(actor, "") for actor in wanted}
