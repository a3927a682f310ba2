"""From a queued message to the words of a mail, a text message or a letter.

The words are in templates/mail/: a folder for each template, and in parts/ what they share. What the
messages of one topic say is in parts/<topic>.txt, so that a mail says the same as text and as HTML.
"""

import json
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import current_app
from flask_babel import force_locale
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from portal import clock, i18n
from portal.outbox import sms_text
from portal.outbox.models import Message
from portal.profile import profile

# In every style attribute of a mail, because Outlook forgets it in a table.
FONT = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif;"
ENGLISH = "en"


@dataclass(frozen=True)
class Mail:
    """What an e-mail says, twice: as plain text and as HTML."""

    subject: str
    text: str
    html: str
    calendar: str = ""
    """What goes along for somebody's own calendar, as iCalendar."""


@dataclass(frozen=True)
class TextMessage:
    """What a text message says, and how many segments it is paid for."""

    text: str
    segments: int


def mail(message: Message) -> Mail:
    """The mail, in the language of the message. The subject is one line and names nobody."""
    with _words(message) as (templates, context):
        subject = " ".join(_render(templates, message, "subject.txt", context).split())
        text = _render(templates, message, "body.txt", context)
        html = _render(templates, message, "body.html", {**context, "subject": subject})
    return Mail(subject, text.strip() + "\n", html, context.get("calendar", ""))


def text_message(message: Message) -> TextMessage:
    """The text message: with the name, and that one may answer in English, where one segment holds it.

    A name is never spelled without its signs: one that would make the message longer is left out.
    """
    with _words(message) as (templates, context):
        named, foreign = bool(context["name"]), context["in_english"]
        for greeted, in_english in ((named, foreign), (False, foreign), (False, False)):
            given = {**context, "greeted": greeted, "in_english": in_english}
            text = unicodedata.normalize("NFC", _render(templates, message, "sms.txt", given).strip())
            size = sms_text.size(text)
            if size.is_cheapest:
                break
    return TextMessage(text, size.segments)


def letter(message: Message) -> Markup:
    """The inside of one letter: everything but the address, the QR code and the page it stands on."""
    with _words(message) as (templates, context):
        return Markup(_render(templates, message, "letter.html", context))  # noqa: S704 - escaped by Jinja


def _render(templates: Environment, message: Message, file: str, context: Mapping[str, Any]) -> str:
    return templates.get_template(f"mail/{message.template}/{file}").render(context)


@contextmanager
def _words(message: Message) -> Iterator[tuple[Environment, dict[str, Any]]]:
    """The templates and what they may show, while the message's language is spoken."""
    language = message.language if message.language in profile().languages else i18n.DEFAULT
    templates = _templates()
    with force_locale(language):
        context = _context(message, language)
        shared = templates.get_template(f"mail/parts/{message.topic}.txt")
        yield templates, {**context, "words": shared.make_module(context)}


def _templates() -> Environment:
    """The portal's templates, but a word that is missing is an error and not a hole in a sentence."""
    made: Environment | None = current_app.extensions.get("mail_templates")
    if made is None:
        made = current_app.jinja_env.overlay(undefined=StrictUndefined)
        current_app.extensions["mail_templates"] = made
    return made


# What a feature hands over as a day or a moment, in its ISO form.
_DAYS = ("closes_on", "on")
_MOMENTS = ("starts_at", "ends_at")


def _context(message: Message, language: str) -> dict[str, Any]:
    params = json.loads(message.params or "{}")
    days = {key: date.fromisoformat(params[key]) for key in _DAYS if params.get(key)}
    moments = {key: datetime.fromisoformat(params[key]) for key in _MOMENTS if params.get(key)}
    base_url = current_app.extensions["settings"].base_url
    suffix = "" if language == i18n.DEFAULT else f"?{i18n.PARAMETER}={language}"
    signed_by = profile().messages.signed_by
    return {
        "with_paper": False,
        **params,
        **days,
        **moments,
        "name": " ".join(params["name"].split()),
        "language": language,
        "in_english": _needs_english(language, message.language, params.get("own_language", "")),
        "signed_by": signed_by.get(language, signed_by[i18n.DEFAULT]),
        "sms_name": profile().messages.sms_name,
        "today": clock.today(),
        "base_url": base_url,
        "language_suffix": suffix,
        "home_address": f"{base_url}/{suffix}" if suffix else base_url,
        "code_address": base_url.partition("://")[2] + "/v",
        "privacy_address": f"{base_url}/privacy{suffix}",
        "font": FONT,
    }


def _needs_english(language: str, *wanted: str) -> bool:
    """Whether somebody gets Dutch because we do not speak their own language, and may want English."""
    spoken = profile().languages
    return language != ENGLISH and ENGLISH in spoken and any(code and code not in spoken for code in wanted)
