"""Demo data: invented, marked as such in the database and on every page, never in production."""

import base64
import random
from datetime import date, timedelta
from typing import Any

from flask import current_app, url_for
from passlib.totp import TOTP
from sqlalchemy import exists, select, update

from portal import clock, demo_complaints, demo_talks
from portal.complaints import receipts
from portal.complaints.models import Complaint
from portal.crypto import keyring
from portal.db import db, transaction
from portal.identity.accounts import add_staff, hash_password
from portal.identity.models import User
from portal.identity.rules import Role
from portal.profile import profile
from portal.surveys.answering.operations import write_responses
from portal.surveys.answering.queries import newest_version, read, token_of
from portal.surveys.answering.rules import Traited, Traits
from portal.surveys.inviting import importing
from portal.surveys.inviting.models import Contact
from portal.surveys.inviting.operations import new_invitation
from portal.surveys.models import Invitation
from portal.surveys.questionnaire import Question, QuestionType
from portal.surveys.rules import Channel, Domain, Moment, Perspective, quarter_of
from portal.tasks import operations as tasks

EMAIL = "kwaliteit@voorbeeld.example"
HANDLER_EMAIL = "behandelaar@voorbeeld.example"
MONTHS = 11
A_MONTH = {Moment.INTAKE: 38, Moment.PLAN: 30, Moment.CLOSURE: 33}
CHANCE = {Moment.INTAKE: 0.17, Moment.PLAN: 0.19, Moment.CLOSURE: 0.27}
TEAMS = ("Naaldwijk", "Monster", "De Lier", "Wateringen")
GRADES = ("4", "5", "6", "7", "7", "8", "8", "8", "9", "10")
AGREEMENTS = ("strongly_agree", "agree", "agree", "agree", "neutral", "disagree", "not_applicable")
WENT_WELL = (
    "Er werd echt geluisterd.",
    "Fijn dat we zelf mochten meedenken.",
    "Ik werd snel teruggebeld.",
    "Duidelijke uitleg, zonder moeilijke woorden.",
    "Mijn dochter voelde zich op haar gemak.",
)
COULD_BE_BETTER = (
    "Het wachten duurde lang.",
    "Ik moest mijn verhaal twee keer vertellen.",
    "Ik wist niet wie ik kon bellen.",
    "Meer uitleg over wat er in het verslag komt.",
    "Een afspraak in de avond zou helpen.",
)
# moment; days ago; the rest of the row as the client registration would export it
TO_BE_INVITED = (
    ("intake", 3, "jeugd;Naaldwijk;ouder;Zoë Proefpersoon;proef1@voorbeeld.example;;;;;nl;nee"),
    ("intake", 2, "jeugd;Monster;jongere;Proefpersoon Jong;proef2@voorbeeld.example;0612345678;;;;nl;nee"),
    ("plan", 4, "volwassenen;De Lier;volwassene;Proefpersoon Groot;;0687654321;;;;nl;nee"),
    ("plan", 2, "jeugd;De Lier;ouder;Proefpersoon English;proef3@voorbeeld.example;;;;;en;nee"),
    ("afsluiting", 9, "jeugd;Wateringen;gezinslid;Proefpersoon Oma;proef4@voorbeeld.example;;;;;pl;nee"),
    (
        "afsluiting",
        8,
        "volwassenen;Monster;volwassene;Proefpersoon Brief;;;Proefstraat 1;2691 ZM;'s-Gravenzande;nl;nee",
    ),
    ("afsluiting", 1, "jeugd;Naaldwijk;ouder;Proefpersoon Later;proef5@voorbeeld.example;;;;;nl;ja"),
    ("intake", 200, "jeugd;Naaldwijk;ouder;Proefpersoon Vroeger;proef6@voorbeeld.example;;;;;nl;nee"),
)


def load() -> bool:
    """Fill an empty portal with demo data; False when there was something already."""
    if db.session.scalar(select(exists().where(Invitation.id > 0))) or db.session.scalar(
        select(exists().where(User.id > 0))
    ):
        return False
    password_hash = hash_password(_password())
    code_hash = receipts.hashed(demo_complaints.code())
    chance = random.Random(2026)  # noqa: S311 - invented data, the same every time
    with transaction():
        coordinator = _demo_staff(EMAIL, password_hash, Role.QUALITY, Role.COMPLAINTS, Role.TALKS, Role.ADMIN)
        handler = _demo_staff(HANDLER_EMAIL, password_hash, Role.QUALITY)
        _history(chance)
        _call_requests()
        demo_complaints.load(code_hash, coordinator, handler)
        demo_talks.load()
    _to_be_invited()
    return True


def _demo_staff(email: str, password_hash: str, *roles: Role) -> User:
    return add_staff(email, password_hash, roles, totp_secret=_totp_secret(), is_demo=True)


def _to_be_invited() -> None:
    """Invented people from an invented export: the worker writes to them, for /ontwikkel/post."""
    today = clock.today()
    head = "zaaknummer;moment;datum;domein;team;perspectief;naam;email;telefoon;adres;postcode;plaats;taal;opvoedhulp"
    rows = "\n".join(
        f"PROEF-{number};{moment};{today - timedelta(days=ago)};{rest}"
        for number, (moment, ago, rest) in enumerate(TO_BE_INVITED, start=1)
    )
    importing.take_in(f"{head}\n{rows}\n".encode(), "operator")
    with transaction():
        imported = select(Contact.invitation_id)
        db.session.execute(update(Invitation).where(Invitation.id.in_(imported)).values(is_demo=True))


def links() -> dict[str, Any]:
    """Fresh personal links and the demo account, as `portal demo --links` prints them."""
    with transaction():
        fresh = {
            moment: new_invitation(
                moment,
                domain=Domain.YOUTH,
                perspective=Perspective.PARENT,
                team=TEAMS[0],
                channel=Channel.EMAIL,
                parenting_help=moment is Moment.CLOSURE,
                invited_on=clock.today(),
                delivered=True,
                is_demo=True,
            )
            for moment in Moment
        }
        by_letter = new_invitation(
            Moment.INTAKE,
            domain=Domain.ADULTS,
            perspective=Perspective.ADULT,
            team=TEAMS[1],
            channel=Channel.LETTER,
            invited_on=clock.today(),
            delivered=True,
            is_demo=True,
        )
    code = keyring().code(by_letter.public_id, by_letter.link_key_id)
    opened: dict[str, Any] = {
        moment.value: _absolute("answering.survey", token=token_of(fresh[moment])) for moment in Moment
    }
    return opened | {
        "code": f"{code[:4]} {code[4:8]} {code[8:]}",
        "complaint": _absolute("filing.start"),
        "complaint_status": _complaint_to_follow(),
        "talks": _absolute("talks.index"),
        "staff": {
            "url": _absolute("team.today"),
            "email": EMAIL,
            "password": _password(),
            "totp_secret": _totp_secret(),
        },
    }


def _complaint_to_follow() -> dict[str, str] | None:
    """Where to follow the invented complaint, and what opens it; None where that was thrown away."""
    found = db.session.scalar(select(Complaint).where(Complaint.request_key == demo_complaints.FOLLOWED))
    if found is None:
        return None
    return {
        "url": _absolute("following.follow"),
        "reference": found.reference,
        "code": receipts.grouped(demo_complaints.code()),
    }


def code_of_now() -> str:
    """The six digits that the demo account's second step wants now."""
    return str(TOTP(key=_totp_secret()).generate().token)


def _absolute(endpoint: str, **values: Any) -> str:
    base = current_app.extensions["settings"].base_url
    with current_app.test_request_context(base_url=base):
        return base + url_for(endpoint, **values)


def _password() -> str:
    return "proef-" + keyring().index("demo", "password")[:16]


def _totp_secret() -> str:
    return base64.b32encode(bytes.fromhex(keyring().index("demo", "totp"))[:20]).decode()


def _history(chance: random.Random) -> None:
    """Eleven months of invitations, and responses as the letterbox would have left them."""
    piles: dict[tuple[Moment, str], list[Traited[dict[str, Any]]]] = {}
    for back in range(MONTHS, -1, -1):
        first = _month(clock.today(), back)
        for moment, number in A_MONTH.items():
            for _n in range(number):
                invited_on = first + timedelta(days=chance.randrange(28))
                if invited_on > clock.today():
                    continue
                _one(chance, moment, invited_on, piles)
    for (moment, quarter), rows in sorted(piles.items()):
        if len(rows) >= profile().smallest_group:
            write_responses(rows, moment, quarter)


def _one(
    chance: random.Random,
    moment: Moment,
    invited_on: date,
    piles: dict[tuple[Moment, str], list[Traited[dict[str, Any]]]],
) -> None:
    youth = chance.random() < 0.75
    perspective = chance.choice(
        (Perspective.PARENT, Perspective.PARENT, Perspective.YOUNG_PERSON) if youth else (Perspective.ADULT,)
    )
    invitation = new_invitation(
        moment,
        domain=Domain.YOUTH if youth else Domain.ADULTS,
        perspective=perspective,
        team=chance.choice(TEAMS),
        channel=chance.choice((Channel.EMAIL, Channel.SMS, Channel.LETTER)),
        invited_on=invited_on,
        delivered=chance.random() < 0.97,
        is_demo=True,
    )
    invitation.completed = invitation.delivered and chance.random() < CHANCE[moment]
    invitation.started = invitation.completed or (invitation.delivered and chance.random() < 0.06)
    if invitation.completed:
        traits = Traits(perspective, invitation.channel, "nl", invitation.team)
        rows = piles.setdefault((moment, quarter_of(invited_on)), [])
        rows.append(Traited(_answer(chance, moment), traits))


def _answer(chance: random.Random, moment: Moment) -> dict[str, Any]:
    content: dict[str, Any] = {"choices": [], "texts": []}
    for question in _questions(moment):
        if question.type is QuestionType.TEXT:
            if chance.random() < 0.3:
                words = WENT_WELL if question.key == "went_well" else COULD_BE_BETTER
                content["texts"].append([question.key, chance.choice(words), chance.random() < 0.6])
        elif chance.random() < 0.95:
            values = GRADES if question.type is QuestionType.GRADE else AGREEMENTS
            content["choices"].append([question.key, chance.choice(values)])
    return content


def _questions(moment: Moment) -> tuple[Question, ...]:
    return read(newest_version(moment).source).questions_for(parenting_help=False)


def _call_requests() -> None:
    for number, (name, phone, when) in enumerate(
        (
            ("Proefpersoon Een", "+31612345678", "morning"),
            ("Proefpersoon Twee", "+31687654321", "any"),
        )
    ):
        details = {"name": name, "phone": phone, "when": when, "moment": "intake", "language": "nl"}
        tasks.add("call_back", f"demo:{number}", details)


def _month(day: date, back: int) -> date:
    index = day.year * 12 + day.month - 1 - back
    return date(index // 12, index % 12 + 1, 1)
