"""Who shares an address, a name or a case is somebody else: nothing of the one is given for the other's."""

import json
from dataclasses import replace
from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete

from portal.complaints.filing import operations as filing
from portal.complaints.filing.rules import Filling
from portal.complaints.models import ComplaintDraft
from portal.db import db, transaction
from portal.identity.rules import Role
from portal.outbox.operations import queue
from portal.outbox.rules import Channel
from portal.surveys.inviting.asking import TOPIC
from portal.surveys.inviting.models import Contact
from portal.surveys.rules import Perspective
from portal.talks import circle_operations
from tests.complaints.people import CONTENT, filed
from tests.conftest import SignIn
from tests.privacy.persons.household import (
    CONFIRM,
    COPY,
    ERASE,
    FILE,
    FOUND,
    all_of,
    candidates,
    chosen,
    doubts,
    of,
    offered,
    sealed,
    seek,
    send,
)
from tests.surveys.inviting.people import person

ALL = (Role.QUALITY, Role.COMPLAINTS, Role.TALKS)
SHARED = "gezin.de.proef@voorbeeld.example"
ZOE, PIETER = "Zoë de Proef", "Pieter de Proef"


@pytest.fixture
def handler(sign_in: SignIn) -> FlaskClient:
    return sign_in(*ALL)


def _couple(one: str = ZOE, other: str = PIETER) -> None:
    for name in (one, other):
        person(name, case="Z-1", email=SHARED)


def _draft(name: str) -> None:
    with transaction():
        told = replace(CONTENT, name=name, email=SHARED, what="Zij slaat mij.")
        filing.begin(Filling(content=told), "nl")


# ---- One address between two --------------------------------------------------------------


def test_the_partners_draft_is_not_erased_with_ones_own(handler: FlaskClient) -> None:
    _couple()
    _draft(PIETER)
    page = chosen(handler, SHARED, ZOE)
    draft = next(key for key in offered(page) if key.startswith("complaint_draft"))
    assert offered(page)[draft] is False and doubts(page)[draft] == "andere naam"
    record = page.get_data(as_text=True).split("Klacht die nog niet verstuurd is")[1]
    assert "Pieter" not in record and "Zij slaat mij." not in record, "what is in it is shown to nobody"
    form = all_of(page)
    assert "complaint_draft" not in send(handler, FILE, **form).get_data(as_text=True)
    send(handler, ERASE, **form, left_alone="keep")
    assert len(of(ComplaintDraft)) == 1


def test_ones_own_draft_is_ones_own(handler: FlaskClient) -> None:
    _couple()
    _draft(ZOE)
    ticks = offered(chosen(handler, SHARED, ZOE))
    assert [ticked for key, ticked in ticks.items() if key.startswith("complaint_draft")] == [True]


@pytest.mark.parametrize("is_shared", [True, False])
def test_a_complaint_without_a_name_is_nobodys_beforehand(handler: FlaskClient, is_shared: bool) -> None:
    """It can be about the very person who asks."""
    if is_shared:
        _couple()
    else:
        person(ZOE, case="Z-1", email=SHARED)
    filed(content={"name": "", "email": SHARED, "phone": "", "what": "Mijn partner slaat mij."})
    _draft("")
    page = chosen(handler, SHARED, ZOE) if is_shared else seek(handler, SHARED)
    nameless = {key for key in offered(page) if key.startswith("complaint")}
    assert len(nameless) == 2 and not any(offered(page)[key] for key in nameless)
    assert {doubts(page)[key] for key in nameless} == {"geen naam"}
    assert "slaat mij" not in send(handler, COPY, **all_of(page)).get_data(as_text=True)


def test_what_has_an_address_alone_is_nobodys_where_two_share_it(handler: FlaskClient) -> None:
    _couple()
    with transaction():
        circle_operations.ask(SHARED, "nl")
        queue(
            Channel.EMAIL,
            "survey_reminder",
            to=SHARED,
            topic=TOPIC,
            about="ab",
            request_key="ab",
            language="nl",
            params={},
        )
    page = chosen(handler, SHARED, ZOE)
    ticked = {key.split(":")[0]: one for key, one in offered(page).items()}
    assert ticked == {"invitation": True, "survey_message": False, "member": False}


def test_an_initial_can_be_of_two(handler: FlaskClient) -> None:
    _couple("Jan Jansen", "Johanna Jansen")
    filed(content={"name": "J. Jansen-Bakker", "email": SHARED, "phone": "", "what": "Over mijn man Jan."})
    page = chosen(handler, SHARED, "Jan Jansen")
    complaint = next(key for key in offered(page) if key.startswith("complaint"))
    assert not offered(page)[complaint] and doubts(page)[complaint] == "naam niet zeker"
    # The same where she is known by the complaints alone.
    with transaction():
        she = next(one for one in of(Contact) if one.invitation.name == "Johanna Jansen")
        db.session.execute(delete(Contact).where(Contact.invitation_id == she.invitation_id))
    filed(content={"name": "Johanna", "email": SHARED, "phone": "", "what": "Nog een."})
    page = seek(handler, SHARED)
    assert not any(ticked for key, ticked in offered(page).items() if key.startswith("complaint"))


def test_of_somebody_alone_all_of_it_is_ticked(handler: FlaskClient) -> None:
    person(ZOE, case="Z-1", email=SHARED)
    with transaction():
        circle_operations.ask(SHARED, "nl")
    filed(content={"name": "Z. de Proef", "email": SHARED, "phone": ""})
    page = seek(handler, SHARED)
    assert set(offered(page).values()) == {True} and doubts(page) == {}
    assert "past de naam niet" not in page.get_data(as_text=True)


# ---- One name between two -----------------------------------------------------------------

JAN, FATHER, SON = "Jan de Boer", "vader@voorbeeld.example", "zoon@voorbeeld.example"


def _father_and_son() -> None:
    person(JAN, case="Z-1", email=FATHER, phone="+31611111111", street="Vaderstraat 1")
    person(
        "Jan  de boer",
        case="Z-1",
        email=SON,
        phone="+31622222222",
        street="Zoonlaan 2",
        perspective=Perspective.YOUNG_PERSON,
    )


@pytest.mark.parametrize("typed", [FATHER, "06 11111111", "Z-1", SON])
def test_two_of_one_name_in_a_case_are_two(handler: FlaskClient, typed: str) -> None:
    _father_and_son()
    text = seek(handler, typed).get_data(as_text=True)
    assert "Wie vraagt het?" in text and text.count('name="who"') == 3
    # What tells them apart stands there.
    for words in (", ouder, zaak Z-1", ", jongere, zaak Z-1", FATHER, SON, "+31622222222", "Zoonlaan 2"):
        assert words in text


def test_of_two_of_one_name_one_gets_nothing_of_the_other(handler: FlaskClient) -> None:
    _father_and_son()
    asked = seek(handler, FATHER)
    father = next(one for one in of(Contact) if one.email == FATHER)
    page = send(handler, FOUND, ask=sealed(asked), who=candidates(asked)[JAN])
    assert offered(page) == {f"invitation:{father.invitation_id}": True}
    for address in (FILE, COPY, CONFIRM):
        text = send(handler, address, **all_of(page)).get_data(as_text=True)
        assert SON not in text and "Zoonlaan" not in text
    send(handler, ERASE, **all_of(page), left_alone="keep")
    assert [one.email for one in of(Contact)] == [SON]


def test_a_parent_and_a_young_person_are_two_even_at_one_address(handler: FlaskClient) -> None:
    person(JAN, case="Z-1", email=SHARED)
    person(JAN, case="Z-1", email=SHARED, perspective=Perspective.YOUNG_PERSON)
    assert seek(handler, SHARED).get_data(as_text=True).count('name="who"') == 3


def test_one_with_two_addresses_that_hang_together_is_one(handler: FlaskClient) -> None:
    person(JAN, case="Z-1", email="nieuw@voorbeeld.example", phone="+31611111111")
    person(JAN, case="Z-2", email="oud@voorbeeld.example", phone="+31611111111")
    person(JAN, case="Z-3", email="oud@voorbeeld.example", street="Straat 1", happened_on=date(2026, 1, 1))
    page = seek(handler, "nieuw@voorbeeld.example")
    assert set(offered(page).values()) == {True} and len(offered(page)) == 3


def test_who_was_chosen_and_is_gone_is_chosen_anew_and_never_somebody_else(handler: FlaskClient) -> None:
    _couple()
    person("Kim de Proef", case="Z-1", email=SHARED)
    form = all_of(chosen(handler, SHARED, ZOE))
    send(handler, ERASE, **form, left_alone="keep")
    for address in (COPY, CONFIRM):
        page = send(handler, address, **form)
        assert page.status_code == 422 and "Kruis aan wie het vraagt." in page.get_data(as_text=True)
    with transaction():
        kim = next(one for one in of(Contact) if one.invitation.name == "Kim de Proef")
        db.session.execute(delete(Contact).where(Contact.invitation_id == kim.invitation_id))
    given = json.loads(send(handler, FILE, **form).get_data(as_text=True))
    assert [record for part in given["parts"] for record in part["records"]] == []
    page = send(handler, FOUND, ask=form["ask"], back="yes")
    assert not any(key.startswith("invitation") for key in offered(page)), "Pieter was not chosen"
