"""Reading what comes back, on reports as mail systems of the last twenty years write them."""

import re
from pathlib import Path

import pytest

from campaigns.delivery.bounces import reading

SAMPLES = Path(__file__).with_name("samples")


def samples() -> list[tuple[str, str, str, str, str]]:
    """(name, verdict, kinds, addresses, message) of every sample."""
    found = []
    for path in sorted(SAMPLES.glob("*.txt")):
        for piece in re.split(r"^=== ", path.read_text("utf-8"), flags=re.MULTILINE)[1:]:
            head, _, message = piece.partition("\n")
            verdict, kinds, addresses, name = (part.strip() for part in head.split("|"))
            found.append((f"{path.stem}: {name}", verdict, kinds, addresses, message))
    return found


@pytest.mark.parametrize(
    ("verdict", "kinds", "addresses", "message"), [one[1:] for one in samples()], ids=[one[0] for one in samples()]
)
def test_a_report_is_read_as_a_person_would(verdict: str, kinds: str, addresses: str, message: str) -> None:
    for raw in (message.encode(), message.replace("\n", "\r\n").encode()):
        found = reading.read(raw)
        assert found.verdict == verdict
        assert sorted(copy.address for copy in found.copies if copy.address) == sorted(addresses.split())
        assert sorted(copy.kind for copy in found.copies) == sorted(kinds.split())
