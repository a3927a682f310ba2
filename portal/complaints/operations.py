"""Receiving complaints, and taking the steps of the procedure: the only writer of stage and promises."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime

from sqlalchemy import func, select

from portal import clock
from portal.audit.operations import record
from portal.complaints import dues, events, rules, sessions
from portal.complaints.content import Content, to_json
from portal.complaints.models import Complaint, ComplaintStep
from portal.complaints.rules import Case, Domain, OnBehalf, Procedure, Route, Stage, Step, Term, Via
from portal.complaints.settings import is_holiday, procedure_of, weeks_of
from portal.crypto import keyring, new_public_id
from portal.db import db, exclusive

_TOLD = (Stage.TOLD, Stage.CLOSED)
COMPLAINANT = "complainant"
PORTAL = "portal"
"""Who acts where it is no member of staff."""


@dataclass(frozen=True)
class Filed:
    """What came in, by whatever way."""

    content: Content
    route: Route = Route.COMPLAINT
    via: Via = Via.WEB
    domain: Domain = Domain.UNKNOWN
    on_behalf: OnBehalf = OnBehalf.SELF
    language: str = "nl"
    young: bool = False
    received_on: date | None = None
    """Today, unless it was received before somebody wrote it down."""
    is_demo: bool = False


def receive(
    filed: Filed,
    *,
    request_key: str,
    code_hash: str | None,
    actor: str = COMPLAINANT,
    code: str | None = None,
) -> Complaint:
    """Keep what came in under the next number of its year; the same request key again changes nothing.

    `code_hash` is the slow hash of the receipt code, made before the transaction began. `code` is kept
    encrypted only where a letter must still carry it.
    """
    exclusive("complaints")
    known = db.session.scalar(select(Complaint).where(Complaint.request_key == request_key))
    if known is not None:
        return known
    now = clock.now()
    received_on = filed.received_on or clock.local(now).date()
    procedure = procedure_of(filed.domain)
    case = rules.opened(filed.route, procedure, received_on, weeks_of(procedure), is_holiday)
    email_index, phone_index = _indexes(filed.content)
    complaint = Complaint(
        public_id=new_public_id(),
        year=received_on.year,
        number=_next_number(received_on.year),
        request_key=request_key,
        code_hash=code_hash,
        code_sealed=code,
        via=filed.via,
        domain=filed.domain,
        on_behalf=filed.on_behalf,
        language=filed.language,
        young=filed.young,
        is_demo=filed.is_demo,
        sealed_content=to_json(filed.content),
        email_index=email_index,
        phone_index=phone_index,
        received_at=now,
        received_on=received_on,
    )
    _adopt(complaint, case)
    db.session.add(complaint)
    db.session.flush()
    record("complaint.received", actor, complaint=complaint.reference, via=filed.via)
    events.began.send(complaint)
    return complaint


def _indexes(content: Content) -> tuple[str | None, str | None]:
    """What finds the complaint by e-mail address and by telephone number."""
    return _index(content.email.strip().lower()), _index("".join(content.phone.split()))


def _index(address: str) -> str | None:
    return keyring().index("complaint-address", address) if address else None


def _next_number(year: int) -> int:
    highest = db.session.scalar(select(func.max(Complaint.number)).where(Complaint.year == year))
    return (highest or 0) + 1


def locked(public_id: str) -> Complaint | None:
    """The complaint, held until the transaction ends, so that two steps never cross."""
    return db.session.scalar(
        select(Complaint)
        .where(Complaint.public_id == public_id)
        .with_for_update(of=Complaint)
        .execution_options(populate_existing=True)
    )


def case_of(complaint: Complaint) -> Case:
    """The complaint as the rules see it."""
    return Case(
        route=Route(complaint.route),
        procedure=Procedure(complaint.procedure),
        stage=Stage(complaint.stage),
        received_on=complaint.received_on,
        not_taken_up_by=complaint.not_taken_up_by,
        decide_by=complaint.decide_by,
        answer_by=complaint.answer_by,
        committee=complaint.committee,
        extended=complaint.extended,
        later_asked=complaint.later_asked,
        hearing_on=clock.local(complaint.hearing_at).date() if complaint.hearing_at else None,
        has_handler=complaint.handler_id is not None and complaint.handler_declared_at is not None,
        to_post=to_post(letter.kind for letter in complaint.letters if letter.sent_on is None),
        parts_judged=bool(complaint.parts) and all(part.judgment for part in complaint.parts),
        told_on=complaint.ended_on,
        acknowledged=any(taken.step == Step.ACKNOWLEDGE for taken in complaint.steps),
    )


def is_told(complaint: Complaint) -> bool:
    """Whether the complainant was told an outcome: on paper when it was posted, and not when it was written."""
    if complaint.stage not in _TOLD:
        return False
    case = case_of(complaint)
    # What only asked to be read was closed without an outcome, whatever was judged of it before.
    was_told = any(taken.step == Step.TELL for taken in complaint.steps)
    return was_told and case.to_post is not Term.DECIDE


def to_post(waiting: Iterable[str]) -> Term | None:
    """The term that runs on while letters of these kinds wait to be posted."""
    return next((dues.TOLD_BY_LETTER[kind] for kind in waiting if kind in dues.TOLD_BY_LETTER), None)


def take(
    complaint: Complaint,
    step: Step,
    *,
    actor: str,
    on: date | None = None,
    until: date | None = None,
    hearing_at: datetime | None = None,
    details: Mapping[str, str] | None = None,
) -> ComplaintStep:
    """Take a step on a complaint that is `locked`. Raises IllegalStep with the rule that forbids it.

    `on` is the day it happened when that was not today; `until` the new date of a term. Planning a hearing
    gives its moment as `hearing_at`.
    """
    today = clock.today()
    before = case_of(complaint)
    if step is Step.PLAN_HEARING:
        until = clock.local(hearing_at).date() if hearing_at else None
    case = rules.after(before, step, today, weeks_of(before.procedure), is_holiday, until=until, on=on)
    _adopt(complaint, case)
    if step is Step.PLAN_HEARING:
        complaint.hearing_at = hearing_at
    if step is Step.TELL or (before.is_open and not case.is_open and complaint.ended_on is None):
        complaint.ended_on = on or today
    if step is Step.RESUME:
        # What was planned before it stopped is off.
        complaint.ended_on = complaint.hearing_at = complaint.hearing_place = None
    taken = ComplaintStep(
        step=step,
        at=clock.now(),
        on=on or today,
        actor=actor,
        details=json.dumps(dict(details or {}), ensure_ascii=False),
    )
    complaint.steps.append(taken)
    db.session.flush()
    record("complaint.step", actor, complaint=complaint.reference, step=step)
    # For who filed it, it is over once the outcome was told; closing it afterwards ends nothing more.
    if step is Step.TELL or (before.is_open and not case.is_open and before.stage is not Stage.TOLD):
        events.ended.send(complaint)
    elif case.is_open and not before.is_open:
        events.began.send(complaint)
    if step is Step.TELL and is_told(complaint):
        events.told.send(complaint)
    return taken


def reclassify(complaint: Complaint, *, route: Route, domain: Domain, theme: str, actor: str) -> None:
    """It turned out to be something else, or about other help. Raises IllegalStep once handling began."""
    procedure = procedure_of(domain)
    before = case_of(complaint)
    if (route, procedure) != (before.route, before.procedure):
        _adopt(complaint, rules.reclassified(before, route, procedure, weeks_of(procedure), is_holiday))
    complaint.domain, complaint.theme = domain, theme
    record("complaint.classified", actor, complaint=complaint.reference, route=route, domain=domain)


def change_details(
    complaint: Complaint, content: Content, *, language: str, young: bool, actor: str
) -> tuple[str, ...]:
    """Who complained is reached in another way than was known. The names of what changed; never its values.

    `complaint` is `locked`. Whoever is left alone at the old addresses is so at the new ones instead.
    """
    before = complaint.content
    changed = [
        field.name for field in fields(Content) if getattr(before, field.name) != getattr(content, field.name)
    ]
    changed += [
        name for name, new in (("language", language), ("young", young)) if getattr(complaint, name) != new
    ]
    if not changed:
        return ()
    is_handled = case_of(complaint).is_open and complaint.ended_on is None
    if is_handled:
        events.ended.send(complaint)
    complaint.sealed_content = to_json(content)
    complaint.email_index, complaint.phone_index = _indexes(content)
    complaint.language, complaint.young = language, young
    db.session.flush()
    if is_handled:
        events.began.send(complaint)
    record("complaint.details", actor, complaint=complaint.reference, fields=", ".join(changed))
    return tuple(changed)


def new_code(complaint: Complaint, code: str, code_hash: str, *, by_letter: bool, actor: str) -> None:
    """A new receipt code in place of the old one, which ends what that opened. Only a letter makes us keep it until
    that was printed."""
    sessions.end_all(complaint.id)
    complaint.code_hash = code_hash
    complaint.code_sealed = code if by_letter else None
    record("complaint.code", actor, complaint=complaint.reference, by="letter" if by_letter else "hand")


def forget_code(complaint: Complaint, user_id: int) -> None:
    """The code ends, and with it the sessions it opened, where this member of staff made it (Awb 9:7)."""
    if complaint.code_known_to == user_id:
        sessions.end_all(complaint.id)
        complaint.code_hash = complaint.code_sealed = complaint.code_known_to = None


def _adopt(complaint: Complaint, case: Case) -> None:
    """Write down what the rules made of it."""
    complaint.route, complaint.procedure, complaint.stage = case.route, case.procedure, case.stage
    complaint.not_taken_up_by, complaint.decide_by = case.not_taken_up_by, case.decide_by
    complaint.answer_by = case.answer_by
    complaint.committee, complaint.extended = case.committee, case.extended
    complaint.later_asked = case.later_asked
