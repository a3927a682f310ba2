"""Whom to ask, how to reach them, and who is left alone."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.crypto import EncryptedText
from portal.db import Base, UtcDateTime, one_of
from portal.surveys.inviting.rules import NotAsked, Protected, StopReason
from portal.surveys.models import Invitation


class Contact(Base):
    """How the person of an invitation can be reached, and where asking stands. Made by the import."""

    __tablename__ = "contact"
    __table_args__ = (
        CheckConstraint(f"not_asked IS NULL OR {one_of('not_asked', NotAsked)}", name="not_asked"),
        Index("ix_contact_next_on", "next_on"),
        Index("ix_contact_case_index", "case_index"),
        Index("ix_contact_email_index", "email_index"),
        Index("ix_contact_phone_index", "phone_index"),
        Index("ix_contact_post_index", "post_index"),
    )

    invitation_id: Mapped[int] = mapped_column(
        ForeignKey("invitation.id", ondelete="CASCADE"), primary_key=True
    )
    # By which the same row of a later export is known again, and by which a change in it is seen.
    identity_index: Mapped[str] = mapped_column(String(64), unique=True)
    details_index: Mapped[str] = mapped_column(String(64))
    case_number: Mapped[str] = mapped_column(EncryptedText)
    case_index: Mapped[str] = mapped_column(String(64))
    happened_on: Mapped[date] = mapped_column(Date)

    email: Mapped[str | None] = mapped_column(EncryptedText)
    email_index: Mapped[str | None] = mapped_column(String(64))
    phone: Mapped[str | None] = mapped_column(EncryptedText)
    phone_index: Mapped[str | None] = mapped_column(String(64))
    street: Mapped[str | None] = mapped_column(EncryptedText)
    postcode: Mapped[str | None] = mapped_column(EncryptedText)
    place: Mapped[str | None] = mapped_column(EncryptedText)
    post_index: Mapped[str | None] = mapped_column(String(64))

    # A channel that brought a message back is used no more.
    email_lost: Mapped[bool] = mapped_column(default=False)
    phone_lost: Mapped[bool] = mapped_column(default=False)
    post_lost: Mapped[bool] = mapped_column(default=False)

    # How many steps of the profile's plan were taken, and from which day the next may be.
    steps: Mapped[int] = mapped_column(default=0)
    next_on: Mapped[date | None] = mapped_column(Date)
    not_asked: Mapped[str | None] = mapped_column(String(20))
    not_asked_on: Mapped[date | None] = mapped_column(Date)

    invitation: Mapped[Invitation] = relationship()


class NoContact(Base):
    """An address or a case that is left alone. Keeps the value encrypted, so that hashes can be rebuilt.

    What one person asked for is one group: whoever finds a row of it finds all, also when nothing else is known of
    that person any more. An address that two people have is there once for each of them who asked.
    """

    __tablename__ = "no_contact"
    __table_args__ = (
        CheckConstraint(one_of("kind", Protected), name="kind"),
        CheckConstraint(one_of("reason", StopReason), name="reason"),
        UniqueConstraint("kind", "value_index", "group_index"),
        Index("ix_no_contact_group_index", "group_index"),
        Index("ix_no_contact_case_index", "case_index"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    value_index: Mapped[str] = mapped_column(String(64))
    value: Mapped[str] = mapped_column(EncryptedText)
    reason: Mapped[str] = mapped_column(String(20))
    since: Mapped[date] = mapped_column(Date)
    # Who said so: the id of a staff account, or "self" for the person.
    actor: Mapped[str] = mapped_column(String(60))
    # Keyed hash of the person; empty for what stands by itself, such as a case, or was kept before there were groups.
    group_index: Mapped[str] = mapped_column(String(64), default="", server_default="")
    # By which who was only ever written on paper is found again: there the name is part of the address.
    case_index: Mapped[str | None] = mapped_column(String(64))


class ImportFile(Base):
    """An uploaded export between its preview and being taken in. Gone afterwards, or after the term of the profile."""

    __tablename__ = "import_file"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    uploaded_by: Mapped[str] = mapped_column(String(60))
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime)
