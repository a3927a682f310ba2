"""Advices: their steps, who may read them, and what everybody reads."""

import re
import secrets
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal import clock
from portal.db import db, transaction
from portal.identity.rules import Role
from portal.talks.advices import operations, rules
from portal.talks.advices.operations import Told
from portal.talks.advices.rules import NEXT, IllegalStage, Stage
from portal.talks.models import Advice
from tests.conftest import SignIn
from tests.talks.evenings import evening

HOME = "/team/talks/adviezen"
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def coordinator(sign_in: SignIn) -> FlaskClient:
    return sign_in(Role.TALKS)


def hidden(page: TestResponse) -> dict[str, str]:
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text))


def said(page: TestResponse) -> str:
    main = page.text[page.text.index("<main") :]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", main)))


def given(*stages: Stage, **told: object) -> int:
    """An advice after these steps; its number."""
    with transaction():
        made = operations.add(
            Told(**{"words": "Leg folders op scholen.", "published": True} | told),  # type: ignore[arg-type]
            given_on=clock.today(),
            request_key=secrets.token_hex(8),
            actor="test",
        )
        for stage in stages:
            operations.step(made, stage, "Want het kan niet." if stage in rules.WITH_REASON else "", "test")
        return made.id


@pytest.mark.parametrize("current", Stage)
@pytest.mark.parametrize("new", Stage)
def test_only_what_follows_may_follow(current: Stage, new: Stage) -> None:
    if new in NEXT[current]:
        rules.check(current, new, "Daarom.")
    else:
        with pytest.raises(IllegalStage):
            rules.check(current, new, "Daarom.")


@pytest.mark.parametrize("stage", rules.WITH_REASON)
def test_no_is_said_with_a_reason(stage: Stage) -> None:
    with pytest.raises(IllegalStage, match="waarom"):
        rules.check(Stage.DISCUSSED, stage, "  ")


def test_from_the_evening_to_done(coordinator: FlaskClient, client: FlaskClient) -> None:
    mine = evening()
    fields = hidden(coordinator.get(HOME)) | {
        "words": f"Leg folders op scholen. {SCRIPT}",
        "evening": str(mine),
        "given_on": clock.today().isoformat(),
        "owner": "Het kwaliteitsteam",
        "published": "y",
    }
    sent = [coordinator.post(HOME, data=fields) for _n in range(2)]
    assert sent[0].location == sent[1].location, "pressed twice it is there once"
    (advice,) = db.session.scalars(select(Advice)).all()
    assert (advice.evening_id, advice.owner, advice.stage) == (mine, "Het kwaliteitsteam", Stage.GIVEN)
    for stage, words in (("discussed", ""), ("adapted", "Eerst op twee scholen."), ("done", "")):
        page = coordinator.get(sent[0].location)
        done = coordinator.post(sent[0].location, data=hidden(page) | {"stage": stage, "reason": words})
        assert done.status_code == 303, said(done)
    public = client.get("/dit-deden-wij")
    assert f"Leg folders op scholen. {SCRIPT}" in said(public) and SCRIPT not in public.text
    assert "Gedaan" in said(public)
    assert "De volgende stap" not in said(coordinator.get(sent[0].location))


def test_a_step_says_what_is_wrong_and_keeps_what_was_typed(coordinator: FlaskClient) -> None:
    number = given(Stage.DISCUSSED)
    address = f"{HOME}/{number}"
    mark = hidden(coordinator.get(address))
    for fields, message in (
        ({}, "Kies wat er is gebeurd."),
        ({"stage": "done"}, "Kies wat er is gebeurd."),
        ({"stage": "declined", "reason": " "}, "Schrijf op waarom"),
    ):
        refused = coordinator.post(address, data=mark | {"reason": "Getypt."} | fields)
        assert refused.status_code == 422 and message in said(refused)
    assert "Getypt." in coordinator.post(address, data=mark | {"reason": "Getypt."}).text
    with transaction():
        found = operations.locked(number)
        assert found is not None
        operations.step(found, Stage.ACCEPTED, "", "other")
    behind = coordinator.post(address, data=mark | {"stage": "declined", "reason": "Getypt."})
    assert behind.status_code in (409, 422)
    db.session.expire_all()
    assert db.session.get_one(Advice, number).stage is Stage.ACCEPTED


def test_nobody_but_the_team_reads_what_is_not_published(
    client: FlaskClient, coordinator: FlaskClient
) -> None:
    number = given(words="Alleen voor ons.", published=False)
    assert "Alleen voor ons." not in client.get("/dit-deden-wij").text
    assert "Hier staat nog niets." in client.get("/dit-deden-wij").text
    address = f"{HOME}/{number}/wijzig"
    fields = hidden(coordinator.get(address)) | {"words": "Voor iedereen.", "evening": "", "published": "y"}
    coordinator.post(address, data=fields)
    assert "Voor iedereen." in client.get("/dit-deden-wij").text


def test_why_not_is_read_by_everybody(client: FlaskClient) -> None:
    given(Stage.DISCUSSED, Stage.DECLINED)
    page = said(client.get("/dit-deden-wij"))
    assert "Niet overgenomen" in page and "Want het kan niet." in page


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"words": ""}, "Schrijf het advies op."),
        ({"words": "x" * 301}, "Dit is te lang."),
        ({"evening": "99999"}, "Kies een avond uit de lijst."),
        ({"given_on": "2999-01-01"}, "Kies een dag die geweest is."),
    ],
)
def test_what_is_filled_in_wrong_is_said(
    coordinator: FlaskClient, fields: dict[str, str], message: str
) -> None:
    whole = {"words": "Leg folders neer.", "evening": "", "given_on": "2026-01-01"}
    refused = coordinator.post(HOME, data=hidden(coordinator.get(HOME)) | whole | fields)
    assert refused.status_code == 422 and message in said(refused)
    assert db.session.scalars(select(Advice)).all() == []


def test_few_statements_however_many(client: FlaskClient, statements: list[str]) -> None:
    for number in range(8):
        given(words=f"Advies {number}")
    statements.clear()
    client.get("/dit-deden-wij")
    assert len(statements) <= 2, statements


def test_others_of_the_team_may_not(sign_in: SignIn, quality: FlaskClient) -> None:
    assert sign_in(Role.COMPLAINTS).get(HOME).status_code == 403
    assert quality.get(HOME).status_code == 200
    assert quality.get(f"{HOME}/99").status_code == 404
