"""How a test bends the sandbox: a script is called at each step of a session and may put something else in its place.

A script is `(state, session, argument) -> None | str | Drop | Stall`. None goes on as usual; a string is the reply in
place of the usual action ("421 ..." also closes); `Drop()` closes without a word; `Stall()` stays silent until the
other side gives up. States: "connect", each command by its name ("EHLO", "MAIL", "RCPT", "DATA", "STARTTLS", ...),
"body" when a message has come whole and is not kept yet, "stored" when it is kept and the reply not sent yet. The
argument is the rest of the command line. `session.accepted` and `session.server.accepted` count the messages answered
with 250, so a script can speak of the nth.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from campaigns.delivery.sandbox.session import Session


@dataclass(frozen=True)
class Drop:
    """Close the connection without a reply."""


@dataclass(frozen=True)
class Stall:
    """Say nothing until the other side closes."""


Script = Callable[[str, "Session", str], str | Drop | Stall | None]
