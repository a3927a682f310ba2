"""Evenings, who comes to them, who wants to hear of new ones, and what became of the advice."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.crypto import EncryptedText
from portal.db import Base, UtcDateTime, one_of
from portal.talks.advices.rules import Stage
from portal.talks.content import Person, from_json
from portal.talks.rules import State, Who


class Evening(Base):
    """One evening. Whether it is open, full or over is worked out from these facts."""

    __tablename__ = "evening"
    __table_args__ = (
        CheckConstraint("capacity > 0", name="capacity"),
        CheckConstraint("ends_at > starts_at", name="ends_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    # The address and the calendar file; stays the same when the evening moves.
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    # What was made once is there once.
    request_key: Mapped[str] = mapped_column(String(64), unique=True)
    theme: Mapped[str] = mapped_column(String(120))
    about: Mapped[str] = mapped_column(String(2000), default="")
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    place: Mapped[str] = mapped_column(String(200))
    route: Mapped[str] = mapped_column(String(1000), default="")
    access: Mapped[str] = mapped_column(String(1000), default="")
    capacity: Mapped[int] = mapped_column()
    # Goes up with each change that a calendar must take over (RFC 5545).
    sequence: Mapped[int] = mapped_column(default=0)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancelled_why: Mapped[str] = mapped_column(String(1000), default="")
    # What was said and what happens with it: on the page, and in the message of thanks.
    said: Mapped[str] = mapped_column(String(4000), default="")
    thanked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Counts that remain when who they were is forgotten.
    purged_on: Mapped[date | None] = mapped_column(Date)
    counted_in: Mapped[int | None] = mapped_column()
    counted_came: Mapped[int | None] = mapped_column()
    counted_waiting: Mapped[int | None] = mapped_column()
    is_demo: Mapped[bool] = mapped_column(default=False)

    signups: Mapped[list["SignUp"]] = relationship(order_by="SignUp.id", back_populates="evening")


class SignUp(Base):
    """Somebody who signed up for an evening. The order of the numbers is the order of the line."""

    __tablename__ = "sign_up"
    __table_args__ = (
        # The same person twice is one sign-up; who left may come again.
        UniqueConstraint("evening_id", "person_index"),
        CheckConstraint(one_of("state", State), name="state"),
        CheckConstraint(one_of("who", Who), name="who"),
        CheckConstraint("places IN (1, 2)", name="places"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    link_key_id: Mapped[str] = mapped_column(String(8))
    evening_id: Mapped[int] = mapped_column(ForeignKey("evening.id", ondelete="CASCADE"), index=True)
    request_key: Mapped[str] = mapped_column(String(64), unique=True)
    # By this somebody who signs up again is known; None once gone.
    person_index: Mapped[str | None] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(10))
    places: Mapped[int] = mapped_column()
    who: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(8), default="nl")
    sealed_person: Mapped[str] = mapped_column("person", EncryptedText)
    signed_up_on: Mapped[date] = mapped_column(Date)
    by_hand: Mapped[bool] = mapped_column(default=False)
    came: Mapped[bool | None] = mapped_column()

    evening: Mapped[Evening] = relationship(back_populates="signups")

    @property
    def person(self) -> Person:
        return from_json(self.sealed_person)


class Member(Base):
    """Somebody in the circle: told of new evenings once the address was confirmed."""

    __tablename__ = "circle_member"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    link_key_id: Mapped[str] = mapped_column(String(8))
    email_index: Mapped[str] = mapped_column(String(64), unique=True)
    email: Mapped[str] = mapped_column(EncryptedText)
    language: Mapped[str] = mapped_column(String(8), default="nl")
    asked_on: Mapped[date] = mapped_column(Date)
    confirmed_on: Mapped[date | None] = mapped_column(Date)


class Advice(Base):
    """One advice that parents gave, with what is done with it."""

    __tablename__ = "advice"

    id: Mapped[int] = mapped_column(primary_key=True)
    request_key: Mapped[str] = mapped_column(String(64), unique=True)
    evening_id: Mapped[int | None] = mapped_column(ForeignKey("evening.id", ondelete="SET NULL"))
    # One sentence, as everybody reads it.
    words: Mapped[str] = mapped_column(String(300))
    # Of our own who sees to it: a name, as likely as not.
    owner: Mapped[str] = mapped_column(EncryptedText, default="")
    due_on: Mapped[date | None] = mapped_column(Date)
    published: Mapped[bool] = mapped_column(default=False)
    is_demo: Mapped[bool] = mapped_column(default=False)

    steps: Mapped[list["AdviceStep"]] = relationship(
        order_by="AdviceStep.id", back_populates="advice", cascade="all, delete-orphan"
    )

    @property
    def stage(self) -> Stage:
        return Stage(self.steps[-1].stage)


class AdviceStep(Base):
    """One step of an advice, with the reason where one is owed."""

    __tablename__ = "advice_step"
    __table_args__ = (CheckConstraint(one_of("stage", Stage), name="stage"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    advice_id: Mapped[int] = mapped_column(ForeignKey("advice.id", ondelete="CASCADE"), index=True)
    stage: Mapped[str] = mapped_column(String(20))
    on: Mapped[date] = mapped_column(Date)
    words: Mapped[str] = mapped_column(String(1000), default="")

    advice: Mapped[Advice] = relationship(back_populates="steps")
