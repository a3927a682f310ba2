"""An evening from the first look to somebody else's place, on a phone, with and without JavaScript."""

import json
import time

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from portal.db import db
from portal.outbox.models import Message
from portal.talks.models import Evening
from tests.browser.pages import AnyPage
from tests.browser.people import People
from tests.browser.site import Site
from tests.talks.evenings import evening

AT_MOST_SECONDS, AT_MOST_FIELDS = 30, 5


class Visitor(AnyPage):
    """Somebody who signs up. Counts what is filled in."""

    filled = 0

    def choose_evening(self, site: Site, theme: str) -> None:
        self.page.goto(f"{site.address}/talks")
        self.link(theme).click()

    def tell(self, name: str, contact: str, who: str) -> None:
        self.field("Voornaam").fill(name)
        self.field("E-mailadres of mobiel nummer").fill(contact)
        self.page.get_by_role("radio", name=who, exact=True).check()
        self.filled += 3


def link_in(site: Site, contact: str, what: str) -> str:
    """The personal link in the message that somebody got."""
    with site.inside():
        for message in db.session.scalars(select(Message).order_by(Message.id.desc())):
            params = json.loads(message.params or "{}")
            if message.to == contact and params["what"] == what:
                return f"{site.address}/talks/aanmelding/{params['token']}"
    raise AssertionError(f"no message that says {what}")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_from_the_first_look_to_somebody_elses_place(site: Site, people: People, *, scripts: bool) -> None:
    theme = f"Praten met pubers {scripts}"
    with site.inside():
        number = evening(capacity=1, theme=theme)
        slug = db.session.get_one(Evening, number).slug
    first, second = (Visitor(people.new(java_script=scripts)) for _n in range(2))
    contacts = [f"{name}-{scripts}@voorbeeld.example".lower() for name in ("een", "twee")]

    began = time.monotonic()
    first.choose_evening(site, theme)
    first.tell("Proefpersoon", contacts[0], "Ouder")
    first.button("Meld mij aan").click()
    first.is_at("U hebt een plek")
    assert time.monotonic() - began < AT_MOST_SECONDS and first.filled <= AT_MOST_FIELDS

    second.choose_evening(site, theme)
    second.tell("Proefpersoon", contacts[1], "Opa of oma")
    second.button("Zet mij op de wachtlijst").click()
    second.is_at("U staat op de wachtlijst, nummer 1")

    # The first needs something, changes that, and then cannot come after all.
    first.page.goto(link_in(site, contacts[0], "place"))
    first.is_at("U hebt een plek")
    first.field("Een tolk. In welke taal?").fill("Pools")
    first.button("Bewaar").click()
    expect(first.page.get_by_role("status")).to_contain_text("Bewaard")
    expect(first.field("Een tolk. In welke taal?")).to_have_value("Pools")
    first.link("Ik kom niet: meld mij af").click()
    first.button("Geef mijn plek door").click()
    expect(first.page.get_by_role("main")).to_contain_text("afgemeld")

    second.page.goto(link_in(site, contacts[1], "promoted"))
    second.is_at("U hebt een plek")
    with second.page.expect_download() as download:
        second.link("Zet in mijn agenda").click()
    assert download.value.suggested_filename == f"{slug}.ics"
