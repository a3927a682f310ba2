"""Who complained and how to reach them, changed by who handles it; and the sheet that goes along when it is passed on."""

from flask import Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.complaints import letters, operations
from portal.complaints.handling.access import changing, seen
from portal.complaints.handling.forms import DetailsForm
from portal.complaints.handling.pages import actor, blueprint, in_words
from portal.complaints.handling.queries import is_counted_as_objection
from portal.complaints.models import Complaint
from portal.complaints.rules import Route
from portal.crypto import keyring
from portal.forms import errors_of
from portal.identity.access import staff
from portal.web import page


@blueprint.route("/<reference>/gegevens", methods=["GET", "POST"])
@staff("complaints.see")
def details(reference: str) -> ResponseReturnValue:
    """What is known of who complained. Said again, it changes nothing."""
    complaint = seen(reference, "details")
    form = DetailsForm(complaint.content)
    if request.method == "GET":
        form.show(complaint.language, young=complaint.young)
    elif form.validate():
        if _changed(reference, form):
            return redirect(url_for(".case", reference=reference), 303)
        form.name.errors = [
            _("Er is intussen iets veranderd bij deze klacht. Kijk of alles nog klopt, en bewaar opnieuw.")
        ]
        complaint = seen(reference, "details")
    form.steps.data = _mark(complaint)
    errors = errors_of(form)
    return page(
        "team/complaints/details.html",
        status=422 if errors else 200,
        complaint=complaint,
        form=form,
        errors=errors,
    )


def _changed(reference: str, form: DetailsForm) -> bool:
    """Keep it; False where something was done since the page was opened."""
    with changing(reference) as complaint:
        if form.steps.data != _mark(complaint):
            return False
        changed = operations.change_details(
            complaint,
            form.changed,
            language=str(form.language.data),
            young=bool(form.young.data),
            actor=actor(),
        )
        by_hand = letters.keep_from_home(complaint)
    flash(_("Bewaard.") if changed else _("Er is niets veranderd."))
    if by_hand:
        flash(_("Wat nog te posten was, geeft u nu zelf: er mag geen brief naar huis."), "warning")
    return True


def _mark(complaint: Complaint) -> str:
    """What a page saw of the complaint, without saying anything of it."""
    known = f"{complaint.language} {complaint.young} {complaint.sealed_content}"
    return f"{len(complaint.steps)}-{keyring().index('complaint details', known)[:32]}"


@blueprint.get("/<reference>/doorsturen")
@staff("complaints.see", fresh=True)
def forward_sheet(reference: str) -> Response:
    """Everything that was told, to print and send to whom it is for, with the day it was received (Awb 6:15)."""
    complaint = seen(reference, "forward sheet")
    return page(
        "team/complaints/forward.html",
        complaint=complaint,
        content=complaint.content,
        details_day=in_words,
        is_objection=complaint.route == Route.OBJECTION or is_counted_as_objection(complaint),
    )
