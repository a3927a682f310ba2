"""Where do I go, and filing in a few steps that can be left and continued."""

from dataclasses import replace
from typing import Any
from urllib.parse import quote

from flask import Blueprint, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import TooManyRequests
from wtforms.validators import ValidationError

from portal import clock, i18n
from portal.complaints import receipts
from portal.complaints.filing import forms, operations, queries, routes
from portal.complaints.filing.forms import CodeForm, PlainForm, ReviewForm, StartForm, StepForm
from portal.complaints.filing.rules import Filling, Place, read_code
from portal.complaints.following import session as following_session
from portal.complaints.models import Complaint, ComplaintDraft
from portal.complaints.rules import Domain, Route
from portal.crypto import keyring
from portal.db import transaction
from portal.forms import STALE, errors_of, tidy
from portal.identity import attempts
from portal.profile import profile
from portal.web import entry, page

blueprint = Blueprint("filing", __name__, url_prefix="/klacht")
TEMPLATES = "complaints/filing"
ENDPOINTS = {
    Place.WHAT: "filing.what",
    Place.ABOUT: "filing.about",
    Place.FILES: "filing_files.files",
    Place.REACH: "filing.reach",
    Place.REVIEW: "filing.review",
}


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
    with transaction():
        draft = operations.begin(way.filling(), i18n.language())
        token = queries.token_of(draft)
    _speak(draft)
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
    if request.method == "GET" or _switched_language():
        return page(f"{TEMPLATES}/resume.html", form=form, errors=[])
    if seconds := attempts.wait("draft"):
        raise TooManyRequests(retry_after=seconds)
    status = 400
    if form.validate():
        code = read_code(form.code.data or "")
        draft = queries.find_by_code(code) if code else None
        if draft is not None:
            return redirect(url_for(".open_draft", token=queries.token_of(draft)), 303)
        if form.code.data:
            attempts.failed("draft")
        form.code.errors = [_code_help(form.code.data or "", code)]
        status = 422
    return page(f"{TEMPLATES}/resume.html", status=status, form=form, errors=errors_of(form))


def _code_help(typed: str, code: str) -> str:
    if not typed:
        return _("Typ de code die u opschreef. Het zijn tien letters en cijfers.")
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
        return _not_there(token)
    _speak(draft)
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
            return _not_there(token)
        _speak(draft)
        filling = queries.filled(draft)
        return _show(token, place, filling, forms.FORMS[place](draft, filling))
    with transaction():
        draft = queries.find(token, to_change=True)
        if draft is None:
            return _not_there(token)
        _speak(draft)
        filling = queries.filled(draft)
        form = forms.FORMS[place](draft, filling)
        is_right = form.validate()
        if form.is_stale:
            return _show(token, place, filling, form, status=400)
        filling = filling.with_answers(form.answers)
        switched = _switched_language()
        goes = is_right and not switched
        target = _target(place) if goes else place
        operations.save(draft, replace(filling, at=target), i18n.language())
        if switched:
            form.forgive()
        if not goes:
            return _show(token, place, filling, form, status=200 if switched else 422)
    is_later = request.form.get("action") == "later"
    return redirect(url_for(".later" if is_later else ENDPOINTS[target], token=token), 303)


def _target(place: Place) -> Place:
    """Where the pressed button leads: one on, one back, or here again for who goes on later."""
    return place.beside({"back": -1, "later": 0}.get(request.form.get("action", ""), 1))


def _show(
    token: str, place: Place, filling: Filling, form: StepForm, *, status: int = 200
) -> ResponseReturnValue:
    return page(
        f"{TEMPLATES}/{place.name.lower()}.html",
        status=status,
        token=token,
        place=place,
        filling=filling,
        young=filling.young,
        form=form,
        errors=errors_of(form),
        ask_for_whom=filling.on_behalf != "self" or "voor" in request.args,
    )


@blueprint.get("/invullen/<token>/later")
@entry("personal")
def later(token: str) -> ResponseReturnValue:
    """It is kept: the link and the code to go on with, and until when."""
    draft = queries.find(token)
    if draft is None:
        return _not_there(token)
    _speak(draft)
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
        text_file=_text_file(text),
        form=PlainForm(public_id=draft.public_id, purpose=forms.PURPOSE),
    )


@blueprint.post("/invullen/<token>/weggooien")
@entry("personal")
def throw_away(token: str) -> ResponseReturnValue:
    """Delete what was begun."""
    with transaction():
        draft = queries.find(token, to_change=True)
        if draft is None:
            return _not_there(token)
        _speak(draft)
        young = queries.filled(draft).young
        if PlainForm(public_id=draft.public_id, purpose=forms.PURPOSE).validate():
            operations.throw_away(draft)
            return page(f"{TEMPLATES}/thrown.html", young=young)
    return redirect(url_for(".later", token=token), 303)


@blueprint.route("/invullen/<token>/nakijken", methods=["GET", "POST"])
@entry("personal")
def review(token: str) -> ResponseReturnValue:
    """Look it over, and send; the answer to sending is the receipt."""
    draft = queries.find(token)
    if request.method == "GET":
        return _review_page(token, draft) if draft else _not_there(token)
    public_id = draft.public_id if draft else queries.owner_of(token)
    if public_id is None:
        return _not_there(token)
    form = ReviewForm(public_id=public_id, purpose=forms.PURPOSE)
    code = _code_of(form, public_id)
    if draft is not None:
        if not code:
            return _review_page(token, draft, [("", str(STALE))], status=400)
        _speak(draft)
        try:
            operations.send(token, receipts.hashed(code), i18n.language())
        except operations.NothingToSend:
            return _review_page(token, draft, [("wijzig-wat", _nothing_to_send())], status=422)
        except operations.Gone:
            pass  # Another post of this link was first: what it made is shown below.
    complaint = queries.sent(public_id)
    if complaint is None or not code or not receipts.fits(complaint.code_hash, code):
        return _not_there(token)
    return _receipt_page(complaint, code)


def _code_of(form: ReviewForm, public_id: str) -> str:
    """The receipt code of the form, when we made it for this draft; "" for any other."""
    code = receipts.read(form.code.data or "")
    is_ours = keyring().form_mark_fits(form.proof.data or "", public_id, forms.RECEIPT + code)
    return code if code and is_ours and form.validate() else ""


def _nothing_to_send() -> str:
    return _(
        "Er is nog niets om te versturen. Vertel in een paar woorden wat er gebeurde, of voeg een bijlage toe."
    )


def _review_page(
    token: str, draft: ComplaintDraft, errors: list[tuple[str, str]] | None = None, *, status: int = 200
) -> ResponseReturnValue:
    _speak(draft)
    filling = queries.filled(draft)
    code = receipts.new_code()
    form = ReviewForm(formdata=None, public_id=draft.public_id, purpose=forms.PURPOSE)
    form.code.data = code
    form.proof.data = keyring().form_mark(draft.public_id, forms.RECEIPT + code)
    return page(
        f"{TEMPLATES}/review.html",
        status=status,
        token=token,
        place=Place.REVIEW,
        filling=filling,
        young=filling.young,
        form=form,
        errors=errors or [],
        sections={place: forms.rows(filling, place) for place in forms.FORMS},
        files=draft.attachments,
        endpoints=ENDPOINTS,
        promise=routes.promise(filling.route, filling.domain),
    )


def _receipt_page(complaint: Complaint, code: str) -> ResponseReturnValue:
    """The receipt code is on this page and nowhere else."""
    following_session.let_in(complaint)
    i18n.use_own(complaint.language)
    promise = routes.promise(Route(complaint.route), Domain(complaint.domain), complaint.received_on)
    follow = f"{current_app.extensions['settings'].base_url}{url_for('following.follow', taal=None)}"
    grouped = receipts.grouped(code)
    lines = [
        _("Kenmerk: %(reference)s", reference=complaint.reference),
        _("Ontvangstcode: %(code)s", code=grouped),
        _("Volgen: %(address)s", address=follow),
    ]
    return page(
        f"{TEMPLATES}/receipt.html",
        complaint=complaint,
        young=complaint.young,
        code=grouped,
        promise=promise,
        text_file=_text_file("\n".join([*lines, ""])),
        letter=next(iter(complaint.letters), None),
    )


def _text_file(text: str) -> str:
    """A file of text inside a link: saved by the browser, and asked of nobody."""
    return f"data:text/plain;charset=utf-8,{quote(text, safe='')}"


def _not_there(token: str) -> ResponseReturnValue:
    """The friendly page for a link that opens nothing (any more): sent, gone, or never ours."""
    public_id = queries.owner_of(token)
    complaint = queries.sent(public_id) if public_id else None
    names = [name for names in forms.STEP_FIELDS.values() for name in names]
    typed = [text for name in names if name in forms.TYPED and (text := tidy(request.form.get(name)))]
    context: dict[str, Any] = {"typed": typed, "young": complaint.young if complaint else False}
    if complaint is not None:
        i18n.use_own(complaint.language)
        status = 409 if request.method == "POST" else 410
        return page(f"{TEMPLATES}/sent.html", status=status, reference=complaint.reference, **context)
    if public_id is not None:
        return page(f"{TEMPLATES}/gone.html", status=410, **context)
    return page(f"{TEMPLATES}/unknown.html", status=404, **context)


def _speak(draft: ComplaintDraft) -> None:
    """From here on the page is in the language of the draft."""
    i18n.use_own(draft.language)


def _switched_language() -> bool:
    """A form page's language button: the same page, with what was typed, in that language."""
    verb, _colon, value = request.form.get("action", "").partition(":")
    if verb != "language" or value not in profile().languages:
        return False
    i18n.use(value)
    return True
