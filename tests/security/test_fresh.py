"""A desk that was left open: what takes data out, erases it or decides who may, asks the password again.

Over the whole URL map: what answers with a file asks for it, or stands here with the reason why not.
"""

from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from portal import web
from portal.identity.access import CONFIRMED
from portal.identity.rules import Role
from tests.security import world
from tests.security.test_others_identifiers import on_sqlite
from tests.security.visitors import Visitor, member
from tests.security.world import World

HOURS = 8 * 3600
OWN_SITE = {"Origin": "http://localhost"}

# Files that nobody takes data out with.
OPEN_FILES = {
    "complaints.attachment": "one attachment of a complaint that one handles: read while working, and recorded",
    "invitations.uploads.example": "an example, without anybody in it",
    "invitations.uploads.refused": "numbers of lines and what is wrong there, of one's own upload of today",
}
# Files, and sheets to print that carry names, addresses and codes of many or all of one complaint.
TAKES_OUT = {
    "complaint_figures.year_file": "GET",
    "complaints.forward_sheet": "GET",
    "evenings.download": "GET",
    "letters.batch": "GET",
    "persons.export_file": "POST",
    "persons.export_page": "POST",
}
# What is gone after it, at once or by the worker.
ERASES = {
    "persons.confirm": "POST",
    "persons.erase": "POST",
    "retention.end": "POST",
}
# Who may come in, and what they may.
DECIDES = {
    "identity.end_session": "POST",
    "identity.end_sessions": "POST",
    "people.close": "POST",
    "people.invite": "POST",
    "people.link": "POST",
    "people.one": "GET",
    "people.reopen": "POST",
    "people.roles": "POST",
    "people.second_step": "POST",
    "security.mf_recovery_codes": "POST",
    "security.two_factor_setup": "POST",
}
ASKS = TAKES_OUT | ERASES | DECIDES
# Erasing and deciding that is daily work, or asks something else.
DOES_NOT_ASK = {
    "complaints.add_concerned": "daily work of the coordinator, recorded with the complaint",
    "complaints.declare": "about oneself",
    "complaints.name_deputy": "daily work of the coordinator, recorded with the complaint",
    "complaints.name_handler": "daily work of the coordinator, recorded with the complaint",
    "complaints.remove_concerned": "daily work of the coordinator, recorded with the complaint",
    "evenings.take_out": "one sign-up, which the person can make again and is told of",
    "invitations.uploads.throw_away": "one's own upload, of which nothing was taken in yet",
    "letters.take_out": "one letter goes back among those to be sent",
    "letters.undo": "a batch goes back among those to be sent",
    "learning.end_objection": "writes down how an objection ended",
    "retention.place": "keeps, and erases nothing",
    "security.change_password": "asks the password itself",
}
ERASING_WORDS = ("take_out", "throw_away", "remove", "erase", "undo", "end", "close", "delete", "roles")


@pytest.fixture
def there(app: Flask) -> World:
    return world.build(app)


@pytest.fixture
def fresh(app: Flask, there: World) -> Visitor:
    """Somebody with every role, who gave the password just now."""
    return member(app, *Role)


@pytest.fixture
def stale(app: Flask, there: World) -> Visitor:
    """Somebody with every role, whose password was given this morning."""
    visitor = member(app, *Role)
    with visitor.client.session_transaction() as cookie:
        cookie[CONFIRMED] -= HOURS
    return visitor


def staff_rules(app: Flask) -> Iterator[Rule]:
    for rule in app.url_map.iter_rules():
        if web.entry_of(rule.endpoint).kind == "staff":  # type: ignore[union-attr]
            yield rule


def is_asked(response: TestResponse) -> bool:
    """Whether the password is asked before anything is done."""
    if response.status_code == 302:
        return response.location.startswith("/team/wachtwoord-bevestigen")
    return response.status_code == 409 and "Vul uw wachtwoord in" in response.text


def is_a_file(response: TestResponse) -> bool:
    return response.status_code == 200 and (
        "Content-Disposition" in response.headers or response.mimetype != "text/html"
    )


@on_sqlite
def test_every_file_asks_the_password_or_stands_on_the_list(
    app: Flask, there: World, fresh: Visitor, stale: Visitor
) -> None:
    files, wrong = set(), []
    for rule in staff_rules(app):
        if "GET" not in (rule.methods or ()) or not is_a_file(fresh.open(there.address(rule))):
            continue
        files.add(rule.endpoint)
        if is_asked(stale.open(there.address(rule))) is (rule.endpoint in OPEN_FILES):
            wrong.append(rule.endpoint)
    assert wrong == []
    assert files >= OPEN_FILES.keys(), "what is on the list is a file"
    assert files >= {"complaint_figures.year_file", "evenings.download"}


@on_sqlite
def test_what_takes_out_erases_or_decides_asks_the_password(app: Flask, there: World, stale: Visitor) -> None:
    rules = {rule.endpoint: rule for rule in app.url_map.iter_rules()}
    assert rules.keys() >= ASKS.keys() | DOES_NOT_ASK.keys() | OPEN_FILES.keys()
    wrong = []
    for endpoint, method in ASKS.items():
        data = {"csrf_token": stale.token} if method == "POST" else None
        address = there.address(rules[endpoint])
        response = stale.client.open(address, method=method, data=data, headers=OWN_SITE)
        if not is_asked(response):
            wrong.append((endpoint, response.status_code))
    assert wrong == []


@on_sqlite
def test_whatever_is_called_erasing_or_deciding_stands_on_a_list(app: Flask) -> None:
    for rule in staff_rules(app):
        name = rule.endpoint.rpartition(".")[2]
        if "POST" in (rule.methods or ()) and any(
            word in name.split("_") or name == word for word in ERASING_WORDS
        ):
            assert rule.endpoint in ASKS.keys() | DOES_NOT_ASK.keys(), rule.endpoint
