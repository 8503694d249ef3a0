"""Fixtures of the tests of delivery."""

import ipaddress
import ssl
import sys
from pathlib import Path

import pytest
from cryptography import x509

from tests.certificates import certificate_for, shown
from tests.delivery.mailing import server  # noqa: F401


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that signs itself, with its key in the same file."""
    return certificate_for(x509.IPAddress(ipaddress.ip_address("127.0.0.1")), tmp_path_factory.mktemp("tls"))


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    return shown(certificate)


@pytest.fixture(params=["uvloop", "asyncio"])
def either_loop(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once with the fast loop, once on a machine that has none."""
    if request.param == "asyncio":
        monkeypatch.setitem(sys.modules, "uvloop", None)
