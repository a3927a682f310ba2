"""The operator's commands: what they do, and the one sentence when something is wrong."""

import json
import os
import secrets
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import func, select

from portal import config, profile
from portal.app import create_app
from portal.cli import QUESTIONNAIRES, commands, prepare
from portal.db import db
from portal.identity.models import User
from portal.surveys.models import Invitation, QuestionnaireVersion

INTAKE = (QUESTIONNAIRES / "intake.toml").read_text("utf-8")


@pytest.fixture
def fresh(tmp_path: Path) -> Flask:
    """A portal whose database has nothing in it."""
    return create_app(config.load(instance=tmp_path / "instance"))


def run(app: Flask, *words: str) -> Result:
    return CliRunner().invoke(commands, words, obj=lambda: app)


def written(tmp_path: Path, text: str | bytes) -> str:
    path = tmp_path / "vragen.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return str(path)


def test_checking_a_good_file(fresh: Flask) -> None:
    result = run(fresh, "questionnaires", "check", str(QUESTIONNAIRES / "plan.toml"))
    assert result.exit_code == 0
    assert "plan.toml klopt: plan, versie 1, 9 vragen." in result.output


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (INTAKE.replace('type = "grade"', 'type = "cijfer"'), "regel 18, questions.grade.type"),
        (INTAKE + "\n[[page", "regel"),
        (b"\xff\xfe\x00", "geen UTF-8"),
        ("", "moment"),
    ],
)
def test_a_broken_file_is_told_by_line_key_and_reason(
    fresh: Flask, tmp_path: Path, text: str | bytes, words: str
) -> None:
    result = run(fresh, "questionnaires", "check", written(tmp_path, text))
    assert result.exit_code == 1
    assert words in result.output
    assert "Traceback" not in result.output


def test_a_file_that_is_not_there(fresh: Flask) -> None:
    result = run(fresh, "questionnaires", "check", "/nergens/vragen.toml")
    assert result.exit_code == 1
    assert "niet te lezen" in result.output


def test_a_published_version_never_changes(fresh: Flask, tmp_path: Path) -> None:
    with fresh.app_context():
        prepare()
    changed = INTAKE.replace("Het eerste gesprek kwam snel genoeg.", "Het ging snel genoeg.")
    refused = run(fresh, "questionnaires", "publish", written(tmp_path, changed))
    assert refused.exit_code == 1
    assert "hoger nummer" in refused.output
    with fresh.app_context():
        assert db.session.scalar(select(func.count(QuestionnaireVersion.id))) == 3
    newer = run(
        fresh, "questionnaires", "publish", written(tmp_path, changed.replace("version = 1", "version = 2"))
    )
    assert newer.exit_code == 0
    assert "intake, versie 2" in newer.output
    again = run(
        fresh, "questionnaires", "publish", written(tmp_path, changed.replace("version = 1", "version = 2"))
    )
    assert again.exit_code == 0, "the same text again changes nothing"


def test_demo_links_give_every_part_or_null(fresh: Flask) -> None:
    links = json.loads(run(fresh, "demo", "--links").stdout)
    assert list(links) == [
        "intake",
        "plan",
        "closure",
        "code",
        "complaint",
        "complaint_status",
        "talks",
        "staff",
    ]
    assert set(links["staff"]) == {"url", "email", "password", "totp_secret"}
    client = fresh.test_client()
    for moment in ("intake", "plan", "closure"):
        assert client.get(links[moment]).status_code == 200
    assert client.get(links["complaint"]).status_code == 200
    assert client.get(links["talks"]).status_code == 200
    again = json.loads(run(fresh, "demo", "--links").stdout)
    assert again["intake"] != links["intake"], "the links are fresh"
    assert again["staff"] == links["staff"]
    with fresh.app_context():
        assert all(db.session.scalars(select(Invitation.is_demo))), "demo data is marked"


def test_the_code_of_now_signs_the_demo_account_in(fresh: Flask) -> None:
    run(fresh, "demo")
    code = run(fresh, "demo", "--code").stdout.strip()
    assert len(code) == 6
    assert code.isdigit()


def test_init_makes_the_first_administrator_once(fresh: Flask) -> None:
    first = run(fresh, "init", "--email", "Beheer@voorbeeld.example")
    assert first.exit_code == 0
    assert "Account gemaakt" in first.output
    assert "Er zijn al accounts" in run(fresh, "init", "--email", "ander@voorbeeld.example").output
    with fresh.app_context():
        (user,) = db.session.scalars(select(User)).all()
        assert user.email == "beheer@voorbeeld.example"
        assert "admin" in user.role_names


def test_adding_staff_twice_is_refused(fresh: Flask) -> None:
    with fresh.app_context():
        prepare()
    assert run(fresh, "staff", "add", "a@voorbeeld.example", "--role", "quality").exit_code == 0
    again = run(fresh, "staff", "add", "A@voorbeeld.example", "--role", "quality")
    assert again.exit_code == 1
    assert "al een account" in again.output


SOUND = {
    "PORTAL_ENV": "production",
    "PORTAL_SECRET_KEY": secrets.token_urlsafe(32),
    "PORTAL_INDEX_KEY": secrets.token_urlsafe(32),
    "PORTAL_LINK_KEYS": secrets.token_urlsafe(32),
    "PORTAL_DATA_KEYS": Fernet.generate_key().decode(),
    "PORTAL_BASE_URL": "https://portaal.example",
}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORTAL_SECRET_KEY", "kort"),
        ("PORTAL_SECRET_KEY", ""),
        ("PORTAL_INDEX_KEY", ""),
        ("PORTAL_LINK_KEYS", ""),
        ("PORTAL_LINK_KEYS", f"{'l' * 40},kort"),
        ("PORTAL_DATA_KEYS", ""),
        ("PORTAL_DATA_KEYS", "x" * 44),
        ("PORTAL_BASE_URL", "http://portaal.example"),
        ("PORTAL_PROFILE", "bestaat-niet"),
        ("PORTAL_TRUSTED_PROXIES", "veel"),
        ("PORTAL_TRUSTED_PROXIES", "-1"),
        ("PORTAL_BASE_URL", "https://"),
        ("PORTAL_BASE_URL", "https://portaal.example/pad"),
        ("PORTAL_DATABASE_URL", "iets"),
        ("PORTAL_DATABASE_URL", "mysql://server/portaal"),
        ("PORTAL_ENV", "proefje"),
    ],
)
def test_production_refuses_to_start_with_one_clear_sentence(tmp_path: Path, name: str, value: str) -> None:
    environment = {**os.environ, **SOUND, "PORTAL_INSTANCE": str(tmp_path), name: value}
    command = [Path(sys.executable).with_name("portal"), "init"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert name in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "portal.db").exists()


def test_production_starts_when_all_is_sound(tmp_path: Path) -> None:
    environment = {**os.environ, **SOUND, "PORTAL_INSTANCE": str(tmp_path)}
    command = [Path(sys.executable).with_name("portal")]
    init = subprocess.run(
        [*command, "init"], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert init.returncode == 0, init.stderr
    demo = subprocess.run(
        [*command, "demo"], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert demo.returncode == 1
    assert "horen niet in productie" in demo.stderr


@pytest.mark.parametrize("email", ["geen adres", "a@", "", "x" * 300 + "@voorbeeld.example"])
def test_an_address_that_is_none_makes_no_account(fresh: Flask, email: str) -> None:
    with fresh.app_context():
        prepare()
    refused = run(fresh, "staff", "add", email, "--role", "quality")
    assert refused.exit_code == 1
    assert "geen e-mailadres" in refused.output
    with fresh.app_context():
        assert db.session.scalar(select(func.count(User.id))) == 0


def test_a_broken_instance_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text("{")
    environment = {**os.environ, "PORTAL_INSTANCE": str(tmp_path)}
    command = [Path(sys.executable).with_name("portal"), "init"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "keys.json" in done.stderr
    assert "Traceback" not in done.stderr


def test_development_keys_are_kept_and_private(tmp_path: Path) -> None:
    first = config.load(instance=tmp_path)
    assert config.load(instance=tmp_path).data_keys == first.data_keys
    assert (tmp_path / "keys.json").stat().st_mode & 0o777 == 0o600


def no_app() -> Flask:
    raise AssertionError("a calendar needs no database")


def legal_dates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *words: str) -> Result:
    monkeypatch.setenv("PORTAL_INSTANCE", str(tmp_path / "instance"))
    return CliRunner().invoke(commands, ["terms", *words], obj=no_app)


@pytest.mark.parametrize("received", ["2026-11-13", "13-11-2026"])
def test_the_legal_dates_of_a_complaint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, received: str
) -> None:
    result = legal_dates(tmp_path, monkeypatch, received)
    assert result.exit_code == 0
    # Awb 9:8 lid 3, 9:11 lid 1 and 2: Christmas moves the second, the third counts from Christmas itself.
    assert json.loads(result.stdout) == {
        "not_taken_up_by": "2026-12-11",
        "decide_by": "2026-12-28",
        "decide_by_extended": "2027-01-22",
    }
    with_committee = legal_dates(tmp_path, monkeypatch, received, "--committee")
    assert json.loads(with_committee.stdout) == {
        "not_taken_up_by": "2026-12-11",
        "decide_by": "2027-01-22",
        "decide_by_extended": "2027-02-19",
    }
    assert not (tmp_path / "instance" / "portal.db").exists()


def test_the_legal_dates_know_the_days_of_the_profile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = profile.load("skt-westland")
    asked: list[str] = []

    def load(key: str) -> profile.Profile:
        asked.append(key)
        return given.model_copy(update={"decree_days": (date(2026, 12, 28),)})

    monkeypatch.setattr(profile, "load", load)
    monkeypatch.setenv("PORTAL_PROFILE", "sociaal-team-houten")
    found = json.loads(legal_dates(tmp_path, monkeypatch, "2026-11-13").stdout)
    assert found["decide_by"] == "2026-12-29"
    assert asked == ["sociaal-team-houten"]


@pytest.mark.parametrize(
    "typed",
    [
        "vandaag",
        "",
        "2026-02-30",
        "29-02-2027",
        "2026-13-01",
        "2026-3-1",
        "20260301",
        "2026-W09-7",
        "03-01-26",
        "2026-03-01T00:00",
        " 2026-03-01",
        "2026-03-01\n",
        "٢٠٢٦-٠٣-٠١",
        "1999-12-31",
        "2100-01-01",
        "9999-12-31",
    ],
)
def test_what_is_no_date_is_told_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    result = legal_dates(tmp_path, monkeypatch, "--", typed)
    assert result.exit_code == 1
    assert "is geen datum" in result.stderr
    assert "2026-03-01 of 01-03-2026" in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""
    assert not (tmp_path / "instance").exists(), "nothing was made"


def test_the_first_and_last_day_that_are_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for typed in ("2000-01-01", "31-12-2099"):
        assert legal_dates(tmp_path, monkeypatch, typed).exit_code == 0


def test_legal_dates_of_a_profile_that_is_not_there(tmp_path: Path) -> None:
    environment = {**os.environ, "PORTAL_INSTANCE": str(tmp_path), "PORTAL_PROFILE": "bestaat-niet"}
    command = [str(Path(sys.executable).with_name("portal")), "terms", "2026-03-01"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "PORTAL_PROFILE" in done.stderr
    assert "Traceback" not in done.stderr
