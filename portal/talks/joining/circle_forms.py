"""What people fill in and press to be in the circle, or not."""

from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import ValidationError

from portal.forms import AnonymousForm, PersonalForm, tidy


class JoinForm(AnonymousForm):
    """The address to tell of new evenings."""

    email = StringField(_l("Uw e-mailadres"), filters=[tidy])

    def validate_email(self, field: StringField) -> None:
        try:
            validate_email(field.data or "", check_deliverability=False, allow_smtputf8=False)
        except EmailNotValidError as error:
            raise ValidationError(
                _("Dit e-mailadres klopt niet. Kijk het na, bijvoorbeeld naam@voorbeeld.nl.")
            ) from error


class MemberForm(PersonalForm):
    """One button: yes, tell me, or no more."""
