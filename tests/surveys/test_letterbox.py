"""The letterbox: who answered and what was answered cannot be put together again (design 4.1)."""

import random
import re
from collections import defaultdict
from datetime import date
from itertools import pairwise, product
from typing import Any

import pytest
import structlog
from flask import Flask
from sqlalchemy import func, select, text

from portal import clock, worker
from portal.crypto import keyring
from portal.db import db, transaction
from portal.privacy.retention import operations as retention
from portal.privacy.retention.rules import Kind
from portal.surveys.answering.operations import empty_letterbox, forget
from portal.surveys.models import Draft, Invitation, LetterboxEntry, Response, ResponseText
from portal.surveys.rules import Channel, Moment, Perspective
from tests.surveys.sheets import invited, opened

SENDINGS = 100
# Matching by chance gives one right match a group on average; this far above it is no chance (p < 1e-6).
TOO_LUCKY = 12
A_BATCH = 6


def send_one(app: Flask, words: str = "", **given: Any) -> tuple[Invitation, str]:
    invitation, address = invited(**given)
    sheet = opened(app.test_client(), address + "/4" if words else address)
    answered = sheet.fill(went_well=words) if words else sheet.fill(grade="8")
    answered.press("send")
    return invitation, address


def test_fewer_than_five_wait_sealed(app: Flask) -> None:
    for _n in range(4):
        send_one(app)
    assert empty_letterbox() == 0
    assert db.session.scalar(select(func.count()).select_from(Response)) == 0
    send_one(app)
    assert empty_letterbox() == 5
    assert db.session.scalar(select(func.count()).select_from(LetterboxEntry)) == 0
    assert db.session.scalar(select(func.count()).select_from(Response)) == 5


def test_piles_do_not_help_each_other(app: Flask) -> None:
    for moment in (Moment.INTAKE, Moment.INTAKE, Moment.PLAN, Moment.PLAN, Moment.PLAN):
        send_one(app, moment=moment)
    assert empty_letterbox() == 0


def test_at_the_quarters_end_whatever_is_there_goes(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    for _n in range(2):
        send_one(app, team="Monster")
    now = clock.today()
    later = date(now.year + 1, now.month, 1)
    monkeypatch.setattr(clock, "today", lambda: later)
    assert empty_letterbox() == 2
    told = db.session.execute(select(Response.team, Response.perspective)).all()
    assert set(told) == {("overig", "overig")}, "two people have no traits"


def test_traits_are_kept_from_five(app: Flask) -> None:
    for perspective in [Perspective.PARENT] * 6 + [Perspective.ADULT] * 5:
        send_one(app, perspective=perspective, channel=Channel.EMAIL, team="Monster")
    empty_letterbox()
    told = db.session.execute(select(Response.perspective, func.count()).group_by(Response.perspective)).all()
    assert dict(tuple(row) for row in told) == {"parent": 6, "adult": 5}


def test_a_closed_draft_is_deleted_unread(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    _invitation, address = invited(closes_on=clock.today())
    opened(app.test_client(), address).fill(grade="3").press("next")
    assert retention.purge()[Kind.DRAFTS] == 0
    tomorrow = date.fromordinal(clock.today().toordinal() + 1)
    monkeypatch.setattr(clock, "today", lambda: tomorrow)
    assert retention.purge()[Kind.DRAFTS] == 1
    assert db.session.scalar(select(func.count()).select_from(Draft)) == 0


def test_a_round_of_the_worker_does_it_all(app: Flask) -> None:
    for _n in range(5):
        send_one(app)
    assert worker.Worker().round()["letterbox"] == 5


def orders(app: Flask, table: str, key: str) -> dict[str, list[str]]:
    """Every order in which the attacker, who holds the database, can read a table."""
    if db.engine.dialect.name == "postgresql":
        by = {"as stored": "ctid", "by transaction": "xmin::text::bigint, ctid", "by id": key}
    else:
        by = {"as stored": None, "by id": key}
        if table == "invitation":
            by["by row"] = "rowid"
    found = {}
    for name, order in by.items():
        clause = f" ORDER BY {order}" if order else ""
        found[name] = [str(row[0]) for row in db.session.execute(text(f"SELECT {key} FROM {table}{clause}"))]
    return found


TEAMS = {"alike": ["Naaldwijk"], "mixed": ["Naaldwijk", "Monster", "De Lier"]}


def left_to_clean(table: str) -> list[str]:
    """What cleaning the table once more finds, in PostgreSQL's words. Its statistics lag; this reads the rows."""
    told: list[str] = []
    db.session.rollback()
    with db.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        driver: Any = connection.connection.driver_connection
        driver.add_notice_handler(lambda notice: told.append(notice.message_primary))
        connection.execute(text(f"VACUUM (VERBOSE) {table}"))
        connection.invalidate()  # it goes with its listener
    return re.findall(r"^tuples: (.*)$", "\n".join(told), re.MULTILINE)[:1]


@pytest.mark.parametrize("people_are", TEAMS)
def test_an_attacker_with_everything_matches_no_better_than_chance(
    app: Flask, monkeypatch: pytest.MonkeyPatch, people_are: str
) -> None:
    """100 sendings, the worker running all the while; then the attacker gets the database and the keys."""
    chance = random.Random(7)
    truth: dict[str, str] = {}
    traits: dict[str, tuple[str, ...]] = {}
    completed: list[str] = []
    addresses: list[str] = []
    waiting = [
        {
            "perspective": Perspective.PARENT,
            "channel": chance.choice([Channel.EMAIL, Channel.SMS][: len(TEAMS[people_are])]),
            "team": chance.choice(TEAMS[people_are]),
            "language": "nl",
        }
        for _n in range(SENDINGS)
    ]
    with structlog.testing.capture_logs() as logs:
        for number, given in enumerate(waiting):
            invitation, address = send_one(app, words=f"Antwoord {number:03d}", **given)
            truth[str(invitation.id)] = f"Antwoord {number:03d}"
            traits[str(invitation.id)] = (given["perspective"], given["channel"], "nl", given["team"])
            completed.append(str(invitation.id))
            addresses.append(address.removeprefix("/v/"))
            if number % 3 == 0:
                empty_letterbox()
        # The quarter ends, and the last few go with the others.
        next_year = clock.today().replace(year=clock.today().year + 1, day=1)
        monkeypatch.setattr(clock, "today", lambda: next_year)
        empty_letterbox()
        forget()
    assert db.session.scalar(select(func.count()).select_from(LetterboxEntry)) == 0
    words = dict(
        tuple(row) for row in db.session.execute(select(ResponseText.response_id, ResponseText.body))
    )
    told = {
        response.id: (response.perspective, response.channel, response.language, response.team)
        for response in db.session.scalars(select(Response))
    }
    assert len(told) == SENDINGS

    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for identifier, kept in told.items():
        groups[kept].append(identifier)
    assert min(len(group) for group in groups.values()) >= 5

    # He lines up people and answers in every order he can see, within the traits that fit.
    people_orders = orders(app, "invitation", "id") | {"as completed": completed}
    answer_orders = orders(app, "response", "id") | {
        "texts": orders(app, "response_text", "response_id")["as stored"],
        "choices": list(dict.fromkeys(orders(app, "response_choice", "response_id")["as stored"])),
    }
    for (by_people, people), (by_answers, answers) in product(people_orders.items(), answer_orders.items()):
        right = 0
        free = list(people)
        for answer in answers:
            fits = [
                p
                for p in free
                if all(k in (t, "overig") for k, t in zip(told[answer], traits[p], strict=True))
            ]
            if fits:
                free.remove(fits[0])
                right += truth[fits[0]] == words[answer]
        assert right <= len(groups) + TOO_LUCKY, f"{by_people} against {by_answers}: {right} right"

    # Or he looks whether neighbours among the answers were neighbours in time, batch by batch.
    sent_as = {words[answer]: place for place, answer in enumerate(sorted(words, key=lambda a: words[a]))}
    for by_answers, answers in answer_orders.items():
        times = [sent_as[words[answer]] for answer in answers]
        steps = [abs(one - other) for one, other in pairwise(times)]
        # Expected of a random order: 2 at one step, 12 within the size of a batch.
        assert sum(step == 1 for step in steps) <= 2 + TOO_LUCKY, by_answers
        assert sum(step <= A_BATCH for step in steps) <= 12 + 2 * TOO_LUCKY, by_answers

    if db.engine.dialect.name == "postgresql":
        for table in ("response", "response_text", "response_choice"):
            seen = db.session.execute(text(f"SELECT count(DISTINCT xmin::text) FROM {table}")).scalar()
            assert seen <= 1, "all answers of the quarter were written together"
        assert left_to_clean("letterbox_entry") == ["0 removed, 0 remain, 0 are dead but not yet removable"]
    log = str(logs)
    assert not any(token in log for token in addresses), "no personal token in the log"
    assert "Antwoord" not in log


def test_no_stored_answer_tells_its_time(app: Flask) -> None:
    for number in range(5):
        send_one(app, words=f"Tekst {number}")
    sealed = [entry.sealed for entry in db.session.scalars(select(LetterboxEntry))]
    empty_letterbox()
    sealed += [row[0] for row in db.session.execute(text("SELECT body FROM response_text"))]
    assert len(sealed) == 10
    for token in sealed:
        # A Fernet token carries its time in bytes 2 to 9, readable without a key.
        assert keyring()._fernet.extract_timestamp(bytes(token)) == 0
    columns = {column.name for table in (Response, ResponseText) for column in table.__table__.columns}
    assert not [name for name in columns if re.search(r"_(at|on)$", name)]


def test_emptied_letterbox_rows_leave_no_trace_in_the_file(app: Flask) -> None:
    if db.engine.dialect.name != "sqlite":
        return
    for _n in range(5):
        send_one(app)
    identifiers = [entry.id for entry in db.session.scalars(select(LetterboxEntry))]
    db.session.rollback()
    empty_letterbox()
    assert forget()
    path = app.extensions["settings"].instance / "portal.db"
    raw = b"".join(p.read_bytes() for p in (path, path.with_name("portal.db-wal")) if p.exists())
    assert not [identifier for identifier in identifiers if identifier.encode() in raw]


def test_a_reader_in_the_way_only_puts_the_forgetting_off(app: Flask) -> None:
    if db.engine.dialect.name != "sqlite":
        return
    with db.engine.connect() as reader:
        reader.execute(text("SELECT count(*) FROM invitation"))
        for _n in range(5):
            send_one(app)
        slow = worker.Worker()
        slow.round()
        assert slow.must_forget, "somebody still reads the old rows"
    slow.round()
    assert not slow.must_forget


def test_one_pile_that_cannot_be_opened_keeps_no_other_shut(app: Flask) -> None:
    for moment in [Moment.INTAKE] * 5 + [Moment.PLAN] * 5:
        send_one(app, moment=moment)
    db.session.rollback()
    with transaction() as session:
        entry = session.scalars(select(LetterboxEntry).where(LetterboxEntry.pile == "intake")).first()
        entry.sealed = b"sealed with a key that is gone"
    assert worker.Worker().round()["letterbox"] == 5
    waiting = db.session.scalars(select(LetterboxEntry.pile)).all()
    assert waiting == ["intake"] * 5, "nothing is lost: they wait"


def test_a_small_module_pile_waits_for_more_people(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def one() -> None:
        _invitation, address = invited(Moment.CLOSURE, parenting_help=True)
        opened(app.test_client(), address + "/4").fill(parenting_satisfied="agree").press("send")

    one()
    now = clock.today()
    monkeypatch.setattr(clock, "today", lambda: now.replace(year=now.year + 1, day=1))
    assert empty_letterbox() == 0, "alone it would be a name"
    for _n in range(4):
        one()
    assert empty_letterbox() == 5


def test_paper_and_screen_leave_the_same_ledger(app: Flask) -> None:
    invitation, _address = send_one(app)
    db.session.rollback()
    assert db.session.get_one(Invitation, invitation.id, populate_existing=True).sent_from
