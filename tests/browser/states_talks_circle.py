"""The states of the circle: asking, confirming, leaving."""

import secrets

from playwright.sync_api import Page

from portal import clock
from portal.crypto import keyring, new_public_id
from portal.db import db, transaction
from portal.talks.models import Member
from tests.browser.states import Scene, require, state

HOME = "/talks/kring"
require(
    {
        "circle.join": ("fresh", "english", "errors"),
        "circle.asked": ("asked",),
        "circle.mine": ("to confirm", "english", "confirmed", "stale mark", "unknown"),
        "circle.left": ("left",),
    }
)


def link(scene: Scene, *, confirmed: bool = False, language: str = "nl") -> str:
    """Somebody's personal link."""
    email = f"{secrets.token_hex(4)}@voorbeeld.example"
    with scene.site.inside(), transaction():
        member = Member(
            public_id=new_public_id(),
            link_key_id=keyring().link_key_id,
            email=email,
            email_index=keyring().index("talk-circle", email),
            language=language,
            asked_on=clock.today(),
            confirmed_on=clock.today() if confirmed else None,
        )
        db.session.add(member)
        return f"{HOME}/{keyring().token(member.public_id, member.link_key_id)}"


@state("circle.join", "fresh", shows="Stoppen kan altijd")
def _(scene: Scene) -> Page:
    return scene.visit(HOME)


@state("circle.join", "english", shows="Nederlands")
def _(scene: Scene) -> Page:
    return scene.visit(f"{HOME}?taal=en")


@state("circle.join", "errors", shows="Dit e-mailadres klopt niet.")
def _(scene: Scene) -> Page:
    page = scene.visit(HOME)
    page.get_by_label("Uw e-mailadres").fill("geen adres")
    page.get_by_role("button", name="Mail mij over nieuwe avonden").click()
    return page


@state("circle.asked", "asked", shows="Kijk in uw e-mail")
def _(scene: Scene) -> Page:
    page = scene.visit(HOME)
    page.get_by_label("Uw e-mailadres").fill("kring@voorbeeld.example")
    page.get_by_role("button", name="Mail mij over nieuwe avonden").click()
    return page


@state("circle.mine", "to confirm", shows="Wilt u van nieuwe avonden horen?")
def _(scene: Scene) -> Page:
    return scene.visit(link(scene))


@state("circle.mine", "english", shows="Nederlands")
def _(scene: Scene) -> Page:
    return scene.visit(link(scene, language="en"))


@state("circle.mine", "confirmed", shows="U hoort van nieuwe avonden")
def _(scene: Scene) -> Page:
    page = scene.visit(link(scene))
    page.get_by_role("button", name="Ja, mail mij").click()
    return page


@state("circle.mine", "stale mark", shows="Deze pagina stond lang open")
def _(scene: Scene) -> Page:
    page = scene.visit(link(scene))
    page.locator("input[name=mark]").evaluate("field => { field.value = 'old'; }")
    page.get_by_role("button", name="Ja, mail mij").click()
    return page


@state("circle.mine", "unknown", shows="Deze link werkt niet")
def _(scene: Scene) -> Page:
    return scene.visit(f"{HOME}/{'A' * 24}")


@state("circle.left", "left", shows="Wij mailen u niet meer over nieuwe avonden.")
def _(scene: Scene) -> Page:
    page = scene.visit(link(scene, confirmed=True))
    page.get_by_role("button", name="Stuur mij niets meer").click()
    return page
