"""Who gets through which door."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.routing import Rule

from portal import config
from portal.app import create_app
from portal.db import db
from portal.identity.access import staff
from portal.identity.accounts import PAGES
from portal.identity.rules import PERMISSIONS, Role, may
from portal.web import Entry
from tests.identity.conftest import Browser, Person, add

NAV = {
    Role.QUALITY: ["Vandaag", "Respons", "Uitnodigingen", "Resultaten", "Papier"],
    Role.ADMIN: ["Vandaag", "Respons", "Uitnodigingen", "Papier"],
    Role.COMPLAINTS: ["Vandaag"],
    Role.TALKS: ["Vandaag"],
}


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, dict[Role, Browser]]]:
    """A portal with a page behind each right, and somebody of each role signed in."""
    instance: Path = tmp_path_factory.mktemp("doors")
    app = create_app(config.load(instance=instance, database_url=""))
    for action in PERMISSIONS:
        view = staff(action)(lambda: "binnen")
        app.add_url_rule(f"/deur/{action}", f"door-{action}", view, methods=["GET", "POST"])
    with app.app_context():
        db.create_all()
    inside = {}
    for role in Role:
        browser = Browser(app.test_client())
        browser.sign_in(add(app, role, email=f"{role}@voorbeeld.example"))
        browser.get("/team/account")
        inside[role] = browser
    yield app, inside
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize("action", PERMISSIONS)
@pytest.mark.parametrize("role", Role)
def test_each_role_at_each_door(doors: tuple[Flask, dict[Role, Browser]], role: Role, action: str) -> None:
    browser = doors[1][role]
    expected = 200 if may([role], action) else 403
    assert browser.client.get(f"/deur/{action}").status_code == expected
    assert browser.post(f"/deur/{action}").status_code == expected
    assert browser.client.post(f"/deur/{action}").status_code == 400, "without our token"


@pytest.mark.parametrize("action", PERMISSIONS)
def test_a_stranger_is_sent_to_the_sign_in_page(
    doors: tuple[Flask, dict[Role, Browser]], action: str
) -> None:
    stranger = doors[0].test_client()
    away = stranger.get(f"/deur/{action}?a=1&b=2")
    assert away.headers["Location"] == f"/team/inloggen?next=/deur/{action}?a%3D1%26b%3D2"
    assert stranger.post(f"/deur/{action}").headers["Location"] == "/team/inloggen"


@pytest.mark.parametrize("role", Role)
def test_the_menu_has_what_one_may_see(doors: tuple[Flask, dict[Role, Browser]], role: Role) -> None:
    page = doors[1][role].get("/team/account").text
    menu = page[page.index('<nav class="team-nav"') : page.index("</nav>")]
    assert [name for name in NAV[Role.QUALITY] if f">{name}</a>" in menu] == NAV[role]


def rules(app: Flask, kind: str) -> list[tuple[Rule, Entry]]:
    found = []
    for rule in app.url_map.iter_rules():
        entry = getattr(app.view_functions[rule.endpoint], "entry", None)
        if entry and entry.kind == kind:
            found.append((rule, entry))
    return found


def test_every_staff_address_turns_strangers_away(app: Flask) -> None:
    stranger = app.test_client()
    assert len(rules(app, "staff")) >= len(PAGES)
    for rule, entry in rules(app, "staff"):
        assert entry.action in PERMISSIONS, rule
        address = app.url_map.bind("localhost").build(
            rule.endpoint, dict.fromkeys(rule.arguments, "1"), force_external=False
        )
        for method in rule.methods & {"GET", "POST"}:
            response = stranger.open(address, method=method)
            assert response.status_code in {302, 400}, (rule, method)
            if response.status_code == 302:
                assert response.headers["Location"].startswith("/team/inloggen"), (rule, method)


def test_every_staff_post_wants_our_token(app: Flask, browser: Browser) -> None:
    els: Person = add(app, *Role)
    browser.sign_in(els)
    for rule, _entry in rules(app, "staff"):
        if "POST" in rule.methods:
            address = app.url_map.bind("localhost").build(
                rule.endpoint, dict.fromkeys(rule.arguments, "1"), force_external=False
            )
            assert browser.client.post(address).status_code == 400, rule


def test_sign_in_pages_say_who_may_enter_and_are_kept_nowhere(app: Flask) -> None:
    names = {f"security.{name}" for _address, name, _view, _kind in PAGES}
    known = {rule.endpoint for rule in app.url_map.iter_rules() if rule.endpoint.startswith("security.")}
    assert known == names
    assert all(app.view_functions[name].entry.kind in {"public", "staff"} for name in names)
    response = app.test_client().get("/team/inloggen")
    assert response.headers["Cache-Control"] == "no-store"
    assert "noindex" in response.headers["X-Robots-Tag"]
