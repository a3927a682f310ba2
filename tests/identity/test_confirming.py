"""The password once more, on the page that holds what was sent: one page, one press."""

import html
import re

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.db import db
from portal.identity.models import Attempt, User
from portal.identity.rules import FREE_IN_A_SESSION, Role
from portal.identity.words import ACTS, DOWNLOADS
from tests.identity.conftest import PASSWORD, TOKEN, Browser, Person, add

FIELD = "confirm-password"
ROLES = "/team/collegas/2/rollen"
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
OWN_SITE = {"Origin": "http://localhost"}


@pytest.fixture
def boss(app: Flask) -> Person:
    return add(app, Role.ADMIN, Role.QUALITY, Role.COMPLAINTS, Role.TALKS, email="boss@voorbeeld.example")


@pytest.fixture
def inside(app: Flask, browser: Browser, boss: Person) -> Browser:
    """An administrator who gave the password an hour ago, and a colleague."""
    browser.sign_in(boss, -1)
    browser.get("/team/account")
    add(app, Role.QUALITY, email="els@voorbeeld.example")
    forget_password(browser)
    return browser


def forget_password(browser: Browser) -> None:
    with browser.client.session_transaction() as cookie:
        cookie["fs_paa"] -= 3600


def press(inside: Browser, page: TestResponse, **values: str) -> TestResponse:
    """The button of the page, with all that is in its form."""
    form = page.text[page.text.index("<main") :]
    [address] = re.findall(r'<form method="post" action="([^"]+)">', form)
    kept = {html.unescape(name): html.unescape(value) for name, value in HIDDEN.findall(form)}
    return inside.client.post(address, data={**kept, **values}, headers=OWN_SITE)


def roles(app: Flask) -> frozenset[str]:
    with app.app_context():
        return db.session.get_one(User, 2).role_names


def tries(app: Flask) -> int:
    with app.app_context():
        return len(db.session.scalars(select(Attempt)).all())


def asked(inside: Browser) -> TestResponse:
    return inside.post(ROLES, roles="talks", seen="quality")


def test_one_page_and_one_press(app: Flask, inside: Browser) -> None:
    page = asked(inside)
    assert page.status_code == 409 and roles(app) == {"quality"}
    assert re.search(r"<h1>\s*Vul uw wachtwoord in\s*</h1>", page.text)
    assert "U wilt: rollen veranderen." in page.text and f'action="{ROLES}"' in page.text
    assert "target=" not in page.text[page.text.index("<main") :], "nothing in another tab"
    done = press(inside, page, **{FIELD: PASSWORD})
    assert done.headers["Location"] == "/team/collegas/2" and roles(app) == {"talks"}
    assert tries(app) == 0
    again = inside.post(ROLES, roles="quality", seen="talks", csrf_token=TOKEN.search(page.text).group(1))
    assert again.status_code == 303, "it counts as given"


def test_a_wrong_one_is_said_counted_and_loses_nothing(app: Flask, inside: Browser) -> None:
    for number in (1, 2):
        page = press(inside, asked(inside), **{FIELD: "dat is het niet"})
        assert page.status_code == 422 and roles(app) == {"quality"}
        assert page.text.count("Dit is niet uw wachtwoord") == 2, "in the summary and beside the field"
        assert f'<a href="#{FIELD}">' in page.text and f'id="{FIELD}-error"' in page.text
        assert 'name="roles" value="talks"' in page.text
        assert "dat is het niet" not in page.text, "but never a password"
        assert tries(app) == number
    assert press(inside, page, **{FIELD: PASSWORD}).status_code == 303 and roles(app) == {"talks"}


@pytest.mark.parametrize(
    ("typed", "words"), [("", "Vul uw wachtwoord in."), ("a" * 5000, "hooguit 128 tekens")]
)
def test_none_at_all_is_no_guess(app: Flask, inside: Browser, typed: str, words: str) -> None:
    page = press(inside, asked(inside), **{FIELD: typed})
    assert page.status_code == 422 and words in page.text
    assert tries(app) == 0 and roles(app) == {"quality"}


def test_guessing_ends_the_session_and_loses_nothing(app: Flask, inside: Browser, boss: Person) -> None:
    page = asked(inside)
    for _try in range(FREE_IN_A_SESSION - 1):
        assert press(inside, page, **{FIELD: "dat is het niet"}).status_code == 422
    over = press(inside, page, **{FIELD: "dat is het niet"})
    assert over.status_code == 409 and "U bent uitgelogd." in over.text and "Ingelogd als" not in over.text
    assert "Uw wachtwoord werd te vaak verkeerd getypt." in over.text
    assert 'name="roles" value="talks"' in over.text and FIELD not in over.text
    assert not inside.is_in and roles(app) == {"quality"}
    inside.sign_in(boss, 0)
    assert press(inside, over).headers["Location"] == "/team/collegas/2" and roles(app) == {"talks"}


def test_what_was_typed_stays(app: Flask, inside: Browser) -> None:
    words = "nieuw persoon@voorbeeld.example <b>"
    page = inside.post("/team/collegas/uitnodigen", email=words, roles="talks", password="x y")
    assert "Wat u typte, staat er nog." in page.text
    wrong = press(inside, page, **{FIELD: "dat is het niet"})
    assert wrong.text.count(html.escape(words)) == 2, "in the form, and to read"
    assert "x y" not in page.text + wrong.text
    assert html.escape(words) in press(inside, wrong, **{FIELD: PASSWORD}).text, (
        "its own page says what is wrong"
    )


@pytest.mark.parametrize("token", ["", "niet-van-ons"])
def test_a_password_without_our_token_does_nothing(app: Flask, inside: Browser, token: str) -> None:
    data = {"roles": "talks", "seen": "quality", FIELD: PASSWORD, "csrf_token": token}
    assert inside.client.post(ROLES, data=data).status_code == 400
    assert roles(app) == {"quality"}
    assert asked(inside).status_code == 409, "nor does it count as given"


def test_another_site_does_nothing_with_it(app: Flask, inside: Browser) -> None:
    data = {
        "roles": "talks",
        "seen": "quality",
        FIELD: PASSWORD,
        "csrf_token": TOKEN.search(inside.page.text)[1],
    }
    elsewhere = inside.client.post(ROLES, data=data, headers={"Origin": "https://elders.example"})
    assert elsewhere.status_code == 403 and roles(app) == {"quality"}


def test_a_right_password_gives_no_right(app: Flask, browser: Browser, inside: Browser) -> None:
    tom = Browser(app.test_client())
    tom.sign_in(add(app, Role.TALKS, email="tom@voorbeeld.example"))
    tom.get("/team/account")
    forget_password(tom)
    assert tom.post(ROLES, roles="talks", seen="quality", **{FIELD: PASSWORD}).status_code == 403
    assert roles(app) == {"quality"}


@pytest.mark.parametrize("address", ["/team/personen/kopie", "/team/personen/bestand"])
def test_what_is_said_of_a_download_is_true_when_the_file_is_there(inside: Browser, address: str) -> None:
    page = inside.post(address, ask="x", take="y")
    assert "U wilt: gegevens downloaden." in page.text
    assert "Het bestand komt bij uw downloads. Daarna kunt u deze pagina sluiten." in page.text
    assert "nog niets gedaan" not in page.text
    assert FIELD not in press(inside, page, **{FIELD: PASSWORD}).text, "the work itself answers"


def test_what_is_asked_for_is_said_on_the_page_that_only_asks_too(inside: Browser) -> None:
    figures = inside.get(inside.get("/team/klachten/jaar.csv?jaar=2026").headers["Location"]).text
    assert "U wilt: de cijfers van de klachten downloaden." in figures
    assert "Het bestand komt bij uw downloads." in figures
    colleague = inside.get(inside.get("/team/collegas/2").headers["Location"]).text
    assert "U gaat iets belangrijks doen." in colleague and "downloads" not in colleague
    nowhere = inside.get("/team/wachtwoord-bevestigen?next=/team/bestaat-niet").text
    assert "U gaat iets belangrijks doen." in nowhere


def test_what_has_a_name_is_an_act_that_asks_the_password(app: Flask) -> None:
    for endpoint in ACTS.keys() | DOWNLOADS:
        assert app.view_functions[endpoint].is_fresh, endpoint
    assert ACTS.keys() >= DOWNLOADS
