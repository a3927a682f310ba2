"""What the client registration's export says of each person: rows, refusals and warnings. Pure.

A reason never repeats what a cell holds: it may be somebody's name or address.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

import phonenumbers
from babel import Locale
from email_validator import EmailNotValidError, validate_email

from portal.phones import UnknownNumber, read_number
from portal.surveys.inviting.registration_file import COLUMNS, Record, Remark, Unreadable, records
from portal.surveys.rules import Domain, Moment, Perspective

Chosen = TypeVar("Chosen")
__all__ = ["Reading", "Remark", "Row", "Unreadable", "read"]

MOMENTS = {"intake": Moment.INTAKE, "plan": Moment.PLAN, "afsluiting": Moment.CLOSURE}
DOMAINS = {"": Domain.UNKNOWN, "jeugd": Domain.YOUTH, "volwassenen": Domain.ADULTS}
PERSPECTIVES = {
    "": None,
    "ouder": Perspective.PARENT,
    "jongere": Perspective.YOUNG_PERSON,
    "volwassene": Perspective.ADULT,
    "gezinslid": Perspective.FAMILY_MEMBER,
}
YES_NO = {"": False, "ja": True, "nee": False}
LANGUAGES = frozenset(code for code in map(str, Locale("nl").languages) if len(code) == 2)
HOME_LANGUAGE = "nl"
HOME_CODE = "+31"

LONGEST = {
    "zaaknummer": 40,
    "moment": 20,
    "datum": 20,
    "domein": 20,
    "team": 80,
    "perspectief": 20,
    "naam": 100,
    "email": 254,
    "telefoon": 40,
    "adres": 120,
    "postcode": 20,
    "plaats": 80,
    "taal": 20,
    "opvoedhulp": 10,
}
"""How many characters a cell may hold."""

_YEAR_FIRST = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_DAY_FIRST = re.compile(r"([0-9]{1,2})-([0-9]{1,2})-([0-9]{4})")
_PHONE = re.compile(r"\+?[0-9 ().\-/]*[0-9]")
_POSTCODE = re.compile(r"([1-9][0-9]{3}) ?(?!SA|SD|SS)([A-Z]{2})")
# A word and after it a number: "1e Laan" has a number too, but not of a house.
_WITH_NUMBER = re.compile(r"[^\W\d_]{2,}.*\d")
_FORMULA = "=+-@＝＋－＠"
# Control characters, what would turn the direction of a line, and what an encoding could not read.
_STRANGE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffd]")
_UNSEEN = re.compile("[\u00ad\u200b\u200e\u200f\u2060\ufeff]")
_SECOND_BYTES = "".join(bytes([byte]).decode("cp1252", "ignore") for byte in range(0x80, 0xC0))
# UTF-8 that some program took for Windows-1252 and stored as UTF-8 again: é became Ã©.
_DOUBLE = re.compile(f"[ÂÃÄÅ][{re.escape(_SECOND_BYTES)}]|â€")
_UNSAFE_IN_MAIL = frozenset("!%|`")
_MOBILE = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)


@dataclass(frozen=True, slots=True)
class Row:
    """One person to ask about one moment, in the words of the portal."""

    line: int
    case_number: str
    moment: Moment
    happened_on: date
    domain: Domain
    team: str
    perspective: Perspective | None
    name: str | None
    email: str | None
    phone: str | None
    """A mobile number in international form."""
    street: str | None
    postcode: str | None
    place: str | None
    language: str
    parenting_help: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """What became of one row of the file: taken or refused, and what must be said of it besides."""

    row: Row | None
    refusal: Remark | None
    warnings: Sequence[Remark] = ()


class _Refused(Exception):
    """Something in this column (None: in the row) does not fit."""

    def __init__(self, column: str | None, reason: str) -> None:
        super().__init__(reason)
        self.column = column
        self.reason = reason


def read(data: bytes, today: date) -> Iterator[Reading]:
    """Every row of the file in turn. Raises Unreadable at once when nothing can be taken from it."""
    found = records(data)
    return (_reading(record, today) for record in found)


def _reading(record: Record, today: date) -> Reading:
    about_file = [record.warning] if record.warning else []
    if record.problem:
        return Reading(None, record.problem, about_file)
    try:
        row, told = _row(record.line, *_cleaned(record.cells), today)
    except _Refused as refused:
        return Reading(None, Remark(record.line, refused.column, refused.reason), about_file)
    return Reading(row, None, about_file + [Remark(record.line, one.column, one.reason) for one in told])


def _cleaned(raw: Mapping[str, str]) -> tuple[dict[str, str], dict[str, _Refused]]:
    """The cells of every column, and which of those that say how to reach somebody cannot be used.

    Raises _Refused for any other cell.
    """
    cells, broken = dict.fromkeys(COLUMNS, ""), dict[str, _Refused]()
    for column in COLUMNS:
        try:
            cells[column] = _clean(column, raw.get(column, ""))
        except _Refused as refused:
            if column not in _WAY_COLUMNS:
                raise
            broken[column] = refused
    return cells, broken


def _clean(column: str, raw: str) -> str:
    """The cell with single blanks and one spelling of accents. Refuses what no honest cell holds."""
    if _STRANGE.search(raw):
        raise _Refused(
            column, "In deze cel staan tekens die niet te lezen zijn. Verbeter ze in de registratie."
        )
    if _DOUBLE.search(raw):
        raise _Refused(column, "De letters met accenten zijn in de export stukgegaan. Bewaar hem als UTF-8.")
    text = " ".join(unicodedata.normalize("NFC", _UNSEEN.sub("", raw)).split())
    if set(text) == {"-"}:
        return ""
    is_number = column == "telefoon" and _PHONE.fullmatch(text)
    if raw.startswith(("\t", "\r")) or (text.startswith(tuple(_FORMULA)) and not is_number):
        raise _Refused(column, "Deze cel lijkt een formule. Haal het eerste teken weg.")
    if len(text) > LONGEST[column]:
        raise _Refused(column, f"Deze cel is te lang: er passen {LONGEST[column]} tekens in.")
    return text


def _row(
    line: int, cells: Mapping[str, str], broken: Mapping[str, _Refused], today: date
) -> tuple[Row, list[_Refused]]:
    """The row, and what is wrong with it but no reason to refuse it. Raises _Refused."""
    if not cells["zaaknummer"]:
        raise _Refused("zaaknummer", "Het zaaknummer ontbreekt. Vul het in.")
    moment = _chosen(cells, "moment", MOMENTS)
    happened_on = _day(cells["datum"], today)
    domain = _chosen(cells, "domein", DOMAINS)
    perspective = _chosen(cells, "perspectief", PERSPECTIVES)
    parenting_help = _chosen(cells, "opvoedhulp", YES_NO)
    ways, told = _ways(cells, broken)
    language = cells["taal"].lower() or HOME_LANGUAGE
    if language not in LANGUAGES:
        language = HOME_LANGUAGE
        told.append(_Refused("taal", "Deze taalcode is niet bekend. De berichten gaan in het Nederlands."))
    row = Row(
        line=line,
        case_number=cells["zaaknummer"],
        moment=moment,
        happened_on=happened_on,
        domain=domain,
        team=cells["team"],
        perspective=perspective,
        name=cells["naam"] or None,
        email=ways.get("email"),
        phone=ways.get("phone"),
        street=ways.get("street"),
        postcode=ways.get("postcode"),
        place=ways.get("place"),
        language=language,
        parenting_help=parenting_help,
    )
    return row, told


def _chosen(cells: Mapping[str, str], column: str, words: Mapping[str, Chosen]) -> Chosen:
    typed = cells[column].casefold()
    if typed not in words:
        what = "Dit woord past hier niet" if typed else "Deze cel is leeg"
        raise _Refused(column, f"{what}. Kies uit: {', '.join(word for word in words if word)}.")
    return words[typed]


def _day(typed: str, today: date) -> date:
    if not typed:
        raise _Refused("datum", "De datum ontbreekt. Schrijf hem als 2026-03-01 of 01-03-2026.")
    if found := _YEAR_FIRST.fullmatch(typed):
        year, month, day = found.groups()
    elif found := _DAY_FIRST.fullmatch(typed):
        day, month, year = found.groups()
    else:
        raise _Refused("datum", "Dit is geen datum. Schrijf hem als 2026-03-01 of 01-03-2026.")
    try:
        read_day = date(int(year), int(month), int(day))
    except ValueError as error:
        raise _Refused("datum", "Deze dag bestaat niet. Verbeter de datum.") from error
    if read_day > today:
        raise _Refused("datum", "Deze datum ligt in de toekomst. Neem de rij later op, of verbeter de datum.")
    return read_day


def _ways(cells: Mapping[str, str], broken: Mapping[str, _Refused]) -> tuple[dict[str, str], list[_Refused]]:
    """Everything by which this person can be reached, and what is wrong with the rest.

    Raises _Refused with the first wrong way where no good one is left.
    """
    found: dict[str, str] = {}
    wrong: list[_Refused] = []
    for columns, way in _WAYS.items():
        try:
            for column in columns:
                if column in broken:
                    raise broken[column]
            found |= way(cells)
        except _Refused as refused:
            wrong.append(refused)
    if not found:
        raise (
            wrong[0]
            if wrong
            else _Refused(
                None,
                "Deze persoon is niet te bereiken. Vul een e-mailadres, een mobiel nummer of een adres in.",
            )
        )
    told = [_Refused(one.column, f"{one.reason} De rij gaat door zonder dit gegeven.") for one in wrong]
    phone = found.get("phone", HOME_CODE)
    if not phone.startswith(HOME_CODE):
        code = phonenumbers.parse(phone).country_code
        told.append(_Refused("telefoon", f"Dit is een buitenlands nummer (+{code}). Kijk of het klopt."))
    return found, told


def _email(cells: Mapping[str, str]) -> dict[str, str]:
    typed = cells["email"]
    if not typed:
        return {}
    try:
        # Mail servers that know only ASCII must be able to carry it.
        address = validate_email(typed, check_deliverability=False, allow_smtputf8=False).ascii_email
    except EmailNotValidError as error:
        raise _Refused("email", "Dit is geen e-mailadres waar mail heen kan.") from error
    if not address or _UNSAFE_IN_MAIL & set(address):
        raise _Refused("email", "In dit e-mailadres staan tekens die mailservers anders opvatten.")
    return {"email": address}


def _phone(cells: Mapping[str, str]) -> dict[str, str]:
    typed = cells["telefoon"]
    if not typed:
        return {}
    try:
        if not _PHONE.fullmatch(typed):
            raise UnknownNumber(typed)
        number = read_number(typed)
    except UnknownNumber as error:
        raise _Refused("telefoon", "Dit is geen telefoonnummer.") from error
    if phonenumbers.number_type(phonenumbers.parse(number)) not in _MOBILE:
        raise _Refused("telefoon", "Dit is geen mobiel nummer: een sms kan er niet heen.")
    return {"phone": number}


def _post(cells: Mapping[str, str]) -> dict[str, str]:
    street, postcode, place = cells["adres"], cells["postcode"].upper(), cells["plaats"]
    if not street and not postcode and not place:
        return {}
    if not street:
        raise _Refused("adres", "De straat en het huisnummer ontbreken.")
    if not _WITH_NUMBER.search(street):
        raise _Refused("adres", "Het huisnummer ontbreekt: zo komt een brief niet aan.")
    found = _POSTCODE.fullmatch(postcode)
    if not found:
        raise _Refused(
            "postcode", "Dit is geen Nederlandse postcode." if postcode else "De postcode ontbreekt."
        )
    if not place:
        raise _Refused("plaats", "De plaats ontbreekt.")
    return {"street": street, "postcode": f"{found[1]} {found[2]}", "place": place}


_WAYS: dict[tuple[str, ...], Callable[[Mapping[str, str]], dict[str, str]]] = {
    ("email",): _email,
    ("telefoon",): _phone,
    ("adres", "postcode", "plaats"): _post,
}
"""How somebody can be reached, and the columns it takes."""
_WAY_COLUMNS = frozenset(column for columns in _WAYS for column in columns)
