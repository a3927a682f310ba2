"""One of everything that somebody can write or be, with words by which it is known again in a raw database."""

import secrets
from dataclasses import replace
from datetime import timedelta

from flask import current_app
from flask.testing import FlaskClient
from sqlalchemy import select

from portal import clock
from portal.complaints import attachments, letters, messages, operations, people
from portal.complaints.content import Content, Reach, Wish
from portal.complaints.counting import operations as counting
from portal.complaints.filing import operations as filing
from portal.complaints.filing.rules import Filling
from portal.complaints.models import ComplaintPart
from portal.complaints.operations import Filed
from portal.complaints.rules import Domain, Judgment, Step
from portal.db import db, transaction
from portal.identity.accounts import add_staff
from portal.identity.models import User
from portal.identity.rules import Role
from portal.privacy.models import Hold
from portal.surveys.answering import operations as answering
from portal.surveys.answering.queries import Asked, newest_version, read, token_of
from portal.surveys.answering.rules import Traits
from portal.surveys.inviting import importing
from portal.surveys.inviting import operations as inviting
from portal.surveys.inviting.rules import StopReason
from portal.surveys.models import Invitation
from portal.surveys.rules import Moment, Pile, Written
from portal.talks import circle_operations as circle
from portal.talks.advices import operations as advices
from tests.surveys.sheets import opened
from tests.talks.evenings import evening, signed_up, somebody

WORD = "Kwikstaart"
"""In every text. No page, profile or questionnaire has it."""
PHONE, POSTCODE, SECRET = "+31612340987", "2699 QZ", "KWIKSTAARTKWIKSTAARTKWIKSTAART22"
EMAIL = "kwikstaart@voorbeeld.example"
STAFF = "medewerker.kwikstaart@voorbeeld.example"
CODE = "QWQWQWQWQW22"
PDF = f"%PDF-1.4\n1 0 obj<</Title ({WORD})>>endobj\ntrailer<<>>\n%%EOF\n".encode()
MARKS = (WORD.lower(), "612340987", "2699 qz", "2699qz", "qwqwqwqw")
"""What a backup may not hold, whether in capitals or not."""
CONTENT = Content(
    what=f"{WORD} kwam drie keer niet.",
    when=f"Op de dag van {WORD}.",
    about=f"Medewerker {WORD}",
    wishes=(Wish.OTHER,),
    wish_other=f"Dat {WORD} belt.",
    organisation=f"Stichting {WORD}",
    for_whom=f"Kind {WORD}",
    name=f"Mevrouw {WORD}",
    email=EMAIL,
    phone=PHONE,
    street=f"{WORD}laan 1",
    postcode=POSTCODE,
    place=f"{WORD}dorp",
    reach=(Reach.EMAIL, Reach.PHONE, Reach.LETTER),
    formal_by_email=True,
    formal_said=f"Zei {WORD}.",
)


def fill(client: FlaskClient) -> None:
    """By the operations and pages that people use, wherever there is one for it."""
    handler_id = _staff()
    _surveys(client)
    _complaints(handler_id)
    _talks()
    with transaction() as session:
        session.add(Hold(kind="complaints", reason=f"Zaak {WORD}.", since=clock.today(), placed_by="1"))


def _staff() -> int:
    with transaction():
        user = add_staff(STAFF, "geen hash", [Role.COMPLAINTS], totp_secret=SECRET)
        util = current_app.extensions["security"]._mf_recovery_codes_util
        user.mf_recovery_codes = util._encrypt_codes([f"{WORD}-1", f"{WORD}-2"])
        return user.id


def _surveys(client: FlaskClient) -> None:
    day = clock.today() - timedelta(days=9)
    head = "zaaknummer;moment;datum;domein;team;perspectief;naam;email;telefoon;adres;postcode;plaats;taal;opvoedhulp"
    row = f"{WORD}-1;intake;{day};jeugd;Monster;ouder;{WORD};{EMAIL};{PHONE};{WORD}laan 1;{POSTCODE};{WORD}dorp;nl;nee"
    export = f"{head}\n{row}\n".encode()
    assert importing.take_in(export, "operator").as_dict()["new"] == 1
    with transaction():
        importing.keep_upload(export, "operator")
        inviting.stop_case(f"{WORD}-2", StopReason.OPTED_OUT, "operator")
        invitation = db.session.scalars(select(Invitation)).one()
        answering.ask_to_be_called(
            invitation, secrets.token_hex(8), {"name": WORD, "phone": PHONE, "when": "any", "language": "nl"}
        )
        address = f"/v/{token_of(invitation)}"
    opened(client, f"{address}/4").fill(went_well=f"{WORD} hielp mij.").press("back")
    version = newest_version(Moment.INTAKE)
    asked = Asked(version.id, read(version.source).pages_for(parenting_help=False))
    traits = Traits("parent", "email", "nl", "Monster")
    for wave in (5, 1):
        with transaction():
            for _n in range(wave):
                words = {"went_well": Written(f"{WORD} luisterde.")}
                answering.seal(asked, words, Pile.INTAKE, traits)
        if wave > 1:
            assert answering.empty_letterbox() == wave


def _complaints(handler_id: int) -> None:
    with transaction():
        filed = Filed(CONTENT, domain=Domain.ADULTS)
        complaint = operations.receive(
            filed, request_key="proef", code_hash="hash", code=CODE, actor="complainant"
        )
        public_id = complaint.public_id
    _handled(public_id, handler_id)
    with transaction():
        draft = filing.begin(Filling(content=CONTENT), "nl")
        judged = attachments.judge(PDF, f"Brief van {WORD}.pdf")
        attachments.keep(draft, judged, attachments.seal(judged))
    with transaction():
        new = counting.NewMeasure(f"{WORD} leest het eerst zelf.", WORD, clock.today() + timedelta(days=40))
        counting.add_measure(new, request_key=secrets.token_hex(8), actor="1")


def _handled(public_id: str, handler_id: int) -> None:
    """One complaint through everything in which words are kept."""
    with transaction() as session:
        complaint = operations.locked(public_id)
        assert complaint is not None
        user = session.get_one(User, handler_id)
        operations.take(complaint, Step.ACKNOWLEDGE, actor="1", details={"words": f"Belde met {WORD}."})
        person = people.add_concerned(complaint, "1", name=WORD, email=EMAIL)
        people.name_handler(complaint, user, "1")
        people.declare(complaint, user, involved=False)
        operations.take(complaint, Step.CALL, actor="1", details={"words": f"Belde met {WORD}."})
        operations.take(complaint, Step.TAKE_UP, actor="1")
        operations.take(complaint, Step.COPY, actor="1")
        letters.send(
            complaint,
            letters.Kind.ACKNOWLEDGEMENT,
            f"Beste {WORD},",
            request_key=secrets.token_hex(8),
            actor="1",
            by=letters.By.POST,
        )
        for author in (None, user):
            messages.say(complaint, f"Dag {WORD}.", request_key=secrets.token_hex(8), author=author)
        complaint.hearing_place = f"Bij {WORD} thuis"
        complaint.parts.append(
            ComplaintPart(number=1, words=WORD, judgment=Judgment.UPHELD, reasons=f"Omdat {WORD}.")
        )
        person.reply = f"Volgens {WORD} ging het anders."


def _talks() -> None:
    told = {"interpreter": WORD, "diet": WORD, "question": f"Kent u {WORD}?"}
    wanted = somebody(EMAIL)
    person = replace(wanted.person, first_name=WORD, **told)
    signed_up(evening(), replace(wanted, person=person))
    with transaction():
        circle.ask(EMAIL, "nl")
        given = advices.Told(words="Bel eerst.", owner=f"Collega {WORD}")
        advices.add(given, given_on=clock.today(), request_key=secrets.token_hex(8), actor="1")
