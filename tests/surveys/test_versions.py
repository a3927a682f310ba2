"""A new version of a questionnaire: begun drafts stay as they were, unchanged keys keep their trend."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete

from portal import clock
from portal.cli import QUESTIONNAIRES
from portal.db import db, transaction
from portal.surveys.answering.operations import empty_letterbox
from portal.surveys.inviting.operations import publish
from portal.surveys.models import Draft, QuestionnaireVersion
from portal.surveys.results.queries import answer_counts, questions
from portal.surveys.rules import Moment, Pile, quarter_of
from tests.surveys.sheets import invited, opened

NEWER = (
    (QUESTIONNAIRES / "plan.toml")
    .read_text("utf-8")
    .replace("version = 1", "version = 2")
    .replace('key = "had_a_say"', 'key = "could_choose"')
)


@pytest.fixture
def second_version(app: Flask) -> Iterator[None]:
    """Publishes nothing by itself; takes away what the test published."""
    yield
    db.session.rollback()
    with transaction() as session:
        session.execute(delete(Draft))
        session.execute(delete(QuestionnaireVersion).where(QuestionnaireVersion.version == 2))


def answer_five(client: FlaskClient, key: str) -> None:
    for _number in range(5):
        _invitation, address = invited(Moment.PLAN)
        sheet = opened(client, address).fill(grade="8").press("next")
        sheet.fill(**{key: "agree"}).press("next").press("next").press("send")


def test_unchanged_keys_keep_their_trend(client: FlaskClient, second_version: None) -> None:
    answer_five(client, "had_a_say")
    with transaction():
        publish(NEWER, "operator")
    answer_five(client, "could_choose")
    empty_letterbox()
    counts = {
        (count.key, count.value): count.n for count in answer_counts(Pile.PLAN, [quarter_of(clock.today())])
    }
    assert counts["grade", "8"] == 10
    assert counts["had_a_say", "agree"] == 5
    assert counts["could_choose", "agree"] == 5
    asked = [question.key for question in questions(Pile.PLAN)]
    assert asked.index("could_choose") < asked.index("had_a_say"), "what is not asked any more comes last"


def test_who_began_with_the_old_one_goes_on_with_it(client: FlaskClient, second_version: None) -> None:
    _invitation, begun = invited(Moment.PLAN)
    _invitation, fresh = invited(Moment.PLAN)
    opened(client, begun).fill(grade="7").press("next")
    with transaction():
        publish(NEWER, "operator")
    assert "a-had_a_say" in opened(client, begun + "/2").radios
    assert "a-could_choose" in opened(client, fresh + "/2").radios
