"""Settings from the environment, checked before anything starts."""

import json
import os
import secrets
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

ROOT = Path(__file__).resolve().parent.parent
SHORTEST_KEY = 32
Keys = Annotated[tuple[str, ...], NoDecode]


class ConfigError(Exception):
    """A setting is missing or unfit; the message says which and what to do."""


class Settings(BaseSettings):
    """What an operator can set. Every name is prefixed with PORTAL_ in the environment."""

    model_config = SettingsConfigDict(env_prefix="PORTAL_", extra="ignore", frozen=True)

    env: Literal["development", "production"] = "development"
    instance: Path = ROOT / "instance"
    database_url: str = ""
    secret_key: str = ""
    data_keys: Keys = ()
    link_keys: Keys = ()
    index_key: str = ""
    profile: str = "skt-westland"
    base_url: str = "http://127.0.0.1:8000"
    bind: str = "127.0.0.1:8000"
    trusted_proxies: int = Field(default=0, ge=0)
    smtp_url: str = ""
    sms_url: str = ""
    mail_from: str = ""
    redis_url: str = ""

    @field_validator("data_keys", "link_keys", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("base_url")
    @classmethod
    def _plain_address(cls, value: str) -> str:
        parts = urlsplit(value.rstrip("/"))
        if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path or parts.query:
            raise ValueError("geef een adres als https://portaal.voorbeeld.nl, zonder pad erachter")
        return value.rstrip("/")

    @property
    def is_production(self) -> bool:
        return self.env == "production"

    @property
    def secure(self) -> bool:
        """Whether people reach the portal over https."""
        return self.base_url.startswith("https://")

    @cached_property
    def sqlalchemy_url(self) -> str:
        """The database address with the driver we ship."""
        url = self.database_url or f"sqlite:///{self.instance / 'portal.db'}"
        for short in ("postgres://", "postgresql://"):
            if url.startswith(short):
                return "postgresql+psycopg://" + url.removeprefix(short)
        return url


def load(**given: object) -> Settings:
    """Read and check the settings.

    In development missing keys are made and kept in the instance folder; in production a
    missing or weak key raises ConfigError.
    """
    try:
        settings = Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        name = "PORTAL_" + str(error.errors()[0]["loc"][0]).upper()
        raise ConfigError(f"{name} heeft een waarde die niet past. Zie de tabel in README.md.") from error
    if settings.is_production:
        _refuse_weak(settings)
        return settings
    try:
        settings = settings.model_copy(update=_development_keys(settings))
    except (OSError, ValueError, KeyError) as error:
        raise ConfigError(
            f"De map {settings.instance} is niet te gebruiken, of keys.json erin is stuk."
        ) from error
    _refuse_unfit(settings)
    return settings


def _refuse_weak(settings: Settings) -> None:
    for name in ("secret_key", "index_key"):
        if len(getattr(settings, name)) < SHORTEST_KEY:
            raise ConfigError(
                f"PORTAL_{name.upper()} ontbreekt of is te kort: geef ten minste "
                f"{SHORTEST_KEY} willekeurige tekens."
            )
    if not settings.link_keys or any(len(key) < SHORTEST_KEY for key in settings.link_keys):
        raise ConfigError(
            f"PORTAL_LINK_KEYS ontbreekt of is te kort: ten minste {SHORTEST_KEY} tekens per sleutel."
        )
    if not settings.data_keys:
        raise ConfigError("PORTAL_DATA_KEYS ontbreekt: geef ten minste één Fernet-sleutel.")
    if not settings.secure:
        raise ConfigError("PORTAL_BASE_URL moet in productie met https:// beginnen.")
    _refuse_unfit(settings)


def _refuse_unfit(settings: Settings) -> None:
    try:
        make_url(settings.sqlalchemy_url).get_dialect()
    except (ArgumentError, ImportError) as error:
        raise ConfigError(
            "PORTAL_DATABASE_URL is geen adres van SQLite of PostgreSQL, zoals postgresql://naam@server/portaal."
        ) from error
    if make_url(settings.sqlalchemy_url).get_backend_name() not in {"sqlite", "postgresql"}:
        raise ConfigError("PORTAL_DATABASE_URL: het portaal werkt met SQLite en PostgreSQL.")
    for key in settings.data_keys:
        try:
            Fernet(key)
        except ValueError as error:
            raise ConfigError("PORTAL_DATA_KEYS: een van de sleutels is geen Fernet-sleutel.") from error


def _development_keys(settings: Settings) -> dict[str, object]:
    made = _kept_keys(settings.instance / "keys.json")
    return {
        "secret_key": settings.secret_key or made["secret_key"],
        "index_key": settings.index_key or made["index_key"],
        "link_keys": settings.link_keys or (made["link_key"],),
        "data_keys": settings.data_keys or (made["data_key"],),
    }


def _kept_keys(path: Path) -> dict[str, str]:
    """The development keys, made at the first start and readable by their owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = {
        "secret_key": secrets.token_urlsafe(32),
        "index_key": secrets.token_urlsafe(32),
        "link_key": secrets.token_urlsafe(32),
        "data_key": Fernet.generate_key().decode(),
    }
    # Written aside and linked into place, so that two processes starting together agree.
    aside = path.with_name(f"{path.name}.{os.getpid()}")
    aside.touch(mode=0o600)
    aside.write_text(json.dumps(fresh))
    try:
        os.link(aside, path)
    except FileExistsError:
        pass
    finally:
        aside.unlink()
    kept: dict[str, str] = json.loads(path.read_text())
    return kept
