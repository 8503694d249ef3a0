"""Reading CSV files as people really send them."""

import pytest

from campaigns.audience.imports import Row, Sheet, decode, read_safe, write_safe

PEOPLE = "Email,First name,Last name\nann@example.org,Ann,Núñez\nbob@example.org,Bob,O'Brien\n"


def rows(content: bytes | str) -> list[Row]:
    sheet = Sheet(content.encode() if isinstance(content, str) else content)
    return list(sheet.rows(sheet.columns()))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_the_usual_encodings_are_read(encoding: str) -> None:
    assert decode(PEOPLE.encode(encoding)).lstrip("\ufeff") == PEOPLE
    found = rows(PEOPLE.encode(encoding))
    assert [row.last_name for row in found] == ["Núñez", "O'Brien"]
    assert [row.line for row in found] == [2, 3]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_usual_delimiters_are_found(delimiter: str) -> None:
    found = rows(PEOPLE.replace(",", delimiter))
    assert [row.first_name for row in found] == ["Ann", "Bob"]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_every_line_ending_counts_lines_alike(ending: str) -> None:
    assert [row.line for row in rows(PEOPLE.replace("\n", ending))] == [2, 3]


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        ("E-mail,First Name,Surname", {"address": 0, "first_name": 1, "last_name": 2}),
        ("Last,EMAIL_ADDRESS,first", {"address": 1, "first_name": 2, "last_name": 0}),
        ("Apellido,Nombre,Correo", {"address": 2, "first_name": 1, "last_name": 0}),
        ("Phone,Name,Email Address", {"address": 2, "first_name": 1}),
    ],
)
def test_headers_are_recognized_however_they_are_written(header: str, columns: dict[str, int]) -> None:
    assert Sheet(f"{header}\nx,y,z\n".encode()).columns() == columns


def test_a_file_without_a_header_is_read_by_what_it_holds() -> None:
    sheet = Sheet(b"Ann,ann@example.org\nBob,bob@example.org\n")
    assert not sheet.has_header
    assert sheet.columns() == {"address": 1}
    assert [row.line for row in sheet.rows(sheet.columns())] == [1, 2]


def test_an_unknown_header_still_finds_the_column_of_addresses() -> None:
    assert Sheet(b"who,where\nAnn,ann@example.org\n").columns() == {"address": 1}


def test_quotes_commas_and_empty_lines_are_no_trouble() -> None:
    found = rows('email,first name\n"ann@example.org","Ann ""Annie"", Dr."\n\n,,\nbob@example.org,Bob\n')
    assert [(row.line, row.first_name) for row in found] == [(2, 'Ann "Annie", Dr.'), (5, "Bob")]


def test_an_address_twice_in_different_case_is_a_repetition_of_the_first() -> None:
    found = rows("email\nann@example.org\nbob@example.org\nANN@Example.org\n")
    assert [row.repeats for row in found] == [0, 0, 2]


def test_a_bad_line_says_what_is_wrong_with_it() -> None:
    found = rows(f"email,first name\nann,Ann\nbob@example.org,{'B' * 101}\n")
    assert "@ sign" in found[0].problem
    assert "100 characters" in found[1].problem


def test_an_open_quotation_mark_costs_its_own_line_only() -> None:
    text = 'email,first name\nann@example.org,Ann\nbob@example.org,"Bob\ncid@example.org,Cid\ndee@example.org,Dee\n'
    found = rows(text)
    assert [row.line for row in found] == [2, 3, 4, 5]
    assert "quotation mark" in found[1].problem
    assert [row.first_name for row in found if row.address] == ["Ann", "Cid", "Dee"]


def test_a_cell_of_several_lines_is_read_and_counted() -> None:
    found = rows('email,note,first name\nann@example.org,"one\ntwo",Ann\nbob@example.org,x,Bob\n')
    assert [(row.line, row.first_name) for row in found] == [(2, "Ann"), (4, "Bob")]


def test_a_cell_of_a_megabyte_is_one_bad_line() -> None:
    found = rows('email\n"' + "x" * 1_000_000 + '"\nann@example.org\n')
    assert [bool(row.problem) for row in found] == [True, False]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", b"\x00\x00\x00", b"\xff\xfe"])
def test_a_file_without_people_has_no_rows(content: bytes) -> None:
    assert not [row for row in rows(content) if row.address]


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "\nx", "＝1", "＋1", "－1", "＠x", "  =1"])
def test_no_cell_is_a_formula_and_the_way_back_is_exact(cell: str) -> None:
    assert write_safe(cell) == f"'{cell}"
    assert read_safe(write_safe(cell)) == cell


@pytest.mark.parametrize("cell", ["Ann", "O'Brien", "'quoted'", "ann@example.org", ""])
def test_other_cells_stay_as_they_are(cell: str) -> None:
    assert write_safe(cell) == cell
    assert read_safe(cell) == cell
