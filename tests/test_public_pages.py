"""The pages for everyone, the error pages, and what machines ask."""

import re
from datetime import datetime, timedelta
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import default_exceptions

from portal import clock
from portal.app import create_app
from portal.crypto import LostKey
from portal.db import db
from portal.web import ERRORS

PAGES = ("/", "/privacy", "/toegankelijkheid")
MACHINES = ("/healthz", "/readyz", "/robots.txt", "/.well-known/security.txt")
HEAVIEST = 40 * 1024
MOST_REQUESTS = 6
AWAY = "postgresql://nobody@127.0.0.1:1/none"


class Tags(HTMLParser):
    """The tags of a page with their attributes, and the words of its title and first heading."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.all: list[tuple[str, dict[str, str]]] = []
        self.words: dict[str, str] = {}
        self._inside = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.all.append((tag, {name: value or "" for name, value in attrs}))
        if tag in {"title", "h1"}:
            self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        if tag == self._inside:
            self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.words[self._inside] = self.words.get(self._inside, "") + data

    def named(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.all if name == tag]

    @property
    def links(self) -> list[str]:
        return [link["href"] for link in self.named("a")]

    @property
    def loaded(self) -> list[str]:
        sheets = [link["href"] for link in self.named("link")]
        return sheets + [
            found["src"] for tag in ("script", "img") for found in self.named(tag) if "src" in found
        ]


def made(tmp_path: Path, **settings: Any) -> Flask:
    """A portal of its own, beside the one that the fixtures give."""
    return create_app(instance=tmp_path, **settings)


@pytest.fixture(params=PAGES)
def page(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class TestPages:
    def test_opens(self, client: FlaskClient, page: str) -> None:
        answer = client.get(page)
        tags = Tags(answer.text)
        assert answer.status_code == 200
        assert tags.named("html")[0]["lang"] == "nl"
        assert len(tags.named("h1")) == 1
        assert len(tags.named("main")) == 1

    def test_titles_differ(self, client: FlaskClient) -> None:
        titles = {Tags(client.get(page).text).words["title"] for page in PAGES}
        assert len(titles) == len(PAGES)

    def test_in_english_links_stay_english(self, client: FlaskClient, page: str) -> None:
        tags = Tags(client.get(page, query_string={"taal": "en"}).text)
        own = [link for link in tags.links if link.startswith("/")]
        assert tags.named("html")[0]["lang"] == "en"
        assert [link for link in own if "taal=en" not in link] == [f"{page}?taal=nl"]

    def test_unknown_language_is_dutch(self, client: FlaskClient, page: str) -> None:
        assert Tags(client.get(page, query_string={"taal": "xx"}).text).named("html")[0]["lang"] == "nl"

    def test_no_link_leads_nowhere(self, client: FlaskClient, page: str) -> None:
        for link in Tags(client.get(page).text).links:
            if link.startswith("/"):
                assert client.get(link).status_code == 200, link

    def test_every_anchor_is_there(self, client: FlaskClient, page: str) -> None:
        tags = Tags(client.get(page).text)
        ids = [attributes["id"] for _, attributes in tags.all if "id" in attributes]
        wanted = [attributes.get("aria-labelledby") for _, attributes in tags.all]
        assert len(ids) == len(set(ids))
        assert {name for name in wanted if name} <= set(ids)
        assert {link[1:] for link in tags.links if link.startswith("#")} <= set(ids)

    def test_htmx_gets_the_main_part(self, client: FlaskClient, page: str) -> None:
        answer = client.get(page, headers={"HX-Request": "true"})
        assert "<html" not in answer.text
        assert answer.text.count("<h1") == 1
        assert "HX-Request" in answer.headers["Vary"]

    def test_asks_the_database_nothing(self, app: Flask, client: FlaskClient, page: str) -> None:
        asked: list[str] = []

        def listen(*args: Any) -> None:
            asked.append(args[2])

        with app.app_context():
            event.listen(db.engine, "before_cursor_execute", listen)
            client.get(page)
            event.remove(db.engine, "before_cursor_execute", listen)
        assert asked == []

    def test_weighs_little(self, client: FlaskClient, page: str) -> None:
        document = client.get(page)
        weight = len(document.data)
        loaded = Tags(document.text).loaded
        for path in loaded:
            with client.get(path, headers={"Accept-Encoding": "br, gzip"}) as answer:
                assert answer.status_code == 200
                weight += len(answer.data)
        assert len(loaded) + 1 <= MOST_REQUESTS
        assert weight <= HEAVIEST

    def test_loads_from_ourselves_alone(self, client: FlaskClient, page: str) -> None:
        assert all(re.match(r"/[^/]", path) for path in Tags(client.get(page).text).loaded)

    def test_nothing_inline(self, client: FlaskClient, page: str) -> None:
        tags = Tags(client.get(page).text)
        assert not tags.named("style")
        assert all("src" in script for script in tags.named("script"))
        assert not [
            name for _, attributes in tags.all for name in attributes if name == "style" or name[:2] == "on"
        ]


class TestHeaders:
    @pytest.mark.parametrize("path", [*PAGES, *MACHINES, "/bestaat-niet"])
    def test_strict(self, client: FlaskClient, path: str) -> None:
        headers = client.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert "Set-Cookie" not in headers

    def test_public_pages_may_be_found(self, client: FlaskClient, page: str) -> None:
        headers = client.get(page).headers
        assert "X-Robots-Tag" not in headers
        assert "no-store" not in headers.get("Cache-Control", "")


class TestHome:
    def test_leads_to_the_code(self, client: FlaskClient) -> None:
        assert "/v" in Tags(client.get("/").text).links

    def test_says_where_to_turn(self, app: Flask, client: FlaskClient) -> None:
        home = client.get("/")
        links = Tags(home.text).links
        known = app.extensions["profile"]
        assert {"tel:112", "tel:08002000", known.confidant.website} <= set(links)
        assert known.contact.postcode in home.text

    def test_shows_a_phone_only_when_known(
        self, app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        known = app.extensions["profile"]
        contact = known.contact.model_copy(update={"phone": "0900 12 34", "email": "post@voorbeeld.example"})
        assert "Bellen kan ook" not in client.get("/").text
        monkeypatch.setitem(app.jinja_env.globals, "profile", known.model_copy(update={"contact": contact}))
        links = Tags(client.get("/").text).links
        assert {"tel:09001234", "mailto:post@voorbeeld.example"} <= set(links)


class TestAccessibility:
    STATEMENT = "https://register.voorbeeld.example/verklaring/1"

    def test_links_the_statement_only_when_there_is_one(
        self, app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        known = app.extensions["profile"].model_copy(update={"accessibility_statement": ""})
        monkeypatch.setitem(app.jinja_env.globals, "profile", known)
        assert "staat nog niet in het register" in client.get("/toegankelijkheid").text
        there = known.model_copy(update={"accessibility_statement": self.STATEMENT})
        monkeypatch.setitem(app.jinja_env.globals, "profile", there)
        answer = client.get("/toegankelijkheid").text
        assert self.STATEMENT in Tags(answer).links
        assert "staat nog niet in het register" not in answer

    def test_claims_no_status(self, client: FlaskClient) -> None:
        words = client.get("/toegankelijkheid").text.lower()
        assert not re.search(r"voldoet (volledig|gedeeltelijk|niet)|status [a-e]\b", words)


class TestPrivacy:
    def test_numbers_come_from_the_profile(
        self, app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        known = app.extensions["profile"]
        surveys = known.surveys.model_copy(update={"open_days": 37})
        kept = known.retention.model_copy(update={"calls_weeks": 3, "contacts_weeks": 1})
        other = known.model_copy(update={"smallest_group": 9, "surveys": surveys, "retention": kept})
        monkeypatch.setitem(app.jinja_env.globals, "profile", other)
        words = client.get("/privacy").text
        assert "37 dagen" in words
        assert "Tot 3 weken nadat wij u belden" in words
        assert "Tot 1 week nadat uw link sluit" in words
        assert "9 antwoorden of meer" in words

    def test_each_part_says_by_what_right(self, app: Flask, client: FlaskClient) -> None:
        """AVG art. 13 lid 1 c, in the language of the page."""
        for language, found in (("nl", "/privacy"), ("en", "/privacy?taal=en")):
            words = unescape(client.get(found).text)
            basis = app.extensions["profile"].privacy.basis
            assert len(basis) == 3
            assert all(text[language] in words for text in basis.values()), language

    @pytest.mark.parametrize(
        ("officer", "spoken"),
        [
            ("mailto:privacy@voorbeeld.example", "privacy@voorbeeld.example"),
            ("tel:+31000000000", "+31000000000"),
            ("https://voorbeeld.example/fg", "voorbeeld.example/fg"),
        ],
    )
    def test_the_data_protection_officer_is_who_the_profile_says(
        self, app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, officer: str, spoken: str
    ) -> None:
        """Art. 13 lid 1 b. Where nobody is named none is made up, and the page says how to ask."""
        known = app.extensions["profile"]
        assert known.privacy.officer == ""
        page = client.get("/privacy").text
        assert "Zet dan boven uw brief: functionaris gegevensbescherming" in page
        assert "Onze functionaris" not in page
        privacy = known.privacy.model_copy(update={"officer": officer})
        monkeypatch.setitem(app.jinja_env.globals, "profile", known.model_copy(update={"privacy": privacy}))
        page = client.get("/privacy").text
        assert officer in Tags(page).links and f">{spoken}</a>" in page
        assert "Zet dan boven uw brief" not in page


class TestWhomToTellOfAWeakness:
    """RFC 9116."""

    def lines(self, client: FlaskClient) -> dict[str, str]:
        text = client.get("/.well-known/security.txt").text
        return dict(line.split(": ", 1) for line in text.splitlines())

    def test_has_what_the_standard_asks(self, app: Flask, client: FlaskClient) -> None:
        lines = self.lines(client)
        base_url = app.extensions["settings"].base_url
        left = datetime.fromisoformat(lines["Expires"]) - clock.now()
        assert lines["Canonical"] == f"{base_url}/.well-known/security.txt"
        assert timedelta(days=150) < left < timedelta(days=366)
        assert lines["Contact"] == lines["Policy"] == f"{base_url}/privacy#weakness"
        assert 'id="weakness"' in client.get("/privacy").text

    def test_names_whom_the_profile_names(
        self, app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        named = app.extensions["profile"].model_copy(
            update={"security_contact": "mailto:veilig@voorbeeld.example"}
        )
        monkeypatch.setitem(app.extensions, "profile", named)
        monkeypatch.setitem(app.jinja_env.globals, "profile", named)
        assert self.lines(client)["Contact"] == "mailto:veilig@voorbeeld.example"
        assert "mailto:veilig@voorbeeld.example" in Tags(client.get("/privacy").text).links

    def test_is_not_built_from_what_the_request_calls_us(self, client: FlaskClient) -> None:
        text = client.get("/.well-known/security.txt", headers={"Host": "elders.example"}).text
        assert "elders.example" not in text


class TestErrors:
    @pytest.mark.parametrize("code", sorted(ERRORS))
    def test_in_our_voice(self, app: Flask, code: int) -> None:
        heading, words = (str(part) for part in ERRORS[code])
        with app.test_request_context("/"):
            answer = app.make_response(app.handle_user_exception(default_exceptions[code]()))
        tags = Tags(answer.get_data(as_text=True))
        assert answer.status_code == code
        assert tags.words["h1"] == heading
        assert heading in tags.words["title"]
        assert words in answer.get_data(as_text=True)
        assert tags.links.count("/") == 2  # the name of the house, and the way on
        assert {"name": "robots", "content": "noindex"} in tags.named("meta")

    @pytest.mark.parametrize("code", sorted(ERRORS))
    def test_in_english(self, app: Flask, code: int) -> None:
        with app.test_request_context("/?taal=en"):
            answer = app.make_response(app.handle_user_exception(default_exceptions[code]()))
        tags = Tags(answer.get_data(as_text=True))
        assert tags.named("html")[0]["lang"] == "en"
        assert [link for link in tags.links if link.startswith("/") and "taal=" not in link] == []

    def test_unknown_address(self, client: FlaskClient) -> None:
        answer = client.get("/bestaat-niet")
        assert answer.status_code == 404
        assert "/v" in Tags(answer.text).links

    def test_wrong_method(self, client: FlaskClient) -> None:
        assert client.post("/privacy").status_code == 405

    def test_post_from_another_site(self, client: FlaskClient) -> None:
        answer = client.post("/v", headers={"Origin": "https://elders.example"})
        assert answer.status_code == 403
        assert str(ERRORS[403][0]) in answer.text

    def test_too_large(self, app: Flask, client: FlaskClient) -> None:
        answer = client.post("/v", data={"code": "A" * (app.config["MAX_CONTENT_LENGTH"] + 1)})
        assert answer.status_code == 413
        assert str(ERRORS[413][0]) in answer.text

    @pytest.mark.parametrize("code", [500, 503])
    def test_another_try_only_where_it_changes_nothing(self, app: Flask, code: int) -> None:
        for method, tries in (("GET", 1), ("POST", 0)):
            with app.test_request_context("/v", method=method):
                answer = app.make_response(app.handle_user_exception(default_exceptions[code]()))
            assert Tags(answer.get_data(as_text=True)).links.count("") == tries

    @pytest.mark.parametrize(
        "error", [OperationalError("SELECT geheim", {}, Exception("geheim")), LostKey("x")]
    )
    def test_database_away_or_key_lost(self, app: Flask, error: Exception) -> None:
        with app.test_request_context("/"):
            answer = app.make_response(app.handle_user_exception(error))
        assert answer.status_code == 503
        assert "geheim" not in answer.get_data(as_text=True)

    def test_error_page_needs_no_database(self, tmp_path: Path) -> None:
        answer = made(tmp_path, database_url=AWAY).test_client().get("/bestaat-niet")
        assert answer.status_code == 404
        assert str(ERRORS[404][0]) in answer.text


class TestDemoBar:
    def test_in_development_alone(
        self, app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings = app.extensions["settings"]
        assert "demo-bar" in client.get("/").text
        monkeypatch.setitem(app.extensions, "settings", settings.model_copy(update={"env": "production"}))
        assert "demo-bar" not in client.get("/").text


class TestMachines:
    @pytest.mark.parametrize("path", MACHINES)
    def test_plain_text(self, client: FlaskClient, path: str) -> None:
        assert client.get(path).mimetype == "text/plain"

    def test_alive(self, client: FlaskClient) -> None:
        answer = client.get("/healthz")
        assert (answer.status_code, answer.text.strip()) == (200, "ok")

    def test_robots(self, client: FlaskClient) -> None:
        lines = client.get("/robots.txt").text.splitlines()
        assert lines[0] == "User-agent: *"
        assert lines[1:] == ["Disallow: /static/"], (
            "what is personal says so itself: tests/security/test_headers.py"
        )

    def test_ready_when_migrated(self, tmp_path: Path) -> None:
        portal = made(tmp_path, database_url="")
        with portal.app_context():
            upgrade()
        answer = portal.test_client().get("/readyz")
        assert (answer.status_code, answer.text.strip()) == (200, "ok")

    def test_not_ready_on_another_version(self, tmp_path: Path) -> None:
        portal = made(tmp_path, database_url="")
        with portal.app_context():
            upgrade()
            with db.engine.begin() as connection:
                connection.execute(text("UPDATE alembic_version SET version_num = 'ouder'"))
        answer = portal.test_client().get("/readyz")
        assert answer.status_code == 503
        assert "portal init" in answer.text

    def test_not_ready_when_empty(self, tmp_path: Path) -> None:
        client = made(tmp_path, database_url="").test_client()
        assert client.get("/readyz").status_code == 503
        assert client.get("/healthz").status_code == 200

    def test_not_ready_without_a_database(self, tmp_path: Path) -> None:
        client = made(tmp_path, database_url=AWAY).test_client()
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert answer.text.strip() == "database: geen antwoord"
        assert client.get("/healthz").status_code == 200
        assert client.get("/").status_code == 200
