"""What every page shares: who may enter, whole page or fragment, errors, headers, logging."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import structlog
from flask import Flask, Response, abort, current_app, g, make_response, render_template, request, session
from flask_babel import lazy_gettext as _l
from flask_talisman import Talisman
from gunicorn.http.errors import NoMoreData, ParseException
from sqlalchemy.exc import InterfaceError, OperationalError, ProgrammingError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import BadRequest, HTTPException, InternalServerError, ServiceUnavailable

from portal.crypto import LostKey, LostLinkKey
from portal.envelope import HSTS, NOT_USED, is_this_machine, own_names

View = TypeVar("View", bound=Callable[..., Any])
Kind = Literal["public", "personal", "staff", "machine"]

log = structlog.get_logger("portal")
BODY_LIMIT = 256 * 1024

CSP = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    # The QR code of a link is drawn while the page is made, and kept nowhere: it has no address of its own.
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}


@dataclass(frozen=True)
class Entry:
    """Who may enter an address; `action` names the right that staff need."""

    kind: Kind
    action: str = ""
    from_anywhere: str = ""


def entry(kind: Kind, action: str = "", *, from_anywhere: str = "") -> Callable[[View], View]:
    """Say who may enter. A test refuses an address that says nothing.

    `from_anywhere` names the field of posts that other websites may make, such as a mailbox that
    opts its owner out: the token in the address is all that counts there.
    """

    def mark(view: View) -> View:
        view.entry = Entry(kind, action, from_anywhere)  # type: ignore[attr-defined]
        return view

    return mark


def entry_of(endpoint: str | None) -> Entry | None:
    """Who may enter the endpoint, as its view declares."""
    view = current_app.view_functions.get(endpoint or "")
    found: Entry | None = getattr(view, "entry", None)
    return found


def page(template: str, *, status: int = 200, **context: Any) -> Response:
    """The whole page, or for htmx its title and main part: the same template either way."""
    restoring = "HX-History-Restore-Request" in request.headers
    is_fragment = bool(request.htmx) and not restoring  # type: ignore[attr-defined]
    response = make_response(render_template(template, is_fragment=is_fragment, **context), status)
    response.vary.add("HX-Request")
    return response


# What happened, what was kept, what to do now. One page for all errors.
ERRORS: dict[int, tuple[Any, Any]] = {
    400: (
        _l("Dat ging niet goed"),
        _l(
            "We konden niet lezen wat u stuurde. Ga terug: wat u typte staat er nog. Probeer het dan opnieuw."
        ),
    ),
    403: (
        _l("Hier mag u niet komen"),
        _l(
            "Deze pagina is voor iemand anders, of het formulier kwam van een andere website. Er is niets veranderd."
        ),
    ),
    404: (
        _l("Deze pagina is er niet"),
        _l("Misschien is het adres niet helemaal overgenomen. Kijk het nog eens na."),
    ),
    405: (
        _l("Zo werkt deze pagina niet"),
        _l("Er is niets veranderd. Ga terug en gebruik de knop op de pagina."),
    ),
    409: (
        _l("Dit is al gedaan"),
        _l("Uw eerste keer telt. U hoeft niets meer te doen."),
    ),
    410: (
        _l("Deze pagina is er niet meer"),
        _l("Wat hier stond is weggehaald. U hoeft niets te doen."),
    ),
    413: (
        _l("Dat is te veel in één keer"),
        _l(
            "We konden het niet aannemen. Ga terug: wat u typte staat er nog. Maak de tekst korter en probeer het opnieuw."
        ),
    ),
    429: (
        _l("Even wachten"),
        _l(
            "Er kwamen te veel pogingen achter elkaar. Wacht een halve minuut en probeer het dan opnieuw. Er is niets verloren."
        ),
    ),
    500: (
        _l("Er ging iets mis bij ons"),
        _l("Dat ligt niet aan u. Wat al bewaard was, is er nog. Probeer het over een paar minuten opnieuw."),
    ),
    503: (
        _l("We zijn er heel even niet"),
        _l(
            "De website is te druk of wordt bijgewerkt. Wat al bewaard was, is er nog. Probeer het over een paar minuten opnieuw."
        ),
    ),
}


def error_page(code: int) -> Response:
    """The page for an error, in the house's voice."""
    title, text = ERRORS[code]
    return own_error_page(code, title, text)


def own_error_page(code: int, title: Any, text: Any, *, beside: tuple[str, Any] | None = None) -> Response:
    """The same page with words of its own; `beside` is an address and a name, next to the way on.

    Whether somebody is signed in is read from the cookie alone: the database may be what is broken. An old
    cookie leads to the door, which says what is the matter.
    """
    return page(
        "error.html",
        status=code,
        code=code,
        heading=title,
        text=text,
        beside=beside,
        is_staff=re.match(r"/team(/|$)", request.path) is not None,
        is_in="_user_id" in session,
    )


def init_app(app: Flask) -> None:
    _headers(app)
    _errors(app)
    _logging(app)
    app.before_request(_head_is_a_get)
    app.before_request(_refuse_other_hosts)
    app.before_request(_refuse_other_sites)
    app.jinja_env.globals["is_demo"] = lambda: not app.extensions["settings"].is_production


def _headers(app: Flask) -> None:
    settings = app.extensions["settings"]
    Talisman(
        app,
        content_security_policy=CSP,
        referrer_policy="same-origin",
        permissions_policy=dict.fromkeys(NOT_USED, "()"),
        frame_options="DENY",
        force_https=False,
        strict_transport_security=False,
        session_cookie_secure=settings.secure,
        x_xss_protection=False,
    )

    @app.after_request
    def privacy(response: Response) -> Response:
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        # Also where a proxy took the https away and does not say so: the address of the portal is what counts.
        if settings.is_production:
            response.headers["Strict-Transport-Security"] = HSTS
        found = entry_of(request.endpoint)
        if found is None or found.kind != "public" or response.status_code >= BadRequest.code:
            response.headers["Cache-Control"] = "no-store"
            response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response


def _errors(app: Flask) -> None:
    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        if error.response is not None:
            return error.response  # type: ignore[return-value]
        code = error.code if error.code in ERRORS else (400 if (error.code or 500) < 500 else 500)
        response = error_page(code or 500)
        if getattr(error, "retry_after", None):
            response.headers["Retry-After"] = str(error.retry_after)  # type: ignore[attr-defined]
        return response

    def database_away(error: SQLAlchemyError) -> Response:
        log.error("database unavailable", kind=type(error).__name__, where=where(error))
        return error_page(ServiceUnavailable.code)

    # Away, full, not migrated yet: for whoever came, the same.
    for kind in (OperationalError, InterfaceError, ProgrammingError, PoolTimeout):
        app.register_error_handler(kind, database_away)

    @app.errorhandler(LostKey)
    def lost_key(error: LostKey) -> Response:
        log.error("lost key", setting=error.setting)
        found = entry_of(request.endpoint)
        is_staff = found is not None and found.kind == "staff"
        return page(
            "lost_key.html",
            status=ServiceUnavailable.code,
            is_staff=is_staff,
            setting=error.setting,
            is_link=isinstance(error, LostLinkKey),
        )

    def cut_off(_error: Exception) -> Response:
        # What was sent ended half-way, or was no body at all: nobody may see the rest of it.
        response = error_page(BadRequest.code)
        response.headers["Connection"] = "close"
        return response

    for unread in (ParseException, NoMoreData, TimeoutError):
        app.register_error_handler(unread, cut_off)

    @app.errorhandler(InternalServerError)
    def broken(error: InternalServerError) -> Response:
        original = error.original_exception
        log.error("unhandled", kind=type(original).__name__, where=where(original))
        return error_page(500)


def where(error: BaseException | None) -> list[str]:
    """File and line of each step, without the values, which may be somebody's words."""
    steps, trace = [], error.__traceback__ if error else None
    while trace:
        steps.append(f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}")
        trace = trace.tb_next
    return steps[-8:]


def _logging(app: Flask) -> None:
    @app.before_request
    def start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def finish(response: Response) -> Response:
        # The rule, never the path: a path can hold a personal token. No address, no browser name.
        log.info(
            "request",
            method=request.method,
            rule=str(request.url_rule) if request.url_rule else None,
            status=response.status_code,
            ms=round(1000 * (time.perf_counter() - g.get("started", time.perf_counter())), 1),
        )
        return response


def _head_is_a_get() -> None:
    """Who asks for the headers of a page asks for the page. A view that knows GET and POST must not take it for
    a POST; the server leaves the body out."""
    if request.method == "HEAD":
        request.method = "GET"


def is_read() -> bool:
    """Whether somebody reads the page: programs that only check whether a link works ask for its head."""
    return request.environ["REQUEST_METHOD"] == "GET"


def _refuse_other_hosts() -> None:
    """In production the portal answers to the name in PORTAL_BASE_URL alone, and to those of this machine itself.

    But for what machines ask: a load balancer asks for /healthz by the number of the machine, and is told
    nothing that depends on the name.
    """
    settings = current_app.extensions["settings"]
    found = entry_of(request.endpoint)
    if not settings.is_production or (found is not None and found.kind == "machine"):
        return
    if request.host.lower() not in own_names(settings.base_url) and not is_this_machine(request.host):
        abort(400)


def _refuse_other_sites() -> None:
    """A post that another website made is refused, also where there is no cookie to protect."""
    origin = request.headers.get("Origin")
    if request.method in {"GET", "HEAD", "OPTIONS"} or not origin:
        return
    found = entry_of(request.endpoint)
    if found is not None and found.from_anywhere and found.from_anywhere in request.form:
        return
    # Our own address as the request has it, or as the operator set it where a proxy changes the host.
    ours = {request.host_url.rstrip("/"), current_app.extensions["settings"].base_url}
    if origin.lower() not in {address.lower() for address in ours}:
        abort(403)
