"""Between the first step and the second: the password fitted, and nobody is in yet.

The library keeps who that is in the cookie, for as long as a cookie lasts. Here it gets old, and it sets up no app
for an account that has one meanwhile.
"""

import secrets
from datetime import UTC, datetime
from typing import Any

from flask import abort, current_app, redirect, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_security.tf_plugin import tf_clean_session
from sqlalchemy import update

from portal import clock
from portal.db import transaction
from portal.identity import rules
from portal.identity.models import User
from portal.identity.second_step import SETTING_UP
from portal.identity.sessions import PASSWORD_AT

WHO, STATE, READY = "tf_user_id", "tf_state", "ready"
CODE, HELP = "two_factor_token_validation", "two_factor_rescue"
PAGES = frozenset({CODE, HELP, "two_factor_setup", "mf_recovery"})


def begin() -> None:
    """The password fits now."""
    session[PASSWORD_AT] = clock.now().timestamp()


def elsewhere(page: str) -> ResponseReturnValue | None:
    """Where somebody belongs who asks for one of these pages and cannot go on there."""
    if current_user.is_authenticated:
        # Without a new app to confirm there is nothing to do here; the library would sign them out.
        is_done = page == CODE and not (session.get(STATE) == SETTING_UP and session.get("tf_totp_secret"))
        return redirect(url_for("identity.own_account")) if is_done else None
    if WHO not in session or _leads_on():
        return None
    tf_clean_session()
    session.pop(PASSWORD_AT, None)
    return None if page == HELP else _begin_again()


def claim(user: Any) -> None:
    """The first app of somebody works now. Who else is half-way with the password, from before, is no longer; and
    when another was first, it is this one who begins again."""
    user_id, mark = user.id, session.get(WHO)
    with transaction() as writing:
        is_first = writing.scalar(
            update(User)
            .where(User.id == user_id, User.fs_uniquifier == mark, User.tf_totp_secret.is_(None))
            .values(fs_uniquifier=secrets.token_hex(16))
            .returning(User.id)
            .execution_options(synchronize_session=False)
        )
    if is_first is None:
        tf_clean_session()
        abort(_begin_again())


def is_setting_up() -> bool:
    """Whether an app is set up on the way in, not by who is in already."""
    return not current_user.is_authenticated and session.get(STATE) == SETTING_UP


def _leads_on() -> bool:
    given_at = datetime.fromtimestamp(session.get(PASSWORD_AT, 0), UTC)
    if not rules.is_half_way(given_at, clock.now()):
        return False
    user = current_app.extensions["security"].datastore.find_user(fs_uniquifier=session[WHO])
    return user is None or session.get(STATE) == READY or user.tf_totp_secret is None


def _begin_again() -> Any:
    return redirect(url_for("security.login", melding="opnieuw"))
