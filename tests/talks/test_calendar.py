"""The evening in somebody's calendar, read back by `icalendar` and by a reader of our own."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from icalendar import Calendar

from portal import clock
from portal.db import db, transaction
from portal.talks import calendar, operations
from portal.talks.models import Evening
from tests.talks.evenings import evening

pytestmark = pytest.mark.usefixtures("app")
MOST_OCTETS = 75
ESCAPED = {"\\n": "\n", "\\N": "\n", "\\,": ",", "\\;": ";", "\\\\": "\\"}
Line = tuple[str, dict[str, str], str]


def unfolded(file: bytes) -> Iterator[Line]:
    """Name, parameters and value of each line, strictly by RFC 5545 §3.1 and §3.3.11."""
    assert file.endswith(b"\r\n") and b"\n" not in file.replace(b"\r\n", b""), "lines end with CRLF"
    folded = file[:-2].split(b"\r\n")
    assert all(0 < len(line) <= MOST_OCTETS for line in folded)
    lines: list[bytes] = []
    for line in folded:
        if line[:1] in (b" ", b"\t"):
            lines[-1] += line[1:]
        else:
            lines.append(line)
    for line in lines:
        found = re.fullmatch(r'([A-Z-]+)((?:;[A-Z-]+=(?:"[^"]*"|[^";:,]*))*):(.*)', line.decode("utf-8"))
        assert found, line
        given = re.findall(r';([A-Z-]+)=("[^"]*"|[^";:,]*)', found[2])
        yield found[1], {name: value.strip('"') for name, value in given}, found[3]


def text(value: str) -> str:
    assert not re.search(r"(?<!\\)(?:\\\\)*[,;]", value), "a comma in a text is escaped"
    return re.sub(r"\\.", lambda escape: ESCAPED[escape[0]], value)


def of_event(file: bytes) -> dict[str, tuple[dict[str, str], str]]:
    """The lines of the one event; each once."""
    lines = list(unfolded(file))
    nested = [(name, value) for name, _given, value in lines if name in ("BEGIN", "END")]
    assert nested[0] == ("BEGIN", "VCALENDAR") and nested[-1] == ("END", "VCALENDAR")
    assert [value for name, value in nested if name == "BEGIN"].count("VEVENT") == 1
    first = next(place for place, line in enumerate(lines) if line[0] == "BEGIN" and line[2] == "VEVENT")
    last = next(place for place, line in enumerate(lines) if line[0] == "END" and line[2] == "VEVENT")
    inside = lines[first + 1 : last]
    assert len({name for name, _given, _value in inside}) == len(inside)
    return {name: (given, value) for name, given, value in inside}


def method(file: bytes) -> str:
    return next(value for name, _given, value in unfolded(file) if name == "METHOD")


def made(number: int) -> bytes:
    db.session.rollback()
    found = db.session.get_one(Evening, number)
    return calendar.file(found, address="https://portaal.voorbeeld.example/talks/avond", organisation="SKT")


def moved(number: int, **to: object) -> None:
    with transaction():
        held = operations.hold(number)
        for name, value in to.items():
            setattr(held, name, value)
        held.sequence += 1


def test_both_readers_read_the_same() -> None:
    place = "De Proef; zaal 2, Proefstraat 1 \\ achterom"
    mine = evening(
        place=place, theme="Één hulpverlener, één plan: " + "lang " * 15 + "!", route="Bus 31.\nDan lopen."
    )
    file = made(mine)
    own, theirs = of_event(file), Calendar.from_ical(file).walk("VEVENT")[0]
    assert text(own["LOCATION"][1]) == str(theirs["LOCATION"]) == place
    assert text(own["SUMMARY"][1]) == str(theirs["SUMMARY"]) and "Één hulpverlener" in own["SUMMARY"][1]
    assert (
        text(own["DESCRIPTION"][1]) == str(theirs["DESCRIPTION"]) == "Bus 31.\nDan lopen.\nZonder drempels."
    )
    assert own["UID"][1] == str(theirs["UID"]) and own["SEQUENCE"][1] == str(theirs["SEQUENCE"]) == "0"
    assert method(file) == "PUBLISH" and own["STATUS"][1] == "CONFIRMED"
    assert own["ORGANIZER"][1].startswith("mailto:portaal@")
    assert re.fullmatch(r"\d{8}T\d{6}Z", own["DTSTAMP"][1])


@pytest.mark.parametrize(
    ("day", "offset"),
    [
        (datetime(2027, 3, 27, 19, 30, tzinfo=clock.AMSTERDAM), 1),
        (datetime(2027, 3, 28, 19, 30, tzinfo=clock.AMSTERDAM), 2),
        (datetime(2027, 10, 30, 19, 30, tzinfo=clock.AMSTERDAM), 2),
        (datetime(2027, 10, 31, 19, 30, tzinfo=clock.AMSTERDAM), 1),
    ],
)
def test_half_past_seven_is_half_past_seven_in_summer_and_winter(day: datetime, offset: int) -> None:
    file = made(evening(starts_at=day, ends_at=day + timedelta(hours=2)))
    given, value = of_event(file)["DTSTART"]
    assert given == {"TZID": "Europe/Amsterdam"} and value == f"{day:%Y%m%d}T193000"
    theirs = Calendar.from_ical(file).walk("VEVENT")[0].decoded("DTSTART")
    assert theirs.astimezone(UTC) == day.astimezone(UTC)
    assert theirs.utcoffset() == timedelta(hours=offset)
    zone = Calendar.from_ical(file).walk("VTIMEZONE")[0]
    assert zone["TZID"] == "Europe/Amsterdam", "a TZID that is used is explained (RFC 5545 §3.2.19)"
    assert zone.to_tz(lookup_tzid=False).utcoffset(day.replace(tzinfo=None)) == timedelta(hours=offset)


def test_a_change_and_a_cancellation_update_the_same_event(app: Flask) -> None:
    mine = evening()
    files = [made(mine)]
    day = clock.now() + timedelta(days=30)
    moved(mine, starts_at=day, ends_at=day + timedelta(hours=2), place="Elders")
    files.append(made(mine))
    moved(mine, cancelled_at=clock.now())
    files.append(made(mine))
    events = [of_event(file) for file in files]
    assert len({event["UID"][1] for event in events}) == 1
    assert [event["SEQUENCE"][1] for event in events] == ["0", "1", "2"]
    assert [method(file) for file in files] == ["PUBLISH", "PUBLISH", "CANCEL"]
    assert events[1]["LOCATION"][1] == "Elders" and events[0]["DTSTART"] != events[1]["DTSTART"]
    assert events[2]["STATUS"][1] == "CANCELLED"
    for file, event in zip(files, events, strict=True):
        theirs = Calendar.from_ical(file).walk("VEVENT")[0]
        assert str(theirs["SEQUENCE"]) == event["SEQUENCE"][1] and str(theirs["UID"]) == event["UID"][1]
