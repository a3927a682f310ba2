"""Who comes to an address: nobody, staff of every kind, with the token of our own pages in hand."""

import hashlib
import secrets
from contextvars import Context
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, has_app_context
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

from portal.db import db
from portal.identity.models import User
from portal.identity.rules import Role
from tests.complaints.people import staff
from tests.signed_in import let_in

_places = (f"{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}" for n in count())
SAFE = ("GET", "HEAD", "OPTIONS")
UNAUTHORIZED = 401


class QuickClient(FlaskClient):
    """A client that reads no page by a strict parser: for thousands of requests. Other tests read the pages."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        if has_app_context():
            db.session.rollback()
            db.session.expire_all()
        # Each from an address of its own: guessing is slowed, which other tests are about.
        kwargs.setdefault("environ_overrides", {}).setdefault("REMOTE_ADDR", f"10.{next(_places)}")
        return Context().run(super().open, *args, **kwargs)


def browser(app: Flask) -> FlaskClient:
    """A browser without cookies."""
    return QuickClient(app, app.response_class)


@dataclass
class Visitor:
    """A browser, with the token that makes a post count as one from our own page."""

    name: str
    client: FlaskClient
    token: str = ""
    user_id: int = 0
    roles: tuple[Role, ...] = ()
    asked: int = 0

    def open(self, address: str, method: str = "GET", **fields: str) -> TestResponse:
        """Ask for an address; what is sent carries the token."""
        self.asked += 1
        data = {"csrf_token": self.token, **fields} if method not in SAFE else None
        return self.client.open(address, method=method, data=data)

    def open_inside(self, address: str, method: str = "GET", **fields: str) -> TestResponse:
        """The same; somebody whose session ended meanwhile signs in and asks again."""
        response = self.open(address, method, **fields)
        if self.user_id and (leads_to_sign_in(response) or response.status_code == UNAUTHORIZED):
            self.come_back()
            response = self.open(address, method, **fields)
            assert not leads_to_sign_in(response), address
        return response

    def come_back(self) -> None:
        """Sign in again, where the last request ended the session."""
        let_in(self.client, db.session.get_one(User, self.user_id))
        db.session.rollback()
        self.token = _token(self.client.application, self.client)


def stranger(app: Flask) -> Visitor:
    """Nobody, with a token that an earlier visit left in the browser."""
    client = browser(app)
    return Visitor("nobody", client, _token(app, client))


def member(app: Flask, *roles: Role, name: str = "", user: User | None = None) -> Visitor:
    """Somebody of the staff, signed in just now."""
    user = user or staff(*roles)
    user_id = user.id
    client = browser(app)
    let_in(client, user)
    db.session.rollback()
    return Visitor(name or "+".join(roles) or "no role", client, _token(app, client), user_id, roles)


def everyone(app: Flask) -> list[Visitor]:
    """Nobody, somebody without a role, and somebody of each role."""
    return [stranger(app), member(app), *(member(app, role) for role in Role)]


def _token(app: Flask, client: FlaskClient) -> str:
    """What the hidden field of every staff page holds (Flask-WTF)."""
    kept = hashlib.sha256(secrets.token_bytes(32)).hexdigest()
    with client.session_transaction() as cookie:
        cookie["csrf_token"] = kept
    return str(URLSafeTimedSerializer(app.secret_key, salt="wtf-csrf-token").dumps(kept))


def leads_to_sign_in(response: TestResponse) -> bool:
    return response.status_code == 302 and urlsplit(response.location).path == "/team/inloggen"
