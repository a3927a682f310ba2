"""The form that types in a paper."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectChoice, SelectField, StringField

from portal.forms import tidy
from portal.surveys.rules import Moment, Perspective

MOMENTS = [
    (Moment.INTAKE.value, _l("Na het eerste gesprek")),
    (Moment.PLAN.value, _l("Na het plan")),
    (Moment.CLOSURE.value, _l("Na de afsluiting")),
]
PERSPECTIVES = [
    (Perspective.PARENT.value, _l("Ouder")),
    (Perspective.YOUNG_PERSON.value, _l("Jongere")),
    (Perspective.ADULT.value, _l("Volwassene")),
    (Perspective.FAMILY_MEMBER.value, _l("Ander gezinslid")),
]


class ChoosePaperForm(FlaskForm):
    """Which paper lies on the table."""

    class Meta:
        csrf = False  # sent with GET: it only opens a page

    moment = SelectField(_l("Welk papier is het?"), choices=[SelectChoice(*named) for named in MOMENTS])
    perspective = SelectField(
        _l("Wie vulde het in?"), choices=[SelectChoice(*named) for named in PERSPECTIVES]
    )


class PaperForm(FlaskForm):
    """What stands on the paper beside the answers."""

    request_key = HiddenField(filters=[tidy])
    code = StringField(_l("Code op het papier"), filters=[tidy])
