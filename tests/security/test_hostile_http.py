"""What no browser sends, to real `portal serve` processes: refused or harmless, the site stays up, nothing is told.

Raw lines to the port, as somebody bad or something broken sends them. After each the site still answers, and in
the end nothing of what was sent stands in what the processes printed.
"""

import os
import re
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import func, select

from portal import config, envelope
from portal.app import create_app
from portal.cli import prepare
from portal.complaints.models import Attachment
from portal.db import db
from portal.identity.rules import Role
from portal.serving import REFUSALS, SILENT_SECONDS, refused
from portal.surveys.inviting.models import ImportFile
from tests.complaints.attachments.drafts import body_of
from tests.ports import free_port, wait_for
from tests.security import world
from tests.security.visitors import Visitor, member
from tests.security.world import World

PORTAL = str(Path(sys.executable).with_name("portal"))
PATIENCE = 5.0


@dataclass
class Server:
    """One running portal, with two of everything in it."""

    port: int
    there: World
    boss: Visitor
    output: Path

    def say(self, raw: bytes | str, *, shut: bool = False, more: bytes = b"") -> bytes:
        """Send this as it is; what came back until the other side was done, or had nothing to say."""
        said = b""
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as line:
            line.settimeout(PATIENCE)
            try:
                line.sendall(raw if isinstance(raw, bytes) else raw.encode())
                if more:
                    line.sendall(more)
                if shut:
                    line.shutdown(socket.SHUT_WR)
                while part := line.recv(65536):
                    said += part
            except (TimeoutError, ConnectionError):
                pass
        return said

    def ask(self, path: str, method: str = "GET", body: bytes = b"", **headers: str) -> bytes:
        """One whole request on a line of its own."""
        given = {"Host": f"127.0.0.1:{self.port}", "Connection": "close"}
        if body:
            given["Content-Length"] = str(len(body))
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{n}: {v}\r\n" for n, v in given.items()) + "\r\n"
        return self.say(head.encode("latin-1") + body)

    @property
    def is_up(self) -> bool:
        return status(self.ask("/healthz")) == 200

    def cookie(self) -> str:
        """What the browser of somebody with every role sends."""
        found = self.boss.client.get_cookie("portal")
        assert found is not None
        return f"portal={found.value}"


def status(answer: bytes) -> int:
    """The status of the first answer; 0 when the line was closed without one."""
    found = re.match(rb"HTTP/1\.1 (\d{3})", answer)
    return int(found[1]) if found else 0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("hostile")
    port = free_port()
    app = create_app(config.load(instance=folder, database_url=""))
    app.config["TESTING"] = True
    output = folder / "output"
    environment = os.environ | {
        # The portal of this folder, also where another checkout shares its packages.
        "PYTHONPATH": str(config.ROOT),
        "PORTAL_INSTANCE": str(folder),
        "PORTAL_BIND": f"127.0.0.1:{port}",
        "PORTAL_BASE_URL": f"http://127.0.0.1:{port}",
        "PORTAL_WORKERS": "1",
    }
    with app.app_context():
        prepare()
        there = world.build(app)
        boss = member(app, *Role)
        with output.open("w") as kept:
            process = subprocess.Popen([PORTAL, "serve"], env=environment, stdout=kept, stderr=kept)
            try:
                wait_for(f"http://127.0.0.1:{port}/healthz")
                yield Server(port, there, boss, output)
            finally:
                process.terminate()
                process.wait(timeout=30)
        db.session.remove()
        db.engine.dispose()


def everything_secret(there: World) -> list[str]:
    found = [value for of in (there.mine, there.theirs) for name, value in of.ids.items() if "token" in name]
    found += [of.ids[name] for of in (there.mine, there.theirs) for name in ("survey_code", "draft_code")]
    return [*found, *world.CODES.values(), "qzx", "geheimpje", *world.PHONES.values()]


# ---- What is no request --------------------------------------------------------------------


def test_what_cannot_be_read_is_refused(server: Server) -> None:
    token = server.there.mine.ids["answering:token"]
    host = f"Host: 127.0.0.1:{server.port}\r\n"
    for line, expected in {
        f"GET /v/{token}{'a' * 9000} HTTP/1.1\r\n{host}\r\n": {400, 414},
        f"GET / HTTP/1.1\r\n{host}X-geheimpje: {'y' * 9000}\r\n\r\n": {400, 431},
        f"GET / HTTP/1.1\r\n{host}{''.join(f'X-{n}: {token}{chr(13)}{chr(10)}' for n in range(400))}\r\n": {
            400,
            431,
        },
        f"GET / HTTP/1.1\r\n{host}Cookie: portal={'z' * 20_000}\r\n\r\n": {400, 431},
        f"GET /v/{token} HTTP/9.9\r\n\r\n": {400, 505},
        f"GET /v/{token}\r\n\r\n": {0, 400},
        f"/v/{token}\r\n\r\n": {400},
        f"GET  /v/{token}  HTTP/1.1\r\n{host}\r\n": {400},
        f"GET /v/{token} HTTP/1.1\r\nbroken geheimpje\r\n\r\n": {400},
        f"GET /v/{token} HTTP/1.1\r\n: leeg\r\n\r\n": {400},
        f"GET /v/{token} HTTP/1.1\r\nX geheimpje: a\r\n\r\n": {400},
        f"GET /v/{token} HTTP/1.1\r\n{host}X: a\r\n geheimpje\r\n\r\n": {400},
        f"g\0t /v/{token} HTTP/1.1\r\n{host}\r\n": {400},
        "\0\1\2\3" * 100: {0, 400},
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03": {0, 400},
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n": {0, 400, 405, 505},
        f"PROXY TCP4 203.0.113.9 127.0.0.1 1 2\r\nGET / HTTP/1.1\r\n{host}\r\n": {400},
    }.items():
        assert status(server.say(line, shut=True)) in expected, line[:80]
        assert server.is_up, line[:80]


ALWAYS = {
    *("content-security-policy", "cross-origin-opener-policy", "cross-origin-resource-policy"),
    *("permissions-policy", "referrer-policy", "x-content-type-options", "x-frame-options"),
}


def heads(answer: bytes) -> dict[str, str]:
    """The headers of the first answer."""
    lines = answer.split(b"\r\n\r\n", 1)[0].decode("latin-1").split("\r\n")[1:]
    return {name.lower(): value.strip() for name, _colon, value in (line.partition(":") for line in lines)}


def test_what_never_comes_to_a_page_has_the_headers_and_repeats_nothing(server: Server) -> None:
    token = server.there.mine.ids["answering:token"]
    host = f"Host: 127.0.0.1:{server.port}\r\n"
    body = f"{host}Content-Length: 1\r\n"
    for line, expected in {
        f"GET /v/{token} HTTP/9.9\r\n{host}\r\n": 400,
        f"GET /v/{token} \r\n{host}\r\n": 400,
        f"G=T /v/{token} HTTP/1.1\r\n{host}\r\n": 400,
        f"GET / HTTP/1.1\r\n{host}<script>x</script>: /v/{token}\r\n\r\n": 400,
        f"GET /v/{token} HTTP/1.1\r\nConnection: close\r\n\r\n": 400,
        f"GET /v/{token}{'a' * 9000} HTTP/1.1\r\n{host}\r\n": 414,
        f"POST /v/{token} HTTP/1.1\r\n{body}Expect: <script>{token}\r\n\r\na": 417,
        f"GET / HTTP/1.1\r\n{host}X: {token}{'y' * 9000}\r\n\r\n": 431,
        f"POST / HTTP/1.1\r\n{host}Transfer-Encoding: {token}\r\n\r\n": 501,
    }.items():
        answer = server.say(line, shut=True)
        assert status(answer) == expected, line[:60]
        found = heads(answer)
        assert ALWAYS - set(found) == set(), line[:60]
        assert found["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert found["cache-control"] == "no-store" and found["x-robots-tag"] == "noindex, nofollow"
        assert found["content-type"] == "text/plain; charset=utf-8"
        for secret in (token.encode(), b"script", b"127.0.0.1"):
            assert secret not in answer, line[:60]


def test_whatever_is_answered_of_a_static_file_has_the_headers(server: Server) -> None:
    found = re.search(rb'href="(/static/site[^"]+)"', server.ask("/"))
    assert found
    name = found[1].decode()
    for headers, method, expected in (
        ({}, "GET", 200),
        ({}, "HEAD", 200),
        ({}, "POST", 405),
        ({}, "DELETE", 405),
        ({"Range": "bytes=0-9"}, "GET", 206),
        ({"Range": "bytes=999999999-"}, "GET", 416),
        ({"If_Modified_Since": "Fri, 01 Jan 2049 00:00:00 GMT"}, "GET", 304),
    ):
        answer = server.ask(name, method, **headers)
        assert status(answer) == expected, (headers, method)
        assert ALWAYS - set(heads(answer)) == set(), (headers, method)
        is_kept = expected < 400
        assert ("immutable" in heads(answer).get("cache-control", "")) is is_kept, (headers, method)
        assert (heads(answer).get("cache-control") == "no-store") is not is_kept, (headers, method)


def test_one_must_say_whom_one_asks(server: Server) -> None:
    """HTTP/1.1 wants a Host; without one the portal would be called by the name of this machine."""
    for address in ("/", "/healthz", "/team", "/static/x"):
        assert status(server.say(f"GET {address} HTTP/1.1\r\nConnection: close\r\n\r\n")) == 400
    assert server.say("GET /healthz HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.0 200"), "older HTTP knows none"


def test_in_production_a_refusal_says_https_too() -> None:
    sound = config.Settings(env="production", base_url="https://portaal.voorbeeld.example")
    for code in set(REFUSALS.values()) | {HTTPStatus.INTERNAL_SERVER_ERROR}:
        answer = refused(code, sound)
        assert status(answer) == code
        assert heads(answer)["strict-transport-security"] == envelope.HSTS
        body = answer.split(b"\r\n\r\n", 1)[1]
        assert len(body) == int(heads(answer)["content-length"])


def test_two_lengths_are_no_request(server: Server) -> None:
    """Where a proxy and we could see another end of a request, there is none (request smuggling)."""
    host = f"Host: 127.0.0.1:{server.port}\r\n"
    inside = f"GET /team/geheimpje HTTP/1.1\r\n{host}\r\n"
    chunked = f"0\r\n\r\n{inside}"
    for head in (
        f"Content-Length: {len(chunked)}\r\nTransfer-Encoding: chunked\r\n",
        f"Transfer-Encoding: chunked\r\nContent-Length: {len(chunked)}\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: 5, 6\r\n",
        "Content-Length: +5\r\n",
        "Content-Length: -5\r\n",
        "Content-Length: 0x5\r\n",
        "Content-Length: 5 \r\n 5\r\n",
        "Content-Length: ٥\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        "Transfer-Encoding : chunked\r\n",
        "Transfer-Encoding:\x0bchunked\r\n",
        'Transfer-Encoding: "chunked"\r\n',
        "Transfer_Encoding: chunked\r\nContent-Length: 0\r\n",
    ):
        answer = server.say(f"POST /v HTTP/1.1\r\n{host}{head}\r\n{chunked}", shut=True)
        if "Transfer_Encoding" in head:
            # A name that we do not know: there is no body, and what follows is a request of its own.
            continue
        assert status(answer) in {0, 400, 501}, head
        assert answer.count(b"HTTP/1.1 ") <= 1, "nothing hidden in it was answered"
        assert server.is_up, head


@pytest.mark.parametrize(
    "chunks",
    [
        "ZZ\r\nx\r\n0\r\n\r\n",
        "-1\r\nx\r\n0\r\n\r\n",
        "FFFFFFFFFFFFFFFFF\r\nx\r\n",
        "1;geheimpje=" + "a" * 20_000 + "\r\nx\r\n0\r\n\r\n",
        "5\r\nkort",
        "1\r\nxx\r\n0\r\n\r\n",
    ],
)
def test_chunks_that_are_none(server: Server, chunks: str) -> None:
    head = f"POST /v HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nTransfer-Encoding: chunked\r\n"
    head += "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
    assert status(server.say(head + chunks, shut=True)) in {0, 400, 413}
    assert server.is_up


def test_a_body_in_chunks_has_the_same_limit(server: Server) -> None:
    chunk = b"10000\r\n" + b"a" * 0x10000 + b"\r\n"
    head = f"POST /v HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nTransfer-Encoding: chunked\r\n"
    head += "Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n\r\n"
    answer = server.say(head.encode() + chunk * 12 + b"0\r\n\r\n")
    assert status(answer) in {0, 400, 411, 413}
    assert server.is_up


# ---- Files that are cut off ------------------------------------------------------------------


def kept(server: Server, table: type[Attachment] | type[ImportFile]) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.parametrize("share", [0.05, 0.5, 0.97])
def test_an_attachment_that_is_cut_off_is_not_kept(server: Server, share: float) -> None:
    address = f"/klacht/invullen/{server.there.mine.ids['filing:token']}/bijlagen"
    mark = re.search(rb'name="mark"[^>]*value="([^"]+)"', server.ask(address))
    assert mark
    body = body_of(
        mark[1].decode(), b"%PDF-1.4 geheimpje " + secrets.token_bytes(100_000) + b"%%EOF", "brief.pdf"
    )
    before = kept(server, Attachment)
    head = f"POST {address} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nContent-Length: {len(body)}\r\n"
    head += "Content-Type: multipart/form-data; boundary=grens\r\nConnection: close\r\n\r\n"
    answer = server.say(head.encode() + body[: int(len(body) * share)], shut=True)
    assert status(answer) in {0, 400, 413, 422}
    assert kept(server, Attachment) == before
    assert server.is_up
    # The whole of it is.
    assert status(server.say(head.encode() + body)) == 303
    assert kept(server, Attachment) == before + 1


def test_an_import_file_that_is_cut_off_is_not_kept(server: Server) -> None:
    lines = (
        b"zaaknummer;moment;datum;naam;email\n"
        + b"Z-1;intake;2026-11-01;geheimpje;a@voorbeeld.example\n" * 900
    )
    body = (
        b'--grens\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n' + server.boss.token.encode()
    )
    body += b'\r\n--grens\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n'
    body += b"Content-Type: text/csv\r\n\r\n" + lines + b"\r\n--grens--\r\n"
    head = f"POST /team/uitnodigingen/inlezen HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
    head += f"Cookie: {server.cookie()}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n"
    head += "Content-Type: multipart/form-data; boundary=grens\r\n\r\n"
    before = kept(server, ImportFile)
    for share in (0.1, 0.6, 0.99):
        answer = server.say(head.encode() + body[: int(len(body) * share)], shut=True)
        assert status(answer) in {0, 400, 413, 422}
        assert server.is_up
    assert kept(server, ImportFile) == before
    assert status(server.say(head.encode() + body)) == 303
    assert kept(server, ImportFile) == before + 1


# ---- Addresses that are not ours ---------------------------------------------------------------


def test_no_other_spelling_of_an_address_opens_anything(server: Server) -> None:
    """Personal and staff addresses are opened by their own spelling alone; nobody is let around a door."""
    of = server.there.mine
    own = {
        f"/v/{of.ids['answering:token']}",
        f"/klacht/invullen/{of.ids['filing:token']}/wat",
        f"/klacht/betrokkene/{of.ids['concerned:token']}",
        f"/talks/aanmelding/{of.ids['talks:token']}",
        f"/team/klachten/{of.ids['reference']}",
    }
    for path in sorted(own):
        first, rest = path.split("/", 2)[1:]
        for tried in (
            f"/{first.upper()}/{rest}",
            f"/{first.title()}/{rest}",
            f"/{first}/{rest.swapcase()}",
            f"//{first}/{rest}",
            f"/{first}//{rest}",
            f"/./{first}/{rest}",
            f"/{first}/../{first}/{rest}",
            f"/%2e%2e/{first}/{rest}",
            f"/x/%2e%2e/{first}/{rest}",
            f"/{first}%252F{rest}",
            f"/{quote(path, safe='').replace('%', '%25')}",
            f"{path}/",
            f"{path}.",
            f"{path}..",
            f"{path};a=b",
            f"{path}%00",
            f"{path}%20",
            f"{path}%0a",
            f"{path}.html",
            f"/static/..{path}",
            f"/static/%2e%2e{path}",
            f"/healthz/..{path}",
            f"/healthz;{path}",
            f"\\{first}\\{rest}",
            f"{path}#{'a' * 10}",
        ):
            answer = server.ask(tried)
            if tried.startswith("//") or "#" in tried:
                continue  # The server takes the second slash away: the same address, and the same door.
            assert status(answer) in {0, 301, 302, 308, 400, 404}, tried
            assert not world.MARKED.search(answer), tried
    assert server.is_up


def test_every_sign_of_an_address_may_be_written_out(server: Server) -> None:
    """%76 is a v: to a browser it is the same address, and so the same door."""
    token = server.there.mine.ids["answering:token"]
    spelled = "".join(f"%{ord(sign):02x}" for sign in token)
    assert status(server.ask(f"/%76/{spelled}")) == 200
    assert status(server.ask(f"/v%2F{token}")) == 200
    assert status(server.ask("/%74%65%61%6d/klachten")) == 302
    assert status(server.ask("/team%2Fklachten")) == 302


def test_an_address_in_full_is_the_same_address(server: Server) -> None:
    token = server.there.mine.ids["answering:token"]
    for start in ("http://evil.example", "https://127.0.0.1:1", "http://qzx:geheimpje@evil.example"):
        answer = server.ask(f"{start}/v/{token}")
        assert status(answer) in {200, 400}
        assert b"evil.example" not in answer
        assert status(server.ask(f"{start}/team")) in {302, 400}
    assert status(server.say("OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")) in {
        200,
        400,
        404,
        405,
    }
    assert status(server.ask("evil.example:443", "CONNECT")) in {400, 404, 405}
    assert server.is_up


def test_a_token_in_a_query_string_opens_nothing(server: Server) -> None:
    """On any address: a link is a path. What stands behind a question mark ends up in the logs of others."""
    of = server.there.theirs
    tokens = {name: value for name, value in of.ids.items() if "token" in name}
    codes = {
        "code": of.ids["survey_code"],
        "reference": of.ids["reference"],
        "volgcode": world.CODES[of.whose],
    }
    for path in (
        "/",
        "/v",
        "/klacht",
        "/klacht/verder",
        "/klacht/volgen",
        "/talks",
        "/team",
        "/team/inloggen",
    ):
        for token in tokens.values():
            for name in ("token", "t", "link", "auth_token", "next"):
                answer = server.ask(f"{path}?{name}={token}")
                assert not world.MARKED.search(answer), (path, name)
                assert b"Set-Cookie" not in answer or path == "/team/inloggen", (path, name)
        answer = server.ask(path + "?" + "&".join(f"{name}={quote(value)}" for name, value in codes.items()))
        assert status(answer) in {200, 302, 303}, path
        assert not world.MARKED.search(answer)
        assert f"/v/{of.ids['answering:token']}".encode() not in answer, "a GET with a code opens nothing"
    assert server.is_up


# ---- Who says who asked --------------------------------------------------------------------------


def test_no_header_moves_the_portal_elsewhere(server: Server) -> None:
    """Every process on this machine could send them, and a proxy that passes on what clients send."""
    plain = re.sub(rb"Date: [^\r]+|value=\"[^\"]+\"", b"", server.ask("/v"))
    for headers in (
        {"SCRIPT_NAME": "/evil"},
        {"PATH_INFO": "/team"},
        {"REMOTE_USER": "1"},
        {"X-Forwarded-Proto": "https", "X-Forwarded-Ssl": "on", "X-Forwarded-Protocol": "ssl"},
        {"X-Forwarded-Host": "evil.example", "X-Forwarded-Prefix": "/evil", "X-Script-Name": "/evil"},
        {"X-Forwarded-For": "203.0.113.9", "Forwarded": "host=evil.example"},
        {"X-Original-URL": "/team", "X-Rewrite-URL": "/team"},
    ):
        head = f"GET /v HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nConnection: close\r\n"
        answer = server.say(
            head + "".join(f"{name}: {value}\r\n" for name, value in headers.items()) + "\r\n"
        )
        assert re.sub(rb"Date: [^\r]+|value=\"[^\"]+\"", b"", answer) == plain, headers


def test_the_server_does_not_say_what_it_is_made_of(server: Server) -> None:
    for answer in (server.ask("/"), server.ask("/bestaat-niet"), server.say("onzin\r\n\r\n", shut=True)):
        said = re.search(rb"\r\nServer: ([^\r]+)", answer)
        assert said is None or said[1] == b"gunicorn"
        assert not re.search(rb"(gunicorn|python|werkzeug|flask)[/ ]\d", answer, re.IGNORECASE)


def test_who_says_nothing_holds_nobody_up_for_long(server: Server) -> None:
    """Lines that are opened and left half-way a request, more than there are threads: they are closed."""
    lines = [socket.create_connection(("127.0.0.1", server.port)) for _n in range(18)]
    try:
        for line in lines:
            line.sendall(b"GET / HTTP/1.1\r\nHost: x")
        until = time.monotonic() + 6 * SILENT_SECONDS
        while not server.is_up:
            assert time.monotonic() < until
        # Also while they are closed, which each of them waits for.
        assert all(server.is_up for _n in range(5))
    finally:
        for line in lines:
            line.close()
    assert server.is_up


def test_who_does_not_hang_up_holds_nobody_up(server: Server) -> None:
    """They got their answer, and keep the line open."""
    lines = [socket.create_connection(("127.0.0.1", server.port)) for _n in range(12)]
    try:
        for line in lines:
            line.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        began = time.monotonic()
        assert server.is_up
        assert time.monotonic() - began < len(lines), "not two seconds for each of them"
    finally:
        for line in lines:
            line.close()


def test_a_body_that_stops_coming_is_given_up(server: Server) -> None:
    head = f"POST /v HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nContent-Length: 1000\r\n"
    head += "Content-Type: application/x-www-form-urlencoded\r\n\r\ncode=geheimpje"
    with socket.create_connection(("127.0.0.1", server.port), timeout=4 * SILENT_SECONDS) as line:
        line.sendall(head.encode())
        assert status(line.recv(65536)) == 400
    assert server.is_up


# ---- And in the end ------------------------------------------------------------------------------


def test_nothing_of_all_that_stands_in_the_output(server: Server) -> None:
    """Also of what was refused: the last test of this file reads what its server printed."""
    assert status(server.ask(f"/v/{server.there.mine.ids['answering:token']}")) == 200
    unknown = secrets.token_hex(12)
    assert status(server.ask(f"/v/{unknown}")) == 404
    printed = server.output.read_text()
    assert '"rule": "/v/<token>"' in printed, "the server did write a log"
    assert unknown not in printed
    for secret in everything_secret(server.there):
        assert secret not in printed, secret[:6]
    assert "Traceback" not in printed
    assert "127.0.0.1:" not in printed.replace(f"127.0.0.1:{server.port}", "")
