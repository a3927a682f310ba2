"""Under a personal link: links for others in the family, and that nobody sees what becomes of them."""

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.db import db
from portal.profile import profile
from portal.surveys.answering.queries import answers_of, asked, code_of, link_of, token_of
from portal.surveys.inviting.operations import family_invitations
from portal.surveys.models import Draft, Invitation, LetterboxEntry
from portal.surveys.rules import Moment, Perspective
from tests.surveys.inviting.under_a_link import FOREIGN, count, fresh, own_words, sent, writes
from tests.surveys.sheets import Sheet, invited, opened

ALL = ("parent", "young_person", "family_member")


def make(client: FlaskClient, address: str, whom: str = "parent") -> Sheet:
    """Choose for whom and press the button."""
    sheet = opened(client, address + "/anderen")
    sheet.fields["perspective"] = [whom]
    return sheet.press("")


def hrefs(sheet: Sheet, start: str) -> list[str]:
    """The links of the page that begin like this."""
    found = [link.get("href", "") for link in sheet.tree.iter("a")]
    return [address for address in found if address.startswith(start)]


class TestOthers:
    def test_is_offered_after_sending(self, client: FlaskClient) -> None:
        _invitation, address = invited()
        thanks = opened(client, address).fill(grade="8").press("send")
        assert "Wil iemand anders in uw gezin ook iets zeggen?" in thanks.text
        assert hrefs(thanks, address + "/anderen")
        again = opened(client, address)
        assert "U heeft al geantwoord" in again.text
        assert hrefs(again, address + "/anderen")

    @pytest.mark.parametrize("whom", list(Perspective))
    def test_one_link_each_through_its_own_eyes(self, client: FlaskClient, whom: Perspective) -> None:
        invitation, address = sent(domain="youth", team="Monster", parenting_help=True)
        page = make(client, address, whom)
        assert page.response.status_code == 200
        (made,) = family_invitations(fresh(invitation))
        assert (made.perspective, made.moment, made.first_person) == (whom, "intake", False)
        assert made.name is None
        assert link_of(made) in page.text
        code = code_of(made)
        assert f"{code[:4]} {code[4:8]} {code[8:]}" in page.text
        theirs = opened(client, f"/v/{token_of(made)}")
        says_je = "geef je ons" in theirs.text
        assert says_je is (whom is Perspective.YOUNG_PERSON)

    def test_no_contact_data_is_asked(self, client: FlaskClient) -> None:
        _invitation, address = sent()
        page = make(client, address)
        form = next(found for found in page.tree.iter("form") if found.get("id") == "others-form")
        kinds = {found.get("type") for found in form.iter("input")}
        assert kinds == {"hidden", "radio"}
        assert not list(form.iter("textarea"))

    def test_ways_to_pass_it_on(self, client: FlaskClient) -> None:
        invitation, address = sent()
        page = make(client, address)
        (made,) = family_invitations(fresh(invitation))
        (text,), (mail,) = hrefs(page, "sms:"), hrefs(page, "mailto:")
        assert text.startswith("sms:?&body=")
        body = unquote(text.removeprefix("sms:?&body="))
        assert body.endswith(link_of(made))
        assert "Het SKT hoort graag" in body
        mailed = parse_qs(urlsplit(mail).query)
        assert set(mailed) == {"subject", "body"}
        assert mailed["body"] == [body]
        assert not re.search("vragenlijst|onderzoek", mailed["subject"][0], re.IGNORECASE)
        for address in (text, mail):
            assert not set(address) & set(' "<>+')
        assert urlsplit(mail).path == "", "to nobody: whom it goes to is not our business"

    def test_as_many_as_the_profile_says_and_then_kindly_no_more(self, client: FlaskClient) -> None:
        invitation, address = sent()
        for number, whom in enumerate(ALL, start=1):
            page = make(client, address, whom)
            assert len(family_invitations(fresh(invitation))) == number
        assert profile().inviting.family_links == len(ALL)
        assert "Meer kan niet" in page.text
        assert not page.radios
        listed = [link_of(made) for made in family_invitations(fresh(invitation))]
        assert all(link in page.text for link in listed)
        assert len(set(listed)) == len(ALL)

    def test_a_page_from_before_makes_no_fourth(self, client: FlaskClient) -> None:
        invitation, address = sent()
        sheet = opened(client, address + "/anderen")
        for whom in ALL:
            make(client, address, whom)
        for number in ("4", "5", "0", "-1", "", "x", "99999999999", "²"):
            sheet.fields |= {"number": [number], "perspective": ["parent"]}
            refused = sheet.press("")
            assert refused.response.status_code == 409, number
            assert "Meer kan niet" in refused.text
        assert fresh(invitation).family_links == len(ALL)
        assert count(Invitation) == 1 + len(ALL)

    @pytest.mark.parametrize("number", ["2", "3", "4", "0", "-1", "x", "", "1.0"])
    def test_no_link_is_made_out_of_turn(self, client: FlaskClient, number: str) -> None:
        _invitation, address = sent()
        sheet = opened(client, address + "/anderen")
        sheet.fields |= {"number": [number], "perspective": ["parent"]}
        refused = sheet.press("")
        assert refused.response.status_code == 409
        assert count(Invitation) == 1
        assert "Link 1, voor een ouder" in refused.press("").text, "the button works after all"

    def test_double_click_reload_and_back_make_one(self, client: FlaskClient) -> None:
        _invitation, address = sent()
        sheet = opened(client, address + "/anderen")
        sheet.fields["perspective"] = ["young_person"]
        for _press in range(3):
            page = sheet.press("")
            assert page.response.status_code == 200
            assert "Link 1, voor een jongere vanaf 12 jaar" in page.text
            assert "Link 2" not in page.text
        opened(client, address + "/anderen")
        assert count(Invitation) == 2

    def test_many_presses_at_the_same_moment_make_one(self, app: Flask) -> None:
        _invitation, address = sent()
        sheet = opened(app.test_client(), address + "/anderen")
        data = {**sheet.fields, "perspective": ["parent"]}
        times = 6
        gate = Barrier(times)

        def press(_number: int) -> int:
            with app.app_context():
                gate.wait()
                return app.test_client().post(sheet.action, data=data).status_code

        db.session.rollback()
        with ThreadPoolExecutor(times) as pool:
            assert set(pool.map(press, range(times))) == {303}
        assert count(Invitation) == 2

    def test_back_for_somebody_else_says_what_to_do(self, client: FlaskClient) -> None:
        invitation, address = sent()
        sheet = opened(client, address + "/anderen")
        make(client, address, "parent")
        sheet.fields["perspective"] = ["adult"]
        again = sheet.press("")
        assert again.response.status_code == 409
        assert "Deze link was al gemaakt." in again.text
        assert again.fields["perspective"] == ["adult"], "nothing has to be chosen again"
        assert count(Invitation) == 2
        again.press("")
        assert [made.perspective for made in family_invitations(fresh(invitation))] == ["parent", "adult"]

    @pytest.mark.parametrize("whom", ["", "opa", "PARENT", "parent\x00"])
    def test_for_nobody_is_asked_again(self, client: FlaskClient, whom: str) -> None:
        _invitation, address = sent()
        sheet = opened(client, address + "/anderen")
        sheet.fields["perspective"] = [whom]
        again = sheet.press("")
        assert again.response.status_code == 422
        assert "Kies voor wie de link is." in again.text
        assert count(Invitation) == 1

    def test_a_foreign_mark_is_refused_with_nothing_lost(self, client: FlaskClient) -> None:
        _invitation, address = sent()
        sheet = opened(client, address + "/anderen")
        sheet.fields |= {"mark": ["oud"], "perspective": ["adult"]}
        again = sheet.press("")
        assert again.response.status_code == 422
        assert "Druk nog een keer op de knop" in again.text
        assert again.fields["perspective"] == ["adult"]
        assert count(Invitation) == 1
        assert "Link 1, voor een volwassene" in again.press("").text

    def test_another_site_is_refused(self, client: FlaskClient) -> None:
        _invitation, address = sent()
        data = {**opened(client, address + "/anderen").fields, "perspective": ["parent"]}
        assert client.post(address + "/anderen", data=data, headers=FOREIGN).status_code == 403
        assert count(Invitation) == 1

    def test_a_scanner_makes_no_link(self, client: FlaskClient, statements: list[str]) -> None:
        invitation, address = sent()
        statements.clear()
        for method in ("GET", "HEAD", "OPTIONS"):
            client.open(address + "/anderen?number=1&perspective=parent", method=method)
        assert writes(statements) == []
        assert fresh(invitation).family_links == 0

    def test_who_has_not_answered_is_led_to_the_questions(self, client: FlaskClient) -> None:
        invitation, address = invited()
        for response in (
            client.get(address + "/anderen"),
            client.post(address + "/anderen", data={"number": "1", "perspective": "parent"}),
        ):
            assert response.status_code == 303
            assert response.location == address
        assert fresh(invitation).family_links == 0
        assert "Wil iemand anders" not in opened(client, address).text

    def test_a_family_link_makes_no_more_links(self, client: FlaskClient) -> None:
        invitation, address = sent()
        make(client, address)
        (made,) = family_invitations(fresh(invitation))
        theirs = f"/v/{token_of(made)}"
        thanks = opened(client, theirs).fill(grade="8").press("send")
        assert "Dank u wel" in thanks.text
        assert "Wil iemand anders" not in thanks.text
        response = client.post(theirs + "/anderen", data={"number": "1", "perspective": "parent"})
        assert response.status_code == 303
        assert client.get(theirs + "/anderen").status_code == 303
        assert count(Invitation) == 2

    def test_an_unknown_link(self, client: FlaskClient) -> None:
        for response in (client.get("/v/hallo/anderen"), client.post("/v/hallo/anderen")):
            assert response.status_code == 404
            assert "Deze link kennen we niet" in response.text

    def test_no_profile_without_links_offers_them(
        self, app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        known = app.extensions["profile"]
        none = known.model_copy(update={"inviting": known.inviting.model_copy(update={"family_links": 0})})
        monkeypatch.setitem(app.extensions, "profile", none)
        _invitation, address = sent()
        assert "Wil iemand anders" not in opened(client, address).text
        assert client.get(address + "/anderen").status_code == 303

    def test_young_people(self, client: FlaskClient) -> None:
        _invitation, address = sent(perspective=Perspective.YOUNG_PERSON)
        seen = [opened(client, address + path) for path in ("", "/bedankt", "/anderen")]
        seen += [make(client, address, whom) for whom in ALL]
        for page in seen:
            assert not own_words(page) & {"u", "uw"}, page.text

    def test_at_most_four_statements_a_page(self, client: FlaskClient, statements: list[str]) -> None:
        _invitation, address = sent()
        for whom in ALL:
            make(client, address, whom)
        for path in ("/anderen", "/afmelden"):
            statements.clear()
            client.get(address + path)
            assert 1 <= len(statements) <= 4, statements


class TestNobodySees:
    """Who passed a link on may hold it still; whether and how it was used is not theirs to know."""

    def test_the_page_with_the_links_never_changes(self, client: FlaskClient) -> None:
        invitation, address = sent()
        make(client, address, "young_person")
        before = opened(client, address + "/anderen").text
        (made,) = family_invitations(fresh(invitation))
        theirs = f"/v/{token_of(made)}"
        opened(client, theirs).fill(grade="2").press("next")
        assert opened(client, address + "/anderen").text == before
        opened(client, theirs).press("send")
        assert fresh(made).completed
        assert opened(client, address + "/anderen").text == before

    def test_unsent_answers_are_kept_and_not_shown_to_who_opens_the_link_too(
        self, client: FlaskClient
    ) -> None:
        made, theirs = invited(first_person=False, perspective=Perspective.FAMILY_MEMBER)
        begun = opened(client, theirs).fill(grade="2").press("next").fill(speed="disagree")
        last = begun.press("next").press("next")
        last.fill(went_well="Dit is van mij").press("back")
        for page, keys in (("/1", ["grade"]), ("/2", ["speed"]), ("/4", ["went_well"])):
            sheet = opened(client, theirs + page)
            for key in keys:
                assert f"a-{key}" not in sheet.fields
            assert "Dit is van mij" not in sheet.response.text
            assert sheet.fields.get("was-grade", [""]) == [""]
            assert sheet.fields.get("was-speed", [""]) == [""]
        kept = answers_of(db.session.get(Draft, made.id, populate_existing=True))
        assert {key: written.value for key, written in kept.items()} == {
            "grade": "2",
            "speed": "disagree",
            "went_well": "Dit is van mij",
        }
        assert "Dit is van mij" not in opened(client, theirs + "/4").press("show:went_well").response.text

    def test_looking_changes_nothing_and_all_is_sent(self, client: FlaskClient) -> None:
        made, theirs = invited(first_person=False)
        opened(client, theirs).fill(grade="2").press("next").fill(speed="disagree").press("next")
        for page in ("/1", "/2"):
            assert "niemand anders hem ziet" in opened(client, theirs + page).text
            opened(client, theirs + page).press("next")
        opened(client, theirs + "/4").press("send")
        assert fresh(made).completed
        entry = db.session.scalars(select(LetterboxEntry)).one()
        assert entry.pile == "family_intake"

    def test_a_kept_choice_can_be_changed_or_undone(self, client: FlaskClient) -> None:
        made, theirs = invited(first_person=False)
        opened(client, theirs).fill(grade="2").press("next")
        opened(client, theirs + "/1").fill(grade="9").press("next")
        kept = answers_of(db.session.get(Draft, made.id, populate_existing=True))
        assert kept["grade"].value == "9"
        opened(client, theirs + "/1").press("clear:grade")
        assert answers_of(db.session.get(Draft, made.id, populate_existing=True)) == {}

    def test_the_one_who_answers_sees_it_as_long_as_the_page_is_open(self, client: FlaskClient) -> None:
        _made, theirs = invited(first_person=False)
        sheet = opened(client, theirs + "/4").fill(went_well="Half een zin")
        sheet.fields["a-grade"] = ["99"]
        again = sheet.press("language:en")
        assert again.fields["a-went_well"] == ["Half een zin"]
        chosen = opened(client, theirs).fill(grade="4").press("language:en")
        assert chosen.fields["a-grade"] == ["4"]

    def test_a_grade_in_the_address_does_not_bring_the_kept_one_out(self, client: FlaskClient) -> None:
        _made, theirs = invited(first_person=False)
        opened(client, theirs).fill(grade="2").press("next")
        sheet = opened(client, theirs + "?cijfer=8")
        assert "Gekozen: 8." in sheet.text
        assert "Tot dan" not in sheet.text
        same = opened(client, theirs + "?cijfer=2")
        assert "Gekozen: 2." in same.text, "it says the same, whatever is kept"

    def test_the_module_of_who_was_helped_is_not_asked(self, client: FlaskClient) -> None:
        made, theirs = invited(Moment.CLOSURE, first_person=False, parenting_help=True)
        assert {question.module for question in asked(made).questions} == {None}
        assert "van 9" in opened(client, theirs).text
