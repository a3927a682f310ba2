"""The only clock. Times are stored in UTC and shown in Europe/Amsterdam."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def local(moment: datetime) -> datetime:
    """The same moment as a clock on a Dutch wall shows it."""
    return moment.astimezone(AMSTERDAM)


def today() -> date:
    """Today's date in the Netherlands, which late in the evening is not UTC's."""
    return local(now()).date()
