"""Uploading an export: looked at first, taken over or not, and never lying about readable."""

import csv
import io
import tempfile
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug import formparser

from portal import clock
from portal.db import db, transaction
from portal.identity.rules import Role
from portal.surveys.inviting.importing import UPLOAD_LIMIT, keep_upload
from portal.surveys.inviting.models import Contact, ImportFile
from portal.surveys.inviting.registration import read
from portal.surveys.models import Invitation
from tests.conftest import SignIn
from tests.surveys.inviting.exports import EXPECTED, SAMPLE, export, row
from tests.surveys.inviting.people import TODAY, Clock
from tests.surveys.inviting.team import HOME, give, post, press, said, words

IN = "/inlezen"
SPOOLED_FROM = 500 * 1024
"""From this size on the library would put a part of a post on the disk."""


@pytest.fixture(autouse=True)
def _noon(app: Flask, time: Clock) -> None:
    """A Monday in November, twelve o'clock."""


def looked_at(client: FlaskClient, data: bytes) -> str:
    """The address of the preview of this file."""
    response = give(client, data)
    assert response.status_code == 303, said(response)
    return response.location.removeprefix(HOME)


def kept() -> int:
    """How many uploads lie there."""
    db.session.rollback()
    return db.session.query(ImportFile).count()


def invited() -> int:
    """How many people were taken in."""
    db.session.rollback()
    return db.session.query(Contact).count()


class TestTheWholeWay:
    def test_a_messy_export_is_shown_and_then_taken_over(self, quality: FlaskClient) -> None:
        address = looked_at(quality, SAMPLE)
        page = words(quality, address)
        assert f"{EXPECTED['new']} nieuw 0 veranderd {EXPECTED['known']} al bekend" in page
        assert f"{len(EXPECTED['refused'])} geweigerd" in page
        assert f"Neem deze {EXPECTED['new']} rijen over" in page
        assert invited() == 0, "looking changes nothing"
        page = press(quality, f"{address}/overnemen")
        told = f"Ingelezen: {EXPECTED['new']} nieuw, 0 veranderd, {EXPECTED['known']} al bekend, "
        assert told + f"{len(EXPECTED['refused'])} geweigerd." in page
        assert invited() == EXPECTED["new"]
        assert kept() == 0

    def test_whom_when_over_what_and_why_not(self, quality: FlaskClient) -> None:
        data = export(
            row(naam="Proefpersoon Een", telefoon="0612345678", adres="", postcode="", plaats=""),
            row(zaaknummer="Z-2", naam="Proefpersoon Twee", datum="2026-01-05"),
            row(
                zaaknummer="Z-3",
                naam="",
                email="drie@voorbeeld.example",
                telefoon="",
                adres="",
                postcode="",
                plaats="",
            ),
        )
        page = words(quality, looked_at(quality, data))
        assert "Proefpersoon Een 2 Intake sms op ma 23 nov e-mail op vr 27 nov , e-mail op do 3 dec" in page
        assert "Proefpersoon Twee 3 Intake Te lang geleden" in page
        assert "Zonder naam 4 Intake e-mail op ma 23 nov" in page
        assert "Het eerste bericht gaat over: 1 sms, 1 e-mail. 1 rij krijgt niets." in page

    def test_what_to_look_at_again_is_said(self, quality: FlaskClient) -> None:
        page = words(quality, looked_at(quality, export(row(email="geen adres"))))
        assert "Deze rijen gaan mee, maar kijk ze na 1" in page
        assert "Regel 2 email Dit is geen e-mailadres" in page

    def test_what_is_known_changes_nothing_and_can_only_be_thrown_away(self, quality: FlaskClient) -> None:
        data = export(row())
        press(quality, f"{looked_at(quality, data)}/overnemen")
        address = looked_at(quality, data)
        page = words(quality, address)
        assert "Er staat niets nieuws in dit bestand" in page
        assert "overnemen" not in quality.get(HOME + address).text
        assert "Het bestand is weggegooid. Er is niets veranderd." in press(quality, f"{address}/weggooien")
        assert kept() == 0

    def test_another_address_for_somebody_known_is_marked(self, quality: FlaskClient) -> None:
        press(quality, f"{looked_at(quality, export(row()))}/overnemen")
        address = looked_at(quality, export(row(email="nieuw@voorbeeld.example")))
        assert "Proefpersoon Één veranderd" in words(quality, address)
        assert "0 nieuw, 1 veranderd" in press(quality, f"{address}/overnemen")
        assert db.session.query(Contact).one().email == "nieuw@voorbeeld.example"

    def test_only_the_first_hundred_of_a_long_list(self, quality: FlaskClient) -> None:
        rows = [row(zaaknummer=f"Z-{number}", naam=f"Proefpersoon {number}") for number in range(130)]
        bad = [row(moment="ooit") for _n in range(120)]
        page = words(quality, looked_at(quality, export(*rows, *bad)))
        assert "Dit zijn de eerste 100 van 120." in page
        assert "Proefpersoon 129" not in page
        assert "Dit zijn de eerste 100 van 129." in page, "one is asked, the others share that address"

    def test_pressing_twice_takes_over_once(self, quality: FlaskClient) -> None:
        address = looked_at(quality, export(row()))
        press(quality, f"{address}/overnemen")
        page = press(quality, f"{address}/overnemen")
        assert "Dit bestand is hier niet meer" in page
        assert invited() == 1
        assert "Er is niets veranderd" in press(quality, f"{address}/weggooien")

    def test_nothing_of_it_is_readable_while_it_waits(self, quality: FlaskClient) -> None:
        looked_at(quality, export(row(naam="Proefpersoon Geheim")))
        (sealed,) = db.session.scalars(db.select(ImportFile.sealed)).all()
        assert b"Geheim" not in sealed and b"zaaknummer" not in sealed

    def test_a_large_file_never_touches_the_disk(
        self, quality: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_args: object, **_kwargs: object) -> None:
            raise AssertionError("an upload was put on the disk")

        for module in (tempfile, formparser):
            for name in ("SpooledTemporaryFile", "TemporaryFile"):
                if hasattr(module, name):
                    monkeypatch.setattr(module, name, refuse)
        rows = [row(zaaknummer=f"Z-{number}", moment="ooit") for number in range(6000)]
        data = export(*rows)
        assert SPOOLED_FROM < len(data) < UPLOAD_LIMIT
        looked_at(quality, data)


class TestWhatCannotBeRead:
    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            (b"", "Het bestand is leeg."),
            (b"PK\x03\x04 and so on", "Dit is een Excel-bestand."),
            (b"naam;bsn\r\n", "Haal de kolom uit de export".lower()),
            (b"hallo\r\nwereld\r\n", "De eerste regel noemt geen kolommen"),
            (export(row()) + b" " * UPLOAD_LIMIT, "groter dan 2 MB"),
        ],
        ids=["empty", "excel", "bsn", "no header", "too large"],
    )
    def test_it_says_why_and_keeps_nothing(self, quality: FlaskClient, data: bytes, reason: str) -> None:
        response = give(quality, data)
        assert response.status_code == 422
        assert reason.lower() in said(response).lower()
        assert "Bestand inlezen" in said(response)
        assert kept() == 0 and invited() == 0

    def test_no_file_was_chosen(self, quality: FlaskClient) -> None:
        for response in (give(quality, b"", ""), post(quality, IN)):
            assert response.status_code == 422
            assert "Kies eerst een bestand." in said(response)

    def test_a_file_that_is_much_too_large_is_not_even_read(self, quality: FlaskClient) -> None:
        response = give(quality, b"x" * (2 * UPLOAD_LIMIT))
        assert response.status_code == 413
        assert "Dit bestand is groter dan 2 MB. Er is niets veranderd." in said(response)
        assert kept() == 0

    def test_who_may_not_upload_is_not_shown_the_page(self, sign_in: SignIn) -> None:
        for size in (10, 2 * UPLOAD_LIMIT):
            response = give(sign_in(Role.ADMIN), b"x" * size)
            assert response.status_code in {403, 413}
            assert "Bestand inlezen" not in response.text

    def test_other_pages_take_no_more_than_before(self, quality: FlaskClient) -> None:
        assert post(quality, "/gezin", number="x" * 270_000).status_code == 413


class TestWhatIsGone:
    def test_after_a_day(self, quality: FlaskClient, time: Clock) -> None:
        address = looked_at(quality, export(row()))
        time.moment += timedelta(days=1, minutes=1)
        for way in ("", "/geweigerd.csv"):
            response = quality.get(HOME + address + way)
            assert response.location == f"{HOME}{IN}"
        assert "ouder dan een dag" in press(quality, f"{address}/overnemen")
        assert invited() == 0

    def test_what_never_was(self, quality: FlaskClient) -> None:
        assert quality.get(f"{HOME}{IN}/bestaat-niet").location == f"{HOME}{IN}"
        assert "Dit bestand is hier niet meer" in words(quality, IN)

    def test_a_file_that_no_release_could_have_kept(self, quality: FlaskClient) -> None:
        with transaction():
            upload_id = keep_upload(b"\0", "1")
        response = quality.get(f"{HOME}{IN}/{upload_id}")
        assert response.status_code == 422
        assert "nultekens" in said(response)


class TestDownloads:
    def test_refused_rows_with_line_column_and_reason(self, quality: FlaskClient) -> None:
        address = looked_at(quality, SAMPLE)
        response = quality.get(f"{HOME}{address}/geweigerd.csv")
        lines = list(csv.reader(io.StringIO(response.get_data().decode("utf-8-sig")), delimiter=";"))
        assert lines[0] == ["regel", "kolom", "reden"]
        assert [(int(line), column or None) for line, column, _reason in lines[1:]] == [
            (one["line"], one["column"]) for one in EXPECTED["refused"]
        ]
        assert all(reason for _line, _column, reason in lines[1:])

    def test_the_example_can_be_read_in_and_asks_nobody(self, quality: FlaskClient) -> None:
        example = quality.get(f"{HOME}/voorbeeld.csv").get_data()
        (reading,) = read(example, clock.today())
        assert reading.row and not reading.refusal and not reading.warnings
        page = words(quality, looked_at(quality, example))
        assert "Te lang geleden 1" in page
        press(quality, f"{looked_at(quality, example)}/overnemen")
        contact = db.session.query(Contact).one()
        assert (contact.next_on, contact.not_asked) == (None, "too_old")
        assert db.session.query(Invitation).one().invited_on is None
        assert contact.happened_on < TODAY
