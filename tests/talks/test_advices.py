"""Advices: their steps, who may read them, and what everybody reads."""

import re
import secrets
from collections.abc import Iterator
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
from portal.talks.advices.words import STAGES
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


def fresh(number: int) -> Advice:
    db.session.expire_all()
    return db.session.get_one(Advice, number)


def ways(so_far: tuple[Stage, ...] = ()) -> Iterator[tuple[Stage, ...]]:
    """The steps of every advice that can be, without the first."""
    yield so_far
    for stage in NEXT[so_far[-1] if so_far else Stage.GIVEN]:
        yield from ways((*so_far, stage))


WAYS = tuple(ways())


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
        for _press in range(2):
            done = coordinator.post(sent[0].location, data=hidden(page) | {"stage": stage, "reason": words})
            assert done.status_code == 303, said(done)
    assert len(fresh(advice.id).steps) == 4, "pressed twice it is there once"
    public = client.get("/dit-deden-wij")
    assert f"Leg folders op scholen. {SCRIPT}" in said(public) and SCRIPT not in public.text
    assert "deels overgenomen en gedaan: Eerst op twee scholen." in said(public)
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
    assert behind.status_code == 409 and "Iemand anders legde intussen een stap vast." in said(behind)
    assert "Getypt." in behind.text and hidden(behind)["seen"] == "3"
    assert fresh(number).stage is Stage.ACCEPTED


def test_who_types_a_reason_where_nothing_may_follow_any_more_keeps_it(coordinator: FlaskClient) -> None:
    number = given(Stage.DISCUSSED)
    address = f"{HOME}/{number}"
    typed = hidden(coordinator.get(address)) | {"stage": "adapted", "reason": f"Getypt. {SCRIPT}"}
    with transaction():
        operations.step(fresh(number), Stage.DECLINED, "Het mag niet.", "other")
    behind = coordinator.post(address, data=typed)
    assert behind.status_code == 409 and f"Getypt. {SCRIPT}" in said(behind) and SCRIPT not in behind.text
    assert [step.words for step in fresh(number).steps] == ["", "", "Het mag niet."]


def test_two_windows(coordinator: FlaskClient) -> None:
    number = given(owner="Ik")
    address = f"{HOME}/{number}/wijzig"
    mine = hidden(coordinator.get(address)) | {"words": "Van mij.", "evening": "", "published": "y"}
    theirs = hidden(coordinator.get(address)) | {"words": "Van hen.", "evening": str(evening(theme="Samen"))}
    for _press in range(2):
        assert coordinator.post(address, data=theirs).status_code == 303, "the same twice is no quarrel"
    behind = coordinator.post(address, data=mine)
    assert behind.status_code == 409 and "Iemand anders veranderde dit advies intussen." in said(behind)
    for now in ("Het advies: Van hen.", "Avond: Samen (", "Te lezen door: alleen het team"):
        assert now in said(behind), now
    assert "Klaar op:" not in said(behind) and "Van mij." in behind.text
    assert (fresh(number).words, fresh(number).published) == ("Van hen.", False)
    again = coordinator.post(address, data=mine | hidden(behind))
    assert again.status_code == 303 and fresh(number).words == "Van mij."


def test_what_is_wrong_does_not_make_an_old_page_new(coordinator: FlaskClient) -> None:
    number = given()
    address = f"{HOME}/{number}/wijzig"
    mark = hidden(coordinator.get(address))
    coordinator.post(address, data=mark | {"words": "Van hen.", "evening": ""})
    wrong = coordinator.post(address, data=mark | {"words": "", "evening": ""})
    assert wrong.status_code == 422
    late = coordinator.post(address, data=hidden(wrong) | {"words": "Van mij.", "evening": ""})
    assert late.status_code == 409 and fresh(number).words == "Van hen."


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


@pytest.mark.parametrize("stages", WAYS, ids=" ".join)
def test_everybody_reads_each_step(client: FlaskClient, stages: tuple[Stage, ...]) -> None:
    given(*stages)
    html = client.get("/talks").text
    shown = re.findall(r'<li class="talk-step"([^>]*)>(.*?)</li>', html, re.DOTALL)
    assert len(shown) == len(stages) + 1
    for stage, (marks, step) in zip((Stage.GIVEN, *stages), shown, strict=True):
        assert str(STAGES[stage]) in step and f"{clock.today().year}" in step
        assert ("Want het kan niet." in step) is (stage in rules.WITH_REASON)
        assert ("aria-current" in marks) is (step == shown[-1][1])


SENTENCES = {
    "": "Wij hebben dit gehoord en bespreken het nog.",
    "discussed": "Wij hebben dit besproken in ons kwaliteitsteam.",
    "discussed accepted": "Wij hebben dit overgenomen.",
    "discussed adapted": "Wij hebben dit deels overgenomen: Want het kan niet.",
    "discussed declined": "Wij hebben dit niet overgenomen: Want het kan niet.",
    "discussed accepted done": "Wij hebben dit overgenomen en gedaan.",
    "discussed adapted done": "Wij hebben dit deels overgenomen en gedaan: Want het kan niet.",
}


@pytest.mark.parametrize("stages", WAYS, ids=" ".join)
def test_everybody_reads_one_sentence(client: FlaskClient, stages: tuple[Stage, ...]) -> None:
    given(*stages)
    found = re.findall(r"Wij hebben dit [^<]*", client.get("/dit-deden-wij").text)
    assert found == [SENTENCES[" ".join(stages)]]


def test_the_sentence_ends_with_the_latest_words(client: FlaskClient) -> None:
    number = given(Stage.DISCUSSED, Stage.ADAPTED)
    with transaction():
        operations.step(fresh(number), Stage.DONE, f"Ze liggen er. {SCRIPT}", "test")
    page = client.get("/dit-deden-wij")
    assert f"en gedaan: Want het kan niet. Ze liggen er. {SCRIPT}" in said(page) and SCRIPT not in page.text


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


@pytest.mark.parametrize("address", ["/talks", "/dit-deden-wij"])
def test_many_advices_cost_no_more_statements(
    client: FlaskClient, statements: list[str], address: str
) -> None:
    counted = []
    for more in (1, 11):
        for _n in range(more):
            given(Stage.DISCUSSED, Stage.ADAPTED, Stage.DONE)
        statements.clear()
        client.get(address)
        counted.append(len(statements))
    assert counted[0] == counted[1], statements


def test_others_of_the_team_may_not(sign_in: SignIn, quality: FlaskClient) -> None:
    assert sign_in(Role.COMPLAINTS).get(HOME).status_code == 403
    assert quality.get(HOME).status_code == 200
    assert quality.get(f"{HOME}/99").status_code == 404
