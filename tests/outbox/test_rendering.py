"""What people get to read: every message, to everybody, in every language."""

import itertools
import json
import re
import unicodedata
from collections.abc import Iterator
from html import unescape
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
import pytest
from flask import Flask
from flask_babel import gettext
from jinja2 import UndefinedError

from portal import config
from portal.app import create_app
from portal.outbox import rendering, sms_text
from portal.outbox.models import Message
from tests.pages import read
from tests.test_i18n import speaks

TEMPLATES = ("survey_invitation", "survey_reminder", "survey_reminder_started")
MOMENTS = ("intake", "plan", "closure")
PERSPECTIVES = ("parent", "young_person", "adult", "family_member", "")
HOST = "ervaring.voorbeeld.example"
LONGEST_HOST = "klantbeleving.sociaalkernteam-wl.example"
TOKEN = "AbCdEfGhIjKl-nOp_rStUv0x"
NAME = "Zoë Müller-de Proef"
CLOSES_ON = {"nl": "dinsdag 28 september 2027", "en": "Tuesday 28 September 2027"}
MOST_BYTES = 30 * 1024

Who = dict[str, Any]
EVERYBODY: list[Who] = [
    {"moment": moment, "perspective": perspective, "first_person": first_person}
    for moment, perspective, first_person in itertools.product(MOMENTS, PERSPECTIVES, (True, False))
]
to_everybody = pytest.mark.parametrize("who", EVERYBODY, ids=lambda who: "-".join(map(str, who.values())))
in_every_language = pytest.mark.parametrize("language", ["nl", "en"])
every_template = pytest.mark.parametrize("template", TEMPLATES)


def _portal(folder: pytest.TempPathFactory, host: str) -> Flask:
    return create_app(config.load(instance=folder.mktemp("words"), base_url=f"https://{host}"))


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return _portal(tmp_path_factory, HOST)


@pytest.fixture(scope="module")
def long_address(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    assert len(LONGEST_HOST) == 40
    return _portal(tmp_path_factory, LONGEST_HOST)


@pytest.fixture(autouse=True)
def _context(portal: Flask) -> Iterator[None]:
    with portal.app_context():
        yield


def _message(
    template: str = "survey_invitation", *, language: str = "nl", host: str = HOST, **given: Any
) -> Message:
    link = f"https://{host}/v/{TOKEN}"
    perspective = given.get("perspective", "adult")
    params = {
        "name": NAME,
        "moment": "intake",
        "young": perspective == "young_person",
        "first_person": True,
        "perspective": perspective,
        "parenting_help": False,
        "link": link,
        "unsubscribe": f"{link}/afmelden",
        "closes_on": "2027-09-28",
        "code": "7KQ2M4XP9T",
        "own_language": language,
        "question": "Which grade?" if language == "en" else "Welk cijfer past hierbij?",
    }
    return Message(template=template, topic="survey", language=language, params=json.dumps(params | given))


def _words(markup: str) -> str:
    """What one reads of a page: no marks, no addresses."""
    tree = html5lib.parse(markup, namespaceHTMLElements=False)
    return " ".join(" ".join(tree.find("body").itertext()).split())


def _without_addresses(text: str) -> str:
    return re.sub(r"https?://\S+", "", text)


def _links(tree: Element) -> dict[str, str]:
    """Where each link leads, by what it is called."""
    found = [(link.get("aria-label") or "".join(link.itertext()), link) for link in tree.iter("a")]
    assert len({name for name, _link in found}) == len(found), "links that are called the same"
    return {name: link.get("href", "") for name, link in found}


class TestEverybodysMail:
    @in_every_language
    @to_everybody
    @every_template
    @pytest.mark.parametrize("name", [NAME, ""])
    def test_says_what_it_must(self, template: str, who: Who, language: str, name: str) -> None:
        mail = rendering.mail(_message(template, language=language, name=name, **who))
        tree = read(mail.html)
        links = set(_links(tree).values())
        link = f"https://{HOST}/v/{TOKEN}"
        for kind, text in (("text", mail.text), ("html", _words(mail.html))):
            assert CLOSES_ON[language] in text, kind
            assert "Sociaal Kernteam Westland" in text and "2691 ZM 's-Gravenzande" in text, kind
            assert (NAME in text) is (name == NAME), kind
            assert "None" not in text and "{" not in text and "%(" not in text, kind
        for address in (link, f"{link}/bellen", f"{link}/afmelden"):
            assert f"{address}\n" in mail.text and address in links
        assert tree.get("lang") == language

    @to_everybody
    @every_template
    def test_young_people_get_je_and_adults_u(self, template: str, who: Who) -> None:
        message = _message(template, with_paper=True, **who)
        mail = rendering.mail(message)
        said = [
            mail.subject,
            mail.text,
            _words(mail.html),
            rendering.text_message(message).text,
            _words(rendering.letter(message)),
        ]
        young, adult = r"\b(je|jij|jou|jouw)\b", r"\b(u|uw)\b"
        mine, other = (young, adult) if who["perspective"] == "young_person" else (adult, young)
        for text in map(_without_addresses, said):
            assert not re.search(other, text, re.IGNORECASE), text
        assert all(re.search(mine, _without_addresses(text), re.IGNORECASE) for text in said[1:3])

    @in_every_language
    @every_template
    @pytest.mark.parametrize("perspective", PERSPECTIVES)
    def test_subject_is_one_line_about_nobody(self, template: str, perspective: str, language: str) -> None:
        subjects = {
            rendering.mail(
                _message(template, language=language, perspective=perspective, moment=moment, name=name)
            ).subject
            for moment in MOMENTS
            for name in (NAME, "Iemand\nBcc: anderen@voorbeeld.example", "")
        }
        assert len(subjects) == 1, "the subject tells neither the moment nor the name"
        subject = subjects.pop()
        assert subject.isprintable() and 10 < len(subject) < 50
        forbidden = "vragenlijst|onderzoek|enqu[eê]te|survey|questionnaire|research|Zo[eë]|SKT|laatste"
        assert not re.search(forbidden, subject, re.IGNORECASE)

    @to_everybody
    @every_template
    def test_is_wholly_in_english(self, template: str, who: Who) -> None:
        message = _message(template, language="en", **who)
        mail = rendering.mail(message)
        for text in (
            _without_addresses(mail.subject + "\n" + mail.text).replace("\n", "<br>"),
            rendering.letter(message),
            _without_addresses(rendering.text_message(message).text),
        ):
            speaks("en", f'<html lang="en"><body>{text}</body></html>')
        speaks("en", mail.html)


class TestMail:
    @every_template
    def test_is_light_and_asks_nothing_from_elsewhere(self, template: str) -> None:
        html = rendering.mail(_message(template)).html
        assert len(html.encode()) < MOST_BYTES
        tree = read(html)
        tags = {found.tag for found in tree.iter()}
        assert not tags & {"img", "script", "link", "object", "iframe", "form", "video", "svg", "input"}
        assert not re.search(r"url\(|@import|@font-face|\bsrc=|background=", html)
        assert all(address.startswith(f"https://{HOST}/") for address in _links(tree).values())

    @every_template
    def test_is_well_made(self, template: str) -> None:
        tree = read(rendering.mail(_message(template)).html)
        assert len(list(tree.iter("h1"))) == 1
        assert "".join(tree.find("head").find("title").itertext()).strip()  # type: ignore[union-attr]
        assert {table.get("role") for table in tree.iter("table")} == {"presentation"}
        assert all(found.get("role") in {None, "presentation"} for found in tree.iter())
        assert not [found for found in tree.iter() if found.tag in {"th", "caption", "thead"}]

    @pytest.mark.parametrize("template", TEMPLATES[:2])
    def test_first_question_can_be_answered_from_it(self, template: str) -> None:
        tree = read(rendering.mail(_message(template)).html)
        links = _links(tree)
        grades = {name: address for name, address in links.items() if "?cijfer=" in address}
        assert grades == {f"Geef een {n}": f"https://{HOST}/v/{TOKEN}?cijfer={n}" for n in range(1, 11)}
        rows = [
            [link.text for link in row.iter("a")] for row in tree.iter("tr") if row.find("td/a") is not None
        ]
        assert rows[:2] == [["1", "2", "3", "4", "5"], ["6", "7", "8", "9", "10"]]

    def test_who_began_is_not_asked_for_a_grade_again(self) -> None:
        mail = rendering.mail(_message("survey_reminder_started"))
        assert "cijfer" not in mail.html + mail.text
        for text in (mail.text, _words(mail.html)):
            assert "U bent begonnen. Uw antwoorden staan er nog." in text

    def test_asks_what_the_published_questionnaire_asks(self) -> None:
        mail = rendering.mail(_message(question="Hoe tevreden bent u, van 1 tot 10?"))
        assert "Hoe tevreden bent u, van 1 tot 10?" in _words(mail.html)
        assert "Hoe tevreden bent u, van 1 tot 10?" in mail.text

    def test_a_questionnaire_without_a_grade_has_no_grades_in_the_mail(self) -> None:
        mail = rendering.mail(_message(question=""))
        assert "cijfer" not in mail.html + mail.text

    def test_invitation_says_what_makes_people_answer(self) -> None:
        mail = rendering.mail(_message(moment="closure", perspective="parent"))
        for text in (mail.text, _words(mail.html)):
            for said in (
                f"Beste {NAME},",
                "De hulp voor uw kind is afgesloten.",
                "Daar leren wij van.",
                "Het duurt 2 minuten.",
                "Wij lezen uw antwoorden zonder uw naam.",
                "Elk kwartaal zetten we de uitkomsten bij elkaar.",
                "Het kwaliteitsteam",
                "omdat u contact had met Sociaal Kernteam Westland",
                "Meedoen hoeft niet.",
            ):
                assert said in text

    def test_reminders_are_shorter_and_say_until_when(self) -> None:
        invitation, reminder, begun = (rendering.mail(_message(template)) for template in TEMPLATES)
        assert len(begun.text) < len(reminder.text) < len(invitation.text)
        assert len({invitation.subject, reminder.subject, begun.subject}) == 3
        for mail in (reminder, begun):
            assert "Het kan nog tot en met dinsdag 28 september 2027." in mail.text
            assert not re.search("laatste|helaas|jammer|moet u|vergeten", mail.text + mail.html)

    def test_without_a_name_it_greets_all_the_same(self) -> None:
        assert rendering.mail(_message(name="")).text.startswith("Goedendag,\n\n")
        young = rendering.mail(_message(name="", perspective="young_person"))
        assert young.text.startswith("Hallo,\n\n")

    def test_a_name_is_words_and_no_marks(self) -> None:
        mail = rendering.mail(_message(name='<b>Zoë</b> & "Co"\r\n  Proef'))
        assert mail.text.startswith('Beste <b>Zoë</b> & "Co" Proef,\n')
        assert "<b>" not in mail.html
        assert 'Beste <b>Zoë</b> & "Co" Proef,' in unescape(mail.html)

    @every_template
    def test_plain_text_is_plain(self, template: str) -> None:
        text = rendering.mail(_message(template)).text
        assert not re.search(r"&\w+;|&#|<[a-z/]", text)
        assert "\n\n\n" not in text and not re.search(r"[ \t]\n", text)
        assert text.endswith("\n") and not text.startswith("\n")

    @pytest.mark.parametrize("moment", MOMENTS)
    def test_family_members_are_spoken_to_as_such(self, moment: str) -> None:
        mail = rendering.mail(_message(moment=moment, perspective="family_member", first_person=False))
        assert "omdat Sociaal Kernteam Westland contact had met uw familie" in mail.text
        assert not re.search("uw (eerste gesprek|plan)|die u kreeg", mail.text)


class TestLanguage:
    @pytest.mark.parametrize(
        ("language", "own", "offered"),
        [
            ("nl", "nl", False),
            ("nl", "pl", True),
            ("pl", "pl", True),
            ("nl", "", False),
            ("nl", "en", False),
            ("en", "pl", False),
        ],
    )
    @every_template
    def test_a_language_we_do_not_speak_gets_dutch_and_a_way_to_english(
        self, template: str, language: str, own: str, offered: bool
    ) -> None:
        mail = rendering.mail(_message(template, language=language, own_language=own))
        english = f"https://{HOST}/v/{TOKEN}?taal=en"
        assert (english in mail.text) is (english in mail.html) is offered
        tree = read(mail.html)
        assert tree.get("lang") == ("en" if language == "en" else "nl")
        parts = [found for found in tree.iter("p") if found.get("lang") == "en"]
        assert len(parts) == offered
        assert (
            "You can also answer in English" in rendering.letter(_message(template, own_language=own))
        ) is (own == "pl")

    def test_the_page_on_which_it_is_made_decides_nothing(self, portal: Flask) -> None:
        outside = rendering.mail(_message())
        with portal.test_request_context("/?taal=en"):
            before = gettext("Bedankt")
            assert rendering.mail(_message()) == outside
            assert "wij" in rendering.letter(_message())
            assert gettext("Bedankt") == before == "Thank you"

    def test_what_is_missing_is_an_error_and_no_hole(self) -> None:
        message = _message()
        params = json.loads(message.params or "")
        del params["link"]
        message.params = json.dumps(params)
        with pytest.raises(UndefinedError):
            rendering.mail(message)


class TestTextMessage:
    @pytest.mark.parametrize("language", ["nl", "en", "pl"])
    @to_everybody
    @every_template
    def test_is_one_segment(self, long_address: Flask, template: str, who: Who, language: str) -> None:
        with long_address.app_context():
            message = _message(template, language=language, host=LONGEST_HOST, name=NAME, **who)
            made = rendering.text_message(message)
        assert sms_text.size(made.text).is_cheapest and made.segments == 1
        assert made.text.splitlines()[-1] == "SKT"
        assert f" https://{LONGEST_HOST}/v/{TOKEN}\n" in made.text

    @pytest.mark.parametrize("name", ["Anna", "André", "Bo Proef", "Jürgen"])
    def test_says_the_name_where_it_fits(self, name: str) -> None:
        made = rendering.text_message(_message(name=name))
        assert made.text.startswith(f"Beste {name},\nHoe was uw eerste gesprek met ons?")
        assert made.segments == 1

    @pytest.mark.parametrize(
        "name", ["Zoë", unicodedata.normalize("NFD", "Zoë"), "Loïs", "Łukasz", "Anna 🌷", "A" * 60, ""]
    )
    def test_leaves_out_a_name_that_costs_more(self, name: str) -> None:
        made = rendering.text_message(_message(name=name))
        assert made.text.startswith("Hoe was uw eerste gesprek met ons?")
        assert made.segments == 1
        assert not re.search("Zo|Lo.s|ukasz|Anna|AAA", made.text)

    def test_a_name_written_in_parts_is_put_together(self) -> None:
        made = rendering.text_message(_message(name=unicodedata.normalize("NFD", "André")))
        assert made.text.startswith("Beste André,\n")

    def test_says_that_english_is_possible_rather_than_the_name(self) -> None:
        both = rendering.text_message(_message(name="Bo", own_language="pl"))
        assert both.text.startswith("Beste Bo,\n") and both.text.endswith("\nAlso in English.\nSKT")
        english = rendering.text_message(_message(name="Bo van der Proefpersoon", own_language="pl"))
        assert english.text.startswith("Hoe was") and english.text.endswith("\nAlso in English.\nSKT")

    def test_counts_the_segments_where_one_is_too_small(self, portal: Flask) -> None:
        made = rendering.text_message(_message(name="Bo", host="lang." * 20 + "example"))
        assert made.text.startswith("Hoe was")
        assert made.segments == 2

    def test_reminders_say_until_when(self) -> None:
        reminder = rendering.text_message(_message("survey_reminder", name="")).text
        begun = rendering.text_message(_message("survey_reminder_started", name="")).text
        assert "Het kan nog tot en met 28 september:" in reminder
        assert begun.startswith("Uw antwoorden staan er nog. U kunt verder tot en met 28 september:")


class TestLetter:
    @in_every_language
    @to_everybody
    @every_template
    def test_says_what_it_must(self, template: str, who: Who, language: str) -> None:
        letter = rendering.letter(_message(template, language=language, **who))
        tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parseFragment(letter)
        text = " ".join("".join(tree.itertext()).split())
        for said in ("7KQ2 M4XP 9T", f"{HOST}/v", CLOSES_ON[language], NAME, "Sociaal Kernteam Westland"):
            assert said in text
        assert TOKEN not in letter, "a link nobody can type stays out of it"
        assert [found.get("lang") for found in tree] == [language]
        assert "style=" not in letter, "the pages of the portal allow no styles in elements"

    @every_template
    def test_speaks_of_the_paper_only_where_it_goes_along(self, template: str) -> None:
        assert "papier achter deze brief" in rendering.letter(_message(template, with_paper=True))
        assert "papier" not in rendering.letter(_message(template, with_paper=False))
        assert "papier" not in rendering.letter(_message(template))

    def test_a_name_is_words_and_no_marks(self) -> None:
        letter = rendering.letter(_message(name="<b>Zoë</b> & Co"))
        assert "Beste &lt;b&gt;Zoë&lt;/b&gt; &amp; Co," in letter
