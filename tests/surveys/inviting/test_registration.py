"""What an export says: every row is taken or refused by line, column and reason."""

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal.surveys.inviting.registration import Reading, Remark, Row, Unreadable, read
from portal.surveys.inviting.registration_file import COLUMNS, LONGEST_ROW
from portal.surveys.rules import Domain, Moment, Perspective
from tests.surveys.inviting.exports import EXPECTED, GOOD, SAMPLE, export, row

TODAY = date(2026, 11, 23)
HEADER = ";".join(COLUMNS)


def readings(data: bytes) -> list[Reading]:
    return list(read(data, TODAY))


def only(**cells: str) -> Reading:
    (reading,) = readings(export(row(**cells)))
    return reading


def taken(**cells: str) -> Row:
    found = only(**cells).row
    assert found is not None
    return found


def refusal(**cells: str) -> Remark:
    found = only(**cells).refusal
    assert found is not None
    return found


def places(remarks: list[Remark]) -> list[tuple[int, str | None]]:
    return [(remark.line, remark.column) for remark in remarks]


def test_the_messy_export_is_refused_exactly_where_it_is_wrong() -> None:
    found = readings(SAMPLE)
    refused = [reading.refusal for reading in found if reading.refusal]
    assert places(refused) == [(wrong["line"], wrong["column"]) for wrong in EXPECTED["refused"]]
    assert len(found) == EXPECTED["rows"]
    assert not [warning for reading in found for warning in reading.warnings]
    names = {reading.row.name for reading in found if reading.row}
    assert {"Loïs Müller", "Ömer van den Berg-Pronk"} <= names


def test_every_cell_of_a_good_row() -> None:
    assert only() == Reading(
        Row(
            line=2,
            case_number="Z-2026-1",
            moment=Moment.INTAKE,
            happened_on=date(2026, 11, 20),
            domain=Domain.YOUTH,
            team="Naaldwijk",
            perspective=Perspective.PARENT,
            name="Proefpersoon Één",
            email="een@voorbeeld.example",
            phone="+31612345678",
            street="Dorpsstraat 1 bis",
            postcode="2691 ZM",
            place="'s-Gravenzande",
            language="nl",
            parenting_help=True,
        ),
        None,
        [],
    )


def test_only_the_compulsory_columns_in_another_order_with_commas() -> None:
    data = b"telefoon,datum,moment,zaaknummer\n0612345678,1-3-2026,AFSLUITING,Z-9\n"
    (reading,) = readings(data)
    assert reading.row is not None
    assert (reading.row.moment, reading.row.happened_on) == (Moment.CLOSURE, date(2026, 3, 1))
    assert (reading.row.domain, reading.row.perspective, reading.row.name) == (Domain.UNKNOWN, None, None)
    assert (reading.row.language, reading.row.parenting_help, reading.row.team) == ("nl", False, "")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is leeg"),
        (b"\xef\xbb\xbf \r\n\r\n", "is leeg"),
        (b"PK\x03\x04 and so on", "Excel"),
        (b"\xd0\xcf\x11\xe0 and so on", "Excel"),
        (HEADER.encode("utf-16"), "UTF-16"),
        (HEADER.encode("utf-16-le"), "nultekens"),
        (b"Z-1;intake;2026-03-01;een@voorbeeld.example\n", "noemt geen kolommen"),
        (b'"zaaknummer;moment\n', "noemt geen kolommen"),
        (b"zaaknummer;moment;datm;email\n", "'datm' (bedoelt u 'datum'?)"),
        (b"Zaaknummer;moment;datum;email\n", "'Zaaknummer' (bedoelt u 'zaaknummer'?)"),
        (b"zaaknummer;moment;datum;email;geheim\n", "'geheim'"),
        (b"zaaknummer;moment;datum;email;\n", "(zonder naam)"),
        (b"zaaknummer;moment;datum;email;BSN\n", "mag dat niet krijgen"),
        (b"zaaknummer;moment;datum;email;email\n", "staat er twee keer: email"),
        (b"zaaknummer;email\n", "ontbreekt: moment, datum"),
        (b"zaaknummer;moment;datum;naam\n", "geen kolom om mensen te bereiken"),
    ],
)
def test_an_unreadable_file_is_told_what_to_do(data: bytes, words: str) -> None:
    with pytest.raises(Unreadable) as told:
        read(data, TODAY)
    assert words in str(told.value)
    assert str(told.value).endswith(".")


def test_a_file_without_a_header_does_not_repeat_its_first_person() -> None:
    with pytest.raises(Unreadable) as told:
        read(export(row()).split(b"\r\n", 1)[1], TODAY)
    assert "Proefpersoon" not in str(told.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(encoding: str, ending: str) -> None:
    lines = [HEADER, *(";".join(row(zaaknummer=f"Z-{place}").values()) for place in range(3))]
    found = readings((ending.join(lines) + ending).encode(encoding))
    assert [reading.row and reading.row.name for reading in found] == ["Proefpersoon Één"] * 3
    assert [reading.row and reading.row.line for reading in found] == [2, 3, 4]
    assert not any(reading.warnings for reading in found)


def test_two_encodings_in_one_file_are_read_line_by_line_and_said_once() -> None:
    line = ";".join(row().values())
    data = b"\n".join(
        [HEADER.encode(), line.encode(), line.encode("cp1252"), line.encode(), line.encode("cp1252")]
    )
    found = readings(data)
    assert [reading.row and reading.row.name for reading in found] == ["Proefpersoon Één"] * 4
    warnings = [warning for reading in found for warning in reading.warnings]
    assert places(warnings) == [(3, None)]
    assert "Windows-1252" in warnings[0].reason


def test_a_second_encoding_in_a_refused_row_is_said_too() -> None:
    good, bad = ";".join(row().values()), ";".join(row(moment="één").values())
    found = readings(b"\n".join([HEADER.encode(), good.encode(), bad.encode("cp1252")]))
    assert found[1].refusal is not None
    assert places(list(found[1].warnings)) == [(3, None)]


@pytest.mark.parametrize(
    "letters",
    ["Zo\ufffd", "Zo\x85", "Zo\x07", "Jan\u202etac"],
)
def test_letters_that_cannot_be_read_are_refused_in_their_column(letters: str) -> None:
    assert places([refusal(naam=letters)]) == [(2, "naam")]
    assert "niet te lezen" in refusal(naam=letters).reason


def test_a_byte_that_windows_does_not_know() -> None:
    data = HEADER.encode() + b"\n" + ";".join(row(team="X?X").values()).encode("cp1252")
    (reading,) = readings(data.replace(b"X?X", b"X\x81X"))
    assert reading.refusal is not None
    assert reading.refusal.column == "team"


@pytest.mark.parametrize("name", ["Zoë", "Ömer", "Renée Nuñez", "Łukasz", "Güneş", "Ș’Àï", "São João"])
def test_letters_that_broke_on_the_way_are_seen(name: str) -> None:
    assert taken(naam=name).name == name
    broken = name.encode().decode("cp1252", "replace")
    assert refusal(naam=broken).column == "naam"


def test_accents_are_kept_in_one_spelling_and_what_nobody_sees_is_left_out() -> None:
    assert taken(naam="Zoe\u0308 \u00a0 Proef\u200bpersoon\ufeff").name == "Zoë Proefpersoon"


WAY_OF = {
    "email": ("email",),
    "telefoon": ("telefoon",),
    **dict.fromkeys(("adres", "postcode", "plaats"), ("adres", "postcode", "plaats")),
}
NO_WAY = {"email": "", "telefoon": "", "adres": "", "postcode": "", "plaats": ""}


@pytest.mark.parametrize("column", [name for name in COLUMNS if name not in WAY_OF])
@pytest.mark.parametrize("start", ["=1+1", "@SUM(A1)", "+1|cmd", "-1+1", " =1", "\tX", "\rX"])
def test_what_looks_like_a_formula_is_refused_in_its_column(column: str, start: str) -> None:
    found = refusal(**{column: start})
    assert (found.column, found.reason[:24]) == (column, "Deze cel lijkt een formu")


@pytest.mark.parametrize("column", WAY_OF)
@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("=cmd|x", "formule"),
        ("@SUM(A1)", "formule"),
        ("\t1", "formule"),
        ("1" * 260, "te lang"),
        ("1\x07", "niet te lezen"),
        ("1Ã©", "stukgegaan"),
    ],
)
def test_a_broken_cell_costs_one_way_and_not_the_row(column: str, cell: str, words: str) -> None:
    found = only(**{column: cell})
    assert found.row is not None
    kept = {"email": found.row.email, "telefoon": found.row.phone, "adres": found.row.street}
    lost = WAY_OF[column][0]
    assert [way for way, value in kept.items() if value is None] == [lost]
    assert places(list(found.warnings)) == [(2, column)]
    assert words in found.warnings[0].reason
    assert "zonder dit gegeven" in found.warnings[0].reason
    alone = NO_WAY | {name: GOOD[name] for name in WAY_OF[column]} | {column: cell}
    assert places([refusal(**alone)]) == [(2, column)]
    assert words in refusal(**alone).reason


def test_of_several_broken_ways_the_first_is_told_where_none_is_left() -> None:
    assert refusal(email="=x", telefoon="\x07", adres="Ã©", postcode="=1").column == "email"
    assert refusal(email="", telefoon="070-1234567", adres="Ã©", postcode="=1").column == "telefoon"
    assert refusal(email="", telefoon="", postcode="=1", plaats="=2").column == "postcode"
    assert places(list(only(email="=x", adres="Ã©", postcode="=1").warnings)) == [(2, "email"), (2, "adres")]
    assert refusal(email="=x", naam="=y").column == "naam"


@pytest.mark.parametrize(
    ("typed", "fine"), [("+31612345678", True), ("=31612345678", False), ("+cmd|1", False)]
)
def test_a_telephone_number_may_begin_with_a_plus(typed: str, fine: bool) -> None:
    found = only(telefoon=typed)
    assert (found.row is not None and not found.warnings) == fine


def test_a_dash_stands_for_nothing() -> None:
    assert taken(team="-", naam="--").name is None


@pytest.mark.parametrize(
    ("column", "length"),
    [("zaaknummer", 40), ("naam", 100), ("team", 80), ("adres", 120), ("plaats", 80)],
)
def test_cells_have_a_length(column: str, length: int) -> None:
    fits = "Straat 1" + "x" * (length - 8)
    assert only(**{column: fits}).row is not None
    assert not only(**{column: fits}).warnings
    by_post = {"email": "", "telefoon": ""}
    assert refusal(**by_post, **{column: fits + "x"}).column == column


def test_a_team_fits_the_column_it_is_kept_in() -> None:
    assert taken(team="é" * 80).team == "é" * 80


@pytest.mark.parametrize(
    ("typed", "read_as"),
    [
        ("2026-03-01", date(2026, 3, 1)),
        ("01-03-2026", date(2026, 3, 1)),
        ("1-3-2026", date(2026, 3, 1)),
        ("2026-11-23", TODAY),
        ("1999-12-31", date(1999, 12, 31)),
        ("2024-02-29", date(2024, 2, 29)),
    ],
)
def test_dates(typed: str, read_as: date) -> None:
    assert taken(datum=typed).happened_on == read_as


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "gisteren",
        "2026-13-01",
        "31-02-2026",
        "2025-02-29",
        "2026-3-1",
        "01/03/2026",
        "01-03-26",
        "2026-03-01 10:00",
        "46082",
        "0000-01-01",
        "２０２６-０３-０１",
    ],
)
def test_what_is_no_date(typed: str) -> None:
    assert refusal(datum=typed).column == "datum"


def test_a_date_in_the_future() -> None:
    assert "toekomst" in refusal(datum="2026-11-24").reason


@pytest.mark.parametrize(
    ("column", "typed", "read_as"),
    [
        ("moment", "Plan", Moment.PLAN),
        ("moment", "AFSLUITING", Moment.CLOSURE),
        ("domein", "Volwassenen", Domain.ADULTS),
        ("domein", "", Domain.UNKNOWN),
        ("perspectief", "JONGERE", Perspective.YOUNG_PERSON),
        ("perspectief", "gezinslid", Perspective.FAMILY_MEMBER),
        ("perspectief", "", None),
        ("opvoedhulp", "Nee", False),
        ("opvoedhulp", "", False),
    ],
)
def test_words_to_choose_from(column: str, typed: str, read_as: object) -> None:
    names = {"domein": "domain", "perspectief": "perspective", "opvoedhulp": "parenting_help"}
    assert getattr(taken(**{column: typed}), names.get(column, column)) == read_as


@pytest.mark.parametrize(
    ("column", "typed"),
    [
        ("zaaknummer", ""),
        ("zaaknummer", "   "),
        ("moment", ""),
        ("moment", "INTAKE2"),
        ("domein", "youth"),
        ("perspectief", "moeder"),
        ("opvoedhulp", "j"),
    ],
)
def test_words_that_do_not_fit(column: str, typed: str) -> None:
    assert places([refusal(**{column: typed})]) == [(2, column)]


def test_languages() -> None:
    assert taken(taal="").language == "nl"
    assert taken(taal="UK").language == "uk"
    assert taken(taal="ar").language == "ar"
    for unknown in ("xx", "Pools", "nld"):
        found = only(taal=unknown)
        assert found.row is not None
        assert found.row.language == "nl"
        assert places(list(found.warnings)) == [(2, "taal")]


ADDRESS = {"adres": "Dorpsstraat 1", "postcode": "2691 ZM", "plaats": "Monster"}


@pytest.mark.parametrize(
    ("ways", "column"),
    [
        ({}, None),
        ({"email": "geen adres"}, "email"),
        ({"email": "jan@localhost"}, "email"),
        ({"email": "josé@voorbeeld.example"}, "email"),
        ({"email": "a%b@voorbeeld.example"}, "email"),
        ({"email": "a@voorbeeld.example, b@voorbeeld.example"}, "email"),
        ({"email": '"a b"@voorbeeld.example'}, "email"),
        ({"email": "a@voorbeeld.example\nBcc: b@voorbeeld.example"}, "email"),
        ({"telefoon": "06-1234"}, "telefoon"),
        ({"telefoon": "070-1234567"}, "telefoon"),
        ({"telefoon": "+31 70 123 4567"}, "telefoon"),
        ({"telefoon": "06-12345678 (moeder)"}, "telefoon"),
        ({"telefoon": "06-12345678 / 06-87654321"}, "telefoon"),
        ({"telefoon": "3,16E+10"}, "telefoon"),
        ({"telefoon": "bel 06-12345678"}, "telefoon"),
        ({"telefoon": "06-12345678 ext. 5"}, "telefoon"),
        (ADDRESS | {"adres": "Dorpsstraat"}, "adres"),
        (ADDRESS | {"adres": "1e Laan"}, "adres"),
        (ADDRESS | {"adres": ""}, "adres"),
        (ADDRESS | {"postcode": ""}, "postcode"),
        (ADDRESS | {"postcode": "0691 ZM"}, "postcode"),
        (ADDRESS | {"postcode": "2691 SS"}, "postcode"),
        (ADDRESS | {"postcode": "B-2000"}, "postcode"),
        (ADDRESS | {"plaats": ""}, "plaats"),
        ({"email": "x", "telefoon": "y"} | ADDRESS | {"plaats": ""}, "email"),
    ],
)
def test_a_row_by_which_nobody_can_be_reached(ways: dict[str, str], column: str | None) -> None:
    cells = NO_WAY | ways
    assert places([refusal(**cells)]) == [(2, column)]
    if ways and "email" not in ways:
        found = only(**(cells | {"email": "een@voorbeeld.example"}))
        assert found.row is not None
        assert (found.row.email, found.row.phone, found.row.street) == ("een@voorbeeld.example", None, None)
        assert places(list(found.warnings)) == [(2, column)]
        assert "zonder dit gegeven" in found.warnings[0].reason


@pytest.mark.parametrize(
    ("ways", "read_as"),
    [
        ({"email": "Jan.O'Brien+kbo@Voorbeeld.EXAMPLE"}, "Jan.O'Brien+kbo@voorbeeld.example"),
        ({"email": "jan@münchen.example"}, "jan@xn--mnchen-3ya.example"),
        ({"telefoon": "612345678"}, "+31612345678"),
        ({"telefoon": "+31 (0)6 1234.5678"}, "+31612345678"),
        ({"telefoon": "0031612345678"}, "+31612345678"),
        (ADDRESS | {"postcode": "2691zm", "adres": "1e Laan 3"}, "2691 ZM"),
        (ADDRESS | {"postcode": "2691 zm", "adres": "Dorpsstraat 12-III"}, "2691 ZM"),
    ],
)
def test_ways_are_brought_into_one_spelling(ways: dict[str, str], read_as: str) -> None:
    found = only(**(NO_WAY | ways))
    assert found.row is not None
    assert read_as in {found.row.email, found.row.phone, found.row.postcode}
    assert not found.warnings


def test_a_foreign_mobile_number_goes_in_with_its_country_code() -> None:
    found = only(telefoon="+48 512 345 678")
    assert found.row is not None
    assert found.row.phone == "+48512345678"
    assert "+48" in found.warnings[0].reason
    assert places(list(found.warnings)) == [(2, "telefoon")]


def test_a_quoted_cell_may_hold_lines_and_the_line_is_where_its_row_starts() -> None:
    data = export(row(naam="Proef\r\npersoon"), row(moment="x"), row(naam='Jan "Proef" P.'))
    first, second, third = readings(data)
    assert first.row is not None
    assert (first.row.line, first.row.name) == (2, "Proef persoon")
    assert second.refusal is not None
    assert second.refusal.line == 4
    assert third.row is not None
    assert (third.row.line, third.row.name) == (5, 'Jan "Proef" P.')


def test_blank_lines_are_passed_over_and_counted() -> None:
    line = ";".join(GOOD.values())
    found = readings(f"\n{HEADER}\n\n  \n{line}\n{';' * 13}\n{line}\n\n".encode())
    assert [reading.row and reading.row.line for reading in found] == [5, 7]


@pytest.mark.parametrize("extra", [-1, 1])
def test_a_row_with_too_many_or_too_few_cells(extra: int) -> None:
    cells = list(GOOD.values())
    wrong = cells[:extra] if extra < 0 else [*cells, ""]
    found = readings("\n".join([HEADER, ";".join(wrong), ";".join(cells)]).encode())
    assert found[0].refusal is not None
    assert places([found[0].refusal]) == [(2, None)]
    assert f"heeft {14 + extra} cellen en de eerste regel 14" in found[0].refusal.reason
    assert found[1].row is not None


@pytest.mark.parametrize("rows", [3, 2 * LONGEST_ROW])
@pytest.mark.parametrize("wrong", ['"Z-1;intake', 'Z-1;"intake"x;', '"Z-1;intake;"'])
def test_a_quote_that_is_wrong_costs_its_own_row_only(rows: int, wrong: str) -> None:
    line = ";".join(GOOD.values())
    found = readings("\n".join([HEADER, line, wrong, *[line] * rows]).encode())
    assert places([reading.refusal for reading in found if reading.refusal]) == [(3, None)]
    assert len(found) == rows + 2


def test_a_quote_that_is_closed_by_chance_in_the_next_row_costs_its_own_row_only() -> None:
    wrong, right = dict(GOOD, naam='"Proefpersoon'), dict(GOOD, naam='Jan "Proef"')
    found = readings("\n".join([HEADER, *(";".join(cells.values()) for cells in (wrong, right))]).encode())
    assert [reading.row and reading.row.name for reading in found] == [None, 'Jan "Proef"']


@pytest.mark.parametrize("delimiter", [";", ","])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("between", [0, 1, 3])
def test_two_rows_never_melt_into_one(column: str, delimiter: str, ending: str, between: int) -> None:
    wrong = row(zaaknummer="Z-1", naam="Jan Geheim", email="jan@voorbeeld.example")
    closing = row(zaaknummer="Z-9", naam="Piet", email="piet@voorbeeld.example")
    wrong[column] = '"' + wrong[column]
    closing[column] += '"'
    rows = (wrong, *[row(zaaknummer="Z-5", email="mia@voorbeeld.example")] * between, closing)
    lines = [delimiter.join(COLUMNS), *(delimiter.join(cells.values()) for cells in rows)]
    first, *others = readings(ending.join((*lines, "")).encode())
    assert first.refusal is not None
    assert places([first.refusal]) == [(2, None)]
    assert "aanhalingsteken" in first.refusal.reason
    assert [reading.row and reading.row.case_number for reading in others] == ["Z-5"] * between + [None]


def test_an_odd_quote_costs_its_row_and_a_pair_of_them_does_not() -> None:
    lines = (";".join(row(naam=name).values()) for name in ('Piet"', 'Jan "Proef"', '5"'))
    found = readings("\n".join((HEADER, *lines)).encode())
    assert [reading.row and reading.row.name for reading in found] == [None, 'Jan "Proef"', None]
    assert places([reading.refusal for reading in found if reading.refusal]) == [(2, None), (4, None)]


def test_where_every_cell_is_quoted_a_cell_may_hold_anything() -> None:
    first, second = readings(export(row(naam="Proef;\r\n persoon; x"), row(zaaknummer="Z-9\n9")))
    assert first.row is not None
    assert first.row.name == "Proef; persoon; x"
    assert second.row is not None
    assert second.row.case_number == "Z-9 9"


@pytest.mark.parametrize("cell", ["12", "x"])
def test_one_cell_without_quotes_is_enough_to_doubt_them(cell: str) -> None:
    quoted = export(row(naam="Proef;\n persoon", team="X"), row()).replace(b'"X"', cell.encode())
    first, *_rest, last = readings(quoted)
    assert first.refusal is not None
    assert places([first.refusal]) == [(2, None)]
    assert last.row is not None


def test_half_a_row_does_not_melt_with_the_next() -> None:
    line = ";".join(row(zaaknummer='Z-2"').values())
    first, second = readings(f'{HEADER}\n"Z-1\n{line}\n'.encode())
    assert first.refusal is not None
    assert places([first.refusal]) == [(2, None)]
    assert second.refusal is not None
    assert places([second.refusal]) == [(3, None)]


def test_rows_of_which_the_lines_end_with_cr_within_a_quote() -> None:
    both = ";".join(row(naam='"Jan').values()) + "\r" + ";".join(row(naam='Piet"').values())
    (found,) = readings(f"{HEADER}\n{both}\n".encode())
    assert found.refusal is not None
    assert places([found.refusal]) == [(2, None)]


def test_a_quoted_cell_of_too_many_lines_does_not_cost_the_rows_after_it() -> None:
    *broken, last = readings(export(row(naam="x" + "\n" * (LONGEST_ROW + 1) + "y"), row()))
    assert not any(reading.row for reading in broken)
    assert last.row is not None
    assert only(naam="x" + "\n" * LONGEST_ROW + "y").row is not None


def test_a_cell_of_many_megabytes_costs_its_own_row_only() -> None:
    line = ";".join(GOOD.values())
    found = readings("\n".join([HEADER, "x" * 3_000_000 + line, line]).encode())
    assert [reading.refusal is not None for reading in found] == [True, False]


def test_no_reason_repeats_what_a_cell_holds() -> None:
    secret = "Geheimpersoon"
    for column in COLUMNS:
        for cell in (secret, f"={secret}", secret * 30, f"{secret}\x07", f"{secret}Ã©"):
            reading = only(**{column: cell})
            told = [*reading.warnings, *([reading.refusal] if reading.refusal else [])]
            assert not any(secret in str(remark) for remark in told)


@given(st.binary(max_size=400) | st.binary(max_size=300).map(lambda rest: HEADER.encode() + b"\n" + rest))
@example(b'\xef\xbb\xbf"')
@example(HEADER.encode() + b"\n\r\r\n")
def test_any_bytes_are_read_or_called_unreadable(data: bytes) -> None:
    try:
        found = readings(data)
    except Unreadable:
        return
    assert all((reading.row is None) != (reading.refusal is None) for reading in found)


CELLS = st.text(max_size=12) | st.sampled_from(sorted({*GOOD.values(), "", "=1", "Zoë", "31-02-2026", "\n"}))


@given(st.lists(st.fixed_dictionaries(dict.fromkeys(COLUMNS, CELLS)), max_size=6))
def test_every_row_is_taken_or_refused_once(rows: list[dict[str, str]]) -> None:
    # A NUL makes the whole file unreadable, a half surrogate cannot be written, and this line end is an old one.
    rows = [
        {name: cell.replace("\0", "").encode("utf-8", "ignore").decode() for name, cell in cells.items()}
        for cells in rows
    ]
    filled = [cells for cells in rows if any(cell.strip() for cell in cells.values())]
    found = readings(export(*rows))
    assert len(found) == len(filled)
    lines = [(reading.row or reading.refusal).line for reading in found if reading.row or reading.refusal]
    assert lines == sorted(set(lines))
