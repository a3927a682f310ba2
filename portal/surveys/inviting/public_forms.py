"""What people choose under their own link."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, SelectChoice
from wtforms.validators import ValidationError

from portal.forms import PersonalForm
from portal.surveys.rules import Perspective

FOR_WHOM = {
    Perspective.PARENT: _l("Een ouder"),
    Perspective.YOUNG_PERSON: _l("Een jongere vanaf 12 jaar"),
    Perspective.ADULT: _l("Een volwassene"),
    Perspective.FAMILY_MEMBER: _l("Een ander gezinslid"),
}
LONGEST_NUMBER = 3


class OptOutForm(PersonalForm):
    """One button: no more messages."""


class OthersForm(PersonalForm):
    """A link for somebody else. `number` says which one it makes, so that pressing twice makes one."""

    number = HiddenField()
    perspective = RadioField(
        _l("Voor wie is de link?"),
        choices=[SelectChoice(whom.value, words) for whom, words in FOR_WHOM.items()],
        validate_choice=False,
    )

    def validate_perspective(self, field: RadioField) -> None:
        if field.data not in tuple(Perspective):
            raise ValidationError(_("Kies voor wie de link is."))

    @property
    def makes(self) -> int:
        """The number of the link that this page makes; 0 when it is no number."""
        typed = self.number.data or ""
        return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= LONGEST_NUMBER else 0
