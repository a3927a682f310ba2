"""Messages both ways, and formal letters: once, told to the other side without a word of it."""

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from portal.audit.models import AuditEvent
from portal.complaints import letters, messages, notices, operations
from portal.complaints.content import Reach
from portal.complaints.letters import By, Kind
from portal.complaints.models import Complaint, ComplaintLetter, ComplaintMessage
from portal.complaints.rules import Step
from portal.db import db, transaction
from portal.identity.models import User
from portal.identity.rules import Role
from portal.outbox.models import Message
from tests.complaints.people import CODE, CONTENT, filed, handled_by, staff, taken
from tests.complaints.together import at_once, held

WORDS = "Kunt u mij morgen bellen? Ik durf het niet op te schrijven."
# What a notice may not say: anything of the person or the matter.
SECRET = (WORDS, CONTENT.what, CONTENT.about, CONTENT.name, "morgen")


def fresh(complaint: Complaint) -> Complaint:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Complaint, complaint.id)


def say(complaint: Complaint, words: str = WORDS, key: str = "k", author: int | None = None) -> int:
    with transaction():
        by = db.session.get_one(User, author) if author else None
        return messages.say(held(complaint), words, request_key=key, author=by).id


def queued() -> list[Message]:
    db.session.rollback()
    return list(db.session.scalars(select(Message).order_by(Message.id)))


def count(model: type) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


class TestMessages:
    def test_from_the_complainant_to_who_handles_it(self, app: Flask) -> None:
        complaint, handler = filed(), staff(Role.QUALITY)
        handled_by(complaint, handler)
        before = len(queued())
        say(complaint)
        (message,) = fresh(complaint).messages
        assert (message.words, message.from_complainant, message.author_id) == (WORDS, True, None)
        assert WORDS not in str(db.session.execute(text("SELECT * FROM complaint_message")).one())
        (notice,) = queued()[before:]
        assert (notice.to, notice.template) == (handler.email, "complaint_staff")
        assert not any(secret in str(notice.params) for secret in SECRET)

    def test_from_staff_over_the_safe_way(self, app: Flask) -> None:
        complaint, user = filed(), staff(Role.COMPLAINTS)
        say(complaint, author=user.id)
        (notice,) = queued()
        assert (notice.to, notice.template, notice.channel) == (CONTENT.email, "complaint_notice", "email")
        assert not any(secret in str(notice.params) for secret in SECRET)
        assert "KL-" not in notice.request_key

    @pytest.mark.parametrize(
        ("reach", "to"),
        [((Reach.SMS,), CONTENT.phone), ((Reach.PHONE,), None), ((Reach.LETTER,), None), ((), None)],
    )
    def test_no_notice_over_a_way_that_was_not_said_to_be_safe(
        self, app: Flask, reach: tuple[Reach, ...], to: str | None
    ) -> None:
        complaint, user = filed(content={"reach": reach}), staff(Role.COMPLAINTS)
        say(complaint, author=user.id)
        assert [notice.to for notice in queued()] == ([to] if to else [])

    def test_the_same_key_is_one_message_and_one_notice(self, app: Flask) -> None:
        complaint, user = filed(), staff(Role.COMPLAINTS)
        number = user.id
        found = at_once(app, *[lambda: say(complaint, author=number)] * 6)
        assert len(set(found)) == 1
        assert count(ComplaintMessage) == len(queued()) == 1
        say(complaint, key="another", author=number)
        assert count(ComplaintMessage) == len(queued()) == 2

    def test_only_the_same_words_of_one_side_about_one_complaint_are_a_repeat(self, app: Flask) -> None:
        one, two, user = filed(), filed(), staff(Role.COMPLAINTS)
        first = say(one)
        others = [say(one, "Anders"), say(two), say(one, author=user.id)]
        assert len({first, *others}) == 4
        assert [say(one, "Anders"), say(two), say(one, author=user.id)] == others
        assert say(one) == first
        assert count(ComplaintMessage) == 4

    @pytest.mark.parametrize("key", ["a\0b", "9" * 5000])
    def test_a_key_that_the_table_does_not_take(self, app: Flask, key: str) -> None:
        complaint = filed()
        assert say(complaint, key=key) == say(complaint, key=key) != say(complaint, "Anders", key=key)

    def test_read_by_the_other_side_only(self, app: Flask) -> None:
        complaint, user = filed(), staff(Role.COMPLAINTS)
        say(complaint, key="a")
        say(complaint, key="b", author=user.id)
        found = fresh(complaint)
        assert messages.unread(found, by_complainant=True) == 1
        assert messages.unread(found, by_complainant=False) == 1
        with transaction():
            messages.mark_read(held(complaint), by_complainant=True)
        found = fresh(complaint)
        assert messages.unread(found, by_complainant=True) == 0
        assert messages.unread(found, by_complainant=False) == 1
        moment = found.messages[1].read_at
        with transaction():
            messages.mark_read(held(complaint), by_complainant=True)
        assert fresh(complaint).messages[1].read_at == moment, "the first look counts"

    def test_broken_off_half_way_leaves_nothing(self, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(*_given: object, **_more: object) -> None:
            raise RuntimeError("the power went off")

        complaint, user = filed(), staff(Role.COMPLAINTS)
        events = count(AuditEvent)
        monkeypatch.setattr(notices, "tell_complainant", broken)
        with pytest.raises(RuntimeError):
            say(complaint, author=user.id)
        assert count(ComplaintMessage) == 0
        assert count(AuditEvent) == events
        assert queued() == []


class TestLetters:
    def send(
        self, complaint: Complaint, kind: Kind = Kind.OUTCOME, key: str = "k", by: By | None = None
    ) -> int:
        with transaction():
            return letters.send(held(complaint), kind, WORDS, request_key=key, actor="7", by=by).id

    @pytest.mark.parametrize(
        ("content", "by"),
        [
            ({}, By.DIGITAL),
            ({"formal_by_email": False}, By.POST),
            ({"email": ""}, By.POST),
            ({"formal_by_email": False, "reach": (Reach.EMAIL,)}, By.HAND),
            ({"formal_by_email": False, "street": ""}, By.HAND),
            ({"formal_by_email": False, "postcode": "", "place": ""}, By.HAND),
        ],
    )
    def test_only_as_was_agreed(self, app: Flask, content: dict[str, object], by: By) -> None:
        assert letters.way(filed(content=content)) is by

    def test_who_has_no_code_reads_nothing_digitally(self, app: Flask) -> None:
        complaint = filed()
        with transaction():
            operations.new_code(held(complaint), CODE, "hash", by_letter=True, actor="7")
        assert letters.way(fresh(complaint)) is By.POST

    def test_a_letter_is_kept_as_sent_and_once(self, app: Flask) -> None:
        complaint = filed()
        found = at_once(app, *[lambda: self.send(complaint)] * 4)
        assert len(set(found)) == 1
        (letter,) = fresh(complaint).letters
        assert (letter.words, letter.channel) == (WORDS, By.DIGITAL)
        assert letter.sent_on is not None
        assert WORDS not in str(db.session.execute(text("SELECT * FROM complaint_letter")).one())
        (notice,) = queued()
        assert notice.to == CONTENT.email
        assert letters.waiting(fresh(complaint)) == []

    def test_a_letter_on_paper_waits_and_is_told_by_nobody(self, app: Flask) -> None:
        complaint = filed(content={"formal_by_email": False})
        number = self.send(complaint)
        assert queued() == []
        assert [letter.id for letter in letters.waiting(fresh(complaint))] == [number]
        assert self.post(complaint, number)
        assert letters.waiting(fresh(complaint)) == []
        assert not self.post(complaint, number), "once"

    def post(self, complaint: Complaint, number: int) -> bool:
        with transaction():
            return letters.posted(held(complaint), db.session.get_one(ComplaintLetter, number), "7")

    def test_the_code_is_forgotten_with_the_last_letter_that_carries_it(self, app: Flask) -> None:
        complaint = filed(content={"formal_by_email": False})
        with transaction():
            operations.new_code(held(complaint), CODE, "hash", by_letter=True, actor="7")
        hearing = self.send(complaint, Kind.HEARING, "a")
        acknowledgement = self.send(complaint, Kind.ACKNOWLEDGEMENT, "b")
        code = self.send(complaint, Kind.CODE, "c")
        for number, still in ((hearing, CODE), (acknowledgement, CODE), (code, None)):
            assert self.post(complaint, number)
            assert fresh(complaint).code_sealed == still

    def test_a_letter_that_carries_no_code_leaves_it(self, app: Flask) -> None:
        complaint = filed(content={"formal_by_email": False})
        with transaction():
            operations.new_code(held(complaint), CODE, "hash", by_letter=True, actor="7")
        assert self.post(complaint, self.send(complaint, Kind.HEARING))
        assert fresh(complaint).code_sealed == CODE

    def test_what_ended_keeps_its_letters(self, app: Flask) -> None:
        complaint = filed()
        self.send(complaint)
        taken(complaint, Step.WITHDRAW)
        assert len(fresh(complaint).letters) == 1
