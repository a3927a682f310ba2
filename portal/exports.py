"""Tables that leave the portal as a file, safe to open in a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Sequence

from flask import Response

Cell = str | int | None

# What makes a spreadsheet take a text for a formula, also in the wide letters of East Asia.
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def safe_cell(value: Cell) -> str:
    """The cell as text that no spreadsheet takes for a formula; nothing is an empty cell.

    An apostrophe before it makes a spreadsheet show it as it is. Numbers stay numbers.
    """
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(_STARTS_A_FORMULA):
        return f"'{value}"
    return str(value)


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """A table as CSV the way Dutch spreadsheets open it: semicolons between the cells."""
    made = io.StringIO(newline="")
    writer = csv.writer(made, delimiter=";", lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return made.getvalue()


def csv_file(name: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """A CSV to download, in UTF-8 with the mark by which a spreadsheet knows it."""
    response = Response(csv_text(header, rows).encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
