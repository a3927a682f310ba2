"""A real portal for the browser: its own server process, folder and database, and a hand behind the scenes."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from base64 import b32encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import trustme
from cryptography.fernet import Fernet
from flask import Flask
from passlib.totp import TOTP
from sqlalchemy import delete, func, select, text

from portal import clock, config
from portal.app import create_app
from portal.cli import prepare
from portal.crypto import keyring
from portal.db import db, transaction
from portal.identity import accounts, attempts
from portal.identity.models import Attempt
from portal.identity.rules import FREE_TRIES, Role
from portal.surveys.answering.operations import write_responses
from portal.surveys.answering.queries import answers_of, token_of
from portal.surveys.answering.rules import Traited, Traits
from portal.surveys.inviting.operations import new_invitation
from portal.surveys.models import Draft, Invitation, LetterboxEntry, Response
from portal.surveys.rules import Channel, Domain, Moment, Perspective, Value, quarter_of
from portal.tasks.models import Task
from tests import guesses

PASSWORD = "een paar losse woorden"
PATIENCE_SECONDS = 40
BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Link:
    """What somebody gets from us: a personal link, and the code of the letter."""

    id: int
    address: str
    code: str


@dataclass(frozen=True)
class Person:
    """A member of staff with a phone."""

    email: str
    secret: str

    def code(self) -> str:
        """What the app on the phone shows now."""
        return str(TOTP(key=self.secret).generate(time=int(clock.now().timestamp())).token)


class Site:
    """One portal: `portal serve` on a free port, and an application on the same database."""

    def __init__(self, folder: Path, *, tls: bool = False) -> None:
        self.folder = folder
        self.port = _free_port()
        self.tls = tls
        self.address = f"{'https://localhost' if tls else 'http://127.0.0.1'}:{self.port}"
        self.environment = {
            "PORTAL_INSTANCE": str(folder),
            "PORTAL_BASE_URL": self.address,
            "PORTAL_BIND": f"127.0.0.1:{self.port}",
            **(_production_keys() if tls else {}),
        }
        # Hashing is slow on purpose: once for everybody.
        self.hashed: str | None = None
        # The cookies of staff who signed in, by their roles.
        self.sessions: dict[tuple[Role, ...], list[Any]] = {}
        self.signed_in_at: dict[tuple[Role, ...], float] = {}
        # How often something was broken on purpose.
        self.spoiled = 0
        self.process: subprocess.Popen[bytes] | None = None
        self.app = self._application()

    def _application(self) -> Flask:
        given: dict[str, Any] = {
            name.removeprefix("PORTAL_").lower(): value for name, value in self.environment.items()
        }
        return create_app(config.load(**given | {"instance": self.folder}))

    # The server.

    def prepare(self, *, demo: bool) -> None:
        """Migrate; with `demo` as the operator does it, with invented data."""
        if demo:
            subprocess.run([BIN / "portal", "demo"], env=self._env(), check=True, timeout=PATIENCE_SECONDS)
        else:
            with self.app.app_context():
                prepare()

    def start(self) -> None:
        """Start the server and wait until it answers."""
        command = [str(BIN / "portal"), "serve"]
        if self.tls:
            command = [str(BIN / "gunicorn"), "--no-control-socket", "--bind", f"127.0.0.1:{self.port}"]
            command += [*self._certificate(), "--log-level", "warning", "portal.app:create_app()"]
        with (self.folder / "server.log").open("wb") as log:
            self.process = subprocess.Popen(command, env=self._env(), stdout=log, stderr=log)
        until = time.monotonic() + PATIENCE_SECONDS
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"the server did not start:\n{self.log()}")
            time.sleep(0.1)

    def stop(self) -> None:
        """End this server, by its own number, and no other."""
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)  # gunicorn: stop at once
            self.process.wait(timeout=PATIENCE_SECONDS)
        with self.app.app_context():
            db.engine.dispose()

    def log(self) -> str:
        """What the server wrote."""
        return (self.folder / "server.log").read_text(errors="replace")

    def _answers(self) -> bool:
        if self.tls:
            with socket.socket() as knock:
                return knock.connect_ex(("127.0.0.1", self.port)) == 0
        line = HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            line.request("GET", "/healthz")
            return line.getresponse().status == HTTPStatus.OK
        except (OSError, HTTPException):
            return False
        finally:
            line.close()

    def _env(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
        # The portal of this folder, also where another checkout shares its packages.
        return {**kept, "PYTHONPATH": str(config.ROOT), **self.environment}

    def _certificate(self) -> Sequence[str]:
        made = trustme.CA().issue_cert("localhost")
        chain, key = self.folder / "chain.pem", self.folder / "key.pem"
        chain.write_bytes(b"".join(part.bytes() for part in made.cert_chain_pems))
        made.private_key_pem.write_to_path(key)
        return ("--certfile", str(chain), "--keyfile", str(key))

    # Behind the scenes.

    @contextmanager
    def inside(self) -> Iterator[None]:
        """The application's context, for looking into the database."""
        with self.app.app_context():
            yield
            db.session.remove()

    @contextmanager
    def changing(self) -> Iterator[None]:
        """A transaction in the site's database."""
        with self.inside(), transaction():
            yield

    def invite(self, moment: Moment = Moment.INTAKE, **values: Any) -> Link:
        """Somebody gets a link. Facts such as `completed` are set as given."""
        facts = {name: values.pop(name) for name in ("completed", "call_requested") if name in values}
        given: dict[str, Any] = {
            "domain": Domain.YOUTH,
            "perspective": Perspective.ADULT,
            "channel": Channel.LETTER,
            "invited_on": clock.today(),
            "delivered": True,
        }
        with self.inside():
            with transaction() as session:
                invitation = new_invitation(moment, **given | values)
                for name, value in facts.items():
                    setattr(invitation, name, value)
                session.flush()
            code = keyring().code(invitation.public_id, invitation.link_key_id)
            return Link(invitation.id, f"{self.address}/v/{token_of(invitation)}", code)

    def spoil_draft(self, link: Link, body: str | bytes) -> None:
        """Put a draft there that cannot be read: text is sealed as always, bytes are put there as they are."""
        self.spoiled += isinstance(body, str)
        with self.changing():
            db.session.add(Draft(invitation_id=link.id, version_id=1, body=str(body)))
            db.session.flush()
            if isinstance(body, bytes):
                db.session.execute(
                    text("UPDATE draft SET body = :body WHERE invitation_id = :id"),
                    {"body": body, "id": link.id},
                )

    def close(self, link: Link) -> None:
        """The days to answer are over."""
        with self.changing():
            db.session.get_one(Invitation, link.id).closes_on = clock.today() - timedelta(days=1)

    def draft(self, link: Link) -> Mapping[str, Value]:
        """What is saved of an unsent answer."""
        with self.inside():
            draft = db.session.scalar(select(Draft).where(Draft.invitation_id == link.id))
            return {key: written.value for key, written in answers_of(draft).items()}

    def is_completed(self, link: Link) -> bool:
        with self.inside():
            return db.session.get_one(Invitation, link.id).completed

    def sealed(self) -> dict[str, dict[str, Any]]:
        """The letterbox, opened: what waits in it, by its random number."""
        with self.inside():
            entries = db.session.scalars(select(LetterboxEntry)).all()
            return {entry.id: json.loads(keyring().decrypt(entry.sealed)) for entry in entries}

    def letterbox(self) -> int:
        """How many answers wait in the letterbox."""
        with self.inside():
            return db.session.scalar(select(func.count()).select_from(LetterboxEntry)) or 0

    def tasks(self) -> list[dict[str, str]]:
        """What somebody asked the team."""
        with self.inside():
            return [json.loads(task.details) for task in db.session.scalars(select(Task).order_by(Task.id))]

    def add_task(self, name: str, created_at: datetime) -> None:
        """Somebody asked to be called."""
        details = {"name": name, "phone": "+31612345678", "when": "any", "moment": "intake", "language": "nl"}
        with self.changing():
            key = secrets.token_hex(8)
            task = Task(kind="call_back", request_key=key, details=json.dumps(details), created_at=created_at)
            db.session.add(task)

    @contextmanager
    def few_invitations(self) -> Iterator[None]:
        """For a while so few were asked that nothing may be shown of it."""
        links = [self.invite() for _n in range(2)]
        yield
        with self.changing():
            db.session.execute(delete(Invitation).where(Invitation.id.in_([link.id for link in links])))

    @contextmanager
    def few_responses(self) -> Iterator[None]:
        """For a while so few answered that nothing may be shown of it."""
        given = {"choices": [["grade", "8"]], "texts": []}
        rows = [Traited(given, Traits("adult", "email", "nl", "")) for _n in range(2)]
        with self.changing():
            write_responses(rows, Moment.INTAKE, quarter_of(clock.today()))
        yield
        with self.changing():
            db.session.execute(delete(Response))

    def add_staff(self, *roles: Role, with_app: bool = True) -> Person:
        """Somebody new in the team."""
        secret = b32encode(secrets.token_bytes(20)).decode()
        email = f"{secrets.token_hex(4)}@voorbeeld.example"
        if self.hashed is None:
            with self.inside():
                self.hashed = accounts.hash_password(PASSWORD)
        with self.changing():
            accounts.add_staff(email, self.hashed, map(str, roles), totp_secret=secret if with_app else None)
        return Person(email, secret)

    def guess(self, kind: str, *, at: str = "", account: int = 0) -> None:
        """As many wrong tries from this machine as make the next one wait: in all, at an address, at an account."""
        with self.app.test_request_context(environ_base={"REMOTE_ADDR": "127.0.0.1"}):
            sources = [f"account:{account}"] if account else [attempts.from_here(at)] if at else []
            for _try in range(FREE_TRIES):
                guesses.failed(kind, *sources)

    def forget_guesses(self) -> None:
        with self.changing():
            db.session.execute(delete(Attempt))


def _free_port() -> int:
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return int(line.getsockname()[1])


def _production_keys() -> dict[str, str]:
    return {
        "PORTAL_ENV": "production",
        "PORTAL_SECRET_KEY": secrets.token_urlsafe(32),
        "PORTAL_INDEX_KEY": secrets.token_urlsafe(32),
        "PORTAL_LINK_KEYS": secrets.token_urlsafe(32),
        "PORTAL_DATA_KEYS": Fernet.generate_key().decode(),
    }
