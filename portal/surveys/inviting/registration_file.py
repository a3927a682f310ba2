"""The client registration's file before its words are judged: bytes become cells, by line. Pure.

Nothing of a cell is ever quoted in a sentence: it may be somebody's name or address.
"""

import csv
import difflib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

COLUMNS = (
    "zaaknummer",
    "moment",
    "datum",
    "domein",
    "team",
    "perspectief",
    "naam",
    "email",
    "telefoon",
    "adres",
    "postcode",
    "plaats",
    "taal",
    "opvoedhulp",
)
COMPULSORY = ("zaaknummer", "moment", "datum")
WAYS = ("email", "telefoon", "adres")
FORBIDDEN = {"bsn", "burgerservicenummer", "sofinummer", "sofi-nummer"}
QUOTE = "In deze rij staat een aanhalingsteken verkeerd, of een cel is veel te lang."
LONGEST_ROW = 20
"""How many lines one row may take: beyond it an opening quote was never closed, and must not eat the rest."""

_BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_EXCEL = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


class Unreadable(ValueError):
    """Nothing can be taken from this file. The message is one sentence or two that say what to do."""


@dataclass(frozen=True, slots=True)
class Remark:
    """What must be said about a row: the line where it starts (the header is line 1), column and reason."""

    line: int
    column: str | None
    reason: str

    def __str__(self) -> str:
        place = f"regel {self.line}, {self.column}" if self.column else f"regel {self.line}"
        return f"{place}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Record:
    """One row as it stands in the file, by column; or why it cannot be told apart in cells."""

    line: int
    cells: Mapping[str, str]
    problem: Remark | None = None
    warning: Remark | None = None


def records(data: bytes) -> Iterator[Record]:
    """The rows of the file, one after another; blank lines are passed over.

    Raises Unreadable at once, before the first row is asked for.
    """
    _refuse_other_kinds(data)
    lines = _Lines(data)
    header, delimiter = _header(lines)
    return _rows(lines, header, delimiter)


def _refuse_other_kinds(data: bytes) -> None:
    if not data.removeprefix(_BOM).strip():
        raise Unreadable("Het bestand is leeg. Maak de export opnieuw.")
    if data.startswith(_EXCEL):
        raise Unreadable(
            "Dit is een Excel-bestand. Kies in Excel 'Opslaan als', dan 'CSV UTF-8', en neem dat bestand."
        )
    if data.startswith(_UTF16):
        raise Unreadable("Dit bestand is opgeslagen als UTF-16 (Unicode). Bewaar het als CSV in UTF-8.")
    if b"\0" in data:
        raise Unreadable(
            "In dit bestand staan nultekens: het is geen CSV, of het is beschadigd. Maak de export opnieuw."
        )


class _Lines(Iterator[tuple[int, str]]):
    """The physical lines with their numbers, each decoded: UTF-8, or else Windows-1252."""

    def __init__(self, data: bytes) -> None:
        data = data.removeprefix(_BOM)
        # A file from an old Mac ends its lines with CR alone.
        self._lines = io.BytesIO(data if b"\n" in data else data.replace(b"\r", b"\n"))
        self._number = 0
        self._encoding = ""
        self._again: list[tuple[int, str]] = []
        self.mixed: Remark | None = None
        """Set where the second encoding was met first."""

    def __next__(self) -> tuple[int, str]:
        if self._again:
            return self._again.pop()
        line = self._lines.readline()
        if not line:
            raise StopIteration
        self._number += 1
        return self._number, self._decoded(line)

    def give_back(self, lines: Sequence[tuple[int, str]]) -> None:
        """Hand out these lines once more."""
        self._again.extend(reversed(lines))

    def _decoded(self, line: bytes) -> str:
        if line.isascii():
            return line.decode("ascii")
        try:
            text, encoding = line.decode("utf-8"), "UTF-8"
        except UnicodeDecodeError:
            text, encoding = line.decode("cp1252", "replace"), "Windows-1252"
        if self._encoding not in {"", encoding}:
            self.mixed = self.mixed or Remark(
                self._number,
                None,
                f"Vanaf hier staan de letters in {encoding}, daarvoor in {self._encoding}. "
                "Elke regel is gelezen zoals hij is; kijk of de namen kloppen.",
            )
        self._encoding = encoding
        return text


def _header(lines: _Lines) -> tuple[list[str], str]:
    """The columns in their order, and what stands between cells."""
    first = next((text for _number, text in lines if text.strip()), "")
    delimiter = ";" if ";" in first else ","
    try:
        names = [name.strip() for name in next(csv.reader([first], delimiter=delimiter, strict=True), [])]
    except csv.Error:
        names = []
    folded = {name.casefold() for name in names}
    if folded & FORBIDDEN:
        raise Unreadable(
            "In het bestand staat een kolom met het BSN. Het portaal mag dat niet krijgen: "
            "haal de kolom uit de export en verwijder dit bestand."
        )
    if not folded & set(COLUMNS):
        raise Unreadable(
            f"De eerste regel noemt geen kolommen die het portaal kent. Zet ze daar ({';'.join(COLUMNS)})."
        )
    _refuse_names(names)
    return names, delimiter


def _refuse_names(names: Sequence[str]) -> None:
    unknown = [name for name in names if name not in COLUMNS]
    if unknown:
        told = ", ".join(_with_suggestion(name) for name in unknown)
        raise Unreadable(f"De eerste regel noemt iets wat het portaal niet kent: {told}. Verbeter die regel.")
    double = sorted({name for name in names if names.count(name) > 1})
    if double:
        raise Unreadable(f"Deze kolom staat er twee keer: {', '.join(double)}. Laat er één staan.")
    missing = [name for name in COMPULSORY if name not in names]
    if missing:
        raise Unreadable(f"Deze kolom ontbreekt: {', '.join(missing)}. Neem hem op in de export.")
    if not set(WAYS) & set(names):
        raise Unreadable(
            "Er is geen kolom om mensen te bereiken. Neem email, telefoon of adres op in de export."
        )


def _with_suggestion(name: str) -> str:
    shown = "".join(letter if letter.isprintable() else "?" for letter in name[:30]) or "(zonder naam)"
    close = difflib.get_close_matches(name[:30].casefold(), COLUMNS, n=1)
    return f"'{shown}' (bedoelt u '{close[0]}'?)" if close else f"'{shown}'"


def _rows(lines: _Lines, header: Sequence[str], delimiter: str) -> Iterator[Record]:
    told_mixed = False
    for number, text in lines:
        cells, problem = _cells(lines, (number, text), delimiter, len(header))
        if problem is None and not any(cell.strip() for cell in cells):
            continue
        warning = None if told_mixed else lines.mixed
        told_mixed = told_mixed or warning is not None
        yield Record(
            number,
            {} if problem else dict(zip(header, cells, strict=True)),
            Remark(number, None, problem) if problem else None,
            warning,
        )


def _cells(
    lines: _Lines, first: tuple[int, str], delimiter: str, wanted: int
) -> tuple[list[str], str | None]:
    """The cells of the row that starts here, or what is wrong with it.

    Reads on while a quoted cell is open. Where that leads nowhere the lines read are handed back:
    they may well be good rows after a quote that was never closed. So they may be where it leads to
    the right number of cells, but only because a later row closes the quote by chance.
    """
    text, more = first[1], list[tuple[int, str]]()
    while True:
        try:
            cells = next(csv.reader([text], delimiter=delimiter, strict=True), [])
        except csv.Error as error:
            is_open = "unexpected end of data" in str(error)
        else:
            if not any(cell.strip() for cell in cells):
                return cells, None
            if len(cells) == wanted:
                # Quotes come in pairs: an odd one belongs to another row, or to nothing.
                is_odd = text.count('"') % 2 == 1
                if is_odd or (not _all_quoted(text, delimiter) and _swallowed(cells, more, delimiter)):
                    lines.give_back(more)
                    return [], QUOTE
                return cells, None
            lines.give_back(more)
            return [], (
                f"Deze rij heeft {len(cells)} cellen en de eerste regel {wanted}. "
                f"Zet een cel waar een '{delimiter}' in staat tussen aanhalingstekens."
            )
        following = next(lines, None) if is_open and len(more) < LONGEST_ROW else None
        if following is None:
            lines.give_back(more)
            return [], QUOTE
        more.append(following)
        text += following[1]


def _swallowed(cells: Sequence[str], more: Sequence[tuple[int, str]], delimiter: str) -> bool:
    """Whether these cells look like those of more than one row, run together by a misplaced quote.

    A cell then holds both the end of a line and what stands between cells, or a line in it has as
    many cells as a row.
    """
    if any(delimiter in cell and ("\n" in cell or "\r" in cell) for cell in cells):
        return True
    return any(_count(text, delimiter) == len(cells) for _number, text in more)


def _all_quoted(text: str, delimiter: str) -> bool:
    """Whether every cell is quoted, so that no quote can have closed another row's by chance."""
    try:
        # This way a cell without quotes is a number, or an error.
        cells = next(csv.reader([text], delimiter=delimiter, quoting=csv.QUOTE_NONNUMERIC), [])
    except ValueError:
        return False
    return all(isinstance(cell, str) for cell in cells)


def _count(line: str, delimiter: str) -> int:
    try:
        # Not strict: the line may well hold half a pair of quotes.
        return len(next(csv.reader([line], delimiter=delimiter), []))
    except csv.Error:
        return 0
