"""Who did what, kept without the words people wrote."""

from datetime import date, datetime

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, UtcDateTime


class AuditEvent(Base):
    """One deed of one staff member or operator. Only ever added to."""

    __tablename__ = "audit_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(60))
    event: Mapped[str] = mapped_column(String(60))
    details: Mapped[dict[str, str]] = mapped_column(JSON)


class AuditDigest(Base):
    """A seal over the events since the one before it (see `chain`). Only ever added to."""

    __tablename__ = "audit_digest"

    id: Mapped[int] = mapped_column(primary_key=True)
    sealed_on: Mapped[date] = mapped_column(unique=True)
    first_id: Mapped[int]
    last_id: Mapped[int]
    events: Mapped[int]
    link: Mapped[str] = mapped_column(String(64))
