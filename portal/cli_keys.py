"""The operator's commands about keys, and about the audit that is made with one."""

import sys
import time
from collections import Counter
from collections.abc import Callable

import click
from flask import Flask

from portal import links, rotation, starting
from portal.audit import sealing
from portal.audit.doubts import Problem, Wrong
from portal.crypto import keyring

OPERATOR = "operator"
CreateApp = Callable[[], Flask]


@click.group()
def audit() -> None:
    """Het logboek van wie wat deed."""


@audit.command()
@click.option("--seal", "noted", help="Een zegel dat u eerder ergens anders opschreef.")
@click.pass_obj
def verify(create_app: CreateApp, noted: str | None) -> None:
    """Look whether a line was changed, removed or inserted."""
    with create_app().app_context():
        starting.check_index_key()
        found = sealing.verify()
        if found.broken is not None:
            sys.exit(
                f"Het logboek klopt niet: in de regels {found.broken.first_id} tot en met {found.broken.last_id}, "
                f"verzegeld op {found.broken.sealed_on}, is iets veranderd, weggehaald of erbij gezet."
            )
        if noted is not None and not sealing.has_seal(noted):
            sys.exit("Het logboek klopt niet: het zegel dat u noemt, zit er niet meer in.")
        if found.problem is not None:
            sys.exit(_said_of(found.problem))
        click.echo(
            f"Het logboek klopt: {found.sealed} regels onder {found.seals} zegels, {found.unsealed} nog niet verzegeld."
        )
        if found.gap:
            click.echo(
                f"Na de laatste regel zijn {found.gap} nummers gebruikt zonder regel: door iets wat niet doorging, of "
                "omdat iemand regels weghaalde."
            )
        if found.purged:
            click.echo(f"Van {found.purged} zegels zijn de regels weg: hun bewaartermijn was over.")
        if found.newest:
            click.echo(f"Het zegel van {found.newest_on}, om ergens anders te bewaren: {found.newest}")


def _said_of(problem: Problem) -> str:
    """What is wrong with an audit of which the seals fit, and what to do."""
    number, on = problem.number, problem.on
    match problem.wrong:
        case Wrong.FORGED:
            return (
                f"Het logboek klopt niet: regel {number} van {on} is niet door het portaal geschreven, of daarna "
                "veranderd. Zolang die er staat, wordt er niets verzegeld."
            )
        case Wrong.AHEAD:
            return (
                f"Het logboek klopt niet: er is een zegel van {on}, en die dag moet nog komen. Stond de klok van een "
                "worker voor? Zet hem goed; er wordt gewoon verder verzegeld."
            )
        case Wrong.BACKDATED:
            return (
                f"Het logboek klopt niet: regel {number} zegt {on}, en dat is dagen voor het zegel dat er toen al was. "
                "Iemand zette hem erbij, of de klok stond achter."
            )
        case Wrong.WAITING:
            return (
                f"Het logboek is niet meer verzegeld: regel {number} van {on} wacht al dagen. Draait de worker, staat "
                "zijn klok goed, en zegt zijn log iets over 'audit'?"
            )
        case Wrong.CUT if number:
            return f"Het logboek klopt niet: na regel {number} zijn regels weggehaald."
        case Wrong.CUT:
            last = f" na het zegel van {on}" if on else ""
            return f"Het logboek klopt niet: er zijn zegels weggehaald{last}."


@click.command("rotate-keys")
@click.option(
    "--batch",
    type=click.IntRange(1, 1000),
    default=rotation.BATCH,
    show_default=True,
    help="Hoeveel rijen tegelijk.",
)
@click.option("--check", is_flag=True, help="Lees alles en zeg of er nog iets onder een oude sleutel staat.")
@click.pass_obj
def rotate_keys(create_app: CreateApp, batch: int, check: bool) -> None:
    """Zet alles onder de nieuwste sleutel van PORTAL_DATA_KEYS, terwijl het portaal werkt. Stoppen en opnieuw mag."""
    with create_app().app_context():
        starting.check_index_key()
        if check:
            found = rotation.look(Progress(), batch=batch)
            _refuse_lost(found.lost)
            _say_links()
            if found.old.total():
                sys.exit(
                    f"Onder een oude sleutel staan nog {found.old.total()} rijen ({_counted(found.old)}). Geef "
                    "'portal rotate-keys'; de oude sleutel moet nog blijven. Er is niets veranderd."
                )
            click.echo("Alles staat onder de nieuwste sleutel. Er is niets veranderd.")
            return
        done = _rotated(batch)
        click.echo(f"{done.rows} rijen zijn opnieuw versleuteld.")
        _refuse_lost(done.lost)
        if not done.is_forgotten:
            sys.exit(
                "Alles staat onder de nieuwste sleutel, maar wat er stond is nog niet overschreven: iemand leest het "
                "nog. Geef dit commando straks nog eens."
            )
        _say_links()
    click.echo(
        "Alles staat onder de nieuwste sleutel; de oude mag weg zodra elke serve en worker opnieuw is gestart. Geef "
        "daarvoor nog 'portal rotate-keys --check'."
    )


def _rotated(batch: int) -> rotation.Rotated:
    try:
        return rotation.rotate(Progress(), batch=batch, actor=OPERATOR)
    except rotation.StillWritten as error:
        raise click.ClickException(
            "Er schrijft nog een server of worker onder een oude sleutel. Zet de nieuwe overal vooraan in "
            "PORTAL_DATA_KEYS, start ze opnieuw, en geef dit commando nog eens. De oude sleutel moet nog blijven."
        ) from error
    except rotation.InUse as error:
        raise click.ClickException(
            f"Een deel is in gebruik ({error}) en staat nog onder een oude sleutel. Geef dit commando straks nog "
            "eens. De oude sleutel moet nog blijven."
        ) from error


def _refuse_lost(lost: Counter[str]) -> None:
    if lost.total():
        sys.exit(
            f"Van {lost.total()} waarden past geen enkele sleutel ({_counted(lost)}). Zet de sleutel waarmee ze "
            "gemaakt zijn achteraan in PORTAL_DATA_KEYS en begin opnieuw."
        )


def _counted(by_table: Counter[str]) -> str:
    return ", ".join(f"{table} {number}" for table, number in sorted(by_table.items()) if number)


def _say_links() -> None:
    """How many links still work by each link key: one with none may go from PORTAL_LINK_KEYS."""
    in_use = links.open_by_key()
    for key_id in sorted(keyring().link_key_ids | in_use.keys()):
        is_newest = key_id == keyring().link_key_id
        which = (
            "de nieuwste" if is_newest else "oud" if key_id in keyring().link_key_ids else "niet ingesteld"
        )
        open_links = in_use.get(key_id, Counter())
        counted = f" ({_counted(open_links)})" if open_links.total() else ""
        click.echo(f"Linksleutel {key_id}, {which}: {open_links.total()} open links{counted}.")


class Progress:
    """Says how far it is: at most once a second, and at the end of each table that has something in it."""

    def __init__(self) -> None:
        self.said_at = 0.0

    def __call__(self, table: str, seen: int, total: int) -> None:
        if seen == total or time.monotonic() - self.said_at > 1:
            self.said_at = time.monotonic()
            click.echo(f"{table}: {seen} van {total}")
