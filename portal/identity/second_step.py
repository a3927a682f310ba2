"""The second step of signing in: the codes of an authenticator app, and the recovery codes on paper.

Both are sealed under the portal's own data keys, not under keys of the library: one key ring to rotate,
and an app's secret stays sealed in the session cookie too, which is signed but can be read.
"""

from base64 import b32decode, b32encode
from typing import Any

import segno
from flask import current_app, session
from flask_login import current_user
from flask_security import MfRecoveryCodesUtil
from flask_security import Totp as LibraryTotp
from markupsafe import Markup
from passlib.exc import UsedTokenError
from passlib.totp import TOTP, AppWallet, TotpMatch
from sqlalchemy import or_, select, update

from portal.audit.operations import record
from portal.crypto import keyring
from portal.db import transaction
from portal.identity.models import User

METHOD = "authenticator"
SEALED = "sealed"
SETTING_UP = "validating_profile"
"""How the library calls it in the session that an app is being set up and no code fitted yet."""


class Wallet(AppWallet):
    """Seals the secrets of apps with the portal's key ring."""

    has_secrets = True

    def encrypt_key(self, key: bytes) -> dict[str, str]:
        return {SEALED: keyring().encrypt(b32encode(key).decode()).decode()}

    def decrypt_key(self, enckey: dict[str, str]) -> tuple[bytes, bool]:
        """The secret, and whether it wants sealing anew. Raises LostKey when no key fits."""
        return b32decode(keyring().decrypt(enckey[SEALED].encode())), False


class Totp(LibraryTotp):
    """The library's codes, sealed with our keys and good for one use."""

    def __init__(self, secrets: Any, issuer: str) -> None:
        self._totp = TOTP.using(issuer=issuer, wallet=Wallet())

    def seal(self, secret: str) -> str:
        """A secret in base32, as the column keeps it."""
        sealed: str = self._totp(key=secret).to_json(encrypt=True)
        return sealed

    def get_last_counter(self, user: Any) -> int | None:
        counter: int | None = user.tf_last_counter
        return counter

    def set_last_counter(self, user: Any, tmatch: TotpMatch) -> None:
        """Note that the code was used. Raises UsedTokenError when another request was first."""
        user_id = user.id
        with transaction() as session:
            noted = session.scalar(
                update(User)
                .where(User.id == user_id)
                .where(or_(User.tf_last_counter.is_(None), User.tf_last_counter < tmatch.counter))
                .values(tf_last_counter=tmatch.counter)
                .returning(User.id)
                .execution_options(synchronize_session=False)
            )
        if noted is None:
            raise UsedTokenError

    def generate_qrcode(self, username: str, totp: str) -> str:
        """The picture to scan, drawn in the page itself. Who cannot scan reads the secret below it."""
        code = segno.make(self.get_totp_uri(username, totp), error="m")
        # Its text is drawn as squares: nothing of it is markup.
        return Markup(code.svg_inline(scale=5, dark="#1f2a2e", light="#fff", svgclass="qr"))  # noqa: S704


class RecoveryCodes(MfRecoveryCodesUtil):
    """Recovery codes that work once, also when two requests come at the same moment."""

    def create_recovery_codes(self, user: Any) -> list[str]:
        """New codes, in place of the ones before. That they were made is recorded with them."""
        codes: list[str] = super().create_recovery_codes(user)
        record("staff.second_step", str(user.id), user=str(user.id), how="codes")
        return codes

    def check_recovery_code(self, user: Any, code: str) -> bool:
        """Whether the code is one of this person's. If so it is spent at once."""
        user_id = user.id
        with transaction() as session:
            locked = session.scalars(select(User).where(User.id == user_id).with_for_update()).one()
            kept = list(locked.mf_recovery_codes or [])
            spent = [sealed for sealed in kept if keyring().decrypt(sealed.encode()) == code]
            if spent:
                locked.mf_recovery_codes = [sealed for sealed in kept if sealed not in spent]
        return bool(spent)

    def delete_recovery_code(self, user: Any, code: str) -> bool:
        """Already done by the check."""
        return True

    def get_recovery_codes(self, user: Any) -> list[str]:
        """None: they are shown once, when they are made. Who lost the paper makes new ones."""
        return []

    def _encrypt_codes(self, codes: list[str]) -> list[str]:
        return [keyring().encrypt(code).decode() for code in codes]


def to_set_up(user: User | None) -> dict[str, Any]:
    """What somebody puts in the app, also after a wrong code: the key that was made stays the key.

    `user` is who signs in; without one it is who is signed in, or is half-way to that.
    """
    security = current_app.extensions["security"]
    changing = current_user.is_authenticated
    user = (
        current_user
        if changing
        else user or security.datastore.find_user(fs_uniquifier=session["tf_user_id"])
    )
    key = security.totp_factory.fetch_setup_values(session["tf_totp_secret"], user)
    return {
        "chosen_method": METHOD,
        "changing": changing,
        "authr_qrcode": key["image"],
        "authr_key": key["key"],
        "authr_username": key["username"],
        "authr_issuer": key["issuer"],
        "authr_address": key["uri"],
    }
