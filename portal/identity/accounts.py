"""Staff accounts: the sign-in pages, made of Flask-Security's views and our templates."""

import uuid
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from flask import Blueprint, Flask, Response, abort, current_app, flash, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_login import current_user
from flask_login.utils import _user_context_processor
from flask_security import PasswordUtil as LibraryPasswordUtil
from flask_security import Security, SQLAlchemyUserDatastore
from flask_security import hash_password as _hash_password
from flask_security import recovery_codes as recovery
from flask_security import views as library
from flask_wtf import FlaskForm
from flask_wtf.csrf import CSRFError
from sqlalchemy import inspect, select

from portal.audit import operations as audit
from portal.config import ROOT
from portal.crypto import keyring
from portal.db import db, transaction
from portal.forms import errors_of
from portal.identity import forms, half_way, keeping, second_step, sessions
from portal.identity.access import NotYourRole, staff
from portal.identity.models import Role, User
from portal.identity.passwords import Weak, weakness
from portal.identity.rules import FRESH_FOR, may
from portal.identity.rules import Role as RoleName
from portal.identity.views import signing_in_help
from portal.web import entry, entry_of, own_error_page, page

STAFF_ACTION = "account.own"


def N_(text: str) -> str:  # noqa: N802 - the name that pybabel looks for
    """Mark a text for translation; the library translates it when it is shown."""
    return text


WRONG_CODE = N_(
    "Deze code klopt niet of is al gebruikt. Wacht tot de app een nieuwe code laat zien en vul die in."
)

SETTINGS: dict[str, Any] = {
    # Invented addresses may end in .test.
    "EMAIL_VALIDATOR_ARGS": {"test_environment": True},
    # Passwords: argon2 with the library's cost (64 MiB, three rounds), no key to lose beside it.
    "PASSWORD_HASH": "argon2",
    "PASSWORD_SCHEMES": ["argon2"],
    "PASSWORD_SINGLE_HASH": {"argon2"},
    "PASSWORD_LENGTH_MIN": forms.SHORTEST_PASSWORD,
    # The second step: an app for everyone, always; a code of half a minute ago or ahead still fits.
    "TWO_FACTOR": True,
    "TWO_FACTOR_REQUIRED": True,
    "TWO_FACTOR_ENABLED_METHODS": [second_step.METHOD],
    "TWO_FACTOR_AUTHENTICATOR_VALIDITY": 30,
    "TWO_FACTOR_RESCUE_EMAIL": False,
    "MULTI_FACTOR_RECOVERY_CODES": True,
    "MULTI_FACTOR_RECOVERY_CODES_N": 8,
    "TOTP_SECRETS": {1: "sealed with the portal's own keys, see second_step"},
    # Before the password, the app or the recovery codes change, the password is asked once more.
    "FRESHNESS": FRESH_FOR,
    # None on top of that: the library's begins anew each time, and would last as long as somebody goes on.
    "FRESHNESS_GRACE_PERIOD": timedelta(0),
    "CHANGEABLE": True,
    "SEND_PASSWORD_CHANGE_EMAIL": False,
    # Pages and a session cookie; no tokens, no messages kept for a later page, no commands of its own.
    "API_ENABLED_METHODS": ["session"],
    "FLASH_MESSAGES": False,
    "CLI_USERS_NAME": None,
    "CLI_ROLES_NAME": None,
    "I18N_DOMAIN": "messages",
    "I18N_DIRNAME": str(ROOT / "translations"),
    # Where one goes on to.
    "POST_LOGIN_VIEW": "team.today",
    "POST_LOGOUT_VIEW": "/team/inloggen?melding=uitgelogd",
    "POST_VERIFY_VIEW": "identity.own_account",
    "POST_CHANGE_VIEW": "/team/account?melding=wachtwoord",
    "TWO_FACTOR_POST_SETUP_VIEW": "/team/account?melding=app",
    "TWO_FACTOR_ERROR_VIEW": "/team/inloggen?melding=opnieuw",
    # What the library says on the pages that we have.
    "MSG_API_ERROR": (N_("Vul dit veld in zoals op de pagina staat."), "error"),
    "MSG_DISABLED_ACCOUNT": (N_("Dit account is dicht. Vraag de beheerder om het te openen."), "error"),
    "MSG_EMAIL_NOT_PROVIDED": (N_("Vul uw e-mailadres in."), "error"),
    "MSG_INVALID_EMAIL_ADDRESS": (
        N_("Dit is geen e-mailadres. Het ziet er zo uit: naam@organisatie.nl."),
        "error",
    ),
    "MSG_INVALID_PASSWORD": (N_("Dit is niet uw wachtwoord. Typ het nog eens."), "error"),
    "MSG_INVALID_RECOVERY_CODE": (
        N_("Deze herstelcode klopt niet of is al gebruikt. Kijk hem na of neem de volgende van uw lijst."),
        "error",
    ),
    "MSG_NO_RECOVERY_CODES_SETUP": (N_("U heeft nog geen herstelcodes."), "info"),
    "MSG_PASSWORD_IS_THE_SAME": (
        N_("Het nieuwe wachtwoord is hetzelfde als het oude. Bedenk een ander."),
        "error",
    ),
    "MSG_PASSWORD_NOT_PROVIDED": (N_("Vul uw wachtwoord in."), "error"),
    "MSG_RETYPE_PASSWORD_MISMATCH": (
        N_("De twee wachtwoorden waren niet gelijk. Typ ze allebei opnieuw."),
        "error",
    ),
    "MSG_TWO_FACTOR_INVALID_TOKEN": (WRONG_CODE, "error"),
    "MSG_TWO_FACTOR_METHOD_NOT_AVAILABLE": (N_("Gebruik de knop op de pagina om te beginnen."), "error"),
    "MSG_USER_DOES_NOT_EXIST": (N_("Kijk uw e-mailadres en wachtwoord na."), "error"),
}


def with_recovery_code() -> Any:
    """The library's page for a recovery code; who came in is told how many are left."""
    was_in = current_user.is_authenticated
    answer = recovery.mf_recovery()
    if current_user.is_authenticated and not was_in:
        left = len(current_user.mf_recovery_codes or [])
        flash(
            ngettext("U heeft nog %(num)s herstelcode.", "U heeft nog %(num)s herstelcodes.", left)
            if left
            else _("Dit was uw laatste herstelcode. Maak nieuwe bij ‘Mijn account’.")
        )
    return answer


# The library's pages that we have, and no others: (address, name, view, who may enter).
PAGES: tuple[tuple[str, str, Callable[..., Any], str], ...] = (
    ("/inloggen", "login", library.login, "public"),
    ("/tweede-stap", "two_factor_token_validation", library.two_factor_token_validation, "public"),
    ("/tweede-stap-instellen", "two_factor_setup", library.two_factor_setup, "public"),
    ("/herstelcode", "mf_recovery", with_recovery_code, "public"),
    ("/hulp-bij-inloggen", "two_factor_rescue", signing_in_help, "public"),
    ("/uitloggen", "logout", library.logout, "staff"),
    ("/wachtwoord-bevestigen", "verify", library.verify, "staff"),
    ("/wachtwoord", "change_password", library.change_password, "staff"),
    ("/herstelcodes", "mf_recovery_codes", recovery.mf_recovery_codes, "staff"),
)
METHODS = {"logout": ["POST"], "two_factor_rescue": ["GET"]}


WEAK = {
    Weak.COMMON: _l(
        "Dit wachtwoord gebruiken veel mensen. Neem een paar woorden die niets met elkaar hebben."
    ),
    Weak.SIMPLE: _l("Dit wachtwoord is een rijtje of een herhaling. Neem een paar woorden achter elkaar."),
    Weak.NEAR: _l(
        "Dit wachtwoord lijkt te veel op uw e-mailadres of op de naam van de organisatie. Neem een paar andere woorden."
    ),
}


class EmailTaken(Exception):
    """There is an account with this e-mail address already."""


class WeakPassword(Exception):
    """The password is too short, too long or too easy to guess; the message says what to do."""


class PasswordUtil(LibraryPasswordUtil):
    """The library's rules for a new password, and none that others would guess first."""

    def validate(self, password: str, is_register: bool, **kwargs: Any) -> tuple[list[str] | None, str]:
        normal = self.normalize(password)
        if len(normal) < forms.SHORTEST_PASSWORD:
            return [str(forms.TOO_SHORT)], normal
        if len(normal) > forms.LONGEST_PASSWORD:
            return [str(forms.TOO_LONG)], normal
        problems, normal = super().validate(password, is_register, **kwargs)
        if problems:
            return problems, normal
        known = [getattr(kwargs.get("user"), "email", ""), kwargs.get("email", "")]
        organisation = current_app.extensions["profile"]
        found = weakness(normal, [*known, organisation.name, organisation.short_name])
        return ([str(WEAK[found])] if found else None), normal


class Datastore(SQLAlchemyUserDatastore):
    """The library's store, writing the way the portal writes."""

    def commit(self) -> None:
        """Write what the library changed in one transaction that holds the write lock from its start."""
        changes = [(user, _changed(user)) for user in db.session.dirty]
        added = list(db.session.new)
        with transaction() as session:
            session.add_all(added)
            for user, values in changes:
                for name, value in values.items():
                    setattr(user, name, value)

    def find_user(self, case_insensitive: bool = False, **kwargs: Any) -> Any:
        """The account; by its e-mail address as we keep it, whatever the capitals that were typed."""
        if "email" in kwargs:
            case_insensitive, kwargs["email"] = False, kwargs["email"].lower()
        return super().find_user(case_insensitive=case_insensitive, **kwargs)

    def tf_set(
        self, user: Any, primary_method: str, totp_secret: str | None = None, phone: str | None = None
    ) -> None:
        """Keep the app's secret under the newest data key: in the cookie it can have come over a rotation."""
        if totp_secret:
            totp_secret = keyring().resealed_within(totp_secret) or totp_secret
        super().tf_set(user, primary_method, totp_secret, phone)


def init_app(app: Flask) -> None:
    app.config.update({f"SECURITY_{name}": value for name, value in SETTINGS.items()})
    app.config["SECURITY_TOTP_ISSUER"] = app.extensions["profile"].short_name
    # An account lasts as long as the browser is open: no cookie that remembers.
    app.config["SESSION_PERMANENT"] = False
    security = Security(
        app,
        Datastore(db, User, Role),
        register_blueprint=False,
        login_form=forms.SignInForm,
        verify_form=forms.ConfirmPasswordForm,
        change_password_form=forms.NewPasswordForm,
        two_factor_verify_code_form=forms.AppCodeForm,
        two_factor_setup_form=forms.AppSetupForm,
        two_factor_rescue_form=forms.NoRescueForm,
        mf_recovery_form=forms.RecoveryCodeForm,
        password_util_cls=PasswordUtil,
        totp_cls=second_step.Totp,
        mf_recovery_codes_util_cls=second_step.RecoveryCodes,
        render_template=_render,
    )
    security.want_json(lambda _request: False)
    app.login_manager.request_loader(lambda _request: None)  # type: ignore[attr-defined]
    # A page that says who is signed in asks for it, and no other does: an error page is there when the
    # database is not.
    app.template_context_processors[None].remove(_user_context_processor)
    app.jinja_env.globals["current_user"] = current_user
    sessions.init_app(app)
    app.register_blueprint(_blueprint())
    app.before_request(_protect)
    app.register_error_handler(CSRFError, _stale)
    app.register_error_handler(NotYourRole, _not_your_role)
    app.jinja_env.globals["team_pages"] = team_pages


def team_pages() -> list[tuple[str, str, str]]:
    """The staff pages that the current user may see: (endpoint, action, name)."""
    pages = [
        ("team.today", "today.see", _("Vandaag")),
        ("team.response", "response.see", _("Respons")),
        ("invitations.index", "invitations.see", _("Uitnodigingen")),
        ("team.results", "results.see", _("Resultaten")),
        ("paper.index", "paper.print", _("Papier")),
        ("complaints.index", "complaints.see", _("Klachten")),
        ("evenings.index", "talks.manage", _("Talks")),
        ("advices.index", "advices.manage", _("Adviezen")),
    ]
    return [found for found in pages if may(current_user.role_names, found[1])]


def hash_password(password: str, email: str = "") -> str:
    """What to keep of a new password of somebody. Slow on purpose: call it before a transaction begins.

    Raises WeakPassword.
    """
    problems, normal = current_app.extensions["security"].password_util.validate(password, True, email=email)
    if problems:
        raise WeakPassword(str(problems[0]))
    hashed: str = _hash_password(normal)
    return hashed


def add_staff(
    email: str,
    password_hash: str,
    roles: Iterable[str],
    *,
    totp_secret: str | None = None,
    is_demo: bool = False,
    joined: bool = True,
    actor: str = "operator",
) -> User:
    """Add somebody who can sign in. Call it inside a transaction, with the result of `hash_password`; who has
    not `joined` yet has none, and chooses one with a link.

    With `totp_secret`, in base32, the authenticator app is set up already; without it that happens at
    the first sign-in. Raises EmailTaken, and ValueError for an unknown role or a text that is no
    e-mail address.
    """
    address = normal(email)
    if db.session.scalar(select(User.id).where(User.email == address)):
        raise EmailTaken(address)
    user = User(
        email=address,
        password=password_hash,
        active=True,
        joined=joined,
        is_demo=is_demo,
        fs_uniquifier=uuid.uuid4().hex,
        roles=[role_row(RoleName(name)) for name in roles],
    )
    if totp_secret:
        user.tf_primary_method = second_step.METHOD
        user.tf_totp_secret = current_app.extensions["security"].totp_factory.seal(totp_secret)
    db.session.add(user)
    db.session.flush()
    event = "staff.added" if joined else "staff.invited"
    audit.record(event, actor, user=str(user.id), roles=",".join(sorted(user.role_names)))
    return user


def normal(email: str) -> str:
    """The address as we keep it. Raises ValueError for a text that is none."""
    address: str = current_app.extensions["security"].mail_util.normalize(email).lower()
    return address


def role_row(name: RoleName) -> Role:
    """The row of a role, made when nobody had it before."""
    found = db.session.scalar(select(Role).where(Role.name == name))
    if found is None:
        found = Role(name=name.value)
        db.session.add(found)
    return found


def _blueprint() -> Blueprint:
    blueprint = Blueprint("security", __name__, url_prefix="/team")
    for address, name, view, kind in PAGES:
        # Each in a function of its own: the library's are shared by every application in the process.
        own = _own(view, name)
        guarded = staff(STAFF_ACTION)(own) if kind == "staff" else entry("public")(own)
        blueprint.add_url_rule(address, name, guarded, methods=METHODS.get(name, ["GET", "POST"]))
    blueprint.after_request(_keep_nowhere)
    return blueprint


def _own(view: Callable[..., Any], name: str) -> Callable[..., Any]:
    def shown(**values: Any) -> Any:
        elsewhere = half_way.elsewhere(name) if name in half_way.PAGES else None
        if elsewhere is not None:
            return elsewhere
        # What the library changes waits for the transaction in which it is written: a row that is read meanwhile
        # must not send it to the database before.
        with db.session.no_autoflush:
            return view(**values)

    shown.__name__, shown.__doc__ = view.__name__, view.__doc__
    return shown


def _keep_nowhere(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _protect() -> ResponseReturnValue | None:
    """Before a staff page is posted to: it came from our own page, which was this colleague's."""
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        return None
    signing_in = request.blueprint == "security"
    found = entry_of(request.endpoint)
    if not signing_in and (found is None or found.kind != "staff"):
        return None
    if request.is_json:
        abort(400)
    if not signing_in and not current_user.is_authenticated:
        return None  # The door sends them to the sign-in page, whatever they posted.
    # The library stumbles over a part without a name, which is in no form of ours.
    if None in request.form:
        abort(400)
    if not signing_in and keeping.is_anothers() and keeping.is_our_own():
        return keeping.page_for("other")
    current_app.extensions["csrf"].protect()
    return None


def _stale(_error: CSRFError) -> Response:
    """The page was of an earlier session. What was typed on one of ours comes back with a fresh token."""
    if request.blueprint != "security" and current_user.is_authenticated and keeping.is_our_own():
        return keeping.page_for("stale")
    return own_error_page(
        400,
        _("Deze pagina stond te lang open"),
        _(
            "Er is niets veranderd. Ga terug, ververs de pagina en probeer het opnieuw. "
            "Gebeurt het weer? Sta dan cookies van deze website toe."
        ),
    )


def _not_your_role(_error: NotYourRole) -> Response:
    return own_error_page(
        403,
        _("Hier mag u niet komen"),
        _(
            "Deze pagina hoort niet bij uw rol. Bij ‘Wie mag wat’ ziet u waarom. "
            "Moet u hier wel bij? Vraag de beheerder."
        ),
        beside=(url_for("identity.permissions"), _("Wie mag wat")),
    )


def _render(template: str, **context: Any) -> Response:
    """A page of the library, with what is wrong in its forms, and where one was going."""
    errors = [error for form in context.values() if isinstance(form, FlaskForm) for error in errors_of(form)]
    asked = request.values.get("next")
    going_to = asked if forms.leads_to_staff_page(asked) else None
    if template == "security/verify.html":
        context |= keeping.asked_for(context["verify_form"].next.data)
    is_trying = (
        template == "security/two_factor_verify_code.html"
        and session.get("tf_state") == second_step.SETTING_UP
    )
    if is_trying or (template == "security/two_factor_setup.html" and context["chosen_method"]):
        template, context = (
            "security/two_factor_setup.html",
            context | second_step.to_set_up(context["two_factor_verify_code_form"].user),
        )
    return page(template, status=422 if errors else 200, errors=errors, going_to=going_to, **context)


def _changed(user: Any) -> dict[str, Any]:
    return {
        attribute.key: attribute.value for attribute in inspect(user).attrs if attribute.history.has_changes()
    }
