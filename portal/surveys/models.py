"""What the surveys keep. Who and what stand apart: nothing refers from an answer to a person."""

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.crypto import EncryptedText
from portal.db import Base, UtcDateTime, one_of
from portal.surveys.rules import Domain, Moment, Perspective, Pile


class QuestionnaireVersion(Base):
    """A published questionnaire. Never changed after publishing."""

    __tablename__ = "questionnaire_version"
    __table_args__ = (
        UniqueConstraint("moment", "version"),
        CheckConstraint(one_of("moment", Moment), name="moment"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    moment: Mapped[str] = mapped_column(String(10))
    version: Mapped[int]
    source: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Invitation(Base):
    """Somebody asked about one moment: the ledger of response. Knows the person, never the answer."""

    __tablename__ = "invitation"
    __table_args__ = (
        CheckConstraint(one_of("moment", Moment), name="moment"),
        CheckConstraint(one_of("domain", Domain), name="domain"),
        CheckConstraint(f"perspective IS NULL OR {one_of('perspective', Perspective)}", name="perspective"),
        # Everything the response page counts, so that it never reads the rows themselves.
        Index(
            "ix_invitation_response",
            "first_person",
            "invited_on",
            "moment",
            "domain",
            "delivered",
            "started",
            "completed",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    link_key_id: Mapped[str] = mapped_column(String(8))
    code_index: Mapped[str] = mapped_column(String(64), unique=True)
    moment: Mapped[str] = mapped_column(String(10))
    domain: Mapped[str] = mapped_column(String(10), default=Domain.UNKNOWN)
    perspective: Mapped[str | None] = mapped_column(String(15))
    language: Mapped[str] = mapped_column(String(8), default="nl")
    team: Mapped[str] = mapped_column(String(80), default="")
    channel: Mapped[str] = mapped_column(String(10), default="")
    parenting_help: Mapped[bool] = mapped_column(default=False)
    first_person: Mapped[bool] = mapped_column(default=True)
    name: Mapped[str | None] = mapped_column(EncryptedText)
    closes_on: Mapped[date] = mapped_column(Date)
    invited_on: Mapped[date | None] = mapped_column(Date)
    delivered: Mapped[bool] = mapped_column(default=False)
    started: Mapped[bool] = mapped_column(default=False)
    completed: Mapped[bool] = mapped_column(default=False)
    # Which open page sent it, so that a double click is told from a second tab. Says nothing of when.
    sent_from: Mapped[str | None] = mapped_column(String(16))
    call_requested: Mapped[bool] = mapped_column(default=False)
    opted_out: Mapped[bool] = mapped_column(default=False)
    # How many links for family members were made from this one. Which, and whether used, is not kept.
    family_links: Mapped[int] = mapped_column(default=0)
    is_demo: Mapped[bool] = mapped_column(default=False)
    # Only what is counted is left: the month and not the day, no name, team or language (see surveys.retention).
    forgotten: Mapped[bool] = mapped_column(default=False, server_default=false())

    draft: Mapped["Draft | None"] = relationship(
        back_populates="invitation", cascade="all, delete-orphan", passive_deletes=True
    )


class Draft(Base):
    """Answers not sent yet, so that one can go on later or on another phone. Read by nobody."""

    __tablename__ = "draft"

    invitation_id: Mapped[int] = mapped_column(
        ForeignKey("invitation.id", ondelete="CASCADE"), primary_key=True
    )
    version_id: Mapped[int] = mapped_column(ForeignKey("questionnaire_version.id"))
    language: Mapped[str | None] = mapped_column(String(8))
    page: Mapped[int] = mapped_column(default=1)
    body: Mapped[str] = mapped_column(EncryptedText)

    invitation: Mapped[Invitation] = relationship(back_populates="draft")


class LetterboxEntry(Base):
    """A sent answer, sealed, waiting to be shuffled among others. Refers to nobody."""

    __tablename__ = "letterbox_entry"
    __table_args__ = (
        CheckConstraint(one_of("pile", Pile), name="pile"),
        Index("ix_letterbox_entry_pile_quarter", "pile", "quarter"),
        {"sqlite_with_rowid": False},
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    pile: Mapped[str] = mapped_column(String(15))
    quarter: Mapped[str] = mapped_column(String(7))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class Response(Base):
    """An answer after the letterbox: a quarter and only those traits that enough others share."""

    __tablename__ = "response"
    __table_args__ = (
        CheckConstraint(one_of("pile", Pile), name="pile"),
        Index("ix_response_pile_quarter", "pile", "quarter"),
        {"sqlite_with_rowid": False},
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    pile: Mapped[str] = mapped_column(String(15))
    quarter: Mapped[str] = mapped_column(String(7))
    perspective: Mapped[str] = mapped_column(String(15))
    channel: Mapped[str] = mapped_column(String(10))
    language: Mapped[str] = mapped_column(String(8))
    team: Mapped[str] = mapped_column(String(80))

    choices: Mapped[list["ResponseChoice"]] = relationship(cascade="all, delete-orphan", passive_deletes=True)
    texts: Mapped[list["ResponseText"]] = relationship(cascade="all, delete-orphan", passive_deletes=True)


class ResponseChoice(Base):
    """One chosen answer; a question where more may be chosen has a row for each."""

    __tablename__ = "response_choice"
    __table_args__ = (
        Index("ix_response_choice_key_value", "key", "value"),
        {"sqlite_with_rowid": False},
    )

    response_id: Mapped[str] = mapped_column(ForeignKey("response.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[str] = mapped_column(String(60), primary_key=True)


class ResponseText(Base):
    """What somebody wrote, and whether it may be quoted without a name."""

    __tablename__ = "response_text"
    __table_args__ = ({"sqlite_with_rowid": False},)

    response_id: Mapped[str] = mapped_column(ForeignKey("response.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    body: Mapped[str] = mapped_column(EncryptedText)
    may_quote: Mapped[bool] = mapped_column(default=False)


class PaperEntry(Base):
    """That a paper was typed in, so that pressing twice enters it once. Says nothing of its answers."""

    __tablename__ = "paper_entry"
    __table_args__ = (
        CheckConstraint(one_of("moment", Moment), name="moment"),
        {"sqlite_with_rowid": False},
    )

    request_key: Mapped[str] = mapped_column(String(16), primary_key=True)
    moment: Mapped[str] = mapped_column(String(10))
    with_code: Mapped[bool]
