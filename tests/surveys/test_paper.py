"""Paper: sheets to print from the same file, and typing in what came back."""

import json

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from portal.crypto import keyring
from portal.db import db
from portal.identity.rules import Role
from portal.surveys.models import Invitation, LetterboxEntry, PaperEntry
from portal.surveys.rules import Moment, Perspective
from tests.conftest import SignIn
from tests.surveys.sheets import Sheet, invited, opened

ENTER = "/team/papier/invoeren?moment=intake&perspective=parent"


def letterbox() -> list[dict]:
    db.session.rollback()
    return [
        json.loads(keyring().decrypt(entry.sealed)) for entry in db.session.scalars(select(LetterboxEntry))
    ]


def code_of(invitation: Invitation) -> str:
    return keyring().code(invitation.public_id, invitation.link_key_id)


@pytest.mark.parametrize("moment", list(Moment))
@pytest.mark.parametrize("perspective", list(Perspective))
@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_questionnaire_can_be_printed(
    quality: FlaskClient, moment: Moment, perspective: Perspective, language: str
) -> None:
    page = quality.get(f"/team/papier/{moment}/{perspective}/{language}")
    assert page.status_code == 200
    assert f'<html lang="{language}"' in page.text
    assert page.text.count("<h2>") == 9
    more = quality.get(f"/team/papier/{moment}/{perspective}/{language}?opvoedhulp=ja")
    assert more.text.count("<h2>") == (11 if moment is Moment.CLOSURE else 9)


@pytest.mark.parametrize("path", ["x/parent/nl", "intake/x/nl", "intake/parent/xx"])
def test_a_sheet_that_is_not_there(quality: FlaskClient, path: str) -> None:
    assert quality.get(f"/team/papier/{path}").status_code == 404


def test_a_paper_with_a_code_counts_in_the_response(quality: FlaskClient) -> None:
    invitation, _address = invited(perspective=Perspective.PARENT, channel="letter")
    sheet = opened(quality, ENTER)
    sheet.fields["code"] = [code_of(invitation).lower()]
    after = sheet.fill(grade="9", speed="agree", went_well="Van papier").press("")
    assert "Bewaard" in after.text
    (content,) = letterbox()
    assert content["traits"]["channel"] == "paper"
    assert ["grade", "9"] in content["choices"]
    assert content["texts"] == [["went_well", "Van papier", False]]
    assert db.session.get_one(Invitation, invitation.id, populate_existing=True).completed


def test_a_paper_without_a_code_counts_in_the_results_alone(quality: FlaskClient) -> None:
    opened(quality, ENTER).fill(grade="5").press("")
    (content,) = letterbox()
    assert content["traits"]["channel"] == "paper"
    assert db.session.scalars(select(PaperEntry)).one().with_code is False


def test_pressing_twice_enters_a_paper_once(quality: FlaskClient) -> None:
    sheet = opened(quality, ENTER).fill(grade="5")
    sheet.press("")
    sheet.press("")
    assert len(letterbox()) == 1


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("unknown", "Deze code kennen we niet"),
        ("other moment", "hoort bij een ander papier"),
        ("answered", "al geantwoord"),
        ("empty", "nog geen antwoord"),
        ("off the scale", "Kies een van de antwoorden"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(quality: FlaskClient, case: str, words: str) -> None:
    invitation, address = invited(Moment.PLAN if case == "other moment" else Moment.INTAKE)
    before = 0
    if case == "answered":
        opened(quality, address).fill(grade="8").press("send")
        before = 1
    sheet = opened(quality, ENTER)
    if case != "empty":
        sheet.fill(could_be_better="Getypt en niet weg", grade="77" if case == "off the scale" else "6")
    sheet.fields["code"] = [{"unknown": "0000000000"}.get(case, code_of(invitation))]
    again = sheet.press("")
    assert again.response.status_code == 422
    assert words in again.text
    assert again.fields["code"] == sheet.fields["code"]
    if case != "empty":
        assert again.fields["a-could_be_better"] == ["Getypt en niet weg"]
    assert len(letterbox()) == before
    assert db.session.scalar(select(func.count()).select_from(PaperEntry)) == 0


def test_entering_without_the_sessions_token_is_refused(quality: FlaskClient) -> None:
    sheet = opened(quality, ENTER).fill(grade="6")
    sheet.fields.pop("csrf_token")
    assert sheet.press("").response.status_code == 400
    assert letterbox() == []


@pytest.mark.parametrize(("role", "status"), [(Role.ADMIN, 403), (Role.TALKS, 403), (Role.QUALITY, 200)])
def test_only_the_quality_team_enters_paper(sign_in: SignIn, role: Role, status: int) -> None:
    assert sign_in(role).get(ENTER).status_code == status


def test_an_address_with_an_unknown_paper(quality: FlaskClient) -> None:
    assert Sheet(quality, quality.get("/team/papier/invoeren?moment=x")).response.status_code == 404
