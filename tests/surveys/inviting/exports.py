"""Exports of the client registration as tests need them."""

import json
from pathlib import Path

from portal.surveys.inviting.registration_file import COLUMNS

HERE = Path(__file__).parent
SAMPLE = (HERE / "export-moments.csv").read_bytes()
EXPECTED = json.loads((HERE / "export-moments.expected.json").read_text("utf-8"))
GOOD = {
    "zaaknummer": "Z-2026-1",
    "moment": "intake",
    "datum": "2026-11-20",
    "domein": "jeugd",
    "team": "Naaldwijk",
    "perspectief": "ouder",
    "naam": "Proefpersoon Één",
    "email": "een@voorbeeld.example",
    "telefoon": "06-12345678",
    "adres": "Dorpsstraat 1 bis",
    "postcode": "2691zm",
    "plaats": "'s-Gravenzande",
    "taal": "nl",
    "opvoedhulp": "ja",
}
ONLY_EMAIL = {"telefoon": "", "adres": "", "postcode": "", "plaats": ""}


def row(**cells: str) -> dict[str, str]:
    """A good row, but for these cells."""
    return GOOD | cells


def export(*rows: dict[str, str], delimiter: str = ";") -> bytes:
    """An export with these rows, every cell quoted."""
    quoted = [
        delimiter.join('"' + cells[name].replace('"', '""') + '"' for name in COLUMNS) for cells in rows
    ]
    return "\r\n".join((delimiter.join(COLUMNS), *quoted, "")).encode()
