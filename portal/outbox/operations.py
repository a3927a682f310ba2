"""Queueing messages, and what staff may do with them."""

import json
import secrets
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from portal import clock
from portal.db import db
from portal.outbox.models import Message
from portal.outbox.rules import Channel


def queue(
    channel: Channel,
    template: str,
    *,
    to: str,
    topic: str,
    about: str,
    request_key: str,
    language: str,
    params: Mapping[str, Any],
    in_hours: bool = False,
) -> bool:
    """Add a message to the running transaction; False when the same request key was queued before.

    `params` are what the template shows; they and `to` are kept encrypted and forgotten when the
    message left. `about` is handed back to the feature that asked, by `topic`.
    """
    if db.session.scalar(select(Message.id).where(Message.request_key == request_key)) is not None:
        return False
    now = clock.now()
    db.session.add(
        Message(
            reference=secrets.token_hex(16),
            request_key=request_key,
            topic=topic,
            about=about,
            channel=channel,
            template=template,
            language=language,
            to=to,
            params=json.dumps(dict(params)),
            queued_at=now,
            due_at=now,
            in_hours=in_hours,
        )
    )
    return True
