"""Who we hand messages to, for real: a mail server, a text message provider, and ones that behave badly."""

import asyncio
import json
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

from aiosmtpd import smtp
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

from tests.ports import free_port

BLOCK_BYTES = 64 * 1024
MOST_BLOCKS = 2_000


@dataclass
class Mailbox:
    """What a mail server took, and how it behaves. Change it while it runs."""

    recipients: dict[str, str] = field(default_factory=dict)
    """The answer to RCPT for an address; others are taken."""
    after_data: Literal["take", "die", "hang", "garble", "refuse"] = "take"
    on_mail: Callable[[], None] = lambda: None
    arrived: list[tuple[str, str, bytes]] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    login: tuple[str, str] | None = None

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def to(self) -> list[str]:
        """To whom mail came, in order."""
        return [to for _sender, to, _words in self.arrived]

    @property
    def references(self) -> Counter[str]:
        """How often each message came, by the mark in its sender."""
        return Counter(sender.partition("@")[0].rpartition("+")[2] for sender, _to, _words in self.arrived)

    def mail(self, number: int = -1) -> EmailMessage:
        """One mail, read as a mail program would."""
        read = message_from_bytes(self.arrived[number][2], policy=SMTP)
        assert isinstance(read, EmailMessage)
        return read


class _Handler:
    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox

    async def handle_EHLO(  # noqa: N802
        self, server: smtp.SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.mailbox.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(  # noqa: N802
        self, server: smtp.SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.mailbox.recipients.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: smtp.SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        if self.mailbox.after_data == "refuse":
            return "554 5.6.0 no"
        self.mailbox.arrived.append((envelope.mail_from or "", envelope.rcpt_tos[0], envelope.content))
        self.mailbox.on_mail()
        match self.mailbox.after_data:
            case "die":
                server.transport.abort()
            case "hang":
                await asyncio.Event().wait()
            case "garble":
                return "ja hoor"
        return "250 OK"


@contextmanager
def mail_server(
    *,
    login: tuple[str, str] | None = None,
    starttls: ssl.SSLContext | None = None,
    smtps: ssl.SSLContext | None = None,
) -> Iterator[Mailbox]:
    """A mail server that keeps what it gets."""
    mailbox = Mailbox(port=free_port(), login=login)

    def known(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
        assert isinstance(given, LoginPassword)
        return AuthResult(success=(given.login.decode(), given.password.decode()) == login, handled=False)

    options: dict[str, Any] = {"tls_context": starttls, "require_starttls": bool(starttls)}
    if login:
        options |= {"authenticator": known, "auth_required": True, "auth_require_tls": bool(starttls)}
    controller = Controller(
        _Handler(mailbox),
        hostname="127.0.0.1",
        port=mailbox.port,
        ssl_context=smtps,
        ready_timeout=60,
        **options,
    )
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()


@dataclass
class Asked:
    """One request to the provider."""

    key: str
    headers: dict[str, str]
    body: dict[str, Any]


@dataclass
class Answer:
    """What the provider says, and how: at once, a byte at a time, half of it, not at all, or without end."""

    status: int = 201
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    how: Literal["at once", "drip", "half", "hang", "endless"] = "at once"


@dataclass
class Provider:
    """What a provider of text messages took. It knows a message again by its key."""

    answer: Callable[[Asked], Answer | None] = lambda _asked: None
    """How it behaves; None is as it should."""
    asked: list[Asked] = field(default_factory=list)
    arrived: Counter[str] = field(default_factory=Counter)
    delivered: dict[str, str] = field(default_factory=dict)
    """The text that reached a phone, by key."""
    blocks: int = 0
    """How much of an endless answer was said, in blocks of BLOCK_BYTES."""
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://proef-token@127.0.0.1:{self.port}/berichten"

    def take(self, asked: Asked) -> Answer:
        """Deliver once for each key."""
        self.arrived[asked.key] += 1
        self.asked.append(asked)
        answer = self.answer(asked)
        if answer is not None:
            return answer
        self.delivered.setdefault(asked.key, asked.body["text"])
        return Answer(body=json.dumps({"id": asked.key}).encode())


class _SmsHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "_SmsServer"

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        body = self.rfile.read(length)
        if len(body) < length:
            # Whoever asked was killed half-way.
            self.close_connection = True
            return
        asked = Asked(self.headers["Idempotency-Key"], dict(self.headers), json.loads(body))
        answer = self.server.provider.take(asked)
        if answer.how == "hang":
            self.server.over.wait()
            self.close_connection = True
            return
        self.send_response(answer.status)
        self.send_header("Content-Type", "application/json")
        if answer.how == "endless":
            self.close_connection = True
        else:
            self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        with suppress(OSError):
            self.end_headers()
            self._write(answer)

    def _write(self, answer: Answer) -> None:
        match answer.how:
            case "drip":
                for byte in answer.body:
                    if self.server.over.wait(0.02):
                        break
                    self.wfile.write(bytes([byte]))
            case "half":
                self.wfile.write(answer.body[: len(answer.body) // 2])
                self.close_connection = True
            case "endless":
                for _n in range(MOST_BLOCKS):
                    self.wfile.write(b" " * BLOCK_BYTES)
                    self.server.provider.blocks += 1
            case _:
                self.wfile.write(answer.body)

    def log_message(self, *_args: object) -> None:
        """Silence."""


class _SmsServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, provider: Provider) -> None:
        super().__init__(("127.0.0.1", 0), _SmsHandler)
        self.provider = provider
        self.over = threading.Event()

    def handle_error(self, *_args: object) -> None:
        """Whoever asked was killed: that is what some tests are about."""


@contextmanager
def sms_provider() -> Iterator[Provider]:
    """A provider that keeps what it gets."""
    provider = Provider()
    server = _SmsServer(provider)
    provider.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield provider
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def talker(said: bytes, *, every: float) -> Iterator[int]:
    """A server that says this to whoever comes, over and over, a byte at a time; gives its port."""
    over = threading.Event()
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(0.05)

    def talk() -> None:
        lines: list[socket.socket] = []
        place = 0
        while not over.is_set():
            with suppress(TimeoutError):
                lines.append(listening.accept()[0])
            for line in lines:
                with suppress(OSError):
                    line.send(said[place % len(said) :][:1])
            place += 1
            time.sleep(every)
        for line in lines:
            line.close()

    thread = threading.Thread(target=talk)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        over.set()
        thread.join()
        listening.close()
