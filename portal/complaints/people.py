"""Who handles a complaint, whom it is about, and who may see it (Awb 9:7)."""

from datetime import date

from flask_login import current_user
from sqlalchemy import select

from portal import clock
from portal.audit.operations import record
from portal.complaints import independence, notices, operations
from portal.complaints.independence import Access, People
from portal.complaints.models import Complaint, PersonConcerned, index_of_email
from portal.crypto import keyring, new_public_id
from portal.db import db
from portal.identity.models import User
from portal.identity.rules import Role


class Involved(Exception):
    """Who a complaint is about cannot handle it, and who handles it cannot be whom it is about."""


def people_of(complaint: Complaint) -> People:
    """Who has to do with the complaint, as the rules want it; of whom it is about only who was an account then.

    `is_concerned` also knows who got an account later.
    """
    return People(
        handler=complaint.handler_id,
        declared=complaint.handler_declared_at is not None,
        deputy=complaint.deputy_id,
        deputy_until=complaint.deputy_until,
        deputy_declared=complaint.deputy_declared_at is not None,
        concerned=frozenset(person.staff_id for person in complaint.concerned if person.staff_id),
    )


def is_concerned(complaint: Complaint, user: User) -> bool:
    """Whether the complaint is about this account: chosen, or typed by its e-mail address."""
    index = index_of_email(user.email)
    return any(user.id == person.staff_id or index == person.email_index for person in complaint.concerned)


def access_of(complaint: Complaint) -> Access:
    """What the signed-in member of staff sees of the complaint."""
    return access_for(complaint, current_user)


def access_for(complaint: Complaint, user: User) -> Access:
    """What this member of staff sees of the complaint."""
    if is_concerned(complaint, user):
        return Access.NOTHING
    is_coordinator = Role.COMPLAINTS in user.role_names
    return independence.access(user.id, people_of(complaint), clock.today(), is_coordinator=is_coordinator)


def must_declare(complaint: Complaint, user: User) -> bool:
    """Whether this account was asked to handle it, or to stand in, and did not say yet whether it was involved."""
    if complaint.handler_id == user.id:
        return complaint.handler_declared_at is None
    return complaint.deputy_id == user.id and complaint.deputy_declared_at is None


def name_handler(complaint: Complaint, user: User | None, actor: str) -> None:
    """Ask somebody to handle it, who must then declare; None takes it away. Raises Involved."""
    _refuse_involved(complaint, user)
    if user is not None and user.id == complaint.handler_id:
        return
    complaint.handler_id = user.id if user else None
    complaint.handler_declared_at = None
    if user is not None and complaint.deputy_id == user.id:
        _end_deputy(complaint)
    db.session.flush()
    record("complaint.handler", actor, complaint=complaint.reference, user=str(complaint.handler_id or ""))
    if user is not None:
        notices.tell_staff(complaint, "asked", [user])


def declare(complaint: Complaint, user: User, *, involved: bool) -> None:
    """The handler or deputy says not to have been involved; or that he or she was, and is it no more."""
    if user.id not in (complaint.handler_id, complaint.deputy_id):
        return
    if user.id == complaint.handler_id:
        complaint.handler_id = None if involved else user.id
        complaint.handler_declared_at = None if involved else clock.now()
    elif involved:
        _end_deputy(complaint)
    else:
        complaint.deputy_declared_at = clock.now()
    record(
        "complaint.declared",
        str(user.id),
        complaint=complaint.reference,
        involved="yes" if involved else "no",
    )
    if involved:
        operations.forget_code(complaint, user.id)
        others = [found for found in coordinators(complaint) if found.id != user.id]
        notices.tell_staff(complaint, "involved", others)


def _end_deputy(complaint: Complaint) -> None:
    complaint.deputy_id = complaint.deputy_until = complaint.deputy_declared_at = None


def name_deputy(complaint: Complaint, user: User | None, until: date | None, actor: str) -> None:
    """Ask somebody to stand in up to and including a day, who must then declare. Raises Involved."""
    _refuse_involved(complaint, user)
    if user is not None and user.id == complaint.handler_id:
        raise Involved
    is_new = user is not None and user.id != complaint.deputy_id
    if user is None or is_new:
        _end_deputy(complaint)
    if user is not None:
        complaint.deputy_id, complaint.deputy_until = user.id, until
        db.session.flush()
        if is_new:
            notices.tell_staff(complaint, "asked", [user])
    record("complaint.deputy", actor, complaint=complaint.reference, user=str(complaint.deputy_id or ""))


def add_concerned(
    complaint: Complaint, actor: str, *, user: User | None = None, name: str = "", email: str = ""
) -> PersonConcerned:
    """Name somebody whom it is about, chosen from the accounts or typed. Raises Involved for its handler.

    A typed e-mail address of an account is that account: typing is no way around the rule. The same address
    again is the same person. A receipt code that this account made works no longer.
    """
    if user is None and email:
        user = db.session.scalar(select(User).where(User.email == email.strip().lower()))
    if user is not None:
        if user.id in (complaint.handler_id, complaint.deputy_id):
            raise Involved
        operations.forget_code(complaint, user.id)
    known = _named(complaint, user, email)
    if known is not None:
        known.staff_id = known.staff_id or (user.id if user else None)
        return known
    person = PersonConcerned(
        public_id=new_public_id(),
        link_key_id=keyring().link_key_id,
        staff_id=user.id if user else None,
        name=name or (user.email if user else ""),
        email=user.email if user else email,
    )
    complaint.concerned.append(person)
    db.session.flush()
    record("complaint.concerned", actor, complaint=complaint.reference, user=str(person.staff_id or ""))
    return person


def _named(complaint: Complaint, user: User | None, email: str) -> PersonConcerned | None:
    if user is not None:
        email = user.email
    index = index_of_email(email)
    for person in complaint.concerned:
        is_account = user is not None and person.staff_id == user.id
        if is_account or (index is not None and person.email_index == index):
            return person
    return None


def remove_concerned(complaint: Complaint, person_id: int, actor: str) -> bool:
    """Named by mistake; False when it was nobody of this complaint. Who replied stays."""
    person = next((found for found in complaint.concerned if found.id == person_id), None)
    if person is None or person.replied_at is not None:
        return False
    whom = str(person.staff_id or "")
    db.session.delete(person)
    db.session.flush()
    db.session.expire(complaint, ["concerned"])
    record("complaint.unconcerned", actor, complaint=complaint.reference, user=whom)
    return True


def coordinators(complaint: Complaint | None = None) -> list[User]:
    """Who coordinates complaints, without those whom this one is about."""
    found = db.session.scalars(
        select(User).where(User.active.is_(True), User.roles.any(name=Role.COMPLAINTS)).order_by(User.id)
    )
    return [user for user in found if complaint is None or not is_concerned(complaint, user)]


def those_who_handle(complaint: Complaint) -> list[User]:
    """Who should hear that something came in: the handler and deputy where they declared, else the coordinators."""
    until = complaint.deputy_until
    deputy_is_on = until is not None and clock.today() <= until and complaint.deputy_declared_at is not None
    named = [
        complaint.handler if complaint.handler_declared_at else None,
        complaint.deputy if deputy_is_on else None,
    ]
    handling = [
        user for user in named if user is not None and user.active and not is_concerned(complaint, user)
    ]
    return handling or coordinators(complaint)


def _refuse_involved(complaint: Complaint, user: User | None) -> None:
    if user is not None and is_concerned(complaint, user):
        raise Involved
