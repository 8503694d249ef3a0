"""One real message through the mail server that is set, to the person who asks; also in practice mode."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from campaigns.db import end_reading
from campaigns.delivery import mime, routes
from campaigns.delivery.doctor import queries as doctor
from campaigns.delivery.models import Relay, Sender
from campaigns.delivery.smtp import Connection
from campaigns.errors import OutsideError

TEXT = """Hello {name},

this message came through the mail server {host}, so it works.

If it landed among the junk, ask whoever runs the mail server about SPF, DKIM and DMARC.
"""


@dataclass(frozen=True)
class Result:
    """Whether the server took the message, in a sentence for the person who asked."""

    is_accepted: bool
    sentence: str


def send(relay: Relay, sender: Sender, to_address: str, to_name: str, now: datetime) -> Result:
    """Connect, encrypt, sign in, hand over one message; never raises for trouble with the server."""
    host, envelope_from = relay.host, sender.address
    message = mime.plain_message(
        to_address=to_address,
        to_name=to_name,
        subject="A test from your newsletter program",
        text=TEXT.format(name=to_name, host=relay.host),
        from_name=sender.name,
        from_address=sender.address,
        reply_to=sender.reply_to,
        message_id=f"{secrets.token_hex(16)}@{sender.address.rpartition('@')[2]}",
        date=now,
    )
    try:
        server, signer = routes.through(relay), doctor.signer_of(envelope_from.rpartition("@")[2])
        end_reading()
        if signer is not None:
            message = signer.sign(message, now)
        with Connection(server) as connection:
            reply = connection.send(envelope_from, to_address, message)
    except OutsideError as error:
        return Result(False, str(error))
    if not reply.is_accepted:
        return Result(False, f"{host} turned the message away: {reply.code} {reply.enhanced} {reply.text}".strip())
    return Result(True, f"{host} took a message for {to_address}. Look whether it arrives.")
