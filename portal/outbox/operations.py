"""Queueing messages, and what staff may do with them."""

import json
import secrets
from collections.abc import Mapping
from typing import Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import defer

from portal import clock
from portal.audit.operations import record
from portal.db import db, exclusive
from portal.outbox.handlers import Handlers
from portal.outbox.models import Message, Pause
from portal.outbox.rules import Channel, State, change


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


def channels() -> set[Channel]:
    """Over which channels a message can leave now. In development what has no server is kept in a folder."""
    settings = current_app.extensions["settings"]
    found = {Channel.LETTER}
    if settings.smtp_url or not settings.is_production:
        found.add(Channel.EMAIL)
    if settings.sms_url or not settings.is_production:
        found.add(Channel.SMS)
    return found


def resend(message_id: int, actor: str) -> bool:
    """Try a message that was given up once more, from the beginning; False when it is given up no longer.

    How often it may have left already is kept: staff may send it again, the worker by itself not.
    """
    message = _locked(message_id)
    if message is None or message.state != State.DEAD:
        return False
    message.state = change(State.DEAD, State.WAITING)
    message.attempts, message.due_at, message.problem = 0, clock.now(), ""
    record("message.resent", actor, message=str(message.id))
    return True


def resend_all(topic: str, actor: str) -> int:
    """Try every message of the topic that was given up once more. Returns how many."""
    given_up = db.session.scalars(
        select(Message.id).where(Message.topic == topic, Message.state == State.DEAD).order_by(Message.id)
    ).all()
    return sum(resend(message_id, actor) for message_id in given_up)


def discard(message_id: int, actor: str) -> bool:
    """Leave a message that was given up for what it is; False when it is given up no longer."""
    message = _locked(message_id)
    if message is None or message.state != State.DEAD:
        return False
    message.state = change(State.DEAD, State.CANCELLED)
    message.to = message.params = None
    record("message.discarded", actor, message=str(message.id))
    return True


def bounced(reference: str, handlers: Handlers) -> bool:
    """A mail came back for good: note it once and tell the feature that asked. False when it was no news."""
    message = db.session.scalar(
        select(Message).where(Message.reference == reference).options(*WITHOUT_WORDS).with_for_update()
    )
    # A bounce can be faster than the worker that still has to mark the message as sent.
    if message is None or not (message.state == State.SENT or message.started):
        return False
    message.state = change(State(message.state), State.BOUNCED)
    message.to = message.params = None
    message.started, message.claimed_by, message.claimed_until = False, None, None
    message.problem = "kwam terug"
    db.session.flush()
    if message.topic in handlers:
        handlers[message.topic].lost(message)
    return True


def pause(topic: str, actor: str) -> bool:
    """Hold all messages of the topic from now on; False when they were held already."""
    exclusive("pause")
    if is_paused(topic):
        return False
    db.session.add(Pause(topic=topic, paused_at=clock.now(), paused_by=actor))
    record("sending.paused", actor, topic=topic)
    db.session.flush()
    return True


def resume(topic: str, actor: str) -> bool:
    """Let the messages of the topic go again; False when they were not held."""
    exclusive("pause")
    found = db.session.get(Pause, topic, populate_existing=True)
    if found is None:
        return False
    db.session.delete(found)
    record("sending.resumed", actor, topic=topic)
    db.session.flush()
    return True


def is_paused(topic: str) -> bool:
    """Whether messages of the topic wait until somebody lets them go."""
    return db.session.scalar(select(Pause.topic).where(Pause.topic == topic)) is not None


# A message can be handled without reading its words, also when the key to them is gone.
WITHOUT_WORDS = (defer(Message.to), defer(Message.params))


def _locked(message_id: int) -> Message | None:
    return db.session.get(
        Message, message_id, options=WITHOUT_WORDS, with_for_update=True, populate_existing=True
    )
