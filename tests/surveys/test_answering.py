"""Answering under a personal link, on both databases."""

import json
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from portal import clock
from portal.crypto import keyring
from portal.db import db, transaction
from portal.surveys.answering.queries import answers_of, token_of
from portal.surveys.inviting.operations import new_invitation
from portal.surveys.models import Draft, Invitation, LetterboxEntry
from portal.surveys.rules import Moment, Perspective
from portal.tasks.models import Task
from tests.surveys.sheets import Sheet, invited, opened

CLOSED_INTAKE = (
    "grade",
    "knew_where_to_go",
    "speed",
    "respect",
    "understood",
    "everything_came_up",
    "next_step",
)


def sealed() -> list[dict]:
    """What lies in the letterbox, opened with the keys."""
    entries = db.session.scalars(select(LetterboxEntry)).all()
    return [json.loads(keyring().decrypt(entry.sealed)) for entry in entries]


def kept(invitation: Invitation) -> dict[str, str]:
    db.session.rollback()
    draft = db.session.get(Draft, invitation.id, populate_existing=True)
    return {key: written.value for key, written in answers_of(draft).items()}


def test_a_whole_survey_without_javascript(client: FlaskClient) -> None:
    invitation, address = invited(perspective=Perspective.PARENT)
    sheet = opened(client, address).fill(grade="8").press("next")
    while "a-went_well" not in sheet.fields:
        answers = {name.removeprefix("a-"): "agree" for name in sheet.radios}
        sheet = sheet.fill(**answers).press("next")
    sheet.fields["q-went_well"] = ["yes"]
    thanks = sheet.fill(went_well="Er werd geluisterd.").press("send")
    assert "Dank u wel" in thanks.text
    (answer,) = sealed()
    assert {key for key, _value in answer["choices"]} == set(CLOSED_INTAKE)
    assert answer["texts"] == [["went_well", "Er werd geluisterd.", True]]
    db.session.rollback()
    db.session.refresh(invitation)
    assert invitation.completed and invitation.started and kept(invitation) == {}


def test_the_first_question_stands_on_the_first_page_under_two_lines(client: FlaskClient) -> None:
    _invitation, address = invited()
    sheet = opened(client, address)
    assert "Het SKT leest dit zonder uw naam. Het duurt 2 minuten." in sheet.text
    assert "Vraag 1 van 9" in sheet.text and "a-grade" in sheet.radios


def test_young_people_are_addressed_informally_in_every_state(client: FlaskClient) -> None:
    _invitation, address = invited(perspective=Perspective.YOUNG_PERSON)
    sheet = opened(client, address)
    seen = [sheet]
    for _page in range(4):
        sheet = sheet.press("next")
        seen.append(sheet)
    seen.append(opened(client, address + "/4").press("send"))
    seen.append(opened(client, address).fill(grade="99", shoe_size="40").press("next"))
    stale = opened(client, address).fill(grade="9")
    stale.fields["mark"] = ["oud"]
    seen.append(stale.press("next"))
    seen.append(opened(client, address + "/bellen").press("call"))
    calling = opened(client, address + "/bellen")
    calling.fields |= {"name": ["Proefpersoon"], "phone": ["0612345678"]}
    seen.append(calling.press("call"))
    seen.append(opened(client, address + "/4").fill(went_well="Ja hoor").press("back"))
    seen += [opened(client, address), opened(client, address + "/4")]
    seen.append(opened(client, address + "/4").press("send"))
    seen.append(opened(client, address))
    _invitation, late = invited(perspective=Perspective.YOUNG_PERSON, closes_on=date(2026, 1, 1))
    seen.append(opened(client, late))
    for page in seen:
        words = {word.strip(".,?:!") for word in page.text.lower().split()}
        assert not words & {"u", "uw"}, page.text


def test_a_get_changes_nothing(app: Flask, client: FlaskClient) -> None:
    invitation, address = invited()
    for path in ("", "/1", "/4", "/bedankt", "/bellen", "/gebeld-worden"):
        client.get(address + path)
    db.session.rollback()
    db.session.refresh(invitation)
    assert not invitation.started and not invitation.completed and invitation.draft is None
    assert db.session.scalar(select(func.count(Task.id))) == 0


def test_going_on_later_continues_where_one_was(app: Flask, client: FlaskClient) -> None:
    _invitation, address = invited()
    last = (
        opened(client, address)
        .fill(grade="6")
        .press("next")
        .fill(speed="disagree")
        .press("next")
        .press("next")
    )
    last.fill(could_be_better="Het wachten duurde lang.").press("back")
    elsewhere = app.test_client()
    again = opened(elsewhere, address)
    assert "Fijn dat u er weer bent" in again.text and "Vraag 5 tot en met 7 van 9" in again.text
    assert opened(elsewhere, address + "/1").fields["a-grade"] == ["6"]
    assert opened(elsewhere, address + "/2").fields["a-speed"] == ["disagree"]
    words = opened(elsewhere, address + "/4")
    assert "U schreef hier al iets" in words.text and "wachten" not in words.text
    assert "a-could_be_better" not in words.fields
    assert words.press("show:could_be_better").fields["a-could_be_better"] == ["Het wachten duurde lang."]


def test_hidden_words_can_be_changed_or_wiped(app: Flask, client: FlaskClient) -> None:
    invitation, address = invited()
    opened(client, address + "/4").fill(went_well="Eerste woorden").press("back")
    shown = opened(client, address + "/4").press("show:went_well")
    shown.fill(went_well="Andere woorden").press("back")
    assert kept(invitation)["went_well"] == "Andere woorden"
    opened(client, address + "/4").press("wipe:went_well")
    assert "went_well" not in kept(invitation)


def test_leaving_hidden_words_alone_keeps_and_sends_them(client: FlaskClient) -> None:
    _invitation, address = invited()
    opened(client, address + "/4").fill(went_well="Blijft staan").press("back")
    opened(client, address + "/4").press("send")
    assert sealed()[0]["texts"] == [["went_well", "Blijft staan", False]]


def test_a_chosen_answer_can_be_undone(client: FlaskClient) -> None:
    invitation, address = invited()
    sheet = opened(client, address).fill(grade="3").press("next")
    undone = sheet.press("back").press("clear:grade")
    assert "a-grade" not in undone.fields and kept(invitation) == {}


def test_an_empty_sending_is_refused_and_spends_nothing(client: FlaskClient) -> None:
    invitation, address = invited()
    refused = opened(client, address + "/4").press("send")
    assert refused.response.status_code == 422 and "Er is nog geen antwoord" in refused.text
    assert (
        sealed() == [] and not db.session.get_one(Invitation, invitation.id, populate_existing=True).completed
    )
    assert "Dank u wel" in opened(client, address).fill(grade="7").press("next").press("send").text


def test_the_language_switches_without_losing_a_word(client: FlaskClient) -> None:
    invitation, address = invited()
    sheet = opened(client, address + "/4").fill(went_well="Half een zin")
    english = sheet.press("language:en")
    assert english.tree.get("lang") == "en" and english.fields["a-went_well"] == ["Half een zin"]
    assert opened(client, address).tree.get("lang") == "en", "the choice stays with the link"
    dutch = english.press("language:nl")
    assert dutch.tree.get("lang") == "nl" and dutch.fields["a-went_well"] == ["Half een zin"]
    assert kept(invitation)["went_well"] == "Half een zin"


def test_the_module_comes_only_when_the_invitation_says_so(client: FlaskClient) -> None:
    _invitation, without = invited(Moment.CLOSURE)
    _invitation, with_module = invited(Moment.CLOSURE, parenting_help=True)
    assert "van 9" in opened(client, without).text and "van 11" in opened(client, with_module).text


def test_the_module_is_sealed_apart_from_the_closing_answer(client: FlaskClient) -> None:
    _invitation, address = invited(Moment.CLOSURE, parenting_help=True)
    opened(client, address).fill(grade="9").press("next")
    opened(client, address + "/4").fill(parenting_satisfied="agree").press("next").press("send")
    piles = {entry.pile: entry for entry in db.session.scalars(select(LetterboxEntry))}
    assert set(piles) == {"closure", "parenting_help"}
    content = json.loads(keyring().decrypt(piles["parenting_help"].sealed))
    assert content["choices"] == [["parenting_satisfied", "agree"]]


@pytest.mark.parametrize(
    ("state", "status", "words"),
    [
        ("sent", 200, "U heeft al geantwoord"),
        ("closed", 410, "Deze vragen zijn gesloten"),
        ("unknown", 404, "Deze link kennen we niet"),
        ("mistyped", 404, "Deze link kennen we niet"),
        ("not a token", 404, "Deze link kennen we niet"),
    ],
)
def test_a_link_that_opens_nothing_gets_its_own_page(
    client: FlaskClient, state: str, status: int, words: str
) -> None:
    invitation, address = invited(closes_on=clock.today() - timedelta(days=1 if state == "closed" else -1))
    if state == "sent":
        opened(client, address).fill(grade="7").press("send")
    if state == "unknown":
        with transaction():
            db.session.delete(db.session.get_one(Invitation, invitation.id))
    if state == "mistyped":
        address = address[:-1] + ("A" if address[-1] != "A" else "B")
    if state == "not a token":
        address = "/v/hallo"
    page = opened(client, address)
    assert page.response.status_code == status and words in page.text
    posted = client.post(address + "/1", data={"a-grade": "5"})
    assert posted.status_code == {200: 409, 410: 410, 404: 404}[status]


def test_the_closing_day_itself_still_counts(client: FlaskClient) -> None:
    _invitation, address = invited(closes_on=clock.today())
    assert opened(client, address).response.status_code == 200


def test_a_double_click_on_send_makes_one_answer(client: FlaskClient) -> None:
    _invitation, address = invited()
    sheet = opened(client, address + "/4").fill(went_well="Een keer is genoeg")
    first, second = sheet.press("send"), sheet.press("send")
    assert "Dank u wel" in first.text and "Dank u wel" in second.text
    assert len(sealed()) == 1


def test_words_typed_in_a_second_tab_after_sending_are_given_back(client: FlaskClient) -> None:
    _invitation, address = invited()
    other = opened(client, address + "/4").fill(could_be_better="Nog iets heel anders")
    opened(client, address).fill(grade="7").press("send")
    late = other.press("send")
    assert late.response.status_code == 409 and "Nog iets heel anders" in late.text
    assert len(sealed()) == 1


def test_two_tabs_lose_no_word(client: FlaskClient) -> None:
    invitation, address = invited()
    one, two = opened(client, address + "/4"), opened(client, address + "/4")
    one.fill(went_well="Uit het eerste").press("back")
    two.press("back")
    assert kept(invitation)["went_well"] == "Uit het eerste"
    three = opened(client, address + "/4")
    assert "a-went_well" not in three.fields
    two.fill(went_well="Uit het tweede").press("back")
    assert kept(invitation)["went_well"] == "Uit het eerste\n\nUit het tweede"


def test_a_stale_page_of_another_tab_does_not_undo_a_choice(client: FlaskClient) -> None:
    invitation, address = invited()
    old = opened(client, address)
    opened(client, address).fill(grade="9").press("next")
    old.press("next")
    assert kept(invitation)["grade"] == "9"


def test_saving_each_answer_says_so_beside_the_question(client: FlaskClient) -> None:
    invitation, address = invited()
    sheet = opened(client, address).fill(grade="8")
    headers = {"HX-Request": "true", "HX-Trigger": "vraag-grade"}
    saved = client.post(address + "/1/bewaar", data=sheet.fields, headers=headers)
    assert saved.status_code == 200 and "Bewaard" in saved.text and 'id="status-grade"' in saved.text
    assert kept(invitation) == {"grade": "8"} and saved.vary.to_header().find("HX-Request") >= 0


def test_htmx_gets_the_main_part_of_the_same_page(client: FlaskClient) -> None:
    _invitation, address = invited()
    fragment = client.get(address, headers={"HX-Request": "true"}).text
    assert fragment.lstrip().startswith("<title>") and "<header" not in fragment and "a-grade" in fragment


@pytest.mark.parametrize("typed", ["{code}", " {lower} ", "{spaced}", "{dashed}", "{lookalike}"])
def test_a_letter_code_forgives(client: FlaskClient, typed: str) -> None:
    while True:
        invitation, address = invited()
        code = keyring().code(invitation.public_id, invitation.link_key_id)
        if typed != "{lookalike}" or set(code) & set("01"):
            break
    given = typed.format(
        code=code,
        lower=code.lower(),
        spaced=" ".join(code),
        dashed=f"{code[:5]}-{code[5:]}",
        lookalike=code.replace("0", "o").replace("1", "l"),
    )
    sheet = Sheet(client, client.get("/v"))
    sheet.fields["code"] = [given]
    response = client.post("/v", data={**sheet.fields, "action": "open"})
    assert response.status_code == 303 and response.location == address


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("", "Typ de code uit uw brief"),
        ("kort", "niet compleet"),
        ("0000000000", "kennen we niet"),
        ("'\"<>&€%00", "niet compleet"),
    ],
)
def test_a_wrong_code_says_what_to_do_and_keeps_what_was_typed(
    client: FlaskClient, code: str, words: str
) -> None:
    sheet = Sheet(client, client.get("/v"))
    sheet.fields["code"] = [code]
    again = sheet.press("open")
    assert again.response.status_code == 422 and words in again.text
    assert again.fields["code"] == [code.replace("\0", "")]


def test_guessing_codes_is_slowed(client: FlaskClient) -> None:
    sheet = Sheet(client, client.get("/v"))
    sheet.fields["code"] = ["0000000000"]
    statuses = [sheet.press("open").response.status_code for _try in range(12)]
    assert statuses[:10] == [422] * 10 and statuses[-1] == 429


def test_a_code_form_from_another_site_or_another_year_is_refused(client: FlaskClient) -> None:
    assert (
        client.post("/v", data={"code": "x"}, headers={"Origin": "https://elders.example"}).status_code == 403
    )
    stale = client.post("/v", data={"code": "12345", "mark": "oud"})
    assert stale.status_code == 400 and "Druk nog een keer op de knop" in stale.text and "12345" in stale.text


def test_asking_to_be_called_makes_one_task_and_ends_reminders(client: FlaskClient) -> None:
    invitation, address = invited()
    sheet = opened(client, address).fill(grade="4").press("call")
    sheet.fields |= {"name": ["Proefpersoon"], "phone": ["06 1234 5678"], "when": ["morning"]}
    assert "we bellen u" in sheet.press("call").text
    assert "we bellen u" in sheet.press("call").text
    (task,) = db.session.scalars(select(Task)).all()
    assert json.loads(task.details)["phone"] == "06 1234 5678" and task.kind == "call_back"
    assert db.session.get_one(Invitation, invitation.id, populate_existing=True).call_requested
    assert kept(invitation) == {"grade": "4"}, "what was answered before is still there"


@pytest.mark.parametrize("phone", ["", "12", "geen telefoon", "0" * 300, "06-12345678-9999"])
def test_a_number_that_cannot_be_called_is_asked_again(client: FlaskClient, phone: str) -> None:
    _invitation, address = invited()
    sheet = opened(client, address + "/bellen")
    sheet.fields |= {"name": ["Proefpersoon"], "phone": [phone]}
    again = sheet.press("call")
    assert again.response.status_code == 422 and again.fields["name"] == ["Proefpersoon"]
    assert db.session.scalar(select(func.count(Task.id))) == 0


def test_switching_language_on_the_call_page_keeps_what_was_typed(client: FlaskClient) -> None:
    _invitation, address = invited()
    sheet = opened(client, address + "/bellen")
    sheet.fields |= {"name": ["Proefpersoon"], "phone": ["061"]}
    english = sheet.press("language:en")
    assert english.tree.get("lang") == "en"
    assert english.fields["name"] == ["Proefpersoon"] and english.fields["phone"] == ["061"]


def test_at_most_four_statements_a_page(app: Flask, client: FlaskClient, statements: list[str]) -> None:
    _invitation, address = invited()
    opened(client, address).fill(grade="8").press("next")
    for path in ("", "/1", "/4", "/bedankt", "/bellen"):
        statements.clear()
        client.get(address + path)
        assert 1 <= len(statements) <= 4, statements


def test_keys_can_change_while_posted_letters_keep_working(app: Flask, client: FlaskClient) -> None:
    invitation, address = invited()
    settings = app.extensions["settings"]
    before = app.extensions["keyring"]
    app.extensions["keyring"] = type(before)(
        data_keys=settings.data_keys,
        link_keys=("a" * 40, *settings.link_keys),
        index_key=settings.index_key,
    )
    try:
        assert opened(client, address).response.status_code == 200
        with transaction():
            newer = new_invitation(Moment.PLAN)
        assert newer.link_key_id != invitation.link_key_id
        assert opened(client, f"/v/{token_of(newer)}").response.status_code == 200
    finally:
        app.extensions["keyring"] = before
