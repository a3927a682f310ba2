"""What is counted beside complaints, and what it is called on the pages."""

from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l


class Kind(StrEnum):
    """How somebody goes against a decision."""

    OBJECTION = "objection"
    APPEAL = "appeal"


class Subject(StrEnum):
    """What the decision was about."""

    PGB = "pgb"
    ZIN = "zin"
    OTHER = "other"


class Outcome(StrEnum):
    """How an objection or appeal ended."""

    WITHDRAWN = "withdrawn"
    UPHELD = "upheld"
    PARTLY_UPHELD = "partly_upheld"
    NOT_UPHELD = "not_upheld"
    INADMISSIBLE = "inadmissible"


KINDS: dict[str, Any] = {Kind.OBJECTION: _l("Bezwaar"), Kind.APPEAL: _l("Beroep")}
SUBJECTS: dict[str, Any] = {
    Subject.PGB: _l("Pgb"),
    Subject.ZIN: _l("Zorg in Natura"),
    Subject.OTHER: _l("Iets anders"),
}
OUTCOMES: dict[str, Any] = {
    Outcome.WITHDRAWN: _l("ingetrokken"),
    Outcome.UPHELD: _l("gegrond"),
    Outcome.PARTLY_UPHELD: _l("deels gegrond"),
    Outcome.NOT_UPHELD: _l("ongegrond"),
    Outcome.INADMISSIBLE: _l("niet-ontvankelijk"),
}
