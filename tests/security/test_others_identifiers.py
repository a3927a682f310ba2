"""A crawl by everybody of every address with everybody else's identifiers.

Everything that people left holds a mark (tests/security/world.py). What each kind of staff may see of whom is
written down here once more, apart from the code that decides it; whatever else shows a mark is a leak.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import product

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from portal import clock
from portal.complaints import operations, people
from portal.complaints.following.session import KEY as FOLLOWING
from portal.complaints.models import Complaint
from portal.crypto import CROCKFORD, keyring, public_id_of
from portal.db import db, transaction
from portal.identity.models import User
from portal.identity.rules import Role
from tests.complaints.people import staff
from tests.security import world
from tests.security.forms import forms_of
from tests.security.visitors import Visitor, browser, member, stranger
from tests.security.world import KINDS, MINE, THEIRS, Belongings, World, mark

# The crawl is about doors, which stand before the database: one of the two is enough.
on_sqlite = pytest.mark.parametrize("whole_app", ["sqlite"], indirect=True)

QUALITY, COMPLAINTS, TALKS, ADMIN = Role.QUALITY, Role.COMPLAINTS, Role.TALKS, Role.ADMIN
BOTH, NEITHER = frozenset({MINE, THEIRS}), frozenset[str]()

# Who may see what anywhere at all, complaints apart. What is not here is read by nobody of the staff.
SEEN_BY: dict[str, set[Role]] = {
    "contact": {QUALITY},
    "letter": {QUALITY},
    "stopped": {QUALITY},
    "upload": {QUALITY},
    "task": {QUALITY},
    "signup": {TALKS},
    "member": {TALKS},
    "advice": {TALKS, QUALITY},
    "measure": {COMPLAINTS, QUALITY},
    "hold": {COMPLAINTS, ADMIN, QUALITY},
    # Who coordinates complaints names a handler from the list of colleagues.
    "colleague": {ADMIN, COMPLAINTS},
}


@dataclass
class Looker:
    """A visitor, and whose complaints may be read (Awb 9:7)."""

    visitor: Visitor
    reads: frozenset[str] = NEITHER
    asked: frozenset[str] = NEITHER
    """Of whose complaint one is told whom it is about, to say whether one was involved."""
    forbidden: set[str] = field(init=False)

    def __post_init__(self) -> None:
        roles = set(self.visitor.roles)
        self.forbidden = {
            mark(kind, whose)
            for kind, whose in product(KINDS, BOTH)
            if not (
                whose in {"complaint": self.reads, "named": self.reads | self.asked}[kind]
                if kind in {"complaint", "named"}
                else SEEN_BY.get(kind, set()) & roles
            )
        }


def leaks(response: TestResponse, forbidden: Iterable[str]) -> list[str]:
    """The marks in an answer that should not be in it: in the page, a file, or a header."""
    said = response.get_data() + repr(response.headers).encode()
    return [word for word in forbidden if word.encode() in said]


# ---- Staff --------------------------------------------------------------------------------


def cast(app: Flask) -> tuple[World, list[Looker]]:
    """The world, and everybody who can stand before a complaint; who may do least comes first."""
    handler = staff(QUALITY)
    late, stands_in, involved, involved_all = (
        staff(QUALITY),
        staff(TALKS),
        staff(COMPLAINTS),
        staff(*Role),
    )
    there = world.build(app, handler=handler)
    typed = "later.erbij@voorbeeld.example"
    with transaction():
        mine, theirs = (_held(one) for one in (there.mine, there.theirs))
        people.name_deputy(mine, _again(late), clock.today() + timedelta(days=1), "test")
        people.declare(mine, _again(late), involved=False)
        # Yesterday was the last day.
        mine.deputy_until = clock.today() - timedelta(days=1)
        people.name_deputy(theirs, _again(stands_in), clock.today() + timedelta(days=1), "test")
        people.add_concerned(theirs, "test", user=_again(involved))
        people.add_concerned(theirs, "test", user=_again(involved_all))
        people.add_concerned(theirs, "test", name="iemand", email=typed)
    with transaction():
        known_later = _named(typed, COMPLAINTS)
    lookers = [
        Looker(stranger(app)),
        Looker(member(app)),
        *(Looker(member(app, role)) for role in (TALKS, ADMIN, QUALITY)),
        Looker(_as(app, late, "deputy whose days are over")),
        Looker(_as(app, stands_in, "deputy who did not declare yet"), asked=frozenset({THEIRS})),
        Looker(_as(app, handler, "handler of another"), frozenset({MINE})),
        Looker(_as(app, involved, "coordinator whom it is about"), frozenset({MINE})),
        Looker(_as(app, known_later, "coordinator named by address before"), frozenset({MINE})),
        Looker(_as(app, involved_all, "every role, whom it is about"), frozenset({MINE})),
        Looker(member(app, COMPLAINTS), BOTH),
    ]
    return there, lookers


def _held(of: Belongings) -> Complaint:
    found = operations.locked(of.complaint.public_id)
    assert found is not None
    return found


def _again(user: User) -> User:
    return db.session.get_one(User, user.id)


def _named(email: str, *roles: Role) -> User:
    user = staff(*roles)
    with transaction():
        found = _again(user)
        found.email = email
    return found


def _as(app: Flask, user: User, name: str) -> Visitor:
    db.session.rollback()
    user = _again(user)
    return member(app, *(Role(one) for one in user.role_names), name=name, user=user)


def addresses(there: World, rule: Rule) -> Iterator[str]:
    """The addresses of a rule: of one person, of the other, and each with parts of the other's."""
    if not rule.arguments:
        yield there.address(rule)
        return
    for of, other in ((there.mine, there.theirs), (there.theirs, there.mine)):
        yield there.address(rule, of)
        if len(rule.arguments) > 1:
            for name in sorted(rule.arguments):
                yield there.address(rule, of, **{name: world.one(other.ids, rule.endpoint, name)})


def rules(app: Flask, method: str) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if method in (rule.methods or ())]


@on_sqlite
def test_nobody_of_the_staff_reads_what_is_not_for_them(whole_app: Flask, app: Flask) -> None:
    there, lookers = cast(app)
    found = []
    for looker in lookers:
        for rule in rules(app, "GET"):
            if not of_staff(rule) or rule.endpoint in SIGNING_IN:
                continue
            for address in addresses(there, rule):
                response = looker.visitor.open_inside(address)
                assert response.status_code < 500, address
                found += [
                    (looker.visitor.name, rule.rule, word) for word in leaks(response, looker.forbidden)
                ]
    asked = sum(looker.visitor.asked for looker in lookers)
    print(f"looked: {asked} requests, {len(found)} leaks")
    assert found == []
    assert asked > 1500


# Half-way the sign-in: who is in already and comes here is signed out by the library.
SIGNING_IN = {"security.two_factor_token_validation", "security.two_factor_setup", "security.mf_recovery"}


def of_staff(rule: Rule) -> bool:
    """Whether it is not one of the personal pages, whose address is the key."""
    return "token" not in rule.arguments and not rule.rule.startswith("/klacht/volgen")


@on_sqlite
def test_nobody_of_the_staff_changes_a_complaint_they_may_not_read(whole_app: Flask, app: Flask) -> None:
    """Sent: with nothing in it, with what the form of the page would send, and to mixed addresses."""
    there, lookers = cast(app)
    before, found = rows_of(there.theirs.complaint), []
    for looker in lookers:
        if THEIRS in looker.reads:
            continue
        for rule in rules(app, "POST"):
            # Who is asked and says not to be involved may read it from then on.
            if (
                not rule.rule.startswith("/team/klachten/<reference>")
                or rule.endpoint == "complaints.declare"
            ):
                continue
            for address in addresses(there, rule):
                for fields in ({}, POSTED):
                    response = looker.visitor.open_inside(address, "POST", **fields)
                    assert response.status_code < 500, address
                    found += [
                        (looker.visitor.name, address, word) for word in leaks(response, looker.forbidden)
                    ]
    asked = sum(looker.visitor.asked for looker in lookers)
    print(f"sent: {asked} requests, {len(found)} leaks")
    assert found == []
    assert rows_of(there.theirs.complaint) == before


# What the forms of a complaint ask; each view takes what it knows.
POSTED = {
    **dict.fromkeys(("words", "why", "agreed", "place", "name", "request_key", "letter"), "qwerty"),
    "involved": "no",
    "route": "complaint",
    "domain": "adults",
    "theme": "communicatie",
    "email": "iemand@voorbeeld.example",
    "action": "send",
    "confirmed": "y",
    "seen": "",
}


def rows_of(complaint: Complaint) -> dict[str, list[str]]:
    """Everything that is kept of one complaint."""
    db.session.rollback()
    kept = {
        "complaint": [repr(db.session.execute(select(Complaint.__table__).filter_by(id=complaint.id)).all())]
    }
    for table in db.metadata.sorted_tables:
        if "complaint_id" in table.columns:
            rows = db.session.execute(select(table).where(table.c.complaint_id == complaint.id)).all()
            kept[table.name] = sorted(map(repr, rows))
    return kept


@on_sqlite
def test_no_search_finds_what_is_not_for_them(whole_app: Flask, app: Flask) -> None:
    """Every form on the pages that name nobody, filled in with what the other is called, and with nothing."""
    there, lookers = cast(app)
    called = [
        *(world.email(kind, THEIRS) for kind in ("contact", "complaint", "signup")),
        *(world.PHONES[THEIRS], there.theirs.ids["reference"], f"Z-{THEIRS}"),
    ]
    found = []
    for looker in lookers:
        for rule in rules(app, "GET"):
            if rule.arguments or rule.endpoint.startswith("security.") or not rule.rule.startswith("/team"):
                continue
            page = looker.visitor.open_inside(rule.rule)
            for form in forms_of(page, rule.rule):
                if "uitloggen" in form.action:
                    continue
                for words in called:
                    response = form.send(looker.visitor.client, words)
                    looker.visitor.asked += 1
                    assert response.status_code < 500, form.action
                    found += [
                        (looker.visitor.name, form.action, word) for word in leaks(response, looker.forbidden)
                    ]
    asked = sum(looker.visitor.asked for looker in lookers)
    print(f"searched: {asked} requests, {len(found)} leaks")
    assert found == []


# ---- People with a link or a code -----------------------------------------------------------


TOKENS = ("answering:token", "filing:token", "concerned:token", "talks:token", "circle:token", "people:token")


def forged(there: World) -> list[str]:
    """Links that we did not make: the other's number with one's own seal, one sign changed, a seal of nothing."""
    made = []
    for kind in TOKENS:
        own, other = there.mine.ids[kind], there.theirs.ids[kind]
        last = CROCKFORD[(CROCKFORD.find(other[-1].upper()) + 1) % 32]
        # The number takes 8 of 18 bytes: 10 whole signs and part of the next.
        made += [other[:11] + own[11:], other[:-1] + last, other[:12] + "A" * 12, other.swapcase()]
        number = public_id_of(other)
        assert number is not None
        made.append(keyring().token(public_id_of(own) or "", keyring().link_key_id)[:8] + other[8:])
    return [token for token in made if token not in there.theirs.ids.values()]


def personal(app: Flask, method: str) -> list[Rule]:
    return [rule for rule in rules(app, method) if "token" in rule.arguments]


@on_sqlite
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_link_opens_what_it_is_not_for(whole_app: Flask, app: Flask, method: str) -> None:
    """Each personal address with the links of other kinds, forged ones, and one's own with the other's parts."""
    there = world.build(app)
    client, found, asked = browser(app), [], 0
    everything = {mark(kind, whose) for kind, whose in product(KINDS, BOTH)}
    theirs = {mark(kind, THEIRS) for kind in KINDS}
    for rule in personal(app, method):
        right = world.one(there.theirs.ids, rule.endpoint, "token")
        wrong = [there.theirs.ids[kind] for kind in TOKENS if there.theirs.ids[kind] != right]
        tries = [(token, everything) for token in (*wrong, *forged(there))]
        tries.append((world.one(there.mine.ids, rule.endpoint, "token"), theirs))
        for token, forbidden in tries:
            address = there.address(rule, there.theirs, token=token)
            response = client.open(address, method=method, data=POSTED if method == "POST" else None)
            asked += 1
            assert response.status_code < 500, address
            found += [(rule.rule, word) for word in leaks(response, forbidden)]
            if forbidden is everything:
                assert response.status_code in {303, 400, 404, 409, 410, 422}, (address, response.status_code)
    print(f"{method} with links: {asked} requests, {len(found)} leaks")
    assert found == []
    assert asked > 200


@on_sqlite
def test_who_follows_one_complaint_reads_nothing_of_another(whole_app: Flask, app: Flask) -> None:
    there = world.build(app)
    client = following(app, there.mine)
    before, found = rows_of(there.theirs.complaint), []
    for method in ("GET", "POST"):
        for rule in rules(app, method):
            if not rule.rule.startswith("/klacht/volgen"):
                continue
            for of in (there.theirs, there.mine):
                response = client.open(
                    there.address(rule, of),
                    method=method,
                    data=POSTED | {"made_for": of.ids["reference"]} if method == "POST" else None,
                )
                assert response.status_code < 500, rule
                found += [(rule.rule, word) for word in leaks(response, {mark("complaint", THEIRS)})]
            client = following(app, there.mine)
    assert found == []
    assert rows_of(there.theirs.complaint) == before


def following(app: Flask, of: Belongings) -> FlaskClient:
    """A browser in which reference and code were typed."""
    client = browser(app)
    with client.session_transaction() as cookie:
        cookie[FOLLOWING] = of.follow()
    return client


def test_the_reference_of_one_with_the_code_of_another(app: Flask) -> None:
    there = world.build(app)
    client = browser(app)
    found = re.search(r'name="mark"[^>]*value="([^"]+)"', client.get("/klacht/volgen").text)
    assert found
    for reference, code in (
        (there.mine.ids["reference"], world.CODES[THEIRS]),
        (there.theirs.ids["reference"], world.CODES[MINE]),
    ):
        fields = {"mark": found[1], "reference": reference, "code": code}
        assert client.post("/klacht/volgen", data=fields).status_code == 422
        assert client.get("/klacht/volgen/berichten").status_code in {302, 303}


# ---- Whether something is there ---------------------------------------------------------------


_OWN = re.compile(r'(name="(?:csrf_token|mark|request_key|tab)"[^>]*value=")[^"]*')


def answer(response: TestResponse, *echoes: str) -> tuple[int, str, str]:
    """What an answer says, but for what is new in every page, and what was asked for."""
    text = _OWN.sub(r"\1", response.get_data(as_text=True))
    place = response.headers.get("Location", "")
    for echo in echoes:
        text, place = text.replace(echo, "…"), place.replace(echo, "…")
    return response.status_code, text, place


NOT_THERE = {
    "reference": "KL-2026-9999",
    "file_id": "0123456789abcdef",
    "letter_id": "999999",
    "person_id": "999999",
    "message_id": "999999",
}


def test_whom_it_is_about_is_told_what_everybody_is_told_of_nothing(app: Flask) -> None:
    """A complaint about oneself is not there: the same page as for a number that nobody got (Awb 9:7)."""
    there, lookers = cast(app)
    real, none = there.theirs.ids["reference"], NOT_THERE["reference"]
    for looker in lookers:
        if looker.reads != {MINE} or COMPLAINTS not in looker.visitor.roles:
            continue
        for rule in app.url_map.iter_rules():
            if "reference" not in rule.arguments:
                continue
            for method in sorted({"GET", "POST"} & (rule.methods or set())):
                given = POSTED if method == "POST" else {}
                is_there = looker.visitor.open_inside(there.address(rule, there.theirs), method, **given)
                is_not = looker.visitor.open_inside(
                    there.address(rule, there.theirs, reference=none), method, **given
                )
                assert answer(is_there, real) == answer(is_not, none), (method, rule.rule)


PARTS = ("file_id", "letter_id", "person_id", "message_id")


@pytest.mark.parametrize("part", PARTS)
def test_a_part_of_another_is_as_one_that_is_not_there(app: Flask, part: str) -> None:
    """Under one's own address: who asks for what belongs to another is told what is told of nothing."""
    there = world.build(app)
    boss = member(app, *Role)
    asked = 0
    for rule in app.url_map.iter_rules():
        follows = rule.rule.startswith("/klacht/volgen")
        if part not in rule.arguments or (len(rule.arguments) == 1 and not follows):
            continue
        for method in sorted({"GET", "POST"} & (rule.methods or set())):
            visitor = following(app, there.mine).open if follows else boss.open
            theirs = world.one(there.theirs.ids, rule.endpoint, part)
            is_there = there.address(rule, there.mine, **{part: theirs})
            is_not = there.address(rule, there.mine, **{part: NOT_THERE[part]})
            told = answer(visitor(is_there, method=method), is_there)
            assert told == answer(visitor(is_not, method=method), is_not), (method, rule.rule)
            asked += 1
    assert asked


def test_a_code_that_does_not_fit_is_as_a_number_that_nobody_got(app: Flask) -> None:
    there = world.build(app)
    client = browser(app)
    found = re.search(r'name="mark"[^>]*value="([^"]+)"', client.get("/klacht/volgen").text)
    assert found
    answers = []
    for reference in (there.theirs.ids["reference"], NOT_THERE["reference"]):
        fields = {"mark": found[1], "reference": reference, "code": "ZZZZZZZZZZZZ"}
        answers.append(answer(client.post("/klacht/volgen", data=fields), reference))
    assert answers[0] == answers[1]


def test_a_forged_link_is_as_one_that_was_never_made(app: Flask) -> None:
    there = world.build(app)
    client = browser(app)
    never = keyring().token("0123456789abcdef", keyring().link_key_id)
    for rule in personal(app, "GET"):
        own, other = (world.one(of.ids, rule.endpoint, "token") for of in (there.mine, there.theirs))
        token, unknown = other[:11] + own[11:], never[:11] + own[11:]
        is_there = client.get(there.address(rule, there.theirs, token=token))
        is_not = client.get(there.address(rule, there.theirs, token=unknown))
        assert answer(is_there, token) == answer(is_not, unknown), rule.rule
