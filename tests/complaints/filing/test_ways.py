"""Where do I go: every way through the questions, and what each end says and offers."""

from datetime import date
from itertools import product
from urllib.parse import urlencode

import pytest
from babel.dates import format_date
from flask.testing import FlaskClient

from portal import clock
from portal.complaints import rules
from portal.complaints.filing import routes
from portal.complaints.filing.rules import read_code, read_day
from portal.complaints.rules import Domain, OnBehalf, Procedure, Route
from portal.complaints.settings import is_holiday, weeks_of
from portal.complaints.terms import objection_by
from portal.profile import load
from tests import pages
from tests.complaints.filing.filing import WAYS, begin, drafts, fields_of, filling, said

HOUTEN = "sociaal-team-houten"
ENDS = {
    "complaint": ("Zo gaat een klacht", "Schrijf uw klacht op"),
    "objection": ("Zo gaat een bezwaar", "Schrijf uw bezwaar op"),
    "other_organisation": ("Een klacht over een andere organisatie", "Schrijf uw klacht op"),
    "signal": ("Een signaal zonder naam", "Schrijf uw signaal op"),
    "talk": ("Praten met iemand die naar u luistert", "Vraag ons om een gesprek"),
    "danger": ("Is er nu gevaar? Bel meteen", "Schrijf op wat er speelt"),
}


def shown_day(day: date, language: str = "nl") -> str:

    return format_date(day, "EEEE d MMMM yyyy", locale=language)


def end(client: FlaskClient, **way: str) -> str:
    response = client.get(f"/klacht?{urlencode(way)}")
    assert response.status_code == 200
    return said(response)


@pytest.mark.parametrize("route", [str(route) for route in Route])
def test_every_end_says_all_and_lets_one_file(client: FlaskClient, route: str) -> None:
    heading, button = ENDS[route]
    words = end(client, **WAYS[route])
    assert words.startswith(heading)
    for question in ("Wat gebeurt er?", "Hoe lang duurt het?", "Wie beslist?", "Wie leest het?"):
        assert question in words
    assert button in words
    address = begin(client, WAYS[route])
    assert filling(address).route == route


@pytest.mark.parametrize("answers", list(product(routes.WHO, routes.HELP)))
def test_a_complaint_begins_as_it_was_chosen(client: FlaskClient, answers: tuple[str, str]) -> None:
    who, help_ = answers
    kept = filling(begin(client, {"wat": "klacht", "wie": who, "hulp": help_}))
    assert (kept.on_behalf, kept.domain) == (routes.WHO[who], routes.HELP[help_])
    assert not kept.young


def test_there_are_at_most_three_questions() -> None:
    def asked(way: routes.Way, count: int) -> int:
        if way.question is None:
            return count
        if way.question is routes.Ask.SENT:
            return count + 1
        return max(asked(routes.read(dict(choice.args)), count + 1) for choice in way.choices(way.question))

    assert asked(routes.read({}), 0) == 3
    assert asked(routes.read({"jong": "ja"}), 0) == 3


@pytest.mark.parametrize("procedure", Procedure)
def test_the_promise_is_what_handling_will_keep(client: FlaskClient, procedure: Procedure) -> None:
    """The end's date is that of the complaint which is received today, for both procedures."""
    domain = {Procedure.JEUGDWET: "jeugd", Procedure.AWB: "volwassenen"}[procedure]
    today = clock.today()
    opened = rules.opened(Route.COMPLAINT, procedure, today, weeks_of(procedure), is_holiday)
    words = end(client, wat="klacht", wie="ik", hulp=domain)
    assert f"uiterlijk {shown_day(opened.decide_by)}" in words
    assert f"Dan hoort u dat uiterlijk {shown_day(opened.not_taken_up_by)}" in words
    assert ("klachtencommissie van minstens drie mensen" in words) is (procedure is Procedure.JEUGDWET)


def test_dates_worked_out_by_hand(app: None) -> None:
    """Received Monday 23 November 2026: six weeks is Monday 4 January 2027, ten is 1 February (Awb 9:11)."""
    day = date(2026, 11, 23)
    adults = routes.promise(Route.COMPLAINT, Domain.ADULTS, day)
    assert (adults.by, adults.not_taken_up_by) == (date(2027, 1, 4), date(2026, 12, 21))
    assert adults.extended == date(2027, 2, 1)
    youth = routes.promise(Route.COMPLAINT, Domain.YOUTH, day)
    assert (youth.by, youth.committee) == (date(2027, 2, 1), True)
    # Passing on within a week is a norm of our own: Monday 30 November.
    assert routes.promise(Route.OBJECTION, Domain.UNKNOWN, day).by == date(2026, 11, 30)


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("3-11-2026", date(2026, 11, 3)),
        ("03/11/2026", date(2026, 11, 3)),
        ("3 november 2026", date(2026, 11, 3)),
        ("3 nov. 2026", date(2026, 11, 3)),
        ("1 mrt 2026", date(2026, 3, 1)),
        ("1 maart 2026", date(2026, 3, 1)),
        ("5 May 2026", date(2026, 5, 5)),
        ("2026-11-03", date(2026, 11, 3)),
        ("31-2-2026", None),
        ("3-13-2026", None),
        ("gisteren", None),
        ("", None),
        ("3-11-26", None),
        ("0-0-0000", None),
    ],
)
def test_days_as_people_write_them(typed: str, day: date | None) -> None:
    assert read_day(typed) == day


def test_an_objection_hears_its_last_day(client: FlaskClient) -> None:
    sent_on = clock.today()
    words = end(client, wat="bezwaar", datum=f"{sent_on:%d-%m-%Y}")
    assert f"Zorg dat wij uw bezwaar hebben op {shown_day(objection_by(sent_on, is_holiday))}" in words


@pytest.mark.parametrize("typed", ["", "1-2-2019"])
@pytest.mark.parametrize("language", ["nl", "en"])
def test_it_is_never_too_late_to_object(client: FlaskClient, typed: str, language: str) -> None:
    response = client.get(f"/klacht?wat=bezwaar&datum={typed}&taal={language}")
    words = said(response).lower()
    assert "te laat" not in words
    assert "too late" not in words
    address = begin(client, {"wat": "bezwaar", "datum": typed})
    assert filling(address).route is Route.OBJECTION
    if language == "nl":
        assert "stuur" in words and "vandaag" in words


def test_an_old_decision_tells_that_late_can_be_excused(client: FlaskClient) -> None:
    words = end(client, wat="bezwaar", datum="1-2-2019")
    assert "De gewone termijn liep tot en met vrijdag 15 maart 2019" in words
    assert "Soms is er een goede reden" in words
    assert "De dag dat wij het krijgen telt: vandaag." in words


@pytest.mark.parametrize("typed", ["morgen", "1-1-2999", "<script>alert(1)</script>"])
def test_a_day_that_is_none_is_asked_again(client: FlaskClient, typed: str) -> None:
    response = client.get("/klacht", query_string={"wat": "bezwaar", "datum": typed})
    assert response.status_code == 422
    tree = pages.read(response.text)
    assert [found.get("value") for found in tree.iter("input") if found.get("id") == "datum"] == [typed]
    assert "<title>Fout:" in response.text
    assert "Of laat hem leeg" in said(response) or "of laat hem leeg" in said(response)


def test_without_the_others_knowledge_the_other_way_is_told(client: FlaskClient) -> None:
    words = end(client, wat="klacht", wie="weet-het-niet", hulp="jeugd")
    assert "machtiging" in words and "Jeugdstem" in words and "Versturen mag toch" in words


def test_danger_comes_first(client: FlaskClient) -> None:
    response = client.get("/klacht?wat=gevaar")
    main = response.text[response.text.index("<main") :]
    assert main.index("tel:112") < main.index("tel:08002000") < main.index("Wat gebeurt er?")


def test_who_only_wants_to_talk_hears_of_three(client: FlaskClient) -> None:
    words = end(client, wat="praten")
    for helper in ("Jeugdstem", "cliëntondersteuner", "klachtencoördinator"):
        assert helper in words


def test_young_people_are_spoken_to_as_such(client: FlaskClient) -> None:
    first = client.get("/klacht")
    assert "Ik ben jonger dan 18" in said(first)
    for way in WAYS.values():
        words = end(client, jong="ja", **way)
        assert " u " not in words.split("Hulp bij")[0], words
        assert "tenzij jij dat zegt" in words
    kept = filling(begin(client, {"wat": "klacht", "wie": "ik", "jong": "ja"}))
    assert (kept.young, kept.domain, kept.on_behalf) == (True, Domain.YOUTH, OnBehalf.SELF)


def test_what_is_no_answer_is_asked_again(client: FlaskClient) -> None:
    for odd in ("wat=onzin", "wie=ik", "hulp=jeugd", "datum=1-1-2026", "wat=" + "x" * 5000):
        assert said(client.get(f"/klacht?{odd}")).startswith("Vraag 1 van hooguit 3")
    assert said(client.get("/klacht?wat=klacht&wie=%F0%9F%98%80")).startswith("Vraag 2 van hooguit 3")


def test_looking_writes_nothing_and_sets_no_cookie(client: FlaskClient, statements: list[str]) -> None:
    for way in ({}, *WAYS.values()):
        response = client.get(f"/klacht?{urlencode(way)}")
        assert "Set-Cookie" not in response.headers
        assert "Cache-Control" not in response.headers or "no-store" not in response.headers["Cache-Control"]
    # A page that keeps nothing asks nothing of the database.
    assert statements == []
    assert drafts() == []


def test_beginning_needs_our_own_page(client: FlaskClient) -> None:
    stale = client.post("/klacht?wat=klacht&wie=ik&hulp=jeugd", data={"mark": "stale"})
    assert stale.status_code == 400
    assert "Deze pagina stond lang open" in said(stale)
    elsewhere = client.post(
        "/klacht?wat=praten",
        data=fields_of(client.get("/klacht?wat=praten")),
        headers={"Origin": "https://elders.example"},
    )
    assert elsewhere.status_code == 403
    assert drafts() == []


def test_the_way_stays_in_the_other_language(client: FlaskClient) -> None:
    response = client.get("/klacht?wat=bezwaar&datum=1-2-2026&jong=ja")
    assert "taal=en" in response.text
    english = client.get("/klacht?wat=bezwaar&datum=1-2-2026&jong=ja&taal=en")
    assert '<html lang="en"' in english.text
    begun = client.post("/klacht?wat=bezwaar&datum=1-2-2026&jong=ja&taal=en", data=fields_of(english))
    assert begun.status_code == 303
    (draft,) = drafts()
    assert draft.language == "en"
    assert '<html lang="en"' in client.get(begun.location.split("?")[0]).text


def test_another_organisation_differs_in_data_only(client: FlaskClient) -> None:
    own = client.application.extensions["profile"]
    houten = load(HOUTEN)
    client.application.extensions["profile"] = houten
    client.application.jinja_env.globals["profile"] = houten
    try:
        words = end(client, wat="klacht", wie="ik", hulp="jeugd")
        assert "sociaal ombudsfunctionaris" in words
        assert "klachtencoördinator" not in words and "Westland" not in words and "SKT" not in words
        assert "klachtencommissie" not in words
        assert "Werkt niet bij ons in dienst" in end(client, wat="praten")
    finally:
        client.application.extensions["profile"] = own
        client.application.jinja_env.globals["profile"] = own


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("7KQ2 M4XP 9T", "7KQ2M4XP9T"),
        ("7kq2-m4xp-9t", "7KQ2M4XP9T"),
        ("7KQ2M4XPOI", "7KQ2M4XP01"),
        ("7KQ2 M4XP 9", ""),
        ("7KQ2 M4XP 9U", ""),
        ("", ""),
    ],
)
def test_codes_as_people_type_them(typed: str, read: str) -> None:
    assert read_code(typed) == read
