"""The hours in which messages leave, as the profile has them."""

from portal.calendar import is_holiday
from portal.outbox.rules import Hours
from portal.profile import DAYS, profile


def hours() -> Hours:
    """When messages leave that nobody waits for: never at night, on Sundays or on holidays."""
    messages = profile().messages
    return Hours(
        days={DAYS.index(day) for day in messages.days},
        opens=messages.opens,
        closes=messages.closes,
        is_holiday=lambda day: is_holiday(day, (*messages.closed_days, *profile().decree_days)),
    )
