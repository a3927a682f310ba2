"""The one loop behind the pages. Any number of workers may run at once."""

import signal
import threading

import structlog

from portal.db import db
from portal.identity import attempts
from portal.surveys.answering import operations as answering

PAUSE_SECONDS = 15
log = structlog.get_logger("portal.worker")


def round_() -> dict[str, int]:
    """Do everything that is due once. Returns what was done."""
    done = {
        "letterbox": answering.empty_letterbox(),
        "drafts": answering.delete_closed_drafts(),
    }
    attempts.forget_old()
    return done


def loop() -> None:
    """Work until the process is told to stop. A round that fails is tried again; nothing is lost by it."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    while not stop.is_set():
        try:
            done = round_()
            if any(done.values()):
                log.info("round", **done)
        except Exception as error:  # noqa: BLE001 - the loop must outlive a database that is away
            log.error("round failed", kind=type(error).__name__)
        finally:
            db.session.remove()
        stop.wait(PAUSE_SECONDS)
