"""Workers that only send: real processes, killed and started again by test_killed_outbox.

    python -m tests.load.outbox_worker LEASE_SECONDS

Each line on its standard input starts a worker, whose process id it answers once that is at work.
Loading the portal is done once, so that a new worker is there at once. At the end of the input all
are told to stop; exit code 1 when one ended by itself. What the feature is told is kept as audit
events, so that a test can see that it heard of each message once.
"""

import os
import secrets
import signal
import sys
import threading
from datetime import timedelta

from portal import clock
from portal.app import create_app
from portal.audit.models import AuditEvent
from portal.db import db
from portal.outbox import claims
from portal.outbox.delivery import deliver
from portal.outbox.models import Message
from tests.outbox.messages import TOPIC

PAUSE_SECONDS = 0.2


class Bookkeeper:
    """Wants everything, and writes down what it hears in the same transaction."""

    def wanted(self, message: Message) -> bool:
        return True

    def sent(self, message: Message) -> None:
        self._write("sent", message)

    def lost(self, message: Message) -> None:
        self._write("lost", message)

    def _write(self, event: str, message: Message) -> None:
        told = {"actor": "bookkeeper", "event": event, "details": {"about": message.about}}
        # Nobody verifies this audit; without any mark the database would refuse the line.
        db.session.add(AuditEvent(at=clock.now(), mac=secrets.token_hex(40), **told))


def work() -> None:
    """Send until told to stop."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    with create_app().app_context():
        print(os.getpid(), flush=True)
        while not stop.is_set():
            deliver({TOPIC: Bookkeeper()}, stop=stop.is_set)
            db.session.remove()
            stop.wait(PAUSE_SECONDS)


def begin() -> int:
    """A worker process; its id."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        work()
        code = 0
    finally:
        os._exit(code)


def main() -> None:
    """Start workers as asked. Claims are short, so that a test need not wait for minutes."""
    claims.LEASE = timedelta(seconds=float(sys.argv[1]))
    workers = [begin() for _line in sys.stdin]
    for worker in workers:
        # Nobody waited for it yet, so that its id is its own, dead or alive.
        os.kill(worker, signal.SIGTERM)
    ends = [os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1]) for worker in workers]
    sys.exit(not set(ends) <= {0, -signal.SIGKILL})


if __name__ == "__main__":
    main()
