"""What the team fills in about an advice."""

import secrets
from collections.abc import Iterable

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length, Optional, ValidationError

from portal import clock
from portal.forms import tidy
from portal.talks.advices.operations import Told, mark_of
from portal.talks.advices.rules import NEXT, WITH_REASON, Stage
from portal.talks.advices.words import STAGES
from portal.talks.models import Advice, Evening

LONGEST_WORDS, LONGEST_OWNER, LONGEST_REASON, LONGEST_KEY = 300, 120, 1000, 64
DAYS = ["%Y-%m-%d", "%d-%m-%Y"]
TOO_LONG = _l("Dit is te lang. Er passen %(max)d letters.")


class AdviceForm(FlaskForm):
    """One advice in one sentence, and who sees to it."""

    request_key = HiddenField(filters=[tidy], validators=[Length(max=LONGEST_KEY)])
    seen = HiddenField()
    words = TextAreaField(
        _l("Het advies, in één zin"),
        filters=[tidy],
        validators=[
            DataRequired(_l("Schrijf het advies op.")),
            Length(max=LONGEST_WORDS, message=TOO_LONG),
        ],
    )
    evening = SelectField(_l("Op welke avond?"), validate_choice=False)
    given_on = DateField(_l("Wanneer gegeven?"), format=DAYS, validators=[Optional()])
    owner = StringField(
        _l("Wie zorgt ervoor? (mag leeg blijven)"),
        filters=[tidy],
        validators=[Length(max=LONGEST_OWNER, message=TOO_LONG)],
    )
    due_on = DateField(_l("Wanneer klaar? (mag leeg blijven)"), format=DAYS, validators=[Optional()])
    published = BooleanField(_l("Iedereen mag dit lezen"))

    def __init__(self, evenings: Iterable[Evening], **given: object) -> None:
        super().__init__(**given)
        self.evening.choices = [SelectChoice("", _("Niet op een avond"))] + [
            SelectChoice(str(one.id), f"{one.theme} ({clock.local(one.starts_at):%d-%m-%Y})")
            for one in evenings
        ]
        if not self.is_submitted():
            self.request_key.data = self.request_key.data or secrets.token_hex(16)
            self.given_on.data = self.given_on.data or clock.today()

    def show(self, advice: Advice) -> None:
        """What is kept of the advice now."""
        self.words.data, self.owner.data, self.due_on.data = advice.words, advice.owner, advice.due_on
        self.evening.data, self.published.data = str(advice.evening_id or ""), advice.published
        self.given_on.data, self.seen.data = advice.steps[0].on, mark_of(advice)

    def validate_request_key(self, field: HiddenField) -> None:
        field.data = field.data or secrets.token_hex(16)

    def validate_evening(self, field: SelectField) -> None:
        if field.data not in {choice.value for choice in field.choices}:
            raise ValidationError(_("Kies een avond uit de lijst."))

    def validate_given_on(self, field: DateField) -> None:
        if field.data is not None and field.data > clock.today():
            raise ValidationError(_("Kies een dag die geweest is."))

    @property
    def told(self) -> Told:
        """What was filled in. Ask only of a valid form."""
        return Told(
            words=self.words.data or "",
            owner=self.owner.data or "",
            due_on=self.due_on.data,
            evening_id=int(self.evening.data) if self.evening.data else None,
            published=bool(self.published.data),
        )


class StageForm(FlaskForm):
    """The next step of an advice, with the reason where that is owed."""

    seen = HiddenField()
    stage = RadioField(_l("Wat is er gebeurd?"), validate_choice=False)
    reason = TextAreaField(
        _l("Waarom?"), filters=[tidy], validators=[Length(max=LONGEST_REASON, message=TOO_LONG)]
    )

    def __init__(self, advice: Advice, **given: object) -> None:
        super().__init__(**given)
        self.stage.choices = [SelectChoice(str(stage), STAGES[stage]) for stage in NEXT[advice.stage]]
        if not self.is_submitted():
            self.seen.data = str(len(advice.steps))

    def validate_stage(self, field: RadioField) -> None:
        if field.data not in {choice.value for choice in field.choices}:
            raise ValidationError(_("Kies wat er is gebeurd."))

    def validate_reason(self, field: TextAreaField) -> None:
        if self.stage.data in WITH_REASON and not field.data:
            raise ValidationError(_("Schrijf op waarom: wie het advies gaf, mag dat weten."))

    @property
    def chosen(self) -> Stage:
        return Stage(self.stage.data)
