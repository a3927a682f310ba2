"""A copy of everything that somebody entered, to keep (Wmebv; Awb 2:10)."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _

from portal.complaints.content import Content, Reach, Wish
from portal.complaints.models import Complaint
from portal.complaints.rules import OnBehalf, Route
from portal.complaints.words import ON_BEHALF, REACHES, ROUTES, WISHES
from portal.profile import profile


def as_text(complaint: Complaint) -> str:
    """Plain text: what was filed, in the words it was filed in. Not the receipt code."""
    blocks = [f"{profile().name}\n{complaint.reference}"]
    blocks += [f"{label}:\n{value}" for label, value in _lines(complaint) if value]
    return "\n\n".join(blocks) + "\n"


def _lines(complaint: Complaint) -> list[tuple[str, str]]:
    content = complaint.content
    return [
        (_("Binnengekomen op"), f"{complaint.received_on:%d-%m-%Y}"),
        (_("Wat het is"), str(ROUTES[Route(complaint.route)])),
        (_("Ingediend"), str(ON_BEHALF[OnBehalf(complaint.on_behalf)])),
        (_("Voor wie"), content.for_whom),
        (_("Wat er gebeurde"), content.what),
        (_("Wanneer"), content.when),
        (_("Over wie of wat"), content.about),
        (_("Over welke organisatie"), content.organisation),
        (_("Datum van het besluit"), content.decision_sent_on),
        (_("Wat zou helpen"), "\n".join(_word(WISHES, Wish, wish) for wish in content.wishes)),
        (_("Wat verder zou helpen"), content.wish_other),
        (_("Naam"), content.name),
        (_("E-mail"), content.email),
        (_("Telefoon"), content.phone),
        (_("Adres"), _address(content)),
        (_("Zo mogen we contact opnemen"), "\n".join(_word(REACHES, Reach, way) for way in content.reach)),
        (_("Iets inspreken op de voicemail"), _("mag") if content.voicemail else _("liever niet")),
        (_("Brieven digitaal in plaats van op papier"), _("ja") if content.formal_by_email else _("nee")),
        (_("Bijlagen"), "\n".join(attachment.name for attachment in complaint.attachments)),
    ]


def _address(content: Content) -> str:
    return "\n".join(line for line in (content.street, f"{content.postcode} {content.place}".strip()) if line)


def _word(words: Mapping[Any, Any], kind: type[StrEnum], value: str) -> str:
    """What a choice is called; one that is no longer offered, as it was kept."""
    return str(words[kind(value)]) if value in {str(known) for known in kind} else value
