"""What the forms of the steps are made of, and what every one of them has."""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from flask_babel import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, SelectChoice, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional, ValidationError

from portal import clock
from portal.complaints.handling import step_operations
from portal.complaints.handling.forms import read_day
from portal.complaints.handling.step_operations import Given
from portal.complaints.models import Complaint
from portal.complaints.rules import IllegalStep, Step
from portal.forms import tidy

LONGEST_LINE = 300
LONGEST_TEXT = 10_000
LONGEST_LETTER = 30_000
LONGEST_KEY = 32
FURTHEST = timedelta(days=2 * 366)
_MOST_DIGITS = 6
_TIMES = ("%H:%M", "%H.%M")
TOO_LONG = _l("Dit is te lang. Er passen %(max)d letters.")


def long_text(label: Any, missing: Any = None, longest: int = LONGEST_TEXT) -> TextAreaField:
    needed = [DataRequired(missing)] if missing else [Optional()]
    return TextAreaField(label, filters=[tidy], validators=[*needed, Length(max=longest, message=TOO_LONG)])


def short_text(label: Any, missing: Any) -> StringField:
    return StringField(
        label,
        filters=[tidy],
        validators=[DataRequired(missing), Length(max=LONGEST_LINE, message=TOO_LONG)],
    )


def one_of(label: Any, named: Mapping[Any, Any], missing: Any) -> RadioField:
    known = {str(key) for key in named}

    def chosen(_form: FlaskForm, field: RadioField) -> None:
        if field.data not in known:
            raise ValidationError(missing)

    choices = [SelectChoice(str(key), text) for key, text in named.items()]
    return RadioField(label, choices=choices, validate_choice=False, validators=[chosen])


def a_day(label: Any) -> StringField:
    def is_day(_form: FlaskForm, field: StringField) -> None:
        if read_day(field.data) is None:
            raise ValidationError(_("Dit is geen datum. Schrijf hem zo: 01-03-2026."))

    return StringField(label, filters=[tidy], validators=[DataRequired(_l("Vul de dag in.")), is_day])


class StepForm(FlaskForm):
    """What every step has: what the page had seen, and the key that makes it happen once."""

    needs_day = False
    """Whether `on` is asked: the day it happened, after the receipt and not to come."""
    steps = HiddenField()
    letters = HiddenField()
    request_key = HiddenField(filters=[tidy], validators=[DataRequired(), Length(max=LONGEST_KEY)])

    def __init__(self, complaint: Complaint, step: Step, **given: Any) -> None:
        self.complaint, self.step = complaint, step
        super().__init__(**given)

    def begin(self) -> None:
        """What the form says before anybody filled it in."""

    def remember(self) -> None:
        """The page shows the complaint as it is now."""
        self.steps.data, self.letters.data = str(len(self.complaint.steps)), str(len(self.complaint.letters))
        self.request_key.data = self.request_key.data or secrets.token_hex(8)

    @property
    def seen(self) -> int:
        """How many steps the page had seen; -1 when it says nothing that makes sense."""
        return number(self.steps.data)

    @property
    def is_behind(self) -> bool:
        """Whether somebody did something since the page was shown."""
        now = (len(self.complaint.steps), len(self.complaint.letters))
        return (self.seen, number(self.letters.data)) != now

    def details(self) -> dict[str, str]:
        """What is kept with the step."""
        return {}

    def given(self) -> Given:
        return Given(details=self.details(), on=self.happened_on)

    @property
    def happened_on(self) -> date | None:
        return read_day(self.on.data) if "on" in self._fields and self.on.data else None

    def validate_on(self, field: StringField) -> None:
        day = read_day(field.data or "")
        if day is not None and not self.complaint.received_on <= day <= clock.today():
            received = format_date(self.complaint.received_on, "d MMMM yyyy")
            raise ValidationError(_("Kies een dag van %(received)s tot en met vandaag.", received=received))

    def typed(self) -> list[tuple[str, str]]:
        """What somebody typed, to show where the form itself cannot be."""
        kept = ("TextAreaField", "StringField")
        return [(str(f.label.text), f.data) for f in self if f.type in kept and f.data]


class LetterForm(StepForm):
    """A step with a letter. `made` says which words the letter was made from."""

    letter = TextAreaField(
        _l("De brief"), filters=[tidy], validators=[Length(max=LONGEST_LETTER, message=TOO_LONG)]
    )
    made = HiddenField()

    def renew(self, text: str) -> str:
        """Put the letter there as it must be by what is filled in; what was typed and does not fit any more.

        A letter that somebody changed stays, as long as what it was made from is the same.
        """
        mark, typed = fingerprint(text), self.letter.data or ""
        if typed and self.made.data == mark:
            return ""
        was_changed = bool(typed) and fingerprint(typed) != self.made.data
        self.letter.data, self.made.data = tidy(text), mark
        return typed if was_changed else ""

    def fits(self, text: str) -> bool:
        """Whether the letter was made from what is filled in now."""
        return bool(self.letter.data) and self.made.data == fingerprint(text)


def fingerprint(text: str) -> str:
    return hashlib.sha256(tidy(text).encode()).hexdigest()[:32]


def lines(typed: str | None) -> list[str]:
    """What was typed one a line, without empty lines."""
    return [line.strip() for line in (typed or "").splitlines() if line.strip()]


def folded(name: str) -> str:
    """A name as two people who write it differently both mean it."""
    return " ".join(name.casefold().split())


def read_time(typed: str | None) -> time | None:
    """The time of a day, as a browser sends it (14:30) or as people type it (14.30)."""
    for spelling in _TIMES:
        try:
            return datetime.strptime(typed or "", spelling).time()  # noqa: DTZ007 - a wall clock's time
        except ValueError:
            continue
    return None


def allow(form: StepForm, until: date | None) -> None:
    """Refuse a new date with the rule that forbids it. Raises ValidationError."""
    if until is None:
        return
    if until - clock.today() > FURTHEST:
        raise ValidationError(_("Deze dag is meer dan twee jaar weg. Kijk het jaar na."))
    try:
        step_operations.after(form.complaint, form.step, until)
    except IllegalStep as refused:
        raise ValidationError(refused.rule) from refused


def number(typed: str | None) -> int:
    """A number from a hidden field; -1 for what is none."""
    typed = typed or ""
    is_number = typed.isascii() and typed.isdigit() and len(typed) <= _MOST_DIGITS
    return int(typed) if is_number else -1
