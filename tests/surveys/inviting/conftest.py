"""A clock that stands still for the tests of inviting."""

import pytest

from tests.surveys.inviting.people import Clock


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Monday 23 November 2026, twelve o'clock, until the test says otherwise."""
    return Clock(monkeypatch)
