"""Forms without a cookie: the hidden field that proves a post came from our own page."""

import re
from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from itsdangerous import BadSignature, URLSafeTimedSerializer
from wtforms import Form, ValidationError
from wtforms.csrf.core import CSRF, CSRFTokenField

from portal.crypto import keyring

# Control signs and what Unicode says is no character: no keyboard types them, no page may hold them.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
    + "]"
)
ANONYMOUS_MARK_SECONDS = 12 * 3600
STALE = _l(
    "Deze pagina stond lang open of hoorde bij een andere link. Alles wat was ingevuld staat er nog. Druk nog een keer op de knop."
)


class LinkMark(CSRF):
    """A field bound to a personal link by HMAC (design 4.8)."""

    def setup_form(self, form: Form) -> Any:
        self.public_id, self.purpose = form.meta.csrf_context
        return super().setup_form(form)

    def generate_csrf_token(self, csrf_token_field: CSRFTokenField) -> str:
        return keyring().form_mark(self.public_id, self.purpose)

    def validate_csrf_token(self, form: Form, field: CSRFTokenField) -> None:
        if not keyring().form_mark_fits(field.data or "", self.public_id, self.purpose):
            raise ValidationError(STALE)


class DatedMark(CSRF):
    """A signed, dated field for forms that belong to nobody yet."""

    def generate_csrf_token(self, csrf_token_field: CSRFTokenField) -> str:
        return _signer().dumps("")

    def validate_csrf_token(self, form: Form, field: CSRFTokenField) -> None:
        try:
            _signer().loads(field.data or "", max_age=ANONYMOUS_MARK_SECONDS)
        except BadSignature as error:
            raise ValidationError(STALE) from error


class PersonalForm(FlaskForm):
    """A form on a personal page. Give it the link's public id and what it is for."""

    class Meta:
        csrf = True
        csrf_class = LinkMark
        csrf_field_name = "mark"

    def __init__(self, *args: Any, public_id: str, purpose: str, **kwargs: Any) -> None:
        super().__init__(*args, meta={"csrf_context": (public_id, purpose)}, **kwargs)


class AnonymousForm(FlaskForm):
    """A form on a public page."""

    class Meta:
        csrf = True
        csrf_class = DatedMark
        csrf_field_name = "mark"


def errors_of(form: Form) -> list[tuple[str, str]]:
    """The error summary: (id of the field, what is wrong), in the order of the page."""
    found = []
    for field in form:
        messages = [message for message in field.errors if message]
        if messages:
            target = "" if field.type == "CSRFTokenField" else field.id
            found.append((target, str(messages[0])))
    return found


def tidy(value: str | None) -> str:
    """Text as people mean it: one kind of line end, no blanks around it, no signs that cannot be seen."""
    text = (value or "").replace("\r\n", "\n").replace("\r", "\n")
    return _INVISIBLE.sub("", text).strip()


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.extensions["settings"].secret_key, salt="anonymous-form")
