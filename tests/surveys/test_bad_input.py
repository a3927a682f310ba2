"""Whatever is posted: a clear page, nothing typed lost, never a 500, never a second answer."""

from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from portal import web
from portal.db import db, transaction
from portal.surveys.models import Invitation, LetterboxEntry
from portal.surveys.rules import Moment
from tests.pages import check
from tests.surveys.sheets import invited, opened

EXAMPLES = 1100  # on each of the two databases: 2,200 generated posts


def sent() -> int:
    db.session.rollback()
    return int(db.session.scalar(select(func.count()).select_from(LetterboxEntry)) or 0)


def test_an_unknown_field_is_named_and_the_rest_is_kept(client: FlaskClient) -> None:
    _invitation, address = invited()
    sheet = opened(client, address).fill(grade="8", shoe_size="43")
    again = sheet.press("next")
    assert again.response.status_code == 422 and "konden we niet plaatsen" in again.text
    assert again.fields["a-grade"] == ["8"]


@pytest.mark.parametrize("value", ["11", "0", "-1", "8.5", "acht", "8; DROP TABLE invitation", "8" * 5000])
def test_a_value_off_the_scale(client: FlaskClient, value: str) -> None:
    _invitation, address = invited()
    again = opened(client, address).fill(grade=value).press("next")
    assert again.response.status_code == 422 and "Kies een van de antwoorden" in again.text
    assert opened(client, address).press("next").response.status_code == 200


def test_a_text_that_is_too_long_comes_back_whole(client: FlaskClient) -> None:
    _invitation, address = invited()
    words = "é" * 4001
    sheet = opened(client, address + "/4").fill(went_well=words, could_be_better="Dit past wel.")
    again = sheet.press("send")
    assert again.response.status_code == 422 and "Haal er 1 weg" in again.text
    assert again.fields["a-went_well"] == [words]
    assert again.fields["a-could_be_better"] == ["Dit past wel."]
    assert sent() == 0
    assert "Dank u wel" in again.fill(went_well=words[:4000]).press("send").text


def test_line_ends_of_a_browser_count_once(client: FlaskClient) -> None:
    _invitation, address = invited()
    sheet = opened(client, address + "/4").fill(went_well="a\r\n" * 2000)
    assert "Dank u wel" in sheet.press("send").text


@pytest.mark.parametrize("mark", [None, "", "oud", "é", "\0"])
def test_a_missing_or_stale_mark_loses_nothing(client: FlaskClient, mark: str | None) -> None:
    invitation, address = invited()
    sheet = opened(client, address + "/4").fill(went_well="Mijn hele verhaal")
    sheet.fields.pop("mark")
    if mark is not None:
        sheet.fields["mark"] = [mark]
    again = sheet.press("send")
    assert again.response.status_code == 400 and "Druk nog een keer op de knop" in again.text
    assert again.fields["a-went_well"] == ["Mijn hele verhaal"] and sent() == 0
    assert db.session.get_one(Invitation, invitation.id, populate_existing=True).draft is None
    assert "Dank u wel" in again.press("send").text


def test_the_mark_of_another_survey_does_not_fit(client: FlaskClient) -> None:
    _invitation, mine = invited()
    _invitation, theirs = invited(Moment.PLAN)
    sheet = opened(client, mine).fill(grade="1")
    sheet.action = theirs + "/1"
    again = sheet.press("next")
    assert again.response.status_code == 400
    assert "a-grade" not in opened(client, theirs).fields, "nothing was saved under the other link"


def test_a_body_over_the_limit_is_refused_in_words(client: FlaskClient) -> None:
    _invitation, address = invited()
    sheet = opened(client, address + "/4").fill(went_well="x" * (web.BODY_LIMIT + 1))
    refused = sheet.press("next")
    assert refused.response.status_code == 413 and "Ga terug" in refused.text


def test_a_post_from_another_website_is_refused(client: FlaskClient) -> None:
    _invitation, address = invited()
    sheet = opened(client, address).fill(grade="1")
    response = client.post(sheet.action, data=sheet.fields, headers={"Origin": "https://elders.example"})
    assert response.status_code == 403 and "a-grade" not in opened(client, address).fields


@pytest.mark.parametrize(
    "origin", ["http://[", "null", "https://localhost.elders.example", "", "ftp://localhost"]
)
def test_odd_origins_are_refused_in_words(client: FlaskClient, origin: str) -> None:
    _invitation, address = invited()
    sheet = opened(client, address).fill(grade="1")
    response = client.post(sheet.action, data=sheet.fields, headers={"Origin": origin})
    assert response.status_code == (303 if origin == "" else 403)


def test_our_own_origin_is_ours_however_it_is_spelled(client: FlaskClient) -> None:
    _invitation, address = invited()
    sheet = opened(client, address).fill(grade="1")
    for origin in ("http://localhost", "HTTP://LocalHost", "http://127.0.0.1:8000"):
        response = client.post(sheet.action, data=sheet.fields, headers={"Origin": origin})
        assert response.status_code == 303


@pytest.mark.parametrize("text", ["Wachttijden", "goed", "Twee woorden"])
def test_words_typed_on_a_link_that_closed_are_given_back(client: FlaskClient, text: str) -> None:
    invitation, address = invited()
    sheet = opened(client, address + "/4").fill(went_well=text)
    with transaction():
        db.session.get_one(Invitation, invitation.id).closes_on = date(2026, 1, 1)
    late = sheet.press("send")
    assert late.response.status_code == 410
    assert text in late.text


def test_a_name_of_blanks_is_no_name(client: FlaskClient) -> None:
    _invitation, address = invited()
    sheet = opened(client, address + "/bellen")
    sheet.fields |= {"name": ["   "], "phone": ["0612345678"]}
    assert sheet.press("call").response.status_code == 422


def test_saving_without_a_mark_says_so(client: FlaskClient) -> None:
    _invitation, address = invited()
    response = client.post(address + "/1/bewaar", data={"a-grade": "8"}, headers={"HX-Request": "true"})
    assert response.status_code == 400 and "Druk nog een keer" in response.text


FIELDS = st.sampled_from(
    [
        *("a-grade", "a-speed", "a-respect", "a-went_well", "a-could_be_better", "a-unknown", "q-went_well"),
        *(
            "was-grade",
            "was-speed",
            "was-went_well",
            "was-q-went_well",
            "tab",
            "mark",
            "action",
            "csrf_token",
            "",
        ),
    ]
)
VALUES = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            *(
                "8",
                "11",
                "agree",
                "strongly_agree",
                "next",
                "back",
                "send",
                "call",
                "language:en",
                "language:xx",
            ),
            *(
                "clear:grade",
                "show:went_well",
                "wipe:nothing",
                "<script>alert(1)</script>",
                "a" * 4001,
                "\0",
                "é€\u2028",
            ),
            *(
                "'\"><img src=x onerror=alert(1)>",
                "{{ 7*7 }}",
                "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
            ),
        ]
    ),
)
POSTS = st.lists(st.tuples(FIELDS, VALUES), max_size=10)
PATHS = st.sampled_from(["/1", "/2", "/4", "/99", "/0", "/1/bewaar", "/4/bewaar", "/bellen"])


def as_form(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    form: dict[str, list[str]] = {}
    for name, value in pairs:
        form.setdefault(name, []).append(value)
    return form


def test_thousands_of_generated_posts(app: Flask) -> None:
    _invitation, address = invited()
    client = app.test_client()
    opened_once = opened(client, address)
    mark, tab = opened_once.fields["mark"], opened_once.fields["tab"]
    posts = 0

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(path=PATHS, pairs=POSTS, own_mark=st.booleans(), by_htmx=st.booleans())
    def post(path: str, pairs: list[tuple[str, str]], own_mark: bool, by_htmx: bool) -> None:
        nonlocal posts
        posts += 1
        form: dict[str, Any] = as_form(pairs)
        if own_mark:
            form |= {"mark": mark, "tab": tab}
        headers = {"HX-Request": "true"} if by_htmx else {}
        response = client.post(address + path, data=form, headers=headers)
        assert response.status_code in {200, 303, 400, 409, 422}
        body = response.get_data(as_text=True)
        assert "<script>alert" not in body and "<img src=x" not in body
        if response.status_code != 303 and not by_htmx:
            check(body)
        assert sent() <= 1, "never a second answer"

    post()
    assert posts >= EXAMPLES
