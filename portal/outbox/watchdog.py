"""No handing over takes forever, also when the other side says a letter a minute."""

import contextlib
import os
import socket
import threading
from collections.abc import Iterator

MOST_SECONDS = 60.0
"""The longest one message may take in all: much shorter than the time for which it is claimed."""
CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 30.0


class Watchdog:
    """Cuts a line after a time, whoever waits on it; the waiting then ends with an error."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._line: socket.socket | None = None
        self.has_cut = False

    def watch(self, line: socket.socket) -> None:
        """This is the line from now on. A second hold of it is kept: TLS will put another object around it."""
        with self._lock:
            self._let_go()
            self._line = socket.socket(fileno=os.dup(line.fileno()))
            if self.has_cut:
                self._shut()

    @contextlib.contextmanager
    def limit(self, seconds: float | None = None) -> Iterator[None]:
        """Cut the line when what is inside takes longer."""
        self.has_cut = False
        timer = threading.Timer(MOST_SECONDS if seconds is None else seconds, self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def close(self) -> None:
        """Let go of the line."""
        with self._lock:
            self._let_go()

    def _cut(self) -> None:
        with self._lock:
            self.has_cut = True
            self._shut()

    def _shut(self) -> None:
        if self._line is not None:
            with contextlib.suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)

    def _let_go(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None
