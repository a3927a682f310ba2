"""What people are told about their evening. The subject of a mail names nobody."""

from enum import StrEnum

import structlog
from flask import current_app

from portal import clock
from portal.crypto import LostKey, keyring
from portal.outbox import operations as outbox
from portal.outbox.rules import Channel
from portal.profile import profile
from portal.talks import calendar
from portal.talks.models import Evening, Member, SignUp
from portal.talks.rules import State, Who
from portal.web import where

log = structlog.get_logger("portal.talks")
TOPIC = "talk"


class What(StrEnum):
    """What a message says."""

    PLACE = "place"
    LINE = "line"
    KNOWN = "known"
    PROMOTED = "promoted"
    LEFT = "left"
    MOVED = "moved"
    CANCELLED = "cancelled"
    REMINDER = "reminder"
    THANKS = "thanks"
    WORD = "word"


IN_CALENDAR = (What.PLACE, What.PROMOTED, What.MOVED, What.CANCELLED, What.LEFT)
"""With these goes the evening for the calendar of who has a place, or what takes it out again."""


class Circle(StrEnum):
    """What a message to the circle says."""

    CONFIRM = "confirm"
    NEW = "new"


def tell(signup: SignUp, what: What, *, key: str = "", in_hours: bool = False, **more: str) -> bool:
    """Queue a message to somebody who signed up; False when the same was queued before.

    `key` tells one of its kind from another, such as the day of a reminder. Whose data or link are of a key that is
    gone is not told, and holds up nobody: the log says that somebody was not.
    """
    try:
        return _tell(signup, what, key, in_hours=in_hours, **more)
    except LostKey as error:
        _not_told(error)
        return False


def _not_told(error: LostKey) -> None:
    kind = type(error).__name__
    log.error("somebody was not told", topic=TOPIC, kind=kind, setting=error.setting, where=where(error))


def _tell(signup: SignUp, what: What, key: str, *, in_hours: bool, **more: str) -> bool:
    person, evening = signup.person, signup.evening
    in_calendar = person.is_email and what in IN_CALENDAR and signup.state == State.IN
    return outbox.queue(
        Channel.EMAIL if person.is_email else Channel.SMS,
        "talk_notice",
        to=person.contact,
        topic=TOPIC,
        about=signup.public_id,
        request_key=request_key(signup.public_id, what, key),
        language=signup.language,
        params={
            "name": person.first_name,
            "what": what,
            "young": signup.who == Who.YOUNG_PERSON,
            "token": token_of(signup),
            "places": str(signup.places),
            "why": evening.cancelled_why if what is What.CANCELLED else "",
            "said": evening.said if what is What.THANKS else "",
            "calendar": calendar_of(evening, leaves=what is What.LEFT) if in_calendar else "",
            **facts(evening),
            **more,
        },
        in_hours=in_hours,
    )


def tell_member(member: Member, what: Circle, evening: Evening | None = None) -> bool:
    """Queue a message to somebody in the circle, or who wants to be; as `tell` does."""
    try:
        return _tell_member(member, what, evening)
    except LostKey as error:
        _not_told(error)
        return False


def _tell_member(member: Member, what: Circle, evening: Evening | None) -> bool:
    token = keyring().token(member.public_id, member.link_key_id)
    address = f"{current_app.extensions['settings'].base_url}/talks/kring/{token}"
    is_again = evening is None and member.asked_on != clock.today()
    return outbox.queue(
        Channel.EMAIL,
        "talk_circle",
        to=member.email,
        topic=TOPIC,
        about=member.public_id,
        request_key=request_key(member.public_id, what, evening.slug if evening else str(is_again)),
        language=member.language,
        params={
            "name": "",
            "what": what,
            "link": address,
            # Who did not confirm yet has nothing to leave.
            **({"unsubscribe": address} if what is Circle.NEW else {}),
            **(facts(evening) if evening else {}),
        },
        in_hours=what is Circle.NEW,
    )


def token_of(signup: SignUp) -> str:
    """The last part of the personal link."""
    return keyring().token(signup.public_id, signup.link_key_id)


def calendar_of(evening: Evening, *, leaves: bool = False) -> str:
    """The evening for somebody's own calendar as it is now, or what takes it out."""
    address = f"{current_app.extensions['settings'].base_url}/talks/{evening.slug}"
    made = calendar.file(evening, address=address, organisation=profile().short_name, leaves=leaves)
    return made.decode()


def facts(evening: Evening) -> dict[str, str]:
    """What a message says of an evening."""
    return {
        "slug": evening.slug,
        "theme": evening.theme,
        "starts_at": clock.local(evening.starts_at).isoformat(),
        "ends_at": clock.local(evening.ends_at).isoformat(),
        "place": evening.place,
        "route": evening.route,
        "sequence": str(evening.sequence),
    }


def request_key(public_id: str, what: str, key: str) -> str:
    """By which the same message to the same person is known."""
    return keyring().index("talk-notice", f"{public_id}:{what}:{key}")
