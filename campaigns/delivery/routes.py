"""Which mail server carries our mail now: the sandbox while the office practices, its own relay once it is live."""

from dataclasses import dataclass

import config
from campaigns import tokens
from campaigns.delivery.models import Relay
from campaigns.delivery.queries import relay
from campaigns.delivery.smtp import SmtpServer
from campaigns.errors import OutsideError
from campaigns.staff.queries import get_organization

_SANDBOX_CONNECTIONS = 4


@dataclass(frozen=True)
class Route:
    """A mail server, and whether it is the sandbox."""

    server: SmtpServer
    is_sandbox: bool

    @property
    def connections(self) -> int:
        """How many connections it may get at once."""
        return _SANDBOX_CONNECTIONS if self.is_sandbox else config.load().smtp_connections


def present() -> Route:
    """The way mail takes now; raises OutsideError when the office is live and has no relay."""
    if get_organization().is_practice:
        return Route(sandbox(), is_sandbox=True)
    row = relay()
    if row is None:
        raise OutsideError("No mail server is set. An administrator can add one under Settings, Mail server.")
    return Route(through(row), is_sandbox=False)


def sandbox() -> SmtpServer:
    """The built-in sandbox on loopback."""
    settings = config.load()
    return SmtpServer("127.0.0.1", settings.sandbox_port, "none", "", "", settings.smtp_timeout_ms)


def through(row: Relay) -> SmtpServer:
    """A relay with its password opened; raises OutsideError when this installation's key does not open it."""
    password = tokens.decrypt("relay", row.password_sealed) if row.password_sealed else ""
    if password is None:
        raise OutsideError("The password of the mail server can no longer be read. Please enter it again.", "failed")
    timeout = config.load().smtp_timeout_ms
    return SmtpServer(row.host, row.port, row.security, row.username, password, timeout)
