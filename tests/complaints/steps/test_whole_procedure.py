"""The whole procedure through the pages, from the receipt to the end, under both laws."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from portal import config
from portal.app import create_app
from portal.cli import prepare
from portal.complaints.letters import Kind
from portal.complaints.models import Objection
from portal.complaints.rules import Domain, Judgment, Route, Stage, Step
from portal.db import db
from portal.identity.rules import Role
from tests.complaints.people import filed, handled_by, staff
from tests.complaints.steps.conftest import At
from tests.complaints.steps.desk import Desk, taken
from tests.complaints.steps.making import concern
from tests.pages import CheckedClient
from tests.signed_in import let_in

NewDesk = Callable[..., Desk]


def to_the_judgment(desk: Desk, at: At, hearing: date, *, committee: bool) -> None:
    """Everything up to and including the judgment of two parts."""
    complaint = desk.complaint()
    desk.take(Step.ACKNOWLEDGE)
    desk.take(Step.CALL, on=complaint.received_on.isoformat(), result="reached", note="Wil een gesprek.")
    handled_by(complaint, staff(Role.QUALITY))
    desk.take(Step.TAKE_UP, parts="Het verslag klopt niet\n\nNiemand belde terug")
    if committee:
        desk.take(Step.COMMITTEE, names="mevrouw A\nde heer B\nmevrouw C", chair="y", nobody="y")
    concern(complaint, "Wim de Wit", "wim@voorbeeld.example")
    desk.take(Step.COPY)
    desk.take(Step.PLAN_HEARING, day=hearing.isoformat(), time="14:30", place="Kamer 3")
    at(hearing)
    desk.take(Step.HOLD_HEARING, on=hearing.isoformat(), present="De klager met een vriend, en Wim")
    desk.take(Step.REPORT, report="Ieder vertelde hoe het ging.")
    desk.take(
        Step.JUDGE,
        judgment_1="upheld",
        reasons_1="Er stond een fout in.",
        judgment_2="not_upheld",
        reasons_2="Er is wel gebeld.",
    )


def test_a_complaint_under_the_awb(desk: NewDesk, at: At) -> None:
    at_desk = desk()
    to_the_judgment(at_desk, at, date(2026, 11, 17), committee=False)
    at_desk.take(Step.TELL, findings="Wij lazen het verslag.", conclusions="Wij passen het aan.")
    at_desk.take(Step.CLOSE)
    complaint = at_desk.complaint()
    assert complaint.stage == Stage.CLOSED
    assert complaint.ended_on == date(2026, 11, 17)
    assert [part.judgment for part in complaint.parts] == [Judgment.UPHELD, Judgment.NOT_UPHELD]
    assert [letter.kind for letter in complaint.letters] == [
        Kind.ACKNOWLEDGEMENT,
        Kind.HEARING,
        Kind.OUTCOME,
    ]
    outcome = complaint.letters[-1].words
    for words in (
        "1. Het verslag klopt niet\nOordeel: gegrond.",
        "2. Niemand belde terug\nOordeel: ongegrond.",
        "Wij lazen het verslag.",
        "Wij passen het aan.",
        # A year after 17 November 2026, a Wednesday (Awb 9:24).
        "Nationale ombudsman",
        "Postbus 93122, 2509 AC Den Haag",
        "uiterlijk woensdag 17 november 2027",
    ):
        assert words in outcome
    assert "klachtencommissie" not in outcome


def test_a_complaint_under_the_jeugdwet(desk: NewDesk, at: At) -> None:
    at_desk = desk(domain=Domain.YOUTH)
    to_the_judgment(at_desk, at, date(2026, 11, 17), committee=True)
    at_desk.take(
        Step.TELL, findings="Wij lazen het verslag.", conclusions="De commissie raadt aan: pas het aan."
    )
    complaint = at_desk.complaint()
    assert complaint.stage == Stage.TOLD
    assert complaint.answer_by == date(2026, 12, 17)
    assert "uiterlijk donderdag 17 december 2026" in complaint.letters[-1].words.replace(
        "Uiterlijk", "uiterlijk"
    )
    at(date(2026, 12, 1))
    at_desk.take(Step.ANSWER, measures="yes", text="Iedereen leert hoe je een verslag maakt.")
    complaint = at_desk.complaint()
    assert complaint.stage == Stage.CLOSED
    answer = complaint.letters[-1].words
    assert "Wij nemen deze maatregelen:\nIedereen leert hoe je een verslag maakt." in answer
    assert "uiterlijk woensdag 17 november 2027" in answer, (
        "the year counts from the outcome, not from this letter"
    )


def test_the_advice_of_a_committee_goes_with_the_outcome(desk: NewDesk, at: At) -> None:
    """Under the Awb we judge, with its advice (Awb 9:16); without it the outcome does not leave."""
    at_desk = desk()
    to_the_judgment(at_desk, at, date(2026, 11, 17), committee=True)
    told = {"findings": "Wij lazen het verslag.", "conclusions": "Wij passen het aan."}
    refused = at_desk.send(Step.TELL, at_desk.open(Step.TELL), "preview", **told)
    assert refused.status_code == 422 and "Neem het advies van de commissie over." in refused.text
    at_desk.take(Step.TELL, advice="De commissie vindt de klacht gegrond.", **told)
    assert "De commissie vindt de klacht gegrond." in at_desk.complaint().letters[-1].words


def test_an_objection_that_shows_late_is_counted_all_the_same(desk: NewDesk, at: At) -> None:
    at_desk = desk()
    at_desk.take(Step.ACKNOWLEDGE)
    at_desk.take(Step.CALL, on="2026-11-03", result="reached")
    at_desk.take(Step.FORWARD, to_whom="Gemeente Westland", kind="appeal", subject="zin")
    (row,) = db.session.scalars(select(Objection)).all()
    assert (row.kind, row.subject, row.complaint_id) == ("appeal", "zin", at_desk.complaint().id)


@pytest.mark.parametrize("route", [Route.OBJECTION, Route.OTHER_ORGANISATION])
def test_what_is_not_ours_is_passed_on_with_its_date(desk: NewDesk, route: Route) -> None:
    at_desk = desk(route=route)
    at_desk.take(Step.ACKNOWLEDGE)
    objection = {"kind": "objection", "subject": "pgb"} if route is Route.OBJECTION else {}
    at_desk.take(Step.FORWARD, to_whom="Gemeente Westland", **objection)
    complaint = at_desk.complaint()
    assert complaint.stage == Stage.PASSED_ON
    assert "op maandag 2 november 2026 van u kregen" in complaint.letters[-1].words
    rows = db.session.scalars(select(Objection)).all()
    expected = [("objection", "pgb", complaint.received_on, complaint.id)] if objection else []
    assert [(row.kind, row.subject, row.received_on, row.complaint_id) for row in rows] == expected


def test_what_is_no_complaint_is_read_and_closed(desk: NewDesk) -> None:
    at_desk = desk(route=Route.SIGNAL)
    at_desk.take(Step.NOTE, note="Besproken in het team.")
    assert at_desk.complaint().stage == Stage.CLOSED
    assert taken(at_desk.reference) == [Step.NOTE]


def test_the_other_organisation_goes_its_own_way(at: At, tmp_path: Path) -> None:
    """Houten differs in data only: no committee for youth help, and another title under the letters."""
    made = create_app(config.load(instance=tmp_path, profile="sociaal-team-houten"))
    made.test_client_class = CheckedClient
    made.config["TESTING"] = True
    with made.app_context():
        prepare()
        at(date(2026, 11, 3))
        client = made.test_client()
        let_in(client, staff(Role.COMPLAINTS))
        at_desk = Desk(client, filed(date(2026, 11, 2), domain=Domain.YOUTH, young=True).reference)
        to_the_judgment(at_desk, at, date(2026, 11, 17), committee=False)
        at_desk.take(Step.TELL, findings="Wij lazen het verslag.", conclusions="Wij passen het aan.")
        at_desk.take(Step.CLOSE)
        complaint = at_desk.complaint()
        assert complaint.stage == Stage.CLOSED
        outcome = complaint.letters[-1].words
        assert "De sociaal ombudsfunctionaris\nStichting Sociaal Team Houten" in outcome
        assert "Kernteam" not in outcome and "klachtencommissie" not in outcome
        db.session.remove()
        db.engine.dispose()
