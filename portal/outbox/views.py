"""In development every message can be read on a page."""

from typing import Any

from flask import Blueprint, Response, abort, current_app, make_response
from flask.typing import ResponseReturnValue

from portal.i18n import DEFAULT
from portal.outbox.development import Folder, KeptPost
from portal.web import CSP, entry, page

blueprint = Blueprint("post", __name__, url_prefix="/ontwikkel/post")
MOST_SHOWN = 100
FIRST_WORDS = 40

# The mail stands in a frame on the page that shows it. Its styles are in its elements, as mail programs want.
_AROUND = CSP | {"frame-src": "'self'"}
_INSIDE = CSP | {
    "script-src": "'none'",
    "style-src": "'self' 'unsafe-inline'",
    "form-action": "'none'",
    "frame-ancestors": "'self'",
}


@blueprint.before_request
def only_in_development() -> None:
    """In production these pages are not there."""
    if current_app.extensions["settings"].is_production:
        abort(404)


@blueprint.after_request
def not_kept(response: Response) -> Response:
    """The messages hold personal links: no copy stays behind in a browser."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@blueprint.get("")
@entry("public")
def index() -> ResponseReturnValue:
    """The newest messages, the last one first."""
    posts = [_shown(post) for post in _folder().posts(MOST_SHOWN)]
    return page("outbox/posts.html", posts=posts, most=MOST_SHOWN)


@blueprint.get("/<post_id>")
@entry("public")
def one(post_id: str) -> ResponseReturnValue:
    """One message: as it looks, as text, and its headers."""
    return page("outbox/post.html", **_shown(_found(post_id)))


@blueprint.get("/<post_id>/html")
@entry("public")
def html(post_id: str) -> ResponseReturnValue:
    """The mail itself, as a mail program would show it."""
    post = _found(post_id)
    if not post.html:
        abort(404)
    # A link in the frame opens the page it leads to in the place of ours.
    return make_response(post.html.replace("<head>", '<head>\n  <base target="_top">', 1))


# What Talisman's own decorator does; its instance belongs to the application, which is not there yet.
one.talisman_view_options = {"content_security_policy": _AROUND}  # type: ignore[attr-defined]
html.talisman_view_options = {  # type: ignore[attr-defined]
    "content_security_policy": _INSIDE,
    "frame_options": "SAMEORIGIN",
}


def _folder() -> Folder:
    return Folder(current_app.extensions["settings"].instance)


def _found(post_id: str) -> KeptPost:
    return _folder().post(post_id) or abort(404)


def _shown(post: KeptPost) -> dict[str, Any]:
    """A message, what to call it, and the language it speaks."""
    words = " ".join(post.text.split())
    shortened = words if len(words) <= FIRST_WORDS else words[:FIRST_WORDS].rsplit(" ", 1)[0] + " …"
    language = post.headers.get("Content-Language", DEFAULT)
    return {"post": post, "name": post.subject or shortened, "language": language}
