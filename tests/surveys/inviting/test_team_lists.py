"""Who is left alone, and links for others in the family, on the team's pages."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.audit.models import AuditEvent
from portal.db import db, transaction
from portal.profile import Profile
from portal.surveys.inviting.models import NoContact
from portal.surveys.inviting.operations import leave_alone, opt_out, protected_of, stop_case
from portal.surveys.inviting.rules import Protected, StopReason
from portal.surveys.models import Invitation
from portal.surveys.rules import Moment, Perspective
from tests.surveys.inviting.people import Clock, again, person
from tests.surveys.inviting.team import HOME, ids_in, main_of, post, press, said, words

MAIL = "proefpersoon@voorbeeld.example"
PHONE = "+31612345678"
ALONE = "/met-rust"


@pytest.fixture(autouse=True)
def _noon(app: Flask, time: Clock) -> None:
    """A Monday in November, twelve o'clock."""


def stop(client: FlaskClient, number: str, reason: StopReason = StopReason.STOPPED) -> str:
    return press(client, ALONE, number=number, reason=reason.value)


def left_alone() -> list[tuple[str, str]]:
    """What is left alone, by kind and value."""
    db.session.rollback()
    return [(one.kind, one.value) for one in db.session.query(NoContact).order_by(NoContact.id)]


class TestCases:
    def test_no_case_is_left_alone(self, quality: FlaskClient) -> None:
        assert "Er is geen zaak die we met rust laten." in words(quality, ALONE)

    def test_why_since_when_and_who_said_so(self, quality: FlaskClient) -> None:
        person(case="Z-77")
        page = stop(quality, " Z-77 ", StopReason.DEATH)
        assert "We laten deze zaak met rust." in page
        assert "We kennen dit zaaknummer nog niet" not in page
        assert re.search(
            r"Z-77 Iemand is overleden, sinds 23 november 2026, door \w+@voorbeeld.example", page
        )
        assert left_alone() == [("case", "Z-77")]

    def test_a_number_that_was_never_read_in_is_said_to_be_unknown(self, quality: FlaskClient) -> None:
        assert "We kennen dit zaaknummer nog niet." in stop(quality, "Z-tikfout")

    def test_said_twice_it_stands_once_with_the_gravest_reason(self, quality: FlaskClient) -> None:
        stop(quality, "Z-1")
        page = stop(quality, "z-1", StopReason.COMPLAINT)
        assert left_alone() == [("case", "Z-1")]
        assert "Het contact is gestopt, sinds" in page
        assert "Iemand is overleden, sinds" in stop(quality, "Z-1", StopReason.DEATH)

    def test_what_is_missing_is_said_and_changes_nothing(self, quality: FlaskClient) -> None:
        response = post(quality, ALONE, number=" ", reason="opted_out")
        assert response.status_code == 422
        assert "Vul het zaaknummer in" in said(response)
        assert "Kies waarom we deze zaak met rust laten." in said(response)
        assert post(quality, ALONE, number="Z" * 41, reason="death").status_code == 422
        assert left_alone() == []

    def test_where_a_complaint_is_no_reason_it_is_not_offered(
        self, quality: FlaskClient, changed: Callable[..., None]
    ) -> None:
        assert "Er loopt een klacht" in main_of(quality.get(HOME + ALONE)).split("</form>")[0]
        changed(ask_during_complaint=True)
        assert "Er loopt een klacht" not in main_of(quality.get(HOME + ALONE)).split("</form>")[0]
        assert post(quality, ALONE, number="Z-1", reason="complaint").status_code == 422

    def test_asking_again(self, quality: FlaskClient) -> None:
        stop(quality, "Z-1")
        (number,) = ids_in(quality.get(HOME + ALONE), r"met-rust/(\d+)/weer")
        assert "Deze zaak mag weer." in press(quality, f"{ALONE}/{number}/weer")
        assert "Dit was al gedaan." in press(quality, f"{ALONE}/{number}/weer")
        assert left_alone() == []
        events = [event.event for event in db.session.query(AuditEvent).order_by(AuditEvent.id)]
        assert events[-2:] == ["contact.stopped", "contact.allowed"]

    def test_a_long_list_has_pages(self, quality: FlaskClient) -> None:
        with transaction():
            for number in range(51):
                stop_case(f"Z-{number:03}", StopReason.STOPPED, "1")
        first = words(quality, ALONE)
        assert "Z-050" in first and "Z-000" not in first
        assert "bladzijde 1 van 2" in first
        second = words(quality, f"{ALONE}?bladzijde=2")
        assert "Z-000" in second and "Z-050" not in second
        for strange in ("0", "-1", "twee", "9999999999", "²"):
            assert quality.get(f"{HOME}{ALONE}?bladzijde={strange}").status_code == 404, strange


@pytest.fixture
def changed(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """The profile, with other values for inviting."""

    def change(**values: object) -> None:
        found: Profile = app.extensions["profile"]
        inviting = found.inviting.model_copy(update=values)
        monkeypatch.setitem(app.extensions, "profile", found.model_copy(update={"inviting": inviting}))

    return change


def out(**ways: str) -> None:
    """Somebody wants no more messages."""
    contact = person(**ways)  # type: ignore[arg-type]
    with transaction():
        opt_out(db.session.get_one(Invitation, contact.invitation_id))


class TestOptedOut:
    def test_nobody_did(self, quality: FlaskClient) -> None:
        assert "Nog niemand deed dat." in words(quality, ALONE)

    def test_people_are_counted_and_not_shown(self, quality: FlaskClient) -> None:
        out(case="Z-1", email=MAIL, phone=PHONE)
        out(case="Z-2", email="ander@voorbeeld.example", street="Proefstraat 1")
        page = words(quality, ALONE)
        assert "2 × e-mail, 1 × telefoon, 1 × post." in page
        assert "proefpersoon@" not in page and "612345678" not in page and "Proefstraat" not in page

    @pytest.mark.parametrize("typed", [f" {MAIL.upper()} ", "06 12 34 56 78"])
    def test_an_address_is_looked_up_however_it_is_typed(self, quality: FlaskClient, typed: str) -> None:
        out(email=MAIL, phone=PHONE)
        response = post(quality, f"{ALONE}/zoeken", address=typed)
        assert response.status_code == 303
        assert "voorbeeld" not in response.location and "1234" not in response.location
        page = words(quality, response.location.removeprefix(HOME))
        assert "Dit adres is afgemeld Sinds 23 november 2026." in page

    def test_another_address_is_not_opted_out(self, quality: FlaskClient) -> None:
        out(email=MAIL)
        page = press(quality, f"{ALONE}/zoeken", address="ander@voorbeeld.example")
        assert "Dit adres is niet afgemeld." in page

    @pytest.mark.parametrize("typed", ["", "piet", "a@", "12", "x" * 255])
    def test_what_is_no_address_is_said(self, quality: FlaskClient, typed: str) -> None:
        assert post(quality, f"{ALONE}/zoeken", address=typed).status_code == 422

    @pytest.mark.parametrize("strange", ["0", "999", "geen", "²", "-1", "99999999999999999999"])
    def test_an_opt_out_that_is_not_there(self, quality: FlaskClient, strange: str) -> None:
        assert "Dit adres is niet afgemeld." in words(quality, f"{ALONE}?afmelding={strange}")

    def test_lifting_it_lifts_it_for_the_whole_person_and_for_no_other(self, quality: FlaskClient) -> None:
        out(name="Proefpersoon Een", case="Z-1", email=MAIL, phone=PHONE, street="Proefstraat 1")
        out(name="Proefpersoon Twee", case="Z-2", email="ander@voorbeeld.example", phone="+31687654321")
        stop(quality, "Z-3")
        page = press(quality, f"{ALONE}/zoeken", address=MAIL)
        assert "Dezelfde persoon is ook afgemeld voor: telefoon, post." in page
        found = db.session.query(NoContact.id).filter_by(kind="email").order_by(NoContact.id).first()
        assert found
        assert "De afmelding is weg." in press(quality, f"{ALONE}/{found.id}/weer")
        assert left_alone() == [
            ("person", "Proefpersoon Twee"),
            ("email", "ander@voorbeeld.example"),
            ("phone", "+31687654321"),
            ("case", "Z-3"),
        ]

    def test_who_shares_an_address_and_did_not_opt_out_there_keeps_his_own(
        self, quality: FlaskClient
    ) -> None:
        out(name="Proefpersoon Een", case="Z-1", email=MAIL)
        partner = person("Proefpersoon Twee", case="Z-1", email=MAIL, phone=PHONE)
        with transaction():
            phone = next(one for one in protected_of(again(partner)) if one.kind is Protected.PHONE)
            leave_alone(phone, StopReason.OPTED_OUT, "self")
        page = press(quality, f"{ALONE}/zoeken", address=MAIL)
        assert "ook afgemeld" not in page
        number = db.session.query(NoContact).filter_by(kind="email").one().id
        press(quality, f"{ALONE}/{number}/weer")
        assert left_alone() == [("phone", PHONE)]


class TestLinksForTheFamily:
    def find(self, client: FlaskClient, number: str = "Z-1", moment: Moment = Moment.INTAKE) -> str:
        response = post(client, "/gezin", number=number, moment=moment.value)
        assert response.status_code == 303
        return response.location.removeprefix(HOME)

    def make(self, client: FlaskClient, invitation_id: int, number: int, **fields: str) -> str:
        prefix = f"uitnodiging-{invitation_id}-"
        given = {"number": str(number), "perspective": "family_member"} | fields
        named = {prefix + name: value for name, value in given.items()}
        response = post(client, f"/gezin/{invitation_id}/link", **named)
        assert response.status_code == 303, said(response)
        return words(client, response.location.removeprefix(HOME).split("#")[0])

    def test_a_case_that_is_not_there(self, quality: FlaskClient) -> None:
        person(case="Z-1", moment=Moment.PLAN)
        person(case="Z-2", perspective=Perspective.FAMILY_MEMBER)
        for number in ("Z-1", "Z-2", "Z-9"):
            response = post(quality, "/gezin", number=number, moment="intake")
            assert response.status_code == 422
            assert "Bij dit nummer en dit moment is niemand ingelezen." in said(response)
        assert post(quality, "/gezin", number="", moment="intake").status_code == 422
        assert post(quality, "/gezin", number="Z-1", moment="ooit").status_code == 422
        assert quality.get(f"{HOME}/gezin/999").status_code == 404

    def test_all_first_persons_of_the_case_and_moment_are_shown(self, quality: FlaskClient) -> None:
        person("Proefpersoon Een", case="Z-1")
        person("Proefpersoon Twee", case="z-1")
        person("Proefpersoon Oma", case="Z-1", perspective=Perspective.FAMILY_MEMBER)
        person("Proefpersoon Plan", case="Z-1", moment=Moment.PLAN)
        page = words(quality, self.find(quality))
        assert "Proefpersoon Een" in page and "Proefpersoon Twee" in page
        assert "Proefpersoon Oma" not in page and "Proefpersoon Plan" not in page
        assert "/gezin" in self.find(quality) and "Z-1" not in self.find(quality)

    def test_a_link_has_an_address_and_a_code_that_open_it(
        self, quality: FlaskClient, client: FlaskClient
    ) -> None:
        contact = person(case="Z-1")
        page = self.make(quality, contact.invitation_id, 1, perspective="young_person")
        assert "Een jongere vanaf 12 jaar" in page
        link = re.search(r"De hele link: \S+?(/v/\S+)", page)
        code = re.search(r"typ de code: (\w{4} \w{4} \w{2}) ", page)
        assert link and code
        assert client.get(link[1], follow_redirects=True).status_code == 200
        made = db.session.query(Invitation).filter_by(first_person=False).one()
        assert (made.perspective, made.name, made.delivered) == ("young_person", None, True)

    def test_pressing_twice_makes_one_and_there_are_no_more_than_the_profile_says(
        self, quality: FlaskClient
    ) -> None:
        contact = person(case="Z-1")
        number = contact.invitation_id
        self.make(quality, number, 1)
        assert "Er is 1 link gemaakt." in self.make(quality, number, 1)
        assert "U kunt er nog 1 maken." in self.make(quality, number, 2)
        page = self.make(quality, number, 3)
        assert "Alle 3 links zijn gemaakt." in page and "Maak een link" not in page
        assert "Meer links zijn er niet te maken" in self.make(quality, number, 4)
        assert db.session.query(Invitation).filter_by(first_person=False).count() == 3

    def test_nothing_on_the_page_tells_whether_a_link_was_used(self, quality: FlaskClient) -> None:
        contact = person(case="Z-1")
        address = self.find(quality)
        self.make(quality, contact.invitation_id, 1)
        before = main_of(quality.get(HOME + address))
        with transaction() as session:
            for invitation in session.query(Invitation):
                invitation.started = invitation.completed = True
        after = main_of(quality.get(HOME + address))
        token = r'name="csrf_token" value="[^"]+"'
        assert re.sub(token, "", before) == re.sub(token, "", after)

    def test_a_case_that_is_left_alone_gets_no_links(self, quality: FlaskClient) -> None:
        contact = person(case="Z-1")
        address = self.find(quality)
        stop(quality, "Z-1")
        page = words(quality, address)
        assert "Deze zaak laten we met rust." in page and "Maak een link" not in page
        prefix = f"uitnodiging-{contact.invitation_id}-"
        fields = {f"{prefix}number": "1", f"{prefix}perspective": "adult"}
        assert post(quality, f"/gezin/{contact.invitation_id}/link", **fields).status_code == 404

    def test_a_link_hangs_on_a_first_person_alone(self, quality: FlaskClient) -> None:
        person("Proefpersoon Een", case="Z-1")
        family = person("Proefpersoon Oma", case="Z-1", perspective=Perspective.FAMILY_MEMBER)
        prefix = f"uitnodiging-{family.invitation_id}-"
        fields = {f"{prefix}number": "1", f"{prefix}perspective": "adult"}
        assert post(quality, f"/gezin/{family.invitation_id}/link", **fields).status_code == 404
        assert db.session.query(Invitation).count() == 2

    @pytest.mark.parametrize(
        ("number", "perspective"), [("x", "adult"), ("0", "adult"), ("1", "buurvrouw"), ("", "adult")]
    )
    def test_a_form_of_another_make(self, quality: FlaskClient, number: str, perspective: str) -> None:
        contact = person(case="Z-1")
        prefix = f"uitnodiging-{contact.invitation_id}-"
        fields = {f"{prefix}number": number, f"{prefix}perspective": perspective}
        assert post(quality, f"/gezin/{contact.invitation_id}/link", **fields).status_code == 422
