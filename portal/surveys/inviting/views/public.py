"""Under a personal link: no more messages, and links for others in the family."""

from urllib.parse import quote

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.db import transaction
from portal.forms import errors_of
from portal.profile import profile
from portal.surveys.answering.personal import is_young, may_ask_others, speak, state_of, unknown_link
from portal.surveys.answering.queries import code_of, find, link_of
from portal.surveys.inviting import operations
from portal.surveys.inviting.public_forms import FOR_WHOM, OptOutForm, OthersForm
from portal.surveys.models import Invitation
from portal.surveys.rules import LinkState, Perspective
from portal.web import entry, page

blueprint = Blueprint("inviting", __name__)
ONE_CLICK = ("List-Unsubscribe", "One-Click")
"""What a mail provider posts for somebody who presses its own button (RFC 8058)."""


@blueprint.route("/v/<token>/afmelden", methods=["GET", "POST"])
@entry("personal", from_anywhere=ONE_CLICK[0])
def opt_out(token: str) -> ResponseReturnValue:
    """No more messages: says what it means, and after one press that it is so."""
    invitation = find(token)
    if invitation is None:
        return unknown_link()
    speak(invitation)
    form = OptOutForm(public_id=invitation.public_id, purpose="opt_out")
    # The provider has no cookie, no mark and no page of ours: the link itself is the authority.
    one_click = request.form.get(ONE_CLICK[0]) == ONE_CLICK[1]
    if request.method != "POST" or not (one_click or form.validate()):
        return _opt_out_page(invitation, token, form)
    with transaction():
        found = find(token, to_change=True)
        if found is None:
            return unknown_link()
        operations.opt_out(found)
    if one_click:
        text = _("Er komen hierover geen berichten meer van het %(org)s.", org=profile().short_name)
        return Response(f"{text}\n", mimetype="text/plain")
    return redirect(url_for(".opt_out", token=token), 303)


def _opt_out_page(invitation: Invitation, token: str, form: OptOutForm) -> ResponseReturnValue:
    is_out = operations.is_opted_out(invitation)
    return page(
        "inviting/opted_out.html" if is_out else "inviting/opt_out.html",
        status=400 if form.errors and not is_out else 200,
        token=token,
        form=form,
        young=is_young(invitation),
        still_open=state_of(invitation) is LinkState.OPEN,
    )


@blueprint.route("/v/<token>/anderen", methods=["GET", "POST"])
@entry("personal")
def others(token: str) -> ResponseReturnValue:
    """Links for others around the same case, to pass on oneself."""
    invitation = find(token)
    if invitation is None:
        return unknown_link()
    if not may_ask_others(invitation):
        return redirect(url_for("answering.survey", token=token), 303)
    speak(invitation)
    form = OthersForm(public_id=invitation.public_id, purpose="others")
    if request.method != "POST":
        return _others_page(invitation, token, form)
    if not form.validate():
        return _others_page(invitation, token, form, status=422)
    perspective = Perspective(form.perspective.data)
    with transaction():
        found = find(token, to_change=True)
        if found is None:
            return unknown_link()
        try:
            operations.family_link(found, form.makes, perspective)
        except operations.NoMoreLinks:
            return _others_page(found, token, form, status=409)
        made = operations.family_invitations(found)[form.makes - 1]
        if made.perspective != perspective:
            # A page from before that link was made: it asks for another one.
            form.perspective.errors = [
                _("Deze link was al gemaakt. Druk nog een keer op de knop voor een nieuwe.")
            ]
            return _others_page(found, token, form, status=409)
    return redirect(url_for(".others", token=token, _anchor=f"link-{form.makes}"), 303)


def _others_page(
    invitation: Invitation, token: str, form: OthersForm, *, status: int = 200
) -> ResponseReturnValue:
    made = operations.family_invitations(invitation)
    form.number.data = str(len(made) + 1)
    return page(
        "inviting/others.html",
        status=status,
        token=token,
        form=form,
        errors=errors_of(form),
        young=is_young(invitation),
        links=[_link(number, one) for number, one in enumerate(made, start=1)],
        left=operations.links_left(invitation),
        most=profile().inviting.family_links,
    )


def _link(number: int, made: Invitation) -> dict[str, object]:
    """A link as it is passed on. Says nothing of what became of it."""
    address = link_of(made)
    code = code_of(made)
    org = profile().short_name
    subject = _("Hoe ging het met de hulp van het %(org)s?", org=org)
    body = _(
        "Het %(org)s hoort graag van ons allemaal hoe de hulp was. Het duurt %(minutes)s minuten en gaat zonder naam. Dit is de link: %(link)s",
        org=org,
        minutes=profile().surveys.minutes,
        link=address,
    )
    return {
        "number": number,
        "whom": FOR_WHOM[Perspective(made.perspective or Perspective.FAMILY_MEMBER)],
        "address": address,
        "code": f"{code[:4]} {code[4:8]} {code[8:]}",
        "closes_on": made.closes_on,
        "sms": f"sms:?&body={quote(body, safe='')}",
        "mail": f"mailto:?subject={quote(subject, safe='')}&body={quote(body, safe='')}",
    }
