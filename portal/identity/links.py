"""The link by which somebody chooses a password: an invitation, or a way back in (design 4.3)."""

import json
from datetime import timedelta

from sqlalchemy import delete, select, update

from portal import clock
from portal.crypto import keyring, new_public_id, public_id_of
from portal.db import db, exclusive, transaction
from portal.identity import rules
from portal.identity.models import StaffLink, User
from portal.outbox import operations as outbox
from portal.outbox.handlers import Handlers
from portal.outbox.models import Message
from portal.outbox.rules import Channel

TOPIC = "account"
ABOUT_AN_ACCOUNT = frozenset({"second step", "password known"})
"""What a mail is about that carries no link to choose a password with."""
FORGOTTEN_AFTER = timedelta(days=30)
"""How long we still know that a link was used or too old, and can say so."""


def send(user: User) -> None:
    """A new link for somebody, by mail, in the running transaction. The one before it opens nothing more."""
    link = db.session.get(StaffLink, user.id) or StaffLink(user_id=user.id)
    link.public_id = new_public_id()
    link.link_key_id = keyring().link_key_id
    link.expires_at = clock.now() + rules.LINK_FOR
    db.session.add(link)
    token = keyring().token(link.public_id, link.link_key_id)
    what = "way back" if user.joined else "invited"
    until = clock.local(link.expires_at).isoformat()
    _mail(user, what, about=link.public_id, key=link.public_id, token=token, ends_at=until)


def tell_second_step_gone(user: User) -> None:
    """Tell somebody that an administrator took the app off: a stranger may have asked for it."""
    _mail(user, "second step", about=str(user.id), key=f"{user.id}:{clock.now().isoformat()}")


def tell_password_known(user: User) -> None:
    """Tell somebody, once a day at most, that codes are tried at the account: that takes the password."""
    # Codes are tried many at once: one of them tells.
    exclusive(f"password known:{user.id}")
    today = clock.today().isoformat()
    _mail(user, "password known", about=str(user.id), key=f"{user.id}:{today}")


def end(user_id: int) -> None:
    """The link of somebody opens nothing more, in the running transaction."""
    now = clock.now()
    db.session.execute(
        update(StaffLink)
        .where(StaffLink.user_id == user_id, StaffLink.expires_at > now)
        .values(expires_at=now)
    )


def of_token(token: str) -> StaffLink | None:
    """The link that we made for this token, also when it is over; None for one that is not ours."""
    public_id = public_id_of(token)
    link = db.session.scalar(select(StaffLink).where(StaffLink.public_id == (public_id or "")))
    if link is None or not keyring().knows(token, link.public_id, link.link_key_id):
        return None
    return link


def forget_old() -> int:
    """Delete the links that were over long ago; gives how many."""
    old = delete(StaffLink).where(StaffLink.expires_at < clock.now() - FORGOTTEN_AFTER)
    with transaction() as session:
        return len(session.scalars(old.returning(StaffLink.user_id)).all())


class AccountMessages:
    """Links to staff, that their second step is gone, and that somebody knows their password."""

    def wanted(self, message: Message) -> bool:
        """A link only as long as it opens something; nothing to an account that is closed."""
        if json.loads(message.params or "{}").get("what") in ABOUT_AN_ACCOUNT:
            user = db.session.get(User, int(message.about))
            return user is not None and user.active and user.email == message.to
        link = db.session.scalar(select(StaffLink).where(StaffLink.public_id == message.about))
        if link is None or not rules.opens(link.expires_at, clock.now()):
            return False
        user = db.session.get_one(User, link.user_id)
        return user.active and user.email == message.to

    def sent(self, message: Message) -> None:
        """Nothing: an account does not depend on a mail."""

    def lost(self, message: Message) -> None:
        """Nothing to change: the page of this person says that the mail did not arrive."""


ACCOUNT_HANDLERS: Handlers = {TOPIC: AccountMessages()}


def _mail(user: User, what: str, *, about: str, key: str, token: str = "", **more: str) -> None:
    outbox.queue(
        Channel.EMAIL,
        "staff_account",
        to=user.email,
        topic=TOPIC,
        about=about,
        request_key=keyring().index("staff mail", f"{what}:{key}"),
        language="nl",
        params={"name": "", "what": what, "token": token, **more},
    )
