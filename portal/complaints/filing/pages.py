"""What the pages of filing share: their language, and what a link shows that opens nothing."""

from typing import Any
from urllib.parse import quote

from flask import request
from flask.typing import ResponseReturnValue

from portal import i18n
from portal.complaints.filing import forms, queries
from portal.complaints.filing.rules import Place
from portal.complaints.models import ComplaintDraft
from portal.forms import tidy
from portal.profile import profile
from portal.web import page

TEMPLATES = "complaints/filing"
ENDPOINTS = {
    Place.WHAT: "filing.what",
    Place.ABOUT: "filing.about",
    Place.FILES: "filing_files.files",
    Place.REACH: "filing.reach",
    Place.REVIEW: "filing.review",
}


def text_file(text: str) -> str:
    """A file of text inside a link: saved by the browser, and asked of nobody."""
    return f"data:text/plain;charset=utf-8,{quote(text, safe='')}"


def not_there(token: str) -> ResponseReturnValue:
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


def speak(draft: ComplaintDraft) -> None:
    """From here on the page is in the language of the draft."""
    i18n.use_own(draft.language)


def switched_language() -> bool:
    """A form page's language button: the same page, with what was typed, in that language."""
    verb, _colon, value = request.form.get("action", "").partition(":")
    if verb != "language" or value not in profile().languages:
        return False
    i18n.use(value)
    return True
