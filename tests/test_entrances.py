"""Every address says who may enter, and a GET never writes."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal import web
from portal.identity.rules import PERMISSIONS
from tests.surveys.sheets import invited

PERSONAL_PREFIXES = (
    "/v/<token>",
    "/klacht/invullen/<token>",
    "/klacht/volgen",
    "/klacht/betrokkene/<token>",
    "/talks/aanmelding/<token>",
    "/talks/kring/<token>",
    "/team/welkom/<token>",
)


def test_every_address_is_classified(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        found = web.entry_of(rule.endpoint)
        assert found is not None, f"{rule.endpoint} does not say who may enter"
        assert (found.kind == "personal") is rule.rule.startswith(PERSONAL_PREFIXES), rule.rule
        if found.kind == "staff":
            assert rule.rule.startswith("/team") and found.action in PERMISSIONS, rule.rule


def test_staff_pages_are_closed_to_the_public(app: Flask, client: FlaskClient) -> None:
    for rule in app.url_map.iter_rules():
        if web.entry_of(rule.endpoint).kind != "staff":  # type: ignore[union-attr]
            continue
        values = {name: "1" if "int" in str(rule) else "intake" for name in rule.arguments}
        address = app.url_map.bind("localhost").build(rule.endpoint, values)
        for method in rule.methods - {"HEAD", "OPTIONS"}:  # type: ignore[operator]
            response = client.open(address, method=method)
            assert response.status_code in {302, 303, 400, 403}, f"{method} {address}: {response.status_code}"
            assert response.status_code != 302 or "/team/inloggen" in response.location


COMPLAINTS = (
    "/klacht",
    "/klacht?wat=klacht&wie=ik&hulp=jeugd",
    "/klacht?wat=bezwaar&datum=3-8-2026",
    "/klacht/verder",
    "/klacht/volgen",
    "/klacht/jaarverslag",
)


@pytest.mark.parametrize("path", ["/v", "/", "/privacy", "/toegankelijkheid", *COMPLAINTS])
def test_public_pages_set_no_cookie(client: FlaskClient, path: str) -> None:
    assert "Set-Cookie" not in client.get(path).headers


def test_personal_pages_set_no_cookie_and_are_not_kept(client: FlaskClient) -> None:
    _invitation, address = invited()
    response = client.get(address)
    assert "Set-Cookie" not in response.headers
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert response.headers["Referrer-Policy"] == "same-origin"


def test_a_get_writes_nothing(app: Flask, client: FlaskClient, statements: list[str]) -> None:
    _invitation, address = invited()
    statements.clear()
    for path in (
        "/",
        "/v",
        "/privacy",
        "/toegankelijkheid",
        "/healthz",
        "/readyz",
        "/team",
        "/team/inloggen",
        *COMPLAINTS,
    ):
        client.get(path)
    for path in (
        "",
        "?cijfer=4",
        "/1",
        "/2",
        "/bedankt",
        "/bellen",
        "/gebeld-worden",
        "/afmelden",
        "/anderen",
    ):
        client.get(address + path)
    assert [s for s in statements if s.split()[0] not in {"SELECT", "SHOW", "PRAGMA"}] == []
