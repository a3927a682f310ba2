"""What is learned: measures until they are done, objections and appeals."""

from collections.abc import Callable

from flask import Blueprint, Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from portal.complaints.counting import operations, queries
from portal.complaints.counting.forms import MeasureForm, ObjectionForm, OutcomeForm
from portal.complaints.counting.operations import Gone, NewMeasure
from portal.complaints.counting.words import KINDS, OUTCOMES, SUBJECTS, Kind, Outcome, Subject
from portal.complaints.models import Complaint, Objection
from portal.complaints.words import COLOURS
from portal.db import db, transaction
from portal.forms import errors_of
from portal.identity.access import staff as may_enter
from portal.profile import profile
from portal.web import page

blueprint = Blueprint("learning", __name__, url_prefix="/team/klachten")
MOST_ID = 2147483647


def _actor() -> str:
    return str(current_user.id)


# ---- Measures -----------------------------------------------------------------------------


@blueprint.route("/verbeteringen", methods=["GET", "POST"])
@may_enter("complaints.learn")
def measures() -> ResponseReturnValue:
    """What we change and who sees to it; posting adds one."""
    if request.method == "GET":
        return _measures(_new_measure())
    form = MeasureForm()
    complaint = _complaint_of(form)
    if not form.validate() or (form.reference.data and complaint is None):
        if form.reference.data and complaint is None:
            form.reference.errors = [
                _("We vonden geen klacht met dit nummer die u mag lezen. Kijk het nummer na.")
            ]
        return _measures(form)
    given = NewMeasure(
        words=form.words.data or "",
        owner=form.owner.data or "",
        due_on=form.due_on.data,
        theme=form.theme.data or "",
        complaint_id=complaint.id if complaint else None,
    )
    with transaction():
        operations.add_measure(given, request_key=form.request_key.data or "", actor=_actor())
    flash(_("De verbetering staat erbij."))
    return redirect(url_for(".measures"), 303)


@blueprint.post(f"/verbeteringen/<int(max={MOST_ID}):measure_id>/klaar")
@may_enter("complaints.learn")
def finish_measure(measure_id: int) -> ResponseReturnValue:
    """A measure is done."""
    with transaction():
        is_new = _or_404(lambda: operations.finish_measure(measure_id, _actor()))
    flash(_("Mooi, dat is klaar.") if is_new else _("Dit was al klaar."))
    return redirect(url_for(".measures"), 303)


@blueprint.post(f"/verbeteringen/<int(max={MOST_ID}):measure_id>/open")
@may_enter("complaints.learn")
def reopen_measure(measure_id: int) -> ResponseReturnValue:
    """It was not done after all."""
    with transaction():
        is_new = _or_404(lambda: operations.reopen_measure(measure_id, _actor()))
    flash(_("De verbetering staat weer open.") if is_new else _("Dit stond al open."))
    return redirect(url_for(".measures"), 303)


def _or_404(change: Callable[[], bool]) -> bool:
    try:
        return change()
    except Gone:
        abort(404)


def _new_measure() -> MeasureForm:
    """An empty form, or one about a complaint when somebody comes from there and may read it."""
    form = MeasureForm(formdata=None)
    form.fresh()
    complaint = queries.readable(request.args.get("klacht", ""))
    if complaint is not None:
        form.reference.data, form.theme.data = complaint.reference, complaint.theme
    return form


def _complaint_of(form: MeasureForm) -> Complaint | None:
    return queries.readable(form.reference.data) if form.reference.data else None


def _measures(form: MeasureForm) -> Response:
    errors = errors_of(form)
    done = queries.done_measures()
    return page(
        "team/complaints/measures.html",
        status=422 if errors else 200,
        errors=errors,
        form=form,
        open_measures=queries.open_measures(),
        done_measures=done,
        done_earlier=queries.done_number() - len(done) if len(done) == queries.MOST_DONE else 0,
        themes=profile().complaints.themes,
        colours=COLOURS,
    )


# ---- Objections and appeals ---------------------------------------------------------------


@blueprint.route("/bezwaren", methods=["GET", "POST"])
@may_enter("complaints.learn")
def objections() -> ResponseReturnValue:
    """Objections and appeals by year; posting adds one."""
    if request.method == "GET":
        form = ObjectionForm(formdata=None)
        form.fresh()
        return _objections(form)
    form = ObjectionForm()
    if not form.validate():
        return _objections(form)
    with transaction():
        operations.add_objection(
            Kind(form.kind.data),
            Subject(form.subject.data),
            form.received_on.data,
            request_key=form.request_key.data or "",
            actor=_actor(),
        )
    flash(_("Het staat erbij."))
    return redirect(url_for(".objections"), 303)


@blueprint.post(f"/bezwaren/<int(max={MOST_ID}):objection_id>/uitkomst")
@may_enter("complaints.learn")
def end_objection(objection_id: int) -> ResponseReturnValue:
    """How one ended, or that it still runs."""
    found = db.session.get(Objection, objection_id)
    if found is None:
        abort(404)
    form = OutcomeForm(found.id, found.received_on)
    if not form.validate():
        fresh = ObjectionForm(formdata=None)
        fresh.fresh()
        return _objections(fresh, form, objection_id)
    outcome = None if form.is_open else Outcome(form.outcome.data)
    with transaction():
        held = db.session.get(Objection, objection_id, with_for_update=True, populate_existing=True)
        if held is None:
            abort(404)
        is_new = operations.end_objection(held, outcome, form.ended_on.data, _actor())
    flash(_("De uitkomst is bewaard.") if is_new else _("Dit stond er al zo."))
    return redirect(url_for(".objections"), 303)


def _objections(form: ObjectionForm, wrong: OutcomeForm | None = None, wrong_id: int = 0) -> Response:
    errors = errors_of(form) + (errors_of(wrong) if wrong else [])
    years = queries.objections()
    forms = {one.id: _outcome_form(one) for listed in years.values() for one in listed}
    if wrong is not None:
        forms[wrong_id] = wrong
    return page(
        "team/complaints/objections.html",
        status=422 if errors else 200,
        errors=errors,
        form=form,
        years=years,
        forms=forms,
        opened=wrong_id,
        kinds=KINDS,
        subjects=SUBJECTS,
        outcomes=OUTCOMES,
    )


def _outcome_form(objection: Objection) -> OutcomeForm:
    form = OutcomeForm(objection.id, objection.received_on, formdata=None)
    form.outcome.data, form.ended_on.data = objection.outcome or "", objection.ended_on
    return form
