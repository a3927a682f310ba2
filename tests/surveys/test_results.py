"""Reading responses and cohorts: the same numbers from both databases, in one statement each."""

from collections import Counter
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import text

from portal.db import db, transaction
from portal.surveys.inviting.operations import publish
from portal.surveys.inviting.queries import _cohorts, cohorts, ledger
from portal.surveys.models import QuestionnaireVersion
from portal.surveys.questionnaire import QuestionType
from portal.surveys.results.queries import answer_counts, open_answers, pile_counts, questions
from portal.surveys.rules import Moment, Pile
from tests.insight.fill import invite, respond


class TestCohorts:
    def test_count_by_month_moment_and_domain(self, app: Flask) -> None:
        invite(app, 6, date(2026, 3, 2), delivered=5, started=3, sent=2)
        invite(app, 4, date(2026, 3, 31), delivered=4, sent=1)
        invite(app, 2, date(2026, 4, 1), moment="plan", domain="adults")
        found = cohorts()
        assert [
            (row.year, row.month, row.moment, row.domain, row.invited, row.delivered, row.started, row.sent)
            for row in found
        ] == [
            (2026, 3, "intake", "youth", 10, 9, 4, 3),
            (2026, 4, "plan", "adults", 2, 2, 0, 0),
        ]
        assert found[0].last_invited_on == date(2026, 3, 31)
        assert all(type(row.invited) is int for row in found)

    def test_family_members_and_who_was_not_asked_yet_never_count(self, app: Flask) -> None:
        invite(app, 6, date(2026, 3, 2), first_person=False, sent=6)
        invite(app, 6, None)
        assert cohorts() == []

    def test_family_members_are_counted_apart(self, app: Flask) -> None:
        invite(app, 6, date(2026, 3, 2), sent=1)
        invite(app, 7, date(2026, 3, 2), first_person=False, sent=3)
        found = ledger()
        assert [(row.invited, row.sent) for row in found.cohorts] == [(6, 1)]
        assert [(row.invited, row.sent) for row in found.family] == [(7, 3)]

    def test_a_sent_answer_was_reached(self, app: Flask) -> None:
        """A paper somebody was given: no message, yet an answer."""
        invite(app, 6, date(2026, 3, 2), delivered=0, sent=2)
        assert (cohorts()[0].delivered, cohorts()[0].sent) == (2, 2)

    def test_one_statement_that_reads_the_index_alone(self, app: Flask, statements: list[str]) -> None:
        invite(app, 6, date(2026, 3, 2))
        statements.clear()
        cohorts()
        assert len(statements) == 1
        if db.engine.dialect.name == "sqlite":
            sql = _cohorts().compile(db.engine, compile_kwargs={"literal_binds": True})
            plan = " ".join(row.detail for row in db.session.execute(text(f"EXPLAIN QUERY PLAN {sql}")))
            assert "SEARCH invitation USING COVERING INDEX ix_invitation_response (first_person=?" in plan


class TestCounts:
    def test_responses_and_grades(self, app: Flask) -> None:
        respond(app, "2026-Q1", [{"grade": "8"}, {"grade": "10"}, {"speed": "agree"}])
        respond(app, "2026-Q2", [{"grade": "8"}], pile="plan")
        found = {(row.pile, row.quarter, row.grade): row.n for row in pile_counts()}
        assert found == {
            ("intake", "2026-Q1", None): 3,
            ("intake", "2026-Q1", 8): 1,
            ("intake", "2026-Q1", 10): 1,
            ("plan", "2026-Q2", None): 1,
            ("plan", "2026-Q2", 8): 1,
        }

    def test_answers_and_people(self, app: Flask) -> None:
        respond(
            app,
            "2026-Q1",
            [{"why": ["a", "b"]}, {"why": ["a"], "speed": "agree"}],
            texts={"went_well": [("Goed", True)]},
        )
        respond(app, "2026-Q1", [{"speed": "agree"}], pile="plan")
        respond(app, "2025-Q1", [{"speed": "agree"}])
        found = {(row.quarter, row.key, row.value): row.n for row in answer_counts(Pile.INTAKE, ["2026-Q1"])}
        assert found == {
            ("2026-Q1", "why", "a"): 2,
            ("2026-Q1", "why", "b"): 1,
            ("2026-Q1", "why", None): 2,
            ("2026-Q1", "speed", "agree"): 1,
            ("2026-Q1", "speed", None): 1,
            ("2026-Q1", "went_well", None): 1,
        }

    def test_one_statement_each(self, app: Flask, statements: list[str]) -> None:
        respond(app, "2026-Q1", [{"grade": "8"}], texts={"went_well": [("Goed", True)]})
        statements.clear()
        pile_counts()
        answer_counts(Pile.INTAKE, ["2026-Q1", "2026-Q2"])
        open_answers(Pile.INTAKE, {("2026-Q1", "went_well")}, 10)
        questions(Pile.INTAKE)
        assert len(statements) == 4


class TestOpenAnswers:
    def test_only_the_asked_places(self, app: Flask) -> None:
        texts = {"went_well": [("Fijn", True)], "could_be_better": [("Sneller", False)]}
        respond(app, "2026-Q1", [{}], texts=texts)
        respond(app, "2026-Q2", [{}], texts={"went_well": [("Later", False)]})
        found = open_answers(Pile.INTAKE, {("2026-Q1", "went_well")}, 10)
        assert [(row.key, row.body, row.may_quote, row.of) for row in found] == [
            ("went_well", "Fijn", True, 1)
        ]
        assert open_answers(Pile.INTAKE, set(), 10) == []

    def test_in_another_order_each_time(self, app: Flask) -> None:
        bodies = [(f"tekst {number}", False) for number in range(12)]
        respond(app, "2026-Q1", [{}] * 12, texts={"went_well": bodies})
        place = {("2026-Q1", "went_well")}
        orders = {tuple(row.body for row in open_answers(Pile.INTAKE, place, 20)) for _ in range(5)}
        assert len(orders) > 1
        assert all(Counter(order) == Counter(body for body, _ in bodies) for order in orders)

    def test_a_few_of_many(self, app: Flask) -> None:
        respond(app, "2026-Q1", [{}] * 9, texts={"went_well": [("x", False)] * 9})
        found = open_answers(Pile.INTAKE, {("2026-Q1", "went_well")}, 4)
        assert (len(found), found[0].of) == (4, 9)


@pytest.mark.usefixtures("app")
class TestQuestions:
    def test_of_a_moment_without_the_module(self) -> None:
        keys = [question.key for question in questions(Pile.CLOSURE)]
        assert keys[0] == "grade"
        assert "went_well" in keys
        assert "parenting_satisfied" not in keys

    def test_of_the_module_alone(self) -> None:
        found = questions(Pile.PARENTING_HELP)
        assert [question.key for question in found] == ["parenting_satisfied", "parenting_can_manage"]
        assert {question.type for question in found} == {QuestionType.AGREEMENT}

    @pytest.mark.parametrize("moment", list(Moment))
    def test_of_family_members_are_those_of_the_moment(self, moment: Moment) -> None:
        of_the_moment = questions(Pile.of(moment, first_person=True))
        assert questions(Pile.of(moment, first_person=False)) == of_the_moment != []

    def test_of_every_pile(self) -> None:
        for pile in Pile:
            assert questions(pile), pile

    def test_worded_as_in_the_newest_version_that_has_each(self) -> None:
        newest = db.session.scalars(
            db.select(QuestionnaireVersion).where(QuestionnaireVersion.moment == Moment.PLAN)
        ).one()
        source = newest.source.replace("version = 1", "version = 2").replace("had_a_say", "had_a_voice")
        try:
            with transaction():
                publish(source, "test")
            keys = [question.key for question in questions(Pile.PLAN)]
            assert keys[-1] == "had_a_say"
            assert "had_a_voice" in keys
            assert len(keys) == len(set(keys))
        finally:
            with transaction() as session:
                session.execute(db.delete(QuestionnaireVersion).where(QuestionnaireVersion.version == 2))
