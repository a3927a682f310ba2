"""The states of the coordinator's pages: evenings, who comes, and what is told to them."""

import secrets
from datetime import timedelta
from typing import Any

from playwright.sync_api import Page, expect
from sqlalchemy import delete

from portal import clock
from portal.db import db
from portal.identity.rules import Role
from portal.outbox.models import Message
from portal.outbox.rules import State as Lost
from portal.talks.models import Evening, SignUp
from portal.talks.rules import Who
from tests.browser.states import Scene, require, state
from tests.talks.evenings import evening, signed_up, somebody

HOME = "/team/talks"
LONG = "Hoe weet ik of mijn kind het zelf wil? https://voorbeeld.example/" + "heel-lang-adres-" * 8

require(
    {
        "evenings.index": ("empty", "many", "not arrived"),
        "evenings.new": ("fresh", "copied", "errors"),
        "evenings.one": (
            "nobody yet",
            "full",
            "not arrived",
            "over",
            "cancelled",
            "purged",
            "no such evening",
        ),
        "evenings.change": ("fresh", "errors", "behind", "over", "moved"),
        "evenings.cancel": ("asked", "errors", "done"),
        "evenings.word": ("fresh", "errors", "sent"),
        "evenings.add": ("fresh", "errors", "in line"),
        "evenings.take_out": ("asked", "done"),
        "evenings.came": ("fresh", "kept", "not yet"),
        "evenings.look_back": ("fresh", "errors", "thanked"),
        "evenings.not_arrived": ("again", "left"),
        "evenings.download": ("csv", "xlsx"),
    }
)


def _made(scene: Scene, people: int = 0, capacity: int = 3, days: int = 14, **given: Any) -> str:
    """An evening with so many people on its list; its address. Each has a theme of its own."""
    with scene.site.inside():
        number = evening(capacity, **{"theme": f"Samen met school {secrets.token_hex(3)}"} | given)
        for count in range(people):
            needs: dict[str, Any] = {"interpreter": "Arabisch", "wheelchair": True, "diet": "geen noten"}
            wanted = somebody(places=2, companion="Buur", child_care="2 kinderen", question=LONG, **needs)
            signed_up(number, somebody(who=Who.YOUNG_PERSON) if count else wanted)
    with scene.site.changing():
        found = db.session.get_one(Evening, number)
        length = found.ends_at - found.starts_at
        found.starts_at = clock.now() + timedelta(days=days)
        found.ends_at = found.starts_at + length
        return f"{HOME}/{found.slug}"


def _open(scene: Scene, address: str) -> Page:
    return scene.staff(address, Role.TALKS)


def _click(page: Page, button: str) -> Page:
    page.get_by_role("button", name=button).click()
    return page


# ---- Evenings -----------------------------------------------------------------------------


@state("evenings.index", "empty", shows="Er staat geen avond op de website.")
def _(scene: Scene) -> Page:
    with scene.bare.changing():
        db.session.execute(delete(SignUp))
        db.session.execute(delete(Evening))
    return scene.staff(HOME, Role.TALKS, site=scene.bare)


@state("evenings.index", "many", shows="3 van 3")
def _(scene: Scene) -> Page:
    _made(scene, people=4)
    _made(scene, cancelled_at=clock.now())
    _made(scene, days=-3, people=1)
    return _open(scene, HOME)


@state("evenings.new", "fresh", shows="Een avond maken")
def _(scene: Scene) -> Page:
    return _open(scene, f"{HOME}/nieuw")


@state("evenings.new", "copied", shows="Kies een nieuwe dag, en verander wat anders is.")
def _(scene: Scene) -> Page:
    return _open(scene, f"{HOME}/nieuw?kopie={_made(scene).rsplit('/', 1)[1]}")


@state("evenings.new", "errors", shows="Dit is geen datum. Schrijf hem zo: 01-03-2027.")
def _(scene: Scene) -> Page:
    page = _open(scene, f"{HOME}/nieuw")
    page.get_by_label("Welke dag?").evaluate("field => { field.type = 'text' }")
    page.get_by_label("Welke dag?").fill("gauw")
    page.get_by_label("Hoeveel plekken zijn er?").fill("10000")
    return _click(page, "Zet de avond op de website")


@state("evenings.one", "nobody yet", shows="Nog niemand heeft zich aangemeld.")
def _(scene: Scene) -> Page:
    return _open(scene, _made(scene))


@state("evenings.one", "full", shows="Tolk: Arabisch")
def _(scene: Scene) -> Page:
    page = _open(scene, _made(scene, people=5))
    expect(page.get_by_role("heading", name="In de rij")).to_be_visible()
    return page


@state("evenings.one", "over", shows="Wie was er?")
def _(scene: Scene) -> Page:
    return _open(scene, _made(scene, people=2, days=-2, said="Iedereen wil eerder horen wie er komt."))


@state("evenings.one", "cancelled", shows="Deze avond gaat niet door.")
def _(scene: Scene) -> Page:
    return _open(scene, _made(scene, cancelled_at=clock.now(), cancelled_why="De spreker is ziek."))


def _not_arrived(scene: Scene) -> str:
    """An evening of which one message was given up and one came back."""
    address = _made(scene, people=2)
    with scene.site.changing():
        found = db.session.scalars(db.select(Evening).where(Evening.slug == address.rsplit("/", 1)[1])).one()
        for lost, signup in zip((Lost.DEAD, Lost.BOUNCED), found.signups, strict=True):
            db.session.scalars(db.select(Message).where(Message.about == signup.public_id)).one().state = lost
    return address


@state("evenings.one", "not arrived", shows="2 berichten kwamen niet aan")
def _(scene: Scene) -> Page:
    return _open(scene, _not_arrived(scene))


@state("evenings.not_arrived", "again", shows="Het bericht gaat nog een keer weg.")
def _(scene: Scene) -> Page:
    return _click(_open(scene, _not_arrived(scene)), "Probeer het nog eens")


@state("evenings.not_arrived", "left", shows="Het bericht gaat niet meer weg.")
def _(scene: Scene) -> Page:
    return _click(_open(scene, _not_arrived(scene)), "Laat maar")


@state("evenings.index", "not arrived", shows="2 berichten kwamen niet aan")
def _(scene: Scene) -> Page:
    _not_arrived(scene)
    return _open(scene, HOME)


@state("team.today", "evenings", shows="over een avond")
def _(scene: Scene) -> Page:
    _not_arrived(scene)
    return _open(scene, "/team")


@state("evenings.one", "purged", shows="Wie er waren, is gewist op")
def _(scene: Scene) -> Page:
    counts = {"counted_in": 17, "counted_came": 13, "counted_waiting": 2}
    return _open(scene, _made(scene, days=-99, purged_on=clock.today(), **counts))


@state("evenings.one", "no such evening", shows="Deze pagina is er niet")
def _(scene: Scene) -> Page:
    return _open(scene, f"{HOME}/geen-avond")


@state("evenings.change", "fresh", shows="Bewaar de avond")
def _(scene: Scene) -> Page:
    return _open(scene, _made(scene) + "/wijzig")


@state("evenings.change", "errors", shows="Zo veel mensen hebben al een plek, of meer.")
def _(scene: Scene) -> Page:
    page = _open(scene, _made(scene, people=2) + "/wijzig")
    _fill_times(page)
    page.get_by_label("Hoeveel plekken zijn er?").fill("1")
    return _click(page, "Bewaar de avond")


@state("evenings.change", "behind", shows="Iemand anders veranderde deze avond intussen.")
def _(scene: Scene) -> Page:
    address = _made(scene)
    page = _open(scene, address + "/wijzig")
    with scene.site.changing():
        found = db.session.scalars(db.select(Evening).where(Evening.slug == address.rsplit("/", 1)[1])).one()
        found.place, found.sequence = "De Brug", 1
    _fill_times(page)
    return _click(page, "Bewaar de avond")


@state("evenings.change", "over", shows="Dit kan niet meer: de avond is begonnen of al geweest.")
def _(scene: Scene) -> Page:
    return _open(scene, _made(scene, days=-1) + "/wijzig")


@state("evenings.change", "moved", shows="krijgt bericht van de nieuwe tijd of plaats.")
def _(scene: Scene) -> Page:
    page = _open(scene, _made(scene, people=2) + "/wijzig")
    _fill_times(page)
    return _click(page, "Bewaar de avond")


def _fill_times(page: Page) -> None:
    page.get_by_label("Hoe laat begint het?").fill("19:30")
    page.get_by_label("Hoe laat is het afgelopen?").fill("21:30")


@state("evenings.cancel", "asked", shows="Dit kan niet terug.")
def _(scene: Scene) -> Page:
    return _open(scene, _made(scene, people=2) + "/aflassen")


@state("evenings.cancel", "errors", shows="Schrijf op waarom de avond niet doorgaat.")
def _(scene: Scene) -> Page:
    return _click(_open(scene, _made(scene) + "/aflassen"), "Ja, last de avond af")


@state("evenings.cancel", "done", shows="De avond gaat niet door. Iedereen krijgt bericht.")
def _(scene: Scene) -> Page:
    page = _open(scene, _made(scene, people=2) + "/aflassen")
    page.get_by_label("Waarom gaat de avond niet door?").fill(LONG)
    return _click(page, "Ja, last de avond af")


# ---- People -------------------------------------------------------------------------------


@state("evenings.word", "fresh", shows="niemand ziet wie er nog meer komt")
def _(scene: Scene) -> Page:
    return _open(scene, _made(scene) + "/bericht")


@state("evenings.word", "errors", shows="Kies wie het bericht krijgt.")
def _(scene: Scene) -> Page:
    return _click(_open(scene, _made(scene) + "/bericht"), "Verstuur het bericht")


@state("evenings.word", "sent", shows="Uw bericht gaat naar 2 mensen.")
def _(scene: Scene) -> Page:
    page = _open(scene, _made(scene, people=2) + "/bericht")
    page.get_by_label("Iedereen met een plek").check()
    page.get_by_label("Uw bericht").fill("Neem een jas mee.")
    return _click(page, "Verstuur het bericht")


@state("evenings.add", "fresh", shows="Alleen de eerste drie vragen moeten.")
def _(scene: Scene) -> Page:
    return _open(scene, _made(scene) + "/toevoegen")


@state("evenings.add", "errors", shows="geen mobiel nummer dat we kennen")
def _(scene: Scene) -> Page:
    page = _open(scene, _made(scene) + "/toevoegen")
    page.get_by_label("E-mailadres of mobiel nummer").fill("0612")
    return _click(page, "Meld aan")


@state("evenings.add", "in line", shows="Staat in de rij, op nummer 1, en krijgt bericht.")
def _(scene: Scene) -> Page:
    page = _open(scene, _made(scene, people=1, capacity=2) + "/toevoegen")
    page.get_by_label("Voornaam", exact=True).fill("Proefpersoon")
    page.get_by_label("E-mailadres of mobiel nummer").fill("06 12345678")
    page.get_by_label("Opa of oma").check()
    return _click(page, "Meld aan")


def _take_out(scene: Scene) -> Page:
    page = _open(scene, _made(scene, people=3))
    page.get_by_role("link", name="Haal eraf").first.click()
    return page


@state("evenings.take_out", "asked", shows="De plek gaat naar wie vooraan in de rij staat.")
def _(scene: Scene) -> Page:
    return _take_out(scene)


@state("evenings.take_out", "done", shows="Wacht er iemand, dan heeft die nu de plek.")
def _(scene: Scene) -> Page:
    return _click(_take_out(scene), "Ja, haal van de lijst")


@state("evenings.came", "fresh", shows="Zet een vinkje bij wie er was")
def _(scene: Scene) -> Page:
    return _open(scene, _made(scene, people=2, days=-1) + "/aanwezig")


@state("evenings.came", "kept", shows="Bewaard wie er was.")
def _(scene: Scene) -> Page:
    page = _open(scene, _made(scene, people=2, days=-1) + "/aanwezig")
    page.get_by_role("checkbox").first.check()
    return _click(page, "Bewaar wie er was")


@state("evenings.came", "not yet", shows="Dit kan pas als de avond is begonnen.")
def _(scene: Scene) -> Page:
    return _open(scene, _made(scene) + "/aanwezig")


@state("evenings.look_back", "fresh", shows="Stuur nu een bedankje")
def _(scene: Scene) -> Page:
    return _open(scene, _made(scene, days=-1) + "/terugblik")


@state("evenings.look_back", "errors", shows="Schrijf eerst op wat er is gezegd.")
def _(scene: Scene) -> Page:
    page = _open(scene, _made(scene, days=-1) + "/terugblik")
    page.get_by_label("Stuur nu een bedankje").check()
    return _click(page, "Bewaar")


@state("evenings.look_back", "thanked", shows="Bewaard. De bedankjes gaan eruit.")
def _(scene: Scene) -> Page:
    page = _open(scene, _made(scene, people=2, days=-1) + "/terugblik")
    page.get_by_label("Wat is er gezegd, en wat gebeurt ermee?").fill(LONG)
    page.get_by_label("Stuur nu een bedankje").check()
    return _click(page, "Bewaar")


# ---- Files --------------------------------------------------------------------------------


def _downloaded(scene: Scene, name: str, ending: str) -> Page:
    page = _open(scene, _made(scene, people=2))
    with page.expect_download() as found:
        page.get_by_role("link", name=name).click()
    assert found.value.suggested_filename.endswith(ending)
    return page


@state("evenings.download", "csv", shows="Lijst als CSV")
def _(scene: Scene) -> Page:
    return _downloaded(scene, "Lijst als CSV", ".csv")


@state("evenings.download", "xlsx", shows="Lijst als Excel")
def _(scene: Scene) -> Page:
    return _downloaded(scene, "Lijst als Excel", ".xlsx")
