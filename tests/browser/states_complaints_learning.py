"""The states of the addresses about complaints: measures, objections and appeals."""

import secrets
from datetime import date, timedelta

from playwright.sync_api import Page
from sqlalchemy import delete

from portal import clock
from portal.complaints.counting import operations
from portal.complaints.counting.operations import NewMeasure
from portal.complaints.counting.words import Kind, Outcome, Subject
from portal.complaints.models import Measure, Objection
from portal.db import db
from portal.identity.rules import Role
from tests.browser.states import Scene, require, state
from tests.complaints.people import filed

MEASURES, OBJECTIONS = "/team/klachten/verbeteringen", "/team/klachten/bezwaren"
LONG = (
    "We lezen een verslag samen door met wie het over gaat, voordat het in het dossier komt. "
    "Wie het er niet mee eens is, schrijft dat erbij.\nhttps://voorbeeld.example/" + "heel-lang-adres-" * 8
)

require(
    {
        "learning.measures": ("empty", "many", "late", "errors", "from a complaint", "refused"),
        "learning.finish_measure": ("done", "unknown"),
        "learning.reopen_measure": ("open again",),
        "learning.objections": ("empty", "many", "errors", "counted"),
        "learning.end_objection": ("ended", "errors", "unknown"),
    }
)


def _measure(
    scene: Scene, words: str, due_in: int = 30, *, done: bool = False, complaint_id: int | None = None
) -> None:
    with scene.bare.changing():
        due_on = clock.today() + timedelta(days=due_in)
        new = NewMeasure(words, "Proefpersoon Doet", due_on, "recording", complaint_id)
        made = operations.add_measure(new, request_key=secrets.token_hex(8), actor="1")
        if done:
            operations.finish_measure(made.id, "1")


def _measures(scene: Scene, *roles: Role, address: str = MEASURES) -> Page:
    return scene.staff(address, *roles, site=scene.bare)


def _no_measures(scene: Scene) -> None:
    with scene.bare.changing():
        db.session.execute(delete(Measure))


@state("learning.measures", "empty", shows="Er staat geen verbetering open.")
def _(scene: Scene) -> Page:
    _no_measures(scene)
    return _measures(scene)


@state("learning.measures", "many", shows="Toch niet klaar")
def _(scene: Scene) -> Page:
    _no_measures(scene)
    for due_in, words in ((60, "Anders bellen"), (7, LONG), (0, "Vandaag"), (400, "Volgend jaar")):
        _measure(scene, words, due_in)
    for words in ("Folder gemaakt", LONG):
        _measure(scene, words, done=True)
    with scene.bare.inside():
        complaint_id = filed().id
    _measure(scene, "Uit een klacht", complaint_id=complaint_id)
    return _measures(scene, Role.COMPLAINTS)


@state("learning.measures", "late", shows="12 dagen te laat")
def _(scene: Scene) -> Page:
    _no_measures(scene)
    _measure(scene, "Allang beloofd", -12)
    return _measures(scene)


@state("learning.measures", "errors", shows="Dit is te lang voor een naam.")
def _(scene: Scene) -> Page:
    page = _measures(scene)
    page.get_by_label("Wie zorgt ervoor?").fill("x" * 121)
    page.get_by_label("Nummer van de klacht").fill("KL-1999-0001")
    page.get_by_role("button", name="Zet erbij").click()
    return page


@state("learning.measures", "from a complaint", shows="Mag leeg blijven.")
def _(scene: Scene) -> Page:
    with scene.bare.inside():
        reference = filed().reference
    page = _measures(scene, Role.COMPLAINTS, address=f"{MEASURES}?klacht={reference}")
    assert page.get_by_label("Nummer van de klacht").input_value() == reference
    return page


@state("learning.measures", "refused", shows="Hier mag u niet komen")
def _(scene: Scene) -> Page:
    return _measures(scene, Role.TALKS)


@state("learning.finish_measure", "done", shows="Mooi, dat is klaar.")
def _(scene: Scene) -> Page:
    _no_measures(scene)
    _measure(scene, "Nu gedaan")
    page = _measures(scene)
    page.get_by_role("button", name="Klaar Nu gedaan").click()
    return page


@state("learning.finish_measure", "unknown", shows="Deze pagina is er niet")
def _(scene: Scene) -> Page:
    _no_measures(scene)
    _measure(scene, "Zo weer weg")
    page = _measures(scene)
    _no_measures(scene)
    page.get_by_role("button", name="Klaar Zo weer weg").click()
    return page


@state("learning.reopen_measure", "open again", shows="De verbetering staat weer open.")
def _(scene: Scene) -> Page:
    _no_measures(scene)
    _measure(scene, "Te vroeg gejuicht", done=True)
    page = _measures(scene)
    page.get_by_role("button", name="Toch niet klaar").click()
    return page


def _no_objections(scene: Scene) -> None:
    with scene.bare.changing():
        db.session.execute(delete(Objection))


def _objection(scene: Scene, received_on: date, kind: Kind = Kind.OBJECTION, *, ended: bool = False) -> None:
    with scene.bare.changing():
        made = operations.add_objection(
            kind, Subject.PGB, received_on, request_key=secrets.token_hex(8), actor="1"
        )
        if ended:
            operations.end_objection(made, Outcome.WITHDRAWN, received_on + timedelta(days=40), "1")


def _objections(scene: Scene, *, number: int = 0) -> Page:
    _no_objections(scene)
    for place in range(number):
        kind = Kind.APPEAL if place == 1 else Kind.OBJECTION
        _objection(scene, date(2025 - place // 3, 3 + place, 2), kind, ended=place % 2 == 0)
    return scene.staff(OBJECTIONS, site=scene.bare)


@state("learning.objections", "empty", shows="Er is nog geen bezwaar of beroep geteld.")
def _(scene: Scene) -> Page:
    return _objections(scene)


@state("learning.objections", "many", shows="ingetrokken op")
def _(scene: Scene) -> Page:
    page = _objections(scene, number=5)
    for one in page.get_by_text("Verander de uitkomst").all():
        one.click()
    return page


@state("learning.objections", "errors", shows="Kies bezwaar of beroep.")
def _(scene: Scene) -> Page:
    page = _objections(scene, number=2)
    page.get_by_role("button", name="Zet erbij").click()
    return page


@state("learning.objections", "counted", shows="Het staat erbij.")
def _(scene: Scene) -> Page:
    page = _objections(scene)
    page.get_by_role("radio", name="Beroep", exact=True).check()
    page.get_by_role("radio", name="Pgb", exact=True).check()
    page.get_by_label("Ontvangen op").fill("2026-02-03")
    page.get_by_role("button", name="Zet erbij").click()
    return page


def _outcome(scene: Scene, outcome: str, day: str) -> Page:
    page = _objections(scene)
    _objection(scene, date(2026, 3, 2))
    page.reload()
    page.get_by_text("Vul de uitkomst in").click()
    page.get_by_label("Uitkomst", exact=True).select_option(label=outcome)
    page.get_by_label("Datum van de uitkomst").fill(day)
    return page


@state("learning.end_objection", "ended", shows="De uitkomst is bewaard.")
def _(scene: Scene) -> Page:
    page = _outcome(scene, "deels gegrond", "2026-04-01")
    page.get_by_role("button", name="Bewaar").click()
    return page


@state("learning.end_objection", "errors", shows="De uitkomst kan niet voor de ontvangst liggen.")
def _(scene: Scene) -> Page:
    page = _outcome(scene, "gegrond", "2026-03-01")
    page.get_by_role("button", name="Bewaar").click()
    return page


@state("learning.end_objection", "unknown", shows="Deze pagina is er niet")
def _(scene: Scene) -> Page:
    page = _outcome(scene, "gegrond", "2026-04-01")
    _no_objections(scene)
    page.get_by_role("button", name="Bewaar").click()
    return page
