"""The way into twitter-text: X's own weights, and the addresses in a text as X and Mastodon see them."""

import functools
import sys
from importlib import resources
from types import ModuleType
from typing import Any


def _stand_in() -> ModuleType:
    """The one function of `pkg_resources` that twitter-text asks for; setuptools no longer brings that module."""
    module = ModuleType("pkg_resources")

    def resource_string(package: str, name: str) -> bytes:
        return (resources.files(package.rpartition(".")[0]) / name).read_bytes()

    module.resource_string = resource_string  # type: ignore[attr-defined]
    return module


@functools.cache
def _library() -> Any:
    # Only once it is needed: it takes a tenth of the time in which a process starts, and most processes never need it.
    was_there = "pkg_resources" in sys.modules
    sys.modules.setdefault("pkg_resources", _stand_in())
    try:
        import twitter_text
    finally:
        if not was_there:
            del sys.modules["pkg_resources"]
    return twitter_text


def weight(text: str) -> int:
    """The length of a text as X counts it: an address is 23, most scripts 1 a character, the others and emoji 2."""
    return int(_library().parse_tweet(text).weightedLength)


def addresses(text: str, with_bare: bool) -> list[tuple[int, int]]:
    """Where the web addresses in a text begin and end, in code points; "example.org/x" only when `with_bare`."""
    return [tuple(found["indices"]) for found in _library().extract_urls_with_indices(text, with_bare)]
