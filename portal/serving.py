"""The production server: gunicorn, told what to do and what not to say."""

import sys
from collections.abc import Callable
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

from portal.config import Settings

# A slow line holds a thread while its request comes in; a buffering proxy in front takes that away.
OPTIONS: dict[str, Any] = {
    "threads": 16,
    "worker_class": "gthread",
    "preload_app": False,
    "accesslog": None,
    "loglevel": "warning",
    "graceful_timeout": 15,
    "control_socket_disable": True,
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
