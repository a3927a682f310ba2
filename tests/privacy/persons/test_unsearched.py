"""What nobody could read or look into is said, on every page, and stops nobody from finding the rest."""

import json
import re

import pytest
from cryptography.fernet import Fernet
from flask.testing import FlaskClient
from sqlalchemy import select, text
from structlog.testing import capture_logs

from portal import clock
from portal.complaints import persons as complaints
from portal.complaints.filing import operations as filing
from portal.complaints.filing.rules import Filling
from portal.db import db, transaction
from portal.identity.models import User
from portal.identity.rules import Role
from portal.outbox import persons as outbox
from portal.outbox.operations import queue
from portal.outbox.rules import Channel
from portal.privacy.persons import queries
from portal.privacy.persons.found import Ask
from portal.privacy.persons.rules import read
from portal.surveys.inviting import importing
from portal.talks.notices import TOPIC as TALK
from portal.tasks import operations as tasks
from portal.tasks import persons as task_persons
from tests.complaints.people import filed
from tests.conftest import SignIn
from tests.privacy.persons.household import (
    CASE,
    CONFIRM,
    COPY,
    EMAIL,
    ERASE,
    FILE,
    NAME,
    PARTNER,
    PHONE,
    all_of,
    chosen,
    everything,
    offered,
    sealed,
    seek,
    send,
)
from tests.surveys.inviting.people import person

ALL = (Role.QUALITY, Role.COMPLAINTS, Role.TALKS)


@pytest.fixture
def handler(sign_in: SignIn) -> FlaskClient:
    return sign_in(*ALL)


def _message(to: str, key: str) -> None:
    with transaction():
        queue(
            Channel.EMAIL,
            "talk_circle",
            to=to,
            topic=TALK,
            about=key,
            request_key=key,
            language="nl",
            params={},
        )


def _others() -> None:
    """A complaint, a draft, a task and a message of people who have nothing to do with each other."""
    filed(content={"email": "ander@voorbeeld.example", "phone": "", "name": "Ander"})
    with transaction():
        filing.begin(Filling(), "nl")
        tasks.add("call_back", "task", {"name": "Ander", "phone": "+31687654321"})
    _message("ander@voorbeeld.example", "theirs")


def _lose_the_key() -> None:
    """Of everything that is opened row by row and is there now."""
    sealed_anew = Fernet(Fernet.generate_key()).encrypt_at_time(b"x", 0)
    with transaction() as session:
        for where in ("complaint.content", "complaint_draft.body", "task.details", 'message."to"'):
            table, column = where.split(".")
            session.execute(text(f"UPDATE {table} SET {column} = :sealed"), {"sealed": sealed_anew})


LOST = "Van 4 stukken is de sleutel weg. Wat daarin staat, konden wij niet doorzoeken."
TELL = "Vertel het aan wie de website beheert."


def test_what_no_key_opens_is_counted_and_stops_nothing(handler: FlaskClient) -> None:
    _others()
    _lose_the_key()
    household = everything(complaint=False)
    with capture_logs() as logged:
        asked = seek(handler, EMAIL)
    assert [line["rows"] for line in logged if line["event"] == "lost key"] == [4], "who runs it hears of it"
    page = chosen(handler, EMAIL, NAME)
    form = all_of(page)
    assert f"invitation:{household.invitation}" in form["take"]
    confirm = send(handler, CONFIRM, **form)
    for shown in (asked, page, confirm):
        assert shown.status_code == 200 and f"{LOST} {TELL}" in shown.get_data(as_text=True)
    copy, given = (send(handler, address, **form).get_data(as_text=True) for address in (COPY, FILE))
    assert LOST in copy and TELL not in copy
    assert {"kind": "lost_key", "text": LOST} in json.loads(given)["not_searched"]
    proof = send(handler, ERASE, **form, left_alone="keep").get_data(as_text=True)
    assert "Dit is weg" in proof and LOST in proof


def test_where_every_key_is_there_nothing_is_said_of_keys(handler: FlaskClient) -> None:
    _others()
    everything()
    page = chosen(handler, EMAIL, NAME)
    assert "de sleutel weg" not in page.get_data(as_text=True)
    given = json.loads(send(handler, FILE, **all_of(page)).get_data(as_text=True))
    assert [one["kind"] for one in given["not_searched"]] == ["no_address"]


@pytest.mark.parametrize("module", [outbox, complaints, task_persons])
def test_a_bound_that_was_hit_is_said_and_the_newest_are_read(
    handler: FlaskClient, monkeypatch: pytest.MonkeyPatch, module: object
) -> None:
    cut = "Er zijn te veel stukken om ze allemaal te doorzoeken. Wij zochten in de nieuwste."
    monkeypatch.setattr(module, "MOST", 4)
    for number in range(4):
        _others_of(number)
    assert cut not in seek(handler, EMAIL).get_data(as_text=True)
    filed(content={"name": NAME, "email": EMAIL, "phone": ""})
    with transaction():
        tasks.add("call_back", "mine", {"name": NAME, "phone": PHONE})
    _message(EMAIL, "mine")
    person(NAME, case=CASE, email=EMAIL, phone=PHONE)
    page = seek(handler, EMAIL)
    assert {key.split(":")[0] for key in offered(page)} == {"invitation", "call", "complaint", "talk_message"}
    for address in (CONFIRM, COPY, FILE):
        assert cut in send(handler, address, **all_of(page)).get_data(as_text=True)
    assert cut in page.get_data(as_text=True)


def _others_of(number: int) -> None:
    filed(content={"email": f"{number}@voorbeeld.example", "phone": "", "name": "Ander"})
    with transaction():
        tasks.add("call_back", f"task {number}", {"name": "Ander", "phone": "+31687654321"})
    _message(f"{number}@voorbeeld.example", str(number))


# ---- Where nobody could look --------------------------------------------------------------

NOTHING = "Hier vonden wij niets."
NOWHERE = "Hier konden wij niet zoeken: wij kennen geen adres waarop wij hier iets vinden."


def _words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_by_a_case_alone_a_coordinator_did_not_look_and_says_so(sign_in: SignIn) -> None:
    everything()
    coordinator = sign_in(Role.COMPLAINTS)
    page = seek(coordinator, CASE)
    assert offered(page) == {}
    shown = page.get_data(as_text=True)
    assert "Klachten, avonden en accounts. Die vinden wij op een adres" in shown
    assert "Hierop kunt u niet zoeken." in shown and "vonden niets" not in shown and "Download" not in shown
    # The page offers no letter; one that was asked for all the same does not say more than is true.
    user = db.session.scalars(select(User)).one()
    ask = queries.seal(Ask("0000 0000", read(CASE), user.id))
    letter = send(coordinator, COPY, ask=ask).get_data(as_text=True)
    assert "Klachten, avonden en accounts." in letter and f"Op {CASE} konden wij niet zoeken." in letter
    assert NOTHING not in letter and "vonden niets" not in letter
    given = json.loads(send(coordinator, FILE, ask=ask).get_data(as_text=True))
    assert {one["part"] for one in given["parts"] if one["seen"] and not one["searched"]} == {
        "complaints",
        "staff",
    }
    assert [one["kind"] for one in given["not_searched"]] == ["case_only", "no_address"]


def test_who_is_known_by_post_alone_hears_where_nobody_looked(handler: FlaskClient) -> None:
    person(NAME, case=CASE, street="Proefstraat 1")
    page = seek(handler, CASE)
    for shown in (page, send(handler, COPY, **all_of(page))):
        text = shown.get_data(as_text=True)
        assert text.count(NOWHERE) == 3 and NOTHING not in text


def test_by_a_case_is_said_that_other_addresses_were_not_sought(handler: FlaskClient) -> None:
    everything()
    said = "Wij zochten alleen op de adressen die wij bij deze zaak kennen."
    page = chosen(handler, CASE, NAME)
    form = all_of(page)
    for address in (CONFIRM, COPY, FILE, ERASE):
        assert said in send(handler, address, **form, left_alone="keep").get_data(as_text=True)
    assert said in page.get_data(as_text=True)
    assert said not in seek(handler, PHONE).get_data(as_text=True)


def test_by_the_number_of_no_complaint_the_rest_was_not_sought(handler: FlaskClient) -> None:
    everything()
    page = seek(handler, "KL-2020-9999")
    given = json.loads(send(handler, FILE, ask=sealed(page)).get_data(as_text=True))
    assert [one["part"] for one in given["parts"] if one["searched"]] == ["complaints"]


def test_by_telephone_alone_what_has_only_an_email_address_was_not_sought(handler: FlaskClient) -> None:
    person(NAME, case=CASE, phone=PHONE)
    page = seek(handler, PHONE)
    text = page.get_data(as_text=True)
    assert text.count(NOTHING) == 2 and text.count(NOWHERE) == 1, "of accounts"
    assert "Het adres voor nieuwe avonden en accounts. Die vinden wij alleen op e-mailadres." in text


ON_PAPER = "Klachten zonder e-mailadres of telefoonnummer, bijvoorbeeld op papier."


def test_a_complaint_on_paper_is_found_by_its_number_and_said_not_to_be_sought(handler: FlaskClient) -> None:
    everything(complaint=False)
    paper = filed(content={"name": NAME, "email": "", "phone": "", "street": "Proefstraat 1"})
    page = chosen(handler, EMAIL, NAME)
    assert paper.reference not in page.get_data(as_text=True)
    form = all_of(page)
    for address in (CONFIRM, COPY, FILE, ERASE):
        assert ON_PAPER in send(handler, address, **form, left_alone="keep").get_data(as_text=True), address
    assert ON_PAPER in page.get_data(as_text=True)
    by_number = seek(handler, paper.reference.lower())
    assert offered(by_number) == {f"complaint:{paper.id}": True}


def test_by_its_number_nobody_finds_a_complaint_that_is_not_for_him(sign_in: SignIn) -> None:
    """Awb 9:7."""
    complaint = filed(content={"email": EMAIL, "phone": ""})
    client = sign_in(Role.QUALITY)
    shown = seek(client, complaint.reference).get_data(as_text=True)
    unknown = seek(client, "KL-2020-9999").get_data(as_text=True)
    numbers = r'value="[^"]{40,}"|<strong>\d{4} \d{4}</strong>|nonce-\S+|KL-\d{4}-\d{4}'
    assert re.sub(numbers, "", shown) == re.sub(numbers, "", unknown)


def test_exports_that_wait_are_named_everywhere(handler: FlaskClient) -> None:
    everything(complaint=False)
    with transaction():
        importing.keep_upload(
            f"zaaknummer;moment;datum;naam\n{CASE};intake;{clock.today()};x\n".encode(), "1"
        )
    page = chosen(handler, EMAIL, NAME)
    form = all_of(page)
    for shown in (
        page,
        *(send(handler, address, **form, left_alone="keep") for address in (CONFIRM, COPY, FILE, ERASE)),
    ):
        assert "Er ligt 1 bestand klaar om in te lezen." in shown.get_data(as_text=True)
    assert PARTNER not in send(handler, COPY, **form).get_data(as_text=True)
