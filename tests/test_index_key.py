"""The index key that is another one, as after a mistake in the settings: it is said, and nothing happens."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import delete, func, select, text

from portal import key_check, serving, starting, worker
from portal.cli import commands, prepare
from portal.config import ConfigError
from portal.crypto import Keyring
from portal.db import db, transaction
from portal.key_check import KeyCheck
from portal.outbox.models import Message
from portal.surveys.inviting import operations as inviting
from portal.surveys.inviting.rules import StopReason
from portal.surveys.models import Invitation
from tests.surveys.sheets import invited

EXPORT = "zaaknummer;moment;datum;naam;email\nZ-1;intake;2026-11-20;Proefpersoon;proef@voorbeeld.example\n"
UseKeys = Callable[..., None]


@pytest.fixture
def use_keys(app: Flask, monkeypatch: pytest.MonkeyPatch) -> UseKeys:
    """Let the portal have other keys from now on than this database was filled with."""
    settings = app.extensions["settings"]

    def use(**other: object) -> None:
        given = {name: getattr(settings, name) for name in ("data_keys", "link_keys", "index_key")} | other
        monkeypatch.setitem(app.extensions, "keyring", Keyring(**given))
        db.session.rollback()
        db.session.expire_all()

    return use


@pytest.fixture
def export(tmp_path: Path) -> str:
    file = tmp_path / "uitvoer.csv"
    file.write_text(EXPORT)
    return str(file)


def command(app: Flask, *words: str) -> Result:
    db.session.rollback()
    return CliRunner().invoke(commands, words, obj=lambda: app)


def counted() -> list[int]:
    """How much there is of everything."""
    tables = db.metadata.sorted_tables
    found = [db.session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]
    db.session.rollback()
    return found


WRITING = (
    "import-moments",
    "staff add",
    "purge",
    "init",
    "audit verify",
    "rotate-keys",
    "worker",
    "serve",
    "bounced",
)


@pytest.mark.parametrize("words", WRITING)
def test_every_command_says_it_and_changes_nothing(
    app: Flask, use_keys: UseKeys, export: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_given: object) -> None:
        raise AssertionError

    monkeypatch.setattr(worker, "loop", never)
    monkeypatch.setattr(serving, "start", never)
    with transaction():
        inviting.stop_case("Z-1", StopReason.OPTED_OUT, "operator")
    more = {
        "import-moments": [export],
        "staff add": ["tom@voorbeeld.example", "--role", "quality"],
        "bounced": [export],
    }.get(words, [])
    use_keys(index_key=secrets.token_urlsafe(32))
    before = counted()
    told = command(app, *words.split(), *more)
    if words == "bounced":
        # The mail server keeps the mail.
        assert told.exit_code == os.EX_TEMPFAIL
        said = told.output.strip()
    else:
        assert told.exit_code == 1 and isinstance(told.exception, ConfigError), told.output
        said = str(told.exception)
    assert said.startswith("PORTAL_INDEX_KEY is een andere sleutel") and "\n" not in said
    assert counted() == before


def test_who_asked_to_be_left_alone_is_not_written_to(app: Flask, use_keys: UseKeys, export: str) -> None:
    """What would happen otherwise: with another index key nobody is found who opted out."""
    with transaction():
        inviting.stop_case("Z-1", StopReason.OPTED_OUT, "operator")
    use_keys(index_key=secrets.token_urlsafe(32))
    command(app, "import-moments", export)
    assert db.session.scalar(select(func.count(Invitation.id))) == 0
    assert db.session.scalar(select(func.count(Message.id))) == 0


def test_with_the_right_one_everything_goes_on(app: Flask, use_keys: UseKeys, export: str) -> None:
    use_keys()
    starting.check()
    assert command(app, "import-moments", export).exit_code == 0
    assert command(app, "audit", "verify").exit_code == 0


def test_a_database_of_before_learns_which_key_it_is(app: Flask, use_keys: UseKeys) -> None:
    """Once: the first that prepares it is believed."""
    with transaction() as session:
        session.execute(delete(KeyCheck))
    starting.check()
    prepare()
    kept = db.session.scalars(select(KeyCheck.value)).one()
    use_keys(index_key=secrets.token_urlsafe(32))
    with pytest.raises(ConfigError, match="PORTAL_INDEX_KEY"):
        prepare()
    with transaction():
        key_check.keep()
    assert db.session.scalars(select(KeyCheck.value)).one() == kept
    assert app.extensions["settings"].index_key not in kept


class TestOtherKeys:
    def test_no_command_writes_under_a_stray_data_key(
        self, app: Flask, use_keys: UseKeys, export: str
    ) -> None:
        """In development too: what it writes would be lost when the right key comes back."""
        invited(name="Proefpersoon")
        use_keys(data_keys=[Fernet.generate_key().decode()])
        before = counted()
        told = command(app, "import-moments", export)
        assert told.exit_code == 1 and "past geen enkele sleutel" in str(told.exception)
        assert counted() == before

    def test_a_link_key_that_is_gone_is_said_and_it_starts(
        self, app: Flask, use_keys: UseKeys, capsys: pytest.CaptureFixture[str]
    ) -> None:
        use_keys(link_keys=["o" * 40])
        invited()
        starting.check()
        assert capsys.readouterr().err == ""
        use_keys(link_keys=["n" * 40])
        starting.check()
        said = capsys.readouterr().err
        assert (
            said.startswith("1 open links (invitation 1) zijn gemaakt met een sleutel")
            and said.count("\n") == 1
        )
        with transaction() as session:
            session.execute(text("UPDATE invitation SET closes_on = '2020-01-01'"))
        starting.check()
        assert capsys.readouterr().err == "", "what is closed needs no key"
