"""The states of the pages where a complaint goes on: every step, its letter, and a new receipt code."""

from datetime import date, timedelta
from typing import Any

from playwright.sync_api import Page, expect

from portal import clock
from portal.complaints import letters, operations
from portal.complaints.letters import By, Kind
from portal.complaints.models import Complaint
from portal.complaints.rules import Domain, Route, Step
from portal.complaints.settings import is_holiday
from portal.complaints.terms import working_day_from
from portal.db import db, transaction
from portal.identity.rules import Role
from tests.browser.pages import AnyPage
from tests.browser.states import Scene, require, state
from tests.complaints.people import CODE, filed, kept_letter
from tests.complaints.steps.making import WHAT, held, ready

LONG = "Hottentottententententoonstellingsbezoekersvergadering " * 4
NO_LETTER = {"reach": ("phone",), "formal_by_email": False}
BY_POST = {"formal_by_email": False}
# What only the first view of a step says.
SHOWS: dict[Step, str] = {
    Step.ACKNOWLEDGE: "U laat de klager schriftelijk weten",
    Step.CALL: "Zo bereikt u de klager veilig",
    Step.SOLVE: "De klacht is samen opgelost.",
    Step.RESUME: "maar gaat toch verder",
    Step.TAKE_UP: "Wat de klager vertelde",
    Step.NOT_TAKE_UP: "U neemt de klacht niet in behandeling.",
    Step.COPY: "De klacht gaat naar",
    Step.PLAN_HEARING: "U plant het gesprek",
    Step.HOLD_HEARING: "U legt vast dat het gesprek er was",
    Step.SKIP_HEARING: "U ziet af van het gesprek.",
    Step.REPORT: "U schrijft op wat er in het gesprek is gezegd",
    Step.JUDGE: "U geeft over elk onderdeel",
    Step.TELL: "Het oordeel per onderdeel",
    Step.ANSWER: "wat zij met het oordeel",
    Step.CLOSE: "U sluit de klacht af.",
    Step.WITHDRAW: "De klager trok de klacht in",
    Step.FORWARD: "Die dag gaat mee en blijft gelden.",
    Step.COMMITTEE: "Er komt een klachtencommissie bij.",
    Step.EXTEND: "De uitkomst komt later.",
    Step.ASK_LONGER: "U vraagt de klager om meer tijd.",
    Step.AGREE_LONGER: "met een brief toestemming voor meer tijd",
    Step.NOTE: "Dit was geen klacht.",
}

require(
    {
        "complaint_steps.step": (
            *(f"{step} fresh" for step in Step),
            "call errors",
            "call without a phone",
            "judge one more part",
            "judge errors",
            "hearing on a Sunday",
            "committee errors",
            "committee for youth",
            "forward by nobody we know",
            "letter by post",
            "letter digitally",
            "letter for somebody young, by hand",
            "letter made again",
            "letter waits already",
            "changed meanwhile",
            "illegal",
            "illegal with what was typed",
            "taken up without a handler",
            "copy to nobody",
            "taken",
        ),
        "complaint_steps.letter": ("by post with the code", "to hand over", "sent", "in the other language"),
        "complaint_steps.posted": ("posted", "twice"),
        "complaint_steps.code": (
            "fresh",
            "errors",
            "no letter home",
            "shown once",
            "by letter",
            "pressed twice",
        ),
    }
)


class StepPage(AnyPage):
    """The page of a step."""

    def fill(self, **texts: str) -> "StepPage":
        for name, text in texts.items():
            self.page.locator(f"[name={name}]").fill(text)
        return self

    def choose(self, *labels: str) -> "StepPage":
        for label in labels:
            self.page.get_by_text(label, exact=True).first.click()
        return self

    def press(self, name: str) -> "StepPage":
        self.button(name).click()
        return self


def later() -> date:
    """A working day after every term."""
    return working_day_from(clock.today() + timedelta(days=150), is_holiday)


def complaint(scene: Scene, content: dict[str, Any] | None = None, **given: Any) -> Complaint:
    """A complaint that came in a week ago; call it inside the site."""
    return filed(clock.today() - timedelta(days=7), content, **given)


def before(scene: Scene, step: Step, content: dict[str, Any] | None = None, **given: Any) -> str:
    """The reference of a complaint for which the step is next."""
    with scene.site.inside():
        return ready(complaint(scene, content, **WHAT.get(step, {}) | given), step, later=later()).reference


def received(scene: Scene, content: dict[str, Any] | None = None, **given: Any) -> str:
    """The reference of a complaint that just came in."""
    with scene.site.inside():
        return complaint(scene, content, **given).reference


def at(scene: Scene, reference: str, step: Step | str) -> StepPage:
    return StepPage(scene.staff(f"/team/klachten/{reference}/stap/{step}", Role.COMPLAINTS))


def at_step(scene: Scene, step: Step, content: dict[str, Any] | None = None, **given: Any) -> StepPage:
    return at(scene, before(scene, step, content, **given), step)


def _register_fresh(step: Step) -> None:
    @state("complaint_steps.step", f"{step} fresh", shows=SHOWS[step])
    def _(scene: Scene) -> Page:
        return at_step(scene, step).page


for _step in Step:
    _register_fresh(_step)


@state("complaint_steps.step", "call errors", shows="Er zijn 2 dingen die nog niet kloppen")
def _(scene: Scene) -> Page:
    return at_step(scene, Step.CALL).fill(on="").press("Vastleggen").page


@state("complaint_steps.step", "call without a phone", shows="Wij hebben geen telefoonnummer.")
def _(scene: Scene) -> Page:
    return at_step(scene, Step.CALL, {"phone": ""}).page


@state("complaint_steps.step", "judge one more part", shows="Onderdeel 2")
def _(scene: Scene) -> Page:
    shown = at_step(scene, Step.JUDGE).fill(words_1=LONG, reasons_1=LONG).choose("deels gegrond")
    shown.press("Nog een onderdeel")
    expect(shown.page.get_by_role("heading", name="Onderdeel 2")).to_be_visible()
    return shown.page


@state("complaint_steps.step", "judge errors", shows="Schrijf ten minste één onderdeel van de klacht op.")
def _(scene: Scene) -> Page:
    return at_step(scene, Step.JUDGE).press("Vastleggen").page


@state(
    "complaint_steps.step",
    "hearing on a Sunday",
    shows="Kies voor het gesprek een dag die geen zaterdag, zondag of feestdag is",
)
def _(scene: Scene) -> Page:
    sunday = clock.today() + timedelta(days=13 - clock.today().weekday())
    shown = at_step(scene, Step.PLAN_HEARING).fill(day=sunday.isoformat(), time="14:30", place="Kamer 3")
    return shown.press("Bekijk de brief").page


@state("complaint_steps.step", "committee errors", shows="De commissie heeft ten minste 3 leden.")
def _(scene: Scene) -> Page:
    return at_step(scene, Step.COMMITTEE, domain=Domain.YOUTH).fill(names="Een").press("Bekijk de brief").page


@state("complaint_steps.step", "committee for youth", shows="met een voorzitter van buiten")
def _(scene: Scene) -> Page:
    return at_step(scene, Step.COMMITTEE, domain=Domain.YOUTH).page


@state("complaint_steps.step", "forward by nobody we know", shows="Wij weten niet wie het is")
def _(scene: Scene) -> Page:
    nobody = {"name": "", "email": "", "phone": "", "street": "", "formal_by_email": False}
    return at_step(scene, Step.FORWARD, nobody, route=Route.OTHER_ORGANISATION).page


@state("complaint_steps.step", "letter by post", shows="U print de brief en doet hem op de post.")
def _(scene: Scene) -> Page:
    shown = at_step(scene, Step.NOT_TAKE_UP, BY_POST).fill(explanation=LONG)
    shown.choose("Het belang of het gewicht is te klein").press("Bekijk de brief")
    expect(shown.field("De brief")).to_be_visible()
    return shown.page


@state("complaint_steps.step", "letter digitally", shows="De brief staat meteen klaar op de volgpagina.")
def _(scene: Scene) -> Page:
    shown = at_step(scene, Step.EXTEND).fill(reason="Iemand was ziek.").press("Bekijk de brief")
    expect(shown.field("De brief")).to_be_visible()
    return shown.page


@state("complaint_steps.step", "letter for somebody young, by hand", shows="er mag geen brief naar huis")
def _(scene: Scene) -> Page:
    given = {"young": True, "language": "en", "domain": Domain.YOUTH}
    shown = at_step(scene, Step.ACKNOWLEDGE, NO_LETTER, **given).press("Bekijk de brief")
    expect(shown.field("De brief")).to_be_visible()
    return shown.page


@state(
    "complaint_steps.step",
    "letter made again",
    shows="De brief is opnieuw gemaakt, want er is iets veranderd.",
)
def _(scene: Scene) -> Page:
    shown = at_step(scene, Step.EXTEND).fill(reason="Iemand was ziek.").press("Bekijk de brief")
    shown.field("De brief").fill("Mijn eigen brief.")
    return shown.fill(reason="Iemand is weg.").press("Bekijk de brief opnieuw").page


@state("complaint_steps.step", "letter waits already", shows="Er wacht al zo'n brief.")
def _(scene: Scene) -> Page:
    reference = received(scene, BY_POST)
    at(scene, reference, Step.ACKNOWLEDGE).press("Bekijk de brief").press("Leg vast en print")
    return at(scene, reference, Step.ACKNOWLEDGE).page


@state("complaint_steps.step", "changed meanwhile", shows="Er is intussen iets gebeurd met deze klacht.")
def _(scene: Scene) -> Page:
    reference = before(scene, Step.CALL)
    mine, theirs = at(scene, reference, Step.CALL), at(scene, reference, Step.CALL)
    theirs.choose("Niet bereikt").press("Vastleggen").is_at(reference)
    return mine.fill(note="Wil een gesprek.").choose("Gesproken").press("Vastleggen").page


@state(
    "complaint_steps.step", "illegal", shows="Het gesprek komt nadat de betrokkene de klacht heeft gekregen."
)
def _(scene: Scene) -> Page:
    return at(scene, received(scene), Step.HOLD_HEARING).page


@state("complaint_steps.step", "illegal with what was typed", shows="Dit typte u, om te bewaren")
def _(scene: Scene) -> Page:
    reference = before(scene, Step.REPORT)
    mine, theirs = at(scene, reference, Step.REPORT), at(scene, reference, Step.REPORT)
    theirs.fill(report="Hun verslag").press("Vastleggen").is_at(reference)
    return mine.fill(report=LONG).press("Vastleggen").page


@state("complaint_steps.step", "taken up without a handler", shows="Naar de mensen bij deze klacht")
def _(scene: Scene) -> Page:
    with scene.site.inside():
        made = complaint(scene)
        with transaction():
            for step in (Step.ACKNOWLEDGE, Step.CALL):
                operations.take(held(made), step, actor="test")
    return at(scene, made.reference, Step.TAKE_UP).page


@state("complaint_steps.step", "copy to nobody", shows="Noem eerst over wie de klacht gaat")
def _(scene: Scene) -> Page:
    reference = before(scene, Step.COPY)
    with scene.site.changing():
        found = db.session.scalars(
            db.select(Complaint).where(Complaint.number == int(reference.split("-")[2]))
        ).one()
        for person in found.concerned:
            db.session.delete(person)
    return at(scene, reference, Step.COPY).page


@state("complaint_steps.step", "taken", shows="Vastgelegd: Bellen.")
def _(scene: Scene) -> Page:
    reference = before(scene, Step.CALL)
    shown = at(scene, reference, Step.CALL).choose("Gesproken").press("Vastleggen")
    expect(shown.page.get_by_role("status")).to_contain_text("Vastgelegd")
    return shown.page


# ---- Letters ------------------------------------------------------------------------------


def letter_page(scene: Scene, reference: str, letter_id: int) -> StepPage:
    return StepPage(scene.staff(f"/team/klachten/{reference}/brief/{letter_id}", Role.COMPLAINTS))


def kept(
    scene: Scene,
    kind: Kind,
    by: By,
    *,
    code: bool = False,
    content: dict[str, Any] | None = None,
    **given: Any,
) -> tuple[str, int]:
    """A letter of a complaint: its reference and the letter's number."""
    with scene.site.inside():
        made = complaint(scene, content or {}, **given)
        if code:
            with transaction():
                held(made).code_sealed = CODE
        return made.reference, kept_letter(made, kind, letters.words(made, kind), by=by)


@state("complaint_steps.letter", "by post with the code", shows="0123 4567 89AB")
def _(scene: Scene) -> Page:
    return letter_page(scene, *kept(scene, Kind.ACKNOWLEDGEMENT, By.POST, code=True)).page


@state("complaint_steps.letter", "to hand over", shows="De brief is overhandigd")
def _(scene: Scene) -> Page:
    return letter_page(scene, *kept(scene, Kind.ACKNOWLEDGEMENT, By.HAND, young=True)).page


@state("complaint_steps.letter", "sent", shows="Weg sinds")
def _(scene: Scene) -> Page:
    return letter_page(scene, *kept(scene, Kind.CODE, By.DIGITAL)).page


@state("complaint_steps.letter", "in the other language", shows="Your own code")
def _(scene: Scene) -> Page:
    long_name = {"name": LONG, "street": LONG}
    found = kept(scene, Kind.ACKNOWLEDGEMENT, By.POST, code=True, content=long_name, language="en")
    return letter_page(scene, *found).page


@state("complaint_steps.posted", "posted", shows="Genoteerd: de brief is weg.")
def _(scene: Scene) -> Page:
    return letter_page(scene, *kept(scene, Kind.ACKNOWLEDGEMENT, By.POST)).press("De brief is gepost").page


@state("complaint_steps.posted", "twice", shows="Dat stond er al")
def _(scene: Scene) -> Page:
    found = kept(scene, Kind.ACKNOWLEDGEMENT, By.POST)
    mine, theirs = letter_page(scene, *found), letter_page(scene, *found)
    theirs.press("De brief is gepost").is_at(found[0])
    return mine.press("De brief is gepost").page


# ---- A new receipt code -------------------------------------------------------------------


def code_page(scene: Scene, reference: str) -> StepPage:
    return StepPage(scene.staff(f"/team/klachten/{reference}/code", Role.COMPLAINTS))


def checked(shown: StepPage, how: str = "Ik geef de code nu zelf") -> StepPage:
    shown.page.get_by_text("Ik zag aan de balie wie het is.").click()
    shown.page.get_by_text(how).click()
    return shown.press("Maak een nieuwe code")


@state("complaint_steps.code", "fresh", shows="Hoe weet u zeker dat het de klager is?")
def _(scene: Scene) -> Page:
    return code_page(scene, received(scene)).page


@state("complaint_steps.code", "errors", shows="Zonder controle komt er geen nieuwe code.")
def _(scene: Scene) -> Page:
    return code_page(scene, received(scene)).press("Maak een nieuwe code").page


@state(
    "complaint_steps.code", "no letter home", shows="Er mag geen brief naar huis, of wij hebben geen adres."
)
def _(scene: Scene) -> Page:
    return code_page(scene, received(scene, NO_LETTER)).page


@state("complaint_steps.code", "shown once", shows="Deze code staat hier één keer.")
def _(scene: Scene) -> Page:
    shown = checked(code_page(scene, received(scene)))
    shown.is_at("De nieuwe code")
    return shown.page


@state("complaint_steps.code", "by letter", shows="De nieuwe code komt op deze brief te staan.")
def _(scene: Scene) -> Page:
    shown = checked(code_page(scene, received(scene)), "Met een brief naar het adres")
    shown.is_at("Nieuwe volgcode")
    return shown.page


@state("complaint_steps.code", "pressed twice", shows="Er is net een nieuwe code gemaakt")
def _(scene: Scene) -> Page:
    reference = received(scene)
    mine, theirs = code_page(scene, reference), code_page(scene, reference)
    checked(theirs).is_at("De nieuwe code")
    return checked(mine).page
