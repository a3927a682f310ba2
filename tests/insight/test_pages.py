"""The pages Vandaag, Respons and Resultaten in every state, for every role."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from portal import clock
from portal.audit.models import AuditEvent
from portal.db import db, transaction
from portal.identity.rules import PERMISSIONS, Role
from portal.profile import profile
from portal.tasks import operations as tasks
from portal.tasks.models import Task
from tests.conftest import SignIn
from tests.insight.fill import invite, respond

TODAY = date(2026, 11, 23)
HIDDEN = "te weinig antwoorden om te tonen"
PAGES = {"/team": "today.see", "/team/respons": "response.see", "/team/resultaten": "results.see"}
MOST_STATEMENTS = 6
GOOD = {"grade": "8", "speed": "agree", "respect": "strongly_agree"}
BAD = {"grade": "4", "speed": "disagree", "respect": "neutral"}


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "today", lambda: TODAY)


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    sent: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("BEGIN", "COMMIT", "ROLLBACK")):
            sent.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


def words(client: FlaskClient, address: str) -> str:
    """What the page says, without its tags."""
    response = client.get(address)
    assert response.status_code == 200, response.status_code
    main = response.text[response.text.index("<main") :]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", main)))


def rows(client: FlaskClient, address: str) -> list[str]:
    """The rows of all tables, each as one text."""
    found = re.findall(r"<tr role=\"row\">(.*?)</tr>", client.get(address).text, re.DOTALL)
    return [re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", row))).strip() for row in found]


def call_back(app: Flask, key: str = "one", **details: str) -> int:
    given = {
        "name": "Sanne de Wit",
        "phone": "+31612345678",
        "when": "morning",
        "moment": "plan",
        "language": "nl",
    }
    with app.app_context(), transaction() as session:
        tasks.add("call_back", key, given | details)
        return int(session.scalars(db.select(Task.id).where(Task.request_key == key)).one())


def post(client: FlaskClient, address: str) -> str:
    """Press the button as it stands on the page; what the next page says."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/team").text)
    assert token
    response = client.post(address, data={"csrf_token": token[1]})
    assert response.status_code == 303, response.status_code
    return words(client, response.location)


class TestWhoMayEnter:
    @pytest.mark.parametrize("role", list(Role))
    def test_each_role_its_pages(self, sign_in: SignIn, role: Role) -> None:
        client = sign_in(role)
        for address, action in PAGES.items():
            expected = 200 if role in PERMISSIONS[action] else 403
            assert client.get(address).status_code == expected, (address, role)

    @pytest.mark.parametrize("address", PAGES)
    def test_strangers_sign_in_first(self, client: FlaskClient, address: str) -> None:
        response = client.get(address)
        assert response.status_code == 302
        assert "/team/inloggen" in response.location


class TestToday:
    def test_nothing_to_do(self, quality: FlaskClient) -> None:
        assert "Niemand wacht op een telefoontje" in words(quality, "/team")

    def test_a_card_says_whom_to_call_where_and_when(self, app: Flask, quality: FlaskClient) -> None:
        call_back(app)
        page = words(quality, "/team")
        for part in ("Sanne de Wit", "06 12345678", "’s ochtends", "Plan", "Nederlands", "Gebeld, klaar"):
            assert part in page
        assert 'href="tel:+31612345678"' in quality.get("/team").text

    def test_the_longest_waiting_comes_first_and_says_so(self, app: Flask, quality: FlaskClient) -> None:
        call_back(app, "new", name="Nieuw")
        old = call_back(app, "old", name="Oud")
        with app.app_context(), transaction() as session:
            session.get_one(Task, old).created_at = datetime(2025, 10, 6, 9, tzinfo=UTC)
        page = words(quality, "/team")
        assert page.index("Oud") < page.index("Nieuw")
        assert re.search(r"wacht \d+ werkdagen", page)

    def test_what_somebody_left_out_leaves_no_hole(self, app: Flask, quality: FlaskClient) -> None:
        call_back(app, name="", phone="0031 huis", when="", language="")
        page = words(quality, "/team")
        assert "Zonder naam" in page
        assert "0031 huis" in page
        assert "maakt niet uit" in page

    def test_names_are_text_and_never_markup(self, app: Flask, quality: FlaskClient) -> None:
        call_back(app, name="<b>Jan</b>")
        assert "<b>Jan</b>" not in quality.get("/team").text

    @pytest.mark.parametrize("role", sorted(set(Role) - PERMISSIONS["tasks.finish"]))
    def test_others_see_no_name_and_no_number(self, app: Flask, sign_in: SignIn, role: Role) -> None:
        call_back(app)
        client = sign_in(role)
        page = words(client, "/team")
        assert "niets voor u te doen" in page
        assert "Sanne" not in page
        assert "12345678" not in page

    def test_done_and_not_done_after_all(self, app: Flask, quality: FlaskClient) -> None:
        task = call_back(app)
        page = post(quality, f"/team/taken/{task}/klaar")
        assert "Mooi, dat is gedaan" in page
        assert "Niemand wacht op een telefoontje" in page
        assert "Deze week gedaan" in page
        assert "12345678" not in page
        page = post(quality, f"/team/taken/{task}/open")
        assert "De taak staat weer open" in page
        assert "Deze week gedaan" not in page
        with app.app_context():
            events = db.session.scalars(db.select(AuditEvent.event).order_by(AuditEvent.id)).all()
        assert events[-2:] == ["task.done", "task.reopened"]

    def test_twice_is_kind_and_counts_once(self, app: Flask, quality: FlaskClient) -> None:
        task = call_back(app)
        post(quality, f"/team/taken/{task}/klaar")
        assert "Deze taak was al klaar" in post(quality, f"/team/taken/{task}/klaar")
        post(quality, f"/team/taken/{task}/open")
        assert "Deze taak stond al open" in post(quality, f"/team/taken/{task}/open")
        with app.app_context():
            count = db.session.scalar(
                db.select(db.func.count()).where(AuditEvent.event.in_(["task.done", "task.reopened"]))
            )
        assert count == 2

    @pytest.mark.parametrize("task", [987654, 2**31 - 1])
    def test_gone_is_kind(self, app: Flask, quality: FlaskClient, task: int) -> None:
        call_back(app)
        assert "Deze taak is er niet meer" in post(quality, f"/team/taken/{task}/klaar")

    def test_no_number_of_a_task_is_an_error(self, app: Flask, quality: FlaskClient) -> None:
        call_back(app)
        token = re.search(r'name="csrf_token" value="([^"]+)"', quality.get("/team").text)
        assert token
        response = quality.post(f"/team/taken/{2**40}/klaar", data={"csrf_token": token[1]})
        assert response.status_code == 404

    def test_another_site_finishes_nothing(self, app: Flask, quality: FlaskClient) -> None:
        task = call_back(app)
        assert quality.post(f"/team/taken/{task}/klaar").status_code == 400
        with app.app_context():
            assert db.session.get_one(Task, task).done_at is None

    def test_who_may_not_finish_is_refused(self, app: Flask, sign_in: SignIn) -> None:
        task = call_back(app)
        client = sign_in(Role.ADMIN)
        token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/team").text)
        assert token
        response = client.post(f"/team/taken/{task}/klaar", data={"csrf_token": token[1]})
        assert response.status_code == 403


class TestResponse:
    def test_nobody_invited(self, quality: FlaskClient) -> None:
        page = words(quality, "/team/respons")
        assert "In 2026 is nog niemand uitgenodigd" in page
        assert "2019" in page
        assert "13,4%" in page

    def test_a_first_few_are_hidden(self, app: Flask, quality: FlaskClient) -> None:
        invite(app, 4, date(2026, 3, 2), sent=1)
        page = words(quality, "/team/respons")
        assert HIDDEN in page.lower()
        assert "25" not in "".join(rows(quality, "/team/respons")).replace("2025", "")

    def test_the_rate_with_its_interval(self, app: Flask, quality: FlaskClient) -> None:
        invite(app, 50, date(2026, 3, 2), delivered=40, started=12, sent=10)
        page = words(quality, "/team/respons")
        assert "25,0%" in page
        assert "10 van de 40 bereikte mensen" in page
        assert "95% zeker tussen 14,2% en 40,2%" in page
        assert "Intake 50 40 12 10 25,0% 14,2–40,2%" in rows(quality, "/team/respons")
        assert "maart 50 40 12 10 25,0% 14,2–40,2%" in rows(quality, "/team/respons")
        assert "+11,6" in page

    def test_family_members_never_count(self, app: Flask, quality: FlaskClient) -> None:
        invite(app, 40, date(2026, 3, 2), sent=10)
        invite(app, 40, date(2026, 3, 2), sent=40, first_person=False)
        assert "10 van de 40 bereikte mensen" in words(quality, "/team/respons")

    def test_family_members_have_their_own_row(self, app: Flask, quality: FlaskClient) -> None:
        assert "Andere gezinsleden" not in words(quality, "/team/respons")
        invite(app, 40, date(2026, 3, 2), sent=10)
        before = rows(quality, "/team/respons")
        invite(app, 20, date(2026, 3, 2), sent=5, first_person=False)
        invite(app, 8, date(2026, 11, 2), moment="closure", sent=2, first_person=False)
        page, found = words(quality, "/team/respons"), rows(quality, "/team/respons")
        assert "Andere gezinsleden" in page
        own = [
            "Moment Links en berichten Verstuurd Aandeel Marge",
            "Intake 20 5 25,0% 11,2–46,9%",
            "Plan geen links gegeven",
            "Afsluiting loopt nog 8 2 25,0% 7,1–59,1%",
        ]
        assert [row for row in found if row not in before] == own
        assert [row for row in found if row not in own] == before, "nothing else on the page changes"
        assert "10 van de 40 bereikte mensen" in page

    def test_few_family_members_are_hidden(self, app: Flask, quality: FlaskClient) -> None:
        invite(app, 40, date(2026, 3, 2), sent=10)
        invite(app, 4, date(2026, 3, 2), sent=1, first_person=False)
        page = words(quality, "/team/respons")
        assert f"Zij tellen nergens anders op deze pagina mee, en ook niet in het cijfer. {HIDDEN}" in (
            page.replace(HIDDEN.capitalize(), HIDDEN)
        )
        invite(app, 20, date(2026, 3, 2), moment="plan", first_person=False)
        found = rows(quality, "/team/respons")
        assert found.count(f"Intake {HIDDEN}") == 1
        assert found.count(f"Plan {HIDDEN}") == 1, "the rest would give the few away"

    def test_family_members_of_another_year_stay_there(self, app: Flask, quality: FlaskClient) -> None:
        invite(app, 40, date(2026, 3, 2), sent=10)
        invite(app, 40, date(2025, 3, 2), sent=10)
        invite(app, 20, date(2025, 3, 2), sent=5, first_person=False)
        assert "Andere gezinsleden" not in words(quality, "/team/respons")
        assert "Intake 20 5 25,0% 11,2–46,9%" in rows(quality, "/team/respons?jaar=2025")

    def test_a_link_not_handed_over_yet_is_not_given(self, app: Flask, quality: FlaskClient) -> None:
        invite(app, 9, None, first_person=False)
        invite(app, 9, date(2026, 3, 2), delivered=0, first_person=False)
        assert "Intake geen links gegeven" in rows(quality, "/team/respons")

    def test_a_month_with_open_links_runs(self, app: Flask, quality: FlaskClient) -> None:
        invite(app, 40, date(2026, 3, 2), sent=10)
        invite(app, 40, date(2026, 11, 2), sent=2)
        found = rows(quality, "/team/respons")
        assert [row for row in found if row.startswith("november loopt nog 40")]
        assert [row for row in found if row.startswith("maart 40")]
        assert "afgesloten maanden: 25,0%" in words(quality, "/team/respons")

    def test_the_open_days_of_the_profile_decide(self, app: Flask, quality: FlaskClient) -> None:
        with app.app_context():
            open_days = profile().surveys.open_days
        invite(app, 40, TODAY - timedelta(days=open_days + 1), sent=2)
        assert "loopt nog" not in "".join(rows(quality, "/team/respons"))
        invite(app, 40, TODAY - timedelta(days=open_days), sent=2)
        assert "loopt nog" in "".join(rows(quality, "/team/respons"))

    def test_youth_adults_and_unknown(self, app: Flask, quality: FlaskClient) -> None:
        invite(app, 40, date(2026, 3, 2), sent=10)
        invite(app, 20, date(2026, 3, 2), domain="adults", sent=10)
        found = rows(quality, "/team/respons")
        assert [row for row in found if row.startswith("Jeugd 40 40")]
        assert [row for row in found if row.startswith("Volwassenen 20 20")]
        assert "Onbekend niemand uitgenodigd" in found
        invite(app, 3, date(2026, 3, 2), domain="unknown")
        assert "Daarom tonen we geen van de groepen" in words(quality, "/team/respons")
        assert not [row for row in rows(quality, "/team/respons") if row.startswith("Jeugd")]

    def test_a_small_month_is_hidden_with_the_next(self, app: Flask, quality: FlaskClient) -> None:
        for month, number in ((3, 40), (4, 3), (5, 20)):
            invite(app, number, date(2026, month, 2))
        found = rows(quality, "/team/respons")
        assert f"april {HIDDEN}" in found
        assert f"mei {HIDDEN}" in found
        assert [row for row in found if row.startswith("maart 40")]

    def test_another_year_can_be_chosen_from_the_list(self, app: Flask, quality: FlaskClient) -> None:
        invite(app, 40, date(2025, 3, 2), sent=10)
        assert 'href="/team/respons?jaar=2025"' in quality.get("/team/respons").text
        assert "Respons 2025" in words(quality, "/team/respons?jaar=2025")

    @pytest.mark.parametrize("year", ["2019", "x", "", "-1", "9" * 30, "2026.0"])
    def test_a_year_off_the_list_is_not_there(self, quality: FlaskClient, year: str) -> None:
        assert quality.get(f"/team/respons?jaar={year}").status_code == 404

    def test_the_published_years_with_their_gaps(self, app: Flask, quality: FlaskClient) -> None:
        invite(app, 40, date(2026, 3, 2), sent=10)
        found = rows(quality, "/team/respons")
        assert "2019 niet bekend" in found
        assert "2023 niet bekend" in found
        assert "2024 gepubliceerd 11,4% –" in found
        assert "2025 gepubliceerd 13,4% –" in found
        assert "2026 dit portaal 25,0% 14,2–40,2%" in found

    def test_charts_have_words(self, app: Flask, quality: FlaskClient) -> None:
        invite(app, 40, date(2026, 3, 2), sent=10)
        page = unescape(quality.get("/team/respons").text)
        assert 'aria-label="Respons per jaar: 2019 niet bekend; ' in page
        assert "2026 25,0%, uit dit portaal." in page
        assert 'aria-label="Respons per moment: Intake 25,0%, 95% zeker tussen 14,2% en 40,2%; ' in page

    def test_statements(self, app: Flask, quality: FlaskClient) -> None:
        invite(app, 40, date(2026, 3, 2), sent=10)
        invite(app, 40, date(2026, 3, 2), sent=10, first_person=False)
        with counted(app) as sent:
            quality.get("/team/respons")
        assert len(sent) <= MOST_STATEMENTS, sent
        assert len([statement for statement in sent if "FROM invitation" in statement]) == 1


class TestResults:
    def test_no_answers_at_all(self, quality: FlaskClient) -> None:
        page = words(quality, "/team/resultaten")
        assert "Er zijn nog geen antwoorden" in page
        assert "77%" in page

    def test_a_small_quarter_is_hidden(self, app: Flask, quality: FlaskClient) -> None:
        respond(app, "2026-Q4", [GOOD] * 4, texts={"went_well": [("Heel herkenbaar", True)] * 4})
        page = words(quality, "/team/resultaten")
        assert HIDDEN in page.lower()
        assert "Heel herkenbaar" not in page
        assert "100%" not in page

    def test_grades_and_statements(self, app: Flask, quality: FlaskClient) -> None:
        respond(app, "2026-Q4", [GOOD] * 6 + [BAD] * 2)
        page = words(quality, "/team/resultaten")
        assert "75% geeft een 7 of hoger n = 8 95% zeker tussen 41% en 93%" in page
        assert "7,0 gemiddeld cijfer n = 8 95% zeker tussen 5,5 en 8,5" in page
        found = rows(quality, "/team/resultaten")
        assert "Het eerste gesprek kwam snel genoeg. 0% 75% 0% 25% 0% 8 0" in found
        assert "8 6 75%" in found
        page = unescape(quality.get("/team/resultaten").text)
        assert 'aria-label="Het eerste gesprek kwam snel genoeg.: eens 75%, neutraal 0%, oneens 25%."' in page

    def test_a_question_few_answered_is_hidden(self, app: Flask, quality: FlaskClient) -> None:
        respond(app, "2026-Q4", [{"grade": "8"}] * 6 + [{"grade": "8", "next_step": "disagree"}] * 4)
        assert f"Ik weet wat er nu gaat gebeuren. {HIDDEN}" in rows(quality, "/team/resultaten")

    def test_open_answers_with_the_word_for_who_agreed(self, app: Flask, quality: FlaskClient) -> None:
        texts = {
            "went_well": [("Fijn gesprek", True), *[("Goed <b>geluisterd</b>", False)] * 4],
            "could_be_better": [("Te lang wachten", True)] * 4,
        }
        respond(app, "2026-Q4", [GOOD] * 8, texts=texts)
        page = words(quality, "/team/resultaten")
        assert "Wat goed ging" in page
        assert "Fijn gesprek mag gebruikt worden" in page
        assert page.count("mag gebruikt worden ") == 1
        assert "<b>geluisterd</b>" in page
        assert "Te lang wachten" not in page

    def test_a_rolling_year_leaves_small_quarters_out(self, app: Flask, quality: FlaskClient) -> None:
        respond(app, "2026-Q1", [GOOD] * 6)
        respond(app, "2026-Q2", [BAD] * 4)
        respond(app, "2026-Q4", [GOOD] * 5)
        page = words(quality, "/team/resultaten?deel=intake&periode=2026-Q4-jaar")
        assert "jaar tot en met het 4e kwartaal 2026" in page
        assert "Niet meegeteld, omdat er te weinig antwoorden waren: 2e kwartaal 2026" in page
        assert "100% geeft een 7 of hoger n = 11" in page
        assert f"2e kwartaal 2026 {HIDDEN}" in rows(quality, "/team/resultaten")

    def test_a_quarter_that_is_not_over_says_so(self, app: Flask, quality: FlaskClient) -> None:
        respond(app, "2026-Q3", [GOOD] * 6)
        assert "loopt nog" not in words(quality, "/team/resultaten")
        respond(app, "2026-Q4", [GOOD] * 6)
        assert "loopt nog" in words(quality, "/team/resultaten")

    def test_parenting_help_has_no_grade(self, app: Flask, quality: FlaskClient) -> None:
        given = {"parenting_satisfied": "agree", "parenting_can_manage": "neutral"}
        respond(app, "2026-Q4", [given] * 6, pile="parenting_help")
        page = words(quality, "/team/resultaten?deel=opvoedhulp")
        assert "100% eens: Ik ben tevreden over de hulp bij het opvoeden. n = 6" in page
        assert "Welk cijfer" not in page

    @pytest.mark.parametrize(
        ("part", "pile", "name", "question"),
        [
            ("gezin-intake", "family_intake", "Gezinsleden: intake", "Het eerste gesprek kwam snel genoeg."),
            ("gezin-plan", "family_plan", "Gezinsleden: plan", "Het plan past bij mij."),
            ("gezin-afsluiting", "family_closure", "Gezinsleden: afsluiting", "Ik kan nu zelf verder."),
        ],
    )
    def test_family_members_have_results_of_their_own(
        self, app: Flask, quality: FlaskClient, part: str, pile: str, name: str, question: str
    ) -> None:
        texts = {"went_well": [("Van de familie", True)] * 6}
        respond(app, "2026-Q4", [GOOD] * 6, texts={"went_well": [("Van de cliënt", True)] * 6})
        respond(app, "2026-Q4", [BAD] * 6, pile=pile, texts=texts)
        page = words(quality, f"/team/resultaten?deel={part}")
        assert f"{name}, 4e kwartaal 2026" in page
        assert "0% geeft een 7 of hoger n = 6" in page
        assert "4,0 gemiddeld cijfer n = 6" in page
        assert question in page
        assert "Van de familie" in page
        assert "Van de cliënt" not in page
        assert "hulp bij het opvoeden" not in page, "the module is no part of it"

    def test_family_members_change_no_other_figure(self, app: Flask, quality: FlaskClient) -> None:
        respond(app, "2026-Q4", [GOOD] * 6)
        addresses = ["/team/resultaten", "/team/resultaten?deel=intake&periode=2026-Q4-jaar"]
        before = [words(quality, address) for address in addresses]
        for pile in ("family_intake", "family_plan", "family_closure"):
            respond(app, "2026-Q4", [BAD] * 60, pile=pile)
        assert [words(quality, address) for address in addresses] == before

    def test_few_family_members_are_hidden(self, app: Flask, quality: FlaskClient) -> None:
        respond(
            app, "2026-Q4", [BAD] * 4, pile="family_plan", texts={"went_well": [("Herkenbaar", True)] * 4}
        )
        page = words(quality, "/team/resultaten?deel=gezin-plan")
        assert HIDDEN in page.lower()
        assert "Herkenbaar" not in page

    def test_a_pile_without_answers_says_so(self, app: Flask, quality: FlaskClient) -> None:
        respond(app, "2026-Q4", [GOOD] * 6)
        assert "In deze periode zijn er geen antwoorden" in words(quality, "/team/resultaten?deel=plan")

    @pytest.mark.parametrize(
        "query",
        [
            "deel=klacht",
            "deel=",
            "periode=2026-11",
            "periode=2026-Q3",
            "periode=",
            "deel=intake&periode=2026",
        ],
    )
    def test_filters_off_the_list_are_not_there(self, app: Flask, quality: FlaskClient, query: str) -> None:
        respond(app, "2026-Q4", [GOOD] * 6)
        assert quality.get(f"/team/resultaten?{query}").status_code == 404

    def test_years_published_and_ours(self, app: Flask, quality: FlaskClient) -> None:
        respond(app, "2026-Q4", [GOOD] * 6)
        found = rows(quality, "/team/resultaten")
        assert "2021 gepubliceerd 77% – 7,9 –" in found
        assert "2020 gepubliceerd – – 7,8 –" in found
        assert "2023 niet bekend" in found
        assert "2025 gepubliceerd 72% – – –" in found
        assert [row for row in found if row.startswith("2026 dit portaal 100%")]

    def test_statements(self, app: Flask, quality: FlaskClient) -> None:
        respond(app, "2026-Q3", [GOOD] * 8, texts={"went_well": [("Goed", True)] * 8})
        respond(app, "2026-Q4", [GOOD] * 8, texts={"went_well": [("Goed", True)] * 8})
        for period in ("2026-Q4", "2026-Q4-jaar"):
            with counted(app) as sent:
                quality.get(f"/team/resultaten?deel=intake&periode={period}")
            assert len(sent) <= MOST_STATEMENTS, sent


def test_today_statements(app: Flask, quality: FlaskClient) -> None:
    for number in range(5):
        call_back(app, str(number))
    with counted(app) as sent:
        quality.get("/team")
    # Three more for the complaints: the list, unread messages, letters to print.
    assert len(sent) <= MOST_STATEMENTS + 3, sent
