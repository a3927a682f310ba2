"""The states of the addresses about complaints: looking it over, sending, the receipt, and later."""

import re
from dataclasses import replace

from playwright.sync_api import Page

from portal.complaints.content import Content, Reach
from portal.complaints.filing import operations, queries
from portal.complaints.rules import Domain, OnBehalf, Route
from portal.db import db
from tests.browser.filing import GONE, MANY, SENT, STALE, WORDS, draft, sent, step
from tests.browser.pages import AnyPage
from tests.browser.states import Scene, require, state

require(
    {
        "filing.review": (
            "empty",
            "nothing to send",
            "many",
            "without his knowing",
            "signal",
            "young",
            "english",
            "own code",
            "changed elsewhere",
            "receipt",
            "receipt young",
            "receipt english",
            "receipt of an objection",
            "receipt of a signal",
            "receipt of a talk",
            "receipt by post",
            "receipt again",
            "sent from another window",
            "sent",
            "lost key",
        ),
        "filing.later": ("fresh", "young", "english"),
        "filing.throw_away": ("thrown away", "twice"),
    }
)


# Looking it over, sending, the receipt.


def elsewhere(scene: Scene, path: str, content: Content) -> None:
    """Another screen filled in the draft meanwhile."""
    with scene.site.changing():
        found = queries.find(path.rsplit("/", 1)[-1], to_change=True)
        assert found is not None
        operations.save(found, replace(queries.filled(found), content=content), "nl")


def send(scene: Scene, *, language: str = "nl", **given: object) -> Page:
    """Press the button of the review."""
    told = {"content": Content(what=WORDS)} | given
    shown = step(scene, "nakijken", language=language, **told)
    shown.page.locator("main form button").click()
    return shown.page


@state("filing.review", "empty", shows="U koos niet hoe wij u mogen bereiken.")
def _(scene: Scene) -> Page:
    return step(scene, "nakijken").page


@state("filing.review", "changed elsewhere", shows="Er is intussen iets veranderd")
def _(scene: Scene) -> Page:
    path = draft(scene, content=Content(what=WORDS))
    page = scene.visit(f"{path}/nakijken")
    elsewhere(scene, path, MANY)
    page.locator("main form button").click()
    return page


@state("filing.review", "nothing to send", shows="Er is nog niets om te versturen.")
def _(scene: Scene) -> Page:
    return send(scene, content=Content())


@state("filing.review", "many", shows="Proefstraat 1")
def _(scene: Scene) -> Page:
    return step(scene, "nakijken", content=MANY, on_behalf=OnBehalf.MANDATE).page


@state("filing.review", "without his knowing", shows="Diegene weet het niet.")
def _(scene: Scene) -> Page:
    return step(scene, "nakijken", content=MANY, on_behalf=OnBehalf.DOES_NOT_KNOW).page


@state("filing.review", "signal", shows="Wat wilt u ons laten weten?")
def _(scene: Scene) -> Page:
    return step(scene, "nakijken", route=Route.SIGNAL, content=Content(what=WORDS)).page


@state("filing.review", "young", shows="Hoe wij je bereiken")
def _(scene: Scene) -> Page:
    return step(scene, "nakijken", young=True, content=MANY).page


@state("filing.review", "english", shows="Nederlands")
def _(scene: Scene) -> Page:
    return step(scene, "nakijken", language="en", content=MANY).page


@state("filing.review", "own code", shows=STALE)
def _(scene: Scene) -> Page:
    shown = step(scene, "nakijken", content=MANY)
    shown.page.locator("[name=code]").evaluate("field => { field.value = 'AAAABBBBCCCC'; }")
    shown.button("Versturen").click()
    return shown.page


@state("filing.review", "receipt", shows="Dank u wel. Het is bij ons.")
def _(scene: Scene) -> Page:
    return send(scene, content=MANY)


@state("filing.review", "receipt young", shows="Dank je wel. Het is bij ons.")
def _(scene: Scene) -> Page:
    return send(scene, young=True, domain=Domain.YOUTH)


@state("filing.review", "receipt english", shows="KL-")
def _(scene: Scene) -> Page:
    return send(scene, language="en")


@state("filing.review", "receipt of an objection", shows="Wij sturen het door, uiterlijk")
def _(scene: Scene) -> Page:
    return send(scene, route=Route.OBJECTION)


@state("filing.review", "receipt of a signal", shows="Wij lezen het uiterlijk")
def _(scene: Scene) -> Page:
    return send(scene, route=Route.SIGNAL)


@state("filing.review", "receipt of a talk", shows="Wij nemen contact op, uiterlijk")
def _(scene: Scene) -> Page:
    return send(scene, route=Route.TALK)


@state("filing.review", "receipt by post", shows="U krijgt een brief met de ontvangstbevestiging.")
def _(scene: Scene) -> Page:
    content = Content(what=WORDS, street="Proefstraat 1", place="Ergens", reach=(Reach.LETTER,))
    return send(scene, content=content)


@state("filing.review", "receipt again", shows="Ontvangstcode, alleen nu te zien")
def _(scene: Scene) -> Page:
    shown = send(scene)
    AnyPage(shown).is_at("Dank u wel. Het is bij ons.")
    shown.reload()
    return shown


@state("filing.review", "sent from another window", shows=SENT)
def _(scene: Scene) -> Page:
    path = draft(scene, content=MANY)
    shown = AnyPage(scene.visit(f"{path}/nakijken"))
    sent(scene, path)
    shown.button("Versturen").click()
    return shown.page


@state("filing.review", "sent", shows=SENT)
def _(scene: Scene) -> Page:
    path = draft(scene, content=MANY)
    sent(scene, path)
    return scene.visit(f"{path}/nakijken")


@state("filing.review", "lost key", shows="Deze gegevens zitten op slot")
def _(scene: Scene) -> Page:
    scene.people.expect(re.compile("status of 503"))
    path = draft(scene, content=MANY)
    with scene.site.changing():
        found = queries.find(path.rsplit("/", 1)[-1], to_change=True)
        assert found is not None
        table = type(found).__table__
        db.session.connection().exec_driver_sql(
            f"UPDATE {table.name} SET body = ? WHERE id = ?", (b"sealed under another key", found.id)
        )
    return scene.visit(f"{path}/nakijken")


# Later, or not at all.


@state("filing.later", "fresh", shows="Het is bewaard")
def _(scene: Scene) -> Page:
    shown = step(scene, "wat")
    shown.field("Wat is er gebeurd?").fill(WORDS)
    shown.button("Bewaren en later verder").click()
    shown.is_at("Het is bewaard")
    return shown.page


@state("filing.later", "young", shows="Hiermee kun je verder")
def _(scene: Scene) -> Page:
    return step(scene, "later", young=True).page


@state("filing.later", "english", shows="Nederlands")
def _(scene: Scene) -> Page:
    return step(scene, "later", language="en").page


@state("filing.throw_away", "thrown away", shows="Het is weg")
def _(scene: Scene) -> Page:
    shown = step(scene, "later")
    shown.button("Gooi weg wat ik schreef").click()
    return shown.page


@state("filing.throw_away", "twice", shows=GONE)
def _(scene: Scene) -> Page:
    path = draft(scene)
    one, other = (AnyPage(scene.visit(f"{path}/later")) for _n in range(2))
    for shown in (one, other):
        shown.button("Gooi weg wat ik schreef").click()
        shown.page.wait_for_load_state()
    return other.page
