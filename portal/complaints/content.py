"""What somebody tells when filing. Nothing in it is compulsory but that there is something. Pure."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any


class Wish(StrEnum):
    """What would help."""

    TALK = "talk"
    APOLOGY = "apology"
    OTHER_COORDINATOR = "other_coordinator"
    CORRECTION = "correction"
    DECISION = "decision"
    OTHER = "other"


class Reach(StrEnum):
    """How somebody may be reached safely."""

    EMAIL = "email"
    SMS = "sms"
    PHONE = "phone"
    LETTER = "letter"


@dataclass(frozen=True)
class Content:
    """One complaint in the words of who filed it. Empty means: not said."""

    what: str = ""
    when: str = ""
    about: str = ""
    wishes: tuple[str, ...] = ()
    wish_other: str = ""
    organisation: str = ""
    """Whom it is about, where that is not us."""
    decision_sent_on: str = ""
    """When the decision was sent that somebody objects to, as ISO date."""
    for_whom: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""
    street: str = ""
    postcode: str = ""
    place: str = ""
    reach: tuple[str, ...] = ()
    voicemail: bool = False
    """Whether something may be said on the voicemail."""
    formal_by_email: bool = False
    """Whether formal letters may come digitally: expressly agreed (Awb 2:8)."""
    formal_said: str = ""
    """How that was said to staff who wrote it down later."""

    @property
    def may_write_home(self) -> bool:
        """Whether a letter may come to the house, and to which address is known."""
        return Reach.LETTER in self.reach and bool(self.street and (self.postcode or self.place))

    @property
    def notice_channel(self) -> str:
        """Over what a notice may go that there is something to read: "email", "sms", or "" for neither."""
        if Reach.EMAIL in self.reach and self.email:
            return "email"
        return "sms" if Reach.SMS in self.reach and self.phone else ""


def to_json(content: Content) -> str:
    return json.dumps(asdict(content), ensure_ascii=False)


def from_json(source: str) -> Content:
    """Raises ValueError when it is no content."""
    return from_dict(json.loads(source))


def from_dict(given: Mapping[str, Any]) -> Content:
    """The content with what is known of it; what an older version of the portal kept more is left out."""
    known = {field.name for field in fields(Content)}
    values: dict[str, Any] = {
        key: tuple(v) if isinstance(v, list) else v for key, v in given.items() if key in known
    }
    return Content(**values)
