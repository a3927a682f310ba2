"""What the team's pages count, in the numbers that a test needs. Each function is a transaction of its own."""

import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select

from portal import clock
from portal.crypto import keyring
from portal.db import db, transaction
from portal.outbox.models import Message
from portal.outbox.rules import Channel, State
from portal.surveys.inviting import indexes
from portal.surveys.inviting.asking import TOPIC
from portal.surveys.inviting.models import Contact
from portal.surveys.inviting.rules import NotAsked
from portal.surveys.models import Invitation


def asked(number: int, *, channel: str = "", on: date | None = None, **facts: Any) -> list[int]:
    """So many first persons, invited on a day over a channel, or not invited yet; their ids.

    Of `delivered`, `started`, `completed` and `opted_out` the first so many are.
    """
    counted = {name: facts.pop(name, 0) for name in ("delivered", "started", "completed", "opted_out")}
    given = {"moment": "intake", "domain": "youth", "first_person": True} | facts
    rows = [
        {
            "public_id": secrets.token_hex(8),
            "link_key_id": keyring().link_key_id,
            "code_index": secrets.token_hex(16),
            "closes_on": (on or clock.today()) + timedelta(days=42),
            "invited_on": on,
            "channel": channel,
            "name": f"Proefpersoon {place}",
            **{name: place < times for name, times in counted.items()},
            **given,
        }
        for place in range(number)
    ]
    with transaction() as session:
        session.execute(insert(Invitation), rows)
        wanted = {row["public_id"] for row in rows}
        return [found.id for found in session.scalars(select(Invitation)) if found.public_id in wanted]


def reachable(
    invitation_ids: Sequence[int],
    *,
    next_on: date | None = None,
    not_asked: NotAsked | None = None,
    case: str = "Z-2026-1",
) -> None:
    """They were read in: waiting for a next step on a day, or not asked for a reason."""
    rows = [
        {
            "invitation_id": invitation_id,
            "identity_index": secrets.token_hex(8),
            "details_index": "",
            "case_number": case,
            "case_index": indexes.case_index(case),
            "happened_on": clock.today() - timedelta(days=3),
            "email": "proefpersoon@voorbeeld.example",
            "email_index": indexes.email_index("proefpersoon@voorbeeld.example"),
            "next_on": next_on,
            "not_asked": not_asked,
            "not_asked_on": clock.today() if not_asked else None,
        }
        for invitation_id in invitation_ids
    ]
    with transaction() as session:
        session.execute(insert(Contact), rows)


def messages(
    number: int,
    channel: Channel = Channel.EMAIL,
    state: State = State.WAITING,
    *,
    at: datetime | None = None,
    about: str = "",
    problem: str = "",
) -> list[int]:
    """So many messages over a channel in a state; `at` is when they were queued, and sent; their ids."""
    moment = at or clock.now()
    keys = [secrets.token_hex(8) for _n in range(number)]
    rows = [
        {
            "reference": secrets.token_hex(16),
            "request_key": key,
            "topic": TOPIC,
            "about": about or secrets.token_hex(8),
            "channel": channel,
            "template": "survey_invitation",
            "language": "nl",
            "state": state,
            "queued_at": moment,
            "due_at": moment,
            "attempts": 12 if state is State.DEAD else 0,
            "sent_at": moment if state in {State.SENT, State.BOUNCED} else None,
            "problem": problem,
        }
        for key in keys
    ]
    with transaction() as session:
        session.execute(insert(Message), rows)
        found = session.scalars(select(Message).where(Message.request_key.in_(keys)).order_by(Message.id))
        return [one.id for one in found]


def public_id(invitation_id: int) -> str:
    """By which messages are about an invitation."""
    found: str = db.session.get_one(Invitation, invitation_id).public_id
    db.session.rollback()
    return found


def busy_week() -> None:
    """A portal in full swing: something on every part of every page."""
    today = clock.today()
    for ahead, first, again in (
        (0, 9, 3),
        (1, 14, 6),
        (3, 4, 11),
        (4, 22, 0),
        (8, 2, 5),
        (11, 1, 0),
        (30, 7, 2),
    ):
        day = today + timedelta(days=ahead)
        reachable(asked(first), next_on=day)
        if again:
            reachable(asked(again, channel="sms", on=today), next_on=day)
    for reason, number in ((NotAsked.TOO_OLD, 31), (NotAsked.PERSON_RECENTLY, 6), (NotAsked.COMPLAINT, 1)):
        reachable(asked(number), not_asked=reason)
    asked(9, channel="letter", on=today, delivered=9, opted_out=2)
    messages(18, Channel.EMAIL, State.SENT)
    messages(7, Channel.SMS, State.SENT)
    messages(5, Channel.EMAIL)
    messages(12, Channel.LETTER)
    messages(4, Channel.EMAIL, State.BOUNCED)
    messages(1, Channel.SMS, State.BOUNCED)
    people = asked(3, channel="email", on=today)
    reasons = (
        "de mailserver antwoordt niet",
        "de aanbieder van sms weigert ons",
        "de mailserver antwoordt niet",
    )
    channels = (Channel.EMAIL, Channel.SMS, Channel.EMAIL)
    for person, channel, reason in zip(people, channels, reasons, strict=True):
        messages(1, channel, State.DEAD, about=public_id(person), problem=reason)
