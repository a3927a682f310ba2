"""The days off of the Algemene termijnenwet, written down apart from the portal's own calendar."""

from datetime import date, timedelta

# Easter Sundays, from the almanac.
EASTER = {
    2023: date(2023, 4, 9),
    2024: date(2024, 3, 31),
    2025: date(2025, 4, 20),
    2026: date(2026, 4, 5),
    2027: date(2027, 3, 28),
    2028: date(2028, 4, 16),
    2029: date(2029, 4, 1),
    2030: date(2030, 4, 21),
    2031: date(2031, 4, 13),
    2032: date(2032, 3, 28),
    2033: date(2033, 4, 17),
    2034: date(2034, 4, 9),
}
DAY = timedelta(days=1)
GOOD_FRIDAY, EASTER_MONDAY, ASCENSION, WHIT_MONDAY = -2, 1, 39, 50


def is_off(day: date) -> bool:
    """Saturday, Sunday, or a holiday of Atw art. 3."""
    if day.isoweekday() in (6, 7):
        return True
    from_easter = (day - EASTER[day.year]).days
    if from_easter in (GOOD_FRIDAY, EASTER_MONDAY, ASCENSION, WHIT_MONDAY):
        return True
    # On a Sunday the King's birthday is celebrated the day before, which is a Saturday.
    return (day.day, day.month) in {(1, 1), (27, 4), (5, 5), (25, 12), (26, 12)}


def is_holiday(day: date) -> bool:
    """As the rules ask it."""
    return is_off(day) and day.isoweekday() < 6


def first_working_day(day: date) -> date:
    """This day or the first after it that is not off."""
    return next(found for n in range(15) if not is_off(found := day + n * DAY))
