"""Complaints as the rules see them, received on the Friday six weeks before Christmas."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from portal.complaints import rules
from portal.complaints.rules import (
    Case,
    IllegalStep,
    Procedure,
    Route,
    Stage,
    Step,
    Weeks,
)
from tests.complaints.dutch_days import is_holiday

WEEK = timedelta(weeks=1)
# Friday; six weeks later it is Christmas.
RECEIVED = date(2026, 11, 13)
CHRISTMAS_OVER = date(2026, 12, 28)
MONDAY = date(2026, 11, 16)
EARLY = (Stage.RECEIVED, Stage.ACKNOWLEDGED, Stage.CALLED)
AWB, JEUGDWET = Procedure.AWB, Procedure.JEUGDWET


def opened(
    procedure: Procedure = AWB, route: Route = Route.COMPLAINT, received: date = RECEIVED, **given: Any
) -> Case:
    case = rules.opened(route, procedure, received, Weeks(), is_holiday)
    return replace(case, **{"has_handler": True, "parts_judged": True} | given)


def after(case: Case, *steps: Step, today: date = MONDAY, **given: Any) -> Case:
    for step in steps:
        case = rules.after(case, step, today, Weeks(), is_holiday, **given)
    return case


def at(stage: Stage, procedure: Procedure = AWB, **given: Any) -> Case:
    """Where nothing else is said, its receipt was confirmed."""
    return opened(procedure, stage=stage, **{"acknowledged": stage is not Stage.RECEIVED} | given)


def refusal(case: Case, step: Step, **given: Any) -> str:
    with pytest.raises(IllegalStep) as refused:
        after(case, step, **given)
    assert refused.value.step is step
    return refused.value.rule
