"""Who handles a complaint, who stands in, and whom it is about: named by the coordinator (Awb 9:7)."""

from typing import Any, NamedTuple

import segno
from flask import Response, abort, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from portal.audit.operations import record
from portal.complaints import people
from portal.complaints.handling import naming
from portal.complaints.handling.access import COORDINATORS, changing, seen
from portal.complaints.handling.forms import ConcernedForm, DeputyForm, HandlerForm
from portal.complaints.handling.pages import MOST_ID, accounts, actor, blueprint
from portal.complaints.models import Complaint, PersonConcerned
from portal.complaints.people import Involved
from portal.crypto import keyring
from portal.db import db, transaction
from portal.forms import errors_of
from portal.identity.access import staff
from portal.identity.models import User
from portal.web import page

INVOLVED = _l("Deze collega is betrokkene bij de klacht, en mag hem daarom niet behandelen (Awb 9:7).")
NO_DEPUTY = _l("Kies iemand die geen behandelaar is en er niet bij betrokken was (Awb 9:7).")
HANDLES = _l(
    "Deze collega is behandelaar of vervanger. Haal dat eerst weg: wie betrokken is, mag niet behandelen (Awb 9:7)."
)
CONFIRM = _l("Zet het vinkje als u er zelf bij betrokken bent. U ziet deze klacht daarna niet meer.")
NOBODY_LEFT = _l(
    "Dan is er niemand meer die deze klacht coördineert. Vraag de beheerder om eerst iemand anders een account "
    "met de rol klachten te geven (portal staff add)."
)


class Forms(NamedTuple):
    """What the page asks, each in a form of its own."""

    handler: HandlerForm
    deputy: DeputyForm
    concerned: ConcernedForm


@blueprint.get("/<reference>/mensen", endpoint="people")
@staff("complaints.coordinate")
def who(reference: str) -> Response:
    """The people of one complaint."""
    complaint = seen(reference, "people", by=COORDINATORS)
    return _page(complaint, _forms(complaint))


@blueprint.post("/<reference>/mensen/behandelaar")
@staff("complaints.coordinate")
def name_handler(reference: str) -> ResponseReturnValue:
    """Ask somebody to handle it, or take it away."""
    complaint = seen(reference, "people", by=COORDINATORS)
    forms = _forms(complaint, sent="behandelaar")
    form = forms.handler
    if form.validate():
        try:
            with changing(reference, by=COORDINATORS) as held:
                people.name_handler(held, _user(form.user.data), actor())
        except Involved:
            form.user.errors = [INVOLVED]
        else:
            said = _(
                "Gevraagd. De behandelaar krijgt een mail en zegt eerst of hij of zij erbij betrokken was."
            )
            return _done(reference, said if form.user.data else _("Er is nu geen behandelaar."))
    return _page(complaint, forms)


@blueprint.post("/<reference>/mensen/vervanger")
@staff("complaints.coordinate")
def name_deputy(reference: str) -> ResponseReturnValue:
    """Let somebody stand in, or take it away."""
    complaint = seen(reference, "people", by=COORDINATORS)
    forms = _forms(complaint, sent="vervanger")
    form = forms.deputy
    if form.validate():
        try:
            with changing(reference, by=COORDINATORS) as held:
                people.name_deputy(held, _user(form.user.data), form.last_day, actor())
        except Involved:
            form.user.errors = [NO_DEPUTY]
        else:
            return _done(reference, _("Bewaard.") if form.user.data else _("Er is nu geen vervanger."))
    return _page(complaint, forms)


@blueprint.post("/<reference>/mensen/betrokkene")
@staff("complaints.coordinate")
def add_concerned(reference: str) -> ResponseReturnValue:
    """Name somebody whom it is about."""
    complaint = seen(reference, "people", by=COORDINATORS)
    forms = _forms(complaint, sent="betrokkene")
    form = forms.concerned
    asks_confirming = False
    if form.validate():
        try:
            with changing(reference, by=COORDINATORS) as held:
                person = naming.concern(
                    held,
                    by=db.session.get_one(User, int(current_user.id)),
                    user=_user(form.user.data),
                    name=form.name.data or "",
                    email=form.email.data or "",
                    confirmed=bool(form.confirm.data),
                )
        except Involved:
            form.user.errors = [HANDLES]
        except naming.NobodyLeft:
            form.user.errors = [NOBODY_LEFT]
        except naming.NotConfirmed:
            asks_confirming = True
            form.confirm.errors = [CONFIRM]
        else:
            return _named(reference, person)
    return _page(complaint, forms, asks_confirming=asks_confirming)


def _named(reference: str, person: PersonConcerned) -> ResponseReturnValue:
    if person.staff_id == current_user.id:
        flash(_("U bent genoemd als betrokkene. Een andere coördinator gaat verder met deze klacht."))
        return redirect(url_for(".index"), 303)
    return _done(reference, _("Genoemd als betrokkene."))


@blueprint.post(f"/<reference>/mensen/betrokkene/<int(max={MOST_ID}):person_id>/weg")
@staff("complaints.coordinate")
def remove_concerned(reference: str, person_id: int) -> ResponseReturnValue:
    """Somebody was named by mistake."""
    with changing(reference, by=COORDINATORS) as complaint:
        is_gone = people.remove_concerned(complaint, person_id, actor())
    if is_gone:
        return _done(reference, _("Niet meer genoemd als betrokkene."))
    return _done(
        reference, _("Deze betrokkene heeft al gereageerd en blijft erbij, of was al weg."), "warning"
    )


@blueprint.post(f"/<reference>/mensen/betrokkene/<int(max={MOST_ID}):person_id>/link")
@staff("complaints.coordinate")
def concerned_link(reference: str, person_id: int) -> ResponseReturnValue:
    """The personal link on paper, for a person concerned without an e-mail address. Paper gets lost: also after opening."""
    complaint = seen(reference, "people", by=COORDINATORS)
    person = next((found for found in complaint.concerned if found.id == person_id), None)
    if person is None:
        abort(404)
    if not needs_paper(complaint, person):
        return _done(
            reference,
            _("Deze link gaat per mail, of de klacht is nog niet aan de betrokkene gestuurd."),
            "warning",
        )
    with transaction():
        record("complaint.seen", actor(), complaint=complaint.reference, what="link")
    token = keyring().token(person.public_id, person.link_key_id)
    base_url = current_app.extensions["settings"].base_url
    address = base_url + url_for("concerned.copy", token=token)
    picture = segno.make(address, error="m").svg_data_uri(scale=4, border=2)
    return page(
        "team/complaints/link.html", complaint=complaint, person=person, address=address, picture=picture
    )


def needs_paper(complaint: Complaint, person: PersonConcerned) -> bool:
    """Whether the personal link is handed over by somebody, on paper."""
    return naming.was_copied(complaint) and not person.email


def _user(chosen: str | None) -> User | None:
    return db.session.get_one(User, int(chosen)) if chosen else None


def _forms(complaint: Complaint, *, sent: str = "") -> Forms:
    """The forms of the page: the one that was sent reads what was posted, the others show what stands."""
    everybody = accounts()
    notes = {person.staff_id: _(" – betrokkene") for person in complaint.concerned if person.staff_id}
    if complaint.handler_id:
        notes[complaint.handler_id] = _(" – behandelaar")

    def given(name: str) -> dict[str, Any]:
        return {} if sent == name and request.method == "POST" else {"formdata": None}

    until = complaint.deputy_until
    forms = Forms(
        HandlerForm(everybody, notes, **given("behandelaar")),
        DeputyForm(everybody, notes, **given("vervanger")),
        ConcernedForm(everybody, notes, **given("betrokkene")),
    )
    if sent != "behandelaar":
        forms.handler.user.data = str(complaint.handler_id or "")
    if sent != "vervanger":
        forms.deputy.user.data = str(complaint.deputy_id or "")
        forms.deputy.until.data = until.isoformat() if until else ""
    return forms


def _page(complaint: Complaint, forms: Forms, *, asks_confirming: bool = False) -> Response:
    errors = [error for form in forms for error in errors_of(form)]
    return page(
        "team/complaints/people.html",
        status=422 if errors else 200,
        complaint=complaint,
        forms=forms,
        errors=errors,
        asks_confirming=asks_confirming,
        needs_paper=needs_paper,
        was_copied=naming.was_copied(complaint),
    )


def _done(reference: str, said: str, kind: str = "message") -> ResponseReturnValue:
    flash(said, kind)
    return redirect(url_for(".people", reference=reference), 303)
