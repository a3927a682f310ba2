"""Languages: the source is Dutch, translations live in translations/."""

from flask import Flask, g, has_request_context, request
from flask_babel import Babel, format_date, format_decimal

from portal.config import ROOT
from portal.profile import profile

DEFAULT = "nl"
PARAMETER = "taal"
babel = Babel()


def language() -> str:
    """The language of this page: asked for in the address, else what the page's owner set, else Dutch.

    No cookie: the choice travels in the address, or with the invitation.
    """
    if not has_request_context():
        return DEFAULT
    known = profile().languages
    for candidate in (request.args.get(PARAMETER), g.get("language")):
        if candidate in known:
            return str(candidate)
    return DEFAULT


def use(code: str | None) -> None:
    """Set the language of a personal page; the address still wins."""
    g.language = code


def init_app(app: Flask) -> None:
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(ROOT / "translations")
    app.config["BABEL_DEFAULT_LOCALE"] = DEFAULT
    app.config["BABEL_DEFAULT_TIMEZONE"] = "Europe/Amsterdam"
    babel.init_app(app, locale_selector=language)
    app.jinja_env.globals.update(current_language=language)
    app.jinja_env.filters.update(date=_date, number=_number)

    @app.url_defaults
    def keep_language(endpoint: str, values: dict[str, object]) -> None:
        asked = request.args.get(PARAMETER) if has_request_context() else None
        if asked in profile().languages and asked != DEFAULT and endpoint != "static":
            values.setdefault(PARAMETER, asked)


def _date(value, style: str = "d MMMM yyyy") -> str:  # type: ignore[no-untyped-def]
    return format_date(value, style)


def _number(value: float, decimals: int = 0) -> str:
    return format_decimal(round(value, decimals), format=f"#,##0.{'0' * decimals}" if decimals else "#,##0")
