"""A grade tapped in a mail: chosen on the page that opens, kept only when its owner goes on."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from portal.db import db
from portal.surveys.answering.queries import answers_of
from portal.surveys.models import Draft, Invitation, LetterboxEntry
from portal.surveys.rules import Moment, Perspective
from tests.surveys.sheets import Sheet, invited, opened

NOT_KEPT = "Gekozen: 8. Druk op Verder om het te bewaren."


def grade_of(invitation: Invitation) -> str | None:
    """The grade in the draft."""
    db.session.rollback()
    draft = db.session.get(Draft, invitation.id, populate_existing=True)
    written = answers_of(draft).get("grade")
    return str(written.value) if written else None


def is_untouched(invitation: Invitation) -> bool:
    db.session.rollback()
    found = db.session.get_one(Invitation, invitation.id, populate_existing=True)
    drafts = db.session.scalar(select(func.count()).select_from(Draft))
    return not found.started and not found.completed and drafts == 0


def test_the_grade_is_chosen_and_not_kept(app: Flask, client: FlaskClient, statements: list[str]) -> None:
    invitation, address = invited()
    statements.clear()
    for method in (client.get, client.head, client.get):
        method(address + "?cijfer=8")
    assert [sent for sent in statements if sent.split()[0] not in {"SELECT", "SHOW", "PRAGMA"}] == []
    sheet = opened(client, address + "?cijfer=8")
    assert sheet.fields["a-grade"] == ["8"]
    assert NOT_KEPT in sheet.text
    assert "Bewaard" not in sheet.text
    assert is_untouched(invitation)


def test_going_on_keeps_it(client: FlaskClient) -> None:
    invitation, address = invited()
    after = opened(client, address + "?cijfer=8").press("next")
    assert "Vraag 2 tot en met 4 van 9" in after.text
    assert grade_of(invitation) == "8"
    assert db.session.get_one(Invitation, invitation.id, populate_existing=True).started


def test_htmx_keeps_it_too(client: FlaskClient) -> None:
    invitation, address = invited()
    sheet = opened(client, address + "?cijfer=8")
    data = {**sheet.fields, "action": ["next"]}
    assert client.post(sheet.action, data=data, headers={"HX-Request": "true"}).status_code == 303
    assert grade_of(invitation) == "8"


def test_another_choice_on_that_page_wins(client: FlaskClient) -> None:
    invitation, address = invited()
    opened(client, address + "?cijfer=8").fill(grade="3").press("next")
    assert grade_of(invitation) == "3"


def test_what_was_kept_before_stands_until_going_on(client: FlaskClient) -> None:
    invitation, address = invited()
    opened(client, address).fill(grade="6").press("next")
    sheet = opened(client, address + "?cijfer=8")
    assert sheet.fields["a-grade"] == ["8"]
    assert f"{NOT_KEPT} Tot dan blijft de 6 staan." in sheet.text
    assert grade_of(invitation) == "6"
    sheet.press("next")
    assert grade_of(invitation) == "8"


def test_choosing_the_kept_one_again_keeps_it(client: FlaskClient) -> None:
    invitation, address = invited()
    opened(client, address).fill(grade="6").press("next")
    opened(client, address + "?cijfer=8").fill(grade="6").press("next")
    assert grade_of(invitation) == "6"


def test_the_same_grade_as_kept_is_simply_kept(client: FlaskClient) -> None:
    invitation, address = invited()
    opened(client, address).fill(grade="8").press("next")
    sheet = opened(client, address + "?cijfer=8")
    assert "Bewaard" in sheet.text
    assert "Gekozen" not in sheet.text
    sheet.press("next")
    assert grade_of(invitation) == "8"


def test_a_second_tab_with_the_mails_grade_loses_nothing(client: FlaskClient) -> None:
    """Whoever goes on last has decided; a page that only shows decides nothing."""
    invitation, address = invited()
    from_mail = opened(client, address + "?cijfer=8")
    opened(client, address).fill(grade="9").press("next")
    assert grade_of(invitation) == "9"
    from_mail.press("next")
    assert grade_of(invitation) == "8"


def test_the_first_page_opens_also_halfway(client: FlaskClient) -> None:
    _invitation, address = invited()
    opened(client, address).fill(grade="6").press("next").fill(speed="agree").press("next")
    assert "Vraag 5 tot en met 7" in opened(client, address).text
    sheet = opened(client, address + "?cijfer=8")
    assert "Vraag 1 van 9" in sheet.text
    assert "verder waar u was" not in sheet.text


@pytest.mark.parametrize(
    "cijfer", ["0", "11", "x", "8 ", " 8", "08", "8.0", "-8", "", "８", "8%00", "8" * 400]
)
def test_what_is_no_grade_is_ignored(client: FlaskClient, cijfer: str) -> None:
    invitation, address = invited()
    sheet = Sheet(client, client.get(address, query_string={"cijfer": cijfer}))
    assert sheet.response.status_code == 200
    assert "a-grade" not in sheet.fields
    assert "Gekozen" not in sheet.text
    assert is_untouched(invitation)


def test_switching_language_keeps_it(client: FlaskClient) -> None:
    _invitation, address = invited()
    english = opened(client, address + "?cijfer=8").press("language:en")
    assert english.tree.get("lang") == "en"
    assert english.fields["a-grade"] == ["8"]
    in_english = opened(client, address + "?cijfer=8&taal=en")
    assert in_english.tree.get("lang") == "en"
    assert in_english.fields["a-grade"] == ["8"]


def test_the_choice_can_be_undone(client: FlaskClient) -> None:
    invitation, address = invited()
    undone = opened(client, address + "?cijfer=8").press("clear:grade")
    assert "a-grade" not in undone.fields
    assert grade_of(invitation) is None
    assert not db.session.get_one(Invitation, invitation.id, populate_existing=True).started


@pytest.mark.parametrize("moment", list(Moment))
def test_at_every_moment(client: FlaskClient, moment: Moment) -> None:
    invitation, address = invited(moment)
    opened(client, address + "?cijfer=10").press("next")
    assert grade_of(invitation) == "10"


def test_young_people(client: FlaskClient) -> None:
    _invitation, address = invited(perspective=Perspective.YOUNG_PERSON)
    sheet = opened(client, address + "?cijfer=8")
    assert NOT_KEPT in sheet.text
    assert not {word.strip(".,?:!") for word in sheet.text.lower().split()} & {"u", "uw"}


def test_a_spent_link_says_that_it_is(client: FlaskClient) -> None:
    _invitation, address = invited()
    opened(client, address).fill(grade="7").press("send")
    assert "U heeft al geantwoord" in opened(client, address + "?cijfer=8").text
    assert db.session.scalar(select(func.count()).select_from(LetterboxEntry)) == 1


@pytest.mark.parametrize(
    ("current", "replaced"), [("?cijfer=8", True), ("?taal=en&cijfer=8", True), ("", False), ("/1", False)]
)
def test_a_reload_after_another_choice_shows_that_one(
    client: FlaskClient, current: str, replaced: bool
) -> None:
    """Saved by htmx, the page gets the address without the mail's grade."""
    _invitation, address = invited()
    sheet = opened(client, address + "?cijfer=8").fill(grade="5")
    headers = {
        "HX-Request": "true",
        "HX-Trigger": "vraag-grade",
        "HX-Current-URL": f"http://localhost{address}{current}",
    }
    saved = client.post(address + "/1/bewaar", data=sheet.fields, headers=headers)
    assert "Bewaard" in saved.text
    assert saved.headers.get("HX-Replace-Url") == (f"{address}/1" if replaced else None)
    assert opened(client, address + "/1").fields["a-grade"] == ["5"]
