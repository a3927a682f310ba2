"""What a complaint needs before a step can be taken, and what staff would fill in for it."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from portal import clock
from portal.complaints import people
from portal.complaints.models import Complaint, ComplaintPart
from portal.complaints.operations import locked
from portal.complaints.rules import Domain, Judgment, Procedure, Route, Step
from portal.db import db, transaction
from portal.identity.rules import Role
from tests.complaints.people import handled_by, staff, taken

CALLED = (Step.ACKNOWLEDGE, Step.CALL)
COPIED = (*CALLED, Step.TAKE_UP, Step.COPY)
REPORTED = (*COPIED, Step.SKIP_HEARING)
# The steps before each step, as short as the procedure allows.
BEFORE: dict[Step, tuple[Step, ...]] = {
    Step.ACKNOWLEDGE: (),
    Step.CALL: (Step.ACKNOWLEDGE,),
    Step.SOLVE: CALLED,
    Step.RESUME: (*CALLED, Step.SOLVE),
    Step.TAKE_UP: CALLED,
    Step.NOT_TAKE_UP: (Step.ACKNOWLEDGE,),
    Step.COPY: (*CALLED, Step.TAKE_UP),
    Step.PLAN_HEARING: COPIED,
    Step.HOLD_HEARING: COPIED,
    Step.SKIP_HEARING: COPIED,
    Step.REPORT: (*COPIED, Step.HOLD_HEARING),
    Step.JUDGE: REPORTED,
    Step.TELL: (*REPORTED, Step.JUDGE),
    Step.ANSWER: (*REPORTED, Step.JUDGE, Step.TELL),
    Step.CLOSE: (*REPORTED, Step.JUDGE, Step.TELL),
    Step.WITHDRAW: (Step.ACKNOWLEDGE,),
    Step.FORWARD: (),
    Step.COMMITTEE: (Step.ACKNOWLEDGE,),
    Step.EXTEND: (Step.ACKNOWLEDGE,),
    Step.ASK_LONGER: (Step.ACKNOWLEDGE,),
    Step.AGREE_LONGER: (Step.ACKNOWLEDGE, Step.ASK_LONGER),
    Step.NOTE: (),
}
# What came in, where that is no complaint of an adult.
WHAT: dict[Step, dict[str, Any]] = {
    Step.ANSWER: {"domain": Domain.YOUTH},
    Step.NOTE: {"route": Route.SIGNAL},
    Step.FORWARD: {"route": Route.OBJECTION},
}
LATER = date(2027, 1, 29)
"""A Friday after every term of a complaint of 2 November 2026."""
TYPED = "Dit typte ik zelf & <b>bewaar</b> het."
# What staff fill in. A complaint of 2 November 2026 is decided by 14 December, put off to 11 January 2027.
FIELDS: dict[Step, dict[str, str]] = {
    Step.ACKNOWLEDGE: {},
    Step.CALL: {"on": "2026-11-03", "result": "reached", "note": TYPED},
    Step.SOLVE: {"on": "2026-11-03", "agreed": TYPED, "confirmed": "call"},
    Step.RESUME: {"why": TYPED},
    Step.TAKE_UP: {"parts": TYPED},
    Step.NOT_TAKE_UP: {"reason": "third_party", "explanation": TYPED},
    Step.COPY: {},
    Step.PLAN_HEARING: {"day": "2026-11-17", "time": "14:30", "place": TYPED},
    Step.HOLD_HEARING: {"on": "2026-11-03", "present": TYPED},
    Step.SKIP_HEARING: {"reason": "waived", "explanation": TYPED},
    Step.REPORT: {"report": TYPED},
    Step.JUDGE: {"words_1": "Het verslag", "judgment_1": "upheld", "reasons_1": TYPED},
    Step.TELL: {"findings": TYPED, "conclusions": "Wij passen het aan."},
    Step.ANSWER: {"measures": "no", "text": TYPED},
    Step.CLOSE: {"note": TYPED},
    Step.WITHDRAW: {"on": "2026-11-03", "how": "letter", "note": TYPED},
    Step.FORWARD: {"to_whom": TYPED, "kind": "objection", "subject": "pgb"},
    Step.COMMITTEE: {"names": TYPED, "nobody": "y"},
    Step.EXTEND: {"until": "2027-01-11", "reason": TYPED},
    Step.ASK_LONGER: {"until": LATER.isoformat(), "why": TYPED},
    Step.AGREE_LONGER: {"on": "2026-11-03", "written": "y"},
    Step.NOTE: {"note": TYPED},
}


def held(complaint: Complaint) -> Complaint:
    """The complaint inside a transaction."""
    found = locked(complaint.public_id)
    assert found is not None
    return found


def concern(complaint: Complaint, name: str, email: str = "") -> None:
    """Somebody whom the complaint is about."""
    with transaction():
        people.add_concerned(held(complaint), "test", name=name, email=email)


def judged(complaint: Complaint, judgment: Judgment | None = Judgment.UPHELD) -> None:
    """The complaint has one part, judged or not."""
    with transaction():
        mine = held(complaint)
        for part in mine.parts:
            db.session.delete(part)
        db.session.flush()
        why = "Er stond een fout in." if judgment else ""
        db.session.add(
            ComplaintPart(complaint_id=mine.id, number=1, words="Het verslag", judgment=judgment, reasons=why)
        )
    db.session.expire_all()


def ready(complaint: Complaint, step: Step, *, later: date = LATER) -> Complaint:
    """Everything before the step was done."""
    did(complaint, *BEFORE[step], later=later)
    if step is Step.HOLD_HEARING:
        plan_today(complaint)
    return complaint


def did(complaint: Complaint, *steps: Step, later: date = LATER) -> Complaint:
    """These steps were taken, with what each needs. More time is asked until `later`."""
    handled_by(complaint, staff(Role.QUALITY))
    concern(complaint, "Wim de Wit", "wim@voorbeeld.example")
    for step in steps:
        given: Mapping[str, Any] = {}
        if step is Step.ASK_LONGER:
            given = {"until": later}
        if step is Step.COPY and complaint.procedure == Procedure.JEUGDWET:
            taken(complaint, Step.COMMITTEE)
        if step is Step.HOLD_HEARING:
            plan_today(complaint)
        if step is Step.TELL:
            judged(complaint)
        taken(complaint, step, **given)
        if step is Step.JUDGE:
            judged(complaint)
    return complaint


def plan_today(complaint: Complaint) -> None:
    """The hearing is today."""
    moment = datetime.combine(clock.today(), time(10), tzinfo=clock.AMSTERDAM)
    taken(complaint, Step.PLAN_HEARING, hearing_at=moment)
