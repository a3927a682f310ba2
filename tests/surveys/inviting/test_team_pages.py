"""The team's pages about invitations: the overview, holding everything, and who may do what."""

import time as wall
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from portal.audit.models import AuditEvent
from portal.db import db
from portal.identity.rules import Role, may
from portal.outbox import operations as outbox
from portal.outbox.models import Pause
from portal.outbox.rules import Channel, State
from portal.surveys.inviting.overview import hidden_channels, overview
from portal.surveys.inviting.rules import NotAsked
from portal.surveys.rules import Perspective
from tests.conftest import SignIn
from tests.surveys.inviting.people import MONDAY_NOON, TODAY, Clock
from tests.surveys.inviting.team import HOME, ids_in, post, press, said, words
from tests.surveys.inviting.team_fill import asked, busy_week, messages, reachable

SEEN_BY_ALL_WHO_SEE = ("",)
MANAGED = ("/inlezen", "/voorbeeld.csv", "/met-rust", "/niet-bezorgd", "/gezin")
MOST_STATEMENTS = 12
MOST_SECONDS = 3.0
YEARS_WORTH = 10_000


@pytest.fixture(autouse=True)
def _noon(app: Flask, time: Clock) -> None:
    """A Monday in November, twelve o'clock."""


class TestWhoMayDoWhat:
    @pytest.mark.parametrize("role", list(Role))
    def test_each_role_its_pages(self, sign_in: SignIn, role: Role) -> None:
        client = sign_in(role)
        for address in SEEN_BY_ALL_WHO_SEE:
            expected = 200 if may([role], "invitations.see") else 403
            assert client.get(HOME + address).status_code == expected, address
        for address in MANAGED:
            expected = 200 if may([role], "invitations.manage") else 403
            assert client.get(HOME + address).status_code == expected, address

    def test_the_administrator_sees_the_figures_and_no_button(self, sign_in: SignIn) -> None:
        busy_week()
        response = sign_in(Role.ADMIN).get(HOME)
        assert "vandaag vertrokken" in said(response)
        assert "Alles stilzetten" not in said(response)
        assert "/team/uitnodigingen/" not in response.text, "no link or form to what is refused"
        assert "Proefpersoon" not in response.text

    def test_the_administrator_cannot_hold_everything(self, sign_in: SignIn) -> None:
        for address in ("/stilzetten", "/verder", "/met-rust", "/niet-bezorgd/allemaal", "/gezin"):
            assert post(sign_in(Role.ADMIN), address).status_code in {400, 403}
        assert db.session.query(Pause).count() == 0

    def test_reading_writes_nothing(self, quality: FlaskClient, statements: list[str]) -> None:
        busy_week()
        statements.clear()
        for address in (*SEEN_BY_ALL_WHO_SEE, *MANAGED):
            words(quality, address) if not address.endswith(".csv") else quality.get(HOME + address)
        assert [one for one in statements if one.split()[0] not in {"SELECT", "SHOW", "PRAGMA"}] == []


class TestTheOverview:
    def test_nobody_was_asked(self, quality: FlaskClient) -> None:
        page = words(quality)
        assert "Er is dit jaar nog niemand uitgenodigd" in page
        assert "Bestand inlezen" in page

    def test_what_leaves_what_waits_and_what_did_not_arrive(self, quality: FlaskClient) -> None:
        busy_week()
        messages(1, Channel.EMAIL, State.SENT, at=MONDAY_NOON - timedelta(days=1))
        page = words(quality)
        assert "30 vandaag vertrokken 22 e-mail, 8 sms" in page, "what came back had left"
        assert "5 wachten op vertrek gaan vanzelf weg" in page
        assert "12 brieven te printen Naar de brieven" in page
        assert "3 niet bezorgd Kijk wat er mis is" in page
        assert (
            "E-mail kwam terug (laatste 13 weken) 4 Sms kwam terug (laatste 13 weken) 1 Meldde zich af 2"
            in page
        )
        assert "Te lang geleden 31 Deze persoon is pas nog gevraagd 6 Er loopt een klacht 1" in page

    def test_letters_in_a_pile_are_to_be_posted(self, quality: FlaskClient) -> None:
        messages(3, Channel.LETTER)
        db.session.execute(db.text("UPDATE message SET batch = 'x' WHERE id > 1"))
        db.session.commit()
        assert "1 brieven te printen en nog 2 te posten" in words(quality)

    def test_what_came_back_last_year_is_of_last_year(self, quality: FlaskClient) -> None:
        messages(2, Channel.EMAIL, State.BOUNCED, at=MONDAY_NOON - timedelta(days=400))
        messages(1)
        assert "Kwam terug 0" in words(quality)

    def test_planned_by_day(self, quality: FlaskClient) -> None:
        reachable(asked(3), next_on=TODAY)
        reachable(asked(2, on=TODAY - timedelta(days=4)), next_on=TODAY)
        reachable(asked(1), next_on=TODAY + timedelta(days=20))
        page = words(quality)
        assert "ma 23 nov 3 eerste, 2 herinneringen" in page
        assert "Daarna nog 1." in page

    def test_who_will_get_nothing_is_not_planned(self) -> None:
        for fact in ("completed", "call_requested", "opted_out"):
            reachable(asked(1, on=TODAY, **{fact: True}), next_on=TODAY)
        reachable(asked(1, on=TODAY, closes_on=TODAY - timedelta(days=1)), next_on=TODAY)
        assert overview().planned == 0

    def test_what_is_due_on_a_closed_day_leaves_on_the_next_open_one(self) -> None:
        sunday, monday = date(2026, 11, 29), date(2026, 11, 30)
        reachable(asked(4), next_on=sunday)
        assert {day.day: day.first for day in overview().days if day.total} == {monday: 4}

    def test_after_hours_what_is_due_leaves_tomorrow(self, time: Clock) -> None:
        reachable(asked(4), next_on=TODAY)
        time.at(20)
        assert overview().days[0].day == TODAY + timedelta(days=1)
        assert overview().days[0].first == 4

    def test_what_waits_for_long_is_planned_today(self) -> None:
        reachable(asked(4), next_on=TODAY - timedelta(days=9))
        assert overview().days[0].first == 4

    def test_a_channel_that_is_not_set_up(
        self, quality: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert "nog niet ingesteld" not in words(quality)
        monkeypatch.setattr(outbox, "channels", lambda: {Channel.LETTER, Channel.EMAIL})
        assert "Sms is nog niet ingesteld." in words(quality)
        assert "E-mail is nog niet ingesteld." not in words(quality)


class TestHowFarPeopleCome:
    def test_this_year_by_the_channel_of_the_first_message(self, quality: FlaskClient) -> None:
        asked(20, channel="email", on=TODAY, delivered=10, started=6, completed=4)
        asked(8, channel="email", on=date(2025, 12, 31), delivered=8, completed=8)
        asked(7, channel="email", on=TODAY, first_person=False, perspective=Perspective.FAMILY_MEMBER)
        asked(9, channel="email")
        page = words(quality)
        assert "E-mail 40% respons Uitgenodigd 20 Bezorgd 10 Begonnen 6 Verstuurd 4" in page

    def test_an_answer_proves_that_the_invitation_came(self) -> None:
        asked(6, channel="letter", on=TODAY, completed=5)
        assert [(line.delivered, line.sent) for line in overview().funnels] == [(5, 5)]

    def test_too_few_say_nothing_of_answering(self, quality: FlaskClient) -> None:
        asked(4, channel="sms", on=TODAY, delivered=4, started=3, completed=1)
        page = words(quality)
        assert "Sms Uitgenodigd 4 Bezorgd 4 Begonnen te weinig Verstuurd te weinig" in page

    def test_too_few_cannot_be_worked_out_from_the_total(self) -> None:
        asked(30, channel="email", on=TODAY, delivered=30, completed=9)
        asked(12, channel="letter", on=TODAY, delivered=12, completed=3)
        asked(4, channel="sms", on=TODAY, delivered=4, completed=1)
        assert {line.channel: line.sent for line in overview().funnels} == {
            "email": 9,
            "sms": None,
            "letter": None,
        }

    def test_who_was_asked_over_no_channel_of_ours_is_counted_too(self) -> None:
        asked(6, channel="", on=TODAY)
        asked(6, channel="paper", on=TODAY)
        assert [(line.channel, line.invited) for line in overview().funnels] == [("", 12)]

    @given(
        st.dictionaries(
            st.sampled_from(["email", "sms", "letter", ""]),
            st.tuples(st.integers(0, 12), st.integers(0, 12)),
        )
    )
    def test_what_is_hidden_is_nobody_or_enough_or_everybody(self, sizes: dict[str, tuple[int, int]]) -> None:
        sizes = {channel: (invited, min(invited, came)) for channel, (invited, came) in sizes.items()}
        hidden = hidden_channels(sizes, 5)
        for place in (0, 1):
            assert all(channel in hidden for channel, size in sizes.items() if 0 < size[place] < 5)
            together = sum(sizes[channel][place] for channel in hidden)
            shown = sum(size[place] for channel, size in sizes.items() if channel not in hidden)
            assert together == 0 or together >= 5 or shown == 0

    @pytest.mark.parametrize("number", [10, YEARS_WORTH])
    def test_a_year_is_counted_in_a_few_statements(
        self, quality: FlaskClient, statements: list[str], number: int
    ) -> None:
        busy_week()
        quarter = number // 5
        for channel in ("email", "sms", "letter"):
            asked(quarter, channel=channel, on=TODAY - timedelta(days=50), delivered=quarter, completed=3)
        reachable(asked(quarter), next_on=TODAY + timedelta(days=2))
        reachable(asked(quarter), not_asked=NotAsked.TOO_OLD)
        messages(3 * quarter, Channel.EMAIL, State.SENT)
        post(quality, "/stilzetten")
        statements.clear()
        began = wall.perf_counter()
        assert quality.get(HOME).status_code == 200
        seconds = wall.perf_counter() - began
        assert len(statements) <= MOST_STATEMENTS, statements
        assert seconds < MOST_SECONDS
        print(f"{number} invitations: {1000 * seconds:.0f} ms, {len(statements)} statements")


class TestHoldingEverything:
    def test_one_button_holds_everything_and_another_lets_it_go(self, quality: FlaskClient) -> None:
        page = press(quality, "/stilzetten")
        assert "Alles staat stil" in page
        assert "Sinds maandag 23 november, 12.00 uur. Stilgezet door" in page
        assert "@voorbeeld.example" in page
        assert outbox.is_paused("survey")
        page = press(quality, "/verder")
        assert "De berichten vertrekken weer." in page
        assert "Alles stilzetten" in page
        assert not outbox.is_paused("survey")

    def test_pressing_twice_is_pressing_once(self, quality: FlaskClient) -> None:
        press(quality, "/stilzetten")
        assert "Alles stond al stil." in press(quality, "/stilzetten")
        press(quality, "/verder")
        assert "De berichten vertrokken al." in press(quality, "/verder")
        events = [event.event for event in db.session.query(AuditEvent).order_by(AuditEvent.id)]
        assert [event for event in events if event.startswith("sending")] == [
            "sending.paused",
            "sending.resumed",
        ]

    def test_other_pages_say_that_everything_is_held(self, quality: FlaskClient) -> None:
        messages(1, Channel.EMAIL, State.DEAD)
        press(quality, "/stilzetten")
        assert "gaat pas weg als u alles weer laat gaan" in words(quality, "/niet-bezorgd")


class TestNotDelivered:
    def test_nothing_was_given_up(self, quality: FlaskClient) -> None:
        assert "Er is niets blijven liggen." in words(quality, "/niet-bezorgd")

    def test_for_whom_over_what_and_why(self, quality: FlaskClient) -> None:
        busy_week()
        page = words(quality, "/niet-bezorgd")
        assert "Proefpersoon 1 Sms De aanbieder van sms weigert ons." in page
        assert "Klaargezet maandag 23 november Geprobeerd 12 keer" in page
        assert "Allemaal opnieuw (3)" in page

    def test_a_message_about_nobody_we_know(self, quality: FlaskClient) -> None:
        messages(1, Channel.EMAIL, State.DEAD)
        page = words(quality, "/niet-bezorgd")
        assert "Zonder naam E-mail De reden is niet bekend." in page
        assert "Allemaal opnieuw" not in page, "one message has one button"

    def test_once_more_or_never_mind(self, quality: FlaskClient) -> None:
        first, second, third = messages(3, Channel.EMAIL, State.DEAD)
        response = quality.get(f"{HOME}/niet-bezorgd")
        assert ids_in(response, r"niet-bezorgd/(\d+)/opnieuw") == [first, second, third]
        assert "We proberen dit bericht opnieuw." in press(quality, f"/niet-bezorgd/{first}/opnieuw")
        assert "stond hier niet meer" in press(quality, f"/niet-bezorgd/{first}/opnieuw")
        assert "gaat niet meer weg" in press(quality, f"/niet-bezorgd/{second}/laat-maar")
        assert "stond hier niet meer" in press(quality, f"/niet-bezorgd/{second}/laat-maar")
        assert "stond hier niet meer" in press(quality, "/niet-bezorgd/999/opnieuw")
        states = dict(db.session.execute(db.text("SELECT id, state FROM message")).all())
        assert states == {first: "waiting", second: "cancelled", third: "dead"}

    def test_all_at_once(self, quality: FlaskClient) -> None:
        messages(3, Channel.SMS, State.DEAD)
        db.session.execute(db.text("UPDATE message SET topic = 'talks' WHERE id = 3"))
        db.session.commit()
        assert "We proberen 2 berichten opnieuw." in press(quality, "/niet-bezorgd/allemaal")
        assert "niets meer om opnieuw te proberen" in press(quality, "/niet-bezorgd/allemaal")
        states = [state for (state,) in db.session.execute(db.text("SELECT state FROM message ORDER BY id"))]
        assert states == ["waiting", "waiting", "dead"]
