"""Many sealed rows, and people who answer a survey meanwhile."""

import secrets
import threading
import time
from dataclasses import dataclass, field
from datetime import timedelta

import httpx
from sqlalchemy import insert

from portal import clock
from portal.crypto import keyring, new_public_id
from portal.db import transaction
from portal.surveys.answering.queries import newest_version
from portal.surveys.inviting.models import Contact
from portal.surveys.models import Draft, Invitation
from portal.surveys.rules import Moment
from tests.load.filing import hidden
from tests.surveys.sheets import invited

AT_ONCE = 2000
PATIENCE_SECONDS = 60
BODY = '{"grade": {"value": "8", "tab": "%s"}}'


def fill(rows: int) -> None:
    """So many rows with something sealed in them: a third names, a third addresses, a third drafts.

    In an empty database: the invitations are numbered from 1.
    """
    version = newest_version(Moment.INTAKE).id
    for first in range(0, rows // 3, AT_ONCE):
        numbers = range(first + 1, min(first + AT_ONCE, rows // 3) + 1)
        with transaction() as session:
            for model, row in ((Invitation, _invitation), (Contact, _contact)):
                session.execute(insert(model), [row(number) for number in numbers])
            drafts = [
                {"invitation_id": number, "version_id": version, "page": 1, "body": BODY % number}
                for number in numbers
            ]
            session.execute(insert(Draft), drafts)


def _invitation(number: int) -> dict[str, object]:
    return {
        "public_id": new_public_id(),
        "link_key_id": keyring().link_key_id,
        "code_index": secrets.token_hex(32),
        "moment": Moment.INTAKE,
        "name": f"Proefpersoon {number}",
        "closes_on": clock.today() + timedelta(days=40),
        "started": True,
    }


def _contact(number: int) -> dict[str, object]:
    return {
        "invitation_id": number,
        "identity_index": secrets.token_hex(32),
        "details_index": secrets.token_hex(32),
        "case_number": f"Z-{number}",
        "case_index": secrets.token_hex(32),
        "happened_on": clock.today(),
        "email": f"p{number}@voorbeeld.example",
        "phone": "+31612345678",
        "street": "Proefstraat 1",
        "postcode": "2691 ZM",
        "place": "Monster",
    }


@dataclass
class Answering:
    """People who answer, one after another, until they are told that it is enough."""

    address: str
    people: int
    links: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    """What was acknowledged as saved and is not sent."""
    sent: list[str] = field(default_factory=list)
    """What was acknowledged as sent."""
    failed: list[BaseException] = field(default_factory=list)
    saves: int = 0
    slowest: float = 0.0

    def __post_init__(self) -> None:
        self.enough = threading.Event()
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self._answer) for _n in range(self.people)]

    def invite(self, number: int) -> None:
        self.links += [invited()[1] for _n in range(number)]

    def begin(self) -> None:
        for thread in self.threads:
            thread.start()

    def end(self) -> None:
        self.enough.set()
        for thread in self.threads:
            thread.join()
        if self.failed:
            raise AssertionError(f"{len(self.failed)} went wrong") from self.failed[0]

    def _answer(self) -> None:
        try:
            with httpx.Client(base_url=self.address, timeout=PATIENCE_SECONDS) as line:
                while not self.enough.is_set() and self.links:
                    self._one(line, self.links.pop())
        except BaseException as error:  # noqa: BLE001 - told to who waits
            self.failed.append(error)

    def _one(self, line: httpx.Client, link: str) -> None:
        """A grade, words, other words in their place; two in three send it."""
        words = [f"Antwoord {secrets.token_hex(6)}" for _n in range(2)]
        self._post(line, f"{link}/1", {"a-grade": "8", "action": "next"})
        self._post(line, f"{link}/4", {"a-went_well": words[0], "action": "back"})
        does_send = secrets.randbelow(3) > 0
        self._post(line, f"{link}/4", {"a-went_well": words[1], "action": "send" if does_send else "back"})
        (self.sent if does_send else self.kept).append(words[1])

    def _post(self, line: httpx.Client, page: str, given: dict[str, str]) -> None:
        shown = line.get(page)
        assert shown.status_code == httpx.codes.OK, f"{shown.status_code}: {shown.text[:2000]}"
        began = time.monotonic()
        answer = line.post(page, data=hidden(shown.text) | given)
        assert answer.status_code == httpx.codes.SEE_OTHER, f"{answer.status_code}: {answer.text[:2000]}"
        with self.lock:
            self.saves += 1
            self.slowest = max(self.slowest, time.monotonic() - began)
