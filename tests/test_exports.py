"""Nothing that leaves as a table is a formula in somebody's spreadsheet."""

import csv
import io

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from portal.exports import csv_file, csv_text, safe_cell, xlsx_file

TRIGGERS = ("=", "+", "-", "@", "\t", "\r")


@pytest.mark.parametrize("start", TRIGGERS)
def test_a_formula_becomes_a_text(start: str) -> None:
    assert safe_cell(f"{start}1+1") == f"'{start}1+1"


def test_what_is_no_formula_stays_as_it_is() -> None:
    assert [safe_cell(cell) for cell in ("Proefpersoon", "a=b", "", None, -3)] == [
        "Proefpersoon",
        "a=b",
        "",
        "",
        "-3",
    ]


@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=2, max_size=3)))
def test_every_cell_comes_back_and_none_is_a_formula(rows: list[list[str]]) -> None:
    made = csv_text(("een", "twee"), rows)
    header, *found = csv.reader(io.StringIO(made, newline=""), delimiter=";")
    assert header == ["een", "twee"]
    assert not any(cell.startswith(TRIGGERS) for row in found for cell in row)
    assert [[cell.removeprefix("'") for cell in row] for row in found] == [
        [cell.removeprefix("'") for cell in row] for row in rows
    ]


def test_a_file_opens_in_a_dutch_spreadsheet() -> None:
    response = csv_file("lijst.csv", ("naam",), [("Zoë",)])
    assert response.get_data() == "\ufeffnaam\r\nZoë\r\n".encode()
    assert response.mimetype == "text/csv"
    assert response.headers["Content-Disposition"] == 'attachment; filename="lijst.csv"'


def test_a_workbook_comes_back_as_it_was_and_has_no_formulas() -> None:
    rows = [(start + "1+1", None, 3) for start in TRIGGERS] + [
        ("a & <b>", "Zoë\nÖzge", -1),
        ("{=1}", "https://x", 0),
    ]
    response = xlsx_file("lijst.xlsx", ("een", "twee", "drie"), rows)
    sheet = openpyxl.load_workbook(io.BytesIO(response.get_data())).active
    assert sheet is not None
    # XML has no lone carriage return: a workbook writes it as _x000D_ (ECMA-376, 22.9.2.19).
    found = [tuple(unescape(cell) if isinstance(cell, str) else cell for cell in row) for row in sheet.values]
    assert found == [("een", "twee", "drie"), *rows]
    assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f" or cell.hyperlink]
    assert response.headers["Content-Disposition"] == 'attachment; filename="lijst.xlsx"'
