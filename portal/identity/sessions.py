"""In which browsers somebody is signed in. The cookie holds a secret; without its row here it opens nothing.

A session begins when the second step is done, and ends by signing out, after half an hour without a request,
after ten hours, from the list on one's own account, and when the password, the app or the account changes.
"""

import secrets
from datetime import datetime
from typing import Any

from flask import Flask, Response, g, request, session
from flask_login import user_logged_out
from flask_security.signals import tf_code_confirmed, tf_profile_changed, user_authenticated
from sqlalchemy import delete, or_, select, update
from sqlalchemy.exc import OperationalError

from portal import clock
from portal.audit.operations import record
from portal.crypto import keyring
from portal.db import db, transaction
from portal.identity import links, rules
from portal.identity.devices import device
from portal.identity.models import StaffSession, User
from portal.identity.second_step import SETTING_UP

SECRET = "staff_session"  # noqa: S105 - the name in the cookie, not the secret
PASSWORD_AT = "password_at"  # noqa: S105 - the name in the cookie of when it was given
_OWN_BROWSER = "own_browser"
_PURPOSE = "staff session"
_PAGES, _MARK_LENGTH = "staff pages", 16
_TOKEN = "csrf_token"  # noqa: S105 - the name in the cookie of what the token of a page is made of
_SECRET_BYTES = 32


def init_app(app: Flask) -> None:
    app.login_manager.user_loader(_somebody)  # type: ignore[attr-defined]
    app.after_request(_note_seen)
    user_authenticated.connect(_signed_in, app)
    user_logged_out.connect(_signed_out, app)
    tf_code_confirmed.connect(_code_fits, app)
    tf_profile_changed.connect(_app_changed, app)


# ---- Who comes in -------------------------------------------------------------------------


def _somebody(mark: str) -> User | None:
    """Whose session this is, as long as it lives: asked by the library, once a request."""
    found = db.session.execute(
        select(User, StaffSession)
        .join(StaffSession, StaffSession.user_id == User.id)
        .where(StaffSession.key_index == _index(), User.fs_uniquifier == mark)
    ).one_or_none()
    now = clock.now()
    if found is None or not rules.lives(found.StaffSession.began_at, found.StaffSession.seen_at, now):
        # Somebody had a session here, who is told why it is over.
        g.session_is_over = SECRET in session
        return None
    user: User = found.User
    if not (user.active and user.joined):
        return None
    g.staff_session = (found.StaffSession.id, found.StaffSession.seen_at)
    # What the library's own loader notes for its views.
    g.fs_authn_via, g.fs_paa = "session", session.get("fs_paa", 0)
    return user


def _note_seen(response: Response) -> Response:
    """Write down, at most once a minute, that the session is used: after the page, in no one's transaction."""
    found: tuple[int, datetime] | None = g.get("staff_session")
    now = clock.now()
    if found is None or not rules.wants_noting(found[1], now):
        return response
    try:
        with transaction() as writing:
            writing.execute(
                update(StaffSession)
                .where(StaffSession.id == found[0], StaffSession.seen_at < now)
                .values(seen_at=now)
                .execution_options(synchronize_session=False)
            )
    except OperationalError:
        # The database is busy: the page was made, and the next one notes it.
        pass
    return response


# ---- Beginning and ending -----------------------------------------------------------------


def begin(user_id: int) -> str:
    """A new session in the running transaction. Returns the secret for the cookie, which is kept nowhere else."""
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    now = clock.now()
    db.session.add(
        StaffSession(
            key_index=keyring().index(_PURPOSE, secret),
            user_id=user_id,
            began_at=now,
            seen_at=now,
            device=device(request.user_agent.string),
        )
    )
    return secret


def end(user_id: int, *, only: int | None = None, but_this: bool = False) -> int:
    """End sessions of somebody in the running transaction: one by its number, all, or all but the one in which
    this is asked. Returns how many ended."""
    ended = delete(StaffSession).where(StaffSession.user_id == user_id).returning(StaffSession.id)
    if only is not None:
        ended = ended.where(StaffSession.id == only)
    if but_this:
        ended = ended.where(StaffSession.key_index != _index())
    return len(db.session.scalars(ended.execution_options(synchronize_session=False)).all())


def forget_old() -> int:
    """Delete the sessions that are over; gives how many."""
    now = clock.now()
    over = or_(StaffSession.seen_at <= now - rules.IDLE_FOR, StaffSession.began_at <= now - rules.SESSION_FOR)
    with transaction() as writing:
        return len(writing.scalars(delete(StaffSession).where(over).returning(StaffSession.id)).all())


def of(user_id: int) -> list[StaffSession]:
    """The sessions of somebody that still live, the last used first."""
    now = clock.now()
    found = db.session.scalars(
        select(StaffSession)
        .where(StaffSession.user_id == user_id)
        .order_by(StaffSession.seen_at.desc(), StaffSession.id)
    )
    return [one for one in found if rules.lives(one.began_at, one.seen_at, now)]


def is_this(one: StaffSession) -> bool:
    """Whether it is the session in which this is asked."""
    return one.key_index == _index()


def forget_this() -> None:
    """This browser has no session any more; the row is gone already."""
    session.pop(SECRET, None)
    g.pop("staff_session", None)


def own_browser(email: str) -> str:
    """The name of this browser when the owner of the account signed in here before, since the window was opened;
    empty for any other. Asking it of an address without an account costs the same."""
    of, name = session.get(_OWN_BROWSER) or ("", "")
    return name if of == keyring().index(_OWN_BROWSER, email) else ""


def mark_of(user_id: int) -> str:
    """What the pages of somebody carry, to know later whose they were. It tells nobody who that is."""
    return keyring().index(_PAGES, str(user_id))[:_MARK_LENGTH]


def begin_pages(mark: str) -> None:
    """From here on pages carry whose they are. Those that another colleague left open cannot be sent as this one;
    those of the same one can."""
    if str(session.get(_TOKEN, "")).partition(".")[2] != mark:
        session[_TOKEN] = f"{secrets.token_hex(20)}.{mark}"
        g.pop(_TOKEN, None)


# ---- What the library tells ---------------------------------------------------------------


def _signed_in(app: Flask, user: User, authn_via: list[str] | None = None, **_given: Any) -> None:
    """Both steps are done, or the password was changed: the other sessions end then, and this one begins anew."""
    # First what the library changed itself, such as the new password: our transaction would begin without it.
    app.extensions["security"].datastore.commit()
    user_id, email = user.id, user.email
    with transaction():
        if authn_via == ["change"]:
            end(user_id)
            links.end(user_id)
            record("staff.password", str(user_id), user=str(user_id))
        else:
            if g.pop("set_up", False):
                record("staff.second_step", str(user_id), user=str(user_id), how="set up")
            record("signin.done", str(user_id), user=str(user_id))
        secret = begin(user_id)
    session[SECRET] = secret
    session[_OWN_BROWSER] = [keyring().index(_OWN_BROWSER, email), secrets.token_hex(8)]
    begin_pages(mark_of(user_id))
    if authn_via != ["change"]:
        # The second step alone is no fresh password: that was given when the first was done.
        session["fs_paa"] = session.pop(PASSWORD_AT, 0)


def _signed_out(_app: Flask, user: User, **_given: Any) -> None:
    """The row goes, and every copy of the cookie is worth nothing."""
    user_id = user.id
    with transaction() as writing:
        ended = writing.scalars(
            delete(StaffSession).where(StaffSession.key_index == _index()).returning(StaffSession.id)
        ).all()
        if ended:
            record("session.ended", str(user_id), user=str(user_id), how="signed out")
    forget_this()


def _code_fits(_app: Flask, **_given: Any) -> None:
    """The second step fits; the first time it is the app that was set up just now."""
    g.set_up = session.get("tf_state") == SETTING_UP


def _app_changed(app: Flask, user: User, **_given: Any) -> None:
    """Who changes the app may be getting rid of a thief: the other sessions end."""
    app.extensions["security"].datastore.commit()
    user_id = user.id
    with transaction():
        end(user_id, but_this=True)
        record("staff.second_step", str(user_id), user=str(user_id), how="changed")


def _index() -> str:
    """By what the session of this request is found."""
    return keyring().index(_PURPOSE, session.get(SECRET, ""))
