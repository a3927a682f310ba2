"""`portal import-moments`: what it prints, how it ends, and that nothing changes where it says so."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import func, select

from portal.cli import commands
from portal.db import db
from portal.surveys.inviting.models import Contact
from tests.surveys.inviting.exports import EXPECTED, HERE, SAMPLE, export, row

pytestmark = pytest.mark.usefixtures("time")


def run(app: Flask, file: Path | str, *options: str) -> Result:
    return CliRunner().invoke(commands, ["import-moments", str(file), *options], obj=lambda: app)


def written(folder: Path, data: bytes) -> Path:
    file = folder / "export.csv"
    file.write_bytes(data)
    return file


def kept() -> int:
    db.session.rollback()
    return int(db.session.scalar(select(func.count()).select_from(Contact)) or 0)


def test_the_outcome_as_json(app: Flask) -> None:
    result = run(app, HERE / "export-moments.csv", "--json")
    assert (result.exit_code, result.stderr) == (3, "")
    told = json.loads(result.stdout)
    assert list(told) == ["new", "known", "changed", "refused", "warnings"]
    assert (told["new"], told["known"], told["changed"]) == (EXPECTED["new"], EXPECTED["known"], 0)
    assert [{"line": one["line"], "column": one["column"]} for one in told["refused"]] == EXPECTED["refused"]
    assert all(one["reason"] and list(one) == ["line", "column", "reason"] for one in told["refused"])
    assert told["warnings"] == []
    again = json.loads(run(app, HERE / "export-moments.csv", "--json").stdout)
    assert (again["new"], again["known"]) == (0, EXPECTED["new"] + EXPECTED["known"])
    assert again["refused"] == told["refused"]


def test_the_outcome_for_people(app: Flask, tmp_path: Path) -> None:
    data = export(row(), row(moment="x"), row(naam="Twee", telefoon="070-1234567"))
    result = run(app, written(tmp_path, data))
    assert result.exit_code == 3
    assert result.stdout.splitlines()[0] == "2 nieuw, 0 al bekend, 0 gewijzigd, 1 geweigerd."
    assert "  regel 3, moment: Dit woord past hier niet." in result.stdout
    assert "  regel 4, telefoon: Dit is geen mobiel nummer" in result.stdout
    assert "Proefpersoon" not in result.output


def test_all_rows_taken(app: Flask, tmp_path: Path) -> None:
    result = run(app, written(tmp_path, export(row())))
    assert (result.exit_code, kept()) == (0, 1)
    assert result.stdout == "1 nieuw, 0 al bekend, 0 gewijzigd, 0 geweigerd.\n"


def test_a_dry_run_writes_nothing(app: Flask) -> None:
    dry = run(app, HERE / "export-moments.csv", "--dry-run", "--json")
    assert (dry.exit_code, kept()) == (3, 0)
    assert "niets veranderd" in run(app, HERE / "export-moments.csv", "--dry-run").stdout
    assert run(app, HERE / "export-moments.csv", "--json").stdout == dry.stdout


@pytest.mark.parametrize("options", [(), ("--json",), ("--dry-run", "--json")])
@pytest.mark.parametrize(
    ("data", "words"),
    [(b"", "is leeg"), (SAMPLE.replace(b"zaaknummer;", b"bsn;"), "BSN"), (b"PK\x03\x04", "Excel")],
)
def test_an_unreadable_file(
    app: Flask, tmp_path: Path, data: bytes, words: str, options: tuple[str, ...]
) -> None:
    result = run(app, written(tmp_path, data), *options)
    assert (result.exit_code, result.stdout, kept()) == (2, "", 0)
    assert words in result.stderr
    assert "Er is niets veranderd." in result.stderr


def test_a_file_that_is_not_there_or_is_a_folder(app: Flask, tmp_path: Path) -> None:
    for file in (tmp_path / "nergens.csv", tmp_path):
        result = run(app, file, "--json")
        assert (result.exit_code, result.stdout) == (2, "")
        assert "niet te lezen" in result.stderr


def test_the_real_command_in_a_process_of_its_own(tmp_path: Path) -> None:
    def portal(*words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [Path(sys.executable).with_name("portal"), *words],
            env={"PATH": os.environ["PATH"], "PORTAL_INSTANCE": str(tmp_path / "instance")},
            capture_output=True,
            text=True,
            check=False,
        )

    good = written(tmp_path, export(row(datum="2026-01-05")))
    early = portal("import-moments", str(good))
    assert early.returncode == 1
    assert "portal init" in early.stderr
    portal("init")
    assert portal("import-moments", str(good)).returncode == 0
    good.write_bytes(export(row(datum="2026-01-05"), row(datum="")))
    assert portal("import-moments", str(good)).returncode == 3
    good.write_bytes(b"")
    assert portal("import-moments", str(good)).returncode == 2
