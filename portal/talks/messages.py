"""The last word before a message about an evening leaves: whether it is still true."""

import json
from collections.abc import Mapping

from sqlalchemy import delete, select
from sqlalchemy.orm import joinedload

from portal import clock
from portal.db import db
from portal.outbox.handlers import Handlers
from portal.outbox.models import Message
from portal.talks import notices
from portal.talks.models import Evening, Member, SignUp
from portal.talks.notices import TOPIC, Circle, What
from portal.talks.rules import State

STATES = {
    What.PLACE: State.IN,
    What.PROMOTED: State.IN,
    What.REMINDER: State.IN,
    What.THANKS: State.IN,
    What.LINE: State.WAITING,
}
"""Where somebody stands to whom this is still true; what is not here is for both."""
WHEN_AND_WHERE = ("starts_at", "ends_at", "place")
"""What a newer message tells when it changes again."""
AT_ANY_TIME = (What.CANCELLED, What.THANKS, What.WORD)
"""Also of an evening that was, or does not come."""


class TalkMessages:
    """Messages to who signed up, and to the circle."""

    def wanted(self, message: Message) -> bool:
        """Not when it is no longer true, or who would get it is no longer there."""
        params = json.loads(message.params or "{}")
        if message.template == "talk_circle":
            return _is_for_member(message, params)
        signup = db.session.scalar(
            select(SignUp).where(SignUp.public_id == message.about).options(joinedload(SignUp.evening))
        )
        if signup is None or signup.evening.purged_on is not None:
            return False
        what = What(params["what"])
        if what is What.LEFT:
            return True
        if not _is_still_true(what, params, signup):
            return False
        message.params = _as_it_is_now(params, signup.evening)
        return True

    def sent(self, message: Message) -> None:
        """Nothing: where somebody stands does not depend on a message."""

    def lost(self, message: Message) -> None:
        """Nobody reads that address: out of the circle. A place stays, and the coordinator sees who was not told."""
        if message.template == "talk_circle":
            db.session.execute(delete(Member).where(Member.public_id == message.about))


def _is_still_true(what: What, params: Mapping[str, str], signup: SignUp) -> bool:
    evening = signup.evening
    if signup.state == State.GONE or signup.state != STATES.get(what, signup.state):
        return False
    if params.get("only", signup.state) != signup.state:
        return False
    if what in AT_ANY_TIME:
        return (evening.cancelled_at is not None) is (what is What.CANCELLED) or what is What.WORD
    if what in (What.MOVED, What.REMINDER):
        now = notices.facts(evening)
        if any(params[key] != now[key] for key in WHEN_AND_WHERE):
            return False
    return _is_to_come(evening)


def _as_it_is_now(params: Mapping[str, str], evening: Evening) -> str:
    """The message with the day and the place of now: it may have moved while the message waited."""
    in_calendar = {"calendar": notices.calendar_of(evening)} if params["calendar"] else {}
    return json.dumps({**params, **notices.facts(evening), **in_calendar})


def _is_for_member(message: Message, params: dict[str, str]) -> bool:
    """Whether the member still has to confirm, or still wants to hear of an evening that still comes."""
    member = db.session.scalar(select(Member).where(Member.public_id == message.about))
    if member is None:
        return False
    if params["what"] == Circle.CONFIRM:
        return member.confirmed_on is None
    evening = db.session.scalar(select(Evening).where(Evening.slug == params["slug"]))
    if member.confirmed_on is None or evening is None or not _is_to_come(evening):
        return False
    # It may have moved while the message waited for the morning.
    message.params = json.dumps(params | notices.facts(evening))
    return True


def _is_to_come(evening: Evening) -> bool:
    return evening.cancelled_at is None and evening.starts_at > clock.now()


TALK_HANDLERS: Handlers = {TOPIC: TalkMessages()}
