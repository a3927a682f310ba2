"""The register as a list. Reads no words of people: what is encrypted stays where it is."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, exists, or_, select

from portal import clock
from portal.complaints import dues, independence, rules
from portal.complaints.dues import Colour, Due
from portal.complaints.handling.access import READERS
from portal.complaints.independence import Access, People
from portal.complaints.models import (
    Complaint,
    ComplaintLetter,
    ComplaintMessage,
    Objection,
    PersonConcerned,
    index_of_email,
)
from portal.complaints.operations import to_post
from portal.complaints.rules import Case, Procedure, Route, Stage
from portal.complaints.settings import is_holiday
from portal.db import db
from portal.identity.models import User
from portal.identity.rules import Role

_COLUMNS = (
    Complaint.id,
    Complaint.year,
    Complaint.number,
    Complaint.route,
    Complaint.procedure,
    Complaint.stage,
    Complaint.theme,
    Complaint.received_on,
    Complaint.not_taken_up_by,
    Complaint.decide_by,
    Complaint.answer_by,
    Complaint.ended_on,
    Complaint.erased_on,
    Complaint.handler_id,
    Complaint.handler_declared_at,
    Complaint.deputy_id,
    Complaint.deputy_until,
    Complaint.deputy_declared_at,
)


@dataclass(frozen=True)
class Line:
    """One complaint in the list, with as much of it as the viewer may see."""

    reference: str
    route: Route
    theme: str
    stage: Stage
    received_on: date
    ended_on: date | None
    due: Due | None
    access: Access
    handler: str
    """Whose work it is: an e-mail address, for who may read the complaint; else empty."""
    has_handler: bool
    is_declared: bool
    unread: int = 0
    to_post: int = 0
    erased_on: date | None = None
    """From when only what is counted is left of it."""

    @property
    def is_danger(self) -> bool:
        """Whether somebody may be in danger now: that comes before every date."""
        return self.route is Route.DANGER and self.stage in rules.OPEN

    @property
    def may_read(self) -> bool:
        return self.access in READERS

    @property
    def may_open(self) -> bool:
        """Whether the reference leads somewhere: to the complaint, or to the question put to its handler."""
        return self.may_read or self.access is Access.ASKED


def open_complaints(viewer: User) -> list[Line]:
    """Every open complaint that the viewer is not concerned in, with danger, and then what is due first, on top.

    One that ended counts as open while a letter must still be posted or a message be read.
    """
    unread = Counter(
        db.session.scalars(
            select(ComplaintMessage.complaint_id).where(
                ComplaintMessage.from_complainant.is_(True), ComplaintMessage.read_at.is_(None)
            )
        )
    )
    letters: dict[int, list[str]] = defaultdict(list)
    waiting = select(ComplaintLetter.complaint_id, ComplaintLetter.kind)
    for complaint_id, kind in db.session.execute(waiting.where(ComplaintLetter.sent_on.is_(None))):
        letters[complaint_id].append(kind)
    asks = Complaint.id.in_({*unread, *letters})
    rows = _rows(viewer, Complaint.stage.in_(rules.OPEN) | asks)
    lines = [_line(row, viewer, unread[row.id], letters.get(row.id, ())) for row in rows]
    return sorted(
        lines,
        key=lambda line: (not line.is_danger, line.due is None, line.due.on if line.due else date.max),
    )


def to_be_done(lines: Sequence[Line], today: date) -> list[Line]:
    """Those of the viewer that ask for something today: a date that is near or passed, a message, a letter,
    a question to the handler."""
    return [line for line in lines if line.may_open and _asks(line, today)]


def _asks(line: Line, today: date) -> bool:
    is_near = line.due is not None and dues.colour(line.due.on, today) is not Colour.GREEN
    return is_near or line.access is Access.ASKED or line.unread > 0 or line.to_post > 0


def ended_complaints(viewer: User, year: int) -> list[Line]:
    """What ended, of the references of one year, the newest first."""
    rows = _rows(viewer, Complaint.stage.in_(rules.ENDED), Complaint.year == year)
    return [_line(row, viewer) for row in reversed(rows)]


def ended_years(viewer: User) -> list[int]:
    """The years of which something ended, the newest first."""
    query = (
        select(Complaint.year)
        .where(Complaint.stage.in_(rules.ENDED), ~_concerns(viewer))
        .distinct()
        .order_by(Complaint.year.desc())
    )
    return list(db.session.scalars(query))


def _concerns(viewer: User) -> ColumnElement[bool]:
    """The viewer is one of those whom it is about, and sees nothing of it (Awb 9:7)."""
    is_viewer = or_(
        PersonConcerned.staff_id == viewer.id, PersonConcerned.email_index == index_of_email(viewer.email)
    )
    return exists().where(PersonConcerned.complaint_id == Complaint.id, is_viewer)


def _rows(viewer: User, *which: ColumnElement[bool]) -> Sequence[Row[Any]]:
    query: Any = (
        select(*_COLUMNS, User.email.label("handler"))
        .outerjoin(User, User.id == Complaint.handler_id)
        .where(*which, ~_concerns(viewer))
        .order_by(Complaint.year, Complaint.number)
    )
    return db.session.execute(query).all()


def _line(row: Row[Any], viewer: User, unread: int = 0, letters: Collection[str] = ()) -> Line:
    is_declared = row.handler_declared_at is not None
    deputy_declared = row.deputy_declared_at is not None
    people = People(row.handler_id, is_declared, row.deputy_id, row.deputy_until, deputy_declared)
    is_coordinator = Role.COMPLAINTS in viewer.role_names
    sees = independence.access(viewer.id, people, clock.today(), is_coordinator=is_coordinator)
    reads = sees in READERS
    return Line(
        reference=f"KL-{row.year}-{row.number:04d}",
        route=Route(row.route),
        theme=row.theme,
        stage=Stage(row.stage),
        received_on=row.received_on,
        ended_on=row.ended_on,
        due=dues.next_due(_case(row, letters), is_holiday),
        access=sees,
        handler=row.handler or "" if reads else "",
        has_handler=row.handler_id is not None,
        is_declared=is_declared,
        unread=unread if reads else 0,
        to_post=len(letters) if reads else 0,
        erased_on=row.erased_on,
    )


def _case(row: Row[Any], letters: Collection[str]) -> Case:
    """As much of the complaint as decides what is due."""
    return Case(
        route=Route(row.route),
        procedure=Procedure(row.procedure),
        stage=Stage(row.stage),
        received_on=row.received_on,
        not_taken_up_by=row.not_taken_up_by,
        decide_by=row.decide_by,
        answer_by=row.answer_by,
        to_post=to_post(letters),
        told_on=row.ended_on,
    )


def is_counted_as_objection(complaint: Complaint) -> bool:
    """Whether it turned out to be an objection or appeal, and stands in that register."""
    return bool(db.session.scalar(select(exists().where(Objection.complaint_id == complaint.id))))
