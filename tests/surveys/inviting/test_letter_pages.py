"""The team's pages about letters: what is printed, and what happens when it is posted or comes back."""

from collections.abc import Sequence
from datetime import timedelta
from xml.etree.ElementTree import Element

import pytest
import segno
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.db import db, transaction
from portal.identity.rules import Role
from portal.outbox import operations as outbox
from portal.outbox.models import Message
from portal.outbox.rules import State
from portal.surveys.answering.queries import code_of, link_of
from portal.surveys.inviting.asking import TOPIC, invite
from portal.surveys.inviting.models import Contact
from portal.surveys.models import Invitation
from portal.surveys.rules import Moment, Perspective
from tests.conftest import SignIn
from tests.pages import read
from tests.surveys.inviting.people import TODAY, Clock, again, messages, person
from tests.surveys.sheets import Sheet, opened

LETTERS = "/team/uitnodigingen/brieven"
STREET = "Dorpsstraat 12"
GRADES = "1 2 3 4 5 6 7 8 9 10"

pytestmark = pytest.mark.usefixtures("time")


def asked(*people: Contact) -> None:
    """The worker comes by, and queues their letters."""
    assert invite() == len(people)


def press(client: FlaskClient, action: str, **fields: str) -> Sheet:
    """Press a button on the page about letters."""
    sheet = opened(client, LETTERS)
    mark = sheet.fields["csrf_token"][0]
    answer = client.post(action, data={"csrf_token": mark, **fields}, follow_redirects=True)
    return Sheet(client, answer)


def made(client: FlaskClient) -> str:
    """Make a batch; gives the address where it is printed."""
    page = press(client, LETTERS)
    batch = page.response.history[-1].location.partition("#stapel-")[2]
    address = f"{LETTERS}/{batch}"
    assert address in [link.get("href") for link in page.tree.iter("a")]
    return address


def texts(part: Element) -> str:
    return " ".join(" ".join(part.itertext()).split())


def of_class(tree: Element, name: str) -> list[Element]:
    return [found for found in tree.iter() if name in found.get("class", "").split()]


def printed(client: FlaskClient, batch: str) -> list[Element]:
    """The letters as they come out of the printer."""
    return of_class(read(client.get(batch).text), "letter")


def reached(contact: Contact) -> tuple[bool, str]:
    invitation = again(contact).invitation
    return invitation.delivered, invitation.channel


def states() -> Sequence[str]:
    return [message.state for message in messages()]


def test_nothing_to_print(quality: FlaskClient) -> None:
    page = opened(quality, LETTERS)
    assert "Er wacht geen brief." in page.text
    assert "Er ligt geen stapel klaar." in page.text
    assert "Maak een stapel" not in page.text
    assert "Er was geen brief om te printen." in press(quality, LETTERS).text


def test_from_waiting_to_posted(quality: FlaskClient) -> None:
    people = [person(f"Proefpersoon {who}", case=who, street=STREET) for who in "ABC"]
    asked(*people)
    page = opened(quality, LETTERS)
    assert "3 brieven wachten op een stapel" in page.text
    assert "De oudste wacht sinds maandag 23 november." in page.text
    assert all(reached(one) == (False, "letter") for one in people)

    batch = made(quality)
    page = opened(quality, LETTERS)
    assert "Gemaakt op maandag 23 november, 12.00 uur" in page.text
    assert "Er was geen brief om te printen." in press(quality, LETTERS).text
    assert len(printed(quality, batch)) == 3

    page = press(quality, batch + "/gepost")
    assert "3 brieven tellen nu als verstuurd." in page.text
    assert all(reached(one) == (True, "letter") for one in people)
    assert all(message.to is None and message.params is None for message in messages())
    assert "Deze stapel lag hier niet meer." in press(quality, batch + "/gepost").text
    assert quality.get(batch).status_code == 410
    assert quality.get(LETTERS + "/0000000000000000").status_code == 404


def test_what_a_letter_holds(quality: FlaskClient) -> None:
    someone = person("Proefpersoon Een", street=STREET, moment=Moment.CLOSURE)
    asked(someone)
    invitation = again(someone).invitation
    link, code = link_of(invitation), code_of(invitation)
    spaced = f"{code[:4]} {code[4:8]} {code[8:]}"
    (letter,) = printed(quality, made(quality))
    (address,) = of_class(letter, "letter__address")
    assert ["".join(line.itertext()) for line in address] == [
        "Proefpersoon Een",
        STREET,
        "2691 ZM  's-Gravenzande",
    ]
    assert "Van de Kasteelestraat 75" in texts(of_class(letter, "letter__sender")[0])
    assert "'s-Gravenzande, 23 november 2026" in texts(letter)
    assert texts(of_class(letter, "letter__code")[0]) == spaced
    assert link not in texts(letter), "nobody types a link"
    (drawing,) = of_class(letter, "letter__qr")
    wanted = segno.make(link, error="m", micro=False).svg_inline(border=4, omitsize=True, lineclass=None)
    (lines,) = drawing.iter("{http://www.w3.org/2000/svg}path")
    assert f'd="{lines.get("d")}"' in wanted
    assert drawing.get("role") == "img" and drawing.get("aria-label")
    assert texts(letter).count(spaced) == 1


def test_the_questionnaire_goes_along_with_its_code(quality: FlaskClient) -> None:
    someone = person("Proefpersoon", street=STREET, moment=Moment.CLOSURE)
    with transaction() as session:
        session.get_one(Invitation, someone.invitation_id).parenting_help = True
    asked(someone)
    code = code_of(again(someone).invitation)
    page = read(quality.get(made(quality)).text)
    (sheet,) = of_class(page, "sheet")
    assert "Hoe ging de afgelopen hulp voor u?" in texts(sheet)
    assert texts(sheet).count(f"{code[:4]} {code[4:8]} {code[8:]}") == 2, "on the first page and on the last"
    assert GRADES in texts(sheet)
    (questions,) = of_class(sheet, "paper-questions")
    assert len(list(questions.iter("h3"))) == 11
    assert "Proefpersoon" not in texts(sheet), "the paper that comes back names nobody"
    assert "papier achter deze brief" in texts(of_class(page, "letter")[0])


def test_without_paper_where_the_profile_says_so(
    app: Flask, quality: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked(person("Proefpersoon", street=STREET))
    batch = made(quality)
    profile = app.extensions["profile"]
    inviting = profile.inviting.model_copy(update={"paper_with_letter": False})
    monkeypatch.setitem(app.extensions, "profile", profile.model_copy(update={"inviting": inviting}))
    page = read(quality.get(batch).text)
    assert of_class(page, "sheet") == []
    assert "papier achter deze brief" not in texts(of_class(page, "letter")[0])


def test_each_letter_speaks_its_own_language(quality: FlaskClient) -> None:
    """And young people are spoken to as such."""
    asked(
        person("Sam Voorbeeld", case="1", street=STREET, perspective=Perspective.YOUNG_PERSON, language="en"),
        person("Sanne Voorbeeld", case="2", street=STREET, perspective=Perspective.YOUNG_PERSON),
        person("Proefpersoon", case="3", street=STREET, language="pl", perspective=None),
    )
    tree = read(quality.get(made(quality)).text)
    assert tree.get("lang") == "nl"
    letters, sheets = of_class(tree, "letter"), of_class(tree, "sheet")
    assert [part.get("lang") for part in letters] == ["en", "nl", "nl"]
    assert [part.get("lang") for part in sheets] == ["en", "nl", "nl"]
    assert "23 November 2026" in texts(letters[0])
    assert "How was the first meeting for you?" in texts(sheets[0])
    assert "Hoe ging het eerste gesprek voor jou?" in texts(sheets[1])
    assert "Hoe ging het eerste gesprek voor u?" in texts(sheets[2])
    assert "met je telefoon" in texts(letters[1]) and "uw" not in texts(letters[1]).split()
    assert "met uw telefoon" in texts(letters[2])


def test_who_answered_meanwhile_gets_no_letter(quality: FlaskClient) -> None:
    done, waits = (person(f"Proefpersoon {who}", case=who, street=STREET) for who in "AB")
    asked(done, waits)
    with transaction() as session:
        session.get_one(Invitation, done.invitation_id).completed = True
    (letter,) = printed(quality, made(quality))
    assert "Proefpersoon B" in texts(letter)
    assert states() == [State.CANCELLED, State.WAITING]


def test_a_batch_is_undone(quality: FlaskClient) -> None:
    asked(person(street=STREET))
    batch = made(quality)
    page = press(quality, batch + "/toch-niet")
    assert "1 brief wacht weer." in page.text and "1 brief wacht op een stapel" in page.text
    assert quality.get(batch).status_code == 404
    assert "Deze stapel lag hier niet meer." in press(quality, batch + "/toch-niet").text


def test_a_letter_with_a_wrong_address_is_taken_out(quality: FlaskClient, time: Clock) -> None:
    """Who has another address gets a message there."""
    wrong = person("Proefpersoon A", case="A", street="Dorpstraat 1")
    time.forward(11)  # past the steps over e-mail
    wrong, right = again(wrong), person("Proefpersoon B", case="B", street=STREET)
    asked(wrong, right)
    batch = made(quality)
    first = messages(wrong)[0].id
    page = press(quality, f"{batch}/{first}/kan-niet-weg")
    assert "Die brief is uit de stapel." in page.text and "Brief 1 van 1" in page.text
    assert again(wrong).post_lost and not again(right).post_lost
    assert states() == [State.BOUNCED, State.WAITING]
    assert "niet meer in de stapel" in press(quality, f"{batch}/{first}/kan-niet-weg").text
    last = messages(right)[0].id
    page = press(quality, f"{batch}/{last}/kan-niet-weg")
    assert "Er ligt geen stapel klaar." in page.text


def test_a_letter_comes_back(quality: FlaskClient, time: Clock) -> None:
    someone = person(street=STREET)
    asked(someone)
    code = code_of(again(someone).invitation)
    back = LETTERS + "/terug"
    batch = made(quality)
    page = press(quality, back, code=code)
    assert page.response.status_code == 422 and "nog geen brief verstuurd" in page.text
    press(quality, batch + "/gepost")
    page = press(quality, back, code=f" {code[:4]}-{code[4:8]} {code[8:]} ".lower())
    assert page.response.status_code == 200 and "Genoteerd." in page.text
    assert again(someone).post_lost and not again(someone).invitation.delivered
    assert states() == [State.BOUNCED]
    assert "Dat wisten we al." in press(quality, back, code=code).text
    for _day in range(15):
        time.forward(1)
        invite()
    assert states() == [State.BOUNCED], "no second letter to an address that is no good"


@pytest.mark.parametrize("typed", ["", "0000000000", "te kort", "<b>7KQ2M4XP9T"])
def test_a_code_that_nobody_knows(quality: FlaskClient, typed: str) -> None:
    page = press(quality, LETTERS + "/terug", code=typed)
    assert page.response.status_code == 422
    assert "Deze code kennen we niet." in page.text
    (field,) = (found for found in page.tree.iter("input") if found.get("name") == "code")
    assert field.get("value") == typed, "what was typed is still there"
    assert field.get("aria-invalid") == "true"


def test_while_all_is_held(quality: FlaskClient) -> None:
    asked(person("Proefpersoon A", case="A", street=STREET))
    batch = made(quality)
    asked(person("Proefpersoon B", case="B", street=STREET))
    with transaction():
        outbox.pause(TOPIC, "1")
    page = opened(quality, LETTERS)
    assert "De uitnodigingen staan stil." in page.text
    assert "1 brief staat stil." in page.text and "Maak een stapel" not in page.text
    assert "Er was geen brief om te printen." in press(quality, LETTERS).text
    assert states() == [State.WAITING, State.WAITING]
    assert quality.get(batch).status_code == 200, "what lies ready can still be seen"
    assert "1 brief telt nu als verstuurd." in press(quality, batch + "/gepost").text


def test_more_letters_are_no_more_statements_to_print(quality: FlaskClient, statements: list[str]) -> None:
    counted = []
    for many in (2, 12):
        people = [
            person(
                f"Proefpersoon {number}",
                case=f"{many}-{number}",
                street=f"Dorpsstraat {many}{number}",
                moment=list(Moment)[number % 2],
                language=("nl", "en")[number % 2],
            )
            for number in range(many)
        ]
        asked(*people)
        batch = made(quality)
        statements.clear()
        assert len(printed(quality, batch)) == many
        counted.append(len(statements))
    assert counted[0] == counted[1]


@pytest.mark.parametrize("role", [Role.ADMIN, Role.COMPLAINTS, Role.TALKS])
def test_only_the_quality_team_sees_who_gets_a_letter(
    quality: FlaskClient, sign_in: SignIn, role: Role
) -> None:
    asked(person(street=STREET))
    batch = made(quality)
    other = sign_in(role)
    for address in (LETTERS, batch):
        assert other.get(address).status_code == 403


def test_a_post_without_the_sessions_token_changes_nothing(quality: FlaskClient) -> None:
    asked(person(street=STREET))
    batch = made(quality)
    one = messages()[0].id
    for action in ("", "/terug"):
        assert quality.post(LETTERS + action).status_code == 400
    for action in ("/gepost", "/toch-niet", f"/{one}/kan-niet-weg"):
        assert quality.post(batch + action).status_code == 400
    assert states() == [State.WAITING]
    assert db.session.scalar(select(Message.batch)) == batch.rsplit("/", 1)[-1]


def test_looking_changes_nothing(quality: FlaskClient, statements: list[str]) -> None:
    asked(person(street=STREET, happened_on=TODAY - timedelta(days=2)))
    batch = made(quality)
    statements.clear()
    quality.get(LETTERS)
    quality.get(batch)
    assert [sent for sent in statements if sent.split()[0] not in {"SELECT", "SHOW", "PRAGMA"}] == []
