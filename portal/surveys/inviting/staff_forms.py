"""What the quality team fills in about invitations."""

from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import IntegerField, RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, Length, NumberRange, ValidationError

from portal.forms import tidy
from portal.phones import UnknownNumber, read_number
from portal.profile import profile
from portal.surveys.inviting import indexes
from portal.surveys.inviting.public_forms import FOR_WHOM
from portal.surveys.inviting.rules import Protected, StopReason
from portal.surveys.paper.forms import MOMENTS
from portal.surveys.rules import Perspective

STOP_REASONS = {
    StopReason.STOPPED: _l("Het contact is gestopt"),
    StopReason.DEATH: _l("Iemand is overleden"),
    StopReason.COMPLAINT: _l("Er loopt een klacht"),
}
LONGEST_CASE = 40
LONGEST_ADDRESS = 254
MOST_LINKS = 99

_case_number = [
    DataRequired(_l("Vul het zaaknummer in, zoals het in de registratie staat.")),
    Length(max=LONGEST_CASE, message=_l("Dit zaaknummer is te lang. Kijk het na.")),
]


class UploadForm(FlaskForm):
    """An export of the client registration."""

    file = FileField(_l("Bestand uit de cliëntregistratie"))


class StopForm(FlaskForm):
    """A case that is to be left alone."""

    number = StringField(_l("Zaaknummer"), filters=[tidy], validators=_case_number)
    reason = RadioField(
        _l("Waarom?"),
        choices=[SelectChoice(reason.value, words) for reason, words in STOP_REASONS.items()],
        validate_choice=False,
    )

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        if profile().inviting.ask_during_complaint:
            self.reason.choices = [
                choice for choice in self.reason.choices if choice.value != StopReason.COMPLAINT
            ]

    def validate_reason(self, field: RadioField) -> None:
        if field.data not in {choice.value for choice in field.choices}:
            raise ValidationError(_("Kies waarom we deze zaak met rust laten."))


class LookUpForm(FlaskForm):
    """An address of which somebody wants to know whether it was opted out."""

    address = StringField(
        _l("E-mailadres of telefoonnummer"),
        filters=[tidy],
        validators=[
            DataRequired(_l("Vul een e-mailadres of een telefoonnummer in.")),
            Length(max=LONGEST_ADDRESS, message=_l("Dit is te lang voor een adres. Kijk het na.")),
        ],
    )

    def validate_address(self, field: StringField) -> None:
        try:
            _index(field.data or "")
        except (UnknownNumber, EmailNotValidError) as error:
            raise ValidationError(
                _("Dit is geen e-mailadres en geen telefoonnummer. Kijk of alles er staat.")
            ) from error

    @property
    def index(self) -> tuple[Protected, str]:
        """What the address is, and the hash by which it is found. Ask only of a valid form."""
        return _index(str(self.address.data))


def _index(typed: str) -> tuple[Protected, str]:
    """In the spelling in which the registration's addresses are kept."""
    if "@" not in typed:
        return Protected.PHONE, indexes.phone_index(read_number(typed))
    known = validate_email(typed, check_deliverability=False, allow_smtputf8=False)
    return Protected.EMAIL, indexes.email_index(known.ascii_email or typed)


class CaseForm(FlaskForm):
    """Which invitation the links for others belong to."""

    number = StringField(_l("Zaaknummer"), filters=[tidy], validators=_case_number)
    moment = SelectField(_l("Moment"), choices=[SelectChoice(*named) for named in MOMENTS])


class LinkForm(FlaskForm):
    """A link for somebody else. `number` says which one it makes, so that pressing twice makes one."""

    number = IntegerField(validators=[NumberRange(1, MOST_LINKS)])
    perspective = SelectField(
        _l("Voor wie is de link?"),
        choices=[SelectChoice(whom.value, words) for whom, words in FOR_WHOM.items()],
        default=Perspective.FAMILY_MEMBER.value,
    )
