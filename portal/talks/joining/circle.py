"""The circle: be told of new evenings. Confirmed before anything is sent, left with one click."""

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import TooManyRequests

from portal import i18n
from portal.db import transaction
from portal.forms import errors_of
from portal.identity import attempts
from portal.profile import profile
from portal.talks import circle_operations
from portal.talks.joining.circle_forms import JoinForm, MemberForm
from portal.web import entry, page

blueprint = Blueprint("circle", __name__, url_prefix="/talks/kring")
ATTEMPT = "talk-circle"
ONE_CLICK = ("List-Unsubscribe", "One-Click")
"""What a mail provider posts for somebody who presses its own button (RFC 8058)."""


@blueprint.route("", methods=["GET", "POST"])
@entry("public")
def join() -> ResponseReturnValue:
    """Ask to be told. The answer is the same for an address that is in the circle already."""
    form = JoinForm()
    if not form.validate_on_submit():
        errors = errors_of(form)
        return page("talks/circle_join.html", status=422 if errors else 200, form=form, errors=errors)
    if seconds := attempts.wait_to_use(ATTEMPT):
        raise TooManyRequests(retry_after=seconds)
    with transaction():
        circle_operations.ask(form.email.data or "", i18n.language())
    return redirect(url_for(".asked"), 303)


@blueprint.get("/gevraagd")
@entry("public")
def asked() -> Response:
    """Look in your mail."""
    return page("talks/circle_asked.html", days=profile().talks.confirm_days)


@blueprint.get("/eruit")
@entry("public")
def left() -> Response:
    """No more messages of new evenings."""
    return page("talks/circle_left.html")


@blueprint.route("/<token>", methods=["GET", "POST"])
@entry("personal", from_anywhere=ONE_CLICK[0])
def mine(token: str) -> ResponseReturnValue:
    """One button: yes, tell me; and for who is in the circle: no more."""
    member = circle_operations.of_token(token)
    if member is None:
        return page("talks/circle_gone.html", status=404)
    i18n.use_own(member.language)
    # The provider has no mark and no page of ours: the link itself is the authority.
    one_click = request.form.get(ONE_CLICK[0]) == ONE_CLICK[1]
    leaves = one_click or request.form.get("action") == "leave"
    form = MemberForm(public_id=member.public_id, purpose="circle")
    if request.method != "POST" or not (one_click or form.validate()):
        errors = errors_of(form)
        return page(
            "talks/circle_mine.html",
            status=422 if errors else 200,
            form=form,
            errors=errors,
            token=token,
            is_member=member.confirmed_on is not None,
        )
    with transaction():
        held = circle_operations.of_token(token, to_change=True)
        if held is not None:
            (circle_operations.leave if leaves else circle_operations.confirm)(held)
    if one_click:
        return Response(f"{_('U krijgt geen berichten meer over nieuwe avonden.')}\n", mimetype="text/plain")
    return redirect(url_for(".left") if leaves else url_for(".mine", token=token), 303)
