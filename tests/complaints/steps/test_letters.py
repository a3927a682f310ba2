"""The letters: every kind, for both organisations, in both languages, for adults and young people."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from html import escape
from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from jinja2 import StrictUndefined
from sqlalchemy import select

from portal import config
from portal.app import create_app
from portal.audit.models import AuditEvent
from portal.complaints import letters
from portal.complaints.content import to_json
from portal.complaints.letters import By, Kind
from portal.complaints.models import Complaint
from portal.complaints.rules import NotTakenUp, Route, Stage, Step
from portal.db import db
from tests.complaints.people import CODE, CONTENT
from tests.complaints.people import taken as took
from tests.complaints.steps.conftest import At
from tests.complaints.steps.desk import Desk, areas, hidden, main_of, said, taken
from tests.complaints.steps.making import FIELDS
from tests.complaints.steps.test_steps import NewDesk

PROFILES = ("skt-westland", "sociaal-team-houten")
SCRIPT = "<script>alert('&')</script>"
PARTS = [SimpleNamespace(words=SCRIPT, judgment="partly_upheld", reasons="Er stond een fout in.")]
# The dates are those of a complaint of Monday 5 January 2026, worked out by hand.
ANSWER_BY, PUT_OFF = date(2026, 3, 16), date(2026, 3, 16)
GIVEN: dict[Kind, dict[str, Any]] = {
    Kind.NOT_TAKEN_UP: {"reason": "third_party", "explanation": SCRIPT},
    Kind.HEARING: {"day": date(2026, 1, 26), "time": "14.30", "place": SCRIPT},
    Kind.EXTENSION: {"until": PUT_OFF, "reason": SCRIPT},
    Kind.OUTCOME: {
        "complaint_parts": PARTS,
        "findings": SCRIPT,
        "conclusions": "Wij passen het aan.",
        "answer_by": ANSWER_BY,
    },
    Kind.ANSWER: {"measures": True, "text": SCRIPT},
    Kind.COMMITTEE: {"names": [SCRIPT], "decide_by": PUT_OFF, "chair_is_independent": True},
    Kind.PASSED_ON: {"to_whom": SCRIPT},
}
DATES: dict[Kind, tuple[tuple[str, str], ...]] = {
    Kind.ACKNOWLEDGEMENT: (
        ("maandag 5 januari 2026", "Monday 5 January 2026"),
        ("uiterlijk maandag 2 februari 2026", "Monday 2 February 2026"),
        ("uiterlijk maandag 16 februari 2026", "Monday 16 February 2026"),
    ),
    Kind.NOT_TAKEN_UP: (("uiterlijk vrijdag 15 januari 2027", "Friday 15 January 2027"),),
    Kind.HEARING: (("maandag 26 januari 2026", "Monday 26 January 2026"),),
    Kind.EXTENSION: (
        ("uiterlijk maandag 16 februari 2026", "Monday 16 February 2026"),
        ("nu uiterlijk maandag 16 maart 2026", "Monday 16 March 2026"),
    ),
    Kind.OUTCOME: (("uiterlijk vrijdag 15 januari 2027", "Friday 15 January 2027"),),
    Kind.ANSWER: (("vrijdag 16 januari 2026", "Friday 16 January 2026"),),
    Kind.COMMITTEE: (("uiterlijk maandag 16 maart 2026", "Monday 16 March 2026"),),
    Kind.PASSED_ON: (("maandag 5 januari 2026", "Monday 5 January 2026"),),
    Kind.CODE: (),
}
WITH_OMBUDSMAN = (Kind.NOT_TAKEN_UP, Kind.OUTCOME, Kind.ANSWER)


@pytest.fixture(scope="module", params=PROFILES)
def organisation(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """A portal of each organisation in which a word that is missing is an error."""
    made = create_app(config.load(instance=tmp_path_factory.mktemp("letters"), profile=request.param))
    made.jinja_env.undefined = StrictUndefined
    with made.app_context():
        yield made


def complaint(**given: Any) -> Complaint:
    """A complaint of Monday 5 January 2026 by somebody whose name is a script."""
    facts: dict[str, Any] = {
        "year": 2026,
        "number": 1,
        "route": Route.COMPLAINT,
        "procedure": "awb",
        "domain": "adults",
        "stage": Stage.RECEIVED,
        "language": "nl",
        "young": False,
        "committee": False,
        "code_hash": "a hash",
        "code_sealed": CODE,
        "received_on": date(2026, 1, 5),
        "not_taken_up_by": date(2026, 2, 2),
        "decide_by": date(2026, 2, 16),
        "ended_on": date(2026, 1, 16),
        "sealed_content": to_json(replace(CONTENT, name=SCRIPT)),
    }
    return Complaint(**facts | given)


def words(kind: Kind, **given: Any) -> str:
    facts = {name: given.pop(name) for name in list(given) if name in GIVEN.get(kind, {})}
    return letters.words(complaint(**given), kind, **GIVEN.get(kind, {}) | facts)


every_kind = pytest.mark.parametrize("kind", list(Kind), ids=str)


@every_kind
@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("young", [False, True], ids=["adult", "young"])
@pytest.mark.parametrize("procedure", ["awb", "jeugdwet"])
def test_a_letter_is_whole(
    organisation: Flask, at: At, kind: Kind, language: str, young: bool, procedure: str
) -> None:
    at(date(2026, 1, 15))
    domain = "youth" if procedure == "jeugdwet" else "adults"
    text = words(kind, language=language, young=young, procedure=procedure, domain=domain)
    profile = organisation.extensions["profile"]
    for wanted in (profile.name, "KL-2026-0001", profile.complaints.coordinator[language], SCRIPT):
        assert wanted in text, "as it was typed: plain text is escaped by the pages that show it"
    assert "\n\n\n" not in text and not re.search(r"[ \t]\n|\{|\}|%\(|None", text), text
    for dutch, english in DATES[kind]:
        assert (dutch if language == "nl" else english) in text
    assert (profile.complaints.ombudsman.name in text) == (kind in WITH_OMBUDSMAN)
    assert (profile.complaints.ombudsman.address in text) == (kind in WITH_OMBUDSMAN)
    if kind is Kind.OUTCOME:
        month = ("maandag 16 maart 2026", "Monday 16 March 2026")[language == "en"]
        assert month in text, "when the organisation answers"
    helper = profile.confidant.name if young or procedure == "jeugdwet" else "cliëntondersteun"
    assert helper in text or language == "en"
    assert CODE not in text and "0123 4567" not in text


@every_kind
def test_young_people_are_not_called_u(organisation: Flask, kind: Kind) -> None:
    text = words(kind, young=True, domain="youth", procedure="jeugdwet")
    assert not re.search(r"\b(u|uw|U|Uw)\b", text), text
    assert not re.search(r"\b(je|jij|jou|jouw|Je|Jij)\b", words(kind)), "and grown-ups are not called je"


@every_kind
def test_who_has_no_code_is_not_told_to_use_it(organisation: Flask, kind: Kind) -> None:
    assert "/klacht/volgen" in words(kind)
    assert "/klacht/volgen" not in words(kind, code_hash=None)


@pytest.mark.parametrize("reason", list(NotTakenUp), ids=str)
def test_every_reason_says_what_one_can_do(organisation: Flask, reason: NotTakenUp) -> None:
    text = words(Kind.NOT_TAKEN_UP, reason=reason)
    why = text.split("Waarom niet?\n")[1].split("\n")[0]
    can = text.split("Wat kunt u wel doen?\n")[1].split("\n")[0]
    assert len(why) > 40 and len(can) > 40
    assert "te laat" not in text, "nobody is told that it is too late"
    if reason is not NotTakenUp.SLIGHT:
        assert "te klein" not in text


@pytest.mark.parametrize("route", list(Route), ids=str)
def test_everything_that_may_be_filed_is_acknowledged(organisation: Flask, route: Route) -> None:
    text = words(Kind.ACKNOWLEDGEMENT, route=route)
    promised = "uiterlijk maandag 16 februari 2026"
    assert (promised in text) == (route is Route.COMPLAINT), "only a complaint has a legal term"
    assert ("0800-2000" in text) == (route is Route.DANGER)
    if route is not Route.COMPLAINT:
        # A week after Monday 5 January, and for danger the next working day.
        promised = "dinsdag 6 januari 2026" if route is Route.DANGER else "maandag 12 januari 2026"
        assert f"uiterlijk {promised}" in text


def test_who_judges_is_who_the_law_says(organisation: Flask) -> None:
    """Under the Jeugdwet the committee (4.2.1); under the Awb we do, with its advice (9:12, 9:16)."""
    judged = [
        SimpleNamespace(words="Deel", judgment=judgment, reasons="Daarom.")
        for judgment in ("upheld", "partly_upheld", "not_upheld", "no_judgment")
    ]
    given = GIVEN[Kind.OUTCOME] | {"complaint_parts": judged}
    youth = letters.words(complaint(procedure="jeugdwet", committee=True), Kind.OUTCOME, **given)
    assert youth.count("De klachtencommissie vindt dat") == 3 and "Wij vinden" not in youth
    advised = letters.words(complaint(committee=True), Kind.OUTCOME, **given, advice="Gegrond, vinden wij.")
    assert "Het advies van de klachtencommissie\nGegrond, vinden wij." in advised
    assert "Wij vinden dat" not in advised
    alone = letters.words(complaint(), Kind.OUTCOME, **given)
    assert "klachtencommissie" not in alone and "ongegrond. Wij vinden dat dit goed is gegaan." in alone


@pytest.mark.parametrize(("language", "time"), [("nl", "om 14.30 uur"), ("en", "14:30")])
def test_a_time_is_written_as_the_language_does(organisation: Flask, language: str, time: str) -> None:
    for typed in ("14.30", "14:30"):
        assert time in words(Kind.HEARING, language=language, time=typed)


def test_asking_for_time_says_what_we_may_do_without_it(organisation: Flask) -> None:
    template = organisation.jinja_env.get_template("complaints/letters/ask_longer.txt")
    for extended, days_late in product((False, True), (-1, 0, 1)):
        asked_of = complaint(extended=extended)
        today = asked_of.decide_by + timedelta(days=days_late)
        asked = template.render(complaint=asked_of, until=PUT_OFF, why="Ziek.", today=today)
        may_still = not extended and days_late <= 0
        assert ("nog één keer verzetten, met ten hoogste vier weken" in asked) == may_still
        assert "blijft de dag gelden die wij beloofden" in asked


def test_the_organisations_differ_in_their_words(organisation: Flask) -> None:
    text = words(Kind.ACKNOWLEDGEMENT)
    is_skt = "klachtencoördinator" in text
    assert is_skt == ("Sociaal Kernteam Westland" in text)
    assert is_skt != ("sociaal ombudsfunctionaris" in text)


def test_a_profile_may_bring_its_own_letter(organisation: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    from jinja2 import DictLoader

    own = f"complaints/letters/{organisation.extensions['profile'].key}/code.txt"
    monkeypatch.setattr(organisation.jinja_env, "loader", DictLoader({own: "Eigen: {{ content.name }}"}))
    organisation.jinja_env.cache.clear()  # type: ignore[union-attr]
    assert words(Kind.CODE) == f"Eigen: {SCRIPT}\n"
    organisation.jinja_env.cache.clear()  # type: ignore[union-attr]


# ---- On the pages -------------------------------------------------------------------------

ON_PAPER = {"formal_by_email": False}
BY_HAND = {"formal_by_email": False, "reach": ("phone",)}


def test_a_script_is_text_in_the_box_the_preview_and_the_letter(desk: NewDesk) -> None:
    mine = desk({"name": SCRIPT} | ON_PAPER)
    shown = mine.preview(Step.ACKNOWLEDGE)
    assert f"Beste {SCRIPT}," in areas(shown)["letter"]
    assert main_of(shown).count(escape(SCRIPT, quote=False).replace("'", "&#39;")) >= 2
    sent = mine.send(Step.ACKNOWLEDGE, shown)
    printed = mine.client.get(sent.location)
    for page in (shown, printed):
        assert "<script>alert" not in page.text
    assert f"Beste {SCRIPT}," in said(printed)


def test_looking_a_letter_over_is_a_look(desk: NewDesk) -> None:
    """It tells who complained and of what, as the page before it does: also where it is shown for a mistake in it."""
    mine = desk()
    page = mine.open(Step.ACKNOWLEDGE)
    for action, fields in (("preview", {}), ("preview", {"letter": " "})):
        before = looks()
        assert mine.complaint().content.name in said(mine.send(Step.ACKNOWLEDGE, page, action, **fields))
        assert looks()[len(before) :] == [{"complaint": mine.reference, "what": "step acknowledge"}]


def looks() -> list[dict[str, str]]:
    db.session.rollback()
    found = select(AuditEvent.details).where(AuditEvent.event == "complaint.seen").order_by(AuditEvent.id)
    return list(db.session.scalars(found))


def test_a_letter_is_kept_as_it_was_sent(desk: NewDesk) -> None:
    mine = desk()
    took(mine.complaint(), Step.ACKNOWLEDGE)
    shown = mine.preview(Step.EXTEND, **FIELDS[Step.EXTEND])
    own = areas(shown)["letter"].replace("Dat spijt ons.", "Dat spijt ons zeer. ➡ & <3")
    again = mine.send(Step.EXTEND, shown, "preview", letter=own)
    assert areas(again)["letter"] == own, "looking again keeps what was changed"
    mine.send(Step.EXTEND, again)
    (letter,) = mine.complaint().letters
    assert letter.words == own
    assert (letter.channel, letter.kind) == (By.DIGITAL, Kind.EXTENSION)


def test_a_letter_that_does_not_fit_any_more_is_made_again(desk: NewDesk) -> None:
    mine = desk()
    took(mine.complaint(), Step.ACKNOWLEDGE)
    shown = mine.preview(Step.EXTEND, **FIELDS[Step.EXTEND])
    changed = mine.send(Step.EXTEND, shown, letter="Mijn eigen brief.", until="2027-01-08")
    assert changed.status_code == 200
    assert taken(mine.reference) == [Step.ACKNOWLEDGE] and not mine.complaint().letters
    assert "uiterlijk vrijdag 8 januari 2027" in areas(changed)["letter"]
    assert "Mijn eigen brief." in said(changed), "what was typed is not lost"
    sent = mine.send(Step.EXTEND, changed)
    assert sent.status_code == 303
    assert mine.complaint().decide_by == date(2027, 1, 8)


def test_an_emptied_letter_is_made_again(desk: NewDesk) -> None:
    mine = desk()
    shown = mine.preview(Step.ACKNOWLEDGE)
    again = mine.send(Step.ACKNOWLEDGE, shown, letter=" ")
    assert again.status_code == 200 and areas(again)["letter"].startswith("Sociaal Kernteam Westland")
    assert taken(mine.reference) == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({}, "Digitaal: de klager vond dat uitdrukkelijk goed."),
        (ON_PAPER, "Per post: de klager koos niet voor digitaal."),
        (BY_HAND, "Overhandigen: er mag geen brief naar huis"),
    ],
)
def test_the_page_says_how_the_letter_goes(desk: NewDesk, content: dict[str, Any], says: str) -> None:
    assert says in said(desk(content).preview(Step.ACKNOWLEDGE))


def test_a_receipt_on_paper_is_confirmed_when_it_is_posted(desk: NewDesk) -> None:
    mine = desk(ON_PAPER)
    sent = mine.take(Step.ACKNOWLEDGE)
    (letter,) = mine.complaint().letters
    assert sent.location == f"{mine.home}/brief/{letter.id}"
    assert (letter.sent_on, letter.channel) == (None, By.POST)
    assert mine.complaint().stage == Stage.RECEIVED
    assert "Er wacht al zo'n brief." in said(mine.open(Step.ACKNOWLEDGE))
    for _time in range(2):
        assert mine.post_letter(letter.id).status_code in (303, 400)
    complaint_now = mine.complaint()
    assert complaint_now.letters[0].sent_on == date(2026, 11, 3)
    assert (complaint_now.stage, taken(mine.reference)) == (Stage.ACKNOWLEDGED, [Step.ACKNOWLEDGE])


def test_posting_twice_is_said_and_changes_nothing(desk: NewDesk) -> None:
    mine = desk(ON_PAPER)
    mine.take(Step.ACKNOWLEDGE)
    address = f"{mine.home}/brief/{mine.complaint().letters[0].id}"
    token = hidden(mine.client.get(address))
    for text in ("Genoteerd: de brief is weg.", "Dat stond er al: deze brief is weg."):
        assert mine.client.post(f"{address}/gepost", data=token).status_code == 303
        with mine.client.session_transaction() as session:
            assert session["_flashes"][-1][1] == text
    assert taken(mine.reference) == [Step.ACKNOWLEDGE]


def test_a_letter_to_hand_over_has_no_address(desk: NewDesk) -> None:
    for content, has_address in ((ON_PAPER, True), (BY_HAND, False)):
        mine = desk(content)
        printed = mine.client.get(mine.take(Step.ACKNOWLEDGE).location)
        assert ("Proefstraat 1" in said(printed)) == has_address
        button = "De brief is gepost" if has_address else "De brief is overhandigd"
        assert button in said(printed)


def test_a_letter_of_another_complaint_is_not_there(desk: NewDesk) -> None:
    mine, other = desk(ON_PAPER), desk(ON_PAPER)
    for one in (mine, other):
        one.take(Step.ACKNOWLEDGE)
    letter = other.complaint().letters[0].id
    assert mine.client.get(f"{mine.home}/brief/{letter}").status_code == 404
    token = hidden(mine.client.get(f"{other.home}/brief/{letter}"))
    assert mine.client.post(f"{mine.home}/brief/{letter}/gepost", data=token).status_code == 404
    assert other.complaint().letters[0].sent_on is None


def test_who_nobody_knows_gets_no_letter(desk: NewDesk) -> None:
    nobody = {"name": "", "email": "", "phone": "", "street": "", "formal_by_email": False}
    mine: Desk = desk(nobody, route=Route.OTHER_ORGANISATION)
    assert "Wij weten niet wie het is" in said(mine.open(Step.FORWARD))
    mine.take(Step.FORWARD, to_whom="De huisarts")
    assert mine.complaint().stage == Stage.PASSED_ON and not mine.complaint().letters
