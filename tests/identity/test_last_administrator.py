"""Two administrators who take it from one another at the same moment, through the pages: one stays."""

import threading

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.db import db, transaction
from portal.identity.models import User
from portal.identity.rules import Role
from tests.identity.conftest import TOKEN, add
from tests.security.visitors import browser
from tests.signed_in import let_in

ROUNDS = 8
CLOSING: tuple[str, dict[str, str]] = ("sluiten", {})
DEMOTING: tuple[str, dict[str, str]] = ("rollen", {"roles": "quality", "seen": "admin"})


def administrators(app: Flask, turn: int) -> list[tuple[FlaskClient, int]]:
    """Two who can let others in, each in a browser, and nobody else."""
    with app.app_context(), transaction() as session:
        for user in session.scalars(select(User)):
            user.active = False
    found = []
    for number in range(2):
        person = add(app, Role.ADMIN, email=f"beheer{turn}.{number}@voorbeeld.example")
        client = browser(app)
        with app.app_context():
            user = db.session.scalars(select(User).where(User.email == person.email)).one()
            let_in(client, user)
            found.append((client, user.id))
    return found


def can_administer(app: Flask) -> int:
    with app.app_context():
        everyone = db.session.scalars(select(User).where(User.active))
        return sum("admin" in user.role_names for user in everyone)


@pytest.mark.parametrize(
    "does", [(CLOSING, CLOSING), (CLOSING, DEMOTING), (DEMOTING, DEMOTING)], ids=["close", "mixed", "demote"]
)
def test_one_of_two_administrators_stays(app: Flask, does: tuple[tuple[str, dict[str, str]], ...]) -> None:
    for turn in range(ROUNDS):
        both = administrators(app, turn)
        ready = threading.Barrier(2)
        answers: list[int] = []

        def take(number: int, both=both, ready=ready, answers=answers) -> None:  # type: ignore[no-untyped-def]
            client, other = both[number][0], both[1 - number][1]
            token = TOKEN.search(client.get(f"/team/collegas/{other}").text).group(1)
            what, values = does[number]
            ready.wait()
            data = {"csrf_token": token, **values}
            answers.append(client.post(f"/team/collegas/{other}/{what}", data=data).status_code)

        threads = [threading.Thread(target=take, args=(number,)) for number in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert can_administer(app) == 1, (turn, answers)
        assert 303 in answers
