"""What the messages about a complaint say, and what none of them says."""

import json
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import html5lib
import pytest
from flask import Flask
from jinja2 import UndefinedError

from portal import clock, config
from portal.app import create_app
from portal.outbox import post, rendering, sms_text
from portal.outbox.models import Message
from tests.pages import read

LONGEST_HOST = "klantbeleving.sociaalkernteam-wl.example"
ADDRESS = f"https://{LONGEST_HOST}"
TOKEN = "AbCdEfGhIjKl-nOp_rStUv0x"
REFERENCE = "KL-2026-0001"
TODAY = date(2026, 12, 24)
GIVEN: dict[str, dict[str, Any]] = {
    "complaint_notice": {"young": False},
    "complaint_concerned": {"token": TOKEN, "what": "copy"},
    "complaint_staff": {"what": "new", "reference": REFERENCE, "on": "", "danger": False},
}
every_template = pytest.mark.parametrize("template", GIVEN)
in_every_language = pytest.mark.parametrize("language", ["nl", "en"])
to_everybody = pytest.mark.parametrize("young", [False, True], ids=["adult", "young"])


@pytest.fixture(scope="module", params=["skt-westland", "sociaal-team-houten"])
def portal(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return create_app(
        config.load(instance=tmp_path_factory.mktemp("words"), base_url=ADDRESS, profile=request.param)
    )


@pytest.fixture(autouse=True)
def _context(portal: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(clock, "today", lambda: TODAY)
    with portal.app_context():
        yield


def _message(template: str, language: str = "nl", **given: Any) -> Message:
    params = {"name": ""} | GIVEN[template] | given
    return Message(
        template=template,
        topic="complaint",
        language=language,
        params=json.dumps(params),
        reference="0" * 32,
        channel="email",
        to="p@voorbeeld.example",
    )


def _seen(markup: str) -> str:
    """What one reads of a page, without its addresses."""
    tree = html5lib.parse(markup, namespaceHTMLElements=False)
    return " ".join(" ".join(tree.find("body").itertext()).split())


def _links(markup: str) -> list[str]:
    return [link.get("href", "") for link in read(markup).iter("a")]


class TestEveryMail:
    @in_every_language
    @every_template
    def test_is_light_and_well_made(self, template: str, language: str) -> None:
        mail = rendering.mail(_message(template, language))
        tree = read(mail.html)
        assert tree.get("lang") == language
        assert len(list(tree.iter("h1"))) == 1 and "".join(tree.find("head").find("title").itertext())  # type: ignore[union-attr]
        tags = {found.tag for found in tree.iter()}
        assert not tags & {"img", "script", "link", "object", "iframe", "form", "video", "svg", "input"}
        for text in (mail.text, _seen(mail.html)):
            assert "None" not in text and "{" not in text and "%(" not in text
        assert not re.search(r"&\w+;|&#|<[a-z/]", mail.text)
        assert "\n\n\n" not in mail.text and not re.search(r"[ \t]\n", mail.text)

    @every_template
    def test_offers_no_opting_out_and_no_survey(self, template: str) -> None:
        made = post.compose(_message(template))
        assert not [name for name in made.headers if name.startswith("List-")]
        assert not re.search("afmelden|bellen|/v/|vragenlijst|kwaliteitsteam", made.text + made.html)
        assert all(link.startswith((ADDRESS, "https://")) for link in _links(made.html))

    @every_template
    def test_subject_is_one_short_line_without_a_link(self, template: str) -> None:
        subject = rendering.mail(_message(template)).subject
        assert subject.isprintable() and 10 < len(subject) < 50
        assert TOKEN not in subject and "http" not in subject

    @every_template
    def test_a_missing_word_is_an_error_and_no_hole(self, template: str) -> None:
        message = _message(template)
        params = json.loads(message.params or "")
        # What has no bearing on the words of this message may be missing.
        del params[{"complaint_concerned": "token", "complaint_staff": "reference"}.get(template, "name")]
        message.params = json.dumps(params)
        with pytest.raises((UndefinedError, KeyError)):
            rendering.mail(message)


class TestNotice:
    @in_every_language
    @to_everybody
    def test_says_that_there_is_a_message_and_nothing_of_it(self, young: bool, language: str) -> None:
        message = _message("complaint_notice", language, young=young)
        mail = rendering.mail(message)
        sms = rendering.text_message(message).text
        for text in (mail.subject, mail.text, mail.html, sms):
            assert not re.search("klacht|klag|complain|KL-|gesprek|hearing|betrokken", text, re.IGNORECASE)

    @to_everybody
    def test_says_where_to_read_it(self, young: bool) -> None:
        message = _message("complaint_notice", young=young)
        mail = rendering.mail(message)
        for text in (mail.text, _seen(mail.html)):
            assert "Lees een bericht van ons" in text, "the name of the link on the home page"
            assert LONGEST_HOST in text
            assert "Zo leest niemand anders mee." in text
        # The home page: the path of another would say what it is about.
        own = {link for link in _links(mail.html) if LONGEST_HOST in link}
        assert own == {ADDRESS, f"{ADDRESS}/privacy"}

    def test_the_link_is_called_so_on_the_home_page(self, portal: Flask) -> None:
        assert ">Lees een bericht van ons</a>" in portal.test_client().get("/").text

    def test_young_people_get_je_and_adults_u(self) -> None:
        for young, mine, other in (
            (True, r"\b(je|jouw?)\b", r"\b(u|uw)\b"),
            (False, r"\b(u|uw)\b", r"\b(je|jij|jouw?)\b"),
        ):
            message = _message("complaint_notice", young=young)
            mail = rendering.mail(message)
            for text in (mail.subject, mail.text, _seen(mail.html), rendering.text_message(message).text):
                assert re.search(mine, text, re.IGNORECASE) and not re.search(other, text, re.IGNORECASE)

    @pytest.mark.parametrize("language", ["nl", "en", "pl"])
    @to_everybody
    def test_the_text_message_is_one_segment(self, young: bool, language: str) -> None:
        made = rendering.text_message(_message("complaint_notice", language, young=young))
        assert len(LONGEST_HOST) == 40
        assert sms_text.size(made.text).is_cheapest and made.segments == 1
        # A phone makes a link of an address only where it ends.
        assert re.search(rf": {ADDRESS}(/\?taal=en)?\n", made.text)


class TestConcerned:
    @pytest.mark.parametrize("what", ["copy", "hearing"])
    def test_leads_to_the_page_and_says_what_one_can_do(self, what: str, portal: Flask) -> None:
        mail = rendering.mail(_message("complaint_concerned", what=what))
        assert f"{ADDRESS}/klacht/betrokkene/{TOKEN}\n" in mail.text
        assert f"{ADDRESS}/klacht/betrokkene/{TOKEN}" in _links(mail.html)
        coordinator = portal.extensions["profile"].complaints.coordinator["nl"]
        for text in (mail.text, _seen(mail.html)):
            assert "Schrijf uw reactie." in text
            assert "De link is alleen voor u." in text
            assert coordinator.capitalize() in text
        assert "klacht" not in mail.subject.lower()

    def test_says_why_it_comes(self) -> None:
        copy, hearing = (
            rendering.mail(_message("complaint_concerned", what=what)).text for what in ("copy", "hearing")
        )
        assert "Iemand diende een klacht in. U wordt daarin genoemd." in copy
        assert "Er is een gesprek gepland" in hearing and "gesprek gepland" not in copy

    def test_the_outcome_asks_for_no_reply_and_tells_no_judgment(self) -> None:
        mail = rendering.mail(_message("complaint_concerned", what="outcome"))
        assert f"{ADDRESS}/klacht/betrokkene/{TOKEN}\n" in mail.text
        for text in (mail.text, _seen(mail.html)):
            assert "leest u de uitkomst" in text and "mag weten hoe het afliep" in text
            assert "reactie" not in text and "gesprek" not in text and "gegrond" not in text
            assert "De link is alleen voor u." in text
        assert "\n\n\n" not in mail.text


class TestStaff:
    @pytest.mark.parametrize(
        ("what", "on", "subject", "says"),
        [
            ("new", "", "Nieuw binnengekomen: KL-2026-0001", "Bevestig de ontvangst"),
            ("asked", "", "Gevraagd voor een klacht: KL-2026-0001", "of u bij de zaak betrokken was"),
            ("message", "", "Nieuw bericht bij KL-2026-0001", "schreef een bericht"),
            ("hearing", "", "Gesprek lukt niet: KL-2026-0001", "Zoek een andere dag"),
            ("withdrawn", "", "Ingetrokken: KL-2026-0001", "is ingetrokken"),
            ("agreed", "", "Meer tijd gekregen: KL-2026-0001", "vindt de latere dag goed"),
            ("solved", "", "Antwoord op de vraag of het is opgelost: KL-2026-0001", "Lees het antwoord"),
            ("reply", "", "Reactie van een betrokkene bij KL-2026-0001", "schreef een reactie"),
            ("involved", "", "Vraag iemand anders: KL-2026-0001", "Wijs iemand anders aan."),
            (
                "soon",
                "2026-12-31",
                "Nog 7 dagen: KL-2026-0001",
                "over 7 dagen, op donderdag 31 december 2026",
            ),
            ("soon", "2026-12-25", "Nog 1 dag: KL-2026-0001", "over 1 dag, op vrijdag 25 december 2026"),
            ("soon", "2026-12-24", "Vandaag de laatste dag: KL-2026-0001", "vandaag, donderdag 24 december"),
            ("late", "2026-12-23", "Termijn 1 dag voorbij: KL-2026-0001", "Dat is 1 dag geleden"),
            ("late", "2026-11-24", "Termijn 30 dagen voorbij: KL-2026-0001", "op dinsdag 24 november 2026"),
        ],
    )
    def test_says_what_is_to_be_done(self, what: str, on: str, subject: str, says: str) -> None:
        mail = rendering.mail(_message("complaint_staff", what=what, on=on))
        assert mail.subject == subject
        for text in (mail.text, _seen(mail.html)):
            assert says in text
            assert "spoed" not in text.lower()
        assert f"{ADDRESS}/team/klachten/{REFERENCE}\n" in mail.text
        assert f"{ADDRESS}/team/klachten/{REFERENCE}" in _links(mail.html)

    @pytest.mark.parametrize("what", ["new", "message", "withdrawn", "late"])
    def test_danger_comes_first(self, what: str) -> None:
        on = "2026-12-23" if what == "late" else ""
        mail = rendering.mail(_message("complaint_staff", what=what, on=on, danger=True))
        assert mail.subject.startswith("Met spoed: ") and REFERENCE in mail.subject
        first = mail.text.split("\n\n")[1]
        assert "gevaar" in first, "the first words after the greeting"
        assert _seen(mail.html).index("gevaar") < _seen(mail.html).index("Open KL")
