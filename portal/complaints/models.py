"""Complaints, what was done with them, and who has to do with them. Words of people are encrypted."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from portal.complaints.content import Content, from_json
from portal.complaints.rules import (
    Domain,
    Judgment,
    NotTakenUp,
    OnBehalf,
    Procedure,
    Route,
    Solved,
    Stage,
    Step,
    Via,
)
from portal.crypto import EncryptedText, keyring
from portal.db import Base, UtcDateTime, one_of
from portal.identity.models import User


class Complaint(Base):
    """One thing that somebody filed. Its stage and dates change only by `operations.take`."""

    __tablename__ = "complaint"
    __table_args__ = (
        UniqueConstraint("year", "number"),
        CheckConstraint(one_of("route", Route), name="route"),
        CheckConstraint(one_of("via", Via), name="via"),
        CheckConstraint(one_of("domain", Domain), name="domain"),
        CheckConstraint(one_of("procedure", Procedure), name="procedure"),
        CheckConstraint(one_of("stage", Stage), name="stage"),
        CheckConstraint(one_of("on_behalf", OnBehalf), name="on_behalf"),
        CheckConstraint(
            f"not_taken_up_reason IS NULL OR {one_of('not_taken_up_reason', NotTakenUp)}", name="reason"
        ),
        CheckConstraint(f"solved IS NULL OR {one_of('solved', Solved)}", name="solved"),
        CheckConstraint("decide_by > received_on", name="decide_by"),
        CheckConstraint("handler_id IS NULL OR handler_id <> deputy_id", name="deputy"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    year: Mapped[int] = mapped_column()
    number: Mapped[int] = mapped_column()
    # What was filed once is there once: the draft it came from, or the key of the page it was typed on.
    request_key: Mapped[str] = mapped_column(String(64), unique=True)
    # Slow hash of the receipt code, and the code itself only while a letter must still carry it.
    code_hash: Mapped[str | None] = mapped_column(String(200))
    code_sealed: Mapped[str | None] = mapped_column(EncryptedText)
    # The staff account that made the code and so may know it; None for one that the website showed.
    code_known_to: Mapped[int | None] = mapped_column(ForeignKey("staff_user.id"))

    route: Mapped[str] = mapped_column(String(20))
    via: Mapped[str] = mapped_column(String(10))
    domain: Mapped[str] = mapped_column(String(10))
    procedure: Mapped[str] = mapped_column(String(10))
    stage: Mapped[str] = mapped_column(String(20), default=Stage.RECEIVED, index=True)
    on_behalf: Mapped[str] = mapped_column(String(20), default=OnBehalf.SELF)
    theme: Mapped[str] = mapped_column(String(40), default="")
    language: Mapped[str] = mapped_column(String(8), default="nl")
    young: Mapped[bool] = mapped_column(default=False)
    is_demo: Mapped[bool] = mapped_column(default=False)
    sealed_content: Mapped[str] = mapped_column("content", EncryptedText)
    # By these another complaint from the same address is found without reading it; None where none was given.
    email_index: Mapped[str | None] = mapped_column(String(64), index=True)
    phone_index: Mapped[str | None] = mapped_column(String(64), index=True)

    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    received_on: Mapped[date] = mapped_column(Date)
    # Promises, as they were made.
    not_taken_up_by: Mapped[date] = mapped_column(Date)
    decide_by: Mapped[date] = mapped_column(Date)
    answer_by: Mapped[date | None] = mapped_column(Date)
    committee: Mapped[bool] = mapped_column(default=False)
    extended: Mapped[bool] = mapped_column(default=False)
    later_asked: Mapped[date | None] = mapped_column(Date)

    hearing_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    hearing_place: Mapped[str | None] = mapped_column(EncryptedText)

    handler_id: Mapped[int | None] = mapped_column(ForeignKey("staff_user.id"))
    # When the handler declared not to have been involved (Awb 9:7).
    handler_declared_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deputy_id: Mapped[int | None] = mapped_column(ForeignKey("staff_user.id"))
    deputy_until: Mapped[date | None] = mapped_column(Date)
    deputy_declared_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    not_taken_up_reason: Mapped[str | None] = mapped_column(String(20))
    # When the outcome was told, or when it ended otherwise.
    ended_on: Mapped[date | None] = mapped_column(Date)
    solved: Mapped[str | None] = mapped_column(String(10))
    # From this day only what is counted is left of it: who, what and the words are gone.
    erased_on: Mapped[date | None] = mapped_column(Date)

    handler: Mapped[User | None] = relationship(foreign_keys=[handler_id])
    deputy: Mapped[User | None] = relationship(foreign_keys=[deputy_id])
    steps: Mapped[list["ComplaintStep"]] = relationship(
        order_by="ComplaintStep.id", back_populates="complaint"
    )
    parts: Mapped[list["ComplaintPart"]] = relationship(order_by="ComplaintPart.number")
    messages: Mapped[list["ComplaintMessage"]] = relationship(order_by="ComplaintMessage.id")
    letters: Mapped[list["ComplaintLetter"]] = relationship(order_by="ComplaintLetter.id")
    attachments: Mapped[list["Attachment"]] = relationship(order_by="Attachment.id")
    concerned: Mapped[list["PersonConcerned"]] = relationship(order_by="PersonConcerned.id")

    @property
    def reference(self) -> str:
        """As people read it aloud: KL-2026-0001."""
        return reference_of(self.year, self.number)

    @property
    def content(self) -> Content:
        return from_json(self.sealed_content)


class ComplaintSession(Base):
    """One browser in which a complaint is followed. Without its row the cookie is worth nothing."""

    __tablename__ = "complaint_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    # Keyed hash of the secret in the cookie: who reads this table is not let in by it.
    key_index: Mapped[str] = mapped_column(String(64), unique=True)
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), index=True)
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # Written at most once a minute.
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ComplaintStep(Base):
    """One step that was taken. Only ever added to; the timeline is these rows."""

    __tablename__ = "complaint_step"
    __table_args__ = (CheckConstraint(one_of("step", Step), name="step"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), index=True)
    step: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    # The day it happened, which can be before somebody wrote it down.
    on: Mapped[date] = mapped_column(Date)
    # Number of a staff account, "complainant" or "portal".
    actor: Mapped[str] = mapped_column(String(60))
    # JSON of texts: what was agreed, why, whom it was passed on to.
    details: Mapped[str] = mapped_column(EncryptedText, default="{}")

    complaint: Mapped[Complaint] = relationship(back_populates="steps")


class ComplaintPart(Base):
    """One part of a complaint with what was found of it (Awb 9:12)."""

    __tablename__ = "complaint_part"
    __table_args__ = (
        UniqueConstraint("complaint_id", "number"),
        CheckConstraint(f"judgment IS NULL OR {one_of('judgment', Judgment)}", name="judgment"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"))
    number: Mapped[int] = mapped_column()
    words: Mapped[str] = mapped_column(EncryptedText)
    judgment: Mapped[str | None] = mapped_column(String(20))
    reasons: Mapped[str] = mapped_column(EncryptedText, default="")


class ComplaintMessage(Base):
    """A message between the complainant and who handles it."""

    __tablename__ = "complaint_message"

    id: Mapped[int] = mapped_column(primary_key=True)
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), index=True)
    request_key: Mapped[str] = mapped_column(String(64), unique=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    from_complainant: Mapped[bool] = mapped_column()
    # Number of the staff account that wrote it; None for the complainant.
    author_id: Mapped[int | None] = mapped_column(ForeignKey("staff_user.id"))
    words: Mapped[str] = mapped_column(EncryptedText)
    # When the other side opened it.
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ComplaintLetter(Base):
    """A formal letter, kept as it was sent."""

    __tablename__ = "complaint_letter"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('acknowledgement', 'not_taken_up', 'hearing', 'extension', 'outcome', 'answer', 'code',"
            " 'committee', 'passed_on')",
            name="kind",
        ),
        CheckConstraint("channel IN ('digital', 'post', 'hand')", name="channel"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), index=True)
    request_key: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[str] = mapped_column(String(20))
    channel: Mapped[str] = mapped_column(String(10))
    language: Mapped[str] = mapped_column(String(8))
    words: Mapped[str] = mapped_column(EncryptedText)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(String(60))
    # None while it waits to be printed and posted.
    sent_on: Mapped[date | None] = mapped_column(Date)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Attachment(Base):
    """A file with a complaint or with a draft, encrypted; only ever downloaded."""

    __tablename__ = "complaint_attachment"
    __table_args__ = (
        CheckConstraint("(complaint_id IS NULL) <> (draft_id IS NULL)", name="one_owner"),
        CheckConstraint("kind IN ('pdf', 'jpg', 'png')", name="kind"),
        Index("ix_complaint_attachment_complaint_id", "complaint_id"),
        Index("ix_complaint_attachment_draft_id", "draft_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    complaint_id: Mapped[int | None] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"))
    draft_id: Mapped[int | None] = mapped_column(ForeignKey("complaint_draft.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(EncryptedText)
    kind: Mapped[str] = mapped_column(String(4))
    size: Mapped[int] = mapped_column()
    sealed: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


class ComplaintDraft(Base):
    """What somebody is still filling in. Read by nobody; gone when it is sent or has lain too long."""

    __tablename__ = "complaint_draft"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    link_key_id: Mapped[str] = mapped_column(String(8))
    code_index: Mapped[str] = mapped_column(String(64), unique=True)
    # JSON: the content, with route, on_behalf, domain, young.
    body: Mapped[str] = mapped_column(EncryptedText)
    language: Mapped[str] = mapped_column(String(8), default="nl")
    kept_until: Mapped[date] = mapped_column(Date)

    attachments: Mapped[list[Attachment]] = relationship(order_by=Attachment.id)


class PersonConcerned(Base):
    """Somebody whom a complaint is about, with a personal link to answer it (Awb 9:9, 9:10)."""

    __tablename__ = "person_concerned"
    __table_args__ = (
        UniqueConstraint("complaint_id", "staff_id"),
        UniqueConstraint("email_index", "complaint_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), index=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    link_key_id: Mapped[str] = mapped_column(String(8))
    # Chosen from the staff accounts, or typed.
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff_user.id"))
    name: Mapped[str] = mapped_column(EncryptedText)
    email: Mapped[str] = mapped_column(EncryptedText, default="")
    # Keyed hash of the address: somebody typed may get an account only later. Written with `email`.
    email_index: Mapped[str | None] = mapped_column(String(64))
    reply: Mapped[str | None] = mapped_column(EncryptedText)
    replied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    complaint: Mapped[Complaint] = relationship(back_populates="concerned")

    @validates("email")
    def _find_by(self, _name: str, email: str) -> str:
        self.email_index = index_of_email(email)
        return email


def reference_of(year: int, number: int) -> str:
    """How a complaint is called: KL-2026-0001."""
    return f"KL-{year}-{number:04d}"


def index_of_email(email: str) -> str | None:
    """By what a person concerned is found, whoever typed the address; None without one."""
    address = email.strip().lower()
    return keyring().index("person-concerned", address) if address else None


class Measure(Base):
    """What we change because of what we heard, until it is done."""

    __tablename__ = "measure"
    __table_args__ = (CheckConstraint("done_on IS NULL OR done_by IS NOT NULL", name="done"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    request_key: Mapped[str] = mapped_column(String(64), unique=True)
    complaint_id: Mapped[int | None] = mapped_column(
        ForeignKey("complaint.id", ondelete="SET NULL"), index=True
    )
    theme: Mapped[str] = mapped_column(String(40), default="")
    words: Mapped[str] = mapped_column(EncryptedText)
    owner: Mapped[str] = mapped_column(EncryptedText)
    made_on: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)
    done_on: Mapped[date | None] = mapped_column(Date)
    done_by: Mapped[str | None] = mapped_column(String(60))


class Objection(Base):
    """An objection or appeal, counted for the yearly report. Says nothing of who made it."""

    __tablename__ = "objection"
    __table_args__ = (
        CheckConstraint("kind IN ('objection', 'appeal')", name="kind"),
        CheckConstraint("subject IN ('pgb', 'zin', 'other')", name="subject"),
        CheckConstraint(
            "outcome IS NULL OR outcome IN ('withdrawn', 'upheld', 'partly_upheld', 'not_upheld', 'inadmissible')",
            name="outcome",
        ),
        CheckConstraint("(outcome IS NULL) = (ended_on IS NULL)", name="ended"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    request_key: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[str] = mapped_column(String(10))
    subject: Mapped[str] = mapped_column(String(10))
    received_on: Mapped[date] = mapped_column(Date)
    outcome: Mapped[str | None] = mapped_column(String(20))
    ended_on: Mapped[date | None] = mapped_column(Date)
    complaint_id: Mapped[int | None] = mapped_column(ForeignKey("complaint.id", ondelete="SET NULL"))
