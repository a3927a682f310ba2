"""Another data key or link key: everything goes along, on both databases, while others write."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from click.testing import CliRunner, Result
from cryptography.fernet import Fernet
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, LargeBinary, MetaData, String, Table, select, text, update

from portal import rotation
from portal.audit.models import AuditEvent
from portal.cli import LOST_KEY, commands, run
from portal.complaints.models import Attachment
from portal.crypto import EncryptedText, Keyring, LostKey, keyring
from portal.db import db, transaction
from portal.identity.models import User
from portal.surveys.answering import operations as answering
from portal.surveys.answering.queries import Asked, newest_version, read
from portal.surveys.answering.rules import Traits
from portal.surveys.inviting.operations import new_invitation
from portal.surveys.models import Invitation, LetterboxEntry, ResponseText
from portal.surveys.rules import Moment, Pile, Written
from tests.everything import WORD, fill

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
UseKeys = Callable[..., Keyring]


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "PAUSE_SECONDS", 0.01)


@pytest.fixture
def use_keys(app: Flask, monkeypatch: pytest.MonkeyPatch) -> UseKeys:
    """Let the portal have these data keys from now on."""
    settings = app.extensions["settings"]

    def use(*data_keys: str) -> Keyring:
        made = Keyring(data_keys=data_keys, link_keys=settings.link_keys, index_key=settings.index_key)
        monkeypatch.setitem(app.extensions, "keyring", made)
        db.session.rollback()
        db.session.expire_all()
        return made

    return use


@pytest.fixture
def filled(app: Flask, client: FlaskClient, use_keys: UseKeys) -> Flask:
    """One of everything, under the old key."""
    use_keys(OLD)
    fill(client)
    use_keys(NEW, OLD)
    return app


def rotated(**given: Any) -> rotation.Rotated:
    db.session.rollback()
    return rotation.rotate(lambda *_told: None, actor="test", **given)


def values() -> Iterator[tuple[str, bytes | str]]:
    """Every sealed value as it is kept."""
    with db.engine.connect() as connection:
        for one in rotation.sealed_tables():
            for row in connection.execute(select(one.table)).mappings():
                yield from (
                    (f"{one.name}.{name}", row[name]) for name in one.columns if row[name] is not None
                )


def opened_by(keys: Keyring, value: bytes | str) -> list[bytes]:
    if isinstance(value, bytes):
        return [keys.decrypt_bytes(value)]
    return [keys.decrypt_bytes(one.encode()) for one in re.findall(r"gAAAA[\w-]+=*", value)]


@pytest.mark.parametrize("batch", [1, 3, 200])
def test_everything_goes_under_the_newest_key(filled: Flask, use_keys: UseKeys, batch: int) -> None:
    before = [(where, opened_by(keyring(), value)) for where, value in values()]
    assert len({where for where, _told in before}) >= 35 and all(told for _where, told in before)
    done = rotated(batch=batch)
    assert done.rows >= 35 and not done.lost
    only_new = use_keys(NEW)
    after = [(where, opened_by(only_new, value)) for where, value in values()]
    assert sorted(before) == sorted(after)
    assert rotation.unopened() == []


def test_a_second_time_there_is_nothing_to_do(filled: Flask) -> None:
    rotated()
    kept = sorted(map(str, values()))
    assert rotated().rows == 0
    assert sorted(map(str, values())) == kept


def test_what_it_did_is_in_the_audit_without_a_word(filled: Flask) -> None:
    done = rotated()
    db.session.rollback()
    noted = db.session.scalars(select(AuditEvent).where(AuditEvent.event == "keys.rotated")).one()
    assert noted.details == {"rows": str(done.rows), "lost": "0"}


def test_no_time_is_kept(filled: Flask) -> None:
    rotated()
    for _where, value in values():
        for one in [value] if isinstance(value, bytes) else re.findall(r"gAAAA[\w-]+=*", value):
            assert Fernet(NEW).extract_timestamp(one) == 0


def test_stopped_half_way_and_started_again(filled: Flask, use_keys: UseKeys) -> None:
    class Stopped(Exception):
        pass

    seen = 0

    def stop(*_told: object) -> None:
        nonlocal seen
        seen += 1
        if seen == 12:
            raise Stopped

    with pytest.raises(Stopped):
        rotation.rotate(stop, batch=1, actor="test")
    assert rotated().rows > 0
    use_keys(NEW)
    assert rotation.unopened() == []


def test_progress_by_table(filled: Flask) -> None:
    told: dict[str, list[tuple[int, int]]] = {}
    rotation.rotate(
        lambda table, seen, total: told.setdefault(table, []).append((seen, total)), batch=2, actor="t"
    )
    assert set(told) == {one.name for one in rotation.sealed_tables()}
    assert all(steps[-1][0] == steps[-1][1] > 0 for steps in told.values())


@pytest.fixture
def written_between(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Let somebody else's statement come between reading a row and writing it, once."""

    def come_between(statement: str) -> None:
        swap, left = rotation._swap, [statement]

        def after(one: rotation.Sealed, old: Any) -> int:
            if one.name == "invitation" and left:
                with transaction():
                    db.session.execute(text(left.pop()), {"new": keyring().encrypt("Later")})
            return swap(one, old)

        monkeypatch.setattr(rotation, "_swap", after)

    return come_between


def test_what_was_written_meanwhile_stays(
    filled: Flask, use_keys: UseKeys, written_between: Callable[[str], None]
) -> None:
    written_between("UPDATE invitation SET name = :new")
    rotated()
    use_keys(NEW)
    assert set(db.session.scalars(select(Invitation.name))) == {"Later"}


def test_what_was_forgotten_meanwhile_stays_forgotten(
    filled: Flask, use_keys: UseKeys, written_between: Callable[[str], None]
) -> None:
    written_between("UPDATE invitation SET name = NULL WHERE :new IS NOT NULL")
    rotated()
    use_keys(NEW)
    assert set(db.session.scalars(select(Invitation.name))) == {None}


def test_a_server_that_still_writes_under_the_old_key_is_found(
    filled: Flask, use_keys: UseKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once is mended by looking again; always is said."""
    old = Fernet(OLD)
    swap, times = rotation._swap, [0]

    def behind(most: int) -> None:
        def after(one: rotation.Sealed, rows: Any) -> int:
            done = swap(one, rows)
            if one.name == "invitation" and times[0] < most:
                times[0] += 1
                with transaction():
                    db.session.execute(
                        text("UPDATE invitation SET name = :new"), {"new": old.encrypt_at_time(b"Later", 0)}
                    )
            return done

        monkeypatch.setattr(rotation, "_swap", after)

    behind(1)
    rotated()
    assert times == [1]
    use_keys(NEW)
    assert set(db.session.scalars(select(Invitation.name))) == {"Later"}
    use_keys(NEW, OLD)
    with transaction():
        db.session.execute(text("UPDATE invitation SET name = :new"), {"new": old.encrypt_at_time(b"x", 0)})
    times[0] = 0
    behind(99)
    with pytest.raises(rotation.StillWritten):
        rotated()


def test_a_row_that_somebody_holds_is_not_waited_for(filled: Flask) -> None:
    """Or two could end up waiting for one another. It is done in a later round."""
    if db.engine.dialect.name == "sqlite":
        # SQLite locks no rows: there is nobody to wait for.
        assert rotated().rows > 0
        return
    with db.engine.connect() as other:
        other.execute(text("SELECT id FROM invitation FOR UPDATE"))
        with pytest.raises(rotation.InUse, match=r"^invitation$"):
            rotated()
        told = command(filled, "rotate-keys")
        assert told.exit_code == 1 and "in gebruik (invitation)" in told.output
        assert "schrijft" not in told.output, "nobody wrote anything"
        other.rollback()
    assert rotated().rows == 1


def test_a_row_that_is_held_for_a_moment_is_waited_for(
    filled: Flask, use_keys: UseKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between one time and the next, in which nobody is held up."""
    if db.engine.dialect.name == "sqlite":
        assert rotated().rows > 0
        return
    paused: list[float] = []
    with db.engine.connect() as other:
        other.execute(text("SELECT id FROM invitation FOR UPDATE"))

        def let_go(seconds: float) -> None:
            if seconds == 2.5:
                paused.append(seconds)
                other.rollback()

        monkeypatch.setattr(rotation, "PAUSE_SECONDS", 2.5)
        monkeypatch.setattr("portal.rotation.time.sleep", let_go)
        rotated()
    assert paused == [2.5, 2.5], "once for who held it, once to see that nothing is left"
    use_keys(NEW)
    assert rotation.unopened() == []


def test_large_files_go_one_at_a_time(
    filled: Flask, use_keys: UseKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = Keyring(data_keys=[OLD], link_keys=["l" * 40], index_key="i" * 40)
    with transaction() as session:
        first = session.scalars(select(Attachment)).one()
        for number in range(4):
            session.add(
                Attachment(
                    public_id=f"{number:016x}",
                    draft_id=first.draft_id,
                    name="groot.pdf",
                    kind="pdf",
                    size=3_000_000,
                    sealed=old.encrypt_bytes(bytes([number]) * 3_000_000),
                )
            )
    sizes: list[int] = []
    swap = rotation._swap

    def weighed(one: rotation.Sealed, rows: Any) -> int:
        sizes.append(sum(len(value) for _row, changed in rows for value in changed.values()))
        return swap(one, rows)

    monkeypatch.setattr(rotation, "_swap", weighed)
    rotated()
    assert 4_000_000 < max(sizes) < 4_100_000, "one of four million bytes a time"
    only_new = use_keys(NEW)
    kept = db.session.scalars(
        select(Attachment.sealed).where(Attachment.id != first.id).order_by(Attachment.id)
    )
    assert [only_new.decrypt_bytes(one) for one in kept] == [
        bytes([number]) * 3_000_000 for number in range(4)
    ]


def test_a_column_that_is_added_cannot_be_forgotten(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever its type is made of, bytes are sealed and so are walked."""
    metadata = MetaData()
    Table(
        "later", metadata, Column("a", String(4), primary_key=True), Column("b", String(4), primary_key=True)
    )
    table = metadata.tables["later"]
    for column in (Column("words", EncryptedText), Column("file", LargeBinary), Column("plain", String(9))):
        table.append_column(column)
    monkeypatch.setattr(db, "metadatas", {None: metadata})
    (found,) = rotation.sealed_tables()
    assert (found.name, found.keys, found.columns) == ("later", ("a", "b"), ("words", "file"))


@given(texts=st.lists(st.text(max_size=20), max_size=3), between=st.text(max_size=10, alphabet=" ,{}\"'é1"))
def test_values_within_a_text(texts: list[str], between: str) -> None:
    old = Keyring(data_keys=[OLD], link_keys=["l" * 40], index_key="i" * 40)
    both = Keyring(data_keys=[NEW, OLD], link_keys=["l" * 40], index_key="i" * 40)
    new = Keyring(data_keys=[NEW], link_keys=["l" * 40], index_key="i" * 40)
    mixed = f"{between},".join(old.encrypt(one).decode() for one in texts)
    made = both.resealed_within(mixed)
    assert (made is None) is (not texts)
    if made is not None:
        found = re.findall(r"gAAAA[\w-]+=*", made)
        assert [new.decrypt(one.encode()) for one in found] == texts
        assert both.resealed_within(made) is None
        assert re.sub(r"gAAAA[\w-]+=*", "", made) == re.sub(r"gAAAA[\w-]+=*", "", mixed)


def test_the_letterbox_works_on(filled: Flask, use_keys: UseKeys) -> None:
    """Before, between and after: sealed answers come out as they went in."""
    rotated()
    use_keys(NEW)
    version = newest_version(Moment.INTAKE)
    asked = Asked(version.id, read(version.source).pages_for(parenting_help=False))
    with transaction():
        for _n in range(4):
            words = {"went_well": Written(f"{WORD} luisterde.")}
            answering.seal(asked, words, Pile.INTAKE, Traits("parent", "email", "nl", "Monster"))
    assert answering.empty_letterbox() == 5
    db.session.rollback()
    assert not list(db.session.scalars(select(LetterboxEntry.id)))
    assert set(db.session.scalars(select(ResponseText.body))) == {f"{WORD} luisterde."}


def test_recovery_codes_and_the_app_work_on(filled: Flask, use_keys: UseKeys) -> None:
    rotated()
    use_keys(NEW)
    security = filled.extensions["security"]
    with filled.test_request_context():
        user = db.session.scalars(select(User)).one()
        secret = security.totp_factory._totp.from_source(user.tf_totp_secret).base32_key
        assert secret.startswith("KWIKSTAART")
        assert security._mf_recovery_codes_util.check_recovery_code(user, f"{WORD}-2")
        assert not security._mf_recovery_codes_util.check_recovery_code(user, f"{WORD}-2"), "once"


class TestLost:
    """Values that no key opens: counted by table, left as they are, and said."""

    @pytest.fixture
    def lost(self, filled: Flask, use_keys: UseKeys) -> bytes:
        stranger = Fernet(Fernet.generate_key()).encrypt_at_time(WORD.encode(), 0)
        with transaction():
            db.session.execute(text("UPDATE invitation SET name = :sealed"), {"sealed": stranger})
            db.session.execute(update(User).values(tf_totp_secret=f'{{"sealed": "{stranger.decode()}"}}'))
        return stranger

    def test_they_are_counted_and_stay(self, lost: bytes, use_keys: UseKeys) -> None:
        done = rotated()
        assert done.lost == {"invitation": 1, "staff_user": 1} and done.rows > 30
        with db.engine.connect() as connection:
            assert connection.execute(text("SELECT name FROM invitation")).scalar() == lost
        assert rotation.unopened() == ["invitation", "staff_user"]

    def test_the_operator_is_told(self, lost: bytes, app: Flask) -> None:
        told = command(app, "rotate-keys")
        assert told.exit_code == 1
        assert "Van 2 waarden past geen enkele sleutel (invitation 1, staff_user 1)." in told.output
        assert "mag weg" not in told.output and WORD not in told.output


def command(app: Flask, *words: str) -> Result:
    db.session.rollback()
    return CliRunner().invoke(commands, words, obj=lambda: app)


def test_the_operator_rotates(filled: Flask, use_keys: UseKeys) -> None:
    told = command(filled, "rotate-keys", "--batch", "2")
    assert told.exit_code == 0, told.output
    assert "complaint_attachment: 1 van 1" in told.output
    assert told.output.endswith(
        "Alles staat onder de nieuwste sleutel; de oude mag weg zodra elke serve en worker opnieuw is gestart. Geef "
        "daarvoor nog 'portal rotate-keys --check'.\n"
    )
    assert WORD.lower() not in told.output.lower()
    use_keys(NEW)
    assert rotation.unopened() == []


class TestLooking:
    """`--check` reads everything and changes nothing."""

    def test_before_and_after(self, filled: Flask, use_keys: UseKeys) -> None:
        before = sorted(map(str, values()))
        told = command(filled, "rotate-keys", "--check", "--batch", "2")
        assert told.exit_code == 1 and "invitation 1" in told.output, told.output
        assert "moet nog blijven. Er is niets veranderd." in told.output and WORD not in told.output
        assert sorted(map(str, values())) == before
        rotated()
        told = command(filled, "rotate-keys", "--check")
        assert told.exit_code == 0
        assert told.output.endswith("Alles staat onder de nieuwste sleutel. Er is niets veranderd.\n")

    def test_what_a_worker_that_was_not_restarted_wrote_in_the_middle_is_found(
        self, filled: Flask, use_keys: UseKeys
    ) -> None:
        """Where the look at the start, at the first and the last of each, sees nothing."""
        rotated()
        use_keys(OLD)
        with transaction():
            new_invitation(Moment.INTAKE, name="Te laat")
        use_keys(NEW, OLD)
        with transaction():
            new_invitation(Moment.INTAKE, name="Daarna")
        use_keys(NEW)
        assert rotation.unopened() == []
        assert (
            "1 waarden past geen enkele sleutel (invitation 1)"
            in command(filled, "rotate-keys", "--check").output
        )
        use_keys(NEW, OLD)
        told = command(filled, "rotate-keys", "--check")
        assert told.exit_code == 1 and "nog 1 rijen (invitation 1)" in told.output


def test_what_was_there_is_not_overwritten_while_somebody_reads(
    filled: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then it is tried again, and said when it did not work."""
    tried: list[bool] = [False, False, True]
    monkeypatch.setattr(rotation, "forget_deleted", lambda *_tables: tried.pop(0))
    assert rotated().is_forgotten and tried == []
    monkeypatch.setattr(rotation, "forget_deleted", lambda *_tables: False)
    told = command(filled, "rotate-keys")
    assert told.exit_code == 1 and "nog niet overschreven" in told.output and "mag weg" not in told.output


class TestEveryStepOfTheWay:
    """The order that README.md says, with a server that was restarted and one that was not yet."""

    ORDER = (((OLD,), (OLD, NEW)), ((OLD, NEW), (NEW, OLD)))

    @pytest.mark.parametrize(("before", "after"), ORDER)
    def test_what_the_one_writes_the_other_reads(
        self, app: Flask, use_keys: UseKeys, before: tuple[str, ...], after: tuple[str, ...]
    ) -> None:
        for number, (writes, reads) in enumerate(((before, after), (after, before))):
            use_keys(*writes)
            with transaction():
                new_invitation(Moment.INTAKE, name=f"Proef {number}")
            use_keys(*reads)
            assert f"Proef {number}" in set(db.session.scalars(select(Invitation.name)))

    def test_first_at_once_would_lock_out_who_was_not_restarted(self, app: Flask, use_keys: UseKeys) -> None:
        """Why the new key is last at first."""
        use_keys(NEW, OLD)
        with transaction():
            new_invitation(Moment.INTAKE, name="Proefpersoon")
        use_keys(OLD)
        with pytest.raises(LostKey):
            db.session.scalars(select(Invitation.name)).all()

    @pytest.mark.parametrize(("before", "after"), ORDER)
    def test_the_same_for_links(self, app: Flask, before: tuple[str, ...], after: tuple[str, ...]) -> None:
        for writes, reads in ((before, after), (after, before)):
            made = Keyring(data_keys=[OLD], link_keys=writes, index_key="i" * 40)
            token = made.token("00" * 8, made.link_key_id)
            other = Keyring(data_keys=[OLD], link_keys=reads, index_key="i" * 40)
            assert other.knows(token, "00" * 8, made.link_key_id)
            assert other.form_mark_fits(made.form_mark("00" * 8, "reply"), "00" * 8, "reply")


@pytest.mark.parametrize("batch", ["0", "-1", "veel", "100000"])
def test_a_batch_that_cannot_be(app: Flask, batch: str) -> None:
    told = command(app, "rotate-keys", "--batch", batch)
    assert told.exit_code == 2 and "--batch" in told.output


def test_a_command_that_meets_a_lost_key_says_so(
    app: Flask, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def lost() -> Flask:
        raise LostKey

    monkeypatch.setattr("sys.argv", ["portal", "audit", "verify"])
    with pytest.raises(SystemExit) as ended:
        run(lost)
    assert ended.value.code == LOST_KEY and "\n" not in LOST_KEY


def test_looking_at_the_start_is_quick(app: Flask, use_keys: UseKeys, statements: list[str]) -> None:
    """Two values a column, whatever there is."""
    use_keys(OLD)
    with transaction():
        for _n in range(30):
            new_invitation(Moment.INTAKE, name="Proefpersoon")
    db.session.rollback()
    statements.clear()
    assert rotation.unopened() == []
    assert len(statements) == 2 * sum(len(one.columns) for one in rotation.sealed_tables())
    assert all("LIMIT" in statement for statement in statements)
