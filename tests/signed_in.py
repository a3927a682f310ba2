"""A session as signing in makes it, for tests that begin inside."""

from datetime import datetime, timedelta

from flask import Flask
from flask.testing import FlaskClient

from portal import clock
from portal.db import transaction
from portal.identity import sessions
from portal.identity.access import CONFIRMED
from portal.identity.models import User

OFTEN = timedelta(minutes=10)


def let_in(client: FlaskClient, user: User) -> None:
    """Sign somebody in in this client: a real session, and a password that was given just now.

    Where a test moves the clock, somebody signs in again first, as people do the next day.
    """
    mark, user_id = user.fs_uniquifier, user.id
    began_at = _begin(client, mark, user_id)

    def stay_in() -> None:
        nonlocal began_at
        if abs(clock.now() - began_at) >= OFTEN:
            began_at = _begin(client, mark, user_id)

    client.before_each = stay_in  # type: ignore[attr-defined]


def _begin(client: FlaskClient, mark: str, user_id: int) -> datetime:
    app: Flask = client.application
    now = clock.now()
    with app.test_request_context(), transaction():
        secret = sessions.begin(user_id)
    with client.session_transaction() as cookie:
        cookie.update({"_user_id": mark, "_fresh": True, sessions.SECRET: secret, CONFIRMED: now.timestamp()})
    return now
