"""Where do I go: at most three plain questions, and what each way leads to. Keeps nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l

from portal import clock
from portal.complaints import settings, terms
from portal.complaints.filing import rules
from portal.complaints.filing.rules import Filling, Promise, read_day
from portal.complaints.rules import Domain, OnBehalf, Route
from portal.forms import tidy

YOUNG = "jong"
YES = "ja"


class Ask(StrEnum):
    """The questions, by their name in the address."""

    WHAT = "wat"
    WHO = "wie"
    HELP = "hulp"
    SENT = "datum"


ROUTES = {
    "klacht": Route.COMPLAINT,
    "bezwaar": Route.OBJECTION,
    "ander": Route.OTHER_ORGANISATION,
    "signaal": Route.SIGNAL,
    "praten": Route.TALK,
    "gevaar": Route.DANGER,
}
WHO = {
    "ik": OnBehalf.SELF,
    "weet-het": OnBehalf.KNOWS,
    "machtiging": OnBehalf.MANDATE,
    "weet-het-niet": OnBehalf.DOES_NOT_KNOW,
}
HELP = {"jeugd": Domain.YOUTH, "volwassenen": Domain.ADULTS, "onbekend": Domain.UNKNOWN}
VALUES: Mapping[Ask, Mapping[str, Any]] = {Ask.WHAT: ROUTES, Ask.WHO: WHO, Ask.HELP: HELP}

# Of each answer what is said to adults, what to young people, and a line of help.
LABELS: Mapping[str, tuple[Any, Any, Any]] = {
    "klacht": (
        _l("Ik ben niet tevreden over hoe iemand deed"),
        _l("Ik ben niet blij met hoe iemand deed"),
        _l("Of over wat er is opgeschreven, hoe lang het duurde, of iets anders dat misging."),
    ),
    "bezwaar": (
        _l("Ik ben het niet eens met een besluit"),
        _l("Ik ben het niet eens met een besluit"),
        _l("Er is een brief over welke hulp er wel of niet komt. Bijvoorbeeld over een pgb."),
    ),
    "ander": (
        _l("Het gaat over een andere organisatie"),
        _l("Het gaat over een andere organisatie"),
        _l("Bijvoorbeeld een zorgaanbieder, een school of de gemeente."),
    ),
    "signaal": (
        _l("Ik wil iets laten weten zonder mijn naam"),
        _l("Ik wil iets laten weten zonder mijn naam"),
        _l("Een signaal. We leren ervan."),
    ),
    "praten": (
        _l("Ik wil alleen met iemand praten"),
        _l("Ik wil alleen met iemand praten"),
        _l("Over wat er speelt, of over wat er kan."),
    ),
    "gevaar": (
        _l("Er is gevaar, of ik ben bang voor geweld"),
        _l("Er is gevaar, of ik ben bang"),
        _l("Voor mij of voor iemand anders."),
    ),
    "ik": (_l("Voor mijzelf"), _l("Voor mezelf"), ""),
    "weet-het": (
        _l("Voor iemand anders, en die weet dat"),
        _l("Voor iemand anders, en die weet dat"),
        _l("Bijvoorbeeld voor een ouder, een kind of een buurvrouw."),
    ),
    "machtiging": (
        _l("Voor iemand anders, met een machtiging"),
        _l("Voor iemand anders, met een machtiging"),
        _l("De ander heeft op papier gezet dat het mag."),
    ),
    "weet-het-niet": (
        _l("Voor iemand anders, en die weet het niet"),
        _l("Voor iemand anders, en die weet het niet"),
        "",
    ),
    "jeugd": (_l("Hulp voor een kind of jongere"), _l("Hulp voor een kind of jongere"), ""),
    "volwassenen": (_l("Hulp voor een volwassene"), _l("Hulp voor een volwassene"), ""),
    "onbekend": (_l("Dat weet ik niet"), _l("Dat weet ik niet"), ""),
}
HEADINGS: Mapping[Ask, tuple[Any, Any]] = {
    Ask.WHAT: (_l("Wat is er aan de hand?"), _l("Wat is er aan de hand?")),
    Ask.WHO: (_l("Voor wie is de klacht?"), _l("Voor wie is de klacht?")),
    Ask.HELP: (_l("Over welke hulp gaat het?"), _l("Over welke hulp gaat het?")),
    Ask.SENT: (_l("Wanneer is het besluit verstuurd?"), _l("Wanneer is het besluit verstuurd?")),
}


@dataclass(frozen=True)
class Choice:
    """One answer that can be chosen, with the address arguments it leads to."""

    label: Any
    help: Any
    args: Mapping[str, str]


@dataclass(frozen=True)
class Way:
    """What was chosen so far, as it stands in the address."""

    chosen: Mapping[Ask, str]
    young: bool = False

    @property
    def route(self) -> Route:
        return ROUTES.get(self.chosen.get(Ask.WHAT, ""), Route.COMPLAINT)

    @property
    def on_behalf(self) -> OnBehalf:
        return WHO.get(self.chosen.get(Ask.WHO, ""), OnBehalf.SELF)

    @property
    def domain(self) -> Domain:
        if self._is_own_youth_help:
            return Domain.YOUTH
        return HELP.get(self.chosen.get(Ask.HELP, ""), Domain.UNKNOWN)

    @property
    def sent_on(self) -> date | None:
        """When the decision was sent, where somebody said so in a way we can read."""
        return read_day(self.chosen.get(Ask.SENT, ""))

    @property
    def question(self) -> Ask | None:
        """What to ask next; None at the end of the way."""
        return next((ask for ask in self._path if ask not in self.chosen), None)

    @property
    def number(self) -> int:
        """How many questions were asked, the one that is open included."""
        return len(self.chosen) + (self.question is not None)

    @property
    def _path(self) -> Sequence[Ask]:
        if Ask.WHAT not in self.chosen:
            return (Ask.WHAT,)
        match self.route:
            case Route.COMPLAINT if self._is_own_youth_help:
                return (Ask.WHAT, Ask.WHO)
            case Route.COMPLAINT:
                return (Ask.WHAT, Ask.WHO, Ask.HELP)
            case Route.OBJECTION:
                return (Ask.WHAT, Ask.SENT)
        return (Ask.WHAT,)

    @property
    def _is_own_youth_help(self) -> bool:
        """Somebody under 18 who complains for himself or herself has youth help."""
        is_own = self.chosen.get(Ask.WHO) == "ik"
        return self.young and self.route is Route.COMPLAINT and is_own

    def args(self, *, without: Ask | None = None, young: bool | None = None) -> dict[str, str]:
        """The way as arguments of an address."""
        given = {str(ask): value for ask, value in self.chosen.items() if ask is not without}
        is_young = self.young if young is None else young
        return given | ({YOUNG: YES} if is_young else {})

    @property
    def back(self) -> dict[str, str] | None:
        """Where the question before is asked again; None at the first."""
        return self.args(without=list(self.chosen)[-1]) if self.chosen else None

    def choices(self, ask: Ask) -> list[Choice]:
        """The answers to a question, each with where it leads."""
        return [
            Choice(LABELS[value][self.young], LABELS[value][2], self.args() | {str(ask): value})
            for value in VALUES[ask]
        ]

    def filling(self) -> Filling:
        """What a draft begins with."""
        sent_on = self.sent_on if self.route is Route.OBJECTION else None
        return Filling(
            route=self.route, on_behalf=self.on_behalf, domain=self.domain, young=self.young
        ).with_answers({"decision_sent_on": sent_on.isoformat() if sent_on else ""})


def read(args: Mapping[str, str]) -> Way:
    """The way of an address. What is no answer is asked (again)."""
    chosen: dict[Ask, str] = {}
    for ask in Ask:
        value = tidy(args[ask]) if ask in args else None
        known = VALUES.get(ask)
        if value is None or (known is not None and value not in known):
            continue
        way = Way(chosen, args.get(YOUNG) == YES)
        if way.question is ask:
            chosen[ask] = value[: rules.LONGEST_LINE]
    return Way(chosen, args.get(YOUNG) == YES)


def promise(route: Route, domain: Domain, received_on: date | None = None) -> Promise:
    """What is promised to who files today, or filed on that day."""
    procedure = settings.procedure_of(domain)
    weeks = settings.weeks_of(procedure)
    return rules.promise(route, procedure, received_on or clock.today(), weeks, settings.is_holiday)


def objection_by(sent_on: date) -> date:
    """The last ordinary day to object (Awb 6:7, 6:8). It is never too late to ask: 6:11."""
    return terms.objection_by(sent_on, settings.is_holiday)
