"""The states of the survey's own addresses."""

import re
from datetime import timedelta
from typing import Any

from playwright.sync_api import Page, expect

from portal import clock
from portal.surveys.questionnaire import TEXT_LIMIT
from portal.surveys.rules import Moment, Perspective
from tests.browser.pages import AGREE, GRADE, START, WENT_WELL, CallPage, EnterPage, SurveyPage
from tests.browser.people import CUT_LINE
from tests.browser.site import Link
from tests.browser.states import Scene, state

YOUNG: dict[str, Any] = {"perspective": Perspective.YOUNG_PERSON}
FAMILY: dict[str, Any] = {"perspective": Perspective.FAMILY_MEMBER, "first_person": False}
WORDS = "Er werd geluisterd."
SENT = "U heeft al geantwoord. Dank u wel."
CLOSED = "Deze vragen zijn gesloten"
UNKNOWN_CODE = "0000000000"
ELSEWHERE = "http://elders.example/"
FORM_ELSEWHERE = (
    '<!doctype html><html lang="nl"><title>Elders</title><h1>Elders</h1>'
    '<form method="post" action="{}"><button>Klik</button></form></html>'
)


def closed(scene: Scene) -> Link:
    past = clock.today() - timedelta(days=60)
    return scene.site.invite(invited_on=past, closes_on=past + timedelta(days=30))


def _last_page(scene: Scene, link: Link, **options: bool) -> SurveyPage:
    return SurveyPage(scene.visit(f"{link.address}/4", **options))


def _sent_elsewhere(scene: Scene, **options: bool) -> SurveyPage:
    """Somebody typing on a page while the answers are sent from another phone."""
    link = scene.site.invite()
    survey = _last_page(scene, link, **options)
    other = _last_page(scene, link, scripts=False)
    other.text(WENT_WELL).fill("Van elders.")
    other.send()
    survey.text(WENT_WELL).fill(WORDS)
    return survey


# Typing a code.


@state("answering.enter", "fresh", shows="Tien letters en cijfers, bijvoorbeeld")
def _(scene: Scene) -> Page:
    return scene.visit("/v")


@state("answering.enter", "english", shows="Nederlands")
def _(scene: Scene) -> Page:
    return scene.visit("/v?taal=en")


@state("answering.enter", "empty", shows="Typ de code uit uw brief. Het zijn tien letters en cijfers.")
def _(scene: Scene) -> Page:
    return _entered(scene, "")


@state("answering.enter", "incomplete", shows="Deze code is niet compleet.")
def _(scene: Scene) -> Page:
    return _entered(scene, "7KQ2")


@state("answering.enter", "unknown code", shows="Deze code kennen we niet.")
def _(scene: Scene) -> Page:
    return _entered(scene, UNKNOWN_CODE)


@state("answering.enter", "too many tries", shows="Even wachten")
def _(scene: Scene) -> Page:
    scene.site.guess("code")
    return _entered(scene, UNKNOWN_CODE)


def _entered(scene: Scene, code: str) -> Page:
    entrance = EnterPage(scene.visit("/v"))
    entrance.enter(code)
    return entrance.page


# Opening a link.


@state("answering.survey", "fresh", shows="Het duurt 2 minuten.")
def _(scene: Scene) -> Page:
    return scene.visit(scene.site.invite())


@state("answering.survey", "young", shows="Welk cijfer geef je ons tot nu toe?")
def _(scene: Scene) -> Page:
    return scene.visit(scene.site.invite(**YOUNG))


@state("answering.survey", "english", shows="How would you rate us so far")
def _(scene: Scene) -> Page:
    return scene.visit(scene.site.invite(language="en"))


@state("answering.survey", "resumed", shows="Fijn dat u er weer bent.")
def _(scene: Scene) -> Page:
    link = scene.site.invite()
    survey = SurveyPage(scene.visit(link))
    survey.choose(GRADE, "7")
    survey.is_saved(GRADE)
    return scene.visit(link)


@state("answering.survey", "resumed hidden text", shows="U schreef hier al iets.")
def _(scene: Scene) -> Page:
    return _with_hidden_text(scene).page


def _with_hidden_text(scene: Scene) -> SurveyPage:
    link = scene.site.invite()
    survey = _last_page(scene, link, scripts=False)
    survey.text(WENT_WELL).fill(WORDS)
    survey.go("Vorige", to="Het eerste gesprek")
    survey.go("Verder", to="In eigen woorden")
    return SurveyPage(scene.visit(link))


@state("answering.survey", "grade from the mail", shows="Gekozen: 8. Druk op Verder om het te bewaren.")
def _(scene: Scene) -> Page:
    page = scene.visit(f"{scene.site.invite().address}?cijfer=8")
    expect(SurveyPage(page).option(GRADE, "8")).to_be_checked()
    return page


@state("answering.survey", "grade from the mail over another", shows="Tot dan blijft de 6 staan.")
def _(scene: Scene) -> Page:
    link = scene.site.invite()
    survey = SurveyPage(scene.visit(link))
    survey.choose(GRADE, "6")
    survey.is_saved(GRADE)
    return scene.visit(f"{link.address}?cijfer=8")


@state("answering.survey", "family member", shows="Ook anderen in uw gezin zien uw antwoorden niet.")
def _(scene: Scene) -> Page:
    return scene.visit(scene.site.invite(**FAMILY))


@state("answering.survey", "sent", shows=SENT)
def _(scene: Scene) -> Page:
    return scene.visit(scene.site.invite(completed=True))


@state("answering.survey", "closed", shows=CLOSED)
def _(scene: Scene) -> Page:
    return scene.visit(closed(scene))


@state("answering.survey", "unknown", shows="Deze link kennen we niet")
def _(scene: Scene) -> Page:
    return scene.visit("/v/klopt-niet")


@state("answering.survey", "broken", shows="Er ging iets mis bij ons")
def _(scene: Scene) -> Page:
    scene.people.expect(re.compile("status of 500"))
    link = scene.site.invite()
    scene.site.spoil_draft(link, "no json")
    return scene.visit(link)


@state("answering.survey", "lost key", shows="Deze gegevens zitten op slot")
def _(scene: Scene) -> Page:
    scene.people.expect(re.compile("status of 503"))
    link = scene.site.invite()
    scene.site.spoil_draft(link, b"sealed under another key")
    return scene.visit(link)


# Answering.


@state("answering.survey_page", "agreement fresh", shows="Vraag 2 tot en met 4 van 9")
def _(scene: Scene) -> Page:
    return scene.visit(f"{scene.site.invite().address}/2")


@state("answering.survey_page", "agreement answered", shows="Keuze wissen")
def _(scene: Scene) -> Page:
    survey = SurveyPage(scene.visit(f"{scene.site.invite().address}/2"))
    for question in START:
        survey.choose(question, AGREE)
        survey.is_saved(question)
    survey.page.reload()
    return survey.page


@state("answering.survey_page", "text fresh", shows="Na het versturen kan niemand uw antwoorden")
def _(scene: Scene) -> Page:
    return _last_page(scene, scene.site.invite()).page


@state("answering.survey_page", "text answered", shows="Bewaard")
def _(scene: Scene) -> Page:
    survey = _last_page(scene, scene.site.invite())
    survey.text(WENT_WELL).fill(WORDS)
    survey.text(WENT_WELL).blur()
    expect(survey.page.get_by_role("status").filter(has_text="Bewaard")).to_be_visible()
    return survey.page


@state("answering.survey_page", "plan", shows="Vraag 2")
def _(scene: Scene) -> Page:
    return scene.visit(f"{scene.site.invite(Moment.PLAN).address}/2")


@state("answering.survey_page", "closure", shows="Vraag 2")
def _(scene: Scene) -> Page:
    return scene.visit(f"{scene.site.invite(Moment.CLOSURE).address}/2")


@state("answering.survey_page", "parenting help", shows="Hulp bij het opvoeden")
def _(scene: Scene) -> Page:
    link = scene.site.invite(Moment.CLOSURE, parenting_help=True, perspective=Perspective.PARENT)
    return scene.visit(f"{link.address}/4")


@state("answering.survey_page", "english", shows="What went well?")
def _(scene: Scene) -> Page:
    return scene.visit(f"{scene.site.invite(language='en', **YOUNG).address}/4")


@state("answering.survey_page", "hidden choice of a family member", shows="zodat niemand anders hem ziet")
def _(scene: Scene) -> Page:
    link = scene.site.invite(**FAMILY)
    survey = SurveyPage(scene.visit(link))
    survey.choose(GRADE, "2")
    survey.is_saved(GRADE)
    page = scene.visit(f"{link.address}/1")
    expect(SurveyPage(page).option(GRADE, "2")).not_to_be_checked()
    return page


@state("answering.survey_page", "hidden text of a family member", shows="U schreef hier al iets.")
def _(scene: Scene) -> Page:
    link = scene.site.invite(**FAMILY)
    survey = _last_page(scene, link)
    survey.text(WENT_WELL).fill(WORDS)
    survey.text(WENT_WELL).blur()
    expect(survey.page.get_by_role("status").filter(has_text="Bewaard")).to_be_visible()
    page = _last_page(scene, link).page
    expect(page.get_by_role("button", name=re.compile("^Laat zien"))).to_have_count(0)
    return page


@state("answering.answer", "off the scale", shows="Dit antwoord staat er niet bij.")
def _(scene: Scene) -> Page:
    survey = SurveyPage(scene.visit(f"{scene.site.invite().address}/2"))
    survey.option(START[1], AGREE).evaluate("radio => { radio.value = 'a bit'; }")
    survey.option(START[1], AGREE).check()
    survey.button("Verder").click()
    return survey.page


@state("answering.answer", "text too long", shows="Haal er 1 weg")
def _(scene: Scene) -> Page:
    survey = _last_page(scene, scene.site.invite(), scripts=False)
    survey.text(WENT_WELL).fill("x" * (TEXT_LIMIT + 1))
    survey.button("Versturen").click()
    return survey.page


@state("answering.answer", "unknown field", shows="konden we niet plaatsen")
def _(scene: Scene) -> Page:
    survey = _last_page(scene, scene.site.invite())
    survey.text(WENT_WELL).evaluate("field => { field.name = 'a-nonsense'; }")
    survey.text(WENT_WELL).fill(WORDS)
    survey.button("Versturen").click()
    return survey.page


@state("answering.answer", "stale mark", shows="Deze pagina stond lang open of hoorde bij een andere link.")
def _(scene: Scene) -> Page:
    survey = _last_page(scene, scene.site.invite())
    survey.page.locator("#mark").evaluate("field => { field.value = 'stale'; }")
    survey.text(WENT_WELL).fill(WORDS)
    survey.button("Versturen").click()
    expect(survey.text(WENT_WELL)).to_have_value(WORDS)
    return survey.page


@state("answering.answer", "refused empty", shows="Er is nog geen antwoord.")
def _(scene: Scene) -> Page:
    survey = _last_page(scene, scene.site.invite())
    survey.button("Versturen").click()
    return survey.page


@state("answering.answer", "shown again", shows=WORDS)
def _(scene: Scene) -> Page:
    survey = _with_hidden_text(scene)
    survey.beside("Laat zien", WENT_WELL).click()
    expect(survey.text(WENT_WELL)).to_have_value(WORDS)
    return survey.page


@state("answering.answer", "sent elsewhere", shows=WORDS)
def _(scene: Scene) -> Page:
    survey = _sent_elsewhere(scene, scripts=False)
    survey.button("Versturen").click()
    survey.is_at(SENT)
    return survey.page


@state("answering.answer", "closed meanwhile", shows=WORDS)
def _(scene: Scene) -> Page:
    link = scene.site.invite()
    survey = _last_page(scene, link, scripts=False)
    scene.site.close(link)
    survey.text(WENT_WELL).fill(WORDS)
    survey.button("Versturen").click()
    survey.is_at(CLOSED)
    return survey.page


@state("answering.answer", "body too large", shows="Dat is te veel in één keer")
def _(scene: Scene) -> Page:
    survey = _last_page(scene, scene.site.invite(), scripts=False)
    survey.text(WENT_WELL).fill("x" * 300_000)
    survey.button("Versturen").click()
    return survey.page


@state("answering.answer", "another site", shows="Hier mag u niet komen")
def _(scene: Scene) -> Page:
    scene.people.expect(re.compile(re.escape(f"another place: {ELSEWHERE}")))
    target = f"{scene.site.invite().address}/1"
    page = scene.people.new()
    page.route(
        ELSEWHERE, lambda route: route.fulfill(body=FORM_ELSEWHERE.format(target), content_type="text/html")
    )
    scene.at(page, ELSEWHERE)
    page.get_by_role("button").click()
    return page


@state("answering.save", "kept", shows="Bewaard")
def _(scene: Scene) -> Page:
    survey = SurveyPage(scene.visit(scene.site.invite()))
    survey.choose(GRADE, "8")
    survey.is_saved(GRADE)
    return survey.page


@state("answering.save", "over the grade of a mail", shows="Bewaard")
def _(scene: Scene) -> Page:
    survey = SurveyPage(scene.visit(f"{scene.site.invite().address}?cijfer=8"))
    survey.choose(GRADE, "5")
    survey.is_saved(GRADE)
    survey.page.reload()
    expect(survey.option(GRADE, "5")).to_be_checked()
    return survey.page


@state("answering.save", "text too long", shows="Haal er 1 weg")
def _(scene: Scene) -> Page:
    survey = _last_page(scene, scene.site.invite())
    survey.text(WENT_WELL).fill("x" * (TEXT_LIMIT + 1))
    survey.text(WENT_WELL).blur()
    return survey.page


@state("answering.save", "sent elsewhere", shows="Dit is niet bewaard")
def _(scene: Scene) -> Page:
    survey = _sent_elsewhere(scene)
    survey.text(WENT_WELL).blur()
    return survey.page


@state("answering.save", "line cut", shows="Er is even geen verbinding.")
def _(scene: Scene) -> Page:
    scene.people.expect(CUT_LINE)
    survey = SurveyPage(scene.visit(scene.site.invite()))
    survey.page.context.set_offline(True)
    survey.choose(GRADE, "8")
    return survey.page


@state("answering.save", "server broken", shows="Er ging iets mis bij ons.")
def _(scene: Scene) -> Page:
    scene.people.expect(re.compile("status of 503|Error Code 503"))
    survey = SurveyPage(scene.visit(scene.site.invite()))
    survey.page.route("**/bewaar", lambda route: route.fulfill(status=503, body=""))
    survey.choose(GRADE, "8")
    return survey.page


# After it.


@state("answering.thanks", "adult", shows="Dank u wel. Hier leren wij van.")
def _(scene: Scene) -> Page:
    survey = SurveyPage(scene.visit(scene.site.invite()))
    survey.closed_answers()
    survey.send()
    return survey.page


@state("answering.thanks", "young", shows="Dank je wel. Hier leren wij van.")
def _(scene: Scene) -> Page:
    return scene.visit(f"{scene.site.invite(completed=True, **YOUNG).address}/bedankt")


@state("answering.thanks", "english", shows="Nederlands")
def _(scene: Scene) -> Page:
    return scene.visit(f"{scene.site.invite(completed=True, language='en').address}/bedankt")


# Rather telling.


@state("answering.call", "fresh", shows="Wilt u het liever vertellen?")
def _(scene: Scene) -> Page:
    return scene.visit(f"{scene.site.invite().address}/bellen")


@state("answering.call", "young", shows="Wil je het liever vertellen?")
def _(scene: Scene) -> Page:
    return scene.visit(f"{scene.site.invite(**YOUNG).address}/bellen")


@state("answering.call", "english", shows="Nederlands")
def _(scene: Scene) -> Page:
    return scene.visit(f"{scene.site.invite(language='en').address}/bellen")


@state("answering.call", "errors", shows="Dit nummer kennen we niet.")
def _(scene: Scene) -> Page:
    asking = CallPage(scene.visit(f"{scene.site.invite().address}/bellen"))
    asking.ask("", "nul zes")
    return asking.page


@state("answering.call", "after closing", shows="Wilt u het liever vertellen?")
def _(scene: Scene) -> Page:
    return scene.visit(f"{closed(scene).address}/bellen")


@state("answering.called", "open", shows="Toch zelf invullen")
def _(scene: Scene) -> Page:
    asking = CallPage(scene.visit(f"{scene.site.invite().address}/bellen"))
    asking.ask("Jan Voorbeeld", "0612345678", "In de middag")
    return asking.page


@state("answering.called", "after sending", shows="Goed, we bellen u")
def _(scene: Scene) -> Page:
    link = scene.site.invite(completed=True, call_requested=True)
    return scene.visit(f"{link.address}/gebeld-worden")
