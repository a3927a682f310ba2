"""The organisation's own scanner: a real program that gets the file and answers."""

import shlex
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal import config
from portal.complaints import attachments
from portal.complaints.attachments import NotTaken
from portal.config import ConfigError
from tests.complaints.attachments import files
from tests.complaints.attachments.drafts import begun, give, kept
from tests.surveys.inviting.team import said

Scanner = Callable[..., Path]
SICK = b"EICAR-PROEF"
LATER = "Probeer het later nog een keer."


@pytest.fixture
def scanner(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scanner:
    """Set a program of these lines as the scanner; what it leaves behind is beside it, as "seen"."""

    def use(*lines: str) -> Path:
        program = tmp_path / "scan it.py"
        program.write_text("\n".join(lines))
        set_command(app, monkeypatch, f"{sys.executable} {shlex.quote(str(program))} --quiet '$(touch gone)'")
        return tmp_path / "seen"

    return use


def set_command(app: Flask, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    changed = app.extensions["settings"].model_copy(update={"scan_command": command})
    monkeypatch.setitem(app.extensions, "settings", changed)


HONEST = ("import sys", f"sys.exit(1 if {SICK!r} in sys.stdin.buffer.read() else 0)")


def test_none_is_set_and_all_is_taken(client: FlaskClient) -> None:
    assert give(client, begun(), files.PDF).status_code == 303


def test_clean_and_infected(client: FlaskClient, scanner: Scanner) -> None:
    scanner(*HONEST)
    token = begun()
    assert give(client, token, files.PDF).status_code == 303
    response = give(client, token, files.PDF.replace(b"Catalog", SICK), "ziek.pdf")
    assert response.status_code == 422
    assert "onze virusscanner vond er iets in" in said(response)
    assert [file.name for file in kept()] == ["brief.pdf"]


def test_it_sees_the_whole_file_as_it_is_kept_and_nothing_of_ours(
    client: FlaskClient, scanner: Scanner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTAL_DATA_KEYS", "een sleutel")
    seen = scanner(
        "import os, pathlib, sys",
        "folder = pathlib.Path(__file__).parent",
        "(folder / 'seen').write_bytes(sys.stdin.buffer.read())",
        "(folder / 'told').write_text(repr(sys.argv[1:]) + repr(sorted(os.environ)))",
    )
    assert give(client, begun(), files.noise(2_000_000), "geheim.pdf").status_code == 303
    assert seen.read_bytes() == attachments.opened(kept()[0])
    told = (seen.parent / "told").read_text()
    assert told.startswith("['--quiet', '$(touch gone)']"), "no shell read it"
    assert "PORTAL_" not in told and "geheim" not in told and "PATH" in told


@pytest.mark.parametrize(
    "lines",
    [
        ("import sys", "sys.exit(2)"),
        ("raise SystemExit(77)",),
        ("this is no program",),
        ("import os, signal", "os.kill(os.getpid(), signal.SIGKILL)"),
    ],
    ids=["cannot say", "another code", "broken", "killed"],
)
def test_one_that_does_not_answer_refuses_kindly(
    client: FlaskClient, scanner: Scanner, lines: tuple[str, ...]
) -> None:
    scanner(*lines)
    response = give(client, begun(), files.PDF)
    # A Python that cannot read its program ends with 1: that is what the operator's scanner said.
    expected = LATER if "this" not in lines[0] else "virusscanner"
    assert response.status_code == 422 and expected in said(response)
    assert not kept()


def test_one_that_answers_without_reading_all_counts(client: FlaskClient, scanner: Scanner) -> None:
    scanner("import sys", "sys.exit(0)")
    assert give(client, begun(), files.noise(2_000_000)).status_code == 303


def test_one_that_takes_too_long_is_ended_with_what_it_started(
    client: FlaskClient, scanner: Scanner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attachments, "SCAN_SECONDS", 2)
    seen = scanner(
        "import pathlib, subprocess, sys, time",
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])",
        "(pathlib.Path(__file__).parent / 'seen').write_text(str(child.pid))",
        "time.sleep(600)",
    )
    began = time.monotonic()
    response = give(client, begun(), files.PDF)
    assert response.status_code == 422 and LATER in said(response)
    assert time.monotonic() - began < 20
    child = Path("/proc") / seen.read_text()
    until = time.monotonic() + 5
    while _runs(child):
        assert time.monotonic() < until, "what the scanner started is still there"
        time.sleep(0.05)
    assert not kept()


def _runs(process: Path) -> bool:
    """Whether the process is there and not just waiting to be noticed."""
    try:
        return (process / "stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("command", ["/bestaat/niet", "/etc/passwd", "een\0nul"])
def test_one_that_is_not_there(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    set_command(app, monkeypatch, command)
    assert LATER in said(give(client, begun(), files.PDF))
    with pytest.raises(NotTaken):
        attachments.scan(files.PDF)


def test_a_command_with_an_open_quote_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="PORTAL_SCAN_COMMAND"):
        config.load(instance=tmp_path, scan_command="clamdscan 'oeps")
    assert config.load(instance=tmp_path, scan_command="clamdscan --no-summary -").scanner == [
        "clamdscan",
        "--no-summary",
        "-",
    ]
