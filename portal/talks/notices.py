"""What people are told about their evening. The subject of a mail names nobody."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from portal import clock
from portal.crypto import keyring
from portal.outbox import operations as outbox
from portal.outbox.rules import Channel
from portal.talks.models import Evening, Member, SignUp

TOPIC = "talk"


class What(StrEnum):
    """What a message says."""

    PLACE = "place"
    LINE = "line"
    KNOWN = "known"
    PROMOTED = "promoted"
    CHANGED = "changed"
    LEFT = "left"
    MOVED = "moved"
    CANCELLED = "cancelled"
    REMINDER = "reminder"
    THANKS = "thanks"
    WORD = "word"


class Circle(StrEnum):
    """What a message to the circle says."""

    CONFIRM = "confirm"
    NEW = "new"


def tell(signup: SignUp, what: What, *, key: str = "", in_hours: bool = False, **more: str) -> bool:
    """Queue a message to somebody who signed up; False when the same was queued before.

    `key` tells one of its kind from another, such as the day of a reminder.
    """
    person = signup.person
    return outbox.queue(
        Channel.EMAIL if person.is_email else Channel.SMS,
        "talk_notice",
        to=person.contact,
        topic=TOPIC,
        about=signup.public_id,
        request_key=_key(signup.public_id, what, key),
        language=signup.language,
        params={
            "name": person.first_name,
            "what": what,
            "young": signup.who == "young_person",
            "token": token_of(signup),
            "places": str(signup.places),
            **_evening(signup.evening),
            **more,
        },
        in_hours=in_hours,
    )


def tell_member(member: Member, what: Circle, evening: Evening | None = None) -> bool:
    """Queue a message to somebody in the circle, or who wants to be."""
    return outbox.queue(
        Channel.EMAIL,
        "talk_circle",
        to=member.email,
        topic=TOPIC,
        about=member.public_id,
        # Whoever lost the first message may ask again another day.
        request_key=_key(member.public_id, what, evening.slug if evening else clock.today().isoformat()),
        language=member.language,
        params={
            "name": "",
            "what": what,
            "token": keyring().token(member.public_id, member.link_key_id),
            **(_evening(evening) if evening else {}),
        },
        in_hours=what is Circle.NEW,
    )


def token_of(signup: SignUp) -> str:
    """The last part of the personal link."""
    return keyring().token(signup.public_id, signup.link_key_id)


def _evening(evening: Evening) -> Mapping[str, Any]:
    return {
        "slug": evening.slug,
        "theme": evening.theme,
        "starts_at": clock.local(evening.starts_at).isoformat(),
        "ends_at": clock.local(evening.ends_at).isoformat(),
        "place": evening.place,
        "route": evening.route,
        "sequence": str(evening.sequence),
    }


def _key(public_id: str, what: str, key: str) -> str:
    return keyring().index("talk-notice", f"{public_id}:{what}:{key}")
