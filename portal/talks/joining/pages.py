"""The pages about evenings and about one's own sign-up, in each of their states."""

from typing import Any

from flask import abort, current_app, request
from flask.typing import ResponseReturnValue
from flask_babel import format_date, format_time, ngettext
from flask_babel import gettext as _
from itsdangerous import BadSignature, URLSafeSerializer
from wtforms import BooleanField, Form, RadioField, StringField

from portal import i18n
from portal.forms import errors_of
from portal.profile import profile
from portal.talks import operations, queries, rules
from portal.talks.advices import queries as advices
from portal.talks.advices.words import KINDS, STAGES
from portal.talks.joining.forms import ChangeForm, LeaveForm, SignUpForm
from portal.talks.models import Evening, SignUp
from portal.talks.operations import Standing, Wanted
from portal.talks.queries import Shown
from portal.talks.rules import Phase, State, Who
from portal.web import page

RESERVED = frozenset({"aanmelding", "kring"})
"""Addresses of this part of the site, that no evening can have."""
CLOSED = (Phase.CANCELLED, Phase.OVER)


def hours(evening: Evening) -> str:
    """From when till when, as the language writes a time."""
    pattern = "HH.mm" if i18n.language() == i18n.DEFAULT else "HH:mm"
    begins, ends = (format_time(moment, pattern) for moment in (evening.starts_at, evening.ends_at))
    return _("%(begins)s tot %(ends)s uur", begins=begins, ends=ends)


def day(evening: Evening) -> str:
    """The day it is, with the day of the week."""
    return format_date(evening.starts_at, "EEEE d MMMM yyyy")


def room(shown: Shown) -> str:
    """How many places there are, in words."""
    if shown.phase is Phase.CANCELLED:
        return _("gaat niet door")
    if shown.phase is Phase.OVER:
        return _("is geweest")
    if shown.phase is Phase.FULL:
        return _("vol: u kunt op de wachtlijst")
    return ngettext("nog %(num)s plek", "nog %(num)s plekken", shown.left)


def index() -> ResponseReturnValue:
    """What it is, what comes, and what was said."""
    return _show(
        "index",
        coming=queries.coming(),
        past=queries.past(),
        advices=advices.published(),
        stages=STAGES,
        kinds=KINDS,
        has_circle="circle.join" in current_app.view_functions,
    )


def evening(shown: Shown, form: SignUpForm, *, status: int = 200, problem: str = "") -> ResponseReturnValue:
    """An evening, with signing up as long as one can."""
    errors = [("", problem)] if problem else errors_of(form)
    closed = shown.phase in CLOSED
    return _show(
        "evening",
        status,
        shown=shown,
        evening=shown.evening,
        phase=shown.phase,
        form=form,
        typed=typed(form) if closed else [],
        errors=[] if closed else errors,
    )


def too_often() -> str:
    """What is said when too many sign up at once from one place."""
    return _(
        "Er kwamen heel veel aanmeldingen achter elkaar. Er is nog niets verstuurd, en alles wat er staat is er nog. Wacht een minuut en druk dan nog een keer."
    )


def joined(shown: Shown, state: State, number: int, places: int, *, young: bool) -> ResponseReturnValue:
    """What everybody who signs up reads, also who did so before: somebody else may look at this screen."""
    return _show(
        "joined",
        shown=shown,
        evening=shown.evening,
        state=state,
        number=number,
        places=places,
        young=young,
    )


def mine(token: str, signup: SignUp, form: ChangeForm, *, status: int = 200) -> ResponseReturnValue:
    """One's own place or number in line, and what can be changed about it."""
    given = _own(token, signup)
    is_open = given["state"] is not State.GONE and given["phase"] not in CLOSED
    return _show(
        "mine" if given["state"] is not State.GONE else "left",
        status,
        form=form,
        leave_form=LeaveForm(signup),
        number=queries.number_in_line(signup),
        is_open=is_open,
        is_saved="bewaard" in request.args and request.method == "GET",
        typed=[] if is_open or request.method == "GET" else typed(form),
        errors=errors_of(form) if is_open else [],
        **given,
    )


def leave(token: str, signup: SignUp, form: LeaveForm, *, status: int = 200) -> ResponseReturnValue:
    """Whether to leave, with one button."""
    given = _own(token, signup)
    evening = given["evening"]
    others = [one for one in operations.line_of(evening) if one.id != signup.id]
    passed_on = given["state"] is State.IN and bool(rules.promoted(evening.capacity, others))
    return _show("leave", status, form=form, passed_on=passed_on, errors=errors_of(form), **given)


def can_leave(signup: SignUp) -> bool:
    """Whether there is a place to give back, or a line to leave. A cancelled evening keeps nobody either."""
    shown = _shown(signup)
    return signup.state != State.GONE and shown.phase not in CLOSED


def unknown() -> ResponseReturnValue:
    """The friendly page for a link that we do not know."""
    return _show("unknown", 404)


def typed(form: Form) -> list[tuple[str, str]]:
    """Everything that was filled in, as words, for where it can no longer be sent."""
    found = []
    for field in form:
        if isinstance(field, BooleanField):
            words = _("Ja") if field.data else ""
        elif isinstance(field, RadioField):
            words = next((str(choice.label) for choice in field.choices if choice.value == field.data), "")
        elif type(field) is StringField:
            words = field.data or ""
        else:
            continue
        if words:
            found.append((str(field.label.text), words))
    return found


def seal(slug: str, standing: Standing, wanted: Wanted) -> str:
    """Where somebody stands, as the address of the next page says it: nothing of who."""
    young = wanted.who is Who.YOUNG_PERSON
    return str(_signer(slug).dumps([standing.state.value, standing.number, wanted.places, young]))


def unseal(slug: str, sealed: str) -> tuple[State, int, int, bool] | None:
    """What `seal` said about this evening: the state, the number, the places, young; None for anything else."""
    try:
        state, number, places, young = _signer(slug).loads(sealed)
    except BadSignature:
        return None
    return State(state), int(number), int(places), bool(young)


def switched_language() -> bool:
    """A form page's language button: the same page, with what was typed, in that language."""
    verb, _colon, value = request.form.get("action", "").partition(":")
    if verb != "language" or value not in profile().languages:
        return False
    i18n.use(value)
    return True


def _own(token: str, signup: SignUp) -> dict[str, Any]:
    shown = _shown(signup)
    return {
        "token": token,
        "state": State(signup.state),
        "places": signup.places,
        "young": signup.who == Who.YOUNG_PERSON,
        "shown": shown,
        "evening": shown.evening,
        "phase": shown.phase,
    }


def _shown(signup: SignUp) -> Shown:
    found = queries.by_slug(signup.evening.slug)
    if found is None:
        abort(404)
    return found


def _show(template: str, status: int = 200, **context: Any) -> ResponseReturnValue:
    return page(f"talks/{template}.html", status=status, hours=hours, day=day, room=room, **context)


def _signer(slug: str) -> URLSafeSerializer:
    return URLSafeSerializer(current_app.extensions["settings"].secret_key, salt=f"talk-standing:{slug}")
