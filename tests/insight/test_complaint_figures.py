"""The yearly pages about complaints: the team's, its file, and the public account."""

import csv
import io
import re
import secrets
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal import clock, profile
from portal.complaints.counting import operations as counting
from portal.complaints.counting.operations import NewMeasure
from portal.complaints.counting.words import Kind, Outcome, Subject
from portal.complaints.models import Complaint, ComplaintPart
from portal.complaints.rules import Domain, Route, Stage
from portal.db import db, transaction
from portal.identity.rules import PERMISSIONS, Role
from tests.complaints.people import filed
from tests.conftest import SignIn
from tests.surveys.inviting.team import said

NOW = datetime(2026, 11, 23, 11, tzinfo=UTC)
YEAR, ACCOUNT = "/team/klachten/jaar", "/klacht/jaarverslag"
FEW = "te weinig klachten om te tonen"
MOST_STATEMENTS = 11
"""Who is signed in, with the roles (3); when it began, the years, the year, judgments, objections, measures."""
MOST_FOR_EVERYONE = 3


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Another day."""
    return lambda moment: monkeypatch.setattr(clock, "now", lambda: moment)


@pytest.fixture
def unpublished(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """An organisation that published nothing before."""
    ours = app.extensions["profile"]
    none = ours.complaints.model_copy(update={"published": {}})
    monkeypatch.setitem(app.extensions, "profile", ours.model_copy(update={"complaints": none}))


def complaint(app: Flask, number: int = 1, on: date = date(2026, 3, 2), **facts: Any) -> None:
    """So many complaints, as the procedure would have left them; `parts` are the judgments of each."""
    parts = facts.pop("parts", ())
    given = {name: facts.pop(name) for name in ("domain", "route", "on_behalf", "language") if name in facts}
    with app.app_context():
        for _one in range(number):
            made = filed(on, **given)
            with transaction():
                kept = db.session.get_one(Complaint, made.id)
                for name, value in facts.items():
                    setattr(kept, name, value)
                kept.parts = [
                    ComplaintPart(number=place, words="iets", judgment=judgment)
                    for place, judgment in enumerate(parts, start=1)
                ]


def words(client: FlaskClient, address: str = YEAR) -> str:
    response = client.get(address)
    assert response.status_code == 200, response.status_code
    return said(response)


def rows(client: FlaskClient, address: str = YEAR) -> list[str]:
    """The rows of all tables, each as one text."""
    found = re.findall(r"<tr role=\"row\">(.*?)</tr>", client.get(address).text, re.DOTALL)
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row)).strip() for row in found]


def file_of(client: FlaskClient, year: int) -> dict[tuple[str, str], str]:
    response = client.get(f"{YEAR}.csv?jaar={year}")
    assert response.status_code == 200
    assert response.content_type.startswith("text/csv")
    assert f'filename="klachten-{year}.csv"' in response.headers["Content-Disposition"]
    read = list(csv.reader(io.StringIO(response.data.decode("utf-8-sig")), delimiter=";"))
    assert read[0] == ["Onderdeel", "Groep", "Aantal"]
    return {(part, group): number for part, group, number in read[1:]}


def ended(after: int) -> dict[str, Any]:
    return {"ended_on": date(2026, 3, 2) + timedelta(days=after)}


class TestTheYear:
    def test_nothing_yet(self, quality: FlaskClient) -> None:
        page = words(quality)
        assert "In 2026 is er nog geen klacht ontvangen." in page
        assert "2026 niet bekend" not in page

    def test_youth_and_adults_apart(self, app: Flask, quality: FlaskClient) -> None:
        complaint(app, 2, domain=Domain.YOUTH)
        complaint(app, 1, domain=Domain.ADULTS)
        complaint(app, 1, domain=Domain.UNKNOWN)
        page = words(quality)
        for part in (
            "4 klachten ontvangen",
            "2 over jeugd",
            "1 over volwassenen",
            "1 nog niet bekend waarover",
        ):
            assert part in page

    def test_only_complaints_count(self, app: Flask, quality: FlaskClient) -> None:
        """9:12a: what was passed on or only told is counted apart."""
        complaint(app, 2)
        complaint(app, 3, route=Route.SIGNAL)
        complaint(app, 1, route=Route.OBJECTION, stage=Stage.PASSED_ON, **ended(1))
        page = words(quality)
        assert "2 klachten ontvangen" in page
        assert {"Signaal 3", "Bezwaar of beroep 1"} <= set(rows(quality))

    def test_in_time_or_not_and_how_it_went(self, app: Flask, quality: FlaskClient) -> None:
        """Received on Monday 2 March 2026: six weeks end on 13 April, four on 30 March."""
        complaint(app, 5, stage=Stage.SOLVED, **ended(42))
        complaint(app, 5, stage=Stage.CLOSED, **ended(43))
        complaint(app, 5, stage=Stage.NOT_TAKEN_UP, not_taken_up_reason="slight", **ended(29))
        complaint(app, 5, stage=Stage.WITHDRAWN, **ended(3))
        complaint(app, 1, stage=Stage.HEARD)
        complaint(app, 5, on=date(2026, 11, 20))
        found = rows(quality)
        for row in (
            "Op tijd 5",
            "Te laat 10",
            "Loopt nog en is al te laat 1",
            "Loopt nog, binnen de tijd 5",
            "Ingetrokken of doorgestuurd: geen termijn 5",
            "Samen opgelost, zonder oordeel 5",
            "Formeel, met een oordeel 5",
            "Niet in behandeling genomen 5",
            "Ingetrokken 5",
            "Loopt nog 6",
        ):
            assert row in found, row

    def test_the_promise_counts_as_it_stood(self, app: Flask, quality: FlaskClient) -> None:
        complaint(app, 5, stage=Stage.CLOSED, extended=True, decide_by=date(2026, 5, 11), **ended(60))
        assert "Op tijd 5" in rows(quality)

    def test_days_from_five_on(self, app: Flask, quality: FlaskClient) -> None:
        for days in (2, 4, 9, 30):
            complaint(app, 1, stage=Stage.SOLVED, **ended(days))
        assert f"– dagen tot een uitkomst of oplossing {FEW}" in words(quality)
        complaint(app, 1, stage=Stage.CLOSED, **ended(41))
        assert "9 dagen tot een uitkomst of oplossing" in words(quality)

    def test_half_a_day_is_said_with_a_comma(self, app: Flask, quality: FlaskClient) -> None:
        for days in (2, 4, 9, 10, 30, 41):
            complaint(app, 1, stage=Stage.SOLVED, **ended(days))
        assert "9,5 dagen tot een uitkomst" in words(quality)
        assert file_of(quality, 2026)["Dagen tot uitkomst of oplossing (mediaan)", ""] == "9,5"

    def test_themes_hide_below_the_smallest_group(self, app: Flask, quality: FlaskClient) -> None:
        complaint(app, 6, theme="recording")
        complaint(app, 2, theme="privacy")
        complaint(app, 3, theme="waiting")
        found = rows(quality)
        assert "Wat er over mensen is opgeschreven 6" in found
        assert f"Overige {FEW}" in found
        assert "Privacy" not in " ".join(found)

    def test_judgments_are_counted_by_part_of_those_that_were_told(
        self, app: Flask, quality: FlaskClient
    ) -> None:
        complaint(app, 5, stage=Stage.CLOSED, parts=("upheld", "upheld", "not_upheld"), **ended(9))
        complaint(app, 3, stage=Stage.JUDGED, parts=("no_judgment",))
        found = rows(quality)
        assert {"Gegrond 10", "Ongegrond 5", "Geen oordeel 0"} <= set(found)
        page = words(quality)
        assert "15 onderdelen." in page, "five would leave the three that run"
        assert "van 5 klachten" not in page
        complaint(app, 2, stage=Stage.JUDGED, parts=("no_judgment",))
        assert "15 onderdelen van 5 klachten" in words(quality)

    def test_judgments_of_four_are_hidden(self, app: Flask, quality: FlaskClient) -> None:
        complaint(app, 4, stage=Stage.CLOSED, parts=("upheld", "upheld"), **ended(9))
        page = words(quality)
        assert f"Oordelen {FEW.capitalize()}." in page
        assert "Gegrond" not in page

    def test_objections_and_measures_stand_beside(self, app: Flask, quality: FlaskClient) -> None:
        with app.app_context(), transaction():
            for place, subject in enumerate((Subject.PGB, Subject.PGB, Subject.ZIN)):
                kind = Kind.APPEAL if place == 0 else Kind.OBJECTION
                made = counting.add_objection(
                    kind, subject, date(2026, 5, 6), request_key=str(place), actor="1"
                )
            counting.end_objection(made, Outcome.WITHDRAWN, date(2026, 6, 1), "1")
            counting.add_objection(Kind.APPEAL, Subject.ZIN, date(2024, 5, 6), request_key="x", actor="1")
            for place in range(2):
                new = NewMeasure("anders", "iemand", date(2026, 12, 1))
                measure = counting.add_measure(new, request_key=str(place), actor="1")
            counting.finish_measure(measure.id, "1")
        found = rows(quality)
        for row in ("Bezwaar 2", "Beroep 1", "Pgb 2", "Zorg in Natura 1", "Ingetrokken 1", "Loopt nog 2"):
            assert row in found, row
        assert {"Afgesproken 2", "Daarvan klaar 1"} <= set(found)
        assert "Beroep 1" in rows(quality, f"{YEAR}?jaar=2024")

    @pytest.mark.parametrize("year", ["2022", "2019", "2027", "negen", "", "9" * 400, "2026; DROP TABLE"])
    def test_a_year_of_which_nothing_is_known(self, app: Flask, quality: FlaskClient, year: str) -> None:
        complaint(app)
        assert quality.get(f"{YEAR}?jaar={year}").status_code == 404
        assert quality.get(f"{YEAR}.csv?jaar={year}").status_code == 404


class TestTheSeries:
    def test_what_was_published_stands_in_the_same_series_with_a_gap(
        self, app: Flask, quality: FlaskClient
    ) -> None:
        complaint(app, 3, domain=Domain.YOUTH)
        found = rows(quality)
        assert found[-6:] == [
            "2026 dit portaal, loopt nog 3 0 0 3",
            "2025 gepubliceerd – – – 11",
            "2024 niet bekend",
            "2023 niet bekend",
            "2022 niet bekend",
            "2021 gepubliceerd – – – 3",
        ]
        chart = re.search(r'aria-label="(Klachten per jaar: [^"]+)"', quality.get(YEAR).text)
        assert chart
        assert chart[1] == (
            "Klachten per jaar: 2021 3, eerder gepubliceerd; 2022 niet bekend; 2023 niet bekend; "
            "2024 niet bekend; 2025 11, eerder gepubliceerd; 2026 3, uit dit portaal, loopt nog."
        )

    def test_a_published_year_has_its_own_page(self, quality: FlaskClient) -> None:
        page = words(quality, f"{YEAR}?jaar=2025")
        assert "11 klachten ontvangen eerder gepubliceerd; in dit portaal staat er geen" in page
        assert file_of(quality, 2025)["Ontvangen, eerder gepubliceerd", ""] == "11"

    def test_rows_of_a_published_year_are_named_beside_it(self, app: Flask, quality: FlaskClient) -> None:
        complaint(app, 2, on=date(2025, 12, 30), domain=Domain.YOUTH)
        page = words(quality, f"{YEAR}?jaar=2025")
        assert "11 klachten ontvangen eerder gepubliceerd; in dit portaal staan er 2" in page
        found = rows(quality)
        assert "2025 gepubliceerd – – – 11" in found
        assert "2025 later ingevoerd 2 0 0 2" in found

    def test_the_first_year_says_what_may_be_missing(
        self, app: Flask, quality: FlaskClient, at: Callable[[datetime], None]
    ) -> None:
        missing = "voordat dit portaal er was?"
        complaint(app)
        assert missing in words(quality)
        at(datetime(2027, 2, 1, 11, tzinfo=UTC))
        complaint(app, on=date(2027, 1, 5))
        assert missing not in words(quality)

    def test_a_year_without_any_is_nought_once_the_portal_is_there(
        self, app: Flask, quality: FlaskClient, at: Callable[[datetime], None]
    ) -> None:
        complaint(app)
        at(datetime(2028, 2, 1, 11, tzinfo=UTC))
        assert "2027 dit portaal 0 0 0 0" in rows(quality)

    @pytest.mark.usefixtures("unpublished")
    def test_an_organisation_that_published_nothing(self, app: Flask, quality: FlaskClient) -> None:
        assert "Door de jaren heen" not in words(quality)
        complaint(app)
        assert rows(quality)[-1] == "2026 dit portaal, loopt nog 0 1 0 1"


class TestTheAccount:
    def test_without_a_complaint_only_what_was_published(self, client: FlaskClient) -> None:
        page = words(client, ACCOUNT)
        assert "2025 11 klachten eerder verteld in ons jaarverslag" in page
        assert "2024 niet bekend" in page
        assert "2026" not in page
        assert "In ons portaal" not in page

    @pytest.mark.usefixtures("unpublished")
    def test_without_anything(self, client: FlaskClient) -> None:
        assert "Er is nog geen heel jaar om over te vertellen." in words(client, ACCOUNT)

    def test_this_year_is_told_next_year(
        self, app: Flask, client: FlaskClient, at: Callable[[datetime], None]
    ) -> None:
        """A number that grows while one watches tells that somebody complained."""
        before = words(client, ACCOUNT)
        complaint(app, 2, domain=Domain.YOUTH)
        complaint(app, 1, domain=Domain.ADULTS)
        page = words(client, ACCOUNT)
        assert "Over dit jaar vertellen we in januari." in page
        assert "2026" not in page and "2026" not in before
        at(datetime(2027, 1, 1, 11, tzinfo=UTC))
        assert "2026 3 klachten 2 over jeugd, 1 over volwassenen" in words(client, ACCOUNT)

    def test_themes_only_from_the_smallest_group_on(
        self, app: Flask, client: FlaskClient, at: Callable[[datetime], None]
    ) -> None:
        complaint(app, 6, theme="recording")
        complaint(app, 3, theme="privacy")
        complaint(app, 2, theme="waiting")
        at(datetime(2027, 3, 1, 11, tzinfo=UTC))
        page = words(client, ACCOUNT)
        assert "Waar de klachten van 2026 over gingen Wat er over mensen is opgeschreven: 6" in page
        assert "Privacy: " not in page
        assert "te weinig klachten over kregen" in page

    def test_too_few_of_anything(
        self, app: Flask, client: FlaskClient, at: Callable[[datetime], None]
    ) -> None:
        complaint(app, 2, theme="recording")
        at(datetime(2027, 3, 1, 11, tzinfo=UTC))
        page = words(client, ACCOUNT)
        assert "Over elk onderwerp kwamen te weinig klachten om te tonen." in page
        assert "opgeschreven" not in page

    def test_nobodys_words_are_in_it(
        self, app: Flask, client: FlaskClient, at: Callable[[datetime], None]
    ) -> None:
        with app.app_context(), transaction():
            new = NewMeasure("GEHEIM-MAATREGEL", "GEHEIM-EIGENAAR", date(2026, 12, 1))
            counting.add_measure(new, request_key=secrets.token_hex(4), actor="1")
        complaint(app, 7, theme="recording", stage=Stage.CLOSED, parts=("upheld",), **ended(3))
        at(datetime(2027, 3, 1, 11, tzinfo=UTC))
        html = client.get(ACCOUNT).text
        for secret in ("GEHEIM", "KL-2026", "Proefpersoon", "Proefstraat", "klopt niet"):
            assert secret not in html

    def test_english(self, client: FlaskClient) -> None:
        response = client.get(f"{ACCOUNT}?taal=en")
        assert response.status_code == 200
        assert '<html lang="en"' in response.text
        assert 'href="/klacht?taal=en"' in response.text

    def test_everybody_may_find_it(self, client: FlaskClient) -> None:
        response = client.get(ACCOUNT)
        assert "noindex" not in response.text
        assert "X-Robots-Tag" not in response.headers


@pytest.mark.parametrize("role", list(Role))
def test_who_may_enter(sign_in: SignIn, role: Role) -> None:
    expected = 200 if role in PERMISSIONS["complaints.figures"] else 403
    assert sign_in(role).get(YEAR).status_code == expected


def test_the_published_figures_are_those_of_the_profile() -> None:
    assert profile.load("skt-westland").complaints.published == {2021: 3, 2025: 11}
    assert profile.load("sociaal-team-houten").complaints.published == {}


def test_more_complaints_cost_no_more_statements(
    app: Flask, quality: FlaskClient, client: FlaskClient
) -> None:
    from tests.insight.test_pages import counted

    complaint(app, 6, stage=Stage.CLOSED, parts=("upheld", "not_upheld"), **ended(9))
    complaint(app, 6, on=date(2025, 5, 5), domain=Domain.YOUTH)
    with counted(app) as sent:
        quality.get(YEAR)
    assert len(sent) <= MOST_STATEMENTS, "\n".join(sent)
    with counted(app) as sent:
        client.get(ACCOUNT)
    assert len(sent) <= MOST_FOR_EVERYONE, "\n".join(sent)
