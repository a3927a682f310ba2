"""The whole survey on a phone of 320 pixels: with a thumb, without JavaScript, with the keyboard, in two sittings."""

import re

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.browser.pages import (
    AGREE,
    COULD_BE_BETTER,
    GRADE,
    MEETING,
    START,
    WENT_WELL,
    SurveyPage,
    focus_shows,
    focused,
)
from tests.browser.people import People, eventually
from tests.browser.site import Link, Site

MOST_TAPS, PAGES = 12, 4
HEAVIEST, MOST_REQUESTS = 40 * 1024, 6
WORDS = "Er werd geluisterd, maar het wachten duurde lang: 3 weken."
THANKS = "Dank u wel. Hier leren wij van."
with_and_without = pytest.mark.parametrize("java_script", [True, False], ids=["js", "no-js"])


class Sent:
    """What one sending did: one more in the letterbox, and what is in it."""

    def __init__(self, site: Site, link: Link) -> None:
        self.site, self.link = site, link
        self.before = site.letterbox()

    def once(self) -> None:
        assert self.site.letterbox() == self.before + 1
        assert self.site.is_completed(self.link)
        assert self.site.draft(self.link) == {}


@with_and_without
def test_whole_survey(site: Site, people: People, java_script: bool) -> None:
    """All closed questions and the sending: at most twelve taps on four pages."""
    link = site.invite()
    sent = Sent(site, link)
    survey = SurveyPage(people.new(java_script=java_script)).open(link.address)
    survey.closed_answers()
    survey.send()
    sent.once()
    print(
        f"\ntaps {survey.taps}, pages {len(survey.seen)}, {'with' if java_script else 'without'} JavaScript"
    )
    assert survey.taps <= MOST_TAPS
    assert len(survey.seen) == PAGES


@with_and_without
def test_what_is_sent_is_what_was_given(site: Site, people: People, java_script: bool) -> None:
    link = site.invite()
    before = site.sealed()
    survey = SurveyPage(people.new(java_script=java_script)).open(link.address)
    survey.closed_answers("Niet eens, niet oneens", "3")
    survey.text(WENT_WELL).fill(WORDS)
    survey.page.get_by_role("checkbox", name="SKT mag dit zonder mijn naam gebruiken").first.check()
    survey.send()
    (entry,) = [entry for number, entry in site.sealed().items() if number not in before]
    choices = dict(entry["choices"])
    assert choices.pop("grade") == "3"
    assert len(choices) == len(START + MEETING)
    assert set(choices.values()) == {"neutral"}
    assert entry["texts"] == [["went_well", WORDS, True]]


@with_and_without
def test_back_and_on_again(site: Site, people: People, java_script: bool) -> None:
    link = site.invite()
    survey = SurveyPage(people.new(java_script=java_script)).open(link.address)
    survey.choose(GRADE, "9")
    survey.go("Verder", to="Het begin")
    survey.choose(START[1], AGREE)
    survey.go("Vorige", to=GRADE)
    expect(survey.option(GRADE, "9")).to_be_checked()
    survey.page.go_back()
    survey.page.go_forward()
    survey.is_at(GRADE)
    survey.go("Verder", to="Het begin")
    expect(survey.option(START[1], AGREE)).to_be_checked()
    assert site.draft(link) == {"grade": "9", "speed": "agree"}


class Keys:
    """Somebody without a mouse or a thumb."""

    def __init__(self, survey: SurveyPage) -> None:
        self.survey, self.page = survey, survey.page

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def tab_to(self, wanted: str) -> None:
        """Tab until the wanted control; on the way every focus can be seen."""
        for _step in range(25):
            self.press("Tab")
            assert focus_shows(self.page), f"the focus cannot be seen on {focused(self.page)!r}"
            if focused(self.page) == wanted:
                return
        raise AssertionError(f"Tab never comes to {wanted!r}")

    def is_at_heading(self, heading: str) -> None:
        """After a swap one starts reading at the top of the new page."""
        self.survey.is_at(heading)
        expect(self.survey.heading).to_be_focused()
        assert self.page.evaluate("scrollY") < 200


def test_keyboard_only(site: Site, people: People) -> None:
    link = site.invite()
    sent = Sent(site, link)
    survey = SurveyPage(people.new(has_touch=False)).open(link.address)
    keys = Keys(survey)

    keys.tab_to("1")
    # Passing seven options quickly: each change asks to save, the last one must stand.
    keys.press(*["ArrowRight"] * 7)
    assert focused(survey.page) == "8"
    # On a slow machine an option in between may have been kept before the last one is.
    eventually(lambda: site.draft(link) == {"grade": "8"})
    survey.is_saved(GRADE)
    assert focused(survey.page) == "8", "saving takes no focus away"
    keys.press("ArrowDown", "ArrowUp", "ArrowUp")
    keys.tab_to(f"Keuze wissen: {GRADE}")
    eventually(lambda: site.draft(link) == {"grade": "7"})
    survey.page.wait_for_load_state("networkidle")
    assert focused(survey.page) == f"Keuze wissen: {GRADE}", "saving takes no focus away from a button either"
    keys.tab_to("Verder")
    keys.press("Enter")
    keys.is_at_heading("Het begin")
    keys.tab_to("strongly_agree")
    keys.press("Space")
    survey.is_saved(START[0])
    assert focused(survey.page) == "strongly_agree"
    keys.tab_to("Verder")
    keys.press("Enter")

    keys.is_at_heading("Het eerste gesprek")
    keys.tab_to("strongly_agree")
    keys.press("ArrowDown")
    keys.tab_to("Verder")
    keys.press("Space")

    keys.is_at_heading("In eigen woorden")
    keys.tab_to(WENT_WELL)
    survey.page.keyboard.type("Alles.")
    keys.press("Tab", "Space")
    keys.tab_to("Versturen")
    wanted = {
        "grade": "7",
        "knew_where_to_go": "strongly_agree",
        "understood": "agree",
        "went_well": "Alles.",
        "went_well.quote": "yes",
    }
    eventually(lambda: site.draft(link) == wanted)
    keys.press("Enter")
    keys.is_at_heading(THANKS)
    sent.once()


def test_enter_in_a_page_goes_on(site: Site, people: People) -> None:
    """Enter presses the button at the end, not the language button above the form."""
    link = site.invite()
    survey = SurveyPage(people.new(has_touch=False)).open(link.address)
    survey.option(GRADE, "5").focus()
    survey.page.keyboard.press("Space")
    survey.page.keyboard.press("Enter")
    survey.is_at("Het begin")
    expect(survey.page.locator("html")).to_have_attribute("lang", "nl")
    assert site.draft(link) == {"grade": "5"}


def test_skip_link(site: Site, people: People) -> None:
    page = people.new(has_touch=False)
    page.goto(site.invite().address)
    page.keyboard.press("Tab")
    assert focused(page) == "Naar de inhoud"
    assert focus_shows(page)
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()


@with_and_without
def test_on_another_phone(site: Site, people: People, java_script: bool) -> None:
    """Closed answers come back; words do not lie open on a phone that may be shared."""
    link = site.invite()
    first = SurveyPage(people.new(java_script=java_script)).open(link.address)
    first.closed_answers()
    first.text(WENT_WELL).fill(WORDS)
    first.text(COULD_BE_BETTER).fill("Dit niet.")
    first.go("Vorige", to="Het eerste gesprek")
    first.go("Verder", to="In eigen woorden")

    second = SurveyPage(people.new(java_script=java_script)).open(link.address)
    second.is_at("In eigen woorden")
    expect(second.page.get_by_text("Fijn dat u er weer bent. U kunt verder waar u was.")).to_be_visible()
    expect(second.page.get_by_text("U schreef hier al iets. Het is bewaard.")).to_have_count(2)
    assert WORDS not in second.page.content()

    second.beside("Laat zien", WENT_WELL).tap()
    expect(second.text(WENT_WELL)).to_have_value(WORDS)
    second.beside("Wis wat er staat", COULD_BE_BETTER).tap()
    expect(second.text(COULD_BE_BETTER)).to_have_value("")
    expect(second.text(WENT_WELL)).to_have_value(WORDS)
    assert "could_be_better" not in site.draft(link)

    second.go("Vorige", to="Het eerste gesprek")
    for question in MEETING:
        expect(second.option(question, AGREE)).to_be_checked()
    second.go("Vorige", to="Het begin")
    second.go("Vorige", to=GRADE)
    expect(second.option(GRADE, "8")).to_be_checked()
    assert site.draft(link)["went_well"] == WORDS


@with_and_without
def test_another_language_half_way(site: Site, people: People, java_script: bool) -> None:
    """No typed word is lost, and what was chosen stays chosen."""
    link = site.invite()
    survey = SurveyPage(people.new(java_script=java_script)).open(link.address)
    survey.closed_answers()
    survey.text(WENT_WELL).fill(WORDS)
    survey.button("English").tap()
    survey.is_at("In your own words")
    expect(survey.page.locator("html")).to_have_attribute("lang", "en")
    expect(survey.text("What went well?")).to_have_value(WORDS)
    survey.text("What went well?").press("Control+End")
    survey.page.keyboard.type(" Thanks.")
    survey.button("Nederlands").tap()
    survey.is_at("In eigen woorden")
    expect(survey.text(WENT_WELL)).to_have_value(f"{WORDS} Thanks.")
    survey.button("English").tap()
    survey.is_at("In your own words")
    assert site.draft(link)["went_well"] == f"{WORDS} Thanks."


@with_and_without
def test_an_answer_undone(site: Site, people: People, java_script: bool) -> None:
    link = site.invite()
    survey = SurveyPage(people.new(java_script=java_script)).open(link.address)
    survey.choose(GRADE, "2")
    if not java_script:
        survey.go("Verder", to="Het begin")
        survey.go("Vorige", to=GRADE)
    survey.is_saved(GRADE)
    survey.beside("Keuze wissen", GRADE).tap()
    expect(survey.option(GRADE, "2")).not_to_be_checked()
    expect(survey.status(GRADE)).to_be_empty()
    assert site.draft(link) == {}


def test_weight(site: Site, people: People) -> None:
    """A cold survey page: at most 40 KB over the wire in six requests."""
    page = people.new()
    requests, received, line = weigh(page)
    page.goto(site.invite().address, wait_until="networkidle")
    line.detach()
    print(f"\nweight {sum(received) / 1024:.1f} KB in {len(requests)} requests: {sorted(requests)}")
    assert len(received) == len(requests)
    assert sum(received) <= HEAVIEST
    assert len(requests) <= MOST_REQUESTS
    assert page.context.cookies() == []


def weigh(page: Page) -> tuple[list[str], list[int], CDPSession]:
    """Lists that fill with each address asked for and with the bytes that came over the wire."""
    requests: list[str] = []
    received: list[int] = []
    line = page.context.new_cdp_session(page)
    line.send("Network.clearBrowserCache")
    line.send("Network.enable")
    line.send("Network.setCacheDisabled", {"cacheDisabled": True})
    line.on("Network.requestWillBeSent", lambda event: requests.append(_tail(event["request"]["url"])))
    line.on("Network.loadingFinished", lambda event: received.append(int(event["encodedDataLength"])))
    return requests, received, line


def _tail(address: str) -> str:
    return re.sub(r"\.[0-9a-f]{12}\.", ".", address.rsplit("/", 1)[-1])
