"""Naming the persons concerned, with what must hold besides (Awb 9:7)."""

from sqlalchemy import select

from portal.complaints import notices, people
from portal.complaints.models import Complaint, PersonConcerned
from portal.complaints.rules import Step
from portal.db import db
from portal.identity.models import User


class NobodyLeft(Exception):
    """Then nobody who coordinates complaints could see this one."""


class NotConfirmed(Exception):
    """Who names oneself sees nothing of it afterwards, and must say to know that."""


def concern(
    complaint: Complaint, *, by: User, user: User | None, name: str, email: str, confirmed: bool
) -> PersonConcerned:
    """Name somebody whom the complaint is about. Raises Involved, NobodyLeft and NotConfirmed.

    A typed address of somebody with an account names that account: it must not stay readable for them.
    """
    user = user or _owner(email)
    if user is not None:
        left = [found for found in people.coordinators(complaint) if found.id != user.id]
        if not left:
            raise NobodyLeft
        if user.id == by.id and not confirmed:
            raise NotConfirmed
    before = {person.id for person in complaint.concerned}
    person = people.add_concerned(complaint, str(by.id), user=user, name=name, email=email)
    # Who is named after the others got their copy gets it at once (Awb 9:9).
    if person.id not in before and was_copied(complaint):
        notices.tell_concerned(person)
    return person


def _owner(email: str) -> User | None:
    return db.session.scalar(select(User).where(User.email == email.strip().lower())) if email else None


def was_copied(complaint: Complaint) -> bool:
    """Whether the persons concerned got the complaint (Awb 9:9)."""
    return any(taken.step == Step.COPY for taken in complaint.steps)
