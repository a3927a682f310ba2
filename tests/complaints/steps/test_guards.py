"""What each step refuses beside its order: the guards of the table, and what staff fill in."""

from collections.abc import Callable
from datetime import date

import pytest

from portal.complaints.rules import Domain, Procedure, Route, Stage, Step
from portal.db import transaction
from tests.complaints.people import taken as took
from tests.complaints.steps.conftest import At
from tests.complaints.steps.desk import Desk, areas, hidden, said, taken
from tests.complaints.steps.making import (
    CALLED,
    COPIED,
    FIELDS,
    TYPED,
    WHAT,
    concern,
    did,
    held,
    judged,
    ready,
)

NewDesk = Callable[..., Desk]
NO_COMMITTEE = "langs een klachtencommissie van ten minste drie mensen (Jeugdwet 4.2.1)"


def refused(mine: Desk, step: Step, rule: str, **fields: str) -> str:
    """The step is refused with this rule, whether it is looked at or sent; what the page says."""
    before = taken(mine.reference)
    shown = mine.open(step)
    assert shown.status_code == 409, said(shown)
    assert rule in said(shown)
    token = hidden(mine.client.get(f"{mine.home}/code"))["csrf_token"]
    sent = mine.client.post(mine.address(step), data={"csrf_token": token, "action": "send", **fields})
    assert sent.status_code == 409 and rule in said(sent)
    assert taken(mine.reference) == before
    return shown.text


def wrong(mine: Desk, step: Step, message: str, **fields: str) -> None:
    """What was filled in is wrong: the page says so, and keeps what was typed."""
    page = mine.open(step)
    assert page.status_code == 200, said(page)
    before = taken(mine.reference)
    for action in ("preview", "send"):
        shown = mine.send(step, page, action, **(FIELDS[step] | fields))
        assert shown.status_code == 422, said(shown)
        assert message in said(shown)
        assert "<title>Fout: " in shown.text
        for name, value in areas(shown).items():
            assert value == (FIELDS[step] | fields).get(name, value)
    assert taken(mine.reference) == before


def test_a_handler_comes_first(desk: NewDesk) -> None:
    mine = desk()
    took(mine.complaint(), *CALLED)
    text = refused(mine, Step.TAKE_UP, "Wijs eerst een behandelaar aan", parts=TYPED)
    assert f'href="{mine.home}/mensen"' in text


def test_a_copy_goes_to_somebody(desk: NewDesk) -> None:
    mine = desk()
    complaint = ready(mine.complaint(), Step.COPY)
    with transaction() as session:
        session.delete(held(complaint).concerned[0])
    text = refused(mine, Step.COPY, "Noem eerst over wie de klacht gaat")
    assert f'href="{mine.home}/mensen"' in text


def test_a_hearing_is_planned_before_it_is_held(desk: NewDesk) -> None:
    mine = desk()
    did(mine.complaint(), *COPIED)
    refused(mine, Step.HOLD_HEARING, "Plan eerst het gesprek")
    mine.take(Step.PLAN_HEARING, **FIELDS[Step.PLAN_HEARING])
    refused(mine, Step.HOLD_HEARING, "vastleggen dat het er was, kan vanaf die dag")


def test_a_hearing_is_at_an_hour_to_come(desk: NewDesk) -> None:
    mine = desk()
    did(mine.complaint(), *COPIED)
    # It is noon of the third.
    wrong(mine, Step.PLAN_HEARING, "Dit uur is al voorbij.", day="2026-11-03", time="11:59")
    mine.take(Step.PLAN_HEARING, **(FIELDS[Step.PLAN_HEARING] | {"day": "2026-11-03", "time": "13:00"}))


def test_passing_on_warns_where_nobody_is_known(desk: NewDesk) -> None:
    nobody = {"name": "", "street": ""}
    warned = said(desk(nobody, route=Route.OBJECTION).open(Step.FORWARD))
    assert "Wij kennen geen naam en geen adres." in warned and "Awb 6:5" in warned
    assert "Wij kennen geen naam" not in said(desk(route=Route.OBJECTION).open(Step.FORWARD))
    other = said(desk(nobody, route=Route.OTHER_ORGANISATION).open(Step.FORWARD))
    assert "Wij kennen geen naam en geen adres." in other and "Awb 6:5" not in other


def test_passing_on_while_it_is_handled(desk: NewDesk) -> None:
    mine = desk()
    did(mine.complaint(), *COPIED)
    assert "Die stopt hier als u dit vastlegt." in said(mine.open(Step.FORWARD))
    mine.take(Step.FORWARD, to_whom="De gemeente")
    assert mine.complaint().stage == Stage.PASSED_ON


def test_who_withdrew_it_may_think_again(desk: NewDesk) -> None:
    mine = desk()
    took(mine.complaint(), Step.ACKNOWLEDGE, Step.WITHDRAW)
    assert "maar bedacht zich" in said(mine.open(Step.RESUME))
    mine.take(Step.RESUME, **FIELDS[Step.RESUME])
    assert (mine.complaint().stage, mine.complaint().ended_on) == (Stage.CALLED, None)


@pytest.mark.parametrize("step", [Step.EXTEND, Step.HOLD_HEARING, Step.SKIP_HEARING, Step.JUDGE])
def test_under_the_jeugdwet_a_committee_comes_first(desk: NewDesk, step: Step) -> None:
    mine = desk(domain=Domain.YOUTH)
    ready(mine.complaint(), step)
    with transaction():
        held(mine.complaint()).committee = False
    text = refused(mine, step, NO_COMMITTEE)
    assert f'href="{mine.address(Step.COMMITTEE)}"' in text


def test_every_part_has_a_judgment_before_the_outcome(desk: NewDesk) -> None:
    mine = desk()
    judged(ready(mine.complaint(), Step.TELL), None)
    refused(mine, Step.TELL, "Elk onderdeel van de klacht krijgt een oordeel (Awb 9:12)")


def test_a_committee_comes_once_and_in_time(desk: NewDesk, at: At) -> None:
    mine = desk()
    ready(mine.complaint(), Step.COMMITTEE)
    mine.take(Step.COMMITTEE, **FIELDS[Step.COMMITTEE])
    refused(mine, Step.COMMITTEE, "De klachtencommissie is er al (Awb 9:14)")


def test_no_committee_after_an_extension_or_the_term(desk: NewDesk, at: At) -> None:
    put_off = desk()
    ready(put_off.complaint(), Step.EXTEND)
    put_off.take(Step.EXTEND, **FIELDS[Step.EXTEND])
    refused(put_off, Step.COMMITTEE, "Na uitstel kan er geen klachtencommissie meer bij")
    refused(put_off, Step.EXTEND, "Uitstellen mag één keer (Awb 9:11 lid 2)")
    late = desk()
    ready(late.complaint(), Step.COMMITTEE)
    at(date(2026, 12, 15))
    refused(late, Step.COMMITTEE, "De termijn is voorbij: een commissie geeft dan geen extra tijd meer")
    refused(late, Step.EXTEND, "De termijn is voorbij: alleen de klager kan nog meer tijd geven")


def test_nobody_agrees_to_what_was_not_asked(desk: NewDesk) -> None:
    mine = desk()
    took(mine.complaint(), Step.ACKNOWLEDGE)
    refused(mine, Step.AGREE_LONGER, "Er is niet om meer tijd gevraagd")


@pytest.mark.parametrize(
    ("step", "procedure"), [(Step.ANSWER, Procedure.AWB), (Step.CLOSE, Procedure.JEUGDWET)]
)
def test_each_law_ends_in_its_own_way(desk: NewDesk, step: Step, procedure: Procedure) -> None:
    mine = desk(domain=Domain.YOUTH if procedure is Procedure.JEUGDWET else Domain.ADULTS)
    did(mine.complaint(), *COPIED, Step.SKIP_HEARING, Step.JUDGE, Step.TELL)
    refused(mine, step, "Deze stap hoort niet bij deze procedure")


FREE = "een dag die geen zaterdag, zondag of feestdag is"
ONE = {"words_1": "Het verslag"}


@pytest.mark.parametrize(
    ("step", "message", "fields"),
    [
        (Step.CALL, "Kies hoe het ging.", {"result": "sung"}),
        (Step.CALL, "Kies een dag van 2 november 2026 tot en met vandaag", {"on": "2026-11-04"}),
        (Step.CALL, "Kies een dag van 2 november 2026 tot en met vandaag", {"on": "2026-11-01"}),
        (Step.CALL, "Dit is geen datum", {"on": "gisteren"}),
        (Step.CALL, "Dit is te lang", {"note": "a" * 10_001}),
        (Step.SOLVE, "Schrijf op wat u hebt afgesproken.", {"agreed": ""}),
        (Step.SOLVE, "Kies waaruit dat blijkt.", {"confirmed": ""}),
        (Step.RESUME, "Schrijf op waarom de klacht verder gaat.", {"why": ""}),
        (Step.TAKE_UP, "Schrijf ten minste één onderdeel", {"parts": ""}),
        (Step.TAKE_UP, "Dit zijn te veel onderdelen", {"parts": "\n".join(map(str, range(31)))}),
        (Step.NOT_TAKE_UP, "Kies de reden.", {"reason": "boring"}),
        (Step.NOT_TAKE_UP, "Leg uit waarom.", {"explanation": ""}),
        (Step.PLAN_HEARING, FREE, {"day": "2026-11-22"}),
        (Step.PLAN_HEARING, FREE, {"day": "2026-12-25"}),
        (Step.PLAN_HEARING, "Een gesprek kan niet in het verleden", {"day": "2026-11-02"}),
        (Step.PLAN_HEARING, "Dit is geen tijd.", {"time": "half drie"}),
        (Step.PLAN_HEARING, "Vul in waar het gesprek is.", {"place": ""}),
        (Step.HOLD_HEARING, "Schrijf op wie erbij waren.", {"present": ""}),
        (Step.SKIP_HEARING, "Kies de reden.", {"reason": ""}),
        (Step.SKIP_HEARING, "Leg uit waaruit dat blijkt.", {"explanation": ""}),
        (Step.REPORT, "Schrijf het verslag van het gesprek.", {"report": ""}),
        (Step.JUDGE, "Kies een oordeel over dit onderdeel.", {"judgment_1": "perhaps"}),
        (Step.JUDGE, "Leg uit hoe u tot dit oordeel komt.", {"reasons_1": ""}),
        (Step.JUDGE, "Schrijf op waar dit onderdeel over gaat.", {"words_1": ""}),
        (
            Step.JUDGE,
            "Schrijf ten minste één onderdeel",
            {"words_1": "", "reasons_1": ""},
        ),
        (Step.TELL, "Schrijf op wat er is gezien en gehoord.", {"findings": ""}),
        (Step.TELL, "Schrijf op wat daaruit volgt.", {"conclusions": ""}),
        (Step.ANSWER, "Kies of er maatregelen komen.", {"measures": ""}),
        (Step.ANSWER, "Schrijf op welke maatregelen er komen", {"text": ""}),
        (Step.WITHDRAW, "Kies hoe de klager het liet weten.", {"how": ""}),
        (Step.FORWARD, "Vul in naar wie het gaat.", {"to_whom": ""}),
        (Step.FORWARD, "Kies of het bezwaar of beroep is.", {"kind": ""}),
        (Step.FORWARD, "Kies of het bezwaar of beroep is.", {"kind": "neither"}),
        (Step.FORWARD, "Kies waar het over gaat.", {"subject": "football"}),
        (Step.COMMITTEE, "De klacht gaat over wim de WIT", {"names": "wim  de WIT"}),
        (Step.COMMITTEE, "Wie betrokken was, mag niet meedoen", {"nobody": ""}),
        (Step.EXTEND, "Uitstel kan één keer, tot uiterlijk 11-01-2027", {"until": "2027-01-12"}),
        (Step.EXTEND, "Uitstel kan één keer, tot uiterlijk 11-01-2027", {"until": "2026-12-14"}),
        (Step.EXTEND, FREE, {"until": "2027-01-01"}),
        (Step.EXTEND, "Leg uit waarom er meer tijd nodig is.", {"reason": ""}),
        (Step.ASK_LONGER, "Vraag een dag die later is dan wat nu beloofd is", {"until": "2026-12-14"}),
        (Step.ASK_LONGER, FREE, {"until": "2027-01-30"}),
        (Step.ASK_LONGER, "Vul de dag in.", {"until": ""}),
        (Step.AGREE_LONGER, "als de klager dat schriftelijk goed vindt", {"written": ""}),
        (Step.NOTE, "Schrijf op wat u ermee hebt gedaan.", {"note": ""}),
    ],
)
def test_what_is_filled_in_wrong_is_said(
    desk: NewDesk, step: Step, message: str, fields: dict[str, str]
) -> None:
    mine = desk(**WHAT.get(step, {}))
    ready(mine.complaint(), step)
    given = {name: value for name, value in fields.items() if value}
    emptied = {name: "" for name, value in fields.items() if not value}
    wrong(mine, step, message, **emptied, **given)


def test_an_objection_is_withdrawn_in_writing(desk: NewDesk) -> None:
    mine = desk(route=Route.OBJECTION)
    wrong(mine, Step.WITHDRAW, "wordt schriftelijk ingetrokken (Awb 6:21)", how="phone")
    mine.take(Step.WITHDRAW, **FIELDS[Step.WITHDRAW])
    assert mine.complaint().stage == Stage.WITHDRAWN


def test_a_committee_for_youth_has_three_people_and_a_chair_from_outside(desk: NewDesk) -> None:
    mine = desk(domain=Domain.YOUTH)
    ready(mine.complaint(), Step.COMMITTEE)
    three = {"names": "mevrouw A\nde heer B\nmevrouw C"}
    wrong(
        mine,
        Step.COMMITTEE,
        "De commissie heeft ten minste 3 leden.",
        names="mevrouw A\nde heer B",
        chair="y",
    )
    wrong(mine, Step.COMMITTEE, "De commissie heeft ten minste 3 leden.", names="A\nB\na", chair="y")
    wrong(mine, Step.COMMITTEE, "De voorzitter mag niet voor of bij ons werken (Jeugdwet 4.2.1)", **three)
    mine.take(Step.COMMITTEE, chair="y", nobody="y", **three)
    complaint = mine.complaint()
    assert complaint.committee
    for name in ("mevrouw A", "de heer B", "mevrouw C"):
        assert f"- {name}\n" in complaint.letters[-1].words


def test_a_committee_gives_ten_weeks_and_says_so(desk: NewDesk) -> None:
    mine = desk()
    ready(mine.complaint(), Step.COMMITTEE)
    mine.take(Step.COMMITTEE, **FIELDS[Step.COMMITTEE])
    complaint = mine.complaint()
    # Ten weeks after Monday 2 November 2026 (Awb 9:11 lid 1).
    assert complaint.decide_by == date(2027, 1, 11)
    assert "uiterlijk maandag 11 januari 2027" in complaint.letters[-1].words


def test_an_extension_is_told_with_both_dates(desk: NewDesk) -> None:
    mine = desk()
    ready(mine.complaint(), Step.EXTEND)
    assert 'value="2027-01-11"' in mine.open(Step.EXTEND).text, "the latest day stands there"
    mine.take(Step.EXTEND, **FIELDS[Step.EXTEND])
    words = mine.complaint().letters[-1].words
    assert "uiterlijk maandag 14 december 2026. Dat lukt niet." in words
    assert "nu uiterlijk maandag 11 januari 2027" in words


def test_asking_for_time_is_a_message_with_its_date(desk: NewDesk) -> None:
    mine = desk(young=True)
    ready(mine.complaint(), Step.ASK_LONGER)
    mine.take(Step.ASK_LONGER, **FIELDS[Step.ASK_LONGER])
    complaint = mine.complaint()
    (message,) = complaint.messages
    assert TYPED in message.words and not message.from_complainant
    assert "tot en met vrijdag 29 januari 2027" in message.words and "Jij beslist." in message.words
    assert complaint.later_asked == date(2027, 1, 29) and complaint.decide_by == date(2026, 12, 14)
    mine.take(Step.AGREE_LONGER, **FIELDS[Step.AGREE_LONGER])
    assert mine.complaint().decide_by == date(2027, 1, 29)


def test_parts_are_added_changed_and_taken_away(desk: NewDesk) -> None:
    mine = desk()
    ready(mine.complaint(), Step.JUDGE)
    judged(mine.complaint(), None)
    page = mine.open(Step.JUDGE)
    assert areas(page)["words_1"] == "Het verslag"
    more = mine.send(Step.JUDGE, page, "more", judgment_1="upheld", reasons_1=TYPED)
    assert more.status_code == 200
    assert areas(more) == {"words_1": "Het verslag", "reasons_1": TYPED, "words_2": "", "reasons_2": ""}
    assert 'value="upheld" checked' in more.text
    third = mine.send(Step.JUDGE, more, "more", judgment_1="upheld")
    done = mine.send(
        Step.JUDGE,
        third,
        words_1="",
        judgment_1="upheld",
        reasons_1="",
        words_2="Niet gebeld",
        judgment_2="no_judgment",
        reasons_2="Niet na te gaan.",
        words_3="De toon",
        judgment_3="partly_upheld",
        reasons_3="Het kon vriendelijker.",
    )
    assert done.status_code == 303, said(done)
    assert [(part.number, part.words, part.judgment) for part in mine.complaint().parts] == [
        (1, "Niet gebeld", "no_judgment"),
        (2, "De toon", "partly_upheld"),
    ]


def test_who_has_no_mail_address_is_named_after_the_copy(desk: NewDesk) -> None:
    mine = desk()
    complaint = ready(mine.complaint(), Step.COPY)
    concern(complaint, "Zonder <b>Mail</b>")
    done = mine.take(Step.COPY)
    assert done.location.endswith("/mensen")
    with mine.client.session_transaction() as session:
        flashed = [text for _kind, text in session["_flashes"]]
    assert flashed == [
        "Vastgelegd: Klacht aan de betrokkene sturen.",
        "Zonder <b>Mail</b> heeft geen e-mailadres: geef de link zelf.",
    ]


@pytest.mark.parametrize(
    "odd",
    [
        {"request_key": "a\x00b"},
        {"request_key": "\x00"},
        {"letters": "9" * 5000},
        {"steps": "9" * 5000},
        {"action": "more"},
    ],
)
def test_what_no_page_of_ours_sends_breaks_nothing(desk: NewDesk, odd: dict[str, str]) -> None:
    for step in (Step.ACKNOWLEDGE, Step.CALL, Step.EXTEND):
        mine = desk(**WHAT.get(step, {}))
        ready(mine.complaint(), step)
        page = mine.preview(step, **FIELDS[step]) if step is not Step.CALL else mine.open(step)
        assert mine.send(step, page, **{**FIELDS[step], **odd}).status_code < 500, step


@pytest.mark.parametrize("day", ["2028-11-06", "9999-12-31"])
def test_a_hearing_is_not_years_away(desk: NewDesk, day: str) -> None:
    mine = desk()
    ready(mine.complaint(), Step.PLAN_HEARING)
    fields = FIELDS[Step.PLAN_HEARING] | {"day": day}
    refused = mine.send(Step.PLAN_HEARING, mine.open(Step.PLAN_HEARING), "preview", **fields)
    assert refused.status_code == 422 and "meer dan twee jaar weg" in said(refused)
