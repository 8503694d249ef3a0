"""What the doctor says: findings with a level, in plain words, and the DNS record that would put things right."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

_LONGEST_VALUE = 2_000


class Level(StrEnum):
    """How a finding stands. `UNKNOWN` could not be looked at; `NOTE` is fine and worth knowing."""

    STOP = "stop"
    CAUTION = "caution"
    UNKNOWN = "unknown"
    NOTE = "note"
    GOOD = "good"


class Topic(StrEnum):
    """What is looked at; the order is the one in which people read it."""

    SELF_TEST = "self_test"
    SPF = "spf"
    DKIM = "dkim"
    DMARC = "dmarc"
    ALIGNMENT = "alignment"
    ADDRESS = "address"
    MX = "mx"
    INCOMING = "incoming"
    ENCRYPTION = "encryption"
    ONE_CLICK = "one_click"
    CLOCK = "clock"


TITLES = {
    Topic.SELF_TEST: "Self-test",
    Topic.SPF: "SPF: who may send for us",
    Topic.DKIM: "DKIM: our signature",
    Topic.DMARC: "DMARC: what others do with forgeries",
    Topic.ALIGNMENT: "Alignment: all names fit together",
    Topic.ADDRESS: "The mail server’s own name",
    Topic.MX: "Answers reach us",
    Topic.INCOMING: "Encryption on the way to us",
    Topic.ENCRYPTION: "Encryption on the way to the mail server",
    Topic.ONE_CLICK: "Leaving with one click",
    Topic.CLOCK: "The clock of this machine",
}


@dataclass(frozen=True)
class Record:
    """A DNS record to publish, ready to copy."""

    name: str
    kind: str
    value: str


@dataclass(frozen=True)
class Finding:
    """One thing found: `title` says what is, `text` what it means, `todo` what to do (empty when nothing)."""

    topic: Topic
    level: Level
    title: str
    text: str = ""
    todo: str = ""
    record: Record | None = None


def worst(findings: Iterable[Finding]) -> Level:
    """The worst level among findings; good when there are none."""
    order = list(Level)
    return min((finding.level for finding in findings), key=order.index, default=Level.GOOD)


def exit_code(findings: Iterable[Finding]) -> int:
    """What a command answers: 0 all is well, 1 something is worth a look or could not be checked, 2 put it right."""
    level = worst(findings)
    if level == Level.STOP:
        return 2
    return 1 if level in (Level.CAUTION, Level.UNKNOWN) else 0


def by_topic(findings: Iterable[Finding]) -> dict[Topic, list[Finding]]:
    """The findings under their topics, in the order in which people read them, the worst of each topic first."""
    order = list(Level)
    kept = list(findings)
    grouped = {topic: [one for one in kept if one.topic == topic] for topic in Topic}
    return {topic: sorted(found, key=lambda one: order.index(one.level)) for topic, found in grouped.items() if found}


def to_json(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """The findings as they are stored."""
    return [asdict(finding) for finding in findings]


def from_json(rows: Iterable[Mapping[str, Any]]) -> list[Finding]:
    """Stored findings again."""
    return [
        Finding(
            Topic(row["topic"]),
            Level(row["level"]),
            row["title"],
            row["text"],
            row["todo"],
            Record(**row["record"]) if row["record"] else None,
        )
        for row in rows
    ]


def quoted(text: str, longest: int = 120) -> str:
    """What somebody else wrote, as it may stand in a sentence: printable ASCII, cut, in quotation marks."""
    plain = "".join(character if " " <= character <= "~" else "?" for character in text[:_LONGEST_VALUE])
    return f"“{plain[:longest]}{'...' if len(plain) > longest else ''}”"
