"""Who asked to be left alone is found, lifted and forgotten whole, also when nothing else is known of him any more."""

from collections.abc import Iterable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from portal import clock
from portal.db import db, transaction
from portal.identity.rules import Role
from portal.privacy.retention import operations as retention
from portal.surveys import persons
from portal.surveys.inviting import indexes, team_queries
from portal.surveys.inviting.asking import stops_of
from portal.surveys.inviting.models import Contact, NoContact
from portal.surveys.inviting.operations import ProtectedValue, allow_again, leave_alone, opt_out, protected_of
from portal.surveys.inviting.rules import Protected, StopReason
from portal.surveys.models import Invitation
from tests.conftest import SignIn
from tests.privacy.persons.household import (
    CASE,
    EMAIL,
    ERASE,
    NAME,
    PARTNER,
    PHONE,
    all_of,
    of,
    offered,
    seek,
    send,
    traces,
)
from tests.surveys.inviting.people import person

pytestmark = pytest.mark.usefixtures("app")
STREET = "Proefstraat 1"
SHARED = "gezin.de.proef@voorbeeld.example"


@pytest.fixture
def handler(sign_in: SignIn) -> FlaskClient:
    return sign_in(Role.QUALITY, Role.TALKS)


def opted_out(name: str | None = NAME, **ways: str) -> int:
    """Somebody who wants no more messages; the number of the invitation."""
    number = person(name, case=ways.pop("case", CASE), **ways).invitation_id
    with transaction() as session:
        opt_out(session.get_one(Invitation, number))
    return number


def term_passes(*numbers: int) -> None:
    """Everything about these is past its term, and is forgotten."""
    with transaction() as session:
        for number in numbers:
            session.get_one(Invitation, number).closes_on = clock.today() - timedelta(weeks=14)
    retention.purge()
    db.session.rollback()
    assert not [one for one in of(Contact) if one.invitation_id in numbers]


def kept(rows: Iterable[NoContact] | None = None) -> list[tuple[str, str]]:
    return sorted((row.kind, row.value) for row in (of(NoContact) if rows is None else rows))


@pytest.mark.parametrize("typed", [EMAIL, PHONE, CASE.lower()])
@pytest.mark.parametrize("purged", [True, False])
def test_everything_is_found_by_each_and_forgotten_whole(
    handler: FlaskClient, typed: str, *, purged: bool
) -> None:
    number = opted_out(email=EMAIL, phone=PHONE, street=STREET)
    assert len(kept()) == 4
    if purged:
        term_passes(number)
    page = seek(handler, typed)
    form = all_of(page) | {"take": list(offered(page))}
    assert NAME in page.text and STREET in page.text
    assert send(handler, ERASE, **form, left_alone="forget").status_code == 200
    assert of(NoContact) == []
    assert traces(NAME, STREET, EMAIL, PHONE) <= {"audit_event.details"}


def test_ticking_one_of_it_forgets_all_of_it(handler: FlaskClient) -> None:
    term_passes(opted_out(email=EMAIL, phone=PHONE, street=STREET))
    page = seek(handler, PHONE)
    one = list(offered(page))[-1]
    send(handler, ERASE, **(all_of(page) | {"take": [one]}), left_alone="forget")
    assert of(NoContact) == []


def test_who_was_only_ever_written_on_paper_is_found_by_the_case(handler: FlaskClient) -> None:
    term_passes(opted_out(street=STREET))
    page = seek(handler, CASE)
    assert NAME in page.text and STREET in page.text


def test_erased_and_kept_apart_can_still_be_forgotten_later(handler: FlaskClient) -> None:
    person(NAME, case=CASE, email=EMAIL, phone=PHONE, street=STREET)
    page = seek(handler, EMAIL)
    send(handler, ERASE, **all_of(page), left_alone="keep")
    assert len(kept()) == 4 and of(Contact) == []
    later = seek(handler, PHONE)
    send(handler, ERASE, **(all_of(later) | {"take": list(offered(later))}), left_alone="forget")
    assert of(NoContact) == []


@pytest.mark.parametrize("purged", [True, False])
def test_the_team_lifts_all_of_it(sign_in: SignIn, *, purged: bool) -> None:
    number = opted_out(email=EMAIL, phone=PHONE, street=STREET)
    if purged:
        term_passes(number)
    found = team_queries.opt_out_at(Protected.EMAIL, indexes.email_index(EMAIL))
    assert found is not None
    assert kept(team_queries.opt_outs_with(found)) == kept()
    client = sign_in(Role.QUALITY)
    home = "/team/uitnodigingen/met-rust"
    page = client.get(f"{home}?afmelding={found.id}").text
    assert "Dezelfde persoon is ook afgemeld voor: telefoon, post." in " ".join(page.split())
    assert send(client, f"{home}/{found.id}/weer").status_code == 303
    assert of(NoContact) == []


# ---- Two people with one address -----------------------------------------------------------


def a_couple() -> tuple[int, int]:
    one = opted_out(NAME, email=SHARED, phone=PHONE)
    other = opted_out(PARTNER, email=SHARED, street=STREET)
    return one, other


def test_each_has_the_address_they_share() -> None:
    a_couple()
    assert [value for kind, value in kept() if kind == "email"] == [SHARED, SHARED]
    assert team_queries.opted_out_addresses()["email"] == 1, "it is one address"


def test_who_lifts_his_own_leaves_the_other_alone() -> None:
    one, other = a_couple()
    term_passes(one, other)
    mine = persons.left_alone([], phones=[PHONE])
    assert kept(mine) == [("email", SHARED), ("person", NAME), ("phone", PHONE)]
    with transaction():
        assert persons.may_write_again([mine[0].id], "1") == 1
    assert kept() == [("email", SHARED), ("person", PARTNER), ("post", f"{PARTNER}, {STREET}, 2691 ZM")]
    again = person(PARTNER, case="Z-9", email=SHARED)
    db.session.rollback()
    asked = db.session.get_one(Contact, again.invitation_id)
    assert set(stops_of([asked]).values()) == {StopReason.OPTED_OUT}


def test_at_the_address_of_both_both_are_found_and_may_be_asked_again() -> None:
    one, other = a_couple()
    term_passes(one, other)
    assert kept(persons.left_alone([], emails=[SHARED])) == kept()
    found = team_queries.opt_out_at(Protected.EMAIL, indexes.email_index(SHARED))
    assert found is not None and kept(team_queries.opt_outs_with(found)) == kept()


def test_of_who_is_known_to_be_somebody_else_only_the_shared_address_is_told() -> None:
    one, _other = a_couple()
    contact = db.session.get_one(Contact, one)
    found = persons.left_alone([contact], emails=[SHARED], phones=[PHONE])
    assert PARTNER not in {row.value for row in found}
    assert kept(found) == [("email", SHARED), ("email", SHARED), ("person", NAME), ("phone", PHONE)]


def test_the_same_person_twice_is_one() -> None:
    opted_out(email=EMAIL)
    opted_out(email=EMAIL, phone=PHONE)
    assert kept() == [("email", EMAIL), ("person", NAME), ("phone", PHONE)]
    assert len({row.group_index for row in of(NoContact)}) == 1


# ---- What was kept before there were groups ------------------------------------------------


def test_what_is_older_becomes_one_when_the_person_is_forgotten() -> None:
    number = opted_out(email=EMAIL, phone=PHONE, street=STREET)
    with transaction() as session:
        session.execute(update(NoContact).values(group_index="", case_index=None))
    found = team_queries.opt_out_at(Protected.EMAIL, indexes.email_index(EMAIL))
    assert found is not None and len(team_queries.opt_outs_with(found)) == 4, "as far as it is known"
    term_passes(number)
    assert len({row.group_index for row in of(NoContact)} - {""}) == 1
    assert kept(persons.left_alone([], phones=[PHONE])) == kept()
    assert kept(persons.left_alone([], case=CASE)) == kept()


def test_what_stands_by_itself_goes_by_itself() -> None:
    cases = [_of_case(case) for case in ("Z-1", "Z-2")]
    with transaction():
        for case in cases:
            leave_alone(case, StopReason.STOPPED, "1")
    first = of(NoContact)[0]
    with transaction():
        assert allow_again(first.id, "1") and not allow_again(first.id, "1")
    assert len(of(NoContact)) == 1


def _of_case(case: str) -> ProtectedValue:
    contact = person(None, case=case, email=f"{case.lower()}@voorbeeld.example")
    db.session.rollback()
    found = db.session.get_one(Contact, contact.invitation_id)
    (mine,) = [one for one in protected_of(found) if one.kind is Protected.CASE]
    db.session.rollback()
    return mine


def test_the_gravest_of_all_reasons_at_an_address_counts() -> None:
    number = opted_out(email=EMAIL)
    contact = db.session.get_one(Contact, number)
    (address,) = [one for one in protected_of(contact) if one.kind is Protected.EMAIL]
    with transaction():
        # Said by hand, of the address and of nobody in particular.
        leave_alone(ProtectedValue(address.kind, address.value_index, EMAIL), StopReason.DEATH, "1")
    contact = db.session.get_one(Contact, number)
    assert stops_of([contact])["email", address.value_index] is StopReason.DEATH
