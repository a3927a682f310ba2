"""Questionnaires as data: what one looks like, how it speaks, and what a file must hold.

A questionnaire is a TOML file that a quality officer can read and change. `parse` turns its
text into a frozen `Questionnaire`, or raises a `QuestionnaireError` that names every problem
by line, key and reason. Two kinds of check make up that list: the models say which keys exist
and what they hold, and the rules at the end say what a good questionnaire is. The rules read
the raw tables, so that a file with a missing word still hears about its ninth question.
"""

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

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

MOST_CLOSED = 8
MOST_OPEN = 2
FEWEST_OPTIONS = 2


class QuestionType(StrEnum):
    """How a question is answered."""

    AGREEMENT = "agreement"
    GRADE = "grade"
    CHOICE = "choice"
    MULTICHOICE = "multichoice"
    TEXT = "text"


WITH_OPTIONS = (QuestionType.CHOICE, QuestionType.MULTICHOICE)


# ---- What a questionnaire is ------------------------------------------------------------

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
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


# ---- Reading a file ---------------------------------------------------------------------

Place = tuple[str | int, ...]
"""The way to a key from the top of the file; tables in a list count from 0."""
Finding = tuple[Place, str]


@dataclass(frozen=True)
class Problem:
    """One thing to repair: where it is and, in Dutch, what is wrong."""

    line: int | None
    key: str
    reason: str

    def __str__(self) -> str:
        place = self.key if self.line is None else f"regel {self.line}, {self.key}"
        return f"{place}: {self.reason}"


class QuestionnaireError(ValueError):
    """A questionnaire file that cannot be used, with everything that is wrong with it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def parse(text: str) -> Questionnaire:
    """Read a questionnaire file, or raise QuestionnaireError with all its problems.

    Line endings of Windows and the mark some editors put first are no problem. A problem
    lacks its line only when the TOML reader stops without telling one.
    """
    source = text.removeprefix("\ufeff").replace("\r\n", "\n")
    try:
        data = tomllib.loads(source)
        lines = _lines_of(source)
    except (ValueError, RecursionError) as error:  # RecursionError: brackets a thousand deep
        raise QuestionnaireError([_syntax_problem(str(error), source)]) from error

    questions = list(_read_questions(data))
    findings = [finding for rule in RULES for finding in rule(data, questions)]
    questionnaire = None
    try:
        questionnaire = Questionnaire.model_validate(data)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        findings += [(detail["loc"], _reason(detail)) for detail in details]
    if questionnaire is None or findings:
        keys = {question.place: question.key for question in questions if question.key}
        problems = {
            Problem(_line(place, lines), _key(place, keys), reason) for place, reason in findings
        }
        raise QuestionnaireError(sorted(problems, key=lambda p: (p.line or 0, p.key, p.reason)))
    return questionnaire


def _lines_of(source: str) -> dict[Place, int]:
    """Find the line on which each key is written, in a text that is known to be TOML.

    The text is cut into statements: as many lines as it takes for the TOML reader to accept
    them on their own. Keys inside a value of several lines get the line it starts on.
    """
    lines: dict[Place, int] = {(): 1}
    newest: dict[Place, int] = {}  # for each list of tables, the one being written
    table: Place = ()
    statement, start = "", 1
    for number, line in enumerate(source.split("\n"), 1):
        statement, start = (f"{statement}\n{line}", start) if statement else (line, number)
        try:
            content = tomllib.loads(statement)
        except tomllib.TOMLDecodeError:
            continue
        header = statement.lstrip(" \t").startswith("[")
        adds_table = statement.lstrip(" \t").startswith("[[")
        statement = ""
        if not header:
            for place in _places(content):
                lines.setdefault((*table, *place), start)
            continue
        table = ()
        names = [place[-1] for place in _places(content) if isinstance(place[-1], str)]
        for depth, name in enumerate(names, 1):
            table = (*table, name)
            lines.setdefault(table, start)
            if adds_table and depth == len(names):
                newest[table] = newest.get(table, -1) + 1
            if table in newest:
                table = (*table, newest[table])
                lines.setdefault(table, start)
    return lines


def _places(content: dict[str, Any]) -> Iterator[Place]:
    """Walk every key and list item, outer before inner (a loop: nesting may be deep)."""
    waiting: list[tuple[Place, Any]] = [((), content)]
    while waiting:
        place, value = waiting.pop()
        if place:
            yield place
        if isinstance(value, dict):
            waiting.extend(((*place, key), item) for key, item in value.items())
        elif isinstance(value, list):
            waiting.extend(((*place, index), item) for index, item in enumerate(value))


def _line(place: Place, lines: Mapping[Place, int]) -> int:
    """Return the line of the key, or of the nearest table around a key that is missing."""
    while place not in lines:
        place = place[:-1]
    return lines[place]


def _key(place: Place, keys: Mapping[Place, str]) -> str:
    """Name a place for people: `questions.understood.text.en`, `pages.2.title`."""
    rest: list[str | int]
    match place:
        case ("page", int(p), "question", int(q), *rest):
            key = keys.get(place[:4])
            head = f"questions.{_quoted(key)}" if key else f"pages.{p + 1}.questions.{q + 1}"
        case ("page", int(p), *rest):
            head = f"pages.{p + 1}"
        case _:
            head, rest = "", list(place)
    tail = [str(part + 1) if isinstance(part, int) else _quoted(part) for part in rest]
    return ".".join(filter(None, [head, *tail])) or "bestand"


def _quoted(text: str) -> str:
    return text if re.fullmatch(r"[A-Za-z0-9_-]+", text) else json.dumps(text)


SYNTAX_REASONS = (
    (r"overwrite|twice|Cannot|Duplicate", "dit staat er twee keer; haal er een weg."),
    (r"Unterminated|Illegal character", "een tekst begint en eindigt met een aanhalingsteken."),
    (r"Invalid value", "zet de waarde tussen aanhalingstekens."),
    (r"Expected '='", "tussen de naam en de waarde hoort een =."),
    (r"", "deze regel is geen goede TOML; let op =, haakjes en aanhalingstekens."),
)


def _syntax_problem(message: str, source: str) -> Problem:
    reason = next(reason for sign, reason in SYNTAX_REASONS if re.search(sign, message))
    if found := re.search(r"at line (\d+)", message):
        return Problem(int(found[1]), "bestand", reason)
    at_end = "end of document" in message
    return Problem(source.rstrip().count("\n") + 1 if at_end else None, "bestand", reason)


MISSING_REASONS = {
    "nl": "de Nederlandse tekst ontbreekt.",
    "en": "de Engelse tekst ontbreekt.",
    "default": "de gewone tekst (default) ontbreekt.",
}
MODEL_REASONS = {
    "extra_forbidden": "deze naam kennen we hier niet; is het een tikfout?",
    "string_type": "hier hoort een tekst tussen aanhalingstekens.",
    "string_too_short": "hier staat geen tekst.",
    "string_pattern_mismatch": "gebruik alleen a-z, 0-9 en _, met een letter voorop.",
    "int_type": "hier hoort een heel getal, zonder aanhalingstekens.",
    "greater_than_equal": "dit getal is minstens 1.",
    "less_than_equal": "dit getal is hooguit 9999.",
    "tuple_type": "hier hoort een lijst; zet haakjes dubbel: [[page]], [[page.question]].",
    "model_type": "hier horen regels onder, zoals nl.default en en.default.",
    "too_short": "hier hoort er minstens een in te staan.",
}


def _reason(detail: ErrorDetails) -> str:
    """Say in Dutch what a model's error means."""
    name = detail["loc"][-1] if detail["loc"] else ""
    match detail["type"]:
        case "missing":
            return MISSING_REASONS.get(str(name), f"'{name}' ontbreekt.")
        case "enum" | "literal_error":
            return f"kies uit {detail['ctx']['expected']}.".replace(" or ", " of ")
        case known:
            return MODEL_REASONS.get(known, "deze waarde past hier niet.")


# ---- What a good questionnaire is -------------------------------------------------------


@dataclass(frozen=True)
class _Seen:
    """A question as far as it can be read in a file that may be broken."""

    place: Place
    key: str | None
    type: QuestionType | None
    in_module: bool
    options: tuple[Finding, ...]
    show_if: dict[str, Any]

    @property
    def values(self) -> tuple[str, ...]:
        return _values(self.type, (value for _, value in self.options))


def _tables(value: object) -> list[tuple[int, dict[str, Any]]]:
    items = value if isinstance(value, list) else []
    return [(index, item) for index, item in enumerate(items) if isinstance(item, dict)]


def _read_questions(data: dict[str, Any]) -> Iterator[_Seen]:
    for p, page in _tables(data.get("page")):
        for q, raw in _tables(page.get("question")):
            place = ("page", p, "question", q)
            key, kind, show_if = raw.get("key"), raw.get("type"), raw.get("show_if")
            yield _Seen(
                place=place,
                key=key if isinstance(key, str) and key else None,
                type=QuestionType(kind) if kind in list(QuestionType) else None,
                in_module="module" in page,
                options=tuple(
                    ((*place, "option", o), option["value"])
                    for o, option in _tables(raw.get("option"))
                    if isinstance(option.get("value"), str)
                ),
                show_if=show_if if isinstance(show_if, dict) else {},
            )


def _keys_are_unique(_data: dict[str, Any], questions: list[_Seen]) -> Iterator[Finding]:
    known: set[str] = set()
    for question in questions:
        if question.key in known:
            yield (*question.place, "key"), "deze key is al van een eerdere vraag."
        known.add(question.key or "")


def _is_short(_data: dict[str, Any], questions: list[_Seen]) -> Iterator[Finding]:
    closed = [q for q in questions if q.type not in (None, QuestionType.TEXT) and not q.in_module]
    for number, question in enumerate(closed[MOST_CLOSED:], MOST_CLOSED + 1):
        yield question.place, f"dit is gesloten vraag {number}; {MOST_CLOSED} is het meeste."
    texts = [q for q in questions if q.type is QuestionType.TEXT]
    for number, question in enumerate(texts[MOST_OPEN:], MOST_OPEN + 1):
        yield question.place, f"dit is open vraag {number}; {MOST_OPEN} is het meeste."


def _asks_one_grade(_data: dict[str, Any], questions: list[_Seen]) -> Iterator[Finding]:
    grades = [q for q in questions if q.type is QuestionType.GRADE and not q.in_module]
    for question in grades[1:]:
        yield question.place, "er is al een vraag naar een cijfer; een is genoeg."
    if questions and not grades and all(question.type for question in questions):
        yield (), 'er hoort een vraag naar een cijfer in (type = "grade").'


def _options_fit_the_type(_data: dict[str, Any], questions: list[_Seen]) -> Iterator[Finding]:
    for question in questions:
        place = (*question.place, "option")
        if question.type in WITH_OPTIONS:
            if len(question.options) < FEWEST_OPTIONS:
                yield place, f"geef minstens {FEWEST_OPTIONS} antwoorden om uit te kiezen."
        elif question.type and question.options:
            yield place, f"een vraag van het type {question.type} heeft vaste antwoorden."
        known: set[str] = set()
        for option, value in question.options:
            if value in known:
                yield (*option, "value"), "dit antwoord staat er al."
            known.add(value)


def _branches_lead_back(_data: dict[str, Any], questions: list[_Seen]) -> Iterator[Finding]:
    earlier: dict[str, _Seen] = {}
    for question in questions:
        place, wanted = (*question.place, "show_if"), question.show_if.get("question")
        on = earlier.get(wanted) if isinstance(wanted, str) else None
        if isinstance(wanted, str) and on is None:
            yield (*place, "question"), "deze vraag staat niet eerder in het bestand."
        elif on and on.type is QuestionType.TEXT:
            yield (*place, "question"), "dat is een open vraag; kies een gesloten vraag."
        elif on and on.in_module and not question.in_module:
            yield (*place, "question"), "niet iedereen krijgt die vraag; kies een andere."
        elif on and on.type:
            values = question.show_if.get("values")
            for index, value in enumerate(values if isinstance(values, list) else []):
                if isinstance(value, str) and value not in on.values:
                    yield (*place, "values", index), f"kies uit {', '.join(on.values)}."
        if question.key:
            earlier.setdefault(question.key, question)


def _young_people_hear_je(data: dict[str, Any], _questions: list[_Seen]) -> Iterator[Finding]:
    formal = re.compile(r"\b(u|uw|uwe|uzelf)\b", re.IGNORECASE)
    for place in _places(data):
        if place[-1] not in ("default", "young_person") or place[-2:-1] != ("nl",):
            continue
        voices: Any = data
        for part in place[:-1]:
            voices = voices[part]
        said = voices[place[-1]]
        if not isinstance(said, str) or not formal.search(said):
            continue
        if place[-1] == "young_person":
            yield place, "tegen jongeren zeggen we 'je' en niet 'u'."
        elif "young_person" not in voices:
            yield place, "hier staat 'u'; zet er een zin met 'je' bij als young_person."


def _module_comes_at_closure(data: dict[str, Any], _questions: list[_Seen]) -> Iterator[Finding]:
    for index, page in _tables(data.get("page")):
        if "module" in page and data.get("moment") in ("intake", "plan"):
            yield ("page", index, "module"), 'een module kan alleen bij moment = "closure".'


RULES = (
    _keys_are_unique,
    _is_short,
    _asks_one_grade,
    _options_fit_the_type,
    _branches_lead_back,
    _young_people_hear_je,
    _module_comes_at_closure,
)
