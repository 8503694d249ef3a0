"""Fixtures of the tests of foundations."""

from tests.delivery.conftest import certificate, tls  # noqa: F401
