"""The sign-in forms: the library's, with our words, without its 'remember me', and counting wrong tries."""

import re
from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_security.forms import (
    ChangePasswordForm,
    EmailValidation,
    LoginForm,
    TwoFactorRescueForm,
    TwoFactorSetupForm,
    TwoFactorVerifyCodeForm,
    VerifyForm,
)
from flask_security.recovery_codes import MfRecoveryForm
from werkzeug.exceptions import TooManyRequests
from wtforms import EmailField, Field, HiddenField, PasswordField, RadioField, StringField
from wtforms.validators import EqualTo, InputRequired, Length, Regexp

from portal.identity import attempts, rules

SIGN_IN = "sign-in"
# The hashing library refuses more than 4,096 characters; the library's rule for a new password is 128.
LONGEST_PASSWORD = 128
SHORTEST_PASSWORD = 12
TOO_SHORT = _l("Dit wachtwoord is te kort. Neem ten minste 12 tekens.")
TOO_LONG = _l("Dit wachtwoord is te lang. Neem hooguit 128 tekens.")
TOO_MANY = _l(
    "Er kwamen te veel pogingen achter elkaar. Wacht een halve minuut en typ uw wachtwoord opnieuw."
)
NOT_EQUAL = _l("De twee wachtwoorden waren niet gelijk. Typ ze allebei opnieuw.")

_password_length = Length(
    max=LONGEST_PASSWORD, message=_l("Een wachtwoord is hooguit 128 tekens lang. Kijk na wat u plakte.")
)
_email = [
    InputRequired(_l("Vul uw e-mailadres in.")),
    EmailValidation(verify=False),
]
_password = [InputRequired(_l("Vul uw wachtwoord in.")), _password_length]
new_password = [
    InputRequired(_l("Bedenk een nieuw wachtwoord van ten minste 12 tekens.")),
    Length(min=SHORTEST_PASSWORD, message=TOO_SHORT),
    Length(max=LONGEST_PASSWORD, message=TOO_LONG),
]
the_same = EqualTo("new_password", message=NOT_EQUAL)


def _printable(value: str | None) -> str:
    """What can be shown again in the page: control characters cannot."""
    return "".join(character for character in value or "" if character.isprintable()).strip()


def _digits(value: str | None) -> str:
    return re.sub(r"[\s-]", "", _printable(value))


def read_recovery_code(typed: str) -> str:
    """The code as it is kept, however it was typed: four by four, small letters."""
    bare = re.sub(r"[^0-9a-f]", "", typed.lower())[:64]
    return "-".join(bare[start : start + 4] for start in range(0, len(bare), 4))


class _Onward:
    """Where one goes on to is a staff page; anything else is forgotten, not followed."""

    next = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not leads_to_staff_page(self.next.data):
            self.next.data = url_for("team.today")

    def validate_next(self, field: Field) -> None:
        """Nothing left to refuse."""


class SignInForm(_Onward, LoginForm):
    """E-mail address and password. What was wrong is never said: that would tell who has an account."""

    email = EmailField(_l("E-mailadres"), filters=[_printable], validators=_email)
    password = PasswordField(_l("Wachtwoord"), validators=_password)
    remember = None

    def validate(self, **kwargs: Any) -> bool:
        refuse_when_spraying(self.email.data)
        if super().validate(**kwargs):
            return True
        if self.ifield and not self.user_authenticated:
            failed("password", self.user, _address(self.email.data))
            self.email.errors = [
                _l("Dit e-mailadres en dit wachtwoord horen niet bij elkaar. Kijk ze allebei na.")
            ]
            self.password.errors = []
        return False


class ConfirmPasswordForm(_Onward, VerifyForm):
    """The password once more, before something important changes."""

    password = PasswordField(_l("Wachtwoord"), validators=_password)

    def validate(self, **kwargs: Any) -> bool:
        valid: bool = super().validate(**kwargs)
        if not valid and _fits(self.password):
            failed("password", self.user)
        return valid


class KeptPasswordForm(ConfirmPasswordForm):
    """The same beside what was sent and is kept meanwhile: under names that no form of ours uses."""

    def __init__(self, **given: Any) -> None:
        super().__init__(prefix="confirm-", **given)


class NewPasswordForm(ChangePasswordForm):
    """The old password, and the new one twice."""

    password = PasswordField(_l("Wachtwoord dat u nu heeft"), validators=_password)
    new_password = PasswordField(_l("Nieuw wachtwoord"), validators=new_password)
    new_password_confirm = PasswordField(_l("Nieuw wachtwoord, nog een keer"), validators=[the_same])

    def validate(self, **kwargs: Any) -> bool:
        valid: bool = super().validate(**kwargs)
        if not valid and self.password.errors and _fits(self.password):
            failed("password", current_user)
        return valid


class AppCodeForm(TwoFactorVerifyCodeForm):
    """The six digits of the authenticator app."""

    code = StringField(
        _l("Code uit de app"),
        filters=[_digits],
        validators=[
            InputRequired(_l("Vul de 6 cijfers in die de app nu laat zien.")),
            Regexp(r"^[0-9]{6}\Z", message=_l("De code is 6 cijfers. Kijk in de app welke er nu staat.")),
        ],
    )

    def validate(self, **kwargs: Any) -> bool:
        refuse_when_guessing(self.user)
        valid: bool = super().validate(**kwargs)
        if not valid and re.fullmatch("[0-9]{6}", self.code.data):
            failed("app", self.user, account(self.user))
        return valid


class AppSetupForm(TwoFactorSetupForm):
    """The button that begins setting up an app. The library's list of ways to do it has one left."""

    setup = StringField()


class NoRescueForm(TwoFactorRescueForm):
    """The library makes this for the page of the second step; we link to a page with help."""

    help_setup = RadioField(choices=[])


class RecoveryCodeForm(MfRecoveryForm):
    """A code from the paper list, for who lost the phone. What is typed stays as it was typed."""

    code = StringField(
        _l("Herstelcode"),
        filters=[_printable],
        validators=[InputRequired(_l("Vul een van uw herstelcodes in."))],
    )

    def validate(self, **kwargs: Any) -> bool:
        refuse_when_guessing(self.user)
        typed = self.code.data
        self.code.data = code = read_recovery_code(typed)
        valid: bool = super().validate(**kwargs)
        self.code.data = typed
        if not valid and code:
            failed("recovery", self.user, account(self.user))
        return valid


def leads_to_staff_page(target: str | None) -> bool:
    """Whether an address to go on to is one of ours behind the sign-in: a plain path, never another site."""
    return bool(re.fullmatch(r"/team(?:[/?][\x21-\x7e]*)?", target or "")) and "\\" not in (target or "")


def account(user: Any) -> str:
    """An account as a source of wrong tries: who is at the second step already has the password."""
    return f"account:{user.id}"


def failed(what: str, user: Any, *sources: str) -> None:
    """Count a wrong password, app code or recovery code, and note it: whose account, never what was typed."""
    details = {"user": str(user.id) if user else attempts.NOBODY, "what": what}
    attempts.failed(SIGN_IN, *sources, event=("signin.failed", details))


def refuse_when_spraying(email: str | None) -> None:
    """Raises TooManyRequests when many sources try the password of one account, and this one tried a few times.

    The same for an address that has no account: the answer tells nobody who has one.
    """
    tries = attempts.count(SIGN_IN, _address(email), rules.MANY_AT_ONE)
    seconds = attempts.wait(SIGN_IN, free=rules.free_tries(tries))
    if seconds:
        raise TooManyRequests(retry_after=seconds)


def _address(email: str | None) -> str:
    """What was typed as an address, as a source of wrong tries. It is kept as a keyed hash only."""
    return f"address:{(email or '').lower()}"


def refuse_when_guessing(user: Any) -> None:
    """Raises TooManyRequests when somebody is guessing codes for this account, from wherever."""
    seconds = attempts.wait(SIGN_IN, account(user))
    if seconds:
        raise TooManyRequests(retry_after=seconds)


def _fits(field: Field) -> bool:
    return 0 < len(field.data or "") <= LONGEST_PASSWORD
