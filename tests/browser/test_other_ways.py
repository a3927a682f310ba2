"""Other ways in: a letter code, rather telling, paper; and what the team sees of it."""

import re

import pytest
from playwright.sync_api import expect

from portal.identity.rules import Role
from portal.surveys.rules import Moment, Perspective
from tests.browser.pages import GRADE, MEETING, WENT_WELL, AnyPage, CallPage, EnterPage, PaperPage, SurveyPage
from tests.browser.people import DESK, People, post_twice
from tests.browser.site import Site

with_and_without = pytest.mark.parametrize("java_script", [True, False], ids=["js", "no-js"])


def sloppy(code: str) -> str:
    """A code as people type it: small letters, spaces and dashes, letters that look like digits."""
    typed = code.lower().replace("0", "o").replace("1", "l")
    return f" {typed[:2]} {typed[2:5]}-{typed[5:]}. "


@with_and_without
def test_letter_code_typed_sloppily(site: Site, people: People, java_script: bool) -> None:
    link = next(made for _n in range(200) if "0" in (made := site.invite()).code and "1" in made.code)
    entrance = EnterPage(people.new(java_script=java_script))
    entrance.page.goto(f"{site.address}/v")
    entrance.enter(sloppy(link.code))
    entrance.is_at(GRADE)
    assert entrance.page.url == link.address


@with_and_without
def test_letter_code_that_is_not_right(site: Site, people: People, java_script: bool) -> None:
    """What was typed stays, and is put right where it stands."""
    link = site.invite()
    entrance = EnterPage(people.new(java_script=java_script))
    entrance.page.goto(f"{site.address}/v")
    entrance.enter(link.code[:-1])
    expect(entrance.summary).to_contain_text("niet compleet")
    expect(entrance.field("Uw code")).to_have_value(link.code[:-1])
    expect(entrance.field("Uw code")).to_have_attribute("aria-invalid", "true")
    if java_script:
        expect(entrance.summary).to_be_focused()
    entrance.summary.get_by_role("link").click()
    expect(entrance.field("Uw code")).to_be_focused()
    entrance.page.keyboard.press("End")
    entrance.page.keyboard.type(link.code[-1])
    entrance.page.keyboard.press("Enter")
    entrance.is_at(GRADE)
    site.forget_guesses()


@with_and_without
def test_rather_telling(site: Site, people: People, java_script: bool) -> None:
    """From a survey page to a task of the team; what was answered already is kept."""
    link = site.invite(Moment.PLAN)
    survey = SurveyPage(people.new(java_script=java_script)).open(link.address)
    survey.choose("Welk cijfer geeft u ons tot nu toe?", "6")
    survey.button("Liever vertellen? Laat u bellen").tap()
    asking = CallPage(survey.page)
    asking.is_at("Wilt u het liever vertellen?")
    name = f"Ans de Bruin {'met' if java_script else 'zonder'}"
    asking.ask(name, "06 123")
    expect(asking.summary).to_contain_text("Dit nummer kennen we niet.")
    expect(asking.field(CallPage.NAME)).to_have_value(name)
    asking.button("English").tap()
    expect(asking.page.locator("html")).to_have_attribute("lang", "en")
    expect(asking.page.get_by_role("textbox").first).to_have_value(name)
    asking.button("Nederlands").tap()
    asking.ask(name, "06-12 34 56 78", "In de ochtend")
    asking.is_at("Goed, we bellen u")
    asked = [task for task in site.tasks() if task["name"] == name]
    assert [(task["when"], task["moment"]) for task in asked] == [("morning", "plan")]
    asking.link("Toch zelf invullen").click()
    expect(survey.option("Welk cijfer geeft u ons tot nu toe?", "6")).to_be_checked()

    team = AnyPage(people.staff(site, Role.QUALITY, java_script=java_script))
    team.page.goto(f"{site.address}/team")
    task = team.page.get_by_role("listitem").filter(has=team.page.get_by_role("heading", name=name))
    expect(task.get_by_role("link")).to_have_attribute("href", re.compile(r"^tel:(0|\+31)612345678$"))
    task.get_by_role("button").click()
    expect(team.page.get_by_role("status").filter(has_text="gedaan")).to_be_visible()
    expect(team.page.get_by_role("heading", name=name)).to_have_count(0)


def test_asking_twice_to_be_called_makes_one_task(site: Site, people: People) -> None:
    link = site.invite()
    asking = CallPage(people.new())
    asking.page.goto(f"{link.address}/bellen")
    asking.field(CallPage.NAME).fill("Tweemaal Gedrukt")
    asking.field(CallPage.PHONE).fill("0612345678")
    first = post_twice(asking.page, "**/bellen")
    asking.button("Bel mij").dblclick()
    asking.is_at("Goed, we bellen u")
    assert first
    assert [task["name"] for task in site.tasks()].count("Tweemaal Gedrukt") == 1


@with_and_without
def test_paper(site: Site, people: People, java_script: bool) -> None:
    """A paper that came back: typed in with its code, once, and it counts as an answer."""
    link = site.invite(perspective=Perspective.ADULT)
    before = site.sealed()
    paper = PaperPage(people.staff(site, Role.QUALITY, viewport=DESK, java_script=java_script))
    paper.open(site.address, moment="Na het eerste gesprek", perspective="Volwassene")
    paper.field("Code op het papier").fill(sloppy(link.code))
    paper.choose(GRADE, "9")
    paper.choose(MEETING[0], "Helemaal mee eens")
    paper.field(WENT_WELL).fill("Met de pen geschreven.")
    paper.keep()
    expect(paper.page.get_by_role("status")).to_contain_text("Bewaard.")
    (entry,) = [entry for number, entry in site.sealed().items() if number not in before]
    assert dict(entry["choices"]) == {"grade": "9", "understood": "strongly_agree"}
    assert entry["texts"] == [["went_well", "Met de pen geschreven.", False]]
    assert entry["traits"]["channel"] == "paper"
    assert site.is_completed(link)

    paper.field("Code op het papier").fill(link.code)
    paper.choose(GRADE, "1")
    paper.keep()
    expect(paper.summary).to_contain_text("Met deze code is al geantwoord.")
    expect(paper.page.get_by_role("radio", name="1", exact=True)).to_be_checked()
    assert len(site.sealed()) == len(before) + 1


def test_paper_pressed_twice(site: Site, people: People) -> None:
    before = site.letterbox()
    paper = PaperPage(people.staff(site, Role.QUALITY, viewport=DESK))
    paper.open(site.address, moment="Na het plan", perspective="Ouder")
    paper.choose(GRADE, "5")
    first = post_twice(paper.page, "**/invoeren*")
    paper.button("Bewaren en volgende").dblclick()
    expect(paper.page.get_by_role("status").first).to_contain_text("Bewaard.")
    assert first
    assert site.letterbox() == before + 1


def test_paper_by_keyboard(site: Site, people: People) -> None:
    """Who types in fifty papers never touches the mouse: an answer is an arrow and a Tab."""
    before = site.letterbox()
    page = people.staff(site, Role.QUALITY, viewport=DESK, has_touch=False)
    page.goto(f"{site.address}/team/papier/invoeren?moment=intake&perspective=adult")
    PaperPage(page).field("Code op het papier").focus()
    for key in ["Tab", *["ArrowRight"] * 8, *["Tab", "ArrowRight"] * 6, "Enter"]:
        page.keyboard.press(key)
    expect(page.get_by_role("status")).to_contain_text("Bewaard.")
    assert site.letterbox() == before + 1
