"""What every answer says to a browser, over the whole URL map: pages, errors, redirects and static files."""

import re
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from flask import Flask, request
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal import config, envelope, web
from portal.app import create_app
from portal.cli import prepare
from portal.db import db
from portal.identity import attempts
from portal.identity.rules import Role
from portal.outbox.models import Message
from portal.outbox.post import compose
from portal.outbox.rules import Channel, State
from portal.reactions import HANDLERS
from tests.security import world
from tests.security.test_others_identifiers import following, on_sqlite
from tests.security.visitors import browser, member

BASE = "https://portaal.voorbeeld.example"
STRICT = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
}
# A mail as it looks, in a frame of its own, in development only.
FRAMED = {"post.html"}
# A form that belongs to a session needs one; the session is the cookie.
SIGNING_IN = {
    "security.login",
    "security.two_factor_token_validation",
    "security.two_factor_setup",
    "security.mf_recovery",
}
UNSEEN = ("/bestaat-niet", "/v/bestaat/niet/echt", "/team/bestaat-niet", "/static/bestaat-niet.js", "//team")


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """A portal as an operator runs it, behind one proxy that ends the https."""
    made = create_app(
        config.load(
            env="production",
            instance=tmp_path_factory.mktemp("production"),
            base_url=BASE,
            trusted_proxies=1,
            secret_key=secrets.token_urlsafe(32),
            index_key=secrets.token_urlsafe(32),
            link_keys=secrets.token_urlsafe(32),
            data_keys=Fernet.generate_key().decode(),
        )
    )
    made.config["TESTING"] = True
    made.config["PROPAGATE_EXCEPTIONS"] = False
    with made.app_context():
        prepare()
        yield made
        db.session.remove()
        db.engine.dispose()


def ask(client: FlaskClient, address: str, method: str = "GET", **headers: str) -> TestResponse:
    """As a browser through the proxy."""
    given = {
        "Host": "portaal.voorbeeld.example",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-For": "192.0.2.7",
    }
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.open(address, method=method, headers=given | named)


def policy(response: TestResponse) -> set[str]:
    return {part.strip() for part in response.headers.get("Content-Security-Policy", "").split(";")}


def everywhere(app: Flask) -> Iterator[tuple[str, TestResponse]]:
    """Every address by every method, as nobody and as somebody with every role, as a page and as a fragment."""
    there = world.build(app)
    clients = [browser(app), member(app, *Role).client, following(app, there.mine)]
    for rule in app.url_map.iter_rules():
        address = there.address(rule)
        for method in ("GET", "POST", "PUT", "OPTIONS"):
            for client in clients if method == "GET" else clients[:1]:
                yield rule.endpoint, client.open(address, method=method)
        yield rule.endpoint, clients[0].get(address, headers={"HX-Request": "true"})
    for address in UNSEEN:
        yield "", clients[0].get(address)


@on_sqlite
def test_every_answer_holds_the_headers(whole_app: Flask, app: Flask) -> None:
    seen = 0
    for endpoint, response in everywhere(app):
        what = (endpoint, response.status_code)
        if endpoint not in FRAMED and not endpoint.startswith("post."):
            assert policy(response) >= STRICT, what
            assert "unsafe" not in response.headers["Content-Security-Policy"], what
            assert response.headers["X-Frame-Options"] == "DENY", what
        assert response.headers["X-Content-Type-Options"] == "nosniff", what
        assert response.headers["Referrer-Policy"] == "same-origin", what
        assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin", what
        assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin", what
        refused = dict(part.split("=") for part in response.headers["Permissions-Policy"].split(", "))
        assert {"camera", "geolocation", "microphone", "payment", "usb", "browsing-topics"} <= set(refused), (
            what
        )
        assert set(refused.values()) == {"()"}, what
        assert "Strict-Transport-Security" not in response.headers, "only in production"
        assert "Access-Control-Allow-Origin" not in response.headers, what
        assert "X-Powered-By" not in response.headers, what
        seen += 1
    assert seen > 800


@on_sqlite
def test_what_is_personal_or_wrong_is_kept_nowhere(whole_app: Flask, app: Flask) -> None:
    for endpoint, response in everywhere(app):
        found = web.entry_of(endpoint)
        is_public = found is not None and found.kind == "public"
        if is_public and response.status_code < 400 and endpoint not in SIGNING_IN:
            continue
        assert response.headers["Cache-Control"] == "no-store", (endpoint, response.status_code)
        assert response.headers["X-Robots-Tag"] == "noindex, nofollow", (endpoint, response.status_code)


@on_sqlite
def test_a_page_and_its_fragment_are_told_apart(whole_app: Flask, app: Flask) -> None:
    """A cache must not give the one for the other."""
    for endpoint, response in everywhere(app):
        if (
            response.mimetype == "text/html"
            and response.data
            and not response.location
            and response.headers.get("Cache-Control") != "no-store"
        ):
            assert "HX-Request" in response.headers.get("Vary", ""), endpoint


@on_sqlite
def test_no_public_page_sets_a_cookie(whole_app: Flask, app: Flask) -> None:
    """Nor does an error of one, nor a form that was sent wrongly, nor a personal page without following."""
    there = world.build(app)
    for rule in app.url_map.iter_rules():
        found = web.entry_of(rule.endpoint)
        if found is None or found.kind == "staff" or rule.endpoint in SIGNING_IN:
            continue
        for method in ("GET", "HEAD", "POST", "PUT", "OPTIONS"):
            response = browser(app).open(there.address(rule), method=method)
            assert "Set-Cookie" not in response.headers, (rule.rule, method, response.status_code)
    for address in UNSEEN:
        assert "Set-Cookie" not in browser(app).get(address).headers


def test_robots_may_read_that_what_is_personal_is_not_to_be_found(app: Flask) -> None:
    """What they may not open they would list by its address, which is the personal link."""
    forbidden = re.findall(r"Disallow: (\S+)", browser(app).get("/robots.txt").text)
    there = world.build(app)
    personal = 0
    for rule in app.url_map.iter_rules():
        found = web.entry_of(rule.endpoint)
        if found is None or found.kind not in {"personal", "staff"} or "GET" not in (rule.methods or ()):
            continue
        address = there.address(rule)
        assert not any(address.startswith(prefix) for prefix in forbidden), rule.rule
        assert browser(app).get(address).headers["X-Robots-Tag"] == "noindex, nofollow", rule.rule
        personal += 1
    assert personal > 60


def test_static_files_may_do_nothing_by_themselves(production: Flask) -> None:
    client = browser(production)
    page = ask(client, "/").text
    names = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page))
    assert len(names) >= 2
    for name in names:
        response = ask(client, name)
        response.close()
        assert response.status_code == 200
        assert policy(response) == {"default-src 'none'", "frame-ancestors 'none'"}
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "same-origin"
        assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert response.headers["Strict-Transport-Security"].startswith("max-age=31536000")
        assert "Access-Control-Allow-Origin" not in response.headers
        assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize("address", ["/", "/healthz", "/team", "/bestaat-niet", "/v/x", "/klacht/volgen"])
def test_production_is_https_for_good(production: Flask, address: str) -> None:
    """Also where the proxy does not say that it was https: the portal is only reached so."""
    for scheme in ("https", "http"):
        response = ask(browser(production), address, X_Forwarded_Proto=scheme)
        assert response.headers["Strict-Transport-Security"] == envelope.HSTS


@pytest.fixture(params=[0, 1])
def behind(
    request: pytest.FixtureRequest, production: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Flask]:
    """Production behind one proxy, or behind none that is known."""
    given = production.extensions["settings"].model_dump() | {
        "instance": tmp_path,
        "trusted_proxies": request.param,
        "database_url": production.extensions["settings"].sqlalchemy_url,
    }
    made = create_app(config.load(**given))
    with made.app_context():
        yield made
        db.session.remove()
        db.engine.dispose()


@pytest.mark.parametrize("scheme", ["https", "http", "javascript", "gopher", "gopher, https", "file", ""])
@pytest.mark.parametrize("host", ["portaal.voorbeeld.example", "PORTAAL.voorbeeld.example:443"])
@pytest.mark.parametrize("address", ["/v//AAAAAAAAAAAAAAAA", "/v///AAAAAAAAAAAAAAAA"])
def test_a_redirect_that_no_view_makes_leads_to_our_own_address(
    behind: Flask, scheme: str, host: str, address: str
) -> None:
    """With the link in it: not to plain http, and to no scheme or name that the request makes up."""
    for headers in ({"Host": host}, {"X_Forwarded_Host": host}, {"Host": host, "X_Forwarded_Port": "8443"}):
        response = ask(browser(behind), address, X_Forwarded_Proto=scheme, **headers)
        assert response.status_code == 308
        assert response.location == f"{BASE}/v/AAAAAAAAAAAAAAAA", headers
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["Strict-Transport-Security"] == envelope.HSTS


@pytest.mark.parametrize("scheme", ["http", "javascript"])
def test_this_machine_redirects_to_itself(behind: Flask, scheme: str) -> None:
    response = ask(browser(behind), "/v//A", X_Forwarded_Proto=scheme, Host="localhost:8000")
    assert response.location in {"http://localhost:8000/v/A", "https://localhost:8000/v/A"}


@pytest.mark.parametrize("address", ["/team/inloggen", "/klacht/volgen"])
def test_cookies_are_for_this_host_alone(production: Flask, address: str) -> None:
    """Of signing in, and of following a complaint: the same one, and there is no other."""
    client = browser(production)
    response = ask(client, address)
    if address == "/klacht/volgen":
        there = world.build(production)
        found = re.search(r'name="mark"[^>]*value="([^"]+)"', response.text)
        assert found
        fields = {"mark": found[1], "reference": there.mine.ids["reference"], "code": world.CODES[world.MINE]}
        headers = {"Host": "portaal.voorbeeld.example", "X-Forwarded-Proto": "https", "Origin": BASE}
        response = client.post(address, data=fields, headers=headers)
        assert response.status_code == 303
    cookies = response.headers.getlist("Set-Cookie")
    assert len(cookies) == 1
    name, *parts = (part.strip() for part in cookies[0].split(";"))
    assert name.startswith("__Host-portal=")
    assert set(parts) == {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"}, "and no Domain, and no end"


# ---- Under which name, and behind whom -----------------------------------------------------


ELSEWHERE = [
    "evil.example",
    "portaal.voorbeeld.example.evil.example",
    "evil.example:443",
    "portaal.voorbeeld.example@evil.example",
    "portaal.voorbeeld.example:8443",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "localhost@evil.example",
    "10.0.0.5",
    "",
    "portaal.voorbeeld.example, evil.example",
    "[::2]",
    "xn--portal-1ta.example",
]


@pytest.mark.parametrize("host", ELSEWHERE)
def test_the_portal_answers_to_its_own_name_alone(production: Flask, host: str) -> None:
    client = browser(production)
    for address in (
        "/",
        "/team/inloggen",
        "/klacht",
        "/v/AAAAAAAAAAAAAAAAAAAAAAAA",
        "/bestaat-niet",
        "//team",
    ):
        for headers in ({"Host": host}, {"X_Forwarded_Host": host}):
            if not host and "X_Forwarded_Host" in headers:
                continue  # No header at all.
            response = ask(client, address, **headers)
            assert response.status_code == 400, (address, headers)
            assert "Set-Cookie" not in response.headers
            if host:
                assert host not in response.text
                assert host not in response.headers.get("Location", "")
    assert ask(client, "/", "POST", Host=host).status_code == 400


@pytest.mark.parametrize(
    "host", ["portaal.voorbeeld.example", "Portaal.Voorbeeld.Example", "portaal.voorbeeld.example:443"]
)
def test_its_own_name_however_it_is_spelled(production: Flask, host: str) -> None:
    assert ask(browser(production), "/", Host=host).status_code == 200


@pytest.mark.parametrize("host", ["localhost", "LocalHost:8000", "127.0.0.1:8000", "127.0.0.2", "[::1]:8000"])
def test_this_machine_may_ask_itself(production: Flask, host: str) -> None:
    response = ask(browser(production), "/", Host=host)
    assert response.status_code == 200
    assert host.lower() not in response.text.lower(), "and no link is made of it"


@pytest.mark.parametrize("address", ["/healthz", "/readyz"])
def test_a_load_balancer_asks_by_the_number_of_the_machine(production: Flask, address: str) -> None:
    response = browser(production).get(address, headers={"Host": "10.0.0.5:8000"})
    assert response.status_code == 200
    assert response.text == "ok\n"


def test_own_names() -> None:
    assert envelope.own_names("https://a.example") == {"a.example", "a.example:443"}
    assert envelope.own_names("https://a.example:443") == {"a.example", "a.example:443"}
    assert envelope.own_names("https://A.example:8443") == {"a.example:8443"}
    assert envelope.own_names("http://127.0.0.1:8000") == {"127.0.0.1:8000"}
    assert envelope.own_names("http://a.example:80") == {"a.example", "a.example:80"}


@on_sqlite
def test_no_address_in_a_page_comes_from_the_host_header(whole_app: Flask, app: Flask) -> None:
    """In development every name is answered; even there no page is built from it."""
    there = world.build(app)
    visitor = member(app, *Role).client
    for rule in app.url_map.iter_rules():
        for method in ("GET", "POST"):
            if method not in (rule.methods or ()):
                continue
            response = visitor.open(
                there.address(rule), method=method, base_url="http://evil.example", follow_redirects=False
            )
            assert "evil.example" not in response.get_data(as_text=True), rule.rule
            assert "evil.example" not in repr(response.headers), rule.rule


def test_no_message_comes_from_the_host_header(app: Flask) -> None:
    """What was queued while somebody asked under another name: the links are ours."""
    there = world.build(app)
    client = browser(app)
    shown = client.get("/talks/kring", base_url="http://evil.example")
    found = re.search(r'name="mark"[^>]*value="([^"]+)"', shown.text)
    assert found
    fields = {"mark": found[1], "email": "iemand@voorbeeld.example"}
    assert client.post("/talks/kring", data=fields, base_url="http://evil.example").status_code == 303
    boss = member(app, *Role)
    address = f"/team/collegas/{there.theirs.ids['people:number']}/link"
    boss.client.post(address, data={"csrf_token": boss.token}, base_url="http://evil.example")
    composed = 0
    waiting = select(Message).where(Message.state == State.WAITING, Message.channel == Channel.EMAIL)
    for message in db.session.scalars(waiting.order_by(Message.id)).all():
        if HANDLERS[message.topic].wanted(message):
            with app.test_request_context(base_url="http://evil.example"):
                post = compose(message)
            assert "evil" not in post.text + post.html + repr(post.headers)
            composed += 1
    assert composed >= 3


@pytest.mark.parametrize("hops", [0, 1, 2])
def test_who_asked_is_told_by_as_many_proxies_as_are_trusted(tmp_path: Path, hops: int) -> None:
    """And by no more: what a client puts before it is its own invention. Guesses are counted by it."""
    app = create_app(config.load(instance=tmp_path, trusted_proxies=hops))
    seen: list[tuple[str, str, str, str]] = []

    @app.before_request
    def note() -> None:
        seen.append((request.remote_addr or "", request.scheme, request.host, attempts._address()))

    def asked(**headers: str) -> tuple[str, str, str, str]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        app.test_client().get("/healthz", headers=named, environ_overrides={"REMOTE_ADDR": "10.0.0.1"})
        return seen[-1]

    chain = ("203.0.113.9", "198.51.100.1", "192.0.2.1")
    told = asked(
        X_Forwarded_For=", ".join(chain),
        X_Forwarded_Proto="gopher, https, https",
        X_Forwarded_Host="evil.example, b.example, b.example",
        Forwarded="for=203.0.113.9;host=evil.example;proto=https",
        X_Real_IP="203.0.113.9",
        X_Forwarded_Prefix="/evil",
        X_Original_URL="/team",
    )
    believed = (*chain, "10.0.0.1")[-1 - hops]
    scheme, host = ("https", "b.example") if hops else ("http", "localhost")
    assert told == (believed, scheme, host, believed)
    # With too few parts, nothing is believed: the last hop did not go through all the proxies.
    assert asked(X_Forwarded_For="203.0.113.9")[0] == ("203.0.113.9" if hops == 1 else "10.0.0.1")
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize("said", ["nonsense", "203.0.113.9:80", "", "[", "::ffff:203.0.113.9", "2001:db8::1"])
def test_an_odd_address_of_who_asked_breaks_nothing(production: Flask, said: str) -> None:
    assert ask(browser(production), "/team/inloggen", X_Forwarded_For=said).status_code == 200
