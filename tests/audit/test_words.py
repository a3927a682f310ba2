"""The audit says who did what on which number: never what somebody wrote, or who a client is."""

import json

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.audit.models import AuditEvent
from portal.audit.operations import EVENTS, record
from portal.db import db, transaction
from portal.identity.rules import Role
from tests.conftest import SignIn
from tests.everything import MARKS, WORD, fill

KEYS = {
    # Numbers of ours, and public references.
    *("user", "task", "message", "batch", "complaint", "measure", "objection", "evening", "advice"),
    *("hold", "request", "version"),
    # From fixed lists: kinds, ways, reasons, roles, steps, outcomes, names of fields.
    *("roles", "before", "after", "how", "what", "kind", "moment", "topic", "reason", "via", "step", "route"),
    *("domain", "involved", "by", "solved", "fields", "outcome", "stage"),
    # Counts and days.
    *("rows", "until", "found", "lost", "letters", "new", "known", "changed", "refused", "erased", "kept"),
}
"""Every key an event may carry. A new one is looked at here before it is written for years."""


def told() -> list[AuditEvent]:
    found = list(db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)))
    db.session.rollback()
    return found


def test_no_event_has_a_place_for_words() -> None:
    assert set().union(*EVENTS.values()) <= KEYS


@pytest.mark.parametrize(
    "event",
    ["complaint.seen", "export.made", "staff.roles", "signin.failed", "signin.done", "keys.rotated"],
)
def test_what_must_be_in_it(event: str) -> None:
    assert event in EVENTS


def test_other_keys_are_refused(app: Flask) -> None:
    with pytest.raises(ValueError, match="carries"), transaction():
        record("complaint.seen", "1", complaint="KL-2026-0001", what="case", words="x")


def test_after_everything_that_people_do_no_word_of_theirs_is_in_it(app: Flask, client: FlaskClient) -> None:
    fill(client)
    events = told()
    complaints = {one.event for one in events if one.event.startswith("complaint.")}
    assert {"complaint.received", "complaint.step", "complaint.letter", "complaint.message"} <= complaints
    for one in events:
        line = json.dumps([one.actor, one.event, one.details], ensure_ascii=False).lower()
        assert not [mark for mark in MARKS if mark in line], one.event
        assert one.details.keys() == EVENTS[one.event]
        assert all(isinstance(value, str) and len(value) <= 80 for value in one.details.values()), one.event


def test_looking_at_a_complaint_is_in_it_without_what_was_read(
    app: Flask, client: FlaskClient, sign_in: SignIn
) -> None:
    fill(client)
    staff = sign_in(Role.COMPLAINTS)
    before = len(told())
    page = staff.get("/team/klachten", follow_redirects=True)
    found = [part.split('"')[0] for part in page.text.split('href="')[1:]]
    cases = [
        address for address in found if address.startswith("/team/klachten/") and address.count("/") == 3
    ]
    seen = [staff.get(address) for address in cases]
    assert any(WORD in answer.text for answer in seen), "somebody did read it"
    new = told()[before:]
    assert "complaint.seen" in {one.event for one in new}
    assert not [mark for one in new for mark in MARKS if mark in json.dumps(one.details).lower()]
