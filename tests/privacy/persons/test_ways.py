"""However somebody writes an address, a number or a case: what the portal takes elsewhere is found here."""

from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from portal.db import transaction
from portal.identity.rules import Role
from portal.surveys.inviting import indexes
from portal.surveys.inviting.operations import ProtectedValue, leave_alone
from portal.surveys.inviting.rules import Protected, StopReason
from portal.talks import circle_operations
from tests.complaints.people import filed
from tests.conftest import SignIn
from tests.privacy.persons.household import (
    CASE,
    COPY,
    EMAIL,
    HOME,
    NAME,
    PHONE,
    all_of,
    candidates,
    offered,
    sealed,
    seek,
    send,
)
from tests.surveys.inviting.people import person
from tests.talks.evenings import evening, signed_up, somebody

ALL = (Role.QUALITY, Role.COMPLAINTS, Role.TALKS)


@pytest.fixture
def handler(sign_in: SignIn) -> FlaskClient:
    return sign_in(*ALL)


def _kinds(page: object) -> set[str]:
    return {key.split(":")[0] for key in offered(page)}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "typed",
    [
        "31612345678",
        "31 6 12345678",
        "612345678",
        "06\u201112345678",
        "06\u201312345678",
        "06\u200912345678",
        "\u202a06-12345678\u202c",
        "tel. 06-12345678",
        "(06) 123 456 78",
    ],
)
def test_a_number_is_read_as_the_public_forms_read_it(handler: FlaskClient, typed: str) -> None:
    person(NAME, case=CASE, phone=PHONE)
    filed(content={"name": NAME, "email": "", "phone": "06\u201112345678"})
    assert _kinds(seek(handler, typed)) == {"invitation", "complaint"}


@pytest.mark.parametrize("case", ["612345678", "0612345678", "202600123"])
def test_what_can_be_a_telephone_or_a_case_is_sought_as_both(handler: FlaskClient, case: str) -> None:
    person(NAME, case=case, email=EMAIL)
    page = seek(handler, case)
    assert _kinds(page) == {"invitation"}
    if not case.startswith("0"):
        assert "Zaaknummer of telefoonnummer: <strong>" in page.get_data(as_text=True)


@pytest.mark.parametrize(
    ("kept", "typed"),
    [
        ("Z 77 a", "z  77 A"),
        ("Z 77 a", "Z\u00a077\u2009a"),
        ("Z-77", "Z\u201177"),
        ("Z-77", "\u200bZ\u2013 77"),
        ("Z-77", "Z - 77"),
        ("Z\u201177", "Z\u201177"),
        ("2026/00123", "2026 / 00123"),
    ],
)
def test_a_case_is_found_however_it_was_copied(handler: FlaskClient, kept: str, typed: str) -> None:
    person(NAME, case=kept, email=EMAIL)
    assert _kinds(seek(handler, typed)) == {"invitation"}


def test_a_case_that_is_left_alone_is_found_however_it_was_copied(handler: FlaskClient) -> None:
    with transaction():
        stopped = ProtectedValue(Protected.CASE, indexes.case_index("Z-77"), "Z-77")
        leave_alone(stopped, StopReason.STOPPED, "1")
    assert _kinds(seek(handler, "Z \u2013 77")) == {"shared_left_alone"}


COMPOSED, DECOMPOSED, ASCII = (
    f"zoe@{domain}.example" for domain in ("b\u00fccher", "bu\u0308cher", "xn--bcher-kva")
)


@pytest.mark.parametrize("kept", [COMPOSED, DECOMPOSED, ASCII])
@pytest.mark.parametrize("typed", [COMPOSED, DECOMPOSED, ASCII.upper()])
def test_an_address_in_other_letters_is_found_in_the_circle_too(
    handler: FlaskClient, kept: str, typed: str
) -> None:
    with transaction():
        circle_operations.ask(kept, "nl")
    filed(content={"name": NAME, "email": kept, "phone": ""})
    assert _kinds(seek(handler, typed)) == {"member", "complaint"}


# ---- What is nothing to seek by -----------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("Zoë de Proef", "Zoeken op naam kan niet. Vul een e-mailadres, telefoonnummer of zaaknummer in."),
        ("06-1234567", "Dit telefoonnummer klopt niet. Kijk of alle cijfers er staan."),
        ("0612", "Dit telefoonnummer klopt niet. Kijk of alle cijfers er staan."),
    ],
)
def test_what_can_find_nobody_is_refused_beside_the_field(
    handler: FlaskClient, typed: str, says: str
) -> None:
    """AVG art. 15: "we found nothing" would be a false answer."""
    person("Zoë de Proef", case=typed, email=EMAIL)
    page = seek(handler, typed)
    text = page.get_data(as_text=True)
    assert page.status_code == 422 and says in text and 'aria-describedby="typed' in text
    assert "Wij vonden niets" not in text
    assert _kinds(seek(handler, typed, as_case="y")) == {"invitation"}, "unless it is said to be a case"


# ---- The other addresses ------------------------------------------------------------------


def _complaint_with_both(name: str = NAME) -> None:
    filed(content={"name": name, "email": EMAIL, "phone": "06 12345678"})
    signed_up(evening(), replace(somebody(EMAIL)))


def test_a_complaint_leads_to_the_other_address(handler: FlaskClient) -> None:
    _complaint_with_both()
    person(NAME, case=CASE, email=EMAIL)
    assert _kinds(seek(handler, PHONE)) == {"complaint", "sign_up", "invitation"}


def test_a_complaint_of_another_name_leads_nowhere(handler: FlaskClient) -> None:
    person(NAME, case=CASE, phone=PHONE)
    _complaint_with_both("Pieter de Proef")
    assert _kinds(seek(handler, PHONE)) == {"complaint", "invitation"}


def test_a_complaint_without_a_name_leads_nowhere(handler: FlaskClient) -> None:
    _complaint_with_both("")
    assert _kinds(seek(handler, PHONE)) == {"complaint"}


def test_a_complaint_that_one_may_not_read_leads_nowhere(sign_in: SignIn) -> None:
    """Awb 9:7."""
    _complaint_with_both()
    assert _kinds(seek(sign_in(Role.TALKS), PHONE)) == set()


def test_by_the_other_address_somebody_else_can_come_up_and_is_chosen(handler: FlaskClient) -> None:
    filed(content={"name": NAME, "email": EMAIL, "phone": "06 12345678"})
    for name in (NAME, "Pieter de Proef"):
        person(name, case=CASE, phone=PHONE)
    assert set(candidates(seek(handler, EMAIL))) == {NAME, "Pieter de Proef"}


def test_the_page_promises_no_more_than_that(handler: FlaskClient) -> None:
    text = handler.get(HOME).get_data(as_text=True)
    assert "de andere adressen uit de uitnodigingen en klachten van deze persoon die u mag zien" in text


def test_the_letter_says_by_what_was_sought(handler: FlaskClient) -> None:
    page = seek(handler, "202600123")
    letter = send(handler, COPY, ask=sealed(page), take=all_of(page)["take"])
    text = letter.get_data(as_text=True)
    assert "Wij zochten op 202600123 en vonden niets van u." in text
    assert "Zaaknummer of telefoonnummer: 202600123" in text
