"""The register: what is due, in which order, for whom."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from portal import clock
from portal.complaints import letters, messages
from portal.complaints.models import Complaint
from portal.complaints.rules import Route, Step
from portal.db import db
from portal.identity.rules import Role
from tests.complaints.handling import team
from tests.complaints.people import CONTENT, filed, handled_by, kept_letter, staff, taken
from tests.conftest import SignIn


def themed(complaint: Complaint, theme: str) -> Complaint:
    with team.held(complaint) as held:
        held.theme = theme
    return complaint


def test_nothing_open(app: Flask, sign_in: SignIn) -> None:
    client = sign_in(Role.COMPLAINTS)
    assert "Er staat geen klacht open." in team.words(client)
    assert "Van dit jaar is nog niets afgelopen." in team.words(client, f"?afgelopen={clock.today().year}")


def test_what_is_due_first_stands_on_top(app: Flask, sign_in: SignIn) -> None:
    today = clock.today()
    later = taken(filed(today - timedelta(days=3)), Step.ACKNOWLEDGE)
    late = taken(filed(today - timedelta(days=60)), Step.ACKNOWLEDGE)
    now = filed(today - timedelta(days=10), route=Route.OBJECTION)
    page = team.words(sign_in(Role.COMPLAINTS))
    assert page.index(late.reference) < page.index(now.reference) < page.index(later.reference)
    assert "3 open" in page and "2 te laat" in page
    days = (today - late.not_taken_up_by).days
    assert f"{days} dagen te laat" in page
    assert f"nog {(later.not_taken_up_by - today).days} dagen" in page
    assert "In behandeling nemen of niet" in page and "Ontvangst bevestigen" in page


def test_the_words_of_a_badge(app: Flask, sign_in: SignIn) -> None:
    complaint = taken(filed(), Step.ACKNOWLEDGE)
    client = sign_in(Role.COMPLAINTS)
    for days, word, kind in (
        (30, "nog 30 dagen", "safe"),
        (8, "nog 8 dagen", "safe"),
        (7, "nog 7 dagen", "warning"),
        (1, "nog 1 dag", "warning"),
        (0, "vandaag", "warning"),
        (-1, "1 dag te laat", "danger"),
        (-3, "3 dagen te laat", "danger"),
    ):
        with team.held(complaint) as held:
            held.not_taken_up_by = clock.today() + timedelta(days=days)
        badge = f'utrecht-badge-status--{kind}">{word}<'
        assert badge in client.get(team.HOME).text, (days, word)


def test_who_does_not_read_sees_theme_and_terms(app: Flask) -> None:
    complaint = themed(taken(filed(), Step.ACKNOWLEDGE, Step.CALL), "privacy")
    handler = handled_by(complaint, staff(Role.QUALITY))
    kept_letter(complaint, letters.Kind.CODE, "tekst", by=letters.By.POST)
    with team.held(complaint) as held:
        messages.say(held, "Hallo?", request_key="een", author=None)
    address = f'href="{team.HOME}/{complaint.reference}"'

    other = team.enter(app, staff(Role.TALKS)).get(team.HOME)
    assert "Klacht: privacy" in team.said(other) and "nog " in team.said(other)
    assert "Van de andere klachten ziet u het thema en de termijn." in team.said(other)
    assert address not in other.text and handler.email not in other.text
    assert "nieuw bericht" not in other.text and "te printen" not in other.text

    reader = team.enter(app, handler).get(team.HOME)
    assert address in reader.text and handler.email in team.said(reader)
    assert "1 nieuw bericht" in team.said(reader) and "1 brief te printen" in team.said(reader)
    assert "Van de andere klachten" not in team.said(reader)


def test_no_handler_is_said(app: Flask, sign_in: SignIn) -> None:
    complaint = filed()
    client = sign_in(Role.COMPLAINTS)
    assert "nog geen behandelaar" in team.words(client)
    team.asked(complaint, staff(Role.QUALITY))
    assert "(gevraagd)" in team.words(client)


def test_who_is_asked_gets_to_the_question(app: Flask) -> None:
    complaint = filed()
    user = team.asked(complaint, staff(Role.QUALITY))
    assert f'href="{team.HOME}/{complaint.reference}"' in team.enter(app, user).get(team.HOME).text


def test_what_ended_is_found_by_year(app: Flask, sign_in: SignIn) -> None:
    today = clock.today()
    solved = taken(filed(today), Step.ACKNOWLEDGE, Step.CALL, Step.SOLVE)
    older = taken(filed(today.replace(year=today.year - 1)), Step.ACKNOWLEDGE, Step.CALL, Step.SOLVE)
    still = filed(today)
    client = sign_in(Role.COMPLAINTS)
    page = team.words(client)
    assert still.reference in page and solved.reference not in page and older.reference not in page
    page = team.words(client, f"?afgelopen={today.year}")
    assert solved.reference in page and "Samen opgelost" in page
    assert older.reference not in page and still.reference not in page
    assert older.reference in team.words(client, f"?afgelopen={today.year - 1}")


@pytest.mark.parametrize("asked", ["", "alles", "1999", "20260", "²⁰²⁶", "-1", "2026'"])
def test_a_year_that_is_none(app: Flask, sign_in: SignIn, asked: str) -> None:
    client = sign_in(Role.COMPLAINTS)
    assert client.get(team.HOME, query_string={"afgelopen": asked}).status_code == 404


def test_the_other_pages_of_this_part(app: Flask, sign_in: SignIn) -> None:
    expected = {
        Role.COMPLAINTS: ["Register", "Jaarcijfers", "Verbeteringen", "Bezwaren"],
        Role.QUALITY: ["Register", "Jaarcijfers", "Verbeteringen", "Bezwaren"],
        Role.ADMIN: ["Register", "Jaarcijfers"],
        Role.TALKS: ["Register"],
    }
    for role, names in expected.items():
        page = sign_in(role).get(team.HOME).text
        found = page[page.index('<nav class="subnav"') :]
        found = found[: found.index("</nav>")]
        assert [name for name in expected[Role.COMPLAINTS] if f">{name}</a>" in found] == names, role


def test_thirty_complaints_cost_no_more_than_one(
    app: Flask, sign_in: SignIn, statements: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Account, roles, years, complaints, messages, letters: six; and nobody's words are opened for it, but the address
    of who looks."""
    client = sign_in(Role.COMPLAINTS)

    def fill(number: int) -> None:
        for _n in range(number):
            complaint = filed()
            team.concerned(complaint, name="Iemand", email="iemand@voorbeeld.example")
            kept_letter(complaint, letters.Kind.CODE, "tekst", by=letters.By.POST)
            with team.held(complaint) as held:
                messages.say(held, "Hallo?", request_key=complaint.public_id, author=None)

    fill(1)
    statements.clear()
    client.get(team.HOME)
    one = len(statements)
    fill(29)
    statements.clear()
    keyring = app.extensions["keyring"]
    opened: list[bytes] = []
    monkeypatch.setattr(keyring, "decrypt", lambda sealed: opened.append(sealed) or "")
    page = client.get(team.HOME)
    assert page.text.count("nieuw bericht") == 30
    assert len(statements) == one <= 6, statements
    with db.engine.connect() as connection:
        own = connection.execute(text("SELECT email FROM staff_user")).scalars().all()
    assert [bytes(one) for one in opened] == [bytes(one) for one in own]


def test_words_of_people_stay_out_of_the_list(app: Flask, sign_in: SignIn) -> None:
    filed()
    page = sign_in(Role.COMPLAINTS).get(team.HOME).text
    assert CONTENT.what not in page and CONTENT.name not in page
