"""Reading mail that came back (RFC 3464), to know which address is over."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message as Mail
from email.parser import BytesParser
from email.policy import compat32
from typing import Any

from portal.outbox.rules import is_gone

MOST_BYTES = 2 * 1024 * 1024
# Where mail servers write to which address a mail was delivered.
_RECIPIENT_HEADERS = ("To", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To")
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")


@dataclass(frozen=True)
class Bounce:
    """A mail of ours that was not delivered. `permanent`: nor will any other be to this address."""

    reference: str
    permanent: bool


def read(returned: bytes, sender: str) -> Bounce | None:
    """What a returned mail says, or None when it says nothing final about a mail of ours.

    `sender` is the portal's own address. A delay, an answering machine, a mail that somebody
    wrote and anything that cannot be read end nothing.
    """
    mail = BytesParser(policy=compat32).parsebytes(returned[:MOST_BYTES])
    if mail.get_content_type() != "multipart/report" or _parameter(mail, "report-type") != "delivery-status":
        return None
    permanent = _is_permanent(mail)
    reference = _reference(mail, sender)
    return None if permanent is None or reference is None else Bounce(reference, permanent)


def _is_permanent(mail: Mail) -> bool | None:
    """Whether every recipient it speaks of failed for good; None when it is no final report."""
    groups = [
        group
        for part in _parts(mail, "message/delivery-status")
        for group in part
        if isinstance(group, Mail) and "Action" in group
    ]
    if not groups or any(_word(group, "Action") != "failed" for group in groups):
        return None
    statuses = [_STATUS.match(_word(group, "Status")) for group in groups]
    return all(status is not None and is_gone(status[0]) for status in statuses)


def _reference(mail: Mail, sender: str) -> str | None:
    """Which of our messages it was: from the address it came back to, or else from the mail inside."""
    local, _at, domain = sender.rpartition("@")
    marked = re.compile(rf"{re.escape(local)}\+([0-9a-f]{{32}})@{re.escape(domain)}", re.IGNORECASE)
    numbered = re.compile(rf"<([0-9a-f]{{32}})@{re.escape(domain)}>", re.IGNORECASE)
    for name in _RECIPIENT_HEADERS:
        if (found := _search(marked, mail, name)) is not None:
            return found
    for original in _originals(mail):
        if (found := _search(numbered, original, "Message-ID")) is not None:
            return found
    return None


def _originals(mail: Mail) -> Iterator[Mail]:
    """The mail that came back, or its headers, from inside the report."""
    for payload in (*_parts(mail, "message/rfc822"), *_parts(mail, "text/rfc822-headers")):
        for part in payload:
            if isinstance(part, Mail):
                yield part
            elif isinstance(part, bytes):
                yield BytesParser(policy=compat32).parsebytes(part, headersonly=True)


def _parts(mail: Mail, content_type: str) -> Iterator[list[Any]]:
    """What is inside each part of this kind, one level down: mails, or bytes."""
    payload = mail.get_payload()
    for part in payload if isinstance(payload, list) else []:
        if isinstance(part, Mail) and part.get_content_type() == content_type:
            inside = part.get_payload()
            yield inside if isinstance(inside, list) else [part.get_payload(decode=True)]


def _search(pattern: re.Pattern[str], mail: Mail, name: str) -> str | None:
    for value in mail.get_all(name, []):
        if (found := pattern.search(str(value))) is not None:
            return found[1].lower()
    return None


def _word(group: Mail, name: str) -> str:
    return str(group.get(name, "")).split("(")[0].strip().lower()


def _parameter(mail: Mail, name: str) -> str:
    value = mail.get_param(name, "")
    return value.lower() if isinstance(value, str) else ""
