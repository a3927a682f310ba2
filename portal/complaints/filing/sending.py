"""The last step: looking it over, sending, and the receipt."""

from contextlib import suppress

from flask import current_app, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import TooManyRequests

from portal import clock, i18n
from portal.complaints import receipts
from portal.complaints.filing import forms, fresh, operations, queries, routes
from portal.complaints.filing.forms import ReviewForm
from portal.complaints.filing.pages import ENDPOINTS, TEMPLATES, not_there, speak, text_file
from portal.complaints.filing.rules import RECEIPT_SHOWN_FOR, Place
from portal.complaints.following import session as following_session
from portal.complaints.models import Complaint, ComplaintDraft
from portal.complaints.rules import Domain, Route
from portal.crypto import keyring
from portal.db import db
from portal.forms import STALE
from portal.identity import attempts
from portal.web import page

ATTEMPT = "filing-send"


def show(token: str) -> ResponseReturnValue:
    """All answers and files of the draft, with the button that sends them."""
    draft = queries.find(token)
    return _review_page(token, draft) if draft else not_there(token)


def send(token: str) -> ResponseReturnValue:
    """Send what was looked over. A second post of the same page shows the same receipt, for an hour."""
    draft = queries.find(token)
    public_id = draft.public_id if draft else queries.owner_of(token)
    if public_id is None:
        return not_there(token)
    form = ReviewForm(public_id=public_id, purpose=forms.PURPOSE)
    code = _code_of(form, public_id)
    if draft is not None:
        refused = _refused(token, draft, form, code)
        if refused is not None:
            return refused
        # Hashing takes its time: meanwhile the database is for others.
        db.session.rollback()
        try:
            operations.send(token, receipts.hashed(code), i18n.language(), seen=form.seen.data or "")
        except (operations.NothingToSend, operations.Changed):
            return _changed_page(token)
        except operations.Gone:
            pass  # Another post of this link was first: what it made is shown below.
    complaint = queries.sent(public_id)
    if complaint is None or not code or not _is_shown_again(complaint, code, counted=draft is not None):
        return not_there(token)
    return _receipt_page(complaint, code)


def _refused(token: str, draft: ComplaintDraft, form: ReviewForm, code: str) -> ResponseReturnValue | None:
    """What is wrong with this post, before anything slow is done for it; None when nothing is."""
    if not code:
        return _review_page(token, draft, [("", str(STALE))], status=400)
    speak(draft)
    filling = queries.filled(draft)
    if not filling.content.what and not draft.attachments:
        return _review_page(token, draft, [("wijzig-wat", _nothing_to_send())], status=422)
    if not fresh.fits(form.seen.data or "", fresh.review(draft, filling, draft.attachments)):
        return _review_page(token, draft, [("", _looked_over_before())], status=409)
    if attempts.wait_to_use(ATTEMPT):
        return _review_page(token, draft, [("", _too_often())], status=429)
    return None


def _changed_page(token: str) -> ResponseReturnValue:
    """Another screen changed it, while this one was sent."""
    draft = queries.find(token)
    if draft is None:
        return not_there(token)
    return _review_page(token, draft, [("", _looked_over_before())], status=409)


def _is_shown_again(complaint: Complaint, code: str, *, counted: bool) -> bool:
    """Whether the receipt may be on this page: soon after sending, to who has its code.

    Later the page that was sent, kept open or found back on a shared computer, opens nothing.
    """
    if clock.now() - complaint.received_at > RECEIPT_SHOWN_FOR:
        return False
    code_hash = complaint.code_hash
    if not counted and (seconds := attempts.wait_to_use(ATTEMPT)):
        raise TooManyRequests(retry_after=seconds)
    db.session.rollback()
    return receipts.fits(code_hash, code)


def _code_of(form: ReviewForm, public_id: str) -> str:
    """The receipt code of the form, when we made it for this draft; "" for any other."""
    code = receipts.read(form.code.data or "")
    is_ours = keyring().form_mark_fits(form.proof.data or "", public_id, forms.RECEIPT + code)
    return code if code and is_ours and form.validate() else ""


def _nothing_to_send() -> str:
    return _(
        "Er is nog niets om te versturen. Vertel in een paar woorden wat er gebeurde, of voeg een bijlage toe."
    )


def _looked_over_before() -> str:
    return _(
        "Er is intussen iets veranderd, misschien op een ander scherm. Er is nog niets verstuurd. Kijk het nog een keer na en druk dan op Versturen."
    )


def _too_often() -> str:
    return _(
        "Er werd heel vaak achter elkaar op Versturen gedrukt. Er is nog niets verstuurd. Alles wat er staat, is er nog. Wacht een halve minuut en druk dan nog een keer."
    )


def _review_page(
    token: str, draft: ComplaintDraft, errors: list[tuple[str, str]] | None = None, *, status: int = 200
) -> ResponseReturnValue:
    speak(draft)
    filling = queries.filled(draft)
    code = receipts.new_code()
    form = ReviewForm(formdata=None, public_id=draft.public_id, purpose=forms.PURPOSE)
    form.code.data = code
    form.proof.data = keyring().form_mark(draft.public_id, forms.RECEIPT + code)
    form.seen.data = fresh.review(draft, filling, draft.attachments)
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
    # Where the database is busy: it was sent, and the code on this page opens it later.
    with suppress(OperationalError):
        following_session.let_in(complaint, complaint.code_hash)
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
        text_file=text_file("\n".join([*lines, ""])),
        letter=next(iter(complaint.letters), None),
    )
