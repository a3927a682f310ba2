"""What goes, goes wholly; what stays is named; nothing of others changes."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal import clock
from portal.audit.models import AuditEvent
from portal.complaints.models import (
    Complaint,
    ComplaintDraft,
    ComplaintLetter,
    ComplaintMessage,
    Measure,
)
from portal.complaints.rules import Stage
from portal.db import db, transaction
from portal.identity.models import User
from portal.identity.rules import Role
from portal.outbox.models import Message
from portal.outbox.operations import queue
from portal.outbox.rules import Channel
from portal.privacy.models import Hold
from portal.privacy.persons import operations, queries
from portal.privacy.persons.operations import Busy
from portal.privacy.retention import operations as retention
from portal.surveys.answering import operations as answering
from portal.surveys.answering import queries as answers
from portal.surveys.inviting import importing
from portal.surveys.inviting.asking import TOPIC, stops_of
from portal.surveys.inviting.models import Contact, NoContact
from portal.surveys.inviting.operations import ProtectedValue, leave_alone
from portal.surveys.inviting.queries import ledger
from portal.surveys.inviting.rules import Protected, StopReason
from portal.surveys.models import Draft, Invitation
from portal.surveys.rules import Written
from portal.talks.models import Member, SignUp
from portal.talks.rules import State
from portal.tasks.models import Task
from tests.complaints.together import at_once
from tests.conftest import SignIn
from tests.privacy.persons.household import (
    CASE,
    CONFIRM,
    COPY,
    EMAIL,
    ERASE,
    FOUND,
    NAME,
    PARTNER,
    PARTNER_EMAIL,
    PHONE,
    WORDS,
    Household,
    chosen,
    contact,
    every_text,
    everything,
    of,
    offered,
    own,
    sealed,
    seek,
    send,
    traces,
)
from tests.surveys.inviting.people import person
from tests.talks.evenings import evening, signed_up, somebody

ALL = (Role.QUALITY, Role.COMPLAINTS, Role.TALKS)


@pytest.fixture
def handler(sign_in: SignIn) -> FlaskClient:
    return sign_in(*ALL)


def erased(client: FlaskClient, form: dict[str, Any], **more: str) -> Any:
    """Looked over, and done."""
    confirm = send(client, CONFIRM, **form)
    assert confirm.status_code == 200, confirm.get_data(as_text=True)
    take = re.findall(r'name="take" value="([^"]+)"', confirm.get_data(as_text=True))
    return send(client, ERASE, **{"ask": sealed(confirm), "take": take, "left_alone": "keep", **more})


def forgotten(client: FlaskClient, typed: str = EMAIL, **more: str) -> Any:
    return erased(client, own(chosen(client, typed, NAME)), **more)


def _others(household: Household) -> dict[str, Any]:
    """Everything of others, to be compared."""
    found = contact(household.partner)
    assert found is not None
    columns = [getattr(found, column.key) for column in Contact.__table__.columns]
    asked = [getattr(found.invitation, column.key) for column in Invitation.__table__.columns]
    line = [
        (one.person, one.places)
        for one in of(SignUp)
        if one.state != State.GONE and one.person.contact != EMAIL
    ]
    return {"contact": columns, "invitation": asked, "line": line}


# ---- No trace -----------------------------------------------------------------------------

KEPT_APART = {"no_contact.value"}


@pytest.mark.parametrize("typed", [EMAIL, "06 12345678", CASE])
def test_nothing_leads_to_the_person_any_more(handler: FlaskClient, typed: str) -> None:
    household = everything(complaint=False)
    before = _others(household)
    assert {"contact.email", "invitation.name", "message.to", "sign_up.person"} <= traces(EMAIL, NAME)
    page = forgotten(handler, typed)
    assert page.status_code == 200 and "Dit is weg" in page.get_data(as_text=True)
    assert traces(EMAIL, NAME) == KEPT_APART, "kept to write no more, and nowhere else"
    assert traces(WORDS) == {"sign_up.person"}, "the partner's own"
    assert _others(household) == before


def test_who_wants_that_is_not_even_kept_as_left_alone(handler: FlaskClient) -> None:
    household = everything(complaint=False)
    forgotten(handler, left_alone="forget")
    assert traces(EMAIL, NAME) == set()
    assert contact(household.partner) is not None
    # The telephone is the partner's too.
    assert traces(PHONE) == {"contact.phone", "sign_up.person", "message.to"}


def test_of_a_complaint_everything_stays(handler: FlaskClient) -> None:
    """Awb 9:12a; AVG art. 17 lid 3 onder b."""
    household = everything()
    before = {where for where in traces(EMAIL, NAME) if where.startswith("complaint")}
    text = forgotten(handler, left_alone="forget").get_data(as_text=True)
    assert household.complaint in text and "Awb 9:12a" in text
    kept = traces(EMAIL, NAME)
    assert "complaint.content" in kept
    # Beside it only what belongs to the complaint: its mail that waits, and that nothing is asked meanwhile.
    assert kept <= before | {"message.to", "no_contact.value"}
    assert {one.topic for one in of(Message) if one.to == EMAIL} <= {"complaint"}
    assert {one.actor for one in of(NoContact)} == {"complaint"}
    assert of(ComplaintDraft) == []


def test_who_shares_the_telephone_is_still_asked_and_still_left_alone_as_before(handler: FlaskClient) -> None:
    household = everything(complaint=False)
    with transaction():
        partner = db.session.get_one(Contact, household.partner)
        shared = ProtectedValue(Protected.PHONE, partner.phone_index or "", PHONE)
        leave_alone(shared, StopReason.OPTED_OUT, "self")
        _text_message(partner.invitation.public_id)
    forgotten(handler, left_alone="forget")
    assert [(one.kind, one.value) for one in of(NoContact)] == [("phone", PHONE)]
    assert [one.topic for one in of(Message) if one.to == PHONE] == ["talk", "survey"]


def test_keeping_somebody_apart_silences_nobody_else(handler: FlaskClient) -> None:
    household = everything(complaint=False)
    forgotten(handler)
    kept = {(one.kind, one.value) for one in of(NoContact)}
    assert kept >= {("person", NAME), ("email", EMAIL)} and ("phone", PHONE) not in kept
    partner = contact(household.partner)
    assert partner is not None and stops_of([partner]) == {}


def _text_message(about: str) -> None:
    """A text message to the telephone of both that waits, for one of them."""
    queue(
        Channel.SMS,
        "survey_reminder",
        to=PHONE,
        topic=TOPIC,
        about=about,
        request_key="partner",
        language="nl",
        params={},
    )


RUNS = "Wanneer dit weggaat, is nog niet bekend: de klacht loopt nog."
IS_HELD = "Wanneer dit weggaat, is nog niet bekend: dit wordt vastgehouden."


def test_a_complaint_says_when_it_goes_unless_that_is_not_known(handler: FlaskClient) -> None:
    household = everything()
    form = own(chosen(handler, EMAIL, NAME))
    assert RUNS in send(handler, CONFIRM, **form).get_data(as_text=True)
    _ended(date(2026, 2, 1))
    assert "Dit gaat vanzelf weg op 2 februari 2031." in send(handler, CONFIRM, **form).get_data(as_text=True)
    _ended(date(2016, 2, 1))
    assert "Dit gaat binnenkort vanzelf weg." in send(handler, CONFIRM, **form).get_data(as_text=True)
    _hold("complaints", household.complaint)
    text = send(handler, CONFIRM, **form).get_data(as_text=True)
    assert IS_HELD in text and "2031" not in text and "binnenkort" not in text


def _ended(on: date, stage: Stage = Stage.CLOSED) -> None:
    with transaction():
        complaint = of(Complaint)[0]
        complaint.stage, complaint.ended_on = stage, on


@pytest.mark.parametrize("what", ["stage", "message", "letter", "measure"])
def test_while_something_of_a_complaint_goes_on_no_day_is_named_and_nothing_goes(
    handler: FlaskClient, what: str
) -> None:
    everything()
    _ended(date(2016, 2, 1), Stage.TOLD if what == "stage" else Stage.CLOSED)
    with transaction():
        number = of(Complaint)[0].id
        going_on: dict[str, Any] = {
            "message": lambda: ComplaintMessage(
                complaint_id=number, request_key="1", at=clock.now(), from_complainant=True, words="x"
            ),
            "letter": lambda: ComplaintLetter(
                complaint_id=number,
                request_key="1",
                kind="outcome",
                channel="post",
                language="nl",
                words="x",
                made_at=clock.now(),
                made_by="test",
            ),
            "measure": lambda: Measure(
                request_key="1",
                complaint_id=number,
                words="x",
                owner="x",
                made_on=clock.today(),
                due_on=clock.today(),
            ),
        }
        if what in going_on:
            db.session.add(going_on[what]())
    assert RUNS in send(handler, CONFIRM, **own(chosen(handler, EMAIL, NAME))).get_data(as_text=True)
    retention.purge()
    assert of(Complaint)[0].erased_on is None, "and so it is"


def test_an_invitation_says_when_it_goes_unless_that_is_not_known(handler: FlaskClient) -> None:
    household = everything(complaint=False, full=False)
    text = chosen(handler, EMAIL, NAME).get_data(as_text=True)
    assert "Gaat vanzelf weg" in text and "binnenkort" not in text
    with transaction():
        db.session.get_one(Invitation, household.invitation).closes_on = date(2020, 1, 1)
    text = chosen(handler, EMAIL, NAME).get_data(as_text=True)
    assert (
        "binnenkort: de termijn is voorbij" in text and "2020" not in text.split("De link sluit op")[1][60:]
    )
    _hold("contacts")
    text = chosen(handler, EMAIL, NAME).get_data(as_text=True)
    assert "nog niet bekend: dit wordt vastgehouden" in text and "binnenkort" not in text


def test_the_line_moves_up_and_nobody_else_hears_of_it(handler: FlaskClient) -> None:
    everything(complaint=False)
    forgotten(handler)
    states = {one.person.contact: one.state for one in of(SignUp) if one.state != State.GONE}
    assert states == {PHONE: State.IN, "wacht@voorbeeld.example": State.IN}
    assert of(Member) == [] and of(Task) == []


def test_an_evening_that_was_is_forgotten_too(handler: FlaskClient) -> None:
    number = evening()
    signed_up(number, somebody(EMAIL))
    with transaction():
        made = db.session.get_one(SignUp, of(SignUp)[0].id).evening
        made.starts_at, made.ends_at = made.starts_at.replace(year=2020), made.ends_at.replace(year=2020)
    erased(handler, own(seek(handler, EMAIL)))
    assert traces(EMAIL) == set()
    assert [one.state for one in of(SignUp)] == [State.GONE]


def test_the_ledger_counts_as_before(handler: FlaskClient) -> None:
    """Who was asked is counted, without who it was."""
    everything(complaint=False)
    before = ledger()
    assert before.cohorts
    forgotten(handler)
    db.session.rollback()
    assert ledger() == before


def test_the_old_link_and_code_open_nothing(app: Flask, handler: FlaskClient) -> None:
    household = everything(complaint=False)
    found = contact(household.invitation)
    assert found is not None
    token, code = answers.token_of(found.invitation), answers.code_of(found.invitation)
    assert app.test_client().get(f"/v/{token}").status_code == 200
    forgotten(handler)
    assert answers.find(token) is None and answers.find_by_code(code) is None
    assert app.test_client().get(f"/v/{token}").status_code == 404


# ---- What comes back ----------------------------------------------------------------------

EXPORT = (
    "zaaknummer;moment;datum;perspectief;naam;email;telefoon\n"
    f"{CASE};intake;{{day}};ouder;{NAME};{EMAIL};0612345678\n"
)


@pytest.mark.parametrize(("left_alone", "is_protected"), [("keep", True), ("forget", False)])
def test_a_later_export_brings_nobody_a_message_unless_that_was_wanted(
    handler: FlaskClient, left_alone: str, is_protected: bool
) -> None:
    person(NAME, case=CASE, email=EMAIL, phone=PHONE)
    erased(handler, own(seek(handler, EMAIL)), left_alone=left_alone)
    importing.take_in(EXPORT.format(day=clock.today().isoformat()).encode(), "test")
    back = of(Contact)
    assert len(back) == 1, "the registration is a file of its own"
    assert bool(stops_of(back)) is is_protected


# ---- Looking it over, and the proof -------------------------------------------------------


def test_looking_it_over_changes_nothing_and_says_what_goes_and_stays(handler: FlaskClient) -> None:
    everything()
    before = sorted(every_text())
    text = send(handler, CONFIRM, **own(chosen(handler, EMAIL, NAME))).get_data(as_text=True)
    for words in (
        "Dit gaat weg",
        "Dit blijft",
        "Aanmelding: Samen met school",
        "Awb 9:12a",
        "AVG art. 11",
        "Reservekopieën.",
    ):
        assert words in text, words
    told = {"audit_event", "staff_session"}
    after = [row for row in sorted(every_text()) if row[0].split(".")[0] not in told]
    assert after == [row for row in before if row[0].split(".")[0] not in told]


def test_the_proof_says_what_when_and_by_whom_and_no_name(handler: FlaskClient) -> None:
    household = everything()
    text = forgotten(handler, received_on="01-02-2026").get_data(as_text=True)
    assert re.search(r"<strong>\d{4} \d{4}</strong>", text)
    assert "1 februari 2026" in text and household.complaint in text
    assert "Uitnodiging voor een vragenlijst: 1" in text and "Aanmelding voor een avond: 1" in text
    assert EMAIL not in text and NAME not in text and CASE not in text


def test_it_is_recorded_with_the_number_alone(handler: FlaskClient) -> None:
    everything()
    number = re.search(
        r"\d{4} \d{4}", str(forgotten(handler).get_data(as_text=True).split("Nummer van dit verzoek")[1])
    )
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.event == "person.erased")).one()
    assert number and event.details["request"] == number[0]
    assert event.details["erased"] == "call 1, complaint_draft 1, invitation 1, member 1, sign_up 1"
    assert event.details["kept"] == "complaint 1, left_alone 1"


def test_what_was_thrown_away_before_does_not_stay_and_backups_are_named_once(handler: FlaskClient) -> None:
    everything()
    confirm = send(handler, CONFIRM, **own(chosen(handler, EMAIL, NAME))).get_data(as_text=True)
    for text in (confirm, forgotten(handler).get_data(as_text=True)):
        assert "Wat al is weggegooid" not in text
        assert len(re.findall("reservekopie", text, re.IGNORECASE)) == 1
        assert "Wat gewist is, kan er nog ten hoogste 30 dagen in staan." in text


def test_from_looking_it_over_there_is_a_way_back_with_the_ticks(handler: FlaskClient) -> None:
    everything()
    form = own(chosen(handler, EMAIL, NAME))
    form["take"] = sorted(form["take"])[:2]
    confirm = send(handler, CONFIRM, **form).get_data(as_text=True)
    way, take = confirm.split('action="/team/personen/gevonden"')[1], r'name="take" value="([^"]+)"'
    assert "Terug naar wat wij vonden" in way
    events = len(of(AuditEvent))
    page = send(handler, FOUND, ask=sealed(way), back="yes", take=re.findall(take, way))
    assert page.status_code == 200
    assert sorted(key for key, ticked in offered(page).items() if ticked) == form["take"]
    assert "person.sought" not in {one.event for one in of(AuditEvent)[events:]}, "nothing new was sought"


def test_the_proof_can_be_printed_with_a_button(handler: FlaskClient) -> None:
    everything()
    text = forgotten(handler).get_data(as_text=True)
    assert re.search(r'<button[^>]*type="button" data-print hidden>Print deze pagina</button>', text)
    assert "portal." in text.split("<script")[1]


@pytest.mark.parametrize(
    ("field", "typed", "says"),
    [
        ("received_on", "gisteren", "Dit is geen datum."),
        ("received_on", "01-01-2999", "Deze dag moet nog komen."),
        ("left_alone", "anders", "Kies wat wij later mogen doen."),
        ("left_alone", "", "Kies wat wij later mogen doen."),
    ],
)
def test_a_wrong_answer_erases_nothing(handler: FlaskClient, field: str, typed: str, says: str) -> None:
    everything()
    page = forgotten(handler, **{field: typed})
    assert page.status_code == 422 and says in page.get_data(as_text=True)
    assert "contact.email" in traces(EMAIL)


def test_nothing_ticked_erases_nothing(handler: FlaskClient) -> None:
    everything()
    page = send(handler, CONFIRM, ask=sealed(chosen(handler, EMAIL, NAME)))
    assert page.status_code == 422 and "Kruis eerst aan wat van deze persoon is." in page.get_data(
        as_text=True
    )
    assert "contact.email" in traces(EMAIL)


def test_the_partner_cannot_be_slipped_in(handler: FlaskClient) -> None:
    household = everything(complaint=False)
    before = _others(household)
    form = own(chosen(handler, EMAIL, NAME))
    form["take"] += [f"invitation:{household.partner}", "account:1"]
    send(handler, ERASE, **form, left_alone="keep")
    assert _others(household) == before
    assert "invitation.name" not in traces(NAME)


@pytest.mark.parametrize(
    ("role", "gone", "left"),
    [
        (
            Role.QUALITY,
            {"contact.email", "draft.body"},
            {"sign_up.person", "circle_member.email", "complaint_draft.body"},
        ),
        (Role.TALKS, {"circle_member.email"}, {"contact.email", "complaint_draft.body"}),
        (Role.COMPLAINTS, {"complaint_draft.body"}, {"contact.email", "circle_member.email"}),
    ],
)
def test_each_erases_the_part_of_the_own_work(
    sign_in: SignIn, role: Role, gone: set[str], left: set[str]
) -> None:
    everything(complaint=False)
    client = sign_in(role)
    page = erased(client, own(chosen(client, EMAIL, NAME) if role is Role.QUALITY else seek(client, EMAIL)))
    assert "hier niet gewist." in page.get_data(as_text=True)
    there = traces(EMAIL, WORDS)
    assert not there & gone and left <= there


@pytest.mark.parametrize("address", [CONFIRM, ERASE])
def test_the_password_is_asked_once_more(handler: FlaskClient, address: str) -> None:
    everything()
    form = own(chosen(handler, EMAIL, NAME))
    with handler.session_transaction() as cookie:
        cookie.pop("fs_paa")
    assert send(handler, address, **form, left_alone="keep").status_code == 409
    assert "contact.email" in traces(EMAIL)


# ---- Held, and busy -----------------------------------------------------------------------


def _hold(kind: str, about: str = "") -> None:
    with transaction():
        db.session.add(
            Hold(kind=kind, about=about, reason="Een rechtszaak.", since=clock.today(), placed_by="1")
        )


@pytest.mark.parametrize(
    ("kind", "stays", "goes"),
    [
        ("contacts", {"contact.email", "draft.body"}, {"sign_up.person"}),
        ("calls", {"task.details"}, {"contact.email"}),
        ("messages", {"contact.email", "circle_member.email"}, {"task.details"}),
        ("texts", set(), {"contact.email", "task.details"}),
    ],
)
def test_what_is_held_stays_and_is_named(
    handler: FlaskClient, kind: str, stays: set[str], goes: set[str]
) -> None:
    everything(complaint=False)
    _hold(kind)
    before = traces(EMAIL, NAME, WORDS)
    text = forgotten(handler).get_data(as_text=True)
    there = traces(EMAIL, NAME, WORDS)
    assert stays <= there and stays <= before
    # Of the partner's sign-up the words stay.
    assert not (goes - {"sign_up.person"}) & there
    assert ("Dit wordt nu vastgehouden" in text) is bool(stays)


def _being_sent(topic: str) -> None:
    with transaction():
        message = db.session.scalars(
            select(Message).where(Message.topic == topic).order_by(Message.id)
        ).first()
        assert message is not None
        message.started, message.claimed_by = True, "worker"
        message.claimed_until = clock.now() + queries.LASTS


@pytest.mark.parametrize("topic", ["survey", "talk"])
def test_while_a_message_is_being_sent_nothing_at_all_is_erased(handler: FlaskClient, topic: str) -> None:
    everything(complaint=False)
    _being_sent(topic)
    before = traces(EMAIL, NAME, WORDS)
    page = forgotten(handler)
    assert page.status_code == 409
    assert "Er is niets gewist. Probeer het over een minuut opnieuw." in page.get_data(as_text=True)
    assert traces(EMAIL, NAME, WORDS) == before
    assert db.session.scalars(select(AuditEvent).where(AuditEvent.event == "person.erased")).all() == []
    with transaction():
        for message in of(Message):
            message.started = False
    assert erased(handler, own(chosen(handler, EMAIL, NAME))).status_code == 200
    assert traces(EMAIL, NAME) == KEPT_APART


# ---- At the same moment -------------------------------------------------------------------


def _erasing(user_id: int, ask: queries.Ask, take: list[str]) -> Callable[[], str]:
    def work() -> str:
        user = db.session.get_one(User, user_id)
        try:
            plan = operations.erase(ask, user, take, forget_left_alone=False)
        except Busy:
            return "busy"
        return "erased" if plan.goes else "nothing"

    return work


def _prepared(handler: FlaskClient) -> tuple[int, queries.Ask, list[str]]:
    form = own(chosen(handler, EMAIL, NAME))
    user = next(one for one in of(User) if len(one.roles) == len(ALL))
    ask = queries.opened(form["ask"], user)
    return user.id, ask, form["take"]


def test_two_erasures_at_once_erase_once(app: Flask, handler: FlaskClient) -> None:
    everything(complaint=False)
    work = _erasing(*_prepared(handler))
    assert sorted(at_once(app, work, work)) == ["erased", "nothing"]
    assert traces(EMAIL, NAME) == KEPT_APART
    events = db.session.scalars(select(AuditEvent).where(AuditEvent.event == "person.erased")).all()
    assert len(events) == 1


def test_a_second_time_says_that_there_was_nothing(handler: FlaskClient) -> None:
    everything(complaint=False)
    form = own(chosen(handler, EMAIL, NAME))
    erased(handler, form)
    page = send(handler, ERASE, **form, left_alone="keep")
    assert page.status_code == 200 and "Er was niets te wissen" in page.get_data(as_text=True)


def test_who_answers_at_that_moment_leaves_no_trace_or_is_not_erased(
    app: Flask, handler: FlaskClient
) -> None:
    household = everything(complaint=False)
    found = contact(household.invitation)
    assert found is not None
    token = answers.token_of(found.invitation)

    def answer() -> str:
        with transaction():
            invitation = answers.find(token, to_change=True)
            if invitation is None:
                return "unknown link"
            asked = answers.asked(invitation)
            key = asked.questions[0].key
            answering.save(invitation, asked, {key: Written("5", "tab")})
        return "kept"

    done = at_once(app, _erasing(*_prepared(handler)), answer)
    assert done[0] == "erased" and done[1] in ("kept", "unknown link")
    assert of(Draft) == [] and traces(EMAIL, NAME) == KEPT_APART


def test_who_signs_up_for_another_evening_at_that_moment_is_there_or_not_and_nothing_is_torn(
    app: Flask, handler: FlaskClient
) -> None:
    everything(complaint=False)
    other = evening()
    work = _erasing(*_prepared(handler))

    def sign_up() -> str:
        return str(signed_up(other, somebody(EMAIL)).state)

    assert at_once(app, work, sign_up) == ["erased", "in"]
    left = [one for one in of(SignUp) if one.state != State.GONE and one.person.contact == EMAIL]
    assert [one.evening_id for one in left] == [other], "one's own wish afterwards counts"


def test_a_complaint_is_never_touched(handler: FlaskClient) -> None:
    everything()
    before = [
        getattr(one, column.key) for one in of(Complaint) for column in Complaint.__mapper__.column_attrs
    ]
    forgotten(handler, left_alone="forget")
    assert [
        getattr(one, column.key) for one in of(Complaint) for column in Complaint.__mapper__.column_attrs
    ] == before


def test_what_was_sought_is_in_no_address(handler: FlaskClient) -> None:
    everything()
    for page in (seek(handler, EMAIL), chosen(handler, EMAIL, NAME)):
        text = page.get_data(as_text=True)
        assert not re.search(rf'(href|action|formaction)="[^"]*(?:{re.escape(EMAIL)}|{CASE})', text)
    assert offered(chosen(handler, PARTNER_EMAIL, PARTNER))
    assert COPY != FOUND
