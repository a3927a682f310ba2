"""Two complaints in one browser: what was typed for one never reaches the other, and nothing is lost."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.complaints.models import Complaint
from tests.complaints.following.follower import (
    HOME,
    asked_longer,
    inside,
    marks,
    marks_of_form,
    now,
    planned,
    said,
    told,
    words,
)
from tests.complaints.people import CODE, filed

SECRET = "Dit mag niemand van de andere klacht lezen"


def other_tab(app: Flask, client: FlaskClient, complaint: Complaint) -> None:
    """The same browser opens another complaint meanwhile, in a tab where the door stood open already."""
    fields = marks(app.test_client().get(HOME)) | {"reference": complaint.reference, "code": CODE}
    assert client.post(HOME, data=fields).status_code == 303


def late_post(
    app: Flask, client: FlaskClient, one: Complaint, two: Complaint, address: str, page: str, **typed: str
) -> TestResponse:
    """The page of one is sent while the browser follows two."""
    inside(client, one)
    fields = marks_of_form(client.get(HOME + page), HOME + address)
    other_tab(app, client, two)
    return client.post(HOME + address, data=fields | typed)


@pytest.mark.parametrize("address", ["/berichten", "/gesprek", "/intrekken"])
@pytest.mark.parametrize("pressed", ["send", "language:en"])
def test_words_go_to_the_door_and_on_with_their_own_code_only(
    app: Flask, client: FlaskClient, address: str, pressed: str
) -> None:
    one, two = planned(), planned()
    response = late_post(app, client, one, two, address, address, words=SECRET, action=pressed)
    assert response.status_code == 409
    assert f"U volgt nu een andere klacht ({two.reference})" in said(response) and SECRET in response.text
    assert "Ja, trek in" not in response.text and f'action="{HOME}{address}' not in response.text
    assert SECRET not in words(client, address), "the other one's page shows nothing of it"
    fields = marks(response) | {"words": SECRET, "code": CODE}
    wrong = client.post(HOME, data=fields | {"reference": two.reference})
    assert wrong.status_code == 422 and "hoort bij een andere klacht" in said(wrong)
    assert SECRET in wrong.text and "trek in" not in wrong.text
    again = client.post(HOME, data=fields | {"reference": one.reference})
    assert again.status_code == 200 and SECRET in again.text and one.reference in again.text
    done = client.post(
        HOME + address, data=marks_of_form(again, HOME + address) | {"words": SECRET, "action": "send"}
    )
    assert done.status_code == 303
    assert now(two).stage == "copied" and now(two).messages == []
    assert now(one).stage == "withdrawn" or SECRET in now(one).messages[-1].words


@pytest.mark.parametrize(
    ("make", "address", "page", "typed"),
    [
        (filed, "/intrekken", "/intrekken", {"words": ""}),
        (asked_longer, "/meer-tijd", "/meer-tijd", {"choice": "yes"}),
        (told, "/opgelost", "", {"solved": "yes"}),
        (filed, "/sluiten", "", {}),
    ],
)
def test_a_button_does_nothing_to_the_other_complaint(
    app: Flask, client: FlaskClient, make: object, address: str, page: str, typed: dict[str, str]
) -> None:
    assert callable(make)
    one, two = make(), make()
    response = late_post(app, client, one, two, address, page, **typed)
    assert response.status_code == 409 and "Daarom is er niets gedaan." in said(response)
    for complaint in (one, two):
        kept = now(complaint)
        assert kept.stage != "withdrawn" and kept.solved is None
        assert "agree_longer" not in {step.step for step in kept.steps}
    assert two.reference in words(client)


def test_after_the_end_too_words_come_only_to_their_own_complaint(app: Flask, client: FlaskClient) -> None:
    one, two = filed(), filed()
    inside(client, one)
    fields = marks_of_form(client.get(f"{HOME}/intrekken"), f"{HOME}/intrekken")
    late = app.test_client()
    door = late.post(f"{HOME}/intrekken", data=fields | {"words": SECRET})
    assert door.status_code == 403
    typed = marks(door) | {"words": SECRET, "reference": two.reference, "code": CODE}
    response = late.post(HOME, data=typed)
    assert response.status_code == 422 and "hoort bij een andere klacht" in said(response)
    assert late.get(f"{HOME}/intrekken").status_code == 303, "nobody was let in"
