"""What the rows of an export are to what was taken in before: new, known or changed."""

import json
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from portal.crypto import keyring
from portal.db import db
from portal.surveys.inviting import indexes
from portal.surveys.inviting.models import Contact
from portal.surveys.inviting.registration import Reading, Remark, Row
from portal.surveys.models import Invitation


class Status(StrEnum):
    """What a row is to what was taken in before."""

    NEW = "new"
    KNOWN = "known"
    CHANGED = "changed"


@dataclass
class Outcome:
    """How many rows became what, and what must be said of the others."""

    counts: dict[Status, int] = field(default_factory=lambda: dict.fromkeys(Status, 0))
    refused: list[Remark] = field(default_factory=list)
    warnings: list[Remark] = field(default_factory=list)

    def note(self, reading: Reading) -> None:
        """Keep what the reading says, whether or not the row is taken."""
        if reading.refusal:
            self.refused.append(reading.refusal)
        self.warnings.extend(reading.warnings)

    def as_dict(self) -> dict[str, Any]:
        """The outcome as the command gives it to other programs."""
        return {
            **{str(status): number for status, number in self.counts.items()},
            "refused": [asdict(remark) for remark in self.refused],
            "warnings": [asdict(remark) for remark in self.warnings],
        }

    def as_text(self, *, dry_run: bool = False) -> str:
        """The outcome for people, by line."""
        new, known, changed = (self.counts[status] for status in Status)
        lines = [
            f"{new} nieuw, {known} al bekend, {changed} gewijzigd, {len(self.refused)} geweigerd."
            + (" Dit was een proef: er is niets veranderd." if dry_run else "")
        ]
        for heading, remarks in (("Geweigerd:", self.refused), ("Let op:", self.warnings)):
            if remarks:
                lines += ["", heading, *(f"  {remark}" for remark in remarks)]
        return "\n".join(lines)

    def sort(self) -> None:
        """Bring the warnings in the order of the lines."""
        self.warnings.sort(key=lambda remark: remark.line)


@dataclass(frozen=True, slots=True)
class Standing:
    """How somebody stands who was taken in before."""

    details: str
    under_way: bool
    """Whether the first message left, after which nothing of it changes any more."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A row with what it is known by, and what would change with it."""

    row: Row
    identity: str
    details: str

    @classmethod
    def of(cls, row: Row) -> "Marked":
        """The marks of this row."""
        index = keyring().index
        known_by = ("name", _folded(row.name)) if row.name else _first_way(row)
        identity = (
            indexes.case_index(row.case_number),
            row.moment,
            row.happened_on.isoformat(),
            row.perspective,
            *known_by,
        )
        details = (
            _folded(row.email or ""),
            row.phone,
            row.street,
            row.postcode,
            row.place,
            row.language,
            row.team,
            row.domain,
            row.parenting_help,
        )
        return cls(row, index("identity", json.dumps(identity)), index("details", json.dumps(details)))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(text.split()).casefold())


def _first_way(row: Row) -> tuple[str, ...]:
    """What stands in for a name: the first way only, so that a second one more makes nobody new."""
    if row.email:
        return ("email", _folded(row.email))
    if row.phone:
        return ("phone", row.phone)
    return ("post", row.postcode or "", _folded(row.street or ""))


def classified(
    marked: Sequence[Marked], seen: dict[str, Standing], outcome: Outcome
) -> list[tuple[Marked, Status]]:
    """What each row is, counted in the outcome. `seen` is how those stand who are not in the database (yet)."""
    standings = _standings({one.identity for one in marked}) | seen
    found = []
    for one in marked:
        standing = standings.get(one.identity)
        status = _status(one, standing)
        if standing and standing.under_way and standing.details != one.details:
            outcome.warnings.append(
                Remark(
                    one.row.line,
                    None,
                    "De eerste uitnodiging is al weg: de nieuwe gegevens zijn niet overgenomen.",
                )
            )
        if status is not Status.KNOWN:
            standings[one.identity] = seen[one.identity] = Standing(one.details, under_way=False)
        outcome.counts[status] += 1
        found.append((one, status))
    return found


def _status(one: Marked, standing: Standing | None) -> Status:
    if standing is None:
        return Status.NEW
    if standing.under_way or standing.details == one.details:
        return Status.KNOWN
    return Status.CHANGED


def _standings(identities: Iterable[str]) -> dict[str, Standing]:
    rows = db.session.execute(
        select(Contact.identity_index, Contact.details_index, Invitation.invited_on)
        .join(Contact.invitation)
        .where(Contact.identity_index.in_(list(identities)))
    )
    return {identity: Standing(details, invited_on is not None) for identity, details, invited_on in rows}


def contacts_of(identities: Iterable[str]) -> dict[str, Contact]:
    """The people taken in before, by what they are known by."""
    found = db.session.scalars(
        select(Contact)
        .join(Contact.invitation)
        .options(contains_eager(Contact.invitation))
        .where(Contact.identity_index.in_(list(identities)))
    )
    return {contact.identity_index: contact for contact in found}


def mark_lost(contacts: Sequence[Contact]) -> None:
    """An address that brought a message back is lost for who comes with it later, too."""
    for index, lost in (
        (Contact.email_index, Contact.email_lost),
        (Contact.phone_index, Contact.phone_lost),
        (Contact.post_index, Contact.post_lost),
    ):
        mine = {value for contact in contacts if (value := getattr(contact, index.key))}
        gone = set(db.session.scalars(select(index).where(lost, index.in_(mine))))
        for contact in contacts:
            if getattr(contact, index.key) in gone:
                setattr(contact, lost.key, True)
