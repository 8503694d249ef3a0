"""Small facts that processes tell each other by files in the data folder: which child runs, who was alive when."""

import json
import os
from pathlib import Path
from typing import Any


def write(path: Path, facts: dict[str, Any]) -> None:
    """Replace the file in one step, so that a reader never sees half of it."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.write_text(json.dumps(facts, indent=1), "utf-8")
    fresh.replace(path)


def read(path: Path) -> dict[str, Any]:
    """The facts, or none where the file is missing or unreadable."""
    try:
        facts = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return facts if isinstance(facts, dict) else {}
