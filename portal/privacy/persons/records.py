"""What was found, as facts with a name: for the page, the printed copy and the file alike."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import format_date
from flask_babel import gettext as _

from portal import clock
from portal.complaints.rules import Domain
from portal.complaints.words import DOMAINS
from portal.identity.models import User
from portal.outbox.persons import Sent
from portal.privacy.persons.rules import Goes, What, goes
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
    to_person: str = ""
    """The value as the person is told it, where staff read it in other words."""
    is_heading: bool = False
    """Whether the heading says it already: it is in the file for a computer alone."""


@dataclass(frozen=True)
class Record:
    """One row about a person, or one piece of it."""

    what: What
    number: int
    heading: str
    facts: Sequence[Fact]
    name: str = ""
    """The name it bears, where it bears one."""
    hides_name: bool = False
    """Whether that name is shown to nobody: it stands in what is read by nobody."""
    day: date | None = None
    goes: date | Goes | None = None
    """When it goes by itself, where that is said."""
    mark: str = ""
    """What tells it from others with the same heading: never on the proof, for it can be a name."""
    pieces: Sequence["Piece"] = ()

    @property
    def key(self) -> str:
        """By what the page says which of them is meant."""
        return f"{self.what}:{self.number}"

    @property
    def title(self) -> str:
        """The heading that no other record has."""
        return f"{self.heading}, {self.mark}" if self.mark else self.heading


def told_apart(listed: Sequence[Record]) -> list[Record]:
    """The same, each with a title of its own: by the name it bears, by its day, or by counting."""
    made = list(listed)
    for mark_of in (_name, _day):
        for places in _alike(made):
            marks = {place: mark_of(made[place]) for place in places}
            if len(set(marks.values())) > 1:
                for place, mark in marks.items():
                    made[place] = _marked(made[place], mark)
    for places in _alike(made):
        for number, place in enumerate(places[1:], start=2):
            made[place] = _marked(made[place], str(number))
    return made


def _alike(made: Sequence[Record]) -> list[list[int]]:
    """The places of those that have one title between them."""
    places: dict[str, list[int]] = {}
    for place, one in enumerate(made):
        places.setdefault(one.title, []).append(place)
    return [found for found in places.values() if len(found) > 1]


def _marked(one: Record, mark: str) -> Record:
    return replace(one, mark=", ".join(part for part in (one.mark, mark) if part))


def _name(one: Record) -> str:
    return "" if one.hides_name else one.name


def _day(one: Record) -> str:
    return format_date(one.day, "d MMMM yyyy") if one.day else ""


@dataclass(frozen=True)
class Piece:
    """What belongs to a row: a message, a letter, a step."""

    kind: str
    heading: str
    facts: Sequence[Fact] = field(default_factory=tuple)


_CHANNELS = {"email": "e-mail", "sms": "sms", "letter": "brief", "paper": "papier"}
_TIMES = {"morning": "in de ochtend", "afternoon": "in de middag", "any": "maakt niet uit"}


def known(*facts: tuple[str, str, Any]) -> tuple[Fact, ...]:
    """Those of which something is known; a "no" is known too."""
    return tuple(Fact(key, label, value) for key, label, value in facts if value not in (None, "", ()))


def _heading(key: str, label: str, value: Any) -> tuple[Fact, ...]:
    """What the heading says already."""
    return tuple(replace(fact, is_heading=True) for fact in known((key, label, value)))


def leaving(goes: date | Goes) -> tuple[Fact, ...]:
    """When it goes by itself."""
    words = {
        Goes.SOON: _("binnenkort: de termijn is voorbij"),
        Goes.RUNS: _("nog niet bekend: de klacht loopt nog"),
        Goes.HELD: _("nog niet bekend: dit wordt vastgehouden"),
    }
    return known(("goes_on", _("Gaat vanzelf weg"), words[goes] if isinstance(goes, Goes) else goes))


def domain_of(value: str) -> str:
    """Which help, in the words of the complaints."""
    return str(DOMAINS[Domain(value)])


def perspective_of(value: str | None) -> str:
    """As whom somebody answers."""
    return _named(PERSPECTIVES, value)


def _named(pairs: Sequence[tuple[str, Any]], value: str | None) -> str:
    return str(dict(pairs).get(value or "", value or ""))


def day_of(moment: datetime | None) -> date | None:
    """The day here."""
    return clock.local(moment).date() if moment else None


# ---- Surveys ------------------------------------------------------------------------------


def invitation(contact: Contact, *, has_draft: bool, is_held: bool, messages: Sequence[Sent]) -> Record:
    """Who was asked, how, and where it stands. Not what was answered."""
    asked = contact.invitation
    ends = Length(days=7 * profile().retention.contacts_weeks).ends(asked.closes_on) + timedelta(days=1)
    leaves = goes(ends, clock.today(), is_held=is_held)
    facts = known(
        ("name", _("Naam"), asked.name),
        ("case_number", _("Zaaknummer"), contact.case_number),
        ("happened_on", _("Dag van het moment"), contact.happened_on),
        ("email", _("E-mail"), contact.email),
        ("phone", _("Telefoon"), contact.phone),
        ("address", _("Adres"), lines(contact.street, f"{contact.postcode or ''} {contact.place or ''}")),
        ("perspective", _("Antwoordt als"), perspective_of(asked.perspective)),
        ("language", _("Taal"), profile().languages.get(asked.language, asked.language)),
        ("domain", _("Soort hulp"), domain_of(asked.domain)),
        ("team", _("Team"), asked.team),
        ("parenting_help", _("Kreeg hulp bij opvoeden"), asked.parenting_help),
        ("invited_on", _("Uitgenodigd op"), asked.invited_on),
        ("channel", _("Hoe"), _CHANNELS.get(asked.channel, asked.channel)),
        ("closes_on", _("De link sluit op"), asked.closes_on),
        ("lost", _("Kwam terug"), _lost(contact)),
        ("started", _("Begonnen met de vragen"), asked.started),
        ("sent", _("Verstuurd"), asked.completed),
        ("call_requested", _("Wilde gebeld worden"), asked.call_requested),
        ("opted_out", _("Meldde zich af"), asked.opted_out),
        ("family_links", _("Links voor anderen in het gezin"), asked.family_links or None),
    )
    moment = _named(MOMENTS, asked.moment)
    heading = _("Uitnodiging: %(moment)s", moment=moment.lower())
    return Record(
        What.INVITATION,
        contact.invitation_id,
        heading,
        (
            *_heading("moment", _("Vragenlijst"), moment),
            *facts,
            *_not_asked(contact),
            *(_draft() if has_draft else ()),
            *leaving(leaves),
        ),
        name=asked.name or "",
        day=contact.happened_on,
        goes=leaves,
        pieces=[_message(one) for one in messages],
    )


def _draft() -> tuple[Fact, ...]:
    to_staff = _(
        "Ja. Niemand bij ons leest ze. De persoon leest ze zelf met de eigen link, zolang die open is. Bij wissen gaan ze weg."
    )
    to_person = _(
        "Ja. Niemand bij ons leest ze. U leest ze zelf met uw eigen link, zolang die open is. Bij wissen gaan ze weg."
    )
    return (Fact("draft", _("Niet verstuurde antwoorden"), to_staff, to_person),)


def _not_asked(contact: Contact) -> tuple[Fact, ...]:
    too_long, death, complaint = (
        _("het te lang geleden was"),
        _("er iemand is overleden"),
        _("er een klacht liep"),
    )
    reasons = {
        "too_old": (too_long, too_long),
        "opted_out": (_("de persoon zich had afgemeld"), _("u zich had afgemeld")),
        "case_stopped": (_("wij de zaak met rust laten"), _("wij uw zaak met rust laten")),
        "death": (death, death),
        "complaint": (complaint, complaint),
        "person_recently": (
            _("de persoon kort daarvoor al gevraagd was"),
            _("wij u kort daarvoor al iets vroegen"),
        ),
        "case_recently": (
            _("iemand van de zaak kort daarvoor al gevraagd was"),
            _("wij iemand van uw zaak kort daarvoor al iets vroegen"),
        ),
        "unreachable": (_("wij geen adres hadden"), _("wij geen adres van u hadden")),
    }
    if contact.not_asked not in reasons:
        return ()
    return (Fact("not_asked", _("Niet uitgenodigd omdat"), *reasons[contact.not_asked]),)


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
    channel = _CHANNELS.get(sent.channel, sent.channel)
    facts = known(
        ("state", _("Stand"), states.get(sent.state, sent.state)),
        ("queued_on", _("Gemaakt op"), day_of(sent.queued_at)),
        ("sent_on", _("Verstuurd op"), day_of(sent.sent_at)),
    )
    heading = _("Bericht per %(channel)s", channel=channel)
    return Piece("message", heading, (*_heading("channel", _("Hoe"), channel), *facts))


def waiting_message(what: What, sent: Sent) -> Record:
    """A message to the address that nothing else found here belongs to."""
    piece = _message(sent)
    return Record(what, sent.id, piece.heading, piece.facts, day=day_of(sent.queued_at))


def call(task: TaskView) -> Record:
    """A wish to be called."""
    given = task.details
    facts = known(
        ("name", _("Naam"), given.get("name")),
        ("phone", _("Telefoon"), given.get("phone")),
        ("when", _("Beste tijd"), _TIMES.get(given.get("when", ""), given.get("when"))),
        ("moment", _("Vragenlijst"), _named(MOMENTS, given.get("moment"))),
        ("asked_on", _("Gevraagd op"), day_of(task.created_at)),
        ("done_on", _("Gebeld op"), day_of(task.done_at)),
    )
    return Record(
        What.CALL,
        task.id,
        _("Vraag om gebeld te worden"),
        facts,
        name=given.get("name", ""),
        day=day_of(task.created_at),
    )


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
    facts = known(
        ("value", kinds[row.kind], row.value),
        ("reason", _("Omdat"), reasons.get(row.reason, row.reason)),
        ("since", _("Sinds"), row.since),
    )
    heading = _("Hier schrijven wij niet meer: %(kind)s", kind=kinds[row.kind].lower())
    return Record(
        what,
        row.id,
        heading,
        (*_heading("kind", _("Soort"), kinds[row.kind]), *facts),
        # Kept with the address: a name in it is for the post alone.
        name=row.value if row.kind == "person" else "",
        day=row.since,
    )


# ---- Talks --------------------------------------------------------------------------------


def sign_up(signup: SignUp, messages: Sequence[Sent]) -> Record:
    """Somebody who comes, and what was told."""
    person, evening = signup.person, signup.evening
    states = {State.IN: _("heeft een plek"), State.WAITING: _("staat in de rij")}
    facts = known(
        ("first_name", _("Voornaam"), person.first_name),
        ("contact", _("Bereikbaar via"), person.contact),
        ("evening_on", _("Dag van de avond"), day_of(evening.starts_at)),
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
        (*_heading("theme", _("Avond"), evening.theme), *facts),
        name=person.first_name,
        day=day_of(evening.starts_at),
        pieces=[_message(one) for one in messages],
    )


def member(found: Member) -> Record:
    """Somebody who is told of new evenings."""
    facts = known(
        ("email", _("E-mail"), found.email),
        ("asked_on", _("Gevraagd op"), found.asked_on),
        ("confirmed_on", _("Bevestigd op"), found.confirmed_on),
    )
    return Record(What.MEMBER, found.id, _("Wil horen van nieuwe avonden"), facts, day=found.asked_on)


# ---- Staff --------------------------------------------------------------------------------


def account(user: User) -> Record:
    """That there is an account."""
    facts = known(("email", _("E-mail"), user.email), ("active", _("Kan inloggen"), user.active))
    return Record(What.ACCOUNT, user.id, _("Account om in te loggen"), facts)


def lines(*given: str | None) -> tuple[str, ...]:
    """An address, without its empty lines."""
    return tuple(text for line in given if (text := (line or "").strip()))
