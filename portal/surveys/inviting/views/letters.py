"""The team's pages about letters: print those that wait, say that they were posted or came back."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import segno
from flask import Blueprint, Response, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, format_datetime, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from markupsafe import Markup
from wtforms import StringField

from portal import clock, i18n
from portal.db import transaction
from portal.forms import errors_of, tidy
from portal.identity.access import staff
from portal.outbox import letters
from portal.outbox.letters import CameBack
from portal.outbox.models import Message
from portal.outbox.operations import is_paused
from portal.outbox.rendering import letter as words_of
from portal.profile import profile
from portal.surveys.answering.queries import Asked, find_by_code
from portal.surveys.inviting.asking import TOPIC
from portal.surveys.inviting.messages import HANDLERS, unwanted
from portal.surveys.paper.sheets import newest, questions
from portal.surveys.rules import Moment, read_code
from portal.web import page

blueprint = Blueprint("letters", __name__, url_prefix="/team/uitnodigingen/brieven")
QUIET_MODULES = 4
"""The white edge around a QR code that a scanner needs."""
LINE_LETTERS, ADDRESS_LINES = 38, 5
"""Letters on a line of the address, and lines that fit in the window in the usual size."""


class CameBackForm(FlaskForm):
    """The code of a letter that the post brought back."""

    code = StringField(_l("Code in de brief"), filters=[tidy])


@blueprint.get("")
@staff("invitations.manage")
def index() -> Response:
    """What waits, what lies ready, and a place to say what came back."""
    return _index(CameBackForm(formdata=None))


@blueprint.post("")
@staff("invitations.manage")
def make() -> ResponseReturnValue:
    """Make a batch of the letters that wait."""
    with transaction():
        batch = letters.make_batch(HANDLERS, _actor())
    if batch is None:
        flash(_("Er was geen brief om te printen. Er is niets veranderd."), "warning")
        return redirect(url_for(".index"), 303)
    flash(_("De stapel ligt klaar. Print hem en doe de brieven op de post."))
    return redirect(url_for(".index", _anchor=f"stapel-{batch}"), 303)


@blueprint.get("/<batch>")
@staff("invitations.manage", fresh=True)
def batch(batch: str) -> Response:
    """The letters of a batch as they are printed, each with its questionnaire behind it."""
    found = letters.of_batch(batch)
    if not found:
        abort(410 if letters.was_batch(batch) else 404)
    # Who answered or wants no letter since the batch was made: not printed, and taken out where it was.
    left_out = unwanted(found)
    printed = [letter for letter in found if letter.id not in left_out]
    return page(
        "team/letters_batch.html",
        batch=letters.Batch(batch, len(printed)),
        printed=_printed(printed),
        left_out=[_code(letter) for letter in found if letter.id in left_out],
        with_paper=profile().inviting.paper_with_letter,
    )


@blueprint.post("/<batch>/gepost")
@staff("invitations.manage")
def posted(batch: str) -> ResponseReturnValue:
    """The batch is on the post."""
    with transaction():
        is_here = bool(letters.of_batch(batch))
        number = letters.posted(batch, HANDLERS, _actor())
        was_here = letters.was_batch(batch)
    if is_here and not number:
        flash(_("Geen van deze brieven hoefde nog weg. Ze tellen niet als verstuurd."))
    elif number:
        flash(
            ngettext(
                "%(num)s brief telt nu als verstuurd.", "%(num)s brieven tellen nu als verstuurd.", number
            )
        )
    elif was_here:
        flash(_("Deze stapel lag hier niet meer. Er is niets veranderd."))
    else:
        flash(
            _(
                "Iemand koos al ‘Toch niet’: deze brieven wachten weer. "
                "Zijn ze toch gepost? Maak dan geen nieuwe stapel en overleg eerst, anders gaan ze dubbel."
            ),
            "warning",
        )
    return redirect(url_for(".index"), 303)


@blueprint.post("/<batch>/toch-niet")
@staff("invitations.manage")
def undo(batch: str) -> ResponseReturnValue:
    """The batch does not go; its letters wait again."""
    with transaction():
        number = letters.undo(batch, _actor())
    flash(
        ngettext("%(num)s brief wacht weer.", "%(num)s brieven wachten weer.", number)
        + " "
        + _("Gooi weg wat al geprint was, dan gaat er niets dubbel.")
        if number
        else _("Deze stapel lag hier niet meer. Er is niets veranderd.")
    )
    return redirect(url_for(".index"), 303)


@blueprint.post("/<batch>/<int(max=2147483647):message_id>/kan-niet-weg")
@staff("invitations.manage")
def take_out(batch: str, message_id: int) -> ResponseReturnValue:
    """One letter cannot go: its address is no good."""
    with transaction():
        is_new = letters.take_out(message_id, HANDLERS, _actor())
        is_left = bool(letters.of_batch(batch))
    flash(
        _("Die brief is uit de stapel. Kunnen we deze persoon mailen of sms’en, dan doen we dat.")
        if is_new
        else _("Die brief zat niet meer in de stapel.")
    )
    return redirect(url_for(".batch", batch=batch) if is_left else url_for(".index"), 303)


@blueprint.post("/terug")
@staff("invitations.manage")
def came_back() -> ResponseReturnValue:
    """A letter came back with the post."""
    form = CameBackForm()
    code = read_code(form.code.data or "")
    invitation = find_by_code(code) if code else None
    if invitation is None:
        return _refused(form, _("Deze code kennen we niet. Kijk hem na: het zijn tien letters en cijfers."))
    with transaction():
        result = letters.came_back(invitation.public_id, HANDLERS, _actor())
    if result is CameBack.NO_LETTER:
        return _refused(
            form,
            _(
                "Bij deze code is nog geen brief verstuurd. Ligt hij in een stapel? "
                "Open dan de stapel en kies daar ‘Deze brief kan niet weg’."
            ),
        )
    flash(
        _("Genoteerd. We sturen geen brieven meer naar dit adres. Vernietig de brief die terugkwam.")
        if result is CameBack.NOTED
        else _("Dat wisten we al. Er is niets veranderd. Vernietig de brief die terugkwam.")
    )
    return redirect(url_for(".index"), 303)


def _actor() -> str:
    return str(current_user.id)


def _refused(form: CameBackForm, problem: str) -> Response:
    form.code.errors = [problem]
    return _index(form)


def _index(form: CameBackForm) -> Response:
    errors = errors_of(form)
    return page(
        "team/letters.html",
        status=422 if errors else 200,
        form=form,
        errors=errors,
        waiting=letters.waiting(HANDLERS),
        batches=letters.batches(),
        paused=is_paused(TOPIC),
        most=letters.MOST_LETTERS,
        made_at=lambda batch: format_datetime(batch.made_at, "EEEE d MMMM, H.mm"),
    )


# ---- Printing -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Printed:
    """One letter as it comes out of the printer."""

    id: int
    language: str
    letter: Markup
    sheet: Markup | None
    """The questionnaire on paper behind it."""


def _printed(found: Sequence[Message]) -> list[Printed]:
    with_paper = profile().inviting.paper_with_letter

    @cache
    def asked(moment: str, parenting_help: bool) -> Asked:
        return newest(Moment(moment), parenting_help=parenting_help)

    return [_one(message, asked, with_paper=with_paper) for message in found]


def _code(message: Message) -> str:
    """The code on a letter, in groups as it is printed."""
    code = json.loads(message.params or "{}")["code"]
    return f"{code[:4]} {code[4:8]} {code[8:]}"


def _one(message: Message, asked: Callable[[str, bool], Asked], *, with_paper: bool) -> Printed:
    params = json.loads(message.params or "{}")
    language = message.language if message.language in profile().languages else i18n.DEFAULT
    address = [line for line in (message.to or "").split("\n") if line]
    with force_locale(language):
        letter = _part(
            "team/letters_letter.html",
            address=address,
            is_long=sum(-(-len(line) // LINE_LETTERS) for line in address) > ADDRESS_LINES,
            words=words_of(_with(message, {**params, "with_paper": with_paper})),
            qr=_qr(params["link"]),
            today=clock.today(),
            young=params["young"],
        )
        if not with_paper:
            return Printed(message.id, language, letter, None)
        moment, perspective = params["moment"], params["perspective"]
        sheet = _part(
            "team/parts/paper_sheet_body.html",
            moment=moment,
            young=params["young"],
            questions=questions(asked(moment, params["parenting_help"]), perspective, language),
            code=params["code"],
            level=2,
        )
    return Printed(message.id, language, letter, sheet)


def _part(template: str, **context: Any) -> Markup:
    return Markup(render_template(template, **context))  # noqa: S704 - escaped by Jinja


def _with(message: Message, params: dict[str, Any]) -> Message:
    """The same message saying something more; kept nowhere."""
    return Message(
        topic=message.topic,
        template=message.template,
        language=message.language,
        params=json.dumps(params),
    )


def _qr(link: str) -> Markup:
    """The link to scan, in lines that a style sheet gives its size."""
    made = segno.make(link, error="m", micro=False)
    drawn = made.svg_inline(border=QUIET_MODULES, omitsize=True, lineclass=None, svgclass=None)
    return Markup(drawn)  # noqa: S704 - our own drawing: numbers and nothing else
