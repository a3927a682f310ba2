"""Messages that say there is something to read or to do, and nothing of what it is about."""

from collections.abc import Iterable
from datetime import date

import structlog

from portal import clock
from portal.complaints.models import Complaint, PersonConcerned
from portal.complaints.rules import Step
from portal.crypto import LostKey, keyring
from portal.identity.models import User
from portal.outbox import operations as outbox
from portal.outbox.rules import Channel

log = structlog.get_logger("portal.complaints")
TOPIC = "complaint"


def tell_complainant(complaint: Complaint, key: str) -> bool:
    """Say that something is ready to read, over the way that was said to be safe; False when there is none.

    `key` is what it is about, so that the same thing is told once.
    """
    content = complaint.content
    channel = content.notice_channel
    if not channel:
        return False
    return _queue(
        Channel(channel),
        "complaint_notice",
        to=content.email if channel == "email" else content.phone,
        complaint=complaint,
        key=f"notice:{key}",
        params={"young": complaint.young},
        language=complaint.language,
    )


def tell_concerned(person: PersonConcerned, what: str = "copy", *, key: str = "") -> bool:
    """Send a person concerned the personal link; False without an e-mail address, or where no link can be made.

    `what` is "copy", "hearing" when one was planned or moved, or "outcome" when it was told; `key` tells one
    hearing or outcome from another.
    """
    if not person.email:
        return False
    try:
        token = keyring().token(person.public_id, person.link_key_id)
    except LostKey as error:
        log.error("a person concerned was not told", setting=error.setting)
        return False
    if what == "copy":
        # What goes on after it had ended is sent anew.
        key = str(sum(taken.step == Step.COPY for taken in person.complaint.steps))
    return _queue(
        Channel.EMAIL,
        "complaint_concerned",
        to=person.email,
        complaint=person.complaint,
        key=f"concerned:{person.public_id}:{what}:{key}",
        params={"token": token, "what": what},
    )


def tell_staff(
    complaint: Complaint, what: str, users: Iterable[User], *, key: str = "", on: date | None = None
) -> int:
    """Mail staff that something is to be done. `what` is one of "new", "asked", "message", "hearing",
    "withdrawn", "agreed", "solved", "reply", "involved", "soon" and "late"; for the last two `on` is the
    day the term ends.
    Returns how many mails were queued.
    """
    queued = 0
    for user in users:
        queued += _queue(
            Channel.EMAIL,
            "complaint_staff",
            to=user.email,
            complaint=complaint,
            key=f"{what}:{key or clock.now().isoformat()}:{user.id}",
            params={
                "what": what,
                "reference": complaint.reference,
                "on": on.isoformat() if on else "",
                "danger": complaint.route == "danger",
            },
        )
    return queued


def _queue(
    channel: Channel,
    template: str,
    *,
    to: str,
    complaint: Complaint,
    key: str,
    params: dict[str, object],
    language: str = "nl",
) -> bool:
    return outbox.queue(
        channel,
        template,
        to=to,
        topic=TOPIC,
        about=complaint.public_id,
        # A hash: the key must fit, and says nothing in the table.
        request_key=keyring().index("notice", f"{complaint.public_id}:{key}"),
        language=language,
        params={"name": "", **params},
    )
