"""Servers on this machine, for tests that need a real one."""

import socket
import time
import urllib.error
import urllib.request

PATIENCE_SECONDS = 60


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def wait_for(url: str) -> None:
    """Return once the address answers. Raises TimeoutError after a minute."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise TimeoutError(f"no answer from port {url.split(':')[2].split('/', maxsplit=1)[0]}")
