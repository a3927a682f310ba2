"""A look at an export before it is taken in: what goes to whom, when, over what, and why not."""

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from portal import clock
from portal.db import db, transaction
from portal.outbox.rules import Channel
from portal.surveys.inviting import importing
from portal.surveys.inviting.asking import invite
from portal.surveys.inviting.importing import Planned, preview, take_in
from portal.surveys.inviting.models import Contact
from portal.surveys.inviting.operations import opt_out, stop_case
from portal.surveys.inviting.recognising import Status
from portal.surveys.inviting.rules import NotAsked, StopReason
from portal.surveys.models import Invitation
from portal.surveys.rules import Moment
from tests.surveys.inviting.exports import ONLY_EMAIL, export, row
from tests.surveys.inviting.people import TODAY, Clock, messages
from tests.surveys.inviting.test_asking import left

pytestmark = pytest.mark.usefixtures("time")
ACTOR = "proef"


def imported(*rows: dict[str, str]) -> None:
    take_in(export(*rows), ACTOR)


def planned(*rows: dict[str, str]) -> list[Planned]:
    return list(preview(export(*rows)).rows)


def test_a_preview_says_what_goes_when_and_over_what(app: Flask) -> None:
    (one,) = planned(row(datum="2026-11-20"))
    assert one == Planned(
        line=2,
        status=Status.NEW,
        case_number="Z-2026-1",
        name="Proefpersoon Één",
        moment=Moment.INTAKE,
        day=TODAY,
        steps=[
            (date(2026, 11, 23), Channel.SMS),
            (date(2026, 11, 27), Channel.EMAIL),
            (date(2026, 12, 3), Channel.LETTER),
        ],
        not_asked=None,
    )


@pytest.mark.parametrize(
    "cells",
    [
        {},
        ONLY_EMAIL,
        {"email": "", "telefoon": ""},
        {"email": "", "adres": "", "postcode": "", "plaats": ""},
        {"moment": "afsluiting", "datum": "2026-11-22"},
        {"moment": "plan", "datum": "2026-11-23", "telefoon": ""},
    ],
)
def test_what_a_preview_says_is_what_the_worker_does(app: Flask, time: Clock, cells: dict[str, str]) -> None:
    (said,) = planned(row(**cells))
    imported(row(**cells))
    done: list[tuple[date, str]] = []
    for _day in range(30):
        invite()
        for message in messages()[len(done) :]:
            done.append((clock.today(), message.channel))
            left(message)
        time.forward(1)
    assert done == list(said.steps)


def test_a_preview_tells_why_somebody_is_not_asked(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with transaction():
        stop_case("Z-dood", StopReason.DEATH, ACTOR)
        stop_case("Z-stop", StopReason.STOPPED, ACTOR)
    imported(row(zaaknummer="Z-af", email="af@voorbeeld.example", naam="Afgemeld"))
    with transaction():
        opt_out(db.session.scalars(select(Invitation)).one(), ACTOR)
    found = planned(
        row(datum="2026-01-05", naam="A"),
        row(zaaknummer="Z-DOOD", naam="B"),
        row(zaaknummer="z-stop", naam="C"),
        row(email="af@voorbeeld.example", telefoon="", naam="D"),
    )
    assert [one.not_asked for one in found] == [
        NotAsked.TOO_OLD,
        NotAsked.DEATH,
        NotAsked.CASE_STOPPED,
        NotAsked.OPTED_OUT,
    ]
    assert all(one.day is None and not one.steps for one in found)
    monkeypatch.setattr(importing, "channels", lambda: {Channel.LETTER})
    assert [one.not_asked for one in planned(row(**ONLY_EMAIL))] == [NotAsked.UNREACHABLE]


def test_a_preview_knows_who_was_asked_lately(app: Flask) -> None:
    imported(row())
    assert invite() == 1
    other = {"telefoon": "", "adres": "", "postcode": "", "plaats": "", "naam": "Iemand anders"}
    found = planned(
        row(zaaknummer="Z-2", moment="plan"),
        row(moment="plan", email="b@voorbeeld.example", **other),
        row(email="c@voorbeeld.example", **other),
        row(moment="plan", **ONLY_EMAIL | {"email": "d@voorbeeld.example"}),
    )
    assert [one.not_asked for one in found] == [
        NotAsked.PERSON_RECENTLY,
        NotAsked.CASE_RECENTLY,
        None,
        NotAsked.PERSON_RECENTLY,
    ]


def test_a_preview_knows_whom_the_same_file_asks_and_the_worker_agrees(app: Flask, time: Clock) -> None:
    rows = (
        row(moment="afsluiting"),  # leaves later than the two below
        row(moment="plan"),
        row(moment="plan", naam="Iemand", **ONLY_EMAIL | {"email": "b@voorbeeld.example"}),
        row(moment="intake", naam="Iemand", **ONLY_EMAIL | {"email": "c@voorbeeld.example"}),
        row(moment="intake", naam="Een ander", **ONLY_EMAIL | {"email": "d@voorbeeld.example"}),
    )
    said = [one.not_asked for one in planned(*rows)]
    assert said == [
        NotAsked.PERSON_RECENTLY,
        None,
        None,
        NotAsked.PERSON_RECENTLY,
        NotAsked.CASE_RECENTLY,
    ]
    imported(*rows)
    for _day in range(12):
        invite()
        time.forward(1)
    done = db.session.scalars(select(Contact.not_asked).order_by(Contact.invitation_id)).all()
    assert done == said


def test_a_preview_of_rows_known_and_changed(app: Flask, time: Clock) -> None:
    imported(row(), row(naam="Twee", email="twee@voorbeeld.example", **ONLY_EMAIL))
    known, changed, again = planned(
        row(),
        row(naam="Twee", **ONLY_EMAIL | {"email": "", "telefoon": "06-87654321"}),
        row(naam="Twee", **ONLY_EMAIL | {"email": "", "telefoon": "06-87654321"}),
    )
    assert [one.status for one in (known, changed, again)] == [Status.KNOWN, Status.CHANGED, Status.KNOWN]
    assert [channel for _day, channel in known.steps] == [Channel.SMS, Channel.EMAIL, Channel.LETTER]
    assert {channel for _day, channel in changed.steps} == {Channel.SMS}
    assert again.steps == changed.steps
    assert invite() == 2
    (reminders,) = planned(row())
    assert reminders.steps == known.steps[1:]


def test_a_preview_of_who_starts_afresh_and_of_others_of_the_case(app: Flask, time: Clock) -> None:
    gone = ONLY_EMAIL | {"email": "weg@voorbeeld.example"}
    imported(row(zaaknummer="Z-9", naam="Weg", **gone))
    with transaction():
        lost = db.session.scalars(select(Contact)).one()
        lost.email_lost, lost.next_on = True, None
    imported(row())
    assert invite() == 1
    time.forward(1)
    other = row(moment="plan", naam="Iemand", **ONLY_EMAIL | {"email": "b@voorbeeld.example"})
    known, of_case = planned(row(), other)
    assert (known.status, of_case.not_asked) == (Status.KNOWN, NotAsked.CASE_RECENTLY)
    afresh, of_case = planned(row(telefoon=""), other)
    assert (afresh.status, afresh.steps[0]) == (Status.CHANGED, (date(2026, 11, 24), Channel.EMAIL))
    assert of_case.not_asked is NotAsked.CASE_RECENTLY
    # Who will not be asked after all holds up nobody else.
    unreachable, of_case = planned(row(**gone), other)
    assert (unreachable.status, unreachable.not_asked) == (Status.CHANGED, NotAsked.UNREACHABLE)
    assert of_case.not_asked is None
    db.session.rollback()
    db.session.expire_all()
    made = db.session.scalars(select(Contact).where(Contact.phone.is_not(None))).one()
    assert (made.steps, made.invitation.invited_on) == (1, TODAY)


def test_an_address_that_came_back_is_not_tried_again_for_the_next_moment(app: Flask) -> None:
    imported(row())
    with transaction():
        made = db.session.scalars(select(Contact)).one()
        made.phone_lost = made.post_lost = True
    later = row(moment="plan", zaaknummer="Z-2")
    (said,) = planned(later)
    assert {channel for _day, channel in said.steps} == {Channel.EMAIL}
    imported(later)
    found = db.session.scalars(select(Contact).order_by(Contact.invitation_id)).all()[1]
    assert (found.email_lost, found.phone_lost, found.post_lost) == (False, True, True)
    imported(later | {"telefoon": "06-87654321"})
    assert not db.session.get_one(Contact, found.invitation_id).phone_lost
