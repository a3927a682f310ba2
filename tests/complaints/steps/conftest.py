"""A desk for each test."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal import clock
from portal.identity.rules import Role
from tests.complaints.people import filed
from tests.complaints.steps.desk import Desk
from tests.conftest import SignIn

MONDAY = date(2026, 11, 2)
At = Callable[[date], None]


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> At:
    """Makes it another day, at noon."""

    def on(day: date) -> None:
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=clock.AMSTERDAM)
        monkeypatch.setattr(clock, "now", lambda: noon)

    return on


@pytest.fixture
def coordinator(sign_in: SignIn) -> FlaskClient:
    """Somebody who coordinates complaints."""
    return sign_in(Role.COMPLAINTS)


@pytest.fixture
def desk(app: Flask, at: At, coordinator: FlaskClient) -> Callable[..., Desk]:
    """A complaint that came in yesterday, a Monday, and the coordinator at its pages."""
    at(MONDAY + timedelta(days=1))

    def sit(content: dict[str, Any] | None = None, **given: Any) -> Desk:
        complaint = filed(MONDAY, content, **given)
        return Desk(coordinator, complaint.reference)

    return sit
