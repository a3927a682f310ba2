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
        "done.what_we_did": ("empty", "many", "each step", "english"),
        "advices.index": ("empty", "many", "errors"),
        "advices.one": ("given", "declined", "errors", "stepped", "crossed", "crossed for good"),
        "advices.change": ("fresh", "errors", "behind"),
    }
)
LONG = "Laat ouders die dit zelf meemaakten vertellen op scholen, bij de huisarts en in het buurthuis."
WHY = "Wij beginnen op twee scholen, want meer lukt nu niet. Zie https://voorbeeld.example/" + "scholen" * 9


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
            operations.step(made, stage, WHY, "test")
        return f"{HOME}/{made.id}"


def meanwhile(scene: Scene, address: str, *stages: Stage) -> None:
    """A colleague words it otherwise, keeps it to the team and takes these steps."""
    with scene.site.changing():
        advice = operations.locked(int(address.rsplit("/", 1)[1]))
        assert advice is not None
        advice.words, advice.published = "Laat ouders vertellen.", False
        for stage in stages:
            operations.step(advice, stage, WHY, "test")


def nothing(scene: Scene) -> None:
    with scene.bare.changing():
        db.session.execute(delete(Advice))


def many(scene: Scene) -> Page:
    for stages in (
        (),
        (Stage.DISCUSSED,),
        (Stage.DISCUSSED, Stage.ADAPTED),
        (Stage.DISCUSSED, Stage.DECLINED),
        (Stage.DISCUSSED, Stage.ADAPTED, Stage.DONE),
    ):
        given(scene, *stages)
    return scene.visit("/dit-deden-wij")


@state("done.what_we_did", "empty", shows="Hier staat nog niets.")
def _(scene: Scene) -> Page:
    nothing(scene)
    return scene.visit(f"{scene.bare.address}/dit-deden-wij")


@state("done.what_we_did", "many", shows="Wij hebben dit deels overgenomen en gedaan")
def _(scene: Scene) -> Page:
    return many(scene)


@state("done.what_we_did", "each step", shows="Wat wij met het advies deden")
def _(scene: Scene) -> Page:
    page = many(scene)
    page.get_by_role("link", name="Lees elke stap van elk advies").click()
    return page


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


def crossed(scene: Scene, *stages: Stage) -> Page:
    """Somebody types a reason while a colleague takes these steps."""
    address = given(scene, Stage.DISCUSSED)
    page = scene.staff(address, Role.TALKS)
    meanwhile(scene, address, *stages)
    page.locator("label").filter(has_text="Deels overgenomen").click()
    page.get_by_label("Waarom?").fill("Eerst op twee scholen.")
    page.get_by_role("button", name="Vastleggen").click()
    return page


@state("advices.one", "crossed", shows="Iemand anders legde intussen een stap vast.")
def _(scene: Scene) -> Page:
    return crossed(scene, Stage.ACCEPTED)


@state("advices.one", "crossed for good", shows="Dit typte u. Het is niet bewaard.")
def _(scene: Scene) -> Page:
    return crossed(scene, Stage.DECLINED)


@state("advices.change", "fresh", shows="Terug naar het advies")
def _(scene: Scene) -> Page:
    return scene.staff(f"{given(scene)}/wijzig", Role.TALKS)


@state("advices.change", "errors", shows="Schrijf het advies op.")
def _(scene: Scene) -> Page:
    page = scene.staff(f"{given(scene)}/wijzig", Role.TALKS)
    page.get_by_label("Het advies, in één zin").fill("")
    page.get_by_role("button", name="Bewaar").click()
    return page


@state("advices.change", "behind", shows="Iemand anders veranderde dit advies intussen.")
def _(scene: Scene) -> Page:
    address = given(scene)
    page = scene.staff(f"{address}/wijzig", Role.TALKS)
    meanwhile(scene, address)
    page.get_by_role("button", name="Bewaar").click()
    return page
