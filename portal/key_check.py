"""Whether the index key is the one that this database was filled with.

With another one nobody is found any more: who asked to be left alone would be written to, and the audit would
accuse everybody. So a keyed hash of a word that everybody knows lies in the database.
"""

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.config import ConfigError
from portal.crypto import keyring
from portal.db import Base, db

INDEX = "index"


class KeyCheck(Base):
    """By which a key is known, and which says nothing of it."""

    __tablename__ = "key_check"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    value: Mapped[str] = mapped_column(String(64))


def refuse_another() -> None:
    """Raises ConfigError, in one sentence, where the database was filled with another index key."""
    kept = db.session.scalar(select(KeyCheck.value).where(KeyCheck.name == INDEX))
    if kept is not None and kept != _value():
        raise ConfigError(
            "PORTAL_INDEX_KEY is een andere sleutel dan waarmee deze database is gevuld: niemand wordt er nog mee "
            "gevonden, ook niet wie met rust gelaten wil worden. Zet de goede terug. Er is niets veranderd."
        )


def keep() -> None:
    """Note, in the running transaction, which index key it is; where that was noted nothing changes."""
    if db.session.get(KeyCheck, INDEX) is None:
        db.session.add(KeyCheck(name=INDEX, value=_value()))


def _value() -> str:
    return keyring().index("key check", INDEX)
