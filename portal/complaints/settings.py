"""What the profile says about complaints, as the rules want it."""

from datetime import date

from portal import calendar
from portal.complaints.rules import Domain, Procedure, Weeks
from portal.profile import profile


def is_holiday(day: date) -> bool:
    """Whether a term does not end on this day (Atw art. 3), the days by royal decree included."""
    return calendar.is_holiday(day, profile().decree_days)


def procedure_of(domain: Domain) -> Procedure:
    """Which procedure the profile chose for this help."""
    return Procedure(profile().complaints.procedures[domain.value])


def weeks_of(procedure: Procedure) -> Weeks:
    """The terms of a procedure: those of the law, or for the Jeugdwet those of the own regulation."""
    chosen = profile().complaints
    if procedure is Procedure.AWB:
        return Weeks()
    return Weeks(committee=chosen.regulation_weeks, extension=chosen.regulation_extension_weeks)
