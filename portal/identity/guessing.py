"""What slows who guesses at a password or a code, and keeps nobody else out (design 4.3).

Each try is counted before anything is compared. A password is counted at the account as it was typed, for each
source apart: one who guesses in an office does not stop the colleagues beside. A code is counted at the account,
wherever it comes from, because who tries one has the password already. A browser in which the owner signed in
before has a count of its own at both: no stranger shuts the owner out of it.
"""

import unicodedata
from typing import Any, NoReturn

from flask import abort, current_app, g, redirect, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.exceptions import HTTPException, TooManyRequests

from portal.audit.operations import record
from portal.db import db, transaction
from portal.identity import attempts, links, rules, sessions
from portal.identity.attempts import Counted, Gate
from portal.web import own_error_page

SIGN_IN = "sign-in"
SECOND_STEP = "second step"
CONFIRMING = "confirming"
TOO_MANY = 429


class SessionOver(HTTPException):
    """The session ended at a wrong password too many. Its answer leads to the sign-in page."""


def begin_password(typed: str) -> Counted:
    """Count a try at the first step. Raises TooManyRequests.

    The same for an address that has no account: the answer tells nobody who has one.
    """
    address = normal(typed)
    everywhere = Gate(f"address:{address}", free=None)
    if own := sessions.own_browser(address):
        return _begin(SIGN_IN, Gate(f"browser:{own}"), everywhere)
    at_account = attempts.count(SIGN_IN, everywhere.source, rules.MANY_AT_ONE)
    at_source = attempts.count(SIGN_IN, "", rules.MANY_AT_SOURCE)
    here = Gate(attempts.from_here(address), rules.free_tries(at_account, at_source))
    return _begin(SIGN_IN, here, Gate("", rules.FREE_AT_SOURCE), everywhere)


def begin_code(user: Any) -> Counted:
    """Count a try at a code of the app or the list. Who has to wait is told by a page of its own, and the owner by
    mail: whoever does this knows the password."""
    own = sessions.own_browser(user.email)
    at = Gate(f"browser:{own}") if own else Gate(f"account:{user.id}")
    seconds, counted = attempts.begin(SECOND_STEP, at, Gate("", rules.FREE_AT_SOURCE))
    if seconds:
        _codes_are_tried(user, seconds)
    return counted


def begin_confirming() -> Counted:
    """Count a try at the password of who is signed in. After so many wrong ones the session ends, and what others
    do beside it does not matter."""
    counted = attempts.begin_one_of(CONFIRMING, _this_session(), rules.FREE_IN_A_SESSION)
    if not counted:
        _end_this_session()
    return counted


def was_wrong_again() -> None:
    """A password in a session was wrong; if that was the last one it may be, the session ends."""
    wrong = attempts.count(CONFIRMING, _this_session(), rules.FREE_IN_A_SESSION, within=attempts.AN_HOUR)
    if wrong >= rules.FREE_IN_A_SESSION:
        _end_this_session()


def was_no_guess(counted: Counted) -> None:
    """What was counted turned out right, or could not be compared with anything."""
    if db.session.dirty:
        # What the library changed meanwhile, such as a hash of a newer kind: our transaction begins without it.
        current_app.extensions["security"].datastore.commit()
    attempts.was_right(counted)


def normal(typed: str) -> str:
    """An address as accounts have it, however it was typed; what is no address as it is."""
    try:
        address: str = current_app.extensions["security"].mail_util.normalize(typed)
    except ValueError:
        address = unicodedata.normalize("NFKC", typed)
    return address.lower()


def _begin(kind: str, *gates: Gate) -> Counted:
    seconds, counted = attempts.begin(kind, *gates)
    if seconds:
        _turned_away(attempts.NOBODY)
        raise TooManyRequests(retry_after=seconds)
    return counted


def _turned_away(whose: str) -> None:
    attempts.turned_away(("signin.failed", {"user": whose, "what": "too many"}))


def _codes_are_tried(user: Any, seconds: int) -> NoReturn:
    _turned_away(str(user.id))
    with transaction():
        links.tell_password_known(user)
    response = own_error_page(
        TOO_MANY,
        _("Te veel verkeerde codes"),
        _(
            "Voor dit account zijn te veel codes ingevuld die niet klopten. Wacht een halve minuut en probeer "
            "het dan opnieuw. Was u dat niet? Dan kent iemand uw wachtwoord. Kies een ander wachtwoord zodra u "
            "binnen bent. We sturen u hierover ook een e-mail."
        ),
    )
    response.headers["Retry-After"] = str(seconds)
    abort(response)


def _this_session() -> str:
    return f"session:{g.staff_session[0]}"


def _end_this_session() -> NoReturn:
    user_id, number = current_user.id, g.staff_session[0]
    with transaction():
        if sessions.end(user_id, only=number):
            record("session.ended", str(user_id), user=str(user_id), how="wrong passwords")
    sessions.forget_this()
    raise SessionOver(response=redirect(url_for("security.login", melding="tevaak")))
