"""Signing in as people do: with a browser that keeps its cookies, and an authenticator app."""

import re
import secrets
import time
from base64 import b32encode
from collections.abc import Iterable
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient
from passlib.totp import TOTP
from werkzeug.test import TestResponse

from portal import clock
from portal.db import transaction
from portal.identity import accounts
from portal.identity.rules import Role
from tests.conftest import _clean

PASSWORD = "een paar losse woorden"
HALF_MINUTE = 30
TIME_TO_TYPE = 5
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@pytest.fixture
def app(whole_app: Flask) -> Flask:
    """A clean portal. No context is held open: each request must begin with nothing, as in a server."""
    _clean(whole_app)
    return whole_app


@dataclass
class Person:
    """A member of staff with a phone."""

    email: str
    secret: str

    def code(self, steps: int = 0) -> str:
        """What the app shows now, or some half minutes from now.

        As somebody who sees the half minute running out: waits for the next code.
        """
        left = HALF_MINUTE - clock.now().timestamp() % HALF_MINUTE
        if left < TIME_TO_TYPE:
            time.sleep(left)
        now = int(clock.now().timestamp()) + HALF_MINUTE * steps
        token: str = TOTP(key=self.secret).generate(time=now).token
        return token


class Browser:
    """One person's browser, which posts what is in the form on the page."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.page: TestResponse | None = None

    def get(self, address: str) -> TestResponse:
        self.page = self.client.get(address)
        return self.page

    def post(self, address: str, **values: str) -> TestResponse:
        """Post with the token of the page that is open."""
        found = TOKEN.search(self.page.text) if self.page else None
        values.setdefault("csrf_token", found.group(1) if found else "")
        response = self.client.post(address, data={name: v for name, v in values.items() if v})
        if response.mimetype == "text/html" and TOKEN.search(response.text):
            self.page = response
        return response

    def first_step(self, email: str, password: str = PASSWORD, **values: str) -> TestResponse:
        self.get("/team/inloggen")
        return self.post("/team/inloggen", email=email, password=password, **values)

    def second_step(self, code: str, **values: str) -> TestResponse:
        self.get("/team/tweede-stap")
        return self.post("/team/tweede-stap", code=code, **values)

    def sign_in(self, person: Person, steps: int = 0) -> TestResponse:
        self.first_step(person.email)
        return self.second_step(person.code(steps))

    @property
    def is_in(self) -> bool:
        return self.client.get("/team/account").status_code == 200


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app.test_client())


def add(app: Flask, *roles: Role, email: str = "Els@Voorbeeld.example", with_app: bool = True) -> Person:
    secret = b32encode(secrets.token_bytes(20)).decode()
    with app.app_context():
        hashed = accounts.hash_password(PASSWORD)
        with transaction():
            accounts.add_staff(email, hashed, _names(roles), totp_secret=secret if with_app else None)
    return Person(email, secret)


def _names(roles: Iterable[Role]) -> list[str]:
    return [str(role) for role in roles]
