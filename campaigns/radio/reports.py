"""The quarterly issues/programs list (47 CFR 73.3526(e)(11)(i) and 73.3527(e)(8)), as rows. Pure."""

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from campaigns import clock
from campaigns.audience.imports import write_safe
from campaigns.errors import Invalid

HEAD = ("Issue", "Date", "Time", "Minutes", "Show", "Episode", "Station", "Guests", "Narrative", "Aired")


@dataclass(frozen=True)
class Quarter:
    """Three months of a year."""

    year: int
    number: int

    @property
    def first_on(self) -> date:
        """Its first day."""
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def after_on(self) -> date:
        """The first day after it."""
        return self.following.first_on

    @property
    def following(self) -> "Quarter":
        """The next one."""
        return Quarter(self.year, self.number + 1) if self.number < 4 else Quarter(self.year + 1, 1)

    @property
    def before(self) -> "Quarter":
        """The one before."""
        return Quarter(self.year, self.number - 1) if self.number > 1 else Quarter(self.year - 1, 4)

    @property
    def due_on(self) -> date:
        """The day by which stations must have the list: the tenth after its end."""
        return self.after_on.replace(day=10)

    def __str__(self) -> str:
        return f"{self.year}Q{self.number}"


@dataclass(frozen=True)
class Row:
    """One broadcast under one issue; times are the station's."""

    issue: str
    wall: datetime
    minutes: int
    show: str
    episode: str
    station: str
    guests: str
    narrative: str
    has_aired: bool | None

    @property
    def aired(self) -> str:
        """What the station said."""
        return {True: "Confirmed", False: "Did not air", None: "Not confirmed"}[self.has_aired]


def quarter_of(day: date) -> Quarter:
    """The quarter that holds a day."""
    return Quarter(day.year, (day.month - 1) // 3 + 1)


def read_quarter(text: str) -> Quarter:
    """ "2026Q4"; raises Invalid for anything else."""
    found = re.fullmatch(r"(20\d\d)-?[Qq]([1-4])", text.strip())
    if found is None:
        raise Invalid({"quarter": "Write the quarter as 2026Q4."})
    return Quarter(int(found[1]), int(found[2]))


def by_issue(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Rows by issue in the order of the alphabet, within each by time; without those that did not air."""
    found: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: (row.issue.casefold(), row.wall, row.station)):
        if row.has_aired is not False:
            found.setdefault(row.issue, []).append(row)
    return found


def to_csv(rows: Iterable[Row]) -> str:
    """The list for a spreadsheet, in which no cell is taken for a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEAD)
    for row in rows:
        cells = (
            *(row.issue, row.wall.date().isoformat(), f"{row.wall:%H:%M}", row.minutes, row.show, row.episode),
            *(row.station, row.guests, row.narrative, row.aired),
        )
        writer.writerow([write_safe(str(cell)) for cell in cells])
    return out.getvalue()


def bounds(quarter: Quarter, zone: str) -> tuple[datetime, datetime]:
    """The instants between which a quarter lies in a zone."""
    return clock.day_start(quarter.first_on, zone), clock.day_start(quarter.after_on, zone)
