"""An evening as iCalendar (RFC 5545), in the time of Amsterdam: a change is an update of the same event."""

from urllib.parse import urlsplit

from flask import current_app
from icalendar import Calendar, Event, Timezone, vCalAddress

from portal import clock
from portal.talks.models import Evening

# Written out: summer and winter time as they are since 1996, without an end.
ZONE = Timezone.from_ical(
    """BEGIN:VTIMEZONE
TZID:Europe/Amsterdam
BEGIN:DAYLIGHT
DTSTART:19960331T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
TZNAME:CEST
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:19961027T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
TZNAME:CET
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
END:VTIMEZONE
"""
)


def file(evening: Evening, *, address: str, organisation: str, leaves: bool = False) -> bytes:
    """The evening for somebody's own calendar. `address` is its page. For who `leaves` it is taken out.

    The UID stays and SEQUENCE goes up with each change, so that a calendar moves or takes away what it has.
    Says nothing of who comes.
    """
    is_off = leaves or evening.cancelled_at is not None
    event = Event()
    event.add("uid", f"{evening.slug}@{urlsplit(address).hostname}")
    event.add("sequence", evening.sequence)
    event.add("dtstamp", clock.now())
    event.add("dtstart", clock.local(evening.starts_at))
    event.add("dtend", clock.local(evening.ends_at))
    event.add("summary", f"{organisation}: {evening.theme}")
    event.add("location", evening.place)
    event.add("description", "\n".join(part for part in (evening.route, evening.access) if part))
    event.add("url", address)
    # Who published it may change it or call it off, and nobody else (RFC 5546).
    sender = vCalAddress(f"mailto:{current_app.extensions['settings'].mail_address}")
    event.add("organizer", sender, parameters={"CN": organisation})
    event.add("status", "CANCELLED" if is_off else "CONFIRMED")
    made = Calendar()
    made.add("version", "2.0")
    made.add("prodid", "-//Talks//NL")
    made.add("method", "CANCEL" if is_off else "PUBLISH")
    made.add_component(ZONE)
    made.add_component(event)
    found: bytes = made.to_ical()
    return found
