"""The states of what a personal link opens beside the questions: no more messages, links for others."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.pages import OptOutPage, OthersPage, SurveyPage
from tests.browser.site import Link
from tests.browser.states import Scene, state
from tests.browser.states_survey import YOUNG, closed

# No more messages.

OPTED_OUT = "U krijgt geen berichten meer"


def _opting_out(scene: Scene, link: Link) -> OptOutPage:
    return OptOutPage(scene.visit(f"{link.address}/afmelden"))


@state("inviting.opt_out", "fresh", shows="Wilt u geen berichten meer?")
def _(scene: Scene) -> Page:
    survey = SurveyPage(scene.visit(scene.site.invite()))
    survey.link("Geen berichten meer").click()
    survey.is_at("Wilt u geen berichten meer?")
    return survey.page


@state("inviting.opt_out", "young", shows="Wil je geen berichten meer?")
def _(scene: Scene) -> Page:
    return _opting_out(scene, scene.site.invite(**YOUNG)).page


@state("inviting.opt_out", "english", shows="Nederlands")
def _(scene: Scene) -> Page:
    return _opting_out(scene, scene.site.invite(language="en")).page


@state("inviting.opt_out", "after sending", shows="Aan uw hulp verandert niets.")
def _(scene: Scene) -> Page:
    return _opting_out(scene, scene.site.invite(completed=True)).page


@state("inviting.opt_out", "stale mark", shows="Deze pagina stond lang open")
def _(scene: Scene) -> Page:
    asking = _opting_out(scene, scene.site.invite())
    asking.page.locator("#mark").evaluate("field => { field.value = 'stale'; }")
    asking.opt_out()
    return asking.page


@state("inviting.opt_out", "done", shows=OPTED_OUT)
def _(scene: Scene) -> Page:
    asking = _opting_out(scene, scene.site.invite())
    asking.opt_out()
    asking.is_at(OPTED_OUT)
    return asking.page


@state("inviting.opt_out", "done closed", shows=OPTED_OUT)
def _(scene: Scene) -> Page:
    asking = _opting_out(scene, closed(scene))
    asking.opt_out()
    asking.is_at(OPTED_OUT)
    return asking.page


# Links for others in the family.

MADE = "Nog een link maken"
WHOM = ("Een ouder", "Een jongere vanaf 12 jaar", "Een ander gezinslid")


def _others(scene: Scene, **given: Any) -> OthersPage:
    return OthersPage(scene.visit(f"{scene.site.invite(completed=True, **given).address}/anderen"))


@state("inviting.others", "fresh", shows="Voor wie is de link?")
def _(scene: Scene) -> Page:
    survey = SurveyPage(scene.visit(scene.site.invite()))
    survey.closed_answers()
    survey.send()
    survey.link("Een link voor een ander").click()
    survey.is_at("Wie in uw gezin wil ook iets zeggen?")
    return survey.page


@state("inviting.others", "young", shows="Wie in je gezin wil ook iets zeggen?")
def _(scene: Scene) -> Page:
    return _others(scene, **YOUNG).page


@state("inviting.others", "english", shows="Nederlands")
def _(scene: Scene) -> Page:
    return _others(scene, language="en").page


@state("inviting.others", "for nobody", shows="Kies voor wie de link is.")
def _(scene: Scene) -> Page:
    making = _others(scene)
    making.make(None)
    return making.page


@state("inviting.others", "stale mark", shows="Deze pagina stond lang open")
def _(scene: Scene) -> Page:
    making = _others(scene)
    making.page.locator("#mark").evaluate("field => { field.value = 'stale'; }")
    making.make(WHOM[0])
    expect(making.page.get_by_role("radio", name=WHOM[0], exact=True)).to_be_checked()
    return making.page


@state("inviting.others", "one made", shows=MADE)
def _(scene: Scene) -> Page:
    making = _others(scene)
    making.make(WHOM[1])
    expect(making.page.get_by_text(making.address(1))).to_be_in_viewport()
    return making.page


@state("inviting.others", "made before", shows="Deze link was al gemaakt.")
def _(scene: Scene) -> Page:
    making = _others(scene)
    stale = OthersPage(scene.visit(making.page.url))
    making.make(WHOM[0])
    expect(making.page.get_by_role("heading", name=MADE)).to_be_visible()
    stale.make(WHOM[1])
    return stale.page


@state("inviting.others", "all made", shows="Meer kan niet.")
def _(scene: Scene) -> Page:
    making = _others(scene)
    for number, whom in enumerate(WHOM, start=1):
        making.make(whom)
        expect(making.page.get_by_role("heading", name=re.compile(f"^Link {number}, "))).to_be_visible()
    return making.page


@state("inviting.others", "not answered yet", shows="Het duurt 2 minuten.")
def _(scene: Scene) -> Page:
    return scene.visit(f"{scene.site.invite().address}/anderen")
