"""A lost receipt code is replaced after a check: shown once, or printed on a letter."""

import re
from typing import Any

import pytest
from sqlalchemy import select, text
from werkzeug.test import TestResponse

from portal.audit.models import AuditEvent
from portal.complaints import receipts
from portal.complaints.letters import By, Kind
from portal.complaints.rules import Step
from portal.db import db
from tests.complaints.people import CODE
from tests.complaints.steps.desk import Desk, hidden, main_of, said
from tests.complaints.steps.test_steps import NewDesk

ON_PAPER = {"formal_by_email": False}
NOT_HOME = {"formal_by_email": False, "reach": ("phone",)}
SHOWN = re.compile(r"<dd>([0-9A-HJKMNP-TV-Z]{4} [0-9A-HJKMNP-TV-Z]{4} [0-9A-HJKMNP-TV-Z]{4})</dd>")


def ask(mine: Desk, page: TestResponse | None = None, **fields: Any) -> TestResponse:
    """Press the button for a new code."""
    page = page or mine.client.get(f"{mine.home}/code")
    return mine.client.post(f"{mine.home}/code", data=hidden(page) | fields)


def code_in(page: TestResponse) -> str:
    found = SHOWN.search(main_of(page))
    assert found, said(page)
    return receipts.read(found[1])


def checks() -> list[str]:
    """What was written down about codes, with who did it."""
    events = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    assert all(event.actor.isdigit() for event in events if event.event == "complaint.code")
    return [event.details["what"] for event in events if "checked by" in str(event.details.get("what"))]


def test_a_new_code_is_shown_once_and_the_old_one_is_over(desk: NewDesk) -> None:
    mine = desk()
    assert receipts.fits(mine.complaint().code_hash, CODE)
    shown = ask(mine, checked="phone", by="hand")
    assert shown.status_code == 200 and shown.headers["Cache-Control"] == "no-store"
    new = code_in(shown)
    complaint = mine.complaint()
    assert receipts.fits(complaint.code_hash, new) and not receipts.fits(complaint.code_hash, CODE)
    assert complaint.code_sealed is None and not complaint.letters
    assert checks() == ["new code, checked by phone"]
    assert new not in mine.client.get(f"{mine.home}/code").text
    assert receipts.grouped(new) not in mine.client.get(f"{mine.home}/code").text


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"by": "hand"}, "Zonder controle komt er geen nieuwe code."),
        ({"checked": "face", "by": "hand"}, "Zonder controle komt er geen nieuwe code."),
        ({"checked": "desk"}, "Kies hoe de klager de code krijgt."),
        ({"checked": "desk", "by": "pigeon"}, "Kies hoe de klager de code krijgt."),
        ({"checked": "desk", "by": "hand", "request_key": "a" * 33}, "Er is iets dat nog niet klopt"),
    ],
)
def test_without_a_check_there_is_no_code(desk: NewDesk, fields: dict[str, str], message: str) -> None:
    mine = desk()
    refused = ask(mine, **fields)
    assert refused.status_code == 422 and message in said(refused)
    assert receipts.fits(mine.complaint().code_hash, CODE) and not checks()


def test_no_letter_comes_where_none_may_come(desk: NewDesk) -> None:
    mine = desk(NOT_HOME)
    assert 'value="letter"' not in mine.client.get(f"{mine.home}/code").text
    assert ask(mine, checked="desk", by="letter").status_code == 422
    assert not mine.complaint().letters


def test_a_letter_brings_the_code_and_then_it_is_forgotten(desk: NewDesk) -> None:
    mine = desk()
    sent = ask(mine, checked="desk", by="letter")
    (letter,) = mine.complaint().letters
    assert (sent.status_code, sent.location) == (303, f"{mine.home}/brief/{letter.id}")
    assert (letter.kind, letter.channel, letter.sent_on) == (Kind.CODE, By.POST, None), "never digitally"
    printed = mine.client.get(sent.location)
    new = code_in(printed)
    assert receipts.fits(mine.complaint().code_hash, new)
    assert new not in letter.words and receipts.grouped(new) not in letter.words
    kept = db.session.execute(text("SELECT code_sealed FROM complaint")).scalar_one()
    assert new.encode() not in bytes(kept)
    mine.post_letter(letter.id)
    assert mine.complaint().code_sealed is None
    assert not SHOWN.search(main_of(mine.client.get(sent.location)))


def test_the_code_stands_on_a_letter_that_waits_and_on_no_other(desk: NewDesk) -> None:
    mine = desk(ON_PAPER)
    first = mine.take(Step.ACKNOWLEDGE).location
    assert not SHOWN.search(main_of(mine.client.get(first))), "this code was shown on the website"
    mine.post_letter(mine.complaint().letters[0].id)
    second = ask(mine, checked="phone", by="letter").location
    assert SHOWN.search(main_of(mine.client.get(second)))
    assert not SHOWN.search(main_of(mine.client.get(first))), "that letter went already"
    mine.take(Step.EXTEND, reason="Iemand was ziek.")
    extension = mine.complaint().letters[-1]
    assert (extension.kind, extension.channel) == (Kind.EXTENSION, By.POST)
    assert not SHOWN.search(main_of(mine.client.get(f"{mine.home}/brief/{extension.id}")))


def test_a_letter_that_waits_with_the_code_brings_the_new_one(desk: NewDesk) -> None:
    mine = desk(ON_PAPER)
    first = ask(mine, checked="phone", by="letter").location
    old = code_in(mine.client.get(first))
    assert "Er wacht nog een brief met de code." in said(mine.client.get(f"{mine.home}/code"))
    assert ask(mine, checked="phone", by="letter").location == first, "one code, one letter"
    new = code_in(mine.client.get(first))
    assert new != old and receipts.fits(mine.complaint().code_hash, new)
    assert len(mine.complaint().letters) == 1


def test_pressing_twice_does_not_replace_the_code_that_is_read_out(desk: NewDesk) -> None:
    mine = desk()
    page = mine.client.get(f"{mine.home}/code")
    new = code_in(ask(mine, page, checked="phone", by="hand"))
    again = ask(mine, page, checked="phone", by="hand")
    assert again.status_code == 409 and "de code van daarnet geldt" in said(again)
    assert receipts.fits(mine.complaint().code_hash, new)
    assert len(checks()) == 1


def test_who_had_no_code_gets_one(desk: NewDesk) -> None:
    mine = desk()
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE complaint SET code_hash = NULL"))
    new = code_in(ask(mine, checked="desk", by="hand"))
    assert receipts.fits(mine.complaint().code_hash, new)


@pytest.mark.parametrize("by", ["hand", "letter"])
def test_who_made_the_code_is_remembered_whatever_the_page_sent(desk: NewDesk, by: str) -> None:
    mine = desk(ON_PAPER)
    answer = ask(mine, checked="phone", by=by, request_key="a\x00b")
    assert answer.status_code == (200 if by == "hand" else 303)
    assert mine.complaint().code_known_to is not None
