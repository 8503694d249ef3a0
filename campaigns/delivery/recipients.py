"""What the sender asks of a domain above: who gets a run, with which values, and whether they still may."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from campaigns.delivery.models import Run


@dataclass(frozen=True)
class Recipient:
    """Whom one message is for: `values` fill the slots of the form in `language`."""

    id: int
    address: str
    name: str
    language: str
    values: dict[str, str]


class Source(Protocol):
    """What a kind of run must be able to say; a domain above delivery implements it."""

    def next_ids(self, run: Run, after: int, n: int) -> list[int]:
        """Up to n recipient ids above `after`, in rising order."""

    def read(self, run: Run, ids: list[int]) -> list[Recipient]:
        """The recipients of those ids; one that is gone is left out."""

    def may_send(self, run: Run, ids: list[int], now: datetime) -> set[int]:
        """Those of the ids that may still be written to, asked just before each group leaves."""

    def finished(self, run: Run, now: datetime) -> None:
        """Told when a run has ended; may be told twice."""
