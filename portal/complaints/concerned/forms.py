"""The form of a person concerned: one reply in writing."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, TextAreaField
from wtforms.validators import DataRequired, Length

from portal.forms import PersonalForm, tidy

MOST_LETTERS = 20_000


class ReplyForm(PersonalForm):
    """What somebody answers to the complaint."""

    seen = HiddenField(filters=[tidy])
    words = TextAreaField(
        _l("Uw reactie"),
        filters=[tidy],
        validators=[
            DataRequired(_l("Schrijf eerst uw reactie.")),
            Length(
                max=MOST_LETTERS,
                message=_l("Uw reactie is te lang. Er passen 20.000 tekens. Maak de tekst korter."),
            ),
        ],
    )
