"""Which step comes next: always one that the rules allow, and none is forgotten."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from portal.complaints.handling.advice import Waits, advise
from portal.complaints.rules import OPEN, Case, Procedure, Route, Stage, Step, may

MONDAY = date(2026, 3, 2)


def case(stage: Stage, route: Route = Route.COMPLAINT, **given: object) -> Case:
    facts = {"procedure": Procedure.AWB, "has_handler": True} | given
    return Case(
        route=route,
        stage=stage,
        received_on=MONDAY,
        not_taken_up_by=MONDAY + timedelta(weeks=4),
        decide_by=MONDAY + timedelta(weeks=6),
        **facts,  # type: ignore[arg-type]
    )


@given(
    st.sampled_from(Stage),
    st.sampled_from(Route),
    st.sampled_from(Procedure),
    st.booleans(),
    st.booleans(),
    st.one_of(st.none(), st.integers(-30, 30)),
    st.booleans(),
)
def test_what_is_shown_is_exactly_what_is_allowed(
    stage: Stage,
    route: Route,
    procedure: Procedure,
    has_handler: bool,
    committee: bool,
    hearing: int | None,
    judged: bool,
) -> None:
    today = MONDAY + timedelta(days=20)
    found = case(
        stage,
        route,
        procedure=procedure,
        has_handler=has_handler,
        committee=committee,
        hearing_on=None if hearing is None else today + timedelta(days=hearing),
        parts_judged=judged,
    )
    advice = advise(found, today)
    shown = [*advice.also, *([advice.step] if advice.step else [])]
    assert len(shown) == len(set(shown))
    assert set(shown) == {step for step in Step if may(found, step, today)}
    if advice.waits:
        assert advice.step is None


def test_an_open_complaint_always_goes_on() -> None:
    for stage in OPEN:
        advice = advise(case(stage, parts_judged=True), MONDAY)
        assert advice.step is not None, stage


def test_the_usual_way() -> None:
    steps = [advise(case(stage, parts_judged=True), MONDAY).step for stage in OPEN]
    assert steps == [
        Step.ACKNOWLEDGE,
        Step.CALL,
        Step.TAKE_UP,
        Step.COPY,
        Step.PLAN_HEARING,
        Step.REPORT,
        Step.JUDGE,
        Step.TELL,
        Step.CLOSE,
    ]


def test_who_may_not_be_called_is_written_to() -> None:
    for stage in OPEN:
        found, given = case(stage, parts_judged=True), advise(case(stage, parts_judged=True), MONDAY)
        shown = advise(found, MONDAY, may_call=False)
        if given.step is Step.CALL:
            assert (shown.step, shown.waits) == (None, Waits.CONTACT)
            assert Step.CALL in shown.also, "that calling did not work out is written down there"
        else:
            assert shown == given


def test_what_has_to_wait() -> None:
    assert advise(case(Stage.CALLED, has_handler=False), MONDAY).waits is Waits.HANDLER
    tomorrow = MONDAY + timedelta(days=1)
    assert advise(case(Stage.COPIED, hearing_on=tomorrow), MONDAY).waits is Waits.HEARING
    assert advise(case(Stage.COPIED, hearing_on=MONDAY), MONDAY).step is Step.HOLD_HEARING


def test_a_committee_comes_in_time() -> None:
    youth = {"procedure": Procedure.JEUGDWET}
    assert advise(case(Stage.TAKEN_UP, **youth), MONDAY).step is Step.COMMITTEE
    assert advise(case(Stage.TAKEN_UP, committee=True, **youth), MONDAY).step is Step.COPY


def test_what_is_no_complaint() -> None:
    for route, stage, step in (
        (Route.OBJECTION, Stage.ACKNOWLEDGED, Step.FORWARD),
        (Route.OTHER_ORGANISATION, Stage.ACKNOWLEDGED, Step.FORWARD),
        (Route.SIGNAL, Stage.ACKNOWLEDGED, Step.NOTE),
        (Route.TALK, Stage.ACKNOWLEDGED, Step.CALL),
        (Route.DANGER, Stage.ACKNOWLEDGED, Step.CALL),
        (Route.OBJECTION, Stage.CALLED, Step.FORWARD),
        (Route.TALK, Stage.CALLED, Step.NOTE),
    ):
        assert advise(case(stage, route, has_handler=False), MONDAY).step is step, (route, stage)
