"""Vandaag names the complaints that ask for something, to who may open them."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from portal import clock
from portal.complaints import messages, operations, people
from portal.complaints.rules import Step
from portal.db import db, transaction
from portal.identity.models import User
from portal.identity.rules import Role
from tests.complaints.people import filed, staff, taken
from tests.conftest import SignIn
from tests.signed_in import let_in

pytestmark = pytest.mark.usefixtures("app")


def test_a_late_complaint_for_the_coordinator_and_nobody_else(sign_in: SignIn) -> None:
    late = taken(filed(clock.today() - timedelta(days=60)), Step.ACKNOWLEDGE)
    for role in Role:
        page = sign_in(role).get("/team").text
        assert (late.reference in page) is (role is Role.COMPLAINTS), role


def test_one_with_time_left_asks_for_nothing_until_a_message_comes(sign_in: SignIn) -> None:
    complaint = taken(filed(), Step.ACKNOWLEDGE)
    coordinator = sign_in(Role.COMPLAINTS)
    assert "Er is vandaag niets voor u te doen." in coordinator.get("/team").text
    with transaction():
        held = operations.locked(complaint.public_id)
        assert held is not None
        messages.say(held, "Wanneer belt u?", request_key="een", author=None)
    page = coordinator.get("/team").text
    assert complaint.reference in page and "1 nieuw bericht" in page


def test_who_is_asked_to_handle_it(client: FlaskClient) -> None:
    complaint, asked = taken(filed(), Step.ACKNOWLEDGE), staff(Role.QUALITY)
    with transaction():
        held = operations.locked(complaint.public_id)
        assert held is not None
        people.name_handler(held, db.session.get_one(User, asked.id), "test")
    let_in(client, asked)
    assert "Zeg of u erbij betrokken was" in client.get("/team").text
