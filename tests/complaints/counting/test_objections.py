"""Objections and appeals: counted for the yearly report."""

from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal import clock
from portal.audit.models import AuditEvent
from portal.complaints.counting import operations
from portal.complaints.counting.words import Kind, Outcome, Subject
from portal.complaints.models import Objection
from portal.db import db, transaction
from portal.identity.rules import PERMISSIONS, Role
from tests.complaints.counting.team import HOME, key_of, post, press, words
from tests.conftest import SignIn
from tests.surveys.inviting.team import said

PAGE = "/bezwaren"
MOST_STATEMENTS = 5


def given(client: FlaskClient, **fields: Any) -> dict[str, Any]:
    return {
        "request_key": key_of(client, PAGE),
        "kind": "objection",
        "subject": "pgb",
        "received_on": "2025-03-10",
    } | fields


def objection(
    received_on: date = date(2025, 3, 10),
    kind: Kind = Kind.OBJECTION,
    subject: Subject = Subject.PGB,
    key: str = "one",
) -> int:
    with transaction():
        return operations.add_objection(kind, subject, received_on, request_key=key, actor="1").id


def ended(number: int, outcome: str, ended_on: str) -> dict[str, str]:
    return {f"bezwaar__{number}__outcome": outcome, f"bezwaar__{number}__ended_on": ended_on}


def the_one() -> Objection:
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(db.select(Objection)).one()


def test_an_empty_register_says_what_comes_here(quality: FlaskClient) -> None:
    assert "Er is nog geen bezwaar of beroep geteld." in words(quality, PAGE)


def test_what_came_in_is_counted_once(quality: FlaskClient) -> None:
    form = given(quality)
    page = press(quality, PAGE, **form)
    press(quality, PAGE, **form)
    assert "Het staat erbij." in page
    one = the_one()
    assert (one.kind, one.subject, one.received_on, one.outcome) == (
        "objection",
        "pgb",
        date(2025, 3, 10),
        None,
    )
    event = db.session.scalars(db.select(AuditEvent).where(AuditEvent.event == "objection.added")).one()
    assert event.details == {"objection": str(one.id)}


@pytest.mark.parametrize(
    ("field", "value", "wrong"),
    [
        ("kind", "", "Kies bezwaar of beroep."),
        ("kind", "klacht", "Kies bezwaar of beroep."),
        ("subject", "", "Kies waar het over gaat."),
        ("received_on", "", "Kies de dag van ontvangst."),
        ("received_on", "gisteren", "Dit is geen dag die we kunnen lezen."),
        ("received_on", (clock.today() + timedelta(days=2)).isoformat(), "Deze dag is nog niet geweest."),
        ("received_on", "1950-01-01", "Dit is te lang geleden."),
    ],
)
def test_what_is_wrong_is_said(quality: FlaskClient, field: str, value: str, wrong: str) -> None:
    response = post(quality, PAGE, **given(quality, **{field: value}))
    assert response.status_code == 422
    assert wrong in said(response)
    assert f'href="#{field}"' in response.text
    assert db.session.scalar(db.select(db.func.count(Objection.id))) == 0


def test_years_are_apart_with_their_counts(quality: FlaskClient) -> None:
    for place in range(4):
        objection(date(2025, 1 + place, 5), subject=Subject.ZIN if place else Subject.PGB, key=f"a{place}")
    objection(date(2025, 9, 1), Kind.APPEAL, key="b")
    objection(date(2026, 2, 2), key="c")
    page = words(quality, PAGE)
    assert page.index("2026 1") < page.index("2025 5")
    assert "Bezwaar 4 Beroep 1 over: Pgb 2 over: Zorg in Natura 3" in page
    assert page.count("loopt nog") == 6


def test_an_outcome_comes_later_and_can_be_put_right(quality: FlaskClient) -> None:
    number = objection()
    assert "De uitkomst is bewaard." in press(
        quality, f"{PAGE}/{number}/uitkomst", **ended(number, "withdrawn", "2025-05-01")
    )
    assert (the_one().outcome, the_one().ended_on) == ("withdrawn", date(2025, 5, 1))
    page = press(quality, f"{PAGE}/{number}/uitkomst", **ended(number, "withdrawn", "2025-05-01"))
    assert "Dit stond er al zo." in page
    assert "ingetrokken op 1 mei 2025" in page
    press(quality, f"{PAGE}/{number}/uitkomst", **ended(number, "upheld", "2025-05-02"))
    assert (the_one().outcome, the_one().ended_on) == ("upheld", date(2025, 5, 2))
    press(quality, f"{PAGE}/{number}/uitkomst", **ended(number, "", "2025-05-02"))
    assert (the_one().outcome, the_one().ended_on) == (None, None)
    found = db.session.scalars(db.select(AuditEvent).order_by(AuditEvent.id))
    recorded = [(one.event, one.details.get("outcome")) for one in found if one.event.startswith("objection")]
    assert recorded[1:] == [
        ("objection.ended", "withdrawn"),
        ("objection.ended", "upheld"),
        ("objection.reopened", None),
    ]


@pytest.mark.parametrize(
    ("outcome", "day", "wrong"),
    [
        ("verzonnen", "2025-05-01", "Kies een uitkomst uit de lijst."),
        ("upheld", "", "Kies de dag van de uitkomst."),
        ("upheld", "32-13-2025", "Dit is geen dag die we kunnen lezen."),
        ("upheld", "2025-03-09", "De uitkomst kan niet voor de ontvangst liggen."),
        ("upheld", (clock.today() + timedelta(days=2)).isoformat(), "Deze dag is nog niet geweest."),
    ],
)
def test_a_wrong_outcome_is_said_beside_it(quality: FlaskClient, outcome: str, day: str, wrong: str) -> None:
    number = objection()
    objection(key="two")
    response = post(quality, f"{PAGE}/{number}/uitkomst", **ended(number, outcome, day))
    assert response.status_code == 422
    assert wrong in said(response)
    assert response.text.count('<details class="more" open>') == 1
    db.session.rollback()
    assert db.session.get_one(Objection, number).outcome is None


def test_an_objection_that_is_not_there(quality: FlaskClient) -> None:
    assert post(quality, f"{PAGE}/4711/uitkomst", **ended(4711, "upheld", "2025-05-01")).status_code == 404
    assert post(quality, f"{PAGE}/99999999999/uitkomst").status_code == 404


def test_an_outcome_without_a_day_is_refused_by_the_table() -> None:
    constraint = {str(one.name) for one in Objection.__table__.constraints}
    assert "ck_objection_ended" in constraint
    assert {str(one) for one in Outcome} == {
        "withdrawn",
        "upheld",
        "partly_upheld",
        "not_upheld",
        "inadmissible",
    }


@pytest.mark.parametrize("role", list(Role))
def test_who_may_enter(sign_in: SignIn, role: Role) -> None:
    expected = 200 if role in PERMISSIONS["complaints.learn"] else 403
    assert sign_in(role).get(HOME + PAGE).status_code == expected


def test_many_objections_cost_no_more_statements(quality: FlaskClient, statements: list[str]) -> None:
    for place in range(12):
        objection(date(2024 + place % 3, 3, 3), key=str(place))
    statements.clear()
    quality.get(HOME + PAGE)
    assert len(statements) <= MOST_STATEMENTS, "\n".join(statements)


def test_another_one_from_the_same_page_is_another_one(quality: FlaskClient) -> None:
    form = given(quality) | {"request_key": "a\x00b"}
    for subject in ("pgb", "zin", "zin"):
        press(quality, PAGE, **form | {"subject": subject})
    found = db.session.scalars(db.select(Objection.subject).order_by(Objection.id)).all()
    assert found == ["pgb", "zin"]
