"""The door: reference and code, wrong tries, the half hour, and what was typed when it was over."""

import json
import statistics
import time
from datetime import timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal import clock
from portal.complaints import operations, receipts
from portal.complaints.following import operations as following
from portal.db import db, transaction
from portal.identity.rules import FREE_TRIES
from tests.complaints.following.follower import (
    HOME,
    entering,
    inside,
    marks,
    marks_of_form,
    now,
    planned,
    post,
    said,
    words,
)
from tests.complaints.people import CODE, filed
from tests.complaints.together import at_once

OTHER_CODE = "ZZZZZZZZZZZZ"
FIT = "horen niet bij elkaar"


@pytest.mark.parametrize("code", [CODE, "0123 4567 89AB", " o123-4567-89ab ", "oi23 4567 89ab"])
def test_the_code_is_read_however_it_is_typed(client: FlaskClient, code: str) -> None:
    complaint = filed()
    response = entering(client, complaint.reference.lower().replace("-", " "), code)
    assert response.status_code == 303
    assert client.get(response.location).location == HOME
    assert complaint.reference in words(client)


def test_one_page_says_no_to_whatever_was_wrong(client: FlaskClient) -> None:
    """The same words for an unknown reference, a wrong code, and a complaint without a code."""
    complaint, codeless = filed(), filed()
    with transaction():
        held = operations.locked(codeless.public_id)
        assert held is not None
        held.code_hash = None
    answers = [
        entering(client, reference, code)
        for reference, code in (
            ("KL-2026-9999", CODE),
            ("geen nummer", CODE),
            (complaint.reference, OTHER_CODE),
            (complaint.reference, "kort"),
            (codeless.reference, CODE),
        )
    ]
    assert {response.status_code for response in answers} == {422}
    assert all(FIT in said(response) for response in answers)
    assert len({said(response).replace("KL", "") for response in answers}) == 1
    assert client.get(f"{HOME}/berichten").status_code == 303


@pytest.mark.slow_hashing
def test_an_unknown_reference_takes_as_long_as_a_wrong_code(app: Flask) -> None:
    complaint = filed()
    following.opened_by("KL-2026-9999", CODE)  # the first makes what nobody's code is compared with

    def took(reference: str, code: str) -> float:
        # Of this process alone: what else the machine does says nothing.
        start = time.process_time()
        assert following.opened_by(reference, code) is None
        return time.process_time() - start

    pairs = [
        (took(complaint.reference, OTHER_CODE), took("KL-2026-9999", CODE), took("niets", "kort"))
        for _try in range(7)
    ]
    wrong, unknown, nonsense = (statistics.median(times) for times in zip(*pairs, strict=True))
    # Comparing is all that takes time, and it is always done.
    assert 0.5 < wrong / unknown < 2
    assert 0.5 < wrong / nonsense < 2


def test_comparing_holds_no_transaction(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    complaint = filed()
    open_ones = []

    def fits(code_hash: str | None, code: str) -> bool:
        open_ones.append(db.session().in_transaction())
        return False

    monkeypatch.setattr(receipts, "fits", fits)
    following.opened_by(complaint.reference, CODE)
    assert open_ones == [False]


def test_nothing_typed_is_said_and_not_counted(client: FlaskClient) -> None:
    for _try in range(FREE_TRIES + 1):
        response = entering(client, "", "")
        assert response.status_code == 422
    assert "Vul het nummer in." in said(response) and "Vul de code in." in said(response)


def test_many_wrong_tries_make_one_wait_and_lose_nothing(app: Flask, client: FlaskClient) -> None:
    complaint = filed()
    for _try in range(FREE_TRIES):
        assert entering(client, complaint.reference, OTHER_CODE).status_code == 422
    response = entering(client, complaint.reference, CODE, words="Mijn woorden", to="berichten")
    assert response.status_code == 429
    wait = int(response.headers["Retry-After"])
    assert 0 < wait <= 30 and "Er is niets verloren." in said(response)
    assert f"Wacht {wait} second" in said(response)
    assert "Mijn woorden" in said(response) and f'value="{complaint.reference}"' in response.text
    # Only this source waits: the complainant, elsewhere, comes in.
    elsewhere = app.test_client()
    fields = marks(elsewhere.get(HOME)) | {"reference": complaint.reference, "code": CODE}
    answer = elsewhere.post(HOME, data=fields, environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert answer.status_code == 303


def test_many_tries_at_once_are_no_more_than_one_after_another(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = []

    def fits(_code_hash: str | None, _code: str) -> bool:
        compared.append(1)
        time.sleep(0.3)
        return False

    monkeypatch.setattr(receipts, "fits", fits)
    fields = marks(app.test_client().get(HOME)) | {"reference": "KL-2026-0001", "code": OTHER_CODE}
    tries = [lambda: app.test_client().post(HOME, data=fields).status_code] * 24
    answers = at_once(app, *tries)
    assert len(compared) == FREE_TRIES
    assert sorted(answers) == [422] * FREE_TRIES + [429] * (24 - FREE_TRIES)


def test_right_codes_are_not_counted(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receipts, "fits", lambda _hash, _code: True)
    reference = filed().reference
    for _try in range(FREE_TRIES + 2):
        assert entering(app.test_client(), reference).status_code == 303


def test_a_cookie_that_did_not_stick_is_said(app: Flask) -> None:
    complaint = filed()
    client = app.test_client(use_cookies=False)
    answer = entering(client, complaint.reference)
    response = client.get(answer.location)
    assert "browser bewaarde geen cookie" in said(response)


PAGES = (
    "/berichten",
    "/gesprek",
    "/gesprek.ics",
    "/meer-tijd",
    "/intrekken",
    "/brief/1",
    "/kopie",
    "/bijlage/1",
)


def test_without_a_session_every_page_leads_to_the_door(client: FlaskClient) -> None:
    filed()
    for address in PAGES:
        response = client.get(HOME + address)
        assert (response.status_code, response.location) == (303, f"{HOME}?melding=verlopen"), address
    ended = said(client.get(f"{HOME}?melding=verlopen"))
    assert (
        "Na een half uur zonder iets te doen gaat de pagina vanzelf dicht, en in elk geval na vier uur."
        in ended
    )
    for address in ("/opgelost", "/meer-tijd"):
        assert client.post(HOME + address, data={"solved": "yes"}).location == f"{HOME}?melding=verlopen"
    assert client.post(f"{HOME}/sluiten").location == f"{HOME}?melding=gesloten"


def test_half_an_hour_after_the_last_page_it_is_over(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside(client, filed())
    now = clock.now()
    for minutes, status in ((29, 200), (58, 200), (89, 303)):
        monkeypatch.setattr(clock, "now", lambda later=minutes: now + timedelta(minutes=later))
        assert client.get(f"{HOME}/berichten").status_code == status


def test_a_new_code_ends_what_the_old_one_opened(client: FlaskClient) -> None:
    complaint = filed()
    inside(client, complaint)
    hashed = receipts.hashed(OTHER_CODE)
    with transaction():
        held = operations.locked(complaint.public_id)
        assert held is not None
        operations.new_code(held, OTHER_CODE, hashed, by_letter=False, actor="1")
    assert client.get(f"{HOME}/berichten").status_code == 303
    assert entering(client, complaint.reference).status_code == 422
    assert entering(client, complaint.reference, OTHER_CODE).status_code == 303


def test_closing_forgets_the_complaint(client: FlaskClient) -> None:
    inside(client, filed())
    response = post(client, "/sluiten", page="")
    assert response.location == f"{HOME}?melding=gesloten"
    assert "De pagina is dicht op dit apparaat." in said(client.get(response.location))
    assert client.get(f"{HOME}/kopie").status_code == 303


def test_a_stale_mark_closes_nothing(client: FlaskClient) -> None:
    inside(client, filed())
    response = client.post(f"{HOME}/sluiten", data={"mark": "stale"})
    assert response.status_code == 400 and "Deze pagina stond lang open" in said(response)


@pytest.mark.parametrize(
    ("address", "heading"),
    [("/berichten", "Schrijf een bericht"), ("/gesprek", "Dit lukt niet?"), ("/intrekken", "intrekken?")],
)
def test_what_was_typed_too_late_goes_along(
    app: Flask, client: FlaskClient, address: str, heading: str
) -> None:
    """Typed when the half hour was over: at the door it is still there, after the code it goes on."""
    complaint = planned()
    inside(client, complaint)
    typed = "Dit typte ik </textarea><script>alert(1)</script>"
    fields = marks_of_form(client.get(HOME + address), HOME + address)
    late = app.test_client()
    at_the_door = late.post(HOME + address, data=fields | {"words": typed})
    assert at_the_door.status_code == 403 and typed in said_with_tags(at_the_door)
    fields = marks(at_the_door) | {"words": typed, "reference": complaint.reference}
    wrong = late.post(HOME, data=fields | {"code": OTHER_CODE})
    assert wrong.status_code == 422 and typed in said_with_tags(wrong)
    inside_again = late.post(HOME, data=marks(wrong) | fields | {"code": CODE})
    assert inside_again.status_code == 200 and heading in said(inside_again)
    assert typed in said_with_tags(inside_again)
    assert "<script>alert" not in inside_again.text
    sent = late.post(
        HOME + address, data=marks_of_form(inside_again, HOME + address) | {"words": typed, "action": "send"}
    )
    assert sent.status_code == 303
    kept = now(complaint)
    if address == "/intrekken":
        assert json.loads(kept.steps[-1].details)["why"] == typed
    else:
        assert typed in kept.messages[-1].words


def said_with_tags(response: TestResponse) -> str:
    return unescape(response.text)


def test_the_key_of_the_late_page_is_kept_so_that_it_is_sent_once(app: Flask, client: FlaskClient) -> None:
    complaint = filed()
    inside(client, complaint)
    fields = marks_of_form(client.get(f"{HOME}/berichten"), f"{HOME}/berichten")
    assert client.post(f"{HOME}/berichten", data=fields | {"words": "Eén keer"}).status_code == 303
    late = app.test_client()
    door = late.post(f"{HOME}/berichten", data=fields | {"words": "Eén keer"})
    again = late.post(
        HOME,
        data=marks(door) | {"words": "Eén keer", "reference": complaint.reference, "code": CODE},
    )
    late.post(f"{HOME}/berichten", data=marks_of_form(again, f"{HOME}/berichten") | {"words": "Eén keer"})
    assert len(now(complaint).messages) == 1


def test_the_language_of_the_complaint_and_the_choice_for_another_stay(client: FlaskClient) -> None:
    inside(client, filed(language="en"))
    page = client.get(HOME)
    assert '<html lang="en"' in page.text
    dutch = client.get(f"{HOME}?taal=nl")
    assert '<html lang="nl"' in dutch.text and f'href="{HOME}/berichten?taal=nl"' in dutch.text
    switched = client.post(f"{HOME}/berichten", data={"action": "language:nl", "words": "Nog niet klaar"})
    assert switched.status_code == 200 and '<html lang="nl"' in switched.text
    assert "Nog niet klaar" in switched.text


def test_the_door_is_not_kept_by_a_browser_or_found_by_a_search_engine(client: FlaskClient) -> None:
    response = client.get(HOME)
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Robots-Tag"] == "noindex, nofollow"
