"""The way of an advice, from when it was given to when it was done. Pure."""

from enum import StrEnum


class Stage(StrEnum):
    """Where an advice stands."""

    GIVEN = "given"
    DISCUSSED = "discussed"
    ACCEPTED = "accepted"
    ADAPTED = "adapted"
    DECLINED = "declined"
    DONE = "done"


NEXT: dict[Stage, tuple[Stage, ...]] = {
    Stage.GIVEN: (Stage.DISCUSSED,),
    Stage.DISCUSSED: (Stage.ACCEPTED, Stage.ADAPTED, Stage.DECLINED),
    Stage.ACCEPTED: (Stage.DONE,),
    Stage.ADAPTED: (Stage.DONE,),
    Stage.DECLINED: (),
    Stage.DONE: (),
}
"""What may follow. The quality team discusses before it says yes or no."""
WITH_REASON = (Stage.ADAPTED, Stage.DECLINED)
"""Here those who gave the advice are owed the reason."""


class IllegalStage(Exception):
    """An advice cannot go there from where it stands."""


def check(current: Stage, new: Stage, words: str) -> None:
    """Raise IllegalStage where the step does not follow, or a reason is owed and not given."""
    if new not in NEXT[current]:
        raise IllegalStage("Die stap volgt hier niet op.")
    if new in WITH_REASON and not words.strip():
        raise IllegalStage("Schrijf op waarom: wie het advies gaf, mag dat weten.")
