"""Who sees what of one complaint, at every address of this part (Awb 9:7)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from portal import clock
from portal.complaints import people
from portal.complaints.models import Attachment, Complaint
from portal.complaints.rules import Step
from portal.crypto import keyring
from portal.db import db, transaction
from portal.identity import accounts
from portal.identity.models import User
from portal.identity.rules import Role
from tests.complaints.handling import team
from tests.complaints.people import WORDS, filed, handled_by, staff, taken

Relation = Callable[[Complaint], User]


def deputy(complaint: Complaint, days: int, *, declared: bool = True) -> User:
    user = staff(Role.QUALITY)
    with team.held(complaint) as held:
        people.name_deputy(
            held, db.session.get_one(User, user.id), clock.today() + timedelta(days=days), "test"
        )
        if declared:
            people.declare(held, db.session.get_one(User, user.id), involved=False)
    return user


def concerned(complaint: Complaint, *roles: Role) -> User:
    user = staff(*roles)
    team.concerned(complaint, user)
    return user


def typed_first(complaint: Complaint) -> User:
    """Named by an e-mail address, and a coordinator only afterwards."""
    team.concerned(complaint, name="Jan", email="jan@voorbeeld.example")
    with transaction():
        return accounts.add_staff("jan@voorbeeld.example", "no password", [Role.COMPLAINTS])


RELATIONS: dict[str, Relation] = {
    "coordinator": lambda _complaint: staff(Role.COMPLAINTS),
    "handler": lambda complaint: handled_by(complaint, staff(Role.QUALITY)),
    "handler who did not declare": lambda complaint: team.asked(complaint, staff(Role.QUALITY)),
    "deputy": lambda complaint: deputy(complaint, 0),
    "deputy who did not declare": lambda complaint: deputy(complaint, 0, declared=False),
    "deputy of yesterday": lambda complaint: deputy(complaint, -1),
    "concerned": lambda complaint: concerned(complaint, Role.QUALITY),
    "concerned with a later account": typed_first,
    "concerned coordinator": lambda complaint: concerned(complaint, Role.COMPLAINTS),
    "quality": lambda _complaint: staff(Role.QUALITY),
    "administrator": lambda _complaint: staff(Role.ADMIN),
    "talks": lambda _complaint: staff(Role.TALKS),
    "quality and administrator": lambda _complaint: staff(Role.QUALITY, Role.ADMIN),
}
READERS = {"coordinator", "handler", "deputy"}
HIDDEN = {"concerned", "concerned with a later account", "concerned coordinator"}
FILE = "0123456789abcdef"
# Address, method, what is sent, and how it answers who may.
READ = (
    ("/berichten", "GET", {}, 200),
    ("/berichten", "POST", {"words": "Dag", "request_key": "een"}, 303),
    ("/soort", "GET", {}, 200),
    ("/soort", "POST", {"route": "complaint", "domain": "adults", "theme": "other", "steps": "0"}, 303),
    (f"/bijlage/{FILE}", "GET", {}, 200),
)
COORDINATE = (
    ("/mensen", "GET", {}, 200),
    ("/mensen/behandelaar", "POST", {"behandelaar-user": ""}, 303),
    ("/mensen/vervanger", "POST", {"vervanger-user": ""}, 303),
    ("/mensen/betrokkene", "POST", {"betrokkene-user": "", "betrokkene-name": "Iemand"}, 303),
    ("/mensen/betrokkene/999/weg", "POST", {}, 303),
    ("/mensen/betrokkene/999/link", "POST", {}, 404),
)


@pytest.fixture
def complaint(app: Flask) -> Complaint:
    found = filed()
    with transaction():
        sealed = keyring().encrypt_bytes(b"%PDF-1.4")
        db.session.add(
            Attachment(public_id=FILE, complaint_id=found.id, name="a.pdf", kind="pdf", size=8, sealed=sealed)
        )
    return found


@pytest.mark.parametrize("relation", RELATIONS)
def test_the_case_page(app: Flask, complaint: Complaint, relation: str) -> None:
    user = RELATIONS[relation](complaint)
    response = team.enter(app, user).get(f"{team.HOME}/{complaint.reference}")
    assert response.status_code == (404 if relation in HIDDEN else 200)
    assert (WORDS in response.text) is (relation in READERS)
    assert ("Proefpersoon Klaagt" in response.text) is (relation in READERS)
    kind = "case" if relation in READERS else "asked" if "did not" in relation else "summary"
    assert team.looks(complaint, user) == ([] if relation in HIDDEN else [kind])


@pytest.mark.parametrize("relation", RELATIONS)
def test_every_other_address(app: Flask, complaint: Complaint, relation: str) -> None:
    user = RELATIONS[relation](complaint)
    client = team.enter(app, user)
    is_coordinator = relation == "coordinator"
    for addresses, is_allowed in ((READ, relation in READERS), (COORDINATE, is_coordinator)):
        for address, method, given, answer in addresses:
            whole = f"/{complaint.reference}{address}"
            if method == "POST":
                response = team.post(client, whole, **given)
            else:
                response = client.get(team.HOME + whole)
            # Who has not the right to coordinate at all hears so before anything of the complaint is known.
            hidden = relation in HIDDEN and not (addresses is COORDINATE and relation == "concerned")
            expected = answer if is_allowed else 404 if hidden else 403
            assert response.status_code == expected, (relation, method, address)
            if not is_allowed:
                assert WORDS not in response.text and complaint.reference not in response.text
    if relation in HIDDEN:
        assert team.looks(complaint, user) == []


ASKED = {"handler", "handler who did not declare", "deputy", "deputy who did not declare"}


@pytest.mark.parametrize("relation", sorted(set(RELATIONS) - ASKED))
def test_only_who_was_asked_declares(app: Flask, complaint: Complaint, relation: str) -> None:
    user = RELATIONS[relation](complaint)
    response = team.post(team.enter(app, user), f"/{complaint.reference}/verklaren", involved="no")
    assert response.status_code == (404 if relation in HIDDEN else 403)
    assert team.fresh(complaint).handler_declared_at is None


@pytest.mark.parametrize("role", Role)
def test_a_person_concerned_finds_it_nowhere(app: Flask, complaint: Complaint, role: Role) -> None:
    """Whatever else somebody is: no page of the register says the reference."""
    user = concerned(complaint, *{role, Role.COMPLAINTS})
    client = team.enter(app, user)
    other = filed()
    year = clock.today().year
    for address in ("", f"?afgelopen={year}", "/nieuw", f"/{other.reference}"):
        response = client.get(team.HOME + address)
        assert response.status_code == 200
        assert complaint.reference not in response.text, address
    assert "1 open" in team.words(client), "nor does a count tell"
    assert client.get(f"{team.HOME}/{complaint.reference}").data == (
        client.get(f"{team.HOME}/KL-{year}-9999").data
    ), "as if it were not there"


def test_a_year_does_not_tell_of_it(app: Flask) -> None:
    today = clock.today()
    ended = filed(today.replace(year=today.year - 1, day=1))
    taken(ended, Step.ACKNOWLEDGE, Step.CALL, Step.SOLVE)
    other = team.enter(app, staff(Role.QUALITY))
    assert f"Afgelopen {today.year - 1}" in team.words(other)
    client = team.enter(app, concerned(ended, Role.QUALITY))
    assert f"Afgelopen {today.year - 1}" not in team.words(client)
    assert client.get(f"{team.HOME}?afgelopen={today.year - 1}").status_code == 404


def test_each_look_is_recorded(app: Flask, complaint: Complaint) -> None:
    user = staff(Role.COMPLAINTS)
    client = team.enter(app, user)
    for address in ("", "/mensen", "/berichten", "/soort", f"/bijlage/{FILE}", ""):
        client.get(f"{team.HOME}/{complaint.reference}{address}")
    expected = ["case", "people", "messages", "classify", "attachment", "case"]
    assert team.looks(complaint, user) == expected


def test_no_such_complaint(app: Flask, complaint: Complaint) -> None:
    client = team.enter(app, staff(Role.COMPLAINTS))
    for reference in ("KL-2026-9999", "KL-0000-0000", "nergens", "KL-2026-0001x", "KL-2026-99999999"):
        assert client.get(f"{team.HOME}/{reference}").status_code == 404, reference
        assert client.get(f"{team.HOME}/{reference}/mensen").status_code == 404, reference


def test_a_file_of_another_complaint(app: Flask, complaint: Complaint) -> None:
    client = team.enter(app, staff(Role.COMPLAINTS))
    other = filed()
    assert client.get(f"{team.HOME}/{other.reference}/bijlage/{FILE}").status_code == 404
    response = client.get(f"{team.HOME}/{complaint.reference}/bijlage/{FILE}")
    assert response.data == b"%PDF-1.4"
    assert response.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("involved", ["no", "yes"])
def test_a_deputy_declares_before_reading(app: Flask, complaint: Complaint, involved: str) -> None:
    client = team.enter(app, deputy(complaint, 0, declared=False))
    assert "Zeg daarom eerst hoe het zit." in team.words(client, f"/{complaint.reference}")
    page = team.press(client, f"/{complaint.reference}/verklaren", involved=involved)
    assert (WORDS in page) is (involved == "no")
    assert (team.fresh(complaint).deputy_id is None) is (involved == "yes")


def test_who_got_an_account_later_does_not_find_it_in_the_register(app: Flask, complaint: Complaint) -> None:
    assert complaint.reference not in team.words(team.enter(app, typed_first(complaint)))


def test_a_file_number_that_cannot_be_one(app: Flask, complaint: Complaint) -> None:
    client = team.enter(app, staff(Role.COMPLAINTS))
    assert client.get(f"{team.HOME}/{complaint.reference}/bijlage/%00").status_code == 404
