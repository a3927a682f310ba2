"""What was typed in a session of one colleague is never sent as another, and is not lost."""

import html
import re
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from portal.db import db, transaction
from portal.identity import sessions
from portal.identity.rules import Role
from portal.talks.models import Advice
from tests.identity.conftest import TOKEN, Browser, Person, add

ADDRESS = "/team/talks/adviezen"
WORDS = "Els schreef dit woord voor woord."
OTHERS = "Een collega typte dit. Het is niet verstuurd."


@pytest.fixture
def els(app: Flask) -> Person:
    return add(app, Role.TALKS)


@pytest.fixture
def tom(app: Flask) -> Person:
    return add(app, Role.TALKS, email="tom@voorbeeld.example")


@pytest.fixture
def typing(browser: Browser, els: Person) -> dict[str, str]:
    """The form that Els has open, filled in."""
    browser.sign_in(els, -1)
    page = browser.get(ADDRESS).text
    found = re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page)
    fields = {name: html.unescape(value) for name, value in found}
    return fields | {"words": WORDS, "evening": ""}


def send(browser: Browser, values: dict[str, str]) -> TestResponse:
    return browser.client.post(ADDRESS, data=values, headers={"Origin": "http://localhost"})


def hidden(page: TestResponse) -> dict[str, str]:
    found: list[Any] = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text)
    return {name: html.unescape(value) for name, value in found}


def end_sessions(app: Flask) -> None:
    with app.app_context(), transaction():
        sessions.end(1)


def advices(app: Flask) -> int:
    with app.app_context():
        return db.session.query(Advice).count()


def is_refused(app: Flask, page: TestResponse) -> None:
    assert page.status_code == 409 and OTHERS in page.text
    assert WORDS in page.text, "to copy"
    assert "Stuur nu" not in page.text and 'name="kept_of"' not in page.text
    assert "els@" not in page.text.lower(), "whose it was is not told by name"
    assert advices(app) == 0


def test_what_was_kept_is_not_sent_as_another(
    app: Flask, browser: Browser, typing: dict[str, str], tom: Person
) -> None:
    end_sessions(app)
    kept = send(browser, typing)
    assert "U bent uitgelogd. Wat u typte, staat er nog." in kept.text
    browser.sign_in(tom)
    is_refused(app, send(browser, hidden(kept)))


def test_nor_is_a_page_that_another_left_open(
    app: Flask, browser: Browser, typing: dict[str, str], tom: Person
) -> None:
    end_sessions(app)
    browser.sign_in(tom)
    is_refused(app, send(browser, typing))


def test_nor_after_signing_out(app: Flask, browser: Browser, typing: dict[str, str], tom: Person) -> None:
    browser.get("/team/account")
    browser.post("/team/uitloggen")
    kept = send(browser, typing)
    browser.sign_in(tom)
    is_refused(app, send(browser, hidden(kept)))


def test_taking_the_mark_off_does_not_help(
    app: Flask, browser: Browser, typing: dict[str, str], tom: Person
) -> None:
    end_sessions(app)
    fields = hidden(send(browser, typing))
    del fields["kept_of"]
    browser.sign_in(tom)
    is_refused(app, send(browser, fields))


@pytest.mark.parametrize("by", ["time", "signing out"])
def test_the_same_colleague_sends_it_with_one_button(
    app: Flask, browser: Browser, typing: dict[str, str], els: Person, by: str
) -> None:
    if by == "time":
        end_sessions(app)
    else:
        browser.get("/team/account")
        browser.post("/team/uitloggen")
    kept = send(browser, typing)
    browser.sign_in(els, 0)
    done = send(browser, hidden(kept))
    assert (done.status_code, advices(app)) == (303, 1), done.text


def test_a_made_up_mark_sends_nothing(app: Flask, browser: Browser, typing: dict[str, str]) -> None:
    refused = send(browser, typing | {"kept_of": "f" * 16})
    assert refused.status_code == 409 and advices(app) == 0


def test_the_token_of_a_page_changes_with_who_signs_in(
    app: Flask, browser: Browser, els: Person, tom: Person
) -> None:
    browser.get("/team/inloggen")
    before = TOKEN.search(browser.page.text).group(1)
    browser.sign_in(els, -1)
    refused = browser.client.post("/team/uitloggen", data={"csrf_token": before})
    assert refused.status_code == 400 and browser.is_in
