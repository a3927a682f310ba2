"""For the coordinator of the talks: evenings, who comes, and what is told to them."""

from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from portal import clock
from portal.audit.operations import record
from portal.db import transaction
from portal.exports import csv_file, xlsx_file
from portal.forms import errors_of
from portal.identity.access import staff
from portal.outbox import operations as outbox
from portal.talks import queries as evenings
from portal.talks.arranging import operations, queries
from portal.talks.arranging.forms import CancelForm, EveningForm, SaidForm, SomebodyForm, WordForm
from portal.talks.arranging.operations import Behind, To
from portal.talks.arranging.words import FIELDS, PHASES, REFUSED
from portal.talks.models import Evening
from portal.talks.queries import Shown
from portal.talks.rules import Phase, Reason, Refused, State
from portal.talks.words import WHO
from portal.web import page

blueprint = Blueprint("evenings", __name__, url_prefix="/team/talks")
MOST_ID = 2147483647
MOST_PAST = 50


def _actor() -> str:
    return str(current_user.id)


def _found(slug: str) -> Shown:
    found = evenings.by_slug(slug)
    if found is None:
        abort(404)
    return found


def _known(slug: str) -> Shown:
    """The evening, as long as it is known who comes."""
    found = _found(slug)
    if found.evening.purged_on is not None:
        abort(410)
    return found


def _page(
    template: str, *, errors: list[tuple[str, str]] | None = None, status: int = 0, **given: Any
) -> Response:
    return page(
        f"team/talks/{template}.html",
        status=status or (422 if errors else 200),
        errors=errors or [],
        local=clock.local,
        phases=PHASES,
        who=WHO,
        **given,
    )


def _back(evening: Evening) -> ResponseReturnValue:
    return redirect(url_for(".one", slug=evening.slug), 303)


def _refused(shown: Shown, refused: Refused) -> Response:
    """The page that says why it cannot be."""
    return _page("refused", status=409, shown=shown, why=REFUSED[refused.reason])


# ---- Evenings -----------------------------------------------------------------------------


@blueprint.get("")
@staff("talks.manage")
def index() -> Response:
    """The evenings to come and those that were."""
    return _page(
        "index",
        coming=evenings.coming(),
        past=evenings.past(MOST_PAST, with_cancelled=True),
        unreached=queries.unreached_counts(),
    )


@blueprint.route("/nieuw", methods=["GET", "POST"])
@staff("talks.manage")
def new() -> ResponseReturnValue:
    """Make an evening, from nothing or like another one."""
    form = EveningForm()
    if form.validate_on_submit():
        with transaction():
            made = operations.make(form.given, request_key=form.request_key.data or "", actor=_actor())
        flash(_("De avond staat erop. Mensen kunnen zich nu aanmelden."))
        return _back(made)
    copied = evenings.by_slug(request.args.get("kopie", "")) if request.method == "GET" else None
    if copied is not None:
        form.show(copied.evening, with_day=False)
    return _page("new", errors=errors_of(form), form=form, copied=copied)


@blueprint.get("/<slug>")
@staff("talks.manage")
def one(slug: str) -> Response:
    """Who comes, who waits, and what they need."""
    shown = _found(slug)
    evening = shown.evening
    if evening.purged_on is not None:
        return _page("purged", shown=shown)
    people = queries.people(evening.id)
    return _page(
        "one",
        shown=shown,
        people=people,
        needs=queries.needs(people.placed),
        unreached=queries.unreached(evening.id),
        has_begun=operations.has_begun(evening),
        is_cancelled=evening.cancelled_at is not None,
    )


@blueprint.route("/<slug>/wijzig", methods=["GET", "POST"])
@staff("talks.manage")
def change(slug: str) -> ResponseReturnValue:
    """Change or move an evening."""
    shown = _found(slug)
    if shown.phase in (Phase.CANCELLED, Phase.OVER) and request.method == "GET":
        return _refused(shown, Refused(Reason.OVER if shown.phase is Phase.OVER else Reason.CANCELLED))
    form = EveningForm()
    if not form.is_submitted():
        form.show(shown.evening)
    if not form.validate_on_submit():
        return _page("change", errors=errors_of(form), form=form, shown=shown)
    try:
        with transaction():
            changed = operations.change(shown.evening.id, form.given, seen=form.version, actor=_actor())
    except Behind:
        return _behind(_found(slug), form)
    except Refused as refused:
        if refused.reason is not Reason.MORE_ARE_IN:
            return _refused(shown, refused)
        form.capacity.errors = [REFUSED[refused.reason]]
        return _page("change", errors=errors_of(form), form=form, shown=_found(slug))
    flash(_said_of(changed))
    return _back(shown.evening)


def _behind(shown: Shown, form: EveningForm) -> Response:
    """The form as it was typed, with what is there now."""
    evening = shown.evening
    since = [(FIELDS[name], _as_read(evening, name)) for name in operations.differing(evening, form.given)]
    form.seen.data = str(evening.sequence)
    return _page("change", status=409, form=form, shown=shown, since=since)


def _as_read(evening: Evening, name: str) -> str:
    if name in ("starts_at", "ends_at"):
        return f"{clock.local(getattr(evening, name)):%d-%m-%Y %H:%M}"
    return str(getattr(evening, name)) or "–"


def _said_of(changed: list[str]) -> str:
    if set(changed) & set(operations.TOLD_WHEN_CHANGED):
        return _("Bewaard. Iedereen die komt of wacht krijgt bericht van de nieuwe tijd of plaats.")
    return _("Bewaard.") if changed else _("Er was niets veranderd.")


@blueprint.route("/<slug>/aflassen", methods=["GET", "POST"])
@staff("talks.manage")
def cancel(slug: str) -> ResponseReturnValue:
    """The evening does not come."""
    shown = _found(slug)
    form = CancelForm()
    if shown.phase is Phase.OVER:
        return _refused(shown, Refused(Reason.OVER))
    if not form.validate_on_submit():
        return _page("cancel", errors=errors_of(form), form=form, shown=shown)
    try:
        with transaction():
            is_new = operations.cancel(shown.evening.id, form.why.data or "", actor=_actor())
    except Refused as refused:
        return _refused(shown, refused)
    flash(
        _("De avond gaat niet door. Iedereen krijgt bericht.") if is_new else _("De avond was al afgelast.")
    )
    return _back(shown.evening)


# ---- People -------------------------------------------------------------------------------


@blueprint.route("/<slug>/bericht", methods=["GET", "POST"])
@staff("talks.manage")
def word(slug: str) -> ResponseReturnValue:
    """A message to everybody."""
    shown = _known(slug)
    form = WordForm()
    if not form.validate_on_submit():
        return _page("word", errors=errors_of(form), form=form, shown=shown)
    with transaction():
        told = operations.tell_everybody(
            shown.evening.id,
            To(form.to.data),
            form.words.data or "",
            request_key=form.request_key.data or "",
            actor=_actor(),
        )
    if told:
        flash(ngettext("Uw bericht gaat naar %(num)s persoon.", "Uw bericht gaat naar %(num)s mensen.", told))
    else:
        flash(_("Er ging geen bericht uit: er is niemand, of het was al verstuurd."), "warning")
    return _back(shown.evening)


@blueprint.route("/<slug>/toevoegen", methods=["GET", "POST"])
@staff("talks.manage")
def add(slug: str) -> ResponseReturnValue:
    """Sign up somebody who called or came by."""
    shown = _known(slug)
    form = SomebodyForm()
    if not form.validate_on_submit():
        return _page("add", errors=errors_of(form), form=form, shown=shown)
    try:
        with transaction():
            standing = operations.add(
                shown.evening.id, form.wanted, request_key=form.request_key.data or "", actor=_actor()
            )
    except Refused as refused:
        return _page("add", status=409, errors=[("", str(REFUSED[refused.reason]))], form=form, shown=shown)
    if standing.signup is None:
        flash(_("Iemand met dit e-mailadres of nummer stond al op de lijst. Er is niets dubbel."), "warning")
    elif standing.state is State.WAITING:
        flash(_("Staat in de rij, op nummer %(number)s, en krijgt bericht.", number=standing.number))
    else:
        flash(_("Heeft een plek, en krijgt bericht."))
    return _back(shown.evening)


@blueprint.route(f"/<slug>/uithalen/<int(max={MOST_ID}):signup_id>", methods=["GET", "POST"])
@staff("talks.manage")
def take_out(slug: str, signup_id: int) -> ResponseReturnValue:
    """Somebody does not come after all; asks first."""
    shown = _known(slug)
    if request.method == "GET":
        somebody = queries.somebody(shown.evening.id, signup_id)
        if somebody is None:
            abort(404)
        return _page("take_out", shown=shown, signup=somebody, person=somebody.person)
    try:
        with transaction():
            is_new = operations.take_out(shown.evening.id, signup_id, actor=_actor())
    except Refused as refused:
        return _refused(shown, refused)
    flash(_("Gedaan. Wacht er iemand, dan heeft die nu de plek.") if is_new else _("Dit was al gedaan."))
    return _back(shown.evening)


@blueprint.post(f"/<slug>/niet-aangekomen/<int(max={MOST_ID}):message_id>")
@staff("talks.manage")
def not_arrived(slug: str, message_id: int) -> ResponseReturnValue:
    """Try a message once more that could not be delivered, or leave it."""
    shown = _known(slug)
    tried = request.form.get("action") == "resend"
    with transaction():
        is_of_this = any(one.message_id == message_id for one in queries.unreached(shown.evening.id))
        is_done = is_of_this and (outbox.resend if tried else outbox.discard)(message_id, _actor())
    if not is_done:
        flash(_("Dit bericht wacht niet meer. Er is niets veranderd."), "warning")
    else:
        flash(_("Het bericht gaat nog een keer weg.") if tried else _("Het bericht gaat niet meer weg."))
    return _back(shown.evening)


@blueprint.route("/<slug>/aanwezig", methods=["GET", "POST"])
@staff("talks.manage")
def came(slug: str) -> ResponseReturnValue:
    """Tick who came."""
    shown = _known(slug)
    ticked, seen = (request.form.getlist(name, type=int) for name in ("came", "seen"))
    try:
        if request.method == "POST":
            with transaction():
                operations.note_who_came(shown.evening.id, ticked, seen=seen, actor=_actor())
            flash(_("Bewaard wie er was."))
            return _back(shown.evening)
        operations.check_began(shown.evening)
    except Refused as refused:
        return _refused(shown, refused)
    return _page("came", shown=shown, people=queries.people(shown.evening.id))


@blueprint.route("/<slug>/terugblik", methods=["GET", "POST"])
@staff("talks.manage")
def look_back(slug: str) -> ResponseReturnValue:
    """What was said on the evening, and the thanks."""
    shown = _known(slug)
    form = SaidForm()
    try:
        operations.check_began(shown.evening)
        if form.validate_on_submit():
            with transaction():
                thanked = operations.look_back(
                    shown.evening.id, form.said.data or "", thank=bool(form.thank.data), actor=_actor()
                )
            flash(_("Bewaard.") if not thanked else _("Bewaard. De bedankjes gaan eruit."))
            return _back(shown.evening)
    except Refused as refused:
        return _refused(shown, refused)
    if not form.is_submitted():
        form.said.data = shown.evening.said
    return _page("look_back", errors=errors_of(form), form=form, shown=shown)


@blueprint.get("/<slug>/mensen.<kind>")
@staff("talks.manage", fresh=True)
def download(slug: str, kind: str) -> Response:
    """The list as a file, for a table on the door or a caterer."""
    evening = _known(slug).evening
    if kind not in ("csv", "xlsx"):
        abort(404)
    header, rows = queries.header(), queries.rows(queries.people(evening.id))
    with transaction():
        record("evening.downloaded", _actor(), evening=str(evening.id), kind=kind)
    name = f"talks-{evening.slug}.{kind}"
    return csv_file(name, header, rows) if kind == "csv" else xlsx_file(name, header, rows)
