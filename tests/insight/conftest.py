"""Signed-in staff, and invitations and responses in the numbers that a test needs."""

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.db import db, transaction
from portal.identity import accounts
from portal.identity.models import User
from portal.identity.rules import Role
from portal.surveys.models import Invitation, Response, ResponseChoice, ResponseText
from tests.conftest import _clean

SignIn = Callable[..., FlaskClient]


@pytest.fixture(autouse=True)
def _push_request_context() -> None:
    """In place of pytest-flask's, which would lend every request one context, and so one user."""


@pytest.fixture
def app(whole_app: Flask) -> Iterator[Flask]:
    """A clean portal. No context is held open: each request begins with nothing, as in a server."""
    _clean(whole_app)
    yield whole_app


@pytest.fixture
def sign_in(app: Flask) -> SignIn:
    """A client in which somebody with these roles is signed in already."""

    def signed_in(*roles: Role) -> FlaskClient:
        with app.app_context(), transaction():
            user = accounts.add_staff(
                f"{secrets.token_hex(4)}@voorbeeld.example", "no password", [str(role) for role in roles]
            )
            mark = user.fs_uniquifier
        client = app.test_client()
        with client.session_transaction() as session:
            session.update({"_user_id": mark, "_fresh": True})
        return client

    return signed_in


@pytest.fixture
def quality(sign_in: SignIn) -> FlaskClient:
    """Somebody of the quality team."""
    return sign_in(Role.QUALITY)


def user_id(app: Flask) -> int:
    with app.app_context():
        return int(db.session.scalars(db.select(User.id)).one())


def invite(
    app: Flask,
    number: int,
    on: date | None,
    *,
    moment: str = "intake",
    domain: str = "youth",
    delivered: int | None = None,
    started: int = 0,
    sent: int = 0,
    first_person: bool = True,
) -> None:
    """So many invitations of a day, of which the first so many came so far."""
    delivered = number if delivered is None else delivered
    rows = [
        {
            "public_id": secrets.token_hex(8),
            "link_key_id": "test",
            "code_index": secrets.token_hex(16),
            "moment": moment,
            "domain": domain,
            "first_person": first_person,
            "closes_on": on or date(2026, 1, 1),
            "invited_on": on,
            "delivered": place < delivered,
            "started": place < max(started, sent),
            "completed": place < sent,
        }
        for place in range(number)
    ]
    with app.app_context(), transaction() as session:
        session.execute(db.insert(Invitation), rows)


def respond(
    app: Flask,
    quarter: str,
    answers: Iterable[Mapping[str, str | list[str]]],
    *,
    pile: str = "intake",
    texts: Mapping[str, Iterable[tuple[str, bool]]] | None = None,
) -> None:
    """One response for each mapping of question to value; texts go to the first ones in turn."""
    written = {key: list(bodies) for key, bodies in (texts or {}).items()}
    with app.app_context(), transaction() as session:
        for choices in answers:
            values = [
                (key, value)
                for key, given in choices.items()
                for value in (given if isinstance(given, list) else [given])
            ]
            said = [(key, *bodies.pop()) for key, bodies in written.items() if bodies]
            session.add(
                Response(
                    id=secrets.token_hex(16),
                    pile=pile,
                    quarter=quarter,
                    perspective="overig",
                    channel="overig",
                    language="overig",
                    team="overig",
                    choices=[ResponseChoice(key=key, value=value) for key, value in values],
                    texts=[ResponseText(key=key, body=body, may_quote=may) for key, body, may in said],
                )
            )
    assert not any(written.values()), "more texts than responses"
