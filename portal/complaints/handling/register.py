"""The register: every complaint with what is due, and what came in by other ways than the website."""

from flask import Response, abort, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal import clock
from portal.complaints import receipts
from portal.complaints.dues import Colour, colour
from portal.complaints.handling import case_views, details_views, people_views, queries
from portal.complaints.handling.access import READERS
from portal.complaints.handling.forms import RegisterForm
from portal.complaints.handling.pages import blueprint
from portal.complaints.handling.registering import Registered
from portal.complaints.handling.registering import register as keep
from portal.complaints.people import access_of
from portal.db import db, transaction
from portal.forms import errors_of
from portal.identity.access import staff
from portal.identity.models import User
from portal.web import page

__all__ = ["blueprint", "case_views", "details_views", "people_views"]
LONGEST_YEAR = 4


@blueprint.get("")
@staff("complaints.see")
def index() -> Response:
    """Every open complaint with what is due next, or what ended of one year."""
    viewer: User = current_user
    years = queries.ended_years(viewer)
    asked = request.args.get("afgelopen")
    if asked is not None:
        return page(
            "team/complaints/index.html",
            year=_year(asked, years),
            years=years,
            ended=queries.ended_complaints(viewer, _year(asked, years)),
        )
    lines = queries.open_complaints(viewer)
    colours = [colour(line.due.on, clock.today()) for line in lines if line.due]
    return page(
        "team/complaints/index.html",
        year=None,
        years=years,
        lines=lines,
        soon=colours.count(Colour.ORANGE),
        late=colours.count(Colour.RED),
    )


def _year(asked: str, years: list[int]) -> int:
    """The year that was asked for: one of which something ended, or this one."""
    is_year = asked.isascii() and asked.isdigit() and len(asked) <= LONGEST_YEAR
    if not is_year or int(asked) not in {*years, clock.today().year}:
        abort(404)
    return int(asked)


@blueprint.route("/nieuw", methods=["GET", "POST"])
@staff("complaints.register")
def register() -> ResponseReturnValue:
    """One page for what came by telephone, at the desk, by letter or by e-mail."""
    form = RegisterForm()
    if request.method == "GET":
        return _form(form)
    if not form.validate():
        return _form(form, status=422)
    code = receipts.new_code()
    code_hash = receipts.hashed(code)
    with transaction():
        done = keep(
            form.filed,
            str(form.theme.data),
            request_key=form.request_key.data or code,
            code=code,
            code_hash=code_hash,
            user=db.session.get_one(User, int(current_user.id)),
        )
    return _registered(done)


def _form(form: RegisterForm, *, status: int = 200) -> Response:
    return page("team/complaints/new.html", status=status, form=form, errors=errors_of(form))


def _registered(done: Registered) -> Response:
    """The one time that the receipt code is seen: it stands in this answer and nowhere else."""
    return page(
        "team/complaints/registered.html",
        done=done,
        complaint=done.complaint,
        code=receipts.grouped(done.code),
        reads=access_of(done.complaint) in READERS,
    )
