"""What letters are called on the team's pages."""

from typing import Any

from flask_babel import lazy_gettext as _l

from portal.complaints.letters import By, Kind

LETTERS: dict[str, Any] = {
    Kind.ACKNOWLEDGEMENT: _l("Ontvangstbevestiging"),
    Kind.NOT_TAKEN_UP: _l("Niet in behandeling"),
    Kind.HEARING: _l("Uitnodiging voor het gesprek"),
    Kind.EXTENSION: _l("Uitstel"),
    Kind.OUTCOME: _l("Uitkomst"),
    Kind.ANSWER: _l("Reactie van de organisatie"),
    Kind.CODE: _l("Nieuwe volgcode"),
    Kind.COMMITTEE: _l("Klachtencommissie"),
    Kind.PASSED_ON: _l("Doorgestuurd"),
}
WAYS: dict[str, Any] = {
    By.DIGITAL: _l("digitaal"),
    By.POST: _l("per post"),
    By.HAND: _l("om mee te geven"),
}
HOW: dict[str, Any] = {
    "screen": _l("op het scherm"),
    "letter": _l("met een brief"),
}
"""How the receipt was confirmed where the portal did that by itself."""
