"""Reading measures, objections and appeals, and the counts behind the yearly figures."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Row, Select, distinct, extract, func, select
from sqlalchemy.orm import load_only, selectinload

from portal import clock
from portal.complaints import dues
from portal.complaints.dues import Colour
from portal.complaints.handling.access import READERS, find
from portal.complaints.models import Complaint, ComplaintPart, Measure, Objection, PersonConcerned
from portal.complaints.people import access_of
from portal.complaints.rules import Route, Stage
from portal.db import db

MOST_DONE = 50
"""Measures shown that are done; the older ones are counted."""
_WITH_OUTCOME = (Stage.TOLD, Stage.CLOSED)


# ---- Measures -----------------------------------------------------------------------------


@dataclass(frozen=True)
class MeasureLine:
    """A measure as a page shows it. `reference` is "" without a complaint and for who may not read that."""

    measure: Measure
    reference: str
    from_complaint: bool
    days: int
    """Until it is due; negative when that day has passed."""
    colour: Colour


def readable(reference: str) -> Complaint | None:
    """The complaint with this reference, when the signed-in member of staff may read it."""
    complaint = find(reference)
    return complaint if complaint is not None and access_of(complaint) in READERS else None


def open_measures() -> list[MeasureLine]:
    """What still has to be done, the first due first."""
    return _lines(select(Measure).where(Measure.done_on.is_(None)).order_by(Measure.due_on, Measure.id))


def done_measures() -> list[MeasureLine]:
    """What was done, the newest first and no more than `MOST_DONE`."""
    found = select(Measure).where(Measure.done_on.is_not(None))
    return _lines(found.order_by(Measure.done_on.desc(), Measure.id.desc()).limit(MOST_DONE))


def done_number() -> int:
    """How many measures were done in all."""
    return db.session.scalar(select(func.count()).where(Measure.done_on.is_not(None))) or 0


def _lines(found: Select[Measure]) -> list[MeasureLine]:
    measures = db.session.scalars(found).all()
    references = _readable_references({one.complaint_id for one in measures if one.complaint_id})
    today = clock.today()
    return [
        MeasureLine(
            measure=one,
            reference=references.get(one.complaint_id or 0, ""),
            from_complaint=one.complaint_id is not None,
            days=(one.due_on - today).days,
            colour=dues.colour(one.due_on, today),
        )
        for one in measures
    ]


def _readable_references(ids: Collection[int]) -> dict[int, str]:
    """The references of those complaints that the signed-in member of staff may read; no words are opened."""
    if not ids:
        return {}
    found = db.session.scalars(
        select(Complaint)
        .where(Complaint.id.in_(ids))
        .options(
            load_only(
                Complaint.year,
                Complaint.number,
                Complaint.handler_id,
                Complaint.handler_declared_at,
                Complaint.deputy_id,
                Complaint.deputy_until,
                Complaint.deputy_declared_at,
            ),
            selectinload(Complaint.concerned).load_only(
                PersonConcerned.staff_id, PersonConcerned.email_index
            ),
        )
    )
    return {one.id: one.reference for one in found if access_of(one) in READERS}


# ---- Objections and appeals ---------------------------------------------------------------


def objections() -> dict[int, list[Objection]]:
    """All objections and appeals by the year they came in, the newest first."""
    found = db.session.scalars(
        select(Objection).order_by(Objection.received_on.desc(), Objection.id.desc())
    ).all()
    years: dict[int, list[Objection]] = {}
    for one in found:
        years.setdefault(one.received_on.year, []).append(one)
    return years


# ---- Counts for the yearly figures --------------------------------------------------------


def first_written_at() -> datetime | None:
    """When the first complaint was written down in this portal."""
    return db.session.scalar(select(func.min(Complaint.received_at)))


def year_counts() -> Sequence[Row[int, str, str, int]]:
    """(year of receipt, domain, route, number), of everything that came in."""
    return db.session.execute(
        select(Complaint.year, Complaint.domain, Complaint.route, func.count()).group_by(
            Complaint.year, Complaint.domain, Complaint.route
        )
    ).all()


def complaint_groups(
    year: int,
) -> Sequence[Row[str, str, str | None, str, date, date, date, date | None, int]]:
    """The complaints of a year, those counted together that are the same in what is figured with.

    (stage, theme, reason not taken up, for whom, received, not taken up by, decide by, ended, number)
    """
    traits = (
        Complaint.stage,
        Complaint.theme,
        Complaint.not_taken_up_reason,
        Complaint.on_behalf,
        Complaint.received_on,
        Complaint.not_taken_up_by,
        Complaint.decide_by,
        Complaint.ended_on,
    )
    return db.session.execute(
        select(*traits, func.count())
        .where(Complaint.year == year, Complaint.route == Route.COMPLAINT)
        .group_by(*traits)
    ).all()


def theme_counts() -> Sequence[Row[int, str, int]]:
    """(year, theme, number) of the complaints of all years."""
    return db.session.execute(
        select(Complaint.year, Complaint.theme, func.count())
        .where(Complaint.route == Route.COMPLAINT)
        .group_by(Complaint.year, Complaint.theme)
    ).all()


def judgment_counts(year: int) -> Sequence[Row[str | None, int, int]]:
    """(judgment, parts, complaints they belong to), of the complaints of a year whose outcome was told."""
    return db.session.execute(
        select(ComplaintPart.judgment, func.count(), func.count(distinct(ComplaintPart.complaint_id)))
        .join(Complaint, Complaint.id == ComplaintPart.complaint_id)
        .where(
            Complaint.year == year,
            Complaint.route == Route.COMPLAINT,
            Complaint.stage.in_(_WITH_OUTCOME),
            ComplaintPart.judgment.is_not(None),
        )
        .group_by(ComplaintPart.judgment)
    ).all()


def objection_counts() -> Sequence[Row[int, str, str, str | None, int]]:
    """(year of receipt, kind, subject, outcome, number) of objections and appeals."""
    year = extract("year", Objection.received_on)
    return db.session.execute(
        select(year, Objection.kind, Objection.subject, Objection.outcome, func.count()).group_by(
            year, Objection.kind, Objection.subject, Objection.outcome
        )
    ).all()


def measure_counts(year: int) -> tuple[int, int]:
    """How many measures were made in a year, and how many of those are done."""
    made, done = db.session.execute(
        select(func.count(), func.count(Measure.done_on)).where(
            Measure.made_on.between(date(year, 1, 1), date(year, 12, 31))
        )
    ).one()
    return made, done
