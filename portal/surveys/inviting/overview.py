"""The first page about invitations: what leaves, what is planned, what came of it. Counted by the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import func, or_, select

from portal import clock
from portal.db import db
from portal.outbox.hours import hours
from portal.outbox.models import Message
from portal.outbox.queries import pause_of
from portal.outbox.rules import Channel, State
from portal.profile import profile
from portal.surveys.inviting.asking import TOPIC
from portal.surveys.inviting.models import Contact
from portal.surveys.inviting.rules import next_open
from portal.surveys.inviting.team_queries import names_of
from portal.surveys.models import Invitation

DAYS_AHEAD = 14


@dataclass(frozen=True)
class Paused:
    """Since when nothing leaves, and who said so."""

    since: datetime
    by: str


@dataclass(frozen=True)
class Outgoing:
    """The messages of one channel."""

    waiting: int = 0
    in_a_batch: int = 0
    """Of those the letters that lie in a pile to be printed or posted."""
    sent_today: int = 0
    came_back: int = 0
    """This year, as far as the messages are still kept, and refused for good counted in."""
    given_up: int = 0


@dataclass
class Day:
    """How many messages may leave on a day at most; `day` is None for all that is later."""

    day: date | None
    first: int = 0
    again: int = 0

    @property
    def total(self) -> int:
        return self.first + self.again


@dataclass(frozen=True)
class Funnel:
    """How far those came who were first asked over one channel this year; the first person alone.

    `started` and `sent` are None where they would say something of too few people.
    """

    channel: str
    invited: int
    delivered: int
    started: int | None
    sent: int | None


@dataclass(frozen=True)
class Overview:
    """Everything on the first page."""

    year: int
    paused: Paused | None
    outgoing: Mapping[Channel, Outgoing]
    days: Sequence[Day]
    later: Day
    opted_out: int
    not_asked: Sequence[tuple[str, int]]
    funnels: Sequence[Funnel]

    def total(self, name: str) -> int:
        """The sum of one number over all channels."""
        return sum(getattr(counts, name) for counts in self.outgoing.values())

    @property
    def planned(self) -> int:
        return sum(day.total for day in [*self.days, self.later])

    @property
    def is_empty(self) -> bool:
        """Whether nobody was ever read in or asked, as far as this year shows."""
        numbers = ("waiting", "sent_today", "came_back", "given_up")
        return not (
            self.planned or self.not_asked or self.funnels or any(self.total(name) for name in numbers)
        )


def overview() -> Overview:
    """The first page, in a fixed number of statements however many were invited."""
    today = clock.today()
    days, later = _planned(today)
    funnels, opted_out = _funnels(today)
    return Overview(
        year=today.year,
        paused=paused(),
        outgoing=_outgoing(today),
        days=days,
        later=later,
        opted_out=opted_out,
        not_asked=_not_asked(today),
        funnels=funnels,
    )


def paused() -> Paused | None:
    """Who held all messages and when, or None while they leave."""
    found = pause_of(TOPIC)
    return None if found is None else Paused(found.paused_at, names_of([found.paused_by])[found.paused_by])


def _outgoing(today: date) -> dict[Channel, Outgoing]:
    midnight, new_year = _start(today), _start(date(today.year, 1, 1))
    counted = (
        select(
            Message.channel,
            func.count().filter(Message.state == State.WAITING),
            func.count().filter(Message.state == State.WAITING, Message.batch.is_not(None)),
            func.count().filter(Message.sent_at >= midnight),
            func.count().filter(Message.state == State.BOUNCED, Message.queued_at >= new_year),
            func.count().filter(Message.state == State.DEAD),
        )
        .where(Message.topic == TOPIC)
        .group_by(Message.channel)
    )
    found = {Channel(channel): Outgoing(*numbers) for channel, *numbers in db.session.execute(counted)}
    return {channel: found.get(channel, Outgoing()) for channel in Channel}


def _planned(today: date) -> tuple[list[Day], Day]:
    """Messages by the day on which they may leave: the worker decides on the day itself."""
    the_hours = hours()
    now = clock.local(clock.now())
    is_over = now.date() == today and now.time() >= the_hours.closes
    start = next_open(today + timedelta(days=is_over), the_hours.open_on)
    last = today + timedelta(days=DAYS_AHEAD)
    ahead = [start + timedelta(days=number) for number in range((last - start).days)]
    days = {day: Day(day) for day in ahead if the_hours.open_on(day)}
    later = Day(None)
    for next_on, is_first, number in db.session.execute(_waiting_contacts(today)):
        leaves_on = next_open(max(next_on, start), the_hours.open_on)
        found = days.get(leaves_on, later)
        found.first += number if is_first else 0
        found.again += 0 if is_first else number
    return list(days.values()), later


def _waiting_contacts(today: date) -> Any:
    is_first = Invitation.invited_on.is_(None)
    return (
        select(Contact.next_on, is_first, func.count())
        .join(Contact.invitation)
        .where(
            Contact.next_on.is_not(None),
            ~Invitation.completed,
            ~Invitation.call_requested,
            ~Invitation.opted_out,
            or_(is_first, Invitation.closes_on >= today),
        )
        .group_by(Contact.next_on, is_first)
    )


def _not_asked(today: date) -> list[tuple[str, int]]:
    counted = (
        select(Contact.not_asked, func.count().label("number"))
        .where(Contact.not_asked_on >= date(today.year, 1, 1))
        .group_by(Contact.not_asked)
    )
    found = [(str(reason), int(number)) for reason, number in db.session.execute(counted)]
    return sorted(found, key=lambda one: (-one[1], one[0]))


def _funnels(today: date) -> tuple[list[Funnel], int]:
    """By channel how far those of this year came, and how many of them want no more messages."""
    asked = Invitation
    counted = (
        select(
            asked.channel,
            func.count().filter(asked.first_person),
            func.count().filter(asked.first_person, or_(asked.delivered, asked.completed)),
            func.count().filter(asked.first_person, asked.started),
            func.count().filter(asked.first_person, asked.completed),
            func.count().filter(asked.opted_out),
        )
        .where(asked.invited_on >= date(today.year, 1, 1))
        .group_by(asked.channel)
    )
    lines: dict[str, list[int]] = {}
    opted_out = 0
    for channel, *numbers, out in db.session.execute(counted):
        opted_out += out
        known = channel if channel in tuple(Channel) else ""
        lines[known] = [old + new for old, new in zip(lines.get(known, [0] * 4), numbers, strict=True)]
    hidden = hidden_channels(lines, profile().smallest_group)
    shown = [
        Funnel(channel, numbers[0], numbers[1], *((None, None) if channel in hidden else numbers[2:]))
        for channel in (*Channel, "")
        if (numbers := lines.get(channel, [0]))[0]
    ]
    return shown, opted_out


def hidden_channels(lines: Mapping[str, Sequence[int]], smallest: int) -> set[str]:
    """Of which channels nothing may be shown about answering.

    Of the small ones; and where those together are still fewer than `smallest` also of the next
    smallest, because the page about the response shows their total.
    """
    hidden: set[str] = set()
    for place in (0, 1):
        sizes = sorted((numbers[place], channel) for channel, numbers in lines.items() if numbers[place])
        together = 0
        for size, channel in sizes:
            if size >= smallest and not 0 < together < smallest:
                break
            hidden.add(channel)
            together += size
    return hidden


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), clock.AMSTERDAM)
