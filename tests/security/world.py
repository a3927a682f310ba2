"""One of everything that an address can name, twice: of one person, and of another.

Everything that somebody wrote or is called by holds a mark of its own kind and owner, by which it is found
again wherever it should not be.
"""

import json
import re
import secrets
from dataclasses import dataclass, replace
from datetime import timedelta

from flask import Flask
from werkzeug.routing import Rule

from portal import clock
from portal.complaints import messages, operations, people, receipts, sessions
from portal.complaints.content import Content, Reach
from portal.complaints.counting import operations as learning
from portal.complaints.counting.operations import NewMeasure
from portal.complaints.counting.words import Kind as Against
from portal.complaints.counting.words import Subject
from portal.complaints.filing import operations as filing
from portal.complaints.filing import queries as drafts
from portal.complaints.filing.rules import Filling
from portal.complaints.letters import Kind as Letter
from portal.complaints.models import Attachment, Complaint, ComplaintPart
from portal.complaints.notices import TOPIC as COMPLAINT
from portal.complaints.rules import Domain, Step
from portal.crypto import keyring, new_public_id
from portal.db import db, transaction
from portal.identity import people_operations
from portal.identity.models import StaffLink, StaffSession, User
from portal.identity.rules import Role
from portal.outbox import letters
from portal.outbox.models import Message
from portal.outbox.operations import queue
from portal.outbox.rules import Channel, State
from portal.privacy.models import Hold
from portal.reactions import HANDLERS
from portal.surveys.answering.queries import token_of
from portal.surveys.inviting import importing, indexes
from portal.surveys.inviting import operations as inviting
from portal.surveys.inviting.asking import TOPIC as SURVEY
from portal.surveys.inviting.models import Contact, NoContact
from portal.surveys.inviting.rules import StopReason
from portal.surveys.models import Draft
from portal.surveys.rules import Moment, Perspective
from portal.talks import circle_operations as circle
from portal.talks.advices import operations as advices
from portal.talks.content import Person
from portal.talks.models import Evening, Member, SignUp
from portal.talks.notices import TOPIC as TALK
from portal.talks.operations import Wanted
from portal.talks.rules import Who
from portal.tasks import operations as tasks
from portal.tasks.models import Task
from tests.complaints.people import CONTENT, kept_letter, staff, taken
from tests.outbox.messages import PARAMS
from tests.talks.evenings import evening, signed_up

MINE, THEIRS = "mijne", "andere"
KINDS = (
    *("complaint", "complaint_draft", "survey_draft", "contact", "letter", "stopped", "upload", "task"),
    *("signup", "member", "advice", "measure", "hold", "colleague", "named"),
)
CODES = {MINE: "0123456789AB", THEIRS: "BA9876543210"}
PHONES = {MINE: "+31612345601", THEIRS: "+31612345602"}


MARKED = re.compile(rb"qzx[a-z]+zq")
"""Any of these words, in what a server answers: its beginning alone can be in a token by chance."""


def mark(kind: str, whose: str) -> str:
    """A word that stands nowhere else; of small letters, which nothing tidies, wraps or looks up."""
    return f"qzx{kind.replace('_', '')}{whose}zq"


@dataclass(frozen=True)
class Belongings:
    """What one person left with us: what addresses call it."""

    whose: str
    complaint: Complaint
    ids: dict[str, str]
    """By the name of an argument, with the first part of the endpoint before it where that matters."""

    def follow(self) -> str:
        """What the cookie of somebody holds who follows this complaint."""
        with transaction():
            return sessions.begin(self.complaint.id)


@dataclass(frozen=True)
class World:
    """A portal in which two people left everything that people leave."""

    app: Flask
    mine: Belongings
    theirs: Belongings

    def address(self, rule: Rule, of: Belongings | None = None, **instead: str) -> str:
        """A real address of this rule. Fails for an argument that nothing here is known of."""
        of = of or self.mine
        values = {name: instead.get(name) or one(of.ids, rule.endpoint, name) for name in rule.arguments}
        return self.app.url_map.bind("localhost").build(rule.endpoint, values)


def one(ids: dict[str, str], endpoint: str, argument: str) -> str:
    """What the argument of an endpoint is called by."""
    first = endpoint.partition(".")[0]
    for key in (f"{endpoint}:{argument}", f"{first}:{argument}", argument):
        if key in ids:
            return ids[key]
    raise AssertionError(f"tests/security/world.py has no {argument} for {endpoint}: add one that exists")


def build(app: Flask, *, handler: User | None = None) -> World:
    """A portal with two of everything, in the running context."""
    return World(app, _belongings(app, MINE, handler), _belongings(app, THEIRS, None))


def _belongings(app: Flask, whose: str, handler: User | None) -> Belongings:
    complaint, ids = _complaint(whose, handler)
    ids |= _draft(whose) | _survey(whose) | _upload(whose) | _talk(whose) | _learned(whose, complaint)
    ids |= _rest(whose) | _colleague(whose)
    ids |= {"moment": "intake", "perspective": "parent", "language": "nl", "number": "1", "kind": "csv"}
    ids |= {"post_id": "00000000000000000000000000000000"}
    return Belongings(whose, complaint, ids)


def email(kind: str, whose: str) -> str:
    """An address. Only of whom nothing else is kept it holds a mark: others are sought by it."""
    name = mark(kind, whose) if kind in {"member", "colleague"} else f"{kind}.{whose}"
    return f"{name}@voorbeeld.example"


def _complaint(whose: str, handler: User | None) -> tuple[Complaint, dict[str, str]]:
    word = mark("complaint", whose)
    told = {
        **{name: f"{word} {name}" for name in ("what", "about", "when", "name", "street", "place")},
        "email": email("complaint", whose),
        "phone": PHONES[whose],
        "reach": (Reach.EMAIL, Reach.PHONE),
    }
    what = operations.Filed(content=replace(CONTENT, **told), domain=Domain.ADULTS)
    hashed = receipts.hashed(CODES[whose])
    with transaction():
        complaint = operations.receive(what, request_key=secrets.token_hex(8), code_hash=hashed)
    _handled(complaint, handler or staff(Role.QUALITY))
    taken(complaint, Step.ACKNOWLEDGE, Step.CALL, details={"agreed": f"{word} afgesproken"})
    taken(complaint, Step.TAKE_UP, Step.COPY)
    with transaction():
        held = operations.locked(complaint.public_id)
        assert held is not None
        person = people.add_concerned(
            held, "test", name=f"{mark('named', whose)} betrokken", email=f"b.{told['email']}"
        )
        person.reply, person.replied_at = f"{word} antwoord", clock.now()
        other = people.add_concerned(
            held, "test", name=f"{mark('named', whose)} tweede", email=f"c.{told['email']}"
        )
        held.hearing_place = f"{word} plaats"
        held.hearing_at = clock.now() + timedelta(days=20)
        held.parts.append(ComplaintPart(number=1, words=f"{word} deel", judgment="upheld", reasons=word))
        messages.say(held, f"{word} bericht", request_key=secrets.token_hex(8), author=None)
        file_id = _file(word, complaint=held)
        db.session.flush()
        found = {
            "reference": held.reference,
            "person_id": str(other.id),
            "file_id": file_id,
            "concerned:token": keyring().token(person.public_id, person.link_key_id),
            "step": "skip_hearing",
        }
    found["letter_id"] = str(kept_letter(complaint, Letter.OUTCOME, f"{word} brief"))
    found["complaints:message_id"] = _undelivered("complaint_notice", COMPLAINT, complaint.public_id, word)
    db.session.rollback()
    return db.session.get_one(Complaint, complaint.id), found


def _handled(complaint: Complaint, user: User) -> None:
    with transaction():
        held = operations.locked(complaint.public_id)
        assert held is not None
        people.name_handler(held, db.session.get_one(User, user.id), "test")
        people.declare(held, db.session.get_one(User, user.id), involved=False)


def _file(word: str, *, complaint: Complaint | None = None, draft_id: int | None = None) -> str:
    data = f"%PDF-1.4 {word} %%EOF".encode()
    kept = Attachment(
        public_id=new_public_id(),
        complaint_id=complaint.id if complaint else None,
        draft_id=draft_id,
        name=f"{word}.pdf",
        kind="pdf",
        size=len(data),
        sealed=keyring().encrypt_bytes(data),
    )
    db.session.add(kept)
    return kept.public_id


def _undelivered(
    template: str, topic: str, about: str, word: str, params: dict[str, str] | None = None
) -> str:
    """The number of a message that was given up."""
    key = secrets.token_hex(8)
    with transaction() as session:
        queue(
            Channel.EMAIL,
            template,
            to=f"{word}@voorbeeld.example",
            topic=topic,
            about=about,
            request_key=key,
            language="nl",
            params=params or {"name": word, "what": "word"},
        )
        session.flush()
        message = session.query(Message).filter_by(request_key=key).one()
        message.state, message.problem, message.attempts = State.DEAD, "de mailserver antwoordt niet", 12
        return str(message.id)


def _draft(whose: str) -> dict[str, str]:
    word = mark("complaint_draft", whose)
    with transaction():
        filling = Filling(
            content=Content(what=f"{word} concept", name=word, email=email("complaint_draft", whose))
        )
        draft = filing.begin(filling, "nl")
        file_id = _file(word, draft_id=draft.id)
        token = drafts.token_of(draft)
        return {
            "filing:token": token,
            "filing_files:token": token,
            "filing_files:file_id": file_id,
            "draft_code": drafts.code_of(draft),
        }


def _survey(whose: str) -> dict[str, str]:
    word, letter = mark("contact", whose), mark("letter", whose)
    case = f"Z-{whose}"
    with transaction() as session:
        invitation = inviting.new_invitation(
            Moment.INTAKE, name=f"{word} naam", perspective=Perspective.PARENT, invited_on=clock.today()
        )
        session.flush()
        session.add(
            Contact(
                invitation=invitation,
                identity_index=secrets.token_hex(8),
                details_index="",
                case_number=case,
                case_index=indexes.case_index(case),
                happened_on=clock.today(),
                email=email("contact", whose),
                email_index=indexes.email_index(email("contact", whose)),
                street=f"{letter} 1",
                postcode="2691 ZM",
                place="Naaldwijk",
                post_index=indexes.post_index(f"{word} naam", "2691 ZM", f"{letter} 1"),
                next_on=clock.today() + timedelta(days=3),
            )
        )
        session.add(
            Draft(invitation_id=invitation.id, version_id=1, body=_answered(mark("survey_draft", whose)))
        )
        inviting.stop_case(f"Z-{mark('stopped', whose)}", StopReason.STOPPED, "test")
        session.flush()
        stopped = session.query(NoContact).order_by(NoContact.id.desc()).first()
        assert stopped is not None
        public_id, token = invitation.public_id, token_of(invitation)
        ids = {
            "answering:token": token,
            "inviting:token": token,
            "invitation_id": str(invitation.id),
            "no_contact_id": str(stopped.id),
            "survey_code": keyring().code(public_id, invitation.link_key_id),
        }
        key = secrets.token_hex(8)
        queue(
            Channel.LETTER,
            "survey_invitation",
            to=f"{letter}\nDorpsstraat 1\n2691 ZM Naaldwijk",
            topic=SURVEY,
            about=public_id,
            request_key=key,
            language="nl",
            params=PARAMS | {"name": letter},
        )
    ids["invitations:message_id"] = _undelivered(
        "survey_invitation", SURVEY, public_id, word, PARAMS | {"name": word}
    )
    with transaction() as session:
        batch = letters.make_batch(HANDLERS, "test")
        assert batch is not None
        ids["batch"] = batch
        ids["letters:message_id"] = str(session.query(Message).filter_by(request_key=key).one().id)
    return ids


def _answered(word: str) -> str:
    return json.dumps({"went_well": [f"{word} woorden", None, None]})


def _upload(whose: str) -> dict[str, str]:
    word = mark("upload", whose)
    day = clock.today() - timedelta(days=2)
    lines = f"zaaknummer;moment;datum;naam;email\nZ-9;intake;{day};{word} naam;{word}@voorbeeld.example\nZ-8;intake;gisteren;{word};x\n"
    with transaction():
        return {"upload_id": importing.keep_upload(lines.encode(), "test")}


def _talk(whose: str) -> dict[str, str]:
    word = mark("signup", whose)
    number = evening()
    wanted = Wanted(Person(f"{word} naam", email("signup", whose), diet=f"{word} eet"), Who.PARENT)
    standing = signed_up(number, wanted)
    assert standing.signup is not None
    signup = db.session.get_one(SignUp, standing.signup.id)
    with transaction() as session:
        circle.ask(email("member", whose), "nl")
        session.flush()
        member = session.query(Member).order_by(Member.id.desc()).first()
        assert member is not None
        member.confirmed_on = clock.today()
        told = advices.Told(words=f"{mark('advice', whose)} raad", owner=mark("advice", whose))
        advice = advices.add(told, given_on=clock.today(), request_key=secrets.token_hex(8), actor="test")
        ids = {
            "slug": session.get_one(Evening, number).slug,
            "signup_id": str(signup.id),
            "advice_id": str(advice.id),
            "talks:token": keyring().token(signup.public_id, signup.link_key_id),
            "circle:token": keyring().token(member.public_id, member.link_key_id),
        }
    ids["evenings:message_id"] = _undelivered(
        "talk_notice", TALK, signup.public_id, word, {"name": word, "what": "place"}
    )
    return ids


def _learned(whose: str, complaint: Complaint) -> dict[str, str]:
    word = mark("measure", whose)
    with transaction():
        measure = learning.add_measure(
            NewMeasure(f"{word} maatregel", f"{word} wie", clock.today() + timedelta(days=30)),
            request_key=secrets.token_hex(8),
            actor="test",
        )
        objection = learning.add_objection(
            Against.OBJECTION, Subject.PGB, clock.today(), request_key=secrets.token_hex(8), actor="test"
        )
        db.session.flush()
        return {"measure_id": str(measure.id), "objection_id": str(objection.id)}


def _rest(whose: str) -> dict[str, str]:
    word = mark("task", whose)
    details = {
        "name": f"{word} naam",
        "phone": PHONES[whose],
        "when": "any",
        "moment": "intake",
        "language": "nl",
    }
    with transaction() as session:
        key = secrets.token_hex(8)
        tasks.add("call_back", key, details)
        hold = Hold(
            kind="complaints",
            about="",
            reason=f"{mark('hold', whose)} reden",
            since=clock.today(),
            placed_by="test",
        )
        session.add(hold)
        session.flush()
        return {
            "task_id": str(session.query(Task).filter_by(request_key=key).one().id),
            "hold_id": str(hold.id),
        }


def _colleague(whose: str) -> dict[str, str]:
    """Somebody who was invited, and has a browser in which he or she is signed in."""
    with transaction() as session:
        user, _is_new = people_operations.invite(email("colleague", whose), [Role.TALKS], actor="test")
        session.flush()
        link = session.get_one(StaffLink, user.id)
        now = clock.now()
        elsewhere = StaffSession(
            key_index=secrets.token_hex(32), user_id=user.id, began_at=now, seen_at=now, device="Firefox"
        )
        session.add(elsewhere)
        session.flush()
        return {
            "people:number": str(user.id),
            "identity:number": str(elsewhere.id),
            "people:token": keyring().token(link.public_id, link.link_key_id),
        }
