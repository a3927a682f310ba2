"""Every address in every state: axe-core finds nothing, all fits, all can be touched, and nobody forgot one."""

import re

import pytest
from playwright.sync_api import expect

from portal.web import ERRORS, entry_of
from tests.browser import (
    checks,
    states_accounts,
    states_complaints_concerned,
    states_complaints_figures,
    states_complaints_files,
    states_complaints_filing,
    states_complaints_following,
    states_complaints_learning,
    states_complaints_register,
    states_complaints_steps,
    states_complaints_writing,
    states_invitations,
    states_letters,
    states_personal,
    states_persons,
    states_post,
    states_rest,
    states_retention,
    states_survey,
    states_talks,
    states_talks_advices,
    states_talks_circle,
    states_talks_team,
    states_team,
)
from tests.browser.people import People
from tests.browser.site import Site
from tests.browser.states import ERROR, REGISTER, REQUIRED, Scene, State

REGISTERED_IN = (
    states_survey,
    states_personal,
    states_team,
    states_invitations,
    states_letters,
    states_post,
    states_rest,
    states_complaints_filing,
    states_complaints_files,
    states_complaints_following,
    states_complaints_writing,
    states_complaints_register,
    states_complaints_steps,
    states_complaints_concerned,
    states_complaints_learning,
    states_complaints_figures,
    states_talks,
    states_talks_team,
    states_talks_circle,
    states_talks_advices,
    states_accounts,
    states_retention,
    states_persons,
)
LOST_KEY = "Deze gegevens zitten op slot"
"""One page, wherever it is met: of an error too."""
# A title and the place that has it, filled as the states are visited.
TITLES: dict[str, str] = {}


@pytest.fixture
def scene(site: Site, bare_site: Site, people: People) -> Scene:
    for place in (site, bare_site):
        place.forget_guesses()
    return Scene(site, bare_site, people)


@pytest.fixture
def error_titles(site: Site) -> set[str]:
    with site.app.test_request_context("/"):
        return {str(title) for title, _text in ERRORS.values()}


@pytest.mark.parametrize("state", REGISTER, ids=str)
def test_state(scene: Scene, state: State, error_titles: set[str]) -> None:
    page = state.reach(scene)
    expect(page.get_by_text(state.shows).or_(page.get_by_label(state.shows)).first).to_be_visible()
    assert state.endpoint in scene.endpoints(scene.site.app) | {ERROR}, "this is another address"
    language = "en" if "english" in state.name else "nl"
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    twice = page.evaluate(
        "() => [...document.querySelectorAll('[id]')].map(e => e.id).filter((id, n, all) => all.indexOf(id) < n)"
    )
    assert twice == [], "ids are unique, also after a part was replaced"
    place = ERROR if state.shows in error_titles | {LOST_KEY} else _place(page.url, state)
    title = page.title()
    assert title.split(" – ")[0].strip(), "a page has a title"
    assert TITLES.setdefault(title, place) == place, f"{TITLES[title]} has the title {title!r} too"
    wrong = checks.everything(page)
    assert not wrong, "\n".join(wrong)


def _place(address: str, state: State) -> str:
    """Where a page is, without whose it is. A link shows its one page at several addresses."""
    path = re.sub(r"^https?://[^/]+", "", address).split("?")[0].split("#")[0]
    # An uploaded file has an address of its own for as long as it lies there.
    path = re.sub(r"/inlezen/[0-9a-f]{32}$", "/inlezen/*", path)
    path = re.sub(r"^/klacht/betrokkene/.+", "/klacht/betrokkene/*", path)
    path = re.sub(r"^/klacht/invullen/[^/]+", "/klacht/invullen/*", path)
    path = re.sub(r"^/talks/(aanmelding|kring)/[^/]+", r"/talks/\1/*", path)
    path = re.sub(r"^/team/account/sessie/\d+$", "/team/account/sessie/*", path)
    path = re.sub(r"^/team/welkom/[^/]+", "/team/welkom/*", path)
    path = re.sub(r"^/team/collegas/\d+(/\w.*)?$", "/team/collegas/*", path)
    # A file that could not be taken away: the page of the files again.
    path = re.sub(r"/bijlagen/[0-9a-f]{16}/weg$", "/bijlagen", path)
    # What was begun and is gone or sent says so at whichever of its steps.
    if state.shows in states_complaints_filing.AT_ANY_STEP:
        path = "/klacht/invullen/*"
    return ERROR if state.endpoint == ERROR else re.sub(r"^/v/[^/]+(/\d+)?", "/v/*", path)


def test_every_address_has_its_states(site: Site) -> None:
    """An address or a state that nobody visits fails here."""
    with site.app.app_context():
        known = {
            rule.endpoint
            for rule in site.app.url_map.iter_rules()
            if (found := entry_of(rule.endpoint)) is None or found.kind != "machine"
        }
    assert known - set(REQUIRED) == set(), "addresses without states: add them to REQUIRED"
    assert set(REQUIRED) - known == {ERROR}, "states of addresses that are gone"
    wanted = {(endpoint, name) for endpoint, names in REQUIRED.items() for name in names}
    visited = [(state.endpoint, state.name) for state in REGISTER]
    assert wanted - set(visited) == set(), "states that nobody visits"
    assert set(visited) - wanted == set(), "states that nobody asked for"
    assert len(visited) == len(set(visited)), "states that are there twice"


def test_every_error_page_is_visited(error_titles: set[str]) -> None:
    assert error_titles - {state.shows for state in REGISTER} == set()


def test_pages_of_a_survey_have_titles_of_their_own(site: Site, people: People) -> None:
    page = people.new()
    link = site.invite()
    titles = []
    for number in range(1, 5):
        page.goto(f"{link.address}/{number}")
        titles.append(page.title())
    assert len(set(titles)) == len(titles)
