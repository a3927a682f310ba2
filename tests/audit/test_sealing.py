"""Sealing once a day, and finding what was touched, on both databases and as the operator does."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from click.testing import CliRunner
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, text, update

from portal import clock
from portal.audit import chain, sealing
from portal.audit.models import AuditDigest, AuditEvent
from portal.audit.operations import record
from portal.cli import commands
from portal.db import db, transaction

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def days(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Let so many days go by."""

    def go(number: float) -> None:
        moment = clock.now() + timedelta(days=number)
        monkeypatch.setattr(clock, "now", lambda: moment)

    return go


def recorded(times: int) -> None:
    for number in range(times):
        with transaction():
            record("task.done", "1", task=str(number))


@pytest.fixture
def sealed(days: Callable[[float], None]) -> None:
    """Three days with two events each, sealed; and one event since."""
    for _day in range(3):
        recorded(2)
        days(1)
        assert sealing.seal() == 2
    recorded(1)


def test_once_a_day_and_only_what_is_settled(days: Callable[[float], None]) -> None:
    assert sealing.seal() == 0, "nothing yet"
    recorded(2)
    assert sealing.seal() == 0, "too new: an earlier number may still come"
    days(1)
    recorded(1)
    assert (sealing.seal(), sealing.seal()) == (2, 0)
    days(1)
    assert sealing.seal() == 1
    found = sealing.verify()
    assert (found.seals, found.sealed, found.unsealed, found.broken) == (2, 3, 0, None)


def test_as_it_was_sealed(sealed: None) -> None:
    found = sealing.verify()
    assert (found.seals, found.sealed, found.unsealed, found.broken) == (3, 6, 1, None)
    assert len(found.newest) == 64 and sealing.has_seal(found.newest) and not sealing.has_seal("0" * 64)


def test_an_empty_audit_is_whole() -> None:
    assert sealing.verify() == sealing.Audited(0, 0, 0, "", None, None)


TOUCHED = {
    "actor changed": update(AuditEvent).where(AuditEvent.id == 3).values(actor="2"),
    "moment changed": update(AuditEvent).where(AuditEvent.id == 3).values(at=clock.now()),
    "details changed": update(AuditEvent).where(AuditEvent.id == 4).values(details={"task": "9"}),
    "removed": delete(AuditEvent).where(AuditEvent.id == 4),
    "renumbered": update(AuditEvent).where(AuditEvent.id == 4).values(id=99),
    "count changed": update(AuditDigest).where(AuditDigest.id == 2).values(events=3),
    "seal removed": delete(AuditDigest).where(AuditDigest.id == 1),
    "seal changed": update(AuditDigest).where(AuditDigest.id == 2).values(link="0" * 64),
    "content changed": update(AuditDigest).where(AuditDigest.id == 2).values(content="0" * 64),
    "another day": update(AuditDigest).where(AuditDigest.id == 2).values(sealed_on=date(2020, 1, 1)),
    "another term": update(AuditDigest).where(AuditDigest.id == 2).values(kept_until=date(2020, 1, 1)),
}


@pytest.mark.parametrize("touched", TOUCHED)
def test_what_was_touched_is_found(sealed: None, touched: str) -> None:
    with transaction():
        db.session.execute(TOUCHED[touched])
    broken = sealing.verify().broken
    assert broken is not None and broken.first_id == 3


@pytest.mark.parametrize("number", [0, -1])
def test_an_event_before_the_first_is_found(sealed: None, number: int) -> None:
    with transaction():
        db.session.execute(
            insert(AuditEvent).values(id=number, at=clock.now(), actor="1", event="x", details={})
        )
    broken = sealing.verify().broken
    assert broken is not None and broken.first_id == 1


def test_an_event_put_back_in_is_found(sealed: None) -> None:
    with transaction():
        gone = db.session.get_one(AuditEvent, 4)
        told = {"id": 4, "actor": "1", "event": gone.event, "details": gone.details}
        db.session.delete(gone)
    with transaction():
        db.session.execute(insert(AuditEvent).values(at=clock.now(), **told))
    broken = sealing.verify().broken
    assert broken is not None and (broken.first_id, broken.last_id) == (3, 4)


def test_seals_made_without_the_key_do_not_fit(sealed: None, app: Flask) -> None:
    with transaction():
        db.session.execute(text("UPDATE audit_event SET actor = '2' WHERE id = 6"))
        db.session.execute(text("DELETE FROM audit_digest WHERE id = 3"))
    assert sealing.verify().broken is None, "a seal less is whole, but for who noted it"


def test_the_operator(sealed: None, app: Flask) -> None:
    run = CliRunner()
    noted = sealing.verify().newest
    db.session.rollback()
    fine = run.invoke(commands, ["audit", "verify", "--seal", noted], obj=lambda: app)
    assert fine.exit_code == 0 and "6 regels onder 3 zegels, 1 nog niet verzegeld" in fine.output
    assert noted in fine.output
    other = run.invoke(commands, ["audit", "verify", "--seal", "0" * 64], obj=lambda: app)
    assert other.exit_code == 1 and "zit er niet meer in" in other.output
    with transaction():
        db.session.execute(TOUCHED["removed"])
    found = run.invoke(commands, ["audit", "verify"], obj=lambda: app)
    assert found.exit_code == 1 and "in de regels 3 tot en met 4" in found.output


YEARS = 6


def before_today() -> date:
    """From which day on events must stay, as who keeps the terms works it out."""
    return chain.kept_until(clock.today(), -YEARS)


def events() -> list[int]:
    found = list(db.session.scalars(select(AuditEvent.id).order_by(AuditEvent.id)))
    db.session.rollback()
    return found


class TestPurging:
    def test_after_its_term_and_not_before(self, sealed: None, days: Callable[[float], None]) -> None:
        assert (sealing.due(clock.today()), sealing.purge(clock.today())) == (0, 0), (
            "the term it was sealed with"
        )
        days(YEARS * 365 - 40)
        assert (sealing.due(before_today()), sealing.purge(before_today())) == (0, 0)
        days(100)
        assert sealing.due(before_today()) == 6, "what no seal is over stays"
        assert sealing.purge(before_today()) == 6
        assert (sealing.due(before_today()), sealing.purge(before_today())) == (0, 0)
        assert events() == [7]
        found = sealing.verify()
        assert (found.seals, found.purged, found.sealed, found.unsealed) == (3, 3, 0, 1)
        assert found.broken is None and sealing.has_seal(found.newest)

    def test_only_what_is_old_enough(self, days: Callable[[float], None]) -> None:
        recorded(2)
        days(1)
        sealing.seal()
        first = clock.today()
        days(60)
        recorded(3)
        days(1)
        sealing.seal()
        days(YEARS * 366)
        assert sealing.due(first - timedelta(days=1)) == 0
        assert sealing.due(first) == 2
        assert sealing.purge(first) == 2 and events() == [3, 4, 5]
        assert sealing.verify().broken is None
        assert sealing.purge(clock.today()) == 3 and events() == []

    def test_it_goes_on_afterwards(self, sealed: None, days: Callable[[float], None]) -> None:
        days(YEARS * 366 + 1)
        sealing.purge(before_today())
        recorded(1)
        assert events() == [7, 8], "a number is never given twice"
        days(1)
        assert sealing.seal() == 2
        found = sealing.verify()
        assert (found.seals, found.purged, found.sealed, found.broken) == (4, 3, 2, None)

    def test_a_longer_term_later_does_not_accuse(
        self, sealed: None, days: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What was rightly thrown away under the term of then is not missing under the term of now."""
        days(YEARS * 366 + 1)
        sealing.purge(before_today())
        monkeypatch.setattr(sealing, "_years", lambda: 10)
        assert sealing.verify().broken is None
        days(1)
        sealing.seal()
        newest = db.session.scalars(select(AuditDigest).order_by(AuditDigest.id.desc())).first()
        assert newest is not None and newest.kept_until.year == clock.today().year + 10

    def test_the_operator_reads_it(self, sealed: None, days: Callable[[float], None], app: Flask) -> None:
        days(YEARS * 366 + 1)
        sealing.purge(before_today())
        told = CliRunner().invoke(commands, ["audit", "verify"], obj=lambda: app)
        assert told.exit_code == 0
        assert "0 regels onder 3 zegels, 1 nog niet verzegeld" in told.output
        assert "Van 3 zegels zijn de regels weg: hun bewaartermijn was over." in told.output


def mark(number: int, on: date) -> None:
    db.session.execute(update(AuditDigest).where(AuditDigest.id == number).values(purged_on=on))


def take_away(number: int) -> None:
    one = db.session.get_one(AuditDigest, number)
    db.session.execute(delete(AuditEvent).where(AuditEvent.id.between(one.first_id, one.last_id)))


class TestWhoPurgesWhatHadNoTerm:
    """Who may mark a seal and remove what is under it, as the portal itself, is found."""

    @pytest.mark.parametrize("years", [0, 1, 5, 6.1, 50])
    def test_too_early_or_too_late(self, sealed: None, years: float) -> None:
        with transaction():
            take_away(1)
            mark(1, clock.today() + timedelta(days=365 * years))
        broken = sealing.verify().broken
        assert broken is not None and broken.id == 1, "before its term, or on a day that is still to come"

    def test_in_the_middle(self, sealed: None, days: Callable[[float], None]) -> None:
        days(YEARS * 366)
        with transaction():
            take_away(2)
            mark(2, clock.today())
        broken = sealing.verify().broken
        assert broken is not None and broken.id == 2

    def test_marked_with_its_events_still_there(self, sealed: None, days: Callable[[float], None]) -> None:
        days(YEARS * 366)
        with transaction():
            mark(1, clock.today())
        assert sealing.verify().broken is not None

    def test_put_under_a_purged_seal(self, sealed: None, days: Callable[[float], None]) -> None:
        days(YEARS * 366)
        sealing.purge(before_today())
        with transaction():
            db.session.execute(
                insert(AuditEvent).values(id=3, at=clock.now(), actor="1", event="x", details={})
            )
        broken = sealing.verify().broken
        assert broken is not None and broken.id == 2


HISTORIES = st.lists(
    st.tuples(st.integers(1, 3), st.sampled_from([1, 2, 400, 2300]), st.booleans()), min_size=1, max_size=6
)
"""How many events, how many days until they are sealed, and whether what had its term is purged then."""


def lived(history: list[tuple[int, int, bool]], patch: pytest.MonkeyPatch) -> None:
    """Record, seal and purge as days go by, in an audit that was empty."""
    with transaction():
        db.session.execute(delete(AuditEvent))
        db.session.execute(delete(AuditDigest))
    moment, number = datetime(2026, 3, 1, 12, tzinfo=UTC), 0
    for events_made, days_gone, does_purge in history:
        patch.setattr(clock, "now", lambda moment=moment: moment)
        with transaction():
            for _event in range(events_made):
                number += 1
                inserted(number)
        moment += timedelta(days=days_gone)
        patch.setattr(clock, "now", lambda moment=moment: moment)
        sealing.seal()
        if does_purge:
            sealing.purge(before_today())


def inserted(number: int) -> None:
    told = {"actor": "1", "event": "task.done", "details": {"task": str(number)}}
    db.session.execute(insert(AuditEvent).values(id=number, at=clock.now(), **told))


def touched(data: st.DataObject) -> str:
    """Do one thing that may not be; what it was."""
    seals = list(db.session.scalars(select(AuditDigest).order_by(AuditDigest.id)))
    rows = events()
    free = sorted(set(range(-1, seals[-1].last_id + 1)) - set(rows))
    one = data.draw(st.sampled_from(seals))
    deeds = [
        "insert",
        "mark" if one.purged_on is None else "unmark",
        "cut",
        *(["change", "remove"] if rows else []),
    ]
    deed = data.draw(st.sampled_from(deeds))
    with transaction():
        match deed:
            case "change":
                where = AuditEvent.id == data.draw(st.sampled_from(rows))
                db.session.execute(update(AuditEvent).where(where).values(actor="2"))
            case "remove":
                db.session.execute(
                    delete(AuditEvent).where(AuditEvent.id == data.draw(st.sampled_from(rows)))
                )
            case "insert":
                inserted(data.draw(st.sampled_from(free)))
            case "mark":
                take_away(one.id)
                early, late = one.kept_until - timedelta(days=1), clock.today() + timedelta(days=1)
                mark(one.id, data.draw(st.sampled_from([early, late, one.sealed_on])))
            case "unmark":
                db.session.execute(update(AuditDigest).where(AuditDigest.id == one.id).values(purged_on=None))
            case _:
                db.session.execute(delete(AuditDigest).where(AuditDigest.id == one.id))
    return deed


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=HISTORIES, data=st.data())
def test_whatever_was_done_to_it_is_found(
    app: Flask, history: list[tuple[int, int, bool]], data: st.DataObject
) -> None:
    """Any history of recording, sealing and purging is whole; after any one touch it is not."""
    with pytest.MonkeyPatch.context() as patch:
        lived(history, patch)
        whole = sealing.verify()
        assert whole.broken is None
        deed = touched(data)
        # Cut off at the end it is shorter and whole: that shows to who noted the newest seal.
        assert sealing.verify().broken is not None or not sealing.has_seal(whole.newest), deed
        db.session.rollback()
