"""The production server: gunicorn, told what to do and what not to say."""

import socket
import ssl
import sys
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from gunicorn.http import errors
from gunicorn.util import write_nonblock
from gunicorn.workers.gthread import TConn, ThreadWorker

from portal import envelope
from portal.config import ConfigError, Settings

SILENT_SECONDS = 5.0
"""How long somebody may say nothing half-way a request."""
UNREADABLE = HTTPStatus.BAD_REQUEST
# What is said of a request that never comes to a page. Nothing of the request itself: it may hold a personal link.
REFUSALS: dict[type[Exception], HTTPStatus] = {
    errors.LimitRequestLine: HTTPStatus.REQUEST_URI_TOO_LONG,
    errors.LimitRequestHeaders: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    errors.ExpectationFailed: HTTPStatus.EXPECTATION_FAILED,
    errors.UnsupportedTransferCoding: HTTPStatus.NOT_IMPLEMENTED,
    errors.ForbiddenProxyRequest: HTTPStatus.FORBIDDEN,
    # These are our own doing.
    errors.InvalidResponseHeader: HTTPStatus.INTERNAL_SERVER_ERROR,
    errors.InvalidResponseHeaderName: HTTPStatus.INTERNAL_SERVER_ERROR,
    errors.ConfigurationProblem: HTTPStatus.INTERNAL_SERVER_ERROR,
    errors.ParseException: UNREADABLE,
    ssl.SSLError: UNREADABLE,
}
WORDS = {
    True: "Er ging iets mis bij ons. Probeer het over een paar minuten opnieuw.\n",
    False: "Dit konden wij niet lezen. Er is niets veranderd.\n",
}
"""Whether it was us, and what is said then."""


class PatientWorker(ThreadWorker):
    """Gunicorn's, in which nobody's silence holds up the others.

    It would wait for the rest of a request for ever, with a thread for each. And it waits up to two seconds for
    the other side to hang up, in the one thread that takes in everybody: here each does that for itself.
    """

    def handle(self, conn: TConn) -> Any:
        if not hasattr(conn, "begun"):
            conn.begun = conn.init
            conn.init = lambda: (conn.begun(), conn.sock.settimeout(SILENT_SECONDS))
        goes_on = super().handle(conn)
        if not goes_on:
            conn.close(graceful=True)
            conn.close = lambda **_how: None
        return goes_on

    def handle_request(self, req: Any, conn: TConn) -> Any:
        # HTTP asks for it (RFC 9112, 3.2), and which portal is meant would otherwise be up to us.
        if req.version >= (1, 1) and not any(name == "HOST" for name, _value in req.headers):
            raise errors.InvalidHeader("HOST")
        return super().handle_request(req, conn)

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: Exception) -> None:
        status = refusal(exc)
        if status is HTTPStatus.INTERNAL_SERVER_ERROR:
            self.log.error("a request could not be handled")
        else:
            self.log.warning("a request that cannot be read was refused")
        try:
            write_nonblock(client, refused(status, self.wsgi.extensions["settings"]))
        except OSError:
            self.log.debug("nobody was there any more")


def refusal(exc: Exception) -> HTTPStatus:
    """What is answered when this happens before or beside the portal itself."""
    return next(
        (status for kind, status in REFUSALS.items() if isinstance(exc, kind)),
        HTTPStatus.INTERNAL_SERVER_ERROR,
    )


def refused(status: HTTPStatus, settings: Settings) -> bytes:
    """The whole of such an answer: the same for everybody, whatever was asked."""
    body = WORDS[status is HTTPStatus.INTERNAL_SERVER_ERROR].encode()
    headers = {
        "Connection": "close",
        "Content-Length": str(len(body)),
        "Content-Type": "text/plain; charset=utf-8",
        **envelope.headers_of_refusals(settings),
    }
    head = f"HTTP/1.1 {status.value} {status.phrase}\r\n"
    return (
        head + "".join(f"{name}: {value}\r\n" for name, value in headers.items()) + "\r\n"
    ).encode() + body


# A line that goes on slowly holds a thread meanwhile; a buffering proxy in front takes that away.
OPTIONS: dict[str, Any] = {
    "threads": 16,
    "worker_class": PatientWorker,
    "preload_app": False,
    "accesslog": None,
    "loglevel": "warning",
    "graceful_timeout": 15,
    "control_socket_disable": True,
    # More than any browser sends: what is larger is refused before it is read.
    "limit_request_line": 4094,
    "limit_request_fields": 64,
    "limit_request_field_size": 8190,
    # Who asked, by which name and over https: only ProxyFix says, and only as PORTAL_TRUSTED_PROXIES allows.
    # Gunicorn would believe every process on this machine, and let it choose where the portal begins.
    "forwarded_allow_ips": "",
    "forwarder_headers": "",
    "secure_scheme_headers": {},
}


class QuietLogger(Logger):
    """Gunicorn's log without what people asked for: a request that cannot be read may hold a personal link."""

    def warning(self, msg: object, *args: Any, **kwargs: Any) -> None:
        if _about_a_request(msg):
            msg, args = "a request that cannot be read was refused", ()
        super().warning(msg, *args, **kwargs)

    def exception(self, msg: object, *args: Any, **kwargs: Any) -> None:
        if _about_a_request(msg):
            super().error("a request could not be handled")
        else:
            super().exception(msg, *args, **kwargs)


def start(create_app: Callable[[], Flask], settings: Settings) -> None:
    """Serve until told to stop. Raises ConfigError where this machine does not know the place to listen."""
    _refuse_unknown(settings.bind)

    class Server(BaseApplication):
        def load_config(self) -> None:
            given = {"bind": settings.bind, "workers": settings.workers, "logger_class": QuietLogger}
            for name, value in {**OPTIONS, **given}.items():
                self.cfg.set(name, value)

        def load(self) -> Flask:
            return create_app()

    # Gunicorn would read our own command's words as its options.
    sys.argv = sys.argv[:1]
    Server().run()


def _refuse_unknown(places: str) -> None:
    for place in places.split(","):
        host, _colon, port = place.rpartition(":")
        try:
            if host != "unix":
                socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)
        except OSError as error:
            raise ConfigError(
                "PORTAL_BIND: deze machine kent het adres niet waarop het portaal moet luisteren."
            ) from error


def _about_a_request(msg: object) -> bool:
    return "request" in str(msg).lower()
