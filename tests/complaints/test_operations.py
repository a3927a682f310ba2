"""Receiving complaints and taking steps, on both databases: once, without gaps, whole or not at all."""

import json
import multiprocessing
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text

from portal import clock, config
from portal.app import create_app
from portal.audit.models import AuditEvent
from portal.complaints import events, operations, reminding, rules
from portal.complaints.models import Complaint, ComplaintPart, ComplaintStep
from portal.complaints.operations import COMPLAINANT, Filed
from portal.complaints.rules import (
    Case,
    Domain,
    IllegalStep,
    Judgment,
    Procedure,
    Route,
    Stage,
    Step,
    Via,
    Weeks,
)
from portal.complaints.settings import is_holiday, weeks_of
from portal.db import db, transaction
from portal.identity.rules import Role
from portal.profile import Profile, load
from tests.complaints.people import CODE, CONTENT, WORDS, filed, handled_by, staff, taken
from tests.complaints.together import at_once, held

FRIDAY = date(2026, 11, 13)
NOON = datetime(2026, 11, 16, 11, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _monday(monkeypatch: pytest.MonkeyPatch) -> None:
    """The Monday after; that any later run sees the same."""
    monkeypatch.setattr(clock, "now", lambda: NOON)


def fresh(complaint: Complaint) -> Complaint:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Complaint, complaint.id)


def step(complaint: Complaint, what: Step, **given: Any) -> Complaint:
    with transaction():
        operations.take(held(complaint), what, actor="7", **given)
    return fresh(complaint)


def judged(complaint: Complaint) -> Complaint:
    """Handled up to the judgment, with one part judged."""
    handled_by(complaint, staff(Role.QUALITY))
    taken(complaint, Step.ACKNOWLEDGE, Step.CALL, Step.TAKE_UP, Step.COPY, Step.SKIP_HEARING, Step.JUDGE)
    with transaction():
        held(complaint).parts.append(ComplaintPart(number=1, words="Het verslag", judgment=Judgment.UPHELD))
    return fresh(complaint)


def count(model: type[Any]) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count(model.id))) or 0


class TestReceiving:
    def test_what_is_kept(self, app: Flask) -> None:
        complaint = fresh(filed(FRIDAY, via=Via.LETTER, young=True))
        assert complaint.reference == "KL-2026-0001"
        assert complaint.stage == Stage.RECEIVED
        assert (complaint.procedure, complaint.route) == (Procedure.AWB, Route.COMPLAINT)
        assert complaint.not_taken_up_by == date(2026, 12, 11)
        assert complaint.decide_by == date(2026, 12, 28)
        assert complaint.received_at == NOON
        assert complaint.content == CONTENT
        assert complaint.young
        raw = str(db.session.execute(text("SELECT * FROM complaint")).one())
        for secret in (WORDS, CODE, CONTENT.name, CONTENT.email, CONTENT.street):
            assert secret not in raw

    def test_today_in_the_netherlands_when_no_day_is_given(
        self, app: Flask, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # Half past eleven in the evening in UTC is the next day, and the next year, here.
        monkeypatch.setattr(clock, "now", lambda: datetime(2026, 12, 31, 23, 30, tzinfo=UTC))
        complaint = filed()
        assert complaint.received_on == date(2027, 1, 1)
        assert complaint.reference == "KL-2027-0001"

    def test_the_year_of_receipt_gives_the_number(self, app: Flask) -> None:
        days = [FRIDAY, FRIDAY, date(2025, 12, 31), FRIDAY]
        assert [filed(day).reference for day in days] == [
            "KL-2026-0001",
            "KL-2026-0002",
            "KL-2025-0001",
            "KL-2026-0003",
        ]

    @pytest.mark.parametrize(
        ("key", "domain", "procedure", "by"),
        [
            ("skt-westland", Domain.YOUTH, Procedure.JEUGDWET, date(2027, 1, 22)),
            ("skt-westland", Domain.ADULTS, Procedure.AWB, date(2026, 12, 28)),
            ("skt-westland", Domain.UNKNOWN, Procedure.AWB, date(2026, 12, 28)),
            ("sociaal-team-houten", Domain.YOUTH, Procedure.AWB, date(2026, 12, 28)),
            ("sociaal-team-houten", Domain.ADULTS, Procedure.AWB, date(2026, 12, 28)),
        ],
    )
    def test_the_profile_chooses_the_procedure(
        self,
        app: Flask,
        monkeypatch: pytest.MonkeyPatch,
        key: str,
        domain: Domain,
        procedure: Procedure,
        by: date,
    ) -> None:
        monkeypatch.setitem(app.extensions, "profile", load(key))
        complaint = filed(FRIDAY, domain=domain)
        assert (complaint.procedure, complaint.decide_by) == (procedure, by)

    def test_the_profile_knows_its_own_terms_and_days(
        self, app: Flask, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        given: Profile = load("skt-westland")
        changed = given.model_copy(
            update={
                "decree_days": (date(2026, 12, 28),),
                "complaints": given.complaints.model_copy(update={"regulation_weeks": 8}),
            }
        )
        monkeypatch.setitem(app.extensions, "profile", changed)
        assert filed(FRIDAY).decide_by == date(2026, 12, 29)
        assert filed(FRIDAY, domain=Domain.YOUTH).decide_by == date(2027, 1, 8)
        assert weeks_of(Procedure.AWB) == Weeks(), "the law's own terms are in no profile"

    def test_the_same_key_again_is_the_same_complaint(self, app: Flask) -> None:
        what = Filed(content=CONTENT, received_on=FRIDAY)
        references = []
        for words in (what, replace(what, content=replace(CONTENT, what="anders"))):
            with transaction():
                references.append(operations.receive(words, request_key="k", code_hash=None).reference)
        assert references == ["KL-2026-0001"] * 2
        assert count(Complaint) == count(AuditEvent) == 1

    def test_the_code_is_kept_only_where_a_letter_carries_it(self, app: Flask) -> None:
        with transaction():
            by_letter = operations.receive(
                Filed(content=CONTENT), request_key="k", code_hash="hash", code=CODE
            )
        assert fresh(by_letter).code_sealed == CODE
        assert CODE not in str(db.session.execute(text("SELECT * FROM complaint")).one())
        with transaction():
            operations.new_code(held(by_letter), CODE, "anew", by_letter=False, actor="7")
        assert (fresh(by_letter).code_hash, by_letter.code_sealed) == ("anew", None)
        with transaction():
            operations.new_code(held(by_letter), CODE, "again", by_letter=True, actor="7")
        assert fresh(by_letter).code_sealed == CODE
        ended = step(by_letter, Step.WITHDRAW)
        assert ended.code_sealed == CODE, "a letter that was not printed yet still carries it"

    def test_broken_off_half_way_leaves_nothing(self, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(*_given: object, **_more: object) -> None:
            raise RuntimeError("the power went off")

        monkeypatch.setattr(operations, "record", broken)
        with pytest.raises(RuntimeError):
            filed(FRIDAY)
        assert count(Complaint) == 0
        monkeypatch.undo()
        with events.began.connected_to(broken), pytest.raises(RuntimeError):
            filed(FRIDAY)
        assert count(Complaint) == count(AuditEvent) == 0
        assert filed(FRIDAY).reference == "KL-2026-0001", "and no number is lost"


class TestTogether:
    def test_numbers_have_no_gaps(self, app: Flask) -> None:
        def several() -> list[str]:
            return [filed(FRIDAY).reference for _n in range(3)]

        found = [reference for each in at_once(app, *[several] * 8) for reference in each]
        assert sorted(found) == [f"KL-2026-{number:04d}" for number in range(1, 25)]
        assert count(Complaint) == 24

    def test_the_same_key_at_once_is_one_complaint(self, app: Flask) -> None:
        def one() -> str:
            with transaction():
                made = operations.receive(
                    Filed(content=CONTENT, received_on=FRIDAY), request_key="k", code_hash=None
                )
            return made.reference

        assert at_once(app, *[one] * 8) == ["KL-2026-0001"] * 8
        assert count(Complaint) == count(AuditEvent) == 1

    def test_processes_of_their_own(self, app: Flask) -> None:
        made = app.extensions["settings"]
        spawning = multiprocessing.get_context("spawn")
        gate = spawning.Barrier(3)
        work = [
            spawning.Process(target=receive_some, args=(made.instance, made.database_url, gate))
            for _n in range(3)
        ]
        db.session.rollback()
        for process in work:
            process.start()
        for process in work:
            process.join(120)
        assert [process.exitcode for process in work] == [0, 0, 0]
        numbers = db.session.scalars(select(Complaint.number).order_by(Complaint.number)).all()
        # Five each, and one that all three sent.
        assert numbers == list(range(1, 17))

    @pytest.mark.parametrize(
        ("first", "other"),
        [
            (Step.ACKNOWLEDGE, Step.ACKNOWLEDGE),
            (Step.FORWARD, Step.WITHDRAW),
            (Step.WITHDRAW, Step.ACKNOWLEDGE),
        ],
    )
    def test_of_two_steps_at_once_the_second_sees_the_first(
        self, app: Flask, first: Step, other: Step
    ) -> None:
        complaint = filed(FRIDAY)

        def taking(what: Step) -> Callable[[], bool]:
            def take() -> bool:
                try:
                    with transaction():
                        operations.take(held(complaint), what, actor=str(what))
                except IllegalStep:
                    return False
                return True

            return take

        won = at_once(app, taking(first), taking(other))
        found = fresh(complaint)
        assert len(found.steps) == sum(won) >= 1
        folded = replay(found, [None] * len(found.steps))
        assert folded.stage == found.stage
        if first is other:
            assert sorted(won) == [False, True]

    def test_an_extension_that_two_tell_at_once_is_told_once(self, app: Flask) -> None:
        complaint = taken(filed(FRIDAY), Step.ACKNOWLEDGE)

        def extend() -> bool:
            try:
                with transaction():
                    operations.take(held(complaint), Step.EXTEND, actor="7")
            except IllegalStep:
                return False
            return True

        assert sorted(at_once(app, *[extend] * 4)) == [False, False, False, True]
        assert fresh(complaint).decide_by == date(2027, 1, 22)


def receive_some(instance: Path, url: str, gate: Any) -> None:
    """Five complaints of its own and one that others send too, in a process of its own."""
    with create_app(config.load(instance=instance, database_url=url)).app_context():
        gate.wait(100)
        for key in [secrets.token_hex(8) for _n in range(5)] + ["shared"]:
            with transaction():
                operations.receive(
                    Filed(content=CONTENT, received_on=FRIDAY), request_key=key, code_hash=None
                )
        db.session.remove()
        db.engine.dispose()


class TestSteps:
    def test_a_step_is_a_row_with_who_and_when(self, app: Flask) -> None:
        complaint = step(filed(FRIDAY), Step.ACKNOWLEDGE, details={"words": "Één woord 😀"})
        (row,) = complaint.steps
        assert (row.step, row.actor, row.at, row.on) == (Step.ACKNOWLEDGE, "7", NOON, date(2026, 11, 16))
        assert json.loads(row.details) == {"words": "Één woord 😀"}
        assert "woord" not in str(db.session.scalar(text("SELECT details FROM complaint_step")))
        (event,) = db.session.scalars(select(AuditEvent).where(AuditEvent.event == "complaint.step"))
        assert event.details == {"complaint": "KL-2026-0001", "step": "acknowledge"}

    def test_an_illegal_step_changes_nothing(self, app: Flask) -> None:
        complaint = filed(FRIDAY)
        before = operations.case_of(complaint)
        with pytest.raises(IllegalStep):
            step(complaint, Step.TELL)
        assert operations.case_of(fresh(complaint)) == before
        assert count(ComplaintStep) == 0

    def test_broken_off_half_way_leaves_nothing(self, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(*_given: object, **_more: object) -> None:
            raise RuntimeError("the power went off")

        complaint = filed(FRIDAY)
        with events.ended.connected_to(broken), pytest.raises(RuntimeError):
            step(complaint, Step.WITHDRAW)
        monkeypatch.setattr(operations, "record", broken)
        with pytest.raises(RuntimeError):
            step(complaint, Step.ACKNOWLEDGE)
        assert fresh(complaint).stage == Stage.RECEIVED
        assert complaint.ended_on is None
        assert complaint.steps == []

    def test_no_handler_who_did_not_declare(self, app: Flask) -> None:
        complaint = taken(filed(FRIDAY), Step.ACKNOWLEDGE, Step.CALL)
        user = staff(Role.QUALITY)
        with transaction():
            held(complaint).handler_id = user.id
        assert not operations.case_of(fresh(complaint)).has_handler
        with pytest.raises(IllegalStep, match="9:7"):
            step(complaint, Step.TAKE_UP)
        with transaction():
            held(complaint).handler_declared_at = NOON
        assert step(complaint, Step.TAKE_UP).stage == Stage.TAKEN_UP

    def test_a_hearing_is_on_the_day_as_it_is_here(self, app: Flask) -> None:
        complaint = filed(FRIDAY)
        handled_by(complaint, staff(Role.QUALITY))
        taken(complaint, Step.ACKNOWLEDGE, Step.CALL, Step.TAKE_UP, Step.COPY)
        # Half past eleven on Thursday evening in UTC is Friday here; a day later it is Saturday.
        late = datetime(2026, 11, 19, 23, 30, tzinfo=UTC)
        with pytest.raises(IllegalStep):
            step(complaint, Step.PLAN_HEARING, hearing_at=late + timedelta(days=1))
        with pytest.raises(IllegalStep, match="gesprek"):
            step(complaint, Step.PLAN_HEARING, until=date(2026, 11, 20))
        planned = step(complaint, Step.PLAN_HEARING, hearing_at=late)
        assert planned.hearing_at == late
        assert operations.case_of(planned).hearing_on == date(2026, 11, 20)
        # Another step does not move it.
        assert step(complaint, Step.CALL, hearing_at=NOON).hearing_at == late

    def test_the_day_it_ended_is_the_day_it_happened(
        self, app: Flask, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        complaint = judged(filed(FRIDAY, domain=Domain.ADULTS))
        monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(days=4))
        with pytest.raises(IllegalStep, match="vandaag"):
            step(complaint, Step.TELL, on=date(2026, 11, 21))
        told = step(complaint, Step.TELL, on=date(2026, 11, 17))
        assert told.ended_on == date(2026, 11, 17)
        assert told.steps[-1].on == date(2026, 11, 17)
        assert step(complaint, Step.CLOSE).ended_on == date(2026, 11, 17)

    def test_what_goes_on_did_not_end(self, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        said: list[str] = []

        def began(complaint: Complaint) -> None:
            said.append(f"began {complaint.reference}")

        def ended(complaint: Complaint) -> None:
            said.append(f"ended {complaint.reference}")

        with events.began.connected_to(began), events.ended.connected_to(ended):
            complaint = taken(filed(FRIDAY), Step.ACKNOWLEDGE, Step.CALL)
            assert step(complaint, Step.SOLVE).ended_on == date(2026, 11, 16)
            assert step(complaint, Step.RESUME).ended_on is None
            monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(days=1))
            assert step(complaint, Step.WITHDRAW).ended_on == date(2026, 11, 17)
            # Who withdrew it may think again.
            assert step(complaint, Step.RESUME).ended_on is None
        assert [words.split()[0] for words in said] == ["began", "ended", "began", "ended", "began"]

    def test_what_was_told_and_is_not_closed_is_reminded(
        self, app: Flask, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        complaint = judged(filed(FRIDAY, domain=Domain.ADULTS))
        told = step(complaint, Step.TELL)
        assert reminding.remind() == 0
        monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(days=70))
        assert told.ended_on and reminding.remind() == 1
        step(complaint, Step.CLOSE)
        monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(days=71))
        assert reminding.remind() == 0

    def test_it_is_over_when_the_outcome_is_told_and_only_once(self, app: Flask) -> None:
        said: list[str] = []

        def ended(complaint: Complaint) -> None:
            said.append(complaint.reference)

        complaint = judged(filed(FRIDAY, domain=Domain.ADULTS))
        with events.ended.connected_to(ended):
            step(complaint, Step.TELL)
            assert said == [complaint.reference]
            step(complaint, Step.CLOSE)
        assert said == [complaint.reference]

    def test_the_dates_are_kept(self, app: Flask) -> None:
        complaint = filed(FRIDAY, domain=Domain.YOUTH)
        handled_by(complaint, staff(Role.QUALITY))
        taken(complaint, Step.ACKNOWLEDGE, Step.CALL)
        found = step(complaint, Step.COMMITTEE)
        assert (found.committee, found.extended) == (True, False)
        found = step(complaint, Step.EXTEND)
        assert (found.extended, found.decide_by) == (True, date(2027, 2, 19))
        asked = step(complaint, Step.ASK_LONGER, until=date(2027, 3, 1))
        assert (asked.later_asked, asked.decide_by) == (date(2027, 3, 1), date(2027, 2, 19))
        agreed = step(complaint, Step.AGREE_LONGER)
        assert (agreed.later_asked, agreed.decide_by) == (None, date(2027, 3, 1))
        taken(complaint, Step.TAKE_UP, Step.COPY, Step.SKIP_HEARING, Step.JUDGE)
        with transaction():
            held(complaint).parts.append(ComplaintPart(number=1, words="x", judgment=Judgment.UPHELD))
        assert step(complaint, Step.TELL).answer_by == date(2026, 12, 16)

    def test_every_part_needs_its_judgment(self, app: Flask) -> None:
        without = filed(FRIDAY)
        handled_by(without, staff(Role.QUALITY))
        taken(without, Step.ACKNOWLEDGE, Step.CALL, Step.TAKE_UP, Step.COPY, Step.SKIP_HEARING, Step.JUDGE)
        with pytest.raises(IllegalStep, match="9:12"):
            step(without, Step.TELL)
        complaint = judged(filed(FRIDAY))
        with transaction():
            held(complaint).parts.append(ComplaintPart(number=2, words="Het gesprek"))
        with pytest.raises(IllegalStep, match="9:12"):
            step(complaint, Step.TELL)
        with transaction():
            held(complaint).parts[1].judgment = Judgment.NO_JUDGMENT
        assert step(complaint, Step.TELL).stage == Stage.TOLD


class TestReclassify:
    def again(self, complaint: Complaint, **given: Any) -> Complaint:
        what = {"route": Route.COMPLAINT, "domain": Domain.YOUTH, "theme": "waiting", "actor": "7"}
        with transaction():
            operations.reclassify(held(complaint), **what | given)
        return fresh(complaint)

    def test_about_other_help_keeps_the_promise(self, app: Flask) -> None:
        found = self.again(filed(FRIDAY))
        assert (found.domain, found.theme, found.procedure) == (Domain.YOUTH, "waiting", Procedure.JEUGDWET)
        assert found.decide_by == date(2026, 12, 28)

    def test_a_theme_may_change_after_handling_began_but_nothing_else(self, app: Flask) -> None:
        complaint = judged(filed(FRIDAY))
        assert self.again(complaint, domain=Domain.ADULTS).theme == "waiting"
        with pytest.raises(IllegalStep):
            self.again(complaint, theme="privacy")
        assert fresh(complaint).theme == "waiting"
        assert complaint.domain == Domain.ADULTS


def replay(complaint: Complaint, untils: list[date | None]) -> Case:
    """What the rules make of the steps that were kept."""
    procedure = Procedure(complaint.procedure)
    case = rules.opened(
        Route(complaint.route), procedure, complaint.received_on, weeks_of(procedure), is_holiday
    )
    case = replace(case, has_handler=True, parts_judged=True)
    for row, until in zip(complaint.steps, untils, strict=True):
        day = clock.local(row.at).date()
        case = rules.after(case, Step(row.step), day, weeks_of(procedure), is_holiday, until=until, on=row.on)
    return case


@given(st.data())
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_kept_is_what_the_rules_made_of_the_steps(app: Flask, data: st.DataObject) -> None:
    """Any steps in any order: the stage and dates kept are those of the steps kept, refused ones apart."""
    domain = data.draw(st.sampled_from([Domain.YOUTH, Domain.ADULTS]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: NOON)
        complaint = filed(FRIDAY, domain=domain)
        handled_by(complaint, staff(Role.QUALITY))
        with transaction():
            held(complaint).parts.append(ComplaintPart(number=1, words="x", judgment=Judgment.UPHELD))
        now, untils = NOON, list[date | None]()
        for _n in range(data.draw(st.integers(4, 14))):
            now += timedelta(days=data.draw(st.sampled_from([0, 0, 1, 7, 20])))
            patch.setattr(clock, "now", lambda now=now: now)
            until, what = one_more(complaint, data, now)
            if what is not None:
                untils.append(until)
        found = fresh(complaint)
        folded = replay(found, untils)
        kept = operations.case_of(found)
        assert kept == replace(folded, has_handler=True, parts_judged=True, told_on=found.ended_on)
        assert [row.id for row in found.steps] == sorted(row.id for row in found.steps)
        assert all(before.at <= later.at for before, later in pairwise(found.steps))
        assert (found.ended_on is None) is (kept.is_open and kept.stage is not Stage.TOLD)


def one_more(complaint: Complaint, data: st.DataObject, now: datetime) -> tuple[date | None, Step | None]:
    """Try a step; the date it was given, and the step when it was taken."""
    case = operations.case_of(fresh(complaint))
    onward = [what for what in Step if rules.may(case, what, clock.local(now).date())]
    what = data.draw(st.sampled_from(onward or list(Step)))
    until = data.draw(st.none() | st.integers(0, 90).map(lambda n: clock.local(now).date() + timedelta(n)))
    hearing_at = now + timedelta(days=data.draw(st.integers(0, 6))) if what is Step.PLAN_HEARING else None
    try:
        with transaction():
            operations.take(held(complaint), what, actor=COMPLAINANT, until=until, hearing_at=hearing_at)
    except IllegalStep:
        return None, None
    return (clock.local(hearing_at).date() if hearing_at else until), what
