"""What somebody fills in to keep something longer."""

from collections.abc import Collection
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, ValidationError

from portal.forms import tidy
from portal.privacy.retention.rules import HOLDABLE, RULES, Kind, is_enough, may_hold
from portal.privacy.retention.words import NAMES

LONGEST_REASON, LONGEST_REFERENCE = 1000, 20


class HoldForm(FlaskForm):
    """What is held, and why."""

    kind = SelectField(_l("Wat mag niet weg?"), validate_choice=False)
    about = StringField(
        _l("Nummer van de klacht"),
        filters=[tidy],
        validators=[
            Length(max=LONGEST_REFERENCE, message=_l("Dit nummer is te lang. Het lijkt op KL-2026-0001."))
        ],
    )
    reason = TextAreaField(
        _l("Waarom mag het niet weg?"),
        filters=[tidy],
        validators=[
            DataRequired(_l("Schrijf op waarom dit moet blijven.")),
            Length(max=LONGEST_REASON, message=_l("Dit is te lang. Houd het bij 1000 tekens.")),
        ],
    )

    def __init__(self, roles: Collection[str], **given: Any) -> None:
        super().__init__(**given)
        self.kinds = [kind for kind in HOLDABLE if may_hold(roles, kind)]
        nothing = [SelectChoice("", _("Kies uit de lijst"))] if len(self.kinds) > 1 else []
        self.kind.choices = nothing + [SelectChoice(str(kind), NAMES[kind]) for kind in self.kinds]
        if not self.kind.data and len(self.kinds) == 1:
            self.kind.data = str(self.kinds[0])

    @property
    def chosen(self) -> Kind:
        """What was chosen, once the form is valid."""
        return Kind(str(self.kind.data))

    def validate_kind(self, field: SelectField) -> None:
        if field.data not in self.kinds:
            raise ValidationError(_("Kies uit de lijst wat niet weg mag."))

    def validate_about(self, field: StringField) -> None:
        if field.data and self.kind.data in self.kinds and not RULES[Kind(self.kind.data)].one_by_one:
            raise ValidationError(_("Een nummer kan alleen bij klachten. Laat dit leeg, of kies klachten."))

    def validate_reason(self, field: TextAreaField) -> None:
        if field.data and not is_enough(field.data):
            raise ValidationError(_("Schrijf een paar woorden meer, zodat een ander het later begrijpt."))
