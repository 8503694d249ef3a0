"""A CSV file of many posts: what each line would become, and a sentence for each thing that is wrong. Pure."""

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from campaigns.errors import Invalid
from campaigns.social.documents import read_document

MAX_BYTES = 2_000_000
MAX_ROWS = 1_000
COLUMNS = ("text", "link", "channels", "day", "time", "warning", "name")
_DAYS = ("%Y-%m-%d", "%m/%d/%Y", "%m/%d/%y")
_TIMES = ("%H:%M", "%I:%M %p", "%I %p", "%I:%M%p", "%I%p")


def read(content: bytes, channels: Mapping[str, int], zone: str) -> list[dict[str, Any]]:
    """The lines of a file: "line", "title", "problems", and "document" where there are none.

    `channels` are ids by folded name. Raises Invalid when the file as a whole cannot be read.
    """
    if len(content) > MAX_BYTES:
        raise Invalid({"file": "The file is larger than 2 MB. Please split it."})
    rows = list(_rows(content))
    if not rows:
        raise Invalid({"file": "There is no post in this file. The first line must name the columns."})
    if len(rows) > MAX_ROWS:
        raise Invalid({"file": f"The file has {len(rows):,} posts. At most {MAX_ROWS:,} fit in one import."})
    found = list(rows[0][1])
    if "text" not in found:
        told = f"The file needs a column called “text”. Right now it has columns called: {', '.join(found) or 'none'}."
        raise Invalid({"file": told})
    return [_one(line, row, channels, zone) for line, row in rows]


def _rows(content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    sample = text.partition("\n")[0]
    reader = csv.DictReader(io.StringIO(text), delimiter=";" if sample.count(";") > sample.count(",") else ",")
    try:
        for row in reader:
            clean = {
                name.strip().lower(): (value or "").strip()
                for name, value in row.items()
                if name is not None and not isinstance(value, list)
            }
            if any(clean.values()):
                yield reader.line_num, clean
    except csv.Error as error:
        raise Invalid({"file": f"Line {reader.line_num} cannot be read as CSV."}) from error


def _one(line: int, row: Mapping[str, str], channels: Mapping[str, int], zone: str) -> dict[str, Any]:
    problems: list[str] = []
    ids = []
    for name in _names(row.get("channels", ""), channels):
        if (channel_id := channels.get(name.casefold())) is None:
            problems.append(f"There is no channel called “{name}”.")
        else:
            ids.append(channel_id)
    if not row.get("text"):
        problems.append("The text is missing.")
    if not ids and not problems:
        problems.append("No channel is named.")
    wall = _wall(row.get("day", ""), row.get("time", ""), problems)
    data = {
        "title": row.get("name", ""),
        "text": row.get("text", ""),
        "link": row.get("link", ""),
        "channels": ids,
        "variants": {one: {"warning": row.get("warning", "")} for one in ids},
        "send_mode": "at" if wall else "now",
        "send_wall": wall,
        "send_zone": zone,
    }
    try:
        document = read_document(data)
    except Invalid as error:
        problems += list(error.fields.values())
        return {"line": line, "title": row.get("text", "")[:60], "problems": problems, "document": None}
    kept = None if problems else document.to_json()
    return {"line": line, "title": document.name, "problems": problems, "document": kept}


def _names(cell: str, channels: Mapping[str, int]) -> list[str]:
    """The channels that a cell names; a comma may be part of a name."""
    found = []
    for part in cell.split(";"):
        is_one = part.strip().casefold() in channels
        found += [part] if is_one else part.split(",")
    return [name.strip() for name in found if name.strip()]


def _wall(day: str, clock_time: str, problems: list[str]) -> str:
    if not day and not clock_time:
        return ""
    on = _parsed(day, _DAYS)
    at = _parsed(clock_time.upper().replace(".", ""), _TIMES) if clock_time else _parsed("09:00", _TIMES)
    if on is None:
        problems.append(f"“{day}” is no day. Write it like 2026-12-03 or 12/3/2026.")
    if at is None:
        problems.append(f"“{clock_time}” is no time. Write it like 14:30 or 2:30 pm.")
    return f"{on:%Y-%m-%d}T{at:%H:%M}" if on and at else ""


def _parsed(text: str, shapes: tuple[str, ...]) -> datetime | None:
    for shape in shapes:
        try:
            return datetime.strptime(text, shape)  # noqa: DTZ007 - a wall time has no zone
        except ValueError:
            continue
    return None
