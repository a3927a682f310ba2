"""Questionnaires as data: what one looks like, how it speaks, and what a file must hold.

A questionnaire is a TOML file that a quality officer can read and change.
`questionnaire_file.parse` turns its text into a frozen `Questionnaire`.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

LANGUAGES = ("nl", "en")
PERSPECTIVES = ("parent", "young_person", "adult", "family_member")
AGREEMENT_VALUES = (
    "strongly_agree",
    "agree",
    "neutral",
    "disagree",
    "strongly_disagree",
    "not_applicable",
)
GRADE_VALUES = tuple(str(grade) for grade in range(1, 11))
TEXT_LIMIT = 4000
"""Characters a person may write in answer to a text question."""


class QuestionType(StrEnum):
    """How a question is answered."""

    AGREEMENT = "agreement"
    GRADE = "grade"
    CHOICE = "choice"
    MULTICHOICE = "multichoice"
    TEXT = "text"


WITH_OPTIONS = (QuestionType.CHOICE, QuestionType.MULTICHOICE)


# ---- What a questionnaire is ------------------------------------------------------------

LONGEST_NAME = 60
"""Letters in a key or value: what the answers' table holds."""
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=LONGEST_NAME)]
Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


def _filled(items: tuple[Any, ...]) -> tuple[Any, ...]:
    # Not Field(min_length=1): that counts a broken item as missing too.
    if not items:
        raise PydanticCustomError("too_short", "nothing in it")
    return items


Filled = AfterValidator(_filled)


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Voices(_Model):
    """One text in one language: the usual wording and those for people who need another."""

    default: Said
    parent: Said | None = None
    young_person: Said | None = None
    adult: Said | None = None
    family_member: Said | None = None


class Wording(_Model):
    """One text in every language we speak."""

    nl: Voices
    en: Voices

    def say(self, language: str, perspective: str | None) -> str:
        """Return the text for this reader.

        A perspective that is blank, unknown or not worded apart gets the default, which says
        "u" in Dutch. A language we do not speak gets Dutch.
        """
        voices: Voices = getattr(self, language) if language in LANGUAGES else self.nl
        own = getattr(voices, perspective) if perspective in PERSPECTIVES else None
        return own or voices.default


class Option(_Model):
    """One answer of a choice or multichoice question."""

    value: Name
    label: Wording


class ShowIf(_Model):
    """Ask only when an earlier closed question was answered with one of these values."""

    question: str
    values: Annotated[tuple[str, ...], Filled]


class Question(_Model):
    """One question. Its key never changes meaning: trends are kept by it."""

    key: Name
    type: QuestionType
    text: Wording
    help: Wording | None = None
    options: tuple[Option, ...] = Field(default=(), alias="option")
    show_if: ShowIf | None = None
    module: str | None = None

    @field_validator("module", mode="before")
    @classmethod
    def _written_on_the_page(cls, _value: object) -> None:
        # Only runs when a file sets it on a question; the page hands its own down.
        raise PydanticCustomError("extra_forbidden", "a module is a page's")

    @property
    def values(self) -> tuple[str, ...]:
        """The answers that can be chosen, in the order shown; none for a text."""
        return _values(self.type, (option.value for option in self.options))

    @property
    def is_closed(self) -> bool:
        """Whether one chooses an answer (a grade too) instead of writing one."""
        return self.type is not QuestionType.TEXT


class Page(_Model):
    """Questions that are shown together."""

    title: Wording
    module: Literal["parenting_help"] | None = None
    questions: Annotated[tuple[Question, ...], Filled] = Field(alias="question")

    @field_validator("questions")
    @classmethod
    def _hand_down_the_module(
        cls, questions: tuple[Question, ...], info: ValidationInfo
    ) -> tuple[Question, ...]:
        module = info.data.get("module")
        return tuple(question.model_copy(update={"module": module}) for question in questions)


class Questionnaire(_Model):
    """What is asked at one moment, in one version. A published version never changes."""

    moment: Literal["intake", "plan", "closure"]
    version: Annotated[int, Field(strict=True, ge=1, le=9999)]
    pages: Annotated[tuple[Page, ...], Filled] = Field(alias="page")

    def pages_for(self, *, parenting_help: bool) -> tuple[Page, ...]:
        """Return the pages to show, those about parenting help only to who had it."""
        return tuple(page for page in self.pages if page.module is None or parenting_help)

    def questions_for(self, *, parenting_help: bool) -> tuple[Question, ...]:
        """Return the questions on those pages, in order."""
        pages = self.pages_for(parenting_help=parenting_help)
        return tuple(question for page in pages for question in page.questions)

    def question(self, key: str) -> Question:
        """Return the question with this key, or raise KeyError."""
        for question in self.questions_for(parenting_help=True):
            if question.key == key:
                return question
        raise KeyError(key)


def shown(question: Question, answers: Mapping[str, object]) -> bool:
    """Tell whether to ask the question, given the answers so far by question key.

    An answer is a value, a grade as a number, or a collection of values (multichoice).
    Without an answer to the question it depends on, a question is not asked.
    """
    if question.show_if is None:
        return True
    answer = answers.get(question.show_if.question)
    chosen = answer if isinstance(answer, list | tuple | set | frozenset) else (answer,)
    return any(str(value) in question.show_if.values for value in chosen)


def _values(kind: QuestionType | None, options: Iterable[str]) -> tuple[str, ...]:
    match kind:
        case QuestionType.AGREEMENT:
            return AGREEMENT_VALUES
        case QuestionType.GRADE:
            return GRADE_VALUES
        case QuestionType.CHOICE | QuestionType.MULTICHOICE:
            return tuple(options)
        case _:
            return ()
