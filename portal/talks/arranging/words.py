"""What the coordinator's pages call things."""

from typing import Any

from flask_babel import lazy_gettext as _l

from portal.talks.arranging.operations import To
from portal.talks.rules import Phase, Reason

TO: dict[To, Any] = {
    To.IN: _l("Iedereen met een plek"),
    To.WAITING: _l("Iedereen in de rij"),
    To.ALL: _l("Iedereen"),
}
PHASES: dict[Phase, tuple[str, Any]] = {
    Phase.OPEN: ("safe", _l("er is plek")),
    Phase.FULL: ("warning", _l("vol")),
    Phase.CANCELLED: ("danger", _l("gaat niet door")),
    Phase.OVER: ("neutral", _l("begonnen of geweest")),
}
"""The look of the badge, and its word."""
FIELDS: dict[str, Any] = {
    "theme": _l("Thema"),
    "about": _l("Waar het over gaat"),
    "starts_at": _l("Begin"),
    "ends_at": _l("Einde"),
    "place": _l("Plaats"),
    "route": _l("Hoe u er komt"),
    "access": _l("Toegankelijkheid"),
    "capacity": _l("Plekken"),
}
REFUSED: dict[Reason, Any] = {
    Reason.OVER: _l("Dit kan niet meer: de avond is begonnen of al geweest."),
    Reason.CANCELLED: _l("Dit kan niet meer: de avond gaat niet door."),
    Reason.GONE: _l("Deze persoon staat niet meer op de lijst."),
    Reason.NO_ROOM_FOR_TWO: _l("Er is geen plek meer voor twee."),
    Reason.MORE_ARE_IN: _l(
        "Zo veel mensen hebben al een plek, of meer. Kies een hoger getal, of haal eerst iemand van de lijst."
    ),
    Reason.NOT_YET: _l("Dit kan pas als de avond is begonnen."),
}
