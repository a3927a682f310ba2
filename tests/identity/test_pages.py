"""The sign-in pages are ours, in both languages, whatever the library has beside them."""

import re
from collections.abc import Iterator
from pathlib import Path

import flask_security
import pytest
from flask import Flask, template_rendered
from jinja2 import Template, TemplateNotFound

from portal.config import ROOT
from portal.identity.rules import Role
from tests.identity.conftest import Browser, Person, add

OURS = ROOT / "templates"
LIBRARY = Path(flask_security.__file__).parent / "templates"
WHERE = {
    "login": "outside",
    "two_factor_rescue": "outside",
    "two_factor_token_validation": "half-way",
    "mf_recovery": "half-way",
    "two_factor_setup": "inside",
    "verify": "inside",
    "change_password": "inside",
    "mf_recovery_codes": "inside",
}
"""How far one is in when one sees the page. Signing out is a button: it has none."""
HEADING = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)


@pytest.fixture
def rendered(app: Flask) -> Iterator[list[Template]]:
    """The templates of the pages that are shown."""
    found: list[Template] = []

    def note(_app: Flask, template: Template, **_given: object) -> None:
        found.append(template)

    template_rendered.connect(note, app)
    yield found
    template_rendered.disconnect(note, app)


def test_the_map_has_these_pages_of_the_library_and_no_others(app: Flask) -> None:
    names = {
        rule.endpoint.removeprefix("security.")
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("security.")
    }
    assert names == {*WHERE, "logout"}


@pytest.mark.parametrize("name", WHERE)
def test_each_is_ours_in_both_languages(
    app: Flask, browser: Browser, rendered: list[Template], name: str
) -> None:
    els: Person = add(app, Role.QUALITY)
    if WHERE[name] == "half-way":
        browser.first_step(els.email)
    if WHERE[name] == "inside":
        browser.sign_in(els)
    [rule] = app.url_map.iter_rules(f"security.{name}")
    headings = {}
    for language in ("nl", "en"):
        rendered.clear()
        page = browser.get(f"{rule.rule}?taal={language}")
        assert page.status_code == 200 and f'<html lang="{language}"' in page.text
        assert [Path(template.filename or "").is_relative_to(OURS / "security") for template in rendered] == [
            True
        ]
        headings[language] = HEADING.search(page.text).group(1)  # type: ignore[union-attr]
    assert headings["nl"] != headings["en"]


@pytest.mark.parametrize("file", sorted(path.name for path in (LIBRARY / "security").glob("*.html")))
def test_none_of_the_librarys_own_can_be_shown(app: Flask, file: str) -> None:
    try:
        template = app.jinja_env.get_template(f"security/{file}")
    except TemplateNotFound:
        return
    assert Path(template.filename or "").is_relative_to(OURS)
