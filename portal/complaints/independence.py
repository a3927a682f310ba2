"""Who of the staff sees what of a complaint: nobody handles what he or she was part of (Awb 9:7). Pure."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Access(StrEnum):
    """What somebody of the staff sees of a complaint (Awb 9:7)."""

    NOTHING = "nothing"
    SUMMARY = "summary"
    ASKED = "asked"
    HANDLE = "handle"
    COORDINATE = "coordinate"


@dataclass(frozen=True)
class People:
    """Who has to do with a complaint, by the number of their account."""

    handler: int | None = None
    declared: bool = False
    """Whether the handler declared not to have been involved."""
    deputy: int | None = None
    deputy_until: date | None = None
    deputy_declared: bool = False
    """Whether the deputy declared not to have been involved."""
    concerned: frozenset[int] = frozenset()


def access(user: int, people: People, today: date, *, is_coordinator: bool) -> Access:
    """A person concerned sees nothing of it, whatever else he or she is; only who handles it reads it."""
    if user in people.concerned:
        return Access.NOTHING
    if is_coordinator:
        return Access.COORDINATE
    if user == people.handler:
        return Access.HANDLE if people.declared else Access.ASKED
    stands_in = user == people.deputy and people.deputy_until is not None and today <= people.deputy_until
    if not stands_in:
        return Access.SUMMARY
    return Access.HANDLE if people.deputy_declared else Access.ASKED
