"""Letters as they are kept and printed, and a new receipt code for who lost it."""

import secrets
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, SelectChoice
from wtforms.validators import Length, ValidationError

from portal.complaints import letters, receipts
from portal.complaints.handling import access, step_operations
from portal.complaints.handling.labels import LETTERS, WAYS
from portal.complaints.handling.pages import MOST_ID
from portal.complaints.letters import By, Kind
from portal.complaints.models import Complaint, ComplaintLetter
from portal.complaints.operations import is_told
from portal.crypto import keyring
from portal.forms import errors_of, tidy
from portal.identity.access import staff
from portal.web import page

blueprint = Blueprint("complaint_steps", __name__, url_prefix="/team/klachten/<reference>")
LONGEST_KEY = 32
CHECKS: dict[str, Any] = {
    "phone": _l("Ik belde terug op het nummer dat wij al hadden."),
    "desk": _l("Ik zag aan de balie wie het is."),
}
NO_MAIL = _l("%(name)s heeft geen e-mailadres: geef de link zelf.", name="%(name)s")
BY_LETTER, BY_HAND = "letter", "hand"
GIVEN: dict[str, Any] = {
    BY_HAND: _l("Ik geef de code nu zelf: ik lees hem voor of geef hem op papier."),
    BY_LETTER: _l("Met een brief naar het adres dat wij hebben."),
}


# ---- A letter -----------------------------------------------------------------------------


@blueprint.get(f"/brief/<int(max={MOST_ID}):letter_id>")
@staff("complaints.see")
def letter(reference: str, letter_id: int) -> Response:
    """A letter as it was kept, ready to print. The receipt code stands beside it only while it waits."""
    complaint = access.seen(reference, "letter")
    found = _letter_of(complaint, letter_id)
    code = complaint.code_sealed if step_operations.carries_code(complaint, found) else None
    content = complaint.content
    street = [content.street, f"{content.postcode} {content.place}".strip()]
    return page(
        "team/complaints/letter.html",
        complaint=complaint,
        letter=found,
        kind=LETTERS[found.kind],
        way=WAYS[found.channel],
        by_post=found.channel == By.POST,
        address=[line for line in (content.name, *street) if line] if found.channel == By.POST else [],
        code=receipts.grouped(code) if code else "",
    )


@blueprint.post(f"/brief/<int(max={MOST_ID}):letter_id>/gepost")
@staff("complaints.see")
def posted(reference: str, letter_id: int) -> ResponseReturnValue:
    """It was posted or handed over. Said again, it changes nothing."""
    if not FlaskForm().validate():
        abort(400)
    with access.changing(reference) as complaint:
        found = _letter_of(complaint, letter_id)
        is_new = step_operations.posted(complaint, found, str(current_user.id))
        told = step_operations.without_mail(complaint) if is_new and tells_outcome(complaint, found) else ()
    flash(_("Genoteerd: de brief is weg.") if is_new else _("Dat stond er al: deze brief is weg."))
    for name in told:
        flash(NO_MAIL % {"name": name}, "warning")
    return redirect(url_for("complaints.case", reference=complaint.reference), 303)


def tells_outcome(complaint: Complaint, found: ComplaintLetter) -> bool:
    """Whether with this letter the outcome was told."""
    return found.kind == Kind.OUTCOME and is_told(complaint)


def _letter_of(complaint: Complaint, letter_id: int) -> ComplaintLetter:
    found = next((one for one in complaint.letters if one.id == letter_id), None)
    if found is None:
        abort(404)
    return found


# ---- A new receipt code -------------------------------------------------------------------


class CodeForm(FlaskForm):
    """How somebody was recognised, and how the new code gets there."""

    checked = RadioField(
        _l("Hoe weet u zeker dat het de klager is?"),
        choices=[SelectChoice(key, text) for key, text in CHECKS.items()],
        validate_choice=False,
    )
    by = RadioField(_l("Hoe krijgt de klager de code?"), validate_choice=False)
    # Which code it replaces: pressing twice must not replace the one that is being read out.
    replaces = HiddenField()
    request_key = HiddenField(filters=[tidy], validators=[Length(max=LONGEST_KEY)])

    def __init__(self, complaint: Complaint, **given: Any) -> None:
        super().__init__(**given)
        home = complaint.content.may_write_home
        self.by.choices = [SelectChoice(key, text) for key, text in GIVEN.items() if home or key == BY_HAND]

    def validate_checked(self, field: RadioField) -> None:
        if field.data not in CHECKS:
            raise ValidationError(
                _("Kies hoe u het hebt nagekeken. Zonder controle komt er geen nieuwe code.")
            )

    def validate_by(self, field: RadioField) -> None:
        if field.data not in {choice.value for choice in field.choices}:
            raise ValidationError(_("Kies hoe de klager de code krijgt."))


@blueprint.route("/code", methods=["GET", "POST"])
@staff("complaints.see")
def code(reference: str) -> ResponseReturnValue:
    """A new receipt code in place of a lost one, after a check."""
    complaint = access.seen(reference, "code")
    if request.method == "GET":
        form = CodeForm(complaint, formdata=None)
        form.replaces.data, form.request_key.data = _mark(complaint), secrets.token_hex(8)
        return _ask(complaint, form)
    form = CodeForm(complaint)
    if not form.validate():
        return _ask(complaint, form)
    return _replaced(complaint, form)


def _replaced(complaint: Complaint, form: CodeForm) -> ResponseReturnValue:
    """Make the code before the transaction begins: hashing is slow on purpose."""
    new = receipts.new_code()
    hashed = receipts.hashed(new)
    sent = None
    with access.changing(complaint.reference) as held:
        is_first = form.replaces.data == _mark(held)
        if is_first:
            sent = step_operations.replace_code(
                held,
                new,
                hashed,
                checked=form.checked.data,
                by_letter=form.by.data == BY_LETTER,
                key=form.request_key.data or secrets.token_hex(8),
                actor=str(current_user.id),
            )
    if not is_first:
        return page("team/complaints/code_replaced.html", status=409, complaint=complaint)
    if sent is not None:
        flash(_("De nieuwe code komt op deze brief te staan. Print hem en doe hem op de post."))
        return redirect(url_for(".letter", reference=complaint.reference, letter_id=sent.id), 303)
    return page("team/complaints/code_shown.html", complaint=complaint, code=receipts.grouped(new))


def _ask(complaint: Complaint, form: CodeForm) -> Response:
    errors = errors_of(form)
    waiting = [one for one in letters.waiting(complaint) if step_operations.carries_code(complaint, one)]
    return page(
        "team/complaints/code.html",
        status=422 if errors else 200,
        complaint=complaint,
        content=complaint.content,
        form=form,
        errors=errors,
        waiting=waiting,
    )


def _mark(complaint: Complaint) -> str:
    """Which code the complaint has now, without saying anything of it."""
    return keyring().index("receipt code", complaint.code_hash or "")
