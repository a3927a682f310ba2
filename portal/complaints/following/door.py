"""The door of the follow pages: who is inside, and what those outside are told."""

from typing import Any

from flask import Blueprint, Response, abort, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal import i18n
from portal.complaints.following import session as visit
from portal.complaints.following.forms import EnterForm, FollowForm, own
from portal.complaints.models import Complaint
from portal.complaints.operations import locked
from portal.forms import PersonalForm
from portal.profile import profile
from portal.web import page

blueprint = Blueprint("following", __name__, url_prefix="/klacht/volgen")
blueprint.after_request(visit.note_seen)
INVALID, STALE, GONE_ON = 422, 400, 409
NOTES = ("verlopen", "gesloten", "verstuurd", "ingetrokken", "doorgegeven", "bewaard")
"""What may be said about what was just done, as the address has it."""


@blueprint.url_defaults
def _keep_language(_endpoint: str, values: dict[str, Any]) -> None:
    # Dutch on a complaint in English must stay Dutch on the next page too.
    own_languages = g.get("own_languages")
    if own_languages and i18n.language() not in own_languages:
        values.setdefault(i18n.PARAMETER, i18n.language())


def enter_page(form: EnterForm, *, status: int = 200, note: str = "", **more: Any) -> Response:
    return page("complaints/following/enter.html", status=status, form=form, note=note, **more)


def expired(form: FollowForm | None = None, to: str = "") -> ResponseReturnValue:
    """The half hour is over. What was typed goes along and is used after the code."""
    words = form.words.data if form is not None and request.method == "POST" else ""
    if form is None or not words:
        return redirect(url_for(".follow", melding="verlopen"), 303)
    note = "koekje" if "binnen" in request.args else "verlopen"
    return enter_page(_carrying(form, to), status=403, note=note)


def of_another(complaint: Complaint, form: FollowForm, to: str = "") -> Response:
    """The form was made for another complaint than this browser follows now: nothing is done.

    Nothing of the one is put beside the other; what was typed goes along for who types the first one's code.
    """
    return enter_page(
        _carrying(form, to), status=GONE_ON, note="andere", follows=complaint.reference, young=complaint.young
    )


def _carrying(form: FollowForm, to: str) -> EnterForm:
    kept = {name: form.data.get(name, "") for name in ("words", "request_key", "made_for")}
    return EnterForm(formdata=None, data=kept | {"to": to, "reference": form.made_for.data})


def note() -> str:
    note = request.args.get("melding", "")
    return note if note in NOTES else ""


def switched_language() -> bool:
    """A form page's language button: the same page, with what was typed, in that language."""
    verb, _colon, value = request.form.get("action", "").partition(":")
    if verb != "language" or value not in profile().languages:
        return False
    i18n.use(value)
    return True


def held(public_id: str) -> Complaint:
    """The complaint, held until the transaction ends. 404 when it is gone meanwhile."""
    complaint = locked(public_id)
    if complaint is None:
        abort(404)
    return complaint


def nobodys(kind: type[FollowForm]) -> Any:
    """The form as it was posted, where nobody's session says for which complaint."""
    return own(kind, None)


def status_of(form: PersonalForm) -> int:
    return STALE if form.mark.errors else INVALID
