"""Who may what, over the whole URL map: every endpoint, every method, nobody and each role, on what exists.

The one table is `identity.rules.PERMISSIONS`. Every address here leads to something that is there, so that a
check that is missing shows as a page.
"""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule

from portal import web
from portal.db import db
from portal.identity.rules import PERMISSIONS, Role, may
from portal.web import Entry
from tests.security import world
from tests.security.test_others_identifiers import on_sqlite
from tests.security.visitors import Visitor, everyone, leads_to_sign_in, stranger

LISTED = ("GET", "HEAD", "POST")
EVERY_METHOD = (*LISTED, "OPTIONS", "PUT", "PATCH", "DELETE")
# What is looked at before it is looked up for whom it is.
SENT = {"complaints.declare": {"involved": "no"}}
# What a look at a page may write, whoever looks: that a session is used, a wrong try, and that one looked.
NOTED = {"staff_session", "attempt", "audit_event"}
# Of one complaint these are for everybody who may see the register, but who it is about.
OF_ONE_FOR_ALL = {"complaints.case"}
# With nothing typed or chosen these have nothing to show.
NOTHING_TO_SHOW = {"paper.enter": {404}, "evenings.came": {409}, "evenings.look_back": {409}}
OPENED = {200, 302, 303}


def staff_rules(app: Flask) -> Iterator[tuple[Rule, Entry]]:
    for rule in app.url_map.iter_rules():
        found = web.entry_of(rule.endpoint)
        assert found is not None
        if found.kind == "staff":
            yield rule, found


def is_for(visitor: Visitor, rule: Rule, found: Entry) -> bool:
    """Whether the visitor gets through: by the table, and of one complaint by independence (Awb 9:7)."""
    if not may(visitor.roles, found.action):
        return False
    is_of_one = "reference" in rule.arguments and rule.endpoint not in OF_ONE_FOR_ALL
    return Role.COMPLAINTS in visitor.roles or not is_of_one


def kept() -> dict[str, list[str]]:
    """Everything in the database but what a look may write."""
    db.session.rollback()
    return {
        table.name: sorted(map(repr, db.session.execute(select(table)).all()))
        for table in db.metadata.sorted_tables
        if table.name not in NOTED
    }


@on_sqlite
def test_nobody_gets_through_whose_roles_do_not_say_so(app: Flask) -> None:
    there = world.build(app)
    visitors = everyone(app)
    before = kept()
    wrong, asked = [], 0
    for rule, found in staff_rules(app):
        address = there.address(rule)
        for visitor in visitors:
            if is_for(visitor, rule, found):
                continue
            for method in LISTED if visitor.roles else EVERY_METHOD:
                if visitor.roles and method not in (rule.methods or ()):
                    continue
                response = visitor.open(address, method, **SENT.get(rule.endpoint, {}))
                asked += 1
                if not _is_refused(response, visitor, rule, method):
                    wrong.append((visitor.name, method, address, response.status_code))
    assert wrong == []
    assert kept() == before, "who is refused changes nothing"
    assert asked > 1000


def _is_refused(response, visitor: Visitor, rule: Rule, method: str) -> bool:  # type: ignore[no-untyped-def]
    if method == "OPTIONS":
        # Which methods there are is no secret; nothing is looked up for it.
        return response.status_code == 200 and not response.data
    if method not in (rule.methods or ()) and response.status_code in {404, 405}:
        return True
    if visitor.user_id:
        return response.status_code == 403
    # What somebody typed whose session ended is given back, on a page that asks to sign in.
    return leads_to_sign_in(response) or (method == "POST" and response.status_code in {400, 401, 403, 409})


@on_sqlite
def test_who_may_is_let_in(app: Flask) -> None:
    there = world.build(app)
    wrong = []
    for visitor in everyone(app)[2:]:
        for rule, found in staff_rules(app):
            if not is_for(visitor, rule, found) or "GET" not in (rule.methods or ()):
                continue
            for method in ("GET", "HEAD"):
                response = visitor.open(there.address(rule), method)
                if response.status_code not in OPENED | NOTHING_TO_SHOW.get(rule.endpoint, set()):
                    wrong.append((visitor.name, method, rule.rule, response.status_code))
                if leads_to_sign_in(response) or (method == "HEAD" and response.data):
                    wrong.append((visitor.name, method, rule.rule, response.headers.get("Location", "")))
    assert wrong == []


@on_sqlite
@pytest.mark.parametrize("role", Role)
def test_who_may_send_is_not_refused(app: Flask, role: Role) -> None:
    """What they sent holds nothing: that is said, or it is done. Never that it is not for them."""
    there = world.build(app)
    visitor = next(one for one in everyone(app) if one.roles == (role,))
    wrong = []
    for rule, found in staff_rules(app):
        if not is_for(visitor, rule, found) or "POST" not in (rule.methods or ()):
            continue
        visitor.come_back()
        response = visitor.open(there.address(rule), "POST")
        is_out = leads_to_sign_in(response) and rule.endpoint != "security.logout"
        if response.status_code in {401, 403, 405, 500} or is_out:
            wrong.append((rule.rule, response.status_code))
    assert wrong == []


def test_the_table_is_used_whole(app: Flask) -> None:
    """A right that no address asks for is a mistake in the table, or a check that was forgotten."""
    assert {found.action for _rule, found in staff_rules(app)} == set(PERMISSIONS)


@on_sqlite
def test_a_stranger_sees_the_same_whether_something_is_there_or_not(app: Flask) -> None:
    """Who is not signed in learns from no address behind the door what exists."""
    there = world.build(app)
    nobody = stranger(app)
    for rule, _found in staff_rules(app):
        if not rule.arguments or "GET" not in (rule.methods or ()):
            continue
        numbers = dict.fromkeys(rule.arguments, "999999")
        invented = app.url_map.bind("localhost").build(rule.endpoint, numbers)
        real = there.address(rule)
        seen, unseen = nobody.open(real), nobody.open(invented)
        assert (seen.status_code, leads_to_sign_in(seen)) == (unseen.status_code, leads_to_sign_in(unseen))
