"""Rules of answering: reading a posted page, and what may be kept of an answer. Pure Python."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Generic, TypeVar

from portal.surveys.questionnaire import TEXT_LIMIT, Question, QuestionType, shown
from portal.surveys.rules import Value, Written, merge

OTHER = "overig"
QUOTE_SUFFIX = ".quote"
Answers = Mapping[str, Written]


class Problem(StrEnum):
    """Why a posted answer was not taken."""

    OFF_SCALE = "off_scale"
    TOO_LONG = "too_long"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class PostedPage:
    """What one page sent: for each answer on it what was shown, and what came back.

    `present` are the questions that stood on the page, also where a kept text was not shown.
    """

    tab: str
    shown: Mapping[str, Value]
    values: Mapping[str, Value]
    present: Collection[str] = ()
    unknown: Sequence[str] = ()


@dataclass(frozen=True)
class Saved:
    """The answers after a post, and what was wrong with it. Wrong answers are not in `answers`."""

    answers: dict[str, Written]
    problems: dict[str, Problem] = field(default_factory=dict)


def visible(questions: Sequence[Question], answers: Answers) -> list[Question]:
    """The questions to ask now: those whose `show_if` holds."""
    values = {key: written.value for key, written in answers.items()}
    return [question for question in questions if shown(question, values)]


def problem_with(question: Question, value: Value) -> Problem | None:
    """What is wrong with one answer, if anything. An empty answer is always fine."""
    if question.type is QuestionType.TEXT:
        return Problem.TOO_LONG if len(str(value)) > TEXT_LIMIT else None
    chosen = value if isinstance(value, list) else [value] if value else []
    return None if all(choice in question.values for choice in chosen) else Problem.OFF_SCALE


def take(questions: Sequence[Question], answers: Answers, posted: PostedPage) -> Saved:
    """Put a posted page into the draft. Good answers are kept, also beside wrong ones."""
    kept = dict(answers)
    problems: dict[str, Problem] = {}
    for question in questions:
        if question.key not in posted.shown:
            continue
        value = posted.values.get(question.key, "")
        problem = problem_with(question, value)
        if problem:
            problems[question.key] = problem
            continue
        _put(kept, question.key, question.type is QuestionType.TEXT, value, posted)
        consent = question.key + QUOTE_SUFFIX
        if consent in posted.shown:
            _put(kept, consent, False, posted.values.get(consent, ""), posted)
    if posted.unknown:
        problems[""] = Problem.UNKNOWN
    return Saved(kept, problems)


def _put(kept: dict[str, Written], key: str, is_text: bool, value: Value, posted: PostedPage) -> None:
    after = merge(
        stored=kept.get(key), shown=posted.shown[key], posted=value, tab=posted.tab, is_text=is_text
    )
    # Two pages' texts together may pass the limit of one; both stay, the limit is for one page.
    if after is None:
        kept.pop(key, None)
    else:
        kept[key] = after


def has_answer(answers: Answers) -> bool:
    """Whether there is anything to send; a tick for quoting says nothing by itself."""
    return any(written.value for key, written in answers.items() if not key.endswith(QUOTE_SUFFIX))


@dataclass(frozen=True)
class Traits:
    """What a response may say about who gave it, most useful first."""

    perspective: str
    channel: str
    language: str
    team: str


TRAITS = ("perspective", "channel", "language", "team")


T = TypeVar("T")


@dataclass(frozen=True)
class Traited(Generic[T]):
    """An answer with its traits. A trait that was generalised before stays so."""

    answer: T
    traits: Traits


def generalise(rows: Sequence[Traited[T]], smallest: int) -> list[Traited[T]]:
    """Keep a trait only where at least `smallest` answers share the whole kept combination.

    Trait by trait, most useful first, a group is split by value. Values with fewer than
    `smallest` become "overig"; while "overig" itself is too small, the smallest kept value
    joins it, because a single leftover is a name. Where all is too small nothing is kept.
    Every group that comes out has `smallest` members, or is everything there is.
    """
    return _refine(list(rows), TRAITS, smallest)


def _refine(rows: list[Traited[T]], traits: Sequence[str], smallest: int) -> list[Traited[T]]:
    if not traits:
        return rows
    name, *rest = traits
    kept = _kept_values(Counter(getattr(row.traits, name) for row in rows), smallest)
    groups: defaultdict[str, list[Traited[T]]] = defaultdict(list)
    for row in rows:
        value = getattr(row.traits, name)
        told = value if value in kept else OTHER
        groups[told].append(replace(row, traits=replace(row.traits, **{name: told})))
    return [row for group in groups.values() for row in _refine(group, rest, smallest)]


def _kept_values(counts: Counter[str], smallest: int) -> set[str]:
    kept = {value for value, number in counts.items() if value != OTHER and number >= smallest}
    left = sum(number for value, number in counts.items() if value not in kept)
    for value in sorted(kept, key=lambda value: (counts[value], value)):
        if left == 0 or left >= smallest:
            break
        kept.discard(value)
        left += counts[value]
    return kept
