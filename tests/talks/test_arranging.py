"""The coordinator's pages: evenings made, moved and cancelled, who comes, and what is told to them."""

import csv
import io
import json
import re
import secrets
from datetime import date, datetime, timedelta
from typing import Any

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal import clock
from portal.audit.models import AuditEvent
from portal.db import db, transaction
from portal.identity.rules import Role
from portal.outbox.models import Message
from portal.outbox.rules import State as Lost
from portal.reactions import HANDLERS
from portal.talks.models import Evening, SignUp
from portal.talks.notices import TOPIC
from portal.talks.rules import State
from tests.conftest import SignIn
from tests.talks.evenings import evening, signed_up, somebody

HOME = "/team/talks"
SCRIPT = "<script>alert(1)</script>"
MOST_STATEMENTS = 8


@pytest.fixture
def team(sign_in: SignIn) -> FlaskClient:
    return sign_in(Role.TALKS)


def get(client: FlaskClient, address: str = "", status: int = 200) -> str:
    response = client.get(HOME + address)
    assert response.status_code == status, response.status_code
    return response.get_data(as_text=True)


def field(html: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', html)
    assert found, name
    return found[1]


def post(client: FlaskClient, address: str, status: int = 303, **fields: Any) -> str:
    """A form filled in as somebody does, from the page with its mark."""
    html = client.get(HOME + address).get_data(as_text=True)
    hidden = {
        name: field(html, name) for name in ("csrf_token", "request_key", "seen") if f'name="{name}"' in html
    }
    response = client.post(HOME + address, data=hidden | fields)
    assert response.status_code == status, re.findall(
        r'field__error".*?</p>', response.get_data(as_text=True)
    )
    return response.get_data(as_text=True)


def filled(**given: Any) -> dict[str, Any]:
    return {
        "theme": "Naar een nieuwe school",
        "about": "Wat helpt?",
        "day": (clock.today() + timedelta(days=30)).isoformat(),
        "starts": "19:30",
        "ends": "21.00",
        "place": "De Proef, Proefstraat 1, Naaldwijk",
        "route": "Bus 34.",
        "access": "Zonder drempels.",
        "capacity": "20",
    } | given


def as_filled(one: Evening, **given: Any) -> dict[str, Any]:
    starts, ends = clock.local(one.starts_at), clock.local(one.ends_at)
    same = {name: getattr(one, name) for name in ("theme", "about", "place", "route", "access")}
    times = {"day": starts.date().isoformat(), "starts": f"{starts:%H:%M}", "ends": f"{ends:%H:%M}"}
    return same | times | {"capacity": str(one.capacity)} | given


def at(days: int = 14, capacity: int = 20, **given: Any) -> Evening:
    """An evening at half past seven, in so many days."""
    day = clock.today() + timedelta(days=days)
    begins = datetime.combine(day, datetime.min.time(), tzinfo=clock.AMSTERDAM).replace(hour=19, minute=30)
    number = evening(capacity, **{"starts_at": begins, "ends_at": begins + timedelta(hours=2)} | given)
    return fresh(number)


def fresh(number: int) -> Evening:
    db.session.rollback()
    return db.session.get_one(Evening, number, populate_existing=True)


def whats() -> list[str]:
    db.session.rollback()
    queued = db.session.scalars(select(Message).order_by(Message.id))
    return [json.loads(one.params or "{}")["what"] for one in queued]


def events() -> list[str]:
    db.session.rollback()
    found = db.session.scalars(select(AuditEvent.event).order_by(AuditEvent.id))
    return [event for event in found if event.startswith(("evening.", "signup."))]


# ---- Evenings -----------------------------------------------------------------------------


def test_only_the_coordinator(sign_in: SignIn, client: FlaskClient) -> None:
    one = at()
    quality = sign_in(Role.QUALITY)
    for address in ("", "/nieuw", f"/{one.slug}", f"/{one.slug}/mensen.csv"):
        assert quality.get(HOME + address).status_code == 403
        assert client.get(HOME + address).status_code == 302


def test_nothing_yet(team: FlaskClient) -> None:
    html = get(team)
    assert "Er staat geen avond op de website." in html
    assert re.search(rf'href="{HOME}" aria-current="page"', html)
    assert re.search(rf'href="{HOME}" aria-current="true"', get(team, "/nieuw"))
    get(team, "/geen-avond", 404)
    get(team, "/a%00b", 404)
    get(team, "/nieuw?kopie=a%00b")


def test_the_list_says_places_and_line(team: FlaskClient) -> None:
    full = at(capacity=1)
    for _n in range(3):
        signed_up(full.id)
    html = get(team)
    assert "1 van 1" in html and "vol" in html and ">2<" in html


def test_making_twice_is_one_evening_at_the_time_of_amsterdam(team: FlaskClient) -> None:
    key, year = secrets.token_hex(8), clock.today().year + 1
    for _press in range(2):
        post(team, "/nieuw", request_key=key, **filled(day=f"15-01-{year}", theme="Wát nu? " + "é" * 80))
    made = db.session.scalars(select(Evening)).one()
    assert made.starts_at == datetime(year, 1, 15, 19, 30, tzinfo=clock.AMSTERDAM)
    assert made.slug.isascii() and made.slug.startswith("wat-nu-e") and made.slug.endswith(f"{year}-01-15")
    assert len(made.slug) <= 80 and events() == ["evening.made"]
    post(team, "/nieuw", **filled(day=f"15-01-{year}", theme="Wát nu? " + "é" * 80))
    assert len({one.slug for one in db.session.scalars(select(Evening))}) == 2


def test_a_theme_without_plain_letters_still_has_an_address(team: FlaskClient) -> None:
    post(team, "/nieuw", **filled(theme="العربية"))
    assert db.session.scalars(select(Evening)).one().slug.startswith("avond-")


def test_a_copy_has_everything_but_the_day(team: FlaskClient) -> None:
    html = get(team, f"/nieuw?kopie={at(theme='Samen eten').slug}")
    assert field(html, "theme") == "Samen eten" and field(html, "starts") == "19:30"
    assert field(html, "day") == ""


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"day": "2020-01-01"}, "al voorbij"),
        ({"day": "gauw"}, "geen datum"),
        ({"day": "2099-01-01"}, "twee jaar"),
        ({"starts": "half acht"}, "geen tijd"),
        ({"ends": "19:30"}, "eindigt voordat hij begint"),
        ({"capacity": "0"}, "1 tot en met 500"),
        ({"capacity": "10000"}, "1 tot en met 500"),
        ({"capacity": "-3"}, "Schrijf een getal"),
        ({"capacity": "9" * 19}, "Schrijf een getal"),
        ({"theme": ""}, "waar de avond over gaat"),
        ({"theme": "x" * 121}, "te lang"),
    ],
)
def test_what_cannot_be_says_so_and_keeps_what_was_typed(
    team: FlaskClient, wrong: dict[str, str], said: str
) -> None:
    html = post(team, "/nieuw", 422, **filled(about=SCRIPT, **wrong))
    assert said in html and "&lt;script&gt;" in html and SCRIPT not in html
    ((name, typed),) = wrong.items()
    assert field(html, name) == typed
    assert db.session.scalar(select(Evening)) is None


def test_a_time_today_that_was(team: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    evening_of_today = datetime.combine(date(2026, 12, 1), datetime.min.time(), clock.AMSTERDAM)
    monkeypatch.setattr(clock, "now", lambda: evening_of_today.replace(hour=20))
    assert "Dit uur is al voorbij" in post(team, "/nieuw", 422, **filled(day="2026-12-01"))


def test_moving_tells_all_and_anything_else_nobody(team: FlaskClient) -> None:
    one = at(capacity=1)
    signed_up(one.id), signed_up(one.id)
    address = f"/{one.slug}/wijzig"
    post(team, address, **as_filled(one, about="Anders"))
    assert fresh(one.id).sequence == 1 and whats() == ["place", "line"]
    post(team, address, **as_filled(fresh(one.id), starts="20:00"))
    assert fresh(one.id).sequence == 2 and whats()[2:] == ["moved", "moved"]
    assert fresh(one.id).slug == one.slug
    post(team, address, **as_filled(fresh(one.id)))
    assert fresh(one.id).sequence == 2, "nothing was changed"
    assert events() == ["evening.changed", "evening.changed", "evening.told"]


def test_more_places_are_for_the_line_and_fewer_than_taken_are_refused(team: FlaskClient) -> None:
    one = at(capacity=2)
    for _n in range(4):
        signed_up(one.id)
    address = f"/{one.slug}/wijzig"
    html = post(team, address, 422, **as_filled(one, capacity="1", about="Nieuw"))
    assert "hebben al een plek" in html and "Nieuw" in html and fresh(one.id).capacity == 2
    post(team, address, **as_filled(one, capacity="3"))
    states = db.session.scalars(select(SignUp.state).order_by(SignUp.id)).all()
    assert states == [State.IN] * 3 + [State.WAITING] and whats()[-1] == "promoted"


def test_two_windows(team: FlaskClient) -> None:
    one = at()
    address, mine = f"/{one.slug}/wijzig", as_filled(one, theme="Van mij")
    post(team, address, **as_filled(one, place="De Brug"))
    html = post(team, address, 409, seen="0", **mine)
    assert "veranderde deze avond intussen" in html and "Plaats: De Brug" in html
    assert field(html, "theme") == "Van mij" and field(html, "seen") == "1"
    assert fresh(one.id).theme == "Samen met school"
    # The same button twice is no quarrel.
    post(team, address, seen="0", **as_filled(fresh(one.id)))


def test_cancelling_once_with_the_reason(team: FlaskClient) -> None:
    one = at(capacity=1)
    signed_up(one.id), signed_up(one.id)
    address = f"/{one.slug}/aflassen"
    assert "Schrijf op waarom" in post(team, address, 422, why=" ")
    for _press in range(2):
        post(team, address, why=f"Ziek {SCRIPT}")
    assert whats()[2:] == ["cancelled", "cancelled"] and fresh(one.id).sequence == 1
    queued = db.session.scalars(select(Message).order_by(Message.id.desc())).first()
    assert queued and json.loads(queued.params or "")["why"] == f"Ziek {SCRIPT}"
    assert events() == ["evening.cancelled"]
    html = get(team, f"/{one.slug}")
    assert "Deze avond gaat niet door." in html and SCRIPT not in html
    assert "gaat niet door" in get(team, f"/{one.slug}/wijzig", 409)


# ---- People -------------------------------------------------------------------------------


def test_everything_somebody_wrote_is_shown_as_text(team: FlaskClient) -> None:
    one = at(theme=SCRIPT, place=SCRIPT)
    names = ("interpreter", "child_care", "diet", "companion", "question")
    signed_up(one.id, somebody(places=2, wheelchair=True, **dict.fromkeys(names, SCRIPT)))
    for address in ("", "/bericht", "/toevoegen", "/wijzig", "/aflassen"):
        html = get(team, f"/{one.slug}{address}")
        assert SCRIPT not in html and "&lt;script&gt;" in html
    assert get(team, f"/{one.slug}").count("&lt;script&gt;") >= 9


def test_needs_are_added_up_for_who_has_a_place(team: FlaskClient) -> None:
    one = at(capacity=2)
    for language in ("Arabisch", "arabisch", "Pools"):
        signed_up(one.id, somebody(interpreter=language))
    html = get(team, f"/{one.slug}")
    assert re.search(r"<dt>Tolk: Arabisch</dt>\s*<dd>2</dd>", html)
    assert "<dt>Tolk: Pools" not in html and "tolk: Pools" in html


def test_as_many_statements_for_many(team: FlaskClient, statements: list[str]) -> None:
    one = at(capacity=40)
    signed_up(one.id)
    counts = []
    for _more in range(2):
        statements.clear()
        get(team, f"/{one.slug}")
        counts.append(len(statements))
        for _n in range(60):
            signed_up(one.id)
    assert counts[0] == counts[1] <= MOST_STATEMENTS


def test_a_word_to_some_goes_once(team: FlaskClient) -> None:
    one = at(capacity=1)
    for _n in range(3):
        signed_up(one.id)
    address = f"/{one.slug}/bericht"
    assert "Kies wie" in post(team, address, 422, words="Hallo")
    assert "Schrijf eerst" in post(team, address, 422, to="all", words=" ")
    key = secrets.token_hex(8)
    for _press in range(2):
        post(team, address, request_key=key, to="waiting", words="Neem een jas mee")
    assert whats()[3:] == ["word", "word"] and events() == ["evening.told"]
    post(team, address, to="all", words="Tot dan")
    assert len(whats()) == 8


def test_by_hand(team: FlaskClient) -> None:
    one, key = at(capacity=2), secrets.token_hex(8)
    address = f"/{one.slug}/toevoegen"
    given = {"first_name": "Proef", "contact": "06 12345678", "who": "grandparent", "diet": "geen noten"}
    html = post(team, address, 422, **given | {"contact": "0612", "who": "x"})
    assert "geen mobiel nummer dat we kennen" in html and "Kies wie het is" in html
    assert field(html, "first_name") == "Proef"
    for _press in range(2):
        post(team, address, request_key=key, brings="yes", companion="Buur", language="en", **given)
    signup = db.session.scalars(select(SignUp)).one()
    assert (signup.by_hand, signup.places, signup.language) == (True, 2, "en")
    assert (signup.person.contact, signup.person.companion) == ("+31612345678", "Buur")
    assert events() == ["signup.by_hand"] and whats() == ["place"]
    post(team, address, **given)
    assert "stond al op de lijst" in get(team, f"/{one.slug}")
    post(team, address, **given | {"contact": "proef@voorbeeld.example"})
    assert "Staat in de rij, op nummer 1" in get(team, f"/{one.slug}")


def test_no_text_message_goes_to_a_landline(team: FlaskClient) -> None:
    one = at()
    given = {"first_name": "Proef", "contact": "0174 123456", "who": "parent"}
    assert "Dit is een vast nummer" in post(team, f"/{one.slug}/toevoegen", 422, **given)


def test_who_was_not_reached_is_there_until_it_is_settled(team: FlaskClient) -> None:
    one, other = at(), at()
    first, second = (signed_up(one.id, somebody(f"{name}@voorbeeld.example")).signup for name in "ab")
    third = signed_up(other.id).signup
    assert first and second and third
    assert "kwam niet aan" not in get(team, f"/{one.slug}") + get(team)
    with transaction():
        for message in db.session.scalars(select(Message)):
            message.state = Lost.BOUNCED if message.about == second.public_id else Lost.DEAD
    html = get(team, f"/{one.slug}")
    assert "2 berichten kwamen niet aan" in html and "Dit adres klopt niet" in html
    assert "2 berichten kwamen niet aan" in get(team) and "1 bericht kwam niet aan" in get(team)
    assert "3 berichten over een avond kwamen niet aan" in team.get("/team").text
    mine, bounced, theirs = db.session.scalars(select(Message.id).order_by(Message.id)).all()
    for number in (theirs, bounced):
        post_not_arrived(team, one, number)
        assert "Er is niets veranderd" in get(team, f"/{one.slug}")
    post_not_arrived(team, one, mine)
    assert "1 bericht kwam niet aan" in get(team, f"/{one.slug}")
    post_not_arrived(team, other, theirs, "leave")
    states = db.session.scalars(select(Message.state).order_by(Message.id)).all()
    assert states == [Lost.WAITING, Lost.BOUNCED, Lost.CANCELLED]
    assert "kwam niet aan" not in get(team, f"/{other.slug}")
    with transaction():
        db.session.get_one(Evening, one.id).starts_at = clock.now() - timedelta(hours=1)
    assert "kwam niet aan" not in get(team, f"/{one.slug}"), "a wrong address does not matter any more"


def post_not_arrived(team: FlaskClient, one: Evening, number: int, action: str = "resend") -> None:
    data = {"csrf_token": field(get(team, "/nieuw"), "csrf_token"), "action": action}
    assert team.post(f"{HOME}/{one.slug}/niet-aangekomen/{number}", data=data).status_code == 303


def test_taking_out_asks_first_and_the_next_has_the_place(team: FlaskClient) -> None:
    one, other = at(capacity=1), at()
    first, second = (signed_up(one.id).signup for _n in range(2))
    assert first and second
    get(team, f"/{other.slug}/uithalen/{first.id}", 404)
    address = f"/{one.slug}/uithalen/{first.id}"
    assert "Proefpersoon" in get(team, address) and whats() == ["place", "line"]
    html = get(team, address)
    for _press in range(2):
        data = {"csrf_token": field(html, "csrf_token")}
        assert team.post(HOME + address, data=data).status_code == 303
    assert whats()[2:] == ["left", "promoted"] and events() == ["signup.taken_out"]
    get(team, address, 404)
    assert "1 persoon zei af" in get(team, f"/{one.slug}")


def later(monkeypatch: pytest.MonkeyPatch, days: int = 20) -> None:
    moment = clock.now() + timedelta(days=days)
    monkeypatch.setattr(clock, "now", lambda: moment)


def test_who_came_only_once_it_began(team: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    one = at(capacity=2)
    first, second, waits = (signed_up(one.id).signup for _n in range(3))
    assert first and second and waits
    assert "pas als de avond is begonnen" in get(team, f"/{one.slug}/aanwezig", 409)
    later(monkeypatch)
    for _press in range(2):
        post(team, f"/{one.slug}/aanwezig", came=[str(first.id), str(waits.id), "x"])
    db.session.rollback()
    assert db.session.scalars(select(SignUp.came).order_by(SignUp.id)).all() == [True, False, None]
    assert events() == ["evening.came"]
    html = get(team, f"/{one.slug}/aanwezig")
    assert re.search(rf'value="{first.id}" checked', html) and not re.search(
        rf'value="{second.id}" checked', html
    )
    assert "was er niet" in get(team, f"/{one.slug}")
    for address in ("wijzig", "aflassen"):
        assert "begonnen of al geweest" in get(team, f"/{one.slug}/{address}", 409)


def test_two_who_tick_at_the_door(team: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    one = at(capacity=3)
    first, second, third = (signed_up(one.id).signup for _n in range(3))
    assert first and second and third
    later(monkeypatch)
    address = f"/{one.slug}/aanwezig"
    post(team, address, came=[str(first.id)])
    post(team, address, came=[str(second.id)], seen=[])
    assert db.session.scalars(select(SignUp.came).order_by(SignUp.id)).all() == [True, True, False]
    assert re.search(rf'name="seen" value="{first.id}"', get(team, address))
    post(team, address, came=[str(second.id), str(third.id)], seen=[str(first.id), str(second.id)])
    assert db.session.scalars(select(SignUp.came).order_by(SignUp.id)).all() == [False, True, True]


def test_who_was_not_there_is_not_thanked(team: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    one = at()
    first, _second = (signed_up(one.id).signup for _n in range(2))
    assert first
    later(monkeypatch)
    post(team, f"/{one.slug}/aanwezig", came=[str(first.id)])
    post(team, f"/{one.slug}/terugblik", said="Dank.", thank="y")
    assert whats()[2:] == ["thanks"]


def test_who_came_in_unannounced(team: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    one = at()
    later(monkeypatch)
    assert f"/{one.slug}/toevoegen" in get(team, f"/{one.slug}")
    post(team, f"/{one.slug}/toevoegen", first_name="Buur", contact="06 12345678", who="parent")
    (made,) = db.session.scalars(select(SignUp)).all()
    assert made.state == State.IN
    (message,) = db.session.scalars(select(Message)).all()
    assert not HANDLERS[TOPIC].wanted(message), "whoever is there needs no invitation"


def test_what_was_typed_for_a_cancelled_evening_stays(team: FlaskClient) -> None:
    one = at(cancelled_at=clock.now())
    given = {"first_name": "Buur", "contact": "06 12345678", "who": "parent", "diet": "geen noten"}
    html = post(team, f"/{one.slug}/toevoegen", 409, **given)
    assert "de avond gaat niet door" in html and "geen noten" in html


def test_a_cancelled_evening_stays_in_the_list(team: FlaskClient, client: FlaskClient) -> None:
    one = at(days=-3, cancelled_at=clock.now(), theme="Ging niet door")
    assert "Ging niet door" in get(team) and one.theme not in client.get("/talks").text


def test_thanks_go_once(team: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    one = at(capacity=1)
    signed_up(one.id), signed_up(one.id)
    get(team, f"/{one.slug}/terugblik", 409)
    later(monkeypatch)
    address = f"/{one.slug}/terugblik"
    assert "Schrijf eerst op" in post(team, address, 422, said="", thank="y")
    post(team, address, said="Iedereen wil eerder horen wie er komt.")
    assert whats() == ["place", "line"]
    for said in ("Eerder horen.", "Nog eerder horen."):
        post(team, address, said=said, thank="y")
    assert whats()[2:] == ["thanks"] and fresh(one.id).said == "Nog eerder horen."
    assert events().count("evening.told") == 1


# ---- Files --------------------------------------------------------------------------------


def test_the_list_as_csv_and_as_a_workbook(team: FlaskClient) -> None:
    one = at(capacity=1)
    signed_up(one.id, somebody("+31612345678", question="=1+1"))
    signed_up(one.id, somebody(diet="a & <b>"))
    response = team.get(f"{HOME}/{one.slug}/mensen.csv")
    table = list(csv.reader(io.StringIO(response.data.decode("utf-8-sig")), delimiter=";"))
    assert len(table) == 3 and table[1][:4] == ["plek", "", "Proefpersoon", "'+31612345678"]
    assert "'=1+1" in table[1] and table[2][:2] == ["rij", "1"]
    response = team.get(f"{HOME}/{one.slug}/mensen.xlsx")
    workbook = openpyxl.load_workbook(io.BytesIO(response.data)).active
    assert workbook is not None
    found = list(workbook.values)
    assert found[0] == tuple(table[0]) and found[1][:4] == ("plek", None, "Proefpersoon", "+31612345678")
    assert "=1+1" in found[1] and found[2][:2] == ("rij", 1) and "a & <b>" in found[2]
    get(team, f"/{one.slug}/mensen.exe", 404)
    assert events() == ["evening.downloaded"] * 2


def test_after_purging_only_counts(team: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    one = at()
    signed_up(one.id)
    with transaction():
        held = db.session.get_one(Evening, one.id)
        held.purged_on, held.counted_in, held.counted_came = clock.today(), 17, 13
    html = get(team, f"/{one.slug}")
    assert "17" in html and "13" in html and "Proefpersoon" not in html
    for address in ("mensen.csv", "mensen.xlsx", "bericht", "toevoegen", "aanwezig", "terugblik"):
        get(team, f"/{one.slug}/{address}", 410)
    later(monkeypatch)
    assert "17 van 20" in get(team)
