"""Sent again with other words, odd values, and how a call went: nothing is lost and nothing breaks."""

from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.complaints.rules import Step
from portal.complaints.words import CALL_RESULTS, CallResult
from portal.db import db
from portal.outbox.models import Message
from tests.complaints.following.follower import (
    HOME,
    asked_longer,
    inside,
    marks_of_form,
    now,
    planned,
    words,
)
from tests.complaints.people import filed, taken


def test_other_words_under_a_used_key_are_kept_too(client: FlaskClient) -> None:
    """Somebody goes back to the page, writes more, and sends again."""
    complaint = filed()
    inside(client, complaint)
    fields = marks_of_form(client.get(f"{HOME}/berichten"), f"{HOME}/berichten")
    for typed in ("Eerst", "Eerst", "Eerst, en nog iets", "Eerst, en nog iets"):
        assert client.post(f"{HOME}/berichten", data=fields | {"words": typed}).status_code == 303
    assert [message.words for message in now(complaint).messages] == ["Eerst", "Eerst, en nog iets"]


def test_other_words_about_the_hearing_are_kept_and_told_too(client: FlaskClient) -> None:
    complaint = planned()
    inside(client, complaint)
    fields = marks_of_form(client.get(f"{HOME}/gesprek"), f"{HOME}/gesprek")
    for typed in ("Dinsdag niet", "Dinsdag niet", "Woensdag ook niet"):
        assert client.post(f"{HOME}/gesprek", data=fields | {"words": typed}).status_code == 303
    said_now = [message.words.split("\n\n")[1] for message in now(complaint).messages]
    assert said_now == ["Dinsdag niet", "Woensdag ook niet"]
    mails = db.session.scalars(select(Message).where(Message.template == "complaint_staff"))
    assert sum('"hearing"' in (mail.params or "") for mail in mails) == 2


def test_no_is_said_once_whatever_the_language(client: FlaskClient) -> None:
    complaint = asked_longer()
    inside(client, complaint)
    for language in ("nl", "en"):
        fields = marks_of_form(client.get(f"{HOME}/meer-tijd"), f"{HOME}/meer-tijd") | {"choice": "no"}
        assert client.post(f"{HOME}/meer-tijd?taal={language}", data=fields).status_code == 303
    assert len(now(complaint).messages) == 1


@pytest.mark.parametrize(
    ("address", "status"),
    [("/bijlage/%00", 404), ("/bijlage/%EF%BF%BF", 404), ("/brief/99999999999999999999", 404)],
)
def test_odd_numbers_are_not_there(client: FlaskClient, address: str, status: int) -> None:
    inside(client, filed())
    assert client.get(HOME + address).status_code == status


def test_odd_hidden_fields_break_nothing(client: FlaskClient) -> None:
    complaint = planned()
    inside(client, complaint)
    for odd in ("\0", "a\0b", "9" * 5000, "\u202e"):
        hidden = {"request_key": odd, "made_for": "\0", "until": odd, "to": odd}
        fields = marks_of_form(client.get(f"{HOME}/berichten"), f"{HOME}/berichten")
        assert client.post(f"{HOME}/berichten", data=fields | hidden | {"words": odd}).status_code < 500
        assert client.post(f"{HOME}/meer-tijd", data=fields | hidden).status_code < 500
        assert client.post(f"{HOME}/gesprek", data=fields | hidden | {"words": odd}).status_code < 500


def test_a_hearing_in_the_last_hour_there_is_has_a_file(client: FlaskClient) -> None:
    complaint = planned(at=datetime(9999, 12, 31, 22, 30, tzinfo=UTC))
    inside(client, complaint)
    assert "31 december 9999" in words(client, "/gesprek")
    response = client.get(f"{HOME}/gesprek.ics")
    assert response.status_code == 200 and "99991231T233000" in response.text


@pytest.mark.parametrize(
    ("result", "title"),
    [
        (CallResult.REACHED, "We hebben u gebeld"),
        (CallResult.NOT_REACHED, "We probeerden u te bellen"),
        (CallResult.DECLINED, "U wilde niet gebeld worden"),
        (None, "We zochten contact met u"),
    ],
)
def test_the_timeline_says_how_the_call_went(
    client: FlaskClient, result: CallResult | None, title: str
) -> None:
    kept = {"result": str(CALL_RESULTS[result]), "note": "Alleen voor ons"} if result else {}
    complaint = taken(taken(filed(), Step.ACKNOWLEDGE), Step.CALL, details=kept)
    page = words(inside(client, complaint))
    assert f"Gedaan: {title}" in page and "Alleen voor ons" not in page
