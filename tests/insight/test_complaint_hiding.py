"""What the team's yearly page and its file hide of few complaints."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal import clock
from portal.complaints.rules import Domain, OnBehalf, Stage
from portal.identity.rules import Role
from tests.conftest import SignIn
from tests.insight.test_complaint_figures import FEW, NOW, YEAR, complaint, ended, file_of, rows, words


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


class TestThePage:
    def test_how_it_went_hides_below_the_smallest_group_but_not_what_runs_late(
        self, app: Flask, quality: FlaskClient
    ) -> None:
        complaint(app, 6, stage=Stage.SOLVED, **ended(42))
        complaint(app, 3, stage=Stage.CLOSED, **ended(43))
        complaint(app, 1, stage=Stage.HEARD)
        found, page = rows(quality), words(quality)
        assert "Loopt nog en is al te laat 1" in found
        for name in (
            "Op tijd",
            "Te laat",
            "Samen opgelost, zonder oordeel",
            "Formeel, met een oordeel",
            "Loopt nog",
        ):
            assert not [row for row in found if re.fullmatch(rf"{name} \d+", row)], name
        assert f"Van de rest: {FEW}." in page
        assert f"Informeel of formeel {FEW.capitalize()}." in page
        # Nine had an outcome or a solution: that would leave one that runs.
        assert "n = " not in page and "de helft ging sneller" in page
        kept = file_of(quality, 2026)
        assert kept["Op tijd of niet", "Loopt nog en is al te laat"] == "1"
        assert kept["Op tijd of niet", "overige"] == kept["Hoe het ging", "overige"] == FEW
        assert ("Op tijd of niet", "Op tijd") not in kept and ("Hoe het ging", "Loopt nog") not in kept

    def test_a_third_party_is_counted_and_said(self, app: Flask, quality: FlaskClient) -> None:
        complaint(app, 4, on_behalf=OnBehalf.DOES_NOT_KNOW)
        complaint(app, 5)
        page, kept = words(quality), file_of(quality, 2026)
        assert "9 klachten ontvangen" in page
        assert "van een ander" not in page
        assert kept["Door een ander, zonder dat de cliënt het wist", ""] == FEW
        complaint(app, 1, on_behalf=OnBehalf.DOES_NOT_KNOW)
        assert "5 klachten kwamen van een ander, zonder dat de cliënt het wist." in words(quality)
        assert file_of(quality, 2026)["Door een ander, zonder dat de cliënt het wist", ""] == "5"


class TestTheFile:
    def test_it_holds_what_the_page_shows_and_nothing_more(self, app: Flask, quality: FlaskClient) -> None:
        complaint(app, 6, theme="recording", domain=Domain.YOUTH, stage=Stage.SOLVED, **ended(5))
        complaint(
            app, 2, theme="privacy", stage=Stage.NOT_TAKEN_UP, not_taken_up_reason="criminal", **ended(5)
        )
        complaint(app, 3, theme="waiting")
        found = file_of(quality, 2026)
        assert found["Ontvangen, in dit portaal", "Jeugd"] == "6"
        assert found["Ontvangen, in dit portaal", "Volwassenen"] == "5"
        assert found["Op tijd of niet", "Op tijd"] == "8"
        assert found["Op tijd of niet", "Loopt nog en is al te laat"] == "3"
        assert found["Hoe het ging", "overige"] == FEW
        assert found["Thema", "Wat er over mensen is opgeschreven"] == "6"
        assert found["Thema", "overige"] == FEW
        assert found["Reden niet in behandeling", "overige"] == FEW
        assert ("Thema", "Privacy") not in found
        assert "strafrechtelijk" not in str(found)

    def test_strangers_and_others_of_the_staff(self, client: FlaskClient, sign_in: SignIn) -> None:
        assert client.get(f"{YEAR}.csv").status_code == 302
        assert sign_in(Role.TALKS).get(f"{YEAR}.csv").status_code == 403
