"""An account that was closed long ago keeps its number, and nothing that says whose it was."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from portal import clock
from portal.audit.models import AuditEvent
from portal.db import db, transaction
from portal.identity import links
from portal.identity import people_operations as operations
from portal.identity.models import StaffLink, User
from portal.identity.people_operations import NO_PASSWORD, Gone, Refused
from portal.identity.rules import Role
from portal.outbox.models import Message
from portal.outbox.rules import State
from portal.privacy.retention import operations as retention
from portal.privacy.retention.rules import Kind
from tests.complaints.people import staff
from tests.conftest import SignIn
from tests.identity.test_people import LIST, post
from tests.privacy.retention.past import traces

pytestmark = pytest.mark.usefixtures("app")
SECRETS = ("password", "tf_totp_secret", "mf_recovery_codes")


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    began = clock.now()

    def go(days: int) -> None:
        monkeypatch.setattr(clock, "now", lambda: began + timedelta(days=days))

    return go


def closed() -> tuple[int, str]:
    """Somebody who left, with everything by which one comes in; the number and the address."""
    user = staff(Role.QUALITY)
    with transaction() as session:
        account = session.get_one(User, user.id)
        account.tf_primary_method, account.tf_totp_secret = "authenticator", "geheim"
        account.mf_recovery_codes, account.tf_last_counter = ["een", "twee"], 7
        links.send(account)
    with transaction():
        operations.close(user.id, actor="1")
    return user.id, user.email


def fresh(number: int) -> User:
    db.session.rollback()
    return db.session.get_one(User, number, populate_existing=True)


def test_it_stays_for_its_term_and_is_emptied_after_it(later: Callable[[int], None]) -> None:
    number, email = closed()
    before = fresh(number).fs_uniquifier
    with transaction() as session:
        # The mail with the link left long ago.
        session.execute(update(Message).values(state=State.SENT, to=None, params=None))
    later(26 * 7)
    assert retention.purge()[Kind.ACCOUNTS] == 0 and fresh(number).email == email
    later(26 * 7 + 1)
    assert retention.purge()[Kind.ACCOUNTS] == 1
    left = fresh(number)
    assert left.email == f"account-{number}@gesloten.invalid" and not left.active and not left.joined
    assert (left.password, left.tf_primary_method, left.tf_totp_secret) == (NO_PASSWORD, None, None)
    assert not left.mf_recovery_codes and left.tf_last_counter is None and left.fs_uniquifier != before
    assert db.session.get(StaffLink, number) is None
    assert traces(email, "geheim") == set()
    told = db.session.scalars(select(AuditEvent.details).where(AuditEvent.event == "staff.closed")).one()
    assert told == {"user": str(number)}, "the audit still says which account it was"
    assert retention.purge()[Kind.ACCOUNTS] == 0


def test_who_still_works_here_stays(later: Callable[[int], None]) -> None:
    user = staff(Role.QUALITY)
    later(4000)
    assert retention.purge()[Kind.ACCOUNTS] == 0
    assert fresh(user.id).email == user.email


def test_who_came_back_in_time_begins_a_new_term(later: Callable[[int], None]) -> None:
    number, email = closed()
    later(100)
    with transaction():
        assert operations.reopen(number, actor="1")
    later(300)
    assert retention.purge()[Kind.ACCOUNTS] == 0
    with transaction():
        operations.close(number, actor="1")
    later(301)
    assert retention.purge()[Kind.ACCOUNTS] == 0 and fresh(number).email == email


def test_an_emptied_account_opens_no_more_and_its_owner_is_invited_anew(
    sign_in: SignIn, later: Callable[[int], None]
) -> None:
    number, email = closed()
    admin = sign_in(Role.ADMIN)
    page = f"{LIST}/{number}"
    assert "Blijft het dicht, dan wissen we na 26 weken wie het was." in admin.get(page).text
    with transaction() as session:
        operations.empty(session.get_one(User, number))
    text = admin.get(page).text
    assert "Dit account is leeg" in text and "Open dit account weer" not in text and email not in text
    assert "Bewaar de rollen" not in text
    with pytest.raises(Gone), transaction():
        operations.reopen(number, actor="1")
    assert post(admin, page, f"{page}/openen").status_code == 303
    assert not fresh(number).active
    with transaction():
        again, is_new = operations.invite(email, [Role.QUALITY], actor="1")
    assert is_new and again.id != number


def test_an_emptied_administrator_is_none(sign_in: SignIn, client: FlaskClient) -> None:
    """The rules of the last administrator count who can come in, as they did."""
    one, other = staff(Role.ADMIN), staff(Role.ADMIN)
    with transaction() as session:
        operations.close(other.id, actor="1")
        operations.empty(session.get_one(User, other.id))
    with pytest.raises(Refused), transaction():
        operations.close(one.id, actor="1")
    login = client.get("/team/inloggen")
    assert login.status_code == 200
