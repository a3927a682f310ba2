"""What a person concerned sees: the copy, the hearing, a place to reply (Awb 9:9, 9:10); then the outcome."""

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock, i18n
from portal.complaints import attachments, words
from portal.complaints.concerned import operations
from portal.complaints.concerned.forms import ReplyForm
from portal.complaints.concerned.operations import Opens, Refused
from portal.complaints.content import Content, Wish
from portal.complaints.following import calendar
from portal.complaints.models import PersonConcerned
from portal.complaints.rules import Procedure, Stage, Step
from portal.db import transaction
from portal.forms import errors_of
from portal.profile import profile
from portal.web import entry, is_read, page

blueprint = Blueprint("concerned", __name__, url_prefix="/klacht/betrokkene/<token>")

PAGES = {Opens.NOTHING_YET: "waiting", Opens.OUTCOME: "outcome", Opens.NOTHING_MORE: "over"}


@blueprint.route("", methods=["GET", "POST"])
@entry("personal")
def copy(token: str) -> ResponseReturnValue:
    """The complaint as it was filed, and the place to answer it; afterwards what was found of it."""
    person = operations.find(token)
    if person is None:
        return _unknown()
    found = operations.opens(person)
    form = ReplyForm(public_id=person.public_id, purpose="reply")
    if is_read() and operations.is_new(person, found):
        operations.mark_opened(token)
        person = operations.find(token) or person
    if found is not Opens.COPY:
        return _nothing(person, found, form)
    if request.method == "POST":
        return _reply(person, token, form)
    form.words.data = person.reply
    return _copy_page(person, token, form)


@blueprint.get("/gesprek.ics")
@entry("personal")
def hearing_calendar(token: str) -> ResponseReturnValue:
    """The hearing, for one's own calendar."""
    person = operations.find(token)
    hearing_at = person.complaint.hearing_at if person is not None else None
    if person is None or hearing_at is None or not _shows_hearing(person):
        return _unknown()
    complaint = person.complaint
    dates = sum(step.step == Step.PLAN_HEARING for step in complaint.steps)
    summary = _("Gesprek bij %(org)s", org=profile().short_name)
    return Response(
        calendar.hearing(person.public_id, hearing_at, complaint.hearing_place or "", summary, dates),
        mimetype="text/calendar",
        headers={"Content-Disposition": 'attachment; filename="gesprek.ics"'},
    )


@blueprint.get("/bijlage/<file_id>")
@entry("personal")
def attachment(token: str, file_id: str) -> ResponseReturnValue:
    """Download one annex of the complaint."""
    person = operations.find(token)
    if person is None or operations.opens(person) is not Opens.COPY:
        return _unknown()
    file = attachments.find(person.complaint, file_id)
    if file is None:
        return _unknown()
    if is_read():
        operations.mark_downloaded(person.complaint.reference)
    return attachments.download(file)


def _reply(person: PersonConcerned, token: str, form: ReplyForm) -> ResponseReturnValue:
    action, _colon, language = request.form.get("action", "").partition(":")
    if action == "language":
        i18n.use(language)
        return _copy_page(person, token, form, seen=form.seen.data)
    if not form.validate():
        return _copy_page(person, token, form, seen=form.seen.data, status=400 if form.mark.errors else 422)
    try:
        with transaction():
            found = operations.find(token)
            if found is None:
                return _unknown()
            operations.reply(found, form.words.data or "", form.seen.data or "")
    except Refused:
        return _refused(token, form)
    return redirect(url_for(".copy", token=token, _anchor="reactie"), 303)


def _refused(token: str, form: ReplyForm) -> ResponseReturnValue:
    """Say why, and show what was typed."""
    person = operations.find(token)
    if person is None:
        return _unknown()
    found = operations.opens(person)
    if found is not Opens.COPY:
        return _nothing(person, found, form)
    if operations.may_reply(person.complaint):
        form.words.errors = [
            _(
                "In een ander venster bewaarde u al een andere reactie. Die staat hierboven. Hier staat wat u nu typte. Druk op de knop als deze tekst moet blijven."
            )
        ]
    return _copy_page(person, token, form, status=409, conflict=True)


def _copy_page(
    person: PersonConcerned,
    token: str,
    form: ReplyForm,
    *,
    seen: str | None = None,
    status: int = 200,
    conflict: bool = False,
) -> ResponseReturnValue:
    complaint = person.complaint
    content = complaint.content
    taken = {step.step for step in complaint.steps}
    form.seen.data = operations.version(person) if seen is None else seen
    return page(
        "complaints/concerned/copy.html",
        status=status,
        token=token,
        person=person,
        complaint=complaint,
        content=content,
        wishes=_wishes(content),
        form=form,
        errors=errors_of(form),
        may_reply=operations.may_reply(complaint),
        shows_hearing=_shows_hearing(person),
        hearing_at=clock.local(complaint.hearing_at) if complaint.hearing_at else None,
        taken=taken,
        later_until=complaint.decide_by if taken & {Step.EXTEND, Step.AGREE_LONGER} else None,
        conflict=conflict,
    )


def _wishes(content: Content) -> list[str]:
    """What would help, as the page says it: "something else" only where nobody said what."""
    chosen = [str(label) for wish, label in words.WISHES.items() if wish in content.wishes]
    if content.wish_other:
        other = str(words.WISHES[Wish.OTHER])
        chosen = [label for label in chosen if label != other] + [content.wish_other]
    return chosen


def _shows_hearing(person: PersonConcerned) -> bool:
    """Whether a hearing is still to come."""
    complaint = person.complaint
    is_copied = operations.opens(person) is Opens.COPY
    return is_copied and complaint.hearing_at is not None and complaint.stage == Stage.COPIED


def _nothing(person: PersonConcerned, found: Opens, form: ReplyForm) -> ResponseReturnValue:
    """Nothing to read yet, only the outcome, or no more; what was typed meanwhile is shown once more."""
    complaint = person.complaint
    return page(
        f"complaints/concerned/{PAGES[found]}.html",
        status=409 if request.method == "POST" else 200,
        ended_on=complaint.ended_on,
        parts_judged=complaint.parts if found is Opens.OUTCOME else (),
        judgments=words.JUDGMENTS,
        by_committee=complaint.procedure == Procedure.JEUGDWET,
        until=operations.outcome_until(complaint),
        typed=form.words.data if request.method == "POST" else "",
    )


def _unknown() -> ResponseReturnValue:
    return page("complaints/concerned/unknown.html", status=404)
