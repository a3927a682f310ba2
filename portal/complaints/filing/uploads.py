"""The step of filing that takes files."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.file import FileField
from werkzeug.exceptions import RequestEntityTooLarge

from portal import i18n
from portal.complaints import attachments
from portal.complaints.attachments import LIMIT, MOST, Judged, NoRoom, NotTaken
from portal.complaints.filing import operations, queries
from portal.complaints.filing.forms import PURPOSE
from portal.complaints.filing.rules import Place
from portal.complaints.models import Attachment, ComplaintDraft
from portal.complaints.rules import Route
from portal.db import db, transaction
from portal.forms import PersonalForm
from portal.identity import attempts
from portal.uploads import make_room, read_away
from portal.web import entry, page

blueprint = Blueprint("filing_files", __name__, url_prefix="/klacht/invullen/<token>/bijlagen")
ATTEMPT = "filing-upload"
ONWARD = {"next": "filing.reach", "later": "filing.later", "back": "filing.about"}
"""Where the buttons at the end lead; a file that was chosen is added first, so that it is not lost."""


class _TooOften(NotTaken):
    """More files from one source than people send."""


STATUSES: Mapping[type[NotTaken], int] = {NoRoom: 503, _TooOften: 429}
"""What is no fault of the file; all else is 422."""


class FilesForm(PersonalForm):
    """One file to add. Without a file only the mark that a button for taking one away needs."""

    file = FileField()


@blueprint.url_value_preprocessor
def _make_room(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """A file may be larger than what other pages take. Before anything reads the body."""
    if endpoint == f"{request.blueprint}.{files.__name__}":
        make_room(LIMIT)


@blueprint.errorhandler(RequestEntityTooLarge)
def _too_large(error: RequestEntityTooLarge) -> ResponseReturnValue:
    """Said in words about a file, beside what is there already."""
    token = (request.view_args or {}).get("token", "")
    draft = _open(token)
    if draft is None:
        return error
    read_away()
    return _page(token, draft, [("file", attachments.too_large())], status=413)


@blueprint.route("", methods=["GET", "POST"])
@entry("personal")
def files(token: str) -> ResponseReturnValue:
    """What is with the complaint so far, and room for one file more."""
    draft = _open(token)
    if draft is None:
        return _gone(token)
    if request.method == "GET":
        return _page(token, draft, [])
    public_id = draft.public_id
    # A file may take minutes to come in over a bad line: meanwhile the database is for others.
    db.session.rollback()
    form = FilesForm(public_id=public_id, purpose=PURPOSE)
    chosen = form.file.data
    onward = ONWARD.get(request.form.get("action", ""))
    if not (chosen and chosen.filename):
        if onward:
            return redirect(url_for(onward, token=token), 303)
        return _again(token, _("Kies eerst een bestand. Druk daarna op de knop."))
    if not form.validate():
        return _again(token, _stale(), status=400)
    try:
        judged = _judged(chosen.stream.getvalue(), chosen.filename)
        kept = _keep(token, judged)
    except NotTaken as error:
        return _again(token, str(error), status=STATUSES.get(type(error), 422))
    if kept is None:
        return _gone(token)
    if onward and not judged.smaller:
        return redirect(url_for(onward, token=token), 303)
    smaller = "ja" if judged.smaller else None
    told = url_for(".files", token=token, erbij=kept.public_id, kleiner=smaller, _anchor="bewaard")
    return redirect(told, 303)


@blueprint.post("/<file_id>/weg")
@entry("personal")
def remove(token: str, file_id: str) -> ResponseReturnValue:
    """Take one file away. What is gone already stays gone."""
    draft = _open(token)
    if draft is None:
        return _gone(token)
    if not FilesForm(public_id=draft.public_id, purpose=PURPOSE).validate():
        return _page(token, draft, [("", _stale())], status=400)
    with transaction():
        found = queries.find(token, to_change=True)
        if found is not None:
            attachments.remove(found, file_id)
    return redirect(url_for(".files", token=token, weg="ja", _anchor="bewaard"), 303)


def _judged(data: bytes, name: str) -> Judged:
    """The file as it may be kept. Raises NotTaken."""
    attachments.check_room(len(data))
    if attempts.wait_to_use(ATTEMPT):
        raise _TooOften(_too_often())
    judged = attachments.judge(data, name)
    attachments.scan(judged.data)
    return judged


def _open(token: str) -> ComplaintDraft | None:
    """The draft of a link; from here on the page speaks its language."""
    draft = queries.find(token)
    if draft is not None:
        i18n.use_own(draft.language)
    return draft


def _keep(token: str, judged: Judged) -> Attachment | None:
    """Put the file with the draft, and keep that for as long again; None when it is gone meanwhile."""
    sealed = attachments.seal(judged)
    with transaction():
        draft = queries.find(token, to_change=True)
        if draft is None:
            return None
        draft.kept_until = operations.last_day()
        return attachments.keep(draft, judged, sealed)


def _gone(token: str) -> ResponseReturnValue:
    """Sent, thrown away, kept long enough, or never there: the draft's own address says which."""
    return redirect(url_for("filing.open_draft", token=token), 303)


def _again(token: str, problem: str, *, status: int = 422) -> ResponseReturnValue:
    """The page with what was wrong with the file, and all that was there before."""
    draft = _open(token)
    return _page(token, draft, [("file", problem)], status=status) if draft else _gone(token)


def _stale() -> str:
    return _("Deze pagina stond lang open. Wat er al was, is er nog. Probeer het nog een keer.")


def _too_often() -> str:
    return _(
        "Er kwamen heel veel bestanden achter elkaar. Dit bestand is niet toegevoegd. Wacht een halve minuut en probeer het nog een keer. Alles wat er al stond, is er nog."
    )


def _page(
    token: str, draft: ComplaintDraft, errors: list[tuple[str, str]], *, status: int | None = None
) -> Response:
    there, filling = draft.attachments, queries.filled(draft)
    return page(
        "complaints/filing/files.html",
        status=status or (422 if errors else 200),
        token=token,
        young=filling.young,
        filling=filling,
        is_complaint=filling.route is Route.COMPLAINT,
        errors=errors,
        # Made anew: what was posted is no part of the page.
        form=FilesForm(formdata=None, public_id=draft.public_id, purpose=PURPOSE),
        files=there,
        added=next((file for file in there if file.public_id == request.args.get("erbij")), None),
        smaller="kleiner" in request.args,
        removed="weg" in request.args and request.method == "GET",
        most=MOST,
        limit=LIMIT // 1024 // 1024,
        place=Place.FILES,
    )
