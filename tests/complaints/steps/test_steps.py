"""Every step: taken once, refused with the rule that forbids it, and never crossing somebody else's."""

import json
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from portal.audit.models import AuditEvent
from portal.complaints import rules
from portal.complaints.letters import Kind
from portal.complaints.models import ComplaintLetter, ComplaintMessage, ComplaintStep, Objection
from portal.complaints.operations import case_of
from portal.complaints.rules import PROCEDURE, IllegalStep, Step
from portal.db import db
from portal.identity.rules import Role
from portal.outbox.models import Message
from tests.complaints.people import kept_letter
from tests.complaints.people import taken as took
from tests.complaints.steps.desk import Desk, areas, main_of, said, taken
from tests.complaints.steps.making import FIELDS, TYPED, WHAT, ready
from tests.conftest import SignIn

NewDesk = Callable[..., Desk]
TABLES = (ComplaintStep, ComplaintLetter, ComplaintMessage, Objection, Message)
every_step = pytest.mark.parametrize("step", list(Step), ids=str)


def counted() -> list[int]:
    """How many rows there are of everything that a step makes."""
    db.session.rollback()
    return [db.session.scalar(select(func.count()).select_from(table)) or 0 for table in TABLES]


def at_step(desk: NewDesk, step: Step) -> Desk:
    """A complaint for which the step is next."""
    made = desk(**WHAT.get(step, {}))
    ready(made.complaint(), step)
    return made


@every_step
def test_a_step_is_taken(desk: NewDesk, step: Step) -> None:
    mine = at_step(desk, step)
    page = mine.open(step)
    assert page.status_code == 200, said(page)
    assert PROCEDURE[step].article in said(page)
    before = len(mine.complaint().steps)
    mine.take(step, **FIELDS[step])
    complaint = mine.complaint()
    assert len(complaint.steps) == before + 1
    assert complaint.steps[-1].step == step
    who = db.session.scalars(
        select(AuditEvent.actor).where(AuditEvent.event == "complaint.step").order_by(AuditEvent.id.desc())
    ).first()
    assert complaint.steps[-1].actor == who
    assert who is not None and who.isdigit(), "a member of staff, not the portal"
    kept = "".join(json.loads(complaint.steps[-1].details).values())
    parts = "".join(part.reasons + part.words for part in complaint.parts)
    assert (TYPED in kept + parts) == (TYPED in FIELDS[step].values()), "what was typed is kept"


@every_step
def test_pressing_twice_does_it_once(desk: NewDesk, step: Step) -> None:
    mine = at_step(desk, step)
    page = mine.open(step)
    if 'value="preview"' in page.text:
        page = mine.send(step, page, "preview", **FIELDS[step])
    first = mine.send(step, page, **FIELDS[step])
    assert first.status_code == 303, said(first)
    after_once = counted()
    second = mine.send(step, page, **FIELDS[step])
    assert (second.status_code, second.location) == (303, first.location)
    assert counted() == after_once


@every_step
def test_what_happened_meanwhile_is_said_and_nothing_typed_is_lost(desk: NewDesk, step: Step) -> None:
    mine = at_step(desk, step)
    page = mine.open(step)
    if 'value="preview"' in page.text:
        page = mine.send(step, page, "preview", **FIELDS[step])
    kept_letter(mine.complaint(), Kind.CODE, "Een nieuwe code.")
    before = counted()
    shown = mine.send(step, page, **FIELDS[step])
    assert shown.status_code == 409
    assert "Er is intussen iets gebeurd met deze klacht" in said(shown)
    assert "Nieuwe volgcode" in said(shown), "it says what"
    assert counted() == before
    typed = [value for value in FIELDS[step].values() if len(value) > 8]
    for value in typed:
        assert value in [*areas(shown).values(), *_values(shown.text)]
    again = mine.send(step, shown, **FIELDS[step])
    assert again.status_code == 303, said(again)


def _values(html: str) -> list[str]:
    from html import unescape
    from re import findall

    return [unescape(value) for value in findall(r'value="([^"]*)"', html)]


@every_step
def test_two_people_at_once_do_not_cross(desk: NewDesk, sign_in: SignIn, step: Step) -> None:
    mine = at_step(desk, step)
    theirs = Desk(sign_in(Role.COMPLAINTS), mine.reference)
    page = mine.open(step)
    if 'value="preview"' in page.text:
        page = mine.send(step, page, "preview", **FIELDS[step])
    theirs.take(step, **FIELDS[step])
    before = counted()
    refused = mine.send(step, page, **FIELDS[step])
    assert refused.status_code == 409
    assert counted() == before
    text = said(refused)
    is_refused = "Er is niets veranderd" in text
    assert is_refused or "Er is intussen iets gebeurd" in text
    if TYPED in FIELDS[step].values():
        assert "&lt;b&gt;bewaar&lt;/b&gt;" in main_of(refused), "what was typed is still there, as text"


@every_step
def test_an_illegal_step_names_its_rule(desk: NewDesk, step: Step) -> None:
    mine = at_step(desk, step)
    page = mine.open(step)
    # Nothing may follow but what was solved together: that goes on again.
    if step is Step.RESUME:
        took(mine.complaint(), Step.RESUME)
    else:
        _end(mine)
    complaint = mine.complaint()
    with pytest.raises(IllegalStep) as forbidden:
        rules.check(case_of(complaint), step, complaint.received_on)
    before = counted()
    for refused in (mine.open(step), mine.send(step, page, **FIELDS[step])):
        assert refused.status_code == 409
        assert forbidden.value.rule in said(refused)
        assert "Er is niets veranderd" in said(refused)
        assert f'href="{mine.home}"' in refused.text, "a way back"
    assert counted() == before


def _end(mine: Desk) -> None:
    """The complaint came to an end, whatever it was."""
    case = case_of(mine.complaint())
    for last in (Step.WITHDRAW, Step.CLOSE, Step.ANSWER):
        if rules.may(case, last, case.received_on):
            took(mine.complaint(), last)
            return
    raise AssertionError("it cannot end")


@every_step
def test_every_look_is_recorded(desk: NewDesk, step: Step) -> None:
    mine = at_step(desk, step)
    mine.open(step)
    seen = db.session.scalars(select(AuditEvent).where(AuditEvent.event == "complaint.seen")).all()
    assert [event.details for event in seen][-1] == {"complaint": mine.reference, "what": f"step {step}"}


@pytest.mark.parametrize("address", ["stap/call", "code", "brief/1"])
def test_only_who_handles_it_comes_in(desk: NewDesk, sign_in: SignIn, app: object, address: str) -> None:
    mine = desk()
    kept_letter(mine.complaint(), Kind.HEARING, "Een gesprek.")
    others = sign_in(Role.QUALITY)
    assert others.get(f"{mine.home}/{address}").status_code == 403
    nobody: FlaskClient = app.test_client()  # type: ignore[attr-defined]
    assert "/inloggen" in nobody.get(f"{mine.home}/{address}").location


def test_an_unknown_step_is_no_page(desk: NewDesk) -> None:
    assert desk().open("dance").status_code == 404


def test_the_handler_takes_steps_too(desk: NewDesk, sign_in: SignIn) -> None:
    from portal.complaints import people
    from portal.db import transaction
    from portal.identity.models import User
    from tests.complaints.steps.making import held

    mine = desk()
    client = sign_in(Role.QUALITY)
    newest = db.session.scalars(select(User).order_by(User.id.desc())).first()
    assert newest is not None
    with transaction():
        people.name_handler(held(mine.complaint()), newest, "test")
    theirs = Desk(client, mine.reference)
    assert theirs.open(Step.ACKNOWLEDGE).status_code == 403, "first he or she must say not to be involved"
    with transaction():
        people.declare(held(mine.complaint()), newest, involved=False)
    theirs.take(Step.ACKNOWLEDGE)
    assert taken(mine.reference) == [Step.ACKNOWLEDGE]


def test_a_page_asks_few_statements(desk: NewDesk, statements: list[str]) -> None:
    mine = at_step(desk, Step.TELL)
    mine.open(Step.TELL)
    statements.clear()
    mine.open(Step.TELL)
    # The account with its roles, the complaint, who it is about, the look, its steps, parts and letters.
    assert len(statements) <= 12, statements
