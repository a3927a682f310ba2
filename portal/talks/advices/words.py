"""Where an advice stands, in words."""

from typing import Any

from flask_babel import lazy_gettext as _l

from portal.talks.advices.rules import WITH_REASON, Stage
from portal.talks.models import Advice

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
OUTCOMES: dict[Stage, Any] = {
    Stage.GIVEN: _l("Wij hebben dit gehoord en bespreken het nog"),
    Stage.DISCUSSED: _l("Wij hebben dit besproken in ons kwaliteitsteam"),
    Stage.ACCEPTED: _l("Wij hebben dit overgenomen"),
    Stage.ADAPTED: _l("Wij hebben dit deels overgenomen"),
    Stage.DECLINED: _l("Wij hebben dit niet overgenomen"),
}
DONE: dict[Stage, Any] = {
    Stage.ACCEPTED: _l("Wij hebben dit overgenomen en gedaan"),
    Stage.ADAPTED: _l("Wij hebben dit deels overgenomen en gedaan"),
}
"""What became of it, by the step that was done."""
FIELDS: dict[str, Any] = {
    "words": _l("Het advies"),
    "owner": _l("Zorgt ervoor"),
    "due_on": _l("Klaar op"),
    "evening_id": _l("Avond"),
    "published": _l("Te lezen door"),
}


def outcome(advice: Advice) -> str:
    """What was done with the advice, in one sentence: whether it was followed, why not, and the latest words."""
    *before, last = [Stage(step.stage) for step in advice.steps]
    became = str(DONE[before[-1]] if last is Stage.DONE else OUTCOMES[last])
    said = [step.words for step in advice.steps if step.words and step.stage in (last, *WITH_REASON)]
    return f"{became}: {' '.join(said)}" if said else f"{became}."
