"""Who may do what, and how guessing is slowed. Pure."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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
FREE_AROUND = 10
"""So many times as many are free to all of the IPv6 network around somebody, which may be a whole provider."""
FREE_UNDER_ATTACK = 3
"""At one account, for each source, while many sources together try its password."""
MANY_AT_ONE = 30
"""Wrong tries at one account, from everywhere, from which on that is so."""
FREE_WHEN_SPRAYING = 1
"""At each account, for a source that tries passwords at many."""
MANY_AT_SOURCE = 20
"""Wrong tries of one source, at whatever accounts, from which on that is so."""
FREE_AT_SOURCE = 1000
"""Of one source in all. An office shares one address: one machine in it that tries a password each second must
not keep the others out, so this only bounds how much work a stranger can make for us."""
FREE_IN_A_SESSION = 10
"""Wrong passwords in one session, within an hour: then it ends. Somebody may be at a desk that was left open."""
COUNTED_FOR = timedelta(minutes=10)
PAUSE = timedelta(seconds=30)


IDLE_FOR = timedelta(minutes=30)
"""Without a request a session ends: somebody walked away from the desk (ASVS 7.3.1; BIO 9.4.2)."""
SESSION_FOR = timedelta(hours=10)
"""And after a working day it ends in any case (ASVS 7.3.2)."""
FRESH_FOR = timedelta(minutes=15)
"""How long a password counts for what must not be done from a desk that somebody left."""
FRESH_FOR_A_FORM = timedelta(minutes=30)
"""The same for what is sent: the form was opened while it counted, and is not lost while it is filled in."""
HALF_WAY_FOR = timedelta(minutes=10)
"""How long one may take from the password to the second step, an app to be set up included."""
LINK_FOR = timedelta(days=3)
"""How long one can choose a password with a link."""
SEEN_EVERY = timedelta(minutes=1)


def lives(began_at: datetime, seen_at: datetime, now: datetime) -> bool:
    """Whether a session still lets its owner in. A clock that was set back ends nothing."""
    return now - seen_at < IDLE_FOR and now - began_at < SESSION_FOR


def wants_noting(seen_at: datetime, now: datetime) -> bool:
    """Whether it is time to write down again that a session is used."""
    return now - seen_at >= SEEN_EVERY


def opens(expires_at: datetime, now: datetime) -> bool:
    """Whether a link still opens the page on which one chooses a password. Using it ends it."""
    return now < expires_at


def is_half_way(given_at: datetime, now: datetime) -> bool:
    """Whether a password still leads to the second step. A moment that is still to come does not count."""
    return timedelta(0) <= now - given_at < HALF_WAY_FOR


def is_fresh(confirmed_at: datetime, now: datetime, *, is_sent: bool) -> bool:
    """Whether the password was given short enough ago for something important.

    `is_sent` says that a form comes in, not that a page is asked for. A moment that is still to come was
    made up, or the clock was set back: it does not count.
    """
    return timedelta(0) <= now - confirmed_at < (FRESH_FOR_A_FORM if is_sent else FRESH_FOR)


class Refusal(StrEnum):
    """Why an account cannot be changed so."""

    LAST_ADMINISTRATOR = "last administrator"
    NO_ROLE = "no role"


@dataclass(frozen=True)
class Standing:
    """What somebody may do here, and whether they can come in at all."""

    roles: frozenset[str]
    active: bool = True
    joined: bool = True

    @property
    def can_administer(self) -> bool:
        """Whether this person can let others in: who was invited only, or is closed out, cannot."""
        return self.active and self.joined and Role.ADMIN in self.roles


def refusal(before: Standing, after: Standing, others: Iterable[Standing]) -> Refusal | None:
    """Why somebody's account may not change so; None when it may. `others` are all other accounts.

    Whoever could let others in and loses that, leaves somebody who can: without one nobody would ever come in
    again. Also when it is one's own doing.
    """
    if not after.roles:
        return Refusal.NO_ROLE
    is_lost = before.can_administer and not after.can_administer
    if is_lost and not any(other.can_administer for other in others):
        return Refusal.LAST_ADMINISTRATOR
    return None


def may(roles: Iterable[str], action: str) -> bool:
    """Whether one of the roles gives the right to the action. Raises KeyError for an unknown action."""
    return not PERMISSIONS[action].isdisjoint(roles)


def free_tries(at_account: int, at_source: int = 0) -> int:
    """How many wrong tries of one source at one account are free, given how many there were at the account from
    everywhere, and of the source at all accounts.

    Who guesses from many places gets fewer from each, and so does who guesses at many accounts. Neither slows
    others: the account as a whole is not slowed, for its owner is one source, nor is the source as a whole,
    for an office is one.
    """
    if at_source >= MANY_AT_SOURCE:
        return FREE_WHEN_SPRAYING
    return FREE_UNDER_ATTACK if at_account >= MANY_AT_ONE else FREE_TRIES


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
