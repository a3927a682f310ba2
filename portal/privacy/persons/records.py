"""What was found, as facts with a name: for the page, the printed copy and the file alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _

from portal import clock
from portal.complaints import words as complaint_words
from portal.complaints.content import Content
from portal.complaints.following.operations import shown_letters
from portal.complaints.handling.labels import LETTERS
from portal.complaints.models import Complaint, ComplaintDraft, PersonConcerned
from portal.complaints.operations import is_told
from portal.complaints.rules import Judgment, OnBehalf, Route, Stage, Step
from portal.identity.models import User
from portal.outbox.persons import Sent
from portal.privacy.persons.rules import What
from portal.privacy.retention.rules import Length
from portal.profile import profile
from portal.surveys.inviting.models import Contact, NoContact
from portal.surveys.paper.forms import MOMENTS, PERSPECTIVES
from portal.talks.models import Member, SignUp
from portal.talks.rules import State, Who
from portal.talks.words import WHO
from portal.tasks.queries import TaskView

Value = str | bool | int | date | datetime | tuple[str, ...]


@dataclass(frozen=True)
class Fact:
    """One thing that is known. `key` is the same in every version of the file; `label` is for people."""

    key: str
    label: str
    value: Value


@dataclass(frozen=True)
class Record:
    """One row about a person, or one piece of it."""

    what: What
    number: int
    heading: str
    facts: Sequence[Fact]
    name: str = ""
    """The name it bears, where it bears one."""
    pieces: Sequence["Piece"] = ()

    @property
    def key(self) -> str:
        """By what the page says which of them is meant."""
        return f"{self.what}:{self.number}"


@dataclass(frozen=True)
class Piece:
    """What belongs to a row: a message, a letter, a step."""

    kind: str
    heading: str
    facts: Sequence[Fact] = field(default_factory=tuple)


_CHANNELS = {"email": "e-mail", "sms": "sms", "letter": "brief", "paper": "papier"}
_TIMES = {"morning": "in de ochtend", "afternoon": "in de middag", "any": "maakt niet uit"}


def _known(*facts: tuple[str, str, Any]) -> tuple[Fact, ...]:
    """Those of which something is known; a "no" is known too."""
    return tuple(Fact(key, label, value) for key, label, value in facts if value not in (None, "", ()))


def _named(pairs: Sequence[tuple[str, Any]], value: str | None) -> str:
    return str(dict(pairs).get(value or "", value or ""))


def _day(moment: datetime | None) -> date | None:
    return clock.local(moment).date() if moment else None


# ---- Surveys ------------------------------------------------------------------------------


def invitation(contact: Contact, *, has_draft: bool, messages: Sequence[Sent]) -> Record:
    """Who was asked, how, and where it stands. Not what was answered."""
    asked = contact.invitation
    goes_on = Length(days=7 * profile().retention.contacts_weeks).ends(asked.closes_on) + timedelta(days=1)
    facts = _known(
        ("name", _("Naam"), asked.name),
        ("case_number", _("Zaaknummer"), contact.case_number),
        ("happened_on", _("Dag van het moment"), contact.happened_on),
        ("email", _("E-mail"), contact.email),
        ("phone", _("Telefoon"), contact.phone),
        ("address", _("Adres"), _lines(contact.street, f"{contact.postcode or ''} {contact.place or ''}")),
        ("perspective", _("Antwoordt als"), _named(PERSPECTIVES, asked.perspective)),
        ("language", _("Taal"), profile().languages.get(asked.language, asked.language)),
        ("team", _("Team"), asked.team),
        ("parenting_help", _("Kreeg hulp bij opvoeden"), asked.parenting_help),
        ("invited_on", _("Uitgenodigd op"), asked.invited_on),
        ("channel", _("Hoe"), _CHANNELS.get(asked.channel, asked.channel)),
        ("closes_on", _("De link sluit op"), asked.closes_on),
        ("not_asked", _("Niet uitgenodigd omdat"), _not_asked(contact)),
        ("lost", _("Kwam terug"), _lost(contact)),
        ("started", _("Begonnen met de vragen"), asked.started),
        ("sent", _("Verstuurd"), asked.completed),
        ("call_requested", _("Wilde gebeld worden"), asked.call_requested),
        ("opted_out", _("Meldde zich af"), asked.opted_out),
        ("family_links", _("Links voor anderen in het gezin"), asked.family_links or None),
        ("draft", _("Niet verstuurde antwoorden"), _draft() if has_draft else None),
        ("goes_on", _("Gaat vanzelf weg op"), goes_on),
    )
    heading = _("Uitnodiging: %(moment)s", moment=_named(MOMENTS, asked.moment).lower())
    return Record(
        What.INVITATION,
        contact.invitation_id,
        heading,
        facts,
        name=asked.name or "",
        pieces=[_message(one) for one in messages],
    )


def _draft() -> str:
    return _(
        "Ja. Niemand bij ons leest ze. De persoon leest ze zelf met de eigen link, zolang die open is. Bij wissen gaan ze weg."
    )


def _not_asked(contact: Contact) -> str | None:
    reasons = {
        "too_old": _("het te lang geleden was"),
        "opted_out": _("de persoon zich had afgemeld"),
        "case_stopped": _("wij de zaak met rust laten"),
        "death": _("er iemand is overleden"),
        "complaint": _("er een klacht liep"),
        "person_recently": _("de persoon kort daarvoor al gevraagd was"),
        "case_recently": _("iemand van de zaak kort daarvoor al gevraagd was"),
        "unreachable": _("wij geen adres hadden"),
    }
    return reasons.get(contact.not_asked or "")


def _lost(contact: Contact) -> tuple[str, ...]:
    lost = (
        (contact.email_lost, _("e-mail")),
        (contact.phone_lost, _("sms")),
        (contact.post_lost, _("brief")),
    )
    return tuple(word for is_lost, word in lost if is_lost)


def _message(sent: Sent) -> Piece:
    states = {
        "waiting": _("wacht"),
        "sent": _("verstuurd"),
        "bounced": _("kwam terug"),
        "dead": _("kon niet weg"),
        "cancelled": _("niet verstuurd"),
    }
    facts = _known(
        ("state", _("Stand"), states.get(sent.state, sent.state)),
        ("queued_on", _("Gemaakt op"), _day(sent.queued_at)),
        ("sent_on", _("Verstuurd op"), _day(sent.sent_at)),
    )
    return Piece(
        "message", _("Bericht per %(channel)s", channel=_CHANNELS.get(sent.channel, sent.channel)), facts
    )


def waiting_message(what: What, sent: Sent) -> Record:
    """A message to the address that nothing else found here belongs to."""
    piece = _message(sent)
    return Record(what, sent.id, piece.heading, piece.facts)


def call(task: TaskView) -> Record:
    """A wish to be called."""
    given = task.details
    facts = _known(
        ("name", _("Naam"), given.get("name")),
        ("phone", _("Telefoon"), given.get("phone")),
        ("when", _("Beste tijd"), _TIMES.get(given.get("when", ""), given.get("when"))),
        ("moment", _("Vragenlijst"), _named(MOMENTS, given.get("moment"))),
        ("asked_on", _("Gevraagd op"), _day(task.created_at)),
        ("done_on", _("Gebeld op"), _day(task.done_at)),
    )
    return Record(What.CALL, task.id, _("Vraag om gebeld te worden"), facts, name=given.get("name", ""))


def left_alone(row: NoContact, *, is_shared: bool) -> Record:
    """That we write no more; `is_shared` where somebody else has the same address."""
    kinds = {
        "person": _("Naam bij een zaak"),
        "email": _("E-mail"),
        "phone": _("Telefoon"),
        "post": _("Adres"),
        "case": _("Zaaknummer"),
    }
    reasons = {
        "opted_out": _("dat is gevraagd"),
        "stopped": _("het contact is gestopt"),
        "death": _("er is iemand overleden"),
        "complaint": _("er loopt een klacht"),
    }
    what = What.SHARED_LEFT_ALONE if is_shared or row.kind == "case" else What.LEFT_ALONE
    facts = _known(
        ("value", kinds[row.kind], row.value),
        ("reason", _("Omdat"), reasons.get(row.reason, row.reason)),
        ("since", _("Sinds"), row.since),
    )
    heading = _("Hier schrijven wij niet meer: %(kind)s", kind=kinds[row.kind].lower())
    # Kept with the address: a name in it is for the post alone.
    return Record(what, row.id, heading, facts, name=row.value if row.kind == "person" else "")


# ---- Talks --------------------------------------------------------------------------------


def sign_up(signup: SignUp, messages: Sequence[Sent]) -> Record:
    """Somebody who comes, and what was told."""
    person, evening = signup.person, signup.evening
    states = {State.IN: _("heeft een plek"), State.WAITING: _("staat in de rij")}
    facts = _known(
        ("first_name", _("Voornaam"), person.first_name),
        ("contact", _("Bereikbaar via"), person.contact),
        ("evening_on", _("Dag van de avond"), _day(evening.starts_at)),
        ("state", _("Stand"), states.get(State(signup.state))),
        ("who", _("Wie"), str(WHO[Who(signup.who)])),
        ("places", _("Plekken"), signup.places),
        ("companion", _("Komt mee"), person.companion),
        ("interpreter", _("Tolk"), person.interpreter),
        ("wheelchair", _("Rolstoel"), person.wheelchair or None),
        ("child_care", _("Oppas"), person.child_care),
        ("diet", _("Eten"), person.diet),
        ("question", _("Vraag"), person.question),
        ("came", _("Was er"), signup.came),
        ("signed_up_on", _("Aangemeld op"), signup.signed_up_on),
        ("by_hand", _("Door ons aangemeld"), signup.by_hand or None),
    )
    heading = _("Aanmelding: %(theme)s", theme=evening.theme)
    return Record(
        What.SIGN_UP,
        signup.id,
        heading,
        facts,
        name=person.first_name,
        pieces=[_message(one) for one in messages],
    )


def member(found: Member) -> Record:
    """Somebody who is told of new evenings."""
    facts = _known(
        ("email", _("E-mail"), found.email),
        ("asked_on", _("Gevraagd op"), found.asked_on),
        ("confirmed_on", _("Bevestigd op"), found.confirmed_on),
    )
    return Record(What.MEMBER, found.id, _("Wil horen van nieuwe avonden"), facts)


# ---- Complaints ---------------------------------------------------------------------------


def complaint(found: Complaint, *, is_held: bool) -> Record:
    """A complaint with what its complainant wrote and was told; `is_held` where it may not go by itself.

    Not what staff noted for one another, and not what the person concerned answered: that is about them, and
    is read in the file itself (AVG art. 15 lid 4, Awb 9:10).
    """
    content = found.content
    facts = _known(
        ("reference", _("Nummer"), found.reference),
        ("route", _("Wat het is"), str(complaint_words.ROUTES[Route(found.route)])),
        ("received_on", _("Binnengekomen op"), found.received_on),
        ("stage", _("Stand"), str(complaint_words.STAGES[Stage(found.stage)])),
        ("decide_by", _("Uitkomst uiterlijk op"), found.decide_by),
        ("ended_on", _("Klaar op"), found.ended_on),
        ("goes_on", _("Gaat vanzelf weg op"), _goes_on(found, is_held=is_held)),
        ("on_behalf", _("Ingediend"), str(complaint_words.ON_BEHALF[OnBehalf(found.on_behalf)])),
        *_told(content),
        ("attachments", _("Bijlagen"), tuple(one.name for one in found.attachments)),
    )
    return Record(
        What.COMPLAINT,
        found.id,
        _("Klacht %(reference)s", reference=found.reference),
        facts,
        name=content.name,
        pieces=[*_steps(found), *_messages(found), *_letters(found), *_parts(found)],
    )


def _told(content: Content) -> tuple[tuple[str, str, Any], ...]:
    wishes: Mapping[str, Any] = {str(wish): word for wish, word in complaint_words.WISHES.items()}
    reaches: Mapping[str, Any] = {str(way): word for way, word in complaint_words.REACHES.items()}
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
        ("address", _("Adres"), _lines(content.street, f"{content.postcode} {content.place}")),
        ("reach", _("Mag via"), tuple(str(reaches.get(way, way)) for way in content.reach)),
        ("voicemail", _("Voicemail inspreken"), content.voicemail),
        ("formal_by_email", _("Brieven digitaal"), content.formal_by_email),
    )


def _goes_on(found: Complaint, *, is_held: bool) -> date | str:
    """From which day only counts are left of it, or why that is not known."""
    if is_held:
        return _("nog niet bekend: hij wordt vastgehouden")
    if found.ended_on is None:
        return _("nog niet bekend: hij loopt nog")
    return Length(years=profile().retention.complaints_years).ends(found.ended_on) + timedelta(days=1)


def _steps(found: Complaint) -> list[Piece]:
    return [
        Piece("step", str(complaint_words.STEPS[Step(taken.step)]), _known(("on", _("Gedaan op"), taken.on)))
        for taken in found.steps
    ]


def _messages(found: Complaint) -> list[Piece]:
    return [
        Piece(
            "complaint_message",
            _("Bericht van de klager") if one.from_complainant else _("Bericht van ons"),
            _known(("on", _("Geschreven op"), _day(one.at)), ("words", _("Tekst"), one.words)),
        )
        for one in found.messages
    ]


def _letters(found: Complaint) -> list[Piece]:
    return [
        Piece(
            "letter",
            _("Brief: %(kind)s", kind=LETTERS.get(one.kind, one.kind)),
            _known(("on", _("Verstuurd op"), one.sent_on), ("words", _("Tekst"), one.words)),
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
            _known(
                ("words", _("Onderdeel"), one.words),
                (
                    "judgment",
                    _("Oordeel"),
                    str(complaint_words.JUDGMENTS[Judgment(one.judgment)]) if one.judgment else "",
                ),
                ("reasons", _("Waarom"), one.reasons),
            ),
        )
        for one in found.parts
    ]


def concerned(person: PersonConcerned) -> Record:
    """That a complaint is about somebody, with what he or she wrote. Not what the complainant told."""
    facts = _known(
        ("reference", _("Nummer van de klacht"), person.complaint.reference),
        ("received_on", _("Binnengekomen op"), person.complaint.received_on),
        ("name", _("Naam"), person.name),
        ("email", _("E-mail"), person.email),
        ("opened_on", _("Link geopend op"), _day(person.opened_at)),
        ("replied_on", _("Gereageerd op"), _day(person.replied_at)),
        ("reply", _("Reactie"), person.reply),
    )
    heading = _("Genoemd in klacht %(reference)s", reference=person.complaint.reference)
    return Record(What.CONCERNED, person.id, heading, facts, name=person.name)


def complaint_draft(draft: ComplaintDraft) -> Record:
    """That something is being filled in, and nothing of what it says."""
    text = _(
        "Niemand bij ons leest het. De persoon leest het zelf met de eigen link of code. Bij wissen gaat het weg."
    )
    facts = _known(
        ("kept_until", _("Gaat vanzelf weg na"), draft.kept_until), ("draft", _("Wat erin staat"), text)
    )
    return Record(What.COMPLAINT_DRAFT, draft.id, _("Klacht die nog niet verstuurd is"), facts)


# ---- Staff --------------------------------------------------------------------------------


def account(user: User) -> Record:
    """That there is an account."""
    facts = _known(("email", _("E-mail"), user.email), ("active", _("Kan inloggen"), user.active))
    return Record(What.ACCOUNT, user.id, _("Account om in te loggen"), facts)


def _lines(*lines: str | None) -> tuple[str, ...]:
    return tuple(text for line in lines if (text := (line or "").strip()))
