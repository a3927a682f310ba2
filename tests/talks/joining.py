"""Signing up for an evening over HTTP, as a browser does."""

import re
from html import unescape

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.db import db
from portal.talks import notices
from portal.talks.models import Evening, SignUp

ADDRESS = "proef@voorbeeld.example"
GIVEN = {"first_name": "Proefpersoon", "contact": ADDRESS, "who": "parent"}
WORDS = "Wie helpt ons als <script>alert(1)</script> & school dicht is?"


def slug_of(number: int) -> str:
    return db.session.get_one(Evening, number).slug


def page_of(number: int) -> str:
    return f"/talks/{slug_of(number)}"


def hidden(response: TestResponse) -> dict[str, str]:
    """The hidden fields of a page's form."""
    tags = re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", response.text)
    found = {}
    for tag in tags:
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and value:
            found[name[1]] = unescape(value[1])
    return found


def send(client: FlaskClient, number: int, **given: str) -> TestResponse:
    """Open the evening, fill in the form, press the button."""
    path = page_of(number)
    return client.post(path, data=hidden(client.get(path)) | GIVEN | given)


def after(client: FlaskClient, response: TestResponse) -> str:
    """The page that a post leads to."""
    assert response.status_code == 303, response.text
    return client.get(response.location).text


def signups() -> list[SignUp]:
    db.session.rollback()
    return list(db.session.scalars(select(SignUp).order_by(SignUp.id)))


def own(signup: SignUp, more: str = "") -> str:
    return f"/talks/aanmelding/{notices.token_of(signup)}{more}"


def change(client: FlaskClient, signup: SignUp, **given: str) -> TestResponse:
    path = own(signup)
    return client.post(path, data={"mark": hidden(client.get(path))["mark"]} | given)
