"""The states of the addresses about advices."""

import secrets

from playwright.sync_api import Page
from sqlalchemy import delete

from portal import clock
from portal.db import db, transaction
from portal.identity.rules import Role
from portal.talks.advices import operations
from portal.talks.advices.operations import Told
from portal.talks.advices.rules import Stage
from portal.talks.models import Advice
from tests.browser.states import Scene, require, state

HOME = "/team/talks/adviezen"
require(
    {
        "done.what_we_did": ("empty", "many", "english"),
        "advices.index": ("empty", "many", "errors"),
        "advices.one": ("given", "declined", "errors", "stepped"),
        "advices.change": ("fresh", "errors"),
    }
)
LONG = "Laat ouders die dit zelf meemaakten vertellen op scholen, bij de huisarts en in het buurthuis."


def given(scene: Scene, *stages: Stage) -> str:
    """The address of an advice after these steps."""
    with scene.site.inside(), transaction():
        made = operations.add(
            Told(words=LONG, owner="Het kwaliteitsteam", due_on=clock.today(), published=True),
            given_on=clock.today(),
            request_key=secrets.token_hex(8),
            actor="test",
        )
        for stage in stages:
            operations.step(made, stage, "Wij beginnen op twee scholen, want meer lukt nu niet.", "test")
        return f"{HOME}/{made.id}"


def nothing(scene: Scene) -> None:
    with scene.bare.changing():
        db.session.execute(delete(Advice))


@state("done.what_we_did", "empty", shows="Hier staat nog niets.")
def _(scene: Scene) -> Page:
    nothing(scene)
    return scene.visit(f"{scene.bare.address}/dit-deden-wij")


@state("done.what_we_did", "many", shows="Deels overgenomen")
def _(scene: Scene) -> Page:
    for stages in (
        (),
        (Stage.DISCUSSED,),
        (Stage.DISCUSSED, Stage.ADAPTED),
        (Stage.DISCUSSED, Stage.DECLINED),
    ):
        given(scene, *stages)
    return scene.visit("/dit-deden-wij")


@state("done.what_we_did", "english", shows="Nederlands")
def _(scene: Scene) -> Page:
    return scene.visit("/dit-deden-wij?taal=en")


@state("advices.index", "empty", shows="Er staat nog geen advies.")
def _(scene: Scene) -> Page:
    nothing(scene)
    return scene.staff(HOME, Role.TALKS, site=scene.bare)


@state("advices.index", "many", shows="Een advies erbij")
def _(scene: Scene) -> Page:
    given(scene, Stage.DISCUSSED)
    return scene.staff(HOME, Role.TALKS)


@state("advices.index", "errors", shows="Schrijf het advies op.")
def _(scene: Scene) -> Page:
    page = scene.staff(HOME, Role.TALKS)
    page.get_by_role("button", name="Zet erbij").click()
    return page


@state("advices.one", "given", shows="De volgende stap")
def _(scene: Scene) -> Page:
    return scene.staff(given(scene), Role.TALKS)


@state("advices.one", "declined", shows="Niet overgenomen")
def _(scene: Scene) -> Page:
    return scene.staff(given(scene, Stage.DISCUSSED, Stage.DECLINED), Role.TALKS)


@state("advices.one", "errors", shows="Schrijf op waarom")
def _(scene: Scene) -> Page:
    page = scene.staff(given(scene, Stage.DISCUSSED), Role.TALKS)
    page.locator("label").filter(has_text="Niet overgenomen").click()
    page.get_by_role("button", name="Vastleggen").click()
    return page


@state("advices.one", "stepped", shows="Vastgelegd: Besproken in het kwaliteitsteam.")
def _(scene: Scene) -> Page:
    page = scene.staff(given(scene), Role.TALKS)
    page.locator("label").filter(has_text="Besproken").click()
    page.get_by_role("button", name="Vastleggen").click()
    return page


@state("advices.change", "fresh", shows="Terug naar het advies")
def _(scene: Scene) -> Page:
    return scene.staff(f"{given(scene)}/wijzig", Role.TALKS)


@state("advices.change", "errors", shows="Schrijf het advies op.")
def _(scene: Scene) -> Page:
    page = scene.staff(f"{given(scene)}/wijzig", Role.TALKS)
    page.get_by_label("Het advies, in één zin").fill("")
    page.get_by_role("button", name="Bewaar").click()
    return page
