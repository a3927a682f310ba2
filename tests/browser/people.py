"""People with a phone each, and what their phones complain about."""

import re
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from html5lib.html5parser import ParseError
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    Request,
    Response,
    Route,
    ViewportSize,
)

from portal.identity.rules import Role
from tests import pages
from tests.browser.pages import SignInPage
from tests.browser.site import PASSWORD, Site

PHONE: ViewportSize = {"width": 320, "height": 640}
DESK: ViewportSize = {"width": 1280, "height": 900}
PASSWORD_COUNTS_FOR = 8 * 60
# Chromium reports every answer that is not 200 as an error; a refusal that the portal means is none.
REFUSAL = re.compile(r"the server responded with a status of 4\d\d|Response Status Error Code 413")
CUT_LINE = re.compile(r"net::ERR_INTERNET_DISCONNECTED|htmx:(sendError|afterRequest)")


class Phone:
    """A browser context with one page, lent to somebody and wiped afterwards."""

    def __init__(self, context: BrowserContext, viewport: ViewportSize) -> None:
        self.context = context
        self.viewport = viewport
        self.owner: People | None = None
        self.page = context.new_page()
        context.set_default_timeout(8_000)
        context.on("console", self._hear)
        context.on("weberror", lambda error: self._complain(f"script: {error.error}"))
        context.on("response", self._read)
        context.on("request", self._notice)

    def wipe(self) -> None:
        """As it came: one empty page, no cookies, nothing intercepted."""
        for page in self.context.pages:
            if page is not self.page:
                page.close()
        self.context.set_offline(False)
        self.context.clear_cookies()
        self.page.unroute_all(behavior="ignoreErrors")
        self.page.emulate_media(reduced_motion="null", forced_colors="null")
        self.page.set_viewport_size(self.viewport)
        self.page.goto("about:blank")

    def _complain(self, text: str) -> None:
        if self.owner:
            self.owner.complaints.append(text)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self._complain(f"{message.type}: {message.text} ({message.location.get('url', '')})")

    def _notice(self, request: Request) -> None:
        """Nothing comes from elsewhere."""
        if self.owner:
            self.owner.asked.append((request.method, request.url))
        if not re.match(r"https?://(127\.0\.0\.1|localhost):|data:", request.url):
            self._complain(f"a request to another place: {request.url}")

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
            pages.check(text, response.headers.get("content-security-policy", ""))
        except (AssertionError, ParseError) as error:
            self._complain(f"{response.status} {response.url}: {error}")


class Phones:
    """Phones of one browser. A new one takes a second to make, so they go round."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self._free: defaultdict[str, list[Phone]] = defaultdict(list)
        self._kinds: dict[Phone, str] = {}

    def lend(self, owner: "People", **options: Any) -> Phone:
        """A phone that nobody uses, with these options of a browser context."""
        kind = repr(sorted(options.items()))
        phone = self._free[kind].pop() if self._free[kind] else None
        if phone is None:
            phone = Phone(self.browser.new_context(**options), options["viewport"])
            self._kinds[phone] = kind
        phone.owner = owner
        return phone

    def take_back(self, phone: Phone) -> None:
        """Wipe a phone for the next one; what it says meanwhile is still heard."""
        try:
            phone.wipe()
        except Error:
            phone.context.close()
        else:
            self._free[self._kinds[phone]].append(phone)
        phone.owner = None


class People:
    """Gives a phone to as many people as a test needs, and watches every page."""

    def __init__(self, phones: Phones) -> None:
        self.phones = phones
        self.lent: list[Phone] = []
        self.complaints: list[str] = []
        self.asked: list[tuple[str, str]] = []
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
        phone = self.phones.lend(self, **settings | options)
        self.lent.append(phone)
        return phone.page

    def staff(self, site: Site, *roles: Role, **options: Any) -> Page:
        """A member of staff who signed in: once for each site and roles, after that with the same cookie, as long
        as the password given with it counts."""
        if roles not in site.sessions or time.monotonic() - site.signed_in_at[roles] > PASSWORD_COUNTS_FOR:
            person = site.add_staff(*roles)
            entrance = SignInPage(self.new(ignore_https_errors=site.tls))
            entrance.first_step(site.address, person.email, PASSWORD)
            entrance.second_step(person.code())
            entrance.is_at("Vandaag")
            site.sessions[roles] = entrance.page.context.cookies()
            site.signed_in_at[roles] = time.monotonic()
        page = self.new(**options)
        page.context.add_cookies(site.sessions[roles])
        return page

    def expect(self, *complaints: re.Pattern[str]) -> None:
        """Complaints that belong to what the test does, such as a server that breaks on purpose."""
        self.expected.extend(complaints)

    def take_pictures(self, folder: Path, name: str) -> None:
        """What everybody saw when a test failed."""
        folder.mkdir(exist_ok=True)
        shown = [page for phone in self.lent for page in phone.context.pages]
        for number, page in enumerate(shown, start=1):
            bare = re.sub(r"[^\w-]+", "-", name)[:80]
            page.screenshot(path=folder / f"{bare}-{number}.png", full_page=True)

    def leave(self) -> list[str]:
        """Give all phones back; gives the complaints that nobody expected."""
        for phone in self.lent:
            self.phones.take_back(phone)
        return [text for text in self.complaints if not any(known.search(text) for known in self.expected)]


def post_twice(page: Page, address: str) -> list[int]:
    """From now on each post to the address goes out twice, as a double click or a broken line makes it.

    The page sees the second answer. Gives a list that fills with the first one's statuses.
    """
    statuses: list[int] = []

    def twice(route: Route) -> None:
        if route.request.method == "POST":
            statuses.append(route.fetch(max_redirects=0).status)
        route.continue_()

    page.route(address, twice)
    return statuses


def eventually(holds: Callable[[], bool], seconds: float = 5) -> None:
    """Wait until something holds that the page does not show."""
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it never came about"
        time.sleep(0.05)
