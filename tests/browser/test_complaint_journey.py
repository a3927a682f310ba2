"""A complaint from the first question to the outcome, on phones and at a desk, with and without JavaScript."""

import re
from datetime import datetime, time, timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from portal import calendar, clock
from portal.complaints import terms
from portal.complaints.models import Complaint, ComplaintLetter, PersonConcerned
from portal.crypto import keyring
from portal.db import db
from portal.identity.rules import Role
from tests.browser.pages import AnyPage
from tests.browser.people import DESK, People
from tests.browser.site import Site

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
WHAT = "In het verslag staat dat ik niet op tijd kwam. Ik was er wel."
REPLY = "Ik schreef op wat ik hoorde, en had het moeten vragen."


class Person(AnyPage):
    """Somebody who files and follows, on a phone."""

    def follow_links(self, *names: str) -> None:
        for name in names:
            self.page.get_by_role("link", name=name).first.click()

    def fill(self, **given: str) -> None:
        """Fill in fields by their name, tick or choose where a field has that value."""
        for name, value in given.items():
            boxes = self.page.locator(f"[name={name}][value='{value}']")
            if boxes.count():
                boxes.first.check()
            else:
                self.page.locator(f"[name={name}]").first.fill(value)

    def press(self, name: str) -> None:
        self.button(name).click()


class Staff(Person):
    """Somebody at the register."""

    def __init__(self, page: Page, site: Site, reference: str) -> None:
        super().__init__(page)
        self.home = f"{site.address}/team/klachten/{reference}"

    def step(self, name: str, *, letter: bool = False, **given: str) -> None:
        """Take a step; with a letter it is looked at first."""
        self.page.goto(f"{self.home}/stap/{name}")
        self.fill(**given)
        if letter:
            self.press("Bekijk de brief")
            self.press("Verstuur")
        else:
            self.page.locator("button[name=action][value=send]").click()
        expect(self.page).to_have_url(re.compile(r"/team/klachten/KL-\d{4}-\d{4}(#.*)?$"))


def _file(person: Person, site: Site) -> tuple[str, str]:
    """From the first question to the receipt; gives reference and code."""
    person.page.goto(f"{site.address}/klacht")
    person.follow_links("Ik ben niet tevreden over hoe iemand deed", "Voor mijzelf", "volwassene")
    person.is_at("Zo gaat een klacht")
    person.press("Schrijf uw klacht op")
    person.fill(what=WHAT, when="vorige week")
    person.press("Verder")
    person.fill(about="de medewerker bij het gesprek", wishes="correction")
    person.press("Verder")
    file = {"name": "foto van de brief.pdf", "mimeType": "application/pdf", "buffer": PDF}
    person.page.locator("[name=file]").set_input_files(file)  # type: ignore[arg-type]
    person.press("Voeg dit bestand toe")
    expect(person.page.get_by_role("status")).to_contain_text("Toegevoegd")
    person.press("Verder")
    person.fill(name="Proefpersoon Klaagt", email="klaagt@voorbeeld.example", reach="email")
    person.page.locator("[name=formal_by_email]").check()
    person.press("Verder")
    person.is_at("Kijk het na en verstuur")
    expect(person.page.get_by_text(WHAT)).to_be_visible()
    person.press("Versturen")
    person.is_at("Dank u wel. Het is bij ons.")
    reference, code = person.page.locator(".receipt dd").all_inner_texts()
    return reference.strip(), code.strip()


def _enter(person: Person, site: Site, reference: str, code: str) -> None:
    person.page.goto(f"{site.address}/klacht/volgen")
    person.fill(reference=reference.lower(), code=code.lower())
    person.press("Bekijk mijn klacht")
    expect(person.heading).to_contain_text(reference)


def _link_of_concerned(site: Site, reference: str) -> str:
    """The personal link, as the mail to the person concerned has it."""
    with site.inside():
        number = int(reference[-4:])
        person = db.session.scalars(
            select(PersonConcerned).join(Complaint).where(Complaint.number == number)
        ).one()
        token = keyring().token(person.public_id, person.link_key_id)
        return f"{site.address}/klacht/betrokkene/{token}"


def _the_day_comes(site: Site, reference: str) -> None:
    """The clock of a real server goes on by itself: the hearing is set to have been an hour ago, and today."""
    midnight = datetime.combine(clock.today(), time(), tzinfo=clock.AMSTERDAM)
    with site.changing():
        complaint = db.session.scalars(select(Complaint).where(Complaint.number == int(reference[-4:]))).one()
        complaint.hearing_at = max(clock.now() - timedelta(hours=1), midnight)


def _hearing_day() -> str:
    return terms.working_day_from(clock.today() + timedelta(days=2), calendar.is_holiday).isoformat()


@pytest.mark.parametrize("java_script", [True, False], ids=["with scripts", "without scripts"])
def test_from_the_first_question_to_the_outcome(site: Site, people: People, java_script: bool) -> None:
    person = Person(people.new(java_script=java_script))
    reference, code = _file(person, site)
    person.follow_links("Volg wat er gebeurt")
    expect(person.heading).to_contain_text(reference)
    expect(person.page.locator(".promise")).to_contain_text("uiterlijk")
    person.press("Sluit deze pagina af")

    desk = people.staff(site, Role.COMPLAINTS, java_script=java_script, viewport=DESK)
    staff = Staff(desk, site, reference)
    desk.goto(f"{site.address}/team/klachten")
    person_in_list = desk.get_by_role("link", name=reference)
    person_in_list.click()
    expect(staff.heading).to_contain_text(reference)
    expect(desk.get_by_text(WHAT)).to_be_visible()
    desk.goto(f"{staff.home}/mensen")
    staff.field("Naam").fill("Wim de Wit")
    staff.field("E-mailadres").fill("wim@voorbeeld.example")
    staff.press("Noem als betrokkene")
    desk.get_by_label("Behandelaar", exact=True).select_option(label=_my_name(desk))
    staff.press("Bewaar de behandelaar")
    desk.goto(staff.home)
    desk.get_by_role("button", name=re.compile("niet bij betrokken")).first.click()

    staff.step("call", result="reached", note="Wil graag een gesprek.")
    staff.step("take_up", parts="Wat er in het verslag staat")
    staff.step("copy")
    staff.step("plan_hearing", letter=True, day=_hearing_day(), time="14:00", place="Bij ons op kantoor")
    desk.goto(f"{staff.home}/berichten")
    staff.fill(words="Dag, u mag iemand meenemen.")
    staff.press("Versturen")

    _enter(person, site, reference, code)
    person.follow_links("nieuw bericht voor u")
    expect(person.page.get_by_text("u mag iemand meenemen")).to_be_visible()
    person.fill(words="Dank u, ik neem mijn zus mee.")
    person.press("Verstuur")
    expect(person.page.get_by_role("status")).to_contain_text("Uw bericht is verstuurd")
    person.page.goto(f"{site.address}/klacht/volgen/gesprek")
    expect(person.page.locator(".promise")).to_contain_text("14.00")
    with person.page.expect_download() as calendar:
        person.follow_links("Zet het in uw agenda")
    assert "klacht" not in calendar.value.path().read_text().casefold()

    concerned = Person(people.new(java_script=java_script))
    concerned.page.goto(_link_of_concerned(site, reference))
    expect(concerned.page.get_by_text(WHAT)).to_be_visible()
    expect(concerned.page.get_by_text("klaagt@voorbeeld.example")).to_have_count(0)
    concerned.fill(words=REPLY)
    concerned.press("Verstuur mijn reactie")
    expect(concerned.page.get_by_text("Wij hebben uw reactie")).to_be_visible()

    _the_day_comes(site, reference)
    desk.goto(staff.home)
    expect(desk.get_by_text("ik neem mijn zus mee").first).to_be_visible()
    staff.step("hold_hearing", present="De klager en haar zus, Wim de Wit")
    staff.step("report", report="Ieder vertelde hoe het ging.")
    staff.step("judge", judgment_1="upheld", reasons_1="Er is niet gevraagd of het klopte.")
    staff.step(
        "tell", letter=True, findings="Wij lazen het verslag.", conclusions="Wij passen het verslag aan."
    )
    staff.step("close")

    person.page.goto(f"{site.address}/klacht/volgen")
    person.page.get_by_role("link", name="Nieuwe brief").last.click()
    expect(person.page.get_by_text("Oordeel: gegrond")).to_be_visible()
    expect(person.page.get_by_text("ombudsman").first).to_be_visible()
    person.page.goto(f"{site.address}/klacht/volgen")
    person.fill(solved="yes")
    person.press("Bewaar dit antwoord")
    expect(person.page.get_by_role("status")).to_contain_text("Dat is bewaard")

    with site.inside():
        complaint = db.session.scalars(select(Complaint).where(Complaint.number == int(reference[-4:]))).one()
        assert (complaint.stage, complaint.solved, complaint.code_sealed) == ("closed", "yes", None)
        kinds = db.session.scalars(
            select(ComplaintLetter.kind).where(ComplaintLetter.complaint_id == complaint.id)
        )
        assert list(kinds) == ["acknowledgement", "hearing", "outcome"]


def _my_name(desk: Page) -> str:
    return desk.locator(".team-who a").inner_text().strip()
