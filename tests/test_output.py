"""Everything real processes print: no personal link, no code, no words, whatever is asked of them."""

import os
import socket
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path

from portal import config
from portal.app import create_app
from portal.cli import prepare
from portal.crypto import keyring
from portal.db import db
from tests.ports import free_port, wait_for
from tests.surveys.sheets import invited

PORTAL = str(Path(sys.executable).with_name("portal"))


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


def test_no_output_holds_a_personal_link(tmp_path: Path) -> None:
    port = free_port()
    environment = os.environ | {"PORTAL_INSTANCE": str(tmp_path), "PORTAL_BIND": f"127.0.0.1:{port}"}
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
