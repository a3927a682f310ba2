"""Production refuses to start on what is not sound: one sentence that says what, and nothing has changed."""

import base64
import os
import secrets
import string
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, text, update
from structlog.testing import capture_logs

from portal import config, starting, strength
from portal.app import create_app
from portal.cli import prepare
from portal.config import ConfigError
from portal.db import db, transaction
from portal.surveys.inviting.operations import new_invitation
from portal.surveys.models import Draft, Invitation
from portal.surveys.rules import Moment
from portal.talks.models import Evening
from portal.worker import Worker
from tests.ports import free_port, wait_for
from tests.talks.evenings import evening

ONE, TWO, THREE, FOUR = (secrets.token_urlsafe(32) for _n in range(4))
DATA = Fernet.generate_key().decode()
SOUND = {
    "env": "production",
    "secret_key": ONE,
    "index_key": TWO,
    "link_keys": THREE,
    "data_keys": DATA,
    "base_url": "https://portaal.voorbeeld.example",
}


PHRASES = (
    "vervang-dit-door-een-eigen-sleutel-x",
    "please-replace-this-by-your-own-key!",
    "changeit-changeit-changeit-nowplease",
    "Please-Replace-This-By-Your-Own-Key-1",
    "correct-horse-battery-staple-portal",
    "qwertyuiopasdfghjklzxcvbnm1234567890",
    "QwertyUiopAsdfghJklzxcvbnm1234567890",
    "skt-westland-portaal-productie-2026",
    "SKT-WESTLAND-PORTAAL-PRODUCTIE-2026-",
    "$(openssl-rand--hex-32)Xy7Kq2mPz9aaa",
    "${PORTAL_KEY:-Kx7bQ2mPz9wRt4VnJ8sLd3}",
    "<Kx7bQ2mPz9wRt4VnJ8sLd3Fg6Hy5Bc1Nq0>",
    "00112233445566778899aabbccddeeff",
    "A1B2C3D4E5F6G7H8I9J0a1b2c3d4e5f6g7h8",
    base64.b64encode(bytes(range(32))).decode(),
    base64.b64encode(b"thirty-two letters, thirty-two!!").decode(),
    (b"thirty-two letters, thirty-two!!").hex(),
)
"""What somebody thought up, copied from an example, or left to a shell that was not there."""
ADDRESSES = {
    "https://portaal.example:abc": "de poort",
    "https://portaal.example:99999": "de poort",
    "https://portaal.example:0": "de poort",
    "https://portaal.example:": "de poort",
    "https://portaal.example\nX: y": "er staat een spatie of een regeleinde in",
    "https://portaal.example\n": "er staat een spatie of een regeleinde in",
    "https://porta al.example": "er staat een spatie of een regeleinde in",
    "https://portaal.example#x": "achter de naam van de server mag niets staan",
    "https://portaal.example?x": "achter de naam van de server mag niets staan",
    "https://portaal.example/?": "achter de naam van de server mag niets staan",
    "https://portaal.example/pad": "achter de naam van de server mag niets staan",
    "https://naam:woord@portaal.example": "een naam of wachtwoord hoort er niet in",
    "https://": "de naam van de server ontbreekt",
    "https://:443": "de naam van de server ontbreekt",
    "https://*": "de naam van de server heeft tekens die niet kunnen",
    "https://porta_al.example": "de naam van de server heeft tekens die niet kunnen",
    "https://pörtaal.example": "de naam van de server heeft tekens die niet kunnen",
    "https://-portaal.example": "de naam van de server heeft tekens die niet kunnen",
    "https://portaal..example": "de naam van de server heeft tekens die niet kunnen",
    "https://999.1.1.1": "de naam van de server heeft tekens die niet kunnen",
    "https://portaal.example\\@evil.example": "een naam of wachtwoord hoort er niet in",
    "https://[::1": "dit is geen adres",
    "portaal.example": "het begint niet met https://",
    "ftp://portaal.example": "het begint niet met https://",
    "": "het begint niet met https://",
}
NO_PLACES = (
    "nonsense",
    "",
    "127.0.0.1",
    "127.0.0.1:99999",
    ":8000",
    "127.0.0.1:8001 ",
    "0.0.0.0:80,",
    "::1:80",
)


def fernet(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"secret_key": ""}, "PORTAL_SECRET_KEY ontbreekt"),
        ({"index_key": ""}, "PORTAL_INDEX_KEY ontbreekt"),
        ({"link_keys": ""}, "PORTAL_LINK_KEYS ontbreekt"),
        ({"data_keys": ""}, "PORTAL_DATA_KEYS ontbreekt"),
        ({"secret_key": ONE[:31]}, "PORTAL_SECRET_KEY is te kort"),
        ({"link_keys": f"{THREE},{FOUR[:20]}"}, "PORTAL_LINK_KEYS is te kort"),
        ({"secret_key": "a" * 40}, "PORTAL_SECRET_KEY is te raden"),
        ({"secret_key": "abababababababababababababababababab"}, "PORTAL_SECRET_KEY is te raden"),
        ({"index_key": "Kx7bQ2mPz9" * 4}, "PORTAL_INDEX_KEY is te raden"),
        ({"index_key": "abcdefghijklmnopqrstuvwxyz0123456789"}, "PORTAL_INDEX_KEY is te raden"),
        ({"secret_key": "changeme-" + ONE}, "PORTAL_SECRET_KEY is te raden"),
        ({"secret_key": "Ons-Geheim-voor-het-portaal-2026-xyz"}, "PORTAL_SECRET_KEY is te raden"),
        ({"link_keys": f"{THREE},{'l' * 40}"}, "PORTAL_LINK_KEYS is te raden"),
        *(({"secret_key": phrase}, "PORTAL_SECRET_KEY is te raden") for phrase in PHRASES),
        *(({"index_key": phrase}, "PORTAL_INDEX_KEY is te raden") for phrase in PHRASES),
        ({"secret_key": f" {ONE}"}, "In PORTAL_SECRET_KEY staat een spatie of een regeleinde"),
        ({"secret_key": f"{ONE}\n"}, "In PORTAL_SECRET_KEY staat een spatie of een regeleinde"),
        ({"index_key": f"{TWO[:20]}\t{TWO[20:]}"}, "In PORTAL_INDEX_KEY staat een spatie"),
        ({"index_key": f"{TWO[:20]}\u200b{TWO[20:]}"}, "In PORTAL_INDEX_KEY staat een spatie"),
        ({"link_keys": f"{THREE[:20]} {THREE[20:]}"}, "In PORTAL_LINK_KEYS staat een spatie"),
        ({"data_keys": f"{DATA[:20]} {DATA[20:]}"}, "In PORTAL_DATA_KEYS staat een spatie"),
        ({"secret_key": "$(openssl rand -hex 32)" + "a" * 20}, "In PORTAL_SECRET_KEY staat een spatie"),
        ({"secret_key": f"{TWO}="}, "PORTAL_SECRET_KEY en PORTAL_INDEX_KEY staat twee keer"),
        ({"link_keys": f"{THREE},{THREE}="}, "PORTAL_LINK_KEYS staat twee keer"),
        ({"secret_key": base64.b64encode(base64.urlsafe_b64decode(DATA)).decode()}, "staat twee keer"),
        ({"data_keys": f"{DATA},{DATA} "}, "PORTAL_DATA_KEYS staat twee keer"),
        ({"data_keys": fernet(bytes(range(32)))}, "PORTAL_DATA_KEYS: een van de sleutels is te raden"),
        ({"data_keys": fernet(bytes(16) + secrets.token_bytes(16))}, "te raden"),
        ({"data_keys": fernet(secrets.token_bytes(8) * 4)}, "te raden"),
        ({"data_keys": "x" * 44}, "PORTAL_DATA_KEYS"),
        ({"data_keys": fernet(bytes(32))}, "PORTAL_DATA_KEYS: een van de sleutels is te raden"),
        ({"data_keys": fernet(b"01234567890123456789012345678901")}, "te raden"),
        ({"data_keys": f"{DATA},{fernet(bytes(range(8)) * 4)}"}, "te raden"),
        ({"secret_key": TWO}, "PORTAL_SECRET_KEY en PORTAL_INDEX_KEY staat twee keer"),
        ({"link_keys": f"{THREE},{ONE}"}, "PORTAL_SECRET_KEY en PORTAL_LINK_KEYS staat twee keer"),
        ({"secret_key": DATA}, "PORTAL_SECRET_KEY en PORTAL_DATA_KEYS staat twee keer"),
        ({"link_keys": f"{THREE},{THREE}"}, "PORTAL_LINK_KEYS staat twee keer"),
        ({"base_url": "http://portaal.voorbeeld.example"}, "PORTAL_BASE_URL moet in productie met https://"),
        *(({"base_url": url}, f"PORTAL_BASE_URL: {why}") for url, why in ADDRESSES.items()),
        *(({"bind": place}, "PORTAL_BIND: geef een adres en een poort") for place in NO_PLACES),
        ({"smtp_url": "http://mail.voorbeeld.example"}, "PORTAL_SMTP_URL"),
        ({"smtp_url": "smtp://naam:woord@mail.voorbeeld.example"}, "PORTAL_SMTP_URL"),
        ({"sms_url": "http://token@sms.voorbeeld.example/"}, "PORTAL_SMS_URL"),
    ],
)
def test_what_is_refused(given: dict[str, str], said: str, tmp_path: Path) -> None:
    """Also for who starts the application itself, such as gunicorn without `portal serve`."""
    with pytest.raises(ConfigError, match=r"^[^\n]*$") as refused:
        create_app(instance=tmp_path, **SOUND | given)
    assert said in str(refused.value)
    assert not any(value in str(refused.value) for value in given.values() if len(value) > 12)
    assert list(tmp_path.iterdir()) == [], "nothing was made"


@pytest.mark.parametrize("debug", ["1", "true", "on"])
def test_debug_is_refused(debug: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLASK_DEBUG", debug)
    with pytest.raises(ConfigError, match="FLASK_DEBUG"):
        create_app(instance=tmp_path, **SOUND)
    monkeypatch.setenv("FLASK_DEBUG", "0")
    assert not create_app(instance=tmp_path, **SOUND).debug


MANY = 100_000
FEW = 2
"""Of so many one may look thought up, by chance."""


def drawn(size: int, alphabet: str) -> str:
    return "".join(secrets.choice(alphabet) for _n in range(size))


@pytest.mark.parametrize(
    ("make", "many"),
    [
        (lambda: secrets.token_urlsafe(32), MANY),
        (lambda: secrets.token_urlsafe(24), 10_000),
        (lambda: base64.b64encode(secrets.token_bytes(32)).decode(), 10_000),
        (lambda: secrets.token_hex(32), 10_000),
        (lambda: secrets.token_hex(16), 10_000),
        (lambda: drawn(40, string.ascii_letters + string.digits), 10_000),
    ],
)
def test_what_was_drawn_by_lot_is_never_refused(make: Callable[[], str], many: int) -> None:
    """So seldom that nobody meets it: the commands of the README are run once an organisation."""
    refused = [key for _n in range(many) if strength.has_space(key := make()) or strength.is_guessable(key)]
    assert len(refused) <= FEW, refused


def test_bytes_that_were_drawn_by_lot_are_never_refused() -> None:
    refused = [raw for _n in range(MANY) if strength.is_predictable(raw := secrets.token_bytes(32))]
    assert len(refused) <= FEW, refused
    for _n in range(100):
        config.load(**SOUND | {"data_keys": Fernet.generate_key().decode()})


SORTS: list[Callable[[], str]] = [
    lambda: secrets.token_urlsafe(32),
    lambda: secrets.token_hex(16),
    lambda: Fernet.generate_key().decode(),
]


@given(number=st.integers(0, 2), written=st.sampled_from([" ", "\n", "\t", "=", "==", ""]))
def test_one_secret_is_one_however_it_is_written(number: int, written: str) -> None:
    key = SORTS[number]()
    assert strength.meant(key + written) == strength.meant(key)
    assert strength.meant(key.replace("-", "+").replace("_", "/")) == strength.meant(key)
    assert strength.meant(SORTS[number]()) != strength.meant(key)


@given(
    block=st.binary(min_size=1, max_size=16),
    start=st.integers(0, 255),
    step=st.integers(0, 255),
    zeros=st.integers(12, 32),
)
def test_bytes_with_a_pattern_are_predictable(block: bytes, start: int, step: int, zeros: int) -> None:
    assert strength.is_predictable((block * 32)[:32]), "the same over and over"
    assert strength.is_predictable(bytes((start + step * at) % 256 for at in range(32))), (
        "each so much further"
    )
    assert strength.is_predictable(bytes(zeros) + secrets.token_bytes(32 - zeros)), "partly empty"
    assert strength.is_predictable(secrets.token_hex(16).encode()), "text"


@given(st.text(string.ascii_lowercase + "-_. ", min_size=32, max_size=80))
def test_a_phrase_in_small_letters_is_guessable(phrase: str) -> None:
    assert strength.has_space(phrase) or strength.is_guessable(phrase)


@pytest.mark.parametrize(
    ("url", "is_called"),
    [
        ("https://portaal.example", "https://portaal.example"),
        ("HTTPS://Portaal.Example/", "https://portaal.example"),
        ("https://portaal.example:8443", "https://portaal.example:8443"),
        ("https://xn--prtaal-0xa.example", "https://xn--prtaal-0xa.example"),
        ("https://192.0.2.7", "https://192.0.2.7"),
        ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
        ("https://portaal", "https://portaal"),
    ],
)
def test_an_address_that_can_be(url: str, is_called: str) -> None:
    assert config.load(**SOUND | {"base_url": url}).base_url == is_called


@pytest.mark.parametrize(
    "place", ["127.0.0.1:8000", "[::1]:80", "localhost:0", "unix:/run/portal.sock", "0.0.0.0:80,[::]:80"]
)
def test_a_place_that_can_be(place: str) -> None:
    assert config.load(**SOUND | {"bind": place}).bind == place


def test_in_development_nothing_of_this_is_asked(tmp_path: Path) -> None:
    assert config.load(instance=tmp_path, secret_key="a" * 40).secret_key == "a" * 40


class TestOnWhatIsInTheDatabase:
    @pytest.fixture
    def production(self, app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
        sound = {"env": "production", "base_url": "https://portaal.voorbeeld.example"}
        settings = app.extensions["settings"].model_copy(update=sound)
        monkeypatch.setitem(app.extensions, "settings", settings)
        return app

    def test_nothing_wrong(self, production: Flask) -> None:
        starting.check()

    def test_demo_data(self, production: Flask) -> None:
        with transaction():
            new_invitation(Moment.INTAKE, is_demo=True)
        evening()
        with pytest.raises(ConfigError, match=r"proefgegevens \(invitation\)"):
            starting.check()
        with transaction():
            db.session.execute(update(Evening).values(is_demo=True))
        with pytest.raises(ConfigError, match=r"(evening, invitation|invitation, evening)"):
            starting.check()

    def test_every_table_that_can_hold_demo_data_is_asked(
        self, production: Flask, statements: list[str]
    ) -> None:
        starting.check()
        marked = {table.name for table in db.metadata.tables.values() if "is_demo" in table.columns}
        assert len(marked) >= 5
        asked = {
            name for name in marked if any(f"FROM {name} " in line.replace("\n", " ") for line in statements)
        }
        assert asked == marked

    def test_data_that_no_key_opens(self, production: Flask) -> None:
        stranger = Fernet(Fernet.generate_key()).encrypt_at_time(b"x", 0)
        with transaction() as session:
            for _n in range(2):
                new_invitation(Moment.INTAKE, name="Proefpersoon")
            session.flush()
            session.execute(text("UPDATE invitation SET name = :sealed WHERE id = 2"), {"sealed": stranger})
        with pytest.raises(ConfigError, match="gegevens in invitation past geen enkele sleutel"):
            starting.check()
        with db.engine.connect() as connection:
            assert connection.execute(text("SELECT name FROM invitation WHERE id = 2")).scalar() == stranger

    def test_in_development_it_is_said_and_starts(
        self, app: Flask, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with transaction():
            new_invitation(Moment.INTAKE, name="Proefpersoon", is_demo=True)
            db.session.execute(text("UPDATE invitation SET name = :sealed"), {"sealed": b"niets"})
        starting.check()
        said = capsys.readouterr().err
        assert said.count("\n") == 1 and "gegevens in invitation past geen enkele sleutel" in said


PORTAL = str(Path(sys.executable).with_name("portal"))
GUNICORN = [str(Path(sys.executable).with_name("gunicorn")), "--no-control-socket", "--workers", "1"]
COMMANDS = {
    "serve": [PORTAL, "serve"],
    "worker": [PORTAL, "worker", "--once"],
    "gunicorn": [*GUNICORN, "--bind", "127.0.0.1:0", "portal.app:create_app()"],
}


def started(command: str, instance: Path, **given: str) -> subprocess.CompletedProcess[str]:
    """A real process, as the operator starts it; it ends by itself because it refuses."""
    return subprocess.run(
        COMMANDS[command],
        env=environment(instance, **given),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def environment(instance: Path, **given: str) -> dict[str, str]:
    asked = {
        f"PORTAL_{name.upper()}": value for name, value in (SOUND | {"bind": "127.0.0.1:0"} | given).items()
    }
    # The portal of this folder, also where another checkout shares its packages.
    made = {**os.environ, "PYTHONPATH": str(config.ROOT), "PORTAL_INSTANCE": str(instance), **asked}
    if "flask_debug" in given:
        made["FLASK_DEBUG"] = given["flask_debug"]
    return made


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"secret_key": "s" * 40}, "PORTAL_SECRET_KEY is te raden"),
        ({"base_url": "http://portaal.voorbeeld.example"}, "PORTAL_BASE_URL"),
        ({"flask_debug": "1"}, "FLASK_DEBUG"),
        ({"base_url": "https://portaal.example:abc"}, "PORTAL_BASE_URL: de poort"),
    ],
)
def test_real_processes_refuse_settings(
    command: str, given: dict[str, str], said: str, tmp_path: Path
) -> None:
    done = started(command, tmp_path, **given)
    assert done.returncode != 0 and said in done.stderr
    if command != "gunicorn":
        assert done.returncode == 1
        assert done.stderr.count("\n") == 1, "one sentence, and no traceback"
    assert not (tmp_path / "portal.db").exists()


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """A migrated database with one invitation, one draft, and nothing wrong."""
    app = create_app(config.load(instance=tmp_path, **SOUND))
    with app.app_context():
        prepare()
        with transaction() as session:
            invitation = new_invitation(Moment.INTAKE, name="Proefpersoon")
            session.flush()
            session.add(Draft(invitation_id=invitation.id, version_id=1, body="{}"))
        db.engine.dispose()
    return tmp_path


def contents(instance: Path) -> list[object]:
    engine = create_engine(f"sqlite:///{instance / 'portal.db'}")
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(text("SELECT * FROM invitation"))]
        found += [tuple(row) for row in connection.execute(text("SELECT * FROM audit_event"))]
    engine.dispose()
    return found


@pytest.mark.parametrize("command", ["serve", "worker"])
@pytest.mark.parametrize("wrong", ["demo", "lost key"])
def test_real_processes_refuse_what_is_in_the_database(command: str, wrong: str, filled: Path) -> None:
    given, said = {}, "PORTAL_DATA_KEYS"
    if wrong == "demo":
        engine = create_engine(f"sqlite:///{filled / 'portal.db'}")
        with engine.begin() as connection:
            connection.execute(update(Invitation).values(is_demo=True))
        engine.dispose()
        said = "proefgegevens (invitation)"
    else:
        given = {"data_keys": Fernet.generate_key().decode()}
    before = contents(filled)
    done = started(command, filled, **given)
    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr and done.stderr.count("\n") == 1
    assert contents(filled) == before, "a refused start changes nothing"


def test_a_sound_worker_starts(filled: Path) -> None:
    done = started("worker", filled)
    assert done.returncode == 0, done.stderr


def test_a_place_that_this_machine_does_not_know(filled: Path) -> None:
    done = started("serve", filled, bind="bestaat-niet.example:8000")
    assert done.returncode == 1
    assert done.stderr == "PORTAL_BIND: deze machine kent het adres niet waarop het portaal moet luisteren.\n"


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_a_folder_that_is_none(command: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = started(command, tmp_path / "file")
    assert done.returncode == 1
    assert done.stderr.startswith("PORTAL_INSTANCE: in de map ") and done.stderr.count("\n") == 1


# ---- On a database that is not whole, and without our command --------------------------------


def change(instance: Path, *statements: str) -> None:
    engine = create_engine(f"sqlite:///{instance / 'portal.db'}")
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


MARK = "UPDATE invitation SET is_demo = 1"
ONE_MISSING = "ALTER TABLE evening RENAME TO evening_elsewhere"
ONE_UNMARKED = "ALTER TABLE evening DROP COLUMN is_demo"


@pytest.mark.parametrize("command", ["serve", "worker"])
@pytest.mark.parametrize("lacking", [ONE_MISSING, ONE_UNMARKED])
def test_a_table_that_is_not_there_hides_no_demo_data_in_another(
    command: str, lacking: str, filled: Path
) -> None:
    change(filled, MARK, lacking)
    done = started(command, filled)
    assert (done.returncode, done.stdout) == (1, "")
    assert "proefgegevens (invitation)" in done.stderr and done.stderr.count("\n") == 1


@pytest.fixture
def without_command(filled: Path) -> Iterator[Flask]:
    """The application as a server gets it that is not started by `portal serve`."""
    app = create_app(config.load(instance=filled, **SOUND))
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


NAME = {"Host": "portaal.voorbeeld.example"}
PLACES = ("/", "/klacht", "/v/AAAAAAAAAAAAAAAA", "/team/inloggen", "/readyz", "/bestaat-niet")


def answers(app: Flask) -> dict[str, tuple[int, str]]:
    given = {place: app.test_client().get(place, headers=NAME) for place in PLACES}
    return {place: (answer.status_code, answer.text) for place, answer in given.items()}


def test_without_our_command_it_answers_nobody_on_demo_data(without_command: Flask, filled: Path) -> None:
    change(filled, MARK)
    with capture_logs() as printed:
        for place, (status, said) in answers(without_command).items():
            assert status == 503, place
            assert "proef" not in said and "invitation" not in said, "visitors are told nothing of it"
        assert without_command.test_client().get("/healthz", headers=NAME).status_code == 200
        assert without_command.test_client().post("/v", headers=NAME).status_code == 503
    (line,) = [line for line in printed if line["event"] == "refused to serve"]
    assert "proefgegevens (invitation)" in line["why"]


def test_without_our_command_it_answers_nobody_on_data_that_no_key_opens(
    without_command: Flask, filled: Path
) -> None:
    change(filled, "UPDATE invitation SET name = X'6e69657473'")
    assert {status for status, _said in answers(without_command).values()} == {503}


def test_it_looks_until_everything_was_there_and_then_no_more(
    without_command: Flask, filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[int] = []
    look = starting._refuse_demo

    def counting() -> bool:
        looked.append(1)
        return look()

    monkeypatch.setattr(starting, "_refuse_demo", counting)
    change(filled, ONE_MISSING)
    client = without_command.test_client()
    for _time in range(2):
        assert client.get("/klacht", headers=NAME).status_code == 200
    assert len(looked) == 2
    change(filled, "ALTER TABLE evening_elsewhere RENAME TO evening", MARK)
    assert client.get("/klacht", headers=NAME).status_code == 503
    change(filled, "UPDATE invitation SET is_demo = 0")
    for _time in range(3):
        assert client.get("/klacht", headers=NAME).status_code == 200
    assert len(looked) == 4


def test_a_worker_stops_when_the_database_becomes_whole_and_holds_demo_data(
    without_command: Flask, filled: Path
) -> None:
    change(filled, ONE_MISSING)
    worker = Worker(check=starting.check_again)
    worker.round()
    change(filled, "ALTER TABLE evening_elsewhere RENAME TO evening", MARK)
    with pytest.raises(ConfigError, match="proefgegevens"):
        worker.round()


def test_a_real_server_without_our_command(filled: Path) -> None:
    change(filled, MARK)
    port = free_port()
    command = [*GUNICORN, "--bind", f"127.0.0.1:{port}", "portal.app:create_app()"]
    printed = filled / "printed"
    with printed.open("w") as output:
        process = subprocess.Popen(command, env=environment(filled), stdout=output, stderr=output)
        try:
            wait_for(f"http://127.0.0.1:{port}/healthz")
            with pytest.raises(HTTPError, match="503"):
                urlopen(f"http://127.0.0.1:{port}/talks", timeout=20)
        finally:
            process.terminate()
            process.wait(timeout=30)
    assert printed.read_text().count("proefgegevens") == 1


@pytest.mark.parametrize("command", ["worker", "init"])
def test_what_it_writes_is_for_its_own_account_alone(command: str, tmp_path: Path) -> None:
    done = subprocess.run(
        ["sh", "-c", 'umask 022; exec "$@"', "sh", *(COMMANDS | {"init": [PORTAL, "init"]})[command]],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    made = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.rglob("*") if path.is_file()}
    assert "portal.db" in made
    assert set(made.values()) == {0o600}, made
