"""Measures: what we change, who sees to it, until it is done."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal import clock
from portal.audit.models import AuditEvent
from portal.complaints import people
from portal.complaints.counting import operations
from portal.complaints.counting.operations import NewMeasure
from portal.complaints.models import Complaint, Measure
from portal.db import db, transaction
from portal.identity.models import User
from portal.identity.rules import PERMISSIONS, Role
from tests.complaints.counting.team import HOME, key_of, post, press, words
from tests.complaints.people import filed
from tests.conftest import SignIn
from tests.surveys.inviting.team import said

PAGE = "/verbeteringen"
MOST_STATEMENTS = 9
"""Who is signed in, with the roles (3); open, done, how many; and the complaints of each with whom they are about."""


def given(client: FlaskClient, **fields: Any) -> dict[str, Any]:
    """A form as somebody fills it in."""
    return {
        "request_key": key_of(client, PAGE),
        "words": "We lezen het verslag samen door voor het de deur uit gaat.",
        "owner": "Proefpersoon Doet",
        "due_on": (clock.today() + timedelta(days=30)).isoformat(),
        "theme": "recording",
        "reference": "",
    } | fields


def measure(due_in: int = 30, words: str = "Anders doen", **fields: Any) -> int:
    """A measure that is there."""
    due_on = clock.today() + timedelta(days=due_in)
    with transaction():
        made = operations.add_measure(
            NewMeasure(words=words, owner="Proefpersoon Doet", due_on=due_on, **fields),
            request_key=f"{words}-{due_in}",
            actor="1",
        )
        return made.id


def events() -> list[str]:
    found = db.session.scalars(db.select(AuditEvent.event).order_by(AuditEvent.id))
    return [event for event in found if event.startswith("measure.")]


def user_of(client: FlaskClient) -> User:
    """Who is signed in."""
    with client.session_transaction() as session:
        mark = session["_user_id"]
    return db.session.scalars(db.select(User).where(User.fs_uniquifier == mark)).one()


class TestAdding:
    def test_an_empty_list_says_what_comes_here(self, quality: FlaskClient) -> None:
        assert "Er staat geen verbetering open." in words(quality, PAGE)

    def test_what_was_filled_in_is_kept_and_recorded(self, quality: FlaskClient) -> None:
        page = press(quality, PAGE, **given(quality))
        assert "De verbetering staat erbij." in page
        for part in (
            "We lezen het verslag samen door",
            "Proefpersoon Doet",
            "Wat er over mensen is opgeschreven",
        ):
            assert part in page
        made = db.session.scalars(db.select(Measure)).one()
        assert (made.made_on, made.theme, made.done_on) == (clock.today(), "recording", None)
        event = db.session.scalars(db.select(AuditEvent).where(AuditEvent.event == "measure.added")).one()
        assert event.details == {"measure": str(made.id)}

    def test_sent_twice_it_is_there_once(self, quality: FlaskClient) -> None:
        form = given(quality)
        press(quality, PAGE, **form)
        press(quality, PAGE, **form)
        assert db.session.scalar(db.select(db.func.count(Measure.id))) == 1
        assert events() == ["measure.added"]

    @pytest.mark.parametrize(
        ("field", "value", "wrong"),
        [
            ("words", " ", "Schrijf op wat we anders gaan doen."),
            ("words", "x" * 2001, "Dit is te lang."),
            ("owner", "", "Vul in wie hiervoor zorgt."),
            ("due_on", "", "Kies een dag."),
            ("due_on", "morgen", "Dit is geen dag die we kunnen lezen."),
            ("due_on", "2001-01-01", "Deze dag is al voorbij."),
            ("due_on", "9999-12-31", "Deze dag is meer dan vijf jaar weg."),
            ("theme", "verzonnen", "Kies een thema uit de lijst."),
            ("reference", "KL-2026-9999", "We vonden geen klacht met dit nummer die u mag lezen."),
            ("reference", "onzin", "We vonden geen klacht met dit nummer die u mag lezen."),
        ],
    )
    def test_what_is_wrong_is_said_and_nothing_is_lost(
        self, quality: FlaskClient, field: str, value: str, wrong: str
    ) -> None:
        form = given(quality, **{field: value})
        response = post(quality, PAGE, **form)
        assert response.status_code == 422
        assert "<title>Fout: " in response.text
        page = said(response)
        assert wrong in page
        assert f'href="#{field}"' in response.text
        for kept in ("request_key", "owner", "words"):
            assert form[kept].strip() in response.text
        assert db.session.scalar(db.select(db.func.count(Measure.id))) == 0

    def test_a_day_as_people_type_it(self, quality: FlaskClient) -> None:
        day = clock.today() + timedelta(days=40)
        press(quality, PAGE, **given(quality, due_on=f"{day:%d-%m-%Y}"))
        assert db.session.scalars(db.select(Measure.due_on)).one() == day

    def test_script_is_shown_as_text(self, quality: FlaskClient) -> None:
        press(quality, PAGE, **given(quality, words="<script>alert(1)</script>", owner="<b>ik</b>"))
        assert "<script>alert" not in quality.get(HOME + PAGE).text
        assert "<b>ik</b>" in words(quality, PAGE)

    def test_a_form_without_its_token_changes_nothing(self, quality: FlaskClient) -> None:
        response = quality.post(HOME + PAGE, data=given(quality))
        assert response.status_code == 400
        assert db.session.scalar(db.select(db.func.count(Measure.id))) == 0


def _another() -> Complaint:
    """A complaint with another number than the page gives as its example."""
    filed()
    return filed()


class TestFromAComplaint:
    def test_the_coordinator_links_it_to_a_complaint(self, sign_in: SignIn) -> None:
        complaint = _another()
        coordinator = sign_in(Role.COMPLAINTS)
        press(coordinator, PAGE, **given(coordinator, reference=complaint.reference.lower()))
        assert db.session.scalars(db.select(Measure.complaint_id)).one() == complaint.id
        assert f'href="{HOME}/{complaint.reference}"' in coordinator.get(HOME + PAGE).text

    def test_coming_from_a_complaint_it_is_filled_in(self, sign_in: SignIn) -> None:
        complaint = _another()
        page = sign_in(Role.COMPLAINTS).get(f"{HOME}{PAGE}?klacht={complaint.reference}").text
        assert f'value="{complaint.reference}"' in page

    def test_who_may_not_read_a_complaint_cannot_name_it(self, quality: FlaskClient) -> None:
        complaint = _another()
        response = post(quality, PAGE, **given(quality, reference=complaint.reference))
        assert response.status_code == 422
        assert complaint.reference not in quality.get(f"{HOME}{PAGE}?klacht={complaint.reference}").text

    def test_others_see_that_it_came_from_a_complaint_and_not_from_which(
        self, quality: FlaskClient, sign_in: SignIn
    ) -> None:
        complaint = _another()
        measure(complaint_id=complaint.id)
        assert complaint.reference in words(sign_in(Role.COMPLAINTS), PAGE)
        page = words(quality, PAGE)
        assert "komt uit een klacht" in page
        assert complaint.reference not in page

    def test_a_coordinator_whom_it_is_about_does_not_see_which(self, sign_in: SignIn) -> None:
        complaint = _another()
        client = sign_in(Role.COMPLAINTS)
        with transaction():
            people.add_concerned(db.session.merge(complaint), "test", user=user_of(client))
        number = measure(complaint_id=complaint.id)
        press(client, f"{PAGE}/{number}/klaar")
        assert complaint.reference not in words(client, PAGE)
        response = post(client, PAGE, **given(client, reference=complaint.reference))
        assert response.status_code == 422


class TestUntilDone:
    def test_the_first_due_comes_first_and_each_says_how_near(self, quality: FlaskClient) -> None:
        for due_in, words_of in (
            (30, "ruim"),
            (-3, "laat"),
            (0, "heden"),
            (7, "bijna-week"),
            (8, "net-niet"),
        ):
            measure(due_in, words_of)
        page = words(quality, PAGE)
        places = [page.index(one) for one in ("laat Zorgt", "heden", "bijna-week", "net-niet", "ruim")]
        assert places == sorted(places)
        for badge in ("3 dagen te laat", "vandaag klaar", "bijna, nog 7 dagen", "op tijd, nog 8 dagen"):
            assert badge in page
        html = quality.get(HOME + PAGE).text
        assert re.search(r"badge-status--danger\">3 dagen te laat", html)
        assert re.search(r"badge-status--warning\">bijna, nog 7", html)
        assert re.search(r"badge-status--safe\">op tijd, nog 8", html)

    def test_done_and_not_done_after_all_each_count_once(self, quality: FlaskClient) -> None:
        number = measure()
        assert "Mooi, dat is klaar." in press(quality, f"{PAGE}/{number}/klaar")
        assert "Dit was al klaar." in press(quality, f"{PAGE}/{number}/klaar")
        made = db.session.scalars(db.select(Measure)).one()
        assert (made.done_on, made.done_by) == (clock.today(), str(user_of(quality).id))
        db.session.rollback()
        assert "De verbetering staat weer open." in press(quality, f"{PAGE}/{number}/open")
        assert "Dit stond al open." in press(quality, f"{PAGE}/{number}/open")
        db.session.expire_all()
        assert db.session.scalars(db.select(Measure)).one().done_on is None
        assert events() == ["measure.added", "measure.done", "measure.reopened"]

    @pytest.mark.parametrize("what", ["klaar", "open"])
    def test_a_measure_that_is_not_there(self, quality: FlaskClient, what: str) -> None:
        assert post(quality, f"{PAGE}/4711/{what}").status_code == 404
        assert post(quality, f"{PAGE}/99999999999/{what}").status_code == 404

    def test_of_many_done_the_newest_are_shown_and_the_rest_counted(
        self, quality: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("portal.complaints.counting.queries.MOST_DONE", 2)
        for place in range(5):
            number = measure(place, f"stap-{place}")
            with transaction():
                operations.finish_measure(number, "1")
                db.session.get_one(Measure, number).done_on = date(2026, 1, 1) + timedelta(days=place)
        page = words(quality, PAGE)
        assert "stap-4" in page and "stap-3" in page and "stap-2" not in page
        assert "Eerder waren er nog 3 klaar." in page


@pytest.mark.parametrize("role", list(Role))
def test_who_may_enter(sign_in: SignIn, role: Role) -> None:
    expected = 200 if role in PERMISSIONS["complaints.learn"] else 403
    assert sign_in(role).get(HOME + PAGE).status_code == expected


def test_many_measures_cost_no_more_statements(sign_in: SignIn, statements: list[str]) -> None:
    client = sign_in(Role.COMPLAINTS)
    for place in range(6):
        number = measure(place, f"open-{place}", complaint_id=filed().id)
        if place > 2:
            with transaction():
                operations.finish_measure(number, "1")
    statements.clear()
    client.get(HOME + PAGE)
    assert len(statements) <= MOST_STATEMENTS, "\n".join(statements)


def test_another_one_from_the_same_page_is_another_one(quality: FlaskClient) -> None:
    form = given(quality) | {"request_key": "a\x00b"}
    for text in ("een", "twee", "twee"):
        press(quality, PAGE, **form | {"words": text})
    assert db.session.scalars(db.select(Measure.words).order_by(Measure.id)).all() == ["een", "twee"]
