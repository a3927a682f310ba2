"""The checker says what is wrong and where; the shipped questionnaires are short and plain."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pyphen  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from portal.surveys import questionnaire_file as module
from portal.surveys.questionnaire import (
    AGREEMENT_VALUES,
    LANGUAGES,
    PERSPECTIVES,
    Question,
    Questionnaire,
    QuestionType,
    Voices,
    Wording,
    shown,
)
from portal.surveys.questionnaire_file import MOST_CLOSED, Problem, QuestionnaireError, parse

FOLDER = Path(module.__file__).parent / "questionnaires"
MOMENTS = ("intake", "plan", "closure")
SOURCES = {moment: (FOLDER / f"{moment}.toml").read_text("utf-8") for moment in MOMENTS}
SHIPPED = {moment: parse(source) for moment, source in SOURCES.items()}
EVERYONE = (*PERSPECTIVES, None)

GRADE, WAS_NICE, WHY, COLOUR = "grade", "was_nice", "why", "colour"


def question(key: str, kind: str = "agreement", *more: str) -> str:
    """Write a question as it stands in a file."""
    said = (f'text.nl.default = "Zin {key}."', f'text.en.default = "Line {key}."')
    return "\n".join(("[[page.question]]", f'key = "{key}"', f'type = "{kind}"', *said, *more, ""))


def option(value: str) -> str:
    label = (f'label.nl.default = "{value} nl"', f'label.en.default = "{value} en"')
    return "\n".join(("[[page.question.option]]", f'value = "{value}"', *label))


TITLE = 'title.nl.default = "Pagina"\ntitle.en.default = "Page"'
SMALL = "\n".join(
    (
        'moment = "closure"\nversion = 3\n',
        f"[[page]]\n{TITLE}\n",
        question(GRADE, "grade"),
        question(COLOUR, "choice", option("red"), option("blue")),
        f'[[page]]\nmodule = "parenting_help"\n{TITLE}\n',
        question(WAS_NICE),
        f"[[page]]\n{TITLE}\n",
        question(WHY, "text", f'show_if.question = "{COLOUR}"\nshow_if.values = ["red"]'),
    )
)


def problems_in(source: str) -> tuple[Problem, ...]:
    with pytest.raises(QuestionnaireError) as caught:
        parse(source)
    return caught.value.problems


def swap(old: str, new: str, source: str = SMALL) -> str:
    assert source.count(old) == 1, old
    return source.replace(old, new)


EXTRA = SMALL + "\n"
MANY = EXTRA + "".join(question(f"more_{number}") for number in range(7))
OPEN = EXTRA + question("first_more", "text") + question("second_more", "text")
SAID_U = 'text.nl.default = "Hebt U rust?"'

# What is wrong, in which text, in which line (its text), by which key, and the word to look for.
STRUCTURE = {
    "unknown top key": ("colour = 1\n" + SMALL, "colour = 1", "colour", "tikfout"),
    "unknown question key": (
        swap('type = "grade"', 'type = "grade"\ntpye = "x"'), 'tpye = "x"',
        "questions.grade.tpye", "tikfout",
    ),
    "module on a question": (
        swap('key = "was_nice"', 'key = "was_nice"\nmodule = "parenting_help"'), None,
        "questions.was_nice.module", "tikfout",
    ),
    "unknown perspective": (
        SMALL + 'text.nl.uncle = "x"', 'text.nl.uncle = "x"',
        "questions.why.text.nl.uncle", "tikfout",
    ),
    "unknown language": (
        SMALL + 'text.de.default = "x"', 'text.de.default = "x"',
        "questions.why.text.de", "tikfout",
    ),
    "missing version": (swap("version = 3", ""), 'moment = "closure"', "version", "ontbreekt"),
    "missing type": (
        swap('type = "grade"', ""), "[[page.question]]", "questions.grade.type", "ontbreekt",
    ),
    "missing key": (
        swap('key = "grade"', ""), "[[page.question]]", "pages.1.questions.1.key", "ontbreekt",
    ),
    "no questions": (EXTRA + f"[[page]] # empty\n{TITLE}", "[[page]] # empty", "pages.4.question",
                     "ontbreekt"),
    "empty list": (
        SMALL.split("[[page]]", maxsplit=1)[0] + "page = []", "page = []", "page", "minstens",
    ),
    "missing English": (
        swap('text.en.default = "Line why."', ""), 'text.nl.default = "Zin why."',
        "questions.why.text.en", "Engelse",
    ),
    "missing Dutch": (
        swap('text.nl.default = "Zin why."', ""), 'text.en.default = "Line why."',
        "questions.why.text.nl", "Nederlandse",
    ),
    "missing default": (
        swap('text.en.default = "Line why."', 'text.en.parent = "x"'), 'text.en.parent = "x"',
        "questions.why.text.en.default", "gewone tekst",
    ),
    "blank text": (
        swap('text.en.default = "Line why."', 'text.en.default = " "'), 'text.en.default = " "',
        "questions.why.text.en.default", "geen tekst",
    ),
    "number for text": (
        swap('text.en.default = "Line why."', "text.en.default = 5"), "text.en.default = 5",
        "questions.why.text.en.default", "aanhalingstekens",
    ),
    "text for a table": (
        swap('text.en.default = "Line why."', 'text.en = "Line"'), 'text.en = "Line"',
        "questions.why.text.en", "nl.default",
    ),
    "text for a number": (
        swap("version = 3", 'version = "3"'), 'version = "3"', "version", "getal",
    ),
    "yes for a number": (
        swap("version = 3", "version = true"), "version = true", "version", "getal",
    ),
    "version nought": (swap("version = 3", "version = 0"), "version = 0", "version", "minstens"),
    "version huge": (swap("version = 3", "version = 0xfffffff"), None, "version", "hooguit"),
    "single brackets": (
        f'moment = "plan"\nversion = 1\n[page]\n{TITLE}', "[page]", "page", "dubbel",
    ),
    "unknown moment": (
        swap('moment = "closure"', 'moment = "lunch"'), 'moment = "lunch"', "moment",
        "'intake', 'plan' of 'closure'",
    ),
    "unknown module": (
        swap('module = "parenting_help"', 'module = "x"'), 'module = "x"', "pages.2.module",
        "'parenting_help'",
    ),
    "unknown type": (
        swap('type = "agreement"', 'type = "stars"'), 'type = "stars"', "questions.was_nice.type",
        "'agreement', 'grade'",
    ),
    "bad key": (
        swap('key = "why"', 'key = "Why not"'), 'key = "Why not"', 'questions."Why not".key',
        "letter voorop",
    ),
}  # fmt: skip
RULES = {
    "duplicate key": (
        "_keys_are_unique", EXTRA + question("grade"), None, "questions.grade.key", "eerdere vraag",
    ),
    "nine closed questions": (
        "_is_short", MANY, None, "questions.more_6", "gesloten vraag 9",
    ),
    "three open questions": (
        "_is_short", OPEN, None, "questions.second_more", "open vraag 3",
    ),
    "no grade": (
        "_asks_one_grade", swap('type = "grade"', 'type = "agreement"'), 'moment = "closure"',
        "bestand", "cijfer",
    ),
    "two grades": (
        "_asks_one_grade", EXTRA + question("again", "grade"), None, "questions.again", "cijfer",
    ),
    "options on a text": (
        "_options_fit_the_type", EXTRA + option("x"), "[[page.question.option]]",
        "questions.why.option", "vaste antwoorden",
    ),
    "one option": (
        "_options_fit_the_type", swap(option("blue"), ""), "[[page.question.option]]",
        "questions.colour.option", "minstens 2",
    ),
    "same option twice": (
        "_options_fit_the_type", swap('value = "blue"', 'value = "red"'), 'value = "red"',
        "questions.colour.option.2.value", "staat er al",
    ),
    "shown after nothing": (
        "_branches_lead_back", swap('question = "colour"', 'question = "nobody"'),
        'show_if.question = "nobody"', "questions.why.show_if.question", "niet eerder",
    ),
    "shown after itself": (
        "_branches_lead_back", swap('question = "colour"', 'question = "why"'),
        'show_if.question = "why"', "questions.why.show_if.question", "niet eerder",
    ),
    "shown after a later one": (
        "_branches_lead_back",
        swap('key = "was_nice"', 'key = "was_nice"\nshow_if = {question = "why", values = ["1"]}'),
        'show_if = {question = "why", values = ["1"]}', "questions.was_nice.show_if.question",
        "niet eerder",
    ),
    "shown after a text": (
        "_branches_lead_back",
        EXTRA + question("late", "agreement", 'show_if = {question = "why", values = ["x"]}'),
        'show_if = {question = "why", values = ["x"]}', "questions.late.show_if.question",
        "open vraag",
    ),
    "shown after the module": (
        "_branches_lead_back", swap('question = "colour"', 'question = "was_nice"'),
        'show_if.question = "was_nice"', "questions.why.show_if.question", "niet iedereen",
    ),
    "shown at no answer": (
        "_branches_lead_back", swap('["red"]', '["red", "green"]'), None,
        "questions.why.show_if.values.2", "kies uit red, blue",
    ),
    "u to a young person": (
        "_young_people_hear_je", SMALL + 'text.nl.young_person = "En uw rust?"',
        'text.nl.young_person = "En uw rust?"', "questions.why.text.nl.young_person", "'je'",
    ),
    "u by default": (
        "_young_people_hear_je", swap('text.nl.default = "Zin why."', SAID_U), SAID_U,
        "questions.why.text.nl.default", "young_person",
    ),
    "u in a label": (
        "_young_people_hear_je", swap('"blue nl"', '"voor uzelf"'),
        'label.nl.default = "voor uzelf"', "questions.colour.option.2.label.nl.default",
        "young_person",
    ),
    "module too soon": (
        "_module_comes_at_closure", swap('moment = "closure"', 'moment = "plan"'),
        'module = "parenting_help"', "pages.2.module", "closure",
    ),
}  # fmt: skip
SYNTAX = {
    "open quotes": (swap('"Line why."', '"Line why.'), 'text.en.default = "Line why.', "begint"),
    "no quotes": (swap('"Line why."', "Line why."), "text.en.default = Line why.", "zet de waarde"),
    "no equals sign": (swap("version = 3", "version 3"), "version 3", "hoort een ="),
    "written twice": (SMALL + 'key = "why"', 'key = "why"', "twee keer"),
    "not TOML at all": (SMALL + "%%%", "%%%", "geen goede TOML"),
    "never closed": (SMALL + 'help = """\nx', "x", "begint"),
}


def check(source: str, line: str | None, key: str, reason: str) -> None:
    (problem,) = problems_in(source)
    assert problem.key == key
    assert reason in problem.reason
    assert problem.line is not None
    assert line in (None, source.split("\n")[problem.line - 1])


@pytest.mark.parametrize("case", STRUCTURE.values(), ids=STRUCTURE)
def test_a_file_of_the_wrong_shape_is_refused(case: tuple[str, str | None, str, str]) -> None:
    check(*case)


@pytest.mark.parametrize("case", RULES.values(), ids=RULES)
def test_a_file_against_a_rule_is_refused_by_that_rule(
    case: tuple[str, str, str | None, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rule, source, line, key, reason = case
    check(source, line, key, reason)
    others = tuple(other for other in module.RULES if other.__name__ != rule)
    assert len(others) == len(module.RULES) - 1
    monkeypatch.setattr(module, "RULES", others)
    parse(source)


def test_what_only_some_are_asked_does_not_count() -> None:
    few = "".join(question(f"more_{number}", "grade") for number in range(9))
    parse(swap(question(WAS_NICE), question(WAS_NICE) + few))


def test_every_rule_is_tried() -> None:
    assert {case[0] for case in RULES.values()} == {rule.__name__ for rule in module.RULES}


@pytest.mark.parametrize(("source", "line", "reason"), SYNTAX.values(), ids=SYNTAX)
def test_a_file_that_is_not_toml_says_where_it_stops(source: str, line: str, reason: str) -> None:
    check(source, line, "bestand", reason)


def test_all_problems_are_told_at_once_in_the_order_of_the_file() -> None:
    broken = swap("version = 3", "version = 0", MANY).replace(TITLE, "title = 1", 2)
    broken = swap('title.en.default = "Page"', "", broken)
    problems = problems_in(swap("Zin more_6", "Wat vindt u", broken))
    assert {problem.key for problem in problems} == {
        "version", "pages.1.title", "pages.2.title", "pages.3.title.en",
        "questions.more_6", "questions.more_6.text.nl.default",
    }  # fmt: skip
    lines = [problem.line or 0 for problem in problems]
    assert lines == sorted(lines)


def test_a_problem_reads_as_one_line() -> None:
    assert str(problems_in(swap('text.en.default = "Line why."', ""))[0]) == (
        "regel 46, questions.why.text.en: de Engelse tekst ontbreekt."
    )
    assert str(Problem(None, "bestand", "weg.")) == "bestand: weg."
    strange = problems_in('"a\\nb" = 1\n' + SMALL)
    assert "\n" not in str(strange[0])


def test_lines_are_right_in_every_way_of_writing_toml() -> None:
    tables = swap(
        'text.en.default = "Line why."',
        '[page.question.help] # here\nnl.default = """\nvoor\n[[page]]\nuzelf"""\n'
        '[page.question.help.en]\ndefault = "x"\n[page.question.text.en]\ndefault = 3\n'
        "[page.question.show_if]",
        SMALL.replace("show_if.", ""),
    )
    lines = tables.split("\n")
    assert [(problem.key, lines[(problem.line or 0) - 1]) for problem in problems_in(tables)] == [
        ("questions.why.help.nl.default", 'nl.default = """'),
        ("questions.why.text.en.default", "default = 3"),
    ]


def test_windows_endings_and_a_byte_order_mark_are_no_problem() -> None:
    assert parse("\ufeff" + SMALL.replace("\n", "\r\n")) == parse(SMALL)
    broken = swap('key = "why"', "key = 3")
    assert problems_in("\ufeff" + broken.replace("\n", "\r\n")) == problems_in(broken)


@pytest.mark.parametrize("source", ["version = " + "9" * 5000, "version = " + "[" * 90_000])
def test_a_file_made_to_break_the_reader_is_refused(source: str) -> None:
    assert problems_in(source)[0].key == "bestand"


WRECKS = st.sampled_from(
    ["", "[[page]]", "[page]", "[[page.question]]", "key = 1", 'type = "choice"', "text = []",
     "text.nl = {}", "option = [1, {value = 2}]", 'option = [{value = "a"}, {value = "a"}]',
     "show_if = 3", 'show_if = {question = ["x"], values = "1"}', 'module = ["x"]', "page = 1",
     '[["page"]]', '"" = 1', 'help = """', '"""', "]", "values = [", "é = 1", '"\\u0000" = 1',
     "[page.question.text.nl]", "type = {}", "moment = []", "version = 1979-05-27", "a.b.c = 1"]
)  # fmt: skip


LETTERS = st.text("aé u=[]{}\"'.,#\\0\t\r\x00\ufeff\u2028", max_size=4)


@st.composite
def wrecked(draw: st.DrawFn) -> str:
    lines = draw(st.sampled_from([*SOURCES.values(), SMALL])).split("\n")
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(lines) - 1))
        match draw(st.integers(0, 4)):
            case 0:
                del lines[at : at + draw(st.integers(1, 5))]
            case 1:
                lines.insert(at, draw(WRECKS | LETTERS))
            case 2:
                lines.insert(at, lines[draw(st.integers(0, len(lines) - 1))])
            case 3:
                cut = draw(st.integers(0, len(lines[at])))
                lines[at] = lines[at][:cut] + draw(LETTERS) + lines[at][cut + 1 :]
            case _:
                lines[at] = draw(WRECKS)
        lines = lines or [""]
    return "\n".join(lines)


@given(wrecked())
def test_whatever_happens_to_a_file_it_parses_or_tells_where_not(source: str) -> None:
    try:
        parse(source)
        problems: tuple[Problem, ...] = ()
    except QuestionnaireError as error:
        problems = error.problems or (Problem(None, "", "an error without a problem"),)
    try:
        tomllib.loads(source)
    except tomllib.TOMLDecodeError:
        return
    for problem in problems:
        assert problem.line is not None
        assert 1 <= problem.line <= source.count("\n") + 1
        assert "\n" not in str(problem)


# ---- What a questionnaire tells the rest of the portal -----------------------------------


def test_a_reader_hears_their_own_words_and_else_the_default() -> None:
    wording = Wording.model_validate(
        {"nl": {"default": "u", "young_person": "je"}, "en": {"default": "you", "parent": "mum"}}
    )
    said = {(lang, who): wording.say(lang, who) for lang in (*LANGUAGES, "pl") for who in EVERYONE}
    assert {text for (lang, who), text in said.items() if lang != "en" and who != "young_person"} == {"u"}
    assert said["nl", "young_person"] == said["pl", "young_person"] == "je"
    assert said["en", "parent"] == "mum"
    assert said["en", "young_person"] == wording.say("en", "") == wording.say("en", "nl") == "you"


def test_the_names_we_promise_are_the_names_in_a_file() -> None:
    assert tuple(Wording.model_fields) == LANGUAGES
    assert tuple(Voices.model_fields) == ("default", *PERSPECTIVES)


def test_values_and_closedness_follow_from_the_type() -> None:
    small = parse(SMALL)
    assert small.question(GRADE).values == ("1", "2", "3", "4", "5", "6", "7", "8", "9", "10")
    assert small.question(COLOUR).values == ("red", "blue")
    assert small.question(WAS_NICE).values == AGREEMENT_VALUES
    assert small.question(WHY).values == ()
    closed = [question.key for question in small.questions_for(parenting_help=True) if question.is_closed]
    assert closed == [GRADE, COLOUR, WAS_NICE]
    with pytest.raises(KeyError):
        small.question("nobody")


def test_the_module_is_only_for_who_had_parenting_help() -> None:
    small = parse(SMALL)
    assert [page.module for page in small.pages_for(parenting_help=True)] == [
        None,
        "parenting_help",
        None,
    ]
    assert [page.module for page in small.pages_for(parenting_help=False)] == [None, None]
    assert [question.module for question in small.questions_for(parenting_help=True)] == [
        None, None, "parenting_help", None,
    ]  # fmt: skip
    assert small.question(WAS_NICE) not in small.questions_for(parenting_help=False)


@pytest.mark.parametrize(
    ("answers", "asked"),
    [({}, False), ({COLOUR: "red"}, True), ({COLOUR: "blue"}, False), ({COLOUR: None}, False),
     ({COLOUR: ["blue", "red"]}, True), ({COLOUR: []}, False), ({WHY: "red"}, False)],
)  # fmt: skip
def test_a_branch_follows_the_answer(answers: dict[str, object], asked: bool) -> None:
    small = parse(SMALL)
    assert shown(small.question(WHY), answers) is asked
    assert shown(small.question(COLOUR), answers)


def test_a_branch_on_a_grade_takes_a_number_too() -> None:
    low = parse(swap('question = "colour"', 'question = "grade"').replace('["red"]', '["1", "2"]')).question(
        WHY
    )
    assert shown(low, {GRADE: 2}) and shown(low, {GRADE: "2"}) and not shown(low, {GRADE: 10})


def test_a_questionnaire_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        SHIPPED["plan"].version = 2


# ---- What we ask ------------------------------------------------------------------------


def words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text.lower())


JARGON = set(
    words(
        """
    aanbod adequaat begeleiding bejegening beschikking casus casusregie cliënt cliënten
    cliëntondersteuning doelen domein evaluatie gezinsplan hulpvraag hulpverlener hulpverlening
    indicatie intake interventie inzet jeugdhulp ketenpartner maatwerk meetmoment module netwerk
    ondersteuning ondersteuningsplan participatie problematiek regie traject voorziening
    zelfredzaam zelfredzaamheid zorg zorgaanbieder zorgregisseur zorgvraag
    client case intake module pathway provider referral regard stakeholder trajectory
    """
    )
)
MOST_LETTERS = 90
MOST_WORDS = 14
EASY = 80.0
"""Flesch-Douma: from 80 on a text is easy (some A2). Ours measured 85.9 to 104.2."""


def spoken(questionnaire: Questionnaire, language: str, who: str | None) -> Iterator[str]:
    """Everything one reader gets to read."""
    for page in questionnaire.pages:
        yield page.title.say(language, who)
        for item in page.questions:
            yield item.text.say(language, who)
            yield from (wording.say(language, who) for wording in (item.help,) if wording)
            yield from (choice.label.say(language, who) for choice in item.options)


def wordings(questionnaire: Questionnaire) -> Iterator[Wording]:
    for page in questionnaire.pages:
        yield page.title
        for item in page.questions:
            yield from filter(None, (item.text, item.help, *(choice.label for choice in item.options)))


def of_type(questions: tuple[Question, ...], kind: QuestionType) -> list[Question]:
    return [question for question in questions if question.type is kind]


shipped = pytest.mark.parametrize("questionnaire", SHIPPED.values(), ids=SHIPPED)


@shipped
def test_a_shipped_questionnaire_is_short(questionnaire: Questionnaire) -> None:
    asked = questionnaire.questions_for(parenting_help=False)
    assert sum(question.is_closed for question in asked) <= MOST_CLOSED - 1
    assert [question.key for question in of_type(asked, QuestionType.TEXT)] == [
        "went_well", "could_be_better",
    ]  # fmt: skip
    pages = questionnaire.pages_for(parenting_help=False)
    assert [len(page.questions) for page in pages] == [1, 3, 3, 2]
    assert [question.type for question in pages[0].questions] == [QuestionType.GRADE]
    for page in questionnaire.pages:
        assert len({question.type for question in page.questions}) == 1, "one kind a page"


def test_the_keys_are_those_the_trends_are_kept_by() -> None:
    keys = {
        moment: [question.key for question in questionnaire.questions_for(parenting_help=True)]
        for moment, questionnaire in SHIPPED.items()
    }
    both = ["went_well", "could_be_better"]
    assert keys == {
        "intake": ["grade", "knew_where_to_go", "speed", "respect", "understood",
                   "everything_came_up", "next_step", *both],
        "plan": ["grade", "had_a_say", "respect", "speed", "plan_fits", "who_does_what",
                 "independent_support", *both],
        "closure": ["grade", "respect", "understood", "whom_to_reach", "working_together",
                    "goals_reached", "go_on_alone", "parenting_satisfied", "parenting_can_manage",
                    *both],
    }  # fmt: skip


def test_the_parenting_page_comes_at_closure_before_the_open_page() -> None:
    modules = {m: [page.module for page in q.pages] for m, q in SHIPPED.items()}
    assert modules["closure"] == [None, None, None, "parenting_help", None]
    assert not any(modules["intake"] + modules["plan"])


@shipped
def test_a_statement_is_one_short_sentence(questionnaire: Questionnaire) -> None:
    for item in questionnaire.questions_for(parenting_help=True):
        for text in (item.text.say(lang, who) for lang in LANGUAGES for who in EVERYONE):
            assert 0 < len(text) <= MOST_LETTERS
            assert len(words(text)) <= MOST_WORDS, text
            assert re.findall(r"[.?!]", text) == ["." if item.type == "agreement" else "?"], text


@shipped
@pytest.mark.parametrize("who", EVERYONE)
def test_everyone_is_spoken_to_as_they_should(questionnaire: Questionnaire, who: str | None) -> None:
    wrong = {"u", "uw", "uzelf"} if who == "young_person" else {"je", "jij", "jou", "jouw", "jezelf"}
    assert all(wrong.isdisjoint(words(text)) for text in spoken(questionnaire, "nl", who))


@shipped
def test_who_needs_other_words_gets_them_in_both_languages(questionnaire: Questionnaire) -> None:
    for wording in wordings(questionnaire):
        for who in ("parent", "family_member"):
            assert (wording.say("nl", who) == wording.nl.default) == (
                wording.say("en", who) == wording.en.default
            ), wording


@shipped
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("who", EVERYONE)
def test_no_word_of_the_trade_is_used(questionnaire: Questionnaire, language: str, who: str | None) -> None:
    for text in spoken(questionnaire, language, who):
        assert text.strip()
        assert JARGON.isdisjoint(words(text)), text


@shipped
@pytest.mark.parametrize("who", EVERYONE)
def test_the_dutch_is_easy_to_read(questionnaire: Questionnaire, who: str | None) -> None:
    hyphens = pyphen.Pyphen(lang="nl_NL")
    titles = {page.title.say("nl", who) for page in questionnaire.pages}
    sentences = [text for text in spoken(questionnaire, "nl", who) if text not in titles]
    read = words(" ".join(sentences))
    syllables = sum(len(hyphens.positions(word)) + 1 for word in read)
    ease = 206.84 - 0.93 * len(read) / len(sentences) - 77 * syllables / len(read)
    assert ease >= EASY, ease
