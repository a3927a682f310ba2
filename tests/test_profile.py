"""A profile is data that somebody types: what does not fit is said when the portal starts."""

from pathlib import Path

import pytest

from portal import profile
from portal.config import ConfigError

OURS = profile.FOLDER / "skt-westland.toml"


def test_our_profile_is_right() -> None:
    assert profile.load("skt-westland").inviting.steps[0].day == 0


@pytest.mark.parametrize(
    ("instead_of", "typed", "said"),
    [
        ('"sat"]', '"sat", "sun"]', "days"),
        ("opens = 09:30:00", "opens = 23:30:00", "tussen 7 en 22 uur"),
        ("closes = 20:00:00", "closes = 23:00:00", "tussen 7 en 22 uur"),
        ("opens = 09:30:00", "opens = 06:00:00", "tussen 7 en 22 uur"),
        ("closes = 20:00:00", "closes = 09:00:00", "tussen 7 en 22 uur"),
        ('days = ["mon", "tue", "wed", "thu", "fri", "sat"]', "days = []", "ten minste één dag"),
        ('sms_name = "SKT"', 'sms_name = "Sociaal Kernteam"', "sms_name"),
        ('signed_by = { nl = "Het kwaliteitsteam", en', "signed_by = { en", "Nederlands"),
        ("open_days = 42", "open_days = 10", "na het sluiten van de link"),
        ("open_days = 42", "open_days = -3", "open_days"),
        ("too_old_days = 60", "too_old_days = 6", "too_old_days"),
        # 42 days open and 13 weeks: after that nothing says any more that somebody was asked.
        ("too_old_days = 60", "too_old_days = 134", "opnieuw gevraagd"),
        ("contacts_weeks = 13", "contacts_weeks = 2", "opnieuw gevraagd"),
        ("closure = 7 }", "closure = -1 }", "delay_days"),
        ("plan = 1, closure = 7 }", "plan = 1 }", "geef intake, plan en closure"),
        ("family_links = 3", "family_links = -1", "family_links"),
        ("smallest_group = 5", "smallest_group = 1", "smallest_group"),
        ("day = 10", "day = 3", "later dan de vorige"),
        ('channels = ["email", "sms"]', "channels = []", "heeft een kanaal"),
        ('channels = ["email", "sms"]', 'channels = ["pigeon"]', "channels"),
        ('officer = ""', 'officer = "iemand"', "officer"),
        ('talks = { nl = "Dit mag', 'talking = { nl = "Dit mag', "privacy.basis"),
        ('talks = { nl = "Dit mag', 'talks = { de = "Dit mag', "privacy.basis"),
        ("too_old_days = 60", "too_old_days = 60\ntypo = 1", "typo"),
        ("too_old_days = 60", "too_old_days = ", "klopt niet"),
    ],
)
def test_what_does_not_fit_is_refused(
    instead_of: str, typed: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = OURS.read_text(encoding="utf-8")
    assert instead_of in source
    (tmp_path / "ours.toml").write_text(source.replace(instead_of, typed, 1), encoding="utf-8")
    monkeypatch.setattr(profile, "FOLDER", tmp_path)
    with pytest.raises(ConfigError, match="klopt niet") as error:
        profile.load("ours")
    assert said in str(error.value)


@pytest.mark.parametrize("content", [b"key = 'other'\n", b"name = '\xff'", b"\x00", b""])
def test_a_file_that_is_no_profile_is_refused(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ours.toml").write_bytes(content)
    monkeypatch.setattr(profile, "FOLDER", tmp_path)
    with pytest.raises(ConfigError, match="klopt niet"):
        profile.load("ours")
