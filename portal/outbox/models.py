"""Messages that must leave, as rows written together with the fact that causes them (design 4.9)."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.crypto import EncryptedText
from portal.db import Base, UtcDateTime, one_of
from portal.outbox.rules import Channel, State


class Message(Base):
    """One message to one person. What it says is forgotten once it left."""

    __tablename__ = "message"
    __table_args__ = (
        CheckConstraint(one_of("channel", Channel), name="channel"),
        CheckConstraint(one_of("state", State), name="state"),
        Index("ix_message_state", "state", "due_at"),
        Index("ix_message_about", "about"),
        Index("ix_message_batch", "batch"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    # Known to the other side: message id of the mail, idempotency key of the text message.
    reference: Mapped[str] = mapped_column(String(32), unique=True)
    # The same thing is never queued twice.
    request_key: Mapped[str] = mapped_column(String(64), unique=True)
    # Which feature asked for it, and what it is about there.
    topic: Mapped[str] = mapped_column(String(20))
    about: Mapped[str] = mapped_column(String(64))
    channel: Mapped[str] = mapped_column(String(10))
    template: Mapped[str] = mapped_column(String(40))
    language: Mapped[str] = mapped_column(String(8))
    to: Mapped[str | None] = mapped_column(EncryptedText)
    params: Mapped[str | None] = mapped_column(EncryptedText)

    state: Mapped[str] = mapped_column(String(10), default=State.WAITING)
    queued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # Leaves only in the days and hours of the profile.
    in_hours: Mapped[bool] = mapped_column(default=False)
    attempts: Mapped[int] = mapped_column(default=0)
    # How often a worker died while sending it: it may have left, or not.
    unsure: Mapped[int] = mapped_column(default=0)
    claimed_by: Mapped[str | None] = mapped_column(String(32))
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    started: Mapped[bool] = mapped_column(default=False)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    segments: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str] = mapped_column(String(100), default="")
    batch: Mapped[str | None] = mapped_column(String(16))


class Pause(Base):
    """A topic whose messages wait until somebody lets them go."""

    __tablename__ = "pause"

    topic: Mapped[str] = mapped_column(String(20), primary_key=True)
    paused_at: Mapped[datetime] = mapped_column(UtcDateTime)
    paused_by: Mapped[str] = mapped_column(String(60))
