"""Fixtures of the tests of delivery."""

from tests.delivery.mailing import server  # noqa: F401
