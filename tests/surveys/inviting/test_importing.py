"""Taking an export in: once, twice, changed, at the same time as others, and only looked at."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, text, update

from portal.audit.models import AuditEvent
from portal.calendar import is_holiday
from portal.db import db, transaction
from portal.outbox import operations as outbox
from portal.outbox.models import Message
from portal.outbox.rules import Channel, State
from portal.privacy.retention import operations as retention
from portal.privacy.retention.rules import Kind
from portal.surveys.inviting import importing, indexes
from portal.surveys.inviting.asking import TOPIC, invite
from portal.surveys.inviting.importing import preview, take_in
from portal.surveys.inviting.models import Contact, ImportFile
from portal.surveys.inviting.operations import opt_out
from portal.surveys.inviting.overview import overview
from portal.surveys.inviting.recognising import Outcome
from portal.surveys.inviting.registration import Unreadable
from portal.surveys.inviting.rules import NotAsked
from portal.surveys.models import Invitation
from portal.surveys.rules import Domain, Moment, Perspective
from tests.surveys.inviting.exports import EXPECTED, ONLY_EMAIL, SAMPLE, export, row
from tests.surveys.inviting.people import TODAY, Clock, messages
from tests.surveys.inviting.test_asking import came_back, left
from tests.surveys.test_together import at_once

pytestmark = pytest.mark.usefixtures("time")
ACTOR = "proef"


def counts(outcome: Outcome) -> tuple[int, int, int, int]:
    """New, known, changed, refused."""
    told = outcome.as_dict()
    return told["new"], told["known"], told["changed"], len(told["refused"])


def imported(*rows: dict[str, str]) -> tuple[int, int, int, int]:
    return counts(take_in(export(*rows), ACTOR))


def contact() -> Contact:
    """The only one there is, as the database has it now."""
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(select(Contact)).one()


def count(model: type) -> int:
    db.session.rollback()
    return int(db.session.scalar(select(func.count()).select_from(model)) or 0)


def everything() -> list[tuple[object, ...]]:
    """Every value of both tables as the database holds it."""
    db.session.rollback()
    return [
        tuple(found)
        for table in ("invitation", "contact")
        for found in db.session.execute(text(f"SELECT * FROM {table} ORDER BY 1"))
    ]


def test_the_messy_export_gives_what_is_expected_and_the_second_time_nothing(app: Flask) -> None:
    outcome = take_in(SAMPLE, ACTOR)
    assert counts(outcome) == (EXPECTED["new"], EXPECTED["known"], 0, len(EXPECTED["refused"]))
    told = outcome.as_dict()
    assert [{"line": one["line"], "column": one["column"]} for one in told["refused"]] == EXPECTED["refused"]
    assert (count(Invitation), count(Contact)) == (EXPECTED["new"],) * 2
    before = everything()
    again = take_in(SAMPLE, ACTOR)
    assert counts(again) == (0, EXPECTED["new"] + EXPECTED["known"], 0, len(EXPECTED["refused"]))
    assert everything() == before


def test_what_is_kept_of_a_new_row(app: Flask) -> None:
    assert imported(row(perspectief="jongere", taal="pl", domein="volwassenen")) == (1, 0, 0, 0)
    made = contact()
    invitation = made.invitation
    assert (invitation.moment, invitation.domain, invitation.language) == (Moment.INTAKE, Domain.ADULTS, "pl")
    assert (invitation.perspective, invitation.first_person) == (Perspective.YOUNG_PERSON, True)
    assert (invitation.team, invitation.parenting_help) == ("Naaldwijk", True)
    assert (invitation.name, invitation.invited_on, invitation.delivered) == ("Proefpersoon Één", None, False)
    assert (made.case_number, made.happened_on) == ("Z-2026-1", date(2026, 11, 20))
    assert (made.email, made.phone) == ("een@voorbeeld.example", "+31612345678")
    assert (made.street, made.postcode, made.place) == ("Dorpsstraat 1 bis", "2691 ZM", "'s-Gravenzande")
    assert made.case_index == indexes.case_index("z-2026-1 ")
    assert made.email_index == indexes.email_index("EEN@voorbeeld.example")
    assert made.phone_index == indexes.phone_index("+31612345678")
    assert made.post_index == indexes.post_index("proefpersoon één", "2691ZM", "Dorpsstraat 1bis")
    assert (made.steps, made.next_on, made.not_asked) == (0, TODAY, None)
    assert invitation.closes_on == TODAY + timedelta(days=42)


def test_no_name_no_address_and_no_case_number_is_readable_in_the_database(app: Flask) -> None:
    imported(row())
    held = b"".join(
        value if isinstance(value, bytes) else str(value).encode()
        for found in everything()
        for value in found
    )
    for secret in ("Proefpersoon", "een@voorbeeld", "+31612345678", "Dorpsstraat", "2691 ZM", "Z-2026"):
        assert secret.encode() not in held


def test_family_members_are_no_first_person_and_a_blank_perspective_is(app: Flask) -> None:
    imported(row(perspectief="gezinslid"), row(perspectief="", naam="Proefpersoon Twee"))
    first = db.session.scalars(select(Invitation.first_person).order_by(Invitation.id)).all()
    assert first == [False, True]


@pytest.mark.parametrize(
    ("moment", "happened_on", "first"),
    [
        ("intake", "2026-11-23", date(2026, 11, 24)),  # one day later
        ("afsluiting", "2026-11-22", date(2026, 11, 30)),  # seven days later is a Sunday
        ("afsluiting", "2026-11-21", date(2026, 11, 28)),
        ("intake", "2026-10-01", TODAY),  # due long ago
        ("intake", "2026-09-24", TODAY),  # sixty days ago
        ("intake", "2026-09-23", None),
    ],
)
def test_when_the_first_message_may_leave(
    app: Flask, moment: str, happened_on: str, first: date | None
) -> None:
    imported(row(moment=moment, datum=happened_on))
    made = contact()
    assert made.next_on == first
    assert (made.not_asked, made.not_asked_on) == ((None, None) if first else (NotAsked.TOO_OLD, TODAY))
    if first:
        assert made.invitation.closes_on == first + timedelta(days=42)
    else:
        # Too long ago is counted from when it was, not from when the export was given.
        assert made.invitation.closes_on == date.fromisoformat(happened_on) + timedelta(days=60)


def test_an_old_export_given_again_and_again_keeps_nobody_and_counts_nobody_twice(
    app: Flask, time: Clock
) -> None:
    """Otherwise each full export would bring back name and address, for as long again."""
    old = row(moment="intake", datum="2026-11-20")
    assert imported(old)[0] == 1
    time.forward(150)
    assert retention.purge()[Kind.CONTACTS] == 1
    assert (count(Contact), count(Invitation)) == (0, 1)
    for _month in range(3):
        time.forward(30)
        assert imported(old)[0] == 1, "taken in, and not asked"
        assert contact().not_asked == NotAsked.TOO_OLD
        assert invite() == 0
        assert retention.purge()[Kind.CONTACTS] == 1, "gone in the night"
        assert (count(Contact), count(Invitation)) == (0, 1)
        assert overview().not_asked == []


def test_on_a_holiday_it_waits_for_the_day_after(app: Flask, time: Clock) -> None:
    time.at(12, day=date(2026, 12, 25))
    imported(row(datum="2026-12-20"))
    assert is_holiday(date(2026, 12, 26))
    assert contact().next_on == date(2026, 12, 28)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, (0, 1, 0, 0)),
        ({"naam": " proefpersoon   ÉÉN "}, (0, 1, 0, 0)),
        ({"naam": "Proefpersoon E\u0301e\u0301n"}, (0, 1, 0, 0)),
        ({"datum": "20-11-2026", "telefoon": "+31612345678", "postcode": "2691 ZM"}, (0, 1, 0, 0)),
        ({"zaaknummer": "z-2026-1", "email": "EEN@voorbeeld.example"}, (0, 1, 0, 0)),
        ({"email": "ander@voorbeeld.example"}, (0, 0, 1, 0)),
        ({"email": ""}, (0, 0, 1, 0)),
        ({"telefoon": "06-12345679"}, (0, 0, 1, 0)),
        ({"adres": "Dorpsstraat 2"}, (0, 0, 1, 0)),
        ({"team": "Monster"}, (0, 0, 1, 0)),
        ({"taal": "en"}, (0, 0, 1, 0)),
        ({"domein": "volwassenen"}, (0, 0, 1, 0)),
        ({"opvoedhulp": "nee"}, (0, 0, 1, 0)),
        ({"zaaknummer": "Z-2026-2"}, (1, 0, 0, 0)),
        ({"moment": "plan"}, (1, 0, 0, 0)),
        ({"datum": "2026-11-19"}, (1, 0, 0, 0)),
        ({"perspectief": "gezinslid"}, (1, 0, 0, 0)),
        ({"naam": "Proefpersoon Twee"}, (1, 0, 0, 0)),
    ],
)
def test_what_a_row_is_known_by(app: Flask, change: dict[str, str], found: tuple[int, int, int, int]) -> None:
    both = export(row(), row(**change))
    assert counts(take_in(both, ACTOR, dry_run=True))[1:] == found[1:]
    assert imported(row()) == (1, 0, 0, 0)
    assert counts(take_in(export(row(**change)), ACTOR, dry_run=True)) == found
    assert imported(row(**change)) == found
    assert imported(row(**change))[:3] == (0, 1, 0)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, (0, 1, 0, 0)),
        ({"telefoon": ""}, (0, 0, 1, 0)),
        ({"email": "ander@voorbeeld.example"}, (1, 0, 0, 0)),
    ],
)
def test_without_a_name_a_row_is_known_by_the_first_way(
    app: Flask, change: dict[str, str], found: tuple[int, int, int, int]
) -> None:
    imported(row(naam=""))
    assert imported(row(naam="", **change)) == found


def test_changed_contact_data_is_taken_over_until_the_first_message_left(app: Flask) -> None:
    imported(row())
    assert imported(row(email="nieuw@voorbeeld.example", taal="pl", team="Monster")) == (0, 0, 1, 0)
    made = contact()
    assert (made.email, made.email_index) == (
        "nieuw@voorbeeld.example",
        indexes.email_index("nieuw@voorbeeld.example"),
    )
    assert (made.invitation.language, made.invitation.team) == ("pl", "Monster")
    assert invite() == 1
    left(messages()[0])
    outcome = take_in(export(row(email="te-laat@voorbeeld.example")), ACTOR)
    assert counts(outcome) == (0, 1, 0, 0)
    assert [(warning.line, warning.column) for warning in outcome.warnings] == [(2, None)]
    assert "al weg" in outcome.warnings[0].reason
    assert contact().email == "nieuw@voorbeeld.example"
    assert not take_in(
        export(row(email="nieuw@voorbeeld.example", taal="pl", team="Monster")), ACTOR
    ).warnings


BY_POST = {"email": "", "telefoon": ""}


@pytest.mark.parametrize(
    ("old", "new", "to"),
    [
        (BY_POST, BY_POST | {"adres": "Nieuwestraat 2"}, "Proefpersoon Één\nNieuwestraat 2"),
        (BY_POST, ONLY_EMAIL, "een@voorbeeld.example"),
        (ONLY_EMAIL, ONLY_EMAIL | {"email": "nieuw@voorbeeld.example"}, "nieuw@voorbeeld.example"),
        ({}, {"telefoon": "06-87654321", "taal": "pl", "team": "Monster"}, "+31687654321"),
    ],
)
def test_changed_before_the_message_left_it_starts_afresh(
    app: Flask, time: Clock, old: dict[str, str], new: dict[str, str], to: str
) -> None:
    imported(row(**old))
    assert invite() == 1
    time.forward(1)
    changed = export(row(**new))
    assert counts(take_in(changed, ACTOR, dry_run=True)) == (0, 0, 1, 0)
    assert len(messages()) == 1
    outcome = take_in(changed, ACTOR)
    assert (counts(outcome), outcome.warnings) == ((0, 0, 1, 0), [])
    assert messages() == []
    made, tomorrow = contact(), TODAY + timedelta(days=1)
    assert (made.steps, made.next_on, made.not_asked) == (0, tomorrow, None)
    invitation = made.invitation
    assert (invitation.invited_on, invitation.delivered, invitation.channel) == (None, False, "")
    assert invitation.closes_on == tomorrow + timedelta(days=42)
    assert counts(take_in(changed, ACTOR)) == (0, 1, 0, 0)
    assert invite() == 1
    (message,) = messages()
    assert (message.to or "").startswith(to)
    assert contact().invitation.invited_on == tomorrow


@pytest.mark.parametrize(
    "mark",
    [
        {"state": State.SENT},
        {"started": True},
        {"unsure": 1},
        {"batch": "00000000abcdabcd"},
    ],
)
def test_changed_when_a_message_may_have_left_nothing_of_it_is_taken_over(
    app: Flask, mark: dict[str, object]
) -> None:
    imported(row())
    assert invite() == 1
    with transaction():
        db.session.execute(update(Message).values(**mark))
    before = everything()
    changed = export(row(telefoon="06-87654321"))
    for dry_run in (True, False):
        outcome = take_in(changed, ACTOR, dry_run=dry_run)
        assert counts(outcome) == (0, 1, 0, 0)
        assert [(warning.line, warning.column) for warning in outcome.warnings] == [(2, None)]
    assert everything() == before
    assert len(messages()) == 1


@pytest.mark.parametrize("mark", ["started", "completed", "call_requested"])
def test_who_came_without_a_message_of_ours_does_not_start_afresh(app: Flask, mark: str) -> None:
    imported(row())
    assert invite() == 1
    with transaction():
        db.session.execute(update(Invitation).values({mark: True}))
    assert imported(row(telefoon="06-87654321")) == (0, 1, 0, 0)
    assert contact().invitation.invited_on == TODAY


def test_changed_after_a_bounce_when_nothing_arrived(app: Flask, time: Clock) -> None:
    imported(row(**ONLY_EMAIL | {"email": "fuot@voorbeeld.example"}))
    assert invite() == 1
    left(messages()[0])
    came_back(messages()[0])
    time.forward(1)
    assert contact().email_lost
    fixed = row(**ONLY_EMAIL | {"email": "fout@voorbeeld.example"})
    assert imported(fixed) == (0, 0, 1, 0)
    made = contact()
    assert (made.email_lost, made.steps, made.invitation.delivered) == (False, 0, False)
    assert invite() == 1
    came, again = messages()
    assert (came.state, again.state, again.to) == (State.BOUNCED, State.WAITING, "fout@voorbeeld.example")


def test_after_a_bounce_and_a_message_that_did_arrive_it_is_too_late(app: Flask, time: Clock) -> None:
    imported(row())
    invite()
    left(messages()[0])
    came_back(messages()[0])
    time.forward(1)
    for _day in range(8):
        invite()
        time.forward(1)
    left(messages()[1])
    assert imported(row(telefoon="06-87654321")) == (0, 1, 0, 0)


def test_a_message_given_up_goes_no_more_to_where_nobody_is(app: Flask, time: Clock) -> None:
    imported(row(**ONLY_EMAIL))
    there = ONLY_EMAIL | {"email": "daar@voorbeeld.example"}
    for cells in (there, ONLY_EMAIL, there):
        assert invite() == 1
        with transaction():
            db.session.execute(update(Message).where(Message.state == State.WAITING).values(state=State.DEAD))
        assert imported(row(**cells)) == (0, 0, 1, 0)
        with transaction():
            assert outbox.resend_all(TOPIC, ACTOR) == 0
    assert [(message.state, message.to) for message in messages()] == [(State.CANCELLED, None)] * 3
    assert invite() == 1


def test_whom_the_message_of_another_is_about_keeps_it(app: Flask) -> None:
    other = row(zaaknummer="Z-2", naam="Iemand anders", **ONLY_EMAIL | {"email": "b@voorbeeld.example"})
    imported(row(), other)
    assert invite() == 2
    with transaction():
        about = messages()[0].about
        outbox.queue(
            Channel.EMAIL, "x", to="x", topic="other", about=about, request_key="x", language="nl", params={}
        )
    assert imported(row(telefoon="06-87654321"), other) == (0, 1, 1, 0)
    kept = [(message.topic, message.to) for message in messages()]
    assert kept == [(TOPIC, "b@voorbeeld.example"), ("other", "x")]


def test_who_opted_out_does_not_start_afresh(app: Flask) -> None:
    imported(row())
    invite()
    with transaction():
        opt_out(db.session.scalars(select(Invitation)).one(), ACTOR)
    assert imported(row(telefoon="06-87654321")) == (0, 0, 1, 0)
    assert (contact().next_on, contact().not_asked) == (None, None)
    assert messages() == []


def test_a_message_that_begins_to_leave_meanwhile_is_waited_for(app: Flask) -> None:
    imported(row())
    assert invite() == 1
    db.session.rollback()

    def change() -> Outcome:
        with app.app_context():
            return take_in(export(row(telefoon="06-87654321")), ACTOR)

    with ThreadPoolExecutor(1) as pool:
        with db.engine.begin() as worker:
            worker.execute(update(Message).values(started=True))
            found = pool.submit(change)
            while worker.dialect.name == "postgresql" and not found.done():
                waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
                if worker.scalar(text(waiting)):
                    break
        outcome = found.result()
    assert counts(outcome) == (0, 1, 0, 0)
    assert len(outcome.warnings) == 1
    assert [message.started for message in messages()] == [True]


def test_of_several_rows_about_one_person_the_last_counts(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 2)
    there, here = row(email="daar@voorbeeld.example"), row(email="hier@voorbeeld.example")
    others = [row(zaaknummer=f"Z-{place}", email=f"{place}@voorbeeld.example") for place in range(3)]
    both = (there, *others, here)
    for expected in ((4, 0, 1, 0), (0, 5, 0, 0), (0, 5, 0, 0)):
        assert counts(take_in(export(*both), ACTOR, dry_run=True)) == expected
        assert counts(preview(export(*both)).outcome) == expected
        before = everything()
        assert imported(*both) == expected
        made = db.session.scalars(select(Contact).order_by(Contact.invitation_id)).first()
        assert made is not None
        assert made.email == "hier@voorbeeld.example"
    assert everything() == before
    assert imported(here, there, here) == (0, 3, 0, 0)
    assert imported(here, there) == (0, 1, 1, 0)
    assert imported(there, here, there) == (0, 3, 0, 0)
    invite()
    left(messages()[0])
    outcome = take_in(export(here, there), ACTOR)
    assert (counts(outcome), outcome.warnings) == ((0, 2, 0, 0), [])
    outcome = take_in(export(there, here), ACTOR)
    assert (counts(outcome), [warning.line for warning in outcome.warnings]) == ((0, 2, 0, 0), [3])


def test_who_could_not_be_reached_is_planned_again_with_another_address(app: Flask) -> None:
    imported(row(**ONLY_EMAIL))
    with transaction():
        made = db.session.scalars(select(Contact)).one()
        made.next_on, made.not_asked, made.not_asked_on = None, NotAsked.UNREACHABLE, TODAY
        made.email_lost = True
    assert imported(row(**ONLY_EMAIL, taal="pl")) == (0, 0, 1, 0)
    assert contact().email_lost
    assert imported(row(**ONLY_EMAIL | {"email": "twee@voorbeeld.example"})) == (0, 0, 1, 0)
    made = contact()
    assert (made.email_lost, made.not_asked, made.not_asked_on, made.next_on) == (False, None, None, TODAY)


def test_another_address_does_not_undo_an_opt_out(app: Flask) -> None:
    imported(row())
    with transaction():
        opt_out(db.session.scalars(select(Invitation)).one(), ACTOR)
    assert imported(row(email="twee@voorbeeld.example")) == (0, 0, 1, 0)
    assert contact().next_on is None
    assert invite() == 0


def test_the_audit_tells_who_and_how_many_but_not_whom(app: Flask) -> None:
    take_in(export(row(), row(), row(moment="")), ACTOR)
    told = db.session.scalars(select(AuditEvent)).one()
    assert (told.event, told.actor) == ("moments.imported", ACTOR)
    assert told.details == {"new": "1", "known": "1", "changed": "0", "refused": "1"}


def test_a_dry_run_and_a_preview_write_nothing(app: Flask, statements: list[str]) -> None:
    imported(row(naam="Al bekend"))
    invited = row(zaaknummer="Z-2", email="b@voorbeeld.example", telefoon="06-87654321")
    imported(invited)
    assert invite() == 2
    before, events = everything(), count(AuditEvent)
    statements.clear()
    data = export(row(), row(), row(naam="Al bekend", team="Anders"), row(moment=""), invited | {"team": "X"})
    take_in(data, ACTOR, dry_run=True)
    preview(data)
    assert {statement.split(maxsplit=1)[0] for statement in statements} == {"SELECT"}
    assert (everything(), count(AuditEvent)) == (before, events)


@pytest.mark.parametrize("seed", range(6))
def test_a_dry_run_says_exactly_what_the_real_one_does(
    app: Flask, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 4)
    chance = random.Random(seed)
    choices = {
        "zaaknummer": ["Z-1", "Z-2", ""],
        "naam": ["Proefpersoon", "Iemand", ""],
        "email": ["een@voorbeeld.example", "twee@voorbeeld.example", "geen"],
        "telefoon": ["", "06-12345678", "070-1234567"],
        "team": ["A", "B"],
    }

    def rows() -> bytes:
        return export(
            *(row(**{name: chance.choice(some) for name, some in choices.items()}) for _ in range(30))
        )

    first = rows()
    for data in (first, rows(), first):
        said = take_in(data, ACTOR, dry_run=True).as_dict()
        looked = preview(data)
        assert looked.outcome.as_dict() == said
        assert take_in(data, ACTOR).as_dict() == said
        assert sum(counts(looked.outcome)) == 30
        assert len(looked.rows) == 30 - len(said["refused"])
        invite()
        for message in messages()[:: len(messages()) // 2 + 1]:
            if message.state == State.WAITING:
                left(message)


def test_two_imports_at_once_take_everybody_in_once(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BATCH", 5)
    data = export(*(row(zaaknummer=f"Z-{place}") for place in range(30)))
    found = at_once(app, lambda _number: counts(take_in(data, ACTOR)), times=3)
    assert sum(new for new, *_rest in found) == 30  # type: ignore[misc]
    assert sum(known for _new, known, *_rest in found) == 60  # type: ignore[misc]
    assert count(Contact) == 30


def test_broken_off_half_way_the_rest_is_taken_in_the_next_time(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 5)
    data = export(*(row(zaaknummer=f"Z-{place}") for place in range(12)))
    write, batches = importing._write, []

    def breaks(rows: list[object], days: object) -> None:
        write(rows, days)  # type: ignore[arg-type]
        batches.append(len(rows))
        if len(batches) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(importing, "_write", breaks)
    with pytest.raises(KeyboardInterrupt):
        take_in(data, ACTOR)
    monkeypatch.setattr(importing, "_write", write)
    assert count(Contact) == 5
    assert counts(take_in(data, ACTOR)) == (7, 5, 0, 0)


def test_an_upload_is_kept_sealed_and_forgotten(app: Flask, time: Clock) -> None:
    data = bytes(range(256)) + SAMPLE
    with transaction():
        kept = importing.keep_upload(data, ACTOR)
        other = importing.keep_upload(b"x", ACTOR)
    assert importing.upload(kept) == data
    assert importing.upload("0" * 32) is None
    held = db.session.execute(text("SELECT sealed FROM import_file")).scalars().all()
    assert not any(b"zaaknummer" in bytes(one) for one in held)
    with transaction():
        importing.forget_upload(other)
        importing.forget_upload(other)
    assert retention.purge_short()[Kind.UPLOADS] == 0
    assert importing.upload(other) is None
    time.moment += timedelta(days=1, seconds=1)
    assert importing.upload(kept) is None
    assert retention.purge_short()[Kind.UPLOADS] == 1
    assert count(ImportFile) == 0


def test_an_upload_has_a_size(app: Flask) -> None:
    with transaction(), pytest.raises(Unreadable, match="2 MB"):
        importing.keep_upload(b"x" * (importing.UPLOAD_LIMIT + 1), ACTOR)
    assert count(ImportFile) == 0


def test_the_number_of_questions_asked_grows_with_batches_and_not_with_rows(
    app: Flask, statements: list[str]
) -> None:
    def asked(rows: int) -> int:
        statements.clear()
        imported(*(row(zaaknummer=f"Z-{rows}-{place}") for place in range(rows)))
        return sum(statement.startswith("SELECT") for statement in statements)

    assert asked(150) == asked(10)


def test_messages_are_looked_up_once_and_only_for_who_changed_after_being_invited(
    app: Flask, statements: list[str]
) -> None:
    rows = [row(zaaknummer=f"Z-{place}", email=f"{place}@voorbeeld.example") for place in range(40)]
    imported(*rows)

    def asked(*some: dict[str, str]) -> int:
        statements.clear()
        imported(*some)
        return sum("FROM message" in statement for statement in statements if statement[:6] == "SELECT")

    moved = [cells | {"adres": "Nieuwestraat 2"} for cells in rows]
    assert asked(*moved) == 0, "nobody was invited"
    assert invite() == 1, "all have one telephone"
    assert asked(*moved) == 0, "nothing changed"
    assert asked(*rows) == 1
