"""The hearing as a file for somebody's own calendar, which others may look into."""

from contextlib import suppress
from datetime import datetime, timedelta

from icalendar import Calendar, Event

from portal import clock

LASTS = timedelta(hours=1)


def hearing(public_id: str, at: datetime, place: str, summary: str, sequence: int) -> bytes:
    """The hearing as iCalendar (RFC 5545), in the time of Amsterdam.

    Says neither complaint nor any name: `summary` is a neutral word. `sequence` goes up with each new date,
    so that a calendar moves the appointment that it has.
    """
    event = Event()
    event.add("uid", f"gesprek-{public_id}")
    event.add("sequence", sequence)
    event.add("dtstamp", clock.now())
    event.add("dtstart", clock.local(at))
    with suppress(OverflowError):
        # The last hour that there is has no hour after it: an appointment may do without an end.
        event.add("dtend", clock.local(at) + LASTS)
    event.add("summary", summary)
    event.add("class", "PRIVATE")
    if place:
        event.add("location", place)
    made = Calendar()
    made.add("version", "2.0")
    made.add("prodid", "-//Gesprek//NL")
    made.add("method", "PUBLISH")
    made.add_component(event)
    made.add_missing_timezones()
    found: bytes = made.to_ical()
    return found
