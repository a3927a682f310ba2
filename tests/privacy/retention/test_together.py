"""All kinds at once: what is said before is what is done, with a proof of each; and nothing goes that another holds."""

import json
import secrets
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal import clock
from portal.audit import sealing
from portal.audit.models import AuditEvent
from portal.audit.operations import record
from portal.complaints.filing import operations as filing
from portal.complaints.filing.rules import Filling
from portal.complaints.models import Complaint, ComplaintDraft, Measure
from portal.complaints.rules import Stage
from portal.db import db, transaction
from portal.identity import people_operations
from portal.identity.models import Attempt, User
from portal.identity.rules import Role
from portal.outbox.models import Message
from portal.outbox.rules import State
from portal.privacy.models import Hold
from portal.privacy.retention import operations, queries, report
from portal.privacy.retention.kinds import FORGOTTEN, SOURCES, Source
from portal.privacy.retention.operations import NotPurged
from portal.privacy.retention.rules import PURGED, Kind, last_kept
from portal.surveys.answering.queries import newest_version
from portal.surveys.inviting import importing
from portal.surveys.inviting.models import ImportFile
from portal.surveys.models import Draft, Invitation
from portal.surveys.rules import Moment
from portal.talks import circle_operations
from portal.talks.models import Evening, Member, SignUp
from portal.worker import Worker
from tests.complaints.people import CONTENT, staff
from tests.privacy.retention.past import (
    DAY,
    EMAIL,
    NAME,
    NOON,
    TODAY,
    answered,
    asked,
    at,
    called,
    complained,
    first_kept,
    improvement,
    message,
    proofs,
    traces,
)
from tests.talks.evenings import evening, signed_up, somebody

pytestmark = pytest.mark.usefixtures("app")
LONG_AGO = date(2026, 3, 2)


# ---- One of each ---------------------------------------------------------------------------


def a_draft(goes: bool) -> None:
    number = asked(TODAY - DAY if goes else TODAY)
    with transaction() as session:
        session.add(
            Draft(invitation_id=number, version_id=newest_version(Moment.INTAKE).id, body=json.dumps({}))
        )


def an_upload(goes: bool) -> None:
    with transaction():
        number = importing.keep_upload(NAME.encode(), "1")
        kept = db.session.get_one(ImportFile, number)
        kept.uploaded_at = NOON - timedelta(days=1, minutes=1 if goes else -1)


def a_complaint_draft(goes: bool) -> None:
    with transaction():
        filing.begin(Filling(content=CONTENT), "nl").kept_until = TODAY - DAY if goes else TODAY


def a_signup(goes: bool) -> None:
    number = evening()
    for _n in range(2):
        signed_up(number, somebody())
    on = first_kept(Kind.SIGNUPS) - (DAY if goes else 0 * DAY)
    with transaction():
        kept = db.session.get_one(Evening, number)
        kept.starts_at, kept.ends_at = at(on, 19), at(on, 21)


def in_the_circle(goes: bool) -> None:
    email = f"{secrets.token_hex(4)}@voorbeeld.example"
    with transaction():
        circle_operations.ask(email, "nl")
    with transaction():
        made = db.session.scalars(select(Member).order_by(Member.id.desc())).first()
        assert made is not None
        made.asked_on = first_kept(Kind.CIRCLE) - (DAY if goes else 0 * DAY)


def a_try(goes: bool) -> None:
    with transaction():
        db.session.add(
            Attempt(kind="x", source=secrets.token_hex(8), at=NOON - timedelta(minutes=61 if goes else 59))
        )


def an_account(goes: bool) -> None:
    user = staff(Role.TALKS)
    with transaction():
        people_operations.close(user.id, actor="1")
        db.session.get_one(User, user.id).closed_on = first_kept(Kind.ACCOUNTS) - (DAY if goes else 0 * DAY)


def an_ended_hold(goes: bool) -> None:
    on = first_kept(Kind.HOLDS) - (DAY if goes else 0 * DAY)
    with transaction():
        db.session.add(
            Hold(kind="calls", reason="er liep een zaak", since=on, placed_by="1", ended_on=on, ended_by="1")
        )


def around(kind: Kind, make: Callable[[date], object]) -> Callable[[bool], None]:
    def made(goes: bool) -> None:
        make(first_kept(kind) - (DAY if goes else 0 * DAY))

    return made


ONE_OF: dict[Kind, Callable[[bool], None]] = {
    Kind.DRAFTS: a_draft,
    Kind.CONTACTS: around(Kind.CONTACTS, asked),
    Kind.TEXTS: lambda goes: void(answered("2026-Q1" if goes else "2031-Q4")),
    Kind.UPLOADS: an_upload,
    Kind.CALLS: around(Kind.CALLS, called),
    Kind.COMPLAINT_DRAFTS: a_complaint_draft,
    Kind.COMPLAINTS: around(Kind.COMPLAINTS, lambda on: complained(on, whole=False)),
    Kind.SIGNUPS: a_signup,
    Kind.CIRCLE: in_the_circle,
    Kind.MESSAGES: around(Kind.MESSAGES, lambda on: message("1234", State.SENT, on)),
    Kind.ACCOUNTS: an_account,
    Kind.ATTEMPTS: a_try,
    Kind.HOLDS: an_ended_hold,
}


def void(_made: object) -> None:
    """Nothing of it is needed."""


def hold(kind: Kind, about: str = "") -> None:
    with transaction():
        db.session.add(
            Hold(kind=kind, about=about, reason="er loopt een zaak", since=clock.today(), placed_by="1")
        )


def said() -> dict[Kind, int]:
    """What the page says that goes, which is what the dry run says."""
    db.session.rollback()
    told = {one.kind: one.goes for one in queries.kept() if one.rule.is_purged}
    db.session.rollback()
    return told


def proven() -> dict[Kind, int]:
    """What the audit says that went."""
    found = dict.fromkeys(PURGED, 0)
    for one in proofs():
        found[Kind(one["kind"])] += int(one["rows"])
    return found


@pytest.mark.parametrize("kind", ONE_OF)
def test_each_kind_is_said_done_and_proven(kind: Kind) -> None:
    ONE_OF[kind](True)
    ONE_OF[kind](False)
    expected = said()
    assert expected[kind] == (2 if kind is Kind.SIGNUPS else 1)
    gone = operations.purge()
    assert gone == expected == proven()
    (mine,) = [one for one in proofs() if one["kind"] == kind]
    assert mine == {
        "kind": kind,
        "rows": str(gone[kind]),
        "until": last_kept(kind, TODAY, operations.terms()).isoformat(),
    }
    assert not any(operations.purge().values()), "once is enough"


# ---- All of them, in each other's way ------------------------------------------------------


def a_filled_portal() -> None:
    """Of every kind something that goes and something that stays, and messages about all of it."""
    for make in ONE_OF.values():
        for goes in (True, True, False):
            make(goes)
    for closed_on in (first_kept(Kind.CONTACTS) - DAY, TODAY):
        about = db.session.get_one(Invitation, asked(closed_on)).public_id
        db.session.rollback()
        for state in State:
            # One that waits is called off when its person is forgotten, however long it waited.
            message(about, state, date(2031, 1, 1))
            message(about, state, TODAY - DAY)
    for one in (complained(LONG_AGO), complained(LONG_AGO), complained(TODAY - DAY)):
        for state in State:
            message(one.public_id, state, date(2031, 1, 1), topic="complaint")
            message(one.public_id, state, TODAY - DAY, topic="complaint")
    improvement(complained(LONG_AGO), done=False)
    complained(LONG_AGO, stage=Stage.TOLD)


HELD: list[tuple[Kind, ...]] = [
    (),
    (Kind.MESSAGES,),
    (Kind.COMPLAINTS,),
    (Kind.CONTACTS, Kind.AUDIT),
    (Kind.MESSAGES, Kind.COMPLAINTS, Kind.TEXTS, Kind.CALLS),
]


@pytest.mark.parametrize("held", HELD)
@pytest.mark.parametrize("single", [False, True])
def test_the_dry_run_is_what_then_happens(held: tuple[Kind, ...], *, single: bool) -> None:
    a_filled_portal()
    for kind in held:
        hold(kind)
    if single:
        reference = db.session.scalars(select(Complaint).where(Complaint.ended_on == LONG_AGO)).first()
        assert reference is not None
        hold(Kind.COMPLAINTS, reference.reference)
    expected = said()
    assert all(expected[kind] for kind in ONE_OF if kind not in held)
    gone = operations.purge()
    assert gone == expected
    assert proven() == expected
    assert all(not gone[kind] for kind in held)


def test_the_command_says_the_same_before_and_after(app: Flask) -> None:
    a_filled_portal()
    before = report.dry_run().text.splitlines()
    db.session.rollback()
    done = report.purge().text.splitlines()
    assert before[:-1] == done[:-1]
    assert len(before) == len(PURGED) + 4, "every kind has its line"
    assert NAME not in "".join(done) and EMAIL not in "".join(done)


def test_no_proof_says_who_it_was() -> None:
    a_filled_portal()
    operations.purge()
    assert {frozenset(one) for one in proofs()} == {frozenset({"kind", "rows", "until"})}
    assert not any(table == "audit_event" for table, _column in traces(NAME, EMAIL))


# ---- A hold on messages --------------------------------------------------------------------


def _about_each() -> list[str]:
    """Messages about a complaint, an evening and an address of which the term is over."""
    one = complained(LONG_AGO)
    for state in (State.SENT, State.WAITING, State.DEAD):
        message(one.public_id, state, TODAY - DAY, topic="complaint")
    a_signup(goes=True)
    in_the_circle(goes=True)
    db.session.rollback()
    return sorted(db.session.scalars(select(Message.reference)))


def test_a_message_that_is_held_stays_when_what_it_was_about_goes() -> None:
    held = _about_each()
    hold(Kind.MESSAGES)
    gone = operations.purge()
    assert (gone[Kind.COMPLAINTS], gone[Kind.SIGNUPS], gone[Kind.CIRCLE], gone[Kind.MESSAGES]) == (1, 2, 1, 0)
    db.session.rollback()
    assert sorted(db.session.scalars(select(Message.reference))) == held
    # That there was one is held; what was never sent names nobody any more.
    assert set(db.session.scalars(select(Message.to))) == {None}
    assert db.session.scalar(select(func.count()).where(Message.state == State.WAITING)) == 0


def test_without_a_hold_they_go_and_are_counted() -> None:
    number = len(_about_each())
    assert said()[Kind.MESSAGES] == number
    assert operations.purge()[Kind.MESSAGES] == number
    assert db.session.scalar(select(func.count()).select_from(Message)) == 0


# ---- The audit of a complaint that is still there ------------------------------------------


@pytest.fixture
def years_later(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Somebody read a complaint, which was sealed; then both terms pass."""

    def go() -> None:
        with transaction():
            record("complaint.seen", "7", complaint="KL-2032-0001", what="file")
        monkeypatch.setattr(clock, "now", lambda: at(TODAY + DAY))
        assert sealing.seal()
        monkeypatch.setattr(clock, "now", lambda: at(date(2039, 1, 5)))

    return go


def seen() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).where(AuditEvent.event == "complaint.seen")) or 0


@pytest.mark.parametrize("why", ["held", "all held", "unfinished", "open"])
def test_it_shows_who_read_a_complaint_as_long_as_that_is_there(
    why: str, years_later: Callable[[], None]
) -> None:
    one = complained(None if why == "open" else TODAY, received_on=TODAY)
    if why == "open":
        with transaction():
            db.session.get_one(Complaint, one.id).stage = Stage.RECEIVED
    if why == "unfinished":
        improvement(one, done=False)
    if why == "held":
        hold(Kind.COMPLAINTS, one.reference)
    if why == "all held":
        hold(Kind.COMPLAINTS)
    years_later()
    assert said()[Kind.AUDIT] == 0
    (kept,) = [line for line in queries.kept() if line.kind is Kind.AUDIT]
    assert kept.standing.unfinished > 0, "and the page says that it stays"
    assert operations.purge()[Kind.AUDIT] == 0
    assert seen() == 1
    with transaction() as session:
        for running in session.scalars(select(Hold)):
            running.ended_on, running.ended_by = clock.today(), "1"
        kept_one = session.get_one(Complaint, one.id)
        kept_one.stage, kept_one.ended_on = Stage.CLOSED, kept_one.ended_on or TODAY
        for measure in session.scalars(select(Measure)):
            measure.done_on, measure.done_by = TODAY, "1"
    expected = said()
    assert expected[Kind.AUDIT] > 0
    gone = operations.purge()
    assert gone[Kind.COMPLAINTS] == 1 and gone[Kind.AUDIT] == expected[Kind.AUDIT]
    assert seen() == 0


# ---- A kind that keeps failing -------------------------------------------------------------


def test_a_kind_that_fails_stops_neither_the_others_nor_the_overwriting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    overwritten: list[int] = []
    monkeypatch.setattr(operations, "forget", lambda: bool(overwritten.append(1)) or True)

    def broken(_before: object, _held: object) -> Any:
        raise RuntimeError(NAME)

    monkeypatch.setitem(SOURCES, Kind.MESSAGES, Source(SOURCES[Kind.MESSAGES].standing, broken))
    number = asked(first_kept(Kind.CONTACTS) - DAY)
    worker = Worker()
    worker.round()
    db.session.rollback()
    assert db.session.get_one(Invitation, number).name is None
    assert overwritten == [1]
    assert worker.purged_on is None, "it is tried again"
    worker.round()
    assert overwritten == [1, 1]
    with pytest.raises(NotPurged) as failed:
        operations.purge()
    assert failed.value.kinds == (Kind.MESSAGES,)


def test_what_is_kept_for_hours_goes_by_the_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = Worker()
    worker.round()
    a_try(goes=False)
    an_upload(goes=False)
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(minutes=5))
    worker.round()
    db.session.rollback()
    assert len(db.session.scalars(select(Attempt.id)).all()) == 1, "a quarter of an hour is soon enough"
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(minutes=16))
    worker.round()
    db.session.rollback()
    assert not db.session.scalars(select(Attempt.id)).all()
    assert not db.session.scalars(select(ImportFile.id)).all()
    assert {one["kind"] for one in proofs()} == {"attempts", "uploads"}


# ---- The proof on the page -----------------------------------------------------------------


def test_every_batch_counts_however_many_there_were() -> None:
    with transaction():
        for _n in range(450):
            record("retention.purged", "portal", kind="contacts", rows="500", until="2032-01-01")
        record("retention.purged", "portal", kind="calls", rows="7", until="2032-01-01")
    assert [(one.kind, one.rows) for one in queries.proofs()] == [("calls", 7), ("contacts", 225_000)]


def test_each_day_has_its_own_line(monkeypatch: pytest.MonkeyPatch) -> None:
    for day in range(30):
        monkeypatch.setattr(clock, "now", lambda day=day: at(TODAY + day * DAY, 0))
        with transaction():
            until = (TODAY + day * DAY - 91 * DAY).isoformat()
            record("retention.purged", "portal", kind="contacts", rows="2", until=until)
            record("retention.purged", "portal", kind="contacts", rows="3", until=until)
    found = queries.proofs()
    assert [one.rows for one in found] == [5] * queries.MOST_PROOFS
    assert found[0].on == TODAY + 29 * DAY


# ---- Emptied rows are overwritten ----------------------------------------------------------


def test_every_table_of_which_something_goes_is_overwritten() -> None:
    assert set(FORGOTTEN) <= set(db.metadata.tables)
    for model in (Draft, ComplaintDraft, SignUp, Member, ImportFile, Attempt, User):
        assert model.__tablename__ in FORGOTTEN
    assert "no_contact" in FORGOTTEN
