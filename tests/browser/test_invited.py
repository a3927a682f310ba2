"""From the client registration to the figures of the team, with real parts all the way."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from playwright.sync_api import Page

from portal import clock
from portal.identity.rules import Role
from tests.browser.pages import AGREE, GRADE, MEETING, START, SurveyPage
from tests.browser.people import People
from tests.browser.site import BIN, PATIENCE_SECONDS, Site
from tests.ports import free_port

ASKED = 6
HEADER = "zaaknummer;moment;datum;domein;team;perspectief;naam;email"


class Sink:
    """A mail server that keeps what it gets."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    async def handle_DATA(self, _server: object, _session: object, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        assert isinstance(content, bytes)
        mail = message_from_bytes(content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 kept"

    def to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.mails if mail["To"].addresses[0].addr_spec == address]


@pytest.fixture
def mailed(tmp_path: Path) -> Iterator[tuple[Site, Sink]]:
    """A portal on its first day, and the mail server that it sends to."""
    sink = Sink()
    port = free_port()
    server = Controller(sink, hostname="127.0.0.1", port=port)
    server.start()
    site = Site(tmp_path)
    site.environment["PORTAL_SMTP_URL"] = f"smtp://127.0.0.1:{port}"
    try:
        site.prepare(demo=False)
        site.start()
        yield site, sink
    finally:
        site.stop()
        server.stop()


def test_from_the_export_to_the_rate(mailed: tuple[Site, Sink], people: People, tmp_path: Path) -> None:
    site, sink = mailed
    export = tmp_path / "export.csv"
    day = clock.today() - timedelta(days=3)
    rows = [
        f"Z-{number};intake;{day};jeugd;Naaldwijk;volwassene;Zoë Proefpersoon;proef{number}@voorbeeld.example"
        for number in range(1, ASKED + 1)
    ]
    export.write_text("\n".join([HEADER, *rows]), encoding="cp1252")

    taken = _run(site, [str(BIN / "portal"), "import-moments", str(export), "--json"])
    assert taken == {"new": ASKED, "known": 0, "changed": 0, "refused": [], "warnings": []}
    assert _worker(site, days=0)["sent"] == ASKED
    assert len(sink.mails) == ASKED

    team = people.staff(site, Role.QUALITY)
    assert _invited_and_sent(team, site) == (ASKED, 0)

    (mail,) = sink.to("proef1@voorbeeld.example")
    text = mail.get_body(("plain",))
    assert text is not None
    content = text.get_content()
    assert "Zoë Proefpersoon" in content
    # The grade given in the mail is selected on the page, and kept by pressing "Verder".
    link = re.search(rf"{site.address}/v/[\w-]{{24}}", content)
    assert link is not None
    survey = SurveyPage(people.new()).open(f"{link[0]}?cijfer=8")
    survey.is_at(GRADE)
    assert survey.option(GRADE, "8").is_checked()
    survey.go("Verder", to="Het begin")
    for question in START:
        survey.choose(question, AGREE)
    survey.go("Verder", to="Het eerste gesprek")
    for question in MEETING:
        survey.choose(question, AGREE)
    survey.go("Verder", to="In eigen woorden")
    survey.send()
    assert next(iter(site.sealed().values()))["choices"][0] == ["grade", "8"]

    assert _invited_and_sent(team, site) == (ASKED, 1)
    for days in (4, 10, 20):
        _worker(site, days=days)
    assert len(sink.to("proef1@voorbeeld.example")) == 1, "no reminder leaves after an answer"
    reminded = sink.to("proef2@voorbeeld.example")
    assert len(reminded) == 3
    links = {re.search(r"/v/[\w-]{24}", str(mail.get_body(("plain",))))[0] for mail in reminded}  # type: ignore[index]
    assert len(links) == 1, "each reminder carries the same link"
    assert "proef1" not in site.log()
    assert link[0].rsplit("/", 1)[1] not in site.log()


def _worker(site: Site, *, days: int) -> dict[str, int]:
    done: dict[str, int] = _run(site, [sys.executable, "-m", "tests.worker_at", str(days)])
    return done


def _run(site: Site, command: list[str]) -> dict[str, object]:
    done = subprocess.run(
        command, env=site._env(), check=True, timeout=PATIENCE_SECONDS, stdout=subprocess.PIPE, text=True
    )
    found: dict[str, object] = json.loads(done.stdout)
    return found


def _invited_and_sent(page: Page, site: Site) -> tuple[int, int]:
    """What the team reads of the intake."""
    page.goto(f"{site.address}/team/respons")
    row = page.get_by_role("table", name="Respons per moment").get_by_role("row").filter(has_text="Intake")
    cells = row.get_by_role("cell").all_inner_texts()
    return int(cells[0]), int(cells[3])
