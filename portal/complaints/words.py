"""What things are called on the pages."""

from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l

from portal.complaints.content import Reach, Wish
from portal.complaints.dues import Colour
from portal.complaints.rules import (
    Domain,
    Judgment,
    NotHeard,
    NotTakenUp,
    OnBehalf,
    Procedure,
    Route,
    Solved,
    Stage,
    Step,
    Term,
    Via,
)

ROUTES: dict[Route, Any] = {
    Route.COMPLAINT: _l("Klacht"),
    Route.OBJECTION: _l("Bezwaar of beroep"),
    Route.OTHER_ORGANISATION: _l("Over een andere organisatie"),
    Route.SIGNAL: _l("Signaal"),
    Route.TALK: _l("Wil praten"),
    Route.DANGER: _l("Zorgen over gevaar"),
}
VIAS: dict[Via, Any] = {
    Via.WEB: _l("website"),
    Via.PHONE: _l("telefoon"),
    Via.DESK: _l("aan de balie"),
    Via.LETTER: _l("brief"),
    Via.EMAIL: _l("e-mail"),
}
DOMAINS: dict[Domain, Any] = {
    Domain.YOUTH: _l("Jeugd"),
    Domain.ADULTS: _l("Volwassenen"),
    Domain.UNKNOWN: _l("Onbekend"),
}
PROCEDURES: dict[Procedure, Any] = {
    Procedure.AWB: _l("Algemene wet bestuursrecht"),
    Procedure.JEUGDWET: _l("Jeugdwet, met klachtencommissie"),
}
ON_BEHALF: dict[OnBehalf, Any] = {
    OnBehalf.SELF: _l("voor zichzelf"),
    OnBehalf.KNOWS: _l("voor een ander, die het weet"),
    OnBehalf.MANDATE: _l("voor een ander, met machtiging"),
    OnBehalf.DOES_NOT_KNOW: _l("voor een ander, die het niet weet"),
}
STAGES: dict[Stage, Any] = {
    Stage.RECEIVED: _l("Ontvangen"),
    Stage.ACKNOWLEDGED: _l("Ontvangst bevestigd"),
    Stage.CALLED: _l("Gebeld"),
    Stage.TAKEN_UP: _l("In behandeling"),
    Stage.COPIED: _l("Betrokkene heeft de klacht"),
    Stage.HEARD: _l("Gesprek geweest"),
    Stage.REPORTED: _l("Klaar voor oordeel"),
    Stage.JUDGED: _l("Oordeel klaar"),
    Stage.TOLD: _l("Uitkomst verstuurd"),
    Stage.CLOSED: _l("Afgesloten"),
    Stage.SOLVED: _l("Samen opgelost"),
    Stage.NOT_TAKEN_UP: _l("Niet in behandeling"),
    Stage.WITHDRAWN: _l("Ingetrokken"),
    Stage.PASSED_ON: _l("Doorgestuurd"),
}
STEPS: dict[Step, Any] = {
    Step.ACKNOWLEDGE: _l("Ontvangst bevestigen"),
    Step.CALL: _l("Bellen"),
    Step.SOLVE: _l("Samen opgelost"),
    Step.RESUME: _l("Toch verder"),
    Step.TAKE_UP: _l("In behandeling nemen"),
    Step.NOT_TAKE_UP: _l("Niet in behandeling nemen"),
    Step.COPY: _l("Klacht aan de betrokkene sturen"),
    Step.PLAN_HEARING: _l("Gesprek plannen"),
    Step.HOLD_HEARING: _l("Gesprek vastleggen"),
    Step.SKIP_HEARING: _l("Geen gesprek"),
    Step.REPORT: _l("Verslag maken"),
    Step.JUDGE: _l("Oordeel per onderdeel"),
    Step.TELL: _l("Uitkomst versturen"),
    Step.ANSWER: _l("Reactie van de organisatie"),
    Step.CLOSE: _l("Afsluiten"),
    Step.WITHDRAW: _l("Intrekken"),
    Step.FORWARD: _l("Doorsturen"),
    Step.COMMITTEE: _l("Klachtencommissie"),
    Step.EXTEND: _l("Uitstellen"),
    Step.ASK_LONGER: _l("Om meer tijd vragen"),
    Step.AGREE_LONGER: _l("Meer tijd gegeven"),
    Step.NOTE: _l("Gelezen en afsluiten"),
}


class CallResult(StrEnum):
    """How it went when who complained was called."""

    REACHED = "reached"
    NOT_REACHED = "not_reached"
    DECLINED = "declined"


CALL_RESULTS: dict[CallResult, Any] = {
    CallResult.REACHED: _l("Gesproken"),
    CallResult.NOT_REACHED: _l("Niet bereikt"),
    CallResult.DECLINED: _l("De klager wil niet gebeld worden"),
}
"""Kept with the step as it was read then: in Dutch, as all of the team's pages."""
TERMS: dict[Term, Any] = {
    Term.ACKNOWLEDGE: _l("ontvangst bevestigen"),
    Term.CHOOSE: _l("in behandeling nemen of niet"),
    Term.DECIDE: _l("uitkomst versturen"),
    Term.ANSWER: _l("reactie van de organisatie"),
    Term.FORWARD: _l("doorsturen of afhandelen"),
    Term.CLOSE: _l("afsluiten"),
    Term.SAFETY: _l("veiligheid: overleggen en afhandelen"),
}
COLOURS: dict[Colour, tuple[str, Any]] = {
    Colour.GREEN: ("safe", _l("op tijd")),
    Colour.ORANGE: ("warning", _l("bijna")),
    Colour.RED: ("danger", _l("te laat")),
}
"""The badge's kind and its word."""
NOT_TAKEN_UP: dict[NotTakenUp, Any] = {
    NotTakenUp.BEFORE: _l("Hierover is al eerder een klacht behandeld"),
    NotTakenUp.OVER_A_YEAR: _l("Het gebeurde meer dan een jaar voor de klacht"),
    NotTakenUp.OBJECTION: _l("Hiertegen kon bezwaar worden gemaakt"),
    NotTakenUp.APPEAL: _l("Hiertegen kan of kon beroep worden ingesteld"),
    NotTakenUp.COURT: _l("De rechter buigt of boog zich erover"),
    NotTakenUp.CRIMINAL: _l("Er loopt een strafrechtelijk onderzoek"),
    NotTakenUp.SLIGHT: _l("Het belang of het gewicht is te klein"),
    NotTakenUp.THIRD_PARTY: _l("Ingediend door een ander, die het de cliënt niet vertelde"),
}
NOT_HEARD: dict[NotHeard, Any] = {
    NotHeard.UNFOUNDED: _l("De klacht is kennelijk ongegrond"),
    NotHeard.WAIVED: _l("De klager wil geen gesprek"),
    NotHeard.NO_RESPONSE: _l("De klager reageerde niet binnen de gestelde tijd"),
}
JUDGMENTS: dict[Judgment, Any] = {
    Judgment.UPHELD: _l("gegrond"),
    Judgment.PARTLY_UPHELD: _l("deels gegrond"),
    Judgment.NOT_UPHELD: _l("ongegrond"),
    Judgment.NO_JUDGMENT: _l("geen oordeel"),
}
SOLVED: dict[Solved, Any] = {
    Solved.YES: _l("ja"),
    Solved.PARTLY: _l("voor een deel"),
    Solved.NO: _l("nee"),
}
WISHES: dict[Wish, Any] = {
    Wish.TALK: _l("Een gesprek"),
    Wish.APOLOGY: _l("Excuses"),
    Wish.OTHER_COORDINATOR: _l("Een andere zorgregisseur"),
    Wish.CORRECTION: _l("Een verbetering in het dossier"),
    Wish.DECISION: _l("Een besluit of een antwoord"),
    Wish.OTHER: _l("Iets anders"),
}
REACHES: dict[Reach, Any] = {
    Reach.EMAIL: _l("E-mail"),
    Reach.SMS: _l("Sms"),
    Reach.PHONE: _l("Bellen"),
    Reach.LETTER: _l("Een brief naar huis"),
}
