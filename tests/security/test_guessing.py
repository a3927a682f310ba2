"""Guessing many at once is no quicker than one after another, and neither a port nor a new address makes a new visitor."""

import time
from collections.abc import Callable
from types import ModuleType

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.complaints.filing import queries as drafts
from portal.db import db
from portal.identity import attempts, links, rules
from portal.identity.models import Attempt
from portal.identity.rules import FREE_AROUND, FREE_TRIES, FREE_USES
from portal.surveys.answering import views as answering
from tests.complaints.following.follower import marks
from tests.complaints.together import at_once
from tests.surveys.sheets import invited

TRIES = 40
WRONG = "ZZZZZZZZZZ"
DOORS: dict[str, tuple[ModuleType, str, str, int]] = {
    # Where the comparing is looked up, what it is called, the address, what a wrong one is told.
    "letter code": (answering, "find_by_code", "/v", 422),
    "code of a draft": (drafts, "find_by_code", "/klacht/verder", 422),
    "link of an account": (links, "of_token", f"/team/welkom/{'x' * 24}", 404),
}


@pytest.mark.parametrize("door", DOORS)
def test_forty_at_once_are_no_more_than_one_after_another(
    app: Flask, monkeypatch: pytest.MonkeyPatch, door: str
) -> None:
    place, name, address, refused = DOORS[door]
    compared: list[str] = []

    def slowly(given: str, **_more: object) -> None:
        compared.append(given)
        time.sleep(0.2)

    fields = marks(app.test_client().get(address)) | {"code": WRONG}
    monkeypatch.setattr(place, name, slowly)
    answers = at_once(
        app, *[lambda: app.test_client().post(address, data=fields).status_code for _try in range(TRIES)]
    )
    assert sorted(answers) == sorted([refused] * FREE_TRIES + [429] * (TRIES - FREE_TRIES))
    # Of a link that did not fit the page itself asks once more.
    assert len(compared) == FREE_TRIES * (2 if name == "of_token" else 1)


def test_uses_at_once_too(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "FREE_USES", 3)
    fields = marks(app.test_client().get("/klacht?wat=praten"))
    answers = at_once(
        app,
        *[
            lambda: app.test_client().post("/klacht?wat=praten", data=fields).status_code
            for _use in range(12)
        ],
    )
    assert sorted(answers) == [303] * 3 + [429] * 9
    assert FREE_USES == 300


def test_right_ones_are_not_counted(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    invitation, _address = invited()
    monkeypatch.setattr(answering, "find_by_code", lambda _code: db.session.merge(invitation))
    client = app.test_client()
    fields = marks(client.get("/v")) | {"code": WRONG}
    for _try in range(FREE_TRIES + 2):
        assert client.post("/v", data=fields).status_code == 303
    assert counted() == 0


def counted() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Attempt)) or 0


def told(app: Flask, address: str) -> str:
    with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
        return attempts._address()


@pytest.mark.parametrize(
    ("said", "is_read_as"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("203.0.113.9:4711", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("[::ffff:203.0.113.9]:4711", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2:3:4:5:6]", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2:3:4:5:6]:4711", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("203.0.113.9:", "unknown"),
        ("203.0.113.9:x", "unknown"),
        ("[203.0.113.9", "unknown"),
        ("_hidden", "unknown"),
        ("", "unknown"),
    ],
)
def test_whoever_a_proxy_says_it_is(app: Flask, said: str, is_read_as: str) -> None:
    assert told(app, said) == is_read_as


def tries(app: Flask, addresses: Callable[[int], str], many: int) -> list[int]:
    """How long each wrong try had to wait, none for most."""
    waited = []
    for number in range(many):
        with app.test_request_context(environ_base={"REMOTE_ADDR": addresses(number)}):
            waited.append(attempts.begin("code")[0])
    return waited


def test_another_port_is_no_other_visitor(app: Flask) -> None:
    waited = tries(app, lambda number: f"203.0.113.9:{1024 + number}", FREE_TRIES + 2)
    assert waited[:FREE_TRIES] == [0] * FREE_TRIES and all(waited[FREE_TRIES:])


def test_a_whole_ipv6_network_gets_more_tries_than_a_home_and_not_without_end(app: Flask) -> None:
    free = FREE_TRIES * FREE_AROUND
    waited = tries(app, lambda number: f"2001:db8:1:{number:x}::9", free + 3)
    assert waited[:free] == [0] * free and all(waited[free:])
    # Another network is not slowed by it, nor is IPv4.
    assert tries(app, lambda _number: "2001:db8:2::9", 1) == [0]
    assert tries(app, lambda number: f"203.0.113.{number}", 60) == [0] * 60


def test_what_was_right_is_taken_back_for_the_network_too(app: Flask) -> None:
    with app.test_request_context(environ_base={"REMOTE_ADDR": "2001:db8::1"}):
        seconds, number = attempts.begin("code")
        assert seconds == 0 and counted() == 2
        attempts.was_right(number)
    assert counted() == 0
