"""Reading what people answered, counted by the database. Never by month, never with a trait."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import String, cast, func, null, or_, select, union_all

from portal.db import db
from portal.surveys.answering.queries import read
from portal.surveys.models import QuestionnaireVersion, Response, ResponseChoice, ResponseText
from portal.surveys.questionnaire import Question
from portal.surveys.rules import Moment, Pile

GRADE = "grade"
"""The key of the report grade, the same at every moment."""

NO_VALUE = cast(null(), String)

PILE_MOMENT = {
    Pile.INTAKE: Moment.INTAKE,
    Pile.PLAN: Moment.PLAN,
    Pile.CLOSURE: Moment.CLOSURE,
    Pile.PARENTING_HELP: Moment.CLOSURE,
    Pile.FAMILY_INTAKE: Moment.INTAKE,
    Pile.FAMILY_PLAN: Moment.PLAN,
    Pile.FAMILY_CLOSURE: Moment.CLOSURE,
}
"""Of which moment's questionnaire each pile holds answers."""

MODULES = {Pile.PARENTING_HELP}
"""The piles that are a module of it; the others are all but the modules."""


@dataclass(frozen=True)
class PileCount:
    """A pile in a quarter: how many responses, or with a grade how many gave that grade."""

    pile: str
    quarter: str
    grade: int | None
    n: int


@dataclass(frozen=True)
class AnswerCount:
    """How often a question got this answer in a quarter; without a value: how many answered it."""

    quarter: str
    key: str
    value: str | None
    n: int


@dataclass(frozen=True)
class OpenAnswer:
    """What somebody wrote, and whether it may be quoted without a name."""

    key: str
    body: str
    may_quote: bool
    of: int
    """How many answers this one was drawn from."""


def pile_counts() -> Sequence[PileCount]:
    """Responses and grades of every pile and quarter, in one statement."""
    responses = select(
        Response.pile, Response.quarter, NO_VALUE.label("value"), func.count().label("n")
    ).group_by(Response.pile, Response.quarter)
    grades = (
        select(Response.pile, Response.quarter, ResponseChoice.value, func.count())
        .join(ResponseChoice, ResponseChoice.response_id == Response.id)
        .where(ResponseChoice.key == GRADE)
        .group_by(Response.pile, Response.quarter, ResponseChoice.value)
    )
    rows = db.session.execute(union_all(responses, grades))
    return [
        PileCount(pile, quarter, None if grade is None else int(grade), n) for pile, quarter, grade, n in rows
    ]


def answer_counts(pile: Pile, quarters: Collection[str]) -> Sequence[AnswerCount]:
    """Per quarter and question how many answered and what they chose, in one statement.

    People and answers are counted apart, because of some questions more than one answer counts.
    """
    here = Response.pile == pile, Response.quarter.in_(quarters)
    chosen = (
        select(
            Response.quarter,
            ResponseChoice.key,
            ResponseChoice.value.label("value"),
            func.count().label("n"),
        )
        .join(ResponseChoice, ResponseChoice.response_id == Response.id)
        .where(*here)
        .group_by(Response.quarter, ResponseChoice.key, ResponseChoice.value)
    )
    people = (
        select(
            Response.quarter, ResponseChoice.key, NO_VALUE, func.count(ResponseChoice.response_id.distinct())
        )
        .join(ResponseChoice, ResponseChoice.response_id == Response.id)
        .where(*here)
        .group_by(Response.quarter, ResponseChoice.key)
    )
    writers = (
        select(Response.quarter, ResponseText.key, NO_VALUE, func.count())
        .join(ResponseText, ResponseText.response_id == Response.id)
        .where(*here)
        .group_by(Response.quarter, ResponseText.key)
    )
    rows = db.session.execute(union_all(chosen, people, writers))
    return [AnswerCount(*row) for row in rows]


def open_answers(pile: Pile, where: Collection[tuple[str, str]], most: int) -> Sequence[OpenAnswer]:
    """Open answers of those quarters and questions, at random, at most so many a question.

    In random order each time: neither when they were written nor which belong together shows.
    """
    if not where:
        return []
    may_be_shown = or_(
        *((Response.quarter == quarter) & (ResponseText.key == key) for quarter, key in sorted(where))
    )
    drawn = (
        select(
            ResponseText.key,
            ResponseText.body,
            ResponseText.may_quote,
            func.row_number().over(partition_by=ResponseText.key, order_by=func.random()).label("place"),
            func.count().over(partition_by=ResponseText.key).label("of"),
        )
        .join(Response, ResponseText.response_id == Response.id)
        .where(Response.pile == pile, may_be_shown)
        .subquery()
    )
    rows = db.session.execute(
        select(drawn.c.key, drawn.c.body, drawn.c.may_quote, drawn.c.of)
        .where(drawn.c.place <= most)
        .order_by(drawn.c.place)
    )
    return [OpenAnswer(*row) for row in rows]


def questions(pile: Pile) -> Sequence[Question]:
    """The questions of a pile, worded as in the newest published version that has each.

    In the order of the newest version; questions that are not asked any more come last, because
    the years in which they were asked can still be looked at.
    """
    sources = db.session.scalars(
        select(QuestionnaireVersion.source)
        .where(QuestionnaireVersion.moment == PILE_MOMENT[pile])
        .order_by(QuestionnaireVersion.version.desc())
    )
    module = pile if pile in MODULES else None
    found: dict[str, Question] = {}
    for source in sources:
        for question in read(source).questions_for(parenting_help=True):
            if question.module == module:
                found.setdefault(question.key, question)
    return list(found.values())
