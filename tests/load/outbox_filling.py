"""Many messages that are due, for tests that send them all."""

import json
import secrets
from datetime import date, timedelta

from portal import clock
from portal.db import db, transaction
from portal.outbox.models import Message
from portal.outbox.rules import Channel, State
from tests.load.outbox_worker import TOPIC

BATCH = 10_000
_TO = {Channel.EMAIL: "p{}@voorbeeld.example", Channel.SMS: "+316{:08}"}


def fill(channel: Channel, number: int, first: int = 0) -> None:
    """Queue so many, due one after the other; `about` is their number."""
    link = "https://portaal.voorbeeld.example/v/0123456789abcdefghijklmn"
    params = {
        "name": "Proefpersoon",
        "moment": "intake",
        "young": False,
        "first_person": True,
        "link": link,
        "unsubscribe": f"{link}/afmelden",
        "closes_on": date(2026, 4, 1).isoformat(),
        "code": "7KQ2M4XP9T",
        "perspective": "parent",
        "parenting_help": False,
        "own_language": "nl",
    }
    begin = clock.now() - timedelta(hours=1)
    for start in range(first, first + number, BATCH):
        rows = [
            {
                "reference": secrets.token_hex(16),
                "request_key": f"{channel}:{about}",
                "topic": TOPIC,
                "about": str(about),
                "channel": channel,
                "template": "survey_invitation",
                "language": "nl",
                "to": _TO[channel].format(about),
                "params": json.dumps(params),
                "state": State.WAITING,
                "queued_at": begin,
                "due_at": begin + timedelta(microseconds=about),
            }
            for about in range(start, min(start + BATCH, first + number))
        ]
        with transaction() as session:
            session.execute(db.insert(Message), rows)
