"""What somebody typed comes back when the door closed meanwhile: nothing typed is lost (design 5).

A staff form that comes in after the session ended is not done, and not thrown away either: the answer is a page
that holds it. One signs in on another tab, returns, and sends it again with one button. Where only the password
is asked, it is asked on that page itself.
"""

import re
from typing import Any, Literal
from urllib.parse import urlsplit

from flask import Response, current_app, request
from flask_login import current_user
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.exceptions import HTTPException

from portal.forms import errors_of, tidy
from portal.identity import sessions
from portal.identity.forms import KeptPasswordForm
from portal.identity.words import ACTS, DOWNLOADS, GOING_ON
from portal.web import page

Why = Literal["signed_out", "guessed", "confirm", "stale", "other"]
WHOSE = "kept_of"
"""The field that says, as a mark that nobody can make, in whose session something was typed."""
SECRETS = frozenset({"csrf_token", "password", "new_password", "new_password_confirm", "confirm-password"})
"""Never shown again, not even to who typed it."""
_WRITTEN = re.compile(r"\w.*[\s@].*\w", re.DOTALL)
"""What people write has words or an address in it; what a page fills in itself has not."""


def is_our_own() -> bool:
    """Whether the form came from a page of ours: browsers say where a post comes from, and nobody can make
    another's browser say otherwise."""
    ours = {request.host_url.rstrip("/"), current_app.extensions["settings"].base_url}
    return request.headers.get("Origin", "").lower() in {address.lower() for address in ours}


def is_anothers() -> bool:
    """Whether what comes in was typed in a session of another colleague than who is signed in now."""
    whose = _whose()
    return bool(whose) and current_user.is_authenticated and whose != sessions.mark_of(current_user.id)


def page_for(why: Why, form: KeptPasswordForm | None = None, *, status: int = 409) -> Response:
    """The page that holds what was sent, to send it again after signing in or with the password in `form`."""
    fields = [
        (tidy(name), tidy(value))
        for name, value in request.form.items(multi=True)
        if name and name not in SECRETS and name != WHOSE
    ]
    if whose := _whose():
        fields.append((WHOSE, whose))
    if why in ("signed_out", "guessed") and (mark := _whose_page()):
        # Whoever it was and signs in again sends it with one button.
        sessions.begin_pages(mark)
    return page(
        "security/kept.html",
        status=status,
        why=why,
        form=form,
        errors=errors_of(form) if form else [],
        act=ACTS.get(request.endpoint or "", GOING_ON),
        is_download=request.endpoint in DOWNLOADS,
        fields=fields,
        texts=[value for _name, value in fields if _is_typed(value)],
        has_files=any(file.filename for file in request.files.values()),
        address=request.full_path.rstrip("?"),
    )


def asked_for(address: str) -> dict[str, Any]:
    """What the page behind an address of ours does, as far as it has a name of its own."""
    try:
        endpoint, _values = current_app.url_map.bind("").match(urlsplit(address).path, "GET")
    except HTTPException:
        endpoint = ""
    return {"act": ACTS.get(endpoint), "is_download": endpoint in DOWNLOADS}


def _is_typed(value: str) -> bool:
    return _WRITTEN.search(value) is not None


def _whose() -> str:
    """In whose session the form was opened, or the text was kept; empty where that cannot be known."""
    return request.form.get(WHOSE) or _whose_page()


def _whose_page() -> str:
    """Whose page the form was on: the token of each page holds it, also when it is too old to be sent."""
    signed = URLSafeTimedSerializer(current_app.secret_key or "", salt="wtf-csrf-token")
    try:
        return str(signed.loads(request.form.get("csrf_token", ""))).partition(".")[2]
    except BadData:
        return ""
