"""Pages about one's own account that the sign-in library does not have, and who may do what."""

from flask import Blueprint, abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from portal import clock
from portal.audit.operations import record
from portal.db import transaction
from portal.identity import sessions
from portal.identity.access import staff
from portal.identity.rules import PERMISSIONS, Role, may
from portal.identity.words import ACTIONS, ROLES
from portal.web import page

blueprint = Blueprint("identity", __name__, url_prefix="/team")
MOST_ID = 2147483647
MORE = (
    ("people.index", "staff.manage", _l("Collega’s"), _l("Wie kan inloggen, uitnodigen en sluiten")),
    ("identity.permissions", "permissions.see", _l("Wie mag wat"), _l("Welke rol welke pagina’s ziet")),
    (
        "retention.index",
        "retention.see",
        _l("Bewaren en weggooien"),
        _l("Hoe lang we iets houden, en wat er weg is"),
    ),
    ("persons.index", "persons.handle", _l("Gegevens van één persoon"), _l("Inzien, meegeven of wissen")),
)
"""Pages that one seldom needs: endpoint, right, name, what it is for."""


@blueprint.get("/account")
@staff("account.own")
def own_account() -> ResponseReturnValue:
    """Who one is here, how one signs in, where one is signed in, and the pages that are seldom needed."""
    return page(
        "security/own_account.html",
        codes_left=len(current_user.mf_recovery_codes or []),
        sessions=[(one, sessions.is_this(one)) for one in sessions.of(current_user.id)],
        more=[
            (endpoint, name, what)
            for endpoint, action, name, what in MORE
            if may(current_user.role_names, action)
        ],
        local=clock.local,
        words=ROLES,
    )


@blueprint.post(f"/account/sessie/<int(max={MOST_ID}):number>")
@staff("account.own", fresh=True)
def end_session(number: int) -> ResponseReturnValue:
    """Sign out on another device. Of anybody else's session nothing is said, not even that there is one."""
    user_id = current_user.id
    if not any(one.id == number for one in sessions.of(user_id)):
        abort(404)
    _end(user_id, only=number, how="ended")
    flash(_("Op dat apparaat bent u nu uitgelogd."))
    return redirect(url_for(".own_account"), 303)


@blueprint.post("/account/overal-uitloggen")
@staff("account.own", fresh=True)
def end_sessions() -> ResponseReturnValue:
    """Sign out everywhere, here too."""
    _end(current_user.id, how="everywhere")
    return redirect(url_for("security.login", melding="overal"), 303)


def _end(user_id: int, *, how: str, only: int | None = None) -> None:
    with transaction():
        if sessions.end(user_id, only=only):
            record("session.ended", str(user_id), user=str(user_id), how=how)


@blueprint.get("/wie-mag-wat")
@staff("permissions.see")
def permissions() -> ResponseReturnValue:
    """The whole of who may do what, as the rules have it."""
    return page(
        "team/permissions.html", permissions=PERMISSIONS, actions=ACTIONS, roles=list(Role), words=ROLES
    )


def signing_in_help() -> ResponseReturnValue:
    """What to do without password, phone or recovery codes. Served beside the sign-in pages."""
    return page("security/help.html")
