"""What is held stays, whoever purges when; who may hold what, and what they are told where they cannot."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal import clock
from portal.audit.models import AuditEvent
from portal.complaints.models import Complaint, PersonConcerned
from portal.crypto import keyring, new_public_id
from portal.db import db, transaction
from portal.identity.models import User
from portal.identity.rules import Role
from portal.privacy.models import Hold
from portal.privacy.retention import operations, queries
from portal.privacy.retention.kinds import SOURCES, Source
from portal.privacy.retention.operations import AlreadyHeld, Erased, Unknown
from portal.privacy.retention.rules import HOLDABLE, Kind
from portal.surveys.models import Invitation
from tests.complaints.people import staff
from tests.complaints.together import at_once
from tests.privacy.retention.past import (
    DAY,
    TODAY,
    answered,
    asked,
    at,
    called,
    complained,
    first_kept,
    message,
    proofs,
    traces,
)

pytestmark = pytest.mark.usefixtures("app")
REASON = "Er loopt een zaak bij de rechtbank"


def place(user: User, kind: Kind, about: str = "", reason: str = REASON) -> int:
    with transaction():
        return operations.place(kind, about, reason, db.session.get_one(User, user.id)).id


def end(user: User, hold_id: int) -> bool:
    with transaction():
        return operations.end(hold_id, db.session.get_one(User, user.id))


def events(name: str) -> list[dict[str, str]]:
    db.session.rollback()
    found = select(AuditEvent.details).where(AuditEvent.event == name).order_by(AuditEvent.id)
    return list(db.session.scalars(found))


def erased(one: Complaint) -> bool:
    db.session.rollback()
    return db.session.scalar(select(Complaint.erased_on).where(Complaint.id == one.id)) is not None


def old(**given: Any) -> Complaint:
    return complained(first_kept(Kind.COMPLAINTS) - DAY, whole=False, **given)


# ---- What is held stays --------------------------------------------------------------------

MADE: dict[Kind, Callable[[], object]] = {
    Kind.CONTACTS: lambda: asked(first_kept(Kind.CONTACTS) - DAY),
    Kind.TEXTS: lambda: answered("2026-Q1"),
    Kind.CALLS: lambda: called(first_kept(Kind.CALLS) - DAY),
    Kind.COMPLAINTS: old,
    Kind.MESSAGES: lambda: message("1234", "sent", first_kept(Kind.MESSAGES) - DAY),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("kind", MADE)
def test_a_kind_that_is_held_stays_whole(kind: Kind) -> None:
    admin = staff(Role.ADMIN)
    for make in MADE.values():
        make()
    number = place(admin, kind)
    done = operations.purge()
    assert {one for one, rows in done.items() if rows} == set(MADE) - {kind}
    (held,) = [one for one in queries.kept() if one.is_held]
    assert (held.kind, held.goes, held.standing.due) == (kind, 0, 1)
    assert end(admin, number)
    assert operations.purge()[kind] == 1


def test_the_audit_can_be_held(monkeypatch: pytest.MonkeyPatch) -> None:
    asked_for = []
    monkeypatch.setattr("portal.audit.sealing.due", lambda _before: 3)
    monkeypatch.setattr("portal.audit.sealing.purge", lambda before: asked_for.append(before) or 3)
    admin = staff(Role.ADMIN)
    number = place(admin, Kind.AUDIT)
    assert operations.purge()[Kind.AUDIT] == 0
    assert not asked_for
    end(admin, number)
    assert operations.purge()[Kind.AUDIT] == 3
    assert asked_for == [first_kept(Kind.AUDIT)]
    assert proofs()[-1] == {"kind": "audit", "rows": "3", "until": first_kept(Kind.AUDIT).isoformat()}


def test_one_complaint_is_held_and_the_others_go() -> None:
    one, other = old(), old()
    place(staff(Role.COMPLAINTS), Kind.COMPLAINTS, one.reference.lower())
    (kept,) = [line for line in queries.kept() if line.kind is Kind.COMPLAINTS]
    assert (kept.goes, kept.held, kept.is_held) == (1, 1, False)
    assert operations.purge()[Kind.COMPLAINTS] == 1
    assert not erased(one) and erased(other)


def test_an_ended_hold_is_kept_as_long_as_the_audit(monkeypatch: pytest.MonkeyPatch) -> None:
    admin = staff(Role.ADMIN)
    end(admin, place(admin, Kind.CALLS))
    running = place(admin, Kind.TEXTS)
    for years, left in ((6, 2), (7, 1)):
        monkeypatch.setattr(clock, "now", lambda years=years: at(TODAY.replace(year=TODAY.year + years)))
        operations.purge()
        assert len(db.session.scalars(select(Hold.id)).all()) == left
    assert db.session.scalar(select(Hold.id)) == running


# ---- Placing and ending --------------------------------------------------------------------


def test_a_hold_is_recorded_without_its_reason_and_without_the_number() -> None:
    one, coordinator = old(), staff(Role.COMPLAINTS)
    number = place(coordinator, Kind.COMPLAINTS, one.reference)
    assert events("hold.placed") == [{"hold": str(number), "kind": "complaints"}]
    assert end(coordinator, number)
    assert events("hold.ended") == [{"hold": str(number), "kind": "complaints"}]
    assert not end(coordinator, number), "ended twice is ended once"
    assert len(events("hold.ended")) == 1
    hold = db.session.get_one(Hold, number)
    assert (hold.since, hold.ended_on, hold.ended_by) == (TODAY, TODAY, str(coordinator.id))
    # The reason is sealed: the bare table says nothing.
    raw = db.session.connection().exec_driver_sql("SELECT reason FROM hold").scalar()
    assert REASON.encode() not in bytes(raw or b"")
    assert traces(REASON) == {("hold", "reason")}


def test_the_same_hold_twice_is_refused_but_a_double_click_is_none() -> None:
    one, coordinator = old(), staff(Role.COMPLAINTS)
    first = place(coordinator, Kind.COMPLAINTS, one.reference)
    assert place(coordinator, Kind.COMPLAINTS, one.reference) == first
    assert len(events("hold.placed")) == 1
    with pytest.raises(AlreadyHeld):
        place(coordinator, Kind.COMPLAINTS, one.reference, "Om een heel andere reden")
    with pytest.raises(AlreadyHeld):
        place(staff(Role.COMPLAINTS), Kind.COMPLAINTS, one.reference)
    # The kind as a whole is another thing.
    assert place(coordinator, Kind.COMPLAINTS) != first
    end(coordinator, first)
    assert place(coordinator, Kind.COMPLAINTS, one.reference) != first


@pytest.mark.parametrize("about", ["KL-2026-9999", "KL-1999-0001", "zomaar iets", "2026-0001", "KL-2026-1 "])
def test_an_unknown_complaint_is_refused(about: str) -> None:
    old()
    with pytest.raises(Unknown):
        place(staff(Role.ADMIN), Kind.COMPLAINTS, about)
    assert not events("hold.placed")


def test_an_erased_complaint_is_refused_with_the_day() -> None:
    one = old()
    operations.purge()
    with pytest.raises(Erased) as refused:
        place(staff(Role.COMPLAINTS), Kind.COMPLAINTS, one.reference)
    assert refused.value.on == TODAY


@pytest.mark.parametrize("role", list(Role))
def test_each_role_on_each_kind(role: Role) -> None:
    """Coordinators on complaints alone, the administrator on everything, others on nothing."""
    user, admin = staff(role), staff(Role.ADMIN)
    allowed = {Role.ADMIN: set(HOLDABLE), Role.COMPLAINTS: {Kind.COMPLAINTS}}.get(role, set())
    for kind in Kind:
        if kind in allowed:
            assert end(user, place(user, kind))
            continue
        with pytest.raises(PermissionError):
            place(user, kind)
        if kind in HOLDABLE:
            number = place(admin, kind)
            with pytest.raises(PermissionError):
                end(user, number)


def concerned(one: Complaint, user: User) -> None:
    with transaction() as session:
        session.add(
            PersonConcerned(
                complaint_id=one.id,
                public_id=new_public_id(),
                link_key_id=keyring().link_key_id,
                staff_id=user.id,
                name="x",
                email=user.email,
            )
        )


def test_whom_a_complaint_is_about_learns_nothing_of_it() -> None:
    """Awb 9:7: for that person it is not there, nor is a hold on it."""
    one, user, coordinator = old(), staff(Role.ADMIN, Role.COMPLAINTS), staff(Role.COMPLAINTS)
    concerned(one, user)
    number = place(coordinator, Kind.COMPLAINTS, one.reference)
    with pytest.raises(Unknown):
        place(user, Kind.COMPLAINTS, one.reference)
    with pytest.raises(LookupError):
        end(user, number)
    db.session.rollback()
    assert queries.holds(db.session.get_one(User, user.id)) == []
    (shown,) = queries.holds(db.session.get_one(User, coordinator.id))
    assert (shown.reason, shown.may_end) == (REASON, True)


def test_who_reads_a_reason() -> None:
    one, coordinator, admin = old(), staff(Role.COMPLAINTS), staff(Role.ADMIN)
    place(coordinator, Kind.COMPLAINTS, one.reference)
    place(admin, Kind.TEXTS, "", "Vraag van de toezichthouder")
    seen = {}
    for role in Role:
        db.session.rollback()
        viewer = db.session.get_one(User, staff(role).id)
        seen[role] = {line.kind: line.reason for line in queries.holds(viewer)}
    assert seen[Role.COMPLAINTS] == {Kind.COMPLAINTS: REASON, Kind.TEXTS: None}
    assert seen[Role.ADMIN] == {Kind.COMPLAINTS: None, Kind.TEXTS: "Vraag van de toezichthouder"}
    assert seen[Role.QUALITY] == {Kind.COMPLAINTS: None, Kind.TEXTS: None}


# ---- A hold and a purge at the same moment -------------------------------------------------


@pytest.mark.parametrize("_again", range(4))
def test_either_the_hold_came_first_or_it_is_gone_and_said_so(app: Flask, _again: int) -> None:
    one, user_id = old(), staff(Role.COMPLAINTS).id
    reference = one.reference

    def hold() -> str:
        try:
            with transaction():
                operations.place(Kind.COMPLAINTS, reference, REASON, db.session.get_one(User, user_id))
        except Erased:
            return "gone"
        return "held"

    def purge() -> str:
        return str(operations.purge()[Kind.COMPLAINTS])

    said, went = at_once(app, hold, purge)
    assert (said, went) in {("held", "0"), ("gone", "1")}
    assert erased(one) is (said == "gone")


@pytest.mark.parametrize("holds_first", [True, False])
def test_the_one_waits_for_the_other(
    app: Flask, monkeypatch: pytest.MonkeyPatch, *, holds_first: bool
) -> None:
    """Each order made certain: who has the lock goes on, the other sees what became of it."""
    one, user_id = old(), staff(Role.COMPLAINTS).id
    reference = one.reference
    inside, go_on = threading.Event(), threading.Event()
    said: list[str] = []

    def wait() -> None:
        inside.set()
        assert go_on.wait(20)

    def hold() -> None:
        with app.app_context():
            try:
                with transaction():
                    operations.place(Kind.COMPLAINTS, reference, REASON, db.session.get_one(User, user_id))
                    if holds_first:
                        wait()
            except Erased:
                said.append("gone")
            else:
                said.append("held")

    def purge() -> None:
        with app.app_context():
            operations.purge()

    if not holds_first:
        monkeypatch.setitem(SOURCES, Kind.COMPLAINTS, _slow(wait))
    db.session.rollback()
    first, second = (hold, purge) if holds_first else (purge, hold)
    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    threads[0].start()
    assert inside.wait(20)
    threads[1].start()
    # Long enough that one that did not wait would be done: it changes nothing where it does.
    threads[1].join(0.5)
    assert threads[1].is_alive(), "it waits"
    go_on.set()
    for thread in threads:
        thread.join(30)
    assert said == (["held"] if holds_first else ["gone"])
    assert erased(one) is (not holds_first)


def _slow(wait: Callable[[], None]) -> Source:
    """Complaints, with something to wait for between the deed and its end."""
    real = SOURCES[Kind.COMPLAINTS]
    assert real.purge is not None
    purge = real.purge

    def slow(before: Any, held: Any) -> int:
        rows = purge(before, held)
        if rows:
            wait()
        return rows

    return Source(real.standing, slow)


def test_a_hold_placed_between_two_batches_stops_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    admin_id = staff(Role.ADMIN).id
    monkeypatch.setattr("portal.surveys.retention.BATCH", 2)
    for place_number in range(6):
        asked(first_kept(Kind.CONTACTS) - DAY, name=f"Iemand {place_number}")
    real = operations._purge_batch
    done: list[int] = []

    def batch(kind: Kind, before: Any) -> int:
        rows = real(kind, before)
        if kind is Kind.CONTACTS and not done:
            done.append(rows)
            with transaction():
                operations.place(kind, "", REASON, db.session.get_one(User, admin_id))
        return rows

    monkeypatch.setattr(operations, "_purge_batch", batch)
    assert operations.purge()[Kind.CONTACTS] == 2
    db.session.rollback()
    left = db.session.scalars(select(Invitation.id).where(Invitation.name.is_not(None))).all()
    assert len(left) == 4
