"""The door of the staff pages."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import abort, redirect, request, url_for
from flask_login import current_user

from portal.identity.rules import may
from portal.web import entry

View = TypeVar("View", bound=Callable[..., Any])


def staff(action: str) -> Callable[[View], View]:
    """Only for signed-in staff whose roles give the right to `action`; others get 403."""

    def guard(view: View) -> View:
        @entry("staff", action)
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if not current_user.is_authenticated:
                back = request.full_path.rstrip("?") if request.method == "GET" else None
                return redirect(url_for("security.login", next=back))
            if not may(current_user.role_names, action):
                abort(403)
            return view(*args, **kwargs)

        return guarded  # type: ignore[return-value]

    return guard
