"""What a person takes along: a page to read or print, and the same as a file for a computer (AVG art. 15, 20)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from flask import Response, render_template

from portal import clock
from portal.privacy.persons import words
from portal.privacy.persons.found import Found
from portal.privacy.persons.records import Fact, Piece, Record, told_apart
from portal.privacy.persons.rules import KINDS, Part, sees_all_parts
from portal.profile import profile

FORMAT, VERSION = "portal-person", 1
"""What the file is. Keys are only ever added within a version."""


@dataclass(frozen=True)
class Section:
    """One part of the portal in somebody's copy."""

    part: Part
    is_seen: bool
    is_searched: bool
    """Whether anybody could look there with what was known of the person."""
    records: Sequence[Record]
    purpose: Sequence[tuple[str, str, str]]


def sections(found: Found, taken: Sequence[Record]) -> list[Section]:
    """Part by part what was taken, also the parts in which nothing is or that somebody else must look into.

    Told apart anew: a mark that sets it off from what was left out would say that there was something else.
    """
    mine = told_apart([replace(one, mark="") for one in taken])
    return [
        Section(
            part,
            found.may_see(part),
            found.is_searched(part),
            [one for one in mine if KINDS[one.what].part is part],
            words.purpose(part),
        )
        for part in Part
    ]


def as_page(found: Found, taken: Sequence[Record]) -> Response:
    """A page on its own, to print or to read on any computer."""
    text = render_template(
        "privacy/persons_export.html",
        found=found,
        sections=sections(found, taken),
        words=words,
        made_on=clock.today(),
        is_whole=sees_all_parts(found.roles),
        is_empty=not taken,
    )
    return _file(text, "text/html; charset=utf-8", "html", found)


def as_json(found: Found, taken: Sequence[Record]) -> Response:
    """The same facts under stable names."""
    made = {
        "format": FORMAT,
        "version": VERSION,
        "organisation": profile().name,
        "request": found.ask.number,
        "made_on": clock.today().isoformat(),
        "sought": {"how": found.ask.sought.how, "value": found.ask.sought.value},
        "all_parts_seen": sees_all_parts(found.roles),
        "parts": [_part(section) for section in sections(found, taken)],
        "not_searched": [
            {"kind": kind, "text": text} for kind, text in words.not_searched(found, to_person=True)
        ],
        "not_found": [{"kind": kind, "text": text} for kind, text in words.never_found(to_person=True)],
    }
    return _file(
        json.dumps(made, ensure_ascii=False, indent=2), "application/json; charset=utf-8", "json", found
    )


def _part(section: Section) -> dict[str, Any]:
    made: dict[str, Any] = {
        "part": section.part,
        "seen": section.is_seen,
        "searched": section.is_searched,
    }
    if not section.is_seen:
        made["ask"] = words.ask_whom(section.part)
    made["about"] = {key: text for key, _heading, text in section.purpose}
    made["notes"] = words.notes(section.part) if section.is_seen else []
    made["records"] = [_record(one) for one in section.records]
    return made


def _record(one: Record) -> dict[str, Any]:
    return {
        "kind": one.what,
        "heading": one.title,
        "facts": _facts(one.facts),
        "pieces": [_piece(piece) for piece in one.pieces],
    }


def _piece(piece: Piece) -> dict[str, Any]:
    return {"kind": piece.kind, "heading": piece.heading, "facts": _facts(piece.facts)}


def _facts(facts: Sequence[Fact]) -> dict[str, Any]:
    return {fact.key: _plain(fact.to_person or fact.value) for fact in facts}


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def _file(text: str, kind: str, ending: str, found: Found) -> Response:
    response = Response(text.encode(), content_type=kind)
    # The name of the request and not of the person: files lie about.
    name = f"verzoek-{found.ask.number.replace(' ', '')}.{ending}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
