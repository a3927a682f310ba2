"""What may not be thrown away yet, although its term is over."""

from datetime import date

from sqlalchemy import CheckConstraint, Date, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.crypto import EncryptedText
from portal.db import Base


class Hold(Base):
    """That something stays, and why: a court case, a question of the supervisor. Until somebody ends it."""

    __tablename__ = "hold"
    __table_args__ = (CheckConstraint("(ended_on IS NULL) = (ended_by IS NULL)", name="ended"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    # A kind of retention.rules.Kind.
    kind: Mapped[str] = mapped_column(String(30))
    # The one it is about, such as KL-2026-0001; empty for the whole kind.
    about: Mapped[str] = mapped_column(String(40), default="")
    reason: Mapped[str] = mapped_column(EncryptedText)
    since: Mapped[date] = mapped_column(Date)
    placed_by: Mapped[str] = mapped_column(String(60))
    ended_on: Mapped[date | None] = mapped_column(Date)
    ended_by: Mapped[str | None] = mapped_column(String(60))
