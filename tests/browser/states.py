"""The register of states: which states every address has, and how a person comes to see each."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask
from playwright.sync_api import Page
from werkzeug.exceptions import HTTPException

from portal.identity.rules import Role
from tests.browser.people import People
from tests.browser.site import Link, Site

ERROR = "error"

# Every address that shows a page or takes a form, with the states it must be seen in.
# A new address without a line here fails a test, and so does a state that nobody reaches.
REQUIRED: dict[str, tuple[str, ...]] = {
    "pages.home": ("dutch", "english"),
    "pages.privacy": ("dutch", "english"),
    "pages.accessibility": ("dutch", "english"),
    "answering.enter": ("fresh", "english", "empty", "incomplete", "unknown code", "too many tries"),
    "answering.survey": (
        "fresh",
        "young",
        "english",
        "resumed",
        "resumed hidden text",
        "grade from the mail",
        "grade from the mail over another",
        "family member",
        "sent",
        "closed",
        "unknown",
        "broken",
        "lost key",
    ),
    "answering.survey_page": (
        "agreement fresh",
        "agreement answered",
        "text fresh",
        "text answered",
        "plan",
        "closure",
        "parenting help",
        "english",
        "hidden choice of a family member",
        "hidden text of a family member",
    ),
    "answering.answer": (
        "off the scale",
        "text too long",
        "unknown field",
        "stale mark",
        "refused empty",
        "shown again",
        "sent elsewhere",
        "closed meanwhile",
        "body too large",
        "another site",
    ),
    "answering.save": (
        "kept",
        "over the grade of a mail",
        "text too long",
        "sent elsewhere",
        "line cut",
        "server broken",
    ),
    "answering.thanks": ("adult", "young", "english"),
    "answering.call": ("fresh", "young", "english", "errors", "after closing"),
    "answering.called": ("open", "after sending"),
    "inviting.opt_out": ("fresh", "young", "english", "after sending", "stale mark", "done", "done closed"),
    "inviting.others": (
        "fresh",
        "young",
        "english",
        "for nobody",
        "stale mark",
        "one made",
        "made before",
        "all made",
        "not answered yet",
    ),
    "security.login": ("fresh", "empty", "wrong", "signed out", "wrong passwords", "too many tries", "stale"),
    "security.two_factor_token_validation": ("fresh", "wrong", "too many codes"),
    "security.two_factor_setup": ("first", "picture", "wrong code", "other app"),
    "security.mf_recovery": ("fresh", "wrong"),
    "security.two_factor_rescue": ("fresh",),
    "security.logout": ("signed out",),
    "security.verify": ("fresh", "wrong"),
    "security.change_password": ("fresh", "errors", "done"),
    "security.mf_recovery_codes": ("none", "made"),
    "identity.own_account": ("fresh",),
    "team.today": ("empty", "many", "late", "post", "evenings", "not mine"),
    "team.finish": ("done",),
    "team.reopen": ("open again",),
    "team.response": ("empty", "hidden", "many", "published year", "refused", "unknown year"),
    "team.results": ("empty", "hidden", "many", "rolling year", "nothing in this part", "unknown period"),
    "paper.index": ("printing and typing", "printing only"),
    "paper.sheet": ("adult", "young english", "parenting help"),
    "paper.enter": ("intake", "closure", "errors", "kept"),
    "post.index": ("empty", "one", "many", "english"),
    "post.one": ("mail", "text message", "unknown"),
    "post.html": ("invitation", "reminder on a dark screen", "begun", "english", "unknown"),
    "invitations.index": ("empty", "many", "seen only", "refused"),
    "invitations.pause": ("held",),
    "invitations.resume": ("going again",),
    "invitations.uploads.upload": ("fresh", "no file", "unreadable", "too large", "gone"),
    "invitations.uploads.preview": ("messy", "nothing new"),
    "invitations.uploads.example": ("downloaded",),
    "invitations.uploads.refused": ("downloaded",),
    "invitations.uploads.take_in": ("taken over",),
    "invitations.uploads.throw_away": ("thrown away",),
    "invitations.left_alone": ("empty", "many", "errors", "unknown case"),
    "invitations.look_up": ("opted out", "not opted out", "errors"),
    "invitations.allow": ("case again", "opt-out lifted"),
    "invitations.undelivered": ("empty", "many"),
    "invitations.resend": ("once more",),
    "invitations.discard": ("never mind",),
    "invitations.resend_all": ("all once more",),
    "invitations.family": ("fresh", "nobody there"),
    "invitations.family_links": ("none made", "left alone"),
    "invitations.make_link": ("one made", "all made"),
    "letters.index": ("empty", "waiting", "one batch", "several batches", "held"),
    "letters.make": ("made", "nothing"),
    "letters.batch": ("adults", "young", "left out", "gone"),
    "letters.posted": ("posted", "twice", "taken back"),
    "letters.undo": ("waits again",),
    "letters.take_out": ("others stay", "the last one"),
    "letters.came_back": ("noted", "known", "unknown code", "still here"),
    ERROR: ("400", "404", "404 english", "405", "409", "410"),
}


def require(states: dict[str, tuple[str, ...]]) -> None:
    """Add addresses with the states they must be seen in, from the module that reaches them."""
    REQUIRED.update(states)


@dataclass
class Scene:
    """What a state needs to be reached: a site with demo data, a bare one, and people."""

    site: Site
    bare: Site
    people: People

    def visit(self, address: str | Link, *, scripts: bool = True) -> Page:
        """Somebody opens an address; without `scripts` none of ours arrive, as on a very old phone.

        JavaScript itself stays on: axe-core cannot look at a page without.
        """
        page = self.people.new()
        if not scripts:
            page.route("**/*.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
        return self.at(page, address)

    def staff(self, address: str, *roles: Role, site: Site | None = None, **options: Any) -> Page:
        """A member of staff opens an address."""
        where = site or self.site
        page = self.people.staff(where, *(roles or (Role.QUALITY,)), **options)
        return self.at(page, where.address + address)

    def at(self, page: Page, address: str | Link) -> Page:
        target = address.address if isinstance(address, Link) else address
        page.goto(target if target.startswith("http") else self.site.address + target)
        return page

    def endpoints(self, app: Flask) -> set[str]:
        """The endpoints that were asked for on the way."""
        urls = app.url_map.bind("127.0.0.1")
        found = set()
        for method, address in self.people.asked:
            path = re.sub(r"^https?://[^/]+", "", address).split("?")[0]
            try:
                found.add(urls.match(path, method=method)[0])
            except HTTPException:
                found.add(ERROR)
        return found


@dataclass(frozen=True)
class State:
    """One state of one address: how to come there, and words that only this state shows."""

    endpoint: str
    name: str
    shows: str
    reach: Callable[[Scene], Page]

    def __str__(self) -> str:
        return f"{self.endpoint} {self.name}"


REGISTER: list[State] = []
Reach = Callable[[Scene], Page]


def state(endpoint: str, name: str, *, shows: str) -> Callable[[Reach], Reach]:
    """Add a state to the register."""

    def note(reach: Reach) -> Reach:
        REGISTER.append(State(endpoint, name, shows, reach))
        return reach

    return note
