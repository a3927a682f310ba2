"""Letting people in, changing what they may do, and letting them out. Only administrators come here."""

import secrets
from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from portal import clock
from portal.audit.operations import record
from portal.db import db, exclusive
from portal.identity import accounts, links, rules, sessions
from portal.identity.models import StaffLink, User
from portal.identity.rules import Refusal, Role, Standing

LOCK = "staff"
"""One change of who may do what at a time: two administrators may be taking it from one another."""
NO_PASSWORD = ""
"""Of who has not chosen one yet: no hash is equal to it."""


class Refused(Exception):
    """The account cannot be changed so."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(reason)
        self.reason = reason


class Behind(Exception):
    """Somebody else changed it after the page was opened."""


class Gone(Exception):
    """There is no such account, or it is not in a state in which this makes sense."""


def invite(email: str, roles: Iterable[Role], *, actor: str) -> tuple[User, bool]:
    """Make an account and send the link by which its owner chooses a password.

    The same invitation again gives the account that is there, and False. Raises accounts.EmailTaken.
    """
    exclusive(LOCK)
    names = frozenset(str(role) for role in roles)
    _check(Standing(frozenset(), joined=False), Standing(names, joined=False))
    known = db.session.scalar(select(User).where(User.email == accounts.normal(email)))
    if known is not None and known.active and not known.joined and known.role_names == names:
        return known, False
    user = accounts.add_staff(email, NO_PASSWORD, names, joined=False, actor=actor)
    links.send(user)
    return user, True


def send_link(number: int, *, actor: str) -> User:
    """A new link to choose a password with; the one before it opens nothing more. Raises Gone."""
    user = _held(number)
    if not user.active:
        raise Gone
    links.send(user)
    record("staff.link", actor, user=str(number))
    return user


def change_roles(number: int, roles: Iterable[Role], *, seen: str, actor: str) -> bool:
    """Give somebody these roles and no others; False when they had them. Raises Behind when the page showed
    other ones than there are now, Refused, and Gone."""
    user = _held(number)
    before, names = user.role_names, frozenset(str(role) for role in roles)
    if before == names:
        return False
    if seen != shown(user):
        raise Behind
    _check_change(user, replace(_standing(user), roles=names))
    user.roles = [accounts.role_row(Role(name)) for name in sorted(names)]
    record("staff.roles", actor, user=str(number), before=_listed(before), after=_listed(names))
    return True


def close(number: int, *, actor: str) -> bool:
    """Somebody comes in no more, and is out at once; False when that was so. Raises Refused and Gone."""
    user = _held(number)
    if not user.active:
        return False
    _check_change(user, replace(_standing(user), active=False))
    user.active, user.closed_on = False, clock.today()
    _put_out(user)
    links.end(number)
    record("staff.closed", actor, user=str(number))
    return True


def reopen(number: int, *, actor: str) -> bool:
    """Somebody may come in again, with the password and the app of before; False when that was so. Raises Gone where
    the account was emptied meanwhile: whoever comes back later is invited anew."""
    user = _held(number)
    if user.active:
        return False
    if user.emptied_on is not None:
        raise Gone
    user.active, user.closed_on = True, None
    record("staff.reopened", actor, user=str(number))
    return True


def empty(user: User) -> None:
    """Leave of a closed account only its number, by which the audit still fits: not who it was, and nothing that lets
    anybody in. In the transaction that holds it."""
    user.email = f"account-{user.id}@gesloten.invalid"
    user.password, user.joined = NO_PASSWORD, False
    user.tf_primary_method = user.tf_totp_secret = None
    user.tf_last_counter = user.mf_recovery_codes = None
    user.emptied_on = clock.today()
    _put_out(user)


def reset_second_step(number: int, *, actor: str) -> bool:
    """Take off the app and the recovery codes of who lost both: a new app is set up at the next sign-in.
    False when there was none."""
    user = _held(number)
    if user.tf_totp_secret is None and not user.mf_recovery_codes:
        return False
    user.tf_primary_method = user.tf_totp_secret = None
    user.tf_last_counter = user.mf_recovery_codes = None
    _put_out(user)
    links.tell_second_step_gone(user)
    record("staff.second_step", actor, user=str(number), how="reset")
    return True


def choose_password(public_id: str, password_hash: str) -> bool:
    """Somebody chose a password with a link, which is used by that; False when it opened nothing any more."""
    exclusive(LOCK)
    link = db.session.scalar(
        select(StaffLink).where(StaffLink.public_id == public_id).execution_options(populate_existing=True)
    )
    now = clock.now()
    if link is None or not rules.opens(link.expires_at, now):
        return False
    user = _held(link.user_id)
    if not user.active:
        return False
    event = "staff.password" if user.joined else "staff.joined"
    user.password, user.joined = password_hash, True
    _put_out(user)
    link.expires_at = now
    record(event, str(user.id), user=str(user.id))
    return True


def shown(user: User) -> str:
    """What a page shows of somebody's roles, to see whether it is old."""
    return _listed(user.role_names)


def _held(number: int) -> User:
    """The account, as it is now, while nobody else changes who may do what."""
    exclusive(LOCK)
    found = db.session.scalar(
        select(User)
        .where(User.id == number)
        .options(selectinload(User.roles))
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise Gone
    return found


def _check_change(user: User, after: Standing) -> None:
    # As they are now: who asks is one of them, and was read before our turn came.
    others = db.session.scalars(
        select(User)
        .where(User.id != user.id)
        .options(selectinload(User.roles))
        .execution_options(populate_existing=True)
    )
    _check(_standing(user), after, [_standing(other) for other in others])


def _check(before: Standing, after: Standing, others: Iterable[Standing] = ()) -> None:
    reason = rules.refusal(before, after, others)
    if reason:
        raise Refused(reason)


def _standing(user: User) -> Standing:
    return Standing(user.role_names, user.active, user.joined)


def _put_out(user: User) -> None:
    """End the sessions, and what is half-way to one: who gave a password only, waits under the old mark."""
    sessions.end(user.id)
    user.fs_uniquifier = secrets.token_hex(16)


def _listed(names: Iterable[str]) -> str:
    return ",".join(sorted(names))
