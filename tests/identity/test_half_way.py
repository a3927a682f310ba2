"""Between the password and the second step: not for long, and not past somebody who was first."""

import re
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask_security import utils
from sqlalchemy import select

from portal import clock
from portal.crypto import keyring
from portal.db import db, transaction
from portal.identity import links, people_operations
from portal.identity.models import StaffLink, User
from portal.identity.rules import HALF_WAY_FOR, Role
from tests.identity.conftest import PASSWORD, Browser, Person, add

AGAIN = "/team/inloggen?melding=opnieuw"
SETTING_UP = "/team/tweede-stap-instellen"
CODE = "/team/tweede-stap"
NEW_PASSWORD = "nog een paar woorden"
At = Callable[[timedelta], None]


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> At:
    """Move the clocks, ours and the library's."""
    ours, theirs, naive = clock.now, time.time, utils.naive_utcnow

    def move(by: timedelta) -> None:
        monkeypatch.setattr(clock, "now", lambda: ours() + by)
        monkeypatch.setattr(time, "time", lambda: theirs() + by.total_seconds())
        monkeypatch.setattr(utils, "naive_utcnow", lambda: naive() + by)

    return move


def set_up(browser: Browser) -> str:
    """The secret of a new app, which no code was given of yet."""
    browser.get(SETTING_UP)
    page = browser.post(SETTING_UP, setup="authenticator")
    return re.search(r"<code>([A-Z2-7-]+)</code>", page.text).group(1).replace("-", "")


def secret_of(app: Flask) -> str | None:
    with app.app_context():
        return db.session.scalars(select(User.tf_totp_secret)).one()


def mark_of(app: Flask) -> str:
    with app.app_context():
        return db.session.scalars(select(User.fs_uniquifier)).one()


class TestTheFirstApp:
    @pytest.fixture
    def tom(self, app: Flask) -> Person:
        return add(app, Role.ADMIN, email="tom@voorbeeld.example", with_app=False)

    def test_who_had_the_password_before_sets_up_none_after_it(
        self, app: Flask, browser: Browser, tom: Person
    ) -> None:
        thief = Browser(app.test_client())
        thief.first_step(tom.email)
        browser.first_step(tom.email)
        mine, old = Person(tom.email, set_up(browser)), mark_of(app)
        assert browser.post(CODE, code=mine.code(-1)).status_code == 302
        assert browser.is_in, "with the new mark"
        assert mark_of(app) != old
        before = secret_of(app)
        assert thief.get(SETTING_UP).headers["Location"] == AGAIN
        assert secret_of(app) == before and browser.is_in

    def test_nor_who_had_begun_to(self, app: Flask, browser: Browser, tom: Person) -> None:
        thief = Browser(app.test_client())
        thief.first_step(tom.email)
        theirs = Person(tom.email, set_up(thief))
        browser.first_step(tom.email)
        mine = Person(tom.email, set_up(browser))
        assert browser.post(CODE, code=mine.code(-1)).status_code == 302
        before = secret_of(app)
        assert thief.post(CODE, code=theirs.code(1)).headers["Location"] == AGAIN
        assert not thief.is_in and browser.is_in and secret_of(app) == before

    def test_not_even_when_the_mark_stayed(self, app: Flask, browser: Browser, tom: Person) -> None:
        """An operator or an administrator may have given the account an app otherwise."""
        begun = Browser(app.test_client())
        for one in (browser, begun):
            one.first_step(tom.email)
        theirs = Person(tom.email, set_up(browser))
        with app.app_context(), transaction() as session:
            session.scalars(select(User)).one().tf_totp_secret = "sealed elsewhere"
        assert browser.post(CODE, code=theirs.code(1)).headers["Location"] == AGAIN
        assert begun.get(SETTING_UP).headers["Location"] == AGAIN
        assert secret_of(app) == "sealed elsewhere"

    def test_of_two_at_the_same_moment_one_is_first(
        self, app: Flask, browser: Browser, tom: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        thief = Browser(app.test_client())
        for one in (thief, browser):
            one.first_step(tom.email)
        theirs, mine = Person(tom.email, set_up(thief)), Person(tom.email, set_up(browser))
        factory = app.extensions["security"].totp_factory
        real = factory.verify_totp

        def meanwhile(**given: object) -> bool:
            monkeypatch.setattr(factory, "verify_totp", real)
            assert browser.post(CODE, code=mine.code(-1)).status_code == 302
            db.session.rollback()
            return bool(real(**given))

        monkeypatch.setattr(factory, "verify_totp", meanwhile)
        assert thief.post(CODE, code=theirs.code(1)).headers["Location"] == AGAIN
        assert browser.is_in and not thief.is_in

    def test_what_was_set_up_works_the_next_time(self, app: Flask, browser: Browser, tom: Person) -> None:
        browser.first_step(tom.email)
        mine = Person(tom.email, set_up(browser))
        browser.post(CODE, code=mine.code(-1))
        assert Browser(app.test_client()).sign_in(mine).headers["Location"] == "/team"


class TestItGetsOld:
    @pytest.mark.parametrize("address", [CODE, "/team/herstelcode"])
    def test_after_ten_minutes_one_begins_again(
        self, app: Flask, browser: Browser, at: At, address: str
    ) -> None:
        els = add(app, Role.QUALITY)
        browser.first_step(els.email)
        at(HALF_WAY_FOR - timedelta(seconds=5))
        assert browser.get(address).status_code == 200
        at(HALF_WAY_FOR)
        assert browser.post(address, code=els.code()).headers["Location"] == AGAIN
        with browser.client.session_transaction() as cookie:
            assert not [name for name in cookie if name.startswith("tf_") or name == "password_at"]
        assert "duurde te lang" in browser.get(AGAIN).text
        assert not browser.is_in

    def test_also_while_an_app_is_set_up(self, app: Flask, browser: Browser, at: At) -> None:
        tom = add(app, Role.ADMIN, with_app=False)
        browser.first_step(tom.email)
        mine = Person(tom.email, set_up(browser))
        at(HALF_WAY_FOR)
        assert browser.post(CODE, code=mine.code()).headers["Location"] == AGAIN
        assert browser.get(SETTING_UP).headers["Location"] == AGAIN
        assert secret_of(app) is None

    def test_the_page_with_help_stays_and_cleans_the_cookie(
        self, app: Flask, browser: Browser, at: At
    ) -> None:
        browser.first_step(add(app, Role.QUALITY).email)
        at(HALF_WAY_FOR)
        assert browser.get("/team/hulp-bij-inloggen").status_code == 200
        with browser.client.session_transaction() as cookie:
            assert "tf_user_id" not in cookie

    @pytest.mark.parametrize("given_at", [None, 0, "ahead"])
    def test_a_moment_that_is_missing_or_made_up_does_not_count(
        self, app: Flask, browser: Browser, given_at: object
    ) -> None:
        browser.first_step(add(app, Role.QUALITY).email)
        with browser.client.session_transaction() as cookie:
            del cookie["password_at"]
            if given_at is not None:
                cookie["password_at"] = clock.now().timestamp() + 60 if given_at == "ahead" else 0
        assert browser.get(CODE).headers["Location"] == AGAIN

    def test_the_second_step_alone_is_no_fresh_password(self, app: Flask, browser: Browser, at: At) -> None:
        els = add(app, Role.QUALITY)
        browser.first_step(els.email)
        code = els.code()
        at(timedelta(minutes=9))
        assert browser.second_step(code).status_code == 302
        assert browser.get("/team/herstelcodes").status_code == 200
        at(timedelta(minutes=16))
        assert browser.get("/team/herstelcodes").headers["Location"].startswith("/team/wachtwoord-bevestigen")


class TestSignedIn:
    @pytest.fixture
    def inside(self, app: Flask, browser: Browser) -> Browser:
        browser.sign_in(add(app, Role.QUALITY), -1)
        assert browser.is_in
        return browser

    def test_asking_for_the_second_step_leads_to_ones_account(self, inside: Browser) -> None:
        for method in ("GET", "HEAD"):
            asked = inside.client.open(CODE, method=method)
            assert asked.headers["Location"] == "/team/account", method
            assert inside.is_in
        inside.get("/team/account")
        assert inside.post(CODE, code="000000").headers["Location"] == "/team/account"
        assert inside.is_in

    def test_a_fresh_password_does_not_stay_fresh_by_using_it(self, inside: Browser, at: At) -> None:
        for minutes in (5, 10, 14):
            at(timedelta(minutes=minutes))
            assert inside.get("/team/herstelcodes").status_code == 200
        at(timedelta(minutes=16))
        made = inside.post("/team/herstelcodes")
        assert made.headers["Location"] == "/team/wachtwoord-bevestigen?next=/team/herstelcodes"
        inside.get("/team/wachtwoord-bevestigen?next=/team/herstelcodes")
        back = inside.post("/team/wachtwoord-bevestigen", password=PASSWORD, next="/team/herstelcodes")
        inside.get(back.headers["Location"])
        assert "Bewaar" in inside.post("/team/herstelcodes").text

    def test_a_new_password_ends_the_link_that_was_sent_for_one(self, app: Flask, inside: Browser) -> None:
        with app.app_context():
            with transaction():
                people_operations.send_link(1, actor="9")
            sent = db.session.scalars(select(StaffLink)).one()
            token = keyring().token(sent.public_id, sent.link_key_id)
            assert links.of_token(token)
        welcome = f"/team/welkom/{token}"
        assert app.test_client().get(welcome).status_code == 200
        inside.get("/team/wachtwoord")
        inside.post(
            "/team/wachtwoord",
            password=PASSWORD,
            new_password=NEW_PASSWORD,
            new_password_confirm=NEW_PASSWORD,
        )
        assert inside.is_in
        assert app.test_client().get(welcome).status_code == 410
