"""Sending: the receipt, once and for all; its acknowledgement; and what a second press shows."""

import re
import threading
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from portal import clock
from portal.complaints import receipts, sessions
from portal.complaints.filing import operations, queries
from portal.complaints.following import session as following_session
from portal.complaints.models import Attachment
from portal.complaints.operations import PORTAL
from portal.complaints.rules import Route, Stage, Step
from portal.db import db
from portal.identity.rules import Role
from portal.outbox.models import Message
from tests.complaints.filing.filing import (
    COMPLAINT,
    SCRIPT,
    WAYS,
    WORDS,
    begin,
    code_in,
    complaints,
    drafts,
    expire,
    fields_of,
    files,
    fill,
    post,
    said,
    send,
    with_file,
)
from tests.complaints.people import staff

DIGITAL = {"email": "a@voorbeeld.example", "formal_by_email": "yes"}
BY_POST = {"reach": ["letter"], "street": "Straat 1", "place": "Ergens"}


def messages(template: str) -> list[Message]:
    db.session.rollback()
    return list(db.session.scalars(select(Message).where(Message.template == template)))


@pytest.mark.parametrize("route", [str(route) for route in Route])
@pytest.mark.parametrize("young", ["", "ja"])
def test_every_route_gets_its_receipt(client: FlaskClient, route: str, young: str) -> None:
    staff(Role.COMPLAINTS)
    address = begin(client, WAYS[route], **({"jong": "ja"} if young else {}))
    fill(client, address, what=WORDS)
    sent = send(client, address)
    assert sent.status_code == 200
    (complaint,) = complaints()
    words = said(sent)
    assert complaint.reference in words and "Volg wat er gebeurt" in words
    assert (complaint.route, complaint.young, complaint.via) == (route, bool(young), "web")
    assert complaint.content.what == WORDS
    assert complaint.stage == Stage.ACKNOWLEDGED
    assert receipts.fits(complaint.code_hash, receipts.read(code_in(sent)))
    assert complaint.code_sealed is None
    assert drafts() == []
    assert len(messages("complaint_staff")) == 1
    if young:
        assert " u " not in f" {words} ".split("Hulp bij")[0]


def test_the_receipt_holds_what_one_needs(client: FlaskClient, app: Flask) -> None:
    address = begin(client)
    fill(client, address, what=WORDS)
    sent = send(client, address)
    (complaint,) = complaints()
    assert sent.headers["Cache-Control"] == "no-store"
    found = re.search(r'download="([^"]+)" href="data:text/plain;charset=utf-8,([^"]+)"', sent.text)
    assert found and found[1] == f"{complaint.reference}.txt"
    text = unquote(found[2])
    for part in (complaint.reference, code_in(sent), f"{app.extensions['settings'].base_url}/klacht/volgen"):
        assert part in text
    assert WORDS not in text
    assert 'href="/klacht/volgen"' in sent.text and 'href="/klacht/volgen/kopie"' in sent.text
    # This browser follows it at once, without the code.
    follow = client.get("/klacht/volgen")
    assert complaint.reference in said(follow)
    with client.session_transaction() as session:
        found = sessions.find(session[following_session.KEY])
    assert found and found[0].public_id == complaint.public_id


def test_the_receipt_comes_also_where_the_session_cannot_begin(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was sent: the code must be shown."""

    def busy(*_given: object) -> bool:
        raise OperationalError("INSERT", {}, Exception("locked"))

    monkeypatch.setattr(following_session, "let_in", busy)
    address = begin(client)
    fill(client, address, what=WORDS)
    sent = send(client, address)
    assert sent.status_code == 200 and receipts.read(code_in(sent))


def test_the_code_is_nowhere_but_on_the_page(client: FlaskClient) -> None:
    address = begin(client)
    fill(client, address, what=WORDS, **DIGITAL)
    code = receipts.read(code_in(send(client, address)))
    (complaint,) = complaints()
    assert code not in (complaint.code_hash or "")
    for letter in complaint.letters:
        assert code not in letter.words and receipts.grouped(code) not in letter.words
    for message in db.session.scalars(select(Message)):
        assert code not in str(message.params)


@pytest.mark.parametrize(
    ("given", "channel", "stage", "how", "says"),
    [
        (DIGITAL, "digital", Stage.ACKNOWLEDGED, "letter", "staat klaar bij het volgen"),
        (BY_POST, "post", Stage.RECEIVED, None, "U krijgt een brief met de ontvangstbevestiging"),
        ({}, None, Stage.ACKNOWLEDGED, "screen", "Deze pagina is de ontvangstbevestiging"),
        (
            {"email": "a@voorbeeld.example", "reach": ["email"]},
            None,
            Stage.ACKNOWLEDGED,
            "screen",
            "Deze pagina",
        ),
    ],
)
def test_the_acknowledgement_goes_the_agreed_way(
    client: FlaskClient, given: dict[str, Any], channel: str | None, stage: Stage, how: str | None, says: str
) -> None:
    """Digitally only to who agreed to that (Awb 2:8); on paper it counts when staff posted it."""
    address = begin(client)
    fill(client, address, what=WORDS, **given)
    words = said(send(client, address))
    (complaint,) = complaints()
    assert [letter.channel for letter in complaint.letters] == ([channel] if channel else [])
    assert complaint.stage == stage
    taken = [(step.step, step.actor, step.details) for step in complaint.steps]
    assert taken == ([(Step.ACKNOWLEDGE, PORTAL, f'{{"how": "{how}"}}')] if how else [])
    assert says in words
    assert len(messages("complaint_notice")) == (1 if channel == "digital" else 0)


def test_the_files_go_along(client: FlaskClient) -> None:
    address = begin(client)
    kept = with_file(address)
    assert "brief.pdf" in said(client.get(f"{address}/nakijken"))
    assert send(client, address).status_code == 200
    (complaint,) = complaints()
    assert [file.public_id for file in complaint.attachments] == [kept.public_id]
    assert files() == 1
    assert db.session.scalar(select(func.count()).where(Attachment.draft_id.is_not(None))) == 0


def test_nothing_at_all_is_asked_for(client: FlaskClient) -> None:
    address = begin(client)
    refused = send(client, address)
    assert refused.status_code == 422
    assert "Vertel in een paar woorden wat er gebeurde" in said(refused)
    assert '<a href="#wijzig-wat">' in refused.text and 'id="wijzig-wat"' in refused.text
    assert complaints() == [] and len(drafts()) == 1
    # Once there is something, it is looked over first.
    again = fields_of(refused)
    post(client, f"{address}/wat", what=WORDS)
    shown = client.post(f"{address}/nakijken", data=again)
    assert shown.status_code == 409 and WORDS in said(shown)
    assert client.post(f"{address}/nakijken", data=fields_of(shown)).status_code == 200


def test_the_same_form_twice_shows_the_same_receipt(client: FlaskClient, app: Flask) -> None:
    address = begin(client)
    fill(client, address, what=WORDS)
    given = fields_of(client.get(f"{address}/nakijken"))
    first = client.post(f"{address}/nakijken", data=given)
    second = client.post(f"{address}/nakijken", data=given)
    assert (first.status_code, second.status_code) == (200, 200)
    assert said(first) == said(second)
    # Also in another browser: who holds the page holds the code.
    assert code_in(app.test_client().post(f"{address}/nakijken", data=given)) == code_in(first)
    (complaint,) = complaints()
    assert len(complaint.steps) == 1


def test_the_review_in_two_windows_counts_once(client: FlaskClient) -> None:
    address = begin(client)
    fill(client, address, what=WORDS)
    one, other = (fields_of(client.get(f"{address}/nakijken")) for _n in range(2))
    assert one["code"] != other["code"]
    assert client.post(f"{address}/nakijken", data=one).status_code == 200
    later = client.post(f"{address}/nakijken", data=other)
    (complaint,) = complaints()
    assert later.status_code == 409
    assert complaint.reference in said(later) and "in een ander venster" in said(later)
    assert receipts.grouped(other["code"]) not in later.text
    assert receipts.fits(complaint.code_hash, one["code"])


def test_five_at_once_make_one_complaint(app: Flask, client: FlaskClient) -> None:
    address = begin(client)
    fill(client, address, what=WORDS)
    given = fields_of(client.get(f"{address}/nakijken"))
    statuses, codes = [], []
    begun = threading.Barrier(5)

    def press() -> None:
        with app.app_context():
            begun.wait()
            sent = app.test_client().post(f"{address}/nakijken", data=given)
            statuses.append(sent.status_code)
            codes.append(code_in(sent))

    presses = [threading.Thread(target=press) for _n in range(5)]
    for one in presses:
        one.start()
    for one in presses:
        one.join()
    assert statuses == [200] * 5
    assert set(codes) == {receipts.grouped(given["code"])}
    (complaint,) = complaints()
    assert len(complaint.steps) == 1


@pytest.mark.parametrize("code", ["AAAABBBBCCCC", "", "kort", "ABCD EFGH JKMN"])
def test_nobody_chooses_an_own_code(client: FlaskClient, code: str) -> None:
    address = begin(client)
    fill(client, address, what=WORDS)
    given = fields_of(client.get(f"{address}/nakijken"))
    given["code"] = code
    refused = client.post(f"{address}/nakijken", data=given)
    assert refused.status_code == 400
    assert "Deze pagina stond lang open" in said(refused)
    assert complaints() == []
    # The form that comes back is good.
    assert client.post(f"{address}/nakijken", data=fields_of(refused)).status_code == 200


def test_marks_of_another_draft_send_nothing(client: FlaskClient) -> None:
    address, other = begin(client), begin(client)
    fill(client, address, what=WORDS)
    post(client, f"{other}/wat", what=WORDS)
    given = fields_of(client.get(f"{other}/nakijken"))
    assert client.post(f"{address}/nakijken", data=given).status_code == 400
    own = fields_of(client.get(f"{address}/nakijken"))
    own["mark"] = given["mark"]
    assert client.post(f"{address}/nakijken", data=own).status_code == 400
    assert complaints() == []


def test_a_link_of_something_sent(client: FlaskClient) -> None:
    address = begin(client)
    given = fields_of(client.get(f"{address}/wat"))
    fill(client, address, what=WORDS)
    send(client, address)
    (complaint,) = complaints()
    for step in ("", "/wat", "/over", "/bereikbaar", "/nakijken", "/later"):
        sent = client.get(f"{address}{step}")
        assert sent.status_code == 410
        assert said(sent).startswith("Dit is al verstuurd") and complaint.reference in said(sent)
        assert WORDS not in sent.text
    # A page that was still open shows what was typed there.
    given["what"] = "Nog iets vergeten."
    late = client.post(f"{address}/wat", data=given)
    assert late.status_code == 409 and "Nog iets vergeten." in said(late)


def test_a_new_code_ends_the_old_page(client: FlaskClient) -> None:
    """After staff gave another code, the old form shows that it was sent, and lets nobody in."""
    address = begin(client)
    fill(client, address, what=WORDS)
    given = fields_of(client.get(f"{address}/nakijken"))
    client.post(f"{address}/nakijken", data=given)
    (complaint,) = complaints()
    complaint.code_hash = receipts.hashed(receipts.new_code())
    db.session.commit()
    again = client.application.test_client().post(f"{address}/nakijken", data=given)
    assert again.status_code == 409
    assert "Set-Cookie" not in again.headers


def test_a_draft_that_lay_too_long_is_not_sent(client: FlaskClient) -> None:
    address = begin(client)
    fill(client, address, what=WORDS)
    given = fields_of(client.get(f"{address}/nakijken"))
    expire(address)
    assert client.post(f"{address}/nakijken", data=given).status_code == 410
    assert complaints() == []


def test_when_the_database_fails_nothing_is_lost(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the very last moment: the complaint and the end of its draft are one."""
    address = begin(client)
    fill(client, address, what=WORDS)
    with_file(address)
    given = fields_of(client.get(f"{address}/nakijken"))

    def broken(*_args: object, **_given: object) -> None:
        raise OperationalError("", {}, Exception())

    with monkeypatch.context() as patch:
        patch.setattr(operations.notices, "tell_staff", broken)
        away = client.post(f"{address}/nakijken", data=given)
    assert away.status_code == 503
    assert "is er nog" in said(away)
    assert complaints() == [] and len(drafts()) == 1 and files() == 1
    assert client.post(f"{address}/nakijken", data=given).status_code == 200
    assert len(complaints()) == 1


def test_slow_hashing_holds_nobody_up(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """The receipt code is hashed before the transaction begins."""
    address = begin(client)
    fill(client, address, what=WORDS)
    order: list[str] = []
    hashed, sent = receipts.hashed, queries.find

    def hashing(code: str) -> str:
        order.append("hashed")
        return hashed(code)

    def finding(token: str, *, to_change: bool = False) -> Any:
        order.append("locked" if to_change else "read")
        return sent(token, to_change=to_change)

    given = fields_of(client.get(f"{address}/nakijken"))
    monkeypatch.setattr(receipts, "hashed", hashing)
    monkeypatch.setattr(queries, "find", finding)
    client.post(f"{address}/nakijken", data=given)
    assert order == ["read", "hashed", "locked"]


def test_script_in_every_field_stays_text(client: FlaskClient) -> None:
    address = begin(client, {"wat": "klacht", "wie": "weet-het", "hulp": "jeugd"})
    texts = ("what", "when", "about", "for_whom", "wish_other", "name", "street", "postcode", "place")
    fill(client, address, **(dict.fromkeys(texts, SCRIPT) | DIGITAL))
    sent = send(client, address)
    assert sent.status_code == 200 and "<script>alert" not in sent.text
    (complaint,) = complaints()
    assert complaint.content.what == SCRIPT and complaint.content.place == SCRIPT


def test_in_english(client: FlaskClient) -> None:
    shown = client.get("/klacht?wat=klacht&wie=ik&hulp=jeugd&taal=en")
    address = client.post(
        "/klacht?wat=klacht&wie=ik&hulp=jeugd&taal=en", data=fields_of(shown)
    ).location.removesuffix("/wat")
    fill(client, address, what=WORDS)
    sent = send(client, address)
    assert '<html lang="en"' in sent.text
    (complaint,) = complaints()
    assert complaint.language == "en"
    # Sent while the page showed Dutch, it goes on in Dutch.
    other = begin(client, COMPLAINT)
    fill(client, other, what=WORDS)
    given = fields_of(client.get(f"{other}/nakijken?taal=en"))
    assert client.post(f"{other}/nakijken?taal=en", data=given).status_code == 200
    assert complaints()[-1].language == "en"


def test_a_signal_without_a_name(client: FlaskClient) -> None:
    address = begin(client, WAYS["signal"])
    assert "Zonder naam kan" in said(client.get(f"{address}/bereikbaar"))
    fill(client, address, what=WORDS)
    assert code_in(send(client, address))
    (complaint,) = complaints()
    assert complaint.content.name == "" and complaint.content.reach == ()


def test_sending_asks_a_bounded_number_of_questions(client: FlaskClient, statements: list[str]) -> None:
    """Number, complaint, files, draft, letter, step, records and mails: about twenty, whatever was filed before."""
    staff(Role.COMPLAINTS)
    address = begin(client)
    fill(client, address, what=WORDS, **DIGITAL)
    given = fields_of(client.get(f"{address}/nakijken"))
    statements.clear()
    client.post(f"{address}/nakijken", data=given)
    assert len(statements) <= 40, len(statements)


def test_the_promise_counts_from_today(client: FlaskClient) -> None:
    address = begin(client)
    fill(client, address, what=WORDS)
    send(client, address)
    (complaint,) = complaints()
    assert complaint.received_on == clock.today()
    assert complaint.decide_by >= clock.today() + timedelta(weeks=6)
