"""Sealing once a day, and finding what was touched, on both databases and as the operator does."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import delete, insert, text, update

from portal import clock
from portal.audit import sealing
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
}


@pytest.mark.parametrize("touched", TOUCHED)
def test_what_was_touched_is_found(sealed: None, touched: str) -> None:
    with transaction():
        db.session.execute(TOUCHED[touched])
    broken = sealing.verify().broken
    assert broken is not None and broken.first_id == 3


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
