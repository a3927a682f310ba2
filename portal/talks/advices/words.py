"""Where an advice stands, in words."""

from typing import Any

from flask_babel import lazy_gettext as _l

from portal.talks.advices.rules import Stage

STAGES: dict[Stage, Any] = {
    Stage.GIVEN: _l("Gegeven"),
    Stage.DISCUSSED: _l("Besproken in het kwaliteitsteam"),
    Stage.ACCEPTED: _l("Overgenomen"),
    Stage.ADAPTED: _l("Deels overgenomen"),
    Stage.DECLINED: _l("Niet overgenomen"),
    Stage.DONE: _l("Gedaan"),
}
KINDS: dict[Stage, str] = {
    Stage.GIVEN: "neutral",
    Stage.DISCUSSED: "neutral",
    Stage.ACCEPTED: "safe",
    Stage.ADAPTED: "warning",
    Stage.DECLINED: "danger",
    Stage.DONE: "safe",
}
"""The badge of each stage; never shown without its word."""
