"""Members of the team at the pages about complaints, pressing their buttons as a browser does."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from html import unescape
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.audit.models import AuditEvent
from portal.complaints import operations, people
from portal.complaints.models import Complaint
from portal.db import db, transaction
from portal.identity.models import User
from tests.signed_in import let_in

HOME = "/team/klachten"


def enter(app: Flask, user: User) -> FlaskClient:
    """A client in which this very member of staff is signed in."""
    client = app.test_client()
    let_in(client, user)
    return client


def main_of(response: TestResponse) -> str:
    """The page's main part, as HTML."""
    return response.text[response.text.index("<main") : response.text.index("</main>")]


def said(response: TestResponse) -> str:
    """What the page says, without its tags."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", main_of(response)))).strip()


def words(client: FlaskClient, address: str = "") -> str:
    """What a page says that must be there."""
    response = client.get(HOME + address)
    assert response.status_code == 200, (address, response.status_code)
    return said(response)


def post(client: FlaskClient, address: str, /, **fields: Any) -> TestResponse:
    """Send a form with the token of a page."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(HOME).text)
    assert token
    return client.post(HOME + address, data={"csrf_token": token[1], **fields})


def press(client: FlaskClient, address: str, /, **fields: Any) -> str:
    """Send a form that must work out; what the next page says."""
    response = post(client, address, **fields)
    assert response.status_code == 303, (response.status_code, said(response))
    return words(client, response.location.removeprefix(HOME))


def hidden(response: TestResponse, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', response.text)
    assert found, name
    return found[1]


@contextmanager
def held(complaint: Complaint) -> Iterator[Complaint]:
    """The complaint, locked in a transaction of its own."""
    with transaction():
        found = operations.locked(complaint.public_id)
        assert found is not None
        yield found


def fresh(complaint: Complaint) -> Complaint:
    """The complaint as it stands now."""
    db.session.rollback()
    return db.session.get_one(Complaint, complaint.id, populate_existing=True)


def asked(complaint: Complaint, user: User) -> User:
    """The user is named as its handler and did not declare yet."""
    with held(complaint) as found:
        people.name_handler(found, db.session.get_one(User, user.id), "test")
    return user


def concerned(complaint: Complaint, user: User | None = None, name: str = "", email: str = "") -> int:
    """Somebody is named as a person concerned; the number of the row."""
    with held(complaint) as found:
        account = db.session.get_one(User, user.id) if user else None
        return people.add_concerned(found, "test", user=account, name=name, email=email).id


def looks(complaint: Complaint, user: User) -> list[str]:
    """As what the user looked at the complaint, in order."""
    db.session.rollback()
    events: Iterable[AuditEvent] = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id))
    return [
        found.details["what"]
        for found in events
        if found.event == "complaint.seen"
        and found.actor == str(user.id)
        and found.details["complaint"] == complaint.reference
    ]
