"""What goes wrong on a phone: two pages open, pressing twice, the line cut, too much text. Nothing typed is lost."""

import re
from functools import partial

import pytest
from playwright.sync_api import Page, expect

from portal.surveys.questionnaire import TEXT_LIMIT
from tests.browser.pages import COULD_BE_BETTER, GRADE, START, WENT_WELL, AnyPage, SurveyPage
from tests.browser.people import CUT_LINE, People, eventually, post_twice
from tests.browser.site import Link, Site

THANKS = "Dank u wel. Hier leren wij van."
CUT = re.compile("Er is even geen verbinding")
with_and_without = pytest.mark.parametrize("java_script", [True, False], ids=["js", "no-js"])


def at_the_end(page: Page, address: str) -> SurveyPage:
    """Somebody on the last page, with only a grade given."""
    survey = SurveyPage(page).open(address)
    survey.choose(GRADE, "6")
    survey.go("Verder", to="Het begin")
    survey.go("Verder", to="Het eerste gesprek")
    survey.go("Verder", to="In eigen woorden")
    return survey


@with_and_without
def test_pressing_send_twice(site: Site, people: People, java_script: bool) -> None:
    link = site.invite()
    before = site.letterbox()
    survey = at_the_end(people.new(java_script=java_script), link.address)
    survey.button("Versturen").dblclick()
    survey.is_at(THANKS)
    survey.page.wait_for_load_state("networkidle")
    survey.is_at(THANKS)
    assert site.letterbox() == before + 1


@with_and_without
def test_the_same_sending_twice(site: Site, people: People, java_script: bool) -> None:
    """Both arrive: one answer is kept, and who sent it sees the thanks."""
    link = site.invite()
    before = site.letterbox()
    survey = at_the_end(people.new(java_script=java_script), link.address)
    first = post_twice(survey.page, "**/4")
    survey.send()
    assert len(first) == 1
    assert site.letterbox() == before + 1


@with_and_without
def test_the_back_button_after_sending(site: Site, people: People, java_script: bool) -> None:
    """The answers do not lie open, and nothing can be sent again."""
    link = site.invite()
    survey = at_the_end(people.new(java_script=java_script), link.address)
    survey.send()
    survey.page.go_back()
    survey.is_at("U heeft al geantwoord. Dank u wel.")
    survey.page.go_forward()
    survey.is_at(THANKS)


@with_and_without
def test_two_pages_at_once(site: Site, people: People, java_script: bool) -> None:
    """Both pages' words stay, the last choice counts, and the late page gets its words back."""
    link = site.invite()
    before = site.sealed()
    first = at_the_end(people.new(java_script=java_script), link.address)
    second = SurveyPage(people.new(java_script=java_script)).open(link.address)
    first.text(WENT_WELL).fill("Van het eerste blad.")
    first.go("Vorige", to="Het eerste gesprek")
    second.text(WENT_WELL).fill("Van het tweede blad.")
    second.go("Vorige", to="Het eerste gesprek")
    assert site.draft(link)["went_well"] == "Van het eerste blad.\n\nVan het tweede blad."

    first.go("Vorige", to="Het begin")
    second.go("Vorige", to="Het begin")
    first.choose(START[0], "Niet mee eens")
    first.go("Vorige", to=GRADE)
    second.choose(START[0], "Mee eens")
    second.go("Vorige", to=GRADE)
    second.choose(GRADE, "7")
    second.go("Verder", to="Het begin")
    first.go("Verder", to="Het begin")
    assert site.draft(link)["grade"] == "7", "a page that sends back what it was shown changes nothing"
    assert site.draft(link)["knew_where_to_go"] == "agree"

    for tab in (first, second):
        tab.go("Verder", to="Het eerste gesprek")
        tab.go("Verder", to="In eigen woorden")
    first.send()
    second.text(COULD_BE_BETTER).fill("Te laat getypt.")
    second.button("Versturen").click()
    second.is_at("U heeft al geantwoord. Dank u wel.")
    expect(second.page.get_by_text("Te laat getypt.")).to_be_visible()
    (entry,) = [entry for number, entry in site.sealed().items() if number not in before]
    assert dict(entry["choices"]) == {"grade": "7", "knew_where_to_go": "agree"}
    assert len(entry["texts"]) == 1


def test_typing_on_in_two_pages(site: Site, people: People) -> None:
    """Each page saves while one types; neither takes away what stands on the other."""
    link = site.invite()
    phone = people.new()
    first = SurveyPage(phone).open(f"{link.address}/4")
    second = SurveyPage(phone.context.new_page()).open(f"{link.address}/4")
    for survey, words in ((first, "Eerst dit."), (second, "Dan dat."), (second, "Dan dat. En nog wat.")):
        survey.page.bring_to_front()
        survey.text(WENT_WELL).fill(words)
        survey.text(WENT_WELL).blur()
        eventually(partial(_is_saved, site, link, words))
    assert site.draft(link)["went_well"] == "Eerst dit.\n\nDan dat. En nog wat."


def _is_saved(site: Site, link: Link, words: str) -> bool:
    return str(site.draft(link).get("went_well")).endswith(words)


def test_typing_on_a_page_that_another_tab_sent(site: Site, people: People) -> None:
    """The page says that it is not kept, while what stands there can still be copied."""
    link = site.invite()
    phone = people.new()
    first = at_the_end(phone, link.address)
    second = SurveyPage(phone.context.new_page()).open(link.address)
    first.page.bring_to_front()
    first.send()
    second.page.bring_to_front()
    second.text(WENT_WELL).fill("Te laat.")
    second.text(WENT_WELL).blur()
    expect(second.page.get_by_role("alert").filter(has_text="al verstuurd")).to_be_visible()
    expect(second.text(WENT_WELL)).to_have_value("Te laat.")
    second.button("Versturen").click()
    second.is_at("U heeft al geantwoord. Dank u wel.")
    expect(second.page.get_by_text("Te laat.", exact=True)).to_be_visible()


def test_the_line_is_cut(site: Site, people: People) -> None:
    people.expect(CUT_LINE)
    link = site.invite()
    survey = SurveyPage(people.new()).open(link.address)
    line = survey.page.context
    message = survey.page.get_by_role("alert").filter(has_text=CUT)

    line.set_offline(True)
    survey.choose(GRADE, "4")
    expect(message).to_be_visible()
    expect(survey.option(GRADE, "4")).to_be_checked()
    survey.button("Verder").tap()
    expect(message).to_be_visible()
    survey.is_at(GRADE)
    assert site.draft(link) == {}

    line.set_offline(False)
    survey.go("Verder", to="Het begin")
    expect(message).to_be_hidden()
    assert site.draft(link) == {"grade": "4"}


def test_the_line_is_cut_while_typing(site: Site, people: People) -> None:
    people.expect(CUT_LINE)
    link = site.invite()
    before = site.letterbox()
    survey = at_the_end(people.new(), link.address)
    message = survey.page.get_by_role("alert").filter(has_text=CUT)
    survey.page.context.set_offline(True)
    survey.text(WENT_WELL).fill("Dit mag niet weg.")
    survey.text(WENT_WELL).blur()
    expect(message).to_be_visible()
    survey.button("Versturen").tap()
    expect(survey.text(WENT_WELL)).to_have_value("Dit mag niet weg.")
    assert site.letterbox() == before

    survey.page.context.set_offline(False)
    survey.text(WENT_WELL).press("Control+End")
    survey.page.keyboard.type(" Echt niet.")
    eventually(lambda: site.draft(link).get("went_well") == "Dit mag niet weg. Echt niet.")
    expect(message).to_be_hidden()
    survey.send()
    assert site.letterbox() == before + 1


@with_and_without
def test_an_empty_sending(site: Site, people: People, java_script: bool) -> None:
    link = site.invite()
    before = site.letterbox()
    survey = SurveyPage(people.new(java_script=java_script)).open(f"{link.address}/4")
    survey.button("Versturen").tap()
    expect(survey.summary).to_contain_text("Er is nog geen antwoord.")
    if java_script:
        expect(survey.summary).to_be_focused()
    assert site.letterbox() == before
    assert not site.is_completed(link)
    survey.text(WENT_WELL).fill("Toch iets.")
    survey.send()
    assert site.letterbox() == before + 1


@with_and_without
def test_too_long_a_text(site: Site, people: People, java_script: bool) -> None:
    link = site.invite()
    survey = SurveyPage(people.new(java_script=java_script)).open(f"{link.address}/4")
    words = "lang " * (TEXT_LIMIT // 5) + "einde"
    survey.text(WENT_WELL).fill(words)
    survey.text(COULD_BE_BETTER).fill("Kort.")
    survey.button("Versturen").tap()
    expect(survey.summary).to_contain_text("Haal er 5 weg")
    expect(survey.text(WENT_WELL)).to_have_value(words)
    assert site.draft(link) == {"could_be_better": "Kort."}
    survey.summary.get_by_role("link").click()
    assert site.draft(link) == {"could_be_better": "Kort."}
    survey.text(WENT_WELL).fill(words[:TEXT_LIMIT])
    survey.send()


def test_more_text_than_the_server_takes(site: Site, people: People) -> None:
    """With JavaScript the page stays, and says why."""
    link = site.invite()
    survey = SurveyPage(people.new()).open(f"{link.address}/4")
    survey.text(WENT_WELL).fill("x" * 300_000)
    survey.button("Versturen").tap()
    expect(survey.page.get_by_role("alert").filter(has_text="te veel tekst")).to_be_visible()
    assert len(survey.text(WENT_WELL).input_value()) == 300_000
    assert not site.is_completed(link)


def test_the_server_breaks(site: Site, people: People) -> None:
    people.expect(re.compile(r"status of 500|Response Status Error Code 500"))
    link = site.invite()
    survey = SurveyPage(people.new()).open(link.address)
    survey.page.route("**/bewaar", lambda route: route.fulfill(status=500, body="kapot"))
    survey.choose(GRADE, "5")
    expect(survey.page.get_by_role("alert").filter(has_text="Er ging iets mis bij ons")).to_be_visible()
    expect(survey.option(GRADE, "5")).to_be_checked()
    survey.go("Verder", to="Het begin")
    assert site.draft(link) == {"grade": "5"}


@pytest.mark.parametrize(
    ("spoil", "heading"),
    [
        (lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"), "Deze link kennen we niet"),
        (lambda token: token[:12], "Deze link kennen we niet"),
        (lambda token: token.lower(), "Deze link kennen we niet"),
    ],
    ids=["mistyped", "cut-off", "small-letters"],
)
def test_a_link_copied_wrong(site: Site, people: People, spoil, heading: str) -> None:  # type: ignore[no-untyped-def]
    base, token = site.invite().address.rsplit("/", 1)
    page = AnyPage(people.new())
    page.page.goto(f"{base}/{spoil(token)}")
    page.is_at(heading)
    page.link("Typ mijn code").click()
    page.is_at("Typ de code uit uw brief")
