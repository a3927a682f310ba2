"""Who did what, kept without the words people wrote."""

from datetime import date, datetime

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.audit import chain
from portal.db import Base, UtcDateTime


class AuditEvent(Base):
    """One deed of one staff member or operator. Only ever added to; gone when its seal was purged."""

    __tablename__ = "audit_event"
    # A number is never given twice, also when all before it are gone: it says under which seal an event is.
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(60))
    event: Mapped[str] = mapped_column(String(60))
    details: Mapped[dict[str, str]] = mapped_column(JSON)
    # Made with the index key when it is recorded (see `chain.marked`); a trigger refuses an event without.
    mac: Mapped[str | None] = mapped_column(String(80), unique=True, index=True)

    @property
    def entry(self) -> chain.Entry:
        return chain.Entry(self.id, self.at, self.actor, self.event, self.details)


class AuditDigest(Base):
    """A seal over the events since the one before it (see `chain`). Only ever added to, and outlives its events."""

    __tablename__ = "audit_digest"
    # So that it shows when seals were cut off at the end.
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    sealed_on: Mapped[date] = mapped_column(unique=True)
    # The promise as it was made: a longer or shorter term in the profile holds from then on.
    kept_until: Mapped[date]
    first_id: Mapped[int]
    last_id: Mapped[int]
    events: Mapped[int]
    content: Mapped[str] = mapped_column(String(64))
    link: Mapped[str] = mapped_column(String(64))
    # When its events were thrown away. Not under the seal: `sealing.verify` judges it.
    purged_on: Mapped[date | None]

    @property
    def seal(self) -> chain.Seal:
        return chain.Seal(
            self.sealed_on, self.kept_until, self.first_id, self.last_id, self.events, self.content
        )
