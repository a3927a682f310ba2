"""Languages: the source is Dutch, translations live in translations/."""

from flask import Flask, g, has_request_context, request
from flask_babel import Babel, format_date, format_decimal

from portal.config import ROOT
from portal.profile import profile

DEFAULT = "nl"
PARAMETER = "taal"
babel = Babel()


def language() -> str:
    """The language of this page: what its owner set, else asked for in the address, else Dutch.

    No cookie: the choice travels in the address, or with the invitation.
    """
    if not has_request_context():
        return DEFAULT
    known = profile().languages
    for candidate in (g.get("language"), request.args.get(PARAMETER)):
        if candidate in known:
            return str(candidate)
    return DEFAULT


def use(code: str | None) -> None:
    """Set the language of a personal page."""
    g.language = code


def init_app(app: Flask) -> None:
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(ROOT / "translations")
    app.config["BABEL_DEFAULT_LOCALE"] = DEFAULT
    app.config["BABEL_DEFAULT_TIMEZONE"] = "Europe/Amsterdam"
    babel.init_app(app, locale_selector=language)
    app.jinja_env.globals.update(current_language=language)
    app.jinja_env.filters.update(date=_date, number=_number)

    @app.url_defaults
    def keep_language(_endpoint: str, values: dict[str, object]) -> None:
        # A personal page keeps its language with the link; the others carry it in the address.
        if has_request_context() and "token" not in values and language() != DEFAULT:
            values.setdefault(PARAMETER, language())


def _date(value, style: str = "d MMMM yyyy") -> str:  # type: ignore[no-untyped-def]
    return format_date(value, style)


def _number(value: float, decimals: int = 0) -> str:
    return format_decimal(round(value, decimals), format=f"#,##0.{'0' * decimals}" if decimals else "#,##0")
