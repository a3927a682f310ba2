"""In which browsers somebody is signed in: from the second step to the end, and copies of a cookie."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, event, select
from werkzeug.test import TestResponse

from portal import clock
from portal.audit.models import AuditEvent
from portal.db import db
from portal.identity import sessions
from portal.identity.models import StaffSession, User
from portal.identity.rules import Role
from tests.identity.conftest import PASSWORD, TOKEN, Browser, Person, add

NEW_PASSWORD = "nog een paar woorden"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
OWN_SITE = {"Origin": "http://localhost"}
At = Callable[[float], None]


@pytest.fixture
def els(app: Flask) -> Person:
    return add(app, Role.QUALITY, Role.COMPLAINTS)


@pytest.fixture
def inside(browser: Browser, els: Person) -> Browser:
    browser.sign_in(els, -1)
    browser.get("/team/account")
    return browser


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> At:
    """Move the clock, in minutes from now."""
    real = clock.now

    def move(minutes: float) -> None:
        monkeypatch.setattr(clock, "now", lambda: real() + timedelta(minutes=minutes))

    return move


def rows(app: Flask) -> list[StaffSession]:
    with app.app_context():
        return list(db.session.scalars(select(StaffSession).order_by(StaffSession.id)))


def forget_all(app: Flask) -> None:
    """What the worker does with sessions that are over."""
    with app.app_context():
        db.session.execute(delete(StaffSession))
        db.session.commit()


def told(app: Flask, name: str) -> list[dict[str, str]]:
    with app.app_context():
        found = select(AuditEvent).where(AuditEvent.event == name).order_by(AuditEvent.id)
        return [one.details for one in db.session.scalars(found)]


def copy_of(app: Flask, browser: Browser) -> Browser:
    """A thief's browser, with the cookie as it is now."""
    thief = Browser(app.test_client())
    thief.client.set_cookie("portal", browser.client.get_cookie("portal").value)
    return thief


def post(browser: Browser, address: str, **values: str) -> TestResponse:
    """As a browser posts: it says from which site."""
    token = TOKEN.search(browser.page.text)
    data = {"csrf_token": token.group(1) if token else "", **values}
    return browser.client.post(address, data=data, headers=OWN_SITE)


class TestBeginning:
    def test_only_the_second_step_makes_one(self, app: Flask, browser: Browser, els: Person) -> None:
        browser.first_step(els.email)
        assert rows(app) == [] and told(app, "signin.done") == []
        assert not browser.is_in
        browser.second_step(els.code())
        assert len(rows(app)) == 1 and browser.is_in
        assert told(app, "signin.done") == [{"user": "1"}]

    def test_the_cookie_of_the_first_step_never_opens_the_door(
        self, app: Flask, browser: Browser, els: Person
    ) -> None:
        browser.first_step(els.email)
        thief = copy_of(app, browser)
        browser.second_step(els.code())
        assert browser.is_in and not thief.is_in, "its secret is made at the second step"

    def test_each_sign_in_has_a_secret_of_its_own(self, app: Flask, els: Person) -> None:
        secrets = set()
        for steps in (-1, 0, 1):
            browser = Browser(app.test_client())
            browser.sign_in(els, steps)
            with browser.client.session_transaction() as cookie:
                secrets.add(cookie[sessions.SECRET])
        assert len(secrets) == len(rows(app)) == 3

    def test_the_table_lets_nobody_in(self, app: Flask, inside: Browser) -> None:
        [kept] = rows(app)
        with inside.client.session_transaction() as cookie:
            assert cookie[sessions.SECRET] not in (kept.key_index, kept.device)
            cookie[sessions.SECRET] = kept.key_index
        assert not inside.is_in

    @pytest.mark.parametrize("secret", ["", "x" * 43, None])
    def test_a_name_without_its_secret_opens_nothing(self, inside: Browser, secret: str | None) -> None:
        with inside.client.session_transaction() as cookie:
            cookie[sessions.SECRET] = secret or ""
            if secret is None:
                del cookie[sessions.SECRET]
        assert not inside.is_in

    def test_a_changed_cookie_opens_nothing(self, app: Flask, inside: Browser) -> None:
        cookie = inside.client.get_cookie("portal").value
        for place in range(0, len(cookie), 7):
            thief = app.test_client()
            changed = "A" if cookie[place] != "A" else "B"
            thief.set_cookie("portal", cookie[:place] + changed + cookie[place + 1 :])
            if place < len(cookie) - 1:
                assert thief.get("/team/account").status_code == 302, place

    def test_the_secret_of_one_does_not_open_the_account_of_another(
        self, app: Flask, inside: Browser
    ) -> None:
        tom = Browser(app.test_client())
        tom.sign_in(add(app, Role.ADMIN, email="tom@voorbeeld.example"))
        with tom.client.session_transaction() as cookie:
            mark = cookie["_user_id"]
        with inside.client.session_transaction() as cookie:
            cookie["_user_id"] = mark
        assert not inside.is_in

    def test_it_is_called_as_its_owner_knows_it(self, app: Flask, browser: Browser, els: Person) -> None:
        browser.client.environ_base["HTTP_USER_AGENT"] = FIREFOX
        browser.sign_in(els)
        assert rows(app)[0].device == "Firefox, Windows"
        assert "Firefox, Windows" in browser.get("/team/account").text


class TestTime:
    @pytest.mark.parametrize(("minutes", "is_in"), [(29.9, True), (30.1, False)])
    def test_idle_for_half_an_hour(self, inside: Browser, at: At, minutes: float, is_in: bool) -> None:
        at(minutes)
        assert inside.is_in is is_in

    def test_ten_hours_in_all(self, inside: Browser, at: At) -> None:
        for quarter in range(1, 40):
            at(15 * quarter)
            assert inside.is_in, quarter
        at(600.1)
        assert not inside.is_in

    def test_it_is_written_down_once_a_minute_and_read_in_one_go(
        self, app: Flask, inside: Browser, at: At
    ) -> None:
        sent: list[str] = []
        with app.app_context():
            engine = db.engine

        def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
            sent.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        try:
            for minutes, written in ((0.5, 0), (1.2, 1), (1.3, 0), (2.3, 1)):
                at(minutes)
                sent.clear()
                assert inside.client.get("/team/wie-mag-wat").status_code == 200
                assert sum("UPDATE staff_session" in one for one in sent) == written, minutes
                assert sum("JOIN staff_session" in one for one in sent) == 1, minutes
                assert len(one_select(sent)) <= 2, "who it is, and the roles"
        finally:
            event.remove(engine, "before_cursor_execute", note)

    def test_one_is_told_why_and_goes_on_where_one_was(self, inside: Browser, at: At, els: Person) -> None:
        at(31)
        away = inside.client.get("/team/wie-mag-wat?a=1").headers["Location"]
        assert away == "/team/inloggen?next=/team/wie-mag-wat?a%3D1&melding=verlopen"
        assert "half uur niet bezig" in inside.get(away).text
        step = inside.post("/team/inloggen", email=els.email, password=PASSWORD, next="/team/wie-mag-wat?a=1")
        assert "next=/team/wie-mag-wat" in step.headers["Location"]

    def test_old_ones_are_forgotten(self, app: Flask, inside: Browser, at: At) -> None:
        with app.app_context():
            assert sessions.forget_old() == 0
            at(30.1)
            assert sessions.forget_old() == 1
        assert rows(app) == []


def one_select(sent: list[str]) -> list[str]:
    return [one for one in sent if one.startswith("SELECT")]


class TestNothingTypedIsLost:
    WORDS = "Mevrouw belde: zij wil haar dochter spreken.\nGraag <b>voor</b> vrijdag."

    @pytest.fixture
    def page(self, inside: Browser) -> Browser:
        """The page on which a complaint is written down for somebody, open."""
        inside.get("/team/klachten/nieuw")
        return inside

    def test_a_form_that_comes_too_late_comes_back_whole(self, page: Browser, at: At, els: Person) -> None:
        at(31)
        kept = post(page, "/team/klachten/nieuw", what=self.WORDS, wishes="talk")
        assert kept.status_code == 409
        assert "U bent uitgelogd. Wat u typte, staat er nog." in kept.text
        assert kept.headers["Cache-Control"] == "no-store"
        assert "Graag &lt;b&gt;voor&lt;/b&gt; vrijdag." in kept.text, "as it was typed, and no markup of ours"
        fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', kept.text))
        assert fields["what"].startswith("Mevrouw belde") and fields["wishes"] == "talk"
        assert re.search(r'<form method="post" action="/team/klachten/nieuw">', kept.text)

    def test_and_is_sent_with_one_button_after_signing_in_on_another_tab(
        self, app: Flask, page: Browser, els: Person
    ) -> None:
        forget_all(app)
        kept = post(page, "/team/account/overal-uitloggen", what=self.WORDS)
        assert kept.status_code == 409
        token = TOKEN.search(kept.text).group(1)
        page.sign_in(els, 1)
        again = page.client.post(
            "/team/account/overal-uitloggen", data={"csrf_token": token}, headers=OWN_SITE
        )
        assert again.headers["Location"] == "/team/inloggen?melding=overal"

    def test_a_password_is_not_shown_again(self, page: Browser, at: At) -> None:
        at(31)
        kept = post(page, "/team/klachten/nieuw", what=self.WORDS, password=PASSWORD)
        assert PASSWORD not in kept.text and 'name="password"' not in kept.text

    def test_what_another_site_sends_is_not_kept(self, page: Browser, at: At) -> None:
        at(31)
        elsewhere = page.client.post(
            "/team/klachten/nieuw", data={"what": self.WORDS}, headers={"Origin": "https://elders.example"}
        )
        assert elsewhere.status_code == 403 and "Mevrouw" not in elsewhere.text
        nowhere = page.client.post("/team/klachten/nieuw", data={"what": self.WORDS})
        assert nowhere.headers["Location"].startswith("/team/inloggen")

    def test_a_page_of_an_earlier_session_gives_it_back_too(
        self, app: Flask, page: Browser, els: Person
    ) -> None:
        old = TOKEN.search(page.page.text).group(1)
        page.get("/team/account")
        page.post("/team/uitloggen")
        page.sign_in(els, 0)
        kept = page.client.post(
            "/team/klachten/nieuw", data={"csrf_token": old, "what": self.WORDS}, headers=OWN_SITE
        )
        assert kept.status_code == 409 and "Mevrouw belde" in kept.text
        assert TOKEN.search(kept.text).group(1) != old


class TestEnding:
    def test_signing_out_ends_this_one_and_every_copy_of_it(
        self, app: Flask, inside: Browser, els: Person
    ) -> None:
        other = Browser(app.test_client())
        other.sign_in(els, 1)
        thief = copy_of(app, inside)
        thief.get("/team/account")
        assert thief.is_in, "a copy is as good as the original, until"
        inside.post("/team/uitloggen")
        assert not thief.is_in and not inside.is_in
        assert other.is_in, "the other computer is not touched"
        assert told(app, "session.ended") == [{"user": "1", "how": "signed out"}]
        assert post(thief, "/team/uitloggen").status_code in {302, 400}

    def test_a_cookie_from_before_a_new_password_opens_nothing(
        self, app: Flask, inside: Browser, els: Person
    ) -> None:
        other = Browser(app.test_client())
        other.sign_in(els, 1)
        thief = copy_of(app, inside)
        inside.get("/team/wachtwoord")
        inside.post(
            "/team/wachtwoord",
            password=PASSWORD,
            new_password=NEW_PASSWORD,
            new_password_confirm=NEW_PASSWORD,
        )
        assert inside.is_in and not thief.is_in and not other.is_in
        assert len(rows(app)) == 1
        assert told(app, "staff.password") == [{"user": "1"}]
        assert len(told(app, "signin.done")) == 2, "a new password is no new sign-in"

    def test_another_app_ends_the_other_sessions(self, app: Flask, inside: Browser, els: Person) -> None:
        other = Browser(app.test_client())
        other.sign_in(els, 0)
        inside.get("/team/tweede-stap-instellen")
        shown = inside.post("/team/tweede-stap-instellen", setup="authenticator")
        secret = re.search(r"<code>([A-Z2-7-]+)</code>", shown.text).group(1).replace("-", "")
        inside.post("/team/tweede-stap", code=Person(els.email, secret).code(1))
        assert inside.is_in and not other.is_in
        assert {"user": "1", "how": "changed"} in told(app, "staff.second_step")

    def test_the_first_app_is_noted(self, app: Flask, browser: Browser) -> None:
        tom = add(app, Role.TALKS, email="tom@voorbeeld.example", with_app=False)
        browser.first_step(tom.email)
        browser.get("/team/tweede-stap-instellen")
        shown = browser.post("/team/tweede-stap-instellen", setup="authenticator")
        secret = re.search(r"<code>([A-Z2-7-]+)</code>", shown.text).group(1).replace("-", "")
        browser.post("/team/tweede-stap", code=Person(tom.email, secret).code())
        assert browser.is_in
        assert told(app, "staff.second_step") == [{"user": "1", "how": "set up"}]

    def test_new_recovery_codes_are_noted(self, app: Flask, inside: Browser) -> None:
        inside.get("/team/herstelcodes")
        inside.post("/team/herstelcodes")
        assert told(app, "staff.second_step") == [{"user": "1", "how": "codes"}]

    def test_a_closed_account_is_out_at_once(self, app: Flask, inside: Browser) -> None:
        with app.app_context():
            db.session.scalars(select(User)).one().active = False
            db.session.commit()
        assert not inside.is_in


class TestTheList:
    @pytest.fixture
    def other(self, app: Flask, inside: Browser, els: Person) -> Browser:
        browser = Browser(app.test_client())
        browser.client.environ_base["HTTP_USER_AGENT"] = FIREFOX
        browser.sign_in(els, 1)
        return browser

    def test_one_sees_where_one_is_signed_in(self, inside: Browser, other: Browser) -> None:
        page = inside.get("/team/account").text
        assert page.count('class="alone__one"') == 2 and page.count("dit apparaat</span>") == 1
        assert "Firefox, Windows" in page and "Onbekend apparaat" in page

    def test_one_ends_another(self, app: Flask, inside: Browser, other: Browser) -> None:
        page = inside.get("/team/account").text
        [address] = re.findall(r'action="(/team/account/sessie/\d+)"', page)
        done = inside.post(address)
        assert "bent u nu uitgelogd" in inside.get(done.headers["Location"]).text
        assert inside.is_in and not other.is_in
        assert told(app, "session.ended") == [{"user": "1", "how": "ended"}]
        assert inside.post(address).status_code == 404

    def test_one_ends_all(self, app: Flask, inside: Browser, other: Browser) -> None:
        inside.get("/team/account")
        done = inside.post("/team/account/overal-uitloggen")
        assert "overal uitgelogd" in inside.get(done.headers["Location"]).text
        assert not inside.is_in and not other.is_in and rows(app) == []

    def test_nobody_ends_anothers(self, app: Flask, inside: Browser) -> None:
        tom = Browser(app.test_client())
        tom.sign_in(add(app, Role.ADMIN, email="tom@voorbeeld.example"))
        theirs = rows(app)[1].id
        assert inside.post(f"/team/account/sessie/{theirs}").status_code == 404
        assert tom.is_in
        assert inside.post("/team/account/sessie/2147483647").status_code == 404
        assert inside.post("/team/account/sessie/99999999999").status_code == 404

    def test_it_wants_the_password_when_that_is_long_ago(
        self, app: Flask, inside: Browser, other: Browser, at: At
    ) -> None:
        address = f"/team/account/sessie/{rows(app)[1].id}"
        for minutes in (20, 40):
            at(minutes)
            assert other.is_in
            inside.get("/team/account")
        asked = post(inside, address)
        assert asked.status_code == 409 and "Vul uw wachtwoord in" in asked.text
        assert "U wilt: op een ander apparaat uitloggen." in asked.text
        assert other.is_in, "nothing was done yet"
        inside.get("/team/wachtwoord-bevestigen?next=/team/account")
        confirmed = inside.post("/team/wachtwoord-bevestigen", password=PASSWORD, next="/team/account")
        assert confirmed.headers["Location"] == "/team/account"


def test_an_export_wants_the_password(app: Flask, inside: Browser, at: At) -> None:
    export = "/team/klachten/jaar.csv"
    assert inside.client.get(export).mimetype == "text/csv"
    assert told(app, "export.made") == [{"what": "complaint figures"}]
    at(16)
    asked = inside.client.get(f"{export}?jaar=2026")
    assert asked.headers["Location"] == f"/team/wachtwoord-bevestigen?next={export}?jaar%3D2026"
    assert len(told(app, "export.made")) == 1
