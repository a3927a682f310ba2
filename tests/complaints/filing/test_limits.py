"""How much one source may do, and what is not kept long."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from portal import clock
from portal.complaints import attachments, receipts
from portal.complaints.filing import operations
from portal.identity import rules
from portal.privacy.retention import operations as retention
from portal.privacy.retention.rules import Kind
from tests.complaints.attachments import drafts as uploads
from tests.complaints.attachments import files as samples
from tests.complaints.filing.filing import (
    WORDS,
    begin,
    code_in,
    complaints,
    drafts,
    fields_of,
    fill,
    filling,
    post,
    said,
    with_file,
)

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if three were three hundred."""
    monkeypatch.setattr(rules, "FREE_USES", 3)


def test_an_office_and_a_soak_are_let_through() -> None:
    """Sixteen people who file eight complaints each from one address, with as much again that failed."""
    assert rules.FREE_USES >= 2 * 16 * 8


@pytest.mark.usefixtures("few")
def test_beginning_without_end_is_slowed(client: FlaskClient) -> None:
    data = fields_of(client.get("/klacht?wat=praten"))
    codes = [client.post("/klacht?wat=praten", data=data).status_code for _n in range(5)]
    assert codes == [303, 303, 303, 429, 429] and len(drafts()) == 3


@pytest.mark.usefixtures("few")
def test_uploading_without_end_is_slowed(client: FlaskClient) -> None:
    token = uploads.begun()
    given = [uploads.give(client, token, samples.PDF, f"{n}.pdf") for n in range(4)]
    assert [one.status_code for one in given] == [303, 303, 303, 429]
    assert "Alles wat er al stond, is er nog" in said(given[-1])
    assert len(uploads.kept()) == 3


@pytest.mark.usefixtures("few")
def test_sending_without_end_is_slowed(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    address = begin(client)
    data = fields_of(fill(client, address, what=WORDS))
    with monkeypatch.context() as patch:
        patch.setattr(operations, "send", lambda *_a, **_k: (_ for _ in ()).throw(operations.Changed))
        assert [client.post(f"{address}/nakijken", data=data).status_code for _n in range(3)] == [409] * 3
        patch.setattr(receipts, "hashed", lambda _code: pytest.fail("hashed for nothing"))
        slowed = client.post(f"{address}/nakijken", data=data)
    assert slowed.status_code == 429
    assert "Er is nog niets verstuurd" in said(slowed) and WORDS in said(slowed)
    later = clock.now() + timedelta(seconds=31)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert client.post(f"{address}/nakijken", data=data).status_code == 200


def test_nothing_is_hashed_for_an_empty_draft(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receipts, "hashed", lambda _code: pytest.fail("hashed for nothing"))
    address = begin(client)
    data = fields_of(client.get(f"{address}/nakijken"))
    assert client.post(f"{address}/nakijken", data=data).status_code == 422


def test_the_files_of_all_drafts_together_have_an_end(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, other = uploads.begun(), uploads.begun()
    monkeypatch.setattr(attachments, "MOST_KEPT", 2 * len(samples.PDF))
    assert uploads.give(client, token, samples.PDF, "een.pdf").status_code == 303
    assert uploads.give(client, other, samples.PDF, "twee.pdf").status_code == 303
    full = uploads.give(client, token, samples.PDF, "drie.pdf")
    assert full.status_code == 503 and len(uploads.kept()) == 2
    assert "Probeer het later nog een keer. Alles wat er al stond, is er nog." in said(full)
    assert "een.pdf" in said(full)


def test_an_empty_draft_is_forgotten_after_a_day(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty, told, filed = (begin(client) for _n in range(3))
    with_file(filed)
    post(client, f"{empty}/wat")
    post(client, f"{filed}/wat")
    post(client, f"{told}/wat", what=WORDS)
    today = clock.today()
    monkeypatch.setattr(clock, "today", lambda: today + timedelta(days=1))
    assert retention.purge()[Kind.COMPLAINT_DRAFTS] == 0
    monkeypatch.setattr(clock, "today", lambda: today + timedelta(days=2))
    assert retention.purge()[Kind.COMPLAINT_DRAFTS] == 1
    assert filling(told) and filling(filed) and client.get(f"{empty}/wat").status_code == 410


@pytest.mark.parametrize(("minutes", "status"), [(59, 200), (61, 409)])
def test_the_receipt_is_shown_again_for_an_hour(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, minutes: int, status: int
) -> None:
    address = begin(client)
    data = fields_of(fill(client, address, what=WORDS))
    code = code_in(client.post(f"{address}/nakijken", data=data))
    later = clock.now() + timedelta(minutes=minutes)
    monkeypatch.setattr(clock, "now", lambda: later)
    again = client.application.test_client().post(f"{address}/nakijken", data=data)
    assert again.status_code == status and (code in again.text) is (status == 200)
    assert ("Set-Cookie" in again.headers) is (status == 200)
    assert len(complaints()) == 1


def test_signs_that_no_keyboard_types_are_no_error_of_ours(client: FlaskClient) -> None:
    token = uploads.begun()
    home = uploads.home(token)
    for file_id in ("%00", "a%00b", "%F0%9F%98%80", "9" * 500):
        gone = client.post(f"{home}/{file_id}/weg", data={"mark": uploads.mark_of(client, token)})
        assert gone.status_code == 303, file_id
    assert client.get(f"{home}?erbij=%00").status_code == 200
    shown = client.get("/klacht?wat=bezwaar&datum=3%00%07x")
    assert shown.status_code == 422 and "\x00" not in shown.text and "\x07" not in shown.text
