"""Pages about one's own account that the sign-in library does not have."""

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.identity.access import staff
from portal.web import page

blueprint = Blueprint("identity", __name__, url_prefix="/team")


@blueprint.get("/account")
@staff("account.own")
def own_account() -> ResponseReturnValue:
    """Who one is here, and the three ways to change how one signs in."""
    return page("security/own_account.html", codes_left=len(current_user.mf_recovery_codes or []))


def signing_in_help() -> ResponseReturnValue:
    """What to do without password, phone or recovery codes. Served beside the sign-in pages."""
    return page("security/help.html")
