"""The states of the public pages, and the errors."""

import re

from playwright.sync_api import Page, Route

from portal.web import error_page
from tests.browser.states import ERROR, Scene, state


@state("pages.home", "dutch", shows="Hoe was de hulp voor u?")
def _(scene: Scene) -> Page:
    return scene.visit("/")


@state("pages.home", "english", shows="Nederlands")
def _(scene: Scene) -> Page:
    return scene.visit("/?taal=en")


@state("pages.privacy", "dutch", shows="English")
def _(scene: Scene) -> Page:
    return scene.visit("/privacy")


@state("pages.privacy", "english", shows="Nederlands")
def _(scene: Scene) -> Page:
    return scene.visit("/privacy?taal=en")


@state("pages.accessibility", "dutch", shows="English")
def _(scene: Scene) -> Page:
    return scene.visit("/toegankelijkheid")


@state("pages.accessibility", "english", shows="Nederlands")
def _(scene: Scene) -> Page:
    return scene.visit("/toegankelijkheid?taal=en")


@state(ERROR, "404", shows="Deze pagina is er niet")
def _(scene: Scene) -> Page:
    return scene.visit("/bestaat-niet")


@state(ERROR, "404 english", shows="Nederlands")
def _(scene: Scene) -> Page:
    return scene.visit("/bestaat-niet?taal=en")


@state(ERROR, "405", shows="Zo werkt deze pagina niet")
def _(scene: Scene) -> Page:
    return scene.visit("/team/uitloggen")


# No page of today leads to these three; they are made by the same function and shown in their place.


@state(ERROR, "400", shows="Dat ging niet goed")
def _(scene: Scene) -> Page:
    return rendered(scene, 400)


@state(ERROR, "409", shows="Dit is al gedaan")
def _(scene: Scene) -> Page:
    return rendered(scene, 409)


@state(ERROR, "410", shows="Deze pagina is er niet meer")
def _(scene: Scene) -> Page:
    return rendered(scene, 410)


def rendered(scene: Scene, code: int, address: str = "/fout") -> Page:
    with scene.site.app.test_request_context(address):
        made = error_page(code)
        made = scene.site.app.process_response(made)
    headers = {name: value for name, value in made.headers.items() if name != "Content-Length"}

    def answer(route: Route) -> None:
        route.fulfill(status=code, headers=headers, body=made.get_data(as_text=True))

    page = scene.people.new()
    page.route(re.compile(f"{address}$"), answer)
    return scene.at(page, address)
