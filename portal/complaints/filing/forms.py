"""What the steps of filing send and show. Nothing is compulsory but that there is something."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask_babel import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, RadioField, SelectChoice, SelectMultipleField, StringField
from wtforms.validators import ValidationError

from portal import clock
from portal.complaints.content import Reach, Wish
from portal.complaints.filing.rules import LONGEST, LONGEST_LINE, Filling, Place, read_day
from portal.complaints.models import ComplaintDraft
from portal.complaints.rules import Domain, OnBehalf, Route
from portal.complaints.words import REACHES, WISHES
from portal.forms import AnonymousForm, PersonalForm, tidy
from portal.phones import UnknownNumber, read_number

PURPOSE = "complaint-draft"
"""What the hidden mark of every page of a draft is for."""
RECEIPT = "receipt:"
DATE = "d-M-yyyy"

# What a field is called, to adults and to young people; where a route says it otherwise, with the route.
LABELS: Mapping[str | tuple[str, Route], tuple[Any, Any]] = {
    "what": (_l("Wat is er gebeurd?"), _l("Wat is er gebeurd?")),
    ("what", Route.OBJECTION): (
        _l("Waarom bent u het niet eens met het besluit?"),
        _l("Waarom ben je het niet eens met het besluit?"),
    ),
    ("what", Route.SIGNAL): (_l("Wat wilt u ons laten weten?"), _l("Wat wil je ons laten weten?")),
    ("what", Route.TALK): (_l("Waar wilt u over praten?"), _l("Waar wil je over praten?")),
    ("what", Route.DANGER): (_l("Waar maakt u zich zorgen over?"), _l("Waar maak je je zorgen over?")),
    "when": (_l("Wanneer was dat?"), _l("Wanneer was dat?")),
    "about": (_l("Over wie gaat het?"), _l("Over wie gaat het?")),
    ("about", Route.OBJECTION): (_l("Over welk besluit gaat het?"), _l("Over welk besluit gaat het?")),
    ("about", Route.OTHER_ORGANISATION): (_l("Over wie daar gaat het?"), _l("Over wie daar gaat het?")),
    ("about", Route.SIGNAL): (_l("Over wie of wat gaat het?"), _l("Over wie of wat gaat het?")),
    ("about", Route.TALK): (
        _l("Met wie wilt u liever niet praten?"),
        _l("Met wie wil je liever niet praten?"),
    ),
    ("about", Route.DANGER): (_l("Over wie maakt u zich zorgen?"), _l("Over wie maak je je zorgen?")),
    "organisation": (_l("Welke organisatie is het?"), _l("Welke organisatie is het?")),
    "decision_sent_on": (_l("Wanneer is het besluit verstuurd?"), _l("Wanneer is het besluit verstuurd?")),
    "domain": (_l("Over welke hulp gaat het?"), _l("Over welke hulp gaat het?")),
    "on_behalf": (_l("Voor wie is de klacht?"), _l("Voor wie is de klacht?")),
    "for_whom": (_l("Hoe heet die persoon?"), _l("Hoe heet die persoon?")),
    "wishes": (_l("Wat zou helpen?"), _l("Wat zou helpen?")),
    "wish_other": (_l("Iets anders, namelijk"), _l("Iets anders, namelijk")),
    ("wish_other", Route.OBJECTION): (_l("Wat zou er in het besluit moeten staan?"),) * 2,
    ("wish_other", Route.OTHER_ORGANISATION): (_l("Wat zou helpen?"), _l("Wat zou helpen?")),
    "name": (_l("Uw naam"), _l("Je naam")),
    "email": (_l("E-mailadres"), _l("E-mailadres")),
    "phone": (_l("Telefoonnummer"), _l("Telefoonnummer")),
    "reach": (_l("Hoe mogen wij u bereiken?"), _l("Hoe mogen wij je bereiken?")),
    "voicemail": (
        _l("U mag iets inspreken op mijn voicemail"),
        _l("Jullie mogen iets inspreken op mijn voicemail"),
    ),
    "street": (_l("Straat en huisnummer"), _l("Straat en huisnummer")),
    "postcode": (_l("Postcode"), _l("Postcode")),
    "place": (_l("Plaats"), _l("Plaats")),
    "formal_by_email": (_l("Ja, stuur mij officiële brieven digitaal"),) * 2,
}
DOMAINS = (
    SelectChoice(Domain.YOUTH.value, _l("Hulp voor een kind of jongere")),
    SelectChoice(Domain.ADULTS.value, _l("Hulp voor een volwassene")),
    SelectChoice(Domain.UNKNOWN.value, _l("Dat weet ik niet")),
)
ON_BEHALF = (
    SelectChoice(OnBehalf.SELF.value, _l("Voor mijzelf")),
    SelectChoice(OnBehalf.KNOWS.value, _l("Voor iemand anders, en die weet dat")),
    SelectChoice(OnBehalf.MANDATE.value, _l("Voor iemand anders, met een machtiging")),
    SelectChoice(OnBehalf.DOES_NOT_KNOW.value, _l("Voor iemand anders, en die weet het niet")),
)
WISH_CHOICES = tuple(SelectChoice(wish.value, name) for wish, name in WISHES.items())
REACH_CHOICES = tuple(SelectChoice(reach.value, name) for reach, name in REACHES.items())


def label(name: str, filling: Filling) -> Any:
    """What a field is called for who fills this in."""
    return LABELS.get((name, filling.route), LABELS[name])[filling.young]


class Fits:
    """No longer than there is room for. What is too long stays on the page, and is not kept."""

    def __init__(self, most: int) -> None:
        self.most = most

    def __call__(self, _form: Any, field: Any) -> None:
        over = len(field.data or "") - self.most
        if over > 0:
            raise ValidationError(
                _(
                    "Deze tekst is te lang: er passen %(limit)s tekens. Haal er %(over)s weg. Alles wat er staat is er nog.",
                    limit=self.most,
                    over=over,
                )
            )


def _text(most: int = LONGEST_LINE) -> StringField:
    return StringField(filters=[tidy], validators=[Fits(most)])


class StartForm(AnonymousForm):
    """A button; the way that was chosen stands in the address."""


class CodeForm(AnonymousForm):
    """Typing the code of a draft."""

    code = StringField(_l("Uw code"), filters=[tidy])


class StepForm(PersonalForm):
    """One step. What the route does not ask is not on it."""

    def __init__(self, draft: ComplaintDraft, filling: Filling) -> None:
        super().__init__(public_id=draft.public_id, purpose=PURPOSE, data=shown(filling))
        for name in [name for name in self._fields if name in LABELS]:
            if filling.asks(name):
                self[name].label.text = label(name, filling)
            else:
                del self[name]

    @property
    def is_stale(self) -> bool:
        """Whether the page belonged to another draft. Ask after validating."""
        return bool(self.mark.errors)

    @property
    def answers(self) -> dict[str, Any]:
        """What was answered and is right, as a filling holds it. Ask after validating."""
        right = {name: field for name, field in self._fields.items() if name in LABELS and not field.errors}
        return {name: READ.get(name, _same)(field.data) for name, field in right.items()}

    def forgive(self) -> None:
        """Show it as it is, without what is wrong with it."""
        for field in self:
            field.errors = ()


class WhatForm(StepForm):
    """What happened, and when."""

    what = _text(LONGEST)
    when = _text()


class AboutForm(StepForm):
    """About whom, for whom, which help, and what would help."""

    organisation = _text()
    decision_sent_on = StringField(filters=[tidy])
    about = _text()
    domain = RadioField(choices=DOMAINS, validate_choice=False)
    on_behalf = RadioField(choices=ON_BEHALF, validate_choice=False)
    for_whom = _text()
    wishes = SelectMultipleField(choices=WISH_CHOICES, validate_choice=False)
    wish_other = _text()

    def validate_decision_sent_on(self, field: StringField) -> None:
        if field.data:
            check_day(field.data)


def check_day(typed: str) -> None:
    """Raises ValidationError when it is not a day that was."""
    day = read_day(typed)
    if day is None:
        raise ValidationError(
            _("Deze datum kunnen we niet lezen. Schrijf hem zo: 3-11-2026. Of laat hem leeg.")
        )
    if day > clock.today():
        raise ValidationError(_("Deze dag moet nog komen. Kijk de datum op de brief na, of laat hem leeg."))


class ReachForm(StepForm):
    """How one may be reached safely, and whether formal letters may come digitally (Awb 2:8)."""

    name = _text()
    email = _text()
    phone = _text()
    reach = SelectMultipleField(choices=REACH_CHOICES, validate_choice=False)
    voicemail = BooleanField()
    street = _text()
    postcode = _text()
    place = _text()
    formal_by_email = BooleanField()

    def __init__(self, draft: ComplaintDraft, filling: Filling) -> None:
        super().__init__(draft, filling)
        if not filling.asks("street"):
            self.reach.choices = [one for one in self.reach.choices if one.value != Reach.LETTER]

    def validate_email(self, field: StringField) -> None:
        if not field.data:
            if Reach.EMAIL in self._ways or self._is_formal:
                raise ValidationError(_("Vul een e-mailadres in, of haal het vinkje bij e-mail weg."))
            return
        try:
            validate_email(field.data, check_deliverability=False, allow_smtputf8=False)
        except EmailNotValidError as error:
            raise ValidationError(
                _(
                    "Dit e-mailadres klopt niet. Kijk het na, bijvoorbeeld naam@voorbeeld.nl. Of laat het leeg."
                )
            ) from error

    def validate_phone(self, field: StringField) -> None:
        if not field.data:
            if self._ways & {Reach.PHONE, Reach.SMS}:
                raise ValidationError(
                    _("Vul een telefoonnummer in, of haal het vinkje bij bellen en sms weg.")
                )
            return
        try:
            read_number(field.data)
        except UnknownNumber as error:
            raise ValidationError(
                _("Dit nummer kennen we niet. Kijk of alle cijfers er staan, bijvoorbeeld 06 12345678.")
            ) from error

    def validate_street(self, field: StringField) -> None:
        if Reach.LETTER in self._ways and not field.data:
            raise ValidationError(_("Vul een straat en huisnummer in, of haal het vinkje bij de brief weg."))

    def validate_postcode(self, field: StringField) -> None:
        if Reach.LETTER in self._ways and not field.data and not self.place.data:
            raise ValidationError(
                _("Vul een postcode of een plaats in, of haal het vinkje bij de brief weg.")
            )

    @property
    def answers(self) -> dict[str, Any]:
        found = super().answers
        if found.get("formal_by_email") and found.get("email"):
            # Digital letters are announced by e-mail: that is what was agreed to.
            found["reach"] = _listed(Reach, (*found["reach"], Reach.EMAIL))
        return found

    @property
    def _ways(self) -> set[str]:
        return set(self.reach.data or ())

    @property
    def _is_formal(self) -> bool:
        return "formal_by_email" in self and bool(self.formal_by_email.data)


class ReviewForm(PersonalForm):
    """Sending. The receipt code is made by us and proves it by its mark, so that nobody chooses an own one."""

    code = HiddenField(filters=[tidy])
    proof = HiddenField(filters=[tidy])
    seen = HiddenField(filters=[tidy])


class PlainForm(PersonalForm):
    """A button."""


STEP_FIELDS: Mapping[Place, tuple[str, ...]] = {
    Place.WHAT: ("what", "when"),
    Place.ABOUT: (
        "organisation",
        "decision_sent_on",
        "about",
        "domain",
        "on_behalf",
        "for_whom",
        "wishes",
        "wish_other",
    ),
    Place.REACH: (
        "name",
        "email",
        "phone",
        "reach",
        "voicemail",
        "street",
        "postcode",
        "place",
        "formal_by_email",
    ),
}
"""The fields of a step in the order in which the review shows them."""
TYPED = frozenset({"what", "when", "about", "organisation", "for_whom", "wish_other"})
"""Whose words are shown again where they could not be kept."""
FORMS: Mapping[Place, type[StepForm]] = {
    Place.WHAT: WhatForm,
    Place.ABOUT: AboutForm,
    Place.REACH: ReachForm,
}


def shown(filling: Filling) -> dict[str, Any]:
    """What was filled in, as the fields show it."""
    content = filling.content
    given: dict[str, Any] = {name: getattr(content, name, "") for name in LABELS if isinstance(name, str)}
    day = read_day(content.decision_sent_on)
    return given | {
        "domain": filling.domain.value,
        "on_behalf": filling.on_behalf.value,
        "wishes": list(content.wishes),
        "reach": list(content.reach),
        "decision_sent_on": format_date(day, DATE) if day else "",
    }


def _same(value: Any) -> Any:
    return value


def _listed(kind: type[StrEnum], given: Iterable[str] | None) -> tuple[str, ...]:
    """Those that exist, each once and in the order of the page."""
    return tuple(one.value for one in kind if one.value in set(given or ()))


def _one(kind: type[StrEnum], given: str | None, otherwise: StrEnum) -> StrEnum:
    return kind(given) if given in set(kind) else otherwise


def _day(typed: str) -> str:
    day = read_day(typed)
    return day.isoformat() if day else ""


# How a field becomes what a filling holds.
READ: Mapping[str, Any] = {
    "domain": lambda given: _one(Domain, given, Domain.UNKNOWN),
    "on_behalf": lambda given: _one(OnBehalf, given, OnBehalf.SELF),
    "wishes": lambda given: _listed(Wish, given),
    "reach": lambda given: _listed(Reach, given),
    "phone": lambda given: read_number(given) if given else "",
    "decision_sent_on": _day,
}


OF_THE_ADDRESS = ("postcode", "place")
ROW_LABELS: Mapping[str, Any] = {
    "street": _l("Adres"),
    "voicemail": _l("Inspreken op de voicemail"),
    "formal_by_email": _l("Officiële brieven digitaal"),
}
"""What an answer is called in the review, where the field itself says it as a choice."""


@dataclass(frozen=True)
class Row:
    """One answer as the review shows it; an empty value was not filled in."""

    label: Any
    value: str


def rows(filling: Filling, place: Place) -> list[Row]:
    """The answers of one step, as far as the route asks them."""
    names = [name for name in STEP_FIELDS[place] if filling.asks(name) and name not in OF_THE_ADDRESS]
    if filling.on_behalf is OnBehalf.SELF:
        names = [name for name in names if name != "for_whom"]
    if Reach.PHONE not in filling.content.reach:
        names = [name for name in names if name != "voicemail"]
    return [Row(ROW_LABELS.get(name) or label(name, filling), said(name, filling)) for name in names]


def said(name: str, filling: Filling) -> str:
    """One answer in words; "" when there is none."""
    content = filling.content
    match name:
        case "domain":
            return _named(DOMAINS, [filling.domain.value])
        case "on_behalf":
            return _named(ON_BEHALF, [filling.on_behalf.value])
        case "wishes":
            return _named(WISH_CHOICES, content.wishes)
        case "reach":
            return _named(REACH_CHOICES, content.reach)
        case "voicemail" | "formal_by_email":
            return _("ja") if getattr(content, name) else _("nee")
        case "street":
            town = f"{content.postcode} {content.place}".strip()
            return "\n".join(line for line in (content.street, town) if line)
        case "decision_sent_on":
            day = read_day(content.decision_sent_on)
            return format_date(day, "EEEE d MMMM yyyy") if day else ""
    return str(getattr(content, name))


def _named(choices: Iterable[SelectChoice], chosen: Collection[str]) -> str:
    """What was chosen, in words, each on a line."""
    return "\n".join(str(one.label) for one in choices if one.value in chosen)
