"""The yearly figures about complaints, for the team and for everyone."""

from collections.abc import Iterator, Mapping
from typing import Any

from flask import Blueprint, Response, abort, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from portal import i18n
from portal.audit.operations import record
from portal.complaints import words as complaint_words
from portal.complaints.counting import words as counting_words
from portal.db import transaction
from portal.exports import Cell, csv_file
from portal.identity.access import staff as may_enter
from portal.insight import complaints, words
from portal.insight.complaint_rules import Ending, Split, Timing
from portal.insight.complaints import YearReport
from portal.insight.queries import NotOnTheList
from portal.profile import LANGUAGE, profile
from portal.web import entry, page

blueprint = Blueprint("complaint_figures", __name__)

HIDDEN = _l("te weinig klachten om te tonen")
ENDINGS: dict[Ending, Any] = {
    Ending.SOLVED: _l("Samen opgelost, zonder oordeel"),
    Ending.FORMAL: _l("Formeel, met een oordeel"),
    Ending.NOT_TAKEN_UP: _l("Niet in behandeling genomen"),
    Ending.WITHDRAWN: _l("Ingetrokken"),
    Ending.PASSED_ON: _l("Doorgestuurd"),
    Ending.RUNNING: _l("Loopt nog"),
}
TIMINGS: dict[Timing, Any] = {
    Timing.IN_TIME: _l("Op tijd"),
    Timing.LATE: _l("Te laat"),
    Timing.LATE_RUNNING: _l("Loopt nog en is al te laat"),
    Timing.RUNNING: _l("Loopt nog, binnen de tijd"),
    Timing.WITHOUT_TERM: _l("Ingetrokken of doorgestuurd: geen termijn"),
}


@blueprint.get("/team/klachten/jaar")
@may_enter("complaints.figures")
def year() -> Response:
    """The complaints of one year, and the years beside it."""
    report = _asked()
    return page(
        "team/complaints/year.html",
        report=report,
        chart_of_years=complaints.series_chart(report.series, str(words.UNKNOWN)),
        hidden=HIDDEN,
        endings=ENDINGS,
        timings=TIMINGS,
        themes=_themes(),
        words=words,
        complaint_words=complaint_words,
        counting_words=counting_words,
    )


@blueprint.get("/team/klachten/jaar.csv")
@may_enter("complaints.figures", fresh=True)
def year_file() -> Response:
    """The same as a file. What may not be shown is not in it either."""
    report = _asked()
    with transaction():
        record("export.made", str(current_user.id), what="complaint figures")
    header = [_("Onderdeel"), _("Groep"), _("Aantal")]
    return csv_file(f"klachten-{report.year.year}.csv", header, _rows(report))


@blueprint.get("/klacht/jaarverslag")
@entry("public")
def account() -> Response:
    """The public account of what complaints came in (Awb 9:12a). It identifies nobody."""
    return page(
        "complaints/account.html",
        account=complaints.account(),
        themes=_themes(),
        domains=words.DOMAINS,
    )


def _asked() -> YearReport:
    """The report of the year in the address; 404 for one that is not on the list."""
    asked = request.args.get("jaar")
    try:
        return complaints.year_report(None if asked is None else int(asked))
    except (NotOnTheList, ValueError):
        abort(404)


def _themes() -> dict[str, str]:
    """The themes in the language of the page; what nobody gave a theme yet comes under no name."""
    language = i18n.language()
    named = {key: text.get(language, text[LANGUAGE]) for key, text in profile().complaints.themes.items()}
    return {"": str(_("Nog geen thema")), **named}


def _rows(report: YearReport) -> Iterator[tuple[Cell, Cell, Cell]]:
    """The figures of a year, one a line."""
    shown, counted = report.year, report.figures
    if shown.published is not None:
        yield str(_("Ontvangen, eerder gepubliceerd")), "", shown.published
    for domain, name in complaint_words.DOMAINS.items():
        yield str(_("Ontvangen, in dit portaal")), str(name), shown.by_domain.get(domain, 0)
    part = str(_("Op tijd of niet"))
    yield part, str(TIMINGS[Timing.LATE_RUNNING]), counted.late_now
    rest = {timing: name for timing, name in TIMINGS.items() if timing is not Timing.LATE_RUNNING}
    yield from _whole_rows(part, counted.timings, rest)
    yield from _whole_rows(str(_("Hoe het ging")), counted.endings, ENDINGS)
    others = counted.third_party if counted.third_party is not None else str(HIDDEN) if counted.total else 0
    yield str(_("Door een ander, zonder dat de cliënt het wist")), "", others
    reasons = {str(key): str(name) for key, name in complaint_words.NOT_TAKEN_UP.items()}
    yield from _split_rows(str(_("Reden niet in behandeling")), counted.reasons, reasons)
    yield from _split_rows(str(_("Thema")), counted.themes, _themes())
    yield from _judgment_rows(report)
    median = f"{counted.days.median:g}".replace(".", ",") if counted.days.median is not None else str(HIDDEN)
    yield str(_("Dagen tot uitkomst of oplossing (mediaan)")), "", median if counted.days.n else ""
    for route, number in report.others.items():
        yield str(_("Geen klacht")), str(complaint_words.ROUTES[route]), number
    for kind, number in report.objections.kinds.items():
        yield str(_("Bezwaar en beroep")), str(counting_words.KINDS[kind]), number
    yield str(_("Verbeteringen")), str(_("gemaakt")), report.measures_made
    yield str(_("Verbeteringen")), str(_("klaar")), report.measures_done


def _whole_rows(
    part: str, sizes: Mapping[Any, int] | None, names: Mapping[Any, Any]
) -> Iterator[tuple[Cell, Cell, Cell]]:
    """All parts, or of none how many."""
    if sizes is None:
        yield part, str(_("overige")), str(HIDDEN)
        return
    for key, name in names.items():
        yield part, str(name), sizes.get(key, 0)


def _split_rows(part: str, split: Split[str], names: dict[str, str]) -> Iterator[tuple[Cell, Cell, Cell]]:
    for key, number in split.shown:
        yield part, names.get(key, key), number
    if split.has_hidden:
        yield part, str(_("overige")), str(HIDDEN)


def _judgment_rows(report: YearReport) -> Iterator[tuple[Cell, Cell, Cell]]:
    part = str(_("Oordelen over onderdelen"))
    if report.judged.parts is None:
        yield part, "", str(HIDDEN)
        return
    for judgment, name in complaint_words.JUDGMENTS.items():
        yield part, str(name), report.judged.parts.get(judgment, 0)
