"""The production server: gunicorn, told what to do and what not to say."""

import sys
from collections.abc import Callable
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from gunicorn.workers.gthread import TConn, ThreadWorker

from portal.config import Settings

SILENT_SECONDS = 5.0
"""How long somebody may say nothing half-way a request."""


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
    """Serve until told to stop."""

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


def _about_a_request(msg: object) -> bool:
    return "request" in str(msg).lower()
