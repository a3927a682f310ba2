"""From a complaint to a mail server and a provider of text messages, and what stops on the way."""

import secrets
from collections.abc import Callable
from dataclasses import asdict
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal import clock
from portal.complaints import letters, messages, notices, operations, people
from portal.complaints.content import Reach, from_dict, to_json
from portal.complaints.handlers import COMPLAINT_HANDLERS, undelivered
from portal.complaints.models import Complaint, PersonConcerned
from portal.complaints.rules import Route, Step
from portal.crypto import keyring
from portal.db import db, transaction
from portal.identity.models import User
from portal.identity.rules import Role
from portal.outbox.delivery import deliver
from portal.outbox.development import Folder
from portal.outbox.models import Message
from portal.outbox.rules import MOST_ATTEMPTS, State
from tests.complaints.people import CODE, CONTENT, WORDS, filed, handled_by, kept_letter, staff, taken
from tests.outbox.conftest import Later, Outbox
from tests.outbox.other_side import Mailbox, Provider

SAID = "Wij spraken hierover met mevrouw De Proef."
PERSON = "Bo van der Betrokkene"
PERSON_EMAIL = "bo@voorbeeld.example"
REPLY = "Zo heb ik het niet gezegd."


def _queued(complaint: Complaint, change: Callable[[Complaint], object]) -> Complaint:
    with transaction():
        held = operations.locked(complaint.public_id)
        assert held is not None
        change(held)
    return complaint


def _named(complaint: Complaint, email: str = PERSON_EMAIL, user: User | None = None) -> PersonConcerned:
    with transaction():
        held = operations.locked(complaint.public_id)
        assert held is not None
        who = db.session.get_one(User, user.id) if user else None
        return people.add_concerned(held, "test", user=who, name=PERSON, email=email)


def _tell(complaint: Complaint, what: str, *users: User, **given: object) -> None:
    with transaction():
        held = operations.locked(complaint.public_id)
        assert held is not None
        notices.tell_staff(held, what, [db.session.get_one(User, user.id) for user in users], **given)  # type: ignore[arg-type]


def _deliver() -> dict[str, int]:
    return {name: count for name, count in deliver(COMPLAINT_HANDLERS).items() if count}


def _states(complaint: Complaint) -> list[str]:
    db.session.rollback()
    mine = select(Message.state).where(Message.about == complaint.public_id).order_by(Message.id)
    return list(db.session.scalars(mine))


class TestJourney:
    def test_no_message_says_what_it_is_about(
        self, outbox: Outbox, mailbox: Mailbox, provider: Provider
    ) -> None:
        """Everything that can be mailed about one complaint, read for each of its words."""
        coordinator = staff(Role.COMPLAINTS)
        complaint = filed(content={"wish_other": "een bloemetje", "for_whom": "Kind van Proef"})
        handler = handled_by(complaint, staff(Role.QUALITY))
        person = _named(complaint)
        token = keyring().token(person.public_id, person.link_key_id)

        def write(held: Complaint) -> None:
            messages.say(held, SAID, request_key="a", author=db.session.get_one(User, handler.id))
            messages.say(held, WORDS, request_key="b", author=None)
            notices.tell_concerned(held.concerned[0])
            notices.tell_concerned(held.concerned[0], "hearing", key="1")

        _queued(complaint, write)
        kept_letter(complaint, letters.Kind.ACKNOWLEDGEMENT, f"Uw klacht: {WORDS}")
        for what in ("new", "hearing", "withdrawn", "agreed", "solved", "reply"):
            _tell(complaint, what, coordinator)
        # Who was asked declared already: that one mail need not leave.
        assert _deliver() == {"sent": 11, "cancelled": 1}
        assert sorted(set(mailbox.to)) == sorted(
            [CONTENT.email, PERSON_EMAIL, coordinator.email, handler.email]
        )
        secret = [text for text in asdict(complaint.content).values() if isinstance(text, str) and text]
        secret += [SAID, PERSON, PERSON_EMAIL, CODE, REPLY, coordinator.email, handler.email]
        # The name of the place is also where the organisation is.
        secret.remove(CONTENT.place)
        secret.remove(CONTENT.postcode)
        for number, to in enumerate(mailbox.to):
            mail = mailbox.mail(number)
            shown = [str(mail["Subject"]), *(part.get_content() for part in mail.iter_parts())]  # type: ignore[attr-defined]
            for text in shown:
                assert [word for word in secret if word.lower() in text.lower()] == [], to
            assert token.lower() not in str(mail["Subject"]).lower()
            assert (token in shown[1]) is (to == PERSON_EMAIL), "the link goes to one person only"
            assert mail["List-Unsubscribe"] is None

    def test_a_notice_can_be_a_text_message(self, outbox: Outbox, provider: Provider) -> None:
        complaint = filed(content={"reach": (Reach.SMS,), "email": "", "phone": "+31612345678"}, young=True)
        _queued(complaint, lambda held: notices.tell_complainant(held, "x"))
        assert _deliver() == {"sent": 1}
        (text,) = provider.delivered.values()
        assert text.startswith("Er is een bericht voor je: http") and "Lees een bericht van ons" in text

    def test_leaves_at_night_and_on_a_sunday(
        self, outbox: Outbox, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        night = clock.now().replace(year=2026, month=3, day=1, hour=2)
        monkeypatch.setattr(clock, "now", lambda: night)
        coordinator = staff(Role.COMPLAINTS)
        complaint = filed(route=Route.DANGER)
        _tell(complaint, "new", coordinator)
        assert _deliver() == {"sent": 1}
        assert str(mailbox.mail()["Subject"]).startswith("Met spoed")

    def test_the_same_thing_is_told_once(self, outbox: Outbox) -> None:
        complaint = filed()
        person = _named(complaint)

        def twice(held: Complaint) -> None:
            assert notices.tell_complainant(held, "message:1")
            assert not notices.tell_complainant(held, "message:1")
            assert notices.tell_concerned(held.concerned[0])
            assert not notices.tell_concerned(held.concerned[0])
            assert notices.tell_concerned(held.concerned[0], "hearing", key="1")
            assert not notices.tell_concerned(held.concerned[0], "hearing", key="1")
            assert notices.tell_concerned(held.concerned[0], "hearing", key="2")

        _queued(complaint, twice)
        assert person.email and _deliver() == {"sent": 4}


class TestWanted:
    def test_not_where_the_complainant_is_no_longer_safe(self, outbox: Outbox, mailbox: Mailbox) -> None:
        complaint = filed()
        _queued(complaint, lambda held: notices.tell_complainant(held, "x"))

        def move(held: Complaint) -> None:
            held.sealed_content = to_json(
                from_dict(asdict(held.content) | {"email": "nieuw@voorbeeld.example"})
            )

        _queued(complaint, move)
        assert _deliver() == {"cancelled": 1}
        assert mailbox.to == []

    def test_not_to_who_is_no_longer_concerned(self, outbox: Outbox) -> None:
        complaint = filed()
        person = _named(complaint)
        _queued(complaint, lambda held: notices.tell_concerned(held.concerned[0]))
        _queued(complaint, lambda held: people.remove_concerned(held, person.id, "test"))
        assert _deliver() == {"cancelled": 1}

    def test_no_link_to_a_complaint_that_ended(self, outbox: Outbox) -> None:
        complaint = filed()
        _named(complaint)
        _queued(complaint, lambda held: notices.tell_concerned(held.concerned[0]))
        taken(complaint, Step.WITHDRAW)
        assert _deliver() == {"cancelled": 1}

    def test_staff_that_may_not_read_it_any_more(self, outbox: Outbox, mailbox: Mailbox) -> None:
        stays, left, named, asked, other = (
            staff(Role.COMPLAINTS),
            staff(Role.COMPLAINTS),
            staff(Role.COMPLAINTS),
            staff(Role.QUALITY),
            staff(Role.QUALITY),
        )
        complaint = filed()
        _queued(
            complaint,
            lambda held: people.name_handler(held, db.session.get_one(User, asked.id), "test"),
        )
        _tell(complaint, "message", stays, left, named, other)
        _named(complaint, user=named)
        with transaction():
            db.session.get_one(User, left.id).active = False
        assert _deliver() == {"sent": 2, "cancelled": 3}
        assert sorted(mailbox.to) == sorted([asked.email, stays.email]), "who was asked must read why"

    def test_a_question_that_was_taken_back(self, outbox: Outbox) -> None:
        asked = staff(Role.QUALITY)
        complaint = filed()
        _queued(complaint, lambda held: people.name_handler(held, db.session.get_one(User, asked.id), "test"))
        _queued(complaint, lambda held: people.name_handler(held, None, "test"))
        assert _deliver() == {"cancelled": 1}

    def test_a_complaint_that_is_not_there(self, outbox: Outbox) -> None:
        complaint = filed()
        _queued(complaint, lambda held: notices.tell_complainant(held, "x"))
        with transaction():
            db.session.delete(db.session.get_one(Complaint, complaint.id))
        assert _deliver() == {"cancelled": 1}


class TestUndelivered:
    def test_what_came_back_or_was_given_up_can_be_seen(
        self, outbox: Outbox, mailbox: Mailbox, later: Later
    ) -> None:
        gone, away = "weg@voorbeeld.example", "vol@voorbeeld.example"
        mailbox.recipients = {gone: "550 5.1.1 nobody", away: "451 4.2.2 full"}
        complaint, other = filed(content={"email": gone}), filed(content={"email": away})
        for one in (complaint, other):
            _queued(one, lambda held: notices.tell_complainant(held, "x"))
        for _attempt in range(MOST_ATTEMPTS):
            _deliver()
            later(timedelta(hours=7))
        assert _states(complaint) == [State.BOUNCED] and _states(other) == [State.DEAD]
        (back,), (given_up,) = undelivered(complaint), undelivered(other)
        assert (back.template, back.channel, back.came_back) == ("complaint_notice", "email", True)
        assert not given_up.came_back and given_up.problem

    def test_what_left_is_not_among_them(self, outbox: Outbox) -> None:
        complaint = filed()
        _queued(complaint, lambda held: notices.tell_complainant(held, "x"))
        _deliver()
        assert undelivered(complaint) == []


def test_development_shows_them(app: Flask, outbox: Outbox) -> None:
    complaint = filed(route=Route.DANGER)
    _queued(complaint, lambda held: notices.tell_complainant(held, secrets.token_hex(4)))
    _tell(complaint, "late", staff(Role.COMPLAINTS), on=date(2020, 1, 1), key="x")
    _tell(complaint, "new", staff(Role.COMPLAINTS))
    _deliver()
    client = app.test_client()
    listed = client.get("/ontwikkel/post").text
    assert "Er is een bericht voor u" in listed and f"gevaar, {complaint.reference}" in listed
    for kept in Folder(app.extensions["settings"].instance).posts(2):
        assert client.get(f"/ontwikkel/post/{kept.id}").status_code == 200
        assert client.get(f"/ontwikkel/post/{kept.id}/html").status_code == 200
