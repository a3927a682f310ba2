"""A complaint with somebody whom it is about, and what that person does."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import unescape
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal import clock
from portal.complaints import operations, people, terms
from portal.complaints.models import Attachment, Complaint, ComplaintPart, PersonConcerned
from portal.complaints.rules import Stage, Step
from portal.complaints.settings import is_holiday
from portal.crypto import keyring, new_public_id
from portal.db import db, transaction
from portal.identity.models import User
from portal.identity.rules import Role
from tests.complaints.people import filed, handled_by, staff, taken

# Not that of the organisation, which stands on every page.
POSTCODE = "1234 AB"
TO_COPY = (Step.ACKNOWLEDGE, Step.CALL, Step.TAKE_UP, Step.COPY)


@dataclass
class Scene:
    """One complaint and one person concerned."""

    complaint: Complaint
    person_id: int
    token: str

    @property
    def address(self) -> str:
        return f"/klacht/betrokkene/{self.token}"

    @property
    def person(self) -> PersonConcerned:
        """As it stands in the database."""
        db.session.rollback()
        return db.session.get_one(PersonConcerned, self.person_id, populate_existing=True)

    def take(self, *steps: Step, **given: Any) -> None:
        taken(self.complaint, *steps, **given)

    def judge(self) -> None:
        """From the copy to a judgment that nobody was told yet."""
        self.take(Step.SKIP_HEARING)
        with transaction():
            held = operations.locked(self.complaint.public_id)
            assert held is not None
            held.parts.append(ComplaintPart(number=1, words="x", judgment="upheld", reasons="y"))
        self.take(Step.JUDGE)

    def plan_hearing(self, place: str = "Van de Kasteelestraat 75") -> datetime:
        """A hearing in three weeks, on a day that is none off."""
        day = terms.working_day_from(clock.today() + timedelta(days=21), is_holiday)
        at = datetime(day.year, day.month, day.day, 14, 30, tzinfo=clock.AMSTERDAM)
        self.take(Step.PLAN_HEARING, hearing_at=at)
        with transaction():
            db.session.get_one(Complaint, self.complaint.id).hearing_place = place
        return at


def scene(*steps: Step, user: User | None = None, **given: Any) -> Scene:
    """A complaint about somebody, after these steps; by default the copy was sent."""
    told = {"postcode": POSTCODE} | given.pop("content", {})
    complaint = filed(content=told, **given)
    handled_by(complaint, staff(Role.QUALITY))
    found = Scene(complaint, *named(complaint, user=user))
    found.take(*(steps or TO_COPY))
    return found


def named(
    complaint: Complaint, name: str = "Bo van der Betrokkene", user: User | None = None
) -> tuple[int, str]:
    """Somebody more whom it is about: number and link."""
    with transaction():
        held = operations.locked(complaint.public_id)
        assert held is not None
        person = people.add_concerned(
            held,
            "test",
            user=db.session.get_one(User, user.id) if user else None,
            name=name,
            email="" if user else f"{secrets.token_hex(4)}@voorbeeld.example",
        )
        return person.id, keyring().token(person.public_id, person.link_key_id)


def annex(complaint: Complaint, name: str = "brief.pdf", data: bytes = b"%PDF-1.4 %%EOF") -> str:
    """A file with the complaint; its number."""
    with transaction() as session:
        file = Attachment(
            public_id=new_public_id(),
            complaint_id=complaint.id,
            name=name,
            kind="pdf",
            size=len(data),
            sealed=keyring().encrypt_bytes(data),
        )
        session.add(file)
        return file.public_id


def back_to(complaint: Complaint, stage: Stage) -> None:
    """Put it in a stage, whatever the steps."""
    with transaction():
        db.session.get_one(Complaint, complaint.id).stage = stage


def said(response: TestResponse) -> str:
    """What the page says, without its tags."""
    main = response.text[response.text.index("<main") : response.text.index("</main>")]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", main))).strip()


def hidden(response: TestResponse) -> dict[str, str]:
    """The hidden fields of the form."""
    return {
        name: unescape(value)
        for name, value in re.findall(r'name="(mark|seen)"[^>]*value="([^"]*)"', response.text)
    }


def reply(client: FlaskClient, address: str, text: str, **other: str) -> TestResponse:
    """Open the page, type and press the button."""
    return client.post(address, data=hidden(client.get(address)) | {"words": text} | other)
