"""Reading every page a test fetches: valid HTML, a title, one h1, unique ids, a language."""

from collections.abc import Callable
from contextvars import Context
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
from flask import has_app_context
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.db import db

XHTML = "{http://www.w3.org/1999/xhtml}"


def read(html: str) -> Element:
    """The page as a tree. Fails where a strict HTML parser does."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    tree: Element = parser.parse(html)
    return tree


def check(html: str, policy: str = "") -> Element:
    """Fail when the page is not one that everybody's browser reads the same, under its own CSP."""
    tree = read(html)
    titles = [found.text or "" for found in tree.iter("title") if found.text]
    assert titles and titles[0].strip(" –"), "a page has a title"
    assert tree.get("lang"), "a page says its language"
    assert len(list(tree.iter("h1"))) == 1, f"a page has one h1, not {len(list(tree.iter('h1')))}"
    ids = [found.get("id") for found in tree.iter() if found.get("id")]
    assert len(ids) == len(set(ids)), f"ids are unique: {sorted({i for i in ids if ids.count(i) > 1})}"
    for found in tree.iter():
        # A mail, as development shows it, has its styles in its elements and a policy that allows that.
        assert "'unsafe-inline'" in policy or found.get("style") is None, "the CSP forbids an inline style"
        assert not [name for name in found.attrib if name.startswith("on")], "no inline script"
    return tree


class CheckedClient(FlaskClient):
    """A test client that checks each whole page it is given."""

    before_each: Callable[[], None] | None = None

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        if self.before_each:
            self.before_each()
        if has_app_context():
            # What the test read before may change now, in a session of the page's own: it is read anew.
            db.session.rollback()
            db.session.expire_all()
        # In a context of its own, as in a server: not even `g` of the test or of another request is seen.
        response = Context().run(super().open, *args, **kwargs)
        is_page = response.mimetype == "text/html" and response.data
        is_fragment = "HX-Request" in (kwargs.get("headers") or {})
        if is_page and not is_fragment and response.status_code not in {301, 302, 303, 307, 308}:
            check(response.get_data(as_text=True), response.headers.get("Content-Security-Policy", ""))
        return response
