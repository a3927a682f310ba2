"""Keeping an advice and what happens with it: the only writer."""

from dataclasses import dataclass, fields
from datetime import date
from hashlib import sha256

from sqlalchemy import select

from portal import clock
from portal.audit.operations import record
from portal.db import db
from portal.talks.advices import rules
from portal.talks.advices.rules import Stage
from portal.talks.models import Advice, AdviceStep


class Behind(Exception):
    """Somebody else changed the advice since the page was shown."""


@dataclass(frozen=True)
class Told:
    """What is kept of an advice beside its steps."""

    words: str
    owner: str = ""
    due_on: date | None = None
    evening_id: int | None = None
    published: bool = False


def add(told: Told, *, given_on: date, request_key: str, actor: str) -> Advice:
    """Keep an advice that was given; the same request key again changes nothing."""
    known = db.session.scalar(select(Advice).where(Advice.request_key == request_key))
    if known is not None:
        return known
    advice = Advice(request_key=request_key)
    _write(advice, told)
    advice.steps.append(AdviceStep(stage=Stage.GIVEN, on=given_on, words=""))
    db.session.add(advice)
    db.session.flush()
    record("advice.added", actor, advice=str(advice.id))
    return advice


def change(advice: Advice, told: Told, *, seen: str, actor: str) -> bool:
    """Word it otherwise, or let somebody else see to it; False when it was so already.

    Raises Behind when `seen` is not the mark of the advice, which is `locked`, as it is now.
    """
    if not differing(advice, told):
        return False
    if mark_of(advice) != seen:
        raise Behind
    _write(advice, told)
    record("advice.changed", actor, advice=str(advice.id))
    return True


def differing(advice: Advice, told: Told) -> list[str]:
    """The fields in which the advice is another one than told."""
    now = _told(advice)
    return [field.name for field in fields(Told) if getattr(now, field.name) != getattr(told, field.name)]


def mark_of(advice: Advice) -> str:
    """Another one as soon as anything of what is told of the advice is."""
    return sha256(repr(_told(advice)).encode()).hexdigest()


def step(advice: Advice, stage: Stage, words: str, actor: str) -> None:
    """Take an advice, which is `locked`, a step further. Raises IllegalStage."""
    rules.check(advice.stage, stage, words)
    advice.steps.append(AdviceStep(stage=stage, on=clock.today(), words=words))
    db.session.flush()
    record("advice.step", actor, advice=str(advice.id), stage=stage)


def locked(advice_id: int) -> Advice | None:
    """The advice, held until the transaction ends, so that two steps never cross."""
    return db.session.scalar(
        select(Advice)
        .where(Advice.id == advice_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _told(advice: Advice) -> Told:
    return Told(advice.words, advice.owner, advice.due_on, advice.evening_id, advice.published)


def _write(advice: Advice, told: Told) -> None:
    advice.words, advice.owner, advice.due_on = told.words, told.owner, told.due_on
    advice.evening_id, advice.published = told.evening_id, told.published
