"""The one loop behind the pages. Any number of workers may run at once."""

import signal
import threading
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta

import structlog

from portal import clock
from portal.audit import sealing
from portal.complaints import sessions as complaint_sessions
from portal.complaints.reminding import remind
from portal.db import db
from portal.identity import links, sessions
from portal.outbox.delivery import deliver
from portal.privacy.retention import operations as retention
from portal.privacy.retention.operations import NotPurged
from portal.privacy.retention.rules import Kind
from portal.reactions import HANDLERS
from portal.surveys.answering import operations as answering
from portal.surveys.inviting import asking as inviting
from portal.talks import reminding as talks
from portal.web import where

PAUSE_SECONDS = 15
SHORT_EVERY = timedelta(minutes=15)
log = structlog.get_logger("portal.worker")


class Worker:
    """Does what is due. Begins by forgetting: the one before it may have been stopped half-way."""

    def __init__(
        self, stop: Callable[[], bool] = lambda: False, check: Callable[[], None] = lambda: None
    ) -> None:
        self.must_forget = True
        self.stop = stop
        # Raises ConfigError where nothing may be done on what is in the database.
        self.check = check
        # The day of which everything past its term was thrown away, as far as this worker knows.
        self.purged_on: date | None = None
        # When what is kept for hours was last looked at.
        self.short_at: datetime | None = None

    def round(self) -> dict[str, int]:
        """Do everything that is due once; what fails does not stop the rest. Returns what was done."""
        self.check()
        done = {"letterbox": self._try("letterbox", answering.empty_letterbox)}
        self.must_forget = self.must_forget or any(done.values())
        done["queued"] = self._try("queued", inviting.invite)
        done["reminded"] = self._try("reminded", remind)
        done["talks reminded"] = self._try("talks reminded", talks.remind)
        done |= self._deliver()
        self._try("purge", self._purge)
        self._try("short purge", self._purge_short)
        if self.must_forget:
            self.must_forget = not self._try("forget", answering.forget)
        self._try("staff sessions", sessions.forget_old)
        self._try("complaint sessions", complaint_sessions.forget_old)
        self._try("staff links", links.forget_old)
        self._try("audit", sealing.seal)
        return done

    def _deliver(self) -> dict[str, int]:
        """Send what is due; a round that had much to send is not held up for ever."""
        counts: dict[str, int] = {}
        self._try("deliver", lambda: counts.update(deliver(HANDLERS, stop=self.stop)))
        return counts

    def _purge(self) -> int:
        """Once a day, and again each round until all of it is gone and overwritten: what went is overwritten also
        where a kind did not go."""
        today = clock.today()
        if self.purged_on == today:
            return 0
        failed: NotPurged | None = None
        gone: Mapping[Kind, int] = {}
        try:
            gone = retention.purge()
        except NotPurged as error:
            failed = error
        if retention.forget() and failed is None:
            self.purged_on = today
        if failed is not None:
            raise failed
        return sum(gone.values())

    def _purge_short(self) -> int:
        """What is kept for hours goes a few times an hour: more often would only fill the audit with its proof."""
        now = clock.now()
        if self.short_at is not None and now - self.short_at < SHORT_EVERY:
            return 0
        gone = sum(retention.purge_short().values())
        self.short_at = now
        return gone

    def _try(self, job: str, work: Callable[[], int | None]) -> int:
        try:
            return work() or 0
        except Exception as error:  # noqa: BLE001 - the loop must outlive a database that is away
            log.error("job failed", job=job, kind=type(error).__name__, where=where(error))
            return 0
        finally:
            db.session.remove()


def loop(check: Callable[[], None] = lambda: None) -> None:
    """Work until the process is told to stop. A job that fails is tried again; nothing is lost by it."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    worker = Worker(stop.is_set, check)
    while not stop.is_set():
        done = worker.round()
        if any(done.values()):
            log.info("round", **done)
        stop.wait(PAUSE_SECONDS)
