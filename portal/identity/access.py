"""The door of the staff pages."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any, TypeVar

from flask import g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, logout_user
from werkzeug.exceptions import Forbidden

from portal import clock
from portal.identity import forms, keeping, rules
from portal.identity.guessing import SessionOver
from portal.identity.rules import may
from portal.web import entry

View = TypeVar("View", bound=Callable[..., Any])
CONFIRMED = "fs_paa"
"""Where the library keeps, in the signed cookie, when the password was last given."""


class NotYourRole(Forbidden):
    """The page is there, and not for the roles that somebody has."""


def staff(action: str, *, fresh: bool = False) -> Callable[[View], View]:
    """Only for signed-in staff whose roles give the right to `action`; others get NotYourRole.

    With `fresh` the password must have been given a short while ago (rules.is_fresh), or is asked once more.
    For what takes data out, throws it away, or decides who may do that.
    """

    def guard(view: View) -> View:
        @entry("staff", action)
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if not current_user.is_authenticated:
                return _to_sign_in()
            if not may(current_user.role_names, action):
                raise NotYourRole
            if fresh and not has_confirmed():
                asked = _to_confirm()
                if asked is not None:
                    return asked
            return view(*args, **kwargs)

        guarded.is_fresh = fresh  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return guard


def has_confirmed() -> bool:
    """Whether who is signed in gave the password short enough ago for what is asked now."""
    confirmed_at = datetime.fromtimestamp(session.get(CONFIRMED, 0), UTC)
    return rules.is_fresh(confirmed_at, clock.now(), is_sent=request.method == "POST")


def _to_sign_in() -> ResponseReturnValue:
    """To the sign-in page, and from there to where one was going. What was typed is not lost."""
    if request.method != "GET" and request.blueprint != "security" and keeping.is_our_own():
        return keeping.page_for("signed_out")
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("security.login", next=back, melding=_why()))


def _why() -> str | None:
    return "verlopen" if g.get("session_is_over") else None


def _to_confirm() -> ResponseReturnValue | None:
    """The page that asks the password; None when it came along with what is sent, and is the right one."""
    if request.method == "GET":
        return redirect(url_for("security.verify", next=request.full_path.rstrip("?")))
    form = forms.KeptPasswordForm(user=current_user)
    if form.password.name not in request.form:
        return keeping.page_for("confirm", form)
    try:
        is_right = form.validate()
    except SessionOver:
        logout_user()
        return keeping.page_for("guessed")
    if not is_right:
        return keeping.page_for("confirm", form, status=422)
    session[CONFIRMED] = clock.now().timestamp()
    return None
