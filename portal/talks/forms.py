"""Who signs up and what they need: the same questions on the page for everybody and at the coordinator's desk."""

import re
from typing import Any

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, RadioField, SelectChoice, StringField
from wtforms.validators import DataRequired, Length, ValidationError

from portal.forms import tidy
from portal.outbox.operations import channels
from portal.outbox.rules import Channel
from portal.phones import UnknownNumber, read_number
from portal.talks.content import Person
from portal.talks.rules import Who
from portal.talks.words import WHO

_LIKE_AN_ADDRESS = re.compile(r"[@:/\\]|\w{2,}\.\w{2,}")
LONGEST_NAME, LONGEST_LINE, LONGEST = 60, 200, 1000
_MOBILE = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)
WHO_CHOICES = [SelectChoice(who.value, words) for who, words in WHO.items()]


def _text(label: Any, most: int = LONGEST_LINE, *also: Any) -> StringField:
    too_long = _l("Deze tekst is te lang: er passen %(max)d tekens. Alles wat er staat is er nog.")
    return StringField(label, filters=[tidy], validators=[*also, Length(max=most, message=too_long)])


class Signer:
    """Who signs up. Stands before the needs, as on the page: fields come in the order they were made."""

    request_key = HiddenField(filters=[tidy])
    first_name = _text(_l("Voornaam"), LONGEST_NAME, DataRequired(_l("Vul een voornaam in.")))
    contact = _text(
        _l("E-mailadres of mobiel nummer"),
        254,
        DataRequired(_l("Vul een e-mailadres of een mobiel nummer in. Anders kunnen we niets laten weten.")),
    )
    who = RadioField(_l("Wie bent u?"), choices=WHO_CHOICES, validate_choice=False)

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        if Channel.SMS not in channels():
            self.contact.label.text = _("E-mailadres")

    def validate_first_name(self, field: StringField) -> None:
        # The name stands in our mail, also in one to somebody else's address.
        if _LIKE_AN_ADDRESS.search(field.data or ""):
            raise ValidationError(_("Vul alleen een voornaam in."))

    def validate_contact(self, field: StringField) -> None:
        contact = read_contact(field.data or "")
        if "@" not in contact and Channel.SMS not in channels():
            raise ValidationError(_("Wij kunnen nu geen sms sturen. Vul een e-mailadres in."))

    def validate_who(self, field: RadioField) -> None:
        if field.data not in set(Who):
            raise ValidationError(_("Kies wat het best bij u past."))


class Needs:
    """What somebody needs to take part. All of it may stay empty."""

    interpreter = _text(_l("Een tolk. In welke taal?"))
    wheelchair = BooleanField(_l("Ik kom met een rolstoel of rollator"))
    child_care = _text(_l("Opvang voor kinderen. Hoe oud zijn ze?"))
    diet = _text(_l("Iets dat ik niet eet of drink"))
    brings = BooleanField(_l("Er komt iemand met mij mee"))
    companion = _text(_l("Voornaam van wie meekomt"), LONGEST_NAME)
    question = _text(_l("Een vraag die ik meeneem"), LONGEST)
    known_companion = ""
    """Who came along until now: taking the tick away is enough to come alone."""

    def validate_brings(self, field: BooleanField) -> None:
        named = self.companion.data or ""
        if named and not field.data and named != self.known_companion:
            raise ValidationError(
                _("Er staat een naam van iemand die meekomt. Zet hier een vinkje, of haal de naam weg.")
            )

    @property
    def places(self) -> int:
        return 2 if self.brings.data else 1

    def person(self, first_name: str, contact: str) -> Person:
        """Who comes, with what was told here. Ask after validating."""
        return Person(
            first_name,
            contact,
            interpreter=self.interpreter.data or "",
            wheelchair=bool(self.wheelchair.data),
            child_care=self.child_care.data or "",
            diet=self.diet.data or "",
            companion=(self.companion.data or "") if self.brings.data else "",
            question=self.question.data or "",
        )


def read_contact(typed: str) -> str:
    """The e-mail address, or the mobile number in international form. Raises ValidationError."""
    return _read_email(typed) if "@" in typed else _read_mobile(typed)


def _read_email(typed: str) -> str:
    try:
        found = validate_email(typed, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        raise ValidationError(
            _("Dit e-mailadres klopt niet. Kijk het na, bijvoorbeeld naam@voorbeeld.nl.")
        ) from error
    return found.normalized


def _read_mobile(typed: str) -> str:
    try:
        number = read_number(typed)
    except UnknownNumber as error:
        raise ValidationError(
            _(
                "Dit is geen e-mailadres en geen mobiel nummer dat we kennen. Schrijf het zo: naam@voorbeeld.nl of 06 12345678."
            )
        ) from error
    if phonenumbers.number_type(phonenumbers.parse(number)) not in _MOBILE:
        raise ValidationError(
            _("Dit is een vast nummer. Daar komt geen sms aan. Vul een mobiel nummer in, of een e-mailadres.")
        )
    return number
