"""Things of long ago, and a search for whatever is left of somebody."""

import json
import secrets
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import LargeBinary, select

from portal import clock
from portal.audit.models import AuditEvent
from portal.complaints import events
from portal.complaints.models import (
    Attachment,
    Complaint,
    ComplaintLetter,
    ComplaintMessage,
    ComplaintPart,
    ComplaintStep,
    Measure,
    Objection,
    PersonConcerned,
)
from portal.complaints.rules import Judgment, Route, Stage, Step
from portal.crypto import EncryptedText, LostKey, keyring, new_public_id
from portal.db import db, transaction
from portal.outbox.models import Message
from portal.outbox.rules import Channel, State
from portal.privacy.retention import operations
from portal.privacy.retention.rules import Kind, last_kept
from portal.surveys.inviting.models import Contact
from portal.surveys.models import Invitation, Response, ResponseChoice, ResponseText
from portal.tasks.models import Task
from tests.complaints.people import filed
from tests.surveys.inviting.people import person

TODAY = date(2032, 6, 15)
NOON = datetime.combine(TODAY, time(12), clock.AMSTERDAM)
DAY = timedelta(days=1)
NAME, EMAIL, PHONE = "Wilhelmina van Vroeger", "wilhelmina@vroeger.example", "+31687654321"
WORDS = "Het ging indertijd helemaal mis met de zonnebloem"


def first_kept(kind: Kind) -> date:
    """The earliest day of which things of this kind are kept today."""
    return last_kept(kind, clock.today(), operations.terms())


def at(day: date, hour: int = 12) -> datetime:
    return datetime.combine(day, time(hour), clock.AMSTERDAM)


def asked(closed_on: date, *, name: str = NAME, **facts: Any) -> int:
    """Somebody whose link closed on that day; the number of the invitation."""
    given = {"email": EMAIL, "phone": PHONE, "street": "Vroegerstraat 7", "case": "Z-VROEGER-1"}
    contact = person(name, **{**given, **facts.pop("contact", {})}, next_on=None)
    with transaction():
        invitation = db.session.get_one(Invitation, contact.invitation_id)
        invitation.closes_on = closed_on
        invitation.invited_on = closed_on - timedelta(days=42)
        invitation.delivered = True
        for key, value in facts.items():
            setattr(invitation, key, value)
    return contact.invitation_id


def not_asked(closed_on: date, on: date, why: str = "too_old") -> int:
    """Somebody who was not asked, and why."""
    number = asked(closed_on, invited_on=None, delivered=False)
    with transaction():
        contact = db.session.get_one(Contact, number)
        contact.not_asked, contact.not_asked_on = why, on
    return number


def message(about: str, state: State, ended_on: date, *, topic: str = "survey", **facts: Any) -> int:
    """A message that ended on that day, or that waits since; its number."""
    left = state in (State.SENT, State.BOUNCED)
    has_words = state in (State.WAITING, State.DEAD)
    with transaction() as session:
        made = Message(
            reference=secrets.token_hex(16),
            request_key=secrets.token_hex(16),
            topic=topic,
            about=about,
            channel=Channel.EMAIL,
            template="survey_invitation",
            language="nl",
            to=EMAIL if has_words else None,
            params=json.dumps({"name": NAME}) if has_words else None,
            state=state,
            queued_at=at(ended_on, 9),
            due_at=at(ended_on, 9),
            sent_at=at(ended_on) if left else None,
        )
        for key, value in facts.items():
            setattr(made, key, value)
        session.add(made)
        session.flush()
        return made.id


def called(done_on: date | None, *, asked_on: date | None = None) -> int:
    """Somebody who wanted to be called, and was on that day; the number of the task."""
    with transaction() as session:
        made = Task(
            kind="call_back",
            request_key=secrets.token_hex(16),
            details=json.dumps({"name": NAME, "phone": PHONE, "when": "any"}),
            created_at=at(asked_on or (done_on or TODAY) - DAY),
            done_at=at(done_on) if done_on else None,
            done_by="1" if done_on else None,
        )
        session.add(made)
        session.flush()
        return made.id


def answered(quarter: str, words: str = WORDS) -> str:
    """Somebody answered in that quarter, with a grade, a choice and a text; the number of the response."""
    number = secrets.token_hex(16)
    with transaction() as session:
        session.add(
            Response(
                id=number,
                pile="intake",
                quarter=quarter,
                perspective="adult",
                channel="email",
                language="nl",
                team="",
                choices=[ResponseChoice(key="grade", value="4")],
                texts=[ResponseText(key="could_be_better", body=words, may_quote=True)],
            )
        )
    return number


def complained(
    ended_on: date | None, *, stage: Stage = Stage.CLOSED, whole: bool = True, **facts: Any
) -> Complaint:
    """A complaint that ended on that day, with everything that can hang on one where it is `whole`."""
    received_on = facts.pop("received_on", (ended_on or TODAY) - timedelta(days=40))
    told = {"what": WORDS, "name": NAME, "email": EMAIL, "phone": PHONE, "street": "Vroegerstraat 7"}
    route = facts.pop("route", Route.COMPLAINT)
    made = filed(received_on, told, route=route, language="en", young=True)
    moment = at(ended_on or received_on)
    with transaction():
        kept = db.session.get_one(Complaint, made.id)
        kept.stage, kept.ended_on = stage, ended_on
        for key, value in facts.items():
            setattr(kept, key, value)
        kept.parts = [
            ComplaintPart(number=1, words=WORDS, judgment=Judgment.UPHELD, reasons=WORDS),
            ComplaintPart(number=2, words=WORDS, judgment=Judgment.NOT_UPHELD, reasons=WORDS),
        ]
        if whole:
            _hang_on(kept, moment)
        if ended_on:
            # As taking the last step does.
            events.ended.send(kept)
    return made


def _hang_on(kept: Complaint, moment: datetime) -> None:
    kept.hearing_at, kept.hearing_place = moment, f"Bij {NAME} thuis"
    kept.code_sealed = "ABCDEFGHJKMN"
    kept.steps.append(
        ComplaintStep(
            step=Step.TELL, at=moment, on=moment.date(), actor="1", details=json.dumps({"a": WORDS})
        )
    )
    kept.messages.append(
        ComplaintMessage(
            request_key=secrets.token_hex(8), at=moment, from_complainant=True, words=WORDS, read_at=moment
        )
    )
    kept.letters.append(
        ComplaintLetter(
            request_key=secrets.token_hex(8),
            kind="outcome",
            channel="post",
            language="nl",
            words=f"Geachte {NAME}, {WORDS}",
            made_at=moment,
            made_by="1",
            sent_on=moment.date(),
        )
    )
    kept.attachments.append(
        Attachment(
            public_id=new_public_id(),
            name=f"{NAME}.pdf",
            kind="pdf",
            size=9,
            sealed=keyring().encrypt_bytes(WORDS.encode()),
        )
    )
    kept.concerned.append(
        PersonConcerned(
            public_id=new_public_id(),
            link_key_id=keyring().link_key_id,
            name="Betrokken Medewerker",
            email="betrokken@vroeger.example",
            reply=WORDS,
            replied_at=moment,
        )
    )


def improvement(complaint: Complaint, *, done: bool) -> int:
    """Something we change because of it; its number."""
    with transaction() as session:
        made = Measure(
            request_key=secrets.token_hex(8),
            complaint_id=complaint.id,
            words="Wij bellen eerst",
            owner="Team",
            made_on=complaint.received_on,
            due_on=complaint.received_on + timedelta(days=90),
            done_on=complaint.received_on + timedelta(days=80) if done else None,
            done_by="1" if done else None,
        )
        session.add(made)
        session.flush()
        return made.id


def objected(complaint: Complaint, *, ended: bool) -> int:
    """It turned out to be an objection; its number."""
    with transaction() as session:
        made = Objection(
            request_key=secrets.token_hex(8),
            kind="objection",
            subject="pgb",
            received_on=complaint.received_on,
            outcome="upheld" if ended else None,
            ended_on=complaint.received_on + DAY if ended else None,
            complaint_id=complaint.id,
        )
        session.add(made)
        session.flush()
        return made.id


def proofs() -> list[dict[str, str]]:
    """What the audit says was thrown away, in its order."""
    db.session.rollback()
    return list(
        db.session.scalars(
            select(AuditEvent.details).where(AuditEvent.event == "retention.purged").order_by(AuditEvent.id)
        )
    )


def traces(*words: str) -> set[tuple[str, str]]:
    """Every table and column in which one of these words stands, sealed or not."""
    db.session.rollback()
    db.session.expire_all()
    wanted = [word.casefold() for word in words]
    found = set()
    for table in db.metadata.sorted_tables:
        for row in db.session.execute(select(table)).mappings():
            for column in table.columns:
                text = _readable(column.type, row[column.name if column.name in row else column]).casefold()
                if any(word in text for word in wanted):
                    found.add((table.name, column.name))
    return found


def _readable(kind: Any, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(kind, LargeBinary) and not isinstance(kind, EncryptedText):
        try:
            return keyring().decrypt_bytes(value).decode(errors="replace")
        except LostKey:
            return bytes(value).decode(errors="replace")
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)


def numbers(model: Any) -> list[int]:
    """The numbers of all rows there are."""
    db.session.rollback()
    return list(db.session.scalars(select(model.id).order_by(model.id)))


def snapshot(tables: Iterable[str] = ()) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, or of these."""
    db.session.rollback()
    wanted = set(tables)
    found = {
        table.name: sorted(map(tuple, db.session.execute(select(table)).all()), key=repr)
        for table in db.metadata.sorted_tables
        if not wanted or table.name in wanted
    }
    # Nobody must wait for this reader.
    db.session.rollback()
    return found
