"""The states of the step of filing that takes files."""

from typing import Any

from playwright.sync_api import FilePayload, Page, expect

from portal.complaints import attachments
from portal.complaints.attachments import LIMIT, MOST
from portal.complaints.filing import operations, queries
from portal.complaints.filing.rules import Filling
from tests.browser.states import Scene, require, state
from tests.complaints.attachments import files

FILES, REMOVE = "filing_files.files", "filing_files.remove"
LONG = "Een heel lange naam van een bestand dat iemand van zijn telefoon haalt_" + "x" * 40 + ".pdf"
ADD = "Voeg dit bestand toe"

require(
    {
        FILES: (
            "empty",
            "one",
            "five",
            "made smaller",
            "no file",
            "refused kind",
            "too large",
            "much too large",
            "stale mark",
            "young",
            "english",
            "gone",
        ),
        REMOVE: ("taken away", "stale mark"),
    }
)


def _begun(scene: Scene, *names: str, language: str = "nl", **given: Any) -> str:
    """Somebody began, and added these; the address of the step that takes files."""
    with scene.site.changing():
        draft = operations.begin(Filling(**given), language)
        for name in names:
            judged = attachments.judge(files.PDF, name)
            attachments.keep(draft, judged, attachments.seal(judged))
        token = queries.token_of(draft)
    return f"/klacht/invullen/{token}/bijlagen"


def _give(page: Page, name: str, data: bytes, button: str = ADD) -> Page:
    chosen = FilePayload(name=name, mimeType="application/octet-stream", buffer=data)
    page.get_by_label("Kies", exact=False).first.set_input_files(chosen)
    page.get_by_role("button", name=button, exact=True).click()
    return page


@state(FILES, "empty", shows="Wilt u er een bestand bij doen?")
def _(scene: Scene) -> Page:
    return scene.visit(_begun(scene))


@state(FILES, "one", shows="Toegevoegd: brief.jpg")
def _(scene: Scene) -> Page:
    page = _give(scene.visit(_begun(scene)), "brief.jpg", files.jpg())
    expect(page.get_by_role("status")).to_be_in_viewport()
    return page


@state(FILES, "five", shows="Meer bestanden passen er niet bij.")
def _(scene: Scene) -> Page:
    return scene.visit(_begun(scene, LONG, *(f"{number}.pdf" for number in range(1, MOST))))


@state(FILES, "made smaller", shows="Daarom hebben we hem kleiner gemaakt.")
def _(scene: Scene) -> Page:
    return _give(scene.visit(_begun(scene)), "foto.jpg", files.jpg(8160, 6120))


@state(FILES, "no file", shows="Kies eerst een bestand. Druk daarna op de knop.")
def _(scene: Scene) -> Page:
    page = scene.visit(_begun(scene))
    page.get_by_role("button", name=ADD).click()
    return page


@state(FILES, "refused kind", shows="Dit is geen pdf, JPG of PNG")
def _(scene: Scene) -> Page:
    page = _give(scene.visit(_begun(scene, "brief.pdf")), "rekening.pdf", files.EXECUTABLE, "Verder")
    page.get_by_role("link", name="Dit is geen pdf").click()
    expect(page.get_by_label("Kies nog een bestand")).to_be_focused()
    return page


@state(FILES, "too large", shows="Dit bestand is groter dan 10 MB.")
def _(scene: Scene) -> Page:
    return _give(scene.visit(_begun(scene, "brief.pdf")), "groot.pdf", files.noise(LIMIT + 1))


@state(FILES, "much too large", shows="Er is 1 van 5 bestanden bij")
def _(scene: Scene) -> Page:
    page = _give(scene.visit(_begun(scene, "brief.pdf")), "film.pdf", files.noise(LIMIT + 500_000))
    expect(page.get_by_role("alert")).to_contain_text("groter dan 10 MB")
    return page


@state(FILES, "stale mark", shows="Deze pagina stond lang open.")
def _(scene: Scene) -> Page:
    page = scene.visit(_begun(scene, "brief.pdf"))
    page.locator("#mark").evaluate("field => { field.value = 'stale'; }")
    return _give(page, "twee.pdf", files.PDF)


@state(FILES, "young", shows="Wil je er een bestand bij doen?")
def _(scene: Scene) -> Page:
    return scene.visit(_begun(scene, "brief.pdf", young=True))


@state(FILES, "english", shows="Nederlands")
def _(scene: Scene) -> Page:
    return scene.visit(_begun(scene, "letter.pdf", language="en"))


@state(FILES, "gone", shows="Dit is er niet meer")
def _(scene: Scene) -> Page:
    address = _begun(scene)
    page = scene.visit(address)
    with scene.site.changing():
        draft = queries.find(address.split("/")[-2], to_change=True)
        assert draft is not None
        operations.throw_away(draft)
    return _give(page, "brief.pdf", files.PDF)


@state(REMOVE, "taken away", shows="Het bestand is weg.")
def _(scene: Scene) -> Page:
    page = scene.visit(_begun(scene, "brief.pdf", "twee.pdf"))
    page.get_by_role("button", name="Weg brief.pdf").click()
    expect(page.get_by_text("Er is 1 van 5 bestanden bij")).to_be_visible()
    return page


@state(REMOVE, "stale mark", shows="Wat er al was, is er nog.")
def _(scene: Scene) -> Page:
    page = scene.visit(_begun(scene, "brief.pdf"))
    page.locator("li [name=mark]").evaluate("field => { field.value = 'stale'; }")
    page.get_by_role("button", name="Weg brief.pdf").click()
    return page
