"""What the coordinator fills in about an evening and the people who come. What was typed always stays."""

import secrets
from datetime import date, datetime, time, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField, SelectChoice, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional, ValidationError

from portal import clock
from portal.forms import tidy
from portal.profile import profile
from portal.talks.arranging.operations import FIELDS, Given, To
from portal.talks.arranging.words import TO
from portal.talks.forms import Needs, Signer, read_contact
from portal.talks.models import Evening
from portal.talks.operations import Wanted
from portal.talks.rules import Who

MOST_PLACES = 500
LONGEST_KEY = 64
LONGEST_WORD = 2000
FURTHEST = timedelta(days=2 * 366)
_MOST_DIGITS = 6
_DAYS = ("%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y", "%d.%m.%Y")
_TIMES = ("%H:%M", "%H.%M")
TOO_LONG = _l("Dit is te lang. Er passen %(max)d letters.")


def read_day(typed: str | None) -> date | None:
    """The day, as a browser sends it (2026-03-01) or as people type it (1-3-2026); None for anything else."""
    found = _read(typed, _DAYS)
    return found.date() if found else None


def read_time(typed: str | None) -> time | None:
    """The time of a day, as a browser sends it (19:30) or as people type it (19.30); None for anything else."""
    found = _read(typed, _TIMES)
    return found.time() if found else None


def read_number_of(typed: str | None) -> int | None:
    """A whole number of a reasonable length; None for anything else."""
    typed = (typed or "").strip()
    is_number = typed.isascii() and typed.isdigit() and len(typed) <= _MOST_DIGITS
    return int(typed) if is_number else None


def _read(typed: str | None, spellings: tuple[str, ...]) -> datetime | None:
    for spelling in spellings:
        try:
            return datetime.strptime(typed or "", spelling)  # noqa: DTZ007 - a wall clock's day or time
        except ValueError:
            continue
    return None


def _on_one_line(typed: str | None) -> str:
    return " ".join(tidy(typed).split())


def _needed(missing: Any) -> list[Any]:
    return [DataRequired(missing)] if missing else [Optional()]


def _line(label: Any, missing: Any = None, longest: int = 200) -> StringField:
    validators = [*_needed(missing), Length(max=longest, message=TOO_LONG)]
    return StringField(label, filters=[_on_one_line], validators=validators)


def _text(label: Any, missing: Any = None, longest: int = 1000) -> TextAreaField:
    validators = [*_needed(missing), Length(max=longest, message=TOO_LONG)]
    return TextAreaField(label, filters=[tidy], validators=validators)


class OnceForm(FlaskForm):
    """A form that does something: sent twice, it is done once."""

    request_key = HiddenField(filters=[tidy])

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        key = self.request_key.data
        if not key or len(key) > LONGEST_KEY or not key.isascii():
            self.request_key.data = secrets.token_hex(16)


class EveningForm(OnceForm):
    """An evening, made or changed. `seen` says which version of it the page showed."""

    seen = HiddenField(filters=[tidy])
    theme = _line(_l("Thema"), _l("Schrijf op waar de avond over gaat."), 120)
    about = _text(_l("Waar gaat het over?"), longest=2000)
    day = _line(_l("Welke dag?"), _l("Vul de dag in."), 20)
    starts = _line(_l("Hoe laat begint het?"), _l("Vul in hoe laat het begint."), 10)
    ends = _line(_l("Hoe laat is het afgelopen?"), _l("Vul in hoe laat het is afgelopen."), 10)
    place = _line(_l("Waar is het?"), _l("Vul in waar de avond is."))
    route = _text(_l("Hoe komt u er?"))
    access = _text(_l("Hoe toegankelijk is het?"))
    capacity = _line(_l("Hoeveel plekken zijn er?"), _l("Vul in hoeveel mensen er kunnen komen."), 20)

    def show(self, evening: Evening, *, with_day: bool = True) -> None:
        """Fill in what is known of an evening."""
        starts, ends = clock.local(evening.starts_at), clock.local(evening.ends_at)
        for name in FIELDS:
            if name in self._fields:
                self[name].data = getattr(evening, name)
        self.capacity.data = str(evening.capacity)
        self.day.data = starts.date().isoformat() if with_day else ""
        self.starts.data, self.ends.data = f"{starts:%H:%M}", f"{ends:%H:%M}"
        self.seen.data = str(evening.sequence)

    def validate_day(self, field: StringField) -> None:
        day = read_day(field.data)
        if day is None:
            raise ValidationError(_("Dit is geen datum. Schrijf hem zo: 01-03-2027."))
        if day < clock.today():
            raise ValidationError(_("Deze dag is al voorbij. Kies vandaag of een dag erna."))
        if day - clock.today() > FURTHEST:
            raise ValidationError(_("Deze dag is meer dan twee jaar weg. Kijk het jaar na."))

    def validate_starts(self, field: StringField) -> None:
        _check_time(field)
        moment = self._moment(field)
        if moment and clock.today() == moment.date() and moment <= clock.now():
            raise ValidationError(_("Dit uur is al voorbij. Kies een later uur, of een andere dag."))

    def validate_ends(self, field: StringField) -> None:
        _check_time(field)
        starts, ends = read_time(self.starts.data), read_time(field.data)
        begins, is_over = self._moment(self.starts), self._moment(field)
        # Also in the night that the clock moves, when a later hour may come earlier.
        is_backwards = begins and is_over and is_over.timestamp() <= begins.timestamp()
        if (starts is not None and ends is not None and ends <= starts) or is_backwards:
            raise ValidationError(_("De avond eindigt voordat hij begint. Kijk de twee tijden na."))

    def validate_capacity(self, field: StringField) -> None:
        number = read_number_of(field.data)
        if number is None:
            raise ValidationError(_("Schrijf een getal op, bijvoorbeeld 20."))
        if not 0 < number <= MOST_PLACES:
            raise ValidationError(_("Kies een getal van 1 tot en met %(most)s.", most=MOST_PLACES))

    def _moment(self, field: StringField) -> datetime | None:
        day, at = read_day(self.day.data), read_time(field.data)
        return datetime.combine(day, at, tzinfo=clock.AMSTERDAM) if day and at is not None else None

    @property
    def given(self) -> Given:
        """The evening as it was filled in. Ask only of a valid form."""
        starts_at, ends_at = self._moment(self.starts), self._moment(self.ends)
        capacity = read_number_of(self.capacity.data)
        if starts_at is None or ends_at is None or capacity is None:
            raise ValueError("ask only of a valid form")
        return Given(
            theme=self.theme.data or "",
            about=self.about.data or "",
            starts_at=starts_at,
            ends_at=ends_at,
            place=self.place.data or "",
            route=self.route.data or "",
            access=self.access.data or "",
            capacity=capacity,
        )

    @property
    def version(self) -> int:
        """The version of the evening that the page showed; -1 when it says nothing that makes sense."""
        found = read_number_of(self.seen.data)
        return -1 if found is None else found


def _check_time(field: StringField) -> None:
    if read_time(field.data) is None:
        raise ValidationError(_("Dit is geen tijd. Schrijf hem zo: 19:30."))


class CancelForm(FlaskForm):
    """Why an evening does not come."""

    why = _text(
        _l("Waarom gaat de avond niet door?"),
        _l("Schrijf op waarom de avond niet doorgaat. Iedereen die zou komen leest dit."),
    )


class WordForm(OnceForm):
    """A message to everybody."""

    to = RadioField(_l("Aan wie?"), validate_choice=False)
    words = _text(_l("Uw bericht"), _l("Schrijf eerst een bericht."), LONGEST_WORD)

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.to.choices = [SelectChoice(str(key), words) for key, words in TO.items()]

    def validate_to(self, field: RadioField) -> None:
        if field.data not in set(To):
            raise ValidationError(_("Kies wie het bericht krijgt."))


ASKED = {
    "who": _l("Wie is het?"),
    "interpreter": _l("Tolk: in welke taal?"),
    "wheelchair": _l("Komt met een rolstoel of rollator"),
    "child_care": _l("Oppas: hoe oud zijn de kinderen?"),
    "diet": _l("Eten: wat mag niet?"),
    "brings": _l("Er komt iemand mee. Dat kost een plek."),
    "question": _l("Een vraag die iemand meeneemt"),
}
"""The questions as staff ask them of somebody else."""


class SomebodyForm(Signer, Needs, OnceForm):
    """Somebody who called or came by: what the page for everybody asks."""

    language = RadioField(_l("In welke taal krijgt iemand bericht?"), default="nl")

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.language.choices = [SelectChoice(code, name) for code, name in profile().languages.items()]
        for name, words in ASKED.items():
            self[name].label.text = words

    def validate_who(self, field: RadioField) -> None:
        if field.data not in set(Who):
            raise ValidationError(_("Kies wie het is."))

    @property
    def wanted(self) -> Wanted:
        """Who comes. Ask only of a valid form."""
        person = self.person(self.first_name.data or "", read_contact(self.contact.data or ""))
        return Wanted(person, Who(self.who.data), self.places, str(self.language.data), by_hand=True)


class SaidForm(FlaskForm):
    """What was said on the evening, and whether everybody is thanked now."""

    said = _text(_l("Wat is er gezegd, en wat gebeurt ermee?"), longest=4000)
    thank = BooleanField(_l("Stuur nu een bedankje, met deze tekst, aan iedereen die een plek had"))

    def validate_thank(self, field: BooleanField) -> None:
        if field.data and not self.said.data:
            raise ValidationError(_("Schrijf eerst op wat er is gezegd. Dat staat in het bedankje."))
