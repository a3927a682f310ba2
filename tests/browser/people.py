"""People with a browser each, and what their browsers complain about."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, Request, Response

from portal.identity.rules import Role
from tests import pages
from tests.browser.pages import SignInPage
from tests.browser.site import PASSWORD, Site

PHONE = {"width": 320, "height": 640}
DESK = {"width": 1280, "height": 900}
# Chromium reports every answer that is not 200 as an error; a refusal that the portal means is none.
REFUSAL = re.compile(r"the server responded with a status of 4\d\d|Response Status Error Code 413")
CUT_LINE = re.compile(r"net::ERR_INTERNET_DISCONNECTED|htmx:(sendError|afterRequest)")


class People:
    """Opens browsers of their own for as many people as a test needs, and watches every page."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.contexts: list[BrowserContext] = []
        self.complaints: list[str] = []
        self.expected: list[re.Pattern[str]] = [REFUSAL]

    def new(self, *, java_script: bool = True, **options: Any) -> Page:
        """Somebody's phone, with one empty page."""
        settings: dict[str, Any] = {
            "viewport": PHONE,
            "locale": "nl-NL",
            "timezone_id": "Europe/Amsterdam",
            "has_touch": True,
            "java_script_enabled": java_script,
        }
        context = self.browser.new_context(**settings | options)
        context.set_default_timeout(8_000)
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.complaints.append(f"script: {error.error}"))
        context.on("response", self._read)
        context.on("request", self._notice)
        self.contexts.append(context)
        return context.new_page()

    def staff(self, site: Site, *roles: Role, **options: Any) -> Page:
        """A member of staff who signed in: once for each site and roles, after that with the same cookie."""
        if roles not in site.sessions:
            person = site.add_staff(*roles)
            entrance = SignInPage(self.new(ignore_https_errors=True))
            entrance.first_step(site.address, person.email, PASSWORD)
            entrance.second_step(person.code())
            entrance.is_at("Vandaag")
            site.sessions[roles] = entrance.page.context.storage_state()
        return self.new(storage_state=site.sessions[roles], **options)

    def expect(self, *complaints: re.Pattern[str]) -> None:
        """Complaints that belong to what the test does, such as a server that breaks on purpose."""
        self.expected.extend(complaints)

    def take_pictures(self, folder: Path, name: str) -> None:
        """What everybody saw when a test failed."""
        folder.mkdir(exist_ok=True)
        shown = [page for context in self.contexts for page in context.pages]
        for number, page in enumerate(shown, start=1):
            bare = re.sub(r"[^\w-]+", "-", name)[:80]
            page.screenshot(path=folder / f"{bare}-{number}.png", full_page=True)

    def leave(self) -> list[str]:
        """Close everything; gives the complaints that nobody expected."""
        for context in self.contexts:
            context.close()
        return [text for text in self.complaints if not any(known.search(text) for known in self.expected)]

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.type}: {message.text} ({message.location.get('url', '')})")

    def _notice(self, request: Request) -> None:
        """Nothing comes from elsewhere."""
        if not re.match(r"https?://(127\.0\.0\.1|localhost):|data:", request.url):
            self.complaints.append(f"a request to another place: {request.url}")

    def _read(self, response: Response) -> None:
        """Every whole page is valid, however it was reached."""
        if response.request.resource_type != "document" or response.status in range(300, 400):
            return
        if "text/html" not in response.headers.get("content-type", ""):
            return
        try:
            text = response.text()
        except Error:
            return  # The browser went on already and forgot the page.
        try:
            pages.check(text)
        except (AssertionError, ValueError) as error:
            self.complaints.append(f"{response.status} {response.url}: {error}")


def eventually(holds: Callable[[], bool], seconds: float = 5) -> None:
    """Wait until something holds that the page does not show."""
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it never came about"
        time.sleep(0.05)
