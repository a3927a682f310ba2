"""The same for an operator, as a table of plain text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from portal.privacy.retention import operations, queries
from portal.privacy.retention.operations import NotPurged
from portal.privacy.retention.queries import Kept
from portal.privacy.retention.rules import Kind
from portal.privacy.retention.words import NAMES

_HEAD = ("soort", "ouder dan", "gaat weg", "loopt nog", "vastgehouden")


@dataclass(frozen=True)
class Report:
    """What to say, and which kinds could not be thrown away."""

    text: str
    failed: Sequence[Kind] = ()


def dry_run() -> Report:
    """What would go now. Changes nothing."""
    kept = [one for one in queries.kept() if one.rule.is_purged]
    number = sum(one.goes for one in kept)
    return Report(
        f"{_table(kept, {one.kind: one.goes for one in kept})}\n\n"
        f"Er zouden {number} regels weggaan. Dit was een proef: er is niets veranderd."
    )


def purge() -> Report:
    """Throw it away now, and say what went."""
    before = [one for one in queries.kept() if one.rule.is_purged]
    gone: Mapping[Kind, int]
    failed: Sequence[Kind] = ()
    try:
        gone = operations.purge()
    except NotPurged as error:
        gone, failed = error.gone, error.kinds
    # What another reader still held open is overwritten by the worker.
    operations.forget()
    said = f"{_table(before, gone)}\n\nEr zijn {sum(gone.values())} regels weggegooid."
    if failed:
        names = ", ".join(str(NAMES[kind]).lower() for kind in failed)
        said += f" Niet gelukt: {names}. Dat staat er nog; kijk in het logbestand en probeer het opnieuw."
    return Report(said, failed)


def _table(kept: Sequence[Kept], gone: Mapping[Kind, int]) -> str:
    rows = [
        (
            str(NAMES[one.kind]),
            one.until.isoformat(),
            str(gone.get(one.kind, 0)),
            str(one.standing.unfinished),
            "alles" if one.is_held else str(one.held),
        )
        for one in kept
    ]
    widths = [max(len(row[place]) for row in [_HEAD, *rows]) for place in range(len(_HEAD))]
    lines = [_line(row, widths) for row in [_HEAD, *rows]]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    first, day, *numbers = row
    cells = [first.ljust(widths[0]), day.ljust(widths[1])]
    cells += [number.rjust(width) for number, width in zip(numbers, widths[2:], strict=True)]
    return "  ".join(cells)
