"""Invented complaints and the people around them."""

import secrets
from dataclasses import replace
from datetime import date
from typing import Any

from portal.complaints import letters, operations, people, receipts
from portal.complaints.content import Content, Reach
from portal.complaints.models import Complaint
from portal.complaints.operations import Filed
from portal.complaints.rules import Domain, Step
from portal.db import db, transaction
from portal.identity import accounts
from portal.identity.models import User
from portal.identity.rules import Role

CODE = "0123456789AB"
WORDS = "Er staat iets in het verslag dat niet klopt."
CONTENT = Content(
    what=WORDS,
    when="vorige week",
    about="de medewerker bij het gesprek",
    name="Proefpersoon Klaagt",
    email="proefpersoon@voorbeeld.example",
    phone="0612345678",
    street="Proefstraat 1",
    postcode="2691 ZM",
    place="'s-Gravenzande",
    reach=(Reach.EMAIL, Reach.PHONE, Reach.LETTER),
    formal_by_email=True,
)


def filed(received_on: date | None = None, content: dict[str, Any] | None = None, **given: Any) -> Complaint:
    """A complaint that came in, with the receipt code `CODE`; `content` changes what was told."""
    what = Filed(
        content=replace(CONTENT, **(content or {})),
        received_on=received_on,
        **{"domain": Domain.ADULTS} | given,
    )
    hashed = receipts.hashed(CODE)
    with transaction():
        return operations.receive(what, request_key=secrets.token_hex(8), code_hash=hashed)


def staff(*roles: Role) -> User:
    """Somebody with an account."""
    with transaction():
        return accounts.add_staff(
            f"{secrets.token_hex(4)}@voorbeeld.example", "no password", [str(role) for role in roles]
        )


def taken(complaint: Complaint, *steps: Step, **given: Any) -> Complaint:
    """The complaint after these steps, each in a transaction of its own."""
    for step in steps:
        with transaction():
            held = operations.locked(complaint.public_id)
            assert held is not None
            operations.take(held, step, actor="test", **given)
    return complaint


def handled_by(complaint: Complaint, user: User) -> User:
    """The user is its handler and declared not to be involved."""
    with transaction():
        held = operations.locked(complaint.public_id)
        assert held is not None
        people.name_handler(held, db.session.get_one(User, user.id), "test")
        people.declare(held, db.session.get_one(User, user.id), involved=False)
    return user


def kept_letter(complaint: Complaint, kind: letters.Kind, text: str, **given: Any) -> int:
    """A letter that was sent; its number."""
    with transaction():
        held = operations.locked(complaint.public_id)
        assert held is not None
        return letters.send(held, kind, text, request_key=secrets.token_hex(8), actor="test", **given).id
