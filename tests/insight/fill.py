"""Invitations and responses in the numbers that a test needs."""

import secrets
from collections.abc import Iterable, Mapping
from datetime import date

from flask import Flask

from portal.db import db, transaction
from portal.surveys.models import Invitation, Response, ResponseChoice, ResponseText


def invite(
    app: Flask,
    number: int,
    on: date | None,
    *,
    moment: str = "intake",
    domain: str = "youth",
    delivered: int | None = None,
    started: int = 0,
    sent: int = 0,
    first_person: bool = True,
) -> None:
    """So many invitations of a day, of which the first so many came so far."""
    delivered = number if delivered is None else delivered
    rows = [
        {
            "public_id": secrets.token_hex(8),
            "link_key_id": "test",
            "code_index": secrets.token_hex(16),
            "moment": moment,
            "domain": domain,
            "first_person": first_person,
            "closes_on": on or date(2026, 1, 1),
            "invited_on": on,
            "delivered": place < delivered,
            "started": place < max(started, sent),
            "completed": place < sent,
        }
        for place in range(number)
    ]
    with app.app_context(), transaction() as session:
        session.execute(db.insert(Invitation), rows)


def respond(
    app: Flask,
    quarter: str,
    answers: Iterable[Mapping[str, str | list[str]]],
    *,
    pile: str = "intake",
    texts: Mapping[str, Iterable[tuple[str, bool]]] | None = None,
) -> None:
    """One response for each mapping of question to value; texts go to the first ones in turn."""
    written = {key: list(bodies) for key, bodies in (texts or {}).items()}
    with app.app_context(), transaction() as session:
        for choices in answers:
            values = [
                (key, value)
                for key, given in choices.items()
                for value in (given if isinstance(given, list) else [given])
            ]
            said = [(key, *bodies.pop()) for key, bodies in written.items() if bodies]
            session.add(
                Response(
                    id=secrets.token_hex(16),
                    pile=pile,
                    quarter=quarter,
                    perspective="overig",
                    channel="overig",
                    language="overig",
                    team="overig",
                    choices=[ResponseChoice(key=key, value=value) for key, value in values],
                    texts=[ResponseText(key=key, body=body, may_quote=may) for key, body, may in said],
                )
            )
    assert not any(written.values()), "more texts than responses"
