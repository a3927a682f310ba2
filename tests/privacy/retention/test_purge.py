"""What is past its term goes, and nothing else: a day before it stays, and what is counted stays always."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select

from portal import clock
from portal.complaints.models import Complaint, Measure, Objection
from portal.complaints.rules import Route, Stage
from portal.db import db, transaction
from portal.insight import complaints as figures
from portal.insight import queries as report
from portal.outbox.models import Message
from portal.outbox.rules import State
from portal.privacy.retention import operations, queries
from portal.privacy.retention.operations import NotPurged
from portal.privacy.retention.rules import PURGED, Kind
from portal.surveys import retention as surveys
from portal.surveys.answering.queries import token_of
from portal.surveys.inviting import asking, overview
from portal.surveys.inviting.models import Contact, NoContact
from portal.surveys.inviting.operations import family_link, opt_out
from portal.surveys.models import Invitation, Response, ResponseChoice, ResponseText
from portal.surveys.rules import Perspective, quarter_of
from portal.tasks.models import Task
from portal.worker import Worker
from tests.complaints.people import filed
from tests.complaints.together import at_once
from tests.privacy.retention.past import (
    DAY,
    EMAIL,
    NAME,
    TODAY,
    WORDS,
    answered,
    asked,
    at,
    called,
    complained,
    first_kept,
    improvement,
    message,
    not_asked,
    numbers,
    objected,
    proofs,
    snapshot,
)

pytestmark = pytest.mark.usefixtures("app")


def fresh(model: Any, number: Any) -> Any:
    """The row as the database has it now, or None."""
    db.session.rollback()
    db.session.expire_all()
    return db.session.get(model, number)


def dues() -> dict[Kind, int]:
    """What the page says that goes next."""
    db.session.rollback()
    return {one.kind: one.goes for one in queries.kept() if one.rule.is_purged}


# ---- Around the term -----------------------------------------------------------------------

AROUND = pytest.mark.parametrize(("days", "goes"), [(-1, True), (0, False), (1, False)])
"""The last day that goes, the first that is kept, and the day after it."""


@AROUND
def test_who_was_asked(days: int, *, goes: bool) -> None:
    number = asked(first_kept(Kind.CONTACTS) + days * DAY)
    assert dues()[Kind.CONTACTS] == int(goes)
    assert operations.purge()[Kind.CONTACTS] == int(goes)
    assert (fresh(Contact, number) is None) is goes
    assert (fresh(Invitation, number).name is None) is goes


@AROUND
def test_who_was_called(days: int, *, goes: bool) -> None:
    number = called(first_kept(Kind.CALLS) + days * DAY, asked_on=date(2030, 1, 1))
    assert operations.purge()[Kind.CALLS] == int(goes)
    assert (fresh(Task, number) is None) is goes


def test_the_last_minute_of_a_day_is_a_dutch_one() -> None:
    """Just before midnight here it is another day in UTC."""
    kept_from = first_kept(Kind.CALLS)
    late, early = called(kept_from - DAY), called(kept_from)
    with transaction() as session:
        session.get_one(Task, late).done_at = at(kept_from, 0) - timedelta(minutes=1)
        session.get_one(Task, early).done_at = at(kept_from, 0)
    assert operations.purge()[Kind.CALLS] == 1
    assert numbers(Task) == [early]


def test_who_was_never_called_stays_and_is_told_of() -> None:
    called(None, asked_on=first_kept(Kind.CALLS) - DAY)
    called(None, asked_on=first_kept(Kind.CALLS))
    assert operations.purge()[Kind.CALLS] == 0
    (calls,) = [one for one in queries.kept() if one.kind is Kind.CALLS]
    assert (calls.standing.there, calls.standing.unfinished) == (2, 1)


@pytest.mark.parametrize("state", [State.SENT, State.DEAD, State.CANCELLED, State.BOUNCED])
@AROUND
def test_messages_that_ended(state: State, days: int, *, goes: bool) -> None:
    number = message("1234", state, first_kept(Kind.MESSAGES) + days * DAY)
    assert operations.purge()[Kind.MESSAGES] == int(goes)
    assert (fresh(Message, number) is None) is goes


def test_a_message_that_waits_is_not_over() -> None:
    number = message("1234", State.WAITING, date(2030, 1, 1))
    assert operations.purge()[Kind.MESSAGES] == 0
    assert fresh(Message, number).to == EMAIL


@pytest.mark.parametrize(
    ("quarter", "goes"), [("2026-Q4", True), ("2027-Q1", True), ("2027-Q2", False), ("2032-Q2", False)]
)
def test_texts_of_a_quarter(quarter: str, *, goes: bool) -> None:
    number = answered(quarter)
    assert operations.purge()[Kind.TEXTS] == int(goes)
    left = db.session.scalar(select(func.count()).select_from(ResponseText))
    assert left == int(not goes)
    # Grades and choices stay.
    assert fresh(Response, number) is not None
    assert db.session.scalar(select(ResponseChoice.value)) == "4"


@pytest.mark.parametrize(
    ("today", "goes"),
    [(date(2032, 6, 30), False), (date(2032, 7, 1), True)],
)
def test_a_quarter_goes_whole_when_its_last_day_is_past(
    monkeypatch: pytest.MonkeyPatch, today: date, *, goes: bool
) -> None:
    answered("2027-Q2")
    monkeypatch.setattr(clock, "now", lambda: at(today))
    assert operations.purge()[Kind.TEXTS] == int(goes)


@AROUND
def test_complaints(days: int, *, goes: bool) -> None:
    one = complained(first_kept(Kind.COMPLAINTS) + days * DAY)
    assert dues()[Kind.COMPLAINTS] == int(goes)
    assert operations.purge()[Kind.COMPLAINTS] == int(goes)
    assert (fresh(Complaint, one.id).erased_on == TODAY) is goes


LONG_AGO = date(2026, 3, 2)


@pytest.mark.parametrize("stage", list(Stage))
def test_only_a_complaint_that_ended(stage: Stage) -> None:
    complained(LONG_AGO, stage=stage)
    ended = stage not in {*list(Stage)[: list(Stage).index(Stage.TOLD) + 1]}
    assert operations.purge()[Kind.COMPLAINTS] == int(ended)


def _letter_to_post(one: Complaint) -> None:
    with transaction() as session:
        session.get_one(Complaint, one.id).letters[0].sent_on = None


def _unread(one: Complaint) -> None:
    with transaction() as session:
        session.get_one(Complaint, one.id).messages[0].read_at = None


@pytest.mark.parametrize(
    "unfinished",
    [
        _letter_to_post,
        _unread,
        lambda one: improvement(one, done=False),
        lambda one: objected(one, ended=False),
    ],
)
def test_a_complaint_of_which_something_runs_stays_and_is_told_of(
    unfinished: Callable[[Complaint], Any],
) -> None:
    one = complained(LONG_AGO)
    unfinished(one)
    assert operations.purge()[Kind.COMPLAINTS] == 0
    (kept,) = [line for line in queries.kept() if line.kind is Kind.COMPLAINTS]
    assert (kept.standing.due, kept.standing.unfinished) == (0, 1)


# ---- What stays ----------------------------------------------------------------------------


def test_what_is_counted_of_an_invitation_stays() -> None:
    closed_on = first_kept(Kind.CONTACTS) - DAY
    for place in range(6):
        asked(closed_on, name=f"{NAME} {place}", started=place < 4, completed=place < 3, family_links=place)
    before = snapshot(["invitation"])["invitation"]
    told = report.response_report()
    assert operations.purge()[Kind.CONTACTS] == 6
    after = snapshot(["invitation"])["invitation"]
    columns = list(Invitation.__table__.columns.keys())
    for was, now in zip(before, after, strict=True):
        changed = {name for name, old, new in zip(columns, was, now, strict=True) if old != new}
        assert changed <= {*NEW_OF_THE_FORGOTTEN, *GONE_OF_THE_FORGOTTEN}
    db.session.rollback()
    assert report.response_report() == told


NEW_OF_THE_FORGOTTEN = ("public_id", "code_index", "invited_on", "closes_on", "forgotten")
GONE_OF_THE_FORGOTTEN = ("name", "perspective", "family_links")


def test_no_day_team_language_or_link_is_left_of_an_invitation(client: Any) -> None:
    """At so few people a date and a team are a name (design 4.1)."""
    number = asked(
        first_kept(Kind.CONTACTS) - DAY,
        language="ti",
        team="Monster",
        perspective="young_person",
        completed=True,
        call_requested=True,
        parenting_help=True,
        sent_from="1234",
        channel="email",
    )
    invitation = fresh(Invitation, number)
    address, code = f"/v/{token_of(invitation)}", invitation.code_index
    assert client.get(address).status_code == 200
    operations.purge()
    left = fresh(Invitation, number)
    assert (left.invited_on, left.closes_on) == (date(2032, 2, 1), date(2032, 3, 1))
    assert (left.team, left.language, left.perspective, left.name, left.sent_from) == (
        "",
        "nl",
        None,
        None,
        None,
    )
    assert not (left.call_requested or left.parenting_help or left.family_links)
    assert (left.completed, left.delivered, left.channel, left.moment) == (True, True, "email", "intake")
    assert client.get(address).status_code == 404
    assert left.code_index != code
    # The letter that lies somewhere in a drawer leads to it no more.
    assert db.session.scalar(select(Invitation.id).where(Invitation.code_index == code)) is None


def test_a_link_for_the_family_knows_its_day_no_longer_than_the_others(client: Any) -> None:
    """Nobody is named on it, but the day and the team would be."""
    number = asked(first_kept(Kind.CONTACTS) - DAY, team="Monster")
    with transaction():
        family_link(db.session.get_one(Invitation, number), 1, Perspective.FAMILY_MEMBER)
    other = max(numbers(Invitation))
    with transaction():
        of_family = db.session.get_one(Invitation, other)
        of_family.invited_on, of_family.closes_on = date(2032, 1, 20), date(2032, 3, 3)
    assert operations.purge()[Kind.CONTACTS] == 2
    left = fresh(Invitation, other)
    assert (left.team, left.invited_on, left.first_person) == ("", date(2032, 1, 1), False)
    assert operations.purge()[Kind.CONTACTS] == 0


def test_why_nobody_was_asked_is_counted_until_the_year_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    closed_on = first_kept(Kind.CONTACTS) - DAY
    this_year, before_that = not_asked(closed_on, date(2032, 1, 5)), not_asked(closed_on, date(2031, 12, 30))
    told = overview.overview().not_asked
    assert operations.purge()[Kind.CONTACTS] == 2
    assert fresh(Contact, before_that) is None
    shell = fresh(Contact, this_year)
    assert shell.happened_on.day == 1
    assert (shell.email, shell.email_index, shell.phone, shell.street, shell.case_number) == (
        *(None,) * 4,
        "",
    )
    assert overview.overview().not_asked == told == [("too_old", 1)]
    # It is not forgotten twice, and goes after new year, whoever is forgotten then.
    assert operations.purge()[Kind.CONTACTS] == 0
    monkeypatch.setattr(clock, "now", lambda: at(date(2033, 1, 2)))
    assert operations.purge()[Kind.CONTACTS] == 0
    assert numbers(Invitation) and fresh(Contact, this_year) is None


def test_who_wants_to_be_left_alone_stays_so() -> None:
    number = asked(first_kept(Kind.CONTACTS) - DAY)
    with transaction() as session:
        opt_out(session.get_one(Invitation, number))
    before = snapshot(["no_contact"])
    assert operations.purge()[Kind.CONTACTS] == 1
    assert snapshot(["no_contact"]) == before
    assert db.session.scalar(select(func.count()).select_from(NoContact)) > 2
    assert fresh(Invitation, number).opted_out


def test_an_erased_invitation_still_opens_its_page(client: Any) -> None:
    closed, sent = (
        asked(first_kept(Kind.CONTACTS) - DAY),
        asked(first_kept(Kind.CONTACTS) - DAY, completed=True),
    )
    operations.purge()
    for number in (closed, sent):
        address = f"/v/{token_of(fresh(Invitation, number))}"
        assert client.get(address).status_code in {200, 410}
        assert client.get(f"{address}/afmelden").status_code == 200


def test_the_yearly_figures_are_as_they_were() -> None:
    ended_on = first_kept(Kind.COMPLAINTS) - 30 * DAY
    for place in range(6):
        stage = (Stage.CLOSED, Stage.SOLVED, Stage.NOT_TAKEN_UP)[place % 3]
        complained(
            ended_on + place * DAY,
            stage=stage,
            theme="recording" if place % 2 else "",
            not_taken_up_reason="slight" if stage is Stage.NOT_TAKEN_UP else None,
            solved="yes" if stage is Stage.SOLVED else None,
            on_behalf="does_not_know" if place == 4 else "self",
        )
    complained(ended_on, route=Route.SIGNAL)
    objected(complained(ended_on, route=Route.OBJECTION, stage=Stage.PASSED_ON), ended=True)
    improvement(complained(ended_on), done=True)
    year = (ended_on - timedelta(days=40)).year
    told = (figures.year_report(year), figures.account(), figures.year_report())
    assert operations.purge()[Kind.COMPLAINTS] == 9
    db.session.rollback()
    db.session.expire_all()
    assert (figures.year_report(year), figures.account(), figures.year_report()) == told


def test_an_improvement_and_an_objection_outlive_their_complaint() -> None:
    one = complained(LONG_AGO)
    learned, objection = improvement(one, done=True), objected(one, ended=True)
    operations.purge()
    measure = fresh(Measure, learned)
    assert (measure.words, measure.complaint_id) == ("Wij bellen eerst", None)
    assert fresh(Objection, objection).outcome == "upheld"


def test_the_results_page_stands_without_old_texts(quality: Any) -> None:
    for _n in range(8):
        answered("2027-Q1")
        answered(quarter_of(TODAY))
    assert quality.get("/team/resultaten").status_code == 200
    assert operations.purge()[Kind.TEXTS] == 8
    page = quality.get("/team/resultaten?periode=2027-Q1")
    assert page.status_code == 200
    assert WORDS not in page.text
    assert WORDS in quality.get("/team/resultaten?periode=2032-Q2").text


# ---- With others at work -------------------------------------------------------------------


def _being_sent(about: str, topic: str, **more: Any) -> int:
    return message(
        about,
        State.WAITING,
        TODAY - DAY,
        topic=topic,
        started=True,
        claimed_by="w",
        claimed_until=at(TODAY) + timedelta(minutes=3),
        **more,
    )


def test_who_is_just_sent_a_message_is_forgotten_the_next_time() -> None:
    number = asked(first_kept(Kind.CONTACTS) - DAY)
    one = complained(LONG_AGO)
    for about, topic in ((fresh(Invitation, number).public_id, "survey"), (one.public_id, "complaint")):
        _being_sent(about, topic)
    done = operations.purge()
    assert (done[Kind.CONTACTS], done[Kind.COMPLAINTS]) == (0, 0)
    assert fresh(Contact, number).email == EMAIL and fresh(Complaint, one.id).content.name == NAME
    with transaction() as session:
        for sending in session.scalars(select(Message)):
            sending.claimed_until = at(TODAY) - timedelta(minutes=1)
    done = operations.purge()
    assert (done[Kind.CONTACTS], done[Kind.COMPLAINTS]) == (1, 1)


def test_what_waits_to_be_sent_to_who_is_forgotten_is_called_off() -> None:
    number = asked(first_kept(Kind.CONTACTS) - DAY)
    about = fresh(Invitation, number).public_id
    waiting, dead = message(about, State.WAITING, TODAY), message(about, State.DEAD, TODAY)
    sent = message(about, State.SENT, TODAY)
    operations.purge()
    for one in (waiting, dead):
        called_off = fresh(Message, one)
        assert (called_off.state, called_off.to, called_off.params) == (State.CANCELLED, None, None)
    assert fresh(Message, sent).state == State.SENT


def test_everything_sent_about_a_complaint_goes_with_it() -> None:
    one, other = complained(LONG_AGO), complained(TODAY - DAY)
    for about in (one.public_id, other.public_id):
        for state in (State.SENT, State.DEAD, State.WAITING):
            message(about, state, TODAY, topic="complaint")
    operations.purge()
    assert set(db.session.scalars(select(Message.about))) == {other.public_id}


@pytest.mark.parametrize("row", ["invitation", "contact", "complaint", "message"])
def test_what_somebody_works_on_is_not_waited_for(app: Flask, row: str) -> None:
    """A person who opts out, a coordinator at work: their row is held, and goes the next time."""
    if db.engine.dialect.name != "postgresql":
        # On SQLite one writes at a time: the purge waits its turn, as every writer does.
        return
    number, one = asked(first_kept(Kind.CONTACTS) - DAY), complained(LONG_AGO)
    message(fresh(Invitation, number).public_id, State.SENT, TODAY)
    kind = Kind.COMPLAINTS if row == "complaint" else Kind.CONTACTS
    column = {"contact": "invitation_id"}.get(row, "id")
    key = {"complaint": one.id, "message": numbers(Message)[0]}.get(row, number)
    with db.engine.connect() as other:
        other.exec_driver_sql(f"SELECT 1 FROM {row} WHERE {column} = {key} FOR UPDATE")
        assert operations.purge()[kind] == 0
    assert operations.purge()[kind] == 1


def test_two_workers_at_once_throw_away_everything_once(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surveys, "BATCH", 3)
    for place in range(20):
        asked(first_kept(Kind.CONTACTS) - DAY, name=f"{NAME} {place}")
    for _place in range(4):
        complained(LONG_AGO, whole=False)
    done = at_once(app, operations.purge, operations.purge)
    for kind, number in ((Kind.CONTACTS, 20), (Kind.COMPLAINTS, 4)):
        assert sum(one[kind] for one in done) == number
        assert sum(int(proof["rows"]) for proof in proofs() if proof["kind"] == kind) == number
    assert numbers_of_names() == 0


def numbers_of_names() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).where(Invitation.name.is_not(None))) or 0


def test_a_purge_that_dies_half_way_leaves_whole_batches_with_their_proof(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Killed at every statement in turn: what is gone is proven, and what is not proven is there."""
    monkeypatch.setattr(surveys, "BATCH", 2)

    class Killed(BaseException):
        """The process ends here."""

    left, count, statement = 6, 0, 0
    for place in range(left):
        asked(first_kept(Kind.CONTACTS) - DAY, name=f"{NAME} {place}")
    stop_at = 0

    def die(*_given: Any) -> None:
        nonlocal statement
        statement += 1
        if statement == stop_at:
            raise Killed

    event.listen(db.engine, "before_cursor_execute", die)
    try:
        while numbers_of_names():
            stop_at += 3
            statement = 0
            try:
                operations.purge()
            except Killed:
                count += 1
            db.session.remove()
            statement = -(10**6)
            gone = left - numbers_of_names()
            assert sum(int(proof["rows"]) for proof in proofs()) == gone
            contacts = db.session.scalar(select(func.count()).select_from(Contact))
            assert contacts == left - gone, "the contact and the name go together"
    finally:
        event.remove(db.engine, "before_cursor_execute", die)
    assert count > 3


# ---- A dry run, the worker, a kind that fails ----------------------------------------------


def _a_bit_of_everything() -> None:
    for days in (-400, -1, 0, 1):
        asked(first_kept(Kind.CONTACTS) + days * DAY)
        called(first_kept(Kind.CALLS) + days * DAY)
        message("1234", State.SENT, first_kept(Kind.MESSAGES) + days * DAY)
        complained(first_kept(Kind.COMPLAINTS) + days * DAY)
    for quarter in ("2026-Q1", "2027-Q1", "2027-Q2"):
        answered(quarter)


def test_a_dry_run_changes_nothing_and_says_what_then_goes() -> None:
    _a_bit_of_everything()
    before = snapshot()
    would = dues()
    assert snapshot() == before
    assert would[Kind.CONTACTS] == would[Kind.CALLS] == would[Kind.COMPLAINTS] == would[Kind.TEXTS] == 2
    assert operations.purge() == would
    assert all(number == 0 for number in dues().values())
    assert snapshot(["complaint"]) == snapshot(["complaint"])


def test_the_proof_says_what_and_how_many_and_never_who() -> None:
    _a_bit_of_everything()
    done = operations.purge()
    told = proofs()
    assert {one["kind"]: int(one["rows"]) for one in told} == {
        str(kind): number for kind, number in done.items() if number
    }
    for one in told:
        assert one.keys() == {"kind", "rows", "until"}
        assert one["until"] == first_kept(Kind(one["kind"])).isoformat()
    # Nothing more to do: nothing more to prove.
    assert sum(operations.purge().values()) == 0
    assert proofs() == told


def test_the_worker_does_it_once_a_day(monkeypatch: pytest.MonkeyPatch, statements: list[str]) -> None:
    asked(first_kept(Kind.CONTACTS) - DAY)
    worker = Worker()
    worker.round()
    assert numbers_of_names() == 0
    asked(first_kept(Kind.CONTACTS) - DAY)
    statements.clear()
    worker.round()
    assert numbers_of_names() == 1, "not a second time on one day"
    assert not [one for one in statements if "response_text" in one], "and it costs nothing"
    monkeypatch.setattr(clock, "now", lambda: at(TODAY + DAY))
    worker.round()
    assert numbers_of_names() == 0


def test_a_worker_that_could_not_overwrite_tries_again(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = Worker()
    monkeypatch.setattr(operations, "forget", lambda: False)
    worker.round()
    assert worker.purged_on is None
    monkeypatch.undo()
    worker.round()
    assert worker.purged_on == clock.today()


def test_a_kind_that_fails_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    asked(first_kept(Kind.CONTACTS) - DAY)
    called(first_kept(Kind.CALLS) - DAY)
    real = operations._purge

    def broken(kind: Kind) -> int:
        if kind is Kind.CONTACTS:
            raise RuntimeError(NAME)
        return real(kind)

    monkeypatch.setattr(operations, "_purge", broken)
    with pytest.raises(NotPurged) as refused:
        operations.purge()
    assert refused.value.kinds == (Kind.CONTACTS,)
    assert refused.value.gone[Kind.CALLS] == 1
    worker = Worker()
    worker.round()
    assert worker.purged_on is None


def test_every_kind_is_tried_every_time() -> None:
    assert set(operations.purge()) == set(PURGED)


def test_nobody_is_asked_again_whose_invitation_was_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    asked(first_kept(Kind.CONTACTS) - DAY)
    operations.purge()
    monkeypatch.setattr(clock, "now", lambda: at(TODAY + DAY, 12))
    assert asking.invite() == 0


def test_a_complaint_filed_later_gets_the_next_number() -> None:
    one = complained(LONG_AGO)
    operations.purge()
    other = filed(one.received_on + DAY)
    assert (other.year, other.number) == (one.year, one.number + 1)
