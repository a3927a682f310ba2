"""What became of the advice: kept by the team, read by everybody."""

from flask import Blueprint, Response, abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from portal import clock
from portal.db import transaction
from portal.forms import errors_of
from portal.identity.access import staff
from portal.talks.advices import operations, queries
from portal.talks.advices.forms import AdviceForm, StageForm
from portal.talks.advices.rules import NEXT, IllegalStage
from portal.talks.advices.words import KINDS, STAGES
from portal.talks.models import Advice
from portal.web import entry, page

staff_pages = Blueprint("advices", __name__, url_prefix="/team/talks/adviezen")
public = Blueprint("done", __name__)
MOST_ID = 2147483647


@public.get("/dit-deden-wij")
@entry("public")
def what_we_did() -> Response:
    """What was done with each advice, in one sentence."""
    return page("talks/done.html", advices=queries.published(), stages=STAGES, kinds=KINDS)


@staff_pages.route("", methods=["GET", "POST"])
@staff("advices.manage")
def index() -> ResponseReturnValue:
    """Every advice and where it stands; posting adds one."""
    form = AdviceForm(queries.evenings())
    if form.validate_on_submit():
        with transaction():
            advice = operations.add(
                form.told,
                given_on=form.given_on.data or clock.today(),
                request_key=form.request_key.data or "",
                actor=str(current_user.id),
            )
        flash(_("Het advies staat erbij."))
        return redirect(url_for(".one", advice_id=advice.id), 303)
    errors = errors_of(form)
    return page(
        "team/talks/advices.html",
        status=422 if errors else 200,
        advices=queries.all_of_them(),
        form=form,
        errors=errors,
        stages=STAGES,
        kinds=KINDS,
    )


@staff_pages.route(f"/<int(max={MOST_ID}):advice_id>", methods=["GET", "POST"])
@staff("advices.manage")
def one(advice_id: int) -> ResponseReturnValue:
    """One advice: its steps so far and the next; posting takes that."""
    advice = _there(advice_id)
    form = StageForm(advice)
    if form.validate_on_submit():
        return _stepped(advice, form)
    return _page(advice, form)


@staff_pages.route(f"/<int(max={MOST_ID}):advice_id>/wijzig", methods=["GET", "POST"])
@staff("advices.manage")
def change(advice_id: int) -> ResponseReturnValue:
    """Word it otherwise, publish it, or let somebody else see to it."""
    advice = _there(advice_id)
    form = AdviceForm(queries.evenings())
    if form.validate_on_submit():
        with transaction():
            held = operations.locked(advice_id)
            is_new = held is not None and operations.change(held, form.told, str(current_user.id))
        flash(_("Bewaard.") if is_new else _("Er is niets veranderd."))
        return redirect(url_for(".one", advice_id=advice_id), 303)
    if not form.is_submitted():
        form.show(advice)
    errors = errors_of(form)
    return page(
        "team/talks/advice_change.html",
        status=422 if errors else 200,
        advice=advice,
        form=form,
        errors=errors,
    )


def _there(advice_id: int) -> Advice:
    found = queries.one(advice_id)
    if found is None:
        abort(404)
    return found


def _stepped(advice: Advice, form: StageForm) -> ResponseReturnValue:
    try:
        with transaction():
            held = operations.locked(advice.id)
            if held is None:
                abort(404)
            if form.seen.data != str(len(held.steps)):
                raise IllegalStage(_("Iemand anders legde intussen een stap vast. Kijk of dit nog klopt."))
            operations.step(held, form.chosen, form.reason.data or "", str(current_user.id))
    except IllegalStage as refused:
        again = StageForm(queries.one(advice.id) or advice)
        again.seen.data = str(len(advice.steps))
        again.stage.errors = [str(refused)]
        return _page(advice, again, status=409)
    flash(_("Vastgelegd: %(stage)s.", stage=str(STAGES[form.chosen])))
    return redirect(url_for(".one", advice_id=advice.id), 303)


def _page(advice: Advice, form: StageForm, *, status: int = 200) -> Response:
    errors = errors_of(form)
    return page(
        "team/talks/advice.html",
        status=status if status != 200 else 422 if errors else 200,
        advice=advice,
        form=form,
        errors=errors,
        stages=STAGES,
        kinds=KINDS,
        has_next=bool(NEXT[advice.stage]),
    )
