"""Drafts of complaints, as somebody left them, and pages of their steps."""

from datetime import timedelta

from playwright.sync_api import Page

from portal import clock
from portal.complaints import receipts
from portal.complaints.content import Content, Reach, Wish
from portal.complaints.filing import operations, queries
from portal.complaints.filing.rules import Filling
from tests.browser.pages import AnyPage
from tests.browser.states import Scene

STALE = "Deze pagina stond lang open"
WORDS = "Er staat iets in het verslag dat niet klopt."
LONG = " ".join([WORDS] * 40) + "\n\nEenlangwoordzondereinde" + "x" * 300
GONE, SENT = "Dit is er niet meer", "Dit is al verstuurd"
AT_ANY_STEP = (GONE, SENT)
MANY = Content(
    what=LONG,
    when="al een paar maanden",
    about="de medewerker bij het gesprek",
    wishes=tuple(Wish),
    wish_other="een kop koffie",
    for_whom="Tante Proef",
    name="Proef Persoon",
    email="a@voorbeeld.example",
    phone="+31612345678",
    street="Proefstraat 1",
    postcode="2691 ZM",
    place="'s-Gravenzande",
    reach=tuple(Reach),
    voicemail=True,
    formal_by_email=True,
)


def draft(scene: Scene, language: str = "nl", **given: object) -> str:
    """The path of a draft that somebody began."""
    with scene.site.changing():
        made = operations.begin(Filling(**given), language)  # type: ignore[arg-type]
        return f"/klacht/invullen/{queries.token_of(made)}"


def step(scene: Scene, name: str, *, scripts: bool = True, **given: object) -> AnyPage:
    return AnyPage(scene.visit(f"{draft(scene, **given)}/{name}", scripts=scripts))  # type: ignore[arg-type]


def on(shown: AnyPage) -> Page:
    shown.page.locator("main").get_by_role("button", name="Verder", exact=True).click()
    return shown.page


def expire(scene: Scene, path: str) -> None:
    with scene.site.changing():
        found = queries.find(path.rsplit("/", 1)[-1], to_change=True)
        assert found is not None
        found.kept_until = clock.today() - timedelta(days=1)


def sent(scene: Scene, path: str) -> None:
    """Somebody sent it, with a receipt code that nobody here knows."""
    with scene.site.inside():
        operations.send(path.rsplit("/", 1)[-1], receipts.hashed(receipts.new_code()), "nl")


def spoil(page: Page) -> None:
    """The page's proof that it is ours fits no more."""
    page.locator("#mark").evaluate("field => { field.value = 'stale'; }")
