"""The pages as people see them: found by role and by words, never by a class."""

import re

from playwright.sync_api import Locator, Page, expect

# The intake survey as an adult gets it: the questions of each page.
GRADE = "Welk cijfer geeft u ons tot nu toe?"
START = (
    "Ik wist waar ik hulp kon vragen.",
    "Het eerste gesprek kwam snel genoeg.",
    "De medewerker nam mij serieus.",
)
MEETING = (
    "De medewerker begreep mij.",
    "Ik kon alles vertellen wat ik belangrijk vond.",
    "Ik weet wat er nu gaat gebeuren.",
)
WENT_WELL, COULD_BE_BETTER = "Wat ging er goed?", "Wat kan er beter?"
AGREE = "Mee eens"


class AnyPage:
    """What every page has."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @property
    def heading(self) -> Locator:
        return self.page.get_by_role("heading", level=1)

    @property
    def summary(self) -> Locator:
        """The errors together, at the top."""
        return self.page.get_by_role("alert").filter(has=self.page.get_by_role("heading", level=2))

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def link(self, name: str) -> Locator:
        return self.page.get_by_role("link", name=name, exact=True)

    def field(self, label: str) -> Locator:
        return self.page.get_by_role("textbox", name=label, exact=True)

    def is_at(self, heading: str | re.Pattern[str]) -> None:
        """Wait until the page with this heading is there."""
        expect(self.heading).to_have_text(heading)


class SurveyPage(AnyPage):
    """A page with questions. Counts what a thumb does, and the pages it meets."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.taps = 0
        self.seen: list[str] = []

    def open(self, address: str) -> "SurveyPage":
        self.page.goto(address)
        return self

    def tap(self, target: Locator) -> None:
        self.taps += 1
        target.tap()

    def look(self) -> None:
        """Note which page this is, in its own words."""
        words = self.page.get_by_text(re.compile(r"^Vraag \d+( en| tot en met)? ?\d* van \d+$"))
        text = words.first.inner_text()
        if text not in self.seen:
            self.seen.append(text)

    def question(self, text: str) -> Locator:
        """A closed question; on a page with more of them the name begins with its number."""
        return self.page.get_by_role("group", name=re.compile(re.escape(text) + "$"))

    def beside(self, action: str, question: str) -> Locator:
        """A small button at a question, such as "Keuze wissen"."""
        name = re.compile(f"^{re.escape(action)}\\s?: {re.escape(question)}$")
        return self.page.get_by_role("button", name=name)

    def option(self, question: str, label: str) -> Locator:
        return self.question(question).get_by_role("radio", name=label, exact=True)

    def choose(self, question: str, label: str) -> None:
        """Tap the card or the key of an answer."""
        named = self.page.get_by_role("radio", name=label, exact=True)
        self.tap(self.question(question).locator("label").filter(has=named))
        expect(self.option(question, label)).to_be_checked()

    def status(self, question: str) -> Locator:
        """What stands beside a closed question about saving."""
        return self.question(question).get_by_role("status")

    def is_saved(self, question: str) -> None:
        expect(self.status(question)).to_contain_text("Bewaard")

    def text(self, label: str) -> Locator:
        return self.page.get_by_role("textbox", name=label, exact=True)

    def go(self, button: str, *, to: str | re.Pattern[str]) -> None:
        """Press a button at the end and wait for the page it brings."""
        self.look()
        self.tap(self.button(button))
        self.is_at(to)

    def closed_answers(self, label: str = AGREE, grade: str = "8") -> None:
        """All closed questions of the intake survey, up to the page with the open ones."""
        self.choose(GRADE, grade)
        self.go("Verder", to="Het begin")
        for question in START:
            self.choose(question, label)
        self.go("Verder", to="Het eerste gesprek")
        for question in MEETING:
            self.choose(question, label)
        self.go("Verder", to="In eigen woorden")

    def send(self) -> None:
        self.go("Versturen", to="Dank u wel. Hier leren wij van.")


class EnterPage(AnyPage):
    """Typing the code of a letter."""

    def enter(self, code: str) -> None:
        self.field("Uw code").fill(code)
        self.button("Open mijn vragen").click()


class CallPage(AnyPage):
    """Asking to be called instead."""

    NAME, PHONE = "Naam", "Telefoonnummer"

    def ask(self, name: str, phone: str, when: str | None = None) -> None:
        self.field(self.NAME).fill(name)
        self.field(self.PHONE).fill(phone)
        if when:
            self.page.get_by_role("radio", name=when, exact=True).check()
        self.button("Bel mij").click()


class OptOutPage(AnyPage):
    """No more messages."""

    def opt_out(self) -> None:
        self.button("Stuur mij niets meer").click()


class OthersPage(AnyPage):
    """Links for others in the family."""

    def make(self, whom: str | None) -> None:
        if whom:
            self.page.get_by_role("radio", name=whom, exact=True).check()
        self.button("Maak een link").click()

    def address(self, number: int) -> str:
        """The address of a link, as it is read from the page."""
        listed = self.page.get_by_role("region", name=re.compile(f"^Link {number}, "))
        return listed.get_by_text(re.compile(r"^https?://")).inner_text()


class SignInPage(AnyPage):
    """The two steps of signing in."""

    def first_step(self, address: str, email: str, password: str) -> None:
        self.page.goto(f"{address}/team/inloggen")
        self.field("E-mailadres").fill(email)
        self.page.get_by_label("Wachtwoord", exact=True).fill(password)
        self.button("Verder").click()

    def second_step(self, code: str) -> None:
        self.is_at("Vul de code uit uw app in")
        self.field("Code uit de app").fill(code)
        self.button("Inloggen").click()


class PaperPage(AnyPage):
    """Typing in a paper."""

    def open(self, address: str, *, moment: str, perspective: str) -> None:
        self.page.goto(f"{address}/team/papier")
        self.page.get_by_role("combobox", name="Welk papier is het?").select_option(label=moment)
        self.page.get_by_role("combobox", name="Wie vulde het in?").select_option(label=perspective)
        self.button("Invoeren").click()
        self.is_at("Papier invoeren")

    def choose(self, question: str, label: str) -> None:
        group = self.page.get_by_role("group", name=question, exact=True)
        group.get_by_role("radio", name=label, exact=True).check()

    def keep(self) -> None:
        self.button("Bewaren en volgende").click()


def focused(page: Page) -> str:
    """What has the focus, as a screen reader would name it: role and words."""
    found: str = page.evaluate(
        """() => {
          const at = document.activeElement;
          if (!at || at === document.body) return "";
          if (at.matches("input[type=radio], input[type=checkbox]")) return at.value;
          const label = at.labels && at.labels[0];
          return (label || at).textContent.trim().replace(/\\s+/g, " ");
        }"""
    )
    return found


def focus_shows(page: Page) -> bool:
    """Whether the focus can be seen: a line of two pixels or more around the control, inside the window."""
    seen: bool = page.evaluate(
        """() => {
          const at = document.activeElement;
          const box = at.getBoundingClientRect();
          const inside = box.bottom > 0 && box.top < innerHeight && box.width > 0;
          return inside && [at, at.closest("label")].some(part => {
            if (!part) return false;
            const style = getComputedStyle(part);
            return style.opacity !== "0" && style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
          });
        }"""
    )
    return seen
