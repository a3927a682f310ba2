"""Paper: sheets to print, and typing in what came back."""

from dataclasses import replace

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_login import current_user

from portal import i18n
from portal.db import transaction
from portal.identity.access import staff
from portal.identity.rules import may
from portal.profile import profile
from portal.surveys.answering.forms import new_tab, problem_text, read_page
from portal.surveys.answering.operations import NothingToSend
from portal.surveys.answering.queries import Asked, find_by_code
from portal.surveys.answering.rules import PostedPage, Saved, take
from portal.surveys.models import Invitation
from portal.surveys.paper import operations
from portal.surveys.paper.forms import MOMENTS, PERSPECTIVES, ChoosePaperForm, PaperForm
from portal.surveys.paper.sheets import newest, questions
from portal.surveys.rules import Moment, Perspective, read_code
from portal.web import page

blueprint = Blueprint("paper", __name__, url_prefix="/team/papier")
KEY_LENGTH = 16


@blueprint.get("")
@staff("paper.print")
def index() -> ResponseReturnValue:
    """Which sheet to print, or which paper to type in."""
    return page(
        "team/paper.html",
        moments=MOMENTS,
        perspectives=PERSPECTIVES,
        languages=profile().languages,
        form=ChoosePaperForm(formdata=None) if may(current_user.role_names, "paper.enter") else None,
    )


@blueprint.get("/<moment>/<perspective>/<language>")
@staff("paper.print")
def sheet(moment: str, perspective: str, language: str) -> ResponseReturnValue:
    """A questionnaire to print, from the same file as the screens."""
    if (
        moment not in tuple(Moment)
        or perspective not in tuple(Perspective)
        or language not in profile().languages
    ):
        abort(404)
    asked_now = newest(Moment(moment), parenting_help="opvoedhulp" in request.args)
    i18n.use(language)
    with force_locale(language):
        return page(
            "team/paper_sheet.html",
            moment=moment,
            young=perspective == Perspective.YOUNG_PERSON,
            questions=questions(asked_now, perspective, language),
        )


@blueprint.route("/invoeren", methods=["GET", "POST"])
@staff("paper.enter")
def enter() -> ResponseReturnValue:
    """Type in one paper, all questions on one page."""
    moment, perspective = _chosen()
    form = PaperForm()
    if request.method == "GET":
        form.request_key.data = new_tab()
        asked_now = newest(moment, parenting_help=_has_module(moment, perspective))
        return _sheet_to_fill(form, moment, perspective, asked_now)
    with transaction():
        invitation, error = _of_code(form.code.data or "", moment)
        own = invitation is None or invitation.first_person
        everything = newest(moment, parenting_help=own and _has_module(moment, perspective))
        posted = read_page(request.form, everything.questions, new_tab())
        saved = take(everything.questions, {}, replace(posted, unknown=()))
        if not form.validate():
            error = _("Deze pagina stond te lang open. Kijk alles na en druk nog een keer op de knop.")
        if error is None and not saved.problems:
            error = _enter(form, moment, perspective, everything, saved, invitation)
            if error is None:
                return redirect(url_for(".enter", moment=moment, perspective=perspective), 303)
        if error:
            form.code.errors = [*form.code.errors, error]
        return _sheet_to_fill(form, moment, perspective, everything, saved, posted)


def _has_module(moment: Moment, perspective: Perspective) -> bool:
    """Whether this paper may hold the questions about parenting help: those are for who was helped."""
    return moment is Moment.CLOSURE and perspective is not Perspective.FAMILY_MEMBER


def _enter(
    form: PaperForm,
    moment: Moment,
    perspective: Perspective,
    asked_now: Asked,
    saved: Saved,
    invitation: Invitation | None,
) -> str | None:
    """Enter the paper; what is wrong in words, or None when it is in."""
    try:
        operations.enter(
            moment,
            perspective,
            asked_now,
            saved.answers,
            invitation=invitation,
            request_key=(form.request_key.data or "")[:KEY_LENGTH],
            actor=str(current_user.id),
        )
    except NothingToSend:
        return _("Er is nog geen antwoord ingevuld. Een leeg papier hoeft u niet in te voeren.")
    except operations.AlreadyAnswered:
        return _("Met deze code is al geantwoord. Dit papier telt niet nog een keer.")
    flash(_("Bewaard. U kunt het papier nu vernietigen. Hieronder kan het volgende."))
    return None


def _of_code(typed: str, moment: Moment) -> tuple[Invitation | None, str | None]:
    if not typed:
        return None, None
    code = read_code(typed)
    invitation = find_by_code(code, to_change=True) if code else None
    if invitation is None:
        return None, _(
            "Deze code kennen we niet. Kijk hem na, of laat het vak leeg als er geen code op staat."
        )
    if invitation.moment != moment:
        name = dict(MOMENTS)[invitation.moment]
        return None, _("Deze code hoort bij een ander papier: %(moment)s.", moment=name)
    return invitation, None


def _chosen() -> tuple[Moment, Perspective]:
    moment, perspective = request.args.get("moment", ""), request.args.get("perspective", "")
    if moment not in tuple(Moment) or perspective not in tuple(Perspective):
        abort(404)
    return Moment(moment), Perspective(perspective)


def _sheet_to_fill(
    form: PaperForm,
    moment: Moment,
    perspective: Perspective,
    asked_now: Asked,
    saved: Saved | None = None,
    posted: PostedPage | None = None,
) -> ResponseReturnValue:
    views = questions(asked_now, perspective, i18n.language(), saved, posted)
    errors = [("code", str(error)) for error in form.code.errors]
    errors += [(f"vraag-{question.key}", question.error) for question in views if question.error]
    if saved and "" in saved.problems:
        errors.append(("", problem_text(saved.problems[""])))
    return page(
        "team/paper_enter.html",
        status=422 if errors else 200,
        form=form,
        moment=dict(MOMENTS)[moment.value],
        perspective=dict(PERSPECTIVES)[perspective.value],
        questions=views,
        errors=errors,
    )
