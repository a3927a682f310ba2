"""What is asked about a person, and what was found: of whom, and what of it is the person's own."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from portal.crypto import Search
from portal.privacy.persons.records import Record
from portal.privacy.persons.rules import (
    NEEDS_A_NAME,
    Doubt,
    How,
    NotSearched,
    Part,
    Sought,
    What,
    doubt,
    may_see,
    taken_at_first,
)
from portal.surveys.inviting.models import Contact

NOBODY = "nobody"
"""Chosen where it is none of those found by an address that somebody else has as well."""


@dataclass(frozen=True)
class Ask:
    """What somebody of the staff seeks. It travels sealed from page to page: it is in no address and no session."""

    number: str
    """The number of this request, as the record of who did what knows it."""
    sought: Sought
    by: int
    who: tuple[str, ...] = ()
    """Who of those found it is, by the keys of `Candidate`; empty while nobody was chosen."""


@dataclass(frozen=True)
class Candidate:
    """Somebody it can be: the invitations under one name and an address in common."""

    key: str
    name: str
    perspectives: tuple[str, ...]
    cases: tuple[str, ...]
    ways: tuple[str, ...]
    """The addresses and telephone numbers by which who bears the same name is told apart."""
    moments: int


@dataclass
class Found:
    """What was found, as far as who asked may see it."""

    ask: Ask
    roles: frozenset[str]
    candidates: Sequence[Candidate] = ()
    who: frozenset[str] = frozenset()
    contacts: Sequence[Contact] = ()
    """Those of the person alone."""
    neighbours: Sequence[Contact] = ()
    """Those of others, who have an address or the case in common."""
    records: dict[Part, list[Record]] = field(default_factory=dict)
    search: Search = field(default_factory=Search)
    uploads: int = 0
    has_address: bool = False
    """Whether any address of the person is known, so that what has only an address could be sought."""
    has_email: bool = False

    @property
    def must_choose(self) -> bool:
        """Whether several people were found, and nobody said yet which of them it is."""
        return len(self.candidates) > 1 and not self.who

    @property
    def others(self) -> list[Candidate]:
        """Who was found by the same addresses or case, and is somebody else."""
        return [one for one in self.candidates if one.key not in self.who]

    def all(self) -> list[Record]:
        """Every record, in the order of the page."""
        return [record for part in Part for record in self.records.get(part, ())]

    def may_see(self, part: Part) -> bool:
        return may_see(part, self.roles)

    def is_searched(self, part: Part) -> bool:
        """Whether this part could be searched at all: where nobody could look, "nothing" is no answer."""
        numbers = {Part.SURVEYS: How.CASE, Part.COMPLAINTS: How.COMPLAINT}
        by_number = numbers.get(part) is self.ask.sought.how
        has_way = self.has_email if part is Part.STAFF else self.has_address
        return self.may_see(part) and (by_number or has_way)

    @property
    def is_anything_searched(self) -> bool:
        """Whether anybody could look anywhere."""
        return any(self.is_searched(part) for part in Part)

    @property
    def not_searched(self) -> list[NotSearched]:
        """Where nobody could look this time, or not everywhere."""
        found = {
            NotSearched.LOST_KEY: self.search.lost > 0,
            NotSearched.TOO_MANY: self.search.is_cut,
            NotSearched.CASE_ONLY: not self.has_address,
            NotSearched.CASE_ADDRESSES: self.has_address and self.ask.sought.how is How.CASE,
            NotSearched.NO_EMAIL: self.has_address and not self.has_email,
            NotSearched.NO_ADDRESS: True,
            NotSearched.UPLOADS: self.uploads > 0,
        }
        return [why for why, holds in found.items() if holds]

    @property
    def taken_at_first(self) -> frozenset[str]:
        """Which records belong to the person unless staff say otherwise.

        The invitations do: their person was chosen. Of the rest the name must fit.
        """
        chosen = {record.key for record in self.all() if record.what is What.INVITATION}
        rest = {record.key: record.name for record in self.all() if record.key not in chosen}
        nameless = {
            record.key for record in self.all() if record.what in NEEDS_A_NAME and not record.name.strip()
        }
        return frozenset(chosen) | (taken_at_first(rest, self.known_as, self.beside) - nameless)

    @property
    def known_as(self) -> list[str]:
        """The names of the person, as the registration has them."""
        return [contact.invitation.name or "" for contact in self.contacts]

    @property
    def beside(self) -> list[str] | None:
        """The names of who has an address or the case in common; None where there is nobody."""
        return [contact.invitation.name or "" for contact in self.neighbours] or None

    def doubts(self) -> dict[str, Doubt]:
        """Why each record was left out that was, by key."""
        taken, known_as = self.taken_at_first, self.known_as
        return {one.key: doubt(one.name, known_as) for one in self.all() if one.key not in taken}
