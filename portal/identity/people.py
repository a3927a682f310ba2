"""Who can sign in: the administrator's pages, and the page on which somebody chooses a password."""

from collections.abc import Callable

from flask import Blueprint, Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import func, select
from sqlalchemy.orm import selectinload
from werkzeug.exceptions import TooManyRequests

from portal import clock
from portal.db import db, transaction
from portal.forms import errors_of
from portal.identity import accounts, attempts, links, rules
from portal.identity import people_operations as operations
from portal.identity.access import staff
from portal.identity.models import StaffLink, User
from portal.identity.people_forms import CloseForm, InviteForm, PasswordForm, RolesForm
from portal.identity.people_operations import Behind, Gone, Refused
from portal.identity.rules import Role
from portal.identity.words import REFUSALS, ROLES
from portal.outbox.models import Message
from portal.outbox.rules import State
from portal.web import entry, page

blueprint = Blueprint("people", __name__, url_prefix="/team")
MOST_ID = 2147483647
ONE = f"/collegas/<int(max={MOST_ID}):number>"
CLOSE = "close"
"""The button that closes an account, as the page calls it."""
WELCOME = "staff-link"
"""What wrong tries at a link are counted as."""


# ---- For administrators -------------------------------------------------------------------


@blueprint.get("/collegas")
@staff("staff.manage")
def index() -> Response:
    """Everybody who can sign in, was invited, or could once."""
    found = db.session.scalars(select(User).options(selectinload(User.roles)))
    people = sorted(found, key=lambda one: (not one.active, one.email))
    until = {link.user_id: link.expires_at for link in db.session.scalars(select(StaffLink))}
    return page(
        "team/people.html", people=people, until=until, now=clock.now(), local=clock.local, words=ROLES
    )


@blueprint.route("/collegas/uitnodigen", methods=["GET", "POST"])
@staff("staff.manage", fresh=True)
def invite() -> ResponseReturnValue:
    """A new colleague gets a link by mail."""
    form = InviteForm()
    if form.validate_on_submit():
        actor = _actor()
        try:
            with transaction():
                user, is_new = operations.invite(form.email.data or "", form.chosen, actor=actor)
        except accounts.EmailTaken:
            form.email.errors = [_("Met dit e-mailadres is er al een account. Zoek het op in de lijst.")]
        except ValueError:
            form.email.errors = [_("Dit is geen e-mailadres. Het ziet er zo uit: naam@organisatie.nl.")]
        else:
            flash(
                _("De uitnodiging gaat per e-mail weg. De link werkt drie dagen.")
                if is_new
                else _("Deze uitnodiging was er al. Er ging geen tweede e-mail uit.")
            )
            return _back(user.id)
    errors = errors_of(form)
    return page("team/people_invite.html", status=422 if errors else 200, errors=errors, form=form)


@blueprint.get(ONE)
@staff("staff.manage", fresh=True)
def one(number: int) -> Response:
    """One account, and what can be done about it."""
    user = _found(number)
    form = RolesForm(roles=[role.name for role in user.roles], seen=operations.shown(user))
    return _one(user, form)


@blueprint.post(f"{ONE}/rollen")
@staff("staff.manage", fresh=True)
def roles(number: int) -> ResponseReturnValue:
    """Other roles. What another administrator changed meanwhile is shown, not overwritten."""
    form = RolesForm()
    if not form.validate_on_submit():
        return _one(_found(number), form, errors=errors_of(form), status=422)
    actor = _actor()
    try:
        with transaction():
            is_new = operations.change_roles(number, form.chosen, seen=form.seen.data or "", actor=actor)
    except Gone:
        abort(404)
    except Behind:
        user = _found(number)
        form.seen.data = operations.shown(user)
        return _one(user, form, status=409, is_behind=True)
    except Refused as refused:
        form.roles.errors = [REFUSALS[refused.reason]]
        return _one(_found(number), form, errors=errors_of(form), status=409)
    if number == _me() and Role.ADMIN not in form.chosen:
        flash(_("U bent geen beheerder meer."))
        return redirect(url_for("identity.own_account"), 303)
    flash(_("De rollen zijn veranderd.") if is_new else _("Er is niets veranderd: deze rollen waren er al."))
    return _back(number)


@blueprint.post(f"{ONE}/sluiten")
@staff("staff.manage", fresh=True)
def close(number: int) -> ResponseReturnValue:
    """Somebody left. Of one's own account it is asked whether that is meant."""
    form = CloseForm()
    if number == _me() and not form.validate_on_submit():
        return _refuse(number, errors_of(form), 422, close_form=form)
    return _do(
        number,
        lambda actor: operations.close(number, actor=actor),
        _("Het account is dicht. Deze persoon is overal uitgelogd."),
        _("Dit account was al dicht."),
        then="dicht",
    )


@blueprint.post(f"{ONE}/openen")
@staff("staff.manage", fresh=True)
def reopen(number: int) -> ResponseReturnValue:
    """Somebody is back."""
    return _do(
        number,
        lambda actor: operations.reopen(number, actor=actor),
        _("Het account is weer open."),
        _("Dit account was al open."),
    )


@blueprint.post(f"{ONE}/link")
@staff("staff.manage", fresh=True)
def link(number: int) -> ResponseReturnValue:
    """A new link: for who lost the password, or whose invitation is too old."""
    return _do(
        number,
        lambda actor: operations.send_link(number, actor=actor),
        _("Er gaat een e-mail weg met een link om een wachtwoord te kiezen. De link werkt drie dagen."),
    )


@blueprint.post(f"{ONE}/tweede-stap")
@staff("staff.manage", fresh=True)
def second_step(number: int) -> ResponseReturnValue:
    """Take off the app of who lost the phone and the recovery codes."""
    return _do(
        number,
        lambda actor: operations.reset_second_step(number, actor=actor),
        _(
            "De app en de herstelcodes zijn weggehaald. Deze persoon stelt bij het inloggen een nieuwe app in."
        ),
        _("Deze persoon had nog geen app en geen herstelcodes."),
        then="app-weg",
    )


def _do(
    number: int, work: Callable[[str], object], done: str, was_so: str = "", *, then: str = ""
) -> ResponseReturnValue:
    """Do it and say so. `then` is what the sign-in page says to who is put out by one's own doing."""
    me, actor = _me(), _actor()
    try:
        with transaction():
            is_new = work(actor)
    except Gone:
        _found(number)
        flash(_("Dit account is intussen gesloten. Er is niets veranderd."), "warning")
        return _back(number)
    except Refused as refused:
        return _refuse(number, [(CLOSE, str(REFUSALS[refused.reason]))], 409)
    if number == me and then and is_new:
        return redirect(url_for("security.login", melding=then), 303)
    flash(done if is_new else was_so)
    return _back(number)


def _refuse(
    number: int, errors: list[tuple[str, str]], status: int, close_form: CloseForm | None = None
) -> Response:
    """The page of somebody as it stands, with why it was not done."""
    user = _found(number)
    form = RolesForm(formdata=None, roles=[role.name for role in user.roles], seen=operations.shown(user))
    return _one(user, form, errors=errors, status=status, close_form=close_form or CloseForm())


def _one(
    user: User,
    form: RolesForm,
    *,
    errors: list[tuple[str, str]] | None = None,
    status: int = 200,
    is_behind: bool = False,
    close_form: CloseForm | None = None,
) -> Response:
    found = db.session.get(StaffLink, user.id)
    return page(
        "team/people_one.html",
        status=status,
        errors=errors or [],
        user=user,
        form=form,
        is_behind=is_behind,
        is_me=user.id == _me(),
        close_form=close_form or CloseForm(formdata=None),
        close_error=dict(errors or []).get(CLOSE),
        link=found,
        link_opens=found is not None and rules.opens(found.expires_at, clock.now()),
        link_came_back=found is not None and _came_back(found),
        local=clock.local,
        words=ROLES,
    )


def _came_back(found: StaffLink) -> bool:
    """Whether the mail with this link reached nobody."""
    lost = select(func.count()).where(
        Message.topic == links.TOPIC,
        Message.about == found.public_id,
        Message.state.in_([State.DEAD, State.BOUNCED]),
    )
    return bool(db.session.scalar(lost))


def _found(number: int) -> User:
    user = db.session.get(User, number)
    if user is None:
        abort(404)
    return user


def _back(number: int) -> ResponseReturnValue:
    return redirect(url_for("people.one", number=number), 303)


def _me() -> int:
    return int(current_user.id)


def _actor() -> str:
    """Who asks. To be known before a transaction begins: read inside one, the account would be held as it was
    before another administrator's change came through."""
    return str(current_user.id)


# ---- For who was invited ------------------------------------------------------------------


@blueprint.route("/welkom/<token>", methods=["GET", "POST"])
@entry("personal")
def welcome(token: str) -> ResponseReturnValue:
    """Choose a password with a link. Opening the page changes nothing."""
    if request.method == "POST":
        seconds, counted = attempts.begin(WELCOME)
        if seconds:
            raise TooManyRequests(retry_after=seconds)
        if links.of_token(token) is not None:
            attempts.was_right(counted)
    # What was read before that is not to be read on.
    found = links.of_token(token)
    if found is None:
        return page("security/welcome_unknown.html", status=404)
    user = db.session.get_one(User, found.user_id)
    if not (rules.opens(found.expires_at, clock.now()) and user.active):
        return _over()
    form, public_id = PasswordForm(found.public_id), found.public_id
    hashed = _hashed(form, user.email) if form.validate_on_submit() else ""
    if not hashed:
        errors = errors_of(form)
        return page(
            "security/welcome.html",
            status=422 if errors else 200,
            errors=errors,
            form=form,
            token=token,
            email=user.email,
            is_new=not user.joined,
            sets_up_app=user.tf_totp_secret is None,
            until=clock.local(found.expires_at),
        )
    with transaction():
        is_chosen = operations.choose_password(public_id, hashed)
    return redirect(url_for("security.login", melding="gekozen"), 303) if is_chosen else _over()


def _hashed(form: PasswordForm, email: str) -> str:
    """The new password as we keep it; empty, with the reason in the form, for one that is too weak."""
    try:
        return accounts.hash_password(form.new_password.data or "", email)
    except accounts.WeakPassword as error:
        form.new_password.errors = [str(error)]
        return ""


def _over() -> Response:
    return page("security/welcome_over.html", status=410)
