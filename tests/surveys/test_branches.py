"""Questionnaires that branch: choice, multichoice and show_if, on a page and over pages."""

import json
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select

from portal import worker
from portal.crypto import keyring
from portal.db import db, transaction
from portal.surveys.inviting.operations import publish
from portal.surveys.models import Draft, LetterboxEntry, QuestionnaireVersion, ResponseChoice
from portal.surveys.rules import Moment
from tests.surveys.sheets import invited, opened


def wording(what: str, nl: str) -> str:
    return f'{what}.nl.default = "{nl}"\n{what}.en.default = "{nl}"\n'


def question(key: str, kind: str, more: str = "") -> str:
    return f'[[page.question]]\nkey = "{key}"\ntype = "{kind}"\n' + wording("text", f"Vraag {key}.") + more


def option(value: str) -> str:
    return f'[[page.question.option]]\nvalue = "{value}"\n' + wording("label", value)


PAGE = "[[page]]\n" + wording("title", "Bladzijde")
SOURCE = (
    'moment = "plan"\nversion = 9\n'
    + PAGE
    + question("grade", "grade")
    + PAGE
    + question("how", "choice", option("phone") + option("desk"))
    + question("why", "text", 'show_if = { question = "how", values = ["phone"] }\n')
    + PAGE
    + question("which", "agreement", 'show_if = { question = "how", values = ["desk"] }\n')
    + PAGE
    + question("many", "multichoice", option("one") + option("two") + option("three"))
)


@pytest.fixture(autouse=True)
def branching(app: Flask) -> Iterator[None]:
    with transaction():
        publish(SOURCE, "operator")
    yield
    db.session.rollback()
    with transaction() as session:
        session.execute(delete(Draft))
        session.execute(delete(QuestionnaireVersion).where(QuestionnaireVersion.version >= 9))


def test_a_question_that_opens_on_the_page_is_asked_before_going_on(client: FlaskClient) -> None:
    _invitation, address = invited(Moment.PLAN)
    page = opened(client, address + "/2")
    assert "a-why" not in page.fields
    same = page.fill(how="phone").press("next")
    assert "a-why" in same.fields, "the question that opened is asked now"
    further = same.fill(why="Omdat het zo liep").press("next")
    assert "a-many" in {found.get("name") for found in further.tree.iter("input")}
    again = further.press("back").press("next")
    assert "Vraag many" in again.text, "a kept text that is not shown holds nobody back"


def test_a_page_without_questions_for_this_person_is_no_page(client: FlaskClient) -> None:
    _invitation, address = invited(Moment.PLAN)
    after = opened(client, address + "/2").fill(how="desk").press("next")
    assert "Vraag which" in after.text
    _invitation, other = invited(Moment.PLAN)
    after = opened(client, other + "/2").press("next")
    assert "Vraag many" in after.text


def test_the_same_box_twice_is_once(client: FlaskClient) -> None:
    for _n in range(5):
        _invitation, address = invited(Moment.PLAN)
        last = opened(client, address + "/3")
        last.fields["a-many"] = ["one", "one", "three"]
        assert "Dank u wel" in last.press("send").text
    db.session.rollback()
    (entry, *_rest) = db.session.scalars(select(LetterboxEntry)).all()
    content = json.loads(keyring().decrypt(entry.sealed))
    assert content["choices"] == [["many", "one"], ["many", "three"]]
    assert worker.Worker().round()["letterbox"] == 5
    assert len(db.session.scalars(select(ResponseChoice)).all()) == 10


def test_a_page_opened_before_a_new_version_is_saved_as_it_was(client: FlaskClient) -> None:
    _invitation, address = invited(Moment.PLAN)
    page = opened(client, address + "/2").fill(how="desk")
    with transaction():
        publish(SOURCE.replace("version = 9", "version = 10").replace('"how"', '"by_what"'), "operator")
    saved = page.press("next")
    assert saved.response.status_code == 200
    assert opened(client, address + "/2").fields["a-how"] == ["desk"]


@pytest.mark.parametrize("version", ["999", "-1", "9" * 40, "x", "", "1"])
def test_a_version_that_does_not_fit_is_ignored(client: FlaskClient, version: str) -> None:
    _invitation, address = invited(Moment.PLAN)
    page = opened(client, address).fill(grade="7")
    page.fields["version"] = [version]
    assert page.press("next").response.status_code == 200
    assert opened(client, address + "/1").fields["a-grade"] == ["7"]
