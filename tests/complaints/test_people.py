"""Who handles a complaint can never be whom it is about (Awb 9:7), also when two people do it at once."""

from collections.abc import Callable
from datetime import date
from functools import partial
from threading import Event, Thread
from typing import Any

import pytest
from flask import Flask
from flask_login import login_user
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.pool import NullPool

from portal import clock
from portal.audit.models import AuditEvent
from portal.complaints import people
from portal.complaints.handling import access
from portal.complaints.independence import Access
from portal.complaints.models import Complaint, PersonConcerned
from portal.complaints.people import Involved
from portal.db import db, transaction
from portal.identity import accounts
from portal.identity.models import User
from portal.identity.rules import Role
from portal.outbox.models import Message
from tests.complaints.people import filed, handled_by, staff
from tests.complaints.together import at_once, held

MONDAY = date(2026, 11, 16)
LATER = date(2031, 1, 1)


def within(complaint: Complaint, work: Callable[[Complaint], Any]) -> Any:
    with transaction():
        return work(held(complaint))


def account(user: User | int) -> User:
    """The account, as the running transaction sees it. Between threads only its number travels."""
    return db.session.get_one(User, user if isinstance(user, int) else user.id)


def concern(complaint: Complaint, user: User | int | None = None, **given: Any) -> Any:
    return within(
        complaint,
        lambda found: people.add_concerned(found, "7", user=account(user) if user else None, **given),
    )


def name(complaint: Complaint, user: User | int | None) -> None:
    within(complaint, lambda found: people.name_handler(found, account(user) if user else None, "7"))


def fresh(complaint: Complaint) -> Complaint:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Complaint, complaint.id)


def access_of(app: Flask, complaint: Complaint, user: User) -> Access:
    with app.test_request_context():
        login_user(account(user))
        return people.access_of(fresh(complaint))


class TestHandler:
    def test_is_asked_and_declares(self, app: Flask) -> None:
        complaint, user = filed(), staff(Role.QUALITY)
        name(complaint, user)
        assert access_of(app, complaint, user) is Access.ASKED
        (message,) = db.session.scalars(select(Message).where(Message.template == "complaint_staff"))
        assert message.topic == "complaint"
        within(complaint, lambda found: people.declare(found, account(user), involved=False))
        assert access_of(app, complaint, user) is Access.HANDLE
        # Named again, nothing has to be declared again.
        name(complaint, user)
        assert fresh(complaint).handler_declared_at is not None

    def test_who_was_involved_handles_it_no_more(self, app: Flask) -> None:
        complaint, user = filed(), staff(Role.QUALITY)
        handled_by(complaint, user)
        within(complaint, lambda found: people.declare(found, account(user), involved=True))
        assert fresh(complaint).handler_id is None
        assert complaint.handler_declared_at is None
        assert access_of(app, complaint, user) is Access.SUMMARY

    def test_another_handler_declares_anew(self, app: Flask) -> None:
        complaint, first, second = filed(), staff(Role.QUALITY), staff(Role.QUALITY)
        handled_by(complaint, first)
        name(complaint, second)
        assert fresh(complaint).handler_id == second.id
        assert complaint.handler_declared_at is None
        within(complaint, lambda found: people.declare(found, account(first), involved=False))
        assert fresh(complaint).handler_declared_at is None, "only the handler declares"
        name(complaint, None)
        assert fresh(complaint).handler_id is None

    def test_a_deputy_is_somebody_else(self, app: Flask) -> None:
        complaint, handler, deputy = filed(), staff(Role.QUALITY), staff(Role.QUALITY)
        handled_by(complaint, handler)
        with pytest.raises(Involved):
            within(complaint, lambda found: people.name_deputy(found, account(handler), MONDAY, "7"))
        within(complaint, lambda found: people.name_deputy(found, account(deputy), clock.today(), "7"))
        assert access_of(app, complaint, deputy) is Access.ASKED
        within(complaint, lambda found: people.declare(found, account(deputy), involved=False))
        assert access_of(app, complaint, deputy) is Access.HANDLE
        within(complaint, lambda found: people.name_deputy(found, account(deputy), LATER, "7"))
        assert access_of(app, complaint, deputy) is Access.HANDLE, "longer asks nothing anew"
        name(complaint, deputy)
        assert fresh(complaint).deputy_id is None
        assert complaint.deputy_until is None
        within(complaint, lambda found: people.name_deputy(found, None, MONDAY, "7"))
        assert fresh(complaint).deputy_until is None

    def test_the_table_itself_refuses_a_handler_who_is_deputy(self, app: Flask) -> None:
        complaint, user = filed(), staff(Role.QUALITY)

        def both(found: Complaint) -> None:
            found.handler_id = found.deputy_id = user.id

        with pytest.raises(IntegrityError, match="deputy"):
            within(complaint, both)


class TestConcerned:
    def test_whom_it_is_about_cannot_handle_it(self, app: Flask) -> None:
        complaint, user = filed(), staff(Role.QUALITY)
        concern(complaint, user)
        with pytest.raises(Involved):
            name(complaint, user)
        with pytest.raises(Involved):
            within(complaint, lambda found: people.name_deputy(found, account(user), MONDAY, "7"))
        assert fresh(complaint).handler_id is None
        assert complaint.deputy_id is None

    def test_who_handles_it_cannot_be_whom_it_is_about(self, app: Flask) -> None:
        complaint, handler, deputy = filed(), staff(Role.QUALITY), staff(Role.QUALITY)
        handled_by(complaint, handler)
        within(complaint, lambda found: people.name_deputy(found, account(deputy), MONDAY, "7"))
        for user in (handler, deputy):
            with pytest.raises(Involved):
                concern(complaint, user)
        assert fresh(complaint).concerned == []

    def test_typing_is_no_way_around_it(self, app: Flask) -> None:
        complaint, handler, other = filed(), staff(Role.QUALITY), staff(Role.COMPLAINTS)
        handled_by(complaint, handler)
        with pytest.raises(Involved):
            concern(complaint, name="Iemand", email=f" {handler.email.upper()} ")
        typed = concern(complaint, name="Iemand", email=other.email.upper())
        assert typed.staff_id == other.id
        assert typed.name == "Iemand"
        assert access_of(app, complaint, other) is Access.NOTHING
        with pytest.raises(Involved):
            name(complaint, other)

    def test_who_was_typed_and_got_an_account_later(self, app: Flask) -> None:
        complaint = filed()
        user = staff(Role.QUALITY)
        with transaction():
            account(user).email = "later@voorbeeld.example"
            held(complaint).concerned.append(
                PersonConcerned(public_id="p", link_key_id="k", name="x", email="Later@voorbeeld.example")
            )
        with pytest.raises(Involved):
            name(complaint, user)
        with pytest.raises(Involved):
            within(complaint, lambda found: people.name_deputy(found, account(user), MONDAY, "7"))

    def test_an_account_that_was_made_later_sees_nothing_and_is_told_nothing(self, app: Flask) -> None:
        complaint, boss = filed(), staff(Role.COMPLAINTS)
        typed = concern(complaint, name="Jan", email=" Jan@Voorbeeld.example")
        with transaction():
            jan = accounts.add_staff("jan@voorbeeld.example", "no password", [Role.COMPLAINTS])
        assert access_of(app, complaint, jan) is Access.NOTHING
        assert people.coordinators(fresh(complaint)) == [account(boss)]
        assert concern(complaint, jan).id == typed.id, "chosen as well: the same person"
        assert fresh(complaint).concerned[0].staff_id == jan.id

    def test_the_same_address_typed_twice_is_one_person(self, app: Flask) -> None:
        complaint = filed()
        one = concern(complaint, name="Jan", email="jan@voorbeeld.example")
        assert concern(complaint, name="J. Jansen", email="JAN@voorbeeld.example ").id == one.id
        assert [person.name for person in fresh(complaint).concerned] == ["Jan"]

    def test_the_same_account_is_named_once_and_others_as_often_as_typed(self, app: Flask) -> None:
        complaint, user = filed(), staff(Role.QUALITY)
        assert concern(complaint, user).id == concern(complaint, user).id
        for _n in range(2):
            concern(complaint, name="Iemand van buiten")
        assert len(fresh(complaint).concerned) == 3
        assert complaint.concerned[0].email == user.email

    def test_a_coordinator_whom_it_is_about_is_not_told_and_sees_nothing(self, app: Flask) -> None:
        complaint, one, other = filed(), staff(Role.COMPLAINTS), staff(Role.COMPLAINTS)
        concern(complaint, one)
        assert access_of(app, complaint, one) is Access.NOTHING
        assert access_of(app, complaint, other) is Access.COORDINATE
        assert people.coordinators(fresh(complaint)) == [account(other)]
        assert people.coordinators() == [account(one), account(other)]

    def test_named_by_mistake(self, app: Flask) -> None:
        complaint, other, user = filed(), filed(), staff(Role.QUALITY)
        person = concern(complaint, user)

        def away(where: Complaint) -> Any:
            return within(where, lambda found: people.remove_concerned(found, person.id, "7"))

        assert not away(other), "nobody of that complaint"
        with transaction():
            db.session.get_one(PersonConcerned, person.id).replied_at = clock.now()
        db.session.expire_all()
        assert not away(complaint), "who replied stays"
        with transaction():
            db.session.get_one(PersonConcerned, person.id).replied_at = None
        db.session.expire_all()
        assert away(complaint)
        event = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)).one()
        assert event.event == "complaint.unconcerned" and event.details["user"] == str(user.id)
        assert fresh(complaint).concerned == []
        name(complaint, user)

    def test_each_deed_is_recorded_without_a_name(self, app: Flask) -> None:
        complaint, user = filed(), staff(Role.QUALITY)
        concern(complaint, name="Iemand van buiten", email="buiten@voorbeeld.example")
        handled_by(complaint, user)
        events = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
        assert [event.event for event in events][-3:] == [
            "complaint.concerned",
            "complaint.handler",
            "complaint.declared",
        ]
        assert "buiten" not in str([event.details for event in events])


class TestCode:
    def known_to(self, user: User) -> Complaint:
        complaint = filed()
        with transaction():
            held(complaint).code_known_to = user.id
        return complaint

    def test_who_knows_the_code_and_is_concerned_makes_it_end(self, app: Flask) -> None:
        user, other = staff(Role.QUALITY), staff(Role.QUALITY)
        complaint = self.known_to(user)
        concern(complaint, other)
        assert fresh(complaint).code_hash is not None, "another does not know it"
        concern(complaint, name="Zelf", email=user.email.upper())
        assert fresh(complaint).code_hash is None and complaint.code_sealed is None

    def test_who_knows_the_code_and_was_involved_makes_it_end(self, app: Flask) -> None:
        user = staff(Role.QUALITY)
        complaint = self.known_to(user)
        name(complaint, user)
        within(complaint, lambda found: people.declare(found, account(user), involved=True))
        assert fresh(complaint).code_hash is None


class TestWhoIsTold:
    def test_the_other_coordinators_hear_that_somebody_was_involved(self, app: Flask) -> None:
        complaint, boss, other = filed(), staff(Role.COMPLAINTS), staff(Role.COMPLAINTS)
        name(complaint, boss)
        within(complaint, lambda found: people.declare(found, account(boss), involved=True))
        sent = db.session.scalars(select(Message)).all()
        told = [message.to for message in sent if '"involved"' in (message.params or "")]
        assert told == [other.email]

    def test_a_deputy_who_was_involved_stands_in_no_more(self, app: Flask) -> None:
        complaint, deputy = filed(), staff(Role.QUALITY)
        within(complaint, lambda found: people.name_deputy(found, account(deputy), LATER, "7"))
        within(complaint, lambda found: people.declare(found, account(deputy), involved=True))
        found = fresh(complaint)
        assert (found.deputy_id, found.deputy_until, found.deputy_declared_at) == (None, None, None)

    def test_the_coordinators_until_somebody_handles_it(self, app: Flask) -> None:
        complaint, boss, handler, deputy = (
            filed(),
            staff(Role.COMPLAINTS),
            staff(Role.QUALITY),
            staff(Role.QUALITY),
        )
        name(complaint, handler)
        assert people.those_who_handle(fresh(complaint)) == [account(boss)], "asked is not yet handling"
        handled_by(complaint, handler)
        within(complaint, lambda found: people.declare(found, account(handler), involved=False))
        assert people.those_who_handle(fresh(complaint)) == [account(handler)]
        within(complaint, lambda found: people.name_deputy(found, account(deputy), clock.today(), "7"))
        assert people.those_who_handle(fresh(complaint)) == [account(handler)], "asked is not yet standing in"
        within(complaint, lambda found: people.declare(found, account(deputy), involved=False))
        assert people.those_who_handle(fresh(complaint)) == [account(handler), account(deputy)]
        within(complaint, lambda found: people.name_deputy(found, account(deputy), MONDAY, "7"))
        with transaction():
            account(handler).active = False
        assert people.those_who_handle(fresh(complaint)) == [account(boss)], "gone, and the deputy is over"


def tried(work: Callable[[Complaint, int], Any], complaint: Complaint, user: int) -> bool:
    try:
        work(complaint, user)
    except Involved:
        return False
    return True


class TestAtOnce:
    """Named as handler by one and as whom it is about by another: one of them must lose."""

    def outcome(self, complaint: Complaint, user: int) -> None:
        found = fresh(complaint)
        concerned = {person.staff_id for person in found.concerned}
        assert not {found.handler_id, found.deputy_id} & concerned
        assert (found.handler_id == user) is not (user in concerned)

    def test_at_the_same_moment(self, app: Flask) -> None:
        user = staff(Role.QUALITY).id
        for _n in range(6):
            complaint = filed()
            done = at_once(
                app, partial(tried, name, complaint, user), partial(tried, concern, complaint, user)
            )
            assert sorted(done) == [False, True]
            self.outcome(complaint, user)

    @pytest.mark.parametrize("through", ["locked", "changing"])
    def test_while_the_other_is_still_at_it(self, app: Flask, through: str) -> None:
        """The second begins while the first holds the complaint, and must see what the first did."""
        complaint, user, boss = filed(), staff(Role.QUALITY).id, staff(Role.COMPLAINTS).id
        number, reference = complaint.id, complaint.reference
        begun, refused = Event(), list[bool]()

        def late() -> None:
            with app.test_request_context():
                login_user(account(boss))
                # Looked at before, as a page does: what is in hand is old by then.
                seen = db.session.get_one(Complaint, number)
                assert seen.concerned == []
                db.session.commit()
                begun.set()
                try:
                    if through == "locked":
                        name(complaint, user)
                    else:
                        with access.changing(reference) as found:
                            people.name_handler(found, account(user), "7")
                except Involved:
                    refused.append(seen.handler_id is None)

        other = Thread(target=late)
        db.session.rollback()
        with transaction():
            people.add_concerned(held(complaint), "7", user=account(user))
            other.start()
            assert begun.wait(20)
            # On SQLite whoever writes keeps every other writer out already.
            if db.engine.dialect.name == "postgresql":
                wait_for_somebody_who_waits(app)
        other.join(20)
        assert refused == [True]
        self.outcome(complaint, user)


def wait_for_somebody_who_waits(app: Flask) -> None:
    engine = create_engine(app.extensions["settings"].sqlalchemy_url, poolclass=NullPool)
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    for _n in range(500):
        with engine.connect() as line:
            if line.scalar(waiting):
                return
            line.execute(text("SELECT pg_sleep(0.02)"))
    raise TimeoutError("nobody waits for the complaint")
