"""An organisation is a profile: data, checked when the portal starts."""

import tomllib
from datetime import date, time
from pathlib import Path
from typing import Annotated, Literal

from flask import current_app
from pydantic import BaseModel, ConfigDict, Field, model_validator

from portal.config import ConfigError

LANGUAGE = "nl"
FOLDER = Path(__file__).parent / "profiles"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Contact(_Part):
    """How people reach the organisation. What is not known is left out of the pages."""

    address: str = ""
    postcode: str = ""
    place: str = ""
    phone: str = ""
    email: str = ""
    website: str = ""


class Helper(_Part):
    """Somebody independent one can turn to."""

    name: str
    what: dict[str, str]
    website: str


class Surveys(_Part):
    open_days: Annotated[int, Field(ge=1)]
    minutes: Annotated[int, Field(ge=1)]
    results_when: dict[str, str]


# Never on a Sunday.
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat")
EARLIEST, LATEST = time(7), time(22)
Days = Annotated[int, Field(ge=0)]


class Messages(_Part):
    """When messages leave that nobody waits for, and in whose name. Never on holidays."""

    days: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat"], ...]
    opens: time
    closes: time
    closed_days: tuple[date, ...] = ()
    signed_by: dict[str, str]
    sms_name: Annotated[str, Field(min_length=1, max_length=11)]

    @model_validator(mode="after")
    def _some_time(self) -> "Messages":
        if self.opens.tzinfo or self.closes.tzinfo or not EARLIEST <= self.opens < self.closes <= LATEST:
            raise ValueError("messages: berichten vertrekken tussen 7 en 22 uur, en 'closes' komt na 'opens'")
        if not self.days:
            raise ValueError("messages: geef ten minste één dag")
        return self


class InvitingStep(_Part):
    """One message: how many days after the first, and which channel is tried first."""

    day: Days
    channels: tuple[Literal["email", "sms", "letter"], ...]


class Inviting(_Part):
    """Whom to ask, when and how often."""

    delay_days: dict[Literal["intake", "plan", "closure"], Days]
    too_old_days: Days
    between_person_days: Days
    between_case_days: Days
    ask_during_complaint: bool
    paper_with_letter: bool
    family_links: Days
    steps: tuple[InvitingStep, ...]

    @model_validator(mode="after")
    def _rising(self) -> "Inviting":
        days = [step.day for step in self.steps]
        if not days or days != sorted(set(days)) or any(not step.channels for step in self.steps):
            raise ValueError("inviting.steps: elke stap komt later dan de vorige en heeft een kanaal")
        if set(self.delay_days) != {"intake", "plan", "closure"}:
            raise ValueError("inviting.delay_days: geef intake, plan en closure")
        if max(self.delay_days.values()) > self.too_old_days:
            raise ValueError(
                "inviting.too_old_days: korter dan de wachttijd, dan wordt nooit iemand gevraagd"
            )
        return self


class Ombudsman(_Part):
    """Where a complainant goes next (Awb 9:12 lid 2, 9:24)."""

    name: str
    address: str
    phone: str = ""
    website: str


class Complaints(_Part):
    """How complaints are handled. Which law holds for which help is for the organisation's lawyer to confirm."""

    coordinator: dict[str, str]
    """What the one who coordinates is called."""
    coordinator_is_external: bool
    procedures: dict[Literal["youth", "adults", "unknown"], Literal["awb", "jeugdwet"]]
    confirmed_by_lawyer: bool = False
    regulation_weeks: Annotated[int, Field(ge=1, le=12)]
    """Within which the committee of the own regulation judges (Jeugdwet 4.2.1)."""
    regulation_extension_weeks: Annotated[int, Field(ge=0, le=12)]
    ombudsman: Ombudsman
    client_support: dict[str, str]
    """Free, independent help for adults, in a few words."""
    themes: dict[str, dict[str, str]]
    leave_to: str
    """An everyday website, for who must leave the page at once."""
    published: dict[int, int] = {}
    """How many complaints there were in the years before this portal."""

    @model_validator(mode="after")
    def _complete(self) -> "Complaints":
        if set(self.procedures) != {"youth", "adults", "unknown"}:
            raise ValueError("complaints.procedures: geef youth, adults en unknown")
        for text in (self.coordinator, self.client_support, *self.themes.values()):
            if LANGUAGE not in text:
                raise ValueError("complaints: elke tekst moet er in elk geval in het Nederlands zijn")
        return self


class Talks(_Part):
    """The evenings on which parents and young people give advice."""

    name: Annotated[str, Field(min_length=1, max_length=40)]
    keep_weeks: Annotated[int, Field(ge=1, le=52)]
    """How long after an evening is known who was there."""
    confirm_days: Annotated[int, Field(ge=1, le=60)]
    """Within which somebody says that he or she wants to be in the circle; else the address is forgotten."""


class Retention(_Part):
    """How long is kept what names somebody. To be confirmed by the organisation's archivist and privacy officer."""

    contacts_weeks: Annotated[int, Field(ge=1, le=104)]
    """After the link of an invitation closed: name, case number and how the person was reached."""
    calls_weeks: Annotated[int, Field(ge=1, le=52)]
    """After somebody was called back."""
    messages_weeks: Annotated[int, Field(ge=7, le=104)]
    """After a message was sent or came to nothing: that it was. What it said goes at sending. Longer than a link
    is open, or somebody could be asked twice."""
    texts_years: Annotated[int, Field(ge=1, le=10)]
    """After the quarter: what people wrote in a questionnaire. Grades and choices stay, they name nobody."""
    complaints_years: Annotated[int, Field(ge=1, le=10)]
    """After the outcome was told or the complaint ended otherwise. The counts stay."""
    audit_years: Annotated[int, Field(ge=2, le=20)]
    backups_days: Annotated[int, Field(ge=1, le=30)]
    """How long a backup may be kept: so long something that was erased can still be in one."""
    complaint_drafts_days: Annotated[int, Field(ge=1, le=60)] = 14
    """After somebody last wrote on a complaint that was not sent."""
    uploads_days: Annotated[int, Field(ge=1, le=7)] = 1
    """After an export was uploaded and not taken in."""
    tries_hours: Annotated[int, Field(ge=1, le=24)] = 1
    """After a wrong try at a password or a code. Longer than wrong tries are counted."""
    accounts_weeks: Annotated[int, Field(ge=1, le=104)] = 26
    """After an account of staff was closed: then it is emptied. Its number stays, or the audit would name nobody."""

    @model_validator(mode="after")
    def _audit_outlives(self) -> "Retention":
        if self.audit_years <= self.complaints_years:
            raise ValueError(
                "retention.audit_years: langer dan complaints_years, anders is van een klacht niet te zien wie hem las"
            )
        return self


class Privacy(_Part):
    """What must be told to whoever gives us data (AVG art. 13 and 14). For the privacy officer to confirm."""

    officer: Annotated[str, Field(pattern=r"^((mailto:|tel:|https://)\S+)?$")] = ""
    """How the data protection officer is reached (art. 13 lid 1 b), as an address; where it is empty the page says
    how to ask us."""
    basis: dict[Literal["surveys", "complaints", "talks"], dict[str, str]]
    """By what right each part is kept (art. 13 lid 1 c), in plain words."""

    @property
    def officer_spoken(self) -> str:
        """The address as people read it."""
        return self.officer.removeprefix("mailto:").removeprefix("tel:").removeprefix("https://")

    @model_validator(mode="after")
    def _complete(self) -> "Privacy":
        if set(self.basis) != {"surveys", "complaints", "talks"}:
            raise ValueError("privacy.basis: geef surveys, complaints en talks")
        if any(LANGUAGE not in text for text in self.basis.values()):
            raise ValueError("privacy.basis: elke tekst moet er in elk geval in het Nederlands zijn")
        return self


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
    smallest_group: Annotated[int, Field(ge=2)] = 5
    accessibility_statement: str = ""
    accessibility_checked_on: date | None = None
    contact: Contact
    confidant: Helper
    surveys: Surveys
    messages: Messages
    inviting: Inviting
    complaints: Complaints
    talks: Talks
    retention: Retention
    privacy: Privacy
    security_contact: Annotated[str, Field(pattern=r"^((mailto:|tel:|https://)\S+)?$")] = ""
    """Where somebody tells of a weakness, as an address; empty sends them to the page about privacy."""
    decree_days: tuple[date, ...] = ()
    """Days put on a par with holidays by royal decree (Atw art. 3 lid 3), year by year."""
    published: tuple[Published, ...] = ()

    @model_validator(mode="after")
    def _fits_together(self) -> "Profile":
        if self.inviting.steps[-1].day >= self.surveys.open_days:
            raise ValueError("inviting.steps: het laatste bericht komt na het sluiten van de link")
        if self.inviting.too_old_days > self.surveys.open_days + 7 * self.retention.contacts_weeks:
            raise ValueError(
                "inviting.too_old_days: langer dan open_days en contacts_weeks samen, dan wordt iemand die al vergeten "
                "is opnieuw gevraagd"
            )
        texts = (self.messages.signed_by, self.surveys.results_when, self.confidant.what)
        if any(LANGUAGE not in text for text in (self.languages, *texts)):
            raise ValueError(f"talen: elke tekst moet er in elk geval in het Nederlands zijn ('{LANGUAGE}')")
        return self


def load(key: str) -> Profile:
    """The profile of that name. Raises ConfigError when it is missing or broken."""
    path = FOLDER / f"{key}.toml"
    if not path.is_file():
        known = ", ".join(sorted(found.stem for found in FOLDER.glob("*.toml")))
        raise ConfigError(f"PORTAL_PROFILE: er is geen profiel '{key}'. Er zijn: {known}.")
    try:
        return Profile(**{**tomllib.loads(path.read_text(encoding="utf-8")), "key": key})
    except (ValueError, TypeError) as error:
        raise ConfigError(f"Het profiel '{key}' klopt niet: {error}") from error


def profile() -> Profile:
    """The profile of the running portal."""
    found: Profile = current_app.extensions["profile"]
    return found
