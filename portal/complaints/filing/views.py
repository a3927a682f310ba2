"""Where do I go, and filing in a few steps that can be left and continued."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import TooManyRequests
from wtforms.validators import ValidationError

from portal import clock, i18n
from portal.complaints.filing import forms, fresh, operations, queries, routes, sending
from portal.complaints.filing.forms import CodeForm, PlainForm, StartForm, StepForm
from portal.complaints.filing.pages import (
    ENDPOINTS,
    TEMPLATES,
    not_there,
    speak,
    switched_language,
    text_file,
)
from portal.complaints.filing.rules import Filling, Place, read_code
from portal.db import transaction
from portal.forms import errors_of, tidy
from portal.identity import attempts
from portal.web import entry, page

blueprint = Blueprint("filing", __name__, url_prefix="/klacht")
ATTEMPT = "filing-begin"


@blueprint.route("", methods=["GET", "POST"])
@entry("public")
def start() -> ResponseReturnValue:
    """Where do I go: a question, or where the answers lead; posting begins a draft there."""
    way = routes.read(request.args)
    form = StartForm()
    if request.method == "GET":
        return _way_page(way, form)
    if not form.validate():
        return _way_page(way, form, status=400)
    if seconds := attempts.wait_to_use(ATTEMPT):
        raise TooManyRequests(retry_after=seconds)
    with transaction():
        draft = operations.begin(way.filling(), i18n.language())
        token = queries.token_of(draft)
    speak(draft)
    return redirect(url_for(".what", token=token), 303)


def _way_page(way: routes.Way, form: StartForm, *, status: int = 200) -> ResponseReturnValue:
    ask, problem = way.question, ""
    typed = way.chosen.get(routes.Ask.SENT, "")
    if typed:
        try:
            forms.check_day(typed)
        except ValidationError as error:
            ask, problem, status = routes.Ask.SENT, str(error), 422
    context: dict[str, Any] = {"way": way, "young": way.young, "form": form, "errors": errors_of(form)}
    if ask is not None:
        errors = [*context["errors"], *([("datum", problem)] if problem else [])]
        heading = routes.HEADINGS[ask][way.young]
        context |= {"ask": ask, "heading": heading, "typed": typed, "problem": problem, "errors": errors}
        return page(f"{TEMPLATES}/question.html", status=status, **context)
    context |= {"filling": way.filling(), "promise": routes.promise(way.route, way.domain)}
    if way.sent_on:
        last = routes.objection_by(way.sent_on)
        context |= {"objection_by": last, "is_past": last < clock.today()}
    return page(f"{TEMPLATES}/end.html", status=status, **context)


@blueprint.route("/verder", methods=["GET", "POST"])
@entry("public")
def resume() -> ResponseReturnValue:
    """Type the code of what was begun before."""
    form = CodeForm()
    if request.method == "GET" or switched_language():
        return page(f"{TEMPLATES}/resume.html", form=form, errors=[])
    if not form.validate():
        return page(f"{TEMPLATES}/resume.html", status=400, form=form, errors=errors_of(form))
    token = ""
    if form.code.data:
        token, form.code.errors = _token_by(form.code.data)
    else:
        form.code.errors = [_("Typ de code die u opschreef. Het zijn tien letters en cijfers.")]
    if token:
        return redirect(url_for(".open_draft", token=token), 303)
    return page(f"{TEMPLATES}/resume.html", status=422, form=form, errors=errors_of(form))


def _token_by(typed: str) -> tuple[str, list[str]]:
    """The token of the draft with this code; empty, with what to say of it, where there is none."""
    seconds, counted = attempts.begin("draft")
    if seconds:
        raise TooManyRequests(retry_after=seconds)
    code = read_code(typed)
    draft = queries.find_by_code(code) if code else None
    if draft is None:
        return "", [_code_help(code)]
    token = queries.token_of(draft)
    attempts.was_right(counted)
    return token, []


def _code_help(code: str) -> str:
    if not code:
        return _("Deze code is niet compleet. Een code heeft tien letters en cijfers. Kijk het nog eens na.")
    return _(
        "Deze code kennen we niet. Kijk elke letter nog eens na. Wat al verstuurd of weggegooid is, kunt u niet meer openen."
    )


@blueprint.get("/invullen/<token>")
@entry("personal")
def open_draft(token: str) -> ResponseReturnValue:
    """Where one was."""
    draft = queries.find(token)
    if draft is None:
        return not_there(token)
    speak(draft)
    return redirect(url_for(ENDPOINTS[queries.filled(draft).at], token=token), 303)


@blueprint.route("/invullen/<token>/wat", methods=["GET", "POST"])
@entry("personal")
def what(token: str) -> ResponseReturnValue:
    """What happened, and when."""
    return _step(token, Place.WHAT)


@blueprint.route("/invullen/<token>/over", methods=["GET", "POST"])
@entry("personal")
def about(token: str) -> ResponseReturnValue:
    """About whom, and what would help."""
    return _step(token, Place.ABOUT)


@blueprint.route("/invullen/<token>/bereikbaar", methods=["GET", "POST"])
@entry("personal")
def reach(token: str) -> ResponseReturnValue:
    """How one may be reached safely."""
    return _step(token, Place.REACH)


def _step(token: str, place: Place) -> ResponseReturnValue:
    """Show a step, or keep what it sent and go where the button says."""
    if request.method == "GET":
        draft = queries.find(token)
        if draft is None:
            return not_there(token)
        speak(draft)
        filling = queries.filled(draft)
        as_shown = fresh.step(filling, place)
        return _show(token, place, filling, forms.FORMS[place](draft, filling), as_shown)
    with transaction():
        draft = queries.find(token, to_change=True)
        if draft is None:
            return not_there(token)
        speak(draft)
        filling = queries.filled(draft)
        form = forms.FORMS[place](draft, filling)
        is_right = form.validate()
        given, as_shown = tidy(request.form.get("as_shown")), fresh.step(filling, place)
        if form.is_stale:
            return _show(token, place, filling, form, given or as_shown, status=400)
        switched = switched_language()
        # A page that says nothing was open since before pages said what they showed.
        elsewhere = fresh.changed(filling, form.answers) if given and not fresh.fits(given, as_shown) else {}
        if elsewhere:
            fresh.tell(form, elsewhere)
            return _show(token, place, filling, form, as_shown, elsewhere, status=409)
        filling = filling.with_answers(form.answers)
        goes = is_right and not switched
        target = _target(place) if goes else place
        operations.save(draft, replace(filling, at=target), i18n.language())
        if switched:
            form.forgive()
        if not goes:
            as_shown = fresh.step(filling, place)
            return _show(token, place, filling, form, as_shown, status=200 if switched else 422)
    is_later = request.form.get("action") == "later"
    return redirect(url_for(".later" if is_later else ENDPOINTS[target], token=token), 303)


def _target(place: Place) -> Place:
    """Where the pressed button leads: one on, one back, or here again for who goes on later."""
    return place.beside({"back": -1, "later": 0}.get(request.form.get("action", ""), 1))


def _show(
    token: str,
    place: Place,
    filling: Filling,
    form: StepForm,
    as_shown: str,
    elsewhere: Mapping[str, str] | None = None,
    *,
    status: int = 200,
) -> ResponseReturnValue:
    """A step. `elsewhere` is what another screen made of the answers meanwhile, in words."""
    differing = elsewhere or {}
    is_for_another = filling.on_behalf != "self" or "voor" in request.args
    return page(
        f"{TEMPLATES}/{place.name.lower()}.html",
        status=status,
        token=token,
        place=place,
        filling=filling,
        young=filling.young,
        form=form,
        errors=errors_of(form),
        as_shown=as_shown,
        elsewhere=differing,
        ask_for_whom=is_for_another or not differing.keys().isdisjoint({"on_behalf", "for_whom"}),
    )


@blueprint.get("/invullen/<token>/later")
@entry("personal")
def later(token: str) -> ResponseReturnValue:
    """It is kept: the link and the code to go on with, and until when."""
    draft = queries.find(token)
    if draft is None:
        return not_there(token)
    speak(draft)
    filling = queries.filled(draft)
    base_url = current_app.extensions["settings"].base_url
    address = f"{base_url}{url_for('.open_draft', token=token, taal=None)}"
    code = queries.code_of(draft)
    grouped = f"{code[:4]} {code[4:8]} {code[8:]}"
    text = "\n".join([address, f"{base_url}{url_for('.resume', taal=None)}", grouped, ""])
    return page(
        f"{TEMPLATES}/later.html",
        token=token,
        young=filling.young,
        address=address,
        code=grouped,
        kept_until=draft.kept_until,
        text_file=text_file(text),
        form=PlainForm(public_id=draft.public_id, purpose=forms.PURPOSE),
    )


@blueprint.post("/invullen/<token>/weggooien")
@entry("personal")
def throw_away(token: str) -> ResponseReturnValue:
    """Delete what was begun."""
    with transaction():
        draft = queries.find(token, to_change=True)
        if draft is None:
            return not_there(token)
        speak(draft)
        young = queries.filled(draft).young
        if PlainForm(public_id=draft.public_id, purpose=forms.PURPOSE).validate():
            operations.throw_away(draft)
            return page(f"{TEMPLATES}/thrown.html", young=young)
    return redirect(url_for(".later", token=token), 303)


@blueprint.route("/invullen/<token>/nakijken", methods=["GET", "POST"])
@entry("personal")
def review(token: str) -> ResponseReturnValue:
    """Look it over, and send; the answer to sending is the receipt."""
    return sending.send(token) if request.method == "POST" else sending.show(token)
