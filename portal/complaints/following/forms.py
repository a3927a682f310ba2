"""What people type when they follow a complaint."""

import secrets
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, SelectChoice, StringField, TextAreaField
from wtforms.validators import DataRequired, ValidationError

from portal.complaints.models import Complaint
from portal.complaints.rules import Solved
from portal.forms import AnonymousForm, PersonalForm, tidy

LONGEST = 5000
"""Letters in one message."""
KEY_LENGTH = 32


class EnterForm(AnonymousForm):
    """The reference and the receipt code; and what was typed when an earlier visit had ended."""

    reference = StringField(
        _l("Kenmerk"),
        filters=[tidy],
        validators=[DataRequired(_l("Vul het nummer in. Het begint met KL."))],
    )
    code = StringField(
        _l("Ontvangstcode"),
        filters=[tidy],
        validators=[DataRequired(_l("Vul de code in. Het zijn twaalf letters en cijfers."))],
    )
    words = TextAreaField(_l("Dit typte u net"), filters=[tidy])
    to = HiddenField()
    request_key = HiddenField()
    made_for = HiddenField(filters=[tidy])
    """The reference of the complaint that the words are about; "" where that is not known."""


class FollowForm(PersonalForm):
    """A form that says for which complaint it was made: a browser may follow another one meanwhile."""

    made_for = HiddenField(filters=[tidy])
    is_of_another = False


class _WrittenForm(FollowForm):
    """Words, sent once however often the button is pressed."""

    request_key = HiddenField()

    def key(self) -> str:
        """The key of this opened page, made when it is shown for the first time."""
        typed = self.request_key.data or ""
        if len(typed) != KEY_LENGTH or not typed.isalnum() or not typed.isascii():
            self.request_key.data = secrets.token_hex(KEY_LENGTH // 2)
        return str(self.request_key.data)

    def validate_words(self, field: TextAreaField) -> None:
        length = len(field.data or "")
        if length > LONGEST:
            raise ValidationError(
                _(
                    "Dit is te lang: er passen %(most)s letters in, en dit zijn er %(length)s. Maak het korter, of stuur het in twee berichten.",
                    most=LONGEST,
                    length=length,
                )
            )


class MessageForm(_WrittenForm):
    """A message to who handles the complaint."""

    words = TextAreaField(
        _l("Bericht"), filters=[tidy], validators=[DataRequired(_l("Typ eerst een bericht."))]
    )


class CannotComeForm(_WrittenForm):
    """The hearing is at a moment or a place that does not suit."""

    words = TextAreaField(_l("Wat lukt er niet, en wanneer kan het wel?"), filters=[tidy])


class WithdrawForm(_WrittenForm):
    """Why is asked, and need not be said."""

    words = TextAreaField(_l("Waarom? Dit hoeft niet."), filters=[tidy])


class LongerForm(FollowForm):
    """Consent to a later date, in writing (Awb 9:11 lid 3). `until` is the date that the page showed."""

    until = HiddenField()
    choice = RadioField(
        _l("Mag het langer duren?"),
        choices=[SelectChoice("yes", _l("Ja, dat mag")), SelectChoice("no", _l("Nee, dat wil ik niet"))],
        validate_choice=False,
    )

    def validate_choice(self, field: RadioField) -> None:
        if field.data not in {choice.value for choice in field.choices}:
            raise ValidationError(_("Kies ja of nee."))


class SolvedForm(FollowForm):
    """Whether it was solved, in the eyes of who complained."""

    solved = RadioField(
        _l("Is het opgelost?"),
        choices=[
            SelectChoice(Solved.YES.value, _l("Ja")),
            SelectChoice(Solved.PARTLY.value, _l("Voor een deel")),
            SelectChoice(Solved.NO.value, _l("Nee")),
        ],
        validate_choice=False,
    )

    def validate_solved(self, field: RadioField) -> None:
        if field.data not in tuple(Solved):
            raise ValidationError(_("Kies ja, voor een deel of nee."))


class CloseForm(FollowForm):
    """One button: this browser forgets the complaint."""


def own(kind: type[FollowForm], complaint: Complaint | None, **given: Any) -> Any:
    """The form, bound to this complaint and to what it is for; None where no session says to which."""
    public_id = complaint.public_id if complaint else ""
    form = kind(public_id=public_id, purpose=f"follow:{kind.__name__}", **given)
    if complaint:
        form.is_of_another = form.made_for.data not in ("", complaint.reference)
        form.made_for.data = form.made_for.data or complaint.reference
    return form
