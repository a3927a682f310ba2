"""Who guesses is slowed, at once and from everywhere, and nobody else is shut out by it."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.exceptions import TooManyRequests

from portal import clock
from portal.audit.models import AuditEvent
from portal.db import db
from portal.identity import guessing
from portal.identity.models import StaffSession
from portal.identity.rules import FREE_IN_A_SESSION, FREE_TRIES, FREE_UNDER_ATTACK, MANY_AT_ONE, Role
from portal.outbox import rendering
from portal.outbox.models import Message
from tests.identity.conftest import PASSWORD, TOKEN, Browser, Person, add
from tests.identity.test_bad_input import WRONG, failures, from_address, tries

TOGETHER = 24
At = Callable[[float], None]


@pytest.fixture
def els(app: Flask) -> Person:
    return add(app, Role.QUALITY)


@pytest.fixture
def inside(browser: Browser, els: Person) -> Browser:
    browser.sign_in(els, -1)
    return browser


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> At:
    """Move the clock, in seconds from now."""
    begun = clock.now()

    def move(seconds: float) -> None:
        monkeypatch.setattr(clock, "now", lambda: begun + timedelta(seconds=seconds))

    return move


def begun(client: FlaskClient, address: str, values: Callable[[int], dict[str, str]]) -> Counter[int]:
    """The answers to many posts at the same moment, from copies of one browser."""
    token = TOKEN.search(client.get(address).text).group(1)
    cookie, ready = client.get_cookie("portal").value, threading.Barrier(TOGETHER)
    answers: list[int] = []

    def one(number: int) -> None:
        copy = client.application.test_client()
        copy.environ_base = dict(client.environ_base)
        copy.set_cookie("portal", cookie)
        ready.wait()
        answers.append(copy.post(address, data={"csrf_token": token, **values(number)}).status_code)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(TOGETHER)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(answers)


class TestManyAtOnce:
    """As many at the same moment as one after another."""

    def test_passwords(self, app: Flask, els: Person) -> None:
        wrong = begun(
            from_address(app, 1),
            "/team/inloggen",
            lambda number: {"email": els.email, "password": f"fout {number}"},
        )
        assert wrong == {422: FREE_TRIES, 429: TOGETHER - FREE_TRIES}

    @pytest.mark.parametrize("address", ["/team/tweede-stap", "/team/herstelcode"])
    def test_codes(self, browser: Browser, els: Person, address: str) -> None:
        browser.first_step(els.email)
        wrong = begun(browser.client, address, lambda number: {"code": f"{number:012}"[-6:]})
        assert wrong == {422: FREE_TRIES, 429: TOGETHER - FREE_TRIES}

    @pytest.mark.parametrize(
        ("address", "more"),
        [
            ("/team/wachtwoord-bevestigen", {}),
            (
                "/team/wachtwoord",
                {"new_password": "nog een paar woorden", "new_password_confirm": "nog een paar woorden"},
            ),
        ],
    )
    def test_ones_own_password(self, app: Flask, inside: Browser, address: str, more: dict[str, str]) -> None:
        wrong = begun(inside.client, address, lambda number: {"password": f"fout {number}", **more})
        assert wrong[422] < FREE_IN_A_SESSION
        compared = [details for _actor, details in failures(app) if details["what"] == "password"]
        assert len(compared) == FREE_IN_A_SESSION
        assert not inside.is_in


class TestOneAddressForMany:
    def test_a_machine_in_the_office_keeps_nobody_out(self, app: Flask, els: Person, at: At) -> None:
        """One wrong password each second, for ten minutes, at whatever address."""
        beside = {"REMOTE_ADDR": "198.51.0.6"}
        for second in range(600):
            at(second)
            with app.test_request_context(environ_base=beside):
                guessing.begin_password(f"iemand{second}@voorbeeld.example")
            if second % 60 == 59:
                at(second + 0.5)
                assert tries(from_address(app, 5), els.email, PASSWORD) == 302, second

    def test_it_gets_slow_at_each_account_all_the_same(self, app: Flask, at: At) -> None:
        accounts = [f"iemand{number}@voorbeeld.example" for number in range(10)]
        compared: Counter[str] = Counter()
        for second in range(600):
            at(second)
            email = accounts[second % len(accounts)]
            with app.test_request_context(environ_base={"REMOTE_ADDR": "198.51.0.6"}):
                try:
                    guessing.begin_password(email)
                except TooManyRequests:
                    continue
                compared[email] += 1
        assert max(compared.values()) <= 2 + 600 / 30

    def test_one_account_guessed_there_stops_no_other(self, app: Flask, els: Person) -> None:
        thief = from_address(app, 5)
        answers = [tries(thief, "tom@voorbeeld.example") for _try in range(FREE_TRIES + 2)]
        assert answers == [422] * FREE_TRIES + [429] * 2
        assert tries(from_address(app, 5), els.email, PASSWORD) == 302

    def test_nor_who_gives_the_password_again(self, app: Flask, inside: Browser) -> None:
        thief = app.test_client()
        for _try in range(FREE_TRIES + 5):
            tries(thief, "els@voorbeeld.example")
        inside.get("/team/wachtwoord-bevestigen")
        assert inside.post("/team/wachtwoord-bevestigen", password=PASSWORD).status_code == 302

    def test_nor_the_owner_in_a_browser_where_the_owner_was_before(
        self, app: Flask, inside: Browser, els: Person
    ) -> None:
        inside.get("/team/account")
        inside.post("/team/uitloggen")
        thief = app.test_client()
        for _try in range(FREE_TRIES + 1):
            tries(thief, els.email)
        assert tries(thief, els.email, PASSWORD) == 429, "from the same address"
        assert inside.first_step(els.email).status_code == 302

    def test_but_guessing_in_that_browser_is_slow_too(self, inside: Browser, els: Person) -> None:
        inside.get("/team/account")
        inside.post("/team/uitloggen")
        answers = [inside.first_step(els.email, WRONG).status_code for _try in range(FREE_TRIES + 2)]
        assert answers == [422] * FREE_TRIES + [429] * 2


@pytest.mark.parametrize(
    "spelling",
    ["ELS@voorbeeld.example", " els@voorbeeld.example ", "els@voorbeeld。example", "els@ｖoorbeeld.example"],
)
def test_another_spelling_is_the_same_account(app: Flask, els: Person, spelling: str) -> None:
    for number in range(MANY_AT_ONE):
        tries(from_address(app, number), els.email)
    late = from_address(app, 99)
    answers = [tries(late, spelling) for _try in range(FREE_UNDER_ATTACK + 1)]
    assert answers == [422] * FREE_UNDER_ATTACK + [429]
    assert tries(late, els.email) == 429


@pytest.mark.parametrize("typed", ["", "els", "a@b@c", "\0", "x" * 300, "els@-.-", "Straße"])
def test_what_is_no_address_is_counted_as_it_is(app: Flask, typed: str) -> None:
    with app.test_request_context():
        assert guessing.normal(typed) == guessing.normal(typed.upper()) or typed == "Straße"


class TestWhoKnowsThePassword:
    @pytest.fixture
    def thief(self, app: Flask, els: Person) -> Browser:
        """Somebody elsewhere who tried ten codes."""
        thief = Browser(from_address(app, 7))
        thief.first_step(els.email)
        for _code in range(FREE_TRIES):
            assert thief.second_step("000000").status_code == 422
        return thief

    def mails(self, app: Flask) -> list[Message]:
        with app.app_context():
            return list(db.session.scalars(select(Message)))

    def test_is_slowed_and_told_and_the_owner_hears_it_once(self, app: Flask, thief: Browser) -> None:
        assert self.mails(app) == []
        for _code in range(3):
            slowed = thief.second_step("000001")
            assert slowed.status_code == 429
            assert 0 < int(slowed.headers["Retry-After"]) <= 30
        assert "kent iemand uw wachtwoord" in slowed.text
        [mail] = self.mails(app)
        assert mail.to == "els@voorbeeld.example"
        with app.app_context():
            words = rendering.mail(mail)
        assert words.subject == "Iemand kent uw wachtwoord voor het portaal"
        assert "/team/inloggen" in words.text and "voorbeeld.example" not in words.text.replace(
            "portaal.voorbeeld.example", ""
        )

    def test_does_not_keep_the_owner_out_of_the_own_browser(
        self, app: Flask, browser: Browser, els: Person
    ) -> None:
        browser.sign_in(els, -1)
        browser.get("/team/account")
        browser.post("/team/uitloggen")
        thief = Browser(from_address(app, 7))
        thief.first_step(els.email)
        for _code in range(FREE_TRIES + 1):
            thief.second_step("000000")
        assert browser.sign_in(els).headers["Location"] == "/team"

    def test_another_browser_waits_half_a_minute(
        self, app: Flask, thief: Browser, els: Person, at: At
    ) -> None:
        owner = Browser(from_address(app, 8))
        owner.first_step(els.email)
        assert owner.second_step(els.code()).status_code == 429
        at(31)
        assert owner.second_step(els.code()).status_code == 302


class TestInASession:
    ADDRESS = "/team/wachtwoord-bevestigen"

    def wrong(self, inside: Browser) -> None:
        for _try in range(FREE_IN_A_SESSION - 1):
            inside.get(self.ADDRESS)
            assert inside.post(self.ADDRESS, password=WRONG).status_code == 422

    def test_ten_wrong_passwords_end_it(self, app: Flask, inside: Browser) -> None:
        self.wrong(inside)
        assert inside.is_in
        last = inside.post(self.ADDRESS, password=WRONG)
        assert last.headers["Location"] == "/team/inloggen?melding=tevaak"
        assert "te vaak verkeerd getypt" in inside.get(last.headers["Location"]).text
        assert not inside.is_in
        with app.app_context():
            assert db.session.scalars(select(StaffSession)).all() == []
            ended = db.session.scalars(select(AuditEvent).where(AuditEvent.event == "session.ended")).all()
            assert [(one.actor, one.details) for one in ended] == [
                ("1", {"user": "1", "how": "wrong passwords"})
            ]

    def test_also_slowly_and_with_both_forms(self, inside: Browser, at: At) -> None:
        for turn in range(FREE_IN_A_SESSION - 1):
            at(240 * turn)
            address = ("/team/wachtwoord", self.ADDRESS)[turn % 2]
            inside.get(address)
            fields = {"new_password": "nog een paar woorden", "new_password_confirm": "nog een paar woorden"}
            assert inside.post(address, password=WRONG, **fields).status_code == 422
        assert inside.post(self.ADDRESS, password=WRONG).status_code == 302
        assert not inside.is_in

    def test_from_wherever_its_cookie_is_used(self, app: Flask, inside: Browser) -> None:
        inside.get(self.ADDRESS)
        token = TOKEN.search(inside.page.text).group(1)
        for number in range(FREE_IN_A_SESSION):
            copy = from_address(app, number)
            copy.set_cookie("portal", inside.client.get_cookie("portal").value)
            copy.post(self.ADDRESS, data={"csrf_token": token, "password": WRONG})
        assert not inside.is_in

    def test_what_is_left_empty_or_is_right_counts_nothing(self, inside: Browser) -> None:
        self.wrong(inside)
        inside.get(self.ADDRESS)
        assert inside.post(self.ADDRESS, password="").status_code == 422
        assert inside.post(self.ADDRESS, password=PASSWORD).status_code == 302
        inside.get("/team/wachtwoord")
        same = {"new_password": PASSWORD, "new_password_confirm": PASSWORD}
        assert inside.post("/team/wachtwoord", password=PASSWORD, **same).status_code == 422
        assert inside.is_in
