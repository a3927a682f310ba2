"""What we call who comes to an evening."""

from typing import Any

from flask_babel import lazy_gettext as _l

from portal.talks.rules import Who

WHO: dict[Who, Any] = {
    Who.PARENT: _l("Ouder"),
    Who.FOSTER_PARENT: _l("Pleegouder"),
    Who.GRANDPARENT: _l("Opa of oma"),
    Who.YOUNG_PERSON: _l("Jongere"),
    Who.OTHER: _l("Iemand anders"),
}
