"""Following a complaint with the reference and the receipt code."""

from flask import Response, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.complaints import attachments
from portal.complaints.following import calendar, copying, operations, pages
from portal.complaints.following import rules as shown
from portal.complaints.following import session as visit
from portal.complaints.following.door import (
    INVALID,
    STALE,
    blueprint,
    enter_page,
    expired,
    held,
    note,
    of_another,
    status_of,
    switched_language,
)
from portal.complaints.following.forms import CloseForm, EnterForm, SolvedForm, own
from portal.complaints.following.writing import CARRIED
from portal.complaints.models import Complaint
from portal.complaints.operations import case_of
from portal.complaints.rules import Solved, Step
from portal.db import transaction
from portal.forms import errors_of
from portal.identity import attempts
from portal.web import entry, is_read, page

__all__ = ["blueprint"]

ATTEMPT = "complaint"
"""Wrong tries are counted by where they come from alone: nobody can shut a complainant out."""
TOO_MANY = 429


@blueprint.route("", methods=["GET", "POST"])
@entry("personal")
def follow() -> ResponseReturnValue:
    """The form for reference and code, or the complaint that this browser follows."""
    if request.method == "POST":
        return _enter()
    complaint = visit.current()
    if complaint is None:
        return enter_page(EnterForm(), note=note() or ("koekje" if "binnen" in request.args else ""))
    if "binnen" in request.args:
        return redirect(url_for(".follow"), 303)
    return page("complaints/following/follow.html", note=note(), **pages.overview(complaint))


def _enter() -> ResponseReturnValue:
    form = EnterForm()
    if switched_language():
        return enter_page(form)
    if not form.validate():
        return enter_page(form, status=STALE if form.mark.errors else INVALID)
    seconds, number = attempts.begin(ATTEMPT)
    if seconds:
        form.code.errors = [_too_many(seconds)]
        response = enter_page(form, status=TOO_MANY)
        response.headers["Retry-After"] = str(seconds)
        return response
    complaint = operations.opened_by(form.reference.data, form.code.data)
    if complaint is None:
        operations.refused(form.reference.data)
        return _not_opened(form)
    code_hash = complaint.code_hash
    attempts.was_right(number)
    if not form.words.data or form.to.data not in CARRIED:
        is_in = _let_in(complaint, code_hash)
        return redirect(url_for(".follow", binnen=1), 303) if is_in else _not_opened(form)
    if form.made_for.data not in ("", complaint.reference):
        # What was typed for one complaint must not come near another.
        form.reference.errors = [
            _("Wat u typte, hoort bij een andere klacht. Vul het kenmerk en de code van die klacht in.")
        ]
        return enter_page(form, status=INVALID)
    if not _let_in(complaint, code_hash):
        return _not_opened(form)
    visit.current()  # from here on in the language of the complaint
    kept = {"words": form.words.data, "request_key": form.request_key.data}
    kind, show = CARRIED[form.to.data]
    return show(complaint, own(kind, complaint, formdata=None, data=kept), carried=True)


def _let_in(complaint: Complaint, code_hash: str | None) -> bool:
    """Begin a visit. One look is recorded for all its pages; what is taken away has one of its own."""
    is_in = visit.let_in(complaint, code_hash)
    if is_in:
        operations.seen(complaint, "followed")
    return is_in


def _not_opened(form: EnterForm) -> Response:
    form.reference.errors = [
        _(
            "Dit nummer en deze code horen niet bij elkaar. Kijk ze allebei nog eens na. De code heeft twaalf letters en cijfers."
        )
    ]
    return enter_page(form, status=INVALID)


def _too_many(seconds: int) -> str:
    return ngettext(
        "Er kwamen te veel pogingen achter elkaar. Wacht %(num)s seconde en probeer het dan opnieuw. Er is niets verloren.",
        "Er kwamen te veel pogingen achter elkaar. Wacht %(num)s seconden en probeer het dan opnieuw. Er is niets verloren.",
        seconds,
    )


@blueprint.get("/gesprek.ics")
@entry("personal")
def hearing_calendar() -> ResponseReturnValue:
    """The hearing for somebody's own calendar."""
    complaint = visit.current()
    if complaint is None:
        return expired()
    if complaint.hearing_at is None:
        abort(404)
    planned = sum(step.step == Step.PLAN_HEARING for step in complaint.steps)
    body = calendar.hearing(
        complaint.public_id,
        complaint.hearing_at,
        complaint.hearing_place or "",
        _("Gesprek"),
        max(0, planned - 1),
    )
    return _download(body, "gesprek.ics", "text/calendar; charset=utf-8")


def _download(body: bytes | str, name: str, content_type: str) -> Response:
    response = Response(body, content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@blueprint.get("/brief/<int:letter_id>")
@entry("personal")
def letter(letter_id: int) -> ResponseReturnValue:
    """One letter as it was sent; that it was opened is noted."""
    complaint = visit.current()
    if complaint is None:
        return expired()
    if is_read():
        public_id = complaint.public_id
        with transaction():
            complaint = held(public_id)
            operations.open_letter(complaint, letter_id)
    found = operations.shown_letter(complaint, letter_id)
    if found is None:
        abort(404)
    one = next(one for one in pages.letters(complaint) if one["letter"] is found)
    return page("complaints/following/letter.html", one=one, **pages.shared(complaint))


@blueprint.post("/opgelost")
@entry("personal")
def solved() -> ResponseReturnValue:
    """Whether it was solved, in the complainant's own eyes."""
    complaint = visit.current()
    if complaint is None:
        return expired()
    form = own(SolvedForm, complaint)
    if form.is_of_another:
        return of_another(complaint, form)
    if not form.validate():
        context = pages.overview(complaint, solved=form)
        return page(
            "complaints/following/follow.html", status=status_of(form), errors=errors_of(form), **context
        )
    public_id = complaint.public_id
    with transaction():
        complaint = held(public_id)
        may = shown.may_say_whether_solved(case_of(complaint))
        if may:
            operations.say_solved(complaint, Solved(form.solved.data))
    if not may:
        # It went on meanwhile: there is nothing to say yet.
        return redirect(url_for(".follow"), 303)
    return redirect(url_for(".follow", melding="bewaard", _anchor="opgelost"), 303)


@blueprint.get("/kopie")
@entry("personal")
def copy() -> ResponseReturnValue:
    """Everything that was entered, to keep."""
    complaint = visit.current()
    if complaint is None:
        return expired()
    operations.seen(complaint, "copy")
    name = f"kopie-{complaint.reference}.txt"
    return _download(copying.as_text(complaint), name, "text/plain; charset=utf-8")


@blueprint.get("/bijlage/<file_id>")
@entry("personal")
def attachment(file_id: str) -> ResponseReturnValue:
    """A file that came with this complaint, to download."""
    complaint = visit.current()
    if complaint is None:
        return expired()
    found = attachments.find(complaint, file_id)
    if found is None:
        abort(404)
    operations.seen(complaint, "attachment")
    return attachments.download(found)


@blueprint.post("/sluiten")
@entry("personal")
def close() -> ResponseReturnValue:
    """This browser forgets the complaint."""
    complaint = visit.current()
    if complaint is not None:
        form = own(CloseForm, complaint)
        if form.is_of_another:
            return of_another(complaint, form)
        if not form.validate():
            context = pages.overview(complaint, close=form)
            return page("complaints/following/follow.html", status=STALE, errors=errors_of(form), **context)
        visit.leave()
    return redirect(url_for(".follow", melding="gesloten"), 303)
