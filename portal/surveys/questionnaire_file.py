"""Reading a questionnaire file: every problem by line, key and reason.

Two kinds of check make up the list: the models say which keys exist and what they hold, and the
rules at the end say what a good questionnaire is. The rules read the raw tables, so that a file
with a missing word still hears about its ninth question.
"""

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from portal.surveys.questionnaire import (
    WITH_OPTIONS,
    Questionnaire,
    QuestionType,
    _values,
)

MOST_CLOSED = 8
MOST_OPEN = 2
FEWEST_OPTIONS = 2


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
        problems = {Problem(_line(place, lines), _key(place, keys), reason) for place, reason in findings}
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
    "string_too_long": "maak dit korter: ten hoogste 60 tekens.",
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
