"""Reading a CSV file as people really send it: any usual encoding and delimiter, with or without a header."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass

from campaigns.audience.rules import NAME_LONGEST
from campaigns.delivery.addresses import Address, parse
from campaigns.errors import Invalid
from campaigns.markup import one_line

DELIMITERS = (",", ";", "\t", "|")
HEADERS = {
    "address": {"email", "emailaddress", "address", "mail", "correo", "correoelectronico", "electronicmail"},
    "first_name": {"firstname", "first", "givenname", "forename", "name", "nombre", "fname"},
    "last_name": {"lastname", "last", "surname", "familyname", "apellido", "apellidos", "lname"},
}
WORDS = {"address": "Email address", "first_name": "First name", "last_name": "Last name"}
UNREADABLE = "This line cannot be read: a quotation mark is opened and not closed."
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True)
class Row:
    """One person in the file; `problem` says why it cannot be used, `repeats` on which line it stood first."""

    line: int
    address: Address | None
    first_name: str = ""
    last_name: str = ""
    problem: str = ""
    repeats: int = 0


class Sheet:
    """A file as a table. `header` has a word for every column, made up where the file has no header line."""

    def __init__(self, content: bytes) -> None:
        self._lines = _LINE.findall(decode(content))
        self._delimiter = _delimiter_of(self._lines)
        first = next((cells for _, cells in self._records() if cells and any(cells)), None) or []
        self.has_header = not any(_is_address(cell) for cell in first)
        self.header = [
            (one_line(cell)[:60] if self.has_header else "") or f"Column {number}"
            for number, cell in enumerate(first, 1)
        ]

    def columns(self) -> dict[str, int]:
        """Which column holds what, as far as the header, or else the first line, tells."""
        found: dict[str, int] = {}
        for field, known in HEADERS.items():
            for number, word in enumerate(self.header):
                if re.sub(r"[^a-z]", "", word.lower()) in known and number not in found.values():
                    found[field] = number
                    break
        if "address" not in found:
            sample = next(self.records(), (0, None))[1] or []
            holding = [number for number, cell in enumerate(sample) if _is_address(cell)]
            if holding:
                found["address"] = holding[0]
        return found

    def records(self) -> Iterator[tuple[int, list[str] | None]]:
        """The lines after the header that hold anything, with their numbers in the file; None for an unreadable one."""
        skip = self.has_header
        for line, cells in self._records():
            if cells is not None and not any(cell.strip() for cell in cells):
                continue
            if skip:
                skip = False
                continue
            yield line, cells

    def rows(self, columns: dict[str, int]) -> Iterator[Row]:
        """The people of the file; an address that was on an earlier line is a repetition."""
        seen: dict[str, int] = {}
        for line, cells in self.records():
            row = _row(line, cells, columns)
            if row.address is not None and not row.problem:
                before = seen.setdefault(row.address.key, line)
                if before != line:
                    row = Row(line, row.address, row.first_name, row.last_name, repeats=before)
            yield row

    def _records(self) -> Iterator[tuple[int, list[str] | None]]:
        at = 0
        while at < len(self._lines):
            source = _From(self._lines, at)
            reader = csv.reader(source, delimiter=self._delimiter)
            while source.at < len(self._lines):
                start = source.at
                try:
                    cells = next(reader, [])
                except csv.Error:
                    cells = None
                if cells is None or _swallowed(cells):
                    # A quotation mark that nobody closed takes in the next people: go on right after its line.
                    yield start + 1, None
                    source.at = start + 1
                    break
                yield start + 1, cells
            at = source.at


class _From(Iterator[str]):
    """The lines from one on; `at` is the next."""

    def __init__(self, lines: list[str], at: int) -> None:
        self._lines = lines
        self.at = at

    def __next__(self) -> str:
        if self.at >= len(self._lines):
            raise StopIteration
        self.at += 1
        return self._lines[self.at - 1]


def decode(content: bytes) -> str:
    """The text of a file: UTF-8 or UTF-16 when it says so or fits, else windows-1252, as office programs write it."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    if content[:2000].count(0) * 3 > len(content[:2000]):
        return content.decode("utf-16-le" if content[1:2] == b"\0" else "utf-16-be", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def write_safe(text: str) -> str:
    """A cell that no office program takes for a formula (standards.md 7): an apostrophe goes before it."""
    return f"'{text}" if _is_formula(text) else text


def read_safe(text: str) -> str:
    """The cell again, as it was before `write_safe`."""
    return text[1:] if text.startswith("'") and _is_formula(text[1:]) else text


def _is_formula(text: str) -> bool:
    return text.startswith(_FORMULA) or text.strip().startswith(_FORMULA)


def _row(line: int, cells: list[str] | None, columns: dict[str, int]) -> Row:
    if cells is None:
        return Row(line, None, problem=UNREADABLE)
    values = {field: read_safe(cells[number]) if number < len(cells) else "" for field, number in columns.items()}
    first_name, last_name = one_line(values.get("first_name", "")), one_line(values.get("last_name", ""))
    try:
        address = parse(values.get("address", ""))
    except Invalid as error:
        return Row(line, None, problem=str(error))
    if max(len(first_name), len(last_name)) > NAME_LONGEST:
        return Row(line, address, problem=f"The name is longer than {NAME_LONGEST} characters.")
    return Row(line, address, first_name, last_name)


def _swallowed(cells: list[str]) -> bool:
    return any("@" in cell and ("\n" in cell.strip() or "\r" in cell.strip()) for cell in cells)


def _delimiter_of(lines: list[str]) -> str:
    first = next((line for line in lines if line.strip()), "")
    outside = re.sub(r'"[^"]*"', "", first)
    return max(DELIMITERS, key=outside.count)


def _is_address(cell: str) -> bool:
    try:
        parse(read_safe(cell))
    except Invalid:
        return False
    return True
