"""make bench: what a survey page costs, as a ratio to a bare Flask page in the same run."""

import http.client
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from portal import config
from portal.app import create_app
from portal.cli import prepare
from portal.db import db, transaction
from portal.surveys.answering.queries import token_of
from portal.surveys.inviting.operations import new_invitation
from portal.surveys.rules import Moment
from tests.load.response_page import both
from tests.ports import free_port, wait_for

ROUNDS = 600
SECONDS = 5
CLIENTS = 8
SERVER = ("-m", "gunicorn", "--workers", "2", "--threads", "4", "--log-level", "error")


def main() -> None:
    """Start both servers, measure them in turn, print ratios."""
    with tempfile.TemporaryDirectory() as folder:
        path = _survey(Path(folder))
        ports = {"kaal": free_port(), "vragen": free_port()}
        environment = os.environ | {"PORTAL_INSTANCE": folder}
        servers = [
            _start("tests.load.bare:app", ports["kaal"], environment),
            _start("portal.app:create_app()", ports["vragen"], environment),
        ]
        try:
            wait_for(f"http://127.0.0.1:{ports['kaal']}/")
            wait_for(f"http://127.0.0.1:{ports['vragen']}/healthz")
            _report({"kaal": (ports["kaal"], "/"), "vragen": (ports["vragen"], path)})
        finally:
            for server in servers:
                server.terminate()
                server.wait()


def _response_page() -> None:
    """The team's response page on 100,000 invitations."""
    for found in both():
        print(
            f"respons op {found.invitations} uitnodigingen, {found.database}: "
            f"{found.statements} opdrachten, {found.milliseconds:.0f} ms "
            f"(de telling zelf {found.query_milliseconds:.0f} ms)"
        )


def _survey(folder: Path) -> str:
    app = create_app(config.load(instance=folder))
    with app.app_context():
        prepare()
        with transaction():
            invitation = new_invitation(Moment.INTAKE)
        path = f"/v/{token_of(invitation)}"
        db.engine.dispose()
    return path


def _start(target: str, port: int, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, *SERVER, "--bind", f"127.0.0.1:{port}", target]
    return subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)


def _report(pages: dict[str, tuple[int, str]]) -> None:
    times: dict[str, list[float]] = {name: [] for name in pages}
    lines = {name: http.client.HTTPConnection("127.0.0.1", port) for name, (port, _path) in pages.items()}
    for _round in range(ROUNDS):
        for name, (_port, path) in pages.items():
            started = time.perf_counter()
            _get(lines[name], path)
            times[name].append(time.perf_counter() - started)
    p50 = {name: 1000 * statistics.median(taken[ROUNDS // 10 :]) for name, taken in times.items()}
    rate = {name: _throughput(port, path) for name, (port, path) in pages.items()}
    print(
        f"p50            kaal {p50['kaal']:.2f} ms   vragen {p50['vragen']:.2f} ms   "
        f"verhouding {p50['vragen'] / p50['kaal']:.1f}"
    )
    print(
        f"per seconde    kaal {rate['kaal']:.0f}   vragen {rate['vragen']:.0f}   "
        f"verhouding {rate['vragen'] / rate['kaal']:.2f}"
    )


def _throughput(port: int, path: str) -> float:
    done = [0] * CLIENTS
    until = time.perf_counter() + SECONDS

    def ask(number: int) -> None:
        line = http.client.HTTPConnection("127.0.0.1", port)
        while time.perf_counter() < until:
            _get(line, path)
            done[number] += 1

    clients = [threading.Thread(target=ask, args=(number,)) for number in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    return sum(done) / SECONDS


def _get(line: http.client.HTTPConnection, path: str) -> None:
    line.request("GET", path)
    answer = line.getresponse()
    answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path.split('/')[1]}: {answer.status}")


if __name__ == "__main__":
    main()
    _response_page()
