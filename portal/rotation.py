"""Another data key: everything that is sealed is sealed anew under the newest, while people answer.

What is sealed is read from the tables themselves, so that no column can be forgotten: every column of bytes, and the
columns of text named here, which hold sealed values among other things.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy import (
    ColumnElement,
    LargeBinary,
    RowMapping,
    Text,
    TypeDecorator,
    func,
    select,
    tuple_,
    update,
)

from portal.audit.operations import record
from portal.crypto import Keyring, LostKey, keyring
from portal.db import db, forget_deleted, transaction

SEALED_WITHIN = frozenset({"staff_user.tf_totp_secret", "staff_user.mf_recovery_codes"})
BATCH = 200
# What is in memory at once is some four times this; one file can be more, and then goes alone.
MOST_BYTES = 4 * 1024 * 1024
MOST_PASSES = 5
PAUSE_SECONDS = 2.0
"""Between one time and the next: a transaction that holds a row is over by then."""

Report = Callable[[str, int, int], None]
"""Hears of a table, how many of its rows were seen, and how many it has."""


class StillWritten(Exception):
    """Values under an old key keep coming: a server or worker still has that key first."""


class InUse(Exception):
    """Somebody holds rows all the time: they could not be sealed anew. The message names their tables."""


@dataclass(frozen=True)
class Sealed:
    """A table with sealed columns, as the database sees it: bytes and texts, nothing opened."""

    table: sa.TableClause
    keys: tuple[str, ...]
    columns: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.table.name

    @property
    def key(self) -> ColumnElement[Any]:
        """The primary key, also where it is of more columns."""
        return tuple_(*(self.table.c[name] for name in self.keys))

    def key_of(self, row: RowMapping) -> tuple[Any, ...]:
        return tuple(row[name] for name in self.keys)


@dataclass
class Rotated:
    """What was done."""

    rows: int = 0
    """How many rows were sealed anew."""
    lost: Counter[str] = field(default_factory=Counter)
    """How many values no key opens, by table."""
    held: Counter[str] = field(default_factory=Counter)
    """How many rows somebody held the last time, by table."""
    is_forgotten: bool = True
    """Whether what stood there under the old key was overwritten."""


@dataclass
class Looked:
    """What a full read found, by table."""

    old: Counter[str] = field(default_factory=Counter)
    """How many rows have something under an old key."""
    lost: Counter[str] = field(default_factory=Counter)
    """How many values no key opens."""


def sealed_tables() -> list[Sealed]:
    """Every table in which something is sealed."""
    found = []
    for table in db.metadata.sorted_tables:
        names = tuple(column.name for column in table.columns if is_sealed(column))
        if names:
            keys = tuple(column.name for column in table.primary_key)
            made = [sa.column(name, table.c[name].type) for name in keys]
            made += [sa.column(name, LargeBinary() if is_bytes(table.c[name]) else Text()) for name in names]
            found.append(Sealed(sa.table(table.name, *made), keys, names))
    return found


def is_sealed(column: sa.Column[Any]) -> bool:
    return is_bytes(column) or f"{column.table.name}.{column.name}" in SEALED_WITHIN


def is_bytes(column: sa.Column[Any]) -> bool:
    kind = column.type.impl if isinstance(column.type, TypeDecorator) else column.type
    return isinstance(kind, LargeBinary)


def rotate(report: Report, *, batch: int = BATCH, actor: str) -> Rotated:
    """Seal everything under the newest data key. It may be stopped at any moment and started again.

    It goes over the tables until nothing under an old key was found: what is written meanwhile, or is held by
    somebody else, is found the next time. When that does not end it raises InUse where rows were held each time,
    and StillWritten where values were written.
    """
    done = Rotated()
    tables = sealed_tables()
    for number in range(MOST_PASSES):
        if number:
            time.sleep(PAUSE_SECONDS)
        done.lost.clear()
        done.held.clear()
        found = sum(_go_over(one, report, batch, done) for one in tables)
        if not found:
            break
    else:
        if done.held.total() == found:
            raise InUse(", ".join(sorted(+done.held)))
        raise StillWritten
    done.is_forgotten = _forget(tables)
    with transaction():
        record("keys.rotated", actor, rows=str(done.rows), lost=str(done.lost.total()))
    return done


def look(report: Report, *, batch: int = BATCH) -> Looked:
    """Read everything, and say what is under an old key or under none. Changes nothing."""
    found = Looked()
    for one in sealed_tables():
        total, seen = _count(one), 0
        for rows in _batches(one, batch):
            found.old[one.name] += sum(bool(_changed(one, row, found.lost)) for row in rows)
            seen += len(rows)
            report(one.name, seen, max(seen, total))
    return found


def _forget(tables: Sequence[Sealed]) -> bool:
    """What stood there under the old key must not be left in free space either; False where somebody still reads it."""
    for number in range(MOST_PASSES):
        if number:
            time.sleep(PAUSE_SECONDS)
        if forget_deleted(*(one.name for one in tables)):
            return True
    return False


def unopened() -> list[str]:
    """The tables of which the oldest or the newest value is one that none of the keys opens. Quick: it is a sample."""
    found = []
    with db.engine.connect() as connection:
        for one in sealed_tables():
            values = (connection.scalar(statement) for statement in _ends(one))
            if any(value is not None and not _opens(value) for value in values):
                found.append(one.name)
    return found


def _ends(one: Sealed) -> Iterator[sa.Select[Any]]:
    for name in one.columns:
        column = one.table.c[name]
        for order in (sa.asc, sa.desc):
            in_order = [order(one.table.c[key]) for key in one.keys]
            yield select(column).where(column.is_not(None)).order_by(*in_order).limit(1)


def _opens(value: bytes | str) -> bool:
    try:
        _anew(keyring(), value)
    except LostKey:
        return False
    return True


def _anew(keys: Keyring, value: bytes | str | None) -> bytes | str | None:
    """The value under the newest key, or None where nothing need be done. Raises LostKey."""
    if value is None:
        return None
    return keys.resealed_within(value) if isinstance(value, str) else keys.resealed(value)


def _go_over(one: Sealed, report: Report, batch: int, done: Rotated) -> int:
    """Go over a table once; how many rows had something under an old key."""
    total, seen, found = _count(one), 0, 0
    for rows in _batches(one, batch):
        old = [(row, changed) for row in rows if (changed := _changed(one, row, done.lost))]
        started = time.monotonic()
        swapped, held = _swap(one, old) if old else (0, 0)
        done.rows += swapped
        done.held[one.name] += held
        found += len(old)
        seen += len(rows)
        report(one.name, seen, max(seen, total))
        # On SQLite nobody else writes while a batch is written: leave them as much time as was taken.
        time.sleep(time.monotonic() - started if old else 0)
    return found


def _count(one: Sealed) -> int:
    with db.engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(one.table)) or 0


def _batches(one: Sealed, batch: int) -> Iterator[Sequence[RowMapping]]:
    """The rows in order of their key, so many at a time, and no more than fit in memory."""
    after: tuple[Any, ...] | None = None
    while True:
        with db.engine.connect() as connection:
            page = select(*(one.table.c[key] for key in one.keys), _size(one).label("size"))
            if after is not None:
                page = page.where(one.key > after)
            sizes = connection.execute(_in_order(one, page).limit(batch)).mappings().all()
            if not sizes:
                return
            last = one.key_of(_last_that_fits(sizes))
            whole = select(one.table).where(one.key <= last)
            if after is not None:
                whole = whole.where(one.key > after)
            rows = connection.execute(_in_order(one, whole)).mappings().all()
        yield rows
        after = last


def _in_order(one: Sealed, statement: sa.Select[Any]) -> sa.Select[Any]:
    return statement.order_by(*(one.table.c[key] for key in one.keys))


def _size(one: Sealed) -> ColumnElement[int]:
    return sum((func.coalesce(func.length(one.table.c[name]), 0) for name in one.columns), sa.literal(0))


def _last_that_fits(sizes: Sequence[RowMapping]) -> RowMapping:
    total = 0
    last = sizes[0]
    for row in sizes:
        total += row["size"]
        if total > MOST_BYTES:
            break
        last = row
    return last


def _changed(one: Sealed, row: RowMapping, lost: Counter[str]) -> dict[str, bytes | str]:
    """What of the row is under an old key, under the newest; what no key opens is counted and left as it is."""
    changed = {}
    for name in one.columns:
        try:
            anew = _anew(keyring(), row[name])
        except LostKey:
            lost[one.name] += 1
            continue
        if anew is not None:
            changed[name] = anew
    return changed


def _swap(one: Sealed, old: Sequence[tuple[RowMapping, dict[str, bytes | str]]]) -> tuple[int, int]:
    """Put the new in the place of the old, where the old is still what stands there.

    Returns how many rows that was, and how many somebody held.
    """
    swapped = 0
    with transaction() as session:
        # Whoever holds a row keeps it, and is not waited for: nobody can end up waiting for one another.
        wanted = select(one.table).with_only_columns(*(one.table.c[key] for key in one.keys))
        wanted = wanted.where(one.key.in_([one.key_of(row) for row, _changed in old]))
        free = {tuple(row) for row in session.execute(wanted.with_for_update(skip_locked=True))}
        for names, group in groupby(old, key=lambda pair: tuple(pair[1])):
            swaps = [
                {f"key_{key}": row[key] for key in one.keys}
                | {f"old_{name}": row[name] for name in names}
                | {f"new_{name}": changed[name] for name in names}
                for row, changed in group
                if one.key_of(row) in free
            ]
            if swaps:
                result = session.connection().execute(_compare_and_swap(one, names), swaps)
                swapped += result.rowcount
    return swapped, len(old) - len(free)


def _compare_and_swap(one: Sealed, names: Sequence[str]) -> sa.Update:
    column = one.table.c
    same = [column[key] == sa.bindparam(f"key_{key}") for key in one.keys]
    same += [column[name] == sa.bindparam(f"old_{name}") for name in names]
    return update(one.table).where(*same).values({name: sa.bindparam(f"new_{name}") for name in names})
