"""After the purge nobody finds the person any more: not in any column of any table, sealed or not."""

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal import clock
from portal.audit.models import AuditEvent
from portal.complaints import messages as writing
from portal.complaints import operations as complaints
from portal.complaints import sessions
from portal.complaints.models import Complaint, ComplaintPart, ComplaintSession
from portal.complaints.notices import tell_complainant, tell_concerned
from portal.crypto import keyring
from portal.db import db, transaction
from portal.identity.rules import Role
from portal.outbox.rules import State
from portal.privacy.retention import operations
from portal.privacy.retention.rules import Kind
from portal.surveys.inviting.operations import opt_out
from portal.surveys.models import Invitation
from portal.worker import Worker
from tests.complaints.people import CODE
from tests.conftest import SignIn
from tests.privacy.persons.household import EMAIL as HOUSEHOLD_EMAIL
from tests.privacy.persons.household import ERASE, all_of, chosen, everything, send
from tests.privacy.persons.household import NAME as HOUSEHOLD_NAME
from tests.privacy.retention.past import (
    DAY,
    EMAIL,
    NAME,
    PHONE,
    TODAY,
    WORDS,
    answered,
    asked,
    at,
    called,
    complained,
    first_kept,
    message,
    traces,
)

pytestmark = pytest.mark.usefixtures("app")
OTHERS = ("Betrokken Medewerker", "betrokken@vroeger.example")
EVERYTHING = (NAME, EMAIL, PHONE, PHONE.removeprefix("+31"), WORDS, "Vroegerstraat", "Z-VROEGER", *OTHERS)


def _somebody_of_long_ago() -> Complaint:
    invitation = asked(first_kept(Kind.CONTACTS) - DAY)
    about = db.session.get_one(Invitation, invitation).public_id
    for state in (State.SENT, State.WAITING, State.DEAD):
        message(about, state, TODAY)
    called(first_kept(Kind.CALLS) - DAY)
    answered("2026-Q1")
    one = complained(first_kept(Kind.COMPLAINTS) - DAY)
    with transaction():
        held = complaints.locked(one.public_id)
        assert held is not None
        tell_complainant(held, "test")
        tell_concerned(held.concerned[0])
    return one


def test_no_column_knows_the_person_any_more() -> None:
    _somebody_of_long_ago()
    before = traces(*EVERYTHING)
    assert {table for table, _column in before} == {
        *("invitation", "contact", "message", "task", "response_text"),
        *("complaint", "complaint_step", "complaint_part", "complaint_message", "complaint_letter"),
        *("complaint_attachment", "person_concerned"),
    }, "the search finds what is there"
    Worker().round()
    assert traces(*EVERYTHING) == set()


def test_no_mark_of_the_complaint_leads_to_it_any_more() -> None:
    """What opened or found it: the code, the link, the address, the draft, a session that still follows it."""
    one = _somebody_of_long_ago()
    marks = (one.public_id, one.request_key, one.email_index, one.phone_index, one.concerned[0].public_id)
    with transaction():
        secret = sessions.begin(one.id)
    row = db.session.scalars(select(ComplaintSession.key_index)).one()
    keyed = [*(str(mark) for mark in marks), CODE, "ABCDEFGHJKMN", row]
    assert traces(*keyed)
    operations.purge()
    assert traces(*keyed) == set()
    assert sessions.find(secret) is None


def test_another_person_is_left_alone() -> None:
    _somebody_of_long_ago()
    asked(TODAY, name="Iemand Anders", contact={"email": "anders@voorbeeld.example"})
    other = complained(TODAY - DAY)
    before = traces("Iemand Anders", "anders@voorbeeld.example")
    operations.purge()
    assert traces("Iemand Anders", "anders@voorbeeld.example") == before != set()
    db.session.expire_all()
    assert db.session.get_one(Complaint, other.id).content.name == NAME


def test_only_what_is_counted_is_left_of_a_complaint() -> None:
    one = complained(first_kept(Kind.COMPLAINTS) - DAY, theme="recording", solved="no")
    kept = ("year", "number", "route", "via", "domain", "procedure", "stage", "on_behalf", "theme", "solved")
    kept += ("received_on", "received_at", "not_taken_up_by", "decide_by", "answer_by", "ended_on")
    before = {name: getattr(one, name) for name in kept}
    operations.purge()
    db.session.expire_all()
    left = db.session.get_one(Complaint, one.id)
    assert {name: getattr(left, name) for name in kept} == before
    for name in ("handler_id", "deputy_id", "code_hash", "code_sealed", "code_known_to", "hearing_at"):
        assert getattr(left, name) is None, name
    for name in ("email_index", "phone_index", "hearing_place", "later_asked"):
        assert getattr(left, name) is None, name
    assert (left.language, left.young, left.erased_on) == ("nl", False, clock.today())
    assert not (left.steps or left.messages or left.letters or left.attachments or left.concerned)
    parts = db.session.scalars(select(ComplaintPart).order_by(ComplaintPart.number)).all()
    assert [(part.judgment, part.words, part.reasons) for part in parts] == [
        ("upheld", "", ""),
        ("not_upheld", "", ""),
    ]


def test_the_file_of_the_database_holds_nothing_of_it_any_more(app: Flask) -> None:
    """Deleted rows are overwritten, so that a copy of the disk says nothing either."""
    if db.engine.dialect.name != "sqlite":
        # PostgreSQL gives the space back with the VACUUM that the purge asks for.
        return
    _somebody_of_long_ago()
    raw = db.session.connection().exec_driver_sql("SELECT content FROM complaint").scalar()
    db.session.rollback()
    sealed = bytes(raw or b"")[40:200]
    folder = Path(app.extensions["settings"].instance)
    assert sealed and _files_with(folder, sealed), "it is there to be found"
    Worker().round()
    assert _files_with(folder, sealed) == []


def test_the_file_holds_nothing_of_whom_was_erased_on_request(app: Flask, sign_in: SignIn) -> None:
    if db.engine.dialect.name != "sqlite":
        return
    household = everything(complaint=False)
    with transaction() as session:
        opt_out(session.get_one(Invitation, household.invitation))
    raw = db.session.connection().exec_driver_sql("SELECT value FROM no_contact WHERE kind = 'post'").scalar()
    db.session.rollback()
    sealed = bytes(raw or b"")[40:]
    folder = Path(app.extensions["settings"].instance)
    assert sealed and _files_with(folder, sealed), "it is there to be found"
    client = sign_in(Role.QUALITY, Role.TALKS, Role.COMPLAINTS)
    page = chosen(client, HOUSEHOLD_EMAIL, HOUSEHOLD_NAME)
    assert send(client, ERASE, **all_of(page), left_alone="forget").status_code == 200
    assert _files_with(folder, sealed) == []


def _files_with(folder: Path, what: bytes) -> list[str]:
    return [path.name for path in folder.iterdir() if path.is_file() and what in path.read_bytes()]


def test_the_audit_says_how_many_and_of_nobody(sign_in: SignIn) -> None:
    _somebody_of_long_ago()
    operations.purge()
    told = " ".join(str(row) for row in db.session.execute(select(AuditEvent.event, AuditEvent.details)))
    assert "retention.purged" in told
    assert not any(word in told for word in EVERYTHING)


# ---- The doors to it -----------------------------------------------------------------------


def test_the_code_opens_nothing_and_is_told_as_any_unknown(client: FlaskClient) -> None:
    one = complained(first_kept(Kind.COMPLAINTS) - DAY)
    operations.purge()
    unknown = _enter(client, "KL-1999-0001")
    erased = _enter(client, one.reference)
    assert erased.status_code == unknown.status_code
    assert _without(erased.text, one.reference) == _without(unknown.text, "KL-1999-0001")


def _enter(client: FlaskClient, reference: str):  # type: ignore[no-untyped-def]
    mark = re.search(r'name="mark"[^>]*value="([^"]+)"', client.get("/klacht/volgen").text)
    assert mark
    return client.post("/klacht/volgen", data={"mark": mark[1], "reference": reference, "code": CODE})


def _without(text: str, reference: str) -> str:
    text = text[text.index("<main") : text.index("</main>")].replace(reference, "")
    return re.sub(r'name="mark"[^>]*value="[^"]+"', "", text)


def test_the_link_of_whom_it_was_about_is_unknown(client: FlaskClient) -> None:
    one = complained(first_kept(Kind.COMPLAINTS) - DAY)
    person = one.concerned[0]
    token = keyring().token(person.public_id, person.link_key_id)
    assert client.get(f"/klacht/betrokkene/{token}").status_code == 200
    operations.purge()
    assert client.get(f"/klacht/betrokkene/{token}").status_code == 404


PAGES = ("", "/berichten", "/gegevens", "/soort", "/mensen", "/doorsturen", "/code", "/stap/resume")


def test_the_staff_page_says_what_is_left_and_every_other_page_that_it_is_gone(sign_in: SignIn) -> None:
    one = complained(first_kept(Kind.COMPLAINTS) - DAY, stage="solved")
    operations.purge()
    coordinator, other = sign_in(Role.COMPLAINTS), sign_in(Role.QUALITY)
    home = f"/team/klachten/{one.reference}"
    for client, reads in ((coordinator, True), (other, False)):
        page = client.get(home)
        assert page.status_code == 200
        assert "weggehaald op" in page.text
        assert ("gegrond" in page.text) is reads, "the judgment is for who could read it"
        assert not any(word in page.text for word in EVERYTHING)
    for address in PAGES[1:]:
        response = coordinator.get(home + address)
        assert response.status_code in {404, 410}, (address, response.status_code)
    assert coordinator.get(f"{home}/berichten").status_code == 410


def test_nothing_can_be_done_with_an_erased_complaint(sign_in: SignIn) -> None:
    one = complained(first_kept(Kind.COMPLAINTS) - DAY, stage="solved")
    operations.purge()
    client = sign_in(Role.COMPLAINTS)
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/team/klachten").text)
    assert token
    given = {"csrf_token": token[1], "words": "Hallo", "request_key": "1"}
    response = client.post(f"/team/klachten/{one.reference}/berichten", data=given)
    assert response.status_code == 410
    db.session.expire_all()
    assert db.session.get_one(Complaint, one.id).messages == []


def test_the_register_shows_it_among_what_ended(sign_in: SignIn) -> None:
    one = complained(first_kept(Kind.COMPLAINTS) - DAY)
    operations.purge()
    client = sign_in(Role.COMPLAINTS)
    page = client.get(f"/team/klachten?afgelopen={one.year}")
    assert one.reference in page.text and "weggehaald op 15 juni 2032" in page.text
    assert client.get("/team/klachten").status_code == 200
    assert client.get("/team/klachten/verbeteringen").status_code == 200
    assert client.get("/team/klachten/bezwaren").status_code == 200
    assert client.get(f"/team/klachten/jaar?jaar={one.year}").status_code == 200


def test_what_was_said_later_is_still_there(sign_in: SignIn) -> None:
    """A complaint within its term is whole after the purge: it can be read and answered."""
    one = complained(first_kept(Kind.COMPLAINTS))
    operations.purge()
    with transaction():
        held = complaints.locked(one.public_id)
        assert held is not None
        writing.say(held, "Nog iets", request_key="later", author=None)
    page = sign_in(Role.COMPLAINTS).get(f"/team/klachten/{one.reference}")
    assert WORDS in page.text and at(TODAY) == clock.now()
