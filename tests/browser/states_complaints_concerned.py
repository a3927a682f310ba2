"""The states of the page of a person concerned: before the copy, the copy, the reply, and after."""

from playwright.sync_api import Page

from portal.complaints import operations
from portal.complaints.models import ComplaintPart
from portal.complaints.rules import Domain, Step
from portal.db import transaction
from tests.browser.states import Scene, require, state
from tests.complaints.concerned import scene as concerned
from tests.complaints.concerned.scene import TO_COPY

require(
    {
        "concerned.copy": (
            "before the copy",
            "copy",
            "much to read",
            "with hearing",
            "committee english",
            "replied",
            "errors",
            "stale mark",
            "changed elsewhere",
            "more time",
            "judged",
            "outcome",
            "outcome english",
            "outcome too late",
            "over",
            "too late",
            "unknown",
        ),
        "concerned.hearing_calendar": ("offered",),
        "concerned.attachment": ("offered", "of another complaint"),
    }
)
ASKED = "Een klacht waarin u wordt genoemd"
REPLY = (
    "Ik herken dit niet helemaal. Wij spraken af dat ik het verslag eerst zou sturen.\n\nDat is niet gelukt."
)
MUCH = (
    "Er staat in het verslag dat wij te laat kwamen. Dat is niet zo: wij waren er om kwart voor negen. " * 40
)


def _made(scene: Scene, *steps: Step, **given: object) -> concerned.Scene:
    with scene.site.inside():
        return concerned.scene(*steps, **given)  # type: ignore[arg-type]


def _opened(scene: Scene, found: concerned.Scene) -> Page:
    return scene.visit(found.address)


def _typed(page: Page, text: str = REPLY) -> Page:
    page.get_by_label("Uw reactie").fill(text)
    page.get_by_role("button", name="mijn reactie").click()
    return page


@state("concerned.copy", "before the copy", shows="Hier staat nog niets")
def _(scene: Scene) -> Page:
    return _opened(scene, _made(scene, Step.ACKNOWLEDGE))


@state("concerned.copy", "copy", shows=ASKED)
def _(scene: Scene) -> Page:
    return _opened(scene, _made(scene))


@state("concerned.copy", "much to read", shows="Excuses")
def _(scene: Scene) -> Page:
    found = _made(
        scene,
        content={
            "what": MUCH + "x" * 300,
            "name": "Een-heel-lange-naam-zonder-een-enkele-spatie-van-iemand-uit-het-Westland",
            "for_whom": "mijn zoon",
            "wishes": ("talk", "apology", "correction", "other"),
            "wish_other": "een bloemetje",
        },
    )
    with scene.site.inside():
        for number in range(5):
            concerned.annex(found.complaint, f"{'foto-van-de-brief-' * 5}{number}.pdf")
    return _opened(scene, found)


@state("concerned.copy", "with hearing", shows="Het gesprek is op")
def _(scene: Scene) -> Page:
    found = _made(scene)
    with scene.site.inside():
        found.plan_hearing("Van de Kasteelestraat 75, 's-Gravenzande\nKamer 2, bel bij de voordeur")
    return _opened(scene, found)


@state("concerned.copy", "committee english", shows="Nederlands")
def _(scene: Scene) -> Page:
    return scene.visit(f"{_made(scene, domain=Domain.YOUTH).address}?taal=en")


@state("concerned.copy", "replied", shows="Wij hebben uw reactie")
def _(scene: Scene) -> Page:
    return _typed(_opened(scene, _made(scene)))


@state("concerned.copy", "errors", shows="Er is iets dat nog niet klopt")
def _(scene: Scene) -> Page:
    return _typed(_opened(scene, _made(scene)), " ")


@state("concerned.copy", "stale mark", shows="Deze pagina stond lang open")
def _(scene: Scene) -> Page:
    page = _opened(scene, _made(scene))
    page.evaluate("document.querySelector('#mark').value = 'oud'")
    _typed(page)
    assert page.get_by_label("Uw reactie").input_value() == REPLY
    return page


@state("concerned.copy", "changed elsewhere", shows="In een ander venster bewaarde u al een andere reactie.")
def _(scene: Scene) -> Page:
    found = _made(scene)
    old = _opened(scene, found)
    _typed(scene.visit(found.address), "Een andere reactie.")
    return _typed(old)


@state("concerned.copy", "judged", shows="Er is een oordeel.")
def _(scene: Scene) -> Page:
    found = _made(scene)
    page = _typed(_opened(scene, found))
    with scene.site.inside():
        found.judge()
    page.reload()
    return page


@state("concerned.copy", "more time", shows="De uitkomst komt later")
def _(scene: Scene) -> Page:
    return _opened(scene, _made(scene, *TO_COPY, Step.EXTEND))


def _told(scene: Scene, found: concerned.Scene) -> concerned.Scene:
    with scene.site.inside():
        found.judge()
        found.take(Step.TELL)
    return found


@state("concerned.copy", "outcome", shows="Ongegrond")
def _(scene: Scene) -> Page:
    found = _made(scene)
    with scene.site.inside(), transaction():
        held = operations.locked(found.complaint.public_id)
        assert held is not None
        held.parts.append(
            ComplaintPart(number=2, words=MUCH, judgment="not_upheld", reasons=f"{MUCH}\n\n{'x' * 300}")
        )
    return _opened(scene, _told(scene, found))


@state("concerned.copy", "outcome english", shows="Nederlands")
def _(scene: Scene) -> Page:
    return scene.visit(f"{_told(scene, _made(scene)).address}?taal=en")


@state("concerned.copy", "outcome too late", shows="Dit typte u net nog")
def _(scene: Scene) -> Page:
    found = _made(scene)
    page = _opened(scene, found)
    _told(scene, found)
    return _typed(page)


@state("concerned.copy", "over", shows="Hier is niets meer te lezen")
def _(scene: Scene) -> Page:
    return _opened(scene, _made(scene, *TO_COPY, Step.SOLVE))


@state("concerned.copy", "too late", shows="Dit typte u net nog")
def _(scene: Scene) -> Page:
    found = _made(scene)
    page = _opened(scene, found)
    with scene.site.inside():
        found.take(Step.WITHDRAW)
    return _typed(page)


@state("concerned.copy", "unknown", shows="Deze persoonlijke pagina kennen we niet")
def _(scene: Scene) -> Page:
    return scene.visit(f"/klacht/betrokkene/{'A' * 24}")


@state("concerned.hearing_calendar", "offered", shows="Zet het in uw agenda")
def _(scene: Scene) -> Page:
    found = _made(scene)
    with scene.site.inside():
        found.plan_hearing()
    page = _opened(scene, found)
    with page.expect_download() as saved:
        page.get_by_role("link", name="Zet het in uw agenda").click()
    assert saved.value.suggested_filename == "gesprek.ics"
    return page


@state("concerned.attachment", "offered", shows="Bijlagen")
def _(scene: Scene) -> Page:
    found = _made(scene)
    with scene.site.inside():
        concerned.annex(found.complaint, "brief.pdf")
    page = _opened(scene, found)
    with page.expect_download() as saved:
        page.get_by_role("link", name="brief.pdf").click()
    assert saved.value.suggested_filename == "brief.pdf"
    return page


@state("concerned.attachment", "of another complaint", shows="Deze persoonlijke pagina kennen we niet")
def _(scene: Scene) -> Page:
    found, other = _made(scene), _made(scene)
    with scene.site.inside():
        file = concerned.annex(other.complaint)
    return scene.visit(f"{found.address}/bijlage/{file}")
