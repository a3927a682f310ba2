"""The complaints procedure as one table. Pure.

Show `PROCEDURE` to a complaints coordinator: each line is a step, from where it may be taken, where
it leads, and the article that asks for it. Dates come from `terms`; today comes in as an argument. What is
due next is in `dues`, who may see what in `independence`.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from portal.complaints import terms
from portal.complaints.terms import IsHoliday


class Route(StrEnum):
    """What somebody came with. Everything may be filed here; what is not ours is passed on."""

    COMPLAINT = "complaint"
    OBJECTION = "objection"
    OTHER_ORGANISATION = "other_organisation"
    SIGNAL = "signal"
    TALK = "talk"
    DANGER = "danger"


class Via(StrEnum):
    """How it came in. By word of mouth counts too (Awb 9:2)."""

    WEB = "web"
    PHONE = "phone"
    DESK = "desk"
    LETTER = "letter"
    EMAIL = "email"


class Domain(StrEnum):
    """Which help it is about."""

    YOUTH = "youth"
    ADULTS = "adults"
    UNKNOWN = "unknown"


class Procedure(StrEnum):
    """Which law says how it is handled; per domain a choice of the profile."""

    AWB = "awb"
    JEUGDWET = "jeugdwet"


class OnBehalf(StrEnum):
    """For whom somebody files."""

    SELF = "self"
    KNOWS = "knows"
    MANDATE = "mandate"
    DOES_NOT_KNOW = "does_not_know"


class Stage(StrEnum):
    """Where a complaint stands."""

    RECEIVED = "received"
    ACKNOWLEDGED = "acknowledged"
    CALLED = "called"
    TAKEN_UP = "taken_up"
    COPIED = "copied"
    HEARD = "heard"
    REPORTED = "reported"
    JUDGED = "judged"
    TOLD = "told"
    CLOSED = "closed"
    SOLVED = "solved"
    NOT_TAKEN_UP = "not_taken_up"
    WITHDRAWN = "withdrawn"
    PASSED_ON = "passed_on"


class Step(StrEnum):
    """What is done with a complaint."""

    ACKNOWLEDGE = "acknowledge"
    CALL = "call"
    SOLVE = "solve"
    RESUME = "resume"
    TAKE_UP = "take_up"
    NOT_TAKE_UP = "not_take_up"
    COPY = "copy"
    PLAN_HEARING = "plan_hearing"
    HOLD_HEARING = "hold_hearing"
    SKIP_HEARING = "skip_hearing"
    REPORT = "report"
    JUDGE = "judge"
    TELL = "tell"
    ANSWER = "answer"
    CLOSE = "close"
    WITHDRAW = "withdraw"
    FORWARD = "forward"
    COMMITTEE = "committee"
    EXTEND = "extend"
    ASK_LONGER = "ask_longer"
    AGREE_LONGER = "agree_longer"
    NOTE = "note"


class NotTakenUp(StrEnum):
    """Why a complaint is not taken up: the list of Awb 9:8, and the third party of 9:1."""

    BEFORE = "before"
    OVER_A_YEAR = "over_a_year"
    OBJECTION = "objection"
    APPEAL = "appeal"
    COURT = "court"
    CRIMINAL = "criminal"
    SLIGHT = "slight"
    THIRD_PARTY = "third_party"


class NotHeard(StrEnum):
    """Why nobody is heard (Awb 9:10 lid 2)."""

    UNFOUNDED = "unfounded"
    WAIVED = "waived"
    NO_RESPONSE = "no_response"


class Judgment(StrEnum):
    """What is found of one part of a complaint."""

    UPHELD = "upheld"
    PARTLY_UPHELD = "partly_upheld"
    NOT_UPHELD = "not_upheld"
    NO_JUDGMENT = "no_judgment"


class Solved(StrEnum):
    """What the complainant says afterwards."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"


class Term(StrEnum):
    """What must be done by a date."""

    ACKNOWLEDGE = "acknowledge"
    CHOOSE = "choose"
    DECIDE = "decide"
    ANSWER = "answer"
    FORWARD = "forward"
    CLOSE = "close"
    SAFETY = "safety"


OPEN = (
    Stage.RECEIVED,
    Stage.ACKNOWLEDGED,
    Stage.CALLED,
    Stage.TAKEN_UP,
    Stage.COPIED,
    Stage.HEARD,
    Stage.REPORTED,
    Stage.JUDGED,
    Stage.TOLD,
)
ENDED = tuple(stage for stage in Stage if stage not in OPEN)
_BEFORE_HEARING = (Stage.TAKEN_UP, Stage.COPIED)
_UNDECIDED = OPEN[: OPEN.index(Stage.TOLD)]
_AFTER_CALLING = OPEN[OPEN.index(Stage.CALLED) : OPEN.index(Stage.TOLD)]
_KNOWN_TO_COMPLAINANT = OPEN[1 : OPEN.index(Stage.TOLD)]


class IllegalStep(Exception):
    """A step that the procedure does not allow now. `rule` says which rule forbids it, with its article."""

    def __init__(self, step: Step, rule: str) -> None:
        super().__init__(f"{step}: {rule}")
        self.step, self.rule = step, rule


@dataclass(frozen=True)
class Weeks:
    """The terms of one procedure, in whole weeks."""

    decide: int = terms.DECIDE_WEEKS
    committee: int = terms.COMMITTEE_WEEKS
    extension: int = terms.EXTENSION_WEEKS


@dataclass(frozen=True)
class Case:
    """What the rules need to know of a complaint. Promises are dates as they were made."""

    route: Route
    procedure: Procedure
    stage: Stage
    received_on: date
    not_taken_up_by: date
    decide_by: date
    answer_by: date | None = None
    committee: bool = False
    extended: bool = False
    later_asked: date | None = None
    hearing_on: date | None = None
    has_handler: bool = False
    to_post: Term | None = None
    """Which term runs on because its letter was made, and not posted yet."""
    parts_judged: bool = False
    told_on: date | None = None
    """When the outcome was told."""
    acknowledged: bool = False
    """Whether the receipt was ever confirmed."""

    @property
    def is_open(self) -> bool:
        return self.stage in OPEN


@dataclass(frozen=True)
class Line:
    """One line of the procedure. `to` is None where the stage stays as it is."""

    sources: Collection[Stage]
    to: Stage | None
    article: str
    why: str
    routes: Collection[Route] = (Route.COMPLAINT,)
    procedures: Collection[Procedure] = tuple(Procedure)


_EVERY_ROUTE = tuple(Route)
_NO_OBJECTION = tuple(route for route in Route if route is not Route.OBJECTION)
"""An objection ends by passing it on or by its withdrawal in writing: its term must not be lost in a talk."""
_FIRST = (Stage.RECEIVED, Stage.ACKNOWLEDGED, Stage.CALLED)

PROCEDURE: dict[Step, Line] = {
    Step.ACKNOWLEDGE: Line(
        (Stage.RECEIVED,),
        Stage.ACKNOWLEDGED,
        "Awb 9:6",
        "De ontvangst wordt één keer bevestigd.",
        _EVERY_ROUTE,
    ),
    Step.CALL: Line(
        (Stage.ACKNOWLEDGED, *_AFTER_CALLING),
        Stage.CALLED,
        "Awb 9:5",
        "Bellen komt na de ontvangstbevestiging en voor de uitkomst.",
        _EVERY_ROUTE,
    ),
    Step.SOLVE: Line(
        _AFTER_CALLING,
        Stage.SOLVED,
        "Awb 9:5",
        "Stoppen mag zodra de klager tevreden is: dat blijkt uit een gesprek, en voor de uitkomst.",
        _NO_OBJECTION,
    ),
    Step.RESUME: Line(
        (Stage.SOLVED, Stage.WITHDRAWN),
        Stage.CALLED,
        "Awb 9:5",
        "Alleen wat informeel was opgelost of ingetrokken, kan weer open. De termijn liep door.",
        _EVERY_ROUTE,
    ),
    Step.TAKE_UP: Line(
        (Stage.CALLED,), Stage.TAKEN_UP, "Awb 9:5, 9:8", "Bel eerst. Daarna begint de behandeling."
    ),
    Step.NOT_TAKE_UP: Line(
        (Stage.ACKNOWLEDGED, Stage.CALLED),
        Stage.NOT_TAKEN_UP,
        "Awb 9:8",
        "Niet behandelen kan alleen voordat de behandeling begint, na de ontvangstbevestiging.",
    ),
    Step.COPY: Line(
        (Stage.TAKEN_UP,),
        Stage.COPIED,
        "Awb 9:9",
        "De betrokkene krijgt één keer de klacht, als de behandeling begint.",
    ),
    Step.PLAN_HEARING: Line(
        (Stage.COPIED,),
        None,
        "Awb 9:10",
        "Een gesprek wordt gepland nadat de betrokkene de klacht heeft gekregen.",
    ),
    Step.HOLD_HEARING: Line(
        (Stage.COPIED,),
        Stage.HEARD,
        "Awb 9:10",
        "Het gesprek komt nadat de betrokkene de klacht heeft gekregen.",
    ),
    Step.SKIP_HEARING: Line(
        (Stage.COPIED,),
        Stage.REPORTED,
        "Awb 9:10 lid 2",
        "Van het gesprek afzien kan alleen ervoor, en nadat de betrokkene de klacht heeft gekregen.",
    ),
    Step.REPORT: Line((Stage.HEARD,), Stage.REPORTED, "Awb 9:10 lid 3", "Een verslag komt na het gesprek."),
    Step.JUDGE: Line(
        (Stage.REPORTED,),
        Stage.JUDGED,
        "Awb 9:12",
        "Een oordeel komt na het verslag, of nadat van het gesprek is afgezien.",
    ),
    Step.TELL: Line((Stage.JUDGED,), Stage.TOLD, "Awb 9:12", "De uitkomst gaat weg na het oordeel."),
    Step.ANSWER: Line(
        (Stage.TOLD,),
        Stage.CLOSED,
        "Jeugdwet 4.2.1",
        "De organisatie reageert na het oordeel van de klachtencommissie.",
        procedures=(Procedure.JEUGDWET,),
    ),
    Step.CLOSE: Line(
        (Stage.TOLD,),
        Stage.CLOSED,
        "Awb 9:12",
        "Afsluiten kan nadat de uitkomst is verstuurd.",
        procedures=(Procedure.AWB,),
    ),
    Step.WITHDRAW: Line(
        _UNDECIDED,
        Stage.WITHDRAWN,
        "Awb 9:5, 6:21",
        "Intrekken kan tot de uitkomst is verstuurd.",
        _EVERY_ROUTE,
    ),
    Step.FORWARD: Line(
        # That it is for somebody else may only show while it is handled: the duty to pass it on does not end.
        _UNDECIDED,
        Stage.PASSED_ON,
        "Awb 2:3, 6:15",
        "Doorsturen kan tot de uitkomst is verstuurd.",
        _EVERY_ROUTE,
    ),
    Step.COMMITTEE: Line(
        (Stage.ACKNOWLEDGED, Stage.CALLED, *_BEFORE_HEARING),
        None,
        "Awb 9:14, Jeugdwet 4.2.1",
        "Een klachtencommissie komt erbij na de ontvangstbevestiging en voor het gesprek.",
    ),
    Step.EXTEND: Line(
        _KNOWN_TO_COMPLAINANT,
        None,
        "Awb 9:11 lid 2",
        "Uitstellen kan na de ontvangstbevestiging en voor de uitkomst.",
    ),
    Step.ASK_LONGER: Line(
        _KNOWN_TO_COMPLAINANT,
        None,
        "Awb 9:11 lid 3",
        "Om meer tijd vragen kan na de ontvangstbevestiging en voor de uitkomst.",
    ),
    Step.AGREE_LONGER: Line(
        _KNOWN_TO_COMPLAINANT,
        None,
        "Awb 9:11 lid 3",
        "Meer tijd geven kan zolang de uitkomst niet is verstuurd.",
    ),
    Step.NOTE: Line(
        _FIRST,
        Stage.CLOSED,
        "Awb 9:12a",
        "Alleen wat geen klacht is, kan zonder uitkomst dicht: een klacht krijgt een oordeel.",
        (Route.SIGNAL, Route.TALK, Route.DANGER),
    ),
}


def opened(
    route: Route, procedure: Procedure, received_on: date, weeks: Weeks, is_holiday: IsHoliday
) -> Case:
    """A complaint as it comes in, with the dates that are promised. Under the Jeugdwet a committee judges."""
    decide = weeks.committee if procedure is Procedure.JEUGDWET else weeks.decide
    found = terms.terms(received_on, is_holiday, weeks=decide)
    return Case(
        route=route,
        procedure=procedure,
        stage=Stage.RECEIVED,
        received_on=received_on,
        not_taken_up_by=found.not_taken_up_by,
        decide_by=found.decide_by,
    )


def reclassified(case: Case, route: Route, procedure: Procedure, weeks: Weeks, is_holiday: IsHoliday) -> Case:
    """The complaint when it turns out to be something else. What was promised never gets later by it.

    A committee that was named and an extension that was told stay, and count under the new procedure too.
    Raises IllegalStep once the handling began.
    """
    if case.stage not in _FIRST:
        raise IllegalStep(Step.TAKE_UP, "De behandeling is begonnen: soort en hulp staan vast (Awb 9:8)")
    if procedure is case.procedure:
        return replace(case, route=route)
    anew = replace(case, route=route, procedure=procedure)
    found = _law(anew, weeks, is_holiday)
    latest = found.decide_by_extended if case.extended else found.decide_by
    return replace(anew, decide_by=min(case.decide_by, latest))


def check(case: Case, step: Step, today: date, *, until: date | None = None, on: date | None = None) -> None:
    """Raise IllegalStep with the rule that forbids it, when the step may not be taken now.

    `on` is the day it happened, when that was not today.
    """
    line = PROCEDURE[step]
    if case.route not in line.routes:
        raise IllegalStep(step, f"{_WRONG_ROUTE} ({line.article})")
    if case.procedure not in line.procedures:
        raise IllegalStep(step, f"{_WRONG_PROCEDURE} ({line.article})")
    if case.stage not in line.sources:
        raise IllegalStep(step, f"{line.why} ({line.article})")
    for forbids, rule in GUARDS.get(step, ()):
        if forbids(case, today, until):
            raise IllegalStep(step, rule)
    if on is not None and not case.received_on <= on <= today:
        raise IllegalStep(step, _WRONG_DAY)


def after(
    case: Case,
    step: Step,
    today: date,
    weeks: Weeks,
    is_holiday: IsHoliday,
    *,
    until: date | None = None,
    on: date | None = None,
) -> Case:
    """The complaint after the step. `until` is the new date of a term, or the day of a hearing; `on` the day
    it happened, when that was not today.

    Raises IllegalStep. A new date of a term is moved by nobody: on a day off it is refused.
    """
    check(case, step, today, until=until, on=on)
    made = replace(
        case,
        stage=_stage_after(case, step),
        acknowledged=case.acknowledged or step is Step.ACKNOWLEDGE,
        # A hearing that was planned before it stopped is off.
        hearing_on=None if step is Step.RESUME else case.hearing_on,
    )
    match step:
        case Step.PLAN_HEARING:
            return replace(made, hearing_on=_working(step, until, is_holiday, _NO_HEARING_DAY))
        case Step.COMMITTEE:
            made = replace(made, committee=True)
            # Under the Jeugdwet it must come, also late: that gives no more time then.
            if today > case.decide_by or case.extended:
                return made
            return replace(made, decide_by=max(case.decide_by, _law(made, weeks, is_holiday).decide_by))
        case Step.EXTEND:
            latest = latest_extension(case, weeks, is_holiday)
            chosen = _working(step, until or latest, is_holiday)
            if not case.decide_by < chosen <= latest:
                raise IllegalStep(step, _TOO_FAR.format(latest=latest))
            return replace(made, extended=True, decide_by=chosen)
        case Step.ASK_LONGER:
            return replace(made, later_asked=_working(step, until, is_holiday))
        case Step.AGREE_LONGER:
            # What was promised meanwhile may be later already.
            later = max(case.decide_by, case.later_asked or case.decide_by)
            return replace(made, decide_by=later, later_asked=None)
        case Step.TELL:
            answer = (
                terms.answer_by(on or today, is_holiday) if case.procedure is Procedure.JEUGDWET else None
            )
            return replace(made, answer_by=answer, later_asked=None)
    return made


def _stage_after(case: Case, step: Step) -> Stage:
    # Calling again later does not put the procedure back.
    if step is Step.CALL and case.stage is not Stage.ACKNOWLEDGED:
        return case.stage
    # Who withdrew at once was owed the confirmation, and is again (Awb 9:6).
    if step is Step.RESUME and not case.acknowledged:
        return Stage.RECEIVED
    return PROCEDURE[step].to or case.stage


def latest_extension(case: Case, weeks: Weeks, is_holiday: IsHoliday) -> date:
    """Until when the decision may be put off without asking (Awb 9:11 lid 2)."""
    return _law(case, weeks, is_holiday).decide_by_extended


def _law(case: Case, weeks: Weeks, is_holiday: IsHoliday) -> terms.Terms:
    with_committee = case.committee or case.procedure is Procedure.JEUGDWET
    decide = weeks.committee if with_committee else weeks.decide
    return terms.terms(case.received_on, is_holiday, weeks=decide, extension_weeks=weeks.extension)


def may(case: Case, step: Step, today: date, *, until: date | None = None) -> bool:
    """Whether the step may be taken now."""
    try:
        check(case, step, today, until=until)
    except IllegalStep:
        return False
    return True


_WRONG_ROUTE = "Deze stap hoort niet bij wat hier binnenkwam"
_WRONG_PROCEDURE = "Deze stap hoort niet bij deze procedure"
_TOO_FAR = "Uitstel kan één keer, tot uiterlijk {latest:%d-%m-%Y}; later alleen als de klager dat goed vindt (Awb 9:11)"
_NO_DATE = "Kies een dag die geen zaterdag, zondag of feestdag is (Algemene termijnenwet art. 1)"
_NO_HEARING_DAY = (
    "Kies voor het gesprek een dag die geen zaterdag, zondag of feestdag is (eigen regel, bij Awb 9:10)"
)
_WRONG_DAY = "Vastleggen kan voor een dag vanaf de ontvangst tot en met vandaag (Awb 9:6)"


def _working(step: Step, day: date | None, is_holiday: IsHoliday, rule: str = _NO_DATE) -> date:
    if day is None or not terms.is_working_day(day, is_holiday):
        raise IllegalStep(step, rule)
    return day


Guard = tuple[Callable[[Case, date, date | None], bool], str]


def _no_committee(case: Case, _today: date, _until: date | None) -> bool:
    return case.procedure is Procedure.JEUGDWET and not case.committee


_COMMITTEE_FIRST: Guard = (
    _no_committee,
    "Een klacht over jeugdhulp gaat langs een klachtencommissie van ten minste drie mensen (Jeugdwet 4.2.1)",
)
_HANDLER_FIRST: Guard = (
    lambda case, _today, _until: not case.has_handler,
    "Wijs eerst een behandelaar aan die niet bij de gedraging betrokken was (Awb 9:7)",
)


def _committee_is_a_choice(case: Case) -> bool:
    return case.procedure is not Procedure.JEUGDWET


GUARDS: dict[Step, tuple[Guard, ...]] = {
    Step.TAKE_UP: (_HANDLER_FIRST,),
    Step.HOLD_HEARING: (
        (
            lambda case, today, _until: case.hearing_on is None or case.hearing_on > today,
            "Plan eerst het gesprek; vastleggen dat het er was, kan vanaf die dag (Awb 9:10)",
        ),
        _HANDLER_FIRST,
        _COMMITTEE_FIRST,
    ),
    Step.SKIP_HEARING: (_HANDLER_FIRST, _COMMITTEE_FIRST),
    Step.PLAN_HEARING: (
        (
            lambda _case, today, until: until is not None and until < today,
            "Een gesprek kan niet in het verleden worden gepland (Awb 9:10)",
        ),
    ),
    Step.JUDGE: (_HANDLER_FIRST, _COMMITTEE_FIRST),
    Step.TELL: (
        (
            lambda case, _today, _until: not case.parts_judged,
            "Elk onderdeel van de klacht krijgt een oordeel (Awb 9:12)",
        ),
    ),
    Step.COMMITTEE: (
        (lambda case, _today, _until: case.committee, "De klachtencommissie is er al (Awb 9:14)"),
        (
            lambda case, _today, _until: case.extended and _committee_is_a_choice(case),
            "Na uitstel kan er geen klachtencommissie meer bij: de termijn zou te lang worden (Awb 9:11)",
        ),
        (
            lambda case, today, _until: today > case.decide_by and _committee_is_a_choice(case),
            "De termijn is voorbij: een commissie geeft dan geen extra tijd meer (Awb 9:11)",
        ),
    ),
    Step.EXTEND: (
        _COMMITTEE_FIRST,
        (lambda case, _today, _until: case.extended, "Uitstellen mag één keer (Awb 9:11 lid 2)"),
        (
            lambda case, today, _until: today > case.decide_by,
            "De termijn is voorbij: alleen de klager kan nog meer tijd geven (Awb 9:11 lid 3)",
        ),
    ),
    Step.ASK_LONGER: (
        (
            lambda case, today, until: until is not None and (until <= case.decide_by or until < today),
            "Vraag een dag die later is dan wat nu beloofd is (Awb 9:11 lid 3)",
        ),
    ),
    Step.AGREE_LONGER: (
        (
            lambda case, _today, _until: case.later_asked is None,
            "Er is niet om meer tijd gevraagd, of die vraag is al beantwoord (Awb 9:11 lid 3)",
        ),
    ),
}


COMMITTEE_AT_LEAST = {Procedure.AWB: 1, Procedure.JEUGDWET: 3}
"""How many people a committee has (Awb 9:14; Jeugdwet 4.2.1 lid 2)."""
