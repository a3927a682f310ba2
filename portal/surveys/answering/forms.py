"""What a survey page sends, and what it shows: fields in, fields out."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, RadioField, SelectChoice, StringField
from wtforms.validators import DataRequired, Length, ValidationError

from portal.forms import AnonymousForm, PersonalForm, tidy
from portal.phones import UnknownNumber, read_number
from portal.surveys.answering.rules import QUOTE_SUFFIX, Answers, PostedPage, Problem, visible
from portal.surveys.questionnaire import TEXT_LIMIT, Page, Question, QuestionType
from portal.surveys.rules import Value

ANSWER = "a-"
SHOWN = "was-"
QUOTE = "q-"
KNOWN_FIELDS = {"mark", "tab", "version", "action"}


class SurveyForm(PersonalForm):
    """The hidden fields of a survey page; the answers themselves are read by `read_page`."""

    tab = HiddenField()
    version = HiddenField()


class CodeForm(AnonymousForm):
    """Typing the code of a letter."""

    code = StringField(_l("Uw code"), filters=[tidy])


class CallForm(PersonalForm):
    """Asking to be called instead."""

    request_key = HiddenField(filters=[tidy])
    name = StringField(
        _l("Naam"),
        filters=[tidy],
        validators=[
            DataRequired(_l("Vul een naam in, dan weten we naar wie we vragen.")),
            Length(max=100, message=_l("Deze naam is te lang. Er passen 100 letters.")),
        ],
    )
    phone = StringField(
        _l("Telefoonnummer"),
        filters=[tidy],
        validators=[DataRequired(_l("Vul een telefoonnummer in, anders kunnen we niet bellen."))],
    )
    when = RadioField(
        _l("Wanneer bellen we het best?"),
        choices=[
            SelectChoice("morning", _l("In de ochtend")),
            SelectChoice("afternoon", _l("In de middag")),
            SelectChoice("any", _l("Dat maakt niet uit")),
        ],
        default="any",
        validate_choice=False,
    )

    def validate_phone(self, field: StringField) -> None:
        try:
            read_number(field.data or "")
        except UnknownNumber as error:
            raise ValidationError(
                _("Dit nummer kennen we niet. Kijk of alle cijfers er staan, bijvoorbeeld 06 12345678.")
            ) from error

    def validate_when(self, field: RadioField) -> None:
        if field.data not in {choice.value for choice in field.choices}:
            raise ValidationError(_("Kies een van de tijden."))


def new_tab() -> str:
    """A name for one opened page, to know its posts from those of another."""
    return secrets.token_hex(8)


def read_page(form: MultiDict[str, str], questions: Sequence[Question], tab: str) -> PostedPage:
    """Take the answers out of a post. Fields that no question of this page has are named in `unknown`."""
    shown: dict[str, Value] = {}
    present = {question.key for question in questions if SHOWN + question.key in form}
    values: dict[str, Value] = {}
    expected = set(KNOWN_FIELDS)
    for question in questions:
        many = question.type is QuestionType.MULTICHOICE
        names = (ANSWER + question.key, SHOWN + question.key)
        expected.update(names)
        if names[1] not in form or (question.type is QuestionType.TEXT and names[0] not in form):
            continue
        shown[question.key] = _listed(form[names[1]]) if many else form[names[1]]
        # Each value once: the same box twice would be the same row twice.
        values[question.key] = (
            list(dict.fromkeys(form.getlist(names[0]))) if many else tidy(form.get(names[0]))
        )
        if question.type is QuestionType.TEXT:
            # A text is not shown back on a phone that may be shared: the page began with it empty.
            shown[question.key] = ""
    for question in questions:
        if question.type is not QuestionType.TEXT:
            continue
        names = (QUOTE + question.key, SHOWN + QUOTE + question.key)
        expected.update(names)
        if names[1] in form:
            shown[question.key + QUOTE_SUFFIX] = form[names[1]]
            values[question.key + QUOTE_SUFFIX] = "yes" if form.get(names[0]) else ""
    return PostedPage(tab, shown, values, present, sorted(set(form) - expected))


def _listed(joined: str) -> list[str]:
    return joined.split() if joined else []


@dataclass(frozen=True)
class QuestionView:
    """One question as the page shows it."""

    key: str
    type: str
    number: int
    text: str
    help: str
    options: Sequence[tuple[str, str, bool]]
    value: Value
    shown: str
    hidden_text: bool
    may_quote: bool
    saved: bool
    error: str
    hidden_choice: bool = False
    """An answer is kept and not shown: somebody else may hold this link too."""
    chosen: str = ""
    """Chosen in the address and not kept yet."""
    stands: str = ""
    """What is kept as long as `chosen` is not."""


@dataclass(frozen=True)
class PageView:
    """One page of the survey as it is shown."""

    number: int
    count: int
    title: str
    questions: Sequence[QuestionView]
    last_question: int
    total: int
    tab: str

    @property
    def is_first(self) -> bool:
        return self.number == 1

    @property
    def is_last(self) -> bool:
        return self.number == self.count


def problem_text(problem: Problem, value: Value = "") -> str:
    """What to do about a wrong answer."""
    if problem is Problem.OFF_SCALE:
        return _("Dit antwoord staat er niet bij. Kies een van de antwoorden.")
    if problem is Problem.TOO_LONG:
        return _(
            "Deze tekst is te lang: er passen %(limit)s tekens. Haal er %(over)s weg. Alles wat er staat is er nog.",
            limit=TEXT_LIMIT,
            over=len(str(value)) - TEXT_LIMIT,
        )
    return _(
        "Eén ding konden we niet plaatsen, dat is niet bewaard. De rest wel. Kijk of de antwoorden hieronder kloppen."
    )


def page_view(
    pages: Sequence[Page],
    number: int,
    answers: Answers,
    *,
    language: str,
    perspective: str | None,
    tab: str,
    posted: PostedPage | None = None,
    problems: Mapping[str, Problem] | None = None,
    chosen: Mapping[str, str] | None = None,
    shared: bool = False,
) -> PageView:
    """Build a page. Posted values with a problem come back as they were typed.

    `chosen` are answers that the address brought: shown, not kept. Of a `shared` link, which
    somebody else passed on and may hold too, no answer is shown but to the page that gave it.
    """
    reader = _Reader(language, perspective, tab, shared, posted, problems or {}, chosen or {})
    all_questions = visible([question for page in pages for question in page.questions], answers)
    numbers = {question.key: place for place, question in enumerate(all_questions, start=1)}
    page = pages[number - 1]
    views = [
        _question_view(question, numbers[question.key], answers, reader)
        for question in visible(page.questions, answers)
    ]
    return PageView(
        number=number,
        count=len(pages),
        title=page.title.say(language, perspective),
        questions=views,
        last_question=views[-1].number if views else len(all_questions),
        total=len(all_questions),
        tab=tab,
    )


@dataclass(frozen=True)
class _Reader:
    """Who looks at a page, and what they just did."""

    language: str
    perspective: str | None
    tab: str
    shared: bool
    posted: PostedPage | None
    problems: Mapping[str, Problem]
    chosen: Mapping[str, str]


def _question_view(question: Question, number: int, answers: Answers, reader: _Reader) -> QuestionView:
    written = answers.get(question.key)
    problem = reader.problems.get(question.key)
    is_text = question.type is QuestionType.TEXT
    own_words = bool(written and written.tab == reader.tab)
    is_hidden = bool(written) and not problem and not own_words and (is_text or reader.shared)
    stored: Value = written.value if written else ""
    if is_hidden and not is_text:
        stored = ""
    value = written.own if is_text and written and own_words else stored
    if problem and reader.posted:
        value = reader.posted.values[question.key]
    brought = reader.chosen.get(question.key, "")
    is_pending = bool(brought) and brought != stored
    consent = answers.get(question.key + QUOTE_SUFFIX)
    return QuestionView(
        key=question.key,
        type=question.type,
        number=number,
        text=question.text.say(reader.language, reader.perspective),
        help=question.help.say(reader.language, reader.perspective) if question.help else "",
        options=_options(question, brought or value, reader.language, reader.perspective),
        value=value,
        # What is kept, also where the address chose another: so that posting that one is a change.
        shown=" ".join(stored) if isinstance(stored, list) else ("" if is_text or problem else stored),
        hidden_text=is_hidden and is_text,
        may_quote=bool(consent and consent.value),
        saved=bool(written) and not problem,
        error=problem_text(problem, value) if problem else "",
        hidden_choice=is_hidden and not is_text and not is_pending,
        chosen=brought if is_pending else "",
        stands=str(stored) if is_pending else "",
    )


AGREEMENT_LABELS = {
    "strongly_agree": _l("Helemaal mee eens"),
    "agree": _l("Mee eens"),
    "neutral": _l("Niet eens, niet oneens"),
    "disagree": _l("Niet mee eens"),
    "strongly_disagree": _l("Helemaal niet mee eens"),
    "not_applicable": _l("Weet ik niet of past niet"),
}


def _options(
    question: Question, value: Value, language: str, perspective: str | None
) -> list[tuple[str, str, bool]]:
    chosen = value if isinstance(value, list) else [value]
    if question.type is QuestionType.AGREEMENT:
        labels = [(option, str(AGREEMENT_LABELS[option])) for option in question.values]
    elif question.options:
        labels = [(option.value, option.label.say(language, perspective)) for option in question.options]
    else:
        labels = [(option, option) for option in question.values]
    return [(option, label, option in chosen) for option, label in labels]
