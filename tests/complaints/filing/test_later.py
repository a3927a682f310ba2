"""Going on later, throwing away, and links that open nothing (any more)."""

from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal import clock
from portal.complaints.filing import queries
from portal.complaints.filing.rules import kept_until
from portal.crypto import keyring, new_public_id
from portal.privacy.retention import operations as retention
from portal.privacy.retention.rules import Kind
from tests.complaints.filing.filing import (
    WORDS,
    begin,
    drafts,
    expire,
    fields_of,
    files,
    filling,
    post,
    said,
    with_file,
)


def test_going_on_later(client: FlaskClient, app: Flask) -> None:
    address = begin(client)
    kept = post(client, f"{address}/wat", "later", what=WORDS)
    assert kept.location == f"{address}/later"
    words = said(client.get(kept.location))
    (draft,) = drafts()
    code = queries.code_of(draft)
    assert f"{code[:4]} {code[4:8]} {code[8:]}" in words
    assert f"{app.extensions['settings'].base_url}{address}" in words
    assert draft.kept_until == clock.today() + timedelta(days=14)
    typing = fields_of(client.get("/klacht/verder"))
    typing["code"] = f" {code[:5].lower()}-{code[5:].lower()} "
    opened = client.post("/klacht/verder", data=typing)
    assert opened.location == address
    assert client.get(address).location == f"{address}/wat"
    assert fields_of(client.get(f"{address}/wat"))["what"] == WORDS


def test_codes_that_open_nothing(client: FlaskClient) -> None:
    def typed(code: str) -> str:
        given = fields_of(client.get("/klacht/verder"))
        given["code"] = code
        response = client.post("/klacht/verder", data=given)
        assert response.status_code == 422
        return said(response)

    assert "Typ de code die u opschreef" in typed("")
    assert "niet compleet" in typed("7KQ2")
    assert "kennen we niet" in typed("7KQ2 M4XP 9T")
    assert client.post("/klacht/verder", data={"mark": "x", "code": "7KQ2"}).status_code == 400


def test_guessing_codes_gets_slow(client: FlaskClient) -> None:
    given = fields_of(client.get("/klacht/verder"))
    given["code"] = "7KQ2 M4XP 9T"
    statuses = [client.post("/klacht/verder", data=given).status_code for _n in range(12)]
    assert statuses == [422] * 10 + [429] * 2


def test_throwing_away_takes_all_of_it(client: FlaskClient) -> None:
    address = begin(client)
    with_file(address)
    given = fields_of(client.get(f"{address}/later"))
    assert client.post(f"{address}/weggooien", data={"mark": "x"}).status_code == 303
    assert len(drafts()) == 1
    done = client.post(f"{address}/weggooien", data=given)
    assert done.status_code == 200 and said(done).startswith("Het is weg")
    assert (drafts(), files()) == ([], 0)
    # Pressed twice it is as gone.
    assert client.post(f"{address}/weggooien", data=given).status_code == 410


def test_a_draft_that_lay_too_long(client: FlaskClient) -> None:
    address = begin(client)
    given = fields_of(client.get(f"{address}/wat"))
    given["what"] = WORDS
    expire(address)
    for step in ("", "/wat", "/over", "/bereikbaar", "/nakijken", "/later"):
        gone = client.get(f"{address}{step}")
        assert gone.status_code == 410
        assert said(gone).startswith("Dit is er niet meer")
    # What was typed on a page that was still open is shown, so that it is not lost.
    late = client.post(f"{address}/wat", data=given)
    assert late.status_code == 410 and WORDS in said(late)


def test_old_drafts_are_forgotten_with_their_files(client: FlaskClient) -> None:
    old, fresh = begin(client), begin(client)
    with_file(old), with_file(fresh)
    expire(old, days=0)
    assert retention.purge()[Kind.COMPLAINT_DRAFTS] == 0
    assert client.get(f"{old}/wat").status_code == 200
    expire(old)
    assert retention.purge()[Kind.COMPLAINT_DRAFTS] == 1
    assert (len(drafts()), files()) == (1, 1)
    assert filling(fresh)
    assert retention.purge()[Kind.COMPLAINT_DRAFTS] == 0


@pytest.mark.parametrize("token", ["onzin", "A" * 24, "é" * 24])
def test_links_that_were_never_ours(client: FlaskClient, token: str) -> None:
    for step in ("", "/wat", "/nakijken", "/later"):
        assert client.get(f"/klacht/invullen/{token}{step}").status_code == 404
    tried = client.post(f"/klacht/invullen/{token}/wat", data={"what": WORDS})
    assert tried.status_code == 404 and WORDS in said(tried)


def test_a_link_of_something_else_opens_no_draft(client: FlaskClient) -> None:
    """The number of a draft with a mark that is not its own."""
    begin(client)
    (draft,) = drafts()
    wrong = keyring().token(new_public_id(), draft.link_key_id)
    mixed = keyring().token(draft.public_id, draft.link_key_id)[:11] + wrong[11:]
    assert client.get(f"/klacht/invullen/{mixed}/wat").status_code == 404


def test_what_is_gone_can_be_read_in_english(client: FlaskClient) -> None:
    address = begin(client)
    expire(address)
    assert f'href="{address}/wat?taal=en"' in client.get(f"{address}/wat").text
    assert '<html lang="en"' in client.get(f"{address}/wat?taal=en").text


def test_a_draft_is_kept_for_two_weeks() -> None:
    assert kept_until(date(2026, 11, 23), 14) == date(2026, 12, 7)
