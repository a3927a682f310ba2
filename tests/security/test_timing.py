"""What is there and what is not takes as long: nobody learns from a clock who has an account or a complaint.

Medians of many tries, taken in turn by chance, and a rank test (Mann and Whitney 1947, by the normal
approximation). The short tests count the slow hashing instead: that cannot be late.
"""

import math
import random
import re
import statistics
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from flask import Flask

from portal import clock
from portal.complaints import receipts
from portal.complaints.models import ComplaintDraft
from portal.crypto import keyring
from portal.db import db, transaction
from portal.identity import accounts, people_operations
from portal.identity.models import User
from portal.identity.rules import Role
from portal.surveys.rules import Moment
from tests.complaints.people import filed
from tests.security import world
from tests.security.visitors import browser
from tests.surveys.sheets import invited

TRIES = 500
PASSWORD = "een paar losse woorden"
WRONG = "heel wat andere woorden"
MOST_RELATIVE = 0.05
"""A difference of medians that no line of the internet lets through: of some 50 ms, two or three."""
MOST_SECONDS = 0.001
SURE = 4.0
"""Standard deviations: chance alone gives more in one of 16,000 tests."""

Try = Callable[[], None]


def posting(app: Flask, address: str, pattern: str, **fields: str) -> Try:
    """Open the page once, and then send its form as often as asked, each time from another place."""
    client = browser(app)
    found = re.search(pattern, client.get(address).text)
    assert found
    given = {found[1]: found[2], **fields}

    def once() -> None:
        response = client.post(address, data=given)
        assert response.status_code == 422, response.status_code

    return once


STAFF_TOKEN = r'name="(csrf_token)"[^>]*value="([^"]+)"'
MARK = r'name="(mark)"[^>]*value="([^"]+)"'


def signing_in(app: Flask) -> dict[str, Try]:
    """With a wrong password: of an account, of none, of one that was closed, of one that nobody joined yet."""
    hashed = accounts.hash_password(PASSWORD)
    with transaction():
        accounts.add_staff("er.is@voorbeeld.example", hashed, [Role.QUALITY])
        accounts.add_staff("er.was@voorbeeld.example", hashed, [Role.QUALITY]).active = False
        people_operations.invite("er.komt@voorbeeld.example", [Role.QUALITY], actor="test")
    names = {"known": "er.is", "unknown": "er.nooit", "closed": "er.was", "invited": "er.komt"}
    return {
        what: posting(app, "/team/inloggen", STAFF_TOKEN, email=f"{name}@voorbeeld.example", password=WRONG)
        for what, name in names.items()
    }


def following(app: Flask) -> dict[str, Try]:
    """With a code that does not fit: of a complaint, of none, of one whose code ended."""
    real, ended = filed().reference, filed()
    with transaction():
        db.session.merge(ended).code_hash = None
    references = {
        "known": real,
        "unknown": "KL-2026-9999",
        "code ended": ended.reference,
        "no number": "KL-x",
    }
    return {
        what: posting(app, "/klacht/volgen", MARK, reference=reference, code="ZZZZZZZZZZZZ")
        for what, reference in references.items()
    }


def typing_a_code(app: Flask) -> dict[str, Try]:
    """A code of a letter with one sign wrong, and one that is like none. One that is right leads on at once."""
    invitation, _address = invited(Moment.INTAKE)
    code = keyring().code(invitation.public_id, invitation.link_key_id)
    last = "0" if code[-1] != "0" else "1"
    codes = {"one sign off": code[:-1] + last, "unknown": "ZZZZZZZZZZ"}
    return {what: posting(app, "/v", MARK, code=typed) for what, typed in codes.items()}


def resuming(app: Flask) -> dict[str, Try]:
    """The code of a draft that lay too long, and one that never was."""
    there = world.build(app)
    with transaction():
        for draft in db.session.query(ComplaintDraft):
            draft.kept_until = clock.today() - timedelta(days=1)
    codes = {"gone": there.theirs.ids["draft_code"], "unknown": "ZZZZZZZZZZ"}
    return {what: posting(app, "/klacht/verder", MARK, code=typed) for what, typed in codes.items()}


def in_turn(tries: dict[str, Try], times: int) -> dict[str, list[float]]:
    """So many seconds of each, taken in an order by chance."""
    chance = random.Random(6)
    turns = [what for what in tries for _n in range(times)]
    chance.shuffle(turns)
    for one in tries.values():
        one()
    taken: dict[str, list[float]] = {what: [] for what in tries}
    for what in turns:
        began = time.perf_counter()
        tries[what]()
        taken[what].append(time.perf_counter() - began)
    return taken


def deviations(first: list[float], second: list[float]) -> float:
    """How far apart two samples are, in standard deviations of the rank sum if they were alike."""
    both = sorted((value, side) for side, sample in enumerate((first, second)) for value in sample)
    ranks = sum(rank for rank, (_value, side) in enumerate(both, 1) if side == 0)
    few, many = len(first), len(second)
    mean = few * (few + many + 1) / 2
    return (ranks - mean) / math.sqrt(few * many * (few + many + 1) / 12)


def test_the_rank_test_sees_a_difference_and_none() -> None:
    chance = random.Random(1)
    one, same = ([chance.gauss(50, 5) for _n in range(500)] for _side in range(2))
    assert abs(deviations(one, same)) < 3
    assert abs(deviations(one, [value + 3 for value in same])) > 4
    assert deviations([1.0, 2.0], [3.0, 4.0]) == pytest.approx(-1.549, abs=0.001)


@pytest.mark.soak
@pytest.mark.slow_hashing
@pytest.mark.parametrize("whole_app", ["sqlite"], indirect=True)
@pytest.mark.parametrize("what", [signing_in, following, typing_a_code, resuming])
def test_what_is_not_there_takes_as_long(
    whole_app: Flask, app: Flask, what: Callable[[Flask], dict[str, Try]]
) -> None:
    taken = in_turn(what(app), TRIES)
    medians = {name: statistics.median(times) for name, times in taken.items()}
    first = next(iter(taken))
    wrong = []
    for name, times in taken.items():
        apart, sure = medians[name] - medians[first], deviations(taken[first], times)
        print(f"{what.__name__}: {name}: median {1000 * medians[name]:.2f} ms, z {sure:+.2f}")
        # Sure of it, and enough to be seen by somebody on the internet.
        is_seen = abs(apart) > max(MOST_RELATIVE * medians[first], MOST_SECONDS)
        if abs(sure) > SURE and is_seen:
            wrong.append((name, apart, sure))
    assert wrong == []


# ---- Without a clock ----------------------------------------------------------------------------


@pytest.mark.parametrize("what", [signing_in, following])
def test_each_hashes_as_often(
    app: Flask, monkeypatch: pytest.MonkeyPatch, what: Callable[[Flask], dict[str, Try]]
) -> None:
    """The slow part is done the same number of times, whether something is there or not."""
    tries, hashed = what(app), 0
    receipts.fits(None, "000000000000")
    context = app.extensions["security"].pwd_context
    real_hash, real_verify, real_fits = context.hash, context.verify, PasswordHasher.verify

    def counting(real: Callable[..., object]) -> Callable[..., object]:
        def counted(*args: object, **kwargs: object) -> object:
            nonlocal hashed
            hashed += 1
            return real(*args, **kwargs)

        return counted

    monkeypatch.setattr(context, "hash", counting(real_hash))
    monkeypatch.setattr(context, "verify", counting(real_verify))
    monkeypatch.setattr(PasswordHasher, "verify", counting(real_fits))
    counts = {}
    for name, once in tries.items():
        hashed = 0
        once()
        counts[name] = hashed
    assert set(counts.values()) == {1}, counts


def test_a_closed_account_is_not_told_from_none(app: Flask) -> None:
    """The same words for a wrong password, whatever there is of the account."""
    signing_in(app)
    said = set()
    for name in ("er.is", "er.nooit", "er.was", "er.komt"):
        client = browser(app)
        token = re.search(STAFF_TOKEN, client.get("/team/inloggen").text)
        assert token
        email = f"{name}@voorbeeld.example"
        fields = {"csrf_token": token[2], "email": email, "password": WRONG}
        response = client.post("/team/inloggen", data=fields)
        text = re.sub(r'value="[^"]*"', "", response.text.replace(email, "…"))
        said.add((response.status_code, text))
    assert len(said) == 1
    assert db.session.query(User).count() == 3
