"""A clock that stands still, years on."""

import pytest

from portal import clock
from tests.privacy.retention.past import NOON


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)
