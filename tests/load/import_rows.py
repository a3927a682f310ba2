"""An export of many rows taken in: seconds, memory, and how long others must wait, on both databases.

Run it with `python -m tests.load.import_rows [rows] [database]`.
"""

import json
import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import structlog
from flask import Flask

from portal import clock, config
from portal.app import create_app
from portal.audit.operations import record
from portal.db import db, transaction
from portal.surveys.inviting.importing import take_in
from tests.load.databases import databases

NUMBER = 10_000
HEADER = "zaaknummer;moment;datum;domein;team;perspectief;naam;email;telefoon;adres;postcode;plaats;taal;opvoedhulp"


@dataclass(frozen=True)
class Measured:
    """One import: seconds, again when all was known, megabytes at most and before, others' longest wait."""

    database: str
    rows: int
    seconds: float
    again_seconds: float
    megabytes: float
    megabytes_before: float
    longest_wait: float


def export(number: int) -> bytes:
    """An export in which every row is somebody else and every way to reach them is filled in."""
    day = clock.today() - timedelta(days=3)
    rows = (
        f"Z-{place:07};{('intake', 'plan', 'afsluiting')[place % 3]};{day};jeugd;Wijk {place % 9};ouder;"
        f"Zoë Proefpersoon-{place};k{place}@voorbeeld.example;06-{10_000_000 + place};"
        f"Dorpsstraat {place};2691 ZM;'s-Gravenzande;nl;ja"
        for place in range(number)
    )
    return "\n".join((HEADER, *rows)).encode("cp1252")


def measure(url: str, instance: Path, number: int) -> Measured:
    """Take the export in, in a process of its own, while this one keeps writing."""
    app = _app(url, instance)
    file = instance / "export.csv"
    file.write_bytes(export(number))
    with app.app_context():
        db.create_all()
        database = db.engine.dialect.name
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.load.import_rows", "--child", url, str(instance)],
            stdout=subprocess.PIPE,
            text=True,
        )
        longest = max(_waits(child))
        db.session.remove()
        db.engine.dispose()
    if child.returncode != 0 or child.stdout is None:
        raise RuntimeError("the import failed")
    return Measured(database, number, *json.loads(child.stdout.read()), longest)


def both(number: int = NUMBER) -> Iterator[Measured]:
    """SQLite and PostgreSQL."""
    for url, instance in databases():
        yield measure(url, instance, number)


def _waits(child: subprocess.Popen[str]) -> Iterator[float]:
    """How long each small write of somebody else takes while the child is at work."""
    while child.poll() is None:
        started = time.perf_counter()
        with transaction():
            record("task.done", "meting", task="0")
        yield time.perf_counter() - started
        time.sleep(0.02)


def _app(url: str, instance: Path) -> Flask:
    app = create_app(config.load(instance=instance, database_url=url))
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    return app


def _megabytes() -> float:
    """The most memory so far; not by getrusage, which counts that of the starting process as well."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.split("VmHWM:")[1].split(maxsplit=1)[0]) / 1024


def _child(url: str, instance: Path) -> None:
    with _app(url, instance).app_context():
        before = _megabytes()
        data = (instance / "export.csv").read_bytes()
        took = []
        for expected in ("new", "known"):
            started = time.perf_counter()
            outcome = take_in(data, "meting").as_dict()
            took.append(time.perf_counter() - started)
            if outcome[expected] != data.count(b"\n"):
                raise RuntimeError("not every row was taken")
        print(json.dumps([*took, _megabytes(), before]))


def main() -> None:
    if sys.argv[1:2] == ["--child"]:
        _child(sys.argv[2], Path(sys.argv[3]))
        return
    number = int(sys.argv[1]) if len(sys.argv) > 1 else NUMBER
    for found in both(number):
        print(
            f"import, {found.rows:,} rows, {found.database}: {found.seconds:.1f} s "
            f"(again {found.again_seconds:.1f} s), {found.megabytes:.0f} MB at most "
            f"({found.megabytes_before:.0f} before), others waited {1000 * found.longest_wait:.0f} ms at most",
            flush=True,
        )
        if sys.argv[2:3] == [found.database]:
            break


if __name__ == "__main__":
    main()
