"""Invented complaints for the demo, in every stage that a page must show."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from portal import clock
from portal.complaints import letters, messages, operations, people, receipts, terms
from portal.complaints.content import Content, Reach, Wish
from portal.complaints.models import Complaint, ComplaintPart, Measure
from portal.complaints.operations import Filed
from portal.complaints.rules import Domain, Judgment, NotTakenUp, OnBehalf, Route, Stage, Step, Via
from portal.complaints.settings import is_holiday
from portal.crypto import CROCKFORD, keyring
from portal.db import db
from portal.identity.models import User

SOMEBODY = Content(
    what="In het verslag staat dat ik mijn afspraken niet nakom. Dat is niet zo. Ik heb het twee keer gezegd, en het staat er nog.",
    when="Eind vorige maand, en daarna nog een keer.",
    about="De medewerker die het verslag schreef.",
    wishes=(Wish.CORRECTION, Wish.TALK),
    name="Proefpersoon Klaagt",
    email="proefpersoon@voorbeeld.example",
    phone="0612345678",
    reach=(Reach.EMAIL, Reach.PHONE),
    formal_by_email=True,
)


@dataclass(frozen=True)
class _Past:
    """A complaint of before, for the yearly figures."""

    weeks_ago: int
    lasted_days: int
    domain: Domain
    theme: str
    stage: Stage
    judgments: Sequence[Judgment] = ()


PAST = (
    _Past(66, 30, Domain.YOUTH, "recording", Stage.CLOSED, (Judgment.UPHELD, Judgment.NOT_UPHELD)),
    _Past(61, 9, Domain.ADULTS, "waiting", Stage.SOLVED),
    _Past(58, 61, Domain.YOUTH, "recording", Stage.CLOSED, (Judgment.PARTLY_UPHELD,)),
    _Past(40, 12, Domain.YOUTH, "treatment", Stage.SOLVED),
    _Past(33, 38, Domain.ADULTS, "information", Stage.CLOSED, (Judgment.NOT_UPHELD,)),
    _Past(27, 20, Domain.YOUTH, "recording", Stage.NOT_TAKEN_UP),
    _Past(19, 6, Domain.ADULTS, "treatment", Stage.SOLVED),
    _Past(16, 4, Domain.YOUTH, "recording", Stage.WITHDRAWN),
)


def code() -> str:
    """The receipt code of the complaint that the demo lets you follow."""
    number = int(keyring().index("demo", "receipt"), 16)
    return "".join(CROCKFORD[(number >> (5 * place)) & 31] for place in range(receipts.LENGTH))


FOLLOWED = "demo:followed"


def load(code_hash: str, coordinator: User, handler: User) -> None:
    """Add them to the running transaction. `code_hash` is the slow hash of `code()`."""
    for number, past in enumerate(PAST):
        _past(number, past)
    _late(handler)
    _new()
    _signal()
    _followed(code_hash, coordinator, handler)
    _measures()


def _filed(key: str, days_ago: int, content: Content, **given: object) -> Complaint:
    received_on = terms.working_day_until(clock.today() - timedelta(days=days_ago), is_holiday)
    filed = Filed(content=content, received_on=received_on, is_demo=True)
    complaint = operations.receive(
        replace(filed, **given),  # type: ignore[arg-type]
        request_key=f"demo:{key}",
        code_hash=None,
    )
    complaint.received_at = _noon(received_on)
    return complaint


def _went(complaint: Complaint, *steps: tuple[Step, int], actor: str = operations.PORTAL) -> None:
    """Take these steps, each so many days after it was received."""
    for step, after in steps:
        taken = operations.take(complaint, step, actor=actor)
        on = terms.working_day_until(complaint.received_on + timedelta(days=after), is_holiday)
        taken.on, taken.at = on, _noon(on)


def _past(number: int, past: _Past) -> None:
    complaint = _filed(
        f"past-{number}",
        past.weeks_ago * 7,
        replace(SOMEBODY, name=f"Proefpersoon {number}"),
        domain=past.domain,
    )
    complaint.theme = past.theme
    complaint.ended_on = complaint.received_on + timedelta(days=past.lasted_days)
    for place, judgment in enumerate(past.judgments, start=1):
        complaint.parts.append(
            ComplaintPart(number=place, words="Verzonnen onderdeel.", judgment=judgment, reasons="Verzonnen.")
        )
    if past.stage is Stage.NOT_TAKEN_UP:
        complaint.not_taken_up_reason = NotTakenUp.THIRD_PARTY
        complaint.on_behalf = OnBehalf.DOES_NOT_KNOW
    complaint.stage = past.stage


def _late(handler: User) -> None:
    content = replace(
        SOMEBODY, name="Proefpersoon Wacht", email="", formal_by_email=False, reach=(Reach.PHONE,)
    )
    complaint = _filed("late", 50, content, domain=Domain.ADULTS, via=Via.PHONE)
    complaint.theme = "waiting"
    _went(complaint, (Step.ACKNOWLEDGE, 1), (Step.CALL, 3))
    people.name_handler(complaint, handler, operations.PORTAL)
    people.declare(complaint, handler, involved=False)
    _went(complaint, (Step.TAKE_UP, 6), actor=str(handler.id))


def _new() -> None:
    content = replace(
        SOMEBODY,
        what="Ik kreeg drie keer een andere afspraak en niemand belde.",
        name="Proefpersoon Nieuw",
        wishes=(Wish.APOLOGY,),
        reach=(Reach.EMAIL,),
    )
    complaint = _filed("new", 1, content, domain=Domain.ADULTS)
    _went(complaint, (Step.ACKNOWLEDGE, 0))


def _signal() -> None:
    content = Content(what="De wachtkamer is zo klein dat iedereen hoort wat je zegt.")
    _went(_filed("signal", 3, content, route=Route.SIGNAL), (Step.ACKNOWLEDGE, 0))


def _followed(code_hash: str, coordinator: User, handler: User) -> None:
    complaint = _filed(FOLLOWED.removeprefix("demo:"), 18, SOMEBODY, domain=Domain.ADULTS)
    complaint.code_hash = code_hash
    complaint.theme = "recording"
    letters.send(
        complaint,
        letters.Kind.ACKNOWLEDGEMENT,
        letters.words(complaint, letters.Kind.ACKNOWLEDGEMENT),
        request_key="demo:acknowledgement",
        actor=operations.PORTAL,
    )
    _went(complaint, (Step.ACKNOWLEDGE, 0), (Step.CALL, 3))
    people.add_concerned(complaint, str(coordinator.id), name="Proefpersoon Betrokken")
    people.name_handler(complaint, handler, str(coordinator.id))
    people.declare(complaint, handler, involved=False)
    for place, words in enumerate(("Wat er in het verslag staat.", "Dat het niet werd verbeterd."), start=1):
        complaint.parts.append(ComplaintPart(number=place, words=words))
    _went(complaint, (Step.TAKE_UP, 6), (Step.COPY, 7), actor=str(handler.id))
    day = terms.working_day_from(clock.today() + timedelta(days=6), is_holiday)
    operations.take(
        complaint,
        Step.PLAN_HEARING,
        actor=str(handler.id),
        hearing_at=datetime.combine(day, time(14), clock.AMSTERDAM),
    )
    complaint.hearing_place = "Bij ons op kantoor, of ergens anders als u dat prettiger vindt."
    messages.say(
        complaint,
        "Dag, ik lees uw klacht en wil graag met u praten. U mag iemand meenemen.",
        request_key="demo:message",
        author=handler,
    )


def _measures() -> None:
    today = clock.today()
    for number, (words, theme, due_in, done_ago) in enumerate(
        (
            ("Iedereen leest het verslag eerst zelf, voor het wordt opgeslagen.", "recording", 40, None),
            ("Wie langer dan twee weken wacht, wordt gebeld.", "waiting", -6, None),
            ("In de folder staat bij wie je terechtkunt.", "information", -60, 70),
        )
    ):
        db.session.add(
            Measure(
                request_key=f"demo:measure-{number}",
                theme=theme,
                words=words,
                owner="Proefpersoon Eigenaar",
                made_on=today - timedelta(days=90),
                due_on=today + timedelta(days=due_in),
                done_on=today - timedelta(days=done_ago) if done_ago else None,
                done_by=operations.PORTAL if done_ago else None,
            )
        )


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), clock.AMSTERDAM)
