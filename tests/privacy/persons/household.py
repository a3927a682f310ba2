"""An invented person with one of everything, and who lives in the same house."""

import json
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import LargeBinary, select
from werkzeug.test import TestResponse

from portal import clock
from portal.complaints.filing import operations as filing
from portal.complaints.filing.rules import Filling
from portal.complaints.models import Complaint
from portal.crypto import EncryptedText, LostKey, keyring
from portal.db import db, transaction
from portal.outbox.operations import queue
from portal.outbox.rules import Channel
from portal.surveys.answering.queries import newest_version
from portal.surveys.inviting import indexes
from portal.surveys.inviting.asking import TOPIC
from portal.surveys.inviting.models import Contact
from portal.surveys.inviting.operations import ProtectedValue, leave_alone
from portal.surveys.inviting.rules import Protected, StopReason
from portal.surveys.models import Draft, Invitation
from portal.surveys.rules import Moment
from portal.talks import circle_operations
from portal.tasks import operations as tasks
from tests.complaints.people import CONTENT, filed
from tests.surveys.inviting.people import person
from tests.talks.evenings import evening, signed_up, somebody

NAME, EMAIL, PHONE, CASE = "Zoë de Proef", "zoe.de.proef@voorbeeld.example", "+31612345678", "Z-77-a"
PARTNER, PARTNER_EMAIL = "Pieter de Proef", "pieter.de.proef@voorbeeld.example"
WORDS = "De tolk kwam niet, en niemand zei waarom."
HOME = "/team/personen"
FOUND, COPY, FILE, CONFIRM, ERASE = (
    f"{HOME}/{name}" for name in ("gevonden", "kopie", "bestand", "wissen", "gewist")
)
ASK = re.compile(r'name="ask" value="([^"]+)"')
TICKED = re.compile(r'name="take" id="[^"]+" value="([^"]+)"( checked)?')


@dataclass
class Household:
    """What was made, by its numbers."""

    invitation: int
    partner: int
    evening: int
    complaint: str


def everything(*, complaint: bool = True, full: bool = True) -> Household:
    """Zoë with one of everything; Pieter of the same case, who has the same telephone."""
    mine = person(NAME, case=CASE, email=EMAIL, phone=PHONE, street="Proefstraat 1").invitation_id
    partner = person(
        PARTNER, case=CASE, email=PARTNER_EMAIL, phone=PHONE, street="Proefstraat 1"
    ).invitation_id
    number = evening(capacity=2)
    signed_up(number, _named(somebody(EMAIL), "Zoë"))
    signed_up(number, _named(somebody(PHONE), "Pieter"))
    signed_up(number, somebody("wacht@voorbeeld.example"))
    with transaction():
        _around(mine)
        if full:
            circle_operations.ask(EMAIL, "nl")
            filing.begin(Filling(content=replace(CONTENT, name=NAME, email=EMAIL, what=WORDS)), "nl")
    reference = ""
    if complaint:
        told = {"name": NAME, "email": EMAIL, "phone": "06 1234 5678", "what": WORDS}
        reference = filed(content=told).reference
    return Household(mine, partner, number, reference)


def _named(wanted: Any, name: str) -> Any:
    return replace(wanted, person=replace(wanted.person, first_name=name, question=WORDS))


def _around(invitation_id: int) -> None:
    """A draft, a wish to be called, and a message that waits."""
    asked = db.session.get_one(Invitation, invitation_id)
    version = newest_version(Moment.INTAKE)
    db.session.add(
        Draft(invitation_id=asked.id, version_id=version.id, body=json.dumps({"x": [WORDS, "", None]}))
    )
    asked.started, asked.call_requested, asked.invited_on = True, True, clock.today()
    asked.delivered, asked.channel = True, "email"
    details = {"name": NAME, "phone": "0612345678", "when": "any", "moment": "intake", "language": "nl"}
    tasks.ask("call_back", asked.public_id, secrets.token_hex(4), details)
    queue(
        Channel.EMAIL,
        "survey_reminder",
        to=EMAIL,
        topic=TOPIC,
        about=asked.public_id,
        request_key=secrets.token_hex(8),
        language="nl",
        params={"name": NAME},
    )
    stopped = ProtectedValue(Protected.EMAIL, indexes.email_index(EMAIL), EMAIL)
    leave_alone(stopped, StopReason.OPTED_OUT, "self")


# ---- The pages ----------------------------------------------------------------------------


def sealed(page: TestResponse | str) -> str:
    """The question as the page carries it on."""
    text = page if isinstance(page, str) else page.get_data(as_text=True)
    found = ASK.search(text)
    assert found, text[:3000]
    return found[1]


def offered(page: TestResponse) -> dict[str, bool]:
    """What can be ticked, and whether it is."""
    return {key: bool(ticked) for key, ticked in TICKED.findall(page.get_data(as_text=True))}


def candidates(page: TestResponse) -> dict[str, str]:
    """Who can be chosen: the key of each name."""
    text = page.get_data(as_text=True)
    pairs = re.findall(r'name="who" id="[^"]+" value="([^"]+)">\s*<span><strong>([^<]*)</strong>', text)
    return {name: key for key, name in pairs}


def send(client: FlaskClient, address: str, **fields: Any) -> TestResponse:
    """A form of one's own session."""
    token = re.search(
        r'name="csrf_token" value="([^"]+)"', client.get("/team/account").get_data(as_text=True)
    )
    assert token
    return client.post(address, data={"csrf_token": token[1], **fields})


def seek(client: FlaskClient, typed: str, **more: str) -> TestResponse:
    """What is there of this address, number or case."""
    return send(client, FOUND, typed=typed, **more)


def chosen(client: FlaskClient, typed: str, *names: str) -> TestResponse:
    """The same, of who bears one of these names."""
    page = seek(client, typed)
    keys = candidates(page)
    return send(client, FOUND, ask=sealed(page), who=[keys[name] for name in names])


def all_of(page: TestResponse) -> dict[str, Any]:
    """The form of the page as it stands."""
    return {"ask": sealed(page), "take": [key for key, ticked in offered(page).items() if ticked]}


def doubts(page: TestResponse) -> dict[str, str]:
    """What is said beside each thing that was left out, by key."""
    parts = page.get_data(as_text=True).split('<section class="record"')[1:]
    found = {}
    for part in parts:
        key, badge = TICKED.search(part), re.search(r'badge-status--warning">([^<]+)<', part)
        if key and badge:
            found[key[1]] = badge[1]
    return found


def own(page: TestResponse) -> dict[str, Any]:
    """The form with what bears no name as well, ticked by staff who know whose it is."""
    nameless = [key for key, why in doubts(page).items() if why == "geen naam"]
    form = all_of(page)
    return form | {"take": form["take"] + nameless}


# ---- The whole database -------------------------------------------------------------------


def every_text() -> Iterator[tuple[str, str]]:
    """Every value of every column of every row, opened where it is sealed: (table.column, text)."""
    db.session.rollback()
    for table in db.metadata.sorted_tables:
        for row in db.session.execute(select(table)).mappings():
            for column in table.columns:
                value = row[column]
                if value is None:
                    continue
                if isinstance(column.type, LargeBinary) and not isinstance(column.type, EncryptedText):
                    value = _opened(bytes(value))
                yield f"{table.name}.{column.name}", _plain(str(value))


def _plain(text: str) -> str:
    """A text as people read it, also where JSON spells its letters in numbers."""
    try:
        return json.dumps(json.loads(text), ensure_ascii=False)
    except ValueError:
        return text


def _opened(value: bytes) -> str:
    try:
        return keyring().decrypt(value)
    except (LostKey, UnicodeDecodeError):
        return value.decode("latin-1")


def traces(*words: str) -> set[str]:
    """In which columns one of these stands, however it is written."""
    wanted = [word.casefold() for word in words]
    return {where for where, text in every_text() if any(word in text.casefold() for word in wanted)}


def of(model: Any) -> list[Any]:
    """Every row of a table."""
    db.session.rollback()
    db.session.expire_all()
    return list(db.session.scalars(select(model).order_by(*model.__table__.primary_key)))


def contact(invitation_id: int) -> Contact | None:
    db.session.rollback()
    return db.session.get(Contact, invitation_id, populate_existing=True)


def the_complaint() -> Complaint:
    return db.session.scalars(select(Complaint)).one()


def days_ago(days: int) -> date:
    return clock.today() - timedelta(days=days)
