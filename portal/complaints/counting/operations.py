"""Keeping what is learned: measures until they are done, objections and appeals with their outcome."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from portal import clock
from portal.audit.operations import record
from portal.complaints.counting.words import Kind, Outcome, Subject
from portal.complaints.models import Measure, Objection
from portal.crypto import keyring
from portal.db import db, exclusive


class Gone(Exception):
    """There is nothing with this number."""


@dataclass(frozen=True)
class NewMeasure:
    """What we will change, who sees to it, and by when."""

    words: str
    owner: str
    due_on: date
    theme: str = ""
    complaint_id: int | None = None


def add_measure(given: NewMeasure, *, request_key: str, actor: str) -> Measure:
    """Add a measure; the same again from the same page changes nothing."""
    exclusive("measures")
    request_key = _key(request_key, given)
    known = db.session.scalar(select(Measure).where(Measure.request_key == request_key))
    if known is not None:
        return known
    measure = Measure(
        request_key=request_key,
        complaint_id=given.complaint_id,
        theme=given.theme,
        words=given.words,
        owner=given.owner,
        made_on=clock.today(),
        due_on=given.due_on,
    )
    db.session.add(measure)
    db.session.flush()
    record("measure.added", actor, measure=str(measure.id))
    return measure


def _key(request_key: str, *given: object) -> str:
    """One key for these words from this page: who goes back and adds something else, adds something else."""
    return keyring().index("learned", repr((request_key, *given)))


def finish_measure(measure_id: int, actor: str) -> bool:
    """The measure is done; False when it was already. Raises Gone."""
    measure = _held(measure_id)
    if measure.done_on is not None:
        return False
    measure.done_on, measure.done_by = clock.today(), actor
    record("measure.done", actor, measure=str(measure.id))
    return True


def reopen_measure(measure_id: int, actor: str) -> bool:
    """The measure was not done after all; False when it was open already. Raises Gone."""
    measure = _held(measure_id)
    if measure.done_on is None:
        return False
    measure.done_on = measure.done_by = None
    record("measure.reopened", actor, measure=str(measure.id))
    return True


def _held(measure_id: int) -> Measure:
    measure = db.session.get(Measure, measure_id, with_for_update=True, populate_existing=True)
    if measure is None:
        raise Gone
    return measure


def add_objection(
    kind: Kind, subject: Subject, received_on: date, *, request_key: str, actor: str
) -> Objection:
    """Count an objection or appeal; the same again from the same page changes nothing."""
    exclusive("objections")
    request_key = _key(request_key, kind, subject, received_on)
    known = db.session.scalar(select(Objection).where(Objection.request_key == request_key))
    if known is not None:
        return known
    objection = Objection(request_key=request_key, kind=kind, subject=subject, received_on=received_on)
    db.session.add(objection)
    db.session.flush()
    record("objection.added", actor, objection=str(objection.id))
    return objection


def end_objection(objection: Objection, outcome: Outcome | None, ended_on: date | None, actor: str) -> bool:
    """Write down how an objection that is held ended; None: it still runs. False when that stood there already."""
    if outcome is None:
        ended_on = None
    if (objection.outcome, objection.ended_on) == (outcome, ended_on):
        return False
    objection.outcome, objection.ended_on = outcome, ended_on
    if outcome is None:
        record("objection.reopened", actor, objection=str(objection.id))
    else:
        record("objection.ended", actor, objection=str(objection.id), outcome=outcome)
    return True
