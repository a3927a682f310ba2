"""The staff pages that every day begins with: what to do, who answers, what they say."""

from flask import Blueprint, Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from portal import clock
from portal.complaints import words as complaint_words
from portal.complaints.handling.pages import nearness
from portal.complaints.handling.queries import open_complaints, to_be_done
from portal.db import transaction
from portal.identity.access import staff as may_enter
from portal.identity.rules import may
from portal.insight import words
from portal.insight.figures import response_charts, results_charts
from portal.insight.queries import NotOnTheList, response_report, results_report
from portal.insight.rules import waiting_days
from portal.outbox import letters
from portal.outbox.queries import dead_count
from portal.profile import profile
from portal.surveys.inviting.asking import TOPIC
from portal.surveys.rules import Pile
from portal.talks.arranging.queries import unreached_counts
from portal.tasks import operations as tasks
from portal.tasks.operations import Change
from portal.tasks.queries import open_tasks, recently_done
from portal.web import page

staff = Blueprint("team", __name__, url_prefix="/team")


@staff.get("")
@may_enter("today.see")
def today() -> Response:
    """What is to be done. Names and numbers only for who may do it."""
    mine = may(current_user.role_names, "tasks.finish")
    arranges = may(current_user.role_names, "talks.manage")
    return page(
        "team/today.html",
        mine=mine,
        open_tasks=open_tasks() if mine else (),
        letters=letters.waiting({TOPIC}).ready if mine else 0,
        undelivered=dead_count(TOPIC) if mine else 0,
        evening_messages=sum(unreached_counts().values()) if arranges else 0,
        done_tasks=recently_done() if mine else (),
        complaints=to_be_done(open_complaints(current_user), clock.today()),
        waiting=lambda task: waiting_days(clock.local(task.created_at).date(), clock.today()),
        words=words,
        languages=profile().languages,
        nearness=nearness,
        complaint_words=complaint_words,
    )


@staff.post("/taken/<int(max=2147483647):task_id>/klaar")
@may_enter("tasks.finish")
def finish(task_id: int) -> ResponseReturnValue:
    """Somebody was called."""
    with transaction():
        change = tasks.finish(task_id, str(current_user.id))
    flash(
        {
            Change.MADE: _("Mooi, dat is gedaan. De taak staat nu onder ‘Deze week gedaan’."),
            Change.ALREADY: _("Deze taak was al klaar."),
            Change.GONE: _("Deze taak is er niet meer. U hoeft niets te doen."),
        }[change]
    )
    return redirect(url_for(".today"), 303)


@staff.post("/taken/<int(max=2147483647):task_id>/open")
@may_enter("tasks.finish")
def reopen(task_id: int) -> ResponseReturnValue:
    """It was not done after all."""
    with transaction():
        change = tasks.reopen(task_id, str(current_user.id))
    flash(
        {
            Change.MADE: _("De taak staat weer open."),
            Change.ALREADY: _("Deze taak stond al open."),
            Change.GONE: _("Deze taak is er niet meer. U hoeft niets te doen."),
        }[change]
    )
    return redirect(url_for(".today"), 303)


@staff.get("/respons")
@may_enter("response.see")
def response() -> Response:
    """Who was asked and who answered, in one year."""
    asked = request.args.get("jaar")
    try:
        report = response_report(None if asked is None else int(asked))
    except (NotOnTheList, ValueError):
        abort(404)
    return page("team/response.html", report=report, charts=response_charts(report), words=words)


@staff.get("/resultaten")
@may_enter("results.see")
def results() -> Response:
    """What people answered at one moment, in a quarter or a rolling year."""
    address = request.args.get("deel", next(iter(words.PILE_ADDRESSES)))
    try:
        report = results_report(Pile(words.PILE_ADDRESSES[address]), request.args.get("periode"))
    except (NotOnTheList, KeyError):
        abort(404)
    return page(
        "team/results.html", report=report, charts=results_charts(report), words=words, address=address
    )
