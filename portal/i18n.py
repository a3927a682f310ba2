"""Languages: the source is Dutch, translations live in translations/."""

from flask import Flask, g, has_request_context, request
from flask_babel import Babel, format_date, format_decimal, refresh
from markupsafe import Markup

from portal.config import ROOT
from portal.profile import LANGUAGE, profile

DEFAULT = LANGUAGE
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
    """Set the language of a personal page, from here on."""
    g.language = code
    refresh()  # what was said before must not decide the language of the rest


def use_own(*codes: str | None) -> None:
    """Set the language of a personal page to what the address asks, else to the first that its link knows."""
    known = profile().languages
    g.own_languages = [code for code in codes if code in known]
    wishes = [request.args.get(PARAMETER), *g.own_languages]
    use(next((code for code in wishes if code in known), None))


def init_app(app: Flask) -> None:
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(ROOT / "translations")
    app.config["BABEL_DEFAULT_LOCALE"] = DEFAULT
    app.config["BABEL_DEFAULT_TIMEZONE"] = "Europe/Amsterdam"
    babel.init_app(app, locale_selector=language)
    app.jinja_env.globals.update(current_language=language, in_dutch=_in_dutch)
    app.jinja_env.filters.update(date=_date, number=_number)

    @app.url_defaults
    def keep_language(_endpoint: str, values: dict[str, object]) -> None:
        # An address says its language, unless what it leads to speaks that language by itself.
        if has_request_context():
            own = (g.get("own_languages") if "token" in values else None) or [DEFAULT]
            if set(own) != {language()}:
                values.setdefault(PARAMETER, language())


def _in_dutch() -> Markup:
    """For an element with words that staff wrote, on a page in another language (WCAG 3.1.2)."""
    return Markup("") if language() == DEFAULT else Markup(' lang="nl"')


def _date(value, style: str = "d MMMM yyyy") -> str:  # type: ignore[no-untyped-def]
    return format_date(value, style)


def _number(value: float, decimals: int = 0) -> str:
    return format_decimal(round(value, decimals), format=f"#,##0.{'0' * decimals}" if decimals else "#,##0")
