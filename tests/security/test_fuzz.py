"""Thousands of generated requests at every address and every form: never a 500, never markup of theirs."""

from typing import Any

import pytest
from flask import Flask

from portal import web
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


def fuzzed(app: Flask, monkeypatch: pytest.MonkeyPatch, requests: int, seed: int) -> Report:
    fuzzer = Fuzzer(app, seed)
    monkeypatch.setattr(web, "log", _Log(fuzzer.report.broke))
    report = fuzzer.run(requests)
    print(report, *report.wrong, sep="\n")
    return report


def test_generated_requests(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """On each of the two databases, which refuse different things."""
    report = fuzzed(app, monkeypatch, QUICKLY, seed=1)
    assert report.wrong == []
    assert report.posts_behind_the_door > QUICKLY / 10, "the code behind the door was reached"


@pytest.mark.soak
@pytest.mark.parametrize("seed", [2])
def test_generated_requests_at_full_size(app: Flask, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    report = fuzzed(app, monkeypatch, AT_FULL_SIZE // 2, seed)
    assert report.wrong == []
