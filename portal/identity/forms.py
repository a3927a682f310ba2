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
from flask_security.utils import get_message
from wtforms import EmailField, Field, HiddenField, PasswordField, RadioField, StringField
from wtforms.validators import EqualTo, InputRequired, Length, Regexp

from portal.audit.operations import record
from portal.db import transaction
from portal.identity import attempts, guessing, half_way
from portal.identity.attempts import Counted

# The hashing library refuses more than 4,096 characters; the library's rule for a new password is 128.
LONGEST_PASSWORD = 128
SHORTEST_PASSWORD = 12
TOO_SHORT = _l("Dit wachtwoord is te kort. Neem ten minste 12 tekens.")
TOO_LONG = _l("Dit wachtwoord is te lang. Neem hooguit 128 tekens.")
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
        counted = guessing.begin_password(self.email.data or "")
        valid: bool = super().validate(**kwargs)
        if valid:
            guessing.was_no_guess(counted)
            half_way.begin()
        elif self.user_authenticated:
            # The password fits, and the account is closed: somebody has what they should not, or was not told.
            guessing.was_no_guess(counted)
            failed("closed", self.user)
        elif len(self.password.data or "") > LONGEST_PASSWORD:
            # Not compared with anything, and a try all the same.
            failed("password", None)
        elif self.ifield:
            failed("password", self.user)
            self.email.errors = [
                _l("Dit e-mailadres en dit wachtwoord horen niet bij elkaar. Kijk ze allebei na.")
            ]
            self.password.errors = []
        else:
            guessing.was_no_guess(counted)
        return valid


class ConfirmPasswordForm(_Onward, VerifyForm):
    """The password once more, before something important changes."""

    password = PasswordField(_l("Wachtwoord"), validators=_password)

    def validate(self, **kwargs: Any) -> bool:
        counted = guessing.begin_confirming()
        valid: bool = super().validate(**kwargs)
        _in_a_session(self.password, counted)
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
        counted = guessing.begin_confirming()
        valid: bool = super().validate(**kwargs)
        _in_a_session(self.password, counted)
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
        counted = guessing.begin_code(self.user)
        valid: bool = super().validate(**kwargs)
        if valid or not re.fullmatch("[0-9]{6}", self.code.data):
            guessing.was_no_guess(counted)
        else:
            failed("app", self.user)
        if valid and half_way.is_setting_up():
            half_way.claim(self.user)
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
        counted = guessing.begin_code(self.user)
        typed = self.code.data
        self.code.data = code = read_recovery_code(typed)
        valid: bool = super().validate(**kwargs)
        self.code.data = typed
        if valid or not code:
            guessing.was_no_guess(counted)
        else:
            failed("recovery", self.user)
        return valid


def leads_to_staff_page(target: str | None) -> bool:
    """Whether an address to go on to is one of ours behind the sign-in: a plain path, never another site."""
    return bool(re.fullmatch(r"/team(?:[/?][\x21-\x7e]*)?", target or "")) and "\\" not in (target or "")


def failed(what: str, user: Any) -> None:
    """Note a wrong password, app code or recovery code: whose account, never what was typed. It is counted."""
    whose = str(user.id) if user else attempts.NOBODY
    with transaction():
        record("signin.failed", attempts.NOBODY, user=whose, what=what)


def _in_a_session(password: Field, counted: Counted) -> None:
    """What becomes of a try at one's own password."""
    is_wrong = get_message("INVALID_PASSWORD")[0] in password.errors
    if not is_wrong:
        guessing.was_no_guess(counted)
    # Too long a one is compared with nothing, and a try all the same that is worth noting.
    if is_wrong or len(password.data or "") > LONGEST_PASSWORD:
        failed("password", current_user)
    if is_wrong:
        guessing.was_wrong_again()
