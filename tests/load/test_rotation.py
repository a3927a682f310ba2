"""Another data key while people answer: no error, nothing lost, and nothing left under the old key."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import func, select

from portal.crypto import Keyring, keyring
from portal.db import db
from portal.rotation import unopened
from portal.surveys.answering.queries import answers_of
from portal.surveys.inviting.models import Contact
from portal.surveys.models import Draft, Invitation, LetterboxEntry
from tests.load.sealed_rows import Answering, fill
from tests.load.test_killed_filing import Server
from tests.ports import wait_for

PORTAL = str(Path(sys.executable).with_name("portal"))


def rotates_while_people_answer(
    app: Flask, monkeypatch: pytest.MonkeyPatch, *, rows: int, links: int, people: int = 4
) -> str:
    """Fill, serve under both keys, rotate as the operator does; say what was seen."""
    settings = app.extensions["settings"]
    new = Fernet.generate_key().decode()
    fill(rows)
    db.session.rollback()
    server = Server(app)
    server.environment |= {"PORTAL_DATA_KEYS": ",".join([new, *settings.data_keys])}
    answering = Answering(server.address, people)
    answering.invite(links)
    db.session.rollback()
    server.start()
    try:
        wait_for(f"{server.address}/healthz")
        answering.begin()
        while answering.saves < people and not answering.failed:
            time.sleep(0.05)
        before, began = answering.saves, time.monotonic()
        command = [PORTAL, "rotate-keys"]
        done = subprocess.run(
            command, env=server.environment, capture_output=True, text=True, check=False, timeout=3600
        )
        took, meanwhile = time.monotonic() - began, answering.saves - before
        answering.end()
    finally:
        server.kill()
    assert done.returncode == 0, done.stderr
    assert "Alles staat onder de nieuwste sleutel; de oude mag weg zodra elke serve en worker" in done.stdout
    assert meanwhile > 0, "people did answer meanwhile"

    only_new = Keyring(data_keys=[new], link_keys=settings.link_keys, index_key=settings.index_key)
    monkeypatch.setitem(app.extensions, "keyring", only_new)
    db.session.expire_all()
    all_is_readable(rows)
    what_was_acknowledged_is_there(answering)
    return (
        f"{db.engine.dialect.name}: {rows} rows in {took:.0f} s ({rows / took:.0f} a second); meanwhile {meanwhile} "
        f"saves by {people} people, the slowest {answering.slowest:.2f} s; {len(answering.sent)} sent, "
        f"{len(answering.kept)} kept, 0 errors"
    )


def all_is_readable(rows: int) -> None:
    """Every row that was there, read under the new key alone."""
    third = rows // 3
    names = db.session.scalars(select(Invitation.name).where(Invitation.id <= third).order_by(Invitation.id))
    assert list(names) == [f"Proefpersoon {number}" for number in range(1, third + 1)]
    for column, words in ((Contact.case_number, "Z-{}"), (Contact.email, "p{}@voorbeeld.example")):
        found = db.session.scalars(select(column).order_by(Contact.invitation_id))
        assert list(found) == [words.format(number) for number in range(1, third + 1)]
    assert set(db.session.scalars(select(Contact.phone))) == {"+31612345678"}
    assert len(list(db.session.scalars(select(Draft.body).where(Draft.invitation_id <= third)))) == third
    assert unopened() == []


def what_was_acknowledged_is_there(answering: Answering) -> None:
    """Each answer that somebody saw saved or sent, read under the new key alone."""
    drafts = db.session.scalars(select(Draft).where(Draft.body.is_not(None))).all()
    words = {answers_of(draft)["went_well"].value for draft in drafts if "went_well" in answers_of(draft)}
    # Written on a page that was opened anew, the second words stand below the first.
    assert len(words) == len(answering.kept) and all(
        any(one in told for told in words) for one in answering.kept
    )
    letterbox = [keyring().decrypt(sealed) for sealed in db.session.scalars(select(LetterboxEntry.sealed))]
    assert len(letterbox) == len(answering.sent)
    assert all(any(one in opened for opened in letterbox) for one in answering.sent)
    assert db.session.scalar(select(func.count()).where(Invitation.completed)) == len(answering.sent)


def test_a_new_key_while_people_answer(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    rotates_while_people_answer(app, monkeypatch, rows=600, links=40, people=3)


@pytest.mark.soak
def test_a_hundred_thousand_rows(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    print(rotates_while_people_answer(app, monkeypatch, rows=99_999, links=4000))
