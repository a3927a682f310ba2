"""Under a personal link: no more messages, by the person and by the button of a mail provider."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal import clock
from portal.db import db, transaction
from portal.surveys.answering.queries import token_of
from portal.surveys.inviting.models import NoContact
from portal.surveys.inviting.operations import is_opted_out
from portal.surveys.models import Invitation
from portal.surveys.rules import Perspective
from tests.surveys.inviting.people import person
from tests.surveys.inviting.under_a_link import FOREIGN, fresh, own_words, part, sent, writes
from tests.surveys.sheets import invited, opened

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


class TestOptingOut:
    def test_one_page_one_button_and_it_is_so(self, client: FlaskClient) -> None:
        invitation, address = invited()
        sheet = opened(client, address + "/afmelden")
        assert "Wilt u geen berichten meer?" in sheet.text
        for said in ("e-mail, sms of brief", "Aan uw hulp verandert niets", "Uw link blijft werken"):
            assert said in sheet.text
        main = part(sheet, "main")
        assert len(list(main.iter("button"))) == 1
        after = sheet.press("")
        assert after.response.request.path == address + "/afmelden"
        assert "U krijgt geen berichten meer" in after.text
        assert is_opted_out(fresh(invitation))

    def test_the_link_keeps_working(self, client: FlaskClient) -> None:
        _invitation, address = invited()
        opened(client, address + "/afmelden").press("")
        assert "Dank u wel" in opened(client, address).fill(grade="7").press("send").text

    def test_every_address_we_know_is_left_alone(self, client: FlaskClient) -> None:
        contact = person(email="iemand@voorbeeld.example", phone="+31612345678")
        address = f"/v/{token_of(contact.invitation)}"
        opened(client, address + "/afmelden").press("")
        db.session.rollback()
        kinds = set(db.session.scalars(select(NoContact.kind)))
        assert {"email", "phone"} <= kinds
        assert "case" not in kinds, "others of the case may still be asked"

    @pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
    def test_a_scanner_that_follows_links_changes_nothing(
        self, client: FlaskClient, method: str, statements: list[str]
    ) -> None:
        invitation, address = invited()
        statements.clear()
        for query in ("", "?List-Unsubscribe=One-Click", "?action=opt_out&mark=x"):
            client.open(f"{address}/afmelden{query}", method=method)
        assert writes(statements) == []
        assert not is_opted_out(fresh(invitation))

    @pytest.mark.parametrize("mark", [None, "", "oud", "of another link"])
    def test_a_foreign_mark_is_refused_kindly(self, client: FlaskClient, mark: str | None) -> None:
        invitation, address = invited()
        sheet = opened(client, address + "/afmelden")
        if mark is None:
            del sheet.fields["mark"]
        elif mark == "of another link":
            sheet.fields["mark"] = opened(client, invited()[1] + "/afmelden").fields["mark"]
        else:
            sheet.fields["mark"] = [mark]
        again = sheet.press("")
        assert again.response.status_code == 400
        assert "Druk nog een keer op de knop" in again.text
        assert not is_opted_out(fresh(invitation))
        assert "U krijgt geen berichten meer" in again.press("").text

    def test_the_mark_of_another_form_of_the_same_link_does_not_fit(self, client: FlaskClient) -> None:
        invitation, address = invited()
        mark = opened(client, address).fields["mark"]
        assert client.post(address + "/afmelden", data={"mark": mark}).status_code == 400
        assert not is_opted_out(fresh(invitation))

    def test_another_site_is_refused(self, client: FlaskClient) -> None:
        invitation, address = invited()
        sheet = opened(client, address + "/afmelden")
        answer = client.post(address + "/afmelden", data=sheet.fields, headers=FOREIGN)
        assert answer.status_code == 403
        assert not is_opted_out(fresh(invitation))

    @pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "multipart/form-data"])
    def test_the_button_of_a_mail_provider(self, app: Flask, content_type: str) -> None:
        """RFC 8058: a POST without cookie, mark or Origin, in either of its two shapes."""
        invitation, address = invited()
        provider = app.test_client(use_cookies=False)
        response = provider.post(address + "/afmelden", data=ONE_CLICK, content_type=content_type)
        assert response.status_code == 200
        assert response.mimetype == "text/plain"
        assert response.text == "Er komen hierover geen berichten meer van het SKT.\n"
        assert "Set-Cookie" not in response.headers
        assert is_opted_out(fresh(invitation))

    @pytest.mark.parametrize(
        "data",
        [
            {"List-Unsubscribe": "one-click"},
            {"List-Unsubscribe": ""},
            {"list-unsubscribe": "One-Click"},
            {"x": "List-Unsubscribe=One-Click"},
            {},
        ],
    )
    def test_other_bodies_are_no_providers_button(self, client: FlaskClient, data: dict[str, str]) -> None:
        invitation, address = invited()
        assert client.post(address + "/afmelden", data=data).status_code == 400
        assert not is_opted_out(fresh(invitation))

    @pytest.mark.parametrize("state", ["sent", "closed"])
    def test_also_when_there_is_nothing_left_to_answer(self, client: FlaskClient, state: str) -> None:
        past = clock.today() - timedelta(days=1)
        invitation, address = sent() if state == "sent" else invited(closes_on=past)
        sheet = opened(client, address + "/afmelden")
        assert "blijft werken" not in sheet.text
        after = sheet.press("")
        assert "U krijgt geen berichten meer" in after.text
        assert "Naar de vragen" not in after.text
        assert is_opted_out(fresh(invitation))

    @pytest.mark.parametrize("path", ["/v/hallo/afmelden", "/v/AAAAAAAAAAAAAAAAAAAAAAAA/afmelden"])
    def test_an_unknown_link(self, client: FlaskClient, path: str) -> None:
        for response in (client.get(path), client.post(path, data=ONE_CLICK)):
            assert response.status_code == 404
            assert "Deze link kennen we niet" in response.text

    def test_twice_is_once(self, client: FlaskClient) -> None:
        contact = person(email="iemand@voorbeeld.example")
        address = f"/v/{token_of(contact.invitation)}/afmelden"
        sheet = opened(client, address)
        for _time in range(2):
            assert "U krijgt geen berichten meer" in sheet.press("").text
            assert client.post(address, data=ONE_CLICK).status_code == 200
        assert len(db.session.scalars(select(NoContact).where(NoContact.kind == "email")).all()) == 1
        assert "U krijgt geen berichten meer" in opened(client, address).text

    def test_young_people(self, client: FlaskClient) -> None:
        _invitation, address = invited(perspective=Perspective.YOUNG_PERSON)
        sheet = opened(client, address + "/afmelden")
        assert "Wil je geen berichten meer?" in sheet.text
        for page in (sheet, sheet.press("")):
            assert not own_words(page) & {"u", "uw"}, page.text

    def test_in_the_language_of_the_link(self, client: FlaskClient) -> None:
        _invitation, address = invited(language="en")
        assert opened(client, address + "/afmelden").tree.get("lang") == "en"
        assert opened(client, address + "/afmelden?taal=nl").tree.get("lang") == "nl"

    def test_a_quiet_way_at_the_foot_of_every_page(self, client: FlaskClient) -> None:
        invitation, address = invited()
        past = clock.today() - timedelta(days=1)
        pages = [address + path for path in ("", "/2", "/4", "/bellen")]
        pages += [sent()[1], sent()[1] + "/bedankt", sent()[1] + "/anderen", invited(closes_on=past)[1]]
        asked_to_be_called, calling = invited()
        with transaction() as session:
            session.get_one(Invitation, asked_to_be_called.id).call_requested = True
        pages.append(calling + "/gebeld-worden")
        for place in pages:
            sheet = opened(client, place)
            foot = part(sheet, "footer")
            links = {"".join(found.itertext()): found.get("href", "") for found in foot.iter("a")}
            assert links["Geen berichten meer"] == "/".join(place.split("/")[:3]) + "/afmelden", place
        for place in ("/v", "/v/hallo", address + "/afmelden"):
            foot = part(opened(client, place), "footer")
            assert "Geen berichten meer" not in "".join(foot.itertext()), place
        assert not is_opted_out(fresh(invitation))
