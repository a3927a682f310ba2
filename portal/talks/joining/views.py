"""For parents and young people: the evenings, signing up, and one's own sign-up."""

from flask import Blueprint, Response, abort, current_app, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import i18n
from portal.crypto import keyring
from portal.db import transaction
from portal.identity import attempts
from portal.profile import profile
from portal.talks import calendar as ics
from portal.talks import models as _models  # noqa: F401 - known to the database from the start
from portal.talks import operations, queries
from portal.talks.content import to_json
from portal.talks.forms import read_contact
from portal.talks.joining import pages
from portal.talks.joining.forms import ChangeForm, LeaveForm, SignUpForm, new_request_key
from portal.talks.operations import Wanted
from portal.talks.queries import Shown
from portal.talks.rules import Reason, Refused, State, Who
from portal.web import entry

blueprint = Blueprint("talks", __name__, url_prefix="/talks")
ATTEMPT = "talk-sign-up"


@blueprint.get("")
@entry("public")
def index() -> ResponseReturnValue:
    """What it is, what comes, and what was said."""
    return pages.index()


@blueprint.route("/<slug>", methods=["GET", "POST"])
@entry("public")
def evening(slug: str) -> ResponseReturnValue:
    """An evening, and signing up for it."""
    shown, form = _shown(slug), SignUpForm()
    if request.method != "POST" or pages.switched_language():
        form.request_key.data = form.request_key.data or new_request_key()
        return pages.evening(shown, form)
    if shown.phase in pages.CLOSED:
        return pages.evening(shown, form, status=409)
    if not form.validate():
        return pages.evening(shown, form, status=422)
    if seconds := attempts.wait_to_use(ATTEMPT):
        response = make_response(pages.evening(shown, form, status=429, problem=pages.too_often()))
        response.retry_after = seconds
        return response
    wanted, evening_id = _wanted(form), shown.evening.id
    try:
        with transaction():
            standing = operations.sign_up(evening_id, wanted, request_key=_key(form, slug, wanted))
    except Refused:
        # It was cancelled or it began in this very moment.
        return pages.evening(_shown(slug), form, status=409)
    return redirect(url_for(".joined", slug=slug, stand=pages.seal(slug, standing, wanted)), 303)


def _wanted(form: SignUpForm) -> Wanted:
    person = form.person(form.first_name.data or "", read_contact(form.contact.data or ""))
    return Wanted(person, Who(form.who.data), form.places, i18n.language())


def _key(form: SignUpForm, slug: str, wanted: Wanted) -> str:
    """One page sent twice is one sign-up; gone back to and filled in in another way, it is another request."""
    index = operations.person_index(wanted.person.contact)
    told = f"{slug}:{form.request_key.data}:{index}:{wanted.who}:{wanted.places}:{to_json(wanted.person)}"
    return keyring().index("talk-request", told)


@blueprint.get("/<slug>/aangemeld")
@entry("public")
def joined(slug: str) -> ResponseReturnValue:
    """A place, or a number in line."""
    shown = _shown(slug)
    found = pages.unseal(slug, request.args.get("stand", ""))
    if found is None or shown.phase in pages.CLOSED:
        return redirect(url_for(".evening", slug=slug))
    state, number, places, young = found
    return pages.joined(shown, state, number, places, young=young)


@blueprint.get("/<slug>/agenda.ics")
@entry("public")
def calendar(slug: str) -> ResponseReturnValue:
    """The evening for one's own calendar."""
    shown = _shown(slug)
    address = current_app.extensions["settings"].base_url + url_for(".evening", slug=slug)
    content = ics.file(shown.evening, address=address, organisation=profile().short_name)
    headers = {"Content-Disposition": f'attachment; filename="{slug}.ics"'}
    return Response(content, mimetype="text/calendar", headers=headers)


@blueprint.route("/aanmelding/<token>", methods=["GET", "POST"])
@entry("personal")
def mine(token: str) -> ResponseReturnValue:
    """One's own place or number in line, and changing what one needs."""
    signup = queries.of_token(token)
    if signup is None:
        return pages.unknown()
    i18n.use_own(signup.language)
    form = ChangeForm(signup)
    if request.method != "POST" or pages.switched_language():
        return pages.mine(token, signup, form)
    if not form.validate():
        return pages.mine(token, signup, form, status=422)
    person = form.person(signup.person.first_name, signup.person.contact)
    wanted = Wanted(person, Who(signup.who), form.places, signup.language)
    try:
        with transaction():
            operations.change(signup, wanted)
    except Refused as refused:
        if refused.reason is Reason.NO_ROOM_FOR_TWO:
            form.brings.errors = [
                _(
                    "Er is nu geen plek voor twee. De plek die er al was blijft. Haal het vinkje weg om de rest te bewaren."
                )
            ]
        return pages.mine(token, signup, form, status=409)
    return redirect(url_for(".mine", token=token, bewaard="ja"), 303)


@blueprint.route("/aanmelding/<token>/afmelden", methods=["GET", "POST"])
@entry("personal")
def leave(token: str) -> ResponseReturnValue:
    """Give the place back, or leave the line."""
    signup = queries.of_token(token)
    if signup is None:
        return pages.unknown()
    i18n.use_own(signup.language)
    if signup.state == State.GONE or not pages.can_leave(signup):
        return redirect(url_for(".mine", token=token), 303)
    form = LeaveForm(signup)
    if request.method != "POST":
        return pages.leave(token, signup, form)
    if not form.validate():
        return pages.leave(token, signup, form, status=422)
    try:
        with transaction():
            operations.leave(signup)
    except Refused:
        # The evening began in this very moment: the page of one's own says so.
        pass
    return redirect(url_for(".mine", token=token), 303)


def _shown(slug: str) -> Shown:
    found = None if slug in pages.RESERVED else queries.by_slug(slug)
    if found is None:
        abort(404)
    return found
