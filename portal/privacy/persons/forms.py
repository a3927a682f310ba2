"""What staff fill in about somebody's request."""

from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField, SelectChoice, SelectMultipleField, StringField
from wtforms.validators import DataRequired, Length, ValidationError

from portal import clock
from portal.forms import tidy
from portal.privacy.persons import rules
from portal.privacy.persons.rules import NoAddress, NoNumber, OnlyAName, Sought

LONGEST = 254
MOST_TAKEN = 1000
_DAYS = ("%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y", "%d.%m.%Y")


class SeekForm(FlaskForm):
    """One field for all three: what is typed shows what it is."""

    typed = StringField(
        _l("E-mailadres, telefoonnummer of zaaknummer"),
        filters=[tidy],
        validators=[
            DataRequired(_l("Vul een e-mailadres, een telefoonnummer of een zaaknummer in.")),
            Length(max=LONGEST, message=_l("Dit is te lang. Er passen %(max)d letters.")),
        ],
    )
    as_case = BooleanField(_l("Het is een zaaknummer, ook al lijkt het op iets anders"))

    def validate_typed(self, field: StringField) -> None:
        try:
            self.sought  # noqa: B018 - read for what it refuses
        except NoAddress as error:
            raise ValidationError(
                _("Dit e-mailadres klopt niet. Kijk het na, bijvoorbeeld naam@voorbeeld.nl.")
            ) from error
        except OnlyAName as error:
            raise ValidationError(
                _("Zoeken op naam kan niet. Vul een e-mailadres, telefoonnummer of zaaknummer in.")
            ) from error
        except NoNumber as error:
            raise ValidationError(
                _(
                    "Dit telefoonnummer klopt niet. Kijk of alle cijfers er staan. Is het een zaaknummer? Kruis dat dan hieronder aan."
                )
            ) from error

    @property
    def sought(self) -> Sought:
        """What was typed, read. Raises NoAddress, OnlyAName or NoNumber."""
        return rules.read(self.typed.data or "", as_case=bool(self.as_case.data))


class _Many(SelectMultipleField):
    """Ticks beside what was found. What nobody could tick is no error: it is simply not there."""

    def pre_validate(self, form: Any) -> None:
        if len(self.data or ()) > MOST_TAKEN:
            raise ValidationError(_("Dit is te veel in één keer."))


class FoundForm(FlaskForm):
    """What goes with every page after seeking: what was sought, sealed, and what was ticked."""

    ask = HiddenField()
    anew = HiddenField()
    back = HiddenField()
    who = _Many(_l("Wie vraagt het?"), choices=[])
    take = _Many(choices=[])


def read_day(typed: str) -> date | None:
    """The day, as a browser sends it or as people type it; None for anything else."""
    for spelling in _DAYS:
        try:
            return datetime.strptime(typed, spelling).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None


class EraseForm(FoundForm):
    """The last question before it is gone."""

    received_on = StringField(_l("Wanneer kwam het verzoek? (mag leeg)"), filters=[tidy])
    left_alone = RadioField(
        _l("Mogen wij deze persoon later weer schrijven?"),
        choices=[
            SelectChoice(
                "keep", _l("Nee. Wij bewaren naam en adres versleuteld, alleen om niet te schrijven.")
            ),
            SelectChoice(
                "forget",
                _l("Ja. Staat de persoon nog in de cliëntregistratie, dan komen er weer berichten."),
            ),
        ],
        default="keep",
        validate_choice=False,
    )

    def validate_received_on(self, field: StringField) -> None:
        day = read_day(field.data) if field.data else None
        if field.data and day is None:
            raise ValidationError(_("Dit is geen datum. Schrijf hem zo: 01-03-2027."))
        if day is not None and day > clock.today():
            raise ValidationError(_("Deze dag moet nog komen. Vul de dag in waarop het verzoek kwam."))

    def validate_left_alone(self, field: RadioField) -> None:
        if field.data not in {choice.value for choice in field.choices}:
            raise ValidationError(_("Kies wat wij later mogen doen."))

    @property
    def received(self) -> date | None:
        """The day of the request, where it was said."""
        return read_day(self.received_on.data or "")
