"""One complaint on one page: what to do now, what was told, what was done."""

from dataclasses import fields
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal import clock
from portal.complaints import letters, messages, notices, operations
from portal.complaints.content import Content, Reach
from portal.complaints.models import Complaint, ComplaintPart
from portal.complaints.rules import Domain, OnBehalf, Route, Stage, Step
from portal.db import db, transaction
from portal.identity.models import User
from portal.identity.rules import Role
from portal.outbox.models import Message
from portal.outbox.rules import State
from tests.complaints.handling import team
from tests.complaints.people import CONTENT, filed, handled_by, kept_letter, staff, taken
from tests.conftest import SignIn

SCRIPT = "<script>alert('{}')</script>"


def test_everything_that_was_told_is_there(sign_in: SignIn) -> None:
    complaint = filed(
        content={
            "wishes": ("talk", "other"),
            "wish_other": "een kaartje",
            "organisation": "de Proefschool",
            "decision_sent_on": "2026-01-31",
            "for_whom": "mijn buurvrouw",
        },
        on_behalf=OnBehalf.DOES_NOT_KNOW,
        young=True,
        domain=Domain.YOUTH,
    )
    page = team.words(sign_in(Role.COMPLAINTS), f"/{complaint.reference}")
    for told in (
        CONTENT.what,
        CONTENT.when,
        CONTENT.about,
        CONTENT.name,
        CONTENT.email,
        CONTENT.phone,
        CONTENT.street,
        "Een gesprek",
        "een kaartje",
        "de Proefschool",
        "zaterdag 31 januari 2026",
        "mijn buurvrouw",
        "de cliënt weet het niet",
        "Jongere: zeg en schrijf",
        "Jeugdwet, met klachtencommissie",
        "Elke keer dat iemand deze klacht opent, wordt vastgelegd",
        "nog niet bevestigd door de jurist",
    ):
        assert told in page, told


def test_how_to_reach_somebody_safely(sign_in: SignIn) -> None:
    client = sign_in(Role.COMPLAINTS)
    closed = team.words(client, f"/{filed(content={'reach': (Reach.SMS,)}).reference}")
    for warning in ("Geen voicemail inspreken", "Geen brief naar huis", "Niet bellen"):
        assert warning in closed
    reach = (Reach.PHONE, Reach.LETTER)
    open_page = team.words(client, f"/{filed(content={'reach': reach, 'voicemail': True}).reference}")
    for warning in ("Geen voicemail inspreken", "Geen brief naar huis", "Niet bellen"):
        assert warning not in open_page


def test_script_in_every_field_is_text(app: Flask, sign_in: SignIn) -> None:
    texts = {field.name: SCRIPT.format(field.name) for field in fields(Content) if field.type is str}
    texts["decision_sent_on"] = SCRIPT.format("decision")
    complaint = filed(
        content=texts | {"wishes": (SCRIPT.format("wish"),), "reach": (SCRIPT.format("reach"),)}
    )
    handled_by(complaint, staff(Role.QUALITY))
    team.concerned(complaint, name=SCRIPT.format("person"))
    taken(complaint, Step.ACKNOWLEDGE)
    taken(complaint, Step.CALL, details={"said": SCRIPT.format("step")})
    with team.held(complaint) as held:
        held.theme, held.hearing_place, held.hearing_at = "<i>", SCRIPT.format("place"), clock.now()
        held.concerned[0].reply = SCRIPT.format("reply")
        messages.say(held, SCRIPT.format("message"), request_key="een", author=None)
        db.session.add(ComplaintPart(complaint_id=held.id, number=1, words=SCRIPT.format("part")))
    client = sign_in(Role.COMPLAINTS)
    for address in ("", "/mensen", "/berichten", "/soort"):
        page = client.get(f"{team.HOME}/{complaint.reference}{address}").text
        assert "<script" not in team_main(page), address
    case = client.get(f"{team.HOME}/{complaint.reference}").text
    for name in ("what", "about", "wish", "reach", "person", "step", "place", "reply", "message", "part"):
        assert f"alert(&#39;{name}&#39;)" in case, name
    assert "<i>" not in client.get(team.HOME).text


def team_main(page: str) -> str:
    return page[page.index("<main") :]


def test_one_step_is_the_next_and_illegal_ones_are_not_shown(sign_in: SignIn) -> None:
    complaint = taken(filed(), Step.ACKNOWLEDGE)
    response = sign_in(Role.COMPLAINTS).get(f"{team.HOME}/{complaint.reference}")
    step = f"{team.HOME}/{complaint.reference}/stap"
    assert f'button-link" href="{step}/call"' in response.text
    assert f'href="{step}/withdraw"' in response.text and f'href="{step}/extend"' in response.text
    for illegal in ("acknowledge", "take_up", "tell", "close", "agree_longer", "resume"):
        assert f"{step}/{illegal}" not in response.text, illegal


def test_a_printed_confirmation_only_has_to_be_printed(sign_in: SignIn) -> None:
    complaint = filed()
    number = kept_letter(complaint, letters.Kind.ACKNOWLEDGEMENT, "tekst", by=letters.By.POST)
    response = sign_in(Role.COMPLAINTS).get(f"{team.HOME}/{complaint.reference}")
    assert f'button-link" href="{team.HOME}/{complaint.reference}/brief/{number}"' in response.text
    assert "/stap/acknowledge" not in response.text, "else it would be written twice"
    assert "1 brief wacht om geprint te worden" in team.said(response)


def test_without_a_handler_the_people_come_first(app: Flask) -> None:
    complaint = taken(filed(), Step.ACKNOWLEDGE, Step.CALL)
    coordinator = staff(Role.COMPLAINTS)
    response = team.enter(app, coordinator).get(f"{team.HOME}/{complaint.reference}")
    assert f'button-link" href="{team.HOME}/{complaint.reference}/mensen"' in response.text
    assert "/stap/take_up" not in response.text
    user = handled_by(complaint, staff(Role.QUALITY))
    theirs = team.enter(app, user).get(f"{team.HOME}/{complaint.reference}")
    assert "/stap/take_up" in theirs.text and "/mensen" not in theirs.text


def test_what_was_done_by_whom(app: Flask) -> None:
    complaint = filed(clock.today() - timedelta(days=2))
    user = handled_by(complaint, staff(Role.QUALITY))
    with team.held(complaint) as held:
        operations.take(held, Step.ACKNOWLEDGE, actor=operations.PORTAL, details={"how": "screen"})
        operations.take(held, Step.CALL, actor=str(user.id), details={"said": "Belt volgende week terug."})
        operations.take(held, Step.WITHDRAW, actor=operations.COMPLAINANT)
    page = team.words(team.enter(app, user), f"/{complaint.reference}")
    for done in (
        "door het portaal op het scherm",
        f"door {user.email} Belt volgende week terug.",
        "door de klager",
        "Klaar op",
    ):
        assert done in page, done
    assert "screen" not in page


def test_a_complaint_with_everything_costs_few_statements(app: Flask, statements: list[str]) -> None:
    """About fifteen: the account and its roles twice (around the record of the look), the complaint and its
    eight kinds of rows, the record itself, who acted. More steps and messages ask for no more."""
    complaint = filed()
    user = handled_by(complaint, staff(Role.QUALITY))
    client = team.enter(app, user)
    team.concerned(complaint, name="Iemand")

    def grow(number: int) -> None:
        for _n in range(number):
            author = staff(Role.QUALITY)
            with team.held(complaint) as held:
                if held.stage != Stage.RECEIVED:
                    operations.take(held, Step.CALL, actor=str(author.id))
                else:
                    operations.take(held, Step.ACKNOWLEDGE, actor=str(author.id))
                messages.say(held, "Dag", request_key=author.fs_uniquifier, author=author)

    grow(2)
    statements.clear()
    client.get(f"{team.HOME}/{complaint.reference}")
    few = len(statements)
    grow(6)
    statements.clear()
    client.get(f"{team.HOME}/{complaint.reference}")
    assert len(statements) == few <= 20, statements


@pytest.mark.parametrize("route", Route)
def test_every_route_has_a_page_and_a_row(sign_in: SignIn, route: Route) -> None:
    complaint = taken(filed(route=route), Step.ACKNOWLEDGE)
    client = sign_in(Role.COMPLAINTS)
    assert complaint.reference in team.words(client)
    page = team.words(client, f"/{complaint.reference}")
    assert "Nu:" in page


# ---- What it turned out to be -------------------------------------------------------------


def classify(app: Flask, complaint: Complaint, **given: str) -> tuple[int, str]:
    client = team.enter(app, staff(Role.COMPLAINTS))
    steps = team.hidden(client.get(f"{team.HOME}/{complaint.reference}/soort"), "steps")
    chosen = {"route": "complaint", "domain": "adults", "theme": "", "steps": steps} | given
    response = team.post(client, f"/{complaint.reference}/soort", **chosen)
    return response.status_code, "" if response.status_code == 303 else team.said(response)


def test_it_turns_out_to_be_something_else(app: Flask) -> None:
    complaint = taken(filed(), Step.ACKNOWLEDGE)
    before = complaint.decide_by
    status, _page = classify(app, complaint, route="objection", domain="youth", theme="waiting")
    found = team.fresh(complaint)
    assert status == 303
    assert (found.route, found.domain, found.theme) == ("objection", "youth", "waiting")
    assert found.procedure == "jeugdwet" and found.decide_by <= before, "never later than promised"


def test_once_handled_only_the_theme_changes(app: Flask) -> None:
    complaint = filed()
    handled_by(complaint, staff(Role.QUALITY))
    taken(complaint, Step.ACKNOWLEDGE, Step.CALL, Step.TAKE_UP)
    status, page = classify(app, complaint, route="signal", theme="waiting")
    assert status == 422 and "De behandeling is begonnen" in page and "(Awb 9:8)" in page
    assert (team.fresh(complaint).route, team.fresh(complaint).theme) == ("complaint", "")
    status, _page = classify(app, complaint, theme="waiting")
    assert status == 303 and team.fresh(complaint).theme == "waiting"


def test_somebody_was_there_first(app: Flask) -> None:
    complaint = taken(filed(), Step.ACKNOWLEDGE)
    status, page = classify(app, complaint, steps="0", theme="privacy")
    assert status == 422 and "Er is intussen een stap gezet." in page
    assert team.fresh(complaint).theme == ""


# ---- Messages -----------------------------------------------------------------------------


def written(complaint: Complaint, words: str, author: User | None = None) -> None:
    with transaction():
        held = operations.locked(complaint.public_id)
        assert held is not None
        messages.say(held, words, request_key=words, author=author)


def test_opening_marks_as_read_and_looking_at_the_case_does_not(app: Flask) -> None:
    complaint = filed()
    written(complaint, "Wanneer is het gesprek?")
    client = team.enter(app, staff(Role.COMPLAINTS))
    assert "1 nieuw" in team.words(client, f"/{complaint.reference}")
    assert team.fresh(complaint).messages[0].read_at is None
    assert " nieuw " in team.words(client, f"/{complaint.reference}/berichten")
    assert team.fresh(complaint).messages[0].read_at is not None
    assert " nieuw " not in team.words(client, f"/{complaint.reference}/berichten")


def test_writing_a_message_once(app: Flask) -> None:
    complaint = filed()
    user = handled_by(complaint, staff(Role.QUALITY))
    client = team.enter(app, user)
    address = f"/{complaint.reference}/berichten"
    key = team.hidden(client.get(team.HOME + address), "request_key")
    for _twice in range(2):
        page = team.press(client, address, words="Morgen\r\nom tien uur.", request_key=key)
    assert user.email in page
    (message,) = team.fresh(complaint).messages
    assert (message.words, message.author_id, message.from_complainant) == (
        "Morgen\nom tien uur.",
        user.id,
        False,
    )


def test_an_empty_message_marks_nothing_as_read(app: Flask) -> None:
    complaint = filed()
    written(complaint, "Hallo?")
    client = team.enter(app, staff(Role.COMPLAINTS))
    response = team.post(client, f"/{complaint.reference}/berichten", words="  ", request_key="twee")
    assert response.status_code == 422 and "Schrijf eerst een bericht." in team.said(response)
    assert team.hidden(response, "request_key") == "twee"
    assert team.fresh(complaint).messages[0].read_at is None


def test_it_is_said_whether_the_complainant_hears_of_it(app: Flask) -> None:
    client = team.enter(app, staff(Role.COMPLAINTS))
    for reach, said in (
        ((Reach.EMAIL,), "krijgt een mail dat er een bericht is"),
        ((Reach.SMS,), "krijgt een sms dat er een bericht is"),
        ((), "krijgt hier geen mail of sms van"),
    ):
        complaint = filed(content={"reach": reach})
        assert said in team.words(client, f"/{complaint.reference}/berichten")


def test_what_reached_nobody_is_there_and_can_go_again(sign_in: SignIn) -> None:
    complaint, other = filed(), filed()
    with transaction():
        for held in (operations.locked(complaint.public_id), operations.locked(other.public_id)):
            assert held is not None
            notices.tell_complainant(held, "one")
        for message in db.session.scalars(select(Message)):
            message.state = State.DEAD
    coordinator = sign_in(Role.COMPLAINTS)
    page = coordinator.get(f"/team/klachten/{complaint.reference}").text
    assert "1 bericht kwam niet aan" in page and CONTENT.email not in page.split("kwam niet aan")[1][:400]
    mine, theirs = (
        db.session.scalars(select(Message.id).where(Message.about == one.public_id)).one()
        for one in (complaint, other)
    )
    for number in (theirs, mine):
        team.post(coordinator, f"/{complaint.reference}/niet-aangekomen/{number}")
    db.session.rollback()
    states = {message.id: message.state for message in db.session.scalars(select(Message))}
    assert states == {mine: State.WAITING, theirs: State.DEAD}
