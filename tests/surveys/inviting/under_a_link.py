"""Looking at the pages under a personal link."""

from xml.etree.ElementTree import Element

from sqlalchemy import func, select

from portal.db import db, transaction
from portal.surveys.models import Invitation
from tests.surveys.sheets import Sheet, invited

FOREIGN = {"Origin": "https://elders.example"}
READING = {"SELECT", "SHOW", "PRAGMA"}


def fresh(invitation: Invitation) -> Invitation:
    """As the database has it now."""
    db.session.rollback()
    return db.session.get_one(Invitation, invitation.id, populate_existing=True)


def sent(**given: object) -> tuple[Invitation, str]:
    """Somebody who answered."""
    invitation, address = invited(**given)  # type: ignore[arg-type]
    with transaction() as session:
        session.get_one(Invitation, invitation.id).completed = True
    return invitation, address


def count(model: type) -> int:
    """How many rows there are now."""
    db.session.rollback()
    return int(db.session.scalar(select(func.count()).select_from(model)) or 0)


def writes(statements: list[str]) -> list[str]:
    """The statements that change something."""
    return [said for said in statements if said.split()[0] not in READING]


def own_words(sheet: Sheet) -> set[str]:
    """Every word of the page by itself."""
    return {word.strip(".,?:!") for word in sheet.text.lower().split()}


def part(sheet: Sheet, tag: str) -> Element:
    """The first such part of the page."""
    return next(sheet.tree.iter(tag))
