"""What people are told about their evening: every message, to everybody, as mail and as text message."""

import json
import re
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal import clock, config
from portal.app import create_app
from portal.db import db, transaction
from portal.outbox import post, rendering, sms_text
from portal.outbox.models import Message
from portal.outbox.rules import State as Sending
from portal.outbox.smtp import as_bytes
from portal.reactions import HANDLERS
from portal.talks import notices, operations
from portal.talks.arranging import operations as arranging
from portal.talks.models import Evening, SignUp
from portal.talks.notices import TOPIC, Circle, What
from portal.talks.rules import State, Who
from tests.pages import read
from tests.talks.evenings import evening, left, purged, signed_up, somebody

LONGEST_HOST = "klantbeleving.sociaalkernteam-wl.example"
ADDRESS = f"https://{LONGEST_HOST}"
TOKEN = "AbCdEfGhIjKl-nOp_rStUv0x"
NAME = "Zoë"
THEME = "Als een kind <stil> is"
FACTS = {
    "slug": "avond",
    "theme": THEME,
    "starts_at": "2026-12-01T19:30:00+01:00",
    "ends_at": "2026-12-01T21:30:00+01:00",
    "place": "De Proef & Co, Naaldwijk",
    "route": "Vijf minuten lopen.",
    "sequence": "0",
}
MORE = {
    What.CANCELLED: {"why": "De zaal is <dicht>."},
    What.THANKS: {"said": "Meer rust.\nMinder wisselen."},
    What.WORD: {"text": "Neem een foto mee."},
}
CIRCLE: dict[str, Any] = {"name": "", "link": f"{ADDRESS}/talks/kring/{TOKEN}", **FACTS}
every_message = pytest.mark.parametrize("what", What)
to_everybody = pytest.mark.parametrize("young", [False, True], ids=["adult", "young"])
in_every_language = pytest.mark.parametrize("language", ["nl", "en"])


@pytest.fixture(scope="module", params=["skt-westland", "sociaal-team-houten"])
def portal(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return create_app(
        config.load(instance=tmp_path_factory.mktemp("words"), base_url=ADDRESS, profile=request.param)
    )


def _queued(what: str, language: str = "nl", template: str = "talk_notice", **given: Any) -> Message:
    personal = {"token": TOKEN, "young": False, "name": NAME, "places": "1", "why": "", "said": ""}
    params = (personal | FACTS | {"calendar": ""} if template == "talk_notice" else CIRCLE) | given
    return Message(
        template=template,
        topic=TOPIC,
        language=language,
        params=json.dumps({"what": what, **params}),
        reference="0" * 32,
        channel="email",
        to="p@voorbeeld.example",
    )


def _notice(what: What, language: str = "nl", **given: Any) -> Message:
    return _queued(what, language, **{**MORE.get(what, {}), **given})


def _well_made(mail: rendering.Mail, language: str) -> None:
    tree = read(mail.html)
    assert tree.get("lang") == language
    assert len(list(tree.iter("h1"))) == 1
    assert not {found.tag for found in tree.iter()} & {"img", "script", "link", "form", "iframe"}
    seen = " ".join("".join(tree.find("body").itertext()).split())  # type: ignore[union-attr]
    for text in (mail.text, seen, mail.subject):
        assert "None" not in text and "{" not in text and "%(" not in text
    assert "\n\n\n" not in mail.text and not re.search(r"[ \t]\n|&\w+;|&#", mail.text)


@pytest.fixture
def said(portal: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[[Message], rendering.Mail]:
    def mail(message: Message) -> rendering.Mail:
        with portal.app_context():
            return rendering.mail(message)

    monkeypatch.setattr(clock, "today", lambda: datetime(2026, 11, 24, 12, tzinfo=clock.AMSTERDAM).date())
    return mail


Said = Callable[[Message], rendering.Mail]


class TestWords:
    @in_every_language
    @to_everybody
    @every_message
    def test_every_mail_is_well_made(self, said: Said, what: What, young: bool, language: str) -> None:
        mail = said(_notice(what, language, young=young))
        _well_made(mail, language)
        assert NAME not in mail.subject and TOKEN not in mail.subject and "stil" not in mail.subject
        assert 10 < len(mail.subject) < 70 and mail.subject.isprintable()
        if language == "nl" and young:
            assert not re.search(r"\b[Uu](w|zelf)?\b", mail.text)
        if language == "nl" and not young:
            assert not re.search(r"\b([Jj]e|[Jj]ij|[Jj]ou(w)?)\b", mail.text)

    def test_no_two_say_the_same(self, said: Said) -> None:
        assert len({said(_notice(what)).subject for what in What}) == len(What)

    @pytest.mark.parametrize("what", [What.PLACE, What.LINE, What.KNOWN, What.PROMOTED, What.MOVED])
    def test_when_where_and_the_link(self, said: Said, what: What) -> None:
        mail = said(_notice(what))
        for text in (mail.text, " ".join(mail.html.split())):
            assert "dinsdag 1 december 2026, 19.30 uur" in text
            assert "Naaldwijk" in text and f"{ADDRESS}/talks/aanmelding/{TOKEN}" in text
        assert THEME in mail.text and "Als een kind &lt;stil&gt; is" in mail.html

    def test_a_place_by_the_line_is_passed_on_with_one_click(self, portal: Flask, said: Said) -> None:
        link = f"{ADDRESS}/talks/aanmelding/{TOKEN}/afmelden"
        mail = said(_notice(What.PROMOTED))
        assert link in mail.text and link in mail.html
        with portal.app_context():
            assert link in rendering.text_message(_notice(What.PROMOTED)).text

    def test_the_number_in_line_is_not_in_the_mail(self, said: Said) -> None:
        # It is only true now; behind the link it is true when it is read.
        assert "wachtlijst" in said(_notice(What.LINE)).text
        assert not re.search(r"nummer \d|\d+e ", said(_notice(What.LINE)).text)

    def test_why_and_what_was_said_and_a_word(self, said: Said) -> None:
        assert "De zaal is <dicht>." in said(_notice(What.CANCELLED)).text
        assert "De zaal is &lt;dicht&gt;." in said(_notice(What.CANCELLED)).html
        assert "Meer rust.<br>Minder wisselen." in said(_notice(What.THANKS)).html
        assert "Neem een foto mee." in said(_notice(What.WORD)).text

    @pytest.mark.parametrize(
        ("day", "words"),
        [(24, "De avond is over 7 dagen"), (30, "Morgen is de avond"), (31, "Vandaag is de avond")],
    )
    def test_a_reminder_says_the_days_that_are_left_when_it_leaves(
        self, said: Said, monkeypatch: pytest.MonkeyPatch, day: int, words: str
    ) -> None:
        today = (datetime(2026, 11, 1, 12, tzinfo=clock.AMSTERDAM) + timedelta(days=day - 1)).date()
        monkeypatch.setattr(clock, "today", lambda: today)
        assert words in said(_notice(What.REMINDER)).text

    @in_every_language
    @pytest.mark.parametrize("what", Circle)
    def test_the_circle(self, said: Said, what: Circle, language: str) -> None:
        mail = said(_queued(what, language, "talk_circle"))
        _well_made(mail, language)
        assert CIRCLE["link"] in mail.text and CIRCLE["link"] in mail.html
        assert TOKEN not in mail.subject and "stil" not in mail.subject

    @pytest.mark.parametrize(
        ("queued", "page"),
        [
            (_notice(What.CANCELLED, "en"), "/talks"),
            (_queued(Circle.NEW, "en", "talk_circle"), f"/talks/{FACTS['slug']}"),
        ],
    )
    def test_in_english_a_public_page_is_english_too(self, said: Said, queued: Message, page: str) -> None:
        mail = said(queued)
        link = f"{ADDRESS}{page}?taal=en"
        assert f"{link}\n" in mail.text and f'href="{link}"' in mail.html

    @in_every_language
    @to_everybody
    @every_message
    def test_a_text_message_is_one_segment(
        self, portal: Flask, said: Said, what: What, young: bool, language: str
    ) -> None:
        with portal.app_context():
            made = rendering.text_message(_notice(what, language, young=young))
        assert "https://" in made.text and made.text.count("https://") == 1
        # The coordinator's own words are as long as they are.
        assert made.segments == 1 or what is What.WORD, (len(made.text), made.text)
        assert sms_text.size(made.text).encoding is sms_text.Encoding.GSM


def _post(signup: SignUp, what: What) -> post.Post:
    """What is sent to somebody, as it is composed now."""
    db.session.rollback()
    return next(
        post.compose(message)
        for message in db.session.scalars(select(Message).order_by(Message.id.desc()))
        if message.about == signup.public_id and json.loads(message.params or "{}")["what"] == what
    )


class TestAttachment:
    def test_a_mail_about_a_place_carries_the_evening(self, app: Flask) -> None:
        signup = signed_up(evening()).signup
        assert signup
        mail = message_from_bytes(as_bytes(_post(signup, What.PLACE)), policy=policy.SMTP)
        assert isinstance(mail, EmailMessage)
        (file,) = mail.iter_attachments()
        assert (file.get_content_type(), file.get_param("method")) == ("text/calendar", "PUBLISH")
        assert file.get_filename() == "avond.ics"
        assert f"UID:{signup.evening.slug}@127.0.0.1" in file.get_content()
        body = mail.get_body()
        assert body is not None and "U hebt een plek" in body.get_content()

    def test_who_waits_gets_no_evening_for_the_calendar(self, app: Flask) -> None:
        mine = evening(capacity=1)
        signup = [signed_up(mine).signup for _n in range(2)][1]
        assert signup and _post(signup, What.LINE).calendar == ""
        with transaction():
            held = operations.hold(mine)
            operations.tell(held, held.signups, What.MOVED)
        assert _post(signup, What.MOVED).calendar == ""

    def test_a_text_message_carries_none(self, app: Flask) -> None:
        signup = signed_up(evening(), somebody("+31612345678")).signup
        assert signup and _post(signup, What.PLACE).calendar == ""


@pytest.mark.usefixtures("app")
class TestWanted:
    def _wanted(
        self, signup: SignUp | None, what: What, change: Callable[[Evening], object] | None = None
    ) -> bool:
        """Whether a message that was queued before the change still leaves after it."""
        assert signup is not None
        with transaction():
            fresh = db.session.get_one(SignUp, signup.id)
            notices.tell(fresh, what, key=secrets.token_hex(4))
            about = fresh.public_id
        if change is not None:
            with transaction():
                change(operations.hold(signup.evening_id))
        message = db.session.scalars(select(Message).order_by(Message.id.desc())).first()
        assert message is not None and message.about == about
        return HANDLERS[TOPIC].wanted(message)

    def test_what_is_still_true_leaves(self) -> None:
        mine = evening(capacity=1)
        first, second = (signed_up(mine).signup for _n in range(2))
        placed = [what for what in What if self._wanted(first, what)]
        waiting = [what for what in What if self._wanted(second, what)]
        assert set(What) - set(placed) == {What.LINE, What.CANCELLED}
        assert set(What) - set(waiting) == {
            What.PLACE,
            What.PROMOTED,
            What.REMINDER,
            What.THANKS,
            What.CANCELLED,
        }

    def test_who_left_hears_only_that(self) -> None:
        signup = signed_up(evening()).signup
        assert signup
        left(signup)
        messages = db.session.scalars(select(Message).order_by(Message.id)).all()
        assert [HANDLERS[TOPIC].wanted(message) for message in messages] == [False, True]

    def test_of_who_left_no_message_keeps_the_address(self) -> None:
        signup = signed_up(evening()).signup
        assert signup
        with transaction():
            (given_up,) = db.session.scalars(select(Message))
            given_up.state = Sending.DEAD
        left(signup)
        messages = db.session.scalars(select(Message).order_by(Message.id)).all()
        assert [(one.state, one.to is None, one.params is None) for one in messages] == [
            (Sending.CANCELLED, True, True),
            (Sending.WAITING, False, False),
        ]
        # And where even that could not be said, it goes in the night.
        with transaction():
            db.session.get_one(Message, messages[1].id).state = Sending.DEAD
        purged()
        db.session.expire_all()
        assert {one.to for one in db.session.scalars(select(Message))} == {None}

    @pytest.mark.parametrize("what", [What.PLACE, What.PROMOTED, What.KNOWN, What.WORD])
    def test_what_waited_says_the_day_of_now(self, what: What) -> None:
        signup = signed_up(evening()).signup
        day = clock.now().replace(microsecond=0) + timedelta(days=40)

        def move(held: Evening) -> None:
            held.starts_at, held.ends_at, held.place = day, day + timedelta(hours=1), "Elders"

        assert self._wanted(signup, what, move)
        message = db.session.scalars(select(Message).order_by(Message.id.desc())).first()
        assert message is not None
        params = json.loads(message.params or "")
        assert params["starts_at"] == clock.local(day).isoformat() and params["place"] == "Elders"
        assert ("LOCATION:Elders" in params["calendar"]) is (what in (What.PLACE, What.PROMOTED))

    def test_words_to_who_waits_are_not_for_who_has_a_place_now(self) -> None:
        mine = evening(capacity=1)
        _first, second = (signed_up(mine).signup for _n in range(2))
        assert second
        with transaction():
            for only in (arranging.To.WAITING, arranging.To.ALL):
                arranging.tell_everybody(mine, only, "Helaas.", request_key=only, actor="test")
            held = operations.hold(mine)
            held.capacity = 2
            operations.promote(held)
        about = select(Message).where(Message.about == second.public_id).order_by(Message.id)
        found = {}
        for message in db.session.scalars(about):
            params = json.loads(message.params or "")
            found[params["what"], params.get("only", "")] = HANDLERS[TOPIC].wanted(message)
        assert found["word", "waiting"] is False and found["word", ""] is True

    def test_nothing_of_an_evening_that_moved_once_more(self) -> None:
        signup = signed_up(evening()).signup

        def move(held: Evening) -> None:
            held.ends_at += timedelta(minutes=30)

        assert not self._wanted(signup, What.REMINDER, move)
        assert not self._wanted(signup, What.MOVED, lambda held: setattr(held, "place", "Elders"))
        assert self._wanted(signup, What.PLACE, move)

    def test_a_change_that_nobody_is_told_of_holds_no_message_back(self) -> None:
        signup = signed_up(evening()).signup

        def widen(held: Evening) -> None:
            held.capacity, held.sequence = held.capacity + 1, held.sequence + 1

        assert self._wanted(signup, What.MOVED, widen) and self._wanted(signup, What.REMINDER, widen)

    def test_of_a_cancelled_evening_only_that(self) -> None:
        signup = signed_up(evening()).signup

        def cancel(held: Evening) -> None:
            held.cancelled_at = clock.now()

        assert [what for what in What if self._wanted(signup, what, cancel)] == [
            What.LEFT,
            What.CANCELLED,
            What.WORD,
        ]

    def test_after_it_no_reminder_but_thanks(self) -> None:
        signup = signed_up(evening()).signup

        def was(held: Evening) -> None:
            held.starts_at = clock.now() - timedelta(hours=1)

        assert not self._wanted(signup, What.REMINDER, was)
        assert self._wanted(signup, What.THANKS)

    def test_who_is_not_there(self) -> None:
        signup = signed_up(evening(), somebody(who=Who.YOUNG_PERSON)).signup
        assert signup and signup.state == State.IN
        message = db.session.scalars(select(Message)).one()
        assert json.loads(message.params or "")["young"] is True
        message.about = "0" * 16
        assert not HANDLERS[TOPIC].wanted(message)
