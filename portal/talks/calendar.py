"""An evening as iCalendar (RFC 5545), in the time of Amsterdam: a change is an update of the same event."""

from icalendar import Calendar, Event

from portal import clock
from portal.talks.models import Evening


def file(evening: Evening, *, address: str, organisation: str) -> bytes:
    """The evening for somebody's own calendar. `address` is its page.

    The UID stays and SEQUENCE goes up with each change, so that a calendar moves or takes away what it has.
    Says nothing of who comes.
    """
    event = Event()
    event.add("uid", f"{evening.slug}@talks")
    event.add("sequence", evening.sequence)
    event.add("dtstamp", clock.now())
    event.add("dtstart", clock.local(evening.starts_at))
    event.add("dtend", clock.local(evening.ends_at))
    event.add("summary", f"{organisation}: {evening.theme}")
    event.add("location", evening.place)
    event.add("description", "\n".join(part for part in (evening.route, evening.access) if part))
    event.add("url", address)
    event.add("status", "CANCELLED" if evening.cancelled_at else "CONFIRMED")
    made = Calendar()
    made.add("version", "2.0")
    made.add("prodid", "-//Talks//NL")
    made.add("method", "CANCEL" if evening.cancelled_at else "PUBLISH")
    made.add_component(event)
    made.add_missing_timezones()
    found: bytes = made.to_ical()
    return found
