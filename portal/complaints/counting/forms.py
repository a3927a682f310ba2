"""What the team fills in about measures, objections and appeals."""

import secrets
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, HiddenField, RadioField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, ValidationError

from portal import clock
from portal.complaints.counting.words import KINDS, OUTCOMES, SUBJECTS
from portal.forms import tidy
from portal.profile import profile

LONGEST_MEASURE, LONGEST_OWNER, LONGEST_REFERENCE = 2000, 120, 20
FURTHEST = timedelta(days=5 * 366)
EARLIEST = date(2000, 1, 1)
"""Nothing that still has to be counted came in before."""


class DayField(DateField):
    """A day, as a browser's calendar gives it (2026-12-01) or as people type it (1-12-2026)."""

    def __init__(self, label: Any, **given: Any) -> None:
        super().__init__(label, format=["%Y-%m-%d", "%d-%m-%Y"], **given)

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata([value.strip() for value in valuelist if value.strip()])
        except ValueError:
            raise ValueError(_("Dit is geen dag die we kunnen lezen. Typ hem als 31-12-2026.")) from None


def _needed(message: Any) -> Callable[[FlaskForm, DayField], None]:
    """A day must be there. What was typed and is no day says so itself."""

    def check(_form: FlaskForm, field: DayField) -> None:
        if field.data is None and not field.process_errors:
            raise ValidationError(message)

    return check


class OnceForm(FlaskForm):
    """A form that adds something: sent twice, it is there once."""

    request_key = HiddenField()

    def fresh(self) -> None:
        """Give the form its key, as it is shown for the first time."""
        self.request_key.data = secrets.token_hex(16)

    def validate_request_key(self, field: HiddenField) -> None:
        if not field.data or len(field.data) > 64 or not field.data.isascii():
            self.fresh()


class MeasureForm(OnceForm):
    """Something we will change."""

    words = TextAreaField(
        _l("Wat gaan we anders doen?"),
        filters=[tidy],
        validators=[
            DataRequired(_l("Schrijf op wat we anders gaan doen.")),
            Length(max=LONGEST_MEASURE, message=_l("Dit is te lang. Houd het bij 2000 tekens.")),
        ],
    )
    owner = StringField(
        _l("Wie zorgt ervoor?"),
        filters=[tidy],
        validators=[
            DataRequired(_l("Vul in wie hiervoor zorgt.")),
            Length(max=LONGEST_OWNER, message=_l("Dit is te lang voor een naam. Houd het bij 120 tekens.")),
        ],
    )
    due_on = DayField(_l("Wanneer is het klaar?"), validators=[_needed(_l("Kies een dag."))])
    theme = SelectField(_l("Thema"), validate_choice=False)
    reference = StringField(
        _l("Nummer van de klacht"),
        filters=[tidy],
        validators=[
            Length(max=LONGEST_REFERENCE, message=_l("Dit nummer is te lang. Het lijkt op KL-2026-0001."))
        ],
    )

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        themes = [SelectChoice(key, text["nl"]) for key, text in profile().complaints.themes.items()]
        self.theme.choices = [SelectChoice("", _("Geen thema")), *themes]

    def validate_due_on(self, field: DayField) -> None:
        today = clock.today()
        if field.data and field.data < today:
            raise ValidationError(_("Deze dag is al voorbij. Kies vandaag of een dag erna."))
        if field.data and field.data > today + FURTHEST:
            raise ValidationError(_("Deze dag is meer dan vijf jaar weg. Kies een dag die dichterbij is."))

    def validate_theme(self, field: SelectField) -> None:
        if field.data not in ("", None, *profile().complaints.themes):
            raise ValidationError(_("Kies een thema uit de lijst."))


class ObjectionForm(OnceForm):
    """An objection or appeal that came in."""

    kind = RadioField(_l("Wat kwam er binnen?"), validate_choice=False)
    subject = RadioField(_l("Waar gaat het over?"), validate_choice=False)
    received_on = DayField(_l("Ontvangen op"), validators=[_needed(_l("Kies de dag van ontvangst."))])

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.kind.choices, self.subject.choices = _choices(KINDS), _choices(SUBJECTS)

    def validate_kind(self, field: RadioField) -> None:
        if field.data not in KINDS:
            raise ValidationError(_("Kies bezwaar of beroep."))

    def validate_subject(self, field: RadioField) -> None:
        if field.data not in SUBJECTS:
            raise ValidationError(_("Kies waar het over gaat."))

    def validate_received_on(self, field: DayField) -> None:
        _not_later_than_today(field.data)
        if field.data and field.data < EARLIEST:
            raise ValidationError(_("Dit is te lang geleden. Kijk het jaar na."))


class OutcomeForm(FlaskForm):
    """How one objection or appeal ended. Give it the number of the objection and when it came in."""

    outcome = SelectField(_l("Uitkomst"), validate_choice=False)
    ended_on = DayField(_l("Datum van de uitkomst"))

    def __init__(self, objection_id: int, received_on: date, **given: Any) -> None:
        super().__init__(prefix=f"bezwaar-{objection_id}-", **given)
        self.received_on = received_on
        self.outcome.choices = [SelectChoice("", _("Loopt nog")), *_choices(OUTCOMES)]

    @property
    def is_open(self) -> bool:
        """Whether it is said that there is no outcome yet."""
        return not self.outcome.data

    def validate_outcome(self, field: SelectField) -> None:
        if field.data and field.data not in OUTCOMES:
            raise ValidationError(_("Kies een uitkomst uit de lijst."))

    def validate_ended_on(self, field: DayField) -> None:
        if self.is_open:
            field.errors = []
            return
        if field.data is None and not field.process_errors:
            raise ValidationError(_("Kies de dag van de uitkomst."))
        _not_later_than_today(field.data)
        if field.data and field.data < self.received_on:
            raise ValidationError(_("De uitkomst kan niet voor de ontvangst liggen."))


def _choices(named: Mapping[str, Any]) -> list[SelectChoice]:
    return [SelectChoice(str(key), words) for key, words in named.items()]


def _not_later_than_today(day: date | None) -> None:
    if day and day > clock.today():
        raise ValidationError(_("Deze dag is nog niet geweest."))
