"""Everything real processes print: no link, code, password, address or word of anybody, whatever happens to them."""

import json
import os
import re
import secrets
import socket
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from base64 import b32encode
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from flask import Flask
from passlib.totp import TOTP

from portal import clock, config
from portal.app import create_app
from portal.cli import prepare
from portal.crypto import keyring
from portal.db import db, transaction
from portal.identity import accounts
from portal.identity.rules import Role
from tests.outbox.other_side import Answer, Mailbox, Provider, mail_server, sms_provider
from tests.ports import free_port, wait_for
from tests.security.forms import Form, read_forms
from tests.surveys.sheets import invited
from tests.talks.evenings import evening

PORTAL = str(Path(sys.executable).with_name("portal"))
WORD = "qzxwoorden"
"""Stands in everything that is typed."""


def say(port: int, raw: str) -> None:
    """Send raw bytes as a broken client would."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
        line.sendall(raw.encode())
        line.settimeout(3)
        try:
            while line.recv(4096):
                pass
        except TimeoutError:
            pass


def ask(url: str, **headers: str) -> int:
    request = urllib.request.Request(url, headers=headers, data=b"a-grade=8" if "Origin" in headers else None)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def environment_of(folder: Path, port: int, **more: str) -> dict[str, str]:
    """Of a portal in this folder: this checkout's own, also where another one shares its packages."""
    own = {"PYTHONPATH": str(config.ROOT), "PORTAL_INSTANCE": str(folder), "PORTAL_BIND": f"127.0.0.1:{port}"}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    return kept | own | more


def test_no_output_holds_a_personal_link(tmp_path: Path) -> None:
    port = free_port()
    environment = environment_of(tmp_path, port)
    app = create_app(config.load(instance=tmp_path))
    with app.app_context():
        prepare()
        invitation, address = invited()
        code = keyring().code(invitation.public_id, invitation.link_key_id)
        db.engine.dispose()
    token = address.removeprefix("/v/")
    output = tmp_path / "output"
    with output.open("w") as kept:
        server = subprocess.Popen([PORTAL, "serve"], env=environment, stdout=kept, stderr=kept)
        try:
            wait_for(f"http://127.0.0.1:{port}/healthz")
            base = f"http://127.0.0.1:{port}"
            assert ask(base + address) == 200
            assert ask(f"{base}/v?code={code}&token={token}") == 200
            assert ask(f"{base}{address}/1", Origin="http://[") == 403
            assert ask(f"{base}{address}/1") == 200
            assert ask(f"{base}{address}/99999999999999999999") == 200
            for line in (
                f"GET http://[{address} HTTP/1.1\r\n\r\n",
                f"{address} \r\n\r\n",
                f"GET {address} HTTP/9.9\r\n\r\n",
                f"GET {address} HTTP/1.1\r\nHost: x\r\nX: {'y' * 9000}\r\n\r\n",
                f"POST {address}/1 HTTP/1.1\r\nHost: x\r\nContent-Length: {code}\r\n\r\n",
            ):
                say(port, line)
            with closing(sqlite3.connect(tmp_path / "portal.db")) as broken:
                broken.execute("ALTER TABLE invitation RENAME TO gone")
            assert ask(base + address) == 503
        finally:
            server.terminate()
            server.wait(timeout=30)
        subprocess.run([PORTAL, "worker", "--once"], env=environment, stdout=kept, stderr=kept, check=False)
    printed = output.read_text()
    assert '"rule": "/v/<token>"' in printed, "the server did write a log"
    assert token not in printed
    assert code not in printed


def test_a_database_that_was_never_prepared_says_503(postgres: str, tmp_path: Path) -> None:
    from sqlalchemy import create_engine, text

    engine = create_engine(
        config.Settings(database_url=postgres).sqlalchemy_url, isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        connection.execute(text("CREATE DATABASE empty_one"))
    engine.dispose()
    app = create_app(
        config.load(instance=tmp_path, database_url=postgres.replace("/postgres?", "/empty_one?"))
    )
    app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = app.test_client().get("/v/AAAAAAAAAAAAAAAAAAAAAAAA")
    assert answer.status_code == 503
    assert "We zijn er heel even niet" in answer.text
    with app.app_context():
        db.engine.dispose()


# ---- A day in which everything personal happens ------------------------------------------------


PASSWORD, NEW_PASSWORD = "zes losse woorden uit het niets", "weer zes andere woorden verzonnen"
EMAIL, PHONE = f"{WORD}@voorbeeld.example", "0612345678"


@dataclass
class Day:
    """A browser at a running portal, and what nobody may find in what it prints."""

    base: str
    secrets: list[str] = field(default_factory=list)
    client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = httpx.Client(base_url=self.base, follow_redirects=True, timeout=20, trust_env=False)

    def open(self, path: str) -> list[Form]:
        """The forms that can be sent of a page."""
        self.page = self.client.get(path)
        forms = read_forms(self.page.text, str(self.page.url))
        return [form for form in forms if form.method == "post" and "uitloggen" not in form.action]

    def send(self, path: str, number: int = 0, **fields: str) -> httpx.Response:
        """Open a page, fill in one of its forms, and press its first button unless told otherwise."""
        form = self.open(path)[number]
        given = form.hidden | dict(form.buttons[:1]) | fields
        self.page = self.client.post(form.action, data=given)
        return self.page

    def keep(self, pattern: str, text: str) -> str:
        """Something in a page or a mail that opens something: nobody may find it."""
        found = re.search(pattern, text)
        assert found, pattern
        self.secrets.append(found[1])
        return found[1]


@dataclass
class Portal:
    """A server and what a worker needs, both printing into one file."""

    folder: Path
    app: Flask
    day: Day
    environment: dict[str, str]
    mailbox: Mailbox
    provider: Provider

    def work(self) -> None:
        with (self.folder / "output").open("a") as kept:
            subprocess.run(
                [PORTAL, "worker", "--once"],
                env=self.environment,
                stdout=kept,
                stderr=kept,
                check=False,
                timeout=120,
            )


@contextmanager
def running(folder: Path) -> Iterator[Portal]:
    """`portal serve` on a database of its own, with a mail server and a provider of text messages."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    with mail_server() as mailbox, sms_provider() as provider:
        environment = environment_of(
            folder,
            port,
            PORTAL_BASE_URL=base,
            PORTAL_WORKERS="1",
            PORTAL_SMTP_URL=mailbox.url,
            PORTAL_SMS_URL=provider.url,
            PORTAL_MAIL_FROM="portaal@voorbeeld.example",
        )
        app = create_app(config.load(instance=folder, base_url=base))
        with app.app_context():
            prepare()
        with (folder / "output").open("a") as kept:
            server = subprocess.Popen([PORTAL, "serve"], env=environment, stdout=kept, stderr=kept)
            try:
                wait_for(f"{base}/healthz")
                day = Day(base)
                yield Portal(folder, app, day, environment, mailbox, provider)
                day.client.close()
            finally:
                server.terminate()
                server.wait(timeout=30)
                with app.app_context():
                    db.engine.dispose()


def a_survey(portal: Portal) -> None:
    day = portal.day
    with portal.app.app_context():
        invitation, address = invited()
        day.secrets += [
            address.removeprefix("/v/"),
            keyring().code(invitation.public_id, invitation.link_key_id),
        ]
    day.send("/v", code="ZZZZZZZZZZ")
    assert day.send("/v", code=day.secrets[-1]).url.path == address
    answered = {
        "a-went_well": f"{WORD} ging goed",
        "a-could_be_better": f"{WORD} kon beter",
        "action": "send",
    }
    assert "Dank u wel" in day.send(f"{address}/4", **answered).text


def a_complaint(portal: Portal) -> None:
    day = portal.day
    begun = day.send("/klacht?wat=klacht&wie=ik&hulp=volwassenen")
    path = begun.url.path.removesuffix("/wat")
    day.keep(r"/klacht/invullen/([^/]+)/wat", str(begun.url))
    day.send(f"{path}/wat", what=f"{WORD} is er gebeurd", when=WORD, action="next")
    day.send(f"{path}/over", about=f"{WORD} van der Medewerker", action="next")
    day.send(
        f"{path}/bereikbaar", name=f"{WORD} Klaagt", email=EMAIL, phone=PHONE, reach="email", action="next"
    )
    sent = day.send(f"{path}/nakijken")
    code = day.keep(r"<dd>([0-9A-Z]{4} [0-9A-Z]{4} [0-9A-Z]{4})</dd>", sent.text)
    day.secrets.append(code.replace(" ", ""))
    found = re.search(r"KL-\d{4}-\d{4}", sent.text)
    assert found
    day.client.cookies.clear()
    assert day.send("/klacht/volgen", reference=found[0], code="ZZZZ ZZZZ ZZZZ").status_code == 422
    assert day.send("/klacht/volgen", reference=found[0], code=code).status_code == 200
    assert WORD in day.send("/klacht/volgen/berichten", words=f"{WORD} is een bericht").text


def an_evening(portal: Portal) -> None:
    day = portal.day
    with portal.app.app_context():
        from portal.talks.models import Evening

        slug = db.session.get_one(Evening, evening()).slug
    for contact in (f"{WORD}.talk@voorbeeld.example", PHONE):
        told = {"first_name": WORD, "contact": contact, "who": "parent", "diet": WORD}
        assert day.send(f"/talks/{slug}", **told).status_code == 200
    day.send("/talks/kring", email=f"{WORD}.kring@voorbeeld.example")


def staff(portal: Portal) -> None:
    """Signing in wrongly and rightly, and inviting a colleague, whose link goes out by mail."""
    day = portal.day
    secret = b32encode(secrets.token_bytes(20)).decode()
    email = f"{WORD}.baas@voorbeeld.example"
    with portal.app.app_context():
        hashed = accounts.hash_password(PASSWORD)
        with transaction():
            accounts.add_staff(email, hashed, map(str, Role), totp_secret=secret)
    day.secrets += [secret, PASSWORD, NEW_PASSWORD]
    assert day.send("/team/inloggen", email=email, password=f"{WORD} klopt niet").status_code == 422
    assert day.send("/team/inloggen", email=email, password=PASSWORD).status_code == 200
    assert day.send("/team/tweede-stap", code="000000").status_code == 422
    code = str(TOTP(key=secret).generate(time=int(clock.now().timestamp())).token)
    assert day.send("/team/tweede-stap", code=code).url.path == "/team"
    cookie = day.client.cookies.get("portal")
    assert cookie
    day.secrets.append(cookie)
    assert WORD in day.client.get(f"/team/klachten/KL-{clock.today().year}-0001").text
    invited_one = f"{WORD}.nieuw@voorbeeld.example"
    assert day.send("/team/collegas/uitnodigen", email=invited_one, roles="talks").status_code == 200
    portal.work()
    mails = [portal.mailbox.mail(n) for n, to in enumerate(portal.mailbox.to) if to == invited_one]
    plain = mails[-1].get_body(("plain",))
    assert plain is not None
    token = day.keep(r"/team/welkom/([\w-]+)", plain.get_content())
    day.client.cookies.clear()
    assert day.client.get(f"/team/welkom/{token[:-2]}zz").status_code == 404
    chosen = {"new_password": NEW_PASSWORD, "new_password_confirm": NEW_PASSWORD}
    assert day.send(f"/team/welkom/{token}", **chosen).url.path == "/team/inloggen"


def nothing_works(portal: Portal) -> None:
    """Mail is refused in words that repeat what was sent, text messages too, and the database goes away."""
    day = portal.day
    lost = f"{WORD}.weg@voorbeeld.example"
    portal.mailbox.recipients = {
        lost: f"550 5.1.1 <{lost}> {WORD} bestaat niet",
        EMAIL: f"451 4.3.0 {EMAIL} {WORD} later",
    }
    portal.provider.answer = lambda asked: Answer(status=500, body=json.dumps(asked.body).encode())
    for email in (lost, EMAIL):
        day.send("/talks/kring", email=email)
    portal.work()
    portal.mailbox.recipients, portal.mailbox.after_data = {}, "refuse"
    day.send("/talks/kring", email=f"{WORD}.nog@voorbeeld.example")
    portal.work()
    with closing(sqlite3.connect(portal.folder / "portal.db")) as broken:
        for table in ("invitation", "message", "staff_user", "complaint", "sign_up"):
            broken.execute(f"ALTER TABLE {table} RENAME TO gone_{table}")
    for path in (
        f"/v/{day.secrets[0]}",
        "/talks",
        "/team/klachten",
        f"/klacht/volgen?token={day.secrets[0]}",
    ):
        day.client.get(path)
    assert day.client.get(f"/v/{day.secrets[0]}").status_code == 503
    day.client.post(f"/v/{day.secrets[0]}/1", data={"a-went_well": WORD})
    portal.work()


def test_no_output_of_server_or_worker_holds_anything_personal(tmp_path: Path) -> None:
    with running(tmp_path) as portal:
        a_survey(portal)
        a_complaint(portal)
        an_evening(portal)
        staff(portal)
        portal.work()
        arrived = len(portal.mailbox.arrived)
        nothing_works(portal)
    assert arrived >= 3 and portal.provider.asked, "messages did leave"
    printed = (tmp_path / "output").read_text()
    assert printed.count('"rule"') > 30 and '"status": 503' in printed, "the server did write a log"
    # The worker says how many messages left, and that some did not.
    assert printed.count('"sent"') >= 2
    for secret in portal.day.secrets:
        assert secret not in printed, f"{secret[:4]}…"
    assert WORD not in printed
    assert not re.search(r"[\w.+-]+@[\w-]+\.\w+", printed), "an e-mail address"
    assert not re.search(r"(?:\+31|06)[- ]?[0-9]{8}", printed), "a telephone number"
