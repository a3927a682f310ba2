"""An organisation is a profile: data, checked when the portal starts."""

import tomllib
from datetime import date
from pathlib import Path
from typing import Literal

from flask import current_app
from pydantic import BaseModel, ConfigDict, ValidationError

from portal.config import ConfigError

FOLDER = Path(__file__).parent / "profiles"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Contact(_Part):
    """How people reach the organisation. What is not known is left out of the pages."""

    address: str
    postcode: str
    place: str
    phone: str = ""
    email: str = ""
    website: str = ""


class Helper(_Part):
    """Somebody independent one can turn to."""

    name: str
    what: dict[str, str]
    website: str


class Surveys(_Part):
    open_days: int
    minutes: int
    results_when: dict[str, str]


class Published(_Part):
    """A figure the organisation published before the portal was there."""

    key: Literal["response_rate", "share_grade_7_or_higher", "average_grade"]
    values: dict[int, float]


class Profile(_Part):
    """Names, contacts, norms and texts of one organisation."""

    key: str
    name: str
    short_name: str
    area: str
    languages: dict[str, str]
    smallest_group: int = 5
    accessibility_statement: str = ""
    accessibility_checked_on: date | None = None
    contact: Contact
    confidant: Helper
    surveys: Surveys
    published: tuple[Published, ...] = ()


def load(key: str) -> Profile:
    """The profile of that name. Raises ConfigError when it is missing or broken."""
    path = FOLDER / f"{key}.toml"
    if not path.is_file():
        known = ", ".join(sorted(found.stem for found in FOLDER.glob("*.toml")))
        raise ConfigError(f"PORTAL_PROFILE: er is geen profiel '{key}'. Er zijn: {known}.")
    try:
        return Profile(key=key, **tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise ConfigError(f"Het profiel '{key}' klopt niet: {error}") from error


def profile() -> Profile:
    """The profile of the running portal."""
    found: Profile = current_app.extensions["profile"]
    return found
