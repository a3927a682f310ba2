"""What became of the advice: kept by the team, read by everybody."""

from datetime import date

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
from portal.talks.advices.operations import Behind
from portal.talks.advices.rules import NEXT, IllegalStage
from portal.talks.advices.words import FIELDS, KINDS, STAGES, outcome
from portal.talks.models import Advice
from portal.web import entry, page

staff_pages = Blueprint("advices", __name__, url_prefix="/team/talks/adviezen")
public = Blueprint("done", __name__)
MOST_ID = 2147483647


@public.get("/dit-deden-wij")
@entry("public")
def what_we_did() -> Response:
    """What was done with each advice, in one sentence."""
    return page("talks/done.html", advices=queries.published(), outcome=outcome)


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
    if form.is_submitted() and form.seen.data != str(len(advice.steps)):
        return _crossed(advice, form)
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
        try:
            with transaction():
                held = operations.locked(advice_id) or abort(404)
                is_new = operations.change(
                    held, form.told, seen=form.seen.data or "", actor=str(current_user.id)
                )
        except Behind:
            return _behind(_there(advice_id), form)
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


def _behind(advice: Advice, form: AdviceForm) -> Response:
    """The form as it was typed, with what is there now."""
    since = [(FIELDS[name], _as_read(advice, form, name)) for name in operations.differing(advice, form.told)]
    form.seen.data = operations.mark_of(advice)
    return page("team/talks/advice_change.html", status=409, advice=advice, form=form, errors=[], since=since)


def _as_read(advice: Advice, form: AdviceForm, name: str) -> str:
    now = getattr(advice, name)
    if name == "published":
        return _("iedereen") if now else _("alleen het team")
    if name == "evening_id":
        return next((str(one.label) for one in form.evening.choices if one.value == str(now or "")), "–")
    return f"{now:%d-%m-%Y}" if isinstance(now, date) else now or "–"


def _there(advice_id: int) -> Advice:
    found = queries.one(advice_id)
    if found is None:
        abort(404)
    return found


def _stepped(advice: Advice, form: StageForm) -> ResponseReturnValue:
    try:
        with transaction():
            held = operations.locked(advice.id) or abort(404)
            if form.seen.data != str(len(held.steps)):
                raise Behind
            operations.step(held, form.chosen, form.reason.data or "", str(current_user.id))
    except (Behind, IllegalStage):
        return _crossed(_there(advice.id), form)
    flash(_("Vastgelegd: %(stage)s.", stage=str(STAGES[form.chosen])))
    return redirect(url_for(".one", advice_id=advice.id), 303)


def _crossed(advice: Advice, form: StageForm) -> ResponseReturnValue:
    """What was typed, with the steps that are there now. The same button twice is no quarrel."""
    last = advice.steps[-1]
    if (last.stage, last.words) == (form.stage.data, form.reason.data or ""):
        return redirect(url_for(".one", advice_id=advice.id), 303)
    again = StageForm(advice)
    again.seen.data = str(len(advice.steps))
    again.stage.errors = [_("Iemand anders legde intussen een stap vast. Kijk of dit nog klopt.")]
    return _page(advice, again, status=409)


def _page(advice: Advice, form: StageForm, *, status: int = 200) -> Response:
    has_next = bool(NEXT[advice.stage])
    errors = [(target if has_next else "", message) for target, message in errors_of(form)]
    return page(
        "team/talks/advice.html",
        status=status if status != 200 else 422 if errors else 200,
        advice=advice,
        form=form,
        errors=errors,
        stages=STAGES,
        kinds=KINDS,
        has_next=has_next,
    )
