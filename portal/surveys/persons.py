"""What the surveys keep of one person: found by address or case, and forgotten.

What was answered is not here: nothing leads from a sent answer to a person (design 4.1).
"""

import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.orm import contains_eager

from portal.crypto import keyring, new_public_id
from portal.db import db, exclusive
from portal.surveys.inviting import indexes
from portal.surveys.inviting.importing import kept_since
from portal.surveys.inviting.models import Contact, ImportFile, NoContact
from portal.surveys.inviting.operations import (
    COMPLAINT,
    ProtectedValue,
    allow_again,
    group_of,
    leave_alone,
    protected_of,
)
from portal.surveys.inviting.rules import Protected, StopReason
from portal.surveys.models import Draft, Invitation
from portal.surveys.rules import Perspective

KEY = 16
_TWO_GENERATIONS = {Perspective.PARENT, Perspective.YOUNG_PERSON}
"""A parent and a young person are never one, even where a household shares an address and a first name."""


def people_at(
    *, emails: Collection[str] = (), phones: Collection[str] = (), cases: Collection[str] = ()
) -> Sequence[Contact]:
    """Who was taken in with one of these, the newest first. Telephone numbers in international form."""
    where = or_(
        Contact.email_index.in_([indexes.email_index(email) for email in emails]),
        Contact.phone_index.in_([indexes.phone_index(phone) for phone in phones]),
        Contact.case_index.in_([indexes.case_index(case) for case in cases]),
    )
    return db.session.scalars(
        select(Contact)
        .join(Contact.invitation)
        # Without the draft: it is read by nobody, and not even opened here.
        .options(contains_eager(Contact.invitation))
        .where(where)
        .order_by(Contact.happened_on.desc(), Contact.invitation_id.desc())
        .execution_options(populate_existing=True)
    ).all()


def name_of(contact: Contact) -> str:
    """The name without what typing changes in it; "" where there is none."""
    return " ".join(unicodedata.normalize("NFC", contact.invitation.name or "").casefold().split())


def key_of(contact: Contact) -> str:
    """By what a page says that it means the person of this row. Says nothing of whom, and stays the same."""
    return keyring().index("person-row", str(contact.invitation_id))[:KEY]


def apart(contacts: Iterable[Contact]) -> list[list[Contact]]:
    """These rows person by person, in the order of their first rows.

    One person is who bears the same name and has an address in common: a father and a son can share a name and a
    case. A row without a name is somebody of its own.
    """
    people: list[list[Contact]] = []
    for contact in contacts:
        same = [one for one in people if any(_is_same(contact, other) for other in one)]
        joined = [*(row for one in same for row in one), contact]
        at = people.index(same[0]) if same else len(people)
        people = [one for one in people if one not in same]
        people.insert(at, joined)
    return people


def _is_same(one: Contact, other: Contact) -> bool:
    name = name_of(one)
    perspectives = {one.invitation.perspective, other.invitation.perspective}
    if not name or name != name_of(other) or perspectives == _TWO_GENERATIONS:
        return False
    return any(
        mine is not None and mine == theirs for mine, theirs in zip(_ways(one), _ways(other), strict=True)
    )


def _ways(contact: Contact) -> tuple[str | None, ...]:
    return contact.email_index, contact.phone_index, contact.post_index


def with_draft(contacts: Iterable[Contact]) -> set[int]:
    """Whose answers were begun and not sent, by invitation; that they are there, never what they say."""
    ids = [contact.invitation_id for contact in contacts]
    return set(db.session.scalars(select(Draft.invitation_id).where(Draft.invitation_id.in_(ids))))


def left_alone(
    contacts: Iterable[Contact], *, emails: Collection[str] = (), phones: Collection[str] = (), case: str = ""
) -> Sequence[NoContact]:
    """Where we write no more to these people and addresses: everything that was asked together, also of who is not
    known otherwise any more.

    Not that we wait because a complaint runs: who complained is not for who sends surveys.
    """
    mine = list(contacts)
    wanted = {(str(one.kind), one.value_index) for contact in mine for one in protected_of(contact)}
    wanted |= {(str(Protected.EMAIL), indexes.email_index(email)) for email in emails}
    wanted |= {(str(Protected.PHONE), indexes.phone_index(phone)) for phone in phones}
    if case:
        wanted.add((str(Protected.CASE), indexes.case_index(case)))
    here: list[NoContact] = list(_rows(NoContact.value_index.in_({index for _kind, index in wanted})))
    here = [row for row in here if (row.kind, row.value_index) in wanted]
    if case and not mine:
        # Of who is still known, the name says which of the case it is.
        here += _rows(NoContact.case_index == indexes.case_index(case))
    groups = {row.group_index for row in here} | {group_of(contact) for contact in mine}
    groups -= {"", *_groups_of_others(mine, {row.value_index for row in here})}
    found = {row.id: row for row in [*here, *_rows(NoContact.group_index.in_(groups))]}
    return [found[number] for number in sorted(found)]


def _rows(where: ColumnElement[bool]) -> Sequence[NoContact]:
    return db.session.scalars(
        select(NoContact)
        .where(where, NoContact.actor != COMPLAINT)
        .order_by(NoContact.id)
        .execution_options(populate_existing=True)
    ).all()


def _groups_of_others(mine: Sequence[Contact], values: Collection[str]) -> set[str]:
    """Who has one of these addresses too and is known to be somebody else: what they asked for is theirs."""
    if not mine:
        return set()
    others = db.session.scalars(
        select(Contact).where(
            or_(Contact.email_index.in_(values), Contact.phone_index.in_(values)),
            Contact.invitation_id.not_in([contact.invitation_id for contact in mine]),
        )
    )
    return {group_of(contact) for contact in others} - {group_of(contact) for contact in mine}


def uploads_waiting() -> int:
    """How many exports lie ready to be taken in. They are not searched: they go within a day."""
    return db.session.scalar(select(func.count()).where(ImportFile.uploaded_at >= kept_since())) or 0


def hold(invitation_ids: Collection[int]) -> Sequence[Invitation]:
    """These invitations, held until the transaction ends: who answers meanwhile waits, and then finds no link."""
    return db.session.scalars(
        select(Invitation)
        .where(Invitation.id.in_(invitation_ids))
        .order_by(Invitation.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def forget(invitation: Invitation) -> None:
    """Who it was, how to reach them, and what was begun. The row itself stays: it is counted, and names nobody.

    It gets another link and code, so that neither an old mail nor a letter leads to it any more.
    """
    mine = invitation.id
    for statement in (
        delete(Draft).where(Draft.invitation_id == mine),
        delete(Contact).where(Contact.invitation_id == mine),
    ):
        db.session.execute(statement.execution_options(synchronize_session=False))
    keys = keyring()
    invitation.public_id, invitation.link_key_id = new_public_id(), keys.link_key_id
    code = keys.code(invitation.public_id, invitation.link_key_id)
    invitation.code_index = keys.index("code", code)
    invitation.name = None
    db.session.flush()


def addresses_of(contacts: Iterable[Contact]) -> set[str]:
    """The look-up hashes of every address of these people."""
    return {
        one.value_index
        for contact in contacts
        for one in protected_of(contact)
        if one.kind is not Protected.CASE
    }


def protected(contacts: Iterable[Contact], *, neighbours: Iterable[Contact]) -> Sequence[ProtectedValue]:
    """By what these people can be left alone, and nobody else. Read before they are forgotten.

    An address that somebody else has too stays free: the other may still be asked. They are one person, also where
    the cases differ: what is found by one of these is found whole.
    """
    shared = addresses_of(neighbours)
    listed = list(contacts)
    group = group_of(listed[0]) if listed else ""
    return [
        replace(one, group=group)
        for contact in listed
        for one in protected_of(contact)
        if one.kind is not Protected.CASE and one.value_index not in shared
    ]


def write_no_more(values: Iterable[ProtectedValue], actor: str) -> None:
    """Keep these apart, so that a later export makes nobody write to them again."""
    for value in values:
        leave_alone(value, StopReason.OPTED_OUT, actor)


def may_write_again(no_contact_ids: Iterable[int], actor: str) -> int:
    """Forget that we write no more, with everything that was asked together. Returns how often that was asked."""
    exclusive("no_contact")
    return sum(allow_again(number, actor) for number in no_contact_ids)
