"""Nothing that leaves as a table is a formula in somebody's spreadsheet."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.exports import csv_file, csv_text, safe_cell

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
