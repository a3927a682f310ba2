"""Taking in an export of the client registration: upload it, look at it, take it over or not."""

from collections import Counter
from typing import Any

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from werkzeug.exceptions import RequestEntityTooLarge

from portal import clock
from portal.db import transaction
from portal.exports import csv_file
from portal.forms import errors_of
from portal.identity.access import staff as may_enter
from portal.identity.rules import may
from portal.profile import profile
from portal.surveys.inviting import importing, registration
from portal.surveys.inviting.importing import Preview
from portal.surveys.inviting.overview import paused
from portal.surveys.inviting.recognising import Status
from portal.surveys.inviting.registration import Unreadable
from portal.surveys.inviting.registration_file import COLUMNS, COMPULSORY
from portal.surveys.inviting.staff_forms import UploadForm
from portal.uploads import make_room
from portal.web import page

blueprint = Blueprint("uploads", __name__)
MOST_SHOWN = 100

# Somebody invented, so long ago that leaving the row in asks nobody anything.
EXAMPLE = (
    "Z-2020-0000001",
    "intake",
    "01-03-2020",
    "jeugd",
    "Naaldwijk",
    "ouder",
    "Proefpersoon Voorbeeld",
    "proefpersoon@voorbeeld.example",
    "06 12345678",
    "Voorbeeldstraat 1",
    "2691 ZM",
    "'s-Gravenzande",
    "nl",
    "nee",
)


@blueprint.url_value_preprocessor
def _make_room(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """An export may be larger than what other pages take. Before anything reads the body."""
    if endpoint == f"{request.blueprint}.{upload.__name__}":
        make_room(importing.UPLOAD_LIMIT)


@blueprint.errorhandler(RequestEntityTooLarge)
def _too_large(error: RequestEntityTooLarge) -> ResponseReturnValue:
    """Said in words about a file; for who may not come here only that it was too much."""
    return _form([("file", _too_large_words())], status=413) if _may_manage() else error


def _may_manage() -> bool:
    return bool(current_user.is_authenticated and may(current_user.role_names, "invitations.manage"))


def _too_large_words() -> str:
    return _(
        "Dit bestand is groter dan %(limit)s MB. Er is niets veranderd. Maak een export over een kortere tijd, of vraag de beheerder het in te lezen.",
        limit=importing.UPLOAD_LIMIT // 1024 // 1024,
    )


@blueprint.route("/inlezen", methods=["GET", "POST"])
@may_enter("invitations.manage")
def upload() -> ResponseReturnValue:
    """Choose a file. It is kept encrypted until somebody takes it over or throws it away."""
    if request.method == "GET":
        return _form([])
    form = UploadForm()
    if not form.validate():
        return _form(errors_of(form))
    chosen = form.file.data
    data = chosen.read() if chosen else b""
    if not chosen or not chosen.filename:
        return _form([("file", _("Kies eerst een bestand. Daarna kunt u het bekijken."))])
    try:
        registration.read(data, clock.today())
        with transaction():
            upload_id = importing.keep_upload(data, str(current_user.id))
    except Unreadable as error:
        return _form([("file", str(error))])
    return redirect(url_for(".preview", upload_id=upload_id), 303)


@blueprint.get("/voorbeeld.csv")
@may_enter("invitations.manage")
def example() -> Response:
    """An empty export with one invented row."""
    return csv_file("voorbeeld.csv", COLUMNS, [EXAMPLE])


@blueprint.get("/inlezen/<upload_id>")
@may_enter("invitations.manage")
def preview(upload_id: str) -> ResponseReturnValue:
    """What the file would do, before it does anything."""
    data = importing.upload(upload_id)
    if data is None:
        return _gone()
    try:
        found = importing.preview(data)
    except Unreadable as error:
        return _form([("file", str(error))])
    return page(
        "team/invitations_preview.html",
        upload_id=upload_id,
        paused=paused(),
        most=MOST_SHOWN,
        **_summary(found),
    )


def _summary(found: Preview) -> dict[str, Any]:
    """The preview as the page shows it: numbers first, then the rows that change something."""
    changing = [row for row in found.rows if row.status is not Status.KNOWN]
    asked = [row for row in changing if row.steps]
    passed_over = [row for row in changing if not row.steps]
    return {
        "counts": {str(status): number for status, number in found.outcome.counts.items()},
        "refused": found.outcome.refused,
        "warnings": found.outcome.warnings,
        "asked": asked,
        "passed_over": passed_over,
        "first_channels": Counter(str(row.steps[0][1]) for row in asked).most_common(),
        "reasons": Counter(str(row.not_asked) for row in passed_over if row.not_asked).most_common(),
    }


@blueprint.get("/inlezen/<upload_id>/geweigerd.csv")
@may_enter("invitations.manage")
def refused(upload_id: str) -> ResponseReturnValue:
    """The rows that stay out, to mend in the registration."""
    data = importing.upload(upload_id)
    if data is None:
        return _gone()
    readings = registration.read(data, clock.today())
    rows = [
        (reading.refusal.line, reading.refusal.column, reading.refusal.reason)
        for reading in readings
        if reading.refusal
    ]
    return csv_file("geweigerde-rijen.csv", ("regel", "kolom", "reden"), rows)


@blueprint.post("/inlezen/<upload_id>/overnemen")
@may_enter("invitations.manage")
def take_in(upload_id: str) -> ResponseReturnValue:
    """Take the good rows over. Pressing twice takes nothing over twice."""
    data = importing.upload(upload_id)
    if data is None:
        return _gone()
    outcome = importing.take_in(data, str(current_user.id))
    with transaction():
        importing.forget_upload(upload_id)
    counts = outcome.counts
    flash(
        _(
            "Ingelezen: %(new)s nieuw, %(changed)s veranderd, %(known)s al bekend, %(refused)s geweigerd.",
            new=counts[Status.NEW],
            changed=counts[Status.CHANGED],
            known=counts[Status.KNOWN],
            refused=len(outcome.refused),
        )
    )
    return redirect(url_for("invitations.index"), 303)


@blueprint.post("/inlezen/<upload_id>/weggooien")
@may_enter("invitations.manage")
def throw_away(upload_id: str) -> ResponseReturnValue:
    """Leave it: nothing was changed and the file goes."""
    with transaction():
        importing.forget_upload(upload_id)
    flash(_("Het bestand is weggegooid. Er is niets veranderd."))
    return redirect(url_for(".upload"), 303)


def _gone() -> ResponseReturnValue:
    """Taken over or thrown away before, or kept for too long."""
    flash(
        ngettext(
            "Dit bestand is hier niet meer: het is al ingelezen, weggegooid, of ouder dan een dag. Twijfelt u? Kies het gerust nog een keer. Wat al bekend is, verandert niet.",
            "Dit bestand is hier niet meer: het is al ingelezen, weggegooid, of ouder dan %(num)s dagen. Twijfelt u? Kies het gerust nog een keer. Wat al bekend is, verandert niet.",
            profile().retention.uploads_days,
        ),
        "warning",
    )
    return redirect(url_for(".upload"), 303)


def _form(errors: list[tuple[str, str]], *, status: int | None = None) -> Response:
    return page(
        "team/invitations_upload.html",
        status=status or (422 if errors else 200),
        errors=errors,
        columns=COLUMNS,
        compulsory=COMPULSORY,
        limit=importing.UPLOAD_LIMIT // 1024 // 1024,
    )
