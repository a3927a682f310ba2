"""The timeline and the promise, for every stage, procedure, route and end."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise, product

import pytest
from flask import Flask, render_template_string

from portal.calendar import is_holiday
from portal.complaints import rules
from portal.complaints.following.rules import (
    Moment,
    Promised,
    State,
    Taken,
    What,
    first_promise,
    may_say_whether_solved,
    promise,
    read_reference,
    timeline,
)
from portal.complaints.rules import OPEN, Case, NotTakenUp, Procedure, Route, Stage, Step, Term, Weeks
from tests.complaints.people import filed

RECEIVED = date(2026, 11, 13)
FOUR_WEEKS, SIX_WEEKS = date(2026, 12, 11), date(2026, 12, 28)  # six weeks later is Christmas Day, a Friday
HEARING = date(2026, 12, 3)
WEEKS = Weeks()


def case(stage: Stage, route: Route = Route.COMPLAINT, procedure: Procedure = Procedure.AWB) -> Case:
    return replace(rules.opened(route, procedure, RECEIVED, WEEKS, is_holiday), stage=stage)


def comes(case: Case) -> list[tuple[str, str, date | None]]:
    """What is done now and what comes, after what happened."""
    found = timeline(case, [], is_holiday)
    assert found[0] == Moment(What.RECEIVED, State.DONE, RECEIVED)
    return [(moment.state, moment.what, moment.on) for moment in found[1:]]


NOW, NEXT = State.NOW, State.NEXT
HEARD_AND_JUDGED = [(NEXT, What.HEARING, None), (NEXT, What.OUTCOME, SIX_WEEKS)]


@pytest.mark.parametrize(
    ("stage", "coming"),
    [
        (
            Stage.RECEIVED,
            [
                # The next working day: the day after is a Saturday.
                (NOW, What.ACKNOWLEDGE, date(2026, 11, 16)),
                (NEXT, What.CALL, None),
                (NEXT, What.CHOOSE, FOUR_WEEKS),
                *HEARD_AND_JUDGED,
            ],
        ),
        (Stage.ACKNOWLEDGED, [(NOW, What.CALL, None), (NEXT, What.CHOOSE, FOUR_WEEKS), *HEARD_AND_JUDGED]),
        (Stage.CALLED, [(NOW, What.CHOOSE, FOUR_WEEKS), *HEARD_AND_JUDGED]),
        (Stage.TAKEN_UP, [(NOW, What.COPY, None), *HEARD_AND_JUDGED]),
        (Stage.COPIED, [(NOW, What.PLAN, None), (NEXT, What.OUTCOME, SIX_WEEKS)]),
        (Stage.HEARD, [(NOW, What.REPORT, None), (NEXT, What.OUTCOME, SIX_WEEKS)]),
        (Stage.REPORTED, [(NOW, What.OUTCOME, SIX_WEEKS)]),
        (Stage.JUDGED, [(NOW, What.OUTCOME, SIX_WEEKS)]),
        (Stage.TOLD, []),
        *((stage, []) for stage in Stage if stage not in OPEN),
    ],
)
def test_what_comes_of_a_complaint(stage: Stage, coming: list[tuple[State, What, date | None]]) -> None:
    assert comes(case(stage)) == coming


def test_a_planned_hearing_is_now_with_its_day() -> None:
    planned = replace(case(Stage.COPIED), hearing_on=HEARING)
    assert comes(planned) == [(NOW, What.HEARING, HEARING), (NEXT, What.OUTCOME, SIX_WEEKS)]


@pytest.mark.parametrize("stage", OPEN)
def test_under_the_jeugdwet_the_organisation_answers_last(stage: Stage) -> None:
    answer_by = date(2027, 2, 1)
    youth = replace(
        case(stage, procedure=Procedure.JEUGDWET), answer_by=answer_by if stage is Stage.TOLD else None
    )
    assert comes(youth)[-1][1:] == (What.ANSWER, youth.answer_by)
    told = stage is Stage.TOLD
    assert comes(youth)[-1][0] == (NOW if told else NEXT)


WEEK = date(2026, 11, 20)
NEXT_DAY = date(2026, 11, 16)


@pytest.mark.parametrize(
    ("route", "first", "after_a_call"),
    [
        (Route.OBJECTION, What.FORWARD, What.FORWARD),
        (Route.OTHER_ORGANISATION, What.FORWARD, What.FORWARD),
        (Route.SIGNAL, What.READ, What.READ),
        (Route.TALK, What.CALL, What.READ),
        (Route.DANGER, What.READ, What.READ),
    ],
)
def test_what_is_no_complaint(route: Route, first: What, after_a_call: What) -> None:
    assert comes(case(Stage.RECEIVED, route)) == [
        (NOW, What.ACKNOWLEDGE, date(2026, 11, 16)),
        (NEXT, first, None),
    ]
    assert comes(case(Stage.ACKNOWLEDGED, route)) == [
        (NOW, first, NEXT_DAY if route is Route.DANGER else WEEK)
    ]
    assert comes(case(Stage.CALLED, route)) == [
        (NOW, after_a_call, NEXT_DAY if route is Route.DANGER else WEEK)
    ]
    for stage in (Stage.SOLVED, Stage.WITHDRAWN, Stage.PASSED_ON, Stage.CLOSED):
        assert comes(case(stage, route)) == []


def test_every_stage_of_every_route_and_procedure_has_at_most_one_now() -> None:
    for stage, route, procedure in product(Stage, Route, Procedure):
        if route is not Route.COMPLAINT and stage in OPEN[3:]:
            continue  # only a complaint is taken up
        states = [state for state, _what, _on in comes(case(stage, route, procedure))]
        assert states in ([], [NOW], [NOW, *[NEXT] * (len(states) - 1)])
        ends_open = stage is Stage.TOLD and procedure is Procedure.AWB
        assert bool(states) is (stage in OPEN and not ends_open), (stage, route, procedure)


TAKEN_WORDS = {
    Step.ACKNOWLEDGE: What.ACKNOWLEDGED,
    Step.CALL: What.CALLED,
    Step.SOLVE: What.SOLVED,
    Step.RESUME: What.RESUMED,
    Step.TAKE_UP: What.TAKEN_UP,
    Step.NOT_TAKE_UP: What.NOT_TAKEN_UP,
    Step.COPY: What.COPIED,
    Step.PLAN_HEARING: None,
    Step.HOLD_HEARING: What.HEARD,
    Step.SKIP_HEARING: What.NOT_HEARD,
    Step.REPORT: What.REPORTED,
    Step.JUDGE: None,
    Step.TELL: What.TOLD,
    Step.ANSWER: What.ANSWERED,
    Step.CLOSE: What.CLOSED,
    Step.WITHDRAW: What.WITHDRAWN,
    Step.FORWARD: What.PASSED_ON,
    Step.COMMITTEE: What.COMMITTEE,
    Step.EXTEND: What.EXTENDED,
    Step.ASK_LONGER: None,
    Step.AGREE_LONGER: What.AGREED_LONGER,
    Step.NOTE: What.NOTED,
}


@pytest.mark.parametrize("step", Step)
def test_what_a_step_becomes(step: Step) -> None:
    day = RECEIVED + timedelta(days=3)
    found = timeline(case(Stage.WITHDRAWN), [Taken(step, day, {"to": "de gemeente"})], is_holiday)[1:]
    what = TAKEN_WORDS[step]
    assert found == ([] if what is None else [Moment(what, State.DONE, day, {"to": "de gemeente"})])


def test_what_was_written_down_late_stands_on_its_own_day() -> None:
    steps = [
        Taken(Step.ACKNOWLEDGE, RECEIVED),
        Taken(Step.CALL, RECEIVED + timedelta(days=9)),
        Taken(Step.CALL, RECEIVED + timedelta(days=4)),
    ]
    days = [moment.on for moment in timeline(case(Stage.CLOSED), steps, is_holiday)]
    assert all(one <= other for one, other in pairwise(day for day in days if day))


@pytest.mark.parametrize(
    ("stage", "route", "promised", "on"),
    [
        *((stage, Route.COMPLAINT, Promised.OUTCOME, SIX_WEEKS) for stage in OPEN[:-1]),
        (Stage.TOLD, Route.COMPLAINT, Promised.OMBUDSMAN, date(2027, 12, 3)),
        (Stage.CLOSED, Route.COMPLAINT, Promised.OMBUDSMAN, date(2027, 12, 3)),
        (Stage.NOT_TAKEN_UP, Route.COMPLAINT, Promised.OMBUDSMAN, date(2027, 12, 3)),
        (Stage.SOLVED, Route.COMPLAINT, Promised.SOLVED, None),
        (Stage.WITHDRAWN, Route.COMPLAINT, Promised.WITHDRAWN, None),
        (Stage.PASSED_ON, Route.COMPLAINT, Promised.PASSED_ON, None),
        (Stage.RECEIVED, Route.OBJECTION, Promised.REPLY, WEEK),
        (Stage.ACKNOWLEDGED, Route.OTHER_ORGANISATION, Promised.REPLY, WEEK),
        (Stage.CALLED, Route.TALK, Promised.REPLY, WEEK),
        (Stage.RECEIVED, Route.DANGER, Promised.REPLY, NEXT_DAY),
        (Stage.CLOSED, Route.SIGNAL, Promised.CLOSED, None),
        (Stage.PASSED_ON, Route.OBJECTION, Promised.PASSED_ON, None),
        (Stage.WITHDRAWN, Route.SIGNAL, Promised.WITHDRAWN, None),
    ],
)
def test_the_promise(stage: Stage, route: Route, promised: Promised, on: date | None) -> None:
    # Told on Friday 4 December 2026: a year later is a Saturday, so the Friday before it.
    found = promise(case(stage, route), date(2026, 11, 19), is_holiday, ended_on=date(2026, 12, 4))
    assert (found.what, found.on) == (promised, on)


def test_days_left_and_late() -> None:
    running = case(Stage.CALLED)
    for today, days, late in (
        (date(2026, 11, 23), 35, False),
        (SIX_WEEKS, 0, False),
        (date(2026, 12, 29), -1, True),
    ):
        found = promise(running, today, is_holiday, ended_on=None)
        assert (found.days, found.is_late) == (days, late)
    over = promise(case(Stage.CLOSED), date(2029, 1, 1), is_holiday, ended_on=date(2026, 12, 4))
    assert over.days < 0 and not over.is_late


def test_after_a_committee_judged_the_answer_is_promised() -> None:
    told = replace(case(Stage.TOLD, procedure=Procedure.JEUGDWET), answer_by=date(2027, 2, 1))
    found = promise(told, date(2027, 1, 4), is_holiday, ended_on=date(2027, 1, 1))
    assert (found.what, found.on, found.days) == (Promised.ANSWER, date(2027, 2, 1), 28)


def test_what_waits_for_its_letter_is_promised_by_the_term_that_runs_on() -> None:
    for stage, term, on in (
        (Stage.TOLD, Term.DECIDE, SIX_WEEKS),
        (Stage.NOT_TAKEN_UP, Term.CHOOSE, case(stage=Stage.NOT_TAKEN_UP).not_taken_up_by),
    ):
        waiting = replace(case(stage), to_post=term)
        found = promise(waiting, date(2026, 11, 23), is_holiday, ended_on=date(2026, 11, 20))
        assert (found.what, found.on, found.is_late) == (Promised.ON_ITS_WAY, on, False)
        assert promise(waiting, date(2027, 6, 1), is_holiday, ended_on=None).is_late


def test_the_first_promise_is_what_it_was_before_it_was_put_off() -> None:
    put_off = replace(case(Stage.CALLED), extended=True, decide_by=date(2027, 1, 22))
    assert first_promise(put_off, WEEKS, is_holiday) == SIX_WEEKS
    with_committee = replace(put_off, committee=True)
    assert first_promise(with_committee, WEEKS, is_holiday) == date(2027, 1, 22)


def test_solved_is_asked_after_the_outcome_and_every_end() -> None:
    asked = {stage for stage in Stage if may_say_whether_solved(case(stage))}
    assert asked == {Stage.TOLD, *(stage for stage in Stage if stage not in OPEN)} - {Stage.PASSED_ON}


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("KL-2026-0001", (2026, 1)),
        ("kl-2026-0001", (2026, 1)),
        (" KL 2026 1 ", (2026, 1)),
        ("2026 1", (2026, 1)),
        ("2026-0012", (2026, 12)),
        ("2026/12", (2026, 12)),
        ("20260001", (2026, 1)),
        ("KL20260001", (2026, 1)),
        ("KL – 2026 – 0001", (2026, 1)),
        ("KL-2O26-OOO1", (2026, 1)),
        ("KL-2026-12345", (2026, 12345)),
        ("", None),
        ("KL", None),
        ("2026", None),
        ("KL-2026-0001-2", None),
        ("XX-2026-0001", None),
        ("KL-2026-99999999999999999999", None),
        ("KL-٢٠٢٦-1", None),
    ],
)
def test_a_reference_is_read_however_it_is_typed(typed: str, read: tuple[int, int] | None) -> None:
    assert read_reference(typed) == read


SHOW = """{% import "complaints/following/moments.html" as words with context %}
{{ words.title(moment, young) }}|{{ words.words(moment, "3 mei", complaint, "coördinator", young) }}"""


@pytest.mark.parametrize("young", [False, True])
def test_every_moment_has_words_for_everybody(app: Flask, young: bool) -> None:
    complaint = filed()
    for what, procedure in product(What, Procedure):
        complaint.procedure = procedure
        for on in (None, RECEIVED):
            with app.test_request_context():
                shown = render_template_string(
                    SHOW, moment=Moment(what, State.DONE, on), young=young, complaint=complaint
                )
            title, words = shown.strip().split("|")
            assert title.strip() and words.strip(" ."), what
            formal = {" u ", " uw "} if young else {" je ", " jij ", " jou "}
            assert not [word for word in formal if word in f" {title} {words} ".lower()], (what, shown)


def test_every_reason_not_to_take_it_up_has_words(app: Flask) -> None:
    complaint = filed()
    show = '{% import "complaints/following/moments.html" as words with context %}{{ words.refusal(complaint, false) }}'
    for reason in NotTakenUp:
        complaint.not_taken_up_reason = reason
        with app.test_request_context():
            assert render_template_string(show, complaint=complaint).strip().endswith("."), reason
