"""That somebody looked with the receipt code is recorded, as every look at a complaint is: never what was read."""

import json

from flask.testing import FlaskClient
from sqlalchemy import select

from portal.audit.models import AuditEvent
from portal.complaints import attachments
from portal.complaints.models import Attachment, Complaint
from portal.db import db, transaction
from tests.complaints.following.follower import HOME, entering, inside, words
from tests.complaints.people import CODE, filed

OTHER_CODE = "ZZZZZZZZZZZZ"
FILE_ID = "00ff" * 4
Event = tuple[str, str, dict[str, str]]


def new(since: int) -> list[Event]:
    """What was recorded since."""
    db.session.rollback()
    found = db.session.scalars(select(AuditEvent).where(AuditEvent.id > since).order_by(AuditEvent.id))
    return [(one.event, one.actor, dict(one.details)) for one in found]


def last() -> int:
    db.session.rollback()
    return max(db.session.scalars(select(AuditEvent.id)), default=0)


def seen(complaint: Complaint, what: str) -> Event:
    return ("complaint.seen", "complainant", {"complaint": complaint.reference, "what": what})


def keep_file(complaint: Complaint) -> None:
    judged = attachments.judge(
        b"%PDF-1.4\n1 0 obj<</Title (Proef)>>endobj\ntrailer<<>>\n%%EOF\n", "Brief.pdf"
    )
    told = {"name": judged.name, "kind": judged.kind, "size": len(judged.data)}
    with transaction() as session:
        kept = Attachment(
            public_id=FILE_ID, complaint_id=complaint.id, sealed=attachments.seal(judged), **told
        )
        session.add(kept)


def test_a_visit_is_one_look_however_many_pages(client: FlaskClient) -> None:
    complaint = filed()
    before = last()
    inside(client, complaint)
    for address in ("", "/berichten", "", "/intrekken"):
        words(client, address)
    assert new(before) == [seen(complaint, "followed")]


def test_what_is_taken_away_is_a_look_each_time(client: FlaskClient) -> None:
    complaint = filed()
    keep_file(complaint)
    inside(client, complaint)
    before = last()
    for address in ("/kopie", "/kopie", f"/bijlage/{FILE_ID}", "/bijlage/" + "0" * 16):
        client.get(HOME + address)
    assert new(before) == [seen(complaint, "copy"), seen(complaint, "copy"), seen(complaint, "attachment")]


def test_a_code_that_does_not_fit_is_recorded_without_what_was_typed(client: FlaskClient) -> None:
    complaint = filed()
    before = last()
    for reference, code in (
        (complaint.reference, OTHER_CODE),
        ("KL-2026-9999", CODE),
        ("Over mijn klacht", OTHER_CODE),
    ):
        assert entering(client, reference, code).status_code == 422
    told = new(before)
    assert [(event, actor) for event, actor, _details in told] == [("complaint.wrong_code", "unknown")] * 3
    named = [details["complaint"] for _event, _actor, details in told]
    assert named == [complaint.reference, "unknown", "unknown"]
    assert OTHER_CODE not in json.dumps(told)


def test_without_the_code_nothing_is_read_and_nothing_recorded(client: FlaskClient) -> None:
    filed()
    before = last()
    for address in ("", "/kopie", "/berichten"):
        client.get(HOME + address)
    assert new(before) == []
