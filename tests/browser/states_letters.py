"""The states of the pages about letters. On a portal of its own day one, and wiped afterwards."""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from playwright.sync_api import Page, expect
from sqlalchemy import delete, select

from portal import clock
from portal.db import db
from portal.outbox import operations as outbox
from portal.outbox.models import Message
from portal.outbox.rules import Channel
from portal.surveys.answering.queries import code_of, link_of
from portal.surveys.inviting import asking
from portal.surveys.inviting.models import Contact
from portal.surveys.models import Invitation
from portal.surveys.rules import Perspective
from tests.browser.pages import AnyPage
from tests.browser.site import Site
from tests.browser.states import Scene, state
from tests.surveys.inviting.people import person

LETTERS = "/team/uitnodigingen/brieven"


@dataclass(frozen=True)
class Letter:
    """A letter that waits, and what it leads to."""

    id: int
    code: str
    link: str


class LettersPage(AnyPage):
    """The page about letters."""

    def make(self) -> None:
        self.button("Maak een stapel").click()
        expect(self.page.get_by_role("status")).to_contain_text("De stapel ligt klaar.")

    def print(self) -> None:
        self.page.get_by_role("link", name="Printen").click()
        expect(self.heading).to_contain_text("Stapel")

    def posted(self) -> None:
        self.page.locator("summary").first.click()
        self.page.get_by_role("button", name="Ze zijn gepost").click()

    def undo(self) -> None:
        self.page.locator("summary").filter(has_text="Niet gepost?").first.click()
        self.page.get_by_role("button", name="Toch niet").click()

    def take_out(self, number: int) -> None:
        self.page.get_by_role("button", name=f"Deze brief kan niet weg Brief {number} van").click()

    def came_back(self, code: str) -> None:
        self.field("Code in de brief").fill(code)
        self.button("Deze kwam terug").click()


def write(
    site: Site,
    name: str,
    *,
    template: str = "survey_invitation",
    closes_on: date | None = None,
    **facts: Any,
) -> Letter:
    """A letter to somebody waits, as the worker would have queued it."""
    given = {"street": "Dorpsstraat 12", "case": secrets.token_hex(4)} | facts
    with site.inside():
        happened_on = clock.today() - timedelta(days=3)
        made = person(name, happened_on=happened_on, next_on=None, **given).invitation_id
    with site.changing():
        contact = db.session.get_one(Contact, made)
        invitation = contact.invitation
        invitation.invited_on = clock.today()
        invitation.closes_on = closes_on or invitation.closes_on
        asking_key = f"survey:{invitation.public_id}:0"
        outbox.queue(
            Channel.LETTER,
            template,
            to=asking.address_of(contact, Channel.LETTER),
            topic=asking.TOPIC,
            about=invitation.public_id,
            request_key=asking_key,
            language=invitation.language,
            params=asking.params_of(invitation),
        )
        db.session.flush()
        message = db.session.scalars(select(Message.id).where(Message.request_key == asking_key)).one()
        return Letter(message, code_of(invitation), link_of(invitation))


@contextmanager
def waiting(site: Site, *names: str, **facts: Any) -> Iterator[Sequence[Letter]]:
    """Letters to these people wait; afterwards nobody knows of them any more."""
    try:
        yield [write(site, name, **facts) for name in names]
    finally:
        wipe(site)


def wipe(site: Site) -> None:
    """Nobody was ever asked anything."""
    with site.changing():
        for table in (Message, Contact, Invitation):
            db.session.execute(delete(table))


def _at(scene: Scene) -> LettersPage:
    return LettersPage(scene.staff(LETTERS, site=scene.bare))


@state("letters.index", "empty", shows="Er wacht geen brief.")
def _(scene: Scene) -> Page:
    return _at(scene).page


@state("letters.index", "waiting", shows="brieven wachten op een stapel")
def _(scene: Scene) -> Page:
    with waiting(scene.bare, "Proefpersoon Een", "Proefpersoon Twee"):
        return _at(scene).page


@state("letters.index", "one batch", shows="Er wacht geen brief.")
def _(scene: Scene) -> Page:
    with waiting(scene.bare, "Proefpersoon Een"):
        _at(scene).make()
        page = _at(scene).page
        expect(page.get_by_role("heading", name="Stapel", level=3)).to_have_count(1)
        return page


@state("letters.index", "several batches", shows="brief wacht op een stapel")
def _(scene: Scene) -> Page:
    with waiting(scene.bare, "Proefpersoon Een"):
        letters = _at(scene)
        letters.make()
        write(scene.bare, "Proefpersoon Twee")
        letters.page.reload()
        letters.make()
        write(scene.bare, "Proefpersoon Drie")
        letters.page.reload()
        expect(letters.page.get_by_role("heading", name="Stapel", level=3)).to_have_count(2)
        letters.page.locator("summary").first.click()
        return letters.page


@state("letters.index", "held", shows="De uitnodigingen staan stil.")
def _(scene: Scene) -> Page:
    with waiting(scene.bare, "Proefpersoon Een", "Proefpersoon Twee"):
        with scene.bare.changing():
            outbox.pause(asking.TOPIC, "1")
        page = _at(scene).page
        with scene.bare.changing():
            outbox.resume(asking.TOPIC, "1")
        return page


@state("letters.make", "made", shows="De stapel ligt klaar.")
def _(scene: Scene) -> Page:
    with waiting(scene.bare, "Proefpersoon Een"):
        letters = _at(scene)
        letters.make()
        return letters.page


@state("letters.make", "nothing", shows="Er was geen brief om te printen.")
def _(scene: Scene) -> Page:
    letters = _at(scene)
    with waiting(scene.bare, "Proefpersoon Een"):
        letters.page.reload()
    letters.button("Maak een stapel").click()
    expect(letters.page.get_by_role("status")).to_be_visible()
    return letters.page


def _printed(scene: Scene, *names: str, **facts: Any) -> LettersPage:
    """The page of a batch of letters to these people, which are gone by now."""
    with waiting(scene.bare, *names, **facts):
        letters = _at(scene)
        letters.make()
        letters.print()
        return letters


@state("letters.batch", "adults", shows="Hoe ging het eerste gesprek voor u?")
def _(scene: Scene) -> Page:
    return _printed(scene, "Proefpersoon Een", "Proefpersoon Twee").page


@state("letters.batch", "young", shows="How was the first meeting for you?")
def _(scene: Scene) -> Page:
    long = "Wilhelmina Antoinetta van den Heuvel-Oosterwijk van Nieuwenhuizen"
    return _printed(scene, long, perspective=Perspective.YOUNG_PERSON, language="en").page


@state("letters.batch", "gone", shows="Deze pagina is er niet")
def _(scene: Scene) -> Page:
    letters = _printed(scene, "Proefpersoon Een")
    letters.page.reload()
    return letters.page


@state("letters.batch", "left out", shows="1 brief hoeft niet meer weg.")
def _(scene: Scene) -> Page:
    with waiting(scene.bare, "Proefpersoon Een", "Proefpersoon Twee"):
        letters = _at(scene)
        letters.make()
        with scene.bare.changing():
            db.session.scalars(select(Invitation).limit(1)).one().completed = True
        letters.print()
        return letters.page


@state("letters.posted", "posted", shows="1 brief telt nu als verstuurd.")
def _(scene: Scene) -> Page:
    with waiting(scene.bare, "Proefpersoon Een"):
        letters = _at(scene)
        letters.make()
        letters.posted()
        expect(letters.page.get_by_role("status")).to_contain_text("verstuurd")
        return letters.page


@state("letters.posted", "twice", shows="Deze stapel lag hier niet meer.")
def _(scene: Scene) -> Page:
    with waiting(scene.bare, "Proefpersoon Een"):
        _at(scene).make()
        first, second = _at(scene), _at(scene)
        first.posted()
        expect(first.page.get_by_role("status")).to_contain_text("verstuurd")
        second.posted()
        expect(second.page.get_by_role("status")).to_contain_text("lag hier niet meer")
        return second.page


@state("letters.posted", "taken back", shows="Iemand koos al ‘Toch niet’")
def _(scene: Scene) -> Page:
    with waiting(scene.bare, "Proefpersoon Een"):
        _at(scene).make()
        first, second = _at(scene), _at(scene)
        first.undo()
        expect(first.page.get_by_role("status")).to_contain_text("wacht weer")
        second.posted()
        expect(second.page.get_by_role("status")).to_contain_text("anders gaan ze dubbel")
        return second.page


@state("letters.undo", "waits again", shows="1 brief wacht weer.")
def _(scene: Scene) -> Page:
    with waiting(scene.bare, "Proefpersoon Een"):
        letters = _at(scene)
        letters.make()
        letters.undo()
        expect(letters.page.get_by_role("status")).to_contain_text("wacht weer")
        return letters.page


@state("letters.take_out", "others stay", shows="Die brief is uit de stapel.")
def _(scene: Scene) -> Page:
    with waiting(scene.bare, "Proefpersoon Een", "Proefpersoon Twee"):
        letters = _at(scene)
        letters.make()
        letters.print()
        letters.take_out(2)
        expect(letters.page.get_by_role("status")).to_contain_text("uit de stapel")
        return letters.page


@state("letters.take_out", "the last one", shows="Er ligt geen stapel klaar.")
def _(scene: Scene) -> Page:
    with waiting(scene.bare, "Proefpersoon Een"):
        letters = _at(scene)
        letters.make()
        letters.print()
        letters.take_out(1)
        letters.is_at("Brieven")
        return letters.page


@state("letters.came_back", "unknown code", shows="Deze code kennen we niet.")
def _(scene: Scene) -> Page:
    letters = _at(scene)
    letters.came_back("0000 0000 00")
    expect(letters.summary).to_be_visible()
    return letters.page


@state("letters.came_back", "still here", shows="Bij deze code is nog geen brief verstuurd.")
def _(scene: Scene) -> Page:
    with waiting(scene.bare, "Proefpersoon Een") as (letter,):
        letters = _at(scene)
        letters.came_back(letter.code)
        expect(letters.summary).to_be_visible()
        return letters.page


def _back(scene: Scene, times: int) -> Page:
    """A letter was posted and comes back, and somebody says so as many times."""
    with waiting(scene.bare, "Proefpersoon Een") as (letter,):
        letters = _at(scene)
        letters.make()
        letters.posted()
        expect(letters.page.get_by_role("status")).to_contain_text("verstuurd")
        for _time in range(times):
            letters.came_back(letter.code)
            expect(letters.page.get_by_role("status")).to_contain_text("Vernietig de brief")
            if _time + 1 < times:
                letters.page.reload()
        return letters.page


@state("letters.came_back", "noted", shows="Genoteerd.")
def _(scene: Scene) -> Page:
    return _back(scene, times=1)


@state("letters.came_back", "known", shows="Dat wisten we al.")
def _(scene: Scene) -> Page:
    return _back(scene, times=2)


@state("team.today", "post", shows="2 brieven wachten op printen")
def _(scene: Scene) -> Page:
    with waiting(scene.bare, "Proefpersoon Een", "Proefpersoon Twee"):
        return scene.staff("/team", site=scene.bare)
