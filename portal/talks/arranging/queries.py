"""Who comes to an evening and what they need. Changes nothing."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, func, select

from portal import clock
from portal.db import db
from portal.exports import Cell
from portal.outbox.models import Message
from portal.outbox.rules import State as Lost
from portal.talks.models import Evening, SignUp
from portal.talks.notices import TOPIC
from portal.talks.rules import State, Who
from portal.talks.words import WHO


@dataclass(frozen=True)
class People:
    """Everybody on an evening's list, in the order they came in, and how many left it."""

    placed: Sequence[SignUp]
    waiting: Sequence[SignUp]
    gone: int

    @property
    def came(self) -> int:
        return sum(signup.came is True for signup in self.placed)

    @property
    def is_noted(self) -> bool:
        """Whether somebody noted who came."""
        return any(signup.came is not None for signup in self.placed)


@dataclass(frozen=True)
class Unreached:
    """A message that somebody on the list did not get."""

    message_id: int
    channel: str
    queued_at: datetime
    came_back: bool
    """Whether the address is wrong; otherwise it was given up and can be sent again."""
    signup: SignUp


@dataclass(frozen=True)
class Needs:
    """What those with a place need, added up."""

    interpreters: Sequence[tuple[str, int]]
    wheelchairs: int
    diets: Sequence[tuple[str, int]]
    child_care: Sequence[tuple[str, int]]

    def __bool__(self) -> bool:
        return bool(self.interpreters or self.wheelchairs or self.diets or self.child_care)


def people(evening_id: int) -> People:
    """Who comes and who waits; one statement for the list and one for who left."""
    listed = db.session.scalars(
        select(SignUp).where(SignUp.evening_id == evening_id, SignUp.state != State.GONE).order_by(SignUp.id)
    ).all()
    gone = db.session.scalar(
        select(func.count()).where(SignUp.evening_id == evening_id, SignUp.state == State.GONE)
    )
    return People(
        [signup for signup in listed if signup.state == State.IN],
        [signup for signup in listed if signup.state == State.WAITING],
        gone or 0,
    )


def somebody(evening_id: int, signup_id: int) -> SignUp | None:
    """One who is on the list of this evening; None for another number and for who left."""
    return db.session.scalar(
        select(SignUp).where(
            SignUp.id == signup_id, SignUp.evening_id == evening_id, SignUp.state != State.GONE
        )
    )


def unreached(evening_id: int) -> Sequence[Unreached]:
    """The messages that did not reach who is on the list, the oldest first."""
    rows = db.session.execute(
        _unreached(Message.id, Message.channel, Message.queued_at, Message.state, SignUp)
        .where(Evening.id == evening_id)
        .order_by(Message.id)
    )
    return [
        Unreached(number, channel, at, state == Lost.BOUNCED, one) for number, channel, at, state, one in rows
    ]


def unreached_counts() -> dict[int, int]:
    """How many messages did not arrive, by the id of the evening; evenings where all did are not in it."""
    rows = db.session.execute(_unreached(Evening.id, func.count()).group_by(Evening.id))
    return dict(iter(rows))


def _unreached(*columns: Any) -> Select[Any]:
    """What was given up, of any evening; what came back, while the evening is to come and it still matters."""
    came_back = (Message.state == Lost.BOUNCED) & (Evening.starts_at > clock.now())
    return (
        select(*columns)
        .select_from(Message)
        .join(SignUp, SignUp.public_id == Message.about)
        .join(Evening, Evening.id == SignUp.evening_id)
        .where(
            Message.topic == TOPIC,
            (Message.state == Lost.DEAD) | came_back,
            SignUp.state != State.GONE,
            Evening.purged_on.is_(None),
        )
    )


def needs(signups: Sequence[SignUp]) -> Needs:
    """What they need, added up; capitals make no other need."""
    persons = [signup.person for signup in signups]
    return Needs(
        interpreters=_counted(person.interpreter for person in persons),
        wheelchairs=sum(person.wheelchair for person in persons),
        diets=_counted(person.diet for person in persons),
        child_care=_counted(person.child_care for person in persons),
    )


def _counted(said: Iterable[str]) -> list[tuple[str, int]]:
    words = [text for text in said if text]
    first = {text.casefold(): text for text in reversed(words)}
    counted = Counter(text.casefold() for text in words)
    return [(first[key], number) for key, number in sorted(counted.items())]


def header() -> list[str]:
    """The names of the columns of `rows`."""
    return [
        _("Plek of rij"),
        _("Nummer in de rij"),
        _("Voornaam"),
        _("Bereikbaar via"),
        _("Wie"),
        _("Plekken"),
        _("Komt mee"),
        _("Tolk"),
        _("Rolstoel"),
        _("Oppas"),
        _("Eten"),
        _("Vraag"),
        _("Was er"),
    ]


def rows(found: People) -> list[list[Cell]]:
    """The list as a table: who has a place first, then the line with its numbers."""
    placed = [_row(signup, None) for signup in found.placed]
    return placed + [_row(signup, number) for number, signup in enumerate(found.waiting, start=1)]


def _row(signup: SignUp, number: int | None) -> list[Cell]:
    person = signup.person
    return [
        _("plek") if number is None else _("rij"),
        number,
        person.first_name,
        person.contact,
        str(WHO[Who(signup.who)]),
        signup.places,
        person.companion,
        person.interpreter,
        _("ja") if person.wheelchair else "",
        person.child_care,
        person.diet,
        person.question,
        {True: _("ja"), False: _("nee"), None: ""}[signup.came],
    ]
