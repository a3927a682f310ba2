"""Signing in and out, as somebody with a browser and a phone does it."""

import html
import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from argon2 import low_level
from flask import Flask
from sqlalchemy import select

from portal import clock
from portal.audit.models import AuditEvent
from portal.db import db
from portal.identity import attempts
from portal.identity.models import Attempt, User
from portal.identity.rules import FREE_TRIES, Role
from portal.privacy.retention import operations as retention
from tests import guesses
from tests.identity.conftest import PASSWORD, TOKEN, Browser, Person, add

NEW_PASSWORD = "nog een paar woorden"
ELSEWHERE = [
    "https://elders.example/team",
    "//elders.example/team",
    "/\\elders.example",
    "///elders.example",
    "/team\\..\\elders.example",
    "/%09/elders.example",
    "\t//elders.example",
    "http:///elders.example",
    "https:elders.example",
    "/team@elders.example",
    "javascript:alert(1)",
    "/teamelders.example",
    "pages.home",
]


@pytest.fixture
def els(app: Flask) -> Person:
    return add(app, Role.QUALITY)


def user(app: Flask) -> User:
    with app.app_context():
        return db.session.scalars(select(User)).one()


def heading(text: str) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", text, re.DOTALL)
    return found.group(1).strip() if found else ""


def test_a_password_and_a_code_open_the_door(browser: Browser, els: Person) -> None:
    assert browser.get("/team").headers["Location"] == "/team/inloggen?next=/team"
    first = browser.first_step(els.email.upper())
    assert first.headers["Location"].startswith("/team/tweede-stap")
    assert not browser.is_in, "half-way is not in"
    assert browser.second_step(els.code()).headers["Location"] == "/team"
    assert browser.is_in


def test_the_cookie_goes_with_the_browser_window(browser: Browser, els: Person) -> None:
    browser.first_step(els.email, remember="y")
    response = browser.second_step(els.code())
    cookies = response.headers.getlist("Set-Cookie")
    assert cookies and all("Expires" not in cookie and "Max-Age" not in cookie for cookie in cookies)
    assert all("HttpOnly" in cookie and "SameSite=Lax" in cookie for cookie in cookies)
    assert not any("remember" in cookie for cookie in cookies)


def test_one_goes_on_to_where_one_was_going(browser: Browser, els: Person) -> None:
    wanted = "/team/papier/invoeren?moment=intake"
    login = browser.get(wanted).headers["Location"]
    browser.get(login)
    assert f'name="next" value="{wanted}"' in browser.page.text
    step = browser.post("/team/inloggen", email=els.email, password=PASSWORD, next=wanted)
    browser.get(step.headers["Location"])
    field = re.search(r'name="next" value="([^"]+)"', browser.page.text)
    done = browser.post("/team/tweede-stap", code=els.code(), next=field.group(1))
    assert done.headers["Location"] == wanted


@pytest.mark.parametrize("target", ELSEWHERE)
def test_signing_in_never_leads_to_another_site(browser: Browser, els: Person, target: str) -> None:
    browser.get(f"/team/inloggen?next={quote(target, safe='')}")
    assert 'name="next" value="/team"' in browser.page.text
    step = browser.post("/team/inloggen", email=els.email, password=PASSWORD, next=target)
    assert step.headers["Location"] == "/team/tweede-stap?next=/team"
    browser.get(f"/team/tweede-stap?next={quote(target, safe='')}")
    done = browser.post(f"/team/tweede-stap?next={quote(target, safe='')}", code=els.code(), next=target)
    assert done.status_code == 302
    assert re.match(r"/(?![/\\])", done.headers["Location"]), done.headers["Location"]


def test_a_wrong_password_and_a_stranger_get_the_same_page(browser: Browser, els: Person) -> None:
    pages = set()
    for email in ("els@voorbeeld.example", "tom@voorbeeld.example"):
        page = browser.first_step(email, "niet mijn wachtwoord").text.replace(email, "")
        pages.add(TOKEN.sub("", page))
    assert len(pages) == 1


@pytest.mark.parametrize(
    ("email", "password"),
    [("els@voorbeeld.example", "niet mijn wachtwoord"), ("niemand@voorbeeld.example", PASSWORD)],
)
def test_what_does_not_fit_is_said_without_telling_which(
    browser: Browser, els: Person, email: str, password: str
) -> None:
    response = browser.first_step(email, password)
    assert response.status_code == 422
    assert "horen niet bij elkaar" in response.text
    assert '<a href="#email">' in response.text
    assert f'value="{email}"' in response.text, "what was typed stays"
    assert password not in response.text, "but never a password"
    assert browser.get("/team/tweede-stap").status_code == 302, "there is no second step"


def test_a_stranger_costs_as_much_work_as_a_wrong_password(
    browser: Browser, els: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    work: list[str] = []

    def counting(name: str) -> Callable[..., object]:
        real = getattr(low_level, name)

        def counted(*args: object, **kwargs: object) -> object:
            work.append(name)
            return real(*args, **kwargs)

        return counted

    for name in ("hash_secret", "verify_secret"):
        monkeypatch.setattr(low_level, name, counting(name))
    browser.first_step(els.email, "niet mijn wachtwoord")
    assert len(work) == 1
    browser.first_step("niemand@voorbeeld.example", "niet mijn wachtwoord")
    assert len(work) == 2


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "Vul uw e-mailadres in."),
        ({"email": "els"}, "Dit is geen e-mailadres."),
        ({"email": "\0\x1b"}, "Dit is geen e-mailadres."),
        ({"email": "els@voorbeeld.example"}, "Vul uw wachtwoord in."),
    ],
)
def test_what_is_missing_is_said_and_is_no_guess(
    app: Flask, browser: Browser, els: Person, values: dict[str, str], message: str
) -> None:
    browser.get("/team/inloggen")
    response = browser.post("/team/inloggen", **values)
    assert response.status_code == 422
    assert message in response.text
    with app.app_context():
        assert db.session.scalars(select(Attempt)).all() == []


def failures(app: Flask) -> list[dict[str, str]]:
    """What the audit says of signing in that did not work."""
    with app.app_context():
        found = select(AuditEvent.details).where(AuditEvent.event == "signin.failed").order_by(AuditEvent.id)
        return list(db.session.scalars(found))


def test_a_closed_account_stays_out_and_the_try_is_recorded(
    app: Flask, browser: Browser, els: Person
) -> None:
    """With the right password too: somebody has it who should not, or was not told."""
    with app.app_context():
        db.session.scalars(select(User)).one().active = False
        db.session.commit()
    assert "Vraag de beheerder" in browser.first_step(els.email).text
    assert not browser.is_in
    assert failures(app) == [{"user": str(user(app).id), "what": "closed"}]
    browser.first_step(els.email, "niet mijn wachtwoord")
    assert failures(app)[1:] == [{"user": str(user(app).id), "what": "password"}]


@pytest.mark.parametrize("length", [129, 200, 5000])
def test_a_password_that_is_too_long_is_a_try_like_any_other(
    app: Flask, browser: Browser, els: Person, length: int
) -> None:
    response = browser.first_step(els.email, "a" * length)
    assert response.status_code == 422 and "hooguit 128 tekens" in response.text
    assert failures(app) == [{"user": "unknown", "what": "password"}]
    for _ in range(FREE_TRIES - 1):
        browser.first_step(els.email, "a" * length)
    assert browser.first_step(els.email).status_code == 429


def test_a_long_password_within_is_recorded(app: Flask, browser: Browser, els: Person) -> None:
    browser.sign_in(els)
    before = failures(app)
    for address in ("/team/wachtwoord-bevestigen", "/team/wachtwoord"):
        browser.get(address)
        more = (
            {}
            if "bevestigen" in address
            else {"new_password": NEW_PASSWORD, "new_password_confirm": NEW_PASSWORD}
        )
        assert browser.post(address, password="a" * 200, **more).status_code == 422
    assert failures(app)[len(before) :] == [{"user": str(user(app).id), "what": "password"}] * 2


@pytest.mark.parametrize("code", ["000000", "12345", "abcdef", "١٢٣٤٥٦", "1234567", "²²²²²²", "0" * 5000])
def test_a_wrong_code_opens_nothing(browser: Browser, els: Person, code: str) -> None:
    browser.first_step(els.email)
    response = browser.second_step(code)
    assert response.status_code == 422
    assert "code" in response.text and '<a href="#code">' in response.text
    assert not browser.is_in


def test_a_code_may_be_pasted_with_a_space(browser: Browser, els: Person) -> None:
    browser.first_step(els.email)
    code = els.code()
    assert browser.second_step(f" {code[:3]} {code[3:]} ").status_code == 302


def test_a_code_works_once(app: Flask, browser: Browser, els: Person) -> None:
    code = els.code()
    browser.first_step(els.email)
    browser.second_step(code)
    thief = Browser(app.test_client())
    thief.first_step(els.email)
    response = thief.second_step(code)
    assert response.status_code == 422
    assert "al gebruikt" in response.text
    assert thief.second_step(els.code(-1)).status_code == 422, "nor does an older one"
    assert thief.second_step(els.code(1)).status_code == 302


@pytest.mark.parametrize(("steps", "fits"), [(-3, False), (-1, True), (0, True), (1, True), (3, False)])
def test_a_clock_may_be_half_a_minute_off(browser: Browser, els: Person, steps: int, fits: bool) -> None:
    browser.first_step(els.email)
    assert (browser.second_step(els.code(steps)).status_code == 302) == fits


def test_the_second_step_needs_the_first(browser: Browser, els: Person) -> None:
    for address in ("/team/tweede-stap", "/team/herstelcode", "/team/tweede-stap-instellen"):
        away = browser.get(address).headers["Location"]
        assert away == "/team/inloggen?melding=opnieuw"
    assert "Begin opnieuw" in browser.get(away).text


def test_signing_out_ends_the_session_and_every_copy_of_its_cookie(
    app: Flask, browser: Browser, els: Person
) -> None:
    browser.sign_in(els)
    browser.get("/team/account")
    copy = browser.client.get_cookie("portal").value
    response = browser.post("/team/uitloggen")
    assert response.headers["Location"] == "/team/inloggen?melding=uitgelogd"
    assert "U bent uitgelogd." in browser.get(response.headers["Location"]).text
    assert not browser.is_in
    other = app.test_client()
    other.set_cookie("portal", copy)
    assert other.get("/team").status_code == 302


def test_signing_out_is_a_post(browser: Browser, els: Person) -> None:
    browser.sign_in(els)
    assert browser.get("/team/uitloggen").status_code == 405
    assert browser.is_in


@pytest.mark.parametrize(
    "address", ["/team/uitloggen", "/team/wachtwoord", "/team/herstelcodes", "/team/tweede-stap-instellen"]
)
@pytest.mark.parametrize("token", ["", "niet-van-ons"])
def test_a_staff_post_without_our_token_changes_nothing(
    app: Flask, browser: Browser, els: Person, address: str, token: str
) -> None:
    browser.sign_in(els)
    before = user(app)
    response = browser.client.post(address, data={"csrf_token": token, "password": PASSWORD})
    assert response.status_code == 400
    assert heading(response.text) == "Deze pagina stond te lang open"
    assert browser.is_in
    after = user(app)
    assert (after.password, after.mf_recovery_codes) == (before.password, before.mf_recovery_codes)


def test_signing_in_without_our_token_is_refused(browser: Browser, els: Person) -> None:
    response = browser.client.post("/team/inloggen", data={"email": els.email, "password": PASSWORD})
    assert response.status_code == 400
    assert browser.get("/team/tweede-stap").status_code == 302


def test_a_token_of_another_session_is_refused(app: Flask, browser: Browser, els: Person) -> None:
    foreign = TOKEN.search(app.test_client().get("/team/inloggen").text).group(1)
    browser.sign_in(els)
    assert browser.client.post("/team/uitloggen", data={"csrf_token": foreign}).status_code == 400


def test_the_pages_speak_no_json(browser: Browser, els: Person) -> None:
    browser.get("/team/inloggen")
    token = TOKEN.search(browser.page.text).group(1)
    headers = {"X-CSRFToken": token, "Accept": "application/json"}
    refused = browser.client.post("/team/inloggen", json=["x"], headers=headers)
    assert (refused.status_code, refused.mimetype) == (400, "text/html")
    asked = browser.client.get("/team/inloggen?include_auth_token", headers={"Accept": "application/json"})
    assert asked.mimetype == "text/html"


def test_no_token_in_the_address_opens_the_door(app: Flask, browser: Browser, els: Person) -> None:
    with app.test_request_context():
        token = db.session.scalars(select(User)).one().get_auth_token()
    assert browser.client.get(f"/team?auth_token={token}").status_code == 302
    assert browser.client.get("/team", headers={"Authentication-Token": token}).status_code == 302


class TestGuessing:
    @pytest.fixture
    def at(self, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
        """Move the clock, in seconds from now."""
        real = clock.now

        def move(seconds: float) -> None:
            monkeypatch.setattr(clock, "now", lambda: real() + timedelta(seconds=seconds))

        return move

    def test_ten_wrong_ones_then_one_each_half_minute(self, browser: Browser, els: Person, at) -> None:  # type: ignore[no-untyped-def]
        for _ in range(FREE_TRIES):
            assert browser.first_step(els.email, "fout wachtwoord").status_code == 422
        slowed = browser.first_step(els.email)
        assert slowed.status_code == 429
        assert 0 < int(slowed.headers["Retry-After"]) <= 30
        assert heading(slowed.text) == "Even wachten"
        assert browser.get("/team/inloggen").status_code == 200, "the page itself stays"
        at(31)
        assert browser.first_step(els.email, "fout wachtwoord").status_code == 422
        assert browser.first_step(els.email).status_code == 429
        at(62)
        assert browser.first_step(els.email).status_code == 302, "nobody is shut out"

    def test_who_is_told_to_wait_is_recorded_once_a_minute(
        self,
        app: Flask,
        browser: Browser,
        els: Person,
        at,  # type: ignore[no-untyped-def]
    ) -> None:
        """By where it comes from: a machine that goes on does not fill the audit."""
        for _ in range(FREE_TRIES):
            browser.first_step(els.email, "fout wachtwoord")
        before = failures(app)
        for _ in range(3):
            assert browser.first_step(els.email).status_code == 429
        assert failures(app)[len(before) :] == [{"user": "unknown", "what": "too many"}]
        other = Browser(app.test_client())
        other.client.environ_base["REMOTE_ADDR"] = "192.0.2.7"
        assert other.first_step(els.email).status_code == 302
        at(61)
        browser.first_step(els.email, "fout wachtwoord")
        assert browser.first_step(els.email).status_code == 429
        assert [told["what"] for told in failures(app)[len(before) :]] == ["too many", "password", "too many"]

    def test_so_is_who_guesses_codes(self, app: Flask, els: Person) -> None:
        for number in range(FREE_TRIES):
            thief = Browser(app.test_client())
            thief.client.environ_base["REMOTE_ADDR"] = f"192.0.2.{number}"
            thief.first_step(els.email)
            thief.second_step("000000")
        thief.client.environ_base["REMOTE_ADDR"] = "192.0.2.99"
        thief.first_step(els.email)
        assert thief.second_step("000001").status_code == 429
        assert failures(app)[-1] == {"user": str(user(app).id), "what": "too many"}

    def test_codes_are_counted_as_well(self, browser: Browser, els: Person) -> None:
        browser.first_step(els.email)
        for _ in range(FREE_TRIES):
            assert browser.second_step("000000").status_code == 422
        assert browser.second_step(els.code()).status_code == 429

    def test_another_address_is_not_slowed(self, app: Flask, els: Person) -> None:
        with app.test_request_context(environ_base={"REMOTE_ADDR": "192.0.2.1"}):
            for _ in range(FREE_TRIES):
                guesses.failed("sign-in")
            assert attempts.wait("sign-in") > 0
            assert attempts.wait("code") == 0
        with app.test_request_context(environ_base={"REMOTE_ADDR": "192.0.2.2"}):
            assert attempts.wait("sign-in") == 0

    def test_codes_for_one_account_are_slow_from_everywhere(self, app: Flask, els: Person) -> None:
        for number in range(FREE_TRIES):
            thief = Browser(app.test_client())
            thief.client.environ_base["REMOTE_ADDR"] = f"192.0.2.{number}"
            thief.first_step(els.email)
            assert thief.second_step("000000").status_code == 422
        thief.client.environ_base["REMOTE_ADDR"] = "192.0.2.99"
        thief.first_step(els.email)
        assert thief.second_step("000001").status_code == 429

    def test_one_ipv6_home_is_one_source(self, app: Flask) -> None:
        for number in range(FREE_TRIES):
            with app.test_request_context(environ_base={"REMOTE_ADDR": f"2001:db8::{number}"}):
                guesses.failed("sign-in")
        with app.test_request_context(environ_base={"REMOTE_ADDR": "2001:db8::ffff"}):
            assert attempts.wait("sign-in") > 0
        with app.test_request_context(environ_base={"REMOTE_ADDR": "2001:db8:0:1::1"}):
            assert attempts.wait("sign-in") == 0

    def test_no_address_is_kept_and_old_ones_go(self, app: Flask, at) -> None:  # type: ignore[no-untyped-def]
        with app.test_request_context(environ_base={"REMOTE_ADDR": "192.0.2.1"}):
            guesses.failed("sign-in")
            retention.purge_short()
            kept = db.session.scalars(select(Attempt)).one()
            assert "192.0.2.1" not in kept.source and len(kept.source) == 64
            at(3601)
            retention.purge_short()
            assert db.session.scalars(select(Attempt)).all() == []


class TestTheFirstTime:
    def test_the_app_is_set_up_and_recovery_codes_are_made(self, app: Flask, browser: Browser) -> None:
        els = add(app, Role.QUALITY, with_app=False)
        first = browser.first_step(els.email)
        assert first.headers["Location"] == "/team/tweede-stap-instellen"
        assert not browser.is_in
        browser.get("/team/tweede-stap-instellen")
        page = browser.post("/team/tweede-stap-instellen", setup="authenticator")
        assert page.status_code == 200
        assert "<svg" in page.text[page.text.index("<figure") :], "the code to scan is drawn in the page"
        els.secret = re.search(r"<code>([A-Z2-7-]+)</code>", page.text).group(1).replace("-", "")
        address = html.unescape(re.search(r'href="(otpauth://totp/[^"]+)"', page.text).group(1))
        assert parse_qs(urlsplit(address).query)["secret"] == [els.secret], "who holds the phone taps it in"
        onward = re.search(r'name="next" value="([^"]+)"', page.text).group(1)
        wrong = browser.post("/team/tweede-stap", code="000000", next=onward)
        assert wrong.status_code == 422 and "Begin opnieuw met instellen" in wrong.text
        assert els.secret in wrong.text.replace("-", ""), "the same key, still there to put in the app"
        assert "<svg" in wrong.text[wrong.text.index("<figure") :] and "Deze code klopt niet" in wrong.text
        assert "Inloggen met een app" in browser.get("/team/tweede-stap-instellen").text, "or one begins anew"
        assert user(app).tf_totp_secret is None, "nothing is set up before a code fits"
        done = browser.post("/team/tweede-stap", code=els.code(), next=onward)
        assert done.headers["Location"] == "/team/herstelcodes"
        browser.get("/team/herstelcodes")
        codes = re.findall(r"<code>([0-9a-f-]{14})</code>", browser.post("/team/herstelcodes").text)
        assert len(set(codes)) == 8
        stored = user(app)
        assert els.secret not in stored.tf_totp_secret
        assert not any(code in str(stored.mf_recovery_codes) for code in codes)

    def test_the_secret_is_sealed_in_the_cookie_too(self, app: Flask, browser: Browser) -> None:
        els = add(app, Role.QUALITY, with_app=False)
        browser.first_step(els.email)
        browser.get("/team/tweede-stap-instellen")
        page = browser.post("/team/tweede-stap-instellen", setup="authenticator")
        secret = re.search(r"<code>([A-Z2-7-]+)</code>", page.text).group(1).replace("-", "")
        with browser.client.session_transaction() as session:
            assert session["tf_totp_secret"] and secret not in session["tf_totp_secret"]

    @pytest.mark.parametrize("method", ["disable", "email", "sms", ""])
    def test_only_an_app_will_do(self, app: Flask, browser: Browser, method: str) -> None:
        els = add(app, Role.QUALITY, with_app=False)
        browser.first_step(els.email)
        browser.get("/team/tweede-stap-instellen")
        assert browser.post("/team/tweede-stap-instellen", setup=method).status_code == 422


class TestRecoveryCodes:
    @pytest.fixture
    def codes(self, browser: Browser, els: Person) -> list[str]:
        browser.sign_in(els, -1)
        browser.get("/team/herstelcodes")
        made = browser.post("/team/herstelcodes")
        found = re.findall(r"<code>([0-9a-f-]{14})</code>", made.text)
        assert 'primary-action button-link" href="/team">Ik heb ze bewaard, verder</a>' in made.text
        assert re.search(r"<button[^>]* data-print hidden>", made.text), "shown by a script, which it needs"
        assert "nog 8 over" in browser.get("/team/account").text
        browser.post("/team/uitloggen")
        return found

    def test_one_opens_the_door_once(self, browser: Browser, els: Person, codes: list[str]) -> None:
        browser.first_step(els.email)
        browser.get("/team/herstelcode")
        typed = f" {codes[3].upper().replace('-', ' ')} "
        assert browser.post("/team/herstelcode", code=typed).headers["Location"] == "/team"
        assert "U heeft nog 7 herstelcodes." in browser.get("/team").text
        assert browser.is_in
        assert "herstelcodes." not in browser.get("/team").text, "said once"
        browser.get("/team/herstelcode")
        assert "herstelcode" not in browser.get("/team").text, "who is in already used none"
        browser.get("/team/account")
        browser.post("/team/uitloggen")
        browser.first_step(els.email)
        browser.get("/team/herstelcode")
        again = browser.post("/team/herstelcode", code=codes[3])
        assert again.status_code == 422 and "al gebruikt" in again.text
        assert browser.post("/team/herstelcode", code=codes[0]).status_code == 302

    def test_the_last_one_says_so(self, app: Flask, browser: Browser, els: Person, codes: list[str]) -> None:
        for code in codes:
            browser.first_step(els.email)
            browser.get("/team/herstelcode")
            browser.post("/team/herstelcode", code=code)
            page = browser.get("/team").text
            if code != codes[-1]:
                browser.post("/team/uitloggen")
        assert "Dit was uw laatste herstelcode." in page

    def test_what_is_typed_stays_as_typed(self, browser: Browser, els: Person, codes: list[str]) -> None:
        browser.first_step(els.email)
        browser.get("/team/herstelcode")
        wrong = browser.post("/team/herstelcode", code="Regel 3: ABCD ef01 2345")
        assert 'value="Regel 3: ABCD ef01 2345"' in wrong.text

    @pytest.mark.parametrize("code", ["ffff-ffff-ffff", "?", "é" * 20, "0" * 5000])
    def test_a_wrong_one_does_not(self, browser: Browser, els: Person, codes: list[str], code: str) -> None:
        browser.first_step(els.email)
        browser.get("/team/herstelcode")
        assert browser.post("/team/herstelcode", code=code).status_code == 422
        assert not browser.is_in

    def test_they_are_never_shown_again(self, browser: Browser, els: Person, codes: list[str]) -> None:
        browser.sign_in(els, 1)
        assert codes[0] not in browser.get("/team/herstelcodes?show_codes=1").text


class TestOnesOwnAccount:
    @pytest.fixture
    def inside(self, browser: Browser, els: Person) -> Browser:
        browser.sign_in(els, -1)
        return browser

    def test_it_says_who_one_is(self, inside: Browser) -> None:
        page = inside.get("/team/account").text
        assert "els@voorbeeld.example" in page.replace("<wbr>", "") and "kwaliteitsteam" in page

    def test_a_new_password_ends_the_other_sessions(self, app: Flask, inside: Browser, els: Person) -> None:
        other = Browser(app.test_client())
        other.sign_in(els)
        inside.get("/team/wachtwoord")
        done = inside.post(
            "/team/wachtwoord",
            password=PASSWORD,
            new_password=NEW_PASSWORD,
            new_password_confirm=NEW_PASSWORD,
        )
        assert "Uw wachtwoord is veranderd" in inside.get(done.headers["Location"]).text
        assert inside.is_in and not other.is_in
        assert other.first_step(els.email).status_code == 422
        assert other.first_step(els.email, NEW_PASSWORD).status_code == 302

    @pytest.mark.parametrize(
        ("old", "new", "again", "message"),
        [
            ("fout", NEW_PASSWORD, NEW_PASSWORD, "Dit is niet uw wachtwoord"),
            (PASSWORD, "kort", "kort", "Dit wachtwoord is te kort. Neem ten minste 12 tekens."),
            (PASSWORD, "kort", "anders", "Dit wachtwoord is te kort. Neem ten minste 12 tekens."),
            (PASSWORD, "kort", "anders", "De twee wachtwoorden waren niet gelijk. Typ ze allebei opnieuw."),
            (PASSWORD, NEW_PASSWORD, "anders", "De twee wachtwoorden waren niet gelijk."),
            (PASSWORD, "ﷺ" * 20, "ﷺ" * 20, "Dit wachtwoord is te lang."),
            (PASSWORD, PASSWORD, PASSWORD, "Bedenk een ander"),
            ("", "", "", "Vul uw wachtwoord in"),
            (PASSWORD, "a" * 500, "a" * 500, "hooguit 128"),
        ],
    )
    def test_a_password_that_does_not_fit_says_why(
        self, app: Flask, inside: Browser, old: str, new: str, again: str, message: str
    ) -> None:
        before = user(app).password
        inside.get("/team/wachtwoord")
        response = inside.post("/team/wachtwoord", password=old, new_password=new, new_password_confirm=again)
        assert response.status_code == 422 and message in response.text
        assert user(app).password == before

    def test_another_app_takes_over(self, app: Flask, inside: Browser, els: Person) -> None:
        inside.get("/team/tweede-stap-instellen")
        page = inside.post("/team/tweede-stap-instellen", setup="authenticator")
        fresh = Person(
            els.email, re.search(r"<code>([A-Z2-7-]+)</code>", page.text).group(1).replace("-", "")
        )
        wrong = inside.post("/team/tweede-stap", code="000000")
        assert wrong.status_code == 422 and fresh.secret in wrong.text.replace("-", "")
        assert fresh.secret in inside.get("/team/tweede-stap").text.replace("-", "")
        done = inside.post("/team/tweede-stap", code=fresh.code())
        assert "Uw nieuwe app is ingesteld" in inside.get(done.headers["Location"]).text
        other = Browser(app.test_client())
        other.first_step(els.email)
        assert other.second_step(els.code(1)).status_code == 422
        assert other.second_step(fresh.code(1)).status_code == 302

    def test_the_password_is_asked_again_before_it_changes(self, inside: Browser) -> None:
        with inside.client.session_transaction() as session:
            session["fs_paa"] -= 3600
        for address in ("/team/herstelcodes", "/team/tweede-stap-instellen"):
            asked = inside.get(address).headers["Location"]
            assert asked == f"/team/wachtwoord-bevestigen?next={address}"
        inside.get(asked)
        wrong = inside.post("/team/wachtwoord-bevestigen", password="fout", next=address)
        assert wrong.status_code == 422 and "niet uw wachtwoord" in wrong.text
        right = inside.post("/team/wachtwoord-bevestigen", password=PASSWORD, next=address)
        assert right.headers["Location"] == address
        assert inside.get(address).status_code == 200

    @pytest.mark.parametrize("target", ELSEWHERE)
    def test_confirming_never_leads_to_another_site(self, inside: Browser, target: str) -> None:
        page = inside.get(f"/team/wachtwoord-bevestigen?next={quote(target, safe='')}")
        assert 'name="next" value="/team"' in page.text
        done = inside.post(
            f"/team/wachtwoord-bevestigen?next={quote(target, safe='')}", password=PASSWORD, next=target
        )
        assert done.status_code == 302 and re.match(r"/(?![/\\])", done.headers["Location"])
