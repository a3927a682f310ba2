"""Many messages that are due, for tests that send them all."""

import json
import secrets
from datetime import timedelta

from portal import clock
from portal.db import db, transaction
from portal.outbox.models import Message
from portal.outbox.rules import Channel, State
from tests.outbox.messages import ADDRESSES, PARAMS, TOPIC

BATCH = 10_000


def fill(channel: Channel, number: int, first: int = 0) -> None:
    """Queue so many, due one after the other over the last hour; `about` is their number.

    What is filled by two calls leaves mixed.
    """
    hour = timedelta(hours=1)
    begin = clock.now() - hour
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
                "to": ADDRESSES[channel].format(about),
                "params": json.dumps(PARAMS),
                "state": State.WAITING,
                "queued_at": begin,
                "due_at": begin + hour * ((about - first) / number),
            }
            for about in range(start, min(start + BATCH, first + number))
        ]
        with transaction() as session:
            session.execute(db.insert(Message), rows)
