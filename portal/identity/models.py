"""Staff accounts, and the wrong tries that slow guessing.

Our own columns on the library's mixins, and not its ready-made models: those also keep the addresses
people sign in from, telephone numbers and times without a zone, which we have no use for.
"""

from collections.abc import Iterable
from datetime import date, datetime

from flask_security import AsaList, RoleMixin, UserMixin, hash_password
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    String,
    Table,
)
from sqlalchemy.ext.mutable import MutableList
from sqlalchemy.orm import ColumnProperty, Mapped, column_property, mapped_column, relationship, validates

from portal.crypto import EncryptedText, keyring
from portal.db import Base, UtcDateTime
from portal.identity import rules

staff_user_role = Table(
    "staff_user_role",
    Base.metadata,
    Column("user_id", ForeignKey("staff_user.id", ondelete="CASCADE"), primary_key=True),
    Column("role_id", ForeignKey("staff_role.id"), primary_key=True),
)


class Role(RoleMixin, Base):
    """One of the roles in the rules, as a row that accounts point to."""

    __tablename__ = "staff_role"
    __table_args__ = (
        CheckConstraint("name IN ({})".format(", ".join(f"'{role}'" for role in rules.Role)), name="known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(20), unique=True)


class _FoundByIndex(ColumnProperty.Comparator[str]):
    """What makes `User.email == address` true: the keyed hash, because what is sealed is never twice the same."""

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> ColumnElement[bool]:  # type: ignore[override]
        if not isinstance(other, str):
            raise TypeError("an address is found by its hash: nothing of the database is one")
        return User.email_index == index_of_address(other)

    def in_(self, other: Iterable[str]) -> ColumnElement[bool]:  # type: ignore[override]
        return User.email_index.in_([index_of_address(one) for one in other])


def index_of_address(email: str) -> str:
    """By what an account is found: nobody can try addresses out on it without the index key."""
    return keyring().index("staff-account", email)


class User(UserMixin, Base):
    """Somebody who can sign in.

    Who they are is sealed: beside the number of an account a complaint says whom it is about, and who has the database
    alone must not read that.

    The secret of the authenticator app and the recovery codes come to their columns already sealed under
    the portal's data keys (see `accounts`), because the secret also travels in a cookie while it is set up.
    """

    __tablename__ = "staff_user"

    id: Mapped[int] = mapped_column(primary_key=True)
    # In small letters. Lists are put in order when they are read: the database sees no alphabet in it.
    email: Mapped[str] = column_property(
        Column("email", EncryptedText, nullable=False), comparator_factory=_FoundByIndex
    )
    # Written with `email`.
    email_index: Mapped[str] = mapped_column(String(64), unique=True)
    password: Mapped[str] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(default=True)
    # From here on counts the term after which it is emptied: no address, password or app, only its number.
    closed_on: Mapped[date | None] = mapped_column(Date)
    emptied_on: Mapped[date | None] = mapped_column(Date)
    is_demo: Mapped[bool] = mapped_column(default=False)
    # In every session cookie; a new value ends all sessions of this person.
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    # False until the link of the invitation was used to choose a password.
    joined: Mapped[bool] = mapped_column(default=True)
    tf_primary_method: Mapped[str | None] = mapped_column(String(20))
    tf_totp_secret: Mapped[str | None] = mapped_column(String(500))
    # The half minute of the last code that was used: no code works twice.
    tf_last_counter: Mapped[int | None] = mapped_column(BigInteger)
    mf_recovery_codes: Mapped[list[str] | None] = mapped_column(MutableList.as_mutable(AsaList()))
    roles: Mapped[list[Role]] = relationship(secondary=staff_user_role, order_by=Role.id)

    @validates("email")
    def _find_by(self, _name: str, email: str) -> str:
        self.email_index = index_of_address(email)
        return email

    def verify_and_update_password(self, password: str) -> bool:
        """Whether it is the password. Who has not chosen one yet has none, and finding that out costs as much."""
        if not self.joined:
            hash_password(password)
            return False
        return bool(super().verify_and_update_password(password))

    @property
    def role_names(self) -> frozenset[str]:
        return frozenset(role.name for role in self.roles)


class StaffSession(Base):
    """One browser in which somebody is signed in. Without its row the cookie is worth nothing."""

    __tablename__ = "staff_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    # Keyed hash of the secret in the cookie: who reads this table is not let in by it.
    key_index: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("staff_user.id", ondelete="CASCADE"), index=True)
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # Written at most once a minute.
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # "Firefox, Windows": enough to know one's own, and no more.
    device: Mapped[str] = mapped_column(String(40), default="")


class StaffLink(Base):
    """The link by which somebody chooses a password: an invitation, or a way back in. One an account, used once."""

    __tablename__ = "staff_link"

    user_id: Mapped[int] = mapped_column(ForeignKey("staff_user.id", ondelete="CASCADE"), primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    link_key_id: Mapped[str] = mapped_column(String(8))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Attempt(Base):
    """One wrong try at a password or a code, or one use of what a stranger could do too often. Kept for an hour at
    most."""

    __tablename__ = "attempt"
    __table_args__ = (Index(None, "kind", "source", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    source: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
