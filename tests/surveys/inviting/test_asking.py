"""The worker decides whom to ask today, queues one message each, and keeps why somebody is left out."""

import json
from datetime import date, timedelta

import pytest
from flask import Flask

from portal import clock
from portal.db import db, transaction
from portal.outbox import operations as outbox
from portal.outbox.models import Message
from portal.outbox.rules import State
from portal.surveys.inviting.asking import invite
from portal.surveys.inviting.messages import SurveyMessages
from portal.surveys.inviting.models import Contact, NoContact
from portal.surveys.inviting.operations import (
    NoMoreLinks,
    allow_again,
    family_invitations,
    family_link,
    links_left,
    opt_out,
    stop_case,
)
from portal.surveys.inviting.rules import StopReason
from portal.surveys.models import Invitation
from portal.surveys.rules import Moment, Perspective
from tests.surveys.inviting.people import TODAY, Clock, again, messages, person

PHONE = "+31612345678"
MAIL = "proefpersoon@voorbeeld.example"
STREET = "Proefstraat 1"


@pytest.fixture(autouse=True)
def _noon(app: Flask, time: Clock) -> None:
    """A Monday in November, twelve o'clock."""


def left(message: Message) -> None:
    """The message went, as the outbox would mark it."""
    with transaction():
        found = db.session.get(Message, message.id)
        assert found is not None
        found.state, found.sent_at = State.SENT, clock.now()
        SurveyMessages().sent(found)


def came_back(message: Message) -> None:
    with transaction():
        found = db.session.get(Message, message.id)
        assert found is not None
        found.state = State.BOUNCED
        SurveyMessages().lost(found)


def test_the_first_message_goes_over_the_first_channel_that_reaches() -> None:
    everything = person(case="Z-1", phone=PHONE, email=MAIL, street=STREET)
    mail = person(case="Z-2", email="ander@voorbeeld.example")
    post = person(case="Z-3", street="Proefstraat 2")
    assert invite() == 3
    assert [message.channel for message in messages()] == ["sms", "email", "letter"]
    assert messages(everything)[0].to == PHONE
    assert messages(mail)[0].to == "ander@voorbeeld.example"
    assert messages(post)[0].to == "Proefpersoon\nProefstraat 2\n2691 ZM  's-Gravenzande"
    invitation = again(everything).invitation
    assert (invitation.invited_on, invitation.channel) == (TODAY, "sms")
    assert invitation.closes_on == TODAY + timedelta(days=42)
    assert not invitation.delivered, "queued is not handed over"
    params = json.loads(messages(everything)[0].params or "")
    assert params["link"].endswith("/v/" + params["unsubscribe"].split("/")[-2])


@pytest.mark.parametrize(
    ("perspective", "language", "question"),
    [
        (Perspective.PARENT, "nl", "Welk cijfer geeft u ons tot nu toe?"),
        (Perspective.YOUNG_PERSON, "nl", "Welk cijfer geef je ons tot nu toe?"),
        (Perspective.PARENT, "en", "How would you rate us so far, from 1 to 10?"),
        (None, "pl", "Welk cijfer geeft u ons tot nu toe?"),
    ],
)
def test_the_mail_asks_the_grade_as_the_questionnaire_does(
    perspective: Perspective | None, language: str, question: str
) -> None:
    asked = person(email=MAIL, perspective=perspective, language=language)
    invite()
    (message,) = messages(asked)
    assert json.loads(message.params or "")["question"] == question
    assert message.language == ("nl" if language == "pl" else language)


def test_nothing_is_queued_twice() -> None:
    person(email=MAIL)
    assert invite() == 1
    assert invite() == 0
    assert len(messages()) == 1


@pytest.mark.parametrize(
    ("hour", "day"),
    [
        (9, None),
        (20, None),
        (3, None),
        (12, date(2026, 11, 22)),
        (12, date(2026, 12, 25)),
        (12, date(2027, 5, 5)),
    ],
    ids=["before half past nine", "evening", "night", "Sunday", "Christmas", "Liberation Day"],
)
def test_nothing_leaves_at_night_on_sundays_and_holidays(time: Clock, hour: int, day: date | None) -> None:
    person(email=MAIL, next_on=date(2026, 11, 20))
    time.at(hour, day=day)
    assert invite() == 0
    assert messages() == []


def test_nothing_is_decided_while_paused() -> None:
    waiting = person(email=MAIL)
    with transaction():
        outbox.pause("survey", "1")
    assert invite() == 0
    assert again(waiting).next_on == TODAY
    with transaction():
        outbox.resume("survey", "1")
    assert invite() == 1


def test_reminders_come_on_their_days_and_then_no_more(time: Clock) -> None:
    asked = person(phone=PHONE, email=MAIL, street=STREET)
    invite()
    left(messages(asked)[0])
    seen = []
    for day in range(1, 40):
        time.forward(1)
        if invite():
            message = messages(asked)[-1]
            seen.append((day, message.channel, message.template))
            left(message)
    # Day 13 and not 10 would be wrong; Sundays are passed over.
    assert seen == [(4, "email", "survey_reminder"), (10, "letter", "survey_reminder")]
    links = {json.loads(message.params or "")["link"] for message in messages(asked)}
    assert len(links) == 1, "each carries the same link"
    assert again(asked).next_on is None


def test_who_began_gets_another_text(time: Clock) -> None:
    asked = person(email=MAIL)
    invite()
    left(messages(asked)[0])
    with transaction():
        again(asked).invitation.started = True
    time.forward(4)
    invite()
    assert messages(asked)[-1].template == "survey_reminder_started"


@pytest.mark.parametrize("fact", ["completed", "call_requested", "opted_out"])
def test_no_reminder_after(time: Clock, fact: str) -> None:
    asked = person(email=MAIL)
    invite()
    left(messages(asked)[0])
    with transaction():
        setattr(again(asked).invitation, fact, True)
    time.forward(4)
    assert invite() == 0
    assert len(messages(asked)) == 1


@pytest.mark.parametrize("fact", ["completed", "call_requested", "opted_out"])
def test_a_queued_message_is_no_longer_wanted_after(fact: str) -> None:
    asked = person(email=MAIL)
    invite()
    assert SurveyMessages().wanted(messages(asked)[0])
    with transaction():
        setattr(again(asked).invitation, fact, True)
    assert not SurveyMessages().wanted(messages(asked)[0])


def test_a_queued_message_is_no_longer_wanted_after_a_stop_or_closing(time: Clock) -> None:
    stopped, late = person(case="Z-1", email=MAIL), person(case="Z-2", phone=PHONE)
    invite()
    with transaction():
        stop_case("z-1", StopReason.DEATH, "1")
    assert not SurveyMessages().wanted(messages(stopped)[0])
    with transaction():
        again(late).invitation.delivered = True
    time.forward(42)
    assert SurveyMessages().wanted(messages(late)[0]), "the closing day itself counts"
    time.forward(1)
    assert not SurveyMessages().wanted(messages(late)[0])


def test_after_a_bounce_the_next_channel_takes_over_at_once() -> None:
    asked = person(phone=PHONE, email=MAIL)
    invite()
    left(messages(asked)[0])
    assert again(asked).invitation.delivered
    came_back(messages(asked)[0])
    assert again(asked).phone_lost
    assert not again(asked).invitation.delivered
    assert invite() == 1
    message = messages(asked)[-1]
    # Nothing reached this person yet: it is an invitation still, no reminder.
    assert (message.channel, message.template) == ("email", "survey_invitation")
    left(message)
    assert again(asked).invitation.channel == "email"


def test_a_bounce_with_no_other_channel_ends_it(time: Clock) -> None:
    asked = person(email=MAIL)
    invite()
    left(messages(asked)[0])
    came_back(messages(asked)[0])
    for _day in range(20):
        time.forward(1)
        assert invite() == 0
    assert len(messages(asked)) == 1


def test_a_bounce_ends_the_address_for_everybody_who_has_it(time: Clock) -> None:
    first = person(case="Z-1", email=MAIL)
    invite()
    time.forward(31)
    day = clock.today()
    second = person(case="Z-2", email=MAIL, happened_on=day, next_on=day)
    invite()
    assert SurveyMessages().wanted(messages(second)[0])
    came_back(messages(first)[0])
    assert again(second).email_lost
    assert not SurveyMessages().wanted(messages(second)[0])


def test_opting_out_holds_for_later_moments_and_new_addresses(time: Clock) -> None:
    asked = person("Proefpersoon Een", case="Z-1", email=MAIL)
    invite()
    with transaction():
        opt_out(again(asked).invitation)
        opt_out(again(asked).invitation)
    time.forward(40)
    day = clock.today()
    same_mail = person("Iemand anders", case="Z-9", email=MAIL.upper(), happened_on=day, next_on=day)
    same_person = person("proefpersoon  een", case="z-1", phone=PHONE, happened_on=day, next_on=day)
    other = person("Proefpersoon Twee", case="Z-1", phone="+31687654321", happened_on=day, next_on=day)
    assert invite() == 1
    assert again(same_mail).not_asked == again(same_person).not_asked == "opted_out"
    assert again(same_mail).not_asked_on == day
    assert again(other).not_asked is None


@pytest.mark.parametrize(
    ("reason", "kept"),
    [
        (StopReason.STOPPED, "case_stopped"),
        (StopReason.DEATH, "death"),
        (StopReason.COMPLAINT, "complaint"),
    ],
)
def test_a_stopped_case_is_left_alone_until_it_is_lifted(reason: StopReason, kept: str) -> None:
    with transaction():
        stop_case(" z-1 ", reason, "1")
    first = person(case="Z-1", email=MAIL)
    assert invite() == 0
    assert again(first).not_asked == kept
    with transaction():
        assert allow_again(db.session.query(NoContact).one().id, "1")
    second = person("Ander", case="Z-1", phone=PHONE)
    assert invite() == 1
    assert again(second).not_asked is None


def test_one_person_is_not_asked_twice_within_the_least_time(time: Clock) -> None:
    intake = person(case="Z-1", email=MAIL)
    # In the same batch, about another case: the same person all the same.
    other_case = person(case="Z-2", email=MAIL)
    assert invite() == 1
    assert again(intake).not_asked is None
    assert again(other_case).not_asked == "person_recently"
    time.forward(29)
    day = clock.today()
    soon = person(case="Z-1", moment=Moment.PLAN, email=MAIL, happened_on=day, next_on=day)
    invite()
    assert again(soon).not_asked == "person_recently"
    time.forward(2)
    day = clock.today()
    later = person(case="Z-1", moment=Moment.CLOSURE, email=MAIL, happened_on=day, next_on=day)
    invite()
    assert again(later).not_asked is None


def test_one_case_is_not_asked_about_two_moments_within_the_least_time(time: Clock) -> None:
    parent = person("Ouder", case="Z-1", email=MAIL)
    child = person("Kind", case="Z-1", phone=PHONE, perspective=Perspective.YOUNG_PERSON)
    assert invite() == 2, "two people of one case are asked about the same moment"
    time.forward(10)
    day = clock.today()
    aunt = person("Tante", case="Z-1", moment=Moment.PLAN, street=STREET, happened_on=day, next_on=day)
    invite()
    assert again(aunt).not_asked == "case_recently"
    assert again(parent).not_asked is again(child).not_asked is None


def test_too_long_ago_and_unreachable_are_kept_as_reasons() -> None:
    old = person(case="Z-1", email=MAIL, happened_on=TODAY - timedelta(days=61))
    nowhere = person(case="Z-2")
    assert invite() == 0
    assert again(old).not_asked == "too_old"
    assert again(nowhere).not_asked == "unreachable"


def test_a_long_pause_makes_no_pile_of_reminders(time: Clock) -> None:
    asked = person(phone=PHONE, email=MAIL, street=STREET)
    invite()
    left(messages(asked)[0])
    time.forward(15)
    assert invite() == 1
    assert invite() == 0
    left(messages(asked)[-1])
    time.forward(1)
    assert invite() == 0


def test_links_for_others_are_made_once_each_and_up_to_three() -> None:
    asked = person(email=MAIL)
    for number in (1, 1, 2, 3):
        with transaction():
            family_link(again(asked).invitation, number, Perspective.FAMILY_MEMBER)
    with transaction(), pytest.raises(NoMoreLinks):
        family_link(again(asked).invitation, 4, Perspective.FAMILY_MEMBER)
    with transaction(), pytest.raises(NoMoreLinks):
        family_link(again(asked).invitation, 0, Perspective.FAMILY_MEMBER)
    others = family_invitations(again(asked).invitation)
    assert len({other.public_id for other in others}) == 3
    assert not any(other.first_person for other in others)
    assert db.session.query(Contact).count() == 1, "no contact data"
    assert db.session.query(Invitation).count() == 4


def test_the_links_for_others_are_for_the_case(time: Clock) -> None:
    parent = person("Ouder", case="Z-1", email=MAIL)
    child = person("Kind", case="z-1", phone=PHONE, perspective=Perspective.YOUNG_PERSON)
    later = person("Ouder", case="Z-1", moment=Moment.PLAN, email=MAIL)
    for contact, number in ((parent, 1), (child, 1), (parent, 2)):
        with transaction():
            family_link(again(contact).invitation, number, Perspective.ADULT)
    assert links_left(again(parent).invitation) == links_left(again(child).invitation) == 0
    with transaction(), pytest.raises(NoMoreLinks):
        family_link(again(child).invitation, 2, Perspective.ADULT)
    assert links_left(again(later).invitation) == 3


def test_deciding_takes_as_many_statements_for_many_as_for_few(statements: list[str]) -> None:
    person(case="Z-0", email=MAIL)
    statements.clear()
    invite()
    few = sum(statement.startswith("SELECT") for statement in statements)
    for number in range(1, 41):
        person(case=f"Z-{number}", email=f"proef{number}@voorbeeld.example")
    statements.clear()
    invite()
    many = sum(statement.startswith("SELECT") for statement in statements)
    # Each message asks once whether it was queued before.
    assert many - 40 <= few
