"""What staff fill in about a complaint, apart from the steps."""

import secrets
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    HiddenField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length, ValidationError

from portal import clock
from portal.complaints import words
from portal.complaints.content import Content, Reach
from portal.complaints.operations import Filed
from portal.complaints.rules import Domain, OnBehalf, Route, Via
from portal.forms import tidy
from portal.identity.models import User
from portal.phones import UnknownNumber, read_number
from portal.profile import profile

LONGEST_STORY = 20_000
LONGEST_MESSAGE = 5_000
LONGEST_LINE = 300
LONGEST_KEY = 64
OLDEST = timedelta(days=2 * 366)
_DAY_SPELLINGS = ("%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y", "%d.%m.%Y")


def read_day(typed: str) -> date | None:
    """The day, as a browser sends it (2026-03-01) or as people type it (1-3-2026); None for anything else."""
    for spelling in _DAY_SPELLINGS:
        try:
            return datetime.strptime(typed, spelling).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None


def _no_day() -> ValidationError:
    return ValidationError(_("Dit is geen datum. Schrijf hem zo: 01-03-2026."))


class ChoiceField(SelectField):
    """A list to choose from, with our own words for what is not in it."""

    def pre_validate(self, form: Any) -> None:
        if self.data not in {choice.value for choice in self.choices}:
            raise ValidationError(_("Kies iets uit de lijst."))


def _listed(named: dict[Any, Any]) -> list[SelectChoice]:
    return [SelectChoice(str(key), text) for key, text in named.items()]


def _themes() -> list[SelectChoice]:
    themes = profile().complaints.themes.items()
    return [
        SelectChoice("", _("Nog niet gekozen")),
        *(SelectChoice(key, text["nl"]) for key, text in themes),
    ]


def _key() -> HiddenField:
    """What makes that pressing twice does a thing once; no longer than its column."""
    return HiddenField(filters=[lambda typed: tidy(typed)[:LONGEST_KEY]])


def _line(label: Any, longest: int = LONGEST_LINE) -> StringField:
    too_long = _l("Dit is te lang. Er passen %(max)d letters.")
    return StringField(label, filters=[tidy], validators=[Length(max=longest, message=too_long)])


_BY_STAFF = {via: text for via, text in words.VIAS.items() if via is not Via.WEB}


class RegisterForm(FlaskForm):
    """What came by telephone, at the desk, by letter or by e-mail."""

    request_key = _key()
    via = ChoiceField(_l("Hoe kwam het binnen?"), choices=_listed(_BY_STAFF), default=Via.PHONE.value)
    received_on = StringField(_l("Wanneer kwam het binnen?"), filters=[tidy])
    route = ChoiceField(_l("Wat is het?"), choices=_listed(words.ROUTES), default=Route.COMPLAINT.value)
    domain = ChoiceField(
        _l("Over welke hulp gaat het?"), choices=_listed(words.DOMAINS), default=Domain.UNKNOWN.value
    )
    theme = ChoiceField(_l("Thema"), default="")
    what = TextAreaField(
        _l("Wat is er gebeurd?"),
        filters=[tidy],
        validators=[
            DataRequired(_l("Schrijf op wat er is gebeurd. Een paar woorden zijn genoeg.")),
            Length(max=LONGEST_STORY, message=_l("Deze tekst is te lang. Er passen %(max)d letters.")),
        ],
    )
    when = _line(_l("Wanneer was dat?"))
    about = _line(_l("Over wie gaat het?"))
    organisation = _line(_l("Welke andere organisatie?"))
    decision_sent_on = StringField(_l("Wanneer is het besluit verstuurd?"), filters=[tidy])
    on_behalf = ChoiceField(
        _l("Voor wie komt iemand op?"), choices=_listed(words.ON_BEHALF), default=OnBehalf.SELF.value
    )
    for_whom = _line(_l("Voor wie?"))
    name = _line(_l("Naam"), 100)
    phone = _line(_l("Telefoonnummer"), 40)
    email = _line(_l("E-mailadres"), 254)
    street = _line(_l("Straat en huisnummer"), 100)
    postcode = _line(_l("Postcode"), 20)
    place = _line(_l("Woonplaats"), 100)
    reach = SelectMultipleField(
        _l("Hoe is de klager veilig te bereiken?"), choices=_listed(words.REACHES), validate_choice=False
    )
    voicemail = BooleanField(_l("De voicemail inspreken mag"))
    formal_by_email = BooleanField(_l("Brieven mogen digitaal: de klager heeft dat uitdrukkelijk gezegd"))
    language = ChoiceField(_l("Taal van de brieven"), default="nl")
    young = BooleanField(_l("De klager is een jongere: schrijf “je”"))

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.theme.choices = _themes()
        self.language.choices = [SelectChoice(code, name) for code, name in profile().languages.items()]
        if not self.is_submitted():
            self.request_key.data = secrets.token_hex(16)
            self.received_on.data = clock.today().isoformat()
            self.reach.data = []

    def validate_received_on(self, field: StringField) -> None:
        day = read_day(field.data) if field.data else clock.today()
        if day is None:
            raise _no_day()
        if day > clock.today():
            raise ValidationError(_("Deze dag is nog niet geweest. Kijk de datum na."))
        if clock.today() - day > OLDEST:
            raise ValidationError(_("Dit is meer dan twee jaar geleden. Kijk het jaar na."))

    def validate_decision_sent_on(self, field: StringField) -> None:
        if field.data and read_day(field.data) is None:
            raise _no_day()

    def validate_email(self, field: StringField) -> None:
        if field.data:
            _check_email(field.data)
        elif Reach.EMAIL in (self.reach.data or ()) or self.formal_by_email.data:
            raise ValidationError(_("Vul het e-mailadres in, of haal het vinkje bij e-mail en digitaal weg."))

    def validate_phone(self, field: StringField) -> None:
        by_phone = {Reach.PHONE, Reach.SMS} & set(self.reach.data or ())
        if not field.data and by_phone:
            raise ValidationError(_("Vul het nummer in, of haal het vinkje bij bellen en sms weg."))
        if field.data:
            try:
                read_number(field.data)
            except UnknownNumber as error:
                raise ValidationError(
                    _("Dit nummer kennen we niet. Kijk of alle cijfers er staan, bijvoorbeeld 06 12345678.")
                ) from error

    def validate_street(self, field: StringField) -> None:
        if Reach.LETTER in (self.reach.data or ()) and not (
            field.data and (self.postcode.data or self.place.data)
        ):
            raise ValidationError(_("Vul het adres in, of haal het vinkje bij brief weg."))

    def validate_reach(self, field: SelectMultipleField) -> None:
        if not set(field.data or ()) <= {str(reach) for reach in Reach}:
            raise ValidationError(_("Kies iets uit de lijst."))

    @property
    def reached(self) -> dict[str, Any]:
        """Who it is and how to reach them, as fields of the content. Ask only of a valid form."""
        who: dict[str, Any] = {name: self[name].data or "" for name in _WHO}
        if who["phone"]:
            who["phone"] = read_number(who["phone"])
        chosen = set(self.reach.data or ())
        if self.formal_by_email.data:
            # A letter that waits on the follow page is no use to who does not hear of it.
            chosen.add(Reach.EMAIL)
        return who | {
            "reach": tuple(reach for reach in Reach if reach in chosen),
            "voicemail": bool(self.voicemail.data),
            "formal_by_email": bool(self.formal_by_email.data),
        }

    @property
    def filed(self) -> Filed:
        """What came in. Ask only of a valid form."""
        decision = read_day(self.decision_sent_on.data or "")
        told: dict[str, Any] = {name: self[name].data or "" for name in _TOLD}
        content = Content(**told, **self.reached, decision_sent_on=decision.isoformat() if decision else "")
        return Filed(
            content=content,
            route=Route(self.route.data),
            via=Via(self.via.data),
            domain=Domain(self.domain.data),
            on_behalf=OnBehalf(self.on_behalf.data),
            language=str(self.language.data),
            young=bool(self.young.data),
            received_on=read_day(self.received_on.data or ""),
        )


_TOLD = ("what", "when", "about", "organisation", "for_whom")
_WHO = ("name", "phone", "email", "street", "postcode", "place")
_REGISTERED_ONCE = (
    *_TOLD,
    "request_key",
    "via",
    "received_on",
    "route",
    "domain",
    "theme",
    "decision_sent_on",
    "on_behalf",
)
SAID: dict[str, Any] = {
    "call": _l("Aan de telefoon gezegd"),
    "talk": _l("In een gesprek gezegd"),
    "written": _l("Opgeschreven: brief, e-mail of bericht"),
}


class DetailsForm(RegisterForm):
    """Who complained and how to reach them, asked and looked after as when it was registered.

    `steps` says what the page had seen of the complaint.
    """

    steps = HiddenField(filters=[tidy])

    def validate_formal_by_email(self, field: BooleanField) -> None:
        # Who takes e-mail away because it is not safe any more must not find it back.
        if field.data and Reach.EMAIL not in (self.reach.data or ()):
            raise ValidationError(
                _("Digitale brieven komen met een e-mail. Haal dit vinkje weg, of zet e-mail aan.")
            )

    said = ChoiceField(_l("Hoe zei de klager dat brieven digitaal mogen?"), default="")

    def __init__(self, content: Content, **given: Any) -> None:
        super().__init__(**given)
        self.content = content
        for name in _REGISTERED_ONCE:
            del self[name]
        self.said.choices = [SelectChoice("", _("Niet van toepassing")), *_listed(SAID)]

    def show(self, language: str, *, young: bool) -> None:
        """Fill in what is known now."""
        for name in (*_WHO, "voicemail", "formal_by_email"):
            self[name].data = getattr(self.content, name)
        self.reach.data = list(self.content.reach)
        self.language.data, self.young.data = language, young

    def validate_said(self, field: ChoiceField) -> None:
        # Agreed expressly, and written down how (Awb 2:8); what was agreed before stays.
        if self.formal_by_email.data and not self.content.formal_by_email and not field.data:
            raise ValidationError(_("Kies hoe de klager dat zei, of haal het vinkje bij digitaal weg."))

    @property
    def changed(self) -> Content:
        """The content with what was filled in. Ask only of a valid form."""
        said = str(SAID[self.said.data]) if self.said.data else self.content.formal_said
        return replace(self.content, **self.reached, formal_said=said if self.formal_by_email.data else "")


def _check_email(typed: str) -> None:
    try:
        validate_email(typed, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise ValidationError(
            _("Dit is geen e-mailadres. Het ziet er zo uit: naam@organisatie.nl.")
        ) from error


class ClassifyForm(FlaskForm):
    """What it turned out to be. `steps` says how many steps were taken when the page was opened."""

    steps = HiddenField(filters=[tidy])
    route = ChoiceField(_l("Wat is het?"), choices=_listed(words.ROUTES))
    domain = ChoiceField(_l("Over welke hulp gaat het?"), choices=_listed(words.DOMAINS))
    theme = ChoiceField(_l("Thema"), default="")

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.theme.choices = _themes()


class SayForm(FlaskForm):
    """A message to the complainant."""

    request_key = _key()
    words = TextAreaField(
        _l("Uw bericht"),
        filters=[tidy],
        validators=[
            DataRequired(_l("Schrijf eerst een bericht.")),
            Length(max=LONGEST_MESSAGE, message=_l("Dit bericht is te lang. Er passen %(max)d letters.")),
        ],
    )

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.request_key.data = self.request_key.data or secrets.token_hex(16)


class DeclareForm(FlaskForm):
    """Whether the one who is asked to handle it was involved."""

    involved = ChoiceField(choices=[SelectChoice("no", ""), SelectChoice("yes", "")])


def _people(accounts: Iterable[User], notes: dict[int, str], nobody: str) -> list[SelectChoice]:
    named = (SelectChoice(str(user.id), user.email + notes.get(user.id, "")) for user in accounts)
    return [SelectChoice("", nobody), *named]


class HandlerForm(FlaskForm):
    """Who handles it."""

    user = ChoiceField(_l("Behandelaar"), default="")

    def __init__(self, accounts: Iterable[User], notes: dict[int, str], **given: Any) -> None:
        super().__init__(prefix="behandelaar-", **given)
        self.user.choices = _people(accounts, notes, _("Nog niemand"))


class DeputyForm(FlaskForm):
    """Who stands in, and until when."""

    user = ChoiceField(_l("Vervanger"), default="")
    until = StringField(_l("Tot en met"), filters=[tidy])

    def __init__(self, accounts: Iterable[User], notes: dict[int, str], **given: Any) -> None:
        super().__init__(prefix="vervanger-", **given)
        self.user.choices = _people(accounts, notes, _("Niemand"))

    def validate_until(self, field: StringField) -> None:
        if not self.user.data:
            return
        if not field.data:
            raise ValidationError(_("Vul in tot en met welke dag iemand vervangt."))
        day = read_day(field.data)
        if day is None:
            raise _no_day()
        if day < clock.today():
            raise ValidationError(_("Deze dag is al voorbij. Kies vandaag of later."))

    @property
    def last_day(self) -> date | None:
        """The last day of standing in. Ask only of a valid form."""
        return read_day(self.until.data or "") if self.user.data else None


class ConcernedForm(FlaskForm):
    """Somebody whom the complaint is about: chosen, or typed."""

    user = ChoiceField(_l("Collega met een account"), default="")
    name = _line(_l("Naam"), 100)
    email = _line(_l("E-mailadres"), 254)
    confirm = BooleanField(_l("Ja, ik ben erbij betrokken. Ik zie deze klacht daarna niet meer."))

    def __init__(self, accounts: Iterable[User], notes: dict[int, str], **given: Any) -> None:
        super().__init__(prefix="betrokkene-", **given)
        self.user.choices = _people(accounts, notes, _("Iemand zonder account"))

    def validate_name(self, field: StringField) -> None:
        if not self.user.data and not field.data:
            raise ValidationError(_("Kies een collega, of typ een naam."))

    def validate_email(self, field: StringField) -> None:
        if field.data:
            _check_email(field.data)
