"""The steps of the procedure, each a short page."""

from collections.abc import Sequence

from flask import Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from portal.complaints import letters, words
from portal.complaints.handling import access, letter_views, step_forms, step_operations
from portal.complaints.handling.labels import LETTERS
from portal.complaints.handling.pages import names_of
from portal.complaints.handling.step_fields import LetterForm, StepForm, number
from portal.complaints.letters import By
from portal.complaints.models import Complaint, ComplaintLetter, ComplaintStep
from portal.complaints.operations import case_of
from portal.complaints.rules import PROCEDURE, IllegalStep, Procedure, Route, Step
from portal.db import db
from portal.forms import errors_of
from portal.identity.access import staff
from portal.identity.models import User
from portal.web import page

blueprint = letter_views.blueprint
ILLEGAL = 409
REFUSED = 422


class _Again(Exception):
    """The page is shown again with what was typed; nothing was done."""

    def __init__(self, form: StepForm, *, old_letter: str = "", is_behind: bool = False) -> None:
        super().__init__()
        self.form, self.old_letter, self.is_behind = form, old_letter, is_behind


@blueprint.route("/stap/<step>", methods=["GET", "POST"])
@staff("complaints.see")
def step(reference: str, step: str) -> ResponseReturnValue:
    """One step: what it is, what it asks, and with a letter first how that will look."""
    which = _known(step)
    if request.method == "POST":
        return _post(reference, which)
    complaint = access.seen(reference, f"step {which}")
    try:
        step_operations.check(complaint, which)
    except IllegalStep as refused:
        return _illegal(complaint, refused)
    return _show(complaint, step_forms.fresh(complaint, which))


def _known(step: str) -> Step:
    try:
        return Step(step)
    except ValueError:
        abort(404)


def _post(reference: str, which: Step) -> ResponseReturnValue:
    form: StepForm | None = None
    try:
        with access.changing(reference) as complaint:
            form = _filled(complaint, which)
            done = _do(complaint, which, form)
    except _Again as again:
        # What is shown again, a letter to look over too, tells who complained: a look like any other.
        return _show_again(access.seen(reference, f"step {which}"), again)
    except IllegalStep as refused:
        return _illegal(complaint, refused, form.typed() if form else ())
    return _told(complaint, which, done)


def _filled(complaint: Complaint, which: Step) -> StepForm:
    """What was sent. Raises _Again where only another part to judge was asked for."""
    if which is Step.JUDGE and request.form.get("action") == "more":
        form = step_forms.filled(complaint, which, more=1)
        form.parts.data = str(len(form.rows))
        raise _Again(form)
    return step_forms.filled(complaint, which)


def _do(complaint: Complaint, which: Step, form: StepForm) -> step_operations.Done:
    """Take the step. Raises _Again when the page must be shown again, and IllegalStep."""
    actor, key = str(current_user.id), form.request_key.data or ""
    is_valid = form.validate()
    sent = step_operations.letter_of(complaint, key)
    if sent is not None or (
        is_valid and step_operations.was_taken(complaint, which, form.given(), seen=form.seen, actor=actor)
    ):
        return step_operations.Done(sent)
    step_operations.check(complaint, which)
    if not is_valid:
        raise _Again(form)
    text = ""
    if _has_letter(form):
        made = step_operations.words_of(complaint, which, form.given())
        text = form.letter.data or ""
        is_ready = form.fits(made) and request.form.get("action") == "send"
        old = form.renew(made)
        if not is_ready:
            raise _Again(form, old_letter=old, is_behind=form.is_behind)
    if form.is_behind:
        raise _Again(form, is_behind=True)
    author = db.session.get_one(User, int(current_user.id))
    return step_operations.take(complaint, which, form.given(), text=text, request_key=key, author=author)


def _has_letter(form: StepForm) -> bool:
    return isinstance(form, LetterForm) and "letter" in form


# ---- What is shown ------------------------------------------------------------------------


def _show_again(complaint: Complaint, again: _Again) -> Response:
    form = again.form
    since: Sequence[str] = ()
    if again.is_behind:
        since = _since(complaint, form.seen, form.letters.data or "")
        form.remember()
    return _show(complaint, form, old_letter=again.old_letter, since=since, is_behind=again.is_behind)


def _show(
    complaint: Complaint,
    form: StepForm,
    *,
    old_letter: str = "",
    since: Sequence[str] = (),
    is_behind: bool = False,
) -> Response:
    errors = errors_of(form)
    which = form.step
    has_letter = _has_letter(form)
    kind = step_operations.kind_of(complaint, which) if has_letter else None
    waiting = [found for found in letters.waiting(complaint) if kind and found.kind == kind]
    return page(
        f"team/complaints/step_{which}.html",
        status=REFUSED if errors else ILLEGAL if is_behind else 200,
        complaint=complaint,
        content=complaint.content,
        case=case_of(complaint),
        step=which,
        name=words.STEPS[which],
        article=PROCEDURE[which].article,
        form=form,
        errors=errors,
        since=since,
        is_behind=is_behind,
        has_letter=has_letter,
        old_letter=old_letter,
        way=letters.way(complaint) if has_letter else "",
        waiting=waiting,
        is_youth=complaint.procedure == Procedure.JEUGDWET,
        is_objection=complaint.route == Route.OBJECTION,
    )


def _since(complaint: Complaint, steps: int, letters_seen: str) -> list[str]:
    """What somebody did since the page was shown, in words."""
    new = complaint.steps[max(steps, 0) :]
    seen = max(number(letters_seen), 0)
    name = names_of({taken.actor for taken in new} | {one.made_by for one in complaint.letters[seen:]})
    return [f"{words.STEPS[Step(taken.step)]} ({name(taken.actor)})" for taken in new] + [
        f"{_('Brief')}: {LETTERS[one.kind]} ({name(one.made_by)})" for one in complaint.letters[seen:]
    ]


def _illegal(complaint: Complaint, refused: IllegalStep, typed: Sequence[tuple[str, str]] = ()) -> Response:
    """The rule that forbids the step, and where to go to make it possible."""
    case = case_of(complaint)
    needs_people = refused.rule == step_operations.NOBODY_NAMED or (
        not case.has_handler and "behandelaar" in refused.rule
    )
    needs_committee = case.procedure is Procedure.JEUGDWET and not case.committee
    last: ComplaintStep | None = complaint.steps[-1] if complaint.steps else None
    return page(
        "team/complaints/step_refused.html",
        status=ILLEGAL,
        complaint=complaint,
        name=words.STEPS[refused.step],
        rule=refused.rule,
        typed=typed,
        needs_people=needs_people,
        needs_committee=needs_committee and "klachtencommissie" in refused.rule,
        stage=words.STAGES[case.stage],
        last=words.STEPS[Step(last.step)] if last else "",
        last_on=last.on if last else None,
    )


def _told(complaint: Complaint, which: Step, done: step_operations.Done) -> ResponseReturnValue:
    """What was done, and for a letter on paper what must be done with it now."""
    letter: ComplaintLetter | None = done.letter
    flash(
        _("Vastgelegd: %(step)s.", step=str(words.STEPS[which]))
        if _is_taken(which, letter)
        else _("De brief is klaar.")
    )
    for name in done.not_mailed:
        flash(letter_views.NO_MAIL % {"name": name}, "warning")
    if letter is not None and letter.sent_on is None:
        by_post = letter.channel == By.POST
        flash(_("Print de brief en doe hem op de post.") if by_post else _("Print de brief en geef hem mee."))
        return redirect(
            url_for("complaint_steps.letter", reference=complaint.reference, letter_id=letter.id), 303
        )
    if done.not_mailed and which is Step.COPY:
        return redirect(url_for("complaints.people", reference=complaint.reference), 303)
    return redirect(url_for("complaints.case", reference=complaint.reference), 303)


def _is_taken(which: Step, letter: ComplaintLetter | None) -> bool:
    """A receipt on paper is only confirmed when it is posted."""
    return which is not Step.ACKNOWLEDGE or letter is None or letter.sent_on is not None
