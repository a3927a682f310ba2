"""The team's pages about invitations."""

from collections.abc import Callable, Collection
from datetime import date, timedelta
from typing import Any

import segno
from flask import Blueprint, Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date, format_datetime, ngettext
from flask_babel import gettext as _
from flask_login import current_user

from portal.db import db, transaction
from portal.forms import errors_of
from portal.identity.access import staff as may_enter
from portal.identity.rules import may
from portal.outbox import operations as outbox
from portal.outbox.hours import hours
from portal.profile import profile
from portal.surveys.answering.queries import code_of, link_of
from portal.surveys.inviting import operations, team_queries
from portal.surveys.inviting.asking import TOPIC
from portal.surveys.inviting.models import NoContact
from portal.surveys.inviting.overview import overview, paused
from portal.surveys.inviting.public_forms import FOR_WHOM
from portal.surveys.inviting.rules import Protected, StopReason
from portal.surveys.inviting.staff_forms import STOP_REASONS, CaseForm, LinkForm, LookUpForm, StopForm
from portal.surveys.inviting.views import uploads
from portal.surveys.models import Invitation
from portal.surveys.rules import Moment, Perspective
from portal.web import page

blueprint = Blueprint("invitations", __name__, url_prefix="/team/uitnodigingen")
blueprint.register_blueprint(uploads.blueprint)
MOST_ID = 2147483647
LONGEST_PAGE = 6
A_MONDAY = date(2024, 1, 1)


@blueprint.app_context_processor
def _pages() -> dict[str, Callable[[], list[tuple[str, str]]]]:
    """What the pages about invitations link to one another with."""
    return {"invitation_pages": pages}


def pages() -> list[tuple[str, str]]:
    """The pages about invitations that the current user may see: (endpoint, name)."""
    found = [
        ("invitations.index", "invitations.see", _("Overzicht")),
        ("invitations.uploads.upload", "invitations.manage", _("Inlezen")),
        ("letters.index", "invitations.manage", _("Brieven")),
        ("invitations.undelivered", "invitations.manage", _("Niet bezorgd")),
        ("invitations.left_alone", "invitations.manage", _("Met rust")),
        ("invitations.family", "invitations.manage", _("Gezin")),
    ]
    return [(endpoint, name) for endpoint, action, name in found if may(current_user.role_names, action)]


def _actor() -> str:
    return str(current_user.id)


# ---- The overview, and holding everything -------------------------------------------------


@blueprint.get("")
@may_enter("invitations.see")
def index() -> Response:
    """What leaves today, what is planned, and what came of it."""
    used = {channel for step in profile().inviting.steps for channel in step.channels}
    shown = overview()
    the_hours = hours()
    return page(
        "team/invitations.html",
        overview=shown,
        may_manage=may(current_user.role_names, "invitations.manage"),
        missing=sorted(used - {str(channel) for channel in outbox.channels()}),
        hours=the_hours,
        days=_in_words(the_hours.days),
        paused_since=format_datetime(shown.paused.since, "EEEE d MMMM, H.mm") if shown.paused else "",
    )


def _in_words(days: Collection[int]) -> str:
    """The days of a week as people say them: maandag tot en met zaterdag."""
    names = [str(format_date(A_MONDAY + timedelta(days=day), "EEEE")) for day in sorted(days)]
    if len(days) > 2 and max(days) - min(days) + 1 == len(days):
        return str(_("%(first)s tot en met %(last)s", first=names[0], last=names[-1]))
    return str(_(" en ")).join(filter(None, [", ".join(names[:-1]), names[-1]]))


@blueprint.post("/stilzetten")
@may_enter("invitations.manage")
def pause() -> ResponseReturnValue:
    """Hold everything."""
    with transaction():
        is_new = outbox.pause(TOPIC, _actor())
    flash(_("Stilgezet. Er is niets verloren.") if is_new else _("Alles stond al stil."))
    return redirect(url_for(".index"), 303)


@blueprint.post("/verder")
@may_enter("invitations.manage")
def resume() -> ResponseReturnValue:
    """Let everything go again."""
    with transaction():
        is_new = outbox.resume(TOPIC, _actor())
    flash(_("De berichten vertrekken weer.") if is_new else _("De berichten vertrokken al."))
    return redirect(url_for(".index"), 303)


# ---- Who is left alone --------------------------------------------------------------------


@blueprint.route("/met-rust", methods=["GET", "POST"])
@may_enter("invitations.manage")
def left_alone() -> ResponseReturnValue:
    """Cases that are left alone; posting adds one."""
    form = StopForm()
    if request.method == "GET":
        return _left_alone(StopForm(formdata=None), LookUpForm(formdata=None))
    if not form.validate():
        return _left_alone(form, LookUpForm(formdata=None))
    number = form.number.data or ""
    with transaction():
        operations.stop_case(number, StopReason(form.reason.data), _actor())
        is_known = team_queries.is_known_case(number)
    flash(_("We laten deze zaak met rust. Berichten die nog klaarstonden gaan niet meer weg."))
    if not is_known:
        flash(_("We kennen dit zaaknummer nog niet. Kijk na of het klopt."), "warning")
    return redirect(url_for(".left_alone"), 303)


@blueprint.post("/met-rust/zoeken")
@may_enter("invitations.manage")
def look_up() -> ResponseReturnValue:
    """Whether somebody opted out at an address. The address itself stays out of the answer's address."""
    form = LookUpForm()
    if not form.validate():
        return _left_alone(StopForm(formdata=None), form)
    found = team_queries.opt_out_at(*form.index)
    result = {"afmelding": found.id} if found else {"afmelding": "geen"}
    return redirect(url_for(".left_alone", _anchor="afgemeld", **result), 303)


@blueprint.post(f"/met-rust/<int(max={MOST_ID}):no_contact_id>/weer")
@may_enter("invitations.manage")
def allow(no_contact_id: int) -> ResponseReturnValue:
    """A case, or somebody who opted out, may be asked again: all addresses of that person together."""
    with transaction():
        found = db.session.get(NoContact, no_contact_id, with_for_update=True)
        theirs = team_queries.opt_outs_with(found) if found else []
        lifted = [operations.allow_again(one.id, _actor()) for one in theirs]
    is_case = found is None or found.kind == Protected.CASE
    if not any(lifted):
        flash(_("Dit was al gedaan."))
    elif is_case:
        flash(_("Deze zaak mag weer. Vanaf het volgende moment sturen we weer een uitnodiging."))
    else:
        flash(_("De afmelding is weg. Vanaf het volgende moment sturen we weer een uitnodiging."))
    return redirect(url_for(".left_alone"), 303)


def _left_alone(stop: StopForm, look: LookUpForm) -> Response:
    errors = errors_of(stop) + errors_of(look)
    asked = request.args.get("afmelding", "")
    is_number = asked.isascii() and asked.isdigit() and int(asked) <= MOST_ID
    found = db.session.get(NoContact, int(asked)) if is_number else None
    opt_out = found if found and found.reason == StopReason.OPTED_OUT else None
    return page(
        "team/invitations_left_alone.html",
        status=422 if errors else 200,
        errors=errors,
        stop=stop,
        look=look,
        cases=team_queries.cases_left_alone(_page_number()),
        addresses=team_queries.opted_out_addresses(),
        reasons=STOP_REASONS,
        looked=bool(asked),
        opt_out=opt_out,
        others=_also(opt_out) if opt_out else [],
    )


def _also(opt_out: NoContact) -> list[str]:
    """At what else the same person opted out, in words."""
    words = {Protected.EMAIL: _("e-mail"), Protected.PHONE: _("telefoon"), Protected.POST: _("post")}
    others = team_queries.opt_outs_with(opt_out)
    kinds = {one.kind for one in others if one.value_index != opt_out.value_index}
    return [word for kind, word in words.items() if kind in kinds]


def _page_number() -> int:
    asked = request.args.get("bladzijde", "1")
    if not (asked.isascii() and asked.isdigit() and len(asked) < LONGEST_PAGE and int(asked) > 0):
        abort(404)
    return int(asked)


# ---- Not delivered ------------------------------------------------------------------------


@blueprint.get("/niet-bezorgd")
@may_enter("invitations.manage")
def undelivered() -> Response:
    """Messages that were given up."""
    return page("team/invitations_undelivered.html", messages_of=team_queries.undelivered(), paused=paused())


@blueprint.post(f"/niet-bezorgd/<int(max={MOST_ID}):message_id>/opnieuw")
@may_enter("invitations.manage")
def resend(message_id: int) -> ResponseReturnValue:
    """Try one once more."""
    with transaction():
        is_new = outbox.resend(message_id, _actor())
    flash(_("We proberen dit bericht opnieuw.") if is_new else _("Dit bericht stond hier niet meer."))
    return redirect(url_for(".undelivered"), 303)


@blueprint.post(f"/niet-bezorgd/<int(max={MOST_ID}):message_id>/laat-maar")
@may_enter("invitations.manage")
def discard(message_id: int) -> ResponseReturnValue:
    """Leave one for what it is."""
    with transaction():
        is_new = outbox.discard(message_id, _actor())
    flash(_("Dit bericht gaat niet meer weg.") if is_new else _("Dit bericht stond hier niet meer."))
    return redirect(url_for(".undelivered"), 303)


@blueprint.post("/niet-bezorgd/allemaal")
@may_enter("invitations.manage")
def resend_all() -> ResponseReturnValue:
    """Try all of them once more."""
    with transaction():
        number = outbox.resend_all(TOPIC, _actor())
    text = ngettext("We proberen %(num)s bericht opnieuw.", "We proberen %(num)s berichten opnieuw.", number)
    flash(text if number else _("Er was niets meer om opnieuw te proberen."))
    return redirect(url_for(".undelivered"), 303)


# ---- Links for others in the family -------------------------------------------------------


@blueprint.route("/gezin", methods=["GET", "POST"])
@may_enter("invitations.manage")
def family() -> ResponseReturnValue:
    """Find the invitation that the links belong to."""
    form = CaseForm()
    if request.method == "POST" and form.validate():
        found = team_queries.asked_of_case(form.number.data or "", Moment(form.moment.data))
        if found is not None:
            return redirect(url_for(".family_links", invitation_id=found), 303)
        form.number.errors = [
            _(
                "Bij dit nummer en dit moment is niemand ingelezen. Kijk het nummer na, of kies een ander moment."
            )
        ]
    errors = errors_of(form)
    return page("team/invitations_family.html", status=422 if errors else 200, form=form, errors=errors)


@blueprint.get(f"/gezin/<int(max={MOST_ID}):invitation_id>")
@may_enter("invitations.manage")
def family_links(invitation_id: int) -> Response:
    """The links for others around one case and moment."""
    return _family_links(invitation_id)


@blueprint.post(f"/gezin/<int(max={MOST_ID}):invitation_id>/link")
@may_enter("invitations.manage")
def make_link(invitation_id: int) -> ResponseReturnValue:
    """Make one more link."""
    form = LinkForm(prefix=_prefix(invitation_id))
    if not form.validate():
        return _family_links(invitation_id, status=422)
    with transaction():
        invitation = db.session.get(Invitation, invitation_id, with_for_update=True, populate_existing=True)
        if invitation is None or not invitation.first_person or team_queries.case_of(invitation_id)[1]:
            abort(404)
        try:
            operations.family_link(invitation, form.number.data, Perspective(form.perspective.data))
        except operations.NoMoreLinks:
            flash(_("Meer links zijn er niet te maken voor deze zaak en dit moment."), "warning")
            return redirect(url_for(".family_links", invitation_id=invitation_id), 303)
    anchor = f"link-{invitation_id}-{form.number.data}"
    return redirect(url_for(".family_links", invitation_id=invitation_id, _anchor=anchor), 303)


def _family_links(invitation_id: int, *, status: int = 200) -> Response:
    found = team_queries.asked_beside(invitation_id)
    if not found:
        abort(404)
    number, is_stopped = team_queries.case_of(invitation_id)
    return page(
        "team/invitations_family_links.html",
        status=status,
        number=number,
        is_stopped=is_stopped,
        asked=[(one, _links(one.invitation), _link_form(one.invitation)) for one in found],
        for_whom=FOR_WHOM,
        most=profile().inviting.family_links,
    )


def _prefix(invitation_id: int) -> str:
    return f"uitnodiging-{invitation_id}-"


def _link_form(invitation: Invitation) -> LinkForm:
    form = LinkForm(formdata=None, prefix=_prefix(invitation.id))
    form.number.data = invitation.family_links + 1
    return form


def _links(invitation: Invitation) -> list[dict[str, Any]]:
    """The links made so far, as they are handed over. Says nothing of what became of them."""
    return [
        {
            "number": number,
            "perspective": made.perspective,
            "address": link_of(made),
            "code": _spaced(code_of(made)),
            "picture": segno.make(link_of(made), error="m").svg_data_uri(scale=3, border=2),
            "closes_on": made.closes_on,
        }
        for number, made in enumerate(operations.family_invitations(invitation), start=1)
    ]


def _spaced(code: str) -> str:
    return f"{code[:4]} {code[4:8]} {code[8:]}"
