"""What is kept how long, what goes when, and what may not go yet."""

from flask import Blueprint, Response, abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date
from flask_babel import gettext as _
from flask_login import current_user

from portal.db import db, transaction
from portal.forms import errors_of
from portal.identity.access import staff
from portal.identity.models import User
from portal.identity.rules import may
from portal.privacy.retention import operations, queries, words
from portal.privacy.retention.forms import HoldForm
from portal.privacy.retention.operations import AlreadyHeld, Erased, Unknown
from portal.privacy.retention.rules import Kind
from portal.web import page

blueprint = Blueprint("retention", __name__, url_prefix="/team/bewaren")
MOST_ID = 2147483647


@blueprint.get("")
@staff("retention.see")
def index() -> Response:
    """Every kind with what goes when; what is held; what went."""
    return _page(HoldForm(current_user.role_names, formdata=None))


@blueprint.post("/vasthouden")
@staff("retention.hold")
def place() -> ResponseReturnValue:
    """Something stays although its term is over. What was typed stays on the page where it cannot be done."""
    form = HoldForm(current_user.role_names)
    if not form.validate() or not _placed(form):
        return _page(form)
    flash(_("Dit blijft, tot iemand het loslaat."))
    return redirect(url_for(".index", _anchor="said"), 303)


def _placed(form: HoldForm) -> bool:
    """Hold it; False with what is wrong beside the field."""
    try:
        with transaction():
            user = db.session.get_one(User, int(current_user.id))
            operations.place(form.chosen, form.about.data or "", form.reason.data or "", user)
    except Unknown:
        form.about.errors = [_("Wij vonden geen klacht met dit nummer. Kijk het nummer na.")]
    except Erased as gone:
        form.about.errors = [
            _("Deze klacht is al weggehaald, op %(day)s.", day=format_date(gone.on, "d MMMM yyyy"))
        ]
    except AlreadyHeld:
        field = form.about if form.about.data else form.kind
        field.errors = [_("Dit wordt al vastgehouden. Het staat hierboven bij “Vastgehouden”.")]
    else:
        return True
    return False


@blueprint.post(f"/vasthouden/<int(max={MOST_ID}):hold_id>/loslaten")
@staff("retention.hold", fresh=True)
def end(hold_id: int) -> ResponseReturnValue:
    """It goes again when its term is over."""
    try:
        with transaction():
            is_new = operations.end(hold_id, db.session.get_one(User, int(current_user.id)))
    except LookupError:
        abort(404)
    except PermissionError:
        abort(403)
    if is_new:
        flash(_("Losgelaten. Is de termijn voorbij, dan gaat het bij de volgende ronde weg."))
    else:
        flash(_("Dit was al losgelaten."))
    return redirect(url_for(".index", _anchor="said"), 303)


def _page(form: HoldForm) -> Response:
    errors = errors_of(form)
    kept = queries.kept()
    late = next(one for one in kept if one.kind is Kind.COMPLAINTS).standing.unfinished
    return page(
        "team/retention.html",
        status=422 if errors else 200,
        form=form,
        errors=errors,
        kept=kept,
        unfinished=queries.unfinished(current_user) if late else [],
        holds=queries.holds(current_user, kept),
        proofs=queries.proofs(),
        most_proofs=queries.MOST_PROOFS,
        may_hold=may(current_user.role_names, "retention.hold"),
        words=words,
    )
