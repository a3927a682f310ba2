"""Which step comes naturally next, and which are possible too. Pure: `rules` says what is allowed."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from portal.complaints.rules import Case, Procedure, Route, Stage, Step, may


class Waits(StrEnum):
    """What must happen first, where no step comes next."""

    NOTHING = ""
    HANDLER = "handler"
    HEARING = "hearing"
    CONTACT = "contact"
    """To write: who complained did not choose to be called, or left no number."""


@dataclass(frozen=True)
class Advice:
    """What to do with a complaint now."""

    step: Step | None
    also: tuple[Step, ...]
    """Everything else that the procedure allows today, in its own order."""
    waits: Waits = Waits.NOTHING


_PASSED_ON = (Route.OBJECTION, Route.OTHER_ORGANISATION)
_NEXT: dict[Stage, tuple[Step, ...]] = {
    Stage.RECEIVED: (Step.ACKNOWLEDGE,),
    Stage.ACKNOWLEDGED: (Step.CALL,),
    Stage.CALLED: (Step.TAKE_UP, Step.NOTE, Step.FORWARD),
    Stage.TAKEN_UP: (Step.COPY,),
    Stage.COPIED: (Step.HOLD_HEARING, Step.PLAN_HEARING),
    Stage.HEARD: (Step.REPORT,),
    Stage.REPORTED: (Step.JUDGE,),
    Stage.JUDGED: (Step.TELL,),
    Stage.TOLD: (Step.ANSWER, Step.CLOSE),
}


def advise(case: Case, today: date, *, may_call: bool = True) -> Advice:
    """The natural next step of this complaint, and what is possible beside it.

    `may_call` says whether a number is known and calling was said to be safe.
    """
    allowed = tuple(step for step in Step if may(case, step, today))
    if case.stage is Stage.CALLED and case.route is Route.COMPLAINT and not case.has_handler:
        return Advice(None, allowed, Waits.HANDLER)
    if case.stage is Stage.COPIED and case.hearing_on is not None and case.hearing_on > today:
        return Advice(None, allowed, Waits.HEARING)
    chosen = next((step for step in _candidates(case) if step in allowed), None)
    if chosen is Step.CALL and not may_call:
        return Advice(None, allowed, Waits.CONTACT)
    return Advice(chosen, tuple(step for step in allowed if step is not chosen))


def _candidates(case: Case) -> tuple[Step, ...]:
    """What comes next at this stage, the best first."""
    if case.stage is Stage.ACKNOWLEDGED and case.route in _PASSED_ON:
        return (Step.FORWARD,)  # at once: the one it is for keeps the date (Awb 2:3, 6:15)
    if case.stage is Stage.ACKNOWLEDGED and case.route is Route.SIGNAL:
        return (Step.NOTE,)
    needs_committee = case.procedure is Procedure.JEUGDWET and not case.committee
    if needs_committee and case.stage in (Stage.TAKEN_UP, Stage.COPIED):
        return (Step.COMMITTEE, *_NEXT[case.stage])
    return _NEXT.get(case.stage, ())
