"""Fixtures of the tests of news."""

from tests.digests.newsroom import parsers  # noqa: F401
