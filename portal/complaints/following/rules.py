"""What a complainant sees of the procedure: the promise, and what was done, is done now and comes. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from portal.complaints import dues, rules, terms
from portal.complaints.rules import Case, Procedure, Route, Stage, Step, Weeks
from portal.complaints.terms import IsHoliday

_REFERENCE = re.compile(r"(?:KL)?\W*(\d{4})\W*(\d{1,7})", re.ASCII)


def read_reference(typed: str) -> tuple[int, int] | None:
    """Year and number of a reference however it was typed: KL-2026-0001, "kl 2026 1", 20260001."""
    read = _REFERENCE.fullmatch(typed.strip().upper().replace("O", "0"))
    return (int(read[1]), int(read[2])) if read else None


class State(StrEnum):
    """Where a moment lies, seen from today."""

    DONE = "done"
    NOW = "now"
    NEXT = "next"


class What(StrEnum):
    """What a complainant is told of the procedure."""

    # What happened.
    RECEIVED = "received"
    ACKNOWLEDGED = "acknowledged"
    CALLED = "called"
    SOLVED = "solved"
    RESUMED = "resumed"
    TAKEN_UP = "taken_up"
    NOT_TAKEN_UP = "not_taken_up"
    COPIED = "copied"
    HEARD = "heard"
    NOT_HEARD = "not_heard"
    REPORTED = "reported"
    TOLD = "told"
    ANSWERED = "answered"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    PASSED_ON = "passed_on"
    COMMITTEE = "committee"
    EXTENDED = "extended"
    AGREED_LONGER = "agreed_longer"
    NOTED = "noted"
    # What is done now or comes.
    ACKNOWLEDGE = "acknowledge"
    CALL = "call"
    CHOOSE = "choose"
    COPY = "copy"
    PLAN = "plan"
    HEARING = "hearing"
    REPORT = "report"
    OUTCOME = "outcome"
    ANSWER = "answer"
    FORWARD = "forward"
    READ = "read"


# Judging itself, planning, and asking for time are no moments: the outcome, the hearing and the question are.
HAPPENED: dict[Step, What] = {
    Step.ACKNOWLEDGE: What.ACKNOWLEDGED,
    Step.CALL: What.CALLED,
    Step.SOLVE: What.SOLVED,
    Step.RESUME: What.RESUMED,
    Step.TAKE_UP: What.TAKEN_UP,
    Step.NOT_TAKE_UP: What.NOT_TAKEN_UP,
    Step.COPY: What.COPIED,
    Step.HOLD_HEARING: What.HEARD,
    Step.SKIP_HEARING: What.NOT_HEARD,
    Step.REPORT: What.REPORTED,
    Step.TELL: What.TOLD,
    Step.ANSWER: What.ANSWERED,
    Step.CLOSE: What.CLOSED,
    Step.WITHDRAW: What.WITHDRAWN,
    Step.FORWARD: What.PASSED_ON,
    Step.COMMITTEE: What.COMMITTEE,
    Step.EXTEND: What.EXTENDED,
    Step.AGREE_LONGER: What.AGREED_LONGER,
    Step.NOTE: What.NOTED,
}
# The first of each is done now, the others come after it.
COMES: dict[Stage, tuple[What, ...]] = {
    Stage.RECEIVED: (What.ACKNOWLEDGE, What.CALL, What.CHOOSE, What.HEARING, What.OUTCOME),
    Stage.ACKNOWLEDGED: (What.CALL, What.CHOOSE, What.HEARING, What.OUTCOME),
    Stage.CALLED: (What.CHOOSE, What.HEARING, What.OUTCOME),
    Stage.TAKEN_UP: (What.COPY, What.HEARING, What.OUTCOME),
    Stage.COPIED: (What.PLAN, What.OUTCOME),
    Stage.HEARD: (What.REPORT, What.OUTCOME),
    Stage.REPORTED: (What.OUTCOME,),
    Stage.JUDGED: (What.OUTCOME,),
    Stage.TOLD: (),
}
# What is no complaint: after the acknowledgement it is passed on, read, or talked about.
COMES_OTHERWISE: dict[Route, What] = {
    Route.OBJECTION: What.FORWARD,
    Route.OTHER_ORGANISATION: What.FORWARD,
    Route.SIGNAL: What.READ,
    Route.TALK: What.CALL,
    Route.DANGER: What.READ,
}


@dataclass(frozen=True)
class Taken:
    """A step that was taken, with the day it happened and what was written beside it."""

    step: Step
    on: date
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Moment:
    """One line of the timeline. `on` is the day it happened, or the last day on which it will."""

    what: What
    state: State
    on: date | None = None
    details: Mapping[str, str] = field(default_factory=dict)


def timeline(case: Case, steps: Iterable[Taken], is_holiday: IsHoliday) -> list[Moment]:
    """What happened, the one thing that is done now, and what comes; after the end only what happened."""
    happened = sorted((taken for taken in steps if taken.step in HAPPENED), key=lambda taken: taken.on)
    done = [Moment(What.RECEIVED, State.DONE, case.received_on)]
    done += [Moment(HAPPENED[taken.step], State.DONE, taken.on, taken.details) for taken in happened]
    coming = [
        Moment(what, State.NEXT if at else State.NOW, _by(what, case, is_holiday))
        for at, what in enumerate(_coming(case))
    ]
    return done + coming


def _coming(case: Case) -> tuple[What, ...]:
    if not case.is_open:
        return ()
    if case.route is not Route.COMPLAINT:
        then = COMES_OTHERWISE[case.route]
        if case.stage is Stage.CALLED and then is What.CALL:
            then = What.READ
        return (What.ACKNOWLEDGE, then) if case.stage is Stage.RECEIVED else (then,)
    coming = COMES[case.stage]
    if case.stage is Stage.COPIED and case.hearing_on is not None:
        coming = (What.HEARING, *coming[1:])
    # After a committee judged, the organisation says what it does with it (Jeugdwet 4.2.1).
    return (*coming, What.ANSWER) if case.procedure is Procedure.JEUGDWET else coming


def _by(what: What, case: Case, is_holiday: IsHoliday) -> date | None:
    """The last day of something that comes, where a date was promised."""
    due = dues.next_due(case, is_holiday)
    if what is What.HEARING:
        return case.hearing_on
    if what is What.CHOOSE:
        return case.not_taken_up_by
    if what is What.OUTCOME:
        return case.decide_by
    if what is What.ANSWER:
        return case.answer_by
    if what is What.ACKNOWLEDGE or case.route is not Route.COMPLAINT:
        is_next = case.stage is not Stage.RECEIVED or what is What.ACKNOWLEDGE
        return due.on if due and is_next else None
    return None


class Promised(StrEnum):
    """What the largest words of the page are about."""

    OUTCOME = "outcome"
    ANSWER = "answer"
    REPLY = "reply"
    ON_ITS_WAY = "on_its_way"
    OMBUDSMAN = "ombudsman"
    SOLVED = "solved"
    WITHDRAWN = "withdrawn"
    PASSED_ON = "passed_on"
    CLOSED = "closed"


@dataclass(frozen=True)
class Promise:
    """What somebody may count on. `on` is inclusive; `days` from today to it, below zero when it passed."""

    what: Promised
    on: date | None = None
    days: int = 0

    @property
    def is_late(self) -> bool:
        """Whether we did not keep it. The ombudsman's year is nobody's promise."""
        return self.days < 0 and self.what is not Promised.OMBUDSMAN


_ENDS = {
    Stage.SOLVED: Promised.SOLVED,
    Stage.WITHDRAWN: Promised.WITHDRAWN,
    Stage.PASSED_ON: Promised.PASSED_ON,
}


def promise(case: Case, today: date, is_holiday: IsHoliday, *, ended_on: date | None) -> Promise:
    """The promise as it stands today."""
    if case.stage in _ENDS:
        return Promise(_ENDS[case.stage])
    if case.route is not Route.COMPLAINT:
        # What follows the acknowledgement is promised from the first day on.
        read = replace(case, stage=Stage.ACKNOWLEDGED) if case.is_open else case
        due = dues.next_due(read, is_holiday)
        return _dated(Promised.REPLY, due.on, today) if due else Promise(Promised.CLOSED)
    if case.to_post is not None:
        # What was decided is told when its letter was posted or handed over: until then the term runs on.
        due = dues.next_due(case, is_holiday)
        return _dated(Promised.ON_ITS_WAY, due.on if due else case.decide_by, today)
    if case.stage is Stage.TOLD and case.answer_by:
        return _dated(Promised.ANSWER, case.answer_by, today)
    if case.stage in (Stage.TOLD, Stage.CLOSED, Stage.NOT_TAKEN_UP):
        until = terms.ombudsman_until(ended_on or today, is_holiday)
        return _dated(Promised.OMBUDSMAN, until, today)
    return _dated(Promised.OUTCOME, case.decide_by, today)


def _dated(what: Promised, on: date, today: date) -> Promise:
    return Promise(what, on, (on - today).days)


def first_promise(case: Case, weeks: Weeks, is_holiday: IsHoliday) -> date:
    """By when the outcome was promised before anybody put it off."""
    with_committee = case.committee or case.procedure is Procedure.JEUGDWET
    return terms.term_end(case.received_on, weeks.committee if with_committee else weeks.decide, is_holiday)


def may_withdraw(case: Case, today: date) -> bool:
    """Any time until the outcome was told."""
    return rules.may(case, Step.WITHDRAW, today)


def may_say_whether_solved(case: Case) -> bool:
    """After the outcome or any other end, but for what was passed on: that is not over."""
    return case.stage is not Stage.PASSED_ON and (not case.is_open or case.stage is Stage.TOLD)
