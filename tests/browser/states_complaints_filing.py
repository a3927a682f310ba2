"""The states of the addresses about complaints: filing. Where do I go, and sending, have files of their own."""

from playwright.sync_api import Page, expect

from portal.complaints.content import Content
from portal.complaints.filing import queries
from portal.complaints.filing.rules import Place
from portal.complaints.rules import Domain, OnBehalf, Route
from tests.browser import states_complaints_sending, states_complaints_ways
from tests.browser.filing import (
    AT_ANY_STEP,
    GONE,
    MANY,
    SENT,
    STALE,
    WORDS,
    draft,
    expire,
    on,
    sent,
    spoil,
    step,
)
from tests.browser.pages import AnyPage
from tests.browser.states import Scene, require, state
from tests.browser.states_complaints_sending import elsewhere

__all__ = ("AT_ANY_STEP", "states_complaints_sending", "states_complaints_ways")

require(
    {
        "filing.resume": ("fresh", "english", "empty", "incomplete", "unknown code", "too many tries"),
        "filing.open_draft": ("where one was", "unknown", "gone"),
        "filing.what": (
            "fresh",
            "young",
            "english",
            "many words",
            "too long",
            "stale mark",
            "objection",
            "danger",
            "talk",
            "gone",
            "sent meanwhile",
        ),
        "filing.about": (
            "complaint",
            "for somebody else",
            "objection",
            "other organisation",
            "talk",
            "danger",
            "no day",
            "english",
            "young",
        ),
        "filing.reach": (
            "complaint",
            "signal",
            "talk",
            "errors",
            "young",
            "english",
            "many",
            "changed elsewhere",
        ),
    }
)


# Going on.


def _typing(scene: Scene, code: str) -> Page:
    shown = AnyPage(scene.visit("/klacht/verder"))
    shown.field("Uw code").fill(code)
    shown.button("Open wat ik begon").click()
    return shown.page


@state("filing.resume", "fresh", shows="Bent u de code kwijt?")
def _(scene: Scene) -> Page:
    return scene.visit("/klacht/verder")


@state("filing.resume", "english", shows="Nederlands")
def _(scene: Scene) -> Page:
    return scene.visit("/klacht/verder?taal=en")


@state("filing.resume", "empty", shows="Typ de code die u opschreef. Het zijn tien letters en cijfers.")
def _(scene: Scene) -> Page:
    return _typing(scene, "")


@state("filing.resume", "incomplete", shows="Deze code is niet compleet.")
def _(scene: Scene) -> Page:
    return _typing(scene, "7KQ2")


@state("filing.resume", "unknown code", shows="Deze code kennen we niet.")
def _(scene: Scene) -> Page:
    return _typing(scene, "7KQ2 M4XP 9T")


@state("filing.resume", "too many tries", shows="Even wachten")
def _(scene: Scene) -> Page:
    shown = AnyPage(scene.visit("/klacht/verder"))
    for _n in range(11):
        shown.field("Uw code").fill("7KQ2 M4XP 9T")
        shown.button("Open wat ik begon").click()
    return shown.page


@state("filing.open_draft", "where one was", shows="Hoe bereiken wij u veilig?")
def _(scene: Scene) -> Page:
    path = draft(scene, at=Place.REACH)
    with scene.site.inside():
        found = queries.find(path.rsplit("/", 1)[-1])
        assert found is not None
        code = queries.code_of(found)
    return _typing(scene, code.lower())


@state("filing.open_draft", "unknown", shows="Deze link klopt niet helemaal")
def _(scene: Scene) -> Page:
    return scene.visit("/klacht/invullen/klopt-niet")


@state("filing.open_draft", "gone", shows=GONE)
def _(scene: Scene) -> Page:
    path = draft(scene)
    expire(scene, path)
    return scene.visit(path)


# What happened.


@state("filing.what", "fresh", shows="Vertel het in uw eigen woorden")
def _(scene: Scene) -> Page:
    shown = AnyPage(states_complaints_ways.way(scene, **states_complaints_ways.WAYS["complaint"][0]))
    shown.button("Schrijf uw klacht op").click()
    shown.is_at("Vertel het in uw eigen woorden")
    return shown.page


@state("filing.what", "young", shows="Vertel het in je eigen woorden")
def _(scene: Scene) -> Page:
    return step(scene, "wat", young=True).page


@state("filing.what", "english", shows="Nederlands")
def _(scene: Scene) -> Page:
    shown = step(scene, "wat")
    shown.field("Wat is er gebeurd?").fill(WORDS)
    shown.button("English").click()
    return shown.page


@state("filing.what", "many words", shows="Wanneer was dat?")
def _(scene: Scene) -> Page:
    return step(scene, "wat", content=MANY).page


@state("filing.what", "too long", shows="Haal er 1 weg")
def _(scene: Scene) -> Page:
    shown = step(scene, "wat")
    shown.field("Wat is er gebeurd?").fill("x" * 10_001)
    return on(shown)


@state("filing.what", "stale mark", shows=STALE)
def _(scene: Scene) -> Page:
    shown = step(scene, "wat", scripts=False)
    spoil(shown.page)
    return on(shown)


@state("filing.what", "objection", shows="Waarom bent u het niet eens met het besluit?")
def _(scene: Scene) -> Page:
    return step(scene, "wat", route=Route.OBJECTION).page


@state("filing.what", "danger", shows="Waar bent u bang voor?")
def _(scene: Scene) -> Page:
    return step(scene, "wat", route=Route.DANGER).page


@state("filing.what", "talk", shows="Waar wilt u over praten?")
def _(scene: Scene) -> Page:
    return step(scene, "wat", route=Route.TALK).page


@state("filing.what", "gone", shows=GONE)
def _(scene: Scene) -> Page:
    path = draft(scene)
    shown = AnyPage(scene.visit(f"{path}/wat"))
    expire(scene, path)
    shown.field("Wat is er gebeurd?").fill(WORDS)
    page = on(shown)
    expect(page.get_by_role("region", name="Dit typte u net nog")).to_contain_text(WORDS)
    return page


@state("filing.what", "sent meanwhile", shows=SENT)
def _(scene: Scene) -> Page:
    path = draft(scene, content=MANY)
    shown = AnyPage(scene.visit(f"{path}/wat"))
    sent(scene, path)
    return on(shown)


# About whom.


@state("filing.about", "complaint", shows="Wat zou helpen?")
def _(scene: Scene) -> Page:
    return step(scene, "over").page


@state("filing.about", "for somebody else", shows="Hoe heet die persoon?")
def _(scene: Scene) -> Page:
    return step(scene, "over", on_behalf=OnBehalf.KNOWS, content=MANY).page


@state("filing.about", "objection", shows="Over welk besluit gaat het?")
def _(scene: Scene) -> Page:
    content = Content(decision_sent_on="2026-11-02")
    return step(scene, "over", route=Route.OBJECTION, content=content).page


@state("filing.about", "other organisation", shows="Welke organisatie is het?")
def _(scene: Scene) -> Page:
    return step(scene, "over", route=Route.OTHER_ORGANISATION).page


@state("filing.about", "talk", shows="Met wie wilt u liever niet praten?")
def _(scene: Scene) -> Page:
    return step(scene, "over", route=Route.TALK).page


@state("filing.about", "danger", shows="Over wie maakt u zich zorgen?")
def _(scene: Scene) -> Page:
    return step(scene, "over", route=Route.DANGER).page


@state("filing.about", "no day", shows="Er is iets dat nog niet klopt")
def _(scene: Scene) -> Page:
    shown = step(scene, "over", route=Route.OBJECTION)
    shown.field("Wanneer is het besluit verstuurd?").fill("morgen")
    return on(shown)


@state("filing.about", "english", shows="Nederlands")
def _(scene: Scene) -> Page:
    return step(scene, "over", language="en").page


@state("filing.about", "young", shows="Niets is verplicht. Weet je iets niet? Laat het leeg.")
def _(scene: Scene) -> Page:
    return step(scene, "over", young=True, domain=Domain.YOUTH).page


# How one may be reached.


@state("filing.reach", "complaint", shows="Mogen officiële brieven digitaal?")
def _(scene: Scene) -> Page:
    return step(scene, "bereikbaar").page


@state("filing.reach", "signal", shows="Zonder naam kan.")
def _(scene: Scene) -> Page:
    return step(scene, "bereikbaar", route=Route.SIGNAL).page


@state("filing.reach", "talk", shows="Vul alleen in wat veilig is.")
def _(scene: Scene) -> Page:
    return step(scene, "bereikbaar", route=Route.TALK).page


@state("filing.reach", "errors", shows="Er zijn 4 dingen die nog niet kloppen")
def _(scene: Scene) -> Page:
    shown = step(scene, "bereikbaar")
    for box in ("E-mail", "Sms", "Een brief naar huis"):
        shown.page.get_by_role("checkbox", name=box, exact=True).check()
    return on(shown)


@state("filing.reach", "young", shows="Hoe bereiken wij je veilig?")
def _(scene: Scene) -> Page:
    return step(scene, "bereikbaar", young=True).page


@state("filing.reach", "english", shows="Nederlands")
def _(scene: Scene) -> Page:
    return step(scene, "bereikbaar", language="en").page


@state("filing.reach", "many", shows="U mag iets inspreken op mijn voicemail")
def _(scene: Scene) -> Page:
    return step(scene, "bereikbaar", content=MANY).page


@state("filing.reach", "changed elsewhere", shows="Nu bewaard, van het andere scherm:")
def _(scene: Scene) -> Page:
    path = draft(scene)
    shown = AnyPage(scene.visit(f"{path}/bereikbaar"))
    elsewhere(scene, path, Content(name=MANY.name, street=MANY.street))
    shown.field("Uw naam").fill("Iemand Anders")
    page = on(shown)
    expect(page.get_by_text(MANY.street, exact=True)).to_be_visible()
    return page
