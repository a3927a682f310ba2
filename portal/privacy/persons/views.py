"""Everything about one person: found, given, thrown away (AVG art. 15, 17, 20).

What is sought travels sealed in the pages: it is in no address, no session and no log.
"""

import secrets
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from portal import clock
from portal.db import db
from portal.forms import errors_of
from portal.identity.access import staff
from portal.identity.models import User
from portal.privacy.persons import exporting, operations, queries, words
from portal.privacy.persons.forms import EraseForm, FoundForm, SeekForm
from portal.privacy.persons.found import Ask, Found
from portal.privacy.persons.operations import Busy, Plan
from portal.privacy.persons.queries import Stale
from portal.privacy.persons.rules import Part, Sought, What, may_see, sees_all_parts
from portal.web import page

blueprint = Blueprint("persons", __name__, url_prefix="/team/personen")
DIGITS = 8


def _user() -> User:
    return db.session.get_one(User, int(current_user.id))


def _new_ask(sought: Sought) -> Ask:
    number = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    return Ask(f"{number[:4]} {number[4:]}", sought, int(current_user.id))


def _page(template: str, *, errors: Any = (), status: int = 0, **given: Any) -> Response:
    return page(
        f"privacy/{template}.html",
        status=status or (422 if errors else 200),
        errors=list(errors),
        words=words,
        parts=list(Part),
        **given,
    )


@blueprint.get("")
@staff("persons.handle")
def index() -> Response:
    """The one field."""
    return _page("persons", form=SeekForm(formdata=None))


@blueprint.route("/gevonden", methods=["GET", "POST"])
@staff("persons.handle")
def found() -> ResponseReturnValue:
    """What was found; or first who of several people it is. Opened again without anything sought: the one field."""
    seek, again = SeekForm(), FoundForm()
    if not seek.is_submitted():
        return redirect(url_for(".index"), 303)
    if not again.ask.data:
        if not seek.validate():
            return _page("persons", errors=errors_of(seek), form=seek)
        return _shown(_new_ask(seek.sought))
    try:
        ask = _ask_of(again)
    except Stale:
        return _stale()
    if again.back.data:
        # Nothing new is sought: with the ticks as they stood.
        shown = operations.look(ask, _user(), recorded=False)
        return _nobody_chosen(shown) if shown.must_choose else _results(shown, take=again.take.data or ())
    if again.anew.data:
        return _shown(replace(ask, who=()))
    if not again.who.data:
        return _nobody_chosen(operations.look(replace(ask, who=()), _user()))
    return _shown(replace(ask, who=tuple(sorted(again.who.data))))


def _ask_of(form: FoundForm) -> Ask:
    """What the page carried. Raises Stale, also where the session's own token does not fit."""
    if not form.validate():
        raise Stale
    return queries.opened(form.ask.data or "", _user())


def _stale() -> Response:
    text = _(
        "Deze pagina stond te lang open, of u logde opnieuw in. Er is niets veranderd. Zoek nog een keer."
    )
    return _page("persons", status=409, errors=[("", text)], form=SeekForm(formdata=None))


def _shown(ask: Ask) -> Response:
    shown = operations.look(ask, _user())
    if shown.must_choose:
        return _choose(shown, FoundForm(formdata=None))
    return _results(shown, take=shown.taken_at_first)


def _choose(shown: Found, form: FoundForm) -> Response:
    """Who of several people it is."""
    sealed = queries.seal(replace(shown.ask, who=()))
    return _page("persons_choose", errors=errors_of(form), found=shown, sealed=sealed, form=form)


def _nobody_chosen(shown: Found) -> Response:
    """Nobody was said to be who asks, or who it was is gone meanwhile."""
    if not shown.must_choose:
        return _results(shown, take=shown.taken_at_first)
    form = FoundForm(formdata=None)
    form.who.errors = [_("Kruis aan wie het vraagt. Anders kunnen gegevens van een ander meekomen.")]
    return _choose(shown, form)


def _results(shown: Found, *, take: Any, errors: Any = ()) -> Response:
    return _page(
        "persons_found",
        errors=errors,
        found=shown,
        sealed=queries.seal(shown.ask),
        take=take,
        is_whole=sees_all_parts(shown.roles),
        doubts=shown.doubts(),
    )


def _nothing_taken(shown: Found) -> Response:
    """Nothing was ticked, or nothing of it is there any more."""
    return _results(shown, take=(), errors=[("gevonden", _("Kruis eerst aan wat van deze persoon is."))])


@blueprint.route("/kopie", methods=["GET", "POST"])
@staff("persons.handle", fresh=True)
def export_page() -> ResponseReturnValue:
    """A copy to read or to print."""
    return _export("html")


@blueprint.route("/bestand", methods=["GET", "POST"])
@staff("persons.handle", fresh=True)
def export_file() -> ResponseReturnValue:
    """The same for a computer."""
    return _export("json")


def _export(kind: str) -> ResponseReturnValue:
    form = FoundForm()
    if not form.is_submitted():
        return redirect(url_for(".index"), 303)
    try:
        ask = _ask_of(form)
    except Stale:
        return _stale()
    shown, taken = operations.exported(ask, _user(), form.take.data or (), kind)
    if shown.must_choose:
        return _nobody_chosen(shown)
    if not taken and shown.all():
        return _nothing_taken(shown)
    return exporting.as_page(shown, taken) if kind == "html" else exporting.as_json(shown, taken)


@blueprint.route("/wissen", methods=["GET", "POST"])
@staff("persons.handle", fresh=True)
def confirm() -> ResponseReturnValue:
    """What goes, what stays and why, before anything does."""
    form = FoundForm()
    if not form.is_submitted():
        return redirect(url_for(".index"), 303)
    try:
        ask = _ask_of(form)
    except Stale:
        return _stale()
    return _confirm(ask, EraseForm(formdata=None), form.take.data or ())


def _confirm(
    ask: Ask, form: EraseForm, take: Any, *, errors: Any = (), status: int = 0
) -> ResponseReturnValue:
    shown = operations.look(ask, _user(), recorded=False)
    if shown.must_choose:
        return _nobody_chosen(shown)
    taken = [one for one in shown.all() if one.key in take]
    if not taken:
        return _nothing_taken(shown)
    plan = Plan.of(shown, take, queries.all_held(), forget_left_alone=form.left_alone.data == "forget")
    return _page(
        "persons_confirm",
        errors=errors,
        status=status,
        found=shown,
        sealed=queries.seal(ask),
        plan=plan,
        taken=taken,
        form=form,
        is_whole=sees_all_parts(shown.roles),
    )


@blueprint.route("/gewist", methods=["GET", "POST"])
@staff("persons.handle", fresh=True)
def erase() -> ResponseReturnValue:
    """Gone, with a page that proves it."""
    form = EraseForm()
    if not form.is_submitted():
        return redirect(url_for(".index"), 303)
    is_valid, take = form.validate(), form.take.data or ()
    try:
        if "csrf_token" in form.errors:
            raise Stale
        ask = queries.opened(form.ask.data or "", _user())
    except Stale:
        return _stale()
    if not is_valid:
        return _confirm(ask, form, take, errors=errors_of(form))
    try:
        plan = operations.erase(ask, _user(), take, forget_left_alone=form.left_alone.data == "forget")
    except Busy:
        text = _(
            "Er gaat op dit moment een bericht naar deze persoon. Er is niets gewist. Probeer het over een minuut opnieuw."
        )
        return _confirm(ask, form, take, errors=[("", text)], status=409)
    return _page(
        "persons_erased",
        ask=ask,
        plan=plan,
        received=form.received,
        erased_at=clock.local(clock.now()),
        leaves_alone=form.left_alone.data == "keep" and any(one.what is What.INVITATION for one in plan.goes),
        unseen=[part for part in Part if not may_see(part, current_user.role_names)],
        user=current_user.email,
    )
