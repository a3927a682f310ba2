"""The states of the addresses about complaints: writing, the hearing, more time, withdrawing."""

import secrets
from typing import Any

from playwright.sync_api import Page, expect

from portal import clock
from portal.complaints import messages, operations
from portal.complaints.models import Complaint
from portal.complaints.rules import Step
from portal.identity.rules import Role
from tests.browser.pages import AnyPage
from tests.browser.states import Scene, require, state
from tests.browser.states_complaints_following import (
    WORDS,
    downloads,
    follow_another,
    forget,
    made,
    message_after_the_end,
    opened,
    send,
    with_outcome,
)
from tests.complaints.following import follower
from tests.complaints.people import CODE, filed, staff, taken

require(
    {
        "following.messages": (
            "none",
            "many",
            "sent",
            "young",
            "english",
            "empty",
            "too long",
            "stale mark",
            "ended meanwhile",
            "another complaint meanwhile",
            "words of another complaint",
            "after the end",
        ),
        "following.hearing": (
            "none",
            "planned",
            "young",
            "english",
            "told",
            "too long",
            "over",
            "ended meanwhile",
        ),
        "following.hearing_calendar": ("downloaded",),
        "following.longer": ("not asked", "asked", "no choice", "agreed", "refused", "young", "english"),
        "following.withdraw": (
            "fresh",
            "young",
            "english",
            "too late",
            "ended meanwhile",
            "another complaint meanwhile",
        ),
    }
)


# Messages.


@state("following.messages", "none", shows="Er zijn nog geen berichten.")
def _(scene: Scene) -> Page:
    return opened(scene, "/berichten", filed).page


def talked(**given: Any) -> Complaint:
    """Many messages both ways, one very long word among them."""
    complaint = filed(**given)
    coordinator = staff(Role.COMPLAINTS)
    for number in range(6):
        key = secrets.token_hex(8)
        if number % 2:
            follower.answered_by(complaint, coordinator, f"Antwoord {number}.\n" + "Wij lezen mee. " * 9, key)
            continue
        with follower.transaction():
            held = operations.locked(complaint.public_id)
            assert held is not None
            messages.say(held, f"{WORDS}\n\n{'verslag' * 12}", request_key=key, author=None)
    return complaint


@state("following.messages", "many", shows="Naar het einde: zelf iets schrijven")
def _(scene: Scene) -> Page:
    return opened(scene, "/berichten", talked).page


@state("following.messages", "sent", shows="Uw bericht is verstuurd. Ons antwoord komt hier te staan.")
def _(scene: Scene) -> Page:
    shown = opened(scene, "/berichten", filed)
    send(shown, WORDS)
    expect(shown.page.get_by_text("Uw bericht is verstuurd.")).to_be_in_viewport()
    return shown.page


@state("following.messages", "young", shows="Hier zie je wat je ons schrijft")
def _(scene: Scene) -> Page:
    return opened(scene, "/berichten", filed, young=True).page


@state("following.messages", "english", shows="Nederlands")
def _(scene: Scene) -> Page:
    return opened(scene, "/berichten", talked, language="en").page


@state("following.messages", "empty", shows="Typ eerst een bericht.")
def _(scene: Scene) -> Page:
    shown = opened(scene, "/berichten", filed)
    send(shown, "")
    return shown.page


@state(
    "following.messages", "too long", shows="Dit is te lang: er passen 5000 letters in, en dit zijn er 5001."
)
def _(scene: Scene) -> Page:
    shown = opened(scene, "/berichten", filed)
    send(shown, "a" * 5001)
    expect(shown.field("Bericht")).to_have_value("a" * 5001)
    return shown.page


@state("following.messages", "stale mark", shows="Deze pagina stond lang open")
def _(scene: Scene) -> Page:
    shown = opened(scene, "/berichten", filed)
    shown.page.locator("#mark").evaluate("field => { field.value = 'stale'; }")
    send(shown, WORDS)
    expect(shown.field("Bericht")).to_have_value(WORDS)
    return shown.page


@state("following.messages", "ended meanwhile", shows="Wat u typte is niet weg.")
def _(scene: Scene) -> Page:
    shown = message_after_the_end(scene, made(scene, filed))
    expect(shown.field("Dit typte u net")).to_have_value(WORDS)
    return shown.page


@state("following.messages", "another complaint meanwhile", shows="U volgt nu een andere klacht")
def _(scene: Scene) -> Page:
    shown = opened(scene, "/berichten", filed)
    follow_another(scene, shown)
    send(shown, WORDS)
    expect(shown.field("Dit typte u net")).to_have_value(WORDS)
    return shown.page


@state("following.messages", "words of another complaint", shows="Wat u typte, hoort bij een andere klacht.")
def _(scene: Scene) -> Page:
    shown = opened(scene, "/berichten", filed)
    other = follow_another(scene, shown)
    send(shown, WORDS)
    shown.field("Kenmerk").fill(other)
    shown.field("Ontvangstcode").fill(CODE)
    shown.button("Verder met wat ik typte").click()
    expect(shown.field("Dit typte u net")).to_have_value(WORDS)
    return shown.page


@state("following.messages", "after the end", shows="Schrijf een bericht")
def _(scene: Scene) -> Page:
    return opened(scene, "/berichten", with_outcome).page


# The hearing.

TOO_SOON = "Op dinsdag kan ik niet. Vrijdagochtend wel."


@state("following.hearing", "none", shows="Er is nog geen gesprek gepland.")
def _(scene: Scene) -> Page:
    return opened(scene, "/gesprek", filed).page


@state("following.hearing", "planned", shows="Om 14.30 uur")
def _(scene: Scene) -> Page:
    return opened(scene, "/gesprek", follower.planned).page


@state("following.hearing", "young", shows="Zet het in je agenda")
def _(scene: Scene) -> Page:
    return opened(scene, "/gesprek", follower.planned, young=True).page


@state("following.hearing", "english", shows="Nederlands")
def _(scene: Scene) -> Page:
    return opened(scene, "/gesprek", follower.planned, language="en").page


def _cannot_come(scene: Scene, words: str) -> AnyPage:
    shown = opened(scene, "/gesprek", follower.planned)
    shown.field("Wat lukt er niet, en wanneer kan het wel?").fill(words)
    shown.button("Dit lukt mij niet").click()
    return shown


@state("following.hearing", "told", shows="We weten dat het niet lukt.")
def _(scene: Scene) -> Page:
    return _cannot_come(scene, TOO_SOON).page


@state(
    "following.hearing", "too long", shows="Dit is te lang: er passen 5000 letters in, en dit zijn er 5001."
)
def _(scene: Scene) -> Page:
    return _cannot_come(scene, "a" * 5001).page


def been() -> Complaint:
    return taken(follower.planned(at=clock.now()), Step.HOLD_HEARING)


@state("following.hearing", "over", shows="Het gesprek stond op")
def _(scene: Scene) -> Page:
    return opened(scene, "/gesprek", been).page


@state("following.hearing", "ended meanwhile", shows="Wat u typte is niet weg.")
def _(scene: Scene) -> Page:
    shown = opened(scene, "/gesprek", follower.planned)
    forget(shown)
    shown.field("Wat lukt er niet, en wanneer kan het wel?").fill(TOO_SOON)
    shown.button("Dit lukt mij niet").click()
    return shown.page


@state("following.hearing_calendar", "downloaded", shows="In uw agenda staat alleen het woord gesprek")
def _(scene: Scene) -> Page:
    return downloads(opened(scene, "/gesprek", follower.planned), "Zet het in uw agenda")


# More time.


@state("following.longer", "not asked", shows="We vragen u nu niet om meer tijd.")
def _(scene: Scene) -> Page:
    return opened(scene, "/meer-tijd", filed).page


@state("following.longer", "asked", shows="U beslist.")
def _(scene: Scene) -> Page:
    return opened(scene, "/meer-tijd", follower.asked_longer).page


def _answer(scene: Scene, choice: str) -> AnyPage:
    shown = opened(scene, "/meer-tijd", follower.asked_longer)
    if choice:
        shown.page.get_by_role("radio", name=choice).check()
    shown.button("Verstuur mijn antwoord").click()
    return shown


@state("following.longer", "no choice", shows="Kies ja of nee.")
def _(scene: Scene) -> Page:
    return _answer(scene, "").page


@state("following.longer", "agreed", shows="U zei ja. Dank u wel.")
def _(scene: Scene) -> Page:
    return _answer(scene, "Ja, dat mag").page


@state("following.longer", "refused", shows="U zei nee. Dat is in orde")
def _(scene: Scene) -> Page:
    return _answer(scene, "Nee, dat wil ik niet").page


@state("following.longer", "young", shows="Jij beslist.")
def _(scene: Scene) -> Page:
    return opened(scene, "/meer-tijd", follower.asked_longer, young=True).page


@state("following.longer", "english", shows="Nederlands")
def _(scene: Scene) -> Page:
    return opened(scene, "/meer-tijd", follower.asked_longer, language="en").page


# Withdrawing.


@state("following.withdraw", "fresh", shows="Dat mag altijd. U hoeft niet te zeggen waarom.")
def _(scene: Scene) -> Page:
    return opened(scene, "/intrekken", filed).page


@state("following.withdraw", "young", shows="Wil je je klacht intrekken?")
def _(scene: Scene) -> Page:
    return opened(scene, "/intrekken", filed, young=True).page


@state("following.withdraw", "english", shows="Nederlands")
def _(scene: Scene) -> Page:
    return opened(scene, "/intrekken", filed, language="en").page


@state("following.withdraw", "too late", shows="Intrekken kan niet meer")
def _(scene: Scene) -> Page:
    return opened(scene, "/intrekken", with_outcome).page


@state("following.withdraw", "ended meanwhile", shows="Wat u typte is niet weg.")
def _(scene: Scene) -> Page:
    shown = opened(scene, "/intrekken", filed)
    forget(shown)
    shown.field("Waarom? Dit hoeft niet.").fill("Het is opgelost.")
    shown.button("Ja, trek in").click()
    return shown.page


@state("following.withdraw", "another complaint meanwhile", shows="Je volgt nu een andere klacht")
def _(scene: Scene) -> Page:
    shown = opened(scene, "/intrekken", filed)
    follow_another(scene, shown, young=True)
    shown.button("Ja, trek in").click()
    return shown.page
