"""Keys at work: encryption at rest, look-up hashes, and the MACs behind personal links."""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from flask import current_app
from sqlalchemy import LargeBinary, type_coerce
from sqlalchemy.types import TypeDecorator

PUBLIC_ID_BYTES = 8
MAC_BYTES = 10
TOKEN_LENGTH = 24
CODE_LENGTH = 10
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


# How everything begins that was encrypted without a time: the version and eight zeros.
SEALED_WITHIN = re.compile(r"gAAAAAAAAAAA[\w-]+={0,2}", re.ASCII)


class LostKey(Exception):
    """Data was encrypted, or a link made, under a key that is no longer configured."""


class Keyring:
    """All keys of one running portal. Of data and link keys the first is used, the others still verify."""

    def __init__(self, *, data_keys: Sequence[str], link_keys: Sequence[str], index_key: str) -> None:
        self._newest = Fernet(data_keys[0])
        self._fernet = MultiFernet([Fernet(key) for key in data_keys])
        self._link_keys = {_key_id(key): key.encode() for key in link_keys}
        self._index_key = index_key.encode()
        self.link_key_id = _key_id(link_keys[0])

    def encrypt(self, text: str) -> bytes:
        """Encrypt without the time: Fernet writes a clear timestamp, and a time can be a name."""
        return self.encrypt_bytes(text.encode())

    def encrypt_bytes(self, data: bytes) -> bytes:
        """The same for what is no text; takes some four times its size in memory while it works."""
        return self._fernet.encrypt_at_time(data, 0)

    def decrypt(self, sealed: bytes) -> str:
        """The text. Raises LostKey when none of the keys fits."""
        return self.decrypt_bytes(sealed).decode()

    def decrypt_bytes(self, sealed: bytes) -> bytes:
        """What `encrypt_bytes` was given. Raises LostKey when none of the keys fits."""
        try:
            return self._fernet.decrypt(bytes(sealed))
        except InvalidToken as error:
            raise LostKey("Deze gegevens zijn versleuteld met een sleutel die er niet meer is.") from error

    def resealed(self, sealed: bytes) -> bytes | None:
        """The same under the newest data key; None where it is under that already. Raises LostKey when no key fits."""
        try:
            self._newest.decrypt(sealed)
        except InvalidToken:
            return self.encrypt_bytes(self.decrypt_bytes(sealed))
        return None

    def resealed_within(self, text: str) -> str | None:
        """The same for a text with sealed values among other things, such as JSON."""
        found = SEALED_WITHIN.findall(text)
        anew = {sealed: made.decode() for sealed in found if (made := self.resealed(sealed.encode()))}
        return SEALED_WITHIN.sub(lambda old: anew.get(old[0], old[0]), text) if anew else None

    def index(self, purpose: str, value: str) -> str:
        """A keyed hash by which a value can be found without being kept."""
        return hmac.new(self._index_key, f"{purpose}\0{value}".encode(), hashlib.sha256).hexdigest()

    def token(self, public_id: str, key_id: str) -> str:
        """The last part of a personal link: public id and MAC, 24 characters. Raises LostKey, as `code` does."""
        identifier = bytes.fromhex(public_id)
        return base64.urlsafe_b64encode(identifier + self._mac(key_id, b"link", identifier)).decode()

    def knows(self, token: str, public_id: str, key_id: str) -> bool:
        """Whether the token is the one we made for this public id."""
        if key_id not in self._link_keys:
            return False
        return hmac.compare_digest(self.token(public_id, key_id).encode(), token.encode())

    def code(self, public_id: str, key_id: str) -> str:
        """The letter code: ten characters of Crockford's base32, made again whenever it is printed."""
        mac = self._mac(key_id, b"code", bytes.fromhex(public_id))
        number = int.from_bytes(mac, "big")
        return "".join(CROCKFORD[(number >> (5 * place)) & 31] for place in range(CODE_LENGTH))

    def form_mark(self, public_id: str, purpose: str) -> str:
        """The hidden field of a personal page: binds a post to this link without a cookie (design 4.8)."""
        mac = self._mac(self.link_key_id, b"form", f"{public_id}\0{purpose}".encode())
        return base64.urlsafe_b64encode(mac).decode().rstrip("=")

    def form_mark_fits(self, mark: str, public_id: str, purpose: str) -> bool:
        for key_id in self._link_keys:
            mac = self._mac(key_id, b"form", f"{public_id}\0{purpose}".encode())
            made = base64.urlsafe_b64encode(mac).decode().rstrip("=")
            if hmac.compare_digest(made.encode(), mark.encode()):
                return True
        return False

    def _mac(self, key_id: str, purpose: bytes, value: bytes) -> bytes:
        key = self._link_keys.get(key_id)
        if key is None:
            raise LostKey("Deze link is gemaakt met een sleutel die er niet meer is.")
        return hmac.new(key, purpose + b"\0" + value, hashlib.sha256).digest()[:MAC_BYTES]


def public_id_of(token: str) -> str | None:
    """The public id inside a token, or None when the text is not shaped like one."""
    if len(token) != TOKEN_LENGTH:
        return None
    try:
        raw = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
    except ValueError:
        return None
    return raw[:PUBLIC_ID_BYTES].hex()


def new_public_id() -> str:
    return secrets.token_hex(PUBLIC_ID_BYTES)


def keyring() -> Keyring:
    """The keys of the running portal."""
    found: Keyring = current_app.extensions["keyring"]
    return found


class EncryptedText(TypeDecorator[str]):
    """A text column that the database only ever sees encrypted."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> bytes | None:
        return None if value is None else keyring().encrypt(value)

    def process_result_value(self, value: bytes | None, dialect: Any) -> str | None:
        return None if value is None else keyring().decrypt(value)


def as_it_lies(column: Any) -> Any:
    """An encrypted column as the database has it, for who opens row by row: one lost key is not the end of all."""
    return type_coerce(column, LargeBinary)


@dataclass
class Search:
    """A search through what is sealed: how much of it could not be read, and whether all of it was looked at."""

    lost: int = 0
    """How many values no key opens."""
    is_cut: bool = False
    """Whether there was more than is ever opened at once."""

    def text(self, sealed: bytes) -> str | None:
        """The text; None, and counted, where no key opens it."""
        try:
            return keyring().decrypt(sealed)
        except LostKey:
            self.lost += 1
            return None


def _key_id(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:8]
