"""What was found in complaints, as facts with a name."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import format_date
from flask_babel import gettext as _

from portal import clock
from portal.complaints import words
from portal.complaints.content import Content
from portal.complaints.following.operations import shown_letters
from portal.complaints.handling.labels import LETTERS
from portal.complaints.models import Complaint, ComplaintDraft, PersonConcerned
from portal.complaints.operations import is_told
from portal.complaints.rules import Judgment, NotTakenUp, OnBehalf, Route, Solved, Stage, Step
from portal.privacy.persons.records import (
    Fact,
    Piece,
    Record,
    day_of,
    domain_of,
    known,
    leaving,
    lines,
)
from portal.privacy.persons.rules import Goes, What, goes
from portal.profile import LANGUAGE, profile


def complaint(found: Complaint, leaves: date | Goes) -> Record:
    """A complaint with what its complainant wrote and was told; `leaves` is when it goes by itself.

    Not what staff noted for one another, and not what the person concerned answered: that is about them, and
    is read in the file itself (AVG art. 15 lid 4, Awb 9:10).
    """
    content = found.content
    facts = known(
        ("reference", _("Nummer"), found.reference),
        ("route", _("Wat het is"), str(words.ROUTES[Route(found.route)])),
        ("domain", _("Soort hulp"), domain_of(found.domain)),
        ("theme", _("Thema"), profile().complaints.themes.get(found.theme, {}).get(LANGUAGE)),
        ("received_on", _("Binnengekomen op"), found.received_on),
        ("stage", _("Stand"), str(words.STAGES[Stage(found.stage)])),
        ("decide_by", _("Uitkomst uiterlijk op"), found.decide_by),
        ("hearing_on", _("Gesprek op"), _at(found.hearing_at)),
        ("hearing_place", _("Plaats van het gesprek"), found.hearing_place),
        ("not_taken_up", _("Niet in behandeling omdat"), _not_taken_up(found)),
        ("ended_on", _("Klaar op"), found.ended_on),
        (
            "solved",
            _("Opgelost"),
            str(words.SOLVED[Solved(found.solved)]) if found.solved else None,
        ),
        ("on_behalf", _("Ingediend"), str(words.ON_BEHALF[OnBehalf(found.on_behalf)])),
        *_told(content),
        ("attachments", _("Bijlagen"), tuple(one.name for one in found.attachments)),
    )
    return Record(
        What.COMPLAINT,
        found.id,
        _("Klacht %(reference)s", reference=found.reference),
        (*facts, *leaving(leaves)),
        name=content.name,
        day=found.received_on,
        goes=leaves,
        pieces=[*_steps(found), *_messages(found), *_letters(found), *_parts(found)],
    )


def _not_taken_up(found: Complaint) -> str | None:
    reason = found.not_taken_up_reason
    return str(words.NOT_TAKEN_UP[NotTakenUp(reason)]) if reason else None


def _at(moment: datetime | None) -> str | None:
    """A day with its hour, as people say it."""
    if moment is None:
        return None
    local = clock.local(moment)
    return f"{format_date(local.date(), 'd MMMM yyyy')}, {local:%H.%M}"


def _told(content: Content) -> tuple[tuple[str, str, Any], ...]:
    wishes: Mapping[str, Any] = {str(wish): word for wish, word in words.WISHES.items()}
    reaches: Mapping[str, Any] = {str(way): word for way, word in words.REACHES.items()}
    return (
        ("what", _("Wat er is gebeurd"), content.what),
        ("when", _("Wanneer"), content.when),
        ("about", _("Over wie"), content.about),
        ("wishes", _("Wat zou helpen"), tuple(str(wishes.get(wish, wish)) for wish in content.wishes)),
        ("wish_other", _("Wat verder zou helpen"), content.wish_other),
        ("organisation", _("Andere organisatie"), content.organisation),
        ("decision_sent_on", _("Datum van het besluit"), content.decision_sent_on),
        ("for_whom", _("Voor wie"), content.for_whom),
        ("name", _("Naam"), content.name),
        ("email", _("E-mail"), content.email),
        ("phone", _("Telefoon"), content.phone),
        ("address", _("Adres"), lines(content.street, f"{content.postcode} {content.place}")),
        ("reach", _("Mag via"), tuple(str(reaches.get(way, way)) for way in content.reach)),
        ("voicemail", _("Voicemail inspreken"), content.voicemail),
        ("formal_by_email", _("Brieven digitaal"), content.formal_by_email),
        ("formal_said", _("Hoe dat is gezegd"), content.formal_said),
    )


def _steps(found: Complaint) -> list[Piece]:
    return [
        Piece("step", str(words.STEPS[Step(taken.step)]), known(("on", _("Gedaan op"), taken.on)))
        for taken in found.steps
    ]


def _messages(found: Complaint) -> list[Piece]:
    return [
        Piece(
            "complaint_message",
            _("Bericht van de klager") if one.from_complainant else _("Bericht van ons"),
            known(("on", _("Geschreven op"), day_of(one.at)), ("words", _("Tekst"), one.words)),
        )
        for one in found.messages
    ]


def _letters(found: Complaint) -> list[Piece]:
    return [
        Piece(
            "letter",
            _("Brief: %(kind)s", kind=LETTERS.get(one.kind, one.kind)),
            known(("on", _("Verstuurd op"), one.sent_on), ("words", _("Tekst"), one.words)),
        )
        for one in shown_letters(found)
    ]


def _parts(found: Complaint) -> list[Piece]:
    """What was found of each part, from the day it was told."""
    if not is_told(found):
        return []
    return [
        Piece(
            "judgment",
            _("Oordeel over onderdeel %(number)s", number=one.number),
            known(
                ("words", _("Onderdeel"), one.words),
                (
                    "judgment",
                    _("Oordeel"),
                    str(words.JUDGMENTS[Judgment(one.judgment)]) if one.judgment else "",
                ),
                ("reasons", _("Waarom"), one.reasons),
            ),
        )
        for one in found.parts
    ]


def concerned(person: PersonConcerned) -> Record:
    """That a complaint is about somebody, with what he or she wrote. Not what the complainant told."""
    facts = known(
        ("reference", _("Nummer van de klacht"), person.complaint.reference),
        ("received_on", _("Binnengekomen op"), person.complaint.received_on),
        ("name", _("Naam"), person.name),
        ("email", _("E-mail"), person.email),
        ("opened_on", _("Link geopend op"), day_of(person.opened_at)),
        ("replied_on", _("Gereageerd op"), day_of(person.replied_at)),
        ("reply", _("Reactie"), person.reply),
    )
    heading = _("Genoemd in klacht %(reference)s", reference=person.complaint.reference)
    return Record(
        What.CONCERNED, person.id, heading, facts, name=person.name, day=person.complaint.received_on
    )


def complaint_draft(draft: ComplaintDraft, name: str) -> Record:
    """That something is being filled in, and nothing of what it says: `name` tells whose it is, and is not shown."""
    to_staff = _(
        "Niemand bij ons leest het. De persoon leest het zelf met de eigen link of code. Bij wissen gaat het weg."
    )
    to_person = _(
        "Niemand bij ons leest het. U leest het zelf met uw eigen link of code. Bij wissen gaat het weg."
    )
    leaves = goes(draft.kept_until + timedelta(days=1), clock.today())
    facts = (
        *known(("kept_until", _("Bewaard tot en met"), draft.kept_until)),
        *(leaving(leaves) if leaves is Goes.SOON else ()),
        Fact("draft", _("Wat erin staat"), to_staff, to_person),
    )
    return Record(
        What.COMPLAINT_DRAFT,
        draft.id,
        _("Klacht die nog niet verstuurd is"),
        facts,
        name=name,
        hides_name=True,
        goes=leaves,
    )
