"""The operator's commands. What is wrong is said in one sentence, and then nothing has changed."""

import fcntl
import getpass
import json
import os
import re
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import click
from flask import Flask, current_app
from flask_migrate import upgrade
from sqlalchemy import select
from sqlalchemy.exc import OperationalError, ProgrammingError

from portal import calendar, cli_keys, config, demo, key_check, profile, serving, starting, worker
from portal.cli_keys import OPERATOR, CreateApp
from portal.complaints import terms
from portal.crypto import LostKey, LostLinkKey
from portal.db import db, exclusive, transaction
from portal.identity.accounts import EmailTaken, WeakPassword, add_staff, hash_password
from portal.identity.models import User
from portal.identity.rules import Role
from portal.outbox import bounces
from portal.outbox.operations import bounced
from portal.privacy.retention import report as retention
from portal.reactions import HANDLERS
from portal.surveys.inviting.importing import take_in
from portal.surveys.inviting.operations import VersionPublished, publish
from portal.surveys.inviting.registration import Unreadable
from portal.surveys.questionnaire_file import QuestionnaireError, parse

QUESTIONNAIRES = Path(__file__).parent / "surveys" / "questionnaires"
LOST_KEY = (
    "Deze gegevens zijn versleuteld met een sleutel die het portaal niet meer heeft. Er is niets weggegooid. "
    "Zet die sleutel achteraan in PORTAL_DATA_KEYS en doe het opnieuw."
)
LOST_LINK_KEY = (
    "Een link is gemaakt met een sleutel die het portaal niet meer heeft. Er is niets veranderd. "
    "Zet die sleutel achteraan in PORTAL_LINK_KEYS en doe het opnieuw."
)


def run(create_app: CreateApp) -> None:
    """Run the command line; settings that do not fit end it with one sentence and code 1.

    What it writes, the database before all, is for the account it runs under alone.
    """
    os.umask(0o077)
    try:
        commands(obj=create_app)
    except config.ConfigError as error:
        sys.exit(str(error))
    except LostLinkKey:
        sys.exit(LOST_LINK_KEY)
    except LostKey:
        sys.exit(LOST_KEY)
    except (OperationalError, ProgrammingError):
        sys.exit(
            "De database is er niet of is niet bijgewerkt. Start 'portal init' of kijk naar PORTAL_DATABASE_URL."
        )


@click.group()
def commands() -> None:
    """Het portaal voor ervaringen van cliënten."""


@commands.command()
@click.pass_obj
def serve(create_app: CreateApp) -> None:
    """Start the web server."""
    settings = config.load()
    with create_app().app_context():
        starting.check()
        # The processes that serve begin with connections of their own.
        db.engine.dispose()
    serving.start(create_app, settings)


@commands.command("worker")
@click.option("--once", is_flag=True, help="Doe één ronde en stop.")
@click.pass_obj
def work(create_app: CreateApp, once: bool) -> None:
    """Do what must be done in the background, until it is stopped."""
    app = create_app()
    with app.app_context():
        starting.check()
        if once:
            click.echo(json.dumps(worker.Worker(check=starting.check_again).round()))
        else:
            worker.loop(starting.check_again)


@contextmanager
def writing(create_app: CreateApp, *, is_piped: bool = False) -> Iterator[Flask]:
    """The portal for a command that writes: with keys that do not fit it would only do harm. Raises ConfigError.

    `is_piped` is for what a mail server gives: it keeps the mail, and comes again.
    """
    app = create_app()
    with app.app_context():
        try:
            starting.check(in_any_case=True)
        except config.ConfigError as error:
            if not is_piped:
                raise
            click.echo(str(error), err=True)
            sys.exit(os.EX_TEMPFAIL)
        yield app


def prepare() -> None:
    """Migrate, and publish the questionnaires that ship with the portal. One at a time on one machine.

    Raises ConfigError, and changes nothing, with another index key than the database was filled with.
    """
    with (current_app.extensions["settings"].instance / "prepare.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        starting.check_index_key()
        upgrade()
    with transaction():
        exclusive("publish")
        key_check.keep()
        for path in sorted(QUESTIONNAIRES.glob("*.toml")):
            publish(path.read_text(encoding="utf-8"), OPERATOR)


@commands.command()
@click.option("--email", default=None, help="E-mailadres van de eerste beheerder.")
@click.pass_obj
def init(create_app: CreateApp, email: str | None) -> None:
    """Migrate the database and make the first administrator."""
    with create_app().app_context():
        prepare()
        starting.check(in_any_case=True)
        if _has_accounts():
            click.echo("De database is bij. Er zijn al accounts.")
            return
        email = email or (click.prompt("E-mailadres van de eerste beheerder") if sys.stdin.isatty() else None)
        if not email:
            click.echo("De database is bij. Geef --email om de eerste beheerder te maken.")
            return
        _new_account(email, (Role.ADMIN, Role.QUALITY), first=True)


@commands.group()
def staff() -> None:
    """Accounts van medewerkers."""


@staff.command("add")
@click.argument("email")
@click.option(
    "--role", "roles", type=click.Choice([str(role) for role in Role]), multiple=True, required=True
)
@click.pass_obj
def add(create_app: CreateApp, email: str, roles: tuple[str, ...]) -> None:
    """Add a staff account."""
    with writing(create_app):
        _new_account(email, tuple(Role(role) for role in roles))


def _has_accounts() -> bool:
    return db.session.scalar(select(User.id).limit(1)) is not None


def _new_account(email: str, roles: tuple[Role, ...], *, first: bool = False) -> None:
    password = getpass.getpass("Wachtwoord: ") if sys.stdin.isatty() else secrets.token_urlsafe(15)
    try:
        hashed = hash_password(password, email)
    except WeakPassword as error:
        raise click.ClickException(str(error)) from error
    try:
        with transaction():
            exclusive("staff")
            if first and _has_accounts():
                raise click.ClickException("Er is intussen al een beheerder gemaakt.")
            add_staff(email.lower(), hashed, roles)
    except EmailTaken as error:
        raise click.ClickException(f"Er is al een account voor {email}.") from error
    except ValueError as error:
        raise click.ClickException(f"'{email}' is geen e-mailadres.") from error
    click.echo(f"Account gemaakt voor {email}. De tweede stap volgt bij het eerste inloggen.")
    if not sys.stdin.isatty():
        click.echo(f"Wachtwoord: {password}")


@commands.command("demo")
@click.option("--links", is_flag=True, help="Geef verse links als JSON.")
@click.option("--code", is_flag=True, help="Geef de code van nu voor het proefaccount.")
@click.pass_obj
def load_demo(create_app: CreateApp, links: bool, code: bool) -> None:
    """Load clearly marked demo data, or give fresh links."""
    app = create_app()
    with app.app_context():
        if app.extensions["settings"].is_production:
            raise click.ClickException("Proefgegevens horen niet in productie. Er is niets veranderd.")
        prepare()
        starting.check(in_any_case=True)
        demo.load()
        if links:
            click.echo(json.dumps(demo.links(), indent=2))
        if code:
            click.echo(demo.code_of_now())


commands.add_command(cli_keys.audit)
commands.add_command(cli_keys.rotate_keys)


@commands.command()
@click.option("--dry-run", is_flag=True, help="Kijk alleen wat er weg zou gaan.")
@click.pass_obj
def purge(create_app: CreateApp, dry_run: bool) -> None:
    """Throw away what is past its term, as the worker does each day: exit 0 done, 1 not all of it."""
    with writing(create_app):
        done = retention.dry_run() if dry_run else retention.purge()
        click.echo(done.text)
        sys.exit(1 if done.failed else 0)


@commands.group()
def questionnaires() -> None:
    """Vragenlijsten nakijken en publiceren."""


@questionnaires.command()
@click.argument("file", type=click.Path(path_type=Path))
def check(file: Path) -> None:
    """Check a questionnaire file."""
    questionnaire = parse(_source(file))
    asked = questionnaire.questions_for(parenting_help=True)
    click.echo(
        f"{file.name} klopt: {questionnaire.moment}, versie {questionnaire.version}, {len(asked)} vragen."
    )


@questionnaires.command("publish")
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def publish_file(create_app: CreateApp, file: Path) -> None:
    """Add a questionnaire version. Published versions never change."""
    source = _source(file)
    with writing(create_app):
        try:
            with transaction():
                version = publish(source, OPERATOR)
        except VersionPublished as error:
            raise click.ClickException(str(error)) from error
        click.echo(f"Gepubliceerd: {version.moment}, versie {version.version}.")


def _source(file: Path) -> str:
    """The text of a questionnaire that is known to be right; ends the command where it is not."""
    try:
        source = file.read_text(encoding="utf-8-sig")
        parse(source)
    except OSError as error:
        raise click.ClickException(f"{file}: dit bestand is niet te lezen.") from error
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{file}: dit bestand is geen UTF-8. Bewaar het als UTF-8.") from error
    except QuestionnaireError as error:
        for problem in error.problems:
            click.echo(str(problem), err=True)
        raise click.ClickException(
            f"{file.name}: {len(error.problems)} fout(en). Er is niets veranderd."
        ) from error
    return source


@commands.command("import-moments")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Kijk alleen wat er zou gebeuren.")
@click.option("--json", "as_json", is_flag=True, help="Geef de uitkomst als JSON.")
@click.pass_obj
def import_moments(create_app: CreateApp, file: Path, dry_run: bool, as_json: bool) -> None:
    """Take in the client registration's export: exit 0 all rows, 3 some refused, 2 nothing."""
    try:
        data = file.read_bytes()
    except OSError:
        click.echo(f"{file}: dit bestand is er niet of is niet te lezen. Er is niets veranderd.", err=True)
        sys.exit(2)
    with writing(create_app):
        try:
            outcome = take_in(data, OPERATOR, dry_run=dry_run)
        except Unreadable as error:
            click.echo(f"{file}: {error} Er is niets veranderd.", err=True)
            sys.exit(2)
    click.echo(json.dumps(outcome.as_dict()) if as_json else outcome.as_text(dry_run=dry_run))
    sys.exit(3 if outcome.refused else 0)


@commands.command("bounced")
@click.argument("file", default="-")
@click.pass_obj
def take_back(create_app: CreateApp, file: str) -> None:
    """Take in one mail that came back: from a file, or from the mail server's pipe."""
    try:
        with click.open_file(file, "rb") as source:
            returned = source.read(bounces.MOST_BYTES)
    except OSError as error:
        raise click.ClickException(f"{file}: dit bestand is niet te lezen.") from error
    with writing(create_app, is_piped=True):
        bounce = bounces.read(returned, current_app.extensions["settings"].mail_address)
        if bounce is None:
            click.echo("Dit zegt niet dat een bericht van ons voorgoed terugkwam. Er is niets veranderd.")
            return
        if not bounce.permanent:
            click.echo("Dit bericht kwam niet aan, maar het adres kan nog goed zijn. Er is niets veranderd.")
            return
        try:
            with transaction():
                is_news = bounced(bounce.reference, HANDLERS)
        except OperationalError:
            click.echo("De database is er nu niet. Geef deze mail later nog eens.", err=True)
            # By this a mail server knows to keep the mail and come again.
            sys.exit(os.EX_TEMPFAIL)
        click.echo(
            "Verwerkt: dit bericht kwam terug, en naar dit adres gaat geen e-mail meer."
            if is_news
            else "Dit bericht is niet van ons of was al verwerkt. Er is niets veranderd."
        )


# Of one century the holidays are certain; the Awb knows no older complaints.
FIRST_YEAR, LAST_YEAR = 2000, 2099
_DATES = (r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)", r"(?P<day>\d\d)-(?P<month>\d\d)-(?P<year>\d{4})")


@commands.command("terms")
@click.argument("received", metavar="DATE")
@click.option("--committee", is_flag=True, help="Een klachtencommissie adviseert (Awb 9:11).")
def legal_dates(received: str, committee: bool) -> None:
    """Give the legal dates of a complaint received on a day, as JSON. Needs no database."""
    day = _day(received)
    decree_days = profile.load(config.load().profile).decree_days
    found = terms.terms(
        day,
        lambda on: calendar.is_holiday(on, decree_days),
        weeks=terms.COMMITTEE_WEEKS if committee else terms.DECIDE_WEEKS,
    )
    click.echo(json.dumps({name: on.isoformat() for name, on in asdict(found).items()}))


def _day(typed: str) -> date:
    read = next(filter(None, (re.fullmatch(form, typed, re.ASCII) for form in _DATES)), None)
    try:
        day = date(*(int(read[part]) for part in ("year", "month", "day"))) if read else None
    except ValueError:
        day = None
    if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise click.ClickException(
            f"{typed!r} is geen datum van {FIRST_YEAR} tot en met {LAST_YEAR}. Schrijf 2026-03-01 of 01-03-2026."
        )
    return day


@commands.command()
@click.pass_obj
def dev(create_app: CreateApp) -> None:
    """What `make run` does: migrate, load demo data when empty, start server and worker, say what to open."""
    app = create_app()
    settings = app.extensions["settings"]
    if settings.is_production:
        raise click.ClickException(
            "'portal dev' is voor ontwikkeling. Gebruik 'portal serve' en 'portal worker'."
        )
    with app.app_context():
        prepare()
        starting.check(in_any_case=True)
        demo.load()
        opened = demo.links()
    # In sessions of their own: Ctrl+C reaches this command alone, which then ends them in order.
    children = [
        subprocess.Popen([sys.argv[0], name], env=os.environ, start_new_session=True)
        for name in ("serve", "worker")
    ]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        _say(opened, settings.base_url)
        while all(child.poll() is None for child in children):
            time.sleep(0.5)
        sys.exit("De webserver of de worker stopte. Kijk hierboven waarom; is poort 8000 vrij?")
    except KeyboardInterrupt:
        click.echo("Gestopt.")
    finally:
        for child in children:
            child.terminate()
        for child in children:
            child.wait(timeout=20)


def _say(opened: dict[str, Any], base_url: str) -> None:
    staff_account = opened["staff"]
    # None where somebody threw the invented complaint away.
    followed = opened["complaint_status"] or {"url": "-", "reference": "-", "code": "-"}
    click.echo(
        f"""
Het portaal draait op {base_url} met verzonnen gegevens. Stoppen: Ctrl+C.

  na het eerste gesprek   {opened["intake"]}
  na het plan             {opened["plan"]}
  na de afsluiting        {opened["closure"]}
  code uit een brief      {opened["code"]}   op {base_url}/v
  een klacht indienen     {opened["complaint"]}
  een klacht volgen       {followed["url"]}   kenmerk {followed["reference"]}, code {followed["code"]}
  verstuurde berichten    {base_url}/ontwikkel/post
  voor het team           {staff_account["url"]}
     e-mail               {staff_account["email"]}
     wachtwoord           {staff_account["password"]}
     geheim voor de code  {staff_account["totp_secret"]}   ('{sys.argv[0]} demo --code' geeft de code van nu)
"""
    )
