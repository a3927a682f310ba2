"""The same draft on two screens: nothing is written over that nobody saw, and nothing is sent unseen."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.complaints import receipts
from portal.complaints.filing import operations
from tests.complaints.filing.filing import (
    WORDS,
    begin,
    complaints,
    fields_of,
    fill,
    filling,
    post,
    said,
    with_file,
)

pytestmark = pytest.mark.usefixtures("app")
NUL = "a\x00b\ud7ff\U0001f600"


def test_an_old_page_does_not_write_over_what_is_newer(client: FlaskClient) -> None:
    address = begin(client)
    old = fields_of(client.get(f"{address}/wat"))
    post(client, f"{address}/wat", what="mijn hele verhaal", when="gisteren")
    old["what"], old["when"] = "iets korters", "gisteren"
    late = client.post(f"{address}/wat", data=old)
    assert late.status_code == 409
    assert filling(address).content.what == "mijn hele verhaal"
    assert fields_of(late)["what"] == "iets korters", "what was typed is in the field"
    assert "mijn hele verhaal" in said(late), "what is kept stands beside it"
    assert '<a href="#what">' in late.text and '<a href="#when">' not in late.text, "only what differs"
    # Who saw both and presses once more means it.
    assert client.post(f"{address}/wat", data=fields_of(late)).status_code == 303
    assert filling(address).content.what == "iets korters"


def test_a_double_click_is_no_other_screen(client: FlaskClient) -> None:
    address = begin(client)
    given = fields_of(client.get(f"{address}/wat"))
    given["what"] = WORDS
    assert [client.post(f"{address}/wat", data=given).status_code for _n in range(2)] == [303, 303]


def test_each_kind_of_answer_is_compared_and_shown(client: FlaskClient) -> None:
    address = begin(client)
    old = {step: fields_of(client.get(f"{address}/{step}")) for step in ("over", "bereikbaar")}
    post(client, f"{address}/over", on_behalf="knows", for_whom="Tante", wishes=["talk"])
    reached = {"phone": "06 12345678", "reach": ["phone"], "voicemail": "yes", "street": "Straat 1"}
    post(client, f"{address}/bereikbaar", **reached)
    about = client.post(f"{address}/over", data=old["over"])
    assert about.status_code == 409
    assert "andere scherm: Voor iemand anders, en die weet dat" in said(about)
    assert fields_of(about)["for_whom"] == "Tante", "what the old page did not ask stays"
    assert 'type="radio" name="on_behalf"' in about.text
    reach = client.post(f"{address}/bereikbaar", data=old["bereikbaar"])
    assert reach.status_code == 409 and "+31612345678" in said(reach) and "Straat 1" in said(reach)
    assert filling(address).content.phone == "+31612345678"


def test_in_another_language_nothing_is_written_over_either(client: FlaskClient) -> None:
    address = begin(client)
    old = fields_of(client.get(f"{address}/wat"))
    post(client, f"{address}/wat", what="nieuw")
    old["what"], old["action"] = "oud", "language:en"
    assert client.post(f"{address}/wat", data=old).status_code == 409
    assert filling(address).content.what == "nieuw"


@pytest.mark.parametrize("change", ["words", "file"])
def test_only_what_was_looked_over_is_sent(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    address = begin(client)
    review = fields_of(fill(client, address, what="met naam"))
    if change == "words":
        post(client, f"{address}/wat", what="nooit nagekeken")
    else:
        with_file(address)
    with monkeypatch.context() as patch:
        patch.setattr(receipts, "hashed", lambda _code: pytest.fail("hashed for nothing"))
        shown = client.post(f"{address}/nakijken", data=review)
    assert shown.status_code == 409 and complaints() == []
    assert "Er is nog niets verstuurd" in said(shown)
    assert ("nooit nagekeken" if change == "words" else "brief.pdf") in said(shown)
    assert client.post(f"{address}/nakijken", data=fields_of(shown)).status_code == 200


def test_a_change_while_the_code_is_hashed_is_seen_too(
    client: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = begin(client)
    review = fields_of(fill(client, address, what="met naam"))
    real = operations.send

    def late(*given: object, **more: object) -> object:
        post(app.test_client(), f"{address}/wat", what="nog net veranderd")
        return real(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(operations, "send", late)
    shown = client.post(f"{address}/nakijken", data=review)
    assert shown.status_code == 409 and "nog net veranderd" in said(shown)
    assert complaints() == []


def test_odd_hidden_fields_are_no_error_of_ours(client: FlaskClient) -> None:
    address = begin(client)
    assert post(client, f"{address}/wat", what=WORDS, as_shown=NUL).status_code == 409
    assert post(client, f"{address}/wat", what=WORDS, mark=NUL).status_code == 400
    post(client, f"{address}/wat", what=WORDS)
    assert post(client, f"{address}/nakijken", seen=NUL).status_code == 409
    for name in ("code", "proof", "mark"):
        assert post(client, f"{address}/nakijken", **{name: NUL}).status_code == 400, name
