"""The states of the pages about what is kept how long."""

from collections.abc import Callable
from datetime import date, timedelta

from playwright.sync_api import Page, expect
from sqlalchemy import delete, select

from portal import clock
from portal.audit.operations import record
from portal.complaints import retention as complaints
from portal.complaints.models import Complaint
from portal.complaints.rules import Stage
from portal.db import db, transaction
from portal.identity.models import User
from portal.identity.rules import Role
from portal.privacy.models import Hold
from portal.privacy.retention import operations
from portal.privacy.retention.rules import Kind
from portal.surveys.models import Response
from portal.tasks.models import Task
from tests.browser.states import REQUIRED, Scene, require, state
from tests.complaints.people import filed
from tests.privacy.retention.past import answered, asked, called, complained

HOME = "/team/bewaren"
REASON = "Er loopt een zaak bij de rechtbank, tot de uitspraak."
LONG = "Vraag van de toezichthouder.\nhttps://voorbeeld.example/" + "heel-lang-adres-" * 8

require(
    {
        "retention.index": (
            "empty",
            "many",
            "held",
            "due when let go",
            "not closed",
            "seen only",
            "after a purge",
            "refused",
        ),
        "retention.place": ("placed", "errors", "gone already", "held already", "coordinator"),
        "retention.end": ("let go", "let go before", "unknown"),
    }
)
# One more state of a page that is registered elsewhere.
REQUIRED["complaints.case"] = (*REQUIRED.get("complaints.case", ()), "erased", "erased for others")
REQUIRED["complaints.index"] = (*REQUIRED.get("complaints.index", ()), "erased")


def _nothing_held(scene: Scene) -> None:
    with scene.bare.changing():
        db.session.execute(delete(Hold))


def _open(scene: Scene, *roles: Role, address: str = HOME) -> Page:
    return scene.staff(address, *(roles or (Role.ADMIN,)), site=scene.bare)


def _complaint(scene: Scene, *, erased: bool = False) -> str:
    """A complaint that ended years ago; its reference."""
    with scene.bare.inside():
        one = complained(date(2019, 3, 4), theme="recording") if erased else filed()
        reference = one.reference
        if erased:
            with transaction():
                complaints.erase([one.id])
    return reference


def _hold(scene: Scene, kind: Kind, about: str = "", reason: str = REASON) -> int:
    with scene.bare.changing():
        somebody = db.session.scalar(select(User).where(User.roles.any(name=Role.ADMIN)))
        if somebody is None:
            raise LookupError("open the page as an administrator first")
        return operations.place(kind, about, reason, somebody).id


@state("retention.index", "empty", shows="Er wordt niets vastgehouden.")
def _(scene: Scene) -> Page:
    _nothing_held(scene)
    return _open(scene)


@state("retention.index", "many", shows="te lang open")
def _(scene: Scene) -> Page:
    _nothing_held(scene)
    with scene.bare.inside():
        made = [asked(date(2026, 1, 5), name=f"Proefpersoon {number}") for number in range(3)]
        called(None, asked_on=date(2026, 2, 2))
        called(date(2026, 3, 3))
        answered("2019-Q4")
        complained(date(2019, 3, 4), stage="solved", whole=False)  # type: ignore[arg-type]
    page = _open(scene)
    assert made
    with scene.bare.inside():
        # What another state counts on is not to be late, and that nobody answered yet.
        with transaction():
            db.session.execute(delete(Response).where(Response.quarter == "2019-Q4"))
            db.session.execute(
                delete(Task).where(
                    Task.done_at.is_(None), Task.created_at < clock.now() - timedelta(days=200)
                )
            )
        operations.purge()
    return page


@state("retention.index", "held", shows="heel-lang-adres-")
def _(scene: Scene) -> Page:
    _nothing_held(scene)
    page = _open(scene, Role.ADMIN, Role.COMPLAINTS)
    _hold(scene, Kind.TEXTS, reason=LONG)
    _hold(scene, Kind.COMPLAINTS, _complaint(scene))
    page.reload()
    return page


@state("retention.index", "due when let go", shows="Dan gaat er 1 vannacht weg.")
def _(scene: Scene) -> Page:
    _nothing_held(scene)
    page = _open(scene)
    with scene.bare.inside():
        called(date(2026, 3, 3))
    _hold(scene, Kind.CALLS)
    page.reload()
    with scene.bare.changing():
        db.session.execute(delete(Task).where(Task.done_at < clock.now() - timedelta(days=200)))
    return page


@state("retention.index", "not closed", shows="of hij is nog niet afgesloten")
def _(scene: Scene) -> Page:
    _nothing_held(scene)
    with scene.bare.inside():
        number = complained(date(2019, 3, 4), stage=Stage.TOLD, whole=False).id
    page = _open(scene)
    with scene.bare.inside(), transaction():
        # What another state counts on is not to be late.
        complaints.erase([number])
    return page


@state("retention.index", "seen only", shows="De reden leest alleen de klachtencoördinator.")
def _(scene: Scene) -> Page:
    _nothing_held(scene)
    _open(scene)
    _hold(scene, Kind.COMPLAINTS, _complaint(scene))
    return _open(scene, Role.QUALITY)


@state("retention.index", "after a purge", shows="Uit het logboek.")
def _(scene: Scene) -> Page:
    _nothing_held(scene)
    with scene.bare.changing():
        for kind, rows in ((Kind.CONTACTS, 500), (Kind.CONTACTS, 136), (Kind.COMPLAINTS, 2)):
            record("retention.purged", "portal", kind=kind, rows=str(rows), until="2026-08-25")
        record("evening.purged", "portal", evening="1")
    return _open(scene, Role.QUALITY)


@state("retention.index", "refused", shows="Hier mag u niet komen")
def _(scene: Scene) -> Page:
    return _open(scene, Role.TALKS)


def _filled(page: Page, about: str, reason: str, kind: str = "Klachten") -> Page:
    choice = page.get_by_label("Wat mag niet weg?")
    if choice.count():
        choice.select_option(label=kind)
    page.get_by_label("Nummer van de klacht").fill(about)
    page.get_by_label("Waarom mag het niet weg?").fill(reason)
    page.get_by_role("button", name="Houd vast").click()
    return page


@state("retention.place", "placed", shows="Dit blijft, tot iemand het loslaat.")
def _(scene: Scene) -> Page:
    _nothing_held(scene)
    page = _filled(_open(scene), "", REASON, "Wat mensen schreven in een vragenlijst")
    expect(page.locator("#said")).to_be_focused()
    return page


@state("retention.place", "errors", shows="Er zijn 2 dingen die nog niet kloppen")
def _(scene: Scene) -> Page:
    _nothing_held(scene)
    page = _filled(_open(scene), "KL-2026-0001", "rechtszaak", "Verstuurde berichten")
    assert page.get_by_label("Waarom mag het niet weg?").input_value() == "rechtszaak"
    return page


@state("retention.place", "gone already", shows="Deze klacht is al weggehaald")
def _(scene: Scene) -> Page:
    return _filled(_open(scene), _complaint(scene, erased=True), REASON)


@state("retention.place", "held already", shows="Dit wordt al vastgehouden.")
def _(scene: Scene) -> Page:
    _nothing_held(scene)
    page = _open(scene)
    reference = _complaint(scene)
    _hold(scene, Kind.COMPLAINTS, reference, LONG)
    return _filled(page, reference, REASON)


@state("retention.place", "coordinator", shows="Dit blijft, tot iemand het loslaat.")
def _(scene: Scene) -> Page:
    _nothing_held(scene)
    return _filled(_open(scene, Role.COMPLAINTS), _complaint(scene), REASON)


def _ended(scene: Scene, meanwhile: Callable[[int], None]) -> Page:
    _nothing_held(scene)
    page = _open(scene)
    number = _hold(scene, Kind.CALLS)
    page.reload()
    meanwhile(number)
    page.get_by_role("button", name="Loslaten Verzoeken om te bellen").click()
    return page


@state(
    "retention.end",
    "let go",
    shows="Losgelaten. Is de termijn voorbij, dan gaat het bij de volgende ronde weg.",
)
def _(scene: Scene) -> Page:
    return _ended(scene, lambda _number: None)


@state("retention.end", "let go before", shows="Dit was al losgelaten.")
def _(scene: Scene) -> Page:
    def ended(number: int) -> None:
        with scene.bare.changing():
            hold = db.session.get_one(Hold, number)
            hold.ended_on, hold.ended_by = clock.today(), "1"

    return _ended(scene, ended)


@state("retention.end", "unknown", shows="Deze pagina is er niet")
def _(scene: Scene) -> Page:
    return _ended(scene, lambda _number: _nothing_held(scene))


@state("complaints.case", "erased", shows="Waarom is de klacht weg?")
def _(scene: Scene) -> Page:
    return _open(scene, Role.COMPLAINTS, address=f"/team/klachten/{_complaint(scene, erased=True)}")


@state("complaints.case", "erased for others", shows="Waarom is de klacht weg?")
def _(scene: Scene) -> Page:
    return _open(scene, Role.QUALITY, address=f"/team/klachten/{_complaint(scene, erased=True)}")


@state("complaints.index", "erased", shows="weggehaald op")
def _(scene: Scene) -> Page:
    _complaint(scene, erased=True)
    with scene.bare.inside():
        year = db.session.scalar(select(Complaint.year).where(Complaint.erased_on.is_not(None)))
    return _open(scene, Role.COMPLAINTS, address=f"/team/klachten?afgelopen={year}")
