"""The steps: what each route asks, what is kept, going on later, and what is gone."""

import pytest
from flask.testing import FlaskClient

from portal.complaints.content import Content
from portal.complaints.filing import queries
from portal.complaints.filing.rules import ASKED, LONGEST, Filling, from_json, to_json
from portal.complaints.rules import Domain, OnBehalf, Route
from portal.db import db
from tests.complaints.filing.filing import (
    COMPLAINT,
    SCRIPT,
    STEPS,
    WAYS,
    WORDS,
    begin,
    drafts,
    fields_of,
    fill,
    filling,
    post,
    said,
)


@pytest.mark.parametrize("route", [str(route) for route in Route])
@pytest.mark.parametrize("young", ["", "ja"])
def test_each_route_asks_what_makes_sense(client: FlaskClient, route: str, young: str) -> None:
    address = begin(client, WAYS[route], **({"jong": "ja"} if young else {}))
    shown = {step: client.get(f"{address}/{step}") for step in ("wat", "over", "bereikbaar")}
    asked = {name for page in shown.values() for name in fields_of(page)}
    ticked = {"wishes", "reach", "voicemail", "formal_by_email", "domain"}
    hidden = {"mark", "as_shown", "for_whom", "on_behalf"}
    assert asked - hidden - ticked == ASKED[Route(route)] - hidden - ticked
    for name in ticked:
        there = any(f'name="{name}"' in page.text for page in shown.values())
        assert there is (name in ASKED[Route(route)]), name
    for page in shown.values():
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert "Set-Cookie" not in page.headers


def test_a_young_person_is_never_called_u(client: FlaskClient) -> None:
    address = begin(client, COMPLAINT, jong="ja")
    fill(client, address, what=WORDS)
    for step in (*STEPS, "later"):
        words = f" {said(client.get(f'{address}/{step}'))} ".split("Hulp bij")[0]
        assert " u " not in words and " uw " not in words.lower(), (step, words)


def test_steps_follow_one_another_and_lead_back(client: FlaskClient) -> None:
    address = begin(client)
    order = ["wat", "over", "bijlagen", "bereikbaar", "nakijken"]
    for step, on in (("wat", "over"), ("over", "bijlagen"), ("bereikbaar", "nakijken")):
        done = post(client, f"{address}/{step}")
        assert (done.status_code, done.location) == (303, f"{address}/{on}")
        assert client.get(address).location == f"{address}/{on}"
    for step in ("over", "bereikbaar"):
        back = post(client, f"{address}/{step}", "back")
        assert back.location == f"{address}/{order[order.index(step) - 1]}"
    for number, step in enumerate(order, start=1):
        page = client.get(f"{address}/{step}")
        assert f"Stap {number} van 5" in said(page)
        assert f'width="{20 * number}%"' in page.text


def test_nothing_is_compulsory(client: FlaskClient) -> None:
    for way in WAYS.values():
        address = begin(client, way)
        assert fill(client, address).status_code == 200


def test_everything_told_is_kept_and_shown(client: FlaskClient) -> None:
    address = begin(client, {"wat": "klacht", "wie": "machtiging", "hulp": "jeugd"})
    review = fill(
        client,
        address,
        what=f"{WORDS}\r\nEn nog iets.",
        when="vorige week",
        about="de medewerker",
        domain="adults",
        on_behalf="knows",
        for_whom="Tante Proef",
        wishes=["talk", "other", "onzin"],
        wish_other="een kop koffie",
        name="Proef Persoon",
        email="Proef@Voorbeeld.example",
        phone="06-1234 5678",
        reach=["email", "letter", "phone", "duif"],
        voicemail="y",
        street="Proefstraat 1",
        postcode="2691 ZM",
        place="'s-Gravenzande",
        formal_by_email="y",
    )
    kept = filling(address)
    assert (kept.domain, kept.on_behalf) == (Domain.ADULTS, OnBehalf.KNOWS)
    assert kept.content == Content(
        what=f"{WORDS}\nEn nog iets.",
        when="vorige week",
        about="de medewerker",
        wishes=("talk", "other"),
        wish_other="een kop koffie",
        for_whom="Tante Proef",
        name="Proef Persoon",
        email="Proef@Voorbeeld.example",
        phone="+31612345678",
        street="Proefstraat 1",
        postcode="2691 ZM",
        place="'s-Gravenzande",
        reach=("email", "phone", "letter"),
        voicemail=True,
        formal_by_email=True,
    )
    words = said(review)
    for text in ("En nog iets.", "Een gesprek Iets anders", "Proefstraat 1 2691 ZM", "Tante Proef", "Bellen"):
        assert text in words
    # Opened again each field has what was typed.
    again = fields_of(client.get(f"{address}/bereikbaar"))
    assert again.getlist("reach") == ["email", "phone", "letter"]
    assert (again["street"], again["voicemail"]) == ("Proefstraat 1", "yes")


def test_digital_letters_come_with_a_mail(client: FlaskClient) -> None:
    """Who agrees to digital letters agrees to the e-mail that says so; nobody else gets one."""
    address = begin(client)
    post(client, f"{address}/bereikbaar", email="a@voorbeeld.example", formal_by_email="yes")
    assert filling(address).content.reach == ("email",)
    other = begin(client)
    post(client, f"{other}/bereikbaar", email="a@voorbeeld.example")
    assert filling(other).content.reach == ()
    assert not filling(other).content.formal_by_email


@pytest.mark.parametrize(
    ("step", "given", "field", "message"),
    [
        ("bereikbaar", {"reach": "email"}, "email", "Vul een e-mailadres in"),
        ("bereikbaar", {"formal_by_email": "yes"}, "email", "Vul een e-mailadres in"),
        ("bereikbaar", {"email": "geen adres"}, "email", "Dit e-mailadres klopt niet"),
        ("bereikbaar", {"reach": "sms"}, "phone", "Vul een telefoonnummer in"),
        ("bereikbaar", {"reach": "phone"}, "phone", "Vul een telefoonnummer in"),
        ("bereikbaar", {"phone": "nul zes"}, "phone", "Dit nummer kennen we niet"),
        ("bereikbaar", {"reach": "letter", "place": "Ergens"}, "street", "Vul een straat"),
        (
            "bereikbaar",
            {"reach": "letter", "street": "Straat 1"},
            "postcode",
            "Vul een postcode of een plaats in",
        ),
        ("bereikbaar", {"name": "x" * 201}, "name", "Haal er 1 weg"),
        ("wat", {"what": "x" * (LONGEST + 2)}, "what", "Haal er 2 weg"),
        ("wat", {"when": "x" * 201}, "when", "Haal er 1 weg"),
        ("over", {"wish_other": "x" * 201}, "wish_other", "Haal er 1 weg"),
    ],
)
@pytest.mark.parametrize("action", ["next", "back", "later"])
def test_what_is_wrong_is_said_and_stays(
    client: FlaskClient, step: str, given: dict[str, str], field: str, message: str, action: str
) -> None:
    address = begin(client)
    shown = post(client, f"{address}/{step}", action, **given)
    assert shown.status_code == 422
    assert "<title>Fout:" in shown.text
    assert f'<a href="#{field}">' in shown.text
    assert message in said(shown)
    for name, value in given.items():
        assert fields_of(shown)[name] == value
    # Nobody is held up: leaving it empty is always right.
    empty = {name: [] if name in {"reach", "formal_by_email"} else "" for name in given}
    assert post(client, f"{address}/{step}", **empty).status_code == 303


def test_what_was_right_beside_it_is_kept(client: FlaskClient) -> None:
    address = begin(client)
    assert post(client, f"{address}/wat", what=WORDS, when="x" * 201).status_code == 422
    assert filling(address).content == Content(what=WORDS)


@pytest.mark.parametrize("typed", ["morgen", "1-1-2999"])
def test_a_day_of_a_decision_that_is_none(client: FlaskClient, typed: str) -> None:
    address = begin(client, WAYS["objection"])
    assert filling(address).content.decision_sent_on == "2026-11-02"
    shown = post(client, f"{address}/over", decision_sent_on=typed)
    assert shown.status_code == 422
    assert fields_of(shown)["decision_sent_on"] == typed
    assert "te laat" not in said(shown)
    assert filling(address).content.decision_sent_on == "2026-11-02"
    assert post(client, f"{address}/over", decision_sent_on="1 maart 2020").status_code == 303
    assert filling(address).content.decision_sent_on == "2020-03-01"
    assert "zondag 1 maart 2020" in said(client.get(f"{address}/nakijken"))


def test_values_that_nobody_offered_become_the_ordinary(client: FlaskClient) -> None:
    address = begin(client)
    done = post(client, f"{address}/over", domain="<b>", on_behalf="x" * 999, wishes=["a", "b"])
    assert done.status_code == 303
    kept = filling(address)
    assert (kept.domain, kept.on_behalf, kept.content.wishes) == (Domain.UNKNOWN, OnBehalf.SELF, ())


def test_what_the_route_does_not_ask_is_not_taken(client: FlaskClient) -> None:
    address = begin(client, WAYS["signal"])
    post(client, f"{address}/bereikbaar", street="Straat 1", formal_by_email="yes", reach=["letter"])
    kept = filling(address).content
    assert (kept.street, kept.formal_by_email, kept.may_write_home) == ("", False, False)


def test_script_is_shown_as_text(client: FlaskClient) -> None:
    address = begin(client, {"wat": "klacht", "wie": "weet-het", "hulp": "jeugd"})
    texts = ("what", "when", "about", "for_whom", "wish_other", "name", "street", "postcode", "place")
    review = fill(client, address, **dict.fromkeys(texts, SCRIPT))
    pages = [review, *(client.get(f"{address}/{step}") for step in ("wat", "over", "bereikbaar"))]
    for page in pages:
        assert "<script>alert" not in page.text
    assert said(review).count(SCRIPT) == len(texts)


def test_a_mark_of_another_draft_changes_nothing(client: FlaskClient) -> None:
    address, other = begin(client), begin(client)
    given = fields_of(client.get(f"{other}/wat"))
    given["what"] = WORDS
    stale = client.post(f"{address}/wat", data=given)
    assert stale.status_code == 400
    assert "Deze pagina stond lang open" in said(stale)
    assert fields_of(stale)["what"] == WORDS
    assert filling(address).content.what == ""
    # Pressed once more it works.
    assert client.post(f"{address}/wat", data=fields_of(stale)).status_code == 303
    assert filling(address).content.what == WORDS


def test_two_windows_on_two_steps_keep_both(client: FlaskClient) -> None:
    address = begin(client)
    one, other = fields_of(client.get(f"{address}/wat")), fields_of(client.get(f"{address}/over"))
    one["what"], other["about"] = WORDS, "iemand"
    client.post(f"{address}/over", data=other)
    client.post(f"{address}/wat", data=one)
    kept = filling(address).content
    assert (kept.what, kept.about) == (WORDS, "iemand")


def test_the_language_changes_without_losing_anything(client: FlaskClient) -> None:
    address = begin(client)
    english = post(client, f"{address}/wat", "language:en", what=WORDS, when="x" * 201)
    assert english.status_code == 200
    assert '<html lang="en"' in english.text
    assert fields_of(english)["what"] == WORDS and fields_of(english)["when"] == "x" * 201
    # The draft speaks English from here on, without the address saying so.
    assert '<html lang="en"' in client.get(f"{address}/over").text
    assert '<html lang="nl"' in post(client, f"{address}/over", "language:nl").text
    assert post(client, f"{address}/over", "language:xx").status_code == 303


def test_nothing_of_it_can_be_read_in_the_database(client: FlaskClient) -> None:
    address = begin(client)
    post(client, f"{address}/wat", what=WORDS)
    db.session.rollback()
    raw = db.session.connection().exec_driver_sql("SELECT body, code_index FROM complaint_draft").one()
    (draft,) = drafts()
    assert WORDS.encode() not in bytes(raw[0])
    assert queries.code_of(draft) not in raw[1]


def test_a_filling_survives_being_written_down() -> None:
    whole = Filling(
        content=Content(what=WORDS, wishes=("talk",), reach=("email",)),
        route=Route.TALK,
        on_behalf=OnBehalf.KNOWS,
        domain=Domain.YOUTH,
        young=True,
    )
    assert from_json(to_json(whole)) == whole


@pytest.mark.parametrize("step", ["wat", "over", "bereikbaar", "nakijken", "later"])
def test_opening_a_step_asks_little(client: FlaskClient, statements: list[str], step: str) -> None:
    """The draft, and on the review its files: nothing more."""
    address = begin(client)
    statements.clear()
    client.get(f"{address}/{step}")
    assert len(statements) <= (2 if step == "nakijken" else 1), statements


def test_saving_a_step_asks_little(client: FlaskClient, statements: list[str]) -> None:
    address = begin(client)
    given = fields_of(client.get(f"{address}/wat"))
    given["what"] = WORDS
    statements.clear()
    client.post(f"{address}/wat", data=given)
    assert len(statements) <= 2, statements


def test_a_step_too_large_is_refused_in_words(client: FlaskClient) -> None:
    address = begin(client)
    given = fields_of(client.get(f"{address}/wat"))
    given["what"] = "x" * 300_000
    assert client.post(f"{address}/wat", data=given).status_code == 413
    assert len(drafts()) == 1
