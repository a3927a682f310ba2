"""Filing as a browser does it: opening a step, sending what it shows with the changes made, going on."""

import re
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from xml.etree.ElementTree import Element

from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from portal import clock
from portal.complaints.filing import queries
from portal.complaints.filing.rules import Filling
from portal.complaints.models import Attachment, Complaint, ComplaintDraft
from portal.crypto import new_public_id
from portal.db import db, transaction
from tests import pages

COMPLAINT = {"wat": "klacht", "wie": "ik", "hulp": "volwassenen"}
WAYS: dict[str, dict[str, str]] = {
    "complaint": COMPLAINT,
    "objection": {"wat": "bezwaar", "datum": "2-11-2026"},
    "other_organisation": {"wat": "ander"},
    "signal": {"wat": "signaal"},
    "talk": {"wat": "praten"},
    "danger": {"wat": "gevaar"},
}
"""The address arguments that lead to each end."""
WORDS = "Er staat iets in het verslag dat niet klopt."
SCRIPT = '"><script>alert(1)</script>{{ 7*7 }}'
"""What somebody bad types."""
STEPS = ("wat", "over", "bereikbaar", "nakijken")


def said(response: TestResponse) -> str:
    """What the page says, without its tags."""
    main = response.text[response.text.index("<main") : response.text.index("</main>")]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", main))).strip()


def fields_of(response: TestResponse) -> MultiDict[str, str]:
    """What the form of the page would send as it stands."""
    tree = pages.read(response.text)
    forms = [found for found in tree.iter("form") if found.get("method") == "post"]
    given: MultiDict[str, str] = MultiDict()
    for control in forms[0].iter():
        name = control.get("name")
        if name and control.tag != "button":
            value = _value(control)
            if value is not None:
                given.add(name, value)
    return given


def _value(control: Element) -> str | None:
    if control.tag == "textarea":
        return (control.text or "").removeprefix("\n")
    if control.get("type") in {"radio", "checkbox"} and control.get("checked") is None:
        return None
    return control.get("value", "")


def begin(client: FlaskClient, way: dict[str, str] | None = None, **more: str) -> str:
    """Choose a way and press its button; the address of the draft."""
    address = f"/klacht?{urlencode((way or COMPLAINT) | more)}"
    shown = client.get(address)
    assert shown.status_code == 200, shown.status_code
    begun = client.post(address, data=fields_of(shown))
    assert begun.status_code == 303, said(begun)
    path = urlsplit(begun.location).path
    assert path.endswith("/wat")
    return path.removesuffix("/wat")


def post(client: FlaskClient, address: str, action: str = "next", /, **changes: Any) -> TestResponse:
    """Open a step, change what is given, and press a button. A list ticks those boxes."""
    shown = client.get(address)
    assert shown.status_code == 200, (shown.status_code, said(shown))
    given = fields_of(shown)
    for name, value in changes.items():
        given.setlist(name, value if isinstance(value, list) else [value])
    given["action"] = action
    return client.post(address, data=given)


def fill(client: FlaskClient, address: str, /, **changes: Any) -> TestResponse:
    """Go through the steps with these answers, each on the step that asks it; gives the review."""
    for step in ("wat", "over", "bereikbaar"):
        asked = set(fields_of(client.get(f"{address}/{step}")))
        mine = {name: value for name, value in changes.items() if name in asked | BOXES.get(step, set())}
        done = post(client, f"{address}/{step}", **mine)
        assert done.status_code == 303, (step, said(done))
    review = client.get(f"{address}/nakijken")
    assert review.status_code == 200
    return review


BOXES = {"over": {"wishes", "domain", "on_behalf"}, "bereikbaar": {"reach", "voicemail", "formal_by_email"}}


def send(client: FlaskClient, address: str) -> TestResponse:
    """Press the button of the review."""
    return client.post(f"{address}/nakijken", data=fields_of(client.get(f"{address}/nakijken")))


def filling(address: str) -> Filling:
    """What is kept of the draft."""
    db.session.rollback()
    draft = queries.find(address.rsplit("/", 1)[-1])
    assert draft is not None
    return queries.filled(draft)


def drafts() -> list[ComplaintDraft]:
    db.session.rollback()
    return list(db.session.scalars(select(ComplaintDraft).order_by(ComplaintDraft.id)))


def complaints() -> list[Complaint]:
    db.session.rollback()
    return list(db.session.scalars(select(Complaint).order_by(Complaint.id)))


def code_in(response: TestResponse) -> str:
    """The receipt code on the page."""
    found = re.search(r"<dd>([0-9A-Z]{4} [0-9A-Z]{4} [0-9A-Z]{4})</dd>", response.text)
    assert found, said(response)
    return found[1]


def query_of(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(unescape(address)).query, keep_blank_values=True))


def with_file(address: str) -> Attachment:
    """A draft with a file, put there behind the scenes."""
    with transaction():
        draft = queries.find(address.rsplit("/", 1)[-1], to_change=True)
        assert draft is not None
        kept = Attachment(
            public_id=new_public_id(), draft_id=draft.id, name="brief.pdf", kind="pdf", size=9, sealed=b"x"
        )
        db.session.add(kept)
    return kept


def files() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Attachment)) or 0


def expire(address: str, days: int = 1) -> None:
    """The draft lay so many days too long; on 0 it is its last day."""
    with transaction():
        draft = queries.find(address.rsplit("/", 1)[-1], to_change=True)
        assert draft is not None
        draft.kept_until = clock.today() - timedelta(days=days)
