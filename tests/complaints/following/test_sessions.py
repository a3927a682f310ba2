"""Where a complaint is followed: a copy of the cookie is worth what its row in the database is worth."""

import secrets
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from portal import clock
from portal.complaints import operations, people, receipts, sessions
from portal.complaints.following import operations as following
from portal.complaints.following import session as visit
from portal.complaints.models import Complaint, ComplaintSession
from portal.crypto import keyring
from portal.db import db, transaction
from portal.identity.rules import Role
from portal.worker import Worker
from tests.complaints.following.follower import HOME, entering, inside, marks, post, words
from tests.complaints.people import CODE, filed, staff
from tests.complaints.together import held

At = Callable[[float], None]
OTHER_CODE = "ZZZZZZZZZZZZ"
INSIDE = (f"{HOME}/berichten", f"{HOME}/kopie", f"{HOME}/intrekken")


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> At:
    """Set the clock so many minutes after the test began."""
    now = clock.now()

    def later(minutes: float) -> None:
        monkeypatch.setattr(clock, "now", lambda: now + timedelta(minutes=minutes))

    return later


def copied(app: Flask, client: FlaskClient) -> FlaskClient:
    """Another machine with a copy of the cookie."""
    cookie = client.get_cookie("portal")
    assert cookie is not None
    thief = app.test_client()
    thief.set_cookie("portal", cookie.value)
    return thief


def reads(client: FlaskClient, complaint: Complaint) -> bool:
    """Whether one of the follow pages shows this complaint; the door itself names one as an example."""
    answers = [client.get(address) for address in INSIDE]
    return any(answer.status_code == 200 and complaint.reference in answer.text for answer in answers)


def rows() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(ComplaintSession)) or 0


class TestACopyOfTheCookie:
    def test_is_worth_nothing_after_closing(self, app: Flask, client: FlaskClient) -> None:
        complaint = filed()
        inside(client, complaint)
        thief = copied(app, client)
        assert reads(thief, complaint)
        post(client, "/sluiten", page="")
        assert rows() == 0
        assert not reads(thief, complaint)
        assert thief.get_cookie("portal") is None, "and it is not renewed"

    def test_is_worth_nothing_after_a_new_code(self, app: Flask, client: FlaskClient) -> None:
        complaint = filed()
        thief = copied(app, inside(client, complaint))
        with transaction():
            hashed = receipts.hashed(OTHER_CODE)
            operations.new_code(held(complaint), OTHER_CODE, hashed, by_letter=False, actor="1")
        assert rows() == 0
        assert not reads(thief, complaint) and not reads(client, complaint)

    def test_is_worth_nothing_when_access_is_taken_away(self, app: Flask, client: FlaskClient) -> None:
        """The one whom it is about made the code at the counter, and may have looked with it (Awb 9:7)."""
        complaint, author = filed(), staff(Role.QUALITY)
        with transaction():
            held(complaint).code_known_to = author.id
        thief = copied(app, inside(client, complaint))
        with transaction():
            people.add_concerned(held(complaint), "1", user=author)
        assert rows() == 0
        assert not reads(thief, complaint)

    def test_ends_after_half_an_hour_like_the_first(self, app: Flask, client: FlaskClient, at: At) -> None:
        complaint = filed()
        thief = copied(app, inside(client, complaint))
        at(29)
        assert reads(thief, complaint)
        at(60.1)
        assert not reads(thief, complaint) and not reads(client, complaint)

    def test_renews_itself_for_four_hours_at_most(self, app: Flask, client: FlaskClient, at: At) -> None:
        complaint = filed()
        thief = copied(app, inside(client, complaint))
        for quarter in range(1, 16):
            at(15 * quarter)
            assert reads(thief, complaint), quarter
        at(240.1)
        assert not reads(thief, complaint)

    def test_ends_where_this_browser_turns_to_another_complaint(
        self, app: Flask, client: FlaskClient
    ) -> None:
        one, two = filed(), filed()
        thief = copied(app, inside(client, one))
        fields = marks(app.test_client().get(HOME)) | {"reference": two.reference, "code": CODE}
        assert client.post(HOME, data=fields).status_code == 303
        assert rows() == 1
        assert reads(client, two) and not reads(thief, one)


def test_closing_in_one_browser_leaves_the_other_open(app: Flask, client: FlaskClient) -> None:
    complaint = filed()
    phone = inside(app.test_client(), complaint)
    inside(client, complaint)
    post(client, "/sluiten", page="")
    assert reads(phone, complaint) and not reads(client, complaint)


def test_the_table_lets_nobody_in(app: Flask, client: FlaskClient) -> None:
    """It holds keyed hashes: neither those, nor a secret that was made up, is a cookie."""
    complaint = filed()
    inside(client, complaint)
    (row,) = db.session.scalars(select(ComplaintSession))
    with client.session_transaction() as cookie:
        secret = cookie[visit.KEY]
    assert secret not in row.key_index and row.key_index == keyring().index("complaint session", secret)
    kept = row.key_index
    for made_up in (kept, secrets.token_urlsafe(32), "", [complaint.public_id, "x", 0], None, 1, {}):
        stranger = app.test_client()
        with stranger.session_transaction() as cookie:
            cookie[visit.KEY] = made_up
        assert not reads(stranger, complaint), made_up


def test_no_empty_cookie_stays_behind(client: FlaskClient, at: At) -> None:
    complaint = filed()
    inside(client, complaint)
    words(client)
    assert client.get_cookie("portal")
    post(client, "/sluiten", page="")
    assert client.get_cookie("portal") is None
    client.get(f"{HOME}?melding=gesloten")
    assert client.get_cookie("portal") is None
    inside(client, complaint)
    at(31)
    client.get(HOME)
    assert client.get_cookie("portal") is None


def test_it_is_written_down_once_a_minute_and_read_in_one_go(
    client: FlaskClient, at: At, statements: list[str]
) -> None:
    inside(client, filed())
    for minutes, written in ((0.5, 0), (1.2, 1), (1.3, 0), (2.3, 1)):
        at(minutes)
        statements.clear()
        words(client)
        assert sum("UPDATE complaint_session" in one for one in statements) == written, minutes
        assert sum("JOIN complaint_session" in one for one in statements) == 1, minutes
        assert sum("complaint_session" in one for one in statements) == 1 + written, minutes


def test_a_busy_database_spoils_no_page(client: FlaskClient, at: At, monkeypatch: pytest.MonkeyPatch) -> None:
    inside(client, filed())

    def busy(_seen: object) -> None:
        raise OperationalError("UPDATE", {}, Exception("locked"))

    monkeypatch.setattr(sessions, "note_seen", busy)
    at(5)
    assert client.get(HOME).status_code == 200


def test_a_code_that_was_replaced_while_it_was_compared_lets_nobody_in(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    complaint = filed()
    public_id, opened_by = complaint.public_id, following.opened_by

    def slowly(reference: str, code: str) -> Complaint | None:
        found = opened_by(reference, code)
        assert found is not None
        with app.app_context(), transaction():
            again = operations.locked(public_id)
            assert again is not None
            operations.new_code(again, OTHER_CODE, "anew", by_letter=False, actor="1")
        return found

    monkeypatch.setattr(following, "opened_by", slowly)
    answer = entering(client, complaint.reference)
    assert answer.status_code == 422
    assert rows() == 0 and client.get_cookie("portal") is None


def test_the_worker_forgets_what_is_over(client: FlaskClient, app: Flask, at: At) -> None:
    one, two = filed(), filed()
    inside(client, one)
    at(20)
    inside(app.test_client(), two)
    for minutes, left in ((29, 2), (31, 1), (51, 0)):
        at(minutes)
        Worker().round()
        assert rows() == left, minutes
