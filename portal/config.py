"""Settings from the environment, checked before anything starts."""

import base64
import ipaddress
import json
import os
import re
import secrets
import shlex
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from cryptography.fernet import Fernet
from flask.helpers import get_debug_flag
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from portal import strength

ROOT = Path(__file__).resolve().parent.parent
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
    workers: int = Field(default=2, ge=1, le=64)
    trusted_proxies: int = Field(default=0, ge=0)
    smtp_url: str = ""
    sms_url: str = ""
    mail_from: str = ""
    redis_url: str = ""
    scan_command: str = ""

    @field_validator("data_keys", "link_keys", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("base_url")
    @classmethod
    def _plain_address(cls, value: str) -> str:
        return _own_address(value)

    @field_validator("bind")
    @classmethod
    def _places(cls, value: str) -> str:
        if not all(_is_place(place) for place in value.split(",")):
            raise ConfigError("PORTAL_BIND: geef een adres en een poort, als 127.0.0.1:8000 of [::1]:8000.")
        return value

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

    @property
    def mail_server(self) -> "MailServer | None":
        """Where e-mail is handed over, or None when there is none."""
        return MailServer.of(self.smtp_url) if self.smtp_url else None

    @property
    def sms_provider(self) -> "SmsProvider | None":
        """Where text messages are handed over, or None when there is none."""
        return SmsProvider.of(self.sms_url) if self.sms_url else None

    @property
    def scanner(self) -> list[str]:
        """The program that looks at uploaded files, and its arguments; empty when there is none.

        Raises ConfigError when a quotation mark is not closed.
        """
        try:
            return shlex.split(self.scan_command)
        except ValueError as error:
            raise ConfigError(
                "PORTAL_SCAN_COMMAND: er staat een aanhalingsteken in dat niet wordt gesloten."
            ) from error

    @property
    def mail_address(self) -> str:
        """The sender of e-mail: PORTAL_MAIL_FROM, or a name at the portal's own host."""
        return self.mail_from or f"portaal@{urlsplit(self.base_url).hostname}"


@dataclass(frozen=True)
class MailServer:
    """The parts of PORTAL_SMTP_URL: smtp://user:password@host:587?starttls=1 or smtps://…"""

    host: str
    port: int
    user: str
    password: str
    smtps: bool
    starttls: bool

    @classmethod
    def of(cls, url: str) -> "MailServer":
        """Read the address. Raises ConfigError without repeating it: it holds a password."""
        parts = _parts("PORTAL_SMTP_URL", url)
        options = dict(parse_qsl(parts.query, keep_blank_values=True))
        starttls = options.pop("starttls", "0")
        if (
            parts.scheme not in {"smtp", "smtps"}
            or parts.path.strip("/")
            or options
            or starttls not in {"0", "1"}
        ):
            raise ConfigError(
                "PORTAL_SMTP_URL: geef een adres als smtp://naam:wachtwoord@server:587?starttls=1 of smtps://…"
            )
        smtps = parts.scheme == "smtps"
        made = cls(
            host=parts.hostname or "",
            port=parts.port or (465 if smtps else 587),
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            smtps=smtps,
            starttls=starttls == "1" and not smtps,
        )
        if made.user and not (smtps or made.starttls or _is_near(made.host)):
            raise ConfigError(
                "PORTAL_SMTP_URL: een wachtwoord gaat alleen versleuteld over de lijn. "
                "Zet ?starttls=1 achter het adres, of begin het met smtps://."
            )
        return made


@dataclass(frozen=True)
class SmsProvider:
    """The parts of PORTAL_SMS_URL: https://token@host/path; the token is sent as a bearer token."""

    url: str
    token: str

    @classmethod
    def of(cls, url: str) -> "SmsProvider":
        """Read the address. Raises ConfigError without repeating it: it holds a token."""
        parts = _parts("PORTAL_SMS_URL", url)
        if parts.scheme != "https" and not (parts.scheme == "http" and _is_near(parts.hostname or "")):
            raise ConfigError("PORTAL_SMS_URL: geef een adres als https://token@server/pad, met https.")
        token = unquote(parts.username or "") or unquote(parts.password or "")
        if not token.isascii() or not token.isprintable():
            raise ConfigError("PORTAL_SMS_URL: het token heeft tekens die niet kunnen.")
        return cls(parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment="").geturl(), token)


def _parts(name: str, url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        if parts.hostname and parts.port != 0 and url.isprintable() and " " not in url:
            return parts
    except ValueError:
        pass
    raise ConfigError(f"{name} is geen adres met een server erin. Zie de tabel in README.md.")


def _own_address(url: str) -> str:
    """The portal's own address, as links are built on it. Raises ConfigError, without repeating it, for what would
    make links that lead nowhere or elsewhere."""

    def wrong(why: str) -> ConfigError:
        return ConfigError(f"PORTAL_BASE_URL: {why}. Geef een adres als https://portaal.voorbeeld.nl.")

    if not url.isprintable() or any(sign.isspace() for sign in url):
        raise wrong("er staat een spatie of een regeleinde in")
    try:
        parts = urlsplit(url.rstrip("/"))
        host = parts.hostname or ""
    except ValueError:
        raise wrong("dit is geen adres") from None
    if parts.scheme not in {"http", "https"}:
        raise wrong("het begint niet met https:// of http://")
    if "?" in url or "#" in url or parts.path:
        raise wrong("achter de naam van de server mag niets staan")
    if "@" in parts.netloc:
        raise wrong("een naam of wachtwoord hoort er niet in")
    if not host:
        raise wrong("de naam van de server ontbreekt")
    if not _is_host(host, is_bracketed="[" in parts.netloc):
        raise wrong("de naam van de server heeft tekens die niet kunnen")
    _host, colon, port = parts.netloc.rpartition("]")[2].partition(":")
    if colon and not (_is_port(port) and int(port)):
        raise wrong("de poort is geen getal van 1 tot en met 65535")
    return f"{parts.scheme}://{parts.netloc.lower()}"


# Where to listen: an address or a name of this machine, or a socket in a folder.
_PLACE = re.compile(r"(?:[\w.-]+|\[[\da-fA-F:.]+\]):(?P<port>\d{1,5})|unix:/[^\s,]+", re.ASCII)
_LAST_PORT = 65535
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_LONGEST_HOST = 253


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and int(text) <= _LAST_PORT


def _is_place(text: str) -> bool:
    found = _PLACE.fullmatch(text)
    return found is not None and _is_port(found["port"] or "0")


def _is_host(host: str, *, is_bracketed: bool) -> bool:
    """Whether this is a name or a number that a server can have; other alphabets are written as xn--."""
    labels = host.split(".")
    if is_bracketed or all(label.isdigit() for label in labels):
        try:
            ipaddress.ip_address(host)
        except ValueError:
            return False
        return True
    return len(host) <= _LONGEST_HOST and all(_LABEL.fullmatch(label) for label in labels)


def _is_near(host: str) -> bool:
    """Whether the host is this machine, so that nobody listens in between."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


# Room is left for the mark that says which message a returned mail was (64 characters before the @).
_MAIL_ADDRESS = re.compile(r"[A-Za-z0-9._-]{1,31}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


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
    """What may not be in production. Each refusal names the setting and says what to do, never the value."""
    if get_debug_flag():
        raise ConfigError(
            "FLASK_DEBUG staat aan: wie een fout ziet, ziet dan ook gegevens. Haal FLASK_DEBUG weg en start opnieuw."
        )
    named = {
        "PORTAL_SECRET_KEY": (settings.secret_key,),
        "PORTAL_INDEX_KEY": (settings.index_key,),
        "PORTAL_LINK_KEYS": settings.link_keys,
        "PORTAL_DATA_KEYS": settings.data_keys,
    }
    for name, keys in named.items():
        if not all(keys) or not keys:
            raise ConfigError(f"{name} ontbreekt. Maak een sleutel zoals README.md zegt.")
        _refuse_guessable(name, keys)
    _refuse_unfit(settings)
    for key in settings.data_keys:
        if strength.is_predictable(base64.urlsafe_b64decode(key)):
            raise ConfigError(
                "PORTAL_DATA_KEYS: een van de sleutels is te raden. Maak een nieuwe zoals README.md zegt, en zet hem vooraan."
            )
    _refuse_twice(named)
    _refuse_address(settings)


def _refuse_guessable(name: str, keys: tuple[str, ...]) -> None:
    if any(strength.has_space(key) for key in keys):
        raise ConfigError(
            f"In {name} staat een spatie of een regeleinde. Haal die weg, of maak een sleutel zoals README.md zegt."
        )
    if name == "PORTAL_DATA_KEYS":
        return
    if any(len(key) < strength.SHORTEST for key in keys):
        raise ConfigError(
            f"{name} is te kort: geef ten minste {strength.SHORTEST} willekeurige tekens per sleutel."
        )
    if any(strength.is_guessable(key) for key in keys):
        raise ConfigError(f"{name} is te raden: laat er een maken zoals README.md zegt.")


def _refuse_twice(named: dict[str, tuple[str, ...]]) -> None:
    """One secret for two things: who learns the one then has the other."""
    seen: dict[bytes | str, str] = {}
    for name, keys in named.items():
        for key in keys:
            before = seen.setdefault(strength.meant(key), "")
            if before:
                where = name if before == name else f"{before} en {name}"
                raise ConfigError(
                    f"In {where} staat twee keer dezelfde sleutel: maak voor elk een eigen sleutel."
                )
            seen[strength.meant(key)] = name


def _refuse_address(settings: Settings) -> None:
    if not settings.secure:
        raise ConfigError("PORTAL_BASE_URL moet in productie met https:// beginnen.")


def _refuse_unfit(settings: Settings) -> None:
    try:
        make_url(settings.sqlalchemy_url).get_dialect()
    except (ArgumentError, ImportError) as error:
        raise ConfigError(
            "PORTAL_DATABASE_URL is geen adres van SQLite of PostgreSQL, zoals postgresql://naam@server/portaal."
        ) from error
    if make_url(settings.sqlalchemy_url).get_backend_name() not in {"sqlite", "postgresql"}:
        raise ConfigError("PORTAL_DATABASE_URL: het portaal werkt met SQLite en PostgreSQL.")
    if settings.mail_from and not _MAIL_ADDRESS.fullmatch(settings.mail_from):
        raise ConfigError(
            "PORTAL_MAIL_FROM: geef alleen een adres, als portaal@voorbeeld.nl, met ten hoogste 31 tekens voor de @."
        )
    _ = settings.mail_server, settings.sms_provider, settings.scanner
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
