"""Who handles a complaint, whom it is about, and who may see it (Awb 9:7)."""

from datetime import date

from flask_login import current_user
from sqlalchemy import select

from portal import clock
from portal.audit.operations import record
from portal.complaints import notices, rules
from portal.complaints.models import Complaint, PersonConcerned
from portal.complaints.rules import Access, People
from portal.crypto import keyring, new_public_id
from portal.db import db
from portal.identity.models import User
from portal.identity.rules import Role


class Involved(Exception):
    """Who a complaint is about cannot handle it, and who handles it cannot be whom it is about."""


def people_of(complaint: Complaint) -> People:
    """Who has to do with the complaint, as the rules want it."""
    return People(
        handler=complaint.handler_id,
        declared=complaint.handler_declared_at is not None,
        deputy=complaint.deputy_id,
        deputy_until=complaint.deputy_until,
        concerned=frozenset(person.staff_id for person in complaint.concerned if person.staff_id),
    )


def access_of(complaint: Complaint) -> Access:
    """What the signed-in member of staff sees of the complaint."""
    is_coordinator = Role.COMPLAINTS in current_user.role_names
    return rules.access(
        int(current_user.id), people_of(complaint), clock.today(), is_coordinator=is_coordinator
    )


def name_handler(complaint: Complaint, user: User | None, actor: str) -> None:
    """Ask somebody to handle it, who must then declare; None takes it away. Raises Involved."""
    _refuse_involved(complaint, user)
    if user is not None and user.id == complaint.handler_id:
        return
    complaint.handler_id = user.id if user else None
    complaint.handler_declared_at = None
    if user is not None and complaint.deputy_id == user.id:
        complaint.deputy_id = complaint.deputy_until = None
    db.session.flush()
    record("complaint.handler", actor, complaint=complaint.reference, user=str(complaint.handler_id or ""))
    if user is not None:
        notices.tell_staff(complaint, "asked", [user])


def declare(complaint: Complaint, user: User, *, involved: bool) -> None:
    """The handler says not to have been involved; or that he or she was, and is handler no more."""
    if complaint.handler_id != user.id:
        return
    if involved:
        complaint.handler_id = complaint.handler_declared_at = None
    else:
        complaint.handler_declared_at = clock.now()
    record(
        "complaint.declared",
        str(user.id),
        complaint=complaint.reference,
        involved="yes" if involved else "no",
    )


def name_deputy(complaint: Complaint, user: User | None, until: date | None, actor: str) -> None:
    """Somebody stands in up to and including a day. Raises Involved."""
    _refuse_involved(complaint, user)
    if user is not None and user.id == complaint.handler_id:
        raise Involved
    complaint.deputy_id = user.id if user else None
    complaint.deputy_until = until if user else None
    record("complaint.deputy", actor, complaint=complaint.reference, user=str(complaint.deputy_id or ""))


def add_concerned(
    complaint: Complaint, actor: str, *, user: User | None = None, name: str = "", email: str = ""
) -> PersonConcerned:
    """Name somebody whom it is about, chosen from the accounts or typed. Raises Involved for its handler.

    A typed e-mail address of an account is that account: typing is no way around the rule.
    """
    if user is None and email:
        user = db.session.scalar(select(User).where(User.email == email.strip().lower()))
    if user is not None:
        if user.id in (complaint.handler_id, complaint.deputy_id):
            raise Involved
        known = next((person for person in complaint.concerned if person.staff_id == user.id), None)
        if known is not None:
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


def remove_concerned(complaint: Complaint, person_id: int, actor: str) -> bool:
    """Named by mistake; False when it was nobody of this complaint. Who replied stays."""
    person = next((found for found in complaint.concerned if found.id == person_id), None)
    if person is None or person.replied_at is not None:
        return False
    db.session.delete(person)
    db.session.flush()
    db.session.expire(complaint, ["concerned"])
    record("complaint.unconcerned", actor, complaint=complaint.reference)
    return True


def coordinators(complaint: Complaint | None = None) -> list[User]:
    """Who coordinates complaints, without those whom this one is about."""
    found = db.session.scalars(
        select(User).where(User.active.is_(True), User.roles.any(name=Role.COMPLAINTS)).order_by(User.id)
    )
    out = people_of(complaint).concerned if complaint is not None else frozenset()
    return [user for user in found if user.id not in out]


def those_who_handle(complaint: Complaint) -> list[User]:
    """Who should hear that something came in: the handler and deputy where there are, else the coordinators."""
    deputy_is_on = complaint.deputy_until is not None and clock.today() <= complaint.deputy_until
    named = [
        complaint.handler if complaint.handler_declared_at else None,
        complaint.deputy if deputy_is_on else None,
    ]
    handling = [user for user in named if user is not None and user.active]
    return handling or coordinators(complaint)


def _refuse_involved(complaint: Complaint, user: User | None) -> None:
    if user is None:
        return
    # Also somebody typed who got an account only later.
    typed = {person.email.strip().lower() for person in complaint.concerned}
    if user.id in people_of(complaint).concerned or user.email in typed:
        raise Involved
