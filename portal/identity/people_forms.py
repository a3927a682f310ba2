"""What an administrator fills in about a colleague, and a colleague about the own password."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_security.forms import EmailValidation
from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, HiddenField, PasswordField, SelectChoice, SelectMultipleField
from wtforms.validators import InputRequired, Length, ValidationError

from portal.forms import PersonalForm, tidy
from portal.identity.forms import new_password, the_same
from portal.identity.rules import Refusal, Role
from portal.identity.words import REFUSALS, ROLES

WELCOME = "staff-welcome"
"""What the hidden mark of the page is for on which one chooses a password."""


def _roles() -> SelectMultipleField:
    choices = [SelectChoice(str(role), ROLES[role]) for role in Role]
    return SelectMultipleField(_l("Wat doet deze persoon?"), choices=choices)


class _Chosen:
    """What the ticks at the roles mean."""

    roles: SelectMultipleField

    def validate_roles(self, field: SelectMultipleField) -> None:
        if not field.data:
            raise ValidationError(REFUSALS[Refusal.NO_ROLE])

    @property
    def chosen(self) -> list[Role]:
        return [Role(name) for name in self.roles.data or ()]


class RolesForm(_Chosen, FlaskForm):
    """The roles of somebody, and which ones the page showed."""

    roles = _roles()
    seen = HiddenField(filters=[tidy])


class CloseForm(FlaskForm):
    """That one really means to close the own account: nobody undoes that alone."""

    sure = BooleanField(
        _l("Ja, sluit mijn eigen account"),
        validators=[InputRequired(_l("Kruis aan dat u uw eigen account wilt sluiten."))],
    )


class InviteForm(_Chosen, FlaskForm):
    """A new colleague."""

    email = EmailField(
        _l("E-mailadres van het werk"),
        filters=[tidy],
        validators=[
            InputRequired(_l("Vul het e-mailadres in.")),
            Length(max=255, message=_l("Dit e-mailadres is te lang. Er passen 255 tekens.")),
            EmailValidation(verify=False),
        ],
    )
    roles = _roles()


class PasswordForm(PersonalForm):
    """A new password, twice."""

    new_password = PasswordField(_l("Nieuw wachtwoord"), validators=new_password)
    new_password_confirm = PasswordField(_l("Nieuw wachtwoord, nog een keer"), validators=[the_same])

    def __init__(self, public_id: str, **given: Any) -> None:
        super().__init__(public_id=public_id, purpose=WELCOME, **given)
