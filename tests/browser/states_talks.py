"""The states of the evenings, as the public sees them: signing up, and one's own sign-up."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from playwright.sync_api import Page
from sqlalchemy import delete, select

from portal import clock
from portal.db import db
from portal.identity.rules import FREE_USES
from portal.talks import notices
from portal.talks.joining.views import ATTEMPT
from portal.talks.models import Evening, SignUp
from portal.talks.rules import State, Who
from tests import guesses
from tests.browser.pages import AnyPage
from tests.browser.site import Site
from tests.browser.states import Scene, require, state
from tests.talks.evenings import evening, left, signed_up, somebody

QUESTION = "Wie helpt ons als school dicht is? " * 12
WORDS = "Eén aanspreekpunt per gezin, en bel eerst voordat u langskomt."

require(
    {
        "talks.index": ("empty", "many", "english"),
        "talks.evening": (
            "open",
            "full",
            "english",
            "errors",
            "needs in sight",
            "closed while typing",
            "over",
            "cancelled",
            "too many tries",
        ),
        "talks.joined": ("place", "line", "left before"),
        "talks.calendar": ("downloaded",),
        "talks.mine": (
            "place",
            "two places",
            "line",
            "young",
            "english",
            "saved",
            "no room for two",
            "left",
            "over",
            "cancelled",
            "unknown",
        ),
        "talks.leave": ("place", "passed on", "line", "young", "stale mark", "done"),
    }
)


def _made(site: Site, **given: Any) -> str:
    """An evening with a theme of its own, for no two pages have the same title; its address."""
    given = {"theme": f"Samen met school {secrets.token_hex(3)}"} | given
    with site.inside():
        return f"/talks/{db.session.get_one(Evening, evening(**given)).slug}"


def _joined(site: Site, people: int = 1, who: Who = Who.PARENT, places: int = 1, **given: Any) -> str:
    """The personal link of the last of so many people at an evening."""
    with site.inside():
        mine = evening(**({"theme": f"Samen met school {secrets.token_hex(3)}"} | given))
        made = [signed_up(mine, somebody(who=who, places=places)).signup for _n in range(people)]
        last = made[-1]
        return f"/talks/aanmelding/{notices.token_of(last)}" if last else ""


def _change(site: Site, link: str, **facts: Any) -> None:
    """What becomes of the evening of this link."""
    with site.changing():
        found = next(
            one for one in db.session.scalars(select(SignUp)) if link.endswith(notices.token_of(one))
        )
        for name, value in facts.items():
            setattr(found.evening, name, value)


def _filled(scene: Scene, path: str, contact: str = "") -> AnyPage:
    shown = AnyPage(scene.visit(path))
    shown.field("Voornaam").fill("Proefpersoon")
    shown.field("E-mailadres of mobiel nummer").fill(contact or f"{secrets.token_hex(4)}@voorbeeld.example")
    shown.page.get_by_role("radio", name="Pleegouder").check()
    return shown


@contextmanager
def _only(site: Site) -> Iterator[None]:
    """Only what is made from here on."""
    with site.changing():
        db.session.execute(delete(Evening))
    yield


# The evenings.


@state("talks.index", "empty", shows="Er was nog geen avond.")
def _(scene: Scene) -> Page:
    with _only(scene.bare):
        return scene.visit(f"{scene.bare.address}/talks")


def _many(scene: Scene) -> str:
    with _only(scene.bare), scene.bare.inside():
        evening(theme="Wat helpt een kind op school?", capacity=6)
        signed_up(evening(theme="Grenzen stellen zonder ruzie", capacity=1, days=21))
        evening(theme="Op jezelf wonen", days=30, cancelled_at=clock.now())
        evening(theme="Hulp die bij ons past", days=-20, said=WORDS)
        evening(theme="De eerste keer bellen", days=-3)
    return f"{scene.bare.address}/talks"


@state("talks.index", "many", shows="vol: u kunt op de wachtlijst")
def _(scene: Scene) -> Page:
    return scene.visit(_many(scene))


@state("talks.index", "english", shows="Nederlands")
def _(scene: Scene) -> Page:
    return scene.visit(_many(scene) + "?taal=en")


@state("talks.evening", "open", shows="nog 20 plekken")
def _(scene: Scene) -> Page:
    return scene.visit(_made(scene.site))


@state("talks.evening", "full", shows="Zet mij op de wachtlijst")
def _(scene: Scene) -> Page:
    with scene.site.inside():
        mine = evening(capacity=1, theme=f"Vol huis {secrets.token_hex(3)}")
        signed_up(mine)
        path = f"/talks/{db.session.get_one(Evening, mine).slug}"
    return scene.visit(path)


@state("talks.evening", "english", shows="Nederlands")
def _(scene: Scene) -> Page:
    return scene.visit(_made(scene.site) + "?taal=en")


@state("talks.evening", "errors", shows="Dit e-mailadres klopt niet.")
def _(scene: Scene) -> Page:
    shown = AnyPage(scene.visit(_made(scene.site)))
    shown.field("E-mailadres of mobiel nummer").fill("naam@voorbeeld")
    shown.button("Meld mij aan").click()
    return shown.page


@state("talks.evening", "needs in sight", shows="Mag leeg blijven. Samen zijn het twee plekken.")
def _(scene: Scene) -> Page:
    shown = AnyPage(scene.visit(_made(scene.site)))
    shown.page.get_by_text("Hebt u iets nodig om mee te doen?").click()
    return shown.page


@state("talks.evening", "closed while typing", shows="Dit vulde u net in")
def _(scene: Scene) -> Page:
    path = _made(scene.site)
    shown = _filled(scene, path)
    shown.page.get_by_text("Hebt u iets nodig om mee te doen?").click()
    shown.field("Een vraag die ik meeneem").fill(QUESTION)
    with scene.site.changing():
        mine = db.session.scalars(select(Evening).where(Evening.slug == path.rsplit("/", 1)[-1])).one()
        mine.cancelled_at, mine.cancelled_why = clock.now(), "De zaal is die avond dicht."
    shown.button("Meld mij aan").click()
    return shown.page


@state("talks.evening", "over", shows="Dit is er gezegd")
def _(scene: Scene) -> Page:
    return scene.visit(_made(scene.site, days=-3, said=WORDS))


@state("talks.evening", "cancelled", shows="De zaal is die avond dicht.")
def _(scene: Scene) -> Page:
    why = "De zaal is die avond dicht."
    return scene.visit(_made(scene.site, cancelled_at=clock.now(), cancelled_why=why))


@state("talks.evening", "too many tries", shows="Er kwamen heel veel aanmeldingen achter elkaar.")
def _(scene: Scene) -> Page:
    shown = _filled(scene, _made(scene.site))
    with scene.site.app.test_request_context(environ_base={"REMOTE_ADDR": "127.0.0.1"}):
        for _n in range(FREE_USES):
            guesses.failed(ATTEMPT)
    shown.button("Meld mij aan").click()
    return shown.page


# What the screen says after it.


@state("talks.joined", "place", shows="Fijn dat u komt.")
def _(scene: Scene) -> Page:
    shown = _filled(scene, _made(scene.site))
    shown.button("Meld mij aan").click()
    return shown.page


@state("talks.joined", "line", shows="U staat op de wachtlijst, nummer 1")
def _(scene: Scene) -> Page:
    path = _made(scene.site, capacity=1)
    shown = _filled(scene, path)
    _filled(scene, path).button("Meld mij aan").click()
    shown.button("Meld mij aan").click()
    return shown.page


@state("talks.joined", "left before", shows="Met deze pagina hebt u zich al afgemeld")
def _(scene: Scene) -> Page:
    path, contact = _made(scene.site), "weg@voorbeeld.example"
    shown = _filled(scene, path, contact)
    key = shown.page.locator("[name=request_key]").input_value()
    shown.button("Meld mij aan").click()
    shown.is_at("U hebt een plek")
    with scene.site.inside():
        found = db.session.scalars(select(SignUp).where(SignUp.state != State.GONE)).all()
        left(next(one for one in found if one.person.contact == contact))
    # As a browser that kept the page, with what was filled in.
    again = AnyPage(shown.page)
    scene.at(again.page, path)
    again.page.locator("[name=request_key]").evaluate("(field, key) => { field.value = key }", key)
    again.page.get_by_role("radio", name="Pleegouder").check()
    again.field("Voornaam").fill("Proefpersoon")
    again.field("E-mailadres of mobiel nummer").fill(contact)
    again.button("Meld mij aan").click()
    return shown.page


@state("talks.calendar", "downloaded", shows="Zet in mijn agenda")
def _(scene: Scene) -> Page:
    shown = AnyPage(scene.visit(_made(scene.site)))
    with shown.page.expect_download():
        shown.link("Zet in mijn agenda").click()
    return shown.page


# One's own.


@state("talks.mine", "place", shows="U hebt een plek")
def _(scene: Scene) -> Page:
    return scene.visit(_joined(scene.site))


@state("talks.mine", "two places", shows="U hebt twee plekken")
def _(scene: Scene) -> Page:
    return scene.visit(_joined(scene.site, places=2))


@state("talks.mine", "line", shows="U staat op de wachtlijst, nummer 2")
def _(scene: Scene) -> Page:
    return scene.visit(_joined(scene.site, people=3, capacity=1))


@state("talks.mine", "young", shows="Je hebt een plek")
def _(scene: Scene) -> Page:
    return scene.visit(_joined(scene.site, who=Who.YOUNG_PERSON))


@state("talks.mine", "english", shows="Nederlands")
def _(scene: Scene) -> Page:
    return scene.visit(_joined(scene.site) + "?taal=en")


@state("talks.mine", "saved", shows="Bewaard.")
def _(scene: Scene) -> Page:
    shown = AnyPage(scene.visit(_joined(scene.site)))
    shown.field("Iets dat ik niet eet of drink").fill("geen noten")
    shown.button("Bewaar").click()
    return shown.page


@state("talks.mine", "no room for two", shows="Er is nu geen plek voor twee.")
def _(scene: Scene) -> Page:
    shown = AnyPage(scene.visit(_joined(scene.site, capacity=1)))
    shown.page.get_by_role("checkbox", name="Er komt iemand met mij mee").check()
    shown.button("Bewaar").click()
    return shown.page


@state("talks.mine", "left", shows="U bent afgemeld")
def _(scene: Scene) -> Page:
    link = _joined(scene.site)
    with scene.site.inside():
        left(next(one for one in db.session.scalars(select(SignUp)) if link.endswith(notices.token_of(one))))
    return scene.visit(link)


@state("talks.mine", "over", shows="Deze avond is begonnen of al geweest")
def _(scene: Scene) -> Page:
    link = _joined(scene.site)
    _change(scene.site, link, starts_at=clock.now() - timedelta(hours=1))
    return scene.visit(link)


@state("talks.mine", "cancelled", shows="U hoeft u niet af te melden.")
def _(scene: Scene) -> Page:
    link = _joined(scene.site)
    _change(scene.site, link, cancelled_at=clock.now(), cancelled_why="De zaal is dicht.")
    return scene.visit(link)


@state("talks.mine", "unknown", shows="Deze aanmelding kennen we niet")
def _(scene: Scene) -> Page:
    return scene.visit("/talks/aanmelding/bestaat-niet")


@state("talks.leave", "place", shows="Wilt u zich afmelden?")
def _(scene: Scene) -> Page:
    return scene.visit(_joined(scene.site) + "/afmelden")


@state("talks.leave", "passed on", shows="Geef mijn plek door")
def _(scene: Scene) -> Page:
    with scene.site.inside():
        mine = evening(capacity=1, theme=f"Volle bak {secrets.token_hex(3)}")
        first, _second = (signed_up(mine).signup for _n in range(2))
        link = f"/talks/aanmelding/{notices.token_of(first)}" if first else ""
    return scene.visit(f"{link}/afmelden")


@state("talks.leave", "line", shows="Wilt u van de wachtlijst af?")
def _(scene: Scene) -> Page:
    return scene.visit(_joined(scene.site, people=2, capacity=1) + "/afmelden")


@state("talks.leave", "young", shows="Wil je je afmelden?")
def _(scene: Scene) -> Page:
    return scene.visit(_joined(scene.site, who=Who.YOUNG_PERSON) + "/afmelden")


@state("talks.leave", "stale mark", shows="Deze pagina stond lang open")
def _(scene: Scene) -> Page:
    page = scene.visit(_joined(scene.site) + "/afmelden")
    page.locator("#mark").evaluate("field => { field.value = 'old' }")
    page.get_by_role("button", name="Meld mij af").click()
    return page


@state("talks.leave", "done", shows="U bent afgemeld")
def _(scene: Scene) -> Page:
    page = scene.visit(_joined(scene.site) + "/afmelden")
    page.get_by_role("button", name="Meld mij af").click()
    return page
