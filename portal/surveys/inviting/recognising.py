"""What the rows of an export are to what was taken in before: new, known or changed."""

import json
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import contains_eager

from portal.crypto import keyring
from portal.db import db
from portal.outbox.models import Message
from portal.outbox.rules import State
from portal.surveys.inviting import indexes
from portal.surveys.inviting.asking import TOPIC
from portal.surveys.inviting.models import Contact
from portal.surveys.inviting.registration import Reading, Remark, Row
from portal.surveys.models import Invitation

TOO_LATE = "De eerste uitnodiging is al weg: de nieuwe gegevens zijn niet overgenomen."


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
    """Whether a message left, after which nothing of it changes any more. Looked up only for changes."""


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


def last_words(readings: Iterable[Reading]) -> dict[str, str]:
    """The details of the last row about each person, for who stands in the file with rows that differ."""
    last, differing = dict[str, str](), set[str]()
    for one in (Marked.of(reading.row) for reading in readings if reading.row):
        if last.setdefault(one.identity, one.details) != one.details:
            differing.add(one.identity)
            last[one.identity] = one.details
    return {identity: last[identity] for identity in differing}


def classified(
    marked: Sequence[Marked],
    seen: dict[str, Standing],
    last: Mapping[str, str],
    outcome: Outcome,
    *,
    lock: bool = False,
) -> list[tuple[Marked, Status]]:
    """What each row is, counted in the outcome.

    `seen` is how those stand who are not in the database (yet). `last` are the `last_words` of the
    whole file: of several rows about one person the last counts, so where that one says what is known
    already, the others are known too and change nothing. Otherwise they count one after another.
    With `lock` no message of who may be changed can leave before the running transaction ends.
    """
    final = {one.identity: last.get(one.identity, one.details) for one in marked}
    standings = _standings(final, lock=lock) | seen
    found = []
    for one in marked:
        standing = standings.get(one.identity)
        if standing is None:
            status = Status.NEW
        elif standing.details in {one.details, final[one.identity]}:
            status = Status.KNOWN
        elif standing.under_way:
            status = Status.KNOWN
            outcome.warnings.append(Remark(one.row.line, None, TOO_LATE))
        else:
            status = Status.CHANGED
        if status is not Status.KNOWN:
            standings[one.identity] = seen[one.identity] = Standing(one.details, under_way=False)
        outcome.counts[status] += 1
        found.append((one, status))
    return found


def _standings(final: Mapping[str, str], *, lock: bool) -> dict[str, Standing]:
    """How those stand whom the database knows; `final` are the details they will end with."""
    came = or_(Invitation.started, Invitation.completed, Invitation.call_requested)
    rows = db.session.execute(
        select(
            Contact.identity_index, Contact.details_index, Invitation.public_id, Invitation.invited_on, came
        )
        .join(Contact.invitation)
        .where(Contact.identity_index.in_(final))
    ).all()
    invited = {
        public_id
        for identity, details, public_id, invited_on, _came in rows
        if invited_on is not None and details != final[identity]
    }
    left = _left(invited, lock=lock)
    return {
        identity: Standing(details, bool(came) or public_id in left)
        for identity, details, public_id, _invited_on, came in rows
    }


def _left(public_ids: Collection[str], *, lock: bool) -> set[str]:
    """About which invitations a message left, or may have, or lies printed to be posted."""
    if not public_ids:
        return set()
    query = (
        select(Message.about, Message.state, Message.started, Message.unsure, Message.batch)
        .where(Message.topic == TOPIC, Message.about.in_(public_ids))
        .order_by(Message.id)
    )
    rows = db.session.execute(query.with_for_update() if lock else query)
    return {
        about
        for about, state, started, unsure, batch in rows
        if state == State.SENT or (state == State.WAITING and (started or unsure or batch is not None))
    }


def take_back(public_ids: Collection[str]) -> None:
    """Nothing that was queued about these invitations leaves any more, in the running transaction.

    Only for whom no message left.
    """
    mine = (Message.topic == TOPIC, Message.about.in_(public_ids))
    db.session.execute(delete(Message).where(*mine, Message.state == State.WAITING))
    # Sent again by staff, it would go to where this person cannot be reached.
    given_up = update(Message).where(*mine, Message.state == State.DEAD)
    db.session.execute(given_up.values(state=State.CANCELLED, to=None, params=None))
    # Whatever is kept must not stand in the way when the same message is queued anew.
    db.session.execute(update(Message).where(*mine).values(request_key=Message.reference))


def contacts_of(identities: Iterable[str]) -> dict[str, Contact]:
    """The people taken in before, by what they are known by."""
    found = db.session.scalars(
        select(Contact)
        .join(Contact.invitation)
        .options(contains_eager(Contact.invitation))
        .where(Contact.identity_index.in_(list(identities)))
        .execution_options(populate_existing=True)
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
