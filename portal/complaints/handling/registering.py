"""Registering what did not come by the website: the complaint, its acknowledgement and its receipt code."""

from dataclasses import dataclass

from portal.complaints import letters, notices, operations, people
from portal.complaints.letters import By
from portal.complaints.models import Complaint
from portal.complaints.operations import Filed
from portal.complaints.rules import Step, Via
from portal.identity.models import User

HOW = {By.DIGITAL: "digitaal", By.HAND: "verteld of meegegeven"}


@dataclass(frozen=True)
class Registered:
    """What became of it."""

    complaint: Complaint
    by: By
    code: str
    """To read out or hand over now; empty where a letter brings it, or where it was registered before."""
    is_new: bool


def register(
    filed: Filed, theme: str, *, request_key: str, code: str, code_hash: str, user: User
) -> Registered:
    """Keep it, confirm the receipt (Awb 9:6) and tell the coordinators; the same key again changes nothing.

    The receipt code goes by letter where one may come to the house and nobody is there to be told it.
    """
    sealed = code if _brought_by_letter(filed) else None
    actor = str(user.id)
    complaint = operations.receive(
        filed, request_key=request_key, code_hash=code_hash, actor=actor, code=sealed
    )
    if complaint.code_hash != code_hash:
        # Not what was just made of this page, but what an earlier press of its button kept.
        return Registered(complaint, letters.way(complaint), "", is_new=False)
    complaint.theme, complaint.code_known_to = theme, user.id
    by = letters.way(complaint)
    text = letters.words(complaint, letters.Kind.ACKNOWLEDGEMENT)
    letters.send(
        complaint,
        letters.Kind.ACKNOWLEDGEMENT,
        text,
        request_key=f"ack:{complaint.public_id}",
        actor=actor,
        by=by,
    )
    if by is not By.POST:
        # A letter confirms it on the day that it is posted.
        operations.take(complaint, Step.ACKNOWLEDGE, actor=actor, details={"how": HOW[by]})
    others = [found for found in people.coordinators(complaint) if found.id != user.id]
    notices.tell_staff(complaint, "new", others, key="new")
    return Registered(complaint, by, "" if sealed else code, is_new=True)


def _brought_by_letter(filed: Filed) -> bool:
    content = filed.content
    is_digital = content.formal_by_email and content.notice_channel == "email"
    somebody_is_there = filed.via in (Via.PHONE, Via.DESK)
    return content.may_write_home and not (is_digital and somebody_is_there)
