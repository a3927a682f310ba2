"""Two languages: nothing Dutch is left on an English page, nothing English on a Dutch one, and one can switch."""

import re
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import default_exceptions

from portal.db import db, transaction
from portal.identity.rules import Role
from portal.profile import profile
from portal.surveys.models import Invitation
from portal.surveys.rules import Moment, Perspective
from portal.tasks import operations as tasks
from portal.web import ERRORS, entry_of
from tests import translations_complete
from tests.conftest import SignIn
from tests.surveys.sheets import Sheet, invited, opened

# Words that the one language often has and the other never, as whole words.
TELLTALES = {
    "nl": "aan antwoord antwoorden bij deze dit geen hebt heeft het hoe jij jouw kan kies kunt mag naar niet "
    "nog om ons ook u uw vraag vragen van voor vul wat wij wordt worden zijn zonder één een",
    "en": "and are choice choose cannot does error field from have invalid not please required that the "
    "there this these valid what when with you your",
}
OTHER = {"nl": "en", "en": "nl"}
# Names are the same in every language.
NAMES = re.compile(
    r"Veilig Thuis|Autoriteit Persoonsgegevens|cliëntondersteuner|\S+@\S+|Van de Kasteelestraat 75"
)
SPOKEN_ATTRIBUTES = ("aria-label", "alt", "title", "placeholder")
SILENT = {"script", "style", "address", "svg", "code"}
EMPTY = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "wbr"}


class Words(HTMLParser):
    """What a page says in its own language: outside names, addresses and parts in another language."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.language = ""
        self.said: list[str] = []
        self._elsewhere: list[bool] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "html":
            self.language = given.get("lang") or ""
        if tag in EMPTY:
            return
        foreign = given.get("lang", self.language) != self.language
        if not foreign:
            self.said += [given[name] or "" for name in SPOKEN_ATTRIBUTES if name in given]
        self._elsewhere.append(foreign or tag in SILENT)

    def handle_endtag(self, tag: str) -> None:
        if tag not in EMPTY and self._elsewhere:
            self._elsewhere.pop()

    def handle_data(self, data: str) -> None:
        if not any(self._elsewhere):
            self.said.append(data)

    def of(self, language: str) -> list[str]:
        """The sentences that hold a word of this language."""
        words = re.compile(rf"\b(?:{TELLTALES[language].replace(' ', '|')})\b", re.IGNORECASE)
        said = (NAMES.sub("", " ".join(sentence.split())) for sentence in self.said)
        return [sentence for sentence in said if words.search(sentence)]


def speaks(language: str, *pages: str) -> None:
    """Fail when a page is not wholly in this language."""
    for page in pages:
        words = Words(page)
        assert words.language == language
        assert words.of(OTHER[language]) == [], f"left in another language than '{language}'"


def spoken(sheet: Sheet) -> str:
    return sheet.response.get_data(as_text=True)


@pytest.fixture(scope="module", autouse=True)
def _compiled() -> None:
    for source in translations_complete.FOLDER.glob("*/LC_MESSAGES/messages.po"):
        made = source.with_suffix(".mo")
        assert made.exists() and made.stat().st_mtime >= source.stat().st_mtime, "run 'make translations'"


class TestPublicPages:
    @pytest.mark.parametrize("language", ["nl", "en"])
    def test_every_page_is_wholly_in_its_language(
        self, app: Flask, client: FlaskClient, language: str
    ) -> None:
        seen = set()
        for rule in app.url_map.iter_rules():
            found = entry_of(rule.endpoint)
            if found and found.kind == "public" and "GET" in rule.methods and not rule.arguments:
                page = client.get(rule.rule, query_string={"taal": language})
                if page.status_code == 302:
                    continue  # a later step of signing in
                assert page.status_code == 200, rule.rule
                speaks(language, page.text)
                seen.add(rule.rule)
        assert {"/", "/v", "/privacy", "/toegankelijkheid", "/team/inloggen"} <= seen

    @pytest.mark.parametrize("language", ["nl", "en"])
    @pytest.mark.parametrize("code", sorted(ERRORS))
    def test_errors_too(self, app: Flask, code: int, language: str) -> None:
        with app.test_request_context(f"/?taal={language}"):
            answer = app.make_response(app.handle_user_exception(default_exceptions[code]()))
        speaks(language, answer.get_data(as_text=True))

    @pytest.mark.parametrize("path", ["/", "/privacy", "/toegankelijkheid", "/v", "/team/inloggen"])
    def test_an_unknown_language_is_dutch(self, client: FlaskClient, path: str) -> None:
        speaks("nl", client.get(path, query_string={"taal": "xx"}).text)

    def test_one_can_go_there_and_back(self, client: FlaskClient) -> None:
        there = re.search(r'href="([^"]*taal=en[^"]*)"', client.get("/privacy").text)
        assert there and there[1] == "/privacy?taal=en"
        english = client.get(there[1]).text
        back = re.search(r'href="([^"]*taal=nl[^"]*)"', english)
        assert back and back[1] == "/privacy?taal=nl"
        speaks("en", english)
        speaks("nl", client.get(back[1]).text)


class TestTheCode:
    def test_switching_on_the_page_and_back(self, client: FlaskClient) -> None:
        sheet = opened(client, "/v").press("language:en")
        speaks("en", spoken(sheet), spoken(sheet.press("open")))
        back = sheet.press("language:nl")
        speaks("nl", spoken(back), spoken(back.press("open")))

    def test_a_wrong_code(self, client: FlaskClient) -> None:
        sheet = opened(client, "/v?taal=en")
        for code in ("7KQ2", "7KQ2M4XP9T"):
            sheet.fields["code"] = [code]
            speaks("en", spoken(sheet.press("open")))


class TestSurvey:
    @pytest.mark.parametrize("language", ["nl", "en"])
    @pytest.mark.parametrize("moment", list(Moment))
    @pytest.mark.parametrize("perspective", list(Perspective))
    def test_from_the_first_question_to_the_thanks(
        self, client: FlaskClient, moment: Moment, perspective: Perspective, language: str
    ) -> None:
        _invitation, address = invited(
            moment, perspective=perspective, language=language, parenting_help=moment is Moment.CLOSURE
        )
        sheet = opened(client, address)
        speaks(language, spoken(sheet))
        while "a-went_well" not in sheet.fields:
            sheet = sheet.press("next")
            speaks(language, spoken(sheet))
        refused = sheet.press("send")
        thanks = opened(client, address + "/1").fill(grade="7").press("next")
        thanks = opened(client, address + "/9").press("send")
        speaks(language, spoken(refused), spoken(thanks))
        assert {"nl": "Hier leren wij van", "en": "We learn from this"}[language] in thanks.text
        speaks(language, spoken(opened(client, address)))

    @pytest.mark.parametrize("perspective", [Perspective.PARENT, Perspective.YOUNG_PERSON])
    def test_what_can_go_wrong(self, client: FlaskClient, perspective: Perspective) -> None:
        _invitation, address = invited(language="en", perspective=perspective)
        sheet = opened(client, address)
        wrong = sheet.fill(grade="11").press("next")
        sheet.fields["unasked"] = ["x"]
        unasked = sheet.fill(grade="8").press("next")
        long = opened(client, address + "/4").fill(went_well="a b " * 1001).press("next")
        kept = opened(client, address + "/4").fill(went_well="Kept words").press("next")
        again = opened(client, address + "/4")
        stale = opened(client, address)
        stale.fields["mark"] = ["x"]
        pages = [wrong, unasked, long, kept, again, stale.press("next"), opened(client, address)]
        speaks("en", *(spoken(page) for page in pages))
        assert "4000" in long.text and "already wrote something" in again.text

    def test_closed_and_mistyped_links(self, client: FlaskClient) -> None:
        invitation, address = invited(language="en")
        with transaction():
            db.session.get_one(Invitation, invitation.id).closes_on = invitation.closes_on.replace(year=2020)
        speaks("en", spoken(opened(client, address)), spoken(opened(client, "/v/mistyped?taal=en")))

    def test_saved_as_it_is_given(self, client: FlaskClient) -> None:
        _invitation, address = invited(language="en")
        sheet = opened(client, address).fill(grade="8")
        headers = {"HX-Request": "true", "HX-Trigger": "vraag-grade"}
        answer = client.post(f"{address}/1/bewaar", data=sheet.fields, headers=headers)
        assert "Saved" in answer.text and "Clear my choice" in answer.text

    def test_switching_half_way_and_back(self, client: FlaskClient) -> None:
        _invitation, address = invited()
        sheet = opened(client, address).fill(grade="8").press("next")
        english = sheet.press("language:en")
        speaks("en", spoken(english), spoken(english.press("next")))
        dutch = english.press("language:nl")
        speaks("nl", spoken(dutch), spoken(dutch.press("next")))

    def test_thanks_in_the_language_one_answered_in(self, client: FlaskClient) -> None:
        _invitation, address = invited()
        sheet = opened(client, address).press("language:en").fill(grade="8").press("next")
        speaks("en", spoken(opened(client, address + "/4").press("send")))
        assert sheet.response.status_code == 200

    def test_the_language_of_the_code_page_goes_along(self, client: FlaskClient) -> None:
        _invitation, address = invited()
        sheet = opened(client, address + "?taal=en")
        speaks("en", spoken(sheet), spoken(sheet.press("next")), spoken(sheet.press("next").press("call")))


class TestCall:
    @pytest.mark.parametrize("language", ["nl", "en"])
    @pytest.mark.parametrize("perspective", [Perspective.ADULT, Perspective.YOUNG_PERSON])
    def test_asking_to_be_called(self, client: FlaskClient, perspective: Perspective, language: str) -> None:
        _invitation, address = invited(language=language, perspective=perspective)
        sheet = opened(client, address + "/bellen")
        both = sheet.press("call")
        sheet.fields |= {"name": ["Jo"], "phone": ["12"], "when": ["x"]}
        wrong = sheet.press("call")
        sheet.fields |= {"phone": ["06 12345678"], "when": ["any"]}
        speaks(language, spoken(sheet), spoken(both), spoken(wrong), spoken(sheet.press("call")))

    def test_switching_and_back(self, client: FlaskClient) -> None:
        _invitation, address = invited()
        english = opened(client, address + "/bellen").press("language:en")
        speaks("en", spoken(english), spoken(english.press("call")))
        dutch = english.press("language:nl")
        speaks("nl", spoken(dutch), spoken(dutch.press("call")))

    @pytest.mark.parametrize(
        ("language", "one", "more"),
        [
            ("nl", "Er is iets dat nog niet klopt", "Er zijn 2 dingen die nog niet kloppen"),
            ("en", "One thing is not right yet", "2 things are not right yet"),
        ],
    )
    def test_one_and_more(self, client: FlaskClient, language: str, one: str, more: str) -> None:
        _invitation, address = invited(language=language)
        sheet = opened(client, address + "/bellen")
        assert more in sheet.press("call").text
        sheet.fields["name"] = ["Jo"]
        assert one in sheet.press("call").text


@pytest.mark.parametrize("language", ["nl", "en"])
class TestStaff:
    PAGES = (
        "/team",
        "/team/respons",
        "/team/resultaten",
        "/team/papier",
        "/team/account",
        "/team/wachtwoord",
        "/team/wachtwoord-bevestigen",
        "/team/herstelcodes",
        "/team/tweede-stap-instellen",
        "/team/hulp-bij-inloggen",
    )

    @pytest.fixture
    def fresh(self, sign_in: SignIn) -> FlaskClient:
        """Somebody who typed the password a moment ago."""
        return sign_in(Role.QUALITY, Role.ADMIN)

    def test_every_page(self, fresh: FlaskClient, language: str) -> None:
        with transaction():
            for place, when in enumerate(("morning", "afternoon", "evening", "any")):
                details = {"name": "", "phone": "+31612345678", "when": when, "moment": "plan"}
                tasks.add("call_back", str(place), details | {"language": "en"})
        for path in self.PAGES:
            page = fresh.get(path, query_string={"taal": language})
            assert page.status_code == 200, path
            speaks(language, page.text)

    def test_sheets_speak_the_language_one_chose(self, quality: FlaskClient, language: str) -> None:
        for moment in Moment:
            sheet = quality.get(f"/team/papier/{moment}/parent/{language}?taal={OTHER[language]}")
            speaks(language, sheet.text)

    def test_the_library_says_our_words(self, fresh: FlaskClient, language: str) -> None:
        token = re.search(r'name="csrf_token" value="([^"]+)"', fresh.get("/team/wachtwoord").text)
        assert token
        for path, data in (
            ("/team/wachtwoord", {}),
            ("/team/wachtwoord", {"password": "x", "new_password": "y", "new_password_confirm": "z"}),
            ("/team/wachtwoord-bevestigen", {}),
            ("/team/wachtwoord-bevestigen", {"password": "x" * 129}),
            ("/team/tweede-stap-instellen", {}),
            ("/team/tweede-stap-instellen", {"setup": "sms"}),
            ("/team/wachtwoord", {"csrf_token": "x"}),
        ):
            given = {"csrf_token": token[1], **data}
            answer = fresh.post(path, query_string={"taal": language}, data=given)
            assert answer.status_code in {400, 422}, (path, data)
            speaks(language, answer.text)

    def test_signing_in(self, client: FlaskClient, language: str) -> None:
        where = f"/team/inloggen?taal={language}"
        token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(where).text)
        assert token
        for email, password in (("", ""), ("x", "y"), ("nobody@voorbeeld.example", "x" * 20)):
            data = {"csrf_token": token[1], "email": email, "password": password}
            answer = client.post(where, data=data)
            assert answer.status_code == 422
            speaks(language, answer.text)

    def test_entering_a_paper(self, quality: FlaskClient, language: str) -> None:
        sheet = opened(quality, f"/team/papier/invoeren?moment=intake&perspective=parent&taal={language}")
        empty = sheet.press("")
        sheet.fields["code"] = ["7KQ2"]
        speaks(language, spoken(sheet), spoken(empty), spoken(sheet.fill(grade="11").press("")))

    def test_asking_for_codes_that_are_not_there(self, fresh: FlaskClient, language: str) -> None:
        answer = fresh.get("/team/herstelcodes", query_string={"show_codes": "1", "taal": language})
        assert "No recovery codes generated yet" not in answer.text
        speaks(language, answer.text)

    def test_choosing_keeps_the_language(self, quality: FlaskClient, language: str) -> None:
        page = quality.get("/team/papier", query_string={"taal": language}).text
        form = page[page.index('<form method="get"') :].split("</form>")[0]
        assert ('name="taal" value="en"' in form) is (language == "en")


class TestTexts:
    def test_every_text_of_the_profile_has_every_language(self, app: Flask) -> None:
        known = profile()
        for texts in (known.confidant.what, known.surveys.results_when):
            assert set(texts) == set(known.languages)

    def test_every_language_has_its_texts(self, app: Flask) -> None:
        made = {path.parent.parent.name for path in translations_complete.FOLDER.glob("*/*/messages.po")}
        assert made == set(profile().languages) - {"nl"}


SMALL = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"

msgid "Verder"
msgstr "Continue"

#, python-format
msgid "Vraag %(number)s van %(total)s"
msgstr "Question %(number)s of %(total)s"

#, python-format
msgid "%(num)s antwoord"
msgid_plural "%(num)s antwoorden"
msgstr[0] "One answer"
msgstr[1] "%(num)s answers"
"""


class TestComplete:
    """The check that `make lint` does."""

    @pytest.fixture(autouse=True)
    def _small(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(translations_complete, "_source", lambda: read_po(BytesIO(SMALL.encode())))

    def check(self, folder: Path, text: str) -> None:
        path = folder / "en" / "LC_MESSAGES" / "messages.po"
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
        translations_complete.check(folder)

    def test_silent_when_all_is_well(self, tmp_path: Path) -> None:
        self.check(tmp_path, SMALL)

    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            ('msgstr "Continue"', 'msgstr ""', "is nog leeg: ‘Verder’"),
            ('msgstr[1] "%(num)s answers"', 'msgstr[1] ""', "is nog leeg: ‘%(num)s antwoord’"),
            ('msgid "Verder"\nmsgstr "Continue"\n', "", "ontbreekt: ‘Verder’"),
            ('msgid "Verder"', 'msgid "Verderop"', "ontbreekt: ‘Verder’"),
            ('msgid "Verder"', '#, fuzzy\nmsgid "Verder"', "is nog onzeker (fuzzy): ‘Verder’"),
            (" of %(total)s", "", "staan niet dezelfde invulplekken: ‘Vraag %(number)s van %(total)s’"),
            ("(number)s of", "(nummer)s of", "staan niet dezelfde invulplekken: ‘Vraag %(number)s"),
            ('"%(num)s answers"', '"Answers"', "staan niet dezelfde invulplekken: ‘%(num)s antwoord’"),
            ('msgid "Verder"', 'msgid "Oud"\nmsgstr "Old"\n\nmsgid "Verder"', "een oude tekst: ‘Oud’"),
            ('msgid "Verder"', '#~ msgid "Oud"\n#~ msgstr "Old"\n\nmsgid "Verder"', "een oude tekst: ‘Oud’"),
            ('msgstr "Continue"', "verstr Continue", "is niet te lezen"),
        ],
    )
    def test_says_in_one_sentence_what_is_wrong(
        self, tmp_path: Path, old: str, new: str, message: str
    ) -> None:
        assert old in SMALL
        with pytest.raises(translations_complete.Incomplete) as found:
            self.check(tmp_path, SMALL.replace(old, new, 1))
        assert message in str(found.value)
        assert "\n" not in str(found.value)

    def test_no_translation_at_all(self, tmp_path: Path) -> None:
        with pytest.raises(translations_complete.Incomplete):
            translations_complete.check(tmp_path)
