"""One complaint: as much of it as the viewer may see, its messages, its files, and what it turned out to be."""

from collections.abc import Collection

from flask import Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from portal import clock
from portal.complaints import attachments, dues, handlers, letters, messages, operations, people, rules
from portal.complaints.concerned import operations as concerned
from portal.complaints.content import Content, Reach
from portal.complaints.handling.access import READERS, changing, find, seen
from portal.complaints.handling.advice import advise
from portal.complaints.handling.forms import ClassifyForm, DeclareForm, SayForm
from portal.complaints.handling.labels import LETTERS, WAYS
from portal.complaints.handling.pages import actor, blueprint, details_of, in_words, names_of
from portal.complaints.independence import Access
from portal.complaints.models import Complaint, ComplaintLetter
from portal.complaints.people import access_of
from portal.complaints.rules import Domain, IllegalStep, Route
from portal.complaints.settings import is_holiday
from portal.db import db
from portal.forms import errors_of
from portal.identity.access import staff
from portal.identity.models import User
from portal.outbox import operations as outbox
from portal.web import page

LOOKS = {Access.SUMMARY: "summary", Access.ASKED: "asked"}
LAST_MESSAGES = 3


@blueprint.get("/<reference>")
@staff("complaints.see")
def case(reference: str) -> Response:
    """The complaint, for who reads it; else that it exists, or the question whether one was involved."""
    found = find(reference)
    sees = Access.NOTHING if found is None else access_of(found)
    if found is None or sees is Access.NOTHING:
        abort(404)
    if found.erased_on is not None:
        # Nothing of anybody is left to look at, so no look is recorded.
        return page("team/complaints/erased.html", complaint=found, reads=sees in READERS)
    complaint = seen(reference, LOOKS.get(sees, "case"), by=(sees,))
    due = dues.next_due(operations.case_of(complaint), is_holiday)
    if sees in READERS:
        return _whole(complaint, sees, due)
    template = "asked" if sees is Access.ASKED else "summary"
    return page(f"team/complaints/{template}.html", complaint=complaint, due=due)


def _whole(complaint: Complaint, sees: Access, due: dues.Due | None) -> Response:
    the_case = operations.case_of(complaint)
    acted = {taken.actor for taken in complaint.steps} | {
        str(message.author_id) for message in complaint.messages if message.author_id
    }
    waiting = letters.waiting(complaint)
    return page(
        "team/complaints/case.html",
        complaint=complaint,
        content=complaint.content,
        due=due,
        is_open=the_case.is_open,
        advice=advise(the_case, clock.today(), may_call=_may_call(complaint.content)),
        coordinates=sees is Access.COORDINATE,
        must_declare=people.must_declare(complaint, current_user),
        name=names_of(acted),
        details=details_of,
        details_day=in_words,
        clock_time=lambda moment: clock.local(moment).strftime("%H.%M"),
        last_messages=complaint.messages[-LAST_MESSAGES:],
        unread=messages.unread(complaint, by_complainant=False),
        waiting=waiting,
        undelivered=handlers.undelivered(complaint),
        to_be_brought=concerned.to_be_brought(complaint),
        confirmation=_confirmation(complaint, waiting),
        letter_names=LETTERS,
        letter_ways=WAYS,
    )


def _may_call(content: Content) -> bool:
    return bool(content.phone) and Reach.PHONE in content.reach


def _confirmation(complaint: Complaint, waiting: list[ComplaintLetter]) -> ComplaintLetter | None:
    """The letter that confirms the receipt once it is posted, where it only has to be printed."""
    if complaint.stage != rules.Stage.RECEIVED:
        return None
    return next((letter for letter in waiting if letter.kind == letters.Kind.ACKNOWLEDGEMENT), None)


@blueprint.post("/<reference>/verklaren")
@staff("complaints.see")
def declare(reference: str) -> ResponseReturnValue:
    """The handler or deputy says whether he or she was involved (Awb 9:7)."""
    form = DeclareForm()
    if not form.validate():
        abort(400)
    involved = form.involved.data == "yes"
    with changing(reference, by=(Access.ASKED, *READERS)) as complaint:
        if current_user.id not in (complaint.handler_id, complaint.deputy_id):
            abort(403)
        people.declare(complaint, db.session.get_one(User, int(current_user.id)), involved=involved)
    if involved:
        flash(_("Dank u. U behandelt deze klacht niet. Wij vragen iemand anders."))
    else:
        flash(_("Dank u. U kunt de klacht nu lezen en behandelen."))
    return redirect(url_for(".case", reference=reference), 303)


# ---- What it is ---------------------------------------------------------------------------


@blueprint.route("/<reference>/soort", methods=["GET", "POST"])
@staff("complaints.see")
def classify(reference: str) -> ResponseReturnValue:
    """What it turned out to be, about which help, and its theme."""
    form = ClassifyForm()
    if request.method == "POST" and form.validate():
        try:
            return _classified(reference, form)
        except IllegalStep as error:
            form.route.errors = [error.rule]
    complaint = seen(reference, "classify")
    if request.method == "GET":
        form.route.data, form.domain.data, form.theme.data = (
            complaint.route,
            complaint.domain,
            complaint.theme,
        )
    form.steps.data = str(len(complaint.steps))
    errors = errors_of(form)
    return page(
        "team/complaints/classify.html",
        status=422 if errors else 200,
        complaint=complaint,
        form=form,
        errors=errors,
    )


def _classified(reference: str, form: ClassifyForm) -> ResponseReturnValue:
    """Change it. Raises IllegalStep, also where something was done since the page was opened."""
    with changing(reference) as complaint:
        if form.steps.data != str(len(complaint.steps)):
            raise IllegalStep(
                rules.Step.NOTE,
                _("Er is intussen een stap gezet. Kijk of uw keuze nog klopt, en bewaar opnieuw."),
            )
        operations.reclassify(
            complaint,
            route=Route(form.route.data),
            domain=Domain(form.domain.data),
            theme=str(form.theme.data),
            actor=actor(),
        )
    flash(_("Bewaard."))
    return redirect(url_for(".case", reference=reference), 303)


# ---- Messages and files -------------------------------------------------------------------


@blueprint.route("/<reference>/berichten", endpoint="messages", methods=["GET", "POST"])
@staff("complaints.see")
def say(reference: str) -> ResponseReturnValue:
    """What was written both ways. Opening it marks as read what came in."""
    form = SayForm()
    if request.method == "POST" and form.validate():
        with changing(reference) as complaint:
            author = db.session.get_one(User, int(current_user.id))
            messages.say(
                complaint, form.words.data or "", request_key=str(form.request_key.data), author=author
            )
        flash(_("Het bericht staat klaar voor de klager."))
        return redirect(url_for(".messages", reference=reference), 303)
    complaint = seen(reference, "messages")
    new = {message.id for message in complaint.messages if message.from_complainant and not message.read_at}
    if new and request.method == "GET":
        _mark_read(reference)
    return _messages(complaint, form, new)


def _mark_read(reference: str) -> None:
    with changing(reference) as complaint:
        messages.mark_read(complaint, by_complainant=False)


def _messages(complaint: Complaint, form: SayForm, new: Collection[int]) -> Response:
    errors = errors_of(form)
    return page(
        "team/complaints/messages.html",
        status=422 if errors else 200,
        complaint=complaint,
        form=form,
        errors=errors,
        new=new,
        name=names_of(str(message.author_id) for message in complaint.messages if message.author_id),
        notice_channel=complaint.content.notice_channel,
    )


@blueprint.post("/<reference>/niet-aangekomen/<int(max=2147483647):message_id>")
@staff("complaints.see")
def resend(reference: str, message_id: int) -> ResponseReturnValue:
    """Try a message once more that could not be delivered."""
    with changing(reference) as complaint:
        is_of_this = any(one.message_id == message_id for one in handlers.undelivered(complaint))
        if is_of_this and outbox.resend(message_id, actor()):
            flash(_("Het bericht gaat nog een keer weg."))
        else:
            flash(_("Dit bericht wacht niet meer. Er is niets veranderd."), "warning")
    return redirect(url_for(".case", reference=reference), 303)


@blueprint.get("/<reference>/bijlage/<file_id>")
@staff("complaints.see")
def attachment(reference: str, file_id: str) -> Response:
    """A file that came with the complaint, as a download."""
    complaint = seen(reference, "attachment")
    found = attachments.find(complaint, file_id)
    if found is None:
        abort(404)
    return attachments.download(found)
