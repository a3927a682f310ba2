"""The states of the addresses about complaints: where do I go."""

from collections.abc import Mapping
from urllib.parse import urlencode

from playwright.sync_api import Page

from portal import clock
from tests.browser.filing import STALE, spoil
from tests.browser.pages import AnyPage
from tests.browser.states import Scene, require, state

require(
    {
        "filing.start": (
            "first question",
            "first question young",
            "who",
            "which help",
            "when sent",
            "no day",
            "complaint",
            "complaint young",
            "youth help with a committee",
            "without his knowing",
            "with a mandate",
            "with his knowing",
            "objection in time",
            "objection of long ago",
            "objection without a day",
            "another organisation",
            "signal",
            "talk",
            "danger",
            "danger young",
            "english question",
            "english end",
            "stale mark",
        ),
    }
)


def way(scene: Scene, **answers: str) -> Page:
    return scene.visit(f"/klacht?{urlencode(answers)}")


WAYS: Mapping[str, tuple[dict[str, str], str]] = {
    "first question": ({}, "Ik ben jonger dan 18"),
    "first question young": ({"jong": "ja"}, "Ik ben 18 of ouder"),
    "who": ({"wat": "klacht"}, "Voor mijzelf"),
    "which help": ({"wat": "klacht", "wie": "ik"}, "Hulp voor een volwassene"),
    "when sent": ({"wat": "bezwaar"}, "Datum boven aan de brief"),
    "no day": ({"wat": "bezwaar", "datum": "morgen"}, "Er is iets dat nog niet klopt"),
    "complaint": ({"wat": "klacht", "wie": "ik", "hulp": "volwassenen"}, "Schrijf uw klacht op"),
    "complaint young": ({"wat": "klacht", "wie": "ik", "jong": "ja"}, "Schrijf je klacht op"),
    "youth help with a committee": (
        {"wat": "klacht", "wie": "ik", "hulp": "jeugd"},
        "Een klachtencommissie van minstens drie mensen. De voorzitter werkt niet bij ons of voor ons.",
    ),
    "without his knowing": (
        {"wat": "klacht", "wie": "weet-het-niet", "hulp": "jeugd"},
        "Weet die ander het niet?",
    ),
    "with a mandate": (
        {"wat": "klacht", "wie": "machtiging", "hulp": "onbekend"},
        "Heeft u de machtiging op papier? Maak er een foto van en stuur die mee als bijlage. Later mag ook.",
    ),
    "with his knowing": (
        {"wat": "klacht", "wie": "weet-het", "hulp": "onbekend"},
        "Fijn dat u iemand helpt. Wij vragen die ander soms of het klopt dat hij of zij het weet.",
    ),
    "objection in time": (
        {"wat": "bezwaar", "datum": f"{clock.today():%d-%m-%Y}"},
        "Zorg dat wij uw bezwaar hebben op",
    ),
    "objection of long ago": ({"wat": "bezwaar", "datum": "1-2-2019"}, "De gewone termijn liep tot en met"),
    "objection without a day": ({"wat": "bezwaar", "datum": ""}, "Schrijf uw bezwaar op"),
    "another organisation": ({"wat": "ander"}, "Een klacht over een andere organisatie"),
    "signal": ({"wat": "signaal"}, "Een signaal zonder naam"),
    "talk": ({"wat": "praten"}, "Praten met iemand die naar u luistert"),
    "danger": ({"wat": "gevaar"}, "Is er nu gevaar? Bel meteen"),
    "danger young": ({"wat": "gevaar", "jong": "ja"}, "Hulp bij je klacht?"),
    "english question": ({"taal": "en"}, "Nederlands"),
    "english end": ({"wat": "praten", "taal": "en"}, "Nederlands"),
}


def _reaches(answers: dict[str, str]):  # type: ignore[no-untyped-def]
    return lambda scene: way(scene, **answers)


for _name, (_answers, _shows) in WAYS.items():
    state("filing.start", _name, shows=_shows)(_reaches(_answers))


@state("filing.start", "stale mark", shows=STALE)
def _(scene: Scene) -> Page:
    shown = AnyPage(way(scene, **WAYS["complaint"][0]))
    spoil(shown.page)
    shown.button("Schrijf uw klacht op").click()
    return shown.page
