"""The states of the addresses about complaints: following."""

import secrets
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from portal.complaints import operations
from portal.complaints.letters import Kind
from portal.complaints.models import Attachment, Complaint
from portal.complaints.rules import Domain, NotTakenUp, Route, Step
from portal.crypto import keyring
from portal.identity.rules import Role
from tests.browser.pages import AnyPage
from tests.browser.states import Scene, require, state
from tests.complaints.following import follower
from tests.complaints.people import CODE, filed, kept_letter, staff, taken

HOME = "/klacht/volgen"
WORDS = "Ik wil graag weten wie het verslag heeft gelezen."
LETTER = "Beste lezer,\n\nWij vonden dat de klacht gegrond is.\n\n- Het verslag: gegrond.\n\nMet groet"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)

require(
    {
        "following.follow": (
            "fresh",
            "english",
            "empty",
            "wrong",
            "too many tries",
            "without cookies",
            "ended meanwhile",
            "closed",
            "received",
            "in progress",
            "many",
            "late",
            "extended",
            "asked for more time",
            "with a committee",
            "young",
            "young with a committee",
            "english inside",
            "objection",
            "signal",
            "passed on",
            "outcome",
            "outcome by hand",
            "outcome on its way",
            "answer of the organisation",
            "not taken up",
            "solved together",
            "withdrawn",
            "words carried on",
        ),
        "following.letter": ("outcome", "young", "english", "to hand over", "of another"),
        "following.solved": ("no choice", "answered"),
        "following.copy": ("downloaded",),
        "following.attachment": ("downloaded",),
        "following.close": ("closed",),
    }
)


def made(scene: Scene, make: Callable[..., Complaint], *args: Any, **given: Any) -> str:
    """The reference of a complaint that is made behind the scenes."""
    with scene.site.inside():
        return make(*args, **given).reference


def enter(page: Page, reference: str, code: str = CODE) -> AnyPage:
    shown = AnyPage(page)
    shown.field("Kenmerk").fill(reference)
    shown.field("Ontvangstcode").fill(code)
    page.get_by_role("button", name="Bekijk mijn klacht").click()
    return shown


def inside(scene: Scene, make: Callable[..., Complaint], *args: Any, **given: Any) -> AnyPage:
    """Somebody typed reference and code, and is on the follow page."""
    reference = made(scene, make, *args, **given)
    shown = enter(scene.visit(HOME), reference)
    expect(shown.heading).to_contain_text(reference)
    return shown


def opened(scene: Scene, address: str, make: Callable[..., Complaint], *args: Any, **given: Any) -> AnyPage:
    shown = inside(scene, make, *args, **given)
    # A complaint in another language says so in its own links; an address typed by hand says nothing.
    shown.page.goto(scene.site.address + HOME + address)
    return shown


def forget(shown: AnyPage) -> None:
    """The half hour is over."""
    shown.page.context.clear_cookies()


def follow_another(scene: Scene, shown: AnyPage, **given: Any) -> str:
    """Another tab of the same browser opens another complaint meanwhile; its reference."""
    reference = made(scene, filed, **given)
    forget(shown)
    tab = shown.page.context.new_page()
    tab.goto(scene.site.address + HOME)
    expect(enter(tab, reference).heading).to_contain_text(reference)
    tab.close()
    return reference


def send(shown: AnyPage, words: str) -> None:
    shown.field("Bericht").fill(words)
    shown.button("Verstuur").click()


def downloads(shown: AnyPage, link: str) -> Page:
    with shown.page.expect_download() as download:
        shown.link(link).click()
    assert download.value.path().stat().st_size
    return shown.page


# The door.


@state("following.follow", "fresh", shows="Code kwijt?")
def _(scene: Scene) -> Page:
    return scene.visit(HOME)


@state("following.follow", "english", shows="Nederlands")
def _(scene: Scene) -> Page:
    page = scene.visit(HOME)
    AnyPage(page).field("Kenmerk").fill("KL-2026-0001")
    AnyPage(page).button("English").click()
    expect(page.get_by_role("textbox").first).to_have_value("KL-2026-0001")
    return page


@state("following.follow", "empty", shows="Vul het nummer in. Het begint met KL.")
def _(scene: Scene) -> Page:
    return enter(scene.visit(HOME), "", "").page


@state("following.follow", "wrong", shows="Dit nummer en deze code horen niet bij elkaar.")
def _(scene: Scene) -> Page:
    return enter(scene.visit(HOME), "KL-2026-9999", "000000000000").page


@state("following.follow", "too many tries", shows="Er kwamen te veel pogingen achter elkaar.")
def _(scene: Scene) -> Page:
    scene.site.guess("complaint")
    return enter(scene.visit(HOME), "KL-2026-9999").page


@state("following.follow", "without cookies", shows="uw browser bewaarde geen cookie")
def _(scene: Scene) -> Page:
    reference = made(scene, filed)
    page = scene.visit(HOME)
    page.route(
        f"**{HOME}",
        lambda route: (
            route.fulfill(status=303, headers={"Location": f"{HOME}?binnen=1"})
            if route.request.method == "POST"
            else route.continue_()
        ),
    )
    return enter(page, reference).page


@state(
    "following.follow",
    "ended meanwhile",
    shows="Na een half uur zonder iets te doen gaat de pagina vanzelf dicht, en in elk geval na vier uur.",
)
def _(scene: Scene) -> Page:
    shown = inside(scene, filed)
    forget(shown)
    shown.link("Stuur een bericht").click()
    return shown.page


@state("following.follow", "closed", shows="De pagina is dicht op dit apparaat.")
def _(scene: Scene) -> Page:
    shown = inside(scene, filed)
    shown.button("Sluit deze pagina af").click()
    return shown.page


# The follow page.


@state("following.follow", "received", shows="U hoort ons oordeel uiterlijk")
def _(scene: Scene) -> Page:
    return inside(scene, filed).page


def with_everything() -> Complaint:
    """A hearing planned, a theme, messages not read, letters and files."""
    complaint = follower.planned()
    coordinator = staff(Role.COMPLAINTS)
    kept_letter(complaint, Kind.ACKNOWLEDGEMENT, LETTER)
    kept_letter(complaint, Kind.HEARING, LETTER)
    follower.answered_by(complaint, coordinator, "Wij bellen u morgen.", secrets.token_hex(8))
    with follower.transaction():
        held = operations.locked(complaint.public_id)
        assert held is not None
        held.theme = "recording"
        for name in ("Verslag van het eerste gesprek met een heel erg lange naam.png", "foto.png"):
            sealed = keyring().encrypt_bytes(PNG)
            attachment = Attachment(
                public_id=secrets.token_hex(8), name=name, kind="png", size=len(PNG), sealed=sealed
            )
            held.attachments.append(attachment)
    return complaint


@state("following.follow", "in progress", shows="Waar en hoe laat, of: dit lukt niet")
def _(scene: Scene) -> Page:
    return inside(scene, follower.planned).page


@state("following.follow", "many", shows="Er is 1 nieuw bericht voor u")
def _(scene: Scene) -> Page:
    return inside(scene, with_everything).page


@state("following.follow", "late", shows="We zijn te laat.")
def _(scene: Scene) -> Page:
    return inside(scene, follower.late).page


def extended() -> Complaint:
    return taken(follower.called(), Step.EXTEND, details={"why": "Er is iemand ziek."})


@state("following.follow", "extended", shows="Zo uitstellen mag één keer.")
def _(scene: Scene) -> Page:
    return inside(scene, extended).page


@state("following.follow", "asked for more time", shows="We vragen u om meer tijd. U beslist")
def _(scene: Scene) -> Page:
    return inside(scene, follower.asked_longer).page


def with_committee(**given: Any) -> Complaint:
    return taken(follower.called(**given), Step.COMMITTEE)


@state("following.follow", "with a committee", shows="Een klachtencommissie denkt mee.")
def _(scene: Scene) -> Page:
    return inside(scene, with_committee).page


@state("following.follow", "young", shows="Je hoort ons oordeel uiterlijk")
def _(scene: Scene) -> Page:
    return inside(scene, filed, young=True).page


@state(
    "following.follow",
    "young with a committee",
    shows="Je hoort het oordeel van de klachtencommissie uiterlijk",
)
def _(scene: Scene) -> Page:
    return inside(scene, with_committee, **follower.YOUTH).page


@state("following.follow", "english inside", shows="Nederlands")
def _(scene: Scene) -> Page:
    return inside(scene, with_committee, language="en").page


@state("following.follow", "objection", shows="We sturen het door uiterlijk")
def _(scene: Scene) -> Page:
    return inside(scene, filed, route=Route.OBJECTION).page


@state("following.follow", "signal", shows="We lezen het uiterlijk")
def _(scene: Scene) -> Page:
    return inside(scene, filed, route=Route.SIGNAL).page


def passed_on() -> Complaint:
    return taken(filed(route=Route.OBJECTION), Step.ACKNOWLEDGE, Step.FORWARD, details={"to": "de gemeente"})


@state("following.follow", "passed on", shows="Wie het kreeg, neemt contact met u op.")
def _(scene: Scene) -> Page:
    return inside(scene, passed_on).page


def with_outcome(**given: Any) -> Complaint:
    complaint = follower.told(**given)
    kept_letter(complaint, Kind.OUTCOME, LETTER)
    return complaint


BY_HAND = {"formal_by_email": False, "reach": ("email",)}
BY_POST = {"formal_by_email": False}


@state("following.follow", "outcome by hand", shows="De brief zelf geven we u.")
def _(scene: Scene) -> Page:
    return inside(scene, with_outcome, content=BY_HAND).page


@state("following.follow", "outcome on its way", shows="De brief is onderweg.")
def _(scene: Scene) -> Page:
    return inside(scene, with_outcome, content=BY_POST).page


@state("following.follow", "outcome", shows="Niet tevreden?")
def _(scene: Scene) -> Page:
    return inside(scene, with_outcome).page


@state("following.follow", "answer of the organisation", shows="Het oordeel is er.")
def _(scene: Scene) -> Page:
    return inside(scene, with_outcome, domain=Domain.YOUTH).page


@state("following.follow", "not taken up", shows="Het gebeurde meer dan een jaar voor de klacht.")
def _(scene: Scene) -> Page:
    assert NotTakenUp.OVER_A_YEAR == "over_a_year"
    return inside(scene, follower.not_taken_up).page


def solved_together() -> Complaint:
    return taken(follower.called(), Step.SOLVE)


@state("following.follow", "solved together", shows="Is het voor u opgelost?")
def _(scene: Scene) -> Page:
    return inside(scene, solved_together).page


@state("following.follow", "withdrawn", shows="U bent gestopt. We laten het weten aan wie eraan werkte.")
def _(scene: Scene) -> Page:
    shown = inside(scene, filed)
    shown.link("Trek mijn klacht in").click()
    shown.is_at("Wilt u uw klacht intrekken?")
    shown.button("Ja, trek in").click()
    return shown.page


@state("following.follow", "words carried on", shows="Wat u typte staat er nog. Druk op Verstuur.")
def _(scene: Scene) -> Page:
    reference = made(scene, filed)
    shown = message_after_the_end(scene, reference)
    shown.field("Kenmerk").fill(reference)
    shown.field("Ontvangstcode").fill(CODE)
    shown.button("Verder met wat ik typte").click()
    expect(shown.field("Bericht")).to_have_value(WORDS)
    return shown.page


def message_after_the_end(scene: Scene, reference: str) -> AnyPage:
    shown = enter(scene.visit(HOME), reference)
    shown.link("Stuur een bericht").click()
    shown.is_at("Berichten")
    forget(shown)
    send(shown, WORDS)
    return shown


# Letters, and what came of it.


def _letter(scene: Scene, **given: Any) -> Page:
    shown = inside(scene, with_outcome, **given)
    shown.page.locator(".files a").first.click()
    return shown.page


@state("following.letter", "outcome", shows="Wij vonden dat de klacht gegrond is.")
def _(scene: Scene) -> Page:
    return _letter(scene)


@state("following.letter", "young", shows="Je kunt deze bladzijde printen")
def _(scene: Scene) -> Page:
    return _letter(scene, young=True)


@state("following.letter", "english", shows="Nederlands")
def _(scene: Scene) -> Page:
    return _letter(scene, language="en")


@state("following.letter", "to hand over", shows="Dit is een kopie om hier te lezen.")
def _(scene: Scene) -> Page:
    return _letter(scene, content=BY_HAND)


@state("following.letter", "of another", shows="Deze pagina is er niet")
def _(scene: Scene) -> Page:
    with scene.site.inside():
        other = kept_letter(filed(), Kind.OUTCOME, LETTER)
    return opened(scene, f"/brief/{other}", filed).page


@state("following.solved", "no choice", shows="Kies ja, voor een deel of nee.")
def _(scene: Scene) -> Page:
    shown = inside(scene, with_outcome)
    shown.button("Bewaar dit antwoord").click()
    return shown.page


@state("following.solved", "answered", shows="Dank u wel. Dat is bewaard.")
def _(scene: Scene) -> Page:
    shown = inside(scene, with_outcome)
    shown.page.get_by_role("radio", name="Voor een deel").check()
    shown.button("Bewaar dit antwoord").click()
    expect(shown.page.get_by_role("radio", name="Voor een deel")).to_be_checked()
    return shown.page


@state("following.copy", "downloaded", shows="Bewaar een kopie van alles")
def _(scene: Scene) -> Page:
    return downloads(inside(scene, filed), "Bewaar een kopie van alles")


@state("following.attachment", "downloaded", shows="foto.png")
def _(scene: Scene) -> Page:
    return downloads(inside(scene, with_everything), "foto.png")


@state("following.close", "closed", shows="De pagina is dicht op dit apparaat.")
def _(scene: Scene) -> Page:
    shown = inside(scene, filed)
    shown.button("Sluit deze pagina af").click()
    return shown.page
