"""The response page on 100,000 invitations: statements and milliseconds, on both databases.

Run it with `python -m tests.load.response_page [invitations]`; `make bench` prints it too.
"""

import contextlib
import logging
import random
import secrets
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import structlog
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, text

from portal import clock, config
from portal.app import create_app
from portal.db import db, transaction
from portal.identity import accounts
from portal.identity.rules import Role
from portal.surveys.models import Invitation
from portal.surveys.rules import Domain, Moment
from tests.load.databases import databases
from tests.signed_in import let_in

NUMBER = 100_000
DAYS = 5 * 365
BATCH = 10_000
RUNS = 5
ADDRESS = "/team/respons"


@dataclass(frozen=True)
class Measured:
    """One database's page: statements sent, median milliseconds, and those of the counting query alone."""

    database: str
    invitations: int
    statements: int
    milliseconds: float
    query_milliseconds: float


def measure(url: str, instance: Path, number: int = NUMBER) -> Measured:
    """Fill an empty database and ask for the page some times."""
    app = create_app(config.load(instance=instance, database_url=url))
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with app.app_context():
        db.create_all()
        fill(number)
        with transaction():
            somebody = accounts.add_staff("meting@voorbeeld.example", "none", [str(Role.QUALITY)])
        database = db.engine.dialect.name
        if database == "postgresql":
            with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                # As autovacuum leaves a table: the planner knows it, the index can be read alone.
                connection.execute(text("VACUUM ANALYZE"))
    client = app.test_client()
    let_in(client, somebody)
    _get(client)
    with _timed_statements(app) as sent:
        took = [_get(client) for _run in range(RUNS)]
    with app.app_context():
        db.engine.dispose()
    counting = [seconds for statement, seconds in sent if "FROM invitation" in statement]
    return Measured(
        database,
        number,
        len(sent) // RUNS,
        1000 * statistics.median(took),
        1000 * statistics.median(counting),
    )


def fill(number: int) -> None:
    """Invitations spread over five years, as many answered as in life."""
    chance = random.Random(1)
    today = clock.today()
    for start in range(0, number, BATCH):
        rows = []
        for _place in range(min(BATCH, number - start)):
            invited_on = today - timedelta(days=chance.randrange(DAYS))
            sent = chance.random() < 0.2
            rows.append(
                {
                    "public_id": secrets.token_hex(8),
                    "link_key_id": "meting",
                    "code_index": secrets.token_hex(32),
                    "moment": chance.choice(list(Moment)).value,
                    "domain": chance.choices(list(Domain), (75, 24, 1))[0].value,
                    "first_person": chance.random() < 0.9,
                    "invited_on": invited_on,
                    "closes_on": invited_on + timedelta(days=42),
                    "delivered": sent or chance.random() < 0.97,
                    "started": sent or chance.random() < 0.05,
                    "completed": sent,
                }
            )
        with transaction() as session:
            session.execute(db.insert(Invitation), rows)


def both(number: int = NUMBER) -> Iterator[Measured]:
    """SQLite and PostgreSQL."""
    for url, instance in databases():
        yield measure(url, instance, number)


def _get(client: FlaskClient) -> float:
    started = time.perf_counter()
    response = client.get(ADDRESS)
    took = time.perf_counter() - started
    if response.status_code != 200:
        raise RuntimeError(f"{ADDRESS} gave {response.status_code}")
    return took


@contextlib.contextmanager
def _timed_statements(app: Flask) -> Iterator[list[tuple[str, float]]]:
    """Every statement with the seconds until its first row, without the transaction's own."""
    sent: list[tuple[str, float]] = []
    started = 0.0

    def before(*_all: object) -> None:
        nonlocal started
        started = time.perf_counter()

    def after(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("SELECT"):
            sent.append((statement, time.perf_counter() - started))

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    yield sent
    event.remove(engine, "before_cursor_execute", before)
    event.remove(engine, "after_cursor_execute", after)


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else NUMBER
    for found in both(number):
        print(
            f"response page, {found.invitations:,} invitations, {found.database}: "
            f"{found.statements} statements, {found.milliseconds:.0f} ms "
            f"(counting them {found.query_milliseconds:.0f} ms), median of {RUNS}"
        )


if __name__ == "__main__":
    main()
