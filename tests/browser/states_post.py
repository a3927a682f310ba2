"""The states of the messages that development shows, and of the mails themselves."""

import json
import shutil
from typing import Any

from playwright.sync_api import Page

from portal.outbox.development import Folder
from portal.outbox.models import Message
from portal.outbox.post import compose
from portal.outbox.rules import Channel
from portal.surveys.rules import Moment
from tests.browser.site import Site
from tests.browser.states import Scene, state

INVITATION, REMINDER, BEGUN = "survey_invitation", "survey_reminder", "survey_reminder_started"
NAME = "Zoë van der Lange-Achternaam"
EMAIL = "een.nogal.lang.adres.van.iemand@een-lange-naam.voorbeeld.example"
UNKNOWN = "Deze pagina is er niet"
LARGE_KEY = 44

KEYS = """() => [...document.querySelectorAll("a[href*='?cijfer=']")].map(key => key.getBoundingClientRect())
  .map(box => Math.min(box.width, box.height))"""


def _sent(
    site: Site,
    template: str = INVITATION,
    *,
    channel: Channel = Channel.EMAIL,
    young: bool = False,
    **given: Any,
) -> str:
    """A message leaves; the address at which it can be read."""
    moment = given.get("moment", Moment.INTAKE)
    link = f"{site.address}/v/{'A' * 24}"
    params = {
        "name": NAME,
        "moment": moment,
        "young": young,
        "first_person": True,
        "perspective": "young_person" if young else "adult",
        "parenting_help": False,
        "link": link,
        "unsubscribe": f"{link}/afmelden",
        "closes_on": "2027-09-28",
        "code": "7KQ2M4XP9T",
        "own_language": "nl",
        "question": "Welk cijfer past hierbij?",
    }
    message = Message(
        reference="0123456789abcdef0123456789abcdef",
        channel=channel,
        template=template,
        topic="survey",
        language=given.pop("language", "nl"),
        to="+31612345678" if channel is Channel.SMS else EMAIL,
        params=json.dumps(params | given),
    )
    with site.inside():
        post = compose(message)
    folder = Folder(site.folder)
    folder.hand_over(post)
    return f"{site.address}/ontwikkel/post/{folder.posts(1)[0].id}"


def _emptied(site: Site) -> Site:
    shutil.rmtree(site.folder / "post", ignore_errors=True)
    return site


@state("post.index", "empty", shows="Er is nog geen bericht verstuurd.")
def _(scene: Scene) -> Page:
    return scene.visit(f"{_emptied(scene.bare).address}/ontwikkel/post")


@state("post.index", "one", shows="Hoe doen wij het, volgens u?")
def _(scene: Scene) -> Page:
    site = _emptied(scene.bare)
    _sent(site)
    return scene.visit(f"{site.address}/ontwikkel/post")


@state("post.index", "many", shows="Dit zijn de nieuwste 100 berichten.")
def _(scene: Scene) -> Page:
    site = _emptied(scene.bare)
    for template in (INVITATION, REMINDER, BEGUN):
        for channel in (Channel.EMAIL, Channel.SMS):
            _sent(site, template, channel=channel)
    _fill(site, 95)
    return scene.visit(f"{site.address}/ontwikkel/post")


def _fill(site: Site, times: int) -> None:
    """The newest message, as often again."""
    newest = next(iter(Folder(site.folder).posts(1)))
    source = site.folder / "post" / f"{newest.id}.json"
    kept = json.loads(source.read_text())
    for number in range(times):
        other = f"{newest.id[:-8]}{number:08x}"
        (source.parent / f"{other}.json").write_text(json.dumps(kept | {"id": other}))


@state("post.index", "english", shows="Nederlands")
def _(scene: Scene) -> Page:
    _sent(scene.site)
    return scene.visit("/ontwikkel/post?taal=en")


@state("post.one", "mail", shows="List-Unsubscribe")
def _(scene: Scene) -> Page:
    return scene.visit(_sent(scene.site, REMINDER))


@state("post.one", "text message", shows="1 deel")
def _(scene: Scene) -> Page:
    return scene.visit(_sent(scene.site, channel=Channel.SMS))


@state("post.one", "unknown", shows=UNKNOWN)
def _(scene: Scene) -> Page:
    return scene.visit("/ontwikkel/post/20260101T000000000000-00000000")


# The mails, as a mail program shows them.


@state("post.html", "invitation", shows="Hoe was uw eerste gesprek met ons?")
def _(scene: Scene) -> Page:
    page = scene.visit(f"{_sent(scene.site)}/html")
    keys = page.evaluate(KEYS)
    assert len(keys) == 10 and min(keys) >= LARGE_KEY, f"a thumb misses them: {keys}"
    return page


@state("post.html", "reminder on a dark screen", shows="Wat vind je van je plan?")
def _(scene: Scene) -> Page:
    address = _sent(scene.site, REMINDER, young=True, moment=Moment.PLAN, own_language="pl")
    page = scene.people.new(color_scheme="dark")
    scene.at(page, f"{address}/html")
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper == "rgb(20, 32, 31)", f"a dark screen gets dark paper, not {paper}"
    return page


@state("post.html", "begun", shows="Ga verder met de vragen")
def _(scene: Scene) -> Page:
    return scene.visit(f"{_sent(scene.site, BEGUN, moment=Moment.CLOSURE)}/html")


@state("post.html", "english", shows="Sociaal Kernteam Westland")
def _(scene: Scene) -> Page:
    return scene.visit(f"{_sent(scene.site, BEGUN, young=True, language='en')}/html")


@state("post.html", "unknown", shows=UNKNOWN)
def _(scene: Scene) -> Page:
    return scene.visit(f"{_sent(scene.site, channel=Channel.SMS)}/html")
