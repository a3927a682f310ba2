"""The states of the pages about everything about one person."""

import secrets
from dataclasses import dataclass, replace
from typing import Any

from cryptography.fernet import Fernet
from playwright.sync_api import Page, expect
from sqlalchemy import delete, func, select, text

from portal import clock
from portal.complaints.filing import operations as filing
from portal.complaints.filing.rules import Filling
from portal.complaints.models import ComplaintDraft
from portal.db import db, transaction
from portal.identity.rules import Role
from portal.privacy.models import Hold
from portal.surveys.rules import Perspective
from portal.talks import circle_operations
from portal.tasks import operations as tasks
from tests.browser.people import post_twice
from tests.browser.states import Scene, require, state
from tests.complaints.people import CONTENT, filed
from tests.surveys.inviting.people import person
from tests.talks.evenings import evening, signed_up, somebody

HOME = "/team/personen"
ALL = (Role.QUALITY, Role.COMPLAINTS, Role.TALKS)
NAME, PARTNER = "Zoë van der Lange-Achternaam", "Pieter van der Lange-Achternaam"
LONG = "De tolk kwam niet. Zie https://voorbeeld.example/" + "heel-lang-adres-" * 8

require(
    {
        "persons.index": ("fresh", "english"),
        "persons.found": (
            "nothing typed",
            "no address",
            "only a name",
            "nothing found",
            "who is it",
            "nobody chosen",
            "two of one name",
            "much found",
            "without complaints",
            "gone back",
            "key lost",
        ),
        "persons.export_page": ("downloaded",),
        "persons.export_file": ("downloaded",),
        "persons.confirm": ("looked over", "nothing ticked", "held"),
        "persons.erase": ("erased", "wrong day", "nothing left"),
    }
)


@dataclass(frozen=True)
class Somebody:
    """An invented person, in this state alone."""

    email: str
    case: str


def _known(scene: Scene, *, partner: bool = False, much: bool = False) -> Somebody:
    mark = secrets.token_hex(4)
    found = Somebody(f"zoe.{mark}.met-een-lang-adres@een-lange-naam.voorbeeld.example", f"Z-{mark}")
    with scene.site.inside():
        person(NAME, case=found.case, email=found.email, street="Proefstraat 1", next_on=None)
        if partner:
            person(PARTNER, case=found.case, email=f"pieter.{mark}@voorbeeld.example", next_on=None)
        if much:
            _much(found)
    return found


def _much(found: Somebody) -> None:
    wanted = somebody(found.email, interpreter="Arabisch", question=LONG)
    signed_up(evening(), replace(wanted, person=replace(wanted.person, first_name="Zoë")))
    signed_up(evening(), somebody(found.email))
    told: dict[str, Any] = {"name": NAME, "email": found.email, "phone": "", "what": LONG}
    filed(content=told)
    details = {"name": NAME, "phone": "+31612345678", "when": "any", "moment": "intake", "language": "nl"}
    with transaction():
        tasks.add("call_back", secrets.token_hex(8), details)
        circle_operations.ask(found.email, "nl")
        filing.begin(Filling(content=replace(CONTENT, **told)), "nl")


def _sought(scene: Scene, typed: str, *roles: Role) -> Page:
    page = scene.staff(HOME, *(roles or ALL))
    page.get_by_label("E-mailadres, telefoonnummer of zaaknummer").fill(typed)
    return _click(page, "Zoek")


def _click(page: Page, button: str) -> Page:
    page.get_by_role("button", name=button, exact=True).click()
    return page


@state("persons.index", "fresh", shows="Weet u zeker wie het vraagt?")
def _(scene: Scene) -> Page:
    return scene.staff(HOME, *ALL)


@state("persons.index", "english", shows="E-mail address, telephone number or case number")
def _(scene: Scene) -> Page:
    return scene.staff(f"{HOME}?taal=en", *ALL)


@state(
    "persons.found", "nothing typed", shows="Vul een e-mailadres, een telefoonnummer of een zaaknummer in."
)
def _(scene: Scene) -> Page:
    return _sought(scene, "")


@state(
    "persons.found",
    "no address",
    shows="Dit e-mailadres klopt niet. Kijk het na, bijvoorbeeld naam@voorbeeld.nl.",
)
def _(scene: Scene) -> Page:
    return _sought(scene, "zoe@")


@state(
    "persons.found",
    "only a name",
    shows="Zoeken op naam kan niet. Vul een e-mailadres, telefoonnummer of zaaknummer in.",
)
def _(scene: Scene) -> Page:
    page = _sought(scene, NAME)
    # The summary has the focus: who hears the page hears at once what is wrong.
    expect(page.locator("#error-summary")).to_be_focused()
    return page


@state("persons.found", "nothing found", shows="Wij vonden niets.")
def _(scene: Scene) -> Page:
    return _sought(scene, "niemand@voorbeeld.example")


@state("persons.found", "who is it", shows="Geen van deze mensen")
def _(scene: Scene) -> Page:
    return _sought(scene, _known(scene, partner=True).case)


@state(
    "persons.found",
    "nobody chosen",
    shows="Kruis aan wie het vraagt. Anders kunnen gegevens van een ander meekomen.",
)
def _(scene: Scene) -> Page:
    return _click(_sought(scene, _known(scene, partner=True).case), "Verder")


@state("persons.found", "much found", shows="Klacht die nog niet verstuurd is")
def _(scene: Scene) -> Page:
    page = _sought(scene, _known(scene, partner=True, much=True).case)
    page.get_by_label(NAME).check()
    _click(page, "Verder")
    expect(page.get_by_text("Bij sommige gegevens past de naam niet")).to_be_visible()
    expect(page.get_by_text("andere naam", exact=True)).to_be_visible()
    return page


@state("persons.found", "two of one name", shows="Geen van deze mensen")
def _(scene: Scene) -> Page:
    found = _known(scene)
    with scene.site.inside():
        mark = secrets.token_hex(4)
        person(
            NAME,
            case=found.case,
            email=f"kind.{mark}@voorbeeld.example",
            perspective=Perspective.YOUNG_PERSON,
            next_on=None,
        )
    page = _sought(scene, found.email)
    expect(page.get_by_label(NAME)).to_have_count(2)
    return page


@state("persons.found", "gone back", shows="Meegeven of wissen")
def _(scene: Scene) -> Page:
    page = _looked_over(scene)
    _click(page, "Terug naar wat wij vonden")
    page.wait_for_url("**/gevonden")
    return page


@state("persons.found", "key lost", shows="Vertel het aan wie de website beheert.")
def _(scene: Scene) -> Page:
    """Of a draft of somebody else: the rest is found."""
    typed = _known(scene, much=True).email
    with scene.site.changing():
        filing.begin(Filling(), "nl")
        newest = db.session.scalar(select(func.max(ComplaintDraft.id)))
        sealed = Fernet(Fernet.generate_key()).encrypt_at_time(b"x", 0)
        db.session.execute(
            text("UPDATE complaint_draft SET body = :sealed WHERE id = :id"), {"sealed": sealed, "id": newest}
        )
    try:
        return _sought(scene, typed)
    finally:
        with scene.site.changing():
            db.session.execute(delete(ComplaintDraft).where(ComplaintDraft.id == newest))


@state("persons.found", "without complaints", shows="Vraag de klachtencoördinator.")
def _(scene: Scene) -> Page:
    return _sought(scene, _known(scene, much=True).email, Role.QUALITY)


def _downloaded(scene: Scene, name: str, ending: str) -> Page:
    page = _sought(scene, _known(scene, much=True).email)
    with page.expect_download() as found:
        _click(page, name)
    assert found.value.suggested_filename.startswith("verzoek-")
    assert found.value.suggested_filename.endswith(ending)
    return page


@state("persons.export_page", "downloaded", shows="Download om te printen")
def _(scene: Scene) -> Page:
    return _downloaded(scene, "Download om te printen", ".html")


@state("persons.export_file", "downloaded", shows="Download voor een computer")
def _(scene: Scene) -> Page:
    return _downloaded(scene, "Download voor een computer", ".json")


def _looked_over(scene: Scene) -> Page:
    return _click(_sought(scene, _known(scene, much=True).email), "Wissen: bekijk eerst wat weggaat")


@state("persons.confirm", "looked over", shows="Dit gaat weg")
def _(scene: Scene) -> Page:
    return _looked_over(scene)


@state("persons.confirm", "nothing ticked", shows="Kruis eerst aan wat van deze persoon is.")
def _(scene: Scene) -> Page:
    page = _sought(scene, _known(scene).email)
    page.get_by_label("Dit is van deze persoon").uncheck()
    return _click(page, "Wissen: bekijk eerst wat weggaat")


@state("persons.confirm", "held", shows="Van wat u aankruiste, mag niets worden gewist.")
def _(scene: Scene) -> Page:
    typed = _known(scene).email
    with scene.site.changing():
        db.session.add(Hold(kind="contacts", reason="Een rechtszaak.", since=clock.today(), placed_by="1"))
    try:
        return _click(_sought(scene, typed), "Wissen: bekijk eerst wat weggaat")
    finally:
        with scene.site.changing():
            db.session.execute(delete(Hold))


@state("persons.erase", "erased", shows="Dit is weg")
def _(scene: Scene) -> Page:
    page = _looked_over(scene)
    page.get_by_label("Wanneer kwam het verzoek? (mag leeg)").fill("01-02-2026")
    _click(page, "Wis dit voorgoed")
    expect(page.get_by_role("button", name="Print deze pagina")).to_be_visible()
    return page


@state("persons.erase", "wrong day", shows="Dit is geen datum. Schrijf hem zo: 01-03-2027.")
def _(scene: Scene) -> Page:
    page = _looked_over(scene)
    page.get_by_label("Wanneer kwam het verzoek? (mag leeg)").fill("gisteren")
    return _click(page, "Wis dit voorgoed")


@state("persons.erase", "nothing left", shows="Wat u aankruiste, was al weg of mag niet weg.")
def _(scene: Scene) -> Page:
    page = _click(_sought(scene, _known(scene).email), "Wissen: bekijk eerst wat weggaat")
    expect(page.get_by_role("button", name="Wis dit voorgoed")).to_be_visible()
    # The same form goes out twice, as from a double click.
    statuses = post_twice(page, "**/gewist")
    _click(page, "Wis dit voorgoed")
    page.wait_for_url("**/gewist")
    assert statuses == [200]
    return page
