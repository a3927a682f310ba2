"""Naming who handles a complaint, who stands in, and whom it is about (Awb 9:7)."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal import clock
from portal.complaints.models import Complaint
from portal.complaints.rules import Step
from portal.crypto import keyring
from portal.db import db
from portal.identity.models import User
from portal.identity.rules import Role
from portal.outbox.models import Message
from tests.complaints.handling import team
from tests.complaints.people import filed, handled_by, staff, taken


@pytest.fixture
def complaint(app: Flask) -> Complaint:
    return filed()


@pytest.fixture
def coordinator(app: Flask) -> User:
    return staff(Role.COMPLAINTS)


def mailed() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Message.to).order_by(Message.id)))


def test_a_handler_is_asked_declares_and_reads(app: Flask, complaint: Complaint, coordinator: User) -> None:
    client, user = team.enter(app, coordinator), staff(Role.QUALITY)
    address = f"/{complaint.reference}/mensen/behandelaar"
    page = team.press(client, address, **{"behandelaar-user": user.id})
    assert f"{user.email} is gevraagd" in page
    assert mailed() == [user.email]

    theirs = team.enter(app, user)
    asked = team.words(theirs, f"/{complaint.reference}")
    assert "Was u erbij betrokken?" in asked and complaint.content.what not in asked
    page = team.press(theirs, f"/{complaint.reference}/verklaren", involved="no")
    assert complaint.content.what in page
    page = team.press(theirs, f"/{complaint.reference}/verklaren", involved="no")
    assert complaint.content.what in page, "said again, it changes nothing"
    assert "behandelt. Verklaarde op" in team.words(client, f"/{complaint.reference}/mensen")


def test_who_was_involved_is_handler_no_more(app: Flask, complaint: Complaint) -> None:
    user = team.asked(complaint, staff(Role.QUALITY))
    page = team.press(team.enter(app, user), f"/{complaint.reference}/verklaren", involved="yes")
    assert "U behandelt deze klacht niet." in page and "Waarom ziet u niet meer?" in page
    assert team.fresh(complaint).handler_id is None


def test_a_declaration_that_says_nothing(app: Flask, complaint: Complaint) -> None:
    user = team.asked(complaint, staff(Role.QUALITY))
    for given in ({}, {"involved": ""}, {"involved": "maybe"}):
        assert (
            team.post(team.enter(app, user), f"/{complaint.reference}/verklaren", **given).status_code == 400
        )
    assert team.fresh(complaint).handler_declared_at is None


def test_a_coordinator_who_handles_declares_too(app: Flask, complaint: Complaint, coordinator: User) -> None:
    client = team.enter(app, coordinator)
    team.press(client, f"/{complaint.reference}/mensen/behandelaar", **{"behandelaar-user": coordinator.id})
    assert "Was u erbij betrokken?" in team.words(client, f"/{complaint.reference}")
    page = team.press(client, f"/{complaint.reference}/verklaren", involved="no")
    assert "Was u erbij betrokken?" not in page
    assert team.fresh(complaint).handler_declared_at is not None


def test_the_handler_is_taken_away(app: Flask, complaint: Complaint, coordinator: User) -> None:
    user = handled_by(complaint, staff(Role.QUALITY))
    client = team.enter(app, coordinator)
    page = team.press(client, f"/{complaint.reference}/mensen/behandelaar", **{"behandelaar-user": ""})
    assert "Er is nog geen behandelaar." in page
    assert team.enter(app, user).get(f"{team.HOME}/{complaint.reference}/berichten").status_code == 403


def test_a_person_concerned_never_handles(app: Flask, complaint: Complaint, coordinator: User) -> None:
    user = staff(Role.QUALITY)
    team.concerned(complaint, user)
    client = team.enter(app, coordinator)
    for what, more in (("behandelaar", {}), ("vervanger", {"vervanger-until": clock.today().isoformat()})):
        response = team.post(
            client, f"/{complaint.reference}/mensen/{what}", **{f"{what}-user": user.id}, **more
        )
        assert response.status_code == 422 and "(Awb 9:7)" in team.said(response)
        assert f'<option value="{user.id}" selected>' in response.text, "what was chosen is shown again"
    found = team.fresh(complaint)
    assert (found.handler_id, found.deputy_id) == (None, None)


def test_who_handles_is_not_named_as_concerned(app: Flask, complaint: Complaint, coordinator: User) -> None:
    user = handled_by(complaint, staff(Role.QUALITY))
    given = {"betrokkene-user": user.id}
    response = team.post(team.enter(app, coordinator), f"/{complaint.reference}/mensen/betrokkene", **given)
    assert response.status_code == 422 and "(Awb 9:7)" in team.said(response)
    assert team.fresh(complaint).concerned == []


def test_a_deputy_stands_in_until_a_day(app: Flask, complaint: Complaint, coordinator: User) -> None:
    client, user = team.enter(app, coordinator), staff(Role.QUALITY)
    address = f"/{complaint.reference}/mensen/vervanger"
    until = clock.today() + timedelta(days=3)
    page = team.press(
        client, address, **{"vervanger-user": user.id, "vervanger-until": until.strftime("%d-%m-%Y")}
    )
    assert f"{user.email} vervangt tot en met" in page
    assert team.fresh(complaint).deputy_until == until
    page = team.press(client, address, **{"vervanger-user": "", "vervanger-until": until.isoformat()})
    assert "Niemand vervangt nu." in page and team.fresh(complaint).deputy_until is None


@pytest.mark.parametrize(
    ("until", "message"),
    [
        ("", "Vul in tot en met welke dag iemand vervangt."),
        ("morgen", "Dit is geen datum."),
        ("2020-01-01", "Deze dag is al voorbij."),
    ],
)
def test_a_deputy_without_a_good_day(
    app: Flask, complaint: Complaint, coordinator: User, until: str, message: str
) -> None:
    user = staff(Role.QUALITY)
    given = {"vervanger-user": user.id, "vervanger-until": until}
    response = team.post(team.enter(app, coordinator), f"/{complaint.reference}/mensen/vervanger", **given)
    assert response.status_code == 422 and message in team.said(response)
    assert team.fresh(complaint).deputy_id is None


@pytest.mark.parametrize("chosen", ["999999", "abc", "-1", "1 OR 1"])
def test_somebody_who_is_not_in_the_list(
    app: Flask, complaint: Complaint, coordinator: User, chosen: str
) -> None:
    client = team.enter(app, coordinator)
    for what in ("behandelaar", "vervanger", "betrokkene"):
        response = team.post(client, f"/{complaint.reference}/mensen/{what}", **{f"{what}-user": chosen})
        assert response.status_code == 422 and "Kies iets uit de lijst." in team.said(response)


def test_persons_concerned_are_named_and_taken_away(
    app: Flask, complaint: Complaint, coordinator: User
) -> None:
    client, user = team.enter(app, coordinator), staff(Role.QUALITY)
    address = f"/{complaint.reference}/mensen/betrokkene"
    assert user.email in team.press(client, address, **{"betrokkene-user": user.id})
    given = {
        "betrokkene-user": "",
        "betrokkene-name": "Iemand van Buiten",
        "betrokkene-email": "x@voorbeeld.example",
    }
    assert "Iemand van Buiten" in team.press(client, address, **given)
    first, second = team.fresh(complaint).concerned
    assert (first.staff_id, second.staff_id) == (user.id, None)
    stays, goes = first.id, second.id
    team.press(client, f"{address}/{goes}/weg")
    assert [person.id for person in team.fresh(complaint).concerned] == [stays]
    assert "was al weg" in team.press(client, f"{address}/{goes}/weg")


def test_who_replied_stays(app: Flask, complaint: Complaint, coordinator: User) -> None:
    number = team.concerned(complaint, name="Iemand")
    with team.held(complaint) as held:
        held.concerned[0].reply, held.concerned[0].replied_at = "Zo ging het niet.", clock.now()
    page = team.press(team.enter(app, coordinator), f"/{complaint.reference}/mensen/betrokkene/{number}/weg")
    assert "heeft al gereageerd en blijft erbij" in page
    assert len(team.fresh(complaint).concerned) == 1


def test_nobody_chosen_and_nothing_typed(app: Flask, complaint: Complaint, coordinator: User) -> None:
    client = team.enter(app, coordinator)
    address = f"/{complaint.reference}/mensen/betrokkene"
    response = team.post(client, address, **{"betrokkene-user": ""})
    assert response.status_code == 422 and "Kies een collega, of typ een naam." in team.said(response)
    given = {"betrokkene-user": "", "betrokkene-name": "Iemand", "betrokkene-email": "geen adres"}
    response = team.post(client, address, **given)
    assert response.status_code == 422 and "Dit is geen e-mailadres." in team.said(response)


def test_a_typed_address_of_a_colleague_names_the_colleague(
    app: Flask, complaint: Complaint, coordinator: User
) -> None:
    """Else somebody with an account would go on seeing a complaint about himself or herself."""
    user = staff(Role.QUALITY)
    given = {"betrokkene-user": "", "betrokkene-name": "Iemand", "betrokkene-email": user.email.upper()}
    team.press(team.enter(app, coordinator), f"/{complaint.reference}/mensen/betrokkene", **given)
    assert [person.staff_id for person in team.fresh(complaint).concerned] == [user.id]
    assert complaint.reference not in team.enter(app, user).get(team.HOME).text


def test_a_coordinator_names_oneself(app: Flask, complaint: Complaint, coordinator: User) -> None:
    staff(Role.COMPLAINTS)
    client = team.enter(app, coordinator)
    address = f"/{complaint.reference}/mensen/betrokkene"
    given = {"betrokkene-user": coordinator.id}
    response = team.post(client, address, **given)
    assert response.status_code == 422 and "U ziet deze klacht daarna niet meer." in team.said(response)
    assert team.fresh(complaint).concerned == []
    page = team.press(client, address, **given, **{"betrokkene-confirm": "yes"})
    assert "Een andere coördinator gaat verder met deze klacht." in page
    assert complaint.reference not in page
    assert client.get(f"{team.HOME}/{complaint.reference}").status_code == 404


def test_the_last_coordinator_cannot_leave_it_to_nobody(
    app: Flask, complaint: Complaint, coordinator: User
) -> None:
    given = {"betrokkene-user": coordinator.id, "betrokkene-confirm": "yes"}
    response = team.post(team.enter(app, coordinator), f"/{complaint.reference}/mensen/betrokkene", **given)
    assert response.status_code == 422
    assert "Vraag de beheerder om eerst iemand anders een account" in team.said(response)
    assert team.fresh(complaint).concerned == []


def test_typing_ones_own_address_is_no_way_around_it(
    app: Flask, complaint: Complaint, coordinator: User
) -> None:
    client, address = team.enter(app, coordinator), f"/{complaint.reference}/mensen/betrokkene"
    given = {"betrokkene-user": "", "betrokkene-name": "Ik", "betrokkene-email": coordinator.email.upper()}
    response = team.post(client, address, **given, **{"betrokkene-confirm": "yes"})
    assert "Dan is er niemand meer" in team.said(response)
    staff(Role.COMPLAINTS)
    assert "U ziet deze klacht daarna niet meer." in team.said(team.post(client, address, **given))
    assert team.fresh(complaint).concerned == []


def copied(complaint: Complaint) -> None:
    handled_by(complaint, staff(Role.QUALITY))
    taken(complaint, Step.ACKNOWLEDGE, Step.CALL, Step.TAKE_UP, Step.COPY)


def test_a_link_on_paper(app: Flask, complaint: Complaint, coordinator: User) -> None:
    number = team.concerned(complaint, name="Iemand Zonderadres")
    client = team.enter(app, coordinator)
    address = f"/{complaint.reference}/mensen/betrokkene/{number}/link"
    assert "Toon de link" not in team.words(client, f"/{complaint.reference}/mensen"), "not before the copy"
    assert "nog niet aan de betrokkene gestuurd" in team.press(client, address)

    copied(complaint)
    assert "Toon de link" in team.words(client, f"/{complaint.reference}/mensen")
    response = team.post(client, address)
    person = team.fresh(complaint).concerned[0]
    token = keyring().token(person.public_id, person.link_key_id)
    assert response.status_code == 200 and f"/klacht/betrokkene/{token}" in response.text
    assert team.looks(complaint, coordinator)[-1] == "link"

    with team.held(complaint) as held:
        held.concerned[0].opened_at = clock.now()
    # Paper gets lost, also after it was read.
    assert "Toon de link" in team.words(client, f"/{complaint.reference}/mensen")
    assert token in team.post(client, address).text


def test_who_is_named_after_the_copy_gets_it_at_once(
    app: Flask, complaint: Complaint, coordinator: User
) -> None:
    team.concerned(complaint, name="Eerste", email="eerste@voorbeeld.example")
    copied(complaint)
    before = mailed()
    given = {"betrokkene-user": "", "betrokkene-name": "Later", "betrokkene-email": "later@voorbeeld.example"}
    team.press(team.enter(app, coordinator), f"/{complaint.reference}/mensen/betrokkene", **given)
    assert mailed() == [*before, "later@voorbeeld.example"]
