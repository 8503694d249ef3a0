"""Fixtures of the tests of social: every network as a fake that the guard of the web lets through."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TypeVar

import pytest

import config
from tests.social.fakes.server import Fake
from tests.websites import allow_inside

One = TypeVar("One", bound=Fake)


@pytest.fixture
def fakes(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[One], One]]:
    """A function that starts a fake; all of them end with the test. A network that is silent is given up soon."""
    monkeypatch.setenv("NETWORK_TIMEOUT_MS", "700")
    allow_inside(monkeypatch, "127.0.0.1:*")
    with ExitStack() as running:

        def start(fake: One) -> One:
            running.enter_context(fake)
            return fake

        yield start
    monkeypatch.undo()
    config.load.cache_clear()
