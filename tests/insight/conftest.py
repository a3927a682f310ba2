"""Signed-in staff."""

import secrets
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.db import transaction
from portal.identity import accounts
from portal.identity.rules import Role
from tests.conftest import _clean

SignIn = Callable[..., FlaskClient]


@pytest.fixture
def app(whole_app: Flask) -> Flask:
    """A clean portal. No context is held open: each request begins with nothing, as in a server."""
    _clean(whole_app)
    return whole_app


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
