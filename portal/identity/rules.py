"""Who may do what, and how guessing is slowed. Pure."""

import math
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum


class Role(StrEnum):
    """What somebody does at the organisation."""

    QUALITY = "quality"
    COMPLAINTS = "complaints"
    TALKS = "talks"
    ADMIN = "admin"


EVERYONE = frozenset(Role)

# The whole of who may do what on the staff pages.
PERMISSIONS: dict[str, frozenset[Role]] = {
    "today.see": EVERYONE,
    "tasks.finish": frozenset({Role.QUALITY}),
    "response.see": frozenset({Role.QUALITY, Role.ADMIN}),
    "invitations.see": frozenset({Role.QUALITY, Role.ADMIN}),
    "invitations.manage": frozenset({Role.QUALITY}),
    "results.see": frozenset({Role.QUALITY}),
    "paper.print": frozenset({Role.QUALITY, Role.ADMIN}),
    "paper.enter": frozenset({Role.QUALITY}),
    # Who reads one complaint is decided for each, in complaints.independence.
    "complaints.see": EVERYONE,
    "complaints.register": EVERYONE,
    "complaints.coordinate": frozenset({Role.COMPLAINTS}),
    "complaints.learn": frozenset({Role.COMPLAINTS, Role.QUALITY}),
    "complaints.figures": frozenset({Role.COMPLAINTS, Role.QUALITY, Role.ADMIN}),
    "talks.manage": frozenset({Role.TALKS}),
    "advices.manage": frozenset({Role.TALKS, Role.QUALITY}),
    "account.own": EVERYONE,
    "permissions.see": EVERYONE,
    "staff.manage": frozenset({Role.ADMIN}),
    "retention.see": frozenset({Role.QUALITY, Role.COMPLAINTS, Role.ADMIN}),
    "retention.hold": frozenset({Role.COMPLAINTS, Role.ADMIN}),
    # Of a person each sees what the roles may see anyway; complaints as complaints.independence decides.
    "persons.handle": frozenset({Role.QUALITY, Role.COMPLAINTS, Role.TALKS}),
}

FREE_TRIES = 10
FREE_USES = 300
"""Of what honest people do often from one address, such as a library's: only a machine does it more."""
COUNTED_FOR = timedelta(minutes=10)
PAUSE = timedelta(seconds=30)


def may(roles: Iterable[str], action: str) -> bool:
    """Whether one of the roles gives the right to the action. Raises KeyError for an unknown action."""
    return not PERMISSIONS[action].isdisjoint(roles)


def wait_seconds(failures: Sequence[datetime], now: datetime, free: int = FREE_TRIES) -> int:
    """How long until the next try, in whole seconds; 0 means now.

    Ten wrong tries in ten minutes are free, after that one each half minute. It never becomes
    longer: an office shares one address, and nobody may be shut out by a colleague or a stranger.
    `free` is another number than ten, for what is no guessing: see FREE_USES.
    """
    counted = [moment for moment in failures if now - moment < COUNTED_FOR]
    if len(counted) < free:
        return 0
    left = max(counted) + PAUSE - now
    return max(0, math.ceil(min(left, PAUSE).total_seconds()))
