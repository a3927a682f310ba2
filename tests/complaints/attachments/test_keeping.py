"""Putting files with what one is filling in, taking them away, and what lies in the database."""

import tempfile
import threading

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text, update
from werkzeug import formparser

from portal import clock
from portal.complaints import attachments
from portal.complaints.attachments import LIMIT, MOST
from portal.complaints.filing import operations, queries
from portal.complaints.models import Attachment, ComplaintDraft
from portal.complaints.rules import Route
from portal.db import db, transaction
from tests.complaints.attachments import files
from tests.complaints.attachments.drafts import begun, body_of, give, home, kept, mark_of
from tests.complaints.people import filed
from tests.surveys.inviting.team import said

SPOOLED_FROM = 500 * 1024
"""From this size on the library would put a part of a post on the disk."""
MOST_STATEMENTS = 2
"""The draft, and its files without what is in them."""


def added(client: FlaskClient, token: str, data: bytes = files.PDF, name: str = "brief.pdf") -> str:
    """A file is added; what the next page says."""
    response = give(client, token, data, name)
    assert response.status_code == 303, said(response)
    assert response.location.startswith(home(token))
    return said(client.get(response.location))


class TestTheWholeWay:
    def test_one_after_the_other_and_one_away_again(self, client: FlaskClient) -> None:
        token = begun()
        page = said(client.get(home(token)))
        assert "Stap 3 van 5" in page and "Het hoeft niet." in page and "ten hoogste 10 MB" in page
        page = added(client, token, files.PDF, "brief.pdf")
        assert "Toegevoegd: brief.pdf" in page and "Er is 1 van 5 bestanden bij brief.pdf (1 KB)" in page
        page = added(client, token, files.noise(3 * 1024 * 1024), "groot.pdf")
        assert "Er zijn 2 van 5 bestanden bij" in page and "groot.pdf (3,0 MB)" in page
        first = kept()[0].public_id
        mark = mark_of(client, token)
        response = client.post(f"{home(token)}/{first}/weg", data={"mark": mark})
        page = said(client.get(response.location))
        assert "Het bestand is weg." in page and "brief.pdf" not in page
        assert [file.name for file in kept()] == ["groot.pdf"]

    def test_the_buttons_at_the_end_take_a_chosen_file_along(self, client: FlaskClient) -> None:
        token = begun()
        for number, (action, leads) in enumerate(
            {"next": "bereikbaar", "later": "later", "back": "over"}.items(), start=1
        ):
            response = give(client, token, files.PDF, f"{number}.pdf", action=action)
            assert response.location == f"/klacht/invullen/{token}/{leads}"
            assert len(kept()) == number
            response = give(client, token, b"", "", action=action)
            assert response.location == f"/klacht/invullen/{token}/{leads}"
            assert len(kept()) == number, "without a file one just goes on"

    def test_a_refused_file_does_not_go_on(self, client: FlaskClient) -> None:
        token = begun()
        response = give(client, token, files.SVG, action="next")
        assert response.status_code == 422 and "geen pdf, JPG of PNG" in said(response)

    def test_no_file_was_chosen(self, client: FlaskClient) -> None:
        token = begun()
        response = give(client, token, b"", "")
        assert response.status_code == 422
        assert "Kies eerst een bestand." in said(response) and "<title>Fout: " in response.text

    def test_a_photo_that_was_made_smaller_is_said_to_be(self, client: FlaskClient) -> None:
        token = begun()
        photo = files.jpg(8160, 6120)
        assert "Daarom hebben we hem kleiner gemaakt." in added(client, token, photo, "foto.jpg")
        response = give(client, token, files.jpg(8160, 6100), "foto2.jpg", action="next")
        assert "kleiner=ja" in response.location, "also to who wanted to go on"

    def test_the_draft_is_kept_for_as_long_again(self, client: FlaskClient) -> None:
        token = begun()
        with transaction() as session:
            session.execute(update(ComplaintDraft).values(kept_until=clock.today()))
        added(client, token)
        db.session.rollback()
        draft = queries.find(token)
        assert draft and draft.kept_until > clock.today()

    def test_young_people_and_english(self, client: FlaskClient) -> None:
        assert "Wil je er een bestand bij doen?" in said(client.get(home(begun(young=True))))
        response = client.get(home(begun("en")))
        assert '<html lang="en"' in response.text

    def test_of_a_complaint_the_person_concerned_sees_it_of_a_signal_not(self, client: FlaskClient) -> None:
        warning = "Stuur niets mee wat diegene niet mag zien."
        assert warning in said(client.get(home(begun())))
        assert warning not in said(client.get(home(begun(route=Route.SIGNAL))))

    def test_a_name_is_shown_as_text(self, client: FlaskClient) -> None:
        token = begun()
        response = give(client, token, files.PDF, "&lt;b&gt;<script>alert(1)</script>.pdf")
        page = client.get(response.location)
        assert "<script>alert" not in page.text

    def test_few_statements_and_no_file_is_read_for_the_list(
        self, client: FlaskClient, statements: list[str]
    ) -> None:
        token = begun()
        for number in range(MOST):
            added(client, token, files.PDF, f"{number}.pdf")
        statements.clear()
        client.get(home(token))
        assert len(statements) <= MOST_STATEMENTS, statements
        assert not [one for one in statements if "sealed" in one]


class TestNoMoreThanFive:
    def test_the_sixth_is_refused_and_the_form_is_gone(self, client: FlaskClient) -> None:
        token = begun()
        for number in range(MOST):
            page = added(client, token, files.PDF, f"{number}.pdf")
        assert "Er zijn 5 van 5 bestanden bij" in page and "Meer bestanden passen er niet bij" in page
        assert 'type="file"' not in client.get(home(token)).text
        response = give(client, token, files.PDF, "zes.pdf")
        assert response.status_code == 422 and "Er staan al 5 bestanden bij." in said(response)
        assert len(kept()) == MOST

    def test_nor_when_ten_are_sent_at_once(self, app: Flask, client: FlaskClient) -> None:
        token = begun()
        mark = mark_of(client, token)
        answers: list[int] = []

        def send(number: int) -> None:
            one = app.test_client()
            response = give(one, token, files.PDF, f"{number}.pdf", mark=mark)
            answers.append(response.status_code)

        _together([lambda number=number: send(number) for number in range(10)])  # type: ignore[misc]
        assert sorted(answers) == [303] * MOST + [422] * (10 - MOST)
        assert len(kept()) == MOST


class TestTwice:
    def test_a_double_click_adds_once(self, app: Flask, client: FlaskClient) -> None:
        token = begun()
        mark, photo = mark_of(client, token), files.jpg()
        answers: list[str] = []

        def send() -> None:
            answers.append(give(app.test_client(), token, photo, "foto.jpg", mark=mark).location)

        _together([send, send, send])
        assert len(kept()) == 1
        assert len(set(answers)) == 1, "each is told that it is there"

    def test_the_same_file_under_another_name_and_another_of_the_same_name(self, client: FlaskClient) -> None:
        token = begun()
        for data, name in ((files.PDF, "a.pdf"), (files.PDF, "b.pdf"), (files.PDF[:-1] + b" ", "a.pdf")):
            added(client, token, data, name)
        assert [file.name for file in kept()] == ["a.pdf", "b.pdf", "a.pdf"]

    def test_with_two_people_it_is_there_twice(self, client: FlaskClient) -> None:
        for _person in range(2):
            added(client, begun())
        assert len(kept()) == 2

    def test_taking_away_twice(self, client: FlaskClient) -> None:
        token = begun()
        added(client, token)
        mark, file_id = mark_of(client, token), kept()[0].public_id
        for _press in range(2):
            response = client.post(f"{home(token)}/{file_id}/weg", data={"mark": mark})
            assert response.status_code == 303
            assert "Het bestand is weg." in said(client.get(response.location))


class TestWhoMay:
    def test_not_without_the_mark_of_this_link(self, client: FlaskClient) -> None:
        token, other = begun(), begun()
        added(client, token)
        file_id = kept()[0].public_id
        for mark in ("", "verzonnen", mark_of(client, other)):
            response = give(client, token, files.PDF, "twee.pdf", mark=mark or "x")
            assert response.status_code == 400 and "Probeer het nog een keer." in said(response)
            response = client.post(f"{home(token)}/{file_id}/weg", data={"mark": mark})
            assert response.status_code == 400
        assert len(kept()) == 1

    def test_not_from_another_site(self, client: FlaskClient) -> None:
        token = begun()
        body = body_of(mark_of(client, token), files.PDF, "brief.pdf")
        response = client.post(
            home(token),
            data=body,
            content_type="multipart/form-data; boundary=grens",
            headers={"Origin": "https://elders.example"},
        )
        assert response.status_code == 403 and not kept()

    def test_nobody_takes_away_what_is_another_s(self, client: FlaskClient) -> None:
        mine, other = begun(), begun()
        added(client, other)
        file_id = kept()[0].public_id
        client.post(f"{home(mine)}/{file_id}/weg", data={"mark": mark_of(client, mine)})
        assert len(kept()) == 1

    def test_a_link_that_opens_nothing(self, client: FlaskClient) -> None:
        token = begun()
        mark = mark_of(client, token)
        with transaction():
            draft = queries.find(token, to_change=True)
            assert draft
            operations.throw_away(draft)
        for link in (token, "A" * 24, "kort"):
            opened = f"/klacht/invullen/{link}"
            assert client.get(home(link)).location == opened
            assert give(client, link, files.PDF, mark=mark).location == opened
            assert client.post(f"{home(link)}/0123/weg", data={"mark": mark}).location == opened
            assert client.get(opened).status_code in {404, 410}
        assert not kept()

    def test_sent_away_while_the_file_was_judged(
        self, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        token = begun()
        judge = attachments.judge

        def slow(data: bytes, name: str) -> attachments.Judged:
            with transaction():
                draft = queries.find(token, to_change=True)
                assert draft
                operations.throw_away(draft)
            return judge(data, name)

        monkeypatch.setattr(attachments, "judge", slow)
        for data in (files.PDF, files.SVG):
            response = give(client, token, data)
            assert response.location == f"/klacht/invullen/{token}"
            token = begun()
        assert not kept()

    def test_nobody_holds_the_database_while_a_file_is_judged(
        self, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen: list[bool] = []
        monkeypatch.setattr(attachments, "scan", lambda _data: seen.append(db.session().in_transaction()))
        added(client, begun())
        assert seen == [False]


class TestWhatLiesThere:
    def test_the_database_never_sees_what_is_in_it(self, client: FlaskClient) -> None:
        token = begun()
        added(client, token, files.PDF.replace(b"1 0 obj", b"Geheim1 0 obj"), "Geheime naam.pdf")
        added(client, token, files.png(), "foto.png")
        for name, sealed, size in db.session.execute(
            text("SELECT name, sealed, size FROM complaint_attachment")
        ):
            for value in (bytes(name), bytes(sealed)):
                assert b"Geheim" not in value and b"%PDF" not in value and b"PNG" not in value
            assert len(bytes(sealed)) > size
        assert attachments.opened(kept()[0]).startswith(b"%PDF-1.7\nGeheim1")

    def test_a_file_never_touches_the_disk(
        self, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_args: object, **_kwargs: object) -> None:
            raise AssertionError("an upload was put on the disk")

        for module in (tempfile, formparser):
            for name in ("SpooledTemporaryFile", "TemporaryFile"):
                if hasattr(module, name):
                    monkeypatch.setattr(module, name, refuse)
        token = begun()
        added(client, token, files.noise(SPOOLED_FROM * 3))
        added(client, token, files.jpg(3000, 2000), "foto.jpg")

    def test_it_goes_with_the_draft(self, client: FlaskClient) -> None:
        token = begun()
        added(client, token)
        with transaction():
            draft = queries.find(token, to_change=True)
            assert draft
            operations.throw_away(draft)
        assert not kept()


class TestHowMuch:
    def test_ten_megabytes_and_not_more(self, client: FlaskClient) -> None:
        token = begun()
        added(client, token, files.noise(LIMIT))
        for size, status in ((LIMIT + 1, 422), (LIMIT + 200_000, 413), (3 * LIMIT, 413)):
            response = give(client, token, files.noise(size))
            assert response.status_code == status
            page = said(response)
            assert "Dit bestand is groter dan 10 MB. Het is niet toegevoegd." in page
            assert "Er is 1 van 5 bestanden bij" in page, "what was there is still there"
        assert len(kept()) == 1

    def test_only_files_may_be_that_large(self, client: FlaskClient) -> None:
        """A million fields would each become an object: a gigabyte of memory."""
        token = begun()
        body = b"&a" * 2_000_000
        for kind in ("application/x-www-form-urlencoded", "text/plain"):
            assert client.post(home(token), data=body, content_type=kind).status_code == 413
        too_long = {"mark": "x" * 300_000}
        assert client.post(f"{home(token)}/0123/weg", data=too_long).status_code == 413
        response = give(client, token, files.PDF, notes="x" * 300_000)
        assert response.status_code == 413

    def test_a_body_that_is_no_form(self, client: FlaskClient) -> None:
        token = begun()
        for body in (b"", b"--grens", b"--grens\r\n\r\n--grens--", b"\0" * 1000):
            response = client.post(home(token), data=body, content_type="multipart/form-data; boundary=grens")
            assert response.status_code in {400, 422}
        assert not kept()


class TestDownloading:
    @pytest.mark.parametrize(
        ("data", "kind", "content_type"),
        [
            (files.PDF, "pdf", "application/pdf"),
            (files.jpg(), "jpg", "image/jpeg"),
            (files.png(), "png", "image/png"),
        ],
        ids=["pdf", "jpg", "png"],
    )
    def test_it_is_put_away_and_nothing_else(
        self, app: Flask, client: FlaskClient, data: bytes, kind: str, content_type: str
    ) -> None:
        added(client, begun(), data, f"één; brief=x.{kind}")
        (file,) = kept()
        with app.test_request_context("/"):
            response = app.process_response(attachments.download(file))
            headers = response.get_wsgi_headers({"REQUEST_METHOD": "GET"})
        assert response.get_data() == attachments.opened(file)
        assert headers["Content-Type"] == content_type
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
        assert headers.getlist("Content-Security-Policy") == ["sandbox; default-src 'none'"]
        disposition = headers["Content-Disposition"]
        assert disposition.startswith('attachment; filename="een- brief=x.')
        assert disposition.endswith(f"filename*=UTF-8''%C3%A9%C3%A9n%3B%20brief%3Dx.{kind}")

    @pytest.mark.parametrize("name", ["صورة.pdf", "a\r\nSet-Cookie: x=1.pdf", '100% \\ ".pdf', "😀.pdf"])
    def test_no_name_breaks_the_header(self, app: Flask, client: FlaskClient, name: str) -> None:
        token = begun()
        with transaction():
            draft = queries.find(token, to_change=True)
            assert draft
            judged = attachments.judge(files.PDF, name)
            attachments.keep(draft, judged, attachments.seal(judged))
        with app.test_request_context("/"):
            response = attachments.download(kept()[0])
        disposition = response.headers["Content-Disposition"]
        assert disposition.isascii() and disposition.isprintable()
        assert disposition.count('"') == 2 and "\\" not in disposition
        assert 'filename=".' not in disposition

    def test_found_by_its_own_complaint_only(self, app: Flask) -> None:
        mine, other = filed(), filed()
        with transaction() as session:
            sealed = attachments.seal(attachments.judge(files.PDF, "brief.pdf"))
            session.add(
                Attachment(
                    public_id="0123456789abcdef",
                    complaint_id=mine.id,
                    name="b",
                    kind="pdf",
                    size=1,
                    sealed=sealed,
                )
            )
        assert attachments.find(mine, "0123456789abcdef") is not None
        assert attachments.find(other, "0123456789abcdef") is None
        assert attachments.find(mine, "0" * 16) is None


def _together(work: list) -> None:  # type: ignore[type-arg]
    """All at once."""
    ready = threading.Barrier(len(work))

    def one(task) -> None:  # type: ignore[no-untyped-def]
        ready.wait()
        task()

    threads = [threading.Thread(target=one, args=(task,)) for task in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
