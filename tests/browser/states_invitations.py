"""The states of the team's addresses about invitations."""

import secrets

from playwright.sync_api import FilePayload, Page, expect
from sqlalchemy import func, select

from portal.db import db, transaction
from portal.identity.rules import Role
from portal.outbox import operations as outbox
from portal.outbox.models import Message
from portal.outbox.rules import Channel, State
from portal.surveys.inviting.asking import TOPIC
from portal.surveys.inviting.importing import UPLOAD_LIMIT
from portal.surveys.inviting.operations import opt_out, stop_case
from portal.surveys.inviting.rules import StopReason
from portal.surveys.models import Invitation
from tests.browser.site import Site
from tests.browser.states import Scene, state
from tests.surveys.inviting import team_fill
from tests.surveys.inviting.exports import SAMPLE, export, row
from tests.surveys.inviting.people import person

HOME = "/team/uitnodigingen"


def _busy(site: Site) -> None:
    """Something on every part of the pages, once for a site."""
    with site.inside():
        # Of the invitations alone: another feature's message that was given up says nothing of these pages.
        given_up = (
            select(func.count())
            .select_from(Message)
            .where(Message.state == State.DEAD, Message.topic == TOPIC)
        )
        if not db.session.scalar(given_up):
            team_fill.busy_week()


def _click(page: Page, button: str) -> Page:
    page.get_by_role("button", name=button).first.click()
    return page


# The overview.


@state(
    "invitations.index", "empty", shows="Er is dit jaar nog niemand uitgenodigd, en er staat niemand klaar."
)
def _(scene: Scene) -> Page:
    return scene.staff(HOME, site=scene.bare)


@state(
    "invitations.index",
    "many",
    shows="Ten hoogste. Wie intussen antwoordt of zich afmeldt, krijgt niets meer.",
)
def _(scene: Scene) -> Page:
    _busy(scene.site)
    return scene.staff(HOME)


@state("invitations.index", "seen only", shows="Hoe ver mensen komen in")
def _(scene: Scene) -> Page:
    _busy(scene.site)
    page = scene.staff(HOME, Role.ADMIN)
    expect(page.get_by_role("button", name="Alles stilzetten")).to_have_count(0)
    return page


@state("invitations.index", "refused", shows="Hier mag u niet komen")
def _(scene: Scene) -> Page:
    return scene.staff(HOME, Role.TALKS)


@state("invitations.pause", "held", shows="Alles staat stil")
def _(scene: Scene) -> Page:
    page = _click(scene.staff(HOME, site=scene.bare), "Alles stilzetten")
    expect(page.get_by_role("status")).to_contain_text("Stilgezet.")
    with scene.bare.changing():
        outbox.resume("survey", "test")
    return page


@state("invitations.resume", "going again", shows="De berichten vertrekken weer.")
def _(scene: Scene) -> Page:
    with scene.bare.changing():
        outbox.pause("survey", "test")
    return _click(scene.staff(HOME, site=scene.bare), "Weer laten gaan")


# Taking in an export.


def _given(scene: Scene, data: bytes) -> Page:
    page = scene.staff(f"{HOME}/inlezen")
    chosen: FilePayload = {"name": "export.csv", "mimeType": "text/csv", "buffer": data}
    page.get_by_label("Bestand uit de cliëntregistratie").set_input_files(chosen)
    return _click(page, "Bekijk wat er gebeurt")


def _fresh() -> bytes:
    """An export with somebody new in it."""
    return export(row(zaaknummer=f"Z-{secrets.token_hex(4)}"))


@state("invitations.uploads.upload", "fresh", shows="Twee keer hetzelfde bestand inlezen kan geen kwaad.")
def _(scene: Scene) -> Page:
    page = scene.staff(f"{HOME}/inlezen")
    page.get_by_text("Hoe ziet het bestand eruit?").click()
    return page


@state("invitations.uploads.upload", "no file", shows="Kies eerst een bestand. Daarna kunt u het bekijken.")
def _(scene: Scene) -> Page:
    return _click(scene.staff(f"{HOME}/inlezen"), "Bekijk wat er gebeurt")


@state("invitations.uploads.upload", "unreadable", shows="Dit is een Excel-bestand.")
def _(scene: Scene) -> Page:
    return _given(scene, b"PK\x03\x04")


@state(
    "invitations.uploads.upload", "too large", shows="Dit bestand is groter dan 2 MB. Er is niets veranderd."
)
def _(scene: Scene) -> Page:
    return _given(scene, b"x" * (UPLOAD_LIMIT + 128 * 1024))


@state("invitations.uploads.upload", "gone", shows="Dit bestand is hier niet meer")
def _(scene: Scene) -> Page:
    return scene.staff(f"{HOME}/inlezen/bestaat-niet")


@state("invitations.uploads.preview", "messy", shows="Deze rijen gaan niet mee")
def _(scene: Scene) -> Page:
    page = _given(scene, SAMPLE + _fresh().split(b"\n")[1].replace(b"een@", b"@"))
    page.get_by_text("Wie zijn dat?").click()
    return page


@state("invitations.uploads.preview", "nothing new", shows="Er staat niets nieuws in dit bestand")
def _(scene: Scene) -> Page:
    data = _fresh()
    page = _click(_given(scene, data), "Neem deze rij over")
    expect(page.get_by_role("status")).to_contain_text("1 nieuw")
    return _given(scene, data)


@state("invitations.uploads.example", "downloaded", shows="Download een voorbeeld (CSV)")
def _(scene: Scene) -> Page:
    page = scene.staff(f"{HOME}/inlezen")
    page.get_by_text("Hoe ziet het bestand eruit?").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download een voorbeeld (CSV)").click()
    assert download.value.suggested_filename == "voorbeeld.csv"
    return page


@state("invitations.uploads.refused", "downloaded", shows="Download deze lijst (CSV)")
def _(scene: Scene) -> Page:
    page = _given(scene, SAMPLE)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download deze lijst (CSV)").click()
    assert download.value.suggested_filename == "geweigerde-rijen.csv"
    return page


@state(
    "invitations.uploads.take_in",
    "taken over",
    shows="Ingelezen: 1 nieuw, 0 veranderd, 0 al bekend, 0 geweigerd.",
)
def _(scene: Scene) -> Page:
    return _click(_given(scene, _fresh()), "Neem deze rij over")


@state(
    "invitations.uploads.throw_away", "thrown away", shows="Het bestand is weggegooid. Er is niets veranderd."
)
def _(scene: Scene) -> Page:
    return _click(_given(scene, _fresh()), "Niet doen, gooi het bestand weg")


# Who is left alone.


@state("invitations.left_alone", "empty", shows="Er is geen zaak die we met rust laten.")
def _(scene: Scene) -> Page:
    return scene.staff(f"{HOME}/met-rust", site=scene.bare)


@state("invitations.left_alone", "many", shows="bladzijde 1 van")
def _(scene: Scene) -> Page:
    with scene.site.changing():
        for number in range(60):
            stop_case(f"Z-stil-{number}", StopReason.STOPPED, "1")
    return scene.staff(f"{HOME}/met-rust")


@state("invitations.left_alone", "errors", shows="Kies waarom we deze zaak met rust laten.")
def _(scene: Scene) -> Page:
    return _click(scene.staff(f"{HOME}/met-rust"), "Laat deze zaak met rust")


@state(
    "invitations.left_alone", "unknown case", shows="We kennen dit zaaknummer nog niet. Kijk na of het klopt."
)
def _(scene: Scene) -> Page:
    page = scene.staff(f"{HOME}/met-rust")
    page.get_by_label("Zaaknummer").fill("Z-tikfout")
    page.get_by_text("Iemand is overleden").first.click()
    return _click(page, "Laat deze zaak met rust")


def _looking_up(scene: Scene, address: str) -> Page:
    page = scene.staff(f"{HOME}/met-rust")
    page.get_by_label("E-mailadres of telefoonnummer").fill(address)
    return _click(page, "Zoek op")


def _opted_out(scene: Scene) -> str:
    """The address of somebody who wants no more messages."""
    address = f"{secrets.token_hex(4)}@voorbeeld.example"
    with scene.site.inside():
        contact = person(case=f"Z-{secrets.token_hex(4)}", email=address, phone="+31612345678", next_on=None)
        with transaction() as session:
            opt_out(session.get_one(Invitation, contact.invitation_id))
    return address


@state("invitations.look_up", "opted out", shows="Dit adres is afgemeld")
def _(scene: Scene) -> Page:
    return _looking_up(scene, _opted_out(scene))


@state("invitations.look_up", "not opted out", shows="Dit adres is niet afgemeld.")
def _(scene: Scene) -> Page:
    return _looking_up(scene, "niemand@voorbeeld.example")


@state("invitations.look_up", "errors", shows="Dit is geen e-mailadres en geen telefoonnummer.")
def _(scene: Scene) -> Page:
    return _looking_up(scene, "piet")


@state("invitations.allow", "case again", shows="Deze zaak mag weer.")
def _(scene: Scene) -> Page:
    number = f"Z-{secrets.token_hex(4)}"
    with scene.site.changing():
        stop_case(number, StopReason.COMPLAINT, "1")
    return _click(scene.staff(f"{HOME}/met-rust"), f"Weer benaderen {number}")


@state("invitations.allow", "opt-out lifted", shows="De afmelding is weg.")
def _(scene: Scene) -> Page:
    return _click(_looking_up(scene, _opted_out(scene)), "Haal de afmelding weg")


# What was not delivered.


@state("invitations.undelivered", "empty", shows="Er is niets blijven liggen.")
def _(scene: Scene) -> Page:
    return scene.staff(f"{HOME}/niet-bezorgd", site=scene.bare)


@state("invitations.undelivered", "many", shows="De aanbieder van sms weigert ons.")
def _(scene: Scene) -> Page:
    _busy(scene.site)
    return scene.staff(f"{HOME}/niet-bezorgd")


def _given_up(scene: Scene) -> Page:
    with scene.site.inside():
        team_fill.messages(1, Channel.EMAIL, State.DEAD, problem="de mailserver antwoordt niet")
    return scene.staff(f"{HOME}/niet-bezorgd")


@state("invitations.resend", "once more", shows="We proberen dit bericht opnieuw.")
def _(scene: Scene) -> Page:
    return _click(_given_up(scene), "Opnieuw proberen Zonder naam")


@state("invitations.discard", "never mind", shows="Dit bericht gaat niet meer weg.")
def _(scene: Scene) -> Page:
    return _click(_given_up(scene), "Laat maar Zonder naam")


@state("invitations.resend_all", "all once more", shows="Er is niets blijven liggen.")
def _(scene: Scene) -> Page:
    _given_up(scene)
    return _click(_given_up(scene), "Allemaal opnieuw")


# Links for others in the family.


def _case(scene: Scene) -> str:
    """A case with two first persons."""
    number = f"Z-{secrets.token_hex(4)}"
    with scene.site.inside():
        for name in ("Proefpersoon Een", "Proefpersoon Twee"):
            person(name, case=number, email="proefpersoon@voorbeeld.example", next_on=None)
    return number


def _found(scene: Scene, number: str) -> Page:
    page = scene.staff(f"{HOME}/gezin")
    page.get_by_label("Zaaknummer").fill(number)
    return _click(page, "Zoek de uitnodiging")


@state("invitations.family", "fresh", shows="Niemand ziet of een link gebruikt is. U ook niet.")
def _(scene: Scene) -> Page:
    return scene.staff(f"{HOME}/gezin")


@state("invitations.family", "nobody there", shows="Bij dit nummer en dit moment is niemand ingelezen.")
def _(scene: Scene) -> Page:
    return _found(scene, "Z-tikfout")


@state("invitations.family_links", "none made", shows="Er is nog geen link gemaakt.")
def _(scene: Scene) -> Page:
    return _found(scene, _case(scene))


@state("invitations.family_links", "left alone", shows="Deze zaak laten we met rust.")
def _(scene: Scene) -> Page:
    number = _case(scene)
    with scene.site.changing():
        stop_case(number, StopReason.DEATH, "1")
    return _found(scene, number)


@state("invitations.make_link", "one made", shows="Er is 1 link gemaakt.")
def _(scene: Scene) -> Page:
    page = _found(scene, _case(scene))
    page.get_by_label("Voor wie is de link?").first.select_option(label="Een jongere vanaf 12 jaar")
    return _click(page, "Maak een link")


@state("invitations.make_link", "all made", shows="Alle 3 links zijn gemaakt.")
def _(scene: Scene) -> Page:
    page = _found(scene, _case(scene))
    for number in (1, 2, 3):
        _click(page, "Maak een link")
        expect(page.get_by_role("img", name=f"QR-code van link {number}")).to_be_visible()
    return page
