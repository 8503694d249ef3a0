"""A message on its way, and what became of it."""

from dataclasses import dataclass
from typing import NamedTuple

from campaigns.delivery.servers import Reply


@dataclass(slots=True, eq=False)
class Letter:
    """One message, ready to leave; `position` is the caller's own mark.

    The message is as `mime.Skeleton` makes it: CRLF at every line's end, also the last, and no line that begins with
    a dot. Looking for such lines again would cost more than everything else that happens to a message here.

    `envelope_id` comes back in a report of failure, where the server knows such things (RFC 3461).
    `losses` counts the connections that ended at it before it was handed over. One that `goes_alone` has no other
    behind it before its answer is here, so that a connection that breaks leaves nobody else in doubt.
    """

    position: int
    sender: str
    to: str
    message: bytes
    envelope_id: str = ""
    losses: int = 0
    goes_alone: bool = False


class Result(NamedTuple):
    """What became of a letter: the server's answer, or None and whether it may have been taken all the same.

    Neither answered nor unknown is one at which the server ended the connection again and again: try it later.
    """

    letter: Letter
    reply: Reply | None
    is_unknown: bool = False
