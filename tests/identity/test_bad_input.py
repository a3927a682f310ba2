"""Whatever is posted to the sign-in pages, the answer is a page that says what to do."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from argon2 import low_level
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from portal import clock
from portal.audit.models import AuditEvent
from portal.db import db, transaction
from portal.identity import attempts
from portal.identity.models import User
from portal.identity.rules import FREE_UNDER_ATTACK, MANY_AT_ONE, MANY_AT_SOURCE, Role
from tests.identity.conftest import PASSWORD, TOKEN, Browser, add

FIELDS = st.sampled_from(
    ["email", "password", "code", "next", "remember", "setup", "phone", "csrf_token", "submit", "vreemd"]
)
VALUES = st.one_of(
    st.text(max_size=200),
    st.text(alphabet="0123456789 -", max_size=12),
    st.sampled_from(
        ["els@voorbeeld.example", PASSWORD, "/team", "authenticator", "\0", "²²²²²²", "a" * 5000]
    ),
)
POSTS = st.dictionaries(FIELDS, VALUES, max_size=6)


NAMELESS = b"--x\r\nContent-Disposition: form-data\r\n\r\nx\r\n--x--\r\n"


@pytest.mark.parametrize("address", ["/team/inloggen", "/team/personen/kopie", "/team/collegas/uitnodigen"])
@pytest.mark.parametrize("is_in", [False, True])
def test_a_part_without_a_name_breaks_nothing(
    app: Flask, browser: Browser, address: str, is_in: bool
) -> None:
    if is_in:
        browser.sign_in(add(app, Role.QUALITY, Role.ADMIN))
    answer = browser.client.post(
        address,
        data=NAMELESS,
        content_type="multipart/form-data; boundary=x",
        headers={"Origin": "http://localhost"},
    )
    is_kept = not is_in and address != "/team/inloggen"
    assert answer.status_code == (409 if is_kept else 400), answer.text


@pytest.mark.parametrize("half_way", [False, True])
@pytest.mark.parametrize(
    "address", ["/team/inloggen", "/team/tweede-stap", "/team/herstelcode", "/team/tweede-stap-instellen"]
)
def test_no_post_breaks_the_sign_in(
    app: Flask, monkeypatch: pytest.MonkeyPatch, address: str, half_way: bool
) -> None:
    els = add(app, Role.QUALITY)
    monkeypatch.setattr(attempts, "wait", lambda *_, **_k: 0)
    browser = Browser(app.test_client())

    @settings(
        max_examples=40,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(POSTS)
    def post(values: dict[str, str]) -> None:
        if half_way:
            browser.first_step(els.email)
        browser.get(address)
        response = browser.post(address, **values)
        assert response.status_code in {302, 400, 422}, values
        assert not response.headers.get("Location", "/").startswith("//")

    post()
    assert not browser.is_in


def test_a_body_that_is_too_large_is_refused(app: Flask) -> None:
    response = app.test_client().post("/team/inloggen", data={"email": "a" * 300_000})
    assert response.status_code == 413


# ---- Guessing many, guessing one ----------------------------------------------------------


WRONG = "niet dit wachtwoord"


def tries(client: FlaskClient, email: str, password: str = WRONG) -> int:
    """The answer to one try at a password."""
    token = TOKEN.search(client.get("/team/inloggen").text).group(1)
    data = {"csrf_token": token, "email": email, "password": password}
    return client.post("/team/inloggen", data=data).status_code


def from_address(app: Flask, number: int) -> FlaskClient:
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = f"198.51.{number // 250}.{number % 250 + 1}"
    return client


def failures(app: Flask) -> list[tuple[str, dict[str, str]]]:
    with app.app_context():
        found = select(AuditEvent).where(AuditEvent.event == "signin.failed").order_by(AuditEvent.id)
        return [(event.actor, event.details) for event in db.session.scalars(found)]


def test_one_password_at_many_accounts_gets_slow_and_shuts_nobody_out(app: Flask, browser: Browser) -> None:
    people = [add(app, Role.TALKS, email=f"iemand{number}@voorbeeld.example") for number in range(3)]
    beside = add(app, Role.TALKS, email="ernaast@voorbeeld.example")
    thief = from_address(app, 0)
    many = [f"iemand{number}@voorbeeld.example" for number in range(MANY_AT_SOURCE)]
    assert {tries(thief, email, "Welkom2026!!") for email in many} == {422}
    assert {tries(thief, email, "Zomer2026!!") for email in many} == {429}, "one each, and then half a minute"
    assert tries(from_address(app, 0), beside.email, PASSWORD) == 302, "a colleague beside is let in"
    assert browser.sign_in(people[0]).status_code == 302, "from elsewhere the owner comes in"
    noted = failures(app)
    assert noted == [
        ("unknown", {"user": str(number + 1) if number < 3 else "unknown", "what": "password"})
        for number in range(MANY_AT_SOURCE)
    ] + [("unknown", {"user": "unknown", "what": "too many"})], "who was told to wait, once"


def test_one_account_tried_from_everywhere_gets_fewer_tries_from_each(app: Flask, browser: Browser) -> None:
    els = add(app, Role.QUALITY)
    for number in range(MANY_AT_ONE):
        assert tries(from_address(app, number), els.email.upper()) == 422
    late = from_address(app, 99)
    answers = [tries(late, els.email) for _try in range(6)]
    assert answers == [422] * FREE_UNDER_ATTACK + [429] * 3
    assert tries(late, "iemand.anders@voorbeeld.example") == 422, "others are not slowed by it"
    assert browser.sign_in(els).status_code == 302, "nor is the owner"


def test_an_address_without_an_account_is_slowed_the_same(app: Flask) -> None:
    for number in range(MANY_AT_ONE):
        tries(from_address(app, number), "niemand@voorbeeld.example")
    late = from_address(app, 99)
    assert [tries(late, "niemand@voorbeeld.example") for _try in range(5)] == [422] * FREE_UNDER_ATTACK + [
        429
    ] * 2


def test_no_more_wrong_tries_are_noted_than_may_be_made(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """An hour of a machine that never rests, from one source."""
    add(app, Role.QUALITY)
    monkeypatch.setattr(app.extensions["security"], "pwd_context", Plain())
    begun = clock.now()
    client = from_address(app, 1)
    for second in range(0, 3600, 10):
        monkeypatch.setattr(clock, "now", lambda second=second: begun + timedelta(seconds=second))
        tries(client, "els@voorbeeld.example")
    assert len(failures(app)) <= 130


class Plain:
    """No password is right, and it is known at once."""

    def verify(self, *_given: object) -> bool:
        return False

    def __getattr__(self, _name: str) -> Callable[..., str]:
        return lambda *_given, **_named: "x"


def test_what_failed_is_noted_and_nothing_that_was_typed(app: Flask, browser: Browser) -> None:
    els = add(app, Role.QUALITY)
    browser.first_step(els.email, "een geheim woord")
    browser.first_step(els.email)
    browser.second_step("000000")
    browser.get("/team/herstelcode")
    browser.post("/team/herstelcode", code="0000-0000-0000")
    assert [details for _actor, details in failures(app)] == [
        {"user": "1", "what": what} for what in ("password", "app", "recovery")
    ]
    assert "geheim" not in str(failures(app)) and "voorbeeld" not in str(failures(app))


# ---- Nobody learns who has an account -----------------------------------------------------


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How often a password is hashed, which is what takes the time."""
    done: list[str] = []

    def counting(name: str) -> Callable[..., object]:
        real = getattr(low_level, name)

        def counted(*args: object, **kwargs: object) -> object:
            done.append(name)
            return real(*args, **kwargs)

        return counted

    for name in ("hash_secret", "verify_secret"):
        monkeypatch.setattr(low_level, name, counting(name))
    return done


@pytest.mark.parametrize("who", ["open", "closed", "invited", "nobody"])
def test_each_wrong_try_costs_the_same_work_and_gives_the_same_page(
    app: Flask, browser: Browser, work: list[str], who: str
) -> None:
    els = add(app, Role.QUALITY)
    with app.app_context(), transaction() as session:
        user = session.scalars(select(User)).one()
        user.active = who != "closed"
        if who == "invited":
            user.password, user.joined = "", False
    work.clear()
    page = browser.first_step("niemand@voorbeeld.example" if who == "nobody" else els.email, WRONG)
    assert page.status_code == 422 and "horen niet bij elkaar" in page.text
    assert len(work) == 1


@pytest.mark.parametrize("kept", ["", "x", "no password", "$argon2id$kapot", None])
def test_who_has_not_joined_is_not_let_in_whatever_is_kept(
    app: Flask, browser: Browser, work: list[str], kept: str | None
) -> None:
    els = add(app, Role.QUALITY)
    with app.app_context(), transaction() as session:
        user = session.scalars(select(User)).one()
        user.joined = False
        user.password = user.password if kept is None else kept
    for password in (PASSWORD, kept or "x"):
        work.clear()
        assert browser.first_step(els.email, password).status_code == 422
        assert len(work) == 1
