"""Where somebody who follows a complaint writes: messages, the hearing, more time, withdrawing."""

from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal import clock
from portal.complaints import messages as conversation
from portal.complaints.following import operations, pages
from portal.complaints.following import rules as shown
from portal.complaints.following import session as visit
from portal.complaints.following.door import (
    GONE_ON,
    blueprint,
    expired,
    held,
    nobodys,
    note,
    of_another,
    status_of,
    switched_language,
)
from portal.complaints.following.forms import CannotComeForm, LongerForm, MessageForm, WithdrawForm, own
from portal.complaints.models import Complaint
from portal.complaints.operations import case_of
from portal.complaints.rules import IllegalStep, Stage, Step
from portal.db import transaction
from portal.forms import PersonalForm
from portal.web import entry, is_read, page


@blueprint.route("/berichten", methods=["GET", "POST"])
@entry("personal")
def messages() -> ResponseReturnValue:
    """The messages both ways, and a form for the next one."""
    complaint = visit.current()
    if complaint is None:
        return expired(nobodys(MessageForm), "berichten")
    form = own(MessageForm, complaint)
    if form.is_of_another:
        return of_another(complaint, form, "berichten")
    if request.method == "GET" or switched_language():
        return _messages_page(complaint, form)
    if not form.validate():
        return _messages_page(complaint, form, status=status_of(form))
    public_id = complaint.public_id
    with transaction():
        conversation.say(held(public_id), form.words.data, request_key=form.key(), author=None)
    return redirect(url_for(".messages", melding="verstuurd", _anchor="verstuurd"), 303)


def _messages_page(
    complaint: Complaint, form: MessageForm, *, status: int = 200, carried: bool = False
) -> ResponseReturnValue:
    form.key()
    public_id = complaint.public_id
    said = pages.conversation(complaint)
    is_opened = is_read() or request.method == "POST"
    if is_opened and any(message["ours"] and not message["read"] for message in said):
        # Like a look of staff: that it was read is a fact of its own.
        with transaction():
            complaint = held(public_id)
            conversation.mark_read(complaint, by_complainant=True)
    context = pages.shared(complaint) | {"said": said, "form": form, "carried": carried, "note": note()}
    return page("complaints/following/messages.html", status=status, **context)


@blueprint.route("/gesprek", methods=["GET", "POST"])
@entry("personal")
def hearing() -> ResponseReturnValue:
    """When and where the hearing is, and a way to say that it does not suit."""
    complaint = visit.current()
    if complaint is None:
        return expired(nobodys(CannotComeForm), "gesprek")
    form = own(CannotComeForm, complaint)
    if form.is_of_another:
        return of_another(complaint, form, "gesprek")
    if request.method == "GET" or switched_language():
        return _hearing_page(complaint, form)
    if not form.validate() or not _hearing_comes(complaint):
        return _hearing_page(complaint, form, status=status_of(form) if form.errors else GONE_ON)
    public_id = complaint.public_id
    with transaction():
        operations.cannot_come(held(public_id), form.words.data or "", request_key=form.key())
    return redirect(url_for(".hearing", melding="doorgegeven"), 303)


def _hearing_comes(complaint: Complaint) -> bool:
    return complaint.hearing_at is not None and complaint.stage == Stage.COPIED


def _hearing_page(
    complaint: Complaint, form: CannotComeForm, *, status: int = 200, carried: bool = False
) -> ResponseReturnValue:
    form.key()
    context = pages.shared(complaint) | {
        "form": form,
        "carried": carried,
        "comes": _hearing_comes(complaint),
        "hearing_at": clock.local(complaint.hearing_at) if complaint.hearing_at else None,
        "note": note(),
    }
    return page("complaints/following/hearing.html", status=status, **context)


@blueprint.route("/meer-tijd", methods=["GET", "POST"])
@entry("personal")
def longer() -> ResponseReturnValue:
    """Whether it may take longer than the law allows: only with consent, in writing (Awb 9:11 lid 3)."""
    complaint = visit.current()
    if complaint is None:
        return expired()
    form = own(LongerForm, complaint)
    if form.is_of_another:
        return of_another(complaint, form)
    if request.method == "GET" or switched_language():
        return _longer_page(complaint, form)
    if not form.validate():
        return _longer_page(complaint, form, status=status_of(form))
    answer = operations.agree_longer if form.choice.data == "yes" else operations.refuse_longer
    public_id = complaint.public_id
    try:
        with transaction():
            answer(held(public_id), form.until.data or "")
    except (operations.AskedOtherwise, IllegalStep):
        answered = complaint.later_asked is None
        return (
            redirect(url_for(".longer"), 303)
            if answered
            else _longer_page(complaint, form, status=GONE_ON, asked_otherwise=True)
        )
    return redirect(url_for(".longer"), 303)


def _longer_page(
    complaint: Complaint, form: LongerForm, *, status: int = 200, asked_otherwise: bool = False
) -> ResponseReturnValue:
    asked = complaint.later_asked
    if asked_otherwise:
        form.choice.data = None
    if asked_otherwise or not form.until.data:
        form.until.data = asked.isoformat() if asked else ""
    context = pages.shared(complaint) | {
        "form": form,
        "asked": asked,
        "asked_otherwise": asked_otherwise,
        "why": pages.why(complaint, Step.ASK_LONGER),
        "refused": operations.refused_longer(complaint),
        "agreed": any(step.step == Step.AGREE_LONGER for step in complaint.steps),
    }
    return page("complaints/following/longer.html", status=status, **context)


@blueprint.route("/intrekken", methods=["GET", "POST"])
@entry("personal")
def withdraw() -> ResponseReturnValue:
    """Stop with the complaint, after one page that says what that means."""
    complaint = visit.current()
    if complaint is None:
        return expired(nobodys(WithdrawForm), "intrekken")
    form = own(WithdrawForm, complaint)
    if form.is_of_another:
        return of_another(complaint, form, "intrekken")
    if request.method == "GET" or switched_language():
        return _withdraw_page(complaint, form)
    if not form.validate():
        return _withdraw_page(complaint, form, status=status_of(form))
    public_id = complaint.public_id
    try:
        with transaction():
            operations.withdraw(held(public_id), form.words.data or "")
    except IllegalStep:
        if complaint.stage != Stage.WITHDRAWN:
            return _withdraw_page(complaint, form, status=GONE_ON)
    return redirect(url_for(".follow", melding="ingetrokken"), 303)


def _withdraw_page(
    complaint: Complaint, form: WithdrawForm, *, status: int = 200, carried: bool = False
) -> ResponseReturnValue:
    form.key()
    context = pages.shared(complaint)
    may = shown.may_withdraw(case_of(complaint), context["today"])
    return page(
        "complaints/following/withdraw.html", status=status, form=form, may=may, carried=carried, **context
    )


# Where words that were typed too late go on after the code.
CARRIED: dict[str, tuple[type[PersonalForm], Any]] = {
    "berichten": (MessageForm, _messages_page),
    "gesprek": (CannotComeForm, _hearing_page),
    "intrekken": (WithdrawForm, _withdraw_page),
}
