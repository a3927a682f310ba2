"""Thousands of generated requests at every address and every form: never a 500, never markup of theirs."""

from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask

from portal import web
from portal.complaints import receipts
from tests.security import world
from tests.security.fuzzing import Fuzzer, Report

QUICKLY = 600
AT_FULL_SIZE = 20_000


class _Log:
    """What the portal would log of what went wrong."""

    def __init__(self, kept: list[str]) -> None:
        self.kept = kept

    def error(self, what: str, **given: Any) -> None:
        self.kept.append(f"{what} {given}")

    def info(self, _what: str, **_given: Any) -> None:
        """Nothing: a request."""


@pytest.fixture
def quick(whole_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashing that is not slow: what is sought here is what breaks, not what leaks."""
    cost = {"argon2__rounds": 1, "argon2__memory_cost": 64, "argon2__parallelism": 1}
    security = whole_app.extensions["security"]
    monkeypatch.setattr(security, "pwd_context", security.pwd_context.copy(**cost))
    monkeypatch.setattr(receipts, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    world._hashed.cache_clear()
    receipts._nobodys.cache_clear()


def fuzzed(app: Flask, monkeypatch: pytest.MonkeyPatch, requests: int, seed: int) -> Report:
    fuzzer = Fuzzer(app, seed)
    monkeypatch.setattr(web, "log", _Log(fuzzer.report.broke))
    report = fuzzer.run(requests)
    print(report, *report.wrong, sep="\n")
    return report


def test_generated_requests(app: Flask, quick: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """On each of the two databases, which refuse different things."""
    report = fuzzed(app, monkeypatch, QUICKLY, seed=1)
    assert report.wrong == []
    assert report.posts_behind_the_door > QUICKLY / 10, "the code behind the door was reached"


@pytest.mark.soak
@pytest.mark.parametrize("seed", [2])
def test_generated_requests_at_full_size(
    app: Flask, quick: None, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    report = fuzzed(app, monkeypatch, AT_FULL_SIZE // 2, seed)
    assert report.wrong == []
