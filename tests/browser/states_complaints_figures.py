"""The states of the addresses about complaints: the yearly figures, for the team and for everyone."""

from datetime import date, timedelta
from typing import Any

from playwright.sync_api import Page
from sqlalchemy import delete

from portal import clock
from portal.complaints.models import Complaint, ComplaintPart
from portal.complaints.rules import Domain, OnBehalf, Route, Stage
from portal.db import db, transaction
from portal.identity.rules import Role
from tests.browser.states import Scene, require, state
from tests.complaints.people import filed

YEAR, ACCOUNT = "/team/klachten/jaar", "/klacht/jaarverslag"

require(
    {
        "complaint_figures.year": (
            "empty",
            "one",
            "many",
            "hidden",
            "published only",
            "unknown year",
            "refused",
        ),
        "complaint_figures.year_file": ("downloaded",),
        "complaint_figures.account": ("published only", "many", "hidden", "english"),
    }
)


def _none(scene: Scene) -> None:
    with scene.bare.changing():
        db.session.execute(delete(Complaint))


def _some(scene: Scene, number: int, on: date, *judgments: str, **facts: Any) -> None:
    """So many complaints as the procedure would have left them, in a portal that was there then."""
    given = {name: facts.pop(name) for name in ("domain", "route", "on_behalf") if name in facts}
    with scene.bare.inside():
        for _one in range(number):
            made = filed(on, **given)
            with transaction():
                kept = db.session.get_one(Complaint, made.id)
                kept.received_at = clock.now().replace(year=on.year, month=1, day=20)
                for name, value in facts.items():
                    setattr(kept, name, value)
                kept.parts = [
                    ComplaintPart(number=place, words="iets", judgment=judgment)
                    for place, judgment in enumerate(judgments, start=1)
                ]


def _a_year(scene: Scene, year: int) -> None:
    """A year with much in it."""
    start = date(year, 1, 12)
    ended = {"ended_on": start + timedelta(days=23)}
    _some(scene, 6, start, domain=Domain.YOUTH, theme="recording", stage=Stage.SOLVED, **ended)
    _some(
        scene, 5, start, "upheld", "upheld", domain=Domain.YOUTH, theme="waiting", stage=Stage.CLOSED, **ended
    )
    _some(scene, 5, start, domain=Domain.ADULTS, theme="privacy", stage=Stage.WITHDRAWN, **ended)
    _some(
        scene,
        6,
        start,
        theme="privacy",
        stage=Stage.NOT_TAKEN_UP,
        on_behalf=OnBehalf.DOES_NOT_KNOW,
        not_taken_up_reason="third_party",
        **ended,
    )
    _some(scene, 2, start, route=Route.SIGNAL)


def _year(scene: Scene, *roles: Role, query: str = "") -> Page:
    return scene.staff(YEAR + query, *(roles or (Role.COMPLAINTS,)), site=scene.bare)


@state("complaint_figures.year", "empty", shows="is er nog geen klacht ontvangen.")
def _(scene: Scene) -> Page:
    _none(scene)
    return _year(scene)


@state("complaint_figures.year", "one", shows="klacht ontvangen")
def _(scene: Scene) -> Page:
    _none(scene)
    _some(scene, 1, clock.today())
    return _year(scene)


@state("complaint_figures.year", "many", shows="6 klachten kwamen van een ander")
def _(scene: Scene) -> Page:
    _none(scene)
    _a_year(scene, clock.today().year)
    return _year(scene)


@state("complaint_figures.year", "hidden", shows="Te weinig klachten om te tonen.")
def _(scene: Scene) -> Page:
    _none(scene)
    _some(
        scene,
        3,
        clock.today() - timedelta(days=10),
        "upheld",
        theme="privacy",
        stage=Stage.CLOSED,
        ended_on=clock.today(),
    )
    return _year(scene)


@state("complaint_figures.year", "published only", shows="eerder gepubliceerd; in dit portaal staat er geen")
def _(scene: Scene) -> Page:
    _none(scene)
    return _year(scene, query="?jaar=2021")


@state("complaint_figures.year", "unknown year", shows="Deze pagina is er niet")
def _(scene: Scene) -> Page:
    return _year(scene, query="?jaar=2019")


@state("complaint_figures.year", "refused", shows="Hier mag u niet komen")
def _(scene: Scene) -> Page:
    return _year(scene, Role.TALKS)


@state("complaint_figures.year_file", "downloaded", shows="Verder met deze cijfers")
def _(scene: Scene) -> Page:
    page = _year(scene)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download de cijfers").click()
    assert download.value.suggested_filename == f"klachten-{clock.today().year}.csv"
    return page


@state("complaint_figures.account", "published only", shows="eerder verteld in ons jaarverslag")
def _(scene: Scene) -> Page:
    _none(scene)
    return scene.visit(scene.bare.address + ACCOUNT)


@state("complaint_figures.account", "many", shows="Wat er over mensen is opgeschreven: 6")
def _(scene: Scene) -> Page:
    _none(scene)
    _a_year(scene, 2024)
    return scene.visit(scene.bare.address + ACCOUNT)


@state(
    "complaint_figures.account", "hidden", shows="Over elk onderwerp kwamen te weinig klachten om te tonen."
)
def _(scene: Scene) -> Page:
    _none(scene)
    _some(scene, 2, date(2024, 5, 6), theme="privacy")
    return scene.visit(scene.bare.address + ACCOUNT)


@state("complaint_figures.account", "english", shows="Nederlands")
def _(scene: Scene) -> Page:
    return scene.visit(f"{scene.bare.address}{ACCOUNT}?taal=en")
