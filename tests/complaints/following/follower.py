"""Somebody with a reference and a receipt code, and complaints in every state they can be in."""

import re
from datetime import date, datetime, timedelta
from html import unescape

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal import clock
from portal.complaints import messages, operations
from portal.complaints.models import Complaint, ComplaintPart
from portal.complaints.rules import Domain, Judgment, Step
from portal.complaints.settings import is_holiday
from portal.complaints.terms import working_day_from, working_day_until
from portal.db import db, transaction
from portal.identity.models import User
from portal.identity.rules import Role
from tests.complaints.people import CODE, filed, handled_by, staff, taken

HOME = "/klacht/volgen"
PLACE = "Van de Kasteelestraat 75"


def marks(response: TestResponse) -> dict[str, str]:
    """The hidden fields of a page, by name."""
    found = re.findall(r'<input[^>]*type="hidden"[^>]*>', response.text)
    named = [(re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)) for tag in found]
    return {name[1]: unescape(value[1]) for name, value in named if name and value}


def said(response: TestResponse) -> str:
    """What the main part of the page says, without its tags."""
    main = response.text[response.text.index("<main") : response.text.index("</main>")]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", main))).strip()


def entering(client: FlaskClient, reference: str, code: str = CODE, **more: str) -> TestResponse:
    """Type reference and code."""
    fields = marks(client.get(HOME)) | {"reference": reference, "code": code} | more
    return client.post(HOME, data=fields)


def inside(client: FlaskClient, complaint: Complaint) -> FlaskClient:
    """The client follows this complaint, and none that it followed before."""
    client.delete_cookie("portal")
    response = entering(client, complaint.reference)
    assert response.status_code == 303, said(response)
    return client


def now(complaint: Complaint) -> Complaint:
    """The complaint as it is kept now."""
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Complaint, complaint.id)


def words(client: FlaskClient, address: str = "") -> str:
    response = client.get(HOME + address)
    assert response.status_code == 200, (response.status_code, response.location)
    return said(response)


def post(client: FlaskClient, address: str, page: str | None = None, **fields: str) -> TestResponse:
    """Send a form as its page gives it."""
    shown = client.get(HOME + (address if page is None else page))
    assert shown.status_code == 200
    return client.post(HOME + address, data=marks_of_form(shown, HOME + address) | fields)


def marks_of_form(response: TestResponse, action: str) -> dict[str, str]:
    """The hidden fields of the form that posts to this address."""
    form = re.search(
        rf'<form[^>]*action="{re.escape(action)}(?:\?[^"]*)?"[^>]*>(.*?)</form>', response.text, re.DOTALL
    )
    assert form, f"no form for {action}"
    named = re.findall(r'<input[^>]*name="([^"]+)" type="hidden" value="([^"]*)"', form[1])
    return {name: unescape(value) for name, value in named}


# Complaints that went some way.


def called(received_on: date | None = None, **given: object) -> Complaint:
    return taken(filed(received_on, **given), Step.ACKNOWLEDGE, Step.CALL)


def copied(received_on: date | None = None, **given: object) -> Complaint:
    complaint = called(received_on, **given)
    handled_by(complaint, staff(Role.QUALITY))
    return taken(complaint, Step.TAKE_UP, Step.COPY)


def planned(at: datetime | None = None, **given: object) -> Complaint:
    """Its hearing is planned, in two weeks unless said otherwise."""
    complaint = copied(**given)
    day = working_day_from(clock.today() + timedelta(days=14), is_holiday)
    at = at or datetime(day.year, day.month, day.day, 14, 30, tzinfo=clock.AMSTERDAM)
    with transaction():
        held = operations.locked(complaint.public_id)
        assert held is not None
        operations.take(held, Step.PLAN_HEARING, actor="test", hearing_at=at)
        held.hearing_place = PLACE
    return complaint


def told(received_on: date | None = None, **given: object) -> Complaint:
    """The outcome was told; for young people a committee judged."""
    complaint = copied(received_on, **given)
    if complaint.procedure == "jeugdwet":
        taken(complaint, Step.COMMITTEE)
    taken(complaint, Step.SKIP_HEARING)
    with transaction():
        held = operations.locked(complaint.public_id)
        assert held is not None
        held.parts.append(ComplaintPart(number=1, words="het verslag", judgment=Judgment.UPHELD))
    return taken(complaint, Step.JUDGE, Step.TELL)


def not_taken_up(**given: object) -> Complaint:
    complaint = called(**given)
    taken(complaint, Step.NOT_TAKE_UP)
    with transaction():
        held = operations.locked(complaint.public_id)
        assert held is not None
        held.not_taken_up_reason = "over_a_year"
    return complaint


def late() -> Complaint:
    """Received ten weeks ago and not judged yet."""
    return called(clock.today() - timedelta(weeks=10))


def asked_longer(until: date | None = None, **given: object) -> Complaint:
    complaint = called(**given)
    until = until or working_day_until(clock.today() + timedelta(weeks=15), is_holiday)
    return taken(complaint, Step.ASK_LONGER, until=until, details={"why": "Er is iemand ziek."})


def answered_by(complaint: Complaint, user: User, text: str, key: str) -> None:
    """A message of staff."""
    with transaction() as session:
        held = operations.locked(complaint.public_id)
        assert held is not None
        messages.say(held, text, request_key=key, author=session.get_one(User, user.id))


YOUTH = {"domain": Domain.YOUTH, "young": True}
