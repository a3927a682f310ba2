"""The browser tests: a real server, a real Chromium, and pages that are watched while they are open.

No fixture here is called `app`: pytest-flask would hold a request open around it.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests import chromium
from tests.browser.people import People, Phones
from tests.browser.site import Site

HERE = Path(__file__).parent
PICTURES = HERE.parent.parent / "test-results"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-features=Translate,OptimizationHints,MediaRouter",
    "--disable-gpu",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--no-first-run",
)
outcome = pytest.StashKey[bool]()

expect.set_options(timeout=5_000)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One browser and one server for a group, which stays together in one worker: two groups that take as long."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.xdist_group(_group(item)))


def _group(item: pytest.Item) -> str:
    """The states of complaints are nearly half of all; the journeys go along with them."""
    found = (
        item.callspec.params.get("state")
        if isinstance(item, pytest.Function) and hasattr(item, "callspec")
        else None
    )
    is_other_state = found is not None and "complaints" not in found.reach.__module__
    return "states" if is_other_state else "complaints and journeys"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report = yield
    if call.when == "call":
        item.stash[outcome] = call.excinfo is None
    return report


# The scope is the package: Playwright's event loop must be gone before other tests want one.


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    executable = chromium.path()
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A portal with demo data."""
    yield from _served(Site(tmp_path_factory.mktemp("demo")), demo=True)


@pytest.fixture(scope="package")
def bare_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A portal on its first day: nobody was asked anything yet."""
    yield from _served(Site(tmp_path_factory.mktemp("bare")), demo=False)


@pytest.fixture(scope="package")
def secure_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A portal as in production, over TLS."""
    yield from _served(Site(tmp_path_factory.mktemp("secure"), tls=True), demo=False)


def _served(made: Site, *, demo: bool) -> Iterator[Site]:
    made.prepare(demo=demo)
    try:
        made.start()
        yield made
    finally:
        made.stop()
    broken = [line for line in made.log().splitlines() if '"unhandled"' in line]
    assert len(broken) == made.spoiled, "\n".join(broken)


@pytest.fixture(scope="package")
def phones(browser: Browser) -> Phones:
    return Phones(browser)


@pytest.fixture
def people(phones: Phones, request: pytest.FixtureRequest) -> Iterator[People]:
    """People with a phone each. What their browsers complain about fails the test."""
    made = People(phones)
    yield made
    if not request.node.stash.get(outcome, True):
        made.take_pictures(PICTURES, request.node.name)
    complaints = made.leave()
    assert not complaints, "\n".join(complaints)
